"""Following up post-mortems: read those that are open and those closed lately, decide about each, then say it.

| the job finds                            | what it does                                                        |
|------------------------------------------|---------------------------------------------------------------------|
| no time left, or GitHub out of reach     | what was done stays; what is left is told, and the next run does it |
| one that takes no comment, or is gone    | it is told, and the others are gone on with                         |
| items whose links are done               | reads the text once more and decides by that; the comment and the   |
|                                          | ticks are one call (`flows/ticking.py` on what people edit then)    |

Rules: two lists are read, a hundred post-mortems a call; what was said before, where people have said so much since
that a list does not show it; and what all their items link, a hundred links a call. What is said is one call, which
opens an issue again, too, so that nobody is left without the reason. A second run finds the comments and only reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

import msgspec

from app.decisions import finishing, following_up
from app.decisions.business_time import Calendar
from app.domain.errors import InDoubtError, InvalidError, LaterError, UnavailableError
from app.domain.following_up import FollowedUp, FollowUp, Memory, NotSaid, Paper, Post
from app.domain.issues import CommentRef, IssueRef, IssueSeen, Repository
from app.domain.links import LinkSeen, Place
from app.domain.listed import Listed
from app.domain.squad import Squad
from app.flows import links
from app.flows.links import Links
from app.flows.pacing import OutOfTimeError, Pace
from app.flows.reading import Reading
from app.flows.systems import Remarks
from app.flows.ticking import restored
from app.intake import post_mortem
from app.texts import feedback, follow_ups
from app.texts.body import peoples, state_in, ticked
from app.texts.drafts import Said
from app.texts.labels import POST_MORTEM
from app.texts.markdown import Markdown

_COUNTED: Final = timedelta(hours=1)
"""GitHub's longest window."""


class Comments(Protocol):
    """One comment of ours on an issue."""

    async def remind(
        self, issue: IssueRef, text: Markdown, *, replaces: CommentRef | None, label: str, reopens: bool
    ) -> CommentRef: ...


class Issues(Protocol):
    """An issue as it is now, to the letter."""

    async def read(self, issue: IssueRef) -> IssueSeen: ...


class Checklists(Protocol):
    """A comment and the body, written together; both tell what stood in the body before."""

    async def say(
        self, issue: IssueRef, text: Markdown, *, replaces: CommentRef | None, body: Markdown | None, reopens: bool
    ) -> Said: ...
    async def edit(self, issue: IssueRef, comment: CommentRef, text: Markdown, *, body: Markdown | None) -> Said: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the job writes with, and looks up."""

    comments: Comments
    remarks: Remarks
    issues: Issues
    checklists: Checklists
    links: Links


class FollowingUp:
    """See the module's rules. `made` is told of earlier comments.

    `label` is the node id of the label `post-mortem`, `subjects` the labels of what an item can be about.
    """

    def __init__(
        self,
        reading: Reading,
        tools: Tools,
        pace: Pace,
        *,
        label: str,
        subjects: Iterable[str],
        made: Callable[[datetime], None],
        now: Callable[[], datetime],
        tell: Callable[[str], None],
    ) -> None:
        self._reading = reading
        self._tools = tools
        self._pace = pace
        self._label = label
        self._subjects = frozenset(subject.casefold() for subject in subjects)
        self._made = made
        self._now = now
        self._tell = tell

    async def run(self, repository: Repository, squad: Squad, primary: str, *, dry_run: bool) -> FollowedUp:
        """Follow up what waits. Raises what GitHub raises where the lists can't be read to the end."""
        posts = [post_of(await self._whole(listed), primary) for listed in await self._listed(repository)]
        places = [place for post in posts for place in finishing.asked(post.paper, post.issue)]
        seen = await links.seen(self._tools.links, places, self._pace, installation=repository.installation)
        desk = _Desk(squad, seen, self._subjects, self._now())
        decided = [(post, desk.decided(post)) for post in posts]
        plans = [(post, plan) for post, plan in decided if plan is not None]
        self._tell(f"{len(posts):,} post-mortems read, {len(plans):,} to do something about")
        unseen = sum(place not in seen for place in dict.fromkeys(places))
        if dry_run:
            left = [NotSaid(what=plan, why="a dry run") for _, plan in plans]
            return FollowedUp(seen=len(posts), left=tuple(left), unseen=unseen)
        done, left = await self._do(plans, desk)
        return FollowedUp(seen=len(posts), done=tuple(done), left=tuple(left), unseen=unseen)

    async def _whole(self, listed: Listed) -> Listed:
        """With what was said before, where people have said so much that the list does not show it."""
        if listed.goes_back:
            return listed
        talk = await self._pace(lambda: self._tools.remarks.of(listed.ref))
        commenters = tuple(dict.fromkeys((*listed.commenters, *talk.commenters)))
        return msgspec.structs.replace(listed, remarks=talk.remarks, commenters=commenters)

    async def _listed(self, repository: Repository) -> list[Listed]:
        found: list[Listed] = []
        now = self._now()
        for states, since in ((("OPEN",), None), (("CLOSED",), now - following_up.REOPENED_WITHIN)):
            async for page in self._reading.pages(repository, POST_MORTEM.name, states=states, since=since):
                found += page
                for listed in page:
                    for remark in listed.remarks:
                        if remark.at > now - _COUNTED and follow_ups.memory_in(remark) is not None:
                            self._made(remark.at)
        return found

    async def _do(self, plans: list[tuple[Post, FollowUp]], desk: _Desk) -> tuple[list[FollowUp], list[NotSaid]]:
        done: list[FollowUp] = []
        left: list[NotSaid] = []
        for nth, (post, plan) in enumerate(plans):
            try:
                said = await self._act(post, plan, desk)
            except OutOfTimeError as error:
                left += [NotSaid(what=rest, why=str(error)) for _, rest in plans[nth:]]
                break
            except (InDoubtError, InvalidError, LaterError, UnavailableError) as error:
                left.append(NotSaid(what=plan, why=str(error)))
            else:
                done += [said] if said is not None else []
        return done, left

    async def _act(self, post: Post, plan: FollowUp, desk: _Desk) -> FollowUp | None:
        """What was done; None where people were faster."""
        body = ""
        if plan.finished:
            fresh = await self._pace(lambda: self._tools.issues.read(plan.issue))
            body = fresh.body
            again = desk.decided(msgspec.structs.replace(post, paper=_paper(body), open=fresh.open))
            if again is None:
                return None
            plan = again
        if plan.finished:
            await self._ticked(plan, body)
            return plan
        text, label = follow_ups.comment(plan), self._label
        remind, reopens = self._tools.comments.remind, plan.reopens > 0
        await self._pace(lambda: remind(plan.issue, text, replaces=plan.replaces, label=label, reopens=reopens))
        return plan

    async def _ticked(self, plan: FollowUp, body: str) -> None:
        text, keys = follow_ups.comment(plan), frozenset(item.key for item, _ in plan.finished)
        wish = _with_ticks(body, keys)
        say, reopens = self._tools.checklists.say, plan.reopens > 0
        said = await self._pace(lambda: say(plan.issue, text, replaces=plan.replaces, body=wish, reopens=reopens))

        async def write(before: Said, anew: Markdown) -> Said:
            return await self._pace(partial(self._tools.checklists.edit, plan.issue, before.comment, text, body=anew))

        await restored(said, body, wish, anew=lambda theirs: _with_ticks(theirs, keys), write=write)


class _Desk:
    """What is decided by, in one run."""

    def __init__(self, squad: Squad, seen: Mapping[Place, LinkSeen], subjects: frozenset[str], now: datetime) -> None:
        self._rules, self._calendar = rules_of(squad), Calendar(squad)
        self._seen, self._subjects, self._now = seen, subjects, now

    def decided(self, post: Post) -> FollowUp | None:
        ends = finishing.endings(post.paper, post.issue, post.opened_at, self._seen, subjects=self._subjects)
        post = msgspec.structs.replace(post, endings=ends)
        calendar = self._calendar
        return following_up.decide(post, self._rules, calendar=calendar, zone=calendar.zone, now=self._now)


def _with_ticks(body: str, keys: frozenset[str]) -> Markdown:
    """The body with these items ticked, and else to the letter."""
    return ticked(body, (at for key, at in post_mortem.boxes(peoples(body)) if key in keys))


def _paper(body: str) -> Paper:
    return post_mortem.read(peoples(body))


def post_of(listed: Listed, primary: str) -> Post:
    """The post-mortem that the issue is; who is on duty now stands in for a lead whom nobody knows."""
    state = state_in(listed.body)
    lead = (state.owners[0] if state is not None and state.owners else "") or primary
    author = () if listed.author_is_bot or not listed.author else (listed.author,)
    keepers = listed.assignees or author or ((lead,) if lead else ())
    comment, memory = next(
        ((it.ref, found) for it in reversed(listed.remarks) if (found := follow_ups.memory_in(it)) is not None),
        (None, Memory()),
    )
    if any(follow_ups.was_opened_again(it) for it in listed.remarks):
        memory = msgspec.structs.replace(memory, reopened=True)
    called = next((call for it in reversed(listed.remarks) if (call := feedback.called_in(it)) is not None), None)
    if called is not None and memory.feedback_by is None:
        memory = msgspec.structs.replace(memory, feedback_by=called.by, feedback_on=called.on, owing_on=called.on)
    return Post(
        issue=listed.ref,
        paper=_paper(listed.body),
        opened_at=listed.opened_at,
        open=listed.open,
        closed_at=listed.closed_at,
        reason=listed.reason,
        commenters=listed.commenters,
        said_at=listed.said_at,
        edited_at=listed.edited_at,
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
