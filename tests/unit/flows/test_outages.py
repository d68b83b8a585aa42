"""Outages: which tickets are part of one, of which repositories the changes are read, and how far that goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from app.domain.alerts import Alert, Sender
from app.domain.errors import LaterError
from app.domain.issues import IssueRef, Repository
from app.domain.squad import App, Squad
from app.domain.storms import Beside, InStorm, Member, Storm, Wave
from app.domain.surroundings import Change, ChangeKind, ChangesSeen, Gap, Source
from app.domain.tickets import Closing, Counters, Duplicate, Ticket
from app.flows.outages import MOST_ALSO, MOST_TICKETS, Outages
from app.flows.squad_files import SquadFiles

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
BEGAN = NOW - timedelta(hours=1)
SHOP = Repository(id=1, name="acme/shop", installation=9)
READER = Repository(id=2, name="acme/reader", installation=9)
SQUAD = Squad.model_validate(
    {
        "apps": [{"name": "Reader", "repository": "acme/reader", "projects": ["reader"]}],
        "redaction": [{"name": "file number", "pattern": "C[0-9]{8}"}],
    }
)


def issue(number: int, repository: Repository = SHOP) -> IssueRef:
    return IssueRef(repository=repository, number=number, id=number, node_id=f"I_{number}")


def ticket(number: int, **more: object) -> Ticket:
    made = Ticket(id=number, issue=issue(number), counters=Counters(first_seen=BEGAN), opened_at=BEGAN)
    return msgspec.structs.replace(made, **more)


def storm(*members: int, own: tuple[int, ...] = (), before: tuple[int, ...] = ()) -> Storm:
    return Storm(
        fingerprint="v1:storm",
        wave=1,
        began_at=BEGAN,
        newest_at=BEGAN,
        within=timedelta(minutes=5),
        most=2,
        members=tuple(Member(ticket=it, headline="x", at=BEGAN, occurrences=1) for it in members),
        own=tuple(Beside(ticket=it) for it in own),
        before=tuple(Beside(ticket=it) for it in before),
    )


class House:
    """The ledger, GitHub and the squad's files, as `Outages` needs them."""

    def __init__(self, *tickets: Ticket, kin: tuple[int, ...] = (), seen: ChangesSeen | None = None) -> None:
        self.tickets = {each.id: each for each in tickets}
        self.kindred = kin
        self.seen = seen or ChangesSeen()
        self.read: list[tuple[str, datetime, datetime, timedelta, tuple[str, ...]]] = []

    async def look(self, ticket_id: int) -> Ticket | None:
        return self.tickets.get(ticket_id)

    async def ticket_at(self, repository_id: int, number: int) -> int | None:
        return number if number in self.tickets else None

    async def kin(self, ticket_id: int, limit: int) -> tuple[int, ...]:
        return self.kindred[:limit]

    async def opened_between(self, since: datetime, until: datetime, limit: int) -> tuple[int, ...]:
        opened = (each for each in self.tickets.values() if each.opened_at is not None)
        return tuple(each.id for each in opened if since <= (each.opened_at or since) <= until)[:limit]

    async def around(
        self,
        repository: Repository,
        began: datetime,
        ended: datetime,
        look_back: timedelta,
        environments: Sequence[str],
    ) -> ChangesSeen:
        self.read.append((repository.name, began, ended, look_back, tuple(environments)))
        return self.seen


class Files(SquadFiles):
    """Knows two repositories; a third can't be looked up just now."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def find(self, name: str) -> Repository | None:
        self.asked.append(name)
        if name == "acme/slow":
            raise LaterError("GitHub is down.")
        return {"acme/shop": SHOP, "acme/reader": READER}.get(name)


def outages(house: House, files: Files | None = None) -> Outages:
    return Outages(house, house, files or Files(), now=lambda: NOW)


async def involved(house: House, asked: Ticket, *named: Ticket) -> list[int]:
    others, _ = await outages(house).around(asked, named, SQUAD)
    return [each.id for each in others]


DUPLICATES = (Duplicate(ticket=2, issue=issue(2)),)
CAME_WITH = InStorm(
    storm="v1:storm",
    wave=Wave(id=1, began_at=BEGAN),
    at=BEGAN,
    within=timedelta(minutes=5),
    most=2,
    left=True,
    parent=issue(8),
)


@pytest.mark.parametrize(
    ("asked", "others", "expected"),
    [
        pytest.param(ticket(1), (ticket(2),), [], id="alone, whatever else there is"),
        pytest.param(ticket(1, duplicates=DUPLICATES), (ticket(2),), [2], id="its duplicates"),
        pytest.param(
            ticket(1, duplicates=DUPLICATES),
            (ticket(2, duplicates=(Duplicate(ticket=3, issue=issue(3)),)), ticket(3)),
            [2, 3],
            id="and theirs",
        ),
        pytest.param(ticket(1, duplicates=DUPLICATES), (), [], id="that the ledger does not know any more"),
        pytest.param(
            ticket(1, storm=storm(4, own=(3,), before=(2,))),
            (ticket(2), ticket(3), ticket(4, issue=None, opened_at=None)),
            [2, 3, 4],
            id="a storm's errors",
        ),
        pytest.param(
            ticket(1, in_storm=CAME_WITH),
            (ticket(8, storm=storm(2, own=(1,))), ticket(2)),
            [8, 2],
            id="the storm that it came with, and the others",
        ),
        pytest.param(
            ticket(1, in_storm=msgspec.structs.replace(CAME_WITH, parent=None)), (ticket(8),), [], id="one unknown"
        ),
    ],
)
async def test_which_tickets_are_part_of_it(asked: Ticket, others: tuple[Ticket, ...], expected: list[int]) -> None:
    assert await involved(House(asked, *others), asked) == expected


async def test_what_reads_the_same_is_part_of_it_where_it_came_at_that_time() -> None:
    then, long_ago, unopened = ticket(2), ticket(3, opened_at=BEGAN - timedelta(days=3)), ticket(4, opened_at=None)
    house = House(ticket(1), then, long_ago, unopened, kin=(4, 3, 2))
    assert await involved(house, ticket(1)) == [2]


async def test_those_that_were_named_come_first() -> None:
    asked, named = ticket(1, duplicates=DUPLICATES), ticket(7)
    assert await involved(House(asked, ticket(2), named), asked, named) == [7, 2]


async def test_of_a_great_storm_so_many_are_looked_up_and_the_rest_is_counted() -> None:
    members = range(2, 102)
    asked = ticket(1, storm=storm(*members))
    house = House(asked, *(ticket(number, issue=None) for number in members))
    others, around = await outages(house).around(asked, (), SQUAD)
    assert (len(others), around.left_out) == (MOST_TICKETS - 1, 100 - MOST_TICKETS + 1)


async def test_other_tickets_of_the_time_are_named_up_to_a_number() -> None:
    quiet, noissue = ticket(50, quiet=True), ticket(51, issue=None)
    house = House(*(ticket(number) for number in range(1, 16)), quiet, noissue)
    _, around = await outages(house).around(ticket(1), (), SQUAD)
    assert [each.id for each in around.also] == list(range(2, 2 + MOST_ALSO))
    assert around.more == 4


async def test_the_repositories_of_the_apps_are_read_each_once() -> None:
    alert = Alert(sender=Sender.SENTRY, title="x", occurred_at=BEGAN, project="reader")
    asked, other = ticket(1, first=alert, closing=Closing(at=NOW - timedelta(minutes=5))), ticket(2)
    house = House(asked, other)
    await outages(house).around(asked, (other,), SQUAD)
    assert [name for name, *_ in house.read] == ["acme/reader", "acme/shop"]
    assert house.read[0][1:] == (BEGAN, NOW, timedelta(hours=2), ())


@pytest.mark.parametrize("name", ["acme/gone", "acme/slow"])
async def test_where_the_app_is_not_installed_the_tickets_own_is_read(name: str) -> None:
    alert = Alert(sender=Sender.SENTRY, title="x", occurred_at=BEGAN, project="reader")
    squad = Squad(apps=(App(name="Reader", repository=name, projects=("reader",)),))
    house, files = House(), Files()
    others = (ticket(2, first=alert), ticket(3, first=alert))
    await outages(house, files).around(ticket(1, first=alert), others, squad)
    assert [read for read, *_ in house.read] == ["acme/shop"]
    assert files.asked == [name], "it is asked for once, however many tickets there are"


async def test_what_came_days_later_is_not_named() -> None:
    old = BEGAN - timedelta(days=9)
    asked = ticket(1, counters=Counters(first_seen=old), opened_at=old)
    _, around = await outages(House(asked, ticket(2))).around(asked, (), SQUAD)
    assert around.also == ()


async def test_of_many_repositories_three_are_read() -> None:
    others = tuple(
        ticket(number, issue=issue(number, Repository(id=number, name=f"acme/r{number}", installation=9)))
        for number in range(2, 9)
    )
    house = House(ticket(1), *others)
    _, around = await outages(house).around(ticket(1), others, SQUAD)
    assert (len(house.read), around.unasked) == (3, 5)


async def test_titles_are_redacted_by_the_squads_own_rules_too() -> None:
    change = Change(
        at=BEGAN, kind=ChangeKind.MERGED, repository="acme/shop", title="Unlock C12345678 of jo@example.org"
    )
    seen = ChangesSeen(changes=(change,), unread=(Source.DEPLOYMENTS,))
    _, around = await outages(House(ticket(1), seen=seen)).around(ticket(1), (), SQUAD)
    (told,) = around.changes
    assert told.title == "Unlock [file number removed] of [e-mail removed]"
    assert around.gaps == (Gap(repository="acme/shop", unread=(Source.DEPLOYMENTS,)),)
