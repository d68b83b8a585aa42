"""The part of PagerDuty's API that the App uses: the on-calls and the users, listed.

What a call goes through, in this order: slowness, asked-for faults, the key, the rate limit, the handler. Every answer
tells the rate limit. An unknown parameter is a 400, so that a wrong call can't pass.

<https://developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls>,
<https://developer.pagerduty.com/docs/pagination>, <https://support.pagerduty.com/docs/rest-api-rate-limits>
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from sandbox.pagerduty.faults import Faults
from sandbox.pagerduty.state import Policy, RefusedError, Schedule, Shift, User, World

MOST_PER_PAGE = 100
PER_PAGE = 25
LIMIT = 960
"""Calls that a key may make in a minute."""
WINDOW = timedelta(minutes=1)
ACCEPT = "application/vnd.pagerduty+json;version=2"
PARAMETERS = {
    "/oncalls": frozenset({"escalation_policy_ids[]", "include[]", "limit", "offset"}),
    "/users": frozenset({"query", "limit", "offset"}),
}
HOME = "https://lookalike.pagerduty.example"

Wire = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Logged:
    """One call, as it came and as it was answered; status 0 is an answer that was lost."""

    method: str
    path: str
    status: int = 0


class Api:
    """`keys` are those that are valid."""

    def __init__(self, world: World, faults: Faults, keys: frozenset[str], *, limit: int) -> None:
        self._world = world
        self._faults = faults
        self._keys = keys
        self._limit = limit
        self._calls: deque[datetime] = deque()
        self.requests: list[Logged] = []

    def add_routes(self, app: web.Application) -> None:
        for path in PARAMETERS:
            app.router.add_get(path, self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        logged = Logged(method=request.method, path=request.path_qs)
        self.requests.append(logged)
        await asyncio.sleep(self._faults.slow_ms / 1000)
        if self._faults.strikes("lost_next"):
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        answer = self._struck() or self._handled(request)
        logged.status = answer.status
        return answer

    def _struck(self) -> web.Response | None:
        status = self._faults.server_error()
        if status is not None:
            return web.Response(status=status, text="<html><body>Sorry</body></html>", content_type="text/html")
        if self._faults.strikes("limited_next"):
            return _limited(self._faults.reset_in)
        if self._faults.strikes("odd_next"):
            return web.Response(text="<html><body>Please sign in</body></html>", content_type="text/html")
        return None

    def _handled(self, request: web.Request) -> web.Response:
        try:
            self._admit(request)
            now = self._world.now()
            while self._calls and now - self._calls[0] >= WINDOW:
                self._calls.popleft()
            if len(self._calls) >= self._limit:
                return _limited((self._calls[0] + WINDOW - now).total_seconds())
            self._calls.append(now)
            answer = web.json_response(self._listed(request))
        except RefusedError as no:
            return web.json_response(no.body, status=no.status)
        answer.headers["ratelimit-limit"] = str(self._limit)
        answer.headers["ratelimit-remaining"] = str(self._limit - len(self._calls))
        answer.headers["ratelimit-reset"] = str(int((self._calls[0] + WINDOW - now).total_seconds()))
        return answer

    def _admit(self, request: web.Request) -> None:
        if request.headers.get("Authorization", "").removeprefix("Token token=") not in self._keys:
            raise RefusedError(401, 2006, "Authentication failed")
        if request.headers.get("Accept") != ACCEPT:
            raise RefusedError(400, 2001, "Invalid Input Provided", f"The lookalike takes {ACCEPT} alone.")
        unknown = sorted(set(request.query) - PARAMETERS[request.path])
        if unknown:
            raise RefusedError(400, 2001, "Invalid Input Provided", f"{unknown[0]} is no parameter.")

    def _listed(self, request: web.Request) -> Wire:
        limit, offset = request.query.get("limit", str(PER_PAGE)), request.query.get("offset", "0")
        if not limit.isdigit() or not 1 <= int(limit) <= MOST_PER_PAGE or not offset.isdigit():
            raise RefusedError(400, 2001, "Invalid Input Provided", "Limit or offset is out of range.")
        found = self._users(request) if request.path == "/users" else self._on_calls(request)
        start, end = int(offset), int(offset) + int(limit)
        return {
            request.path.strip("/"): found[start:end],
            "limit": int(limit),
            "offset": start,
            "more": end < len(found),
            "total": None,
        }

    def _users(self, request: web.Request) -> list[Wire]:
        """Whose name or address holds the words. <https://developer.pagerduty.com/api-reference/c96e889522dd6-list-users>"""
        asked = request.query.get("query", "").casefold()
        users = self._world.users.values()
        return [_user(user, whole=True) for user in users if asked in f"{user.name}\n{user.email}".casefold()]

    def _on_calls(self, request: web.Request) -> list[Wire]:
        asked = request.query.getall("escalation_policy_ids[]", [])
        policies = [policy for policy in self._world.policies.values() if not asked or policy.id in asked]
        whole = "users" in request.query.getall("include[]", [])
        return [entry for policy in policies for entry in self._on_call(policy, whole)]

    def _on_call(self, policy: Policy, whole: bool) -> list[Wire]:
        now = self._world.now()
        entries = []
        for level, targets in enumerate(policy.levels, start=1):
            for target in targets:
                shift = target.at(now) if isinstance(target, Schedule) else Shift(user=target)
                if shift is not None:
                    entries.append(
                        {
                            "user": _user(shift.user, whole),
                            "schedule": _reference("schedules", target) if isinstance(target, Schedule) else None,
                            "escalation_policy": _reference("escalation_policies", policy),
                            "escalation_level": level,
                            "start": _moment(shift.start),
                            "end": _moment(shift.end),
                        }
                    )
        return entries


def _limited(reset_in: float | None) -> web.Response:
    headers = {} if reset_in is None else {"ratelimit-remaining": "0", "ratelimit-reset": f"{max(reset_in, 0):g}"}
    body = {"error": {"message": "Rate Limit Exceeded", "code": 2020}}
    return web.json_response(body, status=429, headers=headers)


def _reference(page: str, it: User | Schedule | Policy) -> Wire:
    kind = {"users": "user", "schedules": "schedule"}.get(page, "escalation_policy")
    return {
        "id": it.id,
        "type": f"{kind}_reference",
        "summary": it.name,
        "self": f"https://api.pagerduty.com/{page}/{it.id}",
        "html_url": f"{HOME}/{page}/{it.id}",
    }


def _user(user: User, whole: bool) -> Wire:
    reference = _reference("users", user)
    if not whole:
        return reference
    return {**reference, "type": "user", "name": user.name, "email": user.email, "time_zone": "UTC", "role": "user"}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"
