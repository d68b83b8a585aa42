"""A post-mortem's own mailbox: it begins by the form or its label, takes commands, and goes on by itself."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain import post_mortems
from app.domain.mailboxes import post_mortem_key
from app.domain.post_mortems import PostMortem
from app.flows.settle_post_mortem import record_of
from app.texts.body import part_in, split
from sandbox.github.state import Comment, Issue
from tests.journey.stage import (
    GRAPHQL,
    OPEN_ISSUE,
    READ_ISSUE,
    SQUAD,
    Stage,
    by_the_app,
    seed,
    stage,
)

ROTATION = "rotation:\n  members: [jo, kim, mark]\n  starts: 2026-11-02\n"
FORM = """\
### What happened

Documents did not open. See {link}.

### Impact

Nobody could work for an hour.

### When did it begin?

2026-11-24 09:30 EST

### Details and timeline

| When | What |
|---|---|
|  | It began. |

### Action items

- [ ]"""
SECTIONS = ("Root cause", "Detection", "What went well", "What went badly", "Where we were lucky")


def squad(more: str = "", **world: Any) -> dict[str, Any]:
    return seed(squad=SQUAD + ROTATION + more, **world)


async def begun(here: Stage, body: str, *, actor: str = "jo", labels: tuple[str, ...] = ("post-mortem",)) -> Issue:
    """Somebody opened a post-mortem."""
    done = await here.act("open", title="Post-mortem: documents", body=body, labels=list(labels), actor=actor)
    await here.quiet()
    return here.home.issues[int(done["number"])]


async def says(here: Stage, issue: Issue, text: str, by: str = "mark") -> list[str]:
    """A comment, settled; the signs on it."""
    await here.act("comment", number=issue.number, actor=by, body=text)
    await here.quiet()
    comment = next(it for it in reversed(issue.comments.values()) if not it.via_app)
    return list(comment.reactions)


async def edits(here: Stage, issue: Issue, body: str, by: str = "mark") -> None:
    await here.act("edit", number=issue.number, actor=by, body=body)
    await here.quiet()


async def record(here: Stage, issue: Issue) -> PostMortem:
    """What the App remembers of it."""
    found = await record_of(here.house.mailroom, post_mortem_key(here.home.id, issue.number))
    assert found is not None
    return found


def answers(issue: Issue) -> list[Comment]:
    return by_the_app(issue)


def people_text(issue: Issue) -> str:
    around = split(issue.body or "")
    return around.before


async def test_the_form_gets_the_drafts_of_the_tickets_it_names(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        here.calls()
        form = FORM.format(link="#1")
        issue = await begun(here, form)
        calls = here.calls()
        assert sorted(calls) == sorted([READ_ISSUE, GRAPHQL, GRAPHQL]), "what was deployed is asked, too"
        body = issue.body or ""
        assert people_text(issue) == form, "what people wrote stays to the letter"
        assert "## Timeline" in part_in(body)
        assert "this ticket" in part_in(body)
        assert [name for name in SECTIONS if f"\n## {name}" in body] == list(SECTIONS)
        assert body.count("## Action items") == 1, "the form has it"
        assert not answers(issue)
        known = await record(here, issue)
        assert (known.stage, known.tickets, known.title) == (
            post_mortems.Stage.IN_PROGRESS,
            (1,),
            "Post-mortem: documents",
        )
        assert "**Post-mortem:** [acme/caseflow" in (here.issues[0].body or "") or known.ticket == 1


async def test_its_ticket_knows_of_it_and_opens_no_other(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        issue = await begun(here, FORM.format(link="https://github.com/acme/caseflow/issues/1"))
        here.calls()
        await says(here, here.issues[0], "/post-mortem")
        assert OPEN_ISSUE not in here.calls()
        assert f"acme/caseflow/issues/{issue.number})" in answers(here.issues[0])[-1].body


async def test_without_a_ticket_it_says_who_was_on_duty_and_how_one_is_added(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        issue = await begun(here, "The database was away.", labels=())
        assert issue.body == "The database was away."
        await here.act("label", number=issue.number, labels=["post-mortem"], actor="mark")
        await here.quiet()
        part = part_in(issue.body or "")
        assert people_text(issue) == "The database was away."
        assert "- Primary: `@" in part
        assert "`/post-mortem #12`" in part
        assert "- [ ]\n" in (issue.body or "")
        assert (await record(here, issue)).on_duty.primary


async def test_it_never_reacts_to_its_own_edits_and_leaves_what_people_took_out(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        issue = await begun(here, "The database was away.")
        here.calls()
        await here.later(hours=2)
        await here.quiet()
        assert here.calls() == []
        await edits(here, issue, "We start anew.")
        assert issue.body == "We start anew."
        await says(here, issue, "/post-mortem")
        assert part_in(issue.body)


async def test_its_stage_follows_its_text_and_its_state(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        await says(here, here.issues[0], "/post-mortem")
        (issue,) = [it for it in here.issues if "post-mortem" in it.labels]
        stages = [(await record(here, issue)).stage]

        async def then(act: str, **how: Any) -> None:
            await here.act(act, number=issue.number, actor="mark", **how)
            await here.quiet()
            stages.append((await record(here, issue)).stage)

        text = issue.body or ""
        written = text
        for name in SECTIONS:
            written = written.replace(f"## {name}\n", f"## {name}\n\nA sentence.\n")
        await then("edit", body=written)
        await then("edit", body=text)
        await then("edit", body=written)
        await then("close", reason="completed")
        await then("reopen")
        await then("close", reason="not_planned")
        await then("reopen")
        await then("unlabel", labels=["post-mortem"])
        await then("label", labels=["post-mortem"])
        assert [str(stage) for stage in stages] == [
            "in-progress",
            "feedback",
            "in-progress",
            "feedback",
            "done",
            "feedback",
            "dropped",
            "feedback",
            "dropped",
            "feedback",
        ]
        here.delete(issue)
        await here.quiet()
        assert (await record(here, issue)).stage is post_mortems.Stage.DROPPED


@pytest.mark.parametrize(
    ("before", "then"),
    [
        pytest.param(
            [("label", "post-mortem"), ("unlabel", "post-mortem")], ("label", "post-mortem"), id="label twice"
        ),
        pytest.param([("close", ""), ("label", "post-mortem")], ("reopen", ""), id="closed at first"),
    ],
)
async def test_it_is_announced_once_when_work_on_it_begins(
    tmp_path: Path, before: list[tuple[str, str]], then: tuple[str, str]
) -> None:
    async with stage(tmp_path, world=squad("post_mortem: {audience: [mark]}\n")) as here:
        done = await here.act("open", title="The database", body="It was away.", actor="jo")
        issue = here.home.issues[int(done["number"])]

        async def acts(act: str, label: str) -> None:
            await here.act(act, number=issue.number, actor="jo", **({"labels": [label]} if label else {}))

        for each in before:
            await acts(*each)
        await here.quiet()
        assert not answers(issue)
        await acts(*then)
        await here.quiet()
        (begun,) = answers(issue)
        assert begun.body.startswith("📣 @mark This post-mortem is being written.")
        for each in [("unlabel", "post-mortem"), ("label", "post-mortem")]:
            await acts(*each)
            await here.quiet()
        assert len(answers(issue)) == 1


async def test_without_its_label_nothing_more_is_done(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        issue = await begun(here, "The database was away.")
        await here.act("unlabel", number=issue.number, labels=["post-mortem"], actor="mark")
        await here.quiet()
        body = issue.body
        assert await says(here, issue, "/post-mortem") == []
        assert issue.body == body


async def test_the_label_on_a_ticket_is_the_command_and_goes(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        ticket = here.issues[0]
        await here.act("label", number=1, labels=["post-mortem"], actor="mark")
        await here.quiet()
        (issue,) = [it for it in here.issues if "post-mortem" in it.labels]
        assert issue is not ticket
        assert "The post-mortem is" in answers(ticket)[-1].body
        assert (await record(here, issue)).tickets == (1,)
        await here.act("label", number=1, labels=["post-mortem"], actor="stranger")
        await here.quiet()
        assert "triage permission" in answers(ticket)[-1].body
        assert "post-mortem" not in ticket.labels


async def test_an_issue_opened_with_both_labels_is_a_ticket_and_gets_one(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        ticket = await begun(here, "The page stays white.", labels=("prod-alert", "post-mortem"), actor="mark")
        assert "prod-alert" in ticket.labels
        (issue,) = [it for it in here.issues if "post-mortem" in it.labels]
        assert issue is not ticket


async def test_tickets_are_added_by_command_there_and_on_the_ticket(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        for example in ("reader-document", "dispatch-claim"):
            await here.first(example)
        issue = await begun(here, "The database was away.")
        assert await says(here, issue, "/post-mortem #1 #2") == ["eyes", "+1"]
        part = part_in(issue.body or "")
        assert "acme/caseflow/issues/2)" in part
        assert (await record(here, issue)).tickets == (1, 2)
        assert await says(here, issue, "/post-mortem #99") == ["eyes"]
        assert "`acme/caseflow#99` is no ticket" in answers(issue)[-1].body
        await here.first("efolder-token")
        await says(here, here.home.issues[4], "/post-mortem The hour #2")
        (other,) = [it for it in here.issues if it.title == "Post-mortem: The hour"]
        assert "acme/caseflow/issues/2)" in part_in(other.body or "")
        await says(here, here.home.issues[4], "/post-mortem")
        assert "acme/caseflow/issues/2)" in part_in(other.body or ""), "it stays part of it"


async def test_whichever_ticket_asks_the_first_one_stays_the_first(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        for example in ("reader-document", "dispatch-claim"):
            await here.first(example)
        first, second = here.issues[:2]
        await says(here, first, "/post-mortem")
        (issue,) = [it for it in here.issues if "post-mortem" in it.labels]
        await says(here, issue, "/post-mortem #2")

        def facts() -> list[str]:
            told = part_in(issue.body or "").partition("## Timeline")[0]
            return [line for line in told.splitlines() if "lasted" not in line]

        before = facts()
        await says(here, second, "/post-mortem")
        assert facts() == before
        assert (await record(here, issue)).tickets == (1, 2)


async def test_an_action_item_is_added_on_it_and_on_its_ticket(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        await says(here, here.issues[0], "/post-mortem")
        (issue,) = [it for it in here.issues if "post-mortem" in it.labels]
        assert await says(here, issue, "/action @mark by 2099-12-04: alert on a full queue") == ["eyes", "+1"]
        assert "- [ ] @mark by 2099-12-04: alert on a full queue\n" in (issue.body or "")
        assert "one more action item" in answers(issue)[-1].body
        await says(here, here.issues[0], "/action @jo by 2099-12-05: rename it")
        assert "- [ ] @jo by 2099-12-05: rename it\n" in (issue.body or "")
        assert "one more action item: @jo" in answers(here.issues[0])[-1].body
        assert (await record(here, issue)).items_open == 2
        here.delete(issue)
        await here.quiet()
        await says(here, here.issues[0], "/action @jo by 2099-12-05: rename it")
        assert "`/post-mortem` drafts one anew" in answers(here.issues[0])[-1].body


def timeline(issue: Issue) -> list[str]:
    """What people put on it, in the order in which it stands there."""
    rows = [
        line for line in part_in(issue.body or "").splitlines() if line.startswith("| 20") or line.startswith("| [")
    ]
    return [row.split("“")[1].split("”")[0] for row in rows if "“" in row]


async def comments(here: Stage, issue: Issue, text: str, by: str = "jo") -> int:
    """The id of a comment that somebody wrote, settled."""
    await here.act("comment", number=issue.number, actor=by, body=text)
    await here.quiet()
    return next(it.id for it in reversed(issue.comments.values()) if not it.via_app)


async def test_what_is_noted_on_it_is_on_its_timeline_at_once(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        await says(here, here.issues[0], "/post-mortem")
        (issue,) = [it for it in here.issues if "post-mortem" in it.labels]
        await here.later(hours=1)
        assert await says(here, issue, "/timeline it is quiet now") == ["eyes", "+1"]
        late = await comments(here, issue, f"/timeline {here.clock() - timedelta(minutes=30):%H:%M} UTC we rolled back")
        pinned = await comments(here, issue, "It is the connection pool.", by="kim")
        await here.act("pin_comment", comment_id=pinned, actor="jo")
        await here.quiet()
        assert timeline(issue) == ["we rolled back", "it is quiet now", "It is the connection pool."], (
            "late, yet in its place"
        )
        await says(here, here.issues[0], "/post-mortem")
        assert len(timeline(issue)) == 3, "the ticket's command leaves them there"
        await here.act("edit_comment", comment_id=late, actor="jo", body="Never mind.")
        await here.act("unpin_comment", comment_id=pinned, actor="jo")
        await here.quiet()
        assert timeline(issue) == ["it is quiet now"]
        await here.act("delete_comment", comment_id=next(iter(issue.comments)), actor="jo")
        await here.quiet()
        assert timeline(issue) == []


async def test_one_without_a_ticket_has_the_timeline_that_people_note(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        issue = await begun(here, "The database was away.")
        assert await says(here, issue, "/timeline 25:00 x") == ["eyes"]
        assert "`25:00` is no time of day" in answers(issue)[-1].body
        assert await says(here, issue, "We rolled back.\n\n/timeline") == ["eyes", "+1"]
        assert timeline(issue) == ["We rolled back."]
        await here.first()
        await says(here, issue, "/post-mortem #2")
        assert timeline(issue) == ["We rolled back."], "with a ticket's timeline around it"


async def test_whoever_tidies_up_the_comments_of_an_old_one_begins_none(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        issue = await begun(here, "The database was away.")
        comment = await comments(here, issue, "Hello.")
        await here.forget(post_mortem_key(here.home.id, issue.number))
        await edits(here, issue, "We start anew.")
        await here.forget(post_mortem_key(here.home.id, issue.number))
        here.calls()
        await here.act("edit_comment", comment_id=comment, actor="jo", body="Hello!")
        await here.act("pin_comment", comment_id=comment, actor="jo")
        await here.act("delete_comment", comment_id=comment, actor="jo")
        await here.quiet()
        assert here.calls() == []


@pytest.mark.parametrize("heading", ["## Action items:", "### ✅ **Action items**", "# Action items"])
async def test_an_item_that_is_added_is_known_however_its_heading_is_written(tmp_path: Path, heading: str) -> None:
    async with stage(tmp_path, world=squad()) as here:
        issue = await begun(here, f"It broke.\n\n{heading}\n\n1. [ ] @jo by 2099-12-05: x\n\n## Feedback\n\nPlease.")
        before = (await record(here, issue)).items_open
        assert await says(here, issue, "/action @mark by 2099-12-04: alert on a full queue") == ["eyes", "+1"]
        assert (await record(here, issue)).items_open == before + 1


async def test_a_ticket_elsewhere_counts_for_those_who_may_triage_there(tmp_path: Path) -> None:
    other = {"name": "acme/reader", "people": {"nick": "admin", "mark": "write", "jo": "read"}}
    apps = "apps: [{name: Reader, projects: [reader], repository: acme/reader}]\ntickets: {gather: 1s}\n"
    async with stage(tmp_path, world=seed(squad=apps, others=(other,))) as here:
        await here.first()
        mine = await begun(here, "See acme/reader#1 and nobody/knows#3.", actor="mark")
        theirs = await begun(here, "See acme/reader#1.", actor="jo")
        assert [(await record(here, issue)).tickets for issue in (mine, theirs)] == [(1,), ()]
        assert await says(here, theirs, "/post-mortem acme/reader#1", by="jo") == ["eyes"]
        assert "`/post-mortem` tells of the ticket in `acme/reader`, too, and jo has `read`" in answers(theirs)[-1].body
        await says(here, theirs, "/post-mortem nobody/knows#3")
        assert "not installed on `nobody/knows`" in answers(theirs)[-1].body
        assert await says(here, theirs, "/post-mortem acme/reader#1") == ["eyes", "+1"]


@pytest.mark.parametrize(
    ("text", "by", "signs", "says_there"),
    [
        pytest.param("/help", "mark", ["eyes", "+1"], "/action @login by", id="help tells what can be said here"),
        pytest.param("/impact severe", "mark", ["eyes"], "not for a post-mortem: `/impact`.", id="a ticket's command"),
        pytest.param(
            "/prod-alert", "mark", ["eyes"], "not for a post-mortem: `/prod-alert`.", id="it becomes no ticket"
        ),
        pytest.param(
            "/ack\n/silence 7d x",
            "mark",
            ["eyes"],
            "not for a post-mortem: `/ack`, `/silence`.",
            id="several: one answer",
        ),
        pytest.param("/action @jo: x", "mark", ["eyes"], "needs somebody, a day", id="what can't be read"),
        pytest.param("/post-morten", "mark", ["eyes"], "Did you mean `/post-mortem`?", id="a slip of the hand"),
        pytest.param("/post-mortem", "stranger", ["eyes"], "triage permission", id="somebody who may not"),
        pytest.param("/hold", "mark", [], "", id="another bot's"),
        pytest.param("It was the index.", "mark", [], "", id="no command"),
    ],
)
async def test_what_is_answered(tmp_path: Path, text: str, by: str, signs: list[str], says_there: str) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        issue = await begun(here, FORM.format(link="#1"))
        assert await says(here, issue, text, by=by) == signs
        said = answers(issue)
        assert len(said) == bool(says_there)
        if said:
            assert says_there in said[0].body
            assert "prod-alert" not in issue.labels


async def test_one_that_the_app_has_never_heard_of_is_known_by_its_part(tmp_path: Path) -> None:
    """It was drafted by an earlier version, whose database knows its ticket only."""
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        await says(here, here.issues[0], "/post-mortem")
        (issue,) = [it for it in here.issues if "post-mortem" in it.labels]
        key = post_mortem_key(here.home.id, issue.number)
        await here.forget(key)
        body = issue.body
        await edits(here, issue, f"First line.\n\n{body}")
        assert issue.body == f"First line.\n\n{body}"


async def test_a_transferred_one_goes_on_where_it_is(tmp_path: Path) -> None:
    other = {"name": "acme/reader", "people": {"mark": "admin"}, "labels": [{"name": "post-mortem"}]}
    async with stage(tmp_path, world=squad(others=(other,))) as here:
        await here.first()
        await says(here, here.issues[0], "/post-mortem")
        (issue,) = [it for it in here.issues if "post-mortem" in it.labels]
        await here.act("transfer", number=issue.number, actor="mark", to="acme/reader")
        await here.quiet()
        there = here.github.state.repository("acme/reader")
        (moved,) = there.issues.values()
        found = await record_of(here.house.mailroom, post_mortem_key(there.id, moved.number))
        assert found is not None
        assert (found.tickets, found.issue.repository.name) == ((1,), "acme/reader")
