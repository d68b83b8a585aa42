"""Support tickets: a door, a quiet issue, and `/prod-alert`, which makes it everybody's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.journey.stage import APPS, OPEN_ISSUE, Stage, by_the_app, seed, stage, told

TOKEN = "a-token-of-the-support-desk"
TICKET = {
    "id": "4711",
    "title": "I can't open my documents, write to jo@example.org",
    "text": "It says 500. My number is 123-45-6789.\n\n/impact severe @nick",
    "link": "https://desk.example.org/tickets/4711",
    "from": "jo@example.org",
    "app": "Reader",
}
SQUAD = f"""{APPS}tickets: {{gather: 1s}}
rotation: {{members: [jo, sharon], starts: 2026-01-01}}
undecided: {{primary_after: 30m, secondary_after: 1h, lead_after: 90m}}
"""


async def sent(here: Stage, **more: Any) -> dict[str, Any]:
    """The desk sends its ticket; the answer."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with here.http.post(f"{here.url}/support", json=TICKET | more, headers=headers) as answer:
        said: dict[str, Any] = await answer.json()
        assert answer.status == 202, said
    await here.quiet()
    return said


def on(folder: Path, **more: Any) -> Any:
    """A stage whose support door is open."""
    return stage(folder, support_tokens=TOKEN, world=seed(squad=SQUAD), **more)


async def test_a_support_ticket_is_a_quiet_issue(tmp_path: Path) -> None:
    async with on(tmp_path) as here:
        assert await sent(here) == {"fate": "saved"}
        assert here.calls() == [OPEN_ISSUE]
        issue = here.ticket
        assert set(issue.labels) == {"support", "app:Reader", "team:Whiskey"}
        assert issue.assignees == []
        body = issue.body or ""
        assert "A support ticket." in body
        assert "https://desk.example.org/tickets/4711" in body
        for kept_out in ("jo@example.org", "123-45-6789"):
            assert kept_out not in body + issue.title
        assert "Who answers" not in body
        assert (await here.house.mailroom.standing()).support == 1
        await here.later(hours=30)
        await here.quiet()
        assert not by_the_app(issue), "nobody is pinged about it"


async def test_the_same_again_is_nothing_and_a_new_text_is_shown(tmp_path: Path) -> None:
    async with on(tmp_path) as here:
        await sent(here)
        here.calls()
        assert await sent(here) == {"fate": "repeated"}
        assert here.calls() == []
        assert await sent(here, text="It works again for some.") == {"fate": "saved"}
        assert "It works again for some." in (here.ticket.body or "")
        assert told(here.ticket).occurrences == 1
        assert not by_the_app(here.ticket)
        await here.act("close", number=1, actor="jo", reason="completed")
        await sent(here, text="No, it does not.")
        assert here.ticket.state == "closed", "people closed it, and a word more opens nothing"


async def test_promoted_it_is_assigned_and_waits_to_be_decided_from_then_on(tmp_path: Path) -> None:
    async with on(tmp_path) as here:
        await sent(here)
        await here.later(hours=5)
        await here.quiet()
        await here.act("comment", number=1, actor="mark", body="/prod-alert")
        await here.quiet()
        issue = here.ticket
        assert set(issue.labels) == {"prod-alert", "support", "app:Reader", "team:Whiskey"}
        assert issue.assignees == ["mark"]
        assert "Who answers:" in (issue.body or "")
        assert not by_the_app(issue)
        assert (await here.house.mailroom.standing()).support == 0
        await here.later(minutes=25)
        await here.quiet()
        assert not by_the_app(issue), "its time began when it was promoted"
        await here.later(minutes=10)
        await here.quiet()
        (ping,) = by_the_app(issue)
        assert ping.body.startswith("@")
        assert "undecided" in ping.body


async def test_the_label_or_an_impact_promotes_it_too(tmp_path: Path) -> None:
    async with on(tmp_path) as here:
        await sent(here)
        await here.act("label", number=1, labels=["prod-alert"], actor="kim")
        await here.quiet()
        assert here.ticket.assignees == ["mark"]
        await sent(here, id="4712")
        await here.act("comment", number=2, actor="kim", body="/impact unsure")
        await here.quiet()
        issue = here.issues[1]
        assert {"prod-alert", "impact:unsure"} <= set(issue.labels)
        assert issue.assignees == ["mark"]
        (ping,) = by_the_app(issue)
        assert ping.body.startswith("@mark")


async def test_whom_people_assigned_keeps_it(tmp_path: Path) -> None:
    async with on(tmp_path) as here:
        await sent(here)
        await here.act("assign", number=1, assignees=["kim"], actor="kim")
        await here.quiet()
        await here.act("comment", number=1, actor="kim", body="/prod-alert")
        await here.quiet()
        assert here.ticket.assignees == ["kim"]


async def test_of_a_known_error_it_is_a_duplicate(tmp_path: Path) -> None:
    async with on(tmp_path) as here:
        await here.first()
        await sent(here)
        await here.act("comment", number=2, actor="kim", body="/duplicate-of #1")
        await here.quiet()
        ticket, asked = here.issues
        assert (asked.state, asked.duplicate_of) == ("closed", ticket.id)
        assert told(ticket).occurrences == 2
        await sent(here, text="It still does not open.")
        assert told(ticket).occurrences == 2, "a new text is no new occurrence"
