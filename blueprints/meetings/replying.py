"""Saying whether one comes: signed in, by the link in a mail, or noted by the secretariat for who telephones.

The link is for one person and one meeting. Looking at it (GET) writes nothing, a button (POST) answers; it serves again
until the meeting ends, and opens no account. The form is one, and so is its JSON for a device that sends late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from blueprints import formats, gate, jobs, shell
from blueprints.accounts.own import me
from blueprints.fiches.loading import typed, uuid_of
from blueprints.gate import needs, public
from blueprints.meetings import bp, mails
from blueprints.meetings.loading import meeting as by_code
from models import answering, notices, replies
from models.access import AccessLink, find_link
from models.answering import Answer, BadAnswer, NotInvited
from models.fiche.saving import Reused
from models.meetings import Meeting
from models.people import Person
from models.replies import PROXY, REMOTE, Reply
from models.store import db, new_id, writing
from models.taking import Closed, Taken
from models.vocabularies import label


@dataclass(frozen=True)
class ReplyView:
    """The page on which one answers. by: who writes; linked: the token of a link, or "".

    form: what was typed, where it came back; errors: field → sentence.
    """

    meeting: Meeting
    reply: Reply
    by: Person
    linked: str = ""
    form: MultiDict[str, str] | None = None
    errors: dict[str, str] | None = None

    @property
    def noting(self) -> bool:
        return self.by.id != self.reply.person_id

    @property
    def person(self) -> Person:
        return self.reply.person

    @property
    def answered(self) -> bool:
        return self.reply.answer != replies.WAITING

    @cached_property
    def closed(self) -> str:
        """Why no answer is taken, in a sentence, or ""."""
        reason = answering.closed(self.meeting, noting=self.noting)
        return str(answering.WHY[reason]) if reason else ""

    @cached_property
    def carriers(self) -> list[Person]:
        return answering.carriers(self.meeting, self.person.id, replies.of(self.meeting))

    @property
    def may_give(self) -> bool:
        """Whether this circle knows proxies, and this person has a voice."""
        return bool(self.meeting.circle.proxies) and answering.has_voice(self.meeting, self.person.id)

    @property
    def asks_needs(self) -> bool:
        """Whether what this person needs stands on the page: their own, or for the secretariat."""
        return not self.noting or gate.can("meeting.needs", self.meeting)

    @property
    def need(self) -> str:
        return self.typed(
            "needs", replies.needs(self.meeting).get(self.person.id, "") if self.asks_needs else ""
        )

    @property
    def message(self) -> str:
        return self.typed("message", self.reply.message or "")

    def typed(self, name: str, otherwise: str) -> str:
        return self.form.get(name, "") if self.form is not None else otherwise

    @property
    def op_id(self) -> str:
        return uuid_of(self.form.get("op_id") if self.form else "") or new_id()

    @property
    def base(self) -> str:
        return self.typed("base", f"rev:{self.reply.rev}")

    @property
    def action(self) -> str:
        code = self.meeting.code
        if self.linked:
            return url_for("meetings.answer_by_link", meeting_code=code, token=self.linked)
        if self.noting:
            return url_for("meetings.note_reply", meeting_code=code, person_id=self.person.id)
        return url_for("meetings.reply", meeting_code=code)

    @property
    def words(self) -> dict[str, tuple[str, str]]:
        """Answer → (button, what was answered), said to the person or of them."""
        if self.noting:
            return {"OUI": (_("Vient"), _("vient")), "DIS": (_("Vient à distance"), _("vient à distance")),
                    "IND": (_("Ne vient pas"), _("ne vient pas")), "PRO": (_("Donne sa voix à…"), _("donne sa voix"))}  # fmt: skip
        return {"OUI": (_("Je viens"), _("vous venez")), "DIS": (_("Je viens à distance"), _("vous venez à distance")),
                "IND": (_("Je ne viens pas"), _("vous ne venez pas")), "PRO": (_("Je donne ma voix à…"), _("vous donnez votre voix"))}  # fmt: skip

    @property
    def said(self) -> str:
        """The answer that stands, as a sentence."""
        words = self.words[self.reply.answer][1]
        if self.reply.answer == PROXY and self.reply.proxy:
            words = _("%(words)s à %(name)s", words=words, name=self.reply.proxy.name)
        return _("%(name)s %(words)s", name=self.person.name, words=words) if self.noting else words


def page(view: ReplyView, status: int = 200) -> Any:
    answer = render_template(
        "meetings/reply.html", v=view, meeting=view.meeting, when=mails.when(view.meeting), hours=formats.hours(view.meeting.starts_at, view.meeting.ends_at).capitalize(), until=answering.answers_by(view.meeting),
        remote=bool(view.meeting.link) and REMOTE,
    )  # fmt: skip
    return answer, status


def own(meeting_code: str) -> Meeting | None:
    """A meeting to which the person of this request was invited."""
    found, who = by_code(meeting_code), gate.person()
    return found if found and who and replies.reply_of(found.id, who.id) else None


def of_somebody(meeting_code: str, person_id: str) -> Meeting | None:
    """A meeting to which this person was invited."""
    found = by_code(meeting_code)
    return found if found and replies.reply_of(found.id, person_id) else None


def reply_for(meeting: Meeting, person_id: str) -> Reply:
    """What the loader of the route found."""
    row = replies.reply_of(meeting.id, person_id)
    assert row is not None
    return row


# --------------------------------------------------------------------------------------------- signed in


@bp.get("/<meeting_code>/reply")
@needs("meeting.answer", own, see="meeting.see", into="meeting")
def reply(meeting: Meeting) -> Any:
    return page(ReplyView(meeting, reply_for(meeting, me().id), me()))


@bp.post("/<meeting_code>/reply")
@needs("meeting.answer", own, see="meeting.see", into="meeting")
def answer(meeting: Meeting) -> Any:
    return take(ReplyView(meeting, reply_for(meeting, me().id), me(), form=typed()))


@bp.get("/<meeting_code>/replies/<person_id>")
@needs("meeting.note", of_somebody, see="meeting.see", into="found")
def note_reply(found: Meeting) -> Any:
    """For who answers by telephone."""
    return page(ReplyView(found, reply_for(found, (request.view_args or {})["person_id"]), me()))


@bp.post("/<meeting_code>/replies/<person_id>")
@needs("meeting.note", of_somebody, see="meeting.see", into="found")
def take_note(found: Meeting) -> Any:
    return take(
        ReplyView(found, reply_for(found, (request.view_args or {})["person_id"]), me(), form=typed())
    )


# ------------------------------------------------------------------------------------------ by the link


def linked(meeting_code: str, token: str) -> tuple[AccessLink | None, Meeting | None, Reply | None]:
    """What a link opens: (link, meeting, reply), each None where it opens nothing. It answers for its own meeting alone."""
    link, meeting = find_link(token), by_code(meeting_code)
    if link is None or meeting is None or link.purpose != notices.REPLY or link.meeting_id != meeting.id:
        return None, None, None
    person = link.person
    if person is None or person.closed_at or person.forgotten_at:
        return link, meeting, None
    return link, meeting, replies.reply_of(meeting.id, person.id)


def no_longer(link: AccessLink | None, meeting: Meeting | None) -> Any:
    """The page of a link that answers nothing. What the meeting is about is told to nobody by it."""
    return render_template("meetings/reply_closed.html", known=link is not None), 410 if link else 404


@bp.get("/<meeting_code>/reply/<token>")
@public
def answer_by_link(meeting_code: str, token: str) -> Any:
    """Never answers: mail scanners look at links, with GET and with HEAD."""
    link, meeting, row = linked(meeting_code, token)
    if link is None or meeting is None or row is None or link.state != "live":
        return no_longer(link, meeting)
    return page(ReplyView(meeting, row, row.person, linked=token))


@bp.post("/<meeting_code>/reply/<token>")
@public
def take_by_link(meeting_code: str, token: str) -> Any:
    link, meeting, row = linked(meeting_code, token)
    if link is None or meeting is None or row is None or link.state != "live":
        return no_longer(link, meeting)
    return take(ReplyView(meeting, row, row.person, linked=token, form=typed()))


# ------------------------------------------------------------------------------------------------ taking


def read(view: ReplyView) -> Answer:
    """What the form says."""
    form = view.form or MultiDict()
    kind, _sep, number = form.get("base", "").partition(":")
    return Answer(
        answer=form.get("answer", "")[:10], op_id=uuid_of(form.get("op_id")) or new_id(), proxy_id=form.get("proxy", "")[:36],
        message=form.get("message"), needs=form.get("needs") if view.asks_needs else None,
        base=int(number) if kind == "rev" and number.isdecimal() and len(number) < 10 else None, late=shell.wants_json(),
    )  # fmt: skip


def schema_of(view: ReplyView) -> int:
    said = (view.form or {}).get("schema_version", "")
    return int(said) if said.isdecimal() and len(said) < 6 else answering.SCHEMA


def take(view: ReplyView) -> Any:
    """Answer: 303 to the page that says what stands now, or JSON."""
    form, late = view.form or MultiDict(), shell.wants_json()
    if schema_of(view) < answering.OLDEST:
        return shell.error_answer(426, name="client_too_old")
    if late and uuid_of(form.get("op_id")) is None:
        return refused(view, {"op_id": _("Il manque le numéro de l’envoi. Ouvrez la page à nouveau.")})
    said, action = read(view), view.action
    meeting_id, person_id, by = view.meeting.id, view.person.id, view.by
    try:
        with writing():
            done = answering.answer(meeting_id, person_id, by, said)
    except BadAnswer as bad:
        return refused(view, {bad.field: str(bad)})
    except Reused:
        return jsonify({"error": "op_reused", "op_id": said.op_id}), 422
    except NotInvited:
        return shell.error_answer(404)
    except Closed as over:
        if late:
            return jsonify({"error": over.reason, "sentence": str(answering.WHY[over.reason]), "op_id": said.op_id}), 409  # fmt: skip
        return page(view, 409)
    jobs.wake()
    if late:
        return as_json(done, action, view.by)
    if done.replaced and not done.replayed:
        flash(told(done, view.by), "wait")
    return redirect(action, 303)


def refused(view: ReplyView, errors: dict[str, str]) -> Any:
    """The same page again, errors beside the fields, every word kept."""
    if shell.wants_json():
        return jsonify({"errors": errors, "op_id": (view.form or {}).get("op_id", "")[:36]}), 422
    return page(ReplyView(view.meeting, view.reply, view.by, view.linked, view.form, errors), 422)


def as_json(done: Taken, url: str, who: Person | None) -> Any:
    receipt = {**done.receipt, "url": url}
    if done.replaced:
        receipt["sentence"] = told(done, who)
    return shell.receipt(receipt, replayed=done.replayed)


def told(done: Taken, who: Person | None) -> str:
    """That the last answer took the place of one that its writer had not seen."""
    before = done.replaced or {}
    by, at = db.session.get(Person, str(before["by"])), datetime.fromisoformat(before["at"])
    if who is not None and by is not None and by.id == who.id:
        return _("Vous aviez déjà répondu «\u00a0%(answer)s\u00a0» (%(when)s). Votre nouvelle réponse la remplace.", answer=label("presence", before["answer"]), when=formats.moment(at))  # fmt: skip
    return _(
        "Entre-temps, %(name)s avait noté « %(answer)s » (%(when)s). Votre réponse, arrivée ensuite, la remplace.",
        name=by.name if by else _("quelqu’un"), answer=label("presence", before["answer"]), when=formats.moment(at),
    )  # fmt: skip
