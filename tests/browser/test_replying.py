"""Léon answers from his mail, Bart by telephone; a voice is given, its carrier drops out, and the eve shows it."""

import re

import pytest
from playwright.sync_api import Page, expect

from models import convening, replies
from models.meetings import meeting_by_code
from models.store import db, now, writing
from tests.support.browser import axe, sideways_scroll
from tests.support.gatherings import ANNE, BART, LEON, SAMIRA, meeting, who


@pytest.fixture
def posting_site(make_site, smtp):
    """The application with its worker and a mail server."""
    site = make_site()
    environment = {"TABLEE_MAIL_SERVER": smtp.host, "TABLEE_MAIL_PORT": str(smtp.port)}
    site.start(environment=environment)
    site.start_worker(environment)
    return site


@pytest.fixture
def base_url(posting_site):
    return posting_site.url


@pytest.fixture
def code(posting_site) -> str:
    """A convened meeting."""
    with posting_site.application.app_context():
        return meeting(f"ESSAI-{now():%H%M%S}").code


def hears(smtp, address: str, words: str) -> None:
    """A mail comes to somebody whose subject says so."""

    def told(server) -> bool:
        subjects = (str(m.message["Subject"]) for m in server.messages if m.recipients == [address])
        return any(words in subject for subject in subjects)

    smtp.wait_for(told, 60)


def press(page: Page, words: str) -> None:
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=words).first.click()


def looked_at(page: Page) -> None:
    assert sideways_scroll(page) == 0
    assert axe(page) == []


def answer_of(site, code: str, email: str) -> tuple[str, bool]:
    """(answer, whether the voice is carried by nobody)."""
    with site.application.app_context():
        db.session.rollback()
        row = replies.reply_of(meeting_by_code(code).id, who(email).id)
        return row.answer, row.lost_proxy_at is not None


def test_from_the_mail_to_the_eve(open_page, sign_in, posting_site, smtp, code):
    # Léon, on a phone without scripts.
    link = link_to(smtp, LEON, code)
    leon = open_page(360, js=False)
    leon.goto(link)
    buttons = leon.locator(".answers .answer b")
    assert [b.strip() for b in buttons.all_inner_texts()] == [
        "Je viens",
        "Je viens à distance",
        "Je ne viens pas",
        "Je donne ma voix à…",
    ]
    assert all(b.bounding_box()["height"] >= 80 for b in leon.locator(".answers .answer").all())
    press(leon, "Je viens")
    expect(leon.get_by_role("status")).to_contain_text("C’est noté : vous venez.")
    assert answer_of(posting_site, code, LEON)[0] == "OUI"
    leon.goto(link)  # he changes his mind
    leon.locator("summary", has_text="Je donne ma voix").click()
    leon.get_by_label("À qui ?").select_option(label="Anne-Marie Lhoest")
    press(leon, "Donner ma voix")
    expect(leon.get_by_role("status")).to_contain_text("vous donnez votre voix à Anne-Marie Lhoest")
    hears(smtp, ANNE, "vous donne sa voix")

    # Bart telephones; Samira notes it.
    office = sign_in(open_page(1280), "coordination", site=posting_site)
    office.goto(f"/meetings/{code}/eve")
    office.locator(".people li", has_text="Bart Claes").get_by_role(
        "link", name=re.compile("Noter sa réponse")
    ).click()
    looked_at(office)
    press(office, "Vient à distance")
    expect(office.locator(".note.ok")).to_contain_text("Saisi par Samira Haddad")
    assert answer_of(posting_site, code, BART) == ("DIS", False)

    # Anne-Marie cannot come after all: everybody who must know does.
    anne = open_page(360)
    anne.goto(link_to(smtp, ANNE, code))
    looked_at(anne)
    press(anne, "Je ne viens pas")
    looked_at(anne)
    assert answer_of(posting_site, code, LEON) == ("PRO", True)
    hears(smtp, LEON, "n’est plus portée")
    hears(smtp, SAMIRA, "Léon Marchal")
    office.goto(f"/meetings/{code}/eve")
    expect(office.locator("main")).to_contain_text("Léon Marchal")
    seen = office.locator("main").inner_text()
    assert re.search(r"voix", seen, re.I)


def link_to(smtp, address: str, code: str) -> str:
    """The link to answer, from the first mail that brings one to somebody; its paper is set first."""
    link = re.compile(rf"https?://[^/\s]+(/meetings/{code}/reply/\S+)")

    def found(server) -> list:
        return [m for m in server.messages if m.recipients == [address] and link.search(m.text)]

    smtp.wait_for(found, 120)
    return link.search(found(smtp)[0].text)[1]


def test_the_month_is_looked_at_and_followed(open_page, sign_in, posting_site, code):
    for width in (360, 1280):
        page = sign_in(open_page(width), "committee", site=posting_site)
        page.goto("/meetings/calendar")
        looked_at(page)
        press(page, "En faire une autre" if width == 1280 else "Faire mon adresse")
        assert "/meetings/calendar/" in page.get_by_label("Adresse à donner à votre agenda").input_value()
        looked_at(page)


def test_a_cancelled_meeting_asks_for_nothing(open_page, posting_site, smtp, code):
    link = link_to(smtp, LEON, code)
    with posting_site.application.app_context(), writing():
        convening.apply(meeting_by_code(code), "cancel", who(SAMIRA))
    page = open_page(360, js=False)
    page.goto(link)
    expect(page.locator("main")).to_contain_text("Cette réunion est annulée. Vous n’avez rien à faire.")
    expect(page.locator(".answers")).to_have_count(0)
