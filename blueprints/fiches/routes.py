"""Reading: the list, a fiche, what it still needs, its pictures, who writes it."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import lazyload, undefer

from adapters import storage
from blueprints import gate
from blueprints.fiches import bp, listing
from blueprints.fiches.forms import FormView, steps
from blueprints.fiches.loading import by_ref, typed
from blueprints.fiches.reading import Reading
from blueprints.fiches.uploads import files_folder
from blueprints.fragments import kept
from blueprints.gate import needs
from blueprints.look import locale
from blueprints.shell import DOWNLOAD_CSP
from models import register, workflow
from models.attachments import attached
from models.audit import events_of, record
from models.companions import follow, helped_by
from models.editions import open_call
from models.fiche import checks, exchange, questions, statistics
from models.fiche.content import blank, normal
from models.fiche.fiche import Fiche, FicheAuthor, changes, touch
from models.fiche.journal import held_here
from models.people import Person, by_email
from models.store import db, new_id, writing


@bp.get("/")
@needs("fiche.list")
def index() -> str:
    query = listing.Query.read(request.args)
    who = gate.person()
    assert who is not None
    key = ("list", who.id, who.role_names, locale(), changes(), query.page, *query.args().items())
    body = kept(
        key,
        lambda: Markup(render_template("fiches/list.html", page=listing.listing(who, query), query=query)),
    )
    return render_template("fiches/index.html", body=body)


@bp.get("/figures")
@needs("figures.see")
def figures() -> str:
    """Charts over what this person may read, each with its table, its base and its unknowns."""
    who = gate.person()
    assert who is not None
    query = listing.Query.read(request.args)
    rows = select(Fiche).where(Fiche.id.in_(listing.narrowed(who, query)), Fiche.state != "BRO")
    whole = (
        undefer(Fiche.content),
        lazyload(Fiche.authors),
        lazyload(Fiche.call),
    )  # one query for all answers
    fiches = list(db.session.scalars(rows.options(*whole)))
    ids = [f.id for f in fiches]
    return render_template(
        "fiches/figures.html",
        charts=statistics.charts(ids, locale()[:2]),
        totals=statistics.totals(fiches),
        base=len(ids),
        query=query,
    )


@bp.get("/new")
@needs("fiche.create")
def new() -> str:
    view = FormView.of(questions.PARTS[0], {**blank(), "langue": (gate.person() or Person()).language})
    return render_template(
        "fiches/edit.html",
        view=view,
        steps=steps(None, blank(), view.part.key),
        op_id=new_id(),
        call=open_call(),
        helped=helped_by(gate.person() or Person()),
    )


@bp.get("/<ref>")
@needs("fiche.see", by_ref, into="fiche")
def show(fiche: Fiche) -> str:
    who = gate.person()
    body, left = drawn(fiche, who)
    held = held_here(who.id, fiche.id) if who and gate.can("fiche.edit", fiche) else []
    events = [e for e in events_of("fiche", fiche.id) if e.act.removeprefix("fiche.") in workflow.TRANSITIONS]
    return render_template(
        "fiches/show.html", fiche=fiche, body=body, events=events, left=left,
        acts=workflow.possible(who, fiche), held=held, supports=register.supported_by(who, fiche) if who else [],
    )  # fmt: skip


def drawn(fiche: Fiche, who: Person | None) -> tuple[dict[str, Markup], int]:
    """(the pieces of the page that only the content decides, how many answers it still needs)."""
    near = Reading.is_near(fiche, who)

    def draw() -> tuple[dict[str, Markup], int]:
        module = current_app.jinja_env.get_template("fiches/sheet.html").make_module({"fiche": fiche})
        reading = Reading(fiche, who)
        pieces = {name: Markup(str(getattr(module, name)(reading, fiche))) for name in ("lead", "sheet")}
        return pieces, sum(p.left for p in checks.progress(reading.content))

    return kept(("fiche", fiche.id, fiche.rev, fiche.language, locale(), near), draw)


@bp.get("/<ref>/edit")
@bp.get("/<ref>/edit/<part>")
@needs("fiche.edit", by_ref, see="fiche.see", into="fiche")
def edit(fiche: Fiche) -> Any:
    content = normal(fiche.content)
    key = (request.view_args or {}).get("part") or next(
        (p.part.key for p in checks.progress(content) if p.left), questions.PARTS[0].key
    )
    try:
        part = questions.part(key)
    except KeyError:
        abort(404)
    found = [p for p in checks.problems(content) if p.part == part.key]
    asked = "check" in request.args or fiche.state == "CPL"
    view = FormView.of(
        part, content, fiche=fiche, adding=request.args.get("add", ""),
        problems={p.key: p for p in found if asked or p.clash},
    )  # fmt: skip
    return render_template(
        "fiches/edit.html",
        view=view,
        fiche=fiche,
        steps=steps(fiche, content, part.key),
        op_id=new_id(),
        left=len(found),
    )


@bp.get("/<ref>/check")
@needs("fiche.edit", by_ref, see="fiche.see", into="fiche")
def check(fiche: Fiche) -> str:
    content = normal(fiche.content)
    found = checks.problems(content)
    parts = [(p, [x for x in found if x.part == p.key]) for p in questions.PARTS]
    return render_template(
        "fiches/check.html", fiche=fiche, parts=[(p, x) for p, x in parts if x], total=len(found),
        acts=workflow.possible(gate.person(), fiche), Q=questions,
    )  # fmt: skip


@bp.get("/<ref>/export.<form>")
@needs("fiche.edit", by_ref, see="fiche.see", into="fiche")
def export(fiche: Fiche) -> Any:
    """The fiche as a file of our own format, with its pictures."""
    from blueprints.fiches.commands import images_of

    form = str((request.view_args or {})["form"])
    if form not in ("yaml", "json"):
        abort(404)
    answer = current_app.response_class(
        exchange.dump([fiche], form, images_of([fiche])), mimetype="application/octet-stream"
    )
    answer.headers["Content-Disposition"] = f"attachment; filename={fiche.ref}.{form}"
    answer.headers["Content-Security-Policy"] = DOWNLOAD_CSP
    return answer


@bp.get("/<ref>/pictures/<sha256>")
@needs("fiche.see", by_ref, into="fiche")
def picture(fiche: Fiche) -> Any:
    digest = str((request.view_args or {})["sha256"])
    row = attached("fiche", fiche.id, digest)
    if row is None or not storage.exists(files_folder(), digest):
        abort(404)
    if not Reading(fiche, gate.person()).may_show(digest):
        abort(404)
    answer = send_file(
        storage.path(files_folder(), digest), mimetype=row.media_type, max_age=0, conditional=False
    )
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Security-Policy"] = DOWNLOAD_CSP
    return answer


@bp.get("/<ref>/transitions/<name>")
@needs("fiche.see", by_ref, into="fiche")
def confirm(fiche: Fiche) -> str:
    """A page that asks first, for acts that a person may regret."""
    name = str((request.view_args or {})["name"])
    act = next((t for t in workflow.possible(gate.person(), fiche) if t.name == name), None)
    if act is None:
        abort(404)
    return render_template("fiches/confirm.html", fiche=fiche, act=act)


@bp.post("/<ref>/transitions/<name>")
@needs("fiche.see", by_ref, into="fiche")
def transition(fiche: Fiche) -> Any:
    who, name = gate.person(), str((request.view_args or {})["name"])
    rev = request.form.get("rev", "")
    assert who is not None
    ref, known = fiche.id, {t.name for t in workflow.possible(who, fiche)}
    if name not in workflow.TRANSITIONS:
        abort(404)
    if name not in known and not gate.can(workflow.TRANSITIONS[name].right, fiche):
        abort(403)
    try:
        with writing():
            fiche = db.session.get_one(Fiche, ref)
            workflow.apply(fiche, name, who, int(rev) if rev.isdecimal() and len(rev) < 10 else None)
    except workflow.Refused as refused:
        if refused.problems:
            return redirect(url_for("fiches.check", ref=ref), 303)
        flash(str(refused), "bad")
        return redirect(url_for("fiches.show", ref=ref), 303)
    from blueprints import jobs

    jobs.wake()
    flash(said(name, fiche), "ok")
    return redirect(url_for("fiches.show", ref=ref), 303)


def said(name: str, fiche: Fiche) -> str:
    """What the page says after an act."""
    return {
        "submit": _("Envoyée au comité. Elle porte le numéro %(n)s.", n=fiche.number),
        "retain": _("Retenue. Ses auteurs sont prévenus."),
        "publish": _("Publiée au catalogue. Ses auteurs sont prévenus."),
        "withdraw": _("Retirée. Elle n’est plus dans les listes ; vous pouvez la reprendre."),
        "reopen": _("Reprise. Elle est de nouveau un brouillon."),
    }.get(name, _("C’est fait."))


@bp.get("/<ref>/writers")
@needs("fiche.share", by_ref, see="fiche.see", into="fiche")
def writers(fiche: Fiche) -> str:
    return render_template("fiches/writers.html", fiche=fiche, error="", typed="")


@bp.post("/<ref>/writers")
@needs("fiche.share", by_ref, see="fiche.see", into="fiche")
def change_writers(fiche: Fiche) -> Any:
    """Add somebody who has an account, or take somebody away; a fiche that had a writer keeps one."""
    ref, who = fiche.id, gate.person()
    form = typed()
    email, gone = form.get("email", "").strip(), form.get("remove", "")
    other = by_email(email) if email else None
    if not gone and (other is None or not other.active):
        error = _(
            "Nous ne connaissons pas cette adresse. Demandez au secrétariat d’inviter cette personne, puis revenez."
        )
        return render_template("fiches/writers.html", fiche=fiche, error=error, typed=email), 422
    with writing():
        fiche = db.session.get_one(Fiche, ref)
        if gone in fiche.author_ids and len(fiche.authors) > 1:
            touch()
            fiche.authors = [a for a in fiche.authors if a.person_id != gone]
            record(who, "fiche.writer-removed", "fiche", ref, writer=gone)
        elif other and other.id not in fiche.author_ids:
            touch()
            fiche.authors.append(FicheAuthor(person_id=other.id, helps=False))
            follow(fiche)
            record(who, "fiche.writer-added", "fiche", ref, writer=other.id)
    flash(_("C’est noté."), "ok")
    return redirect(url_for("fiches.writers", ref=ref), 303)
