"""The table of `decisions/backtesting.py`."""

from __future__ import annotations

import pytest

from app.decisions.backtesting import Map, alert_of, moved
from app.decisions.matching import CompiledMap
from app.domain.backtest import Destination
from app.domain.squad import Squad
from app.intake import owners_map

SQUAD = Squad.model_validate({"apps": [{"name": "Reader", "projects": ["reader"]}]})
ALERT = alert_of(
    app="", project="reader", url="https://x.example/a", frames=(("app/x.rb", "m.x"),), tags=(("component", "pdf"),)
)


def map_of(text: str, squad: Squad = SQUAD) -> Map:
    return Map(CompiledMap(owners_map.read(text, ".github/PRODOWNERS")), squad)


OLD = map_of("* @nick\n[Whiskey] @mark\napp:Reader\n")


@pytest.mark.parametrize(
    ("text", "after"),
    [
        pytest.param(
            "* @nick\n[Whiskey] @jo\napp:Reader\n",
            Destination(lead="jo", app="Reader", team="Whiskey", line=3, pattern="app:Reader"),
            id="another lead",
        ),
        pytest.param(
            "* @nick\n[Bravo] @mark\napp:Reader\n",
            Destination(lead="mark", app="Reader", team="Bravo", line=3, pattern="app:Reader"),
            id="another team",
        ),
        pytest.param("* @nick\n", Destination(lead="nick", app="Reader", line=1, pattern="*"), id="its line is gone"),
        pytest.param("", Destination(app="Reader"), id="no map any more: nobody"),
        pytest.param("* @nick\n[Whiskey] @Mark\n/app/x.rb\n", None, id="the same lead and team by another line"),
        pytest.param("* @nick\n[Whiskey] @mark\napp:Reader\n", None, id="the same"),
        pytest.param(
            "* @nick\n[Whiskey] @mark\napp:Reader\nmodule:m.* @jo\n",
            Destination(lead="jo", app="Reader", team="Whiskey", line=4, pattern="module:m.*"),
            id="by its module",
        ),
        pytest.param(
            "* @nick\n[Whiskey] @mark\napp:Reader\ntags.component:pdf @kim\n",
            Destination(lead="kim", app="Reader", team="Whiskey", line=4, pattern="tags.component:pdf"),
            id="by a tag",
        ),
        pytest.param(
            "* @nick\n[Whiskey] @mark\napp:Reader\nurl:*/a @sam\n",
            Destination(lead="sam", app="Reader", team="Whiskey", line=4, pattern="url:*/a"),
            id="by its address",
        ),
    ],
)
def test_what_goes_elsewhere(text: str, after: Destination | None) -> None:
    found = moved(ALERT, OLD, map_of(text))
    assert (found[1] if found is not None else None) == after
    if found is not None:
        assert found[0] == Destination(lead="mark", app="Reader", team="Whiskey", line=3, pattern="app:Reader")


def test_the_squads_file_counts_too() -> None:
    other = Squad.model_validate({"apps": [{"name": "Library", "projects": ["reader"]}]})
    found = moved(ALERT, OLD, map_of("* @nick\n[Whiskey] @mark\napp:Reader\n", other))
    assert found is not None
    assert (found[1].app, found[1].lead) == ("Library", "nick")
