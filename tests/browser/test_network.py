"""On a phone without scripts: a member is found by what she tells, two organisations are laid side by side, an
abbreviation that is there already is met with a link, a closed group's reference by those alone who are in it."""

import pytest
from playwright.sync_api import expect

from models.circles import MEMBER
from models.people import by_email
from models.profiles import CIRCLE, MEMBERS, ProfileDetail
from models.store import db, writing
from tests.support import meetings as made
from tests.support.cast import person
from tests.support.library import reference


@pytest.fixture
def told(site):
    """Els tells one thing to all members and another to the committee; a closed group of Bart reads something."""
    with site.application.app_context(), writing():
        els = by_email("els@wijkadem.example")
        for name, text, seen_by in (("work", "zzmesure", MEMBERS), ("why", "zzsecret", CIRCLE)):
            db.session.merge(ProfileDetail(person_id=els.id, name=name, text=text, seen_by=seen_by))
        closed = made.circle("ZZCLOS", (person("reader"), MEMBER), closed=True)
        reference("Zzlivre fermé", circle_id=closed.id)


def look_for(page, words: str, button: str = "Chercher"):
    page.get_by_role("searchbox").fill(words)
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


def test_the_network_on_a_phone_without_scripts(site, told, open_page, sign_in, allow):
    page = sign_in(open_page(360, js=False), "outsider")
    main = page.locator("main")
    page.goto("/directory/")
    with page.expect_navigation():
        page.get_by_role("link", name="Membres").click()
    look_for(page, "zzsecret")
    expect(main).to_contain_text("Aucun membre ne répond")
    page.goto("/directory/people")
    look_for(page, "zzmesure")
    with page.expect_navigation():
        page.get_by_role("link", name="Els Peeters").click()
    expect(main).to_contain_text("zzmesure")
    expect(main).not_to_contain_text("zzsecret")
    with page.expect_navigation():
        page.get_by_role("link", name="Wijkadem").first.click()
    with page.expect_navigation():
        page.get_by_role("link", name="Comparer avec une autre").click()
    page.get_by_label("Une autre").select_option(label="Les Amis du chemin")
    with page.expect_navigation():
        page.get_by_role("button", name="Mettre côte à côte").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Wijkadem et Les Amis du chemin")
    expect(main).to_contain_text("Toutes deux")
    expect(main).not_to_contain_text("zzsecret")
    tabs = page.get_by_role("navigation", name="Réseau")
    with page.expect_navigation():
        tabs.get_by_role("link", name="Bibliothèque").click()
    expect(main).to_contain_text("Charte d’Ottawa")
    expect(main).not_to_contain_text("Zzlivre")
    page.context.clear_cookies()
    sign_in(page, "reader")
    page.goto("/library/?q=zzlivre")
    expect(page.get_by_role("link", name="Zzlivre fermé")).to_be_visible()
    with page.expect_navigation():
        tabs.get_by_role("link", name="Glossaire").click()
    with page.expect_navigation():
        page.get_by_role("link", name="Ajouter une abréviation").click()
    page.get_by_label("L’abréviation").fill("cpas")
    allow("status of 422")
    page.get_by_label("Ce qu’elle veut dire").fill("Un mot gardé")
    with page.expect_navigation():
        page.get_by_role("button", name="Garder").click()
    expect(page.get_by_label("Ce qu’elle veut dire")).to_have_value("Un mot gardé")
    with page.expect_navigation():
        page.get_by_role("link", name="Voir « CPAS » dans le glossaire").click()
    expect(page.locator(":target")).to_contain_text("Centre public d’action sociale")
