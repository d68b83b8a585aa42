"""The commands that only read files: route, simulate, check, schema; and help of all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import commands
from app.cli.main import COMMANDS, main
from tests.contract.app_side import alert, opened
from tests.unit.test_settings import needed

ROOT = Path(__file__).parents[3]
MAP = """\
*                              @nick
[Whiskey] @mark
app:Reader
/app/controllers/reader/**
[Foxtrot] @alex
app:Certification*
app:eFolder
url:*/efolder/*                @alex @jo
tags.component:dispatch        @sharon
"""


class Terminal:
    """Runs commands, and holds what they said."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.out = self.err = ""

    def run(self, *argv: str) -> int:
        """One command; its exit code."""
        self._capsys.readouterr()  # what was said before is no answer
        code: object = 0
        try:
            main(list(argv))
        except SystemExit as ended:
            code = ended.code
        self.out, self.err = self._capsys.readouterr()
        if isinstance(code, str):
            self.err += code
            return 1
        return int(str(code or 0))


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Terminal:
    """In a repository with a map."""
    monkeypatch.chdir(tmp_path)
    write(".github/PRODOWNERS", MAP)
    return Terminal(capsys)


def write(name: str, text: str | bytes) -> None:
    """A file of the repository the test stands in."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


# Help


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_every_command_explains_itself(terminal: Terminal, name: str) -> None:
    assert terminal.run(name, "--help") == 0
    assert terminal.out.startswith(f"usage: python -m app {name}")


def test_help_lists_every_command(terminal: Terminal) -> None:
    assert terminal.run("--help") == 0
    assert [command.name for command in COMMANDS if f"    {command.name}" not in terminal.out] == []


def test_check_s_help_says_what_it_can_t_see(terminal: Terminal) -> None:
    terminal.run("check", "--help")
    assert "can't see" in " ".join(terminal.out.split())


def test_an_unknown_command_is_told_which_there_are(terminal: Terminal) -> None:
    assert terminal.run("serv") == 2
    assert "serve" in terminal.err


@pytest.mark.parametrize(
    ("number", "says"),
    [
        pytest.param(0, "No faults", id="none"),
        pytest.param(1, "1 fault", id="one"),
        pytest.param(1234, "1,234 faults", id="many"),
    ],
)
def test_what_is_counted(number: int, says: str) -> None:
    assert commands.counted(number, "fault") == says


# Route


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        pytest.param(["--app", "Certification-V2"], "line 6 `app:Certification*` → @alex, then @nick", id="by its app"),
        pytest.param(
            ["--path", "app/controllers/reader/documents_controller.rb"],
            "line 4 `/app/controllers/reader/**` → @mark, then @nick",
            id="by a file of its trace",
        ),
        pytest.param(
            ["--path", "lib/other.rb", "--path", "app/controllers/reader/x.rb"],
            "line 4 `/app/controllers/reader/**` → @mark, then @nick",
            id="the innermost file is named last",
        ),
        pytest.param(
            ["--url", "https://x.example/efolder/1"], "line 8 `url:*/efolder/*` → @alex, then @jo, then @nick", id="URL"
        ),
        pytest.param(
            ["--tag", "component=dispatch"],
            "line 9 `tags.component:dispatch` → @sharon, then @alex, then @nick",
            id="by a tag",
        ),
        pytest.param(["--app", "Nobody's"], "line 1 `*` → @nick", id="nobody's is the project's tech lead's"),
    ],
)
def test_route_names_who_answers_and_the_line_that_says_so(terminal: Terminal, argv: list[str], says: str) -> None:
    assert terminal.run("route", *argv) == 0
    assert terminal.out == f"{says}\n"


def test_route_finds_the_app_by_its_project_in_the_squad_s_file(terminal: Terminal) -> None:
    write(".github/prod-squad.yml", "apps:\n  - {name: Reader, projects: [reader-web]}\n")
    terminal.run("route", "--project", "reader-web")
    assert terminal.out.startswith("line 3 `app:Reader` → @mark")


def test_route_takes_the_module_of_the_innermost_frame(terminal: Terminal) -> None:
    write(".github/PRODOWNERS", "module:billing.* @kim\n")
    terminal.run("route", "--module", "billing.invoices")
    assert terminal.out == "line 1 `module:billing.*` → @kim\n"


def test_route_takes_codeowners_where_there_is_no_map_of_the_squad_s(terminal: Terminal) -> None:
    Path(".github/PRODOWNERS").unlink()
    write("CODEOWNERS", "*.rb @ruby\n")
    terminal.run("route", "--path", "a.rb")
    assert terminal.out == "line 1 `*.rb` → @ruby\n"


def test_route_tells_the_files_faults_and_routes_all_the_same(terminal: Terminal) -> None:
    write(".github/prod-squad.yml", "apps:\n  - {nme: Reader}\n")
    assert terminal.run("route", "--app", "Reader") == 0
    assert terminal.out.startswith("line 3 `app:Reader` → @mark")
    assert "fault: .github/prod-squad.yml:2: apps[0].nme: there is no such key; did you mean name?" in terminal.out


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        pytest.param(["--tag", "component"], "Write a tag as NAME=VALUE", id="a tag without a value"),
        pytest.param(["--map", "nowhere"], "nowhere can't be read: No such file", id="a map that is not there"),
        pytest.param(["--map", "."], ". can't be read: Is a directory", id="a map that is a folder"),
    ],
)
def test_route_says_what_is_wrong_with_the_question(terminal: Terminal, argv: list[str], says: str) -> None:
    assert terminal.run("route", *argv) == 1
    assert says in terminal.err


MANUAL = "# Manual\n\n## Reader\n\n### `PG::ConnectionBad`\n"
POINTERS = """\
apps: [{name: Reader, logs: {region: us-gov-west-1, groups: [/prod/reader]}}]
manual: {path: docs/manual.md}
"""


def test_route_names_the_section_of_the_manual_and_the_logs(terminal: Terminal) -> None:
    write(".github/prod-squad.yml", POINTERS)
    write("docs/manual.md", MANUAL)
    terminal.run("route", "--app", "Reader", "--type", "PG::ConnectionBad", "--text", "gone")
    _, section, logs = terminal.out.splitlines()
    assert section == "manual: docs/manual.md:5: Reader › PG::ConnectionBad"
    assert logs.startswith(
        "logs: https://us-gov-west-1.console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-west-1#"
    )
    assert "like*20*2fPG*3a*3aConnectionBad*2f" in logs


def test_route_says_that_no_section_is_for_it(terminal: Terminal) -> None:
    write("other.md", MANUAL)
    terminal.run("route", "--app", "Dispatch", "--type", "KeyError", "--manual", "other.md")
    assert terminal.out.splitlines()[1:] == ["manual: no section is for it"]


def test_route_names_an_app_s_own_manual(terminal: Terminal) -> None:
    write(".github/prod-squad.yml", "apps: [{name: Reader, manual: reader.md}]\n")
    write("reader.md", MANUAL.replace("PG::", "A::"))
    terminal.run("route", "--app", "Reader", "--type", "KeyError")
    assert terminal.out.splitlines()[1:] == ["manual: reader.md:3: Manual › Reader"]
    write("reader.md", "# Other\n")
    terminal.run("route", "--app", "Reader", "--type", "KeyError")
    assert terminal.out.splitlines()[1:] == ["manual: reader.md: reader.md"]


def test_route_reads_no_manual_of_another_repository(terminal: Terminal) -> None:
    write(".github/prod-squad.yml", "manual: {repository: octo-org/manuals, path: docs/manual.md}\n")
    write("docs/manual.md", MANUAL)
    terminal.run("route", "--app", "Reader", "--type", "PG::ConnectionBad")
    assert terminal.out.splitlines()[1:] == ["manual: no section is for it"]


# Simulate


def test_simulate_shows_the_manual_s_section_and_the_logs(terminal: Terminal) -> None:
    write("alert.json", alert())
    write("m.md", "# KeyError\n")
    write(".github/prod-squad.yml", "logs: {region: us-gov-west-1, groups: [/prod/all]}\n")
    assert terminal.run("simulate", "alert.json", "--manual", "m.md") == 0
    assert "| Manual | KeyError |" in terminal.out
    assert "| Logs | [around " in terminal.out


def test_simulate_shows_the_ticket_that_an_alert_would_open(terminal: Terminal) -> None:
    write("alert.json", alert())
    assert terminal.run("simulate", "alert.json") == 0
    first, who, title, labels, *_ = terminal.out.splitlines()
    assert (first, who) == ("event_alert: OpenIssue", "who: line 1 `*` → @nick")
    assert (title, labels) == ("title: KeyError: 'document'", "labels: prod-alert")
    assert "**1 occurrence**" in terminal.out


def test_simulate_shows_what_an_alert_adds_to_a_ticket_there_is(terminal: Terminal) -> None:
    write("alert.json", alert())
    assert terminal.run("simulate", "alert.json", "--known") == 0
    assert terminal.out == "event_alert: AddOccurrence\n"


def test_simulate_shows_what_becomes_of_a_person_s_report(terminal: Terminal) -> None:
    write("issue.json", opened())
    assert terminal.run("simulate", "issue.json") == 0
    assert terminal.out.startswith("issues: AdoptIssue\n")
    assert "Since noon." in terminal.out, "what the person wrote stays"


def test_simulate_shows_the_quiet_issue_of_a_support_ticket(terminal: Terminal) -> None:
    write("asked.json", json.dumps({"id": 4711, "title": "I can't log in", "text": "It says 500."}))
    assert terminal.run("simulate", "asked.json") == 0
    assert "support: OpenIssue" in terminal.out
    assert "labels: support\n" in terminal.out
    assert "A support ticket." in terminal.out


def test_simulate_redacts_as_the_app_does(terminal: Terminal) -> None:
    write("alert.json", alert(title="KeyError: jo@example.org"))
    terminal.run("simulate", "alert.json")
    assert "jo@example.org" not in terminal.out


def test_simulate_tells_what_is_ignored(terminal: Terminal) -> None:
    write("issue.json", opened(labels=[]))
    assert terminal.run("simulate", "issue.json") == 0
    assert terminal.out.startswith("Ignored: ")


def test_simulate_takes_a_file_with_a_byte_order_mark(terminal: Terminal) -> None:
    write("alert.json", b"\xef\xbb\xbf" + alert())
    assert terminal.run("simulate", "alert.json") == 0


@pytest.mark.parametrize(
    ("body", "argv", "says"),
    [
        pytest.param(
            b'{"a": 1}', [], "What event body.json is can't be told; name it with --event.", id="unknown JSON"
        ),
        pytest.param(b"[1]", [], "What event body.json is can't be told", id="JSON that is no object"),
        pytest.param(b'{"data": {"else": 1}}', [], "can't be told", id="data of nothing we know"),
        pytest.param(b"{", [], "body.json is not JSON: Expecting property name", id="no JSON"),
        pytest.param(b"[" * 100_000, [], "body.json is not JSON", id="JSON nested without end"),
        pytest.param(b"\xff", [], "body.json is no UTF-8 text: invalid start byte at byte 0.", id="no text"),
        pytest.param(
            b'{"a": 1}',
            ["--event", "issues"],
            "body.json would be a dead letter as issues: The body lacks what its sender documents",
            id="what is no such event",
        ),
        pytest.param(None, [], "body.json can't be read: No such file or directory.", id="no file"),
    ],
)
def test_simulate_says_what_is_wrong_with_the_file(
    terminal: Terminal, body: bytes | None, argv: list[str], says: str
) -> None:
    if body is not None:
        write("body.json", body)
    assert terminal.run("simulate", "body.json", *argv) == 1
    assert says in terminal.err


# Check and schema


def test_check_finds_nothing_in_good_files(terminal: Terminal) -> None:
    assert terminal.run("check") == 0
    assert terminal.out == "7 rules in .github/PRODOWNERS, no faults.\n"


def test_check_finds_every_fault_with_its_line(terminal: Terminal) -> None:
    write(".github/PRODOWNERS", "* @nick\n*.rb @@\n")
    write(".github/prod-squad.yml", "appz: []\n")
    assert terminal.run("check") == 1
    assert ".github/PRODOWNERS:2: " in terminal.out
    assert ".github/prod-squad.yml:1: " in terminal.out
    assert terminal.err == f"{len(terminal.out.splitlines())} faults."


def test_check_without_a_map_says_where_one_belongs(terminal: Terminal) -> None:
    Path(".github/PRODOWNERS").unlink()
    write(".github/prod-squad.yml", "apps: [{name: Reader}]\n")
    assert terminal.run("check") == 1
    assert terminal.out == (
        ".github/PRODOWNERS: There is no owners map here, and no CODEOWNERS either: nobody answers for any error. "
        "Begin the file with the line “* @login”, naming the project's tech lead.\n"
    )
    assert terminal.err == "1 fault."


def test_check_names_no_line_for_what_concerns_the_whole_map(terminal: Terminal) -> None:
    write(".github/PRODOWNERS", "[Whiskey] @mark\napp:Reader\n")
    assert terminal.run("check") == 1
    assert ".github/PRODOWNERS: What no line matches, nobody answers for." in terminal.out


def test_the_schema_in_the_repository_is_the_one_that_is_printed(terminal: Terminal) -> None:
    assert terminal.run("schema") == 0
    assert terminal.out == (ROOT / "docs" / "prod-squad.schema.json").read_text()
    assert json.loads(terminal.out)["$schema"].startswith("https://json-schema.org/")


# As a process


def test_a_reader_that_has_seen_enough_is_no_fault() -> None:
    command = f"set -o pipefail; {sys.executable} -m app schema | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "{\n", "")


def test_a_pipe_that_is_closed_from_the_beginning_is_no_fault() -> None:
    command = f"set -o pipefail; {{ sleep 0.5; {sys.executable} -m app schema; }} | true"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("squad", "key", "told"),
    [
        pytest.param("", "", "PAGERDUTY_ROUTING_KEY is not set", id="no key"),
        pytest.param("", "a" * 32, "is not tried: any event that it takes may call somebody", id="a key"),
        pytest.param("severe: {pagerduty: false}", "a" * 32, "`severe: {pagerduty: false}`", id="switched off"),
    ],
)
def test_check_tells_whether_pagerduty_is_told_where_the_settings_are(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, squad: str, key: str, told: str
) -> None:
    write(".github/prod-squad.yml", squad)
    for name, value in (needed() | {"PAGERDUTY_ROUTING_KEY": key}).items():
        monkeypatch.setenv(name, value)
    assert terminal.run("check") == 0
    assert told in terminal.out
    assert "aaaa" not in terminal.out
