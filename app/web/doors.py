"""The doors: verify, read, save, answer. Nothing else happens while a sender waits.

| what comes                                   | answer | what is kept                                              |
|----------------------------------------------|--------|-----------------------------------------------------------|
| a body over the door's limit                 | 413    | nothing                                                   |
| no signature, a wrong one, or SHA-1 alone    | 401    | nothing                                                   |
| no event or delivery id, or not JSON         | 400    | nothing                                                   |
| what is nothing to the squad                 | 202    | nothing                                                   |
| valid JSON that is not what is documented    | 202    | a dead letter, redacted                                   |
| anything else                                | 202    | the letter: committed before the answer                   |
| the store can't save                         | 503    | nothing; senders that repeat will                         |
| no secret is configured for this sender      | 503    | nothing                                                   |

Rule: the signature is checked over the raw body before anything in it is looked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol

import msgspec
import structlog
from aiohttp import web

from app.domain.errors import PayloadError, StoreError
from app.domain.mail import Letter
from app.domain.mailboxes import Fate, Receipt
from app.intake import github, sentry
from app.intake.reading import Ignored, NotJsonError
from app.intake.redaction import Redactor
from app.web.signatures import signed, signed_by_github

GITHUB_LIMIT: Final = 25 * 1024 * 1024
"""GitHub's own cap: https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap"""
SENTRY_LIMIT: Final = 5 * 1024 * 1024
_KEPT_OF_DEAD: Final = 200_000
_LONGEST_NAME: Final = 200
_JSON: Final = {"Content-Type": "application/json"}
_SAID: Final = {fate: msgspec.json.encode({"fate": fate.value}) for fate in Fate}
_log: Final = structlog.get_logger("doors")


class Inbox(Protocol):
    """The mailroom, as a door needs it."""

    async def receive(self, letter: Letter) -> Receipt: ...
    async def receive_dead(
        self, *, sender: str, delivery_id: str, kind: str, payload: bytes, reason: str, received_at: datetime
    ) -> Receipt: ...


class Doors:
    """See the module's table. `redactor` gives the one in force; `now` the time in UTC."""

    def __init__(
        self,
        mailroom: Inbox,
        *,
        github_secrets: Sequence[bytes],
        sentry_secrets: Sequence[bytes],
        app_slug: str,
        ticket_label: str,
        redactor: Callable[[], Redactor],
        now: Callable[[], datetime],
    ) -> None:
        self._mailroom = mailroom
        self._github_secrets = github_secrets
        self._sentry_secrets = sentry_secrets
        self._app_slug = app_slug
        self._ticket_label = ticket_label
        self._redactor = redactor
        self._now = now

    async def github(self, request: web.Request) -> web.Response:
        """`POST /github`: the App's webhooks."""
        body = await _body(request, GITHUB_LIMIT)
        headers = request.headers
        if not signed_by_github(body, headers.get("X-Hub-Signature-256", ""), self._github_secrets):
            raise _refused(
                web.HTTPUnauthorized,
                "The signature does not fit. Send X-Hub-Signature-256 (SHA-1 is not enough), made with a secret that "
                "stands in GITHUB_WEBHOOK_SECRETS.",
            )
        event, delivery = headers.get("X-GitHub-Event", ""), headers.get("X-GitHub-Delivery", "")
        if not event or not delivery:
            raise _refused(web.HTTPBadRequest, "X-GitHub-Event and X-GitHub-Delivery must be there.")
        return await self._received("github", event, delivery, body)

    async def sentry(self, request: web.Request) -> web.Response:
        """`POST /sentry`: an internal integration's webhooks."""
        if not self._sentry_secrets:
            raise _refused(web.HTTPServiceUnavailable, "This door is closed: set SENTRY_CLIENT_SECRETS.")
        body = await _body(request, SENTRY_LIMIT)
        headers = request.headers
        if not signed(body, headers.get("Sentry-Hook-Signature", ""), self._sentry_secrets):
            raise _refused(
                web.HTTPUnauthorized,
                "The signature does not fit. Send Sentry-Hook-Signature, made with a client secret that stands in "
                "SENTRY_CLIENT_SECRETS.",
            )
        resource = headers.get("Sentry-Hook-Resource", "")
        if not resource:
            raise _refused(web.HTTPBadRequest, "Sentry-Hook-Resource must be there.")
        # Older servers send no Request-ID; then the same body at the same time is the same delivery.
        delivery = headers.get("Request-ID", "")
        if not delivery:
            stamp = headers.get("Sentry-Hook-Timestamp", "").encode()
            delivery = "body:" + hashlib.sha256(stamp + b"\n" + body).hexdigest()
        return await self._received("sentry", resource, delivery, body)

    def read(self, sender: str, event: str, delivery: str, body: bytes, received_at: datetime) -> Letter | Ignored:
        """The letter in a verified delivery. Raises PayloadError."""
        if sender == "github":
            return github.read(
                event,
                body,
                delivery_id=delivery,
                received_at=received_at,
                redactor=self._redactor(),
                app_slug=self._app_slug,
                ticket_label=self._ticket_label,
            )
        return sentry.read(event, body, delivery_id=delivery, received_at=received_at, redactor=self._redactor())

    async def _received(self, sender: str, event: str, delivery: str, body: bytes) -> web.Response:
        event, delivery, now = event[:_LONGEST_NAME], delivery[:_LONGEST_NAME], self._now()
        try:
            letter = self.read(sender, event, delivery, body, now)
        except NotJsonError as error:
            raise _refused(web.HTTPBadRequest, f"{error} Send application/json.") from error
        except PayloadError as error:
            return await self._dead(sender, event, delivery, body, error)
        if isinstance(letter, Ignored):
            return _accepted(msgspec.json.encode({"fate": "ignored", "why": letter.why}))
        try:
            receipt = await self._mailroom.receive(letter)
        except StoreError as error:
            raise _unsaved(sender, delivery, error) from error
        return _accepted(_SAID[receipt.fate])

    async def _dead(self, sender: str, event: str, delivery: str, body: bytes, error: PayloadError) -> web.Response:
        text = self._redactor().redact(body[: _KEPT_OF_DEAD * 4].decode(errors="replace"))[:_KEPT_OF_DEAD]
        _log.error("a dead letter", sender=sender, kind=event, delivery=delivery, reason=str(error))
        try:
            await self._mailroom.receive_dead(
                sender=sender,
                delivery_id=delivery,
                kind=event,
                payload=text.encode(),
                reason=str(error),
                received_at=self._now(),
            )
        except StoreError as failed:
            raise _unsaved(sender, delivery, failed) from failed
        return _accepted(msgspec.json.encode({"fate": "dead-letter", "why": str(error)}))


async def _body(request: web.Request, limit: int) -> bytes:
    if (request.content_length or 0) > limit:
        raise web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=request.content_length or 0)
    return await request.read()


def _accepted(said: bytes) -> web.Response:
    return web.Response(status=202, body=said, headers=_JSON)


def _refused(kind: type[web.HTTPError], why: str) -> web.HTTPError:
    return kind(body=msgspec.json.encode({"error": why}), headers=_JSON)


def _unsaved(sender: str, delivery: str, error: Exception) -> web.HTTPError:
    _log.error("a delivery could not be saved", sender=sender, delivery=delivery, error=str(error))
    return _refused(web.HTTPServiceUnavailable, "It could not be saved. Send it again.")
