"""`python -m scripts.map_check`: check the squad's files of a commit, and try its map on the tickets there were."""

from __future__ import annotations

import argparse
import sys

from app.domain.owners import Fault
from app.flows.map_check import MapCheck, Texts
from app.flows.reading import Reading
from app.github.ground import Ground
from app.github.listing import Listing
from app.github.roll import Roll
from app.sentry.directory import SentryDirectory
from app.texts.map_check import summary
from scripts.job import Bench, Ended, Job, main, tell


async def run(here: Bench, asked: argparse.Namespace) -> Ended:
    """One run."""
    commit = asked.commit or here.settings.github_sha or "HEAD"
    name = here.settings.github_repository
    before = await here.pace(lambda: here.grounds.of(name, ""))
    after = await here.pace(lambda: here.grounds.of(name, "", commit))
    sentry = here.sentry
    check = MapCheck(
        Reading(Listing(here.client), here.pace),
        Roll(here.client),
        here.pace,
        projects=None if sentry is None else SentryDirectory(sentry).projects,
        now=here.now,
        tell=tell,
    )
    found = await check.run(before.repository, here.settings.ticket_label, _texts(before), _texts(after))
    for kind, faults in (("error", found.faults), ("notice", found.hints)):
        for fault in faults:
            sys.stdout.write(annotation(kind, fault))
    return Ended(summary=summary(found), complete=not found.faults)


def annotation(kind: str, fault: Fault) -> str:
    """The fault as Actions shows it at its line.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
    """
    place = f"file={_escaped(fault.path, ':,')},line={max(fault.line, 1)}" if fault.path else "title=The squad's files"
    return f"::{kind} {place}::{_escaped(fault.message)}\n"


def _escaped(text: str, more: str = "") -> str:
    """https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts"""
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _texts(ground: Ground) -> Texts:
    squad, owners = ground.squad, ground.owners
    return Texts(
        squad=squad.text if squad is not None else "",
        squad_path=squad.path if squad is not None else "",
        owners=owners.text if owners is not None else "",
        owners_path=owners.path if owners is not None else "",
    )


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--commit", metavar="SHA", help="the commit to check; by default GITHUB_SHA")


JOB = Job(name="map_check", help=(__doc__ or "").partition(": ")[2], run=run, add=_add)

if __name__ == "__main__":
    main(JOB)
