"""Projects (v2) of the lookalike: boards whose columns are the options of a single select, and the cards on them.

| asked of GraphQL                | met                                  | answered                             |
|---------------------------------|--------------------------------------|--------------------------------------|
| `projectV2(number:)`            | none such, or the App may not see it | NOT_FOUND: Could not resolve to …    |
| `field(name:)`                  | none such                            | null                                 |
| `addProjectV2ItemById`          | the issue has a card                 | that card                            |
| `updateProjectV2ItemFieldValue` | an option the field does not have    | UNPROCESSABLE                        |
| either of both                  | the App may only read                | FORBIDDEN: Resource not accessible … |

A Project's `access` is the App's: `write`, `read` or `none`. People may do all.
https://docs.github.com/en/graphql/reference/objects#projectv2
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from sandbox.github.call import Call
from sandbox.github.graphql_objects import Json, Objects, no_node
from sandbox.github.state import Board, BoardField, Card, RefusedError, World

ACCESS = ("write", "read", "none")
_NOT_ALLOWED = "Resource not accessible by integration"


def add_board(world: World, entry: Mapping[str, Any]) -> Board:
    """A Project as the seed and the act `add_project` describe it. ValueError says what is wrong."""
    access = entry.get("access", "write")
    if access not in ACCESS:
        raise ValueError(f"{access!r} is no access; there are {', '.join(ACCESS)}.")
    board = Board(
        id=world.next_id(),
        owner=entry["owner"],
        number=int(entry["number"]),
        title=entry.get("title", "Board"),
        access=access,
    )
    fields = entry.get("fields", {"Status": ["Todo", "In Progress", "Feedback", "Done"]})
    for name, options in fields.items():
        made = {f"{world.next_id():08x}": option for option in options or ()}
        board.fields[name] = BoardField(id=f"PVTSSF_{world.next_id()}", name=name, options=made, selects=bool(options))
    world.boards[board.id] = board
    return board


def board_of(world: World, owner: str, number: int) -> Board:
    """By its address. KeyError where there is none."""
    for board in world.boards.values():
        if (board.owner.lower(), board.number) == (owner.lower(), number):
            return board
    raise KeyError(f"project {owner}/{number}")


def put(world: World, board: Board, issue_id: int, column: str, *, field: str = "Status") -> Card:
    """A person moves an issue's card to a column, by name."""
    card = board.cards.setdefault(issue_id, Card(id=world.next_id()))
    known = board.fields[field]
    card.values[known.id] = next(id for id, name in known.options.items() if name == column)
    return card


def column_of(board: Board, issue_id: int, *, field: str = "Status") -> str | None:
    """Where the issue's card is: the column's name, empty for none of them, None where it has no card."""
    card = board.cards.get(issue_id)
    known = board.fields[field]
    return None if card is None else known.options.get(card.values.get(known.id, ""), "")


def owner_of(call: Call, *, login: str) -> Json | None:
    """`repositoryOwner(login:)`; everybody who has a repository or a Project is an organisation here."""
    world = call.world
    owners = [it.owner for it in world.repositories.values()] + [it.owner for it in world.boards.values()]
    known = {owner.lower(): owner for owner in owners}
    if login.lower() not in known:
        return None
    return {
        "__typename": "Organization",
        "id": f"O_{known[login.lower()]}",
        "login": known[login.lower()],
        "projectV2": lambda _info, number: _found(call, known[login.lower()], number),
    }


def _found(call: Call, owner: str, number: int) -> Json:
    try:
        board = board_of(call.world, owner, number)
    except KeyError:
        board = None
    if board is None or (call.actor.is_app and board.access == "none"):
        raise RefusedError(404, f"Could not resolve to a ProjectV2 with the number {number}.")
    return shown(call.world, board)


def shown(world: World, board: Board) -> Json:
    """The Project as GraphQL shows it."""
    return {
        "__typename": "ProjectV2",
        "id": f"PVT_{board.id}",
        "number": board.number,
        "title": board.title,
        "url": f"{world.base}/orgs/{board.owner}/projects/{board.number}",
        "field": lambda _info, name: _field(board, name),
    }


def _field(board: Board, name: str) -> Json | None:
    field = next((it for it in board.fields.values() if it.name.lower() == name.lower()), None)
    if field is None:
        return None
    options = [{"id": id, "name": option} for id, option in field.options.items()]
    kind = "ProjectV2SingleSelectField" if field.selects else "ProjectV2Field"
    return {"__typename": kind, "id": field.id, "name": field.name, "options": options}


def add_item(call: Call, wish: Json) -> Json:
    """`addProjectV2ItemById`."""
    board = _writable(call, wish["projectId"])
    issue = Objects(call).find_issue(wish["contentId"])
    card = board.cards.setdefault(issue.id, Card(id=call.world.next_id()))
    return {"item": _item(board, card)}


def set_value(call: Call, wish: Json) -> Json:
    """`updateProjectV2ItemFieldValue`, of single selects."""
    board = _writable(call, wish["projectId"])
    card = next((it for it in board.cards.values() if f"PVTI_{it.id}" == wish["itemId"]), None)
    if card is None:
        raise no_node(wish["itemId"])
    field = next((it for it in board.fields.values() if it.id == wish["fieldId"]), None)
    if field is None:
        raise no_node(wish["fieldId"])
    option = wish["value"].get("singleSelectOptionId")
    if option not in field.options:
        raise RefusedError(422, "The single select option Id does not belong to the field")
    card.values[field.id] = option
    return {"projectV2Item": _item(board, card)}


def _writable(call: Call, node_id: str) -> Board:
    board = next((it for it in call.world.boards.values() if f"PVT_{it.id}" == node_id), None)
    if board is None or (call.actor.is_app and board.access == "none"):
        raise no_node(node_id)
    if call.actor.is_app and board.access != "write":
        raise RefusedError(403, _NOT_ALLOWED)
    return board


def _item(board: Board, card: Card) -> Json:
    def value(_info: object, name: str) -> Json | None:
        field = next((it for it in board.fields.values() if it.name.lower() == name.lower()), None)
        option = card.values.get(field.id) if field is not None else None
        if field is None or option not in field.options:
            return None
        return {
            "__typename": "ProjectV2ItemFieldSingleSelectValue",
            "id": f"PVTFV_{card.id}_{option}",
            "optionId": option,
            "name": field.options[option],
        }

    return {"__typename": "ProjectV2Item", "id": f"PVTI_{card.id}", "fieldValueByName": value}


def board_main(world: World, board: Board, label: Callable[[Any, str], str]) -> str:
    """The page's main part: a column each, the cards in them."""
    field = next(iter(board.fields.values()))
    issues = {issue.id: (it, issue) for it in world.repositories.values() for issue in it.issues.values()}
    columns: dict[str, list[str]] = {name: [] for name in (f"No {field.name}", *field.options.values())}
    for issue_id, card in board.cards.items():
        if issue_id not in issues:
            continue
        repository, issue = issues[issue_id]
        where = f"/{escape(repository.full_name)}/issues/{issue.number}"
        labels = "".join(label(repository, name) for name in issue.labels)
        column = field.options.get(card.values.get(field.id, ""), f"No {field.name}")
        columns[column].append(
            f"<div class='card'><span class='muted'>{escape(repository.name)} #{issue.number}</span><br>"
            f"<a href='{where}'>{escape(issue.title)}</a><br>{labels}</div>"
        )
    shown = "".join(
        f"<section class='column'><h2>{escape(name)} <span class='count'>{len(cards)}</span></h2>{''.join(cards)}"
        "</section>"
        for name, cards in columns.items()
        if cards or not name.startswith("No ")
    )
    head = f"<h1>{escape(board.title)} <span>{escape(board.owner)} #{board.number}</span></h1>"
    return f"{head}<div class='board'>{shown}</div>"
