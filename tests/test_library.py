"""The glossary and the library: what may stand, who reads it, two writers at once; what a closed group keeps for itself."""

import re

import pytest
from sqlalchemy import select

from models import glossing, referencing, rights
from models.circles import CHAIR, MEMBER, circle_by_code
from models.glossing import BadEntry, folded
from models.library import GlossaryEntry, Reference
from models.names import fold
from models.organisations import Organisation
from models.people import by_email
from models.referencing import cite
from models.seating import Stale
from models.store import db, writing
from tests.support import cast
from tests.support import meetings as made
from tests.support.doors import NADIA
from tests.support.library import entry, reference
from tests.support.queries import counted_queries

CPAS = {"abbreviation": "C.P.A.S.", "meaning": "Autre chose", "language": "fr", "about": None}
BOOK = {
    "kind": "book",
    "title": "Marcher ensemble",
    "language": "fr",
    "link": None,
    "determinants": "",
    "axes": "",
}


def words(page) -> str:
    return re.sub(r"\s+", " ", page.text.replace("\u00a0", " "))


# ---- the glossary


def test_what_cannot_stand_is_said_and_a_double_is_refused(demo_app):
    """The control: the same letters in another language are another entry."""
    with demo_app.app_context():
        by = cast.person("contributor")
        for values, field in (
            ({**CPAS, "abbreviation": None}, "abbreviation"), ({**CPAS, "meaning": None}, "meaning"), ({**CPAS, "language": "xx"}, "language"),
            ({**CPAS, "abbreviation": "X" * 41}, "abbreviation"), (CPAS, "abbreviation"),
        ):  # fmt: skip
            with pytest.raises(BadEntry) as bad, writing():
                glossing.add_entry(values, by)
            assert list(bad.value.problems) == [field]
        with writing():
            row = glossing.add_entry({**CPAS, "language": "en"}, by)
            kept = row.rev
        with pytest.raises(Stale), writing():
            glossing.change_entry(db.session.get_one(GlossaryEntry, row.id), CPAS, kept + 1, by)
        with pytest.raises(BadEntry), writing():
            glossing.change_entry(db.session.get_one(GlossaryEntry, row.id), CPAS, kept, by)


def test_two_spellings_are_one():
    assert folded("C.P.A.S.") == folded("cpas") == "cpas"
    assert folded("ÖSHZ") == "oshz"
    assert folded("+") == "+", "what has no letter keeps its sign"
    assert folded("CPAS") != folded("CPASS")


def test_the_order_is_that_of_the_alphabet_and_organisations_have_their_place(demo_app):
    with demo_app.app_context():
        with writing():
            entry("3X", "Trois fois")
            gone = Organisation(name_fr="Partie", abbreviation="ZZP", merged_into=db.session.scalars(select(Organisation.id)).first())  # fmt: skip
            db.session.add_all([gone, Organisation(name_nl="Zonder zin", abbreviation="ZZZ")])
        lines = glossing.lines()
        said = [one.abbreviation for one in lines]
        assert said[-1] == "3X", "numbers come last"
        assert said[:-1] == sorted(said[:-1], key=fold)
        assert said.index("OCMW") < said.index("ÖSHZ") < said.index("RIZIV")
        assert "ZZP" not in said
        bare = next(one for one in lines if one.abbreviation == "ZZZ")
        assert (bare.meaning, bare.language, bare.entry) == ("Zonder zin", "nl", None)
        assert [one.abbreviation for one in glossing.lines("c.p.a.s.")] == ["CPAS"]
        assert [one.abbreviation for one in glossing.lines("o")] == ["OCMW", "OMS", "ÖSHZ"]
        assert {one.abbreviation for one in glossing.lines("ocmw")} == {"CPAS", "OCMW"}, (
            "it is named there too"
        )
        assert {one.language for one in glossing.lines(language="nl")} == {"nl"}
        assert counted_queries(glossing.lines) == 2


def test_the_glossary_from_a_first_word_to_its_end(demo_app, client_of):
    """A member reads; who writes adds, meets the double with a link, changes with another at once, takes away."""
    nadia, other = client_of("contributor"), client_of("reader")
    none = client_of("outsider").get("/library/glossary?q=zzz")
    assert "Aucune abréviation ne répond" in words(none)
    page = nadia.get("/library/glossary/new?abbr=RSU")
    assert 'value="RSU"' in page.text
    double = nadia.submit(
        page, {"abbreviation": "cpas", "meaning": "Mot gardé"}, form="/library/glossary/new"
    )
    assert double.status_code == 422
    assert "Mot gardé" in double.text
    with demo_app.app_context():
        known = db.session.scalar(select(GlossaryEntry).where(GlossaryEntry.folded == "cpas"))
    assert f'href="/library/glossary#e-{known.id}"' in double.text
    answer = nadia.submit(page, {"meaning": "Revenu de solidarité urbaine"}, form="/library/glossary/new")
    assert answer.status_code == 303
    assert "Revenu de solidarité urbaine" in nadia.get("/library/glossary?q=rsu").text
    edit = answer.location.replace("#e-", "/") + "/edit"
    mine, theirs = nadia.get(edit), other.get(edit)
    assert other.submit(theirs, {"meaning": "Le sens de Bart"}, form=edit).status_code == 303
    stale = nadia.submit(mine, {"meaning": "Le sens de Nadia"}, form=edit)
    assert stale.status_code == 409
    assert "Le sens de Bart" in stale.text
    assert "Le sens de Nadia" in stale.text
    assert nadia.submit(stale, {"pick-meaning": "mine"}, form=edit).status_code == 303
    assert "Le sens de Nadia" in nadia.get("/library/glossary").text
    ask = edit.replace("/edit", "/remove")
    assert nadia.submit(nadia.get(ask), form=ask).status_code == 303
    assert "Le sens de Nadia" not in nadia.get("/library/glossary").text
    assert nadia.get(edit).status_code == 404


# ---- the library


def test_a_reference_that_cannot_stand_says_why(demo_app):
    with demo_app.app_context():
        by = by_email(NADIA)
        for link in ("http://a.example/x", "javascript:alert(1)", "https://", "https://localhost", "//a.example", "https://a b.example", "https://[::1"):  # fmt: skip
            assert "link" in referencing.problems({**BOOK, "link": link}, by), link
        assert referencing.problems({**BOOK, "link": "https://a.example/x"}, by) == {}
        closed = circle_by_code("GT-FIC")
        assert closed is not None
        for values, field in (
            ({**BOOK, "title": None}, "title"), ({**BOOK, "kind": "song"}, "kind"), ({**BOOK, "language": "xx"}, "language"),
            ({**BOOK, "axes": "NON"}, "axes"), ({**BOOK, "determinants": "SE1 SE2 SE3 SE4 EN1 EN2 EN3"}, "determinants"),
            ({**BOOK, "circle_id": closed.id}, "circle_id"), ({**BOOK, "about": "x" * 1201}, "about"),
        ):  # fmt: skip
            assert list(referencing.problems(values, by)) == [field], field


def test_a_reference_is_cited_in_one_line():
    whole = Reference(title="Un titre ?", authors="A. Bo ; C. Dé", year="1986", publisher="Le Quai", link="https://a.example")  # fmt: skip
    assert cite(whole) == "A. Bo, C. Dé (1986). Un titre ? Le Quai. https://a.example"
    assert cite(Reference(title="Nu")) == "Nu."
    assert cite(Reference(title="Sans auteur", year="1999")) == "(1999). Sans auteur."


def closed_rows() -> tuple[str, str]:
    """(id of a reference of a closed group, id of one of a committee), of the chair. Inside writing()."""
    chair = cast.person("chair")
    closed = made.circle("CLOS", (chair, CHAIR), (cast.person("reader"), MEMBER), closed=True)
    committee = circle_by_code("COPIL")
    assert committee is not None
    return (
        reference("Zzfermé en poche", circle_id=closed.id, made_by=chair.id, about="zzmots").id,
        reference("Zzcomité", circle_id=committee.id, made_by=chair.id).id,
    )


def test_a_list_holds_what_the_rights_say_and_its_queries_do_not_grow(demo_app):
    """The SQL that lists is the twin of the predicate, for each of the cast; found by no word, under no filter."""
    with demo_app.app_context():
        with writing():
            closed, _committee = closed_rows()
        seen = set()
        for role in cast.ROLES:
            who = cast.person(role)
            ids = set(referencing.found(who))
            assert ids == {r.id for r in db.session.scalars(select(Reference)) if rights.can(who, "reference.see", r)}, role  # fmt: skip
            seen.add((role, closed in ids))
        assert {("chair", True), ("reader", True), ("coordination", True), ("outsider", False), ("contributor", False)} <= seen  # fmt: skip
        outsider = cast.person("outsider")
        assert referencing.found(outsider, "zzmots") == []
        assert referencing.found(outsider, "", {"circle": "CLOS"}) == []
        assert closed in referencing.found(cast.person("reader"), "zzmots", {"circle": "CLOS"})
        assert "CLOS" not in [c.code for c in referencing.groups_read(outsider)]
        assert len(referencing.found(outsider, "", {"axis": "COC", "determinant": "PO2"})) == 1
        few = counted_queries(lambda: referencing.found(outsider))
        with writing():
            for n in range(60):
                reference(f"Livre {n:02d}", axes="SOU")
        assert outsider.role_names, "read again before it is counted"
        assert counted_queries(lambda: referencing.found(outsider)) == few


def test_the_library_from_a_first_reference_to_its_end(demo_app, client_of):
    nadia, outsider = client_of("contributor"), client_of("outsider")
    with demo_app.app_context(), writing():
        closed, _committee = closed_rows()
    for path in (f"/library/references/{closed}", f"/library/references/{closed}/edit", f"/library/references/{closed}/remove"):  # fmt: skip
        assert outsider.get(path).status_code == 404
        assert client_of("chair").get(path).status_code == 200
    assert "fermé" not in outsider.get("/library/").text.casefold().replace("fermer", "")
    new = "/library/references/new"
    page = nadia.get(new)
    bad = nadia.submit(page, {"title": "Un titre", "link": "http://a.example", "about": "Mots gardés", "axes": ["COC"]}, form=new)  # fmt: skip
    assert bad.status_code == 422
    assert "commence par https://" in words(bad)
    assert "Mots gardés" in bad.text
    assert re.search(r'value="COC" checked', bad.text)
    answer = nadia.submit(bad, {"link": "https://a.example/livre", "year": "2001", "authors": "Z. Auteur"}, form=new)  # fmt: skip
    assert answer.status_code == 303
    shown = outsider.get(answer.location)
    assert "Z. Auteur (2001). Un titre. https://a.example/livre" in shown.text
    assert 'rel="noopener noreferrer"' in shown.text
    assert outsider.get(f"{answer.location}/edit").status_code == 403
    assert "Un titre" in outsider.get("/library/?q=auteur&action=COC").text
    assert "Aucune référence ne répond" in words(outsider.get("/library/?q=auteur&action=SOU"))
    edit, ask = f"{answer.location}/edit", f"{answer.location}/remove"
    assert nadia.submit(nadia.get(edit), {"title": "Un autre titre"}, form=edit).status_code == 303
    stale = nadia.submit(nadia.get(edit), {"rev": "1", "title": "Trop tard"}, form=edit)
    assert stale.status_code == 409
    assert "Un autre titre" in stale.text
    assert nadia.submit(nadia.get(ask), form=ask).status_code == 303
    assert nadia.get(answer.location).status_code == 404
