"""`/action`: who, by when, what."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.errors import UserError
from app.domain.wishes import AddAction
from tests.unit.decisions.commands.cases import wish


@pytest.mark.parametrize(
    ("text", "logins", "due", "what"),
    [
        ("/action @jo by friday: alert on a full queue", ("jo",), date(2026, 11, 27), "alert on a full queue"),
        ("/action @jo and @kim by 2026-12-04: ask: why?", ("jo", "kim"), date(2026, 12, 4), "ask: why?"),
        ("/action @jo by today: restart it", ("jo",), date(2026, 11, 24), "restart it"),
        ("/action @jo by 2026-11-24: restart it", ("jo",), date(2026, 11, 24), "restart it"),
        ("/action @jo, @jo by tomorrow: done by hand", ("jo",), date(2026, 11, 25), "done by hand"),
    ],
)
def test_what_it_asks_for(text: str, logins: tuple[str, ...], due: date, what: str) -> None:
    assert wish(text) == AddAction(logins=logins, due=due, what=what)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("/action", "needs somebody, a day and what is done"),
        ("/action @jo: alert", "needs somebody"),
        ("/action @jo by friday", "needs somebody"),
        ("/action jo by friday: alert", "`jo` has no `@`"),
        ("/action @jo by whenever: alert", "`whenever` is no day"),
        ("/action @jo by friday or so: alert", "`friday or so` is no day"),
        ("/action @jo by 2026-02-30: alert", "2026-02-30"),
        ("/action @jo by 2026-11-23: alert", "is over"),
        (f"/action @jo by friday: {'x' * 301}", "at most 300 characters"),
    ],
)
def test_what_it_refuses(text: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        wish(text)
