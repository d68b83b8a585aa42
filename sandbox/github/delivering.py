"""What people and their robots deliver: deployments, merged pull requests, releases; and pinning a comment.

Each may be of an earlier time: `at`, an ISO 8601 stamp, else now. Nobody hears of them, for the App listens to no such
event; of a pin it hears. https://docs.github.com/en/webhooks/webhook-events-and-payloads#issue_comment
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.github.state import Deployment, Merge, Release, Repository, World


def deploy(world: World, repository: Repository, wish: Mapping[str, Any], actor: str) -> Deployment:
    """`state` is what it came to, `took` how many seconds that took; what succeeded makes the ones before inactive."""
    at = _at(world, wish)
    made = Deployment(
        id=world.next_id(),
        creator=actor,
        environment=wish.get("environment", "production"),
        commit=wish.get("commit") or hash_of(f"{wish.get('ref', 'main')} {at}"),
        created_at=at,
        ref=wish.get("ref", "main"),
    )
    made.statuses.append(("QUEUED", at))
    state, ended = wish.get("state", "SUCCESS"), at + timedelta(seconds=float(wish.get("took", 0)))
    if state:
        made.statuses.append((state, ended))
    for other in repository.deployments:
        if state == "SUCCESS" and other.environment == made.environment and other.created_at < at:
            other.statuses.append(("INACTIVE", ended))
    repository.deployments.append(made)
    return made


def merge(world: World, repository: Repository, wish: Mapping[str, Any]) -> Merge:
    """`queued` is how many seconds before the merge its commit was made."""
    at = _at(world, wish)
    number = int(wish.get("number", 0))
    if not number:
        repository.last_number += 1
        number = repository.last_number
    made = Merge(
        number=number,
        title=wish["title"],
        commit=hash_of(f"{repository.full_name} {number}"),
        merged_at=at,
        committed_at=at - timedelta(seconds=float(wish.get("queued", 0))),
    )
    repository.merges.append(made)
    return made


def release(world: World, repository: Repository, wish: Mapping[str, Any]) -> Release:
    """A draft, where `draft`."""
    made = Release(
        id=world.next_id(), tag=wish["tag"], created_at=_at(world, wish), draft=bool(wish.get("draft", False))
    )
    repository.releases.append(made)
    return made


def hash_of(text: str) -> str:
    """A commit's hash."""
    return hashlib.sha1(text.encode()).hexdigest()


def _at(world: World, wish: Mapping[str, Any]) -> datetime:
    if "at" not in wish:
        return world.now()
    at = datetime.fromisoformat(wish["at"])
    return at if at.tzinfo else at.replace(tzinfo=UTC)
