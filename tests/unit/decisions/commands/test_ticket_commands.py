"""The commands that change a ticket: what they make of it, and when they are refused."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest

from app.decisions.commands import decided
from app.decisions.commands.route import decide as route
from app.domain.alerts import Impact
from app.domain.errors import UserError
from app.domain.tickets import Closing, Ticket
from app.domain.triage import Acknowledgement, ByRule, Silence
from app.domain.wishes import Acknowledge, RouteTo, SetImpact, SilenceIt
from tests.unit.decisions.commands.cases import DAY, HOUR, MINUTE, NOW, TICKET, done, wish

LATER = NOW + HOUR


def but(ticket: Ticket = TICKET, **more: object) -> Ticket:
    return msgspec.structs.replace(ticket, **more)


CLOSED = but(closing=Closing(at=NOW))
RULE = ByRule(impact=Impact.SEVERE, rule=2, source="f", when="x", at=NOW)
BY_RULE = but(impact=Impact.SEVERE, set_by=RULE)
SEVERE = but(impact=Impact.SEVERE, decided_by="kim", decided_at=NOW)


@pytest.mark.parametrize(
    ("text", "ticket", "expected"),
    [
        pytest.param(
            "/impact unsure",
            TICKET,
            but(impact=Impact.UNSURE, decided_by="jo", decided_at=LATER),
            id="an undecided ticket is decided, and who did it and when is kept",
        ),
        pytest.param(
            "/impact Severe, they lose work",
            TICKET,
            but(impact=Impact.SEVERE, decided_by="jo", decided_at=LATER, decided_because="they lose work"),
            id="written as people write, with the reason",
        ),
        pytest.param(
            "/impact severe – " + "long " * 100,
            TICKET,
            but(
                impact=Impact.SEVERE,
                decided_by="jo",
                decided_at=LATER,
                decided_because=("long " * 100)[:299] + "…",
            ),
            id="of a reason so much is kept as can be read at a glance",
        ),
        pytest.param(
            "/impact annoying",
            but(SEVERE, decided_because="they lose work"),
            but(impact=Impact.ANNOYING, decided_by="jo", decided_at=LATER),
            id="another's reason is none for a new decision",
        ),
        pytest.param(
            "/impact annoying",
            SEVERE,
            but(impact=Impact.ANNOYING, decided_by="jo", decided_at=LATER),
            id="one may change one's mind, and another's",
        ),
        pytest.param(
            "/impact severe",
            but(impact=Impact.SEVERE),
            but(impact=Impact.SEVERE, decided_by="jo", decided_at=LATER),
            id="a reporter's first judgement is confirmed",
        ),
        pytest.param(
            "/impact severe",
            BY_RULE,
            but(BY_RULE, decided_by="jo", decided_at=LATER),
            id="what a rule set is confirmed, and counts from when the rule did",
        ),
        pytest.param(
            "/impact unsure",
            BY_RULE,
            but(
                impact=Impact.UNSURE,
                decided_by="jo",
                decided_at=LATER,
                set_by=msgspec.structs.replace(RULE, stands=False),
            ),
            id="what a rule set is overruled, which is kept",
        ),
        pytest.param(
            "/impact annoying",
            CLOSED,
            but(CLOSED, impact=Impact.ANNOYING, decided_by="jo", decided_at=LATER),
            id="a closed ticket is judged in hindsight",
        ),
        pytest.param(
            "/ack",
            TICKET,
            but(acknowledged=Acknowledgement(by="jo", at=LATER, expires=LATER + 4 * HOUR)),
            id="an acknowledgement lasts four hours",
        ),
        pytest.param(
            "/ack 30m",
            TICKET,
            but(acknowledged=Acknowledgement(by="jo", at=LATER, expires=LATER + 30 * MINUTE)),
            id="or as long as it says",
        ),
        pytest.param(
            "/ack",
            but(acknowledged=Acknowledgement(by="kim", at=NOW, expires=LATER)),
            but(acknowledged=Acknowledgement(by="jo", at=LATER, expires=LATER + 4 * HOUR)),
            id="another one takes over",
        ),
        pytest.param(
            "/silence 7d a known time-out",
            TICKET,
            but(
                silence=Silence(
                    by="jo", reason="a known time-out", at=LATER, until=NOW + 7 * DAY, counted_from=12, users_from=4
                )
            ),
            id="silenced for a week",
        ),
        pytest.param(
            "/silence until 100 more the nightly job",
            but(counters=msgspec.structs.replace(TICKET.counters, users=None)),
            but(
                counters=msgspec.structs.replace(TICKET.counters, users=None),
                silence=Silence(by="jo", reason="the nightly job", at=LATER, occurrences=100, counted_from=12),
            ),
            id="silenced until so many more",
        ),
        pytest.param(
            "/silence until 5 users one browser",
            but(impact=Impact.ANNOYING, silence=Silence(by="kim", reason="x", at=NOW)),
            but(
                impact=Impact.ANNOYING,
                silence=Silence(by="jo", reason="one browser", at=LATER, users=5, counted_from=12, users_from=4),
            ),
            id="a new silence takes the place of the one before",
        ),
        pytest.param(
            "/silence until escalating harmless",
            TICKET,
            but(silence=Silence(by="jo", reason="harmless", at=LATER, escalating=True, counted_from=12, users_from=4)),
            id="silenced until it escalates",
        ),
        pytest.param(
            "/unsilence", but(silence=Silence(by="kim", reason="x", at=NOW)), TICKET, id="the silence is ended"
        ),
        pytest.param(
            "/unsilence please",
            but(silenced="archived_forever"),
            but(silenced="archived_forever"),
            id="a silence of the sender's stays until the sender says that it is over",
        ),
        pytest.param("/fix", TICKET, but(to_fix_by="jo"), id="taken to be fixed"),
        pytest.param("/fix", but(to_fix_by="kim"), but(to_fix_by="jo"), id="taken over"),
        pytest.param("/rescue", TICKET, but(rescued="caught in the code, logged, not sent"), id="caught in the code"),
        pytest.param("/rescue in upload.rb", TICKET, but(rescued="in upload.rb"), id="and where"),
        pytest.param("/assign", but(assigned=("kim",)), but(assigned=("kim", "jo")), id="oneself is assigned, too"),
        pytest.param("/assign me", TICKET, but(assigned=("jo",)), id="oneself, in words"),
        pytest.param(
            "/assign @Kim, @ann and @lee @ann",
            but(assigned=("kim",)),
            but(assigned=("kim", "ann", "lee")),
            id="others are assigned, each once",
        ),
        pytest.param("/route app:Dispatch", TICKET, but(app_named="Dispatch"), id="another app's error"),
        pytest.param("/route efolder express", TICKET, but(app_named="eFolder Express"), id="spelt as the squad does"),
        pytest.param(
            "/route Reader", but(app_named="Dispatch"), but(app_named="Reader"), id="back to where it came from"
        ),
    ],
)
def test_what_a_command_makes_of_a_ticket(text: str, ticket: Ticket, expected: Ticket) -> None:
    assert done(text, ticket, at=LATER) == expected


@pytest.mark.parametrize(
    ("text", "ticket", "sentence"),
    [
        pytest.param("/impact severe", SEVERE, "is `severe` already: kim decided so", id="decided so already"),
        pytest.param(
            "/impact severe x",
            SEVERE,
            "kim decided so. Your words were not kept: `/timeline` and what you know",
            id="decided so already, with a reason that would be lost",
        ),
        pytest.param("/impact severe", CLOSED, "closed, so nobody is called. Reopen it", id="nobody is called to it"),
        pytest.param(
            "/impact severe",
            but(impact=Impact.ANNOYING, decided_by="kim", decided_at=LATER + HOUR),
            "kim decided later than this, and that stands",
            id="heard of after a later decision",
        ),
        pytest.param(
            "/ack", CLOSED, "is closed, so nobody is pinged. Reopen it", id="nothing to be on in a closed one"
        ),
        pytest.param("/silence 7d x", SEVERE, "stays loud. Write `/ack`", id="what is severe is not silenced"),
        pytest.param("/unsilence", TICKET, "is not silenced", id="nothing to end"),
        pytest.param("/fix", but(to_fix_by="Jo"), "You took this ticket already", id="taken already"),
        pytest.param("/fix", CLOSED, "is closed. Reopen it", id="nothing to fix in a closed one"),
        pytest.param("/rescue x", but(rescued="x"), "recorded already", id="recorded already"),
        pytest.param("/assign @jo", but(assigned=("Jo",)), "assigned already", id="assigned already"),
        pytest.param(
            "/assign", but(assigned=tuple("abcdefghik")), "GitHub assigns at most 10 people", id="as many as can be"
        ),
        pytest.param("/route reader", TICKET, "This is Reader's ticket already", id="routed there already"),
        pytest.param(
            "/route Despatch", TICKET, "no app `Despatch`. Did you mean `/route app:Dispatch`?", id="nearly an app"
        ),
        pytest.param(
            "/route X", TICKET, "Known are `Reader`, `eFolder Express`, `Dispatch`.", id="an app that nobody knows"
        ),
    ],
)
def test_what_can_not_be_done_to_a_ticket(text: str, ticket: Ticket, sentence: str) -> None:
    with pytest.raises(UserError) as refused:
        done(text, ticket)
    assert sentence in str(refused.value)


def test_a_silence_whose_end_came_before_it_began_is_refused() -> None:
    with pytest.raises(UserError, match="over by now"):
        decided(SilenceIt(until=NOW, reason="x"), TICKET, "jo", NOW)


def test_how_long_acknowledgements_last_is_the_squads_choice() -> None:
    ticket = decided(Acknowledge(), TICKET, "jo", NOW, lasts=timedelta(minutes=15))
    assert ticket.acknowledged == Acknowledgement(by="jo", at=NOW, expires=NOW + 15 * MINUTE)


@pytest.mark.parametrize(
    ("apps", "sentence"),
    [
        pytest.param((), "none is known. Add the team's apps below “apps:”", id="no apps at all"),
        pytest.param(tuple(f"app{i}-{'x' * 9}" for i in range(25)), "and others below “apps:”", id="too many to name"),
    ],
)
def test_which_apps_are_named(apps: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(UserError) as refused:
        route(RouteTo(app="Q"), TICKET, "jo", NOW, apps)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("/impact unsure", SetImpact(impact=Impact.UNSURE), id="no reason is needed"),
        pytest.param("/impact severe: x y", SetImpact(impact=Impact.SEVERE, reason="x y"), id="a reason is kept"),
        pytest.param("/ack until 14:00", Acknowledge(lasts=4 * HOUR), id="acknowledged until then"),
        pytest.param("/ack until 14:00, then jo", Acknowledge(lasts=4 * HOUR), id="until then, and a remark"),
        pytest.param("/ack 30m on it", Acknowledge(lasts=30 * MINUTE), id="for so long, and a remark"),
        pytest.param("/ack for 30m, please", Acknowledge(lasts=30 * MINUTE), id="as one says it"),
        pytest.param("/ack please", Acknowledge(), id="a remark alone"),
        pytest.param("/ack the retry helps until 14:00", Acknowledge(), id="a remark that speaks of a time"),
        pytest.param("/ack for now", Acknowledge(), id="a remark that begins as a time does"),
        pytest.param("/acknowledge 30m", Acknowledge(lasts=30 * MINUTE), id="under its long name"),
        pytest.param("/silence until tomorrow x", SilenceIt(until=NOW + 14 * HOUR, reason="x"), id="until tomorrow"),
        pytest.param("/silence Until 1,000 times x", SilenceIt(occurrences=1000, reason="x"), id="a thousand times"),
        pytest.param("/silence until 5 more users: x", SilenceIt(users=5, reason="x"), id="five more users"),
        pytest.param("/silence until 5 people x", SilenceIt(users=5, reason="x"), id="people are users"),
        pytest.param("/silence until Escalating x", SilenceIt(escalating=True, reason="x"), id="with a capital"),
    ],
)
def test_how_a_command_is_read(text: str, expected: object) -> None:
    assert wish(text) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("/impact", "no impact given. Write `unsure`, `annoying` or `severe`", id="no impact"),
        pytest.param("/impact bad", "`bad` is no impact. Write `unsure`", id="another impact"),
        pytest.param("/ack until later", "Write `/ack` alone, or with a duration such as `30m`", id="until some time"),
        pytest.param("/ack 30 minutes", "Write `/ack` alone", id="for a time that would be taken for a remark"),
        pytest.param("/ack for 2hours", "Write `/ack` alone", id="for another one"),
        pytest.param("/ack 14:00", "Write `/ack` alone", id="until a time, without the word"),
        pytest.param("/ack tomorrow", "Write `/ack` alone", id="until a day, without the word"),
        pytest.param("/ack 4d", "lasts at most 3d", id="acknowledged for too long"),
        pytest.param("/silence", "Say how long to be silent: a duration", id="silenced without an end"),
        pytest.param("/silence it is noise", "Say how long to be silent", id="silenced for ever"),
        pytest.param("/silence 7d", "A silence needs its reason", id="silenced without a reason"),
        pytest.param("/silence until 100 more", "A silence needs its reason", id="counted without a reason"),
        pytest.param(
            "/silence until escalating", "A silence needs its reason", id="until escalating, without a reason"
        ),
        pytest.param("/silence until", "Say until when: `until` with a time", id="silenced until nothing"),
        pytest.param("/silence until fixed x", "Say until when", id="silenced until something else"),
        pytest.param("/silence until 0 more x", "Write a number from 1", id="silenced until none"),
        pytest.param("/silence until 9999999 more x", "Write a number from 1 to 1,000,000", id="silenced in effect"),
        pytest.param("/silence 91d x", "lasts at most 90d", id="silenced for too long"),
        pytest.param("/silence until 2027-11-24 x", "lasts at most 90d", id="silenced until too late"),
        pytest.param("/silence until 2026-01-01 x", "is over", id="silenced until what is over"),
        pytest.param("/assign @acme/foxtrot", "is a team. Name a person", id="a team is not assigned"),
        pytest.param("/assign @j.o", "`@j.o` is no GitHub login", id="nobody's login"),
        pytest.param("/assign to @jo", "`to` has no `@`", id="a word that could be a login"),
        pytest.param("/assign alex,", "Write `@alex` if that is who you mean.", id="a login without its @"),
        pytest.param("/assign 100%", "`100%` is no GitHub login", id="what can be none"),
        pytest.param("/route", "Name the app", id="routed nowhere"),
        pytest.param("/route app:", "Name the app", id="routed to no name"),
        pytest.param(f"/route {'x' * 101}", "Name the app", id="routed to a tale"),
    ],
)
def test_what_can_not_be_read(text: str, sentence: str) -> None:
    with pytest.raises(UserError) as refused:
        wish(text)
    assert sentence in str(refused.value)


def test_the_moment_of_a_command_is_not_the_tickets() -> None:
    at: datetime = NOW + 5 * MINUTE
    assert done("/silence 1h x", at=at).silence == Silence(
        by="jo", reason="x", at=at, until=NOW + HOUR, counted_from=12, users_from=4
    )
