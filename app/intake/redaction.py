"""Redaction: what must not be stored or posted is taken out of a text, and its place says what was there.

Rules:
* Built in: US social security numbers, e-mail addresses, payment cards (by issuer and Luhn's check digit), private
  keys, tokens of known shape, passwords in URLs, and values of keys that are named like secrets. IP addresses stay.
* The squad's own patterns come first, so that no built-in rule can break up what they look for.
* What an earlier redaction put in is left alone, and the rules are applied until nothing changes: redacting twice
  gives the same as redacting once.
* Every built-in pattern begins where a run of its characters begins, and so takes linear time.

Sources of the tokens' shapes: <https://docs.github.com/en/code-security/secret-scanning>,
<https://api.slack.com/authentication/token-types>,
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

LONGEST: Final = 200_000
"""Characters of one text that are looked at; the rest is cut off, for what was not looked at may not be kept."""

_ROUNDS: Final = 4
_BETWEEN: Final = "\x1e"  # counts as white space, so no built-in rule runs across it
_SSN: Final = "[SSN removed]"
_EMAIL: Final = "[e-mail removed]"
_CARD: Final = "[card number removed]"
_CREDENTIAL: Final = "[secret removed]"
_KEY: Final = "[private key removed]"

_CREDENTIAL_NAMES: Final = (
    r"passw(?:or)?d|passphrase|pwd|secret|(?<!unexpected )token|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|credentials?|session[_-]?id|set-cookie|cookie|authorization|ssn|social[_ -]security(?:[_ -]number)?"
)

_RULES: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----(?:[^\x1e-]|-(?!----))*(?:-----END [A-Z0-9 ]{0,40}-----)?"
        ),
        _KEY,
    ),
    (re.compile(r"(?<=://)[^\s/@:\"'<>]{0,200}:[^\s/\"'<>]{1,300}(?=@)"), _CREDENTIAL),
    (re.compile(r"(?<=hooks\.slack\.com/services/)[\w/-]+"), _CREDENTIAL),
    (re.compile(r"(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?"), _CREDENTIAL),
    (
        re.compile(
            r"(?<![A-Za-z0-9])(?:gh[pousr]_\w{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}"
            r"|xapp-[\w-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])|[sr]k_(?:live|test)_\w{10,}|sntry[su]_[\w=+/-]{16,}"
            r"|AIza[\w-]{35}|npm_\w{30,})"
        ),
        _CREDENTIAL,
    ),
    (re.compile(r"(?i)(?<=\bbearer )(?=[^\s\"',;]{0,300}\d)[\w.~+/=-]{8,}"), _CREDENTIAL),
    (
        re.compile(
            rf"(?i)(?P<keep>(?:{_CREDENTIAL_NAMES})(?:[_-]\w{{1,20}}|s)?[\\\"'\]]{{0,4}}\s{{0,4}}(?:=>|=|:(?!:))\s{{0,4}}"
            r"(?:(?:bearer|basic|token|digest|apikey)\s{1,4})?)"
            r"(?:\\?\"[^\"\\\n\x1e]+|'[^'\n\x1e]+|[^\s\"'\\,;&)}\]]{2,})"
        ),
        _CREDENTIAL,
    ),
    (
        re.compile(r"(?<![\w.+%-])[\w.+%-]+(?:@|%40)(?!\d+x\.)(?:[^\W_](?:[\w-]{0,62})\.){1,8}[^\W\d_]{2,24}"),
        _EMAIL,
    ),
    (re.compile(r"(?<!\d)\d{3}([- ])\d{2}\1\d{4}(?!\d)"), _SSN),
)
_DIGITS: Final = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,}")
_ISSUERS: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}|6\d{15,18}"
)
_BRACKETED: Final = re.compile(r"\[[^\[\]\n]{3,60}\]")


class Redactor:
    """Takes out what must not be kept. `own` are the squad's rules: (name, compiled pattern, replacement).

    A replacement is taken literally. One that its own pattern would match again is replaced by `[<name> removed]`.
    """

    def __init__(self, own: Sequence[tuple[str, re.Pattern[str], str]] = ()) -> None:
        rules: list[tuple[re.Pattern[str], str]] = []
        for name, pattern, replacement in own:
            plain = f"[{re.sub(r'[^A-Za-z0-9 _-]', ' ', name)[:40].strip() or 'text'} removed]"
            rules.append((pattern, plain if pattern.search(replacement) else replacement))
        marks = {_SSN, _EMAIL, _CARD, _CREDENTIAL, _KEY} | {r for _, r in rules if _BRACKETED.fullmatch(r)}
        self._own = tuple(rules)
        self._marks = re.compile("(" + "|".join(re.escape(mark) for mark in sorted(marks, key=len, reverse=True)) + ")")

    def redact(self, text: str) -> str:
        """The text without what must not be kept; never raises. Time is linear in the text's length."""
        text = text[:LONGEST]
        for _ in range(_ROUNDS):
            pieces = self._marks.split(text)
            pieces[::2] = [self._once(piece) if piece else piece for piece in pieces[::2]]
            redacted = "".join(pieces)
            if redacted == text:
                break
            text = redacted
        return text

    def redact_all(self, texts: Sequence[str]) -> tuple[str, ...]:
        """`redact` for many short texts, in one go."""
        if sum(map(len, texts)) + len(texts) <= LONGEST:
            parts = self.redact(_BETWEEN.join(texts)).split(_BETWEEN)
            if len(parts) == len(texts):
                return tuple(parts)
        return tuple(map(self.redact, texts))

    def _once(self, text: str) -> str:
        for pattern, replacement in self._own:
            text = pattern.sub(_literally(replacement), text)
        for pattern, replacement in _RULES:
            text = pattern.sub(_literally(replacement), text)
        return _DIGITS.sub(_without_cards, text)


def _literally(replacement: str) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        return (match.groupdict().get("keep") or "") + replacement

    return replace


def _without_cards(match: re.Match[str]) -> str:
    """Cards in a run of digits; one may stand between other numbers, so each group of digits can begin it."""
    text = match[0]
    at = [i for i, c in enumerate(text) if c.isdigit()]
    kept: list[str] = []
    done = first = 0
    while first < len(at):
        start = at[first]
        last = _card_end(text, at, first) if start == 0 or not text[start - 1].isdigit() else None
        if last is None:
            first += 1
            continue
        kept += (text[done:start], _CARD)
        done = at[last] + 1
        first = last + 1
    return "".join((*kept, text[done:]))


def _card_end(text: str, at: list[int], first: int) -> int | None:
    for last in range(min(first + 18, len(at) - 1), first + 11, -1):
        ends = at[last] + 1 == len(text) or not text[at[last] + 1].isdigit()
        if ends and _is_card("".join(text[i] for i in at[first : last + 1])):
            return last
    return None


def _is_card(digits: str) -> bool:
    """By issuer, and by Luhn's check digit (ISO/IEC 7812-1)."""
    if not _ISSUERS.fullmatch(digits):
        return False
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
