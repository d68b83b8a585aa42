"""Issues and comments at GitHub: what each call does, what it costs, and what became of it, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import structlog

from app.domain.errors import InDoubtError, InvalidError, LaterError, UnavailableError
from app.domain.issues import CommentRef, IssueSeen
from app.texts.drafts import Change, Draft
from app.texts.markdown import literal
from sandbox.github import graphql
from sandbox.github.state import RefusedError
from tests.contract.github_side import ALERT, READER, Side, draft, github_side, text
from tests.contract.lookalike import a_comment

OPEN = "POST /repos/{owner}/{repo}/issues"
LIST = "GET /repos/{owner}/{repo}/issues"
READ = "GET /repos/{owner}/{repo}/issues/{number}"
CHANGE = "PATCH /repos/{owner}/{repo}/issues/{number}"
COMMENTS = "GET /repos/{owner}/{repo}/issues/{number}/comments"
LABEL = "PATCH /repos/{owner}/{repo}/labels/{name}"
ASSIGNEE = "GET /repos/{owner}/{repo}/assignees/{assignee}"
GRAPHQL = "POST /graphql"


@pytest.fixture
async def side() -> AsyncIterator[Side]:
    async with github_side() as side:
        yield side


async def test_a_new_issue_is_one_call(side: Side) -> None:
    seen = await side.opened(labels=(ALERT,), assignees=("mark",))
    assert side.routes == [OPEN]
    assert side.budget.taken == [(1, 5, False)]
    held = side.held()
    assert (held.title, held.body, held.labels, held.assignees) == (
        "Reader is down",
        str(text("t1.open")),
        ["prod-alert"],
        ["mark"],
    )
    assert seen.ref.number == 1
    assert seen.ref.repository == side.shop
    assert (seen.author, seen.open, seen.assignees, seen.body_exact) == ("prod-squad[bot]", True, ("mark",), True)


async def test_who_can_not_be_assigned_is_left_out_and_the_answer_says_so(side: Side) -> None:
    seen = await side.opened(assignees=("sam", "mark"))
    assert seen.assignees == ("mark",)
    assert side.routes == [OPEN, ASSIGNEE, ASSIGNEE, OPEN]
    assert len(side.sandbox.state.repository("acme/shop").issues) == 1


async def test_what_is_invalid_beside_the_assignees_is_not_sent_again(side: Side) -> None:
    with pytest.raises(InvalidError):
        await side.issues.open(side.shop, Draft(title="x" * 257, body=literal("x"), assignees=("mark",)), urgent=False)
    assert side.routes == [OPEN]


async def test_a_new_label_is_dressed_once_in_the_routine_part_of_the_budget(side: Side) -> None:
    await side.issues.open(side.shop, draft(labels=(ALERT, READER)), urgent=True)
    await side.issues.open(side.shop, draft("t2.open", labels=(ALERT, READER)), urgent=True)
    assert side.routes == [OPEN, LABEL, OPEN]
    assert side.budget.taken == [(1, 5, True), (0, 5, False), (1, 5, True)]
    label = side.sandbox.state.repository("acme/shop").labels["app:reader"]
    assert (label.color, label.description) == ("1d76db", "The Reader")


async def test_a_label_that_can_not_be_dressed_is_tried_again_at_the_next_answer(side: Side) -> None:
    side.sandbox.faults.change({"errors_next": 1, "route": "/labels"})
    seen = await side.opened(labels=(READER,))
    assert side.routes == [OPEN, LABEL]
    await side.issues.change(seen.ref, Change(labels=(READER,)), urgent=False)
    await side.issues.change(seen.ref, Change(labels=(READER,)), urgent=False)
    assert side.routes[2:] == [CHANGE, LABEL, CHANGE]


@pytest.mark.parametrize(
    ("color", "description", "dressed"),
    [
        pytest.param("b60205", "An error in production", True, id="as an earlier version dressed it"),
        pytest.param("ff00ff", "An error in production", False, id="repainted by people"),
        pytest.param("b60205", "Ours, and red", False, id="in that colour, in people's words"),
    ],
)
async def test_a_label_of_an_earlier_version_is_dressed_anew_unless_it_is_peoples(
    side: Side, color: str, description: str, dressed: bool
) -> None:
    label = side.sandbox.state.repository("acme/shop").labels["prod-alert"]
    label.color, label.description = color, description
    await side.opened(labels=(msgspec.structs.replace(ALERT, color="006b75", former="b60205"),))
    assert (label.color, label.description) == ("006b75" if dressed else color, description)


async def test_a_lost_answer_is_in_doubt_and_found_by_listing(side: Side) -> None:
    sent = side.clock.now
    side.sandbox.faults.change({"lost_next": 1})
    with pytest.raises(InDoubtError):
        await side.opened()
    assert side.routes == [OPEN]
    found = await side.issues.opened_by(side.shop, "t1.open", sent)
    assert found is not None
    assert found.ref.number == 1
    assert side.routes == [OPEN, "GET /app", LIST]


async def test_a_5xx_is_in_doubt_and_what_was_not_done_is_not_found(side: Side) -> None:
    sent = side.clock.now
    side.sandbox.faults.change({"errors_next": 1, "route": "/issues"})
    with pytest.raises(InDoubtError):
        await side.opened()
    assert await side.issues.opened_by(side.shop, "t1.open", sent) is None


async def test_a_stale_list_shows_it_later(side: Side) -> None:
    sent = side.clock.now
    await side.opened()
    side.sandbox.faults.change({"stale_list_seconds": 20.0})
    assert await side.issues.opened_by(side.shop, "t1.open", sent) is None
    side.clock.pass_by(seconds=20)
    assert await side.issues.opened_by(side.shop, "t1.open", sent) is not None


async def test_listing_reads_every_page_back_to_the_moment_and_no_further(side: Side) -> None:
    await side.opened(operation="t0.open")
    side.clock.pass_by(hours=1)
    sent = side.clock.now
    for number in range(1, 103):
        side.sandbox.acts.open_issue(
            side.sandbox.state.repository("acme/shop"),
            side.sandbox.state.tokens[(await side.tokens.of(1)).text].actor,
            title="Reader is down",
            body=str(text(f"t{number}.open")),
        )
    side.clock.pass_by(seconds=60)
    found = await side.issues.opened_by(side.shop, "t1.open", sent)
    assert found is not None
    assert found.ref.number == 2
    assert side.routes == [OPEN, "GET /app", LIST, LIST]
    side.act("label", number=1, labels="touched")
    assert await side.issues.opened_by(side.shop, "t0.open", sent) is not None
    assert await side.issues.opened_by(side.shop, "t9999.open", sent) is None


async def test_a_person_who_copies_the_marker_is_not_believed(side: Side) -> None:
    sent = side.clock.now
    side.act("open", title="Copied", body=str(text("t1.open")))
    seen = await side.opened(operation="t2.open")
    side.act("comment", number=seen.ref.number, body=str(text("t2.c1")), actor="jo")
    side.clock.pass_by(seconds=60)
    assert await side.issues.opened_by(side.shop, "t1.open", sent) is None
    assert await side.issues.commented_by(seen.ref, "t2.c1", sent) is None


@pytest.mark.parametrize(
    ("wish", "fields"),
    [
        pytest.param(Draft(title="x" * 257, body=literal("x")), ("title",), id="a title that is too long"),
        pytest.param(Draft(title="x", body=literal("x" * 65_537)), ("body",), id="a body that is too long"),
    ],
)
async def test_what_is_too_long_is_invalid(side: Side, wish: Draft, fields: tuple[str, ...]) -> None:
    with pytest.raises(InvalidError) as refused:
        await side.issues.open(side.shop, wish, urgent=False)
    assert refused.value.fields == fields


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        pytest.param("archive", "archived", id="an archived repository"),
        pytest.param("issues_off", "issues-off", id="issues switched off"),
    ],
)
async def test_where_no_issue_can_be_opened(side: Side, act: str, reason: str) -> None:
    side.act(act)
    with pytest.raises(UnavailableError) as refused:
        await side.opened()
    assert refused.value.reason == reason


async def test_a_comment_and_the_body_are_one_call_that_shows_the_body_before(side: Side) -> None:
    seen = await side.opened()
    side.act("edit", number=1, body="A person was here.")
    said = await side.issues.comment(seen.ref, text("t1.c1"), body=text("t1.b2"), urgent=True)
    assert said.body_before == "A person was here."
    assert side.held().body == str(text("t1.b2"))
    (comment,) = side.held().comments.values()
    assert (comment.id, comment.body) == (said.comment.id, str(text("t1.c1")))
    assert side.routes == [OPEN, GRAPHQL]
    assert side.budget.taken[1:] == [(1, 5, True)]


async def test_the_rolling_comment_and_the_body_are_edited_in_one_call(side: Side) -> None:
    seen = await side.opened()
    said = await side.issues.comment(seen.ref, text("t1.c1"), body=None, urgent=False)
    again = await side.issues.edit(seen.ref, said.comment, text("t1.c2"), body=text("t1.b3"), urgent=False)
    assert again.comment == said.comment
    assert again.body_before == str(text("t1.open"))
    assert side.held().body == str(text("t1.b3"))
    assert [comment.body for comment in side.held().comments.values()] == [str(text("t1.c2"))]
    assert side.routes == [OPEN, GRAPHQL, GRAPHQL]
    assert side.budget.taken[2:] == [(0, 5, False)]


async def test_an_edit_without_a_body_leaves_the_body(side: Side) -> None:
    seen = await side.opened()
    said = await side.issues.comment(seen.ref, text("t1.c1"), body=None, urgent=False)
    await side.issues.edit(seen.ref, said.comment, text("t1.c2"), body=None, urgent=False)
    assert side.held().body == str(text("t1.open"))


async def test_a_lost_comment_is_found_by_listing(side: Side) -> None:
    seen = await side.opened()
    sent = side.clock.now
    side.sandbox.faults.change({"lost_next": 1})
    with pytest.raises(InDoubtError):
        await side.issues.comment(seen.ref, text("t1.c1"), body=text("t1.b2"), urgent=False)
    found = await side.issues.commented_by(seen.ref, "t1.c1", sent)
    assert found is not None
    assert found.id in side.held().comments
    assert side.routes == [OPEN, GRAPHQL, "GET /app", COMMENTS]
    assert await side.issues.commented_by(seen.ref, "t1.c2", sent) is None


@pytest.mark.parametrize(
    "fails",
    [
        pytest.param(False, id="it is written by a call of its own"),
        pytest.param(True, id="… and where that fails, too, all is in doubt, and the comment is found by listing"),
    ],
)
async def test_a_body_that_met_an_error_beside_its_comment(
    side: Side, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    seen = await side.opened()
    before, sent = len(side.routes), side.clock.now

    def fail(*_: Any) -> Any:
        raise RefusedError(500, "Something went wrong while executing your query.")

    with monkeypatch.context() as patch:
        patch.setitem(graphql._MUTATIONS, "updateIssue", fail)  # the lookalike has no fault within a document
        graphql.schema.cache_clear()
        side.sandbox.faults.change({"errors_next": int(fails), "route": "PATCH"})
        if fails:
            with pytest.raises(InDoubtError):
                await _comment(side, seen)
        else:
            await _comment(side, seen)
    graphql.schema.cache_clear()
    found = await side.issues.commented_by(seen.ref, "t1.c1", sent)
    assert found is not None
    assert list(side.held().comments) == [found.id]
    assert side.held().body == str(text("t1.open" if fails else "t1.b2"))
    assert side.routes[before : before + 2] == [GRAPHQL, CHANGE]


async def test_a_comment_that_is_made_counts_though_its_body_was_refused(side: Side) -> None:
    seen = await side.opened()
    with structlog.testing.capture_logs() as logs:
        said = await side.issues.comment(seen.ref, text("t1.c1"), body=literal("x" * 65_537), urgent=False)
    assert said.comment.id in side.held().comments
    assert side.held().body == str(text("t1.open"))
    assert [(log["event"], log["error"]) for log in logs if log["log_level"] == "error"] == [
        (
            "commented, but the body can't be written",
            "GitHub answers UNPROCESSABLE: body is too long (maximum is 65536 characters)",
        )
    ]


@pytest.mark.parametrize("body", [pytest.param(True, id="with the body"), pytest.param(False, id="alone")])
async def test_a_deleted_comment_is_gone_and_its_issue_is_not(side: Side, body: bool) -> None:
    seen = await side.opened()
    said = await side.issues.comment(seen.ref, text("t1.c1"), body=None, urgent=False)
    side.act("delete_comment", comment_id=said.comment.id)
    with pytest.raises(UnavailableError) as refused:
        await side.issues.edit(seen.ref, said.comment, text("t1.c2"), body=text("t1.b") if body else None, urgent=False)
    assert refused.value.reason == "gone"
    assert (await side.issues.read(seen.ref)).ref == seen.ref


async def test_an_edit_whose_body_is_refused_is_refused(side: Side) -> None:
    seen = await side.opened()
    said = await side.issues.comment(seen.ref, text("t1.c1"), body=None, urgent=False)
    with pytest.raises(InvalidError) as refused:
        await side.issues.edit(seen.ref, said.comment, text("t1.c2"), body=literal("x" * 65_537), urgent=False)
    assert refused.value.fields == ("body",)


async def _comment(side: Side, seen: IssueSeen) -> Any:
    return await side.issues.comment(seen.ref, text("t1.c1"), body=text("t1.b2"), urgent=False)


async def test_a_locked_issue_takes_no_comment_but_a_body(side: Side) -> None:
    seen = await side.opened()
    side.act("lock", number=1)
    with pytest.raises(UnavailableError) as refused:
        await _comment(side, seen)
    assert refused.value.reason == "locked"
    changed = await side.issues.change(seen.ref, Change(body=text("t1.b3")), urgent=False)
    assert changed.locked
    assert side.held().body == str(text("t1.b3"))


async def test_a_full_issue_takes_no_comment(side: Side) -> None:
    seen = await side.opened()
    for number in range(2_500):
        side.held().comments[-number] = a_comment(number)
    with pytest.raises(UnavailableError) as refused:
        await _comment(side, seen)
    assert refused.value.reason == "locked"


@pytest.mark.parametrize(
    ("act", "reason"),
    [pytest.param("archive", "archived", id="archived"), pytest.param("issues_off", "issues-off", id="issues off")],
)
async def test_where_nothing_can_be_said(side: Side, act: str, reason: str) -> None:
    seen = await side.opened()
    side.act(act)
    with pytest.raises(UnavailableError) as refused:
        await _comment(side, seen)
    assert refused.value.reason == reason


async def test_a_transferred_issue_is_gone_for_comments_and_read_where_it_is(side: Side) -> None:
    seen = await side.opened()
    side.act("transfer", number=1, to="acme/other")
    for gone in (
        _comment(side, seen),
        side.issues.edit(seen.ref, CommentRef(id=1, node_id="IC_1"), text("t1.c2"), body=text("t1.b"), urgent=False),
        side.issues.commented_by(seen.ref, "t1.c1", side.clock.now),
    ):
        with pytest.raises(UnavailableError) as refused:
            await gone
        assert refused.value.reason == "gone"
    assert await side.issues.fixed_by(seen.ref) == "", "what fixed it is not worth a refusal"
    moved = await side.issues.read(seen.ref)
    other = side.sandbox.state.repository("acme/other")
    assert (moved.ref.repository.id, moved.ref.repository.name, moved.ref.number) == (other.id, "acme/other", 1)
    assert moved.ref.node_id != seen.ref.node_id
    await side.issues.comment(moved.ref, text("t1.c1"), body=None, urgent=False)
    changed = await side.issues.change(seen.ref, Change(open=False, reason="completed"), urgent=False)
    assert (changed.ref, changed.open) == (moved.ref, False)


async def test_a_renamed_repository_is_found_and_spoken_to_by_its_id_from_then_on(side: Side) -> None:
    seen = await side.opened()
    shop = side.shop
    side.act("rename", name="store")
    await side.issues.change(seen.ref, Change(body=text("t1.b2")), urgent=False)
    again = await side.issues.open(shop, draft("t2.open", labels=(READER,)), urgent=False)
    assert (again.ref.repository.name, again.ref.repository.id) == ("acme/store", shop.id)
    assert side.held(1, "acme/store").body == str(text("t1.b2"))
    assert side.routes == [OPEN, CHANGE, CHANGE, OPEN, LABEL]


async def test_a_change_names_only_what_changes(side: Side) -> None:
    seen = await side.opened(labels=(ALERT,), assignees=("mark",))
    closed = await side.issues.change(seen.ref, Change(open=False, reason="not_planned"), urgent=False)
    assert (closed.open, closed.state_reason, closed.labels, closed.assignees) == (
        False,
        "not_planned",
        ("prod-alert",),
        ("mark",),
    )
    opened = await side.issues.change(
        seen.ref, Change(open=True, labels=(ALERT, READER), assignees=("jo",)), urgent=True
    )
    assert (opened.open, opened.state_reason, opened.labels, opened.assignees) == (
        True,
        "",
        ("prod-alert", "app:Reader"),
        ("jo",),
    )


async def test_a_duplicate_is_closed_with_what_it_is_a_duplicate_of(side: Side) -> None:
    ticket, report = await side.opened(), await side.opened(operation="t2.open")
    change = Change(open=False, reason="duplicate", duplicate_of=ticket.ref)
    closed = await side.issues.change(report.ref, change, urgent=False)
    assert closed.state_reason == "duplicate"
    assert side.held(2).duplicate_of == ticket.ref.id


async def test_what_is_read_again_unchanged_costs_nothing(side: Side) -> None:
    seen = await side.opened()
    first = await side.issues.read(seen.ref)
    used = side.sandbox.limits.meter(1).used
    assert await side.issues.read(seen.ref) == first
    assert side.sandbox.limits.meter(1).used == used
    assert [logged.status for logged in side.sandbox.requests if logged.route == READ] == [200, 304]
    side.act("edit", number=1, body="changed")
    assert (await side.issues.read(seen.ref)).body == "changed"


@pytest.mark.parametrize(
    ("login", "can"),
    [
        pytest.param("mark", True, id="who has a part in the repository"),
        pytest.param("sam", False, id="who may only read"),
        pytest.param("ghost", False, id="nobody"),
    ],
)
async def test_who_can_be_assigned(side: Side, login: str, can: bool) -> None:
    assert await side.issues.assignable(side.shop, login) is can
    assert side.routes == [ASSIGNEE]


@pytest.mark.parametrize(
    ("closer", "page"),
    [
        pytest.param({"pull_request": 7}, "/acme/shop/pull/7", id="a pull request"),
        pytest.param({"commit": "ab" * 20}, "/acme/shop/commit/" + "ab" * 20, id="a commit"),
        pytest.param(None, "", id="a person, by hand"),
    ],
)
async def test_what_fixed_it(side: Side, closer: Any, page: str) -> None:
    seen = await side.opened()
    assert await side.issues.fixed_by(seen.ref) == ""
    side.act("close", number=1, closer=closer)
    assert await side.issues.fixed_by(seen.ref) == (side.sandbox.url + page if page else "")


async def test_a_read_that_failed_may_be_made_again(side: Side) -> None:
    seen = await side.opened()
    side.sandbox.faults.change({"errors_next": 1})
    with pytest.raises(LaterError):
        await side.issues.read(seen.ref)
    assert (await side.issues.read(seen.ref)).ref == seen.ref


async def test_the_list_reaches_back_a_little_for_a_clock_that_is_ahead(side: Side) -> None:
    await side.opened()
    side.clock.pass_by(seconds=90)
    assert await side.issues.opened_by(side.shop, "t1.open", side.clock.now) is not None
    side.clock.pass_by(hours=1)
    later = side.clock.now
    side.clock.pass_by(seconds=60)
    assert await side.issues.opened_by(side.shop, "t1.open", later - timedelta(seconds=1)) is None
