"""Registering the App from its manifest: what a browser sends to GitHub, and what GitHub gives for its code.

Rule: the code is good for one hour and once; what it gives (the key, the secrets) is never asked for again.
https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from app.domain.errors import SystemRefusedError, UserError
from app.github.wire import Wire

_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")


class Registered(msgspec.Struct):
    """A new App. Its secrets must not be shown."""

    id: int
    slug: str
    html_url: str
    pem: str
    webhook_secret: str | None = None


_REGISTERED: Final = msgspec.json.Decoder(Registered)


def manifest(template: Mapping[str, Any], *, host: str, name: str, redirect_url: str) -> dict[str, Any]:
    """`app.yml` with this host's addresses. `host` is `https://…` without a path."""
    return {
        **template,
        "name": name,
        "url": host,
        "hook_attributes": {"url": f"{host}/github", "active": True},
        "redirect_url": redirect_url,
    }


async def convert(wire: Wire, code: str) -> Registered:
    """The App that GitHub made for this code. Raises UserError where the code is no good."""
    if not _CODE.fullmatch(code):
        raise UserError("GitHub's answer has no code. Begin again: nothing was registered.")
    url = wire.url("/app-manifests/{code}/conversions", code=code)
    try:
        answer = await wire.send("POST", url, write=True)
    except SystemRefusedError as error:
        raise UserError(
            f"{error} If the App is registered now, delete it in your settings on GitHub, and begin again."
        ) from error
    if answer.status != 201:
        raise UserError(
            f"GitHub answers {answer.status} to the code: it is used up or older than an hour. Begin again."
        )
    return _REGISTERED.decode(answer.body)
