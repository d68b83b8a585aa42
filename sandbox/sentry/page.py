"""Issues as people see them at Sentry: `/` lists them, `/organizations/{org}/issues/{id}/` shows one.

Links in tickets lead here, also to an event (`…/events/{event_id}/`) and an alert rule. Nothing is loaded from outside.
"""

from __future__ import annotations

from html import escape

from aiohttp import web

from sandbox.sentry.state import Event, Issue, RefusedError, World

STYLE = """
*{box-sizing:border-box}body{margin:0;background:#faf9fb;color:#2b2233;font:15px/1.5 Rubik,"Avenir Next",sans-serif}
a{color:#6559c5;text-decoration:none}a:hover{text-decoration:underline}
header{background:#2f1d4a;padding:14px 24px;font-weight:600}header a{color:#fff}
main{max-width:1080px;margin:24px auto;padding:0 24px}h1{font-size:24px;margin:0;overflow-wrap:anywhere}
.muted{color:#71637e}.card{background:#fff;border:1px solid #e0dce5;border-radius:6px;padding:16px;margin:16px 0}
.state{border-radius:2em;padding:2px 10px;color:#fff;font-size:12px;font-weight:600}
.unresolved{background:#c73852}.resolved{background:#268d75}.ignored{background:#71637e}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 24px;margin:0}dt{color:#71637e}dd{margin:0}
table{border-collapse:collapse;width:100%}td,th{padding:8px 12px;border-top:1px solid #e0dce5;text-align:left}
code{font:13px ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}.outside{color:#9386a0}
li{padding:2px 0}ol{margin:0}
"""


def _document(title: str, main: str) -> str:
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f"<header><a href='/'>Lookalike Sentry</a></header><main>{main}</main></body></html>"
    )


def _state(issue: Issue) -> str:
    said = issue.status if issue.substatus is None else f"{issue.status}, {issue.substatus.replace('_', ' ')}"
    return f"<span class='state {issue.status}'>{escape(said)}</span>"


def _facts(pairs: list[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in pairs if value)
    return f"<div class='card'><dl>{rows}</dl></div>"


def _trace(event: Event) -> str:
    lines = []
    for frame in reversed(event.report.frames):
        where = f"{frame.get('filename')}:{frame.get('lineno')} in {frame.get('function')}"
        lines.append(f"<li{'' if frame.get('in_app', True) else ' class=outside'}><code>{escape(where)}</code></li>")
    return f"<div class='card'><h3>Most recent call first</h3><ol>{''.join(lines)}</ol></div>" if lines else ""


def issue_page(world: World, issue: Issue, event: Event) -> str:
    report = event.report
    where = f"/organizations/{world.organization}/issues/{issue.id}/"
    head = (
        f"<p class='muted'>{escape(issue.short_id)} · {escape(issue.project.name)}</p><h1>{escape(report.type)}</h1>"
        f"<p>{escape(report.value)}</p><p>{_state(issue)} <span class='muted'>{escape(report.culprit)}</span></p>"
    )
    facts = _facts(
        [
            ("Events", str(issue.count)),
            ("Users", str(len(issue.users))),
            ("First seen", f"{issue.first_seen:%Y-%m-%d %H:%M:%S} UTC"),
            ("Last seen", f"{issue.last_seen:%Y-%m-%d %H:%M:%S} UTC"),
            ("Assigned to", issue.assigned_to or ""),
            ("Level", report.level),
            ("Environment", report.environment),
            ("Release", report.release),
            ("URL", report.url),
        ]
    )
    tags = _facts(list(report.tags))
    events = "".join(
        f"<tr><td><a href='{where}events/{it.id}/'><code>{it.id[:8]}</code></a></td>"
        f"<td>{it.at:%Y-%m-%d %H:%M:%S} UTC</td></tr>"
        for it in reversed(issue.events)
    )
    listed = f"<div class='card'><h3>Latest events</h3><table>{events}</table></div>"
    return _document(issue.title, f"{head}{facts}{_trace(event)}{tags}{listed}")


def list_page(world: World) -> str:
    rows = "".join(
        f"<tr><td><a href='/organizations/{world.organization}/issues/{it.id}/'>{escape(it.title)}</a><br>"
        f"<span class='muted'>{escape(it.short_id)} · {escape(it.report.culprit)}</span></td><td>{_state(it)}</td>"
        f"<td>{it.count}</td><td>{len(it.users)}</td></tr>"
        for it in sorted(world.issues.values(), key=lambda it: it.last_seen, reverse=True)
    )
    head = "<tr><th>Issue</th><th>State</th><th>Events</th><th>Users</th></tr>"
    table = f"<div class='card'><table>{head}{rows}</table></div>" if rows else "<p>No issues yet.</p>"
    return _document("Issues", f"<h1>{escape(world.organization)}</h1>{table}")


def add_routes(app: web.Application, world: World) -> None:
    async def show_list(_: web.Request) -> web.Response:
        return web.Response(text=list_page(world), content_type="text/html")

    async def show_issue(request: web.Request) -> web.Response:
        named = request.match_info.get("event_id")
        try:
            issue = world.issue(request.match_info["issue_id"])
        except RefusedError:
            return web.Response(text=_document("Not found", "<h1>Not found</h1>"), status=404, content_type="text/html")
        event = next((it for it in issue.events if it.id == named), issue.events[-1])
        return web.Response(text=issue_page(world, issue, event), content_type="text/html")

    where = f"/organizations/{world.organization}/"
    for path in ("/", f"{where}issues/", where + r"alerts/rules/details/{rule_id:\d+}/"):
        app.router.add_get(path, show_list)
    for path in (r"issues/{issue_id:\d+}/", r"issues/{issue_id:\d+}/events/{event_id}/"):
        app.router.add_get(where + path, show_issue)
