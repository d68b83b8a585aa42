"""What a scheduled job stands on, in one read: the repository, the squad's file and the owners map, and a label's id.

| looked for          | where, the first that there is                                        |
|---------------------|-----------------------------------------------------------------------|
| the squad's file    | `.github/prod-squad.yml` of the repository, of its owner's `.github`  |
| the owners map      | `.github/PRODOWNERS` of the same two, the repository's CODEOWNERS     |

Rule: what the token may not see is as if it were not there. https://docs.github.com/en/graphql/reference/objects#blob
"""

from __future__ import annotations

from typing import Final

import msgspec

from app.domain.errors import UnavailableError
from app.domain.facts import Fact
from app.domain.issues import Repository
from app.github import graphql
from app.github.answers import Label, read
from app.github.client import Call, Client
from app.texts.drafts import LabelStyle

NO_INSTALLATION: Final = 0
"""What a workflow's calls are counted under: its token is no installation's."""
_FILES: Final = {
    "squad": ".github/prod-squad.yml",
    "owners": ".github/PRODOWNERS",
    "codeowners": ".github/CODEOWNERS",
    "rootOwners": "CODEOWNERS",
    "docsOwners": "docs/CODEOWNERS",
}


def _blobs(prefix: str) -> str:
    return " ".join(
        f"{name}: object(expression: ${prefix}{name}) {{ ... on Blob {{ text isTruncated }} }}" for name in _FILES
    )


_VARIABLES: Final = ", ".join(f"${prefix}{name}: String!" for prefix in ("own_", "shared_") for name in _FILES)
GROUND: Final = f"""query($owner: String!, $name: String!, $label: String!, {_VARIABLES}) {{
  own: repository(owner: $owner, name: $name) {{
    id databaseId nameWithOwner defaultBranchRef {{ name }} label(name: $label) {{ id }} {_blobs("own_")}
  }}
  shared: repository(owner: $owner, name: ".github") {{
    id databaseId nameWithOwner defaultBranchRef {{ name }} {_blobs("shared_")}
  }}
}}"""


class _Branch(msgspec.Struct):
    name: str


class _Id(msgspec.Struct):
    id: str


class _Blob(msgspec.Struct, rename="camel"):
    text: str | None = None
    is_truncated: bool = False


class _Repository(msgspec.Struct, rename="camel"):
    database_id: int
    name_with_owner: str
    default_branch_ref: _Branch | None = None
    label: _Id | None = None
    squad: _Blob | None = None
    owners: _Blob | None = None
    codeowners: _Blob | None = None
    root_owners: _Blob | None = None
    docs_owners: _Blob | None = None


class GroundData(msgspec.Struct):
    """The repository, and its owner's `.github`."""

    own: _Repository | None = None
    shared: _Repository | None = None


_DATA: Final = msgspec.json.Decoder(graphql.Outcome[GroundData])


class FileSeen(Fact, frozen=True, kw_only=True):
    """A file, and where it stands."""

    repository: Repository
    path: str
    text: str


class Ground(Fact, frozen=True, kw_only=True):
    """See the module's table."""

    repository: Repository
    squad: FileSeen | None
    owners: FileSeen | None
    label: str
    """The node id of the label that was asked for; empty where there is none."""


class Grounds:
    """Reads, and one label made. Raises what the client raises."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def of(self, name: str, label: str, ref: str = "HEAD") -> Ground:
        """One call, the repository's own files as they are at `ref`: a commit, or the default branch's head.

        UnavailableError where the token may not see the repository `owner/name`.
        """
        owner, _, repo = name.partition("/")
        data, refused = await graphql.run(
            self._client,
            GROUND,
            {"owner": owner, "name": repo, "label": label}
            | {f"own_{file}": f"{ref}:{path}" for file, path in _FILES.items()}
            | {f"shared_{file}": f"HEAD:{path}" for file, path in _FILES.items()},
            _DATA,
            installation=NO_INSTALLATION,
            write=False,
        )
        for error in refused.values():
            if not isinstance(error, UnavailableError):
                raise error
        if data.own is None:
            raise UnavailableError(f"The token may not see {name}. Give the job one that may.", reason="gone")
        own = _repository(data.own)
        places = [(own, data.own)]
        if data.shared is not None and data.shared.database_id != own.id:
            places.append((_repository(data.shared), data.shared))
        owners = _first(places, "owners") or _first(places[:1], "codeowners", "root_owners", "docs_owners")
        return Ground(
            repository=own,
            squad=_first(places, "squad"),
            owners=owners,
            label=data.own.label.id if data.own.label is not None else "",
        )

    async def made_label(self, repository: Repository, style: LabelStyle) -> str:
        """The node id of a new label.

        https://docs.github.com/en/rest/issues/labels#create-a-label
        """
        answer = await self._client.call(
            Call(
                method="POST",
                url=self._client.url_in(repository, "/labels"),
                installation=repository.installation,
                json={"name": style.name, "color": style.color, "description": style.description},
                repository=repository.id,
            )
        )
        return read(answer, _LABEL, write=True).node_id


class _LabelMade(Label):
    node_id: str = ""


_LABEL: Final = msgspec.json.Decoder(_LabelMade)


def _repository(seen: _Repository) -> Repository:
    return Repository(
        id=seen.database_id,
        name=seen.name_with_owner,
        installation=NO_INSTALLATION,
        default_branch="main" if seen.default_branch_ref is None else seen.default_branch_ref.name,
    )


def _first(places: list[tuple[Repository, _Repository]], *names: str) -> FileSeen | None:
    for repository, seen in places:
        for name in names:
            blob: _Blob | None = getattr(seen, name)
            if blob is not None and blob.text is not None and not blob.is_truncated:
                return FileSeen(repository=repository, path=_PATHS[name], text=blob.text)
    return None


_PATHS: Final = {
    "squad": _FILES["squad"],
    "owners": _FILES["owners"],
    "codeowners": _FILES["codeowners"],
    "root_owners": _FILES["rootOwners"],
    "docs_owners": _FILES["docsOwners"],
}
