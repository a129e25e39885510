"""Who may import whom: app → blueprints → models, adapters, and models and adapters never each other.

Read from the source with `ast`, so that an import inside a function counts too. What is imported when the
application starts is looked at in a process of its own.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAYERS = {
    "app": {"app", "blueprints", "models", "adapters"},
    "blueprints": {"blueprints", "models", "adapters"},
    "models": {"models"},
    "adapters": {"adapters"},
}
# The domain knows no form, no request and no printing.
FOREIGN_TO_MODELS = {"wtforms", "flask_wtf", "weasyprint", "pikepdf", "docx", "openpyxl", "PIL", "huey"}
REQUEST_WORDS = {"request", "session", "g", "render_template", "redirect", "url_for", "flash", "abort"}
# Each takes long to import or much memory, and is needed by few requests.
HEAVY = ("weasyprint", "pikepdf", "docx", "openpyxl", "PIL", "fontTools", "playwright")


def imports(source: str, package: str) -> Iterator[tuple[int, str, str]]:
    """(line, module, name) of each import in a module of `package`; relative ones made absolute."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, ""
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                module = ".".join([*parents, module]).strip(".")
            for alias in node.names:
                yield node.lineno, module, alias.name
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from ((node.lineno, str(a.value), "") for a in node.args[:1] if isinstance(a, ast.Constant))


def wrong_arrows(source: str, layer: str, package: str = "") -> list[str]:
    """One sentence for each import that the layer may not make."""
    wrong = []
    for line, module, name in imports(source, package or layer):
        top = module.split(".")[0]
        if top in LAYERS and top not in LAYERS[layer]:
            wrong.append(f"line {line}: {layer} imports {module}")
        if top == "tests":
            wrong.append(f"line {line}: {layer} imports {module}")
        if layer == "models" and top in FOREIGN_TO_MODELS:
            wrong.append(f"line {line}: models import {module}")
        if layer == "models" and module == "flask" and name in REQUEST_WORDS:
            wrong.append(f"line {line}: models import {name} of flask")
    return wrong


def modules() -> list[Path]:
    folders = (ROOT / layer for layer in LAYERS if layer != "app")
    return [ROOT / "app.py", *(path for folder in folders for path in sorted(folder.rglob("*.py")))]


def layer_of(path: Path) -> tuple[str, str]:
    relative = path.relative_to(ROOT).with_suffix("")
    return relative.parts[0], ".".join(relative.parts[:-1]) or relative.parts[0]


def test_imports_run_downwards():
    wrong = {
        str(path.relative_to(ROOT)): found
        for path in modules()
        if (found := wrong_arrows(path.read_text(), *layer_of(path)))
    }
    assert wrong == {}


def test_there_is_something_to_read():
    layers = {layer_of(path)[0] for path in modules()}
    assert layers == set(LAYERS)


@pytest.mark.parametrize(
    ("layer", "package", "source"),
    [
        ("models", "models", "from adapters import mail"),
        ("models", "models", "import blueprints.home"),
        ("models", "models.fiche", "from ...app import create_app"),
        ("models", "models", "def f():\n    from app import create_app"),
        ("models", "models", "from wtforms import Form"),
        ("models", "models", "from flask import request"),
        ("models", "models", "import importlib\nimportlib.import_module('adapters.mail')"),
        ("models", "models", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import adapters"),
        ("adapters", "adapters", "import models"),
        ("adapters", "adapters.pdf", "from models.fiche import questions"),
        ("adapters", "adapters", "from blueprints import home"),
        ("blueprints", "blueprints.home", "import app"),
        ("blueprints", "blueprints.home", "from tests.support import site"),
    ],
)
def test_a_wrong_arrow_is_found(layer, package, source):
    assert len(wrong_arrows(source, layer, package)) == 1


@pytest.mark.parametrize(
    ("layer", "package", "source"),
    [
        ("app", "app", "from blueprints import home\nimport models, adapters"),
        (
            "blueprints",
            "blueprints.home",
            "from ..look import icon\nimport models.people",
        ),
        (
            "models",
            "models.fiche",
            "from ..store import db\nfrom flask import current_app",
        ),
        ("adapters", "adapters.pdf", "from .faces import load\nimport weasyprint"),
    ],
)
def test_a_right_arrow_passes(layer, package, source):
    assert wrong_arrows(source, layer, package) == []


def imported_by(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*(m for m in {HEAVY} if m in sys.modules))"
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


@pytest.mark.slow
def test_nothing_heavy_is_imported_at_start(tmp_path):
    assert imported_by(f"import app; app.create_app({{'INSTANCE': {str(tmp_path)!r}}})") == set()


@pytest.mark.slow
def test_something_heavy_would_be_noticed():
    assert imported_by("import openpyxl") >= {"openpyxl"}
