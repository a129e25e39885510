"""OpenDocument text (.odt): the body as blocks. Source of the element names: OpenDocument 1.3, part 3.

What tracked changes have struck out lies apart in the file and is left out; notes come in square brackets.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
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
from adapters.documents.recognise import LOCKED, refuse

if TYPE_CHECKING:
    from lxml.etree import _Element

ODF = "urn:oasis:names:tc:opendocument:xmlns:"
PREFIXES = {
    ODF + "office:1.0": "office:",
    ODF + "text:1.0": "text:",
    ODF + "table:1.0": "table:",
    ODF + "drawing:1.0": "draw:",
    ODF + "style:1.0": "style:",
    ODF + "svg-compatible:1.0": "svg:",
    ODF + "manifest:1.0": "manifest:",
}
XLINK = "{http://www.w3.org/1999/xlink}href"
HOLDERS = {
    "text:section", "text:index-body", "text:index-title", "text:table-of-content", "text:numbered-paragraph",
    "draw:text-box", "draw:g", "draw:custom-shape", "draw:rect", "draw:ellipse", "draw:a", "text:list-header",
}  # fmt: skip
SKIPPED = {
    "text:tracked-changes", "text:sequence-decls", "office:forms", "text:variable-decls", "svg:title",
    "text:user-field-decls", "text:note-citation", "svg:desc", "text:ruby-text", "office:event-listeners",
}  # fmt: skip
SHAPES = {"draw:text-box", "draw:g", "draw:custom-shape", "draw:rect", "draw:ellipse"}
TITLES = {"title", "titre", "titel"}


@lru_cache(maxsize=4096)
def _named(tag: str) -> str:
    uri, _, local = tag.rpartition("}")
    return PREFIXES.get(uri.lstrip("{"), "?:") + local


def tag_of(element: _Element) -> str:
    """The element's name with its usual prefix."""
    return _named(str(element.tag))


def attribute(element: _Element, name: str) -> str:
    """The value of an attribute written as prefix:local, or ""."""
    prefix, _, local = name.partition(":")
    uri = next(u for u, p in PREFIXES.items() if p == prefix + ":")
    return str(element.get(f"{{{uri}}}{local}", ""))


def read_opendocument(data: bytes) -> Document:
    """The document in an .odt or .ott. Raises UnreadableDocument."""
    package = Package(data)
    manifest = package.xml("META-INF/manifest.xml")
    if manifest is not None and any(tag_of(e) == "manifest:encryption-data" for e in manifest.iter()):
        raise refuse(LOCKED)
    root = package.xml("content.xml")
    body = next((e for e in root.iter() if tag_of(e) == "office:text"), None) if root is not None else None
    if root is None or body is None:
        raise refuse(DAMAGED)
    budget = Budget()
    reader = Reader(package, budget, root)
    blocks = [*reader.blocks(body, 0), *reader.margins(package.xml("styles.xml"))]
    return Document("odt", tuple(blocks), tuple(budget.notes.values()))


class Reader:
    """Walks the body and yields its blocks."""

    def __init__(self, package: Package, budget: Budget, root: _Element) -> None:
        self.package = package
        self.budget = budget
        self.pictures = Pictures(package, budget)
        self.titles = {
            attribute(style, "style:name")
            for style in root.iter()
            if tag_of(style) == "style:style"
            and attribute(style, "style:parent-style-name").lower() in TITLES
        }

    def margins(self, styles: _Element | None) -> Iterator[Block]:
        """The text of page headers and footers, each once."""
        seen = set()
        for holder in styles.iter() if styles is not None else ():
            if tag_of(holder) in ("style:header", "style:footer", "style:header-first", "style:footer-first"):
                text = self._cell(holder, 1).text
                if text.strip() and text not in seen:
                    seen.add(text)
                    yield Block("margin", (Cell(text),))

    # ---- blocks

    def blocks(self, container: _Element, depth: int, item: bool = False) -> Iterator[Block]:
        """The blocks inside a body, section, cell, text box. `item`: the first paragraph is a list item."""
        if depth > neutral.MAX_NESTING:
            raise UnreadableDocument(TOO_NESTED)
        for element in container:
            name = tag_of(element)
            if name in ("text:p", "text:h"):
                yield from self._paragraph(element, name, depth, item)
                item = False
            elif name == "text:list":
                for one in element:
                    yield from self.blocks(one, depth, item=tag_of(one) == "text:list-item")
            elif name == "table:table":
                yield from self._table(element, depth)
            elif name == "text:tracked-changes":
                self.budget.note("changes")
            elif name in HOLDERS or name == "draw:frame":
                yield from self._frame(element, depth + 1)

    def _frame(self, element: _Element, depth: int) -> Iterator[Block]:
        lines = Lines(self.budget)
        self._object(element, tag_of(element), lines, depth)
        if lines.pictures:
            yield Block("paragraph", (Cell("", tuple(lines.pictures)),))
        for box in lines.boxes or ([] if tag_of(element) == "draw:frame" else [element]):
            yield from self.blocks(box, depth)

    def _paragraph(self, element: _Element, name: str, depth: int, item: bool) -> Iterator[Block]:
        self.budget.block()
        lines = Lines(self.budget)
        self._inline(element, lines, depth)
        style = attribute(element, "text:style-name")
        text = lines.text()
        level = -1
        if name == "text:h":
            outline = attribute(element, "text:outline-level")
            level = min(int(outline), 9) if outline.isdecimal() and len(outline) < 4 else 1
        elif style in self.titles or style.lower() in TITLES:
            level = 0
        if item and text and level < 0:
            text = "- " + text
        if text or lines.pictures:
            kind: Kind = "heading" if level >= 0 else "paragraph"
            yield Block(kind, (Cell(text, tuple(lines.pictures)),), level)
        for box in lines.boxes:
            yield from self.blocks(box, depth + 1)

    def _table(self, table: _Element, depth: int) -> Iterator[Block]:
        for row in _rows(table):
            self.budget.block()
            found = [e for e in row if tag_of(e) in ("table:table-cell", "table:covered-table-cell")]
            cells = found[: neutral.MAX_CELLS]
            filled = [cell for cell in cells if "".join(cell.itertext()).strip()]
            if len(filled) == 1 and any(tag_of(e) == "table:table" for e in filled[0]):
                yield from self.blocks(filled[0], depth + 1)
            else:
                yield Block("row", tuple(self._cell(cell, depth + 1) for cell in cells))

    def _cell(self, element: _Element, depth: int) -> Cell:
        """All the blocks inside as one text; the cells of a table within are parted by a dash."""
        texts, pictures = [], []
        for block in self.blocks(element, depth):
            texts.append(" – ".join(self.budget.text(cell.text) for cell in block.cells if cell.text))
            pictures += [picture for cell in block.cells for picture in cell.pictures]
        return Cell("\n".join(texts), tuple(pictures))

    # ---- inside a paragraph

    def _inline(self, element: _Element, out: Lines, depth: int) -> None:
        out.add(_flat(element.text))
        for one in element:
            name = tag_of(one)
            if name == "text:s":
                out.add(" ")
            elif name == "text:tab":
                out.add("\t")
            elif name == "text:line-break":
                out.add("\n")
            elif name in ("office:annotation", "office:annotation-end"):
                self.budget.note("comments")
            elif name in ("text:hidden-text", "text:hidden-paragraph"):
                self.budget.note("hidden")
            elif name == "text:note":
                self._note(one, out, depth)
            elif name == "text:a":
                before = len(out.bits)
                self._inline(one, out, depth)
                self._link(one, "".join(out.bits[before:]), out)
            elif name not in SKIPPED and not self._object(one, name, out, depth):
                self._inline(one, out, depth)
            out.add(_flat(one.tail))

    def _note(self, note: _Element, out: Lines, depth: int) -> None:
        for body in note:
            if tag_of(body) == "text:note-body":
                words = " ".join(self._cell(body, depth + 1).text.split("\n"))
                out.add(f" [{words}]" if words else "")

    def _link(self, link: _Element, words: str, out: Lines) -> None:
        """The address behind a link, when its words do not say it."""
        target = str(link.get(XLINK, ""))
        address = target.removeprefix("mailto:")
        shown = target.startswith(("http://", "https://", "mailto:")) and len(target) < 500
        if shown and address.strip("/").lower() not in words.lower():
            out.add(f" ({address})")

    def _object(self, one: _Element, name: str, out: Lines, depth: int) -> bool:
        """Frames with their picture or text box, and shapes with words."""
        if name == "draw:frame":
            out.alt = next((str(e.text or "") for e in one if tag_of(e) in ("svg:desc", "svg:title")), "")
            if not self._picture([e for e in one if tag_of(e) == "draw:image"], out):
                out.boxes += [e for e in one if tag_of(e) == "draw:text-box"]
            if any(tag_of(e) in ("draw:object", "draw:object-ole") for e in one):
                self.budget.note("embedded")
        elif name in SHAPES:
            self.budget.note("drawing")
            out.boxes.append(one)
        else:
            return False
        return True

    def _picture(self, forms: list[_Element], out: Lines) -> bool:
        """The first form of a picture that lies in the file."""
        names = [str(e.get(XLINK, "")).removeprefix("./") for e in forms]
        inside = [n for n in names if self.package.has(n)]
        if inside:
            plain = [n for n in inside if n.lower().endswith((".png", ".jpg", ".jpeg", ".webp"))]
            out.pictures += self.pictures.take((plain or inside)[0], out.alt)
        elif names:
            self.budget.note("linked" if "://" in names[0] else "lost_picture")
        return bool(names)


def _flat(text: str | None) -> str:
    """Line ends in the XML of an .odt are only blanks."""
    return (text or "").replace("\n", " ")


def _rows(table: _Element) -> Iterator[_Element]:
    """The rows of a table, also inside its header and groups of rows."""
    for one in table:
        name = tag_of(one)
        if name == "table:table-row":
            yield one
        elif name in ("table:table-header-rows", "table:table-rows", "table:table-row-group"):
            yield from _rows(one)
