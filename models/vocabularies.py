"""Controlled vocabularies in four languages. Codes are text, never changed and never used again.

Source: models/data/vocabularies.yaml. A label falls back to French, then to the code itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

DATA = Path(__file__).parent / "data"
LANGUAGES = ("fr", "nl", "de", "en")


@dataclass(frozen=True)
class Term:
    """One code with its labels; `note` names its family where the vocabulary has families."""

    code: str
    labels: dict[str, str] = field(hash=False)
    help: str = ""
    note: str = ""
    helps: dict[str, str] = field(default_factory=dict, hash=False)

    def help_in(self, lang: str = "fr") -> str:
        """The line of help in `lang`, "" where nobody wrote it: another language is never shown instead."""
        return self.helps.get(lang, "")

    def label(self, lang: str = "fr") -> str:
        return self.labels.get(lang) or self.labels["fr"]


def load_yaml(path: Path) -> object:
    """The document in `path`; YAML read by the C parser where there is one (ten times as fast)."""
    with path.open(encoding="utf-8") as stream:
        return yaml.load(stream, Loader=yaml.CSafeLoader)


@cache
def vocabularies() -> dict[str, dict[str, Term]]:
    """Every vocabulary: name → code → Term, in the order of display."""
    out: dict[str, dict[str, Term]] = {}
    document = load_yaml(DATA / "vocabularies.yaml")
    assert isinstance(document, dict)
    for name, body in document.items():
        terms = sorted(body["termes"], key=lambda t: t["ordre"])
        out[name] = {
            str(t["code"]): Term(
                str(t["code"]),
                {lang: str(t[lang]) for lang in LANGUAGES if t.get(lang)},
                t.get("aide_fr", ""),
                t.get("parent_ou_note", ""),
                {lang: str(t[f"aide_{lang}"]) for lang in LANGUAGES if t.get(f"aide_{lang}")},
            )
            for t in terms
        }
    return out


def terms(name: str) -> dict[str, Term]:
    """The terms of one vocabulary by code. Raises KeyError for an unknown vocabulary."""
    return vocabularies()[name]


def label(name: str, code: str | None, lang: str = "fr") -> str:
    """The words for a code in `lang`; an unknown code is shown as it is, none as ''."""
    if not code:
        return ""
    term = vocabularies()[name].get(code)
    return term.label(lang) if term else str(code)
