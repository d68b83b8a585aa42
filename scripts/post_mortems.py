"""`python -m scripts.post_mortems`: remind of post-mortems' action items and empty sections, and ask for feedback."""

from __future__ import annotations

import argparse

from app.flows.following_up import FollowingUp, Tools
from app.flows.reading import Reading
from app.github.apps import Apps
from app.github.checklists import Checklists
from app.github.issues import Issues
from app.github.links import Links
from app.github.listing import Listing
from app.github.remarks import Remarks
from app.github.reminders import Reminders
from app.texts.follow_ups import summary
from app.texts.labels import POST_MORTEM
from scripts.job import Bench, Ended, Job, main, squad_of, tell


async def run(here: Bench, asked: argparse.Namespace) -> Ended:
    """One run."""
    ground = await here.ground(POST_MORTEM.name)
    squad = squad_of(ground)
    duty = await here.duty(ground.repository, squad)
    tools = Tools(
        comments=Reminders(here.client),
        remarks=Remarks(here.client),
        issues=Issues(here.client, Apps(here.client)),
        checklists=Checklists(here.client),
        links=Links(here.client),
    )
    following_up = FollowingUp(
        Reading(Listing(here.client), here.pace),
        tools,
        here.pace,
        label=ground.label,
        subjects=(here.settings.ticket_label, POST_MORTEM.name),
        made=here.made,
        now=here.now,
        tell=tell,
    )
    came_to = await following_up.run(ground.repository, squad, duty.primary, dry_run=asked.dry_run)
    return Ended(summary=summary(came_to, dry_run=asked.dry_run), complete=asked.dry_run or not came_to.left)


JOB = Job(name="post_mortems", help=(__doc__ or "").partition(": ")[2], run=run)

if __name__ == "__main__":
    main(JOB)
