"""The board of offers and requests as one reads it: notices of people, lines of fiches and of profiles; and exchanges.

Lines of fiches and profiles are not copied: they are read where they were written, for who may read them there. What
changes a notice or an exchange is in models/mediating.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import joinedload, lazyload, load_only, selectinload

from models.circles import LEADING, Circle, sits
from models.coverage import ABROAD, place
from models.exchanges import DONE, OFFER, PROPOSED, REQUEST, Evaluation, Exchange, Notice
from models.fiche.fiche import Fiche, FicheAuthor
from models.matching import Match, Subject, matches, region_of
from models.names import fold
from models.organisations import NAME_LANGUAGES, Organisation
from models.people import Person
from models.profiles import MEMBERS, ProfileDetail, may_read
from models.rights import CATALOGUE, COMMITTEE, READERS, UNDER_WAY, can, in_office
from models.seating import today
from models.statements import Rows, few, present, statement
from models.store import db

NOTICE, FICHE, PROFILE = "n", "f", "p"  # where a line comes from; the first sign of its ref
SAY, MEDIATE, LINES = "say", "mediate", "lines"
WAITS: dict[str, Any] = {
    SAY: _l("Un échange vous est proposé"),
    MEDIATE: _l("Une réponse attend que l’on mette deux personnes en contact"),
    LINES: _l("Un échange est fait\u00a0: trois lignes à écrire"),
}
Spot = tuple[str, str, str]  # commune, region, country


@dataclass(frozen=True)
class Line:
    """An offer or a request on the board. ref: names it in an address, `n-<id>`, `f-<fiche>-offer-0`, `p-<person>-0`.

    who: a name as one reads it; by: the person behind an organisation. notice, fiche (its number or id): where it stands.
    """

    ref: str
    kind: str
    title: str
    who: str
    words: str = ""
    languages: tuple[str, ...] = ()
    where: str = ""
    region: str = ""
    country: str = ""
    by: str = ""
    person_id: str | None = None
    organisation_id: str | None = None
    fiche: str = ""
    fiche_language: str = ""
    notice: Notice | None = field(default=None, compare=False)

    @property
    def circle(self) -> Circle | None:
        """On whose board it stands."""
        return self.notice.circle if self.notice else None

    @property
    def made_by(self) -> str | None:
        return self.notice.made_by if self.notice else self.person_id

    @property
    def over(self) -> str:
        """Why it is on no board now: "closed", "ended" (its group has ended), "past" (its day has passed); "" where it is."""
        notice = self.notice
        if notice is None:
            return ""
        if notice.closed_at:
            return "closed"
        if notice.circle and notice.circle.ended_at:
            return "ended"
        return "past" if notice.until and notice.until < today() else ""

    @property
    def stands(self) -> bool:
        """Whether it is on a board now, where it can be answered."""
        return not self.over

    @property
    def digest(self) -> str:
        """Short, of what it says. The refs of fiches and of profiles are places in a list: a form says with this which
        line was read."""
        return sha256(f"{self.kind}\n{self.title}".encode()).hexdigest()[:16]

    @property
    def subject(self) -> Subject:
        return Subject(
            self.title, self.words, self.languages, self.where, self.region, self.country, thing=self
        )


@dataclass(frozen=True)
class Board:
    """Both sides of the board, the latest notices first, then what fiches and profiles say."""

    offers: list[Line]
    requests: list[Line]

    @property
    def lines(self) -> list[Line]:
        return [*self.offers, *self.requests]


@dataclass(frozen=True)
class Wanted:
    """What a board is narrowed by; "" for everything."""

    words: str = ""
    kind: str = ""
    language: str = ""
    region: str = ""

    def fits(self, line: Line) -> bool:
        return (
            (not self.kind or line.kind == self.kind)
            and (not self.language or self.language in line.languages)
            and (not self.region or self.region in (line.region, region_of(line.region)))
            and (not self.words or self._said(line))
        )

    def _said(self, line: Line) -> bool:
        hay = _folded("\n".join((line.title, line.words, line.who, line.where)))
        return all(word in hay for word in fold(self.words).split())


@lru_cache(maxsize=8192)
def _folded(text: str) -> str:
    """Kept, since every search asks it of the same lines."""
    return fold(text)


# ---- the board


def may_see(reader_id: Any, office: bool) -> Any:
    """In SQL what the right `notice.see` says (models/rights.py); a test compares the two. office: whether they are of it."""
    if office:
        return Notice.id.is_not(None)
    public = select(Circle.id).where(Circle.closed.is_(False))
    return or_(
        Notice.circle_id.is_(None),
        Notice.circle_id.in_(public),
        Notice.circle_id.in_(sits(reader_id)),
        Notice.person_id == reader_id,
    )


def _whole() -> tuple[Any, ...]:
    return (
        joinedload(Notice.person).lazyload(Person.roles),
        joinedload(Notice.organisation),
        joinedload(Notice.circle),
    )


def standing(on: Any) -> tuple[Any, ...]:
    """What stands on a board that day: not closed, its own day not passed."""
    return (Notice.closed_at.is_(None), or_(Notice.until.is_(None), Notice.until >= on))


def notice_by_id(notice_id: str) -> Notice | None:
    query = select(Notice).options(*_whole()).where(Notice.id == notice_id)
    return db.session.scalars(query).unique().one_or_none() if len(notice_id) <= 36 else None


def _notices(*where: Any) -> Select[Any]:
    """The latest first."""
    return select(Notice).where(*where).order_by(Notice.changed_at.desc(), Notice.id)


def _named() -> tuple[Any, ...]:
    """What a board says of those behind a notice: their names."""
    names = (getattr(Organisation, f"name_{code}") for code in NAME_LANGUAGES)
    return (
        joinedload(Notice.person).options(lazyload(Person.roles), load_only(Person.name, Person.active)),
        joinedload(Notice.organisation).load_only(*names),
    )


@statement
def _on_board(reader_id: Any, on: Any, circle_id: Any, *, office: bool, own: bool) -> Rows:
    """own: on the board of a circle, else on that of the network."""
    here = Notice.circle_id == circle_id if own else Notice.circle_id.is_(None)
    return _notices(may_see(reader_id, office), here, *standing(on)).options(*_named())


def line_of(notice: Notice) -> Line:
    person, house = notice.person, notice.organisation
    name = person.name if person else ""
    who = house.name_for("fr") if house else name
    return Line(
        f"{NOTICE}-{notice.id}", notice.kind, notice.title, who, notice.words or "", tuple(notice.languages.split()),
        notice.place or "", notice.region or "", notice.country or "", by=name if house else "", person_id=notice.person_id,
        organisation_id=notice.organisation_id, notice=notice,
    )  # fmt: skip


def lines_on(reader: Person, circle: Circle | None = None) -> list[Line]:
    """What people who are here wrote on the board of a circle, or of the network, the latest first: who was suspended
    offers nothing."""
    own, office = circle is not None, in_office(reader)
    rows = _on_board.all(reader.id, today(), circle.id if circle else None, office=office, own=own)
    return [line_of(row) for row in rows if row.person and row.person.active]


def _readable(reader_id: Any, reads: bool) -> Any:
    """In SQL what the right `fiche.see` says of what was sent; a test compares the two. reads: whether they are of READERS."""
    mine = Fiche.id.in_(select(FicheAuthor.fiche_id).where(FicheAuthor.person_id == reader_id))
    under_way = Fiche.state.in_(UNDER_WAY)
    return or_(Fiche.state.in_(CATALOGUE), under_way if reads else and_(under_way, mine))


def _printable() -> Any:
    """Fiches that may be printed for anybody: in the catalogue, agreed, public (models/dossiers.py barred)."""
    agreed = Fiche.content["consentements"]["accord_structure"].as_boolean().is_(True)
    public = Fiche.content["consentements"]["publication"].as_string() == "publique"
    return and_(Fiche.state.in_(CATALOGUE), agreed, public)


@statement
def _fiches(reader_id: Any, only: Any, *, reads: bool, paper: bool, one: bool) -> Rows:
    said = (Fiche.content["echanges"], Fiche.content["structure_porteuse"], Fiche.content["territoire"])
    query = select(Fiche.id, Fiche.number, Fiche.language, Fiche.title, *said)
    query = query.where(_printable() if paper else _readable(reader_id, reads))
    return (query.where(Fiche.id == only) if one else query).order_by(Fiche.number, Fiche.id)


def _fiche_lines(reader: Person | None, only: str | None = None) -> list[Line]:
    """What fiches offer and ask for: those of the catalogue for all, those under way for who may read them. One query.

    reader: None for what may be printed for anybody. only: id of the one fiche that is looked for.
    """
    reads = bool(reader and READERS & reader.role_names)
    values = (reader.id if reader else None, only or "")
    found = _fiches.rows(*values, reads=reads, paper=reader is None, one=bool(only))
    out: list[Line] = []
    for id, number, language, title, exchanges, house, area in found:
        house, area = house or {}, area or {}
        country = house.get("pays") or area.get("pays") or ""
        region = place(country, area.get("code"))
        who = house.get("nom") or title
        for kind, key in ((OFFER, "offres"), (REQUEST, "demandes")):
            out += [
                Line(f"{FICHE}-{id}-{kind}-{n}", kind, text, who, "", (language,), house.get("commune") or "",
                     "" if region == ABROAD else region, country, fiche=number or id, fiche_language=language)
                for n, text in enumerate((exchanges or {}).get(key) or []) if text
            ]  # fmt: skip
    return out


@statement
def _told_details(only: Any, *, one: bool) -> Rows:
    said = (ProfileDetail.person_id, ProfileDetail.name, ProfileDetail.text, ProfileDetail.seen_by)
    query = select(*said, Person.name.label("who")).join(Person, Person.id == ProfileDetail.person_id)
    query = query.where(ProfileDetail.name.in_(("knowledge", "languages")), Person.active.is_(True))
    return query.where(ProfileDetail.person_id == only) if one else query


def _profile_lines(reader: Person | None, only: str | None = None) -> list[Line]:
    """What people say they can teach, a line each, where this reader, or any member, may see it. One query.

    only: id of the one person who is looked for.
    """
    shown = {
        (d.person_id, d.name): (d.text, d.who)
        for d in _told_details.rows(only or "", one=bool(only))
        if (may_read(reader, d.person_id, d.seen_by) if reader else d.seen_by == MEMBERS)
    }
    out: list[Line] = []
    for (person_id, detail), (text, name) in sorted(
        shown.items(), key=lambda pair: (fold(pair[1][1]), pair[0])
    ):
        if detail != "knowledge":
            continue
        spoken = tuple(shown.get((person_id, "languages"), ("", ""))[0].split())
        titles = [" ".join(row.split()) for row in text.splitlines()]
        out += [
            Line(f"{PROFILE}-{person_id}-{n}", OFFER, title[:200], name, "", spoken, person_id=person_id)
            for n, title in enumerate(titles) if title
        ]  # fmt: skip
    return out


@statement
def _fiches_of(reader_id: Any) -> Rows:
    mine = Fiche.id.in_(select(FicheAuthor.fiche_id).where(FicheAuthor.person_id == reader_id))
    return select(Fiche.id).where(mine, Fiche.state.in_(UNDER_WAY)).limit(few(1))


@statement
def _details_of(reader_id: Any) -> Rows:
    said = (ProfileDetail.name.in_(("knowledge", "languages")), ProfileDetail.seen_by != MEMBERS)
    return select(ProfileDetail.person_id).where(ProfileDetail.person_id == reader_id, *said).limit(few(1))


def alike_for(reader: Person, circle: Circle | None) -> tuple[bool, ...] | str:
    """Those of whom this is the same read the same board; their own id where it holds what they alone may read there.

    The board of a circle is the same for all who see it.
    """
    if circle:
        return ()
    if present((_fiches_of, _details_of), reader_id=reader.id):
        return reader.id
    roles = reader.role_names
    return bool(READERS & roles), bool(COMMITTEE & roles), reader.active


def board(reader: Person, circle: Circle | None = None, wanted: Wanted | None = None) -> Board:
    """What stands on the board of a circle, or on that of the network, for this reader.

    The caller has checked that the reader sees the circle. The number of queries does not grow with the board.
    """
    lines = lines_on(reader, circle)
    if circle is None:
        lines += _fiche_lines(reader) + _profile_lines(reader)
    if wanted:
        lines = [line for line in lines if wanted.fits(line)]
    return Board([x for x in lines if x.kind == OFFER], [x for x in lines if x.kind == REQUEST])


def printed(circle: Circle) -> tuple[Board, list[tuple[Line, Match]]]:
    """The board of a group on paper, with what the network's board may answer to each of its lines: what any member may
    read, whoever orders the paper. Five queries, however long the boards are."""
    rows = db.session.scalars(_notices(*standing(today())).options(*_whole())).unique()
    mine: list[Line] = []
    others = _fiche_lines(None) + _profile_lines(None)
    for row in rows:
        if row.person and row.person.active and row.circle_id in (circle.id, None):
            (mine if row.circle_id else others).append(line_of(row))
    found = [
        (line, fit) for line in mine
        for fit in matches(line.subject, [o.subject for o in (*mine, *others) if o.kind != line.kind and o.person_id != line.person_id])[:3]
        if not (line.kind == REQUEST and fit.subject.thing in mine)
    ]  # fmt: skip
    return Board([x for x in mine if x.kind == OFFER], [x for x in mine if x.kind == REQUEST]), found


@statement
def _one_notice(reader_id: Any, notice_id: Any, *, office: bool) -> Rows:
    return _notices(may_see(reader_id, office), Notice.id == notice_id).options(*_whole())


def line_by_ref(reader: Person, ref: str) -> Line | None:
    """The line that this names, where this reader may see it; a notice also when it stands on no board any more."""
    if ref.startswith(f"{NOTICE}-"):
        found = _one_notice.first(reader.id, ref[2:], office=in_office(reader))
        return line_of(found) if found else None
    rows = (_fiche_lines if ref.startswith(f"{FICHE}-") else _profile_lines)(reader, ref[2:38] or "-")
    return next((line for line in rows if line.ref == ref), None)


def counterparts(reader: Person, line: Line) -> list[Match]:
    """What may answer a line, on its own board and on the network's: the other kind, of somebody else."""
    notice = line.notice
    boards = [board(reader)] + ([board(reader, notice.circle)] if notice and notice.circle else [])
    others = [
        other.subject for found in boards for other in (found.requests if line.kind == OFFER else found.offers)
        if not (line.person_id and other.person_id == line.person_id) and not (line.fiche and other.fiche == line.fiche)
    ]  # fmt: skip
    return matches(line.subject, others)


def behind(line: Line) -> Person | None:
    """Whom to write to about a line: its person; of a fiche, who writes it for themselves, else who helps."""
    if line.person_id:
        person = db.session.get(Person, line.person_id)
        return person if person and person.active else None
    query = (
        select(Person)
        .join(FicheAuthor, FicheAuthor.person_id == Person.id)
        .where(FicheAuthor.fiche_id == line.ref.removeprefix(f"{FICHE}-")[:36], Person.active.is_(True))
        .order_by(FicheAuthor.helps, Person.name, Person.id)
    )
    return db.session.scalars(query.limit(1)).first()


# ---- exchanges


def _both() -> tuple[Any, ...]:
    """In queries of their own: mostly nothing waits."""
    return (
        selectinload(Exchange.giver).lazyload(Person.roles), selectinload(Exchange.receiver).lazyload(Person.roles),
        selectinload(Exchange.mediator).lazyload(Person.roles), selectinload(Exchange.circle),
    )  # fmt: skip


def _exchanges(*where: Any) -> Rows:
    """The latest first."""
    query = select(Exchange).options(*_both()).where(*where)
    return query.order_by(Exchange.made_at.desc(), Exchange.id)


@statement
def _by_id(exchange_id: Any) -> Rows:
    return _exchanges(Exchange.id == exchange_id)


def exchange_by_id(exchange_id: str) -> Exchange | None:
    found: Exchange | None = _by_id.first(exchange_id) if len(exchange_id) <= 36 else None
    return found


def _of(person_id: Any) -> Any:
    return or_(Exchange.giver_id == person_id, Exchange.receiver_id == person_id)


@statement
def _mine(person_id: Any) -> Rows:
    return _exchanges(or_(_of(person_id), Exchange.mediator_id == person_id))


def mine(person: Person) -> list[Exchange]:
    """Where this person gives, receives or mediates, the latest first."""
    return _mine.all(person.id)


@statement
def _to_mediate(person_id: Any, *, anywhere: bool) -> Rows:
    waits = (Exchange.state == PROPOSED, Exchange.mediator_id.is_(None))
    led = () if anywhere else (Exchange.circle_id.in_(sits(person_id, *LEADING)),)
    return _exchanges(*waits, *led)


def to_mediate(person: Person) -> list[Exchange]:
    """Answers to notices that wait for a mediator, where this person may be one."""
    rows = _to_mediate.all(person.id, anywhere=bool(COMMITTEE & person.role_names))
    those = [row for row in rows if person.id not in (row.giver_id, row.receiver_id)]
    return [row for row in those if can(person, "exchange.mediate", row)]


@dataclass(frozen=True)
class Waiting:
    """Something that waits for somebody. act: SAY, MEDIATE or LINES."""

    act: str
    exchange: Exchange

    @property
    def said(self) -> Any:
        return WAITS[self.act]


@statement
def for_them(person_id: Any) -> Rows:
    """What waits for their yes, or is done without their three lines."""
    said = select(Evaluation.exchange_id).where(Evaluation.person_id == person_id)
    return _exchanges(
        _of(person_id), or_(Exchange.state == PROPOSED, (Exchange.state == DONE) & Exchange.id.not_in(said))
    )


def waiting_for(person: Person) -> list[Waiting]:
    """What waits for this person: their yes, their three lines, two people to put in touch. Two queries."""
    out = []
    for row in for_them.all(person.id):
        agreed = row.giver_agreed_at if row.giver_id == person.id else row.receiver_agreed_at
        if row.state == DONE:
            out.append(Waiting(LINES, row))
        elif row.mediator_id and agreed is None:
            out.append(Waiting(SAY, row))
    return out + [Waiting(MEDIATE, row) for row in to_mediate(person)]


def reads_lines(exchange: Exchange, reader: Person) -> bool:
    """The three lines of each are for the two and for who put them in touch, as the form says: not for the coordination."""
    return reader.id in (exchange.giver_id, exchange.receiver_id, exchange.mediator_id)


def evaluations(exchange: Exchange, reader: Person) -> list[Evaluation]:
    """The three lines of each, the first to write first, where this reader may read them."""
    if not reads_lines(exchange, reader):
        return []
    query = select(Evaluation).where(Evaluation.exchange_id == exchange.id)
    rows = db.session.scalars(query.options(joinedload(Evaluation.person).lazyload(Person.roles)))
    return sorted(rows, key=lambda row: (row.at, row.id))


@dataclass(frozen=True)
class Reciprocity:
    """Who gave and who received: pairs (who, what), never a figure."""

    gave: list[tuple[str, str]]
    received: list[tuple[str, str]]

    def __bool__(self) -> bool:
        return bool(self.gave or self.received)


def _told(rows: Iterable[Exchange], reader: Person | None) -> list[Exchange]:
    """Where both agreed to be named, or where the reader is one of the two."""
    return [
        row for row in rows
        if (row.giver_named and row.receiver_named) or (reader and reader.id in (row.giver_id, row.receiver_id))
    ]  # fmt: skip


@statement
def _done_by(person_id: Any) -> Rows:
    return _exchanges(_of(person_id), Exchange.state == DONE)


@statement
def _done_on(circle_id: Any, *, own: bool) -> Rows:
    """own: on the board of a circle, else on that of the network."""
    here = Exchange.circle_id == circle_id if own else Exchange.circle_id.is_(None)
    return _exchanges(here, Exchange.state == DONE)


def reciprocity_of(person: Person, reader: Person) -> Reciprocity:
    """What a person gave, and what they received, as this reader may know it. On the network's board, or on that of a
    group that any member sees; what was exchanged in a closed group is for the two alone."""
    rows = _told(_done_by.all(person.id), reader)
    open_ones = [
        x for x in rows if x.circle is None or not x.circle.closed or reader.id in (x.giver_id, x.receiver_id)
    ]
    return Reciprocity(
        [(x.receiver.name, x.subject) for x in open_ones if x.giver_id == person.id],
        [(x.giver.name, x.subject) for x in open_ones if x.receiver_id == person.id],
    )


def reciprocity_in(circle: Circle | None, reader: Person | None) -> Reciprocity:
    """Who gave what and who received what on a board: where both agreed to be named, or of the reader's own."""
    rows = _told(_done_on.all(circle.id if circle else None, own=circle is not None), reader)
    return Reciprocity(
        sorted(((x.giver.name, x.subject) for x in rows), key=lambda pair: (fold(pair[0]), fold(pair[1]))),
        sorted(((x.receiver.name, x.subject) for x in rows), key=lambda pair: (fold(pair[0]), fold(pair[1]))),
    )


@statement
def _own_notices(person_id: Any) -> Rows:
    return _notices(Notice.person_id == person_id).options(*_whole())


def own_notices(person: Person) -> list[Notice]:
    """What this person wrote, on every board, what was closed last."""
    return sorted(_own_notices.all(person.id), key=lambda row: row.closed_at is not None)
