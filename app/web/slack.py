"""Slack's door, `POST /slack/actions`: presses of the buttons on the tickets' messages.

| what comes                                     | answer | what is kept                                            |
|------------------------------------------------|--------|---------------------------------------------------------|
| no signing secret is configured                | 503    | nothing                                                 |
| a body over the door's limit, or a broken one  | 413, 400 | nothing                                               |
| no signature or a wrong one, or older than 5 min | 401  | nothing                                                 |
| no web form with one `payload`; no JSON in it  | 400    | nothing                                                 |
| an interaction that is nothing to the squad    | 200    | nothing                                                 |
| valid JSON that is not what is documented      | 200    | a dead letter, redacted                                 |
| a press, whatever the ticket                   | 200    | the letter: committed before the answer                 |
| the store can't save                           | 503    | nothing; Slack shows the person that it failed          |

Rules: as in `doors.py`. Slack waits three seconds, and takes 200 alone for yes. Whether there is such a ticket, and
whether this person may, is decided where the letter is settled, and said to them from there.
<https://docs.slack.dev/interactivity/handling-user-interaction#acknowledgment_response>
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs

import structlog
from aiohttp import web

from app.domain.errors import PayloadError, StoreError
from app.domain.mail import Letter
from app.intake import slack
from app.intake.reading import Ignored, NotJsonError
from app.intake.redaction import Redactor
from app.web.doors import Inbox
from app.web.keeping import kept
from app.web.refusals import FATE, body_of, refused, unsaved
from app.web.saving import saved
from app.web.signatures import signed_by_slack

SLACK_LIMIT: Final = 1024 * 1024
"""A press comes with the whole message, which is far below this."""
_MOST_FIELDS: Final = 10
_FORM: Final = "application/x-www-form-urlencoded"
_log: Final = structlog.get_logger("doors")


class SlackDoor:
    """See the module's table. `api_url` is where Slack's API is; `redactor` gives the one in force."""

    def __init__(
        self,
        mailroom: Inbox,
        *,
        secrets: Sequence[bytes],
        api_url: str,
        redactor: Callable[[], Redactor],
        now: Callable[[], datetime],
    ) -> None:
        self._mailroom = mailroom
        self._secrets = secrets
        self._api_url = api_url
        self._redactor = redactor
        self._now = now

    async def actions(self, request: web.Request) -> web.Response:
        """`POST /slack/actions`."""
        if not self._secrets:
            raise refused(web.HTTPServiceUnavailable, "This door is closed: set SLACK_SIGNING_SECRETS.")
        body = await body_of(request, SLACK_LIMIT)
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not signed_by_slack(body, stamp, signature, self._secrets, now=self._now()):
            raise refused(
                web.HTTPUnauthorized,
                "The signature does not fit, or is older than five minutes. Send X-Slack-Request-Timestamp and "
                "X-Slack-Signature, made with a secret that stands in SLACK_SIGNING_SECRETS.",
            )
        payload = _payload(request, body)
        try:
            letter = self.read(payload, self._now())
        except NotJsonError as error:
            raise refused(web.HTTPBadRequest, f"{str(error).rstrip('.')}. Send JSON as the form's payload.") from error
        except PayloadError as error:
            return await self._dead(payload, error)
        if not isinstance(letter, Letter):
            return _taken("ignored")
        return _taken((await saved(self._mailroom, letter)).fate)

    def read(self, payload: bytes, received_at: datetime) -> Letter | Ignored:
        """The letter in a verified payload. Raises PayloadError."""
        return slack.read(payload, received_at=received_at, api_url=self._api_url)

    async def _dead(self, payload: bytes, error: PayloadError) -> web.Response:
        delivery = hashlib.sha256(payload).hexdigest()
        _log.error("a dead letter", sender="slack", kind=slack.BLOCK_ACTIONS, delivery=delivery, reason=str(error))
        try:
            await self._mailroom.receive_dead(
                sender="slack",
                delivery_id=delivery,
                kind=slack.BLOCK_ACTIONS,
                payload=kept(payload, self._redactor(), sender="slack"),
                reason=str(error),
                received_at=self._now(),
            )
        except StoreError as failed:
            raise unsaved("slack", delivery, failed) from failed
        return _taken("dead-letter")


def _taken(fate: str) -> web.Response:
    """Slack takes 200 for yes, and reads nothing."""
    answer = web.Response()
    answer[FATE] = fate
    return answer


def _payload(request: web.Request, body: bytes) -> bytes:
    found: list[str] = []
    if request.content_type == _FORM:
        try:
            found = parse_qs(body.decode(), max_num_fields=_MOST_FIELDS).get("payload", [])
        except ValueError:
            found = []  # no UTF-8, or more fields than a press has
    if len(found) != 1:
        raise refused(web.HTTPBadRequest, "Send a web form with one field, payload, as Slack's interactivity does.")
    return found[0].encode(errors="replace")
