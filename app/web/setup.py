"""The setup page: a button that registers the App on GitHub from its manifest, and the way back.

Rule: it listens on this machine only, while `python -m app setup` runs. GitHub's way back must carry the state that
this page sent, so that nobody else's code is taken.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from html import escape

from aiohttp import web

_STYLE = """body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}
button{font:inherit;padding:.5rem 1rem}"""
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Prod Squad: setup</title>
<style>{style}</style></head><body>{main}</body></html>"""


class SetupPage:
    """`code` is done when GitHub sent the browser back with one."""

    def __init__(self, *, register_url: str, manifest: str) -> None:
        self._register_url = register_url
        self._manifest = manifest
        self._state = secrets.token_urlsafe(24)
        self.code: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def application(self) -> web.Application:
        """The page and the way back."""
        app = web.Application()
        app.router.add_get("/", self._begin)
        app.router.add_get("/registered", self._registered)
        return app

    async def _begin(self, _: web.Request) -> web.Response:
        action = f"{self._register_url}?state={self._state}"
        return _page(
            f"<h1>Register Prod Squad</h1><p>GitHub asks you for a name and shows what the App may do.</p>"
            f'<form action="{escape(action)}" method="post"><input type="hidden" name="manifest" '
            f'value="{escape(self._manifest)}"><button>Register on GitHub</button></form>'
        )

    async def _registered(self, request: web.Request) -> web.Response:
        if not hmac.compare_digest(request.query.get("state", "").encode(), self._state.encode()):
            return _page(
                "<h1>Not from here</h1><p>This way back was not begun here. Begin again at the first page.</p>", 400
            )
        if not self.code.done():
            self.code.set_result(request.query.get("code", ""))
        return _page("<h1>Registered</h1><p>The terminal says what is next.</p>")


def _page(main: str, status: int = 200) -> web.Response:
    return web.Response(text=_PAGE.format(style=_STYLE, main=main), content_type="text/html", status=status)
