"""The rule of `app/texts/markdown.py`, and of `mrkdwn.py` beside it, held over the syntax trees of all of `app/`."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mypy import api

ROOT = Path(__file__).parents[3]
OWN = (Path("app/texts/markdown.py"), Path("app/texts/mrkdwn.py"))
MODULES = ("app.texts.markdown", "app.texts.mrkdwn")
KINDS = ("Markdown", "Mrkdwn")
CONSTANTS_ONLY = {"literal", "fill"}
BODY_ONLY = {"standing"}


def faults_in(source: str, path: Path = Path("app/flows/x.py")) -> list[str]:
    """What in a file goes round the neutraliser."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    faults = [
        fault for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for fault in _imports(node, path)
    ]
    faults += [fault for node in nodes if isinstance(node, ast.Attribute | ast.Call) for fault in _makes(node)]
    imported = {
        name.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module in MODULES
        for name in node.names
    }
    called = {id(node.func): node for node in nodes if isinstance(node, ast.Call)}
    for node in nodes:
        if isinstance(node, ast.Name) and node.id in CONSTANTS_ONLY & imported:
            given = called[id(node)].args[:1] if id(node) in called else []
            if not (given and isinstance(given[0], ast.Constant) and isinstance(given[0].value, str)):
                faults.append(f"line {node.lineno}: {node.id} of something that is no constant")
    return faults


def _imports(node: ast.Import | ast.ImportFrom, path: Path) -> Iterator[str]:
    for name in node.names:
        whole = f"{node.module}.{name.name}" if isinstance(node, ast.ImportFrom) else name.name
        if whole in MODULES:
            yield f"line {node.lineno}: the whole module, with its private names"
        elif whole.startswith(MODULES):
            own = name.name in BODY_ONLY and path != Path("app/texts/body.py")
            if own or name.asname is not None or name.name.startswith(("_", "*")):
                yield f"line {node.lineno}: {name.name} as {name.asname}"


def _makes(node: ast.Attribute | ast.Call) -> Iterator[str]:
    if isinstance(node, ast.Attribute):
        if node.attr == "_text" and ast.unparse(node.value) != "self":
            yield f"line {node.lineno}: {ast.unparse(node)}"
    elif _name(node.func) in KINDS:
        yield f"line {node.lineno}: the constructor"
    elif _name(node.func) in {"cast", "__new__", "__setattr__"} and any(kind in ast.unparse(node) for kind in KINDS):
        yield f"line {node.lineno}: {ast.unparse(node)}"


def _name(func: ast.expr) -> str:
    return func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in sorted((ROOT / "app").rglob("*.py"))]
)
def test_nothing_in_the_app_goes_round_the_neutraliser(path: Path) -> None:
    relative = path.relative_to(ROOT)
    if relative not in OWN:
        assert faults_in(path.read_text(encoding="utf-8"), relative) == []


IMPORTS = "from app.texts.markdown import fill, literal, words\n"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("from app.texts.markdown import _made", id="the private maker"),
        pytest.param("from app.texts.markdown import literal as raw", id="another name for a constant's maker"),
        pytest.param("from app.texts.markdown import standing", id="people's text outside of a body"),
        pytest.param("from app.texts import markdown", id="the whole module"),
        pytest.param("import app.texts.markdown as m", id="the whole module, plainly"),
        pytest.param("x._text = raw", id="its inside"),
        pytest.param("cast(Markdown, raw)", id="a cast"),
        pytest.param("typing.cast('Markdown', raw)", id="a cast by name"),
        pytest.param("object.__new__(Markdown)", id="a bare object"),
        pytest.param("Markdown()", id="the constructor"),
        pytest.param("from app.texts.mrkdwn import _made", id="Slack's private maker"),
        pytest.param("from app.texts.mrkdwn import fill\nfill(raw)", id="a template of Slack's that is none"),
        pytest.param("object.__new__(Mrkdwn)", id="a bare object of Slack's"),
        pytest.param(IMPORTS + "literal(raw)", id="a literal that is none"),
        pytest.param(IMPORTS + "literal(f'{raw}')", id="a formatted literal"),
        pytest.param(IMPORTS + "fill('a' + raw, x=y)", id="a template put together"),
        pytest.param(IMPORTS + "literal()", id="a literal of nothing"),
        pytest.param(IMPORTS + "list(map(literal, raws))", id="a literal handed on"),
    ],
)
def test_a_way_round_it_is_seen(source: str) -> None:
    assert faults_in(source)


def test_the_right_way_is_no_fault() -> None:
    assert faults_in(IMPORTS + "fill('{x} ' 'b', x=words(raw))\nliteral('a')") == []


def test_the_type_checker_refuses_raw_text_for_markdown(tmp_path: Path) -> None:
    source = (
        "from app.texts.drafts import Change\n"
        "from app.texts.markdown import Markdown, fill, words\n"
        "Change(body=words('a'))\n"
        "Change(body='raw')\n"
        "fill('{x}', x='raw')\n"
        "Markdown('raw')\n"
        "Change(body=f\"{words('a')} raw\")\n"
    )
    told, _, status = api.run(
        ["--config-file=", "--strict", "--no-error-summary", f"--cache-dir={tmp_path}", "-c", source]
    )
    assert status == 1
    assert [line.split(":")[1] for line in told.splitlines()] == ["4", "5", "6", "7"], told


def test_texts_need_no_outside_world() -> None:
    """The rooms' floors are import-linter's to hold; this shows that the texts load without the App."""
    modules = "import sys, app.texts.ticket, app.texts.comments, app.texts.labels; print('aiohttp' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", modules], capture_output=True, text=True, cwd=ROOT, check=True)
    assert shown.stdout.strip() == "False"
