"""Post-mortems are announced by mention, and their readers are called for feedback by a day.

| the post-mortem                                | what is done                                                       |
|------------------------------------------------|--------------------------------------------------------------------|
| is being written: it is new, or was closed or  | the squad's audience is mentioned in a comment, once; where nobody |
| without its label until now                    | is named, nothing                                                  |
| is open to feedback for the first time         | the comments are looked through, and …                             |
| … the job that follows up called for it        | its day is kept                                                    |
| … nobody did                                   | the audience is called for it in a comment, once, by the day that  |
|                                                | the job would say (`decisions/following_up.py`)                    |
| takes no comment                               | the day counts all the same: Slack tells it                        |

Rule: whoever asks first says the day, and the day stays, whatever becomes of the post-mortem.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec
import structlog

from app.decisions.business_time import Calendar
from app.decisions.following_up import feedback_day
from app.domain.errors import UnavailableError
from app.domain.following_up import Called
from app.domain.issues import IssueRef
from app.domain.mailboxes import Claim
from app.domain.post_mortems import PostMortem, Stage
from app.domain.squad import Squad
from app.flows.notices import Notices
from app.flows.settle_post_mortem import Followed
from app.flows.systems import Remarks
from app.texts import feedback as texts
from app.texts import follow_ups

_log: Final = structlog.get_logger("post-mortems")


class Feedback:
    """See the module's table."""

    def __init__(self, notices: Notices, remarks: Remarks, *, now: Callable[[], datetime]) -> None:
        self._notices = notices
        self._remarks = remarks
        self._now = now

    async def advanced(
        self, claim: Claim, before: PostMortem | None, after: PostMortem, squad: Squad, fell: tuple[str, ...]
    ) -> Followed:
        """The record with the day. Raises what GitHub raises where it may be better later."""
        del fell  # none of its timers
        chosen = squad.post_mortem
        if after.stage is Stage.FEEDBACK and after.feedback_by is None:
            called = await self._called(claim, after.issue, squad)
            return Followed(record=msgspec.structs.replace(after, feedback_by=called.by))
        begins = after.stage is Stage.IN_PROGRESS and (before is None or not before.lives)
        if begins and not after.mentioned and after.feedback_by is None and chosen.audience:
            operation = _operation(after.issue, "begun")
            text = texts.begun(chosen.audience, chosen.feedback.days, operation)
            await self._notices.say(claim, after.issue, operation, text)
            return Followed(record=msgspec.structs.replace(after, mentioned=True))
        return Followed(record=after)

    async def _called(self, claim: Claim, issue: IssueRef, squad: Squad) -> Called:
        calendar, chosen, now = Calendar(squad), squad.post_mortem, self._now()
        called = Called(by=feedback_day(chosen.feedback.days, calendar, now), on=now.astimezone(calendar.zone).date())
        try:
            talk = await self._remarks.of(issue)
        except UnavailableError as error:
            _log.warning("a post-mortem's comments can't be read", issue=issue.url, error=str(error))
            return called
        for remark in talk.remarks:
            known, memory = texts.called_in(remark), follow_ups.memory_in(remark)
            if known is not None:
                return known
            if memory is not None and memory.feedback_by is not None:
                return Called(by=memory.feedback_by, on=called.on)
        operation = _operation(issue, "feedback")
        await self._notices.say(
            claim, issue, operation, texts.call(chosen.audience, called, chosen.feedback.days, operation)
        )
        return called


def _operation(issue: IssueRef, what: str) -> str:
    return f"post-mortem.{issue.repository.id}.{issue.number}.{what}"
