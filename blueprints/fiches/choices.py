"""Two people wrote at once: the page where one chooses, and the same as JSON. Nothing typed is ever lost."""

from __future__ import annotations

import difflib
import hashlib
import re
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import gate, jobs, shell
from blueprints.fiches import bp, uploads
from blueprints.fiches.loading import by_ref, typed, uuid_of
from blueprints.gate import needs
from models.fiche import merge, questions
from models.fiche.content import REASONS, Content, cut, get, normal
from models.fiche.fiche import Fiche, revision
from models.fiche.journal import HeldEdit, Operation, erased
from models.fiche.kinds import Bad, answered, clean, read_line, read_text
from models.fiche.posting import Posted, as_typed, day_typed
from models.fiche.question import Question
from models.fiche.saving import Clash, NoRight, Op, Reused, Saved, clash_of
from models.fiche.saving import save as save_fiche
from models.people import Person
from models.store import db, new_id, writing
from models.vocabularies import label


@dataclass
class Side:
    """One version as a person reads it: what was said, with what differs marked."""

    text: str
    pieces: list[tuple[str, str]]


@dataclass
class Choice:
    """One conflict on the page. name: of the inputs; by, at: who wrote theirs and when.

    both, write: whether these may be chosen; chosen, text: what was chosen and written before, if the page comes back.
    """

    name: str
    title: Any
    ask: Any
    by: Any
    at: Any
    mine: Side
    theirs: Side
    both: bool
    write: bool
    text: str
    rows: int
    chosen: str


def words(q: Question, value: Any) -> str:
    """A value in words, as the choice page shows it."""
    if not answered(q, value):
        return _("non") if q.kind == "tick" else _("(rien)")
    if q.kind == "items":
        return "\n".join(item_words(q, item) for item in value)
    if q.kind == "lines":
        return "\n".join(f"– {x}" for x in value)
    if q.kind == "choices":
        return ", ".join(label(q.vocabulary, c) for c in value)
    if q.kind == "choice":
        return label(q.vocabulary, value)
    if q.kind in ("tick", "yesno"):
        return _("oui") if value else _("non")
    if q.kind == "date":
        return day_typed(value)
    if q.kind == "picture":
        return _("image %(n)s", n=str(value)[:6])
    return as_typed(value)


def item_words(q: Question, item: dict[str, Any] | None) -> str:
    if item is None:
        return _("(retiré)")
    pairs = [(f, get(item, f.key)) for f in q.fields]
    return "\n".join(f"{f.label}\u00a0: {words(f, v)}" for f, v in pairs if answered(f, v))


def sides(mine: str, theirs: str) -> tuple[Side, Side]:
    """Both texts, cut into words that are the same and words that are only here."""
    a, b = (re.findall(r"\s+|[^\s]+", text) for text in (mine, theirs))
    out: tuple[list[tuple[str, str]], list[tuple[str, str]]] = ([], [])
    if len(a) * len(b) > 4_000_000:
        return Side(mine, [("same", mine)]), Side(theirs, [("same", theirs)])
    for kind, i, j, k, n in difflib.SequenceMatcher(None, a, b, autojunk=len(a) > 2000).get_opcodes():
        for side, chunk in ((out[0], a[i:j]), (out[1], b[k:n])):
            if chunk:
                side.append(("same" if kind == "equal" else "ins", "".join(chunk)))
    return Side(mine, out[0]), Side(theirs, out[1])


def input_name(conflict: merge.Conflict) -> str:
    """The name of its inputs: its own, whatever else there is to choose by the time the page is sent."""
    return "choix-" + hashlib.sha256(conflict.unit.encode()).hexdigest()[:12]


def choice(conflict: merge.Conflict, who: tuple[Any, Any] = (None, None)) -> Choice:
    """A conflict as the page shows it; what the request says of it stays chosen and written."""
    known = questions.leaves()
    q = known.get(conflict.keys[0])
    single, name = len(conflict.keys) == 1, input_name(conflict)
    if merge.is_reason(conflict):
        title, ask = _("Pourquoi il n’y a pas de réponse"), q.label if q else conflict.keys[0]
        mine, theirs = conflict.mine[0] or _("(rien)"), conflict.theirs[0] or _("(rien)")
    elif conflict.item and q:
        title, ask = q.one or q.label, q.ask
        mine, theirs = item_words(q, conflict.mine[0]), item_words(q, conflict.theirs[0])
    else:
        title = ask = (
            questions.questions()[conflict.unit].ask
            if conflict.unit in questions.questions()
            else known[conflict.unit].label
        )
        pairs = [
            (known[k], m, t) for k, m, t in zip(conflict.keys, conflict.mine, conflict.theirs, strict=True)
        ]
        names = {f.key: "" if single else f"{f.label}\u00a0: " for f, _m, _t in pairs}
        mine = "\n".join(names[f.key] + words(f, m) for f, m, _t in pairs)
        theirs = "\n".join(names[f.key] + words(f, t) for f, _m, t in pairs)
    write, both = merge.writable(conflict), merge.both(conflict) is not None
    left, right = sides(mine, theirs)
    said = typed()
    text = said.get(f"{name}-texte", str(conflict.mine[0] or "")) if write else ""
    return Choice(
        name,
        title,
        ask,
        *who,
        left,
        right,
        both,
        write,
        text,
        8 if len(text) > 200 else 4,
        said.get(name, "both" if both else ""),
    )


def choice_page(clash: Clash, wrong: set[str] | None = None) -> str:
    """The page of one clash. The held edit is its own address: it can be closed and found again."""
    return render_template(
        "fiches/choices.html", fiche=clash.fiche, clash=clash, wrong=wrong or set(),
        choices=[choice(c, clash.who.get(c.unit, (None, None))) for c in clash.conflicts], action=url_for("fiches.choose", ref=clash.fiche.id, op_id=clash.held),
    )  # fmt: skip


def as_json(clash: Clash, op_id: str) -> dict[str, Any]:
    """The clash for a device: `{op_id, error, rev, choose, fields: {unit: {base, theirs, mine, by, at}}}`."""
    fields = {}
    for c in clash.conflicts:
        by, at = clash.who.get(c.unit, (None, None))
        said = {"by": by.name if by else None, "at": at.isoformat() if at else None}
        fields[c.unit] = {name: _plain(c, getattr(c, name)) for name in ("base", "theirs", "mine")} | said
    return {
        "error": "conflict" if clash.base_known else "base_unknown", "op_id": op_id, "rev": clash.rev,
        "choose": url_for("fiches.choices", ref=clash.fiche.id, op_id=clash.held), "fields": fields,
    }  # fmt: skip


def _plain(c: merge.Conflict, values: tuple[Any, ...]) -> Any:
    return values[0] if len(c.keys) == 1 else dict(zip(c.keys, values, strict=True))


def _held(fiche: Fiche) -> HeldEdit:
    row = db.session.get(HeldEdit, str((request.view_args or {})["op_id"]))
    who = gate.person()
    if row is None or who is None or row.fiche_id != fiche.id or row.person_id != who.id:
        abort(404)
    return row


def clash_now(fiche: Fiche, row: HeldEdit, theirs: Content, rev: int) -> Clash:
    """A held edit against a version of the fiche."""
    gone = erased(fiche.id)
    if row.base:
        merged = merge.merge(normal(row.base), normal(row.content), theirs, gone)
    else:
        merged = merge.differences(normal(row.content), theirs, gone)
    clash = clash_of(fiche, merged, rev)
    clash.held, clash.base_known = row.op_id, bool(row.base)
    return clash


@bp.get("/<ref>/choices/<op_id>")
@needs("fiche.edit", by_ref, see="fiche.see", into="fiche")
def choices(fiche: Fiche) -> Any:
    who = gate.person()
    if who and _done(fiche, who, str((request.view_args or {})["op_id"])):
        return redirect(url_for("fiches.show", ref=fiche.id), 303)
    return choice_page(clash_now(fiche, _held(fiche), normal(fiche.content), fiche.rev))


@bp.post("/<ref>/choices/<op_id>")
@needs("fiche.edit", by_ref, see="fiche.see", into="fiche")
def choose(fiche: Fiche) -> Any:
    """Apply the choices to the version that was seen, then save: a third edit meanwhile is a new choice."""
    who, op_id = gate.person(), uuid_of(request.form.get("op_id")) or new_id()
    assert who is not None
    if _done(fiche, who, op_id):
        return redirect(url_for("fiches.show", ref=fiche.id), 303)
    row, seen = _held(fiche), request.form.get("seen", "")
    last = revision(fiche, int(seen)) if seen.isdecimal() and len(seen) < 10 else None
    if last is None:
        return choice_page(clash_now(fiche, row, normal(fiche.content), fiche.rev)), 409
    clash = clash_now(fiche, row, normal(last.content), last.rev)
    content, wrong = decided(clash)
    if wrong:
        return choice_page(clash, wrong), 422
    keys = list(questions.leaves())
    posted = Posted({k: get(content, k) for k in keys}, _reasons(content, normal(last.content)))
    op = Op(op_id=op_id, base=f"rev:{last.rev}", posted=posted, transition=row.transition, settles=row.op_id)
    return _settle(fiche.id, who, op)


def _done(fiche: Fiche, who: Person, op_id: str) -> bool:
    """Whether these choices were saved before: browsers may send a form twice."""
    known = db.session.get(Operation, op_id)
    return known is not None and (known.document_id, known.person_id) == (fiche.id, who.id)


def _settle(ref: str, who: Person, op: Op) -> Any:
    who_id = who.id
    try:
        with writing():
            outcome = save_fiche(ref, who, op)
            if isinstance(outcome, Saved):
                uploads.note(outcome.receipt["id"], who_id)
    except Reused:
        return shell.error_answer(409)
    except NoRight as lost:
        return shell.error_answer(403 if lost.seen else 404)
    if isinstance(outcome, Clash):
        return choice_page(outcome), 409
    jobs.wake()
    flash(_("Vos choix sont enregistrés."), "ok")
    if "refused" in outcome.receipt:
        return redirect(url_for("fiches.check", ref=ref), 303)
    return redirect(url_for("fiches.show", ref=ref), 303)


def decided(clash: Clash) -> tuple[Content, set[str]]:
    """(the document with every choice in it, names of the choices that are missing or cannot be)."""
    content, wrong = clash.content, set()
    for conflict in clash.conflicts:
        name = input_name(conflict)
        side, text = request.form.get(name, ""), request.form.get(f"{name}-texte", "")
        try:
            written = _written(conflict, text) if side == "write" else None
            if side == "write" and not written:
                raise ValueError("nothing was written")
            merge.choose(content, conflict, side, written)
        except (ValueError, Bad):
            wrong.add(name)
    return content, wrong


def _written(conflict: merge.Conflict, text: str) -> str | None:
    """What somebody wrote instead of both. Raises Bad."""
    if merge.is_reason(conflict):
        return cut(clean(text, lines=False) or "")
    q = questions.leaves().get(conflict.keys[0])
    return (read_text if q.kind == "text" else read_line)([text], q) if q else None


def _reasons(content: Content, seen: Content) -> dict[str, str | None]:
    now, then = content[REASONS], seen[REASONS]
    return {k: now.get(k) for k in {*now, *then}}
