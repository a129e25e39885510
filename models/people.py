"""People and their roles. A person has at most one account: it is the same row, once `active`."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_security import RoleMixin, UserMixin
from sqlalchemy import Column, ForeignKey, String, Table, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.audit import record
from models.names import fold, matches
from models.store import Base, Moment, db, new_id, now

ROLES: dict[str, Any] = {
    "contributor": _l("Contribue"),
    "companion": _l("Accompagne"),
    "reader": _l("Lit pour le comité"),
    "group_member": _l("Membre d’un groupe"),
    "committee": _l("Membre du comité"),
    "chair": _l("Préside"),
    "coordination": _l("Coordonne"),
    "administration": _l("Administre"),
}

ROLES_EXPLAINED: dict[str, Any] = {
    "contributor": _l("Raconte son action dans une fiche."),
    "companion": _l("Écrit une fiche avec une autre personne, ou pour elle."),
    "reader": _l("Lit les fiches envoyées et dit son avis."),
    "group_member": _l("Participe à un groupe de travail."),
    "committee": _l("Lit les fiches et choisit celles qui sont retenues."),
    "chair": _l("Fait de même, et mène les réunions."),
    "coordination": _l("Tient l’appel, le catalogue et les invitations."),
    "administration": _l("Veille sur les accès et les courriels."),
}

OFFICE_ROLES = frozenset({"coordination", "administration"})

person_role = Table(
    "person_role",
    Base.metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("role_id", ForeignKey("role.id"), primary_key=True),
)


class Role(Base, RoleMixin):
    """One of ROLES, as Flask-Security knows it."""

    __tablename__ = "role"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)

    @property
    def words(self) -> Any:
        return ROLES[self.name]


class Person(Base, UserMixin):
    """Somebody we know. `active` means that this person may sign in; `password` is optional.

    closed_at: since when a member's access is suspended. merged_into: the row that took the place of this one, which
    only stays so that history can be read (models/merging.py). forgotten_at: since when nothing but the row is left of
    this person (models/forgetting.py).
    """

    __tablename__ = "person"
    id: Mapped[str] = mapped_column(  # type: ignore[assignment]
        String(36), primary_key=True, default=new_id
    )
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(255), unique=True)  # type: ignore[assignment]
    organisation: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(5), default="fr")
    active: Mapped[bool] = mapped_column(default=False)
    password: Mapped[str | None] = mapped_column(String(255))
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, default=lambda: secrets.token_hex(32))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    forgotten_at: Mapped[datetime | None] = mapped_column(Moment)
    # Since when somebody who may sign in has a role of the office; what it asks of them counts from here.
    office_since: Mapped[datetime | None] = mapped_column(Moment)
    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment]
        secondary=person_role, lazy="selectin", order_by=Role.id
    )

    @property
    def role_names(self) -> frozenset[str]:
        return frozenset(role.name for role in self.roles)

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split()[:2]).upper()


class BadPerson(ValueError):
    """A name or address that cannot be used; str() is a sentence for the one who typed it."""


EMAIL = re.compile(
    r"(?=.{3,254}\Z)[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64})*"
    r"@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}\Z"
)


def tidy_email(text: str) -> str:
    """The address in lower case, without what a copy brings along. Raises BadPerson where it is none."""
    email = "".join(c for c in text if c.isprintable()).strip().lower().removeprefix("mailto:")
    if not EMAIL.match(email):
        raise BadPerson(_l("Écrivez une adresse complète, par exemple nadia@passerelle.example."))
    return email


def tidy_name(text: str) -> str:
    """The name on one line, 1 to 120 signs. Raises BadPerson."""
    # A line break or an odd space parts words; what is not printable otherwise (NUL, bidi signs) falls away.
    text = "".join(" " if c.isspace() else c for c in text)
    name = " ".join("".join(c for c in text if c.isprintable()).split())
    if not name:
        raise BadPerson(_l("Écrivez un nom."))
    if len(name) > 120:
        raise BadPerson(_l("Écrivez un nom de 120 signes au plus."))
    return name


def by_email(email: str) -> Person | None:
    """The person with this address, whatever its case; None for one nobody has, or that is no address.

    An address of a row that was merged is one of the person who took its place.
    """
    try:
        known = db.session.scalar(select(Person).where(Person.email == tidy_email(email)))
    except BadPerson:
        return None
    return db.session.get(Person, known.merged_into) if known and known.merged_into else known


def add_person(name: str, email: str | None, roles: Iterable[str] = (), **more: Any) -> Person:
    """A new person, not active yet. Inside writing(). Raises BadPerson, KeyError for an unknown role."""
    person = Person(name=tidy_name(name), email=tidy_email(email) if email else None, **more)
    db.session.add(person)
    give_roles(person, roles)
    db.session.flush()
    return person


def give_roles(person: Person, roles: Iterable[str]) -> None:
    """Add roles by name. Inside writing(). Raises KeyError for a name that is not in ROLES."""
    for name in roles:
        if name not in ROLES:
            raise KeyError(name)
        role = db.session.scalar(select(Role).where(Role.name == name))
        if role is None:
            role = Role(name=name)
            db.session.add(role)
        if role not in person.roles:
            person.roles.append(role)
    if person.active:
        note_office(person)


def note_office(person: Person) -> None:
    """Note since when a person has a role of the office. Inside writing().

    For who is invited it is noted when they first come in (models/access.py), and not at the invitation.
    """
    if not person.role_names & OFFICE_ROLES:
        person.office_since = None
    elif person.office_since is None:
        person.office_since = now()


def invited(name: str, email: str, roles: Iterable[str], **more: Any) -> Person:
    """Somebody to invite: new, or known and not active; then roles are added, and what is said now is kept.

    Inside writing(). Raises BadPerson, KeyError.
    """
    person = by_email(email)
    if person is None:
        return add_person(name, email, roles, **more)
    person.name = tidy_name(name)
    for key, value in more.items():
        setattr(person, key, value or getattr(person, key))
    give_roles(person, roles)
    return person


def set_roles(person: Person, roles: Iterable[str], by: Person) -> None:
    """These roles and no others. Inside writing(). Raises KeyError."""
    wanted = set(roles)
    person.roles = [role for role in person.roles if role.name in wanted]
    give_roles(person, sorted(wanted))
    record(by, "person.roles", "person", person.id, roles=sorted(wanted))


def people_with(*roles: str) -> list[Person]:
    """Active people who have one of these roles, by name."""
    query = select(Person).where(Person.active, Person.roles.any(Role.name.in_(roles))).order_by(Person.name)
    return list(db.session.scalars(query))


def known_people(words: str = "", active: bool | None = None) -> list[str]:
    """Ids of the people we know that answer, by name; who was merged or forgotten is left out. One query."""
    query = select(Person.id, Person.name, Person.email, Person.organisation).where(
        Person.merged_into.is_(None), Person.forgotten_at.is_(None)
    )
    if active is not None:
        query = query.where(Person.active.is_(active))
    rows = [row for row in db.session.execute(query) if matches(words, *row[1:])]
    return [row.id for row in sorted(rows, key=lambda row: (fold(row.name), row.id))]


def nobody_yet() -> bool:
    """Whether this instance has nobody who may sign in."""
    return db.session.scalar(select(Person.id).where(Person.active).limit(1)) is None


def first_person(name: str, email: str) -> Person:
    """Who opens an empty instance: active, with the two roles of the office. Inside writing()."""
    known = by_email(email)
    if known is None:
        known = add_person(name, email)
    known.name, known.active = tidy_name(name), True
    give_roles(known, ("coordination", "administration"))
    db.session.flush()
    return known
