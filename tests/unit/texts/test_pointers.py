"""Where a ticket sends its reader, and that the link to the logs opens what it should."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.alerts import Alert, Sender
from app.domain.squad_pointers import GROUP, LONGEST_LINK, PLACEHOLDERS, Logs
from app.domain.tickets import Ticket
from app.texts.markdown import joined, literal
from app.texts.pointers import logs_url, pointer_rows
from tests.unit.texts.cases import ALERT, LOGS, NOW, PAGE, REPORT, TICKET
from tests.unit.texts.nasty import texts
from tests.unit.texts.page import rendered

AT = datetime(2026, 11, 23, 14, 3, 30, tzinfo=UTC)


class Console:
    """Reads a link as the console does: JSURL, by https://github.com/Sage/jsurl (version 1)."""

    def __init__(self, url: str) -> None:
        before, _, detail = url.partition("$3FqueryDetail$3D")
        assert before.endswith("#logsV2:logs-insights")
        self._text, self._at = detail, 0
        self.facts: Any = self._value()
        assert self._at == len(detail), "all of it is read"

    def _eat(self, what: str) -> None:
        assert self._text.startswith(what, self._at), self._text[self._at :]
        self._at += len(what)

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _value(self) -> Any:
        self._eat("~")
        if self._next() == "'":
            self._eat("'")
            return self._decoded()
        self._eat("(")
        found: Any
        if self._next() == "~":
            found = []
            while self._next() == "~":
                found.append(self._value())
        else:
            found = {self._decoded(): self._value()}
            while self._next() == "~":
                self._eat("~")
                found |= {self._decoded(): self._value()}
        self._eat(")")
        return found

    def _decoded(self) -> str:
        run = re.compile(r"[^~)]*").match(self._text, self._at)
        assert run is not None
        self._at = run.end()
        one = r"\*\*([0-9a-f]{4})|\*([0-9a-f]{2})|(!)"
        units = re.sub(one, lambda m: "$" if m[3] else chr(int(m[1] or m[2], 16)), run[0])
        return units.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")


def but(**changes: Any) -> Ticket:
    """The ticket with another latest alert, and no other."""
    return msgspec.structs.replace(TICKET, first=None, latest=msgspec.structs.replace(ALERT, **changes))


def facts(ticket: Ticket = TICKET, logs: Logs = LOGS) -> Any:
    return Console(logs_url(ticket, logs)).facts


def query(query: str = "", **changes: Any) -> str:
    return str(facts(but(**changes), LOGS.model_copy(update={"query": query}))["editorString"])


def test_a_link_opens_the_query_around_the_latest_occurrence() -> None:
    assert facts() == {
        "end": "2026-11-23T14:08:30.000Z",
        "start": "2026-11-23T13:58:30.000Z",
        "timeType": "ABSOLUTE",
        "tz": "UTC",
        "editorString": "fields @timestamp, @message\n| filter @message like /NoMethodError/\n"
        "| sort @timestamp desc\n| limit 200",
        "source": ["/prod/reader", "/prod/reader-workers"],
    }


def test_a_link_as_the_console_itself_writes_it() -> None:
    logs = Logs(region="us-east-1", groups=("/a",), query="fields @timestamp, @log | limit 20")
    assert logs_url(TICKET, logs) == (
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logsV2:logs-insights"
        "$3FqueryDetail$3D~(end~'2026-11-23T14*3a08*3a30.000Z~start~'2026-11-23T13*3a58*3a30.000Z"
        "~timeType~'ABSOLUTE~tz~'UTC~editorString~'fields*20*40timestamp*2c*20*40log*20*7c*20limit*2020"
        "~source~(~'*2fa))"
    )


@pytest.mark.parametrize(
    ("region", "host"),
    [
        pytest.param("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com", id="GovCloud"),
        pytest.param("cn-north-1", "cn-north-1.console.amazonaws.cn", id="China"),
        pytest.param("eu-central-1", "eu-central-1.console.aws.amazon.com", id="anywhere else"),
    ],
)
def test_the_console_of_a_region(region: str, host: str) -> None:
    assert urlsplit(logs_url(TICKET, Logs(region=region, groups=("/a",)))).hostname == host


@pytest.mark.parametrize(
    ("before", "after", "window"),
    [
        pytest.param(timedelta(0), timedelta(seconds=1), ("2026-11-23T14:03:30", "2026-11-23T14:03:31"), id="narrow"),
        pytest.param(timedelta(days=1), timedelta(hours=1), ("2026-11-22T14:03:30", "2026-11-23T15:03:30"), id="wide"),
    ],
)
def test_the_window(before: timedelta, after: timedelta, window: tuple[str, str]) -> None:
    found = facts(logs=LOGS.model_copy(update={"before": before, "after": after}))
    assert (found["start"], found["end"]) == tuple(f"{each}.000Z" for each in window)


@pytest.mark.parametrize(
    ("at", "start"),
    [
        pytest.param(datetime.min.replace(tzinfo=UTC), "1970-01-01T23:55:00.000Z", id="before all time"),
        pytest.param(datetime.max.replace(tzinfo=UTC), "2998-12-31T23:55:00.000Z", id="after all time"),
    ],
)
def test_a_clock_that_is_beyond_all_bounds_stops_nothing(at: datetime, start: str) -> None:
    assert facts(but(occurred_at=at))["start"] == start


def test_a_senders_report_counts_before_a_later_one_of_a_person() -> None:
    both = msgspec.structs.replace(TICKET, latest=REPORT)
    assert facts(both)["end"] == "2026-11-23T14:08:30.000Z"
    assert facts(msgspec.structs.replace(TICKET, latest=REPORT, first=None))["end"] == "2026-11-23T14:01:30.000Z"


def test_without_a_type_all_messages_of_the_window_are_shown() -> None:
    assert query(error_type=" ") == "fields @timestamp, @message\n| sort @timestamp desc\n| limit 200"


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        pytest.param("PG::ConnectionBad", "PG::ConnectionBad", id="a class"),
        pytest.param("it's 50% (or so)", "it.s 50. .or so.", id="signs are any character"),
        pytest.param("a/ | limit 1", "a. . limit 1", id="it can't end the expression"),
        pytest.param('say "no"\\', "say .{1,2}no.{1,2}.{1,2}", id="what JSON puts a backslash before"),
        pytest.param("naïve 😀", "na.ve .", id="no ASCII"),
        pytest.param("first\nsecond", "first", id="the first line"),
        pytest.param("for [SSN removed] at [file number removed]", "for .* at .*", id="what was taken out"),
        pytest.param("x" * 95 + " [SSN removed]", "x" * 95 + " .*", id="a mark is not cut"),
        pytest.param("x" * 500, "x" * 100, id="too long"),
        pytest.param(" ", ".*", id="nothing"),
        pytest.param("{error_type}", ".error_type.", id="a placeholder in a text is none"),
    ],
)
def test_an_errors_text_in_a_query(text: str, pattern: str) -> None:
    assert query("filter @message like /{error_value}/", error_value=text) == f"filter @message like /{pattern}/"


def test_each_placeholder_is_filled() -> None:
    template = " ".join(f"/{{{name}}}/" for name in PLACEHOLDERS)
    assert query(template) == (
        "/NoMethodError/ /undefined method .name. for nil:NilClass/ /Certifications::ConfirmController.update_v2/ "
        "/production/ /caseflow.4.2.1/ /https:..caseflow.example.org.certifications.2104872C.confirm/ "
        "/.certifications.2104872C.confirm/"
    )
    assert query("/{path}/", url="https://[/x") == "/.*/"


def test_no_occurrence_no_link() -> None:
    assert logs_url(Ticket(id=1), LOGS) == ""
    assert list(pointer_rows(Ticket(id=1), None, LOGS)) == []


def test_rows() -> None:
    (manual, page), (logs, link) = pointer_rows(TICKET, PAGE, LOGS)
    assert (str(manual), str(page)) == ("Manual", f"[Reader › Documents don't load]({PAGE.url})")
    assert str(logs) == "Logs"
    assert str(link).startswith("[around 2026-11-23 14:03:30 UTC](https://us-gov-west-1.console.")
    assert str(link).endswith(") in 2 log groups")
    ((_, one),) = pointer_rows(TICKET, None, LOGS.model_copy(update={"groups": ("/a",)}))
    assert str(one).endswith(") in 1 log group")


groups = st.lists(st.from_regex(GROUP, fullmatch=True).map(lambda name: name[:40]), min_size=1, max_size=4).map(tuple)


def _paired(text: str) -> str:
    """Two halves of a character are that character, as in any text of a browser's."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


@given(query=st.one_of(texts, st.text(max_size=99)), groups=groups)
def test_whatever_the_query_is_the_console_reads_it_back_from_the_rendered_ticket(
    query: str, groups: tuple[str, ...]
) -> None:
    logs = LOGS.model_copy(update={"query": f"# {query}", "groups": groups})
    row = joined([literal("| Logs |"), next(pointer_rows(TICKET, None, logs))[1]], literal(" "))
    page = rendered(f"| a | b |\n|---|---|\n{row} |")
    assert page.links == [logs_url(TICKET, logs)]
    assert page.tags.count("td") == 2
    found = Console(page.links[0]).facts
    assert re.sub(r"\{[A-Za-z_]+\}", "", found["editorString"]) == re.sub(r"\{[A-Za-z_]+\}", "", f"# {_paired(query)}")
    assert found["source"] == list(groups)


@given(alert=st.builds(Alert, sender=st.just(Sender.SENTRY), title=texts, occurred_at=st.just(NOW), error_type=texts,
                       error_value=texts, culprit=texts, environment=texts, release=texts, url=texts))  # fmt: skip
def test_no_text_of_an_error_leaves_the_expression_it_stands_in(alert: Alert) -> None:
    template = "\n".join(f"filter a like /{{{name}}}/" for name in PLACEHOLDERS)
    filled = str(facts(Ticket(id=1, latest=alert), LOGS.model_copy(update={"query": template}))["editorString"])
    assert all(re.fullmatch(r"filter a like /[A-Za-z0-9 _:.*{},-]+/", line) for line in filled.split("\n"))
    assert filled.count("\n") == len(PLACEHOLDERS) - 1
    assert all(re.compile(line[15:-1]) for line in filled.split("\n"))


@given(
    value=st.one_of(st.text(max_size=300), st.just('"' * 300), st.just("[a removed]" * 30)),
    query=st.text(alphabet=" /é😀ax", max_size=80),
    groups=groups,
    times=st.integers(0, 3),
)
def test_no_link_is_longer_than_the_file_says(value: str, query: str, groups: tuple[str, ...], times: int) -> None:
    logs = Logs(region="us-gov-west-1", groups=groups, query=query.replace("/", "") + " /{error_value}/" * times)
    assert len(logs_url(but(error_value=value, error_type=value), logs)) <= logs.longest_link
    assert LOGS.longest_link <= LONGEST_LINK
