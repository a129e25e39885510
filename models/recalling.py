"""Taking back what was printed: a person who withdraws a detail, a notice or their name, or is forgotten,
does not stand in stored directories and papers of groups.

The row stays, with who took the PDF along; the file goes. The worker deletes it, from a row of this transaction.
"""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select

from models.deliveries import job
from models.dossiers import OF_CIRCLES, Dossier
from models.forgetting import unnamed
from models.store import db

NAMING = ("D9", "D12")  # kinds that print what people let every member read


def recall_directories() -> None:
    """Every stored directory, and every paper of a group, loses its file. Inside writing()."""
    why = _("Une personne a retiré de l’annuaire ce que ce PDF disait d’elle. Refaites-le : il sera à jour.")
    _recall(why, Dossier.kind.in_(NAMING))


def recall_boards(circle_id: str | None) -> None:
    """The stored papers of this group lose their file; those of every group, where it stood on the network's board, which
    is matched with all of them. Inside writing()."""
    why = _(
        "Une personne a retiré du tableau des échanges ce que ce PDF en disait. Refaites-le : il sera à jour."
    )
    here = [Dossier.circle_id == circle_id] if circle_id else []
    _recall(why, Dossier.kind.in_(OF_CIRCLES), *here)


def _recall(why: str, *which: ColumnElement[bool]) -> None:
    files = []
    for row in db.session.scalars(select(Dossier).where(Dossier.sha256.is_not(None), *which)):
        files.append(str(row.sha256))
        row.sha256, row.key, row.notes = None, "", [why]
    db.session.flush()
    if files:
        job("erase-files", None, files=unnamed(files))
