"""A post-mortem's text, as the draft has it and as people leave it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.domain.following_up import DISCUSSED, Section
from app.domain.tickets import Around, Counters, Ticket
from app.intake.post_mortem import MOST_ITEMS, read
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
        ("- [ ] say when", (), None, None, False),
        ("- [ ] @mark by 2026-02-30: say when", ("mark",), None, None, False),
        ("- [ ] `@mark by friday`: mail jo@example.org", (), None, None, False),
    ],
)
def test_an_item(line: str, owners: tuple[str, ...], due: date | None, weekday: int | None, done: bool) -> None:
    (item,) = read(ITEMS + line).items
    assert (item.owners, item.due, item.weekday, item.done) == (owners, due, weekday, done)


@pytest.mark.parametrize("line", ["- [ ]", "- [ ] ", "- say when", "text\n```\n- [ ] in code\n```", "<!-- - [ ] x -->"])
def test_no_item(line: str) -> None:
    assert read(ITEMS + line).items == ()


def test_an_item_is_known_again_until_its_words_change() -> None:
    before, ticked, other = (read(ITEMS + line).items[0] for line in ("- [ ] Say", "* [x] say", "- [ ] say it"))
    assert before.key == ticked.key != other.key


def test_a_list_without_end_is_cut() -> None:
    assert len(read(ITEMS + "- [ ] one\n" * 1_000).items) == MOST_ITEMS
