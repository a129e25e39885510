"""Earlier versions of a fiche: see, compare, go back. Going back is a new version; nothing is lost by it."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import gate
from blueprints.fiches import bp
from blueprints.fiches.choices import sides, words
from blueprints.fiches.loading import by_ref
from blueprints.gate import needs
from models.fiche import questions
from models.fiche.content import REASONS, Content, changed, get, has_answer, normal
from models.fiche.fiche import Fiche, revision, revisions
from models.fiche.journal import erased
from models.fiche.merge import without
from models.fiche.question import Question
from models.fiche.saving import store
from models.store import db, writing


@bp.get("/<ref>/history")
@needs("fiche.edit", by_ref, see="fiche.see", into="fiche")
def history(fiche: Fiche) -> str:
    rows = revisions(fiche)
    contents = [normal(r.content) for r in rows]
    known = questions.leaves()
    entries = []
    for row, now, before in zip(rows, contents, [*contents[1:], None], strict=True):
        keys = changed(now, before) if before else []
        entries.append((row, [known[k].label if k in known else k for k in keys[:6]], len(keys)))
    return render_template("fiches/history.html", fiche=fiche, entries=entries)


def _rev() -> int:
    text = str((request.view_args or {})["rev"])
    return int(text) if text.isdecimal() and len(text) < 9 else 0


@bp.get("/<ref>/history/<rev>")
@needs("fiche.edit", by_ref, see="fiche.see", into="fiche")
def compare(fiche: Fiche) -> str:
    """What this version changed against the one before, question by question."""
    row = revision(fiche, _rev())
    if row is None:
        abort(404)
    before = revision(fiche, row.rev - 1)
    now, then = normal(row.content), normal(before.content if before else {})
    known = questions.leaves()
    pairs = []
    for key in changed(now, then):
        if key in known:
            new, old = sides(said(known[key], now), said(known[key], then))
            pairs.append((known[key], new, old))
    return render_template("fiches/compare.html", fiche=fiche, row=row, pairs=pairs)


def said(q: Question, content: Content) -> str:
    """The answer in words, and why there is none where that was written."""
    why = (content.get(REASONS) or {}).get(q.key)
    parts = [] if why and not has_answer(content, q) else [words(q, get(content, q.key))]
    return "\n".join([*parts, *([_("Je ne sais pas encore : %(why)s", why=why)] if why else [])])


@bp.post("/<ref>/history/<rev>/restore")
@needs("fiche.edit", by_ref, see="fiche.see", into="fiche")
def restore(fiche: Fiche) -> Any:
    who, rev, ref = gate.person(), _rev(), fiche.id
    with writing():
        fiche = db.session.get_one(Fiche, ref)
        row = revision(fiche, rev)
        if row is None:
            abort(404)
        content = without(normal(row.content), erased(ref))
        if changed(content, normal(fiche.content)):
            store(fiche, content, who, None)
    flash(_("Remis comme avant. La version d’entre-temps reste dans l’historique."), "ok")
    back = request.referrer or ""
    own = back.startswith(request.host_url) and f"/fiches/{ref}/edit/" in back
    return redirect(back if own else url_for("fiches.show", ref=ref), 303)
