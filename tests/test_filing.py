"""Files of a circle: what may be kept, versions that never take each other's place, taken away with their bytes."""

from datetime import timedelta

import pytest

from adapters import papers, storage
from adapters.papers import OFFICE, BadPaper
from models import filing, retention, work_search
from models.circles import CHAIR, circle_by_code
from models.deliveries import Job
from models.files import CircleFile, FileVersion
from models.filing import BadFile
from models.rights import can
from models.store import db, now, writing
from tests.support import meetings as made
from tests.support.notes import PDF, file, office, sent
from tests.support.queries import counted_queries


def code_of(data: bytes, name: str, **how) -> str:
    with pytest.raises(BadPaper) as bad:
        papers.tidy(data, name, **how)
    assert str(bad.value)
    return bad.value.code


@pytest.mark.parametrize("ending", OFFICE)
def test_a_document_of_an_office_is_what_its_container_says(ending):
    assert papers.tidy(office(ending), f"x.{ending.upper()}", office=True).media_type == OFFICE[ending][0]
    assert papers.ending_of(OFFICE[ending][0]) == ending
    other = "ods" if ending != "ods" else "docx"
    assert code_of(office(ending), f"x.{other}", office=True) == "other"
    assert code_of(office(ending), f"x.{ending}") == "paper", "a meeting hangs up PDF and pictures alone"
    assert code_of(office(ending)[:-30], f"x.{ending}", office=True) == "broken"


def later(data: bytes) -> bytes:
    """The same container, of a version that nobody reads yet."""
    return data.replace(b"PK\x01\x02\x14\x03\x14\x00", b"PK\x01\x02\x14\x03\x40\x00")


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "x.pdf", "empty"),
        (b"%PDF-1.7 cut", "x.pdf", "half"),
        (b"x" * (papers.MOST + 1), "x.txt", "heavy"),
        (office("docx", word__vbaProject=b"", **{"word__vbaProject.bin": b"x"}), "x.docx", "macros"),
        (office("ods", Basic__Standard=b"x"), "x.ods", "macros"),
        (b"PK\x03\x04" + b"x" * 50, "x.docx", "broken"),
        (
            office("odt", **{"evil.exe": b"MZ"}).replace(b"opendocument.text", b"opendocument.nope"),
            "x.odt",
            "broken",
        ),
        (office("odt", **{"META-INF/manifest.xml": b"<m><m:encryption-data/></m>"}), "x.odt", "locked"),
        (later(office("docx")), "x.docx", "broken"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 60, "x.xls", "kind"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "x.docx", "locked"),
        (b"MZ\x90\0", "x.exe", "kind"),
        (b"MZ\x90\0", "x.txt", "other"),
        (b"PK\x03\x04", "x.csv", "other"),
        (b"<html><script>", "x.html", "kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "x.svg", "kind"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_is_refused_says_why(data, name, code):
    assert code_of(data, name, office=True) == code


def test_texts_and_tables_are_taken_as_they_are():
    for data, name, kind in (
        ("é;1\r\n".encode(), "x.csv", "text/csv"), ("é".encode("cp1252"), "x.txt", "text/plain"), ("é".encode("utf-16"), "x.csv", "text/csv"),
        (b"<script>alert(1)</script>", "x.txt", "text/plain"),
    ):  # fmt: skip
        paper = papers.tidy(data, name, office=True)
        assert (paper.data, paper.media_type) == (data, kind)


# ---- in the domain


@pytest.fixture
def cast(app):
    with app.app_context():
        with writing():
            people = {n: made.somebody(n) for n in ("Ana", "Bo", "Out")}
            made.circle("A", (people["Ana"], CHAIR), (people["Bo"], "member"))
            made.circle("C", (people["Bo"], CHAIR), closed=True)
        yield people


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "files"


def test_versions_come_one_after_another_and_all_stay(cast, folder):
    with writing():
        row = file(circle_by_code("A"), cast["Ana"], folder, "Budget")
    with writing():
        assert filing.add_version(row, cast["Bo"], sent(folder, PDF + b"2"), "Corrigé") == 2
    with writing():
        assert filing.add_version(row, cast["Ana"], sent(folder, PDF + b"3"), "Encore") == 3
        assert filing.add_version(row, cast["Ana"], sent(folder, PDF + b"3"), "") == 3, (
            "the same bytes are no other version"
        )
    rows = filing.versions(row.id)
    assert [(v.rev, v.words, v.person.name) for v in rows] == [
        (3, "Encore", "Ana"),
        (2, "Corrigé", "Bo"),
        (1, None, "Ana"),
    ]
    assert {storage.read(folder, v.sha256) for v in rows} == {PDF, PDF + b"2", PDF + b"3"}
    [shown] = filing.files_of(row.circle_id)
    assert (shown.file.id, shown.last.rev) == (row.id, 3)
    assert [f.kind for f in work_search.find("corrig", [row.circle_id])] == ["file"]


def test_what_is_said_of_a_file_is_checked(cast):
    assert filing.checked(" Un  titre ", "", "")["title"] == "Un  titre"
    for field, more in (
        ("title", {"title": "x" * 201}),
        ("about", {"about": "x" * 2001}),
        ("words", {"words": "x" * 301}),
    ):
        with pytest.raises(BadFile) as bad:
            filing.checked(**{"title": "", "about": "", "words": "", **more})
        assert bad.value.field == field


@pytest.mark.parametrize(
    ("title", "name", "called"),
    [
        ("", "\u200b\u2060.pdf", "Document"),
        ("\u200b", "\u200b", "Document"),
        ("", "\u00a0\u0301.\u200d", "Document"),
        ("", ".pdf", ".pdf"),
        ("\u200b", "budget.pdf", "budget"),
        ("\u200bPlan\u200d", "budget.pdf", "\u200bPlan\u200d"),
    ],
)
def test_a_file_has_a_title_that_one_can_see(cast, folder, title, name, called):
    with writing():
        row = filing.add(
            circle_by_code("A"), cast["Ana"], sent(folder, PDF, name), filing.checked(title, "", "")
        )
    assert row.title == called


def test_a_file_that_was_taken_away_comes_back_or_goes_with_its_bytes(cast, folder):
    with writing():
        row, twin = (file(circle_by_code("A"), cast["Ana"], folder, name) for name in ("Plan", "Double"))
        filing.add_version(row, cast["Ana"], sent(folder, PDF + b"own"), "")
        filing.remove(row, cast["Ana"])
    assert [s.file.id for s in filing.files_of(row.circle_id)] == [twin.id]
    assert filing.removed_of(row.circle_id) == [row]
    assert work_search.find("plan", [row.circle_id]) == []
    with writing():
        filing.bring_back(row, cast["Bo"])
        assert not filing.bring_back(row, cast["Bo"])
    assert len(filing.files_of(row.circle_id)) == 2
    with writing():
        filing.remove(row, cast["Bo"])
    own = filing.versions(row.id)[0].sha256
    with writing():
        assert retention.apply(now() + timedelta(days=29))["work"] == 0
    with writing():
        assert retention.apply(now() + timedelta(days=31))["work"] == 1
    assert (db.session.query(CircleFile).count(), db.session.query(FileVersion).count()) == (1, 1)
    jobs = [j.payload for j in db.session.query(Job).filter_by(kind="erase-files")]
    assert jobs == [{"files": [own]}], "what the other file has too stays"


def test_who_may_see_and_keep_files(cast, folder):
    with writing():
        row, hidden = (
            file(circle_by_code("A"), cast["Ana"], folder),
            file(circle_by_code("C"), cast["Bo"], folder, "Secret"),
        )
    assert [can(cast["Out"], right, row) for right in ("file.see", "file.keep")] == [True, False]
    assert not can(cast["Ana"], "file.see", hidden)
    assert work_search.find("secret", list(work_search.circles_read(cast["Ana"]))) == []
    assert work_search.find("secret", list(work_search.circles_read(cast["Bo"])))


def test_a_list_asks_once_however_many_there_are(cast, folder):
    def asked() -> int:
        db.session.expunge_all()
        return counted_queries(
            lambda: [(s.file.title, s.last.person.name) for s in filing.files_of(circle_id)]
        )

    with writing():
        circle_id = circle_by_code("A").id
        file(circle_by_code("A"), cast["Ana"], folder)
    few = asked()
    with writing():
        ana = made.somebody("Eve")
        for n in range(20):
            file(circle_by_code("A"), ana, folder, f"Fichier {n}")
    assert asked() == few
