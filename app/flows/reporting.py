"""Publishing reports: each is one issue for its period, found again by its hidden mark.

| for the report's period there is …       | what is done                                                              |
|------------------------------------------|---------------------------------------------------------------------------|
| no issue                                 | it is made, in one call, assigned to whom it is for                       |
| an open one that says the same, or whose | nothing                                                                   |
| kind is written once                     |                                                                           |
| an open one that says something else     | it is read once more, for people tick meanwhile, and written anew; what   |
|                                          | they ticked and wrote stays                                               |
| one that people closed                   | nothing: they are done with it                                            |
| several, for an answer was lost          | the oldest stands, the others are closed                                  |
| … and older ones of the kind are open    | they are closed, once the newer one is there                              |

Rules: a lost answer is never followed by a second try in the same run: the next run lists, and sees. One report that
fails stops no other. Who ticks between the reading and the writing of one second loses that tick; GitHub has no way to
write a body on a condition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from app.domain.errors import InDoubtError, InvalidError, LaterError, UnavailableError
from app.domain.issues import IssueRef, IssueSeen, Repository
from app.domain.reporting import Did, Kind, Mark, Outcome, Past
from app.domain.tickets import Around
from app.flows.pacing import OutOfTimeError, Pace
from app.flows.reading import Reading
from app.texts.body import merged, split
from app.texts.drafts import Change, Draft
from app.texts.markdown import Markdown
from app.texts.report_frame import Written, part, past, style, ticked_in

KEPT: Final = timedelta(days=100)
"""Reports that nobody touched for so long are not looked at."""
_HOUR: Final = timedelta(hours=1)


class Issues(Protocol):
    """Issues, one call each."""

    async def open(self, repository: Repository, draft: Draft, *, urgent: bool) -> IssueSeen: ...
    async def change(self, issue: IssueRef, change: Change, *, urgent: bool) -> IssueSeen: ...
    async def read(self, issue: IssueRef) -> IssueSeen: ...


Write = Callable[[frozenset[int]], Written]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A report that is wanted: `write` renders it with what is ticked. None: it stands, and is written once."""

    mark: Mark
    write: Write | None


class Desk:
    """See the module's rules. `made` is told when an issue was made within the last hour, by an earlier run."""

    def __init__(
        self,
        reading: Reading,
        issues: Issues,
        pace: Pace,
        *,
        made: Callable[[datetime], None],
        now: Callable[[], datetime],
        tell: Callable[[str], None],
    ) -> None:
        self._reading = reading
        self._issues = issues
        self._pace = pace
        self._made = made
        self._now = now
        self._tell = tell

    async def past(self, repository: Repository, kind: Kind) -> tuple[Past, ...]:
        """The kind's reports, oldest first."""
        found: list[Past] = []
        since = self._now() - KEPT
        async for page in self._reading.pages(repository, kind.label, states=("OPEN", "CLOSED"), since=since):
            found += [report for report in map(past, page) if report is not None and report.mark.kind is kind]
        for report in found:
            if report.made_at > self._now() - _HOUR:
                self._made(report.made_at)
        return tuple(found)

    async def publish(
        self, repository: Repository, wishes: Sequence[Wish], before: Sequence[Past], *, dry_run: bool
    ) -> tuple[list[Outcome], list[Written]]:
        """Each wished report, and what became of it."""
        outcomes: list[Outcome] = []
        texts: list[Written] = []
        for wish in wishes:
            same = [it for it in before if _whose(it.mark) == _whose(wish.mark) and it.mark.key == wish.mark.key]
            standing = same[0] if same else None
            if wish.write is None:
                outcome = _standing(wish.mark, standing)
            else:
                text = wish.write(ticked_in(standing.body) if standing is not None else frozenset())
                texts.append(text)
                outcome = await self._one(repository, wish.write, text, standing, dry_run=dry_run)
            outcomes.append(outcome)
            self._tell(f"{outcome.title}: {outcome.did}")
            if outcome.did is Did.LEFT:
                continue
            older = [it for it in before if it.open and _whose(it.mark) == _whose(wish.mark) and it is not standing]
            for report in older:
                outcomes.append(await self._close(report, dry_run=dry_run))
        return outcomes, texts

    async def _one(
        self, repository: Repository, write: Write, text: Written, standing: Past | None, *, dry_run: bool
    ) -> Outcome:
        issue = standing.issue if standing is not None else None
        if standing is not None and not standing.open:
            return Outcome(title=text.title, did=Did.DONE, issue=issue)
        if standing is not None and _same(standing.body, merged(split(standing.body), part(text))):
            return Outcome(title=text.title, did=Did.SAME, issue=issue)
        did = Did.MADE if standing is None else Did.UPDATED
        if dry_run:
            return Outcome(title=text.title, did=did, issue=issue)
        try:
            if standing is None:
                draft = Draft(
                    title=text.title,
                    body=merged(Around(), part(text)),
                    labels=(style(text.mark.kind),),
                    assignees=text.assignees,
                )
                made = await self._pace(partial(self._issues.open, repository, draft, urgent=False))
                issue = made.ref
            else:
                body = (await self._pace(partial(self._issues.read, standing.issue))).body
                anew = merged(split(body), part(write(ticked_in(body))))
                await self._pace(partial(self._issues.change, standing.issue, Change(body=anew), urgent=False))
        except (InDoubtError, InvalidError, LaterError, OutOfTimeError, UnavailableError) as error:
            return Outcome(title=text.title, did=Did.LEFT, issue=issue, why=str(error))
        return Outcome(title=text.title, did=did, issue=issue)

    async def _close(self, report: Past, *, dry_run: bool) -> Outcome:
        title = f"{report.mark.kind} {report.mark.key}"
        if dry_run:
            return Outcome(title=title, did=Did.CLOSED, issue=report.issue)
        change = Change(open=False, reason="completed")
        try:
            await self._pace(partial(self._issues.change, report.issue, change, urgent=False))
        except (InDoubtError, InvalidError, LaterError, OutOfTimeError, UnavailableError) as error:
            return Outcome(title=title, did=Did.LEFT, issue=report.issue, why=str(error))
        return Outcome(title=title, did=Did.CLOSED, issue=report.issue)


def _standing(mark: Mark, standing: Past | None) -> Outcome:
    is_open = standing is None or standing.open
    issue = standing.issue if standing is not None else None
    return Outcome(title=f"{mark.kind} {mark.key}", did=Did.SAME if is_open else Did.DONE, issue=issue)


def _whose(mark: Mark) -> tuple[Kind, str]:
    return mark.kind, mark.who.casefold()


def _same(body: str, anew: Markdown) -> bool:
    """GitHub's page sends lines that end in CRLF."""
    return body.replace("\r\n", "\n") == str(anew).replace("\r\n", "\n")
