"""Remarks on a proposal: made by the circle and its guests, also from a device that sends late; answered by who leads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import abort, flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _

from blueprints import jobs, shell
from blueprints.accounts.own import me
from blueprints.fiches.loading import typed, uuid_of
from blueprints.gate import can, needs
from blueprints.meetings import loading
from blueprints.minutes import bp
from blueprints.minutes.reading import newest, page
from models import remarks
from models.fiche.kinds import clean
from models.fiche.saving import Reused
from models.meetings import Meeting
from models.minutes import MinutesComment
from models.people import Person
from models.remarks import BadRemark, Late, Remark
from models.store import db, new_id, writing
from models.taking import Taken
from models.workflow import Refused


def of_comment(meeting_code: str, comment_id: str) -> Meeting | None:
    """The meeting, where this was remarked on its minutes."""
    found = db.session.get(MinutesComment, comment_id)
    return found.minutes.meeting if found and found.minutes.meeting.code == meeting_code else None


@bp.post("/minutes/comments")
@needs("minutes.see", loading.meeting, into="meeting")
def remark(meeting: Meeting) -> Any:
    """303 to the page with the remark in it, or JSON for a device. Who only reads what was approved says nothing here."""
    if not can("meeting.papers", meeting):
        abort(403)
    form, late = typed(), shell.wants_json()
    version = form.get("schema_version", "")
    if version.isdecimal() and len(version) < 6 and int(version) < remarks.OLDEST:
        return shell.error_answer(426, name="client_too_old")
    if late and uuid_of(form.get("op_id")) is None:
        return jsonify({"errors": {"op_id": _("Il manque le numéro de l’envoi. Ouvrez la page à nouveau.")}, "op_id": ""}), 422  # fmt: skip
    said = Remark(
        clean(form.get("text", "")) or "",
        uuid_of(form.get("op_id")) or new_id(),
        form.get("item", "")[:36],
        late,
    )
    view, who, code = newest(meeting), me(), meeting.code
    try:
        with writing():
            kept = remarks.remark(view.row.id, db.session.get_one(Person, who.id), said)
    except (BadRemark, Late) as wrong:
        return refused(meeting, said, wrong)
    except Reused:
        return jsonify({"error": "op_reused", "op_id": said.op_id}), 422
    return arrived(code, kept, late)


def arrived(code: str, kept: Taken, late: bool) -> Any:
    """It stands. The address is another one than that of the page, so that a page that posted it is loaded again."""
    comment_id = kept.receipt["id"]
    url = url_for("minutes.show", meeting_code=code, remark=comment_id, _anchor=f"remarque-{comment_id}")
    if not late:
        flash(_("Votre remarque est arrivée. Le groupe la lit ici."), "ok")
        return redirect(url, 303)
    return shell.receipt({**kept.receipt, "url": url}, replayed=kept.replayed)


def refused(meeting: Meeting, said: Remark, wrong: BadRemark | Late) -> Any:
    """The same page again, with every word of the remark; or JSON."""
    over = isinstance(wrong, Late)
    sentence = _("Le temps des remarques est passé. Écrivez à la personne qui tient le procès-verbal.") if over else str(wrong)  # fmt: skip
    if said.late and over:
        return jsonify({"error": "late", "sentence": sentence, "op_id": said.op_id}), 409
    if said.late:
        return jsonify({"errors": {getattr(wrong, "field", "text"): sentence}, "op_id": said.op_id}), 422
    view = newest(db.session.get_one(Meeting, meeting.id))
    return page(replace(view, typed=(said.item_id, said.text, sentence, said.op_id)), 409 if over else 422)


@bp.post("/minutes/comments/<comment_id>/answer")
@needs("minutes.lead", of_comment, see="minutes.see", into="meeting")
def answer(meeting: Meeting) -> Any:
    """Taken into the text, or declined with a word."""
    comment_id, who, code = (request.view_args or {})["comment_id"], me(), meeting.code
    state, words = request.form.get("state", ""), clean(request.form.get("words", "")) or ""
    try:
        with writing():
            comment = db.session.get_one(MinutesComment, comment_id)
            done = remarks.answer(comment, state, words, db.session.get_one(Person, who.id))
    except Refused as bad:
        view = newest(db.session.get_one(Meeting, meeting.id))
        return page(replace(view, wrong=(comment_id, words, str(bad))), 422)
    jobs.wake()
    if done:
        flash(_("Votre réponse est gardée. La personne la reçoit par courriel."), "ok")
    else:
        flash(_("Cette remarque avait déjà une réponse. Elle reste comme elle est."), "wait")
    return redirect(url_for("minutes.show", meeting_code=code, _anchor=f"remarque-{comment_id}"), 303)
