"""Suggesting: what the rules in the squad's file say of an error's impact.

| a rule names         | it holds where                                       | compared                               |
|----------------------|------------------------------------------------------|----------------------------------------|
| `level`,             | an alert says so; what that alert leaves out, the    | as `url:` in the owners map: one glob  |
| `environment`,       | ticket's first one says                              | over the whole; case does not count    |
| `error_type`         |                                                      |                                        |
| `app`                | it is the ticket's app, as routing finds it or a     | the same                               |
|                      | person named it                                      |                                        |
| `tags`               | the alert has each of these tags, else the first one | the same; case counts                  |
|                      | has                                                  |                                        |
| `users`              | so many at least are affected, by what the sender    |                                        |
|                      | has told                                             |                                        |
| `occurrences`        | so many at least were counted on the ticket          |                                        |

All that a rule names must hold, of one alert; of a list, one entry. What an alert does not say at all, no pattern
matches, not even `*`. Of the rules that hold for an alert the first one counts; of several alerts of one settle, the
strongest that comes of them. `annoying` is weaker than `unsure`, and that is weaker than `severe`.

| the ticket                                 | the rule suggests              | the rule sets                          |
|--------------------------------------------|--------------------------------|----------------------------------------|
| has no impact                              | shown, until somebody decides  | it has that impact                     |
| has a weaker one, by a rule or by its      | shown                          | it is raised                           |
| reporter                                   |                                |                                        |
| has one as strong, or stronger, by a rule  | nothing                        | nothing: no rule lowers                |
| or by its reporter                         |                                |                                        |
| was decided by somebody of the squad, by   | nothing                        | nothing, ever after                    |
| command or label                           |                                |                                        |
| is closed, and stays so                    | nothing                        | nothing                                |
| is silenced by the squad                   | nothing                        | nothing: they have agreed not to hear  |
|                                            |                                | of it; judged when that is over        |
| is a support ticket that is quiet          | nothing                        | nothing; judged when it is promoted    |
| is archived at the sender alone            | as where it is not             | as where it is not                     |

A reporter's first judgement is nobody's of the squad's, so a rule may raise it, and never lowers it. What a rule has
set holds from the moment its alert arrived: pings count from then on, and whoever confirms it calls nobody again.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec

from app.decisions.globs import glob
from app.decisions.routing import SQUAD_FILE, app_of
from app.domain.actions import Action, AdoptIssue, OpenIssue, Reopen
from app.domain.alerts import Alert, Impact
from app.domain.mail import AlertArrived, IssueChanged, Letter, Mail
from app.domain.mailboxes import URGENT
from app.domain.squad import Squad
from app.domain.squad_impact import ImpactRule, When
from app.domain.tickets import Counters, Ticket
from app.domain.triage import ByRule

_NAMES: Final = {"error_type": "error type"}


class Hearing:
    """The alerts of one settle, held against the squad's rules: `hear` each, then `judged` once."""

    def __init__(self, squad: Squad) -> None:
        self._squad = squad
        self._heard: set[tuple[int, ...]] = set()
        self._at: datetime | None = None

    def hear(self, mail: Mail, ticket: Ticket, received_at: datetime) -> None:
        """Note which rules the mail's alert fits, as far as texts go; most of a storm's alerts fit the same."""
        alert = mail.alert if isinstance(mail, AlertArrived | IssueChanged) else None
        if alert is not None and self._squad.impact:
            self._heard.add(_fitting(self._squad, alert, ticket))
            self._at = received_at

    def judged(self, before: Ticket, ticket: Ticket, actions: tuple[Action, ...], now: datetime) -> Ticket:
        """The ticket with what the rules say of it, now that everything was counted; see the module's tables."""
        heard_again = (before.silence is not None and ticket.silence is None) or (before.quiet and not ticket.quiet)
        news = ticket.counters != before.counters or heard_again
        if not self._squad.impact or not (self._heard or news) or not _is_open_to_rules(ticket, actions):
            return ticket
        heard = set(self._heard)
        if ticket.latest is not None:
            heard.add(_fitting(self._squad, ticket.latest, ticket))
        for fitting in sorted(heard):
            place = next((place for place in fitting if _counts(self._squad.impact[place].when, ticket)), None)
            if place is not None:
                ticket = _with_rule(ticket, place, self._squad.impact[place], self._at or now)
        return ticket


def calls_at_once(alert: Alert, squad: Squad) -> bool:
    """Whether the rules make this alert severe whatever its ticket is, unless a person has decided otherwise."""
    if not squad.impact:
        return False
    alone = Ticket(id=0, first=alert, counters=_alone(alert))
    fitting = _fitting(squad, alert, alone)
    first = next((squad.impact[place] for place in fitting if _counts(squad.impact[place].when, alone)), None)
    return first is not None and first.set is Impact.SEVERE


def ranked(letter: Letter, squad: Squad) -> Letter:
    """The letter, ahead of all routine ones where its alert calls at once: whichever way it comes in."""
    if not isinstance(letter.mail, AlertArrived) or not calls_at_once(letter.mail.alert, squad):
        return letter
    return msgspec.structs.replace(letter, priority=max(letter.priority, URGENT))


def described(when: When) -> str:
    """What a rule names, in words: ``level `fatal`, 100 users or more``."""
    texts = {name: getattr(when, name) for name in ("level", "environment", "app", "error_type")}
    said = [f"{_NAMES.get(name, name)} {_either(text)}" for name, text in texts.items() if text is not None]
    said += [f"tag `{name}` {_either(values)}" for name, values in (when.tags or {}).items()]
    counts = {"user": when.users, "occurrence": when.occurrences}
    said += [f"{least:,} {name}{'' if least == 1 else 's'} or more" for name, least in counts.items() if least]
    return ", ".join(said)


def _either(texts: tuple[str, ...]) -> str:
    return " or ".join(f"`{text}`" for text in texts)


def _alone(alert: Alert) -> Counters:
    return Counters(occurrences=1, users=alert.users)


def _is_open_to_rules(ticket: Ticket, actions: tuple[Action, ...]) -> bool:
    if ticket.decided_by or ticket.silence is not None or ticket.quiet:
        return False
    comes = any(isinstance(action, OpenIssue | AdoptIssue | Reopen) for action in actions)
    return ticket.is_open or comes


def _fitting(squad: Squad, alert: Alert, ticket: Ticket) -> tuple[int, ...]:
    """The rules, by their places, whose texts the alert fits."""
    alerts = (alert,) if ticket.first is None else (alert, ticket.first)
    told = {
        name: next((text for it in alerts if (text := str(getattr(it, name)))), "")
        for name in ("level", "environment", "error_type")
    }
    named = msgspec.structs.replace(alert, app=ticket.app_named or alert.app)
    told["app"] = app_of(named, squad)
    tags = next((it.tags for it in alerts if it.tags), ())
    return tuple(place for place, rule in enumerate(squad.impact) if _fits(rule.when, told, tags))


def _fits(when: When, told: dict[str, str], tags: tuple[tuple[str, str], ...]) -> bool:
    texts = all(
        _matches(patterns, (text,), case_counts=False)
        for name, text in told.items()
        if (patterns := getattr(when, name)) is not None
    )
    return texts and all(
        _matches(patterns, tuple(value for tag, value in tags if tag == name), case_counts=True)
        for name, patterns in (when.tags or {}).items()
    )


def _matches(patterns: tuple[str, ...], texts: tuple[str, ...], *, case_counts: bool) -> bool:
    return any(text and _compiled(pattern, case_counts).fullmatch(text) for pattern in patterns for text in texts)


@lru_cache(maxsize=1_024)
def _compiled(pattern: str, case_counts: bool) -> re.Pattern[str]:
    return glob(pattern, case_counts=case_counts)


def _counts(when: When, ticket: Ticket) -> bool:
    counters = ticket.counters
    return (counters.users or 0) >= (when.users or 0) and counters.occurrences >= (when.occurrences or 0)


def _with_rule(ticket: Ticket, place: int, rule: ImpactRule, at: datetime) -> Ticket:
    impact = rule.set or rule.suggest
    if impact is None or not impact.exceeds(ticket.impact):
        return ticket
    said = ByRule(impact=impact, rule=place + 1, source=SQUAD_FILE, when=described(rule.when), at=at)
    if rule.set is not None:
        return msgspec.structs.replace(ticket, impact=impact, set_by=said)
    if ticket.suggested is not None and not impact.exceeds(ticket.suggested.impact):
        return ticket
    return msgspec.structs.replace(ticket, suggested=said)
