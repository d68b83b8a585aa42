"""The channels as people see them, `/`: messages with their buttons, which are really pressed. Nothing is loaded from
outside."""

from __future__ import annotations

import html
import re
from typing import Any

from aiohttp import web

from sandbox.slack.presses import Presses
from sandbox.slack.state import Channel, Message, World

STYLE = """
*{box-sizing:border-box}body{margin:0;background:#fff;color:#1d1c1d;font:15px/1.5 Lato,"Helvetica Neue",sans-serif}
header{background:#3f0e40;color:#fff;padding:14px 24px;font-weight:700}
main{max-width:760px;margin:0 auto;padding:16px 24px}
h2{font-size:18px;border-bottom:1px solid #ddd;padding-bottom:8px}.message{padding:12px 0;border-bottom:1px solid #eee}
.message h3{margin:0;font-size:16px;overflow-wrap:anywhere}.muted{color:#616061;font-size:12px}p{margin:4px 0}
.fields{display:grid;grid-template-columns:1fr 1fr;gap:4px 24px;margin:6px 0}
button,.open{font:inherit;font-weight:700;font-size:13px;background:#fff;border:1px solid #bbb;border-radius:4px;
padding:3px 12px;cursor:pointer;color:inherit;text-decoration:none;display:inline-block;margin:6px 6px 0 0}
button.danger{background:#e01e5a;border-color:#e01e5a;color:#fff}form{display:inline}code{background:#f4f4f4;color:#e01e5a}
.mention{background:#e8f5fa;color:#1264a3;border-radius:3px;padding:0 2px}.whisper{color:#616061;font-style:italic}
a{color:#1264a3}
"""


def channel_page(world: World, user: str) -> str:
    people = "".join(
        f"<option value='{it.id}'{' selected' if it.id == user else ''}>{html.escape(it.name)}</option>"
        for it in world.members.values()
    )
    who = f"<form method='get'>You are <select name='user' onchange='this.form.submit()'>{people}</select></form>"
    body = "".join(_channel(world, channel, user) for channel in world.channels.values())
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>Slack</title><style>{STYLE}</style></head><body><header>Lookalike Slack</header>"
        f"<main>{who}{body}</main></body></html>"
    )


def _channel(world: World, channel: Channel, user: str) -> str:
    shown = "".join(_message(world, channel, message, user) for message in channel.messages.values())
    return f"<h2># {html.escape(channel.name)}</h2>{shown or '<p>Nothing yet.</p>'}"


def _message(world: World, channel: Channel, message: Message, user: str) -> str:
    edited = " (edited)" if message.edits else ""
    shown = "".join(_block(world, channel, message, block, user) for block in message.blocks)
    whispers = "".join(f"<p class='whisper'>Only visible to {_marked_up(world, text)}</p>" for text in message.whispers)
    head = f"<p class='muted'><b>prod-squad</b> {message.ts}{edited}</p>"
    return f"<div class='message'>{head}{shown}{whispers}</div>"


def _block(world: World, channel: Channel, message: Message, block: dict[str, Any], user: str) -> str:
    match block["type"]:
        case "header":
            return f"<h3>{_text(world, block['text'])}</h3>"
        case "actions":
            return "".join(_button(channel, message, it, user) for it in block["elements"])
        case "context":
            return "".join(f"<p class='muted'>{_text(world, it)}</p>" for it in block["elements"])
        case _:
            text = f"<p>{_text(world, block['text'])}</p>" if "text" in block else ""
            fields = "".join(f"<span>{_text(world, it)}</span>" for it in block.get("fields", []))
            return f"{text}<div class='fields'>{fields}</div>" if fields else text


def _button(channel: Channel, message: Message, button: dict[str, Any], user: str) -> str:
    label, action = html.escape(button["text"]["text"]), html.escape(button["action_id"])
    if "url" in button:
        return f"<a class='open' href='{html.escape(button['url'])}'>{label}</a>"
    ask = button.get("confirm")
    confirm = f" onsubmit=\"return confirm('{html.escape(ask['text']['text'])}')\"" if ask else ""
    hidden = "".join(
        f"<input type='hidden' name='{name}' value='{value}'>"
        for name, value in (("channel", channel.id), ("ts", message.ts), ("action", action), ("user", user))
    )
    style = f" class='{button['style']}'" if "style" in button else ""
    return f"<form method='post' action='/press'{confirm}>{hidden}<button{style}>{label}</button></form>"


def _text(world: World, it: dict[str, Any]) -> str:
    if it["type"] == "mrkdwn":
        return _marked_up(world, it["text"])
    return html.escape(html.unescape(it["text"]))


def _marked_up(world: World, text: str) -> str:
    """The little of mrkdwn that the App uses."""
    shown = []
    for part in re.split(r"(<[^<>]+>)", text):
        if part.startswith("<@"):
            member = world.members.get(part[2:-1])
            shown.append(f"<span class='mention'>@{html.escape(member.name if member else part[2:-1])}</span>")
        elif part.startswith("<"):
            url, _, label = part[1:-1].partition("|")
            shown.append(f"<a href='{html.escape(html.unescape(url))}'>{html.escape(html.unescape(label))}</a>")
        else:
            plain = html.escape(html.unescape(part), quote=False).replace("\n", "<br>")
            plain = re.sub(r"`([^`]+)`", r"<code>\1</code>", plain)
            shown.append(re.sub(r"(?<!\w)\*([^*]+)\*(?!\w)", r"<b>\1</b>", plain))
    return "".join(shown)


def add_routes(app: web.Application, world: World, presses: Presses) -> None:
    async def show(request: web.Request) -> web.Response:
        user = request.query.get("user") or next(iter(world.members), "")
        return web.Response(text=channel_page(world, user), content_type="text/html")

    async def press(request: web.Request) -> web.Response:
        wish = {name: str(value) for name, value in (await request.post()).items()}
        try:
            status = await presses.press(**wish)
        except (KeyError, TypeError) as wrong:
            return web.Response(text=f"There is no such button: {wrong}", status=400)
        if status != 200:
            return web.Response(text=f"This app responded with status code {status}.", status=502)
        raise web.HTTPSeeOther(f"/?user={wish['user']}")

    app.router.add_get("/", show)
    app.router.add_post("/press", press)
