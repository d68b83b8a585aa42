"""Tickets and moments for the tables of who is pinged when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from app.decisions.pinging import Pinging, Rules, decide
from app.domain.alerts import Impact
from app.domain.issues import CommentRef
from app.domain.tickets import Routing, Ticket
from app.domain.triage import ByRule, Ping
from tests.unit.decisions import business
from tests.unit.decisions.cases import OPEN, with_

MINUTE = timedelta(minutes=1)
TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LEADS = ("alan", "nick", "acme/product-support")
RULES = Rules(everybody=LEADS)
ALEX, JO = Routing(owners=("alex", "jo")), Routing(owners=("jo",))
COMMENT = CommentRef(id=1, node_id="C_1")


def at(clock: str, day: int = 24) -> datetime:
    hour, minute = clock.split(":")
    return datetime(2026, 11, day, int(hour), int(minute), tzinfo=UTC)


def ticket(impact: Impact | None = None, **more: Any) -> Ticket:
    return with_(OPEN, **({"impact": impact, "routing": ALEX} | more))


def by_rule(moment: datetime) -> ByRule:
    return ByRule(impact=Impact.SEVERE, rule=1, source=".github/prod-squad.yml", when="level `fatal`", at=moment)


def decided(it: Ticket, now: datetime, rules: Rules = RULES, **duty: Any) -> Pinging:
    known: dict[str, Any] = {"primary": "mark", "secondary": "sharon", "opened_at": TUESDAY} | duty
    return decide(it, rules, hours=business, now=now, **known)


def posted(it: Ticket, pings: tuple[Ping, ...], lost: tuple[str, ...] = ()) -> Ticket:
    """The ticket after the comment was made, with each ping proved but those that were lost."""
    kept = (with_(ping, comment=COMMENT, proved=ping.who not in lost) for ping in pings)
    return with_(it, pings=(*it.pings, *kept))
