"""Projects at GitHub: a board looked up by its names, a post-mortem put on it, its card moved. Fulfils `Boards` of
`app/flows/boards.py`.

| call      | calls | made again                                                                                       |
|-----------|-------|--------------------------------------------------------------------------------------------------|
| `look_up` | 1     | yes: it only reads                                                                               |
| `add`     | 1     | yes: an item that is there already is the answer                                                 |
| `move`    | 1     | yes: it carries the whole value                                                                  |

GitHub does not let an item be added and its field be set in one call, so a move is two:
https://docs.github.com/en/issues/planning-and-tracking-with-projects/automating-your-project/using-the-api-to-manage-projects
An App needs the organisation's permission `organization_projects: write` for its Projects.
"""

from __future__ import annotations

from typing import Final

import msgspec

from app.domain.boards import Board, Card, Column, Lacks, NoBoard
from app.domain.errors import InDoubtError, UnavailableError
from app.domain.issues import IssueRef
from app.domain.squad_board import Project
from app.github import graphql
from app.github.client import Client

LOOK_UP: Final = """query($owner: String!, $number: Int!, $field: String!) {
  owner: repositoryOwner(login: $owner) { ... on ProjectV2Owner { projectV2(number: $number) {
    id url
    field(name: $field) { __typename ... on ProjectV2SingleSelectField { id options { id name } } }
  } } }
}"""
ADD: Final = """mutation($project: ID!, $issue: ID!, $field: String!) {
  added: addProjectV2ItemById(input: {projectId: $project, contentId: $issue}) { item {
    id fieldValueByName(name: $field) { ... on ProjectV2ItemFieldSingleSelectValue { optionId } }
  } }
}"""
MOVE: Final = """mutation($project: ID!, $item: ID!, $field: ID!, $column: String!) {
  moved: updateProjectV2ItemFieldValue(input: {
    projectId: $project, itemId: $item, fieldId: $field, value: {singleSelectOptionId: $column}
  }) { projectV2Item { id } }
}"""


class _Option(msgspec.Struct):
    id: str
    name: str


class _Field(msgspec.Struct, rename={"kind": "__typename"}):
    kind: str = ""
    id: str = ""
    options: list[_Option] = []


class _Project(msgspec.Struct):
    id: str
    url: str = ""
    field: _Field | None = None


class _Owner(msgspec.Struct):
    projectV2: _Project | None = None  # noqa: N815 - GitHub's name


class _Found(msgspec.Struct):
    owner: _Owner | None = None


class _Value(msgspec.Struct):
    optionId: str | None = None  # noqa: N815 - GitHub's name


class _Item(msgspec.Struct):
    id: str
    fieldValueByName: _Value | None = None  # noqa: N815 - GitHub's name


class _Added(msgspec.Struct):
    item: _Item | None = None


class _AddedData(msgspec.Struct):
    added: _Added | None = None


class _Moved(msgspec.Struct):
    projectV2Item: _Item | None = None  # noqa: N815 - GitHub's name


class _MovedData(msgspec.Struct):
    moved: _Moved | None = None


_FOUND: Final = msgspec.json.Decoder(graphql.Outcome[_Found])
_ADDED: Final = msgspec.json.Decoder(graphql.Outcome[_AddedData])
_MOVED: Final = msgspec.json.Decoder(graphql.Outcome[_MovedData])


class Projects:
    """See the module's table. Raises what the client raises."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def look_up(self, project: Project, installation: int) -> Board | NoBoard:
        """The board as it is now, or what it lacks. `installation` is the one whose token asks."""
        asked = {"owner": project.owner, "number": project.number, "field": project.field}
        try:
            data, refused = await graphql.run(
                self._client, LOOK_UP, asked, _FOUND, installation=installation, write=False
            )
            for error in refused.values():
                raise error
        except UnavailableError as error:
            if error.reason not in ("gone", "forbidden"):
                raise
            return NoBoard(lacks=Lacks.PROJECT if error.reason == "gone" else Lacks.RIGHT)
        found = data.owner.projectV2 if data.owner is not None else None
        if found is None:
            return NoBoard(lacks=Lacks.PROJECT)
        if found.field is None:
            return NoBoard(lacks=Lacks.FIELD)
        if found.field.kind != "ProjectV2SingleSelectField":
            return NoBoard(lacks=Lacks.CHOICE)
        columns = tuple(Column(id=option.id, name=option.name) for option in found.field.options)
        return Board(
            id=found.id,
            field_id=found.field.id,
            columns=columns,
            url=found.url,
            looked_up_at=self._client.now(),
        )

    async def add(self, board: Board, field: str, issue: IssueRef) -> Card:
        """The issue's card, made if there is none, and the column it is in. `field` is the field's name."""
        data, refused = await graphql.run(
            self._client,
            ADD,
            {"project": board.id, "issue": issue.node_id, "field": field},
            _ADDED,
            installation=issue.repository.installation,
            write=True,
        )
        for error in refused.values():
            raise error
        item = data.added.item if data.added is not None else None
        if item is None:
            raise InDoubtError("GitHub does not say whether the issue was put on the Project.")
        value = item.fieldValueByName
        return Card(id=item.id, column=(value.optionId or "") if value is not None else "")

    async def move(self, board: Board, card: Card, column: Column, installation: int) -> None:
        """The card is in this column from now on."""
        _, refused = await graphql.run(
            self._client,
            MOVE,
            {"project": board.id, "item": card.id, "field": board.field_id, "column": column.id},
            _MOVED,
            installation=installation,
            write=True,
        )
        for error in refused.values():
            raise error
