"""A group and its board on paper (D12), read back from the PDF: what is for who sits there, what any member may read, and
nothing of what is for fewer."""

import re
import shutil
import subprocess

import pytest
from sqlalchemy import select

from adapters import storage
from adapters.pdf.engine import session
from blueprints import jobs
from blueprints.dossiers.building import files_folder
from blueprints.dossiers.circles import CircleOrder
from models import dossiers, exchanging, mediating, recalling, seating
from models.circles import CHAIR, circle_by_code, seat_here
from models.deliveries import Job
from models.dossiers import INSIDE, Dossier, revoked
from models.exchanges import Exchange, Notice
from models.fiche.fiche import find
from models.groups import Production
from models.people import by_email
from models.profiles import CIRCLE, MEMBERS, ProfileDetail
from models.store import db, writing
from tests.pdfcheck import Unavailable, pdfcheck
from tests.support import cast, meetings
from tests.support import exchanges as made
from tests.support.everything import ARABIC, LONG, MARKUP, WORD
from tests.support.queries import counted_queries
from tests.support.site import close
from tests.support.tasks import task
from tests.test_meeting_papers import bookmarks
from tests.test_print import everything, text_of

ELS = "els@wijkadem.example"


@pytest.fixture(scope="module")
def child():
    with session() as renderer:
        yield renderer


@pytest.fixture(scope="module")
def app(demo_template, tmp_path_factory):
    """The demonstration; the group has a task, its board meets a fiche, and a closed group keeps what it has."""
    from app import create_app

    folder = tmp_path_factory.mktemp("circles") / "instance"
    shutil.copytree(demo_template, folder)
    site = create_app({"INSTANCE": str(folder), "TESTING": True})
    with site.app_context():
        with writing():
            group, els, bart, nadia = circle_by_code("GT-PLA"), by_email(ELS), cast.person("reader"), cast.person("contributor")  # fmt: skip
            for name, seen_by, text in (("phone", CIRCLE, "0499 55 01 99"), ("email", MEMBERS, "")):
                db.session.add(ProfileDetail(person_id=els.id, name=name, text=text, seen_by=seen_by))
            task(group, els, cast.person("chair"), "Relire zztache", days=9)
            made.notice(els, group, kind="request", title="Compter zzcour avec des enfants", languages="fr")
            made.exchange(nadia, els, state="done", subject="zzdiscret", circle_id=group.id, giver_named=True)
            made.notice(bart, circle_by_code("GT-FIC"), title="Compter zzferme")
        yield site
    close(site)


def order(code="GT-PLA", *, inside=True, lang="", by="Anne-Marie Lhoest") -> CircleOrder:
    return CircleOrder("D12", by, circle_by_code(code), inside, lang)


def plain(data: bytes) -> str:
    return text_of(data).replace("\u00a0", " ")


@pytest.fixture(scope="module")
def inside(app, child):
    return order().build(child=child)


@pytest.fixture(scope="module")
def outside(app, child):
    return order(inside=False).build(child=child)


def test_it_says_what_the_group_is_for_and_what_is_exchanged(inside):
    said = plain(inside.data)
    for words in (
        "Préparer un texte de deux pages pour les élus", "Anne-Marie Lhoest", "Choisir trois fiches qui parlent aux élus", "Les Amis du chemin",
        "Préparer une demande aux élus et la dire à voix haute", "Dire en trois minutes une demande à un élu", "Compter zzcour",
        "même langue", "Ont donné Léon Marchal : Lire un budget communal", "Ont reçu Els Peeters : Lire un budget communal", "Relire zztache",
    ):  # fmt: skip
        assert words.lower() in said.lower(), words
    assert next(label for _level, label in bookmarks(inside.data)).startswith("Groupe")
    assert "points" in said
    assert not re.search(r"\d+ (échanges?|dons?|points?)", said), "names and subjects, no figures"


def test_for_a_member_who_does_not_sit_there_the_tasks_are_not_in_it(inside, outside):
    """Nor in its metadata; and in neither what fewer may read. The control is what all members may."""
    assert "zztache" in everything(inside.data)
    assert "zztache" not in everything(outside.data)
    assert "Les tâches du groupe n’y sont pas" in plain(outside.data)
    for built in (inside, outside):
        held = everything(built.data)
        assert ELS in held
        for word in ("0499 55", "zzferme", "zzdiscret", "leon@amis"):
            assert word not in held, word
    assert order().key != order(inside=False).key


def test_a_fiche_that_is_withdrawn_takes_the_paper_back(app, inside):
    """A line of a fiche met one of the board; only what is public and agreed is printed."""
    ids = {line.ref[2:38] for line in exchanging._fiche_lines(None)}
    assert inside.fiches
    assert set(inside.fiches) <= ids
    row = Dossier(id="x", kind="D12", fiches=inside.fiches)
    assert revoked([row])["x"] == []
    before = db.session.get(type(find("F-2016-009")), inside.fiches[0]).state
    with writing():
        db.session.get(type(find("F-2016-009")), inside.fiches[0]).state = "ANN"
    try:
        assert revoked([row])["x"]
        assert not set(order().made().fiche_ids) & {inside.fiches[0]}
    finally:
        with writing():
            db.session.get(type(find("F-2016-009")), inside.fiches[0]).state = before


def test_queries_do_not_grow_with_the_board_and_another_text_is_another_paper(app):
    """Each change of what is printed makes another content; the language of who looks makes none."""
    db.session.expire_all()
    few, before = counted_queries(lambda: order().made()), order().content
    assert order(lang="nl").content == before
    with writing():
        nadia, group = cast.person("contributor"), circle_by_code("GT-PLA")
        rows = [made.notice(nadia, group, title=f"Savoir {n}") for n in range(20)]
        rows += [made.notice(nadia, title=f"Ailleurs {n}") for n in range(20)]
        ids = [row.id for row in rows]
    db.session.expire_all()
    try:
        assert counted_queries(lambda: order().made()) <= few + 1
        assert order().content != before
    finally:
        with writing():
            for id in ids:
                db.session.delete(db.session.get_one(Notice, id))
    assert order().content == before


@pytest.mark.pdf
def test_accessible_and_sound_with_texts_without_measure(app, inside, outside, child, tmp_path):
    """The two of the demonstration, one in German, and one whose every text is at its limit."""
    with writing():
        nadia = cast.person("contributor")
        wide = meetings.circle("LONG", (nadia, CHAIR), title=f"{WORD} {ARABIC}"[:200], mandate=f"{ARABIC}\n\n{LONG[:2900]}", rhythm=f"{WORD}{WORD}"[:200])  # fmt: skip
        for kind in ("offer", "request"):
            made.notice(nadia, wide, kind=kind, title=f"{WORD} {MARKUP} {ARABIC}"[:200], words=f"{ARABIC}\n\n{LONG[:1800]}", place=WORD[:120], languages="fr nl de")  # fmt: skip
        made.notice(by_email(ELS), kind="request", title=f"{WORD} {MARKUP}"[:200])
        db.session.add(Production(circle_id=wide.id, title=f"{WORD} {MARKUP}"[:200], person_id=nadia.id))
        row = made.exchange(
            nadia, by_email(ELS), state="done", subject=f"{WORD} {ARABIC}"[:200], circle_id=wide.id
        )
        row.giver_named = row.receiver_named = True
        db.session.flush()
        task(wide, nadia, nadia, f"{WORD} {MARKUP} {LONG[:800]}", days=3)
    built = {"inside": inside, "outside": outside, "german": order(lang="de").build(child=child), "wide": order("LONG").build(child=child)}  # fmt: skip
    assert WORD[:20] in everything(built["wide"].data)
    files = []
    for name, one in built.items():
        file = tmp_path / f"{name}.pdf"
        file.write_bytes(one.data)
        run = subprocess.run(["qpdf", "--check", str(file)], capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr
        files.append(file)
    try:
        assert not pdfcheck(*files)
    except Unavailable as missing:
        pytest.skip(str(missing))


def test_the_command_writes_it_and_names_what_is_wrong(app, tmp_path):
    target = tmp_path / "out.pdf"
    run = app.test_cli_runner().invoke(
        args=["dossier", "build", "d12", "--group", "gt-pla", "--out", str(target)]
    )
    assert run.exit_code == 0, run.output
    assert target.read_bytes()[:5] == b"%PDF-"
    for more, words in ((["--group", "GT-RIEN"], "GT-PLA"), ([], "--group GT-PLA")):
        refused = app.test_cli_runner().invoke(args=["dossier", "build", "D12", *more, "--out", str(target)])
        assert refused.exit_code == 1
        assert words in refused.output


def test_who_may_order_and_open_it(demo_app, client_of):
    """Anne-Marie sits there, Christelle does not; who leaves the group loses the paper with its tasks; a closed group's is
    not there for anybody else."""
    chair, other, nadia = client_of("chair"), client_of("outsider"), client_of("contributor")
    here = "/groups/GT-PLA/dossiers"
    own = nadia.submit(nadia.get(here), {}, form=here).headers["Location"]
    assert chair.get(own).status_code == 200
    assert other.get(own).status_code == 404
    theirs = other.submit(other.get(here), {}, form=here).headers["Location"]
    assert theirs != own
    assert other.get(theirs).status_code == 200
    assert "Groupe et tableau des échanges – Groupe" in nadia.get(theirs).text.replace("\u00a0", " ")
    with demo_app.app_context(), writing():
        group = circle_by_code("GT-PLA")
        assert {row.usage for row in dossiers.of_circle(group.id)} == {INSIDE, "intranet"}
        seating.end_seat(seat_here(group, cast.person("contributor").id), None)
        hidden = dossiers.order(
            "D12", cast.person("reader"), "k", "c", circle=circle_by_code("GT-FIC"), usage=INSIDE
        ).id
    assert nadia.get(own).status_code == 404
    assert nadia.get(theirs).status_code == 200
    for client, code in (
        (nadia, 404),
        (chair, 404),
        (client_of("reader"), 200),
        (client_of("coordination"), 200),
    ):
        assert client.get(f"/dossiers/{hidden}").status_code == code
        assert client.get("/groups/GT-FIC/dossiers").status_code == code
    with demo_app.app_context():
        assert refused_for_who_left(own.rpartition("/")[2])


def refused_for_who_left(dossier_id: str) -> bool:
    """The worker makes no paper for who may not have it any more."""
    row = db.session.get_one(Dossier, dossier_id)
    jobs.sweep()
    db.session.expire_all()
    row = db.session.get_one(Dossier, dossier_id)
    return row.sha256 is None and "plus le droit" in " ".join(row.notes)


def test_what_somebody_takes_back_takes_the_paper_along(demo_app):
    """As the directory: it names what people let every member read."""
    with demo_app.app_context():
        data = storage.keep(files_folder(), b"%PDF-1.7 a group")
        with writing():
            row = dossiers.order("D12", cast.person("chair"), "k", "c", circle=circle_by_code("GT-PLA"))
            row.sha256, id = data, row.id
        with writing():
            recalling.recall_directories()
        assert db.session.get_one(Dossier, id).sha256 is None
        assert db.session.scalars(select(Job).where(Job.kind == "erase-files")).all()


@pytest.mark.parametrize(
    ("act", "board", "gone"),
    [
        ("close", "GT-PLA", {"GT-PLA"}), ("close", "", {"GT-PLA", "GT-FIC"}), ("less", "GT-PLA", {"GT-PLA"}),
        ("more", "GT-PLA", set()), ("unname", "GT-PLA", {"GT-PLA"}), ("name", "GT-PLA", set()), ("unname", "", set()),
    ],
)  # fmt: skip
def test_what_leaves_the_board_takes_the_papers_along_that_print_it(demo_app, act, board, gone):
    """A line of the network's board may stand in the paper of any group; what only grows takes none."""
    with demo_app.app_context():
        with writing():
            nadia, els, group = (
                cast.person("contributor"),
                by_email(ELS),
                circle_by_code(board) if board else None,
            )
            notice_id = made.notice(nadia, group, words="Le samedi").id
            here = group.id if group else None
            pair = made.exchange(
                nadia, els, state="done", circle_id=here, giver_named=True, receiver_named=True
            ).id
            papers = {}
            for code in ("GT-PLA", "GT-FIC"):
                row = dossiers.order(
                    "D12", cast.person("coordination"), code, "c", circle=circle_by_code(code)
                )
                row.sha256, papers[code] = storage.keep(files_folder(), code.encode()), row.id
        with writing():
            nadia, notice = cast.person("contributor"), db.session.get_one(Notice, notice_id)
            if act == "close":
                mediating.close(notice, nadia)
            elif act in ("less", "more"):
                words = {"less": "Le dimanche", "more": "Le samedi, et le dimanche"}[act]
                mediating.change(notice, made.values(words=words), notice.rev, nadia)
            else:
                mediating.choose_name(db.session.get_one(Exchange, pair), nadia, named=act == "name")
        rows = {code: db.session.get_one(Dossier, id) for code, id in papers.items()}
        assert {code for code, row in rows.items() if row.sha256 is None} == gone
        assert all("tableau des échanges" in rows[code].notes[0] for code in gone)
        erased = [
            x
            for job in db.session.scalars(select(Job).where(Job.kind == "erase-files"))
            for x in job.payload["files"]
        ]
        assert len(erased) == len(gone)
