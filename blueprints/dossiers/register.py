"""The register of an edition on paper (D8): what open circles decided and recommend, by circle and meeting, and an index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints import formats
from blueprints.dossiers.building import NotMade
from blueprints.dossiers.orders import EditionOrder
from blueprints.dossiers.recommended import Recommending
from models import published
from models.decisions import HOW, MODES, Decision
from models.editions import Edition
from models.meetings import Meeting
from models.published import Section
from models.recommendations import Recommendation


@dataclass(frozen=True)
class RegisterPages(Recommending):
    """All that the template of D8 says. left: how many decisions are not here, by reason (models/published.py)."""

    edition: Edition
    sections: list[Section]
    left: dict[str, int]
    lang: str = "fr"
    replaced: dict[str, str] = field(default_factory=dict)
    adopting: dict[str, str] = field(default_factory=dict)

    @cached_property
    def decisions(self) -> list[Decision]:
        return [row for s in self.sections for _meeting, rows in s.meetings for row in rows]

    @cached_property
    def recommendations(self) -> list[Recommendation]:
        return [row for s in self.sections for row in s.recommendations]

    @property
    def fiche_ids(self) -> list[str]:
        return sorted({f.id for row in self.recommendations for f in published.fiches(row)})

    @property
    def contains(self) -> str:
        first = ngettext("%(num)s décision", "%(num)s décisions", len(self.decisions))
        gone = ngettext("dont %(num)s remplacée", "dont %(num)s remplacées", len(self.replaced))
        then = ngettext("%(num)s recommandation", "%(num)s recommandations", len(self.recommendations))
        return ", ".join(x for x in (first, gone if self.replaced else "", then) if x)

    @property
    def base(self) -> str:
        return _("Les décisions adoptées des comités et des groupes ouverts dont le procès-verbal est approuvé, et leurs recommandations adoptées. Les groupes fermés n’y sont pas.")  # fmt: skip

    @property
    def notes(self) -> list[str]:
        """What is not in it, in sentences."""
        said = {
            "waiting": lambda n: ngettext("%(num)s décision attend l’approbation de son procès-verbal : elle n’y est pas.", "%(num)s décisions attendent l’approbation de leur procès-verbal : elles n’y sont pas.", n),
            "rejected": lambda n: ngettext("%(num)s proposition rejetée se lit en ligne.", "%(num)s propositions rejetées se lisent en ligne.", n),
            "postponed": lambda n: ngettext("%(num)s proposition reportée se lit en ligne.", "%(num)s propositions reportées se lisent en ligne.", n),
            "removed": lambda n: ngettext("%(num)s décision retirée avant son procès-verbal garde son numéro.", "%(num)s décisions retirées avant leur procès-verbal gardent leur numéro.", n),
        }  # fmt: skip
        return [said[why](n) for why, n in self.left.items() if n]

    def met(self, meeting: Meeting) -> str:
        """Which meeting, and when."""
        day = formats.day(meeting.starts_at)
        return _("%(title)s, %(day)s (%(code)s)", title=meeting.title, day=day, code=meeting.code) if day else f"{meeting.title} ({meeting.code})"  # fmt: skip

    def how(self, row: Decision) -> str:
        """How it was decided, in a sentence."""
        said = str(MODES[row.mode])
        if row.mode == "vote" and row.how:
            said += f", {formats.inline(str(HOW[row.how]), 'phrase')}"
        if row.mode == "vote" and row.votes_for is not None:
            n = row.votes_abstain or 0
            abstain = (
                ngettext("%(num)s abstention", "%(num)s abstentions", n) if n else _("aucune abstention")
            )
            said += _(" : %(yes)s pour, %(no)s contre, %(abstain)s", yes=row.votes_for, no=row.votes_against or 0, abstain=abstain)  # fmt: skip
        return f"{said}."

    def replaces(self, row: Decision) -> str:
        """The number of the one that it replaced, where that is printed too."""
        return next((d.number for d in self.decisions if self.replaced.get(d.id) == row.number), "")

    def support(self, row: Recommendation) -> list[str]:
        return [f"{f.number} – {f.title}" for f in published.fiches(row)]

    def index(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """(circle, (anchor, words) of each of its lines)."""
        for s in self.sections:
            rows = [row for _meeting, some in s.meetings for row in some]
            yield s.circle.title, [(row.number, f"{row.number} – {short(row.text)}") for row in [*rows, *s.recommendations]]  # fmt: skip


def short(text: str, most: int = 44) -> str:
    """The beginning of a sentence, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most].rsplit(' ', 1)[0].rstrip(',;:')}…"


@dataclass(frozen=True)
class RegisterOrder(EditionOrder):
    """D8."""

    def name(self) -> str:
        return _("Registre des décisions et des recommandations")

    def made(self) -> RegisterPages:
        sections = published.sections(self.edition)
        decisions = [row for s in sections for _meeting, rows in s.meetings for row in rows]
        by = [row.decision_id for s in sections for row in s.recommendations]
        return RegisterPages(
            self.edition, sections, published.left_out(self.edition), self.language, published.successors(decisions), published.numbers(by)
        )  # fmt: skip

    def said(self) -> Any:
        d = self.made()
        return [
            d.notes,
            [[s.circle.title, [[d.met(m), [[r.number, r.text, d.how(r), r.objections, d.replaced.get(r.id)] for r in rows]] for m, rows in s.meetings]] for s in d.sections],
            [[r.number, r.text, r.cause, d.kind(r), d.to(r), d.state(r), d.acts_on(r), d.support(r), r.words] for r in d.recommendations],
        ]  # fmt: skip

    def check(self) -> None:
        if not any(published.counted(self.edition)):
            raise NotMade(_("Aucune décision de cette édition n’a encore de procès-verbal approuvé, et aucune recommandation n’est adoptée. Approuvez un procès-verbal, puis recommencez."))  # fmt: skip
