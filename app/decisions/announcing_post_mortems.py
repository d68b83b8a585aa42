"""Announcing post-mortems: what a post-mortem's message in Slack shows, and when it is another than before.

| the post-mortem                   | its message                                                     |
|-----------------------------------|-----------------------------------------------------------------|
| is being written, or open to      | posted, edited from then on                                     |
| feedback                          |                                                                 |
| is done, or was dropped           | edited where there is one                                       |

Rule: it is edited when something of it changes that people act on: its stage, its title, its day, its tickets, its
action items.
"""

from __future__ import annotations

import hashlib
from datetime import date

import msgspec

from app.domain.issues import IssueRef
from app.domain.post_mortem_news import AgendaLine, ShownPostMortem
from app.domain.post_mortems import PostMortem
from app.domain.squad import Squad


def shown(post_mortem: PostMortem, tickets: tuple[IssueRef, ...], squad: Squad) -> ShownPostMortem | None:
    """What its message shows; None where it has none and gets none. `tickets` are its tickets' issues."""
    if not post_mortem.lives and not post_mortem.announced:
        return None
    return ShownPostMortem(
        issue=post_mortem.issue,
        title=post_mortem.title,
        stage=post_mortem.stage,
        tickets=tickets,
        apps=post_mortem.apps,
        asked=squad.post_mortem.audience,
        feedback_by=post_mortem.feedback_by,
        items_open=post_mortem.items_open,
        items_unclear=post_mortem.items_unclear,
        discussed=post_mortem.discussed,
    )


def digest(what: ShownPostMortem) -> str:
    """Two that show the same have the same."""
    return hashlib.blake2b(msgspec.json.encode(what), digest_size=8).hexdigest()


def agenda(post_mortem: PostMortem, day: date) -> AgendaLine:
    """Its line for after standup, on this day."""
    return AgendaLine(
        issue=post_mortem.issue,
        title=post_mortem.title,
        day=day,
        items_open=post_mortem.items_open,
        items_unclear=post_mortem.items_unclear,
    )
