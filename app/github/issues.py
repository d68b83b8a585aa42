"""Issues, comments, labels and assignees at GitHub. Fulfils `Issues` of `app/flows/systems.py`.

What became of each call, and whether it may be made again when its answer was lost:

| call                    | calls | made again                                                                    |
|-------------------------|-------|-------------------------------------------------------------------------------|
| `open`                  | 1     | never by itself: in doubt, look with `opened_by`                              |
| `comment`               | 1     | never by itself: in doubt, look with `commented_by`                           |
| `edit`, `change`,       | 1     | yes: they carry full state                                                    |
| `write`                 |       |                                                                               |
| all others              | 1     | yes: they only read                                                           |

Once the comment of `comment` is made, the call has been carried out, whatever became of the body: the body is then
written by a call of its own, and where that fails too, it is logged, and the next one that writes the body mends it.

GitHub refuses an issue as a whole (422) for one person who can't be assigned. Then nothing was done, and it is sent
once more with those who can be; the answer says who was really assigned.

Nothing found proves nothing as long as a call may still be under way or lists lag: who asks waits longer than
`TIME_OUT` before making it again. Search lags by minutes, and is never used. https://docs.github.com/en/rest/issues
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from app.domain.errors import InDoubtError, InvalidError, SystemRefusedError, UnavailableError
from app.domain.issues import CommentRef, IssueRef, IssueSeen, Repository
from app.github import graphql
from app.github.answers import COMMENTS, ISSUE, ISSUES, comment_ref, issue_seen, read
from app.github.apps import Apps
from app.github.client import Call, Client
from app.github.labels import Wardrobe
from app.texts.drafts import Change, Draft, LabelStyle, Said
from app.texts.markdown import Markdown, operation_in

SKEW: Final = timedelta(minutes=2)
"""So far a list reaches back before `since`: GitHub's clock is not ours."""
_ISSUE: Final = "/issues/{number}"
_log = structlog.get_logger(__name__)


class Issues:
    """See the module's rules. `apps` tells the login the App writes under."""

    def __init__(self, client: Client, apps: Apps) -> None:
        self._client = client
        self._apps = apps
        self._wardrobe = Wardrobe(client)

    async def open(self, repository: Repository, draft: Draft, *, urgent: bool) -> IssueSeen:
        """One call. Not to be repeated: in doubt, ask `opened_by`."""
        wish: dict[str, Any] = {
            "title": draft.title,
            "body": str(draft.body),
            "labels": [label.name for label in draft.labels],
            "assignees": list(draft.assignees),
        }
        call = Call(
            method="POST",
            url=self._client.url_in(repository, "/issues"),
            installation=repository.installation,
            json=wish,
            creates=1,
            urgent=urgent,
            repository=repository.id,
        )
        return await self._sent(call, repository, draft.labels)

    async def opened_by(self, repository: Repository, operation: str, since: datetime) -> IssueSeen | None:
        """By listing what the App made since then."""
        oldest = since - SKEW
        call = self._list(
            repository,
            "/issues{?state,creator,since,sort,direction,per_page}",
            state="all",
            creator=await self._apps.login(),
            since=_stamp(oldest),
            sort="created",
            direction="desc",
            per_page=100,
        )
        async with aclosing(self._client.pages(call)) as pages:
            async for page in pages:
                listed = read(page, ISSUES)
                for issue in listed:
                    if issue.pull_request is None and operation_in(issue.body or "") == operation:
                        return issue_seen(issue, repository, page)
                if listed and listed[-1].created_at < oldest:
                    break
        return None

    async def read(self, issue: IssueRef) -> IssueSeen:
        """The issue as it is now, to the letter; a transferred one where it is now."""
        answer = await self._client.call(
            Call(
                method="GET",
                url=self._client.url_in(issue.repository, _ISSUE, number=issue.number),
                installation=issue.repository.installation,
                write=False,
                conditional=True,
                repository=issue.repository.id,
            )
        )
        return issue_seen(read(answer, ISSUE), issue.repository, answer)

    async def change(self, issue: IssueRef, change: Change, *, urgent: bool) -> IssueSeen:
        """One PATCH of what is named. It may be repeated. A transferred issue is changed where it is now."""
        call = Call(
            method="PATCH",
            url=self._client.url_in(issue.repository, _ISSUE, number=issue.number),
            installation=issue.repository.installation,
            json=_wished(change),
            urgent=urgent,
            repository=issue.repository.id,
        )
        return await self._sent(call, issue.repository, change.labels or ())

    async def write(self, issue: IssueRef, body: Markdown, *, urgent: bool) -> str | None:
        """One document, which may be repeated; the body that stood there just before, None where GitHub tells none."""
        data, refused = await graphql.run(
            self._client,
            graphql.WRITE,
            {"issue": issue.node_id, "body": str(body)},
            graphql.WRITTEN,
            installation=issue.repository.installation,
            write=True,
            urgent=urgent,
        )
        if "written" in refused:
            raise refused["written"]
        if "before" in refused:
            _log.warning("GitHub does not tell what a body was", issue=issue.url, error=str(refused["before"]))
        return data.body_before

    async def comment(self, issue: IssueRef, text: Markdown, *, body: Markdown | None, urgent: bool) -> Said:
        """One document. Not to be repeated: in doubt, ask `commented_by`."""
        variables = {"issue": issue.node_id, "text": str(text)}
        document = graphql.ADD
        if body is not None:
            document, variables["body"] = graphql.ADD_AND_WRITE, str(body)
        data, refused = await graphql.run(
            self._client,
            document,
            variables,
            graphql.SAID,
            installation=issue.repository.installation,
            write=True,
            creates=1,
            urgent=urgent,
        )
        if data.comment is None:
            raise refused.get("said") or InDoubtError("GitHub does not say whether the comment was made.")
        if body is not None and "written" in refused:
            await self._write_after_all(issue, body, refused["written"], urgent=urgent)
        return Said(comment=data.comment, body_before=data.body_before, html=data.html)

    async def commented_by(self, issue: IssueRef, operation: str, since: datetime) -> CommentRef | None:
        """By listing what was said since then."""
        login = (await self._apps.login()).lower()
        call = self._list(
            issue.repository,
            "/issues/{number}/comments{?since,per_page}",
            number=issue.number,
            since=_stamp(since - SKEW),
            per_page=100,
        )
        async with aclosing(self._client.pages(call)) as pages:
            async for page in pages:
                for comment in read(page, COMMENTS):
                    ours = comment.user is not None and comment.user.login.lower() == login
                    if ours and operation_in(comment.body or "") == operation:
                        return comment_ref(comment)
        return None

    async def edit(
        self, issue: IssueRef, comment: CommentRef, text: Markdown, *, body: Markdown | None, urgent: bool
    ) -> Said:
        """One document, which may be repeated. `gone` may be the comment alone, which somebody deleted."""
        variables = {"comment": comment.node_id, "text": str(text)}
        document = graphql.EDIT
        if body is not None:
            document = graphql.EDIT_AND_WRITE
            variables |= {"issue": issue.node_id, "body": str(body)}
        data, refused = await graphql.run(
            self._client,
            document,
            variables,
            graphql.SAID,
            installation=issue.repository.installation,
            write=True,
            urgent=urgent,
        )
        if data.comment is None:
            raise refused.get("said") or InDoubtError("GitHub does not say whether the comment was edited.")
        if "written" in refused:
            raise refused["written"]
        return Said(comment=data.comment, body_before=data.body_before, html=data.html)

    async def assignable(self, repository: Repository, login: str) -> bool:
        """https://docs.github.com/en/rest/issues/assignees#check-if-a-user-can-be-assigned"""
        answer = await self._client.call(
            Call(
                method="GET",
                url=self._client.url_in(repository, "/assignees/{login}", login=login),
                installation=repository.installation,
                write=False,
                passes=(404,),
                repository=repository.id,
            )
        )
        return answer.status == 204

    async def fixed_by(self, issue: IssueRef) -> str:
        """By the last closing event; a project's automation counts as by hand.

        Empty, too, where the issue, or what closed it, is not to be seen: it is only told, and hinders nothing.
        """
        data, refused = await graphql.run(
            self._client,
            graphql.CLOSED_BY,
            {"issue": issue.node_id},
            graphql.CLOSED,
            installation=issue.repository.installation,
            write=False,
        )
        for error in refused.values():
            if not isinstance(error, UnavailableError):
                raise error
        return data.url

    def _list(self, repository: Repository, template: str, **variables: str | int) -> Call:
        return Call(
            method="GET",
            url=self._client.url_in(repository, template, **variables),
            installation=repository.installation,
            write=False,
            repository=repository.id,
        )

    async def _sent(self, call: Call, repository: Repository, styles: tuple[LabelStyle, ...]) -> IssueSeen:
        """A call whose answer is the issue; once more without those who can't be assigned, where they hinder it."""
        asked = call.json.get("assignees", [])
        try:
            answer = await self._client.call(call)
        except InvalidError as refused:
            if not asked or not any(field.startswith("assignee") for field in refused.fields):
                raise
            able = [login for login in asked if await self.assignable(repository, login)]
            without = {name: value for name, value in call.json.items() if name != "assignees"}
            answer = await self._client.call(
                replace(call, json=without if able == asked else without | {"assignees": able})
            )
        issue = read(answer, ISSUE, write=True)
        seen = issue_seen(issue, repository, answer)
        await self._wardrobe.dress(seen.ref.repository, issue.labels, styles)
        return seen

    async def _write_after_all(
        self, issue: IssueRef, body: Markdown, refused: SystemRefusedError, *, urgent: bool
    ) -> None:
        """The comment is there and its body is not: the body alone; where that fails for now, all is in doubt.

        Then the caller looks for the comment, finds it, and writes both again. A body that GitHub will not take later
        either is given up.
        """
        failed = refused
        if not isinstance(refused, (InvalidError, UnavailableError)):
            try:
                await self.change(issue, Change(body=body), urgent=urgent)
            except (InvalidError, UnavailableError) as again:
                failed = again
            except SystemRefusedError as again:
                raise InDoubtError(f"The comment was written, the issue's body was not: {again}") from again
            else:
                return
        _log.error("commented, but the body can't be written", issue=issue.url, error=str(failed))


def _wished(change: Change) -> dict[str, Any]:
    wish: dict[str, Any] = {}
    if change.title is not None:
        wish["title"] = change.title
    if change.body is not None:
        wish["body"] = str(change.body)
    if change.labels is not None:
        wish["labels"] = [label.name for label in change.labels]
    if change.assignees is not None:
        wish["assignees"] = list(change.assignees)
    if change.open is not None:
        wish["state"] = "open" if change.open else "closed"
    if change.reason is not None:
        wish["state_reason"] = change.reason
    if change.duplicate_of is not None:
        wish["duplicate_issue_id"] = change.duplicate_of.id
    return wish


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
