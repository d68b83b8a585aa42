"""`/duplicate-of`: two tickets of one error become one, and every count stays exact."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.decisions.merging import news_of, post
from app.flows.passing import PAGE
from sandbox.github.state import Issue
from tests.journey.stage import CHANGE_ISSUE, Stage, by_the_app, seed, stage, told

ERRORS = ("reader-document", "certification-v2-timeout", "dispatch-claim")


async def command(here: Stage, number: int, text: str, actor: str = "nick") -> None:
    await here.act("comment", number=number, actor=actor, body=text)
    await here.quiet()


def counts(*issues: Issue) -> list[int]:
    """The occurrences that the tickets tell."""
    return [told(issue).occurrences for issue in issues]


async def test_what_was_counted_and_what_comes_counts_in_the_other_one(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first(ERRORS[0])
        error = await here.first(ERRORS[1])
        await here.again(error, times=4)
        one, two = here.issues
        assert counts(one, two) == [1, 5]
        await command(here, 2, "/duplicate-of #1")
        assert (two.state, two.state_reason, two.duplicate_of) == ("closed", "duplicate", one.id)
        assert "/issues/1" in by_the_app(two)[-1].body
        assert counts(one, two) == [6, 5]
        assert "Duplicates, counted here" in (one.body or "")
        await here.again(error, times=7)
        assert counts(one, two) == [13, 5]
        assert sum(number for issue in (one, two) for _, number in told(issue).days) == 13, "reports add tickets up"
        assert two.state == "closed"
        assert by_the_app(one), "the occurrences are told there"


async def test_a_storm_that_comes_meanwhile_is_counted_to_the_last(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first(ERRORS[0])
        error = await here.first(ERRORS[1])
        here.sentry.acts.again(error, times=PAGE + 150)
        await here.act("comment", number=2, actor="nick", body="/duplicate-of #1")
        here.sentry.acts.again(error, times=2 * PAGE + 30)
        await here.quiet(60)
        one, two = here.issues
        assert told(one).occurrences == 1 + 1 + (PAGE + 150) + (2 * PAGE + 30)
        assert two.state == "closed"


async def test_reopened_it_is_a_ticket_of_its_own_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first(ERRORS[0])
        error = await here.first(ERRORS[1])
        one, two = here.issues
        await command(here, 2, "/duplicate-of #1")
        await here.act("reopen", number=2, actor="alex")
        await here.quiet()
        assert two.state == "open"
        assert "no duplicate of" in by_the_app(two)[-1].body
        assert "Duplicates, counted here" not in (one.body or "")
        await here.again(error, times=3)
        assert counts(one, two) == [2, 4]
        await command(here, 2, "/duplicate-of #1")
        assert counts(one, two) == [5, 4], "what was told before is not told again"


async def test_a_report_that_finds_the_duplicate_is_one_of_the_other(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first(ERRORS[1])
        await here.first(ERRORS[0])
        one, two = here.issues
        await command(here, 2, "/duplicate-of #1")
        text = "It says: ActiveRecord::RecordNotFound: Couldn't find Document with 'id'=99"
        await here.act("open", title="I can't open documents", body=text, labels=["prod-alert"], actor="jo")
        await here.quiet()
        report = here.issues[2]
        assert (report.state, report.duplicate_of) == ("closed", one.id)
        assert counts(one, two) == [3, 1]


async def test_a_chain_leads_to_its_end(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        errors = [await here.first(example) for example in ERRORS]
        a, b, c = here.issues
        await command(here, 1, "/duplicate-of #2")
        await command(here, 2, "/duplicate-of #3")
        assert counts(c) == [3]
        await here.again(errors[0], times=5)
        assert counts(a, b, c) == [1, 2, 8]
        await command(here, 3, "/duplicate-of #1")
        assert "is itself a duplicate of" in by_the_app(c)[-1].body
        await command(here, 3, "/duplicate-of #2")
        assert "is a duplicate of this one already" in by_the_app(c)[-1].body
        assert c.state == "open"


async def test_each_of_the_other_at_the_same_moment_is_taken_apart(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        errors = [await here.first(example) for example in ERRORS[:2]]
        await here.stop()
        await here.act("comment", number=1, actor="nick", body="/duplicate-of #2")
        await here.act("comment", number=2, actor="nick", body="/duplicate-of #1")
        await here.start()
        await here.later(hours=1)
        await here.quiet()
        await here.delivered()
        await here.quiet()
        for error in errors:
            await here.again(error, times=2)
        one, two = here.issues
        assert "open" in {one.state, two.state}, "the error goes on somewhere"
        heard = [issue for issue in (one, two) if issue.state == "open"]
        assert sum(counts(*heard)) == 6


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        pytest.param("/duplicate-of", "Name the other ticket", id="none named"),
        pytest.param("/duplicate-of me", "names no issue", id="no issue"),
        pytest.param("/duplicate-of #1", "this ticket itself", id="itself"),
        pytest.param("/duplicate-of #3", "write `/prod-alert` there", id="an issue that is no ticket"),
        pytest.param("/duplicate-of #99", "is no ticket", id="no such issue"),
        pytest.param("/duplicate-of acme/secret#1", "not installed", id="where the App is not"),
    ],
)
async def test_what_can_not_be_is_told(tmp_path: Path, text: str, answer: str) -> None:
    async with stage(tmp_path) as here:
        await here.first(ERRORS[0])
        await here.first(ERRORS[1])
        await here.act("open", title="Only a wish", body="Please.", actor="jo")
        await command(here, 1, text)
        (said,) = by_the_app(here.issues[0])
        assert answer in said.body.replace("&#x200B;", "")
        assert here.issues[0].state == "open"


async def test_in_another_repository_one_must_be_allowed_there_too(tmp_path: Path) -> None:
    reader = {"name": "acme/reader", "people": {"nick": "admin", "kim": "read"}}
    squad = "apps:\n  - {name: Reader, projects: [reader], repository: acme/reader}\ntickets: {gather: 1s}\n"
    async with stage(tmp_path, world=seed(squad=squad, others=(reader,))) as here:
        await here.first(ERRORS[0])
        error = await here.first(ERRORS[1])
        (there,) = here.github.state.repository("acme/reader").issues.values()
        await command(here, 1, f"/duplicate-of acme/reader#{there.number}", actor="kim")
        assert "triage in both" in by_the_app(here.ticket)[-1].body
        await command(here, 1, f"/duplicate-of https://github.com/acme/reader/issues/{there.number}")
        assert here.ticket.state == "closed"
        await here.again(error, times=2)
        assert counts(there) == [4]


async def test_a_worse_one_is_told_and_changes_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first(ERRORS[0])
        await here.first(ERRORS[1])
        one, two = here.issues
        await command(here, 2, "/impact severe nobody can certify")
        await command(here, 2, "/duplicate-of #1")
        (note,) = by_the_app(one)
        assert "found **severe**" in note.body
        assert "impact:severe" not in one.labels
        calls = len(by_the_app(two))
        await here.later(hours=3)
        await here.quiet()
        assert len(by_the_app(two)) == calls, "nobody is called about a duplicate"
        await command(here, 2, "/impact annoying")
        assert "Write it there" in by_the_app(two)[-1].body


async def test_killed_and_settled_again_it_is_told_once(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first(ERRORS[0])
        await here.first(ERRORS[1])
        one, two = here.issues
        here.github.faults.route = CHANGE_ISSUE
        here.github.faults.errors_next = 2
        await here.act("comment", number=2, actor="nick", body="/duplicate-of #1")
        for _ in range(4):
            await here.tried()
            await here.later(seconds=90)
        await here.quiet(30)
        assert counts(one, two) == [2, 1]
        assert len([comment for comment in by_the_app(two) if "Closed as a duplicate" in comment.body]) == 1


async def test_deleted_unheard_a_duplicate_gets_no_new_issue(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first(ERRORS[0])
        error = await here.first(ERRORS[1])
        await here.stop()
        await here.act("comment", number=2, actor="nick", body="/duplicate-of #1")
        del here.home.issues[2]
        await here.start()
        await here.later(minutes=5)
        await here.quiet()
        await here.again(error, times=3)
        assert counts(*here.issues) == [5]


async def test_its_own_news_come_all_the_way_round_reopens_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first(ERRORS[0])
        error = await here.first(ERRORS[1])
        one, two = here.issues
        await command(here, 2, "/duplicate-of #1")
        duplicate = await here.house.mailroom.look(2)
        assert duplicate is not None
        news = post(1, 2, "round", news_of(duplicate), here.clock())
        await here.house.mailroom.receive(news.letter)
        await here.quiet()
        assert two.state == "open"
        assert "duplicates of each other" in by_the_app(two)[-1].body
        await here.again(error, times=2)
        assert counts(one, two) == [2, 3], "nothing is counted twice"
