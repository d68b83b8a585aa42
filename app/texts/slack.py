"""Messages in Slack: a ticket's, a handover's, and the answer to a press that was refused.

Rules: what a ticket is stands in its first line, which a notification shows, too. Text from production stands where
Slack reads no markup (`plain_text`), or is neutralised. Only who is called is mentioned, and only by the ids in the
squad's file. A message keeps Slack's limits by far: a section 3,000 characters, a header 150, 50 blocks.
<https://docs.slack.dev/reference/block-kit/blocks>
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from app.domain.announcements import Shown, Standing, Verb
from app.domain.duty import Handover
from app.domain.facts import Fact
from app.domain.issues import IssueRef
from app.domain.squad import Person
from app.domain.triage import Silence
from app.texts.mrkdwn import (
    NOTHING,
    Mrkdwn,
    fill,
    is_address,
    joined,
    literal,
    mention,
    name,
    page,
    plain,
    sentence,
    words,
)

LONGEST_HEADER: Final = 150
LONGEST_FIELD: Final = 300
OPEN: Final = "open"
"""The `action_id` of the button that opens the ticket: Slack tells of its presses, too."""
BLOCK: Final = "prod-squad"
_MOST_NOTES: Final = 5
_BLANK: Final = literal(" ")
_LINE: Final = literal("\n")

_HEADLINES: Final = {
    Standing.SEVERE: literal("🚨 Severe:"),
    Standing.UNSURE: literal("❓ Unsure:"),
    Standing.STORM: literal("🌩 A storm of new errors:"),
    Standing.UNDECIDED: literal("❓ Undecided:"),
    Standing.ANNOYING: literal("Annoying:"),
    Standing.SILENCED: literal("🔕 Silenced:"),
    Standing.CLOSED: literal("✅ Closed:"),
}
_SAYS: Final = {
    Standing.SEVERE: literal("*This is severe.* It may corrupt data, or keep people from their work."),
    Standing.UNSURE: literal("*Is this going to hurt somebody, or is it just noise?* Nobody is sure, so please look."),
    Standing.STORM: literal("*Many new errors at once.* They are gathered under this ticket; nobody has decided yet."),
    Standing.UNDECIDED: literal("*Is this going to hurt somebody, or is it just noise?* Nobody has decided yet."),
    Standing.ANNOYING: literal("*Annoying*, no more: it goes to the tech lead's batch."),
}
_CLOSED_AS: Final = {
    "completed": literal("*Closed* as completed"),
    "not_planned": literal("*Closed* as not planned"),
    "duplicate": literal("*Closed* as a duplicate"),
    "deleted": literal("*Its issue was deleted*"),
}
_CLOSED: Final = literal("*Closed*")
_LABELS: Final = {
    Verb.ACKNOWLEDGE: literal("Acknowledge"),
    Verb.UNSURE: literal("Unsure"),
    Verb.ANNOYING: literal("Annoying"),
    Verb.SEVERE: literal("Severe"),
    Verb.SILENCE: literal("Silence 24 h"),
}


class Message(Fact, frozen=True, kw_only=True):
    """A message as Slack takes it: `text` is what a notification shows."""

    text: str
    blocks: tuple[dict[str, Any], ...]


def ticket(shown: Shown, people: Sequence[Person]) -> Message:
    """The ticket's message. `people` are the squad file's, by whose member ids Slack mentions them."""
    members = members_of(people)
    headline = joined([_HEADLINES[shown.standing], plain(shown.title, LONGEST_HEADER - 40)], _BLANK)
    said = joined(list(_said(shown, members)), _LINE)
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(headline)},
        {"type": "section", "text": _mrkdwn(said)},
    ]
    facts = list(_facts(shown))
    if facts:
        blocks.append({"type": "section", "fields": facts})
    context = joined([_issue(shown.issue), page(shown.sender_link, literal("the latest occurrence"))], literal(" · "))
    if shown.issue is not None or is_address(shown.sender_link):
        blocks.append({"type": "context", "elements": [_mrkdwn(context)]})
    buttons = [_button(verb, shown.ticket) for verb in shown.buttons]
    if shown.issue is not None and is_address(shown.issue.url):
        opens = {"type": "button", "action_id": OPEN, "text": _plain(literal("Open ticket")), "url": shown.issue.url}
        buttons.append(opens)
    if buttons:
        blocks.append({"type": "actions", "block_id": BLOCK, "elements": buttons})
    text = joined([_HEADLINES[shown.standing], words(shown.title), _issue(shown.issue)], _BLANK)
    return Message(text=str(text), blocks=tuple(blocks))


def alarm(shown: Shown, people: Sequence[Person]) -> Message:
    """What a message that is there already has become: an edit tells nobody, so people are called below it."""
    said = joined([_HEADLINES[shown.standing], *_called(shown, members_of(people))], _BLANK)
    text = joined([_HEADLINES[shown.standing], words(shown.title), _issue(shown.issue)], _BLANK)
    return Message(text=str(text), blocks=({"type": "section", "text": _mrkdwn(said)},))


def handed_over(handover: Handover, *, by: str, url: str, people: Sequence[Person]) -> Message:
    """Who is on duty from now on, and who no more. Whoever takes over, or is relieved by another, is mentioned."""
    members, duty = members_of(people), handover.now
    relieved = [login for login in handover.relieved if login.casefold() != by.casefold()]
    told = {login.casefold() for login in (*handover.taking_over, *relieved)}

    def person(login: str) -> Mrkdwn:
        return _person(login, members if login.casefold() in told else {})

    pair = fill(
        "🔁 *On duty now:* {primary} as primary, {secondary} as secondary.",
        primary=person(duty.primary),
        secondary=person(duty.secondary),
    )
    off = joined([person(login) for login in relieved if not duty.rank(login)], literal(", "))
    if off:
        pair = joined([pair, fill("Off duty now: {who}.", who=off)], _BLANK)
    where = page(url, literal("on this ticket"))
    said = fill("{who} said so {where}.", who=name(by), where=where) if is_address(url) else NOTHING
    blocks: list[dict[str, Any]] = [{"type": "section", "text": _mrkdwn(joined([pair, said], _BLANK))}]
    notes = [_mrkdwn(sentence(note, 500)) for note in duty.notes[:_MOST_NOTES]]
    if notes:
        blocks.append({"type": "context", "elements": notes})
    return Message(text=str(pair), blocks=tuple(blocks))


def refused(why: str) -> Mrkdwn:
    """To the one who pressed a button, alone: why nothing was done, and what to do instead."""
    return joined([literal("That was not done."), sentence(why)], _BLANK)


def members_of(people: Sequence[Person]) -> Mapping[str, str]:
    """The member ids by logins in small letters."""
    return {person.login.casefold(): person.slack for person in people if person.slack}


def _called(shown: Shown, members: Mapping[str, str]) -> Iterator[Mrkdwn]:
    """Who is called, and what to."""
    if shown.called:
        yield joined([_person(who, members) for who in shown.called], _BLANK)
    yield _what_it_is(shown)
    if shown.decided_by and shown.standing is not Standing.CLOSED:
        who, why = name(shown.decided_by), words(shown.decided_because)
        yield fill("Decided by {who}: “{why}”", who=who, why=why) if why else fill("Decided by {who}.", who=who)


def _said(shown: Shown, members: Mapping[str, str]) -> Iterator[Mrkdwn]:
    yield from _called(shown, members)
    if shown.acknowledged is not None:
        who, until = name(shown.acknowledged.by), _instant(shown.acknowledged.expires)
        yield fill("👀 *Acknowledged* by {who}, until {at}.", who=who, at=until)
    if shown.regressions:
        times = _count(shown.regressions, "time", "times")
        yield fill("🔁 *It came back* after it was closed ({times}).", times=times)
    if shown.issue is None and shown.standing is not Standing.CLOSED:
        yield literal("Its ticket can't be opened yet: GitHub does not take it at the moment.")


def _what_it_is(shown: Shown) -> Mrkdwn:
    if shown.standing is Standing.SILENCED:
        return _silenced(shown.silence)
    if shown.standing is not Standing.CLOSED:
        return _SAYS[shown.standing]
    by = fill("by {who}", who=name(shown.closed_by)) if shown.closed_by else NOTHING
    at = fill("on {at}", at=_instant(shown.closed_at)) if shown.closed_at is not None else NOTHING
    return fill("{all}.", all=joined([_CLOSED_AS.get(shown.closed_as, _CLOSED), by, at], _BLANK))


def _silenced(silence: Silence | None) -> Mrkdwn:
    if silence is None:
        return literal("*Silenced* at its sender.")
    until = literal("until one of its conditions is met")
    if silence.until is not None:
        until = fill("until {at}", at=_instant(silence.until))
    return fill(
        "*Silenced* {until} by {who}: {reason}", until=until, who=name(silence.by), reason=words(silence.reason)
    )


def _facts(shown: Shown) -> Iterator[dict[str, Any]]:
    """What Slack shows in two columns; ten at most."""
    if shown.occurrences:
        users = "" if shown.users is None else f", {shown.users:,} user{'' if shown.users == 1 else 's'}"
        times = f"{shown.occurrences:,} occurrence{'' if shown.occurrences == 1 else 's'}"
        seen = "" if shown.last_seen is None else f", last seen {_time(shown.last_seen)}"
        yield _plain(plain(f"{times}{users}{seen}", LONGEST_FIELD))
    where = " · ".join(text for text in (shown.app, shown.environment) if text)
    if where:
        yield _plain(plain(where, LONGEST_FIELD))
    if shown.owner:
        yield _plain(plain(f"Who answers: {shown.owner}", LONGEST_FIELD))


def _button(verb: Verb, number: int) -> dict[str, Any]:
    button: dict[str, Any] = {
        "type": "button",
        "action_id": verb.value,
        "value": str(number),
        "text": _plain(_LABELS[verb]),
    }
    if verb is Verb.SEVERE:
        button["style"] = "danger"
        button["confirm"] = {
            "title": _plain(literal("Is it severe?")),
            "text": _plain(literal("Everybody whom the procedure names is called at once, day or night.")),
            "confirm": _plain(literal("Call them")),
            "deny": _plain(literal("Not yet")),
            "style": "danger",
        }
    return button


def _issue(issue: IssueRef | None) -> Mrkdwn:
    if issue is None:
        return NOTHING
    return page(issue.url, words(f"{issue.repository.name}#{issue.number}"))


def _person(who: str, members: Mapping[str, str]) -> Mrkdwn:
    if not who:
        return literal("nobody")
    member = members.get(who.casefold())
    return name(who) if member is None else mention(member)


def _plain(text: Mrkdwn) -> dict[str, Any]:
    return {"type": "plain_text", "text": str(text), "emoji": False}


def _mrkdwn(text: Mrkdwn) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": str(text), "verbatim": True}


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _instant(at: datetime) -> Mrkdwn:
    return words(_time(at))


def _count(number: int, one: str, many: str) -> Mrkdwn:
    return words(f"{number:,} {one if number == 1 else many}")
