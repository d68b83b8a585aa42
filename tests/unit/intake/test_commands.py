"""The rules of `intake/commands.py`: which lines of a comment command something."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.mail import Commented
from app.domain.wishes import CommandLine
from app.intake.commands import MOST, commands_in, is_commands_alone
from app.intake.paragraphs import LONGEST, blocks
from tests.chaos.comments import LINES, Judged, comment, judge
from tests.unit.intake.github_side import letter

DEEP = "> " * 60


def named(text: str, previous: str = "") -> list[str]:
    return [command.name for command in commands_in(text, previous)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("/ack", ["ack"], id="alone"),
        pytest.param("Thanks.\n\n/ack", ["ack"], id="after words"),
        pytest.param("Thanks.\n/ack\nMore.", ["ack"], id="within a paragraph"),
        pytest.param("/impact severe\n/ack", ["impact", "ack"], id="two run in their order"),
        pytest.param("/ack\r\n/fix\r\n", ["ack", "fix"], id="with a carriage return, as a browser sends it"),
        pytest.param("/ack\r/fix", ["ack", "fix"], id="with nothing else"),
        pytest.param("\ufeff/ack\n/fix", ["fix"], id="after a byte order mark there is no line's beginning"),
        pytest.param("   /ack", ["ack"], id="three blanks before it"),
        pytest.param("/prod-alert", ["prod-alert"], id="a hyphen in the name"),
        pytest.param("/ack\u00a030m", ["ack"], id="a blank that does not break"),
        pytest.param("/backport x", ["backport"], id="a name that nobody knows"),
        pytest.param("/Ack\n/ACK\n/Prod-Alert", ["ack", "ack", "prod-alert"], id="in whatever case"),
        pytest.param("/ack, please", ["ack"], id="with a comma behind its name"),
        pytest.param("/ack: on it", ["ack"], id="with a colon"),
        pytest.param("/ack.\n/fix!", ["ack", "fix"], id="with what ends a sentence"),
        pytest.param("- seen on two machines\n/ack", ["ack"], id="below a list"),
        pytest.param("- seen\n  /ack", ["ack"], id="in a list's paragraph"),
        pytest.param("1. seen\n\n   /ack", ["ack"], id="in a list's later paragraph"),
        pytest.param("- seen\n\nMore\n/ack", ["ack"], id="after a list"),
        pytest.param("-\n\n  /ack", ["ack"], id="after a list's empty item, that holds nothing more"),
        pytest.param("-\n\n-\n  /ack", ["ack"], id="in an item that begins on the next line"),
        pytest.param("> it fails\n\n/ack", ["ack"], id="after a quote and an empty line"),
        pytest.param("> - it fails\n\n/ack", ["ack"], id="after a list in a quote"),
        pytest.param("> # title\n/ack", ["ack"], id="after a heading in a quote, which nothing goes on with"),
        pytest.param("> ```\n/ack", ["ack"], id="after a quote's open fence, that ends with the quote"),
        pytest.param("```\nx\n```\n/ack", ["ack"], id="after a code block"),
        pytest.param("````\n```\n````\n/ack", ["ack"], id="after a code block that shows a fence"),
        pytest.param("``` a`b\n/ack", ["ack"], id="after what is no fence, for it has a backtick"),
        pytest.param("- ```\n  x\n/ack", ["ack"], id="after a list's open fence, that ends with the list"),
        pytest.param("    code\n\n    code\n/ack", ["ack"], id="after indented code"),
        pytest.param("# Title\n/ack", ["ack"], id="after a heading"),
        pytest.param("Title\n===\n/ack", ["ack"], id="after an underlined heading"),
        pytest.param("---\n/ack\n***\n/fix", ["ack", "fix"], id="between rules"),
        pytest.param("a\n2. b\n/ack", ["ack"], id="below a number that is no list's first"),
        pytest.param("a\n+\n/ack", ["ack"], id="below a bullet without text, which interrupts nothing"),
        pytest.param("<!-- note -->\n/ack", ["ack"], id="after a comment's line"),
        pytest.param("<!--\nnote\n-->\n/ack", ["ack"], id="after a comment of several lines"),
        pytest.param("it is <!-- not --> bad\n/ack", ["ack"], id="after a comment within a line"),
        pytest.param("<details>\n<summary>Log</summary>\n\n/ack\n\n</details>", ["ack"], id="in folded text"),
        pytest.param("<pre>\nlog\n</pre>\n/ack", ["ack"], id="after raw preformatted text"),
        pytest.param("<code>x</code> fails\n/ack", ["ack"], id="after raw code"),
        pytest.param("set <project> to x, a < b\n/ack", ["ack"], id="after a placeholder"),
        pytest.param("`code` and ``co`de`` and ` alone\n/ack", ["ack"], id="after code within a line"),
        pytest.param("a \\`b\n/ack ` c", ["ack"], id="after an escaped backtick"),
        pytest.param("![p](https://x/y.png) [s](https://x/y) [t][u]\n/ack", ["ack"], id="after a picture and links"),
        pytest.param("https://x.org/y://z and www.x.org <https://x/`y>\n/ack", ["ack"], id="after addresses"),
        pytest.param("a | b\n--|--\n1 | 2\n\n/ack", ["ack"], id="after a table"),
        pytest.param("x\n/ack\na | b\n--|--\n1 | 2", ["ack"], id="before a table's head"),
        pytest.param("> a | b\n> --|--\n/ack", ["ack"], id="after a quoted table, which nothing goes on with"),
        pytest.param("a | b\n---|\n/ack", ["ack"], id="after what is no table, for its columns differ"),
    ],
)
def test_a_line_that_begins_with_a_slash_and_a_name_is_a_command(text: str, names: list[str]) -> None:
    assert named(text) == names


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("please /ack", id="within a line"),
        pytest.param("- /ack", id="after a bullet"),
        pytest.param("/a", id="with one letter"),
        pytest.param("/usr/bin", id="a path"),
        pytest.param("/ack,please", id="with a comma and no blank"),
        pytest.param("/ack::", id="with more than one sign"),
        pytest.param("- /ack, on it", id="after a bullet, with a comma"),
        pytest.param("> /ACK", id="quoted, in capitals"),
        pytest.param("`/ACK`", id="in code, in capitals"),
        pytest.param("/" + "a" * 22, id="with a very long name"),
        pytest.param("\\/ack", id="escaped"),
        pytest.param("    /ack", id="four blanks before it"),
        pytest.param("words\n    /ack", id="four blanks before it, within a paragraph"),
        pytest.param("  \t/ack", id="a tab before it"),
        pytest.param("> /ack", id="quoted"),
        pytest.param(">/ack", id="quoted without a blank"),
        pytest.param(">> /ack", id="quoted twice"),
        pytest.param("> it fails\n/ack", id="where a quote goes on without its sign"),
        pytest.param(">> it fails\n> and so\n/ack", id="where a quote of a quote goes on without its sign"),
        pytest.param("> - it fails\n/ack", id="where a list in a quote goes on"),
        pytest.param("- > it fails\n/ack", id="where a quote in a list goes on"),
        pytest.param("> it fails\n=\n/ack", id="where a quote goes on below what underlines nothing"),
        pytest.param("```\n/ack\n```", id="fenced"),
        pytest.param("```ruby\n/ack\n```", id="fenced with a language"),
        pytest.param("~~~\n/ack\n~~~", id="fenced with tildes"),
        pytest.param("```\n/ack", id="in a fence that nobody closed"),
        pytest.param("```\n~~~\n/ack", id="in a fence that something else does not close"),
        pytest.param("````\n```\n/ack", id="in a fence that a shorter one does not close"),
        pytest.param("```\n    ```\n/ack", id="in a fence that an indented one does not close"),
        pytest.param("- ```\n  /ack\n  ```", id="fenced in a list"),
        pytest.param("- a\n\n  ```\n\n  /ack", id="in an open fence in a list, after an empty line"),
        pytest.param("1. - ```\n\n  ```\n\n   /ack", id="in a fence below a list's that ended with it"),
        pytest.param("\t/ack", id="indented"),
        pytest.param("words `code\n/ack\ncode` words", id="in code over several lines"),
        pytest.param("<!--\n/ack\n-->", id="in a comment"),
        pytest.param("<!--\n\n/ack", id="in a comment that nobody closed"),
        pytest.param("words <!--\n/ack\n--> words", id="in a comment within a paragraph"),
        pytest.param("words <!--\n\n/ack", id="after a comment within a paragraph that nobody closed"),
        pytest.param("<div><!--\n\n/ack\n\n--></div>", id="in a comment within HTML"),
        pytest.param("<div title='\n\n/ack\n\n'></div>", id="in an attribute"),
        pytest.param("words <a title='\n/ack\n'> words", id="in an attribute within a paragraph"),
        pytest.param("<pre>\n\n/ack\n\n</pre>", id="in raw preformatted text"),
        pytest.param("<code>\n\n/ack\n\n</code>", id="in raw code"),
        pytest.param("words <code>\n/ack\n</code>", id="in raw code within a paragraph"),
        pytest.param("<CODE>\n\n/ack", id="in raw code that nobody closed"),
        pytest.param("<code><pre>\n</code>\n\n/ack", id="in what is closed in the wrong order"),
        pytest.param("# <code>\n/ack", id="in raw code that a heading opens"),
        pytest.param("a | <code>\n--|--\n\n/ack", id="in raw code that a table opens"),
        pytest.param("<blockquote>\n\n/ack\n\n</blockquote>", id="in a raw quote"),
        pytest.param("<table><tr><td>\n\n/ack", id="in a raw table"),
        pytest.param("<div>\n/ack\n</div>", id="in HTML"),
        pytest.param("<a>\n/ack", id="in HTML that a lone tag begins"),
        pytest.param("<?x\n/ack\n?>\n\n<div>", id="in an instruction"),
        pytest.param("words <?x\n\n/ack", id="after an instruction within a paragraph"),
        pytest.param("/ack\n===", id="in a heading"),
        pytest.param("a | b\n--|--\n/ack", id="in a table"),
        pytest.param("/ack\n:-:", id="in a table's head"),
        pytest.param("[a]: /b\n/ack", id="below a link's definition"),
        pytest.param("[a]: b c\n===\n2. ```\n\n   /ack", id="after what may be a definition or a heading"),
        pytest.param("[a](\n/ack )", id="in a link's target"),
        pytest.param("[a][\n/ack\n]", id="in a link's reference"),
        pytest.param("![a\n/ack\n](b)", id="in a picture's description"),
        pytest.param("[a]( <code> b\n\n/ack", id="in what a doubtful paragraph may have opened"),
        pytest.param("[a]( <!-- b\n\n/ack", id="in a comment that a doubtful paragraph may have opened"),
        pytest.param("$$\n/ack\n$$", id="in a formula"),
        pytest.param("https://x/` b ` c\n/ack\n` d", id="where an address takes a backtick"),
        pytest.param(DEEP + "\n\n/ack", id="after quotes in quotes in quotes"),
    ],
)
def test_no_command(text: str) -> None:
    assert commands_in(text) == ()


def test_what_follows_the_name_has_single_blanks_and_the_line_its_number() -> None:
    assert commands_in("Hi,\r\n\r\n  /silence  7d\tknown  noise  \r\n") == (
        CommandLine(name="silence", rest="7d known noise", line=3),
    )


@pytest.mark.parametrize(
    ("body", "previous", "names"),
    [
        pytest.param("/ack", "/ack", [], id="what stood there does not run again"),
        pytest.param("/ack", "  /ack ", [], id="with other blanks, either"),
        pytest.param("/ack 30m", "/ack", ["ack"], id="what was changed runs"),
        pytest.param("/fix\n/ack", "/ack", ["fix"], id="what was added runs"),
        pytest.param("/ack\n/ack", "/ack", ["ack"], id="the same once more runs once"),
        pytest.param("/ack", "/ack\n/ack", [], id="one of two that stays does not"),
        pytest.param("/ack", "> /ack", ["ack"], id="what was quoted before had not run"),
        pytest.param("/ACK, 30m", "/ack 30m", [], id="the same in capitals and with a comma does not"),
        pytest.param("/ack\n\nmore", "/ack\n/fix", [], id="what is taken out is not undone"),
    ],
)
def test_of_an_edited_comment_only_what_is_new_runs(body: str, previous: str, names: list[str]) -> None:
    assert named(body, previous) == names


def test_a_comment_runs_its_first_ten_commands_and_gives_one_more_to_be_told() -> None:
    found = commands_in("\n".join(f"/ack {i}" for i in range(1, 14)))
    assert [command.line for command in found] == list(range(1, MOST + 2))
    assert [command.too_many for command in found] == [False] * MOST + [True]


def test_a_remark_begins_behind_the_comma() -> None:
    assert commands_in("/Silence: 7d, Known noise") == (CommandLine(name="silence", rest="7d, Known noise", line=1),)


def test_what_stood_there_before_counts_not_among_the_ten() -> None:
    before = "\n".join(f"/ack {i}" for i in range(12))
    assert commands_in(before + "\n/fix", before) == (CommandLine(name="fix", line=13),)


def test_of_a_very_long_comment_its_beginning_is_read_without_the_block_that_is_cut() -> None:
    assert named("/ack\n\n" + "word " * LONGEST + "\n\n/fix") == ["ack"]
    assert named("/ack\n\nword `\n/fix\n" + "word " * LONGEST + "`") == ["ack"]


@pytest.mark.parametrize(
    ("name", "changes", "names"),
    [
        pytest.param("created", {}, ["ack"], id="a new comment commands"),
        pytest.param("edited", {"changes": {"body": {"from": "/fix"}}}, ["ack"], id="an edited one what is new"),
        pytest.param("edited", {"changes": {"body": {"from": "/ack"}}}, [], id="and not what stood there"),
        pytest.param("edited", {"changes": {}}, [], id="one whose text was not edited nothing"),
        pytest.param("deleted", {}, [], id="a deleted one nothing"),
        pytest.param("created", {"sender__type": "Bot"}, [], id="another bot nothing"),
    ],
)
def test_whose_comments_command(name: str, changes: dict[str, Any], names: list[str]) -> None:
    mail = letter(f"issue_comment.{name}", comment__body="/ack", **changes).mail
    assert isinstance(mail, Commented)
    assert [command.name for command in mail.commands] == names


def test_github_shows_each_command_as_plain_text() -> None:
    dice, judged = random.Random(7), Judged()
    for _ in range(2_000):
        judge(comment(dice), judged)
    assert not judged.faults, "\n".join(judged.faults)
    assert judged.found > 200, "too few to tell"


@given(st.lists(st.one_of(st.sampled_from([*LINES, "/ca"]), st.text(max_size=12))), st.text())
def test_reading_never_raises_and_gives_lines_of_the_text(parts: list[str], previous: str) -> None:
    text = "\n".join(parts)
    for command in commands_in(text, previous):
        assert f"/{command.name}" in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[command.line - 1]
    numbers = [number for block in blocks(text) for number, _ in block.lines]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("body", "alone"),
    [
        ("/ack", True),
        ("  /ack\r\n\r\n/action @mark by friday: say when\n", True),
        ("/ack\nI am on it", False),
        ("The rest is in the backlog", False),
        ("> /ack", False),
        ("", False),
        ("\n".join(["/ack"] * 12), True),
    ],
)
def test_whether_a_comment_is_commands_alone(body: str, alone: bool) -> None:
    assert is_commands_alone(body) is alone
