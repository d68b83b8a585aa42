"""The line that says that action items were discussed: the table of `texts/discussing.py`."""

from __future__ import annotations

import pytest

from app.domain.following_up import DISCUSSED
from app.intake.post_mortem import read
from app.texts.discussing import with_discussion

TICKED = f"- [x] {DISCUSSED}"
OPEN = f"- [ ] {DISCUSSED}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(TICKED, None, id="it is ticked"),
        pytest.param(f"{OPEN}\n{TICKED}", None, id="one of two is"),
        pytest.param(
            f"## Action items\r\n\r\n{OPEN}.\r\n", f"## Action items\r\n\r\n{TICKED}.\r\n", id="its tick, CRLF"
        ),
        pytest.param(f"{OPEN}\n{OPEN}", f"{TICKED}\n{OPEN}", id="twice: the first one"),
        pytest.param(
            "## Action items\n\n- [ ] a\n\n## Feedback\n",
            f"## Action items\n\n- [ ] a\n\n{TICKED}\n\n## Feedback\n",
            id="at the end of the section",
        ),
        pytest.param("## Action items\n", f"## Action items\n\n{TICKED}\n", id="the section is the last one"),
        pytest.param("It broke.", f"It broke.\n\n{TICKED}", id="no such heading"),
        pytest.param("", TICKED, id="nothing"),
        pytest.param(
            f"```\n{OPEN}\n```\n<!-- {OPEN}\n{TICKED} -->",
            f"```\n{OPEN}\n```\n<!-- {OPEN}\n{TICKED} -->\n\n{TICKED}",
            id="in code and in a comment it is none",
        ),
    ],
)
def test_what_is_written(before: str, after: str | None) -> None:
    body = with_discussion(before)
    assert (None if body is None else str(body)) == after
    if body is not None:
        assert read(str(body)).discussed
        assert with_discussion(str(body)) is None
