"""`/action`: somebody does something by a day; a line of the post-mortem's action items."""

from __future__ import annotations

from datetime import date
from typing import Final

from app.decisions.commands.people import login_of
from app.decisions.commands.spec import Moment, Spec, Who
from app.decisions.commands.times import moment_in
from app.domain.errors import UserError
from app.domain.wishes import AddAction

_HOW: Final = "Write `/action @octocat by friday: what is done`, or a day such as `2026-12-04`."
LONGEST: Final = 300
"""Characters of what is done."""


def parse(rest: str, moment: Moment) -> AddAction:
    """`@jo @kim by friday: what`. Raises UserError where one of them is missing, or the day is over."""
    head, _, what = rest.partition(":")
    people, by, day = head.partition(" by ")
    if not by or not what.strip():
        raise UserError(f"An action item needs somebody, a day and what is done. {_HOW}")
    logins = tuple(dict.fromkeys(login_of(word) for word in people.split() if word != "and"))
    due = _day(day.strip(), moment)
    if len(what.strip()) > LONGEST:
        raise UserError(f"An action item has at most {LONGEST} characters. Write more in the post-mortem's text.")
    return AddAction(logins=logins, due=due, what=what.strip())


def _day(day: str, moment: Moment) -> date:
    """Today counts, though its beginning is over."""
    today = moment.now.astimezone(moment.zone).date()
    if day.lower() in {"today", today.isoformat()}:
        return today
    found = moment_in(day, moment)
    if found is None or found[1]:
        raise UserError(f"`{day}` is no day. {_HOW}")
    return found[0].astimezone(moment.zone).date()


SPEC: Final = Spec(
    name="action",
    usage="/action @login by <day>: what is done",
    help="Adds an action item to the ticket's post-mortem.",
    who=Who.TRIAGE,
    examples=("/action @octocat by friday: alert on a full queue", "/action @jo @kim by 2099-12-04: test the rollback"),
    parse=parse,
)
