"""The squad's file, read: strict, and every fault names its line, the key's path, and what would be right.

| what the text is                               | read as                                        |
|------------------------------------------------|------------------------------------------------|
| empty, or nothing but comments                 | a squad without any section                    |
| YAML that the model in `domain/squad.py` takes | that squad                                     |
| YAML that it does not take                     | all of its faults at once, in the file's order |
| no YAML, or YAML beyond the bounds below       | the first fault                                |

Rules: a key that appears twice, an alias (`*x`), a tag (`!x`) and a second document are faults, for what they mean is
easily overlooked. YAML 1.1 takes some plain words for something else (`on`, `no`, `1:30`, `2026-12-24`): where that
hits, the fault says so. Reading never raises; it is bounded by `LONGEST`, by levels, and by the faults that are told.

What plain words are taken for: <https://yaml.org/type/>.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any, Final, get_args

import yaml
from pydantic import ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import ErrorDetails, core_schema
from yaml.constructor import SafeConstructor
from yaml.reader import ReaderError

from app.domain.owners import Fault
from app.domain.squad import EMAIL, LOGIN, PLAIN, REPOSITORY, TEAM, Section, Squad, written
from app.domain.squad_pointers import GROUP, LONGEST_LINK, REGION, Logs
from app.domain.squad_values import SLACK_CHANNEL, SLACK_MEMBER

LONGEST: Final = 100_000
"""Characters of a squad's file; a longer one is refused."""

_DEEPEST: Final = 12
_MOST_NODES: Final = 20_000
_MOST_FAULTS: Final = 50
_SHOWN: Final = 60
_WORDS: Final = frozenset({"tag:yaml.org,2002:merge", "tag:yaml.org,2002:value"})
"""`<<` and `=`: YAML 1.1 gave them a meaning that nothing here has."""
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_SHAPES: Final[Mapping[str, str]] = {
    LOGIN: "is no GitHub login; write it without @, such as octocat",
    REPOSITORY: "is no repository; write owner/name, such as octo-org/reader",
    TEAM: "is no team; write organisation/slug, such as octo-org/whiskey",
    SLACK_CHANNEL: "is no channel's id in Slack; write the one at the end of the channel's details, such as C012AB3CD",
    SLACK_MEMBER: "is no member id in Slack; copy it from the person's profile there, such as U012AB3CD",
    EMAIL: "is no e-mail address; write one such as mark@example.org",
    REGION: "is no region of AWS; write one such as us-gov-west-1",
    GROUP: "is no log group; write its name, such as /prod/reader",
    PLAIN: "may hold only letters, digits, blanks, - and _, and begins with a letter or a digit",
}
_SENTENCES: Final[Mapping[str, str]] = {
    "string_too_short": "this is empty; give it a value",
    "string_too_long": "this is longer than {max_length} characters",
    "too_long": "this has more than {max_length} entries",
    "greater_than_equal": "this must be at least {ge}",
    "less_than_equal": "this must be at most {le}",
    "string_type": "a text belongs here",
    "int_type": "a whole number belongs here, such as 50",
    "bool_type": "true or false belongs here",
    "tuple_type": "a list belongs here: each entry on a line of its own that begins with -",
    "dict_type": "keys with their values belong here, such as component: dispatch",
    "model_type": "keys with their values belong here, such as name: Reader",
}

Path = tuple[str | int, ...]


def read(text: str, source: str = "") -> Squad | tuple[Fault, ...]:
    """The squad, or what is wrong with the file: at least one fault. `source` is the file's path in its repository.

    A fault's message begins with the key's path: `apps[0].projcts: there is no such key; did you mean projects?`
    """
    reading = _Reading()
    squad = reading.squad(text)
    if squad is not None and not reading.faults:
        return squad
    found = sorted(reading.faults, key=lambda fault: fault[0])
    told = found[:_MOST_FAULTS]
    more = reading.untold + len(found) - len(told)
    if more:
        told.append((0, f"the file has {more:,} faults more"))
    return tuple(Fault(line=line, message=message, path=source) for line, message in told)


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the file, for editors; generated from the model."""
    described = Squad.model_json_schema(schema_generator=_Schema)
    return {"$schema": _Schema.schema_dialect, **described, "title": "Prod Squad: .github/prod-squad.yml"}


class _Schema(GenerateJsonSchema):
    """As pydantic does it, but with defaults as a person would write them, and no titles that repeat keys."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False

    def encode_default(self, dft: object) -> Any:
        return written(dft) if isinstance(dft, timedelta) else super().encode_default(dft)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        described = super().default_schema(schema)
        if described.get("default") == "":  # means that the key is not there; written down, it would be refused
            del described["default"]
        return described


class _BeyondError(yaml.MarkedYAMLError):
    """This is YAML, but the squad's file does without it."""


class _Loader(yaml.SafeLoader):
    """Composes nodes of bounded depth and number, without aliases and tags."""

    depth = 0
    nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it out
        self.nodes += 1
        self.depth += 1
        beyond = ""
        if isinstance(event, yaml.AliasEvent):
            beyond = "an alias (*) is not taken here; write out what it stands for"
        elif event.tag is not None:
            beyond = "a tag (!) is not taken here; for a text, use quotes"
        elif self.depth > _DEEPEST:
            beyond = "this is nested too deeply"
        elif self.nodes > _MOST_NODES:
            beyond = f"the file may hold {_MOST_NODES:,} keys and values, and here it has more"
        if beyond:
            raise _BeyondError(problem=beyond, problem_mark=event.start_mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _Reading:
    """One reading of one text: where each path stands, and the faults found so far as (line, message)."""

    def __init__(self) -> None:
        self.faults: list[tuple[int, str]] = []
        self.untold = 0
        """So many faults more, which were not put into words."""
        self._lines: dict[Path, int] = {(): 1}
        self._plain: dict[Path, str] = {}
        """Scalars without quotes, as written."""
        self._unreadable: set[Path] = set()
        self._constructor = SafeConstructor()

    def squad(self, text: str) -> Squad | None:
        """The squad, unless the model refuses it; see `faults`."""
        if len(text) > LONGEST:
            self.faults.append((0, f"the file has {len(text):,} characters; it may have {LONGEST:,}"))
            return None
        node = self._composed(text)
        if node is None:
            return Squad()
        data = self._built(node, ())
        if data is None and not self.faults:
            return Squad()
        try:
            squad = Squad.model_validate(data)
        except ValidationError as refused:
            errors = sorted(refused.errors(include_url=False), key=lambda error: self._line(error["loc"]))
            for error in errors[:_MOST_FAULTS]:
                self._refused(error)
            self.untold = len(errors[_MOST_FAULTS:])
            return None
        self._find_doubles(squad)
        self._find_gaps(squad)
        return squad

    def _composed(self, text: str) -> yaml.Node | None:
        """The one document's root; None where there is none, or where it is no YAML."""
        try:
            loader = _Loader(text)
        except ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            self.faults.append((line, f"the character U+{error.character:04X} may not stand here"))
            return None
        try:
            return loader.get_single_node()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            self.faults.append((mark.line + 1 if mark else 1, _told(error)))
        except (ValueError, OverflowError):  # PyYAML does not bound the numbers in escapes and directives
            self.faults.append((loader.line + 1, "this is no YAML: a number is beyond all bounds"))
        return None

    def _built(self, node: yaml.Node, path: Path) -> object:
        """The node as plain data; what can't be built is a fault, and null."""
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        for index, item in enumerate(node.value):
            self._lines[*path, index] = item.start_mark.line + 1
        return [self._built(item, (*path, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        built: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.faults.append((line, f"{_dotted(path)}: a key is one word".removeprefix(": ")))
                continue
            key = (*path, str(key_node.value))
            if key in self._lines:
                message = f"{_dotted(key)}: this key is there already, in line {self._lines[key]}; put both together"
                self.faults.append((line, message))
                continue
            self._lines[key] = line
            built[str(key_node.value)] = self._built(value_node, key)
        return built

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> object:
        if node.style is None:
            self._plain[path] = node.value
        if node.tag in _WORDS:
            return node.value
        try:
            return self._constructor.construct_object(node)
        except (ValueError, OverflowError):
            self._unreadable.add(path)
            self._fault(
                path, f"YAML takes {_shown(node.value)} for a number or a date, and it is none; put it in quotes"
            )
            return None

    def _refused(self, error: ErrorDetails) -> None:
        """One of the model's errors as a fault."""
        path, given, kind = error["loc"], error["input"], error["type"]
        if path in self._unreadable:
            return
        if kind == "extra_forbidden":
            self._fault(path, _unknown(path))
        elif kind == "missing":
            self._fault(path, "this key is missing")
        elif given is None:
            self._fault(path, "this is empty; give it a value, or take the key out")
        elif kind == "string_pattern_mismatch":
            self._fault(path, f"“{_shown(given)}” {_SHAPES[error['ctx']['pattern']]}")
        else:
            sentence = _SENTENCES[kind].format_map(error.get("ctx", {})) if kind in _SENTENCES else error["msg"]
            self._fault(path, sentence + self._misread(path, given, kind))

    def _misread(self, path: Path, given: object, kind: str) -> str:
        """What YAML takes a plain word for, where its writer may have meant a text."""
        word = _shown(self._plain.get(path, ""))
        if not word or not isinstance(given, int | float | date):
            return ""
        taken = "a date" if isinstance(given, date) else f"{given}".lower()
        hint = f", and YAML takes {word} for {taken}" if taken != word else ""
        return f"{hint}; put it in quotes: '{word}'" if kind == "string_type" else hint

    def _find_doubles(self, squad: Squad) -> None:
        """What can belong to one entry only belongs to one."""
        seen: dict[tuple[object, ...], Path] = {}
        for path, value in _claims(squad):
            first = seen.setdefault((path[0], path[2], value.casefold()), path)
            if first is not path:
                self._fault(path, f"“{_shown(value)}” is there already: {_dotted(first)}")

    def _find_gaps(self, squad: Squad) -> None:
        """An application's logs, and the file's own, are whole only together."""
        for path, logs in _whole_logs(squad):
            if logs.groups and not logs.region:
                self._fault(path, "in which region these groups are is not said; add region, such as us-gov-west-1")
            elif path[0] == "apps" and not logs.groups:
                self._fault(path, "this names no log group; add groups, such as [/prod/reader]")
            elif logs.longest_link > LONGEST_LINK:
                self._fault(
                    path,
                    f"the link could get {logs.longest_link:,} characters and may have {LONGEST_LINK:,}; name fewer "
                    "groups, or shorten the query",
                )

    def _fault(self, path: Path, message: str) -> None:
        self.faults.append((self._line(path), f"{_dotted(path)}: {message}" if path else message))

    def _line(self, path: Path) -> int:
        """Where the path stands in the file, or the nearest thing around it that is there."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]


def _told(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    if isinstance(error, _BeyondError):
        return problem
    if (error.context or "").startswith("expected a single document"):
        return "a second document begins here; the file holds one"
    hint = "; indent with blanks, not with tabs" if "\\t" in problem else ""
    return f"this is no YAML: {problem}{hint}"


def _unknown(path: Path) -> str:
    fields = _fields_at(path[:-1])
    near = get_close_matches(str(path[-1])[:_SHOWN].lower(), fields, n=1)
    return "there is no such key; " + (f"did you mean {near[0]}?" if near else f"here may stand {', '.join(fields)}")


def _fields_at(path: Path) -> tuple[str, ...]:
    """The keys of the section at this path, or of each entry where the section is a list."""
    model: type[Section] = Squad
    for part in path:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            kinds = (annotation, *get_args(annotation))
            model = next(it for it in kinds if isinstance(it, type) and issubclass(it, Section))
    return tuple(model.model_fields)


def _claims(squad: Squad) -> Iterator[tuple[Path, str]]:
    """Each value that only one entry may have."""
    for index, app in enumerate(squad.apps):
        yield ("apps", index, "name"), app.name
        for nth, project in enumerate(app.projects):
            yield ("apps", index, "projects", nth), project
    for index, team in enumerate(squad.teams):
        yield ("teams", index, "name"), team.name
        if team.github:
            yield ("teams", index, "github"), team.github
    for index, person in enumerate(squad.people):
        if person.email:
            yield ("people", index, "email"), person.email
        if person.slack:
            yield ("people", index, "slack"), person.slack


def _whole_logs(squad: Squad) -> Iterator[tuple[Path, Logs]]:
    """Each section of logs, as it is used."""
    if squad.logs is not None:
        yield ("logs",), squad.logs
    for index, app in enumerate(squad.apps):
        logs = None if app.logs is None else squad.logs_with(app.logs)
        if logs is not None:
            yield ("apps", index, "logs"), logs


def _dotted(path: Path) -> str:
    """`apps[0].projects`; empty for the whole file."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{_shown(part)}" for part in path).removeprefix(".")


def _shown(text: str) -> str:
    """Of a text in the file as much as a fault may repeat, on one line."""
    text = _CONTROLS.sub(" ", text)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
