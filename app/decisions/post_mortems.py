"""Post-mortems: the stage of one, by its issue.

| the issue                                        | its stage   |
|--------------------------------------------------|-------------|
| was deleted, or does not carry the label any more| dropped     |
| closed as not planned, or as a duplicate         | dropped     |
| closed as completed                              | done        |
| open, and a section is empty                     | in-progress |
| open, and none is empty                          | feedback    |

Rule: it follows from the issue alone, whatever was before; so it may go back, too. A section is one of those that
`domain/following_up.Section` names.
"""

from __future__ import annotations

import msgspec

from app.domain.following_up import Paper
from app.domain.issues import IssueSeen
from app.domain.post_mortems import LABEL, PostMortem, Stage


def carries_label(labels: tuple[str, ...], name: str = LABEL) -> bool:
    """Whether a label is among these; GitHub's labels are the same whatever their case."""
    return name.casefold() in {label.casefold() for label in labels}


def stage_of(seen: IssueSeen, paper: Paper) -> Stage:
    """See the module's table; of a deleted one nothing is seen."""
    if not carries_label(seen.labels):
        return Stage.DROPPED
    if not seen.open:
        return Stage.DONE if seen.state_reason in {"", "completed"} else Stage.DROPPED
    return Stage.IN_PROGRESS if paper.empty else Stage.FEEDBACK


def seen_again(known: PostMortem, seen: IssueSeen, paper: Paper) -> PostMortem:
    """The record as its issue, just read, shows it. `seen`'s title is redacted."""
    unclear = [item for item in paper.to_do if not item.owners or (item.due is None and item.weekday is None)]
    return msgspec.structs.replace(
        known,
        issue=seen.ref,
        stage=stage_of(seen, paper),
        title=seen.title,
        items_open=len(paper.to_do) + paper.beyond,
        items_unclear=len(unclear),
        items_certain=sum(item.hangs_on_itself for item in paper.to_do),
        discussed=paper.discussed,
    )
