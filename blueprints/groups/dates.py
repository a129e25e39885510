"""The monthly meetings of a network or a group, made in one press, and taken away together."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from blueprints import jobs
from blueprints.accounts.own import me
from blueprints.addresses import circle_href
from blueprints.admin.forms import Clock, Day, Line, Shared, Whole, clock_of, zone
from blueprints.gate import needs
from blueprints.groups import bp, loading
from blueprints.meetings.fields import Pick, table
from blueprints.meetings.forms import MeetingForm, at
from blueprints.meetings.keeping import attempt, carried
from blueprints.meetings.routes import last_of
from models import convening, gathering, planning, scheduling
from models.circles import Circle
from models.meetings import Meeting
from models.people import Person
from models.scheduling import RULES
from models.store import db, now, writing
from models.workflow import Refused

HOURS = ("18:00", "20:00")
COUNT = 6
LONGEST_REASON = 500  # signs, as the table of meetings holds them
LEAD = timedelta(days=14)  # the first meeting is not before
ITEMS = (
    (_l("Tour de table"), "TDT", 20),
    (_l("Ce que chacun apporte et cherche"), "REA", 70),
    (_l("La suite"), "AGE", 30),
)


class SeriesForm(MeetingForm):
    """Several meetings of the same hour, with what is needed to say so."""

    title = Line(_l("Titre"))
    day = Day(_l("Première rencontre"))
    begins = Clock(_l("De"))
    ends = Clock(_l("À"))
    rule = Pick(_l("Rythme"), table(RULES), default="month")
    count = Whole(_l("Combien de rencontres ?"), default=COUNT)
    place = Line(_l("Lieu"))
    shown = ("title", "day", "begins", "ends", "rule", "count", "place")

    def about(self, circle: Circle) -> SeriesForm:
        """What is not asked here comes from the group."""
        for name in [field.name for field in self if field.name not in self.shown]:
            del self[name]
        self.circle = circle
        return self

    def values(self) -> dict[str, Any]:
        first = self.day.data
        return {
            **dict.fromkeys(scheduling.FIELDS), "title": self.title.data, "place": self.place.data, "languages": self.circle.languages,
            "starts_at": at(first, self.begins.data), "ends_at": at(first, self.ends.data, last=True), "remind_days": 2,
        }  # fmt: skip

    def wrong(self, values: dict[str, Any], row: Any) -> dict[str, Any]:
        return scheduling.problems(values)


def first_day(circle: Circle) -> date:
    """A month after the last meeting that is prepared; else on the weekday of the last one, or a Thursday, in two weeks."""
    dated = [m.starts_at for m in gathering.coming(circle) if m.starts_at]
    if dated:
        return scheduling.days_of(max(dated).astimezone(zone()).date(), "month", 2)[1]
    last, day = last_of(circle), (now().astimezone(zone()) + LEAD).date()
    weekday = last.starts_at.astimezone(zone()).weekday() if last and last.starts_at else 3
    return day + timedelta(days=(weekday - day.weekday()) % 7)


@bp.route("/groups/<circle_code>/dates", methods=["GET", "POST"])
@needs("meeting.make", loading.group, see="circle.see", into="circle")
def plan(circle: Circle) -> Any:
    """Six monthly meetings, proposed whole: one press makes them."""
    if request.method == "GET":
        begins, ends = map(clock_of, HOURS)
        form = SeriesForm(
            title=_("Rencontre du réseau") if circle.kind == "RES" else _("Rencontre du groupe"), day=first_day(circle),
            begins=begins, ends=ends, place=circle.place,
        ).about(circle)  # fmt: skip
        return plan_page(form, circle)
    form, who, circle_id, href = SeriesForm(request.form).about(circle), me(), circle.id, circle_href(circle)

    def act(values: dict[str, Any]) -> list[Meeting]:
        circle, by = db.session.get_one(Circle, circle_id), db.session.get_one(Person, who.id)
        made = scheduling.add_series(circle, values, form.rule.data or "", form.count.data or 0, by)
        for meeting in made:
            for title, nature, minutes in ITEMS if circle.kind == "RES" else ():
                planning.add_item(meeting, {"title": str(title), "nature": nature, "minutes": minutes}, by)
        return made

    made = attempt(form, act, to=lambda _meetings: href)
    if not made:
        return plan_page(form, circle, 422)
    flash(ngettext("Une rencontre est prévue.", "%(num)s rencontres sont prévues. Convoquez chacune à son heure.", len(made)), "ok")  # fmt: skip
    return redirect(href, 303)


def plan_page(form: Shared, circle: Circle, status: int = 200) -> Any:
    return render_template("groups/dates.html", form=form, circle=circle, **carried(form)), status


@bp.route("/groups/<circle_code>/dates/cancel", methods=["GET", "POST"])
@needs("meeting.make", loading.group, see="circle.see", into="circle")
def cancel(circle: Circle) -> Any:
    """What is still to come, or the rest of one series, is cancelled together; those who were convened are told."""
    series, circle_id, who, href = request.values.get("series", ""), circle.id, me(), circle_href(circle)
    if request.method == "GET":
        return cancel_page(circle, series)
    reason, count = loading.words("reason"), 0
    if len(reason) > LONGEST_REASON:
        return cancel_page(circle, series, 422, reason_error=_("Cette raison est trop longue. Raccourcissez-la à %(most)s signes.", most=LONGEST_REASON))  # fmt: skip
    chosen = set(request.form.getlist("meeting"))
    with writing():
        by = db.session.get_one(Person, who.id)
        for meeting in gathering.coming(db.session.get_one(Circle, circle_id), series or None):
            if meeting.id not in chosen:
                continue
            try:
                convening.apply(meeting, "cancel", by, reason=reason or None)
                count += 1
            except Refused:
                continue  # somebody else cancelled or held it meanwhile
    if not count:
        return cancel_page(db.session.get_one(Circle, circle_id), series, 422, error=_("Cochez au moins une rencontre à annuler."))  # fmt: skip
    jobs.wake()
    flash(ngettext("Une rencontre est annulée.", "%(num)s rencontres sont annulées.", count), "ok")
    return redirect(href, 303)


def cancel_page(
    circle: Circle, series: str, status: int = 200, *, error: str = "", reason_error: str = ""
) -> Any:
    posted = set(request.form.getlist("meeting")) if request.method == "POST" else None
    return render_template(
        "groups/cancel.html", circle=circle, ahead=gathering.coming(circle, series or None), series=series, error=error, posted=posted,
        reason=loading.words("reason"), reason_error=reason_error,
    ), status  # fmt: skip
