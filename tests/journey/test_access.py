"""New squad members' checklists, as Actions runs the job: over real HTTP, with a lookalike Sentry and PagerDuty."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from pydantic import SecretStr

from app.domain.access import LABEL
from app.domain.issues import IssueRef, IssueSeen
from app.github.issues import Issues
from sandbox import pagerduty, sentry
from sandbox.github.state import Actor, Issue
from sandbox.sentry.state import Member
from scripts.access import JOB
from tests.journey.office import SQUAD, Office, office
from tests.unit.intake.access_bodies import rendered

PEOPLE = "people: [{login: jo, email: Jo.Miller@va.gov}, {login: mark, email: mark@example.org}]\n"
ACCESS = "access: {email_domain: va.gov, repository: acme/appeals-deployment, team: acme/squad}\n"
OTHERS = ({"name": "acme/appeals-deployment", "people": {"jo": "read", "nick": "admin"}},)
BY_HAND = ("CloudWatch", "AWS", "SSH")


@asynccontextmanager
async def ready(
    squad: str = SQUAD + PEOPLE + ACCESS,
) -> AsyncIterator[tuple[Office, sentry.Sandbox, pagerduty.Sandbox]]:
    """An office whose job has a token for everything."""
    members = await sentry.start(sentry.Config(tokens={"reads-members": frozenset({"member:read"})}))
    users = await pagerduty.start(pagerduty.Config(keys=frozenset({"pd"})))
    try:
        async with office(
            squad=squad, others=OTHERS, files={".github/prod-squad.yml": squad, "CODEOWNERS": "* @nick"}
        ) as here:
            here.github.state.teams["acme/squad"] = ("mark", "Jo")
            here.settings = here.settings.model_copy(
                update={
                    "sentry_url": members.url,
                    "sentry_token": SecretStr("reads-members"),
                    "sentry_organization": "acme",
                    "pagerduty_url": users.url,
                    "pagerduty_token": SecretStr("pd"),
                }
            )
            yield here, members, users
    finally:
        await members.close()
        await users.close()


def asks(here: Office, *ticked: str, who: str = "jo", login: str = "") -> Issue:
    """Somebody fills in the form."""
    body = rendered(*ticked, login=login).replace("\n", "\r\n")
    return here.github.acts.open_issue(here.home, Actor(login=who), title="Access", body=body, labels=(LABEL,))


def ticked_in(issue: Issue) -> list[str]:
    lines = (issue.body or "").splitlines()
    return [line[6:].partition(":")[0] for line in lines if line.startswith(("- [x]", "- [X]"))]


def said(issue: Issue) -> str:
    """The one comment of the job."""
    (comment,) = issue.comments.values()
    return comment.body


async def test_a_checklist_from_its_beginning_to_its_end() -> None:
    async with ready() as (here, members, users):
        issue = asks(here, "CloudWatch")
        first = await here.run(JOB)
        assert first.complete
        assert ticked_in(issue) == ["E-mail", "GitHub", "CloudWatch logs", "Deployment repository"]
        assert "\r\n" in (issue.body or ""), "people's line ends stay"
        assert said(issue).startswith("**4 lines are left** for `@jo`.")
        assert "no user has your address" in said(issue)
        assert "va.gov" not in said(issue)
        here.calls()
        await here.run(JOB)
        assert here.calls() == (6, 0), "a second run only reads: files, issues, role, team, the other repository, role"

        users.state.add_user("Jo", "jo.miller@va.gov")
        members.state.members.append(Member(email="jo.miller@va.gov", pending=True))
        here.clock.at += timedelta(hours=1)
        await here.run(JOB)
        assert "PagerDuty" in ticked_in(issue)
        assert "Sentry" not in ticked_in(issue), "who was invited and has not come has no access"
        assert "@jo" not in said(issue).replace("`@jo`", ""), "an edit reminds nobody"

        here.clock.at += timedelta(days=2)
        await here.run(JOB)
        assert said(issue).startswith("@jo: still to be had: Sentry, AWS, SSH.")
        here.clock.at += timedelta(days=4)  # over a weekend
        await here.run(JOB)
        assert said(issue).startswith("@jo @nick: "), "the map's lead hears of the second one"
        await here.run(JOB)
        assert len(issue.comments) == 1

        members.state.members[:] = [Member(email="jo.miller@va.gov")]
        body = (issue.body or "").replace("- [ ] AWS", "- [x] AWS").replace("- [ ] SSH", "- [x] SSH")
        here.github.acts.edit_text(issue, Actor(login="jo"), body=body)
        await here.run(JOB)
        assert (issue.state, issue.state_reason) == ("closed", "completed")
        assert said(issue).startswith("@jo: all there. Welcome to the squad!")
        assert "Production may come later" in said(issue)


async def test_what_nobody_gave_a_token_for_is_told_and_never_ticked() -> None:
    squad = SQUAD + ACCESS.replace("acme/appeals-deployment", "acme/hidden")
    async with office(squad=squad) as here:
        issue = asks(here, login="sharon")
        ended = await here.run(JOB)
        assert ended.complete
        assert ticked_in(issue) == []
        assert "your address does not stand in the squad's file" in said(issue)
        assert "the job has no token for it" in said(issue)
        assert "No token of the job may see acme/hidden" in str(ended.summary)
        assert "`@jo`" in said(issue), "whom only the form names is not reminded"


async def test_another_token_looks_where_the_workflows_may_not() -> None:
    async with office(squad=SQUAD + PEOPLE + ACCESS, others=OTHERS) as here:
        here.settings = here.settings.model_copy(update={"access_token": SecretStr("no-such-token")})
        issue = asks(here)
        ended = await here.run(JOB)
        assert ended.complete
        assert "who may read acme/appeals-deployment: GitHub does not know the token" in str(ended.summary)
        assert "E-mail" in ticked_in(issue), "and the rest with the workflow's"


async def test_a_tick_is_never_taken_away_and_others_issues_are_left_alone() -> None:
    async with ready() as (here, _, _):
        issue = asks(here, "Sentry", "PagerDuty")
        other = here.github.acts.open_issue(
            here.home, Actor(login="jo"), title="Question", body="How do I get in?", labels=(LABEL,)
        )
        ended = await here.run(JOB)
        assert {"Sentry", "PagerDuty"} < set(ticked_in(issue))
        assert "no member has your address" in said(issue)
        assert not other.comments
        assert "without a line of the form" in str(ended.summary)


@pytest.mark.parametrize("times", [pytest.param(1, id="once"), pytest.param(3, id="again and again")])
async def test_an_edit_between_the_look_and_the_write_is_not_lost(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    async with ready() as (here, _, _):
        issue = asks(here)
        edits = 0

        def edit() -> None:
            nonlocal edits
            edits += 1
            body = (issue.body or "").replace("- [ ] AWS", "- [x] AWS") + f"\r\n\r\nEdit {edits} of a person"
            here.github.acts.edit_text(issue, Actor(login="jo"), body=body)

        read = Issues.read

        async def read_and_be_overtaken(issues: Issues, ref: IssueRef) -> IssueSeen:
            seen = await read(issues, ref)
            edit()
            return seen

        monkeypatch.setattr(Issues, "read", read_and_be_overtaken)
        if times > 1:
            comment = here.github.acts.edit_comment

            def edit_comment(*given: object) -> object:
                if edits < times:
                    edit()
                return comment(*given)  # type: ignore[arg-type]

            monkeypatch.setattr(here.github.acts, "edit_comment", edit_comment)
        assert (await here.run(JOB)).complete
        assert set(ticked_in(issue)) == {"E-mail", "GitHub", "Deployment repository", "AWS"}
        assert (issue.body or "").endswith(f"Edit {times} of a person")
        assert len(issue.comments) == 1


async def test_a_dry_run_writes_nothing_and_without_the_section_nobody_looks() -> None:
    async with ready() as (here, _, _):
        asks(here)
        here.calls()
        ended = await here.run(JOB, dry_run=True)
        assert here.calls()[1] == 0
        assert "| told | E-mail, GitHub, Deployment repository | 5 |" in str(ended.summary)
    async with ready(SQUAD) as (here, _, _):
        asks(here)
        here.calls()
        assert "Switched off" in str((await here.run(JOB)).summary)
        assert here.calls() == (1, 0)


async def test_what_takes_no_comment_is_told_and_the_rest_is_done() -> None:
    async with ready() as (here, _, _):
        locked, other = asks(here), asks(here)
        locked.locked = True
        ended = await here.run(JOB)
        assert not ended.complete
        assert "Left undone: 1 checklist" in str(ended.summary)
        assert said(other)
