"""Which order makes which dossier of an edition."""

from __future__ import annotations

from blueprints.dossiers.advocacy import DigestOrder
from blueprints.dossiers.building import Order
from blueprints.dossiers.members import DirectoryOrder
from blueprints.dossiers.orders import EditionOrder
from blueprints.dossiers.register import RegisterOrder
from models.editions import Edition

BESIDE: dict[str, type[EditionOrder]] = {"D8": RegisterOrder, "D10": DigestOrder}


def of_edition(kind: str, by: str, lang: str, edition: Edition | None) -> Order | EditionOrder:
    """The order of a dossier of an edition, or of the directory, which has none."""
    if kind == "D9":
        return DirectoryOrder(kind, by, None, lang)
    if kind in BESIDE and edition:
        return BESIDE[kind](kind, by, edition, lang)
    return Order(kind, by, lang, edition=edition)
