"""What GitHub makes of a text: rendered with its own Markdown, and read for everything a text must not become.

The rules below are stricter than GitHub's filters: they allow no mention, reference or address in any text outside of
code, whether such a person, issue or host exists or not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

from app.texts.plain import BREAK

LINKED = {
    "a mention": re.compile(r"@[0-9A-Za-z]"),
    "an issue": re.compile(r"#[0-9]|(?<![0-9A-Za-z_])(?:gh|ghsa|cve)-[0-9a-z]", re.IGNORECASE),
    "a commit": re.compile(r"(?<![0-9A-Za-z_])[0-9a-fA-F]{7,40}(?![0-9A-Za-z_])"),
    "an address": re.compile(r"://|www\.|[0-9A-Za-z]@[0-9A-Za-z]", re.IGNORECASE),
    "an emoji": re.compile(r":(?:\+1|-1|100|1234|[0-9_+-]*[a-z][a-z0-9_+-]*):"),
}
COMMAND = re.compile(r"^\s*/\w", re.MULTILINE)
_NODE = "\x00"
_VOID = frozenset({"br", "hr", "img", "input"})


@dataclass
class Page:
    """The rendered text: its tags in order, the text in and outside of code, the links and the hidden comments."""

    tags: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """All text outside of code as people see it."""
        return "".join(self.text).replace(BREAK, "").replace(_NODE, "").strip()

    @property
    def linked(self) -> dict[str, str]:
        """What GitHub could link in the text outside of code; empty when all is well."""
        found = ((what, rule.search(text)) for what, rule in LINKED.items() for text in self._nodes())
        return {what: match[0] for what, match in found if match is not None}

    def _nodes(self) -> list[str]:
        return "".join(self.text).split(_NODE)


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self._page = page
        self._in_code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._page.tags.append(tag)
        if tag in {"code", "pre"}:
            self._in_code += 1
            self._page.code.append("")
        elif tag not in _VOID:
            self._page.text.append(_NODE)  # GitHub looks at one text node at a time
        if tag == "a":
            self._page.links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"code", "pre"}:
            self._in_code -= 1
        self._page.text.append(_NODE)

    def handle_data(self, data: str) -> None:
        if self._in_code:
            self._page.code[-1] += data
        else:
            self._page.text.append(data)

    def handle_comment(self, data: str) -> None:
        self._page.comments.append(data.strip())


def rendered(text: object, *, safe: bool = False) -> Page:
    """The text as GitHub renders an issue: hard line breaks, its extensions; `safe` also leaves out raw HTML."""
    options = Options.CMARK_OPT_HARDBREAKS | Options.CMARK_OPT_FOOTNOTES | (0 if safe else Options.CMARK_OPT_UNSAFE)
    page = Page()
    reader = _Reader(page)
    reader.feed(cmarkgfm.github_flavored_markdown_to_html(str(text), options=options))
    reader.close()
    return page
