"""A person's report of an error that Sentry knows, too, is the same error: across both readers."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alerts import Alert
from app.domain.identity import NEAR, similarity
from app.domain.mail import AlertArrived, IssueChanged, Letter
from app.intake import github, sentry
from app.intake.redaction import Redactor
from tests import payloads

AT = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)


def from_sentry(body: bytes, resource: str = "event_alert") -> Alert:
    found = sentry.read(resource, body, delivery_id="s", received_at=AT, redactor=Redactor())
    assert isinstance(found, Letter)
    assert isinstance(found.mail, AlertArrived)
    return found.mail.alert


def of_error(error_type: str, value: str) -> Alert:
    body = json.loads(payloads.body("sentry", "event_alert.triggered"))
    event = body["data"]["event"]
    event["metadata"] = {"type": error_type, "value": value}
    event["title"] = f"{error_type}: {value}"[:100]
    return from_sentry(json.dumps(body).encode())


def from_person(text: str, title: str = "Broken") -> Alert:
    body = json.loads(payloads.body("github", "issues.labeled"))
    body |= {"installation": {"id": 5}, "label": {"name": "prod-alert"}}
    body["issue"] |= {"title": title, "body": text}
    found = github.read(
        "issues", json.dumps(body).encode(), delivery_id="g", received_at=AT, redactor=Redactor(), app_slug="prod-squad"
    )
    assert isinstance(found, Letter)
    assert isinstance(found.mail, IssueChanged)
    assert found.mail.alert is not None
    return found.mail.alert


ARRIVALS = ["event_alert.triggered", "event_alert.triggered.with_action", "error.created", "issue.created"]


@pytest.mark.parametrize("name", ARRIVALS)
def test_sentrys_link_makes_it_the_same_error(name: str) -> None:
    alert = from_sentry(payloads.body("sentry", name), name.partition(".")[0])
    issue = alert.link.partition("/events/")[0].rstrip("/")
    for link in (
        alert.link,
        f"{issue}/",
        f"{issue}/?project=4501&referrer=slack",
        f"<{issue}>",
        f"[it]({issue}/events/latest/)",
    ):
        assert from_person(f"I found {link} in the log.").fingerprint == alert.fingerprint


@pytest.mark.parametrize("name", ARRIVALS)
@pytest.mark.parametrize(
    "written",
    [
        pytest.param("{title}", id="Sentry's title"),
        pytest.param("It broke:\n\n```\n{title}\n  app/models/a.rb:31\n```", id="the first line of a trace, fenced"),
        pytest.param("> **{title}**", id="quoted, with emphasis"),
        pytest.param("E, [2026-11-24T12:00:41] ERROR -- : {title}", id="a line of a log"),
        pytest.param("{type} ({value}):", id="as Rails logs it"),
        pytest.param("app/models/a.rb:31:in 'Appeal#show': {value} ({type})", id="as Ruby prints it"),
    ],
)
def test_the_same_error_line_makes_it_the_same_error(name: str, written: str) -> None:
    alert = from_sentry(payloads.body("sentry", name), name.partition(".")[0])
    value = alert.error_value.partition("\n")[0]
    text = written.format(title=f"{alert.error_type}: {value}", type=alert.error_type, value=value)
    person = from_person(text)
    assert (person.words, person.signature) == (alert.words, alert.signature)


@pytest.mark.parametrize(
    ("error_type", "at_sentry", "reported"),
    [
        pytest.param("KeyError", "'veteran_1'", "'veteran_2'", id="another value"),
        pytest.param(
            "NoMethodError", "undefined method `a' for nil", "undefined method `b' for nil", id="in Ruby's quotes"
        ),
        pytest.param(
            "ActiveRecord::RecordNotFound",
            "Couldn't find Form8 with 'id'=1",
            "Couldn't find Form8 with 'id'=88213",
            id="another number",
        ),
        pytest.param(
            "Timeout::Error",
            "no answer from 0x00007f8a in 5.2 s",
            "no answer from 0x0000beef in 30 s",
            id="another address, another time",
        ),
        pytest.param("Mail::Bounced", "to jo@example.org", "to pat@example.com", id="another person"),
        pytest.param(
            "ActionController::InvalidAuthenticityToken",
            "can't verify",
            "can't verify",
            id="a type that reads like a secret's name",
        ),
        pytest.param(
            "Faraday::ConnectionFailed",
            "no route to https://vbms.example.gov/v1",
            "no route to https://vbms.example.gov/v1",
            id="an address",
        ),
        pytest.param(
            "PG::UniqueViolation",
            "ERROR: duplicate key\nDETAIL: Key (id)=(7)",
            "ERROR: duplicate key",
            id="several lines, of which a person copies one",
        ),
        pytest.param(
            "Error",
            "Request failed with status code 502",
            "Request failed with status code 502",
            id="JavaScript's plain error",
        ),
    ],
)
def test_what_varies_does_not_part_them(error_type: str, at_sentry: str, reported: str) -> None:
    assert from_person(f"{error_type}: {reported}").signature == of_error(error_type, at_sentry).signature


@pytest.mark.parametrize(
    ("error_type", "at_sentry", "line"),
    [
        pytest.param("KeyError", "'x'", "IndexError: 'x'", id="another type"),
        pytest.param(
            "ActiveRecord::RecordNotFound",
            "Couldn't find Form8",
            "ActiveRecord::RecordNotFound: Couldn't find Appeal",
            id="another thing that is missing",
        ),
    ],
)
def test_another_error_is_another(error_type: str, at_sentry: str, line: str) -> None:
    assert from_person(line).signature != of_error(error_type, at_sentry).signature


def test_what_a_person_writes_from_memory_is_near() -> None:
    alert = of_error("NoMethodError", "undefined method `document_type' for nil:NilClass")
    person = from_person("It says undefined method document_type for nil")
    assert person.signature != alert.signature
    assert similarity(person.words, of_error("NoMethodError", "undefined method document_type for nil").words) > NEAR


TYPES = st.from_regex(r"([A-Z][a-z]{1,9}::){0,2}[A-Z][a-z]{1,9}(Error|Timeout|NotFound|Invalid)", fullmatch=True)
VALUES = (
    st.text(
        st.characters(exclude_categories=["C", "Z"], exclude_characters="`:/*_>") | st.just(" "),
        min_size=3,
        max_size=120,
    )
    .map(str.strip)
    .filter(bool)
)


@given(
    error_type=TYPES, value=VALUES, around=st.sampled_from(["{}", "> {}", "```\n{}\n```", "log: {}", "**{}**", "- {}"])
)
def test_any_error_line_is_the_same_error_at_both(error_type: str, value: str, around: str) -> None:
    line = f"{error_type}: {value}"
    assert from_person(around.format(line)).signature == of_error(error_type, value).signature
