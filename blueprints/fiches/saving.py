"""The one endpoint that changes a fiche: an ordinary form post, now or late, answered as a page or as JSON."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from blueprints import gate, jobs, shell
from blueprints.fiches import bp, uploads
from blueprints.fiches.choices import as_json, choice_page
from blueprints.fiches.forms import FormView, field_id, next_part, steps
from blueprints.fiches.loading import by_ref, moment_of, typed, uuid_of
from blueprints.gate import needs
from models.companions import helped_by
from models.editions import open_call
from models.fiche import posting, questions
from models.fiche.content import Content, blank, get, normal, put
from models.fiche.fiche import Fiche
from models.fiche.kinds import clean
from models.fiche.saving import Clash, NoRight, Op, Reused, Saved
from models.fiche.saving import save as save_fiche
from models.people import Person
from models.store import db, new_id, writing

OLDEST_SCHEMA = 1  # a client that knows less is asked to load the page again (426)


@bp.post("/")
@needs("fiche.create", uploads=True)
def create() -> Any:
    return _save(None)


@bp.post("/<ref>")
@needs("fiche.see", by_ref, into="fiche", uploads=True)
def save(fiche: Fiche) -> Any:
    if not gate.can("fiche.edit", fiche):
        abort(403)
    return _save(fiche)


def _save(fiche: Fiche | None) -> Any:
    form = typed()
    if posting.schema_of(form) < OLDEST_SCHEMA:
        return shell.error_answer(426, name="client_too_old")
    late, op_id = shell.wants_json(), uuid_of(form.get("op_id"))
    if late and op_id is None:  # without its name, a retry would be a second effect
        return jsonify(
            {"errors": {"op_id": _("Il manque le numéro de l’envoi. Ouvrez la page à nouveau.")}}
        ), 422
    who = gate.person()
    assert who is not None
    who_id = who.id
    bad_pictures = uploads.take(form, who_id)
    posted = posting.read(form)
    verb, key, which = _act(form)
    if verb in ("up", "down", "remove") and key in posted.values:
        which = _place(form, posted, key, which)
        here: Content = {}
        put(here, key, posted.values[key])
        here, focus = posting.act(here, verb, key, which)
        posted.values[key] = get(here, key)
    else:
        focus = ""
    errors = {**posted.errors, **bad_pictures}
    if fiche is None and not posted.values.get("titre") and "titre" not in errors:
        errors["titre"] = _("Donnez un titre à votre action. Vous pourrez le changer.")
    if errors:
        return _invalid(fiche, form, errors)
    if late and (missing := uploads.missing(posted, fiche, who_id)):
        return jsonify({"error": "missing_files", "files": missing, **shell.echo()}), 424
    op = Op(
        op_id=op_id or new_id(), base=form.get("base", ""), posted=posted,
        transition=verb[len("do:") :] if verb.startswith("do:") else None, begun_at=moment_of(form.get("begun_at")),
        late=late, owner=form.get("pour", "")[:36], instead=uuid_of(form.get("instead")) or "",
    )  # fmt: skip
    return _do(fiche, op, form, (verb, key, focus))


def _do(fiche: Fiche | None, op: Op, form: MultiDict[str, str], then: tuple[str, str, str]) -> Any:
    who = gate.person()
    assert who is not None
    who_id, before = who.id, fiche.rev if fiche else 0
    try:
        with writing():
            outcome = save_fiche(fiche.id if fiche else None, who, op)
            if isinstance(outcome, Saved):
                uploads.note(outcome.receipt["id"], who_id)
    except Reused as reused:
        if not op.late:
            return _used(fiche, form)
        return jsonify({"error": "op_reused", "held": reused.held, **shell.echo()}), 422
    except NoRight as lost:
        return shell.error_answer(403 if lost.seen else 404)
    except LookupError:
        return shell.error_answer(404)
    if isinstance(outcome, Clash):
        if op.late:
            return jsonify(as_json(outcome, op.op_id)), 409
        return choice_page(outcome), 409
    jobs.wake()
    target = _target(outcome, form, then)
    if op.late:
        return _json(outcome, target)
    _say(outcome, then, before)
    return redirect(target, 303)


def _json(saved: Saved, target: str) -> Any:
    """The receipt, with where a page would have gone (`next`) and what the fiche is called now."""
    ref = saved.receipt["id"]
    title = db.session.get_one(Fiche, ref).title
    receipt = {**saved.receipt, "url": url_for("fiches.show", ref=ref), "next": target, "title": title}
    return shell.receipt(receipt, replayed=saved.replayed)


def _target(saved: Saved, form: MultiDict[str, str], then: tuple[str, str, str]) -> str:
    """Where one goes after saving: the next part, the fiche, or back to the same place."""
    receipt, (verb, key, focus) = saved.receipt, then
    ref, part = receipt["id"], _part(form)
    if "refused" in receipt and receipt["refused"]["errors"]:
        return url_for("fiches.check", ref=ref)
    if "refused" in receipt or verb.startswith("do:") or verb == "later":
        return url_for("fiches.show", ref=ref)
    if verb == "add":
        anchor = field_id(f"{key}.neuf") if questions.leaves()[key].kind == "items" else field_id(key)
        return url_for("fiches.edit", ref=ref, part=part, add=key, _anchor=anchor)
    if verb in ("up", "down", "remove"):
        return url_for("fiches.edit", ref=ref, part=part, _anchor=field_id(focus or key))
    if verb != "next":
        return url_for("fiches.edit", ref=ref, part=part)
    following = next_part(part)
    return (
        url_for("fiches.edit", ref=ref, part=following.key) if following else url_for("fiches.check", ref=ref)
    )


def _say(saved: Saved, then: tuple[str, str, str], before: int) -> None:
    """What the next page says of it."""
    receipt, verb, ref = saved.receipt, then[0], saved.receipt["id"]
    if "refused" in receipt:
        if not receipt["refused"]["errors"]:
            flash(receipt["refused"]["error"], "bad")
        return
    if verb.startswith("do:"):
        from blueprints.fiches.routes import said

        flash(said(verb[len("do:") :], db.session.get_one(Fiche, ref)), "ok")
        return
    if receipt["merged"]:
        flash(_("Quelqu’un d’autre a écrit en même temps. Vos réponses et les siennes sont réunies."), "ok")
    if verb == "later":
        flash(_("Gardé. Vous pouvez continuer plus tard."), "ok")
    if verb == "remove" and receipt["rev"] > before > 0:
        shell.flash_undo(_("Retiré."), url_for("fiches.restore", ref=ref, rev=before), _("Le remettre"))


def _invalid(fiche: Fiche | None, form: MultiDict[str, str], errors: dict[str, Any]) -> Any:
    """The same page again, errors beside the fields, every word kept."""
    if shell.wants_json():
        return jsonify({"errors": {k: str(v) for k, v in errors.items()}, **shell.echo()}), 422
    key = _part(form)
    view = FormView(questions.part(key), form, errors=errors, fiche=fiche)
    content = normal(fiche.content) if fiche else blank()
    page = render_template(
        "fiches/edit.html", view=view, fiche=fiche, steps=steps(fiche, content, key), op_id=uuid_of(form.get("op_id")) or new_id(),
        base=form.get("base"), call=None if fiche else open_call(), helped=[] if fiche else helped_by(gate.person() or Person()),
    )  # fmt: skip
    return page, 422


def _used(fiche: Fiche | None, form: MultiDict[str, str]) -> Any:
    """The name of this operation is taken by another: the same page again, with a new one, to be sent once more."""
    flash(
        _("Cette page avait déjà servi. Votre texte est ici\u00a0: relisez-le, puis gardez-le à nouveau."),
        "bad",
    )
    form.setlist("op_id", [new_id()])
    return _invalid(fiche, form, {})


def _part(form: MultiDict[str, str]) -> str:
    """The part that the form showed; the first where it names none that we know."""
    known = [p.key for p in questions.PARTS]
    return next((key for key in form.getlist("part") if key in known), known[0])


def _act(form: MultiDict[str, str]) -> tuple[str, str, str]:
    """What the pressed button says: ("next", "", ""), ("up", key, which), ("do:submit", "", "")…"""
    text = form.get("act", "")
    if text.startswith("do:"):
        return text[:40], "", ""
    verb, _sep, rest = text.partition(":")
    key, _sep, which = rest.rpartition(":") if verb != "add" else (rest, "", "")
    if verb in ("up", "down", "remove", "add") and key not in questions.leaves():
        return "stay", "", ""
    return verb, key, which


def _place(form: MultiDict[str, str], posted: posting.Posted, key: str, which: str) -> str:
    """Where the line of a button stands among the lines that were kept: empty ones before it are gone by now."""
    if questions.leaves()[key].kind != "lines":
        return which
    raw, kept = form.getlist(key), posted.values[key]
    at = int(which) if which.isdecimal() and len(which) < 5 else len(raw)
    text = clean(raw[at], lines=False) if at < len(raw) else None
    return str(kept.index(text)) if text in kept else ""
