"""A listed issue is read as its webhook would be; what differs is the table of `intake/sentry_api.py`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alerts import Alert
from app.domain.errors import PayloadError
from app.domain.identity import fingerprint
from app.domain.mail import AlertArrived, ByError, Letter
from app.intake import sentry, sentry_api
from app.intake.reading import NotJsonError
from app.intake.redaction import Redactor

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
REDACTOR = Redactor()
ISSUE: dict[str, Any] = {
    "id": "4711",
    "shortId": "READER-7",
    "title": "KeyError: kim@example.com",
    "culprit": "Reader::DocumentController#show",
    "level": "error",
    "status": "unresolved",
    "permalink": "https://acme.sentry.example/issues/4711/",
    "project": {"id": "3", "slug": "reader"},
    "metadata": {"type": "KeyError", "value": "kim@example.com"},
    "count": "3",
    "userCount": 2,
    "firstSeen": "2026-11-01T08:00:00Z",
    "lastSeen": "2026-11-24T11:58:00.250000Z",
    "lifetime": {"count": "812", "userCount": 40, "lastSeen": "2026-11-24T11:58:00.250000Z"},
    "assignedTo": {"name": "Kim", "email": "kim@example.com"},
}
LAST_SEEN = datetime(2026, 11, 24, 11, 58, 0, 250_000, tzinfo=UTC)


def read(**changes: Any) -> Letter:
    issue = {name: value for name, value in (ISSUE | changes).items() if value is not ...}
    return sentry_api.read(json.dumps(issue).encode(), received_at=NOW, redactor=REDACTOR)


def alert_of(letter: Letter | object) -> Alert:
    assert isinstance(letter, Letter)
    assert isinstance(letter.mail, AlertArrived)
    return letter.mail.alert


def test_the_whole_letter() -> None:
    letter = read()
    alert = alert_of(letter)
    assert letter.delivery_id == "reconcile:4711:2026-11-24T11:58:00.250000+00:00"
    assert (letter.sender, letter.received_at, letter.occurrence) == ("sentry", NOW, "")
    assert letter.address == ByError(
        fingerprint=fingerprint("sentry", "4711"), signature=alert.signature, words=alert.words
    )
    assert (alert.occurred_at, alert.sender_count, alert.users) == (LAST_SEEN, 812, 40)
    assert (alert.project, alert.short_id, alert.sender_ref) == ("reader", "READER-7", "4711")
    assert alert.link == "https://acme.sentry.example/issues/4711/"
    assert alert.first_of_error


def test_it_goes_to_the_webhooks_mailbox_with_the_webhooks_redaction() -> None:
    body = json.dumps({"action": "created", "data": {"issue": ISSUE}}).encode()
    hooked = sentry.read("issue", body, delivery_id="d", received_at=NOW, redactor=REDACTOR)
    assert isinstance(hooked, Letter)
    assert read().address == hooked.address
    assert alert_of(read()).title == alert_of(hooked).title == "KeyError: [e-mail removed]"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"lifetime": ...}, (LAST_SEEN, 3, 2), id="no lifetime: the issue's own"),
        pytest.param({"lifetime": [7]}, (LAST_SEEN, 3, 2), id="an odd lifetime is as good as none"),
        pytest.param(
            {"lifetime": {"count": "0", "userCount": 0}}, (LAST_SEEN, 0, 0), id="a lifetime's nought is not replaced"
        ),
        pytest.param({"lastSeen": ...}, (LAST_SEEN, 812, 40), id="the lifetime's last time alone will do"),
        pytest.param({"lastSeen": "yesterday"}, (LAST_SEEN, 812, 40), id="an odd time is passed over"),
        pytest.param({"lifetime": ..., "count": {}, "userCount": None}, (LAST_SEEN, None, None), id="odd counts"),
    ],
)
def test_counts_and_times(changes: dict[str, Any], expected: tuple[datetime, int | None, int | None]) -> None:
    alert = alert_of(read(**changes))
    assert (alert.occurred_at, alert.sender_count, alert.users) == expected


def test_one_moment_has_one_delivery_id_however_it_is_written() -> None:
    plain = {"lifetime": ..., "lastSeen": "2026-11-24T11:58:00Z"}
    other = {"lifetime": ..., "lastSeen": "2026-11-24T06:58:00-05:00"}
    assert read(**plain).delivery_id == read(**other).delivery_id


def test_a_fatal_error_is_urgent_as_it_is_by_webhook() -> None:
    assert read(level="fatal").priority > read().priority


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"id": ...}, "id", id="no id"),
        pytest.param({"id": ""}, "no number", id="an empty id"),
        pytest.param({"id": {"a": 1}}, "id", id="an odd id"),
        pytest.param({"lastSeen": ..., "lifetime": ...}, "last seen", id="never seen"),
    ],
)
def test_what_has_no_identity_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(PayloadError, match=said):
        read(**changes)


def test_a_page_is_taken_apart_unread() -> None:
    page = b'[{"id": "1"}, 7 , {"id": {"a": [null]}}]'
    assert [json.loads(issue) for issue in sentry_api.issues_of(page)] == [{"id": "1"}, 7, {"id": {"a": [None]}}]
    assert sentry_api.issues_of(b"[]") == ()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(b"<html>", NotJsonError, id="a page for people"),
        pytest.param(b"[{]", NotJsonError, id="broken JSON"),
        pytest.param(b'{"detail": "Invalid token"}', PayloadError, id="no list"),
    ],
)
def test_what_is_no_page_is_refused(body: bytes, kind: type[PayloadError]) -> None:
    with pytest.raises(PayloadError) as raised:
        sentry_api.issues_of(body)
    assert type(raised.value) is kind


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.sampled_from(sorted(ISSUE)), SCALARS, max_size=3)


@given(st.dictionaries(st.sampled_from(sorted(ISSUE)), VALUES))
def test_whatever_is_listed_is_read_or_refused(changes: dict[str, Any]) -> None:
    try:
        letter = read(**changes)
    except PayloadError:
        return
    assert letter.delivery_id.startswith("reconcile:")


def test_the_totals_of_one_issue() -> None:
    totals = sentry_api.totals_of(b'{"id": "7", "count": "12", "userCount": 3}')
    assert (totals.events, totals.users) == (12, 3)
    assert sentry_api.totals_of(b'{"id": "7"}') == sentry_api.Totals()
