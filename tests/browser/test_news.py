"""News on a phone without scripts: one's groups on the first page, how often, the link of a mail, one press and back."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

from blueprints.news import mails
from tests.support.cast import person


def test_one_press_in_a_mail_stops_the_news_and_one_brings_them_back(site, open_page, sign_in):
    with site.application.app_context():
        stop = urlsplit(mails.stop_link(person("group_member").id)).path
    page = sign_in(open_page(360, js=False), "group_member")
    page.goto("/")
    groups = page.locator('section[aria-labelledby="groupes"]')
    expect(groups).to_contain_text("Groupe « Plaidoyer »")
    expect(page.locator(".block")).to_contain_text("Votre prochaine réunion")
    with page.expect_navigation():
        groups.get_by_role("link", name="Ce qui y est neuf").click()
    page.get_by_label("Dès qu’il y a du neuf").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Garder").click()
    expect(page.get_by_label("Dès qu’il y a du neuf")).to_be_checked()
    # In the mail, on another device: nobody is signed in there.
    page.context.clear_cookies()
    page.goto(stop)
    expect(page.locator("h1")).to_have_text("Ne plus recevoir de nouvelles\u00a0?")
    with page.expect_navigation():
        page.get_by_role("button", name="Ne plus en recevoir").click()
    expect(page.locator("h1")).to_have_text("C’est arrêté")
    sign_in(page, "group_member")
    page.goto("/news/")
    expect(page.get_by_label("Jamais")).to_be_checked()
    expect(page.locator("main")).to_contain_text("par le lien d’un courriel")
    page.goto(stop)
    with page.expect_navigation():
        page.get_by_role("button", name="Les recevoir de nouveau").click()
    expect(page.locator("h1")).to_contain_text("Ne plus recevoir de nouvelles")
    page.goto("/news/")
    expect(page.get_by_label("Une fois par semaine")).to_be_checked()
