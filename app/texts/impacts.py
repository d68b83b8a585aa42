"""What is said of a ticket's impact: who decided it, or which rule of the squad's file set or suggests it.

Rules: a rule is named by its place, its file and what of it held, so that whoever disagrees knows what to change. The
reason that a person gave is quoted.
"""

from __future__ import annotations

from app.domain.tickets import Ticket
from app.domain.triage import ByRule
from app.texts.figures import instant
from app.texts.markdown import BLANK, NOTHING, Markdown, code, fill, joined, literal, sentence, words


def decided(ticket: Ticket) -> Markdown:
    """The impact, and whose decision it is; of a reporter's first judgement nobody is named."""
    rule = ticket.set_by
    if ticket.impact is None:
        return literal("undecided")
    impact = words(ticket.impact)
    if ticket.decided_by:
        said = _why(fill("{impact}, decided by {who}", impact=impact, who=code(f"@{ticket.decided_by}")), ticket)
        if rule is None or rule.stands:
            return said
        return fill("{said} ({rule} had set {other})", said=said, rule=_named(rule), other=words(rule.impact))
    return impact if rule is None else fill("{impact}, set by {rule}", impact=impact, rule=_full(rule))


def suggestion(ticket: Ticket) -> Markdown:
    """What a rule suggests, and how to decide so; nothing where there is nothing to suggest."""
    rule = ticket.suggestion
    if rule is None:
        return NOTHING
    return fill(
        "**Suggested: {impact}** – {rule}. Decide with {command}, or otherwise.",
        impact=words(rule.impact),
        rule=_full(rule),
        command=code(f"/impact {rule.impact}"),
    )


def because(ticket: Ticket) -> Markdown:
    """Who or what decided the impact, and when, as a sentence; nothing where nobody has."""
    rule = ticket.set_by
    if ticket.decided_by and ticket.decided_at is not None:
        said = fill("{who} said so on {at}", who=code(f"@{ticket.decided_by}"), at=instant(ticket.decided_at))
        return fill("{said}.", said=_why(said, ticket))
    if ticket.impact is None or rule is None:
        return NOTHING
    return fill("It was set by {rule} on {at}.", rule=_full(rule), at=instant(rule.at))


def explained(ticket: Ticket) -> Markdown:
    """Why the ticket has its impact, for whoever asks; nothing where no rule had a part in it."""
    if ticket.set_by is None and ticket.suggested is None:
        return NOTHING
    return joined([fill("Its impact is {impact}.", impact=decided(ticket)), suggestion(ticket)], BLANK)


def _why(said: Markdown, ticket: Ticket) -> Markdown:
    """With the reason that was given, if one was."""
    if not ticket.decided_because:
        return said
    return fill("{said}: “{why}”", said=said, why=words(ticket.decided_because))


def _named(rule: ByRule) -> Markdown:
    return fill("rule {number} of {file}", number=words(str(rule.rule)), file=code(rule.source))


def _full(rule: ByRule) -> Markdown:
    return fill("{rule} ({when})", rule=_named(rule), when=sentence(rule.when))
