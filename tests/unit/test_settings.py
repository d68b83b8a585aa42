"""The environment becomes settings, or one error that says all that is to be done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from pydantic import ValidationError

from app import settings
from app.settings import SettingsError

EXAMPLE = Path(__file__).parents[2] / ".env.example"
SECRET = "s3cret-" * 4
OTHER = "0ther-s3cret-" * 2


@cache
def pem(kind: str = "rsa") -> str:
    """A throw-away key."""
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
    if kind == "ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
    else:
        key = rsa.generate_private_key(public_exponent=65_537, key_size=1024 if kind == "small" else 2048)
    protected = kind == "protected"
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"word") if protected else serialization.NoEncryption(),
    ).decode()


def needed() -> dict[str, str]:
    """What must be set."""
    return {
        "GITHUB_APP_ID": "4711",
        "GITHUB_PRIVATE_KEY": pem(),
        "GITHUB_WEBHOOK_SECRETS": SECRET,
        "TICKETS_REPOSITORY": "octo-org/alerts",
    }


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A directory without `.env`, and an environment without any of the variables."""
    monkeypatch.chdir(tmp_path)
    for name in settings.variables():
        monkeypatch.delenv(name, raising=False)


def put(monkeypatch: pytest.MonkeyPatch, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def refused() -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        settings.read()
    return caught.value


def test_what_is_needed_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, needed())
    found = settings.read()
    assert found.github_app_id == 4711
    assert found.github_private_key.get_secret_value().startswith("-----BEGIN PRIVATE KEY-----\n")
    assert [secret.get_secret_value() for secret in found.github_webhook_secrets] == [SECRET]
    assert found.tickets_repository == "octo-org/alerts"
    assert (found.sentry_client_secrets, found.sentry_token, found.sentry_organization) == ((), None, None)
    assert (found.host, found.port, found.database) == ("127.0.0.1", 8080, Path("var/prod-squad.db"))


@pytest.mark.parametrize(
    ("variables", "field", "expected"),
    [
        pytest.param(
            {"GITHUB_API_URL": "https://ghe.example.org/api/v3/"},
            "github_api_url",
            "https://ghe.example.org/api/v3",
            id="a URL's last slash goes",
        ),
        pytest.param(
            {"GITHUB_API_URL": "http://127.0.0.1:8901"},
            "github_api_url",
            "http://127.0.0.1:8901",
            id="plain HTTP on this machine",
        ),
        pytest.param({"LOG_LEVEL": "debug"}, "log_level", "DEBUG", id="a level in small letters"),
        pytest.param({"WORKERS": ""}, "workers", 16, id="set but empty counts as not set"),
        pytest.param({"PORT": " 80 "}, "port", 80, id="blanks around a number"),
        pytest.param(
            {"SENTRY_TOKEN": SECRET, "SENTRY_ORGANIZATION": "octo-org"},
            "sentry_organization",
            "octo-org",
            id="a token and its organisation",
        ),
        pytest.param(
            {"PAGERDUTY_URL": "https://api.eu.pagerduty.com/"},
            "pagerduty_url",
            "https://api.eu.pagerduty.com",
            id="PagerDuty in the EU",
        ),
        pytest.param(
            {"PAGERDUTY_EVENTS_URL": "https://events.eu.pagerduty.com/v2/enqueue"},
            "pagerduty_events_url",
            "https://events.eu.pagerduty.com/v2/enqueue",
            id="PagerDuty's events in the EU",
        ),
        pytest.param({"PAGERDUTY_ROUTING_KEY": ""}, "pagerduty_routing_key", None, id="PagerDuty is told nothing"),
        pytest.param({"PAGERDUTY_TOKEN": ""}, "pagerduty_token", None, id="no PagerDuty"),
        pytest.param({"SLACK_TOKEN": ""}, "slack_token", None, id="no Slack"),
        pytest.param({}, "slack_api_url", "https://slack.com/api", id="where Slack is"),
        pytest.param(
            {"DATABASE": "/srv/squad.db"}, "database", Path("/srv/squad.db"), id="another place for the database"
        ),
    ],
)
def test_what_may_be_set(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], field: str, expected: object
) -> None:
    put(monkeypatch, needed() | variables)
    assert getattr(settings.read(), field) == expected


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(f"{SECRET},{OTHER}", id="a comma between"),
        pytest.param(f"{SECRET} {OTHER}", id="a blank between"),
        pytest.param(f" {SECRET} ,\n {OTHER}, ", id="both, and some more"),
    ],
)
def test_several_secrets_while_one_is_changed(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    put(monkeypatch, needed() | {"GITHUB_WEBHOOK_SECRETS": written, "SENTRY_CLIENT_SECRETS": written})
    found = settings.read()
    for secrets in (found.github_webhook_secrets, found.sentry_client_secrets):
        assert [secret.get_secret_value() for secret in secrets] == [SECRET, OTHER]


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lambda: pem().replace("\n", "\\n"), id="one line, with \\n for its ends"),
        pytest.param(lambda: f'"{pem()}"', id="with quotes around"),
    ],
)
def test_how_the_key_may_be_written(monkeypatch: pytest.MonkeyPatch, written: object) -> None:
    assert callable(written)
    put(monkeypatch, needed() | {"GITHUB_PRIVATE_KEY": written()})
    assert settings.read().github_private_key.get_secret_value() == pem().strip()


def test_the_key_from_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "app.pem").write_text(pem())
    put(monkeypatch, needed() | {"GITHUB_PRIVATE_KEY": "", "GITHUB_PRIVATE_KEY_FILE": "app.pem"})
    assert settings.read().github_private_key.get_secret_value() == pem()


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=81\nWORKERS=3\n")
    put(monkeypatch, needed() | {"PORT": "82"})
    found = settings.read()
    assert (found.port, found.workers) == (82, 3)
    assert settings.read(None).workers == 16


def test_all_that_is_missing_is_told_at_once() -> None:
    error = refused()
    assert str(error) == (
        "Set GITHUB_APP_ID, GITHUB_PRIVATE_KEY, GITHUB_WEBHOOK_SECRETS, TICKETS_REPOSITORY "
        "(see .env.example); nothing was started."
    )
    assert not error.wrong


def test_what_is_missing_and_what_is_wrong_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, needed() | {"GITHUB_APP_ID": "", "PORT": "http", "WORKERS": "0"})
    assert str(refused()) == (
        "Set GITHUB_APP_ID and correct PORT, WORKERS (see .env.example); nothing was started.\n"
        "  PORT: is no whole number\n"
        "  WORKERS: must be at least 1"
    )


@pytest.mark.parametrize(
    ("variables", "name", "expected"),
    [
        pytest.param(
            {"GITHUB_APP_ID": "Iv1.8a61f9b3a7aba766"},
            "GITHUB_APP_ID",
            "is no whole number",
            id="the client id in place of the App's id",
        ),
        pytest.param({"GITHUB_APP_ID": "0"}, "GITHUB_APP_ID", "must be greater than 0", id="no App has the id 0"),
        pytest.param({"PORT": "8.5"}, "PORT", "is no whole number", id="half a port"),
        pytest.param({"PORT": "65536"}, "PORT", "must be at most 65535", id="a port beyond the last one"),
        pytest.param(
            {"KEEP_DAYS": "3"}, "KEEP_DAYS", "must be at least 4", id="forgotten before GitHub's last redelivery"
        ),
        pytest.param(
            {"LOG_LEVEL": "loud"}, "LOG_LEVEL", "is none of 'DEBUG', 'INFO', 'WARNING' or 'ERROR'", id="no such level"
        ),
        pytest.param(
            {"GITHUB_WEBHOOK_SECRETS": f"{SECRET},short"},
            "GITHUB_WEBHOOK_SECRETS",
            "secret 2 has 5 characters; it needs 16 at least",
            id="a secret that can be guessed",
        ),
        pytest.param(
            {"TICKETS_REPOSITORY": "alerts"},
            "TICKETS_REPOSITORY",
            "is no repository; write owner/name",
            id="a repository without its owner",
        ),
        pytest.param(
            {"GITHUB_APP_SLUG": "Prod Squad"},
            "GITHUB_APP_SLUG",
            "is no slug;",
            id="the App's name in place of its slug",
        ),
        pytest.param({"TICKET_LABEL": "a,b"}, "TICKET_LABEL", "is no label;", id="two labels"),
        pytest.param({"GITHUB_API_URL": "github"}, "GITHUB_API_URL", "is no https:// URL", id="no URL"),
        pytest.param({"GITHUB_API_URL": "https://[::1"}, "GITHUB_API_URL", "is no URL", id="half an address"),
        pytest.param({"GITHUB_API_URL": "https://x:y"}, "GITHUB_API_URL", "is no URL", id="a port of letters"),
        pytest.param(
            {"SENTRY_URL": "http://sentry.example.org"},
            "SENTRY_URL",
            "must begin with https://",
            id="tokens do not travel in the clear",
        ),
        pytest.param(
            {"SENTRY_URL": "https://me:pw@sentry.example.org"},
            "SENTRY_URL",
            "may hold a host and a path only",
            id="a password in a URL",
        ),
        pytest.param(
            {"SENTRY_URL": "https://sentry.example.org/?a=b"},
            "SENTRY_URL",
            "may hold a host and a path only",
            id="a query",
        ),
        pytest.param(
            {"GITHUB_PRIVATE_KEY_FILE": "none.pem", "GITHUB_PRIVATE_KEY": ""},
            "GITHUB_PRIVATE_KEY_FILE",
            "none.pem can't be read: No such file or directory",
            id="the key's file is not there",
        ),
        pytest.param(
            {"GITHUB_PRIVATE_KEY_FILE": "."},
            "GITHUB_PRIVATE_KEY_FILE",
            ". can't be read: Is a directory",
            id="the key's file is a directory",
        ),
        pytest.param(
            {"GITHUB_PRIVATE_KEY": "ssh-rsa AAAA"},
            "GITHUB_PRIVATE_KEY",
            "is no private key in PEM",
            id="another kind of file",
        ),
        pytest.param(
            {"GITHUB_PRIVATE_KEY": "ed25519"}, "GITHUB_PRIVATE_KEY", "is no RSA key", id="another kind of key"
        ),
        pytest.param(
            {"GITHUB_PRIVATE_KEY": "small"}, "GITHUB_PRIVATE_KEY", "has 1024 bits only", id="a key that is too small"
        ),
        pytest.param(
            {"GITHUB_PRIVATE_KEY": "protected"}, "GITHUB_PRIVATE_KEY", "has a password", id="a key with a password"
        ),
    ],
)
def test_what_is_wrong(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str, expected: str) -> None:
    kind = variables.get("GITHUB_PRIVATE_KEY")
    if kind in {"ed25519", "small", "protected"}:
        variables = variables | {"GITHUB_PRIVATE_KEY": pem(kind)}
    put(monkeypatch, needed() | variables)
    error = refused()
    assert not error.missing
    assert list(error.wrong) == [name]
    assert error.wrong[name].startswith(expected)


def test_what_is_no_key_in_the_keys_file_names_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "app.pem").write_text("hunter2")
    put(monkeypatch, needed() | {"GITHUB_PRIVATE_KEY": "", "GITHUB_PRIVATE_KEY_FILE": "app.pem"})
    assert list(refused().wrong) == ["GITHUB_PRIVATE_KEY_FILE"]
    assert refused().wrong["GITHUB_PRIVATE_KEY_FILE"].startswith("names app.pem, which is no private key in PEM; write")
    assert "hunter2" not in str(refused())


def test_one_key_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "app.pem").write_text(pem())
    put(monkeypatch, needed() | {"GITHUB_PRIVATE_KEY_FILE": "app.pem"})
    assert refused().wrong == {"GITHUB_PRIVATE_KEY": "is set, and GITHUB_PRIVATE_KEY_FILE too; take one of them out"}


def test_one_store_only(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, needed() | {"DATABASE_URL": "postgresql://squad@db/squad", "DATABASE": "/srv/squad.db"})
    assert refused().wrong == {"DATABASE_URL": "is set, and DATABASE too; take one of them out"}


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("postgresql://squad:pa55word@db.example.org:5432/squad", id="in full"),
        pytest.param("postgres://squad@db/squad", id="the other name of the scheme"),
        pytest.param("postgresql:///squad?host=/run/postgresql", id="by a socket"),
        pytest.param(
            "postgresql://squad@one:5432,two:5432/squad?target_session_attrs=primary", id="one of two servers"
        ),
    ],
)
def test_a_postgresql_database_may_be_named(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    put(monkeypatch, needed() | {"DATABASE_URL": url})
    found = settings.read()
    assert found.database_url is not None
    assert found.database_url.get_secret_value() == url
    assert "pa55word" not in repr(found)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("var/prod-squad.db", "must begin with postgresql://", id="a file"),
        pytest.param("mysql://squad:s3cret@db/squad", "must begin with postgresql://", id="another database"),
        pytest.param("postgresql://squad:s3cret@db", "names no database", id="no database"),
        pytest.param("postgresql://squad:s3cret#1@db/squad", "names no host", id="a password that is not written %23"),
        pytest.param("postgresql://squad:a@s3cret@db/squad", "names no host", id="a password that is not written %40"),
        pytest.param("postgresql://squad:s3cret/1@db/squad", "names no host", id="a password that is not written %2F"),
        pytest.param("postgresql://squad:s3cret?1@db/squad", "names no", id="a password that is not written %3F"),
        pytest.param("postgresql://squad:s3cret[1@db/squad", "is no URL", id="a password that is not written %5B"),
    ],
)
def test_what_is_no_database_is_told_without_the_password(
    monkeypatch: pytest.MonkeyPatch, url: str, expected: str
) -> None:
    put(monkeypatch, needed() | {"DATABASE_URL": url})
    error = refused()
    assert error.wrong["DATABASE_URL"].startswith(expected)
    assert "s3cret" not in str(error)


def test_a_token_needs_its_organisation(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, needed() | {"SENTRY_TOKEN": SECRET})
    assert refused().missing == ("SENTRY_ORGANIZATION",)


def test_messages_with_buttons_need_somebody_to_hear_them(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, needed() | {"SLACK_TOKEN": f"xoxb-{SECRET}"})
    assert refused().missing == ("SLACK_SIGNING_SECRETS",)


@pytest.mark.parametrize("token", ["xoxp-1234567890", "xapp-1-A0-1234567890", "xoxe-1-abcdefgh", "0123456789abcdef"])
def test_what_is_no_bots_token_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    put(monkeypatch, needed() | {"SLACK_TOKEN": token, "SLACK_SIGNING_SECRETS": SECRET})
    told = refused().wrong
    assert list(told) == ["SLACK_TOKEN"]
    assert "begins with xoxb-" in told["SLACK_TOKEN"]
    assert token not in str(told)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(
            "GITHUB_WEBHOOK_SECRET=x",
            {"GITHUB_WEBHOOK_SECRET": "there is no such variable; did you mean GITHUB_WEBHOOK_SECRETS?"},
            id="nearly a variable",
        ),
        pytest.param("COMPOSE_PROJECT_NAME=x", {}, id="somebody else's variable is nobody's fault"),
    ],
)
def test_names_in_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, expected: dict[str, str]
) -> None:
    (tmp_path / ".env").write_text(line)
    put(monkeypatch, needed())
    if expected:
        assert refused().wrong == expected
    else:
        assert settings.read().github_app_id == 4711


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"PORT=\xff\xfe")
    assert refused().wrong == {".env": "is no UTF-8 text"}


@pytest.mark.parametrize("key", ["0123456789abcdef", "0123456789abcdef0123456789abcde/", "0" * 33])
def test_what_is_no_integration_key_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    put(monkeypatch, needed() | {"PAGERDUTY_ROUTING_KEY": key})
    told = refused().wrong
    assert list(told) == ["PAGERDUTY_ROUTING_KEY"]
    assert "32 letters and digits" in told["PAGERDUTY_ROUTING_KEY"]
    assert key not in str(told)


def test_an_integration_key(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, needed() | {"PAGERDUTY_ROUTING_KEY": "R0" + "1a" * 15})
    key = settings.read().pagerduty_routing_key
    assert key is not None
    assert key.get_secret_value() == "R0" + "1a" * 15
    assert "1a1a" not in repr(settings.read())


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"SENTRY_CLIENT_SECRETS": OTHER, "SENTRY_TOKEN": OTHER, "PAGERDUTY_TOKEN": OTHER}
    secrets |= {"SLACK_TOKEN": f"xoxb-{OTHER}", "SLACK_SIGNING_SECRETS": OTHER}
    put(monkeypatch, needed() | secrets | {"SENTRY_ORGANIZATION": "o"})
    shown = repr(settings.read()) + str(settings.read())
    assert SECRET not in shown
    assert OTHER not in shown
    assert "BEGIN" not in shown
    put(monkeypatch, {"GITHUB_WEBHOOK_SECRETS": "tiny-secret", "GITHUB_PRIVATE_KEY": "a secret of mine", "PORT": "x"})
    told = str(refused()) + repr(refused())
    assert "tiny-secret" not in told
    assert "of mine" not in told


def test_settings_do_not_change(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, needed())
    with pytest.raises(ValidationError, match="frozen"):
        settings.read().port = 1


def test_the_example_names_every_variable_once() -> None:
    named = re.findall(r"^#?([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE)
    assert sorted(named) == sorted(settings.variables())


def test_the_example_shows_the_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(re.sub(r"^#([A-Z_]+=)", r"\1", EXAMPLE.read_text(), flags=re.MULTILINE))
    put(monkeypatch, needed())
    assert settings.read() == settings.read(None)
