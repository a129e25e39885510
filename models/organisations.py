"""Organisations, and who belongs to them.

A name may be known in several languages; one is enough. Whoever says that they belong to an organisation is shown with
it at once; its texts are theirs to change when the coordination, or another member, confirmed it. The first one, who
brought the organisation here, needs nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String, Text, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from models.audit import record
from models.editions import LOCAL
from models.lengths import too_long
from models.names import fold, matches
from models.people import Person
from models.statements import Rows, statement
from models.store import Base, Moment, db, new_id, now
from models.vocabularies import terms

NAME_LANGUAGES = ("fr", "nl", "de")
TEXT_FIELDS = (
    "name_fr", "name_nl", "name_de", "abbreviation", "meaning", "kind", "level", "country", "region", "commune", "site",
    "about",
)  # fmt: skip
LENGTHS = {
    "name_fr": 200, "name_nl": 200, "name_de": 200, "abbreviation": 40, "meaning": 200, "commune": 100, "site": 300,
    "about": 1200,
}  # fmt: skip
VOCABULARIES = {
    "kind": "type_organisation",
    "level": "niveau_territoire",
    "country": "pays",
    "region": "provenance_territoire_be",
}
WHEN = re.compile(r"(?P<y>[12][0-9]{3})(-(?P<m>0[1-9]|1[0-2]))?")
WHEN_AS_SAID = re.compile(r"(?P<m>0?[1-9]|1[0-2])[/. -](?P<y>[12][0-9]{3})")


class Organisation(Base):
    """One organisation. kind, level, country, region: codes of VOCABULARIES. merged_into: the one that took its place."""

    __tablename__ = "organisation"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    name_fr: Mapped[str | None] = mapped_column(String(200))
    name_nl: Mapped[str | None] = mapped_column(String(200))
    name_de: Mapped[str | None] = mapped_column(String(200))
    abbreviation: Mapped[str | None] = mapped_column(String(40))
    meaning: Mapped[str | None] = mapped_column(String(200))
    kind: Mapped[str | None] = mapped_column(String(3))
    level: Mapped[str | None] = mapped_column(String(3))
    country: Mapped[str | None] = mapped_column(String(3))
    region: Mapped[str | None] = mapped_column(String(5))
    commune: Mapped[str | None] = mapped_column(String(100))
    site: Mapped[str | None] = mapped_column(String(300))
    about: Mapped[str | None] = mapped_column(Text)
    rev: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    if TYPE_CHECKING:
        sector_codes: Mapped[str | None]
    sector_rows: Mapped[list[OrganisationSector]] = relationship(
        cascade="all, delete-orphan", order_by="OrganisationSector.code"
    )
    memberships: Mapped[list[Membership]] = relationship(
        back_populates="organisation",
        order_by="Membership.made_at, Membership.id",
        cascade="all, delete-orphan",
    )

    @property
    def sectors(self) -> list[str]:
        """Codes, in the order of the vocabulary; what was set since they were read counts."""
        rows = self.__dict__.get("sector_rows")
        mine = (self.sector_codes or "").split(",") if rows is None else {row.code for row in rows}
        return [code for code in terms("secteur") if code in mine]

    @property
    def names(self) -> dict[str, str]:
        """Language → name, for each language that has one."""
        found = {language: getattr(self, f"name_{language}") for language in NAME_LANGUAGES}
        return {language: name for language, name in found.items() if name}

    def language_for(self, wanted: str) -> str:
        """The language of the name that a reader of `wanted` is shown."""
        return wanted if wanted in self.names else next(iter(self.names), "fr")

    def name_for(self, wanted: str) -> str:
        return self.names.get(self.language_for(wanted), "")

    @property
    def editor_ids(self) -> frozenset[str]:
        """Ids of the people who belong to it now, and were confirmed."""
        return frozenset(m.person_id for m in self.memberships if m.confirmed and not m.until)


class OrganisationSector(Base):
    """One sector of an organisation; a code of the vocabulary `secteur`."""

    __tablename__ = "organisation_sector"
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(3), primary_key=True, index=True)


# The sectors of an organisation come along with it as one text, as the seats do with a circle (models/circles.py).
Organisation.sector_codes = column_property(
    select(func.aggregate_strings(OrganisationSector.code, ","))
    .where(OrganisationSector.organisation_id == Organisation.id)
    .correlate_except(OrganisationSector)
    .scalar_subquery()
)


class Membership(Base):
    """A person in an organisation. since, until: as one knows them, "2014" or "2014-09"; until None: still there."""

    __tablename__ = "membership"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    function: Mapped[str | None] = mapped_column(String(200))
    since: Mapped[str | None] = mapped_column(String(10))
    until: Mapped[str | None] = mapped_column(String(10))
    confirmed: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    person: Mapped[Person] = relationship(lazy="joined")
    organisation: Mapped[Organisation] = relationship(back_populates="memberships", lazy="joined")


class BadOrganisation(ValueError):
    """What was given cannot stand. problems: name of the field → sentence that names the remedy."""

    def __init__(self, problems: dict[str, Any]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in problems.items()))
        self.problems = problems


class Stale(Exception):
    """Somebody else changed it in the meantime; nothing was changed."""


def partial(text: str | None) -> str | None:
    """What somebody typed as a year or a month, "2014", "9/2014" → "2014-09". Raises ValueError."""
    typed = (text or "").strip()
    if not typed:
        return None
    found = WHEN.fullmatch(typed) or WHEN_AS_SAID.fullmatch(typed)
    if not found:
        raise ValueError(typed)
    return found["y"] + (f"-{int(found['m']):02d}" if found["m"] else "")


def problems(values: Mapping[str, Any]) -> dict[str, Any]:
    """Why these values cannot stand, by field."""
    out = too_long(values, LENGTHS)
    if not any(values.get(f"name_{language}") for language in NAME_LANGUAGES):
        out["name_fr"] = _l("Écrivez un nom, dans une des trois langues au moins.")
    site = values.get("site")
    if site and not (urlsplit(site).scheme in ("http", "https") and "." in urlsplit(site).netloc):
        out["site"] = _l("Écrivez une adresse comme https://www.passerelle.example, ou laissez vide.")
    for name, vocabulary in VOCABULARIES.items():
        if values.get(name) and values[name] not in terms(vocabulary):
            out[name] = _l("Choisissez dans la liste.")
    if any(code not in terms("secteur") for code in values.get("sectors") or ()):
        out["sectors"] = _l("Cochez dans la liste.")
    return out


def add_organisation(values: Mapping[str, Any], by: Person | None) -> Organisation:
    """A new organisation. Inside writing(). Raises BadOrganisation."""
    if found := problems(values):
        raise BadOrganisation(found)
    row = Organisation(id=new_id(), **{name: values.get(name) or None for name in TEXT_FIELDS})
    row.sector_rows = [OrganisationSector(code=code) for code in dict.fromkeys(values.get("sectors") or ())]
    db.session.add(row)
    db.session.flush()
    record(by, "organisation.made", "organisation", row.id)
    return row


def change_organisation(row: Organisation, values: Mapping[str, Any], rev: int, by: Person) -> None:
    """Inside writing(). Raises Stale, BadOrganisation. Values that are the same change nothing, not even the rev."""
    if row.rev != rev:
        raise Stale
    if found := problems(values):
        raise BadOrganisation(found)
    changed = [name for name in TEXT_FIELDS if getattr(row, name) != (values.get(name) or None)]
    for name in changed:
        setattr(row, name, values.get(name) or None)
    wanted = set(values.get("sectors") or ())
    if wanted != set(row.sectors):
        changed.append("sectors")
        set_sectors(row, wanted)
    if changed:
        row.rev += 1
        record(by, "organisation.changed", "organisation", row.id, rev=row.rev, fields=changed)


def set_sectors(row: Organisation, codes: Iterable[str]) -> None:
    """These sectors and no others. Inside writing()."""
    wanted = set(codes)
    kept = [one for one in row.sector_rows if one.code in wanted]
    known = {one.code for one in kept}
    row.sector_rows = [*kept, *(OrganisationSector(code=code) for code in sorted(wanted - known))]


def organisation(organisation_id: str) -> Organisation | None:
    """One organisation, whether another took its place or not."""
    return db.session.get(Organisation, organisation_id)


@statement
def _said(sector: Any, *, chosen: bool) -> Rows:
    query = select(
        Organisation.id, Organisation.name_fr, Organisation.name_nl, Organisation.name_de, Organisation.abbreviation,
        Organisation.meaning, Organisation.commune,
    ).where(Organisation.merged_into.is_(None))  # fmt: skip
    return query.where(Organisation.sector_rows.any(OrganisationSector.code == sector)) if chosen else query


def found(words: str = "", sector: str = "", language: str = "fr") -> list[str]:
    """Ids of the organisations that answer, by the name that a reader of `language` sees. One query.

    There are some hundreds at most: they are compared here, so that accents do not matter in any database.
    """
    rows = []
    for row in _said.rows(sector, chosen=bool(sector)):
        names = dict(zip(NAME_LANGUAGES, row[1:4], strict=True))
        shown = names.get(language) or next((name for name in names.values() if name), "")
        if matches(words, *row[1:]):
            rows.append((fold(shown), row.id))
    return [one for _name, one in sorted(rows)]


@statement
def _headcounts(ids: Any) -> Rows:
    here = (Membership.organisation_id.in_(ids), Membership.until.is_(None), Person.active)
    query = select(Membership.organisation_id, func.count(Membership.person_id.distinct()))
    query = query.join(Person, Person.id == Membership.person_id).where(*here)
    return query.group_by(Membership.organisation_id)


def headcounts(ids: Iterable[str]) -> dict[str, int]:
    """How many active people are in each of these now, by id; in one query."""
    return {row[0]: row[1] for row in _headcounts.rows(list(ids))}


@statement
def _sectors_used() -> Rows:
    live = select(Organisation.id).where(Organisation.merged_into.is_(None))
    used = select(OrganisationSector.code, func.count()).where(OrganisationSector.organisation_id.in_(live))
    return used.group_by(OrganisationSector.code)


def sectors_used() -> dict[str, int]:
    """Code of a sector → how many organisations have it, those that have none left out. One query."""
    used = dict(_sectors_used.rows())
    return {code: used[code] for code in terms("secteur") if code in used}


def named(text: str | None) -> Organisation | None:
    """The organisation of this name or abbreviation in any language, whatever its accents and capitals."""
    wanted = fold(text)
    if not wanted:
        return None
    rows = db.session.scalars(select(Organisation).where(Organisation.merged_into.is_(None)))
    return next(
        (o for o in rows if wanted in {fold(name) for name in (*o.names.values(), o.abbreviation) if name}),
        None,
    )


# ---- who belongs to it


def memberships(person: Person) -> list[Membership]:
    """Those of a person, present ones first, then as they were noted. One query."""
    query = select(Membership).where(Membership.person_id == person.id)
    return list(
        db.session.scalars(query.order_by(Membership.until.is_not(None), Membership.made_at, Membership.id))
    )


def current(person_id: str, organisation_id: str) -> Membership | None:
    """The membership that has not ended."""
    mine = (Membership.person_id == person_id, Membership.organisation_id == organisation_id)
    return db.session.scalars(select(Membership).where(*mine, Membership.until.is_(None))).first()


def belong(
    person: Person, row: Organisation, by: Person, *, function: str | None = None, since: str | None = None
) -> Membership:
    """Somebody belongs to an organisation; whoever does already gets what is said now. Inside writing().

    Confirmed where somebody else than the person says so, or where nobody belongs to it yet.
    """
    known = current(person.id, row.id)
    if known is None:
        alone = not any(m.until is None for m in row.memberships)
        known = Membership(person_id=person.id, organisation_id=row.id, confirmed=by.id != person.id or alone)
        db.session.add(known)
        db.session.flush()
        db.session.expire(row, ["memberships"])
        record(by, "membership.made", "organisation", row.id, member=person.id)
    known.function, known.since = function or known.function, since or known.since
    return known


def confirm(membership: Membership, by: Person) -> None:
    """Inside writing()."""
    if not membership.confirmed:
        membership.confirmed = True
        record(
            by,
            "membership.confirmed",
            "organisation",
            membership.organisation_id,
            member=membership.person_id,
        )


def leave(membership: Membership, by: Person, until: str | None = None) -> None:
    """It ended; `until` as one knows it, else this year. Inside writing()."""
    membership.until = until or str(now().astimezone(LOCAL).year)
    record(by, "membership.ended", "organisation", membership.organisation_id, member=membership.person_id)


def forget_membership(membership: Membership, by: Person) -> None:
    """It never was: a mistake. Inside writing()."""
    record(by, "membership.removed", "organisation", membership.organisation_id, member=membership.person_id)
    db.session.delete(membership)
    db.session.flush()
