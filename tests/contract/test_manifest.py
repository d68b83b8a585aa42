"""The App's manifest asks for what the App uses, by GitHub's own names, and for nothing else."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.domain.errors import PayloadError
from app.intake import github
from app.intake.reading import Ignored
from app.intake.redaction import Redactor
from app.settings import Settings

ROOT = Path(__file__).parents[2]
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "app.yml").read_text())
GITHUB: dict[str, Any] = json.loads((ROOT / "sandbox" / "contracts" / "github-openapi-subset.json").read_text())
PERMISSIONS: dict[str, Any] = GITHUB["components"]["schemas"]["app-permissions"]["properties"]
WEBHOOKS = {hook["post"]["x-github"]["subcategory"] for hook in GITHUB["x-webhooks"].values()}
NOT_IN_THE_SUBSET = {"push"}
SENT_TO_EVERY_APP = {"installation", "installation_repositories", "ping"}
"""A manifest that lists one of these is refused: "Default events unsupported"."""
NEEDS = {
    "issues": "issues",
    "issue_comment": "issues",
    "label": "metadata",
    "push": "contents",
    "repository": "metadata",
}
"""Which permission each event needs: https://docs.github.com/en/webhooks/webhook-events-and-payloads"""


def is_read(event: str) -> bool:
    """Whether the App looks at this event's body at all."""
    try:
        read = github.read(
            event,
            b"{}",
            delivery_id="d",
            received_at=datetime(2026, 12, 24, tzinfo=UTC),
            redactor=Redactor(),
            app_slug="prod-squad",
        )
    except PayloadError:
        return True
    assert isinstance(read, Ignored)
    return False


@pytest.mark.parametrize(
    ("permission", "access"),
    [
        pytest.param("issues", "write", id="opens and edits tickets"),
        pytest.param("metadata", "read", id="asks who can be assigned"),
        pytest.param("contents", "read", id="reads the squad's file and the owners map, and writes none"),
        pytest.param("checks", "write", id="shows faults on a commit"),
        pytest.param("pull_requests", "read", id="names the pull request that fixed an error"),
        pytest.param("members", "read", id="mentions teams"),
        pytest.param("deployments", "read", id="tells in a post-mortem what was deployed"),
        pytest.param("organization_projects", "write", id="moves post-mortems on a Project"),
    ],
)
def test_it_asks_for_the_least(permission: str, access: str) -> None:
    assert MANIFEST["default_permissions"][permission] == access


def test_it_asks_for_nothing_else() -> None:
    assert set(MANIFEST["default_permissions"]) == {
        "issues",
        "metadata",
        "contents",
        "checks",
        "pull_requests",
        "members",
        "deployments",
        "organization_projects",
    }  # fmt: skip


def test_github_knows_each_permission() -> None:
    for permission, access in MANIFEST["default_permissions"].items():
        assert access in PERMISSIONS[permission]["enum"]


def test_github_knows_each_event() -> None:
    assert set(MANIFEST["default_events"]) - NOT_IN_THE_SUBSET <= WEBHOOKS
    assert not NOT_IN_THE_SUBSET & WEBHOOKS


def test_it_hears_exactly_what_the_app_reads() -> None:
    read = {event for event in WEBHOOKS | NOT_IN_THE_SUBSET if is_read(event)}
    assert set(MANIFEST["default_events"]) == read - SENT_TO_EVERY_APP


def test_each_event_is_covered_by_a_permission() -> None:
    """GitHub refuses a manifest otherwise: "Default events are not supported by permissions"."""
    assert NEEDS.keys() == set(MANIFEST["default_events"])
    assert set(NEEDS.values()) <= set(MANIFEST["default_permissions"])


def test_it_is_the_teams_own_and_leads_to_the_doors() -> None:
    assert MANIFEST["public"] is False
    assert MANIFEST["hook_attributes"] == {"url": f"{MANIFEST['url']}/github", "active": True}


def test_its_name_gives_the_slug_that_the_app_knows_itself_by() -> None:
    assert re.sub(r"\W+", "-", MANIFEST["name"]).lower() == Settings.model_fields["github_app_slug"].default


def test_github_takes_each_key() -> None:
    """https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest"""
    assert set(MANIFEST) <= {
        "name", "url", "hook_attributes", "redirect_url", "callback_urls", "setup_url", "description", "public",
        "default_events", "default_permissions", "request_oauth_on_install", "setup_on_update",
    }  # fmt: skip
