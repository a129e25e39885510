"""The board and common actions over HTTP with the cast: written, refused with the words kept, answered, put in touch, done;
what a closed group keeps; “count me in”."""

import re

from sqlalchemy import func, select

from blueprints.accounts import letters
from models import exchanging
from models.circles import circle_by_code
from models.deliveries import Mail
from models.exchanges import Exchange, Notice
from models.joint_actions import JointAction
from models.profiles import ProfileDetail
from models.store import db, writing
from tests.support import cast
from tests.support import exchanges as made
from tests.support.doors import mailed

NOTICE = {
    "kind": "request", "title": "Greffer un pommier", "words": "Deux arbres, une cour.", "languages": "fr", "place": "Namur",
    "region": "90000", "country": "BE",
}  # fmt: skip
LEON, CHRISTELLE = "leon@amis-du-chemin.example", "christelle@locataires.example"


def plain(answer) -> str:
    return answer.text.replace("\u00a0", " ")


def token_of(client) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)[1]


def the(app, model, **which) -> str:
    """The id of the row that is so."""
    with app.app_context():
        return db.session.scalars(select(model).filter_by(**which)).one().id


def test_a_request_is_written_answered_and_ends_in_three_lines(demo_app, client_of):
    """Nadia asks, Christelle can help, Samira puts in touch; the address stands nowhere before both have said yes."""
    nadia, christelle, samira = client_of("contributor"), client_of("outsider"), client_of("coordination")
    bad = nadia.submit(nadia.get("/exchanges/new?kind=request"), {**NOTICE, "title": "", "until": "hier"}, form="/exchanges/new")  # fmt: skip
    assert bad.status_code == 422
    assert "Deux arbres, une cour." in bad.text
    assert "hier" in bad.text
    answer = nadia.submit(nadia.get("/exchanges/new"), NOTICE, form="/exchanges/new")
    line = answer.headers["Location"]
    assert answer.status_code == 303
    assert line.endswith(the(demo_app, Notice, title="Greffer un pommier"))
    assert "Greffer un pommier" in christelle.get("/exchanges/?q=pommier&region=03000").text
    assert "Greffer un pommier" not in christelle.get("/exchanges/?genre=offer").text
    assert "Je peux aider" not in nadia.get(line).text, "nobody answers their own line"
    assert "Les mettre en contact" not in christelle.get(line).text

    sent = christelle.submit(christelle.get(line), {"words": "J’en ai greffé dix."}, form="/answers")
    page = sent.headers["Location"]
    assert page.startswith("/exchanges/")
    assert "Quelqu’un va vous mettre en contact" in christelle.get(page).text
    assert CHRISTELLE not in nadia.get(page).text
    assert client_of("group_member").get(page).status_code == 404
    assert "Greffer un pommier" in plain(samira.get("/exchanges/mine"))
    assert samira.submit(samira.get(page), {"words": ""}, form="/mediation").status_code == 303
    assert CHRISTELLE not in "".join(mailed(demo_app, "nadia@passerelle.example"))
    yes = nadia.get(page)
    assert CHRISTELLE not in yes.text
    assert nadia.submit(yes, {"named": "1"}, form="/yes").status_code == 303
    assert f"mailto:{CHRISTELLE}" in nadia.get(page).text
    assert f"mailto:{CHRISTELLE}" not in samira.get(page).text
    assert CHRISTELLE in in_touch(demo_app, "nadia@passerelle.example")

    late = nadia.submit(nadia.get(page), {"on": "2999-01-01"}, form="/transitions/done")
    assert late.status_code == 422
    assert "2999-01-01" in late.text
    assert nadia.submit(nadia.get(page), {}, form="/transitions/done").status_code == 303
    assert nadia.submit(nadia.get(f"{page}/lines"), {"learned": ""}, form="/lines").status_code == 422
    assert (
        nadia.submit(nadia.get(f"{page}/lines"), {"learned": "Couper net"}, form="/lines").status_code == 303
    )
    assert "Couper net" in christelle.get(page).text
    assert "Greffer un pommier" not in exchanged(samira.get("/exchanges/")), (
        "only one of the two agreed to be named"
    )
    assert christelle.submit(christelle.get(page), {"named": "1"}, form="/name").status_code == 303
    assert "Christelle Renard : Greffer un pommier" in exchanged(samira.get("/exchanges/"))


def in_touch(app, email: str) -> str:
    """The mail that says to somebody that both have said yes."""
    with app.app_context():
        row = db.session.scalars(
            select(Mail).where(Mail.to == email, Mail.template == "exchange_in_touch")
        ).one()
        return letters.compose(row.id).text


def exchanged(answer) -> str:
    """The part of a board that says who gave and who received."""
    return plain(answer).partition('id="faits"')[2]


def test_a_mediator_proposes_from_a_match_and_a_stranger_does_not(demo_app, client_of):
    chair, nadia = client_of("chair"), client_of("contributor")
    line = f"/exchanges/lines/n-{the(demo_app, Notice, title='Commencer un jardin partagé avec une école')}"
    page = chair.get(line)
    assert "Même langue (français), même pays, mots communs : jardin, partagé" in plain(page)
    href = re.search(r'href="([^"]+/proposals\?with=n-[^"]+)"', page.text)[1].replace("&amp;", "&")
    assert "/proposals" not in nadia.get(line).text
    assert nadia.get(href).status_code == 403
    made_one = chair.submit(chair.get(href), {"words": "Essayez un mercredi."}, form="/proposals")
    assert made_one.status_code == 303
    again = chair.submit(chair.get(href), {"words": "Encore ?"}, form="/proposals")
    assert again.status_code == 422
    assert "Encore ?" in again.text
    assert chair.get(f"{line}/proposals?with=n-nothing").status_code == 404
    ended = nadia.submit(
        nadia.get(made_one.headers["Location"]), {"words": "Plus de terrain."}, form="/transitions/end"
    )
    assert ended.status_code == 303
    assert "Plus de terrain." in chair.get(made_one.headers["Location"]).text


def test_a_yes_goes_to_the_line_that_was_read_and_to_no_other_in_its_place(demo_app, client_of):
    """The first line of a profile is taken away while somebody answers it, and while a mediator proposes it."""

    def teaches(*lines: str) -> None:
        with writing():
            db.session.merge(ProfileDetail(person_id=nadia_id, name="knowledge", text="\n".join(lines), seen_by="members"))  # fmt: skip

    with demo_app.app_context():
        nadia_id = cast.person("contributor").id
        teaches("Souder", "Tricoter")
        with writing():
            wanted = made.notice(cast.person("companion"), kind="request", title="Souder un vélo").id
    christelle, chair, here = client_of("outsider"), client_of("chair"), f"/exchanges/lines/p-{nadia_id}-0"
    answers, proposal = christelle.get(here), chair.get(f"{here}/proposals?with=n-{wanted}")
    turned = chair.get(f"/exchanges/lines/n-{wanted}/proposals?with=p-{nadia_id}-0")
    with demo_app.app_context():
        teaches("Tricoter")
        before = db.session.scalar(select(func.count()).select_from(Exchange))
    for client, page, form in (
        (christelle, answers, "/answers"),
        (chair, proposal, "/proposals"),
        (chair, turned, "/proposals"),
    ):
        refused = client.submit(page, {"words": "Un samedi ?"}, form=form)
        assert refused.status_code == 422
        assert "Cette ligne n’est plus là" in refused.text
        assert "Un samedi ?" in refused.text
    with demo_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Exchange)) == before
    assert christelle.submit(christelle.get(here), {}, form="/answers").status_code == 303


def test_changed_taken_off_and_put_back_by_who_wrote_it(demo_app, client_of):
    monique, nadia = client_of("companion"), client_of("contributor")
    id = the(demo_app, Notice, title="Tenir un jardin partagé sans se disputer")
    edit, line = f"/exchanges/notices/{id}/edit", f"/exchanges/lines/n-{id}"
    assert nadia.get(edit).status_code == 403
    first, second = monique.get(edit), monique.get(edit)
    assert monique.submit(first, {"title": "Tenir un jardin à douze"}, form="/edit").status_code == 303
    stale = monique.submit(second, {"words": "Autre chose."}, form="/edit")
    assert stale.status_code == 409
    assert "Autre chose." in stale.text
    token = {"csrf_token": token_of(monique)}
    assert (
        nadia.post(f"/exchanges/notices/{id}/close", data={"csrf_token": token_of(nadia)}).status_code == 403
    )
    assert monique.post(f"/exchanges/notices/{id}/close", data=token).status_code == 303
    assert "jardin à douze" not in nadia.get("/exchanges/").text
    assert "Retirée du tableau" in nadia.get(line).text
    assert nadia.post(f"{line}/answers", data={"csrf_token": token_of(nadia)}).status_code == 422
    assert monique.post(f"/exchanges/notices/{id}/reopen", data=token).status_code == 303
    assert "jardin à douze" in nadia.get("/exchanges/").text


def test_what_stands_on_the_board_of_a_closed_group_is_nowhere_else(demo_app, client_of):
    """The control: who sits there reads all of it."""
    with demo_app.app_context(), writing():
        group = circle_by_code("GT-FIC")
        bart, monique = cast.person("reader"), cast.person("companion")
        notice = made.notice(bart, group, title="Zzsecret jardin partagé", words="zzmots")
        exchange = made.exchange(bart, monique, subject="Zzsecret fait", state="done", circle_id=group.id, giver_named=True, receiver_named=True)  # fmt: skip
        paths = [f"/exchanges/lines/n-{notice.id}", f"/exchanges/{exchange.id}", "/exchanges/groups/GT-FIC", f"/exchanges/notices/{notice.id}/edit",
                 "/exchanges/groups/GT-FIC/new", "/groups/GT-FIC/dossiers"]  # fmt: skip
        request = db.session.scalar(select(Notice).where(Notice.title.startswith("Commencer un jardin"))).id
        bart_id = bart.id
    nadia, bart, chair = client_of("contributor"), client_of("reader"), client_of("chair")
    for client in (nadia, chair):
        for path in paths:
            assert client.get(path).status_code == 404, path
        post = {"csrf_token": token_of(client)}
        assert client.post(f"{paths[0]}/answers", data=post).status_code == 404
        assert client.post(f"{paths[0]}/proposals?with=n-{request}", data=post).status_code == 404
        assert client.post(f"/exchanges/lines/n-{request}/proposals", data={**post, "with": paths[0].rpartition("/")[2]}).status_code in (403, 404)  # fmt: skip
        for path in (
            "/exchanges/",
            "/exchanges/?q=zzsecret",
            "/exchanges/mine",
            f"/exchanges/lines/n-{request}",
            f"/directory/people/{bart_id}",
        ):
            assert "zzsecret" not in client.get(path).text.lower().replace('value="zzsecret"', ""), path
    for path in paths:
        assert bart.get(path).status_code == 200, path
    assert "Zzsecret" in bart.get(f"/exchanges/groups/{'GT-FIC'}").text
    with demo_app.app_context():
        assert exchanging.exchange_by_id(paths[1].rpartition("/")[2]).state == "done"


def test_count_me_in_until_it_is_under_way_and_a_group(demo_app, client_of):
    """Nadia brings the second organisation; Christelle sets it on its way; Samira makes the group."""
    nadia, christelle, samira = client_of("contributor"), client_of("outsider"), client_of("coordination")
    assert "Il manque une deuxième organisation" in plain(nadia.get("/actions/"))
    page = nadia.get("/actions/A-2016-01")
    house = re.search(r'<option value="([^"]+)"[^>]*>Maison de quartier La Passerelle', page.text)[1]
    long = nadia.submit(page, {"words": "x" * 301, "organisation_id": house}, form="/partakings")
    assert long.status_code == 422
    assert "x" * 301 in long.text
    assert "Elle est en route" not in plain(christelle.get("/actions/A-2016-01"))
    token = {"csrf_token": token_of(christelle)}
    assert christelle.post("/actions/A-2016-01/transitions/start", data=token).status_code == 422
    assert nadia.submit(page, {"words": "Des thermomètres", "organisation_id": house}, form="/partakings").status_code == 303  # fmt: skip
    assert any("Des thermomètres" in text for text in mailed(demo_app, CHRISTELLE))
    assert (
        nadia.post("/actions/A-2016-01/transitions/start", data={"csrf_token": token_of(nadia)}).status_code
        == 403
    )
    assert (
        christelle.submit(christelle.get("/actions/A-2016-01"), {}, form="/transitions/start").status_code
        == 303
    )
    assert "En route" in nadia.get("/actions/A-2016-01").text
    assert (
        christelle.submit(christelle.get("/actions/A-2016-01"), {}, form="/group-requests").status_code == 303
    )
    assert any("Une semaine sans froid" in text for text in mailed(demo_app, "samira@plateforme.example"))
    assert christelle.get("/actions/A-2016-01/group").status_code == 403
    bad = samira.submit(samira.get("/actions/A-2016-01/group"), {"code": "GT-PLA"}, form="/group")
    assert bad.status_code == 422
    assert (
        samira.submit(samira.get("/actions/A-2016-01/group"), {"code": "gt-froid"}, form="/group").status_code
        == 303
    )
    assert "Nadia Bensaïd" in nadia.get("/groups/GT-FROID").text
    assert nadia.submit(nadia.get("/actions/A-2016-01"), {}, form="/leave").status_code == 303
    assert "Il manque une deuxième organisation" in plain(nadia.get("/actions/A-2016-01"))


def test_an_action_is_proposed_changed_dropped_and_becomes_a_fiche(demo_app, client_of):
    nadia, leon = client_of("contributor"), client_of("committee")
    said = {"title": "Une fête des voisins à trois", "about": "Trois rues, une table.", "axis": "RAS"}
    bad = nadia.submit(
        nadia.get("/actions/new"), {**said, "title": "", "starts_on": "demain"}, form="/actions/new"
    )
    assert bad.status_code == 422
    assert "Trois rues, une table." in bad.text
    here = nadia.submit(nadia.get("/actions/new"), said, form="/actions/new").headers["Location"]
    assert leon.get(f"{here}/edit").status_code == 403
    first, second = nadia.get(f"{here}/edit"), nadia.get(f"{here}/edit")
    assert nadia.submit(first, {"place": "Rue du Canal"}, form="/edit").status_code == 303
    assert nadia.submit(second, {"place": "Ailleurs"}, form="/edit").status_code == 409
    fiche = nadia.submit(nadia.get(here), {}, form="/fiche")
    assert "Trois rues, une table." in nadia.get(fiche.headers["Location"]).text
    assert leon.get(fiche.headers["Location"]).status_code == 404
    assert "en préparation" in leon.get(here).text, "a draft is named to nobody else"
    assert nadia.submit(nadia.get(here), {"words": ""}, form="/transitions/drop").status_code == 422
    assert nadia.submit(nadia.get(here), {"words": "Il pleut."}, form="/transitions/drop").status_code == 303
    assert "Il pleut." in leon.get(here).text
    with demo_app.app_context():
        assert (
            db.session.scalars(select(JointAction.state).order_by(JointAction.made_at.desc())).first()
            == "dropped"
        )
    assert nadia.submit(nadia.get(here), {}, form="/transitions/reopen").status_code == 303


def test_a_long_board_has_pages_that_keep_what_was_asked(demo_app, client_of):
    with demo_app.app_context(), writing():
        for n in range(35):
            made.notice(cast.person("contributor"), title=f"Tresser {n:02d}")
    client = client_of("outsider")
    first, second, beyond = (
        client.get(f"/exchanges/?q=tresser{more}").text for more in ("", "&page=2", "&page=99")
    )
    assert "Tresser 34" in first
    assert "Tresser 00" not in first
    assert 'href="/exchanges/?q=tresser&amp;page=2"' in first
    assert "Tresser 00" in second
    assert "Tresser 34" not in second
    assert "Tresser 00" in beyond
    # What else an address says does not get into the addresses of the pages.
    for more in (
        "endpoint=x",
        "_method=POST",
        "_scheme=javascript",
        "_external=1",
        "_anchor=a",
        "circle_code=GT-FIC",
        "x=y",
    ):
        answer = client.get(f"/exchanges/?q=tresser&{more}")
        assert answer.status_code == 200, more
        assert 'href="/exchanges/?q=tresser&amp;page=2"' in answer.text, more
    with demo_app.app_context(), writing():
        for n in range(35):
            made.notice(cast.person("contributor"), circle_by_code("GT-PLA"), title=f"Tresser {n:02d}")
    page = client.get("/exchanges/groups/GT-PLA?circle_code=GT-FIC&page=2").text
    assert 'href="/exchanges/groups/GT-PLA"' in page
    assert "GT-FIC" not in page


def test_who_gave_and_who_received_stands_on_the_page_of_a_person_and_the_board_on_that_of_the_group(
    client_of, demo_app
):
    """Léon and Els agreed to be named; what was not done, or not agreed, is not there."""
    with demo_app.app_context():
        ids = {role: cast.person(role).id for role in ("committee", "contributor")}
    christelle = client_of("outsider")
    page = plain(christelle.get(f"/directory/people/{ids['committee']}"))
    assert "A donné à" in page
    assert "Els Peeters : Lire un budget communal" in page
    assert "Écrire à une commune" not in page
    assert "A donné à" not in plain(christelle.get(f"/directory/people/{ids['contributor']}"))
    group = christelle.get("/groups/GT-PLA").text
    assert "/exchanges/groups/GT-PLA" in group
    assert "/groups/GT-PLA/dossiers" in group


def test_one_thing_that_waits_is_a_sentence_and_no_list(client_of):
    page = client_of("coordination").get("/exchanges/").text
    waits = page.split("Cela vous attend")[1].split("</div>")[0]
    assert waits.count("<a ") == 1
    assert "<ul" not in waits
