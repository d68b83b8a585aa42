"""The support desk's door, `POST /support`: verify, read, save, answer.

| what comes                                        | answer | what is kept                                   |
|---------------------------------------------------|--------|------------------------------------------------|
| no token is configured                            | 503    | nothing                                        |
| no `Authorization: Bearer …`, or a wrong token    | 401    | nothing                                        |
| a body over the door's limit                      | 413    | nothing                                        |
| not JSON, or not as `intake/support.py` has it    | 400    | nothing: the answer names every fault          |
| a ticket, or a new version of one                 | 202    | the letter: committed before the answer        |
| the same once more                                | 202    | nothing                                        |
| the store can't save                              | 503    | nothing: it is to be sent again                |

Rule: the token is compared in constant time, with every one that is valid, before the body is read. Who sends here is
the squad's own desk, so a fault is told to it, and is no dead letter.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from aiohttp import web

from app.domain.errors import PayloadError
from app.intake import support
from app.intake.redaction import Redactor
from app.web.doors import accepted
from app.web.refusals import body_of, refused
from app.web.saving import Inbox, saved

SUPPORT_LIMIT: Final = 1024 * 1024
_BEARER: Final = "bearer "


class SupportDoor:
    """See the module's table."""

    def __init__(
        self,
        mailroom: Inbox,
        *,
        tokens: Sequence[bytes],
        redactor: Callable[[], Redactor],
        now: Callable[[], datetime],
    ) -> None:
        self._mailroom = mailroom
        self._tokens = tokens
        self._redactor = redactor
        self._now = now

    async def support(self, request: web.Request) -> web.Response:
        """`POST /support`: one support ticket."""
        if not self._tokens:
            raise refused(web.HTTPServiceUnavailable, "This door is closed: set SUPPORT_TOKENS.")
        if not self._is_known(request.headers.get("Authorization", "")):
            why = "The token does not fit. Send Authorization: Bearer with a token that stands in SUPPORT_TOKENS."
            raise refused(web.HTTPUnauthorized, why)
        body = await body_of(request, SUPPORT_LIMIT)
        try:
            letter = support.read(body, received_at=self._now(), redactor=self._redactor())
        except PayloadError as error:
            raise refused(web.HTTPBadRequest, str(error)) from error
        return accepted((await saved(self._mailroom, letter)).fate)

    def _is_known(self, header: str) -> bool:
        sent = header[len(_BEARER) :].strip().encode("utf-8", "replace")
        fits = False
        for token in self._tokens:
            fits |= hmac.compare_digest(token, sent)
        return fits and header[: len(_BEARER)].lower() == _BEARER
