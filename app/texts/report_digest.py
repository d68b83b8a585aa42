"""A lead's digest: what annoys, by app, with what it costs users and the steps that end it.

Rules: the lead alone is mentioned. Steps are commands to paste into the ticket, for GitHub fills in no comment by a
link; the link to GitHub's own list, where many are chosen and closed or planned at once, is the one click.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from app.domain.report_items import Batch, Item, Why
from app.texts.figures import count, rest, sparkline
from app.texts.markdown import BLANK, BLANK_LINE, NOTHING, Markdown, fill, joined, literal, words
from app.texts.report_frame import Written, box, listed_at, numbers, people, section

_EPOCH: Final = date(1970, 1, 1)
_FORTNIGHT: Final = 14
_WHY: Final = {
    Why.NEW: literal("**new**"),
    Why.REOPENED: literal("🔁 **reopened**"),
    Why.AGAIN: NOTHING,
    Why.LEFT: literal("left over"),
}
_STEPS: Final = literal(
    "**To end one**, paste into its ticket:\n"
    "- `/fix` – you mend it.\n"
    "- `/rescue <where>` – it is caught in the code, and its sender hears no more of it.\n"
    "- `/silence 30d <reason>` – quiet for so long, at its sender, too."
)


def written(batch: Batch, ticked: frozenset[int], ticket_label: str) -> Written:
    """The report."""
    items = [it for _, its in batch.apps for it in its]
    who = batch.mark.who
    what = fill(
        "{who} {n}: either mend or silence each. Tick what is settled.",
        who=people([who]),
        n=count(len(items), "error of yours annoys people", "errors of yours annoy people"),
    )
    return Written(
        mark=batch.mark,
        title=f"Digest for {who}, {batch.mark.key}",
        greeting=what if items else fill("{who} all of this is settled. 🎉", who=people([who])),
        variants=tuple(_text(batch, ticked, ticket_label, most=most) for most in (30, 10, 3)),
        assignees=(who,),
    )


def _text(batch: Batch, ticked: frozenset[int], ticket_label: str, *, most: int) -> Markdown:
    apps = [
        section(
            fill("### {app}", app=words(app) or literal("No app")),
            items,
            lambda it: _line(it, ticked, batch.mark.until),
            most=most,
        )
        for app, items in batch.apps[:most]
    ]
    if not batch.apps:
        return NOTHING
    more = rest(len(batch.apps), most, "more app", "more apps")
    return joined([*apps, more, _STEPS, _all_of_them(batch, ticket_label)], BLANK_LINE)


def _line(item: Item, ticked: frozenset[int], now: datetime) -> Markdown:
    row = item.row
    return box(
        row,
        ticked,
        _WHY[item.why],
        numbers(row),
        _trend(row.days, now),
    )


def _trend(days: tuple[tuple[int, int], ...], now: datetime) -> Markdown:
    """`▁▁▂█ 12 in the last 7 days, 3 in the 7 before`."""
    by_day = dict(days)
    today = (now.date() - _EPOCH).days
    counts = [by_day.get(day, 0) for day in range(today - _FORTNIGHT + 1, today + 1)]
    if not any(counts):
        return NOTHING
    last, before = sum(counts[7:]), sum(counts[:7])
    told = fill(
        "{last} in the last 7 days, {before} in the 7 before", last=words(f"{last:,}"), before=words(f"{before:,}")
    )
    return joined([sparkline(counts), told], BLANK)


def _all_of_them(batch: Batch, ticket_label: str) -> Markdown:
    query = f'is:open label:"{ticket_label}" label:"impact:annoying" assignee:{batch.mark.who} -label:silenced'
    url = batch.apps[0][1][0].row.issue.url
    told = fill(
        "**Many at once:** choose them in {list}, and close or plan them there.",
        list=listed_at(url, query, literal("the list of all of yours that annoy")),
    )
    more = fill("{n}, with nothing new.", n=count(batch.others, "more is in it", "more are in it"))
    return joined([told, more if batch.others else NOTHING], BLANK)
