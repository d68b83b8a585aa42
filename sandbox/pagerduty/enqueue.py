"""The Events API v2 of the lookalike: `POST /v2/enqueue` takes an event, `/` shows what came of it.

| an event                                          | answer                                                    |
|---------------------------------------------------|-----------------------------------------------------------|
| is no JSON object                                 | 400 `Unrecognized object`                                 |
| lacks something, has it wrong, or has something   | 400 `invalid event`, with each fault in `errors`          |
| that PagerDuty does not name                      |                                                           |
| triggers                                          | 202; an alert is opened, or noted at the open one of that |
|                                                   | key; nobody is called again for one that is acknowledged  |
| acknowledges, resolves                            | 202; the open alert of that key changes; else nothing     |

It is stricter than PagerDuty, so that a wrong call can't pass: an unknown key, or text that is too long, is a fault. Of
the faults' words the first one is PagerDuty's, the others are the lookalike's.

<https://developer.pagerduty.com/docs/send-alert-event>,
<https://github.com/PagerDuty/api-schema/blob/main/reference/events-v2/openapiv3.json>
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any

from aiohttp import web

from sandbox.pagerduty.faults import Faults

ROUTING_KEY = "0123456789abcdef0123456789abcdef"
ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "warning", "error", "info")
LARGEST = 512 * 1024
"""Bytes of one event."""
LONGEST = {"summary": 1024, "source": 1024, "component": 1024, "group": 1024, "class": 1024}
_EVENT = {"routing_key", "event_action", "dedup_key", "payload", "client", "client_url", "links", "images"}
_PAYLOAD = {"summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details"}
_STATES = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}

Wire = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Alert:
    """An alert of the service, and what was said of it."""

    key: str
    payload: Wire
    links: list[Wire]
    state: str = "triggered"
    log: list[tuple[datetime, str]] = field(default_factory=list)


class Enqueue:
    """`keys` are the integrations there are."""

    def __init__(self, faults: Faults, keys: frozenset[str], now: Callable[[], datetime]) -> None:
        self._faults = faults
        self._keys = keys
        self._now = now
        self.alerts: list[Alert] = []
        """Oldest first."""
        self.events: list[Wire] = []
        """Those that were taken."""
        self.answers: list[int] = []
        """The status of each call; 0 is an answer that was lost."""

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/v2/enqueue", self._serve)
        app.router.add_get("/", self._page)

    async def _serve(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self._faults.slow_ms / 1000)
        if self._faults.strikes("lost_next"):
            self.answers.append(0)
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        answer = self._struck() or self._handled(await request.read())
        self.answers.append(answer.status)
        return answer

    def _struck(self) -> web.Response | None:
        status = self._faults.server_error()
        if status is not None:
            return web.Response(status=status, text="<html><body>Sorry</body></html>", content_type="text/html")
        if self._faults.strikes("limited_next"):
            return web.Response(status=429)
        if self._faults.strikes("odd_next"):
            return web.Response(text="<html><body>Please sign in</body></html>", content_type="text/html")
        return None

    def _handled(self, body: bytes) -> web.Response:
        try:
            event = json.loads(body)
        except ValueError:
            event = None
        if not isinstance(event, dict):
            return _refused("Unrecognized object", "Event object format is unrecognized", ["JSON parse error"])
        faults = [*_faults(event, self._keys), *(["The event is too large"] if len(body) > LARGEST else [])]
        if faults:
            return _refused("invalid event", "Event object is invalid", faults)
        key = event.get("dedup_key") or f"made-{len(self.events)}"
        self.events.append(event)
        self._take(key, event)
        said = {"status": "success", "message": "Event processed", "dedup_key": key}
        return web.json_response(said, status=202)

    def _take(self, key: str, event: Wire) -> None:
        action = event["event_action"]
        alert = next((it for it in self.alerts if it.key == key and it.state != "resolved"), None)
        if alert is None:
            if action != "trigger":
                return
            alert = Alert(key=key, payload=event["payload"], links=event.get("links", []))
            self.alerts.append(alert)
        elif action != "trigger":
            alert.state = _STATES[action]
        alert.log.append((self._now(), action))

    async def _page(self, _: web.Request) -> web.Response:
        rows = "".join(_row(alert) for alert in reversed(self.alerts)) or "<p>Nobody was called.</p>"
        page = (
            "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Lookalike PagerDuty</title><style>"
            "body{margin:0;font:15px/1.5 sans-serif;color:#222}header{background:#048a24;color:#fff;padding:14px 24px}"
            "main{max-width:960px;margin:24px auto}article{border:1px solid #ddd;border-radius:6px;padding:12px 16px;"
            "margin:12px 0}.triggered{color:#b00020}.acknowledged{color:#9a6700}.resolved{color:#048a24}"
            "dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:8px 0}dt{color:#666}dd{margin:0}"
            f"</style></head><body><header>Lookalike PagerDuty: alerts</header><main>{rows}</main></body></html>"
        )
        return web.Response(text=page, content_type="text/html")


def _faults(event: Wire, keys: frozenset[str]) -> Iterator[str]:
    routing_key, action, payload = event.get("routing_key"), event.get("event_action"), event.get("payload")
    if not isinstance(routing_key, str) or len(routing_key) != 32:
        yield "Length of 'routing_key' is incorrect (should be 32 characters)"
    elif routing_key not in keys:
        yield "Invalid routing key"
    if action not in ACTIONS:
        yield f"'event_action' must be one of {', '.join(ACTIONS)}"
    yield from (f"'{name}' is not known" for name in sorted(set(event) - _EVENT))
    key = event.get("dedup_key")
    if key is not None and (not isinstance(key, str) or len(key) > 255):
        yield "'dedup_key' must be a text of at most 255 characters"
    if not key and action != "trigger":
        yield "'dedup_key' is missing or blank"
    if action == "trigger" and not isinstance(payload, dict):
        yield "'payload' is missing or blank"
    elif isinstance(payload, dict):
        yield from _payload_faults(payload)
    links = event.get("links", [])
    for link in links if isinstance(links, list) else [links]:
        if not isinstance(link, dict) or not str(link.get("href", "")).startswith(("http://", "https://")):
            yield "'links' must each have an 'href'"


def _payload_faults(payload: Wire) -> Iterator[str]:
    yield from (f"'payload.{name}' is not known" for name in sorted(set(payload) - _PAYLOAD))
    for name in ("summary", "source", "severity"):
        if not isinstance(payload.get(name), str) or not payload[name].strip():
            yield f"'payload.{name}' is missing or blank"
    if payload.get("severity") not in SEVERITIES:
        yield f"'payload.severity' must be one of {', '.join(SEVERITIES)}"
    for name, most in LONGEST.items():
        if len(str(payload.get(name, ""))) > most:
            yield f"'payload.{name}' is longer than {most} characters"
    if "timestamp" in payload:
        try:
            datetime.fromisoformat(payload["timestamp"])
        except (TypeError, ValueError):
            yield "'payload.timestamp' is no time"
    if not isinstance(payload.get("custom_details", {}), dict):
        yield "'payload.custom_details' must be an object"


def _refused(status: str, message: str, errors: list[str]) -> web.Response:
    return web.json_response({"status": status, "message": message, "errors": errors}, status=400)


def _row(alert: Alert) -> str:
    told = {**alert.payload.get("custom_details", {}), "source": alert.payload["source"], "key": alert.key}
    facts = "".join(f"<dt>{escape(str(name))}</dt><dd>{escape(str(value))}</dd>" for name, value in told.items())
    links = " · ".join(
        f"<a href='{escape(link['href'], quote=True)}'>{escape(str(link.get('text') or link['href']))}</a>"
        for link in alert.links
    )
    log = "<br>".join(f"{at:%H:%M:%S} {escape(action)}" for at, action in alert.log)
    return (
        f"<article><b class='{alert.state}'>{alert.state}</b> {escape(alert.payload['summary'])}"
        f"<dl>{facts}</dl><p>{links}</p><small>{log}</small></article>"
    )
