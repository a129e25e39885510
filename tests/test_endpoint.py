"""The one endpoint, as a page and as JSON: one test or more for each row of the table in docs/saving.md.

Each refusal proves that nothing was written; each page of a refusal holds every word that was typed.
"""

import io
import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from werkzeug.datastructures import MultiDict

from blueprints import fragments
from models import demo
from models.editions import Call
from models.fiche import questions
from models.fiche.content import REASONS, get, normal, put
from models.fiche.fiche import Fiche, FicheAuthor, find, revisions
from models.fiche.journal import HeldEdit, Operation
from models.fiche.posting import Posted, write
from models.fiche.saving import Op, save
from models.store import db, new_id, now, writing
from tests.support import cast
from tests.support.endpoint import complete_fields, content_of, elsewhere, rev_of, send, shows, stored, token

NUMBER = "F-2016-002"  # retained; Nadia writes it
KEEP = "Garder, continuer plus tard"


@pytest.fixture(autouse=True)
def fresh_pieces():
    fragments.forget()
    yield
    fragments.forget()


@pytest.fixture
def nadia(client_of):
    return client_of("contributor")


@pytest.fixture
def els(client_of):
    return client_of("group_member")


@pytest.fixture
def ref(demo_app) -> str:
    """A draft of Nadia and Els with a title, at revision 1."""
    with demo_app.app_context():
        done = save(
            None, cast.person("contributor"), Op(new_id(), "", Posted({"titre": "Le chemin"}), late=True)
        )
        with writing():
            db.session.add(FicheAuthor(fiche_id=done.receipt["id"], person_id=cast.person("group_member").id))
        return done.receipt["id"]


# 1. Saved.


def test_saved(demo_app, nadia, ref):
    op = str(uuid4())
    answer = send(
        nadia, f"/fiches/{ref}", {"op_id": op, "base": "rev:1", "field": "titre", "titre": "Le sentier"}
    )
    assert answer.status_code == 201
    said = {"op_id": op, "id": ref, "rev": 2, "merged": [], "url": f"/fiches/{ref}"}
    assert answer.json == said | {"next": f"/fiches/{ref}/edit/titre", "title": "Le sentier"}
    page = nadia.get(f"/fiches/{ref}/edit/titre")
    for button, target in (
        ("Garder et continuer", f"/fiches/{ref}/edit/structure"),
        (KEEP, f"/fiches/{ref}"),
    ):
        kept = nadia.submit(page, {"resume": f"Par {button}"}, button=button)
        assert (kept.status_code, kept.location) == (303, target)
        page = nadia.get(f"/fiches/{ref}/edit/titre")
    assert get(content_of(demo_app, ref), "resume") == f"Par {KEEP}"


def test_saved_under_a_number_says_the_number(nadia):
    answer = send(
        nadia, f"/fiches/{NUMBER}", {"base": "rev:1", "field": "conseils", "conseils": "Commencer petit."}
    )
    assert (answer.status_code, answer.json["number"]) == (201, NUMBER)


def test_created(demo_app, nadia):
    op = str(uuid4())
    answer = send(nadia, "/fiches/", {"op_id": op, "field": "titre", "titre": "Neuve"})
    assert (answer.status_code, answer.json["id"], answer.json["rev"]) == (201, op, 1)
    page = nadia.submit(nadia.get("/fiches/new"), {"titre": "Par la page"}, button="Garder et continuer")
    assert page.status_code == 303
    with demo_app.app_context():
        assert {"Neuve", "Par la page"} <= set(db.session.scalars(select(Fiche.title)))


def test_the_last_part_leads_to_what_is_left(nadia, ref):
    page = nadia.get(f"/fiches/{ref}/edit/accords")
    assert nadia.submit(page, {}, button="Garder et relire").location == f"/fiches/{ref}/check"


def test_a_device_and_a_page_store_the_same(demo_app, nadia):
    """One validation: the same fields, sent both ways, give the same document."""
    with demo_app.app_context():
        pairs = list(write(normal(find("F-2016-009").content), list(questions.leaves())))
    ids = []
    for late in (True, False):
        op = str(uuid4())
        assert send(nadia, "/fiches/", [*pairs, ("op_id", op)], late=late).status_code in (201, 303)
        ids.append(op)
    one, two = (content_of(demo_app, i) for i in ids)
    assert one == two
    with demo_app.app_context():
        assert one == normal({**find("F-2016-009").content, REASONS: one[REASONS]})


# 2. Saved, but the transition asked for was refused.


def test_saved_though_sending_was_refused(demo_app, nadia, ref):
    op = str(uuid4())
    fields = {"op_id": op, "base": "rev:1", "field": "resume", "resume": "Court.", "act": "do:submit"}
    answer = send(nadia, f"/fiches/{ref}", fields)
    assert (answer.status_code, answer.json["rev"]) == (201, 2)
    refused = answer.json["refused"]
    assert refused["transition"] == "submit"
    assert {"langue", "objectifs"} <= {e["field"] for e in refused["errors"]}
    assert "number" not in answer.json
    again = send(nadia, f"/fiches/{ref}", fields)  # journalled: the same answer again
    assert (again.status_code, again.json) == (200, answer.json)
    page = send(
        nadia,
        f"/fiches/{ref}",
        {"base": "rev:2", "field": "resume", "resume": "Plus court.", "act": "do:submit"},
        late=False,
    )
    assert (page.status_code, page.location) == (303, f"/fiches/{ref}/check")
    assert nadia.get(page.location).status_code == 200
    with demo_app.app_context():
        assert (find(ref).state, get(find(ref).content, "resume")) == ("BRO", "Plus court.")


def test_sent_to_the_committee_in_the_same_operation(demo_app, nadia):
    """Saving and sending are one: the receipt has the number, a retry changes nothing, and nobody is told twice."""
    op = str(uuid4())
    fields = [*complete_fields(demo_app), ("op_id", op), ("act", "do:submit")]
    answer = send(nadia, "/fiches/", fields)
    assert answer.status_code == 201
    assert re.fullmatch(r"F-20\d\d-\d{3}", answer.json["number"])
    before = stored(demo_app)
    assert send(nadia, "/fiches/", fields).json == answer.json
    assert stored(demo_app) == before
    with demo_app.app_context():
        assert find(op).state == "SOU"
        assert db.session.scalar(text("SELECT count(*) FROM mail")) == 2


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("name", ["inconnue", "publish", "retain", ""])
def test_a_transition_that_one_may_not_make_is_refused_and_the_text_is_saved(
    demo_app, nadia, ref, name, late
):
    answer = send(
        nadia,
        f"/fiches/{ref}",
        {"base": "rev:1", "field": "titre", "titre": "Le sentier", "act": f"do:{name}"},
        late=late,
    )
    assert answer.status_code == (201 if late else 303)
    assert not late or answer.json.get("refused", {}).get("transition", "") == name
    assert get(content_of(demo_app, ref), "titre") == "Le sentier"
    with demo_app.app_context():
        assert find(ref).state == "BRO"


# 3. The same op_id again, same content.


def test_the_same_again(demo_app, nadia, ref):
    fields = {"op_id": str(uuid4()), "base": "rev:1", "field": "titre", "titre": "Le sentier"}
    first = send(nadia, f"/fiches/{ref}", fields)
    assert "Idempotent-Replayed" not in first.headers
    before = stored(demo_app)
    again = send(nadia, f"/fiches/{ref}", {**fields, "op_id": fields["op_id"].upper()})
    assert (again.status_code, again.json, again.headers["Idempotent-Replayed"]) == (200, first.json, "true")
    page = send(nadia, f"/fiches/{ref}", {**fields, "part": "titre"} | {"titre": "Le sentier"}, late=False)
    assert page.status_code == 303
    once = nadia.get(f"/fiches/{ref}/edit/objectifs")
    for _click in range(2):
        assert nadia.submit(once, {"objectifs": "Marcher"}, button=KEEP).status_code == 303
    assert rev_of(demo_app, ref) == len(before["fiche_revision"]) - len(demo.sample_fiches()) + 1


def test_a_page_that_creates_is_sent_twice_and_makes_one_fiche(demo_app, nadia):
    page = nadia.get("/fiches/new")
    places = {
        nadia.submit(page, {"titre": "Double clic"}, button="Garder et continuer").location
        for _click in range(3)
    }
    assert len(places) == 1
    with demo_app.app_context():
        assert (
            db.session.scalar(select(func.count()).select_from(Fiche).where(Fiche.title == "Double clic"))
            == 1
        )


# 4. The same op_id, other content.


def test_the_same_name_for_something_else(demo_app, nadia, ref):
    """A device is refused; a browser came back with its Back button, and its edit stands on the first."""
    op = str(uuid4())
    fields = {"op_id": op, "base": "rev:1", "field": "titre", "titre": "Un"}
    send(nadia, f"/fiches/{ref}", fields)
    before = stored(demo_app)
    refused = send(nadia, f"/fiches/{ref}", {**fields, "titre": "Deux"})
    assert (refused.status_code, refused.json) == (422, {"error": "op_reused", "held": False, "op_id": op})
    assert stored(demo_app) == before
    page = send(nadia, f"/fiches/{ref}", {**fields, "titre": "Deux"}, late=False)
    assert page.status_code == 303
    assert get(content_of(demo_app, ref), "titre") == "Deux"
    with demo_app.app_context():
        assert [get(r.content, "titre") for r in revisions(find(ref))] == ["Deux", "Un", "Le chemin"]


def test_back_and_keep_again_keeps_what_somebody_else_wrote_meanwhile(demo_app, nadia, ref):
    page = nadia.get(f"/fiches/{ref}/edit/titre")
    nadia.submit(page, {"titre": "Un"}, button=KEEP)
    elsewhere(demo_app, ref, {"langue": "nl"}, "rev:2")
    assert nadia.submit(page, {"titre": "Un", "resume": "Ajouté en revenant"}, button=KEEP).status_code == 303
    content = content_of(demo_app, ref)
    assert (get(content, "titre"), get(content, "langue"), get(content, "resume")) == (
        "Un",
        "nl",
        "Ajouté en revenant",
    )


@pytest.mark.parametrize("late", [True, False])
def test_the_name_of_somebody_elses_operation(demo_app, nadia, els, ref, late):
    fields = {"op_id": str(uuid4()), "base": "rev:1", "field": "titre", "titre": "Un"}
    receipt = send(nadia, f"/fiches/{ref}", fields)
    before = stored(demo_app)
    refused = send(els, f"/fiches/{ref}", {**fields, "part": "titre", "resume": "De ma main"}, late=late)
    assert refused.status_code == 422
    assert stored(demo_app) == before
    if late:
        assert refused.json == {"error": "op_reused", "held": False, "op_id": fields["op_id"]}
    else:
        assert shows(refused, "Cette page avait déjà servi", "De ma main")
        assert str(receipt.json["rev"]) not in refused.text or "Nadia" not in refused.text
        kept = els.submit(refused, {}, button=KEEP)  # with a name of its own it is an edit like another
        assert kept.status_code == 303
        assert get(content_of(demo_app, ref), "resume") == "De ma main"


@pytest.mark.parametrize("name", ["", "abc", "1", "../x", "\x00", "é" * 36, "0" * 5000])
def test_a_name_that_is_none_is_refused_to_a_device_and_given_to_a_browser(demo_app, nadia, ref, name):
    before = stored(demo_app)
    refused = send(nadia, f"/fiches/{ref}", {"op_id": name, "base": "rev:1", "field": "titre", "titre": "Un"})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["op_id"])
    assert stored(demo_app) == before
    assert (
        send(
            nadia,
            f"/fiches/{ref}",
            {"op_id": name, "base": "rev:1", "field": "titre", "titre": "Un"},
            late=False,
        ).status_code
        == 303
    )
    with demo_app.app_context():
        assert all(re.fullmatch(r"[0-9a-f-]{36}", op) for op in db.session.scalars(select(Operation.op_id)))


# 5. Invalid.


def test_invalid(demo_app, nadia, ref):
    fields = MultiDict([
        ("part", "territoire"), ("base", "rev:1"), ("op_id", str(uuid4())), ("territoire.libelle", "Le quartier « nord »"), ("annees.debut", "vers 2010"),
        ("annees.texte", "depuis l’été, je crois"), ("territoire.lieux", "<b>rue</b>"), ("donnees_manquantes.annees.fin", "on ne sait pas encore"),
    ])  # fmt: skip
    before = stored(demo_app)
    refused = send(nadia, f"/fiches/{ref}", fields)
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["annees.debut"])
    assert "2014" in refused.json["errors"]["annees.debut"]
    page = send(nadia, f"/fiches/{ref}", fields, late=False)
    assert page.status_code == 422
    assert shows(
        page,
        "Le quartier « nord »",
        "vers 2010",
        "depuis l’été, je crois",
        "<b>rue</b>",
        "on ne sait pas encore",
        "Écrivez une année",
    )
    assert 'href="#f-annees-debut"' in page.text
    assert 'aria-invalid="true"' in page.text
    assert stored(demo_app) == before
    mended = nadia.submit(
        page, {"annees.debut": "2010"}, button=KEEP
    )  # the same op_id: a refusal is not journalled
    assert mended.status_code == 303
    assert get(content_of(demo_app, ref), "territoire.libelle") == "Le quartier « nord »"


def test_a_new_fiche_wants_a_title_and_keeps_the_rest(demo_app, nadia):
    before = stored(demo_app)
    page = nadia.submit(
        nadia.get("/fiches/new"), {"titre": " ", "resume": "Deux phrases."}, button="Garder et continuer"
    )
    assert page.status_code == 422
    assert shows(page, "Deux phrases.", "Donnez un titre")
    assert list(send(nadia, "/fiches/", {"field": "resume", "resume": "Deux."}).json["errors"]) == ["titre"]
    assert stored(demo_app) == before
    assert nadia.submit(page, {"titre": "Le chemin"}, button="Garder et continuer").status_code == 303


def test_an_error_in_an_item_stands_beside_it(nadia, ref):
    page = nadia.get(f"/fiches/{ref}/edit/description?add=composantes")
    name = re.search(r'name="composantes" value="([^"]+)"', page.text)[1]
    wrong = nadia.submit(
        page, {f"composantes.{name}.nom": "Marche", f"composantes.{name}.nombre": "beaucoup"}, button=KEEP
    )
    assert wrong.status_code == 422
    assert shows(wrong, "Marche", "beaucoup", "Écrivez un nombre entier")
    assert f'href="#f-composantes-{name}-nombre"' in wrong.text


def test_sixty_one_items_are_refused_and_all_of_them_kept_on_the_page(demo_app, nadia, ref):
    pairs = [("part", "structure"), ("base", "rev:1")]
    for n in range(61):
        pairs += [("partenaires", f"p{n}"), (f"partenaires.p{n}.nom", f"Partenaire {n}")]
    before = stored(demo_app)
    page = send(nadia, f"/fiches/{ref}", MultiDict(pairs), late=False)
    assert page.status_code == 422
    assert shows(page, "Soixante éléments au plus", *(f"Partenaire {n}" for n in range(61)))
    assert stored(demo_app) == before


def png(size=(40, 30)) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", size, (9, 99, 9)).save(out, "PNG")
    return out.getvalue()


def test_a_picture_that_cannot_be_read_keeps_the_text(demo_app, nadia, ref):
    """Text never depends on a picture."""
    page = nadia.get(f"/fiches/{ref}/edit/gouvernance")
    sent = {
        "gouvernance.texte": "Ils décident.",
        "gouvernance.schema.image.file": (io.BytesIO(b"%PDF-1.4"), "a.png"),
    }
    wrong = nadia.submit(page, sent, button=KEEP)
    assert wrong.status_code == 422
    assert shows(wrong, "Ils décident.", "Ce fichier est un document")
    assert nadia.submit(wrong, {}, button=KEEP).status_code == 303
    assert get(content_of(demo_app, ref), "gouvernance.texte") == "Ils décident."


def test_a_picture_is_joined_shown_and_taken_away(demo_app, nadia, ref):
    page = nadia.get(f"/fiches/{ref}/edit/gouvernance")
    sent = {"gouvernance.schema.mode": "image", "gouvernance.schema.image.file": (io.BytesIO(png()), "a.png")}
    assert nadia.submit(page, sent, button=KEEP).status_code == 303
    digest = get(content_of(demo_app, ref), "gouvernance.schema.image")
    assert nadia.get(f"/fiches/{ref}/pictures/{digest}").status_code == 200
    page = nadia.get(f"/fiches/{ref}/edit/gouvernance")
    assert nadia.submit(page, {}, button=KEEP).status_code == 303
    assert get(content_of(demo_app, ref), "gouvernance.schema.image") == digest
    assert nadia.submit(page, {"gouvernance.schema.image.remove": True}, button=KEEP).status_code == 303
    assert get(content_of(demo_app, ref), "gouvernance.schema.image") is None


# 6. The same field changed on both sides.


def test_both_changed_the_same(demo_app, nadia, ref):
    elsewhere(demo_app, ref, {"titre": "D’Els", "langue": "nl"})
    before = stored(demo_app)
    fields = {"base": "rev:1", "part": "titre", "titre": "De Nadia", "resume": "Aussi"}
    clash = send(nadia, f"/fiches/{ref}", {**fields, "langue": ""})
    assert (clash.status_code, clash.json["error"], clash.json["rev"]) == (409, "conflict", 2)
    (unit,) = clash.json["fields"]
    said = clash.json["fields"][unit]
    assert (unit, said["base"], said["theirs"], said["mine"], said["by"]) == (
        "titre",
        "Le chemin",
        "D’Els",
        "De Nadia",
        "Els Peeters",
    )
    assert re.match(r"20\d\d-\d\d-\d\dT", said["at"])
    assert {**stored(demo_app), "held_edit": []} == before
    page = send(nadia, f"/fiches/{ref}", {**fields, "langue": ""}, late=False)
    assert page.status_code == 409
    assert shows(page, "Els Peeters et vous avez écrit en même temps", "De Nadia", "D’Els", "déjà réunie")
    assert page.text.count("<fieldset") == 1  # only what differs
    assert rev_of(demo_app, ref) == 2


def test_the_same_value_on_both_sides_is_nothing_to_choose(demo_app, nadia, ref):
    elsewhere(demo_app, ref, {"titre": "Le sentier"})
    answer = send(nadia, f"/fiches/{ref}", {"base": "rev:1", "field": "titre", "titre": "Le sentier"})
    assert (answer.status_code, answer.json["rev"], answer.json["merged"]) == (201, 2, [])


@pytest.mark.parametrize("late", [True, False])
def test_different_fields_are_merged_and_the_page_says_so(demo_app, nadia, ref, late):
    elsewhere(demo_app, ref, {"langue": "nl"})
    answer = send(
        nadia,
        f"/fiches/{ref}",
        {"base": "rev:1", "field": "resume", "resume": "Deux.", "act": "later"},
        late=late,
    )
    content = content_of(demo_app, ref)
    assert (get(content, "langue"), get(content, "resume")) == ("nl", "Deux.")
    if late:
        assert (answer.status_code, answer.json["merged"]) == (201, ["resume"])
    else:
        assert shows(
            nadia.get(answer.location),
            "Quelqu’un d’autre a écrit en même temps. Vos réponses et les siennes sont réunies.",
        )


def test_where_nobody_else_wrote_nothing_is_said(nadia, ref):
    answer = send(
        nadia, f"/fiches/{ref}", {"base": "rev:1", "field": "resume", "resume": "Deux."}, late=False
    )
    assert "en même temps" not in nadia.get(answer.location).text


# 7. Base unknown.


@pytest.mark.parametrize("late", [True, False])
def test_a_base_that_a_restored_server_does_not_know(demo_app, nadia, ref, late):
    fields = {"base": "rev:40", "part": "titre", "titre": "De Nadia", "resume": "", "langue": "fr"}
    clash = send(nadia, f"/fiches/{ref}", fields, late=late)
    assert clash.status_code == 409
    assert rev_of(demo_app, ref) == 1
    if late:
        assert clash.json["error"] == "base_unknown"
        assert set(clash.json["fields"]) == {"titre", "langue"}
        assert clash.json["fields"]["titre"] | {"by": "", "at": ""} == {
            "base": None,
            "theirs": "Le chemin",
            "mine": "De Nadia",
            "by": "",
            "at": "",
        }
    else:
        assert shows(clash, "Nous ne retrouvons pas la version d’où vous êtes parti", "De Nadia", "Le chemin")
        names = re.findall(r'name="(choix-[0-9a-f]+)" value="mine"', clash.text)
        assert nadia.submit(clash, dict.fromkeys(names, "mine"), form="choices").status_code == 303
        assert get(content_of(demo_app, ref), "titre") == "De Nadia"


# 8. Signed out.


def test_signed_out(demo_app, nadia, ref):
    page = nadia.get(f"/fiches/{ref}/edit/titre")
    nadia.delete_cookie("tablee")
    before = stored(demo_app)
    refused = send(nadia, f"/fiches/{ref}", {"base": "rev:1", "field": "titre", "titre": "Un"}, sign=False)
    assert (refused.status_code, refused.location) == (401, None)
    assert refused.mimetype == "application/json"
    kept = nadia.submit(
        page, {"titre": "Écrit sans le savoir", "resume": "Deux\nlignes « ici »"}, button=KEEP
    )
    assert kept.status_code == 401
    assert shows(kept, "Reconnectez-vous", "Écrit sans le savoir", "Deux\nlignes « ici »")
    assert 'href="/enter"' in kept.text
    assert stored(demo_app) == before
    cast.sign_in(nadia, "contributor")  # in another tab
    again = nadia.submit(kept, {}, form=f"/fiches/{ref}")
    if again.status_code == 403:  # the token was of the visit before: one button more, the text still there
        assert shows(again, "Écrit sans le savoir", "Deux\nlignes « ici »")
        again = nadia.submit(again, {}, form=f"/fiches/{ref}")
    assert again.status_code == 303
    assert get(content_of(demo_app, ref), "resume") == "Deux\nlignes « ici »"


def test_signed_out_a_page_leads_to_the_door_and_back(demo_app, ref):
    client = demo_app.test_client()
    door = client.get(f"/fiches/{ref}/edit/titre")
    assert door.status_code == 302
    assert door.location.startswith("/enter?next=")


# 9. Signed in as someone else.


@pytest.mark.parametrize("late", [True, False])
def test_written_under_another_account(demo_app, nadia, els, ref, late):
    """Els sits down at the phone on which Nadia wrote: nothing leaves under her name, now or by a button."""
    with demo_app.app_context():
        author = cast.person("contributor").id
    fields = {"author": author, "base": "rev:1", "part": "titre", "titre": "De Nadia", "resume": "Deux."}
    before = stored(demo_app)
    refused = send(els, f"/fiches/{ref}", fields, late=late)
    assert refused.status_code == 409
    if late:
        assert refused.json["error"] == "wrong_user"
    else:
        assert shows(refused, "sous un autre compte", "De Nadia", "Deux.")
        assert f'action="/fiches/{ref}"' not in refused.text
        assert send(els, f"/fiches/{ref}", fields, late=False).status_code == 409  # reloaded
    assert stored(demo_app) == before
    assert send(nadia, f"/fiches/{ref}", fields, late=late).status_code in (201, 303)
    assert get(content_of(demo_app, ref), "titre") == "De Nadia"


def test_signed_out_and_in_as_somebody_else_sends_nothing(demo_app, nadia, ref):
    """The page that kept the text still knows who wrote it."""
    page = nadia.get(f"/fiches/{ref}/edit/titre")
    nadia.delete_cookie("tablee")
    kept = nadia.submit(page, {"titre": "De Nadia"}, button=KEEP)
    cast.sign_in(nadia, "group_member")
    before = stored(demo_app)
    assert nadia.submit(kept, {}, form=f"/fiches/{ref}").status_code in (403, 409)
    assert stored(demo_app) == before


# 10. CSRF stale.


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("stale", [None, "", "abc", "IjEi.aaaa.bbbb"])
def test_a_token_of_another_visit(demo_app, nadia, ref, late, stale):
    fields = {
        "base": "rev:1",
        "part": "titre",
        "titre": "Un « titre »",
        "resume": "Deux\nlignes",
        "langue": "fr",
        "precedente": "",
    }
    before = stored(demo_app)
    refused = send(
        nadia,
        f"/fiches/{ref}",
        fields if stale is None else {**fields, "csrf_token": stale},
        late=late,
        sign=False,
    )
    assert refused.status_code == 403
    assert stored(demo_app) == before
    if late:
        assert refused.json["error"] == "csrf_stale"
    else:
        assert shows(refused, "Un « titre »", "Deux\nlignes", "Envoyer à nouveau")
        assert nadia.submit(refused, {}, form=f"/fiches/{ref}").status_code == 303
        assert get(content_of(demo_app, ref), "resume") == "Deux\nlignes"


def test_every_value_that_was_typed_is_on_the_page_that_keeps_it(demo_app, nadia):
    """A whole fiche, under a stale token: each value of each field, and sent again from there it is whole."""
    pairs = complete_fields(demo_app)
    op = str(uuid4())
    kept = send(nadia, "/fiches/", [*pairs, ("op_id", op), ("csrf_token", "abc")], late=False)
    assert kept.status_code == 403
    hidden = MultiDict(
        (unescape(n), unescape(v))
        for n, v in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', kept.text)
    )
    sent = MultiDict(pairs)
    assert all(hidden.getlist(name) == sent.getlist(name) for name in sent)
    assert nadia.submit(kept, {}, form="/fiches/").status_code == 303
    with demo_app.app_context():
        assert normal(find(op).content) == normal(
            {**find("F-2016-009").content, REASONS: find(op).content[REASONS]}
        )


def test_a_post_of_another_site_is_not_offered_again(nadia, ref):
    """Its page shows what came, and has no button that would send it in the reader's name."""
    for headers in ({"Referer": "https://mal.example/"}, {"Sec-Fetch-Site": "cross-site"}):
        refused = send(
            nadia,
            f"/fiches/{ref}",
            {"base": "rev:1", "field": "titre", "titre": "Piège"},
            late=False,
            sign=False,
            **headers,
        )
        assert refused.status_code == 403
        assert "Envoyer à nouveau" not in refused.text


# The order: identity, author, CSRF, right, version, content.


def test_the_order_of_the_questions(demo_app, nadia, els, ref):
    with demo_app.app_context():
        author = cast.person("contributor").id
    everything_wrong = {
        "author": author,
        "csrf_token": "abc",
        "base": "rev:1",
        "field": "annees.debut",
        "annees.debut": "vers 2010",
        "schema_version": "0",
    }
    stranger = demo_app.test_client()
    assert send(stranger, f"/fiches/{ref}", everything_wrong, sign=False).status_code == 401
    assert send(els, f"/fiches/{ref}", everything_wrong, sign=False).json["error"] == "wrong_user"
    assert send(nadia, f"/fiches/{ref}", everything_wrong, sign=False).json["error"] == "csrf_stale"
    with demo_app.app_context(), writing():
        fiche = find(ref)
        fiche.state = "REL"
    signed = everything_wrong | {"csrf_token": token(nadia)}
    assert send(nadia, f"/fiches/{ref}", signed).status_code == 403
    with demo_app.app_context(), writing():
        fiche = find(ref)
        fiche.state = "BRO"
    assert send(nadia, f"/fiches/{ref}", signed).status_code == 426
    assert send(nadia, f"/fiches/{ref}", signed | {"schema_version": "1"}).status_code == 422


# 11. A picture missing.


def test_a_picture_that_is_not_here_yet(demo_app, nadia, ref):
    digest = "ab" * 32
    fields = {
        "base": "rev:1",
        "field": "gouvernance.schema.image",
        "gouvernance.schema.image": digest,
        "op_id": str(uuid4()),
    }
    before = stored(demo_app)
    refused = send(nadia, f"/fiches/{ref}", fields)
    assert (refused.status_code, refused.json) == (
        424,
        {"error": "missing_files", "files": [digest], "op_id": fields["op_id"]},
    )
    assert stored(demo_app) == before
    item = MultiDict(
        [
            ("base", "rev:1"),
            ("field", "photos"),
            ("photos", "p1"),
            ("photos.p1.fichier", digest),
            ("photos.p1.legende", "La fête"),
        ]
    )
    assert send(nadia, f"/fiches/{ref}", item).json["files"] == [digest]


def test_a_picture_that_the_fiche_named_before_is_not_asked_for_again(demo_app, nadia, ref):
    """An instance restored without its files still takes text."""
    digest = "cd" * 32
    elsewhere(demo_app, ref, {"gouvernance.schema.image": digest})
    fields = {"base": "rev:2", "field": "gouvernance.schema.image", "gouvernance.schema.image": digest}
    assert send(nadia, f"/fiches/{ref}", fields).status_code == 201


# 12. No longer there, not visible, visible but not editable, call closed.


@pytest.mark.parametrize("late", [True, False])
def test_what_is_not_there_and_what_may_not_be_seen_answer_alike(demo_app, client_of, ref, late):
    outsider = client_of("outsider")
    before = stored(demo_app)
    texts = []
    for target in (ref, str(uuid4())):
        answer = send(
            outsider,
            f"/fiches/{target}",
            {"base": "rev:1", "part": "titre", "titre": "Un", "resume": "Mon texte"},
            late=late,
        )
        assert answer.status_code == 404
        if not late:
            assert shows(answer, "Mon texte", "Copiez-le")
            assert "Envoyer à nouveau" not in answer.text
        texts.append(re.sub(r"[0-9a-f-]{36}|[\w.-]{60,}", "", answer.text))
    assert texts[0] == texts[1]
    assert stored(demo_app) == before


@pytest.mark.parametrize("late", [True, False])
def test_what_may_be_seen_and_not_written(demo_app, nadia, ref, late):
    with demo_app.app_context(), writing():
        fiche = find(ref)
        fiche.state = "REL"
    before = stored(demo_app)
    answer = send(
        nadia,
        f"/fiches/{ref}",
        {"base": "rev:1", "part": "titre", "titre": "Un", "resume": "Mon texte"},
        late=late,
    )
    assert answer.status_code == 403
    assert late or shows(answer, "Mon texte")
    assert stored(demo_app) == before


def test_the_call_is_closed(demo_app, nadia):
    """The text is kept, the fiche is not sent, and the page says what to do."""
    with demo_app.app_context(), writing():
        for call in db.session.scalars(select(Call)):
            call.closes_at = now() - timedelta(hours=1)
    fields = [*complete_fields(demo_app), ("act", "do:submit")]
    answer = send(nadia, "/fiches/", fields)
    assert answer.status_code == 201
    assert (answer.json["refused"]["transition"], answer.json["refused"]["errors"]) == ("submit", [])
    assert "Aucun appel" in answer.json["refused"]["error"]
    page = send(nadia, "/fiches/", fields, late=False)
    assert shows(nadia.get(page.location), "Aucun appel n’est ouvert", "en brouillon")


def test_begun_before_the_deadline_it_arrives_within_the_grace_and_both_times_are_kept(demo_app, nadia):
    with demo_app.app_context(), writing():
        for call in db.session.scalars(select(Call)):
            call.closes_at = now() - timedelta(hours=1)
    begun = (now() - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    answer = send(nadia, "/fiches/", [*complete_fields(demo_app), ("act", "do:submit"), ("begun_at", begun)])
    assert "refused" not in answer.json
    with demo_app.app_context():
        fiche = find(answer.json["id"])
        assert fiche.state == "SOU"
        assert fiche.begun_at.strftime("%Y-%m-%dT%H:%M:%S.000Z") == begun
        assert now() - fiche.received_at < timedelta(minutes=5)


@pytest.mark.parametrize(
    "text_",
    [
        "",
        "hier",
        "2016",
        "2016-13-01T00:00:00Z",
        "2016-10-01T08:00:00",
        "9999-10-01T08:00:00Z",
        "2016-10-01T08:00:00+99:99",
        "20" + "9" * 5000,
    ],
)
def test_a_clock_that_says_nothing_sensible_says_nothing(demo_app, nadia, text_):
    answer = send(nadia, "/fiches/", {"field": "titre", "titre": "Un", "begun_at": text_})
    assert answer.status_code == 201
    with demo_app.app_context():
        assert find(answer.json["id"]).begun_at is None


# 13. Client too old.


@pytest.mark.parametrize("late", [True, False])
def test_a_form_that_is_too_old(demo_app, nadia, ref, late):
    before = stored(demo_app)
    answer = send(
        nadia,
        f"/fiches/{ref}",
        {"base": "rev:1", "schema_version": "0", "part": "titre", "titre": "Un", "resume": "Mon texte"},
        late=late,
    )
    assert answer.status_code == 426
    if late:
        assert answer.json["error"] == "client_too_old"
    else:
        assert shows(answer, "Mon texte")
    assert stored(demo_app) == before


# Untouched: what was not on the page.


def test_a_part_leaves_the_others_alone(demo_app, nadia):
    before = content_of(demo_app, NUMBER)
    page = nadia.get(f"/fiches/{NUMBER}/edit/objectifs")
    assert nadia.submit(page, {"objectifs": ["Un seul"]}, button=KEEP).status_code == 303
    after = content_of(demo_app, NUMBER)
    assert get(after, "objectifs") == ["Un seul"]
    put(after, "objectifs", get(before, "objectifs"))
    assert after == before


@pytest.mark.parametrize(
    ("number", "role"),
    [("F-2016-002", "contributor"), ("F-2016-006", "companion"), ("F-2016-012", "committee")],
)
def test_keeping_a_page_that_nobody_touched_changes_nothing(demo_app, client_of, number, role):
    """What the form shows is what it says: no answer, tick, item or reason is lost by opening and keeping a part."""
    client = client_of(role)
    for part in questions.PARTS:
        page = client.get(f"/fiches/{number}/edit/{part.key}")
        assert page.status_code == 200
        assert client.submit(page, {}, button=KEEP).status_code == 303
        assert rev_of(demo_app, number) == 1, part.key
    with demo_app.app_context():  # a receipt for each all the same
        of_fiches = select(func.count()).select_from(Operation).where(Operation.document_kind == "fiche")
        assert db.session.scalar(of_fiches) == len(questions.PARTS)


# Lists, without JavaScript.


def test_lines_and_items_are_added_moved_and_taken_away_by_buttons(demo_app, nadia, ref):
    page = nadia.get(f"/fiches/{ref}/edit/objectifs")
    for line in ("Un", "Deux", "Trois"):
        before = [v for v in re.findall(r'name="objectifs" value="([^"]*)"', page.text) if v]
        page = nadia.get(
            act(nadia, page, "add:objectifs", {"objectifs": [*before, line]}).location.partition("#")[0]
        )
    assert get(content_of(demo_app, ref), "objectifs") == ["Un", "Deux", "Trois"]
    for what, expected in (
        ("up:objectifs:2", ["Un", "Trois", "Deux"]),
        ("down:objectifs:0", ["Trois", "Un", "Deux"]),
        ("remove:objectifs:1", ["Trois", "Deux"]),
    ):
        page = nadia.get(f"/fiches/{ref}/edit/objectifs")
        assert act(nadia, page, what).status_code == 303
        assert get(content_of(demo_app, ref), "objectifs") == expected


def act(client, page, value: str, fields: dict | None = None):
    """Press the button of a page that says `act=value`."""
    form = re.search(r'(?s)<form method="post" action="(/fiches/[^"]*)" enctype.*?</form>', page.text)
    pairs = MultiDict(
        (unescape(n), unescape(v))
        for n, v in re.findall(r'<input[^>]*name="([^"]+)" value="([^"]*)"', form[0])
        if not n.endswith(".file")
    )
    for name, texts in (fields or {}).items():
        pairs.setlist(name, texts if isinstance(texts, list) else [texts])
    pairs["act"] = value
    return client.post(form[1], data=pairs)


def test_what_was_taken_away_can_be_put_back(demo_app, nadia):
    before = get(content_of(demo_app, NUMBER), "objectifs")
    page = nadia.get(f"/fiches/{NUMBER}/edit/objectifs")
    gone = act(nadia, page, "remove:objectifs:0")
    assert get(content_of(demo_app, NUMBER), "objectifs") == before[1:]
    page = nadia.get(gone.location.partition("#")[0])
    assert shows(page, "Retiré.", "Le remettre")
    assert nadia.submit(page, {}, form="restore").status_code == 303
    assert get(content_of(demo_app, NUMBER), "objectifs") == before


HOSTILE_ACTS = [
    "up", "up:", "up::", "up:objectifs", "up:objectifs:", "up:objectifs:-1", "up:objectifs:99999", "up:objectifs:0001" + "9" * 30, "down:objectifs:" + "9" * 5000, "remove:objectifs:٣",
    "remove:objectifs:²", "remove:partenaires:<b>", "add:", "add:titre", "add:inconnu", "add:objectifs:1", "do:", "do:" + "x" * 5000, "next", "next:next", "\x00", "remove:titre:0", "later",
]  # fmt: skip


@pytest.mark.parametrize("part", ["objectifs", "inconnu", "../..", ""])
def test_no_button_of_no_page_breaks_anything(demo_app, nadia, ref, part):
    signed, base = token(nadia), "rev:1"
    for value in HOSTILE_ACTS:
        op = str(uuid4())
        fields = [
            ("base", base),
            ("part", part),
            ("part", "objectifs"),
            ("objectifs", ""),
            ("objectifs", "Un"),
            ("act", value),
            ("op_id", op),
            ("csrf_token", signed),
        ]
        answer = send(nadia, f"/fiches/{ref}", fields, late=False)
        assert answer.status_code == 303, value
        assert nadia.get(answer.location.partition("#")[0]).status_code == 200
        assert get(content_of(demo_app, ref), "objectifs") == ["Un"]
        base = f"op:{op}"


# What is left before sending leads to where it is answered.


@pytest.mark.parametrize("number", ["F-2016-006", None])
def test_each_thing_that_is_missing_leads_to_its_field(client_of, nadia, ref, number):
    client = client_of("companion") if number else nadia
    page = client.get(f"/fiches/{number or ref}/check")
    links = [unescape(x) for x in re.findall(r'href="(/fiches/[^"]+/edit/[^"]+#[^"]+)"', page.text)]
    assert len(links) > 8
    for path, _, anchor in (link.partition("#") for link in dict.fromkeys(links)):
        assert f'id="{anchor}"' in client.get(path).text, anchor


# Held edits: the choice can wait.


@pytest.fixture
def clash(demo_app, nadia, ref):
    """Nadia's page, after Els changed the same two answers; her own third one is beside the point."""
    elsewhere(demo_app, ref, {"titre": "D’Els", "resume": "Résumé d’Els"})
    return send(
        nadia,
        f"/fiches/{ref}",
        {
            "base": "rev:1",
            "part": "titre",
            "titre": "De Nadia",
            "resume": "Résumé de Nadia",
            "precedente": "F-2016-001",
        },
        late=False,
    )


def names(page) -> list[str]:
    """The choices of a page, in its order."""
    return list(dict.fromkeys(re.findall(r'name="(choix-[0-9a-f]+)" value="mine"', page.text)))


def address(page) -> str:
    return re.search(r'action="(/fiches/[^"]+/choices/[^"]+)"', page.text)[1]


def test_the_choice_is_found_again_after_the_page_was_closed(demo_app, nadia, els, clash):
    assert clash.status_code == 409
    home = nadia.get("/")
    assert f'href="{address(clash)}"' in home.text
    again = nadia.get(address(clash))
    assert shows(again, "De Nadia", "D’Els", "Résumé de Nadia", "Résumé d’Els")
    assert names(again) == names(clash)
    assert address(clash) not in els.get("/").text
    assert els.get(address(clash)).status_code == 404  # it is hers alone
    assert send(els, address(clash), {"seen": "2"}, late=False).status_code == 404


@pytest.mark.parametrize(
    ("choices", "title", "summary"),
    [
        (("mine", "mine"), "De Nadia", "Résumé de Nadia"), (("theirs", "theirs"), "D’Els", "Résumé d’Els"), (("mine", "theirs"), "De Nadia", "Résumé d’Els"),
        (("both", "both"), "D’Els / De Nadia", "Résumé d’Els\n\nRésumé de Nadia"), (("write", "theirs"), "De toutes les deux", "Résumé d’Els"),
    ],
)  # fmt: skip
def test_every_choice(demo_app, nadia, ref, clash, choices, title, summary):
    one, two = names(clash)
    picked = {one: choices[0], two: choices[1]}
    if choices[0] == "write":
        picked[f"{one}-texte"] = "De toutes les deux"
    done = nadia.submit(clash, picked, form="choices")
    assert (done.status_code, done.location) == (303, f"/fiches/{ref}")
    content = content_of(demo_app, ref)
    assert (get(content, "titre"), get(content, "resume"), get(content, "precedente")) == (
        title,
        summary,
        "F-2016-001",
    )
    with demo_app.app_context():
        assert db.session.scalars(select(HeldEdit)).all() == []
    assert address(clash) not in nadia.get("/").text
    assert nadia.get(address(clash)).location == f"/fiches/{ref}"


def test_the_choices_sent_twice_are_made_once(demo_app, nadia, ref, clash):
    picked = dict.fromkeys(names(clash), "mine")
    first, second = (nadia.submit(clash, picked, form="choices") for _click in range(2))
    assert (first.status_code, second.status_code, second.location) == (303, 303, f"/fiches/{ref}")
    assert rev_of(demo_app, ref) == 3


def test_a_third_edit_during_the_choice_is_a_new_choice_and_no_loss(demo_app, nadia, ref, clash):
    elsewhere(demo_app, ref, {"titre": "D’Els, encore"}, "rev:2")
    again = nadia.submit(clash, dict.fromkeys(names(clash), "mine"), form="choices")
    assert again.status_code == 409
    assert shows(again, "De Nadia", "D’Els, encore")
    assert "Résumé d’Els" not in again.text  # that one was chosen
    assert get(content_of(demo_app, ref), "titre") == "D’Els, encore"
    assert address(again) in nadia.get("/").text
    assert nadia.submit(again, dict.fromkeys(names(again), "mine"), form="choices").status_code == 303
    content = content_of(demo_app, ref)
    assert (get(content, "titre"), get(content, "resume")) == ("De Nadia", "Résumé de Nadia")


def test_a_third_edit_of_something_else_is_kept_beside_the_choice(demo_app, nadia, ref, clash):
    elsewhere(demo_app, ref, {"langue": "nl"}, "rev:2")
    assert nadia.submit(clash, dict.fromkeys(names(clash), "mine"), form="choices").status_code == 303
    content = content_of(demo_app, ref)
    assert (get(content, "titre"), get(content, "langue")) == ("De Nadia", "nl")


def test_a_choice_that_is_missing_is_asked_for_and_the_others_stay(demo_app, nadia, ref, clash):
    """And a third edit between the two sendings is not overwritten by a choice that did not see it."""
    one, two = names(clash)
    fields = {
        "seen": "2",
        "op_id": str(uuid4()),
        one: "write",
        f"{one}-texte": "Écrit à la main",
        two: "inconnu",
    }
    page = send(nadia, address(clash), fields, late=False)
    assert page.status_code == 422
    assert shows(page, "Il reste un choix à faire", "Écrit à la main")
    assert re.search(rf'name="{one}" value="write" checked', page.text)
    elsewhere(demo_app, ref, {"titre": "D’Els, encore"}, "rev:2")
    again = nadia.submit(page, {two: "theirs"}, form="choices")
    assert again.status_code == 409
    assert shows(again, "Écrit à la main", "D’Els, encore")
    assert get(content_of(demo_app, ref), "titre") == "D’Els, encore"


@pytest.mark.parametrize(
    ("side", "text_"),
    [("write", ""), ("write", " \n"), ("write", "x" * 20_001), ("", ""), ("MINE", ""), ("base", "")],
)
def test_a_choice_that_is_none_is_no_choice(demo_app, nadia, ref, clash, side, text_):
    one, two = names(clash)
    before = stored(demo_app)
    page = send(
        nadia, address(clash), {"seen": "2", one: side, f"{one}-texte": text_, two: "mine"}, late=False
    )
    assert page.status_code == 422
    assert stored(demo_app) == before


@pytest.mark.parametrize("seen", ["", "0", "99", "-1", "abc", "9" * 40, "²"])
def test_a_version_that_was_never_seen_is_shown_anew(demo_app, nadia, clash, seen):
    before = stored(demo_app)
    page = send(nadia, address(clash), {"seen": seen, **dict.fromkeys(names(clash), "mine")}, late=False)
    assert page.status_code == 409
    assert names(page) == names(clash)
    assert stored(demo_app) == before


def test_a_choice_under_the_name_of_another_operation_does_nothing(demo_app, nadia, els, ref, clash):
    other = str(uuid4())
    send(els, "/fiches/", {"op_id": other, "field": "titre", "titre": "Ailleurs"})
    before = stored(demo_app)
    page = send(
        nadia,
        address(clash),
        {"seen": "2", "op_id": other, **dict.fromkeys(names(clash), "mine")},
        late=False,
    )
    assert page.status_code == 409
    assert stored(demo_app) == before


def test_a_number_cannot_be_written_where_one_chooses(demo_app, nadia, ref):
    """What is no text is chosen and not written: no word ever gets into a number."""
    elsewhere(demo_app, ref, {"bilan.cout.montant": 3.0})
    page = send(
        nadia,
        f"/fiches/{ref}",
        {"base": "rev:1", "field": "bilan.cout.montant", "bilan.cout.montant": "5"},
        late=False,
    )
    (name,) = names(page)
    assert f"{name}-texte" not in page.text
    wrong = send(nadia, address(page), {"seen": "2", name: "write", f"{name}-texte": "beaucoup"}, late=False)
    assert wrong.status_code == 422
    assert get(content_of(demo_app, ref), "bilan.cout.montant") == 3.0


def test_a_choice_over_a_reason_that_an_import_gave_for_a_block(demo_app, nadia, ref):
    """Its key is no field: the page and the choice know it all the same."""
    with demo_app.app_context():
        save(
            ref,
            cast.person("group_member"),
            Op(new_id(), "rev:1", Posted({}, {"annees": "on ne sait plus"}), late=True),
        )
    held = {
        "base": {**content_of(demo_app, ref), REASONS: {"annees": "avant"}},
        "content": {**content_of(demo_app, ref), REASONS: {"annees": "de Nadia"}},
    }
    with demo_app.app_context(), writing():
        row = HeldEdit(op_id=str(uuid4()), fiche_id=ref, person_id=cast.person("contributor").id, **held)
        db.session.add(row)
        op = row.op_id
    page = nadia.get(f"/fiches/{ref}/choices/{op}")
    assert shows(page, "on ne sait plus", "de Nadia")
    (name,) = names(page)
    assert (
        nadia.submit(page, {name: "write", f"{name}-texte": "ni l’un ni l’autre"}, form="choices").status_code
        == 303
    )
    assert content_of(demo_app, ref)[REASONS] == {"annees": "ni l’un ni l’autre"}


def test_a_transition_waits_for_the_choice_and_is_made_with_it(demo_app, nadia, els):
    op = str(uuid4())
    fields = [*complete_fields(demo_app), ("op_id", op)]
    send(nadia, "/fiches/", fields)
    with demo_app.app_context(), writing():
        db.session.add(FicheAuthor(fiche_id=op, person_id=cast.person("group_member").id))
    elsewhere(demo_app, op, {"resume": "D’Els"})
    page = send(
        nadia,
        f"/fiches/{op}",
        {"base": "rev:1", "field": "resume", "resume": "De Nadia", "act": "do:submit"},
        late=False,
    )
    assert page.status_code == 409
    with demo_app.app_context():
        assert find(op).state == "BRO"
    assert nadia.submit(page, dict.fromkeys(names(page), "mine"), form="choices").status_code == 303
    with demo_app.app_context():
        assert (find(op).state, get(find(op).content, "resume")) == ("SOU", "De Nadia")


# Who writes.


def test_writers_come_and_go_and_the_last_one_stays(demo_app, nadia, client_of, ref):
    outsider = client_of("outsider")
    email = demo.CAST[-1][2]
    assert (
        send(nadia, f"/fiches/{ref}/writers", {"email": f" {email.upper()} "}, late=False).status_code == 303
    )
    assert outsider.get(f"/fiches/{ref}").status_code == 200
    with demo_app.app_context():
        ids = {role: cast.person(role).id for role in ("contributor", "group_member", "outsider")}
    for role in ("outsider", "group_member"):
        assert send(nadia, f"/fiches/{ref}/writers", {"remove": ids[role]}, late=False).status_code == 303
    assert outsider.get(f"/fiches/{ref}").status_code == 404
    assert (
        send(nadia, f"/fiches/{ref}/writers", {"remove": ids["contributor"]}, late=False).status_code == 303
    )
    with demo_app.app_context():
        assert find(ref).author_ids == {ids["contributor"]}
        acts = db.session.execute(
            text("SELECT act, detail FROM audit_event WHERE object_id = :r AND act LIKE 'fiche.writer%'"),
            {"r": ref},
        ).all()
    assert [a for a, _detail in acts] == [
        "fiche.writer-added",
        "fiche.writer-removed",
        "fiche.writer-removed",
    ]
    assert ids["outsider"] in acts[0][1]


@pytest.mark.parametrize("typed", ["", "personne@passerelle.example", "<script>", "x" * 5000, "a@b", "\x00"])
def test_somebody_whom_nobody_knows_is_not_added(demo_app, nadia, ref, typed):
    before = stored(demo_app)
    page = send(nadia, f"/fiches/{ref}/writers", {"email": typed}, late=False)
    assert page.status_code == 422
    assert shows(page, "Demandez au secrétariat")
    assert stored(demo_app) == before


def test_taking_away_somebody_who_does_not_write_is_not_noted(demo_app, nadia, ref):
    before = stored(demo_app)
    for gone in ("x" * 9000, "\x00", "<b>", str(uuid4())):
        assert send(nadia, f"/fiches/{ref}/writers", {"remove": gone}, late=False).status_code in (303, 422)
    assert stored(demo_app) == before


# Transitions by their own address.


@pytest.mark.parametrize(
    ("role", "name", "status"),
    [
        ("contributor", "withdraw", 303), ("contributor", "retain", 403), ("contributor", "inconnue", 404), ("outsider", "withdraw", 404), ("outsider", "inconnue", 404),
        ("chair", "withdraw", 403), ("chair", "retain", 303), ("coordination", "publish", 303),
    ],
)  # fmt: skip
def test_a_transition_answers_by_what_one_sees_and_may(demo_app, client_of, role, name, status):
    client = client_of(role)
    before = stored(demo_app)
    answer = send(client, f"/fiches/{NUMBER}/transitions/{name}", {"rev": "1"}, late=False)
    assert answer.status_code == status
    with demo_app.app_context():
        moved = find(NUMBER).state != "RET"
    assert moved == (status == 303 and name != "retain")  # retained already: refused with a sentence
    if not moved:
        assert stored(demo_app) == before


@pytest.mark.parametrize("rev", ["", "abc", "9" * 50, "-1", "²"])
def test_a_version_that_is_none_is_not_compared(client_of, rev):
    answer = send(
        client_of("coordination"), f"/fiches/{NUMBER}/transitions/publish", {"rev": rev}, late=False
    )
    assert answer.status_code == 303


def test_whoever_saw_an_older_version_is_asked_to_read_again(demo_app, nadia, client_of):
    send(nadia, f"/fiches/{NUMBER}", {"base": "rev:1", "field": "conseils", "conseils": "Changé."})
    chair = client_of("coordination")
    answer = send(chair, f"/fiches/{NUMBER}/transitions/publish", {"rev": "1"}, late=False)
    assert shows(chair.get(answer.location), "La fiche a changé entre-temps")
    with demo_app.app_context():
        assert find(NUMBER).state == "RET"


def test_a_change_says_once_in_the_history_who_and_when(demo_app, nadia, ref):
    for n in range(2, 4):
        send(nadia, f"/fiches/{ref}", {"base": f"rev:{n - 1}", "field": "titre", "titre": f"Titre {n}"})
    page = nadia.get(f"/fiches/{ref}/history")
    assert shows(page, "Nadia Bensaïd", "Titre")
    compared = nadia.get(f"/fiches/{ref}/history/3")
    assert shows(compared, "Avant", "Dans cette version")
    for rev in ("0", "99", "abc", "9" * 40):
        assert nadia.get(f"/fiches/{ref}/history/{rev}").status_code == 404
        assert send(nadia, f"/fiches/{ref}/history/{rev}/restore", {}, late=False).status_code == 404
