"""★ Minutes after the meeting: proposed with a date for remarks, amended, approved at a later meeting, corrected.

A change of state is a row of TRANSITIONS in models/convening.py, which calls what stands here. An approved version is
never changed again (models/append_only.py); a correction is another version, approved in its turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from models import minuting, notices
from models.agenda import ACCEPTED, MINUTES_BEFORE, AgendaItem
from models.audit import record
from models.contributions import Contribution
from models.decisions import Decision, decisions_of
from models.meetings import Meeting, MeetingState
from models.minutes import APPROVED, PROPOSED, Minutes, versions
from models.people import Person
from models.rights import can
from models.store import db, new_id, now
from models.workflow import Refused

DAYS, MOST_DAYS = 10, 60  # until when members may remark on a proposal
LONGEST_REASON = 1000
ACTS = frozenset({"propose", "approve", "correct"})  # the transitions of a meeting that are about its minutes
NEVER = (MeetingState.PREPARED, MeetingState.CANCELLED)


@dataclass(frozen=True)
class Said:
    """What goes with a transition. days: for remarks; approved_in: id of the meeting, "" for the one that it stands on
    the agenda of; reason: of a correction."""

    days: int = DAYS
    approved_in: str = ""
    reason: str | None = None


def current(meeting: Meeting) -> Minutes | None:
    """The newest version, proposed or approved."""
    return next(iter(versions(meeting)), None)


def readable(meeting: Meeting, person: Person) -> list[Minutes]:
    """The versions that this person may read, the newest first: approved ones with the meeting's approval behind them,
    a proposal where they sit in the circle or were there."""
    rows = versions(meeting)
    inside = can(person, "meeting.papers", meeting)
    return [row for row in rows if inside or row.state == APPROVED]


def stale(row: Minutes) -> bool:
    """Whether lines, decisions or attendance changed since this version was composed."""
    return bool(row.content.get("source") != minuting.source(row.meeting))


def open_days(days: int) -> int:
    """Days for remarks that can stand. Raises Refused."""
    if not 1 <= days <= MOST_DAYS:
        raise Refused(_l("Donnez de 1 à %(most)s jours pour les remarques.", most=MOST_DAYS))
    return days


def settled(meeting: Meeting) -> None:
    """Guard: nothing waits for a choice or for votes. Raises Refused."""
    if any(_waits_beside(meeting, model) for model in (Contribution, Decision)):
        raise Refused(_l("Deux versions d’une même ligne attendent votre choix. Choisissez, puis proposez le procès-verbal."))  # fmt: skip
    if any(row.voting for row in decisions_of(meeting)):
        raise Refused(_l("Un vote est encore ouvert. Fermez-le, puis proposez le procès-verbal."))


def _waits_beside(meeting: Meeting, model: Any) -> bool:
    beside = (model.meeting_id == meeting.id, model.beside_id.is_not(None), model.removed_at.is_(None))
    return db.session.scalar(select(model.id).where(*beside).limit(1)) is not None


# ---- what the transitions do


def proposed(meeting: Meeting, by: Person, said: Said) -> None:
    """The first version: the whole content, who was invited is told."""
    row = _version(meeting, by, said)
    notices.minutes_proposed(row, by)


def corrected(meeting: Meeting, by: Person, said: Said) -> None:
    """Another version, with the reason; the approved ones stay."""
    reason = (said.reason or "").strip()
    if not reason:
        raise Refused(
            _l("Dites en un mot pourquoi le procès-verbal est corrigé\u00a0: tout le monde le lira.")
        )
    if len(reason) > LONGEST_REASON:
        raise Refused(_l("Cette raison est trop longue. Raccourcissez-la à %(most)s signes.", most=LONGEST_REASON))  # fmt: skip
    row = _version(meeting, by, said, reason)
    notices.minutes_proposed(row, by)


def _version(meeting: Meeting, by: Person, said: Said, reason: str | None = None) -> Minutes:
    last = current(meeting)
    row = Minutes(
        id=new_id(), meeting_id=meeting.id, version=last.version + 1 if last else 1, content=minuting.compose(meeting),
        reason=reason, comments_until=now() + timedelta(days=open_days(said.days)), proposed_by=by.id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def approved(meeting: Meeting, by: Person, said: Said) -> None:
    """The newest version is what was said, from now on and for ever."""
    row = current(meeting)
    if row is None or row.state != PROPOSED:
        raise Refused(_l("Il n’y a pas de version proposée. Proposez d’abord le procès-verbal."))
    if stale(row):
        raise Refused(
            _l("Des lignes ont changé depuis que ce texte est proposé. Actualisez la proposition, relisez-la, puis approuvez.")
        )  # fmt: skip
    here = approving(meeting)
    found = next((one for one in here if one.id == said.approved_in), None) if said.approved_in else next(iter(here), None)  # fmt: skip
    if found is None:
        raise Refused(
            _l("Un procès-verbal s’approuve à une réunion suivante du même groupe, une fois qu’elle a commencé. Attendez-la, ou choisissez dans la liste.")
        )  # fmt: skip
    row.state, row.approved_by, row.approved_at, row.approved_in = APPROVED, by.id, now(), found.id
    db.session.flush()


def approving(meeting: Meeting) -> list[Meeting]:
    """The later meetings of the circle that began and may have approved these minutes: first those on whose agenda it
    stands, the latest first."""
    later = (Meeting.circle_id == meeting.circle_id, Meeting.starts_at > meeting.starts_at, Meeting.state.not_in(NEVER))  # fmt: skip
    found = [one for one in db.session.scalars(select(Meeting).where(*later).order_by(Meeting.starts_at.desc())).unique() if one.near]  # fmt: skip
    carry = set(
        db.session.scalars(
            select(AgendaItem.meeting_id).where(
                AgendaItem.carried == MINUTES_BEFORE, AgendaItem.state == ACCEPTED, AgendaItem.meeting_id.in_([one.id for one in found])
            )
        )
    )  # fmt: skip
    return sorted(found, key=lambda one: (one.previous_id != meeting.id, one.id not in carry))


# ---- amending


def refresh(meeting: Meeting, by: Person, rev: int) -> Minutes:
    """Compose the proposal anew from the lines as they are; same version, a revision more. Inside writing(). Raises Refused."""
    row = current(meeting)
    if row is None or row.state != PROPOSED or not can(by, "minutes.write", meeting):
        raise Refused(_l("Il n’y a pas de version proposée à actualiser. Relisez la page."))
    if row.rev != rev:
        raise Refused(_l("La proposition a changé entre-temps. Relisez-la, puis recommencez."))
    settled(meeting)
    row.content, row.rev = minuting.compose(meeting), row.rev + 1
    record(by, "minutes.amended", "meeting", meeting.id, version=row.version, rev=row.rev)
    db.session.flush()
    return row
