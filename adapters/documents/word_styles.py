"""Which paragraph styles of a Word document are headings, and which are lists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from adapters.documents.word_xml import attribute, child, tag_of

if TYPE_CHECKING:
    from lxml.etree import _Element

HEADING = re.compile(r"^(?:heading|titre|kop|überschrift|berschrift|overskrift) ?([1-9])$", re.IGNORECASE)
TITLE = {"title", "titre", "titel"}


class Styles:
    """Levels and lists by style id, following "based on"."""

    def __init__(self, root: _Element | None) -> None:
        self.levels: dict[str, int] = {}
        self.lists: set[str] = set()
        parents: dict[str, str] = {}
        for style in root if root is not None else ():
            if tag_of(style) != "w:style" or attribute(style, "type") != "paragraph":
                continue
            key = attribute(style, "styleId")
            parents[key] = attribute(child(style, "w:basedOn"), "val")
            self._learn(key, attribute(child(style, "w:name"), "val"), style)
        for key in parents:
            self._inherit(key, parents)

    def _learn(self, key: str, name: str, style: _Element) -> None:
        outline = attribute(child(style, "w:pPr", "w:outlineLvl"), "val")
        if name.lower() in TITLE:
            self.levels[key] = 0
        elif found := HEADING.match(name):
            self.levels[key] = int(found[1])
        elif outline.isdecimal() and int(outline) < 9:
            self.levels[key] = int(outline) + 1
        if self._numbered(style):
            self.lists.add(key)

    def _inherit(self, key: str, parents: dict[str, str]) -> None:
        above, steps = parents[key], 0
        while above and steps < 20:
            if above in self.levels:
                self.levels.setdefault(key, self.levels[above])
            if above in self.lists:
                self.lists.add(key)
            above, steps = parents.get(above, ""), steps + 1

    def _numbered(self, holder: _Element) -> bool:
        number = child(holder, "w:pPr", "w:numPr")
        return number is not None and attribute(child(number, "w:numId"), "val") != "0"

    def of(self, paragraph: _Element) -> tuple[int, bool]:
        """(level of heading or -1, whether it is an item of a list)."""
        key = attribute(child(paragraph, "w:pPr", "w:pStyle"), "val")
        outline = attribute(child(paragraph, "w:pPr", "w:outlineLvl"), "val")
        level = int(outline) + 1 if outline.isdecimal() and int(outline) < 9 else self.levels.get(key, -1)
        if key and key not in self.levels and level < 0:
            found = HEADING.match(key)
            level = int(found[1]) if found else 0 if key.lower() in TITLE else -1
        own = child(paragraph, "w:pPr", "w:numPr")
        listed = self._numbered(paragraph) if own is not None else key in self.lists
        return level, listed
