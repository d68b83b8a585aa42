"""Which creating calls a claim has asked for: `app/mailroom/begun.py`."""

from __future__ import annotations

import pytest

from app.domain.mailboxes import Claim
from app.mailroom.begun import Begun

FIRST, SECOND = (Claim(key="ticket:1", generation=nth, attempt=1) for nth in (1, 2))
OTHER = Claim(key="ticket:2", generation=1, attempt=1)


@pytest.mark.parametrize(
    ("asked", "claim", "calls"),
    [
        pytest.param([(FIRST, "b"), (FIRST, "a"), (FIRST, "b")], FIRST, ["a", "b"], id="each once"),
        pytest.param([(FIRST, "a"), (OTHER, "b")], FIRST, ["a"], id="not what another mailbox asked for"),
        pytest.param([(FIRST, "a"), (SECOND, "b")], SECOND, ["b"], id="not what an earlier claim asked for"),
        pytest.param([(FIRST, "a"), (SECOND, "b")], FIRST, [], id="nothing of a claim that is over"),
        pytest.param([], FIRST, [], id="nothing"),
    ],
)
def test_what_a_claim_has_asked_for(asked: list[tuple[Claim, str]], claim: Claim, calls: list[str]) -> None:
    begun = Begun()
    for who, call in asked:
        begun.note(who, call)
    assert begun.of(claim) == calls


def test_only_who_holds_it_forgets() -> None:
    begun = Begun()
    begun.note(SECOND, "a")
    begun.forget(FIRST)
    assert begun.of(SECOND) == ["a"]
    begun.forget(SECOND)
    assert begun.of(SECOND) == []
