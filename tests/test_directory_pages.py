"""The directory over HTTP: the list, an organisation and its form, who belongs to it, doubles."""

import re

import pytest
from sqlalchemy import select

from models import organisations
from models.organisations import Membership, Organisation
from models.people import by_email
from models.store import db, writing
from tests.support import cast
from tests.support.doors import NADIA, SAMIRA

ELS = "els@wijkadem.example"
NEW = "/directory/organisations/new"


def path_of(app, name: str) -> str:
    with app.app_context():
        return f"/directory/organisations/{organisations.named(name).id}"


def words(page) -> str:
    return page.text.replace("\u00a0", " ")


# ---- the list


def test_every_member_finds_by_word_and_by_sector(client_of):
    client = client_of("outsider")
    page = client.get("/directory/")
    assert "9 organisations" in words(page)
    assert 'href="/directory/"' in client.get("/").text
    found = client.submit(page, {"q": "verband"}, form="/directory/")
    assert "Fédération des habitants" in found.text
    assert "Wijkadem" not in found.text
    narrowed = client.submit(page, {"secteur": "LOG"}, form="/directory/")
    assert len(re.findall('<li class="line">', narrowed.text)) == 2
    nothing = client.get("/directory/?q=xyz")
    assert "Aucune organisation ne répond" in nothing.text


def test_strangers_are_sent_to_the_door(demo_app):
    for path in ("/directory/", NEW, path_of(demo_app, "Wijkadem")):
        assert demo_app.test_client().get(path).location.startswith("/enter?next=/directory/")


def test_an_empty_directory_invites_to_begin(app):
    from models import people

    with app.app_context(), writing():
        someone = people.add_person("Zoé", "zoe@quai.example", ["contributor"], active=True)
        from models import access

        token = access.add_device(someone, shared=False, label="x")
    client = app.test_client()
    with client.session_transaction() as session:
        session["device"] = token
    page = client.get("/directory/")
    assert "Encore aucune organisation" in page.text


def test_long_lists_are_paged_and_odd_pages_are_near_ones(demo_app, client_of):
    with demo_app.app_context(), writing():
        for n in range(60):
            organisations.add_organisation({"name_fr": f"Groupe {n:02d}", "sectors": ["ALI"]}, None)
    client = client_of("outsider")
    second = client.get("/directory/?page=2&secteur=ALI")
    assert len(re.findall('<li class="line">', second.text)) == 11
    assert "secteur=ALI" in second.text.partition('class="pages"')[2]
    for odd in ("0", "99", "x", "²", "-3"):
        assert client.get("/directory/", query_string={"page": odd}).status_code == 200


def test_a_name_in_another_language_says_which(demo_app, client_of):
    page = client_of("outsider").get("/directory/")
    assert '<span lang="de">Nachbarn im Tal</span>' in page.text
    shown = client_of("outsider").get(path_of(demo_app, "Fédération des habitants"))
    assert '<p class="lead flush" lang="nl">Bewonersfederatie</p>' in shown.text
    assert "FH : Fédération des habitants" in words(shown)


# ---- the form


def test_a_member_adds_one_and_changes_its_texts(demo_app, client_of):
    outsider = client_of("outsider")
    values = {"name_nl": "De lange tafel", "abbreviation": "DLT", "meaning": "De lange tafel", "sectors": ["SOC", "ALI"], "country": "BE",
              "region": "40000", "level": "COM", "site": "https://tafel.example", "about": "Samen <i>eten</i>.\n\nElke week."}  # fmt: skip
    answer = outsider.submit(outsider.get(NEW), values, form=NEW)
    assert answer.status_code == 303
    page = outsider.get(answer.location)
    for said in (
        '<span lang="nl">De lange tafel</span>',
        "Samen &lt;i&gt;eten&lt;/i&gt;.",
        "Flandre orientale",
        "https://tafel.example",
        "Christelle Renard",
    ):
        assert said in page.text
    edit = f"{answer.location}/edit"
    assert outsider.submit(outsider.get(edit), {"commune": "Gand"}, form=edit).status_code == 303
    assert "Gand" in outsider.get(answer.location).text
    assert client_of("contributor").get(edit).status_code == 403
    assert client_of("coordination").get(edit).status_code == 200


def test_what_cannot_stand_is_said_and_everything_is_kept(demo_app, client_of):
    outsider = client_of("outsider")
    typed = {
        "name_fr": "",
        "about": "Un texte à garder",
        "sectors": ["CUL"],
        "site": "tafel",
        "commune": "Mons",
        "kind": "CIT",
        "member": False,
    }
    answer = outsider.submit(outsider.get(NEW), typed, form=NEW)
    assert answer.status_code == 422
    for said in (
        "dans une des trois langues",
        "https://www.passerelle.example",
        "Un texte à garder",
        'value="tafel"',
    ):
        assert said in answer.text
    assert 'href="#name_fr"' in answer.text
    again = outsider.submit(answer, {"name_fr": "Le chœur", "site": ""}, form=NEW)
    assert again.status_code == 303
    with demo_app.app_context():
        row = organisations.named("le choeur")
        assert (row.about, row.sectors, row.kind, row.memberships) == (
            "Un texte à garder",
            ["CUL"],
            "CIT",
            [],
        )


def test_a_name_that_is_there_already_asks_first(demo_app, client_of):
    outsider = client_of("outsider")
    answer = outsider.submit(outsider.get(NEW), {"name_nl": "wijkadém", "about": "Gardé"}, form=NEW)
    assert answer.status_code == 409
    assert "Elle est peut-être déjà là" in answer.text
    assert "Gardé" in answer.text
    assert outsider.submit(answer, {"another": True}, form=NEW).status_code == 303
    with demo_app.app_context():
        assert len(db.session.scalars(select(Organisation)).all()) == 10


def test_two_who_change_it_at_once_lose_nothing(demo_app, client_of):
    office, els = client_of("coordination"), client_of("group_member")
    edit = path_of(demo_app, "Wijkadem") + "/edit"
    one, two = office.get(edit), els.get(edit)
    office.submit(one, {"about": "Le texte de Samira"}, form=edit)
    answer = els.submit(two, {"about": "Le texte d’Els", "commune": "Berchem"}, form=edit)
    assert answer.status_code == 409
    assert "Le texte de Samira" in answer.text
    assert "Le texte d’Els" in answer.text
    assert els.submit(answer, form=edit).status_code == 303
    with demo_app.app_context():
        row = organisations.named("Wijkadem")
        assert (row.about, row.commune, row.rev) == ("Le texte d’Els", "Berchem", 3)


# ---- who belongs


def test_whoever_says_they_belong_is_shown_and_waits_for_the_pen(demo_app, client_of):
    nadia, els = client_of("contributor"), client_of("group_member")
    path = path_of(demo_app, "Wijkadem")
    answer = nadia.submit(nadia.get(path), {"function": "Marcheuse", "since": "9/2016"}, form=f"{path}/mine")
    assert answer.status_code == 303
    page = nadia.get(path)
    for said in (
        "quand la coordination, ou un autre membre, aura confirmé",
        "Marcheuse",
        "depuis septembre 2016",
        "pas encore confirmé",
    ):
        assert said in words(page)
    assert f"{path}/mine" not in page.text
    assert nadia.get(f"{path}/edit").status_code == 403
    confirm = re.search(rf'action="({path}/members/[^"]+/confirm)"', els.get(path).text)[1]
    assert f'action="{confirm}"' not in page.text
    assert els.submit(els.get(path), form=confirm).status_code == 303
    assert nadia.get(f"{path}/edit").status_code == 200
    # It ended: she is listed under "before", and the pen is gone.
    nadia.submit(nadia.get(path), form=confirm.replace("confirm", "end"))
    assert "Avant" in nadia.get(path).text
    assert nadia.get(f"{path}/edit").status_code == 403


def test_what_is_typed_wrong_is_kept(demo_app, client_of):
    nadia = client_of("contributor")
    path = path_of(demo_app, "Wijkadem")
    answer = nadia.submit(nadia.get(path), {"function": "Marcheuse", "since": "jadis"}, form=f"{path}/mine")
    assert answer.status_code == 422
    assert "Écrivez une année" in answer.text
    assert 'value="Marcheuse"' in answer.text


def test_the_coordination_notes_somebody(demo_app, client_of):
    office = client_of("coordination")
    path = path_of(demo_app, "Wijkadem")
    wrong = office.submit(
        office.get(path), {"email": "nobody@quai.example", "function": "Voisin"}, form=f"{path}/members"
    )
    assert wrong.status_code == 422
    assert 'value="nobody@quai.example"' in wrong.text
    assert office.submit(wrong, {"email": NADIA}, form=f"{path}/members").status_code == 303
    with demo_app.app_context():
        row = organisations.current(by_email(NADIA).id, path.rpartition("/")[2])
        assert (row.confirmed, row.function) == (True, "Voisin")


def test_to_take_it_back_is_asked_first_and_comes_back_where_one_was(demo_app, client_of):
    els, path = client_of("group_member"), path_of(demo_app, "Wijkadem")
    profile = els.get("/account/profile")
    ask = re.search(r'href="(/directory/[^"]+/remove[^"]*)"', profile.text)[1].replace("&amp;", "&")
    page = els.get(ask)
    assert "Comme si Els Peeters n’avait jamais fait partie de « Wijkadem »" in words(page)
    assert client_of("contributor").get(ask).status_code == 403
    assert "Els Peeters" in els.get(path).text.partition("<main")[2], "looking changes nothing"
    assert els.submit(page, form="/remove").location == "/account/profile"
    assert "Els Peeters" not in els.get(path).text.partition("<main")[2]


@pytest.mark.parametrize("act", ["confirm", "end", "remove"])
def test_nobody_touches_the_membership_of_another(demo_app, client_of, act):
    path = path_of(demo_app, "Wijkadem")
    with demo_app.app_context():
        membership = organisations.current(by_email(ELS).id, path.rpartition("/")[2]).id
        other = organisations.named("Le café papote").id
    for role in sorted(set(cast.ROLES) - {"coordination", "group_member"}):
        client = client_of(role)
        token = client.get("/account").text.partition('name="csrf_token" value="')[2].partition('"')[0]
        data = {"csrf_token": token}
        assert client.post(f"{path}/members/{membership}/{act}", data=data).status_code == 403
        assert (
            client.post(f"/directory/organisations/{other}/members/{membership}/{act}", data=data).status_code
            == 404
        )
        assert client.post(f"{path}/members/{membership}/explode", data=data).status_code == 404
        assert client.post(f"{path}/members", data={**data, "email": NADIA}).status_code == 403
    with demo_app.app_context():
        assert db.session.get(Membership, membership).until is None


# ---- doubles


def test_doubles_are_looked_at_then_become_one(demo_app, client_of):
    office = client_of("coordination")
    with demo_app.app_context(), writing():
        double = organisations.add_organisation(
            {"name_fr": "Wijk-adem vzw", "site": "https://wa.example", "commune": "Anvers"}, None
        )
        organisations.belong(by_email(NADIA), double, by_email(SAMIRA))
        gone = f"/directory/organisations/{double.id}"
    kept = path_of(demo_app, "Wijkadem")
    page = office.get(f"{gone}/merge?q=wijkadem")
    assert "Garder celle-ci" in page.text
    looked = office.get(f"{gone}/merge?with={kept.rpartition('/')[2]}")
    for said in (
        "https://wa.example",
        "Anvers",
        "Un membre passe de l’une à l’autre.",
        "Ce qui ne se lira plus",
    ):
        assert said in words(looked)
    assert office.get(gone).status_code == 200, "looking changes nothing"
    done = office.submit(looked, form=f"{gone}/merge")
    assert done.location == kept
    assert "Nadia Bensaïd" in office.get(kept).text
    for path in (gone, f"{gone}/edit", f"{gone}/merge"):
        assert office.get(path).location == kept
    assert office.submit(looked, form=f"{gone}/merge").location == kept, "twice is once"
    for role in sorted(set(cast.ROLES) - {"coordination"}):
        assert client_of(role).get(f"{kept}/merge").status_code == 403


def test_an_organisation_is_not_merged_into_itself_or_nothing(demo_app, client_of):
    office, path = client_of("coordination"), path_of(demo_app, "Wijkadem")
    answer = office.get(f"{path}/merge?with={path.rpartition('/')[2]}")
    assert answer.status_code == 422
    assert "C’est la même organisation" in answer.text
    assert office.get(f"{path}/merge?with=nothing").status_code == 200
