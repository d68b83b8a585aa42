"""Closing too early: a post-mortem that was closed with action items open, and nobody said why, is opened again.

| it was closed                                          | what is done                                                |
|--------------------------------------------------------|-------------------------------------------------------------|
| as not planned, or as a duplicate                      | nothing                                                     |
| with every item ticked                                 | nothing                                                     |
| … or none open but such as link something              | nothing here: the job that follows up looks into the links  |
| with a person's word (`decisions/following_up.py`)     | nothing: that is the word why                               |
| otherwise, for the first time                          | it is said, and opened again                                |
| once more, whoever opened it again before              | nothing                                                     |

Rule: it is asked of GitHub once, where there is something to ask; what is said is said once. It comes before the other
followers, so that nobody hears that it is done.
"""

from __future__ import annotations

from typing import Final

import msgspec
import structlog

from app.decisions.following_up import said_why
from app.domain.errors import InvalidError, UnavailableError
from app.domain.mailboxes import Claim
from app.domain.post_mortems import PostMortem, Stage
from app.domain.squad import Squad
from app.flows.notices import Notices
from app.flows.settle_post_mortem import Followed
from app.flows.systems import Issues, Remarks
from app.texts import follow_ups
from app.texts.drafts import Change

_log: Final = structlog.get_logger("post-mortems")


class EarlyClosing:
    """See the module's table."""

    def __init__(self, issues: Issues, remarks: Remarks, notices: Notices) -> None:
        self._issues = issues
        self._remarks = remarks
        self._notices = notices

    async def advanced(
        self, claim: Claim, before: PostMortem | None, after: PostMortem, squad: Squad, fell: tuple[str, ...]
    ) -> Followed:
        """The record as it is then. Raises what GitHub raises where it may be better later."""
        del squad, fell  # it has no rules and no timers
        was_open = before is not None and before.lives
        if before is None or not was_open or after.stage is not Stage.DONE or after.reopened or not after.items_certain:
            return Followed(record=after)
        try:
            return Followed(record=await self._looked_into(claim, before, after))
        except (UnavailableError, InvalidError) as error:
            _log.warning("a post-mortem can't be opened again", issue=after.issue.url, error=str(error))
            return Followed(record=after)

    async def _looked_into(self, claim: Claim, before: PostMortem, after: PostMortem) -> PostMortem:
        talk = await self._remarks.of(after.issue)
        if talk.closed_at is None or said_why(talk.closed_at, talk.said_at, talk.edited_at):
            return after
        operation = f"post-mortem.{after.issue.repository.id}.{after.issue.number}.opened-again"
        if any(follow_ups.was_opened_again(remark) and operation not in remark.text for remark in talk.remarks):
            return msgspec.structs.replace(after, reopened=True)
        text = follow_ups.opened_again(after.items_open, operation)
        if not await self._notices.say(claim, after.issue, operation, text):
            return after
        await self._issues.change(after.issue, Change(open=True), urgent=claim.urgent)
        return msgspec.structs.replace(after, stage=before.stage, reopened=True)
