"""The tickets that the texts' golden files show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.domain.alerts import Alert, Frame, Impact, Sender
from app.domain.issues import IssueRef, Repository
from app.domain.manuals import Page
from app.domain.squad_pointers import Logs
from app.domain.tickets import Around, Burst, Closing, Counters, Duplicate, EarlierIssue, Routing, Ticket

NOW = datetime(2026, 11, 23, 14, 5, 30, tzinfo=UTC)
HOUR = int(NOW.timestamp()) // 3600
REPOSITORY = Repository(id=7, name="acme/shop", installation=1)
MAP_URL = "https://github.com/acme/shop/blob/main/.github/PRODOWNERS#L7"

LOGS = Logs(region="us-gov-west-1", groups=("/prod/reader", "/prod/reader-workers"))
PAGE = Page(
    headings=("Reader", "Documents don't load"),
    url="https://github.com/octo-org/appeals-deployment/blob/main/docs/manual.md?plain=1#L42",
)


def issue(number: int) -> IssueRef:
    url = f"https://github.com/acme/shop/issues/{number}"
    return IssueRef(repository=REPOSITORY, number=number, id=number, node_id=f"I_{number}", url=url)


ALERT = Alert(
    sender=Sender.SENTRY,
    title="NoMethodError: undefined method `name' for nil:NilClass",
    occurred_at=NOW - timedelta(minutes=2),
    environment="production",
    level="error",
    culprit="Certifications::ConfirmController#update_v2",
    error_type="NoMethodError",
    error_value="undefined method `name' for nil:NilClass",
    link="https://acme.sentry.io/organizations/acme/issues/4711/events/9f2c/?project=1&referrer=webhook",
    sender_ref="4711",
    short_id="CASEFLOW-1A2",
    rule="Production errors | all apps",
    release="caseflow@4.2.1",
    url="https://caseflow.example.org/certifications/2104872C/confirm",
    frames=(
        Frame(path="gems/actionpack/lib/abstract_controller/base.rb", function="process", line=129, in_app=False),
        Frame(path="app/controllers/certifications/confirm_controller.rb", function="update_v2", line=42),
        Frame(path="app/models/veteran.rb", function="full_name", line=17),
    ),
    users=12,
    sender_count=3456,
)
TICKET = Ticket(
    id=31,
    issue=issue(12),
    first=ALERT,
    latest=ALERT,
    counters=Counters(
        occurrences=1234,
        users=12,
        sender_count=3456,
        first_seen=NOW - timedelta(days=3, hours=5),
        last_seen=NOW - timedelta(minutes=2),
        hours=((HOUR - 23, 1), (HOUR - 6, 40), (HOUR - 5, 7), (HOUR - 1, 300), (HOUR, 120)),
    ),
    burst=Burst(count=120, first_at=NOW - timedelta(minutes=50), last_at=NOW - timedelta(minutes=2)),
    routing=Routing(
        owners=("alex", "jo"),
        app="Certification v2",
        team="Foxtrot",
        source=".github/PRODOWNERS",
        line=7,
        pattern="app:Certification*",
        matched="app:Certification v2",
        notes=("`@acme/ops` has no lead in the squad's file, so it was left out.",),
    ),
    assigned=("jo",),
    unassignable=("alex",),
    impact=Impact.SEVERE,
    regressions=1,
    silenced="archived_until_escalating",
    earlier=(EarlierIssue(ref=issue(3), closed_at=NOW - timedelta(days=90)),),
    pointed=(issue(13), issue(14)),
)
BARE = Ticket(id=1)
REPORT = Alert(
    sender=Sender.PERSON,
    title="Veterans can't confirm",
    occurred_at=NOW - timedelta(minutes=9),
    link="https://acme.sentry.io/organizations/acme/issues/4711/",
    app="Certification v2",
    details="They press Confirm.\n\nNothing happens.",
    impact=Impact.ANNOYING,
)
REPORTED = Ticket(
    id=32,
    issue=issue(15),
    first=REPORT,
    latest=REPORT,
    counters=Counters(occurrences=1, first_seen=REPORT.occurred_at, last_seen=REPORT.occurred_at, hours=((HOUR, 1),)),
    routing=Routing(owners=("nick",), source=".github/PRODOWNERS", line=1, pattern="*"),
    assigned=("nick",),
    impact=Impact.ANNOYING,
    faults=("“Impact” is none of the choices: begin the answer with one of `unsure`, `annoying`, `severe`.",),
    around=Around(
        before="### App\r\n\r\nCertification v2\r\n\r\n### What do users see?\r\n\r\n"
        "They press Confirm.\r\n\r\nNothing happens.\r\n\r\n```\r\nPG::Error: `x`"
    ),
)
CLOSING = Closing(at=NOW - timedelta(days=2), by="mark")
ASKED = Alert(
    sender=Sender.SUPPORT,
    title="I can't open my documents",
    occurred_at=NOW - timedelta(minutes=40),
    link="https://desk.example.org/tickets/4711",
    short_id="4711",
    app="Reader",
    details="It says 500 since this morning.\n\n/impact severe @nick",
)
SUPPORT = Ticket(
    id=33,
    issue=issue(14),
    first=ASKED,
    latest=ASKED,
    counters=Counters(occurrences=1, first_seen=ASKED.occurred_at, last_seen=ASKED.occurred_at),
    routing=Routing(app="Reader", team="Whiskey", source=".github/PRODOWNERS", line=3, pattern="app:Reader"),
    quiet=True,
)
DUPLICATE = Ticket(
    id=34,
    issue=issue(15),
    first=ASKED,
    latest=ALERT,
    counters=Counters(occurrences=7, first_seen=ASKED.occurred_at, last_seen=NOW),
    merged_into=31,
    duplicate_of=issue(12),
    duplicates=(Duplicate(ticket=35, issue=issue(16)),),
)
