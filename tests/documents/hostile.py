"""Hostile, broken and misnamed files, each with the words that its refusal must hold; None: it is read."""

import io
import struct
import zipfile

from tests.documents.makers import (
    PNG,
    W,
    cell,
    docx,
    make_zip,
    ocell,
    odt,
    op,
    otable,
    p,
    relationships,
    table,
)
from tests.documents.sheets import sheet_docx, sheet_odt, sheet_txt

BLANK = docx(p("bonjour"))
DAMAGED, TOO_LONG, MANY, ARCHIVE, LOCKED = "abîmé", "trop long", "5 000", "archive", "mot de passe"
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">' + "".join(
    f'<!ENTITY {chr(99 + n)} "{f"&{chr(98 + n)};" * 10}">' for n in range(12)
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
REMOTE = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'


def compound(stream: str) -> bytes:
    """What begins like an OLE file and names one stream."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504 + stream.encode("utf-16-le") + b"\x00" * 512


def lying_sizes(data: bytes) -> bytes:
    """The same zip whose headers say that every part has one byte."""
    out = bytearray(data)
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = out.find(mark)
        while at >= 0:
            out[at + place : at + place + 4] = struct.pack("<I", 1)
            at = out.find(mark, at + 4)
    return bytes(out)


def encrypted_flags(data: bytes) -> bytes:
    out = bytearray(data)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = out.find(mark)
        while at >= 0:
            out[at + place] |= 1
            at = out.find(mark, at + 4)
    return bytes(out)


def twice() -> bytes:
    """Two parts of the same name."""
    out = io.BytesIO(BLANK)
    import warnings

    with warnings.catch_warnings(), zipfile.ZipFile(out, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{p('autre')}</w:body></w:document>")
    return out.getvalue()


def method(number: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", number) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{p('x')}</w:body></w:document>")
    return out.getvalue()


def office(folder: str) -> bytes:
    return make_zip({"[Content_Types].xml": "<Types/>", f"{folder}/main.xml": "<x/>"})


def open_document(kind: str) -> bytes:
    return make_zip({"mimetype": f"application/{kind}", "content.xml": "<x/>"}, stored=("mimetype",))


def nested_tables(depth: int) -> str:
    body = p("au fond")
    for n in range(depth):
        body = table((cell(p(f"étage {n}"), body), cell(p("à côté"))))
    return body


def nested_frames(depth: int) -> str:
    body = p("au fond")
    for _ in range(depth):
        body = f"<w:p><w:r><w:pict><v:shape><v:textbox><w:txbxContent>{body}</w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>"
    return body


def alternatives(depth: int, wide: int) -> str:
    """Forms within forms, none of which says anything before the last."""
    inner = "<w:r/>" * wide
    for _ in range(depth):
        inner = f"<mc:AlternateContent><mc:Choice>{inner}</mc:Choice></mc:AlternateContent>"
    return f"<w:p>{inner}</w:p>"


def broken(data: bytes) -> bytes:
    """One byte of the packed text changed."""
    at = data.find(b"word/document.xml") + 60
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


BOMB_XML = f"<w:document {W}><w:body>{p('a' * 30_000_000)}</w:body></w:document>"
BOMB = {"[Content_Types].xml": "<Types/>", "word/document.xml": BOMB_XML}

# name → (bytes, file name, words of the refusal or None)
HOSTILE: dict[str, tuple[bytes, str, str | None]] = {
    # Nothing, or not a document.
    "empty": (b"", "a.docx", "vide"),
    "only blanks": (b" \r\n\t \n", "a.txt", "vide"),
    "only a byte order mark": (b"\xef\xbb\xbf", "a.txt", "vide"),
    "only NULs": (b"\x00" * 5000, "a.txt", "vide"),
    "random bytes": (bytes(range(256)) * 40, "a.docx", "pas un document"),
    "text with NULs": (b"bonjour\x00\x00 le monde" * 20, "a.txt", "pas un document"),
    "text of control signs": (b"\x01\x02\x03\x04 a" * 200, "a.txt", "pas un document"),
    "too big": (b"a" * (15 * 2**20 + 1), "a.txt", "15 Mo"),
    # Renamed, or of another trade.
    "pdf named docx": (b"%PDF-1.7\n%\xe2\xe3", "fiche.docx", "PDF"),
    "pdf after blanks": (b"\n\n%PDF-1.4\n", "fiche.txt", "PDF"),
    "old word": (compound("WordDocument"), "fiche.doc", "ancien format Word"),
    "old word named docx": (compound("WordDocument"), "fiche.docx", "ancien format Word"),
    "word 2": (b"\xdb\xa5-\x00" + b"\x00" * 600, "fiche.doc", "ancien format Word"),
    "old spreadsheet": (compound("Workbook"), "fiche.doc", "tableur"),
    "old slides": (compound("PowerPoint Document"), "fiche.doc", "présentation"),
    "other compound": (compound("Contents"), "fiche.doc", "pas un document"),
    "word with a password": (compound("EncryptedPackage"), "fiche.docx", LOCKED),
    "rtf named doc": (b"{\\rtf1\\ansi bonjour}", "fiche.doc", "RTF"),
    "picture named docx": (PNG, "fiche.docx", "image"),
    "photo": (b"\xff\xd8\xff\xe0\x00\x10JFIF", "fiche.jpg", "image"),
    "photo of a telephone": (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "fiche.heic", "image"),
    "webp": (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "fiche.webp", "image"),
    "web page named doc": (b"<html><body>bonjour</body></html>", "fiche.doc", "page web"),
    "word 2003 xml": (b'<?xml version="1.0"?><w:wordDocument/>', "fiche.xml", "page web"),
    "mail archive": (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "fiche.doc", "page web"),
    "svg": (b"<svg onload='x()'/>", "fiche.txt", "page web"),
    "spreadsheet": (office("xl"), "fiche.docx", "tableur"),
    "slides": (office("ppt"), "fiche.docx", "présentation"),
    "ods": (open_document("vnd.oasis.opendocument.spreadsheet"), "fiche.odt", "tableur"),
    "odp": (open_document("vnd.oasis.opendocument.presentation"), "fiche.odt", "présentation"),
    "old writer": (open_document("vnd.sun.xml.writer"), "fiche.sxw", "ancien format"),
    "epub": (open_document("epub+zip"), "fiche.odt", "pas un document"),
    "pages": (make_zip({"Index/Document.iwa": b"x"}), "fiche.pages", "Pages"),
    "zip with a document": (make_zip({"fiche.docx": BLANK}), "fiche.zip", ARCHIVE),
    "zip named docx": (make_zip({"a.txt": "bonjour"}), "fiche.docx", ARCHIVE),
    "seven zip": (b"7z\xbc\xaf\x27\x1c\x00\x04", "fiche.7z", ARCHIVE),
    "gzip": (b"\x1f\x8b\x08\x00" + b"\x00" * 20, "fiche.docx", ARCHIVE),
    "program": (b"MZ\x90\x00\x03\x00\x00\x00", "fiche.docx", "pas un document"),
    "word named odt": (sheet_docx(), "fiche.odt", None),
    "opendocument named docx": (sheet_odt(), "fiche.docx", None),
    "text named docx": (sheet_txt(), "fiche.docx", None),
    # Zips that are broken or lie.
    "half a zip": (sheet_docx()[: len(sheet_docx()) // 2], "a.docx", DAMAGED),
    "zip without its end": (sheet_docx()[:-22], "a.docx", DAMAGED),
    "beginning of a zip": (b"PK\x03\x04", "a.docx", DAMAGED),
    "empty zip": (make_zip({}), "a.docx", ARCHIVE),
    "changed byte": (broken(sheet_docx()), "a.docx", DAMAGED),
    "wrong sizes": (lying_sizes(BLANK), "a.docx", DAMAGED),
    "encrypted zip": (encrypted_flags(BLANK), "a.docx", LOCKED),
    "encrypted odt": (encrypted_flags(odt(op("x"))), "a.odt", LOCKED),
    "two parts of one name": (twice(), "a.docx", DAMAGED),
    "lzma": (method(zipfile.ZIP_LZMA), "a.docx", DAMAGED),
    "bzip2": (method(zipfile.ZIP_BZIP2), "a.docx", DAMAGED),
    "no document inside": (make_zip({"[Content_Types].xml": "<Types/>", "word/x.xml": "<x/>"}), "a.docx", DAMAGED),
    "no content inside": (make_zip({"mimetype": "application/vnd.oasis.opendocument.text"}), "a.odt", DAMAGED),
    "bomb": (make_zip(BOMB), "a.docx", TOO_LONG),
    "bomb that lies": (lying_sizes(make_zip(BOMB)), "a.docx", DAMAGED),
    "bomb in a part nobody reads": (docx(p("x"), {"word/x.bin": b"\x00" * 30_000_000}), "a.docx", TOO_LONG),
    "bomb of many parts": (docx(p("x"), {f"x/{n}": b"\x00" * 900_000 for n in range(120)}), "a.docx", TOO_LONG),
    "bomb in an odt": (odt(op("a" * 20_000_000)), "a.odt", TOO_LONG),
    "3000 parts": (docx(p("x"), {f"x/{n}": b"" for n in range(3000)}), "a.docx", ARCHIVE),
    "zip within": (docx(p("x"), {"word/more.zip": make_zip({"a": "b"})}), "a.docx", ARCHIVE),
    "zip within, hidden": (docx(p("x"), {"word/media/a.png": make_zip({"a": "b"})}), "a.docx", ARCHIVE),
    "names that climb": (docx(p("bonjour"), {"../../etc/x": "x", "/abs": "y", "C:\\x": "z"}), "a.docx", None),
    "relation that climbs": (
        make_zip(
            {
                "[Content_Types].xml": "<Types/>",
                "_rels/.rels": relationships(("rId1", "officeDocument", "../../../../word/document.xml")),
                "word/document.xml": f"<w:document {W}><w:body>{p('bonjour')}</w:body></w:document>",
            }
        ),
        "a.docx",
        None,
    ),
    "picture that climbs": (
        docx(
            '<w:p><w:r><w:t>bonjour</w:t></w:r></w:p><w:p><a:blip r:embed="rId9"/></w:p>',
            links=(("rId9", "image", "../../../../../../etc/hostname"),),
        ),
        "a.docx",
        None,
    ),
    # XML.
    "billion laughs": (docx(p("x"), prolog=LAUGHS + "]>"), "a.docx", DAMAGED),
    "billion laughs in an odt": (odt(op("x"), prolog=LAUGHS + "]>"), "a.odt", DAMAGED),
    "outside entity": (docx("<w:p><w:r><w:t>&e;</w:t></w:r></w:p>", prolog=OUTSIDE), "a.docx", DAMAGED),
    "outside entity in an odt": (odt("<text:p>&e;</text:p>", prolog=OUTSIDE), "a.odt", DAMAGED),
    "remote dtd": (docx(p("x"), prolog=REMOTE), "a.docx", DAMAGED),
    "entity in the relations": (docx(p("x"), {"word/_rels/document.xml.rels": OUTSIDE + "<x>&e;</x>"}), "a.docx", DAMAGED),
    "entity in the styles": (odt(op("x"), {"styles.xml": LAUGHS + "]><x>&d;</x>"}), "a.odt", DAMAGED),
    "utf-16 with a dtd": (docx("", {"word/document.xml": (OUTSIDE + "<x>&e;</x>").encode("utf-16")}), "a.docx", DAMAGED),
    "utf-7": (docx(p("x"), prolog='<?xml version="1.0" encoding="utf-7"?>'), "a.docx", DAMAGED),
    "broken xml": (docx("<w:p><w:r>"), "a.docx", DAMAGED),
    "not xml": (docx(p("x"), {"word/document.xml": b"\x89PNG"}), "a.docx", DAMAGED),
    "no body": (docx("", {"word/document.xml": f"<w:document {W}/>"}), "a.docx", DAMAGED),
    "very deep": (docx("<w:ins>" * 5000 + "</w:ins>" * 5000), "a.docx", DAMAGED),
    "deep within depth": (docx("<w:ins>" * 200 + p("bonjour") + "</w:ins>" * 200), "a.docx", None),
    "many attributes": (docx("<w:p " + " ".join(f'a{n}="1"' for n in range(600_000)) + "/>"), "a.docx", TOO_LONG),
    "many elements": (docx("<w:p/>" * 400_000), "a.docx", TOO_LONG),
    "processing instructions": (docx('<?x y?><!-- z --><w:p><w:r><w:t>bon<!-- z -->jour</w:t></w:r></w:p>'), "a.docx", None),
    # Too much of what is allowed.
    "a hundred thousand rows": (docx(table(*[(cell(p("a")),)] * 100_000)), "a.docx", TOO_LONG),
    "six thousand rows": (docx(table(*[(cell(p("a")),)] * 6_000)), "a.docx", MANY),
    "six thousand rows in an odt": (odt(otable(*[(ocell(op("a")),)] * 6_000)), "a.odt", MANY),
    "a row of four thousand cells": (docx(table([cell(p("bonjour"))] * 4_000)), "a.docx", None),
    "a row repeated a million times": (
        odt('<table:table><table:table-row table:number-rows-repeated="1000000"><table:table-cell '
            'table:number-columns-repeated="1000000"><text:p>bonjour</text:p></table:table-cell></table:table-row></table:table>'),
        "a.odt",
        None,
    ),
    "a billion blanks": (odt('<text:p>bon<text:s text:c="1000000000"/>jour</text:p>'), "a.odt", None),
    "a million lines": (b"a\n" * 1_000_000, "a.txt", TOO_LONG),
    "six thousand lines": (b"a\n" * 6_000, "a.txt", MANY),
    "one line of ten million signs": (b"a" * 10_000_000, "a.txt", TOO_LONG),
    "a long paragraph": (docx(p("a " * 300_000)), "a.docx", TOO_LONG),
    "one note called everywhere": (
        docx(
            "<w:p>" + '<w:r><w:footnoteReference w:id="1"/></w:r>' * 5_000 + "</w:p>",
            {"word/footnotes.xml": f'<w:footnotes {W}><w:footnote w:id="1">{p("note " * 200)}</w:footnote></w:footnotes>'},
            (("rId3", "footnotes", "footnotes.xml"),),
        ),
        "a.docx",
        TOO_LONG,
    ),
    "tables within tables": (docx(nested_tables(6)), "a.docx", None),
    "too many tables within tables": (docx(nested_tables(40)), "a.docx", "les uns dans les autres"),
    "too many frames within frames": (docx(nested_frames(30)), "a.docx", "les uns dans les autres"),
    "forms within forms": (docx(alternatives(100, 30_000)), "a.docx", "les uns dans les autres"),
    "styles in a ring": (
        docx(
            '<w:p><w:pPr><w:pStyle w:val="A"/></w:pPr><w:r><w:t>bonjour</w:t></w:r></w:p>',
            {"word/styles.xml": f'<w:styles {W}><w:style w:type="paragraph" w:styleId="A"><w:basedOn w:val="B"/></w:style>'
             '<w:style w:type="paragraph" w:styleId="B"><w:basedOn w:val="A"/></w:style></w:styles>'},
            (("rId3", "styles", "styles.xml"),),
        ),
        "a.docx",
        None,
    ),
    "odt with a password": (
        odt(op("x"), {"META-INF/manifest.xml": '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
                      "<m:file-entry><m:encryption-data/></m:file-entry></m:manifest>"}),
        "a.odt",
        LOCKED,
    ),
    "utf-16 cut in the middle": ("bonjour".encode("utf-16")[:-1], "a.txt", "pas un document"),
    "right to left and emoji": ("مرحبا بالجميع\u202e👩‍🌾 bonjour".encode(), "a.txt", None),
}  # fmt: skip
