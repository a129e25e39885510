"""Many invitations at once: lines that were pasted or uploaded, and what would become of each.

A line is name; address; organisation; role. Nothing is done while a list is read: `plan()` says what would happen, and
`carry_out()` does it after somebody looked.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from models import access, people
from models.names import fold
from models.people import ROLES, BadPerson, Person, by_email, tidy_email, tidy_name
from models.rights import can
from models.store import db

MOST_LINES = 200
MOST_BYTES = 200_000
COLUMNS = ("name", "email", "organisation", "roles")
# Words of a heading, folded → the column.
HEADINGS = {
    "nom": "name", "prenom nom": "name", "name": "name", "naam": "name", "courriel": "email", "email": "email",
    "e mail": "email", "mail": "email", "adresse": "email", "adresse de courriel": "email", "organisation": "organisation",
    "organisatie": "organisation", "structure": "organisation", "association": "organisation", "role": "roles",
    "roles": "roles", "rol": "roles", "rolle": "roles",
}  # fmt: skip
NEW, AGAIN, KNOWN, WRONG = "new", "again", "known", "wrong"
FORMULA = re.compile(r"\A[\s=+\-@|]+")


class BadList(ValueError):
    """The list as a whole cannot be read; str() is a sentence with the remedy."""


@dataclass
class Line:
    """One line of the list, and what would happen. fate: new, again, known or wrong; why: a sentence; fix: a better address."""

    number: int
    name: str = ""
    email: str = ""
    organisation: str = ""
    roles: list[str] = field(default_factory=list)
    fate: str = WRONG
    why: Any = ""
    fix: str = ""
    person_id: str = ""

    @property
    def goes(self) -> bool:
        """Whether an invitation would leave."""
        return self.fate in (NEW, AGAIN)


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8, else Windows-1252. Raises BadList."""
    if len(data) > MOST_BYTES:
        raise BadList(_l("Ce fichier est trop grand pour une liste. Gardez 200 lignes au plus."))
    if data[:2] in (b"PK", b"\xd0\xcf"):
        raise BadList(
            _l(
                "C’est un fichier de tableur. Enregistrez-le au format CSV, ou copiez ses cellules dans le cadre."
            )
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if "\x00" in text:
        raise BadList(_l("Ce fichier n’est pas du texte. Enregistrez-le au format CSV."))
    return text


def separator(text: str) -> str:
    """What parts the cells: a tab, a semicolon or a comma, whichever stands in most lines."""
    lines = [line for line in text.splitlines() if line.strip()]
    return max("\t;,", key=lambda sign: sum(sign in line for line in lines))


def cells(text: str) -> list[tuple[int, list[str]]]:
    """(number of the line, its cells) of each line that is not empty. Raises BadList."""
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(
        io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n")), delimiter=separator(text)
    )
    try:
        for row in reader:
            found = [" ".join(cell.split()) for cell in row]
            if any(found):
                rows.append((reader.line_num, found))
    except csv.Error as error:
        raise BadList(_l("Cette liste ne se lit pas : il manque peut-être un guillemet.")) from error
    if not rows:
        raise BadList(_l("Il n’y a rien à lire. Écrivez une personne par ligne."))
    if len(rows) > MOST_LINES + 1:
        raise BadList(
            _l(
                "Il y a %(n)s lignes. Envoyez-les en plusieurs fois, %(most)s au plus.",
                n=len(rows),
                most=MOST_LINES,
            )
        )
    return rows


def lines_of(text: str) -> list[Line]:
    """The lines, as they say themselves; a heading names the columns. Raises BadList."""
    rows = cells(text)
    columns: tuple[str | None, ...] = COLUMNS
    heading = [HEADINGS.get(fold(cell)) for cell in rows[0][1]]
    if sum(name is not None for name in heading) >= 2:
        columns, rows = tuple(heading), rows[1:]
    if len(rows) > MOST_LINES:
        raise BadList(
            _l(
                "Il y a %(n)s lignes. Envoyez-les en plusieurs fois, %(most)s au plus.",
                n=len(rows),
                most=MOST_LINES,
            )
        )
    return [_line(number, found, columns) for number, found in rows]


def _line(number: int, found: list[str], columns: tuple[str | None, ...]) -> Line:
    said = {name: text for name, text in zip(columns, found, strict=False) if name and text}
    name, email = said.get("name", ""), said.get("email", "")
    if (
        "@" in name and "@" not in email
    ):  # the address came first, or stands behind the name: "Nadia <nadia@…>"
        inner = re.search(r"<([^<>]*@[^<>]*)>", name)
        name, email = (name[: inner.start()], inner[1]) if inner else (email, name)
    plain = {"name": name, "organisation": said.get("organisation", "")}
    plain = {key: FORMULA.sub("", text).strip(" '\"") for key, text in plain.items()}
    roles = [text for text in re.split(r"\s*[/+|]\s*", said.get("roles", "")) if text]
    return Line(number, plain["name"], email.strip("<> "), plain["organisation"], roles)


def better_address(typed: str) -> str:
    """The address that somebody meant, where one can tell; else ""."""
    guess = typed.lower().strip(" .;,<>()[]'\"")
    guess = re.sub(r"\s*(\(at\)|\[at\]|\bat\b|\barobase\b)\s*", "@", guess) if "@" not in guess else guess
    name, at, host = guess.replace(" ", "").partition("@")
    guess = f"{name}{at}{re.sub(r'[,;:]+', '.', host).replace('..', '.')}"
    try:
        return tidy_email(guess)
    except BadPerson:
        return ""


def role_names() -> dict[str, str]:
    """Folded words and codes → the role."""
    known = {fold(name): name for name in ROLES}
    known |= {fold(name.replace("_", " ")): name for name in ROLES}
    return known | {fold(str(words)): name for name, words in ROLES.items()}


def plan(text: str, by: Person) -> list[Line]:
    """What would become of each line, now. Raises BadList. Two queries, however long the list."""
    lines, words = lines_of(text), role_names()
    seen: dict[str, int] = {}
    emails = {line.email.strip().lower() for line in lines}
    query = select(Person).where(Person.email.in_(emails))
    known = {str(person.email): person for person in db.session.scalars(query)}
    for line in lines:
        for judge in (_judge_roles, _judge_words):
            if not judge(line, by, words):
                break
        else:
            _judge_person(line, by, known, seen)
    return lines


Judge = Callable[[Line, Person, dict[str, str]], bool]


def _judge_roles(line: Line, by: Person, words: dict[str, str]) -> bool:
    unknown = [text for text in line.roles if fold(text) not in words]
    if unknown:
        line.why = _l(
            "Le rôle « %(role)s » n’existe pas. Écrivez par exemple « Contribue ».", role=unknown[0][:40]
        )
        return False
    line.roles = list(dict.fromkeys(words[fold(text)] for text in line.roles)) or ["contributor"]
    if not all(can(by, "role.give", role) for role in line.roles):
        line.why = _l("Vous ne pouvez pas donner ce rôle. Demandez à une personne qui administre.")
        return False
    return True


def _judge_words(line: Line, _by: Person, _words: dict[str, str]) -> bool:
    try:
        line.email = tidy_email(line.email)
    except BadPerson:
        line.fix = better_address(line.email)
        line.why = (
            _l("L’adresse manque. Ajoutez-la après le nom.")
            if not line.email
            else _l("Cette adresse ne peut pas servir. Vouliez-vous écrire %(email)s ?", email=line.fix)
            if line.fix
            else _l(
                "Cette adresse n’est pas complète. Il faut un @ et un domaine, comme nadia@passerelle.example."
            )
        )
        return False
    try:
        line.name = tidy_name(line.name or line.email.partition("@")[0].replace(".", " ").title())
    except BadPerson as bad:
        line.why = str(bad)
        return False
    if len(line.organisation) > 200:
        line.why = _l("Le nom de l’organisation est trop long. Écrivez 200 signes au plus.")
        return False
    return True


def _judge_person(line: Line, by: Person, known: dict[str, Person], seen: dict[str, int]) -> None:
    if line.email in seen:
        line.why = _l("La même adresse est déjà à la ligne %(n)s.", n=seen[line.email])
        return
    seen[line.email] = line.number
    person = known.get(line.email)
    if person and person.merged_into:
        person = by_email(line.email)
    if person is None:
        line.fate = NEW
        return
    line.person_id, line.fate = person.id, KNOWN
    if person.active:
        line.why = _l("%(name)s entre déjà ici. Rien ne part.", name=person.name)
    elif person.closed_at:
        line.why = _l("L’accès de %(name)s a été suspendu. Rouvrez-le depuis sa page.", name=person.name)
    elif not all(can(by, "role.give", role) for role in person.role_names):
        line.fate, line.why = WRONG, _l("Seule une personne qui administre peut inviter celle-ci.")
    else:
        line.fate, line.why = AGAIN, _l("Déjà invitée : un nouveau lien part, l’ancien ne s’ouvre plus.")


def carry_out(lines: list[Line], by: Person) -> int:
    """Invite those of a plan that go: a person and a mail each, in one transaction; how many. Inside writing()."""
    going = [line for line in lines if line.goes]
    for line in going:
        person = people.invited(line.name, line.email, line.roles, organisation=line.organisation or None)
        access.invite(person, by)
    return len(going)
