"""The part of Sentry's API that the App uses: an organisation's issues listed, one of them shown, one of them changed;
its projects and members listed.

What a call goes through, in this order: slowness, asked-for faults, the token and its scope, the organisation, the
handler. Every answer tells the rate limit. An unknown search word is a 400, so that a wrong query can't pass.

<https://docs.sentry.io/api/events/list-an-organizations-issues/>, <https://docs.sentry.io/api/events/update-an-issue/>,
<https://docs.sentry.io/api/pagination/>, <https://docs.sentry.io/api/ratelimits/>
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from sandbox.sentry import shapes, updates
from sandbox.sentry.acts import Acts
from sandbox.sentry.faults import Faults
from sandbox.sentry.state import Issue, RefusedError, World

READ = frozenset({"event:read", "event:write", "event:admin"})
WRITE = frozenset({"event:write", "event:admin"})
ORG = frozenset({"org:read", "org:write", "org:admin"})
MEMBERS = frozenset({"member:read", "member:write", "member:admin"})
MOST_PER_PAGE = 100
LIMIT = 40
WINDOW = timedelta(days=14)
ORGANIZATION = "/api/0/organizations/{organization}/"
ISSUES = ORGANIZATION + "issues/"
ISSUE = ISSUES + r"{issue_id:\d+}/"
STATES = {"unresolved": "unresolved", "resolved": "resolved", "archived": "ignored", "ignored": "ignored"}
_CURSOR = re.compile(r"0:(\d{1,9}):0")
_LAST_SEEN = re.compile(r"lastSeen:(>=|>|<=|<)(.+)")

Handler = Callable[[web.Request, Any], web.Response]


@dataclass(slots=True, kw_only=True)
class Logged:
    """One call, as it came and as it was answered; status 0 is an answer that was lost."""

    method: str
    path: str
    json: Any
    status: int = 0


class Api:
    """`tokens` are those that are valid, with their scopes."""

    def __init__(self, world: World, acts: Acts, faults: Faults, tokens: Mapping[str, frozenset[str]]) -> None:
        self._world = world
        self._acts = acts
        self._faults = faults
        self._tokens = tokens
        self.requests: list[Logged] = []

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get(ISSUES, self._served(READ, self._list))
        app.router.add_get(ISSUE, self._served(READ, self._show))
        app.router.add_put(ISSUE, self._served(WRITE, self._update))
        app.router.add_get(ORGANIZATION + "projects/", self._served(ORG, self._list_projects))
        app.router.add_get(ORGANIZATION + "members/", self._served(MEMBERS, self._list_members))

    def _served(self, scopes: frozenset[str], handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def serve(request: web.Request) -> web.Response:
            raw = await request.read()
            try:
                sent = json.loads(raw) if raw else {}
            except ValueError:
                sent = None
            logged = Logged(method=request.method, path=request.path_qs, json=sent)
            self.requests.append(logged)
            await asyncio.sleep(self._faults.slow_ms / 1000)
            answer = self._struck() or self._handled(request, sent, scopes, handler)
            if answer.status < 300 and request.method != "GET" and self._faults.strikes("lost_next"):
                if request.transport is not None:
                    request.transport.abort()
                return answer
            logged.status = answer.status
            reset = self._world.now() + timedelta(seconds=self._faults.reset_in)
            answer.headers["X-Sentry-Rate-Limit-Limit"] = str(LIMIT)
            answer.headers["X-Sentry-Rate-Limit-Remaining"] = str(0 if answer.status == 429 else LIMIT - 1)
            answer.headers["X-Sentry-Rate-Limit-Reset"] = str(int(reset.timestamp()))
            return answer

        return serve

    def _struck(self) -> web.Response | None:
        status = self._faults.server_error()
        if status is not None:
            return web.Response(
                status=status, text="<html><body>Internal Error</body></html>", content_type="text/html"
            )
        if self._faults.strikes("limited_next"):
            wait = self._faults.retry_after
            headers = {} if wait is None else {"Retry-After": str(wait)}
            detail = "You are attempting to use this endpoint too frequently."
            return web.json_response({"detail": detail}, status=429, headers=headers)
        if self._faults.strikes("odd_next"):
            return web.Response(text="<html><body>Please sign in</body></html>", content_type="text/html")
        return None

    def _handled(self, request: web.Request, sent: Any, scopes: frozenset[str], handler: Handler) -> web.Response:
        self._acts.wake()
        try:
            self._admit(request, sent, scopes)
            return handler(request, sent)
        except RefusedError as no:
            return web.json_response(no.body, status=no.status)

    def _admit(self, request: web.Request, sent: Any, scopes: frozenset[str]) -> None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or token not in self._tokens:
            raise RefusedError(401, "Invalid token")
        if not scopes & self._tokens[token]:
            raise RefusedError(403, "You do not have permission to perform this action.")
        if request.match_info["organization"] != self._world.organization:
            raise RefusedError(404, "The requested resource does not exist")
        if not isinstance(sent, dict):
            raise RefusedError(400, "JSON parse error")

    def _show(self, request: web.Request, _: Any) -> web.Response:
        return web.json_response(shapes.issue(self._world, self._world.issue(request.match_info["issue_id"])))

    def _update(self, request: web.Request, sent: Any) -> web.Response:
        issue = self._world.issue(request.match_info["issue_id"])
        integration = {"type": "application", "id": self._world.app, "name": "Prod Squad"}
        updates.change(self._acts, issue, sent, integration)
        return web.json_response(shapes.issue(self._world, issue))

    def _list(self, request: web.Request, _: Any) -> web.Response:
        asked = request.query
        wanted = _Search(asked.get("query", "is:unresolved"), self._world.now())
        found = sorted(
            (issue for issue in self._world.issues.values() if wanted.holds(issue)),
            key=lambda issue: (issue.last_seen, issue.id),
            reverse=True,
        )
        if asked.get("sort", "date") != "date":
            raise RefusedError(400, {"sort": "The lookalike sorts by date alone."})
        start, size = _place(request)
        since = self._world.now() - WINDOW
        page = [
            shapes.listed(self._world, it, window_count=sum(event.at >= since for event in it.events))
            for it in found[start : start + size]
        ]
        headers = {"Link": self._links(request, start, size, len(found)), "X-Hits": str(len(found))}
        return web.json_response(page, headers=headers)

    def _list_projects(self, request: web.Request, _: Any) -> web.Response:
        return self._paged(request, [shapes.project(it) for it in self._world.projects.values()])

    def _list_members(self, request: web.Request, _: Any) -> web.Response:
        return self._paged(request, [shapes.member(it, n) for n, it in enumerate(self._world.members, start=1)])

    def _paged(self, request: web.Request, found: list[shapes.Shape]) -> web.Response:
        start, size = _place(request)
        headers = {"Link": self._links(request, start, size, len(found))}
        return web.json_response(found[start : start + size], headers=headers)

    def _links(self, request: web.Request, start: int, size: int, total: int) -> str:
        def link(rel: str, cursor: str, *, results: bool) -> str:
            query = urlencode([(k, v) for k, v in request.query.items() if k != "cursor"] + [("cursor", cursor)])
            said = "true" if results else "false"
            return f'<{self._world.base}{request.path}?{query}>; rel="{rel}"; results="{said}"; cursor="{cursor}"'

        before = link("previous", f"0:{max(0, start - size)}:1", results=start > 0)
        return f"{before}, {link('next', f'0:{start + size}:0', results=start + size < total)}"


def _place(request: web.Request) -> tuple[int, int]:
    """Where the page begins, and its size."""
    cursor = _CURSOR.fullmatch(request.query.get("cursor", "0:0:0"))
    limit = request.query.get("limit", str(MOST_PER_PAGE))
    if cursor is None or not limit.isdigit() or not 1 <= int(limit) <= MOST_PER_PAGE:
        raise RefusedError(400, "Invalid cursor or limit parameter.")
    return int(cursor[1]), int(limit)


class _Search:
    """`is:`, `lastSeen:`, `project:` and `issue.category:`, all of which must hold.

    <https://docs.sentry.io/concepts/search/>
    """

    def __init__(self, query: str, now: datetime) -> None:
        self._tests = [self._test(word, now) for word in query.split()]

    def holds(self, issue: Issue) -> bool:
        return all(test(issue) for test in self._tests)

    def _test(self, word: str, now: datetime) -> Callable[[Issue], bool]:
        key, _, value = word.partition(":")
        if key == "is" and value in STATES:
            return lambda issue: issue.status == STATES[value]
        if key == "project" and value:
            return lambda issue: issue.project.slug == value
        if key == "issue.category" and value == "error":
            return lambda _: True
        if (dated := _LAST_SEEN.fullmatch(word)) is not None:
            return _seen(dated[1], _moment(dated[2], now))
        raise RefusedError(400, f"Error parsing search query: {word!r} is nothing the lookalike can search by.")


def _seen(operator: str, bound: datetime) -> Callable[[Issue], bool]:
    match operator:
        case ">=":
            return lambda issue: issue.last_seen >= bound
        case ">":
            return lambda issue: issue.last_seen > bound
        case "<=":
            return lambda issue: issue.last_seen <= bound
        case _:
            return lambda issue: issue.last_seen < bound


def _moment(value: str, now: datetime) -> datetime:
    """A time in ISO 8601, or as long ago as `-24h`."""
    ago = re.fullmatch(r"-(\d{1,5})([mhdw])", value)
    if ago is not None:
        unit = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}[ago[2]]
        return now - timedelta(**{unit: int(ago[1])})
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise RefusedError(400, f"{value!r} is not a valid ISO8601 date query") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
