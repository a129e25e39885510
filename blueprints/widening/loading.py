"""What the addresses of candidatures name."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from models import widening
from models.fiche.kinds import clean
from models.store import db
from models.widening import Case


def case(case_code: str, **_more: Any) -> Case | None:
    return widening.case_by_code(case_code)


def again(case_id: str) -> Case:
    """The same row, inside a transaction that writes."""
    return db.session.get_one(Case, case_id)


def words(name: str = "words") -> str:
    return clean(request.form.get(name, "")) or ""


def rev() -> int | None:
    """The revision that the writer saw; None where the form does not say."""
    text = request.form.get("rev", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def tidy() -> MultiDict[str, str]:
    return MultiDict((k, clean(v) or "") for k, v in request.form.items(multi=True))
