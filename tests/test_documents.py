"""Word, OpenDocument and text files are read into blocks, or refused in a sentence that names the remedy."""

import builtins
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.documents import Document, UnreadableDocument, neutral, read_document
from adapters.documents.package import Package
from adapters.documents.recognise import format_of, name_note
from tests.documents.hostile import BOMB_XML, HOSTILE, lying_sizes
from tests.documents.makers import (
    MORE,
    PNG,
    W,
    cell,
    docx,
    drawing,
    listed,
    make_zip,
    ocell,
    odt,
    op,
    otable,
    p,
    styled,
    table,
)
from tests.documents.sheets import SHEETS, sheet_docx, sheet_odt, sheet_txt

ROOT = Path(__file__).resolve().parents[1]


def shape(document: Document) -> list:
    """The blocks as plain lists: (kind, level, texts) with the level only where there is one."""
    return [
        (b.kind, *([b.level] if b.level >= 0 else []), *(cell.text for cell in b.cells))
        for b in document.blocks
    ]


def read(body: str, *args, **kwargs) -> Document:
    return read_document(docx(body, *args, **kwargs), "a.docx")


def read_odt(body: str, *args) -> Document:
    return read_document(odt(body, *args), "a.odt")


def notes(document: Document) -> str:
    return " ".join(map(str, document.notes))


# ---- what a document holds


def test_the_invented_sheet_is_read_in_each_format():
    for name, make in SHEETS.items():
        document = read_document(make(), name)
        assert document.format == name.rpartition(".")[2]
        assert "Mieux connaître l’eau du canal" in document.text
        assert not document.notes
    rows = read_document(sheet_docx(), "a.docx").blocks
    assert [len(row.cells) for row in rows] == [2] * 6 + [3] * 5 + [2]
    assert [row.cells[0].text.strip() for row in rows[6:8]] == ["BILAN", ""], (
        "covered by the merged cell above"
    )


def test_paragraphs_headings_lists_breaks_and_tabs_of_word():
    styles = (
        f'<w:styles {W}><w:style w:type="paragraph" w:styleId="T1"><w:name w:val="heading 1"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Mine"><w:basedOn w:val="T1"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Titre"><w:name w:val="Title"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Puce"><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr>'
        "</w:style></w:styles>"
    )
    body = styled("Le four", "Titre") + styled("Objectifs", "T1") + styled("Encore", "Mine")
    body += listed("un") + styled("deux", "Puce") + p("trois\nquatre\tcinq") + p("")
    body += "<w:p><w:r><w:t>inter</w:t><w:noBreakHyphen/><w:softHyphen/><w:t>net</w:t></w:r></w:p>"
    body += styled("Suite", "Heading2")
    document = read(body, {"word/styles.xml": styles}, (("rId3", "styles", "styles.xml"),))
    assert shape(document) == [
        ("heading", 0, "Le four"),
        ("heading", 1, "Objectifs"),
        ("heading", 1, "Encore"),
        ("paragraph", "- un"),
        ("paragraph", "- deux"),
        ("paragraph", "trois\nquatre\tcinq"),
        ("paragraph", "inter\u2011net"),
        ("heading", 2, "Suite"),
    ]


def test_paragraphs_headings_lists_breaks_and_tabs_of_opendocument():
    styles = '<text:section><text:h text:outline-level="2">Sous-titre</text:h></text:section>'
    body = op("Le four", "Title") + '<text:h text:outline-level="1">Objectifs</text:h>' + styles
    body += "<text:list><text:list-item><text:p>un</text:p><text:p>suite</text:p><text:list><text:list-item>"
    body += "<text:p>deux</text:p></text:list-item></text:list></text:list-item></text:list>"
    body += (
        op("trois\nquatre\tcinq")
        + "<text:p>bon\n<text:span>jour<text:s text:c='3'/></text:span>vous</text:p>"
    )
    assert shape(read_odt(body)) == [
        ("heading", 0, "Le four"),
        ("heading", 1, "Objectifs"),
        ("heading", 2, "Sous-titre"),
        ("paragraph", "- un"),
        ("paragraph", "suite"),
        ("paragraph", "- deux"),
        ("paragraph", "trois\nquatre\tcinq"),
        ("paragraph", "bon jour vous"),
    ]


def test_tables_keep_the_cells_of_their_grid():
    wide = '<w:gridSpan w:val="2"/>'
    body = table(
        (cell(p("A")), cell(p("b"), listed("c"), properties=wide)),
        (cell(p("D"), properties='<w:vMerge w:val="restart"/>'), cell(p("e"))),
        (cell(p("non"), properties="<w:vMerge/>"), cell(p("f"))),
        (cell(p("seul")),),
    )
    assert shape(read(body)) == [
        ("row", "A", "b\n- c"),
        ("row", "D", "e"),
        ("row", "", "f"),
        ("row", "seul"),
    ]
    other = otable((ocell(op("A")), ocell(op("b"), op("c")), "<table:covered-table-cell/>"))
    assert shape(read_odt(other)) == [("row", "A", "b\nc", "")]


def test_a_table_within_a_table():
    inner = table((cell(p("x")), cell(p("y"))))
    assert shape(read(table((cell(inner + p("")),)))) == [("row", "x", "y")], (
        "a table that only frames another"
    )
    assert shape(read(table((cell(p("A")), cell(inner, p("z")))))) == [("row", "A", "x – y\nz")]
    odd = otable((ocell(op("A")), ocell(otable((ocell(op("x")), ocell(op("y")))), op("z"))))
    assert shape(read_odt(odd)) == [("row", "A", "x – y\nz")]


def test_what_is_struck_out_is_gone_and_what_is_added_stands():
    body = (
        "<w:p><w:r><w:t>Un </w:t></w:r><w:del><w:r><w:delText>vieux </w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>nouveau </w:t></w:r></w:ins><w:moveFrom><w:r><w:t>ici </w:t></w:r></w:moveFrom>"
        "<w:moveTo><w:r><w:t>là</w:t></w:r></w:moveTo></w:p>"
        "<w:del><w:p><w:r><w:delText>parti</w:delText></w:r></w:p></w:del>" + f"<w:ins>{p('venu')}</w:ins>"
        "<w:tbl><w:tr><w:trPr><w:del/></w:trPr>" + cell(p("rangée partie")) + "</w:tr></w:tbl>"
    )
    document = read(body)
    assert shape(document) == [("paragraph", "Un nouveau là"), ("paragraph", "venu")]
    assert "modifications suivies" in notes(document)
    tracked = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>parti</text:p></text:deletion>"
        '</text:changed-region></text:tracked-changes><text:p>Un <text:change-start text:change-id="a"/>nouveau '
        '<text:change-end text:change-id="a"/><text:change text:change-id="b"/>jour</text:p>'
    )
    document = read_odt(tracked)
    assert shape(document) == [("paragraph", "Un nouveau jour")]
    assert "modifications suivies" in notes(document)


def test_text_boxes_are_read_once_and_after_their_paragraph():
    box = f"<wps:txbx><w:txbxContent>{p('dans le cadre')}</w:txbxContent></wps:txbx>"
    old = f"<w:pict><v:shape><v:textbox><w:txbxContent>{p('dans le cadre')}</w:txbxContent></v:textbox></v:shape></w:pict>"
    both = f"<mc:AlternateContent><mc:Choice><w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback>{old}</mc:Fallback></mc:AlternateContent>"
    document = read(f"<w:p><w:r><w:t>avant</w:t></w:r><w:r>{both}</w:r><w:r><w:t> après</w:t></w:r></w:p>")
    assert shape(document) == [("paragraph", "avant après"), ("paragraph", "dans le cadre")]
    assert "dessin" in notes(document)
    only_old = f"<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing/></mc:Choice><mc:Fallback>{old}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    assert shape(read(only_old)) == [("paragraph", "dans le cadre")]
    frame = "<text:p>avant<draw:frame><draw:text-box><text:p>dans le cadre</text:p></draw:text-box></draw:frame></text:p>"
    assert shape(read_odt(frame)) == [("paragraph", "avant"), ("paragraph", "dans le cadre")]
    shapes = (
        "<text:p>avant<draw:g><draw:custom-shape><text:p>un</text:p></draw:custom-shape></draw:g></text:p>"
    )
    document = read_odt(shapes)
    assert shape(document) == [("paragraph", "avant"), ("paragraph", "un")]
    assert "dessin" in notes(document)


def test_notes_come_where_they_are_called_and_comments_are_left_out():
    body = (
        '<w:p><w:r><w:t>Un mot</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:t>.</w:t></w:r>'
    )
    body += '<w:r><w:commentReference w:id="1"/></w:r></w:p>'
    foot = f'<w:footnotes {W}><w:footnote w:type="separator" w:id="0">{p("---")}</w:footnote>'
    foot += f'<w:footnote w:id="2">{p("une")}{p("note")}</w:footnote></w:footnotes>'
    document = read(body, {"word/footnotes.xml": foot}, (("rId3", "footnotes", "footnotes.xml"),))
    assert shape(document) == [("paragraph", "Un mot [une note].")]
    assert "commentaires" in notes(document)
    note = "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>une note</text:p></text:note-body></text:note>"
    remark = "<office:annotation><text:p>à revoir</text:p></office:annotation>"
    document = read_odt(f"<text:p>Un mot{note}.{remark}</text:p>")
    assert shape(document) == [("paragraph", "Un mot [une note].")]
    assert "commentaires" in notes(document)


def test_hidden_text_prompts_and_fields():
    hidden = "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r><w:r><w:t>dit</w:t></w:r></w:p>"
    shown = '<w:p><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>visible</w:t></w:r></w:p>'
    prompt = "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:p><w:r><w:t>Cliquez ici</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    filled = f"<w:sdt><w:sdtContent>{p('rempli')}</w:sdtContent></w:sdt>"
    inline = "<w:p><w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r><w:t>Choisir</w:t></w:r></w:sdtContent></w:sdt><w:fldSimple><w:r><w:instrText>DATE</w:instrText><w:t>2016</w:t></w:r></w:fldSimple></w:p>"
    document = read(hidden + shown + prompt + filled + inline)
    assert shape(document) == [("paragraph", text) for text in ("dit", "visible", "rempli", "2016")]
    assert "masqué" in notes(document)
    assert shape(read_odt("<text:p>dit<text:hidden-text>secret</text:hidden-text></text:p>")) == [
        ("paragraph", "dit")
    ]


def test_boxes_and_symbols():
    ticked = '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r><w:r><w:t> oui </w:t></w:r>'
    empty = '<w:r><w:sym w:font="Wingdings" w:char="F0A8"/></w:r><w:r><w:t> non</w:t></w:r>'
    form = "<w:r><w:fldChar><w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData></w:fldChar><w:t>oui</w:t></w:r>"
    form += '<w:r><w:fldChar><w:ffData><w:checkBox><w:default w:val="0"/></w:checkBox></w:ffData></w:fldChar><w:t> non</w:t></w:r>'
    assert shape(read(f"<w:p>{ticked}{empty}</w:p><w:p>{form}</w:p>")) == [
        ("paragraph", "☒ oui ☐ non"),
        ("paragraph", "☒ oui☐  non"),
    ]


def test_the_address_behind_a_link_is_kept_and_nothing_else_outside():
    body = '<w:p><w:hyperlink r:id="a"><w:r><w:t>ici</w:t></w:r></w:hyperlink> <w:hyperlink r:id="b"><w:r><w:t>x@y.example</w:t></w:r></w:hyperlink>'
    body += '<w:hyperlink r:id="c"><w:r><w:t>piège</w:t></w:r></w:hyperlink></w:p>'
    links = (
        ("a", "hyperlink", "https://four.example/"),
        ("b", "hyperlink", "mailto:x@y.example"),
        ("c", "hyperlink", "javascript:alert(1)"),
    )
    document = read(body, None, links, ("a", "b", "c"))
    assert document.text == "ici (https://four.example/)x@y.examplepiège"
    other = '<text:p><text:a xlink:href="https://four.example/">ici</text:a> <text:a xlink:href="file:///etc/x">là</text:a></text:p>'
    assert read_odt(other).text == "ici (https://four.example/) là"


def test_a_picture_stays_in_its_cell_with_its_description():
    body = table((cell(p("Schéma")), cell(f"<w:p>{drawing('rId5', 'Un cercle')}</w:p>")))
    document = read(body, {"word/media/image1.png": PNG}, (("rId5", "image", "media/image1.png"),))
    picture = document.blocks[0].cells[1].pictures[0]
    assert (picture.data, picture.content_type, picture.alt) == (PNG, "image/png", "Un cercle")
    old = '<w:p><w:r><w:pict><v:shape><v:imagedata r:id="rId5"/></v:shape></w:pict></w:r></w:p>'
    assert [one.data for one in read(old, {"word/a.png": PNG}, (("rId5", "image", "a.png"),)).pictures()] == [
        PNG
    ]
    frame = (
        '<draw:frame><draw:image xlink:href="./Pictures/b.svm"/><draw:image xlink:href="Pictures/a.png"/>'
        "<svg:desc>Un cercle</svg:desc></draw:frame>"
    )
    parts = {"Pictures/a.png": PNG, "Pictures/b.svm": b"x"}
    document = read_odt(otable((ocell(op("Schéma")), ocell(f"<text:p>{frame}</text:p>"))), parts)
    assert [(one.data, one.alt) for one in document.blocks[0].cells[1].pictures] == [(PNG, "Un cercle")]
    assert [one.data for one in read_odt(frame, parts).pictures()] == [PNG], "anchored to the page"


def test_only_pictures_is_a_document_too():
    document = read(f"<w:p>{drawing()}</w:p>", {"word/a.png": PNG}, (("rId5", "image", "a.png"),))
    assert document.text == ""
    assert len(list(document.pictures())) == 1


def test_pictures_that_are_outside_broken_or_too_many_are_said(monkeypatch):
    outside = read(
        f"<w:p>{drawing()}</w:p>", None, (("rId5", "image", "http://127.0.0.1:9/a.png"),), ("rId5",)
    )
    assert not list(outside.pictures())
    assert "liée" in notes(outside)
    missing = read(f"<w:p>{drawing()}</w:p>", None, (("rId5", "image", "media/none.png"),))
    assert "illisible" in notes(missing)
    assert "liée" in notes(
        read_odt('<draw:frame><draw:image xlink:href="http://127.0.0.1:9/a.png"/></draw:frame>')
    )
    monkeypatch.setattr(neutral, "MAX_PICTURES", 2)
    many = read(f"<w:p>{drawing() * 3}</w:p>", {"word/a.png": PNG}, (("rId5", "image", "a.png"),))
    assert len(list(many.pictures())) == 2
    assert "premières" in notes(many)
    monkeypatch.setattr(neutral, "MAX_PICTURE", 10)
    heavy = read(f"<w:p>{drawing()}</w:p>", {"word/a.png": PNG}, (("rId5", "image", "a.png"),))
    assert not list(heavy.pictures())
    assert "trop lourde" in notes(heavy)


def test_a_drawing_gives_its_words():
    data = (
        f"<dgm:dataModel {MORE}><dgm:ptLst><dgm:pt><dgm:t><a:p><a:r><a:t>Habitants</a:t></a:r></a:p></dgm:t></dgm:pt>"
        "<dgm:pt><dgm:t><a:p><a:r><a:t>Conseil</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>"
    )
    document = read(
        '<w:p><w:r><w:drawing><dgm:relIds r:dm="rId7"/></w:drawing></w:r></w:p>',
        {"word/diagrams/data1.xml": data},
        (("rId7", "diagramData", "diagrams/data1.xml"),),
    )
    assert document.text == "Habitants\nConseil"
    assert "dessin" in notes(document)


def test_headers_and_footers_come_last_as_margins():
    parts = {
        "word/header1.xml": f"<w:hdr {W}>{p('Biennale')}</w:hdr>",
        "word/footer1.xml": f"<w:ftr {W}>{p('Page 1')}</w:ftr>",
    }
    links = (
        ("rId3", "header", "header1.xml"),
        ("rId4", "footer", "footer1.xml"),
        ("rId6", "header", "header1.xml"),
    )
    assert shape(read(p("corps"), parts, links)) == [
        ("paragraph", "corps"),
        ("margin", "Biennale"),
        ("margin", "Page 1"),
    ]
    from tests.documents.makers import ODF

    styles = f"<office:document-styles {ODF}><style:header><text:p>Biennale</text:p></style:header></office:document-styles>"
    assert shape(read_odt(op("corps"), {"styles.xml": styles})) == [
        ("paragraph", "corps"),
        ("margin", "Biennale"),
    ]


def test_strict_word_and_parts_in_other_places():
    strict = "http://purl.oclc.org/ooxml/wordprocessingml/main"
    body = f'<w:document xmlns:w="{strict}"><w:body>{p("bonjour")}</w:body></w:document>'
    assert read_document(docx("", {"word/document.xml": body}), "a.docx").text == "bonjour"


def test_right_to_left_emoji_and_rare_signs_survive():
    text = "مرحبا 👩‍🌾 é « œ » \u00a0’"
    for document in (read(p(text)), read_odt(op(text)), read_document(text.encode(), "a.txt")):
        assert document.text.strip() == text


def test_an_embedded_workbook_is_not_opened():
    body = "<w:p><w:r><w:t>bonjour</w:t><w:object/></w:r></w:p>"
    document = read(body, {"word/embeddings/a.xlsx": make_zip({"x": "y"})})
    assert document.text == "bonjour"
    assert "inséré" in notes(document)


# ---- plain text


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"]
)
def test_encodings_of_plain_text(encoding):
    text = "Été « œuvre » d’ici\r\n\r\n\tla suite\u2028et fin"
    text = text.replace("\u2028", "\n") if encoding == "cp1252" else text
    document = read_document(text.encode(encoding), "a.txt")
    assert shape(document) == [("paragraph", t) for t in ("Été « œuvre » d’ici", "\tla suite", "et fin")]


# ---- names


def test_content_decides_and_a_name_that_misleads_is_said():
    assert "Word" in notes(read_document(sheet_docx(), "fiche.odt"))
    assert "OpenDocument" in notes(read_document(sheet_odt(), "fiche.docx"))
    assert "texte simple" in notes(read_document(sheet_txt(), "fiche.doc"))
    for name in ("fiche.docx", "FICHE.DOCX", "fiche", "", "fiche.dotx", "C:\\dossier.x\\fiche.docx"):
        assert name_note("docx", name) is None


# ---- hostile and broken


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_or_broken_files_are_read_with_sense_or_refused_in_a_sentence(name):
    data, filename, words = HOSTILE[name]
    if words is None:
        document = read_document(data, filename)
        assert re.search(r"bon ?jour|au fond|Sauveterre", document.text)
        assert len(document.blocks) <= neutral.MAX_BLOCKS
        assert len(document.text) <= neutral.MAX_SIGNS
        assert "root:" not in document.text
        return
    with pytest.raises(UnreadableDocument) as refused:
        read_document(data, filename)
    sentence = str(refused.value)
    assert words in sentence
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert sentence.count(". ") >= 1, "what happened, then the remedy"
    assert re.search(r"Choisissez|choisissez|déposez|Vérifiez|Recopiez|copiez", sentence)
    assert not re.search(
        r"[^\u00a0] ?[:;?!»](?: |$)|\{|Traceback|Error|zip ",
        sentence.replace("\u00a0:", "").replace("\u00a0;", "").replace("\u00a0»", ""),
    )


def test_there_are_enough_hostile_files():
    assert len(HOSTILE) >= 60
    assert sum(words is not None for _, _, words in HOSTILE.values()) >= 60


def _in_a_child(program: str, *args: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", program, *args]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)


def test_all_the_hostile_files_are_read_in_little_memory():
    """In a process that may take 400 MB more than it has when it starts, and a minute of processor."""
    program = (
        "import resource, sys\n"
        "from adapters.documents import UnreadableDocument, read_document\n"
        "from tests.documents.hostile import HOSTILE\n"
        "import adapters.documents.word, adapters.documents.opendocument, lxml.etree\n"
        "now = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (now + int(sys.argv[1]) * 2**20,) * 2)\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (60, 60))\n"
        "for name, (data, filename, words) in HOSTILE.items():\n"
        "    try:\n"
        "        document = read_document(data, filename)\n"
        "        assert words is None, name\n"
        "    except UnreadableDocument as refused:\n"
        "        assert words and words in str(refused), (name, str(refused))\n"
        "if len(sys.argv) > 2:\n"
        "    import zipfile, io\n"
        "    zipfile.ZipFile(io.BytesIO(HOSTILE['bomb of many parts'][0])).read('x/1') * 1000\n"
        "print('all read')\n"
    )
    result = _in_a_child(program, "400")
    assert result.stdout == "all read\n", result.stderr[-2000:]
    control = _in_a_child(program, "400", "unbounded")
    assert "MemoryError" in control.stderr, "the control must hit the limit"


def test_a_bomb_is_counted_while_it_is_read_and_never_unpacked_whole(monkeypatch):
    """Even with headers that lie: at most one chunk more than the limit comes out."""
    monkeypatch.setattr(Package, "_refuse_bombs", lambda *_: None)
    for data in (make_zip({"a.xml": BOMB_XML}), lying_sizes(make_zip({"a.xml": BOMB_XML}))):
        package = Package(data)
        with pytest.raises(UnreadableDocument):
            package.read("a.xml", neutral.MAX_XML)
        assert package.unpacked <= neutral.MAX_XML + 65_536
    harmless = Package(make_zip({"a.xml": "<x/>"}))
    assert harmless.read("a.xml", neutral.MAX_XML) == b"<x/>"
    assert harmless.unpacked == 4


def test_the_whole_package_has_a_limit_too(monkeypatch):
    monkeypatch.setattr(neutral, "MAX_UNPACKED", 100)
    package = Package(make_zip({"a": "x" * 60, "b": "y" * 30}))
    package.read("a", 1000)
    package.read("b", 1000)
    with pytest.raises(UnreadableDocument):
        package.read("a", 1000)
    with pytest.raises(UnreadableDocument):
        Package(make_zip({"a": "x" * 101}))


def test_reading_opens_no_file_and_asks_no_network(monkeypatch):
    """No file is opened at all; the network is closed for every test (tests/support/network.py)."""
    for make in SHEETS.values():
        read_document(make(), "a")

    def refuse(*args, **kwargs):
        raise AssertionError(f"opened {args[0]!r}")

    for module, name in ((builtins, "open"), (io, "open"), (os, "open")):
        monkeypatch.setattr(module, name, refuse)
    with pytest.raises(AssertionError, match="opened"):
        Path(__file__).read_bytes()
    for make in SHEETS.values():
        read_document(make(), "a")
    for name in ("outside entity", "remote dtd", "picture that climbs", "names that climb"):
        data, filename, words = HOSTILE[name]
        if words:
            with pytest.raises(UnreadableDocument):
                read_document(data, filename)
        else:
            read_document(data, filename)


def test_a_refusal_is_a_sentence_without_any_application():
    program = (
        "from adapters.documents import *\n"
        "try:\n    read_document(b'%PDF-1.4', 'a.docx')\n"
        "except UnreadableDocument as refused:\n    print(refused)\n"
    )
    result = _in_a_child(program)
    assert result.stdout.startswith("Ce fichier est un PDF. Choisissez plutôt")
    assert "adapters" not in result.stdout


@given(
    st.binary(max_size=3000),
    st.sampled_from([b"", b"PK\x03\x04", b"<", b"\xff\xfe", b"\xd0\xcf\x11\xe0", b"{\\rtf"]),
)
def test_any_bytes_are_read_or_refused(data, beginning):
    try:
        assert format_of(beginning + data) in ("docx", "odt", "txt")
        read_document(beginning + data, "a.docx")
    except UnreadableDocument as refused:
        text = str(refused)
    else:
        return
    assert text.endswith(".")


@given(
    st.sampled_from([sheet_docx(), sheet_odt()]),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=6),
    st.integers(0, 10**6),
)
def test_a_sheet_with_changed_or_missing_bytes_is_read_or_refused(data, changes, cut):
    spoiled = bytearray(data)
    for place, byte in changes:
        spoiled[place % len(spoiled)] = byte
    try:
        read_document(bytes(spoiled[: len(spoiled) - cut % 50 if cut % 3 == 0 else None]), "a.docx")
    except UnreadableDocument as refused:
        text = str(refused)
    else:
        return
    assert text.endswith(".")


def test_a_document_that_a_real_word_library_has_made():
    import docx as python_docx

    made = python_docx.Document()
    made.add_heading("Le four", 0)
    made.add_heading("Objectifs", 1)
    made.add_paragraph("Cuire ensemble", style="List Bullet")
    made.add_paragraph("Manger chaud", style="List Number")
    grid = made.add_table(rows=2, cols=3)
    grid.cell(0, 0).merge(grid.cell(1, 0)).text = "BILAN"
    grid.cell(0, 1).text = "Impact"
    grid.cell(0, 2).paragraphs[0].add_run().add_picture(io.BytesIO(PNG))
    made.sections[0].footer.paragraphs[0].text = "Page 1"
    made.add_page_break()
    out = io.BytesIO()
    made.save(out)
    document = read_document(out.getvalue(), "a.docx")
    assert shape(document) == [
        ("heading", 0, "Le four"),
        ("heading", 1, "Objectifs"),
        ("paragraph", "- Cuire ensemble"),
        ("paragraph", "- Manger chaud"),
        ("row", "BILAN", "Impact", ""),
        ("row", "", "", ""),
        ("margin", "Page 1"),
    ]
    assert [one.data for one in document.blocks[4].cells[2].pictures] == [PNG]
    assert not document.notes
