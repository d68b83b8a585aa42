"""Presses: a member presses a button, and Slack tells the App, signed; three seconds to answer, never repeated.

`X-Slack-Signature` is `v0=` and the hex HMAC-SHA256 of `v0:<timestamp>:<body>` under the app's signing secret.
<https://docs.slack.dev/authentication/verifying-requests-from-slack>
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import Any
from urllib.parse import urlencode

import aiohttp

from sandbox.slack.api import APP
from sandbox.slack.state import World

TIMEOUT = aiohttp.ClientTimeout(total=3)


def signature(secret: str, stamp: str, body: bytes) -> str:
    signed = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
    return "v0=" + signed.hexdigest()


class Presses:
    """Sends to one address; None only records."""

    def __init__(self, world: World, *, url: str | None, secret: str) -> None:
        self._world = world
        self.url = url
        self._secret = secret
        self.base = ""
        self.sent: list[tuple[dict[str, str], bytes, int]] = []
        """(headers, body, the App's status), 0 where it did not answer."""

    async def press(self, *, channel: str, ts: str, action: str, user: str) -> int:
        """The App's answer's status. KeyError where the message has no such button."""
        payload = self.payload(channel=channel, ts=ts, action=action, user=user)
        return await self.send(urlencode({"payload": json.dumps(payload)}).encode())

    def payload(self, *, channel: str, ts: str, action: str, user: str) -> dict[str, Any]:
        place, message = self._world.channels[channel], self._world.channels[channel].messages[ts]
        buttons = [it for block in message.blocks if block["type"] == "actions" for it in block["elements"]]
        button = next((it for it in buttons if it["action_id"] == action), None)
        if button is None:
            raise KeyError(f"The message has no button {action!r}.")
        pressed = {name: button[name] for name in ("action_id", "value", "type", "text", "style") if name in button}
        member = self._world.members[user]
        return {
            "type": "block_actions",
            "user": {"id": user, "username": member.name, "name": member.name, "team_id": APP["team_id"]},
            "api_app_id": "A0LOOKALIKE",
            "token": "a-token-that-is-out-of-use",
            "container": {"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": False},
            "trigger_id": f"{secrets.randbelow(10**12)}.{secrets.token_hex(8)}",
            "team": {"id": APP["team_id"], "domain": "acme"},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": channel, "name": place.name},
            "message": {"type": "message", "ts": ts, "text": message.text, "blocks": message.blocks},
            "state": {"values": {}},
            "response_url": f"{self.base}/answers/{self._world.answerable(channel, ts, user)}",
            "actions": [{**pressed, "block_id": "prod-squad", "action_ts": self._world.stamp()}],
        }

    async def send(self, body: bytes, **changed: str) -> int:
        """Any body, signed; headers may be changed."""
        stamp = str(int(self._world.now().timestamp()))
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature(self._secret, stamp, body),
        } | {name.replace("_", "-"): value for name, value in changed.items()}
        status = 0
        if self.url is not None:
            try:
                async with (
                    aiohttp.ClientSession(timeout=TIMEOUT) as session,
                    session.post(self.url, data=body, headers=headers) as answer,
                ):
                    status = answer.status
            except (aiohttp.ClientError, TimeoutError):
                status = 0
        self.sent.append((headers, body, status))
        return status
