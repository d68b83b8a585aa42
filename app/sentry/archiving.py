"""A silence as Sentry keeps it: an issue that is archived until something.

| the silence ends …                      | at Sentry it is archived …              | and the App alone watches      |
|-----------------------------------------|-----------------------------------------|--------------------------------|
| when it escalates, and perhaps sooner   | until it escalates                      | all the rest                   |
| at a time, by occurrences, by users     | until any one of them is met            | nothing                        |
| never                                   | not at all: InvalidError                |                                |

Rules: Sentry keeps the forecast or the conditions of an issue, never both; only Sentry can tell that it escalates.
Its time is in minutes from now, rounded up, and its counts begin anew with each call, so the App ends every silence by
its own time and counts as well. An issue that is archived already takes the new conditions, keeps its substatus, and no
webhook tells of it.

What Sentry tells of a silence's end: when a count is reached, `issue.unresolved` with the substatus `escalating`; when
its time has come, or when somebody unarchives it, nothing at all.

<https://docs.sentry.io/api/events/update-an-issue/>; in <https://github.com/getsentry/sentry/tree/master/src/sentry>:
`api/helpers/group_index/update.py` and `validators/status_details.py`, `issues/ignored.py` and `status_change.py`,
`models/groupsnooze.py`, `tasks/post_process.py` (`process_snoozes`), `receivers/sentry_apps.py`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from app.domain.errors import InvalidError
from app.domain.triage import Silence

UNARCHIVED: Final = {"status": "unresolved"}
_MINUTE: Final = timedelta(minutes=1)


def archived(silence: Silence, now: datetime) -> dict[str, object]:
    """The body of the call that archives an issue. Raises InvalidError for a silence that nothing ends."""
    if silence.escalating:
        return _ignored("archived_until_escalating", {})
    details = {
        "ignoreDuration": None if silence.until is None else max(1, -((now - silence.until) // _MINUTE)),
        "ignoreCount": silence.occurrences,
        "ignoreUserCount": silence.users,
    }
    conditions = {name: value for name, value in details.items() if value is not None}
    if not conditions:
        raise InvalidError("A silence needs an end: a time, a number of occurrences or users, or its escalating.")
    return _ignored("archived_until_condition_met", conditions)


def _ignored(substatus: str, conditions: dict[str, int]) -> dict[str, object]:
    return {"status": "ignored", "statusDetails": conditions, "substatus": substatus}
