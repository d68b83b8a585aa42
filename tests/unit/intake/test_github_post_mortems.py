"""The table of `intake/github.py`: post-mortems, and the issues that their action items became."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.mail import ByIssue, ByKey, Commented, IssueChanged, IssueVerb, Letter
from app.domain.mailboxes import post_mortem_key
from app.intake.reading import Ignored
from app.texts.markdown import hidden
from tests.unit.intake.github_side import HELLO, OURS, label, letter, read

KEY = ByKey(key=f"post-mortem:{HELLO.id}:1")
ISSUE = ByIssue(repository_id=HELLO.id, number=1)
LABELS = [label("bug"), label("Post-Mortem")]
TICKET = [*LABELS, label("prod-alert")]
MARK = str(hidden("action-item", f'{{"repository":{HELLO.id},"number":9,"key":"ab"}}'))
ITEM = {"issue__user": OURS, "issue__body": MARK, "issue__labels": [label("action-item")]}


def test_its_mailbox() -> None:
    assert KEY.key == post_mortem_key(HELLO.id, 1)


@pytest.mark.parametrize(
    "verb", [pytest.param(verb, id=verb.value) for verb in IssueVerb if verb is not IssueVerb.REPORTED]
)
def test_whatever_is_done_to_one_is_for_its_mailbox(verb: IssueVerb) -> None:
    found = letter("issues.labeled", action=verb.value, issue__labels=LABELS, label=label("bug"))
    assert isinstance(found.mail, IssueChanged)
    assert (found.mail.verb, found.address) == (verb, KEY)


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        pytest.param({"action": "unlabeled", "label": label("post-mortem")}, KEY, id="its label is taken off"),
        pytest.param(
            {"action": "unlabeled", "label": label("post-mortem"), "issue__labels": [label("prod-alert")]},
            ISSUE,
            id="off a ticket",
        ),
        pytest.param({"action": "unlabeled", "label": None}, ISSUE, id="a label that is gone is taken off"),
        pytest.param(
            {"action": "unlabeled", "label": label("prod-alert"), "issue__labels": LABELS}, ISSUE, id="a ticket no more"
        ),
        pytest.param({"label": label("post-mortem"), "issue__labels": TICKET}, ISSUE, id="put on a ticket"),
        pytest.param({"label": label("bug"), "issue__labels": [label("postmortem")]}, ISSUE, id="another label"),
        pytest.param({"issue__user": OURS, "issue__labels": LABELS}, KEY, id="one that the App opened"),
        pytest.param(
            {"issue__user": OURS, "issue__labels": None},
            ByIssue(repository_id=HELLO.id, number=1, ours=True),
            id="without labels",
        ),
    ],
)
def test_which_issues_are_post_mortems(changes: dict[str, Any], address: object) -> None:
    assert letter("issues.labeled", **({"issue__labels": []} | changes)).address == address


def test_a_pull_request_is_none() -> None:
    assert isinstance(read("issues.milestoned", action="labeled", issue__labels=LABELS), Ignored)
    found = letter(
        "issue_comment.created",
        comment__body="/prod-alert",
        issue__labels=LABELS,
        issue__pull_request={"url": "https://x"},
    )
    assert isinstance(found.address, ByIssue)


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        pytest.param({"comment__body": "/help"}, KEY, id="a command"),
        pytest.param({"comment__body": "/prod-alert"}, KEY, id="one that makes a ticket elsewhere"),
        pytest.param({"comment__body": "It was the index."}, ISSUE, id="no command"),
        pytest.param({"action": "edited", "comment__body": "It was the index."}, KEY, id="edited"),
        pytest.param({"action": "deleted"}, KEY, id="deleted"),
        pytest.param({"action": "pinned"}, KEY, id="pinned"),
        pytest.param({"action": "deleted", "issue__labels": TICKET}, ISSUE, id="deleted, on a ticket"),
        pytest.param({"comment__body": "/help", "issue__labels": TICKET}, ISSUE, id="on a ticket"),
        pytest.param({"comment__body": "/help", "sender": {"login": "ci[bot]"}}, ISSUE, id="a bot's"),
    ],
)
def test_comments(changes: dict[str, Any], address: object) -> None:
    found = letter("issue_comment.created", **({"issue__labels": LABELS} | changes))
    assert isinstance(found.mail, Commented)
    assert found.address == address


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        pytest.param({"action": "closed"}, ByKey(key=f"post-mortem:{HELLO.id}:9"), id="closed"),
        pytest.param({"action": "reopened"}, ByKey(key=f"post-mortem:{HELLO.id}:9"), id="opened again"),
        pytest.param({"action": "deleted"}, ByKey(key=f"post-mortem:{HELLO.id}:9"), id="deleted"),
        pytest.param({"action": "edited"}, ISSUE, id="edited: nobody's"),
        pytest.param({"action": "closed", "issue__labels": []}, ISSUE, id="without its label: nobody's"),
        pytest.param({"action": "closed", "issue__user": {"login": "jo"}}, ISSUE, id="forged by a person"),
    ],
)
def test_action_items(changes: dict[str, Any], address: object) -> None:
    found = read("issues.labeled", **(ITEM | changes))
    assert isinstance(found, Letter)
    assert found.address == address


def test_what_is_said_on_an_action_item_is_nobodys() -> None:
    assert letter("issue_comment.created", comment__body="/help", **ITEM).address == ISSUE


def test_an_action_item_is_no_report_whoever_labels_it() -> None:
    found = letter("issues.labeled", label=label("prod-alert"), **ITEM)
    assert isinstance(found.mail, IssueChanged)
    assert (found.mail.verb, found.address) == (IssueVerb.LABELED, ISSUE)
