"""The table of `intake/github.py`, event by event, over GitHub's own examples."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alerts import Sender
from app.domain.errors import PayloadError
from app.domain.identity import fingerprint, signature
from app.domain.issues import IssueRef, IssueSeen, Repository
from app.domain.mail import (
    ByError,
    ByIssue,
    ByKey,
    Commented,
    InstallationChanged,
    IssueChanged,
    IssueVerb,
    LabelChanged,
    Letter,
    RepositoryChanged,
    SquadFilesPushed,
)
from app.intake import github
from app.intake.reading import Ignored, NotJsonError
from app.intake.redaction import Redactor
from tests import payloads
from tests.unit.intake.bodies import ANY_JSON, damaged, put, unhurried

RECEIVED = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
NAMES = payloads.names("github")
GOLDEN = Path(__file__).parents[2] / "golden"
SHARED = payloads.BESIDE / "github"
HELLO = Repository(id=186853002, name="Codertocat/Hello-World", installation=5, default_branch="master")
OURS = {"login": "prod-squad[bot]", "type": "Bot"}
FORM = """### App

Reader

### Sentry link

https://sentry.io/organizations/appeals/issues/5120034411/

### What do users see?

A white page.

### Impact

severe: potentially corrupting data or causing a major user work stoppage

### When did it start?

2019-05-15 14:00"""


def body_of(name: str, **changes: Any) -> dict[str, Any]:
    """GitHub's example as an App gets it; `issue__title="x"` puts a value at `issue.title`."""
    body: dict[str, Any] = {"installation": {"id": 5}} | json.loads(payloads.body("github", name))
    for path, new in changes.items():
        body = put(body, tuple(path.split("__")), new)
    return body


def read(name: str, **changes: Any) -> Letter | Ignored:
    return read_bytes(name.partition(".")[0], json.dumps(body_of(name, **changes)).encode())


def read_bytes(event: str, body: bytes) -> Letter | Ignored:
    return github.read(event, body, delivery_id="d-1", received_at=RECEIVED, redactor=Redactor(), app_slug="prod-squad")


def letter(name: str, **changes: Any) -> Letter:
    found = read(name, **changes)
    assert isinstance(found, Letter)
    assert (found.sender, found.delivery_id, found.received_at) == ("github", "d-1", RECEIVED)
    assert found.prompt
    return found


def changed(name: str, **changes: Any) -> IssueChanged:
    mail = letter(name, **changes).mail
    assert isinstance(mail, IssueChanged)
    return mail


def label(name: str) -> dict[str, str]:
    return {"name": name}


# Issues.


def test_an_issue_as_it_is_seen() -> None:
    assert changed("issues.labeled") == IssueChanged(
        verb=IssueVerb.LABELED,
        issue=IssueSeen(
            ref=IssueRef(
                repository=HELLO,
                number=1,
                id=444500041,
                node_id="MDU6SXNzdWU0NDQ1MDAwNDE=",
                url="https://github.com/Codertocat/Hello-World/issues/1",
            ),
            title="Spelling error in the README file",
            body="It looks like you accidently spelled 'commit' with two 't's.",
            body_exact=True,
            author="Codertocat",
            open=True,
            labels=("bug",),
            assignees=("Codertocat",),
            updated_at=datetime(2019, 5, 15, 15, 20, 18, tzinfo=UTC),
        ),
        actor="Codertocat",
        at=datetime(2019, 5, 15, 15, 20, 18, tzinfo=UTC),
        label="bug",
    )


@pytest.mark.parametrize(
    ("changes", "reported"),
    [
        pytest.param({"action": "opened", "issue__labels": [label("prod-alert")]}, True, id="opened with the label"),
        pytest.param(
            {"action": "opened", "issue__labels": [label("Prod-Alert")]}, True, id="opened with the label in capitals"
        ),
        pytest.param(
            {"action": "opened", "issue__labels": [], "issue__body": FORM},
            True,
            id="opened with the whole form, its label still to come",
        ),
        pytest.param({"action": "opened", "issue__labels": None}, False, id="opened without the label"),
        pytest.param({"action": "opened", "issue__body": None}, False, id="opened without a body"),
        pytest.param({"action": "labeled", "label": label("PROD-alert")}, True, id="labelled by hand"),
        pytest.param(
            {"action": "labeled", "label": label("bug"), "issue__labels": [label("prod-alert")]},
            False,
            id="labelled with another one",
        ),
        pytest.param(
            {"action": "labeled", "label": None, "issue__labels": [label("prod-alert")]},
            False,
            id="labelled with what is gone",
        ),
        pytest.param(
            {"action": "edited", "issue__labels": [label("prod-alert")], "issue__body": FORM}, False, id="edited"
        ),
        pytest.param(
            {"action": "labeled", "label": label("prod-alert"), "issue__user": OURS},
            False,
            id="the App's own issue, labelled again by a person",
        ),
        pytest.param(
            {"action": "labeled", "label": label("prod-alert"), "issue__user": None},
            True,
            id="an issue of somebody who is gone",
        ),
    ],
)
def test_which_issues_are_reports(changes: dict[str, Any], reported: bool) -> None:
    found = read("issues.labeled", **changes)
    told = isinstance(found, Letter) and isinstance(found.mail, IssueChanged) and found.mail.verb is IssueVerb.REPORTED
    assert told is reported


def test_an_issue_that_was_transferred_here_is_no_report() -> None:
    found = read("issues.opened.by_transfer", issue__labels=[label("prod-alert")])
    assert found == Ignored(why="nothing is done about an issue that is opened without prod-alert")


def test_a_report_with_a_sentry_link_is_for_the_errors_mailbox() -> None:
    found = letter("issues.opened", issue__body=FORM)
    alert = found.mail.alert if isinstance(found.mail, IssueChanged) else None
    assert alert is not None
    assert alert.sender is Sender.PERSON
    assert alert.occurred_at == datetime(2019, 5, 15, 14, 0, tzinfo=UTC)
    error = ByError(fingerprint=fingerprint("sentry", "5120034411"))
    assert found.address == ByIssue(repository_id=HELLO.id, number=1, error=error)


def test_a_report_with_an_error_line_is_for_the_mailbox_of_that_signature() -> None:
    found = letter(
        "issues.labeled", label=label("prod-alert"), issue__body="I see\n\n> Timeout::Error: execution expired"
    )
    words = "timeout::error: execution expired"
    error = ByError(signature=signature(words), words=words)
    assert found.address == ByIssue(repository_id=HELLO.id, number=1, error=error)


def test_a_report_that_tells_no_error_is_one_of_its_own() -> None:
    found = letter("issues.labeled", label=label("prod-alert"), issue__title="Help!", issue__body=None)
    error = ByError(fingerprint=fingerprint("person", str(HELLO.id), "1"))
    assert found.address == ByIssue(repository_id=HELLO.id, number=1, error=error)


def test_a_reports_faults_are_told() -> None:
    found = changed("issues.labeled", label=label("prod-alert"), issue__body=FORM.replace("Reader", "_No response_"))
    assert found.faults == ("Say which app it is: write its name below “App”.",)


@pytest.mark.parametrize(
    "verb", [pytest.param(verb, id=verb.value) for verb in IssueVerb if verb is not IssueVerb.REPORTED]
)
def test_what_is_done_to_an_issue_is_for_the_issues_mailbox(verb: IssueVerb) -> None:
    found = letter("issues.labeled", action=verb.value)
    assert isinstance(found.mail, IssueChanged)
    assert (found.mail.verb, found.mail.alert, found.mail.faults) == (verb, None, ())
    assert found.address == ByIssue(repository_id=HELLO.id, number=1)


@pytest.mark.parametrize("action", ["opened", "milestoned", "demilestoned", "pinned", "typed", "reported", "x" * 90])
def test_what_else_is_done_to_an_issue_is_ignored(action: str) -> None:
    why = f"nothing is done about an issue that is {action[:40]} without prod-alert"
    assert read("issues.labeled", action=action) == Ignored(why=why)


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        pytest.param({"action": "labeled"}, datetime(2019, 5, 15, 15, 20, 18, tzinfo=UTC), id="when the issue changed"),
        pytest.param(
            {"action": "closed", "issue__closed_at": "2019-05-15T15:20:17Z"},
            datetime(2019, 5, 15, 15, 20, 17, tzinfo=UTC),
            id="when it was closed",
        ),
        pytest.param(
            {"action": "closed", "issue__closed_at": None},
            datetime(2019, 5, 15, 15, 20, 18, tzinfo=UTC),
            id="closed without a time",
        ),
        pytest.param({"action": "deleted"}, RECEIVED, id="deleted: the issue is shown as it was before"),
        pytest.param({"action": "transferred"}, RECEIVED, id="transferred, likewise"),
        pytest.param({"action": "edited", "issue__updated_at": "odd"}, RECEIVED, id="no time: when it was received"),
    ],
)
def test_when_it_was_done(changes: dict[str, Any], at: datetime) -> None:
    assert changed("issues.labeled", **changes).at == at


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        pytest.param(
            {"issue__state": "closed", "issue__state_reason": "not_planned"},
            "state_reason",
            "not_planned",
            id="why it is closed",
        ),
        pytest.param(
            {"issue__state": "closed", "issue__state_reason": None}, "state_reason", "", id="closed for no reason"
        ),
        pytest.param({"issue__state_reason": "reopened"}, "state_reason", "", id="an open issue has no reason"),
        pytest.param({"issue__state": "closed"}, "open", False, id="closed"),
        pytest.param({"issue__locked": True}, "locked", True, id="locked"),
        pytest.param({"issue__user": None}, "author", "", id="an author who is gone"),
        pytest.param({"issue__assignees": [None, {"login": "jo"}]}, "assignees", ("jo",), id="an assignee who is gone"),
        pytest.param({"issue__assignees": None}, "assignees", (), id="no assignees"),
        pytest.param({"issue__labels": None}, "labels", (), id="no labels"),
        pytest.param({"issue__body": None}, "body", "", id="no body"),
        pytest.param({"issue__body": None}, "body_exact", True, id="no body is exactly that"),
        pytest.param({"issue__body": "mail jo@example.org"}, "body", "mail [e-mail removed]", id="a redacted body"),
        pytest.param({"issue__body": "mail jo@example.org"}, "body_exact", False, id="a redacted body is not exact"),
        pytest.param(
            {"issue__body": "mail [e-mail removed]"}, "body_exact", True, id="a body that was redacted before"
        ),
        pytest.param({"issue__title": "of jo@example.org"}, "title", "of [e-mail removed]", id="a redacted title"),
    ],
)
def test_an_issues_fields(changes: dict[str, Any], field: str, expected: Any) -> None:
    assert getattr(changed("issues.labeled", **changes).issue, field) == expected


@pytest.mark.parametrize("body", [pytest.param(path, id=path.stem) for path in sorted(GOLDEN.glob("ticket-*.md"))])
def test_a_body_the_app_wrote_is_exact(body: Path) -> None:
    # What was taken out of it before is marked, and what it holds of numbers, addresses and markers is left alone.
    text = body.read_text() + "\n[e-mail removed], [SSN removed], [card number removed], password=[secret removed]"
    found = changed("issues.labeled", action="edited", issue__user=OURS, issue__body=text).issue
    assert (found.body, found.body_exact) == (text, True)


def test_a_transferred_issue_says_where_it_is_now() -> None:
    found = changed("issues.transferred")
    assert found.verb is IssueVerb.TRANSFERRED
    assert found.issue.ref.repository.name == "octo-org/octo-repo"
    assert found.moved_to is not None
    assert (found.moved_to.ref.repository, found.moved_to.ref.number) == (HELLO, 1)


def test_a_pull_request_is_no_ticket() -> None:
    why = Ignored(why="a pull request is no ticket")
    assert read("issues.milestoned", action="labeled") == why
    assert read("issue_comment.created", issue__pull_request={"url": "https://x"}) == why


# Comments.


def test_a_comment() -> None:
    found = letter("issue_comment.edited")
    assert isinstance(found.mail, Commented)
    assert found.mail == Commented(
        action="edited",
        comment_id=492700400,
        issue=found.mail.issue,
        actor="Codertocat",
        actor_is_bot=False,
        body="You are totally right! I'll get this fixed today.",
        previous_body="You are totally right! I'll get this fixed right away.",
        at=datetime(2019, 5, 15, 15, 20, 22, tzinfo=UTC),
    )
    assert found.mail.issue.title == "Spelling error in the README file"
    assert found.mail.issue.body == "It looks like you accidently spelled 'commit' with two 't's."
    assert found.address == ByIssue(repository_id=HELLO.id, number=1)


@pytest.mark.parametrize(
    ("name", "changes", "field", "expected"),
    [
        pytest.param("issue_comment.created", {}, "previous_body", "", id="a new comment was nothing before"),
        pytest.param("issue_comment.deleted", {}, "at", RECEIVED, id="a deleted comment is shown as it was before"),
        pytest.param(
            "issue_comment.created", {"comment__updated_at": None}, "at", RECEIVED, id="a comment without a time"
        ),
        pytest.param("issue_comment.created", {"comment__body": None}, "body", "", id="a comment without a body"),
        pytest.param(
            "issue_comment.created", {"comment__body": "jo@example.org"}, "body", "[e-mail removed]", id="redacted"
        ),
        pytest.param(
            "issue_comment.edited",
            {"changes__body__from": "jo@example.org"},
            "previous_body",
            "[e-mail removed]",
            id="redacted as it was before",
        ),
        pytest.param(
            "issue_comment.created", {"sender": {"login": "ci", "type": "Bot"}}, "actor_is_bot", True, id="another bot"
        ),
        pytest.param(
            "issue_comment.created",
            {"sender": {"login": "ci[bot]"}},
            "actor_is_bot",
            True,
            id="another bot by its name",
        ),
    ],
)
def test_a_comments_fields(name: str, changes: dict[str, Any], field: str, expected: Any) -> None:
    assert getattr(letter(name, **changes).mail, field) == expected


def test_what_else_is_done_to_a_comment_is_ignored() -> None:
    assert read("issue_comment.created", action="pinned") == Ignored(
        why="nothing is done about a comment that is pinned"
    )


# The App's own acts, and the App's own issues.


@pytest.mark.parametrize("name", ["issues.labeled", "issue_comment.created", "label.edited"])
@pytest.mark.parametrize("login", ["prod-squad[bot]", "Prod-Squad[bot]"])
def test_what_the_app_did_itself_is_ignored(name: str, login: str) -> None:
    assert read(name, sender={"login": login, "type": "Bot"}) == Ignored(why="the App did it itself")


@pytest.mark.parametrize("name", ["issues.labeled", "issue_comment.created"])
@pytest.mark.parametrize(
    ("author", "ours"),
    [
        pytest.param(OURS, True, id="the App made the issue"),
        pytest.param({"login": "Codertocat"}, False, id="a person made it"),
        pytest.param({"login": "prod-squad"}, False, id="a person with the App's name made it"),
        pytest.param({"login": "other[bot]"}, False, id="another bot made it"),
        pytest.param(None, False, id="somebody who is gone made it"),
    ],
)
@pytest.mark.parametrize("actor", [{"login": "Codertocat"}, {"login": "other[bot]", "type": "Bot"}])
def test_others_may_hear_of_the_apps_issue_before_the_app_has_recorded_it(
    name: str, author: dict[str, str] | None, ours: bool, actor: dict[str, str]
) -> None:
    found = letter(name, issue__user=author, sender=actor)
    assert found.address == ByIssue(repository_id=HELLO.id, number=1, ours=ours)


# Pushes.


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        pytest.param(
            {"commits": [{"modified": [".github/PRODOWNERS", "a.rb"]}]}, (".github/PRODOWNERS",), id="a map is changed"
        ),
        pytest.param(
            {"commits": [{"added": ["CODEOWNERS"]}, {"removed": [".github/prod-squad.yml"]}]},
            (".github/prod-squad.yml", "CODEOWNERS"),
            id="over several commits",
        ),
        pytest.param({"commits": [{}] * 20}, github.SQUAD_FILES, id="there may have been more commits"),
        pytest.param({"commits": [], "size": 20}, github.SQUAD_FILES, id="there were more commits"),
        pytest.param({"commits": [], "forced": True}, github.SQUAD_FILES, id="forced"),
        pytest.param({"commits": [], "created": True}, github.SQUAD_FILES, id="the branch is new"),
    ],
)
def test_a_push_that_touches_the_squads_files(changes: dict[str, Any], paths: tuple[str, ...]) -> None:
    found = letter("push", **({"created": False} | changes))
    commit = "6113728f27ae82c7b1a177c8d03f9e96e0adf246"
    repository = found.mail.repository if isinstance(found.mail, SquadFilesPushed) else None
    assert repository is not None
    assert found.mail == SquadFilesPushed(repository=repository, commit=commit, paths=paths)
    assert found.address == ByKey(key=f"repository:{HELLO.id}")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"created": False}, "a push that touches no file of the squad's", id="other files"),
        pytest.param({"ref": "refs/heads/topic"}, "a push to another branch than the default one", id="another branch"),
        pytest.param({"ref": "refs/tags/master"}, "a push to another branch than the default one", id="a tag"),
        pytest.param({"deleted": True}, "a push to another branch than the default one", id="a branch is gone"),
    ],
)
def test_a_push_that_does_not(changes: dict[str, Any], why: str) -> None:
    assert read("push", **changes) == Ignored(why=why)


# Labels, repositories, installations.


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        pytest.param({}, ":bug: Bugfix", id="its name"),
        pytest.param({"changes": {"name": {"from": "prod-alert"}}}, "prod-alert", id="what it was called before"),
    ],
)
def test_a_label(changes: dict[str, Any], name: str) -> None:
    found = letter("label.edited", **changes)
    assert found.mail == LabelChanged(action="edited", repository=HELLO, name=name)
    assert found.address == ByKey(key=f"repository:{HELLO.id}")


@pytest.mark.parametrize(
    ("name", "changes", "action", "previous"),
    [
        pytest.param(
            "repository.renamed",
            {"changes__repository__name__from": "Bye-World"},
            "renamed",
            "Octocoders/Bye-World",
            id="renamed",
        ),
        pytest.param("repository.transferred", {}, "transferred", "octocat/Hello-World", id="transferred by a person"),
        pytest.param(
            "repository.transferred",
            {"changes__owner__from": {"organization": {"login": "octo-org"}}},
            "transferred",
            "octo-org/Hello-World",
            id="transferred by an organisation",
        ),
        pytest.param(
            "repository.transferred",
            {"changes__owner__from": {}},
            "transferred",
            "",
            id="transferred by nobody knows whom",
        ),
        pytest.param("repository.renamed", {"action": "archived", "changes": {}}, "archived", "", id="archived"),
        pytest.param("repository.renamed", {"action": "deleted", "changes": {}}, "deleted", "", id="deleted"),
    ],
)
def test_a_repository(name: str, changes: dict[str, Any], action: str, previous: str) -> None:
    found = letter(name, **changes)
    mail = found.mail
    assert isinstance(mail, RepositoryChanged)
    assert (mail.action, mail.repository.name, mail.previous_name) == (action, "Octocoders/Hello-World", previous)
    assert found.address == ByKey(key="repository:186853261")


def test_another_default_branch_may_have_other_squads_files() -> None:
    found = letter("repository.edited.default_branch")
    repository = Repository(id=186853261, name="Octocoders/Hello-World", installation=5, default_branch="master")
    assert found.mail == SquadFilesPushed(repository=repository, commit="", paths=github.SQUAD_FILES)


@pytest.mark.parametrize("changes", [{"changes": {"description": {"from": None}}}, {"action": "created"}])
def test_what_else_is_done_to_a_repository_is_ignored(changes: dict[str, Any]) -> None:
    found = read("repository.edited.default_branch", **changes)
    assert isinstance(found, Ignored)
    assert found.why.startswith("nothing is done about a repository that is ")


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        pytest.param(
            "installation.created",
            {},
            InstallationChanged(
                action="created",
                installation=957387,
                account="Codertocat",
                repositories=(Repository(id=186853002, name="Codertocat/Hello-World", installation=957387),),
            ),
            id="created",
        ),
        pytest.param(
            "installation.created",
            {"action": "suspend", "repositories": None, "installation__account": None},
            InstallationChanged(action="suspend", installation=957387, account=""),
            id="suspended, of an account that is gone",
        ),
        pytest.param(
            "installation_repositories.added",
            {},
            InstallationChanged(
                action="added",
                installation=957387,
                account="Codertocat",
                repositories=(Repository(id=186853007, name="Codertocat/Space", installation=957387),),
            ),
            id="a repository joined",
        ),
        pytest.param(
            "installation_repositories.removed",
            {},
            InstallationChanged(
                action="removed",
                installation=2,
                account="octocat",
                repositories=(Repository(id=1296269, name="octocat/Hello-World", installation=2),),
            ),
            id="a repository left",
        ),
    ],
)
def test_an_installation(name: str, changes: dict[str, Any], expected: InstallationChanged) -> None:
    found = letter(name, **changes)
    assert found.mail == expected
    assert found.address == ByKey(key=f"installation:{expected.installation}")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("installation.created", "nothing is done about an installation's renamed"),
        ("installation_repositories.added", "nothing is done about repositories that are renamed"),
    ],
)
def test_what_else_is_done_to_an_installation_is_ignored(name: str, why: str) -> None:
    assert read(name, action="renamed") == Ignored(why=why)


# Odd deliveries.


@pytest.mark.parametrize("event", ["ping", "check_suite", "pull_request", "projects_v2_item", "", "x" * 90])
def test_an_event_that_nothing_is_done_about_is_not_even_looked_at(event: str) -> None:
    assert read_bytes(event, b"not JSON") == Ignored(why=f"nothing is done about the event {event[:40]}")


@pytest.mark.parametrize(
    "name", ["issues.labeled", "issue_comment.created", "push", "label.edited", "repository.renamed"]
)
def test_a_repositorys_own_webhook_is_a_dead_letter_that_says_what_to_do(name: str) -> None:
    body = body_of(name)
    del body["installation"]
    with pytest.raises(PayloadError, match=r"Remove that webhook") as caught:
        read_bytes(name.partition(".")[0], json.dumps(body).encode())
    assert not isinstance(caught.value, NotJsonError)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        pytest.param("issues.labeled", {"issue": None}, id="no issue"),
        pytest.param("issues.labeled", {"repository": {}}, id="an empty repository"),
        pytest.param("issues.labeled", {"issue__number": "1"}, id="a number in words"),
        pytest.param("issues.labeled", {"issue__id": 2**63}, id="an id that no store can hold"),
        pytest.param("issue_comment.created", {"comment__id": -1}, id="an id below zero"),
        pytest.param("push", {"commits": {}}, id="commits that are none"),
        pytest.param("installation.created", {"installation": None}, id="no installation"),
    ],
)
def test_a_body_without_what_github_documents_is_a_dead_letter(name: str, changes: dict[str, Any]) -> None:
    with pytest.raises(PayloadError) as caught:
        read(name, **changes)
    assert not isinstance(caught.value, NotJsonError)


EVENTS = ["issues", "issue_comment", "push", "label", "repository", "installation", "installation_repositories"]


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("body", [b"", b"payload=%7B%7D", b'{"action": "opened"', b'{"action": "\xff"}'])
def test_what_is_not_json_is_refused(event: str, body: bytes) -> None:
    with pytest.raises(NotJsonError):
        read_bytes(event, body)


# Whatever comes.


def read_or_refused(event: str, body: bytes) -> None:
    try:
        found = read_bytes(event, body)
    except PayloadError:
        return
    assert msgspec.json.decode(msgspec.json.encode(found), type=type(found)) == found


@unhurried
@given(event=st.sampled_from(EVENTS), body=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(event: str, body: bytes) -> None:
    read_or_refused(event, body)


@unhurried
@given(event=st.sampled_from(EVENTS), value=ANY_JSON)
def test_any_json_is_read_or_refused(event: str, value: Any) -> None:
    read_or_refused(event, json.dumps(value).encode())


@unhurried
@given(event=st.sampled_from(EVENTS), body=damaged([json.dumps(body_of(name)).encode() for name in NAMES]))
def test_a_real_body_with_fields_missing_or_odd_is_read_or_refused(event: str, body: bytes) -> None:
    read_or_refused(event, body)


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"there are no more of GitHub's examples at {SHARED}")
def test_all_of_githubs_examples_are_read() -> None:
    letters = set()
    for path in sorted(SHARED.glob("*/*.json")):
        body = {"installation": {"id": 5}} | json.loads(path.read_bytes())
        found = read_bytes(path.parent.name, json.dumps(body).encode())
        if isinstance(found, Letter):
            letters.add(path.parent.name)
    assert letters == set(EVENTS)
