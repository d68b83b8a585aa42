"""A squad's two weeks and a half, and everybody who was pinged in them.

They hold weekends, the end of daylight-saving time (1 November), a holiday (11 November), a primary who is away, and a
morning on which PagerDuty is down while the duty changes hands. The rows follow from the procedure, by the tables of
`decisions/pinging.py`, `on_duty.py` and `business_time.py`; a comment above each says how.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.decisions.business_time import Calendar
from app.domain.squad import Squad
from app.intake import squad_file
from app.texts.markdown import operation_in
from sandbox import pagerduty
from sandbox.sentry.state import Issue as SentryIssue
from tests.journey.days import Happening, Standing, moment, pinged, play
from tests.journey.stage import APPS, Stage, by_the_app, seed, stage

PEOPLE = {name: "write" for name in ("nick", "alan", "mark", "alex", "sharon")} | {"jo": "triage", "kim": "triage"}
OWNERS = """\
*                  @nick
[Whiskey] @mark
app:Reader
[Foxtrot] @alex
app:Certification
[Tango] @sharon
app:Dispatch
"""
SQUAD = f"""\
{APPS}
people:
  - {{login: jo, email: jo@va.example}}
  - {{login: kim, email: kim@va.example}}
time_zone: America/New_York
business_hours: {{start: '09:00', end: '17:00'}}
holidays: {{country: US}}
rotation: {{pagerduty: {{escalation_policy: PSQUAD}}}}
severe: {{ping: [alan, nick]}}
"""
MONDAY = datetime(2026, 10, 26, 13, tzinfo=UTC)
"""Nine o'clock in New York. Jo is the primary and kim the secondary until the next one at this time of UTC, when they
change places: at eight, for the clock was put back."""

PINGS = """
# Nobody decides: kim finds it unsure, so its lead hears at once. He does not answer within the hour, nor the map's next
# owner; jo does, at 12:30. Four hours on nothing has happened: jo again; half an hour is left of Tuesday, so the lead
# is next at half past nine.
Tue 27 Oct 10:05 EDT | white page     | mark           | unsure
Tue 27 Oct 11:05 EDT | white page     | nick           | unanswered
Tue 27 Oct 12:05 EDT | white page     | jo             | unanswered
Tue 27 Oct 16:30 EDT | white page     | jo             | expired
Wed 28 Oct 09:30 EDT | white page     | mark           | unanswered
# Jo is away until two: kim has the duty and is told. Nobody is secondary then, so the lead's turn comes at noon.
Wed 28 Oct 10:00 EDT | late fee       | kim            | handover
Wed 28 Oct 11:30 EDT | queue stuck    | kim            | undecided
Wed 28 Oct 12:00 EDT | queue stuck    | sharon         | undecided
# Jo is back before its half-hour is over.
Wed 28 Oct 14:10 EDT | slow search    | jo             | undecided
# Severe, on a Saturday night: the three at once, then the pair, a quarter of an hour each; round again with half an
# hour, with an hour. Two o'clock comes twice to one: between jo and kim lies an hour.
Sat 31 Oct 22:40 EDT | corrupt upload | mark alan nick | severe
Sat 31 Oct 22:55 EDT | corrupt upload | jo             | unanswered
Sat 31 Oct 23:10 EDT | corrupt upload | kim            | unanswered
Sat 31 Oct 23:25 EDT | corrupt upload | mark alan nick | unanswered
Sat 31 Oct 23:55 EDT | corrupt upload | jo             | unanswered
Sun 01 Nov 00:25 EDT | corrupt upload | kim            | unanswered
Sun 01 Nov 00:55 EDT | corrupt upload | mark alan nick | unanswered
Sun 01 Nov 01:55 EDT | corrupt upload | jo             | unanswered
Sun 01 Nov 01:55 EST | corrupt upload | kim            | unanswered
# Alan acknowledged it at 02:30 and wrote at 06:00: four hours from there, and plain ones, for it is severe.
Sun 01 Nov 10:00 EST | corrupt upload | alan           | expired
# Its silence ended on Sunday at noon, the error alive: that is said, and nobody's Sunday is disturbed.
Mon 02 Nov 09:00 EST | scanner        | kim            | undecided
# A quarter of its half-hour was Friday's, from 16:45 on. Kim is the primary since this morning. Then the whole line.
Mon 02 Nov 09:15 EST | lost form      | kim            | undecided
Mon 02 Nov 09:45 EST | lost form      | jo             | undecided
Mon 02 Nov 10:15 EST | lost form      | alex           | undecided
# At two in the night nobody is pinged. Kim acknowledges it in the morning, and is asked after four hours.
Tue 03 Nov 09:30 EST | night job      | kim            | undecided
Tue 03 Nov 13:40 EST | night job      | kim            | expired
# Jo is the primary since eight; PagerDuty has been down since six. The last known pair stands, and the ping says so.
# At noon it is up again: the line begins anew with jo.
Mon 09 Nov 09:30 EST | bad date       | kim            | undecided; PagerDuty is silent
Mon 09 Nov 10:00 EST | bad date       | jo             | undecided; PagerDuty is silent
Mon 09 Nov 10:30 EST | bad date       | alex           | undecided
Mon 09 Nov 11:30 EST | bad date       | nick           | undecided
Mon 09 Nov 12:30 EST | bad date       | jo             | undecided
# Half an hour before the closing, and Wednesday is Veterans Day: the next in line on Thursday at half past nine.
Tue 10 Nov 16:30 EST | wrong total    | alex           | unsure
# Severe on the holiday; jo is on it before the secondary's turn.
Wed 11 Nov 13:05 EST | no login       | sharon alan nick | severe
Wed 11 Nov 13:20 EST | no login       | jo             | unanswered
# Twenty minutes on Tuesday, ten on Thursday.
Thu 12 Nov 09:10 EST | stale cache    | jo             | undecided
Thu 12 Nov 09:30 EST | wrong total    | nick           | unanswered
"""


@dataclass
class Squad26:
    """The squad's world: what may happen in it, as happenings."""

    here: Stage
    pagers: pagerduty.Sandbox
    numbers: dict[str, int] = field(default_factory=dict)
    _errors: dict[str, SentryIssue] = field(default_factory=dict)

    def raised(self, name: str, project: str) -> Happening:
        """A new error; its ticket is the next issue."""

        async def happen() -> None:
            kind = "".join(word.title() for word in name.split()) + "Error"
            self._errors[name] = self.here.sentry.acts.raise_error(project=project, type=kind, value="it broke")
            self.numbers[name] = len(self.numbers) + 1

        return happen

    def again(self, name: str) -> Happening:
        """The error happens again."""

        async def happen() -> None:
            self.here.sentry.acts.again(self._errors[name])

        return happen

    def says(self, name: str, by: str, text: str) -> Happening:
        """Somebody comments on the ticket."""
        return lambda: self.here.act("comment", number=self.numbers[name], actor=by, body=text)

    def labels(self, name: str, by: str, label: str) -> Happening:
        """Somebody puts a label on the ticket."""
        return lambda: self.here.act("label", number=self.numbers[name], actor=by, labels=[label])

    def closes(self, name: str, by: str) -> Happening:
        """Somebody closes the ticket."""
        return lambda: self.here.act("close", number=self.numbers[name], actor=by)

    def pagerduty(self, *, down: bool) -> Happening:
        """PagerDuty goes down, or comes up again."""

        async def happen() -> None:
            self.pagers.faults.change({"server_errors": float(down)})

        return happen


@asynccontextmanager
async def squad_at_work(folder: Path) -> AsyncIterator[Squad26]:
    """Everything up, and PagerDuty too, on a Monday at nine."""
    clock = Standing(start=MONDAY)
    pagers = await pagerduty.start(pagerduty.Config(clock=clock))
    for name in ("jo", "kim"):
        pagers.state.add_user(name.title(), f"{name}@va.example")
    levels = [
        pagers.state.add_schedule(level, [f"{first}@va.example", f"{second}@va.example"], starts=MONDAY).id
        for level, first, second in (("Primary", "jo", "kim"), ("Secondary", "kim", "jo"))
    ]
    pagers.state.add_policy("Squad", *([level] for level in levels), id="PSQUAD")
    try:
        async with stage(
            folder,
            world=seed(squad=SQUAD, owners=OWNERS, people=PEOPLE),
            clock=clock,
            check_contract=False,
            pagerduty_url=pagers.url,
            pagerduty_token="pd_lookalike_key_of_the_app",
        ) as here:
            yield Squad26(here, pagers)
    finally:
        await pagers.close()


def happenings(it: Squad26) -> list[tuple[str, Happening]]:
    """Two weeks and a half, in order."""
    return [
        ("Mon 26 Oct 10:00", it.raised("late fee", "certification")),
        ("Mon 26 Oct 10:20", it.says("late fee", "jo", "/impact annoying")),
        ("Tue 27 Oct 10:00", it.raised("white page", "reader")),
        ("Tue 27 Oct 10:05", it.says("white page", "kim", "/impact unsure")),
        ("Tue 27 Oct 12:30", it.says("white page", "jo", "/ack")),
        ("Wed 28 Oct 09:40", it.says("white page", "mark", "/impact annoying")),
        ("Wed 28 Oct 10:00", it.says("late fee", "jo", "/away until 14:00 dentist")),
        ("Wed 28 Oct 11:00", it.raised("queue stuck", "dispatch")),
        ("Wed 28 Oct 12:15", it.says("queue stuck", "sharon", "/impact annoying")),
        ("Wed 28 Oct 13:40", it.raised("slow search", "reader")),
        ("Wed 28 Oct 14:20", it.says("slow search", "jo", "/impact annoying")),
        ("Thu 29 Oct 10:00", it.raised("scanner", "dispatch")),
        ("Thu 29 Oct 10:10", it.says("scanner", "kim", "/silence until sunday 12:00 the vendor is on it")),
        ("Fri 30 Oct 16:45", it.raised("lost form", "certification")),
        ("Sat 31 Oct 03:00", it.again("late fee")),
        ("Sat 31 Oct 22:30", it.raised("corrupt upload", "reader")),
        ("Sat 31 Oct 22:40", it.says("corrupt upload", "nick", "/impact severe documents are lost")),
        ("Sun 01 Nov 02:30", it.says("corrupt upload", "alan", "/ack")),
        ("Sun 01 Nov 06:00", it.says("corrupt upload", "alan", "Rolled back. I am watching it.")),
        ("Sun 01 Nov 08:00", it.again("scanner")),
        ("Sun 01 Nov 10:10", it.closes("corrupt upload", "alan")),
        ("Mon 02 Nov 09:10", it.says("scanner", "kim", "/impact annoying")),
        ("Mon 02 Nov 10:20", it.says("lost form", "alex", "/impact annoying")),
        ("Tue 03 Nov 02:00", it.raised("night job", "dispatch")),
        ("Tue 03 Nov 09:40", it.says("night job", "kim", "/ack")),
        ("Tue 03 Nov 13:50", it.says("night job", "kim", "/impact annoying")),
        ("Wed 04 Nov 23:00", it.again("late fee")),
        ("Mon 09 Nov 06:00", it.pagerduty(down=True)),
        ("Mon 09 Nov 08:30", it.raised("bad date", "certification")),
        ("Mon 09 Nov 12:00", it.pagerduty(down=False)),
        ("Mon 09 Nov 12:40", it.says("bad date", "jo", "/impact annoying")),
        ("Tue 10 Nov 16:20", it.raised("wrong total", "certification")),
        ("Tue 10 Nov 16:30", it.labels("wrong total", "kim", "impact:unsure")),
        ("Tue 10 Nov 16:40", it.raised("stale cache", "reader")),
        ("Wed 11 Nov 13:00", it.raised("no login", "dispatch")),
        ("Wed 11 Nov 13:05", it.says("no login", "sharon", "/impact severe")),
        ("Wed 11 Nov 13:25", it.says("no login", "jo", "/ack")),
        ("Wed 11 Nov 13:50", it.closes("no login", "jo")),
        ("Thu 12 Nov 09:20", it.says("stale cache", "jo", "/impact annoying")),
        ("Thu 12 Nov 09:40", it.says("wrong total", "nick", "/impact annoying")),
    ]


def told_by_hand() -> list[str]:
    """The table above, its columns a space wide."""
    rows = (re.sub(r"\s*\|\s*", " | ", row.strip()) for row in PINGS.splitlines())
    return [row for row in rows if row and not row.startswith("#")]


@pytest.mark.timeout(300)
async def test_who_is_pinged_when_in_two_weeks(tmp_path: Path) -> None:
    async with squad_at_work(tmp_path) as it:
        await play(it.here, happenings(it), until="Fri 13 Nov 17:00")
        names = {number: name for name, number in it.numbers.items()}
        found = pinged(it.here)
        assert [ping.row(names) for ping in found] == told_by_hand()

        squad = squad_file.read(SQUAD, "prod-squad.yml")
        assert isinstance(squad, Squad)
        calendar = Calendar(squad)
        assert [ping.row(names) for ping in found if not (ping.severe or calendar.is_open(ping.at))] == []

        operations = Counter(operation_in(said.body) for issue in it.here.issues for said in by_the_app(issue))
        assert [operation for operation, times in operations.items() if times > 1] == []

        (over,) = [said for said in by_the_app(it.here.issues[it.numbers["scanner"] - 1]) if "🔔" in said.body]
        assert over.created_at == moment("Sun 01 Nov 12:00")
        late = [said for said in by_the_app(it.here.issues[it.numbers["bad date"] - 1]) if "PagerDuty" in said.body]
        assert len(late) == 2
        assert all("since 2026-11-09 08:30 EST; these were on call at" in said.body for said in late)
