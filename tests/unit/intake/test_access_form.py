"""The checklist's form, its reader, and that a tick touches nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.access import LABEL, Item
from app.intake.access_form import NAMES, WHO, read
from app.texts.body import ticked
from tests.unit.intake.access_bodies import FIELDS, FORM, LABELS, rendered

PAGER = "- [ ] PagerDuty: on call"


def items(body: str) -> dict[Item, bool]:
    return {box.item: box.ticked for box in read(body).boxes}


def test_the_form_has_every_line_that_its_reader_knows() -> None:
    assert list(items(rendered())) == list(NAMES.values())
    assert set(NAMES.values()) == set(Item)
    assert FIELDS["login"]["label"] == WHO
    assert FORM["labels"] == [LABEL]


def test_the_form_asks_for_no_address() -> None:
    assert not [it for it in FORM["body"] if it["type"] != "markdown" and "mail" in it["attributes"]["label"].lower()]


@pytest.mark.parametrize("line", [pytest.param(label, id=label.partition(":")[0]) for label in LABELS])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_ticked_line_is_read(line: str, end: str) -> None:
    found = items(rendered(line).replace("\n", end))
    assert [item for item, is_ticked in found.items() if is_ticked] == [NAMES[_words(line)]]


def _words(label: str) -> str:
    return label.partition(":")[0].replace("-", " ").casefold()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        pytest.param(PAGER, {Item.PAGERDUTY: False}, id="as the form has it"),
        pytest.param("- [x] PagerDuty: on call", {Item.PAGERDUTY: True}, id="ticked by a click"),
        pytest.param("* [X] **PagerDuty**: yes!", {Item.PAGERDUTY: True}, id="a person's star and emphasis"),
        pytest.param("  + [ ]\tpagerduty", {Item.PAGERDUTY: False}, id="without what follows, indented"),
        pytest.param("- [ ] PagerDuty – since Monday", {}, id="a line of their own"),
        pytest.param("- [] PagerDuty: x", {}, id="no box"),
        pytest.param("- [ ]PagerDuty: x", {}, id="GitHub shows no box here either"),
        pytest.param("- [y] PagerDuty: x", {}, id="a tick that is none"),
        pytest.param(f"> {PAGER}", {}, id="quoted"),
        pytest.param(f"    {PAGER}", {}, id="code by its indentation"),
        pytest.param(f"```\n{PAGER}\n```\n- [x] SSH: x", {Item.SSH: True}, id="in a code block"),
        pytest.param(f"```\n{PAGER}\n~~~\n{PAGER}", {}, id="in a code block without an end"),
        pytest.param(f"<!--\n{PAGER}\n-->\n- [ ] AWS: x", {Item.AWS: False}, id="in a comment"),
        pytest.param(f"<!-- short -->\n{PAGER}", {Item.PAGERDUTY: False}, id="below a comment"),
        pytest.param(f"{PAGER}\n- [x] PagerDuty: again", {Item.PAGERDUTY: False}, id="the first one counts"),
        pytest.param("", {}, id="nothing"),
    ],
)
def test_what_is_a_line(body: str, found: dict[Item, bool]) -> None:
    assert items(body) == found


@pytest.mark.parametrize(
    ("answer", "login"),
    [
        pytest.param("", "", id="left empty"),
        pytest.param("jo", "jo", id="a login"),
        pytest.param(" @jo-ann ", "jo-ann", id="with a sign"),
        pytest.param("Jo Miller", "", id="a name"),
        pytest.param("jo@va.gov", "", id="an address is not taken"),
        pytest.param("jo\nand mark", "jo", id="the first line"),
    ],
)
def test_whose_it_is(answer: str, login: str) -> None:
    assert read(rendered(login=answer)).login == login


@given(
    st.lists(
        st.sampled_from(("- [ ] PagerDuty: x", "- [x] AWS: y", "* [ ] SSH", "```", "> - [ ] Sentry: x", "<!--", "-->"))
        | st.text(max_size=12)
    ),
    st.sampled_from(("\n", "\r\n", "\r")),
)
def test_a_tick_changes_one_character_and_is_read_back(lines: list[str], end: str) -> None:
    body = end.join(lines)
    boxes = read(body).boxes
    after = str(ticked(body, [box.at for box in boxes if not box.ticked]))
    assert len(after) == len(body)
    changed = [place for place, (old, new) in enumerate(zip(body, after, strict=True)) if old != new]
    assert changed == sorted(box.at for box in boxes if not box.ticked)
    again = read(after).boxes
    assert [box.item for box in again] == [box.item for box in boxes]
    assert all(box.ticked for box in again)
