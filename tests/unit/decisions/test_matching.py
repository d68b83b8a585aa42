"""Patterns match as GitHub and Sentry say, and the last line that matches is found as if each were tried."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.decisions import matching
from app.decisions.globs import Shape, glob, shape_of
from app.decisions.matching import CompiledMap, TracePath, trace_path
from app.domain.owners import Kind, OwnersMap, Rule
from app.intake.owners_map import read
from tests.unit.decisions.lines import line_for

REFERENCE = Path(__file__).parents[4] / "shared/payloads/reference/codeowners_patterns.json"


def compiled(*patterns: str) -> CompiledMap:
    rules = (Rule(line=n, text=it, kind=Kind.CODEOWNERS, pattern=it) for n, it in enumerate(patterns, start=1))
    return CompiledMap(OwnersMap(rules=tuple(rules)))


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        pytest.param("*", "a a/b", "", id="a star is everything"),
        pytest.param("**", "a a/b", "", id="two stars are everything"),
        pytest.param("/**", "a a/b", "", id="two stars from the root are everything"),
        pytest.param("**/*", "a a/b a/b/c", "", id="any file at any depth is everything"),
        pytest.param("/*", "a", "a/b", id="one level of the root"),
        pytest.param("*/", "a/b a/b/c", "a", id="all that is in some directory"),
        pytest.param("**/", "a/b a/b/c", "a", id="the same with two stars"),
        pytest.param("docs/*", "docs/a", "docs docs/a/b x/docs/a", id="one level of a directory"),
        pytest.param("docs/*/", "docs/a/b docs/a/b/c", "docs/a", id="its directories' content"),
        pytest.param("docs/**/", "docs/a/b docs/a/b/c", "docs docs/a", id="the same with two stars"),
        pytest.param("docs/***", "docs/a docs/a/b", "docs", id="three stars are one, and no one-level rule"),
        pytest.param("docs/**", "docs/a docs/a/b", "docs x/docs/a", id="all below"),
        pytest.param("logs", "logs logs/a x/logs x/logs/a", "logs2 x/logs2", id="a name anywhere"),
        pytest.param("logs/", "logs/a x/logs/a/b", "logs x/logs", id="a directory's content anywhere"),
        pytest.param("/logs", "logs logs/a", "x/logs", id="a leading slash anchors"),
        pytest.param("a/logs", "a/logs a/logs/b", "x/a/logs", id="a slash inside anchors"),
        pytest.param("**/logs", "logs x/y/logs x/logs/a", "xlogs", id="any directories before"),
        pytest.param("a/**/b", "a/b a/x/b a/x/y/b a/x/b/c", "b x/a/b", id="any directories between"),
        pytest.param("a/**/**/b", "a/b a/x/b", "a", id="two stars twice are the same"),
        pytest.param("**/a/**/b", "a/b x/a/y/b a/a/b/c", "b/a", id="two stars at two places"),
        pytest.param("a**b", "ab axxb", "a/b", id="two stars inside a name are one"),
        pytest.param("*.rb", "a.rb x/a.rb x.rb/a", "a.rbx", id="an ending"),
        pytest.param("x*", "x x1 a/x1/b", "ax", id="a beginning"),
        pytest.param("/app/*.rb", "app/a.rb", "app/x/a.rb", id="a star crosses no slash"),
        pytest.param("/app/*/x/", "app/a/x/b", "app/x/b app/a/x", id="a star for a directory"),
        pytest.param("a*b*c", "abc axbxc", "ab acb", id="stars inside a name"),
        pytest.param("a?c", "abc a/abc", "ac a/c", id="a question mark is one character"),
        pytest.param("README.md", "README.md x/README.md", "readme.md", id="case counts"),
        pytest.param("a\\ b", "a%20b", "a", id="an escaped blank"),
        pytest.param("a\\*", "a*", "ab", id="an escaped star"),
        pytest.param("a\\/b", "a/b", "b", id="an escaped slash is a slash"),
        pytest.param("a\\\\b", "a\\b", "ab", id="an escaped backslash"),
        pytest.param("\\[id\\].ts", "[id].ts x/[id].ts", "i.ts", id="escaped brackets"),
        pytest.param("a(b|c)+{d,e}.$", "a(b|c)+{d,e}.$", "ab acd", id="other characters are themselves"),
    ],
)
def test_a_path_pattern(pattern: str, yes: str, no: str) -> None:
    owners = compiled(pattern)
    paths = [path.replace("%20", " ") for path in (yes + " " + no).split()]
    assert [path for path in paths if line_for(owners, path)] == [path.replace("%20", " ") for path in yes.split()]


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference cases lie beside the project, not in it")
def test_the_reference_cases_all_agree() -> None:
    cases = json.loads(REFERENCE.read_text())
    wrong = [it for it in cases if (line_for(compiled(it["pattern"]), it["path"]) is not None) != it["expected"]]
    assert len(cases) > 100
    assert wrong == []


def by_regex(pattern: str, path: str) -> bool:
    """GitHub's rule for one pattern, written as plainly as can be: what the index is compared with."""
    shape = shape_of(pattern)
    expected = "".join(
        "(?:[^/]+/)*" if segment == "**" else re.escape(segment).replace("\\*", "[^/]*").replace("\\?", "[^/]") + "/"
        for segment in shape.segments
    )
    ends = ("",) * shape.at + ("[^/]+/(?:[^/]+/)*",) * shape.below
    return any(re.fullmatch(expected + end, path + "/") for end in ends)


NAMES = st.sampled_from(["a", "b", "ab", "a.b", "bb.a"])
SEGMENTS = st.sampled_from(["a", "b", "ab", "*", "**", "*.b", "a*", "?", "*b*", "?b"])
PATTERNS = st.builds(
    lambda start, segments, end: start + "/".join(segments) + end,
    st.sampled_from(["", "/"]),
    st.lists(SEGMENTS, min_size=1, max_size=5),
    st.sampled_from(["", "/"]),
)
PATHS = st.lists(NAMES, min_size=1, max_size=6).map("/".join)


@given(st.lists(PATTERNS, min_size=1, max_size=12), st.lists(PATHS, min_size=1, max_size=8))
def test_the_last_line_that_matches_wins(patterns: list[str], paths: list[str]) -> None:
    owners = compiled(*patterns)
    for path in paths:
        lines = [line for line, pattern in enumerate(patterns, start=1) if by_regex(pattern, path)]
        found = line_for(owners, path)
        assert (found.line if found else None) == (lines[-1] if lines else None)


def test_what_is_remembered_of_paths_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "_MOST_REMEMBERED", 3)
    owners = compiled("/a/*/c", "*.rb", "**/d/**/e/*")
    paths = ["a/x/c", "a/y/c/z", "b.rb", "d/x/e/f", "d/x/e/f/g", "q"]
    assert [bool(line_for(owners, path)) for path in paths * 2] == [True, True, True, True, False, False] * 2


def test_no_line_for_everything_and_none_that_matches() -> None:
    owners = compiled("/a", "*.rb")
    assert (owners.everything, line_for(owners, "b"), owners.last_path("b")) == (None, None, None)


def test_a_line_for_everything_counts_by_its_place() -> None:
    owners = compiled("/a", "*", "/b")
    lines = [rule.line for path in ("a", "b", "c") if (rule := line_for(owners, path))]
    assert lines == [2, 3, 2]
    assert (owners.everything, owners.last_path("a"), owners.last_path("c")) == (1, 0, None)


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        pytest.param("a*c", "abbc", True, id="a star is any run"),
        pytest.param("*/efolder/*", "https://x.org/a/efolder/b/c", True, id="it crosses slashes"),
        pytest.param("*/efolder/*", "https://x.org/efolder", False, id="the whole text must match"),
        pytest.param("a?c", "ac", False, id="a question mark is one character"),
        pytest.param("*.[tj]sx", "src/a.jsx", True, id="a class"),
        pytest.param("v[0-9]", "v7", True, id="a range"),
        pytest.param("v[!0-9]", "v7", False, id="all but a range"),
        pytest.param("v[^0-9]", "vx", True, id="the same, written otherwise"),
        pytest.param("[]a]", "]", True, id="a closing bracket first is itself"),
        pytest.param("[!]", "!", True, id="a mark alone is itself"),
        pytest.param("[z-a]", "m", False, id="a range that holds nothing"),
        pytest.param("[!z-a]", "m", True, id="all but nothing"),
        pytest.param("\\[a]", "[a]", True, id="an escaped bracket"),
        pytest.param("[a", "[a", True, id="a bracket that is not closed is itself"),
        pytest.param("a.c", "abc", False, id="a dot is a dot"),
        pytest.param("a*b*c*d", "a1b2c3d", True, id="several stars"),
        pytest.param("a*b*b", "ab", False, id="each part in its place"),
        pytest.param("A*", "abc", True, id="case does not count"),
        pytest.param("a*", "a\nb", True, id="a line's end is a character"),
    ],
)
def test_a_glob_of_sentry(pattern: str, text: str, *, matches: bool) -> None:
    assert bool(glob(pattern, case_counts=False).fullmatch(text)) is matches


def test_case_counts_in_tags() -> None:
    assert not glob("A*", case_counts=True).fullmatch("abc")


@given(st.text(alphabet="ab*?[]!^-\\"), st.text(alphabet="ab[]\\-"))
def test_every_glob_can_be_read_and_a_star_before_it_matches_no_less(pattern: str, text: str) -> None:
    if glob(pattern, case_counts=True).fullmatch(text):
        assert glob(f"*{pattern}", case_counts=True).fullmatch(text)


@given(st.text())
def test_a_text_with_every_character_escaped_is_matched_by_itself_alone(text: str) -> None:
    escaped = glob("".join(f"\\{char}" for char in text), case_counts=True)
    assert escaped.fullmatch(text)
    assert not escaped.fullmatch(text + "x")


@pytest.mark.timeout(5)
def test_a_glob_takes_no_longer_for_a_text_made_for_it() -> None:
    assert glob("*a" * 40 + "b", case_counts=False).fullmatch("a" * 4_000) is None


def test_the_last_of_one_kind_that_matches_any_text() -> None:
    owners = CompiledMap(read("app:A* @a\ntags.x:A* @b\napp:a? @c\npath:A* @d"))
    assert owners.last_text(Kind.APP, ("AB",)) == 2
    assert owners.last_text(Kind.APP, ("q", "ABC")) == 0
    assert owners.last_text(Kind.TAG, ("AB",), "x") == 1
    assert owners.last_text(Kind.TAG, ("AB",), "y") is None
    assert owners.rule(3).owners == ("@d",)


@pytest.mark.parametrize(
    ("sent", "path", "is_absolute"),
    [
        pytest.param("app/a.rb", "app/a.rb", False, id="from the root"),
        pytest.param("./app//a.rb", "app/a.rb", False, id="a dot and two slashes"),
        pytest.param("../shared/a.js", "shared/a.js", False, id="out of the directory it was built in"),
        pytest.param("a/../b.js", "b.js", False, id="up and down again"),
        pytest.param("webpack:///./src/a.js?6f2c", "src/a.js", False, id="webpack"),
        pytest.param("webpack://shop/./src/a.js", "src/a.js", False, id="webpack with the package's name"),
        pytest.param("webpack-internal:///./src/a.js", "src/a.js", False, id="webpack in development"),
        pytest.param("app:///src/a.js", "src/a.js", False, id="Sentry's own scheme"),
        pytest.param("~/static/a.js", "static/a.js", False, id="Sentry's artifacts"),
        pytest.param("app\\a.cs", "app/a.cs", False, id="backslashes"),
        pytest.param("/app/a.rb", "app/a.rb", True, id="absolute"),
        pytest.param("C:\\work\\a.cs", "work/a.cs", True, id="a drive"),
        pytest.param("file:///app/a.js", "app/a.js", True, id="a file's address"),
        pytest.param("file:///C:/app/a.js", "app/a.js", True, id="a drive in a file's address"),
        pytest.param("https://x.org/static/a.js", "static/a.js", True, id="a site's address"),
        pytest.param("", "", False, id="nothing"),
        pytest.param("/".join("a" * 99), "/".join("a" * 64), False, id="a path longer than any"),
    ],
)
def test_a_path_of_a_stack_trace(sent: str, path: str, *, is_absolute: bool) -> None:
    assert trace_path(sent) == TracePath(path=path, is_absolute=is_absolute)


@pytest.mark.parametrize(
    ("patterns", "sent", "path"),
    [
        pytest.param("/app/models/", "/app/app/models/a.rb", "app/models/a.rb", id="below the container's directory"),
        pytest.param("/app/ /app/models/", "/app/app/models/a.rb", "app/models/a.rb", id="the line that fits farthest"),
        pytest.param("/app/ /models/", "/app/app/models/a.rb", "app/app/models/a.rb", id="of two, the outer place"),
        pytest.param("/web/ /api/", "/srv/web/src/api/a.ts", "web/src/api/a.ts", id="of two directories, the outer"),
        pytest.param("/src/*.php", "/src/a.php", "src/a.php", id="a leading slash that means the root"),
        pytest.param("/src/a.py", "/usr/lib/src/a.py", "src/a.py", id="a file's own line"),
        pytest.param("api/ *.ts **/api/a.ts", "/srv/api/a.ts", "srv/api/a.ts", id="only anchored lines tell"),
        pytest.param("/*/a.ts", "/srv/api/a.ts", "api/a.ts", id="a wildcard's names count"),
        pytest.param("/models/", "app/models/a.rb", "app/models/a.rb", id="a relative path stays"),
        pytest.param("/x/", "/app/models/a.rb", "app/models/a.rb", id="nothing fits"),
    ],
)
def test_where_an_absolute_path_begins(patterns: str, sent: str, path: str) -> None:
    assert compiled(*patterns.split()).in_repository(trace_path(sent)) == path


def test_a_shape_is_a_value() -> None:
    assert shape_of("a/") == Shape(segments=("**", "a"), at=False, below=True)
