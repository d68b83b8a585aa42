"""What happens at Sentry, and which webhooks that sends.

| act | issue | webhooks |
|---|---|---|
| an event of a new error | unresolved, new | `issue.created`, `event_alert.triggered`, `error.created` |
| of a known, unresolved one | counted | `event_alert.triggered` at most every `rule_every`, `error.created` |
| of a resolved one | unresolved, regressed | `issue.unresolved`, then as above |
| of an archived one | counted | `error.created` only |
| one that meets the condition it is archived until | unresolved, escalating | `issue.unresolved`, then as above |
| the same, with a time beside the condition | unresolved, ongoing | none of it, then as above |
| the time has come that it is archived until | unresolved, ongoing | none |
| resolve, escalate, assign | the state it names, if it is not so already | `issue.…` |
| archive | the state it names | `issue.archived`, or `issue.ignored` |
| archive an archived one | takes the new conditions, stays in its state | none |
| unresolve a resolved one | unresolved, ongoing (by a bare call: regressed) | `issue.unresolved` |
| unresolve an archived one | unresolved, ongoing (by a bare call, in its first week: new) | none |

Errors are grouped by project, type and culprit. The rows of archiving are as in Sentry's source:
<https://github.com/getsentry/sentry/tree/master/src/sentry>, `issues/status_change.py`, `issues/ignored.py`,
`issues/escalating/escalating.py` (`manage_issue_states`), `tasks/post_process.py` (`process_snoozes`),
`receivers/sentry_apps.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox.sentry import shapes
from sandbox.sentry.catalogue import BY_NAME
from sandbox.sentry.state import Event, Frame, Issue, Report, Snooze, World
from sandbox.sentry.webhooks import SENTRY, Webhooks, person

RULE = "Production errors to Prod Squad"
ARCHIVED = {
    "escalating": "archived_until_escalating",
    "condition": "archived_until_condition_met",
    "forever": "archived_forever",
}
NEW_FOR = timedelta(days=7)


class Acts:
    """The control surface; each act is done at once, and its webhooks leave in the background."""

    def __init__(
        self, world: World, hooks: Webhooks, *, rule_every: timedelta, archived_action: str = "archived"
    ) -> None:
        self._world = world
        self._hooks = hooks
        self._rule_every = rule_every
        self._archived_action = archived_action
        self._incidents = 0

    def raise_error(
        self,
        *,
        project: str,
        type: str,
        value: str,
        frames: tuple[Frame, ...] = (),
        times: int = 1,
        **more: Any,
    ) -> Issue:
        """An application reports an error; `more` are fields of a `Report`. A new error is a new issue."""
        return self._report(project, Report(type=type, value=value, frames=tuple(frames), **more), times)

    def raise_example(self, name: str, *, times: int = 1, **more: Any) -> Issue:
        """One of `catalogue.EXAMPLES`, by its name; `more` replaces fields of its report."""
        if name not in BY_NAME:
            raise ValueError(f"There is no example {name!r}; there are {', '.join(BY_NAME)}.")
        example = BY_NAME[name]
        return self._report(example.project, replace(example.report, **more), times)

    def again(self, issue: Issue, *, times: int = 1, **more: Any) -> Issue:
        """The error happens again; `more` replaces fields of its latest report."""
        report = replace(issue.report, **more)
        for _ in range(times):
            self._happen(issue, report)
        return issue

    def resolve(self, issue: Issue, *, actor: Mapping[str, Any] | None = None, **details: Any) -> Issue:
        """`details` may be `inRelease="caseflow@2026.11.4"` or `inNextRelease=True`."""
        return self._set(issue, "resolved", None, "resolved", actor, details)

    def unresolve(
        self, issue: Issue, *, substatus: str | None = "ongoing", actor: Mapping[str, Any] | None = None
    ) -> Issue:
        """As a person does it; None is what a bare call of the API does."""
        if issue.status == "ignored":
            new = self._world.now() - issue.first_seen < NEW_FOR
            self._become(issue, "unresolved", substatus or ("new" if new else "ongoing"))
        elif issue.status == "resolved":
            self._set(issue, "unresolved", substatus or "regressed", "unresolved", actor)
        return issue

    def archive(
        self,
        issue: Issue,
        *,
        until: str = "escalating",
        minutes: int | None = None,
        count: int | None = None,
        users: int | None = None,
        actor: Mapping[str, Any] | None = None,
    ) -> Issue:
        """`until` is `escalating`, `condition` (one of the three that follow), or `forever`."""
        if issue.status != "ignored":
            self._become(issue, "ignored", ARCHIVED[until])
            self._tell(issue, self._archived_action, actor)
        if until == "escalating":
            issue.status_details = {"ignoreUntilEscalating": True}
            return issue
        issue.snooze, issue.status_details = None, {}
        if minutes or count or users:
            end = self._world.now() + timedelta(minutes=minutes) if minutes else None
            issue.snooze = Snooze(
                until=end, count=count, user_count=users, count_from=issue.count, users_from=len(issue.users)
            )
            issue.status_details = {
                "ignoreUntil": None if end is None else shapes.stamp(end),
                "ignoreCount": count,
                "ignoreUserCount": users,
                "ignoreWindow": None,
                "ignoreUserWindow": None,
            }
        return issue

    def wake(self) -> None:
        """Bring back the issues whose time has come; Sentry does so every few minutes, and tells nobody."""
        for issue in self._world.issues.values():
            if issue.snooze is not None and issue.snooze.until is not None and issue.snooze.until <= self._world.now():
                self._become(issue, "unresolved", "ongoing")

    def escalate(self, issue: Issue) -> Issue:
        """An archived error happens so often that Sentry brings it back."""
        return self._set(issue, "unresolved", "escalating", "unresolved", SENTRY)

    def assign(self, issue: Issue, to: str, *, actor: Mapping[str, Any] | None = None) -> Issue:
        issue.assigned_to = to
        self._tell(issue, "assigned", actor)
        return issue

    def metric_alert(
        self, action: str, *, rule_id: int = 77, rule: str = "Error rate of Reader", text: str = ""
    ) -> None:
        """`critical` or `warning` begin a new incident, `resolved` ends it."""
        if action != "resolved":
            self._incidents += 1
        said = text or f"{42 if action != 'resolved' else 0} events in the last 10 minutes"
        data = shapes.metric_alert(
            self._world, rule_id=rule_id, rule=rule, incident=self._incidents, action=action, text=said
        )
        self._hooks.emit("metric_alert", action, data)

    def install(self, action: str) -> None:
        """The integration is installed (`created`) or removed (`deleted`)."""
        self._hooks.emit("installation", action, shapes.installation(self._world, action=action), actor=person("nick"))

    def _report(self, project: str, report: Report, times: int) -> Issue:
        home = self._world.project(project)
        issue = next((it for it in self._world.issues.values() if _same(it, project, report)), None)
        if issue is None:
            now = self._world.now()
            home.last_number += 1
            issue = Issue(
                id=self._world.next_issue_id(),
                short_id=f"{home.slug.upper()}-{home.last_number}",
                project=home,
                report=report,
                first_seen=now,
                last_seen=now,
            )
            self._world.issues[issue.id] = issue
        for _ in range(times):
            self._happen(issue, report)
        return issue

    def _happen(self, issue: Issue, report: Report) -> None:
        self.wake()
        new = issue.count == 0
        now = issue.first_seen if new else self._world.now()
        issue.count += 1
        issue.report = report
        issue.last_seen = now
        if report.user:
            issue.users.add(report.user)
        digest = hashlib.sha256(f"{issue.id}:{issue.count}:{issue.first_seen.isoformat()}".encode()).hexdigest()
        event = Event(id=digest[:32], at=now, report=report)
        issue.events.append(event)
        if new:
            self._tell(issue, "created", SENTRY)
        elif issue.status == "resolved":
            self._set(issue, "unresolved", "regressed", "unresolved", SENTRY)
        elif _is_met(issue):
            self._end_rest(issue)
        told = shapes.event(self._world, issue, event)
        self._hooks.emit("error", "created", {"error": told})
        due = issue.alerted_at is None or now - issue.alerted_at >= self._rule_every
        if issue.status == "unresolved" and due:
            issue.alerted_at = now
            alert = {"id": 12, "title": RULE, "settings": [{"name": "channel", "value": "prod-alerts"}]}
            self._hooks.emit("event_alert", "triggered", {"event": told, "triggered_rule": RULE, "issue_alert": alert})

    def _set(
        self,
        issue: Issue,
        status: str,
        substatus: str | None,
        action: str,
        actor: Mapping[str, Any] | None,
        details: Mapping[str, Any] | None = None,
    ) -> Issue:
        if (issue.status, issue.substatus) != (status, substatus):
            self._become(issue, status, substatus)
            issue.status_details = dict(details or {})
            self._tell(issue, action, actor)
        return issue

    def _become(self, issue: Issue, status: str, substatus: str | None) -> None:
        issue.status, issue.substatus = status, substatus
        issue.snooze, issue.status_details = None, {}

    def _end_rest(self, issue: Issue) -> None:
        if issue.snooze is not None and issue.snooze.until is not None:
            self._become(issue, "unresolved", "ongoing")
        else:
            self.escalate(issue)

    def _tell(self, issue: Issue, action: str, actor: Mapping[str, Any] | None) -> None:
        who = person("nick") if actor is None else dict(actor)
        self._hooks.emit("issue", action, {"issue": shapes.hooked_issue(self._world, issue)}, actor=who)


def _is_met(issue: Issue) -> bool:
    """Whether enough has happened. One that is archived until it escalates looks at no condition."""
    snooze = issue.snooze
    if snooze is None or issue.substatus != ARCHIVED["condition"]:
        return False
    more, users = issue.count - snooze.count_from, len(issue.users) - snooze.users_from
    return (snooze.count is not None and more >= snooze.count) or (
        snooze.user_count is not None and users >= snooze.user_count
    )


def _same(issue: Issue, project: str, report: Report) -> bool:
    known = issue.report
    return (issue.project.slug, known.type, known.culprit) == (project, report.type, report.culprit)
