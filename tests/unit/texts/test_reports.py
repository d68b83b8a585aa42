"""The reports' texts as golden files, what is read of them again, and what a run tells."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from app.domain.alerts import Impact
from app.domain.duty import Duty, Source
from app.domain.following_up import ActionItem, Cause
from app.domain.issues import IssueRef, Repository
from app.domain.listed import Listed
from app.domain.month import Month, MonthSeen, Repeat, Story, Tally, TeamItems
from app.domain.report_items import Batch, Glance, Item, NotDue, Review, Shift, Why
from app.domain.reporting import Did, Kind, Mark, Outcome, Past, Row
from app.domain.standup import Agenda, Overdue, Topic
from app.domain.tickets import Around
from app.domain.week import Noise, Share, Times, Week, WeekSeen
from app.intake.post_mortem import read
from app.texts import report_digest, report_handoff, report_monthly, report_morning, report_weekly
from app.texts.body import GITHUB_REFUSES, LONGEST, merged
from app.texts.markdown import bars, joined, literal, pie
from app.texts.report_frame import Written, lines_in, listed_at, part, past, style, ticked_in
from app.texts.report_summary import not_due, summary
from tests.unit.texts import golden
from tests.unit.texts.nasty import FRAGMENTS
from tests.unit.texts.page import rendered

NOW = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")
REPOSITORY = Repository(id=7, name="acme/shop", installation=0)
TODAY = int(NOW.timestamp()) // 86_400
PAIR = Duty(primary="mark", secondary="alex", source=Source.MEMBERS, as_of=NOW)
NOBODY = Duty(primary="", secondary="", source=Source.NOTHING, as_of=NOW, notes=("Nobody is on duty.",))


def mark(kind: Kind, **more: Any) -> Mark:
    return Mark(kind=kind, key="2026-11-24", since=NOW - timedelta(hours=16), until=NOW, **more)


def issue(number: int) -> IssueRef:
    url = f"https://github.com/acme/shop/issues/{number}"
    return IssueRef(repository=REPOSITORY, number=number, id=number, node_id=f"I_{number}", url=url)


def row(number: int, title: str = "NoMethodError: undefined method `name' for nil", **more: Any) -> Row:
    usual: dict[str, Any] = {
        "made_at": NOW - timedelta(hours=9),
        "opened_at": NOW - timedelta(hours=9),
        "app": "Reader",
        "team": "Whiskey",
        "lead": "mark",
        "occurrences": 1234,
        "users": 12,
        "last_seen": NOW - timedelta(hours=2),
    }
    return Row(issue=issue(number), title=title, **(usual | more))


def item(number: int, why: Why = Why.NEW, **more: Any) -> Item:
    return Item(row=row(number, **more), why=why)


def action(words: str) -> ActionItem:
    return read(f"## Action items\n\n- [ ] {words}").items[0]


def body(written: Written, around: Around | None = None) -> str:
    return str(merged(around or Around(), part(written)))


def morning(seen: Review, ticked: frozenset[int]) -> Written:
    return report_morning.written(seen, ticked, ZONE)


# The golden files

REVIEW = Review(
    mark=mark(Kind.MORNING),
    duty=PAIR,
    undecided=(
        item(12),
        item(13, Why.AGAIN, title="Timeout: @everyone <b>Fixes #1</b> | [x](http://evil.example)", lead="", users=None),
        item(9, Why.LEFT, team="", app="", last_seen=None, occurrences=1),
    ),
    teams=(
        ("Tango", (item(14, Why.REOPENED, impact=Impact.SEVERE), item(15, impact=Impact.UNSURE))),
        ("", (item(16, impact=Impact.ANNOYING, app=""),)),
    ),
    closed=(row(8, open=False),),
    silenced=3,
    support=(Glance(row=row(20, "I can't log in"), new=True), Glance(row=row(19, "Where is my file?"), new=False)),
)
BATCH = Batch(
    mark=mark(Kind.DIGEST, who="mark"),
    apps=(
        ("Reader", (item(12, days=((TODAY - 9, 3), (TODAY - 1, 7), (TODAY, 44))), item(13, Why.AGAIN))),
        ("", (item(14, Why.LEFT, app="", users=None), item(15, Why.REOPENED, app=""))),
    ),
    others=5,
)
OVER = Shift(
    mark=mark(Kind.HANDOFF, pair=("alex", "sharon")),
    before=("mark", "alex"),
    duty=Duty(primary="alex", secondary="sharon", source=Source.MEMBERS, as_of=NOW, notes=("jo is away.",)),
    tickets=(
        row(12, impact=Impact.SEVERE, asked=("nick", "acme/ops"), asked_at=NOW - timedelta(hours=3)),
        row(13, impact=None, acknowledged_by="mark", acknowledged_until=NOW + timedelta(hours=1)),
        row(17, impact=None, acknowledged_by="mark", acknowledged_until=NOW),
        row(14, impact=Impact.UNSURE, asked=("nick",)),
    ),
    annoying=4,
    ending=(
        row(15, silenced_by="mark", silenced_until=NOW + timedelta(days=2)),
        row(16, silenced_until=None),
    ),
    silenced=6,
    opened=9,
    closed=1,
    last=Past(issue=issue(3), mark=mark(Kind.HANDOFF), made_at=NOW, open=True, body="", notes=True),
)
WEEKS = tuple(
    Week(
        since=date(2026, 10, 19) + timedelta(weeks=n), alerts=alerts, closed=closed, occurrences=50 * n, business_days=5
    )
    for n, (alerts, closed) in enumerate([(4, 5), (7, 3), (5, 6), (8, 8), (11, 2)])
)
HOURS = timedelta(hours=1)
WEEK = WeekSeen(
    mark=mark(Kind.WEEKLY),
    weeks=WEEKS,
    apps=(
        Share(name="Reader", alerts=6, occurrences=900, before=10),
        Share(name='Certification "v2"; end', alerts=5, occurrences=120, before=4),
        Share(name="", alerts=0, occurrences=7, before=2),
    ),
    teams=(
        Share(name="Whiskey", alerts=6, occurrences=900, before=10),
        Share(name="", alerts=5, occurrences=127, before=6),
    ),
    acknowledged=Times(number=9, middle=12 * HOURS / 60, longest=3 * HOURS),
    decided=Times(number=11, middle=4.5 * HOURS, longest=31 * HOURS),
    closed=None,
    noisiest=(
        Noise(row=row(12), occurrences=700, comments=12, people=6),
        Noise(row=row(13, silenced=True), occurrences=20, comments=3, people=2),
        Noise(row=row(14, open=False), occurrences=1, comments=1, people=1),
    ),
    deciders=(("mark", 7), ("alex", 4)),
    open=23,
    undecided=4,
    severe=1,
)


AGENDA = Agenda(
    topics=(
        Topic(issue=issue(30), title="Post-mortem: <b>PG::Error</b> @jo #7", items=5, open=3, overdue=1),
        Topic(issue=issue(31), title="Post-mortem: white page", items=0, open=0, overdue=0),
    ),
    overdue=(
        Overdue(issue=issue(30), item=action("@mark by 2026-11-20: ask @jo [x](http://evil.example)"), due=NOW.date()),
    ),
)
MONTHS = tuple(
    Month(
        since=date(2026, 5 + n, 1),
        begun=begun,
        done=done,
        items=3 * begun,
        ticked=begun,
        open=begun,
        overdue=done,
        left=done,
    )
    for n, (begun, done) in enumerate([(0, 0), (2, 1), (1, 1), (0, 1), (3, 2), (4, 1)])
)
STORY = Story(
    issue=issue(30), title="Post-mortem: PG::Error", app="Reader", cause=Cause.DEPLOY, began=date(2026, 10, 6),
    done=date(2026, 10, 20), items=5, ticked=4,
)  # fmt: skip
MONTH = MonthSeen(
    mark=mark(Kind.MONTHLY),
    months=MONTHS,
    apps=(Tally(name="Reader", begun=3, before=1, half_year=5), Tally(name="", begun=1, before=2, half_year=5)),
    causes=(Tally(name="deploy", begun=3, before=3, half_year=7), Tally(name="", begun=1, before=0, half_year=3)),
    teams=(TeamItems(name="Whiskey", open=4, overdue=2), TeamItems(name="", open=1, overdue=0)),
    done=(Times(number=1, middle=timedelta(days=9.5), longest=timedelta(days=9.5)), None),
    feedback=(None, Times(number=2, middle=timedelta(days=2), longest=timedelta(days=4))),
    open=6,
    stories=(
        STORY,
        msgspec.structs.replace(STORY, issue=issue(31), title="@jo | <b> #7", app="", cause=None, done=None),
    ),
    repeats=(
        Repeat(
            row=row(12),
            came_at=NOW,
            post_mortem=issue(30),
            began=date(2026, 10, 6),
            left=(
                (action("@mark by 2026-10-20: give the lock back"), date(2026, 10, 20)),
                (action("say @everyone when"), None),
                *(3 * ((action("more"), None),)),
            ),
        ),
    ),
)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        pytest.param("report-morning", morning(REVIEW, frozenset({13})), id="morning"),
        pytest.param(
            "report-morning-quiet",
            morning(Review(mark=REVIEW.mark, duty=PAIR), frozenset()),
            id="a quiet night",
        ),
        pytest.param(
            "report-morning-nobody",
            morning(msgspec.structs.replace(REVIEW, duty=NOBODY), frozenset()),
            id="nobody on duty",
        ),
        pytest.param(
            "report-morning-nothing",
            morning(Review(mark=REVIEW.mark, duty=NOBODY), frozenset()),
            id="neither anybody nor anything",
        ),
        pytest.param("report-digest", report_digest.written(BATCH, frozenset({14}), "prod-alert"), id="digest"),
        pytest.param(
            "report-digest-settled",
            report_digest.written(Batch(mark=BATCH.mark, apps=()), frozenset(), "prod-alert"),
            id="all is settled",
        ),
        pytest.param("report-handoff", report_handoff.written(OVER, frozenset({13}), ZONE), id="handoff"),
        pytest.param(
            "report-handoff-bare",
            report_handoff.written(Shift(mark=OVER.mark, before=(), duty=NOBODY), frozenset(), ZONE),
            id="a first handoff to nobody",
        ),
        pytest.param("report-weekly", report_weekly.written(WEEK), id="weekly"),
        pytest.param(
            "report-morning-agenda",
            morning(Review(mark=REVIEW.mark, duty=PAIR, agenda=AGENDA), frozenset()),
            id="after standup",
        ),
        pytest.param("report-monthly", report_monthly.written(MONTH, ZONE), id="monthly"),
        pytest.param(
            "report-monthly-nothing",
            report_monthly.written(
                MonthSeen(mark=MONTH.mark, months=tuple(Month(since=it.since) for it in MONTHS)), ZONE
            ),
            id="a month of nothing",
        ),
    ],
)
def test_reports(name: str, written: Written) -> None:
    golden.holds(f"{name}.md", body(written))


def test_a_handoff_says_when_the_last_pair_wrote_nothing() -> None:
    last = msgspec.structs.replace(OVER.last, notes=False)
    over = msgspec.structs.replace(OVER, last=last)
    assert "The last pair wrote nothing into [acme/shop" in body(report_handoff.written(over, frozenset(), ZONE))


def test_a_week_of_nothing() -> None:
    empty = WeekSeen(
        mark=mark(Kind.WEEKLY),
        weeks=5 * (Week(since=date(2026, 11, 16), alerts=0, closed=0, occurrences=0, business_days=0),),
        apps=(), teams=(), acknowledged=None, decided=None, closed=None, noisiest=(), deciders=(),
        open=0, undecided=0, severe=0,
    )  # fmt: skip
    golden.holds("report-weekly-nothing.md", body(report_weekly.written(empty)))


def test_charts_hold_whatever_names_hold() -> None:
    """`make check` has the real Mermaid read this file."""
    names = [*FRAGMENTS, "xychart-beta", "end", "title x", "%%{init: {}}%%", "ß 日本 שלום", '"', "a" * 90]
    charts = [bars(name, [name, "b"], name, [3, 1]) for name in names]
    pies = [pie(name, [(name, 1), ("b", 2)]) for name in names]
    unlike = dict.fromkeys([*charts, *pies, bars("", ["a", "b"], "", [0, 0], [1, 2])])
    text = str(joined(unlike, literal("\n\n")))
    golden.holds("charts-nasty.md", text)
    page = rendered(text)
    assert (page.links, page.comments, page.shown) == ([], [], "")
    blocks = [block.removeprefix("```mermaid\n").removesuffix("```") for block in text.split("\n\n")]
    assert page.code[1::2] == blocks


def test_nothing_shared_is_no_pie() -> None:
    assert str(pie("x", [("a", 0)])) == ""


# Mentions


@pytest.mark.parametrize(
    ("written", "who"),
    [
        pytest.param(morning(REVIEW, frozenset()), {"mark", "alex"}, id="morning"),
        pytest.param(report_digest.written(BATCH, frozenset(), "prod-alert"), {"mark"}, id="digest"),
        pytest.param(report_handoff.written(OVER, frozenset(), ZONE), {"alex", "sharon"}, id="handoff"),
        pytest.param(report_weekly.written(WEEK), set(), id="weekly"),
        pytest.param(report_monthly.written(MONTH, ZONE), set(), id="monthly"),
    ],
)
def test_whom_a_report_is_for_is_mentioned_in_its_first_line_alone(written: Written, who: set[str]) -> None:
    assert set(written.assignees) == who
    assert all(str(written.greeting).count(f"@{login}") == 1 for login in who)
    for variant in written.variants:
        assert rendered(variant).linked == {}


# What is read again


def listed(text: str, **more: Any) -> Listed:
    usual: dict[str, Any] = {"title": "t", "author": "bot", "author_is_bot": True, "opened_at": NOW}
    return Listed(ref=issue(40), body=text, **(usual | more))


def test_a_report_is_known_by_the_next_run_with_what_is_ticked() -> None:
    text = body(morning(REVIEW, frozenset({13}))).replace("\n", "\r\n")
    found = past(listed(text))
    assert found is not None
    assert found.mark == REVIEW.mark
    assert found.lines == ((12, False), (13, True), (9, False), (14, False), (15, False), (16, False))
    assert (found.shown, found.unticked) == ({12, 13, 9, 14, 15, 16}, {12, 9, 14, 15, 16})
    assert not found.notes
    assert msgspec.structs.replace(found, open=False).unticked == frozenset()


@pytest.mark.parametrize(
    ("around", "commented"),
    [
        pytest.param(Around(before="Watch the queue"), None, id="above"),
        pytest.param(Around(after="Watch the queue"), None, id="below"),
        pytest.param(Around(), NOW, id="in a comment"),
    ],
)
def test_what_people_wrote_is_seen(around: Around, commented: datetime | None) -> None:
    found = past(listed(body(report_weekly.written(WEEK), around), commented_at=commented))
    assert found is not None
    assert found.notes


def test_a_box_of_peoples_own_is_none_of_ours() -> None:
    text = body(report_weekly.written(WEEK), Around(after="- [x] [a](https://github.com/acme/shop/issues/12)"))
    assert lines_in(text) == ()
    assert ticked_in(text) == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Just an issue", id="no part"),
        pytest.param(body(Written(mark=mark(Kind.WEEKLY), title="t", greeting=literal("x"), variants=())).replace(
            '"kind":"weekly"', '"kind":"yearly"'), id="a damaged mark"),
        pytest.param(body(report_weekly.written(WEEK)).replace("report=", "rapport="), id="no mark"),
        pytest.param('<!-- prod-squad:v1:report={"kind":"weekly"} -->', id="a mark outside of a part"),
    ],
)  # fmt: skip
def test_what_is_no_report(text: str) -> None:
    assert past(listed(text)) is None


# Sizes


def test_a_report_of_very_much_is_bounded_and_counts_the_rest() -> None:
    many = tuple(item(n, title="x | " * 60, team="T" * 40, app="A" * 40) for n in range(1, 1001))
    teams = tuple((f"Team {n}", many[n * 10 : n * 10 + 10]) for n in range(60))
    written = morning(msgspec.structs.replace(REVIEW, undecided=many, teams=teams), frozenset())
    text = body(written)
    assert len(text) <= LONGEST
    assert "… and 990 more." in text
    assert "… and 50 more teams." in text
    endless = tuple((f"Team {n}", many[:10]) for n in range(2_000))
    written = morning(msgspec.structs.replace(REVIEW, teams=endless), frozenset())
    assert len(body(written)) <= GITHUB_REFUSES
    assert past(listed(body(written))) is not None, "the mark is there whatever else gives way"


# The rest of the frame


def test_labels_are_the_kinds() -> None:
    assert [style(kind).name for kind in Kind] == [
        "report:morning", "report:digest", "report:handoff", "report:weekly", "report:monthly",
    ]  # fmt: skip


def test_githubs_own_list_is_linked_beside_an_issue_only() -> None:
    label = literal("all")
    assert str(listed_at("https://github.com/acme/shop/issues/1", "is:open label:x", label)) == (
        "[all](https://github.com/acme/shop/issues?q=is%3Aopen%20label%3Ax)"
    )
    assert listed_at("https://github.com/acme/shop", "is:open", label) == label


# Summaries


def test_a_summary_tells_what_was_left_first() -> None:
    outcomes = [
        Outcome(title="Digest for mark", did=Did.MADE, issue=issue(41)),
        Outcome(title="digest 2026-11-23", did=Did.CLOSED, issue=issue(40)),
        Outcome(title="Digest for alex", did=Did.LEFT, why="The job's time is up."),
    ]
    written = report_digest.written(BATCH, frozenset(), "prod-alert")
    text = summary(Kind.DIGEST, outcomes, [written], read=120, unmarked=2, nobodys=1, dry_run=False)
    golden.holds("report-summary.md", str(text))
    assert "@mark" not in str(text)


def test_nothing_to_make_is_said() -> None:
    text = str(summary(Kind.DIGEST, [], [], read=0, unmarked=0, nobodys=0, dry_run=True))
    assert text == (
        "## Digests, a dry run: nothing was written\n\nNobody has anything new, so nothing is made.\n\n"
        "0 tickets were read."
    )


def test_a_summary_stays_within_what_github_takes() -> None:
    written = report_weekly.written(WEEK)
    text = summary(Kind.WEEKLY, [], [written] * 200, read=0, unmarked=0, nobodys=0, dry_run=True)
    assert text.size < 250_000


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(NotDue(off=True), "does not want it; add morning to its section `reports`", id="off"),
        pytest.param(NotDue(next_at=NOW), "from Tue 2026-11-24 09:05 EST on", id="later"),
        pytest.param(NotDue(), "no day is in sight", id="never"),
    ],
)
def test_why_nothing_is_made(answer: NotDue, said: str) -> None:
    assert said in str(not_due(Kind.MORNING, answer, ZONE))
