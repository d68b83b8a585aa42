"""The life of a post-mortem as the scheduled jobs see it: two weeks, a holiday in them, then the month's page.

The table was derived by hand from the rules, before the jobs were run. Squad time is UTC, nine to five; the 11th is
a holiday. The morning review is made at 9:20, `post_mortems` runs at 14:37, on every day of the week.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from app.domain.following_up import DISCUSSED
from sandbox.github.markdown import rendered
from sandbox.github.state import Actor, Issue
from scripts import monthly, morning, post_mortems
from tests.journey.days import MENTION
from tests.journey.office import HOME, SQUAD, Office, office
from tests.journey.test_items_by_links import edit, merge, pull
from tests.journey.test_post_mortems import EMPTY, post_mortem

TEAM = "octo-org/caseflow"
WORLD = SQUAD + (
    "holidays: {extra: [2026-11-11]}\n"
    f"post_mortem: {{audience: [{TEAM}]}}\n"
    "reports: {morning: {}, monthly: {}}\n"
)
MARK = Actor(login="mark")
TABLE = """
# Begun on Thursday at eleven, by mark. Two sections are empty; the runbook is due on Tuesday, the lock on Friday week.
Thu 05 Nov 14:37 | mark              | empty
# Two business days before Tuesday is Friday.
Fri 06 Nov 09:20 |                   | agenda, 2 open
Fri 06 Nov 14:37 | jo mark           | soon, empty
# Nothing on the weekend.
Mon 09 Nov 09:20 |                   | agenda, 2 open
Mon 09 Nov 14:37 | mark              | soon, empty
# At four mark wrote what was missing. Feedback: two hours and 23 minutes of Tuesday, Thursday, Friday, the rest on
# Monday. Two business days before Friday is Tuesday, for Wednesday is a holiday.
Tue 10 Nov 09:20 |                   | agenda, 2 open
Tue 10 Nov 14:37 | alex jo octo-org/caseflow | soon, today, feedback until 2026-11-16
# The holiday. On Thursday the runbook is late for the first time; after standup they discuss it, and say so.
Thu 12 Nov 09:20 |                   | agenda, 2 open, 1 overdue
Thu 12 Nov 14:37 | jo                | soon, overdue, feedback until 2026-11-16
# At five the pull request of the lock was merged.
Fri 13 Nov 14:37 |                   | overdue, feedback until 2026-11-16, ticked
# On Monday at four mark closed it without a word.
Tue 17 Nov 14:37 | mark              | reopened
# A week after the first time, so the lead hears of it, too.
Thu 19 Nov 14:37 | jo nick           | overdue
# At four mark said why, and closed it. That was all.
"""
SAYS = (
    ("is due on", "soon"),
    ("is due **today**", "today"),
    ("**overdue**", "overdue"),
    ("Not written yet", "empty"),
    ("Without a day", "unclear"),
    ("Feedback is open until", "feedback until"),
    ("**Ticked,**", "ticked"),
    ("is open again", "reopened"),
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def mentioned(here: Office, text: str) -> str:
    world = here.github.state
    page = rendered(text, base=world.base, repository=HOME, known=frozenset({*world.users, "octo-org"}))
    return " ".join(dict.fromkeys(MENTION.findall(page)))


def kinds(text: str) -> str:
    found = [word for sentence, word in SAYS if sentence in text]
    until = re.search(r"until (\d{4}-\d\d-\d\d)", text)
    return ", ".join(f"{word} {until[1]}" if word.endswith("until") and until else word for word in found)


def agenda(here: Office) -> str:
    """What the day's review says of the post-mortem; empty where it does not."""
    key = f"{here.clock():%Y-%m-%d}"
    body = next((it.body or "" for it in here.home.issues.values() if it.title == f"Morning review, {key}"), "")
    found = re.search(r"(\d+) of \d+ items open(?: · \*\*(\d+) overdue)?", body)
    if found is None:
        return ""
    return f"agenda, {found[1]} open" + (f", {found[2]} overdue" if found[2] else "")


async def lived(here: Office, issue: Issue, happenings: list[tuple[datetime, Callable[[], object]]]) -> list[str]:
    """What was said from the fifth to the twenty-first, run by run."""
    rows: list[str] = []
    day = at(5, 0)
    times = (timedelta(hours=9, minutes=20), timedelta(hours=14, minutes=37))
    for moment in (day + timedelta(days=n) + time for n in range(17) for time in times):
        while happenings and happenings[0][0] <= moment:
            here.clock.at, happen = happenings.pop(0)
            happen()
        if moment < issue.created_at:
            continue
        here.clock.at = moment
        before = set(issue.comments)
        if moment.hour == 9:
            await here.run(morning.JOB)
            who, what = "", agenda(here)
        else:
            assert (await here.run(post_mortems.JOB)).complete
            new = [it for key, it in issue.comments.items() if key not in before]
            who, what = (mentioned(here, new[0].body), kinds(new[0].body)) if new else ("", "")
        if what:
            rows.append(f"{moment:%a %d %b %H:%M} | {who} | {what}")
    assert not happenings
    return rows


def by_hand() -> list[str]:
    rows = (re.sub(r" *\| *", " | ", row.strip()) for row in TABLE.splitlines())
    return [row for row in rows if row and not row.startswith("#")]


async def test_two_weeks_of_a_post_mortem_and_its_month() -> None:
    async with office(squad=WORLD) as here:
        here.clock.at = at(5, 11)
        number = pull(here)
        lock, runbook = "@alex by 2026-11-13: give the lock back", "@jo by 2026-11-10: write the runbook"
        issue = post_mortem(here, f"- [ ] {lock} (#{number})", f"- [ ] {runbook}", text=EMPTY, app="Reader")

        def write() -> None:
            edit(here, issue, "<!-- Ask why. -->", "Cause: deploy\n\nA lock that nobody gave back.")
            edit(here, issue, "lucky\n\n-", "lucky\n\n- It was a quiet day.")

        def close() -> None:
            here.github.acts.close(issue, MARK)

        rows = await lived(
            here,
            issue,
            [
                (at(9, 16), write),
                (at(12, 10), lambda: edit(here, issue, runbook, f"{runbook}\n\n- [x] {DISCUSSED}")),
                (at(12, 17), lambda: merge(here, number)),
                (at(16, 16), close),
                (at(19, 16), lambda: here.says(issue, "The runbook is in the backlog.", "mark")),
                (at(19, 16, 5), close),
            ],
        )
        assert rows == by_hand()
        assert issue.state == "closed"
        assert f"- [x] {lock}" in (issue.body or "")
        assert len([it for it in issue.comments.values() if it.author == "github-actions[bot]"]) == 1
        here.clock.at = datetime(2026, 12, 1, 8, 20, tzinfo=UTC)
        await here.run(monthly.JOB)
        (page,) = (it.body or "" for it in here.home.issues.values() if it.title == "Post-mortems of 2026-11")
        assert "**1 post-mortem was** begun in 2026-11 and 1 done" in page
        assert "| Reader | 1 | 0 | 1 |" in page
        assert "| deploy | 1 | 0 | 1 |" in page
        assert "| 2026-11 | 2 | 1 | 0 | 0 | 1 |" in page, "two items: one done, one left"
        assert [
            row for row in page.replace("&#x2E;", ".").split("\n") if row.startswith(("| be done", "| ask for"))
        ] == [
            "| be done | 9.6 | 9.6 | 1 | – |",
            "| ask for feedback | 3.0 | 3.0 | 1 | – |",
        ], "77 business hours; Thursday, Friday and Monday"
