r"""Patterns that people write in the squad's file: regular expressions that every text from production runs through.

Rule: a pattern is taken only if no text can keep it busy, for Python's engine tries one way after another and has no
time limit. Refused are

| what                                                          | for example   | instead                 |
|---------------------------------------------------------------|---------------|-------------------------|
| no regular expression, or one that can match nothing at all   | `(`, `x*`     |                         |
| a repeat in a repeat, unless a character parts the turns      | `(\w+\s?)+x`  | `(\w{1,40}\s){1,9}x`    |
| repeats that can share characters, in too many ways           | `x.*claim.*y` | `x.{0,80}claim.{0,80}y` |
| a long repeat that can begin anywhere within itself, and fail | `\w+@va`      | `\b\w+@va`              |

This is a judgement by the pattern's shape, and errs towards refusing. How such patterns come to hang:
<https://owasp.org/www-community/attacks/Regular_expression_Denial_of_Service_-_ReDoS>.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from re import _constants, _parser  # type: ignore[attr-defined]  # the standard library's parser has no public name
from typing import Any, Final, NamedTuple

_LONG: Final = 1_000
"""A repeat that may go on for so long counts as one without an end."""
_MOST_WAYS: Final = 100_000
"""In how many ways repeats in a row may share out one run of characters."""
_SAMPLE: Final = "".join(map(chr, range(128))) + "\u00a0ßé٣中\u2028"
_ONE: Final = frozenset({"LITERAL", "NOT_LITERAL", "ANY", "IN"})
_REPEATS: Final = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_ASSERTS: Final = frozenset({"ASSERT", "ASSERT_NOT"})
_CATEGORIES: Final = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}

_NESTED: Final = (
    "has a repeat within a repeat, which can take for ever on some texts: end the inner part with a character that "
    "its repeat does not match, or repeat only once"
)
_SHARED: Final = (
    "has repeats that can match the same characters, in too many ways: bound them, as in .{0,80}, or put a character "
    "between them that they do not match"
)
_ANYWHERE: Final = (
    "has a repeat without a bound that may begin anywhere within its own characters, which takes too long on long "
    "texts: begin with \\b, or bound it, as in {1,80}"
)

_Chars = frozenset[str]
_NOTHING: Final[_Chars] = frozenset()


class _RefusedError(Exception):
    """The pattern is refused; the message says why."""


class _Before(NamedTuple):
    """What a match must have come past where a part begins."""

    fixed: tuple[_Chars, ...] = ()
    word_edge: bool = False
    anchored: bool = False

    def keeps_from_starting_within(self, run: _Chars, word: _Chars) -> bool:
        """Whether a match can't begin at every place of a long run of these characters."""
        at_edge = self.word_edge and (run <= word or run.isdisjoint(word))
        return self.anchored or at_edge or any(run.isdisjoint(it) for it in self.fixed)


class _Part(NamedTuple):
    """What one part of a pattern can match, or a sequence of parts."""

    chars: _Chars
    first: _Chars = _NOTHING
    """What it can begin with; nothing where it can be empty or is not known."""
    ways: int = 1
    """In how many ways it can share out one run of its characters."""
    fixed: tuple[_Chars, ...] = ()
    """Of each character that is always there, what it can be."""
    varying: tuple[_Chars, ...] = ()
    """Of each part in it that can match in several ways, its characters."""
    anywhere: bool = False
    """It ends with a long repeat that can begin anywhere within itself: what follows must not fail."""


def fault_of(pattern: str) -> str:
    """What is wrong with the pattern, to be read after its name; empty where it may be used. Never raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(pattern)
            tree = _parser.parse(pattern)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        return f"is no regular expression: {error}"
    if compiled.search("") is not None or tree.getwidth()[0] == 0:
        return "can match nothing at all, and would then stand between every two characters"
    try:
        _Judge(pattern).sequence(tree, _Before())
    except _RefusedError as refusal:
        return str(refusal)
    return ""


class _Judge:
    """Walks a pattern's parts from left to right."""

    def __init__(self, pattern: str) -> None:
        self._alphabet: Final = _either_case(set(_SAMPLE + pattern))
        self._word: Final = frozenset(char for char in self._alphabet if re.match(r"\w", char))

    def sequence(self, parts: Any, before: _Before) -> _Part:
        """What the parts one after another can match. Raises _RefusedError."""
        whole = _Part(_NOTHING)
        running: list[_Part] = []
        for op, value in _flat(parts):
            if whole.anywhere and (op not in _REPEATS or value[0] > 0):
                raise _RefusedError(_ANYWHERE)
            if op == "AT":
                edge = str(value) == "AT_BOUNDARY"
                before = before._replace(word_edge=before.word_edge or edge, anchored=before.anchored or not edge)
                continue
            if op in _ASSERTS:
                self.sequence(value[1], _Before(anchored=True))
                before = before._replace(anchored=before.anchored or value[0] < 0)
                continue
            part = self._part(op, value, before)
            ways = part.ways
            if ways > 1:
                for each in running:
                    ways *= 1 if each.chars.isdisjoint(part.chars) else each.ways
                if ways > _MOST_WAYS:
                    raise _RefusedError(_SHARED)
                running.append(part)
            else:
                running = [it for it in running if not any(it.chars.isdisjoint(fixed) for fixed in part.fixed)]
            before = before._replace(fixed=before.fixed + part.fixed)
            whole = _Part(
                chars=whole.chars | part.chars,
                first=whole.first if whole.chars else part.first,
                ways=max(whole.ways, ways),
                fixed=whole.fixed + part.fixed,
                varying=whole.varying + part.varying,
                anywhere=whole.anywhere or part.anywhere,
            )
        return whole

    def _part(self, op: str, value: Any, before: _Before) -> _Part:
        if op in _REPEATS:
            return self._repeat(int(value[0]), int(value[1]), value[2], before)
        if op == "BRANCH":
            branches = [self.sequence(each, before) for each in value[1]]
            chars, first = (
                _NOTHING.union(*each) for each in zip(*((it.chars, it.first) for it in branches), strict=True)
            )
            apart = all(it.first for it in branches) and len(first) == sum(len(it.first) for it in branches)
            return _Part(
                chars=chars if apart else self._alphabet,  # even branches without any character can be taken in turn
                first=first if apart else _NOTHING,
                ways=max(it.ways for it in branches) if apart else sum(it.ways for it in branches),
                varying=tuple(it for each in branches for it in each.varying) if apart else (self._alphabet,),
                anywhere=any(it.anywhere for it in branches),
            )
        if op not in _ONE:  # a reference to a group, or a choice by one
            return _Part(self._alphabet, ways=_LONG, varying=(self._alphabet,))
        chars = self._chars(op, value)
        return _Part(chars, first=chars, fixed=(chars,))

    def _repeat(self, least: int, most: int, body: Any, before: _Before) -> _Part:
        inner = self.sequence(body, before)
        chars = inner.chars or self._alphabet
        if most > 1 and inner.varying:
            every = _NOTHING.union(*inner.varying)
            apart = len(every) == sum(map(len, inner.varying))
            if not apart or not any(every.isdisjoint(it) for it in inner.fixed):
                raise _RefusedError(_NESTED)
        turns = min(most - least + 1, _LONG)
        runs_on = turns == _LONG and not before.keeps_from_starting_within(chars, self._word)
        return _Part(
            chars=chars,
            first=inner.first if least else _NOTHING,
            ways=turns + inner.ways - 1,  # the turns are parted: only the last one can be shortened
            fixed=inner.fixed if least else (),
            varying=(chars,) if turns > 1 or inner.varying else (),
            anywhere=inner.anywhere or runs_on,
        )

    def _chars(self, op: str, value: Any) -> _Chars:
        if op == "ANY":
            return self._alphabet - {"\n"}
        if op == "LITERAL":
            return _either_case({chr(value)})
        if op == "NOT_LITERAL":
            return self._alphabet - {chr(value)}
        found: set[str] = set()
        inverted = False
        for kind, it in value:
            if str(kind) == "NEGATE":
                inverted = True
            elif str(kind) == "LITERAL":
                found.add(chr(it))
            elif str(kind) == "RANGE":
                found |= {char for char in self._alphabet if it[0] <= ord(char) <= it[1]}
            else:
                found |= {char for char in self._alphabet if re.match(_CATEGORIES[str(it)], char)}
        return self._alphabet - found if inverted else _either_case(found)


def _flat(sequence: Any) -> Iterator[tuple[str, Any]]:
    """The parts without the groups that only hold them together."""
    for op, value in sequence:
        if op is _constants.SUBPATTERN:
            yield from _flat(value[3])
        elif op is _constants.ATOMIC_GROUP:
            yield from _flat(value)
        elif str(op) in _REPEATS and value[0] == value[1] == 1:
            yield from _flat(value[2])
        else:
            yield str(op), value


def _either_case(chars: set[str]) -> _Chars:
    return frozenset(chars) | {char.swapcase() for char in chars if len(char.swapcase()) == 1}
