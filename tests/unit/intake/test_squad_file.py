"""The squad's file: what it means, and how each fault is told."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alerts import Impact
from app.domain.owners import Fault
from app.domain.squad import App, Person, Redaction, Squad, Team, Tickets, written
from app.domain.squad_chat import Slack
from app.domain.squad_duty import (
    Acknowledgement,
    BusinessHours,
    Holidays,
    PagerDuty,
    Rotation,
    Severe,
    Storm,
    Undecided,
    Weekday,
)
from app.domain.squad_impact import ImpactRule, When
from app.domain.squad_pointers import Logs, ManualAt
from app.domain.squad_reports import Digest, Every, Handoff, Monthly, Morning, Reports, Weekly
from app.intake import owners_map, squad_file
from app.intake.redaction import Redactor

SECTIONS = (
    "there is no such key; here may stand apps, teams, people, tickets, redaction, time_zone, business_hours, "
    "holidays, rotation, impact, undecided, severe, acknowledgement, nag, access, post_mortem, manual, "
    "logs, slack, storm, reports"
)
WHEN = "when: {level: fatal}"
EITHER = "a rule says either suggest or set; write one of them"
A_TEXT = "here belongs a text or a list of texts, in quotes where it is a number or a word such as no"
OF_TICKETS = (
    "there is no such key; here may stand gather, quiet, regression, most_comments, close_when_resolved, "
    "resolve_at_sender"
)
NO_TIME = "is no time of day; write hours and minutes in quotes: '09:00', '17:30' or '24:00'"
NO_POLICY = "is no escalation policy's id; write the last part of its page's address, such as PABC123"
NOT_IN_ORDER = "the primary comes first, then the secondary, then the lead: no time may be below the one before"
NO_ZONE = "is no time zone; write one of the IANA's names, such as America/New_York or UTC"
NO_DURATION = "is no duration; write a number and its unit: 15s, 90m, 1h or 7d"
EMPTY = "this is empty; give it a value, or take the key out"
A_LIST = "a list belongs here: each entry on a line of its own that begins with -"

DOCS = Path(__file__).parents[3] / "docs"
SCHEMA = DOCS / "prod-squad.schema.json"
EXAMPLE = DOCS / "examples" / "prod-squad.yml"


def faults(text: str) -> list[tuple[int, str]]:
    """The faults of a text that has some."""
    found = squad_file.read(text, ".github/prod-squad.yml")
    assert isinstance(found, tuple)
    assert {fault.path for fault in found} == {".github/prod-squad.yml"}
    return [(fault.line, fault.message) for fault in found]


@pytest.mark.parametrize(
    ("text", "squad"),
    [
        pytest.param("", Squad(), id="nothing"),
        pytest.param("# soon\n\n", Squad(), id="nothing but comments"),
        pytest.param("---\n", Squad(), id="an empty document"),
        pytest.param("\ufeffapps: []\r\n", Squad(), id="a byte order mark, and Windows' ends of lines"),
        pytest.param("{}", Squad(), id="no section"),
        pytest.param(
            "apps:\n  - name: Reader\n    projects: [reader, '4711']\n",
            Squad(apps=(App(name="Reader", projects=("reader", "4711")),)),
            id="an application",
        ),
        pytest.param(
            "teams: [{name: Whiskey, github: octo-org/whiskey, lead: mark}]\n"
            "people: [{login: jo_va, email: jo@va.gov}]",
            Squad(
                teams=(Team(name="Whiskey", github="octo-org/whiskey", lead="mark"),),
                people=(Person(login="jo_va", email="jo@va.gov"),),
            ),
            id="a team, and a person of an enterprise",
        ),
        pytest.param(
            "slack: {channel: C012AB3CD}\npeople: [{login: jo, slack: U012AB3CD}]",
            Squad(slack=Slack(channel="C012AB3CD"), people=(Person(login="jo", slack="U012AB3CD"),)),
            id="a channel in Slack, and a person there",
        ),
        pytest.param(
            "tickets: {gather: 15s, quiet: 90m, regression: 7d, most_comments: 10, close_when_resolved: yes}",
            Squad(
                tickets=Tickets(
                    quiet=timedelta(minutes=90),
                    regression=timedelta(days=7),
                    most_comments=10,
                    close_when_resolved=True,
                )
            ),
            id="how tickets behave",
        ),
        pytest.param("tickets: {quiet: PT1H30M}", Squad(tickets=Tickets(quiet=timedelta(minutes=90))), id="ISO 8601"),
        pytest.param("tickets: {quiet: ' 1d '}", Squad(tickets=Tickets(quiet=timedelta(days=1))), id="blanks around"),
        pytest.param("apps: &all []", Squad(), id="an anchor that nothing uses"),
        pytest.param(
            "time_zone: America/New_York\nbusiness_hours: {days: [mon, sat], start: 09:00, end: '24:00'}",
            Squad(
                time_zone="America/New_York",
                business_hours=BusinessHours(
                    days=(Weekday.MONDAY, Weekday.SATURDAY), start=timedelta(hours=9), end=timedelta(days=1)
                ),
            ),
            id="business hours: YAML leaves 09:00 alone, for it begins with 0",
        ),
        pytest.param(
            "impact:\n- {when: {level: fatal, tags: {os: [a, b]}, users: 9}, set: severe}\n"
            "- {when: {app: [A, B]}, suggest: unsure}",
            Squad(
                impact=(
                    ImpactRule(when=When(level=("fatal",), tags={"os": ("a", "b")}, users=9), set=Impact.SEVERE),
                    ImpactRule(when=When(app=("A", "B")), suggest=Impact.UNSURE),
                )
            ),
            id="rules of impact, with one text and with several",
        ),
        pytest.param(
            "business_hours: {start: '8:30', end: '17:00'}",
            Squad(business_hours=BusinessHours(start=timedelta(hours=8, minutes=30), end=timedelta(hours=17))),
            id="business hours, Monday to Friday",
        ),
        pytest.param(
            "holidays: {country: US, subdivision: DC, extra: [2026-12-24, '2026-12-31']}",
            Squad(
                holidays=Holidays(country="US", subdivision="DC", extra=(date(2026, 12, 24), date(2026, 12, 31))),
            ),
            id="holidays, a day as YAML's date and as a text",
        ),
        pytest.param("holidays: {country: 'NO'}", Squad(holidays=Holidays(country="NO")), id="holidays of Norway"),
        pytest.param(
            "rotation: {pagerduty: {escalation_policy: PABC123}}",
            Squad(rotation=Rotation(pagerduty=PagerDuty(escalation_policy="PABC123"))),
            id="PagerDuty says who is on duty",
        ),
        pytest.param(
            "rotation: {members: [mark, jo], starts: 2026-11-02}",
            Squad(rotation=Rotation(members=("mark", "jo"), cadence=timedelta(days=7), starts=date(2026, 11, 2))),
            id="the members take turns of a week",
        ),
        pytest.param(
            "undecided: {primary_after: 10m, secondary_after: 10m}\n"
            "severe: {ping: [alan, octo-org/support], answer_within: 5m}\n"
            "acknowledgement: {lasts: 1d}",
            Squad(
                undecided=Undecided(primary_after=timedelta(minutes=10), secondary_after=timedelta(minutes=10)),
                severe=Severe(ping=("alan", "octo-org/support"), answer_within=timedelta(minutes=5)),
                acknowledgement=Acknowledgement(lasts=timedelta(days=1)),
            ),
            id="who is pinged, and when",
        ),
        pytest.param(
            "storm: {errors: 20, within: 5m}",
            Squad(storm=Storm(errors=20, within=timedelta(minutes=5))),
            id="many new errors at once",
        ),
        pytest.param("storm: {}", Squad(storm=Storm()), id="the usual storm"),
    ],
)
def test_what_is_read(text: str, squad: Squad) -> None:
    assert squad_file.read(text) == squad


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        # Keys.
        pytest.param(
            "apps:\n  - name: Reader\n\n    projcts: [x]",
            4,
            "apps[0].projcts: there is no such key; did you mean projects?",
            id="a typing error",
        ),
        pytest.param("Apps: []", 1, "Apps: there is no such key; did you mean apps?", id="a capital"),
        pytest.param(
            "\nboard: {}",
            2,
            f"board: {SECTIONS}",
            id="a section that is not there yet",
        ),
        pytest.param(
            "tickets: {xyzzy: 1}",
            1,
            f"tickets.xyzzy: {OF_TICKETS}",
            id="nothing near it",
        ),
        pytest.param(
            "tickets:\n  on: 1",
            2,
            f"tickets.on: {OF_TICKETS}",
            id="a key that YAML takes for true",
        ),
        pytest.param(
            "apps: []\nteams: []\napps: []",
            3,
            "apps: this key is there already, in line 1; put both together",
            id="a key twice",
        ),
        pytest.param(
            "apps:\n  - name: A\n    name: B",
            3,
            "apps[0].name: this key is there already, in line 2; put both together",
            id="a key twice further in",
        ),
        pytest.param("? [a, b]\n: 1", 1, "a key is one word", id="a list as a key"),
        pytest.param("tickets:\n  {? {} : 1}", 2, "tickets: a key is one word", id="a mapping as a key"),
        pytest.param(
            "<<: {apps: []}",
            1,
            f"<<: {SECTIONS}",
            id="a merge",
        ),
        pytest.param("teams:\n  - lead: mark", 2, "teams[0].name: this key is missing", id="a key that must be there"),
        # Kinds.
        pytest.param(
            "- a", 1, "keys with their values belong here, such as name: Reader", id="a list in place of the file"
        ),
        pytest.param(
            "apps:\n  name: Reader",
            1,
            f"apps: {A_LIST}",
            id="a mapping in place of a list",
        ),
        pytest.param(
            "apps:\n  - Reader",
            2,
            "apps[0]: keys with their values belong here, such as name: Reader",
            id="a name in place of an application",
        ),
        pytest.param(
            "apps:\n# - name: Reader\nteams: []",
            1,
            f"apps: {EMPTY}",
            id="all entries commented out",
        ),
        pytest.param("apps: [{name: [a]}]", 1, "apps[0].name: a text belongs here", id="a list in place of a text"),
        pytest.param(
            "tickets: {most_comments: '50'}",
            1,
            "tickets.most_comments: a whole number belongs here, such as 50",
            id="a number in quotes",
        ),
        pytest.param(
            "tickets: {most_comments: 1.5}",
            1,
            "tickets.most_comments: a whole number belongs here, such as 50",
            id="half a comment",
        ),
        pytest.param(
            "tickets: {resolve_at_sender: 'no'}",
            1,
            "tickets.resolve_at_sender: true or false belongs here",
            id="no in quotes",
        ),
        # What YAML 1.1 takes plain words for.
        pytest.param(
            "apps: [{name: on}]",
            1,
            "apps[0].name: a text belongs here, and YAML takes on for true; put it in quotes: 'on'",
            id="on",
        ),
        pytest.param(
            "apps: [{name: No}]",
            1,
            "apps[0].name: a text belongs here, and YAML takes No for false; put it in quotes: 'No'",
            id="Norway",
        ),
        pytest.param(
            "apps: [{name: 1:30}]",
            1,
            "apps[0].name: a text belongs here, and YAML takes 1:30 for 90; put it in quotes: '1:30'",
            id="a number to the base of sixty",
        ),
        pytest.param(
            "apps: [{name: 0o17}, {name: 017}]",
            1,
            "apps[1].name: a text belongs here, and YAML takes 017 for 15; put it in quotes: '017'",
            id="a number to the base of eight",
        ),
        pytest.param(
            "apps: [{name: 2026-12-24}]",
            1,
            "apps[0].name: a text belongs here, and YAML takes 2026-12-24 for a date; put it in quotes: '2026-12-24'",
            id="a date",
        ),
        pytest.param(
            "apps: [{name: 4711}]", 1, "apps[0].name: a text belongs here; put it in quotes: '4711'", id="a number"
        ),
        pytest.param(
            "apps: [{name: 2026-99-99}]",
            1,
            "apps[0].name: YAML takes 2026-99-99 for a number or a date, and it is none; put it in quotes",
            id="no date at all",
        ),
        pytest.param("apps: [{name: ~}]", 1, f"apps[0].name: {EMPTY}", id="null"),
        pytest.param(
            "tickets: {quiet: 1:30}",
            1,
            f"tickets.quiet: {NO_DURATION}, and YAML takes 1:30 for 90",
            id="a time in place of a duration",
        ),
        # Values.
        pytest.param(
            "tickets: {quiet: 15}",
            1,
            f"tickets.quiet: {NO_DURATION}",
            id="a duration without its unit",
        ),
        pytest.param(
            "tickets: {quiet: '='}",
            1,
            f"tickets.quiet: {NO_DURATION}",
            id="no duration",
        ),
        pytest.param(
            "tickets: {quiet: =}",
            1,
            f"tickets.quiet: {NO_DURATION}",
            id="YAML's forgotten default key",
        ),
        pytest.param(
            "tickets: {quiet: P1DT}",
            1,
            f"tickets.quiet: {NO_DURATION}",
            id="ISO 8601 cut short",
        ),
        pytest.param("tickets: {gather: 1h}", 1, "tickets.gather: this must be at most 10 minutes", id="too long"),
        pytest.param("tickets: {gather: 0s}", 1, "tickets.gather: this must be at least 1 second", id="too short"),
        pytest.param(
            "tickets: {most_comments: 2500}",
            1,
            "tickets.most_comments: this must be at most 500",
            id="as many comments as lock an issue",
        ),
        pytest.param(
            "people: [{login: '@mark'}]",
            1,
            "people[0].login: “@mark” is no GitHub login; write it without @, such as octocat",
            id="a mention in place of a login",
        ),
        pytest.param(
            "people: [{login: mark, email: mark}]",
            1,
            "people[0].email: “mark” is no e-mail address; write one such as mark@example.org",
            id="no address",
        ),
        pytest.param(
            "people: [{login: mark, slack: '@mark'}]",
            1,
            "people[0].slack: “@mark” is no member id in Slack; copy it from the person's profile there, such as "
            "U012AB3CD",
            id="a name in place of a member id",
        ),
        pytest.param(
            "slack: {channel: '#alerts'}",
            1,
            "slack.channel: “#alerts” is no channel's id in Slack; write the one at the end of the channel's details, "
            "such as C012AB3CD",
            id="a channel's name",
        ),
        pytest.param("slack: {}", 1, "slack.channel: this key is missing", id="no channel"),
        pytest.param(
            "apps: [{name: Reader, repository: reader}]",
            1,
            "apps[0].repository: “reader” is no repository; write owner/name, such as octo-org/reader",
            id="a repository without its owner",
        ),
        pytest.param(
            "teams: [{name: W, lead: mark, github: whiskey}]",
            1,
            "teams[0].github: “whiskey” is no team; write organisation/slug, such as octo-org/whiskey",
            id="a team without its organisation",
        ),
        pytest.param(
            f"apps: [{{name: {'x' * 47}}}]",
            1,
            "apps[0].name: this is longer than 46 characters",
            id="too long for a label",
        ),
        pytest.param("apps: [{name: '  '}]", 1, "apps[0].name: this is empty; give it a value", id="a name of blanks"),
        pytest.param(
            "redaction:\n  - name: 'x]y'\n    pattern: x",
            2,
            "redaction[0].name: “x]y” may hold only letters, digits, blanks, - and _, "
            "and begins with a letter or a digit",
            id="a name that would break its brackets",
        ),
        pytest.param(
            "redaction:\n  - name: x\n    pattern: '('",
            3,
            "redaction[0].pattern: is no regular expression: missing ), unterminated subpattern at position 0",
            id="no regular expression",
        ),
        pytest.param(
            "redaction: [{name: x, pattern: 'x{0,3}|'}]",
            1,
            "redaction[0].pattern: can match nothing at all, and would then stand between every two characters",
            id="a pattern that matches everywhere",
        ),
        pytest.param(
            "redaction: [" + "{name: x, pattern: y}," * 51 + "]",
            1,
            "redaction: this has more than 50 entries",
            id="too many patterns",
        ),
        # Business time.
        pytest.param(
            "business_hours: {start: '09:00', end: 17:00}",
            1,
            f"business_hours.end: {NO_TIME}, and YAML takes 17:00 for 1020",
            id="a time that YAML takes for a number to the base of sixty",
        ),
        pytest.param(
            "business_hours: {start: 9, end: '17:00'}",
            1,
            f"business_hours.start: {NO_TIME}",
            id="an hour without its minutes",
        ),
        pytest.param(
            "business_hours: {start: '09:00', end: '24:01'}",
            1,
            f"business_hours.end: {NO_TIME}",
            id="later than midnight",
        ),
        pytest.param(
            "business_hours: {start: '09:00'}",
            1,
            "business_hours.end: this key is missing",
            id="hours without an end",
        ),
        pytest.param(
            "business_hours: {start: '22:00', end: '06:00'}",
            1,
            "business_hours: a day's work ends after it begins; hours over midnight can't be told here",
            id="a night's work",
        ),
        pytest.param(
            "business_hours:\n",
            1,
            f"business_hours: {EMPTY}",
            id="an empty section",
        ),
        pytest.param(
            "business_hours: {days: [monday], start: '09:00', end: '17:00'}",
            1,
            "business_hours.days[0]: is no day of the week; here may stand mon, tue, wed, thu, fri, sat, sun",
            id="a day's long name",
        ),
        pytest.param(
            "business_hours: {days: [], start: '09:00', end: '17:00'}",
            1,
            "business_hours.days: this says no day; name one at least",
            id="no day at all",
        ),
        pytest.param(
            "business_hours: {days: [mon, mon], start: '09:00', end: '17:00'}",
            1,
            "business_hours.days: mon is there twice",
            id="a day twice",
        ),
        pytest.param(
            "time_zone: America",
            1,
            f"time_zone: {NO_ZONE}",
            id="half a time zone",
        ),
        pytest.param(
            "time_zone: Mars/Olympus_Mons",
            1,
            f"time_zone: {NO_ZONE}",
            id="a time zone nobody has",
        ),
        pytest.param(
            "time_zone: ../zone",
            1,
            f"time_zone: {NO_ZONE}",
            id="a path in place of a time zone",
        ),
        pytest.param(
            "holidays: {country: NO}",
            1,
            "holidays.country: a text belongs here, and YAML takes NO for false; put it in quotes: 'NO'",
            id="Norway's holidays",
        ),
        pytest.param(
            "holidays: {country: us}",
            1,
            "holidays.country: nothing is known of the holidays of “us”; write a country's code, such as US",
            id="a country in small letters",
        ),
        pytest.param(
            "holidays: {country: XX, subdivision: DC}",
            1,
            "holidays.country: nothing is known of the holidays of “XX”; write a country's code, such as US",
            id="no country, and so nothing of its part",
        ),
        pytest.param(
            "holidays: {country: US, subdivision: XX}",
            1,
            "holidays.subdivision: US has no “XX”; write a state's or district's code, such as DC",
            id="no part of the country",
        ),
        pytest.param(
            "holidays: {subdivision: DC}",
            1,
            "holidays.subdivision: this is a part of a country; add country",
            id="a part of no country",
        ),
        pytest.param(
            "holidays: {extra: [24.12.2026]}",
            1,
            "holidays.extra[0]: is no day; write one such as 2026-12-24",
            id="a day as Germans write it",
        ),
        pytest.param(
            "holidays: {extra: ['2026-02-30']}",
            1,
            "holidays.extra[0]: is no day of the calendar",
            id="a day that never comes",
        ),
        # The rotation.
        pytest.param(
            "rotation: {}",
            1,
            "rotation: this says nobody; add pagerduty, or members and starts",
            id="neither of two",
        ),
        pytest.param(
            "rotation: {pagerduty: {escalation_policy: P1}, members: [a, b]}",
            1,
            "rotation: here is pagerduty and members too; take one way out: who is on duty is said in one place",
            id="both of two",
        ),
        pytest.param(
            "rotation: {pagerduty: {escalation_policy: P1}, cadence: 7d}",
            1,
            "rotation: here is pagerduty and cadence too; take one way out: who is on duty is said in one place",
            id="a cadence that PagerDuty has already",
        ),
        pytest.param(
            "rotation:\n  pagerduty:\n",
            2,
            f"rotation.pagerduty: {EMPTY}",
            id="PagerDuty without its policy",
        ),
        pytest.param(
            "rotation: {pagerduty: {escalation_policy: P1, escalation: P1}}",
            1,
            "rotation.pagerduty.escalation: there is no such key; did you mean escalation_policy?",
            id="a typing error two levels in",
        ),
        pytest.param(
            "rotation: {pagerduty: {escalation_policy: Prod squad}}",
            1,
            f"rotation.pagerduty.escalation_policy: {NO_POLICY}",
            id="a policy's name in place of its id",
        ),
        pytest.param(
            "rotation: {members: [a, b]}",
            1,
            "rotation: members take turns from a day on; add starts, such as 2026-11-02",
            id="turns that never begin",
        ),
        pytest.param(
            "rotation: {members: [a], starts: 2026-11-02}",
            1,
            "rotation: two are on duty at any time; members needs two logins at least",
            id="a rotation of one",
        ),
        pytest.param(
            "rotation: {starts: 2026-11-02}",
            1,
            "rotation: two are on duty at any time; members needs two logins at least",
            id="a rotation of none",
        ),
        pytest.param(
            "rotation: {members: [jo, Jo], starts: 2026-11-02}",
            1,
            "rotation.members: Jo is there twice",
            id="a member twice",
        ),
        pytest.param(
            "rotation: {members: [a, b], starts: 2026-11-02, cadence: 12h}",
            1,
            "rotation.cadence: is no number of whole days; write one such as 7d",
            id="turns of half a day",
        ),
        pytest.param(
            "rotation: {members: [a, b], starts: 2026-11-02, cadence: 36h}",
            1,
            "rotation.cadence: is no number of whole days; write one such as 7d",
            id="turns of a day and a half",
        ),
        pytest.param(
            "rotation: {members: [a, b], starts: 2026-11-02 09:00:00}",
            1,
            "rotation.starts: is no day; write one such as 2026-12-24, and YAML takes 2026-11-02 09:00:00 for a date",
            id="a moment in place of a day",
        ),
        pytest.param(
            "access: {repository: acme/deployment}",
            1,
            "access.email_domain: this key is missing",
            id="access without the domain",
        ),
        pytest.param(
            "access: {email_domain: jo@va.gov}",
            1,
            "access.email_domain: is no domain; write one such as va.gov",
            id="an address for a domain",
        ),
        pytest.param(
            "nag: {severe: 12h}",
            1,
            "nag.severe: is no number of whole days; write one such as 2d",
            id="a reminder after half a day",
        ),
        # Pings.
        pytest.param(
            "undecided: {primary_after: 2h}",
            1,
            f"undecided: {NOT_IN_ORDER}",
            id="the primary after the secondary",
        ),
        pytest.param(
            "undecided: {secondary_after: 2h}",
            1,
            f"undecided: {NOT_IN_ORDER}",
            id="the secondary after the lead",
        ),
        pytest.param(
            "severe: {ping: ['@alan']}",
            1,
            "severe.ping[0]: is neither a login nor a team; write octocat or octo-org/support, without @",
            id="a mention",
        ),
        pytest.param(
            "severe: {ping: [alan, Alan]}",
            1,
            "severe.ping: Alan is there twice",
            id="pinged twice",
        ),
        pytest.param(
            "severe: {answer_within: 10s}",
            1,
            "severe.answer_within: this must be at least 1 minute",
            id="nobody answers so fast",
        ),
        pytest.param(
            "storm: {errors: 1}",
            1,
            "storm.errors: this must be at least 2",
            id="one error is no storm",
        ),
        pytest.param("storm:", 1, "storm: " + EMPTY, id="a storm that is not said"),
        pytest.param(
            "acknowledgement: {lasts: 60d}",
            1,
            "acknowledgement.lasts: this must be at most 30 days",
            id="an acknowledgement for good",
        ),
        # Rules of impact.
        pytest.param(
            "impact: [{when: {}, set: severe}]",
            1,
            "impact[0].when: this names nothing and would hold for every error; name what must hold, such as "
            "level: fatal",
            id="a rule for everything",
        ),
        pytest.param("impact: [{set: severe}]", 1, "impact[0].when: this key is missing", id="a rule without a when"),
        pytest.param(f"impact: [{{{WHEN}}}]", 1, f"impact[0]: {EITHER}", id="a rule that says nothing"),
        pytest.param(
            f"impact: [{{{WHEN}, set: severe, suggest: unsure}}]", 1, f"impact[0]: {EITHER}", id="a rule that says two"
        ),
        pytest.param(
            f"impact: [{{{WHEN}, set: fatal}}]",
            1,
            "impact[0].set: is no impact; here may stand unsure, annoying, severe",
            id="no impact",
        ),
        pytest.param(
            f"impact:\n  - {WHEN}\n    suggest: [unsure]",
            3,
            "impact[0].suggest: is no impact; here may stand unsure, annoying, severe",
            id="a list of impacts",
        ),
        pytest.param(
            "impact: [{when: {environment: no}, set: severe}]",
            1,
            f"impact[0].when.environment: {A_TEXT}, and YAML takes no for false",
            id="a word that YAML takes for another",
        ),
        pytest.param(
            "impact: [{when: {tags: {shard: [7]}}, set: severe}]",
            1,
            f"impact[0].when.tags.shard: {A_TEXT}",
            id="a tag's number",
        ),
        pytest.param(
            "impact: [{when: {level: []}, set: severe}]",
            1,
            "impact[0].when.level: here belongs one text at least, and each has 1 to 200 characters",
            id="no alternative",
        ),
        pytest.param(
            "impact: [{when: {tags: {}}, set: severe}]",
            1,
            "impact[0].when.tags: this names no tag; name one, or take the key out",
            id="no tag",
        ),
        pytest.param(
            "impact: [{when: {tags: dispatch}, set: severe}]",
            1,
            "impact[0].when.tags: keys with their values belong here, such as component: dispatch",
            id="a tag without its name",
        ),
        pytest.param(
            "impact: [{when: {users: 0}, set: severe}]",
            1,
            "impact[0].when.users: this must be at least 1",
            id="0 users",
        ),
        pytest.param(
            "impact: [{when: {levl: fatal}, set: severe}]",
            1,
            "impact[0].when.levl: there is no such key; did you mean level?",
            id="a typing error within a rule",
        ),
        pytest.param("severe: {pagerduty: 1}", 1, "severe.pagerduty: true or false belongs here", id="1 is not true"),
        # Entries that stand in each other's way.
        pytest.param(
            "apps:\n  - name: Reader\n  - name: reader",
            3,
            "apps[1].name: “reader” is there already: apps[0].name",
            id="two applications of one name",
        ),
        pytest.param(
            "apps:\n  - {name: A, projects: [x, y]}\n  - {name: B, projects: [z, x]}",
            3,
            "apps[1].projects[1]: “x” is there already: apps[0].projects[0]",
            id="a project of two applications",
        ),
        pytest.param(
            "teams:\n  - {name: A, lead: x, github: o/t}\n  - {name: B, lead: y, github: O/t}",
            3,
            "teams[1].github: “O/t” is there already: teams[0].github",
            id="one team on GitHub, two leads",
        ),
        pytest.param(
            "people:\n  - {login: a}\n  - {login: b, email: x@y.org}\n  - {login: c, email: X@y.org}",
            4,
            "people[2].email: “X@y.org” is there already: people[1].email",
            id="one address of two people",
        ),
        pytest.param(
            "people:\n  - {login: a, slack: U01}\n  - {login: b, slack: U01}",
            3,
            "people[1].slack: “U01” is there already: people[0].slack",
            id="one member of two people",
        ),
        # What is no YAML, or more of it than the file needs.
        pytest.param(
            "apps: [\n", 2, "this is no YAML: expected the node content, but found '<stream end>'", id="cut off"
        ),
        pytest.param(
            "apps:\n\t- name: x",
            2,
            "this is no YAML: found character '\\t' that cannot start any token; indent with blanks, not with tabs",
            id="a tab",
        ),
        pytest.param("x: y: z", 1, "this is no YAML: mapping values are not allowed here", id="two colons"),
        pytest.param("a: \x00", 1, "the character U+0000 may not stand here", id="a control character"),
        pytest.param("\n\na: '\ud800'", 3, "the character U+D800 may not stand here", id="half a character"),
        pytest.param(
            'a: "\\UFFFFFFFF"', 1, "this is no YAML: a number is beyond all bounds", id="a character beyond all"
        ),
        pytest.param("a: 1\n---\nb: 2", 2, "a second document begins here; the file holds one", id="two documents"),
        pytest.param(
            "a: &x [1]\nb: *x", 2, "an alias (*) is not taken here; write out what it stands for", id="an alias"
        ),
        pytest.param("a: &x 1\nb: &x 2", 2, "this is no YAML: second occurrence", id="an anchor twice"),
        pytest.param(
            "a:\n  !!python/object:os.system x", 2, "a tag (!) is not taken here; for a text, use quotes", id="a tag"
        ),
        pytest.param("[" * 5_000, 1, "this is nested too deeply", id="nested too deeply"),
        pytest.param(
            "a: [" + "1," * 20_000 + "]",
            1,
            "the file may hold 20,000 keys and values, and here it has more",
            id="too many values",
        ),
        pytest.param("#" * 100_001, 0, "the file has 100,001 characters; it may have 100,000", id="too long a file"),
        pytest.param(
            f"{'k' * 90}: 1",
            1,
            f"{'k' * 60}…: {SECTIONS}",
            id="a long key is cut",
        ),
    ],
)
def test_what_is_a_fault(text: str, line: int, message: str) -> None:
    assert faults(text) == [(line, message)]


def test_all_faults_at_once_in_the_order_of_the_file() -> None:
    text = "foo: 1\ntickets:\n  quiet: x\n  quiet: 1h\nteams:\n  - name: W\napps:\n  - name: 1\n    name: 2\n"
    assert [(line, message.partition(":")[0]) for line, message in faults(text)] == [
        (1, "foo"),
        (3, "tickets.quiet"),
        (4, "tickets.quiet"),
        (6, "teams[0].lead"),
        (8, "apps[0].name"),
        (9, "apps[0].name"),
    ]


def test_a_key_twice_is_a_fault_even_where_both_are_right() -> None:
    assert len(faults("apps: []\napps: []")) == 1


def test_faults_beyond_fifty_are_counted() -> None:
    found = faults("".join(f"key{number}: 1\n" for number in range(9_000)))
    assert len(found) == 51
    assert found[-1] == (0, "the file has 8,950 faults more")


@given(st.one_of(st.text(max_size=200), st.text(alphabet="apsntem:-[]{}&*!|>'\"%#?,\\xU0 \n\t1~=<", max_size=80)))
def test_reading_never_raises(text: str) -> None:
    found = squad_file.read(text)
    assert isinstance(found, Squad) or (found and all(isinstance(fault, Fault) for fault in found))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "impact",
                    "when",
                    "set",
                    "tags",
                    "level",
                    "apps",
                    "tickets",
                    "teams",
                    "name",
                    "lead",
                    "quiet",
                    "projects",
                    "redaction",
                    "pattern",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


AS_AN_EDITOR = jsonschema.Draft202012Validator(squad_file.schema())


@given(JSON.filter(lambda data: data is not None))
def test_what_is_read_is_what_the_schema_takes(data: object) -> None:
    """An editor that goes by the schema never takes for wrong what the App takes."""
    if isinstance(squad_file.read(yaml.safe_dump(data)), Squad):
        AS_AN_EDITOR.validate(data)


@pytest.mark.parametrize(
    "duration",
    [
        pytest.param(timedelta(seconds=15), id="seconds"),
        pytest.param(timedelta(minutes=90), id="minutes"),
        pytest.param(timedelta(hours=25), id="hours"),
        pytest.param(timedelta(days=30), id="days"),
        pytest.param(timedelta(0), id="none at all"),
    ],
)
def test_a_duration_is_written_as_it_is_read(duration: timedelta) -> None:
    assert Tickets.model_validate({"regression": written(duration)}).regression == duration


@pytest.mark.parametrize(
    ("project", "name"),
    [
        pytest.param("reader-workers", "Reader", id="one of its projects"),
        pytest.param("dispatch", None, id="nobody's project"),
        pytest.param("", None, id="no project named"),
    ],
)
def test_the_application_of_a_project(project: str, name: str | None) -> None:
    squad = Squad(apps=(App(name="eFolder"), App(name="Reader", projects=("reader", "reader-workers"))))
    app = squad.app_of(project)
    assert (app.name if app else None) == name


def test_a_redactions_name_stands_where_its_pattern_matched() -> None:
    own = Redaction(name="file number", pattern=r"\bfile \d{6,9}\b")
    redactor = Redactor([(own.name, re.compile(own.pattern), f"[{own.name} removed]")])
    assert redactor.redact("lost file 123456") == "lost [file number removed]"


def test_the_schema_is_current() -> None:
    current = json.loads(SCHEMA.read_text())
    assert current == squad_file.schema(), "Run `python -m app schema > docs/prod-squad.schema.json`."


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(squad_file.schema())
    checked = [sys.executable, "-m", "check_jsonschema", "--check-metaschema", str(SCHEMA)]
    assert subprocess.run(checked, check=False, capture_output=True).returncode == 0


def test_every_key_of_the_schema_is_explained() -> None:
    schema = squad_file.schema()
    for model in (schema, *schema["$defs"].values()):
        assert model["description"]
        assert all(key.get("description") for key in model["properties"].values())


def test_the_example_reads_and_shows_every_key() -> None:
    squad = squad_file.read(EXAMPLE.read_text())
    assert isinstance(squad, Squad)
    as_an_editor_reads_it = json.loads(json.dumps(yaml.safe_load(EXAMPLE.read_text()), default=str))
    AS_AN_EDITOR.validate(as_an_editor_reads_it)
    assert squad.model_fields_set == set(Squad.model_fields)
    duty = (BusinessHours, Holidays, Rotation, PagerDuty, Undecided, Severe, Acknowledgement)
    reports = (Reports, Morning, Digest, Handoff, Weekly, Monthly)
    for section in (App, Team, Person, Redaction, Tickets, When, ImpactRule, ManualAt, Logs, *duty, *reports):
        assert all(f"{key}:" in EXAMPLE.read_text() for key in section.model_fields)


def test_a_report_has_its_usual_time_and_none_is_made_without_a_section() -> None:
    none = Squad().reports
    assert (none.morning, none.digest, none.handoff, none.weekly) == (None, None, None, None)
    squad = squad_file.read("reports: {morning: {}, digest: {every: week}, handoff: {}, weekly: {day: sun}}")
    assert isinstance(squad, Squad)
    wanted = squad.reports
    assert wanted.morning == Morning(at=timedelta(hours=9))
    assert wanted.digest == Digest(every=Every.WEEK, day=Weekday.FRIDAY, at=timedelta(hours=16))
    assert wanted.handoff == Handoff(at=timedelta(hours=9), day=Weekday.MONDAY)
    assert wanted.weekly == Weekly(day=Weekday.SUNDAY, at=timedelta(hours=8))


def test_what_is_wrong_with_a_report_is_told() -> None:
    assert faults("reports:\n  digest: {every: month}") == [
        (2, "reports.digest.every: is neither day nor week; leads get their digest every day or every week")
    ]
    assert faults("reports:\n  morning:") == [(2, f"reports.morning: {EMPTY}")]


def test_a_time_of_day_is_written_as_it_is_read() -> None:
    hours = BusinessHours.model_validate({"start": "08:30", "end": "24:00"})
    assert (hours.start, hours.end) == (timedelta(hours=8, minutes=30), timedelta(days=1))
    assert BusinessHours.model_validate(hours.model_dump(mode="json")) == hours


def test_the_map_beside_it_reads_and_names_the_same_teams_and_applications() -> None:
    squad = squad_file.read(EXAMPLE.read_text())
    owners = owners_map.read((DOCS / "examples" / "PRODOWNERS").read_text())
    assert owners.faults == ()
    assert isinstance(squad, Squad)
    assert {heading.name: heading.owners for heading in owners.headings} == {
        team.name: (f"@{team.lead}",) for team in squad.teams
    }


@pytest.mark.parametrize(
    ("name", "found"),
    [
        pytest.param("Reader", "Reader", id="as it is called"),
        pytest.param(" reader  V2", "Reader v2", id="in other letters and blanks"),
        pytest.param("Writer", None, id="another one"),
        pytest.param("", None, id="none is named"),
    ],
)
def test_which_app_is_called_so(name: str, found: str | None) -> None:
    squad = Squad(apps=(App(name="Reader"), App(name="Reader v2")))
    app = squad.app_called(name)
    assert (app.name if app is not None else None) == found
