"""The table of `sentry/answers.py`, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from multidict import CIMultiDict

from app.domain.errors import InvalidError, LaterError, SystemRefusedError, UnavailableError
from app.sentry.answers import refusal

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RESET = "X-Sentry-Rate-Limit-Reset"


def refused(status: int, headers: dict[str, str] | None = None) -> SystemRefusedError | None:
    return refusal(status, CIMultiDict(headers or {}), call="resolve issue 7", scope="event:write", now=NOW)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_success_is_no_refusal(status: int) -> None:
    assert refused(status) is None


@pytest.mark.parametrize(
    ("status", "kind", "reason", "said"),
    [
        pytest.param(
            302, UnavailableError, "gone", "Set SENTRY_URL and SENTRY_ORGANIZATION", id="a redirect names the settings"
        ),
        pytest.param(401, UnavailableError, "forbidden", "SENTRY_TOKEN", id="a wrong token names the setting"),
        pytest.param(403, UnavailableError, "forbidden", "`event:write`", id="a token too weak names the scope"),
        pytest.param(404, UnavailableError, "gone", "deleted", id="what is not there is gone"),
        pytest.param(410, UnavailableError, "gone", "deleted", id="what is gone is gone"),
    ],
)
def test_what_a_person_must_change(status: int, kind: type[Exception], reason: str, said: str) -> None:
    error = refused(status)
    assert type(error) is kind
    assert isinstance(error, UnavailableError)
    assert error.reason == reason
    assert said in str(error)
    assert "resolve issue 7" in str(error)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        pytest.param(400, InvalidError, id="a bad request is ours to mend"),
        pytest.param(405, InvalidError, id="so is a wrong method"),
        pytest.param(422, InvalidError, id="so is what it can't process"),
        pytest.param(408, LaterError, id="a request that took too long may be made again"),
        pytest.param(500, LaterError, id="so may one that broke it"),
        pytest.param(503, LaterError, id="so may one that met it away"),
    ],
)
def test_what_is_invalid_and_what_comes_later(status: int, kind: type[Exception]) -> None:
    assert type(refused(status)) is kind


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        pytest.param({"Retry-After": "30"}, 30, id="seconds"),
        pytest.param({"retry-after": "30"}, 30, id="in any case"),
        pytest.param({"Retry-After": "Tue, 24 Nov 2026 12:02:00 GMT"}, 120, id="a date"),
        pytest.param({"Retry-After": "Tue, 24 Nov 2026 12:02:00 -0000"}, 120, id="a date without a zone is in UTC"),
        pytest.param({"Retry-After": "30", RESET: "1795521900"}, 30, id="Retry-After goes before the window"),
        pytest.param({RESET: str(int(NOW.timestamp()) + 9)}, 9, id="the window's end"),
        pytest.param({RESET: f"{NOW.timestamp() + 9.5}"}, 9.5, id="the window's end with a fraction"),
        pytest.param({RESET: str(int(NOW.timestamp()))}, 1, id="a window that ends now: a second at the least"),
        pytest.param({"Retry-After": "0"}, 1, id="no wait at all: a second at the least"),
        pytest.param({"Retry-After": "1e300"}, 3600, id="for ever: an hour at the most"),
        pytest.param({RESET: "4102444800"}, 3600, id="in another century: an hour at the most"),
        pytest.param({"Retry-After": "soon", RESET: str(int(NOW.timestamp()) + 9)}, 9, id="an odd one is passed over"),
        pytest.param({}, None, id="nothing said"),
        pytest.param({"Retry-After": "-5"}, None, id="a wait that is over before it began says nothing"),
        pytest.param({"Retry-After": "inf"}, None, id="no number"),
        pytest.param({RESET: "9" * 30}, None, id="no time there is"),
        pytest.param({RESET: "nan"}, None, id="no number there either"),
    ],
)
def test_when_to_come_back_after_too_many_calls(headers: dict[str, str], wait: float | None) -> None:
    error = refused(429, headers)
    assert isinstance(error, LaterError)
    assert error.not_before == (None if wait is None else NOW + timedelta(seconds=wait))
