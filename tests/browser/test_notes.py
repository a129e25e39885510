"""One note, two people, no network: what both wrote stands, and both read it. Then two without scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import ROAD, assert_calm, axe, screenshot, sideways_scroll
from tests.support.phone import Phone

HERE = "/groups/GT-PLA/notes"
ONE = re.compile(f"{HERE}/[0-9a-f-]{{36}}$")
TEXT = "Le matin, on marche.\n\nLe soir, on mange."


@pytest.fixture
def watchers():
    """A page that looks for its copies while the network goes says so; exceptions and the policy count here too."""
    watching = []
    yield watching
    assert_calm(watching, but=ROAD)


@pytest.fixture
def person(open_page, sign_in):
    """person(role, …): a page of theirs."""
    return lambda role, **options: sign_in(open_page(360, **options), role)


def phone(page: Page) -> Phone:
    """With the worker in place."""
    page.goto("/")
    return Phone(page, page.locator("body").get_attribute("data-uid")).served()


def begin(page: Page, title: str) -> str:
    """A new note; its path."""
    page.goto(f"{HERE}/new")
    page.get_by_role("textbox", name="Titre").fill(title)
    page.get_by_role("textbox", name="Texte").fill(TEXT)
    save(page)
    page.wait_for_url(ONE)
    return page.url[page.url.index("/groups/") :]


def save(page: Page) -> None:
    page.locator(".savebar").get_by_role("button", name="Garder la note").click()


def reads(page: Page, path: str, *texts: str) -> None:
    page.goto(path)
    for text in texts:
        expect(page.locator("article")).to_contain_text(text)


def test_two_write_one_note_in_two_basements(person):
    els = phone(person("group_member"))
    els.open(f"{HERE}/new")
    path = begin(els.page, "Notre journée")
    doc = path.rpartition("/")[2]
    nadia = phone(person("contributor"))
    nadia.until(lambda held: any(c["id"] == doc for c in held["copies"]))

    els.open(f"{path}/edit")
    for one in (els, nadia):
        one.page.context.set_offline(True)
    els.type("body", TEXT.replace("on marche.", "on marche au canal."))
    save(els.page)
    els.says("offline")
    els.waits("queued")

    nadia.open(path)  # what the device keeps opens instead
    expect(nadia.page).to_have_url(f"{nadia.page.url.partition('/outbox')[0]}/outbox/note#GT-PLA/{doc}")
    expect(nadia.page.get_by_role("textbox", name="Texte")).to_have_value(TEXT)
    assert axe(nadia.page) == []
    assert not sideways_scroll(nadia.page)
    screenshot(nadia.page, "note-offline-360")
    nadia.type("body", TEXT.replace("on marche.", "on marche à la gare.") + "\n\nEt on chante.")
    save(nadia.page)
    nadia.page.wait_for_url("**/outbox")
    nadia.page.locator('[data-line="queued"]').wait_for()
    expect(nadia.page.locator('[data-list="notes"]')).to_contain_text("Notre journée")

    els.page.context.set_offline(False)
    els.push()
    els.empty()
    nadia.page.context.set_offline(False)
    nadia.push()
    nadia.empty()
    for one in (els, nadia):
        reads(one.page, path, "au canal.", "à la gare.", "Et on chante.", "Le soir, on mange.")
        expect(one.page.locator("main")).to_contain_text("Un passage est en deux versions")
    nadia.page.goto("/outbox")
    nadia.page.locator('[data-line="receipt"] a').first.click()
    expect(nadia.page.locator("main")).to_contain_text("Deux textes se sont rejoints")
    assert axe(nadia.page) == []


def test_a_note_that_is_begun_without_a_network_arrives_once(person):
    els = phone(person("group_member"))
    els.page.context.set_offline(True)
    els.open(f"{HERE}/new")
    els.page.wait_for_url(re.compile("/outbox/note#GT-PLA/[0-9a-f-]{36}$"))
    els.type("title", "Dans le tunnel")
    els.type("body", "Un mot.")
    doc = els.page.url.rpartition("/")[2]
    els.page.reload()
    els.ready()
    expect(els.page.get_by_role("textbox", name="Texte")).to_have_value("Un mot.")
    save(els.page)
    els.page.wait_for_url("**/outbox")
    els.page.context.set_offline(False)
    els.push()
    els.empty()
    reads(els.page, f"{HERE}/{doc}", "Un mot.")
    els.page.goto(HERE)
    expect(els.page.get_by_role("link", name="Dans le tunnel")).to_have_count(1)


def test_a_preview_is_asked_for_and_the_text_stays_on_the_device(person):
    els = phone(person("group_member"))
    els.open(f"{HERE}/new")
    els.type("title", "Aperçu")
    els.type("body", "Du **pain**.")
    els.page.get_by_role("button", name="Aperçu").click()
    expect(els.page.locator(".note strong")).to_have_text("pain")
    els.ready()
    els.until(lambda held: any(["body", "Du **pain**."] in d["fields"] for d in held["drafts"]))
    save(els.page)
    els.page.wait_for_url(ONE)
    els.empty()


def test_one_of_two_versions_is_chosen_and_the_text_stays_on_the_device(person):
    els, nadia = person("group_member"), person("contributor", js=False)
    path = begin(nadia, "À choisir")
    phone_of_els = phone(els)
    phone_of_els.open(f"{path}/edit")
    nadia.goto(f"{path}/edit")
    nadia.get_by_role("textbox", name="Texte").fill(TEXT.replace("on marche.", "on marche **à la gare**."))
    save(nadia)
    nadia.wait_for_url(ONE)
    phone_of_els.type("body", TEXT.replace("on marche.", "on marche **au canal**."))
    save(els)
    els.wait_for_url("**?merged=3")
    els.get_by_role("link", name="Relire et choisir").click()
    phone_of_els.ready()
    group = els.get_by_role("group", name="Passage 1")
    expect(group.locator("strong")).to_have_text(["à la gare", "au canal"])
    assert axe(els) == []
    assert not sideways_scroll(els)
    screenshot(els, "note-two-versions-360")
    chosen = TEXT.replace("on marche.", "on marche **au canal**.")
    group.get_by_role("button", name="Garder ce texte").nth(1).click()
    expect(els.locator(".note strong")).to_have_text("au canal")
    phone_of_els.ready()
    expect(els.get_by_role("textbox", name="Texte")).to_have_value(chosen)
    phone_of_els.until(lambda held: any(["body", chosen] in d["fields"] for d in held["drafts"]))
    save(els)
    els.wait_for_url(ONE)
    phone_of_els.empty()
    expect(els.locator("main")).not_to_contain_text("Version 1/2")


def test_a_text_that_is_refused_is_kept_once_and_leaves_once(person, allow):
    els = phone(person("group_member"))
    allow("422")
    els.open(f"{HERE}/new")
    els.type("body", "Un texte sans titre.")
    save(els.page)
    expect(els.page.locator(".error")).to_contain_text("Donnez un titre")
    els.ready()
    expect(els.page.get_by_role("textbox", name="Texte")).to_have_value("Un texte sans titre.")
    expect(els.page.locator("a.chip b")).to_have_text("1")
    els.page.get_by_role("textbox", name="Titre").fill("Avec un titre")
    save(els.page)
    els.page.wait_for_url(ONE)
    els.empty()
    els.page.goto(HERE)
    expect(els.page.get_by_role("link", name="Avec un titre")).to_have_count(1)


def test_two_without_scripts_write_at_once(person):
    els, nadia = (person(role, js=False) for role in ("group_member", "contributor"))
    path = begin(els, "Sans scripts")
    for page, where in ((els, "au canal"), (nadia, "à la gare")):
        page.goto(f"{path}/edit")
        page.get_by_role("textbox", name="Texte").fill(TEXT.replace("on marche.", f"on marche {where}."))
    save(els)
    els.wait_for_url(ONE)
    save(nadia)
    nadia.wait_for_url("**?merged=3")
    expect(nadia.locator("main")).to_contain_text("Deux textes se sont rejoints")
    for page in (els, nadia):
        reads(page, path, "au canal.", "à la gare.")
