"""Slack's presses, read: a `block_actions` payload becomes a `Pressed` in the ticket's mailbox.

| the payload                                            | becomes                                                  |
|--------------------------------------------------------|----------------------------------------------------------|
| one press of one of our buttons on a message           | the letter                                               |
| the button that opens the ticket                       | ignored: Slack tells of links, too                       |
| another kind of interaction (a shortcut, a modal)      | ignored: the App has none                                |
| an address for answers that is none of Slack's         | the letter without it: nobody is answered there          |
| anything else                                          | PayloadError: a dead letter                              |

Rules: who pressed, where and when is Slack's word, which is signed. A press that comes twice has the same person, time
and button. <https://docs.slack.dev/reference/interaction-payloads/block_actions-payload>
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec

from app.domain.announcements import SlackMessage, Verb
from app.domain.errors import PayloadError
from app.domain.mail import ByKey, Letter, Pressed
from app.domain.mailboxes import URGENT, ticket_key
from app.domain.squad_values import SLACK_CHANNEL, SLACK_MEMBER
from app.intake.reading import Ignored, decode

BLOCK_ACTIONS: Final = "block_actions"
OPEN: Final = "open"
"""The button that opens the ticket's page."""
ANSWERS_AT: Final = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
"""Slack's hosts for answers: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses"""
_TICKET: Final = re.compile(r"[1-9][0-9]{0,17}")
_STAMP: Final = re.compile(r"[0-9]{9,11}\.[0-9]{1,6}")
_LONGEST_URL: Final = 500


class _Named(msgspec.Struct):
    id: str


class _Container(msgspec.Struct):
    message_ts: str = ""
    channel_id: str = ""


class _Action(msgspec.Struct):
    action_id: str
    action_ts: str
    value: str = ""


class _Kind(msgspec.Struct):
    type: str


class _BlockActions(msgspec.Struct):
    user: _Named
    container: _Container
    actions: list[_Action]
    response_url: str | None = None


_KIND: Final = msgspec.json.Decoder(_Kind)
_PRESS: Final = msgspec.json.Decoder(_BlockActions)


def read(payload: bytes, *, received_at: datetime, api_url: str) -> Letter | Ignored:
    """The letter in a verified payload. Raises PayloadError, and NotJsonError for what is no JSON.

    `api_url` is where Slack's API is: answers may go to that host, too.
    """
    kind = decode(payload, _KIND).type
    if kind != BLOCK_ACTIONS:
        return Ignored(why=f"the App has no use for a {kind[:40]}")
    press = decode(payload, _PRESS)
    if len(press.actions) != 1:
        raise PayloadError(f"A press is of one button; this payload has {len(press.actions)} actions.")
    action = press.actions[0]
    if action.action_id == OPEN:
        return Ignored(why="it opened the ticket's page")
    return Letter(
        sender="slack",
        delivery_id=f"{press.user.id}:{action.action_ts}:{action.action_id}"[:200],
        address=ByKey(key=ticket_key(_ticket(action.value))),
        mail=Pressed(
            verb=_verb(action.action_id),
            user=_matching(SLACK_MEMBER, press.user.id, "user.id"),
            message=SlackMessage(
                channel=_matching(SLACK_CHANNEL, press.container.channel_id, "container.channel_id"),
                ts=_matching(_STAMP.pattern, press.container.message_ts, "container.message_ts"),
            ),
            at=min(_moment(action.action_ts), received_at),
            answer_to=_answerable(press.response_url or "", api_url),
        ),
        received_at=received_at,
        prompt=True,
        priority=URGENT if action.action_id == Verb.SEVERE else 0,
    )


def _verb(action_id: str) -> Verb:
    try:
        return Verb(action_id)
    except ValueError:
        raise PayloadError(f"The App has no button “{action_id[:40]}”; it may be a newer version's.") from None


def _ticket(value: str) -> int:
    if not _TICKET.fullmatch(value):
        raise PayloadError("The button's value is no ticket's number.")
    return int(value)


def _matching(pattern: str, value: str, what: str) -> str:
    if not re.fullmatch(pattern, value):
        raise PayloadError(f"{what} is not what Slack documents.")
    return value


def _moment(stamp: str) -> datetime:
    return datetime.fromtimestamp(float(_matching(_STAMP.pattern, stamp, "action_ts")), UTC)


def _answerable(url: str, api_url: str) -> str:
    """The address where it is Slack's: the App must not be made to call another."""
    try:
        parts, api = urlsplit(url), urlsplit(api_url)
    except ValueError:
        return ""
    theirs = parts.scheme == "https" and parts.netloc in ANSWERS_AT
    same = (parts.scheme, parts.netloc) == (api.scheme, api.netloc)
    return url if (theirs or same) and len(url) <= _LONGEST_URL else ""
