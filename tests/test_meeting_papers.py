"""Convocation (D4), pack (D5), attendance sheet (D6) and minutes (D7) of a meeting, read back from the PDF."""

import io
import re
import shutil
import subprocess

import pytest

from adapters import storage
from adapters.pdf.engine import RenderFailed, session
from blueprints.dossiers import building
from blueprints.dossiers.meetings import FIRST_ROWS, MeetingOrder, MeetingPages
from models import agenda, answering, approving, convening
from models.agenda import AgendaLink
from models.answering import Answer
from models.attachments import attach, attached
from models.fiche.fiche import find
from models.meetings import Meeting, meeting_by_code
from models.store import db, new_id, writing
from tests.pdf import page
from tests.pdfcheck import Unavailable, pdfcheck
from tests.support import gatherings
from tests.support import minutes as support
from tests.support.gatherings import ANNE, LEON, who
from tests.support.site import close
from tests.test_print import everything, text_of

ANNEX = page(
    "<h1>Annexe inventée</h1><p>Le mot zzannexe y est.</p><section class='part'>"
    "<h2 class='h' style='bookmark-level: 2'>Une suite</h2><p>Et zzsuite sur la page d’après.</p></section>",
    "Annexe",
)


@pytest.fixture(scope="module")
def child():
    with session() as made:
        yield made


@pytest.fixture(scope="module")
def app(demo_template, tmp_path_factory):
    """The demonstration; the first item of its first meeting has two documents more: one of ours and one that is none."""
    from app import create_app

    folder = tmp_path_factory.mktemp("papers") / "instance"
    shutil.copytree(demo_template, folder)
    made = create_app({"INSTANCE": str(folder), "TESTING": True})
    with made.app_context():
        with session() as child:
            annex = child.render(ANNEX).data
        for data, title in (
            (annex, "Annexe jointe"),
            (b"%PDF-1.7 rien %%EOF", "Fichier abîmé"),
            (locked(annex), "Avec mot de passe"),
        ):
            put(data, title)
        yield made
    close(made)


def locked(data: bytes) -> bytes:
    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


def put(data: bytes, title: str, code: str = "R-2016-01") -> None:
    meeting = meeting_by_code(code)
    item = agenda.items(meeting)[0]
    sha256 = storage.keep(building.files_folder(), data)
    with writing():
        attach(
            "meeting",
            meeting.id,
            sha256,
            None,
            media_type="application/pdf",
            size=len(data),
            width=0,
            height=0,
        )
        row = attached("meeting", meeting.id, sha256)
        db.session.add(AgendaLink(item_id=item.id, kind="document", title=title, attachment_id=row.id))


@pytest.fixture(scope="module")
def papers(app, child) -> dict[str, building.Built]:
    """Each paper of the first meeting."""
    return {
        kind: MeetingOrder(kind, "Anne-Marie Lhoest", meeting_by_code("R-2016-01")).build(child=child)
        for kind in ("D4", "D5", "D6")
    }


def bookmarks(data: bytes) -> list[tuple[int, str]]:
    import pikepdf

    def walk(items, level):
        for item in items:
            yield level, str(item.title)
            yield from walk(item.children, level + 1)

    with pikepdf.open(io.BytesIO(data)) as document, document.open_outline() as outline:
        return list(walk(outline.root, 1))


def test_the_convocation_says_what_and_how_long_on_one_page(papers):
    text = text_of(papers["D4"].data)
    assert papers["D4"].pages == 1
    assert "180 minutes" in text
    for said in (
        "vendredi 4 mars 2016, de 10 h 00 à 13 h 00",
        "Premier tour de réactions",
        "Je viens",
        "Je donne ma voix à",
        "juste rempli",
        "1/1",
    ):
        assert said in text.replace("\u00a0", " ")
    assert "Anne-Marie Lhoest" in text


def test_the_pack_has_a_part_for_each_item_with_its_documents(papers):
    pack = papers["D5"]
    marks = bookmarks(pack.data)
    titles = [title for level, title in marks if level == 2]
    assert [i.title for i in agenda.items(meeting_by_code("R-2016-01"))] == titles[3:-1]
    assert (3, "Annexe jointe") in marks
    assert marks[marks.index((3, "Annexe jointe")) + 1] == (4, "Une suite")  # the document's own
    text = text_of(pack.data)
    assert "zzannexe" in text
    assert "zzsuite" in text
    assert f"{pack.pages}/{pack.pages}" in text.replace(" / ", "/")
    assert "Décisions à prendre" in text


def test_each_page_of_the_pack_says_where_it_stands_and_no_task_stands_alone(papers):
    """The head of an annex ends with it; open tasks stay together, with what follows on the same page."""
    pack = papers["D5"]
    pages = [text_of(pack.data, n) for n in range(1, pack.pages + 1)]
    heads = [" ".join(page.split())[:160] for page in pages]
    annexes = [n for n, head in enumerate(heads) if "Point 3 – " in head or "Point 1 – " in head]
    assert len(annexes) > 2
    after = heads[annexes[-1] + 1 :]
    assert after
    assert all("R-2016-01" in head and "Annexe" not in head for head in after)
    [tasks] = [page for page in pages if "Tâches ouvertes" in page]
    for task in agenda.open_tasks(meeting_by_code("R-2016-01").circle):
        assert " ".join(task.what.split()[:3]) in " ".join(tasks.split())


def test_the_attendance_sheet_of_the_demonstration_is_one_page_in_each_language(app, child):
    for lang in ("nl", "de", "en"):
        assert (
            MeetingOrder("D6", "Anne-Marie Lhoest", meeting_by_code("R-2016-01"), lang)
            .build(child=child)
            .pages
            == 1
        )


def test_a_document_that_cannot_be_taken_is_named_and_the_rest_comes_out(papers):
    text = text_of(papers["D5"].data)
    assert "Fichier abîmé » n’est pas dans ce dossier" in text.replace("\u00a0", " ")
    assert sum("n’est pas dans ce dossier." in note for note in papers["D5"].notes) == 2
    assert any("mot de passe" in note for note in papers["D5"].notes)


def test_the_attendance_sheet_has_each_name_and_room_for_more(papers):
    sheet = text_of(papers["D6"].data)
    assert papers["D6"].pages == 1
    for name in ("Anne-Marie Lhoest", "Bart Claes", "Els Peeters", "Léon Marchal"):
        assert name in sheet
    assert "Voix donnée à" in sheet
    assert "Pas encore répondu" in sheet


@pytest.mark.parametrize("names", [0, 7, 10, 11, 60])
def test_there_is_always_room_for_four_more(names):
    rows = [("Nom", "", "")] * names
    blank = MeetingPages(meeting=None, items=[], rows=rows).blank
    assert blank >= 4
    assert names > 10 or names + blank == FIRST_ROWS


def test_what_people_need_stands_on_no_paper(app, child, papers):
    """Nor in its metadata; the control is the same word in a place that is printed."""
    with app.app_context():
        made = gatherings.meeting()
        said = Answer("OUI", new_id(), needs="zzrampe", message="zzmessage")
        answering.answer(made.id, who(LEON).id, who(LEON), said)
        for kind in ("D4", "D5", "D6"):
            assert "zzrampe" not in everything(MeetingOrder(kind, "x", made).build(child=child).data)
        with writing():
            made.title = "zzrampe"
        assert "zzrampe" in everything(MeetingOrder("D6", "x", made).build(child=child).data)


@pytest.mark.pdf
def test_accessible_and_sound(papers, tmp_path):
    """The documents inside are ours here; those that members attach may fall short of it, which the pack says."""
    files = []
    for kind, built in papers.items():
        file = tmp_path / f"{kind}.pdf"
        file.write_bytes(built.data)
        run = subprocess.run(["qpdf", "--check", str(file)], capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr
        files.append(file)
    try:
        assert not pdfcheck(*files)
    except Unavailable as missing:
        pytest.skip(str(missing))


def test_equal_orders_give_equal_bytes_and_a_change_another_key(app, child, papers):
    order = MeetingOrder("D5", "Anne-Marie Lhoest", meeting_by_code("R-2016-01"))
    assert order.build(child=child).data == papers["D5"].data
    key = order.key
    put(child.render(page("<h1>x</h1>")).data, "Une de plus")
    assert MeetingOrder("D5", "Anne-Marie Lhoest", meeting_by_code("R-2016-01")).key != key


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"%PDF-1.4\n%%EOF", "broken"), (b"", "broken"), (b"%PDF-1.7 " + b"x" * 5000, "broken")],
)
def test_what_is_no_document_is_told(child, data, reason):
    with pytest.raises(RenderFailed) as failed:
        child.look(data)
    assert failed.value.reason == reason
    assert str(failed.value)


def test_a_document_brings_no_script_and_no_file_along(app, child):
    """Only what is drawn on its pages is taken."""
    import pikepdf

    evil = pikepdf.new()
    evil.add_blank_page(page_size=(595, 842))
    evil.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("zzscript()"))
    evil.pages[0].obj.Annots = evil.make_indirect(
        pikepdf.Array([pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9],
                                          A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("http://zzlink.example")))])
    )  # fmt: skip
    evil.attachments["zzfile.txt"] = b"zzfile"
    out = io.BytesIO()
    evil.save(out)
    assert b"zzscript" in out.getvalue()
    with app.app_context():
        made = gatherings.meeting("GT-AUTRE")
        put(out.getvalue(), "Document rusé", made.code)
        built = MeetingOrder("D5", "x", made).build(child=child)
    found = everything(built.data)
    assert "Document rusé" in found
    assert not any(word in found for word in ("zzscript", "zzlink", "zzfile"))


def test_the_command_writes_the_paper_and_names_what_is_wrong(app, tmp_path):
    def run(*options):
        return app.test_cli_runner().invoke(args=["dossier", "build", *options])

    target = tmp_path / "d4.pdf"
    assert run("D4", "--meeting", "R-2016-01", "--out", str(target)).exit_code == 0
    assert "180 minutes" in text_of(target.read_bytes())
    for options in (("D4",), ("D5", "--meeting", "R-1999-01")):
        refused = run(*options, "--out", str(target))
        assert refused.exit_code == 1
        assert "R-" in refused.output


def test_a_carrier_who_drops_out_is_seen_on_the_sheet(app, child):
    with app.app_context():
        made = gatherings.meeting("GT-VOIX")
        answering.answer(made.id, who(LEON).id, who(LEON), Answer("PRO", new_id(), proxy_id=who(ANNE).id))
        answering.answer(made.id, who(ANNE).id, who(ANNE), Answer("IND", new_id()))
        text = text_of(MeetingOrder("D6", "x", made).build(child=child).data)
    assert "Voix que personne ne porte" in text


# ---- D7: minutes, from what is prepared to what is approved


@pytest.fixture(scope="module")
def minutes(app, child):
    """D7 of three meetings of the demonstration, and the pack of the one that follows them."""
    proposed = meeting_by_code("R-2016-04")
    with writing():
        convening.apply(proposed, "propose", who(ANNE))
    later = next(m for m in db.session.query(Meeting) if m.previous_id == proposed.id)
    asked = [("draft", "D7", "R-2016-01"), ("proposed", "D7", "R-2016-04"), ("approved", "D7", "R-2016-03"), ("pack", "D5", later.code)]  # fmt: skip
    return {name: MeetingOrder(kind, "x", meeting_by_code(code)).build(child=child) for name, kind, code in asked}  # fmt: skip


def pages_of(built: building.Built) -> list[str]:
    """The text of each page, with plain blanks."""
    return [text_of(built.data, page=n).replace("\u00a0", " ") for n in range(1, built.pages + 1)]


def test_a_draft_says_so_on_every_page_and_what_is_prepared(minutes):
    pages = pages_of(minutes["draft"])
    assert len(pages) == 2
    assert all("projet" in one for one in pages)
    whole = " ".join(pages)
    assert "Premier tour de réactions" in whole
    assert "Els Peeters (Wijkadem), sans réponse" in whole
    assert "pour la présidence" not in whole


def test_approved_minutes_say_everything_and_leave_room_for_two_signatures(minutes):
    pages = pages_of(minutes["approved"])
    assert all("approuvé" in one for one in pages)
    assert not any("projet" in one for one in pages)
    whole = " ".join(pages)
    for said in (
        "version 1", "vendredi 17 juin 2016, à la réunion R-2016-04", "Léon Marchal, à Nadia Bensaïd", "jusqu’à 15 h 55",
        "D-2016-02", "3 pour, 1 contre, 0 abstentions", "Remplace la décision D-2016-01", "Levée", "RC-2016-01", "48 en fait",
        "Dresser la liste", "pour la présidence", "pour le secrétariat",
    ):  # fmt: skip
        assert said in whole, said
    titles = [
        title.replace("\u00a0", " ") for level, title in bookmarks(minutes["approved"].data) if level == 2
    ]
    assert titles == [i.title for i in agenda.items(meeting_by_code("R-2016-03"))]


def test_proposed_minutes_stand_in_the_next_pack_as_they_were_proposed(app, child, minutes):
    """What is noted afterwards is not in it, until the proposal says it too; then the pack is another one."""
    words = "Couper la troisième demande en deux"
    assert words in " ".join(pages_of(minutes["pack"]))
    assert all("proposé" in one for one in pages_of(minutes["proposed"]))
    meeting = meeting_by_code("R-2016-04")
    later = next(m for m in db.session.query(Meeting) if m.previous_id == meeting.id)
    with writing():
        support.line(meeting, "Ajoutée zzaprès", kind="note")
    order = MeetingOrder("D5", "x", meeting_by_code(later.code))
    same = order.content
    assert "zzaprès" not in text_of(order.build(child=child).data)
    with writing():
        approving.refresh(meeting_by_code("R-2016-04"), who(ANNE), 1)
    order = MeetingOrder("D5", "x", meeting_by_code(later.code))
    assert order.content != same
    assert "zzaprès" in text_of(order.build(child=child).data)


def test_fiches_that_all_may_read_follow_their_item_with_their_bookmarks(app, minutes):
    """Whole, as they are set everywhere; the item says on which pages."""
    pack = minutes["pack"]
    named = [find(number) for number in ("F-2016-003", "F-2016-009", "F-2016-011")]
    assert pack.fiches == [fiche.id for fiche in named]
    marks = bookmarks(pack.data)
    at = marks.index((2, "Lecture des fiches retenues")) + 1
    assert marks[at : at + 3] == [(3, f"{f.number} – {f.title}".replace("'", "’")) for f in named]
    assert marks[at + 3][0] == 2
    pages = pages_of(pack)
    [item] = [page for page in pages if "Dans ce dossier" in page]
    for fiche, their in zip(
        named, ("Zij stellen het menu", "Le conseil des élèves", "Sept membres animent"), strict=True
    ):
        start = int(re.search(rf"{re.escape(fiche.title)}[ .]+(\d+)", item)[1])
        assert fiche.number in pages[start - 1]
        assert their in pages[start - 1]
        assert their not in item
    assert "Maintenant le bord" in " ".join(pages)  # a quote, agreed to for here


def test_a_fiche_that_somebody_at_the_table_may_not_read_is_neither_printed_nor_named(papers):
    pack = papers["D5"]
    assert pack.fiches == []
    assert "Une fiche en préparation" in text_of(pack.data)
    assert any("une fiche n’est pas dans ce dossier" in note for note in pack.notes)
    found = everything(pack.data) + " ".join(pack.notes)
    assert "F-2016-002" not in found
    assert "Les pas du quartier" not in found


@pytest.mark.pdf
def test_minutes_are_accessible_and_sound(minutes, tmp_path):
    files = []
    for name, built in minutes.items():
        files.append(tmp_path / f"{name}.pdf")
        files[-1].write_bytes(built.data)
    try:
        assert not pdfcheck(*files)
    except Unavailable as missing:
        pytest.skip(str(missing))
