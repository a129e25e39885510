"""Coming in, inviting and the first page in a real browser: with and without scripts, by keyboard, in both schemes."""

import re

import pytest

from models import access, demo
from models.deliveries import mails
from models.people import by_email, invited
from models.store import writing
from tests.support.browser import axe, screenshot, sideways_scroll
from tests.support.doors import NADIA, SAMIRA
from tests.support.often import often

WIDTHS = often([360, 1280])


@pytest.fixture
def make_link(site):
    def make(email: str, purpose: str = "sign-in") -> str:
        with site.application.app_context(), writing():
            return f"/enter/{access.make_link(by_email(email), purpose)}"

    return make


def sound(page, name: str) -> None:
    """axe finds nothing, nothing scrolls sideways, in both schemes."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        screenshot(page, f"{name}-{page.viewport_size['width']}-{scheme}")
        assert axe(page) == []
    assert sideways_scroll(page) == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_the_door_and_what_is_behind_each_link(open_page, make_link, site, width, allow):
    page = open_page(width)
    page.goto("/enter")
    sound(page, "enter")
    allow("status of (422|410|404)")
    page.get_by_role("button", name="Recevoir mon lien").click()
    assert page.get_by_label("Votre adresse").evaluate("field => field === document.activeElement")
    sound(page, "enter-error")
    page.get_by_label("Votre adresse").fill("nobody@habitants.example")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Regardez votre boîte").wait_for()
    sound(page, "sent")
    path = make_link(NADIA)
    page.goto(path)
    sound(page, "link")
    page.get_by_role("button", name="Entrer").click()
    page.get_by_role("heading", name="Bonjour Nadia").wait_for()
    sound(page, "home")
    page.goto("/account")
    sound(page, "account")
    page.context.clear_cookies()
    page.goto(path)
    sound(page, "link-used")
    page.goto("/enter/nothing")
    sound(page, "link-unknown")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("role", ["companion", "coordination", "administration", "outsider"])
def test_the_first_page_of_each(open_page, sign_in, width, role):
    page = sign_in(open_page(width), role)
    page.goto("/")
    sound(page, f"home-{role}")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_of_the_office(open_page, sign_in, site, width, allow):
    page = sign_in(open_page(width), "administration")
    allow("status of 422")
    for name in ("people", "rights", "mails"):
        page.goto(f"/{name}")
        sound(page, name)
    page.goto("/people")
    page.get_by_role("button", name="Inviter", exact=True).click()
    sound(page, "people-error")
    page.get_by_label("Son nom").fill("Zoé")
    page.get_by_label("Son adresse").fill(f"zoe{width}@habitants.example")
    page.get_by_role("button", name="Inviter", exact=True).click()
    page.get_by_role("heading", name="L’invitation de Zoé est prête").wait_for()
    sound(page, "invited")
    page.get_by_role("link", name="Revenir aux personnes").click()
    page.get_by_role("link", name="Zoé").first.click()
    sound(page, "person")
    with site.application.app_context():
        mail_id = mails("waiting", 1)[0].id
    page.goto(f"/mails/{mail_id}")
    sound(page, "mail")


@pytest.mark.parametrize("js", [True, False])
def test_from_invitation_to_table_by_keyboard_alone(open_page, site, js):
    with site.application.app_context(), writing():
        token = access.invite(invited("Omar", f"omar{js}@habitants.example", ["reader"]), by_email(SAMIRA))
    page = open_page(360, js=js)
    page.goto(f"/enter/{token}")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.get_by_label("Votre nom").evaluate("field => field === document.activeElement"):
            break
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("Omar Ben Ali")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Bonjour Omar Ben Ali").wait_for()
    [cookie] = page.context.cookies()
    assert cookie["expires"] == -1  # the box says shared: with the browser it goes
    assert cookie["httpOnly"]


def test_what_was_typed_survives_a_visit_that_ended(open_page, sign_in, make_link, site, allow):
    page = sign_in(open_page(), "contributor")
    allow("status of (401|403)")
    page.goto("/account")
    page.get_by_label("Votre organisation").fill("La Passerelle, et sa rue")
    with site.application.app_context(), writing():
        access.drop_devices(by_email(NADIA))
    page.get_by_role("button", name="Garder").click()
    page.get_by_role("heading", name="Reconnectez-vous").wait_for()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Entrer dans un nouvel onglet").click()
    other = opened.value
    other.goto(make_link(NADIA))
    other.get_by_role("button", name="Entrer").click()
    other.get_by_role("heading", name=re.compile("Bonjour")).wait_for()
    page.get_by_role("button", name="Envoyer à nouveau").click()
    page.get_by_role("heading", name="Un geste encore").wait_for()
    page.get_by_role("button", name="Envoyer à nouveau").click()
    page.get_by_role("heading", name="Mon compte").wait_for()
    assert page.get_by_label("Votre organisation").input_value() == "La Passerelle, et sa rue"


def test_after_going_out_the_button_back_shows_nothing(open_page, sign_in):
    page = sign_in(open_page(), "committee", shared=True)
    page.goto("/account")
    assert "Léon Marchal" in page.content()
    page.locator("details.me > summary").click()
    page.get_by_role("button", name="Sortir", exact=True).click()
    page.get_by_text("Rien n’est gardé sur cet appareil").wait_for()
    page.go_back()
    page.get_by_role("heading", name="Entrer sans mot de passe").wait_for()
    assert "Léon Marchal" not in page.content()
    assert demo.CAST
