"""A manual is read as GitHub shows it: the same headings, each at its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.manuals import Passage
from app.intake import manual

MANUAL = """\
---
title: No heading
---
# First responder's manual

Some words.

## Reader

<!-- prod-squad: app:Reader -->

### `PG::ConnectionBad`: the *database* is [gone](http://x.example)

It says `PG::ConnectionBad`, or OCIError.

```
# no heading
ActiveRecord::Deadlocked: deadlock
```

> ### no heading either

- ### nor this one

<!--
### nor this
-->

Documents
don't load
----------

## Dispatch
"""


def outline(text: str) -> list[tuple[int, int, str]]:
    return [(passage.line, passage.level, passage.heading) for passage in manual.read(text)]


def test_each_heading_is_a_passage_at_its_line() -> None:
    assert outline(MANUAL) == [
        (4, 1, "First responder's manual"),
        (8, 2, "Reader"),
        (12, 3, "PG::ConnectionBad: the database is gone"),
        (29, 2, "Documents don't load"),
        (33, 2, "Dispatch"),
    ]


def test_a_passage_knows_what_it_stands_under_and_what_it_names() -> None:
    title, reader, database, documents, _ = manual.read(MANUAL)
    assert (title.above, reader.above) == ((), ("First responder's manual",))
    assert database.above == ("First responder's manual", "Reader")
    assert documents.above == ("First responder's manual",)
    assert database.names == {"PG::ConnectionBad", "OCIError", "ActiveRecord::Deadlocked"}
    assert (reader.hints, database.hints) == (("app:Reader",), ())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("Words only.", [], id="no heading"),
        pytest.param("# A #\n", [(1, 1, "A")], id="a closed heading"),
        pytest.param("#A\n", [], id="no blank after the sign"),
        pytest.param("####### A\n", [], id="seven signs"),
        pytest.param("#\n", [(1, 1, "")], id="an empty heading"),
        pytest.param("    # A\n", [], id="indented code"),
        pytest.param("~~~\n# A\n", [], id="a fence that nobody closes"),
        pytest.param("A\n===\r\nB\r\n---\r\n", [(1, 1, "A"), (3, 2, "B")], id="underlined; Windows' ends of lines"),
        pytest.param("\ufeff# A", [(1, 1, "A")], id="a byte order mark"),
        pytest.param("---\n\n# A\n", [(3, 1, "A")], id="a line that begins no front matter"),
        pytest.param("---\na: b\n...\n# A\n", [(4, 1, "A")], id="front matter that ends with dots"),
        pytest.param("# A  \t b <!-- c -->\n", [(1, 1, "A b")], id="blanks and a comment in a heading"),
        pytest.param("# ![A picture](x.png) &amp; B\\\n", [(1, 1, "A picture & B\\")], id="a picture and an entity"),
        pytest.param("a  \nb\\\nc\n===\n", [(1, 1, "a b c")], id="a heading of three lines"),
    ],
)
def test_what_is_a_heading(text: str, found: list[tuple[int, int, str]]) -> None:
    assert outline(text) == found


@pytest.mark.parametrize(
    ("comment", "hints"),
    [
        pytest.param(
            '<!-- prod-squad: app:"Certification v2" -->', ("app:Certification v2",), id="an app of two words"
        ),
        pytest.param(
            '<!-- prod-squad:\n  PG::ConnectionBad "could not connect"\n-->',
            ("PG::ConnectionBad", "could not connect"),
            id="over several lines",
        ),
        pytest.param("<!-- prod-squad: a -->\n<!-- prod-squad: b -->", ("a", "b"), id="two comments"),
        pytest.param('<!-- prod-squad: app: "" " " -->', (), id="nothing named"),
        pytest.param("<!-- prod-squad:v1:op=31.open.1 -->", (), id="a marker of the App's tickets is no hint"),
        pytest.param("<!-- a comment -->", (), id="another comment"),
        pytest.param("Write `<!-- prod-squad: a -->` there.", (), id="quoted as code"),
        pytest.param("```\n<!-- prod-squad: a -->\n```", (), id="in a block of code"),
        pytest.param("<!-- prod-squad: " + "a " * 50 + "-->", ("a",) * 20, id="no more than twenty"),
    ],
)
def test_hints(comment: str, hints: tuple[str, ...]) -> None:
    (passage,) = manual.read(f"# A\n\n{comment}\n")
    assert passage.hints == hints


def test_a_manual_is_read_up_to_its_bounds() -> None:
    assert len(manual.read("# A\n" * (manual.MOST + 5))) == manual.MOST
    assert outline("x" * manual.LONGEST + "\n# A\n") == []
    (passage,) = manual.read("# A\n\n" + " ".join(f"A::B{nth}" for nth in range(500)))
    assert len(passage.names) == 200


@given(st.text(alphabet="#=-~`>*<!\n\t []()app:prod-squad\"'&\\\ud8001.", max_size=200) | st.text(max_size=100))
def test_reading_never_raises_and_lines_are_lines(text: str) -> None:
    passages = manual.read(text)
    assert all(isinstance(passage, Passage) and 1 <= passage.line <= text.count("\n") + 1 for passage in passages)
    assert [passage.line for passage in passages] == sorted(passage.line for passage in passages)
