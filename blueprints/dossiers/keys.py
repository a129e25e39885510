"""What decides a PDF, as one number: equal keys are the same dossier, which is made once."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MADE_WITH = (
    "adapters/pdf/*.py", "adapters/pdf/*.json", "adapters/markdown.py", "blueprints/dossiers/*.py", "blueprints/formats.py",
    "models/circles.py", "models/dossiers.py", "models/exchanging.py", "models/matching.py", "models/groups.py", "models/published.py", "models/advocacy.py", "models/decisions.py", "models/recommendations.py", "models/directory.py", "models/glossing.py", "models/profiles.py", "models/organisations.py", "models/vocabularies.py", "models/data/vocabularies.yaml", "models/fiche/*.py", "static/print/**/*",
    "templates/print/*.html", "templates/reading.html", "templates/drawings.html", "translations/**/*.mo",
)  # fmt: skip
LIBRARIES = ("weasyprint", "tinycss2", "pydyf", "babel", "jinja2")


def digest_of(root: Path) -> str:
    """SHA-256 over the code, templates, style sheets, fonts and libraries that pages are made with."""
    out = hashlib.sha256(json.dumps({name: version(name) for name in LIBRARIES}).encode())
    for path in sorted({p for pattern in MADE_WITH for p in root.glob(pattern) if p.is_file()}):
        out.update(f"{path.relative_to(root).as_posix()}\0".encode())
        out.update(hashlib.sha256(path.read_bytes()).digest())
    return out.hexdigest()


@cache
def made_with() -> str:
    """The same for the code that runs."""
    return digest_of(ROOT)


def key(content: str, *more: object) -> str:
    """SHA-256 of a content (models.dossiers.digest), what pages are made with, and all else that is printed."""
    return hashlib.sha256(json.dumps([content, made_with(), *more], default=str).encode()).hexdigest()
