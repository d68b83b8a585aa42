"""GitHub: the App's webhooks, read into letters.

| event                                | letter                                            | mailbox                  |
|--------------------------------------|---------------------------------------------------|--------------------------|
| `issues` opened or labelled as alert | the person's report                               | the error's, bound to it |
| `issues`, other                      | what was done to the issue                        | the issue's, if any      |
| `issue_comment`, its pin             | the comment                                       | the issue's, if any      |
| both, of a post-mortem               | the same, and that it was opened; of comments     | the post-mortem's        |
|                                      | those that command something                      |                          |
| `issues` closed, reopened, deleted,  | the same                                          | its post-mortem's        |
| of an action item's sub-issue        |                                                   |                          |
| `push` to the default branch that    | the paths                                         | the repository's         |
| touches the squad's file, a map or a |                                                   |                          |
| manual                               |                                                   |                          |
| `repository` edited to have another  | the same: all of those files                      | the repository's         |
| default branch                       |                                                   |                          |
| `label`, `repository`                | what was done to it                               | the repository's         |
| `installation`, its repositories     | what was done to it                               | the installation's       |
| anything else                        | ignored, its body is not even looked at           |                          |

Rules: what the App itself did is ignored; what other bots do is not. An issue the App made is never a report, whoever
labels it; others can hear of it, and act, before the App has recorded it, so its address says that it is `ours`. A
letter from GitHub is prompt, for a person may be waiting. `opened` may come without its labels, before or after
`labeled`: a whole form counts as labelled. What is `opened` by a transfer is no report: the repository that it came
from tells where the ticket is now. A post-mortem is an issue with that label, unless it carries the tickets' label,
too. A push that may not list all its commits counts as touching everything.

<https://docs.github.com/en/webhooks/webhook-events-and-payloads>
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from app.domain.alerts import Alert, Impact
from app.domain.identity import fingerprint
from app.domain.issues import Repository
from app.domain.mail import (
    Address,
    ByError,
    ByIssue,
    ByKey,
    Commented,
    InstallationChanged,
    IssueChanged,
    IssueVerb,
    LabelChanged,
    Letter,
    Mail,
    RepositoryChanged,
    SquadFilesPushed,
)
from app.domain.mailboxes import URGENT, installation_key, post_mortem_key, repository_key
from app.domain.post_mortems import ITEM_LABEL, ItemOf
from app.domain.post_mortems import LABEL as POST_MORTEM
from app.domain.wishes import CommandLine
from app.intake import form
from app.intake import github_payloads as payloads
from app.intake.action_item import item_of
from app.intake.commands import beside_commands, commands_in
from app.intake.github_facts import acted_at, issue_of, ref_of, repository_of, texts_of
from app.intake.reading import Ignored, decode, moment_of
from app.intake.redaction import Redactor

SQUAD_FILES: Final = (
    ".github/prod-squad.yml",
    ".github/PRODOWNERS",
    ".github/CODEOWNERS",
    "CODEOWNERS",
    "docs/CODEOWNERS",
)
MARKS: Final = "timeline"
"""The command that puts a moment on the ticket's timeline."""
_LONGEST_NOTE: Final = 400
_COMMENT_ACTIONS: Final = frozenset({"created", "edited", "deleted", "pinned", "unpinned"})
PROMOTES: Final = "prod-alert"
"""The command that makes a ticket of an issue that is none."""
_LISTED_COMMITS: Final = 20
"""A push that lists as many may have had more; older servers list no more than these."""
_VERBS: Final[Mapping[str, IssueVerb]] = {verb.value: verb for verb in IssueVerb if verb is not IssueVerb.REPORTED}
_ENDS_AND_BEGINS: Final = frozenset({IssueVerb.CLOSED, IssueVerb.REOPENED, IssueVerb.DELETED})
_REPOSITORY_ACTIONS: Final = frozenset(
    {"renamed", "transferred", "archived", "unarchived", "deleted", "privatized", "publicized"}
)
_INSTALLATION_ACTIONS: Final = frozenset({"created", "deleted", "suspend", "unsuspend", "new_permissions_accepted"})


class _Delivery(NamedTuple):
    id: str
    received_at: datetime
    redactor: Redactor
    app_slug: str
    ticket_label: str
    manuals: Collection[str]


def read(
    event: str,
    body: bytes,
    *,
    delivery_id: str,
    received_at: datetime,
    redactor: Redactor,
    app_slug: str,
    ticket_label: str = "prod-alert",
    manuals: Collection[str] = (),
) -> Letter | Ignored:
    """Read one delivery; `event` is its `X-GitHub-Event`, `delivery_id` its `X-GitHub-Delivery`.

    `manuals` are the paths of manuals, whose pushes count as those of the squad's files do.

    Raises NotJsonError for what is not JSON, and PayloadError for JSON that lacks what GitHub documents.
    """
    reader = _READERS.get(event)
    if reader is None:
        return Ignored(why=f"nothing is done about the event {event[:40]}")
    return reader(body, _Delivery(delivery_id, received_at, redactor, app_slug, ticket_label, manuals))


def _issues(body: bytes, delivery: _Delivery) -> Letter | Ignored:
    hook = decode(body, payloads.ISSUES)
    if _is_own(hook.sender, delivery):
        return _OWN
    if hook.issue.pull_request is not None and hook.action != "transferred":
        return Ignored(why="a pull request is no ticket")
    repository = repository_of(hook.repository, hook.installation)
    own = _is_own(hook.issue.user, delivery)
    item = item_of(hook.issue.body or "") if own else None
    ours = own and item is None  # an action item is no ticket's
    reported = not own and _is_report(hook, delivery.ticket_label.casefold())
    verb = IssueVerb.REPORTED if reported else _VERBS.get(hook.action)
    key = "" if verb is None or reported else _key(hook, verb, delivery, item)
    if verb is None or (verb is IssueVerb.OPENED and not key):
        return Ignored(why=f"nothing is done about an issue that is {hook.action[:40]} without {delivery.ticket_label}")
    issue = issue_of(hook.issue, repository, *delivery.redactor.redact_all(texts_of(hook.issue)))
    moved_to = None
    if hook.changes.new_issue is not None and hook.changes.new_repository is not None:
        new_repository = repository_of(hook.changes.new_repository, hook.installation)
        moved_to = issue_of(
            hook.changes.new_issue, new_repository, *delivery.redactor.redact_all(texts_of(hook.changes.new_issue))
        )
    at = acted_at(hook.issue, verb) or delivery.received_at
    report = form.read(issue.title, issue.body, reported_at=at) if reported else None
    changed = IssueChanged(
        verb=verb,
        issue=issue,
        actor=hook.sender.login,
        actor_is_bot=hook.sender.is_bot,
        at=at,
        label=hook.label.name if hook.label is not None else "",
        makes_ticket=verb is IssueVerb.LABELED and _is_ticket_label(hook.label, delivery),
        alert=report.alert if report is not None else None,
        faults=report.faults if report is not None else (),
        moved_to=moved_to,
    )
    if key:
        return _letter(ByKey(key=key), changed, delivery)
    address = ByIssue(repository_id=repository.id, number=issue.ref.number, error=error_of(changed), ours=ours)
    return _letter(address, changed, delivery)


def _key(hook: payloads.IssuesHook, verb: IssueVerb, delivery: _Delivery, item: ItemOf | None) -> str:
    """The mailbox of the post-mortem that the issue is, or is an action item of; empty: it is neither."""
    carried = _names(hook.issue)
    if verb is IssueVerb.UNLABELED and hook.label is not None:
        carried |= {hook.label.name.casefold()}  # the issue is shown without it
    if _is_post_mortem(carried, delivery):
        return post_mortem_key(hook.repository.id, hook.issue.number)
    if item is None or verb not in _ENDS_AND_BEGINS or ITEM_LABEL not in carried:
        return ""
    return post_mortem_key(item.repository, item.number)


def _names(issue: payloads.Issue) -> set[str]:
    """Its labels' names, folded: GitHub's are the same whatever their case."""
    return {label.name.casefold() for label in issue.labels or ()}


def _is_post_mortem(carried: set[str], delivery: _Delivery) -> bool:
    return POST_MORTEM in carried and delivery.ticket_label.casefold() not in carried


def _is_report(hook: payloads.IssuesHook, label: str) -> bool:
    if hook.action == "labeled":
        return hook.label is not None and hook.label.name.casefold() == label
    if hook.action != "opened" or hook.changes.old_issue is not None:
        return False
    return label in _names(hook.issue) or form.is_whole_form(hook.issue.body or "")


def _is_ticket_label(label: payloads.Label | None, delivery: _Delivery) -> bool:
    return label is not None and label.name.casefold() == delivery.ticket_label.casefold()


def error_of(changed: IssueChanged) -> ByError | None:
    """The error a report is about; one that can't be told from its text is an error of its own."""
    alert = changed.alert
    if alert is None:
        return None
    if alert.fingerprint or alert.signature:
        return ByError(fingerprint=alert.fingerprint, signature=alert.signature, words=alert.words)
    ref = changed.issue.ref
    return ByError(fingerprint=fingerprint("person", str(ref.repository.id), str(ref.number)))


def _issue_comment(body: bytes, delivery: _Delivery) -> Letter | Ignored:
    hook = decode(body, payloads.ISSUE_COMMENT)
    if _is_own(hook.sender, delivery):
        return _OWN
    commands = _commands(hook, delivery.redactor) if _may_command(hook) else ()
    asked = any(line.name == PROMOTES and not line.too_many for line in commands)
    if hook.issue.pull_request is not None and not asked:
        return Ignored(why="a pull request is no ticket")
    if hook.action not in _COMMENT_ACTIONS or (hook.action == "pinned" and _is_own(hook.comment.user, delivery)):
        return Ignored(why=f"nothing is done about a comment that is {hook.action[:40]}")
    repository = repository_of(hook.repository, hook.installation)
    said = moment_of(hook.comment.updated_at) if hook.action in {"created", "edited"} else None
    comment = Commented(
        action=hook.action,
        comment_id=hook.comment.id,
        issue=ref_of(hook.issue, repository),
        actor=hook.sender.login,
        actor_is_bot=hook.sender.is_bot,
        commands=commands,
        at=said or delivery.received_at,
        on_pull_request=hook.issue.pull_request is not None,
    )
    comment = _with_marks(comment, hook, delivery.redactor)
    concerns = commands or hook.action != "created"  # what was noted in it may have changed
    if concerns and not comment.on_pull_request and _is_post_mortem(_names(hook.issue), delivery):
        return _letter(ByKey(key=post_mortem_key(repository.id, hook.issue.number)), comment, delivery)
    is_item = item_of(hook.issue.body or "") is not None
    ours = _is_own(hook.issue.user, delivery) and not comment.on_pull_request and not is_item
    address = ByIssue(repository_id=repository.id, number=hook.issue.number, ours=ours, asked=asked)
    return _letter(address, comment, delivery)


def _commands(hook: payloads.IssueCommentHook, redactor: Redactor) -> tuple[CommandLine, ...]:
    previous = hook.changes.body.from_ if hook.changes.body is not None else ""
    return tuple(
        msgspec.structs.replace(line, rest=redactor.redact(line.rest))
        for line in commands_in(hook.comment.body or "", previous)
    )


def _with_marks(comment: Commented, hook: payloads.IssueCommentHook, redactor: Redactor) -> Commented:
    """The comment with what somebody wants of it on the timeline, and with nothing else of its text."""
    body = hook.comment.body or ""
    pinned = hook.action == "pinned" or hook.comment.pin is not None
    if hook.action == "deleted" or not (
        pinned or f"/{MARKS}" in body.lower()
    ):  # nearly always: its text is not read again
        return comment
    marks = tuple(redactor.redact(line.rest) for line in commands_in(body) if line.name == MARKS)
    if not (marks or pinned):
        return comment
    return msgspec.structs.replace(
        comment,
        author=hook.comment.user.login if hook.comment.user is not None else "",
        written_at=moment_of(hook.comment.created_at),
        marks=marks,
        text=" ".join(redactor.redact(beside_commands(body)).split())[:_LONGEST_NOTE],
    )


def _may_command(hook: payloads.IssueCommentHook) -> bool:
    edited = hook.action == "edited" and hook.changes.body is not None
    return not hook.sender.is_bot and (hook.action == "created" or edited)


def _push(body: bytes, delivery: _Delivery) -> Letter | Ignored:
    hook = decode(body, payloads.PUSH)
    if hook.deleted or hook.ref != f"refs/heads/{hook.repository.default_branch}":
        return Ignored(why="a push to another branch than the default one")
    touched = {path for commit in hook.commits for path in (*commit.added, *commit.modified, *commit.removed)}
    watched = (*SQUAD_FILES, *sorted(delivery.manuals))
    paths = tuple(path for path in watched if path in touched)
    if hook.forced or hook.created or max(len(hook.commits), hook.size) >= _LISTED_COMMITS:
        paths = watched
    if not paths:
        return Ignored(why="a push that touches no file of the squad's")
    repository = repository_of(hook.repository, hook.installation)
    return _letter(_by(repository), SquadFilesPushed(repository=repository, commit=hook.after, paths=paths), delivery)


def _label(body: bytes, delivery: _Delivery) -> Letter | Ignored:
    hook = decode(body, payloads.LABEL)
    if _is_own(hook.sender, delivery):
        return _OWN
    repository = repository_of(hook.repository, hook.installation)
    name = hook.changes.name.from_ if hook.changes.name is not None else hook.label.name
    return _letter(_by(repository), LabelChanged(action=hook.action, repository=repository, name=name), delivery)


def _repository_event(body: bytes, delivery: _Delivery) -> Letter | Ignored:
    hook = decode(body, payloads.REPOSITORY)
    if hook.action == "edited" and hook.changes.default_branch is not None:
        edited = repository_of(hook.repository, hook.installation)
        return _letter(_by(edited), SquadFilesPushed(repository=edited, commit="", paths=SQUAD_FILES), delivery)
    if hook.action not in _REPOSITORY_ACTIONS:
        return Ignored(why=f"nothing is done about a repository that is {hook.action[:40]}")
    repository = repository_of(hook.repository, hook.installation)
    name, previous = repository.name.partition("/")[2], ""
    if hook.changes.repository is not None and hook.changes.repository.name is not None:
        previous = f"{repository.owner}/{hook.changes.repository.name.from_}"
    elif hook.changes.owner is not None and hook.changes.owner.from_.login:
        previous = f"{hook.changes.owner.from_.login}/{name}"
    changed = RepositoryChanged(action=hook.action, repository=repository, previous_name=previous)
    return _letter(_by(repository), changed, delivery)


def _installation(body: bytes, delivery: _Delivery) -> Letter | Ignored:
    hook = decode(body, payloads.INSTALLATION)
    if hook.action not in _INSTALLATION_ACTIONS:
        return Ignored(why=f"nothing is done about an installation's {hook.action[:40]}")
    return _installed(hook, tuple(hook.repositories or ()), delivery)


def _installation_repositories(body: bytes, delivery: _Delivery) -> Letter | Ignored:
    hook = decode(body, payloads.INSTALLATION)
    if hook.action not in {"added", "removed"}:
        return Ignored(why=f"nothing is done about repositories that are {hook.action[:40]}")
    concerned = hook.repositories_added if hook.action == "added" else hook.repositories_removed
    return _installed(hook, tuple(concerned or ()), delivery)


def _installed(
    hook: payloads.InstallationHook, concerned: tuple[payloads.Repository, ...], delivery: _Delivery
) -> Letter:
    changed = InstallationChanged(
        action=hook.action,
        installation=hook.installation.id,
        account=hook.installation.account.login if hook.installation.account is not None else "",
        repositories=tuple(repository_of(each, hook.installation) for each in concerned),
    )
    return _letter(ByKey(key=installation_key(changed.installation)), changed, delivery)


_OWN: Final = Ignored(why="the App did it itself")
_READERS: Final[Mapping[str, Callable[[bytes, _Delivery], Letter | Ignored]]] = {
    "issues": _issues,
    "issue_comment": _issue_comment,
    "push": _push,
    "label": _label,
    "repository": _repository_event,
    "installation": _installation,
    "installation_repositories": _installation_repositories,
}


def _is_own(user: payloads.User | None, delivery: _Delivery) -> bool:
    return user is not None and user.login.casefold() == f"{delivery.app_slug}[bot]".casefold()


def _by(repository: Repository) -> ByKey:
    return ByKey(key=repository_key(repository.id))


def _letter(address: Address, mail: Mail, delivery: _Delivery) -> Letter:
    return Letter(
        sender="github",
        delivery_id=delivery.id,
        address=address,
        mail=mail,
        received_at=delivery.received_at,
        prompt=True,
        priority=URGENT if _is_severe(mail) else 0,
    )


def _is_severe(mail: Mail) -> bool:
    """Somebody says that it is severe: that goes ahead of everything else. Whether they may is decided later."""
    match mail:
        case Commented(commands=commands):
            decide = {"impact", PROMOTES}
            return any(line.name in decide and line.rest.lower().startswith(Impact.SEVERE) for line in commands)
        case IssueChanged(alert=Alert(impact=Impact.SEVERE)):
            return True
        case IssueChanged(verb=IssueVerb.LABELED, label=label):
            return label.casefold() == f"impact:{Impact.SEVERE}"
        case _:
            return False
