"""Redaction: what must not be stored or posted is taken out of a text, and its place says what was there.

| what is taken out                                         | where it is looked for                                  |
|-----------------------------------------------------------|---------------------------------------------------------|
| private keys, passwords in URLs, tokens of known shape    | where such a thing must begin: `-----BEGIN `, `ghp_` …  |
| values of keys that are named like secrets, bearer tokens | at such a name, in upper or lower case                  |
| e-mail addresses                                          | in texts with an `@` after a character of an address    |
| US social security numbers; payment cards, by issuer and  | in runs of nine and more digits                         |
| Luhn's check digit                                        |                                                         |

Rules:
* IP addresses stay.
* The squad's own patterns come first, so that no built-in rule can break up what they look for.
* What an earlier redaction put in is left alone, and the rules are applied until nothing changes, at most eight times:
  redacting twice gives the same as redacting once.
* Time is linear in the text's length: a pattern is tried only where a match can begin, and its reach is bounded or ends
  at what begins the next. The second column is cheap to test, for a door reads every text before it answers.

Sources of the tokens' shapes: <https://docs.github.com/en/code-security/secret-scanning>,
<https://api.slack.com/authentication/token-types>,
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

LONGEST: Final = 200_000
"""Characters of one text that are looked at; the rest is cut off, for what was not looked at may not be kept."""

_ROUNDS: Final = 8
_BETWEEN: Final = "\x1e"  # parts texts that are redacted together: no built-in rule matches it
_SSN: Final = "[SSN removed]"
_EMAIL: Final = "[e-mail removed]"
_CARD: Final = "[card number removed]"
_CREDENTIAL: Final = "[secret removed]"
_KEY: Final = "[private key removed]"


class _Rule(NamedTuple):
    starts: tuple[str, ...]
    """A match begins with (or `after`) one of these, in lower case where the pattern does not regard case."""
    pattern: re.Pattern[str]
    """What is in its group `keep`, if it has one, stays."""
    mark: str = _CREDENTIAL
    after: bool = False


_RULES: Final = (
    _Rule(
        ("-----BEGIN ",),
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----(?:[^\x1e-]|-(?!----))*(?:-----END [A-Z0-9 ]{0,40}-----)?"
        ),
        _KEY,
    ),
    _Rule(("://",), re.compile(r"[^\s/@:\"'<>]{0,200}:[^\s/\"'<>]{1,300}(?=@)"), after=True),
    _Rule(("hooks.slack.com/services/",), re.compile(r"[\w/-]+"), after=True),
    _Rule(("eyJ",), re.compile(r"(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?")),
)
_BEARER: Final = _Rule(("bearer ",), re.compile(r"(?i)(?<=\bbearer )(?=[^\s\"',;]{0,300}\d)[\w.~+/=-]{8,}"), after=True)
_BLANK: Final = r"[^\S\x1e]"
_A_MARK: Final = r"\[(?:SSN|e-mail|card number|secret|private key) removed\]"
_NAMED: Final = _Rule(
    (
        *("passw", "passphrase", "pwd", "secret", "token", "api", "access", "private", "credential", "session"),
        *("set-cookie", "cookie", "authorization", "ssn", "social"),
    ),
    re.compile(
        r"(?i)(?P<keep>(?:passw(?:or)?d|passphrase|pwd|secret|(?<!unexpected )token|api[_-]?key|access[_-]?key"
        r"|private[_-]?key|credentials?|session[_-]?id|set-cookie|cookie|authorization|ssn"
        r"|social[_ -]security(?:[_ -]number)?)"
        rf"(?:[_-]\w{{1,20}}|s)?[\\\"'\]]{{0,4}}{_BLANK}{{0,4}}(?>=>|=|:(?!:)){_BLANK}{{0,4}}+"
        rf"(?:(?:bearer|basic|token|digest|apikey){_BLANK}{{1,4}}+)?+)"
        rf"(?:\\?\"[^\"\\\n\x1e]+|'[^'\n\x1e]+|(?:{_A_MARK}|(?!{_A_MARK})[^\s\"'\\,;&)}}\]]){{2,}})"
    ),
)
"""It comes last and takes what the other rules left of a value; a value that is all gone is left alone."""
_A_TOKEN: Final = (
    re.compile(r"_(?<=h[pousr]_|at_|[sr]k_|y[su]_|pm_)"),
    re.compile(r"-(?<=pat-|ox[abeoprs]-|app-)"),
    re.compile(r"A(?:KIA|SIA|Iza)"),
)
"""Each token has one of these inside: a single search for a single character finds most texts free of them."""
_TOKEN: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:gh[pousr]_\w{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}"
    r"|xapp-[\w-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])|[sr]k_(?:live|test)_\w{10,}"
    r"|sntry[su]_[\w=+/-]{16,}|AIza[\w-]{35}|npm_\w{30,})"
)
_AN_ADDRESS: Final = re.compile(r"@(?<=[\w.+%-]@)")
_ADDRESS: Final = re.compile(r"(?<![\w.+%-])[\w.+%-]+(?:@|%40)(?!\d+x\.)(?:[^\W_](?:[\w-]{0,62})\.){1,8}[^\W\d_]{2,24}")
_RUN_ASCII: Final = re.compile(r"[0-9][0-9 -]{8,}")
_RUN: Final = re.compile(r"\d[\d -]{8,}")
_NINE: Final = re.compile(r"(?<!\d)\d{3}([- ])\d{2}\1\d{4}(?!\d)")
_DIGITS: Final = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,}")
_ISSUERS: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}|6\d{15,18}"
)
_CARD_SIZES: Final = {2: (16,), 3: (16, 15, 14), 4: (19, 16, 13), 5: (16,), 6: (19, 18, 17, 16)}
"""By a card's first digit."""
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
        self._own = tuple((pattern, _literally(replacement)) for pattern, replacement in rules)
        self._marks = re.compile("(" + "|".join(re.escape(mark) for mark in sorted(marks, key=len, reverse=True)) + ")")

    def redact(self, text: str) -> str:
        """The text without what must not be kept; never raises. Time is linear in the text's length."""
        return self._redacted(text[:LONGEST].replace(_BETWEEN, " "))

    def redact_all(self, texts: Sequence[str]) -> tuple[str, ...]:
        """`redact` for many short texts: the same, in one go where no pattern of the squad's could see the joints."""
        if self._own or not texts or sum(map(len, texts)) + len(texts) > LONGEST:
            return tuple(map(self.redact, texts))
        return tuple(self._redacted(_BETWEEN.join([text.replace(_BETWEEN, " ") for text in texts])).split(_BETWEEN))

    def _redacted(self, text: str) -> str:
        for _ in range(_ROUNDS):
            redacted = self._between_marks(self._by_own_rules, text) if self._own else text
            redacted = self._between_marks(_by_built_in_rules, redacted)
            if redacted == text:
                break
            text = redacted
        return text

    def _between_marks(self, rules: Callable[[str], str], text: str) -> str:
        pieces = self._marks.split(text)
        pieces[::2] = [rules(piece) if piece else piece for piece in pieces[::2]]
        return "".join(pieces)

    def _by_own_rules(self, text: str) -> str:
        for pattern, replace in self._own:
            text = pattern.sub(replace, text)
        return text


def _by_built_in_rules(text: str) -> str:
    for rule in _RULES:
        text = _applied(rule, text, text)
    if any(inside.search(text) for inside in _A_TOKEN):
        text = _TOKEN.sub(_CREDENTIAL, text)
    text = _applied(_BEARER, text, folded(text))
    if _AN_ADDRESS.search(text) or "%40" in text:
        text = _ADDRESS.sub(_EMAIL, text)
    text = (_RUN_ASCII if text.isascii() else _RUN).sub(_without_numbers, text)
    return _applied(_NAMED, text, folded(text))


def folded(text: str) -> str:
    """The text in lower case, character by character, as `re.IGNORECASE` compares ASCII letters."""
    if text.isascii():
        return text.lower()
    return text.replace("\u0130", "i").lower().replace("\u0131", "i").replace("\u017f", "s")


def _applied(rule: _Rule, text: str, where: str) -> str:
    """`pattern.sub`, tried only where one of the rule's starts stands in `where`."""
    at: list[int] = []
    for start in rule.starts:
        found = where.find(start)
        while found >= 0:
            at.append(found + len(start) if rule.after else found)
            found = where.find(start, found + 1)
    if not at:
        return text
    kept: list[str] = []
    done = 0
    for begin in sorted(at):
        match = rule.pattern.match(text, begin) if begin >= done else None
        if match is not None:
            kept += (text[done:begin], match.groupdict().get("keep", ""), rule.mark)
            done = match.end()
    return "".join((*kept, text[done:]))


def _literally(replacement: str) -> Callable[[re.Match[str]], str]:
    return lambda _: replacement


def _without_numbers(run: re.Match[str]) -> str:
    return _DIGITS.sub(_without_cards, _NINE.sub(_SSN, run[0]))


def _without_cards(match: re.Match[str]) -> str:
    """Cards in a run of digits; one may stand between other numbers, so each group of digits can begin it."""
    text = match[0]
    at = [i for i, c in enumerate(text) if c not in " -"]
    digits = [int(text[i]) for i in at]
    begins = [i == 0 or at[i - 1] + 1 < at[i] for i in range(len(at))]
    checks = _check_sums(digits)
    kept: list[str] = []
    done = first = 0
    while first < len(at):
        size = _card_size(digits, first, begins, checks) if begins[first] else 0
        if size:
            kept += (text[done : at[first]], _CARD)
            done = at[first + size - 1] + 1
        first += size or 1
    return "".join((*kept, text[done:]))


def _card_size(digits: list[int], first: int, begins: list[bool], checks: tuple[list[int], list[int]]) -> int:
    """How many digits the longest card has that begins here and ends where a group does; 0 if there is none."""
    for size in _CARD_SIZES.get(digits[first], ()):
        end = first + size
        if end > len(digits) or (end < len(digits) and not begins[end]):
            continue
        doubled = checks[end % 2]
        if (doubled[end] - doubled[first]) % 10 == 0 and _ISSUERS.fullmatch("".join(map(str, digits[first:end]))):
            return size
    return 0


def _check_sums(digits: list[int]) -> tuple[list[int], list[int]]:
    """Luhn's sums up to each digit (ISO/IEC 7812-1), with the digits of even index doubled, and with those of odd."""
    sums: tuple[list[int], list[int]] = ([0], [0])
    for i, digit in enumerate(digits):
        doubled = digit * 2 - 9 * (digit > 4)
        sums[i % 2].append(sums[i % 2][-1] + doubled)
        sums[1 - i % 2].append(sums[1 - i % 2][-1] + digit)
    return sums
