"""What was understood of a sheet, and how it is gathered."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.fiche.kinds import KINDS, Bad
from models.fiche.questions import ITEMS_CAP, TEXT_CAP, leaves
from models.fiche.sheets.text import short
from models.vocabularies import label as term_label


@dataclass
class Understood:
    """A sheet in the shape of a fiche.

    content: the answers that were found, nested as fiches are (empty ones have no key), with
    `donnees_manquantes`. understood: (key of a question, its value in short words), in the order of the form.
    unrecognised: (label, text) kept word for word, and at the end of `bilan.observations`. pictures: (key,
    bytes), the bytes as they lay in the document. notes: sentences on the whole. to_confirm: (key, sentence)
    for what a person should look at. recognised: the words of the source that became structure (labels,
    codes, dates, "and" between two partners) and so do not stand in the content as words.
    """

    content: dict[str, Any] = field(default_factory=dict)
    understood: list[tuple[str, str]] = field(default_factory=list)
    unrecognised: list[tuple[str, str]] = field(default_factory=list)
    pictures: list[tuple[str, bytes]] = field(default_factory=list)
    notes: list[Any] = field(default_factory=list)
    to_confirm: list[tuple[str, Any]] = field(default_factory=list)
    recognised: list[str] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)

    @property
    def is_sheet(self) -> bool:
        """Whether enough labels were found to take the document for a sheet."""
        return len(self.labels) >= 2

    # ---- gathering

    def put(self, key: str, value: Any) -> None:
        """Set an answer by its dotted key. None, "" and empty lists are no answers and set nothing."""
        if value in (None, "", [], {}):
            return
        *above, last = key.split(".")
        place = self.content
        for name in above:
            place = place.setdefault(name, {})
        place[last] = value

    def get(self, key: str) -> Any:
        """The answer with this dotted key, or None."""
        place: Any = self.content
        for name in key.split("."):
            place = place.get(name) if isinstance(place, dict) else None
        return place

    def add_text(self, key: str, text: str, between: str = "\n\n") -> None:
        """Append to a text."""
        before = self.get(key)
        self.put(key, f"{before}{between}{text}" if before and text else text or before)

    def add_items(self, key: str, new: Iterable[Any]) -> None:
        """Append to a list; groups get an id."""
        tagged = [{"id": uuid.uuid4().hex[:12], **one} if isinstance(one, dict) else one for one in new]
        self.put(key, [*(self.get(key) or []), *tagged])

    def add_codes(self, key: str, codes: Iterable[str], order: Iterable[str]) -> None:
        """Add codes of a vocabulary, in its order."""
        chosen = {*codes, *(self.get(key) or [])}
        self.put(key, [code for code in order if code in chosen])

    def missing(self, key: str, reason: Any) -> None:
        """Say why a question has no answer. The reason is data of the fiche, kept in the words of now."""
        self.content.setdefault("donnees_manquantes", {})[key] = str(reason)

    def found(self, key: str) -> None:
        """Take back what was said to be missing: an answer and a reason together would be an error."""
        reasons = self.content.get("donnees_manquantes", {})
        reasons.pop(key, None)
        if not reasons:
            self.content.pop("donnees_manquantes", None)

    def confirm(self, key: str, sentence: Any) -> None:
        self.to_confirm.append((key, sentence))

    def keep(self, label: str, text: str) -> None:
        """Keep a text whose place is not known, with its label."""
        if label or text:
            self.unrecognised.append((label, text))

    def fit(self, *keys: str) -> None:
        """Cut what is longer than a fiche may keep; the rest is kept as not recognised, under its label."""
        for key in keys:
            value, label = self.get(key), str(leaves()[key].label)
            if isinstance(value, list):
                rest = [in_full(one) for one in value[ITEMS_CAP:]]
                value = [self._fit_item(label, one) for one in value[:ITEMS_CAP]]
                if rest:
                    self.keep(label, "\n".join(rest))
            elif isinstance(value, str):
                value = self._fit_text(label, value)
            self.put(key, value)

    def _fit_item(self, label: str, one: Any) -> Any:
        if isinstance(one, dict):
            return {name: self._fit_item(label, value) for name, value in one.items()}
        return self._fit_text(label, one) if isinstance(one, str) else one

    def _fit_text(self, label: str, text: str) -> str:
        if len(text) <= TEXT_CAP:
            return text
        cut = max(text.rfind(" ", 0, TEXT_CAP), text.rfind("\n", 0, TEXT_CAP))
        cut = cut if cut > 0 else TEXT_CAP
        self.keep(label, text[cut:].strip())
        return text[:cut].strip()

    def report(self) -> None:
        """Fill `understood`."""
        for key, question in leaves().items():
            value = self.get(key)
            if value is not None:
                self.understood.append((key, in_words(value, question.vocabulary)))


def valid(key: str, text: str) -> Any:
    """The answer that a text gives to a question with a form of its own (mail, number…), or None."""
    question = leaves()[key]
    try:
        return KINDS[question.kind].read([text], question)
    except Bad:
        return None


def in_full(value: Any) -> str:
    """All the words of an item."""
    if isinstance(value, Mapping):
        return " – ".join(
            in_full(one) for name, one in value.items() if one and name not in ("id", "consentement")
        )
    return str(value)


def in_words(value: Any, vocabulary: str = "") -> str:
    """A short form of any answer for a report."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, Mapping):
        named = [value[k] for k in ("nom", "texte", "nom_affiche", "qualite", "role") if value.get(k)]
        return short(" – ".join(map(str, named)))
    if isinstance(value, (list, tuple)):
        return short(" ; ".join(in_words(one, vocabulary) for one in value), 240)
    if vocabulary and isinstance(value, str):
        return term_label(vocabulary, value)
    if isinstance(value, float):
        return f"{value:.2f}".removesuffix(".00")
    return short(str(value))
