"""The form that people fill in and its reader are two halves of one thing."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.domain.alerts import Impact
from app.domain.identity import fingerprint
from app.intake import form
from app.settings import Settings

TEMPLATES = Path(__file__).parents[3] / ".github" / "ISSUE_TEMPLATE"
FORM: dict[str, Any] = yaml.safe_load((TEMPLATES / "prod-alert.yml").read_text())
FIELDS: list[dict[str, Any]] = [it for it in FORM["body"] if it["type"] != "markdown"]
REPORTED = datetime(2026, 12, 24, 12, 0, tzinfo=UTC)
ANSWERS = {
    "app": "eFolder",
    "link": "https://sentry.io/organizations/octo-org/issues/4711/",
    "seen": "A white page.\n\n### What I did\n\nI opened a document.",
    "impact": "severe",
    "when": "2026-12-24 09:30",
}


def rendered(answers: dict[str, str]) -> str:
    """The issue's body, as GitHub makes it of the answers."""
    parts = []
    for field in FIELDS:
        answer = answers.get(field["id"], "_No response_")
        if field["type"] == "dropdown" and field["id"] in answers:
            answer = next(it for it in field["attributes"]["options"] if it.startswith(answer))
        parts.append(f"### {field['attributes']['label']}\n\n{answer}")
    return "\n\n".join(parts)


def test_the_form_has_the_headings_that_its_reader_looks_for() -> None:
    assert tuple(field["attributes"]["label"] for field in FIELDS) == form.LABELS


def test_the_form_brings_the_label_that_makes_a_ticket() -> None:
    assert FORM["labels"] == [Settings.model_fields["ticket_label"].default]


def test_a_whole_form_is_read() -> None:
    body = rendered(ANSWERS)
    assert form.is_whole_form(body)
    report = form.read("Documents don't open", body, reported_at=REPORTED)
    assert report.faults == ()
    alert = report.alert
    assert (alert.app, alert.link, alert.impact) == ("eFolder", ANSWERS["link"], Impact.SEVERE)
    assert alert.fingerprint == fingerprint("sentry", "4711")
    assert alert.details == ANSWERS["seen"]
    assert alert.occurred_at == datetime(2026, 12, 24, 9, 30, tzinfo=UTC)


def test_what_need_not_be_answered_is_no_fault() -> None:
    needed = {field["id"] for field in FIELDS if field["validations"]["required"]}
    assert needed == {"app", "seen", "impact"}
    report = form.read("Broken", rendered({name: ANSWERS[name] for name in needed}), reported_at=REPORTED)
    assert report.faults == ()
    assert report.alert.occurred_at == REPORTED


def test_what_must_be_answered_is_a_fault_without_its_answer() -> None:
    assert len(form.read("Broken", rendered({}), reported_at=REPORTED).faults) == 2


@pytest.mark.parametrize("impact", [pytest.param(it, id=f"the choice {it}") for it in Impact])
def test_the_choices_are_the_procedures(impact: Impact) -> None:
    report = form.read("Broken", rendered(ANSWERS | {"impact": impact.value}), reported_at=REPORTED)
    assert report.alert.impact is impact


def test_there_is_no_other_choice_and_doubt_comes_first() -> None:
    choices = next(field["attributes"] for field in FIELDS if field["id"] == "impact")
    assert [option.partition(":")[0] for option in choices["options"]] == list(Impact)
    assert choices["options"][choices["default"]].startswith(Impact.UNSURE)


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        pytest.param(
            "vendor.github-issue-config" if file.name == "config.yml" else "vendor.github-issue-forms",
            file.name,
            id=file.stem,
        )
        for file in sorted(TEMPLATES.iterdir())
    ],
)
def test_github_takes_it(schema: str, name: str) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(TEMPLATES / name)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout
