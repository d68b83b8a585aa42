"""`python -m scripts.monthly`: tell what a month's post-mortems teach."""

from __future__ import annotations

from app.domain.reporting import Kind
from scripts.job import main
from scripts.report import job

JOB = job(Kind.MONTHLY, (__doc__ or "").partition(": ")[2])

if __name__ == "__main__":
    main(JOB)
