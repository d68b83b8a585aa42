"""Slack's own markup, mrkdwn, that is safe to post, and the only functions that can make it.

Rule: what is sent to Slack is `Mrkdwn`, never a `str`, as `app/texts/markdown.py` has it for GitHub; the same test
over the syntax trees holds it. Whatever a text from production or from a person holds, it cannot mention a person, a
group or a channel, link, format, or show a smiley.

| function          | takes                              | gives                                                    |
|-------------------|------------------------------------|----------------------------------------------------------|
| `literal`, `fill` | our own constant in the source     | itself, its slots filled with Mrkdwn only                |
| `words`           | any text                           | one inline run, for where Slack reads markup             |
| `sentence`        | any text                           | the same, in which `…` is code                           |
| `plain`           | any text                           | the same, for where Slack reads no markup (`plain_text`) |
| `name`            | a login or organisation/team       | it, as code                                              |
| `mention`         | a member's id                      | the one deliberate mention                               |
| `page`            | an address, and Mrkdwn             | a link; the label alone where it may not be linked       |
| `joined`          | Mrkdwn                             | Mrkdwn                                                   |

`&`, `<` and `>` are Slack's control characters, in plain text, too: it shows `&lt;` as `<` there and gives it back so.
<https://docs.slack.dev/messaging/formatting-message-text#escaping>, <https://github.com/slackapi/bolt-python/issues/513>
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, final
from urllib.parse import urlsplit

from app.domain.squad import LOGIN, TEAM
from app.domain.squad_values import SLACK_MEMBER
from app.texts.plain import one_line, unlinked

LONGEST: Final = 300
_LONGEST_URL: Final = 2_000

_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_CONTROLS: Final = re.compile("[&<>]")
_LIKENESSES: Final = {"*": "∗", "_": "＿", "~": "∼", "`": "ˋ"}
"""Slack knows no escape for these, so what would begin or end a format is one that looks like it."""
_FORMATS: Final = re.compile(r"`|(?<![^\W_])[*_~]|[*_~](?![^\W_])")
_SLOT: Final = re.compile(r"\{([a-z_]+)\}")
_CODE: Final = re.compile("`([^`]+)`")
_ADDRESS: Final = re.compile(r"https?://[!#-;=?-\[\]^_a-z~]+")


@final
class Mrkdwn:
    """Text that is safe to post. Made by this module's functions only; `str()` of it is what Slack gets."""

    __slots__ = ("_text",)
    _text: str

    def __init__(self) -> None:
        raise TypeError("Mrkdwn is made by the functions of app/texts/mrkdwn.py; `words(text)` takes any text.")

    def __str__(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return self._text != ""


def _made(text: str) -> Mrkdwn:
    made = object.__new__(Mrkdwn)
    made._text = text
    return made


NOTHING: Final = _made("")


def literal(text: str) -> Mrkdwn:
    """Our own markup. The argument is a string constant in the source; a test holds that."""
    return _made(text)


def fill(template: str, **slots: Mrkdwn) -> Mrkdwn:
    """Our own template, a string constant in the source, with each `{slot}` filled. KeyError for an unknown one."""
    return _made(_SLOT.sub(lambda slot: slots[slot[1]]._text, template))


def joined(pieces: Iterable[Mrkdwn], between: Mrkdwn) -> Mrkdwn:
    """The pieces that hold something, with `between` between them."""
    return _made(between._text.join(piece._text for piece in pieces if piece))


def words(text: str, limit: int = LONGEST) -> Mrkdwn:
    """Any text on one line, at most so many characters as Slack counts them."""
    return _made(_fitting(text, limit, lambda line: _FORMATS.sub(_likeness, _escaped(unlinked(line)))))


def sentence(text: str, limit: int = 2_000) -> Mrkdwn:
    """Our own sentence, which may repeat what a person wrote; what it has in backticks is code."""

    def rendered(line: str) -> str:
        parts = _CODE.split(line)  # what is code is every second one
        return "".join(
            f"`{_escaped(part)}`" if nth % 2 else _FORMATS.sub(_likeness, _escaped(unlinked(part)))
            for nth, part in enumerate(parts)
        )

    return _made(_fitting(text, limit, rendered))


def plain(text: str, limit: int) -> Mrkdwn:
    """Any text on one line, for an object of the kind `plain_text`."""
    return _made(_fitting(text, limit, lambda line: _escaped(unlinked(line))))


def name(login: str) -> Mrkdwn:
    """A login or `organisation/team`, which mentions nobody; what is neither (a bot's) is shown as words."""
    return _made(f"`{login}`") if re.fullmatch(LOGIN, login) or re.fullmatch(TEAM, login) else words(login, 100)


def mention(member: str) -> Mrkdwn:
    """The member of the workspace with this id is told. Raises ValueError for what is no id."""
    if not re.fullmatch(SLACK_MEMBER, member):
        raise ValueError(f"{member!r} is no member id of Slack's.")
    return _made(f"<@{member}>")


def page(url: str, label: Mrkdwn) -> Mrkdwn:
    """A link; the label alone where the address is none that may stand in one."""
    return _made(f"<{_escaped(url)}|{label._text}>") if is_address(url) else label


def is_address(url: str) -> bool:
    """Whether it is a web address without a user, and without characters that would end a link."""
    if len(url) > _LONGEST_URL or not _ADDRESS.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and "@" not in parts.netloc


def _fitting(text: str, limit: int, render: Callable[[str], str]) -> str:
    """The text, clipped so that what is made of it has at most so many characters; an emoji counts as two."""
    room = limit
    while True:
        rendered = render(one_line(text, room))
        size = len(rendered) + sum(character > "\uffff" for character in rendered)
        if size <= limit:
            return rendered
        room = max(1, min(room - 1, room * limit // size))


def _escaped(text: str) -> str:
    return _CONTROLS.sub(lambda found: _ENTITIES[found[0]], text)


def _likeness(found: re.Match[str]) -> str:
    return _LIKENESSES[found[0]]
