"""The nag, as Actions runs it: over real HTTP, on GitHub alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.alerts import Impact
from app.domain.errors import UserError
from scripts.nag import JOB
from tests.journey.office import APP, MONDAY, SQUAD, Office, office


def later(here: Office, **much: float) -> None:
    here.clock.at += timedelta(**much)


async def test_a_stale_ticket_is_reminded_of_until_somebody_acts() -> None:
    async with office() as here:
        issue = here.ticket()
        assert (await here.run(JOB)).complete
        assert here.reminders(issue) == []
        later(here, days=1)
        await here.run(JOB)
        (first,) = here.reminders(issue)
        assert first.startswith("@mark: please decide how bad this is.")
        assert "stale" in issue.labels
        later(here, days=1)
        await here.run(JOB)
        (second,) = here.reminders(issue)
        assert second.startswith("@mark @alex: "), "the new one takes the old one's place"
        later(here, minutes=5)
        here.says(issue, "I look at it")
        later(here, minutes=5)
        here.calls()
        await here.run(JOB)
        assert here.calls() == (2, 1), "one call takes the reminder and the label off"
        assert (here.reminders(issue), "stale" in issue.labels) == ([], False)
        later(here, hours=23)
        await here.run(JOB)
        assert here.reminders(issue) == [], "the clock began anew"


async def test_a_second_run_reads_only() -> None:
    async with office() as here:
        tickets = [here.ticket(n, impact=Impact.SEVERE) for n in range(1, 6)]
        later(here, days=1)
        here.calls()
        await here.run(JOB)
        assert here.calls() == (2, 6), "what is there is read once; one call each, and the label once"
        ended = await here.run(JOB)
        assert here.calls() == (2, 0)
        assert ended.complete
        assert [len(here.reminders(issue)) for issue in tickets] == [1] * 5


async def test_a_bots_deeds_move_no_clock() -> None:
    async with office() as here:
        issue = here.ticket(impact=Impact.SEVERE)
        later(here, hours=6)
        here.github.acts.comment(issue, APP, "Occurred again")
        here.github.acts.add_labels(issue, APP, ("regression",))
        here.github.acts.edit_text(issue, APP, body=(issue.body or "") + "\n")
        later(here, hours=18)
        await here.run(JOB)
        assert len(here.reminders(issue)) == 1


async def test_an_annoying_ticket_is_closed_only_as_announced() -> None:
    squad = SQUAD + "nag: {annoying: 2d, close_annoying: 3d}\n"
    async with office(squad=squad) as here:
        wanted, unwanted = here.ticket(1, impact=Impact.ANNOYING), here.ticket(2, impact=Impact.ANNOYING)
        severe = here.ticket(3, impact=Impact.SEVERE)
        later(here, days=2)
        await here.run(JOB)
        assert "closed as not planned" in next(iter(unwanted.comments.values())).body
        later(here, days=1)
        here.says(wanted, "still wanted")
        later(here, days=5)
        await here.run(JOB)
        assert (wanted.state, unwanted.state, unwanted.state_reason) == ("open", "closed", "not_planned")
        assert severe.state == "open"
        assert here.reminders(unwanted)[-1].startswith("Closed as announced")


async def test_a_dry_run_writes_nothing_and_tells_all() -> None:
    async with office() as here:
        here.ticket()
        later(here, days=1)
        here.calls()
        ended = await here.run(JOB, dry_run=True)
        assert here.calls() == (2, 0)
        assert ended.complete
        assert "a dry run" in str(ended.summary)
        assert "/issues/1) | undecided | decide the impact" in str(ended.summary)


async def test_a_file_with_faults_stops_the_job_before_it_does_anything() -> None:
    async with office(squad="nag: {sever: 2d}\n") as here:
        here.ticket()
        later(here, days=9)
        here.calls()
        with pytest.raises(UserError, match=r"prod-squad\.yml:1: .*sever"):
            await here.run(JOB)
        assert here.calls() == (1, 0)


async def test_what_takes_no_comment_is_told_and_the_rest_is_done() -> None:
    async with office() as here:
        full, other = here.ticket(1, impact=Impact.SEVERE), here.ticket(2, impact=Impact.SEVERE)
        said = here.github.acts.comment(full, APP, "once more")
        full.comments = {said.id + n: said for n in range(2_500)}  # GitHub takes no more
        later(here, days=1)
        ended = await here.run(JOB)
        assert not ended.complete
        assert "Left undone: 1 ticket" in str(ended.summary)
        assert len(here.reminders(other)) == 1
        full.comments.clear()
        here.says(full, "I see")
        await here.run(JOB)
        assert "stale" not in full.labels


async def test_it_paces_itself_and_the_next_run_goes_on_where_it_stopped() -> None:
    async with office() as here:
        stale = [here.ticket(n, impact=Impact.SEVERE) for n in range(1, 61)]
        here.clock.at = MONDAY + timedelta(days=1)
        first = await here.run(JOB, minutes=0.5)
        done = [issue for issue in stale if here.reminders(issue)]
        assert len(done) == 30, "30 a minute, and half a minute is too short for more"
        assert "Left undone: 30 tickets" in str(first.summary)
        assert not first.complete
        here.calls()
        assert (await here.run(JOB)).complete
        assert here.calls() == (2, 30)
        assert all(len(here.reminders(issue)) == 1 for issue in stale)


async def test_what_an_earlier_run_made_counts_against_the_hour() -> None:
    async with office() as here:
        for n in range(1, 301):
            here.ticket(n, impact=Impact.SEVERE)
        here.clock.at = MONDAY + timedelta(days=1)
        began = here.clock()
        await here.run(JOB, minutes=9)
        assert sum(bool(here.reminders(issue)) for issue in here.home.issues.values()) == 225
        assert not (await here.run(JOB, minutes=40)).complete, "the hour is not over, though this run made nothing yet"
        assert here.clock() - began < timedelta(hours=1)
        assert (await here.run(JOB, minutes=60)).complete
        assert here.clock() - began > timedelta(hours=1)


async def test_reads_grow_with_pages_only_and_none_is_missed() -> None:
    async with office() as here:
        for n in range(1, 1_001):
            here.ticket(n, impact=Impact.SEVERE)
        here.clock.at = MONDAY + timedelta(days=1)
        here.calls()
        ended = await here.run(JOB, dry_run=True)
        assert here.calls() == (11, 0), "ten pages, and one read for all files"
        assert "It would remind of **1,000** of 1,000 open tickets." in str(ended.summary)
