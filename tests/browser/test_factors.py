"""The second factor in a real Chromium with a virtual authenticator, at http://localhost: a passkey at the door and as the
second step, the app without scripts, under the strict policy; sound for axe, on a phone and on a desk."""

import re
from itertools import count

import pytest
from passlib.totp import TOTP
from playwright.sync_api import expect

from models import access, factors
from models.factors import Vault
from models.people import add_person, by_email
from models.store import db, now, writing
from tests.support.browser import axe, screenshot, sideways_scroll, small_targets
from tests.support.often import often

WIDTHS = often([360, 1280])
NUMBERS = count()
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def somebody(site):
    """somebody("reader"): the address of a new member."""

    def make(*roles: str):
        email = f"omar{next(NUMBERS)}@habitants.example"
        with site.application.app_context(), writing():
            add_person("Omar Ben Ali", email, roles or ["reader"], active=True)
        return email

    return make


@pytest.fixture
def enter(site):
    """enter(page, email): by a fresh link, as somebody who touches it in a mail."""

    def go(page, email: str, more: str = "") -> None:
        with site.application.app_context(), writing():
            path = f"/enter/{access.make_link(by_email(email), 'sign-in')}{more}"
        page.goto(path)
        page.get_by_role("button", name="Entrer", exact=True).click()

    return go


class Keys:
    """A virtual authenticator in the browser of a page."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        self.id = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]

    def all(self) -> list[dict]:
        return self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def verified(self, yes: bool) -> None:
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": yes})

    def clear(self) -> None:
        self.session.send("WebAuthn.clearCredentials", {"authenticatorId": self.id})


def sound(page, name: str) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        screenshot(page, f"{name}-{page.viewport_size['width']}-{scheme}")
        assert axe(page) == []
    assert sideways_scroll(page) == 0
    assert small_targets(page) == []


def add_key(page) -> None:
    page.goto("/account/second")
    page.get_by_label("Comment la reconnaîtrez-vous").fill("Mon téléphone")
    page.get_by_role("button", name="Ajouter une clé d’accès").click()


def go_out(page) -> None:
    page.locator("summary:visible").first.click()
    if page.locator("details.me > summary").is_visible():
        page.locator("details.me > summary").click()
    page.get_by_role("button", name="Sortir", exact=True).click()
    page.get_by_role("heading", name="Entrer sans mot de passe").wait_for()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_passkey_from_account_to_second_step_and_door(open_page, somebody, enter, site, width):
    email = somebody("committee")
    page = open_page(width)
    keys = Keys(page)
    enter(page, email, "?next=/account")
    page.get_by_role("heading", name="Mon compte").wait_for()
    sound(page, "factors-account-before")
    page.goto("/account/second")
    sound(page, "factors-none")
    add_key(page)
    page.get_by_role("heading", name="Vos codes de secours").wait_for()
    sound(page, "factors-codes")
    codes = page.get_by_label("Les dix codes").input_value().split()
    assert len(set(codes)) == 10
    page.emulate_media(media="print")
    box = page.get_by_label("Les dix codes")
    assert box.evaluate(
        "box => box.rows === 10 && box.scrollHeight <= box.clientHeight"
    )  # nothing cut on paper
    expect(page.get_by_role("link", name="Je les ai gardés")).to_be_hidden()
    page.emulate_media(media="screen")
    [made] = keys.all()
    assert made["rpId"] == "localhost"
    assert made["isResidentCredential"]
    page.get_by_role("link", name="Je les ai gardés").click()
    page.get_by_text("Mon téléphone", exact=True).wait_for()
    page.get_by_text("Renommer ou retirer").first.click()
    sound(page, "factors-some")
    page.get_by_role("link", name="Retirer cette clé").click()
    page.get_by_role("heading", name="Retirer « Mon téléphone »").wait_for()
    sound(page, "factors-remove")
    page.get_by_role("link", name="Non, revenir").click()
    page.goto("/account")
    sound(page, "factors-account")

    page.context.clear_cookies()
    enter(page, email, "?next=/edition")
    page.get_by_role("heading", name="Encore un geste").wait_for()
    sound(page, "second")
    page.get_by_role("button", name="Montrer ma clé d’accès").click()
    page.wait_for_url(f"{site.url}/edition")

    page.context.clear_cookies()
    page.goto("/enter?next=/account")
    sound(page, "enter-key")
    page.get_by_role("button", name="Entrer avec une clé d’accès").click()
    page.get_by_role("heading", name="Mon compte").wait_for()
    assert email in page.content()
    with site.application.app_context():
        [row] = factors.passkeys(by_email(email))
        assert row.used_at is not None
        assert row.sign_count > 0 or made["signCount"] == 0


def test_without_the_key_or_the_finger_nothing_opens(open_page, somebody, enter):
    email = somebody()
    page = open_page()
    keys = Keys(page)
    enter(page, email)
    add_key(page)
    page.get_by_role("heading", name="Vos codes de secours").wait_for()
    page.context.clear_cookies()
    # The finger of somebody else.
    keys.verified(False)
    page.goto("/enter")
    page.get_by_role("button", name="Entrer avec une clé d’accès").click()
    page.get_by_text("La demande a été fermée").wait_for()
    page.goto("/account")
    page.get_by_role("heading", name="Entrer sans mot de passe").wait_for()
    # No key at all.
    keys.verified(True)
    keys.clear()
    enter(page, email)
    page.get_by_role("button", name="Montrer ma clé d’accès").click()
    page.get_by_text("La demande a été fermée").wait_for()
    page.goto("/account")
    page.get_by_role("heading", name="Encore un geste").wait_for()


def test_a_key_that_the_site_does_not_know_any_more_is_told(open_page, somebody, enter, site):
    email = somebody()
    page = open_page()
    Keys(page)
    enter(page, email)
    add_key(page)
    page.get_by_role("heading", name="Vos codes de secours").wait_for()
    with site.application.app_context(), writing():
        factors.reset(by_email(email), None)
    page.goto("/enter")
    page.get_by_role("button", name="Entrer avec une clé d’accès").click()
    page.get_by_text("Cette clé d’accès n’ouvre pas ici").wait_for()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_app_without_scripts(open_page, somebody, enter, width, allow):
    email = somebody()
    page = open_page(width, js=False)
    enter(page, email)
    page.goto("/account/second")
    expect(page.get_by_text("Une clé d’accès demande JavaScript")).to_be_visible()
    expect(page.get_by_role("button", name="Ajouter une clé d’accès")).to_be_hidden()
    page.get_by_role("button", name="Lier une application").click()
    page.get_by_role("heading", name="Montrez ce code à l’application").wait_for()
    assert page.locator("figure svg").bounding_box()["width"] > 150
    secret = page.get_by_label("Ou recopiez cette clé").input_value().replace(" ", "").strip()
    assert sideways_scroll_without_scripts(page)
    page.get_by_label("Code de l’application").fill(TOTP(key=secret).generate().token)
    page.get_by_role("button", name="Lier cette application").click()
    page.get_by_role("heading", name="Vos codes de secours").wait_for()
    codes = page.get_by_label("Les dix codes").input_value().split()

    page.context.clear_cookies()
    enter(page, email, "?next=/account")
    page.get_by_role("heading", name="Encore un geste").wait_for()
    allow("status of 422")
    page.get_by_label("Code de l’application").fill("000000")
    page.get_by_role("button", name="Entrer").first.click()
    page.get_by_text("Ce code n’ouvre pas").wait_for()
    later = TOTP(key=secret).generate(time=now().timestamp() + 30)
    page.get_by_label("Code de l’application").fill(later.token)
    page.get_by_role("button", name="Entrer").first.click()
    page.get_by_role("heading", name="Mon compte").wait_for()

    page.context.clear_cookies()
    enter(page, email)
    page.get_by_text("Prendre un code de secours").click()
    page.get_by_label("Code de secours").fill(codes[0])
    page.get_by_role("button", name="Entrer").last.click()
    page.get_by_text("Il en reste 9").wait_for()


def sideways_scroll_without_scripts(page) -> bool:
    """Nothing wider than the window, seen from outside: boxes are known without scripts of the page."""
    box = page.locator("main").bounding_box()
    return box["width"] <= page.viewport_size["width"]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_of_the_app_are_sound(open_page, somebody, enter, width, allow):
    page = open_page(width)
    enter(page, somebody())
    page.goto("/account/second")
    page.get_by_role("button", name="Lier une application").click()
    page.get_by_role("heading", name="Montrez ce code à l’application").wait_for()
    sound(page, "factors-app")
    allow("status of 422")
    page.get_by_role("button", name="Lier cette application").click()
    page.get_by_text("Ce code n’ouvre pas").wait_for()
    expect(page.get_by_label("Code de l’application")).to_be_focused()
    sound(page, "factors-app-error")


@pytest.mark.parametrize("width", WIDTHS)
def test_an_act_goes_on_after_the_proof_with_what_was_chosen(open_page, somebody, enter, site, width, allow):
    """The browser posts the form again by itself (307), roles and all; here with a passkey."""
    office, other = somebody("coordination"), somebody("reader")
    page = open_page(width)
    Keys(page)
    enter(page, office)
    add_key(page)
    page.get_by_role("heading", name="Vos codes de secours").wait_for()
    with site.application.app_context():
        other_id = by_email(other).id
    page.goto(f"/people/{other_id}")
    page.get_by_label("Accompagne").check()
    with site.application.app_context(), writing():
        device = db.session.scalar(
            db.select(access.Device).where(access.Device.person_id == by_email(office).id)
        )
        device.proved_at = now() - 2 * access.FRESH
    allow("status of 401")
    page.get_by_role("button", name="Garder").first.click()
    page.get_by_role("heading", name="Confirmez que c’est vous").wait_for()
    sound(page, "confirm")
    page.get_by_role("button", name="Montrer ma clé d’accès").click()
    page.get_by_text("C’est noté").wait_for()
    with site.application.app_context():
        assert by_email(other).role_names == {"reader", "companion"}


@pytest.mark.parametrize("width", WIDTHS)
def test_the_office_is_told_and_then_led(open_page, somebody, enter, site, width):
    office = somebody("coordination")
    page = open_page(width)
    enter(page, office)
    page.get_by_text("Il vous reste 7 jours").wait_for()
    sound(page, "grace-home")
    with site.application.app_context(), writing():
        by_email(office).office_since = now() - 2 * factors.GRACE
    page.goto("/people")
    page.get_by_text("Choisissez-en une pour continuer").wait_for()
    assert page.url.endswith("/account/second")
    sound(page, "grace-over")


def test_at_an_address_in_figures_the_page_names_the_right_one(open_page, site):
    page = open_page(base_url=site.url.replace("localhost", "127.0.0.1"))
    page.goto("/enter")
    expect(page.get_by_role("button", name="Entrer avec une clé d’accès")).to_have_count(0)
    page.get_by_role("link", name=re.compile("Entrez plutôt à cette adresse")).click()
    page.get_by_role("button", name="Entrer avec une clé d’accès").wait_for()
    assert page.url == f"{site.url}/enter"


def test_the_policy_would_have_told(open_page, allow):
    """The control: what the policy refuses on these pages is seen by the watcher."""
    page = open_page()
    allow("CSP|Refused|violates|Content Security Policy")
    page.goto("/enter")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: '1'}))")
    expect(page.locator("form[data-passkey]")).to_have_count(1)


def test_a_secret_that_was_sealed_with_another_key_counts_for_nothing(
    open_page, somebody, enter, site, allow
):
    email = somebody()
    with site.application.app_context(), writing():
        sealed = Vault("another key").seal(secret := factors.new_secret())
        db.session.add(factors.Totp(person_id=by_email(email).id, secret=sealed, confirmed_at=now()))
    page = open_page()
    enter(page, email)
    allow("status of 422")
    page.get_by_label("Code de l’application").fill(TOTP(key=secret).generate().token)
    page.get_by_role("button", name="Entrer").first.click()
    page.get_by_text("Ce code n’ouvre pas").wait_for()
