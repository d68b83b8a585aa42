"""The table of `intake/sentry.py`, body by body; and whatever else may come."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alerts import Alert, Frame, Sender
from app.domain.errors import PayloadError
from app.domain.identity import fingerprint, normalised, signature
from app.domain.mail import AlertArrived, ByError, Letter, SenderSaid, SenderVerb
from app.intake.reading import Ignored, NotJsonError
from tests import payloads
from tests.unit.intake.bodies import ANY_JSON, damaged, put
from tests.unit.intake.sentry_side import (
    CERTIFICATION,
    DISPATCH,
    EFOLDER,
    NAMES,
    READER,
    RECEIVED,
    REFERENCE,
    alert_of,
    letter,
    read,
)


@pytest.mark.parametrize(
    ("name", "issue_id", "priority", "occurrence"),
    [
        pytest.param("event_alert.triggered", READER, 0, "8f14e45fceea4c1da2b1f4e29bb1f0d7", id="an alert rule fired"),
        pytest.param(
            "event_alert.triggered.with_action",
            EFOLDER,
            10,
            "c9f0f895fb984ab9a1f0c7e29d3e6b55",
            id="an alert rule's action, of a fatal error: it is urgent",
        ),
        pytest.param("error.created", DISPATCH, 0, "45c48cce2e2d4fbdaea1afc51c7c6ad2", id="an error happened"),
        pytest.param("issue.created", "5120120008", 0, "", id="an error is new"),
    ],
)
def test_an_alert_makes_a_ticket(name: str, issue_id: str, priority: int, occurrence: str) -> None:
    found = letter(name)
    alert = alert_of(found)
    assert isinstance(found.mail, AlertArrived)
    assert alert.fingerprint == fingerprint("sentry", issue_id)
    assert alert.link.startswith(f"https://sentry.io/organizations/appeals/issues/{issue_id}/")
    assert found.address == ByError(fingerprint=alert.fingerprint, signature=alert.signature, words=alert.words)
    assert (found.priority, found.occurrence, found.prompt) == (priority, occurrence, False)


@pytest.mark.parametrize(
    ("name", "issue_id", "verb", "detail", "actor"),
    [
        pytest.param(
            "issue.resolved",
            CERTIFICATION,
            SenderVerb.RESOLVED,
            "certification@2026.11.25-77ab012",
            "Jo Lindqvist",
            id="resolved in a release",
        ),
        pytest.param(
            "issue.resolved.in_next_release",
            CERTIFICATION,
            SenderVerb.RESOLVED,
            "next release",
            "Jo Lindqvist",
            id="resolved in the next release",
        ),
        pytest.param(
            "issue.unresolved.regressed", CERTIFICATION, SenderVerb.REGRESSED, "regressed", "Sentry", id="regressed"
        ),
        pytest.param(
            "issue.unresolved.escalating", EFOLDER, SenderVerb.ESCALATING, "escalating", "Sentry", id="escalating"
        ),
        pytest.param(
            "issue.unresolved.ongoing",
            DISPATCH,
            SenderVerb.UNRESOLVED,
            "ongoing",
            "Jo Lindqvist",
            id="unresolved by hand",
        ),
        pytest.param(
            "issue.archived", READER, SenderVerb.ARCHIVED, "archived_until_escalating", "Jo Lindqvist", id="archived"
        ),
        pytest.param(
            "issue.ignored",
            READER,
            SenderVerb.ARCHIVED,
            "archived_until_condition_met",
            "Jo Lindqvist",
            id="ignored, as older servers call it",
        ),
        pytest.param("issue.assigned", DISPATCH, SenderVerb.ASSIGNED, "Sharon Ortega", "Jo Lindqvist", id="assigned"),
    ],
)
def test_what_is_done_at_sentry_makes_no_ticket(
    name: str, issue_id: str, verb: SenderVerb, detail: str, actor: str
) -> None:
    found = letter(name)
    alert = alert_of(found)
    assert found.mail == SenderSaid(alert=alert, verb=verb, detail=detail, actor=actor)
    assert found.address == ByError(
        fingerprint=fingerprint("sentry", issue_id), signature=alert.signature, words=alert.words, may_make=False
    )
    assert alert.occurred_at == RECEIVED
    assert not alert.first_of_error


@pytest.mark.parametrize(
    ("name", "level", "occurrence", "priority"),
    [
        pytest.param("metric_alert.critical", "critical", "metric:5513:critical", 10, id="critical is urgent"),
        pytest.param("metric_alert.warning", "warning", "metric:5513:warning", 0, id="a warning"),
    ],
)
def test_a_metric_alerts_error_is_its_rule(name: str, level: str, occurrence: str, priority: int) -> None:
    found = letter(name)
    alert = alert_of(found)
    assert isinstance(found.mail, AlertArrived)
    assert alert == Alert(
        sender=Sender.SENTRY,
        title="eFolder failed downloads",
        occurred_at=RECEIVED,
        fingerprint=fingerprint("sentry", "alert-rule", "31007"),
        project="efolder",
        environment="production",
        level=level,
        error_value=alert.error_value,
        link="https://sentry.io/organizations/appeals/alerts/rules/details/31007/",
        rule="eFolder failed downloads",
    )
    assert alert.error_value.endswith("events in the last 5 minutes")
    assert (found.occurrence, found.priority) == (occurrence, priority)


def test_a_metric_alert_that_is_resolved_makes_no_ticket() -> None:
    found = letter("metric_alert.resolved")
    assert found.mail == SenderSaid(alert=alert_of(found), verb=SenderVerb.RESOLVED)
    assert isinstance(found.address, ByError)
    assert not found.address.may_make


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(("installation.", "comment."))])
def test_what_is_nothing_to_the_squad_is_ignored(name: str) -> None:
    resource = name.partition(".")[0]
    assert read(resource, payloads.body("sentry", name)) == Ignored(why=f"nothing is done about Sentry's {resource}")


def test_every_body_is_read_by_one_of_these_tests() -> None:
    resources = {name.partition(".")[0] for name in NAMES}
    assert resources == {"event_alert", "error", "issue", "metric_alert", "installation", "comment"}


def test_of_an_event_this_is_taken_and_no_more() -> None:
    found = alert_of(letter("event_alert.triggered"))
    error = "NoMethodError: undefined method `document_type' for nil:NilClass"
    assert found == Alert(
        sender=Sender.SENTRY,
        title=error,
        occurred_at=datetime(2026, 11, 24, 12, 0, 41, 312000, tzinfo=UTC),
        fingerprint=fingerprint("sentry", READER),
        signature=signature(normalised(error)),
        words="nomethoderror: undefined method # for nil:nilclass",
        project="reader",
        environment="production",
        level="error",
        culprit="Reader::DocumentsController#show",
        error_type="NoMethodError",
        error_value="undefined method `document_type' for nil:NilClass",
        link=f"https://sentry.io/organizations/appeals/issues/{READER}/events/8f14e45fceea4c1da2b1f4e29bb1f0d7/",
        sender_ref=READER,
        rule="Reader: any new error in production",
        release="reader@2026.11.24-3f9c1e2",
        url="https://reader.appeals.example.gov/appeals/2418/documents",
        frames=(
            Frame(path="puma/thread_pool.rb", function="block in spawn_thread", line=155, in_app=False),
            Frame(
                path="action_controller/metal/basic_implicit_render.rb", function="send_action", line=6, in_app=False
            ),
            Frame(
                path="app/controllers/application_controller.rb",
                function="with_audit",
                module="ApplicationController",
                line=48,
            ),
            Frame(
                path="app/services/reader/document_presenter.rb",
                function="type_label",
                module="Reader::DocumentsController",
                line=31,
            ),
        ),
        tags=(
            ("browser", "Chrome 131.0"),
            ("environment", "production"),
            ("handled", "no"),
            ("level", "error"),
            ("release", "reader@2026.11.24-3f9c1e2"),
            ("server_name", "reader-7d9f-x2k"),
            ("team", "whiskey"),
        ),
    )


def test_of_an_issue_this_is_taken_and_no_more() -> None:
    found = alert_of(letter("issue.created"))
    assert found == Alert(
        sender=Sender.SENTRY,
        title="Timeout::Error: execution expired",
        occurred_at=datetime(2026, 11, 24, 11, 58, 40, 512000, tzinfo=UTC),
        fingerprint=fingerprint("sentry", "5120120008"),
        signature=signature("timeout::error: execution expired"),
        words="timeout::error: execution expired",
        project="hearings-prep",
        level="error",
        culprit="Hearings::DocketsController#index",
        error_type="Timeout::Error",
        error_value="execution expired",
        link="https://sentry.io/organizations/appeals/issues/5120120008/",
        sender_ref="5120120008",
        short_id="HEARINGS-PREP-3",
        users=2,
        sender_count=2,
        first_of_error=True,
    )


# Odd bodies.


def changed(name: str, path: str, new: Any) -> bytes:
    return json.dumps(put(json.loads(payloads.body("sentry", name)), tuple(path.split(".")), new)).encode()


@pytest.mark.parametrize(
    ("path", "new", "field", "expected"),
    [
        pytest.param("data.event.metadata", [], "error_type", "NoMethodError", id="no metadata: the exception's type"),
        pytest.param(
            "data.event.metadata",
            {},
            "error_value",
            "undefined method `document_type' for nil:NilClass",
            id="empty metadata: the exception's value",
        ),
        pytest.param("data.event.title", None, "title", "NoMethodError", id="no title: the type"),
        pytest.param(
            "data.event.issue_id", None, "sender_ref", READER, id="no issue id: the one in the issue's address"
        ),
        pytest.param("data.event.issue_id", 5120034411, "sender_ref", READER, id="an issue id that is a number"),
        pytest.param(
            "data.event.web_url",
            "http://sentry.internal/organizations/appeals/issues/5120034411/",
            "link",
            "http://sentry.internal/organizations/appeals/issues/5120034411/",
            id="a Sentry of one's own may be http",
        ),
        pytest.param(
            "data.event.web_url",
            "javascript://sentry.io/organizations/appeals/issues/5120034411/",
            "link",
            "",
            id="nothing else is linked",
        ),
        pytest.param("data.event.web_url", "https://evil.example/", "link", "", id="no link but to this issue"),
        pytest.param(
            "data.event.web_url",
            "https://sentry.io/organizations/appeals/issues/51200344110/",
            "link",
            "",
            id="nor to an issue whose number only begins like this",
        ),
        pytest.param(
            "data.event.web_url",
            "https://sentry.io/organizations/appeals/issues/5120034411?referrer=webhooks",
            "link",
            "https://sentry.io/organizations/appeals/issues/5120034411",
            id="a link need not end in a slash",
        ),
        pytest.param("data.event.url", None, "project", "4501", id="no address: the project's number"),
        pytest.param("data.event.request", "odd", "url", "", id="an odd request"),
        pytest.param("data.event.tags", "odd", "tags", (), id="odd tags"),
        pytest.param(
            "data.event.datetime",
            None,
            "occurred_at",
            datetime(2026, 11, 24, 12, 0, 41, 312000, tzinfo=UTC),
            id="no date: the timestamp",
        ),
        pytest.param("data.event.datetime", "2031-01-01T00:00:00Z", "occurred_at", RECEIVED, id="a clock that is fast"),
        pytest.param("data.event.level", ["fatal"], "level", "", id="an odd level"),
    ],
)
def test_an_odd_value_is_left_out(path: str, new: Any, field: str, expected: Any) -> None:
    assert getattr(alert_of(read("event_alert", changed("event_alert.triggered", path, new))), field) == expected


@pytest.mark.parametrize(
    ("name", "path", "new", "title"),
    [
        pytest.param(
            "event_alert.triggered", "data.event", {"issue_id": "7"}, "Sentry issue 7", id="an event of nothing"
        ),
        pytest.param("issue.created", "data.issue", {"id": 7}, "Sentry issue 7", id="an issue of nothing"),
        pytest.param(
            "metric_alert.critical",
            "data.metric_alert",
            {"alert_rule": {"id": 7}},
            "Sentry alert rule 7",
            id="a rule of nothing",
        ),
    ],
)
def test_what_has_no_title_is_named_by_its_id(name: str, path: str, new: Any, title: str) -> None:
    alert = alert_of(read(name.partition(".")[0], changed(name, path, new)))
    assert (alert.title, alert.occurred_at) == (title, RECEIVED)


def test_a_metric_alert_over_several_projects_is_of_none() -> None:
    body = changed("metric_alert.critical", "data.metric_alert.projects", ["reader", "efolder"])
    assert alert_of(read("metric_alert", body)).project == ""


def test_a_metric_alert_without_an_id_has_no_occurrence() -> None:
    found = read("metric_alert", changed("metric_alert.critical", "data.metric_alert.id", None))
    assert isinstance(found, Letter)
    assert found.occurrence == ""


@pytest.mark.parametrize(
    ("name", "path", "new"),
    [
        pytest.param("event_alert.triggered", "data", {}, id="no event"),
        pytest.param(
            "event_alert.triggered", "data.event", {"issue_url": "https://sentry.io/"}, id="an event of no issue"
        ),
        pytest.param("error.created", "data.error", [], id="an error that is none"),
        pytest.param("issue.created", "data.issue.id", "", id="an empty issue id"),
        pytest.param("issue.created", "action", None, id="no action"),
        pytest.param("metric_alert.critical", "data.metric_alert.alert_rule.id", " ", id="an empty rule id"),
    ],
)
def test_a_body_without_what_identifies_it_is_a_dead_letter(name: str, path: str, new: Any) -> None:
    with pytest.raises(PayloadError) as caught:
        read(name.partition(".")[0], changed(name, path, new))
    assert not isinstance(caught.value, NotJsonError)


@pytest.mark.parametrize("resource", ["event_alert", "error", "issue", "metric_alert", "installation", "tomorrow's"])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"payload=x", id="a form"),
        pytest.param(payloads.body("sentry", "issue.created")[:-20], id="a body that was cut off"),
        pytest.param(b"\xff\xfe{}", id="bytes of another encoding"),
        pytest.param(b'{"data": ' + b"[" * 100_000, id="brackets"),
    ],
)
def test_what_is_not_json_is_refused(resource: str, body: bytes) -> None:
    with pytest.raises(NotJsonError):
        read(resource, body)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        pytest.param("issue.created", "nothing is done about an issue that is merged at Sentry", id="an issue"),
        pytest.param(
            "metric_alert.critical", "nothing is done about a metric alert that is merged", id="a metric alert"
        ),
    ],
)
def test_an_action_that_is_not_known_is_ignored(name: str, why: str) -> None:
    assert read(name.partition(".")[0], changed(name, "action", "merged")) == Ignored(why=why)


def test_a_text_that_was_cut_inside_an_emoji_is_read() -> None:
    body = changed("event_alert.triggered", "data.event.title", "so sad \ud83d")
    assert alert_of(read("event_alert", body)).title == "so sad \ufffd"


# Whatever comes.

RESOURCES = st.sampled_from(["event_alert", "error", "issue", "metric_alert", "installation", "comment", "other"])
OWN_BODIES = [payloads.body("sentry", name) for name in NAMES]


def read_or_refused(resource: str, body: bytes) -> None:
    try:
        found = read(resource, body)
    except PayloadError:
        return
    assert msgspec.json.decode(msgspec.json.encode(found), type=type(found)) == found


@given(resource=RESOURCES, body=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(resource: str, body: bytes) -> None:
    read_or_refused(resource, body)


@given(resource=RESOURCES, value=ANY_JSON, key=st.sampled_from(["event", "error", "issue", "metric_alert"]))
def test_any_json_is_read_or_refused(resource: str, value: Any, key: str) -> None:
    read_or_refused(resource, json.dumps(value).encode())
    read_or_refused(resource, json.dumps({"action": "created", "data": {key: value}}).encode())


@given(resource=RESOURCES, body=damaged(OWN_BODIES))
def test_a_real_body_with_fields_missing_or_odd_is_read_or_refused(resource: str, body: bytes) -> None:
    read_or_refused(resource, body)


@pytest.mark.skipif(not REFERENCE.is_dir(), reason=f"there are no reference bodies at {REFERENCE}")
def test_the_reference_bodies_are_read() -> None:
    kinds = {}
    for path in sorted(REFERENCE.glob("*.json")):
        found = read(path.name.partition(".")[0], path.read_bytes())
        kinds[path.stem] = type(found.mail).__name__ if isinstance(found, Letter) else "ignored"
    assert {name: kind for name, kind in kinds.items() if kind != "ignored"} == {
        "event_alert.triggered": "AlertArrived",
        "event_alert.triggered.with_alert_rule_action": "AlertArrived",
        "issue.assigned": "SenderSaid",
        "issue.created": "AlertArrived",
        "issue.ignored": "SenderSaid",
        "issue.resolved": "SenderSaid",
        "metric_alert.critical": "AlertArrived",
        "metric_alert.critical.with_alert_rule_action": "AlertArrived",
        "metric_alert.resolved": "SenderSaid",
        "metric_alert.warning": "AlertArrived",
        "metric_alert.warning.with_alert_rule_action": "AlertArrived",
    }


@pytest.mark.parametrize("noise", [-1, 10**30, "@everyone <!-- x", "", None, "12 34"])
@pytest.mark.parametrize(
    ("resource", "file", "path"),
    [
        pytest.param("issue", "issue.created", "data.issue.id", id="an issue"),
        pytest.param("metric_alert", "metric_alert.critical", "data.metric_alert.alert_rule.id", id="an alert rule"),
    ],
)
def test_what_has_no_number_makes_no_error_of_its_own(resource: str, file: str, path: str, noise: object) -> None:
    with pytest.raises(PayloadError):
        read(resource, changed(file, path, noise))
