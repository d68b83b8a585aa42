"""Marking: what people want on the timeline, by `/timeline` in a comment or by pinning one, and what they take back.

| what became of the comment           | its marks                                                                    |
|--------------------------------------|------------------------------------------------------------------------------|
| written, with `/timeline`            | one for each of those lines (`commands/timeline.py` says of when)            |
| edited                               | what stands in it no more goes; a bare `/timeline` says what the comment now |
|                                      | says; a line that is new is carried out as a command, and those that were    |
|                                      | there are not marked again                                                   |
| pinned, by whoever GitHub lets do it | one, of when it was written                                                  |
| unpinned                             | that one goes                                                                |
| deleted                              | all of them go                                                               |

Rules: a ticket has them, and so has a post-mortem, of the comments on itself. A comment's mark is known by the comment
and by what follows `/timeline` in it, so that nothing is marked twice.
GitHub tells of pins by the webhook `issue_comment`; nothing is asked.
<https://docs.github.com/en/webhooks/webhook-events-and-payloads#issue_comment>
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from app.decisions.moving import same_issue
from app.domain.errors import UserError
from app.domain.history import OF_PEOPLE, Happened, Kind
from app.domain.issues import IssueRef
from app.domain.mail import Commented
from app.domain.wishes import CommandLine, MarkMoment

History = tuple[Happened, ...]

MOST: Final = 50
"""Marks of one ticket, and of one post-mortem."""
LONGEST: Final = 300
"""Characters of one."""


def marked(history: History, said: Commented, at: datetime, mark: str, text: str) -> History:
    """The history with one more mark. Raises UserError where it has no words, or there are enough."""
    if not text:
        raise UserError("Say what happened, behind `/timeline` or in the rest of the comment.")
    line = _line(said, Kind.NOTED, at, text, by=said.actor, mark=mark)
    known = [old for old in history if old.kind is Kind.NOTED and _is_mark(old, said, mark)]
    if not known and sum(old.kind in OF_PEOPLE for old in history) >= MOST:
        raise UserError(f"This timeline has {MOST} notes already. Delete comments of which it has no need.")
    return (*(old for old in history if old not in known), line)


def noted(history: History, wish: MarkMoment, line: CommandLine, said: Commented, at: datetime) -> History:
    """The history with what a line `/timeline` wants, of this moment. Raises UserError as `marked`.

    Without words of its own the line is about the whole comment, which may be older than it.
    """
    if wish.clock is None and not wish.text:
        at = said.written_at or said.at
    return marked(history, said, at, line.rest, wish.text or said.text)


def followed(history: History, said: Commented, issue: IssueRef | None) -> History:
    """The history of whoever has this issue after what became of a comment; see the module's table."""
    history = tuple(line for old in history for line in _as_it_is_now(old, said))
    its_own = issue is not None and same_issue(issue, said.issue)
    if said.action == "pinned" and its_own and said.text and not said.actor_is_bot:
        at = said.written_at or said.at
        history = (*history, _line(said, Kind.PINNED, at, said.text, by=said.author))
    return history


def _as_it_is_now(old: Happened, said: Commented) -> tuple[Happened, ...]:
    """What is left of a line of the history."""
    if not _is_of(old, said):
        return (old,)
    match said.action:
        case "edited":
            if old.kind is Kind.NOTED and old.mark not in said.marks:
                return ()
            whole = old.kind is Kind.PINNED or not old.mark
            return (msgspec.structs.replace(old, detail=_short(said.text)) if whole and said.text else old,)
        case "deleted":
            return ()
        case "pinned" | "unpinned" if old.kind is Kind.PINNED:
            return ()
        case _:
            return (old,)


def _line(said: Commented, kind: Kind, at: datetime, text: str, *, by: str, mark: str = "") -> Happened:
    link = f"{said.issue.url}#issuecomment-{said.comment_id}" if said.issue.url else ""
    return Happened(at=at, kind=kind, by=by, detail=_short(text), link=link, comment=said.comment_id, mark=mark)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _is_of(line: Happened, said: Commented) -> bool:
    return line.kind in OF_PEOPLE and line.comment == said.comment_id


def _is_mark(line: Happened, said: Commented, mark: str) -> bool:
    return _is_of(line, said) and line.mark == mark
