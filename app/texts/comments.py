"""The App's comments. Each ends with the marker of its operation, by which a retry finds it.

Rules: a comment says what happened, since when, and what to do next. Only three of them mention somebody: the one who
closed what came back, for they thought it was fixed; the fallback owner of a ticket that can't be written to; and who
answers for a ticket from now on, and can't be assigned.

| comment        | when                                                                                     |
|----------------|------------------------------------------------------------------------------------------|
| `occurrence`   | the error happened again; edited while the burst lasts                                   |
| `regression`   | a closed ticket's error came back                                                        |
| `pointer`      | a person reported what has a ticket                                                      |
| `near_miss`    | a person reported what may have a ticket; nothing is done about it                       |
| `sender_said`  | the error was resolved, archived … at Sentry                                             |
| `routed`       | a person routed the ticket to somebody who can't be assigned                             |
| `unwritable`   | the ticket can't be written to, said in another issue                                    |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.domain.issues import IssueRef
from app.domain.mail import SenderSaid, SenderVerb
from app.domain.tickets import Burst, Closing, Ticket
from app.texts.figures import count, instant
from app.texts.markdown import (
    BLANK,
    COMMA,
    NOTHING,
    Markdown,
    code,
    fill,
    issue_link,
    joined,
    link,
    literal,
    mention,
    reference,
    remark,
    words,
)

_OR: Final = literal(" or ")
_MOST_CANDIDATES: Final = 5

_SAID: Final = {
    SenderVerb.RESOLVED: literal("**Resolved at Sentry**"),
    SenderVerb.REGRESSED: literal("**Back at Sentry** after it was resolved there"),
    SenderVerb.ESCALATING: literal("**Escalating at Sentry**: it happens more often than forecast"),
    SenderVerb.UNRESOLVED: literal("**Marked as unresolved at Sentry**"),
    SenderVerb.ARCHIVED: literal("**Archived at Sentry**"),
    SenderVerb.ASSIGNED: literal("**Assigned at Sentry**"),
}
_REASONS: Final = {
    "archived": (literal("its repository is archived"), literal("Unarchive it, or route the error elsewhere.")),
    "issues-off": (
        literal("issues are switched off in its repository"),
        literal("Switch them on, or route the error elsewhere."),
    ),
    "forbidden": (literal("the App is not allowed to"), literal("Accept the App's permissions there.")),
    "not-installed": (literal("the App is not installed there"), literal("Install it, or route the error elsewhere.")),
}
_OTHER_REASON: Final = (literal("GitHub refuses it"), literal("Look at the App's log, or route the error elsewhere."))


def occurrence(ticket: Ticket, burst: Burst, operation: str) -> Markdown:
    """The error happened again: how often in this burst, since when, and where to see the latest."""
    times, first, last = count(burst.count, "time", "times"), instant(burst.first_at), instant(burst.last_at)
    if burst.count == 1:
        happened = fill("It happened again at {at}.", at=last)
    elif first == last:
        happened = fill("It happened **{times}** at {at}.", times=times, at=last)
    else:
        happened = fill("It happened **{times}** between {first} and {last}.", times=times, first=first, last=last)
    return remark([happened, _latest(ticket), _users(ticket)], operation)


def regression(ticket: Ticket, closing: Closing, fix_url: str, operation: str) -> Markdown:
    """A closed error came back. The one who closed the ticket is mentioned; `fix_url` is GitHub's, or empty."""
    post_mortem = NOTHING
    if ticket.post_mortem is not None:
        post_mortem = fill("Its post-mortem is {issue}.", issue=issue_link(ticket.post_mortem))
    by = fill("by {who}", who=mention(closing.by)) if closing.by else NOTHING
    back = fill("🔁 **It came back.** This ticket was closed on {at}", at=instant(closing.at))
    fixed = fill("It was fixed by {fix}.", fix=reference(fix_url)) if fix_url else NOTHING
    seen = ticket.counters.last_seen
    again = fill("It happened again at {at}.", at=instant(seen)) if seen is not None and seen > closing.at else NOTHING
    return remark([_ended(back, by), fixed, post_mortem, again, _latest(ticket), _users(ticket)], operation)


def pointer(ticket: IssueRef, operation: str) -> Markdown:
    """To the person whose report is of an error that has a ticket: where that is, and that the report counts."""
    thanks = fill(
        "Thank you for the report. This error has a ticket already: {ticket}. Your report was counted there, and this "
        "issue is closed as its duplicate.",
        ticket=issue_link(ticket),
    )
    otherwise = literal("Is it another error? Then reopen this issue, and write `/prod-alert` in it.")
    return remark([thanks, otherwise], operation)


def near_miss(candidates: Sequence[IssueRef], operation: str) -> Markdown:
    """A report that reads like an open ticket, or like several: a suggestion, nothing was done."""
    tickets = joined([issue_link(candidate) for candidate in candidates[:_MOST_CANDIDATES]], _OR)
    like = fill("This may be the same error as {tickets}.", tickets=tickets)
    return remark([like, literal("If it is, close this issue as a duplicate. If it is not, ignore this.")], operation)


def sender_said(said: SenderSaid, operation: str) -> Markdown:
    """What was done about the error at its sender, and by whom."""
    who = fill("by {who}", who=words(said.actor, 100)) if said.actor else NOTHING
    detail = said.detail.replace("_", " ") if said.verb is SenderVerb.ARCHIVED else said.detail
    how = fill("({detail})", detail=words(detail)) if detail else NOTHING
    page = _page(literal("See it there."), said.alert.link)
    return remark([_ended(_SAID[said.verb], who, how), page], operation)


def routed(ticket: Ticket, lead: str, operation: str) -> Markdown:
    """To the lead who answers for the ticket from now on, and can't be assigned; GitHub tells nobody else of it."""
    app = words(ticket.app_named)
    yours = fill("{lead}: this ticket was routed to {app}, so it is yours.", lead=mention(lead), app=app)
    others = joined([code(f"@{login}") for login in ticket.placed or ()], COMMA)
    instead = fill("{others} is assigned instead.", others=others) if others else literal("Nobody is assigned instead.")
    return remark([yours, literal("You can't be assigned in this repository."), instead], operation)


def unwritable(ticket: Ticket, reason: str, owner: str, operation: str) -> Markdown:
    """A ticket can't be written to, so its error goes on unheard: said elsewhere, to the fallback owner.

    `reason` is that of `UnavailableError`: one for which the whole repository takes no ticket.
    """
    why, do = _REASONS.get(reason, _OTHER_REASON)
    issue = issue_link(ticket.issue) if ticket.issue is not None else literal("that has no issue yet")
    alarm = fill(
        "🚨 {owner}: the ticket {issue} can't be written to: {why}.", owner=mention(owner), issue=issue, why=why
    )
    seen = ticket.counters.last_seen
    times = fill("The error goes on: {n} so far", n=count(ticket.counters.occurrences, "occurrence", "occurrences"))
    last = fill("(the last one at {at})", at=instant(seen)) if seen is not None else NOTHING
    alert = ticket.latest or ticket.first
    what = fill("The error: {title}.", title=code(alert.title)) if alert is not None else NOTHING
    return remark([alarm, what, _ended(times, last), do], operation)


def _ended(*pieces: Markdown) -> Markdown:
    return fill("{all}.", all=joined(pieces, BLANK))


def _latest(ticket: Ticket) -> Markdown:
    alert = ticket.latest
    return _page(literal("See the latest occurrence."), alert.link) if alert is not None else NOTHING


def _page(label: Markdown, url: str) -> Markdown:
    linked = link(label, url)
    return linked if linked != label else NOTHING


def _users(ticket: Ticket) -> Markdown:
    users = ticket.counters.users
    return fill("{users} so far.", users=count(users, "user is affected", "users are affected")) if users else NOTHING
