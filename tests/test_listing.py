"""The list of fiches: it shows what a person may read and nothing else, counts what it says, and asks no more of the
database for fifty fiches than for one."""

import random
from collections import Counter
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from functools import cache
from itertools import product

import pytest
from sqlalchemy import event, false, select
from werkzeug.datastructures import MultiDict

from blueprints import fragments
from blueprints.fiches import listing
from blueprints.fiches.listing import FACETS, MOST_CODES, PER_PAGE, Query, counts, narrowed, visible
from models import demo, rights
from models.demo import sample_fiches
from models.fiche.content import blank, get, load, put
from models.fiche.erasing import erase
from models.fiche.facets import facets_of
from models.fiche.fiche import Fiche, FicheAuthor, find
from models.fiche.posting import Posted
from models.fiche.saving import Op, adopt, save
from models.people import ROLES, Person, add_person
from models.store import db, new_id, now, writing
from models.vocabularies import vocabularies
from models.workflow import apply
from tests.support import cast

STATES = list(vocabularies()["statut_fiche"])


@pytest.fixture(autouse=True)
def fresh_pieces():
    fragments.forget()
    yield
    fragments.forget()


@pytest.fixture
def data(demo_app):
    with demo_app.app_context():
        yield demo_app


def everybody() -> list[Person]:
    """The cast, and somebody with each pair of roles, and with none."""
    with writing():
        for n, (a, b) in enumerate(product(ROLES, ROLES)):
            if a < b and n % 3 == 0:
                add_person(f"{a} et {b}", f"p{n}@passerelle.example", [a, b], active=True)
        add_person("Sans rôle", "rien@passerelle.example", [], active=True)
    return list(db.session.scalars(select(Person)))


def every_kind_of_fiche() -> None:
    """One for each state × its writers × whether it was ever received."""
    writers = ((), ("contributor",), ("coordination",), ("group_member", "contributor"), ("reader",))
    with writing():
        for state, roles, received in product(STATES, writers, (None, now())):
            fiche = adopt(blank(), owner=None, state=state, received_at=received)
            fiche.authors += [FicheAuthor(person_id=cast.person(role).id) for role in roles]


def seen(person: Person, clause=None) -> set[str]:
    return set(db.session.scalars(select(Fiche.id).where(visible(person) if clause is None else clause)))


def test_the_list_shows_what_the_rights_allow_for_everybody_and_every_fiche(data):
    every_kind_of_fiche()
    people, fiches = everybody(), list(db.session.scalars(select(Fiche)))
    assert len(fiches) == len(STATES) * 10 + len(sample_fiches())
    different = set()
    for person in people:
        allowed = {f.id for f in fiches if rights.see_fiche(person, f)}
        assert seen(person) == allowed, person.name
        assert set(db.session.scalars(narrowed(person, Query.read({})))) == allowed
        different.add(frozenset(allowed))
    assert len(different) > 5  # the cast does not all see the same
    assert all(len(d) < len(fiches) for d in different)


@pytest.mark.parametrize("part", ["UNDER_WAY", "CATALOGUE"])
def test_the_detector_of_a_list_that_shows_less_or_more_works(data, monkeypatch, part):
    """Control: the twin that forgets a set of states is noticed, and so is one that shows everything."""
    every_kind_of_fiche()
    person = cast.person("reader")
    allowed = {f.id for f in db.session.scalars(select(Fiche)) if rights.see_fiche(person, f)}
    assert seen(person) == allowed
    assert seen(person, ~false()) != allowed
    monkeypatch.setattr(listing.rights, part, frozenset())
    assert seen(person) != allowed


# Questions to the database.


@contextmanager
def counted(app):
    """How many statements reach the database, and which."""
    said: list[str] = []

    def note(_connection, _cursor, statement, *_more):
        said.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


@cache
def samples() -> list[dict]:
    return [load({k: v for k, v in f.items() if k not in ("code", "statut")})[0] for f in sample_fiches()]


def full(n: int) -> dict:
    """A sample with changed words."""
    content = deepcopy(samples()[n % len(samples())])
    put(content, "titre", f"Fiche {n}")
    return content


PAGES = ["/fiches/", "/fiches/?q=fiche", "/fiches/?secteur=SAN&etat=PUB&tri=titre", "/fiches/figures", "/"]


@pytest.mark.parametrize("role", ["coordination", "contributor"])
def test_fifty_fiches_take_as_many_questions_as_one(make_app, role):
    asked: dict[str, list[int]] = {}
    for count in (1, 3, 50):
        app = make_app()
        with app.app_context(), writing():
            for one, name, email, _organisation in demo.CAST:
                add_person(name, email, [one], active=True)
            for n in range(count):
                fiche = adopt(
                    full(n),
                    owner=cast.person("contributor"),
                    number=f"F-2015-{n + 1:03d}",
                    state="PUB",
                    received_at=now(),
                )
                fiche.authors.append(FicheAuthor(person_id=cast.person("group_member").id))
        client = cast.sign_in(app.test_client(), role)
        for path in PAGES:
            if role == "contributor" and "figures" in path:
                continue
            client.get(path)  # last seen is noted once
            fragments.forget()
            with counted(app) as said:
                assert client.get(path).status_code == 200
            asked.setdefault(path, []).append(len(said))
    assert all(len(set(numbers)) == 1 for numbers in asked.values()), asked
    assert all(numbers[0] < 40 for numbers in asked.values()), asked


def test_the_detector_of_a_question_for_each_row_works(data):
    """Control: a loop that loads the writers of each fiche asks more for more."""
    numbers = []
    for count in (1, 5):
        db.session.rollback()
        db.session.expunge_all()
        with counted(data) as said:
            for fiche in db.session.scalars(select(Fiche.id).limit(count)).all():
                db.session.get_one(Fiche, fiche)
        numbers.append(len(said))
    assert numbers[1] > numbers[0] + 3


# Counts.


def expected(person: Person, query: Query) -> dict[str, dict[str, int]]:
    """The counts of each facet, by a direct walk over the contents."""
    out: dict[str, Counter] = {name: Counter() for name in (*FACETS, "etat", "langue")}
    for fiche in db.session.scalars(select(Fiche)):
        if not rights.see_fiche(person, fiche):
            continue
        codes = {(facet, code) for facet, code in facets_of(fiche.content)}
        fits = {name: (FACETS[name][0], code) in codes for name, code in query.chosen.items()}
        fits["etat"] = not query.state or fiche.state == query.state
        fits["langue"] = not query.language or fiche.language == query.language
        fits["mes"] = not query.mine or person.id in fiche.author_ids
        for name in out:
            if all(ok for other, ok in fits.items() if other != name):
                if name in FACETS:
                    out[name].update(code for facet, code in codes if facet == FACETS[name][0])
                else:
                    out[name][fiche.state if name == "etat" else fiche.language] += 1
    return {name: dict(found) for name, found in out.items()}


ADDRESSES = [
    "", "secteur=SAN", "secteur=SAN&milieu=QUA", "etat=PUB", "etat=PUB&langue=nl", "action=A1&secteur=SOC", "commune=Namur", "mes=1", "mes=1&secteur=SAN",
    "secteur=INCONNU", "determinant=LS1&etendue=QRT", "langue=xx",
]  # fmt: skip


@pytest.mark.parametrize("role", ["coordination", "contributor", "outsider"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_count_is_what_a_walk_over_the_fiches_counts(data, role, address):
    person = cast.person(role)
    query = Query.read(MultiDict(p.split("=") for p in address.split("&") if p))
    got = {name: {row["code"]: row["count"] for row in rows} for name, rows in counts(person, query).items()}
    assert got == expected(person, query)


def test_a_count_is_what_choosing_it_shows(data):
    person = cast.person("coordination")
    query = Query.read({})
    for name, rows in counts(person, query).items():
        for row in rows[:6]:
            chosen = (
                {"state": row["code"]}
                if name == "etat"
                else {"language": row["code"]}
                if name == "langue"
                else {"chosen": {name: row["code"]}}
            )
            assert len(db.session.scalars(narrowed(person, replace(query, **chosen))).all()) == row["count"]


def test_a_long_facet_shows_the_most_frequent_codes(data):
    with writing():
        for n in range(MOST_CODES + 5):
            for _again in range(2 if n == 44 else 1):
                content = blank()
                put(content, "structure_porteuse.commune", f"Commune {n:02}")
                adopt(content, owner=None, state="PUB")
    rows = counts(cast.person("coordination"), Query.read({}))["commune"]
    assert len(rows) == MOST_CODES
    assert rows[0]["count"] >= rows[-1]["count"] == 1
    assert "Commune 44" in [row["code"] for row in rows]


# What is read of an address.


@pytest.mark.parametrize(
    ("page", "read"),
    [
        ("1", 1), ("2", 2), ("99999", 99999), ("0", 1), ("-1", 1), ("", 1), ("abc", 1), ("1.5", 1), ("100000", 1), ("09" + "9" * 5000, 1), ("٣", 3), ("²", 1), (" 2", 1), ("00002", 2),
    ],
)  # fmt: skip
def test_the_page_of_an_address(page, read):
    assert Query.read({"page": page}).page == read


HOSTILE = [
    "'",
    '"',
    "%00",
    "a" * 5000,
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "\u202e",
    "🌿",
    "NEAR(",
    "*",
    "-",
    "^",
    "{}",
    "[]",
    "..",
    "%s%n",
    "\\",
    ";",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_address_is_a_page_like_another(client_of, text):
    client = client_of("coordination")
    for name in ("q", "secteur", "commune", "etat", "langue", "tri", "page", "mes", "inconnu"):
        for path in ("/fiches/", "/fiches/figures"):
            assert client.get(path, query_string={name: text}).status_code == 200


def test_pages_hold_fifty_and_the_last_one_the_rest(data, client_of):
    with writing():
        for n in range(PER_PAGE + 3):
            content = blank()
            put(content, "titre", f"Longue liste {n:03}")
            adopt(content, owner=None, state="PUB")
    person = cast.person("coordination")
    query = Query.read({"q": "longue liste", "tri": "titre"})
    first, second, beyond = (listing.listing(person, replace(query, page=n)) for n in (1, 2, 900))
    assert (first.total, first.pages, len(first.fiches), len(second.fiches)) == (53, 2, 50, 3)
    assert [f.title for f in [*first.fiches, *second.fiches]] == [f"Longue liste {n:03}" for n in range(53)]
    assert (beyond.page, [f.id for f in beyond.fiches]) == (2, [f.id for f in second.fiches])


@pytest.mark.parametrize("sort", [*listing.SORTS, "inconnu", ""])
def test_every_order_is_whole_and_stable(data, sort):
    person, query = cast.person("coordination"), Query.read({"tri": sort})
    ids = [f.id for f in listing.listing(person, query).fiches]
    assert set(ids) == seen(person)
    assert ids == [f.id for f in listing.listing(person, query).fiches]
    rows = [find(i) for i in ids]
    if sort == "numero":
        assert [f.number for f in rows if f.number] == sorted(f.number for f in rows if f.number)
    elif sort != "titre":
        assert [f.changed_at for f in rows] == sorted((f.changed_at for f in rows), reverse=True)


# The list that is kept in memory.


def test_the_list_shows_every_change_at_once(demo_app, client_of):
    """A kept list is dropped by whatever changes a fiche, and is never that of somebody else."""
    nadia, office, outsider = (client_of(role) for role in ("contributor", "coordination", "outsider"))

    def titles(client) -> str:
        return client.get("/fiches/").text

    def keep(ref: str | None, title: str) -> str:
        with demo_app.app_context():
            done = save(
                ref, cast.person("contributor"), Op(new_id(), "rev:1", Posted({"titre": title}), late=True)
            )
            return done.receipt["id"]

    for client in (nadia, office, outsider):
        assert "Neuve" not in titles(client)
    ref = keep(None, "Neuve")
    assert ["Neuve" in titles(c) for c in (nadia, office, outsider)] == [True, False, False]
    keep(ref, "Neuve et changée")
    assert "Neuve et changée" in titles(nadia)
    page = nadia.get(f"/fiches/{ref}/writers")
    address = next(email for _role, _name, email, _o in reversed(demo.CAST))
    assert nadia.submit(page, {"email": address}).status_code == 303
    assert "Neuve" in titles(outsider)
    page = nadia.get(f"/fiches/{ref}/history/1")
    assert nadia.submit(page, {}, form="restore").status_code == 303
    assert "Neuve et changée" not in titles(nadia)
    with demo_app.app_context(), writing():
        fiche = find(ref)
        fiche.state, fiche.received_at = "SOU", now()
        apply(fiche, "retain", cast.person("chair"))
    assert "Neuve" in titles(office)
    with demo_app.app_context(), writing():
        person = cast.person("coordination")
        person.roles = []
    assert "Neuve" not in titles(office)  # who loses a role loses the list


def test_what_is_erased_is_not_found_any_more(demo_app, client_of):
    client = client_of("contributor")
    with demo_app.app_context():
        fiche = find("F-2016-002")
        title, item = fiche.title, get(fiche.content, "bilan.temoignages")[0]
    words = {"q": max((w for w in item["texte"].split() if w.isalpha()), key=len)}
    assert title in client.get("/fiches/", query_string=words).text
    with demo_app.app_context(), writing():
        erase(find("F-2016-002"), item["id"], cast.person("contributor"))
    assert title not in client.get("/fiches/", query_string=words).text


def test_random_addresses_show_no_fiche_that_the_rights_hide(data):
    every_kind_of_fiche()
    rng = random.Random(7)
    for person in [cast.person(role) for role in cast.ROLES]:
        allowed = {f.id for f in db.session.scalars(select(Fiche)) if rights.see_fiche(person, f)}
        for _turn in range(12):
            args = {"etat": rng.choice([*STATES, ""]), "langue": rng.choice(["fr", "nl", ""]), "mes": rng.choice(["1", ""]), "q": rng.choice(["", "sante", "F-2016"]),
                    "secteur": rng.choice(["SAN", ""])}  # fmt: skip
            page = listing.listing(person, Query.read(args))
            assert {f.id for f in page.fiches} <= allowed
            assert sum(row["count"] for row in page.facets["etat"]) <= len(allowed)
