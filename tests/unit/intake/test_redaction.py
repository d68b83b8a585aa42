"""Personal data and secrets are taken out before anything is stored; nothing else is."""

from __future__ import annotations

import re
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.redaction import LONGEST, Redactor, folded

PLAIN = Redactor()
OWN = Redactor(
    [
        ("claim number", re.compile(r"\bC-\d{4,}\b"), "[claim number removed]"),
        ("pet", re.compile(r"(?i)\brex\b"), "a dog"),
        ("all of it", re.compile(r"leak: .*"), "leak: gone"),
    ]
)
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\n-----END RSA PRIVATE KEY-----"
SECRET = "[secret removed]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("mail jo@x.org", "mail [e-mail removed]", id="an e-mail address"),
        pytest.param("<Jo.Doe+x@mail.example.co.uk>", "<[e-mail removed]>", id="with all that one may have"),
        pytest.param("?to=jo%40x.org&a=1", "?to=[e-mail removed]&a=1", id="encoded in an address"),
        pytest.param("jörg@müller.de", "[e-mail removed]", id="with letters of another language"),
        pytest.param("ssn 123-45-6789", "ssn [SSN removed]", id="a social security number"),
        pytest.param("123 45 6789.", "[SSN removed].", id="with blanks"),
        pytest.param("١٢٣-٤٥-٦٧٨٩", "[SSN removed]", id="in digits of another script"),
        pytest.param("card 4111 1111 1111 1111", "card [card number removed]", id="a payment card"),
        pytest.param("378282246310005", "[card number removed]", id="of fifteen digits"),
        pytest.param("30569309025904", "[card number removed]", id="of fourteen digits"),
        pytest.param("6011-1111-1111-1117", "[card number removed]", id="with hyphens"),
        pytest.param("17 4111111111111111 99", "17 [card number removed] 99", id="between other numbers"),
        pytest.param(
            "4111111111111111 5555555555554444", "[card number removed] [card number removed]", id="two cards"
        ),
        pytest.param("123-45-6789 4111111111111111", "[SSN removed] [card number removed]", id="number after number"),
        pytest.param(f"a\n{KEY}\nb", "a\n[private key removed]\nb", id="a private key"),
        pytest.param(KEY[:50], "[private key removed]", id="a private key that was cut off"),
        pytest.param("postgres://jo:hunter2@db/x", f"postgres://{SECRET}@db/x", id="a password in an address"),
        pytest.param("redis://:hunter2@db", f"redis://{SECRET}@db", id="a password without a user"),
        pytest.param(
            "https://hooks.slack.com/services/T0/B0/xY",
            f"https://hooks.slack.com/services/{SECRET}",
            id="a webhook of Slack's",
        ),
        pytest.param(f"jwt {JWT}", f"jwt {SECRET}", id="a JSON web token"),
        pytest.param("Authorization: Bearer abc123def456", f"Authorization: Bearer {SECRET}", id="a header"),
        pytest.param("bearer abc123def456", f"bearer {SECRET}", id="a bearer token"),
        pytest.param("the bearer of this letter", "the bearer of this letter", id="a bearer of something else"),
        pytest.param("password=hunter2", f"password={SECRET}", id="a password"),
        pytest.param("Password: hunter2, user: jo", f"Password: {SECRET}, user: jo", id="up to the comma"),
        pytest.param('{"api_key": "a b", "b": 1}', '{"api_key": ' + SECRET + '", "b": 1}', id="in JSON"),
        pytest.param("{:password=>'hunter2'}", "{:password=>" + SECRET + "'}", id="in Ruby"),
        pytest.param('\\"token\\": \\"abc\\"', '\\"token\\": ' + SECRET + '\\"', id="in JSON in JSON"),
        pytest.param("client_secret_v2 = xyz", f"client_secret_v2 = {SECRET}", id="a longer name"),
        pytest.param("ſecret=xyz", f"ſecret={SECRET}", id="in letters that only look like others"),
        pytest.param("password=123-45-6789x", f"password={SECRET}", id="a value that is partly something else"),
        pytest.param(
            "token=4111 1111 1111 1111", "token=[card number removed]", id="a value that is all something else"
        ),
        pytest.param("ssn: 123456789", f"ssn: {SECRET}", id="a number that is named"),
    ],
)
def test_what_is_removed(text: str, expected: str) -> None:
    assert PLAIN.redact(text) == expected


TOKENS = [
    *("ghp_" + "a1B2" * 9, "gho_" + "a1B2" * 9, "ghu_" + "a1B2" * 9, "ghs_" + "a1B2" * 9, "ghr_" + "a1B2" * 9),
    *(
        "github_pat_" + "a1B2" * 9,
        "glpat-" + "a1B2" * 5,
        "xoxb-" + "12345-abcde",
        "xoxp-12345-abcde",
        "xapp-1-A0123456789",
    ),
    *("AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "sk_live_" + "a1B2" * 6, "rk_test_" + "a1B2" * 6),
    *("sntrys_" + "eyJpYXQi" * 3, "sntryu_" + "a1b2" * 8, "AIza" + "a1B2-" * 7, "npm_" + "a1B2" * 9, JWT),
]


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("around", ["{}", "key {}.", '"{}"', "x={}&y", "({})", "\n{}\n", "é {} ü"])
def test_a_token_of_known_shape_is_removed(token: str, around: str) -> None:
    assert PLAIN.redact(around.format(token)) == around.format(SECRET)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("KeyError: 'x'", id="an error's text"),
        pytest.param("2026-11-24T09:14:07.123Z took 12,345 ms, pid 4711, build 20261124091407", id="times and counts"),
        pytest.param("issue 5120034411 at 192.0.2.17:8080", id="ids and addresses of machines"),
        pytest.param("8f14e45f-ceea-4c1d-a2b1-f4e29bb1f0d7", id="a UUID"),
        pytest.param("4111 1111 1111 1112", id="a number without a card's check digit"),
        pytest.param("9111111111111111", id="a number of no issuer"),
        pytest.param("1234-45-6789, 123-45-67890, 123-45 6789", id="numbers of another form"),
        pytest.param("@mark and @org/team, see logo@2x.png", id="mentions and pictures"),
        pytest.param("Unexpected token: <", id="a parser's token"),
        pytest.param("Reader::Token::Expired", id="a class"),
        pytest.param("the secret is out, the token is gone", id="words without a value"),
        pytest.param("https://example.org/a:b/c@d", id="an address"),
        pytest.param("ghp_short, AKIA, eyJ.x, xox-1", id="what only begins like a token"),
        pytest.param("-----BEGIN CERTIFICATE-----", id="a certificate"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_stays(text: str) -> None:
    assert PLAIN.redact(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("claim C-1234 of Rex", "claim [claim number removed] of a dog", id="each rule"),
        pytest.param("token=C-1234", "token=[claim number removed]", id="before a built-in rule breaks it up"),
        pytest.param(
            "a leak: jo@x.org", "a [all of it removed]", id="a replacement that its own pattern would match again"
        ),
        pytest.param("jo@x.org", "[e-mail removed]", id="the built-in rules as well"),
    ],
)
def test_the_squads_own_rules(text: str, expected: str) -> None:
    assert OWN.redact(text) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("x", "[x removed]"), ("<b>`x`", "[b  x removed]"), ("!!", "[text removed]"), ("y" * 99, f"[{'y' * 40} removed]")],
)
def test_a_replacement_that_would_be_matched_again_is_named(name: str, expected: str) -> None:
    assert Redactor([(name, re.compile("a+"), "aa")]).redact("-aaa-") == f"-{expected}-"


def test_a_replacement_is_taken_literally() -> None:
    assert Redactor([("x", re.compile(r"(b+)"), r"\1\g<0>")]).redact("abba") == r"a\1\g<0>a"


def test_a_rule_that_makes_new_work_for_itself_comes_to_an_end() -> None:
    assert Redactor([("x", re.compile("ab"), "")]).redact("a" * 9 + "b" * 9) == "ab"


def test_what_is_not_looked_at_is_cut_off() -> None:
    assert PLAIN.redact("a" * (LONGEST + 5)) == "a" * LONGEST


def test_letters_are_folded_as_regular_expressions_compare_them() -> None:
    letter = re.compile("[a-z]", re.IGNORECASE)
    alike = [c for c in map(chr, range(sys.maxunicode + 1)) if letter.fullmatch(c)]
    assert all("a" <= folded(c) <= "z" for c in alike)
    assert len(alike) > 52


# Properties.

PIECES = [
    *(
        "password",
        "Token",
        "api_key",
        "ſecret",
        "ssn",
        "cookie",
        "=",
        ": ",
        "=>",
        "::",
        "hunter22",
        "bearer ",
        "Bearer ab12345678",
    ),
    *(
        "jo@x.org",
        "@",
        "%40",
        "x.org",
        "123-45-6789",
        "4111 1111 1111 1111",
        "4111111111111111",
        "1",
        "12",
        "-",
        " ",
        "\n",
    ),
    *(
        "://u:p",
        "/",
        "hooks.slack.com/services/T1",
        JWT,
        "eyJ",
        "xoxb-1234567890",
        "AKIAABCDEFGHIJKLMNOP",
        "ghp_" + "a1" * 10,
    ),
    *(
        "[SSN removed]",
        "[secret removed]",
        "[",
        "]",
        " removed]",
        '"',
        "'",
        "\\",
        "é",
        "٣",
        "\x1e",
        "-----BEGIN RSA PRIVATE KEY-----",
    ),
]
NASTY = st.lists(st.sampled_from(PIECES), max_size=16).map("".join) | st.text(max_size=80)


@given(NASTY)
def test_redacting_twice_is_redacting_once(text: str) -> None:
    once = PLAIN.redact(text)
    assert PLAIN.redact(once) == once


@given(st.lists(NASTY, max_size=5), st.sampled_from([PLAIN, OWN]))
def test_many_texts_are_redacted_as_each_is_alone(texts: list[str], redactor: Redactor) -> None:
    assert redactor.redact_all(texts) == tuple(map(redactor.redact, texts))


def test_a_rule_of_the_squads_does_not_reach_from_one_text_into_the_next() -> None:
    named = Redactor([("name", re.compile(r"(?<=name:)\s*\w+"), "[name removed]")])
    assert named.redact_all(["name: Jo", "name:", "Broken"]) == ("name:[name removed]", "name:", "Broken")


def test_many_texts_that_are_long_in_all_are_redacted_as_each_is_alone() -> None:
    texts = ["password=hunter2 " + "a" * (LONGEST // 2)] * 3
    assert PLAIN.redact_all(texts) == tuple(map(PLAIN.redact, texts))


DIGITS = st.text("0123456789", min_size=1, max_size=9)


@st.composite
def cards(draw: st.DrawFn) -> str:
    """A card number that an issuer may have given out, in groups of four or in one."""
    digits = draw(st.sampled_from(["4", "51", "55", "34", "37", "6011", "65"]))
    length = 15 if digits[0] == "3" else 16
    digits += draw(st.text("0123456789", min_size=length - 1 - len(digits), max_size=length - 1 - len(digits)))
    doubled = [int(d) * (1 + (i + 1) % 2) for i, d in enumerate(reversed(digits))]
    digits += str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)
    between = draw(st.sampled_from(["", " ", "-"]))
    return between.join(digits[i : i + 4] for i in range(0, length, 4))


SSNS = st.from_regex(r"\d{3}([- ])\d{2}\1\d{4}", fullmatch=True)
EMAILS = st.from_regex(r"[a-z0-9][a-z0-9._+-]{0,20}@([a-z0-9-]{1,12}[a-z0-9]\.){1,3}[a-z]{2,6}", fullmatch=True).filter(
    lambda email: not re.search(r"@\d+x\.|@-|\.-", email)
)
SEPARATORS = st.sampled_from([" ", "\n", "\t", "(", "<", '"', "'", ",", ";", "|", "é ", "* ", "> "])


@given(
    before=st.text(max_size=60),
    after=st.text(max_size=60),
    open_=SEPARATORS,
    close=SEPARATORS,
    private=SSNS | EMAILS | cards() | st.sampled_from(TOKENS),
)
def test_what_is_private_is_removed_wherever_it_stands(
    before: str, after: str, open_: str, close: str, private: str
) -> None:
    redacted = PLAIN.redact(f"{before}{open_}{private}{close}{after}")
    assert private not in redacted
    assert private not in PLAIN.redact_all([before, private, after])


NAMES = st.sampled_from(
    ["password", "PASSWORD", "passwd", "api_key", "apiKey", "access-token", "Secret", "cookie", "client_secret"]
)
SEPARATED = st.sampled_from(["=", ": ", " = ", '": "', "'=>'", '\\": \\"', ":"])


@given(
    before=st.text(max_size=40),
    name=NAMES,
    by=SEPARATED,
    value=st.from_regex(r"[A-Za-z0-9!$%*+./^~-]{6,30}", fullmatch=True),
)
def test_the_value_of_what_is_named_like_a_secret_is_removed(before: str, name: str, by: str, value: str) -> None:
    assert value not in PLAIN.redact(f"{before} {name}{by}{value}").removeprefix(before)


ADVERSE = [
    *(
        "a",
        "a@",
        "a.",
        "@",
        "%40",
        "1",
        "1 ",
        "4 ",
        "4-",
        "4111 1111 1111 1111 ",
        "123-45-6789 ",
        "4",
        "://a:",
        "://",
        ":@",
    ),
    *("-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN ", "eyJ", "eyJaaaaa.", "ghp_", "_", "xoxb-", "AKIA", "bearer "),
    *("password", "password=", "token: ", 'token="', "secret" + " " * 4, "[SSN removed]", "[", "\x1e", "é", "٣ "),
]


@pytest.mark.parametrize("piece", ADVERSE)
def test_time_is_linear_in_the_length(piece: str) -> None:
    # Fifty times the text may take two hundred times as long, for a machine may be busy; what is quadratic takes 2,500.
    short, long = (piece * (size // len(piece)) for size in (2_000, 100_000))
    assert _taken(long) < 200 * min(_taken(short) for _ in range(5)) + 0.05


def _taken(text: str) -> float:
    begun = time.process_time()
    PLAIN.redact(text)
    return time.process_time() - begun
