"""Dossiers in a browser: asked for, followed and taken along, without scripts too; pages that fit and can be read."""

import subprocess

import pytest
from playwright.sync_api import expect

from tests.support.browser import axe, screenshot, sideways_scroll
from tests.support.often import often
from tests.support.site import wait_until

MINUTE = 60_000


def words(path) -> str:
    run = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True)
    return " ".join(run.stdout.decode().split())


@pytest.fixture
def own_site(make_site):
    site = make_site().start()
    site.start_worker()
    wait_until((site.instance / "worker.lock").exists)
    return site


@pytest.mark.parametrize("js", often([True, False]))
def test_the_chair_makes_a_dossier_follows_it_and_takes_it_along(own_site, open_page, sign_in, js):
    page = sign_in(open_page(js=js, base_url=own_site.url), "chair", site=own_site)
    page.goto("/dossiers/")
    page.get_by_role("button", name="Faire le PDF").click()
    page.wait_for_url("**/dossiers/*-*")
    download = page.get_by_role("button", name="Télécharger le PDF")
    expect(page.locator(".busy").or_(download)).to_have_count(1)
    download.wait_for(timeout=2 * MINUTE)  # the page comes anew by itself
    with page.expect_download(timeout=MINUTE) as coming:
        download.click()
    assert coming.value.suggested_filename.startswith("dossier-de-la-biennale-2017-")
    assert "Des habitantes marchent ensemble" in words(coming.value.path())
    page.reload()
    expect(page.get_by_role("listitem").filter(has_text="Anne-Marie Lhoest").first).to_be_visible()


def test_a_fiche_is_printed_from_its_page(own_site, open_page, sign_in):
    page = sign_in(open_page(360, base_url=own_site.url), "contributor", site=own_site)
    page.goto("/fiches/F-2016-002")
    page.get_by_role("button", name="Faire le PDF").click()
    download = page.get_by_role("button", name="Télécharger le PDF")
    download.wait_for(timeout=2 * MINUTE)
    with page.expect_download(timeout=MINUTE) as coming:
        download.click()
    assert coming.value.suggested_filename.startswith("fiche-f-2016-002-les-pas-du-quartier-")
    assert "Maison de quartier La Passerelle" in words(coming.value.path())


STATES = ("list", "waiting", "ready", "changed", "gone", "failed")


@pytest.fixture(scope="module")
def states(site):
    """The address of a page in each state, on the site that all tests share."""
    from models import dossiers
    from models.dossiers import Dossier
    from models.editions import current_edition
    from models.store import db, now, writing
    from tests.support.cast import person

    app = site.application
    with app.app_context(), writing():
        made = {
            name: dossiers.order("D3", person("chair"), name * 8, "-", edition=current_edition())
            for name in STATES[1:]
        }
        for name, row in made.items():
            row.job.state = {"waiting": "running", "failed": "failed"}.get(name, "done")
        made["waiting"].job.done, made["waiting"].job.total, made["waiting"].job.label = 7, 16, "Mise en page"
        made["failed"].notes = [
            "« Les pas du quartier » : La mise en page a pris trop de temps et a été arrêtée."
        ]
        ids = {name: row.id for name, row in made.items()}
    from adapters import storage
    from blueprints.dossiers.building import Order, files_folder

    with app.app_context():
        content = Order("D3", "", edition=current_edition()).content
        kept = storage.keep(files_folder(), b"%PDF-1.7")
        with writing():
            for name in ("ready", "changed", "gone"):
                row = db.session.get_one(Dossier, ids[name])
                row.sha256, row.pages, row.size, row.ready_at = kept, 16, 165_000, now()
                row.content = "-" if name == "changed" else content
                row.notes = ["1 citation sans accord pour cet usage reste hors du PDF."]
            db.session.get_one(Dossier, ids["gone"]).sha256 = "0" * 64
    yield {"list": "/dossiers/", **{name: f"/dossiers/{value}" for name, value in ids.items()}}
    with app.app_context(), writing():
        for value in ids.values():
            row = db.session.get_one(Dossier, value)
            db.session.delete(row)
            db.session.delete(row.job)


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_the_pages_fit_and_can_be_read(states, open_page, sign_in, name, width, scheme):
    page = sign_in(open_page(width, scheme=scheme), "chair")
    page.goto(states[name])
    assert axe(page) == []
    assert sideways_scroll(page) == 0
    screenshot(page, f"dossiers-{name}-{width}-{scheme}")
