"""The one path that every call to GitHub takes.

A place among the calls under way → the installation's token → its budget → conditional request → the wire →
redirects → what the answer says of limits → what a refusal means.

| met                               | done                                                                       |
|-----------------------------------|----------------------------------------------------------------------------|
| no room in the budget             | `HeldBackError` at once: nothing sleeps in a slot                          |
| 401, the token is fresh           | the same call after 1, 2 and 4 s                                           |
| 401, still or the token is old    | once more with a new token                                                 |
| 304                               | the answer that was kept; it does not count                                |
| 301, 302, 307, 308 to GitHub      | followed three times at most, method and body kept; a repository that was  |
|                                   | renamed is spoken to by its id from then on                                |
| a redirect to any other host, or  | `UnavailableError`: a token goes nowhere else                              |
| to no address at all              |                                                                            |
| a limit, or nothing remaining     | the whole installation is blocked until it ends                            |
| a list's page that failed, and    | the page again after 1 and 3 s                                             |
| GitHub does not say until when    |                                                                            |

Nothing else is repeated here, and nowhere else is slept. Each repetition above is of a read, or of a call that GitHub
certainly did not carry out.
What is kept for conditional requests is kept by installation, address and media type, for what one installation may
read another may not. https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

import cachetools
import structlog
from yarl import URL

from app.domain.errors import HeldBackError, LaterError, UnavailableError
from app.domain.issues import Repository
from app.github.budget import READ_POINTS, WRITE_POINTS, Budget, Places
from app.github.errors import LimitedError, exhausted_until, refusal
from app.github.tokens import Token, TokenSource
from app.github.wire import JSON, Answer, Wire

FRESH_WAITS: Final = (1.0, 2.0, 4.0)
"""Seconds between attempts with a token that may not be known everywhere yet."""
PAGE_WAITS: Final = (1.0, 3.0)
"""Seconds between attempts at a list's page."""
MOST_REDIRECTS: Final = 3
MOST_PAGES: Final = 50
KEPT_BYTES: Final = 4 * 1024 * 1024
_LARGEST_KEPT: Final = KEPT_BYTES // 8
_OVERHEAD: Final = 1024
"""What an answer takes beside its body."""
_BY_ID: Final = re.compile(r"/repositories/(\d+)(?:/|$)")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. `installation` None makes it as the App itself, which has no content limit and so no budget."""

    method: str
    url: URL
    installation: int | None
    json: Any = None
    accept: str = JSON
    write: bool = True
    """Whether it changes something: its loss is then in doubt."""
    creates: int = 0
    """How many issues or comments it makes."""
    urgent: bool = False
    conditional: bool = False
    """Worth keeping, to be asked for as changed since."""
    passes: tuple[int, ...] = ()
    """Statuses beside the good ones that are answers, too."""
    repository: int | None = None
    """Whose id to remember by when it turns out to be renamed."""


class Counts(Protocol):
    """Who counts what GitHub's limits hold back."""

    def held_back(self) -> None:
        """A call was not made: the budget has no room for it."""

    def limited(self) -> None:
        """GitHub itself refused a call for its limits."""


class EndlessError(LaterError):
    """A list has more pages than are read; what was read of it is no proof of what is not there."""


class Client:
    """Calls to one GitHub, for all installations of one App. `counts` is None where nobody counts."""

    def __init__(
        self,
        wire: Wire,
        tokens: TokenSource,
        budget: Budget,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        counts: Counts | None = None,
    ) -> None:
        self._wire = wire
        self._tokens = tokens
        self._budget = budget
        self.now = now
        self._sleep = sleep
        self._counts = counts
        self._places: defaultdict[int, Places] = defaultdict(Places)
        self._kept: cachetools.LRUCache[tuple[int | None, str, str], Answer] = cachetools.LRUCache(
            KEPT_BYTES, getsizeof=lambda kept: len(kept.body) + _OVERHEAD
        )
        self._renamed: cachetools.LRUCache[int, bool] = cachetools.LRUCache(10_000)

    def url(self, template: str, **variables: str | int | None) -> URL:
        """An address of the API, its variables quoted."""
        return self._wire.url(template, **variables)

    def url_in(self, repository: Repository, template: str, **variables: str | int | None) -> URL:
        """An address in a repository, by name; by id once its name was found to be an old one."""
        if repository.id in self._renamed:
            return self.url("/repositories/{id}" + template, id=repository.id, **variables)
        owner, _, name = repository.name.partition("/")
        return self.url("/repos/{owner}/{repo}" + template, owner=owner, repo=name, **variables)

    @property
    def graphql_url(self) -> URL:
        """GraphQL's one address."""
        return self._wire.graphql_url

    async def call(self, call: Call) -> Answer:
        """The answer. Raises every error that `errors.py` names, and `HeldBackError`."""
        if call.installation is None:
            answer = await self._following(call, jwt=self._tokens.app())
        else:
            async with self._places[call.installation].one(urgent=call.urgent):
                answer = await self._with_token(call, call.installation)
        now = self.now()
        exhausted = exhausted_until(answer.headers, now=now)
        if exhausted is not None and call.installation is not None:
            await self._budget.block(call.installation, exhausted)
        if answer.status in (200, 201, 202, 204, *call.passes):
            return answer
        refused = refusal(answer.status, answer.headers, answer.body, write=call.write, now=now)
        if isinstance(refused, LimitedError):
            await self.block(call, refused)
        raise refused

    async def block(self, call: Call, limited: LimitedError) -> None:
        """Nobody of this installation calls before the limit ends; GraphQL tells its limits in the body."""
        _log.warning("limited", installation=call.installation, until=limited.not_before.isoformat())
        if self._counts is not None:
            self._counts.limited()
        if call.installation is not None:
            await self._budget.block(call.installation, limited.not_before)

    async def pages(self, call: Call) -> AsyncGenerator[Answer, None]:
        """A list's pages, to be closed by who stops early.

        More than `MOST_PAGES` is EndlessError: a list that was not read to its end proves nothing.
        """
        for _ in range(MOST_PAGES):
            answer = await self._page(call)
            yield answer
            if not answer.next:
                return
            call = replace(call, url=self._address(answer.next, call.url))
        raise EndlessError(f"GitHub's list {call.url.path} has more than {MOST_PAGES} pages; its end was not read.")

    async def _page(self, call: Call) -> Answer:
        """A page that failed is soon asked for again, for one failure must not cost a long list.

        Where GitHub says when to come back, that holds.
        """
        for wait in PAGE_WAITS:
            try:
                return await self.call(call)
            except LaterError as later:
                if later.not_before is not None:
                    raise
            await self._sleep(wait)
        return await self.call(call)

    async def _with_token(self, call: Call, installation: int) -> Answer:
        waits = iter(FRESH_WAITS)
        renewed = False
        while True:
            token = await self._tokens.of(installation)
            answer = await self._following(call, token=token)
            if answer.status != 401:
                return answer
            wait = next(waits, None) if token.is_fresh(self.now()) else None
            if wait is not None:
                await self._sleep(wait)
            elif renewed:
                return answer
            else:
                renewed = True
                self._tokens.forget(installation, token)

    async def _following(self, call: Call, *, token: Token | None = None, jwt: str | None = None) -> Answer:
        answer = await self._once(call, token=token, jwt=jwt)
        for _ in range(MOST_REDIRECTS):
            target = self._target(call, answer)
            if target is None:
                break
            call = replace(call, url=target)
            answer = await self._once(call, token=token, jwt=jwt)
        return answer

    def _target(self, call: Call, answer: Answer) -> URL | None:
        where = answer.headers.get("location")
        if answer.status not in (301, 302, 307, 308) or where is None:
            return None
        target = self._address(where, call.url)
        moved, known = _BY_ID.search(target.path), call.repository
        if moved is not None and known is not None and moved[1] == str(known) and known not in self._renamed:
            self._renamed[known] = True
            _log.info("a repository was renamed", repository=known, was=call.url.path)
        return target

    def _address(self, where: str, base: URL) -> URL:
        """What GitHub points to. Raises UnavailableError where it is none of its own addresses, or no address."""
        try:
            address = base.join(URL(where, encoded=True))
            host, ours = address.host, self._wire.is_ours(address)
        except ValueError as error:  # a port that is no number, say
            raise UnavailableError(
                f"GitHub points to what is no address ({error}); nothing was sent there.", reason="gone"
            ) from error
        if not ours:
            raise UnavailableError(
                f"GitHub points to {host}, which is not where the App speaks to; nothing was sent there.",
                reason="gone",
            )
        return address

    async def _once(self, call: Call, *, token: Token | None, jwt: str | None) -> Answer:
        if call.installation is not None:
            await self._granted(call, call.installation)
        key = (call.installation, str(call.url), call.accept)
        kept = self._kept.get(key) if call.conditional else None
        answer = await self._wire.send(
            call.method,
            call.url,
            write=call.write,
            accept=call.accept,
            json=call.json,
            token=None if token is None else token.text,
            jwt=jwt,
            if_none_match=None if kept is None else kept.etag,
        )
        _log.debug("called", method=call.method, path=call.url.path, status=answer.status)
        if answer.status == 304 and kept is not None:
            return replace(answer, status=kept.status, body=kept.body, kind=kept.kind, next=kept.next)
        if call.conditional and answer.status == 200 and answer.etag and len(answer.body) <= _LARGEST_KEPT:
            self._kept[key] = answer
        return answer

    async def _granted(self, call: Call, installation: int) -> None:
        points = WRITE_POINTS if call.write else READ_POINTS
        earliest = await self._budget.take(installation, creates=call.creates, points=points, urgent=call.urgent)
        if earliest is not None:
            if self._counts is not None:
                self._counts.held_back()
            raise HeldBackError(
                f"GitHub's limits leave no room for this call before {earliest.isoformat()}.",
                not_before=earliest,
                installation=installation,
                urgent=call.urgent,
            )
