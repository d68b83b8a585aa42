"""GitHub's own description as a judge of requests, answers, webhooks and GraphQL documents.

Needs the development requirements; the descriptions are loaded at first use (0.02 s, GraphQL's about 1 s).
Beyond GitHub's schema a request is refused for a property or a query parameter GitHub does not know: a typing error
that GitHub would ignore without a word.
"""

from __future__ import annotations

import json as json_module
import re
from collections.abc import Mapping
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

HERE = Path(__file__).parent / "contracts"


class ContractError(Exception):
    """What breaks the contract, with its JSON path."""


class Contract:
    """Checks raise `ContractError`; paths are concrete (`/repos/acme/shop/issues/1?state=all`)."""

    def __init__(self) -> None:
        self._validators: dict[int, Any] = {}

    @property
    def _openapi(self) -> dict[str, Any]:
        return openapi()

    @cached_property
    def _paths(self) -> tuple[tuple[re.Pattern[str], dict[str, Any]], ...]:
        """Literal names before parameters, so that `issues/comments/1` is a comment."""
        ordered = sorted(self._openapi["paths"].items(), key=lambda item: item[0].count("{"))
        return tuple((_pattern(template), operations) for template, operations in ordered)

    def _operation(self, method: str, path: str) -> dict[str, Any]:
        plain = re.sub(r"^/repositories/\d+", "/repos/owner/repo", urlsplit(path).path)
        for pattern, operations in self._paths:
            if pattern.fullmatch(plain) and method.lower() in operations:
                found: dict[str, Any] = operations[method.lower()]
                return found
        raise ContractError(f"$: GitHub's description has no {method} {plain}")

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            target: Any = self._openapi
            for step in schema["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            schema = target
        return schema

    def _validate(self, schema: dict[str, Any], value: Any) -> None:
        from jsonschema.exceptions import best_match  # type: ignore[import-untyped]
        from openapi_schema_validator import OAS30Validator

        validator = self._validators.get(id(schema))
        if validator is None:
            whole = {"components": self._openapi["components"], "allOf": [schema]}
            validator = self._validators[id(schema)] = OAS30Validator(whole)
        fault = best_match(validator.iter_errors(value))
        if fault is not None:
            raise ContractError(f"{fault.json_path}: {fault.message[:500]}")

    @staticmethod
    def _json_schema(content: Mapping[str, Any]) -> dict[str, Any] | None:
        schema: dict[str, Any] | None = content.get("application/json", {}).get("schema")
        return schema

    def check_request(self, method: str, path: str, json: Any = None) -> None:
        operation = self._operation(method, path)
        self._check_query(operation, path)
        body = operation.get("requestBody")
        if body is None or json is None:
            if body is not None and body.get("required"):
                raise ContractError(f"$: {method} {path} needs a body")
            if json is not None:
                raise ContractError(f"$: {method} {path} takes no body")
            return
        schema = self._json_schema(self._resolved(body).get("content", {}))
        if schema is None:
            raise ContractError(f"$: {method} {path} takes no JSON")
        self._validate(schema, json)
        properties = self._resolved(schema).get("properties")
        if isinstance(json, dict) and properties:
            for name in json:
                if name not in properties:
                    raise ContractError(f"$.{name}: GitHub knows no such property of {method} {path}")

    def _check_query(self, operation: dict[str, Any], path: str) -> None:
        known = {p["name"]: p for p in map(self._resolved, operation.get("parameters", ())) if p["in"] == "query"}
        for name, text in parse_qsl(urlsplit(path).query, keep_blank_values=True):
            if name not in known:
                raise ContractError(f"$query.{name}: GitHub knows no such parameter of {path}")
            kind = self._resolved(known[name]["schema"])
            if kind.get("enum") and text not in map(str, kind["enum"]):
                raise ContractError(f"$query.{name}: {text!r} is none of {kind['enum']}")

    def check_response(self, method: str, path: str, status: int, json: Any = None) -> None:
        operation = self._operation(method, path)
        answer = operation["responses"].get(str(status))
        if answer is None:
            raise ContractError(f"$: {method} {path} never answers {status}")
        schema = self._json_schema(self._resolved(answer).get("content", {}))
        if schema is None:
            if json not in (None, {}, ""):
                raise ContractError(f"$: the answer {status} of {method} {path} has no body")
            return
        self._validate(schema, json)

    def check_webhook(self, event: str, action: str | None, json: Any) -> None:
        name = event.replace("_", "-") + (f"-{action.replace('_', '-')}" if action else "")
        hook = self._openapi["x-webhooks"].get(name)
        if hook is None:
            raise ContractError(f"$: GitHub's description has no webhook {name}")
        self._validate(hook["post"]["requestBody"]["content"]["application/json"]["schema"], json)

    def check_graphql(self, document: str, variables: Mapping[str, Any] | None = None) -> None:
        from graphql import OperationDefinitionNode
        from graphql.execution.values import get_variable_values

        parsed, found = _read(document)
        faults = list(found)
        for operation in parsed.definitions:
            if not faults and isinstance(operation, OperationDefinitionNode):
                coerced = get_variable_values(
                    graphql_schema(), operation.variable_definitions or (), dict(variables or {})
                )
                faults += coerced if isinstance(coerced, list) else []
        if faults:
            raise ContractError("; ".join(f"{_at(fault)}: {fault.message}" for fault in faults))


@cache
def openapi() -> dict[str, Any]:
    """GitHub's REST description, with its two slips mended."""
    loaded: dict[str, Any] = json_module.loads((HERE / "github-openapi-subset.json").read_text())
    _let_null_be_named(loaded)
    listed = loaded["paths"]["/app/installations"]["get"]["responses"]["200"]["content"]["application/json"]
    # Written out there, an account must be a user and an enterprise at once; the component says either.
    listed["schema"]["items"] = {"$ref": "#/components/schemas/installation"}
    return loaded


@lru_cache(maxsize=256)
def _read(document: str) -> tuple[Any, tuple[Any, ...]]:
    """A document and what is wrong with it; the App sends the same ones over and over."""
    from graphql import GraphQLError, parse, validate

    try:
        parsed = parse(document)
    except GraphQLError as fault:
        raise ContractError(f"$: {fault.message}") from fault
    return parsed, tuple(validate(graphql_schema(), parsed))


@cache
def graphql_schema() -> Any:
    """GitHub's whole schema. Taken as valid: the published file defines two of its fields twice."""
    from graphql import build_schema

    return build_schema((HERE / "github.graphql").read_text(), assume_valid=True, assume_valid_sdl=True)


def _let_null_be_named(schema: Any) -> None:
    """GitHub's `nullable` enumerations leave null out, yet GitHub sends it; OpenAPI 3.0.3 would refuse it."""
    if isinstance(schema, dict):
        if schema.get("nullable") is True and None not in schema.get("enum", [None]):
            schema["enum"].append(None)
        for value in schema.values():
            _let_null_be_named(value)
    elif isinstance(schema, list):
        for value in schema:
            _let_null_be_named(value)


def _at(fault: Any) -> str:
    places = [f"line {place.line}, column {place.column}" for place in fault.locations or ()]
    return ", ".join(places) or "$"


def _pattern(template: str) -> re.Pattern[str]:
    def part(found: re.Match[str]) -> str:
        name = found[1]
        if name == "path":
            return r".+"
        return r"\d+" if name.endswith(("_number", "_id")) else r"[^/]+"

    return re.compile(re.sub(r"\{(\w+)\}", part, template))
