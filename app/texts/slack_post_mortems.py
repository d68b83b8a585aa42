"""A post-mortem's messages in Slack: its own, the call for feedback below it, and the line for after standup.

Rules: as in `texts/slack.py`. Who is asked for feedback is mentioned where the squad's file knows their ids in Slack;
teams, which Slack does not know, stand there by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from app.domain.issues import IssueRef
from app.domain.post_mortem_news import AgendaLine, ShownPostMortem
from app.domain.post_mortems import Stage
from app.domain.squad import Person
from app.texts.mrkdwn import NOTHING, Mrkdwn, fill, is_address, joined, literal, mention, name, page, plain, words
from app.texts.slack import BLOCK, LONGEST_FIELD, LONGEST_HEADER, OPEN, Message, members_of

_BLANK: Final = literal(" ")
_LINE: Final = literal("\n")
_DOT: Final = literal(" · ")
_UNNAMED: Final = literal("Post-mortem")
_MOST_TICKETS: Final = 5

_HEADLINES: Final = {
    Stage.IN_PROGRESS: literal("📝 In progress:"),
    Stage.FEEDBACK: literal("🔎 Feedback:"),
    Stage.DONE: literal("✅ Done:"),
    Stage.DROPPED: literal("Dropped:"),
}
_SAYS: Final = {
    Stage.IN_PROGRESS: literal("*It is being written.* Whoever saw something of the outage: write it there."),
    Stage.FEEDBACK: literal("*Please read it*, and say there what is missing or wrong."),
    Stage.DONE: literal("*It is done.*"),
    Stage.DROPPED: literal("*Nothing more is done about it.*"),
}


def post_mortem(shown: ShownPostMortem, people: Sequence[Person]) -> Message:
    """The message as it is to be."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(plain(shown.title, LONGEST_HEADER) or _UNNAMED)},
        {"type": "section", "text": _mrkdwn(joined(list(_said(shown, people)), _LINE))},
    ]
    blocks.append({"type": "section", "fields": list(_facts(shown))})
    where = [_issue(issue) for issue in (shown.issue, *shown.tickets[:_MOST_TICKETS])]
    blocks.append({"type": "context", "elements": [_mrkdwn(joined(where, _DOT))]})
    if is_address(shown.issue.url):
        button = {"type": "button", "action_id": OPEN, "text": _plain(literal("Open")), "url": shown.issue.url}
        blocks.append({"type": "actions", "block_id": BLOCK, "elements": [button]})
    text = joined([_HEADLINES[shown.stage], _named(shown)], _BLANK)
    return Message(text=str(text), blocks=tuple(blocks))


def feedback(shown: ShownPostMortem, by: date, people: Sequence[Person]) -> Message:
    """Below the message, for an edit tells nobody: until when feedback is asked for."""
    what = fill("What is missing or wrong in {it}?", it=_named(shown))
    said = joined([_asked(shown, people), _until(by), what], _BLANK)
    return Message(text=str(said), blocks=({"type": "section", "text": _mrkdwn(said)},))


def agenda(line: AgendaLine) -> Message:
    """What is to be discussed after standup."""
    said = fill(
        "🗣 *After standup:* the action items of {it} ({items}). `/discussed` there when that is done.",
        it=_named(line),
        items=_items(line.items_open, line.items_unclear),
    )
    return Message(text=str(said), blocks=({"type": "section", "text": _mrkdwn(said)},))


def _said(shown: ShownPostMortem, people: Sequence[Person]) -> Iterator[Mrkdwn]:
    yield _SAYS[shown.stage]
    if shown.stage is Stage.FEEDBACK and shown.feedback_by is not None:
        yield _until(shown.feedback_by)
    if shown.stage in {Stage.IN_PROGRESS, Stage.FEEDBACK} and shown.asked:
        yield fill("Asked for feedback: {who}.", who=_asked(shown, people))


def _asked(shown: ShownPostMortem, people: Sequence[Person]) -> Mrkdwn:
    members = members_of(people)
    known = [(who, members.get(who.casefold())) for who in shown.asked]
    return joined([name(who) if member is None else mention(member) for who, member in known], _BLANK)


def _until(by: date) -> Mrkdwn:
    return fill("*Feedback is open until {day}.*", day=words(f"{by:%A, %Y-%m-%d}"))


def _facts(shown: ShownPostMortem) -> Iterator[dict[str, Any]]:
    if shown.apps:
        yield _plain(plain(" · ".join(shown.apps), LONGEST_FIELD))
    discussed = ", discussed" if shown.discussed else ""
    items = str(_items(shown.items_open, shown.items_unclear))
    yield _plain(plain(f"Action items: {items}{discussed}", LONGEST_FIELD))


def _items(still_open: int, unclear: int) -> Mrkdwn:
    if not still_open:
        return literal("none open")
    lacking = fill("{n} without a day or somebody who does it", n=words(f"{unclear:,}")) if unclear else NOTHING
    return joined([fill("{n} open", n=words(f"{still_open:,}")), lacking], literal(", "))


def _named(what: ShownPostMortem | AgendaLine) -> Mrkdwn:
    return joined([words(what.title) or _UNNAMED, _issue(what.issue)], _BLANK)


def _issue(issue: IssueRef) -> Mrkdwn:
    return page(issue.url, words(f"{issue.repository.name}#{issue.number}"))


def _plain(text: Mrkdwn) -> dict[str, Any]:
    return {"type": "plain_text", "text": str(text), "emoji": False}


def _mrkdwn(text: Mrkdwn) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": str(text), "verbatim": True}
