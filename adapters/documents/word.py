"""Word (.docx): the body as blocks. Source of the element names: ECMA-376, part 1, WordprocessingML.

What is struck out by tracked changes, hidden or in a comment is left out and said; footnotes come in square
brackets where they are called; text boxes after their paragraph; drawings by their words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from adapters.documents import neutral
from adapters.documents.lines import Lines
from adapters.documents.neutral import (
    DAMAGED,
    TOO_NESTED,
    Block,
    Budget,
    Cell,
    Document,
    Kind,
    UnreadableDocument,
)
from adapters.documents.package import Package
from adapters.documents.pictures import Pictures
from adapters.documents.recognise import refuse
from adapters.documents.word_styles import Styles
from adapters.documents.word_xml import attribute, child, covered, relations, switched_on, tag_of, through

if TYPE_CHECKING:
    from lxml.etree import _Element

SKIPPED = {
    "w:del", "w:moveFrom", "w:instrText", "w:delText", "w:delInstrText", "w:pPr", "w:rPr", "w:sdtPr",
    "w:sdtEndPr", "w:rt", "m:rPr", "wp:docPr",
}  # fmt: skip
SYMBOLS = dict.fromkeys(("F0FE", "F0FD"), "☒") | dict.fromkeys(("F0FC", "F052"), "☑")
SYMBOLS |= dict.fromkeys(("F0A8", "F06F", "F071", "F0A3"), "☐")
INSIDE = ("w:ins", "w:moveTo", "w:customXml", "w:smartTag", "w:sdtContent")
SAYING = ("w:t", "a:blip", "v:imagedata", "dgm:relIds", "c:chart")


def read_word(data: bytes) -> Document:
    """The document in a .docx, .docm or .dotx. Raises UnreadableDocument."""
    package = Package(data)
    kinds = dict(relations(package, "").values())
    part = kinds.get("officeDocument", "word/document.xml")
    root = package.xml(part) if package.has(part) else None
    body = child(root, "w:body") if root is not None else None
    if body is None:
        raise refuse(DAMAGED)
    budget = Budget()
    reader = Reader(package, part, budget)
    blocks = [*reader.blocks(body, 0), *reader.margins()]
    return Document("docx", tuple(blocks), tuple(budget.notes.values()))


class Reader:
    """Walks one part of a document (body, notes, header) and yields its blocks."""

    def __init__(self, package: Package, part: str, budget: Budget, main: Reader | None = None) -> None:
        self.package = package
        self.budget = budget
        self.part = part
        self.relations = relations(package, part)
        self.pictures: Pictures = main.pictures if main else Pictures(package, budget)
        self.styles: Styles = main.styles if main else Styles(self._sibling("styles"))
        self.notes: dict[tuple[str, str], str] = {}
        if main is None:
            for name in ("footnote", "endnote"):
                self._read_notes(name)

    def _sibling(self, kind: str) -> _Element | None:
        part = next((part for found, part in self.relations.values() if found == kind), "")
        return self.package.xml(part) if part else None

    def _read_notes(self, name: str) -> None:
        root = self._sibling(name + "s")
        for note in root if root is not None else ():
            if tag_of(note) == f"w:{name}" and not attribute(note, "type"):
                text = self._cell_of(note, 1).text
                self.notes[name, attribute(note, "id")] = " ".join(text.split("\n"))

    def margins(self) -> Iterator[Block]:
        """The text of page headers and footers, each once."""
        seen = set()
        for kind, part in self.relations.values():
            root = self.package.xml(part) if kind in ("header", "footer") else None
            if root is None:
                continue
            for block in Reader(self.package, part, self.budget, self).blocks(root, 0):
                text = "\n".join(cell.text for cell in block.cells if cell.text)
                if text.strip() and text not in seen:
                    seen.add(text)
                    yield Block("margin", (Cell(text),))

    # ---- blocks

    def blocks(self, container: _Element, depth: int) -> Iterator[Block]:
        """The blocks inside a body, a cell, a text box, a note."""
        if depth > neutral.MAX_NESTING:
            raise UnreadableDocument(TOO_NESTED)
        for element in container:
            name = tag_of(element)
            if name in ("w:ins", "w:del", "w:moveFrom"):
                self.budget.note("changes")
            if name == "w:p":
                yield from self._paragraph(element, depth)
            elif name == "w:tbl":
                yield from self._table(element, depth)
            elif name == "w:sdt":
                yield from self._control(element, depth)
            elif name == "mc:AlternateContent":
                yield from self.blocks(self._alternative(element), depth)
            elif name in INSIDE:
                yield from self.blocks(element, depth)
            elif name == "w:altChunk":
                self.budget.note("embedded")

    def _control(self, element: _Element, depth: int) -> Iterator[Block]:
        content = child(element, "w:sdtContent")
        if content is not None and not switched_on(child(element, "w:sdtPr", "w:showingPlcHdr")):
            yield from self.blocks(content, depth)

    def _paragraph(self, element: _Element, depth: int) -> Iterator[Block]:
        self.budget.block()
        lines = Lines(self.budget)
        self._inline(element, lines, depth)
        kind: Kind = "paragraph"
        level, listed = self.styles.of(element)
        text = lines.text()
        if level >= 0:
            kind = "heading"
        elif listed and text:
            text = "- " + text
        if text or lines.pictures:
            yield Block(kind, (Cell(text, tuple(lines.pictures)),), level)
        for box in lines.boxes:
            yield from self.blocks(box, depth + 1)

    def _table(self, table: _Element, depth: int) -> Iterator[Block]:
        for row in through(table, "w:tr"):
            self.budget.block()
            if child(row, "w:trPr", "w:del") is not None:
                self.budget.note("changes")
                continue
            cells = [cell for _, cell in zip(range(neutral.MAX_CELLS), through(row, "w:tc"), strict=False)]
            filled = [cell for cell in cells if not covered(cell) and "".join(cell.itertext()).strip()]
            if len(filled) == 1 and next(through(filled[0], "w:tbl"), None) is not None:
                yield from self.blocks(filled[0], depth + 1)
            else:
                yield Block("row", tuple(self._cell_of(cell, depth + 1) for cell in cells))

    def _cell_of(self, element: _Element, depth: int) -> Cell:
        """All the blocks inside as one text; the cells of a table within are parted by a dash."""
        if covered(element):
            return Cell()
        texts, pictures = [], []
        for block in self.blocks(element, depth):
            texts.append(" – ".join(self.budget.text(cell.text) for cell in block.cells if cell.text))
            pictures += [picture for cell in block.cells for picture in cell.pictures]
        return Cell("\n".join(texts), tuple(pictures))

    def _alternative(self, element: _Element) -> _Element:
        """The one of several forms of the same content that has words or a picture."""
        forms = [e for e in element if tag_of(e) in ("mc:Choice", "mc:Fallback")]
        for form in forms:
            for one in form.iter():
                self.budget.step()
                if tag_of(one) in SAYING:
                    return form
        return forms[0] if forms else element

    # ---- inside a paragraph

    def _inline(self, element: _Element, out: Lines, depth: int) -> None:
        for one in element:
            name = tag_of(one)
            if name in ("w:del", "w:moveFrom", "w:ins"):
                self.budget.note("changes")
            if name in SKIPPED:
                continue
            if name in ("w:t", "m:t"):
                out.add(one.text or "")
            elif name == "w:r" and switched_on(child(one, "w:rPr", "w:vanish")):
                self.budget.note("hidden")
            elif name == "w:sdt":
                if not switched_on(child(one, "w:sdtPr", "w:showingPlcHdr")):
                    self._inline(one, out, depth)
            elif not self._sign(one, name, out) and not self._object(one, name, out, depth):
                self._inline(one, out, depth)

    def _sign(self, one: _Element, name: str, out: Lines) -> bool:
        """Breaks, tabs, symbols, calls of notes."""
        if name in ("w:br", "w:cr"):
            out.add("\n")
        elif name in ("w:tab", "w:ptab"):
            out.add("\t")
        elif name == "w:noBreakHyphen":
            out.add("\u2011")
        elif name == "w:sym":
            out.add(SYMBOLS.get(attribute(one, "char").upper(), ""))
        elif name == "w:checkBox":
            ticked = child(one, "w:checked")
            ticked = child(one, "w:default") if ticked is None else ticked
            out.add("☒ " if switched_on(ticked) else "☐ ")
        elif name in ("w:footnoteReference", "w:endnoteReference"):
            note = self.notes.get((name[2:-9], attribute(one, "id")), "")
            out.add(f" [{note}]" if note else "")
        elif name == "w:commentReference":
            self.budget.note("comments")
        else:
            return False
        return True

    def _object(self, one: _Element, name: str, out: Lines, depth: int) -> bool:
        """Pictures, text boxes, drawings, links."""
        if name == "mc:AlternateContent":
            self._inline(self._alternative(one), out, depth)
        elif name == "w:txbxContent":
            self.budget.note("drawing")
            out.boxes.append(one)
        elif name in ("a:blip", "v:imagedata"):
            self._picture(one, out)
        elif name == "dgm:relIds":
            self._diagram(attribute(one, "dm"), out)
        elif name in ("w:object", "c:chart"):
            self.budget.note("embedded")
            self._inline(one, out, depth)
        elif name == "w:hyperlink":
            before = len(out.bits)
            self._inline(one, out, depth)
            self._link(attribute(one, "id"), "".join(out.bits[before:]), out)
        elif name in ("w:drawing", "w:pict"):
            out.alt = next(
                (attribute(e, "descr") for frame in one for e in frame if tag_of(e) == "wp:docPr"), ""
            )
            self._inline(one, out, depth)
        else:
            return False
        return True

    def _link(self, key: str, words: str, out: Lines) -> None:
        """The address behind a link, when its words do not say it."""
        kind, target = self.relations.get(key, ("", ""))
        address = re.sub(r"^mailto:", "", target)
        shown = kind.endswith(":external") and re.match(r"(https?://|mailto:)[^\s]{3,500}$", target)
        if shown and address.strip("/").lower() not in words.lower():
            out.add(f" ({address})")

    def _picture(self, one: _Element, out: Lines) -> None:
        kind, part = self.relations.get(attribute(one, "embed") or attribute(one, "id"), ("", ""))
        if part and not kind.endswith(":external"):
            out.pictures += self.pictures.take(part, out.alt)
        elif part or attribute(one, "link"):
            self.budget.note("linked")

    def _diagram(self, key: str, out: Lines) -> None:
        """The words of a SmartArt drawing, one line a shape."""
        _, part = self.relations.get(key, ("", ""))
        root = self.package.xml(part) if part else None
        self.budget.note("drawing")
        for point in root.iter() if root is not None else ():
            if tag_of(point) == "dgm:pt":
                words = "".join(e.text or "" for e in point.iter() if tag_of(e) == "a:t")
                out.add("\n" + words if words else "")
