"""What is said once and may be sent again (an answer, an opinion, a line of minutes): how it was taken, or why it was not.

One `op_id` has one effect, kept by the journal (models/fiche/journal.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Taken:
    """It took effect, now or before (`replayed`). receipt: `{op_id, id, rev, …, replaced?}`.

    replaced: `{answer, at, by?}` of what had come since the writer looked, and does not stand any more; by: id of who
    gave it.
    """

    receipt: dict[str, Any]
    replayed: bool = False

    @property
    def replaced(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.receipt.get("replaced")
        return found


class Closed(Exception):
    """Nothing is taken any more, or not yet. reason: a key of the sentences (`WHY`) of whoever raises it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadValue(ValueError):
    """It cannot stand. field: the input that it is about; str(): what is the matter, and the remedy."""

    def __init__(self, field: str, sentence: Any) -> None:
        super().__init__(str(sentence))
        self.field = field
