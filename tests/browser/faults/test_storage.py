"""Faults of what the browser keeps: no room, no database, wiped, closed, in the way of another tab."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from models.fiche.fiche import Fiche
from models.store import db
from tests.support.filler import picture
from tests.support.phone import Phone
from tests.support.site import wait_until

IMAGE = "gouvernance.schema.image"
# Every picture leaves empty, as Safari 26.5 sends a stored File.
EMPTY = """{ const send = fetch; globalThis.fetch = (url, options = {}) =>
  send(url, options.method === 'PUT' && !globalThis.sound ? { ...options, body: new ArrayBuffer(0) } : options); }"""
# Remembers each connection to a database, so that a test can close it as the browser does.
CONNECTIONS = """{ const open = IDBFactory.prototype.open; globalThis.connections = [];
  IDBFactory.prototype.open = function (...all) {
    const request = open.apply(this, all);
    request.addEventListener('success', () => connections.push(request.result));
    return request;
  }; }"""
NO_DATABASE = (
    "delete Window.prototype.indexedDB; Object.defineProperty(globalThis, 'indexedDB', { value: undefined })"
)
BLOCKED_DATABASE = "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }"


def quota(phone: Phone, origin: str, size: int) -> None:
    """Let this browser have no more room than `size` bytes for the site. Before its first page: the browser remembers."""
    session = phone.page.context.new_cdp_session(phone.page)
    session.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": size})


def noise() -> bytes:
    """A picture of more than a million bytes however it is made small."""
    out = io.BytesIO()
    Image.effect_noise((1600, 1200), 120).convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


def big(side: tuple[int, int] = (4000, 3000)) -> bytes:
    """A photo of 12 million points."""
    out = io.BytesIO()
    Image.radial_gradient("L").resize(side).convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


@pytest.mark.long
def test_fault_32_no_room_for_a_picture(road, nadia, ours, keeps):
    quota(nadia, road.url, 800_000)
    nadia.open(f"/fiches/{ours}/edit/gouvernance").type("gouvernance.texte", "Ils décident.")
    nadia.choose_picture(IMAGE, noise())
    nadia.page.get_by_text("Plus de place pour la photo").wait_for()
    assert nadia.held()["files"] == []
    assert ["gouvernance.texte", "Ils décident."] in nadia.held()["drafts"][0]["fields"]
    nadia.save()
    nadia.empty()
    assert keeps(ours, "gouvernance.texte") == "Ils décident."


@pytest.mark.long
def test_fault_33_no_room_for_a_text(road, nadia, ours, keeps):
    """“Not kept” is said, and “kept” is not; online it can still be sent."""
    quota(nadia, road.url, 400_000)
    nadia.open(f"/fiches/{ours}/edit/titre")
    nadia.field("resume").fill("Nulle part où aller. " * 30_000)
    nadia.says("full")
    expect(nadia.page.locator("[data-kept]")).to_be_hidden()
    assert nadia.held()["drafts"] == []
    nadia.field("resume").fill("Nulle part où aller.")
    with nadia.page.expect_navigation():
        nadia.save()
    wait_until(lambda: keeps(ours, "resume") == "Nulle part où aller.")


@pytest.mark.parametrize("script", [pytest.param(NO_DATABASE, marks=pytest.mark.long), BLOCKED_DATABASE], ids=["none", "forbidden"])  # fmt: skip
def test_fault_34_no_database_in_this_browser(site, nadia, script):
    """The plain form, and a warning."""
    nadia.page.add_init_script(script)
    nadia.page.goto("/fiches/new")
    nadia.says("nowhere")
    expect(nadia.page.locator("[data-kept]")).to_be_hidden()
    nadia.field("titre").fill("Sans base dans le navigateur")
    with nadia.page.expect_navigation():
        nadia.save()
    with site.application.app_context():
        assert db.session.query(Fiche).filter_by(title="Sans base dans le navigateur").count() >= 1


@pytest.mark.long
def test_fault_35_the_browser_wiped_what_it_kept(road, nadia, ours):
    nadia.open(f"/fiches/{ours}/edit/titre").type("resume", "Effacé par le navigateur.")
    nadia.page.evaluate("sessionStorage.clear()")
    nadia.page.goto("/outbox")
    nadia.page.goto("/")
    road.wait_for("POST", "/session/held", status=200)
    session = nadia.page.context.new_cdp_session(nadia.page)
    session.send("Storage.clearDataForOrigin", {"origin": road.url, "storageTypes": "indexeddb,local_storage,cache_storage,service_workers"})  # fmt: skip
    assert nadia.everything() == {}
    nadia.page.evaluate("sessionStorage.clear()")
    nadia.page.goto("/")
    expect(nadia.says("lost")).to_contain_text("1")
    nadia.page.goto("/fiches/")
    expect(nadia.page.locator('[data-as="lost"]')).to_have_count(0)  # once


def send_an_empty_picture(nadia: Phone, ours: str) -> None:
    """With its text; the browser reads the picture that it keeps as empty, as Safari may."""
    nadia.page.add_init_script(EMPTY)
    nadia.open(f"/fiches/{ours}/edit/gouvernance")
    nadia.choose_picture(IMAGE, picture())
    nadia.until(lambda held: held["files"])
    nadia.type("gouvernance.texte", "Ils décident.")
    nadia.save()


@pytest.mark.long
def test_fault_36_an_empty_picture_is_refused_by_its_digest(road, nadia, ours, keeps):
    send_an_empty_picture(nadia, ours)
    sent = road.wait_for("PUT", "/files/*", status=400)
    assert sent.body == b""
    wait_until(lambda: keeps(ours, "gouvernance.texte") == "Ils décident.")
    assert keeps(ours, IMAGE) is None
    assert nadia.until(lambda held: held["files"])["outbox"][0]["files"]  # control: it waits still
    nadia.page.evaluate("globalThis.sound = true")
    nadia.push()
    nadia.empty()
    assert keeps(ours, IMAGE)


def test_a_picture_that_never_comes_whole_waits_for_a_person_and_another_takes_its_place(road, nadia, ours, keeps):  # fmt: skip
    send_an_empty_picture(nadia, ours)
    road.wait_for("PUT", "/files/*", status=400)
    wait_until(lambda: keeps(ours, "gouvernance.texte") == "Ils décident.")
    op_id = nadia.waits("unknown")["op_id"]  # the control: it goes again by itself
    nadia.tamper("outbox", op_id, tries=4)
    nadia.push()
    assert "n’arrive pas entière" in str(nadia.waits("rejected")["problem"])
    nadia.page.add_init_script("globalThis.sound = true")  # from the next page on
    nadia.page.goto("/outbox")
    expect(nadia.lines()).to_contain_text("n’arrive pas entière")
    nadia.press_open("rejected")
    nadia.choose_picture(IMAGE, noise(), "IMG 2.JPG")
    nadia.page.get_by_text("IMG 2.JPG").first.wait_for()
    nadia.until(lambda held: held["drafts"])
    nadia.save()
    nadia.empty()
    wait_until(lambda: keeps(ours, IMAGE))


@pytest.mark.long
def test_fault_37_a_large_photo_one_that_cannot_be_read_and_the_same_twice(road, nadia, ours, keeps):
    nadia.open(f"/fiches/{ours}/edit/accords")
    first, second = (f"photos.{nadia.add('photos')}.fichier" for _n in (1, 2))
    nadia.choose_picture(first, b"\0\0\0\x18ftypheic" + b"\0" * 200, "IMG_1.HEIC", "image/heic")
    nadia.page.get_by_text("IMG_1.HEIC ne s’ouvre pas").wait_for()
    assert nadia.held()["files"] == []
    data = big()
    for name in (first, second):
        nadia.choose_picture(name, data)
    nadia.until(lambda held: nadia.field(first).input_value() and nadia.field(second).input_value())
    (file,) = nadia.held()["files"]
    assert 0 < file["bytes"] < 1_500_000
    nadia.save()
    nadia.page.wait_for_url(re.compile(rf"/fiches/{ours}$"))
    nadia.empty(40)
    sent = road.passed("PUT", "/files/*")  # again by the next page, if this one was left meanwhile
    assert {e.status for e in sent} <= {200, 201}
    assert len({e.path for e in sent}) == 1
    one, two = (p["fichier"] for p in keeps(ours, "photos"))
    assert one == two
    answer = nadia.page.request.get(f"{road.url}/fiches/{ours}/pictures/{one}")
    assert max(Image.open(io.BytesIO(answer.body())).size) == 1600


@pytest.mark.long
def test_fault_38_the_browser_closed_the_database(nadia, ours, keeps):
    nadia.page.add_init_script(CONNECTIONS)
    nadia.open(f"/fiches/{ours}/edit/titre").type("resume", "Avant.")
    assert nadia.page.evaluate("connections.length") > 0
    nadia.page.evaluate("for (const db of connections) db.close()")
    nadia.type("resume", "Après.")
    nadia.page.evaluate("for (const db of connections) db.close()")
    nadia.save()
    nadia.empty()
    assert keeps(ours, "resume") == "Après."


@pytest.mark.long
def test_fault_39_a_newer_version_meets_an_old_tab(nadia, ours, allow):
    """The old tab lets the newer one go first, and says so; what it had kept is there."""
    allow("less than the existing version", nadia.page)
    nadia.open(f"/fiches/{ours}/edit/titre").type("resume", "Dans le vieil onglet.")
    second = nadia.another_tab()
    second.page.goto("/styleguide")
    version = second.page.evaluate(
        """(name) => new Promise((yes, no) => {
          const request = indexedDB.open(name, 99);
          request.onupgradeneeded = () => {};
          request.onblocked = () => no(new Error('blocked'));
          request.onsuccess = () => { const { version } = request.result; request.result.close(); yes(version); };
          request.onerror = () => no(request.error);
        })""",
        nadia.database,
    )
    assert version == 99
    nadia.says("newer")
    assert ["resume", "Dans le vieil onglet."] in second.everything()[nadia.database]["drafts"][0]["fields"]
    nadia.field("resume").fill("Encore écrit là.")
    nadia.says("nowhere")  # what the old tab cannot keep any more, it says
