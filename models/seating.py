"""What changes in a circle: its mandate and working conditions, who sits in it. All acts stand inside writing()."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from models import notices, replies
from models.audit import record
from models.circles import DECIDING, MEMBER, SEATS, Circle, Seat, circle_by_code, seat_here
from models.decisions import decision_by_number
from models.editions import LOCAL
from models.groups import WAITING, YES, SeatRequest
from models.lengths import too_long
from models.meetings import Meeting, MeetingState
from models.people import Person
from models.replies import Reply
from models.rights import can
from models.store import db, new_id, now
from models.vocabularies import terms

FIELDS = (
    "title", "kind", "mandate", "rhythm", "place", "languages", "expenses", "deciding", "deciding_words", "quorum", "proxies",
    "closed", "axis", "territory", "decided_by", "ends_on",
)  # fmt: skip
LENGTHS = {
    "title": 200,
    "mandate": 3000,
    "rhythm": 200,
    "place": 300,
    "territory": 300,
    "expenses": 1000,
    "deciding_words": 1000,
}
CODE = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*")
MOST_SEATS = 1000
MOST_PROXIES = 10


class BadCircle(ValueError):
    """What was given cannot stand. problems: name of the field → sentence that names the remedy."""

    def __init__(self, problems: dict[str, Any]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in problems.items()))
        self.problems = problems


class Stale(Exception):
    """Somebody else changed it in the meantime; nothing was changed."""


def problems(
    values: Mapping[str, Any], circle: Circle | None = None, by: Person | None = None
) -> dict[str, Any]:
    """Why these values cannot stand, by field. circle: what is changed; None for a new one. by: who writes them."""
    out = too_long(values, LENGTHS)
    if circle is not None and circle.ended_at:
        out["title"] = _l("Ce groupe a terminé son travail. Rouvrez-le d’abord, puis changez-le.")
    if not values.get("title"):
        out["title"] = _l("Donnez un nom à ce groupe, par exemple «\u00a0Comité de pilotage\u00a0».")
    if values.get("kind") not in terms("cercle"):
        out["kind"] = _l("Choisissez dans la liste.")
    if values.get("deciding") and values["deciding"] not in DECIDING:
        out["deciding"] = _l("Choisissez dans la liste.")
    if values.get("axis") and values["axis"] not in terms("axe"):
        out["axis"] = _l("Choisissez dans la liste.")
    number = values.get("decided_by")
    if number and not (circle and circle.decided_by == number):
        decision = decision_by_number(number)
        if decision is None or decision.removed_at or not can(by, "decision.see", decision):
            out["decided_by"] = _l("Nous ne trouvons pas cette décision. Écrivez son numéro comme au registre, D-2016-01, ou laissez vide.")  # fmt: skip
    spoken = (values.get("languages") or "").split()
    if not spoken or any(code not in terms("langue") for code in spoken):
        out["languages"] = _l("Cochez au moins une langue.")
    for name, most in (("quorum", MOST_SEATS), ("proxies", MOST_PROXIES)):
        number = values.get(name)
        if not isinstance(number, int) or not 0 <= number <= most:
            out[name] = _l("Écrivez un nombre, de 0 à %(most)s.", most=most)
    ends = values.get("ends_on")
    if ends and not 2000 <= ends.year <= 2100:
        out["ends_on"] = _l("Écrivez une date de 2000 à 2100.")
    if circle is None and (code := values.get("code")) is not None:
        if len(code) > 20 or not CODE.fullmatch(code):
            out["code"] = _l("Écrivez un code en lettres et chiffres, par exemple GT-LOGEMENT.")
        elif circle_by_code(code):
            out["code"] = _l("Ce code est pris par un autre groupe. Écrivez-en un autre.")
    return out


def add_circle(values: Mapping[str, Any], by: Person | None) -> Circle:
    """A new circle; `code` stands in the values. Raises BadCircle."""
    found = problems({"code": "", **values}, by=by)
    if found:
        raise BadCircle(found)
    row = Circle(
        id=new_id(), code=values["code"], made_by=by.id if by else None, **{k: values.get(k) for k in FIELDS}
    )
    db.session.add(row)
    db.session.flush()
    record(by, "circle.made", "circle", row.id, code=row.code)
    return row


def change_circle(circle: Circle, values: Mapping[str, Any], rev: int, by: Person) -> list[str]:
    """The names of what changed. Raises Stale, BadCircle. Values that are the same change nothing, not even the rev."""
    if circle.rev != rev:
        raise Stale
    if found := problems(values, circle, by):
        raise BadCircle(found)
    changed = [name for name in FIELDS if getattr(circle, name) != values.get(name)]
    for name in changed:
        setattr(circle, name, values.get(name))
    if changed:
        circle.rev += 1
        record(by, "circle.changed", "circle", circle.id, rev=circle.rev, fields=changed)
    return changed


def today() -> date:
    """The day in local time."""
    return now().astimezone(LOCAL).date()


def seat_problems(role: str, since: date | None) -> dict[str, Any]:
    """Why somebody cannot sit with this role since this day."""
    out: dict[str, Any] = {}
    if role not in SEATS:
        out["role"] = _l("Choisissez dans la liste.")
    if since and not (since.year >= 2000 and since <= today()):
        out["since"] = _l("Écrivez un jour passé, depuis 2000, ou laissez vide.")
    return out


def take_seat(
    circle: Circle, person: Person, by: Person | None, *, role: str = MEMBER, since: date | None = None
) -> Seat:
    """Somebody sits in a circle from now on; who sits there already gets this role. Raises BadCircle.

    They are invited to what is convened already.
    """
    if found := seat_problems(role, since):
        raise BadCircle(found)
    seat = seat_here(circle, person.id)
    if seat:
        change_seat(seat, role, by)
        return seat_here(circle, person.id) or seat
    seat = Seat(
        id=new_id(), circle_id=circle.id, person_id=person.id, role=role, since=since or today(),
        made_by=by.id if by else None,
    )  # fmt: skip
    db.session.add(seat)
    db.session.flush()
    db.session.expire(circle, ["sitting"])
    # Whoever was given a seat waits for none any more.
    waits = (
        SeatRequest.circle_id == circle.id,
        SeatRequest.person_id == person.id,
        SeatRequest.state == WAITING,
    )
    done = {"state": YES, "answered_at": now(), "answered_by": by.id if by else None}
    db.session.execute(update(SeatRequest).where(*waits).values(**done))
    record(by, "seat.taken", "circle", circle.id, member=person.id, role=role)
    if by:
        _invite_late(circle, person, by)
    return seat


def change_seat(seat: Seat, role: str, by: Person | None) -> None:
    """Another role in the same circle: the one before stays in history, unless it began today. Raises BadCircle."""
    if found := seat_problems(role, None):
        raise BadCircle(found)
    if seat.role == role:
        return
    record(by, "seat.changed", "circle", seat.circle_id, member=seat.person_id, role=role)
    if seat.since == today():
        seat.role = role
        return
    seat.until, seat.ended_by = today(), by.id if by else None
    db.session.flush()
    db.session.add(
        Seat(
            circle_id=seat.circle_id,
            person_id=seat.person_id,
            role=role,
            since=today(),
            made_by=seat.ended_by,
        )
    )
    db.session.flush()
    db.session.expire(db.session.get_one(Circle, seat.circle_id), ["sitting"])


def end_seat(seat: Seat, by: Person | None, until: date | None = None) -> None:
    """It ended; who sat there answers for no coming meeting any more."""
    if seat.until is not None:
        return
    person, circle = db.session.get_one(Person, seat.person_id), db.session.get_one(Circle, seat.circle_id)
    seat.until, seat.ended_by = until or today(), by.id if by else None
    db.session.flush()
    db.session.expire(circle, ["sitting"])
    record(by, "seat.ended", "circle", circle.id, member=person.id, role=seat.role)
    for meeting in _coming(circle) if by else ():
        replies.left(meeting, person, by or person)


def _coming(circle: Circle) -> list[Meeting]:
    """What is convened and not over."""
    open_ones = (Meeting.state == MeetingState.CONVENED, Meeting.ends_at > now())
    return list(db.session.scalars(select(Meeting).where(Meeting.circle_id == circle.id, *open_ones)))


def _invite_late(circle: Circle, person: Person, by: Person) -> None:
    for meeting in _coming(circle):
        if replies.reply_of(meeting.id, person.id) is None:
            db.session.add(Reply(meeting_id=meeting.id, person_id=person.id))
            db.session.flush()
            notices.convened(meeting, [person], by)
