"""Matching: a map compiled once, so that the last line that matches is found without trying every line.

`decisions/globs.py` says how patterns are read. A line for everything (`*`) also matches an error without a path.

A map becomes a tree of path segments, whose branches are names, wildcards and `**`. Where a path has led to is
remembered, so that the next path through the same directories costs one look-up for each, whatever the number of lines.
What this does badly: maps of hundreds of lines with several `**` each, which nobody writes (about 0.2 ms for a path).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable
from typing import Final

from app.decisions.globs import Shape, glob, parts_of, plain, regex, shape_of
from app.domain.facts import Fact
from app.domain.owners import Kind, OwnersMap, Rule

_NONE: Final = -1
_MOST_SEGMENTS: Final = 64
_MOST_REMEMBERED: Final = 20_000
"""Steps from one directory to the next: some megabytes."""
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://([^/]*)/?")
_DRIVE: Final = re.compile(r"/?[A-Za-z]:/")
_FROM_HOSTS: Final = frozenset({"file", "http", "https"})


class _Node:
    """A place in the tree: the last line for the path that ends here, and for what is below; and the branches."""

    __slots__ = (
        "any",
        "at",
        "below",
        "deep",
        "globs",
        "heads",
        "is_deep",
        "most",
        "named",
        "names",
        "tails",
        "together",
    )

    def __init__(self, *, is_deep: bool = False) -> None:
        self.at = _NONE
        self.below = _NONE
        self.most = _NONE
        """The last line of all that can be met from here."""
        self.is_deep = is_deep
        self.together: tuple[_Node, ...] = (self,)
        """This place, and the one that `**` leads to from here by no directory at all."""
        self.names = 0
        """How many plain names lead here from the root: evidence of where the root is. 0 where no line ends here."""
        self.named: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.deep: _Node | None = None
        self.heads: dict[int, dict[str, _Node]] = {}
        self.tails: dict[int, dict[str, _Node]] = {}
        self.globs: dict[str, tuple[re.Pattern[str], _Node]] = {}

    @property
    def has_only_named(self) -> bool:
        """Whether no wildcard goes on from here, apart from `**`, which is a place of its own."""
        return not (self.is_deep or self.any or self.heads or self.tails or self.globs)

    def add(self, index: int, shape: Shape) -> None:
        """Add a line below this root; lines come in the order of the file."""
        node = self
        node.most = index
        for segment in shape.segments:
            node = node.branch(segment)
            node.most = index
        if shape.at:
            node.at = index
        if shape.below:
            node.below = index
        if shape.segments[0] != "**":
            node.names = sum(plain(parts_of(segment)) is not None for segment in shape.segments)

    def branch(self, segment: str) -> _Node:
        """The branch for this segment of a pattern, made if there is none."""
        if segment == "**":
            if self.deep is None:
                self.deep = _Node(is_deep=True)
                self.together = (self, self.deep)
            return self.deep
        match parts_of(segment):
            case [("", name)]:
                return self.named.setdefault(name, _Node())
            case [("*", _)]:
                self.any = self.any or _Node()
                return self.any
            case [("", head), ("*", _)]:
                return self.heads.setdefault(len(head), {}).setdefault(head, _Node())
            case [("*", _), ("", tail)]:
                return self.tails.setdefault(len(tail), {}).setdefault(tail, _Node())
            case parts:
                known = self.globs.get(segment)
                if known is None:
                    known = self.globs[segment] = (regex(parts, case_counts=True), _Node())
                return known[1]

    def add_branches(self, segment: str, found: set[_Node]) -> None:
        """Add the places where a path's segment leads from here; `**` leads on by no directory at all, too."""
        if self.is_deep:
            found.add(self)
        node = self.named.get(segment)
        if node is not None:
            found.update(node.together)
        if self.any is not None:
            found.update(self.any.together)
        for length, heads in self.heads.items():
            node = heads.get(segment[:length])
            if node is not None:
                found.update(node.together)
        for length, tails in self.tails.items():
            node = tails.get(segment[-length:])
            if node is not None:
                found.update(node.together)
        for pattern, node in self.globs.values():
            if pattern.fullmatch(segment):
                found.update(node.together)


class _State:
    """All places in the tree that a path has led to, and what is known of going on from there."""

    __slots__ = ("ahead", "at", "below", "most", "names_at", "names_below", "nodes", "steps")

    def __init__(self, nodes: frozenset[_Node]) -> None:
        self.nodes = nodes
        self.at = max((node.at for node in nodes), default=_NONE)
        self.below = max((node.below for node in nodes), default=_NONE)
        self.most = max((node.most for node in nodes), default=_NONE)
        self.names_at = max((node.names for node in nodes if node.at != _NONE), default=0)
        self.names_below = max((node.names for node in nodes if node.below != _NONE), default=0)
        self.ahead: Container[str] | None = None
        """The only segments that lead on; None where wildcards decide."""
        if all(node.has_only_named for node in nodes):
            named = [node.named for node in nodes]
            self.ahead = named[0] if len(named) == 1 else frozenset[str]().union(*named)
        self.steps: dict[str, _State] = {}


_NOWHERE: Final = _State(frozenset())


class _Tree:
    """A map's CODEOWNERS lines as a tree of segments, walked as an automaton whose states are made when first met.

    Two walks: from the root, which mostly ends after a few names, and with the patterns that match anywhere. A walk
    ends as soon as no line later than the one found is to be met on it.
    """

    def __init__(self, shapes: Iterable[tuple[int, Shape]]) -> None:
        self._root = _Node()
        for index, shape in shapes:
            self._root.add(index, shape)
        self._forget()

    def last(self, segments: list[str]) -> int:
        """The last line that matches the path."""
        last = _NONE
        for start in (self._anchored, self._anywhere):
            state = start
            for segment in segments:
                if state.most <= last:
                    break
                if state.below > last:
                    last = state.below
                state = state.steps.get(segment) or self._step(state, segment)
            else:
                if state.at > last:
                    last = state.at
        return last

    def names(self, segments: list[str]) -> int:
        """How many names of a path from the root the anchored line that follows it farthest gives."""
        names = 0
        state = self._anchored
        for segment in segments:
            if state is _NOWHERE:
                break
            names = max(names, state.names_below)
            state = state.steps.get(segment) or self._step(state, segment)
        return max(names, state.names_at)

    def _step(self, state: _State, segment: str) -> _State:
        """The state that a segment leads to, remembered."""
        if state.ahead is not None and segment not in state.ahead:
            return _NOWHERE
        found: set[_Node] = set()
        for node in state.nodes:
            node.add_branches(segment, found)
        following = state.steps[segment] = self._state(found)
        self._remembered += 1
        if self._remembered > _MOST_REMEMBERED:
            self._forget()
        return following

    def _state(self, nodes: set[_Node]) -> _State:
        """The one state for these places."""
        together = frozenset(nodes)
        known = self._states.get(together)
        if known is None:
            known = self._states[together] = _State(together)
        return known

    def _forget(self) -> None:
        """Begin anew with what is remembered of paths, so that it stays bounded."""
        self._remembered = 0
        self._states: dict[frozenset[_Node], _State] = {frozenset(): _NOWHERE}
        self._anchored = _State(frozenset({self._root}))
        self._anywhere = self._state(set() if self._root.deep is None else {self._root.deep})


class TracePath(Fact, frozen=True, kw_only=True):
    """A frame's path with what its sender added taken off."""

    path: str
    """Slashes, no leading one, no `.` or `..`."""
    is_absolute: bool
    """It is a path of the machine the code ran on: where the repository begins in it is not known."""


def trace_path(sent: str) -> TracePath:
    r"""A frame's path as senders write it.

    | as sent                                                    | read as                                   |
    |------------------------------------------------------------|-------------------------------------------|
    | `app/x.rb`, `./x`, `~/x`, `webpack:///./src/x`, `app:///x` | a path from the repository's root         |
    | `/app/app/x.rb`, `C:\app\x`, `file:///x`, `https://host/x` | absolute: see `CompiledMap.in_repository` |
    """
    path = sent.replace("\\", "/")
    scheme = _SCHEME.match(path)
    is_absolute = scheme is not None and scheme[1].lower() in _FROM_HOSTS
    if scheme is not None:
        path = path[scheme.end() :]
    drive = _DRIVE.match(path)
    if drive is not None:
        path = path[drive.end() :]
        is_absolute = True
    is_absolute = is_absolute or (path.startswith("/") and scheme is None)
    segments: list[str] = []
    for segment in path.partition("?")[0].removeprefix("~/").split("/"):
        if segment == "..":
            segments[-1:] = []
        elif segment not in ("", "."):
            segments.append(segment)
    return TracePath(path="/".join(segments[:_MOST_SEGMENTS]), is_absolute=is_absolute)


class CompiledMap:
    """An owners map, ready to match. Compile it once for a map; what it answers never changes."""

    def __init__(self, owners: OwnersMap) -> None:
        self.owners = owners
        self._everything = _NONE
        self._globs: dict[tuple[Kind, str], list[tuple[int, re.Pattern[str]]]] = {}
        paths: list[tuple[int, Shape]] = []
        for index, rule in enumerate(owners.rules):
            if rule.kind is Kind.CODEOWNERS:
                shape = shape_of(rule.pattern)
                if shape.is_everything:
                    self._everything = index
                else:
                    paths.append((index, shape))
            else:
                compiled = glob(rule.pattern, case_counts=rule.kind is Kind.TAG)
                self._globs.setdefault((rule.kind, rule.tag), []).append((index, compiled))
        for lines in self._globs.values():
            lines.reverse()
        self._tree = _Tree(paths)

    def rule(self, index: int) -> Rule:
        """The rule an index stands for."""
        return self.owners.rules[index]

    @property
    def everything(self) -> int | None:
        """The last rule that matches everything (`*`); None where there is none."""
        return self._everything if self._everything != _NONE else None

    def last_path(self, path: str) -> int | None:
        """The last CODEOWNERS line that matches this path of the repository, apart from those for everything."""
        last = self._tree.last(path.split("/"))
        return last if last != _NONE else None

    def last_text(self, kind: Kind, texts: Collection[str], tag: str = "") -> int | None:
        """The last line of this kind, which is not CODEOWNERS, that matches any of the texts."""
        lines = self._globs.get((kind, tag), ())
        return next((index for index, pattern in lines if any(map(pattern.fullmatch, texts))), None)

    def in_repository(self, path: TracePath) -> str:
        """The path from the repository's root.

        Where an absolute path's repository begins nobody tells us (`/app`, `/usr/src/app`, `/srv/releases/42`).
        It is taken to begin at the directory from which the map's anchored lines follow it for the most names; of
        two, at the outer one. Where no anchored line fits, the path stays whole: only patterns that match anywhere can.
        """
        if not path.is_absolute:
            return path.path
        segments = path.path.split("/")
        fits = [self._tree.names(segments[start:]) for start in range(len(segments))]
        return "/".join(segments[fits.index(max(fits)) :])
