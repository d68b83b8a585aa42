"""REST: the App itself: its installations, tokens, webhook deliveries and limits.

https://docs.github.com/rest/apps
"""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from urllib.parse import urlencode

from sandbox.github import shapes
from sandbox.github.call import Answer, Call, Route
from sandbox.github.state import Actor, Delivery, Installation, RefusedError, Token

TOKEN_LIFE = timedelta(hours=1)


def get_app(call: Call) -> Answer:
    return Answer(json=shapes.app(call.world))


def list_installations(call: Call) -> Answer:
    return call.paged([shapes.installation(call.world, it) for it in call.world.installations.values()])


def _installation(call: Call) -> Installation:
    found = call.world.installations.get(int(call.params["installation_id"]))
    if found is None:
        raise RefusedError(404, "Not Found")
    return found


def get_installation(call: Call) -> Answer:
    return Answer(json=shapes.installation(call.world, _installation(call)))


def repository_installation(call: Call) -> Answer:
    found = call.world.installation_of(call.repository())
    if found is None:
        raise RefusedError(404, "Not Found")
    return Answer(json=shapes.installation(call.world, found))


def create_token(call: Call, *, life: timedelta = TOKEN_LIFE) -> Answer:
    installation, now = _installation(call), call.world.now()
    value = f"ghs_{secrets.token_hex(18)}"
    actor = Actor(login=call.world.bot, installation_id=installation.id, is_app=True)
    call.world.tokens[value] = Token(actor=actor, created_at=now, expires_at=now + life)
    answer = {
        "token": value,
        "expires_at": shapes.stamp(now + life),
        "permissions": shapes.PERMISSIONS,
        "repository_selection": "selected",
    }
    return Answer(status=201, json=answer)


def list_repositories(call: Call) -> Answer:
    installation = call.world.installations.get(call.actor.installation_id or 0)
    if installation is None:
        raise RefusedError(403, "Resource not accessible by integration")
    found = [shapes.repository(call.world, call.world.repositories[it]) for it in sorted(installation.repository_ids)]
    return call.paged(found, wrap=lambda page: {"total_count": len(found), "repositories": page})


def list_deliveries(call: Call) -> Answer:
    """Newest first; `cursor` is the id to go on below, and any other word a 422."""
    cursor = call.query.get("cursor", "0")
    if not cursor.isdigit():
        raise RefusedError(422, "Invalid cursor")
    below = int(cursor) or max(call.world.deliveries, default=0) + 1
    size = min(100, int(call.query.get("per_page", "30")))
    wanted = call.query.get("status")
    found = [
        it
        for it in reversed(call.world.deliveries.values())
        if it.id < below and wanted in (None, "success" if 200 <= it.status_code < 400 else "failure")
    ]
    page = [shapes.delivery(it) for it in found[:size]]
    headers = {}
    if len(found) > size:
        onward = urlencode({**call.query, "cursor": found[size - 1].id})
        headers["Link"] = f'<{call.base}/app/hook/deliveries?{onward}>; rel="next"'
    return Answer(json=page, headers=headers)


def _delivery(call: Call) -> Delivery:
    found = call.world.deliveries.get(int(call.params["delivery_id"]))
    if found is None:
        raise RefusedError(404, "Not Found")
    return found


def get_delivery(call: Call) -> Answer:
    found = _delivery(call)
    detail = {
        "url": call.hooks.url or "",
        "request": {"headers": {"X-GitHub-Delivery": found.guid}, "payload": json.loads(found.payload)},
        "response": {"headers": {}, "payload": ""},
    }
    return Answer(json=shapes.delivery(found) | detail)


def redeliver(call: Call) -> Answer:
    call.hooks.redeliver(_delivery(call).id)
    return Answer(status=202, json={})


def team_members(call: Call) -> Answer:
    members = call.world.teams.get(f"{call.params['org']}/{call.params['team_slug']}")
    if members is None:
        raise RefusedError(404, "Not Found")
    return call.paged([shapes.user(call.world, login) for login in members])


def rate_limit(call: Call) -> Answer:
    shown = call.limits.shown(call.actor.installation_id or 0)
    resources = {"core": shown, "search": shown, "graphql": shown}
    return Answer(json={"resources": resources, "rate": shown})


ROUTES = (
    Route(method="GET", path="/app", handler=get_app, as_app=True),
    Route(method="GET", path="/app/installations", handler=list_installations, as_app=True),
    Route(method="GET", path="/app/installations/{installation_id}", handler=get_installation, as_app=True),
    Route(method="GET", path="/app/hook/deliveries", handler=list_deliveries, as_app=True),
    Route(method="GET", path="/app/hook/deliveries/{delivery_id}", handler=get_delivery, as_app=True),
    Route(method="POST", path="/app/hook/deliveries/{delivery_id}/attempts", handler=redeliver, as_app=True),
    Route(method="GET", path="/installation/repositories", handler=list_repositories),
    Route(method="GET", path="/orgs/{org}/teams/{team_slug}/members", handler=team_members),
    Route(method="GET", path="/rate_limit", handler=rate_limit),
)
REPOSITORY_ROUTES = (Route(method="GET", path="/installation", handler=repository_installation, as_app=True),)
