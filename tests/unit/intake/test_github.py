"""The table of `intake/github.py`: issues and comments, over GitHub's own examples."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.domain.alerts import Sender
from app.domain.identity import fingerprint, signature
from app.domain.issues import IssueRef, IssueSeen
from app.domain.mail import (
    ByError,
    ByIssue,
    Commented,
    IssueChanged,
    IssueVerb,
    Letter,
)
from app.domain.mailboxes import URGENT
from app.domain.wishes import CommandLine
from app.intake.reading import Ignored
from tests.unit.intake.github_side import FORM, GOLDEN, HELLO, OURS, RECEIVED, changed, label, letter, read

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
    "verb",
    [pytest.param(it, id=it.value) for it in IssueVerb if it not in {IssueVerb.REPORTED, IssueVerb.OPENED}],
)
def test_what_is_done_to_an_issue_is_for_the_issues_mailbox(verb: IssueVerb) -> None:
    found = letter("issues.labeled", action=verb.value)
    assert isinstance(found.mail, IssueChanged)
    assert (found.mail.verb, found.mail.alert, found.mail.faults) == (verb, None, ())
    assert found.address == ByIssue(repository_id=HELLO.id, number=1)


@pytest.mark.parametrize(
    ("name", "action", "makes"),
    [
        pytest.param("Prod-Alert", "labeled", True, id="the label that makes tickets"),
        pytest.param("support", "labeled", False, id="another label"),
        pytest.param("prod-alert", "unlabeled", False, id="taken off"),
    ],
)
def test_a_label_on_an_issue_of_the_apps_may_make_its_support_ticket_loud(name: str, action: str, makes: bool) -> None:
    found = letter("issues.labeled", action=action, label__name=name, issue__user=OURS)
    assert isinstance(found.mail, IssueChanged)
    assert found.mail.makes_ticket is makes


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


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        pytest.param("/prod-alert", True, id="the command"),
        pytest.param("Look:\n\n/prod-alert severe it is lost\n", True, id="with more around it"),
        pytest.param("/impact severe", False, id="another command"),
        pytest.param("> /prod-alert", False, id="quoted"),
        pytest.param("/ack\n\n" * 10 + "/prod-alert", False, id="one command too many"),
    ],
)
def test_who_asks_to_make_a_ticket_of_an_issue_is_heard(body: str, asked: bool) -> None:
    found = letter("issue_comment.created", comment__body=body)
    assert found.address == ByIssue(repository_id=HELLO.id, number=1, asked=asked)
    assert found.priority == (URGENT if "severe" in body else 0)


def test_who_asks_on_a_pull_request_gets_an_answer() -> None:
    pull_request = {"url": "https://x"}
    found = letter("issue_comment.created", comment__body="/prod-alert", issue__pull_request=pull_request)
    assert isinstance(found.mail, Commented)
    assert found.mail.on_pull_request
    assert found.address == ByIssue(repository_id=HELLO.id, number=1, asked=True)


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
        at=datetime(2019, 5, 15, 15, 20, 22, tzinfo=UTC),
    )
    assert b"totally right" not in msgspec.json.encode(found), "what people write is not kept"
    assert found.address == ByIssue(repository_id=HELLO.id, number=1)


@pytest.mark.parametrize(
    ("name", "changes", "field", "expected"),
    [
        pytest.param("issue_comment.deleted", {}, "at", RECEIVED, id="a deleted comment is shown as it was before"),
        pytest.param(
            "issue_comment.created", {"comment__updated_at": None}, "at", RECEIVED, id="a comment without a time"
        ),
        pytest.param("issue_comment.created", {"comment__body": None}, "commands", (), id="a comment without a body"),
        pytest.param(
            "issue_comment.created",
            {"comment__body": "/silence 7d ask jo@example.org"},
            "commands",
            (CommandLine(name="silence", rest="7d ask [e-mail removed]", line=1),),
            id="what a command says is redacted",
        ),
        pytest.param(
            "issue_comment.edited",
            {"changes__body__from": "/ack", "comment__body": "/ack"},
            "commands",
            (),
            id="what stood there before is no new command",
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
    assert read("issue_comment.created", action="hidden") == Ignored(
        why="nothing is done about a comment that is hidden"
    )


# What of a comment is to be on the timeline.

WRITTEN = datetime(2019, 5, 15, 15, 20, 21, tzinfo=UTC)
LONG = "The pool was full, ask jo@example.org.\r\n> and so on\r\n\r\n/timeline\r\nIt holds 5.\r\n"


@pytest.mark.parametrize(
    ("changes", "marks", "text"),
    [
        pytest.param({"comment__body": "/timeline 09:41 x"}, ("09:41 x",), "", id="words of its own"),
        pytest.param(
            {"comment__body": LONG}, ("",), "The pool was full, ask [e-mail removed]. It holds 5.", id="the comment's"
        ),
        pytest.param(
            {"comment__body": "/timeline told jo@example.org\n/timeline"},
            ("told [e-mail removed]", ""),
            "",
            id="two, redacted",
        ),
        pytest.param({"comment__body": "```\n/timeline x\n```"}, (), "", id="in code it is none"),
        pytest.param({"comment__body": f"/timeline\n{'x' * 900}"}, ("",), "x" * 400, id="a long one is cut"),
        pytest.param({"action": "pinned", "comment__body": "It was full."}, (), "It was full.", id="pinned"),
        pytest.param(
            {"action": "edited", "comment__body": "It was full.", "comment__pin": {"pinned_at": "x"}},
            (),
            "It was full.",
            id="edited, and pinned before",
        ),
    ],
)
def test_what_of_a_comment_is_kept_for_the_timeline(changes: dict[str, Any], marks: tuple[str, ...], text: str) -> None:
    mail = letter("issue_comment.created", **changes).mail
    assert isinstance(mail, Commented)
    assert (mail.marks, mail.text) == (marks, text)
    assert (mail.author, mail.written_at) == (("Codertocat", WRITTEN) if marks or text else ("", None))


def test_of_a_deleted_comment_nothing_is_kept() -> None:
    mail = letter("issue_comment.deleted", comment__body="/timeline x").mail
    assert isinstance(mail, Commented)
    assert (mail.marks, mail.text, mail.author) == ((), "", "")


def test_a_comment_that_an_account_that_is_gone_wrote_has_no_author() -> None:
    mail = letter("issue_comment.created", comment__body="/timeline x", comment__user=None).mail
    assert isinstance(mail, Commented)
    assert mail.author == ""


def test_a_pinned_comment_of_the_apps_own_tells_nothing_new() -> None:
    assert read("issue_comment.created", action="pinned", comment__user=OURS) == Ignored(
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
