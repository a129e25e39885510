"""Numbers, years and amounts in sentences, read with care: what is not plain is left to the words.

French first; the usual turns of Dutch and German too. Nothing is estimated: « de 20 à 30 » gives no number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from models.fiche.kinds import plain

UNITS = {
    "zero": 0, "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7,
    "huit": 8, "neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15,
    "seize": 16, "vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60,
    "septante": 70, "huitante": 80, "octante": 80, "nonante": 90, "cent": 100, "cents": 100, "mille": 1000,
}  # fmt: skip
# Round numbers: always "about".
ROUND = {
    "dizaine": 10, "douzaine": 12, "quinzaine": 15, "vingtaine": 20, "trentaine": 30, "quarantaine": 40,
    "cinquantaine": 50, "soixantaine": 60, "centaine": 100, "millier": 1000, "tiental": 10, "dozijn": 12,
    "vijftiental": 15, "twintigtal": 20, "dertigtal": 30, "veertigtal": 40, "vijftigtal": 50, "zestigtal": 60,
    "honderdtal": 100, "dutzend": 12,
}  # fmt: skip
MAX_READ = 4000  # signs: a longer answer is left to its words

# All patterns below read text without accents and in lower case (see _flat).
_WORD = "|".join(sorted(UNITS, key=len, reverse=True))
_ROUND = "|".join(ROUND)
NUMBER = re.compile(
    r"(?P<digits>(?<![\d,.])(?:\d{1,3}(?:[ .\u00a0\u202f]\d{3})+(?!\d)|\d+))|"
    rf"\b(?P<words>(?:{_WORD})(?:[ -](?:et[ -])?(?:{_WORD}))*)\b(?![ -](?:{_ROUND})s?\b)|"
    r"\b(?P<times>un|une|deux|trois|quatre|cinq|six|een|ein|demi|une demi)?[ -]?"
    rf"\b(?P<round>{_ROUND})(?P<plural>s?)\b"
)
ABOUT = re.compile(
    r"(?:\b(?:environ|quelque|pres de|autour de|presque|a peu pres|plus de|plus ou moins|au moins|une|"
    r"approximativement|ongeveer|circa|ca|zowat|meer dan|rund|etwa|ungefahr|uber)|[~±≈+>]|\+/-)[ .]*$"
)
NOT_PEOPLE = re.compile(
    r"[ \u00a0]*(?:%|€|°|(?:euros?|ans?|annees?|mois|semaines?|jours?|heures?|h|min|minutes|fois|km|m2|"
    r"e|er|eme|reseaux?|groupes?|quartiers?|ateliers?|reunions?|rencontres?|seances?|associations?|communes?|"
    r"structures?|partenaires?|professionnel(?:le)?s?|jaar|maanden|weken|keer|jahre?|monate|mal)\b)"
)
PEOPLE = re.compile(
    r"[ \u00a0]*(?:d[e'] ?)?(?:\w{1,20} )?(?:habitant|citoyen|personne|participant|membre|famille|menage|"
    r"usager|benevole|jeune|enfant|eleve|femme|homme|parent|adulte|aine|senior|patient|bewoner|burger|"
    r"deelnemer|mens|gezin|teilnehm|person|einwohner)"
)
FROM_THE_START = re.compile(
    r"depuis (?:le debut|la creation|l'origine|le lancement)|au total|en tout|cumul|sinds het begin|"
    r"in totaal|seit beginn|insgesamt"
)
LINK = r"\s?(?:a|et|ou|-|–|/|tot|bis)\s?"
RANGE_BEFORE, RANGE_AFTER = re.compile(rf"\d{LINK}$"), re.compile(rf"{LINK}\d")
UNKNOWN = re.compile(
    r"^(?:\?+|inconnue?s?|pas connue?s?|on ne sait pas|ne sait pas|non connue?s?|onbekend|unbekannt|"
    r"n\.?[cd]\.?)\W*$"
)
YEAR = r"(?:19|20)\d\d"
ONGOING = (
    r"aujourd'?hui|maintenant|en cours|ce jour|present|actuellement|toujours|nu|heden|vandaag|heute|laufend|"
    r"lopend"
)
SINCE = re.compile(
    r"\b(?:depuis|des|a partir d'|a partir de|sinds|vanaf|seit|ab|since)(?: \w{1,20}'?\w{0,20})?[ \u00a0]"
    rf"(?:{YEAR}-)?(?P<year>{YEAR})\b"
)
SPAN = re.compile(
    rf"\b(?P<a>{YEAR})\s*(?:-|–|—|/|→|a|au|jusqu'?(?:a|en|au)|tot(?: en met)?|bis)\s*"
    rf"(?:(?:\d\d?[ /])?(?:\w{{3,9}} |\d\d/)?(?P<b>{YEAR})\b|(?P<on>{ONGOING}))"
)
UNTIL = re.compile(rf"\b(?:jusqu'?(?:en|a)|tot|bis)\s*(?:fin )?(?P<year>{YEAR})\b")
AMOUNT = re.compile(
    r"(?:(?P<before>€|\beur\b)[ \u00a0]*)?"
    r"(?<![\d,.])(?P<whole>\d{1,3}(?:[ .\u00a0\u202f']\d{3})+(?!\d)|\d+)"
    r"(?:[.,](?P<cents>\d{1,2}(?!\d)|-+))?[ \u00a0]*(?P<thousand>k(?=[ \u00a0]*(?:€|eur)))?[ \u00a0]*"
    r"(?P<after>€|\beuros?\b|\beur\b)?"
)
PERIODS = {
    "an": r"\bannuel(?:le)?s?\b|\bannuellement\b|\bpar an\b|/ ?an\b|\bchaque annee\b|\bl'an\b|"
    r"\bper jaar\b|/ ?jaar\b|\bjaarlijks|\bpro jahr\b|\bjahrlich",
    "campagne": r"\bpar (?:edition|campagne)\b|\bper (?:editie|campagne)\b|\bpro (?:ausgabe|kampagne)\b",
    "total": r"\bau total\b|\ben tout\b|\b(?:cout|budget) (?:total|global)\b|\bin totaal\b|\binsgesamt\b",
}
WITHOUT_STAFF = (
    r"\b(?:hors|sans|excepte)\b[^.;,()]{0,25}\b(?:personnel|salaires?)\b|"
    r"\bzonder (?:de )?personeel|\bohne personal"
)
WITH_STAFF = (
    r"\b(?:personnel|salaires?) (?:compris|inclus)|\b(?:y compris|avec) (?:le |les |frais de ){0,3}"
    r"(?:personnel|salaires?)|\bpersoneel inbegrepen|\beinschlie(?:ss|ß)lich personal"
)


@dataclass(frozen=True)
class Found:
    """A number in a sentence: what is written there, and whether it is about."""

    value: int
    about: bool
    start: int
    end: int


def number_of(text: str) -> int:
    """The number that French words say: « deux cent vingt et un » is 221."""
    total = current = 0
    for word in re.split(r"[ -]+", text):
        value = UNITS.get(word)
        if value is None:
            continue
        if value == 1000:
            total, current = total + max(current, 1) * 1000, 0
        elif value == 100:
            current = max(current, 1) * 100 if current < 10 else current + 100
        elif value == 20 and current % 100 == 4:
            current += 76
        else:
            current += value
    return total + current


def numbers(text: str) -> list[Found]:
    """Numbers that may count people, with years, shares, durations and counts of things left out."""
    low = _flat(text[:MAX_READ])
    out = []
    for match in NUMBER.finditer(low):
        found = _number(match, low)
        if found is not None and not NOT_PEOPLE.match(low, found.end):
            out.append(found)
    return out


def _number(match: re.Match[str], low: str) -> Found | None:
    start, end = match.span()
    before, after = low[max(0, start - 24) : start], low[end : end + 24]
    about = bool(ABOUT.search(before))
    if match["digits"]:
        if RANGE_BEFORE.search(before) or RANGE_AFTER.match(after) or len(match["digits"]) > 12:
            return None
        year = re.fullmatch(YEAR, match["digits"]) and not PEOPLE.match(low, end)
        part_of_date = re.match(r"[/.]\d|,\d", after) or re.search(r"\d[/.,]$", before)
        value = int(re.sub(r"\D", "", match["digits"]))
        return None if year or part_of_date else Found(value, about, start, end)
    if match["words"]:
        alone = match["words"] in ("un", "une", "neuf")
        return None if alone else Found(number_of(match["words"]), about, start, end)
    times = match["times"] or ""
    if "demi" in times or (match["plural"] and times not in ("deux", "trois", "quatre", "cinq", "six")):
        return None
    return Found(max(number_of(times), 1) * ROUND[match["round"]], True, start, end)


def read_count(text: str) -> dict[str, Any]:
    """`nombre`, `precision`, `depuis_le_debut` of a number of citizens, as far as the words are plain."""
    if len(text) > MAX_READ:
        return {}
    low = _flat(text)
    if UNKNOWN.match(low):
        return {"precision": "inconnu"}
    found = numbers(text)
    since = [n for n in found if FROM_THE_START.search(_clause(low, n, found))]
    now = [n for n in found if n not in since]
    if len(now) > 1:
        now = [n for n in now if PEOPLE.match(low, n.end)]
    out: dict[str, Any] = {}
    if len(now) == 1:
        out = {"nombre": now[0].value, "precision": "environ" if now[0].about else "exact"}
    if len(since) == 1:
        out["depuis_le_debut"] = since[0].value
    return out


def _clause(low: str, one: Found, found: list[Found]) -> str:
    """The words around a number, up to the next sign or number."""
    before = max([n.end for n in found if n.end <= one.start], default=0)
    after = min([n.start for n in found if n.start >= one.end], default=len(low))
    return re.split(r"[.;!?(,]", low[before : one.start])[-1] + re.split(r"[.;!?),]", low[one.end : after])[0]


def read_years(text: str) -> tuple[dict[str, Any], bool]:
    """(`debut`, `fin`, `en_cours`) and whether that is sure: a question mark or several years are not."""
    if len(text) > MAX_READ:
        return {}, False
    low = _flat(text)
    years = re.findall(rf"\b{YEAR}\b", low)
    sure = "?" not in low
    if span := SPAN.search(low):
        if span["on"]:
            return {"debut": int(span["a"]), "en_cours": True}, sure
        first, last = int(span["a"]), int(span["b"])
        return ({"debut": first, "fin": last, "en_cours": False}, sure) if first <= last else ({}, False)
    if since := SINCE.search(low):
        return {"debut": int(since["year"]), "en_cours": True}, sure and len(years) == 1
    if until := UNTIL.search(low):
        return {"fin": int(until["year"])}, sure and len(years) == 1
    if len(years) == 1:
        return {"debut": int(years[0])}, False
    return {}, False


def read_cost(text: str) -> tuple[dict[str, Any], bool]:
    """(`montant`, `devise`, `periode`, `hors_personnel`, `montant_inconnu`), and whether that says it all."""
    if len(text) > MAX_READ:
        return {}, False
    low = _flat(text)
    if UNKNOWN.match(low):
        return {"montant_inconnu": True}, True
    found = _amounts(low)
    out: dict[str, Any] = {}
    if len(found) == 1:
        out = {"montant": _amount(found[0]), "devise": "EUR"}
        periods = [code for code, pattern in PERIODS.items() if re.search(pattern, low)]
        if len(periods) == 1:
            out["periode"] = periods[0]
    without, included = re.search(WITHOUT_STAFF, low), re.search(WITH_STAFF, low)
    if bool(without) != bool(included):
        out["hors_personnel"] = bool(without)
    return out, len(found) == 1 and _all_said(low, found[0])


def _amounts(low: str) -> list[re.Match[str]]:
    """Amounts in euros. Both ends of « de 2000 à 3000 € » count, so that neither is taken."""
    out = []
    for match in AMOUNT.finditer(low):
        alone = not low[: match.start()].strip() and not low[match.end() :].strip(" .")
        ranged = RANGE_BEFORE.search(low[max(0, match.start() - 8) : match.start()])
        if (match["before"] or match["after"] or alone) and len(match["whole"]) <= 12:
            out += [match, match] if ranged else [match]
    return out


def _all_said(low: str, amount: re.Match[str]) -> bool:
    """Whether amount, period and staff are all that the words say."""
    rest = low[: amount.start()] + " " + low[amount.end() :]
    for pattern in (*PERIODS.values(), WITHOUT_STAFF, WITH_STAFF):
        rest = re.sub(pattern, " ", rest)
    return not re.search(r"[^\W_]", re.sub(r"\b(?:budget|cout|de|un)\b", " ", rest))


def _amount(match: re.Match[str]) -> float:
    whole = float(re.sub(r"\D", "", match["whole"]))
    cents = match["cents"] or ""
    value = whole + (float("0." + cents) if cents.isdigit() else 0)
    return round(value * (1000 if match["thousand"] else 1), 2)


def _flat(text: str) -> str:
    """Without accents and in lower case, sign for sign as long as the text (positions stay true)."""
    return "".join((plain(c) or " ")[:1] if c.isalpha() else c for c in text.replace("’", "'")).replace(
        "\n", " "
    )
