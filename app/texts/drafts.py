"""What is sent to GitHub and what comes back of it, with every text rendered.

Rule: a body is `Markdown`, which only the neutraliser makes; so nothing that came from production can get into one raw.
"""

from __future__ import annotations

from app.domain.facts import Fact
from app.domain.issues import CommentRef, IssueRef
from app.texts.markdown import Markdown


class LabelStyle(Fact, frozen=True, kw_only=True):
    """A label as the App wants it to be: its colour (six hex digits) and description are set once."""

    name: str
    color: str
    description: str
    former: str = ""
    """The colour that earlier versions of the App gave it."""


class Draft(Fact, frozen=True, kw_only=True):
    """A new issue, made in one call."""

    title: str
    """Plain text, at most 256 characters: GitHub renders no markup in titles, but it links no mentions either."""
    body: Markdown
    labels: tuple[LabelStyle, ...] = ()
    assignees: tuple[str, ...] = ()


class Change(Fact, frozen=True, kw_only=True):
    """The full new state of what is named; what is None stays. One PATCH, which may be repeated."""

    title: str | None = None
    """Plain text, at most 256 characters."""
    body: Markdown | None = None
    labels: tuple[LabelStyle, ...] | None = None
    """All of them, also those that people put on: what is not named is taken off."""
    assignees: tuple[str, ...] | None = None
    open: bool | None = None
    reason: str | None = None
    """With `open=False`: `completed`, `not_planned` or `duplicate`."""
    duplicate_of: IssueRef | None = None


class Said(Fact, frozen=True, kw_only=True):
    """What a call that writes a comment, and the body with it, found and made."""

    comment: CommentRef
    body_before: str
    """The issue's body as it stood just before, to the letter (not redacted: never store it)."""
    html: str = ""
    """The comment as GitHub renders it: it proves whom it mentions."""
