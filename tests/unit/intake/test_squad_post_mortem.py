"""The squad's file on post-mortems: the Project, the channel, standup."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.squad import Squad
from app.domain.squad_board import Project
from app.domain.squad_jobs import PostMortem
from app.intake import squad_file


def read(section: str) -> PostMortem:
    found = squad_file.read(f"post_mortem: {section}\n")
    assert isinstance(found, Squad), found
    return found.post_mortem


def test_by_default_it_is_on_no_board_and_in_no_standup() -> None:
    chosen = read("{feedback: 3d}")
    assert (chosen.project, chosen.channel, chosen.standup) == (None, None, None)


def test_a_projects_columns_have_names_of_their_own() -> None:
    assert read("{project: {owner: octo-org, number: 7}}").project == Project(
        owner="octo-org", number=7, field="Status", in_progress="In Progress", feedback="Feedback", done="Done"
    )
    named = read("{project: {owner: octo-org, number: 7, field: Stage, done: Over}}").project
    assert named is not None
    assert (named.field, named.columns) == ("Stage", ("In Progress", "Feedback", "Over"))


def test_standup_is_a_time_of_day() -> None:
    chosen = read("{standup: '09:30', channel: C012AB3CD}")
    assert (chosen.standup, chosen.channel) == (timedelta(hours=9, minutes=30), "C012AB3CD")


@pytest.mark.parametrize(
    ("section", "says"),
    [
        pytest.param("{project: {owner: octo-org}}", "post_mortem.project", id="no number"),
        pytest.param("{project: {owner: octo-org, number: 0}}", "post_mortem.project.number", id="none such"),
        pytest.param("{project: {owner: '@octo', number: 7}}", "post_mortem.project.owner", id="no login"),
        pytest.param("{project: {owner: octo-org, number: 7, done: feedback}}", "same name", id="two columns in one"),
        pytest.param("{project: }", "post_mortem.project: this is empty", id="empty"),
        pytest.param("{standup: 9}", "post_mortem.standup: is no time of day", id="no time"),
        pytest.param("{channel: '#alerts'}", "post_mortem.channel", id="no id"),
    ],
)
def test_what_is_wrong_is_said_at_its_key(section: str, says: str) -> None:
    found = squad_file.read(f"post_mortem: {section}\n")
    assert isinstance(found, tuple)
    assert says in found[0].message
