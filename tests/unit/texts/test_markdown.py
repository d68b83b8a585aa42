"""Whatever a text holds, what comes out mentions nobody, links nothing, loads nothing and stays where it is."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.issues import IssueRef, Repository
from app.texts.markdown import (
    NOTHING,
    Markdown,
    code,
    fenced,
    fill,
    hidden,
    issue_link,
    joined,
    link,
    literal,
    marker,
    mention,
    operation_in,
    own_link,
    reference,
    sentence,
    size_of,
    words,
)
from app.texts.plain import BREAK, many_lines, one_line
from tests.unit.texts.nasty import texts
from tests.unit.texts.page import COMMAND, rendered

PLACES = (
    "{x}",
    "Before {x} after.",
    "A line\n{x}\nanother line",
    "- one\n- {x}\n- two",
    "1. {x}",
    "> {x}",
    "**{x}**",
    "| a | b |\n|---|---|\n| {x} | c |\n| d | {x} |",
    "({x}), {x}",
)
places = st.sampled_from(PLACES)
everything = settings(max_examples=400)


def at(place: str, inline: Markdown) -> Markdown:
    return fill(place, x=inline)


def holds(text: str) -> str:
    """The text as it may be seen: without what is taken out everywhere, on one line."""
    return one_line(text, 300)


@everything
@given(text=texts, place=places, safe=st.booleans())
def test_words_become_nothing_but_words(text: str, place: str, safe: bool) -> None:
    out = at(place, words(text))
    page, plain = rendered(out, safe=safe), rendered(at(place, literal("word")), safe=safe)
    assert page.linked == {}
    assert COMMAND.search(str(out)) is None
    assert (page.links, page.comments, page.code) == ([], [], [])
    if holds(text) and place != "**{x}**":  # beside some signs `**` stands for itself
        assert page.tags == plain.tags


@everything
@given(text=texts, safe=st.booleans())
def test_words_show_the_text(text: str, safe: bool) -> None:
    assert rendered(at("Before {x} after", words(text)), safe=safe).shown.split() == [
        "Before",
        *holds(text).split(),
        "after",
    ]


@everything
@given(text=texts, place=places)
def test_code_stays_in_its_span(text: str, place: str) -> None:
    out = at(place, code(text))
    page, plain = rendered(out), rendered(at(place, literal("`word`") if holds(text) else literal("–")))
    assert page.tags == plain.tags
    assert page.linked == {}
    assert COMMAND.search(str(out)) is None
    assert (page.links, page.comments) == ([], [])
    assert {shown.replace(BREAK, "") for shown in page.code} <= {holds(text)}


@everything
@given(text=texts, place=places)
def test_a_sentence_is_words_and_code(text: str, place: str) -> None:
    out = at(place, sentence(text))
    page, plain = rendered(out), rendered(at(place, literal("word")))
    assert page.linked == {}
    assert COMMAND.search(str(out)) is None
    assert (page.links, page.comments) == ([], [])
    assert set(page.tags) <= {*plain.tags, "code"} or not holds(text)


@everything
@given(text=texts, safe=st.booleans())
def test_a_code_block_ends_where_we_end_it(text: str, safe: bool) -> None:
    block = fenced(text)
    page = rendered(fill("Before\n\n{x}\n\nAfter", x=block), safe=safe)
    assert page.tags == (["p", "pre", "code", "p"] if block else ["p", "p"])
    assert page.shown.split() == ["Before", "After"]
    assert "".join(page.code).replace(BREAK, "").strip() == many_lines(text, lines=40, limit=4000).strip()
    assert COMMAND.search(str(block)) is None
    assert "prod-squad:v1" not in str(block)
    assert operation_in(str(block)) is None


@everything
@given(
    label=texts,
    path=texts,
    host=st.sampled_from(("x.example", "127.0.0.1:8", "github.com", "api.github.com")),
    place=places,
)
def test_a_link_leads_where_it_says_or_is_its_label(label: str, path: str, host: str, place: str) -> None:
    out = at(place, link(words(label), f"https://{host}/{path}"))
    page = rendered(out)
    assert set(page.links) <= {href for href in page.links if re.match(rf"https://{re.escape(host)}/", href)}
    assert "github" not in "".join(link.partition("/")[2].split("/")[1] for link in page.links)
    assert page.linked == {}
    assert (page.code, page.comments) == ([], [])
    assert "img" not in page.tags


@everything
@given(first=texts, second=texts)
def test_texts_side_by_side_make_nothing_together(first: str, second: str) -> None:
    for separator in (literal(" "), literal(", "), literal("\n")):
        page = rendered(joined([words(first), code(first), words(second), code(second)], separator))
        assert page.linked == {}
        assert set(page.tags) <= {"p", "br", "code"}


@given(text=texts, limit=st.integers(1, 40))
def test_words_and_code_keep_to_their_limit(text: str, limit: int) -> None:
    shown = rendered(at("x {x}", words(text, limit))).shown[1:].strip()
    assert len(shown) <= limit
    assert all(len(span.replace(BREAK, "")) <= limit for span in rendered(code(text, limit)).code)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("Hello, @nick!", f"Hello, @{BREAK}nick!", id="a mention is broken up"),
        pytest.param("see acme/shop#12", f"see acme/shop#{BREAK}12", id="a reference to an issue is broken up"),
        pytest.param("Fixes GH-7", f"Fixes GH-{BREAK}7", id="GitHub's old way of referring, too"),
        pytest.param("at deadbeef1", f"at deadbe{BREAK}ef1", id="a commit is broken after six digits"),
        pytest.param("https://x.example", f"https:{BREAK}//x.example", id="an address is not linked"),
        pytest.param("www.x.example", f"www{BREAK}.x.example", id="an address without a scheme is not linked"),
        pytest.param(":smile: x", f":{BREAK}smile: x", id="an emoji's short code stays text"),
        pytest.param("A::B::C: x_y at 12:34:56", "A::B::C: x_y at 12:34:56", id="names and times stay whole"),
        pytest.param("/close", "/close", id="a command is shown and is none"),
        pytest.param("a\n\n# b", "a # b", id="lines become one"),
        pytest.param("\u202eevil\u202c\x00\x1b", "evil", id="what turns or hides text goes"),
        pytest.param("half \ud83d", "half \ufffd", id="half a character can't be posted"),
        pytest.param("x" * 400, "x" * 299 + "…", id="what is too long ends in an ellipsis"),
        pytest.param("1. one", "1. one", id="a number stays one"),
        pytest.param("1234567. one", f"123456{BREAK}7. one", id="a long number stays one"),
        pytest.param("", "", id="no text is no text"),
    ],
)
def test_words(text: str, shown: str) -> None:
    page = rendered(words(text))
    assert "".join(page.text).replace("\x00", "").strip() == shown
    assert set(page.tags) <= {"p"}


@pytest.mark.parametrize(
    ("text", "made"),
    [
        pytest.param("a b", "`a b`", id="plain"),
        pytest.param("a`b", "``a`b``", id="a backtick inside takes a longer fence"),
        pytest.param("`a``", "``` `a`` ```", id="a backtick at an end takes a blank"),
        pytest.param("a|b_", "<code>a&#x7C;b\\_</code>", id="a pipe would end a table's cell"),
        pytest.param("@nick #1", "`@nick #1`", id="GitHub links nothing in code"),
        pytest.param("<!-- prod-squad:v1:op=x -->", f"`<!-- prod-squad{BREAK}:v1:op=x -->`", id="our marker is broken"),
        pytest.param(" \n ", "–", id="no text is a dash"),
    ],
)
def test_code(text: str, made: str) -> None:
    assert str(code(text)) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        pytest.param("a\r\nb\u2028c\x00", "```\na\nb\nc\n```", id="every line end is one"),
        pytest.param("a ``` b", "````\na ``` b\n````", id="the fence is longer than any inside"),
        pytest.param(" /c\n/a/b", f"```\n {BREAK}/c\n{BREAK}/a/b\n```", id="no line is a command"),
        pytest.param("\n\n  a", "```\n  a\n```", id="the first line keeps its indent"),
        pytest.param("\n".join("abcdefg"), "```\na\nb\nc\n… and 4 more lines\n```", id="at most so many lines"),
        pytest.param("a\nb\nc\nd", "```\na\nb\nc\n… and 1 more line\n```", id="one line left out"),
        pytest.param("a\n" + "b" * 99, "```\na\nbbbbbbb…\n```", id="at most so many characters"),
        pytest.param("a" * 10 + "\nb\nc", "```\naaaaaaaaaa\n…\n… and 1 more line\n```", id="no room for another line"),
        pytest.param(" \n\n", "", id="no text is no block"),
    ],
)
def test_fenced(text: str, made: str) -> None:
    assert str(fenced(text, lines=3, limit=10)) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        pytest.param("Begin with `a`, or `b`.", "Begin with `a`, or `b`.", id="backticks make code"),
        pytest.param("Odd `a", "Odd &#x60;a", id="an odd one makes none"),
        pytest.param("a``b", "a&#x60;&#x60;b", id="nothing between them is no code"),
        pytest.param("`a|b` @nick", "<code>a&#x7C;b</code> @&#x200B;nick", id="the rest is words"),
    ],
)
def test_sentence(text: str, made: str) -> None:
    assert str(sentence(text)) == made


@pytest.mark.parametrize(
    ("url", "made"),
    [
        pytest.param("https://x.example/a?b=1&c=2#d", "[L](https://x.example/a?b=1&amp;c=2#d)", id="an address"),
        pytest.param("HTTP://X.example:80", "[L](http://x.example:80)", id="a port, and case"),
        pytest.param(
            "https://x.example/a)b[c]|\\`<é", "[L](https://x.example/a&#x29;b%5Bc%5D%7C%5C%60%3C%C3%A9)", id="signs"
        ),
        pytest.param(
            "https://x.example/#~(a~'b*2f)$3D", "[L](https://x.example/#~&#x28;a~'b*2f&#x29;&#x24;3D)", id="a console's"
        ),
        pytest.param("https://x.example/@nick", "[L](https://x.example/%40nick)", id="no mention in plain-text mails"),
        pytest.param("https://x.example/\ud800", "[L](https://x.example/?)", id="half a character"),
        pytest.param("javascript:alert(1)", "L", id="another scheme"),
        pytest.param("https://user:pw@x.example/", "L", id="a user name"),
        pytest.param("https://x.example/a\nb", "L", id="two lines"),
        pytest.param("https://пример.example/", "L", id="a host that may look like another"),
        pytest.param("https://github.com/acme/shop/issues/1", "L", id="GitHub: it would leave its trace there"),
        pytest.param("https://redirect.github.com/acme/shop/issues/1", "L", id="GitHub by another name"),
        pytest.param("https://x.example/" + "a" * 2000, "L", id="too long"),
        pytest.param("", "L", id="no address"),
    ],
)
def test_link(url: str, made: str) -> None:
    assert str(link(literal("L"), url)) == made


@pytest.mark.parametrize(
    ("label", "made"),
    [
        pytest.param(NOTHING, "", id="no label"),
        pytest.param(literal("a\nb"), "a\nb", id="a label of two lines"),
        pytest.param(own_link(literal("a"), "https://b.example"), "[a](https://b.example)", id="a link in a link"),
    ],
)
def test_a_label_that_cannot_be_one(label: Markdown, made: str) -> None:
    assert str(own_link(label, "https://x.example")) == made


def _issue(url: str, name: str = "acme/shop") -> IssueRef:
    return IssueRef(repository=Repository(id=1, name=name, installation=1), number=12, id=1, node_id="I", url=url)


@pytest.mark.parametrize(
    ("issue", "made"),
    [
        pytest.param(
            _issue("https://github.com/acme/shop/issues/12"),
            "[acme/shop\\#&#x200B;12](https://github.com/acme/shop/issues/12)",
            id="with its page",
        ),
        pytest.param(_issue(""), "acme/shop#12", id="without one GitHub links it"),
        pytest.param(_issue("https://evil.example/"), "acme/shop#12", id="another page is not linked"),
        pytest.param(_issue("", "a b/@c"), "a b/@&#x200B;c\\#&#x200B;12", id="what is no repository is words"),
    ],
)
def test_issue_link(issue: IssueRef, made: str) -> None:
    assert str(issue_link(issue)) == made


@pytest.mark.parametrize(
    ("url", "made"),
    [
        pytest.param(
            "https://github.com/a/b/pull/9", "[a/b\\#&#x200B;9](https://github.com/a/b/pull/9)", id="a pull request"
        ),
        pytest.param(
            "https://github.com/a/b/commit/0123456789abcdef",
            "[`0123456`](https://github.com/a/b/commit/0123456789abcdef)",
            id="a commit",
        ),
        pytest.param(
            "https://github.com/a/b/pull/9/files", "https:&#x200B;//github.com/a/b/pull/9/files", id="another page"
        ),
    ],
)
def test_reference(url: str, made: str) -> None:
    assert str(reference(url)) == made


@pytest.mark.parametrize(
    ("name", "made"),
    [
        pytest.param("nick", "@nick", id="a login"),
        pytest.param("@nick", "@nick", id="with its @"),
        pytest.param("acme/ops", "@acme/ops", id="a team"),
        pytest.param("nick hi", "nick hi", id="two words"),
        pytest.param("nick\n", "nick", id="a line end"),
        pytest.param("dependabot[bot]", "dependabot\\[bot\\]", id="a bot can't be mentioned"),
        pytest.param("@@nick", "@&#x200B;nick", id="two of them"),
    ],
)
def test_mention(name: str, made: str) -> None:
    assert str(mention(name)) == made


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("#{x}", id="a number sign before a slot"),
        pytest.param("@{x}", id="an @ before a slot"),
        pytest.param("a{x}", id="a letter before a slot"),
        pytest.param("`{x}`", id="code around a slot"),
        pytest.param("[{x}](https://x.example)", id="a link around a slot"),
        pytest.param("{x}{x}", id="a slot after a slot"),
        pytest.param("{x}a", id="a letter after a slot"),
        pytest.param("<summary> {x} </summary>", id="HTML"),
        pytest.param("<details>\nIn HTML until a blank line {x}", id="HTML before"),
        pytest.param("x", id="no slot"),
        pytest.param("{x} {y}", id="another slot"),
    ],
)
def test_a_template_that_would_let_a_text_out_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r"slot|joined|HTML"):
        fill(template, x=words("word"))


@pytest.mark.parametrize("template", ["- {x}", "a {x}", "{x} b", "a\n{x}", "{x}\nb"])
def test_a_block_stands_alone(template: str) -> None:
    with pytest.raises(ValueError, match="must stand alone"):
        fill(template, x=fenced("word"))


def test_after_a_blank_line_html_is_over() -> None:
    assert str(fill("<details>\n\n{x}\n\n</details>", x=words("a"))) == "<details>\n\na\n\n</details>"


@pytest.mark.parametrize(
    ("parts", "separator"),
    [
        pytest.param([words("a"), words("b")], NOTHING, id="nothing between"),
        pytest.param([words("a"), fenced("b")], literal("\n"), id="a block without a blank line"),
    ],
)
def test_parts_are_kept_apart(parts: list[Markdown], separator: Markdown) -> None:
    with pytest.raises(ValueError, match="separated"):
        joined(parts, separator)


def test_empty_parts_leave_no_gap() -> None:
    assert str(joined([NOTHING, words("a"), NOTHING, fenced("b")], literal("\n\n"))) == "a\n\n```\nb\n```"


@pytest.mark.parametrize(
    ("body", "operation"),
    [
        pytest.param("a\n\n<!-- prod-squad:v1:op=31.open.1 -->", "31.open.1", id="on a line of its own"),
        pytest.param("<!-- prod-squad:v1:op=a -->\r\nb", "a", id="with CRLF"),
        pytest.param("<!-- prod-squad:v1:op=a -->\n<!-- prod-squad:v1:op=b -->", "b", id="the last one"),
        pytest.param("x <!-- prod-squad:v1:op=a -->", None, id="not within a line"),
        pytest.param("> <!-- prod-squad:v1:op=a -->", None, id="not in a quote"),
        pytest.param("<!-- prod-squad:v1:op=a --> x", None, id="not before other text"),
        pytest.param("<!-- prod-squad:v2:op=a -->", None, id="not of another version"),
        pytest.param("<!-- prod-squad:v1:op=a b -->", None, id="not with another id"),
        pytest.param(f"<!-- prod-squad:v1:op={'a' * 101} -->", None, id="not with too long an id"),
    ],
)
def test_an_operation_is_read_from_our_exact_form(body: str, operation: str | None) -> None:
    assert operation_in(body) == operation


@given(operation=st.from_regex(r"[A-Za-z0-9._-]{1,100}", fullmatch=True))
def test_what_is_marked_is_found(operation: str) -> None:
    body = joined([words("x"), marker(operation)], literal("\n\n"))
    assert operation_in(str(body)) == operation
    assert rendered(body).shown == "x"


@pytest.mark.parametrize("operation", ["", "a b", "a\n", "a -->", "ä", "a" * 101])
def test_an_id_that_is_none_is_refused(operation: str) -> None:
    with pytest.raises(ValueError, match="no operation id"):
        marker(operation)


@given(text=texts.filter(lambda text: text.isprintable()))
@example("--> <!-- -- @nick #1 &amp; é😀")
def test_hidden_data_comes_back_and_stays_hidden(text: str) -> None:
    out = str(hidden("state", json.dumps([text])))
    page = rendered(out + "\n\nafter")
    assert page.shown == "after"
    assert json.loads(page.comments[0].removeprefix("prod-squad:v1:state=")) == [text]
    assert not re.search(r"[@#&é😀]|--.*--.*--", out)


def test_markdown_is_a_value_and_no_string() -> None:
    assert words("a") == literal("a")
    assert len({words("a"), literal("a")}) == 1
    assert words("a") != "a"
    assert repr(words("a")) == "Markdown('a')"
    assert not isinstance(words("a"), str)
    assert bool(words("a"))
    assert not NOTHING
    assert words("a😀").size == size_of("a😀") == 3


def test_nobody_else_makes_markdown() -> None:
    with pytest.raises(TypeError, match="made by the functions"):
        Markdown()
