"""The notes and files of a circle, and one search over everything that one may read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _

from blueprints.accounts.own import me
from blueprints.addresses import circle_href
from blueprints.alike import alike
from blueprints.gate import can, needs
from blueprints.notes import bp, loading
from models import filing, note_writing, work_search
from models.circles import Circle
from models.fiche.kinds import clean
from models.work_search import Found

ALL = 200  # of each; beyond it one searches


@dataclass(frozen=True)
class Search:
    """What somebody looks for, and what was found; circles: by id, where each thing lives."""

    words: str
    found: list[Found] = field(default_factory=list)
    circles: dict[str, Circle] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        return len(self.found) == work_search.MOST


def asked() -> str:
    return (clean(request.args.get("q", ""), lines=False) or "")[:200]


@bp.get("/<circle_code>/notes")
@needs("work.see", loading.circle, into="circle")
def of_circle(circle: Circle) -> Any:
    """Both lists on one page; ?q= looks in both."""
    words = asked()
    search = Search(words, work_search.find(words, [circle.id]), {circle.id: circle}) if words else None
    writes = can("work.write", circle)

    def read() -> dict[str, Any]:
        return {"notes": note_writing.notes_of(circle.id, ALL), "files": filing.files_of(circle.id, ALL)}

    return render_template(
        "notes/index.html",
        circle=circle,
        href=circle_href(circle),
        search=search,
        part=alike(("notes", circle.id), read, ("work.write", circle)),
        gone_notes=note_writing.removed_of(circle.id) if writes else [],
        gone_files=filing.removed_of(circle.id) if writes else [],
        writes=writes,
        most=ALL,
    )


@bp.get("/search")
@needs("circle.list")
def search() -> Any:
    """Every note and file that this person may read, whatever the circle."""
    words = asked()
    circles = work_search.circles_read(me()) if words else {}
    found = Search(words, work_search.find(words, list(circles)), circles)
    return render_template("notes/search.html", search=found, title=_("Notes et fichiers"))
