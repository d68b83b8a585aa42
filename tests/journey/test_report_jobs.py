"""The report jobs, as Actions runs them: over real HTTP, on GitHub alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.alerts import Impact
from app.domain.errors import UserError
from app.domain.following_up import DISCUSSED
from sandbox.github.state import Actor, Issue
from scripts import digest, handoff, monthly, morning, weekly
from scripts.job import Job
from tests.journey.office import MONDAY, SQUAD, Office, office
from tests.journey.test_items_by_links import pull
from tests.journey.test_post_mortems import EMPTY, WHOLE, post_mortem

WANTED = SQUAD + "reports: {morning: {}, digest: {}, handoff: {}, weekly: {}, monthly: {}}\n"
CAUSED = WHOLE.replace("A lock", "Cause: deploy\n\nA lock")
JOBS = [pytest.param(module.JOB, id=module.JOB.name) for module in (morning, digest, handoff, weekly, monthly)]


def at(day: int, hour: int, minute: int = 17) -> datetime:
    """In November 2026, whose second is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@asynccontextmanager
async def reporting(squad: str = WANTED) -> AsyncIterator[Office]:
    async with office(squad=squad) as here:
        yield here


def reports(here: Office, kind: str, state: str = "open") -> list[Issue]:
    return [it for it in here.home.issues.values() if f"report:{kind}" in it.labels and it.state == state]


def the(here: Office, kind: str) -> Issue:
    (report,) = reports(here, kind)
    return report


def tick(here: Office, report: Issue, ticket: Issue, who: str = "mark") -> None:
    """A person ticks a line on GitHub's page, which sends lines that end in CRLF."""
    lines = (report.body or "").replace("\r\n", "\n").split("\n")
    ticked = [
        f"- [x]{line[5:]}" if f"/issues/{ticket.number})" in line and line[:5] == "- [ ]" else line for line in lines
    ]
    assert ticked != lines
    here.github.acts.edit_text(report, Actor(login=who), body="\r\n".join(ticked))


def line(report: Issue, ticket: Issue) -> str:
    """The report's line about the ticket; empty where there is none."""
    found = [it for it in (report.body or "").split("\n") if f"/issues/{ticket.number})" in it]
    assert len(found) < 2, "a ticket stands in a report once"
    return found[0].rstrip("\r") if found else ""


# The morning review


async def test_the_night_is_reviewed_from_the_close_of_the_last_business_day() -> None:
    async with reporting() as here:
        here.clock.at = at(6, 15)
        by_day = here.ticket(1, impact=Impact.SEVERE)
        here.clock.at = at(7, 3)
        on_saturday = here.ticket(2, impact=Impact.SEVERE, team="Whiskey", last_seen=at(7, 3))
        undecided = here.ticket(3, app="Reader")
        quiet = here.ticket(4, impact=Impact.ANNOYING, silenced_by="mark", last_seen=at(7, 3))
        support = here.github.acts.open_issue(here.home, Actor(login="jo"), title="Can't log in", labels=("support",))
        here.clock.at = at(9, 8)
        assert "not due; the next one is, from Mon 2026-11-09 09:00 UTC on" in str(
            (await here.run(morning.JOB)).summary
        )
        here.clock.at = at(9, 9)
        assert (await here.run(morning.JOB)).complete
        report = the(here, "morning")
        assert report.title == "Morning review, 2026-11-09"
        assert report.assignees == ["alex", "sharon"]
        body = report.body or ""
        assert "@alex @sharon 2 tickets to look at since Fri 2026-11-06 17:00 UTC." in body
        assert body.index(line(report, undecided)) < body.index("### Whiskey") < body.index(line(report, on_saturday))
        assert line(report, undecided).startswith("- [ ] ")
        assert (line(report, by_day), line(report, quiet)) == ("", "")
        assert "1 silenced one occurred" in body
        assert "**new**" in line(report, support)
        assert not line(report, support).startswith("- [ ]")


async def test_ticks_and_notes_survive_and_the_next_review_carries_over_what_nobody_ticked() -> None:
    async with reporting() as here:
        here.clock.at = at(3, 3)
        one, two = here.ticket(1), here.ticket(2)
        here.clock.at = at(3, 9)
        await here.run(morning.JOB)
        report = the(here, "morning")
        tick(here, report, one)
        here.github.acts.edit_text(report, Actor(login="mark"), body=f"My notes\r\n\r\n{report.body}\r\n\r\nAnd more")
        here.calls()
        assert "as it was" in str((await here.run(morning.JOB)).summary)
        assert here.calls() == (6, 0)
        here.github.acts.add_labels(two, Actor(login="mark"), ("impact:severe",))
        assert "written anew" in str((await here.run(morning.JOB)).summary)
        assert line(report, one).startswith("- [x] ")
        assert line(report, two).startswith("- [ ] ")
        assert "severe" in line(report, two)
        assert (report.body or "").startswith("My notes\n\n<!--")
        assert (report.body or "").endswith("-->\n\nAnd more")
        here.clock.at = at(4, 9)
        await here.run(morning.JOB)
        assert report.state == "closed"
        following = the(here, "morning")
        assert line(following, one) == ""
        assert "left over" in line(following, two)
        await here.run(morning.JOB)
        assert "left over" in line(following, two), "though the one before is closed by now"


async def test_a_missed_day_is_in_the_next_review() -> None:
    async with reporting() as here:
        here.clock.at = at(3, 9)
        await here.run(morning.JOB)
        here.clock.at = at(3, 20)
        missed = here.ticket(1)
        here.clock.at = at(4, 18)
        assert "not due" in str((await here.run(morning.JOB)).summary), "the day is over"
        here.clock.at = at(5, 9)
        await here.run(morning.JOB)
        assert "since Tue 2026-11-03 17:00" in (the(here, "morning").body or "")
        assert line(the(here, "morning"), missed)


async def test_what_people_closed_is_left_as_it_is() -> None:
    async with reporting() as here:
        here.clock.at = at(3, 9)
        await here.run(morning.JOB)
        here.github.acts.close(the(here, "morning"), Actor(login="mark"))
        here.ticket(1)
        here.calls()
        assert "closed by people" in str((await here.run(morning.JOB)).summary)
        assert here.calls() == (6, 0)
        assert reports(here, "morning") == []


# The digest


async def test_each_lead_gets_one_batch_and_who_has_nothing_gets_none() -> None:
    async with reporting() as here:
        loud = here.ticket(1, impact=Impact.ANNOYING, app="Reader", occurrences=12, users=3)
        other = here.ticket(2, impact=Impact.ANNOYING, app="eFolder", owners=("sharon",), assignees=("sharon",))
        severe = here.ticket(3, impact=Impact.SEVERE, owners=("nick",), assignees=("nick",))
        planned = here.ticket(4, impact=Impact.ANNOYING, labels=("keep",))
        here.clock.at = at(2, 16)
        here.calls()
        await here.run(digest.JOB)
        assert here.calls()[0] == 3
        by_lead = {report.assignees[0]: report for report in reports(here, "digest")}
        assert sorted(by_lead) == ["alex", "sharon"]
        body = by_lead["alex"].body or ""
        assert "@alex 1 error of yours annoys people" in body
        assert "12 occurrences, 3 users" in line(by_lead["alex"], loud)
        assert [line(by_lead["alex"], it) for it in (other, severe, planned)] == ["", "", ""]
        assert body.count("@") == 1
        here.calls()
        await here.run(digest.JOB)
        assert here.calls() == (3, 0)


async def test_the_next_digest_is_made_when_there_is_something_new() -> None:
    async with reporting() as here:
        old = here.ticket(1, impact=Impact.ANNOYING)
        here.clock.at = at(2, 16)
        await here.run(digest.JOB)
        here.clock.at = at(3, 16)
        assert "nothing is made" in str((await here.run(digest.JOB)).summary)
        assert len(reports(here, "digest")) == 1
        new = here.ticket(2, impact=Impact.ANNOYING)
        here.clock.at = at(4, 16)
        await here.run(digest.JOB)
        report = the(here, "digest")
        assert "left over" in line(report, old)
        assert "**new**" in line(report, new)
        assert len(reports(here, "digest", "closed")) == 1


async def test_a_weekly_digest_waits_for_the_weeks_last_business_day() -> None:
    squad = SQUAD + "holidays: {extra: [2026-11-06]}\nreports: {digest: {every: week}}\n"
    async with reporting(squad) as here:
        here.ticket(1, impact=Impact.ANNOYING)
        here.clock.at = at(4, 16)
        assert "from Thu 2026-11-05 16:00 UTC on" in str((await here.run(digest.JOB)).summary)
        here.clock.at = at(6, 2)
        await here.run(digest.JOB)
        assert the(here, "digest").title == "Digest for alex, 2026-11-05"


async def test_a_lead_who_cant_be_assigned_is_mentioned_all_the_same() -> None:
    async with reporting() as here:
        here.ticket(1, impact=Impact.ANNOYING, owners=("gone",), assignees=())
        here.ticket(2, impact=Impact.ANNOYING, owners=("acme/ops",), assignees=())
        here.ticket(3, impact=Impact.ANNOYING, owners=(), assignees=())
        here.clock.at = at(2, 16)
        ended = await here.run(digest.JOB)
        assert ended.complete
        ops, gone = sorted(reports(here, "digest"), key=lambda it: it.title)
        assert (ops.assignees, gone.assignees) == ([], [])
        assert "@acme/ops 1 error of yours" in (ops.body or "")
        assert "@gone 1 error of yours" in (gone.body or "")
        assert "1 ticket nobody owns" in str(ended.summary)
        here.calls()
        await here.run(digest.JOB)
        assert here.calls() == (3, 0)


# The handoff


async def test_the_next_pair_is_told_at_the_change_of_shift() -> None:
    async with reporting() as here:
        asked = here.ticket(1, impact=Impact.SEVERE, asked=("nick",), asked_at=at(6, 12))
        known = here.ticket(2, acknowledged_by="mark", acknowledged_until=at(9, 12))
        ending = here.ticket(3, impact=Impact.ANNOYING, silenced_by="mark", silenced_until=at(12, 12))
        lasting = here.ticket(4, impact=Impact.ANNOYING, silenced_by="mark", silenced_until=at(30, 12))
        here.clock.at = at(9, 9)
        await here.run(handoff.JOB)
        report = the(here, "handoff")
        assert report.title == "Handoff, 2026-11-09: mark, alex to alex, sharon"
        assert report.assignees == ["alex", "sharon"]
        assert "**no answer from `@nick`**, asked Fri 2026-11-06" in line(report, asked)
        assert "`@mark` is on it" in line(report, known)
        assert not line(report, ending).startswith("- [ ]")
        assert "until Thu 2026-11-12 12:17 UTC by `@mark`" in line(report, ending)
        assert line(report, lasting) == ""
        assert "2 silences are in force" in (report.body or "")
        here.calls()
        await here.run(handoff.JOB)
        assert here.calls() == (4, 0)
        tick(here, report, asked, "alex")
        dry = str((await here.run(handoff.JOB, dry_run=True, anyway=True)).summary)
        assert "as it was" in dry
        here.github.acts.comment(report, Actor(login="mark"), "The queue is slow on Mondays")
        here.clock.at = at(16, 9)
        await here.run(handoff.JOB)
        following = the(here, "handoff")
        assert "**What the last pair learned** stands in [acme/caseflow" in (following.body or "")
        assert "slow on Mondays" not in (following.body or "")


# The weekly report


async def test_the_week_is_told_once_and_mentions_nobody() -> None:
    async with reporting() as here:
        noisy = here.ticket(1, impact=Impact.ANNOYING, app="Reader", team="Whiskey", days=((20_760, 7),))
        for _ in range(3):
            here.clock.at += timedelta(hours=1)
            here.github.acts.comment(noisy, Actor(login="prod-squad[bot]"), "Again\n\n<!-- prod-squad:v1:op=a1 -->")
        here.says(noisy, "hm")
        here.clock.at = at(4, 12)
        decided = here.ticket(2, impact=Impact.SEVERE, decided_at=at(4, 14), decided_by="mark")
        here.github.acts.close(decided, Actor(login="mark"))
        here.clock.at = at(9, 8)
        ended = await here.run(weekly.JOB)
        report = the(here, "weekly")
        assert report.title == "Week of 2026-11-02"
        body = report.body or ""
        assert "**2 alerts** and 7 occurrences in the week of 2026-11-02; 1 ticket was closed" in body
        assert "| 3 × 2 | 6 | `/silence 30d noise: 6 notifications in a week` |" in body
        assert "`@mark` 1" in body
        assert "bar [0, 0, 0, 0, 2]" in body
        assert "bar [0, 0, 0, 0, 2]" in str(ended.summary)
        assert report.assignees == []
        here.calls()
        here.clock.at = at(10, 8)
        await here.run(weekly.JOB)
        assert here.calls() == (4, 0)
        here.clock.at = at(16, 8)
        await here.run(weekly.JOB)
        assert the(here, "weekly").title == "Week of 2026-11-09"
        assert "bar [0, 0, 0, 2, 0]" in (the(here, "weekly").body or "")


# The monthly page


async def test_the_month_is_told_once_with_what_came_back() -> None:
    async with reporting() as here:
        here.clock.at = datetime(2026, 10, 6, 12, tzinfo=UTC)
        old = post_mortem(here, "- [ ] @mark by 2026-10-20: give the lock back", text=CAUSED, app="Reader")
        here.says(old, "The lock has to wait")
        here.github.acts.close(old, Actor(login="mark"))
        here.clock.at = at(4, 12)
        merged = pull(here, merged=True)
        new = post_mortem(here, f"- [x] @mark: one (#{merged})", "- [ ] @alex by 2026-11-20: two", app="eFolder")
        here.ticket(1, app="Reader", post_mortems=(old.number,))
        here.clock.at = datetime(2026, 12, 1, 8, 20, tzinfo=UTC)
        here.calls()
        ended = await here.run(monthly.JOB)
        assert here.calls() == (5, 2), "what is there, past pages, tickets twice, post-mortems; the page and its label"
        page = the(here, "monthly")
        assert page.title == "Post-mortems of 2026-11"
        body = page.body or ""
        assert "**1 post-mortem was** begun in 2026-11 and 0 done; in the month before 1 and 1." in body
        assert "came back on 2026-11-04" in body
        assert "still has: “give the lock back” (by 2026-10-20)" in body
        assert "| deploy | 0 | 1 | 1 |" in body
        assert (
            f"/issues/{new.number}) Post-mortem: PG::Error | eFolder | not said | 2026-11-04 | open | 1 of 2 |" in body
        )
        assert "@" not in body.replace("@&#x200B;", "")
        assert "came back" in str(ended.summary)
        here.github.acts.close(new, Actor(login="mark"))
        here.calls()
        here.clock.at += timedelta(days=1)
        assert "as it was" in str((await here.run(monthly.JOB)).summary)
        assert here.calls() == (2, 0), "what is there, past pages"
        assert page.body == body
        here.github.acts.close(page, Actor(login="mark"))
        assert "closed by people" in str((await here.run(monthly.JOB)).summary)
        here.clock.at = datetime(2027, 1, 4, 8, 20, tzinfo=UTC)
        await here.run(monthly.JOB)
        assert the(here, "monthly").title == "Post-mortems of 2026-12"


# After standup


async def test_the_morning_names_what_was_not_discussed_and_what_the_pair_owes() -> None:
    async with reporting() as here:
        mine = post_mortem(here, "- [ ] @alex by 2026-11-02: one", "- [ ] @nick by 2026-11-30: two")
        post_mortem(here, "- [ ]", text=EMPTY)
        here.clock.at = at(3, 9)
        await here.run(morning.JOB)
        report = the(here, "morning")
        body = report.body or ""
        assert f"/issues/{mine.number}) Post-mortem: PG::Error: 2 of 2 items open · **1 overdue**" in body
        assert f"/issues/{mine.number}) `@alex` “one” was due on 2026-11-02" in body
        assert body.count("/issues/") == 2
        discussed = (mine.body or "").replace("two", f"two\n\n- [x] {DISCUSSED}")
        here.github.acts.edit_text(mine, Actor(login="jo"), body=discussed)
        await here.run(morning.JOB)
        assert "After standup" not in (report.body or "")
        assert "was due on 2026-11-02" in (report.body or "")


# All of them


@pytest.mark.parametrize("job", JOBS)
async def test_a_report_that_nobody_wants_is_not_made(job: Job) -> None:
    async with reporting(SQUAD) as here:
        here.clock.at = at(9, 16)
        here.calls()
        ended = await here.run(job, anyway=True)
        assert here.calls() == (1, 0)
        assert ended.complete
        assert "does not want it" in str(ended.summary)


@pytest.mark.parametrize("job", JOBS)
async def test_a_file_with_faults_stops_a_report(job: Job) -> None:
    async with reporting("reports: {mornings: {}}\n") as here:
        with pytest.raises(UserError, match=r"prod-squad\.yml:1: .*mornings"):
            await here.run(job)


@pytest.mark.parametrize("job", JOBS)
async def test_a_dry_run_writes_nothing_and_shows_all(job: Job) -> None:
    async with reporting() as here:
        here.ticket(1, impact=Impact.ANNOYING)
        here.ticket(2)
        here.clock.at = MONDAY + timedelta(hours=1)
        here.calls()
        ended = await here.run(job, dry_run=True, anyway=True)
        assert here.calls()[1] == 0
        assert ended.complete
        text = str(ended.summary)
        assert "a dry run" in text
        assert "KeyError" in text or job.name in ("weekly", "monthly")
        assert "@alex" not in text.replace("`@alex`", "")


@pytest.mark.parametrize(
    ("job", "reads"),
    [
        pytest.param(morning.JOB, 10, id="morning"),
        pytest.param(digest.JOB, 7, id="digest"),
        pytest.param(handoff.JOB, 8, id="handoff"),
        pytest.param(weekly.JOB, 8, id="weekly"),
    ],
)
async def test_reads_grow_with_pages_and_the_report_stays_within_its_size(job: Job, reads: int) -> None:
    async with reporting() as here:
        for n in range(1, 501):
            here.ticket(n, impact=(Impact.ANNOYING, None)[n % 2], app=f"App {n % 30}", last_seen=here.clock())
        here.clock.at = at(3, 9)
        here.calls()
        assert (await here.run(job, anyway=True)).complete
        made = [it for it in here.home.issues.values() if f"report:{job.name}" in it.labels]
        assert len(made) == 1
        assert len(made[0].body or "") < 60_000
        assert here.calls() == (reads, 2), "five pages of tickets; the issue, and its label's colour"
        before = made[0].body
        await here.run(job, anyway=True)
        assert here.calls() == (reads, 0)
        assert made[0].body == before


async def test_a_lost_answer_makes_no_second_report() -> None:
    async with reporting() as here:
        here.ticket(1)
        here.clock.at = at(3, 9)
        here.github.faults.change({"lost_next": 1, "route": "POST /repos/{owner}/{repo}/issues"})
        ended = await here.run(morning.JOB)
        assert not ended.complete
        assert "Left undone: 1 report" in str(ended.summary)
        assert (await here.run(morning.JOB)).complete
        assert len(reports(here, "morning")) == 1


async def test_an_older_report_that_could_not_be_closed_is_closed_by_the_next_run() -> None:
    async with reporting() as here:
        here.clock.at = at(3, 9)
        await here.run(morning.JOB)
        here.clock.at = at(4, 9)
        here.github.faults.change({"server_errors": 1.0, "route": "PATCH /repos/{owner}/{repo}/issues"})
        assert not (await here.run(morning.JOB)).complete
        assert len(reports(here, "morning")) == 2
        here.github.faults.change({"server_errors": 0.0})
        assert (await here.run(morning.JOB)).complete
        assert the(here, "morning").title == "Morning review, 2026-11-04"


async def test_one_that_could_not_be_made_stops_no_other() -> None:
    async with reporting() as here:
        here.ticket(1, impact=Impact.ANNOYING, owners=("alex",))
        here.ticket(2, impact=Impact.ANNOYING, owners=("sharon",), assignees=("sharon",))
        here.clock.at = at(2, 16)
        here.github.faults.change({"errors_next": 1, "route": "POST /repos/{owner}/{repo}/issues"})
        ended = await here.run(digest.JOB)
        assert not ended.complete
        assert [it.assignees for it in reports(here, "digest")] == [["sharon"]]
        assert (await here.run(digest.JOB)).complete
        assert sorted(it.assignees[0] for it in reports(here, "digest")) == ["alex", "sharon"]
