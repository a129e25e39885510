"""The whole way of a fiche, as the people go it: invited, written part by part, left, found again, sent, read,
retained, printed. First without scripts, on a phone and on a desk; then with them; then by keyboard alone."""

import re
import shutil
import subprocess
import sys
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from models.fiche.fiche import find
from models.store import new_id, writing
from tests.support.filler import Filler, control, part_key, picture, press, questions, shown
from tests.support.mailserver import MailServer
from tests.support.often import often
from tests.support.site import ROOT, Site

# Only the writers and the office read these.
SECRET = ("Besoins pour venir, 1", "Prénom (pour nous), 1")
DIGEST = re.compile(r"[0-9a-f]{64}")
NUMBER = re.compile(r"F-\d{4}-\d{3}")
# What stays without an answer, with a reason; another at each width, so that every question is answered once.
UNSURE = {
    360: {"annees.fin": "Elle continue.", "echanges.demandes": "Le groupe en parle en mars."},
    1280: {"annees.en_cours": "", "bilan.cout.montant": "Personne n’a compté.", "contexte": "C’était avant nous."},
}  # fmt: skip
# What is left for the end, so that the first look says that it is missing: field and the question it stands under.
MISSING = {
    "descriptif": "Racontez ce que vous faites.",
    "consentements.accord_structure": "La structure est d’accord",
}


@pytest.fixture(scope="module")
def house(tmp_path_factory, demo_template):
    """A site with its worker and a post office: what is mailed arrives, what is asked for is made."""
    folder = tmp_path_factory.mktemp("house") / "instance"
    shutil.copytree(demo_template, folder)
    running = Site(folder)
    with (
        running.application.app_context(),
        writing(),
    ):  # one of each state is enough beside what is written here
        for number in ("F-2016-008", "F-2016-009", "F-2016-011"):
            find(number).state = "ANN"
    with MailServer() as post:
        settings = {"TABLEE_MAIL_SERVER": post.host, "TABLEE_MAIL_PORT": str(post.port)}
        running.post = post
        running.start(environment=settings).start_worker(environment=settings)
        yield running
        running.stop()


@pytest.fixture
def base_url(house):
    return house.url


def flask(house, *arguments: str) -> str:
    """What a command prints."""
    command = [sys.executable, "-m", "flask", "--app", "app", *arguments]
    environment = {"TABLEE_INSTANCE": str(house.instance), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


def scan(link: str) -> None:
    """A mail scanner looks at a link before the person does, twice, in the two ways it has."""
    for method in ("HEAD", "GET"):
        looked = urllib.request.Request(link, method=method, headers={"User-Agent": "scanner"})
        with urllib.request.urlopen(looked, timeout=20) as answer:
            assert answer.status == 200
            assert "set-cookie" not in answer.headers or "device" not in answer.headers["set-cookie"]


def come_in(page: Page, link: str) -> None:
    """Open a link that a scanner has looked at, and touch its one button."""
    scan(link)
    page.goto(link)
    page.get_by_role("button", name="Entrer", exact=True).click()
    page.get_by_role("heading", name="Bonjour").wait_for()


def mailed_link(house, page: Page, email: str) -> str:
    """Ask for a new link at the door; the one that the mail brings."""
    before = len(house.post.messages)
    page.goto("/enter")
    page.get_by_label("Votre adresse de courriel").fill(email)
    page.get_by_role("button", name="Recevoir mon lien").click()
    page.get_by_role("heading", name="Regardez votre boîte").wait_for()
    house.post.wait_for(
        lambda post: any(email in m.recipients and "/enter/" in m.text for m in post.messages[before:]), 60
    )
    message = next(m for m in house.post.messages[before:] if email in m.recipients and "/enter/" in m.text)
    return re.search(r"https?://\S+/enter/\S+", message.text)[0]


def leave(page: Page) -> None:
    """Sign out by the menu, wherever the width puts it."""
    if not page.locator(".me > summary").is_visible():
        page.locator(".menu > summary").click()
    if not page.get_by_role("button", name="Sortir").is_visible():
        page.locator(".me > summary").click()
    page.get_by_role("button", name="Sortir").click()
    page.get_by_role("heading", name="Entrer sans mot de passe").wait_for()


def ref_of(page: Page) -> str:
    return page.url.split("/fiches/")[1].split("/")[0]


def pdf_text(path) -> str:
    done = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, timeout=60, check=True
    )
    return re.sub(r"\s+", " ", done.stdout.decode())


def make_and_take(page: Page, button: str):
    """Ask for a PDF, wait on its page until it is there, and take it."""
    page.get_by_role("button", name=button).first.click()
    page.wait_for_url("**/dossiers/*-*")
    take = page.get_by_role("button", name="Télécharger le PDF")
    take.wait_for(timeout=120_000)
    with page.expect_download() as coming:
        take.click()
    return coming.value.path()


def comes_back_as_typed(page: Page, ref: str, filler: Filler) -> None:
    """Every part shows what was typed into it, and nothing else."""
    pictures = 0
    for part in questions.PARTS:
        page.goto(f"/fiches/{ref}/edit/{part.key}")
        found, wanted = shown(page), filler.of_part(part)
        digests = [name for name, texts in found.items() if name not in wanted and DIGEST.fullmatch(texts[0])]
        pictures += len(digests)
        for name in digests:
            assert (
                page.locator(f'figure img[src$="{found.pop(name)[0]}"]').evaluate("(i) => i.naturalWidth")
                == 320
            )
        assert found == wanted
    assert pictures == 1 + filler.items, "the picture of the diagram and the photos"


def test_the_two_widths_answer_every_question():
    unsure = [{key for key, why in UNSURE[width].items() if why} for width in UNSURE]
    assert not set.intersection(*unsure)
    left_out = {"annees.en_cours", "annees.fin"}  # one of the two contradicts the other
    assert set.union(*unsure) - left_out <= {q.key for q in questions.leaves().values() if not q.until}


@pytest.mark.parametrize("width", often([360, 1280]))
def test_from_the_invitation_to_the_dossier_without_scripts(house, open_page, sign_in, width):
    turn = new_id()[-4:]  # somebody else each time, should the browser have to be asked twice
    word, email = f"moulinette{width}{turn}", f"nora{width}{turn}@atelier.example"
    page = open_page(width, js=False)
    come_in(page, flask(house, "invite", email, "--role", "contributor", "--name", "Nora Vidal"))

    page.get_by_role("link", name="Commencer une fiche").first.click()
    filler = Filler(page, word=word, unsure={k: v for k, v in UNSURE[width].items() if v},
                    left=frozenset(MISSING) | {k for k, v in UNSURE[width].items() if not v})  # fmt: skip
    for part in questions.PARTS:
        filler.part(part)
        if part.key == "structure":
            lengthen_move_shorten(page, filler)
        if part.key != "perspectives":
            press(page, "next")
            continue
        press(page, "later")
        expect(page.get_by_role("status")).to_contain_text("Gardé. Vous pouvez continuer plus tard.")
        ref = ref_of(page)
        leave(page)
        page.goto(f"/fiches/{ref}/edit/echanges")
        page.get_by_role("heading", name="Entrer sans mot de passe").wait_for()
        come_in(page, mailed_link(house, page, email))
        page.goto(f"/fiches/{ref}/edit/echanges")
    asked = {key for key, q in questions.leaves().items() if q.asked()}
    assert filler.filled == asked - set(UNSURE[width]) - set(MISSING)

    what_is_missing_is_said_and_found(page, filler)
    comes_back_as_typed(page, ref, filler)
    number = sent_once_and_for_all(page, ref)
    house.post.wait_for(
        lambda post: any(email in m.recipients and number in m.text for m in post.messages), 60
    )
    read_by_its_writer(page, ref, word)

    member = sign_in(open_page(width, js=False, accept_downloads=True), "committee", site=house)
    found_and_retained(member, number, word, filler.typed["secteurs"][0])
    text = pdf_text(make_and_take(member, "Faire le PDF"))
    assert number in text
    assert f"Descriptif du dispositif, 1 : {word}" in text
    assert not any(words in text for words in SECRET)
    if width == 360:
        chair = sign_in(open_page(width, js=False, accept_downloads=True), "chair", site=house)
        chair.goto("/dossiers/")
        text = pdf_text(make_and_take(chair, "Faire le PDF"))
        assert number in text
        assert f"Descriptif du dispositif, 1 : {word}" in text
        assert not any(words in text for words in SECRET)


def lengthen_move_shorten(page: Page, filler: Filler) -> None:
    """A third partner, moved up, moved down, taken away, put back, and taken away for good."""
    q = questions.leaves()["partenaires"]
    first, second = filler.typed[q.key]
    third = filler.add_item(q, 2)

    def order() -> list[str]:
        return control(page, q.key).evaluate_all("(all) => all.map((e) => e.value)")

    press(page, f"up:partenaires:{third}")
    assert order() == [first, third, second]
    assert page.url.endswith(f"#f-partenaires-{third}")
    press(page, f"down:partenaires:{first}")
    assert order() == [third, first, second]
    press(page, f"remove:partenaires:{third}")
    assert order() == [first, second]
    page.get_by_role("button", name="Le remettre").click()
    page.get_by_text("Remis comme avant").wait_for()
    assert order() == [third, first, second]
    press(page, f"remove:partenaires:{third}")
    assert order() == [first, second]
    filler.typed = {
        k: [v for v in texts if v != third]
        for k, texts in filler.typed.items()
        if not k.startswith(f"{q.key}.{third}.")
    }
    # Buttons at the ends lead nowhere and say so.
    assert page.locator(f'button[value="up:partenaires:{first}"]').is_disabled()
    assert page.locator(f'button[value="down:partenaires:{second}"]').is_disabled()


def what_is_missing_is_said_and_found(page: Page, filler: Filler) -> None:
    """The list before sending names what is left; each of its links leads to the field, which says so too."""
    ref = ref_of(page)
    assert page.url.endswith("/check")
    links = page.locator("main .list a")
    expect(links).to_have_count(len(MISSING))
    expect(page.get_by_role("button", name="Envoyer au comité")).to_have_count(0)
    for key, words in MISSING.items():
        page.goto(f"/fiches/{ref}/check")
        links.first.click()
        field = page.locator("main :target")
        field.wait_for()
        assert control(page, key).first.get_attribute("id") == field.get_attribute("id")
        expect(field).to_be_visible()
        expect(page.locator("main .todo")).to_have_count(1)
        expect(page.locator(".field", has=page.locator(".todo"))).to_contain_text(words)
        assert part_key(page) == questions.part_of()[key]
        filler.question(questions.leaves()[key])
        press(page, "next")


def sent_once_and_for_all(page: Page, ref: str) -> str:
    """A page that was open before something was emptied is refused in a sentence; then it leaves, with a number."""
    page.goto(f"/fiches/{ref}/check")
    page.get_by_text("Tout y est.").wait_for()
    other = page.context.new_page()
    other.goto(f"/fiches/{ref}/edit/objectifs")
    kept = [c.input_value() for c in control(other, "objectifs").all()]
    for line in control(other, "objectifs").all():
        line.fill("")
    press(other, "later")
    page.get_by_role("button", name="Envoyer au comité").click()
    expect(page.get_by_role("alert")).to_contain_text("La fiche a changé entre-temps")
    page.get_by_role("link", name="Voir ce qui reste").click()
    page.get_by_role("link", name="Objectifs visés").click()
    for text in kept:
        if control(page, "objectifs").last.input_value():
            press(page, "add:objectifs")
        control(page, "objectifs").last.fill(text)
    press(page, "later")
    other.close()
    page.goto(f"/fiches/{ref}/check")
    page.get_by_role("button", name="Envoyer au comité").click()
    said = page.get_by_role("status").filter(has_text=NUMBER)
    number = NUMBER.search(said.inner_text())[0]
    expect(page.locator(".kicker")).to_contain_text(number)
    expect(page.locator(".kicker")).to_contain_text("Envoyée")
    expect(page.get_by_role("button", name="Envoyer au comité")).to_have_count(0)
    return number


def read_by_its_writer(page: Page, ref: str, word: str) -> None:
    page.goto(f"/fiches/{ref}")
    sheet = page.locator(".sheet")
    for row in questions.SHEET:
        expect(sheet.get_by_role("heading", name=str(row.label)).first).to_be_visible()
    assert sheet.inner_text().count(word) > 25
    expect(sheet).to_contain_text(SECRET[0])
    expect(page.locator(".sheet img")).to_have_count(3)
    for img in page.locator(".sheet img").all():
        assert img.get_attribute("alt")


def found_and_retained(page: Page, number: str, word: str, sector: str) -> None:
    """Found by a word and by filters, read without what is the writer's own, retained."""
    page.goto("/fiches/")
    page.get_by_role("searchbox").fill(word)
    page.get_by_role("button", name="Chercher").click()
    expect(page.locator(".line.fiche")).to_have_count(1)
    expect(page.locator(".line.fiche")).to_contain_text(number)
    page.goto("/fiches/")
    page.locator("summary", has_text="Filtrer").click()
    page.get_by_label("Secteur").select_option(sector)
    page.get_by_label("État").select_option("SOU")
    page.get_by_role("button", name="Filtrer", exact=True).click()
    expect(page.locator(".list")).to_contain_text(number)
    page.get_by_label("État").select_option("PUB")
    page.get_by_role("button", name="Filtrer", exact=True).click()
    expect(page.locator("main")).not_to_contain_text(number)
    page.goto(f"/fiches/?q={word}")
    page.locator(".line.fiche a").click()
    for words in SECRET:
        expect(page.locator(".sheet")).not_to_contain_text(words)
    page.get_by_role("button", name="Retenir").click()
    expect(page.get_by_role("status")).to_contain_text("Retenue")


# ---- with scripts


@pytest.mark.parametrize("width", often([360, 1280]))
def test_with_scripts_the_form_counts_guards_and_names_files(house, open_page, sign_in, allow, width):
    page = sign_in(open_page(width), "contributor", site=house)
    allow("422")  # the answer to what cannot be kept as it is
    page.goto("/fiches/new")
    page.get_by_label("Comment s’appelle votre action ?").press_sequentially("Été 👩‍👩‍👧")
    expect(page.locator("#f-titre-c")).to_have_text("5 signes sur 80 conseillés.")
    page.locator("#f-titre").fill("É" * 81)
    expect(page.locator("#f-titre-c")).to_have_text(re.compile("^81 signes. 80 suffisent"))

    # What is kept on the device needs no question when one goes elsewhere, and is there again.
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator("#f-titre").fill("Le jardin des voisins")
    page.locator("[data-kept]:not([hidden])").wait_for()
    page.locator("a.brand").click()
    page.get_by_role("heading", name="Bonjour").wait_for()
    assert asked == []
    page.locator("a.chip").click()
    page.locator('[data-line="draft"] summary').click()
    page.locator('[data-line="draft"]').get_by_role("link", name="Ouvrir").click()
    expect(page.locator("#f-titre")).to_have_value("Le jardin des voisins")
    page.locator("form[data-ready]").wait_for()
    page.locator('section:not([hidden]) [name="langue"]').select_option("fr")
    page.locator('.savebar button[value="later"]').click()
    page.locator('[data-line="receipt"]').get_by_role("link", name="Le jardin des voisins").first.click()
    page.get_by_role("heading", name="Le jardin des voisins").wait_for()
    ref = ref_of(page)

    # A picture is made ready here, and is there when the text has gone.
    page.goto(f"/fiches/{ref}/edit/accords")
    page.locator("form[data-ready]").wait_for()
    page.locator('button[value="add:photos"]').click()
    name = control(page, "photos").input_value()
    file = {"name": "Été à la mer.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    control(page, f"photos.{name}.fichier.file").set_input_files(file)
    expect(page.locator("ul.names li")).to_have_text(re.compile(r"^Été à la mer\.jpg\s: gardée"))
    control(page, f"photos.{name}.alternative").fill("La plage, et des parasols")
    press(page, "next")
    page.goto("/outbox")
    page.locator("[data-none]:not([hidden])").wait_for()
    page.goto(f"/fiches/{ref}/edit/accords")
    shown_at = "(i) => i.decode().then(() => i.naturalWidth)"
    assert page.locator("figure img").evaluate(shown_at) == 320

    page.goto(f"/fiches/{ref}/edit/bilan")
    page.locator("form[data-ready]").wait_for()
    page.locator("#f-bilan-cout-montant").fill("beaucoup")
    press(page, "next")
    summary = page.get_by_role("alert")
    assert summary.evaluate("(e) => e === document.activeElement"), "the keyboard starts at the list"
    expect(page.locator("#f-bilan-cout-montant")).to_have_value("beaucoup")
    summary.get_by_role("link").click()
    expect(page.locator("#f-bilan-cout-montant")).to_be_focused()
    assert "bilan-cout-montant-e" in page.locator("#f-bilan-cout-montant").get_attribute("aria-describedby")


# ---- by keyboard alone


class Keys:
    """A person without a pointer: goes on by Tab, and sees at each stop where they are."""

    SEEN = """(wanted) => { const e = document.activeElement, box = e.getBoundingClientRect(), own = getComputedStyle(e);
      const ring = e.matches('.choice > input') ? getComputedStyle(e.nextElementSibling) : own;  // the whole row
      return [e.outerHTML.slice(0, 80), box.bottom > 0 && box.top < innerHeight,
        [own, ring].some((s) => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2), e === wanted]; }"""

    def __init__(self, page: Page):
        self.page = page

    def to(self, target, most: int = 150) -> "Keys":
        """Tab until this is reached. Each stop is in the window and marked."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            what, in_sight, marked, there = target.evaluate(self.SEEN)
            assert in_sight, f"{what} is focused out of sight"
            assert marked, f"nothing marks {what}"
            if there:
                return self
        raise AssertionError(f"{target} was not reached")

    def press(self, *keys: str) -> "Keys":
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def type(self, text: str) -> "Keys":
        self.page.keyboard.type(text)
        return self

    def go(self, key: str = "Enter") -> "Keys":
        """A key that brings another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        return self


@pytest.mark.parametrize("js", often([True, False]))
def test_a_fiche_is_written_and_sent_by_keyboard_alone(house, open_page, sign_in, js):
    complete = draft_ready_to_go(house, f"Prête à partir {js}")
    page = sign_in(open_page(1280, js=js), "contributor", site=house)
    page.goto("/fiches/new")
    keys = Keys(page)
    keys.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    keys.press("Enter").to(page.locator("#f-titre")).type("Au clavier")
    keys.to(page.locator("#f-langue")).type("Nederlands").to(page.locator("#f-resume")).type(
        "Une seule main."
    )
    keys.to(page.locator("#f-precedente")).type("F-2016-002").go()  # Enter in a line keeps and goes on
    page.get_by_role("heading", name="Structure et partenaires", level=1).wait_for()
    ref = ref_of(page)

    add = page.locator('button[value="add:partenaires"]')
    act = (lambda: keys.press("Enter")) if js else keys.go  # with scripts a list changes in the page
    if js:
        page.locator("form[data-ready]").wait_for()
    for many, name in enumerate(("Un", "Deux"), 1):
        keys.to(add)
        act()
        expect(control(page, "partenaires")).to_have_count(many)  # with scripts it is there a moment later
        if not js:
            keys.press("Tab")
        keys.type(name).press("Tab").type("Commune").press("Tab").type(f"rôle {name}")
    names = control(page, "partenaires").evaluate_all("(all) => all.map((e) => e.value)")
    keys.to(page.locator(f'button[value="up:partenaires:{names[1]}"]'))
    act()
    expect(control(page, "partenaires").first).to_have_value(names[1])
    assert control(page, "partenaires").evaluate_all("(all) => all.map((e) => e.value)") == names[::-1]
    # One goes on from the item that was moved, not from the top.
    if js:
        expect(page.locator(f'button[value="down:partenaires:{names[1]}"]')).to_be_focused()
    else:
        keys.press("Tab")
        expect(page.locator(f"#f-partenaires-{names[1]}-nom")).to_be_focused()
    keys.to(page.locator(f'button[value="remove:partenaires:{names[1]}"]'))
    act()
    expect(page.get_by_role("status")).to_contain_text("Retiré")
    expect(control(page, "partenaires")).to_have_count(1)
    page.goto(f"/fiches/{ref}/edit/structure")
    if js:
        page.locator("form[data-ready]").wait_for()
    keys.to(page.get_by_role("button", name="Garder, continuer plus tard")).go()
    expect(page.get_by_role("status")).to_contain_text("Envoyé à" if js else "Gardé")

    page.goto(f"/fiches/{ref}/edit/mots")
    box = page.locator('main [name="secteurs"]').first
    keys.to(box).press("Space")
    expect(box).to_be_checked()
    reason = control(page, "donnees_manquantes.determinants")
    unsure = page.locator(".unsure", has=page.locator('[name="donnees_manquantes.determinants"]'))
    keys.to(unsure.locator("summary")).press("Enter").to(reason).type("On en parle.")
    keys.go()
    page.goto(f"/fiches/{ref}/edit/mots")
    assert shown(page) == {
        "secteurs": [box.get_attribute("value")],
        "donnees_manquantes.determinants": ["On en parle."],
    }
    page.goto(f"/fiches/{ref}/edit/bilan")
    keys.to(control(page, "bilan.cout.hors_personnel").last).press("ArrowUp")
    expect(page.get_by_role("radio", name="Non", exact=True)).to_be_checked()

    page.goto("/")
    keys.to(page.locator("main .list").first.get_by_role("link", name=f"Prête à partir {js}")).go()
    if "/check" not in page.url:
        page.goto(f"/fiches/{complete}/check")
    keys.to(page.get_by_role("button", name="Envoyer au comité")).go()
    expect(page.get_by_role("status").filter(has_text="Envoyée au comité")).to_be_visible()


def draft_ready_to_go(house, title: str) -> str:
    """A complete draft of the contributor, made beside the form; its id."""
    from models.fiche.content import normal
    from models.fiche.saving import adopt
    from tests.support.cast import person

    with house.application.app_context(), writing():
        content = {**normal(find("F-2016-002").content), "titre": title, "photos": []}
        return adopt(content, owner=person("contributor")).id
