"""Passing on: mail that came to a ticket and is for another mailbox goes there, in the commit of the settle.

| what came                                                 | goes to                                             |
|-----------------------------------------------------------|-----------------------------------------------------|
| to a duplicate: see `decisions/merging.py`                | the ticket that it is a duplicate of                |
| about the ticket's post-mortem, where its labels do not   | the post-mortem's mailbox                           |
| tell the door so: without its own, or with the tickets'   |                                                     |
| `/prod-alert` on a report that was closed as a duplicate  | the issue's own mailbox: see `flows/promoting.py`   |

Rule: at most a page of letters in one settle, so that no commit grows with a storm; the rest is due at once. Their
order and their times stay; a letter's id follows from its place in this mailbox, so it arrives once.
"""

from __future__ import annotations

from typing import Final

from app.decisions.commands import prod_alert
from app.decisions.merging import SENDER, passed_on, post
from app.decisions.moving import is_post_mortem
from app.domain.issues import IssueSeen
from app.domain.mail import ByKey, Commented, IssueChanged, Letter
from app.domain.mailboxes import URGENT, Claim, Pending, asked_key, post_mortem_key
from app.domain.tickets import Ticket

PAGE: Final = 200
"""Letters passed on in one settle."""


class Passing:
    """What one settle passes on."""

    def __init__(self, claim: Claim) -> None:
        self._urgent = claim.urgent
        self.letters: list[Letter] = []

    @property
    def is_full(self) -> bool:
        """No more in this settle."""
        return len(self.letters) >= PAGE

    def takes(self, ticket: Ticket, letter: Pending) -> bool:
        """Whether the letter is passed on, as the ticket is at this moment."""
        passed = self._of_post_mortem(ticket, letter) or self._insisting(ticket, letter) or self._merged(ticket, letter)
        if passed is not None:
            self.letters.append(passed)
        return passed is not None

    def _merged(self, ticket: Ticket, letter: Pending) -> Letter | None:
        mail = passed_on(letter.mail, ticket) if ticket.merged_into else None
        if mail is None:
            return None
        name = f"passed.{letter.seq}"
        return post(ticket.id, ticket.merged_into, name, mail, letter.received_at, urgent=self._urgent).letter

    def _of_post_mortem(self, ticket: Ticket, letter: Pending) -> Letter | None:
        mail = letter.mail
        match mail:
            case IssueChanged(issue=IssueSeen(ref=ref)) | Commented(issue=ref, commands=(_, *_)):
                about = ref
            case _:
                return None
        if not is_post_mortem(ticket, about):
            return None
        return Letter(
            sender=SENDER,
            delivery_id=f"{ticket.id}:post-mortem.{letter.seq}",
            address=ByKey(key=post_mortem_key(about.repository.id, about.number)),
            mail=mail,
            received_at=letter.received_at,
            prompt=True,
        )

    def _insisting(self, ticket: Ticket, letter: Pending) -> Letter | None:
        said = letter.mail
        if not isinstance(said, Commented) or said.promoted or ticket.issue is None:
            return None
        if said.issue.id == ticket.issue.id or all(line.name != prod_alert.SPEC.name for line in said.commands):
            return None
        return Letter(
            sender=SENDER,
            delivery_id=f"{ticket.id}:asked.{letter.seq}",
            address=ByKey(key=asked_key(said.issue.repository.id, said.issue.number)),
            mail=said,
            received_at=letter.received_at,
            prompt=True,
            priority=URGENT if self._urgent else 0,
        )
