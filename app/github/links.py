"""What has become of issues and pull requests, many in one call.

| GitHub answers for one of them …                    | it is                                                  |
|-----------------------------------------------------|--------------------------------------------------------|
| an issue, closed as completed                       | completed                                              |
| an issue, closed otherwise                          | given up                                               |
| a pull request, merged                              | merged                                                 |
| a pull request, closed                              | given up                                               |
| nothing, or that the token may not see it           | not in what is returned                                |

Rule: only reads. https://docs.github.com/en/graphql/reference/unions#issueorpullrequest
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from app.domain.errors import UnavailableError
from app.domain.links import End, LinkSeen, Place
from app.github import graphql
from app.github.client import Client

AT_ONCE: Final = 100
"""Asked for with one call."""
_SEEN: Final = """fragment seen on IssueOrPullRequest {
  __typename
  ... on Issue { url closed closedAt stateReason labels(first: 20) { nodes { name } } }
  ... on PullRequest { url closed closedAt merged mergedAt }
}"""


class _Named(msgspec.Struct):
    name: str


class _Labels(msgspec.Struct):
    nodes: list[_Named] = []


class _Seen(msgspec.Struct, rename="camel"):
    url: str
    closed: bool
    closed_at: datetime | None = None
    state_reason: str | None = None
    """Of issues closed before there were reasons there is none: they count as completed, as GitHub shows them."""
    labels: _Labels | None = None
    merged: bool | None = None
    """None: it is an issue."""
    merged_at: datetime | None = None


_DATA: Final = msgspec.json.Decoder(graphql.Outcome[dict[str, dict[str, _Seen | None] | None]])


class Links:
    """Raises what the client raises."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def seen(self, places: Sequence[Place], *, installation: int) -> Mapping[Place, LinkSeen]:
        """The first `AT_ONCE` of these places, as far as GitHub shows them. One call, none for no place."""
        grouped: dict[str, list[Place]] = {}
        for place in places[:AT_ONCE]:
            grouped.setdefault(place.repository, []).append(place)
        if not grouped:
            return {}
        data, refused = await graphql.run(
            self._client,
            document(grouped),
            dict(_names(grouped)),
            _DATA,
            installation=installation,
            write=False,
        )
        for error in refused.values():
            if not isinstance(error, UnavailableError):
                raise error
        return {
            place: _link(found)
            for nth, its in enumerate(grouped.values())
            for place in its
            if (found := (data.get(f"r{nth}") or {}).get(f"n{place.number}")) is not None
        }


def document(grouped: Mapping[str, Sequence[Place]]) -> str:
    """The query for so many places of each repository."""
    head = ", ".join(f"$owner{nth}: String!, $name{nth}: String!" for nth in range(len(grouped)))
    parts = [
        f"r{nth}: repository(owner: $owner{nth}, name: $name{nth}) {{ "
        + " ".join(f"n{place.number}: issueOrPullRequest(number: {place.number}) {{ ...seen }}" for place in its)
        + " }"
        for nth, its in enumerate(grouped.values())
    ]
    return f"query({head}) {{ {' '.join(parts)} }}\n{_SEEN}"


def _names(grouped: Mapping[str, Sequence[Place]]) -> Iterator[tuple[str, str]]:
    for nth, repository in enumerate(grouped):
        owner, _, name = repository.partition("/")
        yield from ((f"owner{nth}", owner), (f"name{nth}", name))


def _link(found: _Seen) -> LinkSeen:
    labels = () if found.labels is None else tuple(label.name for label in found.labels.nodes)
    if not found.closed:
        return LinkSeen(url=found.url, labels=labels)
    if found.merged:
        return LinkSeen(url=found.url, end=End.MERGED, at=found.merged_at, labels=labels)
    completed = found.merged is None and found.state_reason in (None, "COMPLETED")
    return LinkSeen(url=found.url, end=End.COMPLETED if completed else End.GIVEN_UP, at=found.closed_at, labels=labels)
