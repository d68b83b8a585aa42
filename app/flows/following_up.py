"""Following up post-mortems: read those that are open and those closed lately, decide about each, then say it.

| the job finds                            | what it does                                                        |
|------------------------------------------|---------------------------------------------------------------------|
| no time left, or GitHub out of reach     | what was done stays; what is left is told, and the next run does it |
| one that takes no comment, or is gone    | it is told, and the others are gone on with                         |

Rules: two lists are read, a hundred post-mortems a call; what is said is one call, and one more opens an issue again,
before that is said. A second run finds the comments and only reads.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import msgspec

from app.decisions import following_up
from app.decisions.business_time import Calendar
from app.domain.errors import InDoubtError, InvalidError, LaterError, UnavailableError
from app.domain.following_up import FollowedUp, FollowUp, Memory, NotSaid, Post
from app.domain.issues import CommentRef, IssueRef, Repository
from app.domain.listed import Listed
from app.domain.squad import Squad
from app.flows.pacing import OutOfTimeError, Pace
from app.flows.reading import Reading
from app.intake import post_mortem
from app.texts import feedback, follow_ups
from app.texts.body import split, state_in
from app.texts.labels import POST_MORTEM
from app.texts.markdown import Markdown

_COUNTED: Final = timedelta(hours=1)
"""GitHub's longest window."""


class Comments(Protocol):
    """One comment of ours on an issue."""

    async def remind(
        self, issue: IssueRef, text: Markdown, *, replaces: CommentRef | None, label: str
    ) -> CommentRef: ...
    async def reopen(self, issue: IssueRef) -> None: ...


class FollowingUp:
    """See the module's rules. `label` is the node id of the label `post-mortem`; `made` is told of earlier comments."""

    def __init__(
        self,
        reading: Reading,
        comments: Comments,
        pace: Pace,
        *,
        label: str,
        made: Callable[[datetime], None],
        now: Callable[[], datetime],
        tell: Callable[[str], None],
    ) -> None:
        self._reading = reading
        self._comments = comments
        self._pace = pace
        self._label = label
        self._made = made
        self._now = now
        self._tell = tell

    async def run(self, repository: Repository, squad: Squad, primary: str, *, dry_run: bool) -> FollowedUp:
        """Follow up what waits. Raises what GitHub raises where the lists can't be read to the end."""
        rules, calendar = rules_of(squad), Calendar(squad)
        zone, now = ZoneInfo(squad.time_zone), self._now()
        posts: list[Post] = []
        for states, since in ((("OPEN",), None), (("CLOSED",), now - following_up.REOPENED_WITHIN)):
            async for page in self._reading.pages(repository, POST_MORTEM.name, states=states, since=since):
                posts += [post_of(listed, primary) for listed in page]
                for listed in page:
                    for remark in listed.remarks:
                        if remark.at > now - _COUNTED and follow_ups.memory_in(remark) is not None:
                            self._made(remark.at)
        decided = (following_up.decide(post, rules, calendar=calendar, zone=zone, now=now) for post in posts)
        plans = [plan for plan in decided if plan is not None]
        self._tell(f"{len(posts):,} post-mortems read, {len(plans):,} to do something about")
        if dry_run:
            return FollowedUp(seen=len(posts), left=tuple(NotSaid(what=plan, why="a dry run") for plan in plans))
        done, left = await self._do(plans)
        return FollowedUp(seen=len(posts), done=tuple(done), left=tuple(left))

    async def _do(self, plans: list[FollowUp]) -> tuple[list[FollowUp], list[NotSaid]]:
        done: list[FollowUp] = []
        left: list[NotSaid] = []
        for nth, plan in enumerate(plans):
            try:
                await self._act(plan)
            except OutOfTimeError as error:
                left += [NotSaid(what=rest, why=str(error)) for rest in plans[nth:]]
                break
            except (InDoubtError, InvalidError, LaterError, UnavailableError) as error:
                left.append(NotSaid(what=plan, why=str(error)))
            else:
                done.append(plan)
        return done, left

    async def _act(self, plan: FollowUp) -> None:
        if plan.reopens:
            await self._pace(lambda: self._comments.reopen(plan.issue))
        text = follow_ups.comment(plan)
        await self._pace(lambda: self._comments.remind(plan.issue, text, replaces=plan.replaces, label=self._label))


def post_of(listed: Listed, primary: str) -> Post:
    """The post-mortem that the issue is; who is on duty now stands in for a lead whom nobody knows."""
    around, state = split(listed.body), state_in(listed.body)
    lead = (state.owners[0] if state is not None and state.owners else "") or primary
    author = () if listed.author_is_bot or not listed.author else (listed.author,)
    keepers = listed.assignees or author or ((lead,) if lead else ())
    comment, memory = next(
        ((it.ref, found) for it in reversed(listed.remarks) if (found := follow_ups.memory_in(it)) is not None),
        (None, Memory()),
    )
    called = next((call for it in reversed(listed.remarks) if (call := feedback.called_in(it)) is not None), None)
    if called is not None and memory.feedback_by is None:
        memory = msgspec.structs.replace(memory, feedback_by=called.by, owing_on=called.on)
    return Post(
        issue=listed.ref,
        paper=post_mortem.read(f"{around.before}\n\n{around.after}"),
        open=listed.open,
        closed_at=listed.closed_at,
        reason=listed.reason,
        commented_at=listed.commented_at,
        commenters=listed.commenters,
        locked=listed.locked,
        keepers=keepers,
        lead=lead,
        comment=comment,
        memory=memory,
    )


def rules_of(squad: Squad) -> following_up.Rules:
    """The squad's own, from its file."""
    chosen = squad.post_mortem
    return following_up.Rules(
        remind_after=chosen.remind_after.days, feedback=chosen.feedback.days, audience=chosen.audience
    )
