"""Erasing for good: nothing living is left of a quote, and a late copy brings nothing back."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from blueprints import jobs
from models.dossiers import ERASED, Dossier
from models.fiche import search
from models.fiche.content import get, normal
from models.fiche.erasing import erase, find_item
from models.fiche.fiche import find
from models.people import by_email
from models.store import db, writing

CANARY = "bourgmestre"
NUMBER = "F-2016-002"


def living(instance: Path) -> list[str]:
    """The files of an instance in which the canary stands."""
    return [p.name for p in instance.rglob("*") if p.is_file() and CANARY.encode() in p.read_bytes()]


def quote_of(fiche):
    return get(fiche.content, "bilan.temoignages")[0]


@pytest.fixture
def erased(demo_app, client_of):
    """A quote that was saved twice, then erased through the page; yields what a late device still holds."""
    client = client_of("contributor")
    with demo_app.app_context():
        fiche = find(NUMBER)
        ref, item = fiche.id, quote_of(fiche)
    form = {
        "field": "conseils",
        "conseils": f"Comme dit le {CANARY[:3]}…",
        "op_id": str(uuid4()),
        "base": "rev:1",
    }
    page = client.get(f"/fiches/{ref}/edit/perspectives")
    assert client.submit(page, {"conseils": "Commencer petit."}).status_code == 303
    confirm = client.get(f"/fiches/{ref}/erase/{item['id']}")
    assert CANARY in confirm.text
    assert client.submit(confirm, {}, button=None).status_code in (302, 303)
    return demo_app, client, ref, item, form


def test_the_canary_is_found_before(demo_app):
    assert living(Path(demo_app.config["INSTANCE"]))


def test_nothing_living_is_left(erased):
    app, client, ref, item, _form = erased
    with app.app_context():
        jobs.sweep()
        fiche = find(ref)
        assert find_item(normal(fiche.content), item["id"]) is None
        found = db.session.execute(
            text("SELECT count(*) FROM fiche_text WHERE fiche_text MATCH :w"), {"w": CANARY}
        )
        assert found.scalar() == 0
    assert CANARY not in client.get(f"/fiches/{ref}").text
    assert living(Path(app.config["INSTANCE"])) == []


def in_index(word: str) -> bool:
    """Whether the end of a word stands in the pieces of the full-text index (its beginning may be shared)."""
    pieces = db.session.scalars(text("SELECT block FROM fiche_text_data"))
    return any(word.encode() in bytes(piece) for piece in pieces)


def test_no_piece_of_the_index_holds_a_word_that_only_a_deleted_text_had(demo_app):
    """The control: before forget() the index still holds it, though no search finds it."""
    with demo_app.app_context():
        content = normal(find(NUMBER).content)
        with writing():
            search.index("another", None, "Autre", {**content, "resume": "Une zwartkijkster."})
        assert in_index("kijkster")
        with writing():
            search.index("another", None, "Autre", {**content, "resume": "Rien."})
        assert in_index("kijkster")
        with writing():
            search.forget()
        assert not in_index("kijkster")


def test_a_late_copy_brings_nothing_back(erased):
    app, client, ref, item, _form = erased
    late = {
        "op_id": str(uuid4()), "base": "rev:1", "field": "bilan.temoignages", "bilan.temoignages": item["id"],
        f"bilan.temoignages.{item['id']}.texte": item["texte"] + " Encore.",
    }  # fmt: skip
    page = client.get(f"/fiches/{ref}/edit/bilan")
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post(
        f"/fiches/{ref}", data={**late, "csrf_token": token}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 201
    with app.app_context():
        assert find_item(normal(find(ref).content), item["id"]) is None
        assert CANARY not in str(find(ref).content)


def test_stored_pdfs_go_and_their_rows_stay(demo_app):
    with demo_app.app_context():
        fiche, who = find(NUMBER), by_email("nadia@passerelle.example")
        with writing():
            db.session.add(Dossier(kind="D3", key="k", sha256="0" * 64, fiches=[fiche.id]))
            db.session.add(Dossier(kind="D3", key="other", sha256="1" * 64, fiches=["another"]))
        with writing():
            erase(find(NUMBER), quote_of(find(NUMBER))["id"], by_email(who.email))
        kept = {d.key: d.sha256 for d in db.session.scalars(select(Dossier))}
    assert kept == {ERASED: None, "other": "1" * 64}


def test_what_is_erased_already_is_said_so(erased):
    """The button twice, and the page before it by Back."""
    _app, client, ref, item, _form = erased
    path = f"/fiches/{ref}/erase/{item['id']}"
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)[1]
    for again in (lambda: client.get(path), lambda: client.post(path, data={"csrf_token": token})):
        answer = again()
        assert answer.status_code == 303
        assert "C’est déjà effacé" in client.get(answer.location).text
    assert client.get(f"/fiches/{ref}/erase/{uuid4()}").status_code == 404  # the control: never there


def test_an_item_that_is_not_there_is_not_found(client_of):
    client = client_of("contributor")
    assert client.get(f"/fiches/{NUMBER}/erase/nothing").status_code == 404


def test_a_reader_cannot_erase(demo_app, client_of):
    with demo_app.app_context():
        item = quote_of(find(NUMBER))["id"]
    assert client_of("reader").get(f"/fiches/{NUMBER}/erase/{item}").status_code == 403
    assert client_of("outsider").get(f"/fiches/{NUMBER}/erase/{item}").status_code == 404
