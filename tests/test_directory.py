"""The directory: who finds whom by what, and never by a word they may not read; two organisations side by side."""

from sqlalchemy import select

from models import comparing, directory, merging, organisations, profiles
from models.circles import MEMBER
from models.comparing import THEMES, Side
from models.directory import Wanted
from models.exchanges import Notice
from models.fiche.fiche import FicheAuthor, find
from models.fiche.saving import store
from models.matching import Subject
from models.names import fold
from models.organisations import Membership, Organisation
from models.people import add_person, by_email
from models.profiles import CIRCLE, ME, MEMBERS, ProfileDetail
from models.store import db, new_id, writing
from tests.support import cast
from tests.support import meetings as made
from tests.support.doors import NADIA
from tests.support.queries import counted_queries

SECRETS = {ME: "zzpourmoi", CIRCLE: "zzcomite", MEMBERS: "zzpourtous"}


def tell(person, seen_by: str, text: str, name: str = "why") -> None:
    """A detail of somebody. Inside writing()."""
    row = db.session.get(ProfileDetail, (person.id, name)) or ProfileDetail(person_id=person.id, name=name)
    row.text, row.seen_by = text, seen_by
    db.session.add(row)


def named(name: str) -> Organisation:
    row = organisations.named(name)
    assert row is not None
    return row


def names_of(rows) -> list[str]:
    return [one.name for one in rows]


# ---- members


def test_a_word_is_found_by_those_alone_who_may_read_it(demo_app):
    """The control: the same word, said to all members, is found by each of them."""
    with demo_app.app_context():
        els = by_email("els@wijkadem.example")
        for seen_by, word in SECRETS.items():
            with writing():
                tell(els, seen_by, word)
            for role in cast.ROLES:
                who = cast.person(role)
                may = profiles.may_read(who, els.id, seen_by)
                assert (names_of(directory.members(who, Wanted(word))) == ["Els Peeters"]) is may, (
                    role,
                    seen_by,
                )
        with writing():
            tell(els, CIRCLE, "tr", "languages")
        who = cast.person("outsider")
        assert not directory.members(who, Wanted(language="tr"))
        assert not directory.members(cast.person("outsider"), Wanted("turc"))
        assert names_of(directory.members(cast.person("chair"), Wanted(language="tr"))) == ["Els Peeters"]
        assert (
            next(m for m in directory.filled(who, directory.members(who)) if m.id == els.id).languages == []
        )


def test_what_is_read_in_sql_is_what_the_profile_says(demo_app):
    with demo_app.app_context():
        with writing():
            for n, role in enumerate(cast.ROLES):
                for m, seen_by in enumerate(SECRETS):
                    tell(cast.person(role), seen_by, f"mot {n}", directory.SEARCHED[(n + m) % len(directory.SEARCHED)])  # fmt: skip
        rows = list(db.session.scalars(select(ProfileDetail).where(ProfileDetail.text != "")))
        for role in cast.ROLES:
            who = cast.person(role)
            read = directory.read_details(who, profiles.DETAILS)
            assert {(p, d) for p, some in read.items() for d in some} == {
                (r.person_id, r.name) for r in rows if profiles.may_read(who, r.person_id, r.seen_by)
            }
        everybody = directory.read_details(None, profiles.DETAILS)
        assert {(p, d) for p, some in everybody.items() for d in some} == {(r.person_id, r.name) for r in rows if r.seen_by == MEMBERS}  # fmt: skip


def test_a_list_is_narrowed_by_where_one_belongs_now(demo_app):
    with demo_app.app_context():
        who = cast.person("outsider")
        with writing():
            gone = add_person("Zoé Partie", "zoe@quai.example", ["contributor"], active=False)
            db.session.add(Membership(person=gone, organisation=named("Wijkadem")))
        assert names_of(directory.members(who, Wanted(organisation=named("Wijkadem").id))) == ["Els Peeters"]
        federation = directory.members(who, Wanted(organisation=named("FH").id))
        assert names_of(federation) == ["Anne-Marie Lhoest"], "Nadia was there before"
        assert names_of(directory.members(who, Wanted(sector="MOB"))) == ["Léon Marchal", "Monique Lambert"]
        assert names_of(directory.members(who, Wanted(commune=fold("Antwerpen")))) == ["Els Peeters"]
        assert names_of(directory.members(who, Wanted("locataires"))) == ["Christelle Renard"]
        assert names_of(directory.members(who, Wanted(language="ar"))) == ["Nadia Bensaïd", "Samira Haddad"]
        assert "Zoé Partie" not in names_of(directory.members(who))


def test_the_queries_of_the_list_do_not_grow(demo_app):
    with demo_app.app_context():
        who = cast.person("outsider")
        wide = Wanted("ensemble", sector="SOC", language="fr")
        few = counted_queries(lambda: directory.members(who, wide))
        page = counted_queries(lambda: directory.filled(who, directory.members(who)))
        with writing():
            house = named("Wijkadem")
            for n in range(60):
                person = add_person(f"Membre {n:02d}", f"m{n}@quai.example", ["contributor"], active=True)
                db.session.add(Membership(person=person, organisation=house))
                tell(person, MEMBERS, "Ensemble")
        who = cast.person("outsider")
        assert who.role_names, "read again before it is counted"
        assert counted_queries(lambda: directory.members(who, wide)) == few == 4
        assert counted_queries(lambda: directory.filled(who, directory.members(who)[:50])) == page == 3


def test_pages_of_members_groups_and_fiches(demo_app, client_of):
    """A closed group is on the page of its member for those alone who see it; published fiches are, others are not."""
    with demo_app.app_context(), writing():
        nadia = by_email(NADIA)
        made.circle("CLOS", (nadia, MEMBER), title="Groupe zzclos", closed=True)
        made.circle("OUVERT", (nadia, MEMBER), title="Groupe zzouvert")
        tell(nadia, CIRCLE, "zzcomite")
        for number in ("F-2016-003", "F-2016-005"):
            db.session.add(FicheAuthor(fiche_id=find(number).id, person_id=nadia.id))
        path = f"/directory/people/{nadia.id}"
    page = client_of("outsider").get(path)
    assert "Groupe zzouvert" in page.text
    assert "zzclos" not in page.text
    assert "zzcomite" not in page.text
    assert "F-2016-003" in page.text, "published"
    assert "F-2016-005" not in page.text, "sent, not published"
    assert "zzclos" in client_of("coordination").get(path).text
    client = client_of("outsider")
    assert "Aucun membre ne répond" in client.get("/directory/people?q=zzcomite").text.replace("\u00a0", " ")
    found = client.get("/directory/people?q=antwerpen&organisation=&langue=")
    assert "Els Peeters" in found.text
    assert "Léon Marchal" not in found.text
    for odd in ("?page=99", "?secteur=%00", "?organisation=x&langue=zz", "?commune=" + "é" * 300):
        assert client.get(f"/directory/people{odd}").status_code == 200


def test_fiches_are_those_of_the_names_that_an_organisation_bears(demo_app):
    """Accents and capitals do not count, a name that was joined does, what is not published does not."""
    with demo_app.app_context():
        house = named("Nachbarn im Tal")
        with writing():
            for number, name in (
                ("F-2016-003", "NÄCHBARN im tal"),
                ("F-2016-009", "Alter Name"),
                ("F-2016-002", "Nachbarn im Tal"),
            ):
                fiche = find(number)
                fiche_content = {
                    **fiche.content,
                    "structure_porteuse": {**fiche.content["structure_porteuse"], "nom": name},
                }
                store(fiche, fiche_content, None, None)
            old = Organisation(name_de="Alter Name")
            db.session.add(old)
        assert [f.number for f in directory.fiches_of(house)[house.id]] == ["F-2016-003"]
        with writing():
            merging.merge_organisations(
                db.session.get_one(Organisation, old.id),
                db.session.get_one(Organisation, house.id),
                cast.person("coordination"),
            )
        house = named("Nachbarn im Tal")
        other = named("Wijkadem")
        held = directory.fiches_of(house, other)
        assert [f.number for f in held[house.id]] == ["F-2016-003", "F-2016-009"]
        assert held[other.id] == []


# ---- side by side


def side(**said) -> Side:
    return Side("x", {"fr": "X"}, {name: tuple(codes) for name, codes in said.items()})


def test_what_both_say_what_one_says_and_what_is_not_said():
    points = {p.theme.name: p for p in comparing.compare(
        side(sectors=["SOC", "CUL"], communes=["Liège", "Mons"], languages=["fr"]), side(sectors=["CUL"], communes=["LIEGE"], axes=["PLA"])
    )}  # fmt: skip
    assert [p.name for p in THEMES] == list(points)
    assert (points["sectors"].both, points["sectors"].only) == (("CUL",), (("SOC",), ()))
    assert (points["communes"].both, points["communes"].only) == (("Liège",), (("Mons",), ()))
    assert points["axes"].silent == (True, False)
    assert points["languages"].only == (("fr",), ())
    assert points["levels"].silent == (True, True)


def test_the_same_two_in_the_other_order_say_the_same():
    one, two = side(sectors=["SOC", "CUL"], axes=["PLA"]), side(sectors=["CUL", "MOB"])
    for p, q in zip(comparing.compare(one, two), comparing.compare(two, one), strict=True):
        assert set(p.both) == set(q.both)
        assert (p.only, p.silent) == (q.only[::-1], q.silent[::-1])


def test_an_offer_meets_a_request_by_its_words():
    gives = Side("a", {"fr": "A"}, offers=(Subject("Réparer un vélo"), Subject("Cuisiner pour cinquante")))
    takes = Side("b", {"fr": "B"}, requests=(Subject("Réparation de vélos"), Subject("Compter")))
    [meeting] = comparing.meetings(gives, takes)
    assert (meeting.giver, meeting.offer.title, meeting.fit.subject.title) == (
        0,
        "Réparer un vélo",
        "Réparation de vélos",
    )
    assert [m.giver for m in comparing.meetings(takes, gives)] == [1]
    assert comparing.meetings(gives, gives) == []


def test_a_side_says_what_its_reader_may_read(demo_app):
    with demo_app.app_context():
        with writing():
            els = by_email("els@wijkadem.example")
            tell(els, CIRCLE, "zzcomite", "expertise")
            tell(els, MEMBERS, "Mesurer l’air", "knowledge")
            tell(els, ME, "tr", "languages")
            closed = made.circle("CLOS", (els, MEMBER), closed=True)
            for circle_id, title in (
                (None, "Apprendre la marche exploratoire"),
                (closed.id, "zzferme marche exploratoire"),
            ):
                db.session.add(
                    Notice(
                        id=new_id(),
                        kind="request",
                        title=title,
                        person_id=els.id,
                        circle_id=circle_id,
                        languages="nl",
                    )
                )
        ids = [named(n).id for n in ("Wijkadem", "Maison de quartier La Passerelle")]
        for role, seen in (("outsider", False), ("chair", True)):
            mine, theirs = comparing.sides(cast.person(role), *comparing.pair(*ids))
            assert ("zzcomite" in repr(mine.people)) is seen
            assert "tr" not in mine.said["languages"]
            assert set(mine.said["sectors"]) == {"ENV", "SPO", "JEU"}
            [meeting] = comparing.meetings(mine, theirs)
            assert (meeting.giver, meeting.fit.subject.title) == (1, "Apprendre la marche exploratoire")
            assert "zzferme" not in repr([mine, theirs])


def test_the_queries_of_two_do_not_grow_with_their_members(demo_app):
    with demo_app.app_context():
        ids = [named(n).id for n in ("Wijkadem", "Maison de quartier La Passerelle")]

        def count() -> int:
            db.session.expire_all()
            who = cast.person("chair")
            assert who.role_names, "read before it is counted"
            return counted_queries(lambda: comparing.sides(who, *comparing.pair(*ids)))

        few = count()
        with writing():
            for n in range(20):
                person = add_person(f"Membre {n:02d}", f"m{n}@quai.example", ["contributor"], active=True)
                db.session.add(Membership(person=person, organisation=named("Wijkadem")))
                tell(person, MEMBERS, "Compter", "expertise")
        assert count() == few


def test_the_page_of_two(demo_app, client_of):
    client = client_of("outsider")
    with demo_app.app_context():
        a, b, c = (named(n).id for n in ("Wijkadem", "FH", "UL"))
        with writing():
            tell(by_email("els@wijkadem.example"), CIRCLE, "zzcomite", "expertise")
            nadia_s = named("Maison de quartier La Passerelle").id
            wish = Notice(id=new_id(), kind="request", title="Apprendre la marche exploratoire", organisation_id=a, person_id=by_email("els@wijkadem.example").id, languages="nl")  # fmt: skip
            db.session.add(wish)
            gone = Organisation(name_fr="Double", merged_into=b)
            db.session.add(gone)
        gone_id, wish_id = gone.id, wish.id
    page = client.get("/directory/compare")
    chosen = client.submit(page, {"a": b, "b": c}, form="/directory/compare")
    said = " ".join(chosen.text.replace("\u00a0", " ").split())
    for words in (
        "Toutes deux",
        "Logement, Justice",
        "Fédération des habitants et Union des locataires",
        "Pas encore dit : ",
        "Seulement elle",
    ):
        assert words in said, words
    met = " ".join(client.get(f"/directory/compare?a={a}&b={nadia_s}").text.replace("\u00a0", " ").split())
    assert (
        "La Passerelle offre « Préparer une marche exploratoire ». (Nadia Bensaïd) Wijkadem cherche « Apprendre la marche exploratoire »."
        in met
    )
    assert f'href="/exchanges/lines/n-{wish_id}"' in met
    assert "Apprendre la marche exploratoire" in client.get(f"/directory/organisations/{a}").text
    assert client.get(f"/directory/compare?a={gone_id}&b={a}").location == f"/directory/compare?a={b}&b={a}"
    same = client.get(f"/directory/compare?a={a}&b={a}")
    assert same.status_code == 422
    assert "deux fois la même organisation" in same.text
    assert client.get(f"/directory/compare?a={a}&b=rien").status_code == 422
    assert client.get(f"/directory/compare?a={a}").status_code == 200
    assert "zzcomite" not in client.get(f"/directory/compare?a={a}&b={b}").text
    assert "zzcomite" in client_of("chair").get(f"/directory/compare?a={a}&b={b}").text
