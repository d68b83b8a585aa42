"""What a ticket's hidden state tells scheduled jobs of it.

Rule: what comes from a sender or a person is cut, for the state stands in every body and must not fill it.
"""

from __future__ import annotations

import re
from typing import Final

from app.domain.tickets import Ticket
from app.texts.body import About, State
from app.texts.plain import one_line

_FRAMES_ROUTED_BY: Final = 8
_TAGS_ROUTED_BY: Final = 12
_MOST_ERRORS: Final = 400
"""A storm may be about many; each takes some twelve characters."""
_MOST_POST_MORTEMS: Final = 10
_PAGE: Final = re.compile(r"/issues/(\d{1,20})(?:[/?#]|$)")


def state_of(ticket: Ticket) -> State:
    """The state as it is now."""
    counters, routing = ticket.counters, ticket.routing
    acknowledged, held, silence, asked = ticket.acknowledged, ticket.held, ticket.silence, ticket.unanswered
    return State(
        ticket=ticket.id,
        occurrences=counters.occurrences,
        users=counters.users,
        first_seen=counters.first_seen,
        last_seen=counters.last_seen,
        impact=ticket.impact,
        silenced=one_line(ticket.silenced, 100),
        regressions=ticket.regressions,
        app=one_line(ticket.app, 100),
        team=one_line(routing.team, 100),
        owners=tuple(one_line(who, 100) for who in routing.owners[:3]),
        opened_at=ticket.opened_at,
        decided_at=ticket.decided_at,
        decided_by=ticket.decided_by,
        acknowledged_by=acknowledged.by if acknowledged is not None else "",
        acknowledged_at=acknowledged.at if acknowledged is not None else None,
        acknowledged_until=held.expires if held is not None else None,
        silenced_by=silence.by if silence is not None else "",
        silenced_until=silence.until if silence is not None else None,
        asked=tuple(dict.fromkeys(ping.who for ping in asked)),
        asked_at=asked[0].at if asked else None,
        people_at=ticket.people_at,
        about=_about(ticket),
        days=ticket.own_days,
        errors=_errors(ticket),
        post_mortems=_post_mortems(ticket),
    )


def _post_mortems(ticket: Ticket) -> tuple[int, ...]:
    """A job lists one repository's post-mortems; the latest ones are told."""
    here = ticket.issue.repository.id if ticket.issue is not None else 0
    known = (*(old.post_mortem for old in ticket.earlier), ticket.post_mortem)
    numbers = [ref.number for ref in known if ref is not None and ref.repository.id == here]
    return tuple(dict.fromkeys(numbers))[-_MOST_POST_MORTEMS:]


def _errors(ticket: Ticket) -> tuple[str, ...]:
    """A person's report names an error of the sender's, too, if it links one; a storm's members are known by links."""
    named = [began.sender_ref for began in ticket.began]
    named += [alert.sender_ref for alert in reversed(ticket.alerts)]
    for member in ticket.storm.members if ticket.storm is not None else ():
        page = _PAGE.search(member.link)
        named.append(page[1] if page is not None else "")
    return tuple(one_line(ref, 40) for ref in dict.fromkeys(named) if ref)[-_MOST_ERRORS:]


def _about(ticket: Ticket) -> About | None:
    """As routing looks at it: the first alert of all. Cut, for it must not fill the body."""
    alert = ticket.first or ticket.latest
    if alert is None:
        return None
    frames = [frame for frame in alert.frames if frame.in_app][-_FRAMES_ROUTED_BY:]
    return About(
        app=one_line(ticket.app_named or alert.app, 100),
        project=one_line(alert.project, 100),
        url=one_line(alert.url, 300),
        frames=tuple((one_line(frame.path, 200), one_line(frame.module, 200)) for frame in frames),
        tags=tuple((one_line(name, 50), one_line(value, 100)) for name, value in alert.tags[:_TAGS_ROUTED_BY]),
    )
