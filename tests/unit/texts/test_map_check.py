"""What a check of the squad's files tells."""

from __future__ import annotations

from app.domain.backtest import Checked, Destination, Moved
from app.domain.issues import IssueRef, Repository
from app.domain.owners import Fault
from app.texts.map_check import summary
from tests.unit.texts import golden

REPOSITORY = Repository(id=7, name="acme/shop", installation=0)
BEFORE = Destination(lead="mark", app="Reader", team="Whiskey", line=3, pattern="app:Reader")


def moved(number: int) -> Moved:
    url = f"https://github.com/acme/shop/issues/{number}"
    ref = IssueRef(repository=REPOSITORY, number=number, id=number, node_id=f"I_{number}", url=url)
    return Moved(issue=ref, title="KeyError: `x` | @all", before=BEFORE, after=Destination(app="Reader"))


def test_everything_at_once() -> None:
    fault = Fault(path=".github/PRODOWNERS", line=7, message="“app:X” never applies: use `/x`.")
    checked = Checked(
        faults=(fault, Fault(line=0, message="No line owns the app Reader.")),
        hints=(Fault(path=".github/prod-squad.yml", line=2, message="There is no label “keep”."),),
        moved=(moved(1),),
        tried=12,
        untried=3,
        unseen=("GitHub does not tell who is in acme/ops: forbidden",),
    )
    golden.holds("map-check.md", summary(checked))


def test_a_good_map_that_moves_nothing() -> None:
    golden.holds("map-check-good.md", summary(Checked(tried=12)))


def test_long_lists_are_cut_and_counted() -> None:
    faults = tuple(Fault(path="x", line=line, message="no") for line in range(1, 104))
    told = str(summary(Checked(faults=faults, moved=tuple(moved(n) for n in range(1, 102)), tried=101)))
    assert "… and 3 more." in told
    assert "… and 1 more." in told
    assert told.count("| [acme/shop") == 100
