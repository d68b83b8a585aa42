"""The squad's file says where manuals and logs are; what would send people nowhere is a fault."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.squad import App, Squad
from app.domain.squad_pointers import LONGEST_LINK, Logs, ManualAt
from app.intake import squad_file

NO_PATH = "is no path of a file in its repository; write one such as docs/first-responder-manual.md"


def faults(text: str) -> list[tuple[int, str]]:
    found = squad_file.read(text)
    assert isinstance(found, tuple), found
    return [(fault.line, fault.message) for fault in found]


@pytest.mark.parametrize(
    ("text", "squad"),
    [
        pytest.param("manual: {path: docs/m.md}", Squad(manual=ManualAt(path="docs/m.md")), id="a manual beside it"),
        pytest.param(
            "manual: {repository: octo-org/x, path: Réponse d'urgence.MD}",
            Squad(manual=ManualAt(repository="octo-org/x", path="Réponse d'urgence.MD")),
            id="a manual elsewhere",
        ),
        pytest.param(
            "apps: [{name: Reader, manual: r.markdown}]",
            Squad(apps=(App(name="Reader", manual="r.markdown"),)),
            id="an app's own",
        ),
        pytest.param(
            "logs: {region: us-gov-west-1, groups: [/prod/a, b_c.d-e#1], before: 1m, after: 2h, query: 'x /{path}/'}",
            Squad(
                logs=Logs(
                    region="us-gov-west-1",
                    groups=("/prod/a", "b_c.d-e#1"),
                    before=timedelta(minutes=1),
                    after=timedelta(hours=2),
                    query="x /{path}/",
                )
            ),
            id="logs",
        ),
        pytest.param(
            "logs: {query: 'parse @message /a{1,3}\\/{url}[/]/'}",
            Squad(logs=Logs(query="parse @message /a{1,3}\\/{url}[/]/")),
            id="a repeat is no placeholder, an escaped slash no end",
        ),
    ],
)
def test_what_is_read(text: str, squad: Squad) -> None:
    assert squad_file.read(text) == squad


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("manual: {}", "manual.path: this key is missing", id="no path"),
        pytest.param("manual:", "manual: this is empty; give it a value, or take the key out", id="an empty manual"),
        pytest.param("manual: {path: /docs/m.md}", f"manual.path: {NO_PATH}", id="a path from the root"),
        pytest.param("manual: {path: docs/../m.md}", f"manual.path: {NO_PATH}", id="a path upwards"),
        pytest.param('manual: {path: "a\\tb.md"}', f"manual.path: {NO_PATH}", id="a tabulator"),
        pytest.param(
            "manual: {path: m.txt}", "manual.path: is no Markdown file; its name ends with .md", id="another kind"
        ),
        pytest.param("apps: [{name: R, manual: docs/}]", f"apps[0].manual: {NO_PATH}", id="an app's folder"),
        pytest.param(
            "logs: {region: virginia}",
            "logs.region: “virginia” is no region of AWS; write one such as us-gov-west-1",
            id="no region",
        ),
        pytest.param(
            "logs: {region: us-east-1, groups: [a b]}",
            "logs.groups[0]: “a b” is no log group; write its name, such as /prod/reader",
            id="no group",
        ),
        pytest.param(
            "logs: {groups: [/a]}",
            "logs: in which region these groups are is not said; add region, such as us-gov-west-1",
            id="groups without a region",
        ),
        pytest.param(
            "apps: [{name: R, logs: {region: us-east-1}}]",
            "apps[0].logs: this names no log group; add groups, such as [/prod/reader]",
            id="an app's region without groups",
        ),
        pytest.param(
            "logs: {query: '/{eror_type}/'}", "logs.query: there is no {eror_type}; there is error_type", id="near"
        ),
        pytest.param(
            "logs: {query: '/{xxx}/'}",
            "logs.query: there is no {xxx}; there is error_type, error_value, culprit, environment, release, url, path",
            id="no placeholder",
        ),
        pytest.param(
            "logs: {query: 'x = \"{url}\"'}",
            "logs.query: {url} stands within a regular expression: @message like /{url}/",
            id="a placeholder in quotes",
        ),
        pytest.param("logs: {after: 0s}", "logs.after: this must be at least 1 second", id="no window"),
        pytest.param(
            f"logs: {{region: us-east-1, groups: [{', '.join('/' * 500 + str(n) for n in range(5))}]}}",
            "logs: the link could get 9,115 characters and may have 8,000; name fewer groups, or shorten the query",
            id="too long a link",
        ),
    ],
)
def test_what_is_a_fault(text: str, message: str) -> None:
    assert faults(text) == [(1, message)]


def test_an_apps_logs_take_what_they_leave_out_from_the_files_own() -> None:
    own = Logs(groups=("/r",), after=timedelta(minutes=1))
    squad = Squad(
        apps=(App(name="Reader", logs=own), App(name="Dispatch")),
        logs=Logs(region="us-east-1", groups=("/all",), before=timedelta(minutes=9)),
    )
    assert squad.logs_of("reader") == Logs(
        region="us-east-1", groups=("/r",), before=timedelta(minutes=9), after=timedelta(minutes=1)
    )
    assert squad.logs_of("Dispatch") == squad.logs_of("") == squad.logs


@pytest.mark.parametrize(
    "squad",
    [
        pytest.param(Squad(), id="nobody says"),
        pytest.param(Squad(logs=Logs(region="us-east-1")), id="no groups are the file's own"),
    ],
)
def test_an_app_without_logs(squad: Squad) -> None:
    assert squad.logs_of("Reader") is None


def test_an_app_that_names_its_logs_needs_no_others() -> None:
    own = Logs(region="us-east-1", groups=("/r",))
    assert Squad(apps=(App(name="Reader", logs=own),)).logs_of("Reader") == own


def test_manuals_by_whose_they_are() -> None:
    assert Squad(manual=ManualAt(path="m.md"), apps=(App(name="A", manual="a.md"), App(name="B"))).manuals == {
        "": "m.md",
        "A": "a.md",
    }
    assert Squad(apps=(App(name="A", manual="a.md"),)).manuals == {"A": "a.md"}


def test_an_ordinary_file_is_far_from_the_longest_link() -> None:
    logs = Logs(
        region="us-gov-west-1",
        groups=tuple(f"/aws/ecs/prod/application-{n}" for n in range(20)),
        query="fields @timestamp | filter @message like /{error_type}/ or @message like /{path}/",
    )
    assert logs.longest_link < LONGEST_LINK * 3 / 4
