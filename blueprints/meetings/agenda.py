"""The agenda of a meeting: order and minutes of all items at once, one item at a time, what members propose."""

from __future__ import annotations

import re
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import jobs
from blueprints.accounts.own import me
from blueprints.admin.stale import chosen, stale_page
from blueprints.gate import needs
from blueprints.meetings import bp, loading
from blueprints.meetings.forms import ItemForm, item_form
from blueprints.meetings.keeping import attempt, carried
from models import agenda, planning, scheduling
from models.agenda import AgendaItem
from models.fiche.kinds import clean
from models.lengths import too_long
from models.meetings import Meeting
from models.people import Person
from models.planning import MOST_MINUTES, MOST_WORDS
from models.seating import Stale
from models.store import db, writing

NUMBER = re.compile(r"[0-9]{1,4}")


@bp.get("/<meeting_code>/agenda")
@needs("meeting.edit", loading.meeting, see="meeting.see", into="meeting")
def agenda_page(meeting: Meeting) -> Any:
    return page(meeting)


def page(meeting: Meeting, status: int = 200, **more: Any) -> Any:
    """typed: item id → (place, minutes) as typed, where it could not be kept; errors: item id → sentence; answers, refused:
    the same of the words to who proposed it."""
    rows = agenda.items(meeting)
    there = {item.carried for item in rows}
    return render_template(
        "meetings/agenda.html", meeting=meeting, rows=agenda.timed(meeting, rows), total=agenda.total(rows),
        proposals=agenda.proposals(meeting), missing=[w for w in agenda.carried(meeting) if w not in there],
        **{"typed": {}, "errors": {}, "answers": {}, "refused": {}, **more},
    ), status  # fmt: skip


@bp.post("/<meeting_code>/agenda")
@needs("meeting.edit", loading.meeting, see="meeting.see", into="meeting")
def arrange(meeting: Meeting) -> Any:
    """Numbers and minutes of all items; a button beside an item moves it too, and nothing typed is lost by that."""
    wanted, seen, typed, errors = read(meeting)
    if errors:
        return page(meeting, 422, typed=typed, errors=errors)
    meeting_id, code, who = meeting.id, meeting.code, me()
    moved, _sep, way = request.form.get("move", "").partition(":")
    with writing():
        meeting, by = db.session.get_one(Meeting, meeting_id), db.session.get_one(Person, who.id)
        clash = [i.id for i in planning.arrange(meeting, wanted, seen, by)]
        if not clash and way in ("up", "down") and (item := agenda.item_of(code, moved)):
            planning.move(item, -1 if way == "up" else 1, by)
    if clash:
        meeting = db.session.get_one(Meeting, meeting_id)
        words = {one: theirs(db.session.get_one(AgendaItem, one)) for one in clash}
        return page(meeting, 409, typed=typed, errors=words)
    if not moved:
        flash(_("L’ordre du jour est gardé."), "ok")
    return redirect(
        url_for("meetings.agenda_page", meeting_code=code, _anchor=f"p-{moved}" if way else None), 303
    )


def theirs(item: AgendaItem) -> str:
    return _(
        "Une autre personne a mis %(n)s minutes pendant que vous écriviez. Votre nombre est gardé ici : choisissez.",
        n=item.minutes,
    )


def read(meeting: Meeting) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]]:
    """(wanted, seen, as typed, errors) of the items, by id. What the post does not name is left as it is."""
    wanted, seen, typed, errors = {}, {}, {}, {}
    for item in agenda.items(meeting):
        place, minutes = (request.form.get(f"{name}-{item.id}", "").strip() for name in ("place", "minutes"))
        if f"minutes-{item.id}" not in request.form:
            continue
        typed[item.id] = (place[:20], minutes[:20])
        good = NUMBER.fullmatch(place or "0") and NUMBER.fullmatch(minutes or "0")
        if not good or int(minutes or 0) > MOST_MINUTES:
            errors[item.id] = _("Écrivez deux nombres : le rang, puis les minutes, %(most)s au plus.", most=MOST_MINUTES)  # fmt: skip
            continue
        was = request.form.get(f"was-{item.id}", "").split(":")
        old = (int(was[0]), int(was[1])) if len(was) == 2 and all(NUMBER.fullmatch(w) for w in was) else None
        wanted[item.id] = (int(place or item.place), int(minutes or 0))
        seen[item.id] = old or (item.place, item.minutes)
    return wanted, seen, typed, errors


@bp.route("/<meeting_code>/agenda/new", methods=["GET", "POST"])
@needs("meeting.edit", loading.meeting, see="meeting.see", into="meeting")
def new_item(meeting: Meeting) -> Any:
    return write_new(meeting, proposed=False)


@bp.route("/<meeting_code>/agenda/propose", methods=["GET", "POST"])
@needs("meeting.propose", loading.meeting, see="meeting.see", into="meeting")
def propose(meeting: Meeting) -> Any:
    """A member proposes an item; who leads takes it up, or says why not."""
    return write_new(meeting, proposed=True)


def write_new(meeting: Meeting, *, proposed: bool) -> Any:
    if request.method == "GET":
        return item_page(meeting, ItemForm(), proposed=proposed)
    form, who, code = ItemForm(request.form), me(), meeting.code
    made = attempt(
        form, lambda values: planning.add_item(meeting, values, db.session.get_one(Person, who.id), proposed=proposed),
        to=lambda item: after(code, item.id, proposed),
    )  # fmt: skip
    if not made:
        return item_page(meeting, form, 422, proposed=proposed)
    if proposed:
        flash(_("C’est proposé. Qui prépare la réunion vous répondra."), "ok")
    else:
        flash(_("Le point est ajouté à la fin."), "ok")
    return redirect(after(code, made.id, proposed), 303)


def after(code: str, item_id: str, proposed: bool) -> str:
    """Where a new item leads."""
    if proposed:
        return url_for("meetings.show", meeting_code=code)
    if request.form.get("act") == "papers":
        return url_for("meetings.edit_item", meeting_code=code, item_id=item_id, _anchor="pieces")
    return url_for("meetings.agenda_page", meeting_code=code, _anchor=f"p-{item_id}")


@bp.route("/<meeting_code>/agenda/<item_id>", methods=["GET", "POST"])
@needs("meeting.edit", loading.of_item, see="meeting.see", into="meeting")
def edit_item(meeting: Meeting) -> Any:
    item, who = loading.item(), me()
    if request.method == "GET":
        return item_page(meeting, item_form(item), item=item)
    form, code = item_form(item, chosen(request.form, item_form(item))), meeting.code
    try:
        kept = attempt(
            form, lambda values: planning.change_item(item, values, int(request.form["rev"]), who), item
        )
    except Stale:
        here = url_for("meetings.edit_item", meeting_code=code, item_id=item.id)
        done = url_for("meetings.agenda_page", meeting_code=code)
        return stale_page(form, item_form(item), item, here, kind="item", done=done, nav="meetings")
    if kept is None:
        return item_page(meeting, form, 422, item=item)
    flash(_("Le point est gardé."), "ok")
    return redirect(url_for("meetings.agenda_page", meeting_code=code, _anchor=f"p-{item.id}"), 303)


def item_page(
    meeting: Meeting, form: ItemForm, status: int = 200, *, item: AgendaItem | None = None, proposed: bool = False, **more: Any
) -> Any:  # fmt: skip
    return render_template(
        "meetings/item.html", meeting=meeting, form=form, item=item, proposed=proposed, **carried(form, item), **more
    ), status  # fmt: skip


@bp.route("/<meeting_code>/agenda/<item_id>/remove", methods=["GET", "POST"])
@needs("meeting.edit", loading.of_item, see="meeting.see", into="meeting")
def remove_item(meeting: Meeting) -> Any:
    item, who, code = loading.item(), me(), meeting.code
    if request.method == "GET":
        return render_template("meetings/remove_item.html", meeting=meeting, item=item)
    try:
        with writing():
            planning.remove_item(db.session.get_one(AgendaItem, item.id), db.session.get_one(Person, who.id))
    except planning.BadItem as bad:
        flash(str(bad.problems["title"]), "bad")
        return redirect(url_for("meetings.agenda_page", meeting_code=code, _anchor=f"p-{item.id}"), 303)
    flash(_("Le point est retiré."), "ok")
    return redirect(url_for("meetings.agenda_page", meeting_code=code), 303)


@bp.post("/<meeting_code>/agenda/<item_id>/answer")
@needs("meeting.edit", loading.of_item, see="meeting.see", into="meeting")
def answer_item(meeting: Meeting) -> Any:
    """Yes or no to what a member proposes."""
    item, who, code = loading.item(), me(), meeting.code
    accept = request.form.get("act") == "accept"
    words = clean(request.form.get("words", "")) or None
    if long := too_long({"words": words}, {"words": MOST_WORDS}):
        return page(meeting, 422, refused={item.id: long["words"]}, answers={item.id: words})
    with writing():
        item = db.session.get_one(AgendaItem, item.id)
        done = planning.answer_proposal(item, accept, words, db.session.get_one(Person, who.id))
    if not done:
        flash(_("Une autre personne a déjà répondu à cette proposition."), "wait")
    else:
        flash(_("Le point est à l’ordre du jour.") if accept else _("La proposition est déclinée."), "ok")
    return redirect(url_for("meetings.agenda_page", meeting_code=code), 303)


@bp.post("/<meeting_code>/agenda/bring")
@needs("meeting.edit", loading.meeting, see="meeting.see", into="meeting")
def bring(meeting: Meeting) -> Any:
    """What comes by itself and was taken away, or was not there yet."""
    meeting_id, code, who = meeting.id, meeting.code, me()
    with writing():
        planning.bring(db.session.get_one(Meeting, meeting_id), db.session.get_one(Person, who.id))
    return redirect(url_for("meetings.agenda_page", meeting_code=code), 303)


@bp.post("/<meeting_code>/announce")
@needs("meeting.edit", loading.meeting, see="meeting.see", into="meeting")
def announce(meeting: Meeting) -> Any:
    """Tell those who were convened that the agenda is another one: once, when it is done, and not at each word."""
    meeting_id, code, who = meeting.id, meeting.code, me()
    with writing():
        told = scheduling.tell(
            db.session.get_one(Meeting, meeting_id), ["agenda"], db.session.get_one(Person, who.id)
        )
    if told:
        jobs.wake()
        flash(_("Les personnes convoquées reçoivent le nouvel ordre du jour par courriel."), "ok")
    return redirect(url_for("meetings.show", meeting_code=code), 303)
