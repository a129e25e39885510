"""Faults of tabs and crashes: two windows on one text, and a browser that ends without a word."""

import pytest
from playwright.sync_api import Error, expect

from tests.support import cast
from tests.support.phone import Phone
from tests.support.profile import Profile
from tests.support.proxy import DropBefore, Hold
from tests.support.site import wait_until

NO_LOCKS = "Object.defineProperty(navigator, 'locks', { value: undefined })"
# The receipt comes in and is never read to its end.
DEAF = """{ const read = Response.prototype.json;
  Response.prototype.json = async function json() {
    const said = await read.call(this);
    if (!said.op_id) return said;
    document.title = 'receipt is here';
    return new Promise(() => {});
  }; }"""


@pytest.fixture
def killable(site, road, tmp_path, engine):
    """killable(): Nadia's phone on a profile of its own, as start() gives it; killable.profile kills it."""

    class Killable:
        def __init__(self, playwright) -> None:
            self.profile = Profile(playwright, tmp_path / "profile")
            self.cookie = cookie

        def start(self, path: str = "/", *, script: str = "") -> Phone:
            context = self.profile.start()
            context.add_cookies([self.cookie])
            if script:
                context.add_init_script(script)
            page = context.pages[0]
            page.goto(road.url + path)
            return Phone(page, uid)

    cookie = cast.cookie_of(site.application, "contributor", site.url)
    with site.application.app_context():
        uid = cast.person("contributor").id
    made = Killable(engine)
    yield made
    made.profile.kill()


def test_fault_12_two_tabs_on_one_draft(nadia, ours, keeps):
    """The second reads until it is asked to go on; what the first wrote is there."""
    path = f"/fiches/{ours}/edit/titre"
    nadia.open(path).type("resume", "Écrit dans le premier onglet.")
    second = nadia.another_tab()
    second.open(path)
    strip = second.says("elsewhere")
    expect(second.field("resume")).to_be_disabled()
    strip.get_by_role("button").click()
    expect(second.field("resume")).to_be_enabled()
    expect(second.field("resume")).to_have_value("Écrit dans le premier onglet.")
    nadia.says("elsewhere")
    expect(nadia.field("resume")).to_be_disabled()
    second.ready().type("resume", "Écrit dans le premier onglet, fini dans le second.")
    second.save()
    second.empty()
    assert keeps(ours, "resume") == "Écrit dans le premier onglet, fini dans le second."


@pytest.mark.long
@pytest.mark.parametrize("locks", [True, False], ids=["locks", "no locks"])
def test_fault_13_two_tabs_draining(road, nadia, revs, locks):
    if not locks:
        nadia.page.context.add_init_script(NO_LOCKS)
    nadia.open("/fiches/new").type("titre", "Deux onglets envoient")
    second = nadia.another_tab()
    second.page.goto("/outbox")
    road.rule("POST", "/fiches/*", DropBefore(), times=None)
    nadia.save()
    ref = nadia.waits("unknown")["op_id"]
    road.clear()
    slow = Hold()
    road.rule("POST", "/fiches/", slow)
    before = len(road.passed("POST", "/fiches/"))
    for tab in (nadia, second):
        tab.push()
    road.wait_for("POST", "/fiches/", status=201)
    slow.release()
    nadia.empty()
    assert revs(ref) == 1
    assert {e.op_id for e in road.passed("POST", "/fiches/")} == {ref}
    if locks:
        assert len(road.passed("POST", "/fiches/")) == before + 1


@pytest.mark.long
def test_fault_14_a_tab_that_crashed_with_the_lock(nadia, ours, keeps):
    path = f"/fiches/{ours}/edit/titre"
    second = nadia.another_tab()
    second.page.goto("/outbox")
    nadia.open(path).type("resume", "Écrit, puis tombé.")
    with nadia.page.expect_event("crash"), pytest.raises(Error):
        nadia.page.goto("chrome://crash", timeout=5000)
    second.open(path)
    expect(second.field("resume")).to_have_value("Écrit, puis tombé.")
    expect(second.field("resume")).to_be_enabled()
    second.save()
    second.empty()
    assert keeps(ours, "resume") == "Écrit, puis tombé."


def test_fault_15_killed_right_after_kept(killable):
    nadia = killable.start("/fiches/new")
    nadia.ready()
    nadia.field("titre").fill("Gardé, et plus de batterie")
    nadia.page.locator("[data-kept]:not([hidden])").wait_for()
    killable.profile.kill()
    nadia = killable.start("/outbox")
    (draft,) = nadia.held()["drafts"]
    assert ["titre", "Gardé, et plus de batterie"] in draft["fields"]
    nadia.press_open("draft")
    expect(nadia.field("titre")).to_have_value("Gardé, et plus de batterie")


@pytest.mark.parametrize(
    "before", [pytest.param(True, marks=pytest.mark.long), False], ids=["on its way", "committed"]
)
def test_fault_16_killed_while_sending(road, killable, revs, before):
    nadia = killable.start("/fiches/new").ready().type("titre", "Tué en chemin")
    held = Hold(before=before)
    road.rule("POST", "/fiches/", held)
    nadia.save()
    sent = road.wait_for("POST", "/fiches/", status=0 if before else 201)
    killable.profile.kill()
    held.drop()
    nadia = killable.start("/")
    nadia.empty()
    assert revs(sent.op_id) == 1
    assert {e.op_id for e in road.passed("POST", "/fiches/")} == {sent.op_id}


@pytest.mark.long
def test_fault_17_killed_between_receipt_and_removal(road, killable, revs):
    nadia = killable.start("/fiches/new", script=DEAF).ready().type("titre", "Reçu, pas encore noté")
    nadia.save()
    wait_until(lambda: nadia.page.title() == "receipt is here")
    ref = road.wait_for("POST", "/fiches/", status=201, fate="passed").op_id
    killable.profile.kill()
    nadia = killable.start("/")
    held = nadia.empty()
    assert [r["op_id"] for r in held["receipts"]] == [ref]
    assert road.wait_for("POST", "/fiches/", status=200, fate="passed").op_id == ref
    assert revs(ref) == 1


@pytest.mark.long
def test_fault_18_the_browser_starts_again_without_a_network(road, killable, revs):
    nadia = killable.start("/fiches/new").ready().type("titre", "Dans la cave")
    nadia.served()
    nadia.save("next")
    nadia.empty()
    ref = nadia.held()["receipts"][0]["doc"]
    killable.profile.kill()
    road.down()
    nadia = killable.start(f"/fiches/{ref}/edit/titre")
    assert "/outbox/fiche#" in nadia.page.url
    nadia.ready()
    expect(nadia.field("titre")).to_have_value("Dans la cave")
    nadia.type("resume", "Écrit sans réseau.")
    nadia.save()
    nadia.page.wait_for_url("**/outbox")
    expect(nadia.lines()).to_have_count(1)
    road.up()
    nadia.push()
    nadia.empty()
    assert revs(ref) == 2
