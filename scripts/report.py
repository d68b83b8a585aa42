"""What the five report jobs have in common: whether their report is due, and making it."""

from __future__ import annotations

import argparse

from app.decisions import report_times
from app.decisions.business_time import Calendar
from app.domain.duty import Duty
from app.domain.report_items import NotDue
from app.domain.reporting import Did, Kind
from app.flows.reading import Reading
from app.flows.report_jobs import Reports
from app.flows.reporting import Desk
from app.github.apps import Apps
from app.github.issues import Issues
from app.github.links import Links
from app.github.listing import Listing
from app.texts.report_summary import not_due, summary
from scripts.job import Bench, Ended, Job, squad_of, tell


def job(kind: Kind, help_text: str) -> Job:
    """The kind's job."""

    async def run(here: Bench, asked: argparse.Namespace) -> Ended:
        return await _run(kind, here, asked)

    return Job(name=kind.value, help=help_text, run=run, add=_add)


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--anyway", action="store_true", help="make it now, though it is not due")


async def _run(kind: Kind, here: Bench, asked: argparse.Namespace) -> Ended:
    ground = await here.ground(kind.label)
    squad = squad_of(ground)
    due = report_times.due(kind, squad, here.now())
    if isinstance(due, NotDue):
        if due.off or not asked.anyway:
            return Ended(summary=not_due(kind, due, Calendar(squad).zone), complete=True)
        due = report_times.today(squad, here.now())
    reading = Reading(Listing(here.client), here.pace)
    issues = Issues(here.client, Apps(here.client))
    desk = Desk(reading, issues, here.pace, made=here.made, now=here.now, tell=tell)

    async def duty() -> Duty:
        return await here.duty(ground.repository, squad)

    support = here.settings.support_label
    found = Links(here.client)
    reports = Reports(desk, reading, found, here.pace, support_label=support, duty=duty, now=here.now, tell=tell)
    came_to = await reports.run(kind, ground.repository, here.settings.ticket_label, squad, due, dry_run=asked.dry_run)
    return Ended(
        summary=summary(
            kind,
            came_to.outcomes,
            came_to.reports,
            read=came_to.read,
            unmarked=came_to.unmarked,
            nobodys=came_to.nobodys,
            dry_run=asked.dry_run,
        ),
        complete=all(outcome.did is not Did.LEFT for outcome in came_to.outcomes),
    )
