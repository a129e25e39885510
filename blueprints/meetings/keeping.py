"""What every form of meetings and circles does: keep in one transaction, put each problem beside its field, and show
both texts where somebody else kept another one in the meantime."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request

from blueprints.admin.forms import Shared
from blueprints.once import once
from models.acting import BadAction
from models.candidates import BadCase
from models.fiche.kinds import clean
from models.following import BadTask
from models.gathering import BadWork
from models.glossing import BadEntry
from models.mediating import BadNotice
from models.planning import BadItem
from models.recommending import BadRecommendation
from models.referencing import BadReference
from models.scheduling import BadMeeting
from models.seating import BadCircle, Stale
from models.store import writing

BAD = (
    BadCircle,
    BadMeeting,
    BadItem,
    BadCase,
    BadTask,
    BadRecommendation,
    BadWork,
    BadEntry,
    BadReference,
    BadNotice,
    BadAction,
)


def rev() -> int:
    """The rev that the person had before their eyes; -1, which none has, where it cannot be read."""
    text = request.form.get("rev", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def attempt(
    form: Shared,
    act: Callable[[dict[str, Any]], Any],
    row: Any = None,
    *,
    to: Callable[[Any], str] | None = None,
) -> Any:
    """Do it in one transaction: what `act` returns, or True; None with each problem beside its field. Raises Stale.

    to: for what is new, the path where it is read: the same form sent again ends there (blueprints/once.py).
    """
    if row is not None and rev() != row.rev:
        raise Stale
    readable = form.validate()
    values = form.values()
    try:
        if readable and to:
            return once(lambda: act(values), to)
        if readable:
            with writing():
                done = act(values)
                return True if done is None else done
        blame(form, form.wrong(values, row))
    except BAD as bad:
        blame(form, bad.problems)
    return None


def blame(form: Shared, problems: dict[str, Any]) -> None:
    """Put the problems of the domain beside their fields; what could not be read keeps its own sentence."""
    for name, sentence in problems.items():
        fields = [form[ours] for ours in form.where.get(name, (name,)) if ours in form]
        if fields and not any(field.errors for field in fields):
            fields[0].errors = [sentence]


def carried(form: Shared, row: Any = None) -> dict[str, Any]:
    """What the page must know of how it was opened, and whether it holds something that is kept nowhere."""
    posted = request.method == "POST"
    seen = clean(request.form.get("seen", ""), lines=False) or "" if posted else form.seen()
    return {"rev": rev() if posted else row.rev if row else 0, "seen": seen, "dirty": posted}
