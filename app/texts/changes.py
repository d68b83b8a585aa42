"""What was changed around an outage, as a post-mortem tells it: deployments, merges, releases, and what is not known.

Rules: whoever deployed is spoken of by role. Titles of pull requests are people's text: words, which act on nothing.
The last deployment before the beginning stands out; that it caused anything is not said.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Final, assert_never

from app.domain.surroundings import Change, ChangeKind, Gap, Source, Surroundings
from app.domain.tickets import Ticket
from app.texts.figures import count, lasting, second
from app.texts.markdown import (
    BLANK,
    COMMA,
    NOTHING,
    Markdown,
    code,
    fill,
    joined,
    literal,
    own_link,
    reference,
    words,
)
from app.texts.timeline import Entry, Roles

_LONGEST_TITLE: Final = 150
_NAMES: Final = {
    Source.DEPLOYMENTS: literal("deployments"),
    Source.MERGES: literal("merged pull requests"),
    Source.RELEASES: literal("releases"),
}


def entries(around: Surroundings, ticket: Ticket, began: datetime, zone: tzinfo) -> list[Entry]:
    """What was changed, in the order of time. Roles are the ticket's; so is the repository that is not named."""
    roles = Roles(ticket.on_duty, ticket.routing.owners)
    home = ticket.issue.repository.name if ticket.issue is not None else ""
    last, changes = around.last_before, around.changes
    if last is not None and last not in changes:
        changes = (last, *changes)
    return [
        Entry(
            at=change.at,
            when=own_link(second(change.at, zone), change.link),
            what=_what(change, roles, home, began if change == last else None),
            stays=change == last,
        )
        for change in changes
    ]


def gaps(around: Surroundings) -> Iterator[Markdown]:
    """One line for each repository of which not all is known."""
    for gap in around.gaps:
        yield fill(
            "Of {repository} {what}.",
            repository=words(gap.repository),
            what=joined([_unread(gap), _cut(gap)], COMMA),
        )

    if around.unasked:
        more = count(around.unasked, "more repository was", "more repositories were")
        yield fill("{more} not looked into for what was changed.", more=more)


def _unread(gap: Gap) -> Markdown:
    if not gap.unread:
        return NOTHING
    return fill("the App could not read the {sources}", sources=_all(gap.unread))


def _cut(gap: Gap) -> Markdown:
    return fill("only the latest {sources} were read", sources=_all(gap.cut)) if gap.cut else NOTHING


def _all(sources: tuple[Source, ...]) -> Markdown:
    return joined([_NAMES[source] for source in sources], COMMA)


def _what(change: Change, roles: Roles, home: str, began: datetime | None) -> Markdown:
    what = _told(change, roles)
    if change.kind is not ChangeKind.MERGED and change.repository != home:
        what = joined([what, fill("({repository})", repository=words(change.repository))], BLANK)
    if began is None:
        return fill("{what}.", what=what)
    return fill("{what}: **the last deployment before it began**, {span} before.", what=what, span=_span(began, change))


def _span(began: datetime, change: Change) -> Markdown:
    return lasting(began - change.at)


def _told(change: Change, roles: Roles) -> Markdown:
    match change.kind:
        case ChangeKind.DEPLOYED:
            return _deployment(literal("**Deployed**"), change, roles)
        case ChangeKind.BROKEN:
            return _deployment(literal("**A deployment failed**"), change, roles)
        case ChangeKind.BEGUN:
            return _deployment(literal("A deployment was begun"), change, roles)
        case ChangeKind.MERGED:
            pull = fill("Merged: {pull}", pull=reference(change.link))
            title = fill("“{title}”", title=words(change.title, _LONGEST_TITLE)) if change.title else NOTHING
            return joined([pull, title], BLANK)
        case ChangeKind.RELEASED:
            return fill("Released: {tag}", tag=code(change.ref))
        case _:  # pragma: no cover
            assert_never(change.kind)


def _deployment(what: Markdown, change: Change, roles: Roles) -> Markdown:
    """`Deployed to production: v1.4.3 (abc1234) by a bot`."""
    commit = own_link(code(change.commit[:7]), change.link)
    return joined(
        [
            what,
            fill("to {environment}:", environment=words(change.environment)) if change.environment else literal("of"),
            fill("{ref} ({commit})", ref=code(change.ref), commit=commit) if change.ref else commit,
            fill("by {who}", who=roles.of(change.by)) if change.by else NOTHING,
        ],
        BLANK,
    )
