"""★ The life of a meeting: prepared → convened → held → minutes proposed → minutes approved, or cancelled.

A change of state is a row of TRANSITIONS, carried out as those of a fiche are (models/workflow.py). Mails leave in the
same transaction, through models/notices.py.
"""

from __future__ import annotations

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from models import agenda, approving, notices, planning, replies
from models.approving import Said
from models.audit import record
from models.circles import seats
from models.meetings import Meeting, MeetingState
from models.people import Person
from models.replies import Reply
from models.rights import can
from models.store import db, now
from models.workflow import Refused, Transition, step

S = MeetingState
REPLY_DAYS = timedelta(days=3)  # how long before a meeting one answers, where nothing else is said


def _ready(meeting: Meeting) -> None:
    """What a convocation must say."""
    if meeting.starts_at is None or meeting.ends_at is None:
        raise Refused(_l("La date n’est pas encore choisie. Donnez un jour et des heures, puis convoquez."))
    if meeting.starts_at <= now():
        raise Refused(_l("Cette date est passée. Choisissez-en une autre, puis convoquez."))
    if not (meeting.place or meeting.link):
        raise Refused(_l("Dites où l’on se réunit\u00a0: un lieu, ou un lien à distance."))
    if not agenda.items(meeting):
        raise Refused(_l("L’ordre du jour est vide. Écrivez au moins un point, puis convoquez."))
    if not meeting.circle.member_ids:
        raise Refused(_l("Personne ne siège encore ici. Ajoutez d’abord des membres."))


def _call(meeting: Meeting) -> None:
    """Everybody who sits in the circle is asked for an answer."""
    meeting.convened_at = now()
    if meeting.reply_by is None and meeting.starts_at:
        wanted = meeting.starts_at - REPLY_DAYS
        meeting.reply_by = wanted if wanted > now() else meeting.starts_at
    known = set(db.session.scalars(select(Reply.person_id).where(Reply.meeting_id == meeting.id)))
    missing = meeting.circle.member_ids - known
    db.session.add_all([Reply(meeting_id=meeting.id, person_id=one) for one in sorted(missing)])
    db.session.flush()


def _begun(meeting: Meeting) -> None:
    if meeting.starts_at is None or meeting.starts_at > now():
        raise Refused(_l("Cette réunion n’a pas encore commencé. Revenez quand elle a eu lieu."))


def _told(meeting: Meeting) -> None:
    _begun(meeting)
    approving.settled(meeting)


TRANSITIONS: dict[str, Transition] = {
    t.name: t
    for t in (
        Transition("convene", _l("Convoquer"), (S.PREPARED,), S.CONVENED, "meeting.lead", _ready, _call, main=True),
        Transition("hold", _l("La réunion a eu lieu"), (S.CONVENED,), S.HELD, "meeting.lead", _begun),
        Transition("cancel", _l("Annuler la réunion"), (S.PREPARED, S.CONVENED), S.CANCELLED, "meeting.lead"),
        Transition("propose", _l("Proposer le procès-verbal"), (S.CONVENED, S.HELD), S.PROPOSED, "minutes.lead", _told, main=True),
        Transition("approve", _l("Approuver le procès-verbal"), (S.PROPOSED,), S.APPROVED, "minutes.lead"),
        Transition("correct", _l("Corriger le procès-verbal"), (S.APPROVED,), S.PROPOSED, "minutes.lead"),
    )
}  # fmt: skip
# What a transition does with the minutes, beside the state.
OF_MINUTES = {"propose": approving.proposed, "approve": approving.approved, "correct": approving.corrected}


def possible(person: Person | None, meeting: Meeting) -> list[Transition]:
    """What this person may do with this meeting now, in the order of the table; guards are asked at the act."""
    return [t for t in TRANSITIONS.values() if meeting.state in t.sources and can(person, t.right, meeting)]


def lacking(meeting: Meeting) -> str:
    """What keeps a prepared meeting from being convened, in a sentence; "" for nothing."""
    try:
        _ready(meeting)
    except Refused as refused:
        return str(refused)
    return ""


def apply(
    meeting: Meeting, name: str, person: Person, expected_rev: int | None = None, reason: str | None = None,
    said: Said | None = None,
) -> None:  # fmt: skip
    """Change the state: check, update with the expected state and revision, audit, mails. Inside writing().

    Raises Refused. Two that race: the second finds another state and is refused. reason: why it is cancelled. said: what
    goes with a transition of its minutes.
    """
    change = TRANSITIONS.get(name)
    if change is None or not can(person, change.right, meeting):
        raise Refused(_l("Vous ne pouvez pas faire cela avec cette réunion. Le secrétariat peut vous aider."))
    source = step(
        meeting, change, expected_rev, _l("La réunion a changé entre-temps. Relisez-la, puis recommencez.")
    )
    if change.effect:
        change.effect(meeting)
    meeting.changed_at = now()
    meeting.rev += 1
    record(
        person,
        f"meeting.{change.name}",
        "meeting",
        meeting.id,
        source=source,
        to=change.to,
        sequence=meeting.sequence,
    )
    if name == "convene":
        notices.convened(meeting, invited(meeting), person)
    if name == "cancel":
        meeting.cancelled_at, meeting.cancel_reason = now(), reason
        if source == S.CONVENED:
            meeting.sequence += 1
            notices.cancelled(meeting, person)
    if name in OF_MINUTES:
        OF_MINUTES[name](meeting, person, said or Said(reason=reason))
    if name in ("hold", "propose", "correct"):
        for other in _coming_of(meeting):
            planning.bring(other, person)
    db.session.flush()


def _coming_of(meeting: Meeting) -> list[Meeting]:
    alive = (Meeting.circle_id == meeting.circle_id, Meeting.state.in_((S.PREPARED, S.CONVENED)))
    later = (Meeting.starts_at.is_(None)) | (Meeting.starts_at > meeting.starts_at)
    return list(db.session.scalars(select(Meeting).where(*alive, later).order_by(Meeting.starts_at).limit(1)))


def invited(meeting: Meeting) -> list[Person]:
    """Who is asked to come, by name: the circle before it is convened, who was asked afterwards. Guests included."""
    asked = [reply.person for reply in replies.of(meeting)]
    if meeting.convened_at is None:
        known = {person.id for person in asked}
        asked += [seat.person for seat in seats(meeting.circle) if seat.person_id not in known]
    return asked


def invite_guest(meeting: Meeting, person: Person, by: Person) -> Reply:
    """Somebody who does not sit in the circle is asked too. Inside writing()."""
    row = replies.reply_of(meeting.id, person.id)
    if row is None:
        row = Reply(meeting_id=meeting.id, person_id=person.id)
        row.guest = person.id not in meeting.circle.member_ids
        db.session.add(row)
        db.session.flush()
        db.session.expire(meeting, ["guests"])
        record(by, "meeting.guest", "meeting", meeting.id, member=person.id)
        if meeting.state == S.CONVENED:
            notices.convened(meeting, [person], by)
    return row
