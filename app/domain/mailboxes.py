"""Mailboxes: what becomes of a letter, and what is known of its mailbox while it is settled.

Rule: whoever settles a mailbox holds a claim on it, and shows it with everything that is written.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from app.domain.facts import Fact
from app.domain.mail import Mail

URGENT: Final = 10
"""A mailbox of at least this priority is claimed ahead of all routine ones, and passes where they are held."""


class Kind(StrEnum):
    """What a mailbox is for: how its key begins. The values are saved, and PostgreSQL's functions name some."""

    TICKET = "ticket"
    POST_MORTEM = "post-mortem"
    """Known by its issue: it may have no ticket, or several."""
    SLACK = "slack"
    """A message in the squad's channel: a ticket's, or a post-mortem's."""
    ISSUE = "issue"
    """Of an issue that the App made and whose ticket is not known yet."""
    ASKED = "asked"
    """Of an issue that is no ticket, and shall become one."""
    REPOSITORY = "repository"
    INSTALLATION = "installation"
    OFFICE = "office"
    """A task that the App sets itself."""


def kind_of(key: str) -> Kind | None:
    """What the mailbox is for; None for one of no kind that this version knows."""
    begins = key.partition(":")[0]
    return Kind(begins) if begins in _KINDS else None


_KINDS: Final = frozenset(Kind)


def ticket_key(ticket: int) -> str:
    """The mailbox of a ticket."""
    return f"{Kind.TICKET}:{ticket}"


def ticket_of(key: str) -> int | None:
    """The ticket whose mailbox this is; None for another kind of mailbox."""
    return int(key.partition(":")[2]) if kind_of(key) is Kind.TICKET else None


def post_mortem_key(repository_id: int, number: int) -> str:
    """The mailbox of a post-mortem."""
    return f"{Kind.POST_MORTEM}:{repository_id}:{number}"


def announcement_key(ticket: int) -> str:
    """The mailbox of a ticket's message in the squad's channel."""
    return f"{Kind.SLACK}:{ticket}"


def post_mortem_announcement_key(post_mortem: str) -> str:
    """The mailbox of a post-mortem's message there, by the post-mortem's own mailbox."""
    return f"{Kind.SLACK}:{post_mortem}"


def issue_key(repository_id: int, number: int) -> str:
    """The mailbox of an issue that the App made and whose ticket is not known yet."""
    return f"{Kind.ISSUE}:{repository_id}:{number}"


def asked_key(repository_id: int, number: int) -> str:
    """The mailbox of an issue that shall become a ticket."""
    return f"{Kind.ASKED}:{repository_id}:{number}"


def repository_key(repository_id: int) -> str:
    """The mailbox of what happens to a repository."""
    return f"{Kind.REPOSITORY}:{repository_id}"


def installation_key(installation: int) -> str:
    """The mailbox of what happens to an installation."""
    return f"{Kind.INSTALLATION}:{installation}"


def office_key(task: str) -> str:
    """The mailbox of a task of the App's own."""
    return f"{Kind.OFFICE}:{task}"


class Fate(StrEnum):
    """What became of a letter."""

    SAVED = "saved"
    REPEATED = "repeated"
    """This sender's delivery id was saved before; nothing was done."""
    SAME_EVENT = "same-event"
    """Saved, but its event had been reported by another delivery: not counted."""
    NOT_OURS = "not-ours"
    """About an issue that is no ticket, and not to become one; not saved."""


class Receipt(Fact, frozen=True, kw_only=True):
    """The door's proof of saving. `key` is the mailbox's."""

    fate: Fate
    key: str = ""


class DeadLetter(Fact, frozen=True, kw_only=True):
    """Mail that could not be understood or settled, kept until an operator replays or drops it."""

    id: int
    sender: str
    delivery_id: str
    kind: str
    """The sender's name for the event; `mail` for what was understood but could not be settled."""
    received_at: datetime
    reason: str
    payload: bytes
    """Redacted: the body as text, or the mail as JSON."""


class Standing(Fact, frozen=True, kw_only=True):
    """The mailroom at a glance, for health and the operator."""

    pending: int
    oldest: datetime | None
    """Since when the letter that could have been settled first waits; None where none could be now.

    A letter whose settle gave its mailbox back without a fault, until a time of its own choice, waits on purpose until
    then. What failed, or is held back by its installation's budget, waits since it arrived.
    """
    claimed: int
    failing: tuple[tuple[str, str], ...]
    """Mailboxes whose last settle failed, with the error; at most twenty."""
    dead: int
    tickets: int
    support: int = 0
    """Support tickets that are open and quiet."""


class Claim(Fact, frozen=True, kw_only=True):
    """The right to settle one mailbox. `attempt` counts from 1 and starts again after progress."""

    key: str
    generation: int
    attempt: int
    priority: int = 0

    @property
    def urgent(self) -> bool:
        """Somebody's bad day: it goes ahead of routine work."""
        return self.priority >= URGENT


class Pending(Fact, frozen=True, kw_only=True):
    """One piece of mail that is not settled yet."""

    seq: int
    mail: Mail
    received_at: datetime
    delivery_id: str = ""
    """By which the log follows it from the door on."""


class Operation(Fact, frozen=True, kw_only=True):
    """A creating call: committed as sent before it is made, as done after."""

    id: str
    sent_at: datetime
    result: bytes | None = None
    """JSON of what was made; None while it is in doubt."""


class Timer(Fact, frozen=True, kw_only=True):
    """A mailbox's wish to be woken: mail `TimerFell(name)` arrives at `due`. Set again, it moves."""

    name: str
    due: datetime
    urgent: bool = False
    """It wakes the mailbox ahead of all routine ones."""


class StaleClaimError(Exception):
    """The claim is over: somebody else settles this mailbox now. Nothing was written."""
