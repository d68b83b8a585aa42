"""Who answers for an error is assigned, verified; else the next in line, and the ticket says so with the map's line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.journey.stage import CHANGE_ISSUE, MAY_ASSIGN, OPEN_ISSUE, OWNERS, Stage, by_the_app, seed, stage


async def test_the_lead_cannot_be_assigned_so_the_next_in_line_takes_it(tmp_path: Path) -> None:
    async with stage(tmp_path, world=seed(unassignable=["sharon"])) as here:
        await here.first("dispatch-claim")
        assert here.ticket.assignees == ["kim"]
        body = here.ticket.body or ""
        assert "`@sharon` (line 9 of the map) can't be assigned in this repository; `@kim` takes it instead." in body
        # GitHub refuses the issue as a whole for one who can't be assigned; then it is sent once more without her.
        assert here.calls() == [OPEN_ISSUE, MAY_ASSIGN, OPEN_ISSUE, MAY_ASSIGN, CHANGE_ISSUE]


async def test_the_whole_line_cannot_be_assigned_so_the_maps_first_line_takes_it(tmp_path: Path) -> None:
    async with stage(tmp_path, world=seed(unassignable=["sharon", "kim"])) as here:
        await here.first("dispatch-claim")
        assert here.ticket.assignees == ["nick"]
        for login in ("sharon", "kim"):
            assert f"`@{login}` (line 9 of the map) can't be assigned" in (here.ticket.body or "")


@pytest.mark.parametrize(
    ("world", "said"),
    [
        pytest.param(
            {"unassignable": ["sharon", "kim", "nick"]},
            ["`@sharon` (line 9 of the map) can't be assigned", "**nobody is assigned: please take it"],
            id="nobody of the map can be",
        ),
        pytest.param({"owners": "app:Dispatch @gone\n"}, ["`@gone`"], id="they left the squad"),
        pytest.param({"files": {}}, ["There is no owners map"], id="there is no map"),
        pytest.param({"owners": "app:Reader @mark\n"}, ["leads to nobody"], id="no line of the map fits"),
    ],
)
async def test_nobody_can_be_assigned_and_the_ticket_says_so(
    tmp_path: Path, world: dict[str, Any], said: list[str]
) -> None:
    async with stage(tmp_path, world=seed(**world)) as here:
        await here.first("dispatch-claim")
        assert here.ticket.assignees == []
        for words in said:
            assert words in (here.ticket.body or "")


async def test_an_adopted_report_whose_lead_cannot_be_assigned(tmp_path: Path) -> None:
    async with stage(tmp_path, world=seed(unassignable=["sharon"])) as here:
        body = "\n\n".join(f"### {label}\n\nDispatch" for label in ("App", "What do users see?"))
        await here.act("open", title="Dispatch hangs", body=body, labels=["prod-alert"], actor="jo")
        await here.quiet()
        assert here.ticket.assignees == ["kim"]
        assert (here.ticket.body or "").startswith(body)
        assert "`@kim` takes it instead" in (here.ticket.body or "")


async def test_the_repositorys_codeowners_answer_where_there_is_no_map(tmp_path: Path) -> None:
    files = {"CODEOWNERS": "* @nick\n/app/models/ @jo\n"}
    async with stage(tmp_path, world=seed(files=files)) as here:
        await here.first()
        assert here.ticket.assignees == ["jo"]
        assert "line 2 of" in (here.ticket.body or "")


async def test_faults_of_the_map_do_not_stop_its_routing(tmp_path: Path) -> None:
    async with stage(tmp_path, world=seed(owners=f"/[oops @nick\nregex:( @nick\n{OWNERS}")) as here:
        await here.first()
        assert here.ticket.assignees == ["mark"]


async def says(here: Stage, text: str, by: str = "nick") -> None:
    await here.act("comment", number=here.ticket.number, actor=by, body=text)
    await here.quiet()


async def test_routed_by_a_person_it_is_the_new_leads_and_whom_people_assigned_stays(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first("reader-document")
        assert here.ticket.assignees == ["mark"]
        await says(here, "/assign @jo")
        await says(here, "/route app:Dispatch")
        assert here.ticket.assignees == ["jo", "sharon"]
        await says(here, "/route app:Certification")
        assert here.ticket.assignees == ["jo", "alex"]
        assert by_the_app(here.ticket) == [], "GitHub tells who is assigned"


async def test_whom_people_assigned_again_is_not_taken_off(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.first("reader-document")
        await here.act("unassign", number=1, actor="jo", assignees=["mark"])
        await here.act("assign", number=1, actor="jo", assignees=["mark"])
        await here.quiet()
        await says(here, "/route app:Dispatch")
        assert here.ticket.assignees == ["mark", "sharon"]


async def test_a_new_lead_who_cannot_be_assigned_is_told(tmp_path: Path) -> None:
    async with stage(tmp_path, world=seed(unassignable=["sharon"])) as here:
        await here.first("reader-document")
        await says(here, "/assign @jo")
        await says(here, "/route app:Dispatch")
        assert here.ticket.assignees == ["jo", "kim"]
        (told,) = by_the_app(here.ticket)
        assert told.body.startswith("@sharon: this ticket was routed to Dispatch, so it is yours.")
        assert "`@kim` is assigned instead" in told.body
        await says(here, "/route app:Certification")
        assert here.ticket.assignees == ["jo", "alex"], "who took it instead goes as the lead would"
