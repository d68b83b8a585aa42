"""The base of every domain type: an immutable record that is also its own storage format.

Rule: whatever the App remembers or hands on is a `Fact`. It is frozen, compared by value, takes keyword
arguments only, and msgspec writes it to JSON and reads it back without a mapping layer between. A field
that is added later has a default, so that a record saved by the previous version can still be read.
The keywords are repeated at each class because type checkers do not inherit them.
"""

from __future__ import annotations

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An immutable value; see the module's rule."""
