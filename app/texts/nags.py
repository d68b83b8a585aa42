"""The reminder of a ticket that nobody touches, and what is said when one is closed.

Rules: everybody who is reminded is mentioned in its first line, at most 25 people, and nobody anywhere else. It says
what the next step is, since when nothing happened, how to take it, and how to be left alone. A reminder carries a
hidden marker by which the next run of the job knows it.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

import msgspec

from app.domain.alerts import Impact
from app.domain.facts import Fact
from app.domain.listed import Remark
from app.domain.nagging import CloseStale, Remind, Reminder, Step
from app.domain.triage import MOST_MENTIONS
from app.texts.figures import instant
from app.texts.markdown import BLANK, BLANK_LINE, NOTHING, Markdown, fill, hidden, joined, literal, mention, words

_NAG: Final = re.compile(r"^<!-- prod-squad:v1:nag=(\{.*\}) -->\r?$", re.MULTILINE)

_ASKS: Final = {
    Step.ACKNOWLEDGE: literal("you were asked to look at this, and nobody has answered."),
    Step.DECIDE: literal("please decide how bad this is. Is it going to hurt somebody, or is it just noise?"),
    Step.JUDGE: literal("the squad was not sure about this and waits for your word: how bad is it?"),
    Step.MEND: literal("**this is severe, and nothing has happened.** Is it being mended?"),
    Step.TIDY: literal("this annoys people. Fix it, catch it in the code, or silence it."),
}
_HOW: Final = {
    Step.ACKNOWLEDGE: literal("Say `/ack` when you are on it, or decide with `/impact severe|annoying|unsure`."),
    Step.DECIDE: literal(
        "`/impact severe`, `/impact annoying` or `/impact unsure` decides; `/ack` says you are on it."
    ),
    Step.JUDGE: literal("`/impact severe` or `/impact annoying` decides; `/ack` says that you are on it."),
    Step.MEND: literal("Say `/ack` with a word on how it stands, `/impact …` if it is not severe, or close it."),
    Step.TIDY: literal(
        "`/fix` takes it, `/rescue <where>` says that it is caught in the code, `/silence 30d <reason>` quiets it."
    ),
}
_LEAVE: Final = literal("Planned for later? Give it a milestone or the label `keep`, and it is left alone.")


class _Mark(Fact, frozen=True, kw_only=True):
    n: int
    closes: datetime | None = None


def reminder(nag: Remind) -> Markdown:
    """The comment that reminds."""
    people = joined([mention(who) for who in nag.who[:MOST_MENTIONS]], BLANK)
    asks = _ASKS[nag.step]
    first = fill("{who}: {asks}", who=people, asks=asks) if people else fill("Nobody owns this: {asks}", asks=asks)
    severe = literal("🚨") if nag.impact is Impact.SEVERE else NOTHING
    told = [fill("Nobody has done anything here since **{at}**.", at=instant(nag.since)), _HOW[nag.step]]
    if nag.number > 1:
        told.insert(1, fill("This is reminder {n}.", n=words(str(nag.number))))
    if nag.impact is not Impact.SEVERE:
        told.append(_LEAVE)
    if nag.closes_at is not None:
        told.append(
            fill(
                "Without a sign it is **closed as not planned** on {at}; it is still counted then.",
                at=instant(nag.closes_at),
            )
        )
    mark = hidden("nag", msgspec.json.encode(_Mark(n=nag.number, closes=nag.closes_at)).decode())
    return joined([joined([severe, first], BLANK), joined(told, BLANK), mark], BLANK_LINE)


def closing(stale: CloseStale) -> Markdown:
    """Why the ticket is closed."""
    return joined(
        [
            fill(
                "Closed as announced on {announced}: nobody has done anything here since {since}.",
                announced=instant(stale.announced_at),
                since=instant(stale.since),
            ),
            literal("The error is still counted. Reopen the ticket if somebody wants to mend it."),
        ],
        BLANK,
    )


def reminder_in(remark: Remark) -> Reminder | None:
    """The reminder that a bot's comment is; None where it is none."""
    found = _NAG.search(remark.text)
    if found is None:
        return None
    try:
        mark = msgspec.json.decode(found[1], type=_Mark)
    except msgspec.DecodeError:
        return None
    return Reminder(comment=remark.ref, at=remark.at, number=mark.n, closes_at=mark.closes)
