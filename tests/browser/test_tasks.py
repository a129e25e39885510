"""A task on a phone without scripts: given at the meeting, done with a word by the one who took it."""

from playwright.sync_api import expect
from sqlalchemy import select

from models.circles import circle_by_code
from models.store import db, writing
from models.tasks import Task
from tests.support.cast import person
from tests.support.tasks import due, task


def test_a_task_is_given_and_done_on_a_phone_without_scripts(site, open_page, sign_in):
    with site.application.app_context(), writing():
        leon = person("committee").id
        task(circle_by_code("COPIL"), person("committee"), None, "Écrire aux communes", days=-6)
    page = sign_in(open_page(360, js=False), "coordination")
    page.goto("/meetings/R-2016-01/tasks/new")
    page.get_by_label("Que faut-il faire").fill("Imprimer les badges")
    page.get_by_label("Qui s’en charge").select_option(leon)
    page.get_by_label("Pour quand").fill(due(9).isoformat())
    with page.expect_navigation():
        page.get_by_role("button", name="Confier la tâche").click()
    expect(page.locator("#taches")).to_contain_text("Imprimer les badges")
    page.context.clear_cookies()
    sign_in(page, "committee")
    page.goto("/tasks/")
    expect(page.locator("main")).to_contain_text("En retard de 6 jours")
    with page.expect_navigation():
        page.get_by_role("link", name="Imprimer les badges").click()
    page.get_by_label("Un mot, si vous voulez").fill("Quarante badges.")
    with page.expect_navigation():
        page.get_by_role("button", name="C’est fait", exact=True).click()
    expect(page.locator("main")).to_contain_text("C’est noté : la tâche est faite.")
    with site.application.app_context():
        row = db.session.scalars(select(Task).where(Task.what == "Imprimer les badges")).one()
        assert (row.state, row.words) == ("done", "Quarante badges.")
