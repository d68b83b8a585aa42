"""The control surface over HTTP, for a demo in another process.

`POST /_sandbox/act` with `{"act": "raise_example", "name": "reader-document"}` answers with the issue as the API shows
it; `POST` and `GET /_sandbox/faults`; `GET /_sandbox/state`; `POST /_sandbox/drain` waits until every webhook is gone.
Acts on an issue name it by its id: `{"act": "again", "issue": 4500001, "times": 50}`. The rest is as in `acts.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.sentry import shapes
from sandbox.sentry.state import Delivery, Issue, RefusedError

if TYPE_CHECKING:
    from sandbox.sentry.server import Sandbox

Wish = dict[str, Any]


def perform(sandbox: Sandbox, wish: Wish) -> Wish:
    """Do one act. ValueError, TypeError and KeyError say what is wrong with the wish."""
    acts, rest = sandbox.acts, {name: value for name, value in wish.items() if name != "act"}
    by_name: dict[str, Callable[..., Issue | None]] = {
        "raise_error": acts.raise_error,
        "raise_example": acts.raise_example,
        "again": acts.again,
        "resolve": acts.resolve,
        "unresolve": acts.unresolve,
        "archive": acts.archive,
        "escalate": acts.escalate,
        "assign": acts.assign,
        "metric_alert": acts.metric_alert,
        "install": acts.install,
    }
    act = by_name.get(str(wish.get("act")))
    if act is None:
        raise ValueError(f"There is no act {wish.get('act')!r}; there are {', '.join(by_name)}.")
    if "issue" in rest:
        rest["issue"] = sandbox.state.issue(rest["issue"])
    if "tags" in rest:
        rest["tags"] = tuple((name, value) for name, value in rest["tags"])
    done = act(**rest)
    return {} if done is None else shapes.issue(sandbox.state, done)


def _delivery(it: Delivery) -> Wish:
    return {
        "request_id": it.request_id,
        "resource": it.resource,
        "action": it.action,
        "status": it.status,
        "status_code": it.status_code,
        "duration": it.duration,
    }


def dump(sandbox: Sandbox) -> Wish:
    """Everything a test asks a lookalike about."""
    return {
        "organization": sandbox.state.organization,
        "issues": [shapes.issue(sandbox.state, issue) for issue in sandbox.state.issues.values()],
        "deliveries": [_delivery(it) for it in sandbox.state.deliveries],
        "calls": [{"method": it.method, "path": it.path, "status": it.status} for it in sandbox.requests],
        "faults": sandbox.faults.shown(),
    }


def add_routes(app: web.Application, sandbox: Sandbox) -> None:
    async def act(request: web.Request) -> web.Response:
        try:
            return web.json_response(perform(sandbox, await request.json()))
        except RefusedError as no:
            return web.json_response(no.body, status=no.status)
        except (KeyError, TypeError, ValueError) as wrong:
            return web.json_response({"detail": f"{type(wrong).__name__}: {wrong}"}, status=400)

    async def set_faults(request: web.Request) -> web.Response:
        try:
            sandbox.faults.change(await request.json())
        except ValueError as wrong:
            return web.json_response({"detail": str(wrong)}, status=400)
        return web.json_response(sandbox.faults.shown())

    async def show_faults(_: web.Request) -> web.Response:
        return web.json_response(sandbox.faults.shown())

    async def show_state(_: web.Request) -> web.Response:
        return web.json_response(dump(sandbox))

    async def drain(_: web.Request) -> web.Response:
        await sandbox.hooks.drain()
        return web.json_response({})

    app.router.add_post("/_sandbox/act", act)
    app.router.add_post("/_sandbox/faults", set_faults)
    app.router.add_get("/_sandbox/faults", show_faults)
    app.router.add_get("/_sandbox/state", show_state)
    app.router.add_post("/_sandbox/drain", drain)
