"""★ What members say of a candidate: silence is agreement, an objection has a reason, and one may change one's mind until
the end. The last to arrive wins, and says so.

One `op_id` has one effect, as with answers to a convocation (models/answering.py): the journal keeps no word of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from models.audit import record
from models.fiche.journal import Operation, canonical
from models.fiche.saving import Reused
from models.people import Person
from models.rights import can
from models.store import db, new_id, now, writing
from models.taking import BadValue, Closed, Taken
from models.widening import AGREES, OBJECTS, Case, CaseState, Opinion, opinion_of

LONGEST = 2000  # signs of a reason
SCHEMA = 1  # of the form; an older one than OLDEST is asked to load the page again
OLDEST = 1
KIND = "opinion"  # of these operations in the journal


@dataclass(frozen=True)
class Said:
    """opinion: AGREES or OBJECTS. base: the moment of the opinion that the writer saw, in milliseconds, 0 for none, None
    where they do not say. late: sent by a device, where an `op_id` that meant something else is refused."""

    opinion: str
    op_id: str
    reason: str = ""
    base: int | None = None
    late: bool = False


class NoVoice(LookupError):
    """This person has no voice in the circle, or there is no such case."""


class BadOpinion(BadValue):
    """An opinion that cannot stand."""


WHY: dict[str, Any] = {
    "before": _l("Les avis ne sont pas encore ouverts. Vous recevrez un courriel."),
    "over": _l("Le temps des avis est passé. Une objection peut encore se dire à la réunion."),
    "ended": _l("Cette candidature a pris fin. Aucun avis n’est plus demandé."),
}


def closed(case: Case) -> str:
    """Why nobody can say anything now: a key of WHY, or ""."""
    if case.state in (CaseState.PROPOSED, CaseState.AGREED):
        return "before"
    if case.state == CaseState.OPINION:
        return "" if case.opinion_until and case.opinion_until > now() else "over"
    return "over" if case.open else "ended"


def stamp(at: datetime | None) -> int:
    """A moment in milliseconds; 0 for none."""
    return int(at.timestamp() * 1000) if at else 0


def say(case_id: str, by: Person, said: Said) -> Taken:
    """Take the opinion of somebody. Raises NoVoice, Closed, BadOpinion, Reused, Busy."""
    said = replace(said, reason=said.reason.strip())
    with writing():
        case, person = db.session.get(Case, case_id), db.session.get_one(Person, by.id)
        if case is None or not can(person, "widening.say", case):
            raise NoVoice(by.id)
        digest = canonical(case.id, {"opinion": said.opinion, "reason": said.reason}, {}, None)
        known = db.session.get(Operation, said.op_id)
        if known:
            if (known.person_id, known.document_id, known.digest) == (person.id, case.id, digest):
                return Taken(known.receipt, replayed=True)
            if said.late:
                raise Reused(said.op_id)
            said = replace(said, op_id=new_id())  # the page was sent before: said anew
        if reason := closed(case):
            raise Closed(reason)
        _check(said)
        receipt = _write(case, person, said)
        db.session.add(
            Operation(op_id=said.op_id, person_id=person.id, digest=digest, document_kind=KIND, document_id=case.id, rev=receipt["rev"],
                      receipt=receipt, content={})
        )  # fmt: skip
        return Taken(receipt)


def _check(said: Said) -> None:
    if said.opinion not in (AGREES, OBJECTS):
        raise BadOpinion("opinion", _l("Choisissez\u00a0: d’accord, ou une objection."))
    if said.opinion == OBJECTS and not said.reason:
        raise BadOpinion(
            "reason", _l("Dites pourquoi\u00a0: une objection avec sa raison aide le groupe à décider.")
        )
    if len(said.reason) > LONGEST:
        raise BadOpinion("reason", _l("Ce texte est trop long. Gardez-en 2000 signes."))


def _write(case: Case, person: Person, said: Said) -> dict[str, Any]:
    row = opinion_of(case.id, person.id)
    replaced = None
    if row is None:
        row = Opinion(case_id=case.id, person_id=person.id)
        db.session.add(row)
    elif said.base is not None and said.base < stamp(row.at):
        replaced = {"answer": row.opinion, "at": row.at.isoformat()}
    row.opinion, row.at = said.opinion, now()
    row.reason = said.reason if said.opinion == OBJECTS else None
    db.session.flush()
    record(person, "widening.said", "widening", case.id, opinion=row.opinion)
    receipt: dict[str, Any] = {
        "op_id": said.op_id,
        "id": case.id,
        "rev": stamp(row.at) // 1000,
        "answer": row.opinion,
    }
    return {**receipt, "replaced": replaced} if replaced else receipt
