"""Reading the XML of Word: names of elements, attributes, children, relations between parts."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from adapters.documents.package import Package

if TYPE_CHECKING:
    from lxml.etree import _Element

OOXML = ("http://schemas.openxmlformats.org/", "http://purl.oclc.org/ooxml/")
PREFIXES = {
    OOXML[0] + "wordprocessingml/2006/main": "w:",
    OOXML[1] + "wordprocessingml/main": "w:",
    OOXML[0] + "drawingml/2006/main": "a:",
    OOXML[1] + "drawingml/main": "a:",
    OOXML[0] + "drawingml/2006/wordprocessingDrawing": "wp:",
    OOXML[1] + "drawingml/wordprocessingDrawing": "wp:",
    OOXML[0] + "drawingml/2006/diagram": "dgm:",
    OOXML[1] + "drawingml/diagram": "dgm:",
    OOXML[0] + "drawingml/2006/chart": "c:",
    OOXML[1] + "drawingml/chart": "c:",
    OOXML[0] + "officeDocument/2006/math": "m:",
    OOXML[1] + "officeDocument/math": "m:",
    OOXML[0] + "markup-compatibility/2006": "mc:",
    "urn:schemas-microsoft-com:vml": "v:",
}
NOT_MORE = {"0", "false", "off", "none"}


@lru_cache(maxsize=4096)
def _named(tag: str) -> str:
    uri, _, local = tag.rpartition("}")
    return PREFIXES.get(uri.lstrip("{"), "?:") + local


def tag_of(element: _Element) -> str:
    """The element's name with the usual prefix of its family, for both namespaces (2006 and Strict)."""
    return _named(str(element.tag))


def attribute(element: _Element | None, local: str) -> str:
    """The value of the attribute with this local name, or ""."""
    if element is not None:
        for name, value in element.attrib.items():
            if str(name).rpartition("}")[2] == local:
                return str(value)
    return ""


def child(element: _Element, *names: str) -> _Element | None:
    """The first child with this name, its first child with the next name, and so on; None if one misses."""
    found: _Element | None = element
    for name in names:
        found = next((e for e in found if tag_of(e) == name), None) if found is not None else None
    return found


def switched_on(element: _Element | None) -> bool:
    """Whether a switch such as w:vanish is there and not turned off."""
    return element is not None and attribute(element, "val").lower() not in NOT_MORE


def relations(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """id → (kind, name of the part) of what `part` refers to.

    What lies outside has a kind that ends in ":external" and its address; it is never fetched. A path cannot
    climb out of the package: it is joined to its root.
    """
    folder, name = posixpath.split(part)
    root = package.xml(posixpath.join(folder, "_rels", name + ".rels"))
    out: dict[str, tuple[str, str]] = {}
    for one in root if root is not None else ():
        kind, target = one.get("Type", "").rpartition("/")[2], one.get("Target", "")
        if one.get("TargetMode", "").lower() == "external":
            kind += ":external"
        else:
            target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        out[one.get("Id", "")] = (kind, target)
    return out


def through(element: _Element, name: str) -> Iterator[_Element]:
    """The children with this name, also inside content controls and marks of insertion."""
    for one in element:
        found = tag_of(one)
        if found == name:
            yield one
        elif found in ("w:sdt", "w:sdtContent", "w:customXml", "w:ins"):
            yield from through(one, name)


def covered(cell: _Element) -> bool:
    """Whether a cell continues the one above or to its left."""
    for name in ("w:vMerge", "w:hMerge"):
        merged = child(cell, "w:tcPr", name)
        if merged is not None and attribute(merged, "val") != "restart":
            return True
    return False
