"""Reciprocal exchange of knowledge, on a phone without scripts: an offer meets a request, somebody puts two in touch, both say
yes, it is done, three lines are written. And “count me in” for a common action, with scripts."""

from playwright.sync_api import Page, expect
from sqlalchemy import select

from models.exchanges import Exchange
from models.joint_actions import JointAction, Partaking
from models.store import db
from tests.support.browser import axe, sideways_scroll

NADIA = "nadia@passerelle.example"


def touch(page: Page, name: str) -> None:
    """A button or a link that leads to another page."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def fits(page: Page) -> None:
    assert sideways_scroll(page) == 0


def sound(page: Page) -> None:
    """Of a page that runs scripts: axe needs them."""
    assert axe(page) == []
    fits(page)


def test_from_an_offer_to_three_lines(site, open_page, sign_in):
    """Monique offers, Nadia's request meets it, Anne-Marie proposes, both say yes, Nadia says that it is done."""
    phone = sign_in(open_page(360, js=False), "companion")
    phone.goto("/exchanges/")
    with phone.expect_navigation():
        phone.get_by_role("link", name="J’offre un savoir").click()
    phone.get_by_label("Quel savoir ?").fill("Réparer les vélos")
    phone.get_by_label("Pour qui parlez-vous ?").select_option(label="Le café papote")
    fits(phone)
    touch(phone, "Mettre au tableau")
    expect(phone.locator("main")).to_contain_text("Rien au tableau ne dit encore les mêmes mots")
    offer = phone.url

    nadia = sign_in(open_page(360, js=False), "contributor")
    nadia.goto("/exchanges/new?kind=request")
    nadia.get_by_label("Quel savoir ?").fill("Réparer un vélo avec mon fils")
    touch(nadia, "Mettre au tableau")
    expect(nadia.locator("#correspond + ul")).to_contain_text("mots communs")
    fits(nadia)

    chair = sign_in(open_page(1280), "chair")
    chair.goto(offer)
    with chair.expect_navigation():
        chair.get_by_role("link", name="Les mettre en contact : Réparer un vélo avec mon fils").click()
    chair.get_by_label("Un mot pour les deux").fill("Le samedi vous va à toutes deux.")
    sound(chair)
    touch(chair, "Proposer l’échange")
    expect(chair.locator("main")).to_contain_text("n’a pas encore répondu")

    for page, named in ((nadia, True), (phone, False)):
        page.goto("/exchanges/mine")
        with page.expect_navigation():
            page.get_by_role("link", name="Un échange vous est proposé").click()
        expect(page.locator("main")).to_contain_text("Le samedi vous va à toutes deux.")
        expect(page.get_by_role("link", name=NADIA)).to_have_count(0)
        page.get_by_label("Mon nom peut être dit").set_checked(named)
        fits(page)
        touch(page, "Oui, cela me va")
    expect(phone.get_by_role("link", name=NADIA)).to_be_visible()

    nadia.reload()
    touch(nadia, "C’est fait")
    with nadia.expect_navigation():
        nadia.get_by_role("link", name="Écrire mes trois lignes").click()
    nadia.get_by_label("Ce que j’ai appris").fill("Une chaîne se nettoie avant de se graisser.")
    fits(nadia)
    touch(nadia, "Garder mes trois lignes")
    phone.goto(nadia.url)
    expect(phone.locator("main")).to_contain_text("Une chaîne se nettoie avant de se graisser.")
    with site.application.app_context():
        row = db.session.scalars(select(Exchange).where(Exchange.subject == "Réparer les vélos")).one()
        assert (row.state, row.giver_named, row.receiver_named) == ("done", False, True)


def test_count_me_in(site, open_page, sign_in):
    """Els brings a second organisation of another sector; what was missing is missing no more."""
    page = sign_in(open_page(360), "group_member")
    page.goto("/actions/")
    expect(page.locator("main")).to_contain_text("Il manque une deuxième organisation")
    with page.expect_navigation():
        page.get_by_role("link", name="Une semaine sans froid dans les maisons").click()
    page.get_by_label("Pour qui parlez-vous ?").select_option(label="Wijkadem")
    page.get_by_label("Ce que vous apportez").fill("Dix thermomètres.")
    sound(page)
    touch(page, "Comptez-moi")
    expect(page.locator("#table ~ ul")).to_contain_text("Dix thermomètres.")
    expect(page.locator("main")).to_contain_text("elle peut se mettre en route")
    with site.application.app_context():
        number = select(JointAction.id).where(JointAction.number == "A-2016-01")
        rows = db.session.scalars(select(Partaking).where(Partaking.action_id.in_(number))).all()
        assert sorted(row.organisation.name_for("fr") for row in rows if row.organisation) == ["Union des locataires", "Wijkadem"]  # fmt: skip
