"""Signatures: GitHub's own example, several secrets, and every length of a body."""

from __future__ import annotations

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.signatures import signed, signed_by_github

# https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
SECRET = b"It's a Secret to Everybody"
BODY = b"Hello, World!"
HEADER = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_github_s_documented_example_fits() -> None:
    assert signed_by_github(BODY, HEADER, [SECRET])


@pytest.mark.parametrize(
    ("secrets", "fits"),
    [
        pytest.param([b"new", SECRET], True, id="the older of two fits"),
        pytest.param([SECRET, b"old"], True, id="the newer of two fits"),
        pytest.param([b"new", b"old"], False, id="neither fits"),
        pytest.param([], False, id="no secret lets nobody in"),
    ],
)
def test_any_of_several_secrets_fits(secrets: list[bytes], fits: bool) -> None:
    assert signed_by_github(BODY, HEADER, secrets) is fits


@pytest.mark.parametrize(
    ("header", "fits"),
    [
        pytest.param(HEADER.replace("757107", "757107".upper()), True, id="hex is the same in capitals"),
        pytest.param(HEADER + " ", True, id="a space behind it"),
        pytest.param(HEADER.upper(), False, id="the prefix is not"),
        pytest.param(HEADER[:-1], False, id="too short"),
        pytest.param(HEADER.removeprefix("sha256="), False, id="no prefix"),
        pytest.param(HEADER.replace("sha256", "sha1"), False, id="SHA-1's prefix"),
        pytest.param("sha256=\u00e9\udcff", False, id="what is no ASCII"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_only_the_whole_header_fits(header: str, fits: bool) -> None:
    assert signed_by_github(BODY, header, [SECRET]) is fits


@given(length=st.integers(0, 10_000), secret=st.binary(min_size=1, max_size=100))
def test_a_body_of_any_length_is_hashed_whole(length: int, secret: bytes) -> None:
    body = bytes(index % 251 for index in range(length))
    digest = hmac.digest(secret, body, "sha256").hex()
    assert signed(body, digest, [secret])
    assert not signed(body + b"\0", digest, [secret])
