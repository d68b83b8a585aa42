"""Slack's signature: Slack's own example, and that its time counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.web.signatures import FRESH, signed_by_slack

# https://docs.slack.dev/authentication/verifying-requests-from-slack
SECRET = b"8f742231b10e8888abcd99yyyzzz85a5"
STAMP = "1531420618"
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
HEADER = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
THEN = datetime.fromtimestamp(int(STAMP), UTC)


def test_slack_s_documented_example_fits() -> None:
    assert signed_by_slack(BODY, STAMP, HEADER, [b"another", SECRET], now=THEN)


@pytest.mark.parametrize(
    ("late", "fits"),
    [
        pytest.param(FRESH, True, id="just five minutes old"),
        pytest.param(-FRESH, True, id="Slack's clock goes ahead"),
        pytest.param(FRESH + timedelta(seconds=1), False, id="older"),
        pytest.param(-FRESH - timedelta(seconds=1), False, id="too far ahead"),
    ],
)
def test_it_is_good_for_five_minutes(late: timedelta, fits: bool) -> None:
    assert signed_by_slack(BODY, STAMP, HEADER, [SECRET], now=THEN + late) is fits


def test_the_time_is_signed_too() -> None:
    assert not signed_by_slack(BODY, str(int(STAMP) + 1), HEADER, [SECRET], now=THEN)
    assert not signed_by_slack(BODY, STAMP, HEADER, [], now=THEN)
