"""Organisations: the list, the page of one, its form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import gate
from blueprints.accounts.own import me
from blueprints.alike import alike
from blueprints.gate import needs
from blueprints.look import locale
from blueprints.network import bp
from blueprints.network.forms import MemberForm, OrganisationForm, options, regions
from blueprints.once import again, once
from models import directory, exchanging, names, organisations
from models.organisations import BadOrganisation, Membership, Organisation, Stale, organisation
from models.people import Person
from models.store import db, writing


@dataclass(frozen=True)
class Page:
    """A page of the list: organisations, how many in all, page of pages."""

    rows: list[Organisation]
    total: int
    page: int
    pages: int
    words: str
    sector: str

    def url(self, n: int) -> str:
        """The address of page n of the same search."""
        page = n if n > 1 else None
        return url_for("network.index", q=self.words or None, secteur=self.sector or None, page=page)


def number(text: str | None) -> int:
    """The page that an address asks for; 1 for what is no number."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 1


@bp.get("/")
@needs("directory.see")
def index() -> str:
    words, sector = request.args.get("q", "").strip()[:200], request.args.get("secteur", "")[:3]
    asked = number(request.args.get("page"))

    def read() -> dict[str, Any]:
        part = names.sliced(organisations.found(words, sector, locale()[:2]), asked)
        rows = names.in_order(Organisation, part.ids)
        page = Page(rows, part.total, part.page, part.pages, words, sector)
        counts = organisations.headcounts(part.ids)
        return {"page": page, "sectors": organisations.sectors_used(), "headcounts": counts}

    return render_template("network/index.html", part=alike(("directory", words, sector, asked), read))


@bp.get("/organisations/<organisation_id>")
@needs("directory.see", organisation, into="row")
def show(row: Organisation) -> Any:
    if row.merged_into:
        return redirect(url_for("network.show", organisation_id=row.merged_into))
    return organisation_page(row)


def organisation_page(row: Organisation, status: int = 200, **forms: MemberForm) -> Any:
    """The page of one, with the form that came back."""
    shown = {"mine": MemberForm(), "other": MemberForm(), **forms}
    errors = shown["mine"].summary("m-") + shown["other"].summary("o-")
    members = sorted(row.memberships, key=lambda m: (m.until is not None, names.fold(m.person.name)))
    page = render_template(
        "network/show.html", row=row, errors=errors, mine=shown["mine"], other=shown["other"],
        present=[m for m in members if not m.until and visible(m.person)],
        past=[m for m in members if m.until and visible(m.person)],
        here=organisations.current(me().id, row.id), fiches=directory.fiches_of(row)[row.id], lines=on_board(row),
    )  # fmt: skip
    return page, status


def on_board(row: Organisation) -> list[exchanging.Line]:
    """What it offers and looks for on the board of the network."""
    return [line for line in exchanging.lines_on(me()) if line.organisation_id == row.id]


def visible(person: Person) -> bool:
    """Members are shown; whoever was only invited is seen by who invites."""
    return person.merged_into is None and (person.active or gate.can("person.invite"))


@bp.route("/organisations/new", methods=["GET", "POST"])
@needs("organisation.make")
def new() -> Any:
    """A new one; whoever adds it may say that they belong to it."""
    who = me()
    if request.method == "GET":
        typed = {"name_fr": request.args.get("nom", "")[:200] or None}
        return form_page(OrganisationForm(data=typed))
    again()  # the one that it made is no twin
    form = OrganisationForm(request.form)
    twin = next(
        (o for name in ("name_fr", "name_nl", "name_de") if (o := organisations.named(form[name].data))), None
    )
    if twin and request.form.get("another") != twin.id:
        return form_page(form, None, 409, twin=twin)

    def act() -> str:
        by = db.session.get_one(Person, who.id)
        row = organisations.add_organisation(form.values(), by)
        if request.form.get("member") == "1":
            organisations.belong(by, row, by)
        return row.id

    try:
        made = once(act, page_of)
    except BadOrganisation as bad:
        form.blame(bad.problems)
        return form_page(form, None, 422)
    flash(_("L’organisation est dans l’annuaire."), "ok")
    return redirect(page_of(made), 303)


def page_of(organisation_id: str) -> str:
    return url_for("network.show", organisation_id=organisation_id)


@bp.route("/organisations/<organisation_id>/edit", methods=["GET", "POST"])
@needs("organisation.edit", organisation, see="directory.see", into="row")
def edit(row: Organisation) -> Any:
    who, organisation_id = me(), row.id
    if row.merged_into:
        return redirect(url_for("network.show", organisation_id=row.merged_into), 303)
    if request.method == "GET":
        return form_page(OrganisationForm(obj=row), row)
    form, rev = OrganisationForm(request.form), number(request.form.get("rev"))
    try:
        with writing():
            row = db.session.get_one(Organisation, organisation_id)
            organisations.change_organisation(row, form.values(), rev, db.session.get_one(Person, who.id))
    except BadOrganisation as bad:
        form.blame(bad.problems)
        return form_page(form, row, 422)
    except Stale:
        return form_page(form, row, 409, theirs=form.differing(row))
    flash(_("L’organisation est gardée."), "ok")
    return redirect(url_for("network.show", organisation_id=organisation_id), 303)


def form_page(form: OrganisationForm, row: Organisation | None = None, status: int = 200, **more: Any) -> Any:
    """The form; what was typed stands in it."""
    page = render_template(
        "network/form.html", form=form, row=row, regions=regions(), sectors=options("secteur"), errors=form.summary(), posted=request.method == "POST",
        member=request.form.get("member") == "1" if request.method == "POST" else True, **more,
    )  # fmt: skip
    return page, status


def membership_of(organisation_id: str, membership_id: str) -> Membership | None:
    """A membership under the address of its organisation."""
    row = db.session.get(Membership, membership_id)
    return row if row and row.organisation_id == organisation_id else None
