"""Markdown as an issue shows it: GitHub's dialect, an allowlist of HTML, comments hidden, mentions and issues linked.

Nothing a text says can load a picture, run a script or reach outside: pictures become links, whatever is not on the
list is dropped. Mentions are linked only for known logins, and neither they nor `#7` inside code.
https://docs.github.com/get-started/writing-on-github
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from html.parser import HTMLParser
from typing import Final

import cmarkgfm  # type: ignore[import-untyped]
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]

TAGS: Final = frozenset(
    (
        "a",
        "p",
        "br",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "em",
        "strong",
        "del",
        "code",
        "pre",
        "blockquote",
        "ul",
        "ol",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "sub",
        "sup",
        "kbd",
        "input",
    )
)
VOID: Final = frozenset({"br", "hr", "input"})
ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "code": {"class"},
    "ol": {"start"},
    "th": {"align"},
    "td": {"align"},
    "details": {"open"},
    "input": {"type", "checked", "disabled"},
}
LINKS: Final = ("http://", "https://", "mailto:", "/", "#")
REFERENCE: Final = re.compile(
    r"(?<![\w/@`])@(?P<login>[A-Za-z0-9][A-Za-z0-9-]*(?:/[A-Za-z0-9_-]+)?)|(?<![\w&/])#(?P<number>\d+)\b"
)


class _Sanitiser(HTMLParser):
    def __init__(self, *, base: str, repository: str, known: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._base, self._repository, self._known = base, repository, known
        self._out: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            named = dict(attrs)
            self._out.append(escape(f"[picture: {named.get('alt') or named.get('src') or ''}]"))
            return
        if tag not in TAGS or (tag == "input" and ("type", "checkbox") not in attrs):
            return
        kept = "".join(f' {name}="{escape(value or "")}"' for name, value in attrs if self._keeps(tag, name, value))
        self._out.append(f"<{tag}{kept}>")
        if tag not in VOID:
            self._open.append(tag)

    @staticmethod
    def _keeps(tag: str, name: str, value: str | None) -> bool:
        if name not in ATTRIBUTES.get(tag, ()):
            return False
        return name != "href" or (value or "").lower().startswith(LINKS)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._open:
            return
        while self._open:
            last = self._open.pop()
            self._out.append(f"</{last}>")
            if last == tag:
                return

    def handle_data(self, data: str) -> None:
        linked = {"code", "pre", "a"}.isdisjoint(self._open)
        self._out.append(self._linked(data) if linked else escape(data))

    def _linked(self, text: str) -> str:
        parts, end = [], 0
        for found in REFERENCE.finditer(text):
            login, number = found["login"], found["number"]
            if login is not None and login.partition("/")[0].lower() not in self._known:
                continue
            parts.append(escape(text[end : found.start()]))
            if login is None:
                where = f"{self._base}/{self._repository}/issues/{number}"
                parts.append(f'<a class="issue-link" href="{escape(where)}">#{number}</a>')
            else:
                kind = "team-mention" if "/" in login else "user-mention"
                parts.append(f'<a class="{kind} notranslate" href="{escape(self._base)}/{login}">@{login}</a>')
            end = found.end()
        parts.append(escape(text[end:]))
        return "".join(parts)

    def finished(self) -> str:
        self.close()
        return "".join(self._out) + "".join(f"</{tag}>" for tag in reversed(self._open))


@lru_cache(maxsize=2048)
def rendered(text: str, *, base: str, repository: str, known: frozenset[str]) -> str:
    """Safe HTML of one issue's or comment's Markdown, with hard line breaks as on GitHub."""
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS  # what is unsafe goes in the next step
    html: str = cmarkgfm.github_flavored_markdown_to_html(text, options=options)
    sanitiser = _Sanitiser(base=base, repository=repository, known=frozenset(login.lower() for login in known))
    sanitiser.feed(html)
    return sanitiser.finished()
