"""What a refusal by GitHub means, and what can be done. Pure: status, headers and body in, an error out.

The first row that fits is taken.

| GitHub answers                                            | error                                            |
|-----------------------------------------------------------|--------------------------------------------------|
| 401                                                       | `LaterError`: key, clock or a fresh token        |
| 403, 422, 429 with Retry-After, or that speak of a rate   | `LimitedError` until Retry-After, else until the |
| limit, and any 429                                        | reset if nothing remains, else for 60 s          |
| 403 that speaks of an archive                             | `UnavailableError` archived                      |
| 403 that speaks of a lock, or of too many comments        | `UnavailableError` locked                        |
| 403 for a suspended installation                          | `UnavailableError` not-installed                 |
| 403 with nothing remaining                                | `LimitedError` until the reset                   |
| 403 other, 451                                            | `UnavailableError` forbidden                     |
| 410 that speaks of issues being disabled                  | `UnavailableError` issues-off                    |
| 404, 410 other, a redirect that can't be followed         | `UnavailableError` gone                          |
| 409, 425                                                  | `LaterError`                                     |
| 408, 5xx to a write                                       | `InDoubtError`                                   |
| 408, 5xx to a read                                        | `LaterError`, not before Retry-After             |
| 400, 413, 422 and any other 4xx                           | `InvalidError` with the fields                   |

Limits: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately
Statuses: https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
Comments: https://docs.github.com/en/communities/moderating-comments-and-conversations/locking-conversations
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from app.domain.errors import InDoubtError, InvalidError, LaterError, SystemRefusedError, UnavailableError

SECONDARY_WAIT: Final = timedelta(seconds=60)
"""The least wait after a limit that names no time; whoever meets it again doubles it."""
LONGEST_WAIT: Final = timedelta(hours=1)
"""The most that is waited for a limit: GitHub's longest window is an hour, and the wait is remembered across restarts,
so a mad header would shut an installation for as long as it says. Who comes back too early is told again."""
RECONNECT_WAIT: Final = timedelta(seconds=60)
"""After a 401: what is wrong is the key, the clock, or a token that is not known everywhere yet."""
_LONGEST_MESSAGE: Final = 300
_SPEAKS_OF_LIMIT: Final = ("rate limit", "abuse detection", "submitted too quickly")
_SPEAKS_OF: Final = (
    ("archived", re.compile(r"\barchived\b")),
    ("locked", re.compile(r"\blocked\b|\bcommenting (?:is|has been) disabled\b")),
    ("not-installed", re.compile(r"\bsuspended\b")),
    ("issues-off", re.compile(r"\bissues (?:is|are|has been|have been) disabled\b")),
)
_ADVICE: Final = {
    "archived": "The repository is archived: unarchive it, or name another one for these tickets.",
    "locked": "The issue takes no more comments: unlock it, or go on in a new one.",
    "not-installed": "The App is suspended there: let an owner unsuspend it.",
    "forbidden": "The App may not do this: let an owner accept its permissions.",
    "issues-off": "Issues are switched off in the repository: switch them on, or name another one for these tickets.",
    "gone": "It is not there any more, or the App may not see it.",
}


class LimitedError(LaterError):
    """GitHub holds the whole installation back until `not_before`."""

    def __init__(self, message: str, *, not_before: datetime) -> None:
        super().__init__(message, not_before=not_before)
        self.not_before: datetime = not_before


class _Fault(msgspec.Struct):
    """One of a 422's `errors`."""

    resource: str | None = None
    field: str | None = None
    code: str | None = None
    message: str | None = None


class _Told(msgspec.Struct):
    """The body of a refusal."""

    message: str = ""
    errors: list[_Fault | str] | str | None = None


def refusal(status: int, headers: Mapping[str, str], body: bytes, *, write: bool, now: datetime) -> SystemRefusedError:
    """The error for an answer that is no success; `headers` must be case-insensitive or lower-case."""
    told = _told(body)
    faults = [told.errors] if isinstance(told.errors, str) else told.errors or []
    said = " ".join([told.message, *(_in_words(fault) for fault in faults)]).strip()[:_LONGEST_MESSAGE]
    shown = f"GitHub answers {status}" + (f": {said}" if said else ".")
    if _is_limit(status, headers, said):
        return LimitedError(shown, not_before=limit_end(headers, now=now))
    reason = _reason(status, said)
    if reason:
        return unavailable(shown, reason)
    if status == 401:
        return LaterError(f"{shown} Check the App's id, private key and clock.", not_before=now + RECONNECT_WAIT)
    if status in (409, 425):
        return LaterError(shown)
    if status >= 500 or status == 408:
        if write:
            return InDoubtError(f"{shown} See whether it was done.")
        return LaterError(shown, not_before=_retry_after(headers, now=now))
    fields = tuple(fault.field for fault in faults if isinstance(fault, _Fault) and fault.field)
    return InvalidError(shown, fields=fields or _named_field(said))


def _is_limit(status: int, headers: Mapping[str, str], said: str) -> bool:
    if status not in (403, 422, 429):
        return False
    if status == 429 or "retry-after" in headers or _speaks_of_limit(said):
        return True
    return status == 403 and reason_of(said) == "forbidden" and headers.get("x-ratelimit-remaining") == "0"


def _reason(status: int, said: str) -> str:
    """Why asking again is of no use; empty where it may be."""
    if status in (403, 451):
        return reason_of(said)
    if status == 410 and "disabled" in said.lower():
        return "issues-off"
    return "gone" if status in (404, 410) or status < 400 else ""


def unavailable(shown: str, reason: str) -> UnavailableError:
    """With what a person can do about it."""
    return UnavailableError(f"{shown} {_ADVICE[reason]}", reason=reason)


def reason_of(message: str) -> str:
    """Why something is forbidden, by GitHub's words: REST and GraphQL use the same."""
    said = message.lower()
    for reason, words in _SPEAKS_OF:
        if words.search(said):
            return reason
    return "forbidden"


def limit_end(headers: Mapping[str, str], *, now: datetime) -> datetime:
    """When a limit lets calls through again: Retry-After, else the reset if nothing remains, else in 60 s.

    An hour at most, as all that is read of these headers.
    """
    after = _retry_after(headers, now=now)
    if after is not None:
        return after
    return exhausted_until(headers, now=now) or now + SECONDARY_WAIT


def exhausted_until(headers: Mapping[str, str], *, now: datetime) -> datetime | None:
    """The reset, where nothing remains of the hour; also told by answers that still went well."""
    if headers.get("x-ratelimit-remaining") != "0":
        return None
    try:
        reset = datetime.fromtimestamp(int(headers["x-ratelimit-reset"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None
    return min(reset, now + LONGEST_WAIT) if reset > now else None


class GraphQLFault(msgspec.Struct):
    """One of a GraphQL answer's `errors`. `type` is GitHub's own; a fault of the document itself has none."""

    message: str = ""
    type: str | None = None
    path: list[str | int] | None = None


def graphql_refusal(
    fault: GraphQLFault, headers: Mapping[str, str], *, write: bool, now: datetime
) -> SystemRefusedError:
    """The same table for a GraphQL error, which comes with status 200.

    https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
    """
    shown = f"GitHub answers {fault.type or 'an error'}: {fault.message[:_LONGEST_MESSAGE]}"
    if (fault.type or "").startswith("RATE_LIMIT") or _speaks_of_limit(fault.message):
        return LimitedError(shown, not_before=limit_end(headers, now=now))
    match fault.type:
        case "NOT_FOUND":
            return unavailable(shown, "gone")
        case "FORBIDDEN" | "INSUFFICIENT_SCOPES":
            return unavailable(shown, reason_of(fault.message))
        case "UNPROCESSABLE":
            reason = reason_of(fault.message)
            if reason != "forbidden":
                return unavailable(shown, reason)
            return InvalidError(shown, fields=_named_field(fault.message))
        case None if fault.path is None and "something went wrong" not in fault.message.lower():
            return InvalidError(shown)
        case _ if write:
            return InDoubtError(f"{shown} See whether it was done.")
        case _:
            return LaterError(shown)


def _told(body: bytes) -> _Told:
    try:
        return msgspec.json.decode(body, type=_Told, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Told()


def _in_words(fault: _Fault | str) -> str:
    if isinstance(fault, str):
        return fault
    return f"({' '.join(filter(None, (fault.field, fault.code, fault.message)))})"


def _speaks_of_limit(message: str) -> bool:
    said = message.lower()
    return any(word in said for word in _SPEAKS_OF_LIMIT)


def _retry_after(headers: Mapping[str, str], *, now: datetime) -> datetime | None:
    """GitHub sends whole seconds; what is no number counts as the least wait."""
    told = headers.get("retry-after")
    if told is None:
        return None
    try:
        return now + min(timedelta(seconds=max(1, int(told))), LONGEST_WAIT)
    except OverflowError:
        return now + LONGEST_WAIT
    except ValueError:
        return now + SECONDARY_WAIT


def _named_field(message: str) -> tuple[str, ...]:
    """Some refusals name the field in their words only: "body is too long (maximum is 65536 characters)"."""
    first = message.removeprefix("Validation Failed").strip("(: ").lower()
    return next(((field,) for field in ("body", "title", "assignees", "labels") if first.startswith(field)), ())
