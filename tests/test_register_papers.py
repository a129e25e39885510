"""The register (D8) and the advocacy digest (D10) of an edition, read back from the PDF; what is in neither."""

import copy
import json
import re
import shutil
import subprocess
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from adapters.pdf.engine import session
from blueprints.dossiers.advocacy import DigestOrder
from blueprints.dossiers.building import NotMade
from blueprints.dossiers.digest import FITS, cut
from blueprints.dossiers.register import RegisterOrder
from models import advocacy, published
from models.circles import CHAIR, circle_by_code
from models.dossiers import Dossier, revoked, selection
from models.editions import Edition, current_edition, edition_by_code
from models.fiche.fiche import find
from models.fiche.saving import store
from models.meetings import MeetingState
from models.recommendations import Recommendation, recommendation_by_number
from models.store import db, now, writing
from tests.pdfcheck import Unavailable, pdfcheck
from tests.support import cast
from tests.support import meetings as made
from tests.support.everything import ARABIC, LONG, MARKUP, WORD
from tests.support.queries import counted_queries
from tests.support.register import adopted, decision, held, recommendation
from tests.support.site import close
from tests.test_meeting_papers import bookmarks
from tests.test_print import everything, text_of

FICHES = """SELECT f.id, f.content FROM fiche f JOIN call c ON c.id = f.call_id JOIN edition e ON e.id = c.edition_id WHERE e.code = 'BIE-2017'
    AND f.state IN ('RET', 'PUB') AND json_extract(f.content, '$.consentements.accord_structure') = 1
    AND json_extract(f.content, '$.consentements.publication') = 'publique'"""


@pytest.fixture(scope="module")
def child():
    with session() as renderer:
        yield renderer


@pytest.fixture(scope="module")
def app(demo_template, tmp_path_factory):
    """The demonstration, with a closed circle and decisions of an open one that no paper may say."""
    from app import create_app

    folder = tmp_path_factory.mktemp("papers") / "instance"
    shutil.copytree(demo_template, folder)
    site = create_app({"INSTANCE": str(folder), "TESTING": True})
    with site.app_context():
        with writing():
            chair, edition = cast.person("chair"), current_edition()
            made.circle("OUVERT", (chair, CHAIR), title="Groupe ouvert")
            made.circle("FERME", (chair, CHAIR), title="Groupe zzferme", closed=True)
            for code, state, word in (("OUVERT", MeetingState.PROPOSED, "zzattente"), ("FERME", MeetingState.APPROVED, "zzferme"), ("OUVERT", MeetingState.APPROVED, "zzouvert")):  # fmt: skip
                meeting = made.meeting(circle_by_code(code), chair, starts=now() - timedelta(days=20))
                meeting.edition_id = edition.id
                row = decision(meeting, f"Décision {word}.")
                adopted(
                    circle_by_code(code),
                    row,
                    f"Recommandation de {word}, groupe {code}.",
                    edition_id=edition.id,
                )
                if word == "zzouvert":
                    decision(meeting, "zzrejet", outcome="rejected")
                    decision(meeting, "zzparti", removed_at=now())
                held(meeting, state)
            recommendation(circle_by_code("OUVERT"), "zzproposee", edition_id=edition.id)
        yield site
    close(site)


def build(order, child):
    return order.build(child=child)


@pytest.fixture(scope="module")
def d8(app, child):
    return build(RegisterOrder("D8", "Anne-Marie Lhoest", current_edition()), child)


@pytest.fixture(scope="module")
def d10(app, child):
    return build(DigestOrder("D10", "Anne-Marie Lhoest", current_edition()), child)


# ---- the register


def test_the_register_says_what_was_decided_by_circle_and_meeting(d8):
    said = text_of(d8.data)
    for words in ("D-2016-02", "3 pour, 1 contre, aucune abstention", "Remplacée par D-2016-04", "Remplace D-2016-01", "Levée", "RC-2016-03", "Adoptée par D-2016-03",
                  "Ministres régionaux du logement", "Index par groupe", "décision, zzouvert"[10:]):  # fmt: skip
        assert words in said.replace("\u00a0", " "), words
    marks = [title for _level, title in bookmarks(d8.data)]
    assert any(title.startswith("Groupe «") for title in marks)
    assert any(title.startswith("Ce que nous demandons aux élus") for title in marks)
    assert "F-2016-008 – Mon dos compte" in said
    assert "F-2016-005" not in said, "a fiche under way is not named outside"


def test_the_register_holds_no_word_of_a_closed_circle_nor_of_minutes_that_wait(d8):
    """Nor in its metadata; the control is the open circle's decision."""
    found = everything(d8.data)
    assert "Décision zzouvert" in found
    for word in ("zzferme", "zzrejet", "zzparti", "zzproposee", "Décision zzattente"):
        assert word not in found, word
    assert any("attend l’approbation" in note for note in d8.notes)


def test_the_register_counts_as_sql_counts(app, d8):
    rows = db.session.execute(
        text(
            "SELECT (SELECT count(*) FROM decision d JOIN meeting m ON m.id = d.meeting_id JOIN circle c ON c.id = m.circle_id WHERE m.state = 'minutes_approved' AND "
            "c.closed = 0 AND d.outcome = 'adopted' AND d.removed_at IS NULL) AS d, (SELECT count(*) FROM recommendation r JOIN circle c ON c.id = r.circle_id "
            "WHERE c.closed = 0 AND r.decision_id IS NOT NULL) AS r"
        )
    ).one()
    said = text_of(d8.data).replace("\u00a0", " ")
    assert f"{rows.d} décisions, dont 1 remplacée, {rows.r} recommandations" in said
    assert (rows.d, rows.r) == published.counted(current_edition())
    assert len(set(re.findall(r"D-20\d\d-\d\d", said)) & {f"D-2016-0{n}" for n in range(1, 5)}) == 4


def test_queries_do_not_grow_with_the_register(app):
    db.session.expire_all()
    few = counted_queries(lambda: published.sections(current_edition()))
    with writing():
        meeting = made.meeting(
            circle_by_code("OUVERT"), cast.person("chair"), starts=now() - timedelta(days=9)
        )
        meeting.edition_id = current_edition().id
        for n in range(30):
            adopted(
                circle_by_code("OUVERT"),
                decision(meeting, f"Décision {n}."),
                f"Recommandation {n}.",
                edition_id=current_edition().id,
            )
        held(meeting)
    db.session.expire_all()
    try:
        assert counted_queries(lambda: published.sections(current_edition())) <= few + 1
    finally:
        with writing():
            for row in db.session.scalars(
                select(Recommendation).where(Recommendation.text.like("Recommandation %."))
            ):
                if row.text[14:-1].strip().isdigit():
                    row.decision_id, row.state = None, "proposed"


# ---- the digest


def contents() -> list[dict]:
    """The answers of the fiches that are printed, by a statement of its own."""
    return [json.loads(row.content) for row in db.session.execute(text(FICHES))]


def test_the_digest_has_four_pages_and_says_its_message(d10):
    assert d10.pages == 4
    said = text_of(d10.data).replace("\u00a0", " ")
    for words in (
        "Ensemble pour la santé",
        "Qui agit, et sur quoi",
        "Trois actions, trois paroles",
        "Ce que nous demandons",
        "Sources",
        "4/4",
    ):
        assert words in said.replace("4 / 4", "4/4"), words
    for level in ("Commune", "Région", "État fédéral"):
        assert level in said
    assert len(set(re.findall(r"RC-20\d\d-\d\d", said))) >= 4
    assert "zzferme" not in everything(d10.data)
    assert "zzproposee" not in everything(d10.data)


def test_each_number_is_the_one_that_sql_counts(app, d10):
    """Communes, people, costs, sectors by families, degrees: from the JSON of the answers, not from the index tables."""
    rows, d = contents(), advocacy.digest(current_edition())
    assert d.base == len(rows) == 5
    said = text_of(d10.data).replace("\u00a0", " ")
    people = [r["bilan"]["citoyens"]["nombre"] for r in rows]
    assert d.totals[0].value == sum(n for n in people if n is not None)
    assert f"{d.base} actions" in said
    # What the first number says is what is counted: retained, with the agreement to be public; not yet published.
    assert "actions retenues, dont la structure accepte qu’elles soient publiques" in " ".join(said.split())
    published_now = db.session.scalar(text("SELECT count(*) FROM fiche WHERE state = 'PUB'"))
    assert published_now < d.base
    assert f"{int(d.totals[0].value)} citoyens" in said
    communes = {r["structure_porteuse"]["commune"] for r in rows} - {None, ""}
    assert d.communes == len(communes)
    for sector in {code for r in rows for code in r["secteurs"]}:
        assert d.coverage.sectors[sector] == sum(sector in r["secteurs"] for r in rows)
        for family in advocacy.families():
            wanted = sum(
                sector in r["secteurs"] and any(c.startswith(family) for c in r["determinants"]) for r in rows
            )
            assert d.coverage.cells.get((sector, family), 0) == wanted, (sector, family)
    assert d.coverage.without == sum(not (r["secteurs"] and r["determinants"]) for r in rows)
    assert d.beyond == sum(bool(set(r["secteurs"]) - {"SAN", "MEN"}) for r in rows)
    degrees = [(r["bilan"]["degre_vise"], r["bilan"]["degre_reel_max"]) for r in rows]
    p = d.participation
    assert p.aimed == {f"P{n}": sum(aim == f"P{n}" for aim, _real in degrees) for n in range(7)}
    assert p.real == {f"P{n}": sum(real == f"P{n}" for _aim, real in degrees) for n in range(7)}
    assert (p.no_aim, p.no_real) == (sum(a is None for a, _r in degrees), sum(r is None for _a, r in degrees))
    assert p.reach == sum(a is not None and r is not None and r >= a for a, r in degrees)
    assert p.both == p.reach + p.below


def test_the_unknown_is_counted_and_said(app, child):
    """One fiche that says neither people, nor commune, nor degrees: each base names it."""
    before = advocacy.digest(current_edition())
    with changed(
        "F-2016-008",
        {
            "bilan.citoyens.nombre": None,
            "structure_porteuse.commune": None,
            "bilan.degre_vise": None,
            "determinants": [],
        },
    ):
        d = advocacy.digest(current_edition())
        assert (d.base, d.no_commune, d.participation.no_aim, d.coverage.without) == (before.base, 1, 1, 1)
        said = text_of(build(DigestOrder("D10", "x", current_edition()), child).data).replace("\u00a0", " ")
    for words in (
        "4 fiches sur 5 le disent ; 1 ne le sait pas encore",
        "1 ne nomme pas l’un des deux",
        "Sans réponse : 1 sur ce qu’elles visent",
    ):
        assert words in said, words


def test_a_quote_without_its_agreement_is_not_there(app, child, d10):
    """The control: it is there with it. Another use, no agreement, one that was taken back: not one word of it."""
    words = "Avant j'étais au bord"
    fiche = find("F-2016-009")
    quote = copy.deepcopy(fiche.content["bilan"]["temoignages"])
    assert words in quote[0]["texte"].replace("’", "'")
    stem = quote[0]["texte"][:20]
    assert stem in everything(d10.data)
    for consent in ({"statut": "oui", "usages": ["intranet"]}, {"statut": "oui", "usages": ["presse"]}, {"statut": "non", "usages": ["catalogue"]},
                    {"statut": "retire", "usages": ["catalogue"]}, {"statut": "non_demande", "usages": ["catalogue"]}, {}):  # fmt: skip
        with changed(
            "F-2016-009",
            {
                "bilan.temoignages": [
                    {
                        **quote[0],
                        "consentement": {
                            **(quote[0].get("consentement") or {}),
                            "statut": None,
                            "usages": [],
                            **consent,
                        },
                    }
                ]
            },
        ):
            told, held_back = advocacy.quotes(selection(current_edition()).fiches)
            assert stem not in [q.text[:20] for q in told], consent
            assert held_back >= 1
    with changed(
        "F-2016-009",
        {
            "bilan.temoignages": [
                {**quote[0], "consentement": {**quote[0]["consentement"], "usages": ["intranet"]}}
            ]
        },
    ):
        built = build(DigestOrder("D10", "x", current_edition()), child)
        assert stem not in everything(built.data)
        assert any("sans accord" in note for note in built.notes)


def test_the_actions_are_those_that_support_most_and_a_withdrawn_one_calls_the_digest_back(app, d10):
    d = advocacy.digest(current_edition())
    support = dict(
        db.session.execute(
            text("SELECT f.number, count(*) FROM recommendation_fiche rf JOIN fiche f ON f.id = rf.fiche_id JOIN recommendation r ON r.id = rf.recommendation_id "
                 "JOIN circle c ON c.id = r.circle_id WHERE r.decision_id IS NOT NULL AND c.closed = 0 GROUP BY f.number")
        ).all()
    )  # fmt: skip
    assert [n for _f, n in d.fiches] == sorted(
        (support.get(f.number, 0) for f in d.chosen.fiches), reverse=True
    )[:3]
    assert all(support.get(f.number, 0) == n for f, n in d.fiches)
    assert set(d10.fiches) == {f.id for f in d.chosen.fiches}
    row = Dossier(id="x", kind="D10", fiches=d10.fiches)
    assert revoked([row])["x"] == []
    with writing():
        find("F-2016-009").state = "ANN"
    try:
        assert [f.number for f in revoked([row])["x"]] == ["F-2016-009"]
    finally:
        with writing():
            find("F-2016-009").state = "PUB"


class changed:
    """Answers of a fiche, for a while."""

    def __init__(self, number: str, answers: dict) -> None:
        self.number, self.answers = number, answers

    def keep(self, content: dict) -> None:
        with writing():
            store(find(self.number), content, None, None)

    def __enter__(self) -> None:
        from models.fiche.content import put

        self.before = copy.deepcopy(find(self.number).content)
        content = copy.deepcopy(self.before)
        for key, value in self.answers.items():
            put(content, key, value)
        self.keep(content)

    def __exit__(self, *_error) -> None:
        self.keep(self.before)


# ---- extremes


@pytest.fixture
def measureless(make_app):
    """Titles, sentences and addressees at their limits, fourteen more recommendations."""
    site = make_app(demo=True)
    with site.app_context():
        with writing():
            edition, chair = current_edition(), cast.person("chair")
            edition.title, edition.theme, edition.place = f"{WORD} {MARKUP} {ARABIC}"[:200], (WORD * 3)[:300], (WORD * 2)[:200]  # fmt: skip
            made.circle("LONG", (chair, CHAIR), title=f"{WORD} {ARABIC}"[:200])
            starts = now() - timedelta(days=9)
            meeting = made.meeting(
                circle_by_code("LONG"), chair, starts=starts, title=f"{WORD} {MARKUP}"[:200]
            )
            meeting.edition_id = edition.id
            row = decision(meeting, f"{ARABIC}\n\n{LONG[:3000]}", objections=f"{WORD} {MARKUP}")
            more = {"addressee": (WORD * 3)[:300], "edition_id": edition.id, "cause": ARABIC * 5, "words": LONG[:2000], "determinants": ["SE1"]}  # fmt: skip
            for n in range(14):
                adopted(circle_by_code("LONG"), row, f"{WORD} {MARKUP} {LONG[:1900]}", level=["commune", "other"][n % 2], **more)  # fmt: skip
            held(meeting)
            for fiche in selection(edition).fiches:
                content = copy.deepcopy(fiche.content)
                content["titre"], content["resume"] = f"{WORD} {ARABIC}"[:200], f"{ARABIC} {LONG}"[:300]
                content["structure_porteuse"]["nom"] = (WORD * 4)[:300]
                for quote in content["bilan"]["temoignages"]:
                    quote["texte"], quote["qualite"] = LONG[:330], WORD
                store(fiche, content, None, None)
        yield site


def test_texts_without_measure_still_make_four_pages(measureless, child):
    built = build(DigestOrder("D10", "x" * 200, current_edition()), child)
    assert built.pages == 4
    said = text_of(built.data).replace("\u00a0", " ")
    assert "14 recommandations de plus se lisent dans le registre" in said
    assert "trop longues pour ces pages" in said
    for level in ("Commune", "Région", "État fédéral", "Autre"):
        assert level in said, "each level has its turn"


@pytest.mark.long
def test_the_register_has_them_all(measureless, child):
    said = text_of(build(RegisterOrder("D8", "x", current_edition()), child).data)
    query = select(Recommendation.number).where(Recommendation.decision_id.is_not(None))
    assert set(db.session.scalars(query)) <= set(re.findall(r"RC-20\d\d-\d\d+", said))


def test_a_text_is_cut_at_a_word_and_says_so():
    assert cut("Un deux trois", 20) == "Un deux trois"
    assert cut("Un deux, trois quatre", 10) == "Un deux…"
    assert len(cut(WORD, 10)) <= 11
    assert cut(None, 10) == ""
    assert [fit.signs for fit in FITS] == sorted((fit.signs for fit in FITS), reverse=True)


@pytest.mark.pdf
def test_accessible_and_sound(d8, d10, tmp_path):
    files = []
    for kind, built in (("D8", d8), ("D10", d10)):
        file = tmp_path / f"{kind}.pdf"
        file.write_bytes(built.data)
        run = subprocess.run(["qpdf", "--check", str(file)], capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr
        files.append(file)
    try:
        assert not pdfcheck(*files)
    except Unavailable as missing:
        pytest.skip(str(missing))


# ---- who makes them


def test_an_edition_with_nothing_says_what_is_missing(app):
    with writing():
        edition = Edition(code="BIE-1999", title="Vide", year=1999)
        db.session.add(edition)
    edition = edition_by_code("BIE-1999")
    for order, words in (
        (RegisterOrder("D8", "x", edition), "procès-verbal"),
        (DigestOrder("D10", "x", edition), "Retenez des fiches"),
    ):
        with pytest.raises(NotMade, match=words):
            order.build()


def test_the_command_writes_it_and_names_what_is_wrong(app, tmp_path):
    target = tmp_path / "out.pdf"
    for kind in ("d8",):
        run = app.test_cli_runner().invoke(
            args=["dossier", "build", kind, "--edition", "BIE-2017", "--out", str(target)]
        )
        assert run.exit_code == 0, run.output
        assert target.read_bytes()[:5] == b"%PDF-"
    refused = app.test_cli_runner().invoke(args=["dossier", "build", "D8", "--out", str(target)])
    assert refused.exit_code == 1
    assert "BIE-2017" in refused.output


def test_from_the_button_to_the_page_and_a_later_text_is_told(demo_app, client_of):
    """Readers may make both; an outsider neither. A new sentence makes another content."""
    reader, outsider = client_of("reader"), client_of("outsider")
    page = reader.get("/dossiers/")
    for kind, words in (("D8", "Registre des décisions"), ("D10", "Plaidoyer en quatre pages")):
        assert words in page.text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        answer = reader.post("/dossiers/", data={"csrf_token": token, "kind": kind, "edition": "BIE-2017"})
        assert answer.status_code == 303
        assert words in reader.get(answer.headers["Location"]).text
        assert outsider.get(answer.headers["Location"]).status_code == 404
        data = {
            "csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', outsider.get("/account").text)[1],
            "kind": kind,
        }
        assert outsider.post("/dossiers/", data=data).status_code == 403
    with demo_app.app_context():
        before = {
            kind: order(kind, "x", current_edition()).content
            for kind, order in (("D8", RegisterOrder), ("D10", DigestOrder))
        }
        assert before["D8"] != before["D10"]
        with writing():
            recommendation_by_number("RC-2016-03").text = "Autrement dit."
        for kind, order in (("D8", RegisterOrder), ("D10", DigestOrder)):
            assert order(kind, "x", current_edition()).content != before[kind]
