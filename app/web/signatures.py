"""Signatures of webhooks: HMAC-SHA256 over the raw body, compared in constant time, by any of several secrets.

Rule: every secret is tried, so that the time taken tells nothing of which one fits; several are valid at once while
one is rotated. SHA-1 is no signature here. https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Final

_PREFIX: Final = "sha256="


def signed(body: bytes, digest: str, secrets: Sequence[bytes]) -> bool:
    """Whether `digest`, in hex, is one of the secrets' over the body."""
    sent = digest.strip().lower().encode("ascii", "replace")
    fits = False
    for secret in secrets:
        fits |= hmac.compare_digest(hmac.digest(secret, body, "sha256").hex().encode(), sent)
    return fits


def signed_by_github(body: bytes, header: str, secrets: Sequence[bytes]) -> bool:
    """The same for GitHub's `X-Hub-Signature-256: sha256=<hex>`."""
    return header.startswith(_PREFIX) and signed(body, header.removeprefix(_PREFIX), secrets)
