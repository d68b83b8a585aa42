"""A job's settings: what belongs together, and faults that name the variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import SettingsError
from sandbox.github.auth import throwaway_key
from scripts.settings import read

USUAL = {"GITHUB_TOKEN": "ghs_x", "GITHUB_REPOSITORY": "acme/shop"}


@pytest.fixture(autouse=True)
def nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SENTRY_TOKEN", "SENTRY_ORGANIZATION", "GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_API_URL"):
        monkeypatch.delenv(name, raising=False)


def given(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in (USUAL | variables).items():
        monkeypatch.setenv(name, value)


def test_what_actions_gives_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, SENTRY_TOKEN="", GITHUB_APP_ID="", GITHUB_PRIVATE_KEY="", ACCESS_TOKEN="")
    settings = read()
    assert (settings.sentry_token, settings.github_app_id, settings.access_token) == (None, None, None)


def test_another_repository_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch)
    assert read("acme/other").github_repository == "acme/other"


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(throwaway_key(), id="as it is"),
        pytest.param(throwaway_key().replace("\n", "\\n"), id="on one line"),
    ],
)
def test_the_apps_key(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    given(monkeypatch, GITHUB_APP_ID="7", GITHUB_PRIVATE_KEY=key)
    settings = read()
    assert settings.github_private_key is not None
    assert settings.github_private_key.get_secret_value() == throwaway_key().strip()


def test_where_they_are_explained_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in USUAL:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError) as raised:
        read()
    assert str(raised.value) == (
        "Set GITHUB_TOKEN, GITHUB_REPOSITORY (see “Scheduled jobs” in docs/operations.md); nothing was started."
    )
    page = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()
    jobs = page[page.index("\n## Scheduled jobs") :]
    assert all(name in jobs for name in (*USUAL, "GITHUB_APP_ID", "GITHUB_PRIVATE_KEY"))


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        pytest.param({"SENTRY_TOKEN": "x"}, r"Set SENTRY_ORGANIZATION", id="a token without its organisation"),
        pytest.param({"GITHUB_APP_ID": "7"}, r"Set GITHUB_PRIVATE_KEY", id="an App without its key"),
        pytest.param(
            {"GITHUB_APP_ID": "7", "GITHUB_PRIVATE_KEY": "hunter2"},
            r"GITHUB_PRIVATE_KEY: is no private key in PEM",
            id="a key that is none",
        ),
        pytest.param({"GITHUB_REPOSITORY": "shop"}, r"GITHUB_REPOSITORY", id="a repository without its owner"),
    ],
)
def test_faults_say_what_to_set(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], told: str) -> None:
    given(monkeypatch, **variables)
    with pytest.raises(SettingsError, match=told) as raised:
        read()
    assert "hunter2" not in str(raised.value)
