"""Two pages for one organisation: look at what would become of them, then make them one."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints.accounts.own import me
from blueprints.gate import needs
from blueprints.look import locale
from blueprints.network import bp
from blueprints.network.forms import OrganisationForm
from models import merging, names, organisations
from models.merging import CannotMerge
from models.organisations import Organisation, organisation
from models.people import Person
from models.store import db, writing

OFFERED = 20


@bp.get("/organisations/<organisation_id>/merge")
@needs("directory.keep", organisation, see="directory.see", into="row")
def merge(row: Organisation) -> Any:
    """Choose the one that stays, then read what would move."""
    if row.merged_into:
        return redirect(url_for("network.show", organisation_id=row.merged_into))
    return merge_page(row, organisation(request.args.get("with", "")[:36]))


def merge_page(row: Organisation, kept: Organisation | None, error: Any = "") -> Any:
    """The choice, or the preview."""
    words = request.args.get("q", "").strip()[:200]
    if kept and not error:
        try:
            merging.check_organisations(kept, row)
        except CannotMerge as refused:
            kept, error = None, str(refused)
    found = [one for one in organisations.found(words, language=locale()[:2]) if one != row.id]
    labels = OrganisationForm()
    page = render_template(
        "network/merge.html", row=row, kept=kept, words=words, error=error, total=len(found),
        offered=names.in_order(Organisation, found[:OFFERED]) if kept is None else [],
        filled=as_read(merging.filled(row, kept), labels) if kept else [],
        lost=as_read(merging.lost(row, kept), labels) if kept else [],
    )  # fmt: skip
    return page, 422 if error else 200


def as_read(texts: dict[str, str], labels: OrganisationForm) -> list[tuple[str, str]]:
    """(label, text) with the words of codes."""
    out = []
    for name, text in texts.items():
        offered = dict(getattr(labels[name], "offered", ()))
        out.append((str(labels[name].label.text), offered.get(text, text)))
    return out


@bp.post("/organisations/<organisation_id>/merge")
@needs("directory.keep", organisation, see="directory.see", into="row")
def do_merge(row: Organisation) -> Any:
    who, gone_id = me(), row.id
    try:
        with writing():
            row = db.session.get_one(Organisation, gone_id)
            kept = merging.check_organisations(organisation(request.form.get("with", "")[:36]), row)
            merging.merge_organisations(row, kept, db.session.get_one(Person, who.id))
            kept_id = kept.id
    except CannotMerge as refused:
        row = db.session.get_one(Organisation, gone_id)
        if row.merged_into:
            return redirect(url_for("network.show", organisation_id=row.merged_into), 303)
        return merge_page(row, None, str(refused))
    flash(_("Les deux pages n’en font plus qu’une."), "ok")
    return redirect(url_for("network.show", organisation_id=kept_id), 303)
