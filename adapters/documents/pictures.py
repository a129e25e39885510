"""Pictures inside a document: their bytes under limits, taken once each, verified by nobody here."""

from __future__ import annotations

import mimetypes
from posixpath import basename

from adapters.documents import neutral
from adapters.documents.neutral import Budget, Picture, UnreadableDocument
from adapters.documents.package import Package


class Pictures:
    """Takes pictures out of a package. One that is broken or too heavy is noted and left out."""

    def __init__(self, package: Package, budget: Budget) -> None:
        self.package = package
        self.budget = budget
        self.total = 0
        self.taken: dict[str, bytes] = {}
        self.count = 0

    def take(self, part: str, alt: str = "") -> list[Picture]:
        """The picture in this part, as a list of one, or of none."""
        if self.count >= neutral.MAX_PICTURES:
            self.budget.note("many_pictures")
            return []
        if part not in self.taken:
            self.taken[part] = self._read(part)
        self.count += 1
        data = self.taken[part]
        if not data:
            self.budget.note("lost_picture")
            return []
        kind = mimetypes.guess_type(part)[0] or "application/octet-stream"
        return [Picture(data, kind, basename(part), alt)]

    def _read(self, part: str) -> bytes:
        room = min(neutral.MAX_PICTURE, neutral.MAX_PICTURES_TOTAL - self.total)
        if not self.package.has(part) or room <= 0:
            return b""
        try:
            data = self.package.read(part, room)
        except UnreadableDocument:
            return b""
        self.total += len(data)
        return data
