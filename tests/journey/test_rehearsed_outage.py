"""A rehearsed outage and its post-mortem: what people noted, what was changed around it, and all tickets of it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.history import OF_PEOPLE, Happened
from sandbox.sentry.state import Issue as SentryIssue
from tests.journey.stage import LIST_ISSUES, SQUAD, Stage, by_the_app, seed, stage, told
from tests.journey.test_memory import PULL, ROTATION, ZONE, closes, post_mortem, remembers, says, squad

STORM = "storm: {errors: 2, within: 10m}\n"


async def noted(here: Stage, ticket: int = 1) -> list[Happened]:
    """What people put on the ticket's timeline, as the ledger has it."""
    return [line for line in (await remembers(here, ticket)).history if line.kind in OF_PEOPLE]


async def comments(here: Stage, text: str, number: int = 1, by: str = "jo") -> int:
    """The comment's id."""
    said = await here.act("comment", number=number, actor=by, body=text)
    await here.quiet()
    return int(said["id"])


def stamp(here: Stage, **ago: float) -> str:
    return (here.clock() - timedelta(**ago)).isoformat()


# /timeline


async def test_a_moment_is_marked_by_a_comment(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        comment = await comments(here, "/timeline we rolled back to 1.4.2, see @nick and #1")
        (line,) = await noted(here)
        assert (line.by, line.detail) == ("jo", "we rolled back to 1.4.2, see @nick and #1")
        assert line.link.endswith(f"/issues/1#issuecomment-{comment}")
        reactions = here.ticket.comments[comment].reactions
        assert (reactions["eyes"], reactions["+1"]) == (1, 1)
        await says(here, "/post-mortem")
        body = post_mortem(here).body or ""
        assert re.search(r"\| \[.*\]\(.*#issuecomment-\d+\) \| “we rolled back to 1.4.2, see @", body)
        assert "@nick" not in body.split("## Timeline")[1]


async def test_a_comment_is_marked_as_a_whole_and_redacted(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        await comments(here, "The pool was full,\nask jo@example.org.\n\n/timeline")
        (line,) = await noted(here)
        assert line.detail == "The pool was full, ask [e-mail removed]."


async def test_an_edited_comment_is_marked_as_it_is_and_once(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        comment = await comments(here, "/timeline we rolled back")
        await here.act("edit_comment", comment_id=comment, actor="jo", body="Hello.\n\n/timeline we rolled back")
        await here.quiet()
        assert len(await noted(here)) == 1
        await here.act("edit_comment", comment_id=comment, actor="jo", body="/timeline we rolled back to 1.4.2")
        await here.quiet()
        (line,) = await noted(here)
        assert line.detail == "we rolled back to 1.4.2"
        await here.act("delete_comment", comment_id=comment, actor="jo")
        await here.quiet()
        assert await noted(here) == []


async def test_a_pinned_comment_is_told_while_it_is_pinned(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        comment = await comments(here, "It is the connection pool.", by="kim")
        here.calls()
        await here.act("pin_comment", comment_id=comment, actor="jo")
        await here.quiet()
        assert here.calls() == [], "GitHub tells of it; nothing is asked"
        (line,) = await noted(here)
        assert (line.by, line.detail) == ("kim", "It is the connection pool.")
        await here.act("unpin_comment", comment_id=comment, actor="jo")
        await here.quiet()
        assert await noted(here) == []


@pytest.mark.parametrize(
    ("text", "by", "answer"),
    [
        pytest.param("/timeline 25:00 x", "jo", "`25:00` is no time of day", id="no time"),
        pytest.param("/timeline", "jo", "Say what happened", id="no words"),
        pytest.param("/timeline x", "wanda", "is for people with triage permission", id="who may not"),
    ],
)
async def test_what_cannot_be_marked_is_said(tmp_path: Path, text: str, by: str, answer: str) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        await says(here, text, by=by)
        assert await noted(here) == []
        assert answer in by_the_app(here.ticket)[-1].body


# What was changed


async def test_what_may_not_be_read_is_said_and_hinders_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.act("deny", what=["deployments"])
        await here.act("merge", title="Fixes #1: closes the pool, see @nick", number=901, at=stamp(here, minutes=20))
        await here.first()
        await says(here, "/post-mortem")
        body = post_mortem(here).body or ""
        assert "Of acme/caseflow the App could not read the deployments." in body
        assert "Merged: [acme/caseflow" in body
        assert "Fixes #1" not in body, "a title neither refers nor mentions"
        assert "@nick" not in body.split("## Timeline")[1]


async def test_while_github_cannot_tell_the_draft_is_made_all_the_same(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        here.github.faults.change({"errors_next": 9, "route": "graphql"})
        await here.act("comment", number=1, actor="jo", body="/post-mortem")
        await here.waits()
        here.github.faults.change({"errors_next": 0, "route": ""})
        await here.later(minutes=6)
        await here.quiet()
        assert "could not read the deployments, merged pull requests, releases" in (post_mortem(here).body or "")
        assert here.calls().count(LIST_ISSUES) == 0


async def test_the_apps_own_repository_is_looked_into(tmp_path: Path) -> None:
    apps = SQUAD.replace("  - name: Reader\n", "  - name: Reader\n    repository: acme/reader\n") + ZONE
    world = seed(squad=apps + "post_mortem: {look_back: 1h, environments: [production]}\n")
    world["repositories"].append({"name": "acme/reader", "people": {"jo": "write"}})
    async with stage(tmp_path, world=world) as here:
        for environment, ago, ref in (("production", 90, "v1"), ("review-7", 10, "v2"), ("production", 30, "v3")):
            await here.act(
                "deploy", repository="acme/reader", environment=environment, ref=ref, at=stamp(here, minutes=ago)
            )
        await here.first()
        await here.act("comment", repository="acme/reader", number=1, actor="jo", body="/post-mortem")
        await here.quiet()
        (draft,) = [issue for issue in here.github.state.repository("acme/reader").issues.values() if issue.number != 1]
        body = draft.body or ""
        assert "`v3`" in body
        assert "**the last deployment before it began**, 30 min " in body
        assert "`v1`" not in body, "too long before"
        assert "`v2`" not in body, "another environment"


# Several tickets


async def test_the_errors_of_a_storm_are_told_of_together(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad(STORM)) as here:
        for number in range(5):
            here.sentry.acts.raise_error(project="reader", type=f"Error{number}", value="it broke")
            await here.quiet()
        (storm,) = [issue for issue in here.issues if "errors" in issue.title]
        await says(here, "/post-mortem", number=storm.number)
        body = post_mortem(here).body or ""
        for number in range(5):
            assert f"Error{number}" in body
        assert "5 occurrences in all" in body
        assert "| When | Ticket | What |" in body
        assert "section Ticket " in body


async def test_a_duplicates_occurrences_are_counted_once(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        first, second = (
            here.sentry.acts.raise_error(project="reader", type=name, value="it broke") for name in ("One", "Two")
        )
        await here.quiet()
        await here.again(second, times=2)
        await says(here, "/duplicate-of #1", number=2)
        await here.again(first)
        await says(here, "/post-mortem")
        body = post_mortem(here).body or ""
        assert f"{told(here.issues[0]).occurrences} occurrences in all" in body
        assert "Two: it broke" in body


# All of it


async def _outage(here: Stage) -> list[SentryIssue]:
    """A hundred alerts of three apps."""
    errors = [
        here.sentry.acts.raise_error(project=project, type="PG::ConnectionBad", value="the connection is lost")
        for project in ("reader", "certification", "dispatch")
    ]
    await here.quiet()
    for nth in range(97):
        here.sentry.acts.again(errors[nth % 3])
    await here.quiet()
    assert sum(told(issue).occurrences for issue in here.issues) == 100
    return errors


async def test_a_rehearsed_outage_is_drafted_by_one_command_in_few_calls(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad(ROTATION)) as here:
        await here.act("deploy", actor="release[bot]", ref="v1.4.2", at=stamp(here, hours=30))
        await here.act("merge", title="Halve the connection pool", number=901, at=stamp(here, minutes=25), queued=600)
        await here.act("deploy", actor="release[bot]", ref="v1.4.3", at=stamp(here, minutes=12), took=40)
        await _outage(here)
        await says(here, "/impact unsure")
        await here.later(minutes=5)
        await says(here, "/impact severe documents are lost")
        await says(here, "/ack", by="mark")
        await says(here, "/silence 2h the database is being restarted", number=2)
        await here.later(minutes=10)
        await here.act("deploy", actor="mark", ref="v1.4.2", state="FAILURE")
        await says(here, "/timeline we rolled back to 1.4.2", by="mark")
        await here.later(minutes=20)
        await says(here, "/fix", by="mark")
        await here.later(minutes=1)
        await here.act("merge", title="Give the pool back its size", number=31)
        await here.act("release", tag="v1.4.4")
        await here.later(minutes=1)
        await closes(here, **PULL)
        await closes(here, 2)
        await closes(here, 3)
        at = f"{here.clock() - timedelta(minutes=15):%Y-%m-%dT%H:%M:%SZ}"
        await says(here, f"/timeline {at} users called: “nothing opens”", by="kim")
        here.calls()
        await says(here, "/post-mortem The database was away")
        calls = here.calls(all=True)
        assert len(calls) <= 10, calls
        body = post_mortem(here).body or ""
        timeline = body.split("## Timeline")[1].split("```mermaid")[0]
        happened = [
            "“Halve the connection pool”",
            "**Deployed** to production: `v1.4.3` (",
            "**The error occurred for the first time.**",
            "**The ticket was opened**",
            "**Impact: unsure**",
            "**The impact was changed to severe**",
            "**Acknowledged**",
            "**A deployment failed** to production: `v1.4.2` (",
            "“we rolled back to 1.4.2” (noted by ",
            "“users called: “nothing opens”” (noted by ",
            "Taken to be fixed",
            "“Give the pool back its size”",
            "Released: `v1.4.4`",
            "**Closed** as completed",
        ]
        places = [timeline.find(what) for what in happened]
        assert -1 not in places, happened[places.index(-1)]
        assert places == sorted(places), "in the order of time, a late note at its place"
        assert re.search(
            r"`v1\.4\.3`.*by a bot: \*\*the last deployment before it began\*\*, 11 min \d+ s before", timeline
        )
        assert "`v1.4.2`](" not in timeline
        assert timeline.count("`v1.4.2`") == 1, "the one from the day before is neither near nor the last"
        assert "100 occurrences in all" in body
        for app in ("Reader", "Certification", "Dispatch"):
            assert re.search(rf"\| {app} \| .* \| 3[34] \| ", body)
        assert "Silenced by " in timeline, "of another ticket of the outage"
        picture = body.split("```mermaid")[1]
        assert picture.count("section Ticket ") == 3
        assert "Last deployment before it began :crit, milestone, " in picture
        assert "Noted by a person :milestone, " in picture
        people = body.replace("## Details\n", "## Details\n\nIt was a Friday.\n")
        await here.act("edit", number=post_mortem(here).number, actor="mark", body=people)
        await says(here, "/post-mortem")
        begun = next(
            line for line in (post_mortem(here).body or "").split("\n") if "The post-mortem was begun." in line
        )
        assert (post_mortem(here).body or "").replace(f"{begun}\n", "") == people


async def test_other_tickets_of_the_time_are_named_and_no_more(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        here.sentry.acts.raise_error(project="dispatch", type="Before", value="it broke before")
        await here.quiet()
        await here.later(minutes=5)
        await here.first()
        here.sentry.acts.raise_error(project="dispatch", type="Meanwhile", value="something else broke")
        await here.quiet()
        await here.later(minutes=1)
        await closes(here, 2)
        await here.later(minutes=5)
        here.sentry.acts.raise_error(project="dispatch", type="After", value="yet another broke")
        await here.quiet()
        await says(here, "/post-mortem", number=2)
        involved = (post_mortem(here).body or "").split("## Tickets involved")[1].split("## ")[0]
        assert re.search(r"/issues/3\): also at that time, Dispatch, opened 20", involved)
        assert "/issues/1)" not in involved
        assert "/issues/4)" not in involved
