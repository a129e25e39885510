"""★ The life of a recommendation: proposed → adopted by a decision → sent → answered → closed. All acts stand inside writing().

A change of state is a row of TRANSITIONS, carried out as those of a fiche are (models/workflow.py). What was adopted
keeps the sentence that was adopted; what stands around it may still be completed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models import register
from models.audit import record
from models.circles import Circle
from models.contributions import RECOMMENDATION, Contribution
from models.decisions import Decision
from models.editions import shown_edition
from models.fiche.fiche import Fiche
from models.lengths import too_long
from models.meetings import Meeting
from models.numbers import next_in_year
from models.people import Person
from models.recommendations import KINDS, LEVELS, Recommendation
from models.rights import can
from models.seating import Stale
from models.store import db, new_id, now
from models.tasks import today
from models.vocabularies import terms
from models.workflow import Refused, Transition, step

FIELDS = ("text", "cause", "kind", "addressee", "level", "determinants", "fiches")
LENGTHS = {"text": 2000, "cause": 3000, "addressee": 300}
MOST_WORDS = 2000
MOST_FICHES = 20
MOST_DETERMINANTS = 6
NUMBER = re.compile(r"F-[0-9]{4}-[0-9]{3,6}")


class BadRecommendation(ValueError):
    """What was given cannot stand. problems: name of the field → sentence that names the remedy."""

    def __init__(self, problems: dict[str, Any]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in problems.items()))
        self.problems = problems


# ---- what it says


def numbers_in(text: str | None) -> list[str]:
    """The numbers of fiches in what somebody typed, each once; an address of a fiche counts for its number."""
    words = [word.rstrip("/").rpartition("/")[2].upper() for word in re.split(r"[\s,;]+", text or "") if word]
    return list(dict.fromkeys(words))


def fiches_of(text: str | None, by: Person) -> tuple[list[Fiche], list[str]]:
    """(the fiches of these numbers that this person may read, the words that name none of them). One query."""
    wanted = numbers_in(text)
    query = select(Fiche).where(Fiche.number.in_([word for word in wanted if NUMBER.fullmatch(word)]))
    known = {
        str(f.number): f for f in db.session.scalars(query.limit(MOST_FICHES + 1)) if can(by, "fiche.see", f)
    }
    return [known[word] for word in wanted if word in known], [word for word in wanted if word not in known]


def problems(values: Mapping[str, Any], by: Person, row: Recommendation | None = None) -> dict[str, Any]:
    """Why these values cannot stand, by field. row: what is changed."""
    out = too_long(values, LENGTHS)
    if not values.get("text"):
        out["text"] = _l("Écrivez ce que vous recommandez, en une phrase ou deux.")
    elif row and row.state != "proposed" and values["text"] != row.text:
        out["text"] = _l(
            "Cette phrase a été adoptée\u00a0: elle ne change plus. Écrivez une autre recommandation."
        )
    if values.get("kind") not in KINDS:
        out["kind"] = _l("Choisissez dans la liste.")
    if values.get("level") and values["level"] not in LEVELS:
        out["level"] = _l("Choisissez dans la liste.")
    determinants = values.get("determinants") or []
    if any(code not in terms("determinant") for code in determinants):
        out["determinants"] = _l("Choisissez dans la liste.")
    elif len(determinants) > MOST_DETERMINANTS:
        out["determinants"] = _l(
            "Gardez-en %(most)s au plus\u00a0: les plus touchés.", most=MOST_DETERMINANTS
        )
    if len(numbers_in(values.get("fiches"))) > MOST_FICHES:
        out["fiches"] = _l(
            "Gardez %(most)s fiches au plus\u00a0: celles qui le montrent le mieux.", most=MOST_FICHES
        )
    elif unknown := fiches_of(values.get("fiches"), by)[1]:
        out["fiches"] = _l(
            "Nous ne trouvons pas «\u00a0%(number)s\u00a0». Écrivez le numéro d’une fiche, par exemple F-2016-002.", number=unknown[0][:40]
        )  # fmt: skip
    return out


def seen_fiches(row: Recommendation, by: Person) -> tuple[list[Fiche], int]:
    """(the fiches that support it and this person may read, by number; how many more there are)."""
    good = [fiche for fiche in row.fiches if can(by, "fiche.see", fiche)]
    return good, len(row.fiches) - len(good)


def make(
    circle: Circle, values: Mapping[str, Any], by: Person, meeting: Meeting | None = None, contribution: Contribution | None = None
) -> Recommendation:  # fmt: skip
    """A new one, proposed. contribution: what was said in a meeting, of which it is made. Raises BadRecommendation."""
    if found := problems(values, by):
        raise BadRecommendation(found)
    meeting = contribution.meeting if contribution else meeting
    edition = None if meeting and meeting.edition_id else shown_edition()
    row = Recommendation(
        id=new_id(), number=next_in_year(Recommendation.number, "RC", today().year), circle_id=circle.id, made_by=by.id,
        meeting_id=meeting.id if meeting else None, item_id=contribution.item_id if contribution else None,
        contribution_id=contribution.id if contribution else None,
        edition_id=meeting.edition_id if meeting and meeting.edition_id else edition.id if edition else None,
    )  # fmt: skip
    _say(row, values, fiches_of(values.get("fiches"), by)[0])
    db.session.add(row)
    db.session.flush()
    record(by, "recommendation.made", "recommendation", row.id, circle=circle.id, number=row.number)
    return row


def _say(row: Recommendation, values: Mapping[str, Any], fiches: list[Fiche]) -> None:
    for name in ("text", "cause", "kind", "addressee", "level"):
        setattr(row, name, values.get(name) or None)
    row.determinants = list(dict.fromkeys(values.get("determinants") or []))
    row.fiches = fiches


def change(row: Recommendation, values: Mapping[str, Any], rev: int, by: Person) -> list[str]:
    """The names of what changed. Fiches that this person may not read stay. Raises Stale, BadRecommendation."""
    if row.rev != rev:
        raise Stale
    if found := problems(values, by, row):
        raise BadRecommendation(found)
    before = _told(row)
    kept = [fiche for fiche in row.fiches if not can(by, "fiche.see", fiche)]
    _say(row, values, [*fiches_of(values.get("fiches"), by)[0], *kept])
    changed = [name for name, said in _told(row).items() if said != before[name]]
    if changed:
        row.rev, row.changed_at = row.rev + 1, now()
        record(by, "recommendation.changed", "recommendation", row.id, rev=row.rev, fields=changed)
    db.session.flush()
    return changed


def _told(row: Recommendation) -> dict[str, Any]:
    """What it says, to compare."""
    said = {name: getattr(row, name) for name in FIELDS if name != "fiches"}
    return {
        **said,
        "determinants": list(row.determinants or []),
        "fiches": {fiche.id for fiche in row.fiches},
    }


# ---- from what was said in a meeting


def made_of(contribution: Contribution) -> Recommendation | None:
    """The recommendation that was made of a contribution, if one was."""
    return db.session.scalar(
        select(Recommendation).where(Recommendation.contribution_id == contribution.id).limit(1)
    )


def waiting(meeting: Meeting) -> list[Contribution]:
    """What was said as a recommendation at a meeting, and of which none was made yet, in the order in which it was said."""
    done = select(Recommendation.contribution_id).where(Recommendation.contribution_id.is_not(None))
    query = select(Contribution).where(
        Contribution.meeting_id == meeting.id, Contribution.kind == RECOMMENDATION, Contribution.removed_at.is_(None),
        Contribution.id.not_in(done),
    )  # fmt: skip
    query = query.options(joinedload(Contribution.person).lazyload(Person.roles))
    return list(db.session.scalars(query.order_by(Contribution.said_at, Contribution.id)).unique())


# ---- states


def _adopted(row: Recommendation) -> None:
    if row.decision_id is None:
        raise Refused(
            _l("Cette recommandation n’a pas encore été adoptée\u00a0: reprenez-la comme proposition.")
        )


def _never_adopted(row: Recommendation) -> None:
    if row.decision_id is not None:
        raise Refused(
            _l("Cette recommandation a été adoptée par une décision\u00a0: reprenez-la comme telle.")
        )


TRANSITIONS: dict[str, Transition] = {
    t.name: t
    for t in (
        Transition("adopt", _l("Noter qu’elle est adoptée"), ("proposed",), "adopted", "recommendation.edit", main=True),
        Transition("drop", _l("Ne pas la retenir"), ("proposed",), "closed", "recommendation.edit"),
        Transition("send", _l("Noter qu’elle est portée"), ("adopted",), "sent", "recommendation.edit", main=True),
        Transition("answer", _l("Noter la réponse"), ("sent",), "answered", "recommendation.edit", main=True),
        Transition("close", _l("Classer"), ("adopted", "sent", "answered"), "closed", "recommendation.edit"),
        Transition("reopen", _l("La reprendre"), ("closed",), "adopted", "recommendation.edit", guard=_adopted),
        Transition("resume", _l("La proposer de nouveau"), ("closed",), "proposed", "recommendation.edit", guard=_never_adopted),
    )
}  # fmt: skip
# What must be said with an act: what the circle and the readers will read of it.
ASKED: dict[str, Any] = {
    "drop": _l("Dites en un mot pourquoi elle n’est pas retenue\u00a0: le groupe le lira."),
    "answer": _l("Écrivez ce qui a été répondu, même si ce n’est qu’un accusé de réception."),
    "close": _l("Dites ce qu’elle est devenue\u00a0: les membres le liront."),
}


def possible(person: Person | None, row: Recommendation) -> list[Transition]:
    """What this person may do with it now, in the order of the table."""
    return [
        t
        for t in TRANSITIONS.values()
        if row.state in t.sources and can(person, t.right, row) and _stands(t, row)
    ]


def _stands(t: Transition, row: Recommendation) -> bool:
    try:
        if t.guard:
            t.guard(row)
    except Refused:
        return False
    return True


def adoptable(person: Person, row: Recommendation, most: int = 100) -> list[Decision]:
    """The decisions that may have adopted it: adopted, and seen by this person; those of its circle first, the newest first."""
    query = select(Decision).where(register.standing(), register.may_see_decision(person))
    order = (Decision.circle_id != row.circle_id, Decision.decided_at.desc(), Decision.number.desc())
    return list(db.session.scalars(query.order_by(*order).limit(most)))


def apply(
    row: Recommendation, name: str, person: Person, expected_rev: int | None = None, words: str | None = None, decision: str | None = None
) -> None:  # fmt: skip
    """Change the state: check, update with the expected state and revision, audit. Inside writing(). Raises Refused.

    words: what is to be read about it, after what was said before; decision: the number of the decision that adopted it, for "adopt".
    """
    advance = TRANSITIONS.get(name)
    if advance is None or not can(person, advance.right, row):
        raise Refused(
            _l("Vous ne pouvez pas faire cela avec cette recommandation. Le secrétariat peut vous aider.")
        )
    if len(words or "") > MOST_WORDS:
        raise Refused(_l("Ce texte est trop long. Raccourcissez-le à %(most)s signes.", most=MOST_WORDS))
    if name in ASKED and not words:
        raise Refused(ASKED[name])
    adopting = _adopting(row, person, decision) if name == "adopt" else None
    stale = _l("La recommandation a changé entre-temps. Relisez-la, puis recommencez.")
    source = step(row, advance, expected_rev, stale)
    if adopting:
        row.decision_id = adopting.id
    if words:
        row.words = f"{row.words}\n\n{words}" if row.words else words
    row.rev, row.changed_at = row.rev + 1, now()
    more = {"decision": adopting.id} if adopting else {}
    record(
        person,
        f"recommendation.{advance.name}",
        "recommendation",
        row.id,
        source=source,
        to=advance.to,
        rev=row.rev,
        **more,
    )
    db.session.flush()


def _adopting(row: Recommendation, person: Person, number: str | None) -> Decision:
    """The decision of this number. Raises Refused where it did not adopt anything, or is not known to this person."""
    found = next((d for d in adoptable(person, row, 1000) if d.number == number), None)
    if found is None:
        raise Refused(
            _l("Choisissez la décision qui l’a adoptée. Si elle manque, notez-la d’abord dans sa réunion.")
        )
    return found
