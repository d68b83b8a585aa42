"""The judge itself: it must refuse, or passing it means nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema
from graphql.utilities import find_breaking_changes

from sandbox.contract import Contract, ContractError, graphql_schema
from sandbox.github import graphql


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract()


@pytest.mark.parametrize(
    ("method", "path", "body", "fault"),
    [
        pytest.param("POST", "/repos/a/b/issues", {"body": "x"}, "'title' is a required", id="what is required"),
        pytest.param("POST", "/repos/a/b/issues", {"title": "x", "body": 1}, "$.body", id="the JSON path is told"),
        pytest.param("POST", "/repos/a/b/issues", {"title": "x", "lables": []}, "$.lables", id="a typing error"),
        pytest.param("POST", "/repos/a/b/issues", None, "needs a body", id="no body"),
        pytest.param("PATCH", "/repos/a/b/issues/1", {"state": "done"}, "$.state", id="a state nobody knows"),
        pytest.param("GET", "/repos/a/b/issues?stat=all", None, "$query.stat", id="an unknown parameter"),
        pytest.param("GET", "/repos/a/b/issues?state=some", None, "$query.state", id="a wrong parameter"),
        pytest.param("GET", "/repos/a/b/isues", None, "has no GET", id="a path nobody knows"),
        pytest.param("POST", "/repositories/5/issues", {}, "required", id="by the repository's id"),
    ],
)
def test_a_wrong_request_is_refused(contract: Contract, method: str, path: str, body: Any, fault: str) -> None:
    with pytest.raises(ContractError) as refused:
        contract.check_request(method, path, body)
    assert fault in str(refused.value)


def test_a_right_request_passes(contract: Contract) -> None:
    contract.check_request("POST", "/repos/a/b/issues", {"title": "x", "labels": ["a"], "assignees": ["nick"]})
    contract.check_request("PATCH", "/repos/a/b/issues/1", {"state": "closed", "state_reason": None})


def test_a_wrong_answer_is_refused(contract: Contract) -> None:
    with pytest.raises(ContractError, match="required"):
        contract.check_response("GET", "/repos/a/b/issues/comments/1", 200, {"id": 1})
    with pytest.raises(ContractError, match="never answers 418"):
        contract.check_response("GET", "/repos/a/b/issues/1", 418, {})


@pytest.mark.parametrize(
    ("document", "variables", "fault"),
    [
        pytest.param("{ nonsense }", {}, "nonsense", id="a field nobody knows"),
        pytest.param("{ broken", {}, "Syntax", id="no GraphQL"),
        pytest.param("query($id: ID!) { node(id: $id) { id } }", {}, "to be provided", id="a missing variable"),
    ],
)
def test_a_wrong_document_is_refused(contract: Contract, document: str, variables: dict[str, Any], fault: str) -> None:
    with pytest.raises(ContractError, match=fault):
        contract.check_graphql(document, variables)


def test_the_trimmed_schema_agrees_with_githubs() -> None:
    trimmed = build_schema(Path(graphql.__file__).with_suffix(".graphql").read_text())
    assert [change.description for change in find_breaking_changes(trimmed, graphql_schema())] == []
