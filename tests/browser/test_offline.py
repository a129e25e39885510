"""Writing without a network, as a person sees it: each state in words, to the eye and to a screen reader; what is kept
for whom; what a page weighs. The faults one by one: tests/browser/faults."""

import gzip
import json
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.browser import ROAD, assert_calm, axe, screenshot, sideways_scroll, small_targets
from tests.support.often import often
from tests.support.phone import SERVED, WATCHED, Phone
from tests.support.site import wait_until

STRIPS = (
    "offline", "waiting", "sending", "sent", "numbered", "sign-in", "other", "conflict", "rejected", "restored",
    "elsewhere", "removed", "full", "nowhere", "lost", "update", "newer", "blocked",
)  # fmt: skip
SHOW = """async (kind) => {
  const base = document.querySelector('script[src$="local.js"], script[src$="write.js"]').src;
  const { show } = await import(new URL('strip.js', base));
  show(kind, { time: '17 h 42', number: 'F-2016-002', what: 'Les pas du quartier', n: 2 });
}"""
EVERYTHING = """async () => {
  const out = [location.href, document.documentElement.outerHTML, JSON.stringify({...localStorage}), JSON.stringify({...sessionStorage})];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const answer = await cache.match(request);
      out.push(request.url + (/json|text|javascript/.test(answer.headers.get('Content-Type')) ? await answer.text() : ''));
    }
  }
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((done) => { indexedDB.open(name).onsuccess = (e) => done(e.target.result); });
    for (const store of db.objectStoreNames) {
      const all = await new Promise((done) => { db.transaction(store).objectStore(store).getAll().onsuccess = (e) => done(e.target.result); });
      out.push(name + JSON.stringify(all));
    }
    db.close();
  }
  return out.join('\\n');
}"""
SECRET = "Sous la verrière, un mercredi"


@pytest.fixture
def watchers():
    """A page that looks for its copies while the network goes says so; exceptions and the policy count here too."""
    watching = []
    yield watching
    assert_calm(watching, but=ROAD)


@pytest.fixture
def phone(open_page, sign_in):
    """A phone in the hands of Nadia, with the worker in place."""
    page = sign_in(open_page(360), "contributor")
    page.goto("/fiches/new")
    page.locator("form[data-ready]").wait_for()
    page.evaluate(SERVED)
    return page


def looked(page) -> None:
    """Once all that this person may change is on the device."""
    wait_until(lambda: page.evaluate("sessionStorage.getItem('looked')"))


def begin(page, title: str = SECRET) -> None:
    page.locator("#f-titre").fill(title)
    page.locator("[data-kept]:not([hidden])").wait_for()


@pytest.mark.parametrize("scheme", often(["light", "dark"]))
def test_each_state_is_said_to_the_eye_and_to_the_ear(open_page, sign_in, scheme):
    page = sign_in(open_page(360, scheme=scheme, service_workers="block"), "contributor")
    page.goto("/fiches/new")
    page.locator("form[data-ready]").wait_for()
    known = page.locator("#strip").evaluate(
        "(t) => [...t.content.querySelectorAll('.strip')].map((s) => s.dataset.as)"
    )
    assert sorted(known) == sorted(STRIPS), "each state is among those that are looked at here"
    found, heard = [], set()
    for kind in STRIPS:
        page.evaluate(SHOW, kind)
        strip = page.locator(f'[data-strip] [data-as="{kind}"]')
        expect(strip).to_be_visible()
        said = page.locator('p[role="status"].hidden-text').inner_text()
        assert said, kind
        assert said in " ".join(strip.inner_text().split()), "heard and seen say the same"
        assert "{" not in said, said
        heard.add(said)
        found += [f"{kind}: {text}" for text in axe(page)]
        found += [f"{kind}: small {text}" for text in small_targets(page)]
        if sideways_scroll(page):
            found.append(f"{kind}: too wide")
        screenshot(page, f"strip-{kind}-{scheme}")
    assert found == []
    assert len(heard) == len(STRIPS)


def test_a_basement_then_the_bus(phone):
    phone.context.set_offline(True)
    begin(phone)
    phone.locator('.savebar button[value="next"]').click()
    phone.wait_for_url("**/outbox/fiche#**")
    expect(phone.locator("[data-strip]")).to_contain_text("Pas de réseau. Tout est gardé sur ce téléphone.")
    expect(phone.locator("h1")).to_have_text("Structure et partenaires")
    assert axe(phone) == []
    phone.locator('[name="structure_porteuse.nom"]').fill("La Verrière")
    phone.locator('button[value="add:partenaires"]').click()
    phone.locator('[name^="partenaires."][name$=".nom"]').fill("La commune")
    phone.locator('.savebar button[value="later"]').click()
    phone.locator('[data-line="queued"]').wait_for()
    expect(phone.locator("a.chip b")).to_have_text("1")  # both parts are one operation: none had left
    assert axe(phone) == []
    screenshot(phone, "outbox-offline-360")
    # The list may be drawn anew at any time: what was opened in it stays open, under the finger and the keyboard.
    fold = phone.locator('[data-line="queued"] details')
    fold.locator("summary").click()
    phone.evaluate("document.querySelector('[data-line=\"queued\"]').dataset.old = ''")
    phone.evaluate("document.dispatchEvent(new CustomEvent('tablee:outbox', { detail: { kind: 'rest' } }))")
    expect(phone.locator('[data-line="queued"]:not([data-old])')).to_have_count(1)
    expect(fold).to_have_attribute("open", "")
    expect(fold.locator("summary")).to_be_focused()
    # Any other page says what can be done, and shows it.
    phone.goto("/fiches/")
    expect(phone.locator("main")).to_contain_text("Cette page demande le réseau")
    phone.goto("/outbox")
    phone.context.set_offline(False)
    expect(phone.locator("[data-strip]")).to_contain_text("Envoyé à")
    phone.locator("[data-none]:not([hidden])").wait_for()
    assert axe(phone) == []
    phone.locator('[data-line="receipt"] a').click()
    expect(phone.locator("h1")).to_have_text(SECRET)
    expect(phone.locator("main")).to_contain_text("La Verrière")
    expect(phone.locator("main")).to_contain_text("La commune")


def test_the_network_goes_before_the_worker_has_come(open_page, sign_in):
    """What sends is not on the device yet: the text is kept, it says so, and one writes on; the next page sends it."""
    page = sign_in(open_page(360, service_workers="block"), "contributor")
    page.goto("/fiches/new")
    nadia = Phone(page, page.locator("body").get_attribute("data-uid")).ready()
    nadia.looked()
    page.context.set_offline(True)
    begin(page)
    for title in (SECRET, f"{SECRET}, encore"):
        page.locator("#f-titre").fill(title)
        nadia.save()
        nadia.until(lambda held, title=title: [i["title"] for i in held["outbox"]] == [title])
        page.locator("form[data-ready]:not([data-busy])").wait_for()
    nadia.says("offline")
    page.context.set_offline(False)
    page.goto("/")
    nadia.empty()


def test_a_fiche_that_exists_is_edited_without_a_network(phone):
    phone.goto("/")
    looked(phone)
    phone.goto("/outbox")
    line = phone.locator('[data-list="copies"] a').first
    line.wait_for()
    title = line.inner_text()
    phone.context.set_offline(True)
    ref = line.get_attribute("href").split("#")[1].strip("/")
    phone.goto(f"/fiches/{ref}/edit/titre")
    phone.wait_for_url("**/outbox/fiche#**")
    expect(phone.locator("#f-titre")).to_have_value(title)
    phone.locator("#f-resume").fill(SECRET)
    phone.locator('.savebar button[value="later"]').click()
    phone.locator('[data-line="queued"]').wait_for()
    phone.context.set_offline(False)
    phone.locator("[data-none]:not([hidden])").wait_for()
    phone.goto(f"/fiches/{ref}")
    expect(phone.locator("main")).to_contain_text(SECRET)


def test_after_one_leaves_and_another_enters_nothing_of_the_first_is_there(phone, sign_in):
    begin(phone)
    phone.locator('.savebar button[value="later"]').click()
    expect(phone.locator("h1")).to_have_text(SECRET)
    phone.goto("/outbox")
    phone.locator('[data-list="copies"] a').first.wait_for()
    before = phone.evaluate(EVERYTHING)
    assert SECRET in before, "the detector sees what is there"
    mine = phone.evaluate("localStorage.getItem('tablee')")
    phone.goto("/account")
    phone.evaluate(WATCHED)
    phone.locator("details.menu > summary").click()
    phone.get_by_role("button", name="Sortir", exact=True).click()
    phone.get_by_role("heading", name="Entrer sans mot de passe").wait_for()
    left = phone.evaluate(EVERYTHING)
    sign_in(phone, "outsider")
    seen = [left]
    for path in ("/", "/outbox", "/outbox/fiche#new"):
        phone.goto(path)
        seen.append(phone.evaluate(EVERYTHING))
    phone.go_back()
    seen.append(phone.evaluate(EVERYTHING))
    phone.context.set_offline(True)
    for path in ("/fiches/", "/outbox"):
        phone.goto(path)
        phone.locator("h1").wait_for()
        seen.append(phone.evaluate(EVERYTHING))
    assert [n for n, text in enumerate(seen) if SECRET in text or mine in text] == []


def test_a_shared_computer_keeps_nothing(open_page, sign_in):
    page = sign_in(open_page(), "contributor", shared=True)
    page.goto("/fiches/new")
    page.locator("#f-titre").fill(SECRET)
    page.locator('[name="langue"]').focus()
    assert SECRET not in page.evaluate(EVERYTHING).replace(page.content(), "")
    assert page.evaluate("indexedDB.databases()") == []
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    with page.expect_navigation():
        page.locator('.savebar button[value="later"]').click()
    expect(page.locator("h1")).to_have_text(SECRET)


def test_the_shell_is_the_same_for_everybody(open_page, sign_in):
    texts = {}
    for role in ("contributor", "coordination"):
        page = sign_in(open_page(), role)
        for path in ("/outbox", "/outbox/fiche"):
            answer = page.request.get(path)
            assert answer.headers["x-offline"] == "shell"
            texts.setdefault(path, set()).add(answer.text())
        assert "x-offline" not in page.request.get("/").headers
    assert {len(same) for same in texts.values()} == {1}
    assert not any("csrf" in text or "data-uid" in text for same in texts.values() for text in same)


def test_what_the_edit_page_weighs(open_page, sign_in, make_site):
    """At most 120 kB with the fonts at the first visit, and 15 kB at the second. Bytes as the proxy in front sends them."""
    site = make_site().start()  # as much is brought to the device as the demonstration has, and no more
    page = sign_in(open_page(360, service_workers="block", base_url=site.url), "contributor", site=site)
    mine = json.loads(page.request.get("/session?mine=1").text())["mine"]
    first, second = (came(page, f"/fiches/{mine[0][0]}/edit/structure") for _ in range(2))
    assert any("/fonts/" in url for url in first), "fonts are counted"
    assert 20_000 < weight(page, first) <= 120_000
    assert 2_000 < weight(page, second) <= 15_000


def came(page, path: str) -> set[str]:
    """The addresses that came over the network, not out of the browser's cache."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    urls, cached = {}, set()
    session.on("Network.requestWillBeSent", lambda e: urls.setdefault(e["requestId"], e["request"]["url"]))
    session.on("Network.requestServedFromCache", lambda e: cached.add(e["requestId"]))
    session.on(
        "Network.responseReceived",
        lambda e: e["response"].get("fromDiskCache") and cached.add(e["requestId"]),
    )
    page.goto(path)
    looked(page)
    page.wait_for_load_state("networkidle")
    session.detach()
    return {url for name, url in urls.items() if name not in cached and url.startswith("http")}


def weight(page, urls: set[str]) -> int:
    bodies = {url: page.request.get(url).body() for url in urls if "/session/" not in url}
    packed = (".woff2", ".png")
    return sum(
        len(b) if urlsplit(url).path.endswith(packed) else len(gzip.compress(b, 6))
        for url, b in bodies.items()
    )


# ---- another form joins: a reply to a meeting, where the last answer counts


@pytest.fixture
def asked(site):
    """The code of a meeting to which Nadia is invited, five days from now."""
    with site.application.app_context():
        from tests.support.gatherings import meeting

        return meeting().code


def answer_of(site, code: str) -> str:
    with site.application.app_context():
        from models.meetings import meeting_by_code
        from tests.support.gatherings import NADIA, reply

        return reply(meeting_by_code(code), NADIA).answer


def test_one_says_in_the_basement_that_one_comes(phone, site, asked):
    looked(phone)
    phone.evaluate("sessionStorage.removeItem('looked')")
    phone.goto("/")
    looked(phone)
    phone.goto(f"/meetings/{asked}/reply")
    phone.locator("form[data-ready]").wait_for()
    phone.context.set_offline(True)
    phone.get_by_role("button", name="Je viens", exact=True).click()
    expect(phone.locator("[data-strip]")).to_contain_text("Tout est gardé sur ce téléphone.")
    expect(phone.locator("a.chip b")).to_have_text("1")
    assert answer_of(site, asked) == "ATT"
    # A change of mind before it has left takes its place: one answer leaves.
    phone.goto("/outbox")
    line = phone.locator('[data-line="meeting"]', has=phone.locator(f'a[href$="{asked}/reply"]'))
    expect(line).to_contain_text("Gardé ici : « Je viens ».")
    line.get_by_role("button", name="Je ne viens pas").click()
    expect(line.get_by_role("button", name="Je ne viens pas")).to_be_focused()
    expect(line).to_contain_text("Gardé ici : « Je ne viens pas ».")
    expect(phone.locator("a.chip b")).to_have_text("1")
    assert axe(phone) == []
    phone.context.set_offline(False)
    expect(phone.locator("[data-strip]")).to_contain_text("Envoyé à")
    assert answer_of(site, asked) == "IND"
