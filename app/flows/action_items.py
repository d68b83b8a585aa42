"""Action items as issues of their own, where the squad's file says `post_mortem: {sub_issues: true}`.

| what happened                                | what is done                                                          |
|----------------------------------------------|-----------------------------------------------------------------------|
| a line has words, and no issue               | one is opened in the same repository, listed below the post-mortem,   |
|                                              | and its number put behind the line                                    |
| … of a post-mortem that is closed            | nothing                                                               |
| one of the two was closed, ticked, opened    | the other one follows; see `decisions/sub_issues.py`                  |
| again                                        |                                                                       |
| GitHub has no sub-issues there               | they stay lines; that is said once                                    |
| GitHub lists no more below it                | the issue is kept in step all the same                                |
| an issue says that it is an action item, and | nothing                                                               |
| the post-mortem does not know it             |                                                                       |

Rules: what was opened is remembered before its number is written, so that the text is never the only place that knows
it. All else may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol

import msgspec
import structlog

from app.decisions.moving import same_issue
from app.decisions.sub_issues import Look, Plan, plan, unnumbered
from app.domain.errors import UnavailableError
from app.domain.following_up import ActionItem, Spot
from app.domain.issues import IssueRef, IssueSeen
from app.domain.mail import IssueChanged, Mail
from app.domain.mailboxes import Claim
from app.domain.post_mortems import ItemOf, PostMortem, SubIssue, SubIssues
from app.flows.notices import Notices
from app.flows.once import Once
from app.flows.settle_post_mortem import Memory, Work
from app.flows.systems import Issues
from app.intake import post_mortem as intake
from app.texts import action_items, labels
from app.texts.body import in_step, peoples
from app.texts.drafts import Change, Draft
from app.texts.markdown import Markdown

_STAY_LINES: Final = "stay-lines"
_MOST_ASSIGNEES: Final = 10
"""GitHub's own: https://docs.github.com/en/rest/issues/assignees"""
_log: Final = structlog.get_logger("action items")


class Below(Protocol):
    """GitHub's lists of sub-issues."""

    async def known(self, parent: IssueRef) -> frozenset[int] | None: ...
    async def add(self, parent: IssueRef, child: IssueRef) -> bool: ...


class ActionItems:
    """See the module's table."""

    def __init__(
        self, issues: Issues, notices: Notices, below: Below, memory: Memory, once: Once, *, now: Callable[[], datetime]
    ) -> None:
        self._issues = issues
        self._notices = notices
        self._below = below
        self._memory = memory
        self._once = once
        self._now = now

    async def settled(self, work: Work, record: PostMortem, mail: tuple[Mail, ...]) -> PostMortem:
        """The post-mortem's lines and their issues are in step. Raises what GitHub raises."""
        if not work.in_force.squad.post_mortem.sub_issues:
            return record
        kept = await self._kept(work.claim)
        moved = [sub for sub in kept.known if any(_about(item, sub.issue) for item in mail)]
        if kept.there_are is False or (work.sheet.known is None and not moved):
            return record
        looked, kept = await self._looked(kept, moved)
        planned = plan(_spots((await work.sheet.seen()).body), kept.known, looked)
        kept = msgspec.structs.replace(kept, known=planned.known)
        if record.lives and planned.opens:
            kept = await self._opened(work, kept, planned.opens)
        await self._moved(work.claim, planned)
        await self._written(work, planned, kept)
        await self._keep(work.claim, kept)
        return record

    async def _looked(self, kept: SubIssues, moved: Sequence[SubIssue]) -> tuple[dict[int, Look], SubIssues]:
        """How they are, and all that are known, where they are now; one that is gone is known no more."""
        looked: dict[int, Look] = {}
        known = {sub.issue.number: sub for sub in kept.known}
        for sub in moved:
            try:
                seen = await self._issues.read(sub.issue)
            except UnavailableError as error:
                _log.info("an action item's issue is gone", issue=sub.issue.url, error=str(error))
                known.pop(sub.issue.number)
            else:
                looked[sub.issue.number] = _look(seen)
        return looked, msgspec.structs.replace(kept, known=tuple(known.values()))

    async def _opened(self, work: Work, kept: SubIssues, items: Sequence[ActionItem]) -> SubIssues:
        """With an issue for each of the items."""
        parent = work.sheet.issue
        if kept.there_are is None:
            kept = msgspec.structs.replace(kept, there_are=await self._below.known(parent) is not None)
        if not kept.there_are:
            await self._say_that_they_stay_lines(work)
            return kept
        opened = []
        for item in items:
            made = await self._made(work.claim, parent, item)
            if not await self._below.add(parent, made):
                _log.warning("GitHub lists an action item's issue nowhere", issue=made.url)
            opened.append(SubIssue(key=item.key, issue=made))
        agreed = await self._kept(work.claim)  # the plan's lines and issues don't agree yet: they are moved after this
        known = (*agreed.known, *opened)
        await self._keep(work.claim, msgspec.structs.replace(agreed, there_are=kept.there_are, known=known))
        return msgspec.structs.replace(kept, known=(*kept.known, *opened))

    async def _made(self, claim: Claim, parent: IssueRef, item: ActionItem) -> IssueRef:
        operation = f"item.{parent.repository.id}.{parent.number}.{item.key}"
        of = ItemOf(repository=parent.repository.id, number=parent.number, key=item.key)
        draft = Draft(
            title=action_items.title(item),
            body=action_items.issue_body(item, parent, of, operation),
            labels=(labels.ACTION_ITEM,),
            assignees=tuple(who for who in item.owners if "/" not in who)[:_MOST_ASSIGNEES],
        )

        async def call() -> IssueRef:
            return (await self._issues.open(parent.repository, draft, urgent=claim.urgent)).ref

        async def find(since: datetime) -> IssueRef | None:
            found = await self._issues.opened_by(parent.repository, operation, since)
            return found.ref if found is not None else None

        made, _ = await self._once.make(claim, operation, IssueRef, call=call, find=find)
        return made

    async def _moved(self, claim: Claim, planned: Plan) -> None:
        changes = [
            *((sub, Change(open=False, reason="completed")) for sub in planned.closes),
            *((sub, Change(open=True)) for sub in planned.reopens),
        ]
        for sub, change in changes:
            try:
                await self._issues.change(sub.issue, change, urgent=claim.urgent)
            except UnavailableError as error:
                _log.info("an action item's issue can't be moved", issue=sub.issue.url, error=str(error))

    async def _written(self, work: Work, planned: Plan, kept: SubIssues) -> None:
        def anew(body: str) -> Markdown | None:
            spots = _spots(body)
            boxes = {spot.box: "x" for spot in spots if spot.item.key in planned.ticks}
            boxes |= {spot.box: " " for spot in spots if spot.item.key in planned.unticks}
            numbers = unnumbered(spots, kept.known)
            return in_step(body, boxes, numbers) if boxes or numbers else None

        await work.sheet.write(anew)

    async def _say_that_they_stay_lines(self, work: Work) -> None:
        await self._notices.say(work.claim, work.sheet.issue, _STAY_LINES, action_items.stay_lines(_STAY_LINES))

    async def _kept(self, claim: Claim) -> SubIssues:
        saved = await self._memory.recall(_name(claim))
        return SubIssues() if saved is None else msgspec.json.decode(saved, type=SubIssues)

    async def _keep(self, claim: Claim, kept: SubIssues) -> None:
        await self._memory.remember(_name(claim), msgspec.json.encode(kept), self._now())


def _name(claim: Claim) -> str:
    return f"{claim.key}:items"


def _about(item: Mail, issue: IssueRef) -> bool:
    return isinstance(item, IssueChanged) and same_issue(item.issue.ref, issue)


def _look(seen: IssueSeen) -> Look:
    if seen.open:
        return Look.OPEN
    return Look.DONE if seen.state_reason in {"", "completed"} else Look.ENDED


def _spots(body: str) -> tuple[Spot, ...]:
    return intake.spots(peoples(body))
