"""Choose what to print, follow its making, take it along."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from flask import flash, make_response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import to_user_timezone

from adapters import storage
from blueprints import gate, jobs
from blueprints.dossiers import bp, forms
from blueprints.dossiers.building import NotMade, Order, files_folder, notes
from blueprints.dossiers.circles import CircleOrder
from blueprints.dossiers.jobs import order_of
from blueprints.dossiers.kinds import of_edition
from blueprints.dossiers.meetings import MeetingOrder
from blueprints.dossiers.orders import EditionOrder
from blueprints.fiches.loading import by_ref
from blueprints.gate import needs
from blueprints.shell import DOWNLOAD_CSP
from models import consents, dossiers, published
from models.circles import Circle, circle_by_code
from models.dossiers import KINDS, Dossier
from models.editions import Edition, editions
from models.fiche.fiche import Fiche
from models.people import Person
from models.store import db, now, writing


def by_id(dossier_id: str) -> Dossier | None:
    """A dossier; one of a single fiche only for who may still read that fiche."""
    row = db.session.get(Dossier, dossier_id) if len(dossier_id) <= 36 else None
    if row and row.kind == "D1" and not gate.can("fiche.see", row.fiche):
        return None
    if row and row.kind in dossiers.OF_MEETINGS and not gate.can("meeting.papers", row.meeting):
        return None
    return row


def me() -> Person:
    who = gate.person()
    assert who is not None
    return who


def index_page(error: str = "", edition: Edition | None = None) -> str:
    """Choose an edition and make its dossier; what is ready."""
    try:
        edition = edition or forms.read_edition(request.values.get("edition", ""))
    except forms.BadOrder as bad:
        edition, error = None, error or (str(bad) if request.values.get("edition") else "")
    order = Order("D3", me().name, edition=edition) if edition else None
    rows = dossiers.editions_dossiers()
    return render_template(
        "dossiers/index.html", edition=edition, editions=editions(), order=order, error=error, rows=rows,
        before=notes(order) if order else [], languages=forms.languages(), told=standing(rows), title_of=title_of,
        registered=published.counted(edition) if edition else (0, 0),
    )  # fmt: skip


def standing(rows: list[Dossier]) -> dict[str, str]:
    """By id, what is the matter with a dossier that was made: "revoked", "gone", "changed" or nothing."""
    revoked = dossiers.revoked(rows)
    contents: dict[str, str] = {}
    out = {}
    for row in rows:
        if row.state == "gone":
            out[row.id] = "revoked" if revoked[row.id] else "gone"
        if row.state != "ready":
            continue
        where = f"{row.kind} {row.edition_id or row.fiche_id or row.meeting_id or row.circle_id} {row.usage}"
        if where not in contents:
            contents[where] = order_of(row).content
        if revoked[row.id]:
            out[row.id] = "revoked"
        elif not storage.exists(files_folder(), row.sha256 or ""):
            out[row.id] = "gone"
        elif contents[where] != row.content:
            out[row.id] = "changed"
    return out


def title_of(row: Dossier) -> str:
    """What a dossier is called on the screen."""
    if row.kind == "D1" and row.fiche:
        return _(
            "Fiche %(name)s",
            name=f"{row.fiche.number} – {row.fiche.title}"
            if row.fiche.number
            else row.fiche.title or _("Sans titre"),
        )
    if row.meeting:
        return _("%(kind)s – %(title)s", kind=KINDS[row.kind], title=row.meeting.title)
    if row.circle:
        return _("%(kind)s – %(title)s", kind=KINDS[row.kind], title=row.circle.title)
    if row.edition and row.kind != "D3":
        return f"{KINDS[row.kind]} – {row.edition.year}"
    return (
        _("Dossier de la biennale %(year)s", year=row.edition.year) if row.edition else str(KINDS[row.kind])
    )


@bp.get("/dossiers/")
@needs("dossier.list")
def index() -> str:
    return index_page()


@bp.post("/dossiers/")
@needs("dossier.make")
def make() -> Any:
    """The dossier of an edition: the one of the same key, or a new one by the worker."""
    try:
        kind, edition, lang = forms.read(request.form)
        return asked(of_edition(kind, me().name, lang, edition))
    except (forms.BadOrder, NotMade) as bad:
        return index_page(str(bad)), 422


@bp.post("/fiches/<ref>/dossiers")
@needs("fiche.see", by_ref, into="fiche")
def make_fiche(fiche: Fiche) -> Any:
    """One fiche, for the person who asks."""
    try:
        lang = forms.read_language(request.form.get("lang", ""))
        return asked(Order("D1", me().name, lang, fiche=fiche, who=me().id))
    except (forms.BadOrder, NotMade) as bad:
        flash(str(bad), "bad")
        return redirect(url_for("fiches.show", ref=fiche.ref), 303)


def asked(order: Order | EditionOrder | MeetingOrder | CircleOrder) -> Any:
    """The page of the dossier that answers an order. Raises NotMade."""
    order.check()
    key, content, who = order.key, order.content, me()
    with writing():
        row = dossiers.same(key)
        if row is None or (row.sha256 and not storage.exists(files_folder(), row.sha256)):
            row = dossiers.order(
                order.kind, who, key, content, edition=order.edition, fiche=order.fiche, language=order.lang,
                meeting=order.meeting if isinstance(order, MeetingOrder) else None,
                circle=order.circle if isinstance(order, CircleOrder) else None,
                usage=dossiers.INSIDE if isinstance(order, CircleOrder) and order.inside else "",
            )  # fmt: skip
        dossier_id = row.id
    jobs.wake()
    return redirect(url_for("dossiers.show", dossier_id=dossier_id), 303)


def by_code(circle_code: str, **_more: Any) -> Circle | None:
    return circle_by_code(circle_code)


@bp.route("/groups/<circle_code>/dossiers", methods=["GET", "POST"])
@needs("work.see", by_code, see="circle.see", into="circle")
def of_circle(circle: Circle) -> Any:
    """The paper of a group and its board: who sits there has its tasks in it, another member has not."""
    inside, error = gate.can("circle.tasks", circle), ""
    if request.method == "POST":
        try:
            lang = forms.read_language(request.form.get("lang", ""))
            return asked(CircleOrder("D12", me().name, circle, inside, lang))
        except (forms.BadOrder, NotMade) as bad:
            error = str(bad)
    rows = [row for row in dossiers.of_circle(circle.id) if gate.can("dossier.see", row)]
    page = render_template(
        "dossiers/circle.html", circle=circle, inside=inside, rows=rows, told=standing(rows), title_of=title_of, error=error, languages=forms.languages(),
    )  # fmt: skip
    return page, 422 if error else 200


@bp.get("/dossiers/<dossier_id>")
@needs("dossier.see", by_id, into="dossier")
def show(dossier: Dossier) -> Any:
    state = dossier.state
    page = render_template(
        "dossiers/show.html", dossier=dossier, state=state, title=title_of(dossier),
        matter=standing([dossier]).get(dossier.id, ""), revoked=dossiers.revoked([dossier])[dossier.id],
        takers=dossiers.downloads(dossier) if gate.can("dossier.list") else None,
        withdrawn=state == "gone" and consents.taken_out_of(dossier),
    )  # fmt: skip
    answer = make_response(page)
    if state == "under way":
        waited = (now() - dossier.made_at).total_seconds()
        answer.headers["Refresh"] = "2" if waited < 60 else "5"
    return answer


@bp.post("/dossiers/<dossier_id>/downloads")
@needs("dossier.see", by_id, into="dossier")
def download(dossier: Dossier) -> Any:
    """The PDF, once it is noted who takes it."""
    here = url_for("dossiers.show", dossier_id=dossier.id)
    if dossier.state != "ready" or standing([dossier]).get(dossier.id) in ("revoked", "gone"):
        return redirect(here, 303)
    dossier_id, name, who = dossier.id, file_name(dossier), me()
    path = storage.path(files_folder(), str(dossier.sha256))
    with writing():
        dossiers.took(db.session.get_one(Dossier, dossier_id), who)
    answer = send_file(
        path, mimetype="application/pdf", as_attachment=True, download_name=name, conditional=False, max_age=0
    )
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Security-Policy"] = DOWNLOAD_CSP
    return answer


def file_name(row: Dossier) -> str:
    """A name that every system takes: fiche-f-2016-002-les-pas-du-quartier-2016-10-03.pdf."""
    day = to_user_timezone(row.ready_at or now()).date().isoformat()
    plain = unicodedata.normalize("NFKD", title_of(row)).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].rstrip("-") or row.kind.lower()
    return f"{stem}-{day}.pdf"
