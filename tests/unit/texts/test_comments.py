"""The App's comments: each as it is posted, with its operation's marker."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alerts import Alert, Sender
from app.domain.mail import SenderSaid, SenderVerb
from app.domain.tickets import Burst, Closing, Counters, Ticket
from app.flows.opening import UNWRITABLE
from app.texts import comments
from app.texts.markdown import Markdown, operation_in
from tests.unit.texts import golden
from tests.unit.texts.cases import ALERT, BARE, CLOSING, NOW, TICKET, issue
from tests.unit.texts.nasty import texts
from tests.unit.texts.page import COMMAND, rendered

ROUTED = msgspec.structs.replace(TICKET, app_named="Dispatch", placed=("kim",))
OP = "31.occurrence.2"
ONE = Burst(count=1, first_at=NOW, last_at=NOW)
MANY = Burst(count=1200, first_at=NOW - timedelta(minutes=50), last_at=NOW)
FIX = "https://github.com/acme/shop/pull/9"


def said(verb: SenderVerb, detail: str = "", actor: str = "", alert: Alert = ALERT) -> SenderSaid:
    return SenderSaid(alert=alert, verb=verb, detail=detail, actor=actor)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        pytest.param("comment-occurrence-one.md", comments.occurrence(TICKET, ONE, OP), id="one occurrence"),
        pytest.param("comment-occurrence-many.md", comments.occurrence(TICKET, MANY, OP), id="many occurrences"),
        pytest.param("comment-regression.md", comments.regression(TICKET, CLOSING, FIX, OP), id="it came back"),
        pytest.param("comment-pointer.md", comments.pointer(issue(12), OP), id="reported before"),
        pytest.param(
            "comment-near-miss.md", comments.near_miss((issue(12), issue(13)), OP), id="perhaps reported before"
        ),
        pytest.param(
            "comment-sender-said.md",
            comments.sender_said(said(SenderVerb.RESOLVED, "caseflow@4.3.0", "Jo Doe"), OP),
            id="resolved at Sentry",
        ),
        pytest.param(
            "comment-routed.md", comments.routed(ROUTED, "sharon", OP), id="routed to somebody who can't be assigned"
        ),
        pytest.param(
            "comment-unwritable.md", comments.unwritable(TICKET, "archived", "nick", OP), id="can't be written to"
        ),
    ],
)
def test_comments_as_they_are_posted(file: str, text: Markdown) -> None:
    golden.holds(file, text)
    assert operation_in(str(text)) == OP


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(
            comments.occurrence(BARE, ONE, OP),
            "It happened again at 2026-11-23 14:05 UTC.",
            id="no link, no count of users",
        ),
        pytest.param(
            comments.occurrence(
                Ticket(id=1, latest=msgspec.structs.replace(ALERT, link="javascript:x"), counters=Counters(users=1)),
                ONE,
                OP,
            ),
            "It happened again at 2026-11-23 14:05 UTC. 1 user is affected so far.",
            id="an address that can't be linked; one user",
        ),
        pytest.param(
            comments.occurrence(BARE, Burst(count=3, first_at=NOW, last_at=NOW + timedelta(seconds=9)), OP),
            "It happened 3 times at 2026-11-23 14:05 UTC.",
            id="all within one minute",
        ),
        pytest.param(
            comments.regression(Ticket(id=1, post_mortem=issue(40)), Closing(at=NOW), FIX, OP),
            "🔁 It came back. This ticket was closed on 2026-11-23 14:05 UTC. It was fixed by acme/shop#9. "
            "Its post-mortem is acme/shop#40.",
            id="it came back, and had a post-mortem",
        ),
        pytest.param(
            comments.regression(BARE, Closing(at=NOW), "", OP),
            "🔁 It came back. This ticket was closed on 2026-11-23 14:05 UTC.",
            id="closed by nobody known, without a fix",
        ),
        pytest.param(
            comments.regression(
                Ticket(id=1, counters=Counters(last_seen=NOW)), Closing(at=NOW, by="renovate[bot]"), "", OP
            ),
            "🔁 It came back. This ticket was closed on 2026-11-23 14:05 UTC by renovate[bot].",
            id="closed by a bot, not seen since",
        ),
        pytest.param(
            comments.sender_said(
                said(
                    SenderVerb.ASSIGNED, "", "Jo", BARE_ALERT := Alert(sender=Sender.SENTRY, title="", occurred_at=NOW)
                ),
                OP,
            ),
            "Assigned at Sentry by Jo.",
            id="assigned",
        ),
        pytest.param(
            comments.sender_said(said(SenderVerb.ARCHIVED, "archived_until_escalating", alert=BARE_ALERT), OP),
            "Archived at Sentry (archived until escalating).",
            id="archived",
        ),
        pytest.param(
            comments.unwritable(BARE, "new reason", "", OP),
            "🚨 : the ticket that has no issue yet can't be written to: GitHub refuses it. "
            "The error goes on: 0 occurrences so far. Look at the App's log, or route the error elsewhere.",
            id="a reason nobody knew, and nobody to tell",
        ),
        pytest.param(
            comments.routed(msgspec.structs.replace(ROUTED, placed=()), "sharon", OP),
            "@sharon: this ticket was routed to Dispatch, so it is yours. You can't be assigned in this repository. "
            "Nobody is assigned instead.",
            id="routed, and nobody can be assigned",
        ),
    ],
)
def test_what_comments_say(text: Markdown, shown: str) -> None:
    assert rendered(text).shown == shown


@pytest.mark.parametrize("verb", SenderVerb)
def test_there_are_words_for_all_that_is_done_at_the_sender(verb: SenderVerb) -> None:
    assert "at Sentry" in str(comments.sender_said(said(verb), OP))


@pytest.mark.parametrize("reason", sorted(UNWRITABLE))
def test_each_reason_has_its_own_words(reason: str) -> None:
    text = str(comments.unwritable(TICKET, reason, "nick", OP))
    assert "GitHub refuses" not in text
    assert text.startswith("🚨 @nick: ")


def test_only_the_closer_the_fallback_owner_and_a_new_lead_are_mentioned() -> None:
    quiet = (comments.occurrence(TICKET, ONE, OP), comments.pointer(issue(1), OP), comments.near_miss((issue(1),), OP))
    assert not any("@" in str(text) for text in quiet)
    assert "by @mark." in str(comments.regression(TICKET, CLOSING, FIX, OP))


@given(text=texts, more=texts, verb=st.sampled_from(SenderVerb))
def test_whatever_a_sender_says_stays_text(text: str, more: str, verb: SenderVerb) -> None:
    alert = Alert(sender=Sender.SENTRY, title=text, occurred_at=NOW, link=f"https://sentry.example/{more}")
    ticket = Ticket(id=1, latest=alert)
    for out in (
        comments.sender_said(said(verb, text, more, alert), OP),
        comments.occurrence(ticket, ONE, OP),
        comments.regression(ticket, Closing(at=NOW, by=f"{text} "), more, OP),
        comments.unwritable(ticket, text, f"{more} ", OP),
        comments.routed(msgspec.structs.replace(ticket, app_named=text), f"{more} ", OP),
    ):
        page = rendered(out)
        assert page.linked.keys() <= {"a mention"} if "@" in f"{text}{more}" else page.linked == {}
        # The fix's page is what GitHub itself told, so that one may be linked.
        assert all(href.startswith("https://sentry.example/") or href == more for href in page.links)
        assert COMMAND.search(str(out)) is None
        assert set(page.tags) <= {"p", "strong", "a", "code"}
        assert operation_in(str(out)) == OP
        assert len(page.comments) == 1
