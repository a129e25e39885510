"""Who is proposed for a circle, and what they answer: a case is written, the person is asked by mail, says yes, no, or asks
a question. All acts stand inside writing().

The link of the mail is for one case. It is made when the mail leaves, only its digest is kept, it serves thirty days, and
one answer spends it; a question does not. Looking at it changes nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from models import organisations
from models.access import digest
from models.audit import record
from models.circles import Circle
from models.deliveries import STATES, Mail, mail
from models.lengths import too_long
from models.numbers import next_in_year
from models.people import BadPerson, Person, by_email, people_with, tidy_email, tidy_name
from models.seating import Stale, today
from models.store import db, new_id, now
from models.vocabularies import terms
from models.widening import OPEN, ORGANISATION, PERSON, Case, CaseState
from models.workflow import Refused

KINDS: dict[str, Any] = {PERSON: _l("Une personne"), ORGANISATION: _l("Une organisation")}
FIELDS = (
    "kind", "name", "email", "language", "organisation", "type", "sector", "territory", "publics", "reason",
)  # fmt: skip
VOCABULARIES = {"type": "type_organisation", "sector": "secteur", "territory": "provenance_territoire_be"}
LENGTHS = {"organisation": 200, "reason": 1000}
LANGUAGES = ("fr", "nl", "de", "en")
LIFE = timedelta(days=30)  # of the link
MOST_WORDS = 1000
LIVE, USED, EXPIRED, CLOSED = "live", "used", "expired", "closed"


class BadCase(ValueError):
    """What was given cannot stand. problems: name of the field → sentence that names the remedy."""

    def __init__(self, problems: dict[str, Any]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in problems.items()))
        self.problems = problems


class Spent(Exception):
    """A link that takes no answer any more. state: USED, EXPIRED or CLOSED."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


def problems(values: Mapping[str, Any], circle: Circle, case: Case | None = None) -> dict[str, Any]:
    """Why these values cannot stand, by field. case: what is changed."""
    out = too_long(values, LENGTHS)
    if circle.ended_at and case is None:
        out["kind"] = _l("Ce groupe a terminé son travail. Proposez une place dans un autre.")
    if values.get("kind") not in KINDS:
        out["kind"] = _l("Choisissez une personne ou une organisation.")
    if values.get("kind") == ORGANISATION and not values.get("organisation"):
        out["organisation"] = _l("Écrivez le nom de l’organisation.")
    if values.get("name") or values.get("kind") == PERSON:
        try:
            tidy_name(values.get("name") or "")
        except BadPerson as bad:
            out["name"] = str(bad)
    if values.get("email") and (sentence := _address(values["email"], circle, case)):
        out["email"] = sentence
    if values.get("language") not in LANGUAGES:
        out["language"] = _l("Choisissez dans la liste.")
    for name, vocabulary in VOCABULARIES.items():
        if values.get(name) and values[name] not in terms(vocabulary):
            out[name] = _l("Choisissez dans la liste.")
    if any(code not in terms("public") for code in values.get("publics") or ()):
        out["publics"] = _l("Cochez dans la liste.")
    if not values.get("reason"):
        out["reason"] = _l("Dites en une phrase ce qui manque autour de la table.")
    twin = _twin(values, circle, case)
    if twin and "organisation" not in out:
        out["organisation"] = _l("Cette organisation est déjà proposée ici\u00a0: %(code)s.", code=twin.code)
    return out


def _address(text: str, circle: Circle, case: Case | None) -> Any:
    """Why this address cannot stand, or ""."""
    try:
        email = tidy_email(text)
    except BadPerson as bad:
        return str(bad)
    known = by_email(email)
    if known and known.id in circle.member_ids:
        return _l("Cette personne siège déjà ici.")
    same = (Case.circle_id == circle.id, Case.state.in_(OPEN), Case.email == email)
    other = db.session.scalar(select(Case).where(*same, Case.id != (case.id if case else "")))
    return _l("Cette personne est déjà proposée ici\u00a0: %(code)s.", code=other.code) if other else ""


def _twin(values: Mapping[str, Any], circle: Circle, case: Case | None) -> Case | None:
    """Another open case of the same organisation."""
    known = organisations.named(values.get("organisation"))
    if values.get("kind") != ORGANISATION or known is None:
        return None
    same = (Case.circle_id == circle.id, Case.state.in_(OPEN), Case.organisation_id == known.id)
    return db.session.scalar(select(Case).where(*same, Case.id != (case.id if case else "")).limit(1))


def _tidy(values: Mapping[str, Any]) -> dict[str, Any]:
    """As a case keeps them; an organisation that the directory has is that one."""
    out = {name: values.get(name) or None for name in FIELDS}
    out["name"] = tidy_name(out["name"]) if out["name"] else None
    out["email"] = tidy_email(out["email"]) if out["email"] else None
    out["publics"] = [code for code in terms("public") if code in (values.get("publics") or ())]
    known = organisations.named(out["organisation"])
    out["organisation_id"] = known.id if known else None
    return out


def propose(circle: Circle, values: Mapping[str, Any], by: Person) -> Case:
    """A new case; the person is asked at once where an address is known. Raises BadCase."""
    if found := problems(values, circle):
        raise BadCase(found)
    code = next_in_year(Case.code, "E", today().year)
    case = Case(id=new_id(), code=code, circle_id=circle.id, proposed_by=by.id, **_tidy(values))
    db.session.add(case)
    db.session.flush()
    record(by, "widening.proposed", "widening", case.id, circle=circle.id, code=code)
    if case.email:
        ask(case, by)
    return case


def change(case: Case, values: Mapping[str, Any], rev: int, by: Person) -> list[str]:
    """The names of what changed. Another address ends the link of the one before. Raises Stale, BadCase."""
    if case.rev != rev or not case.open or case.person_id:
        raise Stale
    if found := problems(values, case.circle, case):
        raise BadCase(found)
    new = _tidy(values)
    changed = [name for name in new if getattr(case, name) != new[name]]
    for name in changed:
        setattr(case, name, new[name])
    if changed:
        case.rev, case.changed_at = case.rev + 1, now()
        record(by, "widening.changed", "widening", case.id, rev=case.rev, fields=changed)
    if "email" in changed:
        case.token_hash = case.link_until = None
        if case.email and case.state == CaseState.PROPOSED:
            ask(case, by)
    db.session.flush()
    return changed


# ---- the person is asked


def ask(case: Case, by: Person) -> bool:
    """Queue the mail that asks; False where one waits to leave already. Raises Refused."""
    if case.state != CaseState.PROPOSED:
        raise Refused(_l("Cette personne a déjà répondu."))
    if not case.email:
        raise Refused(
            _l("Il n’y a pas d’adresse. Ajoutez-la, ou notez la réponse que la personne vous a donnée.")
        )
    rows = db.session.scalars(select(Mail).where(STATES["waiting"], Mail.template == "widening_ask"))
    if any(row.context.get("case") == case.id and row.to == case.email for row in rows):
        return False
    known = by_email(case.email)
    if known and known.active:
        mail(known, "widening_ask", case=case.id)
    else:
        db.session.add(
            Mail(to=case.email, language=case.language, template="widening_ask", context={"case": case.id})
        )
    case.asked_at = now()
    db.session.flush()
    record(by, "widening.asked", "widening", case.id)
    return True


def fresh_token(case: Case) -> str:
    """The token of a new link, which is kept nowhere; the one before ends."""
    token = secrets.token_urlsafe(32)
    case.token_hash, case.link_until = digest(token), now() + LIFE
    db.session.flush()
    return token


def case_of(token: str) -> Case | None:
    """The case that a link is for."""
    return db.session.scalar(select(Case).where(Case.token_hash == digest(token)))


def link_state(case: Case) -> str:
    """LIVE, or why the link takes no answer: USED, EXPIRED, CLOSED."""
    if case.agreed_at or case.refused:
        return USED
    if case.state != CaseState.PROPOSED:
        return CLOSED
    return LIVE if case.link_until and case.link_until > now() else EXPIRED


def open_link(token: str) -> Case:
    """The case of a link that takes an answer. Raises Spent."""
    case = case_of(token)
    state = link_state(case) if case else CLOSED
    if case is None or state != LIVE:
        raise Spent(state)
    return case


def question(token: str, words: str) -> Case:
    """The person wants to know something first; those who can say are mailed. The link stays open. Raises Spent, BadCase."""
    case = open_link(token)
    if not words or len(words) > MOST_WORDS:
        raise BadCase({"words": _l("Écrivez votre question, en 1000 signes au plus.")})
    case.question, case.question_at, case.changed_at = words, now(), now()
    record(None, "widening.question", "widening", case.id)
    for person in near(case):
        mail(person, "widening_news", case=case.id, act="question")
    db.session.flush()
    return case


def leaders(circle: Circle) -> list[Person]:
    """Who chairs a circle or keeps its secretariat, by name; else the coordination."""
    query = select(Person).where(Person.id.in_(circle.lead_ids), Person.active).order_by(Person.name)
    return list(db.session.scalars(query)) or people_with("coordination")


def near(case: Case, but: Person | None = None) -> list[Person]:
    """Who follows a case from its beginning: who leads the circle, and who proposed."""
    found = {person.id: person for person in leaders(case.circle)}
    if case.proposer and case.proposer.active and case.proposer.id in case.circle.member_ids:
        found[case.proposer.id] = case.proposer
    return [person for person in found.values() if but is None or person.id != but.id]
