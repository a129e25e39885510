"""The audit, to read and to take along: who did what, when, on what. Names and codes; never a word of a fiche."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, current_app, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import to_user_timezone
from sqlalchemy import select

from adapters.tables import table_file
from blueprints import look
from blueprints.accounts import bp
from blueprints.gate import can, needs
from blueprints.shell import DOWNLOAD_CSP
from models import audit
from models.audit import AuditEvent, Wanted
from models.dossiers import Dossier
from models.editions import Call, Edition
from models.fiche.fiche import TOGETHER, Fiche
from models.fiche.kinds import CONTROL
from models.organisations import Organisation
from models.people import ROLES, Person
from models.store import db, now
from models.vocabularies import label

PER_PAGE = 50
PEOPLE = ("writer", "member", "companion", "into", "other")  # what of an event may name another person


@dataclass(frozen=True)
class Row:
    """One event as it reads. what: words; on, href: its object and, where this reader may see it, the way there."""

    at: datetime
    who: str
    what: str
    act: str
    kind: str
    on: str
    href: str
    more: str
    own: bool  # done to oneself: the name stands before the act already


@dataclass
class Page:
    """A page of the audit, for ui.pagination."""

    rows: list[Row]
    total: int
    page: int
    pages: int
    args: dict[str, str]

    def url(self, n: int) -> str:
        return url_for("accounts.audit", **self.args, **({"page": n} if n > 1 else {}))


def day(text: str, problems: list[str]) -> date | None:
    """A day as a browser sends it; what cannot be read is said."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        problems.append(_("« %(text)s » n’est pas une date. Écrivez-la ainsi : 2017-11-16.", text=text[:20]))
        return None


def asked(args: Mapping[str, str]) -> tuple[Wanted, dict[str, str], list[str]]:
    """(what is wanted, the same as an address, what could not be read)."""
    names = ("person", "act", "kind", "since", "until")
    typed = {k: CONTROL.sub("", args.get(k, "")).strip()[:64] for k in names}
    kept = {k: said for k, said in typed.items() if said}
    problems: list[str] = []
    zone = ZoneInfo(current_app.config["TIMEZONE"])
    first, last = day(kept.get("since", ""), problems), day(kept.get("until", ""), problems)
    try:
        since = datetime.combine(first, time(), zone) if first else None
        before = datetime.combine(last + timedelta(days=1), time(), zone) if last else None
        for edge in (since, before):
            _in_utc = edge and edge.astimezone(ZoneInfo("UTC"))
    except OverflowError:
        since = before = None
        problems.append(_("Ces dates sont trop loin. Choisissez-les plus près d’aujourd’hui."))
    wanted = Wanted(kept.get("person", ""), kept.get("act", ""), kept.get("kind", ""), since, before)
    return wanted, kept, problems


def by_id(model: Any, ids: Iterable[str], *options: Any) -> dict[str, Any]:
    """Rows of a table by id, in one query; none for no ids."""
    wanted = set(ids)
    query = select(model).options(*options).where(model.id.in_(wanted))
    return {row.id: row for row in db.session.scalars(query).unique()} if wanted else {}


class Reader:
    """Puts events into words for whoever is signed in. The number of queries does not grow with the events."""

    def __init__(self, events: list[AuditEvent]) -> None:
        ids: dict[str, set[str]] = {kind: set() for kind in audit.KINDS}
        people = {e.person_id for e in events if e.person_id}
        for e in events:
            ids.setdefault(e.object_kind, set()).add(e.object_id)
            people |= {str(e.detail[k]) for k in PEOPLE if e.detail.get(k)}
        self.people = by_id(Person, people | ids["person"])
        self.things: dict[str, dict[str, Any]] = {
            "fiche": by_id(Fiche, ids["fiche"], *TOGETHER),
            "dossier": by_id(Dossier, ids["dossier"]),
            "edition": by_id(Edition, ids["edition"]),
            "call": by_id(Call, ids["call"]),
            "organisation": by_id(Organisation, ids["organisation"]),
        }

    def name(self, person_id: str | None) -> str:
        if person_id is None:
            return _("Le site")
        return self.people[person_id].name if person_id in self.people else _("Inconnu")

    def on(self, e: AuditEvent) -> tuple[str, str]:
        """(what the object is called, its address or "")."""
        kind, thing = e.object_kind, self.things.get(e.object_kind, {}).get(e.object_id)
        if kind == "person" and e.object_id in self.people:
            href = url_for("accounts.person", person_id=e.object_id) if can("person.invite") else ""
            return self.name(e.object_id), href
        if kind == "fiche":
            seen = thing and can("fiche.see", thing)
            known = (thing.number if thing else None) or _("sans numéro (%(id)s)", id=e.object_id[:8])
            return known, url_for("fiches.show", ref=thing.ref) if thing and seen else ""
        if kind == "dossier" and thing and can("dossier.see", thing):
            return thing.kind, url_for("dossiers.show", dossier_id=thing.id)
        if kind == "edition" and thing:
            return thing.code, url_for("admin.edit_edition", code=thing.code) if can("edition.manage") else ""
        if kind == "call" and thing:
            return thing.code, url_for("admin.edit_call", code=thing.code) if can("edition.manage") else ""
        if kind == "organisation" and thing:
            return thing.name_for(look.locale()[:2]), url_for("network.show", organisation_id=thing.id)
        return str(e.detail.get("code") or e.detail.get("made") or e.object_id[:8]), ""

    def more(self, e: AuditEvent) -> str:
        """What the codes of an event say besides."""
        detail, out = e.detail, []
        if detail.get("roles"):
            out.append(", ".join(str(ROLES.get(role, role)) for role in detail["roles"]))
        out += [self.name(str(detail[k])) for k in PEOPLE if detail.get(k) in self.people]
        if detail.get("source") and detail.get("to"):
            out.append(" → ".join(label("statut_fiche", detail[k], "fr") for k in ("source", "to")))
        if detail.get("rows"):
            out.append(_("%(n)s lignes", n=detail["rows"]))
        return " · ".join(out)

    def row(self, e: AuditEvent) -> Row:
        on, href = self.on(e)
        kind = str(audit.KINDS.get(e.object_kind, e.object_kind))
        own = e.object_kind == "person" and e.object_id == e.person_id
        return Row(e.at, self.name(e.person_id), audit.words(e.act), e.act, kind, on, href, self.more(e), own)


def read(wanted: Wanted, args: dict[str, str], asked_page: str) -> Page:
    """One page of what is wanted."""
    total = audit.count(wanted)
    pages = max(1, -(-total // PER_PAGE))
    page = int(asked_page) if asked_page.isdecimal() and len(asked_page) < 7 else 1
    page = min(max(page, 1), pages)
    events = list(db.session.scalars(wanted.select().limit(PER_PAGE).offset((page - 1) * PER_PAGE)))
    reader = Reader(events)
    return Page([reader.row(e) for e in events], total, page, pages, args)


@bp.get("/audit", endpoint="audit")
@needs("audit.see")
def index() -> Any:
    wanted, args, problems = asked(request.args)
    found = audit.acts_done()
    choices = {
        "people": sorted(((p.id, p.name) for p in by_id(Person, audit.people_ids()).values()), key=lambda x: x[1]),
        "acts": sorted(((act, audit.words(act)) for act in found["act"]), key=lambda x: x[1]),
        "kinds": [(kind, str(audit.KINDS.get(kind, kind))) for kind in found["kind"]],
    }  # fmt: skip
    page = read(wanted, args, request.args.get("page", "1"))
    return render_template(
        "accounts/audit.html", page=page, args=args, choices=choices, problems=problems,
        narrowed=bool(args), today=now(),
    ), 422 if problems else 200  # fmt: skip


@bp.get("/audit.csv")
@needs("audit.see")
def audit_file() -> Response:
    """The same as a table, whole. A cell that a spreadsheet would take for a formula stays text."""
    wanted, _args, _problems = asked(request.args)
    heads = [_("Quand"), _("Qui"), _("Acte"), _("Code"), _("Sorte"), _("Sur quoi"), _("Identifiant"), _("Détail")]  # fmt: skip
    name = f"journal-{to_user_timezone(now()).date().isoformat()}.csv"
    answer = Response(table_file(heads, _cells(wanted)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Content-Security-Policy"] = DOWNLOAD_CSP
    return answer


def _cells(wanted: Wanted) -> Iterator[list[str]]:
    for some in db.session.scalars(wanted.select()).partitions(500):
        events = list(some)
        reader = Reader(events)
        for e, row in zip(events, map(reader.row, events), strict=True):
            local = to_user_timezone(e.at).isoformat(timespec="seconds")
            detail = json.dumps(e.detail, ensure_ascii=False) if e.detail else ""
            yield [local, row.who, row.what, e.act, row.kind, row.on, e.object_id, detail]
