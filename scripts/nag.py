"""`python -m scripts.nag`: remind whoever a ticket waits for, when nobody has touched it for too long."""

from __future__ import annotations

import argparse

from app.domain.issues import Repository
from app.domain.nagging import STALE
from app.flows.nagging import Nag
from app.flows.reading import Reading
from app.github.listing import Listing
from app.github.reminders import Reminders
from app.texts.labels import STALE_STYLE
from app.texts.nag_summary import summary
from scripts.job import Bench, Ended, Job, main, squad_of, tell


async def run(here: Bench, asked: argparse.Namespace) -> Ended:
    """One run."""
    ground = await here.ground(STALE)
    squad = squad_of(ground)
    duty = await here.duty(ground.repository, squad)

    async def label() -> str:
        return ground.label or await _made(here, ground.repository)

    nag = Nag(
        Reading(Listing(here.client), here.pace),
        Reminders(here.client),
        here.pace,
        label=label,
        made=here.made,
        now=here.now,
        tell=tell,
    )
    came_to = await nag.run(
        ground.repository,
        here.settings.ticket_label,
        squad,
        (duty.primary, duty.secondary),
        dry_run=asked.dry_run,
    )
    return Ended(
        summary=summary(came_to, dry_run=asked.dry_run),
        complete=asked.dry_run or not came_to.left,
    )


async def _made(here: Bench, repository: Repository) -> str:
    return await here.grounds.made_label(repository, STALE_STYLE)


JOB = Job(name="nag", help=(__doc__ or "").partition(": ")[2], run=run)

if __name__ == "__main__":
    main(JOB)
