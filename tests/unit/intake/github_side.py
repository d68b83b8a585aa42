"""GitHub's examples, changed and read as the App gets them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.domain.issues import Repository
from app.domain.mail import (
    IssueChanged,
    Letter,
)
from app.intake import github
from app.intake.reading import Ignored
from app.intake.redaction import Redactor
from tests import payloads
from tests.unit.intake.bodies import put

RECEIVED = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
NAMES = payloads.names("github")
GOLDEN = Path(__file__).parents[2] / "golden"
SHARED = payloads.BESIDE / "github"
HELLO = Repository(id=186853002, name="Codertocat/Hello-World", installation=5, default_branch="master")
OURS = {"login": "prod-squad[bot]", "type": "Bot"}
FORM = """### App

Reader

### Sentry link

https://sentry.io/organizations/appeals/issues/5120034411/

### What do users see?

A white page.

### Impact

severe: potentially corrupting data or causing a major user work stoppage

### When did it start?

2019-05-15 14:00"""


def body_of(name: str, **changes: Any) -> dict[str, Any]:
    """GitHub's example as an App gets it; `issue__title="x"` puts a value at `issue.title`."""
    body: dict[str, Any] = {"installation": {"id": 5}} | json.loads(payloads.body("github", name))
    for path, new in changes.items():
        body = put(body, tuple(path.split("__")), new)
    return body


def read(name: str, **changes: Any) -> Letter | Ignored:
    return read_bytes(name.partition(".")[0], json.dumps(body_of(name, **changes)).encode())


def read_bytes(event: str, body: bytes) -> Letter | Ignored:
    return github.read(event, body, delivery_id="d-1", received_at=RECEIVED, redactor=Redactor(), app_slug="prod-squad")


def letter(name: str, **changes: Any) -> Letter:
    found = read(name, **changes)
    assert isinstance(found, Letter)
    assert (found.sender, found.delivery_id, found.received_at) == ("github", "d-1", RECEIVED)
    assert found.prompt
    return found


def changed(name: str, **changes: Any) -> IssueChanged:
    mail = letter(name, **changes).mail
    assert isinstance(mail, IssueChanged)
    return mail


def label(name: str) -> dict[str, str]:
    return {"name": name}
