"""Two organisations side by side."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints.accounts.own import me
from blueprints.gate import needs
from blueprints.look import locale
from blueprints.network import bp
from models import comparing, directory, organisations


@bp.get("/compare")
@needs("directory.see")
def compare() -> Any:
    """a, b: ids of two organisations; one that was joined to another leads to that one."""
    asked = [request.args.get(name, "")[:36] for name in ("a", "b")]
    rows = [organisations.organisation(one) if one else None for one in asked]
    if any(row and row.merged_into for row in rows):
        kept = [row.merged_into or row.id if row else None for row in rows]
        return redirect(url_for("network.compare", a=kept[0], b=kept[1]))
    first, second = rows
    wrong = ""
    if any(one and not row for one, row in zip(asked, rows, strict=True)):
        wrong = _("Une de ces organisations n’est pas dans l’annuaire. Choisissez-en deux de la liste.")
    elif first and second and first.id == second.id:
        wrong = _("C’est deux fois la même organisation. Choisissez-en une autre à mettre à côté.")
    if not (first and second) or wrong:
        return choose(asked, wrong), 422 if wrong else 200
    sides = comparing.sides(me(), *comparing.pair(first.id, second.id))
    points = comparing.compare(*sides)
    return render_template(
        "network/compare.html", sides=sides, points=points, meetings=comparing.meetings(*sides), asked=asked,
        offered=directory.houses(locale()[:2]), common=[p for p in points if p.both], wrong="",
    )  # fmt: skip


def choose(asked: list[str], wrong: str = "") -> str:
    return render_template(
        "network/compare.html", sides=None, asked=asked, offered=directory.houses(locale()[:2]), wrong=wrong
    )
