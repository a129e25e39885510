"""Files of a circle: put there, followed by other versions, taken along; nothing is ever opened inside the site."""

from __future__ import annotations

import re
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from adapters import storage
from adapters.papers import ACCEPT
from blueprints import papers
from blueprints.accounts.own import me
from blueprints.addresses import circle_href
from blueprints.gate import needs
from blueprints.notes import files_bp as bp
from blueprints.notes import loading
from blueprints.once import once
from models import filing
from models.circles import Circle
from models.files import CircleFile, FileVersion
from models.filing import BadFile, Sent
from models.people import Person
from models.store import db, writing


def address(file: CircleFile, endpoint: str = "files.show", **more: Any) -> str:
    return url_for(endpoint, circle_code=file.circle.code, file_id=file.id, **more)


def taken() -> Sent:
    """The file of this request, kept. Raises BadFile."""
    try:
        paper, name = papers.posted(office=True)
    except papers.BadPaper as bad:
        raise BadFile("file", bad) from None
    except storage.NoRoom:
        raise BadFile("file", _("Le site n’a plus de place pour les fichiers. Prévenez le secrétariat, puis recommencez.")) from None  # fmt: skip
    return Sent(paper.sha256, name, paper.media_type, len(paper.data))


def said() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in ("title", "about", "words")}


@bp.get("/<circle_code>/files")
@needs("work.see", loading.circle, into="circle")
def of_circle(circle: Circle) -> Any:
    """Both lists stand on one page."""
    return redirect(url_for("notes.of_circle", circle_code=circle.code, _anchor="fichiers"))


@bp.route("/<circle_code>/files/new", methods=["GET", "POST"])
@needs("work.write", loading.circle, see="work.see", into="circle", uploads=True)
def new(circle: Circle) -> Any:
    if request.method == "GET":
        return new_page(circle)
    circle_id, who = circle.id, me()
    try:
        words = filing.checked(**said())
        sent = taken()
    except BadFile as bad:
        return new_page(circle, bad, 422)
    file = once(
        lambda: filing.add(db.session.get_one(Circle, circle_id), db.session.get_one(Person, who.id), sent, words),
        address, sent.sha256,
    )  # fmt: skip
    flash(_("Le fichier est déposé. Les versions suivantes se rangeront avec lui."), "ok")
    return redirect(address(file), 303)


def new_page(circle: Circle, bad: BadFile | None = None, status: int = 200) -> Any:
    return render_template("notes/file_new.html", circle=circle, bad=bad, said=said(), accept=ACCEPT), status


@bp.get("/<circle_code>/files/<file_id>")
@needs("file.see", loading.file, into="file")
def show(file: CircleFile) -> Any:
    return file_page(file)


def file_page(file: CircleFile, bad: BadFile | None = None, status: int = 200) -> Any:
    gone = db.session.get(Person, file.removed_by) if file.removed_by else None
    return render_template(
        "notes/file.html", file=file, versions=filing.versions(file.id), bad=bad, said=said(), accept=ACCEPT, gone=gone, href=circle_href(file.circle)
    ), status  # fmt: skip


@bp.post("/<circle_code>/files/<file_id>/versions")
@needs("file.keep", loading.file, see="file.see", into="file", uploads=True)
def add_version(file: CircleFile) -> Any:
    """Another version beside those that are there; whoever sends at the same time adds one too."""
    file_id, who, before = file.id, me(), file.rev
    try:
        words = filing.checked("", "", request.form.get("words", ""))["words"]
        sent = taken()
    except BadFile as bad:
        return file_page(db.session.get_one(CircleFile, file_id), bad, 422)
    with writing():
        file = db.session.get_one(CircleFile, file_id)
        rev = filing.add_version(file, db.session.get_one(Person, who.id), sent, words)
    if rev == before:
        flash(_("C’est le même fichier que la version %(n)s. Rien n’est changé.", n=rev), "wait")
    else:
        flash(_("La version %(n)s est déposée. Les autres restent là.", n=rev), "ok")
    return redirect(address(db.session.get_one(CircleFile, file_id)), 303)


@bp.get("/<circle_code>/files/<file_id>/versions/<int:rev>")
@needs("file.see", loading.file, into="file")
def download(file: CircleFile) -> Any:
    """Any version, under the title of the file and its number."""
    rev = (request.view_args or {})["rev"]
    row = db.session.scalar(select(FileVersion).where(FileVersion.file_id == file.id, FileVersion.rev == rev))
    if row is None:
        abort(404)
    version = f" v{rev}" if file.rev > 1 else ""
    return papers.download(row.sha256, row.media_type, re.sub(r"[/\\]+", "-", file.title), version)


@bp.route("/<circle_code>/files/<file_id>/remove", methods=["GET", "POST"])
@needs("file.keep", loading.file, see="file.see", into="file")
def remove(file: CircleFile) -> Any:
    """Asks first; what was taken away can come back for a while."""
    if request.method == "GET":
        return render_template("notes/file_remove.html", file=file)
    file_id, who, code = file.id, me(), file.circle.code
    with writing():
        filing.remove(db.session.get_one(CircleFile, file_id), db.session.get_one(Person, who.id))
    back = url_for("files.bring_back", circle_code=code, file_id=file_id)
    flash({"text": _("Le fichier est retiré. Il peut revenir pendant 30 jours."), "action": back, "label": _("Le remettre")}, "ok")  # fmt: skip
    return redirect(url_for("notes.of_circle", circle_code=code), 303)


@bp.post("/<circle_code>/files/<file_id>/return")
@needs("file.keep", loading.file, see="file.see", into="file")
def bring_back(file: CircleFile) -> Any:
    file_id, who = file.id, me()
    with writing():
        filing.bring_back(db.session.get_one(CircleFile, file_id), db.session.get_one(Person, who.id))
    flash(_("Le fichier est de nouveau là."), "ok")
    return redirect(address(db.session.get_one(CircleFile, file_id)), 303)
