"""Changing an issue through Sentry's API: what a body asks for, and what is refused.

| `status`                            | and                                           | does                       |
|-------------------------------------|-----------------------------------------------|----------------------------|
| `resolved`, `resolvedInNextRelease` |                                               | resolve                    |
| `unresolved`                        | perhaps a `substatus` of unresolved issues    | unresolve                  |
| `ignored`                           | `substatus: archived_until_escalating`        | archive until it escalates |
| `ignored`                           | `statusDetails` with a duration or counts     | archive until one of them  |
| `ignored`                           | neither                                       | archive for ever           |

Refused with 400, as Sentry does: an unknown status or substatus, details that are no object or no whole numbers, a
window of more than a week. Also, where Sentry would silently do something else: an unknown detail, a number below 1, a
condition to be met that is none.
<https://docs.sentry.io/api/events/update-an-issue/>
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.sentry.acts import Acts
from sandbox.sentry.state import Issue, RefusedError

UNRESOLVED = {"new", "ongoing", "escalating", "regressed"}
ARCHIVED = {
    "archived_until_escalating": "escalating",
    "archived_until_condition_met": "condition",
    "archived_forever": "forever",
}
NUMBERS = ("ignoreDuration", "ignoreCount", "ignoreUserCount", "ignoreWindow", "ignoreUserWindow")
RELEASES = ("inRelease", "inNextRelease", "inCommit")
LONGEST_WINDOW = 7 * 24 * 60


def change(acts: Acts, issue: Issue, sent: Mapping[str, Any], actor: Mapping[str, Any]) -> None:
    """Do what the body asks for. RefusedError says what is wrong with it, and then nothing was done."""
    details, substatus = _details(sent), _substatus(sent)
    match sent.get("status"):
        case "resolved":
            acts.resolve(issue, actor=actor, **{name: details[name] for name in RELEASES if name in details})
        case "resolvedInNextRelease":
            acts.resolve(issue, actor=actor, inNextRelease=True)
        case "unresolved":
            acts.unresolve(issue, substatus=substatus if substatus in UNRESOLVED else None, actor=actor)
        case "ignored":
            _archive(acts, issue, ARCHIVED.get(substatus or ""), details, actor)
        case None:
            pass
        case other:
            raise RefusedError(400, {"status": [f'"{other}" is not a valid choice.']})


def _archive(acts: Acts, issue: Issue, until: str | None, details: Mapping[str, Any], actor: Mapping[str, Any]) -> None:
    if any(name.endswith("Window") for name in details):
        raise RefusedError(400, {"statusDetails": ["The lookalike counts without windows."]})
    conditions = {
        "minutes": details.get("ignoreDuration"),
        "count": details.get("ignoreCount"),
        "users": details.get("ignoreUserCount"),
    }
    if until == "condition" and not any(conditions.values()):
        raise RefusedError(400, {"statusDetails": ["Sentry would archive it for ever."]})
    inferred = "condition" if any(conditions.values()) else "forever"
    acts.archive(issue, until=until or inferred, actor=actor, **conditions)


def _substatus(sent: Mapping[str, Any]) -> str | None:
    substatus = sent.get("substatus")
    if substatus is None or substatus in UNRESOLVED or substatus in ARCHIVED:
        return substatus
    raise RefusedError(400, {"substatus": [f'"{substatus}" is not a valid choice.']})


def _details(sent: Mapping[str, Any]) -> Mapping[str, Any]:
    details = sent.get("statusDetails", {})
    if not isinstance(details, dict):
        raise RefusedError(400, {"statusDetails": {"nonFieldErrors": ["Invalid data. Expected a dictionary."]}})
    for name, value in details.items():
        if name in NUMBERS:
            _check_number(name, value)
        elif name not in RELEASES:
            raise RefusedError(400, {"statusDetails": {name: ["The lookalike knows no such detail."]}})
    return details


def _check_number(name: str, value: object) -> None:
    wrong = ""
    if not isinstance(value, int) or isinstance(value, bool):
        wrong = "A valid integer is required."
    elif value < 1:
        wrong = "Sentry would take this as not said."
    elif name.endswith("Window") and value > LONGEST_WINDOW:
        wrong = f"Ensure this value is less than or equal to {LONGEST_WINDOW}."
    if wrong:
        raise RefusedError(400, {"statusDetails": {name: [wrong]}})
