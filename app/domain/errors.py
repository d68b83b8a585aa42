"""What can go wrong, as a tree by whose fault it is and what can be done.

Rule: an error says what to do in its message. A flow decides by class, never by text.
"""

from __future__ import annotations

from datetime import datetime


class ProdSquadError(Exception):
    """The root of all errors that the App raises on purpose."""


class UserError(ProdSquadError):
    """A person asked for something that can't be done; the message tells them what to do instead."""


class PayloadError(ProdSquadError):
    """A delivery is valid JSON from a verified sender, but is not what that sender documents: a dead letter."""


class StoreError(ProdSquadError):
    """The store could not do it (a full disk, a file that is gone); nothing was saved."""


class SystemRefusedError(ProdSquadError):
    """A system we speak to would not do what was asked."""


class LaterError(SystemRefusedError):
    """The call was certainly not carried out; it may be made again at `not_before`."""

    def __init__(self, message: str, *, not_before: datetime | None = None) -> None:
        super().__init__(message)
        self.not_before = not_before


class HeldBackError(LaterError):
    """The call was not made: the installation's budget has no room for it before `not_before`."""

    def __init__(self, message: str, *, not_before: datetime, installation: int, urgent: bool) -> None:
        super().__init__(message, not_before=not_before)
        self.not_before: datetime = not_before
        self.installation = installation
        self.urgent = urgent
        """Whether even a call that may use the whole budget was held back."""


class InDoubtError(SystemRefusedError):
    """The call may or may not have been carried out: its answer was lost, or was a 5xx."""


class UnavailableError(SystemRefusedError):
    """The thing can't be written to, and asking again will not help until a person changes something."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason
        """`locked`, `archived`, `issues-off`, `gone`, `forbidden`, `not-installed`."""


class InvalidError(SystemRefusedError):
    """The system understood the call and calls it wrong (422); `fields` names what it objects to."""

    def __init__(self, message: str, *, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.fields = fields
