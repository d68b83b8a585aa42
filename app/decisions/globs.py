r"""Globs: how the patterns of an owners map are read.

| kind                      | reading                                                                                |
|---------------------------|----------------------------------------------------------------------------------------|
| a path (CODEOWNERS)       | GitHub's, below; case counts                                                           |
| `path:` `url:` `module:`  | Sentry's: one glob (`*`, `?`, `[a-z]`) over the whole text, `*` crosses slashes; case  |
|                           | does not count                                                                         |
| `tags.NAME:`              | the same; case counts, as at Sentry                                                    |
| `app:`                    | the same; case does not count, since people type names of apps                         |

| CODEOWNERS pattern       | matches                                                                                 |
|--------------------------|-----------------------------------------------------------------------------------------|
| `name`, `*.rb`           | a file or directory of that name anywhere, and what is in it                            |
| `name/`                  | what is in a directory of that name anywhere                                            |
| `/a/b`, `a/b`            | the same, from the root: a slash at the start or inside anchors                         |
| `a/*`                    | the files of `a`, one level; `*` and `?` never cross a slash                            |
| `a/**`, `**/b`, `a/**/b` | any number of directories in place of `**`                                              |
| `*`, `**`                | everything                                                                              |

A backslash takes the next character's meaning away. Elsewhere than `[ ]` in Sentry's globs, brackets and braces are
themselves.

<https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>
<https://docs.sentry.io/product/issues/ownership-rules/>
"""

from __future__ import annotations

import re
from typing import Final

from app.domain.facts import Fact

_PIECES: Final = re.compile(r"\\(.)|(\*+)|(\?)|([^\\*?]+|\\)", re.DOTALL)
_MEANING: Final = re.compile(r"[\\*?]")
_CLASS: Final = re.compile(r"\\.|\[([!^]?.[^\]]*)\]", re.DOTALL)
_RANGE: Final = re.compile(r"(.)(?:-(.))?", re.DOTALL)
_ESCAPED_SLASH: Final = re.compile(r"\\(.)", re.DOTALL)


class Shape(Fact, frozen=True, kw_only=True):
    """A CODEOWNERS pattern as segments from the root, `**` standing for any number of directories."""

    segments: tuple[str, ...]
    at: bool
    """It matches what has this very path."""
    below: bool
    """It matches what is in the directory of this path."""

    @property
    def is_everything(self) -> bool:
        """Whether it matches every path there is."""
        return not self.segments or (self.segments == ("**", "*") and self.at)


def shape_of(pattern: str) -> Shape:
    """The pattern's shape; see the module's table."""
    path = _ESCAPED_SLASH.sub(lambda escape: "/" if escape[1] == "/" else escape[0], pattern)
    is_directory = path.endswith("/")
    is_anchored = "/" in path[:-1]
    segments = [] if is_anchored else ["**"]
    for segment in path.strip("/").split("/"):
        if segment != "**" or segments[-1:] != ["**"]:
            segments.append(segment)
    if segments[-1] == "**":
        # `a/**/` is what is in the directories of `a`; `a/**` is all that is in `a`.
        segments[-1:] = ["*"] if is_directory else []
        return Shape(segments=tuple(segments), at=False, below=True)
    one_level = segments[-1] == "*" and is_anchored
    return Shape(segments=tuple(segments), at=not is_directory, below=is_directory or not one_level)


def glob(pattern: str, *, case_counts: bool) -> re.Pattern[str]:
    """Sentry's glob as a regular expression for `fullmatch`."""
    return regex(glob_parts(pattern), case_counts=case_counts)


def glob_parts(pattern: str) -> list[tuple[str, str]]:
    """As `parts_of`, and `("[", characters)` for a class."""
    parts: list[tuple[str, str]] = []
    end = 0
    for chars in _CLASS.finditer(pattern):
        if chars[1] is not None:
            parts += [*parts_of(pattern[end : chars.start()]), ("[", chars[1])]
            end = chars.end()
    return parts + parts_of(pattern[end:])


def parts_of(pattern: str) -> list[tuple[str, str]]:
    """The pattern's pieces: `("*", "")`, `("?", "")`, or `("", literal)`."""
    if not _MEANING.search(pattern):
        return [("", pattern)] if pattern else []
    parts: list[tuple[str, str]] = []
    for escaped, stars, one, literal in _PIECES.findall(pattern):
        if stars or one:
            parts.append(("*" if stars else "?", ""))
        elif parts and not parts[-1][0]:
            parts[-1] = ("", parts[-1][1] + (escaped or literal))
        else:
            parts.append(("", escaped or literal))
    return parts


def regex(parts: list[tuple[str, str]], *, case_counts: bool) -> re.Pattern[str]:
    """A regular expression for `fullmatch`, whose time grows with the text and not with the ways to part it: what
    stands between two `*` is taken where it first comes, and never tried further on."""
    chunks = [""]
    for kind, literal in parts:
        if kind == "*":
            chunks.append("")
        else:
            chunks[-1] += _class(literal) if kind == "[" else "." if kind else re.escape(literal)
    if len(chunks) > 1:
        chunks = [chunks[0], *(f"(?>.*?{chunk})" for chunk in chunks[1:-1]), f".*{chunks[-1]}"]
    return re.compile("".join(chunks), re.DOTALL if case_counts else re.DOTALL | re.IGNORECASE)


def _class(chars: str) -> str:
    """`[a-z_]` of a glob, without its brackets, as a class of a regular expression; `!` or `^` first negates."""
    negated = chars[0] in "!^" and len(chars) > 1
    ranges = [
        f"{re.escape(first)}-{re.escape(last)}" if last else re.escape(first)
        for first, last in _RANGE.findall(chars[1:] if negated else chars)
        if not last or first <= last
    ]
    nothing, everything = "(?!)", "."
    if not ranges:
        return everything if negated else nothing
    return f"[{'^' if negated else ''}{''.join(ranges)}]"


def plain(parts: list[tuple[str, str]]) -> str | None:
    """The only text that the parts match; None where there are wildcards."""
    return None if any(kind for kind, _ in parts) else "".join(literal for _, literal in parts)
