"""People as commands name them: `@login`.

Rule: the `@` is needed, so that `/handoff to @octocat` never hands over to somebody whose login is `to`.
"""

from __future__ import annotations

import re
from typing import Final

from app.domain.errors import UserError
from app.domain.squad import LOGIN

_ENDS: Final = ",;."


def login_of(word: str) -> str:
    """The login. Raises UserError for a team and for what can't be a login."""
    login = word.strip(_ENDS)
    if "/" in login:
        raise UserError(f"`{word}` is a team. Name a person, such as `@octocat`.")
    if re.fullmatch(LOGIN, login):
        raise UserError(f"`{login}` has no `@`, so it names nobody. Write `@{login}` if that is who you mean.")
    if not login.startswith("@") or not re.fullmatch(LOGIN, login[1:]):
        raise UserError(f"`{word}` is no GitHub login. Write it as `@octocat`.")
    return login[1:]
