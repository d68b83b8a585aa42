"""Routing: who answers for an error, by the owners map.

**The rule, in one sentence: the last line of the map that matches the error wins, and of its stack trace only one
frame is looked at: the innermost of the app's own that somebody owns.**

What of an alert is matched:

| fact   | which one, in order of trust                                           | by lines          |
|--------|------------------------------------------------------------------------|-------------------|
| app    | the one a person named; the squad's app for the sender's project; else | `app:`            |
|        | the project's slug                                                     |                   |
| frame  | the innermost in-app frame for which the last line that matches names  | paths, `path:`,   |
|        | somebody; else the innermost that a line without an owner matches      | `module:`         |
| URL    | the one the failing request was for                                    | `url:`            |
| tags   | all that the sender gave                                               | `tags.NAME:`      |
| itself | every error                                                            | `*`               |

Only the file's order decides between the facts, as in CODEOWNERS and at Sentry. One frame, because a later line for
code that every request runs through (a middleware) would else win all errors; a frame that no line but `*` matches,
or whose line clears ownership, says nothing about who answers, so the one that called it is looked at.

Who answers, the lead first, then who is next in line:

| what the winning line says             | the lead                                                            |
|----------------------------------------|---------------------------------------------------------------------|
| `@login`                               | that person                                                         |
| `@org/team`                            | the lead in the squad's file of the team with this `github`         |
| an e-mail address                      | the login in the squad's file of the person with this `email`       |
| no owner, in a section                 | the section's lead: its heading's owner, else the lead in the       |
|                                        | squad's file of the team with this name                             |
| no owner otherwise, or no line matches | the project's tech lead: the owners of the last line for everything |

After the lead come the line's further owners, the section's lead and the project's tech lead. Whoever can't be
resolved is left out, and a note says how to put that right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from operator import itemgetter
from typing import Final

from app.decisions.matching import CompiledMap, trace_path
from app.decisions.overriding import overriding
from app.domain.alerts import Alert, Frame
from app.domain.facts import Fact
from app.domain.owners import Fault, Kind, Rule
from app.domain.squad import Squad
from app.domain.tickets import Routing

MAP: Final = ".github/PRODOWNERS"
SQUAD_FILE: Final = ".github/prod-squad.yml"
_FIRST_LINE: Final = "Begin the file with the line “* @login”, naming the project's tech lead."


class _Match(Fact, frozen=True, kw_only=True):
    """A line of the map, by its place among the rules, and the text of the alert that it matched."""

    index: int
    text: str


class _Owner(Fact, frozen=True, kw_only=True):
    """An owner as written in the map, and where; a lead of the squad's file has no line."""

    text: str
    line: int


class People:
    """Who is meant by what stands in a map, by the squad's file."""

    def __init__(self, squad: Squad) -> None:
        self._teams = {f"@{team.github}".casefold(): team for team in squad.teams if team.github}
        self._sections = {team.name.casefold(): team.lead for team in squad.teams}
        self._addresses = {person.email.casefold(): person.login for person in squad.people if person.email}

    def login_of(self, owner: str) -> str:
        """The login behind `@login`, `@org/team` or an e-mail address; empty where the squad's file does not say."""
        if "/" in owner:
            team = self._teams.get(owner.casefold())
            return team.lead if team is not None else ""
        return owner[1:] if owner.startswith("@") else self._addresses.get(owner.casefold(), "")

    def lead_of(self, section: str) -> str:
        """The lead of the team with this name; empty where the squad's file does not say."""
        return self._sections.get(section.casefold(), "")

    def team_of(self, owner: str) -> str:
        """The name of the team behind `@org/team`; empty where the squad's file does not say."""
        team = self._teams.get(owner.casefold())
        return team.name if team is not None else ""


def route(alert: Alert, owners: CompiledMap, squad: Squad) -> Routing:
    """Who answers for this error, and why; see the module's rule. Never raises: what is missing is in the notes."""
    people = People(squad)
    app = app_of(alert, squad)
    found = _winner(alert, app, owners, people)
    if found is None:
        return Routing(app=app, source=owners.owners.source, notes=(_nobody(owners),))
    rule = owners.rule(found.index)
    line = _line_of_succession(rule, owners, people)
    logins, notes = _resolved(line, people, owners.owners.source)
    if not _is_owned(rule, owners, people):
        notes = [_cleared(rule, owners, is_answered=bool(logins)), *notes]
    if not logins:
        notes.append(_nobody(owners))
    return Routing(
        owners=logins,
        app=app,
        team=rule.section or next((name for name in map(people.team_of, rule.owners) if name), ""),
        source=owners.owners.source,
        line=rule.line,
        pattern=rule.text,
        matched=found.text,
        notes=tuple(notes),
    )


def tech_lead(owners: CompiledMap, squad: Squad) -> str:
    """The login of the project's tech lead, the first owner of the last line for everything; empty: there is none."""
    if owners.everything is None:
        return ""
    people = People(squad)
    return next((login for login in map(people.login_of, owners.rule(owners.everything).owners) if login), "")


def explained(routing: Routing) -> str:
    """The routing in one line for a terminal: ``line 7 `app:Certification*` → @alex, then @nick``."""
    cause = f"line {routing.line} `{routing.pattern}`" if routing.line else "no line"
    return f"{cause} → {', then '.join(f'@{owner}' for owner in routing.owners) or 'nobody'}"


def checked(owners: CompiledMap, squad: Squad, known_logins: Collection[str] | None = None) -> tuple[Fault, ...]:
    """What is wrong with a map that reads without faults, each once, in the order of its lines.

    Lines that a later one leaves nothing to match; teams and addresses that lead to nobody; sections without a lead;
    apps of the squad's file that only the line for everything owns. `known_logins`, where given, are all who can be
    assigned: whoever else the map leads to is a fault, too.
    """
    faults = [*_shadowed(owners), *_unknown(owners, People(squad), known_logins), *_leaderless(owners, People(squad))]
    if owners.everything is None:
        faults.insert(0, (0, f"What no line matches, nobody answers for. {_FIRST_LINE}"))
    faults += [(0, message) for message in _unowned_apps(owners, squad)]
    source = owners.owners.source
    return tuple(Fault(line=line, message=message, path=source) for line, message in sorted(faults, key=itemgetter(0)))


def _shadowed(owners: CompiledMap) -> Iterator[tuple[int, str]]:
    everything = owners.everything
    above = [rule.line for rule in owners.owners.rules[: everything or 0]]
    if everything is not None and above:
        rule = owners.rule(everything)
        lines = f"line {above[0]}" if len(above) == 1 else f"any of the {len(above)} lines above it"
        yield rule.line, f"“{rule.text}” matches everything, so {lines} never applies. Move it to the top of the file."
    for index, later in overriding(owners).items():
        if later != everything:
            rule = owners.rule(index)
            line = f"line {owners.rule(later).line} “{owners.rule(later).text}”"
            yield rule.line, f"“{rule.text}” never applies: all it matches goes to later lines, among them {line}."


def _unknown(owners: CompiledMap, people: People, known: Collection[str] | None) -> Iterator[tuple[int, str]]:
    logins = {login.casefold() for login in known or ()}
    first: dict[str, _Owner] = {}
    written = [(heading.line, heading.owners) for heading in owners.owners.headings]
    written += [(rule.line, rule.owners) for rule in owners.owners.rules]
    for line, texts in sorted(written):
        for text in texts:
            first.setdefault(text.casefold(), _Owner(text=text, line=line))
    for owner in first.values():
        login = people.login_of(owner.text)
        if not login:
            yield owner.line, _unresolved(owner.text)
        elif known is not None and login.casefold() not in logins:
            meant = "" if owner.text == f"@{login}" else f", whom {SQUAD_FILE} names for {owner.text},"
            yield owner.line, f"@{login}{meant} can't be assigned here. Name somebody with access to the repository."


def _leaderless(owners: CompiledMap, people: People) -> Iterator[tuple[int, str]]:
    for heading in owners.owners.headings:
        lines = [rule.line for rule in owners.owners.rules if rule.section == heading.name and not rule.owners]
        if lines and not _section_lead(heading.name, owners, people):
            yield (
                heading.line,
                f"{heading.name} has no lead, so nobody owns line {lines[0]}. Write “[{heading.name}] @lead”, or name "
                f"the lead below “teams:” in {SQUAD_FILE}.",
            )


def _unowned_apps(owners: CompiledMap, squad: Squad) -> Iterator[str]:
    people = People(squad)
    for app in squad.apps:
        match = _text(owners, Kind.APP, app.name, app.name)
        above = match is not None and owners.everything is not None and match.index < owners.everything
        if match is None or above or not _is_owned(owners.rule(match.index), owners, people):
            projects = f" ({', '.join(app.projects)} at its sender)" if app.projects else ""
            name = app.name.replace("\\", "\\\\").replace(" ", "\\ ")
            yield f"No line owns the app {app.name}{projects}. Add “app:{name}” below its team's heading."


def app_of(alert: Alert, squad: Squad) -> str:
    """The app's name: as a person named it, spelt as in the squad's file; else the squad's for the project; else
    the project's slug."""
    named = " ".join(alert.app.split())
    if named:
        return next((app.name for app in squad.apps if app.name.casefold() == named.casefold()), named)
    known = squad.app_of(alert.project)
    return known.name if known is not None else alert.project


def _winner(alert: Alert, app: str, owners: CompiledMap, people: People) -> _Match | None:
    """The last line that matches the alert."""
    matches = [_frame(alert, owners, people), _everything(alert, app, owners)]
    if app:
        matches.append(_text(owners, Kind.APP, app, f"app:{app}"))
    if alert.url:
        matches.append(_text(owners, Kind.URL, alert.url, alert.url))
    matches += [_text(owners, Kind.TAG, value, f"tags.{name}:{value}", tag=name) for name, value in alert.tags]
    return max((match for match in matches if match is not None), key=lambda match: match.index, default=None)


def _text(owners: CompiledMap, kind: Kind, text: str, shown: str, tag: str = "") -> _Match | None:
    index = owners.last_text(kind, (text,), tag)
    return _Match(index=index, text=shown) if index is not None else None


def _everything(alert: Alert, app: str, owners: CompiledMap) -> _Match | None:
    if owners.everything is None:
        return None
    inner = next((frame for frame in reversed(alert.frames) if frame.in_app and frame.path), None)
    shown = owners.in_repository(trace_path(inner.path)) if inner is not None else f"app:{app}" if app else ""
    return _Match(index=owners.everything, text=shown)


def _frame(alert: Alert, owners: CompiledMap, people: People) -> _Match | None:
    """The last line for the innermost in-app frame that somebody owns; else for the innermost that a line clears."""
    cleared = None
    for frame in reversed(alert.frames):
        match = _line_for(frame, owners) if frame.in_app else None
        if match is not None:
            if _is_owned(owners.rule(match.index), owners, people):
                return match
            cleared = cleared or match
    return cleared


def _line_for(frame: Frame, owners: CompiledMap) -> _Match | None:
    matches = []
    if frame.path:
        sent = trace_path(frame.path)
        path = owners.in_repository(sent)
        by_path = owners.last_path(path)
        by_glob = owners.last_text(Kind.PATH, dict.fromkeys((path, sent.path, f"/{sent.path}", frame.path)))
        matches += [_Match(index=index, text=path) for index in (by_path, by_glob) if index is not None]
    if frame.module:
        by_module = owners.last_text(Kind.MODULE, (frame.module,))
        matches += [_Match(index=by_module, text=f"module:{frame.module}")] if by_module is not None else []
    return max(matches, key=lambda match: match.index, default=None)


def _is_owned(rule: Rule, owners: CompiledMap, people: People) -> bool:
    return bool(rule.owners or _section_lead(rule.section, owners, people))


def _section_lead(section: str, owners: CompiledMap, people: People) -> list[_Owner]:
    heading = owners.owners.heading_of(section)
    if heading is not None and heading.owners:
        return [_Owner(text=owner, line=heading.line) for owner in heading.owners]
    lead = people.lead_of(section)
    return [_Owner(text=f"@{lead}", line=0)] if lead else []


def _line_of_succession(rule: Rule, owners: CompiledMap, people: People) -> list[_Owner]:
    """Owners as written: the line's, the section's lead, the project's tech lead."""
    line = [_Owner(text=owner, line=rule.line) for owner in rule.owners]
    line += _section_lead(rule.section, owners, people)
    if owners.everything is not None:
        last = owners.rule(owners.everything)
        line += [_Owner(text=owner, line=last.line) for owner in last.owners]
    return line


def _resolved(line: Iterable[_Owner], people: People, source: str) -> tuple[tuple[str, ...], list[str]]:
    """Logins, each once, with the casing of the first; and a note for each owner who can't be resolved."""
    logins: dict[str, str] = {}
    notes: dict[str, str] = {}
    for owner in line:
        login = people.login_of(owner.text)
        if login:
            logins.setdefault(login.casefold(), login)
        else:
            notes.setdefault(owner.text.casefold(), f"{source or MAP}, line {owner.line}: {_unresolved(owner.text)}")
    return tuple(logins.values()), list(notes.values())


def _unresolved(owner: str) -> str:
    """What to do about an `@org/team` or an e-mail address of the map that the squad's file does not know."""
    if "/" in owner:
        return (
            f"the team {owner} has no lead. Add it below “teams:” in {SQUAD_FILE}, with “github: {owner[1:]}” and its "
            "lead."
        )
    return (
        f"nobody with the address {owner} is known. Add the person below “people:” in {SQUAD_FILE}, with this email "
        "and a login."
    )


def _cleared(rule: Rule, owners: CompiledMap, *, is_answered: bool) -> str:
    source = owners.owners.source or MAP
    answers = " The project's tech lead answers." if is_answered else ""
    heading = owners.owners.heading_of(rule.section)
    if heading is None:
        return f"{source}, line {rule.line} names no owner.{answers}"
    return (
        f"{source}, line {rule.line} names no owner, and neither does its section.{answers} Name the lead of "
        f"{heading.name} on line {heading.line}, or below “teams:” in {SQUAD_FILE}."
    )


def _nobody(owners: CompiledMap) -> str:
    source = owners.owners.source
    if not source and not owners.owners.rules:
        return f"There is no owners map. Add {MAP} with the line “* @login”, naming the project's tech lead."
    return f"{source or MAP} leads to nobody for this error. {_FIRST_LINE}"
