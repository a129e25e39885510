"""From a place that is proposed to the new member's first visit, with a real mail server: the person answers from their
mail on a phone without scripts, members say what they think, a meeting decides, a sponsor welcomes."""

import io
from datetime import timedelta

import pikepdf
import pytest

from blueprints import jobs
from models import widening
from models.people import by_email
from models.store import db, now, writing
from models.widening import Case
from tests.browser.test_joining import mail_to, scanned, sound
from tests.support.browser import axe
from tests.support.doors import path_in
from tests.support.site import wait_until

ZOE = "zoe@haies.example"


@pytest.fixture
def posting_site(make_site, smtp):
    """The site with a worker that sends to a real mail server."""
    site = make_site()
    environment = {"TABLEE_MAIL_SERVER": smtp.host, "TABLEE_MAIL_PORT": str(smtp.port)}
    site.start(environment=environment)
    site.start_worker(environment)
    return site


def case_of(site) -> Case:
    with site.application.app_context():
        found = db.session.scalars(db.select(Case).order_by(Case.proposed_at.desc())).first()
        _ = (found.meeting, found.circle)
        return found


def change(site, **values) -> None:
    """Time passes for the case that was proposed last, and for its meeting."""
    code = case_of(site).code
    with site.application.app_context(), writing():
        row = widening.case_by_code(code)
        for name, value in values.items():
            setattr(row.meeting if name == "starts_at" else row, name, value)


def test_a_place_is_proposed_and_taken(open_page, sign_in, posting_site, smtp):
    site = posting_site

    def page_of(role: str, width: int = 1280, *, js: bool = True):
        return sign_in(open_page(width, js=js, base_url=site.url), role, site=site)

    leon = page_of("committee", 360, js=False)
    leon.goto("/committee/COPIL")
    leon.get_by_role("link", name="Proposer une place").click()
    leon.get_by_label("Que manque-t-il autour de la table ?").fill(
        "Personne ne plante de haies avec ses voisins."
    )
    leon.get_by_label("Quel secteur ?").select_option("ENV")
    leon.get_by_label("Son nom").fill("Zoé Lambrecht")
    leon.get_by_label("Son adresse de courriel").fill(ZOE)
    sound(leon, "widening-propose")
    leon.get_by_role("button", name="Proposer").click()
    leon.get_by_role("heading", name="Zoé Lambrecht").wait_for()

    link = path_in(mail_to(smtp, ZOE).text)
    scanned(site.url + link)
    assert case_of(site).state == "proposed"
    zoe = open_page(360, js=False, base_url=site.url)
    zoe.goto(link)
    sound(zoe, "widening-place")
    zoe.get_by_role("button", name="Oui, parlez-en").click()
    zoe.get_by_role("heading", name="vous avez dit oui").wait_for()
    sound(zoe, "widening-yes")

    chair = page_of("chair")
    chair.goto(path_in(mail_to(smtp, "am.lhoest@habitants.example", words="/widening/").text))
    chair.get_by_role("button", name="Demander leur avis").click()
    chair.get_by_text("Les membres reçoivent un courriel").wait_for()
    nadia = page_of("contributor", 360)
    nadia.goto(path_in(mail_to(smtp, "nadia@passerelle.example", words="/widening/").text))
    nadia.wait_for_selector("form[data-ready]")
    nadia.get_by_role("button", name="Je suis d’accord").click()
    nadia.get_by_text("C’est noté").wait_for()
    assert axe(nadia) == []

    change(site, opinion_until=now() - timedelta(seconds=1))
    with site.application.app_context():
        jobs.wake()
    assert wait_until(lambda: case_of(site).state == "decision" and case_of(site).item_id)
    change(site, starts_at=now() - timedelta(hours=1))
    chair.reload()
    sound(chair, "widening-decision")
    chair.get_by_role("button", name="Elle a dit oui").click()
    chair.get_by_role("link", name="Préparer l’accueil").click()
    chair.get_by_label("Qui accueille ?").select_option(label="Léon Marchal")
    sound(chair, "widening-welcome")
    chair.get_by_role("button", name="Envoyer l’invitation").click()
    chair.get_by_role("heading", name="L’invitation est partie").wait_for()

    zoe.goto(path_in(mail_to(smtp, ZOE, 2).text))
    zoe.get_by_role("button", name="Entrer").click()
    zoe.get_by_role("heading", name="Bonjour Zoé Lambrecht").wait_for()
    found = case_of(site)
    with site.application.app_context():
        assert (found.state, by_email(ZOE).id in widening.case_by_code(found.code).circle.voice_ids) == (
            "accepted",
            True,
        )
    zoe.goto(path_in(mail_to(smtp, ZOE, 3).text))
    zoe.get_by_role("heading", name="Bienvenue à la table").wait_for()
    sound(zoe, "widening-sheet")
    pdf_pages(zoe)


def pdf_pages(page) -> None:
    """The sheet alone fits on one page of paper."""
    with pikepdf.open(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True))) as document:
        assert len(document.pages) == 1
