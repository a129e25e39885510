"""Two people, one fiche; a session that ends while one writes; another account in the same browser.

Whatever happens, what was typed is there: merged, waiting for a choice, or in the page with a way to send it. This
is the way without JavaScript; what a device keeps and sends late is proven in tests/browser/faults.
"""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from models.access import Device, digest
from models.fiche.content import get, load, normal
from models.fiche.fiche import FicheAuthor, find
from models.fiche.journal import HeldEdit
from models.fiche.saving import adopt
from models.people import by_email
from models.store import db, new_id, writing
from tests.support.cast import person
from tests.support.filler import press
from tests.support.often import often

CHRISTELLE = "christelle@locataires.example"
RESUME = "Des voisins partagent une cour. Ils y plantent des arbres."


@pytest.fixture
def ours(site):
    """A fiche that Nadia and Monique write together; its id."""
    ref = new_id()
    raw = {
        "titre": title(ref), "langue": "fr", "resume": RESUME, "objectifs": ["Planter", "Se parler"],
        "bilan": {"temoignages": [{"texte": "On se connaît enfin.", "prenom": "Aya"}], "cout": {"montant": 120}},
    }  # fmt: skip
    with site.application.app_context(), writing():
        content, errors = load(raw)
        assert not errors
        fiche = adopt(content, owner=person("contributor"), op_id=ref)
        fiche.authors.append(FicheAuthor(person_id=person("companion").id, helps=True))
    return ref


def title(ref: str) -> str:
    return f"La cour {ref[:8]}"


@pytest.fixture
def nadia(open_page, sign_in):
    return sign_in(open_page(js=False), "contributor")


@pytest.fixture
def monique(open_page, sign_in):
    return sign_in(open_page(js=False), "companion")


def kept(site, ref: str, key: str):
    """What the fiche answers to a question now."""
    with site.application.app_context():
        return get(normal(find(ref).content), key)


def held(site, ref: str) -> int:
    with site.application.app_context():
        return len(list(db.session.scalars(select(HeldEdit).where(HeldEdit.fiche_id == ref))))


def write(page: Page, ref: str, part: str, **answers: str) -> None:
    """Open a part and fill in, without saving; dots of a key are two underscores."""
    page.goto(f"/fiches/{ref}/edit/{part}")
    fill(page, **answers)


def fill(page: Page, **answers: str) -> None:
    for key, text in answers.items():
        page.locator(f'main [name="{key.replace("__", ".")}"]').first.fill(text)


def clash(nadia: Page, monique: Page, ref: str, mine: str, theirs: str) -> None:
    """Both write the summary; Monique saves first, Nadia stands before the choice."""
    write(nadia, ref, "titre", resume=mine)
    write(monique, ref, "titre", resume=theirs)
    press(monique, "later")
    press(nadia, "later")
    nadia.get_by_role("heading", name="Deux versions d’une réponse").wait_for()


# ---- both at once


def test_different_answers_are_joined_and_said_so(site, ours, nadia, monique):
    write(nadia, ours, "titre", resume="Un autre résumé.")
    write(monique, ours, "titre", titre="La cour de tous")
    press(monique, "next")
    expect(monique.get_by_role("status")).to_have_count(0)
    press(nadia, "next")
    expect(nadia.get_by_role("status")).to_contain_text("Vos réponses et les siennes sont réunies")
    assert kept(site, ours, "resume") == "Un autre résumé."
    assert kept(site, ours, "titre") == "La cour de tous"
    assert held(site, ours) == 0


def test_the_same_words_on_both_sides_ask_nothing(site, ours, nadia, monique):
    write(nadia, ours, "titre", resume="Les mêmes mots.")
    write(monique, ours, "titre", resume="Les mêmes mots.")
    press(monique, "next")
    press(nadia, "next")
    nadia.get_by_role("heading", name="Structure et partenaires", level=1).wait_for()
    assert held(site, ours) == 0


CHOICES = {
    "mine": "Des voisins partagent une cour. Ils y plantent des fleurs.",
    "theirs": "Des voisines partagent une cour. Elles y plantent des arbres.",
    "both": "Des voisines partagent une cour. Elles y plantent des arbres.\n\n"
    "Des voisins partagent une cour. Ils y plantent des fleurs.",
    "write": "Tout autre chose : <b>ni l’un ni l’autre</b>.",
}


@pytest.mark.parametrize("side", CHOICES)
def test_the_same_answer_is_a_choice(site, ours, open_page, sign_in, allow, side):
    nadia, monique = (sign_in(open_page(360, js=False), role) for role in ("contributor", "companion"))
    allow("409", nadia)
    write(nadia, ours, "titre", resume=CHOICES["mine"], precedente="F-2016-003")
    write(monique, ours, "titre", resume=CHOICES["theirs"])
    press(monique, "later")
    press(nadia, "later")
    page = nadia
    expect(page.locator("main")).to_contain_text("Monique Lambert et vous avez écrit en même temps")
    # Only what differs; the other answer that she changed is in already, and she is told.
    expect(page.locator("fieldset legend")).to_have_text(["1/1 En deux phrases, de quoi s’agit-il\u00a0?"])
    expect(page.locator("main")).to_contain_text("L’autre réponse que vous aviez changée ne gênait personne")
    versions = page.locator(".version")
    assert versions.nth(0).locator("mark").all_inner_texts() == ["voisins", "Ils", "fleurs."]
    assert versions.nth(1).locator("mark").all_inner_texts() == ["voisines", "Elles", "arbres."]
    expect(versions.nth(1)).to_contain_text("La version de Monique Lambert")
    expect(page.locator("textarea")).not_to_be_visible()
    page.locator(f'input[value="{side}"]').check()
    if side == "write":
        page.locator("textarea").fill(CHOICES["write"])
    page.get_by_role("button", name="Enregistrer mes choix").click()
    expect(page.get_by_role("status")).to_contain_text("Vos choix sont enregistrés")
    assert kept(site, ours, "resume") == CHOICES[side]
    assert kept(site, ours, "precedente") == "F-2016-003"
    assert held(site, ours) == 0


def test_a_list_changed_by_both_keeps_what_both_added(site, ours, nadia, monique):
    for page, text in ((nadia, "Chanter"), (monique, "Danser")):
        page.goto(f"/fiches/{ours}/edit/objectifs")
        press(page, "add:objectifs")
        page.locator('main [name="objectifs"]').last.fill(text)
    press(monique, "later")
    press(nadia, "later")
    assert sorted(kept(site, ours, "objectifs")) == ["Chanter", "Danser", "Planter", "Se parler"]


def test_a_quote_taken_away_here_and_changed_there_is_a_choice(site, ours, nadia, monique, allow):
    allow("409", monique)
    monique.goto(f"/fiches/{ours}/edit/bilan")
    nadia.goto(f"/fiches/{ours}/edit/bilan")
    with nadia.expect_navigation():
        nadia.get_by_role("button", name="Retirer témoignage 1").click()
    monique.locator('main textarea[name$=".texte"]').first.fill("On se connaît enfin, et on rit.")
    press(monique, "next")
    monique.get_by_role("heading", name="Deux versions d’une réponse").wait_for()
    expect(monique.locator(".version").nth(1)).to_contain_text("(retiré)")
    monique.locator('input[value="mine"]').check()
    monique.get_by_role("button", name="Enregistrer mes choix").click()
    monique.get_by_role("status").wait_for()
    assert [q["texte"] for q in kept(site, ours, "bilan.temoignages")] == ["On se connaît enfin, et on rit."]


def test_a_choice_that_is_not_made_is_asked_for_again(site, ours, nadia, monique, allow):
    allow("409", nadia)
    allow("422", nadia)
    nadia.goto(f"/fiches/{ours}/edit/bilan")
    monique.goto(f"/fiches/{ours}/edit/bilan")
    fill(monique, bilan__cout__montant="130")
    fill(nadia, bilan__cout__montant="140,50")
    press(monique, "next")
    press(nadia, "next")
    # Two numbers cannot both stand: nothing is chosen beforehand.
    expect(nadia.locator('input[value="both"]')).to_have_count(0)
    nadia.get_by_role("button", name="Enregistrer mes choix").click()
    expect(nadia.get_by_role("alert")).to_contain_text("Choisissez une version")
    nadia.get_by_role("alert").get_by_role("link").click()
    expect(nadia.locator(":target input[type=radio]")).to_have_count(2)
    nadia.locator('input[value="mine"]').check()
    nadia.get_by_role("button", name="Enregistrer mes choix").click()
    nadia.get_by_role("status").wait_for()
    assert kept(site, ours, "bilan.cout.montant") == 140.5


def test_a_third_edit_during_the_choice_is_a_new_choice(site, ours, nadia, monique, allow):
    allow("409", nadia)
    clash(nadia, monique, ours, "Le mien.", "Le sien.")
    write(monique, ours, "titre", resume="Le sien, mieux.", titre="La cour, encore")
    press(monique, "later")
    nadia.locator('input[value="mine"]').check()
    nadia.get_by_role("button", name="Enregistrer mes choix").click()
    expect(nadia.locator(".version").nth(0)).to_contain_text("Le mien.")
    expect(nadia.locator(".version").nth(1)).to_contain_text("Le sien, mieux.")
    assert kept(site, ours, "resume") == "Le sien, mieux.", "nothing is written over before she has chosen"
    nadia.locator('input[value="both"]').check()
    nadia.get_by_role("button", name="Enregistrer mes choix").click()
    nadia.get_by_role("status").wait_for()
    assert kept(site, ours, "resume") == "Le sien, mieux.\n\nLe mien."
    assert kept(site, ours, "titre") == "La cour, encore"
    assert held(site, ours) == 0


@pytest.mark.parametrize("width", often([360, 1280]))
def test_a_choice_left_for_later_waits_on_the_first_page(
    site, ours, open_page, sign_in, monique, allow, width
):
    nadia = sign_in(open_page(width, js=False), "contributor")
    allow("409", nadia)
    clash(nadia, monique, ours, "Ma version, à garder.", "La sienne.")
    nadia.close()
    again = nadia.context.new_page()
    again.goto("/")
    waits = again.locator(".note.act", has_text=title(ours))
    expect(waits).to_contain_text("à vous de choisir")
    again.goto(f"/fiches/{ours}")
    again.locator(".note.act", has_text="À vous de choisir").get_by_role("link", name="Choisir").click()
    expect(again.locator(".version").nth(0)).to_contain_text("Ma version, à garder.")
    again.get_by_role("link", name="Décider plus tard").click()
    again.goto("/")
    waits.get_by_role("link", name="Choisir").click()
    again.locator('input[value="mine"]').check()
    again.get_by_role("button", name="Enregistrer mes choix").click()
    again.get_by_role("status").wait_for()
    assert kept(site, ours, "resume") == "Ma version, à garder."
    again.goto("/")
    expect(again.locator(".note.act", has_text=title(ours))).to_have_count(0)


def test_a_choice_is_nobody_else_s(site, ours, nadia, monique, allow):
    allow("409", nadia)
    allow("404", monique)
    clash(nadia, monique, ours, "À Nadia.", "À Monique.")
    nadia.get_by_role("link", name="Décider plus tard").click()
    nadia.goto("/")
    path = nadia.get_by_role("link", name=f"Choisir\u00a0: {title(ours)}").get_attribute("href")
    monique.goto("/")
    expect(monique.locator(".note.act", has_text=title(ours))).to_have_count(0)
    assert monique.goto(path).status == 404


def test_back_after_saving_then_other_words(site, ours, nadia):
    """The page that Back shows still names the operation that it sent: its new words are an edit of their own."""
    write(nadia, ours, "titre", resume="Première idée.")
    press(nadia, "next")
    nadia.go_back()
    assert nadia.locator('main [name="titre"]').input_value() == title(ours)
    fill(nadia, resume="Seconde idée.", titre="La cour, en mieux")
    press(nadia, "next")
    nadia.get_by_role("heading", name="Structure et partenaires", level=1).wait_for()
    assert kept(site, ours, "resume") == "Seconde idée."
    assert kept(site, ours, "titre") == "La cour, en mieux"
    nadia.go_back()
    press(nadia, "next")
    with site.application.app_context():
        assert find(ours).rev == 3, "the same again is no edit"


# ---- the session ends while one writes


def sign_out_elsewhere(site, page: Page) -> None:
    """The device of this browser is gone: expired, or ended from another one."""
    serializer = site.application.session_interface.get_signing_serializer(site.application)
    cookie = next(
        c for c in page.context.cookies() if c["name"] == site.application.config["SESSION_COOKIE_NAME"]
    )
    token = serializer.loads(cookie["value"])["device"]
    with site.application.app_context(), writing():
        row = db.session.scalar(select(Device).where(Device.token_hash == digest(token)))
        db.session.delete(row)


def enter_in_another_tab(site, page: Page, email: str) -> None:
    """As somebody does who has the mail before them: a link, opened in a new tab, and its button."""
    from models import access

    with site.application.app_context(), writing():
        token = access.make_link(by_email(email), "sign-in")
    tab = page.context.new_page()
    tab.goto(f"/enter/{token}")
    tab.get_by_role("button", name="Entrer", exact=True).click()
    tab.get_by_role("heading", name="Bonjour").wait_for()
    tab.close()


TEXT = "Un long texte\nsur deux lignes, avec « guillemets » & مرحبا."


def test_the_session_ends_while_one_writes(site, ours, open_page, sign_in, allow):
    page = sign_in(open_page(360, js=False), "contributor")
    allow("401")
    write(page, ours, "titre", resume=TEXT, titre="Écrit avant la fin")
    sign_out_elsewhere(site, page)
    press(page, "next")
    expect(page.locator("h1")).to_have_text("Reconnectez-vous")
    shown = page.locator("main textarea[readonly]")
    assert TEXT in [box.input_value() for box in shown.all()]
    again = page.get_by_role("button", name="Envoyer à nouveau")
    assert kept(site, ours, "resume") == RESUME
    # Without signing in it only says so again, with everything still there.
    again.click()
    page.get_by_role("heading", name="Reconnectez-vous").wait_for()
    assert TEXT in [box.input_value() for box in shown.all()]
    with page.context.expect_page() as coming:
        page.get_by_role("link", name="Entrer dans un nouvel onglet").click()
    coming.value.get_by_role("heading", name="Entrer sans mot de passe").wait_for()
    coming.value.close()
    enter_in_another_tab(site, page, "nadia@passerelle.example")
    allow("403")
    send_again(page, TEXT)
    assert kept(site, ours, "resume") == TEXT
    assert kept(site, ours, "titre") == "Écrit avant la fin"


def send_again(page: Page, text: str) -> None:
    """The button; and, since signing in has changed the token, one gesture more on a page that has the text too."""
    page.get_by_role("button", name="Envoyer à nouveau").click()
    expect(page.locator("h1")).to_have_text("Un geste encore")
    assert text in [box.input_value() for box in page.locator("main textarea[readonly]").all()]
    page.get_by_role("button", name="Envoyer à nouveau").click()
    page.get_by_role("heading", name="Structure et partenaires", level=1).wait_for()


def test_somebody_else_has_signed_in_meanwhile(site, ours, nadia, allow):
    allow("409")
    write(nadia, ours, "titre", resume=TEXT)
    nadia.context.clear_cookies()
    enter_in_another_tab(site, nadia, CHRISTELLE)
    press(nadia, "next")
    expect(nadia.locator("main")).to_contain_text("Ce texte a été écrit sous un autre compte")
    assert TEXT in [box.input_value() for box in nadia.locator("main textarea[readonly]").all()]
    assert kept(site, ours, "resume") == RESUME
    assert held(site, ours) == 0
    # Nothing is offered that would fail again: the way back to her account, and the text to copy.
    expect(nadia.get_by_role("button", name="Revenir à l’autre compte")).to_be_visible()
    expect(nadia.get_by_role("button", name="Envoyer à nouveau")).to_have_count(0)


def test_a_new_fiche_is_not_made_under_another_account(site, nadia, allow):
    allow("409")
    nadia.goto("/fiches/new")
    fill(nadia, titre="Née sous Nadia", resume=TEXT)
    nadia.context.clear_cookies()
    enter_in_another_tab(site, nadia, CHRISTELLE)
    press(nadia, "next")
    expect(nadia.locator("main")).to_contain_text("un autre compte")
    expect(nadia.get_by_role("button", name="Envoyer à nouveau")).to_have_count(0)
    nadia.goto("/fiches/?mes=1")
    expect(nadia.locator("main")).not_to_contain_text("Née sous Nadia")
    with site.application.app_context():
        assert held_titles(CHRISTELLE) == []


def held_titles(email: str) -> list[str]:
    from models.fiche.fiche import Fiche

    own = select(FicheAuthor.fiche_id).where(FicheAuthor.person_id == by_email(email).id)
    return [f.title for f in db.session.scalars(select(Fiche).where(Fiche.id.in_(own))) if "Née" in f.title]


def test_a_stale_token_keeps_the_text(site, ours, nadia, allow):
    allow("403")
    write(nadia, ours, "titre", resume=TEXT)
    nadia.locator('main form[enctype] input[name="csrf_token"]').evaluate("(e) => { e.value = 'old' }")
    press(nadia, "next")
    expect(nadia.locator("h1")).to_have_text("Un geste encore")
    assert TEXT in [box.input_value() for box in nadia.locator("main textarea[readonly]").all()]
    assert kept(site, ours, "resume") == RESUME
    nadia.get_by_role("button", name="Envoyer à nouveau").click()
    nadia.get_by_role("heading", name="Structure et partenaires", level=1).wait_for()
    assert kept(site, ours, "resume") == TEXT


def test_a_fiche_that_is_no_longer_theirs_keeps_the_text(site, ours, nadia, allow):
    allow("404")
    write(nadia, ours, "titre", resume=TEXT)
    with site.application.app_context(), writing():
        fiche = find(ours)
        fiche.authors = [a for a in fiche.authors if a.person.email != "nadia@passerelle.example"]
    press(nadia, "next")
    assert TEXT in [box.input_value() for box in nadia.locator("main textarea[readonly]").all()]
    expect(nadia.get_by_role("button", name="Envoyer à nouveau")).to_have_count(0)
    assert kept(site, ours, "resume") == RESUME
