"""The names of mailboxes, which are saved: never another one for the same thing."""

from __future__ import annotations

from app.domain.mailboxes import asked_key, ticket_key


def test_each_ticket_and_each_issue_has_a_mailbox() -> None:
    assert ticket_key(31) == "ticket:31"
    assert asked_key(7, 12) == "asked:7:12"
