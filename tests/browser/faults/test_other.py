"""Other faults: one that is refused, a file to take along, the keyboard alone; and a second engine."""

import pytest
from playwright.sync_api import expect

from tests.support import cast, firefox
from tests.support.phone import PROBE
from tests.support.proxy import DropAfter, DropBefore
from tests.support.site import wait_until


def two_waiting(road, nadia, ours) -> str:
    """Two documents that wait: in `ours` an answer that the server does not take, and a new fiche; the id of that."""
    road.rule("POST", "/fiches/*", DropBefore(), times=None)
    nadia.open(f"/fiches/{ours}/edit/territoire").type("annees.debut", "vers 2010")
    nadia.save()
    nadia.waits("unknown")
    nadia.open("/fiches/new").type("titre", "Celle qui passe")
    nadia.save()
    kept = nadia.until(lambda held: len(held["outbox"]) == 2 and not held["drafts"])
    nadia.page.goto("/outbox")
    road.clear()
    return next(i["doc"] for i in kept["outbox"] if i["doc"] != ours)


def test_fault_44_one_that_is_refused_holds_up_nothing(road, nadia, ours, keeps, revs):
    ref = two_waiting(road, nadia, ours)
    nadia.press("send-all")
    item = nadia.waits("rejected")
    nadia.until(lambda held: len(held["outbox"]) == 1)
    assert (item["doc"], revs(ref)) == (ours, 1)
    expect(nadia.lines()).to_have_count(1)
    expect(nadia.lines().first).to_contain_text("2014")  # the server's own sentence
    nadia.press_open("rejected")
    expect(nadia.field("annees.debut")).to_have_value("vers 2010")
    nadia.field("annees.debut").fill("2010")
    nadia.save()
    nadia.empty()
    assert keeps(ours, "annees.debut") == 2010


@pytest.mark.long
def test_fault_45_taken_along_in_a_file_wiped_and_taken_back(road, phone, ours, revs):
    nadia = phone()
    ref = two_waiting(road, nadia, ours)
    road.rule("POST", "/fiches/*", DropBefore(), times=None)
    path = nadia.download("export-all").path()
    nadia.page.on("dialog", lambda dialog: dialog.accept())
    nadia.press("erase-all")
    wait_until(lambda: not nadia.until(lambda held: True)["outbox"])
    assert revs(ref) == 0
    road.clear()
    other = phone("group_member")  # another account takes nothing of it
    other.page.goto("/")
    other.page.goto("/outbox")
    other.page.locator("[data-import]").set_input_files(path)
    other.page.get_by_text("un autre compte").first.wait_for(state="attached")
    assert other.held()["outbox"] == []
    again = phone()  # another device of the same account
    again.page.goto("/")
    again.page.goto("/outbox")
    again.page.locator("[data-import]").set_input_files(path)
    again.waits("rejected")
    again.until(lambda held: len(held["outbox"]) == 1)
    assert revs(ref) == 1


@pytest.mark.long
def test_fault_47_the_keyboard_alone_and_every_state_is_announced(road, nadia, ours, keeps):
    page = nadia.page
    nadia.open(f"/fiches/{ours}/edit/titre")
    said = page.locator("[data-strip] + [role=status], [role=status].hidden-text").first
    nadia.field("resume").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("Au clavier.")
    nadia.until(lambda held: held["drafts"])
    road.rule("POST", "/fiches/*", DropAfter(), times=None)
    page.keyboard.press("Tab")
    tab_to(page, page.locator('.savebar button[value="later"]'))
    page.keyboard.press("Enter")
    nadia.waits("unknown")
    expect(said).to_contain_text("Le site ne répond pas")
    tab_to(page, page.locator("a.chip"), "Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/outbox")
    nadia.lines().first.wait_for()
    tab_to(page, page.locator('[data-act="send-all"]'))
    road.clear()
    page.keyboard.press("Enter")
    nadia.empty()
    expect(said).to_contain_text("Envoyé à")
    assert keeps(ours, "resume") == "Au clavier."


def tab_to(page, target, key: str = "Tab") -> None:
    for _ in range(80):
        if target.evaluate("(e) => e === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError("the keyboard does not come there")


@pytest.mark.long
@pytest.mark.skipif(firefox.program() is None, reason="no Firefox on this machine")
def test_in_firefox_a_text_is_kept_then_leaves_once(site, road, revs):
    """A second engine: kept, lost on its way, there after a reload without a network, sent once."""
    cookie = cast.cookie_of(site.application, "contributor", road.url)
    with site.application.app_context():
        store = f"tablee-{cast.person('contributor').id}"
    with firefox.Firefox() as browser:

        def held() -> dict:
            return browser.run(f"return ({PROBE})()").get(store, {})

        browser.goto(f"{road.url}/healthz")
        browser.set_cookie(cookie["name"], cookie["value"])
        browser.goto(f"{road.url}/fiches/new")
        browser.wait_for("() => document.querySelector('form[data-ready]') !== null")
        browser.run("return navigator.serviceWorker.ready.then(() => true)")
        browser.type('[name="titre"]', "Dans un autre navigateur")
        browser.wait_for("() => !document.querySelector('[data-kept]').hidden")
        (draft,) = held()["drafts"]
        road.down()
        browser.goto(f"{road.url}/outbox/fiche#{draft['doc']}/titre")
        browser.wait_for("() => document.querySelector('form[data-ready]') !== null")
        assert (
            browser.run("return document.querySelector('[name=\"titre\"]').value")
            == "Dans un autre navigateur"
        )
        road.up()
        road.rule("POST", "/fiches/", DropAfter(), times=None)
        browser.click('.savebar button[value="later"]')
        road.wait_for("POST", "/fiches/", fate="dropped after")
        road.clear()
        browser.goto(f"{road.url}/outbox")
        wait_until(lambda: not held()["outbox"], 30)
        assert held()["receipts"][0]["op_id"] == draft["doc"]
        assert revs(draft["doc"]) == 1
        assert {e.op_id for e in road.passed("POST", "/fiches/")} == {draft["doc"]}
