"""The directory on paper (D9), read back from the PDF: what all members may read, and nothing that is for fewer."""

import re
import shutil
import subprocess

import pytest
from sqlalchemy import select

from adapters import storage
from adapters.pdf.engine import session
from blueprints import jobs as queue
from blueprints.dossiers import commands, jobs
from blueprints.dossiers.building import Built, NotMade, files_folder
from blueprints.dossiers.members import MOST_WORDS, DirectoryOrder, DirectoryPages
from models import directory, dossiers, forgetting, glossing, profiles
from models.deliveries import Job
from models.dossiers import Dossier
from models.organisations import Membership, Organisation
from models.people import add_person, by_email
from models.profiles import CIRCLE, ME, MEMBERS, ProfileDetail
from models.store import db, writing
from tests.pdfcheck import Unavailable, pdfcheck
from tests.support import cast
from tests.support.everything import ARABIC, LONG, MARKUP, WORD
from tests.support.library import entry
from tests.support.queries import counted_queries
from tests.support.site import close
from tests.test_meeting_papers import bookmarks
from tests.test_print import everything, text_of

ELS = "els@wijkadem.example"


@pytest.fixture(scope="module")
def child():
    with session() as renderer:
        yield renderer


@pytest.fixture(scope="module")
def app(demo_template, tmp_path_factory):
    """The demonstration, where Els tells something to each circle of readers, and somebody has not come in yet."""
    from app import create_app

    folder = tmp_path_factory.mktemp("directory") / "instance"
    shutil.copytree(demo_template, folder)
    site = create_app({"INSTANCE": str(folder), "TESTING": True})
    with site.app_context():
        with writing():
            els = by_email(ELS)
            for name, seen_by, text in (("work", MEMBERS, "zzpourtous"), ("why", CIRCLE, "zzcomite"), ("role", ME, "zzpourmoi"),
                                        ("languages", CIRCLE, "vgt"), ("phone", CIRCLE, "0499 55 01 99")):  # fmt: skip
                db.session.add(ProfileDetail(person_id=els.id, name=name, text=text, seen_by=seen_by))
            add_person("Zoé Zzabsente", "zoe@quai.example", ["contributor"], active=False)
            db.session.add(Organisation(name_fr="Zzjointe", merged_into=db.session.scalars(select(Organisation.id)).first()))  # fmt: skip
        yield site
    close(site)


def build(order, child):
    return order.build(child=child)


@pytest.fixture(scope="module")
def d9(app, child):
    """As the coordination orders it, who may read what is for the committee."""
    return build(DirectoryOrder("D9", cast.person("coordination").name), child)


def test_what_is_for_fewer_than_all_members_is_nowhere_in_it(d9):
    """Nor in its metadata. The control is what the same person tells all members."""
    held = everything(d9.data)
    assert "zzpourtous" in held
    for word in ("zzcomite", "zzpourmoi", "0499 55", ELS, "nadia@passerelle", "081 55 01 22", "douze ans", "Zzabsente", "Zzjointe"):  # fmt: skip
        assert word not in held, word
    said = text_of(d9.data).replace("\u00a0", " ")
    assert "Langue des signes" not in said
    assert "02 555 01 11" in said, "Nadia gives her number to all members"
    assert "bart@ziekenfonds.example" in said


def test_each_page_says_that_it_stays_here_and_all_are_in_it(d9):
    said = text_of(d9.data).replace("\u00a0", " ")
    assert said.count("Annuaire – ne pas faire circuler") == d9.pages
    assert f"{d9.pages}/{d9.pages}" in said.replace(" / ", "/")
    for _role, name, _email, _house in cast.demo.CAST:
        assert name in said, name
    for words in ("Fédération des habitants (FH)", "Bewonersfederatie", "Présidente, Fédération des habitants", "9 organisations, 9 membres", "Centre public d’action sociale"):  # fmt: skip
        assert words in said, words
    marks = [title for _level, title in bookmarks(d9.data)]
    assert marks.index("Organisations") < marks.index("Wijkadem") < marks.index("Membres") < marks.index("A")
    assert d9.fiches == []
    assert "réservé au comité" in " ".join(d9.notes)


def test_who_orders_it_changes_nothing_of_what_it_says(app, d9):
    order = DirectoryOrder("D9", "Quelqu’un d’autre")
    assert order.content == d9.content
    assert order.key != d9.key, "the name at the foot is another"
    with writing():
        entry("ZZT", "Un mot de plus")
    assert DirectoryOrder("D9", "x").content != d9.content


def test_the_queries_do_not_grow_with_the_members(app):
    db.session.expire_all()
    few = counted_queries(lambda: directory.whole("fr"))
    with writing():
        house = db.session.scalars(select(Organisation)).first()
        for n in range(40):
            person = add_person(f"Membre {n:02d}", f"m{n}@quai.example", ["contributor"], active=True)
            db.session.add(Membership(person=person, organisation=house))
            db.session.add(ProfileDetail(person_id=person.id, name="work", text="Ensemble", seen_by=MEMBERS))
    db.session.expire_all()
    assert counted_queries(lambda: directory.whole("fr")) == few <= 6


# ---- extremes


def test_texts_without_measure_and_a_long_glossary(make_app, child):
    """A name of 120 signs, markup, Arabic, a word without end; a glossary that is too long stays online."""
    site = make_app(demo=True)
    with site.app_context():
        with writing():
            nadia = by_email("nadia@passerelle.example")
            nadia.name = f"{WORD} {MARKUP}"[:120]
            for name in directory.SEARCHED:
                row = db.session.get(ProfileDetail, (nadia.id, name)) or ProfileDetail(person_id=nadia.id, name=name)  # fmt: skip
                row.text, row.seen_by = f"{ARABIC}\n\n{MARKUP} {WORD} {LONG[:900]}", MEMBERS
                db.session.add(row)
            house = db.session.scalars(select(Organisation)).first()
            house.name_fr, house.abbreviation, house.about = f"{WORD}{WORD}"[:200], WORD[:40], f"{ARABIC} {MARKUP} {LONG[:900]}"  # fmt: skip
            house.site, house.commune = f"https://a.example/{'x' * 250}", WORD[:100]
            for n in range(MOST_WORDS):
                entry(f"ZZ{n}", "Une abréviation de plus")
        built = build(DirectoryOrder("D9", "x" * 200), child)
        said = text_of(built.data)
        assert "<script>" in said, "as it was typed, and nothing that runs"
        assert "Une abréviation de plus" not in said
        plain = re.sub(r"\s|-", "", said)
        assert plain.count(WORD[:25]) >= 4


def test_a_glossary_leaves_no_few_lines_alone_on_a_last_page(app, child):
    """Each one longer by a line, until it goes on over the page; the control is the same without its class."""
    order = DirectoryOrder("D9", "x")

    def left_over(change) -> int:
        """How many lines stand on the second page, once there is one."""
        for n in range(15, 60):
            rows = [glossing.Line(f"ZZ{k}", "Une abréviation de plus", "fr") for k in range(n)]
            pdf = child.render(change(order.html(DirectoryPages([], [], rows))))
            if pdf.pages > 1:
                return text_of(pdf.data, 2).count("Une abréviation de plus")
        raise AssertionError("it never goes over the page")

    assert left_over(lambda html: html) == 4
    assert left_over(lambda html: html.replace("run glo", "run")) < 4


def test_an_empty_directory_says_what_to_do(app, monkeypatch):
    monkeypatch.setattr(directory, "whole", lambda language: ([], []))
    with pytest.raises(NotMade, match="Ajoutez une organisation"):
        DirectoryOrder("D9", "x").build()


@pytest.mark.pdf
def test_accessible_and_sound(d9, tmp_path):
    file = tmp_path / "D9.pdf"
    file.write_bytes(d9.data)
    run = subprocess.run(["qpdf", "--check", str(file)], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    try:
        assert not pdfcheck(file)
    except Unavailable as missing:
        pytest.skip(str(missing))


# ---- who makes it, and taking it back


def stored() -> str:
    """Id of a directory that is made and kept. Inside writing()."""
    data = b"%PDF-1.7 directory"
    row = dossiers.order("D9", cast.person("chair"), "k" * 64, "c" * 64)
    row.sha256 = storage.keep(files_folder(), data)
    row.pages, row.size = 1, len(data)
    return row.id


def told(person) -> tuple[dict[str, str], dict[str, str]]:
    shown = profiles.details(person)
    return {n: one.text for n, one in shown.items() if n != "email"}, {n: one.seen_by for n, one in shown.items()}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "seen_by", "gone"),
    [
        ("work", None, CIRCLE, True), ("work", "", MEMBERS, True), ("work", "Autre chose", MEMBERS, True), ("phone", None, ME, True),
        ("work", "{before} Et le soir aussi.", MEMBERS, False), ("why", "Un mot de plus. {before}", MEMBERS, False),
    ],
)  # fmt: skip
def test_a_detail_that_is_withdrawn_takes_stored_directories_along(demo_app, name, text, seen_by, gone):
    """What only grows does not."""
    with demo_app.app_context():
        with writing():
            dossier_id = stored()
        nadia = by_email("nadia@passerelle.example")
        texts, seen = told(nadia)
        with writing():
            nadia = by_email("nadia@passerelle.example")
            new = texts[name] if text is None else text.format(before=texts[name])
            profiles.keep(nadia, {**texts, name: new}, {**seen, name: seen_by}, nadia)
        row = db.session.get_one(Dossier, dossier_id)
        assert (row.sha256 is None) is gone
        erased = [job.payload for job in db.session.scalars(select(Job).where(Job.kind == "erase-files"))]
        assert bool(erased) is gone
        if gone:
            assert "Refaites-le" in row.notes[0]


def test_who_is_forgotten_stands_in_no_stored_directory(demo_app):
    with demo_app.app_context():
        with writing():
            dossier_id = stored()
            forgetting.forget(cast.person("outsider"), None)
        assert db.session.get_one(Dossier, dossier_id).sha256 is None


@pytest.mark.parametrize(("times", "kept"), [(0, 1), (1, 2), (9, 0)])
@pytest.mark.parametrize("how", ["taken back", "forgotten"])
def test_what_is_taken_back_while_it_is_set_is_not_in_what_is_kept(demo_app, monkeypatch, how, times, kept):
    """It is set once more; where that does not help either, a sentence says what to do. kept: which one, 0 for none."""
    calls = []

    def build(order, report):
        calls.append(order.content)
        db.session.rollback()
        with writing():
            if len(calls) <= times and how == "forgotten":
                forgetting.forget(add_person(f"Ada {len(calls)}", None, [], active=False), None)
            elif len(calls) <= times:
                nadia = by_email("nadia@passerelle.example")
                texts, seen = told(nadia)
                profiles.keep(nadia, {**texts, "work": f"{len(calls)}"}, seen, nadia)
        return Built(b"%d" % len(calls), 1, [], [], f"{len(calls)}", calls[-1])

    monkeypatch.setattr(jobs, "build", build)
    with demo_app.app_context():
        with writing():
            id = dossiers.order("D9", cast.person("chair"), "k", "c").id
        queue.sweep()
        row = db.session.get_one(Dossier, id)
        assert row.key == (str(kept) if kept else "k")
        assert len(calls) == min(times, 1) + 1
        assert ("recommencez" in " ".join(row.notes)) is (kept == 0)
        for n in range(1, len(calls) + 1):
            digest = storage.hashlib.sha256(b"%d" % n).hexdigest()
            assert storage.exists(files_folder(), digest) is (n == kept)


def test_from_the_button_to_the_page_and_by_the_command(demo_app, client_of, tmp_path, d9, monkeypatch):
    reader, outsider = client_of("reader"), client_of("outsider")
    page = reader.get("/dossiers/")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    answer = reader.post("/dossiers/", data={"csrf_token": token, "kind": "D9"})
    assert answer.status_code == 303
    assert "Annuaire des membres" in reader.get(answer.location).text
    assert "Annuaire des membres" in reader.get("/dossiers/").text
    assert outsider.get(answer.location).status_code == 404
    token = re.search(r'name="csrf_token" value="([^"]+)"', outsider.get("/account").text)[1]
    assert outsider.post("/dossiers/", data={"csrf_token": token, "kind": "D9"}).status_code == 403
    # The command asks for what was set above; it is not set once more.
    asked = []
    monkeypatch.setattr(commands, "build", lambda order, report: asked.append(order) or d9)
    target = tmp_path / "annuaire.pdf"
    run = demo_app.test_cli_runner().invoke(args=["dossier", "build", "D9", "--out", str(target)])
    assert run.exit_code == 0, run.output
    assert target.read_bytes() == d9.data
    assert isinstance(asked[0], DirectoryOrder)
