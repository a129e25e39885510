"""How long a text may be, and the sentence about one that is longer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import format_decimal
from flask_babel import lazy_gettext as _l


class Figure:
    """A number inside a sentence that is said later, with the separators of the language in which it is said."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __str__(self) -> str:
        return str(format_decimal(self.value)).replace("\u202f", "\u00a0")


def shorten(text: str | None, most: int) -> Any:
    """What is said of a text that is longer than `most` signs."""
    return _l(
        "Ce texte a %(n)s signes. Raccourcissez-le à %(most)s.", n=Figure(len(text or "")), most=Figure(most)
    )


def too_long(values: Mapping[str, Any], lengths: Mapping[str, int]) -> dict[str, Any]:
    """The same for each of these that is longer than it may be, by field."""
    return {
        name: shorten(text, most)
        for name, most in lengths.items()
        if len(text := values.get(name) or "") > most
    }
