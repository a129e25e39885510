"""Numbers, years and amounts in sentences, read with care: what is not plain is left to the words.

French first; the usual turns of Dutch and German too. Nothing is estimated: « de 20 à 30 » gives no number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from models.fiche.kinds import plain

UNITS = dict(
    zero=0, un=1, une=1, deux=2, trois=3, quatre=4, cinq=5, six=6, sept=7, huit=8, neuf=9, dix=10, onze=11,
    douze=12, treize=13, quatorze=14, quinze=15, seize=16, vingt=20, vingts=20, trente=30, quarante=40,
    cinquante=50, soixante=60, septante=70, huitante=80, octante=80, nonante=90, cent=100, cents=100, mille=1000,
)  # fmt: skip
# Round numbers: always "about".
ROUND = dict(
    dizaine=10, douzaine=12, quinzaine=15, vingtaine=20, trentaine=30, quarantaine=40, cinquantaine=50,
    soixantaine=60, centaine=100, millier=1000, tiental=10, dozijn=12, vijftiental=15, twintigtal=20,
    dertigtal=30, veertigtal=40, vijftigtal=50, zestigtal=60, honderdtal=100, dutzend=12,
)  # fmt: skip
DIGITS = r"\d{1,3}(?:[ .\u00a0\u202f]\d{3})+(?!\d)|\d+"
NUMBER_WORD = "|".join(sorted(UNITS, key=len, reverse=True))
NUMBER = re.compile(
    rf"(?P<digits>(?<![\d,.]){DIGITS})|"
    rf"\b(?P<words>(?:{NUMBER_WORD})(?:[ -](?:et[ -])?(?:{NUMBER_WORD}))*)\b(?![ -](?:{'|'.join(ROUND)})s?\b)|"
    rf"\b(?P<times>un|une|deux|trois|quatre|cinq|six|een|ein)? ?\b(?P<round>{'|'.join(ROUND)})(?P<plural>s?)\b"
)
ABOUT = re.compile(
    r"(?:\b(?:environ|quelque|pres de|autour de|presque|a peu pres|plus de|plus ou moins|au moins|approximativement|"
    r"une|ongeveer|circa|ca|zowat|meer dan|rund|etwa|ungefahr|uber)|[~±≈+>])[ .]*$"
)
NOT_PEOPLE = re.compile(
    r"[ \u00a0]*(?:%|€|°|euros?\b|(?:ans?|annees?|mois|semaines?|jours?|heures?|h|min|minutes|fois|km|m2|e|er|eme|"
    r"reseaux?|groupes?|quartiers?|ateliers?|reunions?|rencontres?|seances?|associations?|communes?|structures?|"
    r"partenaires?|professionnel(?:le)?s?|jaar|maanden|weken|keer|jahre?|monate|mal)\b)"
)
PEOPLE = re.compile(
    r"[ \u00a0]*(?:d[e'’] ?)?(?:\w+ )?(?:habitant|citoyen|personne|participant|membre|famille|menage|usager|benevole|"
    r"jeune|enfant|eleve|femme|homme|parent|adulte|aine|senior|patient|bewoner|burger|deelnemer|mens|gezin|burger|"
    r"teilnehm|person|einwohner)"
)
FROM_THE_START = re.compile(
    r"depuis (?:le debut|la creation|l['’]origine|le lancement)|au total|en tout|cumul|sinds het begin|in totaal|"
    r"seit beginn|insgesamt"
)
RANGE = re.compile(r"\d\s*(?:a|et|ou|-|–|/|tot|bis)\s*\d")
UNKNOWN = re.compile(r"^(?:\?+|inconnue?s?|pas connue?s?|on ne sait pas|ne sait pas|non connue?s?|onbekend|unbekannt|n\.?[cd]\.?)\W*$")
YEAR = r"(?:19|20)\d\d"
ONGOING = (
    r"aujourd['’]?hui|maintenant|en cours|ce jour|present|actuellement|toujours|nu|heden|vandaag|heute|laufend|lopend"
)
SINCE = re.compile(
    rf"\b(?:depuis|des|a partir d['’e]|a partir de|sinds|vanaf|seit|ab|since)(?: \w+['’]?\w*)?[ \u00a0](?:{YEAR}-)?(?P<year>{YEAR})\b"
)
SPAN = re.compile(rf"\b(?P<a>{YEAR})\s*(?:-|–|—|/|→|a|au|jusqu['’]?(?:a|en|au)|et|tot(?: en met)?|bis)\s*(?:(?P<b>{YEAR})\b|(?P<on>{ONGOING}))")
UNTIL = re.compile(rf"\b(?:jusqu['’]?(?:en|a)|tot|bis)\s*(?:fin )?(?P<year>{YEAR})\b")
AMOUNT = re.compile(
    r"(?:(?P<before>€|\beur\b)[ \u00a0]*)?(?<![\d,.])(?P<whole>\d{1,3}(?:[ .\u00a0\u202f'’]\d{3})+(?!\d)|\d+)"
    r"(?:[.,](?P<cents>\d{1,2}(?!\d)|-+))?[ \u00a0]*(?P<thousand>k(?=[ \u00a0]*(?:€|eur)))?[ \u00a0]*"
    r"(?P<after>€|\beuros?\b|\beur\b)?"
)
PERIODS = (
    ("an", r"\bannuel(?:le)?s?\b|\bannuellement\b|\bpar an\b|/ ?an\b|\bchaque annee\b|\bper jaar\b|/ ?jaar\b|\bjaarlijks|\bpro jahr\b|\bjahrlich|\bl['’]an\b"),
    ("campagne", r"\bpar (?:edition|campagne)\b|\bper (?:editie|campagne)\b|\bpro (?:ausgabe|kampagne)\b"),
    ("total", r"\bau total\b|\ben tout\b|\bcout total\b|\bbudget total\b|\bbudget global\b|\bin totaal\b|\binsgesamt\b"),
)  # fmt: skip
WITHOUT_STAFF = re.compile(
    r"\b(?:hors|sans|excepte)\b[^.;,()]{0,25}\b(?:personnel|salaires?)\b|\bzonder (?:de )?personeel|\bohne personal"
)
WITH_STAFF = re.compile(
    r"\b(?:personnel|salaires?) (?:compris|inclus)|\b(?:y compris|avec) (?:le |les |frais de )*(?:personnel|salaires?)|"
    r"\bpersoneel inbegrepen|\beinschlie(?:ss|ß)lich personal"
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
    low = _flat(text)
    out = []
    for match in NUMBER.finditer(low):
        found = _number(match, low)
        if found is not None and not NOT_PEOPLE.match(low, found.end):
            out.append(found)
    return out


def _number(match: re.Match[str], low: str) -> Found | None:
    about = bool(ABOUT.search(low[: match.start()][-24:]))
    if match["digits"]:
        value = int(re.sub(r"\D", "", match["digits"]))
        year = re.fullmatch(YEAR, match["digits"]) and not PEOPLE.match(low, match.end())
        part_of_date = re.match(r"[/.]\d|,\d", low[match.end() :]) or re.search(r"\d[/.,]$", low[: match.start()])
        return None if year or part_of_date or value > 999_999_999 else Found(value, about, *match.span())
    if match["words"]:
        alone = match["words"] in ("un", "une", "neuf")
        return None if alone else Found(number_of(match["words"]), about, *match.span())
    if match["plural"] and match["times"] not in ("deux", "trois", "quatre", "cinq", "six"):
        return None
    times = max(number_of(match["times"] or ""), 1)
    return Found(times * ROUND[match["round"]], True, *match.span())


def read_count(text: str) -> dict[str, Any]:
    """`nombre`, `precision`, `depuis_le_debut` of a number of citizens, as far as the words are plain."""
    low = _flat(text)
    if UNKNOWN.match(low):
        return {"precision": "inconnu"}
    found = [] if RANGE.search(low) and not re.search(YEAR, low) else numbers(text)
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
    """(`montant`, `devise`, `periode`, `hors_personnel`, `montant_inconnu`) and whether the words hold no more."""
    low = _flat(text)
    if UNKNOWN.match(low):
        return {"montant_inconnu": True}, True
    found = [m for m in AMOUNT.finditer(low) if m["before"] or m["after"] or m.span() == (0, len(low.rstrip(" .")))]
    out: dict[str, Any] = {}
    if len(found) == 1:
        out = {"montant": _amount(found[0]), "devise": "EUR"}
        periods = [code for code, pattern in PERIODS if re.search(pattern, low)]
        if len(periods) == 1:
            out["periode"] = periods[0]
    staff = [value for value, pattern in ((True, WITHOUT_STAFF), (False, WITH_STAFF)) if pattern.search(low)]
    if len(staff) == 1:
        out["hors_personnel"] = staff[0]
    rest = AMOUNT.sub(" ", low) if len(found) == 1 else low
    for pattern in (*(p for _, p in PERIODS), WITHOUT_STAFF.pattern, WITH_STAFF.pattern):
        rest = re.sub(pattern, " ", rest)
    return out, not re.search(r"[^\W_]", re.sub(r"\b(?:budget|cout|de|un|environ)\b", " ", rest)) and "environ" not in low


def _amount(match: re.Match[str]) -> float:
    whole = float(re.sub(r"\D", "", match["whole"][:15]))
    cents = match["cents"] or ""
    value = whole + (float("0." + cents) if cents.isdigit() else 0)
    return round(value * (1000 if match["thousand"] else 1), 2)


def _flat(text: str) -> str:
    """Without accents and in lower case, sign for sign as long as the text (positions stay true)."""
    return "".join((plain(c) or " ")[:1] if c.isalpha() else c for c in text.replace("’", "'")).replace("\n", " ")
