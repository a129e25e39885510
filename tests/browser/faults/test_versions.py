"""Faults of versions: a new worker while one writes, questions that changed, a client too old, a server rolled back."""

import re
import shutil
import urllib.request

import pytest
from playwright.sync_api import expect

from models.fiche.content import get, normal
from models.fiche.fiche import find
from tests.support import cast
from tests.support.phone import Phone
from tests.support.proxy import Answer, DropBefore, Proxy
from tests.support.site import close


@pytest.mark.long
def test_fault_40_a_new_worker_while_one_writes(site, road, nadia, ours):
    """It waits until it is asked; what is being written is kept before, and is there after."""
    path = f"/fiches/{ours}/edit/titre"
    nadia.page.goto("/")
    nadia.served()
    nadia.open(path).type("resume", "Écrit pendant la mise à jour.")
    with urllib.request.urlopen(f"{site.url}/sw.js") as answer:
        worker = re.sub(r'const VERSION = "', 'const VERSION = "newer-', answer.read().decode())
    road.rule("GET", "/sw.js", Answer(200, worker.encode(), {"Content-Type": "text/javascript"}), times=None)
    nadia.page.evaluate("navigator.serviceWorker.getRegistration().then((r) => r.update())")
    strip = nadia.says("update")
    nadia.field("resume").fill(
        "Écrit pendant la mise à jour, et encore."
    )  # not kept yet when it is asked for
    with nadia.page.expect_navigation():
        strip.get_by_role("button").click()
    nadia.ready()
    expect(nadia.field("resume")).to_have_value("Écrit pendant la mise à jour, et encore.")
    names = nadia.page.evaluate("caches.keys()")
    assert len(names) == 2  # the version before stays for tabs that are open
    assert sum("newer-" in name for name in names) == 1


def rewritten(draft: dict, **answers: str) -> list[list[str]]:
    """The fields of a draft with other answers, and some that no form has any more."""
    return [*([n, t] for n, t in draft["fields"] if n not in answers), *([n, t] for n, t in answers.items())]


@pytest.mark.long
def test_fault_41_a_question_that_is_gone_is_passed_over(nadia, ours, keeps):
    nadia.open(f"/fiches/{ours}/edit/titre").type("resume", "Écrit avec l’ancien formulaire.")
    (draft,) = nadia.held()["drafts"]
    nadia.tamper("drafts", [ours, "titre"], fields=rewritten(draft, ancienne_question="Sa réponse"))
    nadia.open(f"/fiches/{ours}/edit/titre")
    expect(nadia.field("resume")).to_have_value("Écrit avec l’ancien formulaire.")
    nadia.save()  # though much that submission needs is missing
    nadia.empty()
    assert keeps(ours, "resume") == "Écrit avec l’ancien formulaire."


@pytest.mark.long
def test_fault_41_an_answer_that_is_no_longer_offered_is_shown_and_asked_again(nadia, ours, keeps):
    nadia.open(f"/fiches/{ours}/edit/titre").type("resume", "Avec une vieille langue.")
    (draft,) = nadia.held()["drafts"]
    nadia.tamper("drafts", [ours, "titre"], fields=rewritten(draft, langue="vo"))
    nadia.open(f"/fiches/{ours}/edit/titre")
    expect(nadia.field("langue")).to_have_value("vo")
    with nadia.page.expect_navigation():
        nadia.save()
    nadia.page.get_by_role("alert").wait_for()
    expect(nadia.field("resume")).to_have_value("Avec une vieille langue.")
    assert keeps(ours, "resume") == "Des voisins."
    nadia.ready().field("langue").select_option("nl")
    nadia.save()
    nadia.empty()
    assert (keeps(ours, "resume"), keeps(ours, "langue")) == ("Avec une vieille langue.", "nl")


@pytest.mark.long
def test_fault_42_a_client_that_is_too_old(road, nadia, ours, keeps):
    """It is told so, keeps its text, and sends it once it has the form of today."""
    nadia.open(f"/fiches/{ours}/edit/titre").type("resume", "D’un très vieux formulaire.")
    road.rule("POST", "/fiches/*", DropBefore(), times=None)
    nadia.save()
    item = nadia.waits("unknown")
    nadia.tamper("outbox", item["op_id"], schema="0")
    road.clear()
    nadia.page.goto("/outbox")
    nadia.press("send-all")
    assert nadia.waits("rejected")["problem"]["status"] == 426
    expect(nadia.lines().first).to_contain_text("Le site a changé depuis")
    nadia.open(f"/fiches/{ours}/edit/titre")
    expect(nadia.field("resume")).to_have_value("D’un très vieux formulaire.")
    nadia.save()
    nadia.empty()
    assert keeps(ours, "resume") == "D’un très vieux formulaire."


@pytest.mark.long
def test_fault_43_a_server_that_was_rolled_back(make_site, open_page, ours):
    """What stands on a version that the server has lost is a choice, and no loss."""
    house = make_site()
    cookie = cast.cookie_of(house.application, "contributor", "http://localhost")
    with house.application.app_context():
        uid = cast.person("contributor").id
    house.start()
    road = Proxy(house.port)
    try:
        page = open_page(360, base_url=road.url)
        page.context.add_cookies([{**cookie, "url": road.url}])
        nadia = Phone(page, uid)
        nadia.open("/fiches/new").type("titre", "Avant la panne")
        nadia.save()
        ref = nadia.empty()["receipts"][0]["doc"]
        house.stop()
        close(house.application)
        shutil.copytree(house.instance, house.instance.with_name("backup"))
        house.start()
        nadia.open(f"/fiches/{ref}/edit/titre").type("titre", "Après, et perdu par le serveur")
        nadia.save()
        nadia.empty()
        nadia.open(f"/fiches/{ref}/edit/titre").type("resume", "Écrit sur ce qui est perdu.")
        house.stop()
        shutil.rmtree(house.instance)
        shutil.copytree(house.instance.with_name("backup"), house.instance)
        house.start()
        nadia.save()
        page.wait_for_url("**/choices/*")
        page.get_by_text("Nous ne retrouvons pas la version").first.wait_for()
        names = page.locator('input[name^="choix-"]').evaluate_all("(all) => all.map((e) => e.name)")
        for name in {n for n in names if not n.endswith("-texte")}:
            page.locator(f'input[name="{name}"][value="mine"]').check()
        page.get_by_role("button", name="Enregistrer mes choix").click()
        page.wait_for_url(re.compile(rf"/fiches/{ref}$"))
        nadia.empty()
        with house.application.app_context():
            content = normal(find(ref).content)
        assert get(content, "titre") == "Après, et perdu par le serveur"
        assert get(content, "resume") == "Écrit sur ce qui est perdu."
    finally:
        road.stop()
