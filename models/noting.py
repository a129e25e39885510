"""★ What is written of a meeting while it is held: lines under an item, and decisions with their numbers.

A line or a decision is a small document: added, changed, taken away, put back, until the minutes are approved. Two people
who change different fields of one both have their way; where both changed the same field the late version is kept beside
the first one (`beside_id`), and a person chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select
from sqlalchemy.orm import joinedload

from models import following, sitting
from models.agenda import ACCEPTED, AgendaItem
from models.audit import record
from models.contributions import KINDS, NOTE, Contribution
from models.decisions import HOW, MODES, OUTCOMES, Decision, Vote, decision_by_number
from models.editions import LOCAL
from models.fiche.journal import Operation
from models.lengths import too_long
from models.meetings import Meeting
from models.names import fold
from models.numbers import next_in_year
from models.people import Person
from models.sides import merge, read_seen, seen_of
from models.sitting import Act, BadNote, Effect, NotYours
from models.store import db, new_id, now
from models.taking import Taken

LINE = ("text", "kind", "who", "item_id")
TOTALS = ("votes_for", "votes_against", "votes_abstain")
DECISION = ("text", "mode", "outcome", "objections", "how", *TOTALS, "replaces", "item_id")
LENGTHS = {"text": 4000, "who": 200, "objections": 2000}
MOST = 2000  # lines of one meeting
WAITING = "~"  # begins the number of a version that waits for a choice: it has none of its own yet
Row = Contribution | Decision
Texts = Mapping[str, str]


# ---- a document as texts, and back


def line_texts(line: Contribution) -> dict[str, str]:
    """The fields of a line, each as one text."""
    return {"text": line.text, "kind": line.kind, "who": line.who, "item_id": line.item_id or ""}


def decision_texts(row: Decision) -> dict[str, str]:
    """The fields of a decision, each as one text."""
    out = {name: str(getattr(row, name) if getattr(row, name) is not None else "") for name in DECISION if name != "replaces"}  # fmt: skip
    return out | {"replaces": row.replaces.number if row.replaces else ""}


def texts_of(row: Row) -> dict[str, str]:
    return line_texts(row) if isinstance(row, Contribution) else decision_texts(row)


def line_problems(values: Texts, meeting: Meeting) -> dict[str, Any]:
    """Why these texts cannot stand as a line, by field."""
    out = too_long(values, LENGTHS)
    if not values.get("text"):
        out["text"] = _l("Écrivez ce qui s’est dit, même en quelques mots.")
    if values.get("kind") not in KINDS:
        out["kind"] = _l("Choisissez dans la liste.")
    elif values["kind"] != NOTE and not values.get("who"):
        out["who"] = _l("Écrivez qui l’a dit, ou choisissez «\u00a0Note\u00a0».")
    return out | _item_problem(values, meeting)


def _item_problem(values: Texts, meeting: Meeting) -> dict[str, Any]:
    if values.get("item_id") and not _item(meeting, values["item_id"]):
        return {"item_id": _l("Ce point n’est plus à l’ordre du jour. Choisissez-en un autre dans la liste.")}
    return {}


def _item(meeting: Meeting, item_id: str) -> AgendaItem | None:
    item = db.session.get(AgendaItem, item_id)
    return item if item and item.meeting_id == meeting.id and item.state == ACCEPTED else None


def decision_problems(
    values: Texts, meeting: Meeting, row: Decision | None = None, there: int | None = None
) -> dict[str, Any]:
    """Why these texts cannot stand as a decision, by field. there: how many voices are there, asked for otherwise."""
    out = too_long(values, LENGTHS)
    if not values.get("text"):
        out["text"] = _l("Écrivez la décision en une phrase.")
    for name, known in (("mode", MODES), ("outcome", OUTCOMES)):
        if values.get(name) not in known:
            out[name] = _l("Choisissez dans la liste.")
    if values.get("mode") == "vote" and not (row and _same_vote(row, values)):
        out |= _vote_problems(values, meeting, there)
    if number := values.get("replaces"):
        old = decision_by_number(number)
        if old is None or old.circle_id != meeting.circle_id or old.removed_at or (row and old.id == row.id):
            out["replaces"] = _l(
                "Ce numéro n’est pas une décision de ce groupe. Écrivez-le comme D-2016-01, ou laissez vide."
            )
    return out | _item_problem(values, meeting)


def _same_vote(row: Decision, values: Texts) -> bool:
    """Whether these texts leave the vote as it was counted, when others were there perhaps."""
    stands = decision_texts(row)
    names = ("mode", "how", "outcome", *TOTALS)
    return all((values.get(name) or "0") == (stands[name] or "0") for name in names)


def _vote_problems(values: Texts, meeting: Meeting, there: int | None) -> dict[str, Any]:
    if values.get("how") not in HOW:
        return {"how": _l("Dites comment on vote.")}
    if values["how"] == "named":
        return {}
    read = {name: values.get(name) or "0" for name in TOTALS}
    for name, text in read.items():
        if not (text.isascii() and text.isdigit() and len(text) < 5):
            return {name: _l("Écrivez un nombre en chiffres, 0 pour personne.")}
    total = sum(int(text) for text in read.values())
    there = len(sitting.voices(meeting)) if there is None else there
    if not total:
        return {"votes_for": _l("Écrivez combien de voix sont pour, contre, et combien s’abstiennent.")}
    if total > there:
        return {
            "votes_for": _l(
                "Vous comptez %(total)s voix, et %(there)s sont là. Recomptez, ou notez d’abord qui est arrivé.",
                total=total, there=there,
            )
        }  # fmt: skip
    if int(read["votes_against"]) >= int(read["votes_for"]) and values.get("outcome") == "adopted":
        return {
            "outcome": _l("Il n’y a pas plus de voix pour que contre. Choisissez un autre résultat, ou revoyez les nombres.")
        }  # fmt: skip
    return {}


def _write_line(row: Contribution, values: Texts, meeting: Meeting) -> None:
    row.text, row.kind, row.item_id = values["text"], values["kind"], values["item_id"] or None
    who = fold(values["who"])
    known = next((p.person for p in sitting.roll(meeting) if p.person and fold(p.name) == who), None) if who else None  # fmt: skip
    row.person_id, row.speaker = (known.id, None) if known else (None, values["who"] or None)


def _write_decision(row: Decision, values: Texts, meeting: Meeting) -> None:
    row.text, row.mode, row.outcome = values["text"], values["mode"], values["outcome"]
    row.objections, row.item_id = values["objections"] or None, values["item_id"] or None
    old = decision_by_number(values["replaces"]) if values["replaces"] else None
    row.replaces_id = old.id if old else None
    how = values["how"] if row.mode == "vote" else None
    if how != "named" and row.opened_at:
        # Who voted what is not kept where the vote is another one now.
        db.session.execute(delete(Vote).where(Vote.decision_id == row.id))
        row.opened_at = row.closed_at = None
    if how == "named":
        if not row.opened_at:
            row.opened_at, row.voices = now(), len(sitting.voices(meeting))
            row.votes_for = row.votes_against = row.votes_abstain = None
    elif not (how and row.how and _same_vote(row, {**values, "outcome": row.outcome})):
        for name in TOTALS:
            setattr(row, name, int(values[name] or 0) if how else None)
        row.voices = len(sitting.voices(meeting)) if how else None
    row.how = how


def _write(row: Row, values: Texts, meeting: Meeting) -> None:
    if isinstance(row, Contribution):
        _write_line(row, values, meeting)
    else:
        _write_decision(row, values, meeting)


def problems(row: Row, values: Texts, meeting: Meeting) -> dict[str, Any]:
    """Why these texts cannot stand in the place of this row, by field."""
    if isinstance(row, Contribution):
        return line_problems(values, meeting)
    return decision_problems(values, meeting, row)


# ---- acts


def kind_of(row: Row) -> str:
    return "line" if isinstance(row, Contribution) else "decision"


def _number(meeting: Meeting) -> str:
    year = (meeting.starts_at or now()).astimezone(LOCAL).year
    return next_in_year(Decision.number, "D", year)


def _told(row: Row, **more: Any) -> Effect:
    """What the receipt says; a decision says its number."""
    if isinstance(row, Decision) and not row.number.startswith(WAITING):
        more["number"] = row.number
    return Effect(row.id, row.rev, more, seen_of(texts_of(row)))


def add_line(meeting_id: str, values: Texts, act: Act) -> Taken:
    """Raises as sitting.once; its id is the `op_id`, so that a device knows it before the server does."""

    def effect(meeting: Meeting, by: Person, at: datetime) -> Effect:
        found = line_problems(values, meeting)
        count = select(func.count()).select_from(Contribution).where(Contribution.meeting_id == meeting.id)
        if not found and (db.session.scalar(count) or 0) >= MOST:
            found["text"] = _l("Cette réunion a déjà %(most)s lignes. Réunissez-en quelques-unes.", most=MOST)
        if found:
            raise BadNote(found)
        row = Contribution(id=_fresh(Contribution, act.op_id), meeting_id=meeting.id, said_at=at, made_by=by.id, rev=1)  # fmt: skip
        _write_line(row, values, meeting)
        db.session.add(row)
        db.session.flush()
        record(by, "line.made", "meeting", meeting.id, line=row.id, item=row.item_id)
        return _told(row)

    return sitting.once(meeting_id, act, "line", {"id": "", **values}, effect)


def add_decision(meeting_id: str, values: Texts, act: Act) -> Taken:
    """Raises as sitting.once. It has its number from here on; a vote by name is open."""

    def effect(meeting: Meeting, by: Person, at: datetime) -> Effect:
        if found := decision_problems(values, meeting):
            raise BadNote(found)
        row = Decision(
            id=_fresh(Decision, act.op_id), number=_number(meeting), circle_id=meeting.circle_id, meeting_id=meeting.id,
            edition_id=meeting.edition_id, decided_at=at, made_by=by.id, rev=1,
        )  # fmt: skip
        _write_decision(row, values, meeting)
        db.session.add(row)
        db.session.flush()
        record(by, "decision.made", "decision", row.id, meeting=meeting.id, number=row.number)
        return _told(row)

    return sitting.once(meeting_id, act, "decision", {"id": "", **values}, effect)


def _fresh(model: type[Any], op_id: str) -> str:
    return op_id if db.session.get(model, op_id) is None else new_id()


def change(row: Row, values: Texts, seen: str, act: Act) -> Taken:
    """Change a line or a decision. seen: the marks that the form carried. Raises as sitting.once.

    The receipt says `merged` where somebody else had changed it too, and `beside`, the id of the version that waits for a
    choice, where both changed the same field. What somebody took away meanwhile stands again.
    """
    model, row_id, kind = type(row), row.id, kind_of(row)

    def effect(meeting: Meeting, by: Person, at: datetime) -> Effect:
        stands: Any = db.session.get_one(model, row_id)
        texts = texts_of(stands)
        known = read_seen(_before(act, by, row_id) or seen)
        merged, clash = merge(texts, values, known)
        if found := problems(stands, {**merged, **{name: values[name] for name in clash}}, meeting):
            raise BadNote(found)
        more: dict[str, Any] = {
            "merged": any(known.get(n) != m for n, m in read_seen(seen_of(texts)).items())
        }
        if clash:
            more["beside"] = _beside(stands, {**merged, **{n: values[n] for n in clash}}, meeting, by, act)
        if merged != texts or stands.removed_at:
            _write(stands, merged, meeting)
            _changed(stands, by)
            stands.removed_at = None
        db.session.flush()
        fields = [name for name in merged if merged[name] != texts[name]]
        _tell(
            stands, "line.changed" if is_line(stands) else "decision.changed", by, fields=fields, clash=clash
        )
        return _told(stands, **more)

    return sitting.once(row.meeting_id, act, kind, {"id": row_id, "seen": seen, **values}, effect)


def _before(act: Act, by: Person, row_id: str) -> str:
    """The marks of the document after the act on which this one stands, where it is known."""
    kind, _sep, op_id = act.base.partition(":")
    known = db.session.get(Operation, op_id) if kind == "op" else None
    if known is None or known.document_id != row_id or known.person_id != by.id:
        return ""
    return str(known.content.get("seen", ""))


def _beside(stands: Row, values: Texts, meeting: Meeting, by: Person, act: Act) -> str:
    """The late version, whole, beside the one that stands. It gets a number only if it is kept."""
    model = type(stands)
    row: Any = model(
        id=_fresh(model, act.op_id), meeting_id=meeting.id, made_by=by.id, rev=1, beside_id=stands.id
    )
    if isinstance(stands, Decision):
        row.number, row.circle_id, row.edition_id = WAITING + new_id()[:13], stands.circle_id, stands.edition_id  # fmt: skip
        row.decided_at = stands.decided_at
    else:
        row.said_at = stands.said_at
    _write(row, values, meeting)
    db.session.add(row)
    db.session.flush()
    return str(row.id)


def _changed(row: Row, by: Person) -> None:
    row.rev, row.changed_at = row.rev + 1, now()


def _tell(row: Row, act: str, by: Person, **more: Any) -> None:
    if isinstance(row, Decision):
        record(by, act, "decision", row.id, meeting=row.meeting_id, rev=row.rev, **more)
    else:
        record(by, act, "meeting", row.meeting_id, line=row.id, rev=row.rev, **more)


def is_line(row: Row) -> bool:
    return isinstance(row, Contribution)


def _remove(row: Row, _meeting: Meeting, by: Person) -> None:
    row.removed_at = now()
    for other in _versions(row):
        other.beside_id, other.removed_at = None, now()
    _tell(row, "line.removed" if is_line(row) else "decision.removed", by)


def _back(row: Row, meeting: Meeting, by: Person) -> None:
    row.removed_at, row.beside_id = None, None
    _name(row, meeting)
    _tell(row, "line.back" if is_line(row) else "decision.back", by)


def _chosen(row: Row, what: str, by: Person) -> None:
    _tell(row, "line.chosen" if is_line(row) else "decision.chosen", by, what=what)


def _keep_first(row: Row, _meeting: Meeting, by: Person) -> None:
    row.removed_at = now()
    _chosen(row, "first", by)


def _keep_late(row: Row, meeting: Meeting, by: Person) -> None:
    first: Any = db.session.get_one(type(row), row.beside_id)
    _write(first, texts_of(row), meeting)
    _changed(first, by)
    row.removed_at = now()
    _chosen(row, "late", by)


def _keep_both(row: Row, meeting: Meeting, by: Person) -> None:
    row.beside_id = None
    _name(row, meeting)
    _chosen(row, "both", by)


def _name(row: Row, meeting: Meeting) -> None:
    if isinstance(row, Decision) and row.number.startswith(WAITING):
        row.number = _number(meeting)


def _versions(row: Row) -> list[Any]:
    model: Any = type(row)
    query = select(model).where(model.beside_id == row.id, model.removed_at.is_(None))
    return list(db.session.scalars(query))


ACTS: dict[str, Callable[[Row, Meeting, Person], None]] = {
    "remove": _remove, "back": _back, "first": _keep_first, "late": _keep_late, "both": _keep_both,
}  # fmt: skip
CHOICES = frozenset({"first", "late", "both"})


def do(row: Row, name: str, act: Act) -> Taken:
    """Take away, put back; of a version that waits beside another: keep the first one, the late one, both. Raises as
    sitting.once. Where somebody else chose meanwhile, what they chose stands."""
    model, row_id = type(row), row.id

    def effect(meeting: Meeting, by: Person, _at: datetime) -> Effect:
        here: Any = db.session.get_one(model, row_id)
        if name not in ACTS:
            raise NotYours(name)
        if name in CHOICES and (not here.beside_id or here.removed_at):
            return _told(here, what="chosen")  # somebody else was there first: what they chose stands
        ACTS[name](here, meeting, by)
        _changed(here, by)
        db.session.flush()
        return _told(here, what=name)

    return sitting.once(row.meeting_id, act, kind_of(row), {"id": row_id, "what": name}, effect)


def give_task(meeting_id: str, values: Mapping[str, Any], act: Act) -> Taken:
    """Somebody takes something on, once. Raises as sitting.once."""

    def effect(meeting: Meeting, by: Person, _at: datetime) -> Effect:
        try:
            task = following.add_task(meeting.circle, values, by, meeting)
        except following.BadTask as bad:
            raise BadNote(bad.problems) from bad
        return Effect(task.id, task.rev, {})

    said = {name: str(values.get(name) or "") for name in following.FIELDS}
    return sitting.once(meeting_id, act, "task", said, effect)


# ---- reading


def waiting(meeting: Meeting) -> int:
    """How many versions wait for a choice: no minutes hold them. Two queries."""
    models: tuple[Any, ...] = (Contribution, Decision)
    return sum(
        db.session.scalar(
            select(func.count()).where(m.meeting_id == meeting.id, m.beside_id.is_not(None), m.removed_at.is_(None))
        ) or 0
        for m in models
    )  # fmt: skip


def everything_of(meeting: Meeting) -> tuple[list[Contribution], list[Decision]]:
    """All lines and decisions of a meeting, those that were taken away and the other versions included. Two queries."""
    lines = select(Contribution).where(Contribution.meeting_id == meeting.id)
    lines = lines.options(joinedload(Contribution.person).lazyload(Person.roles))
    made = select(Decision).where(Decision.meeting_id == meeting.id).options(joinedload(Decision.replaces))
    return (
        list(db.session.scalars(lines.order_by(Contribution.said_at, Contribution.id)).unique()),
        list(db.session.scalars(made.order_by(Decision.decided_at, Decision.number)).unique()),
    )
