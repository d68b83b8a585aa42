"""What the lookalike remembers, in memory: users, schedules whose users take turns, and escalation policies.

Times are aware datetimes in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


class RefusedError(Exception):
    """PagerDuty says no: the answer's status, its code and its message."""

    def __init__(self, status: int, code: int, message: str, *errors: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "code": code, "errors": list(errors)}}


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One person on call, for a while or for good."""

    user: User
    start: datetime | None = None
    end: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        return (self.start is None or self.start <= moment) and (self.end is None or moment < self.end)


@dataclass(slots=True, kw_only=True)
class Schedule:
    id: str
    name: str
    users: tuple[User, ...]
    starts: datetime
    turn: timedelta
    overrides: list[Shift] = field(default_factory=list)

    def at(self, moment: datetime) -> Shift | None:
        """Whose shift it is; of two overrides the later one's. Nobody's before the first turn."""
        for shift in reversed(self.overrides):
            if shift.holds(moment):
                return shift
        turn = (moment - self.starts) // self.turn
        if turn < 0:
            return None
        start = self.starts + turn * self.turn
        return Shift(user=self.users[turn % len(self.users)], start=start, end=start + self.turn)


@dataclass(slots=True, kw_only=True)
class Policy:
    id: str
    name: str
    levels: list[list[User | Schedule]] = field(default_factory=list)


class World:
    """What the account holds, and the acts that change it."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.users: dict[str, User] = {}
        self.schedules: dict[str, Schedule] = {}
        self.policies: dict[str, Policy] = {}

    def now(self) -> datetime:
        return self._clock().astimezone(UTC)

    def add_user(self, name: str, email: str) -> User:
        user = User(id=f"PUSER{len(self.users) + 1:02}", name=name, email=email)
        self.users[email] = user
        return user

    def add_schedule(self, name: str, emails: Sequence[str], *, starts: datetime, days: float = 7) -> Schedule:
        """These users take turns of so many days, from `starts` on."""
        users = tuple(self.users[email] for email in emails)
        schedule = Schedule(
            id=f"PSCHED{len(self.schedules) + 1:02}", name=name, users=users, starts=starts, turn=timedelta(days=days)
        )
        self.schedules[schedule.id] = schedule
        return schedule

    def add_policy(self, name: str, *levels: Sequence[str], id: str = "") -> Policy:
        """Each level names schedules by their ids, or users by their e-mail addresses."""
        policy = Policy(id=id or f"PPOL{len(self.policies) + 1:02}", name=name)
        for targets in levels:
            policy.levels.append([self.schedules.get(target) or self.users[target] for target in targets])
        self.policies[policy.id] = policy
        return policy

    def override(self, schedule: str, email: str, *, start: datetime, end: datetime) -> None:
        """The user has the schedule's duty for a while."""
        self.schedules[schedule].overrides.append(Shift(user=self.users[email], start=start, end=end))
