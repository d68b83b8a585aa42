"""`/route`: the error is another app's; whoever answers for that one gets the ticket."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Final

import msgspec

from app.decisions.commands.spec import Moment, Spec, Who
from app.domain.errors import UserError
from app.domain.tickets import Ticket
from app.domain.wishes import RouteTo

_LONGEST: Final = 100
_MOST_SHOWN: Final = 20


def parse(rest: str, moment: Moment) -> RouteTo:
    """`app:Reader`, or `Reader`. Raises UserError where there is no name, or a very long one."""
    app = rest[4:].strip() if rest.lower().startswith("app:") else rest
    if not 0 < len(app) <= _LONGEST:
        raise UserError("Name the app whose error it is, as in `/route app:Reader`.")
    return RouteTo(app=app)


def decide(wish: RouteTo, ticket: Ticket, by: str, at: datetime, apps: Sequence[str] = ()) -> Ticket:
    """The ticket routed to one of `apps`, spelt as there. Raises UserError for another app, its own, a storm."""
    if ticket.storm is not None:
        raise UserError("This ticket is of many errors. `/split` gives each owner theirs; then route what is wrong.")
    names = {app.casefold(): app for app in apps}
    app = names.get(wish.app.casefold())
    if app is None:
        raise UserError(_unknown(wish.app, names))
    if app == (ticket.app_named or ticket.routing.app):
        raise UserError(f"This is {app}'s ticket already. `/why` says why it went where it did.")
    return msgspec.structs.replace(ticket, app_named=app)


def _unknown(written: str, names: dict[str, str]) -> str:
    if not names:
        return (
            f"There is no app `{written}`: none is known. Add the team's apps below “apps:” in .github/prod-squad.yml."
        )
    near = get_close_matches(written.casefold(), names, n=1)
    if near:
        return f"There is no app `{written}`. Did you mean `/route app:{names[near[0]]}`?"
    shown = ", ".join(f"`{name}`" for name in list(names.values())[:_MOST_SHOWN])
    more = ", and others below “apps:” in .github/prod-squad.yml" if len(names) > _MOST_SHOWN else ""
    return f"There is no app `{written}`. Known are {shown}{more}."


SPEC: Final = Spec(
    name="route",
    usage="/route app:Name",
    help="Says whose error it is: the ticket goes to whoever answers for that app, who is assigned.",
    who=Who.TRIAGE,
    examples=("/route app:Reader", "/route eFolder Express"),
    parse=parse,
)
