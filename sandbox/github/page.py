"""The tickets as people see them: `GET /` lists them, `GET /{owner}/{repo}/issues/{number}` shows one, and
`GET /orgs/{owner}/projects/{number}` a board.

Nothing is loaded from outside: the style is in the page, pictures are names' initials.
"""

from __future__ import annotations

from datetime import datetime
from html import escape

from aiohttp import web

from sandbox.github.markdown import rendered
from sandbox.github.projects import board_main, board_of
from sandbox.github.state import Issue, Repository, World

STYLE = """
:target{background:#fff8c5}
*{box-sizing:border-box}body{margin:0;background:#fff;color:#1f2328;
font:14px/1.5 -apple-system,BlinkMacSystemFont,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif}
a{color:#0969da;text-decoration:none}a:hover{text-decoration:underline}
header{background:#f6f8fa;border-bottom:1px solid #d1d9e0;padding:14px 24px;font-weight:600}
main{max-width:1216px;margin:24px auto;padding:0 24px}h1{font-size:32px;font-weight:400;margin:0 0 8px}
h1 span{color:#59636e}.muted{color:#59636e}
.state{display:inline-block;border-radius:2em;padding:5px 12px;color:#fff;font-weight:500;margin-right:8px}
.open{background:#1f883d}.closed{background:#8250df}.not_planned,.duplicate{background:#59636e}
.meta{padding-bottom:16px;border-bottom:1px solid #d1d9e0;margin-bottom:24px}
.columns{display:grid;grid-template-columns:minmax(0,1fr) 256px;gap:32px}
.entry{display:flex;gap:16px;margin-bottom:16px}
.face{flex:none;width:40px;height:40px;border-radius:50%;background:#ddf4ff;color:#0969da;display:grid;
place-items:center;font-weight:600;text-transform:uppercase}
.face.bot{border-radius:8px;background:#fff1e5;color:#bc4c00}
.box{flex:1;min-width:0;border:1px solid #d1d9e0;border-radius:6px}
.box>.top{background:#f6f8fa;padding:8px 16px;border-bottom:1px solid #d1d9e0;border-radius:6px 6px 0 0;color:#59636e}
.box>.top b{color:#1f2328}
.tag{border:1px solid #d1d9e0;border-radius:2em;padding:0 7px;font-size:12px;margin-left:4px}
.body{padding:16px;overflow-wrap:anywhere}.body>:first-child{margin-top:0}.body>:last-child{margin-bottom:0}
.label{display:inline-block;border-radius:2em;padding:0 7px;font-size:12px;font-weight:500;line-height:18px;
border:1px solid #0001;margin:0 4px 4px 0}.side h4{margin:0 0 8px;font-size:12px;color:#59636e}
.side section{border-bottom:1px solid #d1d9e0;padding-bottom:16px;margin-bottom:16px}
.body h1,.body h2{font-size:1.5em;font-weight:600;border-bottom:1px solid #d1d9e0b3;padding-bottom:.3em}
.body h3{font-size:1.25em}
pre{background:#f6f8fa;border-radius:6px;padding:16px;overflow:auto;font-size:85%;line-height:1.45}
code{font:85% ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:#818b981f;padding:.2em .4em;
border-radius:6px}pre code{background:none;padding:0;font-size:100%}
blockquote{margin:0 0 16px;padding:0 1em;color:#59636e;border-left:.25em solid #d1d9e0}
.body table{border-collapse:collapse;display:block;overflow:auto;margin-bottom:16px}
.body th,.body td{border:1px solid #d1d9e0;padding:6px 13px}.body tr:nth-child(2n){background:#f6f8fa}
kbd{border:1px solid #d1d9e0b3;border-bottom-width:2px;border-radius:6px;background:#f6f8fa;padding:2px 5px;
font:11pxui-monospace,monospace}.user-mention,.team-mention{color:#1f2328;font-weight:600}summary{cursor:pointer}
.list{border:1px solid #d1d9e0;border-radius:6px}.list>div{padding:12px 16px;border-top:1px solid #d1d9e0}
.list>div:first-child{border:0}.list a.title{color:#1f2328;font-weight:600;font-size:16px;margin-right:6px}
.dot{display:inline-block;width:12px;height:12px;border-radius:50%;margin-right:8px}
.board{display:flex;gap:16px;overflow:auto}.column{flex:0 0 272px;background:#f6f8fa;border:1px solid #d1d9e0;
border-radius:6px;padding:8px 12px;min-height:320px}.column h2{font-size:16px;margin:4px 0 12px}
.count{background:#818b981f;border-radius:2em;padding:0 7px;font-size:12px;color:#59636e}
.card{background:#fff;border:1px solid #d1d9e0;border-radius:6px;padding:8px 12px;margin-bottom:8px;
overflow-wrap:anywhere}.card a{color:#1f2328}
@media(max-width:760px){.columns{grid-template-columns:1fr}.face{display:none}}
"""


def age(then: datetime, now: datetime) -> str:
    """How long ago, in one unit; beyond 30 days the date."""
    seconds = int((now - then).total_seconds())
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        count = seconds // size
        if count:
            return (
                f"on {then:%b %-d, %Y}" if size == 86_400 and count > 30 else f"{count} {unit}{'s' * (count > 1)} ago"
            )
    return "now"


def _label(repository: Repository, name: str) -> str:
    label = repository.labels[name.lower()]
    red, green, blue = (int(label.color[i : i + 2], 16) for i in (0, 2, 4))
    ink = "#1f2328" if red * 0.299 + green * 0.587 + blue * 0.114 > 140 else "#fff"
    hint = escape(label.description or "")
    style = f"background:#{label.color};color:{ink}"
    return f'<span class="label" style="{style}" title="{hint}">{escape(label.name)}</span>'


def _face(login: str) -> str:
    kind = "face bot" if login.endswith("[bot]") else "face"
    return f'<div class="{kind}" aria-hidden="true">{escape(login[:2])}</div>'


def _entry(world: World, repository: Repository, *, author: str, body: str | None, said: str) -> str:
    name = escape(author.removesuffix("[bot]"))
    tag = '<span class="tag">bot</span>' if author.endswith("[bot]") else ""
    text = "<p class='muted'><em>No description provided.</em></p>"
    if body:
        text = rendered(body, base=world.base, repository=repository.full_name, known=frozenset(world.users))
    top = f'<div class="top"><b>{name}</b>{tag} {said}</div>'
    return f'<div class="entry">{_face(author)}<div class="box">{top}<div class="body">{text}</div></div></div>'


def _document(title: str, main: str) -> str:
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' "
        f"content='width=device-width'><title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f"<header><a href='/'>Lookalike GitHub</a></header><main>{main}</main></body></html>"
    )


def _state(issue: Issue) -> tuple[str, str]:
    if issue.state == "open":
        return "open", "Open"
    reason = issue.state_reason or "completed"
    return ("closed", "Closed") if reason == "completed" else (reason, f"Closed as {reason.replace('_', ' ')}")


def issue_page(world: World, repository: Repository, issue: Issue) -> str:
    now = world.now()
    kind, word = _state(issue)
    lock = " · 🔒 locked" if issue.locked else ""
    count = len(issue.comments)
    head = (
        f"<h1>{escape(issue.title)} <span>#{issue.number}</span></h1><div class='meta'><span class='state {kind}'>"
        f"{escape(word)}</span><span class='muted'><b>{escape(issue.author.removesuffix('[bot]'))}</b> opened "
        f"{age(issue.created_at, now)} in {escape(repository.full_name)} · {count} comment{'s' * (count != 1)}{lock}"
        "</span></div>"
    )
    opened = f"opened {age(issue.created_at, now)}" + (" · edited" if issue.last_edited_at else "")
    entries = [_entry(world, repository, author=issue.author, body=issue.body, said=opened)]
    for comment in issue.comments.values():
        edited = " · edited" if comment.last_edited_at else ""
        pin = f" · 📌 pinned by {escape(comment.pinned_by)}" if comment.pinned_by else ""
        said = f'<a id="issuecomment-{comment.id}" href="#issuecomment-{comment.id}">{age(comment.created_at, now)}</a>'
        entries.append(
            _entry(world, repository, author=comment.author, body=comment.body, said=f"commented {said}{edited}{pin}")
        )
    people = "<br>".join(f"<b>{escape(login)}</b>" for login in issue.assignees) or "No one assigned"
    labels = "".join(_label(repository, name) for name in issue.labels) or "None yet"
    side = f"<section><h4>Assignees</h4>{people}</section><section><h4>Labels</h4>{labels}</section>"
    main = f"{head}<div class='columns'><div>{''.join(entries)}</div><aside class='side'>{side}</aside></div>"
    return _document(f"{issue.title} · #{issue.number}", main)


def _row(world: World, repository: Repository, issue: Issue) -> str:
    kind, word = _state(issue)
    where = f"/{escape(repository.full_name)}/issues/{issue.number}"
    labels = "".join(_label(repository, name) for name in issue.labels)
    people = "".join(f" · @{escape(login)}" for login in issue.assignees)
    return (
        f"<div><span class='dot {kind}' title='{escape(word)}'></span><a class='title' href='{where}'>"
        f"{escape(issue.title)}</a>{labels}<br><span class='muted'>#{issue.number} opened "
        f"{age(issue.created_at, world.now())} by {escape(issue.author)}{people} · {len(issue.comments)} comments"
        "</span></div>"
    )


def list_page(world: World) -> str:
    parts = []
    for repository in world.repositories.values():
        shown = [issue for issue in reversed(repository.issues.values()) if issue.moved_to is None]
        rows = "".join(_row(world, repository, issue) for issue in shown) or "<div>No issues yet.</div>"
        parts.append(f"<h2>{escape(repository.full_name)}</h2><div class='list'>{rows}</div>")
    boards = "".join(
        f"<div><a class='title' href='/orgs/{escape(it.owner)}/projects/{it.number}'>{escape(it.title)}</a></div>"
        for it in world.boards.values()
    )
    if boards:
        parts.append(f"<h2>Projects</h2><div class='list'>{boards}</div>")
    return _document("Issues", "".join(parts) or "<p>No repositories yet.</p>")


def file_page(repository: Repository, path: str, text: str) -> str:
    """A file's lines, each of them to be linked as `#L7`."""
    lines = "".join(f"<div id='L{nth}'>{nth:4}  {escape(line)}</div>" for nth, line in enumerate(text.splitlines(), 1))
    return _document(f"{path} · {repository.full_name}", f"<h1>{escape(path)}</h1><pre>{lines}</pre>")


def delivered_page(repository: Repository, kind: str, named: str) -> str | None:
    """A merged pull request, a commit or a release, as far as there is something to see of it."""
    told: list[str] = []
    for merge in repository.merges:
        if named in {str(merge.number) if kind == "pull" else "", merge.commit if kind == "commit" else ""}:
            told.append(
                f"{escape(merge.title)} <span>#{merge.number}, merged {merge.merged_at:%Y-%m-%d %H:%M:%S} UTC</span>"
            )
    for deployment in repository.deployments if kind == "commit" else ():
        if deployment.commit == named:
            states = ", ".join(f"{state.lower()} {at:%H:%M:%S}" for state, at in deployment.statuses)
            told.append(
                f"Deployed to {escape(deployment.environment)}: {escape(deployment.ref or '')} <span>{states}</span>"
            )
    for release in repository.releases if kind == "releases" else ():
        if release.tag == named:
            told.append(f"{escape(release.tag)} <span>{release.created_at:%Y-%m-%d %H:%M:%S} UTC</span>")
    if not told:
        return None
    return _document(f"{named} · {repository.full_name}", "".join(f"<h1>{line}</h1>" for line in told))


def add_routes(app: web.Application, world: World) -> None:
    async def show_list(_: web.Request) -> web.Response:
        return web.Response(text=list_page(world), content_type="text/html")

    async def show_issue(request: web.Request) -> web.Response:
        named = f"{request.match_info['owner']}/{request.match_info['repo']}"
        found = next((r for r in world.repositories.values() if r.full_name == named), None)
        issue = None if found is None else found.issues.get(int(request.match_info["number"]))
        if found is None or issue is None:
            return web.Response(text=_document("Not found", "<h1>Not found</h1>"), status=404, content_type="text/html")
        return web.Response(text=issue_page(world, found, issue), content_type="text/html")

    async def show_file(request: web.Request) -> web.Response:
        named, path = f"{request.match_info['owner']}/{request.match_info['repo']}", request.match_info["path"]
        found = next((r for r in world.repositories.values() if r.full_name == named and path in r.files), None)
        if found is None:
            return web.Response(text=_document("Not found", "<h1>Not found</h1>"), status=404, content_type="text/html")
        return web.Response(text=file_page(found, path, found.files[path]), content_type="text/html")

    async def show_delivered(request: web.Request) -> web.Response:
        asked = request.match_info
        full_name = f"{asked['owner']}/{asked['repo']}"
        found = next((r for r in world.repositories.values() if r.full_name == full_name), None)
        text = None if found is None else delivered_page(found, asked["kind"], asked["named"])
        missing = _document("Not found", "<h1>Not found</h1>")
        return web.Response(text=text or missing, status=200 if text else 404, content_type="text/html")

    async def show_board(request: web.Request) -> web.Response:
        try:
            board = board_of(world, request.match_info["owner"], int(request.match_info["number"]))
        except KeyError:
            return web.Response(text=_document("Not found", "<h1>Not found</h1>"), status=404, content_type="text/html")
        return web.Response(text=_document(board.title, board_main(world, board, _label)), content_type="text/html")

    app.router.add_get("/", show_list)
    app.router.add_get(r"/{owner}/{repo}/{kind:pull|commit}/{named:\w+}", show_delivered)
    app.router.add_get(r"/{owner}/{repo}/{kind:releases}/tag/{named}", show_delivered)
    app.router.add_get(r"/orgs/{owner}/projects/{number:\d+}", show_board)
    app.router.add_get(r"/{owner}/{repo}/blob/main/{path:.+}", show_file)
    app.router.add_get(r"/{owner}/{repo}/issues/{number:\d+}", show_issue)
