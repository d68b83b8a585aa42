"""What a run of `redeliver` tells."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.decisions.reckoning import NOT_YET, REFUSED
from app.domain.alerts import Alert, Sender
from app.domain.deliveries import Attempt, Lost, Reckoning
from app.domain.ticketless import Ticketless
from app.texts.ledger import summary
from tests.unit.texts import golden

NOW = datetime(2026, 11, 23, 14, 5, 30, tzinfo=UTC)


def attempt(n: int, **more: Any) -> Attempt:
    return Attempt(**({"id": n, "guid": f"0b989ba4-{n}", "at": NOW, "arrived": False, "event": "issues"} | more))


def error(n: int, **more: Any) -> Alert:
    usual: dict[str, Any] = {
        "sender": Sender.SENTRY,
        "title": f"KeyError: {n}",
        "occurred_at": NOW,
        "sender_ref": str(n),
        "link": f"https://sentry.io/organizations/acme/issues/{n}/",
        "project": "reader",
        "sender_count": 1_234,
    }
    return Alert(**(usual | more))


def test_what_is_lost_and_what_has_no_ticket() -> None:
    webhooks = Reckoning(
        sent=12_345,
        missed=9,
        recovered=7,
        again=(attempt(1),),
        lost=(Lost(first=attempt(1, event=""), why=REFUSED),),
        left=(Lost(first=attempt(2), why=NOT_YET),),
    )
    errors = Ticketless(
        since=NOW,
        seen=20,
        errors=(error(1), error(2, title="[x](https://evil.example) @all `", link="javascript:1", project="")),
        unread=1,
        complete=False,
        unseen=("acme/reader: the App is not installed there.",),
    )
    golden.holds("ledger-lost.md", str(summary(webhooks, errors, dry_run=False)))


def test_all_is_well() -> None:
    told = summary(Reckoning(sent=3, missed=1, recovered=1), Ticketless(since=NOW, seen=2), dry_run=False)
    golden.holds("ledger-well.md", str(told))


def test_a_dry_run_says_what_it_would_send() -> None:
    told = str(summary(Reckoning(sent=3, missed=2, again=(attempt(1), attempt(2))), None, dry_run=True))
    assert "a dry run: nothing was sent again" in told
    assert "2 webhooks are to be sent again." in told


def test_what_was_not_looked_at_says_what_to_set() -> None:
    told = str(summary(None, None, dry_run=False))
    assert "the variable `PROD_SQUAD_APP_ID` and the secret `PROD_SQUAD_PRIVATE_KEY`" in told
    assert "`SENTRY_SWEEP`" in told


def test_long_lists_are_cut_and_the_cut_is_counted() -> None:
    many = Ticketless(since=NOW, seen=60, errors=tuple(error(n, sender_count=None) for n in range(60)))
    assert "… and 10 more." in str(summary(None, many, dry_run=False))
