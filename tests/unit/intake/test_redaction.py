"""Personal data and secrets are taken out before anything is stored."""

from __future__ import annotations

import pytest

from app.intake.redaction import Redactor


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("mail jo@x.org", "mail [e-mail removed]", id="an e-mail address"),
        pytest.param("ssn 123-45-6789", "ssn [SSN removed]", id="a social security number"),
        pytest.param("card 4111 1111 1111 1111", "card [card number removed]", id="a payment card"),
        pytest.param("KeyError: 'x'", "KeyError: 'x'", id="an error's text stays"),
    ],
)
def test_what_is_removed(text: str, expected: str) -> None:
    assert Redactor().redact(text) == expected
