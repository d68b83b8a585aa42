"""Answers to commands, as they are posted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given

from app.domain.duty import Duty, Handover, Source
from app.domain.tickets import Routing
from app.domain.triage import Over, Silence
from app.texts import replies
from app.texts.markdown import Markdown, operation_in
from tests.unit.texts.cases import NOW
from tests.unit.texts.nasty import texts
from tests.unit.texts.page import COMMAND, rendered

OP = "31.answer.7.1"
BEFORE = Duty(primary="jo", secondary="kim", source=Source.MEMBERS, as_of=NOW)
AFTER = Duty(primary="kim", secondary="", source=Source.MEMBERS, as_of=NOW, notes=("jo is away.",))
SILENCE = Silence(by="mark", reason="a known time-out", at=NOW, until=NOW + timedelta(days=7))
ACK = replies.Shown(usage="/ack [30m]", help="Says that you are on it.", examples=("/ack",))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(replies.refusal("Write `/ack` alone.", OP), "Write alone.", id="a refusal says what to do"),
        pytest.param(replies.help_of([ACK], OP), ": Says that you are on it.", id="one, with examples"),
        pytest.param(
            replies.help_of([ACK, ACK], OP),
            ": Says that you are on it. : Says that you are on it.",
            id="all, in a list",
        ),
        pytest.param(
            replies.explained(Routing(notes=("No lead is known.",)), "line 4 → @mark", OP),
            "It went where the map says: . No lead is known.",
            id="why, with what is missing",
        ),
        pytest.param(
            replies.handed_over(Handover(before=BEFORE, now=AFTER), OP),
            "On duty now: as primary, nobody as secondary. jo is away.",
            id="who is on duty now",
        ),
        pytest.param(
            replies.handed_over(Handover(before=BEFORE, now=BEFORE), OP),
            "That changes nobody's place. On duty now: as primary, as secondary.",
            id="nobody's place changed",
        ),
        pytest.param(
            replies.silenced_here_only(OP),
            "Silenced here. The sender goes on as before: the App has no token for it, or the error is not its own.",
            id="silenced here only",
        ),
        pytest.param(
            replies.silence_over(SILENCE, Over.TIME, OP),
            "🔔 The silence is over: its end was reached. had asked for it on 2026-11-23 14:05 UTC: a known time-out",
            id="a silence is over",
        ),
    ],
)
def test_answers(text: Markdown, shown: str) -> None:
    page = rendered(text)
    assert " ".join(page.shown.split()) == shown, "the text outside of code"
    assert operation_in(str(text)) == OP
    assert page.linked == {}, "nobody is mentioned"


@given(text=texts)
def test_whatever_a_person_wrote_stays_text(text: str) -> None:
    silence = Silence(by="mark", reason=text, at=NOW)
    for out in (replies.refusal(text, OP), replies.silence_over(silence, Over.USERS, OP)):
        assert rendered(out).linked == {}
        assert COMMAND.search(str(out)) is None
