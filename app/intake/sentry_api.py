"""Sentry's API: an organisation's issues, as it lists them, read into letters.

Sentry in effect never repeats a webhook. A scheduled sweep lists what was seen lately and makes up for what never
arrived. Rule: a listed issue has the shape of the issue in an `issue` webhook, so it is read by the webhook's reader,
as one that was `created`: its address, its allowlist and its redaction are the webhook's. Only this differs:

| of the letter    | is                                                                                  |
|------------------|-------------------------------------------------------------------------------------|
| `delivery_id`    | `reconcile:<issue id>:<last seen>`: a second sweep over a window saves nothing anew |
| `occurred_at`    | when the issue was last seen                                                        |
| `sender_count`   | of its lifetime; a listed issue's own `count` is of the window that was asked for   |
| `users`          | likewise                                                                            |
| `first_of_error` | yes: should the event's own webhook come late, it carries this time                 |

**The caller filters.** Every listed issue is read as `AlertArrived`, also one whose webhooks all came. A letter is to
be saved only where its error is unknown, or was last seen later than what is known of it. It counts as one occurrence,
however many events there were meanwhile; `sender_count` tells how many.

<https://docs.sentry.io/api/events/list-an-organizations-issues/>
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, cast

import msgspec

from app.domain.errors import PayloadError
from app.domain.facts import Fact
from app.domain.mail import AlertArrived, Letter
from app.intake import sentry
from app.intake.reading import count_of, decode, moment_of, text_of
from app.intake.redaction import Redactor


class _Listed(msgspec.Struct):
    id: str | int
    count: object = None
    userCount: object = None  # noqa: N815 - Sentry's names
    lastSeen: object = None  # noqa: N815
    lifetime: object = None


_PAGE: Final = msgspec.json.Decoder(list[msgspec.Raw])
_LISTED: Final = msgspec.json.Decoder(_Listed)


def issues_of(body: bytes) -> tuple[bytes, ...]:
    """The page's issues, each on its own, so that one that can't be read hides no other.

    Raises NotJsonError for what is not JSON, and PayloadError for what is no list.
    """
    return tuple(bytes(issue) for issue in decode(body, _PAGE))


def read(issue: bytes, *, received_at: datetime, redactor: Redactor) -> Letter:
    """Read one listed issue; see the module for what the caller has to filter.

    Raises PayloadError for one without an id or without a time at which it was last seen: it has no identity.
    """
    listed = decode(issue, _LISTED)
    lifetime = listed.lifetime if isinstance(listed.lifetime, Mapping) else {}
    last_seen = moment_of(lifetime.get("lastSeen")) or moment_of(listed.lastSeen)
    issue_id = text_of(listed.id, 40)
    if last_seen is None:
        raise PayloadError(f"Sentry lists issue {issue_id} without saying when it was last seen.")
    letter = sentry.read(
        "issue",
        b'{"action":"created","data":{"issue":' + issue + b"}}",
        delivery_id=f"reconcile:{issue_id}:{last_seen.isoformat()}",
        received_at=received_at,
        redactor=redactor,
    )
    letter = cast(Letter, letter)  # an issue that was `created` is never ignored, and always an alert
    alert = msgspec.structs.replace(
        cast(AlertArrived, letter.mail).alert,
        occurred_at=last_seen,
        sender_count=_first(count_of(lifetime.get("count")), count_of(listed.count)),
        users=_first(count_of(lifetime.get("userCount")), count_of(listed.userCount)),
    )
    return msgspec.structs.replace(letter, mail=AlertArrived(alert=alert))


class Totals(Fact, frozen=True, kw_only=True):
    """What Sentry has counted of an error in all; None where it does not say."""

    events: int | None = None
    users: int | None = None
    last_seen: datetime | None = None


def totals_of(body: bytes) -> Totals:
    """The counts of one issue. Raises PayloadError for what is no issue, NotJsonError for what is not JSON."""
    issue = decode(body, _LISTED)
    return Totals(events=count_of(issue.count), users=count_of(issue.userCount), last_seen=moment_of(issue.lastSeen))


def _first(told: int | None, other: int | None) -> int | None:
    return other if told is None else told
