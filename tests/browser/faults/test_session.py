"""Faults of the session: whoever is signed in, nothing leaves under another name, and nothing of A is left for B."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete

from models.access import Device
from models.fiche.fiche import find
from models.store import db, writing
from tests.support import cast
from tests.support.phone import WATCHED, Phone
from tests.support.proxy import DropBefore, Hold

SHELLS = {"/outbox", "/outbox/fiche", "/outbox/meeting", "/outbox/note"}


def enter(site, phone: Phone, role: str) -> Phone:
    """Somebody comes in on this device."""
    phone.page.context.add_cookies([cast.cookie_of(site.application, role, site.url)])
    with site.application.app_context():
        return Phone(phone.page, cast.person(role).id)


def end_session(site, role: str) -> None:
    with site.application.app_context(), writing():
        db.session.execute(delete(Device).where(Device.person_id == cast.person(role).id))


def unsent(road, phone: Phone, title: str) -> str:
    """A new fiche that was sealed and could not leave; its id."""
    phone.open("/fiches/new").type("titre", title)
    road.rule("POST", "/fiches/*", DropBefore(), times=None)
    phone.save()
    ref = phone.waits("unknown")["op_id"]
    road.clear()
    return ref


def test_fault_27_the_session_ended_while_one_wrote(site, road, nadia, revs):
    nadia.open("/fiches/new").type("titre", "Écrit après la fin")
    end_session(site, "contributor")
    nadia.save()
    nadia.says("sign-in")
    (item,) = nadia.held()["outbox"]
    assert (item["state"], item["tries"]) == ("queued", 0)
    assert road.passed("POST", "/fiches/*", status=201) == []
    enter(site, nadia, "contributor")
    nadia.page.goto("/")
    nadia.empty()
    assert revs(item["op_id"]) == 1


@pytest.mark.long
def test_fault_27_the_session_ends_between_the_question_and_the_post(site, road, nadia, revs):
    nadia.open("/fiches/new").type("titre", "Entre deux")
    held = Hold(before=True)
    road.rule("POST", "/fiches/", held)
    nadia.save()
    road.wait_for("POST", "/fiches/")
    end_session(site, "contributor")
    held.release()
    assert road.wait_for("POST", "/fiches/", fate="passed").status == 401
    nadia.says("sign-in")
    enter(site, nadia, "contributor")
    nadia.push()
    held = nadia.empty()
    assert revs(held["receipts"][0]["op_id"]) == 1


@pytest.mark.long
def test_fault_28_the_token_of_the_page_is_of_another_visit(site, road, nadia, revs):
    """The form was opened in a visit that is over; what leaves carries the token of this one."""
    nadia.open("/fiches/new").type("titre", "Un vieux jeton")
    old = nadia.field("csrf_token").input_value()
    enter(site, nadia, "contributor")
    nadia.save()
    nadia.empty()
    sent = road.wait_for("POST", "/fiches/", status=201)
    assert sent.headers["x-csrftoken"] != old
    assert old.encode() not in sent.body
    assert revs(sent.op_id) == 1


def test_fault_29_another_person_signs_in(site, road, nadia, revs):
    """Els sits down at this device: nothing of Nadia's leaves, or is shown; when Nadia is back, it leaves in her name."""
    ref = unsent(road, nadia, "Le secret de Nadia")
    road.log.clear()
    els = enter(site, nadia, "group_member")
    els.page.goto("/outbox")
    els.page.goto("/")
    els.push()
    els.page.goto("/outbox")
    els.page.locator("[data-none]:not([hidden])").wait_for()
    assert "Le secret de Nadia" not in els.page.content()
    assert road.passed("POST", "/fiches/*") == []
    assert revs(ref) == 0
    assert [i["op_id"] for i in nadia.held()["outbox"]] == [ref]
    enter(site, nadia, "contributor")
    nadia.page.goto("/")
    nadia.empty()
    with site.application.app_context():
        assert find(ref).author_ids == {nadia.uid}


@pytest.mark.long
def test_fault_29_another_person_signs_in_while_it_is_being_sent(site, road, nadia, revs):
    """The session says Nadia, then the cookie is that of Els when the post leaves: it says who wrote it."""
    nadia.open("/fiches/new").type("titre", "Sous un autre nom")
    nadia.looked()
    held, seen = Hold(), len(road.passed("GET", "/session"))
    road.rule("GET", "/session", held)
    nadia.save()
    road.wait_for("GET", "/session", count=seen + 1, status=200)
    enter(site, nadia, "group_member")
    held.release()
    sent = road.wait_for("POST", "/fiches/", fate="passed")
    assert sent.status in (403, 409)
    assert revs(sent.op_id) == 0
    enter(site, nadia, "contributor")
    nadia.page.goto("/")
    nadia.empty()
    assert revs(sent.op_id) == 1


def test_fault_29_a_draft_of_a_fiche_whose_copy_has_gone(site, road, nadia, ours, keeps):
    """While somebody else was here the copies went and the draft stayed: it is still an edit of that fiche."""
    nadia.page.goto("/outbox")
    nadia.until(lambda held: any(copy["id"] == ours for copy in held["copies"]))
    nadia.open(f"/outbox/fiche#{ours}/objectifs").type("objectifs", "Écrit avant que l’autre vienne")
    els = enter(site, nadia, "group_member")
    els.page.goto("/")
    els.page.evaluate(WATCHED)
    assert els.everything()[nadia.database]["copies"] == []
    enter(site, els, "contributor")
    els.page.evaluate("(uid) => localStorage.setItem('tablee', uid)", nadia.uid)
    nadia.open(f"/outbox/fiche#{ours}/objectifs")
    nadia.save()
    nadia.empty()
    assert "Écrit avant que l’autre vienne" in keeps(ours, "objectifs")


KEPT = """async () => {
  const out = [];
  for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) out.push(url);
  return out;
}"""
CACHED = """async (word) => {
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) if ((await (await cache.match(request)).text()).includes(word)) return request.url;
  }
  return null;
}"""


@pytest.mark.parametrize("noted", ["nothing", pytest.param("the one before", marks=pytest.mark.long)])
def test_fault_29_the_browser_forgot_who_was_here(site, road, nadia, revs, noted):
    """A browser that was killed may have lost what it noted last: the site says whom it takes us for."""
    ref = unsent(road, nadia, "Avant l’oubli")
    road.rule("POST", "/fiches/*", DropBefore(), times=None)
    nadia.page.evaluate("localStorage.clear()")
    els = enter(site, nadia, "group_member")
    els.page.goto("/")
    els.page.evaluate(WATCHED)
    assert els.everything()[nadia.database]["copies"] == []
    assert [i["op_id"] for i in els.everything()[nadia.database]["outbox"]] == [ref]
    if noted == "nothing":
        els.page.evaluate("localStorage.clear()")
    enter(site, els, "contributor")
    road.clear()
    nadia.page.goto("/outbox")
    nadia.empty()
    assert revs(ref) == 1


@pytest.mark.long
def test_fault_30_nothing_private_is_cached_and_back_shows_nothing(site, road, nadia):
    """After Nadia went out and Els came in: 0 bytes of Nadia in caches, databases and pages, with Back and offline."""
    nadia.open("/fiches/new").type("titre", "Rien que pour Nadia")
    nadia.served()
    nadia.save()
    ref = nadia.empty()["receipts"][0]["doc"]
    nadia.page.goto(f"/fiches/{ref}")
    urls = nadia.page.evaluate(KEPT)
    assert urls
    assert {urlsplit(u).path for u in urls if "/static/" not in u} <= SHELLS
    assert nadia.page.evaluate(CACHED, "Tout est gardé")  # the control: a word of the shell is found
    assert nadia.page.evaluate(CACHED, "Nadia") is None
    nadia.go_out()
    nadia.page.get_by_role("heading", name="Entrer").first.wait_for()
    assert nadia.everything() == {}
    nadia.page.go_back()
    expect(nadia.page.locator("body")).not_to_contain_text("Rien que pour Nadia")
    els = enter(site, nadia, "group_member")
    els.page.goto("/")
    els.page.locator("[data-chip]").wait_for(state="attached")
    for path in (f"/fiches/{ref}/edit", "/outbox", f"/fiches/{ref}"):
        els.page.goto(path)
        assert "Rien que pour Nadia" not in els.page.content()
    road.down()
    for path in (f"/fiches/{ref}/edit", "/outbox", f"/outbox/fiche#{ref}/titre", "/"):
        els.page.goto(path)
        assert "Rien que pour Nadia" not in els.page.content()
    assert "Rien que pour Nadia" not in str(els.everything())
    assert els.page.evaluate(CACHED, "Rien que pour Nadia") is None


LEAVING = {"send-leave": 1, "keep-leave": 0, "discard-leave": 0}


@pytest.mark.parametrize("branch", [pytest.param(b, marks=[] if b == "keep-leave" else pytest.mark.long) for b in LEAVING])  # fmt: skip
def test_fault_31_going_out_with_unsent_texts(site, road, nadia, revs, branch):
    ref = unsent(road, nadia, "Pas encore parti")
    road.rule("POST", "/fiches/*", DropBefore(), times=None)
    nadia.page.goto("/fiches/")
    nadia.go_out()
    nadia.page.locator("[data-leaving]:not([hidden])").wait_for()
    assert "Pas encore parti" in nadia.download("export-all").path().read_text()
    assert nadia.page.request.get(f"{road.url}/session").json()["uid"] == nadia.uid  # still in
    road.clear()
    if branch != "send-leave":
        road.rule("POST", "/fiches/*", DropBefore(), times=None)
    nadia.page.on("dialog", lambda dialog: dialog.accept())
    nadia.press(branch)
    nadia.page.wait_for_url(re.compile("/enter"))
    road.clear()
    assert nadia.page.request.get(f"{road.url}/session").json()["uid"] is None
    assert revs(ref) == LEAVING[branch]
    nadia.page.goto("/outbox")
    nadia.page.locator("[data-nobody]:not([hidden])").wait_for()
    assert "Pas encore parti" not in nadia.page.content()
    left = nadia.everything()
    assert list(left) == ([nadia.database] if branch == "keep-leave" else [])
    enter(site, nadia, "contributor")
    nadia.page.goto("/")
    nadia.empty()
    assert revs(ref) == (0 if branch == "discard-leave" else 1)
