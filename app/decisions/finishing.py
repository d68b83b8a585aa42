"""Whether an action item is done by what it links.

| the item links …                                                   | it is                                          |
|--------------------------------------------------------------------|------------------------------------------------|
| nothing that counts                                                | as people tick it                              |
| something that is open, or that GitHub does not show to the job    | as people tick it                              |
| only merged pull requests, and issues closed as completed          | done                                           |
| something that was closed otherwise, and nothing that is open      | not done, and that is said once                |

| a link does not count                                                                                               |
|---------------------------------------------------------------------------------------------------------------------|
| to a ticket or a post-mortem: the item is about it                                                                  |
| to what ended before the post-mortem was begun: the item can't be about doing it                                    |
| to another host than the post-mortem's own                                                                          |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from app.domain.following_up import ActionItem, Paper
from app.domain.issues import IssueRef
from app.domain.links import End, Ending, Linked, LinkSeen, Place


def asked(paper: Paper, issue: IssueRef) -> Iterator[Place]:
    """What has to be looked at for the items that are not ticked."""
    for item in paper.to_do:
        yield from _places(item, issue)


def endings(
    paper: Paper, issue: IssueRef, began: datetime, seen: Mapping[Place, LinkSeen], *, subjects: frozenset[str]
) -> tuple[Ending, ...]:
    """See the module's tables. `subjects` are the labels of tickets and post-mortems, in small letters."""
    found = (_ending(item, list(_places(item, issue)), began, seen, subjects) for item in paper.to_do)
    return tuple(ending for ending in found if ending is not None)


def _ending(
    item: ActionItem,
    places: list[Place],
    began: datetime,
    seen: Mapping[Place, LinkSeen],
    subjects: frozenset[str],
) -> Ending | None:
    if any(place not in seen for place in places):
        return None
    links = [link for link in map(seen.__getitem__, places) if _counts(link, began, subjects)]
    if not links or any(link.end is None for link in links):
        return None
    given_up = [link for link in links if link.end is End.GIVEN_UP]
    return Ending(key=item.key, done=not given_up, urls=tuple(link.url for link in given_up or links))


def _counts(link: LinkSeen, began: datetime, subjects: frozenset[str]) -> bool:
    about = any(label.casefold() in subjects for label in link.labels)
    return not about and (link.at is None or link.at >= began)


def _places(item: ActionItem, issue: IssueRef) -> Iterator[Place]:
    """In the order of the text, each once."""
    host, own = urlsplit(issue.url).netloc, issue.repository.name
    here = [link for link in item.links if link.host.casefold() in ("", host.casefold())]
    yield from dict.fromkeys(_place(link, own) for link in here)


def _place(link: Linked, own: str) -> Place:
    return Place(repository=(link.repository or own).casefold(), number=link.number)
