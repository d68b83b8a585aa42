"""A ticket's title and the App's part of its body."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.alerts import Alert, Frame, Impact, Sender
from app.domain.facts import Fact
from app.domain.tickets import Around, Beginning, Counters, EarlierIssue, Routing, Ticket
from app.domain.triage import Acknowledgement, Ping, Silence, Why
from app.texts.body import About, State, merged, split, state_in
from app.texts.figures import count, instant, last_day, sparkline
from app.texts.markdown import operation_in
from app.texts.plain import BREAK
from app.texts.ticket import LONGEST_TITLE, View, fenced_part, title
from tests.unit.texts import golden
from tests.unit.texts.cases import (
    ALERT,
    BARE,
    DUPLICATE,
    HOUR,
    LOGS,
    MAP_URL,
    NOW,
    PAGE,
    REPORT,
    REPORTED,
    REPOSITORY,
    SUPPORT,
    TICKET,
    issue,
)
from tests.unit.texts.nasty import texts
from tests.unit.texts.page import COMMAND, LINKED, rendered

FactT = TypeVar("FactT", bound=Fact)
FIX = "https://github.com/acme/shop/pull/31"
VIEW = View(now=NOW, operation="31.open.1", map_url=MAP_URL)


def but(fact: FactT, **changes: object) -> FactT:
    return msgspec.structs.replace(fact, **changes)


def silence(**more: Any) -> Silence:
    return Silence(by="mark", reason="noise", at=NOW, **more)


def body_of(ticket: Ticket, view: View = VIEW) -> str:
    return str(merged(ticket.around or Around(), fenced_part(ticket, view)))


@pytest.mark.parametrize(
    ("ticket", "view", "file"),
    [
        pytest.param(TICKET, but(VIEW, manual=PAGE, logs=LOGS), "ticket-full.md", id="everything there is to say"),
        pytest.param(REPORTED, VIEW, "ticket-adopted.md", id="a person's report"),
        pytest.param(BARE, VIEW, "ticket-bare.md", id="nothing known"),
        pytest.param(SUPPORT, VIEW, "ticket-support.md", id="a support ticket that is quiet"),
        pytest.param(DUPLICATE, VIEW, "ticket-duplicate.md", id="a duplicate, which has one itself"),
    ],
)
def test_bodies_as_they_are_posted(ticket: Ticket, view: View, file: str) -> None:
    golden.holds(file, body_of(ticket, view))


@pytest.mark.parametrize(
    ("alert", "shown"),
    [
        pytest.param(ALERT, "NoMethodError: undefined method `name' for nil:NilClass", id="the error's type and value"),
        pytest.param(but(ALERT, error_value=""), "NoMethodError in " + ALERT.culprit, id="no value: where it was"),
        pytest.param(but(ALERT, error_value="", culprit=""), "NoMethodError", id="neither"),
        pytest.param(
            Alert(
                sender=Sender.SENTRY,
                title="High latency",
                error_value="p95 > 2 s",
                occurred_at=NOW,
                rule="High latency",
            ),
            "High latency",
            id="a metric's alert has its rule as title",
        ),
        pytest.param(REPORT, "Veterans can't confirm", id="a person's own title"),
        pytest.param(
            but(REPORT, title="Hi @nick, see #12\nand GH-3"),
            f"Hi @{BREAK}nick, see #{BREAK}12 and GH-{BREAK}3",
            id="no mention, no reference, one line",
        ),
        pytest.param(but(REPORT, title="x" * 300), "x" * 127 + "…", id="too long"),
        pytest.param(but(REPORT, title="@" * 300), f"@{BREAK}" * 127 + "…", id="too long with its breaks"),
        pytest.param(but(REPORT, title=" "), "An error without a title", id="no title"),
        pytest.param(but(REPORT, title="\u202e"), "An error without a title", id="nothing to be seen in it"),
        pytest.param(None, "An error without a title", id="no alert"),
    ],
)
def test_titles(alert: Alert | None, shown: str) -> None:
    assert title(Ticket(id=1, first=alert)) == shown


@given(text=texts)
def test_a_title_is_one_neutral_line(text: str) -> None:
    shown = title(Ticket(id=1, first=but(REPORT, title=text)))
    assert 0 < len(shown) <= LONGEST_TITLE
    assert len(shown.splitlines()) == 1
    assert not LINKED["a mention"].search(shown)
    assert not LINKED["an issue"].search(shown)
    shown.encode()


@pytest.mark.parametrize(
    ("ticket", "there"),
    [
        pytest.param(TICKET, "line 7 of [`.github/PRODOWNERS`]", id="the map's line, with its page"),
        pytest.param(but(TICKET, routing=Routing()), "nobody – no owners map was found.", id="no map"),
        pytest.param(
            but(TICKET, routing=Routing(source="CODEOWNERS", owners=("nick",))),
            "`@nick` – no line of [`CODEOWNERS`](",
            id="no line",
        ),
        pytest.param(
            TICKET, "`@alex` (line 7 of the map) can't be assigned in this repository; `@jo` takes", id="next in line"
        ),
        pytest.param(but(TICKET, assigned=()), "; **nobody is assigned: please take it", id="nobody in line"),
        pytest.param(
            but(TICKET, routing=Routing(), assigned=()), "- `@alex` can't be assigned in this", id="no line to name"
        ),
        pytest.param(
            but(TICKET, around=None, latest=REPORT), "```\nThey press Confirm.\n\nNothing", id="a person's words"
        ),
        pytest.param(but(TICKET, latest=REPORT), "They press Confirm.", id="a person's words, not in this body"),
        pytest.param(but(TICKET, latest=REPORT), "| Reported by | a person |", id="that a person reported it"),
        pytest.param(but(TICKET, latest=but(ALERT, link="")), "[CASEFLOW-1A2](https://acme", id="the first one's link"),
        pytest.param(
            but(TICKET, latest=None, first=but(ALERT, link="", short_id="")),
            "| Sentry | open it there |",
            id="no link at all",
        ),
        pytest.param(but(TICKET, routing=Routing(team="Whiskey")), "| App | team Whiskey |", id="a team alone"),
        pytest.param(but(TICKET, impact=None), "| Impact | undecided |", id="no impact yet"),
        pytest.param(
            but(TICKET, earlier=(EarlierIssue(ref=issue(3), closed_at=NOW, fix=FIX, post_mortem=issue(4)),)),
            "(closed 2026-11-23 14:05 UTC, fixed by [acme/shop\\#&#x200B;31](https://github.com/acme/shop/pull/31), "
            "post-mortem [acme/shop\\#&#x200B;4](https://github.com/acme/shop/issues/4)).",
            id="an earlier ticket, what fixed it and its post-mortem",
        ),
        pytest.param(
            but(TICKET, earlier=(EarlierIssue(ref=issue(3)),)),
            "**Earlier tickets of this error:** [acme/shop\\#&#x200B;3](https://github.com/acme/shop/issues/3).",
            id="an earlier ticket that nobody closed",
        ),
        pytest.param(
            but(TICKET, kin=(EarlierIssue(ref=issue(5), fix=FIX), EarlierIssue(ref=issue(6)))),
            "**Closed tickets of errors that read the same:** "
            "[acme/shop\\#&#x200B;5](https://github.com/acme/shop/issues/5) (fixed by "
            "[acme/shop\\#&#x200B;31](https://github.com/acme/shop/pull/31)), [acme/shop\\#&#x200B;6](",
            id="what reads the same",
        ),
        pytest.param(
            but(TICKET, post_mortem=issue(40)),
            "**Post-mortem:** [acme/shop\\#&#x200B;40](https://github.com/acme/shop/issues/40).",
            id="its post-mortem",
        ),
        pytest.param(
            but(TICKET, resolved_by_sender=NOW), "**Resolved at Sentry** on 2026-11-23 14:05 UTC.", id="resolved"
        ),
        pytest.param(
            but(TICKET, earlier=(EarlierIssue(ref=issue(3)),)),
            "shop/issues/3).",
            id="an earlier ticket that is not closed",
        ),
        pytest.param(
            but(TICKET, latest=but(ALERT, frames=(Frame(path="", module="app.x", in_app=False),))),
            "```\nat app.x\n```",
            id="no frame in the app: the innermost ones",
        ),
    ],
)
def test_what_a_body_says(ticket: Ticket, there: str) -> None:
    assert there in body_of(ticket)


@pytest.mark.parametrize(
    ("ticket", "absent"),
    [
        pytest.param(REPORTED, "What users see:", id="a person's words that stand above anyway"),
        pytest.param(but(TICKET, counters=Counters(occurrences=2)), "24 hours", id="no sparkline without a count"),
        pytest.param(but(TICKET, silenced=""), "Silenced", id="not silenced"),
        pytest.param(but(TICKET, latest=but(ALERT, frames=()), first=None), "frames", id="no frames"),
    ],
)
def test_what_a_body_does_not_say(ticket: Ticket, absent: str) -> None:
    assert absent not in body_of(ticket)


def test_the_same_facts_give_the_same_bytes() -> None:
    again = msgspec.json.decode(msgspec.json.encode(TICKET), type=Ticket)
    assert body_of(again) == body_of(TICKET)


def test_jobs_read_from_the_body_what_the_app_knows() -> None:
    body = body_of(TICKET)
    assert operation_in(body) == "31.open.1"
    assert state_in(body) == State(
        ticket=31,
        occurrences=1234,
        users=12,
        first_seen=TICKET.counters.first_seen,
        last_seen=TICKET.counters.last_seen,
        impact=Impact.SEVERE,
        silenced="archived_until_escalating",
        regressions=1,
        app="Certification v2",
        team="Foxtrot",
        owners=("alex", "jo"),
        about=About(
            url="https://caseflow.example.org/certifications/2104872C/confirm",
            frames=(("app/controllers/certifications/confirm_controller.rb", ""), ("app/models/veteran.rb", "")),
        ),
        errors=("4711",),
    )


def test_jobs_read_from_the_body_which_errors_it_is_about() -> None:
    began = tuple(Beginning(sender_ref=str(n), at=NOW) for n in range(410))
    state = state_in(body_of(but(TICKET, began=(*began, Beginning(sender_ref="", at=NOW)))))
    assert state is not None
    assert state.errors == (*(str(n) for n in range(11, 410)), "4711"), "the latest, each once"


def test_jobs_read_from_the_body_which_post_mortems_its_error_has() -> None:
    elsewhere = but(issue(5), repository=but(REPOSITORY, id=8))
    earlier = tuple(EarlierIssue(ref=issue(3), post_mortem=ref) for ref in (issue(4), elsewhere, None, issue(4)))
    state = state_in(body_of(but(TICKET, earlier=earlier, post_mortem=issue(40))))
    assert state is not None
    assert state.post_mortems == (4, 40), "those of its repository, each once"


def test_jobs_read_from_the_body_what_people_decided() -> None:
    ping = Ping(who="alex", why=Why.SEVERE, at=NOW, impact=Impact.SEVERE, answer_by=NOW + timedelta(minutes=15))
    told = but(ping, who="acme/support", answer_by=None)
    decided = but(
        TICKET,
        counters=but(TICKET.counters, days=((20_000, 7),)),
        opened_at=NOW - timedelta(days=3),
        decided_at=NOW - timedelta(hours=2),
        decided_by="jo",
        acknowledged=Acknowledgement(by="jo", at=NOW - timedelta(hours=1), expires=NOW + timedelta(hours=3)),
        silence=Silence(by="jo", reason="noise", at=NOW, until=NOW + timedelta(days=1)),
        pings=(ping, told),
        people_at=NOW - timedelta(minutes=5),
    )
    state = state_in(body_of(decided))
    assert state is not None
    assert (state.opened_at, state.decided_at, state.decided_by) == (decided.opened_at, decided.decided_at, "jo")
    assert (state.acknowledged_by, state.acknowledged_at) == ("jo", NOW - timedelta(hours=1))
    assert state.acknowledged_until == NOW + timedelta(hours=3)
    assert (state.silenced_by, state.silenced_until) == ("jo", NOW + timedelta(days=1))
    assert (state.asked, state.asked_at, state.people_at) == (("alex",), NOW, decided.people_at)
    assert state.days == ((20_000, 7),)


alerts = st.builds(
    Alert,
    sender=st.sampled_from(Sender),
    title=texts,
    occurred_at=st.just(NOW),
    environment=texts,
    level=texts,
    culprit=texts,
    error_type=texts,
    error_value=texts,
    link=texts.map(lambda text: "https://sentry.example/" + text),
    short_id=texts,
    rule=texts,
    release=texts,
    url=texts,
    frames=st.lists(st.builds(Frame, path=texts, function=texts, module=texts), max_size=3).map(tuple),
    details=texts,
    app=texts,
)
tickets = st.builds(
    Ticket,
    id=st.just(31),
    first=alerts,
    routing=st.builds(
        Routing,
        owners=st.lists(texts, max_size=2).map(tuple),
        app=texts,
        team=texts,
        source=texts,
        line=st.sampled_from((0, 7)),
        pattern=texts,
        matched=texts,
        notes=st.lists(texts, max_size=2).map(tuple),
    ),
    assigned=st.lists(texts, max_size=2).map(tuple),
    unassignable=st.lists(texts, max_size=2).map(tuple),
    silenced=texts,
    faults=st.lists(texts, max_size=2).map(tuple),
)


@settings(max_examples=80)
@given(ticket=tickets)
def test_whatever_production_says_a_body_stays_ours(ticket: Ticket) -> None:
    body = body_of(ticket)
    page = rendered(body)
    assert page.linked == {}
    assert COMMAND.search(body) is None
    assert not {"img", "script", "h1", "h2", "h3", "blockquote", "ol", "hr", "input", "sup"} & set(page.tags)
    assert page.tags.count("details") == page.tags.count("table") == 1
    assert page.tags.count("pre") <= 2
    assert set(page.links) <= {MAP_URL} | {href for href in page.links if href.startswith("https://sentry.example/")}
    assert [comment.partition("=")[0] for comment in page.comments] == [
        "prod-squad:v1:begin",
        "prod-squad:v1:state",
        "prod-squad:v1:op",
        "prod-squad:v1:end",
    ]
    assert operation_in(body) == "31.open.1"
    assert split(body) == Around()
    state = state_in(body)
    assert state is not None
    assert state.ticket == 31


def test_figures() -> None:
    assert str(instant(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))) == "2026-01-02 03:04 UTC"
    assert str(count(1, "user", "users")) == "1 user"
    assert str(count(1234567, "user", "users")) == "1,234,567 users"


@pytest.mark.parametrize(
    ("hours", "bars"),
    [
        pytest.param((), "▁" * 24, id="nothing"),
        pytest.param(((HOUR, 5),), "▁" * 23 + "█", id="this hour is the last bar"),
        pytest.param(((HOUR - 23, 5), (HOUR - 24, 9)), "█" + "▁" * 23, id="the day before is not shown"),
        pytest.param(((HOUR - 1, 1), (HOUR, 1000)), "▁" * 22 + "▂█", id="one in a thousand is still seen"),
    ],
)
def test_sparkline(hours: tuple[tuple[int, int], ...], bars: str) -> None:
    assert str(sparkline(last_day(hours, NOW))) == bars


def test_the_senders_count_is_told_only_where_it_tells_more() -> None:
    counters = msgspec.structs.replace(TICKET.counters, sender_count=TICKET.counters.occurrences)
    same = msgspec.structs.replace(TICKET, counters=counters)
    assert "Events at Sentry" in str(body_of(TICKET))
    assert "Events at Sentry" not in str(body_of(same))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param(
            {"acknowledged": Acknowledgement(by="jo", at=NOW, expires=NOW)},
            "**Acknowledged** by `@jo`, until 2026-11-23 14:05 UTC.",
            id="acknowledged",
        ),
        pytest.param({"to_fix_by": "jo"}, "**Being fixed** by `@jo`.", id="being fixed"),
        pytest.param({"rescued": "in the upload job"}, "**Rescued:** in the upload job", id="rescued"),
        pytest.param({"impact": Impact.UNSURE, "decided_by": "jo"}, "unsure, decided by `@jo`", id="decided"),
        pytest.param({"silence": silence(until=NOW)}, "**Silenced** until 2026-11-23 14:05 UTC by", id="until a time"),
        pytest.param({"silence": silence(occurrences=100)}, "until 100 more occurrences", id="until so many more"),
        pytest.param({"silence": silence(users=1)}, "until 1 more user is affected", id="until so many users"),
        pytest.param({"silence": silence(escalating=True)}, "until it escalates by `@mark`", id="until it escalates"),
    ],
)
def test_what_the_people_on_duty_decided_is_shown(changes: dict[str, object], said: str) -> None:
    assert said in body_of(but(TICKET, **changes))


@pytest.mark.parametrize(
    ("decided_at", "shown"),
    [
        pytest.param(NOW + timedelta(seconds=1), False, id="before it was severe"),
        pytest.param(NOW + timedelta(milliseconds=900), True, id="within that second: it counts"),
        pytest.param(NOW - timedelta(minutes=1), True, id="since"),
    ],
)
def test_an_acknowledgement_is_shown_while_it_counts(decided_at: datetime, shown: bool) -> None:
    acknowledged = Acknowledgement(by="jo", at=NOW, expires=NOW + timedelta(hours=4))
    it = but(TICKET, opened_at=NOW - timedelta(hours=1), acknowledged=acknowledged, impact=Impact.SEVERE)
    it = but(it, decided_by="nick", decided_at=decided_at)
    assert ("Acknowledged" in body_of(it)) is shown
    state = state_in(body_of(it))
    assert state is not None
    assert (state.acknowledged_until is not None) is shown, "jobs rest for what counts alone"
    assert state.acknowledged_by == "jo", "that somebody had answered stays true"


def test_what_is_silenced_at_sentry_by_the_squad_is_said_once() -> None:
    both = but(TICKET, silenced="archived", silence=silence(until=NOW, at_sender=True))
    assert body_of(both).count("🔕") == 1
