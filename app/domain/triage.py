"""Triage: what the people on duty decided about a ticket, and whom it reached.

Rules: a ping has a person, a reason and a deadline; an acknowledgement ends the pings and itself expires; a silence has
an owner, a reason, and an end or a condition. All of them are kept in the ticket, so a settle sees them whole.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from app.domain.alerts import Impact
from app.domain.facts import Fact
from app.domain.issues import CommentRef

MOST_MENTIONS: Final = 25
"""So many people at most in one comment: the squad's file allows twenty for what is severe, and the tech lead comes to
them. GitHub notifies nobody when there are more than 50."""


class Why(StrEnum):
    """Why a person is pinged."""

    UNDECIDED = "undecided"
    """Nobody has decided the ticket's impact in time."""
    UNSURE = "unsure"
    """The impact is `unsure`: the procedure pings the tech lead."""
    SEVERE = "severe"
    """The impact is `severe`: everybody the procedure names, at once."""
    UNANSWERED = "unanswered"
    """The one who was pinged before did not answer in time, or could not be reached."""
    EXPIRED = "expired"
    """Somebody acknowledged the ticket, and nothing happened since."""
    STORM = "storm"
    """Many new errors came at once: one ping for all of them."""
    HANDOVER = "handover"
    """The duty is theirs from now on."""


class Ping(Fact, frozen=True, kw_only=True):
    """A mention that must reach a person."""

    who: str
    """A login or `organisation/team`, without @."""
    why: Why
    at: datetime
    since: datetime | None = None
    """What its time counts from: the ticket was opened, its impact decided, an acknowledgement expired. Pings that
    share it go up one ladder; None for those that go up none."""
    impact: Impact | None = None
    """The ticket's impact then; another one is another ladder."""
    stage: int = 0
    """How far up that ladder, from 0. Nobody is pinged twice on one stage."""
    answer_by: datetime | None = None
    """None where no answer is waited for."""
    comment: CommentRef | None = None
    proved: bool = False
    """GitHub's rendering of the comment held the mention."""


class ByRule(Fact, frozen=True, kw_only=True):
    """What a rule of the squad's file said of the impact."""

    impact: Impact
    rule: int
    """Its place in the file then, from 1."""
    source: str
    """The file's path."""
    when: str
    """What held, in words."""
    at: datetime
    stands: bool = True
    """For what was set: no person has decided on another impact since."""


class Acknowledgement(Fact, frozen=True, kw_only=True):
    """Somebody is on it, until it expires."""

    by: str
    at: datetime
    expires: datetime

    def is_of(self, since: datetime) -> bool:
        """Whether it was for what began then; GitHub tells in whole seconds when somebody commented."""
        return self.at >= since.replace(microsecond=0)


class Over(StrEnum):
    """How a silence came to its end."""

    TIME = "time"
    """Its end was reached."""
    OCCURRENCES = "occurrences"
    """It occurred so many times more."""
    USERS = "users"
    """So many users more were affected."""
    ESCALATING = "escalating"
    """The sender says that it happens more often than forecast, or that the condition set there is met."""
    SENDER = "sender"
    """It was brought back at the sender."""


class Silence(Fact, frozen=True, kw_only=True):
    """An agreement to hear no more of an error, until one of its conditions is met."""

    by: str
    reason: str
    at: datetime
    until: datetime | None = None
    occurrences: int | None = None
    """So many more occurrences end it."""
    users: int | None = None
    """So many more users end it."""
    escalating: bool = False
    """It ends when the sender says that the error escalates."""
    at_sender: bool = False
    """It was set at the sender, too."""
    counted_from: int = 0
    """The ticket's occurrences when it began."""
    users_from: int = 0
    """The users that the ticket counted when it began."""
