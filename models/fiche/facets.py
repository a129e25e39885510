"""What a list can be narrowed by: one row for each coded answer of a fiche, written with its content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ForeignKey, Index, String, delete, insert
from sqlalchemy.orm import Mapped, mapped_column

from models.fiche import questions
from models.fiche.content import get
from models.store import Base, db

PLACES = {"commune": "structure_porteuse.commune", "structure": "structure_porteuse.nom"}


class FicheFacet(Base):
    """facet: the key of a choice question, "commune" or "structure"; code: the answer."""

    __tablename__ = "fiche_facet"
    __table_args__ = (Index("ix_fiche_facet_lookup", "facet", "code", "fiche_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fiche_id: Mapped[str] = mapped_column(ForeignKey("fiche.id"), index=True)
    facet: Mapped[str] = mapped_column(String(60))
    code: Mapped[str] = mapped_column(String(200))


def facets_of(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(facet, code) pairs of a document."""
    out: list[tuple[str, str]] = []
    for key, q in questions.leaves().items():
        value = get(content, key)
        if q.kind == "choice" and value:
            out.append((key, value))
        elif q.kind == "choices":
            out += [(key, code) for code in value or []]
    return out + [(name, str(get(content, key))[:200]) for name, key in PLACES.items() if get(content, key)]


def index(fiche_id: str, content: Mapping[str, Any]) -> None:
    """Write the rows of one fiche anew. Inside writing()."""
    db.session.execute(delete(FicheFacet).where(FicheFacet.fiche_id == fiche_id))
    rows = [{"fiche_id": fiche_id, "facet": facet, "code": code} for facet, code in facets_of(content)]
    if rows:
        db.session.execute(insert(FicheFacet), rows)
