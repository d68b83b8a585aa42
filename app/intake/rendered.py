"""A comment as GitHub rendered it, read: whom it really mentions.

Rule: GitHub turns a mention that reaches somebody into an anchor of the class `user-mention` or `team-mention`; a name
it does not know, or may not mention, stays text. So the anchors prove a mention, and nothing else does.
https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#media-types
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

_CLASSES: Final = frozenset({"user-mention", "team-mention"})


def mentioned_in(html: str) -> frozenset[str]:
    """The logins, and the teams as `org/team`, that are mentioned, in lower case and without @."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return frozenset(reader.names)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.names: list[str] = []
        self._inside: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = (dict(attrs).get("class") or "").split()
        if tag == "a":
            self._inside = [] if _CLASSES.intersection(classes) else None

    def handle_data(self, data: str) -> None:
        if self._inside is not None:
            self._inside.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._inside is not None:
            name = "".join(self._inside).strip()
            if name.startswith("@"):
                self.names.append(name[1:].lower())
            self._inside = None
