"""Documents become drafts: several of every kind at once, two of them bad, and a report that says what was understood."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from models.fiche import exchange
from models.fiche.fiche import Fiche, find
from models.store import db
from tests.documents.hostile import office
from tests.documents.sheets import EXPECTED, sheet_docx, sheet_odt, sheet_txt
from tests.support.browser import axe, sideways_scroll
from tests.support.filler import shown


def export_of(site, number: str) -> bytes:
    with site.application.app_context():
        return exchange.dump([find(number)], "yaml", {}).encode()


def count(site) -> int:
    with site.application.app_context():
        return db.session.scalar(select(func.count()).select_from(Fiche))


def files(site) -> dict[str, bytes]:
    return {
        "fiche du canal.docx": sheet_docx(),
        "fiche.odt": sheet_odt(),
        "Été – fiche.txt": sheet_txt(),
        "export.yaml": export_of(site, "F-2016-003"),
        "budget.xlsx": office("xl"),
        "vide.docx": b"",
    }


def choose(page, chosen: dict[str, bytes]) -> None:
    page.goto("/fiches/import")
    page.locator("#files").set_input_files(
        [
            {"name": name, "mimeType": "application/octet-stream", "buffer": data}
            for name, data in chosen.items()
        ]
    )


@pytest.mark.parametrize(("width", "js"), [(360, True), (1280, False)])
def test_good_files_become_drafts_and_bad_ones_are_named(site, open_page, sign_in, allow, width, js):
    page = sign_in(open_page(width, js=js), "contributor")
    allow("422")
    before, chosen = count(site), files(site)
    choose(page, chosen)
    if js:
        expect(page.locator("ul.names li")).to_have_count(len(chosen))
    with page.expect_navigation():
        page.get_by_role("button", name="En faire des brouillons").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("2 fichiers n’ont pas pu être repris")
    for name, remedy in (("budget.xlsx", "tableur"), ("vide.docx", "vide")):
        line = alert.get_by_role("listitem").filter(has_text=name)
        expect(line).to_contain_text(remedy)
    for name in ("fiche.odt", "export.yaml"):
        expect(alert).not_to_contain_text(name)
    assert count(site) == before + 4
    if js:
        assert alert.evaluate("(e) => e === document.activeElement")
        assert axe(page) == []
        assert sideways_scroll(page) == 0

    page.get_by_role("link", name="Voir ce que nous avons compris").click()
    sections = page.locator("main section")
    expect(sections).to_have_count(4)
    for name in ("fiche du canal.docx", "fiche.odt", "Été – fiche.txt"):
        report = sections.filter(has_text=name)
        expect(report.get_by_role("heading", level=2)).to_have_text(EXPECTED["titre"])
        understood = [*EXPECTED["objectifs"], EXPECTED["bilan"]["temoignages"][0]["texte"], "30"]
        for text in understood:
            expect(report).to_contain_text(text)
    ours = sections.filter(has_text="export.yaml")
    expect(ours.get_by_role("heading", level=2)).to_have_text(
        "De Soepketel, een buurtkeuken van en voor bewoners"
    )
    expect(ours).to_contain_text("F-2016-003")
    if js:
        assert axe(page) == []
        assert sideways_scroll(page) == 0

    sections.filter(has_text="fiche.odt").get_by_role("link", name="Continuer").click()
    page.locator("main form[enctype]").wait_for()
    page.goto(page.url.split("/edit")[0] + "/edit/objectifs")
    assert shown(page)["objectifs"] == EXPECTED["objectifs"]
    expect(page.locator(".kicker")).to_contain_text("Brouillon")


def test_a_double_click_makes_no_double(site, open_page, sign_in):
    page = sign_in(open_page(js=False), "companion")
    before = count(site)
    choose(page, {"fiche.docx": sheet_docx(), "fiche.txt": sheet_txt()})
    page.get_by_role("button", name="En faire des brouillons").dblclick()
    page.wait_for_url("**/imported*")  # the second press ends the first one's journey
    expect(page.locator("main section")).to_have_count(2)
    assert count(site) == before + 2


def test_nothing_chosen_says_so(site, open_page, sign_in, allow):
    page = sign_in(open_page(360, js=False), "contributor")
    allow("422")
    page.goto("/fiches/import")
    page.get_by_role("button", name="En faire des brouillons").click()
    expect(page.get_by_role("alert")).to_contain_text("Choisissez au moins un fichier")
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.locator("#files:target")).to_have_count(1)


def test_too_much_at_once_is_refused_in_a_sentence(site, open_page, sign_in, allow, tmp_path):
    page = sign_in(open_page(1280), "contributor")
    allow("413")
    before = count(site)
    (tmp_path / "enorme.docx").write_bytes(b"PK" + bytes(15_500_000))
    page.goto("/fiches/import")
    page.locator("#files").set_input_files(tmp_path / "enorme.docx")
    page.get_by_role("button", name="En faire des brouillons").click()
    expect(page.locator("main")).to_contain_text("15 Mo")
    assert count(site) == before
