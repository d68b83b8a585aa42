"""Generated comments, and what GitHub's own renderer makes of the commands in them.

`python -m tests.chaos.comments [--comments 100000] [--seed 1]`

Every line that may be a command has a name of its own, so that it can be looked for in the rendered page. One that was
found must stand there as plain text of a paragraph; one that stands there and was not found is counted as missed.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

import cmarkgfm
from cmarkgfm.cmark import Options

from app.intake.commands import commands_in

FORBIDDEN: Final = frozenset(
    {"code", "pre", "blockquote", "table", "h1", "h2", "h3", "h4", "h5", "h6", "textarea", "script"}
)
BLOCKS: Final = frozenset({"p", "li", "br", "ul", "ol", "hr", "blockquote", "pre", "div", "details"})
VOID: Final = frozenset({"br", "hr", "input", "img", "source", "col", "link", "param", "base", "track"})
_BEFORE: Final = "| |  |   |    |\t|  \t|> |>|>>|- |-   |* |1. |2) |10. |- > |> - |  - |-\t|1.\t|>\t|- - |      |   > "
_FRAGMENTS: Final = r"""
words ¦ more words here ¦ ``` ¦ ```` ¦ ~~~ ¦ ```ruby ¦ ``` a`b ¦ ~~~ x ~~~ ¦ `code` ¦ a `b ¦ c` d
`` ¦ ` ¦ # title ¦ #no ¦ === ¦ --- ¦ - ¦ -- ¦ *** ¦ * * * ¦ _ _ _ ¦ + ¦ 1. ¦ = ¦ > x ¦ <!-- x -->
<!-- ¦ --> ¦ a <!-- b ¦ <!-- a -- b --> ¦ <!--> ¦ <?x ¦ ?> ¦ <!X ¦ <![CDATA[ ¦ ]]> ¦ > ¦ <pre>
</pre> ¦ <code> ¦ </code> ¦ a <code> ¦ b </code> ¦ <details> ¦ </details> ¦ <summary>x</summary>
<blockquote> ¦ </blockquote> ¦ <div> ¦ </div> ¦ <div title=' ¦ '> ¦ <a title=" ¦ "> ¦ <a href='x'>
</a> ¦ <user> ¦ a < b ¦ <script> ¦ </script> ¦ <textarea> ¦ </textarea> ¦ <p><code>x</code></p>
<b ¦ x> ¦ <a b=c ¦ a | b ¦ --|-- ¦ |---| ¦ | a | ¦ :-: ¦ | ¦ || ¦ | x ¦ [a]: /b ¦ [a]: ¦ [a]: b 'c
' ¦ [a]( ¦ ) ¦ [a](b ¦ [x](https://y/z) ¦ ![p](https://x/y.png) ¦ ![p ¦ ](x) ¦ [a ¦ ][b] ¦ ][ ¦ $$
~~ ¦ a\ ¦ \` ¦ \ ¦ https://x/` ¦ https://x/y ¦ www.x`y` ¦ foo@bar.com ¦ <https://x/`y> ¦ <a`b@c.d>
@jo ¦ a   ¦ \``` ¦ `` ` `` ¦ [^1]: x ¦ [^1] ¦ - [ ] x ¦ &lt; ¦ <br> ¦ <hr> ¦ <search> ¦ <source>
<img src='x'> ¦ <table><tr><td> ¦ </td></tr></table> ¦ <li> ¦ <code/> ¦ <a/> ¦ <CODE>
`<code>` ¦ `</code>`
"""
BEFORE: Final = (*[""] * 12, *_BEFORE.split("|"))
LINES: Final = (
    *["COMMAND"] * 14,
    *[""] * 5,
    *[each for row in _FRAGMENTS.strip().split("\n") for each in row.split(" ¦ ")],
    *["a  ", "\u00a0", "\f", "\x0b"],
)
"""What a line is made of. Not `</p>` and `</li>`: text after these is plain, but stands in no paragraph."""
ENDS: Final = (*["\n"] * 8, "\r\n", "\r", "\n\n")


@dataclass
class Judged:
    """What came of it; `faults` is empty if no command was found where there is none."""

    comments: int = 0
    found: int = 0
    missed: int = 0
    faults: list[str] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)


def comment(dice: random.Random) -> str:
    """One comment of up to fourteen lines; what may be commands has names of its own."""
    parts: list[str] = []
    for number in range(dice.randint(1, 14)):
        line = dice.choice(LINES)
        command = f"/c{chr(97 + number)}{dice.choice(('', ' x', ' `y', ' <!--', ' z`', '  ', ', x', ':'))}"
        parts += [dice.choice(BEFORE), line.replace("COMMAND", command), dice.choice(ENDS)]
    return "".join(parts)


class _Page(HTMLParser):
    """The text of paragraphs, and what begins a line there."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.plain = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.stack.append(tag)
        self.plain += "\n" * (tag in BLOCKS)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)  # a browser takes no notice of the slash

    def handle_endtag(self, tag: str) -> None:
        self.plain += "\n" * (tag in BLOCKS)
        if tag in self.stack:
            del self.stack[len(self.stack) - 1 - self.stack[::-1].index(tag)]

    def handle_data(self, data: str) -> None:
        inside = not FORBIDDEN.isdisjoint(self.stack)
        if not inside and ("p" in self.stack or "li" in self.stack):
            self.plain += data


def plain_text(text: str) -> str:
    """What GitHub shows as text of paragraphs."""
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS
    page = _Page()
    page.feed(cmarkgfm.github_flavored_markdown_to_html(text, options=options))
    page.close()
    return page.plain


def judge(text: str, judged: Judged) -> None:
    """Compare what is found in one comment with how it is shown."""
    found = {command.name for command in commands_in(text)}
    shown = {match[1] for match in re.finditer(r"^ *\/(c[a-n])[,:.!]?(?=\s|$)", plain_text(text), re.MULTILINE)}
    judged.comments += 1
    judged.found += len(found)
    if not found <= shown:
        judged.faults.append(f"{sorted(found - shown)} in {text!r}")
    written = {
        match[1] for match in re.finditer(r"^ {0,3}/(c[a-n])[,:.!]?(?=\s|$)", text.replace("\r", "\n"), re.MULTILINE)
    }
    missed = (shown & written) - found
    judged.missed += len(missed)
    if missed:
        judged.misses.append(f"{sorted(missed)} in {text!r}")


def main() -> int:
    """Judge so many comments, and tell how it went."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--comments", type=int, default=100_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--show", type=int, default=5)
    options = arguments.parse_args()
    dice, judged = random.Random(options.seed), Judged()
    for _ in range(options.comments):
        judge(comment(dice), judged)
    print(
        f"{judged.comments:,} comments: {judged.found:,} commands found, {judged.missed:,} missed for caution, "
        f"{len(judged.faults)} found where there is none"
    )
    for line in sorted(judged.faults, key=len)[: options.show] + sorted(judged.misses, key=len)[: options.show]:
        print(f"  {line}")
    return 1 if judged.faults else 0


if __name__ == "__main__":
    sys.exit(main())
