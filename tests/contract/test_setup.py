"""`python -m app setup`: from the first page to a `.env` with which the App starts."""

from __future__ import annotations

import asyncio
import re
import sys
from html import unescape
from pathlib import Path

import aiohttp
import pytest

from app import settings
from app.cli import main
from sandbox import github
from tests.journey.stage import free_port

ROOT = Path(__file__).parents[2]


async def setting_up(folder: Path, port: int, url: str) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", "setup", "https://squad.example.org", "acme/caseflow", "--port", str(port),
        "--github", url, "--api", url, cwd=folder, env={"PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    first = await process.stdout.readline()
    if not first and process.stderr is not None:
        raise AssertionError((await process.stderr.read()).decode())
    return process


async def test_one_click_registers_the_app_and_writes_settings_it_starts_with(tmp_path: Path) -> None:
    hub = await github.start(github.Config(check_contract=True))
    port = free_port()
    process = await setting_up(tmp_path, port, hub.url)
    async with aiohttp.ClientSession() as browser:
        async with browser.get(f"http://127.0.0.1:{port}/registered?code=x&state=guessed") as answer:
            assert answer.status == 400, "a way back that was not begun here is refused"
        async with browser.get(f"http://127.0.0.1:{port}/") as answer:
            page = await answer.text()
        action, sent = re.findall(r'action="([^"]+)"', page)[0], re.findall(r'value="([^"]+)"', page)[0]
        async with browser.post(unescape(action), data={"manifest": unescape(sent)}) as answer:
            assert "Registered" in await answer.text()
    out, err = await process.communicate()
    await hub.close()
    assert process.returncode == 0, err.decode()
    assert b"installations/new" in out
    assert not hub.broken_contract
    for name in (".env", "prod-squad.private-key.pem"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0, "only the owner can read it"
    text = (tmp_path / ".env").read_text()
    (tmp_path / ".env").write_text(text.replace("=prod-squad.private-key", f"={tmp_path}/prod-squad.private-key"))
    read = settings.read(tmp_path / ".env")
    assert (read.github_app_id, read.tickets_repository) == (1, "acme/caseflow")
    again = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", "setup", "https://squad.example.org", "acme/caseflow", cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, refused = await again.communicate()
    assert again.returncode == 1
    assert b"names an App already" in refused


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["http://squad.example.org", "acme/caseflow"], "https://", id="webhooks carry no plain http"),
        pytest.param(["https://squad.example.org/x", "acme/caseflow"], "without a path", id="a host alone"),
        pytest.param(["https://squad.example.org", "caseflow"], "owner/name", id="a repository has an owner"),
    ],
)
def test_what_is_refused_before_anything_is_done(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as refused:
        main.main(["setup", *words])
    assert told in str(refused.value)
    assert list(tmp_path.iterdir()) == []
