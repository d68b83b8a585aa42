"""The store that a test's processes share: what they remember, and what they ask of the office."""

from __future__ import annotations

from datetime import datetime

from app.domain.mail import Letter, SquadFilesAged
from app.domain.mailboxes import Fate, Receipt
from app.flows.squad_files import SquadFiles


class Store:
    """See the module's line."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.letters: dict[str, Letter] = {}
        self.received = 0
        self._settled: set[str] = set()

    async def recall(self, name: str) -> bytes | None:
        return self.kept.get(name)

    async def remember(self, name: str, value: bytes, now: datetime) -> None:
        self.kept[name] = value

    async def exchange(self, name: str, known: bytes | None, value: bytes, now: datetime) -> bool:
        if self.kept.get(name) != known:
            return False
        self.kept[name] = value
        return True

    async def receive(self, letter: Letter) -> Receipt:
        self.received += 1
        if letter.delivery_id in self.letters:
            return Receipt(fate=Fate.REPEATED)
        self.letters[letter.delivery_id] = letter
        return Receipt(fate=Fate.SAVED)

    def asked(self) -> list[str]:
        """The repositories that wait for the office, one for each letter."""
        waiting = [letter.mail for name, letter in self.letters.items() if name not in self._settled]
        return [mail.repository.name for mail in waiting if isinstance(mail, SquadFilesAged)]

    async def settle(self, process: SquadFiles) -> None:
        """A process's office settles what waits."""
        for name, letter in [*self.letters.items()]:
            if name not in self._settled and isinstance(letter.mail, SquadFilesAged):
                await process.renew(letter.mail.repository)
                self._settled.add(name)
