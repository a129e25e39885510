"""The last step of a candidature: a sponsor is named, the person is invited, and sits in the circle from their first visit.

Who has an account already sits there at once. All acts stand inside writing().
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from models import access, organisations, people, seating
from models.audit import record
from models.candidates import BadCase
from models.deliveries import mail
from models.people import OFFICE_ROLES, BadPerson, Person, by_email, tidy_email, tidy_name
from models.rights import can
from models.store import db, now
from models.welcoming import ARRIVE, STALE, sponsors
from models.widening import Case, CaseState
from models.workflow import Refused, step

FIELDS = ("sponsor_id", "name", "email")


def problems(values: Mapping[str, Any], case: Case, by: Person) -> dict[str, Any]:
    """Why somebody cannot be welcomed so, by field."""
    out: dict[str, Any] = {}
    if values.get("sponsor_id") not in dict(sponsors(case)):
        out["sponsor_id"] = _l("Choisissez une personne qui siège ici\u00a0: elle accueillera.")
    try:
        tidy_name(values.get("name") or "")
    except BadPerson as bad:
        out["name"] = str(bad)
    try:
        known = by_email(tidy_email(values.get("email") or ""))
    except BadPerson as bad:
        return {**out, "email": str(bad)}
    if known is None or known.active:
        return out
    if known.closed_at:
        out["email"] = _l("L’accès de cette personne a été fermé. La coordination peut le rouvrir.")
    elif known.role_names & OFFICE_ROLES and not all(can(by, "role.give", role) for role in known.role_names):
        out["email"] = _l("Seule une personne qui administre peut inviter celle-ci.")
    return out


def welcome(case: Case, values: Mapping[str, Any], rev: int, by: Person) -> bool:
    """Name a sponsor and invite; whether the seat is taken at once. Raises Refused, BadCase.

    From here on name and address stand with the person alone.
    """
    if (
        case.state != CaseState.WELCOME
        or case.rev != rev
        or case.person_id
        or not can(by, "widening.lead", case)
    ):
        raise Refused(STALE)
    if found := problems(values, case, by):
        raise BadCase(found)
    person = by_email(values["email"])
    if person is None or not person.active:
        person = people.invited(
            values["name"], values["email"], _roles(case, by), organisation=case.place or None
        )
        person.language = case.language
        db.session.flush()
        access.invite(person, by, circle=case.circle.kind)
    case.person_id, case.sponsor_id, case.name, case.email = person.id, values["sponsor_id"], None, None
    case.token_hash = case.link_until = None
    case.rev, case.changed_at = case.rev + 1, now()
    db.session.flush()
    db.session.expire(case, ["person", "sponsor"])
    record(by, "widening.welcome", "widening", case.id, member=person.id, sponsor=case.sponsor_id)
    if case.sponsor and case.sponsor.id != by.id:
        mail(case.sponsor, "widening_sponsor", case=case.id)
    if person.active:
        _seat(case, person, by)
    return person.active


def _roles(case: Case, by: Person) -> list[str]:
    """Everybody contributes; the committee's own role is given by who may give it."""
    more = "committee" if case.circle.kind == "NOY" else "group_member" if case.circle.kind == "GDT" else ""
    return ["contributor", *([more] if more and can(by, "role.give", more) else [])]


def invite_again(case: Case, by: Person) -> None:
    """Another invitation to who did not come in yet; the one before ends. Raises Refused."""
    person = case.person
    if case.state != CaseState.WELCOME or person is None or person.active or person.closed_at:
        raise Refused(STALE)
    access.invite(person, by, circle=case.circle.kind)


def arrived(person: Person) -> None:
    """Somebody came in by an invitation for the first time: the seats that wait for them are theirs."""
    waiting = select(Case).where(Case.person_id == person.id, Case.state == CaseState.WELCOME)
    for case in db.session.scalars(waiting.order_by(Case.code)).all():
        _seat(case, person, case.sponsor or case.proposer)


def _seat(case: Case, person: Person, by: Person | None) -> None:
    if person.id not in case.circle.member_ids:
        seating.take_seat(case.circle, person, by)
    step(case, ARRIVE, None, STALE)
    case.ended_at = case.changed_at = now()
    case.rev += 1
    known = organisations.organisation(case.organisation_id) if case.organisation_id else None
    if known and not known.merged_into and organisations.current(person.id, known.id) is None:
        organisations.belong(person, known, person)
    record(by, "widening.arrive", "widening", case.id, member=person.id)
    mail(person, "widening_welcome", case=case.id)
    db.session.flush()


access.ARRIVALS.append(arrived)
