"""Registering an App from a manifest: the page a browser posts it to, and the code's conversion.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import json
import secrets

from aiohttp import web
from yarl import URL

from sandbox.github import shapes
from sandbox.github.auth import throwaway_key
from sandbox.github.call import Answer, Call, Route
from sandbox.github.state import RefusedError, World


def convert(call: Call) -> Answer:
    """Once for each code."""
    manifest = call.world.manifests.pop(call.params["code"], None)
    if manifest is None:
        raise RefusedError(404, "Not Found")
    made = {
        "client_secret": secrets.token_hex(20),
        "webhook_secret": secrets.token_hex(20),
        "pem": throwaway_key(),
        "name": manifest["name"],
    }
    return Answer(status=201, json=shapes.app(call.world) | made)


ROUTE = Route(method="POST", path="/app-manifests/{code}/conversions", handler=convert, public=True)


def add_routes(app: web.Application, world: World) -> None:
    async def register(request: web.Request) -> web.Response:
        manifest = json.loads(str((await request.post())["manifest"]))
        code = secrets.token_hex(20)
        world.manifests[code] = manifest
        back = URL(manifest["redirect_url"]).update_query(code=code, state=request.query.get("state", ""))
        return web.Response(status=302, headers={"Location": str(back)})

    app.router.add_post("/settings/apps/new", register)
    app.router.add_post("/organizations/{organization}/settings/apps/new", register)
