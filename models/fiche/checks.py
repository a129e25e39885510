"""What a fiche still needs before it can be sent to the committee. None of this ever blocks saving a draft."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from flask_babel import lazy_gettext as _l

from models.fiche import questions
from models.fiche.content import REASONS, get, has_answer, reason
from models.fiche.kinds import answered
from models.fiche.question import Question


@dataclass(frozen=True)
class Problem:
    """One thing to settle: the question, the part that asks it, a sentence, and whether a reason would do.

    clash: two answers do not go together; this is said as soon as it is saved, and not only before it is sent.
    """

    key: str
    part: str
    sentence: Any
    excused: bool = False
    clash: bool = False


def problems(content: Mapping[str, Any]) -> list[Problem]:
    """Everything that stands between this document and submission, in the order of the form."""
    out: list[Problem] = []
    for part in questions.PARTS:
        for q in part.questions:
            if q.asked():
                found = CLASHES[q.key](content) if q.key in CLASHES else ()
                clashes = chain(_contradictions(content, q), found)
                out += [Problem(key, part.key, text, ok, clash=True) for key, text, ok in clashes]
                out += [Problem(key, part.key, text, ok) for key, text, ok in _question(content, q)]
    return out


Found = tuple[str, Any, bool]


def _question(content: Mapping[str, Any], q: Question) -> Iterator[Found]:
    if check := RULES.get(q.key):
        yield from check(content, q)
        return
    for one in q.fields if q.is_block else (q,):
        if (
            one.needed
            and one.asked()
            and not has_answer(content, one)
            and not (one.excused and reason(content, one))
        ):
            yield one.key, WANTED.get(one.key) or (_l("Il manque une réponse.")), one.excused


def _contradictions(content: Mapping[str, Any], q: Question) -> Iterator[Found]:
    reasons = content.get(REASONS) or {}
    for leaf in q.leaves():
        if leaf.key in reasons and has_answer(content, leaf):
            yield (
                leaf.key,
                _l("Vous avez répondu, et dit que vous ne savez pas. Effacez l’un des deux."),
                False,
            )


def _any(*keys: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda content: any(answered(questions.leaves()[k], get(content, k)) for k in keys)


def _block(
    *keys: str, sentence: Any, rule: Callable[[Mapping[str, Any]], bool] | None = None
) -> Callable[..., Iterator[Found]]:
    """One of these fields is needed, or what `rule` says; a reason at one of them, or at the block, would do."""

    def check(content: Mapping[str, Any], q: Question) -> Iterator[Found]:
        given = (rule or _any(*keys))(content)
        why = q.key in (content.get(REASONS) or {}) or any(
            reason(content, questions.leaves()[k]) for k in keys
        )
        if not given and not (q.excused and why):
            yield keys[0], sentence, q.excused

    return check


START = _block("annees.debut", "annees.texte", sentence=_l("Il manque l’année de début, ou quelques mots."))


def _years(content: Mapping[str, Any]) -> Iterator[Found]:
    start, end = get(content, "annees.debut"), get(content, "annees.fin")
    if start and end and end < start:
        yield "annees.fin", _l("La fin vient avant le début. Échangez les deux années."), False
    if end and get(content, "annees.en_cours"):
        yield "annees.fin", _l("Il y a une année de fin, et l’action continue. Gardez l’un des deux."), False


DEGREE = _block(
    "bilan.degre_vise",
    "bilan.degre_reel_min",
    "bilan.degre_reel_max",
    sentence=_l("Il manque ce que vous visez, ou ce que vous voyez vraiment."),
    rule=lambda c: _any("bilan.degre_vise")(c) and _any("bilan.degre_reel_min", "bilan.degre_reel_max")(c),
)


def _degree(content: Mapping[str, Any]) -> Iterator[Found]:
    low, high = get(content, "bilan.degre_reel_min"), get(content, "bilan.degre_reel_max")
    if low and high and low > high:
        yield (
            "bilan.degre_reel_max",
            _l("Le plus haut degré est sous le plus bas. Échangez-les, ou choisissez deux fois le même."),
            False,
        )


def _diagram(content: Mapping[str, Any], _q: Question) -> Iterator[Found]:
    mode = get(content, "gouvernance.schema.mode")
    nodes, links = (
        get(content, "gouvernance.schema.noeuds") or [],
        get(content, "gouvernance.schema.liens") or [],
    )
    if mode == "image" and not get(content, "gouvernance.schema.image"):
        yield "gouvernance.schema.image", _l("Joignez l’image, ou choisissez « Pas de schéma »."), False
    if mode == "image" and not get(content, "gouvernance.schema.alternative"):
        yield "gouvernance.schema.alternative", _l("Dites en une phrase ce que montre l’image."), False
    if mode == "genere" and not nodes:
        yield (
            "gouvernance.schema.noeuds",
            _l("Nommez au moins une place autour de la table, ou choisissez « Pas de schéma »."),
            False,
        )
    if mode == "genere" and len(nodes) > 8:
        yield (
            "gouvernance.schema.noeuds",
            _l("Huit places au plus : le dessin ne serait plus lisible."),
            False,
        )
    known = {n["id"] for n in nodes}
    if mode == "genere" and any(not {link.get("de"), link.get("a")} <= known for link in links):
        yield (
            "gouvernance.schema.liens",
            _l("Un lien n’a pas ses deux bouts. Choisissez d’où il part et où il va."),
            False,
        )


WANTED = {
    "titre": _l("Donnez un titre à votre action."),
    "objectifs": _l("Écrivez au moins un objectif."),
    "descriptif": _l("Racontez ce que vous faites, même en quelques phrases."),
    "acteurs": _l("Cochez au moins une réponse."),
    "secteurs": _l("Cochez au moins un secteur."),
    "milieux": _l("Cochez au moins un lieu de vie."),
    "consentements.accord_structure": _l(
        "La structure doit être d’accord avant l’envoi. Demandez-lui, puis cochez."
    ),
}
RULES: dict[str, Callable[[Mapping[str, Any], Question], Iterator[Found]]] = {
    "contact": _block(
        "contact.courriel", "contact.telephone", sentence=_l("Il manque un courriel ou un téléphone.")
    ),
    "annees": START,
    "bilan.degre": DEGREE,
    "bilan.citoyens": _block(
        "bilan.citoyens.nombre",
        "bilan.citoyens.texte",
        sentence=_l("Il manque un nombre, ou quelques mots."),
    ),
    "bilan.cout": _block("bilan.cout.montant", sentence=_l("Il manque un montant. Zéro est une réponse.")),
    "biennale": _block(
        "biennale.presence", sentence=_l("Dites si vous pensez venir. Vous pourrez changer d’avis.")
    ),
    "gouvernance.schema": _diagram,
}
CLASHES = {"annees": _years, "bilan.degre": _degree}


@dataclass(frozen=True)
class Progress:
    """How far one part is: `left` counts what is to settle, `unsure` the reasons given."""

    part: Any
    left: int
    begun: bool
    unsure: int

    @property
    def state(self) -> str:
        return "complete" if not self.left and self.begun else "begun" if self.begun else "empty"


def progress(content: Mapping[str, Any]) -> list[Progress]:
    """One Progress for each part, in order."""
    left: dict[str, int] = {}
    for problem in problems(content):
        left[problem.part] = left.get(problem.part, 0) + 1
    reasons = content.get(REASONS) or {}
    return [
        Progress(
            part,
            left.get(part.key, 0),
            any(has_answer(content, q) for q in part.questions)
            or any(leaf.key in reasons for leaf in part.leaves()),
            sum(leaf.key in reasons for leaf in part.leaves()),
        )
        for part in questions.PARTS
    ]
