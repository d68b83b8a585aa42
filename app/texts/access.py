"""The one comment on a new squad member's checklist, and what a run tells.

Rules: nobody is mentioned but in a reminder's first line and in the last word. It says of each line whether it is
done, what the job saw, and what it can't see. An e-mail address stands in none. The marker keeps how things stood, by
which the next run knows the comment, and whether there is anything new to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final, assert_never

import msgspec

from app.domain.access import (
    OPTIONAL,
    AccessRun,
    AccessStep,
    Finish,
    Item,
    Line,
    RemindOfAccess,
    Report,
    Rolling,
    Sight,
    Tell,
)
from app.domain.facts import Fact
from app.domain.listed import Remark
from app.texts.figures import count, instant
from app.texts.markdown import (
    BLANK,
    BLANK_LINE,
    COMMA,
    LINE,
    NOTHING,
    Markdown,
    code,
    fill,
    hidden,
    issue_link,
    joined,
    literal,
    mention,
    sentence,
    words,
)

_MARK: Final = re.compile(r"^<!-- prod-squad:v1:access=(\{.*\}) -->\r?$", re.MULTILINE)
_MOST: Final = 50

NAMES: Final[Mapping[Item, Markdown]] = {
    Item.EMAIL: literal("E-mail"),
    Item.GITHUB: literal("GitHub"),
    Item.PAGERDUTY: literal("PagerDuty"),
    Item.LOGS: literal("CloudWatch logs"),
    Item.SENTRY: literal("Sentry"),
    Item.AWS: literal("AWS"),
    Item.SSH: literal("SSH"),
    Item.DEPLOYMENT: literal("Deployment repository"),
    Item.PRODUCTION: literal("Production"),
}
_ONLY_YOU: Final = literal("only you can tell")
_SEEN: Final[Mapping[Item, Markdown]] = {
    Item.EMAIL: literal("the squad's file has your address"),
    Item.GITHUB: literal("you may label and assign here"),
    Item.PAGERDUTY: literal("there is a user with your address"),
    Item.SENTRY: literal("there is a member with your address"),
    Item.DEPLOYMENT: literal("you may read it"),
}
_ABSENT: Final[Mapping[Item, Markdown]] = {
    Item.EMAIL: literal("**your address in the squad's file is of another domain**"),
    Item.GITHUB: literal("**not there yet:** it takes the role triage here, and the squad's team where it has one"),
    Item.PAGERDUTY: literal("**not there yet:** no user has your address"),
    Item.SENTRY: literal("**not there yet:** no member has your address"),
    Item.DEPLOYMENT: literal("**not there yet:** you may not read it"),
}
_BLIND: Final[Mapping[Sight, Markdown]] = {
    Sight.PEOPLE: _ONLY_YOU,
    Sight.NO_ADDRESS: literal("can't be seen: your address does not stand in the squad's file, below `people`"),
    Sight.NOT_ASKED: literal("can't be seen: the job has no token for it"),
    Sight.NOT_SET: literal("can't be seen: the squad's file does not say which one it is"),
    Sight.REFUSED: literal("could not be asked; the job's run says why"),
}


class _Mark(Fact, frozen=True, kw_only=True):
    n: int
    report: Report
    since: datetime | None = None


def comment(step: AccessStep) -> Markdown:
    """The comment as it is to stand from now on."""
    report = step.report
    known = _Mark(n=0, report=report)
    if not isinstance(step, Finish):
        known = _Mark(n=step.number, report=report, since=step.since)
    mark = hidden("access", msgspec.json.encode(known).decode())
    return joined([*_head(step), _table(report), *_how(report), mark], BLANK_LINE)


def _head(step: AccessStep) -> tuple[Markdown, ...]:
    report = step.report
    match step:
        case Finish():
            word = fill("{who}: all there. Welcome to the squad!", who=mention(report.person))
            return (word, *_not_yet(report))
        case RemindOfAccess():
            who = joined([mention(each) for each in step.who], BLANK)
            left = joined([NAMES[line.item] for line in report.open], COMMA)
            told = fill("Nobody has done anything here since **{at}**.", at=instant(step.since))
            if step.number > 1:
                told = joined([fill("This is reminder {n}.", n=words(str(step.number))), told], BLANK)
            return fill("{who}: still to be had: {left}.", who=who, left=left), told
        case Tell():
            left = count(len(report.open), "line is", "lines are")
            return (fill("**{left} left** for {who}.", left=left, who=code(f"@{report.person}")),)
        case _:  # pragma: no cover
            assert_never(step)


def _not_yet(report: Report) -> tuple[Markdown, ...]:
    if all(line.ticked for line in report.lines):
        return ()
    return (literal("Production may come later; you can do without it on the squad."),)


def _table(report: Report) -> Markdown:
    rows = [
        fill("| {mark} | {name} | {seen} |", mark=_box(line), name=_name(line), seen=_sight(line))
        for line in report.lines
    ]
    return joined([literal("| | Access | What the job sees |"), literal("|---|---|---|"), *rows], LINE)


def _box(line: Line) -> Markdown:
    if line.ticked:
        return literal("✅")
    return literal("⬜") if line.open else literal("–")


def _name(line: Line) -> Markdown:
    if line.item in OPTIONAL:
        return fill("{name} (may come later)", name=NAMES[line.item])
    return NAMES[line.item]


def _sight(line: Line) -> Markdown:
    seen = _BLIND.get(line.sight) or (_SEEN if line.sight is Sight.SEEN else _ABSENT).get(line.item, _ONLY_YOU)
    if not line.missing:
        return seen
    return fill("{seen}; its line is gone from the issue: put it back", seen=seen)


def _how(report: Report) -> tuple[Markdown, ...]:
    if not report.open:
        return ()
    return (
        literal(
            "Tick what you have; what the job sees it ticks by itself, and it never takes a tick away. For what you "
            "can't get, talk to your tech lead. The issue is closed when all is ticked."
        ),
    )


def rolling_in(remark: Remark) -> Rolling | None:
    """The comment that a bot's remark is; None where it is another one."""
    found = _MARK.search(remark.text)
    if found is None:
        return None
    try:
        mark = msgspec.json.decode(found[1], type=_Mark)
    except msgspec.DecodeError:
        return None
    return Rolling(comment=remark.ref, at=remark.at, number=mark.n, report=mark.report, since=mark.since)


def summary(run: AccessRun, *, dry_run: bool) -> Markdown:
    """The run's summary."""
    title = literal("## Access, a dry run: nothing was written") if dry_run else literal("## Access")
    left = [fill("- {issue}: {why}", issue=issue_link(it.issue), why=sentence(it.why)) for it in run.left[:_MOST]]
    blind = [fill("- {what}", what=sentence(what)) for what in run.blind[:_MOST]]
    unread = [fill("- {issue}", issue=issue_link(it)) for it in run.unread[:_MOST]]
    return joined(
        [
            title,
            _listed(fill("**Left undone: {n}.**", n=count(len(run.left), "checklist", "checklists")), left),
            fill("{n} looked at.", n=count(run.seen, "open checklist was", "open checklists were")),
            _steps(run),
            _listed(literal("What could not be asked:"), blind),
            _listed(literal("With the label, and without a line of the form:"), unread),
        ],
        BLANK_LINE,
    )


def off() -> Markdown:
    """What is told where the squad's file has no such section."""
    return literal("## Access\n\nSwitched off: the squad's file has no section `access`.")


def _listed(head: Markdown, lines: list[Markdown]) -> Markdown:
    return joined([head, joined(lines, LINE)], BLANK_LINE) if lines else NOTHING


def _steps(run: AccessRun) -> Markdown:
    if not run.steps:
        return NOTHING
    rows = [
        fill(
            "| {issue} | {who} | {what} | {ticked} | {left} |",
            issue=issue_link(step.issue),
            who=code(f"@{step.report.person}"),
            what=_done(step),
            ticked=joined([NAMES[item] for item in step.ticks], COMMA) or literal("–"),
            left=words(str(len(step.report.open))),
        )
        for step in run.steps[:_MOST]
    ]
    head = [literal("| Checklist | Whose | Done | Ticked | Left |"), literal("|---|---|---|---|---|")]
    return joined([*head, *rows], LINE)


def _done(step: AccessStep) -> Markdown:
    match step:
        case Finish():
            return literal("closed")
        case RemindOfAccess():
            return fill("reminded: {who}", who=joined([code(f"@{who}") for who in step.who], BLANK))
        case Tell():
            return literal("told")
        case _:  # pragma: no cover
            assert_never(step)
