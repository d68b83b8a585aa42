"""The lookalike as one HTTP server: `start(Config(...))` -> a `Sandbox` with its address, state, faults and log.

What a call goes through, in this order: log, slowness, who calls, asked-for faults, limits, the handler, conditional
request, rate-limit headers, and, when asked for, the contract. A lost answer is a write that is done, then a broken
connection. Pages and `/_sandbox` go through none of it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from aiohttp import web

from sandbox.github import admin, graphql, page, registering, rest_app, rest_issues, rest_repository
from sandbox.github.acts import Acts
from sandbox.github.auth import Gate, public_half, throwaway_key
from sandbox.github.call import Answer, Call, Route
from sandbox.github.faults import Faults
from sandbox.github.limits import Allowance, Limits
from sandbox.github.seed import plant
from sandbox.github.state import Actor, MovedError, RefusedError, World
from sandbox.github.webhooks import Webhooks

DOCUMENTATION = "https://docs.github.com/rest"
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
PRIMARY = "API rate limit exceeded for installation."


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How to serve. Port 0 takes a free one; `app_key` is the App's key in PEM, private or public, "" makes one up."""

    host: str = "127.0.0.1"
    port: int = 0
    webhook_url: str | None = None
    webhook_secret: str = "secret"
    app_id: int = 1
    slug: str = "prod-squad"
    app_key: str = ""
    seed: Mapping[str, Any] = field(default_factory=dict)
    allowance: Allowance = field(default_factory=Allowance)
    token_life: timedelta = rest_app.TOKEN_LIFE
    check_contract: bool = False
    """Hold every request and answer to GitHub's description; needs the development requirements."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class Logged:
    """One call, as it came and as it was answered; status 0 is an answer that was lost."""

    at: datetime
    method: str
    path: str
    route: str
    json: Any
    host: str = ""
    """By which name the lookalike was called: callers are told apart by it."""
    installation_id: int = 0
    status: int = 0


class Sandbox:
    """A running lookalike."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.state = World(app_id=config.app_id, slug=config.slug, clock=config.clock)
        self.faults = Faults()
        self.requests: list[Logged] = []
        self.broken_contract: list[str] = []
        self.private_key = config.app_key or throwaway_key()
        self.limits = Limits(self.state, config.allowance)
        self.hooks = Webhooks(self.state, self.faults, url=config.webhook_url, secret=config.webhook_secret)
        self.acts = Acts(self.state, self.hooks)
        self._gate = Gate(self.state, self.faults, public_key=public_half(self.private_key))
        self._runner: web.AppRunner | None = None
        self._contract: Any = None
        if config.check_contract:
            from sandbox.contract import Contract

            self._contract = Contract()

    @property
    def url(self) -> str:
        return self.state.base

    async def open(self) -> None:
        app = web.Application(client_max_size=4 * 1024 * 1024)
        self._route(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.config.host, self.config.port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.state.base = f"http://{self.config.host}:{port}"
        plant(self.state, self.acts, self.config.seed)

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        await self.hooks.close()

    def _route(self, app: web.Application) -> None:
        minting = partial(rest_app.create_token, life=self.config.token_life)
        tokens = Route(
            method="POST", path="/app/installations/{installation_id}/access_tokens", handler=minting, as_app=True
        )
        query = Route(method="POST", path="/graphql", handler=lambda call: Answer(json=graphql.run(call)))
        for route in (*rest_app.ROUTES, registering.ROUTE, tokens, query):
            app.router.add_route(route.method, route.path, self._served(route, route.path))
        for route in (*rest_issues.ROUTES, *rest_repository.ROUTES, *rest_app.REPOSITORY_ROUTES):
            path = route.path.replace("{number}", r"{number:\d+}").replace("{comment_id}", r"{comment_id:\d+}")
            shown = "/repos/{owner}/{repo}" + route.path
            for prefix in ("/repos/{owner}/{repo}", r"/repositories/{repository_id:\d+}"):
                app.router.add_route(route.method, prefix + path, self._served(route, shown))
        admin.add_routes(app, self)
        page.add_routes(app, self.state)
        registering.add_routes(app, self.state)

    def _served(self, route: Route, template: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            return await self._serve(request, route, template)

        return serve

    async def _serve(self, request: web.Request, route: Route, template: str) -> web.StreamResponse:
        raw = await request.read()
        name = f"{route.method} {template}"
        sent = _parsed(raw)
        logged = Logged(
            at=self.state.now(),
            method=request.method,
            path=request.path_qs,
            route=name,
            json=_known(sent),
            host=request.host,
        )
        self.requests.append(logged)
        if self.faults.slow_ms:
            await asyncio.sleep(self.faults.slow_ms / 1000)
        call: Call | None = None
        try:
            actor = self._who(request, route)
            logged.installation_id = actor.installation_id or 0
            refused = self._struck(name) or self._limited(actor, route, name, sent)
            if refused is not None:
                answer = refused
            elif sent is _BROKEN:
                answer = _told(400, "Problems parsing JSON")
            else:
                call = self._call(request, actor, sent)
                answer = route.handler(call)
        except RefusedError as no:
            answer = _told(no.status, no.message, no.errors)
        except MovedError as moved:
            answer = self._moved(request, moved)
        if self._contract is not None:
            self._check(request, sent, answer)
        wrote = call is not None and route.method != "GET" and answer.status < 300 and not route.as_app
        if wrote and self.faults.loses_answer(name):
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        logged.status = answer.status
        return self._response(request, answer, logged)

    def _who(self, request: web.Request, route: Route) -> Actor:
        if route.public:
            return Actor(login="ghost")
        header = request.headers.get("Authorization", "")
        return self._gate.app(header) if route.as_app else self._gate.token(header)

    def _struck(self, name: str) -> Answer | None:
        status = self.faults.server_error(name)
        if status is not None:
            return _told(status, "Server Error")
        if self.faults.limits(name):
            wait = self.faults.retry_after
            return _told(
                self.faults.limited_status, SECONDARY, headers={} if wait is None else {"Retry-After": str(wait)}
            )
        return None

    def _limited(self, actor: Actor, route: Route, name: str, sent: Any) -> Answer | None:
        if route.as_app or route.public or name == "GET /rate_limit":
            return None
        points, created = (1 if route.method == "GET" else 5), int(route.creates)
        if name == "POST /graphql":
            points, created = graphql.weight(sent)
        verdict = self.limits.admit(actor.installation_id or 0, route=name, points=points, created=created)
        if verdict.exhausted:
            return _told(403, PRIMARY)
        if verdict.retry_after is not None:
            headers = {"Retry-After": str(verdict.retry_after)}
            return _told(self.config.allowance.status, SECONDARY, headers=headers)
        return None

    def _call(self, request: web.Request, actor: Actor, sent: Any) -> Call:
        return Call(
            method=request.method,
            path=request.path,
            params=request.match_info,
            query=dict(request.query),
            json=sent,
            accept=request.headers.get("Accept", ""),
            actor=actor,
            base=f"http://{request.host}",
            world=self.state,
            acts=self.acts,
            hooks=self.hooks,
            limits=self.limits,
            faults=self.faults,
        )

    def _moved(self, request: web.Request, moved: MovedError) -> Answer:
        where = self.state.base + moved.path + (f"?{request.query_string}" if request.query_string else "")
        status, message = (301, "Moved Permanently") if request.method == "GET" else (307, "Temporary Redirect")
        return Answer(
            status=status,
            json={"message": message, "url": where, "documentation_url": DOCUMENTATION},
            headers={"Location": where},
        )

    def _check(self, request: web.Request, sent: Any, answer: Answer) -> None:
        from sandbox.contract import ContractError

        path = request.path_qs
        try:
            if path == "/graphql":
                if answer.status == 200 and isinstance(sent, dict):
                    self._contract.check_graphql(str(sent.get("query")), sent.get("variables"))
                return
            if answer.status < 400:
                self._contract.check_request(request.method, path, _known(sent))
            if answer.raw is None and answer.status in (200, 201, 202, 204):
                self._contract.check_response(request.method, path, answer.status, answer.json)
        except ContractError as broken:
            self.broken_contract.append(f"{request.method} {path}: {broken}")

    def _response(self, request: web.Request, answer: Answer, logged: Logged) -> web.Response:
        body = answer.raw or b""
        if answer.raw is None and answer.status != 204:
            body = json.dumps(answer.json).encode()
        headers = dict(answer.headers)
        if request.method == "GET" and answer.status == 200:
            tag = f'W/"{hashlib.sha256(body).hexdigest()}"'
            headers["ETag"] = tag
            if request.headers.get("If-None-Match", "").removeprefix("W/") == tag.removeprefix("W/"):
                self.limits.give_back(logged.installation_id)
                logged.status, body = 304, b""
        shown = self.limits.shown(logged.installation_id)
        headers |= {f"X-RateLimit-{key.title()}": str(value) for key, value in shown.items()}
        headers |= {
            "X-RateLimit-Resource": "graphql" if request.path == "/graphql" else "core",
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Request-Id": f"SB:{len(self.requests):06d}",
        }
        if body:
            headers.setdefault("Content-Type", "application/json; charset=utf-8")
        return web.Response(status=logged.status, body=body or None, headers=headers)


_BROKEN = object()


def _parsed(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return _BROKEN


def _known(sent: Any) -> Any:
    return None if sent is _BROKEN else sent


def _told(
    status: int,
    message: str,
    errors: list[dict[str, Any]] | None = None,
    *,
    headers: dict[str, str] | None = None,
) -> Answer:
    told: dict[str, Any] = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}
    return Answer(status=status, json=told | ({"errors": errors} if errors else {}), headers=headers or {})


async def start(config: Config) -> Sandbox:
    """Serve until `close()`."""
    sandbox = Sandbox(config)
    await sandbox.open()
    return sandbox
