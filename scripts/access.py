"""`python -m scripts.access`: tick what can be seen of new squad members' access, and remind of the rest."""

from __future__ import annotations

import argparse

from app.decisions.backtesting import Map, alert_of
from app.decisions.matching import CompiledMap
from app.domain.access import LABEL
from app.flows.access import Access
from app.flows.access_sights import Sights
from app.flows.reading import Reading
from app.github.apps import Apps
from app.github.checklists import Checklists
from app.github.ground import Ground
from app.github.issues import Issues
from app.github.listing import Listing
from app.github.places import Places
from app.intake import owners_map
from app.pagerduty.users import Users
from app.sentry.directory import SentryDirectory
from app.texts.access import off, summary
from app.texts.labels import ACCESS_STYLE
from scripts.job import Bench, Ended, Job, main, squad_of, tell


async def run(here: Bench, asked: argparse.Namespace) -> Ended:
    """One run."""
    ground = await here.ground(LABEL)
    squad = squad_of(ground)
    if squad.access is None:
        return Ended(summary=off(), complete=True)
    if not ground.label and not asked.dry_run:  # the form can't give an issue a label that is not there
        await here.pace(lambda: here.grounds.made_label(ground.repository, ACCESS_STYLE))
    pagerduty, sentry = here.pagerduty, here.sentry
    access = Access(
        Reading(Listing(here.client), here.pace),
        Issues(here.client, Apps(here.client)),
        Checklists(here.client),
        Sights(
            Places(here.client, here.looking, home=ground.repository),
            here.pace,
            squad,
            ground.repository.name,
            pagerduty=Users(pagerduty).has if pagerduty is not None else None,
            sentry=SentryDirectory(sentry).members if sentry is not None else None,
        ),
        here.pace,
        lead=_lead(ground),
        now=here.now,
        tell=tell,
    )
    came_to = await access.run(ground.repository, squad, days=squad.access.remind_after.days, dry_run=asked.dry_run)
    return Ended(summary=summary(came_to, dry_run=asked.dry_run), complete=not came_to.left)


def _lead(ground: Ground) -> str:
    """Who answers for what nobody owns, by the map; empty where it does not say."""
    seen = ground.owners
    owners = CompiledMap(owners_map.read(seen.text if seen is not None else "", seen.path if seen is not None else ""))
    return Map(owners, squad_of(ground)).destination(alert_of(app="", project="", url="", frames=(), tags=())).lead


JOB = Job(name="access", help=(__doc__ or "").partition(": ")[2], run=run)

if __name__ == "__main__":
    main(JOB)
