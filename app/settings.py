"""Settings: the environment and `.env`, read once into a frozen record.

Rules: all faults are found at once, and one error tells them: which variables to set, and for a wrong value the
variable, what is wrong and what is right, never a secret's value. A variable that is set but empty counts as not set.
The environment wins over `.env`. A name in `.env` that nearly is a variable's is a fault: it would be overlooked.
Nothing else in the App reads the environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, TypeVar
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.domain.errors import ProdSquadError
from app.domain.squad import REPOSITORY

SHORTEST_SECRET: Final = 16
"""Characters. What is shorter can be guessed from one signed delivery, so a door never opens with it."""

_SMALLEST_KEY: Final = 2048
_NEAR: Final = 0.85
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SLUG: Final = r"^[a-z0-9][a-z0-9-]*$"
_LABEL: Final = r"^[^,]{1,50}$"
_DATABASE: Final = Path("var/prod-squad.db")
_HOST: Final = re.compile(r"(\[[^]]*\]|[^]:[]*)(:\d*)?")
_NEEDED: Final = ("GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRETS", "TICKETS_REPOSITORY")
_BOT_TOKENS: Final = ("xoxb-", "xoxe.xoxb-")
"""https://docs.slack.dev/authentication/tokens"""
_ROUTING_KEY: Final = r"[A-Za-z0-9]{32}"
"""PagerDuty refuses another length: https://v2.developer.pagerduty.com/docs/send-an-event-events-api-v2"""


_Kind = TypeVar("_Kind", bound="StoreSettings")


class SettingsError(ProdSquadError):
    """The App can't start: `missing` names the variables to set, `wrong` the others with what is wrong.

    `told_in` is where the variables are explained.
    """

    def __init__(self, missing: tuple[str, ...], wrong: Mapping[str, str], told_in: str = ".env.example") -> None:
        asked = [f"Set {', '.join(missing)}"] if missing else []
        if wrong:
            asked.append(f"{'correct' if missing else 'Correct'} {', '.join(wrong)}")
        lines = [f"{' and '.join(asked)} (see {told_in}); nothing was started."]
        lines += [f"  {name}: {fault}" for name, fault in wrong.items()]
        super().__init__("\n".join(lines))
        self.missing = missing
        self.wrong = wrong


class LogLevel(StrEnum):
    """From which level on the log tells."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


def _wrong(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("wrong", "{sentence}", {"sentence": sentence})


def _parted(value: object) -> object:
    return tuple(re.split(r"[,\s]+", value.strip(", \t\n"))) if isinstance(value, str) else value


def _long_enough(secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for nth, secret in enumerate(secrets, start=1):
        size = len(secret.get_secret_value())
        if size < SHORTEST_SECRET:
            raise _wrong(
                f"secret {nth} has {size} characters; it needs {SHORTEST_SECRET} at least "
                "(`openssl rand -hex 32` makes a good one)"
            )
    return secrets


def _base_url(value: str) -> str:
    example = "write one such as https://github.example.org/api/v3"
    try:
        parts = urlsplit(value)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        raise _wrong(f"is no URL; {example}") from None
    if not host or parts.scheme not in {"https", "http"}:
        raise _wrong(f"is no https:// URL; {example}")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise _wrong("must begin with https://; http:// is taken for this machine only")
    if parts.username is not None or parts.query or parts.fragment:
        raise _wrong(f"may hold a host and a path only; {example}")
    return value.rstrip("/")


Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_parted), AfterValidator(_long_enough)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]


class StoreSettings(BaseSettings):
    """Where everything is kept: all that a command needs that looks there, and nowhere else."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        env_file_encoding="utf-8",
        str_strip_whitespace=True,
        validate_default=True,
        hide_input_in_errors=True,
    )

    github_creates_per_minute: int = Field(default=80, ge=2, le=100_000)
    github_creates_per_hour: int = Field(default=500, ge=2, le=1_000_000)
    github_points_per_minute: int = Field(default=900, ge=20, le=1_000_000)

    database: Path = _DATABASE
    database_url: SecretStr | None = None
    """A PostgreSQL database, which several processes may share; None: the file `database`."""
    log_level: LogLevel = LogLevel.INFO

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if url is None:
            return None
        if info.data.get("database", _DATABASE) != _DATABASE:
            raise _wrong("is set, and DATABASE too; take one of them out")
        _refuse_what_is_no_database(url.get_secret_value())
        return url

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, level: object) -> object:
        return level.upper() if isinstance(level, str) else level


class Settings(StoreSettings):
    """See `.env.example` for each variable; a field's name in capitals is the variable's."""

    github_app_id: int = Field(gt=0)
    github_private_key_file: Path | None = None
    github_private_key: SecretStr = SecretStr("")
    """The key itself in PEM, wherever it came from."""
    github_webhook_secrets: Secrets
    github_api_url: BaseUrl = "https://api.github.com"
    github_app_slug: str = Field(default="prod-squad", pattern=_SLUG)

    tickets_repository: str = Field(pattern=REPOSITORY)
    ticket_label: str = Field(default="prod-alert", pattern=_LABEL)

    support_tokens: Secrets = ()
    """None: the support desk's door is shut."""
    support_label: str = Field(default="support", pattern=_LABEL)

    sentry_client_secrets: Secrets = ()
    """None: Sentry's door is shut."""
    sentry_url: BaseUrl = "https://sentry.io"
    sentry_token: SecretStr | None = None
    """None: nothing is asked of Sentry, or told to it."""
    sentry_sweep: str = ""
    """Which errors an hourly sweep of Sentry makes tickets of, in Sentry's search words; empty: there is no sweep."""
    sentry_organization: str | None = Field(default=None, pattern=_SLUG)

    pagerduty_url: BaseUrl = "https://api.pagerduty.com"
    pagerduty_token: SecretStr | None = None
    """None: PagerDuty is not asked who is on call."""
    pagerduty_events_url: BaseUrl = "https://events.pagerduty.com/v2/enqueue"
    pagerduty_routing_key: SecretStr | None = None
    """None: PagerDuty is not told of what is severe."""

    slack_api_url: BaseUrl = "https://slack.com/api"
    slack_token: SecretStr | None = None
    """None: nothing is shown in Slack."""
    slack_signing_secrets: Secrets = ()
    """None: Slack's door is shut."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65_535)
    workers: int = Field(default=16, ge=1, le=64)
    stop_grace: float = Field(default=0, ge=0, le=600)
    """Seconds between `/ready` saying no and the doors closing."""
    keep_days: int = Field(default=30, ge=4, le=3_650)

    @field_validator("github_private_key_file")
    @classmethod
    def _holds_a_key(cls, file: Path | None) -> Path | None:
        try:
            if file is not None:
                refuse_what_is_no_key(file.read_bytes())
        except OSError as error:
            raise _wrong(f"{file} can't be read: {error.strerror}") from None
        except PydanticCustomError as error:
            raise _wrong(f"names {file}, which {error.message()}") from None
        return file

    @field_validator("github_private_key")
    @classmethod
    def _is_key(cls, key: SecretStr, info: ValidationInfo) -> SecretStr:
        """The key, or what its file holds. Nothing where the file's name is wrong already."""
        if "github_private_key_file" not in info.data:
            return key
        file = info.data["github_private_key_file"]
        text = pem_of(key)
        if file is None and not text:
            raise PydanticCustomError("missing", "is not set")
        if file is not None and text:
            raise _wrong("is set, and GITHUB_PRIVATE_KEY_FILE too; take one of them out")
        pem = text.encode() if file is None else file.read_bytes()
        refuse_what_is_no_key(pem)
        return SecretStr(pem.decode())

    @field_validator("sentry_organization")
    @classmethod
    def _is_known(cls, organization: str | None, info: ValidationInfo) -> str | None:
        if organization is None and info.data.get("sentry_token") is not None:
            raise PydanticCustomError("missing", "is not set")
        return organization

    @field_validator("slack_token")
    @classmethod
    def _is_a_bots(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and not token.get_secret_value().startswith(_BOT_TOKENS):
            raise _wrong(
                "is no bot's token, which begins with xoxb-; write the “Bot User OAuth Token” of the Slack app's page "
                "“OAuth & Permissions”"
            )
        return token

    @field_validator("slack_signing_secrets")
    @classmethod
    def _are_known(cls, secrets: tuple[SecretStr, ...], info: ValidationInfo) -> tuple[SecretStr, ...]:
        """Messages have buttons, and nobody could press them."""
        if not secrets and info.data.get("slack_token") is not None:
            raise PydanticCustomError("missing", "is not set")
        return secrets

    @field_validator("pagerduty_routing_key")
    @classmethod
    def _is_an_integrations(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not re.fullmatch(_ROUTING_KEY, key.get_secret_value()):
            raise _wrong(
                "is no integration key; write the 32 letters and digits that the service's page at PagerDuty shows for "
                "its integration “Events API V2”"
            )
        return key


def read(env_file: Path | None = Path(".env")) -> Settings:
    """The settings from the environment and, where it exists, from `env_file`. Raises SettingsError."""
    return _read(Settings, env_file)


def read_store(env_file: Path | None = Path(".env")) -> StoreSettings:
    """Where everything is kept, whatever else is missing or wrong. Raises SettingsError."""
    return _read(StoreSettings, env_file)


def _read(kind: type[_Kind], env_file: Path | None) -> _Kind:
    wrong: dict[str, str] = {}
    try:
        wrong.update(_near_misses(_written_in(env_file), _names(kind)))
        chosen = kind(_env_file=env_file)  # type: ignore[call-arg]  # BaseSettings takes it, mypy does not see it
    except UnicodeDecodeError:
        raise SettingsError((), {str(env_file): "is no UTF-8 text"}) from None
    except ValidationError as refused:
        raise faults_of(refused, wrong) from None
    if wrong:
        raise SettingsError((), wrong)
    return chosen


def begun(env_file: Path = Path(".env")) -> bool:
    """Whether somebody has begun to configure the App: by any variable in `env_file`, or nearly one, or in the
    environment, where PORT and GITHUB_API_URL may be anybody's, by one that every App needs."""
    try:
        filled = {name.upper() for name, value in _written_in(env_file).items() if (value or "").strip()}
    except UnicodeDecodeError:
        return True
    if filled & {*variables(), *(name.upper() for name in _near_misses(filled, variables()))}:
        return True
    needed = (name for name in variables() if name.startswith(_NEEDED))
    return any(os.environ.get(name, "").strip() for name in needed)  # noqa: TID251 - this is the module that may


def faults_of(refused: ValidationError, known: Mapping[str, str], told_in: str = ".env.example") -> SettingsError:
    """All that is wrong with variables, besides what is known to be, as one error."""
    missing: list[str] = []
    wrong = dict(known)
    for error in refused.errors(include_url=False, include_input=False):
        name = str(error["loc"][0]).upper()
        if error["type"] == "missing":
            missing.append(name)
        else:
            wrong.setdefault(name, _told(error))
    return SettingsError(tuple(missing), wrong, told_in)


def variables() -> tuple[str, ...]:
    """The names of all variables."""
    return _names(Settings)


def _names(kind: type[StoreSettings]) -> tuple[str, ...]:
    return tuple(name.upper() for name in kind.model_fields)


def _written_in(env_file: Path | None) -> dict[str, str | None]:
    return dotenv_values(env_file, interpolate=False) if env_file is not None and env_file.is_file() else {}


def _near_misses(names: Iterable[str], wanted: Iterable[str]) -> dict[str, str]:
    """What nearly is one of those wanted."""
    known, wanted = variables(), frozenset(wanted)
    near = {
        name: get_close_matches(name.upper(), known, n=1, cutoff=_NEAR) for name in names if name.upper() not in known
    }
    return {
        name: f"there is no such variable; did you mean {found[0]}?"
        for name, found in near.items()
        if found and found[0] in wanted
    }


def _refuse_what_is_no_database(url: str) -> None:
    """Raises PydanticCustomError, which never tells of what is in it."""
    what = "write postgresql://USER:PASSWORD@HOST:5432/NAME"
    special = "a password's special characters are written as %40 and so on"
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _wrong(f"is no URL ({special}); {what}") from None
    if parts.scheme not in {"postgresql", "postgres"}:
        raise _wrong(f"must begin with postgresql:// (a SQLite file is named in DATABASE); {what}")
    user, _, hosts = parts.netloc.rpartition("@")
    if "@" in user or not all(map(_HOST.fullmatch, hosts.split(","))):
        raise _wrong(f"names no host and port ({special}); {what}")
    if not parts.path.strip("/") or parts.fragment:
        raise _wrong(f"names no database ({special}); {what}")


def pem_of(key: SecretStr) -> str:
    """A key as it may stand in a variable: on one line with `\\n` in it, or in quotes."""
    return key.get_secret_value().replace("\\n", "\n").strip("\"' \n")


def refuse_what_is_no_key(pem: bytes) -> None:
    """Raises PydanticCustomError, which says what to write instead."""
    what = "write the private key that GitHub made for the App, from -----BEGIN to the end of -----END…-----"
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        raise _wrong("has a password; take it off with `openssl rsa`") from None
    except (ValueError, UnsupportedAlgorithm):
        raise _wrong(f"is no private key in PEM; {what}") from None
    if not isinstance(key, RSAPrivateKey):
        raise _wrong(f"is no RSA key; {what}")
    if key.key_size < _SMALLEST_KEY:
        raise _wrong(f"has {key.key_size} bits only; {what}")


_SENTENCES: Final[Mapping[str, str]] = {
    "int_parsing": "is no whole number",
    "int_from_float": "is no whole number",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "enum": "is none of {expected}",
}
_SHAPES: Final[Mapping[str, str]] = {
    REPOSITORY: "is no repository; write owner/name, such as octo-org/alerts",
    _SLUG: "is no slug; write it as it stands in its page's address, such as prod-squad",
    _LABEL: "is no label; write a name without commas, of 50 characters at most",
}


def _told(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    if error["type"] in _SENTENCES:
        return _SENTENCES[error["type"]].format_map(context)
    return _SHAPES.get(context.get("pattern", ""), error["msg"])
