"""Faults that need none of our scripts: what a browser does by itself, what a device may ask of the endpoint, and the
whole way without JavaScript."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from models.fiche.content import get, normal
from models.fiche.fiche import Fiche, find, revisions
from models.store import db
from tests.support.filler import control, picture, press
from tests.support.proxy import DropAfter

# Posts operations from a page as a device does, all at once: [status, JSON] of each.
POST = """async ([path, operations]) => {
  const csrf = document.querySelector('[name="csrf_token"]').value;
  const send = async (operation) => {
    const answer = await fetch(path, {
      method: 'POST', headers: { Accept: 'application/json' }, redirect: 'manual',
      body: new URLSearchParams({ ...operation, csrf_token: csrf }),
    });
    return [answer.status, await answer.json()];
  };
  return Promise.all(operations.map(send));
}"""


def count(site, title: str) -> int:
    with site.application.app_context():
        return db.session.scalar(select(func.count()).select_from(Fiche).where(Fiche.title == title))


@pytest.fixture
def page(open_page, sign_in):
    """Nadia's page of a new fiche."""
    made = sign_in(open_page(), "contributor")
    made.goto("/fiches/new")
    return made


def test_fault_09_a_browser_repeats_a_post_by_itself(site, road, open_page, sign_in):
    """Chromium sends again, unasked, what got no answer on a connection that it had used before."""
    page = sign_in(open_page(js=False), "contributor")
    page.goto("/fiches/new")
    control(page, "titre").fill("Deux fois en route")
    road.rule("POST", "/fiches/", DropAfter())
    press(page, "next")
    first, second = road.passed("POST", "/fiches/")
    assert (first.fate, second.fate) == ("dropped after", "passed")
    assert first.op_id == second.op_id != ""
    assert count(site, "Deux fois en route") == 1


def test_fault_10_the_same_operation_with_another_body(site, page, allow):
    allow("Failed to load resource.*422")
    op = {"op_id": str(uuid4()), "field": "titre", "titre": "Un nom, deux corps"}
    [[first, receipt]] = page.evaluate(POST, ["/fiches/", [op]])
    [[second, refused]] = page.evaluate(POST, ["/fiches/", [{**op, "titre": "Autre corps"}]])
    assert (first, second) == (201, 422)
    assert refused == {"error": "op_reused", "held": False, "op_id": op["op_id"]}
    assert (count(site, "Un nom, deux corps"), count(site, "Autre corps")) == (1, 0)
    [[again, told]] = page.evaluate(POST, ["/fiches/", [op]])
    assert (again, told) == (200, receipt)


def test_fault_11_forty_in_parallel(site, page):
    """The same operation forty times at once has one effect; forty others at once have forty."""
    many = 40
    op = {"op_id": str(uuid4()), "field": "titre", "titre": "Quarante fois la même"}
    answers = page.evaluate(POST, ["/fiches/", [op] * many])
    assert sorted(status for status, _ in answers) == [200] * (many - 1) + [201]
    assert len({str(receipt) for _, receipt in answers}) == 1
    assert count(site, op["titre"]) == 1
    edits = [
        {
            "op_id": str(uuid4()),
            "base": f"op:{op['op_id']}",
            "field": "objectifs",
            "objectifs": f"Objectif {n}",
        }
        for n in range(many)
    ]
    answers = page.evaluate(POST, [f"/fiches/{op['op_id']}", edits])
    assert [status for status, _ in answers] == [201] * many
    with site.application.app_context():
        fiche = find(op["op_id"])
        assert set(get(normal(fiche.content), "objectifs")) == {f"Objectif {n}" for n in range(many)}
        assert len(revisions(fiche)) == many + 1


@pytest.mark.long
def test_fault_46_the_whole_way_without_javascript(site, road, open_page, sign_in):
    """On a phone: begun, an answer lost on its way, a photo, a list by its buttons, left, found again, looked over.
    The same way with every question, to the printed dossier: tests/browser/test_fiche.py."""
    page = sign_in(open_page(360, js=False), "contributor")
    page.goto("/fiches/new")
    control(page, "titre").fill("Sans aucun script")
    road.rule("POST", "/fiches/", DropAfter())
    press(page, "next")
    ref = re.search(r"/fiches/([0-9a-f-]{36})/", page.url)[1]
    page.goto(f"/fiches/{ref}/edit/gouvernance")
    control(page, "gouvernance.texte").fill("Les habitants décident.")
    control(page, "gouvernance.schema.image.file").set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    press(page, "next")
    control(page, "objectifs").last.fill("Marcher")
    press(page, "add:objectifs")
    control(page, "objectifs").last.fill("Parler")
    press(page, "later")
    page.goto("/")
    page.get_by_role("link", name="Sans aucun script").first.click()
    with site.application.app_context():
        content = normal(find(ref).content)
    assert get(content, "objectifs") == ["Marcher", "Parler"]
    assert get(content, "gouvernance.texte") == "Les habitants décident."
    digest = get(content, "gouvernance.schema.image")
    assert page.request.get(f"/fiches/{ref}/pictures/{digest}").status == 200
    assert count(site, "Sans aucun script") == 1
