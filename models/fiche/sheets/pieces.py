"""The blocks of a document cut into pieces: a label, and the lines and pictures under it.

A label may be the first filled cell of a row, a heading, a line of its own, or what stands before a colon.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from models.fiche.sheets.labels import FORM_NAME, SECTION, Label, is_sublabel, recognise
from models.fiche.sheets.text import bare, clean, is_bulleted


class Picture(Protocol):
    @property
    def data(self) -> bytes: ...
    @property
    def alt(self) -> str: ...


class Cell(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def pictures(self) -> Sequence[Picture]: ...


class Block(Protocol):
    """A paragraph, heading, row or margin, as adapters/documents hands them over."""

    @property
    def kind(self) -> str: ...
    @property
    def level(self) -> int: ...
    @property
    def cells(self) -> Sequence[Cell]: ...


@dataclass
class Piece:
    """`key` is None for a label that was not recognised. `origin`: "row", "flow", "heading" or "margin"."""

    label: str
    key: str | None
    origin: str
    sure: bool = True
    level: int = 9
    lines: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)


@dataclass
class Line:
    """One line of running text, or the pictures that follow it."""

    text: str
    pictures: Sequence[Picture] = ()


MAX_LABEL = 100
INLINE = re.compile(r"^(?P<label>[^:\t]{2,80}?)[ \u00a0]*(?::|\t)[ \u00a0\t]*(?P<text>.*)$", re.DOTALL)
PAGE_NUMBER = re.compile(
    r"^(?:page|pagina|seite|p\.)?[ \u00a0]*\d{0,4}[ \u00a0]*(?:(?:/|sur|van|von|of)[ \u00a0]*\d{0,4})?$",
    re.IGNORECASE,
)
PROSE = ("descriptif", "contexte", "objectifs", "perspectives", "bilan.impact", "gouvernance", "acteurs")


class Cutter:
    """Goes through the blocks once and gathers the pieces."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.recognised: list[str] = []
        self.labelled = False

    @property
    def current(self) -> Piece | None:
        return self.pieces[-1] if self.pieces else None

    def cut(self, blocks: Sequence[Block]) -> list[Piece]:
        """The pieces of a document, margins last."""
        body = [block for block in blocks if block.kind != "margin"]
        at = 0
        while at < len(body):
            block = body[at]
            if block.kind == "row" and self._columns(block, body[at + 1] if at + 1 < len(body) else None):
                at += 2
            elif block.kind == "row":
                self._row(block)
                at += 1
            elif block.kind == "heading":
                self._heading(block)
                at += 1
            else:
                run = at
                while run < len(body) and body[run].kind == "paragraph":
                    run += 1
                self._flow(line for one in body[at:run] for line in _lines(one.cells[0]))
                at = run
        self._margins(block for block in blocks if block.kind == "margin")
        return self.pieces

    def open(self, label: str, found: Label | None, origin: str, level: int = 9) -> Piece:
        """Begin a new piece. The words of a recognised label are not kept as text."""
        if found:
            self.recognised.append(label)
            self.labelled = True
        key = found.key if found else None
        piece = Piece(label, key, origin, found.sure if found else True, level)
        self.pieces.append(piece)
        return piece

    # ---- rows of tables

    def _columns(self, head: Block, body: Block | None) -> bool:
        """A row of labels over a row of answers."""
        if body is None or body.kind != "row" or len(head.cells) != len(body.cells) or len(head.cells) < 2:
            return False
        labels = [clean(cell.text) for cell in head.cells]
        known = [recognise(label) for label in labels]
        under = recognise(clean(body.cells[0].text))
        if under or not all(known) or any(found and found.key == SECTION for found in known):
            return False
        for label, found, cell in zip(labels, known, body.cells, strict=True):
            self._fill(self.open(label, found, "row"), cell)
        return True

    def _row(self, block: Block) -> None:
        """Pairs of label and answer in one row."""
        texts = [clean(cell.text) for cell in block.cells]
        first = next((n for n, cell in enumerate(block.cells) if texts[n] or cell.pictures), len(texts))
        last = max((n for n, cell in enumerate(block.cells) if texts[n] or cell.pictures), default=-1)
        cells = list(block.cells[first : last + 1])
        if len(cells) == 1:
            self._single(cells[0], texts[first], had_before=first > 0, had_after=last + 1 < len(texts))
        elif cells:
            self._pairs(cells, texts[first : last + 1])

    def _single(self, cell: Cell, text: str, *, had_before: bool, had_after: bool) -> None:
        """The only filled cell: a label without an answer, the rest of the answer above, or plain text."""
        found = recognise(text, loose=True) if len(text) <= 2 * MAX_LABEL and not cell.pictures else None
        if found:
            self.open(text, found, "row" if had_after else "heading")
        elif had_before and self.current:
            self._fill(self.current, cell)
        else:
            self._flow(_lines(cell))

    def _pairs(self, cells: list[Cell], texts: list[str]) -> None:
        known = [recognise(text, loose=True) for text in texts]
        start = 0
        group = known[0] is None or known[0].key == SECTION or not texts[0]
        if len(cells) > 2 and group and known[1] is not None:
            if texts[0]:
                self.recognised.append(texts[0])
            start = 1
        found = known[start]
        if found and found.key == SECTION:
            self.open(texts[start], Label(SECTION, True), "heading")
            for cell in cells[start + 1 :]:
                self._flow(_lines(cell))
            return
        piece = self.open(texts[start], found, "row")
        filled = False
        for n in range(start + 1, len(cells)):
            again = recognise(texts[n]) if filled and n + 1 < len(cells) else None
            if again and found:
                piece, filled = self.open(texts[n], again, "row"), False
            else:
                self._fill(piece, cells[n])
                filled = True

    def _fill(self, piece: Piece, cell: Cell) -> None:
        for line in _lines(cell):
            if line.text:
                piece.lines.append(line.text.replace("\t", " "))
            piece.pictures += line.pictures

    # ---- headings and running text

    def _heading(self, block: Block) -> None:
        cell = block.cells[0]
        text = clean(cell.text)
        found = recognise(text, loose=True)
        inside = self.current and self.current.key and self.current.origin == "heading"
        if text and not found and inside and self.current and 0 < self.current.level < block.level:
            self._fill(self.current, cell)
            return
        if text:
            self.open(text, found, "heading", block.level if block.level > 0 else 0)
        if cell.pictures:
            self._flow([Line("", cell.pictures)])

    def _flow(self, lines: Iterable[Line]) -> None:
        """Lines of text in which labels may stand on lines of their own or before a colon."""
        waiting = list(lines)
        at = 0
        while at < len(waiting):
            line = waiting[at]
            used = self._label_lines(waiting, at) or self._inline_label(line)
            if not used:
                self._text(line)
            elif line.pictures and self.current:
                self.current.pictures += line.pictures
            at += max(used, 1)

    def _label_lines(self, waiting: list[Line], at: int) -> int:
        """Whether one to three lines from here are a label; the number of lines used."""
        for size in (3, 2, 1):
            lines = [line.text for line in waiting[at : at + size]]
            label = "\n".join(lines)
            if len(lines) < size or not all(lines) or len(label) > MAX_LABEL or is_bulleted(lines[0]):
                continue
            found = recognise(label)
            if size == 1 and not found and (_in_capitals(label) or label.endswith(":")):
                found = recognise(label, loose=True)
            if found and not self._inside(label):
                self.open(label, found, "flow")
                return size
        if self.labelled and _in_capitals(waiting[at].text):
            self.open(waiting[at].text, None, "flow")
            return 1
        return 0

    def _inline_label(self, line: Line) -> int:
        found = INLINE.match(line.text)
        if not found or self._inside(found["label"]):
            return 0
        if is_bulleted(line.text) and self.current and self.current.key in PROSE:
            return 0
        label = recognise(found["label"])
        if not label or not found["text"]:
            return 0
        piece = self.open(line.text[: found.start("text")].strip(), label, "flow")
        piece.lines.append(found["text"].replace("\t", " "))
        return 1

    def _inside(self, label: str) -> bool:
        return bool(self.current and self.current.key and is_sublabel(label, self.current.key))

    def _text(self, line: Line) -> None:
        """A line without a label goes on with the piece above, unless that one was a row of a table."""
        piece = self.current
        closed = piece is not None and piece.origin == "row"
        if piece is None or closed or piece.key in (SECTION, FORM_NAME):
            label = piece.label if piece and piece.key == SECTION else ""
            piece = self.open(label, None, "flow")
        if line.text:
            piece.lines.append(line.text.replace("\t", " "))
        piece.pictures += line.pictures

    def _margins(self, blocks: Iterator[Block]) -> None:
        """Headers and footers: « Label : answer » counts, numbers of pages do not, the rest is kept apart."""
        for block in blocks:
            rest = []
            for line in _lines(block.cells[0]):
                text = bare(line.text)
                name = recognise(text)
                if PAGE_NUMBER.match(text) or (name and name.key == FORM_NAME):
                    self.recognised.append(text)
                elif not self._inline_label(line):
                    rest.append(text)
            if rest:
                self.open("", None, "margin").lines += rest


def _lines(cell: Cell) -> Iterator[Line]:
    """The cleaned lines of a cell; a tab that parts a label from its text is kept; pictures come last."""
    for raw in cell.text.split("\n"):
        parts = [clean(part) for part in raw.strip().split("\t") if part.strip()]
        text = "\t".join(parts) if len(parts) > 1 and len(parts[0]) > 3 else clean(raw)
        for one in text.split("\n"):
            if one:
                yield Line(one)
    if cell.pictures:
        yield Line("", cell.pictures)


def _in_capitals(text: str) -> bool:
    """A short line in capitals, such as people write above a paragraph."""
    letters = [c for c in text if c.isalpha()]
    return (
        len(letters) >= 4
        and len(text) <= 70
        and text.upper() == text
        and not re.search(r"[.!?;,]$|\d{3}", text)
    )
