"""The doors: verify, read, save, answer. Nothing else happens while a sender waits.

| what comes                                   | answer | what is kept                                              |
|----------------------------------------------|--------|-----------------------------------------------------------|
| no secret is configured for this sender      | 503    | nothing                                                   |
| a body over the door's limit                 | 413    | nothing                                                   |
| a body that breaks off, or can't be unpacked | 400    | nothing                                                   |
| no signature, a wrong one, or SHA-1 alone    | 401    | nothing                                                   |
| no event or delivery id, or a web form's body| 400    | nothing                                                   |
| an event that is nothing to the squad        | 202    | nothing; its body is not looked at                        |
| not JSON                                     | 400    | nothing                                                   |
| JSON that is nothing to the squad            | 202    | nothing                                                   |
| valid JSON that is not what is documented    | 202    | a dead letter, redacted (`keeping.py`)                    |
| anything else                                | 202    | the letter: committed before the answer                   |
| the store can't save                         | 503    | nothing; senders that repeat will                         |

Rules: the signature is checked over the raw body before anything in it is looked at. An alert that the squad's rules
make severe goes ahead of all routine mail from the door on. Every refusal is JSON whose `error` says what to do. What
is no HTTP (a NUL in a header, a header of more than 8 KB) never comes as far as here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final, Protocol

import msgspec
import structlog
from aiohttp import web

from app.decisions.suggesting import ranked
from app.domain.errors import PayloadError, StoreError
from app.domain.mail import Letter
from app.domain.mailboxes import Receipt
from app.domain.squad import Squad
from app.intake import github, sentry
from app.intake.reading import Ignored, NotJsonError
from app.intake.redaction import Redactor
from app.web.keeping import kept
from app.web.refusals import FATE, body_of, refused, unsaved
from app.web.saving import saved
from app.web.signatures import signed, signed_by_github

GITHUB_LIMIT: Final = 25 * 1024 * 1024
"""GitHub's own cap: https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap"""
SENTRY_LIMIT: Final = 5 * 1024 * 1024
_LONGEST_NAME: Final = 200
_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = {"Content-Type": "application/json"}
_log: Final = structlog.get_logger("doors")


class Inbox(Protocol):
    """The mailroom, as a door needs it."""

    async def receive(self, letter: Letter) -> Receipt: ...
    async def receive_dead(
        self, *, sender: str, delivery_id: str, kind: str, payload: bytes, reason: str, received_at: datetime
    ) -> Receipt: ...


class InForce(Protocol):
    """What of the squad's files is in force, as a door needs it."""

    redactor: Redactor
    squad: Squad

    @property
    def manual_paths(self) -> Collection[str]: ...


class Doors:
    """See the module's table. `now` tells the time in UTC."""

    def __init__(
        self,
        mailroom: Inbox,
        *,
        github_secrets: Sequence[bytes],
        sentry_secrets: Sequence[bytes],
        app_slug: str,
        ticket_label: str,
        in_force: InForce,
        now: Callable[[], datetime],
    ) -> None:
        self._mailroom = mailroom
        self._github_secrets = github_secrets
        self._sentry_secrets = sentry_secrets
        self.app_slug = app_slug
        self._ticket_label = ticket_label
        self._in_force = in_force
        self._now = now

    async def github(self, request: web.Request) -> web.Response:
        """`POST /github`: the App's webhooks."""
        body = await body_of(request, GITHUB_LIMIT)
        headers = request.headers
        if not signed_by_github(body, headers.get("X-Hub-Signature-256", ""), self._github_secrets):
            raise refused(
                web.HTTPUnauthorized,
                "The signature does not fit. Send X-Hub-Signature-256 (SHA-1 is not enough), made with a secret that "
                "stands in GITHUB_WEBHOOK_SECRETS.",
            )
        event, delivery = headers.get("X-GitHub-Event", ""), headers.get("X-GitHub-Delivery", "")
        if not event or not delivery:
            raise refused(web.HTTPBadRequest, "Send X-GitHub-Event and X-GitHub-Delivery with every webhook.")
        if headers.get("Content-Type", "").lower().startswith(_FORM):
            raise refused(
                web.HTTPBadRequest,
                "This webhook sends web forms. Set its content type to application/json, in the App's settings on "
                "GitHub under Webhook.",
            )
        return await self._received("github", event, delivery, body)

    async def sentry(self, request: web.Request) -> web.Response:
        """`POST /sentry`: an internal integration's webhooks."""
        if not self._sentry_secrets:
            raise refused(web.HTTPServiceUnavailable, "This door is closed: set SENTRY_CLIENT_SECRETS.")
        body = await body_of(request, SENTRY_LIMIT)
        headers = request.headers
        if not signed(body, headers.get("Sentry-Hook-Signature", ""), self._sentry_secrets):
            raise refused(
                web.HTTPUnauthorized,
                "The signature does not fit. Send Sentry-Hook-Signature, made with a client secret that stands in "
                "SENTRY_CLIENT_SECRETS.",
            )
        resource = headers.get("Sentry-Hook-Resource", "")
        if not resource:
            raise refused(web.HTTPBadRequest, "Send Sentry-Hook-Resource with every webhook.")
        # Older servers send no Request-ID; then the same body at the same time is the same delivery.
        delivery = headers.get("Request-ID", "")
        if not delivery:
            stamp = headers.get("Sentry-Hook-Timestamp", "").encode(errors="replace")
            delivery = "body:" + hashlib.sha256(stamp + b"\n" + body).hexdigest()
        return await self._received("sentry", resource, delivery, body)

    def read(self, sender: str, event: str, delivery: str, body: bytes, received_at: datetime) -> Letter | Ignored:
        """The letter in a verified delivery, ahead of routine ones where it calls at once. Raises PayloadError."""
        letter = self._read(sender, event, delivery, body, received_at)
        return letter if isinstance(letter, Ignored) else ranked(letter, self._in_force.squad)

    def _read(self, sender: str, event: str, delivery: str, body: bytes, received_at: datetime) -> Letter | Ignored:
        if sender == "github":
            return github.read(
                event,
                body,
                delivery_id=delivery,
                received_at=received_at,
                redactor=self._in_force.redactor,
                app_slug=self.app_slug,
                ticket_label=self._ticket_label,
                manuals=self._in_force.manual_paths,
            )
        return sentry.read(event, body, delivery_id=delivery, received_at=received_at, redactor=self._in_force.redactor)

    async def _received(self, sender: str, event: str, delivery: str, body: bytes) -> web.Response:
        event, delivery, now = _name(event), _name(delivery), self._now()
        try:
            letter = self.read(sender, event, delivery, body, now)
        except NotJsonError as error:
            raise refused(web.HTTPBadRequest, f"{str(error).rstrip('.')}. Send application/json.") from error
        except PayloadError as error:
            return await self._dead(sender, event, delivery, body, error)
        if isinstance(letter, Ignored):
            return accepted("ignored", letter.why)
        return accepted((await saved(self._mailroom, letter)).fate)

    async def _dead(self, sender: str, event: str, delivery: str, body: bytes, error: PayloadError) -> web.Response:
        _log.error("a dead letter", sender=sender, kind=event, delivery=delivery, reason=str(error))
        try:
            await self._mailroom.receive_dead(
                sender=sender,
                delivery_id=delivery,
                kind=event,
                payload=kept(body, self._in_force.redactor, sender=sender),
                reason=str(error),
                received_at=self._now(),
            )
        except StoreError as failed:
            raise unsaved(sender, delivery, failed) from failed
        return accepted("dead-letter", str(error))


def _name(header: str) -> str:
    """A header's value, bounded; what was no UTF-8 in it can't be saved as text."""
    return header[:_LONGEST_NAME].encode(errors="replace").decode()


def accepted(fate: str, why: str = "") -> web.Response:
    """202, with what became of it."""
    said = msgspec.json.encode({"fate": fate, "why": why} if why else {"fate": fate})
    answer = web.Response(status=202, body=said, headers=_JSON)
    answer[FATE] = fate
    return answer
