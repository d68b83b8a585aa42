"""The lookalike Slack as people meet it: its page, whose buttons are really pressed; and the operator's check."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs

import aiohttp
import pytest

from app.cli.main import main
from app.web.signatures import signed_by_slack
from sandbox.slack import Config, Sandbox, start
from sandbox.slack.server import TOKEN
from tests.contract.app_side import variables
from tests.contract.lookalike import Clock

ALERTS = "C0ALERTS"
DOWN = "xoxb-while-slack-is-down"
BLOCKS = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*Severe* <@U0JO> &lt;b&gt; <https://a.example/|there>"}},
    {
        "type": "actions",
        "elements": [
            {"type": "button", "action_id": "ack", "value": "17", "text": {"type": "plain_text", "text": "Acknowledge"}}
        ],
    },
]


@pytest.fixture
async def slack() -> AsyncIterator[Sandbox]:
    sandbox = await start(Config(signing_secret="a-signing-secret", clock=Clock()))
    sandbox.state.add_channel("alerts", id=ALERTS)
    sandbox.state.add_member("Jo", id="U0JO")
    yield sandbox
    await sandbox.close()


async def post(slack: Sandbox, session: aiohttp.ClientSession) -> str:
    body = {"channel": ALERTS, "text": "hello", "blocks": BLOCKS}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with session.post(f"{slack.api_url}/chat.postMessage", json=body, headers=headers) as answer:
        told = await answer.json()
        assert told["ok"], told
        return str(told["ts"])


async def test_the_page_shows_the_channel_and_a_press_is_signed(slack: Sandbox) -> None:
    async with aiohttp.ClientSession() as session:
        ts = await post(slack, session)
        async with session.get(slack.url) as answer:
            page = await answer.text()
        assert "<b>Severe</b> <span class='mention'>@Jo</span> &lt;b&gt; <a href='https://a.example/'>there</a>" in page
        assert "<button>Acknowledge</button>" in page
        wish = {"channel": ALERTS, "ts": ts, "action": "ack", "user": "U0JO"}
        async with session.post(f"{slack.url}/press", data=wish) as answer:
            assert answer.status == 502, "nobody listens, and Slack says so"
        async with session.post(f"{slack.url}/press", data=wish | {"action": "delete"}) as answer:
            assert answer.status == 400
    headers, body, _ = slack.presses.sent[0]
    stamp, made = headers["X-Slack-Request-Timestamp"], headers["X-Slack-Signature"]
    assert signed_by_slack(body, stamp, made, [b"a-signing-secret"], now=slack.state.now())
    assert list(parse_qs(body.decode())) == ["payload"]


async def test_faults_are_set_over_http(slack: Sandbox) -> None:
    async with aiohttp.ClientSession() as session:
        for wish, status in (({"errors_next": 1}, 200), ({"no_such": 1}, 400), ({"says_next": 1}, 400)):
            async with session.post(f"{slack.url}/_sandbox/faults", json=wish) as answer:
                assert answer.status == status
    assert slack.faults.errors_next == 1


@pytest.mark.parametrize(
    ("channel", "token", "told"),
    [
        pytest.param(ALERTS, TOKEN, "Slack: SLACK_TOKEN is prod-squad in Acme; it is in C0ALERTS.", id="all is well"),
        pytest.param("", TOKEN, "names no channel", id="no channel yet"),
        pytest.param("C0NOWHERE", TOKEN, "/invite", id="not in the channel"),
        pytest.param(ALERTS, "xoxb-wrong", "SLACK_TOKEN", id="a wrong token"),
        pytest.param(ALERTS, "", "no faults.", id="no token: Slack is not asked"),
        pytest.param(ALERTS, DOWN, "Run it again later.", id="Slack is down"),
    ],
)
async def test_check_asks_slack(
    slack: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    channel: str,
    token: str,
    told: str,
) -> None:
    squad = tmp_path / "squad.yml"
    squad.write_text(f"slack: {{channel: {channel}}}\n" if channel else "")
    owners = tmp_path / "PRODOWNERS"
    owners.write_text("* @nick\n")
    monkeypatch.chdir(tmp_path)
    if token == DOWN:
        slack.faults.errors_next = 1
    for name, value in (variables(tmp_path) | {"SLACK_API_URL": slack.api_url, "SLACK_TOKEN": token}).items():
        monkeypatch.setenv(name, value)
    said = ""
    try:
        await asyncio.to_thread(main, ["check", "--squad", str(squad), "--map", str(owners)])
    except SystemExit as refused:
        said = str(refused)
    assert told in capsys.readouterr().out + said
    assert "it is tried again" not in said, "a command that ends tries nothing again"
    assert len(slack.requests) == (0 if not token else 1 if token != TOKEN or not channel else 2)
