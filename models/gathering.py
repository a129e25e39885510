"""Coming into a group and leaving it: somebody asks, is invited, answers, withdraws, goes; a group ends and begins again.

All acts stand inside writing(). At most one request waits for a person and a circle; the first answer counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload, lazyload, selectinload

from models.audit import record
from models.candidates import leaders
from models.circles import LEADING, Circle, seat_here, sits
from models.deliveries import mail
from models.groups import ASK, INVITE, NO, WAITING, WITHDRAWN, YES, Production, SeatRequest
from models.lengths import shorten
from models.meetings import Meeting, MeetingState
from models.people import Person
from models.seating import end_seat, take_seat
from models.statements import NO_LIMIT, Rows, statement
from models.store import db, new_id, now
from models.workflow import Refused

MOST_WORDS = 1000
# Acts of the journal that tell who wanted in and what they heard.
ANSWERS = frozenset({"seat.asked", "seat.invited", "seat.withdrawn", "seat.accepted", "seat.declined"})


class BadWork(ValueError):
    """What was given cannot stand. problems: name of the field → sentence that names the remedy."""

    def __init__(self, problems: Mapping[str, Any]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in problems.items()))
        self.problems = dict(problems)


# ---- reading


def _requests(*where: Any) -> Rows:
    """With the people and the circles, the oldest first."""
    whole = selectinload(SeatRequest.circle), selectinload(SeatRequest.person).lazyload(Person.roles)
    query = select(SeatRequest).options(*whole).where(SeatRequest.state == WAITING, *where)
    return query.order_by(SeatRequest.made_at, SeatRequest.id)


@statement
def for_them(person_id: Any) -> Rows:
    mine = and_(SeatRequest.kind == INVITE, SeatRequest.person_id == person_id)
    asked = and_(SeatRequest.kind == ASK, SeatRequest.circle_id.in_(sits(person_id, *LEADING)))
    return _requests(or_(mine, asked))


def waiting_for(person: Person) -> list[SeatRequest]:
    """What waits for this person's answer: invitations to them, and who asks to come into a group that they lead."""
    return for_them.all(person.id)


@statement
def _requests_of(circle_id: Any) -> Rows:
    return _requests(SeatRequest.circle_id == circle_id)


def requests_of(circle_id: str) -> list[SeatRequest]:
    """What waits in a group: who asks, who is invited."""
    return _requests_of.all(circle_id)


def request_by_id(request_id: str) -> SeatRequest | None:
    return db.session.get(SeatRequest, request_id)


@statement
def _asked_by(person_id: Any) -> Rows:
    return _requests(SeatRequest.person_id == person_id)


def asked_by(person: Person) -> dict[str, SeatRequest]:
    """By id of a circle: what waits between it and this person; in one query."""
    return {row.circle_id: row for row in _asked_by.all(person.id)}


def pending(circle_id: str, person_id: str) -> SeatRequest | None:
    """What waits between a group and a person."""
    return next((row for row in _asked_by.all(person_id) if row.circle_id == circle_id), None)


@statement
def _productions_of(circle_id: Any, most: Any, *, open_only: bool) -> Rows:
    query = select(Production).options(joinedload(Production.person).lazyload(Person.roles))
    query = query.where(Production.circle_id == circle_id)
    if open_only:
        query = query.where(Production.ended_at.is_(None))
    order = (
        Production.ended_at.is_not(None), Production.ended_at.desc(), Production.due_on.is_(None), Production.due_on,
        Production.made_at, Production.id,
    )  # fmt: skip
    return query.order_by(*order).limit(most)


def productions_of(circle_id: str, *, open_only: bool = False, limit: int = NO_LIMIT) -> list[Production]:
    """What a group makes: what is open first, by day; then what was finished last."""
    return _productions_of.all(circle_id, limit, open_only=open_only)


@statement
def _coming(circle_id: Any, at: Any) -> Rows:
    alive = Meeting.state.in_((MeetingState.PREPARED, MeetingState.CONVENED))
    ahead = or_(Meeting.ends_at.is_(None), Meeting.ends_at > at)
    order = (Meeting.starts_at.is_(None), Meeting.starts_at, Meeting.code)
    rows = select(Meeting).options(lazyload(Meeting.circle))  # whoever asks has it
    return rows.where(Meeting.circle_id == circle_id, alive, ahead).order_by(*order)


def coming(circle: Circle, series: str | None = None) -> list[Meeting]:
    """The meetings of a circle that are prepared or convened and not over, by day; of one series alone where it is named."""
    return [row for row in _coming.all(circle.id, now()) if series in (None, row.series)]


# ---- acts


def _words(text: str | None) -> str | None:
    if len(text or "") > MOST_WORDS:
        raise BadWork({"words": shorten(text, MOST_WORDS)})
    return text or None


def _free(circle: Circle, person: Person) -> None:
    """Whether a request may be made between the two. Raises Refused."""
    if circle.ended_at or circle.is_committee:
        raise Refused(_l("Ce groupe a terminé son travail. Choisissez-en un autre."))
    if person.id in circle.member_ids:
        raise Refused(_l("Cette personne siège déjà ici."))
    if known := pending(circle.id, person.id):
        raise Refused(
            _l("Une invitation attend déjà la réponse de cette personne.")
            if known.kind == INVITE
            else _l("Une demande de cette personne attend déjà une réponse.")
        )


def _make(circle: Circle, person: Person, kind: str, words: str | None, by: Person) -> SeatRequest:
    row = SeatRequest(
        id=new_id(), circle_id=circle.id, person_id=person.id, kind=kind, words=_words(words), made_by=by.id
    )
    db.session.add(row)
    db.session.flush()
    return row


def ask(circle: Circle, person: Person, words: str | None) -> SeatRequest:
    """Somebody wants to sit in an open group; who leads it is told. Raises Refused, BadWork."""
    if circle.closed:
        raise Refused(_l("Ce groupe est fermé. On y entre sur invitation."))
    _free(circle, person)
    row = _make(circle, person, ASK, words, person)
    record(person, "seat.asked", "circle", circle.id, request=row.id)
    for leader in leaders(circle):
        mail(leader, "seat_asked", request=row.id)
    return row


def invite(circle: Circle, person: Person, words: str | None, by: Person) -> SeatRequest:
    """Somebody is invited to a group; they are asked by mail. Raises Refused, BadWork."""
    if not person.active:
        raise Refused(_l("Cette personne n’a pas de compte ouvert. Invitez-la d’abord sur le site."))
    _free(circle, person)
    row = _make(circle, person, INVITE, words, by)
    record(by, "seat.invited", "circle", circle.id, request=row.id, member=person.id)
    mail(person, "seat_invited", request=row.id)
    return row


def _still(row: SeatRequest) -> None:
    """Whether it waits. Raises Refused, which says what became of it."""
    if row.state == WAITING:
        return
    if row.state == WITHDRAWN:
        raise Refused(_l("Cette demande a été retirée. Il n’y a plus rien à répondre."))
    by = db.session.get(Person, row.answered_by) if row.answered_by else None
    raise Refused(_l("%(name)s a déjà répondu. Il n’y a plus rien à faire.", name=by.name if by else "?"))


def _close(row: SeatRequest, state: str, by: Person | None, words: str | None = None) -> None:
    row.state, row.answer, row.answered_at = state, _words(words), now()
    row.answered_by = by.id if by else None
    db.session.flush()


def withdraw(row: SeatRequest, by: Person) -> None:
    """It is taken back, by whoever made it or leads the group. Raises Refused where it was answered."""
    _still(row)
    _close(row, WITHDRAWN, by)
    record(by, "seat.withdrawn", "circle", row.circle_id, request=row.id)


def answer(row: SeatRequest, yes: bool, by: Person, words: str | None = None) -> None:
    """The first answer counts: a yes gives the seat. Whoever asked, or invited, is told. Raises Refused, BadWork."""
    _still(row)
    circle, person = row.circle, db.session.get_one(Person, row.person_id)
    if circle.ended_at:
        raise Refused(_l("Ce groupe a terminé son travail entre-temps."))
    if yes and not person.active:
        raise Refused(
            _l("Votre compte est fermé. Demandez à la coordination de le rouvrir, puis répondez.")
            if by.id == person.id
            else _l("Ce compte est fermé. Déclinez la demande.")
        )
    _close(row, YES if yes else NO, by, words)
    record(
        by, "seat.accepted" if yes else "seat.declined", "circle", circle.id, request=row.id, member=person.id
    )
    if yes and person.id not in circle.member_ids:
        take_seat(circle, person, by)
    told = person if row.kind == ASK else db.session.get(Person, row.made_by) if row.made_by else None
    if told and told.active and told.id != by.id:
        mail(told, "seat_answered", request=row.id)


def last_leader(circle: Circle, person_id: str) -> bool:
    """Whether nobody else would lead the group, while others sit there."""
    return circle.lead_ids == {person_id} and len(circle.member_ids) > 1


def leave(circle: Circle, person: Person) -> None:
    """Somebody goes. Raises Refused for the last one who leads while others stay."""
    seat = seat_here(circle, person.id)
    if seat is None:
        raise Refused(_l("Vous ne siégez plus ici."))
    if last_leader(circle, person.id):
        raise Refused(_l("Vous êtes la seule personne qui anime ce groupe. Donnez d’abord ce rôle à une autre, puis revenez."))  # fmt: skip
    end_seat(seat, person)
    for leader in leaders(circle):
        if leader.id != person.id and leader.id in circle.lead_ids:
            mail(leader, "seat_left", circle=circle.id, person=person.id)


def end(circle: Circle, by: Person) -> None:
    """The group has done its work: it is read, and not written any more. What waited to come in ends. Raises Refused."""
    if circle.ended_at:
        return
    if coming(circle):
        raise Refused(_l("Des réunions sont encore prévues. Annulez-les d’abord, puis terminez le groupe."))
    circle.ended_at, circle.rev = now(), circle.rev + 1
    for row in requests_of(circle.id):
        _close(row, WITHDRAWN, by)
    record(by, "circle.ended", "circle", circle.id)


def reopen(circle: Circle, by: Person) -> None:
    """The group works again, with those who sit there."""
    if circle.ended_at is None:
        return
    circle.ended_at, circle.rev = None, circle.rev + 1
    record(by, "circle.reopened", "circle", circle.id)


@statement
def _counts(circle_ids: Any) -> Rows:
    query = select(SeatRequest.circle_id, func.count()).where(
        SeatRequest.circle_id.in_(circle_ids), SeatRequest.state == WAITING, SeatRequest.kind == ASK
    )
    return query.group_by(SeatRequest.circle_id)


def counts(circle_ids: list[str]) -> dict[str, int]:
    """By id of a circle: how many ask to come in; in one query."""
    return {row[0]: row[1] for row in _counts.rows(circle_ids)}
