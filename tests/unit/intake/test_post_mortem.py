"""A post-mortem's text, as the draft has it and as people leave it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.domain.following_up import DISCUSSED, Cause, Section
from app.domain.links import Linked
from app.domain.tickets import Around, Counters, Ticket
from app.intake.post_mortem import MOST_ITEMS, MOST_LINKS, boxes, missing_in, read, spots
from app.texts.body import split
from app.texts.post_mortem import View, body

ITEMS = "## Action items\n\n"


def test_a_fresh_draft_is_all_empty_and_has_no_item() -> None:
    view = View(operation="7.post-mortem.1", zone=UTC, zone_name="UTC", now=datetime(2026, 11, 23, tzinfo=UTC))
    around = split(str(body(Ticket(id=7, counters=Counters()), view)))
    assert around != Around()
    paper = read(f"{around.before}\n\n{around.after}")
    assert (paper.empty, paper.items, paper.discussed) == (tuple(Section), (), False)


@pytest.mark.parametrize(
    ("text", "discussed"),
    [
        pytest.param(f"{ITEMS}- [x] {DISCUSSED}", True, id="it is ticked"),
        pytest.param(f"{ITEMS}* [X] {DISCUSSED.upper()}.\r\n", True, id="another list, case, a full stop, CRLF"),
        pytest.param(f"It broke.\n\n- [x] {DISCUSSED}", True, id="it stands elsewhere"),
        pytest.param(f"- [ ] {DISCUSSED}\n- [x] {DISCUSSED}", True, id="twice, one of them ticked"),
        pytest.param(f"{ITEMS}- [ ] {DISCUSSED}", False, id="it is not ticked"),
        pytest.param(f"{ITEMS}- [x] {DISCUSSED} on Monday", False, id="other words"),
        pytest.param(f"```\n- [x] {DISCUSSED}\n```", False, id="in code"),
        pytest.param(f"<!-- \n- [x] {DISCUSSED}\n-->", False, id="in a comment"),
        pytest.param(ITEMS, False, id="it is not there"),
    ],
)
def test_whether_they_were_discussed(text: str, discussed: bool) -> None:
    paper = read(text)
    assert paper.discussed is discussed
    assert len(paper.items) == ("on Monday" in text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param("## Root cause\n\nA lock.\n", {Section.ROOT_CAUSE}, id="a section"),
        pytest.param("### root CAUSE ##\r\n\r\nA lock.\r\n", {Section.ROOT_CAUSE}, id="another level, case, CRLF"),
        pytest.param("## Root cause\n\n### Why\n\nA lock.\n", {Section.ROOT_CAUSE}, id="people's own heading in it"),
        pytest.param("## Root cause\n\n<!-- Ask\nwhy. -->\n", set(), id="only the hint"),
        pytest.param("## Root cause\n\n<!-- Ask why.\n\nA lock.", set(), id="a comment that never ends"),
        pytest.param("## Root cause\n\n## Feedback\n\nPlease read this.", set(), id="the next heading is not in it"),
        pytest.param("## What went well\n\n- \n- The rollback.\n", {Section.WELL}, id="a list with a line"),
        pytest.param("## What went badly\n\nn/a", set(), id="no sentence"),
        pytest.param("", set(), id="nothing"),
    ],
)
def test_what_is_written(text: str, written: set[Section]) -> None:
    assert set(Section) - set(read(text).empty) == written


@pytest.mark.parametrize(
    ("line", "owners", "due", "weekday", "done"),
    [
        ("- [ ] @mark by 2026-12-04: say when", ("mark",), date(2026, 12, 4), None, False),
        ("* [X] @mark, @alex until 2026-12-04: say when", ("mark", "alex"), date(2026, 12, 4), None, True),
        ("  + [ ] @mark by Friday: ask @alex", ("mark",), None, 4, False),
        ("- [ ] say when: @mark, due on mon", ("mark",), None, 0, False),
        ("- [ ] @octo-org/whiskey by wednesday: say when", ("octo-org/whiskey",), None, 2, False),
        ("- [ ] @mark by Thurs: say when", ("mark",), None, 3, False),
        ("- [ ] @mark, seen by friends, by 2026-12-04: say when", ("mark",), date(2026, 12, 4), None, False),
        ("- [ ] @mark alert by monitor, not by sunset", ("mark",), None, None, False),
        ("1. [ ] @mark by 2026-12-04: say when", ("mark",), date(2026, 12, 4), None, False),
        ("12) [x] @mark by 2026-12-04: say when", ("mark",), date(2026, 12, 4), None, True),
        ("- [ ] say when", (), None, None, False),
        ("- [ ] @mark by 2026-02-30: say when", ("mark",), None, None, False),
        ("- [ ] `@mark by friday`: mail jo@example.org", (), None, None, False),
    ],
)
def test_an_item(line: str, owners: tuple[str, ...], due: date | None, weekday: int | None, done: bool) -> None:
    (item,) = read(ITEMS + line).items
    assert (item.owners, item.due, item.weekday, item.done) == (owners, due, weekday, done)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        pytest.param(r"- [ ] fix \#&#x200B;1 in &#x60;a\*b&#x60;: 2 &lt; 3", "fix #1 in `a*b`: 2 < 3", id="escaped"),
        pytest.param(r"- [ ] run `a\*b &amp; c`, \d", r"run `a\*b &amp; c`, \d", id="not in code; what is none stays"),
    ],
)
def test_an_item_reads_as_it_is_shown(line: str, text: str) -> None:
    (item,) = read(ITEMS + line).items
    assert item.text == text


@pytest.mark.parametrize("line", ["- [ ]", "- [ ] ", "- say when", "text\n```\n- [ ] in code\n```", "<!-- - [ ] x -->"])
def test_no_item(line: str) -> None:
    assert read(ITEMS + line).items == ()


def test_an_item_is_known_again_until_its_words_change() -> None:
    before, ticked, other = (read(ITEMS + line).items[0] for line in ("- [ ] Say", "* [x] say", "- [ ] say it"))
    assert before.key == ticked.key != other.key


def test_a_list_without_end_is_cut() -> None:
    assert len(read(ITEMS + "- [ ] one\n" * 1_000).items) == MOST_ITEMS


@pytest.mark.parametrize(
    ("line", "links"),
    [
        pytest.param("- [ ] see #12", [Linked(number=12)], id="in the same repository"),
        pytest.param(
            "- [ ] (#12), octo-org/shop.web#7.",
            [Linked(number=12), Linked(number=7, repository="octo-org/shop.web")],
            id="two",
        ),
        pytest.param(
            "- [ ] https://github.com/octo-org/shop/pull/7/files, http://ghe.example:8443/a/b/issues/8#issuecomment-9",
            [
                Linked(number=7, repository="octo-org/shop", host="github.com"),
                Linked(number=8, repository="a/b", host="ghe.example:8443"),
            ],
            id="addresses",
        ),
        pytest.param("- [ ] #12 and #12", [Linked(number=12)], id="twice is once"),
        pytest.param("- [ ] `#12`, issue#12, a/#12, &#12; #0, #12a, #1234567890, x/y/z#3, ##4", [], id="none"),
        pytest.param("- [ ] https://github.com/octo-org/shop/pull/0, https://github.com/pull/7", [], id="no addresses"),
        pytest.param("- [ ] say when", [], id="without a link"),
    ],
)
def test_what_an_item_waits_for(line: str, links: list[Linked]) -> None:
    assert list(read(ITEMS + line).items[0].links) == links


def test_an_items_links_are_bounded() -> None:
    assert len(read(ITEMS + "- [ ] " + " ".join(f"#{n}" for n in range(1, 30))).items[0].links) == MOST_LINKS


@pytest.mark.parametrize(
    ("text", "cause", "is_written"),
    [
        pytest.param("## Root cause\n\nCause:\n", None, False, id="as drafted"),
        pytest.param("## Root cause\n\nCause: deploy\n", Cause.DEPLOY, False, id="the line alone is no root cause"),
        pytest.param(
            "## Root cause\r\n\r\n**Cause:** Data, mostly\r\n\r\nA lock.", Cause.DATA, True, id="bold, with more"
        ),
        pytest.param(
            "## Root cause\n\n- Cause: _why_\n- A lock.\nCause: code", Cause.CODE, True, id="the first that is one"
        ),
        pytest.param("## Root cause\n\nCause: deployment\n\nA lock.", None, True, id="no word of the list"),
        pytest.param("Because: code\n\n<!-- Cause: code -->", None, False, id="neither a comment nor another word"),
        pytest.param("### Cause\n\ncapacity\n\n### Action items\n\n- [ ]", Cause.CAPACITY, False, id="by the form"),
        pytest.param("### Cause\n\n_No response_\n\n### Action items", None, False, id="the form's left empty"),
    ],
)
def test_the_cause(text: str, cause: Cause | None, is_written: bool) -> None:
    paper = read(text)
    assert (paper.cause, Section.ROOT_CAUSE not in paper.empty) == (cause, is_written)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("- [ ] @mark by friday: say when", "say when"),
        ("- [ ] say when: @mark, due on mon", "say when: @mark, due on mon"),
        ("- [ ] @mark by friday:", "@mark by friday:"),
        ("- [ ] retry: twice", "retry: twice"),
    ],
)
def test_what_is_to_be_done(text: str, what: str) -> None:
    assert read(ITEMS + text).items[0].what == what


def test_boxes_are_where_the_items_stand() -> None:
    text = (
        "- [ ] not below the heading\r\n<!-- - [ ] a comment\r\nof two lines -->\r\n## Action items\r\n\r\n"
        "- [ ] one\r\n- [x] done\r\n  * [ ] two <!-- later -->\r\n```\r\n- [ ] code\r\n```\r\n- [ ]\r\n"
        "- [ ] The action items were discussed after standup\r\n\r\n## Feedback\r\n\r\n- [ ] not any more"
    )
    paper = read(text)
    found = boxes(text)
    assert [key for key, _ in found] == [item.key for item in paper.to_do]
    ticked = list(text)
    for _, place in found:
        assert ticked[place] == " "
        ticked[place] = "x"
    assert [line for line in "".join(ticked).split("\r\n") if "[x]" in line] == [
        "- [x] one", "- [x] done", "  * [x] two <!-- later -->",
    ]  # fmt: skip


def test_a_second_heading_of_a_section_ends_nothing() -> None:
    text = "## Feedback\n\n" + ITEMS + "- [ ] one\n\n## Feedback\n\n- [ ] two\n\n## Detection\n\n- [ ] three"
    assert [item.text for item in read(text).items] == ["one", "two"], "the first of two headings counts"
    assert len(boxes(text)) == 2


def test_without_the_heading_there_is_no_box() -> None:
    assert boxes("- [ ] one") == ()


@pytest.mark.parametrize(
    ("line", "number", "what"),
    [
        pytest.param("- [ ] @jo: say when (#12)", 12, "say when", id="behind its words"),
        pytest.param("- [ ] @jo: say when #12", 0, "say when #12", id="a link"),
        pytest.param("- [ ] (#12)", 0, "(#12)", id="alone"),
        pytest.param("- [ ] @jo: say when (#12) soon", 0, "say when (#12) soon", id="within its words"),
        pytest.param("- [ ] @jo: say when (acme/shop#12)", 0, "say when (acme/shop#12)", id="elsewhere"),
    ],
)
def test_an_items_own_issue(line: str, number: int, what: str) -> None:
    (item,) = read(ITEMS + line).items
    assert (item.sub_issue, item.what) == (number, what)


def test_with_its_own_issue_an_item_is_the_same() -> None:
    (before,), (after,) = (read(ITEMS + line).items for line in ("- [ ] say when", "- [ ] say when (#12)"))
    assert before.key == after.key


def test_of_a_very_long_line_only_the_beginning_is_read() -> None:
    short, long = spots(ITEMS + "- [ ] say when  \n- [ ] " + "x" * 600)
    assert (short.whole, long.whole) == (True, False)


def test_the_headings_that_are_missing() -> None:
    assert missing_in("## root cause\n<!-- ## Detection -->\n```\n## Detection\n```\n") == (
        "Detection",
        "What went well",
        "What went badly",
        "Where we were lucky",
        "Action items",
    )
