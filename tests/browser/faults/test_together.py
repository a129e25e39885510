"""Faults of writing together: two devices, one fiche. Nothing is overwritten without an unchanged base or a choice."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from models.fiche.fiche import FicheAuthor, find
from models.fiche.journal import HeldEdit
from models.meetings import meeting_by_code
from models.store import db, writing
from tests.support import cast, gatherings
from tests.support.proxy import DropBefore


def held(site, ref: str) -> list[str]:
    with site.application.app_context():
        return list(db.session.scalars(select(HeldEdit.op_id).where(HeldEdit.fiche_id == ref)))


def choose(page, side: str) -> None:
    for name in dict.fromkeys(
        page.locator('input[name^="choix-"]').evaluate_all("(all) => all.map((e) => e.name)")
    ):
        if not name.endswith("-texte"):
            page.locator(f'input[name="{name}"][value="{side}"]').check()
    page.get_by_role("button", name="Enregistrer mes choix").click()


def offline(road, phone) -> None:
    """Sealed while nothing passes."""
    road.rule("*", "/session", DropBefore(), times=None)
    phone.save()
    phone.until(lambda kept: kept["outbox"])


def test_fault_19_two_devices_and_different_fields(phone, ours, keeps, revs):
    nadia, monique = phone(), phone("companion")
    for one in (nadia, monique):
        one.open(f"/fiches/{ours}/edit/titre")
    nadia.type("resume", "De Nadia.")
    monique.type("titre", "De Monique")
    for one in (monique, nadia):
        one.save()
        one.empty()
    assert (keeps(ours, "resume"), keeps(ours, "titre"), revs(ours)) == ("De Nadia.", "De Monique", 3)


@pytest.mark.parametrize(("side", "words"), [("mine", "De Nadia."), pytest.param("theirs", "De Monique.", marks=pytest.mark.long)])  # fmt: skip
def test_fault_20_two_devices_and_the_same_field(site, road, nadia, ours, elsewhere, keeps, side, words):
    """Sent late: the page of the choice opens, what was written waits, and leaves once it was made."""
    nadia.open(f"/fiches/{ours}/edit/titre").type("resume", "De Nadia.")
    elsewhere(ours, {"resume": "De Monique."})
    nadia.save()
    nadia.page.wait_for_url("**/choices/*")
    assert keeps(ours, "resume") == "De Monique."
    assert held(site, ours) == [nadia.waits("conflict")["op_id"]]
    choose(nadia.page, side)
    nadia.page.wait_for_url(re.compile(rf"/fiches/{ours}$"))
    nadia.empty()
    assert (keeps(ours, "resume"), held(site, ours)) == (words, [])


@pytest.mark.long
def test_fault_21_the_same_value_on_both_sides(site, nadia, ours, elsewhere, keeps, revs):
    nadia.open(f"/fiches/{ours}/edit/titre").type("resume", "Les mêmes mots.")
    elsewhere(ours, {"resume": "Les mêmes mots."})
    nadia.save()
    nadia.empty()
    assert (keeps(ours, "resume"), revs(ours), held(site, ours)) == ("Les mêmes mots.", 2, [])


@pytest.mark.long
def test_fault_22_a_third_edit_during_the_choice(site, nadia, ours, elsewhere, keeps):
    nadia.open(f"/fiches/{ours}/edit/titre").type("resume", "De Nadia.")
    elsewhere(ours, {"resume": "De Monique."})
    nadia.save()
    nadia.page.wait_for_url("**/choices/*")
    elsewhere(ours, {"resume": "De Monique, encore."})
    choose(nadia.page, "mine")
    nadia.page.get_by_text("De Monique, encore.").first.wait_for()
    assert keeps(ours, "resume") == "De Monique, encore."
    assert len(held(site, ours)) == 1
    choose(nadia.page, "mine")
    nadia.page.wait_for_url(re.compile(rf"/fiches/{ours}$"))
    nadia.empty()
    assert (keeps(ours, "resume"), held(site, ours)) == ("De Nadia.", [])


@pytest.mark.long
def test_fault_22_more_is_written_before_the_choice(site, nadia, ours, elsewhere, keeps):
    """It grows into one edit that waits, and both arrive with the choice."""
    nadia.open(f"/fiches/{ours}/edit/titre").type("resume", "De Nadia.")
    elsewhere(ours, {"resume": "De Monique."})
    nadia.save()
    nadia.page.wait_for_url("**/choices/*")
    first = nadia.waits("conflict")["op_id"]
    nadia.open(f"/fiches/{ours}/edit/objectifs")
    nadia.field("objectifs").first.fill("Planter des arbres")
    nadia.until(lambda kept: kept["drafts"])
    nadia.save()
    nadia.page.wait_for_url("**/choices/*")
    second = nadia.waits("conflict")["op_id"]
    assert second != first
    assert held(site, ours) == [second]
    choose(nadia.page, "mine")
    nadia.page.wait_for_url(re.compile(rf"/fiches/{ours}$"))
    nadia.empty()
    assert (keeps(ours, "resume"), keeps(ours, "objectifs")) == (
        "De Nadia.",
        ["Planter des arbres", "Se parler"],
    )
    assert held(site, ours) == []


@pytest.mark.long
@pytest.mark.parametrize("attempted", [False, True], ids=["unattempted", "attempted"])
def test_fault_23_an_edit_after_sealing(road, nadia, ours, keeps, revs, attempted):
    """What was not tried yet takes the new text in; what was, is followed by another that stands on it."""
    nadia.open(f"/fiches/{ours}/edit/titre").type("resume", "Premier jet.")
    road.rule(
        "POST" if attempted else "*", "/fiches/*" if attempted else "/session", DropBefore(), times=None
    )
    nadia.save()
    nadia.waits("unknown" if attempted else "queued")
    nadia.type("resume", "Second jet.")
    nadia.save()
    kept = nadia.until(lambda kept: not kept["drafts"] and kept["outbox"])["outbox"]
    assert len(kept) == 1 + attempted
    if attempted:
        first, second = sorted(kept, key=lambda i: i["seq"])
        assert second["base"] == f"op:{first['op_id']}"
    nadia.type("resume", "Des voisins.")  # what it was at first: taken back is a change too
    nadia.save()
    nadia.until(lambda kept: not kept["drafts"])
    road.clear()
    nadia.push()
    nadia.empty()
    assert keeps(ours, "resume") == "Des voisins."
    assert revs(ours) <= 3


@pytest.mark.long
def test_fault_24_a_list_of_quotes_changed_on_both_sides(site, nadia, ours, elsewhere, keeps):
    before = keeps(ours, "bilan.temoignages")
    nadia.open(f"/fiches/{ours}/edit/bilan")
    name = nadia.add("bilan.temoignages")
    nadia.type(f"bilan.temoignages.{name}.texte", "De chez Nadia.")
    elsewhere(ours, {"bilan.temoignages": [{**before[0], "texte": "On se connaît, enfin !"}, {"id": "m1", "texte": "De chez Monique."}]})  # fmt: skip
    nadia.save()
    nadia.empty()
    said = {q["texte"] for q in keeps(ours, "bilan.temoignages")}
    assert said == {"On se connaît, enfin !", "De chez Monique.", "De chez Nadia."}
    assert held(site, ours) == []


@pytest.mark.long
@pytest.mark.parametrize("lost", ["right", "sight"])
def test_fault_25_a_right_that_was_lost_meanwhile(site, road, nadia, ours, keeps, lost):
    """The text stays on the device, with what to do; it can be taken along in a file."""
    nadia.open(f"/fiches/{ours}/edit/titre").type("resume", "Écrit trop tard.")
    offline(road, nadia)
    with site.application.app_context(), writing():
        fiche = find(ours)
        if lost == "right":
            fiche.state = "REL"
        else:
            who = cast.person("contributor").id
            fiche.authors = [a for a in fiche.authors if a.person_id != who]
    road.clear()
    nadia.page.goto("/outbox")
    item = nadia.waits("rejected")
    assert item["problem"]["status"] == (403 if lost == "right" else 404)
    expect(nadia.lines().first).to_contain_text("plus à vous")
    assert "Écrit trop tard." in nadia.download("export").path().read_text()
    assert keeps(ours, "resume") == "Des voisins."
    with site.application.app_context(), writing():
        fiche = find(ours)
        fiche.state = "BRO"
        if lost == "sight":
            fiche.authors.append(FicheAuthor(person_id=cast.person("contributor").id, helps=False))
    nadia.page.reload()
    assert nadia.waits("rejected")["op_id"] == item["op_id"]  # only a person leaves this


def answers(site, code: str) -> tuple[str, datetime]:
    with site.application.app_context():
        row = gatherings.reply(meeting_by_code(code), gatherings.NADIA)
        return row.answer, row.at


def say(phone, code: str, words: str) -> None:
    """Open the page of a convocation, and touch an answer."""
    phone.open(f"/meetings/{code}/reply")
    phone.page.get_by_role("button", name=words, exact=True).click()


@pytest.fixture
def invited(site) -> str:
    """The code of a meeting to which Nadia is invited."""
    with site.application.app_context():
        return gatherings.meeting().code


@pytest.mark.long
def test_fault_26_an_answer_to_a_meeting_on_two_devices(site, road, phone, invited):
    """The last to arrive at the server wins, whatever the clocks say; one of them is two days slow."""
    cellar, desk = phone(), phone()
    cellar.page.clock.set_fixed_time(datetime.now(UTC) - timedelta(days=2))
    cellar.open(f"/meetings/{invited}/reply")
    road.rule("POST", "/meetings/*", DropBefore(), times=None)
    cellar.page.get_by_role("button", name="Je viens", exact=True).click()
    cellar.waits("unknown")
    road.clear()
    say(desk, invited, "Je ne viens pas")
    desk.empty()
    assert answers(site, invited)[0] == "IND"
    cellar.page.clock.set_fixed_time(datetime.now(UTC))
    cellar.push()
    cellar.empty()
    answer, at = answers(site, invited)
    assert answer == "OUI"
    assert datetime.now(UTC) - at < timedelta(minutes=5)  # the server's clock


@pytest.mark.long
def test_fault_26_an_answer_after_the_deadline(site, road, nadia, invited):
    """It is not taken, it is kept, and it says what to do."""
    nadia.open(f"/meetings/{invited}/reply")
    road.rule("POST", "/meetings/*", DropBefore(), times=None)
    nadia.page.get_by_role("button", name="Je viens", exact=True).click()
    nadia.waits("unknown")
    with site.application.app_context(), writing():
        meeting_by_code(invited).reply_by = datetime.now(UTC) - timedelta(minutes=1)
    nadia.page.goto("/outbox")
    road.clear()
    nadia.push()
    nadia.waits("rejected")
    expect(nadia.page.locator('[data-line="rejected"]').first).to_contain_text(
        "Téléphonez ou écrivez au secrétariat"
    )
    assert answers(site, invited)[0] == "ATT"
