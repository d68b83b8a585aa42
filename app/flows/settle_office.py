"""Mailboxes that are no ticket's: a repository's, an installation's, the App's own, an issue's of unknown ticket.

| mailbox          | mail                                       | what is done                                      |
|------------------|--------------------------------------------|---------------------------------------------------|
| `repository:…`   | a push that touches the squad's files      | read them again; faults are shown on the commit;  |
|                  |                                            | the mailboxes of those who inherit are told       |
| `repository:…`   | a push that touches a manual               | the mailboxes of those who name it are told       |
| `repository:…`   | its files have aged, or what they inherit  | look the repository up and read them again;       |
|                  |                                            | meanwhile what was read last is in force          |
| `repository:…`   | it was renamed, archived; a label changed  | nothing: the next call finds that out             |
| `installation:…` | deleted, suspended …                       | said in the log                                   |
| `issue:…`        | anything, of an issue the App made         | kept until its ticket is recorded; after a day it |
|                  |                                            | is a dead letter                                  |
| `asked:…`        | `/prod-alert` on an issue that is no ticket| see `flows/promoting.py`                          |
| `office:prune`   | a day went by                              | settled mail that is old enough is forgotten      |
| `office:files`   | six hours went by, or the App was started  | the squad's files of the App's own repository are |
|                  |                                            | read, before the first ticket needs them          |
| `office:sweep`   | an hour went by, or the App was started;   | senders are asked for what never arrived          |
|                  | five minutes, where it is not through      |                                                   |

Rule: an office task that fails is tried again like any settle; each sets its next time in the commit that ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from app.domain.mail import ByKey, InstallationChanged, Letter, Mail, SquadFilesAged, SquadFilesPushed, TimerFell
from app.domain.mailboxes import Claim, Kind, Pending, Timer, kind_of, office_key
from app.flows import logged
from app.flows.promoting import Promoting
from app.flows.squad_files import CODEOWNERS, PRODOWNERS, SQUAD_FILE, SquadFiles

PRUNE: Final = office_key("prune")
SWEEP: Final = office_key("sweep")
FILES: Final = office_key("files")
_EVERY: Final = {PRUNE: timedelta(days=1), SWEEP: timedelta(hours=1), FILES: timedelta(hours=6)}
_SWEEPS_ON: Final = timedelta(minutes=5)
_AGAIN: Final = "again"
_UNKNOWN_KEPT: Final = timedelta(days=1)
_LOOK_AGAIN: Final = timedelta(minutes=2)
_MOST: Final = 1_000
_log: Final = structlog.get_logger("office")


class Desk(Protocol):
    """The mailroom, as the office needs it."""

    async def pending(self, claim: Claim, *, after: int, limit: int) -> tuple[Pending, ...]: ...
    async def prune(self, before: datetime) -> int: ...
    async def finish(
        self,
        claim: Claim,
        *,
        through: int,
        now: datetime,
        timers: tuple[Timer, ...] = (),
        letters: tuple[Letter, ...] = (),
    ) -> None: ...
    async def bury(self, claim: Claim, *, seq: int, reason: str, now: datetime) -> None: ...
    async def retry(self, claim: Claim, *, not_before: datetime, error: str, counts: bool = True) -> None: ...


class Sweep(Protocol):
    """Asks the senders for what never arrived."""

    async def __call__(self) -> bool: ...


class SettleOffice:
    """See the module's table."""

    def __init__(
        self,
        desk: Desk,
        squad_files: SquadFiles,
        sweep: Sweep,
        promoting: Promoting,
        *,
        keep: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._promoting = promoting
        self._desk = desk
        self._squad_files = squad_files
        self._sweep = sweep
        self._keep = keep
        self._now = now

    async def settle(self, claim: Claim) -> datetime | None:
        """Settle what is pending; until when it waits, where it has to. Raises what the systems raise."""
        letters = await self._desk.pending(claim, after=0, limit=_MOST)
        logged.took(letters)
        if not letters:
            await self._desk.finish(claim, through=0, now=self._now())
            return None
        kind = kind_of(claim.key)
        if kind is Kind.ISSUE:
            return await self._unknown_issue(claim, letters)
        if kind is Kind.ASKED:
            posted = await self._promoting.letters_for(claim, letters)
            await self._desk.finish(claim, through=letters[-1].seq, now=self._now(), letters=posted)
            return None
        timers: tuple[Timer, ...] = ()
        if claim.key in _EVERY:
            pause = await self._office(claim.key)
            timers = (Timer(name=_AGAIN, due=self._now() + pause),)
        else:
            for letter in letters:
                self._note(letter.mail)
            await self._read_again([letter.mail for letter in letters])
        await self._desk.finish(claim, through=letters[-1].seq, now=self._now(), timers=timers)
        return None

    async def _unknown_issue(self, claim: Claim, letters: tuple[Pending, ...]) -> datetime | None:
        now = self._now()
        if now < letters[0].received_at + _UNKNOWN_KEPT:
            await self._desk.retry(claim, not_before=now + _LOOK_AGAIN, error="", counts=False)
            return now + _LOOK_AGAIN
        for letter in letters:
            reason = "It is about an issue that the App made and has no ticket for: its database may have been lost."
            await self._desk.bury(claim, seq=letter.seq, reason=reason, now=now)
        await self._desk.finish(claim, through=letters[-1].seq, now=now)
        return None

    async def _office(self, key: str) -> timedelta:
        """Do the task; how long it rests then."""
        if key == SWEEP:
            return _SWEEPS_ON if await self._sweep() else _EVERY[key]
        if key == FILES:
            await self._squad_files.refresh_home()
        else:
            _log.info("pruned", letters=await self._desk.prune(self._now() - self._keep))
        return _EVERY[key]

    def _note(self, mail: Mail) -> None:
        if isinstance(mail, InstallationChanged):
            _log.warning("an installation changed", action=mail.action, account=mail.account, id=mail.installation)

    async def _read_again(self, mail: list[Mail]) -> None:
        """Of several pushes the last one counts; what has aged is read with it."""
        pushes = [item for item in mail if isinstance(item, SquadFilesPushed)]
        touched = {path for push in pushes for path in push.paths}
        if pushes:
            await self._squad_files.manuals_pushed(touched, pushes[-1].commit)
        if not touched.isdisjoint({SQUAD_FILE, PRODOWNERS, *CODEOWNERS}):
            await self._squad_files.refresh(pushes[-1].repository, pushes[-1].commit)
            return
        for aged in [item for item in mail if isinstance(item, SquadFilesAged)][-1:]:
            await self._squad_files.renew(aged.repository)


def opening_letters(now: datetime) -> tuple[Letter, ...]:
    """What the App tells itself when it starts: its office tasks fall due, once a start."""
    return tuple(
        Letter(
            sender="office",
            delivery_id=f"{key}:{now.isoformat()}",
            address=ByKey(key=key),
            mail=TimerFell(name="start", due=now),
            received_at=now,
        )
        for key in _EVERY
    )
