"""A group from the outside to the inside and out again, on a phone without scripts; its report on the agenda, at a desk."""

import re

import pytest
from playwright.sync_api import expect

from models.circles import circle_by_code
from models.meetings import visible
from models.store import db
from tests.support.browser import axe, screenshot, sideways_scroll
from tests.support.cast import person

PLA = "/groups/GT-PLA"


def sound(page, name: str) -> None:
    screenshot(page, f"groups-{name}")
    assert sideways_scroll(page) == 0, name


@pytest.fixture
def page_of(make_site, open_page, sign_in):
    """A site of its own, and its pages by role."""
    site = make_site().start()

    def page_of(role: str, width: int, *, js: bool = True):
        return sign_in(open_page(width, js=js, base_url=site.url), role, site=site)

    page_of.site = site
    return page_of


def sits(site, role: str) -> bool:
    with site.application.app_context():
        return person(role).id in circle_by_code("GT-PLA").member_ids


def press(page, role: str, name: str) -> None:
    """A press that brings another page."""
    with page.expect_navigation():
        page.get_by_role(role, name=name, exact=True).click()


def test_somebody_asks_is_let_in_and_leaves(page_of):
    asker, chair = page_of("outsider", 360, js=False), page_of("chair", 360, js=False)
    asker.goto("/groups/")
    sound(asker, "list")
    press(asker, "link", "Demander à rejoindre : Groupe « Plaidoyer »")
    asker.get_by_label("Un mot, si vous voulez").fill("Je connais les communes.")
    press(asker, "button", "Envoyer ma demande")
    expect(asker.get_by_role("heading", name="Votre demande est partie")).to_be_visible()
    assert not sits(page_of.site, "outsider")

    chair.goto(PLA)
    sound(chair, "home")
    press(chair, "link", "Répondre : Christelle Renard")
    expect(chair.get_by_text("Je connais les communes.")).to_be_visible()
    press(chair, "button", "Oui, lui donner une place")
    expect(chair.get_by_text("Christelle Renard siège ici maintenant.")).to_be_visible()

    asker.goto(PLA)
    expect(asker.get_by_role("heading", name="À faire")).to_be_visible()
    assert sits(page_of.site, "outsider")
    press(asker, "link", "Quitter le groupe")
    press(asker, "button", "Quitter le groupe")
    expect(asker.get_by_role("link", name="Demander à rejoindre", exact=True)).to_be_visible()
    assert not sits(page_of.site, "outsider")


def test_a_report_is_composed_looked_at_and_read_under_its_item(page_of):
    chair, reader = page_of("chair", 1280), page_of("companion", 1280)
    with page_of.site.application.app_context():
        code = next(m.code for m in visible(person("chair")) if m.title.startswith("Relire l’appel"))
        db.session.rollback()
    chair.goto(PLA)
    press(chair, "link", "Composer un rapport")
    chair.get_by_label("Du", exact=True).fill("2016-04-01")
    chair.get_by_label("Au", exact=True).fill("2016-06-30")
    press(chair, "button", "Rassembler et écrire")
    body = chair.get_by_role("textbox", name="Texte")
    expect(body).to_have_value(re.compile("D-2016-03"))
    body.fill("# Ce que nous demandons\n\n**Dix minutes** pour choisir qui porte le texte.")
    press(chair, "button", "Voir comme on le lira")
    expect(chair.locator("strong", has_text="Dix minutes")).to_be_visible()
    sound(chair, "report")
    press(chair, "button", "Garder, et choisir la réunion")
    press(chair, "button", "Envoyer le rapport")
    expect(chair.get_by_text("Le rapport est parti")).to_be_visible()
    assert axe(chair) == []
    expect(chair.get_by_role("link", name="Écrire", exact=True)).to_have_count(0)

    reader.goto(f"/meetings/{code}")
    press(reader, "link", "Rapport : Groupe « Plaidoyer »")
    expect(reader.locator("strong", has_text="Dix minutes")).to_be_visible()
