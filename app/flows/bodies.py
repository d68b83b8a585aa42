"""A ticket's body: the App's fenced part, and around it, to the letter, what people wrote.

| the issue's body holds, around the App's part | what people wrote is                                                |
|-----------------------------------------------|---------------------------------------------------------------------|
| what the App wrote there last                 | what the ledger has: where a webhook told another text, somebody    |
|                                               | wrote it just before the App wrote over it                          |
| anything else                                 | that: somebody wrote it since                                       |

Rule: people's text survives. It is taken from the ledger where it is known to the letter, else read; and after a call
that told what the body was before, whatever somebody wrote in between is put back. What redaction would change is
never remembered: then it is not known to the letter, and is read each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

import msgspec

from app.decisions.consulting import Found, consult
from app.domain.facts import Fact
from app.domain.issues import IssueSeen, Repository
from app.domain.manuals import Page
from app.domain.tickets import Around, Ticket
from app.flows.squad_files import SquadFiles
from app.flows.systems import Issues
from app.texts.body import Part, merged, split
from app.texts.markdown import Markdown
from app.texts.ticket import View, fenced_part


class Written(Fact, frozen=True, kw_only=True):
    """A body, the App's part of it, and what people wrote around that."""

    body: Markdown
    part: Part
    around: Around


class Bodies:
    """See the module's rule. `pages` is where GitHub's pages are, without a slash at its end."""

    def __init__(self, issues: Issues, squad_files: SquadFiles, *, pages: str, now: Callable[[], datetime]) -> None:
        self._issues = issues
        self._squad_files = squad_files
        self._pages = pages
        self._now = now

    async def new(self, ticket: Ticket, repository: Repository) -> Markdown:
        """The body of an issue that is to be made."""
        return merged(Around(), await self._part(ticket, repository))

    async def render(self, ticket: Ticket) -> Written:
        """The body as it should be now; what people wrote is read where it is not known."""
        if ticket.issue is None:
            raise ValueError("A ticket without an issue has no body yet.")
        around = ticket.around
        if around is None:
            around = self.around_in(ticket, (await self._issues.read(ticket.issue)).body)
        part = await self._part(ticket, ticket.issue.repository)
        return Written(body=merged(around, part), part=part, around=around)

    def mended(self, ticket: Ticket, written: Written, body_before: str) -> tuple[Around, Markdown | None]:
        """What people had really written, and the body with it where that is not what was written just now."""
        around = self.around_in(ticket, body_before)
        if around == written.around:
            return around, None
        return around, merged(around, written.part)

    def around_in(self, ticket: Ticket, body: str) -> Around:
        """What people wrote, where the issue holds this body; see the module's table."""
        found = split(body)
        return ticket.around if ticket.around is not None and _digest(found) == ticket.wrote else found

    def kept(self, ticket: Ticket, around: Around) -> Ticket:
        """The ticket with what was written around the App's part, as far as it may be kept."""
        redact = self._squad_files.redactor.redact
        exact = redact(around.before) == around.before and redact(around.after) == around.after
        return msgspec.structs.replace(ticket, around=around if exact else None, wrote=_digest(around))

    def read_in(self, ticket: Ticket, seen: IssueSeen) -> Ticket:
        """The ticket with what people wrote in its issue, which was just read."""
        return msgspec.structs.replace(ticket, around=self.around_in(ticket, seen.body), seen_at=seen.updated_at)

    def around_of(self, seen: IssueSeen) -> Around | None:
        """What a webhook's issue tells of it."""
        return split(seen.body) if seen.body_exact else None

    async def _part(self, ticket: Ticket, repository: Repository) -> Part:
        in_force = await self._squad_files.of(repository)
        routing, place = ticket.routing, in_force.owners_in
        page = self._file(place, routing.source) if place is not None else ""
        view = View(
            operation=f"{ticket.id}.open.{ticket.opened + 1}",
            map_url=f"{page}#L{routing.line}" if page and routing.line else page,
            manual=self._page(consult(ticket, in_force.manuals, [app.name for app in in_force.squad.apps])),
            logs=in_force.squad.logs_of(ticket.app),
            now=self._now(),
        )
        return fenced_part(ticket, view)

    def _page(self, found: Found | None) -> Page | None:
        """Where the manual's section stands on GitHub: in the source, for only there lines can be linked.

        https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/creating-a-permanent-link-to-a-code-snippet
        """
        if found is None:
            return None
        place, path = found.manual.repository, found.manual.path
        line = f"?plain=1#L{found.passage.line}" if found.passage is not None else ""
        return Page(headings=found.headings, url=self._file(place, path) + line)

    def _file(self, place: Repository, path: str) -> str:
        """A file's page on GitHub."""
        return f"{self._pages}/{place.name}/blob/{quote(place.default_branch)}/{quote(path)}"


def _digest(around: Around) -> str:
    return hashlib.blake2b(f"{around.before}\0{around.after}".encode(), digest_size=8).hexdigest()
