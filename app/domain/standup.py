"""What there is to talk of after standup: post-mortems whose action items were not discussed, and what is overdue."""

from __future__ import annotations

from datetime import date

from app.domain.facts import Fact
from app.domain.following_up import ActionItem, Post
from app.domain.issues import IssueRef


class Case(Fact, frozen=True, kw_only=True):
    """A post-mortem as reports tell of it."""

    post: Post
    title: str
    app: str = ""
    team: str = ""
    """Of the error."""


class Topic(Fact, frozen=True, kw_only=True):
    """A post-mortem whose action items were not discussed yet."""

    issue: IssueRef
    title: str
    items: int
    open: int
    overdue: int


class Overdue(Fact, frozen=True, kw_only=True):
    """An action item whose day has gone by."""

    issue: IssueRef
    item: ActionItem
    due: date


class Agenda(Fact, frozen=True, kw_only=True):
    """What the pair on duty brings up."""

    topics: tuple[Topic, ...] = ()
    overdue: tuple[Overdue, ...] = ()
    """The pair's own."""
