"""Full text of the fiches, with SQLite's FTS5. Accents are folded; every term is quoted, so that `l'eau`, `e-mail`
and `100 %` are words like others (raw MATCH refuses most ordinary French)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from models.fiche.content import texts
from models.store import db

CREATE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS fiche_text USING fts5("
    "fiche_id UNINDEXED, number, title, body, tokenize = 'unicode61 remove_diacritics 2')",
    # FTS5's own secure-delete spoils the index once in some thousands of rewritten long texts ("checksum mismatch",
    # SQLite 3.53.4), so it is off; what is erased leaves through forget().
    "INSERT INTO fiche_text (fiche_text, rank) VALUES ('secure-delete', 0)",
)

INSERT = "INSERT INTO fiche_text (fiche_id, number, title, body) VALUES (:id, :number, :title, :body)"


def expression(words: str) -> str:
    """An FTS5 expression that asks for every word, each as a beginning ("marche" finds "marches"); '' for none."""
    found = re.findall(r"[\w'’\-]+", words, re.UNICODE)
    terms = [t.strip("'’-_") for t in found]
    return " ".join('"' + t.replace('"', "") + '"*' for t in terms[:12] if re.search(r"\w", t))


def index(fiche_id: str, number: str | None, title: str, content: Mapping[str, Any]) -> None:
    """Write the text of one fiche anew. Inside writing()."""
    db.session.execute(text("DELETE FROM fiche_text WHERE fiche_id = :id"), {"id": fiche_id})
    body = "\n".join(t for key, t in texts(content) if key != "titre")
    db.session.execute(
        text(INSERT),
        {"id": fiche_id, "number": number or "", "title": title, "body": body},
    )


def forget() -> None:
    """Merge the index into one piece, in which no word of a deleted text is left. Inside writing(); 20 ms for 2,000."""
    db.session.execute(text("INSERT INTO fiche_text (fiche_text) VALUES ('optimize')"))
