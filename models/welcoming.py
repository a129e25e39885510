"""★ The life of a candidature: proposed → the person agrees → opinion of the members → decision at a meeting → welcome.

It ends accepted, later, or withdrawn, by the person themselves too. A change of state is a row of TRANSITIONS, carried
out as those of a fiche are (models/workflow.py); mails are queued in the same transaction. All acts stand inside writing().
What the person answers is in models/candidates.py, what members say in models/opinions.py.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select

from models import access, planning, widening
from models.agenda import AgendaItem, AgendaLink
from models.audit import record
from models.candidates import MOST_WORDS, leaders, near, open_link
from models.circles import VOICES, Seat
from models.decisions import Decision
from models.deliveries import mail
from models.editions import LOCAL
from models.meetings import Meeting, MeetingState
from models.people import Person
from models.rights import can
from models.store import db, new_id, now
from models.vocabularies import label
from models.widening import OPEN, Case, CaseState
from models.workflow import Refused, Transition, step

S = CaseState
DAYS = timedelta(days=10)  # how long members say what they think
MINUTES = 10  # of the item on the agenda
UNTIL_WELCOME = (S.PROPOSED, S.AGREED, S.OPINION, S.DECISION)


# ---- guards and effects


def _voices(case: Case) -> None:
    if not case.circle.voice_ids:
        raise Refused(_l("Personne n’a de voix dans ce groupe. Donnez d’abord une place à ses membres."))


def _over(case: Case) -> None:
    """Before its end only where every voice was heard."""
    heard = {one.person_id for one in widening.opinions(case)}
    if case.opinion_until and case.opinion_until > now() and case.circle.voice_ids - heard:
        raise Refused(
            _l("Des membres peuvent encore parler. Attendez la fin des avis\u00a0: le silence vaut accord.")
        )


def _decided(case: Case) -> None:
    """A meeting has dealt with it; what it decided, where that is noted, is a yes."""
    meeting = case.meeting
    if case.item_id is None or meeting is None:
        raise Refused(_l("Aucune réunion n’en a encore parlé. La candidature attend la prochaine."))
    if meeting.state in (MeetingState.PREPARED, MeetingState.CONVENED) and not meeting.near:
        raise Refused(_l("La réunion n’a pas encore eu lieu. C’est elle qui décide."))
    decision = decision_on(case)
    if decision and decision.voting:
        raise Refused(_l("Le vote est encore ouvert. Fermez-le d’abord."))
    if decision and decision.outcome != "adopted":
        raise Refused(_l("La décision %(number)s ne dit pas oui. Notez «\u00a0plus tard\u00a0», ou retirez la candidature.", number=decision.number))  # fmt: skip


def _met(case: Case) -> None:
    meeting = case.meeting
    if meeting is None or case.item_id is None:
        raise Refused(_l("La candidature attend déjà la réunion suivante."))
    if meeting.state in (MeetingState.PREPARED, MeetingState.CONVENED) and not meeting.near:
        raise Refused(_l("La réunion n’a pas encore eu lieu. Retirez plutôt le point de son ordre du jour."))


def _agree(case: Case) -> None:
    case.agreed_at = now()


def _refuse(case: Case) -> None:
    case.refused = True
    _end(case)


def last_moment(opened: datetime) -> datetime:
    """Until when members speak: the end of the tenth day, on our clocks."""
    return datetime.combine(opened.astimezone(LOCAL).date() + DAYS, time(23, 59), LOCAL)


def _open(case: Case) -> None:
    case.opinion_from = now()
    case.opinion_until = last_moment(now())


def _close(case: Case) -> None:
    book(case)


def _accept(case: Case) -> None:
    decision = decision_on(case)
    case.decision_id, case.decided_at = decision.id if decision else None, now()


def _postpone(case: Case) -> None:
    case.item_id = None
    db.session.flush()
    book(case)


def _end(case: Case) -> None:
    """The link takes no answer any more; who said no by it can read that they did."""
    case.ended_at = now()
    case.token_hash = case.token_hash if case.refused else None


TRANSITIONS: dict[str, Transition] = {
    t.name: t
    for t in (
        Transition("agree", _l("La personne a dit oui"), (S.PROPOSED,), S.AGREED, "widening.edit", effect=_agree),
        Transition("open", _l("Demander l’avis des membres"), (S.AGREED,), S.OPINION, "widening.lead", _voices, _open, main=True),
        Transition("close", _l("Clore les avis"), (S.OPINION,), S.DECISION, "widening.lead", _over, _close),
        Transition("accept", _l("La réunion a dit oui"), (S.DECISION,), S.WELCOME, "widening.lead", _decided, _accept, main=True),
        Transition("postpone", _l("Remettre à la réunion suivante"), (S.DECISION,), S.DECISION, "widening.lead", _met, _postpone),
        Transition("later", _l("Plus tard"), UNTIL_WELCOME, S.LATER, "widening.lead", effect=_end),
        Transition("refuse", _l("La personne a dit non"), (*UNTIL_WELCOME, S.WELCOME), S.WITHDRAWN, "widening.edit", effect=_refuse),
        Transition("withdraw", _l("Retirer la candidature"), (*UNTIL_WELCOME, S.WELCOME), S.WITHDRAWN, "widening.edit", effect=_end),
    )
}  # fmt: skip
# The last step is not a button: it happens when the person is there.
ARRIVE = Transition("arrive", _l("La place est prise"), (S.WELCOME,), S.ACCEPTED, "widening.lead")
WORDED = frozenset({"later", "withdraw"})  # these say why
STALE = _l("La candidature a changé entre-temps. Relisez-la, puis recommencez.")


def possible(person: Person | None, case: Case) -> list[Transition]:
    """What this person may do with this case now, in the order of the table; guards are asked at the act."""
    return [t for t in TRANSITIONS.values() if case.state in t.sources and can(person, t.right, case)]


def lacking(case: Case, name: str) -> str:
    """What keeps a transition from being possible, in a sentence; "" for nothing."""
    guard = TRANSITIONS[name].guard
    try:
        if guard:
            guard(case)
    except Refused as refused:
        return str(refused)
    return ""


def apply(
    case: Case, name: str, person: Person, expected_rev: int | None = None, words: str | None = None
) -> None:
    """Change the state: check, update with the expected state and revision, audit, mails. Raises Refused.

    words: why it is put off or withdrawn, which is asked for; what the person said, where they refused.
    """
    move = TRANSITIONS.get(name)
    if move is None or not can(person, move.right, case):
        raise Refused(
            _l("Vous ne pouvez pas faire cela avec cette candidature. Le secrétariat peut vous aider.")
        )
    if name in WORDED and not words:
        raise Refused(_l("Dites en un mot pourquoi\u00a0: le groupe le lira."))
    _carry(case, move, person, expected_rev, words)


def answer_by_link(token: str, yes: bool, words: str | None) -> Case:
    """The person answers; the link is spent. Raises Spent, Refused."""
    case = open_link(token)
    _carry(case, TRANSITIONS["agree" if yes else "refuse"], None, None, words)
    return case


def _carry(
    case: Case, move: Transition, person: Person | None, expected_rev: int | None, words: str | None
) -> None:
    if len(words or "") > MOST_WORDS:
        raise Refused(_l("Ce mot est trop long. Raccourcissez-le à %(most)s signes.", most=MOST_WORDS))
    source = step(case, move, expected_rev, STALE)
    if move.name == "agree":
        case.agreed_by = person.id if person else None
    if move.to not in OPEN:
        case.end_words = words
    if move.effect:
        move.effect(case)
    if case.ended_at and case.person and not case.person.active:
        access.withdraw_invitation(case.person, person or case.person)
    case.rev, case.changed_at = case.rev + 1, now()
    record(person, f"widening.{move.name}", "widening", case.id, source=source, to=move.to, rev=case.rev)
    _tell(case, move.name, person)
    db.session.flush()


def _tell(case: Case, name: str, by: Person | None) -> None:
    if name in ("agree", "refuse", "later", "withdraw"):
        for person in near(case, by):
            mail(person, "widening_news", case=case.id, act=name)
    elif name == "open":
        voices = select(Person).where(Person.id.in_(case.circle.voice_ids), Person.active)
        for person in db.session.scalars(voices.order_by(Person.name)):
            if by is None or person.id != by.id:
                mail(person, "widening_opinion", case=case.id)
    elif name in ("close", "postpone"):
        for person in leaders(case.circle):
            if by is None or person.id != by.id:
                mail(person, "widening_decision", case=case.id)


# ---- the agenda


def decision_on(case: Case) -> Decision | None:
    """The last decision that was noted at its item."""
    if case.decision_id:
        return case.decision
    if case.item_id is None:
        return None
    wanted = (Decision.item_id == case.item_id, Decision.removed_at.is_(None))
    return db.session.scalars(
        select(Decision).where(*wanted).order_by(Decision.number.desc()).limit(1)
    ).first()


def coming(case: Case) -> Meeting | None:
    """The next meeting that can deal with it: not the one from whose agenda it was taken, or that did not decide."""
    alive = (
        Meeting.circle_id == case.circle_id,
        Meeting.state.in_((MeetingState.PREPARED, MeetingState.CONVENED)),
    )
    ahead = or_(Meeting.starts_at.is_(None), Meeting.starts_at > now())
    query = select(Meeting).where(*alive, ahead, Meeting.id != (case.meeting_id or ""))
    return db.session.scalars(
        query.order_by(Meeting.starts_at.is_(None), Meeting.starts_at, Meeting.code).limit(1)
    ).first()


def book(case: Case, by: Person | None = None) -> Meeting | None:
    """Put it on the agenda of the next meeting; None where it waits for one. An agenda, its calendar, its mails and its
    papers have more readers than the case: which one it is stands on the link alone, shown to who may see the case."""
    meeting = coming(case)
    if meeting is None:
        return None
    against = widening.objections([case.id]).get(case.id, 0)
    said = _("%(candidate)s – avec objection", candidate=about(case)[:150]) if against else about(case)[:200]
    values: dict[str, Any] = {
        "title": _("Une candidature"), "nature": "ELA", "minutes": MINUTES, "decision": True,
        "decision_words": _("Accueillir cette candidature\u00a0?"),
    }  # fmt: skip
    try:
        item = planning.add_item(meeting, values, by)
    except planning.BadItem:  # a full agenda: it waits for the one after
        return None
    db.session.add(AgendaLink(id=new_id(), item_id=item.id, kind="candidate", place=1, title=said))
    case.item_id, case.meeting_id = item.id, meeting.id
    db.session.flush()
    db.session.expire(case, ["meeting"])
    db.session.expire(item, ["links"])
    record(by, "widening.booked", "widening", case.id, meeting=meeting.id)
    return meeting


def about(case: Case) -> str:
    """The code, and what its circle reads of it on the agenda: the organisation, else the sector and the place that it would fill."""
    gap = [label("secteur", case.sector), label("provenance_territoire_be", case.territory)]
    return ", ".join(text for text in (case.code, case.place or " · ".join(filter(None, gap))) if text)


def due(at: datetime) -> list[str]:
    """Ids of the cases whose time of opinions has passed."""
    wanted = (Case.state == S.OPINION, Case.opinion_until <= at)
    return list(db.session.scalars(select(Case.id).where(*wanted).order_by(Case.code)))


def waiting() -> list[str]:
    """Ids of the cases that wait for a meeting, where one is there by now."""
    lost = or_(Case.item_id.is_(None), Meeting.state == MeetingState.CANCELLED)
    query = (
        select(Case).outerjoin(Meeting, Case.meeting_id == Meeting.id).where(Case.state == S.DECISION, lost)
    )
    return [case.id for case in db.session.scalars(query.order_by(Case.code)).unique() if coming(case)]


def close_due(case_id: str, at: datetime) -> bool:
    """Move one case on at the end of its time; whether it was done now."""
    case = db.session.get(Case, case_id)
    if case is None or case.id not in due(at):
        return False
    _carry(case, TRANSITIONS["close"], None, None, None)
    return True


def book_waiting(case_id: str) -> bool:
    """Put one case that waited on an agenda; whether it was done now. Who leads is told."""
    case = db.session.get(Case, case_id)
    if case is None or case.id not in waiting():
        return False
    case.item_id = None
    done = book(case) is not None
    if done:
        _tell(case, "close", None)
    return done


# ---- reading


def voices_left(case: Case) -> int:
    """How many voices were not heard yet."""
    heard = {one.person_id for one in widening.opinions(case)}
    return len(case.circle.voice_ids - heard)


def item_of(case: Case) -> AgendaItem | None:
    return db.session.get(AgendaItem, case.item_id) if case.item_id else None


def next_meeting(case: Case) -> Meeting | None:
    """The meeting of the circle that a new member comes to first."""
    alive = (
        Meeting.circle_id == case.circle_id,
        Meeting.state.in_((MeetingState.PREPARED, MeetingState.CONVENED)),
    )
    query = select(Meeting).where(*alive, Meeting.starts_at > now())
    return db.session.scalars(query.order_by(Meeting.starts_at).limit(1)).first()


def sponsors(case: Case) -> list[tuple[str, str]]:
    """(id, name) of the members who may welcome somebody."""
    query = (
        select(Person.id, Person.name).join(Seat, Seat.person_id == Person.id)
        .where(Seat.circle_id == case.circle_id, Seat.until.is_(None), Seat.role.in_(VOICES), Person.active)
        .order_by(Person.name)
    )  # fmt: skip
    return [(row.id, row.name) for row in db.session.execute(query)]
