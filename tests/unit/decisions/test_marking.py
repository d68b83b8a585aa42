"""The table of `decisions/marking.py`: what people put on a timeline, and take off again."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import msgspec
import pytest

from app.decisions.marking import LONGEST, MOST, History, followed, marked
from app.decisions.marking import noted as wanted
from app.decisions.remembering import FIRST_KEPT, Cause, remembered
from app.decisions.remembering import MOST as MOST_LINES
from app.domain.errors import UserError
from app.domain.history import Happened, Kind
from app.domain.mail import Commented
from app.domain.triage import Acknowledgement
from app.domain.wishes import CommandLine, MarkMoment
from tests.unit.decisions.cases import ISSUE, NOW, OPEN, OTHER, with_

EARLIER = NOW - timedelta(hours=2)
OTHERS = Happened(at=EARLIER, kind=Kind.OPENED)
SAID = Commented(
    action="created",
    comment_id=5,
    issue=with_(ISSUE, url="https://github.com/acme/shop/issues/7"),
    actor="jo",
    actor_is_bot=False,
    at=NOW,
    author="kim",
    written_at=EARLIER,
    marks=("we rolled back",),
    text="The pool was full.",
)
LINK = "https://github.com/acme/shop/issues/7#issuecomment-5"


def noted(text: str = "we rolled back", mark: str = "we rolled back", at: datetime = NOW) -> Happened:
    return Happened(at=at, kind=Kind.NOTED, by="jo", detail=text, link=LINK, comment=5, mark=mark)


PINNED = Happened(at=EARLIER, kind=Kind.PINNED, by="kim", detail="The pool was full.", link=LINK, comment=5)


def after(*history: Happened) -> History:
    return (OTHERS, *history)


def said(action: str, **more: object) -> Commented:
    return with_(SAID, action=action, **more)


def test_a_mark_is_a_line_of_the_history() -> None:
    assert marked((OTHERS,), SAID, NOW, "we rolled back", "we rolled back") == (OTHERS, noted())


def test_marked_twice_it_is_there_once() -> None:
    once = marked((OTHERS,), SAID, NOW, "we rolled back", "we rolled back")
    assert marked(once, SAID, NOW, "we rolled back", "we rolled back") == once


def test_a_mark_without_words_is_refused() -> None:
    with pytest.raises(UserError, match="Say what happened"):
        marked((), SAID, NOW, "09:41", "")


def test_a_timeline_takes_only_so_many() -> None:
    full = tuple(with_(noted(), comment=number) for number in range(100, 100 + MOST))
    with pytest.raises(UserError, match="50 notes already"):
        marked(full, SAID, NOW, "x", "x")
    again = marked(full, with_(SAID, comment_id=100), NOW, "we rolled back", "in other words")
    assert len(again) == len(full)


def test_long_words_are_cut() -> None:
    (line,) = marked((), SAID, NOW, "x", "x" * 400)
    assert len(line.detail) == LONGEST
    assert line.detail.endswith("x…")


@pytest.mark.parametrize(
    ("wish", "rest", "expected"),
    [
        pytest.param(
            MarkMoment(text="we rolled back"), "we rolled back", noted(), id="words: the moment of the command"
        ),
        pytest.param(MarkMoment(), "", noted("The pool was full.", "", EARLIER), id="none: when it was written"),
        pytest.param(
            MarkMoment(clock=time(9, 41)),
            "09:41",
            noted("The pool was full.", "09:41"),
            id="a time",
        ),
    ],
)
def test_what_a_line_marks(wish: MarkMoment, rest: str, expected: Happened) -> None:
    line = CommandLine(name="timeline", rest=rest, line=1)
    assert wanted((OTHERS,), wish, line, SAID, NOW) == (OTHERS, expected)


def test_a_comment_without_a_page_is_not_linked() -> None:
    (line,) = marked((), with_(SAID, issue=ISSUE), NOW, "x", "x")
    assert line.link == ""


@pytest.mark.parametrize(
    ("before", "what", "expected"),
    [
        pytest.param(after(noted()), said("edited"), after(noted()), id="edited, and the line stands: as it was"),
        pytest.param(after(noted()), said("edited", marks=()), after(), id="the line was taken out: it goes"),
        pytest.param(
            after(noted("x", ""), noted()),
            said("edited", marks=("", "we rolled back"), text="The pool was too small."),
            after(noted("The pool was too small.", ""), noted()),
            id="a bare one says what the comment says now",
        ),
        pytest.param(
            after(noted("x", "")),
            said("edited", marks=("",), text=""),
            after(noted("x", "")),
            id="unless it is nothing",
        ),
        pytest.param(
            after(PINNED),
            said("edited", marks=(), text="The pool was too small."),
            after(with_(PINNED, detail="The pool was too small.")),
            id="so does a pinned one",
        ),
        pytest.param(after(noted(), PINNED), said("deleted"), after(), id="deleted: all of it goes"),
        pytest.param(
            after(noted()), said("deleted", comment_id=6), after(noted()), id="another comment was: nothing goes"
        ),
        pytest.param(after(), said("pinned"), after(PINNED), id="pinned: one, of when it was written"),
        pytest.param(after(PINNED), said("pinned"), after(PINNED), id="told twice: once"),
        pytest.param(
            after(), said("pinned", written_at=None), after(with_(PINNED, at=NOW)), id="which GitHub does not tell"
        ),
        pytest.param(after(), said("pinned", text=""), after(), id="a picture only"),
        pytest.param(after(), said("pinned", actor_is_bot=True), after(), id="by a bot"),
        pytest.param(after(), said("pinned", issue=OTHER), after(), id="of another issue of the ticket's"),
        pytest.param(after(PINNED, noted()), said("unpinned"), after(noted()), id="unpinned: that one goes"),
        pytest.param(after(PINNED), said("unpinned", comment_id=6), after(PINNED), id="another was unpinned"),
        pytest.param(after(), said("created"), after(), id="written: the commands are carried out elsewhere"),
    ],
)
def test_what_becomes_of_a_comment(before: History, what: Commented, expected: History) -> None:
    assert followed(before, what, ISSUE) == expected


def test_a_ticket_without_an_issue_has_no_comment_of_its_own() -> None:
    assert followed((OTHERS,), said("pinned"), None) == (OTHERS,)


def test_what_people_noted_is_never_dropped() -> None:
    pings = tuple(Happened(at=NOW, kind=Kind.PINGED, detail="severe") for _ in range(MOST_LINES - 1))
    full = with_(OPEN, history=(*pings[:FIRST_KEPT], noted(), *pings[FIRST_KEPT:]))
    acknowledged = msgspec.structs.replace(full, acknowledged=Acknowledgement(by="kim", at=NOW, expires=NOW))
    kept = remembered(full, acknowledged, Cause(at=NOW))
    assert len(kept.history) == MOST_LINES
    assert noted() in kept.history
    assert kept.forgotten == 1
