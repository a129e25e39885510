"""A meeting is prepared and convened on a phone without scripts; with them, rows move in place and minutes add up."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from models import agenda, circles, convening, meetings, replies
from models.deliveries import Mail
from models.meetings import Meeting
from models.store import db, now, writing
from models.tasks import Task
from tests.support import meetings as made
from tests.support.browser import axe, sideways_scroll
from tests.support.cast import person


def press(page: Page, words: str) -> None:
    """A button or a link by its words, and the page that comes of it."""
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=words).or_(
            page.locator("main").get_by_role("link", name=words)
        ).first.click()


def looked_at(page: Page) -> None:
    assert sideways_scroll(page) == 0
    assert axe(page) == []


@pytest.fixture
def prepared(site):
    """A meeting of an hour with three items of twenty minutes, of a circle of its own; its code."""
    with site.application.app_context(), writing():
        chair = person("chair")
        code = f"ESSAI-{now():%H%M%S%f}"[:20]
        row = made.meeting(made.circle(code, (chair, "chair"), (person("committee"), "member")), chair)
        for title in ("Un", "Deux", "Trois"):
            made.item(row, title, 20, chair)
        return row.code


def titles(site, code: str) -> list[tuple[str, int]]:
    with site.application.app_context():
        db.session.rollback()
        return [(i.title, i.minutes) for i in agenda.items(meetings.meeting_by_code(code))]


def test_a_meeting_is_prepared_and_convened_on_a_phone_without_scripts(site, open_page, sign_in):
    with site.application.app_context(), writing():
        db.session.execute(update(Task).values(state="done"))  # none is open: the agenda begins empty
    page = sign_in(open_page(360, js=False), "chair")
    day = (now() + timedelta(days=20)).date()
    page.goto("/meetings/")
    press(page, "Préparer une réunion")
    with page.expect_navigation():
        page.get_by_role("link", name="Choisir : Comité de pilotage").click()
    page.get_by_label("Titre").fill("Rencontre d’été")
    page.get_by_label("Jour").first.fill(day.isoformat())
    page.get_by_label("De", exact=True).fill("10:00")
    page.get_by_label("À", exact=True).fill("11:00")
    press(page, "Garder et écrire l’ordre du jour")
    code = page.url.split("/meetings/")[1].split("/")[0]
    points = (("Accueil", "10"), ("Les places vides", "40"), ("Suite", "10"))
    for number, (title, minutes) in enumerate(points):
        press(page, "Ajouter un point" if number else "Écrire le premier point")
        page.get_by_label("Titre").fill(title)
        page.get_by_label("Combien de minutes ?").fill(minutes)
        press(page, "Garder le point")
    expect(page.locator(".sum")).to_contain_text("60 / 60 min")
    expect(page.locator(".sum")).to_contain_text("Le compte est bon")

    page.get_by_label("Minutes : Suite").fill("30")
    press(page, "Monter : Suite")
    assert titles(site, code) == [("Accueil", 10), ("Suite", 30), ("Les places vides", 40)]
    expect(page.locator(".sum")).to_contain_text("80 / 60 min")
    expect(page.locator("main")).to_contain_text("dépasse la réunion de 20 minutes")
    assert sideways_scroll_without_scripts(page) == 0
    page.get_by_label("Rang : Accueil").fill("3")
    page.get_by_label("Minutes : Les places vides").fill("20")
    press(page, "Garder l’ordre du jour")
    assert [t for t, _m in titles(site, code)] == ["Suite", "Les places vides", "Accueil"]

    page.goto(f"/meetings/{code}")
    press(page, "Convoquer")
    expect(page.locator("main")).to_contain_text("Un courriel part à 7 personnes")
    press(page, "Convoquer")
    expect(page.get_by_role("status")).to_contain_text("La réunion est convoquée")
    with site.application.app_context():
        db.session.rollback()
        row = meetings.meeting_by_code(code)
        assert row.state == "convened"
        assert len(replies.of(row)) == 7
        mails = db.session.scalars(select(Mail).where(Mail.template == "meeting_convened")).all()
        assert len([m for m in mails if row.id in str(m.context)]) == 7


def sideways_scroll_without_scripts(page: Page) -> int:
    """The page may not run scripts, the test may."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def test_with_scripts_rows_move_in_place_minutes_add_up_and_nothing_is_kept_before_it_is_said(
    site, open_page, sign_in, prepared
):
    page = sign_in(open_page(1280), "chair")
    page.goto(f"/meetings/{prepared}/agenda")
    down = page.get_by_role("button", name="Descendre : Un")
    down.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".plan h2")).to_have_text(["Deux", "Un", "Trois"])
    expect(down).to_be_focused()
    expect(page.locator("[data-said]")).to_have_text("Un : rang 2 sur 3.")
    page.locator(".plan .what").nth(2).drag_to(
        page.locator(".plan > li").nth(0), target_position={"x": 40, "y": 4}
    )
    expect(page.locator(".plan h2")).to_have_text(["Trois", "Deux", "Un"])
    page.get_by_label("Minutes : Deux").fill("45")
    expect(page.locator(".sum")).to_contain_text("85 / 60 min")
    expect(page.locator(".sum")).to_contain_text("25 minutes de trop")
    assert titles(site, prepared) == [("Un", 20), ("Deux", 20), ("Trois", 20)]
    looked_at(page)
    press(page, "Garder l’ordre du jour")
    assert titles(site, prepared) == [("Trois", 20), ("Deux", 45), ("Un", 20)]


def test_the_eve_on_a_phone(site, open_page, sign_in, prepared):
    with site.application.app_context(), writing():
        convening.apply(meetings.meeting_by_code(prepared), "convene", person("chair"))
        assert circles.circle_by_code("COPIL")
    page = sign_in(open_page(360), "chair")
    page.goto(f"/meetings/{prepared}")
    press(page, "La veille")
    expect(page.locator(".tally")).to_contain_text("sans réponse")
    expect(page.locator("main")).to_contain_text("2 personnes n’ont pas répondu")
    looked_at(page)
    press(page, "Leur envoyer un rappel")
    with site.application.app_context():
        db.session.rollback()
        row = db.session.scalars(select(Meeting).where(Meeting.code == prepared)).one()
        assert all(r.answer == "ATT" for r in replies.of(row))
