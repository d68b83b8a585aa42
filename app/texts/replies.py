"""Answers to commands. Each ends with the marker of its operation, by which a retry finds it.

Rules: a command that was carried out gets a sign and no words, but where something must be known about it. A refusal
says what to do instead. Nobody is mentioned: whoever asked is told by GitHub, since the comment stands on their ticket.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.domain.duty import Handover
from app.domain.facts import Fact
from app.domain.tickets import Routing
from app.domain.triage import Over, Silence
from app.texts.figures import instant
from app.texts.markdown import (
    BLANK_LINE,
    LINE,
    NOTHING,
    Markdown,
    code,
    fill,
    joined,
    literal,
    marker,
    remark,
    sentence,
    words,
)

_OVER: Final = {
    Over.TIME: literal("its end was reached"),
    Over.OCCURRENCES: literal("the error occurred as often as agreed"),
    Over.USERS: literal("as many users as agreed are affected"),
    Over.ESCALATING: literal("the sender says that the error escalates"),
    Over.SENDER: literal("the error was brought back at the sender"),
}


class Shown(Fact, frozen=True, kw_only=True):
    """One command, as help shows it."""

    usage: str
    help: str
    examples: tuple[str, ...] = ()


def refusal(why: str, operation: str) -> Markdown:
    """Why a command was not carried out, and what to do instead."""
    return remark([sentence(why)], operation)


def help_of(commands: Sequence[Shown], operation: str) -> Markdown:
    """All commands in a list, or one with its examples."""
    lines = [fill("- {usage}: {help}", usage=code(it.usage), help=sentence(it.help)) for it in commands]
    if len(commands) == 1:
        lines += [fill("  - {example}", example=code(example)) for example in commands[0].examples]
    return joined([joined(lines, LINE), marker(operation)], BLANK_LINE)


def explained(routing: Routing, why: str, operation: str, impact: Markdown = NOTHING) -> Markdown:
    """Why the ticket went where it did, and has its impact; `why` is `decisions/routing.py`'s sentence."""
    notes = [sentence(note) for note in routing.notes]
    return remark([fill("It went where the map says: {why}.", why=code(why)), *notes, impact], operation)


def handed_over(handover: Handover, operation: str) -> Markdown:
    """Who is on duty from now on."""
    duty = handover.now
    pair = fill(
        "On duty now: {primary} as primary, {secondary} as secondary.",
        primary=_person(duty.primary),
        secondary=_person(duty.secondary),
    )
    unchanged = NOTHING if handover.changed else literal("That changes nobody's place.")
    return remark([unchanged, pair, *(sentence(note) for note in duty.notes)], operation)


def silenced_here_only(operation: str) -> Markdown:
    """The sender is not told."""
    return remark(
        [
            literal(
                "Silenced here. The sender goes on as before: the App has no token for it, or the error is not its own."
            )
        ],
        operation,
    )


def silence_over(silence: Silence, over: Over, operation: str) -> Markdown:
    """The error is heard again, and still alive."""
    return remark(
        [
            fill("🔔 **The silence is over**: {why}.", why=_OVER[over]),
            fill("{who} had asked for it on {at}: {reason}", who=_person(silence.by), at=instant(silence.at),
                 reason=words(silence.reason)),
        ],
        operation,
    )  # fmt: skip


def _person(login: str) -> Markdown:
    return code(f"@{login}") if login else literal("nobody")
