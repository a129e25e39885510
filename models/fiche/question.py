"""What a question is: the vocabulary in which questions.py declares the fiche."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

SCHEMA = 1  # raised whenever a field is added or ends

BLOCKS = {
    "block",
    "organisation",
    "contact",
    "diagram",
    "years",
    "count",
    "degree",
    "cost",
    "territory",
    "presence",
}


@dataclass(frozen=True)
class Question:
    """One question of the fiche.

    key: dotted path in the answers (inside a group: relative to the item). kind: a row of the type table
    (kinds.py), or a name of BLOCKS for questions that are asked and read together. label: the short name for
    page, PDF, export and error lists; ask: the question as the form puts it. needed: "draft" or "submission".
    excused: a reason why there is no answer also satisfies submission (★). advised: (low, high) number of signs,
    or of items for lists; advice only. together: the fields of this block conflict as one in a merge.
    view: how a list of items is read ("quotes", "pictures", "links"; else a plain list).
    folded: shown under "for those in the know". since/until: schema versions between which new forms ask it.
    """

    key: str
    kind: str
    label: Any
    ask: Any = ""
    help: Any = ""
    needed: str = ""
    excused: bool = False
    advised: tuple[int, int] = (0, 0)
    vocabulary: str = ""
    fields: tuple[Question, ...] = ()
    together: bool = False
    folded: bool = False
    families: tuple[tuple[Any, str], ...] = ()
    one: Any = ""
    example: Any = ""
    rows: int = 0
    short: bool = False
    view: str = ""
    since: int = 1
    until: int | None = None

    @property
    def is_block(self) -> bool:
        return self.kind in BLOCKS

    def leaves(self) -> Iterator[Question]:
        """The questions that hold an answer of their own: itself, or the fields of a block."""
        if self.is_block:
            for one in self.fields:
                yield from one.leaves()
        else:
            yield self

    def asked(self, schema: int = SCHEMA) -> bool:
        """Whether a form of this schema version has it."""
        return self.since <= schema and (self.until is None or schema < self.until)


@dataclass(frozen=True)
class Part:
    """One group of questions, the size of a phone's patience."""

    key: str
    title: Any
    questions: tuple[Question, ...]
    intro: Any = ""

    def leaves(self) -> Iterator[Question]:
        for question in self.questions:
            yield from question.leaves()


@dataclass(frozen=True)
class Row:
    """One row of the sheet as one reads it: a label and the keys of the questions under it."""

    key: str
    label: Any
    part: str
    questions: tuple[str, ...]
    band: str = ""
    keep: bool = True
    tags: bool = field(default=False)
