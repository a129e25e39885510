"""Terms of a vocabulary found in the words of a sheet.

The label itself, in any of its languages, number or gender, becomes the code; so does a synonym of
sheet.yaml. The label with more words after it gives the code and keeps the words as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from models.fiche.sheets.numbers import MAX_READ
from models.fiche.sheets.text import TICKED, UNTICKED, bare, stems
from models.fiche.sheets.words import sheet_words
from models.vocabularies import terms

WORDS_KEPT = {"acteur"}  # where a question of its own keeps the words of a synonym
BETWEEN = re.compile(r"[,;/•·\n]|\s(?:et|ainsi que|en|und|ou|and)\s|\s&\s|\s[–—-]\s")
LONGEST = 8  # words of a term
BOXES = re.compile(r"(?=[☒☑☐])")
PARENTHESES = re.compile(r"\([^()]*\)")


class Chosen(NamedTuple):
    """codes: what was recognised. left: words to keep. turned: words that became codes."""

    codes: set[str]
    left: list[str]
    turned: list[str]


@cache
def _forms(vocabulary: str) -> tuple[dict[tuple[str, ...], str], dict[tuple[str, ...], str]]:
    """(labels, synonyms) as stems → code."""
    exact: dict[tuple[str, ...], str] = {}
    for code, term in terms(vocabulary).items():
        for label in term.labels.values():
            plain = PARENTHESES.sub("", label)
            for form in (label, plain, *plain.split(",")):
                if stems(form):
                    exact.setdefault(stems(form), code)
    near: dict[tuple[str, ...], str] = {}
    for code, forms in sheet_words("terms").get(vocabulary, {}).items():
        near |= {stems(form): code for form in forms}
    return exact, near


def match(item: str, vocabulary: str) -> tuple[str, bool] | None:
    """(code, whether the words say no more than the label) for one item, or None."""
    exact, near = _forms(vocabulary)
    found = stems(item)
    if found in exact:
        return exact[found], True
    if found in near and vocabulary not in WORDS_KEPT:
        return near[found], True
    for size in range(min(len(found), LONGEST), 0, -1):
        code = exact.get(found[:size]) or near.get(found[:size])
        if code:
            return code, False
    return None


def choose(lines: Iterable[str], vocabulary: str) -> Chosen:
    """The terms named in these lines. When boxes are ticked, only those count. A long text is left alone."""
    lines = list(lines)
    if sum(map(len, lines)) > MAX_READ:
        return Chosen(set(), [" ".join(lines)], [])
    entries = [part.strip() for line in lines for part in BOXES.split(line) if part.strip()]
    boxed = any(TICKED.match(bare(e)) or UNTICKED.match(bare(e)) for e in entries)
    out = Chosen(set(), [], [])
    for entry in entries:
        entry = bare(entry)
        if boxed and UNTICKED.match(entry):
            out.turned.append(entry)
            continue
        _choose_one(TICKED.sub("", entry).rstrip(" ."), vocabulary, out)
    return out


def _choose_one(entry: str, vocabulary: str, out: Chosen) -> None:
    whole = match(entry, vocabulary)
    if whole and whole[1]:
        out.codes.add(whole[0])
        out.turned.append(entry)
        return
    at = 0
    for cut in [*BETWEEN.finditer(entry), None]:
        item = entry[at : cut.start() if cut else len(entry)].strip(" \u00a0.:")
        at = cut.end() if cut else at
        found = match(item, vocabulary) if item else None
        if found:
            out.codes.add(found[0])
        if item:
            (out.turned if found and found[1] else out.left).append(item)
        if cut:
            out.turned.append(cut[0])
