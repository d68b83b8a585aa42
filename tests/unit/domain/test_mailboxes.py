"""The names of mailboxes, which are saved: never another one for the same thing."""

from __future__ import annotations

import pytest

from app.domain import mailboxes
from app.domain.mailboxes import Kind, kind_of, ticket_of


@pytest.mark.parametrize(
    ("key", "written", "kind"),
    [
        (mailboxes.ticket_key(31), "ticket:31", Kind.TICKET),
        (mailboxes.post_mortem_key(7, 12), "post-mortem:7:12", Kind.POST_MORTEM),
        (mailboxes.announcement_key(31), "slack:31", Kind.SLACK),
        (mailboxes.post_mortem_announcement_key("post-mortem:7:12"), "slack:post-mortem:7:12", Kind.SLACK),
        (mailboxes.issue_key(7, 12), "issue:7:12", Kind.ISSUE),
        (mailboxes.asked_key(7, 12), "asked:7:12", Kind.ASKED),
        (mailboxes.repository_key(7), "repository:7", Kind.REPOSITORY),
        (mailboxes.installation_key(9), "installation:9", Kind.INSTALLATION),
        (mailboxes.office_key("prune"), "office:prune", Kind.OFFICE),
        ("box", "box", None),
        ("", "", None),
    ],
)
def test_each_thing_has_a_mailbox_that_tells_what_it_is_for(key: str, written: str, kind: Kind | None) -> None:
    assert (key, kind_of(key)) == (written, kind)
    assert ticket_of(key) == (31 if kind is Kind.TICKET else None)
