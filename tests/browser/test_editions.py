"""Preparing an edition in a browser: by keyboard, without scripts, on a phone; and two who do it at once."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import axe, screenshot, sideways_scroll
from tests.support.often import often
from tests.support.site import wait_until

EDIT = "/admin/editions/BIE-2017"
PAGES = {
    "editions": "/admin/editions",
    "new": "/admin/editions/new",
    "edit": EDIT,
    "call": "/admin/calls/AP-2016-1",
    "new-call": f"{EDIT}/calls/new",
    "close": "/admin/calls/AP-2016-1/close",
    "delete": f"{EDIT}/delete",
    "member": "/edition",
}


@pytest.mark.parametrize("scheme", often(["light", "dark"]))
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_is_sound(open_page, sign_in, width, scheme):
    page = sign_in(open_page(width, scheme=scheme), "coordination")
    for name, path in PAGES.items():
        page.goto(path)
        assert axe(page) == [], name
        assert sideways_scroll(page) == 0, name
        screenshot(page, f"edition-{name}-{width}-{scheme}")


def test_the_keyboard_starts_at_what_is_wrong(open_page, sign_in, allow):
    page = sign_in(open_page(360), "coordination")
    allow("422")
    page.goto(EDIT)
    page.fill("#title", "")
    page.fill("#year", "l’an prochain")
    page.locator("#year").press("Enter")
    expect(page.locator("[data-focus]")).to_be_focused()
    assert axe(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.type("Un titre")
    assert page.input_value("#title") == "Un titre"
    assert page.input_value("#year") == "l’an prochain"


@pytest.mark.parametrize("js", [True, False])
def test_the_letter_is_seen_before_it_is_kept(open_page, sign_in, js):
    page = sign_in(open_page(360, js=js), "coordination")
    page.goto(EDIT)
    page.fill("#letter", "## Bonjour\n\nUne **place** est gardée.")
    page.get_by_role("button", name="Voir la lettre").click()
    seen = page.locator("#apercu")
    assert seen.locator("strong").inner_text() == "place"
    wait_until(lambda: page.evaluate("scrollY") > 300)  # the browser goes to it
    assert page.input_value("#letter").startswith("## Bonjour")
    fresh = page.context.new_page()
    fresh.goto(EDIT)
    assert "Bonjour" not in fresh.input_value("#letter"), "nothing is kept yet"


def test_two_who_write_at_once(open_page, sign_in, allow, make_site):
    site = make_site().start()
    first = sign_in(open_page(1280, base_url=site.url), "coordination", site=site)
    second = sign_in(open_page(360, base_url=site.url, js=False), "coordination", site=site)
    allow("409")
    for page in (first, second):
        page.goto(EDIT)
    first.fill("#letter", "La lettre de la première")
    first.get_by_role("button", name="Garder").click()
    expect(first.get_by_text("L’édition est gardée")).to_be_visible()
    second.fill("#letter", "La lettre de la seconde")
    second.get_by_role("button", name="Garder").click()
    for text in ("La lettre de la première", "La lettre de la seconde"):
        expect(second.get_by_text(text)).to_be_visible()
    second.get_by_text("Garder les deux").click()
    second.get_by_role("button", name="Garder ce choix").click()
    first.goto("/edition")
    for text in ("La lettre de la première", "La lettre de la seconde"):
        expect(first.get_by_text(text)).to_be_visible()
    first.goto(EDIT)
    first.fill("#title", "Un autre")
    second.goto(EDIT)
    second.fill("#title", "Encore un autre")
    second.get_by_role("button", name="Garder").click()
    first.get_by_role("button", name="Garder").click()
    assert axe(first) == []
    screenshot(first, "edition-stale-1280")


def test_leaving_asks_while_something_is_kept_nowhere(page, sign_in):
    sign_in(page, "coordination").goto(EDIT)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("link", name="Revenir sans garder").click()
    page.wait_for_url("**/admin/editions")
    assert asked == [], "nothing was typed"
    page.goto(EDIT)
    page.fill("#theme", "Un thème")
    page.get_by_role("button", name="Voir la lettre").click()
    page.locator("#apercu").wait_for()
    page.get_by_role("link", name="Revenir sans garder").click()
    page.wait_for_url("**/admin/editions")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("width", often([360, 1280]))
def test_the_first_edition_of_an_empty_instance(open_page, make_site, width):
    site = make_site(demo=False).start()
    setup = site.server.wait_for_line("setup").split("\t")[2]
    page = open_page(width, base_url=site.url)
    page.goto(setup)
    page.fill("[name=name]", "Samira Haddad")
    page.fill("[name=email]", "samira@plateforme.example")
    page.locator("main button[type=submit]").click()
    page.goto("/admin/editions")
    expect(page.get_by_role("heading", name="Aucune édition encore")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("link", name="Préparer la première édition").click()
    page.fill("#title", "Notre première biennale")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Ouvrir un appel").click()
    page.fill("#opens_day", "2020-01-01")
    page.fill("#closes_day", "2099-12-31")
    page.get_by_role("button", name="Garder").click()
    page.goto("/edition")
    expect(page.get_by_role("link", name="Commencer une fiche")).to_be_visible()
    assert axe(page) == []
