"""Saying what one thinks of a candidature: one form, and its JSON for a device that sends late."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import formats, jobs, shell
from blueprints.accounts.own import me
from blueprints.fiches.loading import typed, uuid_of
from blueprints.gate import needs
from blueprints.widening import bp, loading
from models import opinions, widening
from models.fiche.saving import Reused
from models.opinions import BadOpinion, NoVoice, Said
from models.store import new_id
from models.taking import Closed, Taken
from models.widening import OBJECTS, Case


@bp.get("/widening/<case_code>/opinion")
@needs("widening.say", loading.case, see="widening.see", into="case")
def opinion(case: Case) -> Any:
    return page(case)


def page(case: Case, status: int = 200, errors: dict[str, str] | None = None) -> Any:
    form, mine, closed = (typed() if request.method == "POST" else None), widening.opinion_of(case.id, me().id), opinions.closed(case)  # fmt: skip
    answer = render_template(
        "widening/opinion.html", case=case, mine=mine, errors=errors or {}, closed=opinions.WHY[closed] if closed else "", author=me().id,
        op_id=uuid_of(form.get("op_id") if form else "") or new_id(), base=form.get("base", "") if form else f"at:{opinions.stamp(mine.at if mine else None)}",
        reason=form.get("reason", "") if form else (mine.reason or "" if mine else ""), objects=OBJECTS,
    )  # fmt: skip
    return answer, status


@bp.post("/widening/<case_code>/opinion")
@needs("widening.say", loading.case, see="widening.see", into="case")
def say(case: Case) -> Any:
    form, late, code = typed(), shell.wants_json(), case.code
    schema = form.get("schema_version", "")
    if schema.isdecimal() and len(schema) < 6 and int(schema) < opinions.OLDEST:
        return shell.error_answer(426, name="client_too_old")
    op_id = uuid_of(form.get("op_id"))
    if late and op_id is None:
        return refused(case, {"op_id": _("Il manque le numéro de l’envoi. Ouvrez la page à nouveau.")})
    kind, _sep, number = form.get("base", "").partition(":")
    base = int(number) if kind == "at" and number.isdecimal() and len(number) < 16 else None
    said = Said(form.get("opinion", "")[:10], op_id or new_id(), form.get("reason", ""), base, late)
    try:
        done = opinions.say(case.id, me(), said)
    except BadOpinion as bad:
        return refused(case, {bad.field: str(bad)})
    except Reused:
        return jsonify({"error": "op_reused", "op_id": said.op_id}), 422
    except NoVoice:
        return shell.error_answer(404)
    except Closed as over:
        if late:
            return jsonify({"error": over.reason, "sentence": str(opinions.WHY[over.reason]), "op_id": said.op_id}), 409  # fmt: skip
        return page(case, 409)
    jobs.wake()
    url = url_for("widening.opinion", case_code=code)
    if late:
        return as_json(done, url)
    if done.replaced and not done.replayed:
        flash(told(done), "wait")
    return redirect(url, 303)


def refused(case: Case, errors: dict[str, str]) -> Any:
    """The same page again, the sentence beside the field, every word kept."""
    if shell.wants_json():
        return jsonify({"errors": errors, "op_id": request.form.get("op_id", "")[:36]}), 422
    return page(case, 422, errors)


def as_json(done: Taken, url: str) -> Any:
    receipt = {**done.receipt, "url": url}
    if done.replaced:
        receipt["sentence"] = told(done)
    return shell.receipt(receipt, replayed=done.replayed)


def told(done: Taken) -> str:
    """That this opinion took the place of another one of the same person."""
    before = done.replaced or {}
    when = formats.moment(datetime.fromisoformat(before["at"]))
    return _("Vous aviez déjà parlé d’un autre appareil (%(when)s). Votre avis, arrivé ensuite, remplace celui-là.", when=when)  # fmt: skip
