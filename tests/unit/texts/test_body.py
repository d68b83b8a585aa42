"""People's text around the App's part stays to the letter."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.tickets import Around
from app.texts.body import GITHUB_REFUSES, LONGEST, Part, State, merged, split, state_in, state_marker
from app.texts.markdown import Markdown, fenced, joined, literal, size_of, words
from tests.unit.texts.nasty import FRAGMENTS, texts
from tests.unit.texts.page import rendered

BEGIN, END = "<!-- prod-squad:v1:begin -->", "<!-- prod-squad:v1:end -->"
STATE = state_marker(State(ticket=7, occurrences=3))


def part(*variants: Markdown) -> Part:
    return Part(variants=variants or (joined([literal("**Ours**"), STATE], literal("\n\n")), STATE))


MARKS = (
    BEGIN,
    END,
    BEGIN + "\n",
    "\n" + END,
    "<!-- prod-squad:v1:begin=3 -->\n",
    "\n<!-- prod-squad:v1:end=3 -->",
    "\n",
    "\r\n",
)
peoples = st.one_of(
    st.lists(st.sampled_from((*FRAGMENTS, *MARKS)), max_size=12).map("".join),
    st.lists(st.sampled_from(MARKS), max_size=12).map("".join),
    st.text(max_size=40),
)


@given(before=peoples, after=peoples)
@example(before="\r", after="\n")
@example(before="x\r\n\r", after="\r\n\r\nx")
@example(before=f"{BEGIN}\n\nx\n\n{END}", after=f"{BEGIN}\n\nx\n\n{END}")
def test_what_people_wrote_comes_back_to_the_letter(before: str, after: str) -> None:
    around = Around(before=before, after=after)
    body = merged(around, part())
    assert split(str(body)) == around
    assert merged(split(str(body)), part()) == body
    assert state_in(str(body)) == State(ticket=7, occurrences=3)


@given(before=texts, after=texts)
def test_another_part_changes_nothing_around_it(before: str, after: str) -> None:
    around = Around(before=before, after=after)
    once = merged(around, part(words("another")))
    assert split(str(merged(split(str(once)), part()))) == around


@pytest.mark.parametrize(
    ("body", "around"),
    [
        pytest.param("", Around(), id="nothing"),
        pytest.param("A report.\n", Around(before="A report.\n"), id="no part"),
        pytest.param(f"{BEGIN}\n\nx\n\n{END}", Around(), id="the part alone"),
        pytest.param(f"a\n\n{BEGIN}\nx\n{END}\n\nb", Around(before="a", after="b"), id="above and below"),
        pytest.param(f"a\r\n\r\n{BEGIN}\r\nx\r\n{END}\r\n\r\nb", Around(before="a", after="b"), id="sent by a browser"),
        pytest.param(f"a\n{BEGIN}\nx\n{END}\nb", Around(before="a\n", after="\nb"), id="a blank line taken out"),
        pytest.param(f"{BEGIN}\nx\n{END} b", Around(after=" b"), id="written right behind the end"),
        pytest.param(f"a\n\n{BEGIN}\nx", Around(before=f"a\n\n{BEGIN}\nx"), id="the end is gone: all is people's"),
        pytest.param(f"x\n{END}\n\nb", Around(before=f"x\n{END}\n\nb"), id="the beginning is gone: all is people's"),
        pytest.param(
            f"a {BEGIN}\nx\n{END}", Around(before=f"a {BEGIN}\nx\n{END}"), id="a marker within a line is none"
        ),
        pytest.param(
            f"> {BEGIN}\n> x\n> {END}\n\n{BEGIN}\ny\n{END}",
            Around(before=f"> {BEGIN}\n> x\n> {END}"),
            id="a copy in a quote",
        ),
        pytest.param(
            f"```\n{BEGIN}\nx\n{END}\n```\n\n{BEGIN}\ny\n{END}",
            Around(before=f"```\n{BEGIN}\nx\n{END}\n```"),
            id="a copy in a code block above",
        ),
        pytest.param(
            f"{BEGIN}\ny\n{END}\n\n```\n{BEGIN}\nx\n{END}\n```",
            Around(after=f"```\n{BEGIN}\nx\n{END}\n```"),
            id="a copy in a code block below",
        ),
        pytest.param(
            f"{BEGIN}\ny\n{END}\n\n{BEGIN}\nx\n{END}",
            Around(after=f"{BEGIN}\nx\n{END}"),
            id="a plain copy: the first is ours",
        ),
        pytest.param(
            f"```\n{BEGIN}\nx\n{END}",
            Around(before=f"```\n{BEGIN}\nx\n{END}".split(BEGIN)[0]),
            id="all in a code block",
        ),
        pytest.param(
            f"{BEGIN}\nold, its end is gone\n{BEGIN}\nx\n{END}",
            Around(before=f"{BEGIN}\nold, its end is gone\n"),
            id="an end belongs to the beginning just before it",
        ),
        pytest.param(
            f"{BEGIN}\nold\n{END}\n\n<!-- prod-squad:v1:begin=1 -->\nx\n<!-- prod-squad:v1:end=1 -->",
            Around(before=f"{BEGIN}\nold\n{END}"),
            id="the highest number is ours",
        ),
    ],
)
def test_split(body: str, around: Around) -> None:
    assert split(body) == around


def test_a_copy_in_peoples_text_gives_our_part_a_higher_number() -> None:
    body = str(merged(Around(before=f"{BEGIN}\nold\n{END}"), part(words("new"))))
    assert body.endswith("<!-- prod-squad:v1:begin=1 -->\n\nnew\n\n<!-- prod-squad:v1:end=1 -->")


SHORT, LEAST = literal("short"), literal("least")


def padded(size: int) -> Markdown:
    return fenced("x" * size, limit=size)


@pytest.mark.parametrize(
    ("people", "variants", "there"),
    [
        pytest.param(10, (padded(50_000), SHORT, LEAST), "xxx", id="all fits"),
        pytest.param(10, (padded(60_000), SHORT, LEAST), "short", id="the longest part does not"),
        pytest.param(59_990, (padded(10), SHORT, LEAST), "least", id="people's text leaves room for the least only"),
        pytest.param(65_467, (padded(10), SHORT, LEAST), "least", id="up to what GitHub takes"),
        pytest.param(65_500, (padded(10), SHORT, LEAST), "", id="no room at all: people's text alone"),
    ],
)
def test_the_part_gives_way_to_peoples_text(people: int, variants: tuple[Markdown, ...], there: str) -> None:
    text = "p" * people
    body = str(merged(Around(before=text[:-3], after=text[-3:]), part(*variants)))
    assert size_of(body) <= (LONGEST if there not in {"least", ""} else GITHUB_REFUSES)
    assert body.startswith(text[:-3])
    assert body.endswith(text[-3:])
    assert there in body
    assert ("prod-squad" in body) == bool(there)


def test_an_emoji_counts_twice() -> None:
    body = merged(Around(before="😀" * 29_990), part(padded(10), LEAST))
    assert "least" in str(body)


@pytest.mark.parametrize(
    ("before", "open_block"),
    [
        pytest.param("```\ncode", True, id="an open block"),
        pytest.param("~~~~ ruby\ncode\n~~~", True, id="closed by too short a fence"),
        pytest.param("```\ncode\n    ```", True, id="closed by an indented fence"),
        pytest.param("```\r\ncode\r\n```", False, id="a closed block"),
        pytest.param("```\ncode\n  `````  ", False, id="closed by a longer fence"),
        pytest.param("- a\n  ```\n  code", False, id="a list's block ends with the list"),
        pytest.param("> ```\n> code", False, id="a quote's block ends with the quote"),
        pytest.param("``` a`b", False, id="no fence at all"),
        pytest.param("<details>\n```\ncode", False, id="within HTML it is no fence"),
        pytest.param("<details>\n\n```\ncode", True, id="after a blank line it is one"),
        pytest.param("<!-- a comment -->\n```\ncode", True, id="after a comment it is one"),
    ],
)
def test_an_open_block_of_peoples_does_not_swallow_the_part(before: str, open_block: bool) -> None:
    body = merged(Around(before=before), part())
    assert (f"{BEGIN}\n\n" not in str(body)) == open_block
    assert "strong" in rendered(body).tags
    assert split(str(body)) == Around(before=before)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="no part"),
        pytest.param(str(STATE), id="a state outside of a part"),
        pytest.param(f"{BEGIN}\n\n{END}\n\n{STATE}", id="a state behind the part"),
        pytest.param(f"{BEGIN}\n<!-- prod-squad:v1:state={{broken}} -->\n{END}", id="no JSON"),
        pytest.param(f'{BEGIN}\n<!-- prod-squad:v1:state={{"ticket":"x"}} -->\n{END}', id="another type"),
        pytest.param(f"{BEGIN}\nx {STATE}\n{END}", id="within a line"),
    ],
)
def test_no_state_is_no_state(body: str) -> None:
    assert state_in(body) is None


def test_a_browser_sends_the_state_with_crlf() -> None:
    assert state_in(f"{BEGIN}\r\n{STATE}\r\n{END}") == State(ticket=7, occurrences=3)


@given(text=st.text(max_size=40))
def test_a_state_comes_back(text: str) -> None:
    state = State(ticket=1, app=text, team=text[::-1], silenced=text)
    assert state_in(f"{BEGIN}\n{state_marker(state)}\n{END}") == state
    assert msgspec.json.decode(msgspec.json.encode(state), type=State) == state
