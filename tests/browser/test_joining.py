"""From the call's public link to the table, without scripts and with a real mail server; and many invited at once."""

import os
import re
import subprocess
import sys
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from models.joining import JoinRequest
from models.people import by_email
from models.store import db
from tests.support.browser import axe, screenshot, sideways_scroll
from tests.support.doors import age, path_in
from tests.support.often import often

ROOT = Path(__file__).parents[2]
ZOE = "zoe@haies.example"


@pytest.fixture
def posting_site(make_site, smtp):
    """The site with a worker that sends to a real mail server."""
    site = make_site()
    environment = {"TABLEE_MAIL_SERVER": smtp.host, "TABLEE_MAIL_PORT": str(smtp.port)}
    site.start(environment=environment)
    site.start_worker(environment)
    return site


def sound(page, name: str) -> None:
    screenshot(page, f"joining-{name}")
    assert sideways_scroll(page) == 0, name


def mail_to(smtp, address: str, number: int = 1, *, words: str = ""):
    """The latest of at least so many mails to somebody that say this."""

    def found(server) -> list:
        return [m for m in server.messages if m.recipients == [address] and words in m.text]

    smtp.wait_for(lambda server: len(found(server)) >= number, 60)
    return found(smtp)[-1]


@pytest.mark.parametrize("width", often([360, 1280]))
def test_a_stranger_asks_is_accepted_and_comes_in(open_page, sign_in, posting_site, smtp, width):
    site = posting_site
    stranger = open_page(width, js=False, base_url=site.url)
    stranger.goto("/join/AP-2016-1")
    sound(stranger, f"ask-{width}")
    stranger.get_by_label("Votre nom").fill("Zoé Lambrecht")
    stranger.get_by_label("Votre adresse de courriel").fill(ZOE)
    stranger.get_by_label("Un mot pour vous présenter").fill("Je plante des haies avec mes voisins.")
    stranger.get_by_role("button", name="Demander une place").click()
    stranger.get_by_role("heading", name="Votre demande est arrivée").wait_for()
    sound(stranger, f"asked-{width}")
    told = mail_to(smtp, "samira@plateforme.example")
    assert "demandent une place" in told.message["Subject"]

    office = sign_in(open_page(width, js=False, base_url=site.url), "coordination", site=site)
    office.goto(path_in(told.text))
    office.get_by_role("link", name="Zoé Lambrecht").click()
    office.get_by_text("Je plante des haies").wait_for()
    sound(office, f"request-{width}")
    office.get_by_label("Lit pour le comité").check()
    office.get_by_role("button", name="Accepter et inviter").click()
    office.get_by_text("reçoit son invitation").wait_for()

    link = path_in(mail_to(smtp, ZOE).text)
    scanned(site.url + link)
    with site.application.app_context():
        assert not by_email(ZOE).active
    stranger.goto(link)
    stranger.get_by_role("button", name="Entrer").click()
    stranger.get_by_role("heading", name="Bonjour Zoé Lambrecht").wait_for()
    with site.application.app_context():
        who = by_email(ZOE)
        assert (who.active, who.role_names) == (True, {"contributor", "reader"})
        row = db.session.query(JoinRequest).filter_by(email=ZOE).one()
        assert row.state == "accepted"


def test_a_member_who_asks_is_sent_a_link_and_sees_the_same_page(open_page, posting_site, smtp):
    page = open_page(360, js=False, base_url=posting_site.url)
    page.goto("/join/AP-2016-1")
    page.get_by_label("Votre nom").fill("Nadia")
    page.get_by_label("Votre adresse de courriel").fill("nadia@passerelle.example")
    page.get_by_role("button", name="Demander une place").click()
    page.get_by_role("heading", name="Votre demande est arrivée").wait_for()
    page.goto(path_in(mail_to(smtp, "nadia@passerelle.example").text))
    page.get_by_role("button", name="Entrer").click()
    page.get_by_role("heading", name="Bonjour Nadia").wait_for()
    assert [m for m in smtp.messages if m.recipients == ["samira@plateforme.example"]] == []
    with posting_site.application.app_context():
        assert db.session.query(JoinRequest).filter_by(email="nadia@passerelle.example").count() == 0


@pytest.mark.parametrize(("width", "js"), [(360, False), (1280, True)])
def test_many_with_one_wrong_line(open_page, sign_in, posting_site, smtp, width, js):
    office = sign_in(open_page(width, js=js, base_url=posting_site.url), "coordination", site=posting_site)
    office.goto("/people/many")
    office.get_by_label("Une personne par ligne").fill(
        "Nom;Courriel;Organisation;Rôle\nIvo;ivo@haies.example;Les haies;Lit pour le comité\nOmar;omar@haies,example\nAya;aya@haies.example"
    )
    office.get_by_role("button", name="Voir ce qui se passerait").click()
    office.get_by_role("heading", name="Ce qui se passerait").wait_for()
    expect(office.locator("main")).to_contain_text("Vouliez-vous écrire omar@haies.example")
    sound(office, f"many-{width}")
    if js:
        assert axe(office) == []
    assert smtp.messages == []
    office.get_by_role("button", name=re.compile("Envoyer les 2 invitations")).click()
    office.get_by_text("2 invitations partent").wait_for()
    smtp.wait_for(lambda server: len(server.messages) >= 2, 60)
    assert sorted(m.recipients[0] for m in smtp.messages) == ["aya@haies.example", "ivo@haies.example"]
    page = open_page(width, js=False, base_url=posting_site.url)
    page.goto(path_in(mail_to(smtp, "ivo@haies.example").text))
    page.get_by_role("button", name="Entrer").click()
    page.get_by_role("heading", name="Bonjour Ivo").wait_for()
    with posting_site.application.app_context():
        assert by_email("ivo@haies.example").organisation == "Les haies"


def scanned(url: str) -> None:
    """A scanner of the mail provider opens everything, twice."""
    for method in ("GET", "HEAD", "GET", "HEAD"):
        request = urllib.request.Request(url, method=method, headers={"User-Agent": "scanner"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 200


def invite_by_command(site, email: str) -> None:
    command = [
        sys.executable,
        "-m",
        "flask",
        "--app",
        "app",
        "invite",
        email,
        "--role",
        "contributor",
        "--name",
        "Ivo",
    ]
    environment = {**os.environ, "TABLEE_INSTANCE": str(site.instance)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=60)


def test_invited_by_a_command_one_comes_in_by_the_mail_and_its_link_opens_once(
    open_page, posting_site, smtp, allow
):
    invite_by_command(posting_site, "ivo@haies.example")
    link = path_in(mail_to(smtp, "ivo@haies.example").text)
    scanned(posting_site.url + link)
    page = open_page(360, base_url=posting_site.url)
    page.goto(link)
    page.get_by_role("button", name="Entrer").click()
    page.get_by_role("heading", name="Bonjour Ivo").wait_for()

    page.context.clear_cookies()  # somebody else, with the same mail in hand
    allow("status of 410")
    page.goto(link)
    page.get_by_role("heading", name="Ce lien a déjà servi").wait_for()
    assert axe(page) == []
    page.get_by_role("button", name="Recevoir un nouveau lien").click()  # the way forward
    page.goto(path_in(mail_to(smtp, "ivo@haies.example", 2).text))
    page.get_by_role("button", name="Entrer").click()
    page.get_by_role("heading", name="Bonjour Ivo").wait_for()


def test_an_invitation_that_ended_is_not_revived_by_recovery(open_page, posting_site, smtp, allow):
    invite_by_command(posting_site, "ivo@haies.example")
    link = path_in(mail_to(smtp, "ivo@haies.example").text)
    age(posting_site.application, link, timedelta(days=8))
    page = open_page(360, base_url=posting_site.url)
    allow("status of 410")
    page.goto("/enter")
    page.get_by_label("Votre adresse de courriel").fill("ivo@haies.example")
    page.get_by_role("button", name="Recevoir").click()
    page.get_by_role("heading", name="Regardez").wait_for()
    page.goto(link)
    page.get_by_role("button", name="invitation").click()
    page.get_by_role("status").wait_for()
    told = mail_to(smtp, "samira@plateforme.example")  # it left after what recovery might have sent
    assert "Ivo" in told.text
    assert len([m for m in smtp.messages if m.recipients == ["ivo@haies.example"]]) == 1
    with posting_site.application.app_context():
        assert not by_email("ivo@haies.example").active


@pytest.mark.parametrize("path", ["/calls/AP-2016-1/poster", "invited"])
def test_what_is_printed_takes_one_page(open_page, sign_in, make_site, path):
    """The sheet alone: no menu, no button; the code and the address stand on the first page of A4."""
    site = make_site().start()
    page = sign_in(open_page(1280, base_url=site.url), "coordination", site=site)
    if path == "invited":
        page.goto("/people")
        page.get_by_label("Son nom").fill("Zoé Lambrecht")
        page.get_by_label("Son adresse").fill(ZOE)
        page.get_by_role("button", name="Inviter", exact=True).click()
        page.get_by_role("heading", name="Une place à la table pour Zoé").wait_for()
    else:
        page.goto(path)
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    import io

    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) == 1
    page.emulate_media(media="print")
    screenshot(page, f"printed-{path.strip('/').replace('/', '-')}")
    expect(page.locator(".qr svg")).to_be_visible()
    expect(page.locator(".copy")).to_be_hidden()
    expect(page.get_by_text("Menu").first).to_be_hidden()
