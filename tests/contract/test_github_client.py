"""The one path of every call: tokens, budget, limits, redirects, what was lost; over real HTTP."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
import structlog
from aiohttp import web

from app.domain.errors import HeldBackError, InDoubtError, InvalidError, LaterError, UnavailableError
from app.domain.issues import CommentRef, IssueRef, Repository
from app.github import wire as wire_module
from app.github.apps import Apps
from app.github.client import Call, Client
from app.github.errors import LimitedError
from app.github.files import Files
from app.github.issues import Issues
from app.github.tokens import Tokens
from app.github.wire import Wire
from app.ledger.budget import block, take
from app.ledger.limits import Call as Wish
from app.ledger.limits import Limits
from app.ledger.schema import MIGRATIONS
from sandbox.github.auth import throwaway_key
from sandbox.github.limits import Allowance
from tests.contract.github_side import Side, Watched, draft, github_side, text
from tests.contract.lookalike import Clock

OPEN = "POST /repos/{owner}/{repo}/issues"
READ = "GET /repos/{owner}/{repo}/issues/{number}"


@pytest.fixture
async def side() -> AsyncIterator[Side]:
    async with github_side() as side:
        yield side


class TestTokens:
    async def test_one_is_made_for_all_who_need_it_at_once(self, side: Side) -> None:
        await asyncio.gather(*(side.opened(operation=f"t{n}.open") for n in range(20)))
        assert side.tokens_made == 1

    async def test_it_is_renewed_five_minutes_before_its_end(self, side: Side) -> None:
        await side.opened()
        side.clock.pass_by(minutes=54)
        await side.opened()
        assert side.tokens_made == 1
        side.clock.pass_by(minutes=1)
        await side.opened()
        assert side.tokens_made == 2

    @pytest.mark.parametrize(
        ("seconds", "waits"),
        [
            pytest.param(0.5, [1.0], id="half a second"),
            pytest.param(3.0, [1.0, 2.0], id="three seconds"),
            pytest.param(7.0, [1.0, 2.0, 4.0], id="seven seconds"),
        ],
    )
    async def test_a_fresh_one_that_is_not_known_yet_is_tried_again(
        self, side: Side, seconds: float, waits: list[float]
    ) -> None:
        side.sandbox.faults.change({"fresh_token_seconds": seconds})
        await side.opened()
        assert side.slept == waits
        assert side.tokens_made == 1
        assert len(side.held().comments) == 0
        assert len(side.sandbox.state.repository("acme/shop").issues) == 1
        assert len(side.budget.taken) == len(waits) + 1

    async def test_one_that_stays_refused_is_made_anew_once_and_then_it_is_later(self, side: Side) -> None:
        side.sandbox.faults.change({"fresh_token_seconds": 3600.0})
        with pytest.raises(LaterError):
            await side.opened()
        assert side.slept == [1.0, 2.0, 4.0]
        assert side.tokens_made == 2
        assert not side.sandbox.state.repository("acme/shop").issues

    async def test_one_that_was_withdrawn_is_made_anew_without_a_wait(self, side: Side) -> None:
        await side.opened()
        side.clock.pass_by(minutes=5)
        side.sandbox.state.tokens.clear()
        await side.opened()
        assert (side.slept, side.tokens_made) == ([], 2)

    async def test_where_the_app_was_removed_nothing_helps(self, side: Side) -> None:
        shop = side.shop
        side.sandbox.state.installations.clear()
        with pytest.raises(UnavailableError) as refused:
            await side.issues.open(shop, draft(), urgent=False)
        assert refused.value.reason == "not-installed"

    async def test_a_wrong_key_or_clock_is_later_and_says_so(self, side: Side) -> None:
        wrong = Tokens(side.wire, app_id="2", private_key=side.sandbox.private_key, now=side.clock)
        with pytest.raises(LaterError, match="private key and clock"):
            await wrong.of(1)

    async def test_a_making_that_can_not_be_read_is_later(self, odd: tuple[Odd, Client]) -> None:
        server, client = odd
        server.made = "{}"
        with pytest.raises(LaterError):
            await client.call(read_of(client))

    async def test_making_one_may_fail_for_all_and_is_tried_once_for_all(self, side: Side) -> None:
        side.sandbox.faults.change({"errors_next": 1})
        results = await asyncio.gather(*(side.opened(operation=f"t{n}.open") for n in range(5)), return_exceptions=True)
        assert {type(result) for result in results} == {LaterError}
        assert side.tokens_made == 1

    async def test_who_leaves_while_one_is_made_takes_it_from_nobody(self, side: Side) -> None:
        side.sandbox.faults.change({"slow_ms": 30})
        leaving, staying = (asyncio.create_task(side.tokens.of(1)) for _ in range(2))
        await asyncio.sleep(0.01)
        leaving.cancel()
        assert (await staying).ends_at == side.clock.now + timedelta(hours=1)
        assert side.tokens_made == 1

    async def test_no_token_and_no_key_is_shown_anywhere(self, side: Side) -> None:
        with structlog.testing.capture_logs() as logs:
            await side.opened()
            token = await side.tokens.of(1)
        seen = repr(logs) + repr(token)
        assert token.text not in seen
        assert side.tokens.app() not in seen


class TestBudget:
    async def test_without_room_nothing_is_sent_and_nobody_sleeps(self, side: Side) -> None:
        until = side.clock.now + timedelta(minutes=2)
        await side.budget.block(1, until)
        with pytest.raises(HeldBackError) as held:
            await side.opened()
        assert (held.value.not_before, held.value.installation, held.value.urgent) == (until, 1, False)
        assert (side.routes, side.slept) == ([], [])

    @pytest.mark.parametrize(
        ("fault", "seconds"),
        [
            pytest.param({"limited_status": 403, "retry_after": 90}, 90, id="403 with Retry-After"),
            pytest.param({"limited_status": 429, "retry_after": 5}, 5, id="429 with Retry-After"),
            pytest.param({"limited_status": 403, "retry_after": None}, 60, id="403 without"),
            pytest.param({"limited_status": 429, "retry_after": None}, 60, id="429 without"),
        ],
    )
    async def test_a_limit_holds_the_whole_installation_back(
        self, side: Side, fault: dict[str, Any], seconds: int
    ) -> None:
        side.sandbox.faults.change({"limited_next": 1, "route": "/issues"} | fault)
        until = side.clock.now + timedelta(seconds=seconds)
        with pytest.raises(LimitedError) as limited:
            await side.opened()
        assert limited.value.not_before == until
        with pytest.raises(HeldBackError) as held:
            await side.issues.open(side.shop, draft(), urgent=True)
        assert held.value.not_before == until
        assert side.routes == [OPEN]
        side.clock.pass_by(seconds=seconds)
        await side.opened()

    async def test_many_calls_under_way_are_never_more_than_thirty(self, side: Side) -> None:
        await side.opened()
        side.sandbox.faults.change({"slow_ms": 20})
        under_way = most = 0
        send = aiohttp.ClientSession._request

        async def watched(*args: Any, **rest: Any) -> Any:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            try:
                return await send(*args, **rest)
            finally:
                under_way -= 1

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(aiohttp.ClientSession, "_request", watched)
            await asyncio.gather(*(side.opened(operation=f"t{n}.open") for n in range(70)))
        assert most == 30


async def test_the_last_call_of_the_hour_blocks_until_the_reset() -> None:
    async with github_side(allowance=Allowance(primary_per_hour=2)) as side:
        seen = await side.opened()
        await side.issues.read(seen.ref)
        with pytest.raises(HeldBackError) as held:
            await side.issues.read(seen.ref)
        assert held.value.not_before == side.clock.now + timedelta(hours=1)
        assert not side.sandbox.state.violations


class Kept:
    """The ledger's budget, in memory."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._connection = sqlite3.connect(":memory:")
        for migration in MIGRATIONS:
            self._connection.executescript(migration)

    async def take(self, installation: int, *, creates: int, points: int, urgent: bool) -> datetime | None:
        wish = Wish(installation=installation, creates=creates > 0, points=points, urgent=urgent)
        return take(self._connection, wish, Limits(), self._now())

    async def block(self, installation: int, until: datetime) -> None:
        block(self._connection, installation, until)


async def test_a_storm_never_oversteps_a_limit_and_a_page_finds_room() -> None:
    async with github_side(budget=Kept) as side:
        made = held_back = 0
        for second in range(90):
            for n in range(2):
                try:
                    await side.opened(operation=f"t{second}.{n}")
                    made += 1
                except HeldBackError:
                    held_back += 1
            side.clock.pass_by(seconds=1)
        await side.issues.open(side.shop, draft("page"), urgent=True)
        assert not side.sandbox.state.violations
        assert (made, held_back) == (120, 60)


class Odd:
    """A GitHub that answers oddly, over real HTTP."""

    def __init__(self) -> None:
        self.url = ""
        self.made = '{"token": "ghs_x", "expires_at": "2026-03-02T10:00:00Z"}'
        self.answer: Callable[[web.Request], web.StreamResponse] = lambda _: web.Response()
        self.heard: list[str] = []

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.heard.append(f"{request.method} {request.path_qs}")
        if request.path.endswith("/access_tokens"):
            return web.Response(text=self.made, status=201, content_type="application/json")
        return self.answer(request)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def odd(clock: Clock) -> AsyncIterator[tuple[Odd, Client]]:
    odd = Odd()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", odd.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    odd.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as session:
        wire = Wire(session, base_url=odd.url, time_out=aiohttp.ClientTimeout(total=0.5))
        tokens = Tokens(wire, app_id="1", private_key=throwaway_key(), now=clock)
        yield odd, Client(wire, tokens, Watched(clock), now=clock, sleep=asyncio.sleep)
    await runner.cleanup()


def read_of(client: Client) -> Call:
    return Call(method="GET", url=client.url("/repos/acme/shop"), installation=1, write=False)


def write_of(client: Client) -> Call:
    return Call(method="POST", url=client.url("/repos/acme/shop/issues"), installation=1, json={"title": "x"})


async def test_a_token_is_sent_to_no_other_host(odd: tuple[Odd, Client]) -> None:
    server, client = odd
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    server.answer = lambda _: web.Response(status=302, headers={"Location": f"{elsewhere}/stolen"})
    with pytest.raises(UnavailableError):
        await client.call(read_of(client))
    assert not [path for path in server.heard if "stolen" in path]


async def test_a_page_on_another_host_is_not_read(odd: tuple[Odd, Client]) -> None:
    server, client = odd
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    server.answer = lambda _: web.json_response([], headers={"Link": f'<{elsewhere}/stolen>; rel="next"'})
    with pytest.raises(UnavailableError):
        [page async for page in client.pages(read_of(client))]
    assert not [path for path in server.heard if "stolen" in path]


NO_ADDRESSES = [
    pytest.param("http://127.0.0.1:port/x", id="a port that is no number"),
    pytest.param("http://127.0.0.1:99999/x", id="a port that there is not"),
    pytest.param("//[::1", id="half a host"),
    pytest.param("http://", id="no host"),
    pytest.param("/repositories/" + "9" * 5_000, id="an id longer than Python reads"),
]


@pytest.mark.parametrize("where", NO_ADDRESSES)
async def test_a_redirect_that_can_not_be_read_leads_nowhere(odd: tuple[Odd, Client], where: str) -> None:
    server, client = odd
    server.answer = lambda request: web.Response(
        status=302 if "9999999" not in request.path else 404, headers={"Location": where}
    )
    for call in (read_of(client), write_of(client)):
        with pytest.raises(UnavailableError):
            await client.call(call)


@pytest.mark.parametrize("where", NO_ADDRESSES)
async def test_a_list_whose_next_page_can_not_be_read_proves_nothing(odd: tuple[Odd, Client], where: str) -> None:
    server, client = odd
    server.answer = lambda request: web.json_response(
        [], status=200 if "9999999" not in request.path else 404, headers={"Link": f'<{where}>; rel="next"'}
    )
    with pytest.raises((LaterError, UnavailableError)):
        [page async for page in client.pages(read_of(client))]


async def test_redirects_end(odd: tuple[Odd, Client]) -> None:
    server, client = odd
    server.answer = lambda request: web.Response(status=307, headers={"Location": request.path + "/x"})
    with pytest.raises(UnavailableError):
        await client.call(write_of(client))
    assert server.heard[1:] == ["POST /repos/acme/shop/issues" + "/x" * n for n in range(4)]


async def test_a_list_without_an_end_is_not_believed(odd: tuple[Odd, Client]) -> None:
    server, client = odd
    server.answer = lambda request: web.json_response([], headers={"Link": f'<{request.url}>; rel="next"'})
    with pytest.raises(LaterError):
        [page async for page in client.pages(read_of(client))]
    assert len(server.heard) == 51


async def test_a_time_out_is_in_doubt_for_a_write_and_later_for_a_read(odd: tuple[Odd, Client]) -> None:
    server, client = odd

    class Never(web.StreamResponse):
        async def prepare(self, request: web.BaseRequest) -> Any:
            await asyncio.sleep(1)
            return await super().prepare(request)

    server.answer = lambda _: Never()
    with pytest.raises(InDoubtError):
        await client.call(write_of(client))
    with pytest.raises(LaterError):
        await client.call(read_of(client))


async def test_where_no_connection_was_made_nothing_was_done(odd: tuple[Odd, Client]) -> None:
    _, client = odd
    unheard = Call(method="POST", url=client.url("http://127.0.0.1:1/x"), installation=None, json={})
    with pytest.raises(LaterError):
        await client.call(unheard)


async def test_a_huge_answer_is_not_read_to_its_end(odd: tuple[Odd, Client], monkeypatch: pytest.MonkeyPatch) -> None:
    server, client = odd
    monkeypatch.setattr(wire_module, "LARGEST", 1000)
    server.answer = lambda _: web.Response(body=b"x" * 1001)
    with pytest.raises(InvalidError):
        await client.call(read_of(client))


@pytest.mark.parametrize("body", [pytest.param("<html>", id="a page"), pytest.param('{"id": "x"}', id="another shape")])
async def test_an_answer_that_can_not_be_read_is_as_good_as_lost(odd: tuple[Odd, Client], body: str) -> None:
    server, client = odd
    server.answer = lambda _: web.Response(status=200, text=body, content_type="application/json")
    issues, shop = Issues(client, Apps(client)), Repository(id=1, name="acme/shop", installation=1)
    with pytest.raises(InDoubtError):
        await issues.open(shop, draft(), urgent=False)
    with pytest.raises(LaterError):
        await issues.opened_by(shop, "t1.open", client.now())


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param({"data": None}, InDoubtError, id="neither data nor errors"),
        pytest.param({"data": {"said": None}}, InDoubtError, id="null without a reason"),
        pytest.param({"errors": [{"message": "Parse error"}]}, InvalidError, id="a document it can't parse"),
        pytest.param(
            {"errors": [{"type": "RATE_LIMITED", "message": "x"}]}, LimitedError, id="a limit with status 200"
        ),
        pytest.param(
            {"data": {"said": None}, "errors": [{"type": "RATE_LIMITED", "message": "x", "path": ["said"]}]},
            LimitedError,
            id="a limit at the comment",
        ),
    ],
)
async def test_graphql_answers_200_for_everything(
    odd: tuple[Odd, Client], clock: Clock, answer: Any, kind: type[Exception]
) -> None:
    server, client = odd
    server.answer = lambda _: web.json_response(answer)
    issue = IssueRef(repository=Repository(id=1, name="a/b", installation=1), number=1, id=1, node_id="I_1")
    issues = Issues(client, Apps(client))
    for call in (
        issues.comment(issue, text("t1.c1"), body=None, urgent=False),
        issues.edit(issue, CommentRef(id=1, node_id="IC_1"), text("t1.c1"), body=None, urgent=False),
    ):
        with pytest.raises(kind):
            await call
        clock.pass_by(minutes=2)


@pytest.mark.parametrize(
    ("installation", "described"),
    [
        pytest.param({"id": 1, "suspended_at": "2026-03-01T00:00:00Z"}, None, id="where the App is suspended"),
        pytest.param(
            {"id": 1},
            {"data": {"repository": None}, "errors": [{"type": "NOT_FOUND", "path": ["repository"], "message": "x"}]},
            id="what was taken from the App in this moment",
        ),
    ],
)
async def test_a_repository_the_app_may_not_use_is_none(
    odd: tuple[Odd, Client], installation: Any, described: Any
) -> None:
    server, client = odd
    server.answer = lambda request: web.json_response(
        installation if request.path.endswith("/installation") else described
    )
    assert await Files(client).find("acme/shop") is None


async def test_a_repository_that_could_not_be_asked_for_is_no_none(odd: tuple[Odd, Client]) -> None:
    server, client = odd
    failed = {"data": {"repository": None}, "errors": [{"type": "INTERNAL", "path": ["repository"], "message": "x"}]}
    server.answer = lambda request: web.json_response({"id": 1} | failed)
    with pytest.raises(LaterError):
        await Files(client).find("acme/shop")


@pytest.mark.parametrize(
    ("base", "graphql"),
    [
        pytest.param("https://api.github.com", "https://api.github.com/graphql", id="github.com"),
        pytest.param("https://ghe.example/api/v3", "https://ghe.example/api/graphql", id="Enterprise Server"),
    ],
)
async def test_graphql_is_beside_the_rest_api(base: str, graphql: str) -> None:
    async with aiohttp.ClientSession() as session:
        wire = Wire(session, base_url=base)
        assert str(wire.graphql_url) == graphql
        assert (
            str(wire.url("/repos/{o}/{r}/labels/{n}", o="a", r="b", n="app:x/y"))
            == f"{base}/repos/a/b/labels/app%3Ax%2Fy"
        )
