"""The part of Slack's API that the App uses, and the addresses where presses are answered.

What a call goes through, in this order: slowness, asked-for faults, the token, its scope, the rate limit, the handler.
Slack answers 200 to nearly everything, with `ok`. An unknown argument is refused, so that a wrong call can't pass.

<https://docs.slack.dev/reference/methods>, <https://docs.slack.dev/apis/web-api/rate-limits>
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.slack import blocks
from sandbox.slack.faults import Faults
from sandbox.slack.state import Channel, Message, RefusedError, World

Wire = dict[str, Any]
SCOPES = frozenset({"chat:write", "channels:history", "users:read", "users:read.email"})
APP = {
    "team": "Acme",
    "team_id": "T0LOOKALIKE",
    "user": "prod-squad",
    "user_id": "U0PRODSQUAD",
    "bot_id": "B0PRODSQUAD",
}
BURST = 5
"""Messages in a channel that may come at once; then one a second."""
_ARGUMENTS = {
    "auth.test": set(),
    "chat.postMessage": {
        "channel",
        "text",
        "blocks",
        "metadata",
        "unfurl_links",
        "unfurl_media",
        "thread_ts",
        "reply_broadcast",
    },
    "chat.update": {"channel", "ts", "text", "blocks", "metadata"},
    "conversations.history": {"channel", "oldest", "limit", "cursor", "include_all_metadata"},
    "users.info": {"user"},
}
_NEEDS = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.history": "channels:history",
    "users.info": "users:read",
}


@dataclass(slots=True, kw_only=True)
class Logged:
    """One call, as it came and as it was answered; status 0 is an answer that was lost."""

    method: str
    arguments: Wire = field(default_factory=dict)
    status: int = 0
    error: str = ""


class Api:
    """`tokens` are those that are valid, with their scopes."""

    def __init__(self, world: World, faults: Faults, tokens: Mapping[str, frozenset[str]]) -> None:
        self._world = world
        self._faults = faults
        self._tokens = tokens
        self._posts: dict[str, deque[float]] = defaultdict(deque)
        self.requests: list[Logged] = []
        self._methods: dict[str, Callable[[Wire, frozenset[str]], Wire]] = {
            "auth.test": lambda _, __: {"url": "https://acme.slack.example/", **APP},
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "conversations.history": self._history,
            "users.info": self._user,
        }

    def add_routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/api/{method}", self._serve)
        app.router.add_post("/answers/{key}", self._answer)

    async def _serve(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        body = await request.json() if request.content_type == "application/json" else dict(await request.post())
        arguments: Wire = {**request.query, **body}
        logged = Logged(method=method, arguments=arguments)
        self.requests.append(logged)
        await asyncio.sleep(self._faults.slow_ms / 1000)
        concerned = self._faults.concerns(method)
        if concerned and self._faults.strikes("lost_next"):
            return _lost(request)
        answer = (self._struck() if concerned else None) or self._handled(request, method, arguments, logged)
        if concerned and self._faults.strikes("unanswered_next"):
            return _lost(request)
        logged.status = answer.status
        return answer

    def _struck(self) -> web.Response | None:
        status = self._faults.server_error()
        if status is not None:
            return web.Response(status=status, text="<html><body>Sorry</body></html>", content_type="text/html")
        if self._faults.strikes("limited_next"):
            return _limited(self._faults.retry_after)
        if self._faults.strikes("odd_next"):
            return web.Response(text="<html><body>Please sign in</body></html>", content_type="text/html")
        said = self._faults.says()
        return web.json_response({"ok": False, "error": said}) if said else None

    def _handled(self, request: web.Request, method: str, arguments: Wire, logged: Logged) -> web.Response:
        try:
            scopes = self._admitted(request, method, arguments)
            if method == "chat.postMessage" and not self._has_room(str(arguments.get("channel"))):
                return _limited(1)
            return web.json_response({"ok": True, **self._methods[method](arguments, scopes)})
        except RefusedError as no:
            logged.error = str(no)
            return web.json_response(no.body)

    def _admitted(self, request: web.Request, method: str, arguments: Wire) -> frozenset[str]:
        if method not in self._methods:
            raise RefusedError("unknown_method")
        scopes = self._tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if scopes is None:
            raise RefusedError("invalid_auth")
        if (need := _NEEDS.get(method)) is not None and need not in scopes:
            raise RefusedError("missing_scope", needed=need, provided=",".join(sorted(scopes)))
        unknown = sorted(set(arguments) - _ARGUMENTS[method])
        if unknown:
            raise RefusedError("invalid_arguments", response_metadata={"messages": [f"{unknown[0]} is no argument."]})
        return scopes

    def _has_room(self, channel: str) -> bool:
        posts, now = self._posts[channel], self._world.now().timestamp()
        while posts and now - posts[0] >= BURST:
            posts.popleft()
        if len(posts) >= BURST:
            return False
        posts.append(now)
        return True

    def _post(self, arguments: Wire, _: frozenset[str]) -> Wire:
        channel = self._writable(arguments)
        blocks.check(arguments.get("text"), arguments.get("blocks"))
        message = Message(
            ts=self._world.stamp(),
            text=arguments["text"],
            blocks=arguments["blocks"],
            metadata=arguments.get("metadata"),
            thread=str(arguments.get("thread_ts") or ""),
        )
        channel.messages[message.ts] = message
        return {"channel": channel.id, "ts": message.ts, "message": _shown(message, metadata=True)}

    def _update(self, arguments: Wire, _: frozenset[str]) -> Wire:
        channel = self._writable(arguments)
        message = self._world.message(channel.id, str(arguments.get("ts")))
        blocks.check(arguments.get("text"), arguments.get("blocks"))
        message.text, message.blocks = arguments["text"], arguments["blocks"]
        message.metadata = arguments.get("metadata", message.metadata)
        message.edits += 1
        return {"channel": channel.id, "ts": message.ts, "text": message.text}

    def _writable(self, arguments: Wire) -> Channel:
        channel = self._world.channel(str(arguments.get("channel")))
        if channel.archived:
            raise RefusedError("is_archived")
        if not channel.has_app:
            raise RefusedError("not_in_channel")
        return channel

    def _history(self, arguments: Wire, _: frozenset[str]) -> Wire:
        channel = self._world.channel(str(arguments.get("channel")))
        if not channel.has_app:
            raise RefusedError("not_in_channel")
        oldest, limit = float(arguments.get("oldest", 0)), int(arguments.get("limit", 100))
        newest_first = [it for it in reversed(channel.messages.values()) if float(it.ts) > oldest]
        begin = int(arguments.get("cursor") or 0)
        page, more = newest_first[begin : begin + limit], len(newest_first) > begin + limit
        metadata = str(arguments.get("include_all_metadata", "0")) in {"1", "true", "True"}
        return {
            "messages": [_shown(message, metadata=metadata) for message in page],
            "has_more": more,
            "response_metadata": {"next_cursor": str(begin + limit) if more else ""},
        }

    def _user(self, arguments: Wire, scopes: frozenset[str]) -> Wire:
        member = self._world.members.get(str(arguments.get("user")))
        if member is None:
            raise RefusedError("user_not_found")
        profile = {"real_name": member.name}
        if "users:read.email" in scopes and member.email:
            profile["email"] = member.email
        stranger = {"is_stranger": False} if member.foreign else {}  # False: they share a channel with the App
        return {"user": {"id": member.id, "name": member.name, "deleted": False, "profile": profile, **stranger}}

    async def _answer(self, request: web.Request) -> web.Response:
        where = self._world.answers.get(request.match_info["key"])
        said = await request.json()
        self.requests.append(Logged(method="answer", arguments=said, status=200))
        status = self._faults.server_error() if self._faults.concerns("answer") else None
        if status is not None:
            return web.Response(status=status)
        if where is None or where.left < 1 or self._world.now().timestamp() > where.until:
            return web.json_response({"ok": False, "error": "expired_url"}, status=404)
        where.left -= 1
        if said.get("response_type") != "ephemeral" or said.get("replace_original") is not False:
            return web.json_response({"ok": False, "error": "the App answers the presser alone"}, status=400)
        message = self._world.message(where.channel, where.ts)
        message.whispers.append(f"{self._world.members[where.user].name}: {said['text']}")
        return web.Response(text="ok")


def _shown(message: Message, *, metadata: bool) -> Wire:
    shown: Wire = {"type": "message", "bot_id": APP["bot_id"], "ts": message.ts, "text": message.text}
    shown["blocks"] = message.blocks
    if message.thread:
        shown |= {"subtype": "thread_broadcast", "thread_ts": message.thread}
    if metadata and message.metadata is not None:
        shown["metadata"] = message.metadata
    return shown


def _limited(seconds: int) -> web.Response:
    body = {"ok": False, "error": "ratelimited"}
    return web.json_response(body, status=429, headers={"Retry-After": str(seconds)})


def _lost(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
