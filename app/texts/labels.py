"""The labels of a ticket: their names, colours and one-line descriptions.

Rules: a kind of label has one colour for good, and an impact has one that no other label has: a list of issues shows
what is severe. A ticket has one label of each kind; when it has another value, the new label takes the old one's place.
What the App knows nothing of (no app, no impact yet) it does not take off; only `silenced` goes when the silence is
over. People's other labels stay as they are. Names are compared as GitHub does, without regard to case; they have at
most 50 characters and no comma, which would divide a list of labels.
<https://docs.github.com/rest/issues/labels>
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from app.domain import post_mortems
from app.domain.access import LABEL as ACCESS
from app.domain.alerts import Impact, Sender
from app.domain.nagging import STALE
from app.domain.tickets import Ticket
from app.texts.drafts import LabelStyle
from app.texts.plain import one_line

LONGEST_NAME: Final = 50

_REGRESSION: Final = LabelStyle(
    name="regression", color="d93f0b", description="The error came back after its ticket was closed"
)
_SILENCED: Final = LabelStyle(
    name="silenced", color="c5def5", description="Nobody hears of this error for now, by agreement"
)
STALE_STYLE: Final = LabelStyle(name=STALE, color="cfd3d7", description="Nobody has touched it; somebody was reminded")
POST_MORTEM: Final = LabelStyle(
    name=post_mortems.LABEL, color="0e8a16", description="What happened, why, and what is done so that it stays away"
)
_STORM: Final = LabelStyle(name="storm", color="e99695", description="Many new errors at once, kept in one ticket")
ACTION_ITEM: Final = LabelStyle(
    name=post_mortems.ITEM_LABEL, color="bfe5bf", description="What is done so that an outage stays away"
)
ACCESS_STYLE: Final = LabelStyle(name=ACCESS, color="bfd4f2", description="A new squad member's access, line by line")
_IMPACTS: Final = {
    Impact.UNSURE: ("d4c5f9", "Impact: not sure yet, the tech lead decides"),
    Impact.ANNOYING: ("fbca04", "Impact: annoys users, but corrupts nothing and stops nobody's work"),
    Impact.SEVERE: ("b60205", "Impact: may corrupt data or stops people's work"),
}
_AS_PEOPLE_MADE_IT: Final = "ededed"
_KINDS: Final = ("app:", "team:", "impact:")


def labels_for(ticket: Ticket, ticket_label: str, support_label: str = "support") -> tuple[LabelStyle, ...]:
    """The App's own labels of the ticket; `ticket_label` is the name that makes an issue one (`prod-alert`).

    A support ticket has `support_label`, and the other one when it is quiet no more.
    """
    styles = []
    if not ticket.quiet:
        ours = _style(ticket_label, "006b75", "An error in production, kept by Prod Squad")
        styles.append(msgspec.structs.replace(ours, former=_IMPACTS[Impact.SEVERE][0]))
    if ticket.first is not None and ticket.first.sender is Sender.SUPPORT:
        styles.append(_style(support_label, "bfdadc", "Somebody asked for help; Prod Squad glances at it"))
    routing = ticket.routing
    if routing.app:
        styles.append(_style(f"app:{routing.app}", "1d76db", "Errors of this app"))
    if routing.team:
        styles.append(_style(f"team:{routing.team}", "5319e7", "Errors this team answers for"))
    if ticket.storm is not None:
        styles.append(_STORM)
    if ticket.impact is not None:
        styles.append(_style(f"impact:{ticket.impact}", *_IMPACTS[ticket.impact]))
    if ticket.regressions:
        styles.append(_REGRESSION)
    if ticket.silenced or ticket.silence is not None:
        styles.append(_SILENCED)
    return tuple(styles)


def with_peoples(ours: Iterable[LabelStyle], theirs: Iterable[str]) -> tuple[LabelStyle, ...]:
    """All labels the ticket shall have: ours, then those it has that are of no kind of ours."""
    ours = tuple(ours)
    replaced = {_kind(style.name) for style in ours} | {_kind(_SILENCED.name)}
    kept = {name.casefold(): name for name in theirs if _kind(name) not in replaced}
    return ours + as_they_are(kept.values())


def as_they_are(names: Iterable[str]) -> tuple[LabelStyle, ...]:
    """Labels that an issue has, and that nobody is to dress anew."""
    return tuple(LabelStyle(name=name, color=_AS_PEOPLE_MADE_IT, description="") for name in names)


def _style(name: str, color: str, description: str) -> LabelStyle:
    return LabelStyle(name=one_line(name.replace(",", " "), LONGEST_NAME), color=color, description=description)


def _kind(name: str) -> str:
    """What two labels have in common that can't be on a ticket together; of people's labels, the label itself."""
    folded = name.casefold()
    return next((kind for kind in _KINDS if folded.startswith(kind)), folded)
