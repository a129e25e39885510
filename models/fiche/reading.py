"""A fiche as somebody may read it: which answers, quotes and pictures are shown, for which use. No words, no layout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models.fiche import questions
from models.fiche.consent import cleared, picture_cleared, withheld
from models.fiche.content import PRIVATE, Content, get, has_answer, reason
from models.fiche.kinds import answered
from models.fiche.question import Question, Row
from models.vocabularies import label


@dataclass(frozen=True)
class Sheet:
    """What is read: normal content, for a use, in a language; `secret` where contact and needs may be seen."""

    content: Content
    usage: str = "intranet"
    lang: str = "fr"
    secret: bool = False

    def get(self, key: str) -> Any:
        return get(self.content, key)

    def word(self, vocabulary: str, code: str | None) -> str:
        return label(vocabulary, code, self.lang)

    def words(self, q: Question) -> list[str]:
        """The words of a question's chosen codes."""
        value = self.get(q.key)
        return [self.word(q.vocabulary, c) for c in (value if isinstance(value, list) else [value]) if c]

    def reason(self, key: str) -> str | None:
        """The reason given for exactly this question."""
        return (self.content.get("donnees_manquantes") or {}).get(key)

    def rows(self) -> Iterator[tuple[Row, list[Question]]]:
        """The rows that have something to say: an answer, a reason, or a gap that must be seen."""
        for row, asked in questions.sheet():
            shown = [q for q in asked if self.state(q) != "silent"]
            if shown:
                yield row, shown

    def state(self, q: Question) -> str:
        """ "answer", "missing" (with or without a reason) or "silent"."""
        if q.key in PRIVATE and not self.secret:
            return "silent"
        if has_answer(self.content, q):
            return "answer"
        if reason(self.content, q) or any(self.reason(leaf.key) for leaf in q.leaves()):
            return "missing"
        needed = q.needed or any(f.needed for f in q.fields if q.is_block)
        return "missing" if needed and q.asked() else "silent"

    def why(self, q: Question) -> str | None:
        return reason(self.content, q)

    def leftovers(self, q: Question, told: tuple[str, ...]) -> list[Question]:
        """The fields of a block that its own drawing does not tell: those a later version added."""
        return [
            f
            for f in q.leaves()
            if f.key not in told and f.key not in PRIVATE and answered(f, self.get(f.key))
        ]

    def told(self, q: Question, item: Mapping[str, Any]) -> list[tuple[Question, Any]]:
        """(field, answer) for each answered field of an item, in the order of the form."""
        pairs = [(f, get(item, f.key)) for f in q.fields]
        return [(f, value) for f, value in pairs if answered(f, value)]

    def gaps(self, q: Question) -> list[tuple[Question, str]]:
        """(field, reason) for each unanswered field of an answered block that has a reason of its own."""
        pairs = [(leaf, self.reason(leaf.key)) for leaf in q.leaves() if q.is_block]
        return [(leaf, why) for leaf, why in pairs if why and not has_answer(self.content, leaf)]

    def quotes(self) -> tuple[list[Mapping[str, Any]], int]:
        """(quotes cleared for this use, how many are not)."""
        items = list(self.get("bilan.temoignages") or [])
        good = [i for i in items if i.get("texte") and cleared(i.get("consentement"), self.usage)]
        return good, len(items) - len(good)

    def pictures(self, q: Question) -> list[Mapping[str, Any]]:
        return [i for i in self.get(q.key) or [] if picture_cleared(i, self.usage)]

    def digests(self) -> list[str]:
        """SHA-256 of every picture that this reading shows."""
        drawn = self.get("gouvernance.schema.mode") != "image"
        return [
            place[name]
            for q, place, name in picture_places(self.content)
            if not (withheld(q, place, self.usage) or (drawn and q.key == "gouvernance.schema.image"))
        ]

    def degree(self) -> dict[str, int | None]:
        """aim, low, high as steps 0 to 6, None where unknown; one end alone stands for both."""
        step = {k: self.get(f"bilan.degre_{k}") for k in ("vise", "reel_min", "reel_max")}
        number = {k: int(v[1:]) if v else None for k, v in step.items()}
        low, high = number["reel_min"], number["reel_max"]
        return {
            "aim": number["vise"],
            "low": high if low is None else low,
            "high": low if high is None else high,
        }

    def diagram(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """(nodes, links) as adapters.pdf.diagram wants them; two empty lists where nothing is drawn."""
        if self.get("gouvernance.schema.mode") != "genere":
            return [], []
        nodes = [
            {"id": n["id"], "label": n.get("nom") or "?", "emphasis": bool(n.get("citoyen"))}
            for n in self.get("gouvernance.schema.noeuds") or []
        ]
        links = [
            {"from": link.get("de") or "", "to": link.get("a") or "", "label": link.get("nature") or ""}
            for link in self.get("gouvernance.schema.liens") or []
        ]
        return nodes, links


def every_picture(content: Mapping[str, Any]) -> set[str]:
    """SHA-256 of every picture that a document names, shown or not."""
    return {place[name] for _q, place, name in picture_places(content)}


def picture_places(content: Mapping[str, Any]) -> Iterator[tuple[Question, Any, str]]:
    """(question, what holds it, the key in it) of each picture that a document names, in the order of the form."""
    for key, q in questions.leaves().items():
        if q.kind == "picture":
            above, _, name = key.rpartition(".")
            holders = [(get(content, above) if above else content, name)]
        else:
            fields = [f.key for f in q.fields if f.kind == "picture"]
            holders = [(item, name) for name in fields for item in get(content, key) or []]
        yield from ((q, place, name) for place, name in holders if place and place.get(name))
