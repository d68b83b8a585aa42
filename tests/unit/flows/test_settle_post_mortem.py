"""A post-mortem's mailbox: the rows of `flows/settle_post_mortem.py` that a journey does not come by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from app.domain.errors import InvalidError, LaterError, StoreError, SystemRefusedError, UnavailableError
from app.domain.issues import IssueRef, IssueSeen, Repository
from app.domain.mail import (
    ByKey,
    Commented,
    IssueChanged,
    IssueVerb,
    Letter,
    Mail,
    PostMortemMoved,
    PostMortemWritten,
    TimerFell,
)
from app.domain.mailboxes import Claim, Pending, Timer, post_mortem_key
from app.domain.post_mortems import PostMortem, Stage
from app.domain.squad import Squad
from app.domain.tickets import Pair, Ticket
from app.domain.wishes import CommandLine
from app.flows.settle_post_mortem import Followed, SettlePostMortem, Work, record_of
from app.intake.redaction import Redactor

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOME = Repository(id=1, name="acme/shop", installation=9)
THERE = Repository(id=2, name="acme/reader", installation=9)
ISSUE = IssueRef(repository=HOME, number=7, id=70, node_id="I_7")
MOVED = IssueRef(repository=THERE, number=3, id=71, node_id="I_3")
KEY = post_mortem_key(HOME.id, 7)
CLAIM = Claim(key=KEY, generation=1, attempt=1)
SEEN = IssueSeen(
    ref=ISSUE, title="of jo@example.org", body="b", body_exact=True, author="jo", open=True, labels=("post-mortem",)
)
RECORD = PostMortem(issue=ISSUE, stage=Stage.FEEDBACK, began_at=NOW - timedelta(days=1), begun=True)
WRITTEN = PostMortemWritten(
    issue=ISSUE, ticket=3, title="The hour", opened=True, on_duty=Pair(primary="kim"), lead="al"
)
HELP = Commented(
    action="created",
    comment_id=5,
    issue=ISSUE,
    actor="jo",
    actor_is_bot=False,
    at=NOW,
    commands=(CommandLine(name="help", line=1),),
)


def happened(verb: IssueVerb = IssueVerb.EDITED, **more: Any) -> IssueChanged:
    return msgspec.structs.replace(IssueChanged(verb=verb, issue=SEEN, actor="jo", at=NOW), **more)


class World:
    """Everything that the settle speaks to; what it did is in `did`, and what it told a follower in `told`."""

    def __init__(self, record: PostMortem | None = None, *, seen: IssueSeen = SEEN) -> None:
        self.did: list[str] = []
        self.told: list[tuple[PostMortem | None, PostMortem, tuple[str, ...]]] = []
        self.seen = seen
        self.refuses: SystemRefusedError | None = None
        self.values = {} if record is None else {KEY: msgspec.json.encode(record)}
        self.tickets: dict[int, Ticket] = {}
        self.mail: tuple[Pending, ...] = ()
        self.timers: tuple[Timer, ...] = ()
        self.letters: tuple[Letter, ...] = ()
        self.redactor = Redactor()

    async def settles(self, *mail: Mail, key: str = KEY) -> PostMortem | None:
        """What is known after these letters."""
        self.mail = tuple(Pending(seq=seq, mail=it, received_at=NOW) for seq, it in enumerate(mail, start=1))
        files: Any = self
        settle = SettlePostMortem(
            self,
            self,  # type: ignore[arg-type]  # only what is needed of it
            files,
            begin=self.begin,
            command=self.command,
            action_items=self.items,
            followers=(self, self),
            now=lambda: NOW,
        )
        await settle.settle(msgspec.structs.replace(CLAIM, key=key), None)
        return await record_of(self, key)

    async def begin(self, work: Work, record: PostMortem) -> PostMortem:
        self.did.append("begin")
        return msgspec.structs.replace(record, begun=True)

    async def command(self, work: Work, record: PostMortem, mail: tuple[Mail, ...]) -> PostMortem:
        self.did += ["command" for item in mail if isinstance(item, Commented)]
        return record

    async def items(self, work: Work, record: PostMortem, mail: tuple[Mail, ...]) -> PostMortem:
        self.did.append("items")
        return record

    async def advanced(
        self, claim: Claim, before: PostMortem | None, after: PostMortem, squad: Squad, fell: tuple[str, ...]
    ) -> Followed:
        self.told.append((before, after, fell))
        name = str(len(self.told))
        letter = Letter(
            sender="x",
            delivery_id=name,
            address=ByKey(key="slack:1"),
            mail=TimerFell(name=name, due=NOW),
            received_at=NOW,
        )
        return Followed(record=after, timers=(Timer(name=name, due=NOW),), letters=(letter,))

    async def of(self, _: Repository) -> Any:
        return SimpleNamespace(squad=Squad())

    async def read(self, issue: IssueRef) -> IssueSeen:
        self.did.append("read")
        if self.refuses is not None:
            raise self.refuses
        return self.seen

    async def recall(self, name: str) -> bytes | None:
        return self.values.get(name)

    async def remember(self, name: str, value: bytes, now: datetime) -> None:
        self.values[name] = value

    async def ticket_at(self, repository_id: int, number: int) -> int | None:
        return 3 if self.tickets else None

    async def look(self, ticket_id: int) -> Ticket | None:
        return self.tickets.get(ticket_id)

    async def pending(self, claim: Claim, *, after: int, limit: int) -> tuple[Pending, ...]:
        return self.mail[:limit]

    async def finish(
        self,
        claim: Claim,
        *,
        through: int,
        now: datetime,
        timers: tuple[Timer, ...] = (),
        letters: tuple[Letter, ...] = (),
        remembers: tuple[str, bytes] | None = None,
    ) -> None:
        self.did.append(f"settled {through}")
        if remembers is not None:
            self.values[remembers[0]] = remembers[1]
        self.timers, self.letters = timers, letters


async def test_one_that_was_just_drafted_costs_no_call() -> None:
    world = World()
    record = await world.settles(WRITTEN)
    assert world.did == ["items", "settled 1"]
    assert record is not None
    assert (record.stage, record.tickets, record.title) == (Stage.IN_PROGRESS, (3,), "The hour")
    assert (record.on_duty.primary, record.lead, record.begun) == ("kim", "al", True)
    assert [(before, fell) for before, _, fell in world.told] == [(None, ())] * 2


async def test_followers_hear_of_a_change_once_and_may_ask_for_timers_and_letters() -> None:
    world = World(RECORD)
    await world.settles(happened())
    assert [(before, after.title) for before, after, _ in world.told] == [(RECORD, "of [e-mail removed]")] * 2
    assert [timer.name for timer in world.timers] == ["1", "2"]
    assert [letter.delivery_id for letter in world.letters] == ["1", "2"]
    await world.settles(happened())
    assert len(world.told) == 2, "nothing changed"


async def test_a_timer_is_theirs() -> None:
    world = World(RECORD)
    await world.settles(TimerFell(name="standup", due=NOW))
    assert world.did == ["items", "settled 1"]
    assert [(after, fell) for _, after, fell in world.told] == [(RECORD, ("standup",))] * 2


async def test_mail_about_nothing_that_is_known_is_settled() -> None:
    world = World()
    assert await world.settles(TimerFell(name="standup", due=NOW)) is None
    assert await world.settles() is None
    assert world.did == ["settled 1", "settled 0"]


async def test_a_comment_alone_is_no_reason_to_read_it() -> None:
    world = World(RECORD)
    await world.settles(HELP)
    assert world.did == ["command", "items", "settled 1"]


async def test_an_unknown_one_is_read_and_begun_before_a_command_is_heard() -> None:
    world = World()
    await world.settles(HELP)
    assert world.did == ["read", "begin", "command", "items", "settled 1"]


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(msgspec.structs.replace(SEEN, open=False, state_reason="completed"), id="closed"),
        pytest.param(msgspec.structs.replace(SEEN, labels=()), id="without its label"),
    ],
)
async def test_one_that_nobody_works_on_is_not_begun(seen: IssueSeen) -> None:
    world = World(seen=seen)
    await world.settles(happened())
    assert "begin" not in world.did


@pytest.mark.parametrize(
    ("mail", "stage"),
    [
        pytest.param(happened(IssueVerb.DELETED), Stage.DROPPED, id="deleted"),
        pytest.param(happened(IssueVerb.TRANSFERRED), Stage.DROPPED, id="transferred to where the App is not"),
    ],
)
async def test_one_that_is_gone_is_dropped_without_a_call(mail: Mail, stage: Stage) -> None:
    world = World(RECORD)
    record = await world.settles(mail)
    assert record is not None
    assert record.stage is stage
    assert world.did == ["settled 1"]


@pytest.mark.parametrize(
    ("error", "stage"),
    [
        pytest.param(UnavailableError("gone", reason="gone"), Stage.DROPPED, id="its webhook was lost"),
        pytest.param(UnavailableError("no", reason="forbidden"), Stage.FEEDBACK, id="it may not be read"),
    ],
)
async def test_what_github_refuses_for_good_holds_up_nothing(error: SystemRefusedError, stage: Stage) -> None:
    world = World(RECORD)
    world.refuses = error
    record = await world.settles(happened(), HELP)
    assert record is not None
    assert record.stage is stage
    assert world.did[-1] == "settled 2"
    assert ("command" in world.did) is (stage is Stage.DROPPED), "its ticket may wait for an answer"


async def test_one_that_takes_no_more_text_has_its_stage_all_the_same() -> None:
    world = World()

    async def refused(*_: object) -> PostMortem:
        raise InvalidError("body is too long")

    world.begin = refused  # type: ignore[method-assign]  # for this test
    record = await world.settles(happened())
    assert record is not None
    assert (record.stage, record.begun) == (Stage.IN_PROGRESS, False)


async def test_what_github_refuses_for_now_is_settled_again() -> None:
    world = World(RECORD)
    world.refuses = LaterError("later")
    with pytest.raises(LaterError):
        await world.settles(happened())
    assert world.did == ["read"]
    assert await record_of(world, KEY) == RECORD


@pytest.mark.parametrize(
    "mail",
    [
        pytest.param(
            happened(IssueVerb.TRANSFERRED, moved_to=msgspec.structs.replace(SEEN, ref=MOVED)), id="by its webhook"
        ),
        pytest.param(happened(), id="seen when it is read"),
    ],
)
async def test_a_transferred_one_goes_on_in_its_new_mailbox(mail: Mail) -> None:
    world = World(RECORD, seen=msgspec.structs.replace(SEEN, ref=MOVED))
    record = await world.settles(mail)
    (letter,) = world.letters
    assert letter.address == ByKey(key=post_mortem_key(THERE.id, 3))
    assert letter.mail == PostMortemMoved(record=msgspec.structs.replace(RECORD, issue=MOVED))
    assert record is not None
    assert record.stage is Stage.DROPPED
    assert world.told == [], "it goes on there"


async def test_what_was_known_of_a_transferred_one_is_known_in_its_new_mailbox() -> None:
    there = msgspec.structs.replace(RECORD, issue=MOVED, tickets=(3,))
    world = World(seen=msgspec.structs.replace(SEEN, ref=MOVED))
    record = await world.settles(PostMortemMoved(record=there), key=post_mortem_key(THERE.id, 3))
    assert record is not None
    assert (record.issue, record.tickets, record.began_at) == (MOVED, (3,), RECORD.began_at)
    assert "begin" not in world.did
    assert world.told[0][0] == there, "it is not new"


async def test_an_issue_that_is_a_ticket_itself_is_its_tickets() -> None:
    world = World()
    world.tickets[3] = Ticket(id=3, issue=ISSUE)
    assert await world.settles(happened(), HELP) is None
    assert [(letter.address, letter.mail) for letter in world.letters] == [
        (ByKey(key="ticket:3"), happened()),
        (ByKey(key="ticket:3"), HELP),
    ]
    assert world.did == ["settled 2"]


async def test_a_ticket_without_a_post_mortem_is_told_that_it_is_part_of_this() -> None:
    world = World(msgspec.structs.replace(RECORD, tickets=(3, 4, 5)))
    world.tickets |= {3: Ticket(id=3), 4: Ticket(id=4, post_mortem=MOVED)}
    await world.settles(HELP)
    assert [letter.address for letter in world.letters if letter.sender == "post-mortem"] == [ByKey(key="ticket:3")]


async def test_what_followers_say_is_said_though_the_end_of_the_settle_could_not_be_saved() -> None:
    class Breaks(World):
        breaks = True

        async def finish(self, claim: Claim, **end: Any) -> None:
            if self.breaks:
                self.breaks = False
                raise StoreError("PostgreSQL failed: the connection is lost")
            await super().finish(claim, **end)

    world = Breaks(RECORD)
    with pytest.raises(StoreError):
        await world.settles(happened())
    await world.settles(happened())
    assert [letter.delivery_id for letter in world.letters], "the channel hears of it"
    assert world.timers, "and standup is waited for"
