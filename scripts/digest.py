"""`python -m scripts.digest`: tell each tech lead what annoys, in one batch."""

from __future__ import annotations

from app.domain.reporting import Kind
from scripts.job import main
from scripts.report import job

JOB = job(Kind.DIGEST, (__doc__ or "").partition(": ")[2])

if __name__ == "__main__":
    main(JOB)
