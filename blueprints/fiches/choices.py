"""Two people wrote at once: the page where one chooses, and the same as JSON. Nothing typed is ever lost."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import gate, jobs
from blueprints.fiches import bp
from blueprints.fiches.loading import by_ref
from blueprints.gate import needs
from models.fiche import merge, questions
from models.fiche.content import REASONS, Content, get, normal
from models.fiche.fiche import Fiche, revision
from models.fiche.journal import HeldEdit, erased
from models.fiche.kinds import Bad, read_line, read_text
from models.fiche.posting import Posted, as_typed, day_typed
from models.fiche.question import Question
from models.fiche.saving import Clash, Op, clash_of
from models.fiche.saving import save as save_fiche
from models.store import db, writing
from models.vocabularies import label


@dataclass
class Side:
    """One version as a person reads it: what was said, with what differs marked."""

    text: str
    pieces: list[tuple[str, str]]


@dataclass
class Choice:
    """One conflict on the page. name: of the inputs; by, at: who wrote theirs and when; both, write: whether these may be chosen."""

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


def words(q: Question, value: Any) -> str:
    """A value in words, as the choice page shows it."""
    if value in (None, "", [], False) and value != 0:
        return _("(rien)")
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
    return as_typed(value)


def item_words(q: Question, item: dict[str, Any] | None) -> str:
    if item is None:
        return _("(retiré)")
    pairs = [(f, get(item, f.key)) for f in q.fields]
    return "\n".join(f"{f.label}\u00a0: {words(f, v)}" for f, v in pairs if v not in (None, "", [], False))


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


def choice(conflict: merge.Conflict, n: int, who: tuple[Any, Any] = (None, None)) -> Choice:
    """A conflict as the page shows it."""
    known = questions.leaves()
    q = known.get(conflict.keys[0])
    single = len(conflict.keys) == 1 and not conflict.item
    if conflict.unit.startswith(REASONS):
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
    write = single and q is not None and (q.kind in ("text", "line") or conflict.unit.startswith(REASONS))
    left, right = sides(mine, theirs)
    typed = str(conflict.mine[0] or "") if write else ""
    return Choice(
        f"choix-{n}",
        title,
        ask,
        *who,
        left,
        right,
        merge.both(conflict) is not None,
        write,
        typed,
        8 if len(typed) > 200 else 4,
    )


def choice_page(clash: Clash, wrong: set[str] | None = None) -> str:
    """The page of one clash. The held edit is its own address: it can be closed and found again."""
    return render_template(
        "fiches/choices.html", fiche=clash.fiche, clash=clash, wrong=wrong or set(),
        choices=[choice(c, n, clash.who.get(c.unit, (None, None))) for n, c in enumerate(clash.conflicts)], action=url_for("fiches.choose", ref=clash.fiche.id, op_id=clash.held),
    )  # fmt: skip


def as_json(clash: Clash) -> dict[str, Any]:
    """The clash for a device: `{rev, fields: {unit: {base, theirs, mine, by, at}}}`."""
    fields = {}
    for c in clash.conflicts:
        by, at = clash.who.get(c.unit, (None, None))
        said = {"by": by.name if by else None, "at": at.isoformat() if at else None}
        fields[c.unit] = {name: _plain(c, getattr(c, name)) for name in ("base", "theirs", "mine")} | said
    return {"error": "conflict" if clash.base_known else "base_unknown", "rev": clash.rev, "fields": fields}


def _plain(c: merge.Conflict, values: tuple[Any, ...]) -> Any:
    return values[0] if len(c.keys) == 1 else dict(zip(c.keys, values, strict=True))


def _held(fiche: Fiche) -> HeldEdit:
    row = db.session.get(HeldEdit, str((request.view_args or {})["op_id"]))
    who = gate.person()
    if row is None or who is None or row.fiche_id != fiche.id or row.person_id != who.id:
        abort(404)
    return row


def clash_now(fiche: Fiche, row: HeldEdit, theirs: Content) -> Clash:
    """A held edit against a version of the fiche."""
    if row.base:
        merged = merge.merge(normal(row.base), normal(row.content), theirs, erased(fiche.id))
    else:
        merged = merge.differences(normal(row.content), theirs)
    clash = clash_of(fiche, merged)
    clash.held, clash.base_known = row.op_id, bool(row.base)
    return clash


@bp.get("/<ref>/choices/<op_id>")
@needs("fiche.edit", by_ref, see="fiche.see", into="fiche")
def choices(fiche: Fiche) -> Any:
    clash = clash_now(fiche, _held(fiche), normal(fiche.content))
    return choice_page(clash)


@bp.post("/<ref>/choices/<op_id>")
@needs("fiche.edit", by_ref, see="fiche.see", into="fiche")
def choose(fiche: Fiche) -> Any:
    """Apply the choices to the version that was seen, then save: a third edit meanwhile is a new choice."""
    row, who = _held(fiche), gate.person()
    seen = request.form.get("seen", "")
    last = revision(fiche, int(seen)) if seen.isdecimal() and len(seen) < 10 else None
    if last is None or who is None:
        return choice_page(clash_now(fiche, row, normal(fiche.content))), 409
    clash = clash_now(fiche, row, normal(last.content))
    content, wrong = decided(clash, row)
    if wrong:
        return choice_page(clash, wrong), 422
    keys = list(questions.leaves())
    posted = Posted({k: get(content, k) for k in keys}, _reasons(content, normal(last.content)))
    op = Op(
        op_id=request.form.get("op_id", ""), base=f"rev:{last.rev}", posted=posted, transition=row.transition
    )
    ref, held_id = fiche.id, row.op_id
    with writing():
        outcome = save_fiche(ref, who, op)
        if (old := db.session.get(HeldEdit, held_id)) is not None:
            db.session.delete(old)
    if isinstance(outcome, Clash):
        return choice_page(outcome), 409
    jobs.wake()
    flash(_("Vos choix sont enregistrés."), "ok")
    if "refused" in outcome.receipt:
        return redirect(url_for("fiches.check", ref=ref), 303)
    return redirect(url_for("fiches.show", ref=ref), 303)


def decided(clash: Clash, row: HeldEdit) -> tuple[Content, set[str]]:
    """(the document with every choice in it, names of the choices that are missing or cannot be)."""
    content, wrong = clash.content, set()
    for n, conflict in enumerate(clash.conflicts):
        name = f"choix-{n}"
        side, text = request.form.get(name, ""), request.form.get(f"{name}-texte", "")
        q = questions.leaves()[conflict.keys[0]]
        try:
            read = read_text if q.kind == "text" else read_line
            merge.choose(content, conflict, side, read([text], q) if side == "write" else None)
        except (ValueError, Bad):
            wrong.add(name)
    return content, wrong


def _reasons(content: Content, seen: Content) -> dict[str, str | None]:
    now, then = content[REASONS], seen[REASONS]
    return {k: now.get(k) for k in {*now, *then}}
