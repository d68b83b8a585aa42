"""`python -m scripts.weekly`: tell a week's alerts, times, noise and load."""

from __future__ import annotations

from app.domain.reporting import Kind
from scripts.job import main
from scripts.report import job

JOB = job(Kind.WEEKLY, (__doc__ or "").partition(": ")[2])

if __name__ == "__main__":
    main(JOB)
