"""Slack: what is severe or unsure goes to the squad's channel, and is decided there with buttons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import StoreError
from tests.journey.slack_stage import IN_SLACK, buttons, office, shown
from tests.journey.stage import by_the_app


async def test_severe_is_posted_once_acknowledged_by_a_button_and_edited(tmp_path: Path) -> None:
    async with office(tmp_path) as squad:
        await squad.here.first()
        assert squad.messages == [], "nobody has decided yet"
        await squad.says("/impact severe documents are lost")
        assert "🚨 Severe:" in squad.message.text
        assert "<@U0MARK> `nick` `acme/support`" in shown(squad.message)
        assert "Decided by `jo`: “documents are lost”" in shown(squad.message)
        assert buttons(squad.message) == ["ack", "unsure", "annoying", "open"]
        await squad.press("ack", "U0MARK")
        assert "Acknowledged* by `mark`" in shown(squad.message)
        assert "**Acknowledged** by `@mark`" in (squad.here.ticket.body or "")
        assert squad.message.edits == 1
        assert len(by_the_app(squad.here.ticket)) == 1, "the ping alone: a button makes no comment"


async def test_unsure_is_decided_by_buttons_and_the_message_follows(tmp_path: Path) -> None:
    async with office(tmp_path) as squad:
        await squad.here.first()
        await squad.says("/impact unsure")
        assert "❓ Unsure:" in squad.message.text
        await squad.press("severe")
        assert "impact:severe" in squad.here.ticket.labels
        assert any("🚨 @mark @nick" in comment.body for comment in by_the_app(squad.here.ticket))
        assert "🚨 Severe:" in squad.message.text
        (call,) = squad.replies
        assert call.thread == squad.message.ts
        assert "<@U0MARK> `nick` `acme/support`" in shown(call), "an edit tells nobody, so people are called below it"
        await squad.press("ack", "U0MARK")
        assert len(squad.replies) == 1, "once"
        await squad.press("annoying")
        assert "Annoying:" in squad.message.text
        assert buttons(squad.message) == ["open"]
        await squad.here.later(seconds=2)  # GitHub tells whole seconds
        await squad.says("/impact severe after all")
        assert len(squad.replies) == 2, "each time that it becomes severe"
        await squad.here.later(seconds=2)
        await squad.says("/impact annoying")
        await squad.here.act("close", number=1, actor="jo")
        await squad.here.quiet()
        assert "*Closed* as completed by `jo`" in shown(squad.message)


async def test_who_acknowledged_it_before_it_was_severe_is_not_shown_as_on_it(tmp_path: Path) -> None:
    async with office(tmp_path) as squad:
        await squad.here.first()
        await squad.says("/impact unsure")
        await squad.press("ack", "U0MARK")
        assert "Acknowledged* by `mark`" in shown(squad.message)
        await squad.here.later(seconds=2)
        await squad.says("/impact severe documents are lost")
        assert "Acknowledged" not in shown(squad.message)
        assert "Acknowledged" not in (squad.here.ticket.body or "")
        await squad.press("ack", "U0MARK")
        assert "Acknowledged* by `mark`" in shown(squad.message)


async def test_a_button_silences_for_a_day(tmp_path: Path) -> None:
    async with office(tmp_path) as squad:
        error = await squad.here.first()
        await squad.says("/impact unsure")
        await squad.press("silence")
        assert "silenced" in squad.here.ticket.labels
        assert error.status == "ignored"
        assert "*Silenced* until" in shown(squad.message)
        assert buttons(squad.message) == ["severe", "open"]
        await squad.here.later(hours=24, minutes=1)
        await squad.here.quiet()
        assert "silenced" not in squad.here.ticket.labels
        assert "❓ Unsure:" in squad.message.text


async def test_a_stranger_is_told_what_to_add_and_nobody_else_sees_it(tmp_path: Path) -> None:
    async with office(tmp_path) as squad:
        await squad.here.first()
        await squad.says("/impact unsure")
        await squad.press("annoying", "U0SAM")
        (whisper,) = squad.message.whispers
        assert "Sam: That was not done." in whisper
        assert "`slack: U0SAM`" in whisper
        assert "impact:unsure" in squad.here.ticket.labels
        assert squad.message.edits == 0


async def test_who_is_not_in_the_file_by_id_is_known_by_e_mail(tmp_path: Path) -> None:
    async with office(tmp_path) as squad:
        await squad.here.first()
        await squad.says("/impact unsure")
        await squad.press("annoying", "U0KIM")
        assert "annoying, decided by `@kim`" in (squad.here.ticket.body or "")


async def test_who_may_not_on_github_may_not_here(tmp_path: Path) -> None:
    async with office(tmp_path, squad=IN_SLACK.replace("login: jo, slack", "login: stranger, slack")) as squad:
        await squad.here.first()
        await squad.says("/impact unsure", by="mark")
        await squad.press("severe")
        (whisper,) = squad.message.whispers
        assert "triage permission" in whisper
        assert "impact:unsure" in squad.here.ticket.labels


async def test_a_press_that_comes_twice_is_one(tmp_path: Path) -> None:
    async with office(tmp_path) as squad:
        await squad.here.first()
        await squad.says("/impact unsure")
        await squad.press("annoying")
        _, body, _ = squad.slack.presses.sent[-1]
        assert await squad.slack.presses.send(body) == 200
        await squad.here.quiet()
        assert squad.message.whispers == [], "a second one would be refused: it is decided already"


async def test_a_button_of_a_message_that_is_not_the_tickets_does_nothing(tmp_path: Path) -> None:
    async with office(tmp_path) as squad:
        await squad.here.first()
        await squad.says("/impact unsure")
        old = squad.message
        squad.slack.state.delete(squad.channel.id, old.ts)
        await squad.says("/impact severe")
        new = squad.message
        assert new.ts != old.ts, "it was deleted, and severe is loud: it is posted anew"
        squad.channel.messages[old.ts] = old
        await squad.press("annoying", message=old)
        assert "not the ticket's" in old.whispers[0]
        assert "impact:severe" in squad.here.ticket.labels


async def test_a_press_about_a_ticket_that_is_not_there_is_answered(tmp_path: Path) -> None:
    async with office(tmp_path) as squad:
        await squad.here.first()
        await squad.says("/impact unsure")
        for block in squad.message.blocks:
            for button in block.get("elements", []):
                if "value" in button:
                    button["value"] = "4711"
        await squad.press("annoying")
        assert "no such ticket" in squad.message.whispers[0]


async def test_slack_is_down_and_people_are_called_on_github_all_the_same(tmp_path: Path) -> None:
    async with office(tmp_path) as squad:
        await squad.here.first()
        squad.slack.faults.change({"server_errors": 1.0})
        await squad.here.act("comment", number=1, actor="jo", body="/impact severe")
        await squad.until(lambda: any("🚨" in it.body for it in by_the_app(squad.here.ticket)))
        await squad.here.waits()
        assert squad.messages == []
        squad.slack.faults.change({"server_errors": 0.0})
        await squad.here.later(minutes=6)
        await squad.until(lambda: squad.messages)
        await squad.here.quiet()
        assert "🚨 Severe:" in squad.message.text


async def test_github_is_down_and_what_is_severe_is_said_in_slack_all_the_same(tmp_path: Path) -> None:
    async with office(tmp_path) as squad:
        await squad.here.first()
        await squad.says("/why")  # now GitHub has said that jo may
        squad.here.github.faults.change({"server_errors": 1.0, "route": "graphql"})
        await squad.here.act("comment", number=1, actor="jo", body="/impact severe")
        await squad.until(lambda: squad.messages)
        assert "🚨 Severe:" in squad.message.text
        squad.here.github.faults.change({"server_errors": 0.0})
        await squad.here.later(minutes=6)
        await squad.here.quiet()
        assert any("🚨" in it.body for it in by_the_app(squad.here.ticket))
        assert "🚨 Severe:" in squad.message.text


async def test_the_answer_is_lost_after_the_message_was_posted_and_there_is_one(tmp_path: Path) -> None:
    async with office(tmp_path) as squad:
        await squad.here.first()
        squad.slack.faults.change({"unanswered_next": 1, "method": "chat.postMessage"})
        await squad.says("/impact severe")
        await squad.here.later(minutes=1)
        await squad.here.quiet()
        assert squad.calls("chat.postMessage") == 1
        assert squad.calls("conversations.history") == 1
        await squad.press("ack", "U0MARK")
        assert "Acknowledged* by `mark`" in shown(squad.message)


async def test_a_handover_is_said_once_and_whoever_takes_over_is_mentioned(tmp_path: Path) -> None:
    text = IN_SLACK.replace("- {login: jo,", "- {login: nick, slack: U0NICK}\n  - {login: jo,")
    async with office(tmp_path, squad=text) as squad:
        await squad.here.first()
        for who in ("jo", "kim", "mark"):
            await squad.says("/away 2h lunch", by=who)
        assert all("🔁 *On duty now:*" in message.text for message in squad.messages)
        last = squad.messages[-1]
        assert last.text.endswith("<@U0NICK> as primary, nobody as secondary."), "the lead stands in for all three"
        assert "`mark` said so <http" in shown(last) or "`kim` said so <http" in shown(last)
        told = len(squad.messages)
        await squad.says("/back", by="sharon")
        assert len(squad.messages) == told, "that changed nobody's place"


async def test_without_its_section_in_the_squads_file_nothing_is_said(tmp_path: Path) -> None:
    async with office(tmp_path, squad="severe: {ping: [nick]}\n") as squad:
        await squad.here.first()
        await squad.says("/impact severe")
        assert squad.slack.requests == []


async def test_five_hundred_occurrences_edit_the_message_a_few_times(tmp_path: Path) -> None:
    async with office(tmp_path) as squad:
        error = await squad.here.first()
        await squad.says("/impact unsure")
        for _ in range(4):
            await squad.here.again(error, times=125)
            await squad.here.later(seconds=2)
            await squad.here.quiet()
        assert squad.message.edits <= 3
        assert "occurrences" in shown(squad.message)


@pytest.mark.parametrize("where", ["done", "remember", "finish"])
async def test_it_dies_after_the_message_was_posted_and_there_is_one(
    tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office(tmp_path) as squad:
        await squad.here.first()
        died = 0
        mailroom = type(squad.here.house.mailroom)
        real = getattr(mailroom, where)

        async def dies(self: Any, subject: Any, *args: Any, **more: Any) -> Any:
            nonlocal died
            if squad.messages and not died and "slack:" in str(getattr(subject, "key", subject)):
                died += 1
                raise StoreError("killed")
            return await real(self, subject, *args, **more)

        monkeypatch.setattr(mailroom, where, dies)
        await squad.says("/impact severe")
        await squad.here.later(minutes=1)
        await squad.here.quiet()
        assert died == 1
        assert squad.calls("chat.postMessage") == 1
        await squad.press("ack", "U0MARK")
        assert "Acknowledged* by `mark`" in shown(squad.message)
