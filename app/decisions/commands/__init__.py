"""The slash commands: one file each, and the table of all of them.

| a line's name                  | what becomes of it                                                             |
|--------------------------------|--------------------------------------------------------------------------------|
| a command of the table         | its wish; UserError, saying what to do, where what follows can't be read       |
| nearly one                     | UserError with the one that may be meant                                       |
| anything else                  | None: another bot's command, or a path; nothing is said                        |
| any of the first two, too many | UserError: the comment holds more commands than one may                        |

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
NEAR: Final = 0.75
"""How alike a name must be to be a slip of the hand: `/silense` is, other bots' `/backport` and `/hold` are not."""
_NOT_OURS: Final = frozenset({"unassign"})
"""Commands of widely used bots that are near to one of ours."""


def is_ours(line: CommandLine) -> bool:
    """Whether something is to be said or done about the line: it is a command of ours, or nearly one."""
    return line.name in COMMANDS or bool(_near(line.name))


def wish_of(line: CommandLine, moment: Moment) -> Wish | None:
    """What the line asks for; None where it is no command of ours. Raises UserError; see the module's table."""
    spec = COMMANDS.get(line.name)
    near = _near(line.name)
    if spec is None and not near:
        return None
    if line.too_many:
        raise UserError(
            f"This comment holds more commands than one may; from `/{line.name}` on, none was carried out. "
            "Write the rest in a comment of its own."
        )
    if spec is None:
        raise UserError(f"There is no command `/{line.name}`. Did you mean `/{near}`? `/help` shows all commands.")
    wish = spec.parse(line.rest, moment)
    if isinstance(wish, Help) and wish.name and wish.name not in COMMANDS:
        known = ", ".join(f"`/{name}`" for name in COMMANDS)
        raise UserError(f"There is no command `/{wish.name}`. There are {known}.")
    return wish


def _near(name: str) -> str:
    matches = get_close_matches(name, COMMANDS, n=1, cutoff=NEAR) if name not in _NOT_OURS else []
    return matches[0] if matches else ""


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


__all__ = ["COMMANDS", "Moment", "Spec", "Who", "decided", "is_ours", "may", "wish_of"]
