"""Issues, events and webhooks' data in Sentry's shapes, as far as its documentation shows them.

<https://docs.sentry.io/organization/integrations/integration-platform/webhooks/issue-alerts/>,
<https://docs.sentry.io/organization/integrations/integration-platform/webhooks/issues/>,
<https://docs.sentry.io/organization/integrations/integration-platform/webhooks/metric-alerts/>,
<https://docs.sentry.io/api/events/list-an-organizations-issues/>
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sandbox.sentry.state import Event, Issue, Member, Project, World

Shape = dict[str, Any]


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z"


def issue_page(world: World, issue: Issue) -> str:
    return f"{world.public}/organizations/{world.organization}/issues/{issue.id}/"


def _metadata(issue: Issue) -> Shape:
    innermost = issue.report.frames[-1] if issue.report.frames else {}
    return {
        "type": issue.report.type,
        "value": issue.report.value,
        "filename": innermost.get("filename", ""),
        "function": innermost.get("function", ""),
    }


def project(it: Project) -> Shape:
    return {"id": str(it.id), "name": it.name, "slug": it.slug, "platform": it.platform}


def member(it: Member, number: int) -> Shape:
    """https://docs.sentry.io/api/organizations/list-an-organizations-members/"""
    name = it.email.partition("@")[0]
    addresses = [{"id": str(number), "email": it.email, "is_verified": True}]
    user = {"id": str(number), "name": name, "email": it.email, "isActive": it.active, "emails": addresses}
    return {
        "id": str(number),
        "email": it.email,
        "name": name,
        "user": None if it.pending else user,
        "orgRole": "member",
        "pending": it.pending,
        "expired": False,
    }


def _person(name: str) -> Shape:
    return {"type": "user", "id": str(1_000 + sum(name.encode())), "name": name, "email": f"{name}@appeals.example"}


def issue(world: World, it: Issue) -> Shape:
    return {
        "id": str(it.id),
        "shareId": None,
        "shortId": it.short_id,
        "title": it.title,
        "culprit": it.report.culprit,
        "permalink": issue_page(world, it),
        "logger": None,
        "level": it.report.level,
        "status": it.status,
        "statusDetails": it.status_details,
        "substatus": it.substatus,
        "isPublic": False,
        "platform": "ruby",
        "priority": "high",
        "project": project(it.project),
        "type": "error",
        "issueType": "error",
        "issueCategory": "error",
        "metadata": _metadata(it),
        "numComments": 0,
        "assignedTo": None if it.assigned_to is None else _person(it.assigned_to),
        "isBookmarked": False,
        "isSubscribed": False,
        "hasSeen": False,
        "annotations": [],
        "isUnhandled": True,
        "count": str(it.count),
        "userCount": len(it.users),
        "firstSeen": stamp(it.first_seen),
        "lastSeen": stamp(it.last_seen),
    }


def listed(world: World, it: Issue, *, window_count: int) -> Shape:
    """As a list shows it: counts of the window that was asked for, those of its lifetime beside them."""
    whole = issue(world, it)
    lifetime = {name: whole[name] for name in ("count", "userCount", "firstSeen", "lastSeen")}
    return whole | {"count": str(window_count), "lifetime": lifetime | {"stats": None}, "filtered": None}


def hooked_issue(world: World, it: Issue) -> Shape:
    """As an `issue` webhook shows it."""
    api = f"{world.base}/api/0"
    return issue(world, it) | {
        "url": f"{api}/organizations/{world.organization}/issues/{it.id}/",
        "web_url": issue_page(world, it),
        "project_url": f"{api}/projects/{world.organization}/{it.project.slug}/",
    }


def event(world: World, it: Issue, happened: Event) -> Shape:
    """One event, with all that an App has no business to keep: who it was, their cookies, their input."""
    report = happened.report
    api = f"{world.base}/api/0"
    return {
        "event_id": happened.id,
        "project": it.project.id,
        "release": report.release,
        "dist": None,
        "platform": "ruby",
        "message": "",
        "datetime": stamp(happened.at),
        "timestamp": happened.at.timestamp(),
        "received": happened.at.timestamp(),
        "culprit": report.culprit,
        "environment": report.environment,
        "level": report.level,
        "logger": "",
        "type": "error",
        "title": f"{report.type}: {report.value}",
        "location": _metadata(it)["filename"],
        "metadata": {**_metadata(it), "type": report.type, "value": report.value},
        "exception": {
            "values": [
                {
                    "type": report.type,
                    "value": report.value,
                    "mechanism": {"type": "rails", "handled": False},
                    "stacktrace": {"frames": [{**frame, "vars": {"password": "hunter2"}} for frame in report.frames]},
                }
            ]
        },
        "tags": [list(tag) for tag in (*report.tags, ("user", f"id:{report.user}"))],
        "request": {
            "url": report.url,
            "method": "GET",
            "headers": [["Authorization", "Bearer secret-of-a-user"], ["User-Agent", "Mozilla/5.0"]],
            "cookies": [["_session_id", "secret-cookie"]],
            "query_string": [["ssn", "000-12-3456"]],
        },
        "user": {"id": report.user, "email": f"{report.user}@appeals.example", "ip_address": "192.0.2.17"},
        "breadcrumbs": {"values": [{"category": "sql.active_record", "message": "SELECT secret-breadcrumb"}]},
        "contexts": {"runtime": {"name": "ruby", "version": "3.3.6", "type": "runtime"}},
        "sdk": {"name": "sentry.ruby.rails", "version": "5.22.1"},
        "fingerprint": ["{{ default }}"],
        "hashes": [hashlib.sha256(f"{it.id}".encode()).hexdigest()[:32]],
        "issue_id": str(it.id),
        "url": f"{api}/projects/{world.organization}/{it.project.slug}/events/{happened.id}/",
        "web_url": f"{issue_page(world, it)}events/{happened.id}/",
        "issue_url": f"{api}/organizations/{world.organization}/issues/{it.id}/",
    }


def metric_alert(world: World, *, rule_id: int, rule: str, incident: int, action: str, text: str) -> Shape:
    """`action` is `critical`, `warning` or `resolved`."""
    now = stamp(world.now())
    return {
        "metric_alert": {
            "id": str(incident),
            "identifier": str(incident),
            "organization_id": "1",
            "status": {"resolved": 2, "warning": 10, "critical": 20}[action],
            "status_method": 3,
            "type": 2,
            "title": rule,
            "date_started": now,
            "date_detected": now,
            "date_created": now,
            "date_closed": now if action == "resolved" else None,
            "projects": list(world.projects),
            "alert_rule": {
                "id": str(rule_id),
                "name": rule,
                "organization_id": "1",
                "status": 0,
                "aggregate": "count()",
                "query": "",
                "time_window": 10,
                "triggers": [],
            },
        },
        "description_text": text,
        "description_title": f"{action.title()}: {rule}",
        "web_url": f"{world.public}/organizations/{world.organization}/alerts/rules/details/{rule_id}/",
    }


def installation(world: World, *, action: str) -> Shape:
    return {
        "installation": {
            "status": "installed" if action == "created" else "pending",
            "organization": {"slug": world.organization},
            "app": {"uuid": world.app, "slug": "prod-squad"},
            "code": None,
            "uuid": world.installation,
        }
    }
