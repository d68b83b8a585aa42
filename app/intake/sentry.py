"""Sentry: the webhooks of an internal integration, read into letters.

| resource       | action                         | letter                                   | makes a ticket |
|----------------|--------------------------------|------------------------------------------|----------------|
| `event_alert`  | `triggered`                    | an alert                                 | yes            |
| `error`        | `created`                      | an alert                                 | yes            |
| `issue`        | `created`                      | an alert, the first of its error         | yes            |
| `issue`        | `unresolved`                   | regressed, escalating or unresolved      | no             |
| `issue`        | `resolved`, `assigned`,        | the same                                 | no             |
|                | `archived`, `ignored`          |                                          |                |
| `metric_alert` | `critical`, `warning`          | an alert; its error is the alert rule    | yes            |
| `metric_alert` | `resolved`                     | resolved                                 | no             |
| anything else  |                                | ignored                                  |                |

Rules: the Structs below are the allowlist; what a user is, sent or did (`user`, a request's headers, cookies and
body, breadcrumbs, local variables) is not on it. Odd values of fields the App can do without are left out rather than
refused. `event_alert` and `error` about one event carry the same `occurrence`. What is said of an error, rather than
an event of it, has the time it was received as `occurred_at`; nothing happens later than it was received.

<https://docs.sentry.io/organization/integrations/integration-platform/webhooks/>
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple, TypeVar

import msgspec

from app.domain.alerts import Alert, Sender
from app.domain.errors import PayloadError
from app.domain.identity import fingerprint, normalised, signature
from app.domain.mail import AlertArrived, ByError, Letter, Mail, SenderSaid, SenderVerb
from app.domain.mailboxes import URGENT
from app.intake.reading import Ignored, bare_url, count_of, decode, moment_of, refuse_what_is_not_json, text_of
from app.intake.redaction import Redactor
from app.intake.sentry_trace import frames_of, tags_of, type_and_value

T = TypeVar("T")
_NOTHING: Final = msgspec.Raw(b"null")
_URGENT_LEVELS: Final = frozenset({"fatal", "critical"})


class _Metadata(msgspec.Struct):
    type: object = None
    value: object = None
    title: object = None


class _Request(msgspec.Struct):
    url: object = None


class _Event(msgspec.Struct):
    event_id: object = None
    issue_id: object = None
    issue_url: object = None
    url: object = None
    web_url: object = None
    title: object = None
    message: object = None
    culprit: object = None
    level: object = None
    environment: object = None
    release: object = None
    project: object = None
    datetime: object = None
    timestamp: object = None
    metadata: msgspec.Raw = _NOTHING
    request: msgspec.Raw = _NOTHING
    exception: msgspec.Raw = _NOTHING
    stacktrace: msgspec.Raw = _NOTHING
    tags: msgspec.Raw = _NOTHING


class _EventData(msgspec.Struct):
    event: _Event
    triggered_rule: object = None


class _ErrorData(msgspec.Struct):
    error: _Event


class _Project(msgspec.Struct):
    slug: object = None


class _Issue(msgspec.Struct):
    id: str | int
    title: object = None
    culprit: object = None
    level: object = None
    shortId: object = None  # noqa: N815 - Sentry's names
    permalink: object = None
    web_url: object = None
    substatus: object = None
    count: object = None
    userCount: object = None  # noqa: N815
    firstSeen: object = None  # noqa: N815
    project: msgspec.Raw = _NOTHING
    metadata: msgspec.Raw = _NOTHING
    statusDetails: msgspec.Raw = _NOTHING  # noqa: N815
    assignedTo: msgspec.Raw = _NOTHING  # noqa: N815


class _IssueData(msgspec.Struct):
    issue: _Issue


class _Named(msgspec.Struct):
    name: object = None


class _StatusDetails(msgspec.Struct):
    inRelease: object = None  # noqa: N815
    inNextRelease: object = None  # noqa: N815


class _AlertRule(msgspec.Struct):
    id: str | int
    name: object = None
    environment: object = None


class _MetricAlert(msgspec.Struct):
    alert_rule: _AlertRule
    id: object = None
    title: object = None
    projects: msgspec.Raw = _NOTHING


class _MetricData(msgspec.Struct):
    metric_alert: _MetricAlert
    description_text: object = None
    web_url: object = None


class _EventHook(msgspec.Struct):
    data: _EventData
    action: object = None


class _ErrorHook(msgspec.Struct):
    data: _ErrorData
    action: object = None


class _IssueHook(msgspec.Struct):
    data: _IssueData
    action: str
    actor: msgspec.Raw = _NOTHING


class _MetricHook(msgspec.Struct):
    data: _MetricData
    action: str


_EVENT_HOOK: Final = msgspec.json.Decoder(_EventHook)
_ERROR_HOOK: Final = msgspec.json.Decoder(_ErrorHook)
_ISSUE_HOOK: Final = msgspec.json.Decoder(_IssueHook)
_METRIC_HOOK: Final = msgspec.json.Decoder(_MetricHook)
_METADATA: Final = msgspec.json.Decoder(_Metadata)
_REQUEST: Final = msgspec.json.Decoder(_Request)
_PROJECT: Final = msgspec.json.Decoder(_Project)
_NAMED: Final = msgspec.json.Decoder(_Named)
_SLUGS: Final = msgspec.json.Decoder(list[str] | None)
_STATUS_DETAILS: Final = msgspec.json.Decoder(_StatusDetails)

_ID: Final = re.compile(r"[0-9]{1,20}")
_ISSUE_IN_URL: Final = re.compile(r"/issues/(\d{1,20})(?:/|$)")
_PROJECT_IN_URL: Final = re.compile(r"/api/0/projects/[^/]{1,100}/([^/]{1,100})/")
_STATE_CHANGES: Final[Mapping[str, SenderVerb]] = {
    "resolved": SenderVerb.RESOLVED,
    "unresolved": SenderVerb.UNRESOLVED,
    "assigned": SenderVerb.ASSIGNED,
    "archived": SenderVerb.ARCHIVED,
    "ignored": SenderVerb.ARCHIVED,
}
_RETURNS: Final[Mapping[str, SenderVerb]] = {
    "regressed": SenderVerb.REGRESSED,
    "escalating": SenderVerb.ESCALATING,
}


class _Delivery(NamedTuple):
    id: str
    received_at: datetime
    redactor: Redactor


def read(
    resource: str, body: bytes, *, delivery_id: str, received_at: datetime, redactor: Redactor
) -> Letter | Ignored:
    """Read one delivery; `resource` is its `Sentry-Hook-Resource`, `delivery_id` its `Request-ID`.

    Raises NotJsonError for what is not JSON, and PayloadError for JSON that lacks what Sentry documents.
    """
    delivery = _Delivery(delivery_id, received_at, redactor)
    match resource:
        case "event_alert":
            event_data = decode(body, _EVENT_HOOK).data
            return _event(event_data.event, delivery, rule=text_of(event_data.triggered_rule))
        case "error":
            return _event(decode(body, _ERROR_HOOK).data.error, delivery, rule="")
        case "issue":
            return _issue(decode(body, _ISSUE_HOOK), delivery)
        case "metric_alert":
            return _metric(decode(body, _METRIC_HOOK), delivery)
        case _:
            refuse_what_is_not_json(body)
            return Ignored(why=f"nothing is done about Sentry's {text_of(resource, 40)}")


def _event(event: _Event, delivery: _Delivery, *, rule: str) -> Letter:
    issue_id = _id_of(event.issue_id) or _found(_ISSUE_IN_URL, event.issue_url)
    if not issue_id:
        raise PayloadError("The event names no issue: neither `issue_id` nor `issue_url` holds a number.")
    metadata = _optional(event.metadata, _METADATA) or _Metadata()
    request = _optional(event.request, _REQUEST) or _Request()
    raised_type, raised_value = type_and_value(event.exception)
    error_type = text_of(metadata.type, 300) or raised_type
    error_value = text_of(metadata.value, 1000) or raised_value
    title = text_of(event.title) or text_of(metadata.title) or text_of(event.message) or error_type
    project = _found(_PROJECT_IN_URL, event.url) or text_of(event.project, 100)
    alert = _redacted(
        Alert(
            sender=Sender.SENTRY,
            title=title or f"Sentry issue {issue_id}",
            occurred_at=_at(moment_of(event.datetime) or moment_of(event.timestamp), delivery),
            fingerprint=fingerprint("sentry", issue_id),
            project=project,
            environment=text_of(event.environment, 100),
            level=text_of(event.level, 20),
            culprit=text_of(event.culprit),
            error_type=error_type,
            error_value=error_value,
            link=_link(issue_id, event.web_url, event.issue_url),
            sender_ref=issue_id,
            rule=rule,
            release=text_of(event.release, 200),
            url=bare_url(request.url),
            frames=frames_of(event.exception, event.stacktrace, delivery.redactor),
            tags=tags_of(event.tags, delivery.redactor),
        ),
        delivery.redactor,
    )
    return _letter(alert, AlertArrived(alert=alert), delivery, occurrence=text_of(event.event_id, 64))


def _issue(hook: _IssueHook, delivery: _Delivery) -> Letter | Ignored:
    issue = hook.data.issue
    created = hook.action == "created"
    if not created and hook.action not in _STATE_CHANGES:
        return Ignored(why=f"nothing is done about an issue that is {text_of(hook.action, 40)} at Sentry")
    issue_id = _id_of(issue.id)
    if not issue_id:
        raise PayloadError("The issue's `id` is no number.")
    metadata = _optional(issue.metadata, _METADATA) or _Metadata()
    project = _optional(issue.project, _PROJECT) or _Project()
    alert = _redacted(
        Alert(
            sender=Sender.SENTRY,
            title=text_of(issue.title) or text_of(metadata.type) or f"Sentry issue {issue_id}",
            occurred_at=_at(moment_of(issue.firstSeen) if created else None, delivery),
            fingerprint=fingerprint("sentry", issue_id),
            project=text_of(project.slug, 100),
            level=text_of(issue.level, 20),
            culprit=text_of(issue.culprit),
            error_type=text_of(metadata.type),
            error_value=text_of(metadata.value, 1000),
            link=_link(issue_id, issue.web_url, issue.permalink),
            sender_ref=issue_id,
            short_id=text_of(issue.shortId, 60),
            users=count_of(issue.userCount),
            sender_count=count_of(issue.count),
            first_of_error=created,
        ),
        delivery.redactor,
    )
    if created:
        return _letter(alert, AlertArrived(alert=alert), delivery)
    verb = _STATE_CHANGES[hook.action]
    substatus = text_of(issue.substatus, 60)
    if verb is SenderVerb.UNRESOLVED:
        verb = _RETURNS.get(substatus, verb)
    actor = _optional(hook.actor, _NAMED) or _Named()
    detail, name = delivery.redactor.redact_all((_detail(verb, issue, substatus), text_of(actor.name, 100)))
    said = SenderSaid(alert=alert, verb=verb, detail=detail, actor=name)
    return _letter(alert, said, delivery)


def _detail(verb: SenderVerb, issue: _Issue, substatus: str) -> str:
    if verb is SenderVerb.RESOLVED:
        details = _optional(issue.statusDetails, _STATUS_DETAILS) or _StatusDetails()
        return text_of(details.inRelease, 200) or ("next release" if details.inNextRelease is True else "")
    if verb is SenderVerb.ASSIGNED:
        return text_of((_optional(issue.assignedTo, _NAMED) or _Named()).name, 100)
    return substatus


def _metric(hook: _MetricHook, delivery: _Delivery) -> Letter | Ignored:
    metric, rule = hook.data.metric_alert, hook.data.metric_alert.alert_rule
    if hook.action not in {"critical", "warning", "resolved"}:
        return Ignored(why=f"nothing is done about a metric alert that is {text_of(hook.action, 40)}")
    resolved = hook.action == "resolved"
    rule_id, incident = _id_of(rule.id), text_of(metric.id, 40)
    projects = _optional(metric.projects, _SLUGS) or []
    if not rule_id:
        raise PayloadError("The alert rule's `id` is no number.")
    alert = _redacted(
        Alert(
            sender=Sender.SENTRY,
            title=text_of(rule.name) or text_of(metric.title) or f"Sentry alert rule {rule_id}",
            occurred_at=delivery.received_at,
            fingerprint=fingerprint("sentry", "alert-rule", rule_id),
            project=text_of(projects[0], 100) if len(projects) == 1 else "",
            environment=text_of(rule.environment, 100),
            level="" if resolved else hook.action,
            error_value=text_of(hook.data.description_text, 1000),
            link=bare_url(hook.data.web_url),
            rule=text_of(rule.name),
        ),
        delivery.redactor,
    )
    if resolved:
        return _letter(alert, SenderSaid(alert=alert, verb=SenderVerb.RESOLVED), delivery)
    occurrence = f"metric:{incident}:{hook.action}" if incident else ""
    return _letter(alert, AlertArrived(alert=alert), delivery, occurrence=occurrence)


def _redacted(alert: Alert, redactor: Redactor) -> Alert:
    """The texts that a program or its users wrote are redacted, and the signature is taken.

    It is that of the line in which a person would report the error, redacted as a whole as a person's is.
    """
    named = f"{alert.error_type}: {alert.error_value}" if alert.error_type and alert.error_value else alert.title
    texts = [named.partition("\n")[0], alert.title, alert.culprit, alert.error_type, alert.error_value]
    texts += [alert.rule, alert.release, alert.url]
    line, title, culprit, error_type, error_value, rule, release, url = redactor.redact_all(texts)
    words = normalised(line) if alert.sender_ref else ""
    return msgspec.structs.replace(
        alert,
        title=title,
        culprit=culprit,
        error_type=error_type,
        error_value=error_value,
        rule=rule,
        release=release,
        url=url,
        words=words,
        signature=signature(words),
    )


def _letter(alert: Alert, mail: Mail, delivery: _Delivery, *, occurrence: str = "") -> Letter:
    arrived = isinstance(mail, AlertArrived)
    return Letter(
        sender="sentry",
        delivery_id=delivery.id,
        address=ByError(fingerprint=alert.fingerprint, signature=alert.signature, words=alert.words, may_make=arrived),
        mail=mail,
        received_at=delivery.received_at,
        occurrence=occurrence,
        priority=URGENT if arrived and alert.level in _URGENT_LEVELS else 0,
    )


def _optional(raw: msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T | None:
    """What the App can do without: an odd shape is as good as none."""
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _at(moment: datetime | None, delivery: _Delivery) -> datetime:
    """When it happened; a program whose clock is fast can't report what is still to come."""
    return min(moment or delivery.received_at, delivery.received_at)


def _id_of(value: object) -> str:
    """Sentry's ids are numbers; anything else would make an error of its own out of noise."""
    text = text_of(value, 40)
    return text if _ID.fullmatch(text) else ""


def _found(pattern: re.Pattern[str], url: object) -> str:
    match = pattern.search(text_of(url, 2000))
    return text_of(match[1], 100) if match else ""


def _link(issue_id: str, *candidates: object) -> str:
    """The first address that is a page of this issue, which one of the API is not. One's own Sentry may be http."""
    pages = (bare_url(candidate) for candidate in candidates)
    return next((page for page in pages if f"/issues/{issue_id}/" in f"{page}/" and "/api/0/" not in page), "")
