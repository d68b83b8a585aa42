"""Signatures of webhooks: HMAC-SHA256 over the raw body, compared in constant time, by any of several secrets.

Rule: every secret is tried, so that the time taken tells nothing of which one fits; several are valid at once while
one is rotated. SHA-1 is no signature here. https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

_PREFIX: Final = "sha256="
_SLACK_PREFIX: Final = "v0="
FRESH: Final = timedelta(minutes=5)
"""Slack's own advice against what is sent once more by somebody else."""
_AT_ONCE: Final = 2047
"""Bytes. From 2,048 on, hashing gives up the interpreter lock, and beside a busy writing thread it takes far longer to
win it back than to hash a webhook: https://docs.python.org/3/library/hashlib.html#hashlib.hash.update"""


def signed(body: bytes, digest: str, secrets: Sequence[bytes]) -> bool:
    """Whether `digest`, in hex, is one of the secrets' over the body."""
    sent = digest.strip().lower().encode("ascii", "replace")
    fits = False
    for secret in secrets:
        made = hmac.new(secret, digestmod="sha256")
        for begin in range(0, len(body), _AT_ONCE):
            made.update(body[begin : begin + _AT_ONCE])
        fits |= hmac.compare_digest(made.hexdigest().encode(), sent)
    return fits


def signed_by_github(body: bytes, header: str, secrets: Sequence[bytes]) -> bool:
    """The same for GitHub's `X-Hub-Signature-256: sha256=<hex>`."""
    return header.startswith(_PREFIX) and signed(body, header.removeprefix(_PREFIX), secrets)


def signed_by_slack(body: bytes, stamp: str, header: str, secrets: Sequence[bytes], *, now: datetime) -> bool:
    """The same for Slack: `X-Slack-Signature: v0=<hex>` over `v0:<timestamp>:<body>`, whose time is within `FRESH`.

    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    if abs(now.timestamp() - int(stamp)) > FRESH.total_seconds():
        return False
    whole = b"v0:" + stamp.encode() + b":" + body
    return header.startswith(_SLACK_PREFIX) and signed(whole, header.removeprefix(_SLACK_PREFIX), secrets)
