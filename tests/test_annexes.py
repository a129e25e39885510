"""Fiches that stand in the pack of a meeting (D5): which, for whom, and what becomes of a pack that is kept."""

import pytest

from adapters import storage
from adapters.pdf.engine import Limits, Pdf, RenderFailed
from blueprints import jobs
from blueprints.dossiers import building, packing
from blueprints.dossiers.meetings import MeetingOrder
from models import agenda, convening
from models.agenda import AgendaLink
from models.annexes import annexed, at_table, shared
from models.dossiers import Dossier, Download, holding
from models.fiche.erasing import erase
from models.fiche.fiche import find
from models.meetings import meeting_by_code
from models.planning import remove_item
from models.store import db, now, writing
from tests.support import gatherings
from tests.support.cast import person
from tests.support.gatherings import ELS, who

PACK = "R-2026-01"  # three fiches of the catalogue hang on its second item
NAMED = ["F-2016-003", "F-2016-009", "F-2016-011"]


def numbers(code: str = PACK) -> list[str]:
    return [fiche.number for fiche in annexed(meeting_by_code(code))]


def state(number: str, code: str) -> None:
    with writing():
        find(number).state = code


def hang(number: str, item: int, code: str = PACK) -> None:
    with writing():
        row = agenda.items(meeting_by_code(code))[item]
        db.session.add(AgendaLink(item_id=row.id, kind="fiche", place=1, fiche_id=find(number).id))


def test_what_all_at_the_table_may_read_stands_in_the_order_of_the_agenda_and_once(demo_app):
    with demo_app.app_context():
        assert numbers() == NAMED
        hang("F-2016-011", 0)
        assert numbers() == ["F-2016-011", *NAMED[:2]]
        with writing():
            remove_item(agenda.items(meeting_by_code(PACK))[1], who(gatherings.ANNE))
        assert numbers() == ["F-2016-011"]
        assert annexed(gatherings.meeting("GT-SANS")) == []


def test_what_one_of_them_may_not_read_does_not(demo_app):
    """Els and Nadia, of the group, read no fiche that is under way; a table of readers and committee does."""
    with demo_app.app_context():
        for closed in ("BRO", "SOU", "REL", "CPL", "RET", "PLT", "ANN"):
            state("F-2016-009", closed)
            fiche = find("F-2016-009")
            assert numbers() == [NAMED[0], NAMED[2]], closed
            assert shared(fiche, [person("chair"), person("reader")]) == (closed not in ("BRO", "ANN"))
            assert not shared(fiche, [person("chair"), who(ELS)])
        state("F-2016-009", "ARC")
        assert numbers() == NAMED


def test_a_guest_counts_and_who_has_no_account_too(demo_app):
    with demo_app.app_context():
        meeting = meeting_by_code(PACK)
        assert person("outsider") not in at_table(meeting)
        with writing():
            convening.invite_guest(meeting, person("outsider"), who(gatherings.ANNE))
        assert person("outsider") in at_table(meeting)
        assert numbers() == NAMED  # the catalogue is for any member
        with writing():
            person("outsider").active = False
        assert numbers() == []
        with writing():  # nobody is behind that row any more
            person("outsider").forgotten_at = now()
        assert numbers() == NAMED


# ------------------------------------------------------------------------------------- a pack that is kept


@pytest.fixture
def pack(demo_app, client_of, monkeypatch):
    """The pack of that meeting as its chair has it made, by a renderer that sets nothing; its address."""

    def render(self, html, child, report):
        return Pdf(b"%PDF-1.7 " + html.encode(), 3, {}, (), False, (), 0.1, 1)

    monkeypatch.setattr(packing.Pack, "render", render)
    chair = client_of("chair")
    page = chair.get(f"/meetings/{PACK}/eve")

    def make() -> str:
        answer = chair.submit(page, form=f"/meetings/{PACK}/dossiers/D5")
        assert answer.status_code == 303, answer.text
        with demo_app.app_context():
            jobs.sweep()
        return answer.headers["Location"]

    make.client, make.address = chair, make()
    return make


def taken(client, address: str) -> bool:
    answer = client.submit(client.get(address), form=f"{address}/downloads")
    return answer.status_code == 200


def test_whoever_withdraws_a_quote_takes_the_pack_along(demo_app, pack):
    """Scene 12, for a meeting; made again it is another one, without the quote."""
    said = "Avant j'étais au bord"
    with demo_app.app_context():
        kept = db.session.get(Dossier, pack.address.rpartition("/")[2])
        fiche, sha256 = find("F-2016-009"), kept.sha256
        assert holding(fiche) == [kept]
        assert said.replace("'", "&#39;") in storage.read(building.files_folder(), sha256).decode()
        assert taken(pack.client, pack.address)
        with writing():
            erase(fiche, fiche.content["bilan"]["temoignages"][0]["id"], person("contributor"))
        jobs.sweep()
        assert not storage.exists(building.files_folder(), sha256)
        assert db.session.query(Download).count() == 1  # who had taken it stays listed
    shown = pack.client.get(pack.address).text
    assert "effacé parce qu’une parole ou une image a été retirée" in shown
    assert f"{pack.address}/downloads" not in shown
    again = pack()
    assert again != pack.address
    with demo_app.app_context():
        row = db.session.get(Dossier, again.rpartition("/")[2])
        text = storage.read(building.files_folder(), row.sha256).decode()
        assert "Notre cour, nos règles" in text
        assert "au bord" not in text


@pytest.mark.parametrize("how", ["withdrawn", "under way", "guest", "published"])
def test_a_pack_with_what_somebody_may_not_read_any_more_is_not_handed_out(demo_app, client_of, pack, how):
    """Withdrawn, taken back from the catalogue, or somebody comes who may not read it. The last one is the control."""
    leon = client_of("committee")
    before = leon.get(pack.address)
    with demo_app.app_context():
        if how == "guest":
            with writing():
                person("outsider").active = False
                convening.invite_guest(meeting_by_code(PACK), person("outsider"), who(gatherings.ANNE))
        else:
            state("F-2016-009", {"withdrawn": "ANN", "under way": "REL", "published": "PUB"}[how])
    given = leon.submit(before, form=f"{pack.address}/downloads")
    shown = leon.get(pack.address).text
    with demo_app.app_context():
        assert db.session.query(Download).count() == (how == "published")
    if how == "published":
        assert given.mimetype == "application/pdf"
        return
    assert given.status_code == 303
    assert "qu’une personne au moins, à cette réunion, ne peut pas lire" in shown
    assert "Notre cour" not in shown  # who may not read it is not told its name
    assert f"{pack.address}/downloads" not in shown


def test_a_change_of_the_fiche_or_of_the_agenda_makes_another_pack(demo_app):
    with demo_app.app_context():

        def content() -> str:
            return MeetingOrder("D5", "x", meeting_by_code(PACK)).content

        known = [content()]
        with writing():
            fiche = find("F-2016-009")
            fiche.content = {**fiche.content, "resume": "Un autre résumé."}
        known.append(content())
        with writing():
            db.session.query(AgendaLink).filter_by(fiche_id=find("F-2016-011").id).delete()
        known.append(content())
        assert len(set(known)) == 3
        assert content() == known[-1]
        assert MeetingOrder("D4", "x", meeting_by_code(PACK)).content != known[-1]


def test_a_fiche_that_cannot_be_set_has_a_page_in_its_place(demo_app):
    """The rest comes out, once more; where every fiche can be set alone, it is something else that failed."""
    bad = "savoirs né dans la salle"  # of the summary: the agenda names the title alone

    class Child:
        asked, kept = 0, ""

        def render(self, html, *, limits: Limits, **_more) -> Pdf:
            self.asked += 1
            if bad in html and "Fiche non imprimée" not in html:
                raise RenderFailed("pages")
            self.kept = html
            return Pdf(b"%PDF-1.7", 3, {}, (), False, (), 0.1, 1)

    class Broken(Child):
        def render(self, html, *, limits: Limits, **_more) -> Pdf:
            if limits is building.ALONE:
                return Pdf(b"%PDF-1.7", 1, {}, (), False, (), 0.1, 1)
            raise RenderFailed("memory")

    with demo_app.test_request_context():
        child = Child()
        built = MeetingOrder("D5", "x", meeting_by_code(PACK)).build(child=child)
        assert child.asked == 5  # the whole, each of the three, the whole
        assert "Fiche non imprimée" in child.kept
        assert "Les filles, et les enfants" in child.kept  # of another one
        assert any("trop de pages" in note for note in built.notes)
        assert len(built.fiches) == 3
        with pytest.raises(building.NotMade, match="mémoire"):
            MeetingOrder("D5", "x", meeting_by_code(PACK)).build(child=Broken())
