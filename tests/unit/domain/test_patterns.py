"""A pattern that a text could keep busy is refused, and what people really write is taken."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.patterns import fault_of

NESTED = "has a repeat within a repeat"
SHARED = "has repeats that can match the same characters"
ANYWHERE = "has a repeat without a bound that may begin anywhere"
NO_PATTERN = "is no regular expression"
EMPTY = "can match nothing at all"


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"\d{3}-\d{2}-\d{4}", id="digits in groups"),
        pytest.param(r"(?:\d{4}[ -]?){3}\d{4}", id="groups of digits, perhaps with a blank between"),
        pytest.param(r"(?:\d{1,3}\.){3}\d{1,3}", id="an IP address"),
        pytest.param(r"\bCASE-\d+\b", id="a long repeat that begins behind another character"),
        pytest.param(r"\d+", id="a long repeat at the end can't fail"),
        pytest.param(r"\d+x?", id="nor with something behind it that need not be there"),
        pytest.param(r"\b\w+@va\.gov", id="a long repeat of word characters that begins where words begin"),
        pytest.param(r"\b\W+@", id="one of other characters that begins where words end"),
        pytest.param(r"(?<!\w)\w+@", id="a long repeat with a look behind"),
        pytest.param(r"^.*secret", id="a long repeat from the beginning"),
        pytest.param(r"(?i)claim\s*number\s*[:=]\s*\d+", id="long repeats with other characters between"),
        pytest.param(r".{0,80}claim.{0,80}", id="bounded repeats that share characters"),
        pytest.param(r"(?:[^\W_][\w-]{0,62}\.){1,8}va", id="a host's name"),
        pytest.param(r"\b(?:A+|B+)C", id="a choice by the first character"),
        pytest.param(r"\b(?:MON|TUE|WED) \d{1,2}", id="a choice of words"),
        pytest.param(r"(?:x|x?y)z", id="a choice that is not plain from the first character"),
        pytest.param(r"(\w)\1", id="the same character twice"),
        pytest.param(r"(?P<x>a)(?(x)b|c)", id="a choice by a group"),
        pytest.param(r"[^a-c\d\s]{2,9}é", id="a set turned round"),
        pytest.param(r"[^,],(?>a){1}", id="a single character's opposite"),
        pytest.param(r"^(?:\w+,)+x", id="a long repeat in a long repeat, with a comma at the end of each turn"),
        pytest.param(r"file(?= number) number: \d{6}(?!\d)", id="looks ahead"),
        pytest.param("a?" * 16 + "a", id="sixteen characters that may be missing"),
    ],
)
def test_taken(pattern: str) -> None:
    assert fault_of(pattern) == ""


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        pytest.param(r"(a+)+b", NESTED, id="a repeat in a repeat"),
        pytest.param(r"([a-z]+)*=", NESTED, id="the same with a set"),
        pytest.param(r"\b(\w+\s?)+$", NESTED, id="words, perhaps with blanks between"),
        pytest.param(r"\b(?:(?:a{1,64}){16})b", NESTED, id="bounded, but in far too many ways"),
        pytest.param(r"\b(a|aa)+c", NESTED, id="a choice in a repeat"),
        pytest.param(r"\b(?:a?b?)+c", NESTED, id="what may be missing, in a repeat"),
        pytest.param(r"\b(?:\w{1,9}\d{1,9},)+c", NESTED, id="two repeats in a repeat share digits"),
        pytest.param(r"\b(?:(\w)\1)+c", NESTED, id="a reference in a repeat"),
        pytest.param(r"^.*foo.*bar", SHARED, id="anything, twice"),
        pytest.param(r"\b\w+\d+x", SHARED, id="word characters, then digits"),
        pytest.param("a?" * 18 + "a" * 18, SHARED, id="eighteen characters that may be missing"),
        pytest.param(r"x(?=.*a.*b)y", SHARED, id="behind a look ahead"),
        pytest.param(r".*claim", ANYWHERE, id="anything, at the beginning"),
        pytest.param(r"\w+@va\.gov", ANYWHERE, id="begun anew at each character of a word"),
        pytest.param(r"x\w+@", ANYWHERE, id="the character before it is one of its own"),
        pytest.param(r"\b(?:\w+\s)+x", ANYWHERE, id="begun anew at each word"),
        pytest.param(r"(?:foo|\w+)x", ANYWHERE, id="in a choice"),
        pytest.param(r"(?:\w+)?x", ANYWHERE, id="in what may be missing"),
        pytest.param(r"(?:a|a)+c", NESTED, id="the same choice twice, in a repeat"),
        pytest.param(r"(?:a||a)+c", NESTED, id="nothing as a choice, in a repeat"),
        pytest.param(r"(?:(?:bc|bc|d)x)+c", NESTED, id="a choice of the same in a repeat, though its turns are parted"),
        pytest.param(r".(?:\b)*x", ANYWHERE, id="a repeat of nothing"),
        pytest.param(r"\w+\b", ANYWHERE, id="a word's end can fail, too"),
        pytest.param(r"\w+(?!-)", ANYWHERE, id="and what must not follow"),
        pytest.param("(", NO_PATTERN, id="a bracket too few"),
        pytest.param("a{99999999999}", NO_PATTERN, id="too often"),
        pytest.param("[[a]b]", NO_PATTERN, id="a set whose meaning may change"),
        pytest.param("(" * 20_000 + "a" + ")" * 20_000, NO_PATTERN, id="nested without end"),
        pytest.param("x*", EMPTY, id="perhaps nothing"),
        pytest.param("(?=x)", EMPTY, id="only a look ahead"),
        pytest.param("", EMPTY, id="nothing"),
    ],
)
def test_refused(pattern: str, fault: str) -> None:
    assert fault_of(pattern).startswith(fault)


@given(st.text(alphabet="ab01 .,\\wsdSDb()[]{}|?*+^$<>=!-:éß", max_size=40))
def test_it_never_raises(pattern: str) -> None:
    assert isinstance(fault_of(pattern), str)


PIECES = st.recursive(
    st.sampled_from(["a", "b", "!", ".", r"\w", r"\d", r"\b", "[ab]", "[^a]"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map("".join),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,9}", "+?", "{3,}"])).map(
            lambda it: f"(?:{it[0]}){it[1]}"
        ),
        st.tuples(inner, inner).map(lambda it: f"(?:{it[0]}|{it[1]})"),
    ),
    max_leaves=8,
)


@pytest.mark.timeout(60)
@settings(max_examples=400)
@given(PIECES)
def test_what_is_taken_comes_to_an_end(pattern: str) -> None:
    """One that is exponential would still run when the universe is cold."""
    pattern += "Z"
    if fault_of(pattern) == "":
        for text in ("a" * 300, "ab" * 150, "a" * 150 + "!" + "b" * 150, "1a! " * 75):
            re.search(pattern, text)
