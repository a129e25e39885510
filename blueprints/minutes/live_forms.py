"""What one types while a meeting is held, and what an act says of itself. What may stand is said in models/noting.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import jsonify, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints import jobs, shell
from blueprints.accounts.own import me
from blueprints.admin.forms import Code, Line, Shared, Text
from blueprints.fiches.loading import uuid_of
from blueprints.meetings.fields import Pick, table
from models import noting
from models.contributions import KINDS
from models.decisions import HOW, MODES, OUTCOMES
from models.fiche.saving import Reused
from models.meetings import Meeting
from models.noting import Row
from models.sides import seen_of
from models.sitting import SCHEMA, Act, BadNote, NotYours, Shut
from models.store import db, new_id
from models.taking import Taken


class NoteForm(Shared):
    """Fields that are texts. key: which form of the page it is, and what its ids begin with."""

    names: tuple[str, ...] = ()
    key = ""

    def values(self) -> dict[str, Any]:
        return {name: self[name].data or "" for name in self.names}

    def at(self, key: str, items: list[tuple[str, str]]) -> NoteForm:
        """The form in its place on the page. items: (id, words) of the agenda."""
        self.key = key
        self["item_id"].offered = lambda: items
        return self

    def blame(self, bad: Any) -> None:
        for name, sentence in bad.problems.items():
            self[name if name in self else "text"].errors = [str(sentence)]


class LineForm(NoteForm):
    """One line."""

    names = noting.LINE
    text = Text(_l("Que s’est-il dit ?"))
    kind = Pick(_l("C’est…"), table(KINDS), default="note")
    who = Line(_l("Qui l’a dit ?"))
    item_id = Pick(_l("À quel point ?"), list)


class DecisionForm(NoteForm):
    """One decision."""

    names = noting.DECISION
    text = Text(_l("Que décide-t-on ?"))
    mode = Pick(_l("Comment ?"), table(MODES), default="consent")
    outcome = Pick(_l("Résultat"), table(OUTCOMES), default="adopted")
    objections = Text(_l("Objections"))
    how = Pick(_l("Comment vote-t-on ?"), table(HOW))
    votes_for = Line(_l("Pour"))
    votes_against = Line(_l("Contre"))
    votes_abstain = Line(_l("Abstention"))
    replaces = Code(_l("Elle remplace la décision"))
    item_id = Pick(_l("À quel point ?"), list)


def form_of(row: Row, items: list[tuple[str, str]], posted: Any = None) -> NoteForm:
    """The form of a line or a decision that is there."""
    kind, letter = (LineForm, "l") if noting.is_line(row) else (DecisionForm, "d")
    return kind(posted, data=noting.texts_of(row)).at(f"{letter}-{row.id}", items)


def seen(row: Row) -> str:
    """What the form of a row carries of what its writer saw."""
    return seen_of(noting.texts_of(row))


# ---- what an act says of itself


def act() -> Act:
    """From the hidden fields that every late form has."""
    form = request.form
    try:
        at = datetime.fromisoformat(form.get("begun_at", "").replace("Z", "+00:00"))
    except ValueError:
        at = None
    if at is not None and at.tzinfo is None:
        at = None
    return Act(uuid_of(form.get("op_id")) or new_id(), me(), at, shell.wants_json(), form.get("base", "")[:50])  # fmt: skip


def take(meeting: Meeting, do: Callable[[Act], Taken], refused: Callable[[dict[str, Any]], Any], title: str = "") -> Any:  # fmt: skip
    """Do it: 303 to its place on the page, or JSON. refused: the page with the sentences beside their fields.

    title: what the receipt says of it; a decision's begins with its number. A meeting that is not written now answers 409
    with the reason, and what was typed stays.
    """
    late, code = shell.wants_json(), meeting.code
    op_id = uuid_of(request.form.get("op_id"))
    version = request.form.get("schema_version", "")
    if version.isdecimal() and int(version[:6]) < SCHEMA:
        return shell.error_answer(426, name="client_too_old")
    if late and op_id is None:
        return jsonify({"errors": {"op_id": _("Il manque le numéro de l’envoi. Ouvrez la page à nouveau.")}, "op_id": ""}), 422  # fmt: skip
    try:
        done = do(act())
    except BadNote as bad:
        problems = {name: str(sentence) for name, sentence in bad.problems.items()}
        db.session.rollback()
        return (jsonify({"errors": problems, "op_id": op_id}), 422) if late else refused(problems)
    except Reused:
        return jsonify({"error": "op_reused", "op_id": op_id}), 422
    except NotYours:
        return shell.error_answer(404)
    except Shut as why:
        if late:
            return jsonify({"error": "shut", "sentence": str(why), "op_id": op_id}), 409
        return shell.error_answer(409, str(why))
    jobs.wake()
    where = url_for("minutes.live", meeting_code=code, _anchor=anchor(done))
    if not late:
        return redirect(where, 303)
    number = done.receipt.get("number")
    told = {key: value for key, value in done.receipt.items() if key != "number"}
    if number:
        told["decision"] = number
    said = {**told, "url": where, "title": f"{number}\u00a0: {title}" if number else title}
    return shell.receipt(said, replayed=done.replayed)


def anchor(done: Taken) -> str:
    """Where on the page one comes back to: the choice, where two wrote the same field."""
    if beside := done.receipt.get("beside"):
        return f"v-{beside}"
    return request.form.get("back", "")[:60] or f"n-{done.receipt['id']}"
