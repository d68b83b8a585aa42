"""The slash commands: one file each, and the table of all of them.

| a line's name                  | what becomes of it                                                             |
|--------------------------------|--------------------------------------------------------------------------------|
| a command of the table, or     | its wish; UserError, saying what to do, where what follows can't be read       |
| another name of one            |                                                                                |
| another system's word          | UserError with what to write instead; which words is said in `elsewhere.py`    |
| nearly one of ours             | UserError with the one that may be meant                                       |
| anything else                  | None: another bot's command, or a path; nothing is said                        |
| any but the last, too many     | UserError: the comment holds more commands than one may                        |

Rule: `may` says who may use a command, and `decided` what a wish makes of a ticket; neither looks anything up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Final, assert_never

from app.decisions.commands import (
    ack,
    action,
    assign,
    away,
    back,
    discussed,
    duplicate_of,
    fix,
    handoff,
    help,
    impact,
    post_mortem,
    prod_alert,
    rescue,
    route,
    silence,
    split,
    timeline,
    unsilence,
    why,
)
from app.decisions.commands.elsewhere import INSTEAD
from app.decisions.commands.spec import Moment, Spec, Who, may
from app.domain.errors import UserError
from app.domain.tickets import Ticket
from app.domain.wishes import (
    Acknowledge,
    AssignTo,
    CommandLine,
    Help,
    Promote,
    Rescued,
    RouteTo,
    SetImpact,
    SilenceIt,
    SplitIt,
    TakeForFix,
    TicketWish,
    Unsilence,
    Wish,
)

COMMANDS: Final[Mapping[str, Spec]] = {
    spec.name: spec
    for spec in (
        impact.SPEC,
        ack.SPEC,
        silence.SPEC,
        unsilence.SPEC,
        fix.SPEC,
        rescue.SPEC,
        split.SPEC,
        assign.SPEC,
        route.SPEC,
        duplicate_of.SPEC,
        prod_alert.SPEC,
        why.SPEC,
        away.SPEC,
        back.SPEC,
        handoff.SPEC,
        post_mortem.SPEC,
        timeline.SPEC,
        action.SPEC,
        discussed.SPEC,
        help.SPEC,
    )
}
_NAMED: Final = {name: spec for spec in COMMANDS.values() for name in (spec.name, *spec.also)}
NEAR: Final = 0.75
"""How alike a name must be to be a slip of the hand: `/silense` is, other bots' `/backport` and `/hold` are not."""
_NOT_OURS: Final = frozenset({"unassign"})
"""Commands of widely used bots that are near to one of ours."""


def spec_of(name: str) -> Spec | None:
    """The command of this name, or that goes by it, too."""
    return _NAMED.get(name)


def is_ours(line: CommandLine) -> bool:
    """Whether something is to be said or done about the line; see the module's table."""
    return line.name in _NAMED or line.name in INSTEAD or bool(_near(line.name))


def wish_of(line: CommandLine, moment: Moment) -> Wish | None:
    """What the line asks for; None where it is no command of ours. Raises UserError; see the module's table."""
    if not is_ours(line):
        return None
    if line.too_many:
        raise UserError(
            f"This comment holds more commands than one may; from `/{line.name}` on, none was carried out. "
            "Write the rest in a comment of its own."
        )
    spec = spec_of(line.name)
    if spec is None:
        instead = INSTEAD.get(line.name) or f"Did you mean `/{_near(line.name)}`?"
        raise UserError(f"There is no command `/{line.name}`. {instead} `/help` shows all commands.")
    wish = spec.parse(line.rest, moment)
    return _help_with(wish) if isinstance(wish, Help) and wish.name else wish


def _help_with(wish: Help) -> Help:
    spec = spec_of(wish.name)
    if spec is None:
        known = ", ".join(f"`/{name}`" for name in COMMANDS)
        raise UserError(f"There is no command `/{wish.name}`. There are {known}.")
    return Help(name=spec.name)


def _near(name: str) -> str:
    matches = get_close_matches(name, _NAMED, n=1, cutoff=NEAR) if name not in _NOT_OURS else []
    return _NAMED[matches[0]].name if matches else ""


def decided(  # noqa: C901 - one arm for each wish
    wish: TicketWish,
    ticket: Ticket,
    by: str,
    at: datetime,
    *,
    apps: Sequence[str] = (),
    lasts: timedelta = ack.LASTS,
) -> Ticket:
    """The ticket as the wish of `by` (a login) makes it. Raises UserError where it can't be done, saying what can.

    `apps` are the names of the squad's apps, `lasts` is how long an acknowledgement lasts.
    """
    match wish:
        case SetImpact():
            return impact.decide(wish, ticket, by, at)
        case Acknowledge():
            return ack.decide(wish, ticket, by, at, lasts)
        case SilenceIt():
            return silence.decide(wish, ticket, by, at)
        case Unsilence():
            return unsilence.decide(wish, ticket, by, at)
        case TakeForFix():
            return fix.decide(wish, ticket, by, at)
        case Rescued():
            return rescue.decide(wish, ticket, by, at)
        case AssignTo():
            return assign.decide(wish, ticket, by, at)
        case RouteTo():
            return route.decide(wish, ticket, by, at, apps)
        case Promote():
            return prod_alert.decide(wish, ticket, by, at)
        case SplitIt():
            return split.decide(wish, ticket, by, at)
        case _:  # pragma: no cover
            assert_never(wish)


__all__ = ["COMMANDS", "Moment", "Spec", "Who", "decided", "is_ours", "may", "spec_of", "wish_of"]
