"""A person's report: the issue form's rendered body, or free text in an issue labelled by hand, read into an Alert.

| what the text holds                             | identity of the error                             |
|-------------------------------------------------|---------------------------------------------------|
| a link to a Sentry issue                        | the fingerprint that Sentry's own alerts have     |
| a line that looks like an error                 | also (or, without a link, only) that line's       |
|                                                 | signature, which Sentry's own alerts have, too    |
| neither, but an issue title of three words      | the title's signature                             |
| none of these                                   | none: it is an error of its own                   |

| a line that looks like an error                           | is read as                         |
|-----------------------------------------------------------|------------------------------------|
| `KeyError: x`, `Net::ReadTimeout: x`, `Error: x`          | type and value, as Sentry has them |
| `ActiveRecord::RecordNotFound (x):`, as Rails logs it     | the same                           |
| `a.rb:3:in 'f': x (NoMethodError)`, as Ruby prints it     | the same                           |
| `Net::ReadTimeout` and nothing else                       | the type                           |
| one with `undefined method`, `is not a function` …        | that line                          |

Rules: a form renders as `### Label` headings; only the form's own labels part it, so that headings inside an answer
stay there, and a heading inside a code fence is none. GitHub may not enforce `required`, so faults are found here;
each is a sentence that says what to do, and none stops the report.

<https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-issue-forms>
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from app.domain.alerts import Alert, Impact, Sender
from app.domain.facts import Fact
from app.domain.identity import fingerprint, normalised, signature
from app.intake.reading import bare_url, moment_of, text_of

APP: Final = "App"
LINK: Final = "Sentry link"
SEEN: Final = "What do users see?"
IMPACT: Final = "Impact"
WHEN: Final = "When did it start?"
LABELS: Final = (APP, LINK, SEEN, IMPACT, WHEN)

_HEADING: Final = re.compile(r" {0,3}#{2,4}[ \t]+(\S.{0,200}?)[ \t]*#*[ \t]*")
_FENCE: Final = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_BLANK_ANSWERS: Final = frozenset({"", "_no response_", "none", "n/a", "-"})
_URL: Final = re.compile(r"https?://[^\s<>\"'`\\()\[\]]{4,2000}")
_ISSUE_PAGE: Final = re.compile(r"/organizations/[\w.-]{1,100}/issues/(\d{1,20})(?:/|$)")
_ISSUE_PAGE_AT_SENTRY: Final = re.compile(r"(?:/[\w.-]{1,100}){0,2}/issues/(\d{1,20})(?:/|$)")
_TYPE: Final = (
    r"(?:[A-Z]\w{0,80}::){0,6}[A-Z]\w{0,80}(?:Error|Exception|Failure|Fault|Timeout|NotFound|Invalid)"
    r"|(?:[A-Z]\w{0,80}::){1,6}[A-Z]\w{0,80}"
)
_PACKAGE: Final = r"(?:[A-Za-z_]\w{0,80}\.){0,10}"  # Sentry's types go without it
_RAISED: Final = re.compile(
    rf"(?<![\w.:]){_PACKAGE}(?P<type>{_TYPE})(?::(?!:) {{0,4}}(?P<value>\S.{{0,999}})| \((?P<logged>\S.{{0,999}})\):?$)"
)
_PLAIN: Final = re.compile(r"(?:Uncaught )?(?P<type>Error|Exception): {1,4}(?P<value>\S.{0,999})")
_UNCAUGHT: Final = re.compile(
    rf"(?:.{{0,500}}:in [`'][^`']{{1,200}}': )?(?P<value>\S.{{0,999}}) \((?P<type>{_TYPE})\)$"
)
_ALONE: Final = re.compile(rf"`?{_PACKAGE}(?P<type>{_TYPE})`?:?$")
_VALUES: Final = ("value", "logged")
_AFTER_CODE: Final = re.compile(r"(?P<code>(?:`[^`']*'|[^`])*)`.*")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_TELLING_WORDS: Final = 3
"""A title of fewer words (“500 error”) does not tell one error from another."""
_TELLING: Final = re.compile(
    r"(?i)(?:undefined (?:local variable or )?method\b|undefined local variable\b|is not a function\b"
    r"|cannot read propert|is not defined\b|segmentation fault|stack level too deep|deadlock detected)"
)


class Report(Fact, frozen=True, kw_only=True):
    """A person's report: what it says, and what is wrong with the form."""

    alert: Alert
    faults: tuple[str, ...] = ()


def read(title: str, body: str, *, reported_at: datetime) -> Report:
    """Read an issue's redacted title and body; see the module's table. Never raises."""
    body = body.replace("\r\n", "\n").replace("\r", "\n")
    answers = sections(body, LABELS)
    is_form = len(answers) > 1
    answers = {label: answers.get(label, "") for label in LABELS}
    link, issue_id = _sentry_link(answers[LINK], trusted=True) if is_form else ("", "")
    if not issue_id:
        link, issue_id = _sentry_link(body, trusted=False)
    words = normalised(
        _error_line(title, body) or ("" if issue_id or len(_WORD.findall(title)) < _TELLING_WORDS else title)
    )
    when = moment_of(answers[WHEN]) if answers[WHEN] else None
    details = answers[SEEN]
    if answers[WHEN] and when is None:
        details = f"{details}\n\n{WHEN} {answers[WHEN]}".strip()
    alert = Alert(
        sender=Sender.PERSON,
        title=text_of(title) or "A report without a title",
        occurred_at=min(when, reported_at) if when is not None else reported_at,
        fingerprint=fingerprint("sentry", issue_id) if issue_id else "",
        signature=signature(words),
        words=words,
        link=link,
        sender_ref=issue_id,
        app=text_of(answers[APP], 100),
        details=text_of(details, 4000),
        impact=_impact(answers[IMPACT]),
    )
    return Report(alert=alert, faults=_faults(answers, issue_id) if is_form else ())


def is_whole_form(body: str) -> bool:
    """Whether the body has every heading of the form: then it came from it, even if its label is missing."""
    return len(sections(body.replace("\r\n", "\n"), LABELS)) == len(LABELS)


def sentry_issues(text: str) -> frozenset[str]:
    """The ids of all issues at Sentry whose pages the text links."""
    return frozenset(issue for found in _URL.finditer(text) if (issue := _page(found[0], trusted=False)[1]))


def sections(body: str, labels: tuple[str, ...] = ()) -> dict[str, str]:
    """The answers below the headings named by `labels` (all headings where none are named), by label.

    The first of two headings with one label counts. A blank answer (`_No response_`) is empty, a code fence around
    a whole answer is taken off.
    """
    known = {_folded(label): label for label in labels}
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line, heading in _lines(body):
        label = known.get(_folded(heading)) if labels else heading
        if label and label not in found:
            lines = found[label] = []
        else:
            lines.append(line)
    return {label: _answer(lines) for label, lines in found.items()}


def span(body: str, label: str, labels: tuple[str, ...]) -> tuple[int, int]:
    """From where to where the lines stand that `sections` gives as the answer `label`; (0, 0) without its heading."""
    known = {_folded(each): each for each in labels}
    seen: set[str] = set()
    at, begin = 0, None
    for line, heading in _lines(body):
        found = known.get(_folded(heading), "")
        if found and found not in seen:
            if begin is not None:
                return begin, at
            begin = at + len(line) + 1 if found == label else None
            seen.add(found)
        at += len(line) + 1
    return (begin, len(body)) if begin is not None else (0, 0)


def _lines(body: str) -> Iterator[tuple[str, str]]:
    """Each line with the text of the heading it is, or with nothing."""
    fence = ""
    for line in body.split("\n"):
        mark = _FENCE.match(line)
        if mark is not None and not fence:
            fence = mark[1]
        elif mark is not None and mark[1].startswith(fence) and not line[mark.end() :].strip("`~ \t"):
            fence = ""
        heading = _HEADING.fullmatch(line) if not fence and mark is None else None
        yield line, heading[1] if heading else ""


def _folded(label: str) -> str:
    return re.sub(r"\W+", " ", label).strip().casefold()


def _answer(lines: list[str]) -> str:
    text = "\n".join(lines).strip()
    if text.casefold() in _BLANK_ANSWERS:
        return ""
    inside = text.split("\n")
    mark = _FENCE.match(inside[0])
    if mark is not None and len(inside) > 1 and inside[-1].strip() == mark[1]:
        return "\n".join(inside[1:-1]).strip()
    return text


def _sentry_link(text: str, *, trusted: bool) -> tuple[str, str]:
    """The first link to a Sentry issue, and the issue's id."""
    for match in _URL.finditer(text):
        url, issue_id = _page(match[0], trusted=trusted)
        if issue_id:
            return url, issue_id
    return "", ""


def _page(found: str, *, trusted: bool) -> tuple[str, str]:
    """A Sentry issue's page and its id. `/issues/7` alone is Sentry's only on a Sentry host, or
    in the field that asks for it (`trusted`): other trackers have such addresses, too."""
    url = bare_url(found.rstrip(".,;:!?*_"))
    host, _, path = url.partition("://")[2].partition("/")
    page = _ISSUE_PAGE.match("/" + path)
    if page is None and host != "github.com" and (trusted or "sentry" in host.casefold()):
        page = _ISSUE_PAGE_AT_SENTRY.match("/" + path)
    return (url, page[1]) if page is not None else ("", "")


def _error_line(title: str, body: str) -> str:
    """The first line that looks like an error, as Sentry would write it: `Type: value`; see the module's table."""
    telling = ""
    for line in map(_bare, (title, *body.split("\n"))):
        masked = _URL.sub(lambda url: "~" * len(url[0]), line) if "://" in line else line
        found = _RAISED.search(masked) or _PLAIN.match(masked) or _UNCAUGHT.match(masked) or _ALONE.match(masked)
        if found is not None:
            value = next((line[slice(*found.span(name))] for name in _VALUES if found.groupdict().get(name)), "")
            if line[: found.start()].endswith("`"):
                value = _AFTER_CODE.sub(r"\g<code>", value)
            return f"{found['type']}: {value}" if value else found["type"]
        if not telling and _TELLING.search(masked):
            telling = line
    return telling


def _bare(line: str) -> str:
    """The line without quote marks, list bullets and emphasis around it, and without links to Sentry's pages in it."""
    line = line[:2000].strip()
    if "://" in line:
        line = _URL.sub(lambda url: "" if _page(url[0], trusted=False)[1] else url[0], line).rstrip()
    bare = line.lstrip(" \t>*_-")
    return bare.rstrip("*_") if set(line[: len(line) - len(bare)]) & {"*", "_"} else bare


def _impact(answer: str) -> Impact | None:
    word = re.match(r"\W*(\w{1,20})", answer)
    try:
        return Impact(word[1].casefold()) if word else None
    except ValueError:
        return None


def _faults(answers: Mapping[str, str], issue_id: str) -> tuple[str, ...]:
    faults = []
    if not answers[APP]:
        faults.append(f"Say which app it is: write its name below “{APP}”.")
    if not answers[SEEN]:
        faults.append(f"Say what goes wrong for users: write it below “{SEEN}”.")
    if answers[LINK] and not issue_id:
        faults.append(
            f"“{LINK}” leads to no Sentry issue: put the address of the issue's page there, "
            "such as `https://sentry.io/organizations/<organization>/issues/<number>/`."
        )
    if answers[IMPACT] and _impact(answers[IMPACT]) is None:
        choices = ", ".join(f"`{impact}`" for impact in Impact)
        faults.append(f"“{IMPACT}” is none of the choices: begin the answer with one of {choices}.")
    return tuple(faults)
