"""Action items that link pull requests and issues: the job ticks them when those are done, over real HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.github import checklists
from app.github.issues import Issues
from sandbox.github.state import Actor, Issue, PullRequest
from scripts.post_mortems import JOB
from tests.journey.office import SQUAD, Office, office
from tests.journey.test_post_mortems import later, post_mortem, said

DUE = "by 2026-12-24"
ELSEWHERE = "acme/shop"


def pull(here: Office, *, merged: bool | None = None, at: str = "") -> int:
    """A pull request's number; `merged` False: it was closed without it, None: it is open."""
    repository = here.github.state.repository(at) if at else here.home
    repository.last_number += 1
    now = here.clock()
    repository.pulls[repository.last_number] = PullRequest(
        number=repository.last_number,
        title="Give the lock back",
        closed_at=now if merged is not None else None,
        merged_at=now if merged else None,
    )
    return repository.last_number


def merge(here: Office, number: int) -> None:
    found = here.home.pulls[number]
    found.closed_at = found.merged_at = here.clock()


def edit(here: Office, issue: Issue, old: str, new: str) -> None:
    """A person edits the text on GitHub's page, which sends lines that end in CRLF."""
    body = (issue.body or "").replace("\r\n", "\n")
    assert old in body
    here.github.acts.edit_text(issue, Actor(login="mark"), body=body.replace(old, new).replace("\n", "\r\n"))


async def test_an_item_is_ticked_when_the_pull_request_it_links_is_merged() -> None:
    async with office() as here:
        number = pull(here)
        issue = post_mortem(here, f"- [ ] @alex {DUE}: give the lock back (#{number})", f"- [ ] @jo {DUE}: say when")
        await here.run(JOB)
        before = issue.body or ""
        later(here, days=1)
        merge(here, number)
        here.calls()
        assert (await here.run(JOB)).complete
        assert here.calls() == (5, 1), "what is there, two lists, the links, the text once more; one write"
        assert issue.body == before.replace(f"- [ ] @alex {DUE}: give", f"- [x] @alex {DUE}: give"), "and nothing else"
        assert f"“@&#x200B;alex {DUE}: give the lock back" in said(issue)
        assert f"/pull/{number})" in said(issue)
        here.calls()
        assert (await here.run(JOB)).complete
        assert here.calls() == (3, 0), "what is ticked is asked for no more"


async def test_what_a_person_unticks_again_stays_unticked() -> None:
    async with office() as here:
        number = pull(here)
        issue = post_mortem(here, f"- [ ] @alex {DUE}: give the lock back (#{number})")
        await here.run(JOB)
        later(here, days=1)
        merge(here, number)
        await here.run(JOB)
        edit(here, issue, "- [x] @alex", "- [ ] @alex")
        for _ in range(3):
            later(here, days=1)
            assert (await here.run(JOB)).complete
            assert "- [ ] @alex" in (issue.body or "")


async def test_what_does_not_count_ticks_nothing() -> None:
    async with office(others=({"name": ELSEWHERE, "people": {}},)) as here:
        old, given_up, foreign = pull(here, merged=True), pull(here), pull(here, at=ELSEWHERE)
        later(here, minutes=1)
        ticket = here.ticket()
        issue = post_mortem(
            here,
            f"- [ ] @alex {DUE}: before #{old}",
            f"- [ ] @alex {DUE}: about #{ticket.number}",
            f"- [ ] @alex {DUE}: given up #{given_up}",
            f"- [ ] @alex {DUE}: elsewhere {ELSEWHERE}#{foreign}, and #{given_up + 900}",
        )
        here.github.acts.close(ticket, Actor(login="mark"))
        here.home.pulls[given_up].closed_at = here.clock()
        before = issue.body
        ended = await here.run(JOB)
        assert issue.body == before
        assert "**Not ticked,**" in said(issue)
        assert said(issue).count("given up") == 1
        assert "1 link in their action items can't be seen" in str(ended.summary)
        later(here, days=1)
        comments = set(issue.comments)
        await here.run(JOB)
        assert set(issue.comments) == comments, "it is said once"


async def test_all_repositories_are_asked_in_one_call() -> None:
    async with office(others=({"name": ELSEWHERE, "people": {}},)) as here:
        here.clock.at += timedelta(minutes=1)
        issue = post_mortem(here, f"- [ ] @alex {DUE}: two: #2, {here.github.url}/{ELSEWHERE}/pull/1")
        assert (pull(here, merged=True), pull(here, merged=True, at=ELSEWHERE)) == (2, 1)
        here.calls()
        await here.run(JOB)
        assert here.calls() == (5, 1)
        assert f"- [x] @alex {DUE}: two" in (issue.body or "")


async def test_who_edits_between_the_list_and_the_write_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with office() as here:
        number = pull(here)
        issue = post_mortem(here, f"- [ ] @alex {DUE}: give the lock back (#{number})", f"- [ ] @jo {DUE}: say when")
        await here.run(JOB)
        later(here, days=1)
        merge(here, number)
        say = checklists.Checklists.say

        async def edited_just_before(self, *args, **more):  # type: ignore[no-untyped-def]
            edit(here, issue, "say when", "say when, and to whom")
            return await say(self, *args, **more)

        monkeypatch.setattr(checklists.Checklists, "say", edited_just_before)
        assert (await here.run(JOB)).complete
        assert f"- [x] @alex {DUE}: give the lock back" in (issue.body or "")
        assert "say when, and to whom" in (issue.body or "")


async def test_who_unlinks_or_ticks_meanwhile_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(squad=SQUAD) as here:
        number = pull(here)
        issue = post_mortem(here, f"- [ ] @alex {DUE}: give the lock back (#{number})")
        await here.run(JOB)
        later(here, days=1)
        merge(here, number)
        read = Issues.read

        async def edited_before(self, ref):  # type: ignore[no-untyped-def]
            edit(here, issue, f" (#{number})", "")
            return await read(self, ref)

        monkeypatch.setattr(Issues, "read", edited_before)
        comments = set(issue.comments)
        assert (await here.run(JOB)).complete
        assert f"- [ ] @alex {DUE}: give the lock back\r\n" in (issue.body or "")
        assert set(issue.comments) == comments


async def test_a_closed_one_whose_items_are_done_by_their_links_stays_closed() -> None:
    async with office() as here:
        number = pull(here)
        issue = post_mortem(here, f"- [ ] @alex {DUE}: give the lock back (#{number})")
        later(here, minutes=5)
        merge(here, number)
        here.github.acts.close(issue, Actor(login="mark"))
        await here.run(JOB)
        assert issue.state == "closed"
        assert "- [x] @alex" in (issue.body or "")


async def test_two_hundred_post_mortems_cost_seven_reads() -> None:
    async with office() as here:
        number = pull(here)
        for nth in range(200):
            post_mortem(here, f"- [ ] @alex {DUE}: do {nth} (#{number})", f"- [ ] @alex {DUE}: {ELSEWHERE}#{nth + 1}")
        here.clock.at += timedelta(minutes=1)
        await here.run(JOB)  # feedback is asked for on each
        later(here, days=1)
        here.calls()
        assert (await here.run(JOB)).complete
        assert here.calls() == (7, 0), "what is there; 200 open ones on two pages; closed ones; 201 links on three"
