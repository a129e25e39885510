"""The neutral form of a written document, the limits of reading, and the refusal.

A Document is a list of blocks in the order of reading. It holds no word of any trade: what a label means is
decided by whoever asked for the reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from flask_babel import lazy_gettext as _l

MAX_FILE = 15 * 2**20  # bytes, as for every upload
MAX_ENTRIES = 2_000  # entries of a zip
MAX_UNPACKED = 100 * 2**20  # bytes of a zip once unpacked, counted while reading
MAX_RATIO = 100  # unpacked to packed
FREE_OF_RATIO = 2**20  # bytes: a small table of empty rows packs well, and does no harm
MAX_XML = 6 * 2**20  # bytes of one XML part; a sheet of four pages has about 50 kB
MAX_TAGS = 250_000  # signs "<" in one XML part: what bounds the memory of its tree
MAX_SIGNS = 400_000  # signs of text: more than 100 pages
MAX_BLOCKS = 5_000  # paragraphs and rows
MAX_CELLS = 60  # cells of one row
MAX_NESTING = 12  # tables, text frames and notes within one another
MAX_STEPS = 400_000  # looks at elements in search of the form that says something
MAX_PICTURES = 20
MAX_PICTURE = 15 * 2**20  # bytes of one picture
MAX_PICTURES_TOTAL = 40 * 2**20

Kind = Literal["paragraph", "heading", "row", "margin"]


class UnreadableDocument(Exception):
    """The document cannot be read; str() is a sentence for people that names the remedy."""

    def __init__(self, sentence: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture as it lay in the file. `content_type` comes from its name and is NOT verified."""

    data: bytes = field(repr=False)
    content_type: str
    name: str = ""
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """Text with "\\n" between its paragraphs and line breaks, list items beginning with "- "; pictures."""

    text: str = ""
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading or row of a table.

    A row has the cells of the grid from left to right; one covered by a merged neighbour is empty. The other
    kinds have exactly one cell. "margin" is text of page headers and footers. `level` is 0 for a title,
    1 to 9 for a heading, and -1 for all else.
    """

    kind: Kind
    cells: tuple[Cell, ...]
    level: int = -1


@dataclass(frozen=True, slots=True)
class Document:
    """What was read. `format` is "docx", "odt" or "txt"; `notes` are sentences on what was left out."""

    format: str
    blocks: tuple[Block, ...]
    notes: tuple[Any, ...] = ()

    @property
    def text(self) -> str:
        """All the text, one cell after the other, to search in."""
        return "\n".join(cell.text for block in self.blocks for cell in block.cells if cell.text)

    def pictures(self) -> Iterator[Picture]:
        for block in self.blocks:
            for cell in block.cells:
                yield from cell.pictures


@dataclass
class Budget:
    """Counts what is read and refuses what no sheet needs."""

    signs: int = 0
    blocks: int = 0
    steps: int = 0
    notes: dict[str, Any] = field(default_factory=dict)

    def text(self, text: str) -> str:
        self.signs += len(text)
        if self.signs > MAX_SIGNS:
            raise UnreadableDocument(TOO_LONG)
        return text

    def block(self) -> None:
        self.blocks += 1
        if self.blocks > MAX_BLOCKS:
            raise UnreadableDocument(TOO_MANY)

    def step(self) -> None:
        """One look at an element that may be looked at again from further out."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise UnreadableDocument(TOO_NESTED)

    def note(self, key: str) -> None:
        self.notes.setdefault(key, NOTES[key])


TOO_LONG = _l(
    "Ce document est trop long : il dépasse 400 000 signes. "
    "Gardez-en seulement la partie utile, enregistrez-la à part, puis choisissez ce nouveau fichier."
)
TOO_MANY = _l(
    "Ce document compte plus de 5 000 lignes ou paragraphes. "
    "Gardez-en seulement la partie utile, enregistrez-la à part, puis choisissez ce nouveau fichier."
)
TOO_NESTED = _l(
    "Ce document contient trop de tableaux placés les uns dans les autres. "
    "Recopiez son texte dans un document simple, puis choisissez ce nouveau fichier."
)
DAMAGED = _l(
    "Ce document est abîmé ou incomplet. "
    "Ouvrez-le dans Word ou LibreOffice, enregistrez-le de nouveau, puis choisissez le nouveau fichier."
)
NOTES = {
    "changes": _l(
        "Le document a des modifications suivies : ce qui est ajouté a été lu, "
        "ce qui est barré ne l’a pas été."
    ),
    "comments": _l("Les commentaires placés dans la marge n’ont pas été repris."),
    "hidden": _l("Le texte masqué n’a pas été repris."),
    "linked": _l("Une image liée n’est pas dans le fichier : joignez-la à part."),
    "lost_picture": _l("Une image est illisible ou trop lourde dans le document : joignez-la à part."),
    "many_pictures": _l("Le document a plus de vingt images : les premières seulement ont été reprises."),
    "drawing": _l(
        "Un dessin fait de formes n’a pu être repris que par ses mots. "
        "Pour garder le dessin, joignez-en une image."
    ),
    "embedded": _l("Un fichier inséré dans le document n’a pas été repris."),
}
