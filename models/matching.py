"""★ Which offer may answer which request: by the words that both say, a language that both speak, how far it is.

Pure: no database. Words are folded, plurals and the commonest endings of French, Dutch and German are cut, and small words
do not count. A match is said in words, never as a figure: whoever puts people in touch judges, not this list.

Source: domain document, “reciprocal exchange of knowledge”: matching by words, language and distance; no points.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from models.names import fold
from models.vocabularies import terms

# What offers and requests begin with, and words that say nothing of a subject; folded.
WORDS = """
les des une aux avec pour par sur dans sans sous chez que qui quoi dont est sont etre avoir faire fait plus moins tres
tout tous toute toutes autre autres entre vers comme comment mon mes ton tes son ses notre nos votre vos leur leurs ici
nous vous ils elles elle ces cet cette chose choses gens personne personnes cherche cherchons offre offrons apprendre
dire deux trois quatre cinq dix cent tenir prendre mettre commencer lancer trouver utiliser preparer organiser creer aider aide besoin savoir savoirs comprendre donner debutant debutants debutante debutantes petit petite petits petites
grand grande quelques echange echanges groupe groupes quartier
het een van voor met aan bij uit naar over onder door tot als dat die dit deze wij jullie onze hun niet ook meer hoe
wat wie waar leren zoeken bieden helpen beginners groep groepen buurt wijk maken doen
der die das den dem ein eine einen einem einer und oder mit fur von vom zum zur bei aus auf uber unter durch nach als
dass wir ihr sie unser unsere nicht auch mehr wie was wer suchen bieten lernen helfen anfanger gruppe machen tun
the and for with from into about our your their this that how what who learn teach help make group people
"""
SMALL = frozenset(WORDS.split())
SHORTEST = 3  # signs of a word that counts
STEM = 4  # signs that an ending must leave
# Cut in turn: a plural, then two endings, so that "jardins", "jardin" and "Gärten", "Garten" meet.
PLURALS = ("s", "x")
ENDINGS = ("ations", "ation", "ieren", "eren", "ung", "ing", "er", "en", "ez", "ee", "e", "n")
COMMUNE, REGION, COUNTRY, ELSEWHERE = 3, 2, 1, 0


@dataclass(frozen=True)
class Subject:
    """What is compared of an offer or a request. languages: codes; commune: as written; region, country: codes, "" for
    none known. thing: what it stands for."""

    title: str
    words: str = ""
    languages: tuple[str, ...] = ()
    commune: str = ""
    region: str = ""
    country: str = ""
    thing: Any = field(default=None, compare=False)


@dataclass(frozen=True)
class Match:
    """One that fits. common: the words of the one asked about that both say; languages: spoken by both; near: COMMUNE,
    REGION, COUNTRY or ELSEWHERE, None where one of the two does not say where it is."""

    subject: Subject
    common: tuple[str, ...]
    languages: tuple[str, ...]
    near: int | None
    told: bool = True  # whether both say a language

    def said(self, words_of_language: Any = None) -> str:
        """The match in words: “même langue, même région, mot commun : jardin”."""
        bits = []
        if self.languages:
            names = ", ".join(words_of_language(code) for code in self.languages) if words_of_language else ""
            bits.append(_("même langue (%(names)s)", names=names) if names else _("même langue"))
        elif self.told:
            bits.append(_("pas la même langue"))
        if self.near is not None:
            bits.append(
                {
                    COMMUNE: _("même commune"),
                    REGION: _("même région"),
                    COUNTRY: _("même pays"),
                    ELSEWHERE: _("un autre pays"),
                }[self.near]
            )
        if self.common:
            bits.append(
                ngettext("mot commun\u00a0: %(words)s", "mots communs\u00a0: %(words)s", len(self.common), words=", ".join(self.common))
            )  # fmt: skip
        return ", ".join(bits)


def stem(word: str) -> str:
    """A folded word without its plural and ending: "jardins" → "jardin", "cuisiner" → "cuisin"."""
    if word.endswith("aux") and len(word) > STEM + 1:
        word = f"{word[:-3]}al"
    for ending in PLURALS:
        if word.endswith(ending) and len(word) - 1 >= STEM:
            word = word[:-1]
            break
    for _again in range(2):  # "boekhoudingen" ends twice
        for ending in ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= STEM:
                word = word[: -len(ending)]
                break
    return word


@lru_cache(maxsize=8192)
def _stems(text: str) -> tuple[tuple[str, str], ...]:
    """(stem, word) of the words of a text that count; kept, since one line is compared with the same others."""
    words = re.findall(r"\w+", text.replace("’", " ").replace("'", " "))
    plain = [(fold(word), word) for word in words]
    return tuple(
        (stem(folded), word.lower()) for folded, word in plain
        if len(folded) >= SHORTEST and folded not in SMALL and not folded.isdecimal()
    )  # fmt: skip


def stems(*texts: str | None) -> dict[str, str]:
    """Stem → the word as it was written first, of the words that count."""
    out: dict[str, str] = {}
    for text in texts:
        for key, word in _stems(text or ""):
            out.setdefault(key, word)
    return out


def region_of(code: str) -> str:
    """The region of a province, else the code itself."""
    term = terms("provenance_territoire_be").get(code)
    return term.note or code if term else code


def near(one: Subject, other: Subject) -> int | None:
    """How near two are; None where one of them does not say."""
    if one.commune and fold(one.commune) == fold(other.commune) and one.country == other.country:
        return COMMUNE
    if one.region and other.region and region_of(one.region) == region_of(other.region):
        return REGION
    if one.country and other.country:
        return COUNTRY if one.country == other.country else ELSEWHERE
    return None


def match(one: Subject, other: Subject) -> Match | None:
    """Whether another fits; None where they say no word in common."""
    return _match(one, stems(one.title, one.words), other)


def _match(one: Subject, mine: dict[str, str], other: Subject) -> Match | None:
    theirs = stems(other.title, other.words)
    common = [word for key, word in mine.items() if key in theirs]
    if not common:
        return None
    spoken = tuple(code for code in one.languages if code in other.languages)
    return Match(other, tuple(common), spoken, near(one, other), told=bool(one.languages and other.languages))


def matches(one: Subject, others: Iterable[Subject]) -> list[Match]:
    """Those that fit: who speaks the same language first, then who says more of the same words, then the nearest."""
    mine = stems(one.title, one.words)
    found = [fit for other in others if (fit := _match(one, mine, other))]
    return sorted(
        found,
        key=lambda fit: (
            not fit.languages,
            -len(fit.common),
            -(ELSEWHERE if fit.near is None else fit.near),
            fold(fit.subject.title),
        ),
    )
