"""★ Answering a convocation: who may, until when, whose voice is carried by whom. The last answer to arrive wins.

One `op_id` has one effect, as with fiches (models/fiche/journal.py): the journal keeps the code of the answer, and never
what somebody wrote or needs. A voice is carried by somebody of the circle who comes or has not said otherwise, at most
as many as the circle allows, and is never handed on. Where its carrier does not come after all, giver and secretariat
are told, and the reply says so until another answer is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, or_, select

from models import notices
from models.audit import record
from models.fiche.journal import Operation, canonical
from models.fiche.saving import Reused
from models.meetings import Meeting, MeetingState
from models.people import Person
from models.replies import COMING, PROXY, REMOTE, UNAVAILABLE, WAITING, AccessNeed, Reply, of, reply_of
from models.rights import can
from models.store import db, new_id, now, writing
from models.taking import BadValue, Closed, Taken

ANSWERS = (COMING, REMOTE, UNAVAILABLE, PROXY)
THERE = frozenset({COMING, REMOTE})
LONGEST = 2000  # signs of a message, and of what is needed
SCHEMA = 1  # of the form; an older one than OLDEST is asked to load the page again
OLDEST = 1


@dataclass(frozen=True)
class Answer:
    """What somebody says. answer: a code of ANSWERS; proxy_id: who carries the voice, with PRO.

    message, needs: None where the form did not ask, "" for nothing. base: the revision that the writer saw, None where
    they saw none. late: sent by a device, where an `op_id` that meant something else is refused.
    """

    answer: str
    op_id: str
    proxy_id: str = ""
    message: str | None = None
    needs: str | None = None
    base: int | None = None
    late: bool = False


class NotInvited(LookupError):
    """This person was not invited to this meeting."""


class BadAnswer(BadValue):
    """An answer that cannot stand."""


WHY: dict[str, Any] = {
    "prepared": _l("Cette réunion n’est pas encore convoquée. Vous recevrez un courriel."),
    "cancelled": _l("Cette réunion est annulée. Vous n’avez rien à faire."),
    "over": _l("Cette réunion est passée."),
    "late": _l(
        "Le moment de répondre est passé. Téléphonez ou écrivez au secrétariat : il notera votre réponse."
    ),
}


def closed(meeting: Meeting, *, noting: bool = False) -> str:
    """Why nobody can answer now: a key of WHY, or "". noting: for who notes the answer of somebody else."""
    if meeting.state == MeetingState.CANCELLED:
        return "cancelled"
    if meeting.state == MeetingState.PREPARED:
        return "prepared"
    if meeting.state != MeetingState.CONVENED or meeting.over:
        return "over"
    return "late" if not noting and meeting.reply_by and meeting.reply_by <= now() else ""


def answers_by(meeting: Meeting) -> datetime | None:
    """Until when one may change one's mind."""
    return meeting.reply_by or meeting.ends_at


def has_voice(meeting: Meeting, person_id: str) -> bool:
    """Whether the voice of this person counts in the circle, and may be carried or carry another."""
    return person_id in meeting.circle.voice_ids


def carriers(meeting: Meeting, giver_id: str, rows: Iterable[Reply]) -> list[Person]:
    """Who may carry the voice of this person, by name; nobody where the circle does not have it. rows: models.replies.of."""
    if not meeting.circle.proxies or not has_voice(meeting, giver_id):
        return []
    rows = list(rows)
    carried = Counter(row.proxy_id for row in rows if row.answer == PROXY and row.person_id != giver_id)
    voices = meeting.circle.voice_ids
    return [
        row.person for row in rows
        if row.person_id != giver_id and row.person_id in voices
        and (row.answer in THERE or row.answer == WAITING) and carried[row.person_id] < meeting.circle.proxies
    ]  # fmt: skip


def answer(meeting_id: str, person_id: str, by: Person, said: Answer) -> Taken:
    """Take an answer. by: the person, or who notes it for them. Raises NotInvited, Closed, BadAnswer, Reused, Busy.

    Reading again, checking and writing are one transaction: of two who give the last free voice to one carrier, one
    is told that there is no room.
    """
    with writing():
        meeting, row = db.session.get(Meeting, meeting_id), reply_of(meeting_id, person_id)
        if meeting is None or row is None:
            raise NotInvited(person_id)
        digest = canonical(
            row.id, {"answer": said.answer, "proxy": said.proxy_id, "message": said.message, "needs": said.needs}, {}, None
        )  # fmt: skip
        known = db.session.get(Operation, said.op_id)
        if known:
            if known.person_id == by.id and known.document_id == row.id and known.digest == digest:
                return Taken(known.receipt, replayed=True)
            if said.late:
                raise Reused(said.op_id)
            said = replace(said, op_id=new_id())  # the page was sent before: a new answer on top of that one
        noting = by.id != person_id
        if noting and not can(db.session.get_one(Person, by.id), "meeting.note", meeting):
            raise NotInvited(by.id)
        if reason := closed(meeting, noting=noting):
            raise Closed(reason)
        _check(meeting, row, said)
        replaced = _replaced(row, said)
        _write(meeting, row, said, by)
        receipt: dict[str, Any] = {"op_id": said.op_id, "id": row.id, "rev": row.rev, "answer": row.answer}
        if replaced:
            receipt["replaced"] = replaced
        db.session.add(
            Operation(op_id=said.op_id, person_id=by.id, digest=digest, document_kind="reply", document_id=row.id,
                      rev=row.rev, receipt=receipt, content={})
        )  # fmt: skip
        return Taken(receipt)


def _check(meeting: Meeting, row: Reply, said: Answer) -> None:
    if said.answer not in ANSWERS:
        raise BadAnswer("answer", _l("Choisissez une des réponses : vous venez, vous ne venez pas, ou vous donnez votre voix."))  # fmt: skip
    if said.answer == REMOTE and not meeting.link:
        raise BadAnswer(
            "answer", _l("Cette réunion n’a pas de lien à distance. Choisissez une autre réponse.")
        )
    for field, text in (("message", said.message), ("needs", said.needs)):
        if text and len(text) > LONGEST:
            raise BadAnswer(field, _l("Ce texte est trop long. Gardez-en 2000 signes."))
    if said.answer == PROXY:
        _check_proxy(meeting, row, said.proxy_id)


def _check_proxy(meeting: Meeting, row: Reply, carrier_id: str) -> None:
    if not meeting.circle.proxies:
        raise BadAnswer("proxy", _l("Dans ce cercle, on ne donne pas sa voix à une autre personne."))
    if not has_voice(meeting, row.person_id):
        raise BadAnswer(
            "proxy", _l("Vous observez les réunions de ce cercle : il n’y a pas de voix à donner.")
        )
    if not carrier_id:
        raise BadAnswer("proxy", _l("Choisissez à qui vous donnez votre voix."))
    rows = of(meeting)
    if carrier_id in {person.id for person in carriers(meeting, row.person_id, rows)}:
        return
    other = next((r for r in rows if r.person_id == carrier_id), None)
    if other is None or carrier_id == row.person_id or not has_voice(meeting, carrier_id):
        raise BadAnswer("proxy", _l("Cette personne ne peut pas porter votre voix. Choisissez-en une de la liste."))  # fmt: skip
    if other.answer == PROXY:
        raise BadAnswer("proxy", _l("%(name)s donne déjà sa voix, et ne peut pas porter la vôtre. Choisissez une autre personne.", name=other.person.name))  # fmt: skip
    if other.answer == UNAVAILABLE:
        raise BadAnswer("proxy", _l("%(name)s ne vient pas. Choisissez une autre personne.", name=other.person.name))  # fmt: skip
    raise BadAnswer("proxy", _l("%(name)s porte déjà assez de voix. Choisissez une autre personne.", name=other.person.name))  # fmt: skip


def _replaced(row: Reply, said: Answer) -> dict[str, Any] | None:
    """The answer that came since the writer looked."""
    if said.base is None or said.base >= row.rev or row.answer == WAITING or row.at is None:
        return None
    return {"answer": row.answer, "at": row.at.isoformat(), "by": row.entered_by or row.person_id}


def _write(meeting: Meeting, row: Reply, said: Answer, by: Person) -> None:
    before, noting = row.proxy_id, by.id != row.person_id
    row.answer, row.rev, row.at = said.answer, row.rev + 1, now()
    row.proxy_id = said.proxy_id if said.answer == PROXY else None
    row.lost_proxy_id = row.lost_proxy_at = None
    row.entered_by = by.id if noting else None
    if said.message is not None:
        row.message = said.message.strip() or None
    if said.needs is not None:
        _need(meeting, row.person_id, said.needs.strip())
    db.session.flush()
    if said.answer not in THERE:
        _drop_voices(meeting, row.person_id)
    for carrier_id, act in ((row.proxy_id, "given"), (before, "taken")):
        if carrier_id and row.proxy_id != before:
            notices.proxy(meeting, row, db.session.get_one(Person, carrier_id), act)
    record(by, "reply.noted" if noting else "reply.given", "meeting", meeting.id, of=row.person_id, answer=row.answer)  # fmt: skip


def _need(meeting: Meeting, person_id: str, text: str) -> None:
    known = db.session.get(AccessNeed, (meeting.id, person_id))
    if text and known:
        known.text, known.at = text, now()
    elif text:
        db.session.add(AccessNeed(meeting_id=meeting.id, person_id=person_id, text=text))
    elif known:
        db.session.delete(known)


def _drop_voices(meeting: Meeting, carrier_id: str) -> None:
    """Nobody carries these voices any more: their reply says so, givers and secretariat are told."""
    mine = (Reply.meeting_id == meeting.id, Reply.proxy_id == carrier_id)
    for row in db.session.scalars(select(Reply).where(*mine)):
        row.proxy_id, row.lost_proxy_id, row.lost_proxy_at = None, carrier_id, now()
        notices.proxy_lost(meeting, row, db.session.get_one(Person, carrier_id))
        record(None, "reply.voice-lost", "meeting", meeting.id, of=row.person_id, carrier=carrier_id)


def left(meeting: Meeting, person: Person, by: Person) -> None:
    """Somebody sits in the circle no more: no reply is asked, and no voice is carried by them. Inside writing()."""
    row = reply_of(meeting.id, person.id)
    if row is None or row.guest or closed(meeting, noting=True):
        return
    _drop_voices(meeting, person.id)
    if row.proxy_id:
        notices.proxy(meeting, row, db.session.get_one(Person, row.proxy_id), "taken")
    db.session.execute(
        delete(AccessNeed).where(AccessNeed.meeting_id == meeting.id, AccessNeed.person_id == person.id)
    )
    db.session.delete(row)
    db.session.flush()
    record(by, "reply.dropped", "meeting", meeting.id, of=person.id)


def erase_needs(before: datetime) -> int:
    """What people needed to come to meetings that were over before an instant; how many. Inside writing().

    The journal forgets these replies too: its digests were made of these words among others.
    """
    over = select(Meeting.id).where(or_(Meeting.ends_at <= before, Meeting.cancelled_at <= before))
    theirs = select(Reply.id).where(Reply.meeting_id.in_(over))
    db.session.execute(
        delete(Operation).where(Operation.document_kind == "reply", Operation.document_id.in_(theirs))
    )
    gone = db.session.execute(delete(AccessNeed).where(AccessNeed.meeting_id.in_(over)))
    return int(getattr(gone, "rowcount", 0))
