"""People as commands name them: `@login`, with or without its `@`."""

from __future__ import annotations

import re
from typing import Final

from app.domain.errors import UserError
from app.domain.squad import LOGIN

_ENDS: Final = ",;."


def login_of(word: str) -> str:
    """The login. Raises UserError for a team and for what can't be a login."""
    login = word.strip(_ENDS).removeprefix("@")
    if "/" in login:
        raise UserError(f"`{word}` is a team. Name a person, such as `@octocat`.")
    if not re.fullmatch(LOGIN, login):
        raise UserError(f"`{word}` is no GitHub login. Write it as `@octocat`.")
    return login
