"""Who writes for whom: a companion is a writer who helps in every fiche of a person, those there are and those to come.

Nothing here opens a fiche by itself: a companion is a row of `fiche_author` with `helps`, so that the rights of a fiche
stay in one place.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.audit import record
from models.deliveries import mail
from models.fiche.fiche import Fiche, FicheAuthor, touch
from models.people import Person
from models.store import Base, Moment, db, now


class Companion(Base):
    """`companion` writes for `person`."""

    __tablename__ = "companion"
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    companion_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="joined")
    companion: Mapped[Person] = relationship(foreign_keys=[companion_id], lazy="joined")


class BadCompanion(ValueError):
    """These two cannot write for each other; str() is a sentence for who asked."""


def companions_of(person: Person) -> list[Companion]:
    """Who writes for this person, by name."""
    rows = db.session.scalars(select(Companion).where(Companion.person_id == person.id))
    return sorted(rows, key=lambda row: row.companion.name)


def helped_by(companion: Person) -> list[Person]:
    """For whom this person writes, by name."""
    rows = db.session.scalars(select(Companion).where(Companion.companion_id == companion.id))
    return sorted((row.person for row in rows if row.person.merged_into is None), key=lambda p: p.name)


def helps(companion: Person, person_id: str) -> Person | None:
    """The person with this id, where this companion writes for them."""
    row = db.session.get(Companion, (person_id, companion.id))
    return row.person if row else None


def accompany(person: Person, companion: Person | None, by: Person) -> Companion:
    """From now on the companion writes in every fiche of the person. Inside writing(). Raises BadCompanion."""
    if companion is None or not companion.active:
        raise BadCompanion(
            _l(
                "Nous ne connaissons pas cette adresse. Demandez au secrétariat d’inviter cette personne, puis revenez."
            )
        )
    if companion.id == person.id:
        raise BadCompanion(_l("C’est la même personne. Écrivez l’adresse de qui l’aide."))
    row = db.session.get(Companion, (person.id, companion.id))
    if row is None:
        row = Companion(person=person, companion=companion, made_by=by.id)
        db.session.add(row)
        db.session.flush()
        record(by, "companion.made", "person", person.id, companion=companion.id)
        for to in {companion, person} - {by}:
            mail(to, "companion", person=person.id, companion=companion.id, by=by.id)
        for fiche in _fiches_of(person):
            follow(fiche)
    return row


def part(person: Person, companion_id: str, by: Person) -> bool:
    """The companion writes no longer; they leave the fiches in which they helped. Inside writing()."""
    row = db.session.get(Companion, (person.id, companion_id))
    if row is None:
        return False
    db.session.delete(row)
    record(by, "companion.ended", "person", person.id, companion=companion_id)
    for fiche in _fiches_of(person):
        others = {a.person_id for a in fiche.authors if not a.helps} - {person.id}
        if not _helped(others, companion_id):
            fiche.authors = [a for a in fiche.authors if a.person_id != companion_id or not a.helps]
            touch()
    db.session.flush()
    return True


def follow(fiche: Fiche) -> None:
    """The companions of those who write a fiche help in it. Inside writing()."""
    writers = [a.person_id for a in fiche.authors if not a.helps]
    wanted = select(Companion.companion_id).where(Companion.person_id.in_(writers))
    for companion_id in db.session.scalars(wanted).all():
        if companion_id not in fiche.author_ids:
            fiche.authors.append(FicheAuthor(person_id=companion_id, helps=True))
            touch()


def write_for(fiche: Fiche, companion: Person, person: Person) -> None:
    """A new fiche: the person is its author, the companion helps. Inside writing()."""
    fiche.authors = [
        FicheAuthor(person_id=person.id, helps=False),
        FicheAuthor(person_id=companion.id, helps=True),
    ]


def _fiches_of(person: Person) -> list[Fiche]:
    mine = select(FicheAuthor.fiche_id).where(
        FicheAuthor.person_id == person.id, FicheAuthor.helps.is_(False)
    )
    return list(db.session.scalars(select(Fiche).where(Fiche.id.in_(mine))))


def _helped(person_ids: set[str], companion_id: str) -> bool:
    """Whether this companion also writes for one of these people."""
    rows: Any = select(Companion.person_id).where(
        Companion.person_id.in_(person_ids), Companion.companion_id == companion_id
    )
    return db.session.scalar(rows.limit(1)) is not None
