"""The text of one paragraph while it is gathered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from adapters.documents.neutral import Budget, Picture


@dataclass
class Lines:
    """Bits of text, the pictures between them, and the text boxes to read after the paragraph."""

    budget: Budget
    bits: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    alt: str = ""

    def add(self, text: str) -> None:
        if text:
            self.bits.append(self.budget.text(text))

    def text(self) -> str:
        return "".join(self.bits).strip(" \t\n")
