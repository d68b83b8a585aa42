"""A storm of new errors: one ticket takes them, one ping goes out, every count is exact, and GitHub hears little."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.github.state import Issue
from sandbox.sentry.state import Issue as SentryIssue
from tests.journey.stage import CHANGE_ISSUE, GRAPHQL, OPEN_ISSUE, SQUAD, Stage, by_the_app, seed, stage, told

STORM = "storm:\n  errors: 10\n  within: 10m\n"
ROTATION = "rotation:\n  members: [jo, kim]\n  starts: 2020-01-06\n"
PROJECTS = ("reader", "certification", "dispatch")
ROW = re.compile(r"^\| `@(\w+)` \| [^|]*Error([a-z]+)X[^|]* \| (\w+) \| ([\d,]+) \| ", re.MULTILINE)


def world(more: str = STORM, **rest: Any) -> dict[str, Any]:
    return seed(squad=SQUAD + more, **rest)


def name(nth: int) -> str:
    """A word for a number: what varies in an error's text by digits alone is one error."""
    return "".join("abcdefghij"[int(digit)] for digit in str(nth))


def strike(here: Stage, many: int, *, first: int = 0, project: str = "") -> list[SentryIssue]:
    """So many new errors, no two alike, of three apps unless one is named."""
    return [
        here.sentry.acts.raise_error(project=project or PROJECTS[nth % 3], type=f"Error{name(nth)}X", value="it broke")
        for nth in range(first, first + many)
    ]


async def storm_of(here: Stage, many: int, project: str = "") -> list[SentryIssue]:
    """So many new errors, of which the first ten have issues of their own."""
    first = strike(here, 10, project=project)
    await here.quiet()
    rest = strike(here, many - 10, first=10, project=project)
    await here.quiet(60)
    return first + rest


def parent(here: Stage) -> Issue:
    """The one storm's ticket."""
    (found,) = [issue for issue in here.issues if "storm" in issue.labels]
    return found


def rows(issue: Issue) -> dict[str, int]:
    """What the table says of each error."""
    return {error: int(times.replace(",", "")) for _, error, _, times in ROW.findall(issue.body or "")}


def body(issue: Issue) -> str:
    return issue.body or ""


async def passes(here: Stage, **much: float) -> None:
    """So much time goes by, and what falls due is done."""
    await here.later(**much)
    await here.quiet(60)


async def says(here: Stage, issue: Issue, text: str, by: str = "jo") -> None:
    await here.act("comment", number=issue.number, actor=by, body=text)
    await here.quiet(60)
    await passes(here, seconds=5)


def for_tickets(calls: list[str]) -> list[str]:
    return [route for route in calls if "/labels/" not in route]


@pytest.mark.timeout(180)
async def test_a_thousand_occurrences_of_sixty_new_errors_are_counted_exactly_in_one_table(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world()) as here:
        errors = await storm_of(here, 60)
        for nth in range(940):
            here.sentry.acts.again(errors[nth % 7 + 7 * (nth % 8)])
        await here.quiet(60)
        await passes(here, seconds=20)
        assert sum(error.count for error in errors) == 1_000
        counted = {error.report.type.removeprefix("Error").removesuffix("X"): error.count for error in errors}
        assert rows(parent(here)) == {name(nth): counted[name(nth)] for nth in range(10, 60)}
        assert told(parent(here)).occurrences == sum(counted[name(nth)] for nth in range(10, 60))
        assert sum(told(issue).occurrences for issue in here.issues) == 1_000, "nothing lost, nothing double"
        assert parent(here).title.startswith("Storm: 60 new errors since ")
        assert len(here.issues) == 11


@pytest.mark.timeout(180)
async def test_five_hundred_new_errors_are_eleven_issues_one_ping_and_a_few_refreshes(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world(STORM.replace("10m", "30m"))) as here:
        strike(here, 500)
        await here.quiet(100)
        await passes(here, seconds=20)
        calls = for_tickets(here.calls())
        assert calls.count(OPEN_ISSUE) == 11, "ten that came before there were too many, and the storm's"
        assert calls.count(GRAPHQL) == 1, "the ping"
        assert [said.body.partition(":")[0] for said in by_the_app(parent(here))] == ["@nick"]
        assert calls.count(CHANGE_ISSUE) <= 40, "a refresh each second, for as long as they come"
        assert len(calls) == 12 + 2 * calls.count(CHANGE_ISSUE)
        assert "… and 440 errors with 440 occurrences more" in body(parent(here))
        assert told(parent(here)).occurrences == 490


async def test_one_ping_goes_to_the_primary_and_the_tickets_from_just_before_rest(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world(STORM + ROTATION)) as here:
        strike(here, 12)
        await here.quiet()
        storm = parent(here)
        (primary,) = storm.assignees
        assert primary in {"jo", "kim"}
        (ping,) = by_the_app(storm)
        assert ping.body.startswith(f"@{primary}: **many new errors at once.**")
        for nth in range(5):  # a new error each nine minutes: the storm goes on
            await passes(here, minutes=9)
            strike(here, 1, first=100 + nth)
            await here.quiet()
        assert len(here.issues) == 11
        assert [by_the_app(issue) for issue in here.issues[:10]] == [[]] * 10
        assert len(by_the_app(storm)) == 2, "the storm's own ping went up the line"
        await says(here, storm, "/ack")
        await passes(here, minutes=11)
        assert "**The storm is over.**" in body(storm)
        await passes(here, minutes=20)
        assert [by_the_app(issue) for issue in here.issues[:10]] == [[]] * 10, "their time began when it was over"
        await passes(here, minutes=11)
        assert all(len(by_the_app(issue)) == 1 for issue in here.issues[:10])


async def test_a_storm_that_is_over_is_followed_by_another_one(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world()) as here:
        strike(here, 13)
        await here.quiet()
        await passes(here, minutes=11)
        strike(here, 10, first=20)
        await here.quiet()
        assert len(here.issues) == 11 + 10, "ten more are no storm"
        strike(here, 3, first=40)
        await here.quiet()
        assert len([issue for issue in here.issues if "storm" in issue.labels]) == 2


async def test_split_gives_each_owner_one_ticket(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world()) as here:
        errors = await storm_of(here, 31)
        storm = parent(here)
        await says(here, storm, "/split")
        parts = {issue.assignees[0]: issue for issue in here.issues if "storm" in issue.labels and issue != storm}
        assert sorted(parts) == ["alex", "mark", "sharon"]
        assert {who: len(rows(part)) for who, part in parts.items()} == {"alex": 7, "mark": 7, "sharon": 7}
        for who, part in parts.items():
            assert part.title.startswith(f"Storm: 7 new errors for {who} since ")
            assert [said.body.partition(":")[0] for said in by_the_app(part)] == [f"@{who}"], "one ping for all"
            assert f"/issues/{part.number})" in body(storm)
            assert f"/issues/{storm.number})" in body(part)
        assert (storm.state, storm.state_reason) == ("closed", "completed")
        here.calls()
        here.sentry.acts.again(errors[30], times=4)
        here.sentry.acts.again(errors[29], times=2)
        await here.quiet()
        await passes(here, seconds=20)
        assert rows(parts["mark"])[name(30)] == 5
        assert rows(parts["sharon"])[name(29)] == 3
        assert sum(told(issue).occurrences for issue in here.issues) == 37, "nothing lost, nothing double"
        assert sum(number for issue in here.issues for _, number in told(issue).days) == 37, "nor in the reports"
        assert OPEN_ISSUE not in here.calls()
        await says(here, storm, "/split")
        assert "had this storm split already" in by_the_app(storm)[-1].body


async def test_an_owners_only_error_has_a_ticket_of_its_own(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world()) as here:
        await storm_of(here, 13)
        storm = parent(here)
        await says(here, storm, "/split")
        await passes(here, seconds=20)
        own = here.issues[11:]
        assert sorted(issue.title for issue in own) == sorted(f"Error{name(nth)}X: it broke" for nth in (10, 11, 12))
        assert sorted(issue.assignees for issue in own) == [["alex"], ["mark"], ["sharon"]]
        assert not any("storm" in issue.labels for issue in own)
        assert all(f"/issues/{issue.number})" in body(storm) for issue in own)
        assert storm.state == "closed"


async def test_split_of_one_owners_errors_opens_each(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world()) as here:
        errors = await storm_of(here, 16, project="dispatch")
        storm = parent(here)
        await says(here, storm, "/split")
        await passes(here, seconds=20)
        assert len(here.issues) == 17
        assert storm.state == "closed"
        assert "**Since then, with tickets of their own:**" in body(storm)
        assert all(f"/issues/{issue.number})" in body(storm) for issue in here.issues[11:])
        assert all(f"/issues/{storm.number})" in body(issue) for issue in here.issues[11:])
        here.sentry.acts.again(errors[15])
        await here.quiet()
        assert sum(told(issue).occurrences for issue in here.issues) == 17


async def test_closing_the_storm_dissolves_it(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world()) as here:
        errors = await storm_of(here, 20)
        storm = parent(here)
        await passes(here, seconds=5)
        await here.act("close", number=storm.number, actor="jo", reason="completed")
        await here.quiet()
        assert len(here.issues) == 11
        await passes(here, seconds=5)
        here.sentry.acts.again(errors[15])
        await here.quiet()
        await passes(here, seconds=5)
        assert len(here.issues) == 12, "it occurred again; the other nine stay quiet"
        own = here.issues[-1]
        assert f"Error{name(15)}X" in own.title
        assert "**It came with a storm of new errors:** [acme/caseflow" in body(own)
        assert f"/issues/{storm.number})" in body(own)
        assert told(own).occurrences == 2
        assert storm.state == "closed"
        assert sum(told(issue).occurrences for issue in here.issues) == 21
        strike(here, 2, first=50)
        await here.quiet()
        assert len(here.issues) == 14, "a few new errors more are no new storm"


async def test_a_persons_report_of_a_member_becomes_its_own_ticket(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world()) as here:
        errors = await storm_of(here, 14)
        link = f"https://sentry.example/organizations/acme/issues/{errors[12].id}/"
        await here.act("open", title="It is white", body=f"See {link}", labels=["prod-alert"], actor="jo")
        await here.quiet()
        await passes(here, seconds=5)
        own, storm = here.issues[-1], parent(here)
        assert (own.title, own.state) == ("It is white", "open")
        assert "<!-- prod-squad:v1:begin" in body(own)
        assert sorted(rows(storm)) == [name(nth) for nth in (10, 11, 13)]
        assert f"/issues/{own.number})" in body(storm)


async def test_what_a_rule_calls_severe_gets_its_own_ticket_and_its_call(tmp_path: Path) -> None:
    rules = (
        "impact:\n  - when: {error_type: 'Fatal*'}\n    set: severe\n  - when: {occurrences: 5}\n    set: severe\n"
        "  - when: {occurrences: 3}\n    suggest: severe\n"
    )
    async with stage(tmp_path, world=world(STORM + rules)) as here:
        errors = await storm_of(here, 14)
        here.sentry.acts.raise_error(project="reader", type="FatalError", value="documents are lost")
        await here.quiet()
        fatal = next(issue for issue in here.issues if issue.title.startswith("FatalError"))
        assert "impact:severe" in fatal.labels
        assert [said.body.partition(":")[0] for said in by_the_app(fatal)] == ["🚨 @mark"]
        here.sentry.acts.again(errors[12], times=2)
        await here.quiet()
        await passes(here, seconds=5)
        assert f"Error{name(12)}X: it broke – **suggested: severe**" in body(parent(here))
        here.sentry.acts.again(errors[12], times=2)
        await here.quiet()
        await passes(here, seconds=5)
        own = here.issues[-1]
        assert f"Error{name(12)}X" in own.title
        assert told(own).occurrences == 5
        assert [said.body.partition(":")[0] for said in by_the_app(own)] == ["🚨 @mark"]
        assert sorted(rows(parent(here))) == [name(nth) for nth in (10, 11, 13)]


async def test_a_member_that_is_resolved_at_sentry_is_shown_so(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world()) as here:
        errors = await storm_of(here, 12)
        here.sentry.acts.resolve(errors[11])
        await here.quiet()
        await passes(here, seconds=5)
        assert f"Error{name(11)}X: it broke – **resolved at Sentry**" in body(parent(here))


async def test_without_its_section_every_error_gets_its_ticket(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world("")) as here:
        strike(here, 12)
        await here.quiet()
        assert len(here.issues) == 12
        await says(here, here.issues[0], "/split")
        assert "nothing to split" in by_the_app(here.issues[0])[-1].body


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param({"lost_next": 1}, id="the answer is lost after the storm's issue was made"),
        pytest.param({"lost_next": 1, "route": "/graphql"}, id="the answer is lost after the ping was made"),
        pytest.param({"errors_next": 2}, id="GitHub is down for a moment"),
    ],
)
async def test_what_is_in_doubt_is_made_once(tmp_path: Path, faults: dict[str, Any]) -> None:
    async with stage(tmp_path, world=world()) as here:
        strike(here, 10)
        await here.quiet()
        here.github.faults.change(faults)
        strike(here, 5, first=10)
        await here.waits()
        await passes(here, seconds=60)
        assert len(here.issues) == 11
        assert len(by_the_app(parent(here))) == 1
        assert told(parent(here)).occurrences == 5


async def test_a_restart_in_the_middle_forgets_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world()) as here:
        errors = await storm_of(here, 15)
        await here.stop()
        await here.start()
        here.sentry.acts.again(errors[12], times=2)
        strike(here, 2, first=20)
        await here.quiet()
        await passes(here, seconds=5)
        assert len(here.issues) == 11, "the wave is known across restarts"
        assert told(parent(here)).occurrences == 9


async def test_a_title_that_somebody_gave_stays(tmp_path: Path) -> None:
    async with stage(tmp_path, world=world()) as here:
        strike(here, 12)
        await here.quiet()
        await passes(here, seconds=5)
        assert parent(here).title.startswith("Storm: 12 new errors since ")
        await here.act("edit", number=parent(here).number, actor="jo", title="The database is down")
        strike(here, 2, first=20)
        await here.quiet()
        await passes(here, seconds=5)
        assert parent(here).title == "The database is down"
        assert "**14 new errors**" in body(parent(here))
