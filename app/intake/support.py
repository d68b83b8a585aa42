"""A support desk's ticket, read into a letter. The format is ours, and strict: what is wrong is told, key by key.

| key     | is                                                                                                     |
|---------|--------------------------------------------------------------------------------------------------------|
| `id`    | the desk's own id of the ticket, of 1 to 100 plain characters; needed                                  |
| `title` | a line; needed                                                                                         |
| `text`  | what the user asks; needed. Of a long one the beginning is kept                                        |
| `link`  | the ticket's page at the desk, https, without a query: that may hold what must not be shown            |
| `app`   | the application, as the owners map and the squad's file call it                                        |
| `at`    | when it came in, ISO 8601 with its offset; now where it is left out                                    |
| `from`  | who asks. It may be sent, and is neither read nor kept                                                 |

Rules: a support ticket is one ticket for good, by its id. The same again is a repeated delivery; with another text it
is a new version of it, and counts no second time. It is never found by its words: it stays quiet, and what is reported
loudly must not vanish in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, Final

import msgspec

from app.domain.alerts import Alert, Sender
from app.domain.errors import PayloadError
from app.domain.identity import fingerprint
from app.domain.mail import AlertArrived, ByError, Letter
from app.intake.reading import bare_url, decode, text_of
from app.intake.redaction import Redactor

KEYS: Final = ("id", "title", "text", "link", "app", "at", "from")
_NEEDED: Final = ("id", "title", "text")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/#-]{0,99}")
_LONGEST_TITLE: Final = 200
_LONGEST_TEXT: Final = 4_000
_CUT: Final = " …"
_EXAMPLE: Final = '{"id": "4711", "title": "I can\'t log in", "text": "It says 500."}'
_DECODER: Final = msgspec.json.Decoder(object)


def read(body: bytes, *, received_at: datetime, redactor: Redactor) -> Letter:
    """The letter. Raises NotJsonError, or PayloadError with every fault in it."""
    told = _object(body)
    faults = [*_unknown(told), *_faults(told)]
    if faults:
        raise PayloadError(" ".join(faults))
    known, app = _known(told["id"]), text_of(told.get("app"), 100)
    title, text, shown, app = redactor.redact_all((told["title"], told["text"], known, app))
    link, at = bare_url(told.get("link"), schemes=("https",)), _moment(told.get("at"))
    alert = Alert(
        sender=Sender.SUPPORT,
        title=text_of(title, _LONGEST_TITLE),
        occurred_at=min(at, received_at) if at is not None else received_at,
        fingerprint=fingerprint("support", known),
        link=redactor.redact(link),
        short_id=text_of(shown, 100),
        app=text_of(app, 100),
        details=_clipped(text),
    )
    version = fingerprint("version", known, alert.title, alert.details, alert.link, alert.app, str(told.get("at")))
    return Letter(
        sender="support",
        delivery_id=version,
        address=ByError(fingerprint=alert.fingerprint),
        mail=AlertArrived(alert=alert),
        received_at=received_at,
    )


def _object(body: bytes) -> Mapping[str, Any]:
    told = decode(body, _DECODER)
    if not isinstance(told, dict):
        raise PayloadError(f"The body is no object. Send one such as {_EXAMPLE}.")
    return told


def _unknown(told: Mapping[str, Any]) -> list[str]:
    faults = []
    for name in told:
        if name in KEYS:
            continue
        near = get_close_matches(name.lower(), KEYS, n=1)
        hint = f"Did you mean `{near[0]}`?" if near else f"There are {', '.join(f'`{key}`' for key in KEYS)}."
        faults.append(f"There is no key `{text_of(name, 40)}`. {hint}")
        if len(faults) == len(KEYS):
            break
    return faults


def _faults(told: Mapping[str, Any]) -> list[str]:
    faults = [f"`{key}` is missing." for key in _NEEDED if key not in told]
    if "id" in told and not _ID.fullmatch(_known(told["id"])):
        faults.append("`id` must be a number, or up to 100 letters, digits and `._:/#-`.")
    faults += [f"`{key}` must be text." for key in ("title", "text") if key in told and not _is_text(told[key])]
    if "app" in told and not (_is_text(told["app"]) and len(told["app"]) <= 100):
        faults.append("`app` must be the name of an application; leave it out where it is not known.")
    if "link" in told and (not isinstance(told["link"], str) or _page(told["link"]) != told["link"]):
        faults.append(
            "`link` must be an https:// address without query and fragment; leave it out where there is none."
        )
    if "at" in told and _moment(told["at"]) is None:
        faults.append("`at` must be a time with its offset, such as `2026-11-24T09:30:00-05:00`.")
    return faults


def _known(value: object) -> str:
    """The desk's id, whole; too long a one fits no pattern."""
    return text_of(value, 1_000)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(text_of(value, len(value)))


def _page(link: str) -> str:
    return bare_url(link, schemes=("https",))


def _moment(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else None
        return at.astimezone(UTC) if at is not None and at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _clipped(text: str) -> str:
    whole = text_of(text, len(text))
    return whole if len(whole) <= _LONGEST_TEXT else whole[: _LONGEST_TEXT - len(_CUT)] + _CUT
