"""The stored bodies of Sentry's, read as the App gets them."""

from __future__ import annotations

from datetime import UTC, datetime

from app.domain.alerts import Alert
from app.domain.mail import AlertArrived, Letter, SenderSaid
from app.intake import sentry
from app.intake.reading import Ignored
from app.intake.redaction import Redactor
from tests import payloads

RECEIVED = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
NAMES = payloads.names("sentry")
REFERENCE = payloads.BESIDE / "reference" / "sentry"
READER, CERTIFICATION, EFOLDER, DISPATCH = "5120034411", "5120098762", "5120110530", "5120077020"


def read(resource: str, body: bytes) -> Letter | Ignored:
    return sentry.read(resource, body, delivery_id="d-1", received_at=RECEIVED, redactor=Redactor())


def letter(name: str) -> Letter:
    found = read(name.partition(".")[0], payloads.body("sentry", name))
    assert isinstance(found, Letter)
    return found


def alert_of(found: Letter | Ignored) -> Alert:
    assert isinstance(found, Letter)
    assert isinstance(found.mail, AlertArrived | SenderSaid)
    return found.mail.alert
