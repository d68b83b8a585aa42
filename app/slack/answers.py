"""What an answer of Slack's API means for the call that got it.

| status | `error`                                     | error            | reason       | why                        |
|--------|---------------------------------------------|------------------|--------------|----------------------------|
| 429    | any                                         | LaterError       |              | not before `Retry-After`   |
| 5xx    | any                                         | InDoubtError     |              | it may have been done      |
| 200    | `ratelimited`, `rate_limited`               | LaterError       |              | not before `Retry-After`   |
| 200    | `service_unavailable`, `team_added_to_org`  | LaterError       |              | later, says Slack          |
| 200    | `fatal_error`, `internal_error`             | InDoubtError     |              | part may have been done    |
| 200    | `message_not_found`, `users_not_found` …    | UnavailableError | `gone`       | deleted                    |
| 200    | `channel_not_found`, `not_in_channel` …     | UnavailableError | `channel`    | the App must be in it      |
| 200    | `cant_update_message`, `edit_window_closed` | UnavailableError | `uneditable` | it stays as it is          |
| 200    | `invalid_auth`, `missing_scope` …           | UnavailableError | `forbidden`  | the token may not          |
| 200    | none: something else than the API answers   | InDoubtError     |              | it may have been done      |
| any    | anything else                               | InvalidError     |              | the call itself is wrong   |

A call that only reads is never in doubt: it is a LaterError then. `Retry-After` is taken for a second at least and an
hour at most. <https://docs.slack.dev/apis/web-api/rate-limits>, <https://docs.slack.dev/reference/methods/chat.postMessage>
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from app.domain.errors import InDoubtError, InvalidError, LaterError, SystemRefusedError, UnavailableError

SHORTEST_WAIT: Final = timedelta(seconds=1)
LONGEST_WAIT: Final = timedelta(hours=1)
TRIED_AGAIN: Final = "; it is tried again."
"""How a refusal ends where whoever called tries again; a command of the command line does not."""
_LONGEST_SHOWN: Final = 80

_LIMITED: Final = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_LATER: Final = frozenset({"service_unavailable", "team_added_to_org", "request_timeout"})
_IN_DOUBT: Final = frozenset({"fatal_error", "internal_error"})
_GONE: Final = frozenset({"message_not_found", "users_not_found", "user_not_found", "user_not_visible"})
_CHANNEL: Final = frozenset({"channel_not_found", "not_in_channel", "is_archived", "is_inactive"})
_UNEDITABLE: Final = frozenset({"cant_update_message", "edit_window_closed"})
_FORBIDDEN: Final = frozenset(
    {
        "not_authed", "invalid_auth", "account_inactive", "token_expired", "token_revoked", "missing_scope",
        "no_permission", "access_denied", "not_allowed_token_type", "ekm_access_denied", "restricted_action",
        "org_login_required", "team_access_not_granted", "restricted_action_read_only_channel",
    }
)  # fmt: skip


def refusal(
    status: int, error: str, headers: Mapping[str, str], *, call: str, writes: bool, now: datetime
) -> SystemRefusedError:
    """The error that the answer stands for. `call` says what was asked, as in "Slack would not <call>".

    `error` is Slack's own word, empty where the answer is none of its API's; `headers` have to be case-insensitive.
    """
    said = f"Slack would not {call}: {error[:_LONGEST_SHOWN] or f'status {status}'}"
    if status == 429 or error in _LIMITED:
        return LaterError(f"{said}; too many calls.", not_before=_not_before(headers, now))
    if status >= 500 or error in _IN_DOUBT or (status == 200 and not error and writes):
        return in_doubt(said, writes=writes)
    if error in _LATER:
        return LaterError(f"{said}{TRIED_AGAIN}")
    if error in _GONE:
        return UnavailableError(f"{said}.", reason="gone")
    if error in _CHANNEL:
        return UnavailableError(
            f"{said}. Correct slack.channel in the squad's file, and /invite the App to that channel.", reason="channel"
        )
    if error in _UNEDITABLE:
        return UnavailableError(f"{said}.", reason="uneditable")
    if error in _FORBIDDEN:
        return UnavailableError(
            f"{said}. Set SLACK_TOKEN to a bot token with the scopes of the README.", reason="forbidden"
        )
    return InvalidError(f"{said}. Is SLACK_API_URL the address of Slack's API?")


def in_doubt(said: str, *, writes: bool) -> SystemRefusedError:
    """The answer was lost, or says that part of it may have been done."""
    return InDoubtError(f"{said}; see whether it was done.") if writes else LaterError(f"{said}{TRIED_AGAIN}")


def _not_before(headers: Mapping[str, str], now: datetime) -> datetime:
    text = headers.get("Retry-After", "")
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
    return now + min(max(timedelta(seconds=seconds), SHORTEST_WAIT), LONGEST_WAIT)
