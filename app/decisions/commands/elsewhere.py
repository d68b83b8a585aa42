"""Words by which other systems are told of an error, and what to write here instead.

Rule: people write what they know from pagers and incident tools, and somebody at three in the morning must not wait for
a sign that never comes. But other bots may live in the same repository, and what is said to them is none of ours: so
only words are answered that speak of an error or of whoever is called, and that no widely used bot for pull requests
and issues takes. `/close`, `/reopen`, `/hold`, `/lgtm`, `/priority` and `/lifecycle` are Prow's, `/claim` and `/take`
those of bots that hand out work; to these nothing is said, whatever else they could mean here.
<https://prow.k8s.io/command-help>
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_SEVERE: Final = "Write `/impact severe` and the reason: it calls everybody at once."
_IMPACT: Final = "Write `/impact severe`, `/impact annoying` or `/impact unsure`, and the reason."
_OVER: Final = "Close the ticket as completed when it is mended; `/fix` says that you mend it."
_NOT: Final = "Close the ticket as not planned; it is still counted then."
_QUIET: Final = "Write `/silence 7d` and the reason to hear no more of it, or `/ack 2h` if you are on it."
_LOUD: Final = "Write `/unsilence`."
_ON_IT: Final = "Write `/ack`."
_SAME: Final = "Write `/duplicate-of #12`, with the number of the other ticket."

INSTEAD: Final[Mapping[str, str]] = {
    "severe": _SEVERE,
    "critical": _SEVERE,
    "escalate": _SEVERE,
    "incident": _SEVERE,
    "page": _SEVERE,
    "unsure": "Write `/impact unsure`, and the reason.",
    "annoying": "Write `/impact annoying`, and the reason.",
    "severity": _IMPACT,
    "resolve": _OVER,
    "resolved": _OVER,
    "fixed": _OVER,
    "wontfix": _NOT,
    "wont-fix": _NOT,
    "not-planned": _NOT,
    "snooze": _QUIET,
    "mute": _QUIET,
    "ignore": _QUIET,
    "unsnooze": _LOUD,
    "unmute": _LOUD,
    "investigating": _ON_IT,
    "on-it": _ON_IT,
    "unack": "An acknowledgement ends by itself; `/ack 1m` lets it end in a minute.",
    "dup": _SAME,
    "dupe": _SAME,
}
