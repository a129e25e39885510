"""The first meeting is held by two, on a wifi that goes away halfway; then by one without scripts."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from models.agenda import AgendaItem
from models.contributions import Attendance, Contribution
from models.decisions import Decision
from models.meetings import meeting_by_code
from models.store import db
from models.tasks import Task
from tests.support.browser import ROAD, assert_calm, axe, sideways_scroll, small_targets
from tests.support.cast import person
from tests.support.phone import Phone
from tests.support.proxy import DropAfter, Proxy
from tests.support.tasks import due

expect.set_options(
    timeout=15_000
)  # what one writes is on its page at once; what comes back waits for the server
CODE = "R-2016-01"
LIVE = f"/meetings/{CODE}/live"


@pytest.fixture
def watchers():
    """A road that breaks says so in the console; exceptions and the policy count here too."""
    watching = []
    yield watching
    assert_calm(watching, but=ROAD)


@pytest.fixture
def held(make_site):
    return make_site().start()


@pytest.fixture
def road(held):
    made = Proxy(held.port)
    yield made
    made.stop()


@pytest.fixture
def base_url(road):
    return road.url


def of(site, model) -> list:
    with site.application.app_context():
        db.session.rollback()
        here = meeting_by_code(CODE).id
        found = db.session.scalars(select(model).where(model.meeting_id == here)).all()
        db.session.expunge_all()
        return found


def ready(page: Page) -> Page:
    page.locator("body[data-ready]").wait_for()
    return page


def note(page: Page, text: str, **more: str) -> None:
    form = page.locator('form[data-part="line"]:not([data-doc])')
    form.get_by_label("Que s’est-il dit ?").fill(text)
    if who := more.get("who"):
        form.get_by_label("Qui l’a dit ?").fill(who)
        form.get_by_label("C’est…").select_option(more.get("kind", "comment"))
    form.get_by_role("button", name="Noter").click()
    expect(form.get_by_label("Que s’est-il dit ?")).to_have_value("")  # free for the next one at once


def fold(page: Page, part: str):
    form = page.locator(f'form[data-part="{part}"]:not([data-doc])')
    if not form.is_visible():
        page.locator(f"details:has(> form[data-part={part}]):not(:has(input[name=seen])) > summary").first.click()  # fmt: skip
    return form


def decide(page: Page, text: str) -> None:
    form = fold(page, "decision")
    form.get_by_label("Que décide-t-on ?").fill(text)
    form.get_by_role("button", name="Garder la décision").click()
    expect(form.get_by_label("Que décide-t-on ?")).to_have_value("")


def entrust(page: Page, what: str, who: str) -> None:
    form = fold(page, "task")
    form.get_by_label("Que faut-il faire ?").fill(what)
    form.get_by_label("Qui s’en charge ?").select_option(who)
    form.get_by_label("Pour quand ?").fill(due(9).isoformat())
    form.get_by_role("button", name="Confier la tâche").click()
    expect(form.get_by_label("Que faut-il faire ?")).to_have_value("")


def edit(page: Page, line: str, text: str) -> None:
    page.locator(f"#e-{line} > summary").click()
    form = page.locator(f'form[data-doc="{line}"]')
    form.get_by_label("Que s’est-il dit ?").fill(text)
    form.get_by_role("button", name="Garder").click()


def test_two_hold_the_first_meeting_and_the_wifi_goes_halfway(held, road, open_page, sign_in):
    anne, samira = open_page(360), open_page(1280, base_url=held.url)
    sign_in(anne, "chair", site=held)
    sign_in(samira, "coordination", site=held)
    with held.application.app_context():
        uid, other, leon = (person(role).id for role in ("chair", "coordination", "committee"))
        names = [person(role).name for role in ("chair", "coordination")]
    before = [row.what for row in of(held, Task)]
    phone = Phone(anne, uid)
    for page in (anne, samira):
        page.goto(LIVE)
        ready(page)
    phone.served()

    # With a network: who is there, the first item, a line of each; neither page is loaded again.
    for name in names:
        anne.get_by_role("button", name=f"Arrivé·e : {name}").click()
    expect(anne.locator("[data-fresh=voices]")).to_contain_text("voix")
    anne.get_by_role("button", name="Commencer ce point").first.click()
    expect(anne.locator("[data-ticking]")).to_have_text("0 min sur 25")
    note(anne, "On se présente.")
    expect(anne.locator("#seance")).to_contain_text("On se présente.")
    note(samira, "Douze personnes autour de la table.")
    line = next(row.id for row in of(held, Contribution) if row.text == "On se présente.")
    samira.reload()
    ready(samira)
    phone.empty()
    for page in (anne, samira):
        assert axe(page) == []
        assert sideways_scroll(page) == 0
        assert small_targets(page) == []

    # The wifi goes. Everything is written on, the page is even loaded again; the other one writes on the same line.
    road.down()
    edit(anne, line, "On se présente, à tour de rôle.")
    note(anne, "Dit sans réseau.", who=names[1])
    for text in ("Un comité est ouvert.", "Il se réunit chaque mois.", "Le siège est ici."):
        decide(anne, text)
    for n in range(1, 5):
        entrust(anne, f"Tâche {n}", leon)
    anne.get_by_role("button", name=f"Parti·e : {names[1]}").click()
    kept = anne.locator("[data-kept-here] li")
    expect(kept).to_have_count(10)
    expect(anne.locator("[data-kept-here]")).to_contain_text("Décision : Un comité est ouvert.")
    anne.locator('form[data-part="line"]:not([data-doc]) textarea').fill("À moitié")
    phone.until(lambda held: any("À moitié" in str(d["fields"]) for d in held["drafts"]))
    anne.reload()
    ready(anne)
    assert anne.url.endswith(f"/outbox/meeting#{CODE}")
    expect(anne.locator("h1")).to_contain_text("Première rencontre")
    expect(anne.locator("[data-kept-here] li")).to_have_count(10)
    expect(anne.locator('form[data-part="line"]:not([data-doc]) textarea')).to_have_value("À moitié")
    note(anne, "À moitié, puis en entier.")
    assert axe(anne) == []
    assert sideways_scroll(anne) == 0
    edit(samira, line, "On se présente en deux minutes.")
    expect(samira.locator(f"#n-{line}")).to_contain_text("deux minutes")
    anne.goto("/outbox")
    expect(anne.locator('[data-list="outbox"]')).to_contain_text("Décision : Il se réunit chaque mois.")

    # It comes back, and the answer to a decision is lost on its way once more.
    road.rule("POST", f"{LIVE}/decisions", DropAfter())
    road.up()
    anne.goto(LIVE)
    ready(anne)
    phone.empty(40)
    decisions = of(held, Decision)
    assert [row.text for row in sorted(decisions, key=lambda d: d.number)] == ["Un comité est ouvert.", "Il se réunit chaque mois.", "Le siège est ici."]  # fmt: skip
    first, second, third = (
        int(number.removeprefix("D-2016-")) for number in sorted(row.number for row in decisions)
    )
    assert (second, third) == (first + 1, first + 2)
    assert [t for t in sorted(row.what for row in of(held, Task)) if t not in before] == [f"Tâche {n}" for n in range(1, 5)]  # fmt: skip
    lines = of(held, Contribution)
    assert sorted(row.text for row in lines if not row.beside_id) == sorted(
        ["On se présente en deux minutes.", "Douze personnes autour de la table.", "Dit sans réseau.", "À moitié, puis en entier."]
    )  # fmt: skip
    assert [(row.text, row.beside_id) for row in lines if row.beside_id] == [("On se présente, à tour de rôle.", line)]  # fmt: skip
    assert {row.person_id: bool(row.left_at) for row in of(held, Attendance)} == {uid: False, other: True}
    assert [bool(row.begun_at) for row in of(held, AgendaItem) if row.place == 1] == [True]

    # Two texts, a choice; the numbers are on the page.
    expect(anne.locator("#seance")).to_contain_text(f"D-2016-{second:02}")
    expect(anne.locator(".versions")).to_contain_text("à tour de rôle")
    assert axe(anne) == []
    anne.get_by_role("button", name="Garder les deux").click()
    expect(anne.locator(".versions")).to_have_count(0)
    assert sorted(row.beside_id for row in of(held, Contribution) if row.beside_id) == []


def test_a_meeting_is_held_on_a_phone_without_scripts(held, open_page, sign_in):
    page = sign_in(open_page(360, js=False, base_url=held.url), "chair", site=held)
    page.goto(f"/meetings/{CODE}")
    page.get_by_role("link", name="Reprendre les notes").click()
    page.get_by_role("button", name="Commencer ce point").first.click()
    page.get_by_label("Que s’est-il dit ?").first.fill("Sans script.")
    with page.expect_navigation():
        page.get_by_role("button", name="Noter", exact=True).click()
    assert page.url.endswith("#noter")
    expect(page.locator("#seance")).to_contain_text("Sans script.")
    expect(page.locator(".timer")).to_contain_text("0 min sur 25")
    page.locator("summary", has_text="Une décision").click()
    page.get_by_label("Que décide-t-on ?").fill("On continue.")
    with page.expect_navigation():
        page.get_by_role("button", name="Garder la décision").click()
    expect(page.locator("#seance")).to_contain_text("D-2016-")
