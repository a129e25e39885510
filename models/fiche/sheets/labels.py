"""The labels of a sheet: which question a row, a heading or a line in capitals stands for.

Recognised by meaning: whatever the case, accents, numbering, colon, apostrophe, line breaks, number, gender.
What such sheets say is in models/data/sheet.yaml; the labels of questions.py count as well, so that a new
question is recognised by its own label.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from flask_babel import get_locale

from models.fiche.questions import SHEET, leaves, questions
from models.fiche.sheets.text import bare, stems
from models.fiche.sheets.words import sheet_words

SECTION = "section"  # a label above others, such as « Bilan »
FORM_NAME = "form"  # the name of the form itself, on top of the page

NUMBERED = re.compile(r"^[\s#*_>«\"“]*(?:\(?(?:\d{1,2}|[ivxIVX]{1,4}|[a-zA-Z])\s?[.)°/-]\s*)+(?=\S)")
PARENTHESES = re.compile(r"\([^()]{0,300}\)|\[[^\[\]]{0,300}\]")


class Label(NamedTuple):
    """The key of a question (or SECTION, FORM_NAME) and whether the label says it outright."""

    key: str
    sure: bool


@cache
def _forms(part: str) -> dict[tuple[str, ...], str]:
    """The ways of saying in one part of sheet.yaml, as stems → key."""
    return {stems(form): key for key, forms in sheet_words(part).items() for form in forms}


@cache
def _sublabels(key: str) -> frozenset[tuple[str, ...]]:
    return frozenset(stems(form) for form in sheet_words("sublabels").get(key, ()))


@cache
def _stems_of(part: str) -> frozenset[str]:
    return frozenset(stem for word in sheet_words(part) for stem in stems(word))


def own_labels() -> dict[tuple[str, ...], str]:
    """The labels of questions.py in the language of the moment, as stems → key."""
    return _own_labels(str(get_locale()), len(leaves()))


@cache
def _own_labels(_locale: str, _size: int) -> dict[tuple[str, ...], str]:
    labels = {key: q.label for key, q in (questions() | leaves()).items()}
    out = {stems(str(text)): key for key, text in labels.items() if not key.startswith("consentements")}
    return out | {stems(str(row.label)): row.questions[0] for row in SHEET if len(row.questions) == 1}


def recognise(text: str, *, loose: bool = False) -> Label | None:
    """What a label stands for, or None.

    `loose` where only a label can stand: the labels of questions.py count, and its first word may decide.
    """
    text = " ".join(text.split())
    if not text or len(text) > 200:
        return None
    known, generic = _forms("labels"), _stems_of("generic")
    found: tuple[str, ...] = ()
    unnumbered = NUMBERED.sub("", bare(text))
    for form in dict.fromkeys((text, unnumbered, PARENTHESES.sub(" ", unnumbered))):
        found = stems(form)
        core = tuple(s for s in found if s not in generic)
        for tried in (found, core):
            if tried and tried in known:
                return Label(known[tried], True)
    return _by_its_words(found) if loose and found else None


def _by_its_words(found: tuple[str, ...]) -> Label | None:
    """What the stems of a label stand for where nothing else than a label can stand."""
    if key := own_labels().get(found):
        return Label(key, True)
    while found and found[0] in _stems_of("before"):
        found = found[1:]
    key = _forms("heads").get(found[:1]) if len(found) <= 8 else None
    return Label(key, False) if key else None


def is_sublabel(text: str, key: str) -> bool:
    """Whether these words only open a part of the answer to `key`."""
    return stems(text) in _sublabels(key)
