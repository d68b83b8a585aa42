"""The doors, over real HTTP: the table of `app/web/doors.py`, row by row, for both senders."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.cli.main import main
from app.domain.alerts import Impact
from app.domain.errors import PayloadError
from app.domain.squad import Squad
from app.domain.squad_impact import ImpactRule, When
from app.flows.squad_files import SquadFiles
from app.web.doors import GITHUB_LIMIT, SENTRY_LIMIT
from app.web.server import LATE
from tests.contract.app_side import (
    OLDER_SECRET,
    Answer,
    App,
    alert,
    app,
    digest,
    github_headers,
    opened,
    read,
    sentry_headers,
    variables,
)

ODD = json.dumps({"action": "opened", "note": "ask jo@example.org", "password": "hunter two"}).encode()
"""JSON, and no webhook of anybody's; in it are things that may not be kept."""


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[App]:
    async with app(tmp_path) as opened_:
        yield opened_


def told(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """The command line finds the App's settings in the environment; the log stays as the tests have it."""
    monkeypatch.setattr("app.wiring.log_to", lambda *_: None)
    monkeypatch.chdir(folder)
    for name, value in variables(folder).items():
        monkeypatch.setenv(name, value)


# Signatures


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param(lambda body: "sha256=" + digest(body), 202, id="made with the newer secret"),
        pytest.param(lambda body: "sha256=" + digest(body, OLDER_SECRET), 202, id="made with the older secret"),
        pytest.param(lambda body: "sha256=" + digest(body).upper(), 202, id="in capitals, which are hex as well"),
        pytest.param(lambda body: "sha256=" + digest(body, "a-secret-of-nobodys"), 401, id="with a stranger's secret"),
        pytest.param(lambda body: "sha256=" + digest(body + b" "), 401, id="over another body"),
        pytest.param(lambda body: "sha256=" + digest(body)[:-1], 401, id="one character too short"),
        pytest.param(lambda body: "sha256=" + digest(body) + "0", 401, id="one character too long"),
        pytest.param(digest, 401, id="without its prefix"),
        pytest.param(lambda body: "sha1=" + digest(body, method="sha1"), 401, id="SHA-1 in SHA-256's header"),
        pytest.param(lambda _: "sha256=", 401, id="a prefix only"),
        pytest.param(lambda _: "", 401, id="empty"),
        pytest.param(lambda _: None, 401, id="not there"),
        pytest.param(lambda _: "sha256=" + "é" * 64, 401, id="of letters that are no hex"),
    ],
)
async def test_github_is_let_in_by_a_signature_over_the_raw_body(
    doors: App, header: Callable[[bytes], str | None], status: int
) -> None:
    body = opened()
    assert (await doors.github(body, X_Hub_Signature_256=header(body))).status == status


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param(digest, 202, id="made with the newer secret"),
        pytest.param(lambda body: digest(body, OLDER_SECRET), 202, id="made with the older secret"),
        pytest.param(lambda body: digest(body, "a-secret-of-nobodys"), 401, id="with a stranger's secret"),
        pytest.param(lambda body: "sha256=" + digest(body), 401, id="with GitHub's prefix"),
        pytest.param(lambda body: digest(body, method="sha1"), 401, id="SHA-1"),
        pytest.param(lambda _: "", 401, id="empty"),
        pytest.param(lambda _: None, 401, id="not there"),
        pytest.param(lambda _: "é" * 64, 401, id="of letters that are no hex"),
    ],
)
async def test_sentry_is_let_in_by_a_signature_over_the_raw_body(
    doors: App, header: Callable[[bytes], str | None], status: int
) -> None:
    body = alert()
    assert (await doors.sentry(body, Sentry_Hook_Signature=header(body))).status == status


async def test_sha_1_alone_is_refused_and_told_so(doors: App) -> None:
    body = opened()
    answer = await doors.github(body, X_Hub_Signature_256=None, X_Hub_Signature="sha1=" + digest(body, method="sha1"))
    assert answer.status == 401
    assert "SHA-1 is not enough" in answer.said["error"]


async def test_nothing_of_what_is_not_signed_is_kept(doors: App) -> None:
    await doors.github(ODD, X_Hub_Signature_256=None)
    await doors.sentry(alert(), Sentry_Hook_Signature="0" * 64)
    standing = await doors.house.mailroom.standing()
    assert (standing.pending, standing.dead) == (0, 0)


async def test_a_door_without_a_secret_is_shut_and_says_how_to_open_it(tmp_path: Path) -> None:
    async with app(tmp_path, sentry_client_secrets=()) as doors:
        answer = await doors.sentry(alert())
        assert answer.status == 503
        assert "SENTRY_CLIENT_SECRETS" in answer.said["error"]


# What is in it


@pytest.mark.parametrize(
    ("body", "headers", "fate"),
    [
        pytest.param(opened(), {}, (202, "saved"), id="a report is saved"),
        pytest.param(opened(labels=[]), {}, (202, "ignored"), id="an issue that is nobody's ticket is ignored"),
        pytest.param(b"{}", {"X_GitHub_Event": "star"}, (202, "ignored"), id="an unknown event is ignored"),
        pytest.param(b"\xff<", {"X_GitHub_Event": "star"}, (202, "ignored"), id="… and its body not even looked at"),
        pytest.param(b"{}", {"X_GitHub_Event": "ping"}, (202, "ignored"), id="a ping is answered"),
        pytest.param(b"{}", {"X_GitHub_Event": None}, (400, "refused"), id="no event"),
        pytest.param(b"{}", {"X_GitHub_Event": ""}, (400, "refused"), id="an empty event"),
        pytest.param(opened(), {"X_GitHub_Delivery": None}, (400, "refused"), id="no delivery id"),
        pytest.param(b"{", {}, (400, "refused"), id="JSON that breaks off"),
        pytest.param(b"", {}, (400, "refused"), id="no body"),
        pytest.param(b"\xff\xfe", {}, (400, "refused"), id="no text"),
        pytest.param(opened() + b"!", {}, (400, "refused"), id="JSON with something behind it"),
        pytest.param(b"[" * 100_000, {}, (400, "refused"), id="JSON nested without end"),
        pytest.param(ODD, {}, (202, "dead-letter"), id="JSON that is no issue's event"),
        pytest.param(b"[]", {}, (202, "dead-letter"), id="JSON that is no object"),
        pytest.param(b"null", {}, (202, "dead-letter"), id="JSON that is nothing"),
        pytest.param(opened(), {"X_GitHub_Delivery": "x" * 7_000}, (202, "saved"), id="a very long delivery id"),
    ],
)
async def test_github_s_door(doors: App, body: bytes, headers: dict[str, str | None], fate: tuple[int, str]) -> None:
    assert (await doors.github(body, **headers)).fate == fate
    standing = await doors.house.mailroom.standing()
    assert (standing.pending, standing.dead) == (fate[1] == "saved", fate[1] == "dead-letter")


@pytest.mark.parametrize(
    ("body", "headers", "fate"),
    [
        pytest.param(alert(), {}, (202, "saved"), id="an alert is saved"),
        pytest.param(alert(), {"Request_ID": None}, (202, "saved"), id="an alert of an older server, without an id"),
        pytest.param(b"{}", {"Sentry_Hook_Resource": "comment"}, (202, "ignored"), id="an unknown resource is ignored"),
        pytest.param(b"{", {"Sentry_Hook_Resource": "comment"}, (400, "refused"), id="… but must be JSON"),
        pytest.param(alert(), {"Sentry_Hook_Resource": None}, (400, "refused"), id="no resource"),
        pytest.param(b"{", {}, (400, "refused"), id="JSON that breaks off"),
        pytest.param(ODD, {}, (202, "dead-letter"), id="JSON that is no alert"),
        pytest.param(alert(issue=""), {}, (202, "dead-letter"), id="an alert that names no issue"),
    ],
)
async def test_sentry_s_door(doors: App, body: bytes, headers: dict[str, str | None], fate: tuple[int, str]) -> None:
    assert (await doors.sentry(body, **headers)).fate == fate
    standing = await doors.house.mailroom.standing()
    assert (standing.pending, standing.dead) == (fate[1] == "saved", fate[1] == "dead-letter")


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        pytest.param({}, "not JSON: Input data was truncated. Send application/json.", id="JSON that breaks off"),
        pytest.param(
            {"Content_Type": "application/x-www-form-urlencoded"},
            "Set its content type to application/json",
            id="a webhook that is set to send web forms",
        ),
        pytest.param(
            {"Content_Type": "Application/X-WWW-Form-Urlencoded; charset=utf-8", "X_GitHub_Event": "ping"},
            "Set its content type to application/json",
            id="… is told so at its first ping",
        ),
        pytest.param({"X_GitHub_Delivery": None}, "Send X-GitHub-Event and X-GitHub-Delivery", id="no delivery id"),
    ],
)
async def test_a_refusal_says_what_to_do(doors: App, headers: dict[str, str | None], said: str) -> None:
    answer = await doors.github(b'{"action":', **headers)
    assert answer.status == 400
    assert said in answer.said["error"]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        pytest.param(b"sha256=caf\xe9", 401, id="a signature that is no UTF-8"),
        pytest.param(b"\xed\xa0\x80", 401, id="a signature that is half a character"),
    ],
)
async def test_a_signature_of_any_bytes_is_refused(doors: App, raw: bytes, status: int) -> None:
    assert (await _raw(doors, opened(), {"X-Hub-Signature-256": raw}))[0] == status


@pytest.mark.parametrize("name", ["X-GitHub-Delivery", "X-GitHub-Event"])
@pytest.mark.parametrize(
    ("raw", "status"),
    [
        pytest.param(b"caf\xe9\xff", 202, id="bytes that are no UTF-8"),
        pytest.param(b"a\x00b", 400, id="a NUL is no HTTP"),
        pytest.param(b"x" * 9_000, 400, id="a header of more than 8 KB is too long for the server"),
    ],
)
async def test_headers_of_any_bytes_are_answered(doors: App, name: str, raw: bytes, status: int) -> None:
    assert (await _raw(doors, ODD, {name: raw}))[0] == status


async def _raw(doors: App, body: bytes, headers: dict[str, bytes]) -> tuple[int, bytes]:
    """A webhook of GitHub's by hand: clients refuse to send such headers."""
    right = {name: (value or "").encode() for name, value in github_headers(body).items()}
    lines = b"".join(b"%s: %s\r\n" % (name.encode(), value) for name, value in (right | headers).items())
    reader, writer = await asyncio.open_connection(doors.client.host, doors.client.port)
    writer.write(b"POST /github HTTP/1.1\r\nHost: x\r\nConnection: close\r\n")
    writer.write(lines + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    answer = await reader.read()
    writer.close()
    return int(answer[9:12]), answer


# How much


async def _pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 65_536 + 1):
        yield b" " * 65_536


@pytest.mark.parametrize(
    ("door", "size", "limit"),
    [
        pytest.param("/github", GITHUB_LIMIT + 1, "25 MiB", id="GitHub's"),
        pytest.param("/sentry", SENTRY_LIMIT + 1, "5 MiB", id="Sentry's"),
    ],
)
@pytest.mark.parametrize("in_pieces", [False, True], ids=["told beforehand", "in pieces"])
async def test_a_body_over_the_door_s_limit_is_refused(
    doors: App, door: str, size: int, limit: str, in_pieces: bool
) -> None:
    headers = github_headers(b"") if door == "/github" else sentry_headers(b"")
    answer = await doors.post(door, _pieces(size) if in_pieces else b" " * size, headers)
    assert answer.status == 413
    assert limit in answer.said["error"]


async def test_a_body_of_just_the_limit_is_taken(doors: App) -> None:
    body = alert().ljust(SENTRY_LIMIT)
    assert (await doors.sentry(body)).fate == (202, "saved")


async def test_a_packed_body_is_unpacked_and_its_limit_holds(doors: App) -> None:
    body = alert()
    headers = sentry_headers(body) | {"Content-Encoding": "gzip"}
    assert (await doors.post("/sentry", gzip.compress(body), headers)).fate == (202, "saved")
    bomb = gzip.compress(b" " * (GITHUB_LIMIT + 1))
    assert (await doors.post("/sentry", bomb, headers)).status == 413


async def test_what_can_t_be_unpacked_is_refused(doors: App) -> None:
    answer = await doors.github(opened(), Content_Encoding="gzip")
    assert answer.status == 400
    assert "not packed" in answer.said["error"]


async def test_a_sender_that_hangs_up_in_the_middle_leaves_nothing(doors: App) -> None:
    _, writer = await asyncio.open_connection(doors.client.host, doors.client.port)
    writer.write(b"POST /github HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await doors.health()).said["status"] == "ok"


# Once, and durably


async def test_a_repeated_delivery_is_saved_once(doors: App) -> None:
    fates = [await doors.github(opened()) for _ in range(3)] + [await doors.sentry(alert()) for _ in range(3)]
    assert [answer.said["fate"] for answer in fates] == ["saved", "repeated", "repeated"] * 2
    assert (await doors.house.mailroom.standing()).pending == 2


async def test_a_delivery_that_comes_many_times_at_once_is_saved_once(doors: App) -> None:
    answers = await asyncio.gather(*(doors.sentry(alert()) for _ in range(20)))
    assert sorted(answer.said["fate"] for answer in answers) == ["repeated"] * 19 + ["saved"]


async def test_an_event_that_two_deliveries_report_is_counted_once(doors: App) -> None:
    assert (await doors.sentry(alert(), Request_ID="r-1")).said["fate"] == "saved"
    assert (await doors.sentry(alert(), Request_ID="r-2")).said["fate"] == "same-event"


async def test_without_an_id_the_same_body_at_the_same_time_is_the_same_delivery(doors: App) -> None:
    other = alert(event="f" * 32)
    answers = [
        await doors.sentry(alert(), Request_ID=None),
        await doors.sentry(alert(), Request_ID=None),
        await doors.sentry(other, Request_ID=None),
        await doors.sentry(other, Request_ID=None, Sentry_Hook_Timestamp="1764000001"),
    ]
    assert [answer.said["fate"] for answer in answers] == ["saved", "repeated", "saved", "same-event"]


async def test_what_was_answered_is_there_after_a_restart(tmp_path: Path) -> None:
    async with app(tmp_path) as doors:
        await doors.sentry(alert())
        await doors.github(ODD)
    async with app(tmp_path) as doors:
        standing = await doors.house.mailroom.standing()
        assert (standing.pending, standing.dead) == (1, 1)


@pytest.mark.parametrize("body", [pytest.param(opened(), id="a letter"), pytest.param(ODD, id="a dead letter")])
async def test_what_can_t_be_saved_is_not_accepted(doors: App, body: bytes) -> None:
    await doors.house.mailroom._database.close()  # type: ignore[attr-defined]  # the store's own, to break it
    answer = await doors.github(body)
    assert answer.status == 503
    assert "Send it again" in answer.said["error"]


# Dead letters


async def test_a_dead_letter_is_kept_without_what_may_not_be_kept(doors: App) -> None:
    await doors.github(ODD)
    (letter,) = await doors.house.mailroom.dead_letters(10)
    assert json.loads(letter.payload) == {
        "action": "opened",
        "note": "ask [e-mail removed]",
        "password": "[secret removed]",
    }
    assert (letter.sender, letter.kind, letter.delivery_id) == ("github", "issues", "d-1")
    assert "documents" in letter.reason


async def test_a_dead_letter_that_comes_again_is_kept_once(doors: App) -> None:
    assert [(await doors.github(ODD)).said["fate"] for _ in range(2)] == ["dead-letter", "dead-letter"]
    assert (await doors.house.mailroom.standing()).dead == 1


async def test_an_operator_lists_a_dead_letter_and_replays_it_once_it_is_understood(
    doors: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told(monkeypatch, tmp_path)
    with monkeypatch.context() as older:
        older.setattr("app.intake.sentry._event", _not_understood)
        assert (await doors.sentry(alert())).fate == (202, "dead-letter")

    await asyncio.to_thread(main, ["dead-letters", "list"])
    listed = capsys.readouterr().out
    assert "sentry event_alert" in listed
    assert listed.endswith("1 dead letter.\n")

    await asyncio.to_thread(main, ["dead-letters", "replay", "--all"])
    assert capsys.readouterr().out == "1: saved\n"
    standing = await doors.house.mailroom.standing()
    assert (standing.pending, standing.dead) == (1, 0)


async def test_a_replayed_alert_that_calls_at_once_goes_ahead_of_routine_mail(
    doors: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, tmp_path)
    with monkeypatch.context() as older:
        older.setattr("app.intake.sentry._event", _not_understood)
        assert (await doors.sentry(alert())).fate == (202, "dead-letter")

    async def recalled(squad_files: SquadFiles) -> None:
        squad_files.squad = Squad(impact=(ImpactRule(when=When(level=("error",)), set=Impact.SEVERE),))

    monkeypatch.setattr(SquadFiles, "recall_home", recalled)
    await asyncio.to_thread(main, ["dead-letters", "replay", "--all"])
    claim = await doors.house.mailroom.claim(doors.clock(), {})
    assert claim is not None
    assert claim.urgent


def _not_understood(*_: object, **__: object) -> object:
    raise PayloadError("An older version does not know this.")


# Health, and everywhere else


async def test_health_tells_counts_and_never_contents(doors: App) -> None:
    await doors.sentry(alert())
    await doors.github(ODD)
    doors.clock.turn(minutes=3)
    assert (await doors.health()) == Answer(
        status=200,
        said={
            "status": "ok",
            "pending": 1,
            "oldest_seconds": 180,
            "failing": 0,
            "dead_letters": 1,
            "tickets": 1,
            "quiet_support_tickets": 0,
        },
    )


@pytest.mark.parametrize(
    ("waited", "health"),
    [
        pytest.param(LATE, (200, "ok"), id="mail may wait half an hour"),
        pytest.param(LATE + timedelta(seconds=1), (503, "late"), id="longer is nobody's intention"),
        pytest.param(-timedelta(minutes=1), (200, "ok"), id="a clock that was put back is no fault"),
    ],
)
async def test_health_is_late_when_mail_waits_too_long(doors: App, waited: timedelta, health: tuple[int, str]) -> None:
    await doors.sentry(alert())
    doors.clock.now += waited
    answer = await doors.health()
    assert (answer.status, answer.said["status"]) == health
    assert answer.said["oldest_seconds"] >= 0


async def test_mail_of_an_issue_that_a_lost_database_knew_waits_on_purpose_and_is_not_late(doors: App) -> None:
    seen = json.loads(opened())
    by_the_app = {"login": "prod-squad[bot]", "type": "Bot", "id": 1}
    seen["issue"]["user"] = by_the_app
    comment = {"id": 5, "body": "Seen.", "user": seen["sender"], "created_at": "2026-11-24T12:00:00Z"}
    body = json.dumps(seen | {"action": "created", "comment": comment}).encode()
    assert (await doors.github(body, X_GitHub_Event="issue_comment")).fate == (202, "saved")
    mailroom, worker = doors.house.mailroom, doors.house.worker
    enough = doors.clock() + 2 * LATE
    while doors.clock() < enough:
        claim = await mailroom.claim(doors.clock(), {})
        if claim is not None:
            await worker._settle(claim, None)  # what it settles with, step by step
        doors.clock.turn(minutes=1)
    answer = await doors.health()
    assert (answer.status, answer.said["status"], answer.said["pending"]) == (200, "ok", 1)


async def test_health_says_that_the_store_fails(doors: App) -> None:
    await doors.house.mailroom._database.close()  # type: ignore[attr-defined]  # the store's own, to break it
    answer = await doors.health()
    assert answer.status == 503
    assert "log" in answer.said["error"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/github", 405, id="a door is no page"),
        pytest.param("PUT", "/sentry", 405, id="another way than a door's"),
        pytest.param("POST", "/health", 405, id="health takes nothing"),
        pytest.param("GET", "/", 404, id="the root"),
        pytest.param("POST", "/github/", 404, id="a slash too many"),
        pytest.param("GET", "/.env", 404, id="what scanners ask for"),
    ],
)
async def test_elsewhere_is_said_where_the_doors_are(doors: App, method: str, path: str, status: int) -> None:
    async with doors.client.request(method, path) as answer:
        said = await read(answer)
    assert said.fate == (status, "refused")


# Whatever comes

_BODIES = st.one_of(
    st.binary(max_size=300),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
    st.builds(lambda value: alert(issue=value), st.text(max_size=30)),
    st.builds(lambda value: opened(title=value, body=value), st.text(max_size=30)),
)
_HEADERS = st.dictionaries(
    st.sampled_from(["X-GitHub-Event", "X-GitHub-Delivery", "X-Hub-Signature-256", "Content-Type", "Content-Encoding"]),
    st.binary(max_size=40).map(lambda value: bytes(byte for byte in value if byte not in b"\r\n\x00")),
    max_size=2,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=_BODIES, headers=_HEADERS)
async def test_whatever_comes_is_no_fault_of_ours(doors: App, body: bytes, headers: dict[str, bytes]) -> None:
    status, answer = await _raw(doors, body, headers)
    assert 200 <= status < 500, answer
