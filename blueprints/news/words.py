"""What is new, and what waits, as one line each, with the page it leads to. Titles alone: never what stands inside.

The same lines stand in a mail and on the page of the news.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints import formats
from models.groups import ASK
from models.telling import Item
from models.waiting import Waiting

Link = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Line:
    """words: what it is; title: its name, "" where it has none; href: its page, "" where there is none."""

    words: str
    title: str
    href: str

    @property
    def lead(self) -> str:
        """What stands before the title."""
        return self.words if self.words.endswith("?") else _("%(words)s\u00a0:", words=self.words)


def href(endpoint: str, values: dict[str, Any], *, external: bool) -> str:
    """The address of a page; that of the groups where a page of this name is not there."""
    if endpoint not in current_app.view_functions:
        return ""
    if external:
        from blueprints import addresses

        return addresses.external(endpoint, **values)
    return url_for(endpoint, **values)


# ---- what is new

# Kind of news → (what it is, once it was made; the same, where it was changed), its page.
NEW: dict[str, tuple[Callable[[], str], Callable[[], str], Callable[[Item], Link]]] = {
    "meeting": (lambda: _("Réunion convoquée"), lambda: _("Réunion convoquée"), lambda i: ("meetings.show", {"meeting_code": i.ref})),
    "cancelled": (lambda: _("Réunion annulée"), lambda: _("Réunion annulée"), lambda i: ("meetings.show", {"meeting_code": i.ref})),
    "proposed": (lambda: _("Procès-verbal proposé"), lambda: _("Procès-verbal proposé"), lambda i: ("minutes.show", {"meeting_code": i.ref})),
    "approved": (lambda: _("Procès-verbal approuvé"), lambda: _("Procès-verbal approuvé"), lambda i: ("minutes.show", {"meeting_code": i.ref})),
    "decision": (lambda: _("Décision"), lambda: _("Décision"), lambda i: ("decisions.show", {"decision_number": i.ref})),
    "task": (lambda: _("Tâche confiée"), lambda: _("Tâche confiée"), lambda i: ("tasks.show", {"task_id": i.ref})),
    "done": (lambda: _("Tâche faite"), lambda: _("Tâche faite"), lambda i: ("tasks.show", {"task_id": i.ref})),
    "note": (lambda: _("Nouvelle note"), lambda: _("Note changée"), lambda i: ("notes.show", {"circle_code": _code(i), "note_id": i.ref})),
    "file": (lambda: _("Nouveau fichier"), lambda: _("Nouvelle version d’un fichier"), lambda i: ("files.show", {"circle_code": _code(i), "file_id": i.ref})),
    "production": (lambda: _("Nouvelle production"), lambda: _("Une production avance"), lambda i: ("groups.production", {"production_id": i.ref})),
    "report": (lambda: _("Rapport envoyé au comité"), lambda: _("Rapport envoyé au comité"), lambda i: ("groups.report", {"report_id": i.ref})),
    "notice": (lambda: _("Échange de savoirs"), lambda: _("Échange de savoirs"), lambda i: ("exchanges.line", {"ref": i.ref})),
    "seat": (lambda: _("Arrivée dans le groupe"), lambda: _("Arrivée dans le groupe"), lambda i: ("groups.show", {"circle_code": i.ref})),
    "action": (lambda: _("Nouvelle action commune"), lambda: _("Une action commune avance"), lambda i: ("actions.show", {"action_number": i.ref})),
}  # fmt: skip


def _code(item: Item) -> str:
    return item.circle.code if item.circle else ""


def new(item: Item, *, external: bool = False) -> Line:
    """One line of news."""
    made, changed, page = NEW[item.kind]
    endpoint, values = page(item)
    title = f"{item.ref}, {item.title}" if item.kind == "decision" else item.title
    return Line(made() if item.fresh else changed(), title, href(endpoint, values, external=external))


# ---- what waits


def _seat(row: Any) -> tuple[str, str]:
    if row.kind == ASK:
        return _("Quelqu’un demande à entrer dans le groupe"), row.circle.title
    return _("Une place vous est proposée"), row.circle.title


def _seat_page(row: Any) -> Link:
    if row.kind == ASK:
        return "groups.answer", {"circle_code": row.circle.code, "ask_id": row.id}
    return "groups.invitation", {"ask_id": row.id}


def _erased(row: Any) -> tuple[str, str]:
    from blueprints.dossiers.routes import title_of

    return _("PDF à refaire"), title_of(row)


def _task(row: Any) -> tuple[str, str]:
    words = _("Tâche en retard") if row.late else _("Tâche à finir bientôt")
    return words, row.title


# Kind of what waits (models/waiting.py) → its sentence and its name; its page.
ASKED: dict[str, tuple[Callable[[Any], tuple[str, str]], Callable[[Any], Link]]] = {
    "held": (lambda p: (_("À vous de choisir entre deux versions"), p[1].title or _("Sans titre")), lambda p: ("fiches.choices", {"ref": p[1].id, "op_id": p[0].op_id})),
    "changes": (lambda m: (_("Des précisions sont demandées"), m.fiche.title or _("Sans titre")), lambda m: ("fiches.edit", {"ref": m.fiche.ref})),
    "to_answer": (lambda m: (_("Venez-vous\u00a0?"), _with_day(m)), lambda m: ("meetings.reply", {"meeting_code": m.code})),
    "dates": (lambda m: (_("Quelles dates vous vont\u00a0?"), m.title), lambda m: ("meetings.poll", {"meeting_code": m.code})),
    "seats": (_seat, _seat_page),
    "exchanges": (lambda w: (str(w.said), w.exchange.subject), lambda w: ("exchanges.show", {"exchange_id": w.exchange.id})),
    "pressing": (_task, lambda t: ("tasks.show", {"task_id": t.id})),
    "proposals": (lambda m: (_("Un membre propose un point"), m.title), lambda m: ("meetings.agenda_page", {"meeting_code": m.code})),
    "remarks": (lambda p: (ngettext("Une remarque attend votre réponse", "%(num)s remarques attendent votre réponse", p[1]), p[0].title), lambda p: ("minutes.show", {"meeting_code": p[0].code})),
    "minutes": (lambda m: (_("Un procès-verbal attend votre relecture"), m.title), lambda m: ("minutes.show", {"meeting_code": m.code})),
    "opinions": (lambda c: (_("Une candidature attend votre avis"), c.title), lambda c: ("widening.opinion", {"case_code": c.code})),
    "cases": (lambda c: (_("Une candidature avance"), c.title), lambda c: ("widening.show", {"case_code": c.code})),
    "drafts": (lambda m: (_("Un brouillon attend la suite"), m.fiche.title or _("Sans titre")), lambda m: ("fiches.edit", {"ref": m.fiche.ref})),
    "erased": (_erased, lambda d: ("dossiers.show", {"dossier_id": d.id})),
    "to_read": (lambda n: (ngettext("Une fiche attend une lecture", "%(num)s fiches attendent une lecture", n), ""), lambda _n: ("fiches.index", {"etat": "SOU"})),
    "orphans": (lambda n: (ngettext("Un brouillon n’a pas d’auteur", "%(num)s brouillons n’ont pas d’auteur", n), ""), lambda _n: ("fiches.index", {"etat": "BRO"})),
    "joining": (lambda n: (ngettext("Une personne demande une place", "%(num)s personnes demandent une place", n), ""), lambda _n: ("accounts.requests", {})),
    "invited": (lambda n: (ngettext("Une invitation attend une réponse", "%(num)s invitations attendent une réponse", n), ""), lambda _n: ("accounts.people", {})),
    "lapsed": (lambda n: (ngettext("Une invitation a expiré", "%(num)s invitations ont expiré", n), ""), lambda _n: ("accounts.people", {})),
    "lost_mails": (lambda n: (ngettext("Un courriel n’a pas pu partir", "%(num)s courriels n’ont pas pu partir", n), ""), lambda _n: ("accounts.mails", {})),
}  # fmt: skip


def _with_day(meeting: Any) -> str:
    if meeting.starts_at is None:
        return str(meeting.title)
    return _("%(title)s, %(day)s", title=meeting.title, day=formats.day(meeting.starts_at))


def asked(waiting: Waiting, *, external: bool = False) -> list[Line]:
    """What waits for somebody, one line each, in the order in which it matters."""
    out = []
    for kind, thing in waiting.urges:
        said, page = ASKED[kind]
        endpoint, values = page(thing)
        out.append(Line(*said(thing), href(endpoint, values, external=external)))
    return out
