"""The agreements behind quotes and pictures, read in the fiches; and what became of those that were withdrawn."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased, undefer

from models import annexes
from models.audit import AuditEvent
from models.dossiers import ERASED, Dossier, Download, selection, shut
from models.fiche import questions
from models.fiche.content import normal
from models.fiche.fiche import TOGETHER, Fiche, FicheAuthor
from models.fiche.reading import Sheet
from models.mydata import consents_in
from models.people import Person
from models.rights import can
from models.statements import Rows, statement
from models.store import db


@dataclass(frozen=True)
class Consent:
    """One quote or picture: whose fiche, its words, what was agreed (codes of `consentement` and `usage`), when."""

    fiche: Fiche
    item_id: str
    picture: bool
    words: str
    state: str
    uses: tuple[str, ...]
    date: str | None


def given(writer_id: str | None) -> list[Consent]:
    """Those in the fiches that somebody writes; None: in every fiche. One query, by number of the fiche."""
    query = select(Fiche).options(*TOGETHER, undefer(Fiche.content))
    if writer_id is not None:
        mine = select(FicheAuthor.fiche_id).where(FicheAuthor.person_id == writer_id)
        query = query.where(Fiche.id.in_(mine))
    query = query.order_by(Fiche.number.is_(None), Fiche.number, Fiche.id)
    out = []
    for fiche in db.session.scalars(query).unique():
        out += [_consent(fiche, told) for told in consents_in(fiche.content)]
    return out


def _consent(fiche: Fiche, told: dict[str, Any]) -> Consent:
    item, picture = told["item"], questions.leaves()[told["list"]].view == "pictures"
    words = (
        item.get("alternative") or item.get("legende") or item.get("credit") if picture else item.get("texte")
    )
    state = told["state"] or "non_demande"
    return Consent(fiche, told["id"], picture, str(words or ""), state, tuple(told["uses"]), told["date"])


@dataclass(frozen=True)
class Withdrawn:
    """Something that was erased: when, by whom, and the PDFs that held its fiche then, with who took them along."""

    fiche: Fiche
    at: datetime
    by: Person | None
    dossiers: list[tuple[Dossier, list[Download]]]


def withdrawn(limit: int = 50) -> list[Withdrawn]:
    """The latest first. A constant number of queries."""
    query = select(AuditEvent).where(AuditEvent.act == "fiche.item-erased").order_by(AuditEvent.id.desc())
    events = list(db.session.scalars(query.limit(limit)))
    ids = {e.object_id for e in events}
    fiches = {
        f.id: f
        for f in db.session.scalars(select(Fiche).options(*TOGETHER).where(Fiche.id.in_(ids))).unique()
    }
    people = {
        p.id: p
        for p in db.session.scalars(select(Person).where(Person.id.in_({e.person_id for e in events})))
    }
    made = list(db.session.scalars(select(Dossier).order_by(Dossier.made_at.desc()))) if events else []
    held = {i: [d for d in made if d.fiche_id == i or i in (d.fiches or [])] for i in ids}
    taken: dict[str, list[Download]] = {}
    wanted = {d.id for rows in held.values() for d in rows}
    for row in db.session.scalars(
        select(Download).where(Download.dossier_id.in_(wanted)).order_by(Download.id)
    ):
        taken.setdefault(row.dossier_id, []).append(row)
    return [
        Withdrawn(
            fiches[e.object_id], e.at, people.get(e.person_id or ""),
            [(d, taken.get(d.id, [])) for d in held[e.object_id] if d.ready_at and d.ready_at <= e.at],
        )
        for e in events if e.object_id in fiches
    ]  # fmt: skip


def taken_out_of(dossier: Dossier) -> bool:
    """Whether a quote or a picture of a fiche in this PDF was erased since it was made: then so was its file."""
    ids = {*(dossier.fiches or []), dossier.fiche_id} - {None}
    if dossier.ready_at is None or not ids:
        return False
    erased = (
        AuditEvent.act == "fiche.item-erased",
        AuditEvent.object_id.in_(ids),
        AuditEvent.at >= dossier.ready_at,
    )
    return db.session.scalar(select(AuditEvent.id).where(*erased).limit(1)) is not None


@statement
def for_office() -> Rows:
    """PDFs whose file went with a quote or a picture of a fiche inside, and that were not made again, the latest first.
    One of a single fiche is for who asked for it."""
    other = aliased(Dossier)
    again = select(other.id).where(
        other.kind == Dossier.kind, other.language == Dossier.language, other.ready_at > Dossier.ready_at,
        other.edition_id.is_not_distinct_from(Dossier.edition_id),
        other.meeting_id.is_not_distinct_from(Dossier.meeting_id),
    )  # fmt: skip
    gone = select(Dossier).where(Dossier.key == ERASED, Dossier.kind != "D1", ~again.exists())
    return gone.order_by(Dossier.ready_at.desc())


def to_make_again(person: Person, since: datetime, most: int) -> list[Dossier]:
    """Those that this person may open and that were erased since an instant, `most` of them."""
    rows = [row for row in for_office.all() if can(person, "dossier.see", row)][:most]
    ids = {one for row in rows for one in row.fiches or []}
    lately = (AuditEvent.act == "fiche.item-erased", AuditEvent.object_id.in_(ids), AuditEvent.at >= since)
    events = db.session.execute(select(AuditEvent.object_id, AuditEvent.at).where(*lately)).all()
    return [row for row in rows if any(one in row.fiches and at >= row.ready_at for one, at in events)]


# ------------------------------------------------------------------------- what is taken back while it is printed


@dataclass(frozen=True)
class Said:
    """What of people a fiche may say on a paper, in the version `rev` and this state: its quotes, pictures and published
    contact, each as one line; whether it may be on that paper at all (open)."""

    rev: int
    state: str
    open: bool
    lines: frozenset[str]


def of_fiche(fiche: Fiche, usage: str, open: bool) -> Said:
    """What it may say of people today, on a paper for this use; open: whether it may stand there at all."""
    sheet = Sheet(normal(fiche.content), usage)
    views = [q for q in questions.leaves().values() if q.view == "pictures"]
    told: list[Any] = [
        *sheet.quotes()[0],
        *sheet.digests(),
        *(item for q in views for item in sheet.pictures(q)),
    ]
    contact = sheet.get("contact") or {}
    told += [contact] if contact.get("publier") else []
    lines = frozenset(json.dumps(one, sort_keys=True, default=str) for one in told)
    return Said(fiche.rev, fiche.state, open, lines)


def _of_fiches(dossier: Dossier, fiches: Sequence[Fiche]) -> dict[str, Said]:
    closed = {fiche.id for fiche in shut(dossier, fiches)}
    return {fiche.id: of_fiche(fiche, dossier.usage, fiche.id not in closed) for fiche in fiches}


def said_in(dossier: Dossier) -> dict[str, Said]:
    """By id of each fiche that would be printed in a dossier today: what it may say there. Other papers quote no fiche."""
    fiches: list[Fiche] = []
    if dossier.fiche:
        fiches = [dossier.fiche]
    elif dossier.edition:
        fiches = selection(dossier.edition).fiches
    elif dossier.meeting and dossier.kind == "D5":
        fiches = annexes.annexed(dossier.meeting)
    return _of_fiches(dossier, fiches)


def taken_back(dossier: Dossier, before: Mapping[str, Said]) -> bool:
    """Whether anything of `before` (see said_in) may not be said any more, or is said otherwise now. What did not change
    is not read: this stands inside writing()."""
    rows = db.session.execute(select(Fiche.id, Fiche.rev, Fiche.state).where(Fiche.id.in_(before)))
    same = {id for id, rev, state in rows if (rev, state) == (before[id].rev, before[id].state)}
    changed = before.keys() - same
    query = select(Fiche).where(Fiche.id.in_(changed)).options(undefer(Fiche.content))
    after = _of_fiches(dossier, db.session.scalars(query).all()) if changed else {}
    gone = Said(0, "", False, frozenset())
    return any(
        before[id].lines - after.get(id, gone).lines or (before[id].open and not after.get(id, gone).open)
        for id in changed
    )
