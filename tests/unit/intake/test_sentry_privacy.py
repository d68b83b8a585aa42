"""Of a Sentry webhook nothing that is a person's survives."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from app.domain.mail import Letter, SenderSaid
from tests import payloads
from tests.unit.intake.bodies import Path, paths, put
from tests.unit.intake.sentry_side import NAMES, read

FREE = {
    "action",
    *("data.event." + name for name in ("event_id", "issue_id", "issue_url", "url", "web_url", "title", "message")),
    *("data.event." + name for name in ("culprit", "level", "environment", "release", "project", "datetime")),
    *("data.event." + name for name in ("timestamp", "metadata.type", "metadata.value", "metadata.title")),
    *("data.event." + name for name in ("request.url", "exception.values.*.type", "exception.values.*.value")),
    *(
        f"data.event.exception.values.*.stacktrace.frames.*.{name}"
        for name in ("filename", "abs_path", "module", "function", "lineno", "in_app")
    ),
    *(f"data.event.tags.{name}" for name in ("*.*", "*.key", "*.value")),
    "data.triggered_rule",
    *("data.issue." + name for name in ("id", "title", "culprit", "level", "shortId", "permalink", "web_url")),
    *("data.issue." + name for name in ("substatus", "count", "userCount", "firstSeen", "project.slug")),
    *("data.issue." + name for name in ("metadata.type", "metadata.value", "metadata.title")),
    *("data.issue." + name for name in ("statusDetails.inRelease", "statusDetails.inNextRelease")),
    *("data.issue.assignedTo.name", "actor.name"),
    *("data.metric_alert." + name for name in ("id", "title", "alert_rule.id", "alert_rule.name", "projects.*")),
    *("data.metric_alert.alert_rule.environment", "data.description_text", "data.web_url"),
}
"""The fields that are taken. `data.error` has those of `data.event`."""
PERSONAL = "Zaphod Beeblebrox"


def named(path: Path) -> str:
    return ".".join("*" if isinstance(key, int) else key for key in path).replace("data.error.", "data.event.")


def personal(value: Any, path: Path = ()) -> Any:
    """The body with a person's name in every field that is not taken, and in a new one of every object."""
    if isinstance(value, dict):
        return {key: personal(each, (*path, key)) for key, each in value.items()} | {"also": PERSONAL}
    if isinstance(value, list):
        return [personal(each, (*path, i)) for i, each in enumerate(value)]
    return value if named(path) in FREE else PERSONAL


@pytest.mark.parametrize("name", NAMES)
def test_no_byte_of_a_field_that_is_not_taken_survives(name: str) -> None:
    body = json.loads(payloads.body("sentry", name))
    before = read(name.partition(".")[0], json.dumps(body).encode())
    after = read(name.partition(".")[0], json.dumps(personal(body)).encode())
    assert PERSONAL.casefold() not in msgspec.json.encode(after).decode().casefold()
    assert after == before


PRIVATE = ("jo.doe@example.org", "123-45-6789", "4111 1111 1111 1111", "hunter2hunter2")
TEXTS = sorted(
    {
        (name, path)
        for name in NAMES
        for path in paths(json.loads(payloads.body("sentry", name)))
        if named(path) in FREE
        and named(path).rpartition(".")[2]
        in {"title", "message", "culprit", "release", "type", "value", "triggered_rule", "filename", "function"}
        | {"module", "inRelease", "name", "description_text"}
    },
    key=str,
)


@pytest.mark.parametrize(("name", "path"), [pytest.param(*each, id=f"{each[0]}: {named(each[1])}") for each in TEXTS])
def test_what_is_taken_of_a_text_is_redacted(name: str, path: Path) -> None:
    text = f"of {PRIVATE[0]}, ssn {PRIVATE[1]}, card {PRIVATE[2]}, password={PRIVATE[3]}"
    body = put(json.loads(payloads.body("sentry", name)), path, text)
    saved = msgspec.json.encode(read(name.partition(".")[0], json.dumps(body).encode())).decode()
    assert [each for each in PRIVATE if each in saved] == []


def test_a_name_that_is_an_e_mail_address_is_redacted() -> None:
    body = put(json.loads(payloads.body("sentry", "issue.assigned")), ("actor", "name"), "jo.doe@example.org")
    found = read("issue", json.dumps(body).encode())
    assert isinstance(found, Letter)
    assert isinstance(found.mail, SenderSaid)
    assert found.mail.actor == "[e-mail removed]"
