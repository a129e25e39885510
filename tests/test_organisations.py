"""Organisations and who belongs to them: what may stand, who may change what, finding, merging."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from models import merging, organisations, people
from models.audit import AuditEvent
from models.merging import CannotMerge
from models.names import fold, matches, sliced
from models.organisations import BadOrganisation, Membership, Organisation, Stale, partial
from models.people import by_email
from models.rights import can
from models.store import db, writing
from tests.support.doors import NADIA, SAMIRA, statements

ELS, LEON = "els@wijkadem.example", "leon@amis-du-chemin.example"


def named(app, name: str) -> str:
    with app.app_context():
        return organisations.named(name).id


def made(**values) -> Organisation:
    return organisations.add_organisation({"name_fr": "Le four à pain", **values}, by_email(SAMIRA))


@pytest.fixture
def inside(demo_app):
    with demo_app.app_context(), writing():
        yield


# ---- words that are compared


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("L’Œuvre d’été", "l oeuvre d ete"),
        ("  Ça\u00a0VA ", "ca va"),
        ("Straße", "strasse"),
        (None, ""),
        ("C.P.A.S.", "c p a s"),
    ],
)
def test_accents_capitals_and_signs_do_not_matter(text, folded):
    assert fold(text) == folded


def test_every_word_must_be_there_in_any_order():
    assert matches("maison QUARTIER", "La maison du quartier")
    assert matches("gent pont", "Mutualité Le Pont", "Gent")
    assert matches("", "x")
    assert not matches("maison absente", "La maison")


@pytest.mark.parametrize(("page", "expected"), [(1, ["0", "1"]), (3, ["4"]), (9, ["4"]), (0, ["0", "1"])])
def test_a_page_that_there_is_not_is_the_nearest(page, expected):
    assert sliced(["0", "1", "2", "3", "4"], page, 2).ids == expected
    assert sliced([], page, 2).pages == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2014", "2014"),
        ("09/2014", "2014-09"),
        ("9.2014", "2014-09"),
        ("2014-12", "2014-12"),
        (" ", None),
        (None, None),
    ],
)
def test_a_moment_is_as_exact_as_one_knows_it(typed, kept):
    assert partial(typed) == kept


@pytest.mark.parametrize("typed", ["13/2014", "jadis", "14", "2014-00", "３/2014", "2014-13"])
def test_what_is_no_moment_is_refused(typed):
    with pytest.raises(ValueError, match=r".*"):
        partial(typed)


# ---- what may stand


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name_fr": None}, "name_fr"), ({"name_fr": "x" * 201}, "name_fr"), ({"about": "x" * 1201}, "about"),
        ({"site": "passerelle.example"}, "site"), ({"site": "javascript:alert(1)//a.b"}, "site"), ({"kind": "ZZZ"}, "kind"),
        ({"country": "XX"}, "country"), ({"region": "1"}, "region"), ({"level": "x"}, "level"), ({"sectors": ["SOC", "ZZZ"]}, "sectors"),
    ],
)  # fmt: skip
def test_what_cannot_stand_names_its_field(inside, values, field):
    before = len(db.session.scalars(select(Organisation)).all())
    with pytest.raises(BadOrganisation) as bad:
        made(**values)
    assert list(bad.value.problems) == [field]
    assert len(db.session.scalars(select(Organisation)).all()) == before


def test_a_name_in_one_language_is_enough_and_shows_which(inside):
    row = organisations.add_organisation({"name_de": "Der lange Tisch"}, None)
    assert (row.language_for("fr"), row.name_for("fr")) == ("de", "Der lange Tisch")
    row.name_fr = "La longue table"
    assert (row.name_for("fr"), row.name_for("nl"), row.name_for("de")) == (
        "La longue table",
        "La longue table",
        "Der lange Tisch",
    )


def test_values_that_are_the_same_change_nothing_and_an_old_rev_is_refused(inside):
    row, who = made(sectors=["SOC"]), by_email(SAMIRA)
    values = {"name_fr": "Le four à pain", "sectors": ["SOC"]}
    organisations.change_organisation(row, values, 1, who)
    assert row.rev == 1
    organisations.change_organisation(row, {**values, "sectors": ["ALI", "SOC"]}, 1, who)
    assert (row.rev, row.sectors) == (2, ["SOC", "ALI"])
    with pytest.raises(Stale):
        organisations.change_organisation(row, {"name_fr": "Autre"}, 1, who)
    assert row.name_fr == "Le four à pain"
    told = db.session.scalars(select(AuditEvent).where(AuditEvent.object_id == row.id)).all()
    assert [(e.act, e.detail.get("fields")) for e in told] == [
        ("organisation.made", None),
        ("organisation.changed", ["sectors"]),
    ]


# ---- finding


def test_finding_by_any_name_and_by_sector(demo_app):
    with demo_app.app_context():
        by = {o.id: o.name_for("fr") for o in db.session.scalars(select(Organisation))}
        assert [by[i] for i in organisations.found("federation")] == ["Fédération des habitants"]
        assert [by[i] for i in organisations.found("verband")] == ["Fédération des habitants"]
        assert [by[i] for i in organisations.found("WA")] == ["Wijkadem"]
        assert [by[i] for i in organisations.found("", "LOG")] == [
            "Fédération des habitants",
            "Union des locataires",
        ]
        assert organisations.found("", "ZZZ") == []
        names = [by[i] for i in organisations.found()]
        assert names == sorted(names, key=fold)
        assert organisations.named("ziekenfonds de brug").name_fr == "Mutualité Le Pont"
        assert organisations.named("  ") is None


# ---- who belongs


def test_the_first_member_needs_nobody_and_the_second_waits(inside):
    row = made()
    nadia, els, samira = by_email(NADIA), by_email(ELS), by_email(SAMIRA)
    assert organisations.belong(nadia, row, nadia).confirmed
    second = organisations.belong(els, row, els, function="Boulangère")
    assert not second.confirmed
    assert row.editor_ids == {nadia.id}
    assert can(nadia, "organisation.edit", row)
    assert not can(els, "organisation.edit", row)
    assert can(samira, "organisation.edit", row)
    organisations.confirm(second, nadia)
    assert can(els, "organisation.edit", row)
    organisations.leave(second, els, "2016")
    assert not can(els, "organisation.edit", row)


def test_who_is_noted_by_the_coordination_is_confirmed_and_nobody_is_twice(inside):
    row, els, samira = made(), by_email(ELS), by_email(SAMIRA)
    organisations.belong(by_email(NADIA), row, samira)
    one = organisations.belong(els, row, samira, since="2014")
    two = organisations.belong(els, row, els, function="Boulangère")
    assert one is two
    assert (one.confirmed, one.function, one.since) == (True, "Boulangère", "2014")


def test_a_person_belongs_to_several_the_present_ones_first(demo_app):
    with demo_app.app_context():
        mine = organisations.memberships(by_email(NADIA))
        assert [(m.organisation.name_fr, m.until) for m in mine] == [
            ("Maison de quartier La Passerelle", None), ("Fédération des habitants", "2011"),
        ]  # fmt: skip


def test_somebody_who_left_may_change_nothing():
    person = SimpleNamespace(id="p", active=True, role_names=frozenset({"contributor"}))
    assert not can(person, "organisation.edit", SimpleNamespace(editor_ids=frozenset({"other"})))
    assert can(person, "organisation.edit", SimpleNamespace(editor_ids=frozenset({"p"})))


# ---- two for one


def test_merging_moves_members_fills_gaps_and_leaves_a_sign(inside):
    samira = by_email(SAMIRA)
    kept, gone = (
        made(commune="Mons", sectors=["ALI"]),
        made(name_fr="Four à pain (le)", site="https://four.example", commune="Bergen", sectors=["SOC"]),
    )
    nadia, els = by_email(NADIA), by_email(ELS)
    organisations.belong(nadia, kept, samira, since="2014")
    organisations.belong(nadia, gone, samira, function="Boulangère", since="2012")
    organisations.belong(els, gone, samira)
    assert merging.filled(gone, kept) == {"site": "https://four.example"}
    assert merging.lost(gone, kept) == {"name_fr": "Four à pain (le)", "commune": "Bergen"}
    merging.merge_organisations(gone, kept, samira)
    db.session.expire_all()
    rows = db.session.scalars(select(Membership).where(Membership.organisation_id == kept.id)).all()
    assert {(m.person_id, m.function, m.since) for m in rows} == {
        (nadia.id, "Boulangère", "2012"),
        (els.id, None, None),
    }
    assert (kept.site, kept.commune, kept.sectors) == ("https://four.example", "Mons", ["SOC", "ALI"])
    assert (gone.merged_into, gone.memberships) == (kept.id, [])
    assert gone.id not in organisations.found()
    third = made(name_fr="Le fournil")
    merging.merge_organisations(kept, third, samira)
    assert db.session.get(Organisation, gone.id).merged_into == third.id, "the sign follows"
    acts = [
        e.act
        for e in db.session.scalars(select(AuditEvent).where(AuditEvent.object_id.in_((gone.id, kept.id))))
    ]
    assert acts.count("organisation.merged") == 2


def test_two_times_in_one_organisation_stay_two_when_they_differ(inside):
    samira, els = by_email(SAMIRA), by_email(ELS)
    kept, gone = made(), made(name_fr="Four")
    organisations.belong(els, kept, samira, function="Présidente")
    organisations.belong(els, gone, samira, function="Trésorière")
    merging.merge_organisations(gone, kept, samira)
    rows = db.session.scalars(select(Membership).where(Membership.organisation_id == kept.id)).all()
    assert {m.function for m in rows} == {"Présidente", "Trésorière"}


def test_what_cannot_be_merged(inside):
    samira, kept, gone = by_email(SAMIRA), made(), made(name_fr="Four")
    for pair in ((None, gone), (gone, gone)):
        with pytest.raises(CannotMerge):
            merging.check_organisations(*pair)
    merging.merge_organisations(gone, kept, samira)
    for pair in ((kept, gone), (gone, kept)):
        with pytest.raises(CannotMerge, match="déjà réunie"):
            merging.check_organisations(*pair)


def test_the_list_and_a_page_take_as_many_queries_for_many(demo_app, client_of):
    client, counts, pages = client_of("committee"), [], []
    path = f"/directory/organisations/{named(demo_app, 'Wijkadem')}"
    client.get("/directory/")
    for more in (1, 2, 47):
        with demo_app.app_context(), writing():
            row = organisations.named("Wijkadem")
            for n in range(more):
                other = made(name_fr=f"Groupe {more} {n}", sectors=["SOC", "ALI"])
                who = people.add_person(f"P{more} {n}", f"p{more}.{n}@example.org", ["reader"], active=True)
                organisations.belong(who, other, by_email(SAMIRA))
                organisations.belong(who, row, by_email(SAMIRA))
        for found, address in ((counts, "/directory/"), (pages, path)):
            with statements(demo_app) as seen:
                assert client.get(address).status_code == 200
            found.append(len([s for s in seen if s.startswith("SELECT")]))
    assert len(set(counts)) == 1, counts
    assert len(set(pages)) == 1, pages
