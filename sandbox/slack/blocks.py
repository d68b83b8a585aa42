"""Block Kit's limits as far as the App uses it; a message beyond them is refused as Slack refuses it.

<https://docs.slack.dev/reference/block-kit/blocks>, <https://docs.slack.dev/reference/block-kit/block-elements>
"""

from __future__ import annotations

import re
from typing import Any

from sandbox.slack.state import RefusedError

MOST_BLOCKS = 50
LONGEST_TEXT = 40_000
_SHAPE = re.compile(r"<(?:@[UW][A-Z0-9]+|https?://[^<>|]+\|[^<>|]+|https?://[^<>|]+)>")
"""What the App may write between angle brackets."""


def check(text: object, blocks: object) -> None:
    """Raises RefusedError: `no_text`, `msg_too_long`, `invalid_blocks` with what is wrong."""
    if not isinstance(text, str) or not text:
        raise RefusedError("no_text")
    if len(text) > LONGEST_TEXT:
        raise RefusedError("msg_too_long")
    if not isinstance(blocks, list) or len(blocks) > MOST_BLOCKS:
        raise _wrong("blocks must be a list of at most 50")
    _markup(text)
    for block in blocks:
        _block(block)


def _block(block: dict[str, Any]) -> None:
    match block:
        case {"type": "header", "text": text}:
            _text(text, 150, plain=True)
        case {"type": "section", **rest} if "text" in rest or rest.get("fields"):
            if "text" in rest:
                _text(rest["text"], 3_000)
            fields = rest.get("fields", [])
            if len(fields) > 10:
                raise _wrong("no more than 10 items allowed [json-pointer:/blocks/fields]")
            for field in fields:
                _text(field, 2_000)
        case {"type": "context", "elements": [_, *_] as elements} if len(elements) <= 10:
            for element in elements:
                _text(element, 2_000)
        case {"type": "actions", "elements": [_, *_] as elements} if len(elements) <= 25:
            ids = [_button(element) for element in elements]
            if len(set(ids)) < len(ids):
                raise _wrong("action_id must be unique in a block")
        case _:
            raise _wrong(f"unsupported block: {block.get('type')}")


def _button(button: dict[str, Any]) -> str:
    if button.get("type") != "button":
        raise _wrong("unsupported element")
    _text(button.get("text"), 75, plain=True)
    action = str(button.get("action_id", ""))
    too_long = len(action) > 255 or len(str(button.get("value", ""))) > 2_000 or len(str(button.get("url", ""))) > 3_000
    if not action or too_long or button.get("style", "danger") not in {"primary", "danger"}:
        raise _wrong("the button is not valid")
    confirm = button.get("confirm")
    if confirm is not None:
        for name, longest in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
            _text(confirm.get(name), longest)
    return action


def _text(it: Any, longest: int, *, plain: bool = False) -> None:
    kinds = {"plain_text"} if plain else {"plain_text", "mrkdwn"}
    if not isinstance(it, dict) or it.get("type") not in kinds or not isinstance(it.get("text"), str):
        raise _wrong(f"must be one of {', '.join(sorted(kinds))}")
    if not 0 < len(it["text"]) <= longest:
        raise _wrong(f"must be between 1 and {longest} characters")
    _markup(it["text"])


def _markup(text: str) -> None:
    """Our own rule, so that a test finds what gets out unescaped: control characters are in shapes that we know."""
    rest = _SHAPE.sub("", text)
    if "<" in rest or ">" in rest:
        raise _wrong(f"unescaped control characters: {text!r}")


def _wrong(why: str) -> RefusedError:
    return RefusedError("invalid_blocks", response_metadata={"messages": [f"[ERROR] {why}"]})
