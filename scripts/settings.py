"""A job's settings: what GitHub Actions puts into the environment, and the secrets that a workflow hands on.

https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.domain.squad import REPOSITORY
from app.settings import BaseUrl, faults_of


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


def read(repository: str | None = None) -> JobSettings:
    """The settings from the environment; `repository` stands above it. Raises SettingsError, which names all faults."""
    given = {} if repository is None else {"github_repository": repository}
    try:
        return JobSettings(**given)  # type: ignore[arg-type]  # BaseSettings takes the rest from the environment
    except ValidationError as refused:
        raise faults_of(refused, {}) from None
