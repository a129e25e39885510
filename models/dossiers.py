"""Dossiers: PDFs made on request by the worker, kept with what went into them and who took them along."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, ForeignKey, String, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, undefer

from models import annexes
from models.audit import record
from models.circles import CHAIR, COMMITTEES, GROUP, LEADING, VOICES, Circle, Seat, at_work
from models.deliveries import Job, job
from models.editions import Call, Edition
from models.fiche import questions
from models.fiche.content import get
from models.fiche.fiche import Fiche, State
from models.fiche.reading import Sheet
from models.meetings import Meeting
from models.people import Person
from models.store import Base, Moment, db, new_id, now

KINDS: dict[str, Any] = {
    "D1": _l("Fiche"),
    "D3": _l("Dossier de la biennale"),
    "D4": _l("Convocation"),
    "D5": _l("Dossier de réunion"),
    "D6": _l("Feuille de présence"),
    "D7": _l("Procès-verbal"),
    "D8": _l("Registre des décisions et des recommandations"),
    "D9": _l("Annuaire des membres"),
    "D10": _l("Plaidoyer en quatre pages"),
    "D12": _l("Groupe et tableau des échanges"),
}
OF_MEETINGS = frozenset({"D4", "D5", "D6", "D7"})
OF_CIRCLES = frozenset({"D12"})
INSIDE = "circle"  # the usage of a paper that holds what is for who sits in the group alone
# For which use a quote or a picture must be cleared.
USAGE = {
    "D1": "intranet",
    "D3": "catalogue",
    "D4": "intranet",
    "D5": "intranet",
    "D6": "intranet",
    "D7": "intranet",
    "D8": "catalogue",
    "D9": "intranet",
    "D10": "catalogue",
    "D12": "intranet",
}
PRINTED = (State.RETAINED, State.PUBLISHED)  # the states whose fiches go into the dossier of the biennale
ERASED = "erased"  # in the place of a key: its file went because a quote or a picture in it was taken back


class Dossier(Base):
    """One PDF. key: SHA-256 of all that decides it, or ERASED; content: of its answers and texts alone, so that a later
    day is told from a later version. sha256, pages, size: of the file, once it is there.

    language: of the words around the answers; "" where each fiche speaks its own. fiches: ids of those inside;
    notes: sentences about what is not as it should be (a fiche left out, replaced), or why there is no PDF.
    """

    __tablename__ = "dossier"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(4))
    edition_id: Mapped[str | None] = mapped_column(ForeignKey("edition.id"), index=True)
    fiche_id: Mapped[str | None] = mapped_column(ForeignKey("fiche.id"), index=True)
    meeting_id: Mapped[str | None] = mapped_column(ForeignKey("meeting.id"), index=True)
    circle_id: Mapped[str | None] = mapped_column(ForeignKey("circle.id"), index=True)
    language: Mapped[str] = mapped_column(String(5), default="")
    usage: Mapped[str] = mapped_column(String(20), default="intranet")
    key: Mapped[str] = mapped_column(String(64), index=True)
    content: Mapped[str] = mapped_column(String(64), default="")
    job_id: Mapped[str | None] = mapped_column(ForeignKey("job.id"))
    sha256: Mapped[str | None] = mapped_column(String(64))
    pages: Mapped[int | None]
    size: Mapped[int | None]
    fiches: Mapped[list[str]] = mapped_column(JSON, default=list)
    notes: Mapped[list[str]] = mapped_column(JSON, default=list)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    ready_at: Mapped[datetime | None] = mapped_column(Moment)
    edition: Mapped[Edition | None] = relationship(lazy="joined")
    fiche: Mapped[Fiche | None] = relationship()
    meeting: Mapped[Meeting | None] = relationship()
    circle: Mapped[Circle | None] = relationship()
    job: Mapped[Job | None] = relationship(lazy="joined")
    maker: Mapped[Person | None] = relationship(lazy="joined", foreign_keys=[made_by])

    @property
    def state(self) -> str:
        """ "ready", "failed", "under way", or "gone": it was ready, and its file is no longer kept."""
        if self.sha256:
            return "ready"
        if self.ready_at:
            return "gone"
        return "under way" if self.job and self.job.state in ("queued", "running") else "failed"


class Download(Base):
    """Who took a dossier along, and when: they are told when a quote in it is withdrawn."""

    __tablename__ = "dossier_download"
    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[str] = mapped_column(ForeignKey("dossier.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    person: Mapped[Person] = relationship(lazy="joined")


def same(key: str) -> Dossier | None:
    """The latest dossier made of exactly this, ready or under way."""
    query = select(Dossier).where(Dossier.key == key).order_by(Dossier.made_at.desc())
    return next((d for d in db.session.scalars(query) if d.state in ("ready", "under way")), None)


def ready_papers(kind: str, meeting_id: str, language: str) -> list[Dossier]:
    """The papers of a meeting that are made, the latest first."""
    mine = (Dossier.kind == kind, Dossier.meeting_id == meeting_id, Dossier.language == language)
    query = select(Dossier).where(*mine, Dossier.sha256.is_not(None)).order_by(Dossier.ready_at.desc())
    return list(db.session.scalars(query))


def of_circle(circle_id: str, limit: int = 10) -> list[Dossier]:
    """The papers of a group, the latest first."""
    query = select(Dossier).where(Dossier.circle_id == circle_id)
    return list(db.session.scalars(query.order_by(Dossier.made_at.desc(), Dossier.id).limit(limit)))


def editions_dossiers(limit: int = 50) -> list[Dossier]:
    """Dossiers of editions and directories, the latest first."""
    listed = or_(Dossier.edition_id.is_not(None), Dossier.kind == "D9")
    query = select(Dossier).where(listed).order_by(Dossier.made_at.desc(), Dossier.id)
    return list(db.session.scalars(query.limit(limit)))


def downloads(dossier: Dossier) -> list[Download]:
    """Who took it along, the latest first."""
    query = select(Download).where(Download.dossier_id == dossier.id).order_by(Download.id.desc())
    return list(db.session.scalars(query))


def order(
    kind: str,
    by: Person,
    key: str,
    content: str,
    *,
    edition: Edition | None = None,
    fiche: Fiche | None = None,
    meeting: Meeting | None = None,
    circle: Circle | None = None,
    language: str = "",
    usage: str = "",
) -> Dossier:
    """Ask the worker for a dossier. usage: where it is not that of its kind. Inside writing()."""
    row = Dossier(
        id=new_id(), kind=kind, usage=usage or USAGE[kind], key=key, content=content, language=language, made_by=by.id,
        edition_id=edition.id if edition else None, fiche_id=fiche.id if fiche else None,
        meeting_id=meeting.id if meeting else None, circle_id=circle.id if circle else None,
    )  # fmt: skip
    row.job = job("dossier", by, dossier=row.id)
    db.session.add(row)
    record(
        by,
        "dossier.make",
        "dossier",
        row.id,
        made=kind,
        edition=edition.code if edition else None,
        fiche=row.fiche_id,
        meeting=row.meeting_id,
        circle=row.circle_id,
    )
    return row


def took(dossier: Dossier, person: Person) -> None:
    """Note who takes a dossier along. Inside writing()."""
    db.session.add(Download(dossier_id=dossier.id, person_id=person.id))
    record(person, "dossier.download", "dossier", dossier.id, sha256=dossier.sha256)


# ------------------------------------------------------------------------------------------- what goes in


def barred(fiche: Fiche) -> str:
    """Why a fiche is not printed for outside: "withdrawn", "agreement", "internal", or "" where nothing is against it."""
    if fiche.state == State.WITHDRAWN:
        return "withdrawn"
    if not get(fiche.content, "consentements.accord_structure"):
        return "agreement"
    return "" if get(fiche.content, "consentements.publication") == "publique" else "internal"


@dataclass(frozen=True)
class Selection:
    """The fiches of an edition that are printed, by number; those left out, with why; how many were received."""

    fiches: list[Fiche]
    left_out: list[tuple[Fiche, str]]
    received: int


def selection(edition: Edition) -> Selection:
    """What the dossier of this edition holds today."""
    query = select(Fiche).join(Call, Fiche.call_id == Call.id).where(Call.edition_id == edition.id)
    query = query.options(undefer(Fiche.content))
    ready = list(db.session.scalars(query.where(Fiche.state.in_(PRINTED)).order_by(Fiche.number, Fiche.id)))
    received = query.where(Fiche.received_at.is_not(None), Fiche.state.not_in((State.DRAFT, State.WITHDRAWN)))
    count = len(db.session.execute(received.with_only_columns(Fiche.id)).all())
    pairs = [(f, barred(f)) for f in ready]
    return Selection([f for f, why in pairs if not why], [(f, why) for f, why in pairs if why], count)


def shut(dossier: Dossier, fiches: Sequence[Fiche]) -> list[Fiche]:
    """Those of these fiches that may not stand in this dossier: withdrawn; without agreement, where it is for outside; in
    the pack of a meeting, what somebody at its table may not read."""
    if dossier.kind == "D1":
        return [f for f in fiches if f.state == State.WITHDRAWN]
    if dossier.meeting:
        people = annexes.at_table(dossier.meeting) if fiches else []
        return [f for f in fiches if not annexes.shared(f, people)]
    return [f for f in fiches if barred(f)]


def revoked(dossiers: Sequence[Dossier]) -> dict[str, list[Fiche]]:
    """By id of a dossier: the fiches inside that may not be handed out any more (see shut)."""
    inside = {d.id: {*(d.fiches if d.kind != "D1" else [d.fiche_id])} for d in dossiers}
    ids = {x for those in inside.values() for x in those}
    query = select(Fiche).where(Fiche.id.in_(ids)).options(undefer(Fiche.content)).order_by(Fiche.number)
    found = db.session.scalars(query).all() if ids else []
    return {d.id: shut(d, [f for f in found if f.id in inside[d.id]]) for d in dossiers}


def holding(fiche: Fiche) -> list[Dossier]:
    """Every dossier that holds this fiche, the latest first."""
    query = select(Dossier).where(Dossier.sha256.is_not(None)).order_by(Dossier.made_at.desc())
    return [d for d in db.session.scalars(query) if fiche.id in d.fiches or d.fiche_id == fiche.id]


def held_back(fiches: Iterable[Fiche], usage: str) -> tuple[int, int]:
    """(quotes, pictures) of these fiches that are not cleared for this use."""
    quotes = pictures = 0
    views = [q for q in questions.leaves().values() if q.view == "pictures"]
    for fiche in fiches:
        sheet = Sheet(fiche.content, usage)
        quotes += sheet.quotes()[1]
        pictures += sum(len(sheet.get(q.key) or []) - len(sheet.pictures(q)) for q in views)
    return quotes, pictures


def committees() -> list[tuple[Circle, list[Seat]]]:
    """The steering committees at work, the core first, each with whoever has a voice there: who presides, then the
    secretariat, then the members. Source: domain document, D3."""
    voices = [(c, [s for s in seats if s.role in VOICES]) for c, seats in at_work(*COMMITTEES)]
    return [(c, seats) for c, seats in voices if seats]


def working_groups() -> list[tuple[Circle, list[Seat]]]:
    """The working groups at work that are open, each with who leads it; where nobody does, with its secretariat."""
    found = []
    for circle, seats in at_work(GROUP):
        leads = [s for s in seats if s.role == CHAIR] or [s for s in seats if s.role in LEADING]
        found.append((circle, leads))
    return found


def _told(rows: Sequence[tuple[Circle, list[Seat]]]) -> list[Any]:
    return [
        [c.code, c.kind, c.title, c.mandate, [[s.person.name, s.person.organisation, s.role] for s in seats]]
        for c, seats in rows
    ]


def digest(fiches: Sequence[Fiche], edition: Edition | None = None, more: Sequence[Any] = ()) -> str:
    """SHA-256 of what these fiches and this edition say; of who sits in its committees and leads its groups too."""
    said: list[Any] = [[f.id, f.number, f.state, f.language, f.title, f.content] for f in fiches]
    if edition:
        said.append([edition.code, edition.title, edition.year, edition.theme, edition.place, edition.starts,
                     edition.ends, edition.letter, edition.signature, edition.thanks,
                     _told(committees()), _told(working_groups())])  # fmt: skip
    return hashlib.sha256(json.dumps([said, *more], sort_keys=True, default=str).encode()).hexdigest()
