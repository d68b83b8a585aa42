"""Where a ticket sends its reader: the manual's section, and the logs around the latest occurrence.

The link to the logs opens CloudWatch's Logs Insights with the query filled in. Its form is not documented by AWS; it is
what the console itself writes: `#logsV2:logs-insights$3FqueryDetail$3D` and the query's facts as JSURL, in which
strings have `*xx` for what is no letter, digit, `_`, `-` or `.`
(<https://github.com/Sage/jsurl>; Grafana builds its links so, too:
<https://github.com/grafana/grafana/blob/main/public/app/plugins/datasource/cloudwatch/aws_url.ts>).

| region       | host                                     |
|--------------|------------------------------------------|
| `us-gov-…`   | `<region>.console.amazonaws-us-gov.com`  |
| `cn-…`       | `<region>.console.amazonaws.cn`          |
| any other    | `<region>.console.aws.amazon.com`        |

Rule: an error's text gets into a query only through `_like`, which leaves letters, digits, blanks, `_`, `:` and `-`;
anything else becomes `.`, any character. So no text can end the expression it stands in, and no escape is needed whose
meaning AWS does not document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from app.domain.alerts import Alert, Sender
from app.domain.manuals import Page
from app.domain.squad_pointers import LONGEST_LINK, LONGEST_VALUE, PLACEHOLDER, Logs
from app.domain.tickets import Ticket
from app.texts.figures import count
from app.texts.markdown import Markdown, fill, literal, own_link, words
from app.texts.plain import one_line

_REMOVED: Final = re.compile(r"\[[A-Za-z0-9 _-]{1,50} removed\]")
_FIRST: Final = datetime(1970, 1, 2, tzinfo=UTC)
_LAST: Final = datetime(2999, 1, 1, tzinfo=UTC)
"""A sender's clock may say anything; before and after these there are no logs."""
_GAP: Final = "\0"
"""Where redaction took something out: the logs have something else there."""
_ODD: Final = re.compile(r"[^A-Za-z0-9 _:-]")
_JSURL: Final = re.compile(r"[^A-Za-z0-9_.-]")
_HOSTS: Final = {"us-gov-": "console.amazonaws-us-gov.com", "cn-": "console.amazonaws.cn"}


def pointer_rows(ticket: Ticket, manual: Page | None, logs: Logs | None) -> Iterator[tuple[Markdown, Markdown]]:
    """The rows of the ticket's table that say where to look."""
    if manual is not None:
        yield literal("Manual"), own_link(words(" › ".join(manual.headings)), manual.url)
    alert = _occurrence(ticket)
    if logs is not None and alert is not None:
        at = words(f"around {alert.occurred_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")
        groups = count(len(logs.groups), "log group", "log groups")
        link = own_link(at, logs_url(ticket, logs), longest=LONGEST_LINK)
        yield literal("Logs"), fill("{link} in {groups}", link=link, groups=groups)


def logs_url(ticket: Ticket, logs: Logs) -> str:
    """The console's page with the query around the latest occurrence; empty where none is known."""
    alert = _occurrence(ticket)
    if alert is None:
        return ""
    at = min(max(alert.occurred_at, _FIRST), _LAST)
    host = next((host for start, host in _HOSTS.items() if logs.region.startswith(start)), "console.aws.amazon.com")
    groups = "".join(f"~{_jsurl(group)}" for group in logs.groups)
    facts = (
        ("end", _jsurl(_instant(at + logs.after))),
        ("start", _jsurl(_instant(at - logs.before))),
        ("timeType", "'ABSOLUTE"),
        ("tz", "'UTC"),
        ("editorString", _jsurl(_query(ticket, logs.query))),
        ("source", f"({groups})"),
    )
    detail = "~".join(f"{name}~{value}" for name, value in facts)
    home = f"https://{logs.region}.{host}/cloudwatch/home?region={logs.region}"
    return f"{home}#logsV2:logs-insights$3FqueryDetail$3D~({detail})"


def _occurrence(ticket: Ticket) -> Alert | None:
    """The latest report of a sender; a person's, who tells of it later, only where there is no other."""
    alerts = sorted(ticket.alerts, key=lambda alert: alert.sender is Sender.PERSON)
    return alerts[0] if alerts else None


def _query(ticket: Ticket, query: str) -> str:
    if query:
        return PLACEHOLDER.sub(lambda found: _like(_value(ticket, found[1])), query)
    error_type = _value(ticket, "error_type")
    named = f"| filter @message like /{_like(error_type)}/\n" if error_type else ""
    return f"fields @timestamp, @message\n{named}| sort @timestamp desc\n| limit 200"


def _value(ticket: Ticket, name: str) -> str:
    if name == "path":
        try:
            return urlsplit(_value(ticket, "url")).path
        except ValueError:  # what stands in brackets is no IPv6 address
            return ""
    return next((text for alert in ticket.alerts if (text := str(getattr(alert, name)).strip())), "")


def _like(text: str) -> str:
    """The text's first line as a regular expression, of so much as a query takes; of no text, what matches any.

    In JSON a quote and a backslash have another backslash before them, so there one or two characters are meant.
    """
    line = one_line(text.partition("\n")[0], len(text) + 1)
    line = _REMOVED.sub(_GAP, line)[:LONGEST_VALUE].strip()
    return _ODD.sub(lambda found: ".*" if found[0] == _GAP else ".{1,2}" if found[0] in '"\\' else ".", line) or ".*"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def _jsurl(text: str) -> str:
    """A string in JSURL: what is beyond U+00FF is written as `**xxxx`, in UTF-16."""
    return "'" + _JSURL.sub(_starred, text)


def _starred(found: re.Match[str]) -> str:
    if found[0] < "\u0100":
        return f"*{ord(found[0]):02x}"
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"**{units[nth : nth + 2].hex()}" for nth in range(0, len(units), 2))
