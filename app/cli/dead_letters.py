"""`python -m app dead-letters`: what could not be understood or settled: listed, replayed, dropped. And how the App is.

Rules: these attach to the database beside a running App, and need nothing else of its settings; but to replay a letter
is to read it as the App does, with all of them. A replayed letter takes the way it would have taken; if it can't be
understood today either, it stays a dead letter.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable

from app import settings, stores, wiring
from app.cli.commands import Command, counted
from app.domain.errors import PayloadError, UserError
from app.domain.mailboxes import DeadLetter
from app.intake.reading import Ignored
from app.mailroom.port import Mailroom
from app.wiring import House

_MOST = 1_000


def _add(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(metavar="list | show | replay | drop", required=True)
    listing = what.add_parser("list", help="the oldest first")
    listing.set_defaults(act=_list, ids=[])
    for name, act, help_ in (
        ("show", _show, "the whole letter, redacted"),
        ("replay", _replay, "try again, after an upgrade or when its cause is mended"),
        ("drop", _drop, "forget it for good"),
    ):
        own = what.add_parser(name, help=help_)
        own.add_argument("ids", metavar="ID", type=int, nargs="+" if act is not _replay else "*")
        if act is _replay:
            own.add_argument("--all", action="store_true", help="all there are")
        own.set_defaults(act=act)


def _run(chosen: argparse.Namespace) -> None:
    chosen.act(chosen)


def _at_the_store(act: Callable[[Mailroom], Awaitable[None]]) -> None:
    chosen = settings.read_store()
    wiring.log_to("people", chosen.log_level)

    async def attached() -> None:
        async with stores.of(chosen, wiring.clock, attach=True) as (mailroom, _):
            await act(mailroom)

    asyncio.run(attached())


def _list(_: argparse.Namespace) -> None:
    _at_the_store(_listed)


async def _listed(mailroom: Mailroom) -> None:
    dead = await mailroom.dead_letters(_MOST)
    for letter in dead:
        print(f"{letter.id:6}  {letter.received_at:%Y-%m-%d %H:%M}  {letter.sender} {letter.kind}  {letter.reason}")
    total = (await mailroom.standing()).dead
    print(f"{counted(total, 'dead letter')}{f'; the oldest {_MOST:,} are shown' if total > _MOST else ''}.")


def _show(chosen: argparse.Namespace) -> None:
    async def shown(mailroom: Mailroom) -> None:
        for letter in await _named(mailroom, chosen.ids):
            print(f"{letter.id}: {letter.sender} {letter.kind}, delivery {letter.delivery_id}\n{letter.reason}")
            text = letter.payload.decode(errors="replace")
            print(
                "".join(sign if sign.isprintable() or sign in "\n\t" else "\N{REPLACEMENT CHARACTER}" for sign in text)
            )

    _at_the_store(shown)


def _replay(chosen: argparse.Namespace) -> None:
    configured = settings.read()
    wiring.log_to("people", configured.log_level)

    async def attached() -> None:
        async with wiring.house(configured, attach=True) as house:
            await house.squad_files.recall_home()
            await _replay_in(house, chosen)

    asyncio.run(attached())


async def _replay_in(house: House, chosen: argparse.Namespace) -> None:
    if not chosen.ids and not chosen.all:
        raise UserError("Name the dead letters to replay, or say --all. `python -m app dead-letters list` shows them.")
    failed = tried = 0
    for letter in await house.mailroom.dead_letters(_MOST) if chosen.all else await _named(house.mailroom, chosen.ids):
        tried += 1
        try:
            print(f"{letter.id}: {await _replayed(house, letter)}")
        except PayloadError as error:
            failed += 1
            print(f"{letter.id}: still a dead letter: {error}")
    if chosen.all and tried == _MOST:
        print(f"These were the oldest {_MOST:,}; do it again for what may be left.")
    if failed:
        raise UserError(f"{failed} could not be replayed. An upgrade may understand them; `drop` forgets them.")


async def _replayed(house: House, letter: DeadLetter) -> str:
    if letter.kind == "mail":
        await house.mailroom.revive(letter.id)
        return "it waits in its mailbox again"
    if letter.sender == "slack":
        read = house.slack_door.read(letter.payload, letter.received_at)
    else:
        read = house.doors.read(letter.sender, letter.kind, letter.delivery_id, letter.payload, letter.received_at)
    said = read.why if isinstance(read, Ignored) else (await house.mailroom.receive(read)).fate.value
    await house.mailroom.drop(letter.id)
    return said


def _drop(chosen: argparse.Namespace) -> None:
    async def dropped(mailroom: Mailroom) -> None:
        for letter in await _named(mailroom, chosen.ids):
            await mailroom.drop(letter.id)
            print(f"{letter.id}: dropped")

    _at_the_store(dropped)


async def _named(mailroom: Mailroom, ids: list[int]) -> list[DeadLetter]:
    known = {letter.id: letter for letter in await mailroom.dead_letters(_MOST)}
    missing = [str(id_) for id_ in ids if id_ not in known]
    if missing:
        raise UserError(f"There is no dead letter {', '.join(missing)}. `python -m app dead-letters list` shows them.")
    return [known[id_] for id_ in ids]


def _stand(_: argparse.Namespace) -> None:
    async def shown(mailroom: Mailroom) -> None:
        standing = await mailroom.standing()
        oldest = f", the oldest since {standing.oldest:%Y-%m-%d %H:%M:%S} UTC" if standing.oldest else ""
        waiting = f"{counted(standing.pending, 'letter')} waiting{oldest}"
        print(f"{counted(standing.tickets, 'ticket')}; {waiting}; {standing.claimed} being settled.")
        for key, error in standing.failing:
            print(f"  {key}: {error}")
        print(f"{counted(standing.dead, 'dead letter')}.")
        print(f"{counted(standing.support, 'support ticket')} that nobody has found relevant.")

    _at_the_store(shown)


COMMAND = Command(
    name="dead-letters", help="List, show, replay or drop what could not be understood.", add=_add, run=_run
)
STANDING = Command(name="standing", help="How many letters wait, and what fails.", add=lambda _: None, run=_stand)
