"""A job's settings: what GitHub Actions puts into the environment, and the secrets that a workflow hands on.

https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.domain.squad import REPOSITORY
from app.settings import BaseUrl, faults_of, pem_of, refuse_what_is_no_key

_TOLD_IN: Final = "“Scheduled jobs” in docs/operations.md"


class JobSettings(BaseSettings):
    """A field's name in capitals is the variable's."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        str_strip_whitespace=True,
        validate_default=True,
        hide_input_in_errors=True,
    )

    github_token: SecretStr
    github_repository: str = Field(pattern=REPOSITORY)
    github_api_url: BaseUrl = "https://api.github.com"
    github_sha: str = ""
    """The commit that the workflow runs on; of a pull request, it merged into its base."""
    github_step_summary: Path | None = None
    """Where Actions takes the run's summary from; None: it is printed alone."""
    ticket_label: str = Field(default="prod-alert", pattern=r"^[^,]{1,50}$")
    support_label: str = Field(default="support", pattern=r"^[^,]{1,50}$")
    pagerduty_url: BaseUrl = "https://api.pagerduty.com"
    pagerduty_token: SecretStr | None = None
    """None: PagerDuty is not asked who is on call."""
    sentry_url: BaseUrl = "https://sentry.io"
    sentry_token: SecretStr | None = None
    """None: Sentry is not asked."""
    sentry_organization: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9-]*$")
    sentry_sweep: str = ""
    """Which of Sentry's errors must have a ticket, in its search words; empty: they are not compared."""
    access_token: SecretStr | None = None
    """With what it is looked where the workflow's token may not: other repositories, teams. None: with that one."""
    github_app_id: int | None = Field(default=None, gt=0)
    github_private_key: SecretStr | None = None
    """The App's own key in PEM. None: nothing is done as the App."""

    @field_validator("sentry_organization")
    @classmethod
    def _is_known(cls, organization: str | None, info: ValidationInfo) -> str | None:
        if organization is None and info.data.get("sentry_token") is not None:
            raise PydanticCustomError("missing", "is not set")
        return organization

    @field_validator("github_private_key")
    @classmethod
    def _is_key(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if key is None:
            if info.data.get("github_app_id") is not None:
                raise PydanticCustomError("missing", "is not set")
            return None
        pem = pem_of(key)
        refuse_what_is_no_key(pem.encode())
        return SecretStr(pem)


def read(repository: str | None = None) -> JobSettings:
    """The settings from the environment; `repository` stands above it. Raises SettingsError, which names all faults."""
    given = {} if repository is None else {"github_repository": repository}
    try:
        return JobSettings(**given)  # type: ignore[arg-type]  # BaseSettings takes the rest from the environment
    except ValidationError as refused:
        raise faults_of(refused, {}, _TOLD_IN) from None
