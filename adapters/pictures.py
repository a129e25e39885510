"""Pictures that people send: checked by content, decoded in a process of its own, made small and encoded anew.

What comes out is ours: first frame, upright, sRGB, 1600 pixels at most on its long side, JPEG or PNG, with no EXIF,
no place where it was taken, no profile, no comment. Equal bytes in give equal bytes out. Call it outside a write
transaction: it takes some tenths of a second, and one picture is decoded at a time.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l

MOST_BYTES = 15_000_000
MOST_SCANS = 1000  # a progressive JPEG has a dozen; each is a walk over the whole picture
WALL_SECONDS = 40
ACCEPT = "image/jpeg,image/png,image/webp,image/avif"  # for the attribute of an <input type="file">
CHILD = Path(__file__).with_name("picture_decoding.py")
_one_at_a_time = threading.BoundedSemaphore(1)

_MOVIE = _l("Ce fichier est un film. Choisissez une photo en JPEG ou en PNG.")
_WORDS = _l(
    "Ce fichier est un document. Pour une image, choisissez une photo en JPEG ou en PNG ; ou faites une capture d’écran de la page."
)
SENTENCES: dict[str, Any] = {
    "empty": _l("Ce fichier est vide. Choisissez la photo à nouveau."),
    "heavy": _l("Cette image pèse plus de 15 Mo. Choisissez-en une plus petite, ou réduisez-la."),
    "too_large": _l("Cette image a trop de points pour être ouverte ici. Réduisez-la à 4000 points de large, puis choisissez-la à nouveau."),
    "broken": _l("Cette image est abîmée ou n’est pas arrivée entière. Ouvrez-la sur votre appareil, enregistrez-la à nouveau, puis choisissez-la."),
    "unreadable": _l("Ce fichier n’est pas une image que nous savons lire. Choisissez une photo en JPEG, PNG, WebP ou AVIF."),
    "busy": _l("Beaucoup d’images arrivent en ce moment. Attendez une minute, puis choisissez la vôtre à nouveau."),
    "svg": _l("Ce dessin est en SVG. Exportez-le en PNG, puis choisissez-le à nouveau."),
    "gif": _l("Cette image est en GIF. Enregistrez-la en PNG, puis choisissez-la à nouveau."),
    "heic": _l("Cette photo est en HEIC. Dans les réglages de l’appareil photo, choisissez « Le plus compatible », ou exportez la photo en JPEG."),
    "tiff": _l("Cette image est en TIFF ou en format brut d’appareil photo. Exportez-la en JPEG, puis choisissez-la à nouveau."),
    "other": _l("Cette image est dans un format que les navigateurs ne montrent pas. Exportez-la en JPEG ou en PNG, puis choisissez-la à nouveau."),
    "pdf": _WORDS,
    "document": _WORDS,
    "movie": _MOVIE,
}  # fmt: skip
STARTS = (
    (b"\xff\xd8\xff", ""),
    (b"\x89PNG\r\n\x1a\n", ""),
    (b"GIF8", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"%PDF", "pdf"),
    (b"PK\x03\x04", "document"),
    (b"\xd0\xcf\x11\xe0", "document"),
    (b"BM", "other"),
    (b"8BPS", "other"),
    (b"\0\0\x01\0", "other"),
    (b"\xff\x0a", "other"),
    (b"\0\0\0\x0cJXL ", "other"),
    (b"\0\0\0\x0cjP  ", "other"),
    (b"\xff\x4f\xff\x51", "other"),
    (b"\x1a\x45\xdf\xa3", "movie"),
)
HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


class BadPicture(Exception):
    """A picture that is not taken. str(): what is the matter, and the remedy; code: a key of SENTENCES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return str(SENTENCES[self.code])


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept. media_type: image/jpeg or image/png; width, height: pixels; sha256: of data."""

    data: bytes
    media_type: str
    width: int
    height: int
    sha256: str


def tidy(data: bytes) -> Picture:
    """The picture, made ours. Raises BadPicture. Whatever the file's name says is of no account."""
    if code := refused(data):
        raise BadPicture(code)
    if not _one_at_a_time.acquire(timeout=WALL_SECONDS):
        raise BadPicture("busy")
    try:
        answer, out = _decode(data)
    finally:
        _one_at_a_time.release()
    if "bad" in answer:
        raise BadPicture(answer["bad"])
    return Picture(
        out, answer["media_type"], answer["width"], answer["height"], hashlib.sha256(out).hexdigest()
    )


def refused(data: bytes) -> str:
    """Why these bytes are no picture for us, by their beginning and length: a key of SENTENCES, or "" ."""
    if not data:
        return "empty"
    if len(data) > MOST_BYTES:
        return "heavy"
    if data[:2] == b"\xff\xd8" and data.count(b"\xff\xda") > MOST_SCANS:
        return "broken"
    for start, code in STARTS:
        if data.startswith(start):
            return code
    if data[:4] == b"RIFF":
        return "" if data[8:12] == b"WEBP" else "movie"
    if data[4:8] == b"ftyp":
        return _boxed(data)
    return "svg" if b"<svg" in data[:4096].replace(b"\0", b"").lower() else "unreadable"


def _boxed(data: bytes) -> str:
    """AVIF, HEIC and films share one box format; the first box lists its brands."""
    size = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, size, 4))}
    if b"avif" in brands or b"avis" in brands:
        return ""
    return "heic" if brands & HEIC else "movie"


def _decode(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Ask a new process; one that is stopped by its limits or by a decoder's fault has met a bad picture."""
    child = subprocess.Popen(
        [sys.executable, "-I", str(CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"MALLOC_ARENA_MAX": "1"},
    )
    with child:
        try:
            said, _ = child.communicate(data, timeout=WALL_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            return {"bad": "too_large"}, b""
        except BaseException:
            child.kill()
            raise
    line, _, out = said.partition(b"\n")
    if child.returncode or not line:
        return {"bad": "broken"}, b""
    answer: dict[str, Any] = json.loads(line)
    return answer, out
