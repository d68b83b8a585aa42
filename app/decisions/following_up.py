"""Following up a post-mortem: what its issue still waits for, and who hears of it today.

| an open item's day                       | its owners hear of it                                              |
|------------------------------------------|--------------------------------------------------------------------|
| is more than two business days away      | no                                                                 |
| is two business days away, or less       | once                                                               |
| is today                                 | once                                                               |
| has gone by                              | on the next business day, then every seven days                    |
| has gone by, for the second time and on  | so does the tech lead                                              |

| the post-mortem                          | its keepers hear                                                   |
|------------------------------------------|--------------------------------------------------------------------|
| has empty sections                       | which, every so many business days (`remind_after`)                |
| has an item without a day or an owner,   | which, as often                                                    |
| or more items than are followed up       |                                                                    |
| has no empty section any more            | nothing; the squad's audience is asked for feedback, once, by a day|

| feedback is asked for by a day                     | each of the audience's people who never commented        |
|----------------------------------------------------|----------------------------------------------------------|
| which is tomorrow, on business days                | hears of it                                              |
| which is today                                     | hears of it                                              |
| else; or a section is empty again                  | does not                                                 |

| what an open item links                  | is                                                                 |
|------------------------------------------|--------------------------------------------------------------------|
| is done (`decisions/finishing.py`)       | ticked, saying so, once: whoever unticks it knows better; in a     |
|                                          | post-mortem closed within a week, too                              |
| was given up                             | said, once, while the post-mortem is open                          |

| it was closed as completed               | what is done                                                       |
|------------------------------------------|--------------------------------------------------------------------|
| with all items ticked, or done           | nothing                                                            |
| with a person's word, from an hour       | nothing: that is the word why                                      |
| before on, and after the last edit of    |                                                                    |
| the text that came before the closing    |                                                                    |
| otherwise, for the first time            | it is opened again, saying so                                      |
| once more, or as not planned             | nothing                                                            |

The App opens it again at once where an item that links nothing is open (`flows/early_closing.py`).

Rules: on business days only; two days before is two business days before, so that nobody hears of a Monday on a
Saturday. Whoever has heard is named and not mentioned again. A second run on the same day has nothing to say, but of
items that one comment had no room for. A comment
of commands alone is no word. The App asks for feedback as soon as no section is empty (`flows/feedback.py`); whoever
asked first said the day, and the other one keeps to it. Of a team nobody knows who owes what, so it is not reminded.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from app.decisions.business_time import Calendar
from app.domain.facts import Fact
from app.domain.following_up import MOST_TOLD, ActionItem, Followed, FollowUp, Paper, Post, Stage, Told
from app.domain.links import Ending

SOON: Final = 2
"""Business days before its day on which an item's owners hear of it."""
WEEKLY: Final = timedelta(days=7)
CLOSING_HOUR: Final = timedelta(hours=1)
REOPENED_WITHIN: Final = timedelta(days=7)
"""What was closed longer ago stays closed."""
_LEAD_HEARS: Final = 2


class Rules(Fact, frozen=True, kw_only=True):
    """From the squad's file, in business days."""

    remind_after: int
    feedback: int
    audience: tuple[str, ...] = ()


def decide(post: Post, rules: Rules, *, calendar: Calendar, zone: ZoneInfo, now: datetime) -> FollowUp | None:
    """What is said now; None: nothing. See the module's tables."""
    today, memory = now.astimezone(zone).date(), post.memory
    days = _Days(calendar, zone)
    if post.locked or not days.between(today, today + timedelta(days=1)):
        return None
    finished, given_up = _ended(post)
    post = msgspec.structs.replace(post, paper=_with_ticks(post.paper, frozenset(item.key for item, _ in finished)))
    if not post.open:
        return _closed(post, finished, now)
    told, followed, read = _items(post, days, today)
    unclear = tuple(item for item in post.paper.to_do if not item.owners or (item.due is None and item.weekday is None))
    hear_empty = bool(post.paper.empty) and days.over(memory.empty_on, today, rules.remind_after)
    hear_unclear = (bool(unclear) or post.paper.beyond > 0) and days.over(memory.unclear_on, today, rules.remind_after)
    asks = not post.paper.empty and memory.feedback_by is None
    feedback_by = memory.feedback_by
    if asks:
        feedback_by = feedback_day(rules.feedback, calendar, now)
    owing = _owing(post, rules, days, today) if not asks else ()
    said = hear_empty or hear_unclear or asks or owing or read or finished or given_up
    if not said and not any(each.who for each in told):
        return None
    return FollowUp(
        issue=post.issue,
        keepers=post.keepers if hear_empty or hear_unclear else (),
        told=told,
        read=read,
        unclear=unclear,
        beyond=post.paper.beyond,
        empty=post.paper.empty,
        audience=rules.audience if asks else None,
        owing=owing,
        feedback_by=feedback_by if feedback_by is not None and feedback_by >= today else None,
        finished=finished,
        given_up=given_up,
        memory=msgspec.structs.replace(
            memory,
            items=followed,
            unclear_on=today if hear_unclear else memory.unclear_on,
            empty_on=today if hear_empty else memory.empty_on,
            feedback_by=feedback_by,
            feedback_on=today if asks else memory.feedback_on,
            owing_on=today if owing or asks else memory.owing_on,
            given_up=(*memory.given_up, *(item.key for item, _ in given_up)),
            ticked=(*memory.ticked, *(item.key for item, _ in finished)),
        ),
        replaces=post.comment,
    )


def feedback_day(business_days: int, calendar: Calendar, now: datetime) -> date:
    """Until when feedback is asked for, if it is asked for now."""
    return calendar.later(now, business_days * calendar.day).astimezone(calendar.zone).date()


def _owing(post: Post, rules: Rules, days: _Days, today: date) -> tuple[str, ...]:
    """Who hears now that their feedback is missing; see the module's table."""
    by = post.memory.feedback_by
    if (
        by is None
        or post.paper.empty
        or not today <= by
        or days.between(today, by) > 1
        or post.memory.owing_on == today
    ):
        return ()
    gave = {login.casefold() for login in (*post.commenters, *post.keepers)}
    return tuple(who for who in rules.audience if "/" not in who and who.casefold() not in gave)


def _ended(post: Post) -> tuple[tuple[tuple[ActionItem, Ending], ...], tuple[tuple[ActionItem, Ending], ...]]:
    """The items that are done by what they link, and those of which it was given up; neither that was said before."""
    ends = {ending.key: ending for ending in post.endings}
    ended = [(item, ends[item.key]) for item in post.paper.to_do if item.key in ends]
    return (
        tuple((item, ending) for item, ending in ended if ending.done and item.key not in post.memory.ticked),
        tuple((item, ending) for item, ending in ended if not ending.done and item.key not in post.memory.given_up),
    )


def _with_ticks(paper: Paper, keys: frozenset[str]) -> Paper:
    items = (msgspec.structs.replace(item, done=item.done or item.key in keys) for item in paper.items)
    return msgspec.structs.replace(paper, items=tuple(items))


def _closed(post: Post, finished: tuple[tuple[ActionItem, Ending], ...], now: datetime) -> FollowUp | None:
    """See the module's third and fourth tables."""
    closed, to_do = post.closed_at, len(post.paper.to_do) + post.paper.beyond
    if closed is None or closed < now - REOPENED_WITHIN:
        return None
    silent = not said_why(closed, post.said_at, post.edited_at)
    opens = to_do > 0 and post.reason == "completed" and not post.memory.reopened and silent
    if not opens and not finished:
        return None
    return FollowUp(
        issue=post.issue,
        keepers=post.keepers if opens else (),
        finished=finished,
        reopens=to_do if opens else 0,
        memory=msgspec.structs.replace(
            post.memory,
            reopened=post.memory.reopened or opens,
            ticked=(*post.memory.ticked, *(item.key for item, _ in finished)),
        ),
        replaces=post.comment,
    )


def said_why(closed: datetime, said_at: datetime | None, edited_at: datetime | None) -> bool:
    """Whether a person's latest word says why it was closed then; an edit after the closing takes no word away."""
    edited = edited_at if edited_at is not None and edited_at <= closed else None
    return said_at is not None and said_at >= max(closed - CLOSING_HOUR, edited or closed - CLOSING_HOUR)


class _Days:
    """Business days between days of the squad's calendar."""

    def __init__(self, calendar: Calendar, zone: ZoneInfo) -> None:
        self._calendar = calendar
        self._zone = zone

    def between(self, since: date, until: date) -> int:
        """Business days from the one day up to the other, which does not count."""
        return round(self._calendar.between(self._midnight(since), self._midnight(until)) / self._calendar.day)

    def over(self, last: date | None, today: date, days: int) -> bool:
        """Whether so many business days have gone by."""
        return last is None or self.between(last, today) >= days

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self._zone).astimezone(UTC)


def _items(
    post: Post, days: _Days, today: date
) -> tuple[tuple[Told, ...], tuple[Followed, ...], tuple[tuple[ActionItem, date], ...]]:
    """What is told of the items, what is remembered of them, and the weekdays that were read for the first time."""
    known = {each.key: each for each in post.memory.items}
    told: dict[str, Told] = {}
    followed: dict[str, Followed] = {}
    read: dict[str, tuple[ActionItem, date]] = {}
    heard = 0
    for item in post.paper.to_do:
        before = known.get(item.key)
        due = before.due if before is not None else item.due
        if due is None and item.weekday is not None:
            due = today + timedelta(days=(item.weekday - today.weekday()) % 7)
            read[item.key] = (item, due)
        if due is None:
            continue
        last = before or Followed(key=item.key, due=due)
        stage = _stage(due, days, today)
        hears = stage is not None and heard < MOST_TOLD and _hears(last, stage, today)
        heard += hears
        times = last.times + (hears and stage is Stage.OVERDUE)
        if stage is not None:
            lead = (post.lead,) if post.lead and stage is Stage.OVERDUE and times >= _LEAD_HEARS else ()
            who = tuple(dict.fromkeys((*(item.owners or post.keepers), *lead))) if hears else ()
            told[item.key] = Told(item=item, due=due, stage=stage, who=who, times=times)
        followed[item.key] = Followed(key=item.key, due=due, stage=stage, on=today, times=times) if hears else last
    return tuple(told.values()), tuple(followed.values()), tuple(read.values())


def _stage(due: date, days: _Days, today: date) -> Stage | None:
    if due < today:
        return Stage.OVERDUE
    if due == today:
        return Stage.TODAY
    return Stage.SOON if days.between(today, due) <= SOON else None


def _hears(last: Followed, stage: Stage, today: date) -> bool:
    if last.stage is not stage or last.on is None:
        return True
    return stage is Stage.OVERDUE and last.on + WEEKLY <= today
