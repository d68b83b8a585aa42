"""What is said to other tickets when a settle ends, and that all of it is said once: `decisions/storm_news.py`."""

from __future__ import annotations

import pytest

from app.decisions.storm_news import news
from app.domain.mail import ByError, ByKey
from app.domain.mailboxes import URGENT, Timer
from app.domain.storms import Beside, JoinedStorm, Member, Part, Storm, StormMail, StormPart, StormSaid, StormVerb
from app.domain.tickets import Closing, Counters, Ticket
from tests.unit.decisions.cases import ISSUE, NEW, NOW, OPEN, OTHER, THIRD, with_
from tests.unit.decisions.storm_cases import (
    ALEXS,
    ALONE,
    JOINED,
    LEFT,
    MARKS,
    MEMBER,
    MINUTE,
    NOBODYS,
    ORIGIN,
    PARENT,
    SPLIT,
    STORM,
    member_of,
    storm_ticket,
)

ON = storm_ticket(with_(STORM, resting=(1, 2)))
ALEXS_PART = Part(owner="alex", fingerprint="v1:a", errors=1, occurrences=7)
MARKS_PART = Part(owner="Mark", fingerprint="v1:m", errors=1, occurrences=5)
DIVIDED = with_(STORM, division=with_(SPLIT, parts=(ALEXS_PART, MARKS_PART)))
GREATER = with_(MARKS, occurrences=6)
REST = StormSaid(verb=StormVerb.REST, storm=PARENT, issue=ISSUE)
WAKE = with_(REST, verb=StormVerb.WAKE)
GO_ALONE = with_(REST, verb=StormVerb.ALONE)


def but(storm: Storm, **more: object) -> Ticket:
    return storm_ticket(with_(storm, **more))


def part(owner: str, issue: object, *members: Member) -> StormPart:
    """What the owner's ticket is told at its beginning."""
    one = ALEXS_PART if owner == "alex" else MARKS_PART
    origin = with_(ORIGIN, owner=one.owner, issue=issue)
    storm = with_(STORM, fingerprint=one.fingerprint, members=members, before=(), over_at=NOW, origin=origin)
    return StormPart(storm=storm)


TO_PARENT = f"error {PARENT}"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        # Members.
        pytest.param(NEW, NEW, [], id="in no storm"),
        pytest.param(NEW, MEMBER, [(TO_PARENT, JoinedStorm(member=MARKS, joined=JOINED))], id="it joined"),
        pytest.param(MEMBER, MEMBER, [], id="nothing new"),
        pytest.param(
            MEMBER,
            with_(MEMBER, counters=Counters(occurrences=6)),
            [(TO_PARENT, JoinedStorm(member=GREATER, joined=JOINED))],
            id="it occurred again",
        ),
        pytest.param(
            MEMBER,
            with_(MEMBER, resolved_by_sender=NOW),
            [(TO_PARENT, JoinedStorm(member=with_(MARKS, resolved=True), joined=JOINED))],
            id="it was resolved",
        ),
        pytest.param(MEMBER, with_(MEMBER, in_storm=ALONE), [], id="it was told to go alone, and has not yet"),
        pytest.param(
            MEMBER,
            with_(MEMBER, in_storm=ALONE, issue=THIRD),
            [(TO_PARENT, JoinedStorm(member=MARKS, joined=ALONE, issue=THIRD))],
            id="it has its own issue",
        ),
        pytest.param(
            with_(MEMBER, in_storm=LEFT, issue=THIRD),
            with_(MEMBER, in_storm=LEFT, issue=THIRD, counters=Counters(occurrences=99)),
            [],
            id="it left",
        ),
        # The storm's ticket, and those from just before.
        pytest.param(Ticket(id=9), storm_ticket(), [("ticket:1", REST), ("ticket:2", REST)], id="a storm is on: rest"),
        pytest.param(Ticket(id=9), storm_ticket(issue=None), [], id="it has no issue yet: nobody rests"),
        pytest.param(ON, ON, [], id="they rest already"),
        pytest.param(ON, with_(ON, storm=with_(STORM, resting=(1, 2), over_at=NOW)),
                     [("ticket:1", WAKE), ("ticket:2", WAKE)], id="it is over: their time begins"),
        pytest.param(
            ON, with_(ON, closing=Closing(at=NOW)), [("ticket:1", WAKE), ("ticket:2", WAKE)], id="it was closed"
        ),
        pytest.param(
            but(STORM, over_at=NOW), storm_ticket(), [("ticket:1", REST), ("ticket:2", REST)], id="it goes on after all"
        ),
        # Members that are to go.
        pytest.param(
            but(STORM, before=()),
            but(STORM, before=(), members=(with_(MARKS, alone=True), ALEXS)),
            [("ticket:3", GO_ALONE)],
            id="one is to go alone",
        ),
        pytest.param(
            but(STORM, before=()),
            but(STORM, before=(), members=(MARKS, ALEXS, with_(NOBODYS, alone=True))),
            [("ticket:5", GO_ALONE)],
            id="one that came too late",
        ),
        pytest.param(
            but(STORM, before=(), members=(with_(MARKS, alone=True),)),
            but(STORM, before=(), members=(with_(GREATER, alone=True),)),
            [],
            id="it was told so before",
        ),
        # Parts.
        pytest.param(
            but(STORM, before=()),
            but(DIVIDED, before=()),
            [("error v1:a", part("alex", ISSUE, ALEXS)), ("error v1:m", part("mark", ISSUE, MARKS))],
            id="split: each owner's part",
        ),
        pytest.param(
            but(DIVIDED, before=()),
            but(DIVIDED, before=(), members=(GREATER, ALEXS)),
            [("error v1:m", JoinedStorm(member=GREATER))],
            id="a member's totals are passed on to its part",
        ),
        pytest.param(
            but(DIVIDED, before=()),
            but(DIVIDED, before=(), members=(ALEXS,), own=(Beside(ticket=3, issue=THIRD),)),
            [("error v1:m", JoinedStorm(member=MARKS, issue=THIRD))],
            id="… that it has its own issue, too",
        ),
        pytest.param(
            but(DIVIDED, before=(), own=(Beside(ticket=7, issue=OTHER),), members=(with_(MARKS, alone=True),)),
            but(
                DIVIDED,
                before=(),
                members=(),
                own=(Beside(ticket=7, issue=OTHER), Beside(ticket=3, issue=THIRD), Beside(ticket=8, issue=OTHER)),
            ),
            [],
            id="… not of one that is in no part",
        ),
        pytest.param(
            storm_ticket(with_(STORM, before=(), origin=ORIGIN), issue=None),
            storm_ticket(with_(STORM, before=(), origin=ORIGIN)),
            [(TO_PARENT, StormSaid(verb=StormVerb.OPENED, storm=PARENT, issue=ISSUE))],
            id="a part that has its issue",
        ),
        pytest.param(
            storm_ticket(with_(STORM, before=(), origin=ORIGIN)),
            storm_ticket(with_(STORM, before=(), origin=ORIGIN, newest_at=NOW)),
            [],
            id="… once",
        ),
    ],
)  # fmt: skip
def test_what_is_said(before: Ticket, after: Ticket, said: list[tuple[str, StormMail]]) -> None:
    told = news(before, after, 12, NOW, member_of)
    addresses = [
        f"error {letter.address.fingerprint}" if isinstance(letter.address, ByError)
        else letter.address.key if isinstance(letter.address, ByKey) else ""
        for letter in told.letters
    ]  # fmt: skip
    assert list(zip(addresses, [letter.mail for letter in told.letters], strict=True)) == said
    assert len({letter.delivery_id for letter in told.letters}) == len(said)
    assert news(told.ticket, told.ticket, 13, NOW, member_of).letters == (), "it is said once"


def test_two_settles_without_mail_say_two_things() -> None:
    """Both have settled mail up to 0: only their times tell their letters apart."""
    rest = news(Ticket(id=9), storm_ticket(), 0, NOW, member_of)
    wake = news(rest.ticket, with_(rest.ticket, closing=Closing(at=NOW)), 0, NOW + MINUTE, member_of)
    assert len({letter.delivery_id for letter in (*rest.letters, *wake.letters)}) == 4


def test_who_left_is_remembered() -> None:
    told = news(MEMBER, with_(MEMBER, issue=THIRD), 12, NOW, member_of)
    assert told.ticket.in_storm == LEFT


@pytest.mark.parametrize(
    ("before", "after", "priority"),
    [
        pytest.param(NEW, MEMBER, URGENT, id="a new error of a storm: somebody is to be pinged"),
        pytest.param(MEMBER, with_(MEMBER, counters=Counters(occurrences=6)), 0, id="it occurs again"),
        pytest.param(NEW, with_(MEMBER, issue=THIRD), 0, id="it has its own issue at once"),
        pytest.param(but(STORM, before=()), but(DIVIDED, before=()), URGENT, id="a part"),
        pytest.param(Ticket(id=9), storm_ticket(), 0, id="rest from pings"),
    ],
)
def test_what_goes_ahead_of_routine_work(before: Ticket, after: Ticket, priority: int) -> None:
    letters = news(before, after, 12, NOW, member_of).letters
    assert {letter.priority for letter in letters} == {priority}


@pytest.mark.parametrize(
    ("ticket", "due"),
    [
        pytest.param(ON, NOW + 10 * MINUTE, id="it may be over then"),
        pytest.param(with_(ON, storm=with_(STORM, over_at=NOW)), None, id="it is over"),
        pytest.param(with_(ON, closing=Closing(at=NOW)), None, id="it is closed"),
        pytest.param(OPEN, None, id="no storm's ticket"),
    ],
)
def test_when_a_storms_ticket_is_woken(ticket: Ticket, due: object) -> None:
    expected = () if due is None else (Timer(name="storm is over", due=NOW + 10 * MINUTE),)
    assert news(ticket, ticket, 12, NOW, member_of).timers == expected
