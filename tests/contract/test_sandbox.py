"""The lookalike keeps GitHub's contract and GitHub's habits: each behaviour through real HTTP, every call checked."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.contract import Contract
from sandbox.github import Config, start
from sandbox.github.limits import Allowance
from tests.contract.lookalike import REPO, SEED, Client, Clock, Listener, a_comment


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()

    async def hear(request: web.Request) -> web.Response:
        listener.heard.append((dict(request.headers), await request.read()))
        return web.Response(status=listener.status)

    app = web.Application()
    app.router.add_post("/github", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    listener.url = f"http://127.0.0.1:{runner.addresses[0][1]}/github"
    yield listener
    await runner.cleanup()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def allowance() -> Allowance:
    return Allowance()


@pytest.fixture
async def github(clock: Clock, listener: Listener, allowance: Allowance) -> AsyncIterator[Client]:
    config = Config(
        seed=SEED, clock=clock, webhook_url=listener.url, webhook_secret="s", check_contract=True, allowance=allowance
    )
    sandbox = await start(config)
    async with aiohttp.ClientSession() as session:
        client = Client(sandbox, session, clock)
        minted = await client.call("POST", "/app/installations/1/access_tokens", token=client.app_jwt())
        client.token = minted.json["token"]
        yield client
    await sandbox.close()
    assert not sandbox.broken_contract, "\n".join(sandbox.broken_contract)


async def test_every_route_keeps_githubs_contract(github: Client) -> None:
    """The fixture fails when any request or answer breaks GitHub's own description."""
    issue = await github.opened(body="It broke", labels=["prod-alert", "new"], assignees=["mark"])
    comment = (await github.call("POST", f"{REPO}/issues/1/comments", {"body": "hello"})).json
    await github.call("PUT", f"{REPO}/issues/1/lock", {"lock_reason": "resolved"})
    for method, path, body, status in [
        ("GET", f"{REPO}/issues?state=all&per_page=5", None, 200),
        ("GET", f"{REPO}/issues/1", None, 200),
        ("GET", f"{REPO}/issues/1/comments", None, 200),
        ("GET", f"{REPO}/issues/comments/{comment['id']}", None, 200),
        ("PATCH", f"{REPO}/issues/comments/{comment['id']}", {"body": "better"}, 200),
        ("DELETE", f"{REPO}/issues/1/lock", None, 204),
        ("POST", f"{REPO}/issues/comments/{comment['id']}/reactions", {"content": "eyes"}, 201),
        ("POST", f"{REPO}/issues/1/reactions", {"content": "+1"}, 201),
        ("POST", f"{REPO}/issues/1/labels", {"labels": ["third"]}, 200),
        ("DELETE", f"{REPO}/issues/1/labels/third", None, 200),
        ("DELETE", f"{REPO}/issues/1/labels/third", None, 404),
        ("POST", f"{REPO}/issues/1/assignees", {"assignees": ["nick", "ghost"]}, 201),
        ("DELETE", f"{REPO}/issues/1/assignees", {"assignees": ["nick"]}, 200),
        ("PATCH", f"{REPO}/issues/1", {"state": "closed", "state_reason": "not_planned"}, 200),
        ("PATCH", f"{REPO}/issues/1", {"state": "open", "title": "Again"}, 200),
        ("GET", f"{REPO}/issues/1/events", None, 200),
        ("GET", f"{REPO}/issues/1/timeline", None, 200),
        ("DELETE", f"{REPO}/issues/comments/{comment['id']}", None, 204),
        ("GET", f"{REPO}/labels", None, 200),
        ("POST", f"{REPO}/labels", {"name": "fresh", "color": "ff0000"}, 201),
        ("PATCH", f"{REPO}/labels/fresh", {"color": "00ff00", "description": "green"}, 200),
        ("GET", f"{REPO}/assignees", None, 200),
        ("GET", f"{REPO}/assignees/mark", None, 204),
        ("GET", f"{REPO}/assignees/sam", None, 404),
        ("GET", f"{REPO}/collaborators/jo/permission", None, 200),
        ("GET", f"{REPO}/contents/.github/PRODOWNERS", None, 200),
        ("GET", f"{REPO}/contents/absent", None, 404),
        ("GET", "/installation/repositories", None, 200),
        ("GET", "/rate_limit", None, 200),
        ("GET", f"/repositories/{github.sandbox.state.repository('acme/shop').id}/issues/1", None, 200),
    ]:
        reply = await github.call(method, path, body)
        assert reply.status == status, (method, path, reply.body)
    await github.sandbox.hooks.drain()
    newest = max(github.sandbox.state.deliveries)
    for method, path, status in [
        ("GET", "/app", 200),
        ("GET", "/app/installations", 200),
        ("GET", "/app/installations/1", 200),
        ("GET", f"{REPO}/installation", 200),
        ("GET", "/app/hook/deliveries", 200),
        ("GET", f"/app/hook/deliveries/{newest}", 200),
        ("POST", f"/app/hook/deliveries/{newest}/attempts", 202),
    ]:
        reply = await github.call(method, path, token=github.app_jwt())
        assert reply.status == status, (method, path, reply.body)
    assert [user["login"] for user in issue["assignees"]] == ["mark"]
    assert {label["name"]: label["color"] for label in issue["labels"]} == {"prod-alert": "b60205", "new": "ededed"}
    assert issue["user"]["login"] == "prod-squad[bot]"
    assert issue["user"]["type"] == "Bot"


ADD = """mutation($id: ID!, $body: String!) {
  first: addComment(input: {subjectId: $id, body: $body}) {
    commentEdge { node { id databaseId url body } } subject { ... on Issue { body state lastEditedAt } } }
  then: updateIssue(input: {id: $id, body: "new body", state: CLOSED}) { issue { body number state } }
  last: updateIssue(input: {id: $id}) { issue { body state } }
}"""


async def test_graphql_runs_in_document_order_and_shows_each_moment(github: Client) -> None:
    issue = await github.opened(body="old body")
    data = (await github.graphql(ADD, id=issue["node_id"], body="hello"))["data"]
    comment = data["first"]["commentEdge"]["node"]
    assert data["first"]["subject"] == {"body": "old body", "state": "OPEN", "lastEditedAt": None}
    assert data["then"]["issue"] == {"body": "new body", "number": 1, "state": "CLOSED"}
    assert data["last"]["issue"] == {"body": "new body", "state": "CLOSED"}
    edited = await github.graphql(
        'mutation($id: ID!) { updateIssueComment(input: {id: $id, body: "bye"})'
        " { issueComment { id databaseId issue { body } } } }",
        id=comment["id"],
    )
    assert edited["data"]["updateIssueComment"]["issueComment"]["issue"] == {"body": "new body"}
    assert (await github.call("GET", f"{REPO}/issues/comments/{comment['databaseId']}")).json["body"] == "bye"
    read = await github.graphql(
        "query($id: ID!) { node(id: $id) { ... on Issue { body state } } }", id=issue["node_id"]
    )
    assert read == {"data": {"node": {"body": "new body", "state": "CLOSED"}}}


async def test_graphql_tells_who_closed_an_issue(github: Client) -> None:
    await github.opened()
    await github.act("close", number=1, reason="completed", closer={"pull_request": 12})
    answer = await github.graphql(
        """{ repository(owner: "acme", name: "shop") { issue(number: 1) {
          timelineItems(last: 1, itemTypes: [CLOSED_EVENT]) { nodes { ... on ClosedEvent {
            stateReason closer { __typename ... on PullRequest { number } } } } } } } }"""
    )
    node = answer["data"]["repository"]["issue"]["timelineItems"]["nodes"][0]
    assert node == {"stateReason": "COMPLETED", "closer": {"__typename": "PullRequest", "number": 12}}


async def test_graphql_makes_a_check_run_on_the_head(github: Client) -> None:
    found = await github.graphql('{repository(owner: "acme", name: "shop") {id defaultBranchRef {target {oid}}}}')
    repository = found["data"]["repository"]
    made = await github.graphql(
        "mutation($input: CreateCheckRunInput!) { createCheckRun(input: $input) { checkRun { id conclusion } } }",
        input={
            "repositoryId": repository["id"],
            "headSha": repository["defaultBranchRef"]["target"]["oid"],
            "name": "prod-squad.yml",
            "conclusion": "FAILURE",
            "output": {"title": "1 fault", "summary": "line 3"},
        },
    )
    assert made["data"]["createCheckRun"]["checkRun"]["conclusion"] == "FAILURE"


async def test_graphql_refuses_with_githubs_types(github: Client) -> None:
    issue = await github.opened()
    await github.act("lock", number=1)
    locked = await github.graphql(ADD, id=issue["node_id"], body="hello")
    unknown = await github.graphql(ADD, id="I_999999", body="hello")
    assert [error["type"] for error in locked["errors"]] == ["FORBIDDEN"]
    assert locked["errors"][0]["path"] == ["first"]
    assert locked["data"]["then"]["issue"]["state"] == "CLOSED"
    assert {error["type"] for error in unknown["errors"]} == {"NOT_FOUND"}


async def test_graphql_says_in_words_what_is_wrong_with_a_text(github: Client) -> None:
    issue = await github.opened()
    answer = await github.graphql(ADD, id=issue["node_id"], body="x" * 65_537)
    assert answer["errors"][0]["type"] == "UNPROCESSABLE"
    assert "body is too long" in answer["errors"][0]["message"]


async def test_a_selection_nobody_knows_is_a_graphql_error(clock: Clock) -> None:
    sandbox = await start(Config(seed=SEED, clock=clock))
    async with aiohttp.ClientSession() as session:
        client = Client(sandbox, session, clock)
        client.token = "ghp_nick"
        answer = await client.graphql("{ nonsense }")
    await sandbox.close()
    assert "nonsense" in answer["errors"][0]["message"]
    assert "data" not in answer


async def test_webhooks_are_signed_and_tell_the_apps_own_acts_too(github: Client, listener: Listener) -> None:
    await github.opened(labels=["prod-alert"], assignees=["mark"])
    await github.call("POST", f"{REPO}/issues/1/comments", {"body": "hello"})
    comment = (await github.act("comment", number=1, actor="jo", body="/help")).json
    await github.act("pin_comment", comment_id=comment["id"], actor="jo")
    await github.act("unpin_comment", comment_id=comment["id"], actor="jo")
    await github.act("edit", number=1, actor="jo", body="other")
    await github.act("close", number=1, actor="mark", reason="not_planned")
    await github.act("reopen", number=1, actor="mark")
    await github.act("unlabel", number=1, labels="prod-alert")
    await github.act("lock", number=1)
    await github.sandbox.hooks.drain()
    done = ("opened", "labeled", "assigned", "edited", "closed", "reopened", "unlabeled", "locked")
    expected = [f"issues.{action}" for action in done]
    comments = [f"issue_comment.{action}" for action in ("created", "created", "pinned", "unpinned")]
    assert listener.actions() == sorted([*expected, *comments])
    contract = Contract()
    for headers, body in listener.heard:
        mac = hmac.new(b"s", body, hashlib.sha256).hexdigest()
        assert headers["X-Hub-Signature-256"] == f"sha256={mac}"
        payload = json.loads(body)
        assert payload["installation"]["id"] == 1
        contract.check_webhook(headers["X-GitHub-Event"], payload["action"], payload)
    senders = {json.loads(body)["sender"]["login"] for _, body in listener.heard}
    assert senders == {"prod-squad[bot]", "jo", "mark", "nick"}


async def test_a_failed_webhook_is_sent_again_only_when_asked_with_the_same_id(
    github: Client, listener: Listener
) -> None:
    listener.status = 500
    await github.opened()
    await github.sandbox.hooks.drain()
    (failed,) = (await github.call("GET", "/app/hook/deliveries", token=github.app_jwt())).json
    assert failed["status_code"] == 500
    await github.call("POST", f"/app/hook/deliveries/{failed['id']}/attempts", token=github.app_jwt())
    await github.sandbox.hooks.drain()
    assert len({headers["X-GitHub-Delivery"] for headers, _ in listener.heard}) == 1
    assert len(listener.heard) == 2


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        pytest.param({}, 201, id="a proper token of the App"),
        pytest.param({"iss": "2"}, 401, id="another App's"),
        pytest.param({"iat": 4102444800}, 401, id="issued in the future"),
        pytest.param({"exp": 1}, 401, id="over"),
        pytest.param({"exp": 4102444800}, 401, id="good for more than ten minutes"),
    ],
)
async def test_the_apps_jwt_is_checked(github: Client, claims: dict[str, Any], status: int) -> None:
    reply = await github.call("POST", "/app/installations/1/access_tokens", token=github.app_jwt(**claims))
    assert reply.status == status


async def test_tokens_end_after_an_hour_and_fresh_ones_may_be_refused(github: Client) -> None:
    github.sandbox.faults.fresh_token_seconds = 3
    assert (await github.call("GET", f"{REPO}/issues")).status == 401
    github.clock.pass_by(seconds=3)
    assert (await github.call("GET", f"{REPO}/issues")).status == 200
    github.clock.pass_by(hours=1)
    assert (await github.call("GET", f"{REPO}/issues")).status == 401


async def test_unchanged_answers_are_304_and_free(github: Client) -> None:
    first = await github.call("GET", f"{REPO}/issues")
    again = await github.call("GET", f"{REPO}/issues", If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    assert again.headers["X-RateLimit-Remaining"] == first.headers["X-RateLimit-Remaining"]
    await github.opened()
    changed = await github.call("GET", f"{REPO}/issues", If_None_Match=first.headers["ETag"])
    assert changed.status == 200


async def test_a_renamed_repository_redirects_and_its_id_stays(github: Client) -> None:
    await github.opened()
    await github.act("rename", name="store")
    read = await github.call("GET", f"{REPO}/issues?state=all")
    write = await github.call("POST", f"{REPO}/issues/1/comments", {"body": "hello"})
    assert (read.status, write.status) == (301, 307)
    assert read.headers["Location"].endswith("/issues?state=all")
    assert (await github.call("POST", write.headers["Location"], {"body": "hello"})).status == 201


async def test_a_transferred_issue_redirects_and_its_comments_are_gone(github: Client) -> None:
    await github.opened()
    await github.act("transfer", number=1, to="acme/other")
    moved = await github.call("GET", f"{REPO}/issues/1")
    assert moved.status == 301
    assert (await github.call("GET", moved.headers["Location"])).json["title"] == "Reader is down"
    assert (await github.call("GET", f"{REPO}/issues/1/comments")).status == 404


@pytest.mark.parametrize(
    ("act", "status"),
    [
        pytest.param({"act": "lock", "number": 1}, 403, id="a locked issue takes no comment"),
        pytest.param({"act": "archive"}, 403, id="an archived repository is read-only"),
        pytest.param({"act": "issues_off"}, 410, id="issues switched off are gone"),
    ],
)
async def test_where_nothing_can_be_written(github: Client, act: dict[str, Any], status: int) -> None:
    await github.opened()
    await github.act(**act)
    assert (await github.call("POST", f"{REPO}/issues/1/comments", {"body": "hello"})).status == status


async def test_who_can_not_be_assigned_hinders_a_new_issue_but_no_other_assignee(github: Client) -> None:
    refused = await github.call("POST", f"{REPO}/issues", {"title": "x", "assignees": ["mark", "sam", "ghost"]})
    assert refused.status == 422
    assert refused.json["errors"][0]["message"] == "assignees sam, ghost cannot be assigned to this issue"
    await github.opened()
    added = await github.call("POST", f"{REPO}/issues/1/assignees", {"assignees": ["mark", "sam", "ghost"]})
    assert [user["login"] for user in added.json["assignees"]] == ["mark"]


async def test_texts_too_long_and_labels_that_exist_are_422(github: Client) -> None:
    long = await github.call("POST", f"{REPO}/issues", {"title": "t", "body": "x" * 65_537})
    twice = await github.call("POST", f"{REPO}/labels", {"name": "PROD-alert"})
    assert (long.status, twice.status) == (422, 422)
    assert "maximum is 65536" in long.json["errors"][0]["message"]
    assert twice.json["errors"][0]["code"] == "already_exists"


async def test_after_2500_comments_an_issue_takes_no_more(github: Client) -> None:
    await github.opened()
    for number in range(2_500):
        github.sandbox.state.repository("acme/shop").issues[1].comments[-number] = a_comment(number)
    assert (await github.call("POST", f"{REPO}/issues/1/comments", {"body": "one more"})).status == 403


async def test_lists_are_paged_filtered_and_linked(github: Client) -> None:
    for number in range(5):
        github.clock.pass_by(minutes=1)
        await github.opened(title=f"Error {number}", labels=["prod-alert"] if number % 2 else [])
    await github.act("open", actor="jo", title="A person's")
    first = await github.call("GET", f"{REPO}/issues?creator=prod-squad%5Bbot%5D&per_page=2&direction=asc")
    assert [issue["number"] for issue in first.json] == [1, 2]
    assert 'rel="next"' in first.headers["Link"]
    following = first.headers["Link"].partition("<")[2].partition(">")[0]
    assert [issue["number"] for issue in (await github.call("GET", following)).json] == [3, 4]
    labelled = await github.call("GET", f"{REPO}/issues?labels=prod-alert")
    assert [issue["number"] for issue in labelled.json] == [4, 2]
    since = (github.clock.now - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert len((await github.call("GET", f"{REPO}/issues?since={since}")).json) == 3


class TestLimits:
    """Never exceeded by one call, and written down when tried."""

    @pytest.fixture
    def allowance(self) -> Allowance:
        return Allowance(content_per_minute=2, content_per_hour=3, points_per_minute=40, status=429)

    async def test_content_is_limited_by_the_minute_and_by_the_hour(self, github: Client) -> None:
        issue = await github.opened()
        await github.graphql(ADD, id=issue["node_id"], body="second")
        refused = await github.call("POST", f"{REPO}/issues", {"title": "third"})
        assert refused.status == 429
        assert int(refused.headers["Retry-After"]) >= 60
        github.clock.pass_by(seconds=61)
        await github.opened(title="third, later")
        github.clock.pass_by(seconds=61)
        assert (await github.call("POST", f"{REPO}/issues", {"title": "fourth"})).status == 429
        state = (await github.call("GET", "/_sandbox/state")).json
        assert [it["limit"] for it in state["violations"]] == ["content-per-minute", "content-per-hour"]
        assert len(state["repositories"]["acme/shop"]["issues"]) == 2

    async def test_reads_cost_one_point_and_writes_five(self, github: Client) -> None:
        await github.opened()
        for _ in range(7):
            assert (await github.call("PATCH", f"{REPO}/issues/1", {"title": "again"})).status == 200
        assert (await github.call("PATCH", f"{REPO}/issues/1", {"title": "again"})).status == 429


class TestPrimaryLimit:
    @pytest.fixture
    def allowance(self) -> Allowance:
        return Allowance(primary_per_hour=1)

    async def test_it_is_told_on_every_answer_and_held(self, github: Client) -> None:
        first = await github.call("GET", f"{REPO}/issues")
        second = await github.call("GET", f"{REPO}/issues")
        assert first.headers["X-RateLimit-Remaining"] == "0"
        assert (second.status, second.headers["X-RateLimit-Remaining"]) == (403, "0")
        assert int(second.headers["X-RateLimit-Reset"]) > github.clock.now.timestamp()


async def test_a_lost_answer_was_done(github: Client) -> None:
    await github.call("POST", "/_sandbox/faults", {"lost_next": 1})
    with pytest.raises(aiohttp.ClientError):
        await github.call("POST", f"{REPO}/issues", {"title": "once"})
    state = (await github.call("GET", "/_sandbox/state")).json
    assert [issue["title"] for issue in state["repositories"]["acme/shop"]["issues"]] == ["once"]
    assert state["calls"]["POST /repos/{owner}/{repo}/issues"] == 1


async def test_faults_strike_before_anything_is_done(github: Client) -> None:
    await github.call("POST", "/_sandbox/faults", {"errors_next": 1})
    assert (await github.call("POST", f"{REPO}/issues", {"title": "no"})).status in (500, 502, 503)
    await github.call("POST", "/_sandbox/faults", {"limited_next": 1, "limited_status": 429, "retry_after": None})
    limited = await github.call("POST", f"{REPO}/issues", {"title": "no"})
    assert limited.status == 429
    assert "Retry-After" not in limited.headers
    assert not github.sandbox.state.repository("acme/shop").issues
    assert (await github.call("POST", "/_sandbox/faults", {"lost_anwsers": 1})).status == 400


async def test_stale_lists_hide_what_is_young(github: Client) -> None:
    github.sandbox.faults.stale_list_seconds = 30
    await github.opened()
    assert (await github.call("GET", f"{REPO}/issues")).json == []
    github.clock.pass_by(seconds=30)
    assert len((await github.call("GET", f"{REPO}/issues")).json) == 1


async def test_files_come_raw_or_in_base64_and_change_by_push(github: Client, listener: Listener) -> None:
    raw = await github.call("GET", f"{REPO}/contents/.github/PRODOWNERS", Accept="application/vnd.github.raw+json")
    assert raw.body == b"* @nick\n"
    await github.act("file", path=".github/PRODOWNERS", content="* @mark\n")
    await github.sandbox.hooks.drain()
    ((headers, body),) = listener.heard
    assert headers["X-GitHub-Event"] == "push"
    assert json.loads(body)["commits"][0]["modified"] == [".github/PRODOWNERS"]


async def test_a_mention_can_be_proved_in_html(github: Client) -> None:
    await github.opened(body="Hi @mark and @nobody, see #7, not `@mark`")
    shown = await github.call("GET", f"{REPO}/issues/1", Accept="application/vnd.github.html+json")
    html = shown.json["body_html"]
    assert html.count("user-mention") == 1
    assert ">@mark</a> and @nobody" in html


async def test_pages_show_tickets_without_outside_resources(github: Client) -> None:
    await github.opened(title="<b>Reader", body="**It** broke <!-- op=1 --><script>x</script>", labels=["prod-alert"])
    listed = (await github.call("GET", "/")).body.decode()
    shown = (await github.call("GET", "/acme/shop/issues/1")).body.decode()
    assert "&lt;b&gt;Reader" in listed
    assert "<strong>It</strong>" in shown
    assert "background:#b60205" in shown
    assert "op=1" not in shown
    assert "<script" not in shown
    assert 'src="' not in shown
    assert (await github.call("GET", "/acme/shop/issues/2")).status == 404
