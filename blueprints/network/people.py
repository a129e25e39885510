"""Members: the list, and the page of one, as this reader may see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for

from blueprints.accounts.own import me
from blueprints.alike import alike
from blueprints.gate import can, needs
from blueprints.look import locale
from blueprints.network import bp
from blueprints.network.routes import number
from models import circles, directory, exchanging, names, organisations, profiles
from models.directory import Member, Wanted
from models.fiche.kinds import clean
from models.people import Person
from models.store import db
from models.vocabularies import terms

# A filter → its name in the address.
NAMES = {"words": "q", "organisation": "organisation", "sector": "secteur", "language": "langue", "commune": "commune"}  # fmt: skip


@dataclass(frozen=True)
class Page:
    """A page of the list of members: how many in all, page of pages."""

    rows: list[Member]
    total: int
    page: int
    pages: int
    wanted: Wanted

    def url(self, n: int) -> str:
        """The address of page n of the same search."""
        given: dict[str, Any] = {said: getattr(self.wanted, name) or None for name, said in NAMES.items()}
        return url_for("network.people", page=n if n > 1 else None, **given)


def asked() -> Wanted:
    """What the address says."""
    given = {name: clean(request.args.get(said, "")[:200], lines=False) or "" for name, said in NAMES.items()}
    return Wanted(**{**given, "commune": names.fold(given["commune"])})


def choices() -> dict[str, list[tuple[str, str]]]:
    """Filter → (code, words) of what is there to choose."""
    here = locale()[:2]
    return {
        "organisation": directory.houses(here),
        "sector": [(code, terms("secteur")[code].label(here)) for code in organisations.sectors_used()],
        "language": [(code, term.label(here)) for code, term in terms("langue").items()],
        "commune": list(directory.communes().items()),
    }


@bp.get("/people")
@needs("directory.see")
def people() -> str:
    who, wanted = me(), asked()
    at = number(request.args.get("page"))

    def read() -> dict[str, Any]:
        found = {one.id: one for one in directory.members(who, wanted)}
        part = names.sliced(list(found), at)
        rows = [found[one] for one in part.ids]
        rows = rows if wanted.narrowed else directory.filled(who, rows)
        return {"page": Page(rows, part.total, part.page, part.pages, wanted), "choices": choices()}

    part = alike(("people", directory.alike_for(who), wanted, at), read)
    return render_template("network/people.html", part=part, wanted=wanted, names=NAMES)


def member_page(person_id: str) -> Person | None:
    """Somebody with a page: a member; whoever else is known, for who invites; and rows that were merged."""
    person = db.session.get(Person, person_id)
    return person if person and (person.active or person.merged_into or can("person.invite")) else None


@bp.get("/people/<person_id>")
@needs("directory.see", member_page, into="person")
def person(person: Person) -> Any:
    if person.merged_into:
        return redirect(url_for("network.person", person_id=person.merged_into))
    who = me()
    shown = profiles.shown(person, who)
    sits = [
        seat
        for seat in circles.seats_of(person)
        if can("circle.see", seat.circle) and not seat.circle.ended_at
    ]
    return render_template(
        "network/person.html", person=person, me=who, seen_words=profiles.SEEN_BY, memberships=organisations.memberships(person),
        texts=[one for one in shown if one.detail.kind == "text"],
        ways={one.detail.kind: one for one in shown if one.detail.kind != "text"},
        reciprocity=exchanging.reciprocity_of(person, who),
        seats=sorted(sits, key=lambda seat: names.fold(seat.circle.title)), SEATS=circles.SEATS, fiches=directory.fiches_by(person),
    )  # fmt: skip
