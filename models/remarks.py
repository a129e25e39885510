"""Remarks on proposed minutes: added until a date, about an item or the whole, answered by who leads.

One `op_id` has one effect (models/fiche/journal.py): a remark that a device sends again is there once. Nothing of what
was written stands in the journal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from models import notices
from models.audit import record
from models.fiche.journal import Operation, canonical
from models.fiche.saving import Reused
from models.meetings import Meeting
from models.minutes import DECLINED, OPEN, PROPOSED, TAKEN, Minutes, MinutesComment
from models.people import Person
from models.rights import can
from models.statements import Rows, statement
from models.store import db, new_id, now
from models.taking import BadValue, Taken
from models.workflow import Refused

LONGEST = 2000  # signs of a remark, and of its answer
SCHEMA = OLDEST = 1


@dataclass(frozen=True)
class Remark:
    """What somebody remarks. item_id: about which item, "" for the whole. late: sent by a device, where an `op_id` that
    meant something else is refused."""

    text: str
    op_id: str
    item_id: str = ""
    late: bool = False


class BadRemark(BadValue):
    """A remark that cannot stand."""


class Late(Exception):
    """No remark is taken any more: these minutes are approved, or the date has passed."""


def taking(row: Minutes) -> bool:
    """Whether members may still remark on this version."""
    return row.state == PROPOSED and row.comments_until is not None and row.comments_until > now()


def remark(minutes_id: str, by: Person, said: Remark) -> Taken:
    """Keep a remark. Inside writing(). Raises BadRemark, Late, Reused."""
    row = db.session.get_one(Minutes, minutes_id)
    digest = canonical(row.meeting_id, {"text": said.text, "item": said.item_id}, {}, None)
    known = db.session.get(Operation, said.op_id)
    if known:
        if known.person_id == by.id and known.digest == digest:
            return Taken(known.receipt, replayed=True)
        if said.late:
            raise Reused(said.op_id)
        said = replace(said, op_id=new_id())
    if not said.text:
        raise BadRemark("text", _l("Écrivez votre remarque, puis envoyez-la."))
    if len(said.text) > LONGEST:
        raise BadRemark("text", _l("Cette remarque est trop longue. Gardez-en %(most)s signes.", most=LONGEST))  # fmt: skip
    if said.item_id and said.item_id not in {item["id"] for item in row.content["items"]}:
        raise BadRemark("item", _l("Choisissez un point de cette réunion, ou l’ensemble."))
    if not taking(row) or not can(by, "minutes.comment", row.meeting):
        raise Late
    comment = MinutesComment(id=new_id(), minutes_id=row.id, item_id=said.item_id or None, person_id=by.id, text=said.text)  # fmt: skip
    db.session.add(comment)
    db.session.flush()
    receipt = {"op_id": said.op_id, "id": comment.id, "rev": 1}
    db.session.add(
        Operation(op_id=said.op_id, person_id=by.id, digest=digest, document_kind="minutes_comment", document_id=comment.id,
                  rev=1, receipt=receipt, content={})
    )  # fmt: skip
    record(by, "minutes.remarked", "meeting", row.meeting_id, comment=comment.id, version=row.version)
    db.session.flush()
    return Taken(receipt)


def answer(comment: MinutesComment, state: str, words: str | None, by: Person) -> bool:
    """Taken into the text, or declined with a word. Inside writing(). Raises Refused. False where it was answered already."""
    if comment.state != OPEN:
        return False
    if state not in (TAKEN, DECLINED):
        raise Refused(_l("Choisissez\u00a0: la remarque est reprise, ou elle ne l’est pas."))
    if state == DECLINED and not words:
        raise Refused(
            _l("Dites en un mot pourquoi cette remarque n’est pas reprise\u00a0: son auteur le lira.")
        )
    if len(words or "") > LONGEST:
        raise Refused(_l("Cette réponse est trop longue. Gardez-en %(most)s signes.", most=LONGEST))
    if comment.minutes.state != PROPOSED:
        raise Refused(_l("Cette version est approuvée\u00a0: on n’y répond plus. Une correction est une nouvelle version."))  # fmt: skip
    comment.state, comment.answer = state, words or None
    comment.answered_by, comment.answered_at = by.id, now()
    if comment.person_id != by.id:
        notices.comment_answered(comment)
    record(by, "minutes.answered", "meeting", comment.minutes.meeting_id, comment=comment.id, answer=state)
    db.session.flush()
    return True


# ---- what waits


def _proposals(*where: Any) -> Rows:
    query = select(Minutes).options(joinedload(Minutes.meeting)).where(Minutes.state == PROPOSED, *where)
    return query.order_by(Minutes.comments_until, Minutes.id)


@statement
def for_them(person_id: Any, at: Any) -> Rows:
    mine = select(MinutesComment.minutes_id).where(MinutesComment.person_id == person_id)
    others = Minutes.proposed_by.is_distinct_from(person_id)
    return _proposals(Minutes.comments_until > at, others, Minutes.id.not_in(mine))


def to_read(person: Person) -> list[Meeting]:
    """The meetings whose proposed minutes wait for this person's reading: not their own, nothing remarked yet, in time."""
    rows = for_them.all(person.id, now())
    return [row.meeting for row in rows if can(person, "minutes.comment", row.meeting)]


@statement
def _to_answer() -> Rows:
    """Proposed minutes, with how many remarks wait for an answer."""
    open_ones = select(MinutesComment.minutes_id, func.count().label("n")).where(MinutesComment.state == OPEN)
    waiting = open_ones.group_by(MinutesComment.minutes_id).subquery()
    return _proposals().join(waiting, waiting.c.minutes_id == Minutes.id).add_columns(waiting.c.n)


def to_answer(person: Person) -> list[tuple[Meeting, int]]:
    """The meetings whose minutes this person leads, with how many remarks wait for an answer. One query."""
    return [(row.meeting, n) for row, n in _to_answer.rows() if can(person, "minutes.lead", row.meeting)]
