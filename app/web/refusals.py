"""What every door says when it does not take a delivery: JSON whose `error` says what to do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec
import structlog
from aiohttp import web

FATE: Final = web.ResponseKey("fate", str)
"""What became of a delivery, for who counts them."""
_BY_STATUS: Final = {400: "malformed", 401: "unverified", 413: "too-large", 503: "closed"}
_log: Final = structlog.get_logger("doors")


async def body_of(request: web.Request, limit: int) -> bytes:
    """The raw body, of at most `limit` bytes. Raises the refusal for a longer one, and for one that breaks off."""
    try:
        if (request.content_length or 0) <= limit:
            body = await request.read()
            if len(body) <= limit:
                return body
    except web.HTTPRequestEntityTooLarge:
        pass  # in pieces, and more than the server takes at any door
    except web.RequestPayloadError as error:
        why = "The body breaks off, or is not packed as its Content-Encoding says. Send it whole, and not packed."
        raise refused(web.HTTPBadRequest, why) from error
    why = f"The body is longer than {limit // 1024**2} MiB, and this door takes no more. Nothing was saved: send less."
    raise refused(partial(web.HTTPRequestEntityTooLarge, limit, request.content_length or 0), why)


def refused(kind: Callable[..., web.HTTPError], why: str) -> web.HTTPError:
    """The refusal, to be raised."""
    refusal = kind(text=msgspec.json.encode({"error": why}).decode(), content_type="application/json")
    refusal[FATE] = _BY_STATUS[refusal.status]
    return refusal


def unsaved(sender: str, delivery: str, error: Exception) -> web.HTTPError:
    """The store can't save: the sender shall send it again."""
    _log.error("a delivery could not be saved", sender=sender, delivery=delivery, error=str(error))
    refusal = refused(web.HTTPServiceUnavailable, "It could not be saved. Send it again.")
    refusal[FATE] = "unsaved"
    return refusal
