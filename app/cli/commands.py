"""What a command of the command line is, and reading the files that people name on it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.decisions.matching import CompiledMap
from app.domain.errors import UserError
from app.domain.owners import Fault
from app.domain.squad import Squad
from app.intake import owners_map, squad_file

MAPS = (".github/PRODOWNERS", ".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
SQUAD_FILE = ".github/prod-squad.yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`add` says what it takes; `run` does it, and raises ProdSquadError for what can't be done.

    `about` stands at the end of its help: what one could think it does, and it does not.
    """

    name: str
    help: str
    add: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], None]
    about: str = ""


def add_files(parser: argparse.ArgumentParser) -> None:
    """The two options that name the squad's files."""
    parser.add_argument("--map", type=Path, help=f"the owners map; by default the first there is of {', '.join(MAPS)}")
    parser.add_argument("--squad", type=Path, help=f"the squad's file; by default {SQUAD_FILE}, where it is there")


def text_of(path: Path) -> str:
    """A file's text; a byte order mark that an editor put before it is taken off. Raises UserError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is no UTF-8 text: {error.reason} at byte {error.start}.") from error


def counted(number: int, what: str) -> str:
    """`No faults`, `1 fault`, `2 faults`."""
    return f"{f'{number:,}' if number else 'No'} {what}{'' if number == 1 else 's'}"


def owners_of(chosen: argparse.Namespace) -> CompiledMap:
    """The map that is named, or found; an empty one where there is none."""
    path = chosen.map or next((path for path in map(Path, MAPS) if path.is_file()), None)
    return CompiledMap(owners_map.read(text_of(path), str(path)) if path is not None else owners_map.read("", ""))


def squad_of(chosen: argparse.Namespace) -> tuple[Squad, tuple[Fault, ...]]:
    """The squad's file that is named, or found, and its faults; with faults it is as if it were empty."""
    path = chosen.squad or (Path(SQUAD_FILE) if Path(SQUAD_FILE).is_file() else None)
    if path is None:
        return Squad(), ()
    read = squad_file.read(text_of(path), str(path))
    return (read, ()) if isinstance(read, Squad) else (Squad(), read)


def shown(fault: Fault) -> str:
    """One fault, as a line of a terminal; one of the file as a whole names no line."""
    return f"{fault.path}:{fault.line or ''}".rstrip(":") + f": {fault.message}"
