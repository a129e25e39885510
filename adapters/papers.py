"""Files that people keep together: what one is, by what is in it and never by its name alone, and what is refused.

A PDF stays as it is; a picture is encoded anew (adapters/pictures.py); an office document is looked into no further than
the names in its container, and is meant for downloads alone. Programs that hide in documents (macros) are refused.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from flask_babel import lazy_gettext as _l

from adapters import pictures
from adapters.documents.recognise import BROKEN_ZIP

MOST = 15_000_000  # bytes
PDF = "application/pdf"
OPEN = "application/vnd.openxmlformats-officedocument."
# ending → (media type, the entry of its container that says so)
OFFICE = {
    "docx": (OPEN + "wordprocessingml.document", "word/document.xml"),
    "xlsx": (OPEN + "spreadsheetml.sheet", "xl/workbook.xml"),
    "pptx": (OPEN + "presentationml.presentation", "ppt/presentation.xml"),
    "odt": ("application/vnd.oasis.opendocument.text", ""),
    "ods": ("application/vnd.oasis.opendocument.spreadsheet", ""),
    "odp": ("application/vnd.oasis.opendocument.presentation", ""),
}
TEXTS = {"txt": "text/plain", "csv": "text/csv"}
PICTURES = {"image/png": "png", "image/jpeg": "jpg"}
ACCEPT = ",".join([".pdf", ".jpg", ".jpeg", ".png", ".webp", *(f".{e}" for e in (*OFFICE, *TEXTS))])
ENTRIES = 4_000  # of a container
MANIFEST = 1_000_000  # bytes read of the list of an OpenDocument file; the list of a long one has some 10 kB
SIGNS = frozenset(range(32)) - {9, 10, 12, 13}  # bytes that no text has
SENTENCES: dict[str, Any] = {
    "none": _l("Choisissez un fichier sur votre appareil, puis joignez-le."),
    "empty": _l("Ce fichier est vide. Vérifiez que c’est le bon, puis choisissez-le de nouveau."),
    "heavy": _l("Ce fichier dépasse 15 Mo. Enregistrez-le en plus petit, puis recommencez."),
    "half": _l("Ce PDF n’est pas entier. Téléchargez-le de nouveau, puis joignez-le."),
    "paper": _l("Ce fichier n’est ni un PDF ni une image. Enregistrez-le en PDF, puis joignez-le."),
    "kind": _l("Nous ne gardons pas ce genre de fichier. Enregistrez-le en PDF, ou en document, tableau ou présentation (docx, odt, xlsx, ods, pptx, odp, txt, csv)."),
    "other": _l("Ce fichier n’est pas ce que dit la fin de son nom. Ouvrez-le, enregistrez-le de nouveau, puis déposez cette copie."),
    "macros": _l("Ce document contient des macros, c’est-à-dire un programme. Enregistrez-le sans macros (docx, xlsx, pptx), puis déposez cette copie."),
    "locked": _l("Ce document est protégé par un mot de passe. Déposez-en une copie sans mot de passe."),
    "broken": _l("Ce document est abîmé ou n’est pas arrivé entier. Ouvrez-le, enregistrez-le de nouveau, puis déposez cette copie."),
}  # fmt: skip


class BadPaper(ValueError):
    """What was given cannot be kept; str() is a sentence with the remedy, code its key in SENTENCES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return str(SENTENCES[self.code])


@dataclass(frozen=True)
class Paper:
    """Bytes as they are kept. width, height: pixels of a picture, else 0."""

    data: bytes
    media_type: str
    width: int = 0
    height: int = 0

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def facts(self) -> dict[str, Any]:
        """What an attachment keeps of it."""
        return {"sha256": self.sha256, "media_type": self.media_type, "size": len(self.data), "width": self.width, "height": self.height}  # fmt: skip


def tidy(data: bytes, name: str = "", *, office: bool = False) -> Paper:
    """What may be kept of these bytes. office: also documents of an office, texts and tables. Raises BadPaper.

    Some tenths of a second for a picture: call it outside a write transaction.
    """
    if not data:
        raise BadPaper("empty")
    if len(data) > MOST:
        raise BadPaper("heavy")
    if data[:5] == b"%PDF-":
        if b"%%EOF" not in data[-2048:]:
            raise BadPaper("half")
        return Paper(data, PDF)
    ending = PurePosixPath(name.replace("\\", "/")).suffix.lower().lstrip(".")
    if office and (ending in TEXTS or data[:2] == b"PK" or data[:4] == b"\xd0\xcf\x11\xe0"):
        return Paper(data, _text(data, ending) if ending in TEXTS else _office(data, ending))
    try:
        picture = pictures.tidy(data)
    except pictures.BadPicture:
        raise BadPaper("kind" if office else "paper") from None
    return Paper(picture.data, picture.media_type, picture.width, picture.height)


def ending_of(media_type: str) -> str:
    """The end of a name, without its dot: "pdf"; "bin" for what is not known."""
    known = {PDF: "pdf", **PICTURES, **{kind: end for end, (kind, _) in OFFICE.items()}, **{k: e for e, k in TEXTS.items()}}  # fmt: skip
    return known.get(media_type, "bin")


def _text(data: bytes, ending: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return TEXTS[ending]  # UTF-16, as spreadsheets write it
    if data[:2] == b"PK" or SIGNS & set(data[:65_536]):
        raise BadPaper("other")
    return TEXTS[ending]


def _office(data: bytes, ending: str) -> str:
    """The media type of a container, where its name and its entries say the same."""
    if data[:4] == b"\xd0\xcf\x11\xe0":  # the older formats of an office; a locked document is one too
        raise BadPaper("locked" if "EncryptedPackage".encode("utf-16-le") in data else "kind")
    if data.count(b"PK\x01\x02") > ENTRIES:
        raise BadPaper("kind")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = {info.filename: info for info in archive.infolist()}
            said, sealed = _said(archive, infos), _sealed(archive, infos)
    except (*BROKEN_ZIP, zlib.error):
        raise BadPaper("broken") from None
    if sealed or any(info.flag_bits & 1 for info in infos.values()):
        raise BadPaper("locked")
    if any(
        n.lower().endswith(("vbaproject.bin", ".xba")) or n.startswith(("Basic/", "Scripts/")) for n in infos
    ):
        raise BadPaper("macros")
    for end, (kind, entry) in OFFICE.items():
        if (entry in infos and "[Content_Types].xml" in infos) if entry else said == kind:
            if ending != end:
                raise BadPaper("other")
            return kind
    raise BadPaper("kind")


def _said(archive: zipfile.ZipFile, infos: dict[str, zipfile.ZipInfo]) -> str:
    """What an OpenDocument file says of itself, in an entry that is short and stored."""
    info = infos.get("mimetype")
    if info is None or info.compress_type != zipfile.ZIP_STORED or info.file_size > 100 or info.flag_bits & 1:
        return ""
    return archive.read(info).decode("ascii", "replace").strip()


def _sealed(archive: zipfile.ZipFile, infos: dict[str, zipfile.ZipInfo]) -> bool:
    """Whether the list of an OpenDocument file says that it has a password: its container says nothing of it."""
    info = infos.get("META-INF/manifest.xml")
    if info is None or info.flag_bits & 1:
        return False
    with archive.open(info) as stream:
        return b"encryption-data" in stream.read(MANIFEST)
