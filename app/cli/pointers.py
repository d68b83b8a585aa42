"""What the command line says of an error's section in the manual and of its logs.

Rule: manuals are read from files of this folder: the one that is named, else those that the squad's file has in its own
repository.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.commands import text_of
from app.decisions.consulting import Found, consult
from app.domain.issues import Repository
from app.domain.manuals import Manual, Page
from app.domain.squad import Squad
from app.domain.tickets import Ticket
from app.intake import manual

_HERE = Repository(id=0, name="", installation=0)


def add_manual(parser: argparse.ArgumentParser) -> None:
    """The option that names the squad's manual."""
    parser.add_argument(
        "--manual", type=Path, help="the manual; by default what the squad's file names in its own repository"
    )


def found_in(chosen: argparse.Namespace, squad: Squad, ticket: Ticket) -> Found | None:
    """The section for the ticket's error. Raises UserError for a manual that can't be read."""
    named = {} if squad.manual is not None and squad.manual.repository else squad.manuals
    paths = {app: Path(path) for app, path in named.items() if Path(path).is_file()}
    if chosen.manual is not None:
        paths[""] = chosen.manual
    manuals = [
        Manual(repository=_HERE, path=str(path), app=app, passages=manual.read(text_of(path)))
        for app, path in paths.items()
    ]
    return consult(ticket, manuals, [app.name for app in squad.apps])


def page_of(found: Found | None) -> Page | None:
    """The section as the ticket names it; where it will be on GitHub, nobody knows here."""
    return None if found is None else Page(headings=found.headings, url="")


def said_of(found: Found | None) -> str:
    """`docs/manual.md:12: Reader › Documents`, as a line of a terminal."""
    if found is None:
        return "no section is for it"
    line = f":{found.passage.line}" if found.passage is not None else ""
    return f"{found.manual.path}{line}: {' › '.join(found.headings)}"
