"""A text that could not be kept is read as the form asked for it: its labels, the words of choices, no ids and no codes."""

import re
from html import unescape

import pytest

from app import AREAS
from blueprints.errors_text import readable
from blueprints.kept import forms_of, read_as
from models.people import by_email
from models.store import new_id


def shown(answer) -> dict[str, str]:
    """Label → text of what an error page gives back to read."""
    found = re.findall(r'<label for="(kept-\d+)">([^<]*)</label>\s*<textarea id="\1"[^>]*>\n?([^<]*)</textarea>', answer.text)  # fmt: skip
    return {unescape(label).replace("\u00a0", " "): unescape(text) for _id, label, text in found}


def other_id(app) -> str:
    with app.app_context():
        return by_email("leon@amis-du-chemin.example").id


@pytest.mark.parametrize("area", AREAS)
def test_every_form_of_ours_can_tell_its_labels(demo_app, area):
    with demo_app.test_request_context("/"):
        for form in forms_of(area):
            labels, _words = read_as(area, [field.name for field in form()])
            assert {field.name for field in form()} <= set(labels), form


@pytest.mark.parametrize(
    ("path", "said", "want"),
    [
        (
            "/meetings/R-2016-02/reply",
            {"answer": "OUI", "needs": "Un siège près de la porte", "message": "", "proxy": new_id()},
            {"Votre réponse": "Je viens", "De quoi avez-vous besoin pour participer ?": "Un siège près de la porte"},
        ),
        (
            "/meetings/R-2016-01/live/decisions",
            {"mode": "consent", "item_id": new_id(), "text": "On garde la salle du bas"},
            {"Votre texte": "On garde la salle du bas"},
        ),
        (
            "/committee/COPIL/widening/new",
            {"name": "Zoé Lambrecht", "sector": "ENV", "reason": "Personne ne plante", "rev": "3", "circle_id": new_id()},
            {"Zoé Lambrecht", "Personne ne plante"},
        ),
        ("/fiches/", {"titre": "Les haies", "langue": "nl", "op_id": new_id()}, {"Les haies", "Néerlandais"}),
    ],
)  # fmt: skip
def test_a_stale_page_gives_the_text_back_under_its_labels(client_of, path, said, want):
    answer = client_of("contributor").post(path, data={**said, "csrf_token": "old"}, headers={"Sec-Fetch-Site": "same-origin"})  # fmt: skip
    assert answer.status_code == 403
    read = shown(answer)
    assert not set(read) & set(said), "no raw name of a field"
    if isinstance(want, dict):
        assert read == want
    else:
        assert want <= set(read.values()), read
    for name, value in said.items():  # what is not shown is sent again all the same
        assert f'name="{name}" value="{value}"' in answer.text
    assert "Envoyer à nouveau" in answer.text


def test_under_another_account_only_the_way_back_is_offered(demo_app, client_of):
    nadia, other = client_of("contributor"), other_id(demo_app)
    said = {"author": other, "titre": "Les haies", "csrf_token": "old"}
    answer = nadia.post("/fiches/", data=said)
    assert (answer.status_code, "Les haies" in shown(answer).values()) == (409, True)
    assert "Envoyer à nouveau" not in answer.text
    assert "Revenir à l’autre compte" in answer.text
    own = nadia.post(
        "/fiches/", data={"titre": "Les haies", "csrf_token": "old"}
    )  # the control: her own account
    assert ("Envoyer à nouveau" in own.text, "l’autre compte" in own.text) == (True, False)
    late = nadia.post("/fiches/", data=said, headers={"Accept": "application/json"})
    assert (late.status_code, set(late.json)) == (409, {"error"})


def test_what_nobody_typed_is_left_out():
    kept = [
        ("mode", "consent"),
        ("rev", "12"),
        ("x", new_id()),
        ("proxy", new_id()),
        ("who", "Zoé"),
        ("day", "4 mai"),
    ]
    assert readable(kept, {"proxy": "À qui", "day": "Jour"}) == [("Votre texte", "Zoé"), ("Jour", "4 mai")]
