"""Which section of the manual an error gets, and when it gets none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.decisions.consulting import Found, consult
from app.domain.alerts import Alert, Sender
from app.domain.issues import Repository
from app.domain.manuals import Manual
from app.domain.tickets import Routing, Ticket
from app.intake import manual

REPOSITORY = Repository(id=9, name="octo-org/appeals-deployment", installation=1)
APPS = ("Reader", "Certification", "Certification v2", "eFolder", "Dispatch", "Hearings Prep")
SQUADS = """\
# First Responder's Manual
## How to use this manual
### Connection errors in general
<!-- prod-squad: "TNS:Connect timeout" -->
## Reader
### Documents do not load
### PDF viewer crashes
Mostly `TypeError` or `Pdfjs::WorkerError`.
## Certification
### ORA-12170
## Certification v2
### VACOLS timeouts
Look for OCIError.
## eFolder
### `VBMS::HTTPError`
### Deadlocks
`ActiveRecord::Deadlocked`
## Deploying Dispatch
## PG::ConnectionBad
### Symptoms
"""
READERS = "# Reader\n## Annotations\n## Documents do not load\n"


def read(text: str, app: str = "") -> Manual:
    return Manual(repository=REPOSITORY, path=f"docs/{app or 'manual'}.md", app=app, passages=manual.read(text))


def ticket(app: str = "", error_type: str = "", text: str = "", *, culprit: str = "", url: str = "") -> Ticket:
    alert = Alert(
        sender=Sender.SENTRY,
        title=f"{error_type}: {text}",
        occurred_at=datetime(2026, 11, 23, tzinfo=UTC),
        error_type=error_type,
        error_value=text,
        culprit=culprit,
        url=url,
    )
    return Ticket(id=1, first=alert, routing=Routing(app=app))


def heading(found: Found | None) -> str | None:
    return None if found is None else found.headings[-1]


NO_DOCUMENT = ("ActiveRecord::RecordNotFound", "Couldn't find Document with 'id'=4815162")


@pytest.mark.parametrize(
    ("error", "section"),
    [
        pytest.param(ticket("eFolder", "VBMS::HTTPError", "status 500"), "VBMS::HTTPError", id="its type"),
        pytest.param(ticket("Reader", "PG::ConnectionBad", "gone"), "PG::ConnectionBad", id="a heading for every app"),
        pytest.param(ticket("", "PG::ConnectionBad", "gone"), "PG::ConnectionBad", id="an app that nobody knows"),
        pytest.param(ticket("Reader", "ConnectionBad"), "Reader", id="a namespace that the error has not is another's"),
        pytest.param(ticket("Reader", *NO_DOCUMENT, url="https://x.example/reader/7/documents/load/1"),
                     "Documents do not load", id="the heading's words are the error's and its path's"),
        pytest.param(ticket("Reader", *NO_DOCUMENT, culprit="DocumentLoader#load"), "Documents do not load",
                     id="… and its place in the code"),
        pytest.param(ticket("Reader", "TypeError", "undefined is not a function"), "PDF viewer crashes",
                     id="under the app, the text names the type"),
        pytest.param(ticket("Reader", "Pdfjs::WorkerError"), "PDF viewer crashes", id="the text names it in full"),
        pytest.param(ticket("Certification v2", "OCIError", "Connect timeout", culprit="VacolsController#update"),
                     "VACOLS timeouts", id="words and the type"),
        pytest.param(ticket("Dispatch", "OCIError", "ORA-1: TNS:Connect timeout occurred"),
                     "Connection errors in general", id="a hint has words of the text"),
        pytest.param(ticket("Certification", "OCIError", "ORA-12170: gone"), "ORA-12170", id="a code"),
        pytest.param(ticket("Certification", "OCIError", "ORA-00942: gone"), "Certification", id="another code"),
        pytest.param(ticket("Reader", "Foo::BarError", "nothing of the kind"), "Reader", id="else the app's heading"),
        pytest.param(ticket("READER", "Foo::BarError"), "Reader", id="case does not count in an app's name"),
    ],
)  # fmt: skip
def test_the_section_for_an_error(error: Ticket, section: str) -> None:
    assert heading(consult(error, [read(SQUADS)], APPS)) == section


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(ticket("Hearings Prep", "ActiveRecord::Deadlocked"), id="another app's section names the type"),
        pytest.param(ticket("Hearings Prep", *NO_DOCUMENT, url="https://x.example/load"), id="another app's words"),
        pytest.param(ticket("Dispatch", "Foo::BarError"), id="a heading about the app, but about something else, too"),
        pytest.param(ticket("Hearings Prep", "KeyError", "symptoms"), id="words that are in any heading"),
        pytest.param(ticket("Hearings Prep", "Error", "general"), id="one word of several"),
        pytest.param(ticket("Hearings Prep", "TypeError"), id="a type that another app's section names"),
        pytest.param(ticket("Hearings Prep"), id="an error of which nothing is known"),
        pytest.param(Ticket(id=1), id="no alert"),
    ],
)
def test_rather_none_than_a_wrong_one(error: Ticket) -> None:
    assert consult(error, [read(SQUADS)], APPS) is None


@pytest.mark.parametrize(
    ("text", "section"),
    [
        pytest.param("# A::XError\n## A::XError\n# A::XError\n", 2, id="of as many points the deeper one"),
        pytest.param("## A::XError\n## A::XError\n", 1, id="… then the first"),
        pytest.param("# Other\n`A::XError`\n## XError happens\n", 3, id="the heading counts more than the text"),
        pytest.param("# A::XError\n# Other\n<!-- prod-squad: XError -->\n", 2, id="a hint counts more than a heading"),
        pytest.param("# A::XError\n<!-- prod-squad: app:eFolder -->\n", None, id="a hint names another app"),
        pytest.param(
            "# Gone\n<!-- prod-squad: app:eFolder app:Reader -->\n", 1, id="a hint names the app among others"
        ),
        pytest.param("# Reader\n## eFolder\n### A::XError", 3, id="under another app's heading, but its own, too"),
        pytest.param("# Nothing\n<!-- prod-squad: -- -->\n", None, id="a hint of no word"),
        pytest.param("# B::XError\n", None, id="another namespace's"),
        pytest.param("# One\n`XError`\n", None, id="the last name alone, under no app"),
        pytest.param("# Reader\n## One\n`XError`\n", 2, id="… and under the app"),
        pytest.param("# Cases opened by judges\n", None, id="half of the words, but under no app: too few"),
        pytest.param("# Reader\n## Cases opened by judges\n", 2, id="… and under the app"),
        pytest.param("# Reader\n## Cases opened on Mondays by clerks\n", 1, id="fewer than half"),
    ],
)
def test_what_counts(text: str, section: int | None) -> None:
    found = consult(ticket("Reader", "A::XError", "case of a judge"), [read(text)], APPS)
    assert (None if found is None or found.passage is None else found.passage.line) == section


def test_an_apps_own_manual_is_looked_into_besides_the_squads() -> None:
    manuals = [read(SQUADS), read(READERS, "Reader"), read("# eFolder\n## Annotations\n", "eFolder")]
    found = consult(ticket("Reader", "KeyError", "page", url="https://x.example/annotations"), manuals, APPS)
    assert found is not None
    assert (found.manual.app, found.headings) == ("Reader", ("Reader", "Annotations"))


def test_an_app_with_a_manual_of_its_own_is_shown_that_where_no_section_is_for_the_error() -> None:
    own = read("# Getting started\n", "Reader")
    assert consult(ticket("Reader", "A::B"), [own], APPS) == Found(manual=own)
    assert consult(ticket("Reader", "A::B"), [own], APPS).headings == ("docs/Reader.md",)  # type: ignore[union-attr]
    assert consult(ticket("Dispatch", "A::B"), [own], APPS) is None
    assert consult(ticket("", "A::B"), [own], APPS) is None


def test_a_person_s_title_counts_as_the_text() -> None:
    alert = Alert(sender=Sender.PERSON, title="Documents do not load", occurred_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert heading(consult(Ticket(id=1, first=alert), [read(READERS)], ())) == "Documents do not load"


@given(app=st.text(max_size=9), error_type=st.text(max_size=9), text=st.text(max_size=30), url=st.text(max_size=20))
def test_whatever_an_error_says_consulting_never_raises(app: str, error_type: str, text: str, url: str) -> None:
    error = ticket(app, error_type, text, url=f"https://[{url}")
    for named in (SQUADS, f"# {text}\n## {error_type}\n### {app}\n"):
        consult(error, [read(named)], (*APPS, app, "--"))
