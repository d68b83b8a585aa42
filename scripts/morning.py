"""`python -m scripts.morning`: list for the pair on duty what happened after close of business."""

from __future__ import annotations

from app.domain.reporting import Kind
from scripts.job import main
from scripts.report import job

JOB = job(Kind.MORNING, (__doc__ or "").partition(": ")[2])

if __name__ == "__main__":
    main(JOB)
