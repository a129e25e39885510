"""What a person tells the others about themselves: each detail with who may read it.

Source: docs of the domain, "directory: my work, my place, my role, my expertise, why I commit". A detail that a reader
may not see is not in the answer at all: `shown()` is the only way a page gets them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from models.audit import record
from models.lengths import shorten
from models.people import Person, by_email
from models.recalling import recall_directories
from models.rights import COMMITTEE, OFFICE
from models.store import Base, db
from models.vocabularies import terms

ME, CIRCLE, MEMBERS = "me", "committee", "members"
SEEN_BY: dict[str, Any] = {
    ME: _l("Moi seulement"),
    CIRCLE: _l("Le comité et la coordination"),
    MEMBERS: _l("Tous les membres"),
}
LONGEST = 2000  # signs; 600 are advised


@dataclass(frozen=True)
class Detail:
    """One detail: its label as a question to its person (ask) and to a reader (label), who sees it at first."""

    name: str
    ask: Any
    label: Any
    help: Any = ""
    seen_by: str = MEMBERS
    kind: str = "text"


DETAILS: dict[str, Detail] = {
    d.name: d
    for d in (
        Detail("work", _l("Mon travail"), _l("Son travail"), _l("Ce que vous faites, pour qui, avec qui.")),
        Detail("place", _l("Mon lieu"), _l("Son lieu"), _l("Votre quartier, votre commune, votre terrain.")),
        Detail("role", _l("Mon rôle"), _l("Son rôle"), _l("Votre place dans votre organisation, ou ici.")),
        Detail("expertise", _l("Ce que je sais bien faire"), _l("Ce que cette personne sait bien faire"),
               _l("De métier ou d’expérience : les deux comptent.")),
        Detail("why", _l("Pourquoi je m’engage"), _l("Pourquoi cette personne s’engage")),
        Detail("knowledge", _l("Ce que je peux apprendre aux autres"), _l("Ce que cette personne peut apprendre aux autres"),
               _l("Un savoir, un tour de main, une langue, une méthode. Un par ligne.")),
        Detail("languages", _l("Les langues que je parle"), _l("Langues parlées"), kind="languages"),
        Detail("phone", _l("Mon téléphone"), _l("Téléphone"), _l("Par exemple 02 555 01 00."), CIRCLE, "phone"),
        Detail("email", _l("Mon adresse de courriel"), _l("Courriel"),
               _l("La coordination la voit toujours : elle y envoie vos invitations."), CIRCLE, "email"),
    )
}  # fmt: skip


class ProfileDetail(Base):
    """One detail of a person. text: as typed, or codes by blanks; the address stays in `person`, its row says who sees it."""

    __tablename__ = "profile_detail"
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    text: Mapped[str] = mapped_column(Text, default="")
    seen_by: Mapped[str] = mapped_column(String(10))


@dataclass(frozen=True)
class Shown:
    """A detail that a reader may see. codes: of languages, where it is made of them."""

    detail: Detail
    text: str
    seen_by: str

    @property
    def codes(self) -> list[str]:
        return self.text.split() if self.detail.kind == "languages" else []


class BadProfile(ValueError):
    """What was given cannot stand. problems: name of the detail → sentence that names the remedy."""

    def __init__(self, problems: dict[str, Any]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in problems.items()))
        self.problems = problems


def may_read(reader: Person, owner_id: str, seen_by: str) -> bool:
    """Whether a reader may see a detail; what is neither of the two wider circles is for its person alone."""
    if reader.id == owner_id:
        return True
    if seen_by == MEMBERS:
        return reader.active
    return seen_by == CIRCLE and reader.active and bool(COMMITTEE & reader.role_names)


def reads_address(reader: Person, person: Person) -> bool:
    """Whether a reader may see the address of a person. The coordination always does: it sends the invitations."""
    if reader.active and OFFICE & reader.role_names:
        return True
    return may_read(reader, person.id, details(person)["email"].seen_by)


def by_address(reader: Person, email: str) -> Person | None:
    """Whose open account has this address. One that nobody has, one of a closed account and one that the reader may not
    see are answered alike: None. An address says whose it is to those alone who may read it."""
    found = by_email(email)
    return found if found and found.active and reads_address(reader, found) else None


def details(person: Person) -> dict[str, Shown]:
    """Everything, for the person themselves: each detail, given or not, with who sees it. One query."""
    query = select(ProfileDetail).where(ProfileDetail.person_id == person.id)
    rows = {row.name: row for row in db.session.scalars(query)}
    out = {}
    for name, detail in DETAILS.items():
        row = rows.get(name)
        text = (person.email or "") if detail.kind == "email" else row.text if row else ""
        out[name] = Shown(detail, text, row.seen_by if row else detail.seen_by)
    return out


def shown(person: Person, reader: Person) -> list[Shown]:
    """What this reader may see of a person, in the order of DETAILS; nothing that is empty, and nothing more."""
    every = details(person).values()
    return [one for one in every if one.text and may_read(reader, person.id, one.seen_by)]


def problems(texts: Mapping[str, str], seen: Mapping[str, str]) -> dict[str, Any]:
    """Why these cannot stand, by detail."""
    out: dict[str, Any] = {}
    for name, detail in DETAILS.items():
        text = texts.get(name, "")
        if len(text) > LONGEST:
            out[name] = shorten(text, LONGEST)
        elif detail.kind == "phone" and text and not 6 <= sum(c.isdigit() for c in text) <= 20:
            out[name] = _l("Écrivez un numéro complet, par exemple 02 555 01 00, ou laissez vide.")
        elif detail.kind == "phone" and any(c.isalpha() for c in text):
            out[name] = _l("Écrivez le numéro en chiffres. Un mot à ajouter va dans « Mon lieu ».")
        elif detail.kind == "languages" and any(code not in terms("langue") for code in text.split()):
            out[name] = _l("Cochez dans la liste.")
        elif seen.get(name) not in SEEN_BY:
            out[name] = _l("Choisissez qui voit cette réponse.")
    return out


def keep(person: Person, texts: Mapping[str, str], seen: Mapping[str, str], by: Person) -> list[str]:
    """Keep all details; the names of those that changed. Inside writing(). Raises BadProfile."""
    if found := problems(texts, seen):
        raise BadProfile(found)
    query = select(ProfileDetail).where(ProfileDetail.person_id == person.id)
    rows = {row.name: row for row in db.session.scalars(query)}
    changed, withdrawn = [], False
    for name, detail in DETAILS.items():
        text = "" if detail.kind == "email" else texts.get(name, "")
        row = rows.get(name)
        if row and row.seen_by == MEMBERS and (row.text or detail.kind == "email"):
            withdrawn = withdrawn or seen[name] != MEMBERS or row.text not in text
        if (
            (row.text, row.seen_by) == (text, seen[name])
            if row
            else (text, seen[name]) == ("", detail.seen_by)
        ):
            continue
        if row is None:
            row = ProfileDetail(person_id=person.id, name=name)
            db.session.add(row)
        row.text, row.seen_by = text, seen[name]
        changed.append(name)
    if withdrawn:
        recall_directories()
    if changed:
        record(by, "profile.changed", "person", person.id, details=changed)
    return changed
