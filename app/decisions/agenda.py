"""What is talked of after standup.

| a post-mortem                                        | is on the agenda                                             |
|------------------------------------------------------|--------------------------------------------------------------|
| that is closed                                       | no                                                           |
| whose action items were discussed                    | no                                                           |
| that has neither an action item nor all its sections | no: there is nothing to discuss yet                          |
| else                                                 | every business day, with its open and its overdue items      |

Rules: an item of the pair on duty that is overdue is listed whether its post-mortem was discussed or not. A weekday
stands for the day that the job `post_mortems` read it for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from app.domain.following_up import ActionItem, Post
from app.domain.standup import Agenda, Case, Overdue, Topic


def agenda(cases: Iterable[Case], pair: Sequence[str], today: date) -> Agenda:
    """The oldest post-mortem first, and of the pair's items the one that is overdue for the longest time."""
    open_ones = sorted((case for case in cases if case.post.open), key=lambda case: case.post.issue.number)
    mine = {login.casefold() for login in pair}
    overdue = [
        Overdue(issue=case.post.issue, item=item, due=due)
        for case in open_ones
        for item, due in to_do(case.post)
        if due is not None and due < today and mine & {owner.casefold() for owner in item.owners}
    ]
    return Agenda(
        topics=tuple(_topic(case, today) for case in open_ones if _is_to_discuss(case.post)),
        overdue=tuple(sorted(overdue, key=lambda it: (it.due, it.issue.number))),
    )


def to_do(post: Post) -> tuple[tuple[ActionItem, date | None], ...]:
    """Its items that are neither ticked nor done by what they link, each with its day."""
    done = {ending.key for ending in post.endings if ending.done}
    known = {each.key: each.due for each in post.memory.items}
    return tuple((item, known.get(item.key, item.due)) for item in post.paper.to_do if item.key not in done)


def _is_to_discuss(post: Post) -> bool:
    return not post.paper.discussed and bool(post.paper.items or not post.paper.empty)


def _topic(case: Case, today: date) -> Topic:
    left = to_do(case.post)
    return Topic(
        issue=case.post.issue,
        title=case.title,
        items=len(case.post.paper.items),
        open=len(left),
        overdue=sum(due is not None and due < today for _, due in left),
    )
