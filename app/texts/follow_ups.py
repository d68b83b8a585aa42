"""The comment that follows up a post-mortem, and what a run of its job tells.

Rules: a line mentions whoever hears of it now; whoever has heard stands there as code. What people wrote
stands there as words. The comment carries a hidden memory, which the next run reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, assert_never

import msgspec

from app.domain.following_up import MOST_TOLD, ActionItem, FollowedUp, FollowUp, Memory, Stage, Told
from app.domain.links import Ending
from app.domain.listed import Remark
from app.domain.triage import MOST_MENTIONS
from app.texts.figures import count
from app.texts.markdown import (
    BLANK,
    BLANK_LINE,
    COMMA,
    LINE,
    NOTHING,
    Markdown,
    code,
    fill,
    hidden,
    issue_link,
    joined,
    literal,
    marker,
    mention,
    reference,
    sentence,
    words,
)

_LONGEST_ITEM: Final = 200
_MOST: Final = 50
_MEMORY: Final = re.compile(r"^<!-- prod-squad:v1:follow-up=(\{.*\}) -->\r?$", re.MULTILINE)
_EMPTY: Final = literal("Where there is nothing to say, say so in a sentence.")
_UNCLEAR: Final = literal("Write each as `- [ ] @login by 2026-12-04: what is done`.")
_FINISHED: Final = literal("**Ticked,** for what they link is merged, or closed as completed:")
_GIVEN_UP: Final = literal("**Not ticked,** for what they link was closed without it:")
_INSTEAD: Final = literal("Link what does it instead, or tick it by hand.")
_OPENED_AGAIN: Final = hidden("opened-again", "1")
_TICK: Final = literal("Tick an item in the text above when it is done.")


def comment(follow_up: FollowUp) -> Markdown:
    """The whole comment."""
    mark = hidden("follow-up", msgspec.json.encode(follow_up.memory).decode())
    return joined([*_parts(follow_up), mark], BLANK_LINE)


def opened_again(items: int, operation: str) -> Markdown:
    """To whoever closed a post-mortem with so many items open and said nothing; GitHub tells them of the comment."""
    return joined([joined([literal("↩️"), _closed_early(items)], BLANK), _OPENED_AGAIN, marker(operation)], BLANK_LINE)


def was_opened_again(remark: Remark) -> bool:
    """Whether the comment says that it was closed too early: so does the App's, and so does the job's memory."""
    memory = memory_in(remark)
    return (memory is not None and memory.reopened) or str(_OPENED_AGAIN) in remark.text


def _closed_early(items: int) -> Markdown:
    return fill(
        "This was closed with {n} open, and nobody said why, so it is open again. Tick what is done, or say in a "
        "comment why the rest is not, and close it: it is not opened a second time.",
        n=count(items, "action item", "action items"),
    )


def memory_in(remark: Remark) -> Memory | None:
    """What a bot's comment remembers; None where it is none of ours, or damaged."""
    found = _MEMORY.search(remark.text)
    if found is None:
        return None
    try:
        return msgspec.json.decode(found[1], type=Memory)
    except msgspec.DecodeError:
        return None


def _parts(follow_up: FollowUp) -> Iterator[Markdown]:
    keepers = _mentions(follow_up.keepers)
    if follow_up.reopens:
        yield joined([keepers, _closed_early(follow_up.reopens)], BLANK)
    yield _ended(_FINISHED, follow_up.finished, NOTHING)
    yield _ended(_GIVEN_UP, follow_up.given_up, _INSTEAD)
    if follow_up.reopens:
        return
    if follow_up.told:
        shown = follow_up.told
        if len(shown) > MOST_TOLD:
            shown = tuple(sorted(shown, key=lambda each: not each.who)[:MOST_TOLD])
        lines = [_told(each) for each in shown]
        yield joined([literal("**Action items**"), joined(lines, LINE), _TICK], BLANK_LINE)
    if follow_up.empty:
        named = joined([words(str(section)) for section in follow_up.empty], COMMA)
        yield joined([keepers, fill("**Not written yet:** {sections}.", sections=named), _EMPTY], BLANK)
    if follow_up.unclear:
        lines = [fill("- {item}", item=words(item.text, _LONGEST_ITEM)) for item in follow_up.unclear[:_MOST]]
        who = keepers if not follow_up.empty else NOTHING
        head = joined([who, literal("**Without a day or somebody who does it:**")], BLANK)
        yield joined([head, joined(lines, LINE), _UNCLEAR], BLANK_LINE)
    yield _beyond(follow_up, keepers)
    if follow_up.read:
        yield joined(
            [
                fill("- “{item}” is read as due on {day}.", item=words(item.text, _LONGEST_ITEM), day=_day(due))
                for item, due in follow_up.read[:_MOST]
            ],
            LINE,
        )
    if follow_up.feedback_by is not None:
        asked = _mentions(follow_up.audience or ())
        yield joined(
            [
                asked,
                fill(
                    "**Feedback is open until {day}:** say in a comment what is missing or wrong.",
                    day=_day(follow_up.feedback_by),
                ),
            ],
            BLANK,
        )
    if follow_up.owing:
        yield fill(
            "{who} You have not said anything yet: where there is nothing to add, say that.",
            who=_mentions(follow_up.owing),
        )


def _beyond(follow_up: FollowUp, keepers: Markdown) -> Markdown:
    if not follow_up.beyond:
        return NOTHING
    said = fill(
        "**{n} not followed up:** the list is too long. Give them a post-mortem or an issue of their own.",
        n=count(follow_up.beyond, "more open action item is", "more open action items are"),
    )
    return joined([keepers if not follow_up.empty and not follow_up.unclear else NOTHING, said], BLANK)


def _ended(head: Markdown, items: Sequence[tuple[ActionItem, Ending]], more: Markdown) -> Markdown:
    if not items:
        return NOTHING
    lines = [
        fill(
            "- “{item}”: {links}.",
            item=words(item.text, _LONGEST_ITEM),
            links=joined([reference(url) for url in ending.urls], COMMA),
        )
        for item, ending in items[:_MOST]
    ]
    return joined([head, joined(lines, LINE), more], BLANK_LINE)


def _told(told: Told) -> Markdown:
    who = _mentions(told.who) or joined([code(f"@{name}") for name in told.item.owners], BLANK)
    how = _due(told.stage, _day(told.due))
    again = fill("(reminder {n})", n=words(str(told.times))) if told.times > 1 else NOTHING
    return joined([fill("- {who}", who=who), words(f"“{told.item.text[:_LONGEST_ITEM]}”"), how, again], BLANK)


def _due(stage: Stage, day: Markdown) -> Markdown:
    match stage:
        case Stage.SOON:
            return fill("is due on {day}.", day=day)
        case Stage.TODAY:
            return fill("is due **today**, {day}.", day=day)
        case Stage.OVERDUE:
            return fill("was due on {day} and is **overdue**.", day=day)
        case _:  # pragma: no cover
            assert_never(stage)


def _mentions(people: Sequence[str]) -> Markdown:
    return joined([mention(who) for who in people[:MOST_MENTIONS]], BLANK)


def _day(day: date) -> Markdown:
    return words(f"{day:%Y-%m-%d}")


def summary(came_to: FollowedUp, *, dry_run: bool) -> Markdown:
    """The run's summary; nobody is mentioned."""
    plans = tuple(left.what for left in came_to.left) if dry_run else came_to.done
    title = literal("## Post-mortems, a dry run: nothing was written") if dry_run else literal("## Post-mortems")
    head = fill(
        "**{n}** of {seen} followed up.",
        n=count(len(plans), "post-mortem", "post-mortems"),
        seen=count(came_to.seen, "that is open or was closed lately", "that are open or were closed lately"),
    )
    undone = NOTHING
    if came_to.left and not dry_run:
        lines = [
            fill("- {issue}: {why}", issue=issue_link(left.what.issue), why=sentence(left.why))
            for left in came_to.left[:_MOST]
        ]
        undone = joined([literal("**Left undone;** the next run does it:"), joined(lines, LINE)], BLANK_LINE)
    rows = [fill("- {issue}: {what}", issue=issue_link(plan.issue), what=_short(plan)) for plan in plans[:_MOST]]
    unseen = NOTHING
    if came_to.unseen:
        unseen = fill(
            "{n} in their action items can't be seen by this job, so those are ticked by people.",
            n=count(came_to.unseen, "link", "links"),
        )
    return joined([title, undone, head, joined(rows, LINE), unseen], BLANK_LINE)


def _short(plan: FollowUp) -> Markdown:
    overdue = sum(1 for told in plan.told if told.stage is Stage.OVERDUE)
    return joined(
        [
            fill("{n} open: opened again", n=count(plan.reopens, "item", "items")) if plan.reopens else NOTHING,
            fill("{n} near their day", n=count(len(plan.told) - overdue, "item", "items"))
            if len(plan.told) > overdue
            else NOTHING,
            fill("{n} overdue", n=count(overdue, "item", "items")) if overdue else NOTHING,
            fill("{n} unclear", n=count(len(plan.unclear), "item", "items")) if plan.unclear else NOTHING,
            fill("{n} empty", n=count(len(plan.empty), "section", "sections")) if plan.empty else NOTHING,
            fill("{n} done", n=count(len(plan.finished), "item", "items")) if plan.finished else NOTHING,
            fill("{n} given up", n=count(len(plan.given_up), "link", "links")) if plan.given_up else NOTHING,
            literal("feedback asked for") if plan.audience is not None else NOTHING,
            fill("feedback of {n} missing", n=count(len(plan.owing), "person", "people")) if plan.owing else NOTHING,
        ],
        COMMA,
    )
