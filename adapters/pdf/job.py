"""What goes into a rendering and what comes out: limits, the PDF, or a sentence that says why there is
none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask_babel import lazy_gettext as _l

MIB = 1 << 20
SENTENCES = {
    "time": _l(
        "La mise en page a pris trop de temps et a été arrêtée. Raccourcissez les plus longs textes "
        "et les plus grands tableaux, puis recommencez."
    ),
    "memory": _l(
        "La mise en page demande trop de mémoire et a été arrêtée. Retirez des images ou faites "
        "un document plus court, puis recommencez."
    ),
    "depth": _l(
        "La page a trop d’éléments les uns dans les autres et n’a pas été mise en page. Simplifiez "
        "sa présentation, puis recommencez."
    ),
    "pages": _l(
        "Le document a trop de pages et n’a pas été mis en page. Faites plusieurs documents plus courts."
    ),
    "size": _l("Le document est trop lourd et n’a pas été gardé. Retirez des images, puis recommencez."),
    "fence": _l(
        "La page demande un fichier qui n’est pas à elle : rien n’a été lu ni envoyé. Prévenez les "
        "personnes qui administrent ce site."
    ),
    "locked": _l(
        "Ce PDF est protégé par un mot de passe. Enregistrez-en une copie sans protection, puis joignez-la."
    ),
    "broken": _l("Ce PDF ne peut pas être lu. Enregistrez-le à nouveau, puis joignez-le."),
    "long": _l("Ce PDF a plus de 300 pages. Joignez la partie qui sera discutée."),
    "crash": _l(
        "La mise en page s’est arrêtée en route. Recommencez ; si cela revient, prévenez les "
        "personnes qui administrent ce site."
    ),
}

Progress = Callable[[int, str], None]
Pictures = Mapping[str, bytes | Path]


@dataclass(frozen=True)
class Limits:
    """What one document may use. 520 pages took 57 s and 0.9 GB: give a long one cpu=300, wall=900."""

    cpu: float = 60  # seconds of processor
    wall: float = 120  # seconds by the clock, the start of the process included
    memory: int = 1200 * MIB  # bytes of address space; 220 MiB of it is there before the first page
    output: int = 64 * MIB  # bytes of PDF
    pages: int = 2000


@dataclass(frozen=True)
class Passes:
    """Set a document of `least` to `most` pages once more with class `mark` on <body> when its last page
    holds under `under` mm, and keep that where it saves a page.
    """

    mark: str = "tight"
    under: float = 75.0
    least: int = 2
    most: int = 3


@dataclass(frozen=True)
class Heading:
    level: int
    title: str
    page: int


@dataclass(frozen=True)
class Pdf:
    """A document. Pages count from 1; `anchors` gives the page of each id; `headings` are the bookmarks."""

    data: bytes
    pages: int
    anchors: dict[str, int]
    headings: tuple[Heading, ...]
    tight: bool  # whether `Passes` was kept
    missing: tuple[str, ...]  # addresses of pictures that were not there or could not be read
    cpu: float  # seconds of processor
    peak: int  # bytes of memory at most, since the process began


@dataclass(frozen=True)
class Foreign:
    """What a document of somebody else has: its pages, and its bookmarks as (level from 1, title, page from 1)."""

    pages: int
    marks: tuple[Heading, ...]


class RenderFailed(Exception):
    """No PDF, and why: `reason` is a key of SENTENCES, str() a French sentence, `detail` is for the log."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail

    def __str__(self) -> str:
        return str(SENTENCES[self.reason])
