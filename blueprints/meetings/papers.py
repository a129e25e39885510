"""What hangs on an item: fiches, candidates, documents. A document is a PDF or a picture that was put here."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _

from blueprints import jobs, papers
from blueprints.accounts.own import me
from blueprints.gate import needs
from blueprints.meetings import bp, loading
from blueprints.meetings.agenda import item_page
from blueprints.meetings.forms import item_form
from models import organisations, planning
from models.agenda import AgendaItem, AgendaLink
from models.attachments import attach, attached
from models.fiche.fiche import find
from models.fiche.kinds import clean
from models.meetings import Meeting
from models.people import Person
from models.rights import can
from models.store import db, writing


class BadPaper(ValueError):
    """What was given cannot hang here; str() is a sentence with the remedy."""


@bp.post("/<meeting_code>/agenda/<item_id>/papers")
@needs("meeting.edit", loading.of_item, see="meeting.see", into="meeting", uploads=True)
def add_paper(meeting: Meeting) -> Any:
    """One of three: `fiche` (a number or an address), `candidate` (a name), `file`."""
    item, who, code = loading.item(), me(), meeting.code
    kind = request.form.get("kind", "")
    try:
        what = {"fiche": fiche, "candidate": candidate, "document": document}.get(kind, nothing)(who)
    except (BadPaper, papers.BadPaper) as bad:
        return item_page(meeting, item_form(item), 422, item=item, paper=(kind, str(bad)))
    meeting_id, item_id = meeting.id, item.id
    facts = what.pop("facts", None)
    with writing():
        item, by = db.session.get_one(AgendaItem, item_id), db.session.get_one(Person, who.id)
        if facts:
            attach(
                "meeting",
                meeting_id,
                facts["sha256"],
                by.id,
                **{k: v for k, v in facts.items() if k != "sha256"},
            )
            row = attached("meeting", meeting_id, facts["sha256"])
            what["attachment_id"] = row.id if row else None
        hung = planning.attach_link(item, kind, by, **what)
    if hung is None:
        flash(_("Ce point a déjà %(n)s pièces. Retirez-en une d’abord.", n=planning.MOST_LINKS), "wait")
    else:
        flash(_("C’est joint au point."), "ok")
    return redirect(url_for("meetings.edit_item", meeting_code=code, item_id=item_id, _anchor="pieces"), 303)


def nothing(_who: Person) -> dict[str, Any]:
    raise BadPaper(_("Choisissez une fiche, un nom ou un document."))


def fiche(who: Person) -> dict[str, Any]:
    """A fiche that who adds it may read, by its number or its address."""
    ref = (clean(request.form.get("fiche", ""), lines=False) or "").rstrip("/").rpartition("/")[2]
    row = find(ref.upper() if ref.lower().startswith("f-") else ref) if ref else None
    if row is None or not can(who, "fiche.see", row):
        raise BadPaper(_("Nous ne trouvons pas cette fiche. Écrivez son numéro, par exemple F-2016-002."))
    return {"fiche_id": row.id}


def candidate(_who: Person) -> dict[str, Any]:
    """An organisation of the directory by its name; a name that it has not stays a name."""
    name = clean(request.form.get("candidate", ""), lines=False) or ""
    if not name or len(name) > 200:
        raise BadPaper(_("Écrivez le nom d’une personne ou d’une organisation, en 200 signes au plus."))
    known = organisations.named(name)
    return {"organisation_id": known.id} if known else {"title": name}


def document(_who: Person) -> dict[str, Any]:
    """A PDF as it is, a picture encoded anew."""
    paper, name = papers.posted()
    title = clean(request.form.get("title", ""), lines=False) or PurePath(name).stem
    return {"title": (title or _("Document"))[:200], "facts": paper.facts}


@bp.post("/<meeting_code>/papers/<link_id>/remove")
@needs("meeting.edit", loading.of_link, see="meeting.see", into="meeting")
def remove_paper(meeting: Meeting) -> Any:
    link, who, code = loading.link(), me(), meeting.code
    item_id = link.item_id
    with writing():
        planning.drop_link(db.session.get_one(AgendaLink, link.id), db.session.get_one(Person, who.id))
    jobs.wake()
    flash(_("La pièce est retirée."), "ok")
    return redirect(url_for("meetings.edit_item", meeting_code=code, item_id=item_id, _anchor="pieces"), 303)


@bp.get("/<meeting_code>/documents/<link_id>")
@needs("meeting.papers", loading.of_link, see="meeting.see", into="meeting")
def paper(meeting: Meeting) -> Any:
    """The file, to keep: never opened inside the site."""
    link = loading.link()
    row = link.attachment
    if row is None:
        abort(404)
    return papers.download(row.sha256, row.media_type, f"{meeting.code} {link.title or ''}")
