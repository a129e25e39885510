"""Taking back what was printed: a person who withdraws a detail, or is forgotten, does not stand in stored directories.

The row stays, with who took the PDF along; the file goes. The worker deletes it, from a row of this transaction.
"""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from models.deliveries import job
from models.dossiers import Dossier
from models.forgetting import unnamed
from models.store import db

NAMING = ("D9", "D12")  # kinds that print what people let every member read


def recall_directories() -> None:
    """Every stored directory, and every paper of a group, loses its file. Inside writing()."""
    files = []
    for row in db.session.scalars(
        select(Dossier).where(Dossier.kind.in_(NAMING), Dossier.sha256.is_not(None))
    ):
        files.append(str(row.sha256))
        row.sha256, row.key = None, ""
        row.notes = [
            _(
                "Une personne a retiré de l’annuaire ce que ce PDF disait d’elle. Refaites-le : il sera à jour."
            )
        ]
    db.session.flush()
    if files:
        job("erase-files", None, files=unnamed(files))
