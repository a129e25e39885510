"""Answers read from the words under each label, with care: what is not plain stays in words.

Every function takes the result in the making, the label as written and the cleaned lines under it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from flask_babel import lazy_gettext as _l

from models.fiche.questions import ITEMS_CAP, leaves
from models.fiche.sheets.numbers import ROUND, read_cost, read_count, read_years
from models.fiche.sheets.people import (
    name_and_role,
    read_contact,
    read_partners,
    read_structure,
    read_territory,
)
from models.fiche.sheets.quotes import new_testimony, take_quotes
from models.fiche.sheets.result import Understood, valid
from models.fiche.sheets.terms import choose
from models.fiche.sheets.text import NUMBERING, bare, items, joined, one_line, running, words
from models.vocabularies import terms

Reader = Callable[[Understood, str, Sequence[str]], None]

AIMED = re.compile(
    r"(?i)^(?:objectifs?|but|vis[ée]e?s?|souhaitée?|idéal(?:ement)?|doel|ziel|nagestreefd)\b[ \u00a0]*:?"
)
REAL = re.compile(
    r"(?i)^(?:dans les faits|en réalité|réalité|réel(?:lement)?|en pratique|actuellement|aujourd[’']hui|"
    r"in de praktijk|in der praxis|tatsächlich)\b[ \u00a0]*:?"
)
DEGREES: dict[str, str] = {
    "P0": r"pas de participation|aucune participation|geen participatie|keine beteiligung",
    "P1": r"information|informer|informeren|informatie",
    "P2": r"consultation|consulter|raadplegen|raadpleging|anhörung",
    "P3": r"concertation|adviseren|einbeziehung",
    "P4": r"co-?\s?construction|co-?construire|coproduceren|coproductie|mitgestaltung",
    "P5": r"co-?\s?décision|co-?décider|meebeslissen|mitentscheidung",
    "P6": r"auto-?\s?gestion|zelfbeheer|selbstorganisation|selbstverwaltung",
}  # fmt: skip
DEGREE = re.compile(
    "|".join(rf"(?P<{code}>\b(?:{words})\b)" for code, words in DEGREES.items()), re.IGNORECASE
)
FROM_TO = re.compile(
    r"(?i)\b(?:de|d[’']|van|von|vom|du)\s?(?:la |l[’']|de |der )?(?P<a>[\w-]+)\s+"
    r"(?:à|au|jusqu[’']à|tot|bis|zur)\s+(?:la |l[’']|de |der |zur )?(?P<b>[\w-]+)"
)
SINCE_UNSURE = re.compile(r"(?i)\b(?:depuis|sinds|seit)\s(?:le\s)?(?:19|20)\d\d[ \u00a0]?\?")

CONSENT_FIRST = _l("Une personne est citée. Demandez-lui son accord avant de montrer ses mots.")
NO_DIAGRAM = _l("le schéma manque dans le document reçu")
LEFT_EMPTY = _l("case laissée vide dans le document reçu")
SAYS = _l("le document porte « %(words)s »")
TO_CHECK = _l("Ce texte ne dit pas clairement la réponse. Complétez-la.")
YEARS_UNSURE = _l("Les années ne sont pas sûres dans le document. Vérifiez-les.")
NO_CURRENCY = _l("Le document ne dit pas la monnaie. Vérifiez qu’il s’agit d’euros.")
ALTERNATIVE = _l("Dites en une phrase ce que montre l’image, pour celles et ceux qui ne la voient pas.")


def read_text(key: str) -> Reader:
    def read(out: Understood, _label: str, lines: Sequence[str]) -> None:
        out.add_text(key, running(lines))

    return read


def read_line(key: str) -> Reader:
    def read(out: Understood, _label: str, lines: Sequence[str]) -> None:
        out.add_text(key, one_line(lines), " ")

    return read


def read_lines(key: str) -> Reader:
    def read(out: Understood, label: str, lines: Sequence[str]) -> None:
        found = items(lines)
        numbered = [number for item in found if (number := NUMBERING.match(item))]
        if len(numbered) > 1:
            out.recognised += [number[0] for number in numbered]
            found = [NUMBERING.sub("", item) for item in found]
        out.add_items(key, found[:ITEMS_CAP])
        if found[ITEMS_CAP:]:
            out.keep(label, "\n".join(found[ITEMS_CAP:]))

    return read


def read_typed(key: str) -> Reader:
    """A mail, a number, an address, a choice: kept apart when its form is not the one that is asked."""

    def read(out: Understood, label: str, lines: Sequence[str]) -> None:
        question = leaves()[key]
        text = one_line(lines)
        if question.kind == "choice":
            chosen = choose(lines, question.vocabulary)
            if len(chosen.codes) == 1 and not chosen.left and out.get(key) is None:
                out.put(key, next(iter(chosen.codes)))
                out.recognised.append(text)
                return
        else:
            value = valid(key, text)
            if value is not None and out.get(key) is None:
                out.put(key, value)
                return
        out.keep(label, running(lines))

    return read


def read_choices(key: str) -> Reader:
    def read(out: Understood, label: str, lines: Sequence[str]) -> None:
        vocabulary = leaves()[key].vocabulary
        chosen = choose(lines, vocabulary)
        out.add_codes(key, chosen.codes, terms(vocabulary))
        out.recognised += chosen.turned
        if chosen.left and key == "acteurs":
            out.add_text("acteurs_texte", ", ".join(chosen.left), ", ")
        elif chosen.left:
            out.keep(label, ", ".join(chosen.left))
        if not chosen.codes and lines:
            out.confirm(key, TO_CHECK)

    return read


def read_publics(out: Understood, label: str, lines: Sequence[str]) -> None:
    """« Public » may mean whom it is for, or who acts; the words decide."""
    here, there = choose(lines, "public"), choose(lines, "acteur")
    actors = len(there.left) < len(here.left) and not out.get("acteurs")
    read_choices("acteurs" if actors else "publics")(out, label, lines)


def read_components(out: Understood, _label: str, lines: Sequence[str]) -> None:
    parts = [name_and_role(item) for item in items(lines)]
    out.add_items("composantes", [{"nom": n, **({"description": d} if d else {})} for n, d in parts])


def read_years_answer(out: Understood, _label: str, lines: Sequence[str]) -> None:
    text = one_line(lines)
    found, sure = read_years(text)
    for name, value in found.items():
        out.put(f"annees.{name}", value)
    out.add_text("annees.texte", text, " ")
    if text and not sure:
        out.confirm("annees", YEARS_UNSURE if found else TO_CHECK)


def read_citizens(out: Understood, _label: str, lines: Sequence[str]) -> None:
    """A number with its precision when there is one; the words stay unless they say nothing else."""
    text = one_line(lines)
    found = read_count(text)
    for name, value in found.items():
        out.put(f"bilan.citoyens.{name}", value)
    rest = [w for w in words(text) if not w.isdigit() and w not in ROUND]
    if rest or "nombre" not in found:
        out.add_text("bilan.citoyens.texte", text, " ")
    else:
        out.recognised.append(text)
    unsure = SINCE_UNSURE.search(text)
    if unsure and "depuis_le_debut" not in found:
        out.missing("bilan.citoyens.depuis_le_debut", str(SAYS) % {"words": unsure[0]})
    if text and "nombre" not in found and "precision" not in found:
        out.confirm("bilan.citoyens", TO_CHECK)


def read_impact(out: Understood, _label: str, lines: Sequence[str]) -> None:
    """Quotes with an author become testimonies; the rest is the impact."""
    taken, rest = take_quotes("\n".join(joined(lines)))
    out.add_items("bilan.temoignages", [one.item for one in taken])
    out.recognised += [one.turned for one in taken]
    out.add_text("bilan.impact", running(rest.split("\n")) if rest else "")
    if taken:
        out.confirm("bilan.temoignages", CONSENT_FIRST)


def read_testimonies(out: Understood, _label: str, lines: Sequence[str]) -> None:
    """Quotes; where there are no quotation marks, one testimony a paragraph."""
    taken, rest = take_quotes("\n".join(joined(lines)), all_of_them=True)
    out.add_items("bilan.temoignages", [one.item for one in taken])
    out.recognised += [one.turned for one in taken]
    if taken:
        out.add_text("bilan.impact", running([line for line in rest.split("\n") if line.strip()]))
    else:
        out.add_items("bilan.temoignages", [new_testimony(item) for item in items(lines)])
    if lines:
        out.confirm("bilan.temoignages", CONSENT_FIRST)


def read_degree(out: Understood, _label: str, lines: Sequence[str]) -> None:
    """Degree aimed at, and real degree as a range; the words stay whole."""
    parts = {"aimed": "", "real": "", "plain": ""}
    current = "plain"
    for line in joined(lines):
        line = bare(line)
        current = "aimed" if AIMED.match(line) else "real" if REAL.match(line) else current
        parts[current] += line + "\n"
    aimed, real = parts["aimed"] or parts["plain"], parts["real"]
    codes = _degrees(aimed)
    if len(codes) == 1 and not out.get("bilan.degre_vise"):
        out.put("bilan.degre_vise", codes[0])
    low, high = _range(real)
    out.put("bilan.degre_reel_min", low)
    out.put("bilan.degre_reel_max", high)
    out.add_text("bilan.degre_texte", running(lines))
    if lines and (len(codes) != 1 or (real and not low)):
        out.confirm("bilan.degre", TO_CHECK)


def _degrees(text: str) -> list[str]:
    return sorted({match.lastgroup or "" for match in DEGREE.finditer(text[:2000])})


def _range(text: str) -> tuple[str | None, str | None]:
    """« de la consultation à la codécision », else the one degree that is named."""
    for match in FROM_TO.finditer(text[:2000]):
        low, high = _degrees(match["a"]), _degrees(match["b"])
        if len(low) == len(high) == 1 and low <= high:
            return low[0], high[0]
    codes = _degrees(text)
    return (codes[0], codes[0]) if len(codes) == 1 else (None, None)


def read_cost_answer(out: Understood, _label: str, lines: Sequence[str]) -> None:
    """Amount, period, with or without staff; the words stay unless they say nothing more."""
    text = one_line(lines)
    found, all_said = read_cost(text)
    for name, value in found.items():
        if out.get(f"bilan.cout.{name}") is None:
            out.put(f"bilan.cout.{name}", value)
    if all_said:
        out.recognised.append(text)
    else:
        out.add_text("bilan.cout.temps_travail", text, " ")
    if text and not ({"montant", "montant_inconnu"} & set(found)):
        out.confirm("bilan.cout", TO_CHECK)
    elif text and "montant" in found and not re.search(r"(?i)€|eur", text):
        out.confirm("bilan.cout.devise", NO_CURRENCY)


READERS: dict[str, Reader] = {
    "structure_porteuse": read_structure,
    "contact": read_contact,
    "partenaires": read_partners,
    "gouvernance": read_text("gouvernance.texte"),
    "publics": read_publics,
    "composantes": read_components,
    "territoire": read_territory,
    "annees": read_years_answer,
    "bilan.citoyens": read_citizens,
    "bilan.impact": read_impact,
    "bilan.temoignages": read_testimonies,
    "bilan.degre": read_degree,
    "bilan.cout": read_cost_answer,
}
BY_KIND: dict[str, Callable[[str], Reader]] = {
    "text": read_text,
    "line": read_line,
    "lines": read_lines,
    "choices": read_choices,
    "choice": read_typed,
    "integer": read_typed,
    "year": read_typed,
    "amount": read_typed,
    "mail": read_typed,
    "phone": read_typed,
    "url": read_typed,
}


def reader_for(key: str) -> Reader | None:
    """What reads the answers to a question; None for what a sheet cannot answer (agreements, ticks)."""
    if key in READERS:
        return READERS[key]
    question = leaves().get(key)
    make = BY_KIND.get(question.kind) if question else None
    return make(key) if make else None
