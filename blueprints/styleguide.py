"""The visual language, page by page, and every mail with invented samples: for the demonstration and for development
only."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template

from blueprints.accounts import letters
from blueprints.gate import public
from blueprints.meetings.mails import changes, when
from blueprints.news.words import Line
from models.deliveries import Mail
from models.people import ROLES
from models.store import now

bp = Blueprint("styleguide", __name__)
# A mail brings its own style, and nothing else; it is shown as a page that can do nothing.
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


@bp.before_request
def only_here() -> None:
    if not (current_app.config["DEMO"] or current_app.debug):
        abort(404)


@bp.get("/styleguide")
@public
def index() -> str:
    return render_template("styleguide/index.html")


@bp.get("/styleguide/mails")
@public
def mails() -> str:
    """Every mail as plain text."""
    shown = [(name, letters.name_of(name), sample(name)) for name in letters.KINDS]
    return render_template("styleguide/mails.html", mails=shown)


@bp.get("/styleguide/mails/<name>")
@public
def mail(name: str) -> Response:
    """One mail as a mail reader draws it."""
    if name not in letters.KINDS:
        abort(404)
    answer = Response(sample(name).html, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = MAIL_POLICY
    return answer


def sample(name: str) -> letters.Words:
    """How a kind of mail reads, with people and fiches of nobody."""
    samira, nadia = (
        SimpleNamespace(id="1", name="Samira Haddad"),
        SimpleNamespace(id="2", name="Nadia Bensaïd"),
    )
    values: dict[str, Any] = {
        "who": samira, "by": nadia, "person": nadia, "helped": nadia, "companion": samira, "mine": True, "count": 2,
        "href": "https://tablee.example/…", "minutes": 30, "until": now() + timedelta(days=7), "circle": "",
        "roles": [SimpleNamespace(name="contributor", words=ROLES["contributor"])],
        "fiche": SimpleNamespace(title="Des murs qui respirent", ref="F-2016-005", number="F-2016-005", language="fr"),
        "act": {"password": "changed", "factor": "app-added", "meeting_proxy": "given", "widening_news": "question"}.get(name, ""),
        "request": SimpleNamespace(name="Aya Diop", answer="L’appel est clos. Le prochain ouvre au printemps."),
        "subject": "Sujet", "body": "Un paragraphe.\n\nUn autre.",
    }  # fmt: skip
    more = _meeting(samira, nadia) | _tasks() | _case() | _news() | _network(samira, nadia) | _groups(nadia)
    return letters.written(Mail(template=name, language="fr"), values | more)


def _case() -> dict[str, Any]:
    """What mails about a candidature say."""
    circle = SimpleNamespace(title="Comité de pilotage")
    case = SimpleNamespace(
        code="E-2027-03", title="Union des locataires", named="Samira Haddad", circle=circle, state="later", reason="Personne ne parle du logement.",
        question="Les réunions sont-elles le soir ?", end_words="Après l’été.",
    )  # fmt: skip
    return {
        "case": case,
        "days": 30,
        "leads": True,
        "objections": 1,
        "sponsor": SimpleNamespace(name="Léon Marchal"),
    }


def _groups(asker: Any) -> dict[str, Any]:
    """What mails about a group say."""
    circle = SimpleNamespace(title="Groupe «\u00a0Plaidoyer\u00a0»")
    seat = SimpleNamespace(
        person=asker, circle=circle, kind="ask", words="J’ai tenu une permanence logement, et j’aimerais écrire avec vous.",
        answer="Avec plaisir. Venez jeudi.",
    )  # fmt: skip
    return {
        "seat": seat, "yes": True, "left_circle": circle, "report": SimpleNamespace(title="Rapport du groupe «\u00a0Plaidoyer\u00a0»"),
        "item": SimpleNamespace(title="Nouvelles des groupes", state="accepted"),
    }  # fmt: skip


def _news() -> dict[str, Any]:
    """What the mail of news says."""
    here = "https://tablee.example/…"
    waits = [
        Line("Venez-vous ?", "Choisir trois fiches, jeudi 4 mars 2027", here),
        Line("Une personne demande une place", "", here),
    ]
    lines = [
        Line("Note changée", "Ce que nous dirons aux élus", here),
        Line("Tâche confiée", "Écrire aux trois communes", here),
    ]
    groups = [(SimpleNamespace(title="Groupe « Plaidoyer »"), lines, 2)]
    return {"groups": groups, "waits": waits, "weekly": True, "stop": here, "choose": here}


def _network(giver: Any, receiver: Any) -> dict[str, Any]:
    """What mails about an exchange of knowledge and about a common action say."""
    exchange = SimpleNamespace(
        subject="Lire un plan de quartier", giver=giver, receiver=receiver, mediator=SimpleNamespace(name="Léon Marchal"), done_on=date(2027, 3, 19),
        words="Un samedi, autour d’une table.", end_words="L’été est passé.",
    )  # fmt: skip
    action = SimpleNamespace(
        number="A-2027-02",
        title="Une fête des cours d’école",
        words="La commune prête les tables.",
        state="under_way",
    )
    one = SimpleNamespace(person=receiver, organisation=None, words="Je viens avec des tables.")
    return {"exchange": exchange, "giver": True, "other": receiver, "asker": receiver, "address": "nadia@passerelle.example", "agreed": False,
            "action": action, "one": one}  # fmt: skip


def _tasks() -> dict[str, Any]:
    """What mails about tasks say."""
    circle = SimpleNamespace(title="Comité de pilotage")
    rows = [
        SimpleNamespace(what=what, title=what, due_on=date(2027, 3, day), circle=circle)
        for day, what in ((19, "Réserver la salle du printemps"), (22, "Écrire aux trois communes"))
    ]
    return {"task": rows[0], "tasks": rows, "taken_at": SimpleNamespace(title="Première rencontre")}


def _meeting(giver: Any, carrier: Any) -> dict[str, Any]:
    """What mails about a meeting say."""
    starts = datetime(2027, 3, 4, 9, tzinfo=UTC)
    meeting = SimpleNamespace(
        code="R-2027-02", title="Choisir trois fiches", circle=SimpleNamespace(title="Plaidoyer"), starts_at=starts,
        ends_at=starts + timedelta(hours=3), place="Salle bleue", link="https://salle.example/table", words="Venez avec une question.",
        reply_by=starts - timedelta(days=3), contact_name="Le secrétariat", contact_phone="02 555 01 00", contact_email=None,
        cancel_reason="La salle est fermée.",
    )  # fmt: skip
    items = [SimpleNamespace(title="Tour de table", minutes=60, decision=False), SimpleNamespace(title="Trois fiches", minutes=120, decision=True)]  # fmt: skip
    return {
        "meeting": meeting, "when": when(meeting), "items": items, "total": 180, "reply": SimpleNamespace(answer="OUI"),  # type: ignore[arg-type]
        "changes": changes(["starts_at", "place"]), "giver": giver, "carrier": carrier, "given": True,
        "poll": SimpleNamespace(words="", options=[SimpleNamespace(starts_at=starts)], closes_at=starts - timedelta(days=9)),
        "version": SimpleNamespace(version=1, reason="", comments_until=starts + timedelta(days=10)),
        "comment": SimpleNamespace(text="C’était mardi, pas jeudi.", state="taken", answer="Bien vu, merci."),
    }  # fmt: skip
