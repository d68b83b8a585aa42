"""The commands that change who is on duty, and those that change nothing."""

from __future__ import annotations

import pytest

from app.domain.errors import UserError
from app.domain.wishes import Away, Back, ExplainRouting, Handoff, Wish
from tests.unit.decisions.commands.cases import DAY, HOUR, NOW, wish


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("/away until 14:00", Away(until=NOW + 4 * HOUR), id="until a time"),
        pytest.param("/away until 2pm dentist", Away(until=NOW + 4 * HOUR, reason="dentist"), id="with a reason"),
        pytest.param("/away 2h", Away(until=NOW + 2 * HOUR), id="for so long"),
        pytest.param("/away 5d PTO", Away(until=NOW + 5 * DAY, reason="PTO"), id="for days"),
        pytest.param("/back", Back(), id="back"),
        pytest.param("/back again", Back(), id="back, with a remark"),
        pytest.param("/handoff @kim, thanks", Handoff(to="kim"), id="handed over, with a remark"),
        pytest.param("/why", ExplainRouting(), id="why it went there"),
    ],
)
def test_how_a_command_is_read(text: str, expected: Wish) -> None:
    assert wish(text) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("/away", "Say how long you are away: a duration", id="away, until when?"),
        pytest.param("/away lunch", "Say how long you are away", id="away for lunch"),
        pytest.param("/away until later", "Say how long you are away", id="away until some time"),
        pytest.param("/away until 2026-11-20", "`2026-11-20` is over", id="away until what is over"),
        pytest.param("/away 61d", "is for at most 60d. For longer, change the rotation", id="away for a season"),
        pytest.param("/handoff", "Say who takes over", id="handed over to nobody"),
        pytest.param("/handoff @acme/foxtrot", "is a team. Name a person", id="handed over to a team"),
        pytest.param("/handoff to @kim", "`to` has no `@`", id="handed over to a word that could be a login"),
        pytest.param("/handoff @j.o", "`@j.o` is no GitHub login", id="handed over to nobody's login"),
    ],
)
def test_what_can_not_be_read(text: str, sentence: str) -> None:
    with pytest.raises(UserError) as refused:
        wish(text)
    assert sentence in str(refused.value)
