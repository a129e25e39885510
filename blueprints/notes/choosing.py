"""Choosing between two versions of a passage of a note: each as one reads it, and the text as it is once one is kept.

A choice changes what stands in the form, and stores nothing: the note is kept as any text of it, by who wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import force_locale

from adapters.markdown import Html, to_html
from blueprints import languages
from models import weaving
from models.note_writing import END, GONE
from models.weaving import Double

ONE, TWO, BOTH = "one", "two", "both"


@dataclass(frozen=True)
class Version:
    """One of the two. name, when: who wrote it; text: as it is read, empty where the passage was taken away."""

    name: str
    when: str
    text: Html
    act: str


@dataclass(frozen=True)
class Passage:
    """What is chosen. both: what keeps the two, one after the other."""

    versions: list[Version]
    both: str


def _in_all(words: str) -> set[str]:
    """Some words in each language in which they may stand in a note."""
    said = set()
    for language in languages.written():
        with force_locale(language):
            said.add(str(words))
    return said


def _found(text: str) -> list[Double]:
    if not weaving.twice(text):
        return []
    return weaving.doubles(text, {weaving.end(words) for words in _in_all(END)})


def _lines(side: list[str]) -> list[str]:
    """Those of one version; none where all that stands there is that it was taken away."""
    return [] if len(side) == 1 and side[0] in _in_all(GONE) else side


def _apart(whose: str) -> tuple[str, str]:
    """(name, when), as note_writing.whose writes them."""
    name, _comma, when = whose.partition(", ")
    return name, when


def passages(text: str) -> list[Passage]:
    """The passages that wait for a choice, in the order of the text."""
    return [
        Passage(
            [
                Version(*_apart(whose), to_html("\n".join(_lines(side)), 4), f"{which}:{one.mark}")
                for which, whose, side in zip((ONE, TWO), one.whose, one.sides, strict=True)
            ],
            f"{BOTH}:{one.mark}" if all(map(_lines, one.sides)) else "",
        )
        for one in _found(text)
    ]


def chosen(text: str, act: str) -> str | None:
    """The text with what a button says: "one:MARK", "two:MARK", "both:MARK". None where that passage is another one by now."""
    which, _sep, mark = act.partition(":")
    for double in _found(text):
        if double.mark == mark:
            one, two = map(_lines, double.sides)
            kept = {ONE: one, TWO: two, BOTH: weaving.together(one, two)}.get(which)
            return None if kept is None else weaving.settled(text, double, kept)
    return None
