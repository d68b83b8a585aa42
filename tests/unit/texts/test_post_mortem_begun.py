"""What the App adds to a post-mortem that people began."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from app.domain.history import Happened, Kind
from app.domain.issues import IssueRef, Repository
from app.domain.tickets import Pair
from app.intake.post_mortem import missing_in, read
from app.texts.body import GITHUB_REFUSES, part_in, peoples
from app.texts.markdown import Markdown
from app.texts.post_mortem_begun import Begun, body, elsewhere, part
from tests.unit.texts import golden

TEXT = "The database was away.\r\n\r\n## Root cause\r\n\r\nA lock.\r\n\r\n### Action Items\r\n\r\n- [ ] x"
BEGUN = Begun(
    at=datetime(2026, 11, 24, 14, 30, tzinfo=UTC),
    on_duty=Pair(primary="jo"),
    lead="kim",
    zone=ZoneInfo("America/New_York"),
    zone_name="America/New_York",
)
NOTE = Happened(at=BEGUN.at, kind=Kind.NOTED, by="jo", detail="We rolled back.", comment=5)
HOME = Repository(id=7, name="acme/shop", installation=1)


def ticket(number: int) -> IssueRef:
    url = f"https://github.com/acme/shop/issues/{number}"
    return IssueRef(repository=HOME, number=number, id=number, node_id=f"I_{number}", url=url)


def begun(text: str) -> str:
    return str(body(text, part(BEGUN), missing_in(text)))


def test_one_without_tickets() -> None:
    golden.holds("post-mortem-begun.md", body("The database was away.", part(BEGUN), missing_in("")))


def test_what_people_noted_on_it_is_its_timeline() -> None:
    later = msgspec.structs.replace(NOTE, at=BEGUN.at + timedelta(minutes=5), by="kim", detail="It was the index.")
    noted = msgspec.structs.replace(BEGUN, notes=(later, NOTE))
    golden.holds("post-mortem-begun-noted.md", body("The database was away.", part(noted), ()))


def test_a_timeline_gives_way_where_there_is_no_room() -> None:
    noted = part(msgspec.structs.replace(BEGUN, notes=(NOTE,)))
    text = "x" * (GITHUB_REFUSES - part(BEGUN).variants[0].size - 200)
    assert "We rolled back." not in str(body(text, noted, ()))
    assert "## Who was on duty" in str(body(text, noted, ()))


def test_what_people_wrote_stays_and_what_they_have_is_not_added() -> None:
    whole = begun(TEXT)
    assert whole.startswith(f"{TEXT}\n\n<!-- ")
    assert [line for line in whole.splitlines() if line.startswith("#")] == [
        "## Root cause",
        "### Action Items",
        "## Who was on duty",
        "## Detection",
        "## What went well",
        "## What went badly",
        "## Where we were lucky",
    ]
    assert read(peoples(whole)).items == read(TEXT).items


def test_one_that_has_all_gets_the_part_alone() -> None:
    text = "\n\n".join(f"## {heading}" for heading in missing_in(""))
    assert begun(text).endswith("<!-- prod-squad:v1:end -->")


def test_headings_give_way_where_there_is_no_room() -> None:
    text = "x" * (GITHUB_REFUSES - 5_000)
    assert begun(text).endswith("<!-- prod-squad:v1:end -->")
    assert part_in(begun(text))


@pytest.mark.parametrize(
    ("file", "text"),
    [
        pytest.param("post-mortem-elsewhere.md", elsewhere(["ack", "ack", "impact"], [ticket(3), ticket(4)], "a.1")),
        pytest.param("post-mortem-nowhere.md", elsewhere(["ack"], [], "a.1")),
    ],
)
def test_what_belongs_on_the_ticket(file: str, text: Markdown) -> None:
    golden.holds(file, text)
