"""The table of `intake/github.py`: what is not of one ticket; and whatever else may come."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import PayloadError
from app.domain.issues import Repository
from app.domain.mail import (
    ByKey,
    InstallationChanged,
    LabelChanged,
    Letter,
    RepositoryChanged,
    SquadFilesPushed,
)
from app.intake import github
from app.intake.reading import Ignored, NotJsonError
from app.intake.redaction import Redactor
from tests.unit.intake.bodies import ANY_JSON, damaged
from tests.unit.intake.github_side import HELLO, NAMES, RECEIVED, SHARED, body_of, letter, read, read_bytes

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
    ("commit", "paths"),
    [
        pytest.param({"modified": ["docs/manual.md"]}, ("docs/manual.md",), id="a manual is changed"),
        pytest.param({"modified": ["docs/other.md"]}, None, id="a file like it"),
        pytest.param(
            {"removed": ["docs/manual.md", "CODEOWNERS"]}, ("CODEOWNERS", "docs/manual.md"), id="a manual and a map"
        ),
    ],
)
def test_a_push_that_touches_a_manual(commit: dict[str, Any], paths: tuple[str, ...] | None) -> None:
    body = json.dumps(body_of("push", created=False, commits=[commit])).encode()
    found = github.read(
        "push",
        body,
        delivery_id="d-1",
        received_at=RECEIVED,
        redactor=Redactor(),
        app_slug="prod-squad",
        manuals={"docs/manual.md"},
    )
    if isinstance(found, Ignored):
        assert paths is None
    else:
        assert isinstance(found.mail, SquadFilesPushed)
        assert found.mail.paths == paths


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


@given(event=st.sampled_from(EVENTS), body=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(event: str, body: bytes) -> None:
    read_or_refused(event, body)


@given(event=st.sampled_from(EVENTS), value=ANY_JSON)
def test_any_json_is_read_or_refused(event: str, value: Any) -> None:
    read_or_refused(event, json.dumps(value).encode())


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
