"""What became of webhooks and of errors, as a run of `redeliver` tells it.

Rules: the counts come first, each on a line of its own; what is lost follows, with what can be done. Lists are cut, and
the cut is counted. Nobody is mentioned.
"""

from __future__ import annotations

from typing import Final

from app.domain.alerts import Alert
from app.domain.deliveries import Lost, Reckoning
from app.domain.ticketless import Ticketless
from app.texts.figures import count, instant, rest
from app.texts.markdown import (
    BLANK,
    BLANK_LINE,
    DOT,
    LINE,
    NOTHING,
    Markdown,
    code,
    fill,
    joined,
    link,
    literal,
    sentence,
    words,
)

_MOST: Final = 50


def summary(webhooks: Reckoning | None, errors: Ticketless | None, *, dry_run: bool) -> Markdown:
    """The run's summary; None for what was not looked at, for want of a key or a token."""
    title = literal("## Webhooks and errors")
    if dry_run:
        title = literal("## Webhooks and errors, a dry run: nothing was sent again")
    return joined([title, *_webhooks(webhooks, dry_run=dry_run), *_errors(errors)], BLANK_LINE)


def _webhooks(reckoning: Reckoning | None, *, dry_run: bool) -> list[Markdown]:
    if reckoning is None:
        return [
            literal(
                "**Webhooks were not looked at:** set the variable `PROD_SQUAD_APP_ID` and the secret "
                "`PROD_SQUAD_PRIVATE_KEY` to the App's own id and key."
            )
        ]
    lost, left = len(reckoning.lost), len(reckoning.left)
    parts = [
        fill("{n} sent", n=words(f"{reckoning.sent:,}")),
        fill("**{n} missed** at first", n=words(f"{reckoning.missed:,}")),
        fill("**{n} recovered**", n=words(f"{reckoning.recovered:,}")),
        fill("**{n} lost**", n=words(f"{lost:,}")),
        fill("{n} still open", n=words(f"{left:,}")) if left else NOTHING,
    ]
    again = count(len(reckoning.again), "webhook is", "webhooks are")
    to_send = fill("{n} to be sent again.", n=again) if dry_run and reckoning.again else NOTHING
    head = fill("**GitHub's webhooks of the last three days:** {parts}.", parts=joined(parts, DOT))
    return [
        joined([head, to_send], BLANK),
        _table(literal("Lost:"), reckoning.lost),
        _table(literal("Still open; the next run goes on there:"), reckoning.left),
    ]


def _table(head: Markdown, rows: tuple[Lost, ...]) -> Markdown:
    if not rows:
        return NOTHING
    lines = [
        fill(
            "| {at} | {event} | {guid} | {why} |",
            at=instant(row.first.at),
            event=words(row.first.event) or literal("–"),
            guid=code(row.first.guid),
            why=sentence(row.why),
        )
        for row in rows[:_MOST]
    ]
    titles = [literal("| Tried | Event | Delivery | Why |"), literal("|---|---|---|---|")]
    return joined([head, joined([*titles, *lines], LINE), rest(len(rows), _MOST)], BLANK_LINE)


def _errors(found: Ticketless | None) -> list[Markdown]:
    if found is None:
        return [
            literal(
                "**Sentry was not asked:** set `SENTRY_TOKEN`, `SENTRY_ORGANIZATION`, and in `SENTRY_SWEEP` which of "
                "its errors must have a ticket."
            )
        ]
    head = fill(
        "**Sentry's errors since {at}:** {seen} · **{n} without a ticket**.",
        at=instant(found.since),
        seen=words(f"{found.seen:,}"),
        n=words(f"{len(found.errors):,}"),
    )
    more = [
        NOTHING if found.complete else literal("Sentry lists more than one run reads; the oldest were left out."),
        fill("{n} can't be read.", n=count(found.unread, "error", "errors")) if found.unread else NOTHING,
    ]
    unseen = joined([fill("- {what}", what=sentence(what)) for what in found.unseen[:_MOST]], LINE)
    blind = joined([literal("Tickets that could not be looked at:"), unseen], BLANK_LINE) if unseen else NOTHING
    return [joined([head, *more], BLANK), *_listed(found.errors), blind]


def _listed(errors: tuple[Alert, ...]) -> list[Markdown]:
    if not errors:
        return []
    rows = [
        fill(
            "| {error} | {project} | {seen} | {n} |",
            error=link(words(alert.title, 120) or words(alert.sender_ref), alert.link),
            project=words(alert.project) or literal("–"),
            seen=instant(alert.occurred_at),
            n=words("–" if alert.sender_count is None else f"{alert.sender_count:,}"),
        )
        for alert in errors[:_MOST]
    ]
    head = [literal("| Error | Project | Last seen | Events |"), literal("|---|---|---|---|")]
    how = literal(
        "Each should have a ticket. If the App missed them, set `SENTRY_SWEEP` in its settings and it makes tickets of "
        "them within the hour. If it heard of them, its log and its dead letters say what became of them. If they need "
        "no ticket, narrow this job's `SENTRY_SWEEP`."
    )
    return [joined([*head, *rows], LINE), rest(len(errors), _MOST), how]
