"""The recommendations that are public, in words: what the register (D8) and the dossier of the biennale (D3) say of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from flask_babel import gettext as _

from blueprints import formats
from models import published
from models.circles import Circle
from models.editions import Edition
from models.recommendations import KINDS, LEVELS, STATES, Recommendation
from models.vocabularies import label


class Recommending:
    """What a template asks of one of them. lang: of our words; adopting: id of a decision → its number, where it is public."""

    lang: str
    adopting: Mapping[str, str]

    def to(self, row: Recommendation) -> str:
        """To whom, and of which level."""
        level = str(LEVELS[row.level]) if row.level else ""
        return (
            f"{row.addressee} ({formats.inline(level)})"
            if row.addressee and level
            else row.addressee or level
        )

    def kind(self, row: Recommendation) -> str:
        return str(KINDS[row.kind])

    def state(self, row: Recommendation) -> str:
        """What became of it, and which decision adopted it."""
        by = self.adopting.get(row.decision_id or "")
        adopted = _("Adoptée par %(number)s", number=by) if by else _("Adoptée")
        return f"{adopted}." if row.state == "adopted" else f"{adopted}. {STATES[row.state]}."

    def acts_on(self, row: Recommendation) -> str:
        return ", ".join(formats.inline(label("determinant", code, self.lang)) for code in row.determinants or [])  # fmt: skip


def by_circle(rows: Iterable[Recommendation]) -> list[tuple[Circle, list[Recommendation]]]:
    """Circle after circle as in the register: the core committee, then by title; within one by level of power."""
    inside = sorted(
        rows, key=lambda r: (r.circle.kind != "NOY", r.circle.title.casefold(), r.circle.code)
    )  # stable
    return [(circle, list(some)) for circle, some in groupby(inside, key=lambda r: r.circle)]


def said(edition: Edition) -> list[Any]:
    """All of them that is printed and can change, without words of ours. Constant queries but for the fiches."""
    rows = published.recommendations(edition)
    by = published.numbers(row.decision_id for row in rows)
    return [
        [r.number, r.text, r.cause, r.kind, r.level, r.addressee, r.state, r.words, r.determinants, r.circle.title,
         by.get(r.decision_id or ""), [f.number for f in published.fiches(r)]]
        for r in rows
    ]  # fmt: skip
