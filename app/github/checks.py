"""Checks on commits: what is wrong in the squad's files, at its lines. Fulfils `Checks` of `app/flows/systems.py`.

Rules: a fault without a path can't be shown at a line, and is only counted. What people wrote is shown in annotations
only, which GitHub shows as plain text; the summary is ours. It may be repeated: of checks of one name on a commit,
GitHub shows the newest.
https://docs.github.com/en/graphql/reference/mutations#createcheckrun
"""

from __future__ import annotations

from typing import Any, Final

from app.domain.errors import InDoubtError, UnavailableError
from app.domain.issues import Repository
from app.domain.owners import Fault
from app.github import graphql
from app.github.client import Client

NAME: Final = "prod-squad"
MOST_ANNOTATIONS: Final = 50
"""In one call; the rest is counted in the summary."""
_LONGEST: Final = 4_000


class Checks:
    """Two calls each, since a repository's node id is not remembered. Needs the permission to write checks."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def report(self, repository: Repository, commit: str, faults: tuple[Fault, ...]) -> None:
        """A failure with each fault at its line, or a success where there is none."""
        owner, _, name = repository.name.partition("/")
        found, refused = await graphql.run(
            self._client,
            graphql.REPOSITORY,
            {"owner": owner, "name": name},
            graphql.FOUND,
            installation=repository.installation,
            write=False,
        )
        if found.repository is None:
            raise refused.get("repository") or UnavailableError("The repository is not there.", reason="gone")
        wish = {
            "repositoryId": found.repository.id,
            "name": NAME,
            "headSha": commit,
            "status": "COMPLETED",
            "conclusion": "FAILURE" if faults else "SUCCESS",
            "output": _output(faults),
        }
        made, refused = await graphql.run(
            self._client,
            graphql.CHECK,
            {"wish": wish},
            graphql.CHECKED,
            installation=repository.installation,
            write=True,
        )
        if made.made is None:
            raise refused.get("made") or InDoubtError("GitHub does not say whether the check was made.")


def _output(faults: tuple[Fault, ...]) -> dict[str, Any]:
    if not faults:
        return {"title": "The squad's files are in order", "summary": "Nothing to mend."}
    count = "1 thing" if len(faults) == 1 else f"{len(faults)} things"
    left_out = len(faults) - MOST_ANNOTATIONS
    rest = f" The first {MOST_ANNOTATIONS} are shown." if left_out > 0 else ""
    return {
        "title": f"{count} to mend in the squad's files",
        "summary": f"{count} to mend, each shown at its line. Until then the last good file stays in force.{rest}",
        "annotations": [
            {
                "annotationLevel": "FAILURE",
                "location": {"startLine": max(1, fault.line), "endLine": max(1, fault.line)},
                "message": fault.message[:_LONGEST],
                "path": fault.path,
            }
            for fault in faults[:MOST_ANNOTATIONS]
            if fault.path
        ],
    }
