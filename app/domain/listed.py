"""What GitHub's lists tell of an issue: all that a scheduled job knows, for it can't see the App's database.

Rule: only what people did is kept of what was done; whoever GitHub calls a bot moves no clock. A person who has deleted
their account stays a person.
"""

from __future__ import annotations

from datetime import datetime

from app.domain.facts import Fact
from app.domain.issues import CommentRef, IssueRef


class Remark(Fact, frozen=True, kw_only=True):
    """A bot's comment, to the letter: its hidden marker says whose it is."""

    ref: CommentRef
    at: datetime
    text: str


class Listed(Fact, frozen=True, kw_only=True):
    """An issue as a list shows it. Texts are to the letter: never store one."""

    ref: IssueRef
    title: str
    body: str
    author: str
    author_is_bot: bool
    opened_at: datetime
    open: bool = True
    closed_at: datetime | None = None
    reason: str = ""
    """How it was closed: `completed`, `not_planned`, `duplicate`."""
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    milestone: str = ""
    locked: bool = False
    people_at: datetime | None = None
    """When a person last did something to it, as far as the list reaches back; None where none was a person's."""
    commented_at: datetime | None = None
    """When a person last commented, as far as the list reaches back."""
    said_at: datetime | None = None
    """When a person last said something in a comment that is not commands alone, as far as the list reaches back."""
    edited_at: datetime | None = None
    """When a person edited the body last; None where that was a bot."""
    commenters: tuple[str, ...] = ()
    """The logins of the people who commented, as far as the list reaches back, each once."""
    remarks: tuple[Remark, ...] = ()
    """Bots' latest comments, oldest first."""
    goes_back: bool = True
    """Whether `remarks` and `commenters` go back to the first comment."""
    participants: int = 0
    """People who take part, as GitHub counts them: who wrote, is assigned or was mentioned."""

    def has(self, *labels: str) -> bool:
        """Whether it carries one of the labels, whatever their case."""
        mine = {name.casefold() for name in self.labels}
        return any(label.casefold() in mine for label in labels)


class Talk(Fact, frozen=True, kw_only=True):
    """What was said on an issue lately, and what a word of people's is measured by."""

    remarks: tuple[Remark, ...] = ()
    """Bots' latest comments, oldest first."""
    commenters: tuple[str, ...] = ()
    """As `Listed.commenters`."""
    closed_at: datetime | None = None
    """None: it is open."""
    said_at: datetime | None = None
    """As `Listed.said_at`."""
    edited_at: datetime | None = None
    """As `Listed.edited_at`."""


class Page(Fact, frozen=True, kw_only=True):
    """A part of a list."""

    issues: tuple[Listed, ...]
    after: str | None = None
    """What the next part is asked for by; None: this was the last one."""
