"""What people said, quoted in running text: their words, who they are, when and where.

Only a quote that names its author, or is told apart by a date or a dash, becomes a testimony; consent is
never taken for granted. Every other quote stays where it was written.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from models.fiche.kinds import Bad, read_date
from models.fiche.questions import leaves
from models.fiche.sheets.words import sheet_words

MAX_QUOTES = 40
QUOTE = re.compile(r"«([^«»]{12,4000})»|“([^“”]{12,4000})”|„([^„“”]{12,4000})[“”]|\"([^\"\n]{12,4000})\"")
LEAD = re.compile(r"[ \u00a0.,;:]*\n?[ \u00a0]*(?P<dash>[–—-][ \u00a0]*)?(?P<open>\()?")
SENTENCE = re.compile(r"[^\n]{2,240}?(?=[.!?…](?:\s|$)|\n|$)")
NAME = re.compile(
    r"[^\W\d_a-zß-öø-ÿ][\w’'.-]*(?: (?:[^\W\d_a-zß-öø-ÿ][\w’'.-]*|de|van|der|den|du|le|la|von|el|ben)){0,3}$"
)
DATE = re.compile(
    r"(?:,?\s*\b(?:le|du|en|au|op|am|im|van|vom)\b\s*)?"
    r"\b(\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}-\d{2}-\d{2}|"
    r"\d{1,2}(?:er|\.)? [^\W\d_]{3,10}\.? \d{4}|[^\W\d_]{3,10} \d{4}|\d{4})\b"
)
PLACE = re.compile(r",\s*(?=(?:lors|devant|pendant|durant|à|au|aux|dans|après|tijdens|bij|bei|während)\b)")


class Testimony(NamedTuple):
    """An item of `bilan.temoignages` without its id, and the words that became its date."""

    item: dict[str, Any]
    turned: str


def new_testimony(text: str, who: dict[str, Any] | None = None) -> dict[str, Any]:
    """An item of `bilan.temoignages` whose consent has not been asked."""
    item = {
        "texte": text,
        "prenom": None,
        "nom_affiche": None,
        "qualite": None,
        "date": None,
        "contexte": None,
    }
    consent: dict[str, Any] = {"statut": "non_demande", "forme": None, "date": None, "usages": []}
    return {**item, **(who or {}), "consentement": consent}


def take_quotes(text: str, *, all_of_them: bool = False) -> tuple[list[Testimony], str]:
    """The testimonies in `text`, and the text that is left. `all_of_them`: also quotes without an author."""
    out: list[Testimony] = []
    rest: list[str] = []
    at = 0
    for match in QUOTE.finditer(text):
        if match.start() < at or len(out) == MAX_QUOTES:
            continue
        quote = next(group for group in match.groups() if group is not None).strip(" \u00a0\n")
        found = _author(text, match.end())
        if found is None and not all_of_them:
            continue
        who, end, turned = found or ({}, match.end(), "")
        out.append(Testimony(new_testimony(quote, who), turned))
        rest.append(text[at : match.start()])
        at = end
    return out, "".join([*rest, text[at:]]).strip()


def _author(text: str, at: int) -> tuple[dict[str, Any], int, str] | None:
    """(who said it, where the sentence ends, the words of the date), when the next sentence says who."""
    lead = LEAD.match(text, at)
    start = lead.end() if lead else at
    sentence = SENTENCE.match(text, start)
    if sentence is None or lead is None:
        return None
    said, end = sentence[0], sentence.end()
    if lead["open"]:
        closed = said.find(")")
        if closed < 0:
            return None
        said, end = said[:closed], start + closed + 1
    who, turned = read_author(said, apart=bool(lead["dash"] or lead["open"]))
    if not who:
        return None
    while end < len(text) and text[end] in ".!… \u00a0":
        end += 1
    return who, end, turned


def read_author(said: str, *, apart: bool) -> tuple[dict[str, Any], str]:
    """(prenom, nom_affiche, qualite, date, contexte) from « Name, who, the date where »; the date's words.

    `apart`: a dash or a parenthesis tells it from the text, so that a name or a quality alone is enough.
    Empty when it does not look like an author.
    """
    first, _, rest = said.partition(",")
    first = first.strip()
    date, words, before, after = _dated(said)
    named = bool(NAME.match(first)) and first.split()[0].lower() not in _not_names()
    if (
        not named
        and not (date and first[:1].isupper() and re.match(r"(?i)une? |een |ein", first))
        and not apart
    ):
        return {}, ""
    if named and not rest and not date and not apart:
        return {}, ""
    if len(said.split()) > 30 or (not date and not apart and len(said.split()) > 12):
        return {}, ""
    who: dict[str, Any] = {"date": date}
    if named:
        who |= {"prenom": first.split()[0], "nom_affiche": first}
        before = before[len(said) - len(rest) :] if date else rest
    quality = before if date else (rest if named else said)
    if not date and (place := PLACE.search(quality)):
        quality, after = quality[: place.start()], quality[place.end() :]
    who |= {"qualite": quality.strip(" ,\u00a0") or None, "contexte": after.strip(" ,\u00a0") or None}
    return who, words


def _dated(said: str) -> tuple[str | None, str, str, str]:
    """(date in ISO 8601, its words, what stands before, what stands after)."""
    question = leaves()["consentements.date"]
    for match in DATE.finditer(said):
        try:
            date = read_date([match[1]], question)
        except Bad:
            continue
        return date, match[0], said[: match.start()], said[match.end() :]
    return None, "", said, ""


@cache
def _not_names() -> frozenset[str]:
    return frozenset(sheet_words("not_names").split())
