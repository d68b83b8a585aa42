"""A post-mortem's life as the squad sees it: on its Project, in Slack, in the mentions, after standup.

Rule: time stands, and is turned by the squad's clock; Thursday the 26th is a holiday.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.following_up import DISCUSSED
from sandbox.github.projects import column_of, put
from sandbox.github.state import Board, Issue
from sandbox.slack.state import Message
from tests.journey.days import Standing
from tests.journey.slack_stage import CHANNEL, Office, office, shown
from tests.journey.stage import GRAPHQL, READ_ISSUE, Stage, by_the_app

NEW_YORK = ZoneInfo("America/New_York")
PROJECT = {"owner": "acme", "number": 7, "title": "The squad's board"}
SQUAD = f"""\
slack: {{channel: {CHANNEL}}}
people: [{{login: mark, slack: U0MARK}}]
time_zone: America/New_York
business_hours: {{start: '09:00', end: '17:00'}}
holidays: {{extra: [2026-11-26]}}
post_mortem:
  audience: [mark, acme/ops]
  standup: '09:30'
  project: {{owner: acme, number: 7}}
"""
WRITTEN = f"""\
## Root cause

A lock that nobody gave back.

## Detection

The alert, after four minutes.

## What went well

- The rollback.

## What went badly

- The runbook was old.

## Where we were lucky

- It was a Sunday.

## Action items

- [ ] @alex by 2026-12-04: alert on a full queue
- [ ] write it down

- [ ] {DISCUSSED}

## Feedback

Please read this."""


@dataclass
class Life:
    """A post-mortem, and where it shows."""

    squad: Office
    clock: Standing

    @property
    def here(self) -> Stage:
        return self.squad.here

    @property
    def issue(self) -> Issue:
        return self.here.home.issues[2]

    @property
    def board(self) -> Board:
        return next(iter(self.here.github.state.boards.values()))

    @property
    def column(self) -> str | None:
        return column_of(self.board, self.issue.id)

    @property
    def said(self) -> list[str]:
        """The App's comments on it, without what is hidden in them."""
        return [comment.body.partition("\n\n<!--")[0] for comment in by_the_app(self.issue)]

    @property
    def message(self) -> Message:
        return next(it for it in self.squad.messages if "After standup" not in it.text)

    @property
    def lines(self) -> list[str]:
        """On which days it was said that something is to be discussed."""
        return [
            f"{datetime.fromtimestamp(float(it.ts), NEW_YORK):%a %d %H:%M}"
            for it in self.squad.messages
            if "After standup" in it.text
        ]

    async def at(self, text: str) -> None:
        """It is then, by New York's clock, and all that fell due is settled."""
        wanted = datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=NEW_YORK)
        await self.here.later(seconds=(wanted.astimezone(UTC) - self.clock()).total_seconds())
        await self.settled()

    async def settled(self) -> None:
        """All is settled; what waits for its second (Slack takes one message in each) gets it."""
        async with asyncio.timeout(60):
            while True:
                await self.here.tried()
                if (await self.here.house.mailroom.standing()).pending == 0:
                    return
                await self.here.later(seconds=1)

    async def act(self, act: str, **wish: Any) -> None:
        await self.here.act(act, number=2, actor=wish.pop("actor", "mark"), **wish)
        await self.settled()

    async def write(self, people: str) -> None:
        """What people wrote is this from now on."""
        body = self.issue.body or ""
        await self.act("edit", body=body[: body.index("## Root cause")] + people)


@asynccontextmanager
async def life(folder: Path, *, squad: str = SQUAD, project: dict[str, Any] | None = None) -> AsyncIterator[Life]:
    """A post-mortem that a ticket led to, on the morning of Monday the 23rd."""
    clock = Standing(start=datetime(2026, 11, 23, 10, 0, tzinfo=NEW_YORK).astimezone(UTC))
    boards = (PROJECT if project is None else project,)
    async with office(folder, squad=squad, projects=boards if boards[0] else (), clock=clock) as it:
        await it.here.first()
        it.here.calls()
        await it.here.act("comment", number=1, actor="jo", body="/post-mortem Documents did not open")
        begun = Life(it, clock)
        await begun.settled()
        yield begun


async def test_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    async with life(tmp_path) as it:
        assert it.column == "In Progress"
        assert "📝 In progress: Post-mortem: Documents did not open" in it.message.text
        assert "Asked for feedback: <@U0MARK> `acme/ops`" in shown(it.message)
        (begun,) = it.said
        assert begun.startswith("📣 @mark @acme/ops This post-mortem is being written.")

        await it.at("23T11:00")
        await it.write(WRITTEN)
        assert it.column == "Feedback"
        assert it.said[1:] == [
            "🔎 @mark @acme/ops **Feedback is open until Friday, 2026-11-27** (3 business days): "
            "say in a comment what is missing or wrong."
        ]
        assert "🔎 Feedback:" in it.message.text
        assert "Action items: 2 open, 1 without a day" in shown(it.message)
        (reply,) = it.squad.replies
        assert reply.thread == it.message.ts
        assert "<@U0MARK> `acme/ops` *Feedback is open until Friday, 2026-11-27.*" in reply.text

        for moment in ("24T09:29", "24T09:30", "24T14:00", "25T09:30", "26T09:30", "27T09:30", "28T09:30", "30T09:30"):
            await it.at(moment)
        assert it.lines == ["Tue 24 09:30", "Wed 25 09:30", "Fri 27 09:30", "Mon 30 09:30"]
        assert "(2 open, 1 without a day" in it.squad.messages[-1].text

        await it.act("comment", body="/discussed")
        assert f"- [x] {DISCUSSED}" in (it.issue.body or "")
        assert "discussed" in shown(it.message)
        await it.here.later(days=1)
        await it.settled()
        assert len(it.lines) == 4

        await it.write(WRITTEN.replace("- [ ]", "- [x]"))
        await it.act("close")
        assert it.column == "Done"
        assert "✅ Done:" in it.message.text
        await it.act("reopen")
        assert it.column == "Feedback"
        assert len(it.said) == 2, "the day stays, and nobody is called again"
        assert len(it.squad.replies) == 1
        await it.act("close", reason="not_planned")
        assert (it.column, "Dropped:" in it.message.text) == ("Feedback", True)


async def test_what_its_beginning_costs_and_what_nothing_new_does(tmp_path: Path) -> None:
    async with life(tmp_path) as it:
        first = it.here.calls()
        await it.here.act("open", title="Another", body="It broke.", labels=["post-mortem"], actor="jo")
        await it.settled()
        assert it.here.calls() == [READ_ISSUE, GRAPHQL, GRAPHQL, GRAPHQL, GRAPHQL], "text, card, column, mention"
        assert first.count(GRAPHQL) == 6, (
            "the first one looked the board and what was deployed up, and its ticket answered"
        )
        await it.act("comment", body="I saw it, too.")
        assert it.here.calls() == []


async def test_a_person_is_not_gainsaid_on_the_board(tmp_path: Path) -> None:
    async with life(tmp_path) as it:
        put(it.here.github.state, it.board, it.issue.id, "Done")
        await it.write(WRITTEN)
        assert it.column == "Done"


@pytest.mark.parametrize(
    "project", [pytest.param({}, id="there is none"), pytest.param({**PROJECT, "access": "none"}, id="not for the App")]
)
async def test_without_the_project_it_goes_on(tmp_path: Path, project: dict[str, Any]) -> None:
    async with life(tmp_path, project=project) as it:
        await it.write(WRITTEN)
        assert [said[:3] for said in it.said] == ["📋 T", "📣 @", "🔎 @"]
        assert "GitHub shows the App no Project `7` of `acme`" in it.said[0]
        assert len(it.squad.replies) == 1


async def test_slack_is_down_and_holds_up_nothing(tmp_path: Path) -> None:
    async with life(tmp_path) as it:
        it.squad.slack.faults.change({"server_errors": 1.0})
        await it.here.act(
            "edit", number=2, actor="mark", body=(it.issue.body or "").partition("## Root cause")[0] + WRITTEN
        )
        await it.here.waits()
        assert it.column == "Feedback"
        it.squad.slack.faults.change({"server_errors": 0.0})
        await it.at("23T10:30")
        assert len(it.squad.replies) == 1
        assert "🔎 Feedback:" in it.message.text


async def test_a_standup_that_slack_was_down_for_is_not_said_the_next_day(tmp_path: Path) -> None:
    async with life(tmp_path) as it:
        await it.write(WRITTEN)
        it.squad.slack.faults.change({"server_errors": 1.0})
        await it.here.later(hours=23, minutes=40)
        await it.here.waits()
        it.squad.slack.faults.change({"server_errors": 0.0})
        await it.at("25T08:00")
        assert it.lines == []
        await it.at("25T09:30")
        assert it.lines == ["Wed 25 09:30"]


async def test_the_app_was_away_at_standup_and_says_it_the_same_day(tmp_path: Path) -> None:
    async with life(tmp_path) as it:
        await it.write(WRITTEN)
        await it.here.stop()
        await it.here.start()
        await it.at("24T13:00")
        await it.at("24T16:00")
        assert it.lines == ["Tue 24 13:00"]


async def test_ticked_by_hand_counts_too(tmp_path: Path) -> None:
    async with life(tmp_path) as it:
        await it.write(WRITTEN.replace(f"- [ ] {DISCUSSED}", f"- [x] {DISCUSSED}"))
        await it.at("24T09:30")
        assert it.lines == []


async def test_on_a_ticket_discussed_says_where_it_belongs(tmp_path: Path) -> None:
    async with life(tmp_path) as it:
        await it.here.act("comment", number=1, actor="jo", body="/discussed")
        await it.settled()
        ticket = it.here.home.issues[1]
        assert "Write `/discussed` on the post-mortem" in by_the_app(ticket)[-1].body
