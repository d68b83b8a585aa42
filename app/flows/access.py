"""New squad members' checklists: look at each, tick what is seen, remind of the rest. GitHub keeps all there is.

| between the look and the write a person …  | what becomes of it                                                      |
|--------------------------------------------|-------------------------------------------------------------------------|
| edited the body                            | it is read again just before it is written, and decided upon once more  |
| edits it after that                        | `flows/ticking.py` says                                                 |

Rules: of the body only the characters between brackets are written, and only to tick them. A second run finds the
comment and only reads. Who edits a checklist is its author or somebody of the repository: they may tick what they
like, as with any list on GitHub.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Protocol, assert_never

import msgspec

from app.decisions import granting
from app.decisions.business_time import Calendar
from app.domain.access import LABEL, AccessRun, AccessStep, Finish, RemindOfAccess, Tell, Undone
from app.domain.errors import InDoubtError, InvalidError, LaterError, UnavailableError
from app.domain.issues import CommentRef, IssueRef, IssueSeen, Repository
from app.domain.listed import Listed
from app.domain.squad import Squad
from app.flows.access_sights import Sights
from app.flows.pacing import Pace
from app.flows.reading import Reading
from app.flows.ticking import restored
from app.intake import access_form
from app.texts import access
from app.texts.body import ticked
from app.texts.drafts import Said
from app.texts.markdown import Markdown


class Issues(Protocol):
    """An issue as it is now, to the letter."""

    async def read(self, issue: IssueRef) -> IssueSeen: ...


class Checklists(Protocol):
    """A comment and the body, written together; both tell what stood in the body before."""

    async def say(
        self, issue: IssueRef, text: Markdown, *, replaces: CommentRef | None, body: Markdown | None, close: bool
    ) -> Said: ...
    async def edit(self, issue: IssueRef, comment: CommentRef, text: Markdown, *, body: Markdown | None) -> Said: ...


class Access:
    """See the module's rules. `lead` is who answers for what nobody owns, by the map."""

    def __init__(
        self,
        reading: Reading,
        issues: Issues,
        checklists: Checklists,
        sights: Sights,
        pace: Pace,
        *,
        lead: str,
        now: Callable[[], datetime],
        tell: Callable[[str], None],
    ) -> None:
        self._reading = reading
        self._issues = issues
        self._checklists = checklists
        self._sights = sights
        self._pace = pace
        self._lead = lead
        self._now = now
        self._tell = tell

    async def run(self, repository: Repository, squad: Squad, *, days: int, dry_run: bool) -> AccessRun:
        """One run. Raises what GitHub raises where the issues can't be read to the end."""
        calendar = Calendar(squad)
        seen = 0
        steps: list[AccessStep] = []
        unread: list[IssueRef] = []
        left: list[Undone] = []
        async for page in self._reading.pages(repository, LABEL):
            for listed in page:
                seen += 1
                try:
                    case = await self._looked_at(listed, days)
                    if not case.checklist.boxes:
                        unread.append(listed.ref)
                        continue
                    step = granting.decide(listed, case, calendar=calendar, now=self._now())
                    if step is not None and not dry_run:
                        step = await self._done(listed, case, calendar)
                except (InDoubtError, InvalidError, LaterError, UnavailableError) as error:
                    left.append(Undone(issue=listed.ref, why=str(error)))
                    continue
                if step is not None:
                    steps.append(step)
            self._tell(f"{seen:,} checklists looked at")
        return AccessRun(
            seen=seen, steps=tuple(steps), unread=tuple(unread), blind=tuple(self._sights.blind), left=tuple(left)
        )

    async def _looked_at(self, listed: Listed, days: int) -> granting.Case:
        checklist = access_form.read(listed.body)
        person = granting.person_of(listed, checklist, self._sights.known)
        return granting.Case(
            checklist=checklist,
            sights=await self._sights.of(person) if checklist.boxes else {},
            rolling=next((it for it in map(access.rolling_in, reversed(listed.remarks)) if it is not None), None),
            person=person,
            lead=self._lead,
            days=days,
        )

    async def _done(self, listed: Listed, case: granting.Case, calendar: Calendar) -> AccessStep | None:
        """Decided once more by the body of this moment, and done."""
        fresh = await self._pace(lambda: self._issues.read(listed.ref))
        if not fresh.open:
            return None
        case = msgspec.structs.replace(case, checklist=access_form.read(fresh.body))
        step = granting.decide(listed, case, calendar=calendar, now=self._now())
        if step is None:
            return None
        wish = _wish(fresh.body, step)
        said = await self._pace(lambda: self._written(step, wish))
        if wish is not None:
            await restored(
                said,
                fresh.body,
                wish,
                anew=lambda theirs: _wish(theirs, step) or ticked(theirs, ()),
                write=partial(self._again, step),
            )
        return step

    async def _again(self, step: AccessStep, said: Said, body: Markdown) -> Said:
        again = partial(self._checklists.edit, step.issue, said.comment, access.comment(step), body=body)
        return await self._pace(again)

    async def _written(self, step: AccessStep, body: Markdown | None) -> Said:
        text = access.comment(step)
        match step:
            case Tell():
                if step.comment is not None:
                    return await self._checklists.edit(step.issue, step.comment, text, body=body)
                return await self._checklists.say(step.issue, text, replaces=None, body=body, close=False)
            case RemindOfAccess():
                return await self._checklists.say(step.issue, text, replaces=step.comment, body=body, close=False)
            case Finish():
                return await self._checklists.say(step.issue, text, replaces=step.comment, body=body, close=True)
            case _:  # pragma: no cover
                assert_never(step)


def _wish(body: str, step: AccessStep) -> Markdown | None:
    """The body with the step's ticks; None where there is nothing to tick."""
    places = [box.at for box in access_form.read(body).boxes if box.item in step.ticks and not box.ticked]
    return ticked(body, places) if places else None
