"""What a file is, by its first bytes and by the names inside it; never by its own name."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath
from typing import Any

from flask_babel import lazy_gettext as _l

from adapters.documents.neutral import DAMAGED, MAX_ENTRIES, MAX_FILE, UnreadableDocument

SAVE_AS = _l(
    "Ouvrez-le, choisissez « Enregistrer sous », puis le format Word (.docx), et déposez ce nouveau fichier."
)
ACCEPTED = _l("Choisissez un document Word (.docx), OpenDocument (.odt) ou un texte simple (.txt).")

EMPTY = _l("Ce fichier est vide. Vérifiez que c’est le bon, puis choisissez-le de nouveau.")
TOO_BIG = _l(
    "Ce fichier dépasse 15 Mo. Retirez-en les grandes images, ou réduisez-les, "
    "enregistrez-le de nouveau, puis choisissez le nouveau fichier."
)
LOCKED = _l(
    "Ce document est protégé par un mot de passe. "
    "Enregistrez-en une copie sans mot de passe, puis choisissez cette copie."
)
PDF = _l(
    "Ce fichier est un PDF. Choisissez plutôt le document Word ou OpenDocument d’où il vient ; "
    "s’il est perdu, copiez le texte du PDF dans un document neuf."
)
PICTURE = _l(
    "Ce fichier est une image : son texte ne peut pas être lu. "
    "Choisissez le document Word ou OpenDocument d’où elle vient, ou recopiez son texte."
)
OLD_WORD = _l("Ce document a l’ancien format Word (.doc). {save}")
RICH_TEXT = _l("Ce document a le format RTF. {save}")
WEB_PAGE = _l("Ce fichier est une page web ou un fichier XML. {save}")
OLD_WRITER = _l("Ce document a un ancien format de traitement de texte. {save}")
SHEET = _l(
    "Ce fichier est un tableur. "
    "Copiez ses cases dans un document Word ou OpenDocument, puis choisissez ce document."
)
SLIDES = _l(
    "Ce fichier est une présentation. "
    "Copiez son texte dans un document Word ou OpenDocument, puis choisissez ce document."
)
PAGES = _l(
    "Ce document vient de Pages. Dans Pages, choisissez « Exporter vers », puis Word, "
    "et déposez le fichier .docx."
)
ARCHIVE = _l("Ce fichier est une archive. Ouvrez-la, puis choisissez le document qu’elle contient.")
OTHER = _l("Ce fichier n’est pas un document que nous savons lire. {accepted}")

# What reading the list of a container raises. RuntimeError is NotImplementedError too: a container of a later version
# than Python knows, or packed in a way that no office writes. Opened and saved again it is an ordinary one, which is the
# remedy of DAMAGED; what has a password is asked for before anything is unpacked.
BROKEN_ZIP = (zipfile.BadZipFile, OSError, ValueError, EOFError, RuntimeError)

# The beginning of a file, and the sentence for it.
SIGNATURES: tuple[tuple[bytes, Any], ...] = (
    (b"{\\rtf", RICH_TEXT),
    (b"\x89PNG", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"GIF8", PICTURE),
    (b"II*\x00", PICTURE),
    (b"MM\x00*", PICTURE),
    (b"BM", PICTURE),
    (b"\xd7\xcd\xc6\x9a", PICTURE),
    (b"7z\xbc\xaf\x27\x1c", ARCHIVE),
    (b"Rar!\x1a", ARCHIVE),
    (b"\x1f\x8b", ARCHIVE),
    (b"BZh", ARCHIVE),
    (b"\xfd7zXZ", ARCHIVE),
    (b"\x28\xb5\x2f\xfd", ARCHIVE),
    (b"\xffWPC", OLD_WRITER),
    (b"\x31\xbe\x00\x00", OLD_WORD),
    (b"\xdb\xa5", OLD_WORD),
    (b"MZ", OTHER),
    (b"\x7fELF", OTHER),
)
MARKUP = (
    b"<html",
    b"<!doctype",
    b"<?xml",
    b"<svg",
    b"<office:",
    b"<w:",
    b"<body",
    b"<script",
    b"mime-version:",
)
OFFICE_MIMES = {
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.text-template": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": SHEET,
    "application/vnd.oasis.opendocument.presentation": SLIDES,
    "application/vnd.oasis.opendocument.graphics": PICTURE,
    "application/vnd.sun.xml.writer": OLD_WRITER,
}


def refuse(sentence: Any) -> UnreadableDocument:
    """The refusal for one of the sentences above, with its remedy filled in."""
    return UnreadableDocument(_Filled(sentence))


class _Filled:
    """A sentence whose remedy is filled in when it is read, so that it speaks the reader's language."""

    def __init__(self, sentence: Any) -> None:
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence).replace("{save}", str(SAVE_AS)).replace("{accepted}", str(ACCEPTED))


def format_of(data: bytes, name: str = "") -> str:
    """ "docx", "odt" or "txt". Raises UnreadableDocument for everything else."""
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise refuse(EMPTY)
    if len(data) > MAX_FILE:
        raise refuse(TOO_BIG)
    if data[:2] == b"PK" and data[2:4] in (b"\x03\x04", b"\x05\x06", b"\x07\x08"):
        return _zip_format(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise refuse(_compound(data))
    if b"%PDF-" in data[:1024]:
        raise refuse(PDF)
    for beginning, sentence in SIGNATURES:
        if data.startswith(beginning) and _is_signature(beginning, data):
            raise refuse(sentence)
    if data[4:8] == b"ftyp" or (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        raise refuse(PICTURE if data[8:12] in (b"WEBP", b"heic", b"heix", b"mif1", b"avif") else OTHER)
    beginning = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:20].lower()
    if beginning.startswith(MARKUP):
        raise refuse(WEB_PAGE)
    return "txt"


def _is_signature(beginning: bytes, data: bytes) -> bool:
    """A signature of two or three letters may also begin a text; a binary file has a NUL byte early."""
    return len(beginning) > 3 or beginning[0] > 0x7F or beginning[0] < 0x20 or b"\x00" in data[:64]


def _compound(data: bytes) -> Any:
    """The sentence for an OLE compound file, by the names of its streams."""
    for stream, sentence in (
        ("EncryptedPackage", LOCKED),
        ("WordDocument", OLD_WORD),
        ("Workbook", SHEET),
        ("PowerPoint Document", SLIDES),
    ):
        if stream.encode("utf-16-le") in data:
            return sentence
    return OTHER


def _zip_format(data: bytes) -> str:
    if data.count(b"PK\x01\x02") > MAX_ENTRIES:
        raise refuse(ARCHIVE)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {info.filename for info in archive.infolist()}
            mime = _mimetype(archive) if "mimetype" in names else ""
    except BROKEN_ZIP as error:
        raise refuse(DAMAGED) from error
    known = OFFICE_MIMES.get(mime)
    if isinstance(known, str):
        return known
    if known is not None:
        raise refuse(known)
    if "[Content_Types].xml" in names:
        return _office_open(names)
    if "content.xml" in names and not mime:
        return "odt"
    if any(name.endswith(".iwa") or name == "index.apxl" for name in names):
        raise refuse(PAGES)
    raise refuse(OTHER if mime else ARCHIVE)


def _mimetype(archive: zipfile.ZipFile) -> str:
    """What an OpenDocument file says of itself; the entry is short and stored."""
    info = archive.getinfo("mimetype")
    if info.flag_bits & 1:
        raise refuse(LOCKED)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "?"
    with archive.open(info) as stream:
        return stream.read(100).decode("ascii", "replace").strip()


def _office_open(names: set[str]) -> str:
    folders = {name.split("/", 1)[0] for name in names if "/" in name}
    if "xl" in folders and "word" not in folders:
        raise refuse(SHEET)
    if "ppt" in folders and "word" not in folders:
        raise refuse(SLIDES)
    return "docx"


def name_note(format: str, name: str) -> Any:
    """A sentence when the name promises another format than the content has; None when they agree."""
    ending = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    usual = {
        "docx": (".docx", ".docm", ".dotx", ".dotm"),
        "odt": (".odt", ".ott"),
        "txt": (".txt", ".text", ".md", ".csv", ".tsv", ".log"),
    }
    if not ending or ending in usual[format]:
        return None
    return {
        "docx": _l("Le nom du fichier trompe : son contenu est un document Word, lu comme tel."),
        "odt": _l("Le nom du fichier trompe : son contenu est un document OpenDocument, lu comme tel."),
        "txt": _l("Le nom du fichier trompe : son contenu est un texte simple, lu comme tel."),
    }[format]
