"""Triage: what people on duty command on a ticket, and who hears of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.journey.stage import GRAPHQL, OWNERS, PEOPLE, SQUAD, by_the_app, seed, stage

ROTATION = """\
rotation:
  members: [jo, kim, mark]
  starts: 2026-11-02
severe:
  ping: [nick, sharon]
"""


def squad(more: str = ROTATION) -> dict[str, Any]:
    return seed(squad=SQUAD + more)


def labels(here: Any) -> set[str]:
    return {name for name in here.ticket.labels if name.startswith(("impact:", "silenced"))}


async def says(here: Any, text: str, by: str = "jo") -> int:
    """Somebody comments on the ticket; once all is settled, the comment's id."""
    comment = await here.act("comment", number=here.ticket.number, actor=by, body=text)
    await here.quiet()
    return int(comment["id"])


async def passes(here: Any, **much: float) -> None:
    """So much time goes by, and what falls due is done."""
    await here.later(**much)
    await here.quiet()


def signs(here: Any, comment: int) -> set[str]:
    return {name for name, count in here.ticket.comments[comment].reactions.items() if count}


async def test_an_impact_is_decided_by_command_and_shown(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        comment = await says(here, "/impact annoying it is only slow")
        assert labels(here) == {"impact:annoying"}
        assert signs(here, comment) == {"eyes", "+1"}
        assert "annoying, decided by `@jo`" in (here.ticket.body or "")
        assert by_the_app(here.ticket) == [], "annoying pings nobody"


async def test_severe_calls_everybody_the_procedure_names_in_one_comment(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        await says(here, "/impact severe documents are lost")
        (ping,) = by_the_app(here.ticket)
        assert ping.body.startswith("🚨 @mark @nick @sharon: ")
        assert "`@jo` said so on " in ping.body
        assert ": “documents are lost”." in ping.body
        assert "| Impact | severe, decided by `@jo`: “documents are lost” |" in (here.ticket.body or "")
        assert labels(here) == {"impact:severe"}
        await passes(here, minutes=16)
        assert [comment.body.split(":")[0] for comment in by_the_app(here.ticket)[1:]] == ["🚨 @jo"]
        await says(here, "/ack", by="mark")
        await passes(here, hours=3)
        assert len(by_the_app(here.ticket)) == 2, "acknowledged: nobody is pinged"


async def test_severe_as_the_tech_lead_says_calls_the_primary_at_once(tmp_path: Path) -> None:
    alone = ROTATION.partition("severe:")[0]
    async with stage(tmp_path, world=squad(alone.replace("2026-11-02", "2026-11-23"))) as here:
        await here.first()
        await says(here, "/impact severe documents are lost", by="mark")
        (ping,) = by_the_app(here.ticket)
        assert ping.body.startswith("🚨 @mark @jo: ")


async def test_the_reason_of_an_impact_is_redacted_and_calls_nobody(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        await says(here, "/impact severe: @kim, the file of 123-45-6789 is lost, see #1")
        (ping,) = by_the_app(here.ticket)
        body = here.ticket.body or ""
        for shown in (ping.body, body):
            assert "“@&#x200B;kim, the file of \\[SSN removed\\] is lost, see \\#&#x200B;1”" in shown


async def test_severe_calls_people_before_anything_else_is_written(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        here.calls()
        comment = await says(here, "/impact severe documents are lost")
        may, call, *_ = here.calls()
        assert may.endswith("/permission"), "whether jo may say so"
        assert call == GRAPHQL, "the comment that pings; signs, labels and body come after it"
        assert len(by_the_app(here.ticket)) == 1
        assert signs(here, comment) == {"eyes", "+1"}
        assert labels(here) == {"impact:severe"}


async def test_what_is_routed_anew_and_severe_calls_the_new_lead(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        await says(here, "/route app:Certification\n/impact severe")
        (ping,) = by_the_app(here.ticket)
        assert ping.body.startswith("🚨 @alex @nick @sharon: ")


async def test_unsure_asks_the_tech_lead(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad("")) as here:
        await here.first()
        await says(here, "/impact unsure")
        assert [comment.body.split(":")[0] for comment in by_the_app(here.ticket)] == ["@mark"]


async def test_a_label_put_on_by_hand_is_a_decision(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad("")) as here:
        await here.first()
        await here.act("label", number=1, actor="nick", labels=["impact:unsure"])
        await here.quiet()
        assert "unsure, decided by `@nick`" in (here.ticket.body or "")
        assert [comment.body.split(":")[0] for comment in by_the_app(here.ticket)] == ["@mark"]


async def test_what_nobody_decides_goes_up_the_line(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        seen = []
        for _ in range(3):
            await passes(here, minutes=31)
            seen = [comment.body.split(":")[0] for comment in by_the_app(here.ticket)]
        pair = [f"@{who}" for who in PEOPLE if who in {"jo", "kim", "mark"}]
        assert len(seen) == 3
        assert seen[2] == "@mark" or "@mark" in seen, "the tech lead is asked after ninety minutes"
        assert set(seen) <= set(pair)


@pytest.mark.parametrize(
    ("text", "by", "told"),
    [
        pytest.param("/impact terrible", "jo", "is no impact", id="a word that is no impact"),
        pytest.param("/silence 7d", "jo", "needs its reason", id="a silence without a reason"),
        pytest.param("/silense 7d x", "jo", "Did you mean `/silence`?", id="a slip of the hand"),
        pytest.param("/Severe nobody can work", "jo", "Write `/impact severe`", id="another system's word"),
        pytest.param("/ack", "stranger", "triage permission", id="somebody who may not"),
        pytest.param("/away 2h", "jo", "rotation", id="a feature that is off says how to switch it on"),
    ],
)
async def test_what_is_refused_says_what_to_do(tmp_path: Path, text: str, by: str, told: str) -> None:
    async with stage(tmp_path, world=squad("")) as here:
        await here.first()
        comment = await says(here, text, by=by)
        (answer,) = by_the_app(here.ticket)
        assert told in answer.body
        assert signs(here, comment) == {"eyes"}


async def test_quoted_fenced_and_other_bots_commands_do_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad("")) as here:
        await here.first()
        await says(here, "> /impact severe\n\n```\n/impact severe\n```\n\n<!--\n/impact severe\n-->\n\n/approve")
        await says(here, "/impact severe", by="dependabot[bot]")
        assert labels(here) == set()
        assert by_the_app(here.ticket) == []


@pytest.mark.parametrize(
    "text", ["/Ack", "/ACK", "/acknowledge", "/ack, on it", "/ack: on it", "/ack 30m on it", "/ack please"]
)
async def test_whoever_is_on_it_says_so_in_their_own_way(tmp_path: Path, text: str) -> None:
    async with stage(tmp_path, world=squad("")) as here:
        await here.first()
        comment = await says(here, text)
        assert "**Acknowledged** by `@jo`" in (here.ticket.body or "")
        assert signs(here, comment) == {"eyes", "+1"}
        assert by_the_app(here.ticket) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("/assign @ghost", "ghost can't be assigned", id="nobody who can be assigned"),
        pytest.param("/assign @kim @ghost", "ghost can't be assigned", id="one of two"),
        pytest.param("/action @jo by friday: alert on it", "There is no post-mortem", id="no post-mortem"),
        pytest.param("/ack\n/assign @ghost", "ghost can't be assigned", id="one of two commands"),
    ],
)
async def test_what_was_not_done_gets_no_thumb(tmp_path: Path, text: str, told: str) -> None:
    async with stage(tmp_path, world=squad("")) as here:
        await here.first()
        comment = await says(here, text)
        (answer,) = by_the_app(here.ticket)
        assert told in answer.body
        assert signs(here, comment) == {"eyes"}
        comment = await says(here, "/assign @kim @alex")
        assert signs(here, comment) == {"eyes", "+1"}
        assert set(here.ticket.assignees) >= {"kim", "alex"}


async def test_an_action_item_behind_the_post_mortem_that_it_is_for_is_done(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad("")) as here:
        await here.first()
        comment = await says(here, "/post-mortem\n/action @jo by friday: alert on it")
        assert set(here.issues[0].comments[comment].reactions) == {"eyes", "+1"}


async def test_an_edited_comment_runs_only_what_is_new(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad("")) as here:
        await here.first()
        comment = await says(here, "/impact unsure")
        await here.act("edit_comment", comment_id=comment, actor="jo", body="/impact unsure\n/impact annoying")
        await here.quiet()
        assert labels(here) == {"impact:annoying"}


async def test_a_silence_is_kept_at_sentry_too_and_ends(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad("")) as here:
        error = await here.first()
        await says(here, "/silence 2d a known time-out")
        assert labels(here) == {"silenced"}
        assert error.status == "ignored"
        before = len(by_the_app(here.ticket))
        await here.again(error)
        assert len(by_the_app(here.ticket)) == before, "nobody hears of it"
        await passes(here, days=2, minutes=1)
        assert labels(here) == set()


async def test_unsilence_ends_it_at_once(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad("")) as here:
        error = await here.first()
        await says(here, "/silence until 100 more only at night")
        await says(here, "/unsilence")
        assert labels(here) == set()
        assert error.status == "unresolved"
        await says(here, "/unsilence")
        assert "not silenced" in by_the_app(here.ticket)[-1].body


async def test_duty_is_handed_over_and_the_other_is_told(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        duty = by_the_app
        await says(here, "/help away")
        await says(here, "/handoff @nick", by="jo")
        answers = [comment.body for comment in duty(here.ticket)]
        assert any("/away until 14:00" in body for body in answers)
        assert any("On duty now" in body or "not on duty" in body for body in answers)


async def test_each_hears_which_role_they_have_from_now_on(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad(ROTATION.replace("2026-11-02", "2026-11-23"))) as here:
        await here.first()
        await says(here, "/impact severe documents are lost")
        before = len(by_the_app(here.ticket))
        await says(here, "/away 1h lunch", by="jo")
        told = [comment.body.partition("\n\n")[0] for comment in by_the_app(here.ticket)[before:]]
        assert told[1:] == ["🚨 @kim: you are primary now. @mark: you are secondary now."]
        before = len(by_the_app(here.ticket))
        await says(here, "/back", by="jo")
        told = [comment.body.partition("\n\n")[0] for comment in by_the_app(here.ticket)[before:]]
        assert told[1:] == ["@kim: you are secondary now. @mark: you are off duty now."]


async def test_why_says_which_line_of_the_map(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad("")) as here:
        await here.first()
        await says(here, "/why")
        assert "line 4 `/app/controllers/reader/**`" in by_the_app(here.ticket)[-1].body


async def test_a_ticket_is_routed_to_another_app(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad("")) as here:
        await here.first()
        await says(here, "/route app:Certification")
        assert "app:Certification" in here.ticket.labels
        assert here.ticket.assignees == ["alex"]


async def test_a_severe_command_goes_ahead_of_a_thousand_noisy_tickets(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad(""), workers=1) as here:
        await here.first()
        here.github.faults.change({"slow_ms": 40})
        for number in range(1_000):
            here.sentry.acts.raise_error(
                project="dispatch", type=f"Noise{'abcdefghij'[number % 10]}{number}", value="x"
            )
        await here.until_there_are(6)
        noisy = len(here.issues)
        await here.act("comment", number=1, actor="jo", body="/impact severe")
        async with asyncio.timeout(60):
            while not any("🚨" in said.body for said in by_the_app(here.issues[0])):  # noqa: ASYNC110 - no bell rings
                await asyncio.sleep(0.02)
        assert len(here.issues) - noisy < 10, "it did not wait for the others"


async def test_severe_on_a_locked_ticket_calls_in_a_new_one(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad("")) as here:
        await here.first()
        await here.act("lock", number=1, actor="nick")
        await here.quiet()
        await here.act("label", number=1, actor="nick", labels=["impact:severe"])
        await here.quiet()
        (call,) = by_the_app(here.issues[1])
        assert call.body.startswith("🚨 @mark: ")
        assert "/issues/1" in (here.issues[1].body or ""), "it links the locked one"


async def test_a_call_in_doubt_is_not_taken_for_another_one(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad()) as here:
        await here.first()
        here.github.faults.change({"lost_next": 1, "route": GRAPHQL})
        await here.act("comment", number=1, actor="jo", body="/impact unsure")
        await here.waits()
        await here.act("comment", number=1, actor="jo", body="/impact severe data is lost")
        await here.quiet()
        assert any("🚨" in comment.body for comment in by_the_app(here.ticket))


async def test_severe_is_called_though_sentry_is_down(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad("")) as here:
        await here.first()
        await says(here, "/silence 7d known")
        here.sentry.faults.change({"server_errors": 1.0})
        await here.act("comment", number=1, actor="jo", body="/unsilence\n/impact severe x")
        await here.waits()
        assert any("🚨" in comment.body for comment in by_the_app(here.ticket))
        here.sentry.faults.change({"server_errors": 0.0})


async def test_another_bots_label_decides_nothing_and_a_persons_is_shown(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad("")) as here:
        await here.first()
        await here.act("label", number=1, actor="triager[bot]", labels=["impact:severe"])
        await here.quiet()
        assert by_the_app(here.ticket) == []
        await here.act("label", number=1, actor="nick", labels=["impact:annoying"])
        await here.quiet()
        assert "annoying, decided by `@nick`" in (here.ticket.body or "")
        assert labels(here) == {"impact:annoying"}


async def test_a_command_on_a_report_that_is_yet_to_become_the_ticket(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad("")) as here:
        await here.stop()
        await here.act("open", title="It is white", body="/", labels=["prod-alert"], actor="jo")
        await here.act("comment", number=1, actor="jo", body="/impact annoying")
        await here.delivered()
        await here.start()
        await here.later(hours=1)
        await here.quiet()
        for delivery in list(here.github.state.deliveries.values()):
            here.github.hooks.redeliver(delivery.id)
        await here.quiet()
        assert labels(here) == {"impact:annoying"}


async def test_a_number_beyond_all_bounds_is_refused_like_any_other(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad("")) as here:
        await here.first()
        await says(here, f"/silence until {'1' * 5_000} more x")
        assert "Say until when" in by_the_app(here.ticket)[-1].body


async def test_a_stranger_is_answered_once(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad("")) as here:
        await here.first()
        await says(here, "/ack\n/fix\n/impact severe", by="stranger")
        assert len(by_the_app(here.ticket)) == 1


async def test_back_settled_again_is_answered_as_before(tmp_path: Path) -> None:
    async with stage(tmp_path, world=squad(ROTATION.replace("2026-11-02", "2020-01-01"))) as here:
        await here.first()
        await says(here, "/away 2h lunch", by="jo")
        before = len(by_the_app(here.ticket))
        here.github.faults.change({"errors_next": 1, "route": "reactions"})
        await here.act("comment", number=1, actor="jo", body="/back")
        await here.waits()
        await here.quiet()
        assert "On duty now" in by_the_app(here.ticket)[before].body


@pytest.mark.parametrize("lead", ["nick@example.org", "@acme/core"])
async def test_the_lead_stands_in_however_the_map_names_them(tmp_path: Path, lead: str) -> None:
    people = "people:\n  - {login: nick, email: nick@example.org}\n"
    teams = "teams:\n  - {name: Core, lead: nick, github: acme/core}\n"
    world = seed(squad=SQUAD + ROTATION + people + teams, owners=OWNERS.replace("@nick", lead))
    async with stage(tmp_path, world=world) as here:
        await here.first()
        for who in ("jo", "kim", "mark"):
            await says(here, "/away 2h lunch", by=who)
        said = [comment.body for comment in by_the_app(here.ticket)]
        assert "nick" in said[-1]
        assert not any("example.org" in text for text in said)
