"""A storm's ticket: its title, and the part of its body that the App keeps.

Rules: the same facts give the same bytes. What a rule suggests to be severe stands first, then what
occurred most often. A table has at most 50 rows, and fewer where the body would be too long; what is left out is
counted below it. Nobody is mentioned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from app.domain.alerts import Impact
from app.domain.storms import Beside, Division, Member, Storm
from app.domain.tickets import Ticket
from app.texts.body import Part
from app.texts.figures import count, instant
from app.texts.markdown import (
    BLANK,
    BLANK_LINE,
    COMMA,
    DOT,
    LINE,
    NOTHING,
    Markdown,
    code,
    fill,
    issue_link,
    joined,
    link,
    literal,
    words,
)
from app.texts.plain import one_line

_ROWS: Final = (50, 20, 5)
"""A table's rows, in the body's variants from the longest on."""
_MOST_OWNERS: Final = 30
_MOST_LISTED: Final = 30
_HEADLINE: Final = 120
_TITLE: Final = re.compile(r"Storm: [0-9,]+ new errors?(?: for \S+)? since [0-9: -]+ UTC")

_NOBODY: Final = literal("nobody")


def title(storm: Storm) -> str:
    """`Storm: 37 new errors since 2026-11-23 14:02 UTC`; an owner's part names the owner."""
    owner = one_line(storm.origin.owner or "nobody", 40) if storm.origin is not None else ""
    for_whom = f" for {owner}" if owner else ""
    errors = count(storm.errors, "new error", "new errors")
    return f"Storm: {errors}{for_whom} since {instant(storm.began_at)}"


def retitled(ticket: Ticket, shown: str) -> str | None:
    """The title a storm's issue shall have now; None where it has it, or somebody has given it another one."""
    if ticket.storm is None or not _TITLE.fullmatch(shown):
        return None
    now = title(ticket.storm)
    return now if now != shown else None


def part(ticket: Ticket, storm: Storm, agreed: tuple[Markdown, ...], markers: Markdown) -> Part:
    """What stands between the begin and end markers; `agreed` is what people decided about the storm."""
    counted = _counted(ticket, storm)
    head = [counted, _stands(ticket, storm), *agreed]
    if storm.division is not None and storm.division.parts:
        whole = joined([*head, _divided(storm.division), *_beside(storm), markers], BLANK_LINE)
        return Part(variants=(whole, joined([counted, markers], BLANK_LINE)))
    how_to = _how_to(storm) if storm.division is None else NOTHING
    rest = [_by_owner(storm), *_beside(storm), how_to, markers]
    variants = [joined([*head, *_table(storm, rows), *rest], BLANK_LINE) for rows in _ROWS]
    return Part(variants=(*variants, joined([counted, markers], BLANK_LINE)))


def _counted(ticket: Ticket, storm: Storm) -> Markdown:
    counters = ticket.counters
    errors = fill("**{n}** since {at}", n=count(storm.errors, "new error", "new errors"), at=instant(storm.began_at))
    if storm.division is not None and storm.division.parts:
        return errors
    here = NOTHING
    if storm.members:
        here = fill("{n} in this ticket", n=count(len(storm.members), "error", "errors"))
    times = fill("**{n}**", n=count(counters.occurrences, "occurrence", "occurrences"))
    last = fill("last seen {at}", at=instant(counters.last_seen)) if counters.last_seen is not None else NOTHING
    return joined([errors, here, times, last], DOT)


def _stands(ticket: Ticket, storm: Storm) -> Markdown:
    """Whether it goes on, and what that means."""
    division, origin = storm.division, storm.origin
    if division is not None:
        return fill("**Split** by {who} on {at}.", who=_person(division.by), at=instant(division.at))
    if origin is not None:
        whole = issue_link(origin.issue) if origin.issue is not None else literal("a storm")
        return fill("Of {whole}, this is what {who} answers for.", whole=whole, who=_person(origin.owner))
    why = fill(
        "More than {most} came within {minutes}, so one ticket takes them, and one ping went out for all.",
        most=words(f"{storm.most:,}"),
        minutes=_lasting(storm.within.total_seconds()),
    )
    if storm.over_at is None:
        goes_on = fill(
            "🌩️ **The storm goes on.** It is over when no new error has come for {minutes}.",
            minutes=_lasting(storm.within.total_seconds()),
        )
        return joined([goes_on, why], BLANK)
    over = fill(
        "**The storm is over.** Its last new error came {at}, {span} after the first.",
        at=instant(storm.newest_at),
        span=_lasting((storm.newest_at - storm.began_at).total_seconds()),
    )
    return joined([over, why], BLANK)


def _lasting(seconds: float) -> Markdown:
    minutes = round(seconds / 60)
    if minutes < 1:
        return count(round(seconds), "second", "seconds")
    return count(minutes, "minute", "minutes") if minutes < 120 else count(round(minutes / 60), "hour", "hours")


def _table(storm: Storm, rows: int) -> Iterator[Markdown]:
    listed = sorted(storm.members, key=lambda it: (it.impact is not Impact.SEVERE, -it.occurrences, it.ticket))
    if not listed:
        return
    head = [
        literal("| Who answers | Error | App | Occurrences | Users | Last seen | Sentry |"),
        literal("|---|---|---|---:|---:|---|---|"),
    ]
    yield joined([*head, *(_row(member) for member in listed[:rows])], LINE)
    if left := listed[rows:]:
        times = sum(member.occurrences for member in left)
        yield fill(
            "… and {n} with {times} more, those that occurred least often.",
            n=count(len(left), "error", "errors"),
            times=count(times, "occurrence", "occurrences"),
        )


def _row(member: Member) -> Markdown:
    error = words(member.headline, _HEADLINE)
    if member.impact is Impact.SEVERE:
        error = fill("{error} – **suggested: severe**", error=error)
    if member.resolved:
        error = fill("{error} – **resolved at Sentry**", error=error)
    page = link(literal("open"), member.link)
    return fill(
        "| {owner} | {error} | {app} | {times} | {users} | {seen} | {page} |",
        owner=_person(member.owner),
        error=error,
        app=words(member.app) or literal("–"),
        times=words(f"{member.occurrences:,}"),
        users=words(f"{member.users:,}") if member.users is not None else literal("–"),
        seen=instant(member.last_seen) if member.last_seen is not None else literal("–"),
        page=page if page != literal("open") else literal("–"),
    )


def _by_owner(storm: Storm) -> Markdown:
    sums: dict[str, tuple[str, int, int]] = {}
    for member in storm.members:
        name, errors, times = sums.get(member.owner.casefold(), (member.owner, 0, 0))
        sums[member.owner.casefold()] = (name, errors + 1, times + member.occurrences)
    if len(sums) < 2:
        return NOTHING
    ordered = sorted(sums.values(), key=lambda it: (-it[2], it[0]))
    lines = [
        fill("- {who}: {what}", who=_person(name), what=_sum(errors, times))
        for name, errors, times in ordered[:_MOST_OWNERS]
    ]
    if left := ordered[_MOST_OWNERS:]:
        what = _sum(sum(errors for _, errors, _ in left), sum(times for _, _, times in left))
        lines.append(fill("- {n}: {what}", n=count(len(left), "other owner", "other owners"), what=what))
    return joined([literal("**By owner:**"), joined(lines, LINE)], BLANK_LINE)


def _divided(division: Division) -> Markdown:
    lines = [
        fill(
            "- {who}: {what} until then, in {issue}",
            who=_person(part.owner),
            what=_sum(part.errors, part.occurrences),
            issue=issue_link(part.issue) if part.issue is not None else literal("a ticket that is being opened"),
        )
        for part in division.parts[:_MOST_OWNERS]
    ]
    if left := division.parts[_MOST_OWNERS:]:
        what = _sum(sum(part.errors for part in left), sum(part.occurrences for part in left))
        lines.append(fill("- {n}: {what}", n=count(len(left), "other owner", "other owners"), what=what))
    return joined([literal("**Where its errors went:**"), joined(lines, LINE)], BLANK_LINE)


def _sum(errors: int, times: int) -> Markdown:
    return joined([count(errors, "error", "errors"), count(times, "occurrence", "occurrences")], COMMA)


def _beside(storm: Storm) -> Iterator[Markdown]:
    if storm.before:
        yield _listed(literal("**Just before, with tickets of their own:**"), storm.before)
    if storm.own:
        yield _listed(literal("**Since then, with tickets of their own:**"), storm.own)


def _listed(what: Markdown, beside: tuple[Beside, ...]) -> Markdown:
    links = [issue_link(it.issue) for it in beside[:_MOST_LISTED] if it.issue is not None]
    left = len(beside) - len(links)
    more = count(left, "other", "others") if links else count(left, "error", "errors")
    return fill("{what} {links}.", what=what, links=joined([*links, more if left else NOTHING], COMMA))


def _person(login: str) -> Markdown:
    return code(f"@{login}") if login else _NOBODY


def _how_to(storm: Storm) -> Markdown:
    if len({member.owner.casefold() for member in storm.members}) > 1:
        split = literal("`/split` gives each owner one ticket with their errors, and closes this one.")
    else:
        split = literal("`/split` opens a ticket for each of these errors, and closes this one.")
    return joined(
        [
            literal("<details><summary>How to go on</summary>"),
            joined(
                [
                    literal(
                        "- **How bad is it?** Decide with `/impact unsure`, `/impact annoying` or `/impact severe`; "
                        "`/ack` says that you are on it. `/help` shows all commands."
                    ),
                    fill("- **More than one cause?** {split}", split=split),
                    literal(
                        "- **One cause, and fixed?** Close this ticket. An error that occurs after that gets a ticket "
                        "of its own; the others stay quiet."
                    ),
                    literal("- **Write above or below this part**: only this part is rewritten."),
                ],
                LINE,
            ),
            literal("</details>"),
        ],
        BLANK_LINE,
    )
