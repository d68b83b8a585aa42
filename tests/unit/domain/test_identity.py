"""One error has one signature, whatever varies between its occurrences; two errors have two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.identity import NEAR, fingerprint, normalised, signature, similarity

NO_METHOD = "NoMethodError: undefined method `{}' for nil:NilClass"
NOT_FOUND = "ActiveRecord::RecordNotFound: Couldn't find {} with 'id'={}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("KeyError: 'x'", "keyerror: #", id="a value in single quotes"),
        pytest.param('KeyError: "x"', "keyerror: #", id="a value in double quotes"),
        pytest.param(
            NO_METHOD.format("name"), "nomethoderror: undefined method # for nil:nilclass", id="Ruby's quotes"
        ),
        pytest.param("no column `vacols_id` here", "no column # here", id="a value in back quotes"),
        pytest.param("no file “a b.pdf” or «c»", "no file # or #", id="values in typographic quotes"),
        pytest.param("no file ‘a b.pdf’ today", "no file # today", id="a value in single typographic quotes"),
        pytest.param(
            NOT_FOUND.format("Document", 7),
            "activerecord::recordnotfound: couldn t find document with #",
            id="an apostrophe quotes nothing",
        ),
        pytest.param("Jo’s file can’t open", "jo s file can t open", id="a typographic apostrophe quotes nothing"),
        pytest.param("appeal 3fa85f64-5717-4562-b3fc-2c963f66afa6 gone", "appeal # gone", id="a UUID"),
        pytest.param("#<Reader:0x00007f8a>", "# reader:#", id="an address in memory"),
        pytest.param("commit 9f2c41ab is bad", "commit # is bad", id="hex digits"),
        pytest.param("appeal 01HF7YAT4VJ3Q2M8K5N6P9R0ST is bad", "appeal # is bad", id="an id of letters and digits"),
        pytest.param("the facade is defaced", "the facade is defaced", id="hex letters alone are a word"),
        pytest.param("after 12,5 s at 09:14:07", "after # s at #", id="numbers and times"),
        pytest.param("ids [1, 2, 3]", "ids #", id="a list of any length"),
        pytest.param("  two \t blanks\n", "two blanks", id="blanks"),
        pytest.param("word " * 200, ("word " * 80).strip(), id="no more than 400 characters"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_what_varies_is_taken_out(text: str, words: str) -> None:
    assert normalised(text) == words


def test_an_identity_carries_its_recipes_version_and_stays_what_it_was() -> None:
    # Saved tickets are found by these: another recipe needs another version.
    assert fingerprint("sentry", "4711") == "v1:227c4d1fa53453e6bdf453cd9f6c4ae2"
    assert signature("keyerror: #") == "v1s:41d41da8f97b4946b779179e98590bb7"


def test_a_fingerprint_is_over_its_parts_and_not_over_their_concatenation() -> None:
    assert fingerprint("sentry", "47", "11") != fingerprint("sentry", "4", "711")


def test_no_words_have_no_signature() -> None:
    assert signature("") == ""


VALUES = st.text(st.characters(exclude_characters="\n\"'`“”„«»‘’", codec="utf-8"), max_size=40)
TEMPLATES = st.sampled_from(
    [
        NO_METHOD.replace("{}", "{value}"),
        "KeyError: '{value}' after {number} tries",
        'PG::UniqueViolation: ERROR: duplicate key value violates unique constraint "{value}" ({number})',
        "Aws::S3::Errors::NoSuchKey: The key “{value}” does not exist, request {id}",
        "Timeout::Error: {id} took {number} ms",
        "Couldn't load appeal {id}: it isn't there",
    ]
)
IDS = st.one_of(
    st.uuids().map(str),
    st.integers(0, 2**64).map(hex),
    st.binary(min_size=4, max_size=32).map(bytes.hex),
    st.text("ABCDEFGHJKMNPQRSTVWXYZ0123456789", min_size=26, max_size=26).map(lambda text: "0" + text[1:]),
    st.integers(0, 10**12).map(str),
)
NUMBERS = st.one_of(st.integers(0, 10**20).map(str), st.decimals(0, 10**6, places=3).map(str))
VARYING = st.fixed_dictionaries({"value": VALUES, "number": NUMBERS, "id": IDS})


@given(template=TEMPLATES, one=VARYING, other=VARYING)
def test_texts_that_differ_only_in_values_ids_and_numbers_have_one_signature(
    template: str, one: dict[str, str], other: dict[str, str]
) -> None:
    assert signature(normalised(template.format(**one))) == signature(normalised(template.format(**other)))


CLASSES = st.from_regex(r"[A-Z][a-z]{2,12}(::[A-Z][a-z]{2,12})?Error", fullmatch=True)


@given(one=CLASSES, other=CLASSES, value=st.text(max_size=60))
def test_different_error_types_have_different_signatures(one: str, other: str, value: str) -> None:
    same = one.lower() == other.lower()
    assert (signature(normalised(f"{one}: {value}")) == signature(normalised(f"{other}: {value}"))) is same


@given(st.text(max_size=2_000))
def test_words_are_short_and_in_lower_case_whatever_the_text(text: str) -> None:
    words = normalised(text)
    assert len(words) <= 400
    assert words == words.strip()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            NO_METHOD.format("name"), "undefined method 'veteran' for nil", id="a person leaves the error's type out"
        ),
        pytest.param(
            "PG::ConnectionBad: could not connect to server: Connection refused",
            "PG::ConnectionBad: could not connect to the server (connection refused)",
            id="a person writes it from memory",
        ),
        pytest.param(
            "TypeError: Cannot read properties of undefined (reading 'pages')",
            "TypeError: Cannot read property 'pages' of undefined",
            id="two browsers say it in their own words",
        ),
        pytest.param(
            "Net::ReadTimeout: Net::ReadTimeout with #<TCPSocket:(closed)>",
            "Net::ReadTimeout with #<TCPSocket:(closed)>",
            id="Ruby repeats its type",
        ),
    ],
)
def test_these_are_near(one: str, other: str) -> None:
    assert NEAR <= similarity(normalised(one), normalised(other)) < 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            NO_METHOD.format("name"),
            "NameError: undefined local variable or method `veteran' for main:Object",
            id="two kinds of something undefined",
        ),
        pytest.param(
            "PG::ConnectionBad: could not connect to server: Connection refused",
            "Redis::CannotConnectError: Error connecting to Redis on localhost:6379 (Errno::ECONNREFUSED)",
            id="two services that can't be reached",
        ),
        pytest.param(
            "Net::ReadTimeout: Net::ReadTimeout with #<TCPSocket:(closed)>",
            "Net::OpenTimeout: execution expired",
            id="two kinds of time-out",
        ),
        pytest.param(
            "PG::UniqueViolation: ERROR: duplicate key value violates unique constraint",
            "PG::ForeignKeyViolation: ERROR: update or delete on table violates foreign key constraint",
            id="two constraints",
        ),
        pytest.param("KeyError: 'x'", "", id="nothing is like nothing known"),
        pytest.param("", "", id="nothing known is not even like itself"),
        pytest.param("7", "'x' 'y' and 'z'", id="what varies does not count"),
    ],
)
def test_these_are_not_near(one: str, other: str) -> None:
    assert similarity(normalised(one), normalised(other)) < NEAR


@given(one=st.text(max_size=100), other=st.text(max_size=100))
def test_similarity_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0 <= similarity(one, other) == similarity(other, one) <= 1


@given(st.text(min_size=1, max_size=100))
def test_what_is_the_same_is_wholly_similar(text: str) -> None:
    assert similarity(text, text) == 1
