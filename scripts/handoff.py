"""`python -m scripts.handoff`: tell the next pair what it has to know, at the change of shift."""

from __future__ import annotations

from app.domain.reporting import Kind
from scripts.job import main
from scripts.report import job

JOB = job(Kind.HANDOFF, (__doc__ or "").partition(": ")[2])

if __name__ == "__main__":
    main(JOB)
