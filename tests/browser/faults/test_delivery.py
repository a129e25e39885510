"""Faults of delivery: what is lost on its way arrives once, by itself."""

import pytest

from tests.support.filler import picture
from tests.support.proxy import Answer, DropAfter, DropBefore, Hold, Truncate
from tests.support.site import wait_until

PORTAL = Answer(200, b"<!doctype html><title>WiFi</title>Bienvenue", {"Content-Type": "text/html"})


def new(nadia, title: str) -> str:
    """A new fiche with a title, written and not sent yet; its id."""
    nadia.open("/fiches/new").type("titre", title)
    return nadia.held()["drafts"][0]["doc"]


def once(road, path: str) -> set[str]:
    """The names under which operations were sent here."""
    return {e.op_id for e in road.passed("POST", path)}


@pytest.mark.parametrize(
    "action", [DropAfter(), pytest.param(Truncate(20), marks=pytest.mark.long)], ids=["dropped", "cut"]
)
def test_fault_01_committed_then_the_answer_is_lost(road, nadia, revs, keeps, action):
    ref = new(nadia, "Arrivée sans le dire")
    road.rule("POST", "/fiches/*", action, times=None)
    nadia.save()
    assert nadia.waits("unknown")["op_id"] == ref
    nadia.says("waiting")
    assert revs(ref) == 1
    road.clear()
    nadia.push()
    receipts = nadia.empty()["receipts"]
    assert [r["op_id"] for r in receipts] == [ref]
    assert road.wait_for("POST", "/fiches/", fate="passed").status == 200
    assert once(road, "/fiches/") == {ref}
    assert (revs(ref), keeps(ref, "titre")) == (1, "Arrivée sans le dire")


def test_fault_02_lost_before_it_arrived(road, nadia, revs):
    ref = new(nadia, "Pas encore arrivée")
    road.rule("POST", "/fiches/*", DropBefore(), times=None)
    nadia.save()
    nadia.waits("unknown")
    assert revs(ref) == 0
    road.clear()
    nadia.push()
    nadia.empty()
    assert (revs(ref), once(road, "/fiches/")) == (1, {ref})
    assert road.wait_for("POST", "/fiches/", fate="passed").status == 201


@pytest.mark.long
@pytest.mark.parametrize("action", [DropBefore(), DropAfter()], ids=["before", "after"])
def test_fault_03_lost_in_a_picture(road, nadia, ours, keeps, action):
    """The text is there; the picture follows when it can, once."""
    nadia.open(f"/fiches/{ours}/edit/gouvernance")
    nadia.choose_picture("gouvernance.schema.image", picture())
    nadia.until(lambda held: held["files"])
    nadia.type("gouvernance.texte", "Ils décident.")
    road.rule("PUT", "/files/*", action, times=None)
    nadia.save()
    wait_until(lambda: keeps(ours, "gouvernance.texte") == "Ils décident.")
    nadia.page.wait_for_url(f"**/fiches/{ours}")
    nadia.page.goto("/outbox")
    item = nadia.waits("unknown")
    assert item["files"] == [nadia.held()["files"][0]["sha256"]]
    assert keeps(ours, "gouvernance.schema.image") is None
    road.clear()
    nadia.press("send-all")
    held = nadia.empty()
    assert held["files"] == []
    digest = keeps(ours, "gouvernance.schema.image")
    assert nadia.page.request.get(f"{road.url}/fiches/{ours}/pictures/{digest}").status == 200


@pytest.mark.long
def test_fault_04_ten_minutes_without_a_server_and_back_without_a_reload(road, nadia, revs):
    nadia.page.clock.install()
    ref = new(nadia, "Dix minutes dans un tunnel")
    road.down()
    nadia.save()
    nadia.says("waiting")
    for _minute in range(10):
        nadia.page.clock.run_for(60_000)
    assert (revs(ref), nadia.held()["outbox"][0]["op_id"]) == (0, ref)
    road.up()

    def arrived() -> bool:
        nadia.page.clock.run_for(60_000)
        return revs(ref) == 1

    wait_until(arrived, 40)
    nadia.empty()
    assert "Dix minutes" in nadia.page.locator("body").inner_text()


@pytest.mark.long
def test_fault_05_a_server_in_trouble_and_one_that_asks_to_wait(road, nadia, revs):
    ref = new(nadia, "Le serveur est fatigué")
    for status in (500, 502):
        road.rule("POST", "/fiches/*", Answer(status, b"oops"), times=None)
        nadia.save() if status == 500 else nadia.push()
        road.wait_for("POST", "/fiches/", status=status, fate="answered")
        nadia.waits("unknown")
        road.clear()
    road.rule(
        "POST", "/fiches/*", Answer(429, b"{}", {"Retry-After": "600", "Content-Type": "application/json"})
    )
    before = nadia.page.evaluate("Date.now()")
    nadia.push()
    road.wait_for("POST", "/fiches/", status=429, fate="answered")
    nadia.until(lambda held: held["outbox"][0]["next_at"] >= before + 600_000)
    assert (revs(ref), nadia.held()["outbox"][0]["state"]) == (0, "unknown")
    nadia.page.goto("/outbox")  # a person who opens a page does not wait
    nadia.empty()
    assert (revs(ref), once(road, "/fiches/")) == (1, {ref})


@pytest.mark.parametrize("where", [pytest.param("/session", marks=pytest.mark.long), "/fiches/"])
def test_fault_06_a_captive_portal_says_200_to_everything(road, nadia, revs, where):
    ref = new(nadia, "Dans le café")
    road.rule("*", where, PORTAL, times=None)
    nadia.save()
    road.wait_for("*", where, fate="answered")
    nadia.says("waiting")
    assert [i["op_id"] for i in nadia.held()["outbox"]] == [ref]
    assert revs(ref) == 0
    road.clear()
    nadia.push()
    nadia.empty()
    assert revs(ref) == 1


@pytest.mark.long
def test_fault_07_an_answer_that_comes_too_late(road, nadia, revs):
    nadia.page.add_init_script(
        "{ const wait = AbortSignal.timeout; AbortSignal.timeout = (ms) => wait.call(AbortSignal, ms / 20); }"
    )
    ref = new(nadia, "Trop tard")
    late = Hold()
    road.rule("POST", "/fiches/", late)
    nadia.save()
    nadia.waits("unknown")
    assert revs(ref) == 1
    late.release()
    nadia.push()
    nadia.empty()
    assert (revs(ref), once(road, "/fiches/")) == (1, {ref})


def test_fault_08_a_double_click(road, nadia, revs):
    ref = new(nadia, "Deux fois le doigt")
    nadia.page.locator('.savebar button[value="later"]').dblclick()
    nadia.page.get_by_role("heading", name="Deux fois le doigt").wait_for()
    nadia.empty()
    assert (revs(ref), len(road.passed("POST", "/fiches/*"))) == (1, 1)
