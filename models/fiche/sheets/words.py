"""The words of models/data/sheet.yaml: how sheets say it."""

from __future__ import annotations

from functools import cache
from typing import Any

from models.vocabularies import DATA, load_yaml


@cache
def sheet_words(name: str) -> Any:
    """One part of sheet.yaml as it is written there. Raises KeyError for an unknown part."""
    document: Any = load_yaml(DATA / "sheet.yaml")
    return document[name]
