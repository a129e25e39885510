"""A person withdraws her words or her picture: a page that says what will go, and the act."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from adapters import storage
from blueprints import fragments, gate, jobs
from blueprints.fiches import bp
from blueprints.fiches.choices import item_words
from blueprints.fiches.loading import by_ref
from blueprints.gate import needs
from models.deliveries import Job
from models.dossiers import Dossier
from models.fiche import questions
from models.fiche.content import normal
from models.fiche.erasing import erase, find_item
from models.fiche.fiche import Fiche
from models.fiche.journal import erased
from models.store import checkpoint, db, writing


def _item(fiche: Fiche) -> tuple[str, str, dict[str, Any]]:
    item_id = str((request.view_args or {})["item"])
    found = find_item(normal(fiche.content), item_id)
    if found is None and item_id in erased(fiche.id):  # the act, or the page before it, once more
        flash(_("C’est déjà effacé, ici et dans toutes les versions."), "ok")
        abort(redirect(url_for("fiches.edit", ref=fiche.ref), 303))
    if found is None:
        abort(404)
    return (item_id, *found)


@bp.get("/<ref>/erase/<item>")
@needs("fiche.edit", by_ref, see="fiche.see", into="fiche")
def erase_page(fiche: Fiche) -> str:
    item_id, key, item = _item(fiche)
    made = db.session.scalars(select(Dossier).where(Dossier.sha256.is_not(None)))
    count = sum(d.fiche_id == fiche.id or fiche.id in (d.fiches or []) for d in made)
    words = item_words(questions.leaves()[key], item)
    return render_template(
        "fiches/erase.html",
        fiche=fiche,
        item_id=item_id,
        words=words,
        count=count,
        part=questions.part_of()[key],
    )


@bp.post("/<ref>/erase/<item>")
@needs("fiche.edit", by_ref, see="fiche.see", into="fiche")
def erase_item(fiche: Fiche) -> Any:
    item_id, key, _value = _item(fiche)
    who, ref = gate.person(), fiche.id
    assert who is not None
    try:
        with writing():
            erase(db.session.get_one(Fiche, ref), item_id, who)
    except LookupError:  # two at once: the other one did it
        _item(db.session.get_one(Fiche, ref))
    fragments.forget()
    jobs.wake()
    flash(_("Effacé, ici et dans toutes les versions. Les prochains dossiers ne le contiendront plus."), "ok")
    return redirect(url_for("fiches.edit", ref=ref, part=questions.part_of()[key]), 303)


@jobs.does("erase-files")
def erase_files(job: Job) -> None:
    """Delete files that nothing names any more, and what the database's journal still holds of the text."""
    folder = Path(current_app.config["INSTANCE"]) / "files"
    for digest in job.payload["files"]:
        if storage.exists(folder, digest):
            storage.remove(folder, digest)
    if not any(checkpoint() for _attempt in range(5)):
        raise RuntimeError("the write-ahead log could not be emptied: somebody was reading all the time")
