r"""The owners map's text (`.github/PRODOWNERS`, or a plain CODEOWNERS file) read into an OwnersMap.

| a line                                        | read as                                                        |
|-----------------------------------------------|----------------------------------------------------------------|
| blank, or beginning with `#`                  | nothing                                                        |
| `[Team] @lead`, `^[Team]`, `[Team][2] @lead`  | heading: the lines below belong to the team, and inherit       |
| `pattern @owner …`                            | a path of the repository, as GitHub reads CODEOWNERS           |
| `path:`, `url:`, `module:`, `tags.NAME:` glob | Sentry's matcher; `codeowners:` is a path as GitHub reads it   |
| `app:` glob                                   | the app's name                                                 |
| anything after a blank and `#`                | a comment                                                      |
| no owner, below a heading with owners         | the heading's owners                                           |
| no owner otherwise                            | a rule that clears ownership                                   |
| anything GitHub would not read                | a fault: the line is skipped, as GitHub skips it               |

Rules: a blank inside a pattern is escaped (`app:Certification\ v2`), or the whole behind a matcher stands in quotes
(`app:"Certification v2"`). A path that begins like a matcher is written with its colon escaped (`app\:x`). A heading
that can't be read ends the section above it: its lines must not go to the wrong team. A heading's count (`[2]`)
and `^` are about approvals and mean nothing here. A second heading of one name continues that section.

<https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>
<https://docs.gitlab.com/user/project/codeowners/reference/>
<https://docs.sentry.io/product/issues/ownership-rules/>
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from app.domain.owners import Fault, Heading, Kind, OwnersMap, Rule

MOST_BYTES: Final = 3 * 1024 * 1024
"""GitHub loads no CODEOWNERS file of 3 MB or more."""

_LINE_ENDS: Final = re.compile(r"\r\n|\n|\r")
_BLANKS: Final = re.compile(r"[ \t]+")
_HEADING: Final = re.compile(r"\^?\[([^\[\]]*)\](?:\[([^\[\]]*)\])?(?:[ \t]+(.*))?", re.DOTALL)
_MATCHER: Final = re.compile(r"(codeowners|path|url|module|app|tags\.([^:\s\"]+)):")
_ALMOST: Final = re.compile(r"(codeowners?|paths?|urls?|modules?|apps?|tags?(?:\.[^:/\s]*)?):", re.IGNORECASE)
_WORD: Final = re.compile(r"(?:\\.|[^\\ \t])*\\?", re.DOTALL)
_QUOTED: Final = re.compile(r'"((?:\\.|[^"\\])*)"(?=[ \t]|\Z)', re.DOTALL)
_BRACKET: Final = re.compile(r"(?:\\.|[^\\\[\]])*[\[\]]", re.DOTALL)
_LONE_BACKSLASH: Final = re.compile(r"(?:\\.|[^\\])*\\", re.DOTALL)
_OWNER: Final = re.compile(
    r"@[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9_])?(?:/[A-Za-z0-9._-]{1,100})?"
    r"|[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9.-]{1,180}\.[A-Za-z]{2,63}"
)
_BRACKETS: Final = (
    "GitHub reads no [ ] in a pattern. Write ? for one character or * for several; \\[ and \\] for brackets in a name."
)


class _BadLineError(ValueError):
    """The line can't be read; the message says what to do."""


def read(text: str, source: str = "") -> OwnersMap:
    """Read a map; `source` is its path, for people. Never raises: what can't be read is a fault."""
    size = len(text.encode(errors="replace"))
    if size >= MOST_BYTES:
        message = f"The file has {size:,} bytes and is not read: keep it under 3 MB, with wildcards for many paths."
        return OwnersMap(source=source, faults=(Fault(line=0, message=message, path=source),))
    reading = _Reading(source)
    for number, line in enumerate(_LINE_ENDS.split(text.removeprefix("\ufeff")), start=1):
        reading.line(number, line.strip())
    return OwnersMap(
        source=source,
        rules=tuple(reading.rules),
        faults=tuple(reading.faults),
        headings=tuple(reading.headings.values()),
    )


class _Reading:
    """What has been read so far, and the section that the next line belongs to."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.rules: list[Rule] = []
        self.faults: list[Fault] = []
        self.headings: dict[str, Heading] = {}
        self.section: Heading | None = None

    def line(self, number: int, line: str) -> None:
        if not line or line.startswith("#"):
            return
        try:
            if line.startswith(("[", "^[")):
                self._heading(number, line)
            else:
                self._rule(number, line)
        except _BadLineError as bad:
            self._fault(number, f"{bad} This line is skipped.")

    def _fault(self, number: int, message: str) -> None:
        self.faults.append(Fault(line=number, message=message, path=self.source))

    def _heading(self, number: int, line: str) -> None:
        head = _HEADING.fullmatch(line)
        if head is None and "]" in line:
            raise _BadLineError(f"{_BRACKETS} Write a team's heading as [Team] @lead.")
        if head is None or not head[1].strip() or (head[2] is not None and not head[2].isdecimal()):
            self.section = None
            raise _BadLineError("Write a heading as [Team] @lead; until the next one, no team owns the lines below.")
        known = self.headings.get(head[1].strip().casefold())
        name = known.name if known is not None else head[1].strip()
        owners, bad = _sorted_owners(head[3] or "")
        for owner in bad:
            self._fault(number, f"{_no_owner(owner)} It is left out of the heading.")
        first = known if known is not None else Heading(line=number, name=name)
        self.section = Heading(line=number, name=name, owners=owners or first.owners)
        self.headings[name.casefold()] = first if first.owners else msgspec.structs.replace(first, owners=owners)

    def _rule(self, number: int, line: str) -> None:
        kind, tag, text, pattern = _pattern(line)
        owners, bad = _sorted_owners(line[len(text) :])
        if bad:
            raise _BadLineError(_no_owner(bad[0]))
        section = self.section
        inherited = section.owners if section is not None and not owners else ()
        self.rules.append(
            Rule(
                line=number,
                text=text,
                kind=kind,
                pattern=pattern,
                tag=tag,
                owners=owners or inherited,
                section=section.name if section is not None else "",
                inherited=bool(inherited),
            )
        )


def _pattern(line: str) -> tuple[Kind, str, str, str]:
    """The line's kind, the tag's name, the pattern as written, and the pattern alone."""
    matcher = _MATCHER.match(line)
    if matcher is None:
        almost = _ALMOST.match(line)
        if almost is not None:
            raise _BadLineError(
                f"“{almost[0]}” is no matcher. Write path:, url:, module:, tags.NAME: or app: (and, for a file that is "
                "really called so, a backslash before the colon)."
            )
        text = _word(line)
        return Kind.CODEOWNERS, "", text, _github_pattern(text)
    start = matcher.end()
    if line.startswith('"', start):
        quoted = _QUOTED.match(line, start)
        if quoted is None:
            raise _BadLineError('Close the quotes after the pattern: app:"Certification v2" @lead.')
        text, pattern = line[: quoted.end()], quoted[1]
    else:
        text = _word(line)
        pattern = text[start:]
    if not pattern:
        raise _BadLineError(f"Write a pattern after “{matcher[0]}”, such as {matcher[0]}*.")
    if matcher[2] is not None:
        return Kind.TAG, matcher[2], text, pattern
    kind = Kind(matcher[1])
    return kind, "", text, _github_pattern(pattern) if kind is Kind.CODEOWNERS else pattern


def _word(line: str) -> str:
    """The line up to its first blank that is not escaped."""
    match = _WORD.match(line)
    text = match[0] if match is not None else line
    if _LONE_BACKSLASH.fullmatch(text):
        raise _BadLineError("The pattern ends in a single \\. Take it away, or write \\\\ for a backslash.")
    if any(char.isspace() and char not in " \t" for char in text):
        raise _BadLineError("There is an unusual blank (such as a no-break space) in the pattern. Type it anew.")
    return text


def _github_pattern(pattern: str) -> str:
    """The pattern, if GitHub reads it."""
    if pattern.startswith("!"):
        raise _BadLineError("! takes nothing out. Write the exception as a later line of its own, without an owner.")
    if pattern.startswith("\\#"):
        raise _BadLineError("A pattern can't begin with \\#. Write ? in place of the number sign.")
    if _BRACKET.match(pattern):
        raise _BadLineError(_BRACKETS)
    segments = pattern.strip("/").split("/")
    if "//" in pattern or not segments[0]:
        raise _BadLineError(
            "No path has an empty name between slashes. Write * for everything, /name/ for a directory."
        )
    if "." in segments or ".." in segments:
        raise _BadLineError("Paths begin at the repository's root. Write them without . and .. parts.")
    return pattern


def _sorted_owners(rest: str) -> tuple[tuple[str, ...], list[str]]:
    """The owners up to a comment, and what is there but is none."""
    owners: list[str] = []
    bad: list[str] = []
    for word in _BLANKS.split(rest):
        if word.startswith("#"):
            break
        if word:
            (owners if _OWNER.fullmatch(word) else bad).append(word)
    return tuple(dict.fromkeys(owners)), bad


def _no_owner(word: str) -> str:
    shown = word if len(word) <= 60 else word[:60] + "…"
    return f"“{shown}” is no owner. Write @login, @organisation/team or an e-mail address."
