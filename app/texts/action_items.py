"""An action item as a line of a post-mortem's text, and what is said of it on the ticket.

| the post-mortem has                     | the line comes                                                         |
|-----------------------------------------|------------------------------------------------------------------------|
| “Action items” with a list              | after its last item; before an empty one that ends it                  |
| “Action items” without one              | below the heading                                                      |
| no such heading                         | below a new one, at the end                                            |
| the line that says they were discussed  | before that, as that is no item                                        |
| the very line there, its own issue's    | nowhere                                                                |
| number behind it or not                 |                                                                        |

Rule: nothing of what stands there is changed. Where the items stand is what their reader says: what is put anywhere
else nobody is reminded of.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from app.domain.following_up import DISCUSSED, ActionItem, Checklist
from app.domain.issues import IssueRef
from app.domain.post_mortems import ITEM_MARKER, ItemOf
from app.domain.wishes import AddAction
from app.texts.body import inserted
from app.texts.markdown import (
    LINE,
    NOTHING,
    Markdown,
    fill,
    hidden,
    issue_link,
    joined,
    literal,
    marker,
    mention,
    remark,
    words,
)
from app.texts.plain import one_line, unmentioning
from app.texts.ticket import LONGEST_TITLE

_BLANK: Final = literal(" ")
_BLANK_LINE: Final = literal("\n\n")
_NEXT: Final = re.compile(r"^ {0,3}#{1,4}[ \t]|^<!-- prod-squad:v1:", re.MULTILINE)
_REST: Final = re.compile(r"[^\r\n]*")
_DISCUSSED: Final = re.compile(rf"^[ \t]*[-*+][ \t]+\[[ xX]\][ \t]+{DISCUSSED}\.?[ \t]*\r?$", re.MULTILINE | re.I)
_OWN_ISSUE: Final = re.compile(r" \(#[1-9][0-9]{0,8}\)[ \t]*$")
_BARE: Final = re.compile(r"^[ \t]*[-*+][ \t]+\[[ xX]\][ \t]*\r?$", re.MULTILINE)


def line(wish: AddAction) -> Markdown:
    """`- [ ] @jo by 2026-12-04: what`, as the post-mortem's reader understands it."""
    return fill("- [ ] {item}", item=_item(wish))


def _item(wish: AddAction) -> Markdown:
    who = joined([mention(login) for login in wish.logins], _BLANK)
    return fill("{who} by {day}: {what}", who=who, day=words(f"{wish.due:%Y-%m-%d}"), what=words(wish.what))


def with_item(body: str, item: Markdown, where: Checklist | None) -> Markdown | None:
    """The body with the line; None where it is there. `where`: what its reader says; see the module's table."""
    if where is None:
        new = fill("## Action items\n\n{item}", item=item)
        body = f"{body.rstrip()}\n\n" if body.strip() else ""
        return inserted(body, len(body), new)
    if any(_OWN_ISSUE.sub("", line) == str(item) for line in body[where.begin : where.end].splitlines()):
        return None
    following = _NEXT.search(body, where.last, where.end)
    end = following.start() if following is not None else where.end
    discussion = _DISCUSSED.search(body, where.last, end)
    end = discussion.start() if discussion is not None else end
    bare = _BARE.search(body, where.last, end)
    if bare is not None:
        return inserted(body, bare.start(), fill("{item}\n", item=item))
    if where.last > where.begin:
        behind = _REST.match(body, where.last)
        return inserted(body, behind.end() if behind is not None else where.last, fill("\n{item}", item=item))
    return inserted(body, min(where.begin - 1, len(body)), fill("\n\n{item}", item=item))


def title(item: ActionItem) -> str:
    """An item's own issue's title: plain text on one line, without mentions and references."""
    return unmentioning(one_line(item.what, LONGEST_TITLE))[:LONGEST_TITLE]


def issue_body(item: ActionItem, of: IssueRef, marks: ItemOf, operation: str) -> Markdown:
    """An item's own issue. Nobody is mentioned: whoever does it is assigned."""
    due = fill("It is due on {day}.", day=words(f"{item.due:%Y-%m-%d}")) if item.due is not None else NOTHING
    said = [
        fill("An action item of {issue}.", issue=issue_link(of)),
        due,
        literal("Close this as completed, and its line there is ticked."),
    ]
    hint = hidden(ITEM_MARKER, msgspec.json.encode(marks).decode())
    return joined([joined(said, _BLANK), joined([hint, marker(operation)], LINE)], _BLANK_LINE)


def stay_lines(operation: str) -> Markdown:
    """GitHub has no sub-issues here, though the squad's file wants them."""
    said = literal(
        "The squad's file says `sub_issues: true` below `post_mortem`, but GitHub has no sub-issues here. So "
        "action items stay lines of the checklist: tick them when they are done."
    )
    return remark([said], operation)


def added(post_mortem: IssueRef, wish: AddAction, operation: str) -> Markdown:
    """To whoever does it, on the ticket: of an edit of the post-mortem GitHub tells nobody."""
    issue = issue_link(post_mortem)
    said = fill("The post-mortem, {issue}, has one more action item: {item}", issue=issue, item=_item(wish))
    return joined([said, marker(operation)], _BLANK_LINE)
