"""Nagging: read all open tickets, decide about each, then remind, the worst first. GitHub alone is read and written.

| the job finds                            | what it does |
|------------------------------------------|----------------------------------------------------------------------------|
| a squad's file with faults               | nothing at all: UserError names them |
| no time left, or GitHub out of reach     | what was done stays; what is left is told, and the next run does it |
| a ticket that takes no comment, or is    | it is told, and the others are gone on with |
| gone meanwhile                           | |

Rules: reads grow with pages of a hundred tickets; a reminder is one call. The reminders of the last hour, whoever made
them, count against GitHub's limits, for the run that made them may have ended a minute ago. A second run finds the
reminders and only reads. Nothing of an issue's text is acted on but the App's own hidden state in it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Protocol, assert_never

from app.decisions import nagging
from app.decisions.business_time import Calendar
from app.domain.alerts import Impact
from app.domain.errors import InDoubtError, InvalidError, LaterError, UnavailableError
from app.domain.issues import CommentRef, IssueRef, Repository
from app.domain.listed import Listed
from app.domain.nagging import Answered, CloseStale, Left, Nagged, Nagging, Remind
from app.domain.squad import Squad
from app.flows.pacing import OutOfTimeError, Pace
from app.flows.reading import Reading
from app.texts import nags
from app.texts.body import state_in
from app.texts.markdown import Markdown

_COUNTED: Final = timedelta(hours=1)
"""GitHub's longest window."""
_FIRST: Final = (Impact.SEVERE, None, Impact.UNSURE, Impact.ANNOYING)
"""The order in which people are reminded, should time or GitHub's limits not suffice for all."""


class Reminders(Protocol):
    """Reminders on issues, one call each."""

    async def remind(
        self, issue: IssueRef, text: Markdown, *, replaces: CommentRef | None, label: str
    ) -> CommentRef: ...
    async def answered(self, issue: IssueRef, comment: CommentRef | None, *, label: str) -> None: ...
    async def close(self, issue: IssueRef, text: Markdown) -> None: ...


class Nag:
    """See the module's rules. `label` makes the label of stale tickets, once, and tells its node id; `made` is told
    when a reminder was made before."""

    def __init__(
        self,
        reading: Reading,
        reminders: Reminders,
        pace: Pace,
        *,
        label: Callable[[], Awaitable[str]],
        made: Callable[[datetime], None],
        now: Callable[[], datetime],
        tell: Callable[[str], None],
    ) -> None:
        self._reading = reading
        self._reminders = reminders
        self._pace = pace
        self._label = label
        self._made = made
        self._now = now
        self._tell = tell

    async def run(
        self, repository: Repository, ticket_label: str, squad: Squad, duty: tuple[str, str], *, dry_run: bool
    ) -> Nagged:
        """Remind of what is stale. Raises what GitHub raises where the tickets can't be read to the end."""
        rules, calendar = rules_of(squad), Calendar(squad)
        seen = unmarked = 0
        plans: list[Nagging] = []
        async for page in self._reading.pages(repository, ticket_label):
            for listed in page:
                known = known_of(listed)
                reminder = next((it for it in map(nags.reminder_in, reversed(listed.remarks)) if it is not None), None)
                plan = nagging.decide(
                    listed, known or nagging.Known(), reminder, rules, duty=duty, calendar=calendar, now=self._now()
                )
                if reminder is not None and reminder.at > self._now() - _COUNTED:
                    self._made(reminder.at)
                seen, unmarked = seen + 1, unmarked + (known is None)
                if plan is not None:
                    plans.append(plan)
            self._tell(f"{seen:,} tickets read, {len(plans):,} to do something about")
        plans.sort(key=_rank)
        done, left = ([], [Left(what=plan, why="a dry run") for plan in plans]) if dry_run else await self._do(plans)
        return Nagged(
            seen=seen,
            unmarked=unmarked,
            reminded=tuple(it for it in done if isinstance(it, Remind)),
            answered=tuple(it for it in done if isinstance(it, Answered)),
            closed=tuple(it for it in done if isinstance(it, CloseStale)),
            left=tuple(left),
        )

    async def _do(self, plans: list[Nagging]) -> tuple[list[Nagging], list[Left]]:
        done: list[Nagging] = []
        left: list[Left] = []
        if not plans:
            return done, left
        label = await self._pace(self._label)
        for nth, plan in enumerate(plans, start=1):
            try:
                await self._act(plan, label)
            except OutOfTimeError as error:
                left += [Left(what=rest, why=str(error)) for rest in plans[nth - 1 :]]
                break
            except (InDoubtError, InvalidError, LaterError, UnavailableError) as error:
                left.append(Left(what=plan, why=str(error)))
            else:
                done.append(plan)
            if nth % 25 == 0:
                self._tell(f"{nth:,} of {len(plans):,} done")
        return done, left

    async def _act(self, plan: Nagging, label: str) -> None:
        match plan:
            case Remind():
                text = nags.reminder(plan)
                await self._pace(lambda: self._reminders.remind(plan.issue, text, replaces=plan.replaces, label=label))
            case Answered():
                await self._pace(lambda: self._reminders.answered(plan.issue, plan.comment, label=label))
            case CloseStale():
                text = nags.closing(plan)
                await self._pace(lambda: self._reminders.close(plan.issue, text))
            case _:  # pragma: no cover
                assert_never(plan)


def known_of(listed: Listed) -> nagging.Known | None:
    """What the App wrote into the body; None where it wrote nothing, or that is damaged."""
    state = state_in(listed.body)
    if state is None:
        return None
    return nagging.Known(
        impact=state.impact,
        owners=state.owners,
        silenced=bool(state.silenced or state.silenced_by),
        acknowledged_until=state.acknowledged_until,
        asked=state.asked,
        people_at=state.people_at,
        opened_at=state.opened_at,
    )


def rules_of(squad: Squad) -> nagging.Rules:
    """How patient the squad is, from its file."""
    nag = squad.nag
    return nagging.Rules(
        severe=nag.severe.days,
        undecided=nag.undecided.days,
        unsure=nag.unsure.days,
        annoying=nag.annoying.days,
        close_annoying=nag.close_annoying.days if nag.close_annoying is not None else None,
        keep=nag.keep,
    )


def _rank(plan: Nagging) -> tuple[int, int]:
    """The worst first, then whoever waits longest; what is only tidied up comes last."""
    match plan:
        case Remind():
            return _FIRST.index(plan.impact), int(plan.since.timestamp())
        case Answered() | CloseStale():
            return len(_FIRST), plan.issue.number
        case _:  # pragma: no cover
            assert_never(plan)
