"""The mailroom's contract, for every store: once, in order, one at a time, never lost, never asleep in a slot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from app.domain.alerts import Alert, Sender
from app.domain.issues import IssueRef, Repository
from app.domain.mail import Address, AlertArrived, ByError, ByIssue, ByKey, Commented, Letter, Mail, TimerFell
from app.domain.mailboxes import URGENT, Claim, Fate, Receipt, StaleClaimError, Timer, ticket_key
from app.domain.tickets import Closing, Counters, EarlierIssue, Ticket
from app.mailroom.port import Mailroom
from tests.contract.stores import NOON, STORES, Clock, Store

REPOSITORY = Repository(id=1, name="acme/shop", installation=9)
ISSUE = IssueRef(repository=REPOSITORY, number=7, id=70, node_id="I_7")
NOBODY_HELD: dict[int, int] = {}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    return STORES[request.param]


@pytest.fixture
async def mailroom(store: Store, tmp_path: Path, clock: Clock) -> AsyncIterator[Mailroom]:
    async with store(tmp_path, clock) as opened:
        yield opened


def alert(error: str = "4711", *, title: str = "KeyError") -> AlertArrived:
    return AlertArrived(alert=Alert(sender=Sender.SENTRY, title=title, occurred_at=NOON, fingerprint=f"v1:{error}"))


def letter(  # what a test names; the rest is usual
    id_: str,
    *,
    error: str = "4711",
    address: Address | None = None,
    mail: Mail | None = None,
    occurrence: str = "",
    prompt: bool = False,
    priority: int = 0,
    after: float = 0,
) -> Letter:
    return Letter(
        sender="sentry",
        delivery_id=id_,
        address=address or ByError(fingerprint=f"v1:{error}"),
        mail=mail or alert(error, title=id_),
        received_at=NOON + timedelta(seconds=after),
        occurrence=occurrence,
        prompt=prompt,
        priority=priority,
    )


def comment(id_: str, *, ours: bool) -> Letter:
    said = Commented(action="created", comment_id=1, issue=ISSUE, actor="jo", actor_is_bot=False, at=NOON)
    return letter(id_, address=ByIssue(repository_id=1, number=7, ours=ours), mail=said, prompt=True)


async def claimed(mailroom: Mailroom, clock: Clock, held: dict[int, int] = NOBODY_HELD) -> Claim:
    claim = await mailroom.claim(clock(), held)
    assert claim is not None, "nothing was due"
    return claim


async def titles(mailroom: Mailroom, claim: Claim) -> list[str]:
    mail = [pending.mail for pending in await mailroom.pending(claim, after=0, limit=100)]
    return [item.alert.title for item in mail if isinstance(item, AlertArrived)]


async def settle_all(mailroom: Mailroom, claim: Claim, clock: Clock, **rest: timedelta) -> int:
    mail = await mailroom.pending(claim, after=0, limit=20_000)
    await mailroom.finish(claim, through=mail[-1].seq if mail else 0, now=clock(), **rest)
    return len(mail)


async def test_a_delivery_is_saved_once_however_often_it_comes(mailroom: Mailroom, clock: Clock) -> None:
    fates = [(await mailroom.receive(letter("a"))).fate for _ in range(3)]
    assert fates == [Fate.SAVED, Fate.REPEATED, Fate.REPEATED]
    assert await settle_all(mailroom, await claimed(mailroom, clock), clock) == 1


async def test_what_is_pending_names_its_delivery(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("a"))
    await mailroom.receive(letter("b"))
    pending = await mailroom.pending(await claimed(mailroom, clock), after=0, limit=100)
    assert [item.delivery_id for item in pending] == ["a", "b"]


async def test_two_deliveries_about_one_event_are_one_occurrence(mailroom: Mailroom, clock: Clock) -> None:
    first = await mailroom.receive(letter("alert", occurrence="e1"))
    second = await mailroom.receive(letter("error", occurrence="e1"))
    again = await mailroom.receive(letter("error", occurrence="e1"))
    assert [first.fate, second.fate, again.fate] == [Fate.SAVED, Fate.SAME_EVENT, Fate.REPEATED]
    assert await settle_all(mailroom, await claimed(mailroom, clock), clock) == 1


async def test_a_repeated_delivery_makes_no_second_ticket_after_the_first_is_closed(
    mailroom: Mailroom, clock: Clock
) -> None:
    report = letter("a", address=ByError(signature="v1s:x"))
    await mailroom.receive(report)
    claim = await claimed(mailroom, clock)
    ticket = Ticket(id=1, issue=ISSUE, closing=Closing(at=NOON))
    await mailroom.finish(claim, through=1, now=clock(), ticket=ticket)
    assert (await mailroom.receive(report)).fate is Fate.REPEATED
    assert (await mailroom.standing()).tickets == 1


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        pytest.param(ByError(fingerprint="v1:a"), ByError(fingerprint="v1:a"), True, id="one fingerprint, one ticket"),
        pytest.param(ByError(fingerprint="v1:a"), ByError(fingerprint="v1:b"), False, id="two fingerprints, two"),
        pytest.param(
            ByError(fingerprint="v1:a", signature="v1s:x"),
            ByError(signature="v1s:x"),
            True,
            id="a person's report joins the ticket of its signature",
        ),
        pytest.param(
            ByError(signature="v1s:x"),
            ByError(fingerprint="v1:a", signature="v1s:x"),
            True,
            id="a sender's alert joins the person's ticket that no sender has claimed",
        ),
        pytest.param(
            ByError(fingerprint="v1:a", signature="v1s:x"),
            ByError(fingerprint="v1:b", signature="v1s:x"),
            False,
            id="what a sender tells apart stays apart, whatever its text",
        ),
        pytest.param(
            ByIssue(repository_id=1, number=7, error=ByError(fingerprint="v1:a")),
            ByIssue(repository_id=1, number=7),
            True,
            id="an issue stays bound to the ticket it was reported for",
        ),
    ],
)
async def test_which_ticket(mailroom: Mailroom, first: Address, second: Address, *, same: bool) -> None:
    one = await mailroom.receive(letter("1", address=first))
    two = await mailroom.receive(letter("2", address=second))
    assert (one.key == two.key) is same


async def test_a_closed_ticket_takes_no_new_report_by_signature_alone(mailroom: Mailroom, clock: Clock) -> None:
    one = await mailroom.receive(letter("1", address=ByError(signature="v1s:x")))
    await mailroom.finish(
        await claimed(mailroom, clock),
        through=1,
        now=clock(),
        ticket=Ticket(id=1, issue=ISSUE, closing=Closing(at=NOON)),
    )
    two = await mailroom.receive(letter("2", address=ByError(signature="v1s:x")))
    assert one.key != two.key


async def test_what_is_about_no_ticket_is_not_saved(mailroom: Mailroom, clock: Clock) -> None:
    assert (await mailroom.receive(comment("c", ours=False))).fate is Fate.NOT_OURS
    only_known = letter("s", address=ByError(fingerprint="v1:never seen", may_make=False))
    assert (await mailroom.receive(only_known)).fate is Fate.NOT_OURS
    assert await mailroom.claim(clock(), NOBODY_HELD) is None


async def test_a_comment_that_comes_before_the_ticket_is_recorded_reaches_it(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("a"))
    opening = await claimed(mailroom, clock)
    assert (await mailroom.receive(comment("c", ours=True))).fate is Fate.SAVED
    await mailroom.finish(opening, through=1, now=clock(), ticket=Ticket(id=1, issue=ISSUE))
    claim = await claimed(mailroom, clock)
    assert claim.key == opening.key
    assert [type(item.mail) for item in await mailroom.pending(claim, after=0, limit=9)] == [Commented]


async def test_an_issue_that_shall_become_a_ticket_has_a_mailbox_of_its_own(mailroom: Mailroom, clock: Clock) -> None:
    asked = msgspec.structs.replace(
        comment("c", ours=False), address=ByIssue(repository_id=1, number=7, ours=False, asked=True)
    )
    assert await mailroom.receive(asked) == Receipt(fate=Fate.SAVED, key="asked:1:7")
    claim = await claimed(mailroom, clock)
    assert await mailroom.ticket(claim) is None
    report = letter("r", address=ByIssue(repository_id=1, number=7, error=ByError(fingerprint="v1:x")))
    await mailroom.finish(claim, through=1, now=clock(), letters=(report,))
    assert (await mailroom.receive(msgspec.structs.replace(asked, delivery_id="d"))).key == "ticket:1"


async def test_a_duplicate_is_found_by_its_words_though_it_is_closed(mailroom: Mailroom, clock: Clock) -> None:
    one = await mailroom.receive(letter("1", address=ByError(fingerprint="v1:a", signature="v1s:x")))
    claim = await claimed(mailroom, clock)
    closed = Ticket(id=1, issue=ISSUE, closing=Closing(at=NOON, reason="duplicate"), merged_into=2)
    await mailroom.finish(claim, through=1, now=clock(), ticket=closed)
    assert (await mailroom.receive(letter("2", address=ByError(signature="v1s:x")))).key == one.key


async def test_quiet_support_tickets_are_counted(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("1", address=ByError(fingerprint="v1:a", words="help me")))
    claim = await claimed(mailroom, clock)
    quiet = Ticket(id=1, issue=ISSUE, quiet=True)
    await mailroom.finish(claim, through=1, now=clock(), ticket=quiet)
    assert (await mailroom.standing()).support == 1
    assert await mailroom.open_words(9) == (), "nobody's report may vanish in it"
    await mailroom.receive(letter("2", address=ByError(fingerprint="v1:a"), prompt=True))
    claim = await claimed(mailroom, clock)
    await mailroom.finish(claim, through=2, now=clock(), ticket=msgspec.structs.replace(quiet, quiet=False))
    assert (await mailroom.standing()).support == 0


async def test_mail_is_settled_in_the_order_it_was_saved(mailroom: Mailroom, clock: Clock) -> None:
    for number in range(20):
        await mailroom.receive(letter(f"{number:02}"))
    claim = await claimed(mailroom, clock)
    assert await titles(mailroom, claim) == [f"{number:02}" for number in range(20)]
    page = await mailroom.pending(claim, after=0, limit=5)
    rest = await mailroom.pending(claim, after=page[-1].seq, limit=100)
    assert (len(page), len(rest)) == (5, 15)


async def test_one_claim_of_a_mailbox_at_a_time_and_many_mailboxes_side_by_side(
    mailroom: Mailroom, clock: Clock
) -> None:
    for error in ("a", "b"):
        await mailroom.receive(letter(error, error=error))
    keys = {(await claimed(mailroom, clock)).key, (await claimed(mailroom, clock)).key}
    await mailroom.receive(letter("more", error="a"))
    assert len(keys) == 2
    assert await mailroom.claim(clock(), NOBODY_HELD) is None


async def test_mail_that_comes_during_a_settle_is_settled_next(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("1"))
    claim = await claimed(mailroom, clock)
    await mailroom.receive(letter("2"))
    await mailroom.finish(claim, through=1, now=clock())
    assert await titles(mailroom, await claimed(mailroom, clock)) == ["2"]


async def test_routine_mail_is_gathered_and_a_persons_is_not(mailroom: Mailroom, clock: Clock) -> None:
    gap = timedelta(seconds=15)
    await mailroom.receive(letter("1"))
    await settle_all(mailroom, await claimed(mailroom, clock), clock, gap=gap)
    await mailroom.receive(letter("2", after=1))
    assert await mailroom.claim(clock.turn(seconds=14), NOBODY_HELD) is None
    assert await mailroom.next_due(NOBODY_HELD) == NOON + gap
    await mailroom.receive(letter("3", after=14, prompt=True))
    assert await titles(mailroom, await claimed(mailroom, clock)) == ["2", "3"]


async def test_the_gap_counts_from_the_settle_before(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("1"))
    claim = await claimed(mailroom, clock)
    await mailroom.receive(letter("2", after=1))
    await mailroom.finish(claim, through=1, now=clock.turn(seconds=2), gap=timedelta(seconds=15))
    assert await mailroom.next_due(NOBODY_HELD) == NOON + timedelta(seconds=15)


async def test_urgent_mail_is_claimed_ahead_of_what_waits_longer(mailroom: Mailroom, clock: Clock) -> None:
    for number in range(50):
        await mailroom.receive(letter(f"noise {number}", error=str(number)))
    await mailroom.receive(letter("fatal", error="fatal", priority=URGENT, after=5))
    clock.turn(seconds=6)
    assert await titles(mailroom, await claimed(mailroom, clock)) == ["fatal"]
    assert await titles(mailroom, await claimed(mailroom, clock)) == ["noise 0"]


async def test_a_lane_that_is_held_lets_only_urgent_mail_through(mailroom: Mailroom, clock: Clock) -> None:
    for age, error in enumerate(("routine", "fatal", "elsewhere")):
        await mailroom.receive(letter(error, error=error, priority=URGENT if error == "fatal" else 0, after=age))
    clock.turn(seconds=3)
    claims = [await claimed(mailroom, clock) for _ in range(3)]
    for claim, lane in zip(claims, (9, 9, 8), strict=True):  # fatal, routine, elsewhere
        await mailroom.retry(claim, not_before=clock(), error="", lane=lane, counts=False)
    held = {9: URGENT}
    seen = [await titles(mailroom, await claimed(mailroom, clock, held)) for _ in range(2)]
    assert seen == [["fatal"], ["elsewhere"]]
    assert await mailroom.claim(clock(), held) is None
    assert await mailroom.next_due(held) is None
    assert await titles(mailroom, await claimed(mailroom, clock)) == ["routine"]


@pytest.mark.parametrize(
    ("error", "lane", "turned", "waits_since"),
    [
        pytest.param("", None, 0, None, id="on purpose: it could not be settled now"),
        pytest.param("", None, 90, 60, id="on purpose, until then: since then"),
        pytest.param("GitHub: 502", None, 0, 0, id="after a fault: since it arrived"),
        pytest.param("GitHub: 502", None, 90, 0, id="after a fault, and it could be tried again: since it arrived"),
        pytest.param("", 9, 0, 0, id="with its lane: since it arrived"),
    ],
)
async def test_the_oldest_letter_waits_since_it_could_have_been_settled(
    mailroom: Mailroom, clock: Clock, error: str, lane: int | None, turned: int, waits_since: int | None
) -> None:
    assert (await mailroom.standing()).oldest is None
    await mailroom.receive(letter("a"))
    assert (await mailroom.standing()).oldest == NOON
    claim = await claimed(mailroom, clock)
    until = NOON + timedelta(minutes=60)
    await mailroom.retry(claim, not_before=until, error=error, lane=lane, counts=bool(error))
    clock.turn(minutes=turned)
    standing = await mailroom.standing()
    assert standing.oldest == (None if waits_since is None else NOON + timedelta(minutes=waits_since))
    assert standing.pending == 1


async def test_who_waits_on_purpose_hides_nobody_who_does_not(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("a", error="a"))
    claim = await claimed(mailroom, clock)
    await mailroom.retry(claim, not_before=NOON + timedelta(days=1), error="", counts=False)
    await mailroom.receive(letter("b", error="b", after=5))
    standing = await mailroom.standing()
    assert (standing.pending, standing.oldest) == (2, NOON + timedelta(seconds=5))
    clock.turn(seconds=20)
    again = await claimed(mailroom, clock)
    assert (await mailroom.standing()).oldest == NOON + timedelta(seconds=5), "it is being settled, and still waits"
    await settle_all(mailroom, again, clock)
    assert (await mailroom.standing()).oldest is None


async def test_a_failed_settle_waits_and_blocks_no_other(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("a", error="a"))
    await mailroom.receive(letter("b", error="b", after=1))
    claim = await claimed(mailroom, clock)
    until = NOON + timedelta(seconds=30)
    await mailroom.retry(claim, not_before=until, error="GitHub: 502")
    clock.turn(seconds=2)
    assert await titles(mailroom, await claimed(mailroom, clock)) == ["b"]
    await mailroom.receive(letter("a2", error="a", prompt=True, after=2))
    assert await mailroom.claim(clock(), NOBODY_HELD) is None, "even prompt mail waits for not_before"
    assert (await mailroom.standing()).failing == ((claim.key, "GitHub: 502"),)
    clock.now = until
    again = await claimed(mailroom, clock)
    assert (again.attempt, await titles(mailroom, again)) == (2, ["a", "a2"])
    await settle_all(mailroom, again, clock)
    await mailroom.receive(letter("a3", error="a", after=60))
    clock.turn(seconds=60)
    assert (await claimed(mailroom, clock)).attempt == 1, "progress starts the count again"


async def test_what_waited_through_a_settle_has_waited_since_it_came(mailroom: Mailroom, clock: Clock) -> None:
    for age, (title, error) in enumerate((("a1", "a"), ("b1", "b"), ("a2", "a"))):
        await mailroom.receive(letter(title, error=error, after=age))
    clock.turn(seconds=2)
    narrow, failed = await claimed(mailroom, clock), await claimed(mailroom, clock)
    await mailroom.finish(narrow, through=1, now=clock.turn(seconds=3), gap=timedelta(seconds=15))
    await mailroom.retry(failed, not_before=clock.turn(seconds=6), error="GitHub: 502")
    clock.turn(minutes=1)
    assert [await titles(mailroom, await claimed(mailroom, clock)) for _ in range(2)] == [["b1"], ["a2"]]


async def test_a_settle_that_ended_was_held_back_by_nothing(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("1"))
    await mailroom.retry(await claimed(mailroom, clock), not_before=clock(), error="", lane=9, counts=False)
    await settle_all(mailroom, await claimed(mailroom, clock), clock)
    await mailroom.receive(letter("2", after=1))
    clock.turn(seconds=1)
    assert await titles(mailroom, await claimed(mailroom, clock, {9: URGENT})) == ["2"]


async def test_what_a_stale_claim_writes_is_refused(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("1"))
    stale = await claimed(mailroom, clock)
    await mailroom.retry(stale, not_before=clock(), error="")
    fresh = await claimed(mailroom, clock)
    for write in (
        mailroom.finish(stale, through=9, now=clock()),
        mailroom.retry(stale, not_before=clock(), error=""),
        mailroom.begin(stale, "1.open.1", clock()),
        mailroom.bury(stale, seq=1, reason="", now=clock()),
    ):
        with pytest.raises(StaleClaimError):
            await write
    assert await titles(mailroom, fresh) == ["1"]


async def test_a_creating_call_is_known_as_sent_then_as_done(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("1"))
    claim = await claimed(mailroom, clock)
    assert await mailroom.begin(claim, "1.open.1", clock()) is None
    in_doubt = await mailroom.begin(claim, "1.open.1", clock.turn(seconds=5))
    assert in_doubt is not None
    assert (in_doubt.sent_at, in_doubt.result) == (NOON, None)
    await mailroom.done(claim, "1.open.1", b'{"number": 7}')
    done = await mailroom.begin(claim, "1.open.1", clock())
    assert done is not None
    assert done.result == b'{"number": 7}'
    await mailroom.begin(claim, "1.occurrence.1", clock())
    await mailroom.undo(claim, "1.occurrence.1")
    assert await mailroom.begin(claim, "1.occurrence.1", clock()) is None


async def test_a_creating_call_stays_known_until_a_settle_that_asked_for_it_ends(
    mailroom: Mailroom, clock: Clock
) -> None:
    """A settle that fails may be made again with fewer letters, and end without the call that is in doubt."""
    await mailroom.receive(letter("1"))
    failed = await claimed(mailroom, clock)
    await mailroom.begin(failed, "1.occurrence.2", clock())
    await mailroom.begin(failed, "1.ping.1", clock())
    await mailroom.done(failed, "1.ping.1", b"{}")
    await mailroom.retry(failed, not_before=clock(), error="its answer was lost")
    narrow = await claimed(mailroom, clock)
    await mailroom.finish(narrow, through=0, now=clock())
    again = await claimed(mailroom, clock)
    in_doubt = await mailroom.begin(again, "1.occurrence.2", clock.turn(seconds=5))
    assert in_doubt is not None
    assert in_doubt.sent_at == NOON
    await mailroom.finish(again, through=0, now=clock())
    last = await claimed(mailroom, clock)
    assert await mailroom.begin(last, "1.occurrence.2", clock()) is None, "that settle ended, and its calls with it"
    done = await mailroom.begin(last, "1.ping.1", clock())
    assert done is not None
    assert done.result == b"{}"


async def test_a_creating_call_that_a_stale_claim_asks_for_stays_known(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("1"))
    slow = await claimed(mailroom, clock)
    await mailroom.begin(slow, "1.occurrence.2", clock())
    await mailroom.retry(slow, not_before=clock(), error="its answer was lost")
    with pytest.raises(StaleClaimError):
        await mailroom.begin(slow, "1.occurrence.2", clock())
    other = await claimed(mailroom, clock)
    await mailroom.begin(other, "1.ping.1", clock())
    await mailroom.finish(other, through=0, now=clock())
    in_doubt = await mailroom.begin(await claimed(mailroom, clock), "1.occurrence.2", clock.turn(seconds=5))
    assert in_doubt is not None, "the settle that ended has not asked for it"


async def test_timers_wake_a_mailbox_once_and_move_when_set_again(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("1"))
    timer = Timer(name="look again", due=NOON + timedelta(minutes=5))
    await mailroom.finish(await claimed(mailroom, clock), through=1, now=clock(), timers=(timer,))
    await mailroom.receive(letter("2", after=20))
    clock.turn(seconds=20)
    later = Timer(name="look again", due=NOON + timedelta(minutes=9))
    await mailroom.finish(await claimed(mailroom, clock), through=2, now=clock(), timers=(later,))
    assert await mailroom.next_due(NOBODY_HELD) == later.due
    assert await mailroom.claim(clock.turn(minutes=6), NOBODY_HELD) is None
    clock.now = later.due
    claim = await claimed(mailroom, clock)
    assert [item.mail for item in await mailroom.pending(claim, after=0, limit=9)] == [
        TimerFell(name="look again", due=later.due)
    ]
    await settle_all(mailroom, claim, clock)
    assert await mailroom.claim(clock.turn(days=1), NOBODY_HELD) is None


async def test_what_a_settle_says_to_other_mailboxes_is_received_with_it(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("1", error="a"))
    await mailroom.receive(letter("2", error="b"))
    first = await claimed(mailroom, clock)
    await settle_all(mailroom, await claimed(mailroom, clock), clock)
    word = letter("merged", address=ByKey(key=ticket_key(2)), prompt=True)
    await mailroom.finish(first, through=1, now=clock(), letters=(word, word))
    other = await claimed(mailroom, clock)
    assert (other.key, await titles(mailroom, other)) == ("ticket:2", ["merged"])
    with pytest.raises(StaleClaimError):
        await mailroom.finish(first, through=1, now=clock(), letters=(letter("late", error="c"),))
    assert not await mailroom.is_known("v1:c"), "nothing is said by who holds no claim"


async def test_what_a_settle_remembers_is_known_with_its_commit_and_only_then(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("1"))
    claim = await claimed(mailroom, clock)
    word = letter("2", address=ByKey(key="post-mortem:1:7"), prompt=True)
    await mailroom.finish(claim, through=1, now=clock(), letters=(word,), remembers=("post-mortem:1:7", b"one"))
    assert await mailroom.recall("post-mortem:1:7") == b"one"
    with pytest.raises(StaleClaimError):
        await mailroom.finish(claim, through=1, now=clock(), remembers=("post-mortem:1:7", b"two"))
    assert await mailroom.recall("post-mortem:1:7") == b"one", "who holds no claim remembers nothing"
    again = await claimed(mailroom, clock)
    assert again.key == "post-mortem:1:7"
    await mailroom.finish(again, through=2, now=clock(), remembers=("post-mortem:1:7", b"three"))
    assert await mailroom.recall("post-mortem:1:7") == b"three"


async def test_an_issues_ticket_is_found_without_binding_anything(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("1"))
    await mailroom.finish(
        await claimed(mailroom, clock), through=1, now=clock(), ticket=Ticket(id=1, issue=ISSUE, labels=("prod-alert",))
    )
    assert await mailroom.ticket_at(1, 7) == 1
    assert await mailroom.ticket_at(1, 8) is None


async def test_kin_share_a_signature_and_the_newest_comes_first(mailroom: Mailroom, clock: Clock) -> None:
    for error in ("a", "b", "c"):
        alike = ByError(fingerprint=f"v1:{error}", signature="v1s:same")
        await mailroom.receive(letter(error, address=alike))
    await mailroom.receive(letter("d", address=ByError(fingerprint="v1:d", signature="v1s:other")))
    assert await mailroom.kin(3, 10) == (2, 1)
    assert await mailroom.kin(1, 1) == (3,)
    assert await mailroom.kin(4, 10) == ()


async def test_tickets_are_found_by_when_they_were_opened_or_came_back(mailroom: Mailroom, clock: Clock) -> None:
    for error, minutes in (("a", 0), ("b", 5), ("c", 10), ("b", 30)):
        await mailroom.receive(letter(f"{error}{minutes}", error=error))
        claim = await claimed(mailroom, clock)
        ticket = await mailroom.ticket(claim)
        assert ticket is not None
        reopened = msgspec.structs.replace(ticket, opened_at=NOON + timedelta(minutes=minutes))
        await mailroom.finish(claim, through=1_000, now=clock(), ticket=reopened)

    async def found(since: int, until: int, limit: int = 10) -> tuple[int, ...]:
        return await mailroom.opened_between(NOON + timedelta(minutes=since), NOON + timedelta(minutes=until), limit)

    assert await found(0, 10) == (1, 2, 3), "both ends with it"
    assert await found(1, 9) == (2,)
    assert await found(20, 40) == (2,), "a ticket that came back, too"
    assert await found(0, 40) == (1, 2, 3), "each once"
    assert await found(0, 40, 2) == (1, 2)
    assert await found(41, 50) == ()


async def test_buried_mail_can_be_revived_and_goes_on_where_it_was(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("poison"))
    await mailroom.receive(letter("good"))
    claim = await claimed(mailroom, clock)
    await mailroom.bury(claim, seq=1, reason="ValueError: no", now=clock())
    assert await titles(mailroom, claim) == ["good"]
    await settle_all(mailroom, claim, clock)
    (dead,) = await mailroom.dead_letters(9)
    assert (dead.kind, dead.reason, dead.delivery_id) == ("mail", "ValueError: no", "poison")
    assert await mailroom.revive(dead.id)
    assert await titles(mailroom, await claimed(mailroom, clock)) == ["poison"]
    assert await mailroom.dead_letters(9) == ()
    assert not await mailroom.revive(dead.id)


async def test_what_was_tried_of_buried_mail_does_not_count_against_the_rest(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("poison"))
    await mailroom.receive(letter("good"))
    for attempt in range(1, 8):
        claim = await claimed(mailroom, clock)
        assert claim.attempt == attempt
        await mailroom.retry(claim, not_before=clock(), error="ValueError: no")
    claim = await claimed(mailroom, clock)
    await mailroom.bury(claim, seq=1, reason="ValueError: no", now=clock())
    await mailroom.retry(claim, not_before=clock(), error="ValueError: no")
    rest = await claimed(mailroom, clock)
    assert (rest.attempt, await titles(mailroom, rest)) == (2, ["good"])


async def test_mail_that_is_revived_while_its_mailbox_is_settled_is_settled_next(
    mailroom: Mailroom, clock: Clock
) -> None:
    await mailroom.receive(letter("poison", occurrence="event"))
    await mailroom.receive(letter("good"))
    claim = await claimed(mailroom, clock)
    (poison, good) = await mailroom.pending(claim, after=0, limit=9)
    await mailroom.bury(claim, seq=poison.seq, reason="ValueError: no", now=clock())
    (dead,) = await mailroom.dead_letters(9)
    assert await mailroom.revive(dead.id)
    await mailroom.finish(claim, through=good.seq, now=clock())
    assert await titles(mailroom, await claimed(mailroom, clock)) == ["poison"]
    assert (await mailroom.receive(letter("again", occurrence="event"))).fate is Fate.SAME_EVENT


async def test_dead_letters_are_kept_once_and_dropped_on_request(mailroom: Mailroom) -> None:
    for _ in range(2):
        await mailroom.receive_dead(
            sender="sentry", delivery_id="d", kind="issue", payload=b"{}", reason="no id", received_at=NOON
        )
    (dead,) = await mailroom.dead_letters(9)
    assert (dead.sender, dead.kind, dead.payload, dead.reason) == ("sentry", "issue", b"{}", "no id")
    assert not await mailroom.revive(dead.id), "what was never understood is replayed through its door instead"
    assert await mailroom.drop(dead.id)
    assert not await mailroom.drop(dead.id)


async def test_only_settled_mail_is_pruned(mailroom: Mailroom, clock: Clock) -> None:
    for number in range(3):
        await mailroom.receive(letter(str(number)))
    await settle_all(mailroom, await claimed(mailroom, clock), clock)
    await mailroom.receive(letter("pending", after=20))
    assert await mailroom.prune(NOON) == 0
    assert await mailroom.prune(NOON + timedelta(days=30)) == 3
    clock.turn(seconds=20)
    assert await titles(mailroom, await claimed(mailroom, clock)) == ["pending"]


async def test_waiting_ends_when_a_mailbox_becomes_due(mailroom: Mailroom) -> None:
    waiting = asyncio.create_task(mailroom.changed(5))
    await asyncio.sleep(0)
    await mailroom.receive(letter("1"))
    await asyncio.wait_for(waiting, 1)
    await asyncio.wait_for(mailroom.changed(0.01), 1)


async def test_a_storm_with_a_worker_beside_it_loses_nothing_and_counts_exactly(
    mailroom: Mailroom, clock: Clock
) -> None:
    """The lost wake-up: mail that arrives just as its mailbox is given back must make it due again."""
    total, settled, seen = 2_000, 0, set[str]()

    async def send(first: int) -> None:
        for number in range(first, total, 4):
            await mailroom.receive(letter(str(number), error=str(number % 5)))

    async def work() -> None:
        nonlocal settled
        running = set[str]()
        while settled < total:
            claim = await mailroom.claim(clock(), NOBODY_HELD)
            if claim is None:
                await mailroom.changed(0.5)
                continue
            assert claim.key not in running
            running.add(claim.key)
            mail = await mailroom.pending(claim, after=0, limit=50)
            seen.update(str(item.seq) for item in mail)
            await asyncio.sleep(0)
            running.discard(claim.key)
            await mailroom.finish(claim, through=mail[-1].seq if mail else 0, now=clock())
            settled += len(mail)

    await asyncio.wait_for(asyncio.gather(*(send(first) for first in range(4)), work(), work()), 60)
    assert (settled, len(seen)) == (total, total)
    assert (await mailroom.standing()).pending == 0


async def test_everything_is_there_after_a_restart(store: Store, tmp_path: Path, clock: Clock) -> None:
    async with store(tmp_path, clock) as before:
        await before.receive(letter("1"))
        claim = await claimed(before, clock)
        await before.begin(claim, "1.open.1", clock())
        await before.remember("squad", b"apps: []", clock())
    async with store(tmp_path, clock) as after:
        again = await claimed(after, clock)
        assert (again.key, again.attempt) == (claim.key, 1), "a dying process is no failed attempt"
        assert again.generation > claim.generation
        assert await titles(after, again) == ["1"]
        in_doubt = await after.begin(again, "1.open.1", clock())
        assert in_doubt is not None
        assert in_doubt.result is None
        assert await after.recall("squad") == b"apps: []"
        assert (await after.receive(letter("1"))).fate is Fate.REPEATED


async def test_what_is_remembered_is_exchanged_by_whoever_knows_it(mailroom: Mailroom, clock: Clock) -> None:
    assert not await mailroom.exchange("duty", b"what nobody remembered", b"jo", clock())
    assert await mailroom.exchange("duty", None, b"jo", clock())
    assert not await mailroom.exchange("duty", None, b"kim", clock())
    assert await mailroom.exchange("duty", b"jo", b"kim", clock())
    assert not await mailroom.exchange("duty", b"jo", b"sam", clock())
    assert await mailroom.recall("duty") == b"kim"


async def test_a_ticket_is_remembered_whole(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("1", address=ByError(fingerprint="v1:a", words="keyerror x")))
    claim = await claimed(mailroom, clock)
    assert await mailroom.ticket(claim) == Ticket(id=1)
    ticket = Ticket(id=1, issue=ISSUE, counters=Counters(occurrences=1, first_seen=NOON, last_seen=NOON))
    await mailroom.finish(claim, through=1, now=clock(), ticket=ticket)
    assert await mailroom.look(1) == ticket
    assert await mailroom.open_words(10) == ((1, "keyerror x"),)
    bound = await mailroom.receive(comment("c", ours=False))
    assert (bound.fate, bound.key) == (Fate.SAVED, claim.key)


async def test_other_mailboxes_are_no_tickets(mailroom: Mailroom, clock: Clock) -> None:
    await mailroom.receive(letter("p", address=ByKey(key="repository:1")))
    claim = await claimed(mailroom, clock)
    assert claim.key == "repository:1"
    assert await mailroom.ticket(claim) is None


async def test_an_issue_that_became_another_tickets_stays_that_ones(mailroom: Mailroom, clock: Clock) -> None:
    moved_on = Ticket(id=1, earlier=(EarlierIssue(ref=ISSUE),))
    for nth, ticket in enumerate([moved_on, Ticket(id=2, issue=ISSUE), moved_on], start=1):
        await mailroom.receive(letter(str(nth), error=str(ticket.id)))
        clock.turn(minutes=1)
        await mailroom.finish(await claimed(mailroom, clock), through=nth, now=clock(), ticket=ticket)
    assert await mailroom.ticket_at(1, 7) == 2, "what people say there is for the ticket that the issue is"
