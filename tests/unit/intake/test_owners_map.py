"""An owners map is read as GitHub, GitLab and Sentry read theirs, and what is wrong is said and never stops it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.owners import Heading, Kind, Rule
from app.intake.owners_map import MOST_BYTES, read


def only(text: str) -> Rule:
    owners_map = read(text)
    assert owners_map.faults == ()
    return owners_map.rules[-1]


@pytest.mark.parametrize(
    ("line", "kind", "pattern", "owners"),
    [
        pytest.param("*.js @jo", Kind.CODEOWNERS, "*.js", ("@jo",), id="a pattern and a login"),
        pytest.param("/a/\t@org/team-1  jo@x.org", Kind.CODEOWNERS, "/a/", ("@org/team-1", "jo@x.org"), id="a tab"),
        pytest.param("*.js @jo #the scripts", Kind.CODEOWNERS, "*.js", ("@jo",), id="a comment after a blank"),
        pytest.param("/a#b @jo", Kind.CODEOWNERS, "/a#b", ("@jo",), id="a number sign inside a name is no comment"),
        pytest.param("a\\ b/c @jo", Kind.CODEOWNERS, "a\\ b/c", ("@jo",), id="an escaped blank"),
        pytest.param("/apps/github", Kind.CODEOWNERS, "/apps/github", (), id="no owner clears ownership"),
        pytest.param("/apps/github # nobody", Kind.CODEOWNERS, "/apps/github", (), id="no owner, and a comment"),
        pytest.param("pages/\\[id\\].tsx @jo", Kind.CODEOWNERS, "pages/\\[id\\].tsx", ("@jo",), id="escaped brackets"),
        pytest.param("a:b @jo", Kind.CODEOWNERS, "a:b", ("@jo",), id="a colon in a path"),
        pytest.param("app\\:b @jo", Kind.CODEOWNERS, "app\\:b", ("@jo",), id="a path that begins like a matcher"),
        pytest.param("* @jo @jo", Kind.CODEOWNERS, "*", ("@jo",), id="an owner named twice"),
        pytest.param("* @jo_acme", Kind.CODEOWNERS, "*", ("@jo_acme",), id="an enterprise's login"),
        pytest.param("app:Certification* @alex", Kind.APP, "Certification*", ("@alex",), id="an app"),
        pytest.param("app:Certification\\ v2 @alex", Kind.APP, "Certification\\ v2", ("@alex",), id="an escaped name"),
        pytest.param('app:"Hearings Prep" @jo', Kind.APP, "Hearings Prep", ("@jo",), id="a name in quotes"),
        pytest.param('app:"Hearings Prep"', Kind.APP, "Hearings Prep", (), id="a name in quotes alone on its line"),
        pytest.param("path:src/* @jo", Kind.PATH, "src/*", ("@jo",), id="Sentry's path"),
        pytest.param("codeowners:/src/* @jo", Kind.CODEOWNERS, "/src/*", ("@jo",), id="Sentry's codeowners"),
        pytest.param("url:https://x.org/*#a @jo", Kind.URL, "https://x.org/*#a", ("@jo",), id="a URL"),
        pytest.param("module:acme.[a-z]* @jo", Kind.MODULE, "acme.[a-z]*", ("@jo",), id="a module"),
    ],
)
def test_a_line_is_read(line: str, kind: Kind, pattern: str, owners: tuple[str, ...]) -> None:
    rule = only(f"# first\n\n  {line}  ")
    assert (rule.line, rule.kind, rule.pattern, rule.owners, rule.section) == (3, kind, pattern, owners, "")
    assert line.startswith(rule.text)


def test_a_tag_has_its_name() -> None:
    rule = only("tags.component:dis*patch @sharon")
    assert (rule.kind, rule.tag, rule.pattern) == (Kind.TAG, "component", "dis*patch")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param("!*.js @jo", "later line of its own, without an owner", id="negation"),
        pytest.param("\\#a @jo", "Write ? in place of the number sign", id="an escaped number sign"),
        pytest.param("a/[bc].js @jo", "\\[ and \\] for brackets", id="a range"),
        pytest.param("[bc]*.js @jo", "a team's heading as [Team] @lead", id="a range that looks like a heading"),
        pytest.param("a] @jo", "\\[ and \\] for brackets", id="half a range"),
        pytest.param("a\\", "ends in a single \\", id="a backslash at the end"),
        pytest.param("/ @jo", "Write * for everything", id="the root alone"),
        pytest.param("a//b @jo", "Write * for everything", id="two slashes"),
        pytest.param("./a @jo", "without . and ..", id="a dot"),
        pytest.param("a/../b @jo", "without . and ..", id="two dots"),
        pytest.param("a\u00a0@jo", "unusual blank", id="a no-break space"),
        pytest.param("* alex", "“alex” is no owner. Write @login", id="a name without @"),
        pytest.param("* @jo alex", "“alex” is no owner", id="one owner of two is none: GitHub skips the line"),
        pytest.param("* @jo#x", "“@jo#x” is no owner", id="a comment without a blank before it"),
        pytest.param("* " + "x" * 99, "x" * 60 + "…” is no owner", id="a long word is shown in part"),
        pytest.param("* @@maintainer", "is no owner", id="GitLab's roles"),
        pytest.param("app: @jo", "Write a pattern after “app:”", id="a matcher without a pattern"),
        pytest.param('app:"a b @jo', "Close the quotes", id="quotes that are not closed"),
        pytest.param('app:"a"b @jo', "Close the quotes", id="quotes that close too early"),
        pytest.param("App:Reader @jo", "“App:” is no matcher", id="a matcher in capitals"),
        pytest.param("tag.a:b @jo", "“tag.a:” is no matcher", id="a matcher misspelt"),
        pytest.param("tags:b @jo", "tags.NAME:", id="a tag without a name"),
        pytest.param("codeowners:!a @jo", "later line of its own", id="GitHub's rules hold behind codeowners:"),
    ],
)
def test_a_bad_line_is_skipped_and_the_fault_says_what_to_do(line: str, says: str) -> None:
    owners_map = read(f"* @nick\n{line}\n/b @jo", ".github/PRODOWNERS")
    assert [rule.line for rule in owners_map.rules] == [1, 3]
    (fault,) = owners_map.faults
    assert (fault.line, fault.path) == (2, ".github/PRODOWNERS")
    assert says in fault.message
    assert fault.message.endswith("This line is skipped.")


@pytest.mark.parametrize(
    "heading",
    [
        pytest.param("[Whiskey] @mark", id="GitLab's heading"),
        pytest.param("^[Whiskey] @mark", id="an optional section"),
        pytest.param("[Whiskey][2] @mark", id="with a count of approvals"),
        pytest.param("[ Whiskey ]  @mark # the tech lead", id="blanks and a comment"),
    ],
)
def test_lines_below_a_heading_inherit_its_owner(heading: str) -> None:
    owners_map = read(f"* @nick\n{heading}\napp:Reader\n/a/ @jo")
    assert owners_map.faults == ()
    assert owners_map.headings == (Heading(line=2, name="Whiskey", owners=("@mark",)),)
    first, inheriting, own = owners_map.rules
    assert (first.section, first.inherited) == ("", False)
    assert (inheriting.owners, inheriting.section, inheriting.inherited) == (("@mark",), "Whiskey", True)
    assert (own.owners, own.section, own.inherited) == (("@jo",), "Whiskey", False)


@pytest.mark.parametrize(
    ("heading", "section", "owners"),
    [
        pytest.param("[whiskey]", "Whiskey", ("@mark",), id="a section goes on, however it is spelt"),
        pytest.param("[Whiskey] @jo", "Whiskey", ("@jo",), id="with owners of its own from here on"),
        pytest.param("[Tango]", "Tango", (), id="a section without an owner"),
    ],
)
def test_a_second_heading(heading: str, section: str, owners: tuple[str, ...]) -> None:
    rule = read(f"[Whiskey] @mark\n/a\n{heading}\n/b").rules[-1]
    assert (rule.section, rule.owners) == (section, owners)


def test_a_section_has_the_owner_of_its_first_heading_that_names_one() -> None:
    headings = read("[Tango]\n/a\n[Foxtrot] @alex\n[Tango] @sharon\n[Tango] @jo").headings
    assert headings == (
        Heading(line=1, name="Tango", owners=("@sharon",)),
        Heading(line=3, name="Foxtrot", owners=("@alex",)),
    )


@pytest.mark.parametrize(
    "heading",
    [
        pytest.param("[Tango @sharon", id="no closing bracket"),
        pytest.param("[] @sharon", id="no name"),
        pytest.param("[Tango][two] @sharon", id="a count that is none"),
    ],
)
def test_below_a_bad_heading_lines_go_to_no_team(heading: str) -> None:
    owners_map = read(f"[Whiskey] @mark\n{heading}\napp:Dispatch")
    assert [(rule.owners, rule.section) for rule in owners_map.rules] == [((), "")]
    assert "no team owns the lines below" in owners_map.faults[0].message


def test_a_bad_pattern_that_looks_like_a_heading_leaves_the_section() -> None:
    assert read("[Whiskey] @mark\n[ab]*.js\napp:Reader").rules[-1].section == "Whiskey"


def test_a_heading_without_its_bad_owner_stands() -> None:
    owners_map = read("[Whiskey] mark @jo\napp:Reader")
    assert owners_map.rules[0].owners == ("@jo",)
    assert [fault.message for fault in owners_map.faults] == [
        "“mark” is no owner. Write @login, @organisation/team or an e-mail address. It is left out of the heading."
    ]


def test_a_file_of_3_mb_is_not_read() -> None:
    owners_map = read("* @nick #".ljust(MOST_BYTES, "x"), "CODEOWNERS")
    assert owners_map.rules == ()
    assert "keep it under 3 MB" in owners_map.faults[0].message
    assert read("* @nick #".ljust(MOST_BYTES - 1, "x")).rules


def test_lines_end_in_any_way_and_are_counted_so() -> None:
    owners_map = read("\ufeff* @a\r\n/b @b\r/c @c\n \u00a0 \n/d\u2028e @d")
    assert [(rule.line, rule.pattern) for rule in owners_map.rules] == [(1, "*"), (2, "/b"), (3, "/c")]
    assert [fault.line for fault in owners_map.faults] == [5]


PIECES = st.sampled_from(
    [
        "[",
        "]",
        "^[",
        "*",
        "**",
        "/",
        "\\",
        " ",
        "\t",
        "\n",
        "\r",
        '"',
        "#",
        "@",
        "@jo",
        "!",
        "app:",
        "tags.",
        ":",
        "a",
        "\ud800",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    owners_map = read(text)
    lines = {rule.line for rule in owners_map.rules} | {fault.line for fault in owners_map.faults}
    assert all(1 <= line <= text.count("\n") + text.count("\r") + 1 for line in lines)
    assert all(rule.pattern and rule.text for rule in owners_map.rules)
