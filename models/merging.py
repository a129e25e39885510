"""Two rows for one person, or for one organisation: the kept one takes everything, the other stays as a sign to it.

What was signed before stays signed by the row that signed it (revisions, journal, audit, downloads), so that history
reads as it was written. The tombstone keeps its name and points to the kept row. Its address is an address of the kept
person from then on: whoever types it at the door is sent a link, and that link goes to the kept address alone, since
nobody knows who reads the other mailbox by now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, or_, select, update

from models import access, factors, leaving
from models.agenda import AgendaItem
from models.audit import record
from models.circles import Seat
from models.companions import Companion
from models.contributions import Attendance, Contribution
from models.decisions import Vote
from models.deliveries import mail
from models.dossiers import Dossier
from models.exchanges import ENDED, IN_TOUCH, PROPOSED, Evaluation, Exchange, Notice, tell_end
from models.fiche.fiche import FicheAuthor, touch
from models.fiche.journal import HeldEdit
from models.files import FileVersion
from models.groups import WAITING, Production, SeatRequest
from models.joining import JoinRequest
from models.joint_actions import JointAction, Partaking
from models.library import Reference
from models.mediating import mediators
from models.meetings import PollAnswer
from models.minutes import MinutesComment
from models.news import NewsChoice
from models.notes import NoteRevision
from models.organisations import TEXT_FIELDS, Membership, Organisation, set_sectors
from models.people import Person, give_roles
from models.profiles import ProfileDetail
from models.replies import AccessNeed, Reply
from models.store import db, now
from models.tasks import Task
from models.widening import Case, Opinion


class CannotMerge(ValueError):
    """These two cannot become one; str() is a sentence with the remedy."""


@dataclass(frozen=True)
class Moving:
    """What a merge of two people would move, in numbers."""

    fiches: int
    memberships: int
    companions: int
    details: int
    roles: list[Any]


def check_people(kept: Person | None, gone: Person, by: Person) -> Person:
    """The kept one, where the two can be merged. Raises CannotMerge."""
    if kept is None:
        raise CannotMerge(
            _l("Nous ne connaissons pas cette adresse. Relisez-la, ou cherchez dans la liste des personnes.")
        )
    if kept.id == gone.id:
        raise CannotMerge(_l("C’est la même personne. Écrivez l’adresse de l’autre."))
    if kept.merged_into or gone.merged_into:
        raise CannotMerge(_l("L’une des deux est déjà réunie à une autre. Choisissez celle qui reste."))
    if gone.id == by.id:
        raise CannotMerge(_l("Vous êtes entré avec ce compte : gardez-le, et réunissez l’autre au vôtre."))
    if any(leaving.farewell_of(one.id) for one in (kept, gone)):
        raise CannotMerge(
            _l(
                "L’un des deux comptes va être supprimé, à la demande de la personne. Annulez d’abord la suppression."
            )
        )
    return kept


def moving(gone: Person, kept: Person) -> Moving:
    """What would move from the one to the other."""

    def count(model: Any, *where: Any) -> int:
        return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0

    return Moving(
        count(FicheAuthor, FicheAuthor.person_id == gone.id),
        count(Membership, Membership.person_id == gone.id),
        count(Companion, or_(Companion.person_id == gone.id, Companion.companion_id == gone.id)),
        count(ProfileDetail, ProfileDetail.person_id == gone.id),
        [role for role in gone.roles if role.name not in kept.role_names],
    )


def merge_people(gone: Person, kept: Person, by: Person) -> None:
    """The kept one writes, belongs and accompanies for both; nobody comes in as the other. Inside writing(). Raises CannotMerge."""
    kept = check_people(kept, gone, by)
    _move_fiches(gone, kept)
    for membership in db.session.scalars(select(Membership).where(Membership.person_id == gone.id)).all():
        _move_membership(membership, person=kept)
    _move_companions(gone, kept)
    _move_details(gone, kept)
    _move_seats(gone, kept)
    _move_news(gone, kept)
    give_roles(kept, sorted(gone.role_names))
    kept.organisation = kept.organisation or gone.organisation
    for model, column in (
        (HeldEdit, HeldEdit.person_id),
        (Dossier, Dossier.made_by),
        (JoinRequest, JoinRequest.person_id),
    ):
        db.session.execute(update(model).where(column == gone.id).values({column.key: kept.id}))
    if gone.active and not kept.active:
        kept.active, kept.closed_at = True, None  # the person came in already, with the other address
    factors.reset(gone, by)
    access.close_account(gone, by)
    db.session.execute(update(Person).where(Person.merged_into == gone.id).values(merged_into=kept.id))
    gone.merged_into, gone.roles = kept.id, []
    record(by, "person.merged", "person", gone.id, into=kept.id)
    record(by, "person.took", "person", kept.id, other=gone.id)
    db.session.flush()


def _move_fiches(gone: Person, kept: Person) -> None:
    mine = {
        row.fiche_id: row
        for row in db.session.scalars(select(FicheAuthor).where(FicheAuthor.person_id == kept.id))
    }
    rows = db.session.scalars(select(FicheAuthor).where(FicheAuthor.person_id == gone.id)).all()
    for row in rows:
        known = mine.get(row.fiche_id)
        if known:
            known.helps = known.helps and row.helps
        else:
            db.session.add(FicheAuthor(fiche_id=row.fiche_id, person_id=kept.id, helps=row.helps))
        db.session.delete(row)
    if rows:
        touch()
    db.session.flush()
    db.session.expire_all()


def _move_membership(
    row: Membership, *, person: Person | None = None, organisation: Organisation | None = None
) -> None:
    """To another person, or another organisation; two of the same become one that says what both said."""
    person_id = person.id if person else row.person_id
    organisation_id = organisation.id if organisation else row.organisation_id
    twin = db.session.scalars(
        select(Membership).where(
            Membership.person_id == person_id,
            Membership.organisation_id == organisation_id,
            Membership.id != row.id,
        )
    ).first()
    if twin and (twin.until is None) == (row.until is None) and not _differ(twin.function, row.function):
        twin.function, twin.since = (
            twin.function or row.function,
            min(filter(None, (twin.since, row.since)), default=None),
        )
        twin.confirmed = twin.confirmed or row.confirmed
        db.session.delete(row)
    else:
        values = {"person_id": person_id, "organisation_id": organisation_id}
        db.session.execute(update(Membership).where(Membership.id == row.id).values(values))
    db.session.flush()
    db.session.expire_all()


def _differ(one: str | None, other: str | None) -> bool:
    return bool(one and other and one.casefold() != other.casefold())


def _move_companions(gone: Person, kept: Person) -> None:
    either = or_(Companion.person_id == gone.id, Companion.companion_id == gone.id)
    for row in db.session.scalars(select(Companion).where(either)).all():
        pair = tuple(kept.id if one == gone.id else one for one in (row.person_id, row.companion_id))
        made_by = row.made_by
        db.session.delete(row)
        db.session.flush()
        if pair[0] != pair[1] and db.session.get(Companion, pair) is None:
            db.session.add(Companion(person_id=pair[0], companion_id=pair[1], made_by=made_by))
    db.session.flush()


def _move_details(gone: Person, kept: Person) -> None:
    mine = {
        row.name: row
        for row in db.session.scalars(select(ProfileDetail).where(ProfileDetail.person_id == kept.id))
    }
    for row in db.session.scalars(select(ProfileDetail).where(ProfileDetail.person_id == gone.id)).all():
        known = mine.get(row.name)
        if known is None:
            db.session.add(
                ProfileDetail(person_id=kept.id, name=row.name, text=row.text, seen_by=row.seen_by)
            )
        elif not known.text and row.text:
            known.text, known.seen_by = row.text, row.seen_by
        db.session.delete(row)
    db.session.flush()


# Where a person has one row for each of something, or one that is open, and where they may have many.
ONE_EACH: tuple[tuple[Any, ...], ...] = (
    (Reply.person_id, Reply.meeting_id), (AccessNeed.person_id, AccessNeed.meeting_id),
    (PollAnswer.person_id, PollAnswer.option_id), (Attendance.person_id, Attendance.meeting_id),
    (Vote.voice_id, Vote.decision_id), (Opinion.person_id, Opinion.case_id),
    (Evaluation.person_id, Evaluation.exchange_id),
    (SeatRequest.person_id, SeatRequest.circle_id, SeatRequest.state == WAITING),
    (Partaking.person_id, Partaking.action_id, Partaking.left_at.is_(None)),
)  # fmt: skip
ALL: tuple[Any, ...] = (
    Reply.proxy_id, AgendaItem.proposed_by, Task.person_id, Contribution.person_id, MinutesComment.person_id,
    Case.sponsor_id, Case.person_id, Production.person_id, NoteRevision.person_id, FileVersion.person_id, Notice.person_id,
    Exchange.giver_id, Exchange.receiver_id, Exchange.mediator_id, JointAction.made_by,
    Reference.made_by,
)  # fmt: skip


def _move_seats(gone: Person, kept: Person) -> None:
    """Places in circles, tasks, answers to convocations and to dates; where both have one, that of the kept one stands."""
    sits = set(
        db.session.scalars(select(Seat.circle_id).where(Seat.person_id == kept.id, Seat.until.is_(None)))
    )
    for seat in db.session.scalars(select(Seat).where(Seat.person_id == gone.id)).all():
        if seat.until is None and seat.circle_id in sits:
            db.session.delete(seat)
        else:
            seat.person_id = kept.id
    for column, where, *still in ONE_EACH:
        model = column.class_
        known = list(db.session.scalars(select(where).where(column == kept.id, *still)))
        db.session.execute(delete(model).where(column == gone.id, where.in_(known), *still))
        db.session.execute(update(model).where(column == gone.id).values({column.key: kept.id}))
    db.session.flush()
    for column in ALL:
        db.session.execute(update(column.class_).where(column == gone.id).values({column.key: kept.id}))
    _end_exchanges(kept)
    db.session.expire_all()


def _end_exchanges(kept: Person) -> None:
    """Nobody is put in touch with themselves, which who mediates is told, nor mediates for themselves: what waits for a
    yes waits for another mediator."""
    own = (Exchange.giver_id == kept.id, Exchange.receiver_id == kept.id)
    runs = Exchange.state.in_((PROPOSED, IN_TOUCH))
    for row in db.session.scalars(select(Exchange).where(*own, runs)):
        row.state, row.ended_at, row.rev = ENDED, now(), row.rev + 1
        tell_end(row, kept.id)
    mine = (
        Exchange.mediator_id == kept.id,
        or_(Exchange.giver_id == kept.id, Exchange.receiver_id == kept.id),
    )
    for row in db.session.scalars(select(Exchange).where(*mine)).all():
        row.mediator_id, row.rev = None, row.rev + 1
        db.session.flush()
        asked = mediators(row) if row.state == PROPOSED else []
        for person in (one for one in asked if one.id != kept.id):
            mail(person, "exchange_asked", exchange=row.id)


def _move_news(gone: Person, kept: Person) -> None:
    """What the kept one chose stands; what the other chose, where the kept one chose nothing."""
    mine, other = db.session.get(NewsChoice, kept.id), db.session.get(NewsChoice, gone.id)
    if other is None:
        return
    if mine is None:
        mine = NewsChoice(person_id=kept.id, told_until=other.told_until)
        db.session.add(mine)
    if mine.chosen_at is None:
        mine.rhythm, mine.chosen_at, mine.stopped_by_link = (
            other.rhythm,
            other.chosen_at,
            other.stopped_by_link,
        )
    db.session.delete(other)
    db.session.flush()


# ---- organisations


def check_organisations(kept: Organisation | None, gone: Organisation) -> Organisation:
    """The kept one, where the two can be merged. Raises CannotMerge."""
    if kept is None:
        raise CannotMerge(_l("Choisissez l’organisation qui reste."))
    if kept.id == gone.id:
        raise CannotMerge(_l("C’est la même organisation. Choisissez l’autre."))
    if kept.merged_into or gone.merged_into:
        raise CannotMerge(_l("L’une des deux est déjà réunie à une autre. Choisissez celle qui reste."))
    return kept


def filled(gone: Organisation, kept: Organisation) -> dict[str, str]:
    """What the kept one takes from the other: field → text, where it has none of its own."""
    return {
        name: getattr(gone, name) for name in TEXT_FIELDS if getattr(gone, name) and not getattr(kept, name)
    }


def lost(gone: Organisation, kept: Organisation) -> dict[str, str]:
    """What the other said otherwise, and what nobody will read any more: field → text."""
    return {
        name: getattr(gone, name)
        for name in TEXT_FIELDS
        if getattr(gone, name) and getattr(kept, name) and getattr(gone, name) != getattr(kept, name)
    }


def merge_organisations(gone: Organisation, kept: Organisation, by: Person) -> None:
    """Members, sectors and what was missing go to the kept one. Inside writing(). Raises CannotMerge."""
    kept = check_organisations(kept, gone)
    taken = filled(gone, kept)
    for name, text in taken.items():
        setattr(kept, name, text)
    set_sectors(kept, {*kept.sectors, *gone.sectors})
    kept.rev += 1
    db.session.flush()
    for row in db.session.scalars(select(Membership).where(Membership.organisation_id == gone.id)).all():
        _move_membership(row, organisation=kept)
    for model in (Notice, Partaking):
        rows = update(model).where(model.organisation_id == gone.id)
        db.session.execute(rows.values(organisation_id=kept.id))
    db.session.execute(
        update(Organisation).where(Organisation.merged_into == gone.id).values(merged_into=kept.id)
    )
    gone.merged_into = kept.id
    record(by, "organisation.merged", "organisation", gone.id, into=kept.id, fields=sorted(taken))
    record(by, "organisation.took", "organisation", kept.id, other=gone.id)
    db.session.flush()
