"""One way to change a fiche: an operation, journalled, merged, with one effect. See docs/saving.md.

The order is: rights read again, journal, merge, write, transition, journal row, all in one write transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from models import companions, workflow
from models.audit import record
from models.fiche import facets, search
from models.fiche.content import Content, blank, changed, normal
from models.fiche.fiche import Fiche, FicheAuthor, Revision, find, revisions, touch
from models.fiche.journal import HeldEdit, Operation, base_content, canonical, erased, outdated
from models.fiche.merge import Conflict, Merged, differences, merge, unanswered, without
from models.fiche.posting import Posted
from models.people import Person
from models.rights import can
from models.store import db, new_id, now, writing


@dataclass(frozen=True)
class Op:
    """What somebody asks for. base: `rev:N`, `op:UUID` or '' for a new fiche. begun_at: the writer's own clock.

    owner: the id of the person for whom a companion begins a new fiche, or "" for the writer's own.
    transition: a name of TRANSITIONS to apply after saving, or None. late: sent by a device (JSON), where an
    `op_id` that was used for something else is refused instead of being taken as a new edit. settles: the `op_id` of
    the held edit whose choices these are, or "". instead: that of a held edit of the same writer which this one
    takes the place of, because more was written since, or "".
    """

    op_id: str
    base: str
    posted: Posted
    transition: str | None = None
    begun_at: datetime | None = None
    late: bool = False
    owner: str = ""
    settles: str = ""
    instead: str = ""


@dataclass
class Saved:
    """It took effect (now, or before: `replayed`). receipt: `{op_id, rev, merged, url_id, number?, refused?}`."""

    receipt: dict[str, Any]
    replayed: bool = False


@dataclass
class Clash:
    """It did not: a person must choose. content: theirs and all that did not clash; rev: of theirs.

    who: unit → (who last changed it, when). held: the op_id under which the edit waits for a choice. base_known: False where the base is of a server that was restored.
    """

    fiche: Fiche
    rev: int
    content: Content
    conflicts: list[Conflict] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    who: dict[str, tuple[Person | None, datetime]] = field(default_factory=dict)
    base_known: bool = True
    held: str = ""


class Reused(Exception):
    """This op_id was used for something else. held: that one is an edit of the same writer which waits for a choice."""

    def __init__(self, op_id: str, *, held: bool = False) -> None:
        super().__init__(op_id)
        self.held = held


class NoRight(Exception):
    """The right to do this was lost in the meantime; `seen` tells whether the fiche may still be read."""

    def __init__(self, seen: bool) -> None:
        super().__init__("no right")
        self.seen = seen


def save(fiche_id: str | None, person: Person, op: Op) -> Saved | Clash:
    """Create (fiche_id None) or change a fiche. Raises Reused, NoRight, LookupError (no such fiche), store.Busy."""
    with writing():
        person = db.session.get_one(Person, person.id)
        target = fiche_id or op.op_id
        fiche = db.session.get(Fiche, target)
        if fiche is None and fiche_id is not None:
            raise LookupError(fiche_id)
        _check_rights(person, fiche)
        digest = canonical(target, op.posted.values, op.posted.reasons, op.transition)
        known = db.session.get(Operation, op.op_id)
        if known:
            if known.person_id != person.id or known.document_id != target:
                raise Reused(op.op_id)
            if known.digest == digest:
                return Saved(known.receipt, replayed=True)
            if op.late:
                raise Reused(op.op_id)
            op = replace(op, op_id=new_id(), base=f"op:{known.op_id}")
        if fiche is None and op.late and db.session.get(HeldEdit, op.op_id) is not None:
            raise Reused(op.op_id)
        if fiche is None:
            return _create(person, op, digest)
        return _change(fiche, person, op, digest)


def _check_rights(person: Person, fiche: Fiche | None) -> None:
    right = "fiche.edit" if fiche else "fiche.create"
    if not can(person, right, fiche):
        raise NoRight(bool(fiche and can(person, "fiche.see", fiche)))


def _create(person: Person, op: Op, digest: str) -> Saved:
    content = op.posted.apply(blank())
    call = workflow.call_for(op.begun_at or now())
    fiche = Fiche(id=op.op_id, rev=0, content=content, made_by=person.id, call_id=call.id if call else None)
    fiche.begun_at = op.begun_at
    owner = companions.helps(person, op.owner) if op.owner else None
    if owner:
        companions.write_for(fiche, person, owner)
    else:
        helps = "companion" in person.role_names and not person.role_names & {"contributor"}
        fiche.authors.append(FicheAuthor(person_id=person.id, helps=helps))
    companions.follow(fiche)
    db.session.add(fiche)
    store(fiche, content, person, op.op_id)
    record(person, "fiche.created", "fiche", fiche.id)
    return _finish(fiche, person, op, digest, content, [])


def _change(fiche: Fiche, person: Person, op: Op, digest: str) -> Saved | Clash:
    theirs, gone = normal(fiche.content), erased(fiche.id)
    base = base_content(fiche, op.base)
    start = theirs if base is None else base
    # Of what was erased a late copy is not kept either.
    mine = unanswered(without(op.posted.apply(start), gone), start, outdated(fiche, op.base))
    held = _held(fiche, person, op, digest)
    _replace(op.instead, fiche, person)
    if (
        held and held.posted and held.digest == digest
    ):  # some choices were made already: they are not asked again
        base, mine = normal(held.base) if held.base else None, without(normal(held.content), gone)
    if base is None:
        return _hold(_unknown_base(fiche, mine, theirs), held, person, op, digest, {}, mine)
    merged = merge(base, mine, theirs, gone)
    if merged.conflicts:
        return _hold(clash_of(fiche, merged), held, person, op, digest, base, mine)
    if changed(merged.content, theirs):
        store(fiche, merged.content, person, op.op_id)
    others = bool(changed(base, theirs))
    saved = _finish(fiche, person, op, digest, mine, merged.taken if others else [])
    if held:
        _let_go(held, fiche, person, settled=bool(op.settles))
    return saved


def _held(fiche: Fiche, person: Person, op: Op, digest: str) -> HeldEdit | None:
    """The edit that waits under this op_id, or the one whose choices these are. Raises Reused: a device never gives
    the name of an edit that waits to another."""
    row = db.session.get(HeldEdit, op.settles or op.op_id)
    if row is None:
        return None
    mine = (row.person_id, row.fiche_id) == (person.id, fiche.id)
    if op.late and not (mine and row.digest in ("", digest)):
        raise Reused(op.op_id, held=mine)
    return row if mine else None


def _replace(op_id: str, fiche: Fiche, person: Person) -> None:
    """An edit that waited has grown: it waits no more under its old name."""
    row = db.session.get(HeldEdit, op_id) if op_id else None
    if row and (row.person_id, row.fiche_id) == (person.id, fiche.id):
        db.session.delete(row)


def _hold(
    clash: Clash, row: HeldEdit | None, person: Person, op: Op, digest: str, base: Content, mine: Content
) -> Clash:
    """Keep an edit that clashed until its writer chose, one row for each, however often it is sent.

    base: what it started from, {} where that is not known. What a choice settles only in part keeps its own name.
    """
    if row is None:
        # By somebody else, or settled in another window.
        taken = bool(op.settles) or db.session.get(HeldEdit, op.op_id) is not None
        name = new_id() if taken else op.op_id
        row = HeldEdit(op_id=name, fiche_id=clash.fiche.id, person_id=person.id, digest=digest)
    elif op.settles:
        row.posted = row.posted or row.content
    else:
        row.digest, row.posted = digest, row.posted if row.digest == digest else None
    row.base, row.content, row.transition = base, mine, op.transition
    clash.held = row.op_id
    db.session.add(row)
    return clash


def _let_go(row: HeldEdit, fiche: Fiche, person: Person, *, settled: bool) -> None:
    """Nothing waits any more. Where choices settled it, the operation that waited has taken effect with them, and a
    device that asks again is told so."""
    if settled and row.digest and db.session.get(Operation, row.op_id) is None:
        receipt = {"op_id": row.op_id, "id": fiche.id, "rev": fiche.rev, "merged": [], "chosen": True}
        receipt |= {"number": fiche.number} if fiche.number else {}
        content = row.posted or row.content
        _journal(fiche, person, row.op_id, row.digest, receipt, content)
    db.session.delete(row)


def _unknown_base(fiche: Fiche, mine: Content, theirs: Content) -> Clash:
    """Every field that differs is a choice."""
    clash = clash_of(fiche, differences(mine, theirs))
    clash.base_known = False
    return clash


def clash_of(fiche: Fiche, merged: Merged, rev: int | None = None) -> Clash:
    """What a person must choose, with who wrote the other side of each. rev: of theirs, where it is not the latest."""
    return Clash(
        fiche,
        rev or fiche.rev,
        merged.content,
        merged.conflicts,
        merged.taken,
        last_changes(fiche, merged.conflicts),
    )


def last_changes(fiche: Fiche, conflicts: list[Conflict]) -> dict[str, tuple[Person | None, datetime]]:
    """Unit → (person, when) of the latest revision that changed it."""
    rows = revisions(fiche)
    out: dict[str, tuple[Person | None, datetime]] = {}
    for row, before in zip(rows, [*rows[1:], None], strict=True):
        keys = set(changed(normal(row.content), normal(before.content if before else {})))
        for conflict in conflicts:
            if conflict.unit not in out and (keys & set(conflict.keys) or before is None):
                out[conflict.unit] = (row.person, row.at)
        if len(out) == len(conflicts):
            break
    return out


def store(fiche: Fiche, content: Content, person: Person | None, op_id: str | None) -> None:
    """A new revision with its indexes, in one transaction. Inside writing()."""
    touch()
    fiche.rev += 1
    fiche.content = content
    fiche.title = (content.get("titre") or "")[:500]
    fiche.language = content.get("langue") or "fr"
    for name, value in Fiche.digest(content).items():
        setattr(fiche, name, value)
    fiche.changed_at = now()
    db.session.add(
        Revision(
            fiche_id=fiche.id,
            rev=fiche.rev,
            content=content,
            person_id=person.id if person else None,
            op_id=op_id,
        )
    )
    db.session.flush()
    facets.index(fiche.id, content)
    search.index(fiche.id, fiche.number, fiche.title, content)


def _finish(fiche: Fiche, person: Person, op: Op, digest: str, posted: Content, merged: list[str]) -> Saved:
    receipt: dict[str, Any] = {"op_id": op.op_id, "id": fiche.id, "rev": fiche.rev, "merged": merged}
    if op.transition:
        try:
            workflow.apply(fiche, op.transition, person)
        except workflow.Refused as refused:
            errors = [{"field": e.key, "error": str(e.sentence)} for e in refused.problems]
            receipt["refused"] = {"transition": op.transition, "error": str(refused), "errors": errors}
    if fiche.number:
        receipt["number"] = fiche.number
    _journal(fiche, person, op.op_id, digest, receipt, posted)
    return Saved(receipt)


def _journal(
    fiche: Fiche, person: Person, op_id: str, digest: str, receipt: dict[str, Any], posted: Content
) -> None:
    """The row without which a retry would be a second effect."""
    row = Operation(op_id=op_id, person_id=person.id, digest=digest, receipt=receipt, content=posted)
    row.document_kind, row.document_id, row.rev = "fiche", fiche.id, fiche.rev
    db.session.add(row)


def adopt(
    content: Content, *, owner: Person | None, number: str | None = None, op_id: str | None = None, **row: Any
) -> Fiche:
    """A new fiche from an import or the demonstration; a number that is taken is kept as the previous one. Inside writing()."""
    fiche = Fiche(id=op_id or new_id(), rev=0, content=content, made_by=owner.id if owner else None, **row)
    if number and find(number) is None:
        fiche.number = number
    elif number:
        fiche.previous_number = number
    if owner:
        fiche.authors.append(FicheAuthor(person_id=owner.id, helps="coordination" in owner.role_names))
    db.session.add(fiche)
    store(fiche, content, owner, None)
    return fiche
