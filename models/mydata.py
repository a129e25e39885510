"""My data: everything that is kept about a person, gathered for a file that only they can take."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, undefer

from models import audit
from models.attachments import Attachment
from models.audit import record
from models.deliveries import Job, job
from models.fiche import questions
from models.fiche.content import get, normal
from models.fiche.fiche import Fiche, FicheAuthor, Revision
from models.forgetting import TIES, table
from models.people import Person
from models.store import Base, Moment, db, new_id, now

KEPT = timedelta(days=7)


class DataExport(Base):
    """One file of somebody's data. sha256, size: of the file, once it is there; ends_at: until when it can be taken."""

    __tablename__ = "data_export"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    job_id: Mapped[str | None] = mapped_column(ForeignKey("job.id"))
    sha256: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int | None]
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    ready_at: Mapped[datetime | None] = mapped_column(Moment)
    job: Mapped[Job | None] = relationship(lazy="joined")

    @property
    def ends_at(self) -> datetime:
        return (self.ready_at or self.made_at) + KEPT

    @property
    def state(self) -> str:
        """ "ready", "over", "under way" or "failed"."""
        if self.sha256:
            return "ready" if self.ends_at > now() else "over"
        return "under way" if self.job and self.job.state in ("queued", "running") else "failed"


def latest(person: Person) -> DataExport | None:
    """The last file that this person asked for."""
    query = select(DataExport).where(DataExport.person_id == person.id)
    return db.session.scalar(query.order_by(DataExport.made_at.desc(), DataExport.id).limit(1))


def order(person: Person) -> DataExport:
    """Ask for a file; the one under way where there is one. Inside writing()."""
    known = latest(person)
    if known and known.state == "under way":
        return known
    row = DataExport(id=new_id(), person_id=person.id)
    row.job = job("data-export", person, export=row.id)
    db.session.add(row)
    record(person, "data.asked", "person", person.id)
    db.session.flush()
    return row


# ---------------------------------------------------------------------------------------- what is in it


def plain(value: Any) -> Any:
    """A value as JSON has it: instants in UTC, days as they are, bytes not at all."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return None if isinstance(value, bytes) else value


def collect(person: Person) -> dict[str, Any]:
    """Everything, as JSON: {person, roles, tables: {table: [rows]}, fiches: […], events: […]}."""
    who = {c: plain(getattr(person, c)) for c in ("id", "name", "email", "organisation", "language", "active", "created_at")}  # fmt: skip
    fiches = fiches_of(person)
    return {
        "made_at": now().isoformat(),
        "person": who,
        "roles": sorted(person.role_names),
        "has_password": bool(person.password),
        "tables": _tables(person),
        "fiches": [_fiche(fiche, person) for fiche in fiches],
        "events": [_event(e, person) for e in audit.about(person.id)],
    }


def _tables(person: Person) -> dict[str, list[dict[str, Any]]]:
    """The rows that point to this person, by table, without what is secret or of others (models/forgetting.py).

    Where more than one column may point to them, `you` names those that do; such a row stands there once.
    """
    out: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}
    told = [tie for tie in TIES if tie.told is not None and tie.table != "person_role"]
    sides = Counter(tie.table for tie in told)
    for tie in told:
        rows, here = table(tie.table), out.setdefault(tie.table, {})
        shown = [c for c in rows.c if c.name not in (*tie.hide, tie.column)]
        keys = [c.label(f"key_{c.name}") for c in rows.primary_key]
        for found in db.session.execute(select(*keys, *shown).where(rows.c[tie.column] == person.id)):
            row = here.setdefault(tuple(found[: len(keys)]), {})
            if sides[tie.table] > 1:
                row["you"] = ", ".join(filter(None, (row.get("you"), tie.column)))
            row.update((c.name, plain(v)) for c, v in zip(shown, found[len(keys) :], strict=True))
    return {name: list(rows.values()) for name, rows in out.items()}


def fiches_of(person: Person) -> list[Fiche]:
    """The fiches this person writes, with their answers."""
    mine = select(FicheAuthor.fiche_id).where(FicheAuthor.person_id == person.id)
    query = select(Fiche).options(undefer(Fiche.content)).where(Fiche.id.in_(mine))
    return list(db.session.scalars(query.order_by(Fiche.made_at, Fiche.id)))


def _fiche(fiche: Fiche, person: Person) -> dict[str, Any]:
    """One fiche: what it says now, every version with whether it is mine, the consents that stand in it."""
    versions = db.session.scalars(
        select(Revision).where(Revision.fiche_id == fiche.id).order_by(Revision.rev)
    )
    return {
        "id": fiche.id, "number": fiche.number, "state": fiche.state, "title": fiche.title,
        "content": normal(fiche.content),
        "consents": [{k: v for k, v in told.items() if k != "item"} for told in consents_in(fiche.content)],
        "versions": [
            {"rev": v.rev, "at": plain(v.at), "mine": v.person_id == person.id, "content": v.content} for v in versions
        ],
        "files": [a.sha256 for a in attachments([fiche])],
    }  # fmt: skip


def consents_in(content: Any) -> list[dict[str, Any]]:
    """(list, id, state, uses, day) of each quote and picture of a document."""
    out = []
    for key, q in questions.leaves().items():
        if q.view not in ("quotes", "pictures"):
            continue
        for item in get(content, key) or []:
            told = item.get("consentement")
            state, more = (told.get("statut"), told) if isinstance(told, dict) else (told, {})
            out.append({"list": key, "id": item["id"], "state": state, "uses": more.get("usages") or [],
                        "date": more.get("date"), "item": item})  # fmt: skip
    return out


def attachments(fiches: list[Fiche]) -> list[Attachment]:
    """The files of these fiches."""
    ids = [f.id for f in fiches]
    return list(db.session.scalars(select(Attachment).where(Attachment.document_id.in_(ids)))) if ids else []


def _event(event: audit.AuditEvent, person: Person) -> dict[str, Any]:
    return {
        "at": plain(event.at), "act": event.act, "words": audit.words(event.act), "mine": event.person_id == person.id,
        "kind": event.object_kind, "object": event.object_id,
    }  # fmt: skip
