"""Overriding: which line of a map leaves an earlier one nothing to match, so that the earlier one never applies.

It can be told for a pattern that comes again, for one without wildcards, and for all that stands above a `*`. Two
patterns with wildcards are not compared: nothing is said of them.
"""

from __future__ import annotations

from typing import Final

from app.decisions.globs import Shape, glob_parts, parts_of, plain, shape_of
from app.decisions.matching import CompiledMap
from app.domain.owners import Kind, Rule

_ANY_NAME: Final = "\0a name that no pattern has, and only a wildcard matches\0"
_DEPTHS: Final = (1, 2, 3, 9)
"""What is in a directory is tried so far down: a pattern that matches there matches at any depth."""


def overriding(owners: CompiledMap) -> dict[int, int]:
    """For each rule that never applies, by its place in the map, a later one that matches all it matches."""
    rules = owners.owners.rules
    alike = {_alike(rule): index for index, rule in enumerate(rules)}
    everything = owners.everything if owners.everything is not None else -1
    found = {}
    for index, rule in enumerate(rules):
        again = max(alike[_alike(rule)], everything)
        later = [again] if again > index else _later(index, rule, owners)
        if later:
            found[index] = later[0]
    return found


def _later(index: int, rule: Rule, owners: CompiledMap) -> list[int]:
    """The later rules that match, one for each text that stands for all the rule matches; none where one has none."""
    if rule.kind is Kind.CODEOWNERS:
        last = [owners.last_path(path) for path in _examples(shape_of(rule.pattern))]
    else:
        text = plain(glob_parts(rule.pattern))
        last = [owners.last_text(rule.kind, (text,), rule.tag)] if text is not None else []
    later = [each for each in last if each is not None and each > index]
    return later if len(later) == len(last) else []


def _examples(shape: Shape) -> list[str]:
    """Paths that stand for all that a pattern without wildcards matches; none for one with."""
    names = [plain(parts_of(segment)) for segment in shape.segments]
    path = [name for name in names if name is not None]
    if len(path) < len(names):
        return []
    depths = [0] * shape.at + [*_DEPTHS] * shape.below
    return ["/".join(path + [_ANY_NAME] * depth) for depth in depths]


def _alike(rule: Rule) -> tuple[Kind, str, Shape | str]:
    """Rules with one value here match the same."""
    if rule.kind is Kind.CODEOWNERS:
        return rule.kind, "", shape_of(rule.pattern)
    return rule.kind, rule.tag, rule.pattern if rule.kind is Kind.TAG else rule.pattern.casefold()
