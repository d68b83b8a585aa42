"""Whom a rendered comment mentions: the anchors prove it, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.rendered import mentioned_in

USER = '<a class="user-mention notranslate" data-hovercard-type="user" href="https://github.com/Nick">@Nick</a>'
TEAM = '<a class="team-mention js-team-mention" href="https://github.com/orgs/acme/teams/ops">@acme/ops</a>'


@pytest.mark.parametrize(
    ("html", "names"),
    [
        pytest.param(f"<p>{USER}: it broke</p>", {"nick"}, id="a person"),
        pytest.param(f"<p>{USER} {TEAM}</p>", {"nick", "acme/ops"}, id="a person and a team"),
        pytest.param("<p>@ghost: it broke</p>", set(), id="a name GitHub does not know stays text"),
        pytest.param("<p><code>@nick</code></p>", set(), id="code mentions nobody"),
        pytest.param('<a href="https://github.com/nick">@nick</a>', set(), id="a link that looks like a mention"),
        pytest.param('<a class="user-mention">nick</a>', set(), id="an anchor that says no name"),
        pytest.param('<a class="user-mention">@ni<b>ck</b></a>', {"nick"}, id="marked up inside"),
        pytest.param("</a>", set(), id="an end without a beginning"),
        pytest.param("", set(), id="nothing"),
    ],
)
def test_mentions(html: str, names: set[str]) -> None:
    assert mentioned_in(html) == names


@given(st.text())
def test_it_never_raises(html: str) -> None:
    assert isinstance(mentioned_in(html), frozenset)
