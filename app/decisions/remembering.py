"""Remembering: what is new in a ticket, as lines of its history; and which earlier tickets a new one names.

| new in the ticket is                            | remembered, at the time                                            |
|-------------------------------------------------|--------------------------------------------------------------------|
| its first occurrence                            | of the occurrence                                                  |
| its issue                                       | opened, or adopted: when that was done                             |
| another issue, and it had one                   | the same, where it went on in a new one; else transferred          |
| no issue any more, and none that it went on in  | lost                                                               |
| the impact, or who decided it                   | decided, or changed: of the decision; set by a rule: of its alert  |
| PagerDuty was told                              | when it was                                                        |
| an acknowledgement, a silence                   | of that                                                            |
| no silence any more                             | its end, where that was reached; else now                          |
| pings                                           | one line for each comment, when it was posted; that an             |
|                                                 | acknowledgement had expired, when it did                           |
| who is assigned, fixes it; a report, a rescue,  | now                                                                |
| another app, the sender's own silence           |                                                                    |
| resolved at the sender; closed                  | of that; what fixed it, when it was closed                         |
| not closed any more                             | a regression, or reopened: when that was done                      |
| a post-mortem                                   | now                                                                |

Rules: the same two tickets give the same lines, so a settle that is run again remembers nothing twice. *Now*, who did
it and where come from what was folded or done between the two. At most 200 lines are kept, of those the first 50 and
what people noted: how an error began and how it ended is told, whatever lies between.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from app.domain.actions import Action, AssignPeople
from app.domain.facts import Fact
from app.domain.history import OF_PEOPLE, Happened, Kind
from app.domain.mail import AlertArrived, Commented, IssueChanged, Mail, Pressed, SenderSaid
from app.domain.tickets import EarlierIssue, Ticket
from app.domain.triage import Ping, Why

MOST: Final = 200
FIRST_KEPT: Final = 50


class Cause(Fact, frozen=True, kw_only=True):
    """What made one ticket of the other."""

    at: datetime
    by: str = ""
    link: str = ""


def cause_of(mail: Mail, received_at: datetime) -> Cause:
    """A piece of mail as the cause of what it changes."""
    match mail:
        case AlertArrived(alert=alert):
            return Cause(at=alert.occurred_at, link=alert.link)
        case SenderSaid(alert=alert, actor=actor):
            return Cause(at=alert.occurred_at, by=actor, link=alert.link)
        case IssueChanged(at=at, actor=actor, issue=issue):
            return Cause(at=at, by=actor, link=issue.ref.url)
        case Commented(at=at, actor=actor, issue=ref, comment_id=comment):
            return Cause(at=at, by=actor, link=f"{ref.url}#issuecomment-{comment}" if ref.url else "")
        case Pressed(at=at):
            return Cause(at=at)
        case _:
            return Cause(at=received_at)


def cause_of_act(action: Action, at: datetime) -> Cause:
    """What the App does as the cause of what it changes; whoever had it done, where that is known."""
    match action:
        case AssignPeople(by=by, link=link):
            return Cause(at=at, by=by, link=link)
        case _:
            return Cause(at=at)


def remembered(before: Ticket, after: Ticket, cause: Cause) -> Ticket:
    """The later ticket, with what is new in it in its history."""
    lines = happened(before, after, cause)
    if not lines:
        return after
    history = (*after.history, *lines)
    over = max(0, len(history) - MOST)
    may_go = [place for place, line in enumerate(history) if place >= FIRST_KEPT and line.kind not in OF_PEOPLE]
    gone = set(may_go[:over])
    kept = tuple(line for place, line in enumerate(history) if place not in gone)
    return msgspec.structs.replace(after, history=kept, forgotten=after.forgotten + len(gone))


def happened(before: Ticket, after: Ticket, cause: Cause) -> tuple[Happened, ...]:
    """What is new in the later ticket, in the order of time; see the module's table."""
    if before is after:
        return ()
    lines = [
        *_began(before, after),
        *_issue(before, after, cause),
        *_state(before, after, cause),
        *_decided(before, after, cause),
        *_silenced(before, after, cause),
        *_pinged(before, after),
        *_work(before, after, cause),
        *_around(before, after, cause),
    ]
    return tuple(sorted(lines, key=lambda line: line.at))


def earlier_of(ticket: Ticket) -> EarlierIssue | None:
    """A closed ticket's issue, as another ticket names it; None for a ticket that is not closed."""
    if ticket.issue is None or ticket.closing is None:
        return None
    return EarlierIssue(
        ref=ticket.issue, closed_at=ticket.closing.at, fix=ticket.closing.fix, post_mortem=ticket.post_mortem
    )


def _began(before: Ticket, after: Ticket) -> Iterator[Happened]:
    at = after.counters.first_seen
    if before.counters.first_seen is None and at is not None:
        yield Happened(at=at, kind=Kind.FIRST, link=after.first.link if after.first is not None else "")


def _issue(before: Ticket, after: Ticket, cause: Cause) -> Iterator[Happened]:
    old, new = before.issue, after.issue
    if new is not None and (old is None or (old.id != new.id and after.opened != before.opened)):
        kind = Kind.ADOPTED if after.adopted else Kind.OPENED
        yield Happened(at=after.opened_at or cause.at, kind=kind, whom=after.assigned, link=new.url)
    elif new is not None and old is not None and old.id != new.id:
        yield Happened(at=cause.at, kind=Kind.MOVED, by=cause.by, link=new.url)
    elif old is not None and new is None and after.earlier == before.earlier:
        yield Happened(at=cause.at, kind=Kind.LOST, by=cause.by)


def _state(before: Ticket, after: Ticket, cause: Cause) -> Iterator[Happened]:
    old, new = before.closing, after.closing
    if new is not None:
        if old is None or old.at != new.at:
            yield Happened(at=new.at, kind=Kind.CLOSED, by=new.by, detail=new.reason, link=cause.link)
        if new.fix and (old is None or old.fix != new.fix):
            yield Happened(at=new.at, kind=Kind.FIXED, link=new.fix)
    elif after.regressions > before.regressions:
        link = after.latest.link if after.latest is not None else ""
        yield Happened(at=after.opened_at or cause.at, kind=Kind.REGRESSED, link=link)
    elif old is not None and _same_issue(before, after):
        yield Happened(at=after.opened_at or cause.at, kind=Kind.REOPENED, by=cause.by, link=cause.link)
    resolved = after.resolved_by_sender
    if resolved is not None and resolved != before.resolved_by_sender:
        yield Happened(at=resolved, kind=Kind.RESOLVED, by=cause.by, link=cause.link)


def _decided(before: Ticket, after: Ticket, cause: Cause) -> Iterator[Happened]:
    rule = after.set_by
    if rule is not None and rule.stands and (before.set_by is None or before.set_by.at != rule.at):
        yield Happened(at=rule.at, kind=Kind.RULED, detail=rule.impact)
    elif after.impact is not None and (after.impact, after.decided_at) != (before.impact, before.decided_at):
        kind = Kind.DECIDED if before.impact in {None, after.impact} else Kind.CHANGED
        decided_at = after.decided_at if after.decided_at != before.decided_at else None
        yield Happened(
            at=decided_at or cause.at,
            kind=kind,
            by=after.decided_by,
            detail=after.impact,
            why=after.decided_because if decided_at is not None else "",
            link=cause.link,
        )
    told = after.acknowledged
    if told is not None and told != before.acknowledged:
        yield Happened(at=told.at, kind=Kind.ACKNOWLEDGED, by=told.by, until=told.expires, link=cause.link)


def _silenced(before: Ticket, after: Ticket, cause: Cause) -> Iterator[Happened]:
    old, new = before.silence, after.silence
    if new is not None and (old is None or old.at != new.at):
        yield Happened(at=new.at, kind=Kind.SILENCED, by=new.by, detail=new.reason, until=new.until, link=cause.link)
    elif old is not None and new is None:
        reached = old.until if old.until is not None and old.until <= cause.at else None
        by, link = ("", "") if reached is not None else (cause.by, cause.link)
        yield Happened(at=reached or cause.at, kind=Kind.SILENCE_OVER, by=by, link=link)
    if before.silenced == after.silenced or any(it is not None and it.at_sender for it in (old, new)):
        return  # what the squad agreed is told above
    kind = Kind.ARCHIVED if after.silenced else Kind.HEARD_AGAIN
    yield Happened(at=cause.at, kind=kind, by=cause.by, detail=after.silenced, link=cause.link)


def _pinged(before: Ticket, after: Ticket) -> Iterator[Happened]:
    if after.pings is before.pings:
        return
    known = set(before.pings)
    comments: dict[tuple[datetime, Why, str], list[Ping]] = {}
    for ping in after.pings:
        if ping not in known:
            link = ping.comment.url if ping.comment is not None else ""
            comments.setdefault((ping.at, ping.why, link), []).append(ping)
    for (at, why, link), pings in comments.items():
        since, told = pings[0].since, after.acknowledged
        if why is Why.EXPIRED and since is not None:
            yield Happened(at=since, kind=Kind.EXPIRED, by=told.by if told is not None else "")
        yield Happened(at=at, kind=Kind.PINGED, whom=tuple(ping.who for ping in pings), detail=why, link=link)


def _work(before: Ticket, after: Ticket, cause: Cause) -> Iterator[Happened]:
    if before.issue is not None and _same_issue(before, after) and before.assigned != after.assigned:
        for kind, whom in (
            (Kind.ASSIGNED, _without(after.assigned, before.assigned)),
            (Kind.UNASSIGNED, _without(before.assigned, after.assigned)),
        ):
            if whom:
                yield Happened(at=cause.at, kind=kind, by=cause.by, whom=whom, link=cause.link)
    if after.to_fix_by and after.to_fix_by != before.to_fix_by:
        yield Happened(at=cause.at, kind=Kind.TAKEN, by=after.to_fix_by, link=cause.link)
    if after.rescued and after.rescued != before.rescued:
        yield Happened(at=cause.at, kind=Kind.RESCUED, by=cause.by, detail=after.rescued, link=cause.link)
    if after.app_named and after.app_named != before.app_named:
        yield Happened(at=cause.at, kind=Kind.ROUTED, by=cause.by, detail=after.app_named, link=cause.link)


def _around(before: Ticket, after: Ticket, cause: Cause) -> Iterator[Happened]:
    for report in after.pointed[len(before.pointed) :]:
        yield Happened(at=cause.at, kind=Kind.REPORTED, by=cause.by, link=report.url)
    page = after.paged
    if page is not None and page != before.paged:
        yield Happened(at=page.at, kind=Kind.PAGED, detail=page.told)
    if after.post_mortem is not None and after.post_mortem != before.post_mortem:
        yield Happened(at=cause.at, kind=Kind.POST_MORTEM, link=after.post_mortem.url)


def _same_issue(before: Ticket, after: Ticket) -> bool:
    return before.issue is not None and after.issue is not None and before.issue.id == after.issue.id


def _without(logins: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    folded = {login.casefold() for login in known}
    return tuple(login for login in logins if login.casefold() not in folded)
