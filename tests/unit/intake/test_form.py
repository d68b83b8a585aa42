"""What people write is read as they meant it, and always read."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alerts import Alert, Impact, Sender
from app.domain.identity import fingerprint, normalised, signature
from app.intake import form
from tests import payloads

REPORTED = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LINK = "https://sentry.io/organizations/appeals/issues/5120034411/"
REFERENCE = payloads.BESIDE / "reference" / "issue_forms" / "__fixtures__"
GOOD = {form.APP: "Reader", form.LINK: LINK, form.SEEN: "A white page.", form.IMPACT: "severe: it hurts", form.WHEN: ""}


def rendered(**answers: str) -> str:
    """The form's body as GitHub renders it; `seen="x"` puts an answer below what `form.SEEN` says."""
    filled = GOOD | {getattr(form, name.upper()): answer for name, answer in answers.items()}
    return "\n\n".join(f"### {label}\n\n{answer or '_No response_'}" for label, answer in filled.items())


def read(body: str, title: str = "Documents don't open") -> Alert:
    return form.read(title, body, reported_at=REPORTED).alert


# Sections.


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        pytest.param("### App\n\nReader", "Reader", id="as GitHub renders it"),
        pytest.param("###   app ### \r\nReader\r\n", "Reader", id="by hand"),
        pytest.param("## **App**:\nReader", "Reader", id="with emphasis"),
        pytest.param("### App\n\n_No response_", "", id="no answer"),
        pytest.param("### App\n\nN/A\n", "", id="an answer that says nothing"),
        pytest.param("### App\n\n```\nReader\n```", "Reader", id="fenced as a whole"),
        pytest.param("### App\n\n```ruby\na\n```\nb", "```ruby\na\n```\nb", id="partly fenced"),
        pytest.param("### App\n\n```", "```", id="a fence alone"),
        pytest.param(
            "### App\nReader\n### App\neFolder", "Reader\n### App\neFolder", id="the first of two headings counts"
        ),
        pytest.param(
            "### App\nReader\n### Steps\nopen it",
            "Reader\n### Steps\nopen it",
            id="another heading is part of the answer",
        ),
        pytest.param("### App\nReader\n### Impact\nsevere", "Reader", id="a heading of the form's ends it"),
        pytest.param(
            "### App\nReader\n```\n### Impact\n```\nx",
            "Reader\n```\n### Impact\n```\nx",
            id="a heading in a fence is none",
        ),
        pytest.param(
            "### App\nReader\n~~~\n```\n### Impact\n~~~", "Reader\n~~~\n```\n### Impact\n~~~", id="a fence in a fence"
        ),
        pytest.param(
            "### App\nReader\n````\n```\n### Impact\n````", "Reader\n````\n```\n### Impact\n````", id="a longer fence"
        ),
        pytest.param("### App\nsee ```` x\n### Impact\n", "see ```` x", id="back quotes in a line are no fence"),
        pytest.param(
            "### App\n```a``` is off\n### Impact\n", "```a``` is off", id="code that begins a line is no fence"
        ),
        pytest.param("### App\n    ```\n### Impact\n", "```", id="an indented fence is none"),
        pytest.param("### App\nReader\n    ### Impact\n", "Reader\n    ### Impact", id="an indented heading is none"),
        pytest.param("##### App\nReader", None, id="a smaller heading is none of the form's"),
        pytest.param("App\nReader", None, id="a line is no heading"),
    ],
)
def test_an_answer(body: str, answer: str | None) -> None:
    assert form.sections(body.replace("\r\n", "\n"), (form.APP, form.IMPACT)).get(form.APP) == answer


def test_without_labels_every_heading_parts() -> None:
    assert form.sections("### A\n1\n### B\n2") == {"A": "1", "B": "2"}


LINES = st.lists(st.sampled_from(["x", "", "### Impact", "## App", "~~", "``", "    ```", "> q"]), max_size=8)


@given(inside=LINES, fence=st.sampled_from(["```", "~~~", "````", "```ruby", "~~~~ a b"]))
def test_no_heading_in_a_fence_is_one(inside: list[str], fence: str) -> None:
    close = fence[: fence.count(fence[0])]
    body = "\n".join(["### App", "before", fence, *inside, close, "### Impact", "severe"])
    found = form.sections(body, (form.APP, form.IMPACT))
    assert found[form.IMPACT] == "severe"
    assert found[form.APP] == "\n".join(["before", fence, *inside, close])


# The alert.


def test_a_whole_form() -> None:
    report = form.read("Documents don't open", rendered(when="2026-11-24 09:30"), reported_at=REPORTED)
    assert report == form.Report(
        alert=Alert(
            sender=Sender.PERSON,
            title="Documents don't open",
            occurred_at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
            fingerprint=fingerprint("sentry", "5120034411"),
            link=LINK,
            sender_ref="5120034411",
            app="Reader",
            details="A white page.",
            impact=Impact.SEVERE,
        )
    )


def test_free_text_is_a_report_without_faults() -> None:
    report = form.read("It is all broken", "since this morning", reported_at=REPORTED)
    words = "it is all broken"
    assert report.faults == ()
    assert (report.alert.words, report.alert.signature) == (words, signature(words))
    assert (report.alert.app, report.alert.details, report.alert.impact) == ("", "", None)


def test_an_issue_without_a_title_has_one() -> None:
    assert read("", title=" ").title == "A report without a title"


@pytest.mark.parametrize(
    ("when", "at", "details"),
    [
        pytest.param("2026-11-24 09:30", datetime(2026, 11, 24, 9, 30, tzinfo=UTC), "A white page.", id="a time"),
        pytest.param(
            "2026-11-24T09:30:00+02:00", datetime(2026, 11, 24, 7, 30, tzinfo=UTC), "A white page.", id="a zone"
        ),
        pytest.param("2031-01-01", REPORTED, "A white page.", id="a time that is still to come"),
        pytest.param(
            "this morning", REPORTED, "A white page.\n\nWhen did it start? this morning", id="own words are kept"
        ),
        pytest.param("", REPORTED, "A white page.", id="no answer"),
    ],
)
def test_when_it_started(when: str, at: datetime, details: str) -> None:
    found = read(rendered(when=when))
    assert (found.occurred_at, found.details) == (at, details)


@pytest.mark.parametrize(
    ("answer", "impact"),
    [
        pytest.param(
            "severe: potentially corrupting data", Impact.SEVERE, id="the choice as it is written in the form"
        ),
        pytest.param("**Annoying**", Impact.ANNOYING, id="by hand"),
        pytest.param("unsure", Impact.UNSURE, id="unsure"),
        pytest.param("terrible", None, id="another word"),
        pytest.param("!!!", None, id="no word"),
        pytest.param("", None, id="no answer"),
    ],
)
def test_the_impact(answer: str, impact: Impact | None) -> None:
    assert read(rendered(impact=answer)).impact is impact


@pytest.mark.parametrize(
    ("answers", "faults"),
    [
        pytest.param({}, [], id="none"),
        pytest.param({"link": "", "impact": "", "when": ""}, [], id="what may be left out"),
        pytest.param({"app": ""}, ["Say which app it is"], id="no app"),
        pytest.param({"seen": ""}, ["Say what goes wrong for users"], id="nothing is seen"),
        pytest.param({"link": "see Slack"}, ["“Sentry link” leads to no Sentry issue"], id="no link"),
        pytest.param(
            {"link": "https://sentry.io/organizations/appeals/projects/reader/"},
            ["“Sentry link” leads"],
            id="a link to something else",
        ),
        pytest.param({"impact": "terrible"}, ["“Impact” is none of the choices"], id="no choice"),
        pytest.param(
            {"app": "", "seen": "", "link": "x", "impact": "terrible"},
            ["Say which app", "Say what goes", "“Sentry link” leads", "“Impact” is none"],
            id="all at once",
        ),
    ],
)
def test_faults(answers: dict[str, str], faults: list[str]) -> None:
    found = form.read("x", rendered(**answers), reported_at=REPORTED).faults
    assert len(found) == len(faults)
    assert all(one.startswith(expected) for one, expected in zip(found, faults, strict=True))


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        pytest.param(rendered(), True, id="the form"),
        pytest.param(rendered().replace("\n", "\r\n"), True, id="with a browser's line ends"),
        pytest.param(rendered().replace("### Impact", "Impact"), False, id="a heading is missing"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_a_whole_form_is_known(body: str, whole: bool) -> None:
    assert form.is_whole_form(body) is whole


# Links.


@pytest.mark.parametrize(
    ("text", "link", "issue_id"),
    [
        pytest.param(LINK, LINK, "5120034411", id="an issue's page"),
        pytest.param(f"{LINK}?project=1#x", LINK, "5120034411", id="with a query"),
        pytest.param(f"see <{LINK}events/8f14/>.", f"{LINK}events/8f14/", "5120034411", id="an event's page"),
        pytest.param(f"[here]({LINK}), please", LINK, "5120034411", id="in Markdown"),
        pytest.param(f"**{LINK}**", LINK, "5120034411", id="with emphasis"),
        pytest.param(
            "https://appeals.sentry.io/issues/77/",
            "https://appeals.sentry.io/issues/77/",
            "77",
            id="an organisation's own host",
        ),
        pytest.param(
            "https://sentry.example.gov/appeals/reader/issues/77",
            "https://sentry.example.gov/appeals/reader/issues/77",
            "77",
            id="an older server's address",
        ),
        pytest.param(
            "http://sentry.example.gov/organizations/a/issues/77/",
            "http://sentry.example.gov/organizations/a/issues/77/",
            "77",
            id="a Sentry of one's own may be http",
        ),
        pytest.param(f"https://example.org/a {LINK}", LINK, "5120034411", id="the first that is one"),
        pytest.param("https://github.com/a/sentry/issues/77", "", "", id="an issue on GitHub"),
        pytest.param("https://tracker.example.org/issues/77", "", "", id="another tracker's"),
        pytest.param("https://sentry.io/issues/", "", "", id="the list of issues"),
        pytest.param("https://[::1/issues/77", "", "", id="no address"),
        pytest.param("sentry.io/organizations/a/issues/77", "", "", id="no scheme"),
    ],
)
def test_a_link_in_free_text(text: str, link: str, issue_id: str) -> None:
    found = read(text)
    assert (found.link, found.sender_ref) == (link, issue_id)
    assert found.fingerprint == (fingerprint("sentry", issue_id) if issue_id else "")


@pytest.mark.parametrize(
    ("answer", "issue_id"),
    [
        pytest.param(
            "https://errors.example.gov/issues/77/", "77", id="the field asks for Sentry's, whatever its host"
        ),
        pytest.param("https://github.com/a/b/issues/77", "", id="but not for GitHub's"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_link_in_the_field_for_it(answer: str, issue_id: str) -> None:
    assert read(rendered(link=answer)).sender_ref == issue_id


def test_a_link_elsewhere_in_the_form_is_found() -> None:
    assert read(rendered(link="", seen=f"it says {LINK}")).sender_ref == "5120034411"


# The line that looks like an error.

VALUE = "undefined method `name' for nil"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(f"NoMethodError: {VALUE}", f"NoMethodError: {VALUE}", id="type and value"),
        pytest.param(f"> **NoMethodError: {VALUE}**", f"NoMethodError: {VALUE}", id="quoted, with emphasis"),
        pytest.param(f"- NoMethodError: {VALUE}", f"NoMethodError: {VALUE}", id="in a list"),
        pytest.param("I saw `KeyError: x` and `y`", "KeyError: x", id="as code in a sentence"),
        pytest.param(f"`NoMethodError: {VALUE}`", f"NoMethodError: {VALUE}", id="Ruby's quotes in code"),
        pytest.param(
            "E, [12:00] ERROR -- : PG::ConnectionBad: refused", "PG::ConnectionBad: refused", id="in a line of a log"
        ),
        pytest.param(
            "ActiveRecord::RecordNotFound (Couldn't find Form8):",
            "ActiveRecord::RecordNotFound: Couldn't find Form8",
            id="as Rails logs it",
        ),
        pytest.param(
            f"app/a.rb:3:in 'Reader#f': {VALUE} (NoMethodError)", f"NoMethodError: {VALUE}", id="as Ruby prints it"
        ),
        pytest.param(f"{VALUE} (NoMethodError)", f"NoMethodError: {VALUE}", id="as Ruby prints it, without its place"),
        pytest.param("django.db.utils.OperationalError: gone", "OperationalError: gone", id="without its package"),
        pytest.param(
            "Uncaught TypeError: x is not a function", "TypeError: x is not a function", id="as a browser prints it"
        ),
        pytest.param("Error: Network down", "Error: Network down", id="JavaScript's plain one"),
        pytest.param("Net::ReadTimeout", "Net::ReadTimeout", id="a type alone"),
        pytest.param("`Net::ReadTimeout`", "Net::ReadTimeout", id="a type alone, as code"),
        pytest.param(
            "Faraday::ConnectionFailed: no https://a.example/b",
            "Faraday::ConnectionFailed: no https://a.example/b",
            id="with an address in it",
        ),
        pytest.param(f"KeyError: x {LINK}", "KeyError: x", id="followed by Sentry's link"),
        pytest.param("https://a.example/Foo::BarError:1\nKeyError: x", "KeyError: x", id="an address is none"),
        pytest.param("a\n\nKeyError: x\nIOError: y", "KeyError: x", id="the first of two"),
        pytest.param("the page says x is not a function\nKeyError: x", "KeyError: x", id="a type is better than words"),
        pytest.param(VALUE, VALUE, id="words that only errors have"),
        pytest.param(f"a\n{VALUE}\ndeadlock detected", VALUE, id="the first of such"),
    ],
)
def test_the_error_line(text: str, line: str) -> None:
    assert read(text, title="Broken").words == normalised(line)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Look at Hearings::Docket in the code", id="a class in a sentence"),
        pytest.param("Documents don't load: the list is empty", id="a sentence with a colon"),
        pytest.param("Reader::Documents::new is slow", id="a method of a class"),
        pytest.param("I get an error: nothing opens", id="an error in a sentence"),
        pytest.param(f"see https://a.example/Foo::BarError:1 or {LINK}", id="addresses"),
    ],
)
def test_what_is_no_error_line(text: str) -> None:
    assert read(text, title="Broken").words == ""


def test_the_title_may_be_the_error_line() -> None:
    assert read("IOError: y", title="KeyError: x").words == "keyerror: x"


@pytest.mark.parametrize(
    ("title", "body", "words"),
    [
        pytest.param("Documents don't open", "", "documents don t open", id="a title of three words"),
        pytest.param("500 error", "", "", id="a title that may be any error's"),
        pytest.param("Documents don't open", LINK, "", id="a link tells more than a title"),
        pytest.param("Documents don't open", f"{LINK}\nKeyError: x", "keyerror: x", id="a link and an error line"),
    ],
)
def test_the_titles_signature(title: str, body: str, words: str) -> None:
    found = read(body, title=title)
    assert (found.words, found.signature) == (words, signature(words))


# Whatever comes.

PIECES = st.sampled_from(
    [
        *(
            "### App\n",
            "### Impact\n",
            "```",
            "~~~",
            "\n",
            "`",
            "'",
            "::",
            ": ",
            " (",
            ")",
            "A",
            "Error",
            "Foo::Bar",
            "a.",
        ),
        *("in", "https://", "sentry.io/issues/7", "/", "_No response_", "#", " ", "*", "\r", "2026-11-24", "é", "\0"),
    ]
)
TEXT = st.text(max_size=200) | st.lists(PIECES, max_size=60).map("".join)


@given(title=TEXT, body=TEXT)
def test_any_text_is_read(title: str, body: str) -> None:
    found = form.read(title, body, reported_at=REPORTED)
    assert found.alert.occurred_at <= REPORTED
    assert bool(found.alert.signature) is bool(found.alert.words)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", ["A", "a.", "A::", "Error: ", "`", " (", "AError (", ":in `", "https://a", "# ", "``` "]
)
def test_a_text_as_long_as_github_allows_is_read_soon(piece: str) -> None:
    long = piece * (65_536 // len(piece))
    read("\n".join(long[i : i + 2_000] for i in range(0, len(long), 2_000)))


@pytest.mark.skipif(not REFERENCE.is_dir(), reason=f"there are no reference forms at {REFERENCE}")
def test_the_reference_forms_are_parted() -> None:
    checked = 0
    for parsed in sorted(REFERENCE.glob("*/parsed-issue*.json")):
        expected = json.loads(parsed.read_text())
        found = form.sections((parsed.parent / "issue.md").read_text().replace("\r\n", "\n"))
        for answer in expected.values():
            if isinstance(answer, str) and answer not in {"", "_No response_"}:
                assert answer.strip() in found.values()
                checked += 1
    assert checked


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        pytest.param("", set(), id="nothing"),
        pytest.param(
            "| Sentry | [READER-7](https://acme.sentry.io/organizations/acme/issues/7/events/a1/) |\n"
            "<https://sentry.io/organizations/acme/issues/8/?project=1>, and https://acme.sentry.io/issues/9.",
            {"7", "8", "9"},
            id="all of them, in a table and in words",
        ),
        pytest.param("https://github.com/acme/shop/issues/7", set(), id="GitHub's issues"),
        pytest.param("https://errors.example.org/issues/7", set(), id="another tracker's"),
    ],
)
def test_the_issues_at_sentry_that_a_text_links(text: str, ids: set[str]) -> None:
    assert form.sentry_issues(text) == ids
