"""The App as itself, files and repositories by name, checks on commits; over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from app.domain.deliveries import Redelivered, Rest
from app.domain.errors import LaterError, UnavailableError
from app.domain.issues import Repository
from app.domain.owners import Fault
from app.github import apps
from app.github.checks import Checks
from tests.contract.github_side import Side, github_side

CONTENTS = "GET /repos/{owner}/{repo}/contents/{path:.+}"
INSTALLED = "GET /repos/{owner}/{repo}/installation"
GRAPHQL = "POST /graphql"
OWNERS = ".github/PRODOWNERS"


@pytest.fixture
async def side() -> AsyncIterator[Side]:
    async with github_side() as side:
        yield side


async def test_a_file_is_read_as_it_is_and_again_for_nothing(side: Side) -> None:
    assert await side.files.text(side.shop, OWNERS) == "* @nick\n"
    assert await side.files.text(side.shop, OWNERS) == "* @nick\n"
    assert [logged.status for logged in side.sandbox.requests if "contents" in logged.route] == [200, 304]
    side.act("file", path=OWNERS, content="* @märk\n")
    assert await side.files.text(side.shop, OWNERS) == "* @märk\n"


async def test_a_file_that_is_not_there_is_none(side: Side) -> None:
    assert await side.files.text(side.shop, "docs/CODEOWNERS") is None


async def test_a_file_of_a_renamed_repository_is_found(side: Side) -> None:
    shop = side.shop
    side.act("rename", name="store")
    assert await side.files.text(shop, OWNERS) == "* @nick\n"
    assert await side.files.text(shop, OWNERS) == "* @nick\n"
    assert len(side.routes) == 3


async def test_a_file_that_could_not_be_read_is_later(side: Side) -> None:
    side.sandbox.faults.change({"errors_next": 1, "route": "contents"})
    with pytest.raises(LaterError):
        await side.files.text(side.shop, OWNERS)


async def test_a_repository_is_found_by_name_and_kept_some_minutes(side: Side) -> None:
    assert await side.files.find("ACME/shop") == side.shop
    assert await side.files.find("acme/Shop") == side.shop
    assert side.routes == [INSTALLED, GRAPHQL]
    side.clock.pass_by(minutes=5)
    assert await side.files.find("acme/shop") == side.shop
    assert len(side.routes) == 4


async def test_a_repository_is_found_by_its_former_name(side: Side) -> None:
    shop = side.shop
    side.act("rename", name="store")
    found = await side.files.find("acme/shop")
    assert found is not None
    assert (found.id, found.name) == (shop.id, "acme/store")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("acme/absent", id="no such repository"),
        pytest.param("acme", id="no repository's name"),
        pytest.param("acme/shop/../other", id="a path"),
    ],
)
async def test_a_repository_that_is_not_there_is_none(side: Side, name: str) -> None:
    assert await side.files.find(name) is None


async def test_a_repository_the_app_was_taken_from_is_none(side: Side) -> None:
    side.sandbox.state.installations[1].repository_ids.clear()
    assert await side.files.find("acme/shop") is None


async def test_finding_may_fail(side: Side) -> None:
    side.sandbox.faults.change({"errors_next": 1, "route": "graphql"})
    with pytest.raises(LaterError):
        await side.files.find("acme/shop")


async def test_the_app_knows_its_name_after_one_call(side: Side) -> None:
    assert await side.apps.login() == "prod-squad[bot]"
    assert await side.apps.slug() == "prod-squad"
    assert side.routes == ["GET /app"]


async def test_the_app_knows_where_it_is_installed(side: Side) -> None:
    (only,) = await side.apps.installations()
    assert (only.id, only.account and only.account.login, only.suspended_at) == (1, "acme", None)


def _deliver(side: Side, *statuses: int, minutes: float = 0) -> None:
    """One webhook, and its attempts' outcomes."""
    known = set(side.sandbox.state.deliveries)
    side.act("open", title="x")
    (first,) = (side.sandbox.state.deliveries[new] for new in set(side.sandbox.state.deliveries) - known)
    first.status_code = statuses[0]
    for status in statuses[1:]:
        before = set(side.sandbox.state.deliveries)
        side.sandbox.hooks.redeliver(first.id)
        (again,) = set(side.sandbox.state.deliveries) - before
        side.sandbox.state.deliveries[again].status_code = status
    side.clock.pass_by(minutes=minutes)


async def test_webhooks_that_never_arrived_are_asked_for_once_each_the_oldest_first(side: Side) -> None:
    _deliver(side, 500, minutes=60 * 24 * 4)  # too long ago for GitHub
    _deliver(side, 500, minutes=60)  # before `since`
    since = side.clock.now
    _deliver(side, 500)
    _deliver(side, 202)
    _deliver(side, 0, 502)
    _deliver(side, 500, 200)
    _deliver(side, *[500] * 5)
    wanted = [it.guid for it in side.sandbox.state.deliveries.values() if it.at >= since]
    known = set(side.sandbox.state.deliveries)
    assert (await side.apps.redeliver_failed(since)).asked == 2
    asked = [it.guid for key, it in sorted(side.sandbox.state.deliveries.items()) if key not in known]
    assert asked == [wanted[0], wanted[2]]


async def test_all_pages_of_deliveries_are_read_but_none_too_many(side: Side) -> None:
    for _ in range(150):
        _deliver(side, 500)
    side.clock.pass_by(hours=1)
    since = side.clock.now
    for _ in range(120):
        _deliver(side, 500)
    assert (await side.apps.redeliver_failed(since)).asked == 120
    assert side.routes.count("GET /app/hook/deliveries") == 2


@pytest.fixture
def one_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice of the record is one page."""
    monkeypatch.setattr(apps, "MOST_PAGES", 1)


@pytest.mark.usefixtures("one_page")
async def test_a_long_record_is_gone_through_slice_by_slice_each_page_once(side: Side) -> None:
    since = side.clock.now
    for _ in range(250):
        _deliver(side, 500)
    wanted = [it.guid for it in side.sandbox.state.deliveries.values()]
    known = set(side.sandbox.state.deliveries)
    rest: Rest | None = None
    counts = []
    for _ in range(3):
        done = await side.apps.redeliver_failed(since, rest)
        rest = done.rest
        counts.append(done.asked)
    assert counts == [100, 100, 50]
    assert rest is None
    asked = [it.guid for key, it in side.sandbox.state.deliveries.items() if key not in known]
    assert sorted(asked) == sorted(wanted), "each once"
    assert side.routes.count("GET /app/hook/deliveries") == 3


@pytest.mark.usefixtures("one_page")
async def test_what_was_sent_again_in_one_slice_is_not_asked_for_in_the_next(side: Side) -> None:
    since = side.clock.now
    _deliver(side, 500)
    (first,) = side.sandbox.state.deliveries
    for _ in range(98):
        _deliver(side, 202)
    before = set(side.sandbox.state.deliveries)
    side.sandbox.hooks.redeliver(first)
    (again,) = set(side.sandbox.state.deliveries) - before
    side.sandbox.state.deliveries[again].status_code = 202
    _deliver(side, 202)
    done = await side.apps.redeliver_failed(since)
    assert done.rest is not None
    assert await side.apps.redeliver_failed(since, done.rest) == Redelivered(asked=0)


@pytest.mark.usefixtures("one_page")
async def test_a_place_that_github_knows_no_more_is_the_beginning(side: Side) -> None:
    _deliver(side, 500)
    done = await side.apps.redeliver_failed(side.clock.now - timedelta(hours=1), Rest(cursor="v1_gone"))
    assert done == Redelivered(asked=1)


async def test_a_webhook_that_can_not_be_sent_again_hinders_no_other(side: Side) -> None:
    _deliver(side, 500)
    _deliver(side, 500)
    oldest = min(side.sandbox.state.deliveries)
    redeliver = side.sandbox.hooks.redeliver

    def refuse(delivery_id: int) -> None:
        redeliver(-1 if delivery_id == oldest else delivery_id)

    side.sandbox.hooks.redeliver = refuse  # type: ignore[method-assign] - the lookalike has no such fault
    assert (await side.apps.redeliver_failed(side.clock.now - timedelta(hours=1))).asked == 1


async def test_one_failure_does_not_cost_a_long_list(side: Side) -> None:
    _deliver(side, 500)
    side.sandbox.faults.change({"errors_next": 2, "route": "GET /app/hook/deliveries"})
    assert (await side.apps.redeliver_failed(side.clock.now - timedelta(hours=1))).asked == 1


async def test_a_list_that_goes_on_failing_is_for_later(side: Side) -> None:
    side.sandbox.faults.change({"errors_next": 3, "route": "GET /app/hook/deliveries"})
    with pytest.raises(LaterError):
        await side.apps.redeliver_failed(side.clock.now - timedelta(hours=1))
    assert side.routes.count("GET /app/hook/deliveries") == 3


@pytest.mark.parametrize(
    ("failures", "asked"),
    [
        pytest.param(1, 5, id="one failure: the others are asked for"),
        pytest.param(3, 3, id="three in a row: GitHub is left in peace"),
    ],
)
async def test_a_call_that_failed_is_for_later_and_hinders_no_other(side: Side, failures: int, asked: int) -> None:
    for _ in range(5):
        _deliver(side, 500)
    side.sandbox.faults.change({"errors_next": failures, "route": "attempts"})
    with pytest.raises(LaterError):
        await side.apps.redeliver_failed(side.clock.now - timedelta(hours=1))
    assert sum("attempts" in route for route in side.routes) == asked


async def test_faults_are_shown_at_their_lines_and_none_is_a_success(side: Side) -> None:
    checks = Checks(side.client)
    head = side.sandbox.state.repository("acme/shop").head
    await checks.report(
        side.shop, head, (Fault(line=3, message="No such key", path=OWNERS), Fault(line=0, message="?"))
    )
    await checks.report(side.shop, head, ())
    failed, passed = side.sandbox.state.repository("acme/shop").checks
    assert (failed["conclusion"], failed["headSha"], failed["name"]) == ("FAILURE", head, "prod-squad")
    assert failed["output"]["title"] == "2 things to mend in the squad's files"
    (shown,) = failed["output"]["annotations"]
    assert (shown["path"], shown["location"]["startLine"], shown["message"]) == (OWNERS, 3, "No such key")
    assert passed["conclusion"] == "SUCCESS"


async def test_of_very_many_faults_the_first_fifty_are_shown(side: Side) -> None:
    faults = tuple(Fault(line=n, message="x", path=OWNERS) for n in range(1, 80))
    await Checks(side.client).report(side.shop, "a" * 40, faults)
    (check,) = side.sandbox.state.repository("acme/shop").checks
    assert len(check["output"]["annotations"]) == 50
    assert "The first 50 are shown." in check["output"]["summary"]


async def test_no_check_is_made_where_nothing_can_be_written(side: Side) -> None:
    shop = side.shop
    side.act("archive")
    with pytest.raises(UnavailableError) as refused:
        await Checks(side.client).report(shop, "a" * 40, ())
    assert refused.value.reason == "archived"


async def test_no_check_is_made_where_there_is_no_repository(side: Side) -> None:
    absent = Repository(id=1, name="acme/absent", installation=1)
    with pytest.raises(UnavailableError) as refused:
        await Checks(side.client).report(absent, "a" * 40, ())
    assert refused.value.reason == "gone"
