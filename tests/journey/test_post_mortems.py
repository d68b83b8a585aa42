"""The job that follows up post-mortems, as Actions runs it: over real HTTP, on GitHub alone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from app.domain.following_up import MOST_TOLD
from app.domain.tickets import Around
from app.intake.post_mortem import MOST_ITEMS
from app.texts.body import Part, State, merged, state_marker
from sandbox.github.acts import Acts
from sandbox.github.state import Actor, Issue
from scripts.post_mortems import JOB
from tests.journey.office import APP, SQUAD, Office, office

WHOLE = """\
## Details

<!-- What did users see? -->

## Root cause

A lock that nobody gave back.

## Detection

The alert, after four minutes.

## What went well

- The rollback.

## What went badly

- The runbook was old.

## Where we were lucky

- It was a Sunday.

## Action items

{items}

## Feedback

Please read this."""
EMPTY = WHOLE.replace("A lock that nobody gave back.", "<!-- Ask why. -->").replace("- It was a Sunday.", "-")
ASKS = SQUAD + "post_mortem: {audience: [octo-org/caseflow]}\n"


def later(here: Office, **much: float) -> None:
    here.clock.at += timedelta(**much)


def post_mortem(here: Office, *items: str, text: str = WHOLE, app: str = "") -> Issue:
    """The App has opened one, and people wrote on."""
    people = text.format(items="\n".join(items))
    body = merged(Around(after=people), Part(variants=(state_marker(State(ticket=7, app=app, owners=("nick",))),)))
    return here.github.acts.open_issue(
        here.home, APP, title="Post-mortem: PG::Error", body=str(body), labels=("post-mortem",), assignees=("mark",)
    )


def said(issue: Issue) -> str:
    """The one comment of the job."""
    (comment,) = (it.body for it in issue.comments.values() if it.author == "github-actions[bot]")
    return comment.partition("<!--")[0]


async def test_an_action_item_is_reminded_of_before_on_and_after_its_day() -> None:
    async with office() as here:  # a Monday
        issue = post_mortem(here, "- [ ] @alex by 2026-11-06: say when", "- [x] @jo by 2026-11-03: done")
        await here.run(JOB)
        assert "@alex" not in said(issue), "feedback is asked for, and no more"
        days = {}
        for day in range(3, 25):
            later(here, days=1)
            before = set(issue.comments)
            await here.run(JOB)
            if set(issue.comments) != before:
                days[day] = next(line for line in said(issue).split("\n") if line.startswith("- "))
        assert list(days) == [4, 6, 9, 16, 23], "two business days before, on the day, the next, then weekly"
        assert days[4].startswith("- @alex “")
        assert "is due **today**" in days[6]
        assert days[9].startswith("- @alex “")
        assert days[16].startswith("- @alex @nick “"), "the tech lead hears of it with the second reminder"
        assert "(reminder 3)" in days[23]


async def test_a_second_run_reads_only() -> None:
    async with office(squad=ASKS) as here:
        post_mortem(here, "- [ ] @alex by friday: say when", text=EMPTY)
        here.calls()
        assert (await here.run(JOB)).complete
        assert here.calls() == (3, 1), "what is there, the open ones, the closed ones; one comment"
        assert (await here.run(JOB)).complete
        assert here.calls() == (3, 0)


async def test_empty_sections_are_named_once_a_day_until_they_are_written_then_feedback_is_asked_for() -> None:
    async with office(squad=ASKS) as here:
        issue = post_mortem(here, "- [ ]", text=EMPTY)
        await here.run(JOB)
        assert "@mark **Not written yet:** Root cause, Where we were lucky." in said(issue)
        first = set(issue.comments)
        later(here, hours=5)
        await here.run(JOB)
        assert set(issue.comments) == first
        later(here, days=1)
        await here.run(JOB)
        assert set(issue.comments) != first, "GitHub tells nobody of an edit: a new comment in the old one's place"
        whole = (issue.body or "").replace("<!-- Ask why. -->", "A lock.").replace("lucky\n\n-", "lucky\n\nA Sunday.")
        here.github.acts.edit_text(issue, Actor(login="mark"), body=whole)
        later(here, hours=1)
        await here.run(JOB)
        assert "@octo-org/caseflow **Feedback is open until 2026-11-06:**" in said(issue)
        assert "@mark" not in said(issue)


async def test_a_weekday_is_fixed_when_it_is_first_read() -> None:
    async with office() as here:
        issue = post_mortem(here, "- [ ] @alex by friday: say when")
        await here.run(JOB)
        assert "is read as due on 2026-11-06" in said(issue)
        later(here, days=7)
        await here.run(JOB)
        assert "was due on 2026-11-06 and is **overdue**" in said(issue)


async def test_what_is_closed_with_open_items_and_no_word_is_opened_again_once() -> None:
    async with office() as here:
        issue = post_mortem(here, "- [ ] @alex by 2026-12-24: say when")
        excused = post_mortem(here, "- [ ] @alex by 2026-12-24: say when")
        unwanted = post_mortem(here, "- [ ] @alex by 2026-12-24: say when")
        person = Actor(login="mark")
        here.says(excused, "The rest is in the backlog")
        for each in (issue, excused):
            here.github.acts.close(each, person)
        here.github.acts.close(unwanted, person, reason="not_planned")
        later(here, minutes=5)
        await here.run(JOB)
        assert [each.state for each in (issue, excused, unwanted)] == ["open", "closed", "closed"]
        assert "closed with 1 action item open, and nobody said why" in said(issue)
        later(here, days=1)
        await here.run(JOB)
        here.github.acts.close(issue, person)
        later(here, minutes=5)
        await here.run(JOB)
        assert issue.state == "closed"


async def test_a_dry_run_tells_all_and_writes_nothing() -> None:
    async with office() as here:
        post_mortem(here, "- [ ] say when", text=EMPTY)
        here.calls()
        ended = await here.run(JOB, dry_run=True)
        assert here.calls() == (3, 0)
        assert "1 item unclear, 2 sections empty" in str(ended.summary)


async def test_nothing_is_said_on_a_weekend() -> None:
    async with office() as here:
        post_mortem(here, "- [ ] @alex by 2026-11-06: say when", text=EMPTY)
        later(here, days=5)
        here.calls()
        await here.run(JOB)
        assert here.calls() == (3, 0)


@pytest.mark.parametrize("ticks", [pytest.param(False, id="opened again"), pytest.param(True, id="and ticked")])
async def test_an_answer_that_is_lost_leaves_nobody_wondering_why_it_is_open(
    monkeypatch: pytest.MonkeyPatch, ticks: bool
) -> None:
    from tests.journey.test_items_by_links import merge, pull

    async with office() as here:
        number = pull(here)
        issue = post_mortem(here, "- [ ] @alex by 2026-12-24: say when", f"- [ ] @jo by 2026-12-24: do it (#{number})")
        await here.run(JOB)
        later(here, days=1)
        here.github.acts.close(issue, Actor(login="mark"))
        if ticks:
            merge(here, number)
        later(here, minutes=5)
        reopen = Acts.reopen

        def reopened(self: Acts, *args: Any, **how: Any) -> None:
            here.github.faults.change({"lost_next": 1})
            reopen(self, *args, **how)

        monkeypatch.setattr(Acts, "reopen", reopened)
        assert not (await here.run(JOB)).complete
        later(here, minutes=5)
        assert (await here.run(JOB)).complete
        assert issue.state == "open"
        said = [it.body for it in issue.comments.values() if "so it is open again" in it.body]
        assert len(said) == 1
        assert said[0].startswith("@mark This was closed with ")
        assert ("- [x] @jo" in (issue.body or "")) is ticks


async def test_of_many_items_everybody_hears_and_none_is_dropped_unseen() -> None:
    async with office() as here:
        items = [f"- [ ] @alex by 2026-11-03: do {nth}." for nth in range(MOST_ITEMS + 20)]
        issue = post_mortem(here, *items)
        heard: list[str] = []
        for _ in range(MOST_ITEMS // MOST_TOLD):
            assert (await here.run(JOB)).complete
            heard += re.findall(r"^- @alex .* do (\d+)\.", said(issue), re.MULTILINE)
            later(here, minutes=5)
        assert sorted(int(nth) for nth in heard) == list(range(MOST_ITEMS)), "each is told, and once"
        assert "**20 more open action items are not followed up:**" in said(issue)
        comments = set(issue.comments)
        await here.run(JOB)
        assert set(issue.comments) == comments
        text = (issue.body or "").replace("- [ ]", "- [x]", MOST_ITEMS)
        here.github.acts.edit_text(issue, Actor(login="mark"), body=text)
        here.github.acts.close(issue, Actor(login="mark"))
        later(here, days=1)
        await here.run(JOB)
        assert issue.state == "open"
        assert "closed with 20 action items open" in said(issue)


async def test_however_much_people_say_nobody_is_told_twice() -> None:
    async with office(squad=ASKS) as here:
        issue = post_mortem(here, "- [ ] @alex by 2026-11-03: say when")
        await here.run(JOB)
        for nth in range(60):
            here.says(issue, f"I saw {nth} of them.")
        comments = set(issue.comments)
        later(here, minutes=10)
        here.calls()
        assert (await here.run(JOB)).complete
        assert set(issue.comments) == comments
        assert here.calls() == (4, 0), "what is there, two lists, and what was said before"


async def test_who_said_something_long_ago_is_not_told_that_it_is_missing() -> None:
    async with office(squad=SQUAD + "post_mortem: {audience: [jo, sharon, alex]}\n") as here:
        issue = post_mortem(here, "- [x] say when")
        await here.run(JOB)
        here.says(issue, "It was the pool.", "sharon")
        for nth in range(60):
            here.says(issue, f"I saw {nth} of them.")
        later(here, days=2)
        await here.run(JOB)
        assert "@alex You have not said anything yet" in said(issue)
