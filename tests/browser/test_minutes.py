"""Minutes from the end of a meeting to their approval: proposed, remarked on from a phone that loses its network, answered,
approved at the next meeting, whose agenda carried them by itself."""

import pytest
from playwright.sync_api import Page, expect

from models import approving
from models.meetings import meeting_by_code
from models.minutes import comments_of
from models.store import db, now
from tests.support import minutes
from tests.support.browser import ROAD, assert_calm, axe, sideways_scroll
from tests.support.phone import Phone

WORDS = "Le train de 8 h 12, pas celui de 8 h 21."


@pytest.fixture
def watchers():
    """The road is broken on purpose; exceptions and the policy count."""
    watching = []
    yield watching
    assert_calm(watching, but=ROAD)


@pytest.fixture
def meetings(site) -> tuple[str, str]:
    """A meeting that took place, and the next one, convened for in an hour before anything was proposed."""
    circle = f"PV-{now():%H%M%S}"
    with site.application.app_context():
        held = minutes.held(circle, decision=f"D-2026-{now():%S%f}"[:16])
        return held.code, minutes.next_one(circle).code


def press(page: Page, words: str) -> None:
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=words).first.click()


def follow(page: Page, words: str) -> None:
    with page.expect_navigation():
        page.locator("main").get_by_role("link", name=words).first.click()


def test_minutes_are_remarked_on_from_a_phone_and_approved_at_the_next_meeting(
    site, open_page, sign_in, meetings
):
    held, later = meetings
    chair, phone = sign_in(open_page(1280), "chair"), sign_in(open_page(360), "contributor")
    chair.goto(f"/meetings/{held}")
    follow(chair, "Proposer le procès-verbal")
    press(chair, "Proposer ce texte")
    expect(chair.locator("main")).to_contain_text("Une parole zzparole")

    phone.goto(f"/meetings/{held}/minutes")
    form = phone.locator("form[data-offline='append'][data-ready]").first
    expect(form).to_be_attached()
    phone.locator("summary", has_text="Faire une remarque").first.click()
    assert sideways_scroll(phone) == 0
    assert axe(phone) == []
    device = Phone(phone, phone.locator("body").get_attribute("data-uid")).served()
    phone.context.set_offline(True)
    form.get_by_label("Votre remarque").fill(WORDS)
    form.get_by_role("button", name="Envoyer la remarque").click()
    expect(phone.locator(".strip")).to_contain_text("Tout est gardé")
    device.waits("queued")
    phone.route("**/minutes/comments", lambda route: route.abort())
    phone.context.set_offline(False)
    phone.goto(f"/meetings/{held}/minutes")  # what waits to leave is not written a second time
    expect(form).to_be_attached()
    expect(form.locator("textarea")).to_have_value("")
    phone.unroute("**/minutes/comments")
    phone.evaluate("dispatchEvent(new Event('online'))")  # it leaves by itself
    expect(phone.locator(".strip")).to_contain_text("Envoyé", timeout=30_000)
    phone.goto(f"/meetings/{held}/minutes")
    expect(phone.locator(".remark")).to_contain_text(WORDS)

    chair.goto("/")
    line = chair.locator("li.line", has_text="Une remarque attend votre réponse").filter(
        has_text="Rencontre d’essai"
    )
    with chair.expect_navigation():
        line.first.get_by_role("link").click()
    chair.locator("summary", has_text="Répondre").first.click()
    chair.get_by_label("Un mot de réponse").fill("Merci, corrigé.")
    press(chair, "Reprise dans le texte")
    expect(chair.locator(".remark")).to_contain_text("Repris dans le texte")

    chair.goto(f"/meetings/{later}")
    expect(chair.locator(".agenda")).to_contain_text("Approbation du procès-verbal précédent")
    follow(chair, "Noter son approbation")
    assert axe(chair) == []
    press(chair, "Oui, il est approuvé")
    expect(chair.locator("main")).to_contain_text(f"à la réunion {later}")
    phone.goto(f"/meetings/{held}/minutes")
    expect(phone.locator("main")).to_contain_text("Ce texte ne change plus")
    expect(phone.locator("form[data-offline]")).to_have_count(0)
    with site.application.app_context():
        db.session.rollback()
        row = approving.current(meeting_by_code(held))
        assert (row.state, [(one.text, one.state) for one in comments_of(row)]) == (
            "approved",
            [(WORDS, "taken")],
        )
