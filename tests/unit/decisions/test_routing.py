"""The tables of `decisions/routing.py`: which line wins, who answers, and what is wrong with a map."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.decisions.matching import CompiledMap
from app.decisions.overriding import overriding
from app.decisions.routing import checked, explained, route, tech_lead
from app.domain.alerts import Alert, Frame, Sender
from app.domain.squad import App, Person, Squad, Team
from app.domain.tickets import Routing
from app.intake.owners_map import read

ALERT = Alert(sender=Sender.SENTRY, title="KeyError: 'x'", occurred_at=datetime(2026, 11, 24, 12, 0, tzinfo=UTC))
SQUAD = Squad(
    apps=(App(name="eFolder", projects=("efolder-express",)), App(name="Reader", projects=("reader", "reader-jobs"))),
    teams=(Team(name="Whiskey", github="acme/whiskey", lead="mark"), Team(name="Tango", lead="sharon")),
    people=(Person(login="Alex", email="alex@acme.org"), Person(login="nobody-here")),
)
MAP = """\
*                       @nick
[Whiskey] @mark
app:Reader
/app/controllers/reader/**
[Foxtrot] @alex
app:Certification*
app:eFolder
url:*/efolder/*         @alex @jo
tags.component:dispatch @sharon
"""


def compiled(text: str, source: str = ".github/PRODOWNERS") -> CompiledMap:
    owners = read(text, source)
    assert owners.faults == ()
    return CompiledMap(owners)


def alert(*paths: str, **known: object) -> Alert:
    """An alert with these frames, the innermost first."""
    frames = tuple(Frame(path=path) for path in reversed(paths))
    return msgspec.structs.replace(ALERT, frames=frames, **known)


def routed(text: str, known: Alert, squad: Squad = SQUAD) -> Routing:
    return route(known, compiled(text), squad)


@pytest.mark.parametrize(
    ("known", "line", "owners", "app", "team", "matched"),
    [
        pytest.param(
            alert(app="Certification v2"),
            6,
            ("alex", "nick"),
            "Certification v2",
            "Foxtrot",
            "app:Certification v2",
            id="the app a person named",
        ),
        pytest.param(
            alert(app=" reader "), 3, ("mark", "nick"), "Reader", "Whiskey", "app:Reader", id="spelt as in the file"
        ),
        pytest.param(
            alert(project="efolder-express"),
            7,
            ("alex", "nick"),
            "eFolder",
            "Foxtrot",
            "app:eFolder",
            id="the squad's app for the sender's project",
        ),
        pytest.param(
            alert(project="efolder"), 7, ("alex", "nick"), "efolder", "Foxtrot", "app:efolder", id="the project's slug"
        ),
        pytest.param(
            alert(app="Reader", project="efolder-express"),
            3,
            ("mark", "nick"),
            "Reader",
            "Whiskey",
            "app:Reader",
            id="a person's word goes before the project",
        ),
        pytest.param(
            alert("app/controllers/reader/a.rb", project="caseflow"),
            4,
            ("mark", "nick"),
            "caseflow",
            "Whiskey",
            "app/controllers/reader/a.rb",
            id="a frame",
        ),
        pytest.param(
            alert(url="https://x.org/efolder/7", app="Reader"),
            8,
            ("alex", "jo", "nick"),
            "Reader",
            "Foxtrot",
            "https://x.org/efolder/7",
            id="the last line wins, whatever it matches",
        ),
        pytest.param(
            alert(tags=(("browser", "x"), ("component", "dispatch"))),
            9,
            ("sharon", "alex", "nick"),
            "",
            "Foxtrot",
            "tags.component:dispatch",
            id="a tag; after the line's owner the section's",
        ),
        pytest.param(alert("lib/a.rb"), 1, ("nick",), "", "", "lib/a.rb", id="what nobody owns, by its frame"),
        pytest.param(alert(app="Other"), 1, ("nick",), "Other", "", "app:Other", id="what nobody owns, by its app"),
        pytest.param(alert(), 1, ("nick",), "", "", "", id="what nobody owns, with nothing to go by"),
    ],
)
def test_the_line_that_wins(
    known: Alert, line: int, owners: tuple[str, ...], app: str, team: str, matched: str
) -> None:
    pattern = MAP.splitlines()[line - 1].split()[0]
    assert routed(MAP, known) == Routing(
        owners=owners, app=app, team=team, source=".github/PRODOWNERS", line=line, pattern=pattern, matched=matched
    )


@pytest.mark.parametrize(
    ("text", "known", "line"),
    [
        pytest.param("/lib/ @a\n/app/ @b", alert("lib/x", "app/y"), 1, id="the innermost frame, not the last line"),
        pytest.param("* @n\n/app/ @b", alert("lib/x", "app/y"), 2, id="a frame only * matches says nothing"),
        pytest.param("/app/ @b\n/lib/", alert("lib/x", "app/y"), 1, id="a frame that nobody owns says nothing"),
        pytest.param("* @n\n/lib/\n/vendor/", alert("lib/x", "vendor/y"), 2, id="unless nobody owns any frame"),
        pytest.param("/app/ @b\n* @n", alert("app/y"), 2, id="a late * takes all, as in CODEOWNERS"),
        pytest.param("/app/ @b\napp:Reader @a", alert("app/y", app="Reader"), 2, id="an app's line after a frame's"),
        pytest.param("app:Reader @a\n/app/ @b", alert("app/y", app="Reader"), 2, id="a frame's line after an app's"),
        pytest.param("/app/ @b\n/app/y", alert("app/y"), 2, id="a line without an owner clears"),
        pytest.param("path:SRC/* @a", alert("src/x/y"), 1, id="Sentry's path crosses slashes, without case"),
        pytest.param("path:/srv/*/y @a", alert("/srv/x/y"), 1, id="Sentry's path knows the absolute one"),
        pytest.param("path:app:///x/* @a", alert("app:///x/y"), 1, id="and the one that was sent"),
        pytest.param("/src/ @a\npath:src/* @b", alert("src/x"), 2, id="the later of two lines for one frame"),
        pytest.param("path:src/* @b\n/src/ @a", alert("src/x"), 2, id="in either order"),
        pytest.param("/models/ @a", alert("/app/models/x.rb"), 1, id="below a container's directory"),
        pytest.param("/src/ @a", alert("webpack:///./src/x.js"), 1, id="a bundle"),
    ],
)
def test_which_frame_is_looked_at(text: str, known: Alert, line: int) -> None:
    assert routed(text, known).line == line


def test_frames_of_libraries_are_not_looked_at() -> None:
    library = Frame(path="app/x.rb", module="acme.x", in_app=False)
    known = msgspec.structs.replace(ALERT, frames=(Frame(path="lib/y.rb"), library))
    assert routed("* @n\n/app/ @a\nmodule:acme.* @b", known).matched == "lib/y.rb"


def test_a_module() -> None:
    known = msgspec.structs.replace(ALERT, frames=(Frame(path="", module="acme.claims.x"),))
    routing = routed("* @n\nmodule:acme.claims.* @a", known)
    assert (routing.line, routing.matched) == (2, "module:acme.claims.x")
    assert routed("* @n\nmodule:other.* @a", known).matched == ""


@pytest.mark.parametrize(
    ("text", "owners", "team", "notes"),
    [
        pytest.param("app:x @Jo @jo", ("Jo",), "", 0, id="a login, once, with its casing"),
        pytest.param("app:x @acme/whiskey", ("mark",), "Whiskey", 0, id="a team's lead, and the team's name"),
        pytest.param("app:x @ACME/Whiskey", ("mark",), "Whiskey", 0, id="however the team is spelt"),
        pytest.param("app:x ALEX@acme.org", ("Alex",), "", 0, id="an e-mail address"),
        pytest.param("* @n\napp:x @acme/other @jo", ("jo", "n"), "", 1, id="a team without a lead is left out"),
        pytest.param("* @n\napp:x eve@acme.org", ("n",), "", 1, id="an address that nobody has"),
        pytest.param("* @n\n[Tango]\napp:x", ("sharon", "n"), "Tango", 0, id="a section's lead by the squad's file"),
        pytest.param("* @n\n[Zulu]\napp:x\n[Zulu] @z", ("z", "n"), "Zulu", 0, id="by a later heading"),
        pytest.param("* @n\n[Whiskey] @w\napp:x", ("w", "n"), "Whiskey", 0, id="the map goes before the squad's file"),
        pytest.param("[Tango] @t\napp:x @jo", ("jo", "t"), "Tango", 0, id="the section's lead is next in line"),
        pytest.param("* @n\n[Zulu]\napp:x", ("n",), "Zulu", 1, id="a section without a lead: the tech lead"),
        pytest.param("* @n\napp:x", ("n",), "", 1, id="a cleared line: the project's tech lead"),
        pytest.param("* @n eve@acme.org\napp:x @jo", ("jo", "n"), "", 1, id="the tech lead's line has a note, too"),
        pytest.param("app:x", (), "", 2, id="nobody at all"),
        pytest.param("* @acme/other", (), "", 2, id="nobody who is known"),
        pytest.param("*", (), "", 2, id="a line for everything that names nobody"),
    ],
)
def test_who_answers(text: str, owners: tuple[str, ...], team: str, notes: int) -> None:
    routing = routed(text, alert(app="x"))
    assert (routing.owners, routing.team, len(routing.notes)) == (owners, team, notes)


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        pytest.param("* @n", "n", id="a login"),
        pytest.param("* alex@acme.org", "Alex", id="an e-mail address"),
        pytest.param("* @acme/whiskey @n", "mark", id="a team's lead"),
        pytest.param("* @acme/other eve@acme.org @n", "n", id="whoever can't be resolved is left out"),
        pytest.param("* @n\n* @late", "late", id="the last line for everything"),
        pytest.param("* eve@acme.org", "", id="nobody who is known"),
        pytest.param("*", "", id="a line that names nobody"),
        pytest.param("app:x @jo", "", id="no line for everything"),
    ],
)
def test_the_projects_tech_lead_is_who_answers_for_what_nobody_owns(text: str, lead: str) -> None:
    assert tech_lead(compiled(text), SQUAD) == lead
    assert routed(text, alert(app="y")).owners[:1] == ((lead,) if lead else ())


@pytest.mark.parametrize(
    ("text", "note"),
    [
        pytest.param(
            "* @n\napp:x @acme/other",
            ".github/PRODOWNERS, line 2: the team @acme/other has no lead. Add it below “teams:” in "
            ".github/prod-squad.yml, with “github: acme/other” and its lead.",
            id="a team",
        ),
        pytest.param(
            "* @n\napp:x eve@acme.org",
            ".github/PRODOWNERS, line 2: nobody with the address eve@acme.org is known. Add the person below “people:” "
            "in .github/prod-squad.yml, with this email and a login.",
            id="an address",
        ),
        pytest.param(
            "* @n\napp:x",
            ".github/PRODOWNERS, line 2 names no owner. The project's tech lead answers.",
            id="a cleared line",
        ),
        pytest.param(
            "* @n\n[Zulu]\napp:x",
            ".github/PRODOWNERS, line 3 names no owner, and neither does its section. The project's tech lead answers. "
            "Name the lead of Zulu on line 2, or below “teams:” in .github/prod-squad.yml.",
            id="a section without a lead",
        ),
        pytest.param(
            "app:y @jo",
            ".github/PRODOWNERS leads to nobody for this error. Begin the file with the line “* @login”, naming the "
            "project's tech lead.",
            id="no line matches",
        ),
    ],
)
def test_a_note_says_what_to_do(text: str, note: str) -> None:
    assert routed(text, alert(app="x")).notes == (note,)


@pytest.mark.parametrize(
    ("text", "source", "says"),
    [
        pytest.param("", "", "There is no owners map. Add .github/PRODOWNERS", id="no map"),
        pytest.param("", "CODEOWNERS", "CODEOWNERS leads to nobody", id="an empty map"),
        pytest.param("/a @b", "", ".github/PRODOWNERS leads to nobody", id="a map without a name"),
    ],
)
def test_no_line_matches(text: str, source: str, says: str) -> None:
    routing = route(alert(app="x"), compiled(text, source), SQUAD)
    assert (routing.owners, routing.app, routing.source, routing.line) == ((), "x", source, 0)
    assert routing.notes[0].startswith(says)


@pytest.mark.parametrize(
    ("routing", "sentence"),
    [
        pytest.param(
            Routing(owners=("alex",), line=7, pattern="app:Certification*"),
            "line 7 `app:Certification*` → @alex",
            id="one owner",
        ),
        pytest.param(
            Routing(owners=("alex", "nick"), line=7, pattern="*"), "line 7 `*` → @alex, then @nick", id="next in line"
        ),
        pytest.param(Routing(), "no line → nobody", id="nobody"),
    ],
)
def test_a_routing_explained(routing: Routing, sentence: str) -> None:
    assert explained(routing) == sentence


@given(st.text(), st.text(alphabet="ab/.\\:*?"), st.text(alphabet="ab:*"))
def test_no_map_and_no_alert_make_routing_raise(text: str, path: str, word: str) -> None:
    known = alert(path, app=word, url=path, tags=(("a", word),))
    routing = route(known, CompiledMap(read(f"{text}\n*{path} @a\napp:{word}* @b\n* @c")), SQUAD)
    assert routing.owners == ("c",)


NOTHING = Squad()


@pytest.mark.parametrize(
    ("text", "squad", "faults"),
    [
        pytest.param(MAP, SQUAD, (), id="a good map"),
        pytest.param(
            "/a @b", NOTHING, ((0, "What no line matches, nobody answers for."),), id="no line for everything"
        ),
        pytest.param(
            "/a @b\n* @c", NOTHING, ((2, "so line 1 never applies. Move it to the top"),), id="a line above *"
        ),
        pytest.param("/a @b\n/b @b\n* @c", NOTHING, ((3, "any of the 2 lines above it"),), id="lines above *"),
        pytest.param(
            "* @n\n/a/ @b\n/a/** @c",
            NOTHING,
            ((2, "“/a/” never applies: all it matches goes to later lines, among them line 3 “/a/**”."),),
            id="shadowed",
        ),
        pytest.param("* @n\n[Zulu]\n/a", NOTHING, ((2, "Zulu has no lead, so nobody owns line 3."),), id="no lead"),
        pytest.param("* @n\n[Zulu]\n/a @b", NOTHING, (), id="a section that needs none"),
        pytest.param("* @n\n[Tango]\n/a", Squad(teams=SQUAD.teams), (), id="a lead by the squad's file"),
        pytest.param("* @acme/x\n/a @acme/X", NOTHING, ((1, "has no lead. Add it below"),), id="a team, once"),
        pytest.param("* @n\n[Zulu] a@x.org\n/a", NOTHING, ((2, "nobody with the address a@x.org"),), id="an address"),
        pytest.param(
            "* @n\napp:efolder @a",
            SQUAD,
            ((0, "No line owns the app Reader (reader, reader-jobs at its sender). Add “app:Reader” below"),),
            id="an app that only * owns",
        ),
        pytest.param(
            "* @n\napp:a\\ b",
            Squad(apps=(App(name="a b"),)),
            ((0, "the app a b. Add “app:a\\ b” "),),
            id="a cleared app",
        ),
        pytest.param(
            "app:x @a\n* @n",
            Squad(apps=(App(name="x"),)),
            ((0, "No line owns the app x."), (2, "so line 1 never applies")),
            id="an app above *",
        ),
    ],
)
def test_what_is_wrong_with_a_map(text: str, squad: Squad, faults: tuple[tuple[int, str], ...]) -> None:
    found = checked(compiled(text), squad)
    assert [fault.line for fault in found] == [line for line, _ in faults]
    assert all(says in fault.message for fault, (_, says) in zip(found, faults, strict=True))
    assert all(fault.path == ".github/PRODOWNERS" for fault in found)


def test_whoever_cannot_be_assigned_is_a_fault() -> None:
    found = checked(
        compiled("* @Nick @jo\n/a @acme/whiskey"), NOTHING.model_copy(update={"teams": SQUAD.teams}), {"nick"}
    )
    assert [(fault.line, fault.message.split(" can't")[0]) for fault in found] == [
        (1, "@jo"),
        (2, "@mark, whom .github/prod-squad.yml names for @acme/whiskey,"),
    ]


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        pytest.param("/a @b\n/a @c", {0: 1}, id="the same pattern again"),
        pytest.param("*.rb @b\n*.rb @c", {0: 1}, id="with wildcards, too"),
        pytest.param("/a/b @b\n/a @c", {0: 1}, id="the directory above it"),
        pytest.param("/a/b @b\n/a/ @c", {0: 1}, id="the content of the directory above it"),
        pytest.param("/a/b/ @b\nb/ @c", {0: 1}, id="a name anywhere"),
        pytest.param("/a @b\n/a/ @c", {}, id="the file itself is left"),
        pytest.param("/a/ @b\n/a/* @c", {}, id="one level leaves the rest"),
        pytest.param("/a/ @b\n/a/*/ @c", {}, id="deeper levels leave the first"),
        pytest.param("/a/ @b\n/a/*/ @c\n/a/* @d", {0: 2}, id="two lines together"),
        pytest.param("/a/*.rb @b\n/a/ @c", {}, id="wildcards are not compared"),
        pytest.param("/a @b\n/a/b @c", {}, id="a later line for a part"),
        pytest.param("app:Reader @b\napp:reader @c", {0: 1}, id="an app in another case"),
        pytest.param("app:Reader @b\napp:R* @c", {0: 1}, id="an app by a glob"),
        pytest.param("app:R* @b\napp:Reader @c", {}, id="a glob is not compared"),
        pytest.param("url:[ab] @b\nurl:a @c", {}, id="nor is a class"),
        pytest.param("tags.a:X @b\ntags.a:x @c\ntags.b:X @d", {}, id="a tag's case and name count"),
        pytest.param("app:x @a\n* @b\n* @c", {0: 2, 1: 2}, id="all above the last *"),
    ],
)
def test_lines_that_never_apply(text: str, pairs: dict[int, int]) -> None:
    assert overriding(compiled(text)) == pairs
