"""From a line to an exchange: answered, proposed, taken in hand, agreed, done, said in three lines, ended."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import jobs
from blueprints.accounts.own import me
from blueprints.admin.forms import day_of
from blueprints.exchanges import bp, loading
from blueprints.exchanges.forms import LinesForm, lines_form
from blueprints.exchanges.routes import line_page, said
from blueprints.gate import can, needs
from blueprints.meetings.keeping import attempt, carried
from blueprints.meetings.routes import named
from blueprints.once import once
from models import exchanging, mediating, profiles
from models.audit import events_of
from models.exchanges import IN_TOUCH, PROPOSED, Exchange
from models.exchanging import Line
from models.fiche.kinds import clean
from models.matching import match
from models.people import Person
from models.seating import today
from models.store import db, writing
from models.workflow import Refused


def words_of_form() -> str:
    return clean(request.form.get("words", "")) or ""


def myself() -> Person:
    """Who acts, loaded in the transaction of the act."""
    return db.session.get_one(Person, me().id)


def exchange_href(exchange: Exchange) -> str:
    return url_for("exchanges.show", exchange_id=exchange.id)


@bp.post("/exchanges/lines/<ref>/answers")
@needs("exchange.list", loading.line, see="notice.see", into="line")
def answer(line: Line) -> Any:
    """“Cela m’intéresse”: a mediator is asked."""
    ref, read, words = line.ref, request.form.get("read", ""), words_of_form()
    try:
        made = once(lambda: mediating.answer(loading.again(ref, read), myself(), words), exchange_href)
    except Refused as refused:
        found = loading.line(ref)
        return line_page(found, 422, error=str(refused), words=words) if found else abort(404)
    jobs.wake()
    flash(_("C’est parti. Quelqu’un va vous mettre en contact."), "ok")
    return redirect(exchange_href(made), 303)


@bp.route("/exchanges/lines/<ref>/proposals", methods=["GET", "POST"])
@needs("exchange.mediate", loading.line, see="notice.see", into="line")
def propose(line: Line) -> Any:
    """A mediator proposes this line and another (`with`) to the two behind them."""
    ref, with_ref, words = line.ref, request.values.get("with", "")[:120], words_of_form()
    other = loading.line(with_ref)
    if other is None:
        abort(404)
    if request.method == "GET":
        return propose_page(line, other)
    read, with_read = request.form.get("read", ""), request.form.get("with_read", "")

    def act() -> Exchange:
        one, two = loading.again(ref, read), loading.again(with_ref, with_read)
        return mediating.propose(one, two, myself(), words)

    try:
        made = once(act, exchange_href)
    except Refused as refused:
        line_now, other_now = loading.line(ref), loading.line(with_ref)
        if line_now is None or other_now is None:
            abort(404)
        return propose_page(line_now, other_now, 422, error=str(refused), words=words)
    jobs.wake()
    flash(
        _("Les deux personnes reçoivent un courriel. L’échange commence quand toutes deux ont dit oui."), "ok"
    )
    return redirect(exchange_href(made), 303)


def propose_page(line: Line, other: Line, status: int = 200, *, error: str = "", words: str = "") -> Any:
    fit = match(line.subject, other.subject)
    return render_template(
        "exchanges/propose.html", line=line, other=other, people=[exchanging.behind(one) for one in (line, other)], why=said(fit) if fit else "",
        error=error, words=words,
    ), status  # fmt: skip


# ---- one exchange


@bp.get("/exchanges/<exchange_id>")
@needs("exchange.see", loading.exchange, into="exchange")
def show(exchange: Exchange) -> Any:
    return exchange_page(exchange)


def exchange_page(
    exchange: Exchange, status: int = 200, *, error: str = "", words: str = "", on: str = ""
) -> Any:
    who = me()
    mine = who.id in (exchange.giver_id, exchange.receiver_id)
    other = exchange.receiver if who.id == exchange.giver_id else exchange.giver
    met = mine and exchange.in_touch_at is not None and exchange.state != "ended"
    return render_template(
        "exchanges/show.html", exchange=exchange, me=who, mine=mine, other=other, error=error, words=words, on=on or today().isoformat(),
        address=other.email if met else "", phone=phone_of(other, who) if met else "",
        agreed=mine and mediating.agreed(exchange, who.id), acts=[t.name for t in mediating.possible(who, exchange)],
        takes=exchange.state == PROPOSED and exchange.mediator_id is None and not mine and can("exchange.mediate", exchange),
        lines=exchanging.evaluations(exchange, who), reads_lines=exchanging.reads_lines(exchange, who), wrote=mine and mediating.evaluation_of(exchange, who) is not None,
        named_me=exchange.giver_named if who.id == exchange.giver_id else exchange.receiver_named, in_touch=IN_TOUCH,
        events=named(events_of("exchange", exchange.id)),
    ), status  # fmt: skip


def phone_of(person: Person, reader: Person) -> str:
    """The telephone of somebody, where they let this reader see it."""
    return next((one.text for one in profiles.shown(person, reader) if one.detail.kind == "phone"), "")


def act_on(exchange: Exchange, what: Any, told: str) -> Any:
    """Do one thing to an exchange in a transaction; where it cannot be, the page with the sentence."""
    exchange_id, words = exchange.id, words_of_form()
    try:
        with writing():
            what(db.session.get_one(Exchange, exchange_id), myself())
    except Refused as refused:
        found = exchanging.exchange_by_id(exchange_id)
        if found is None or not can("exchange.see", found):
            abort(404)
        on = clean(request.form.get("on", ""), lines=False) or ""
        return exchange_page(found, 422, error=str(refused), words=words, on=on)
    jobs.wake()
    flash(told, "ok")
    return redirect(url_for("exchanges.show", exchange_id=exchange_id), 303)


@bp.post("/exchanges/<exchange_id>/mediation")
@needs("exchange.mediate", loading.exchange, see="exchange.see", into="exchange")
def take(exchange: Exchange) -> Any:
    words = words_of_form()
    return act_on(exchange, lambda row, by: mediating.take(row, by, words), _("C’est vous qui les mettez en contact. Un courriel part."))  # fmt: skip


@bp.post("/exchanges/<exchange_id>/yes")
@needs("exchange.say", loading.exchange, see="exchange.see", into="exchange")
def say(exchange: Exchange) -> Any:
    named_too = request.form.get("named") == "1"
    return act_on(
        exchange, lambda row, by: mediating.say_yes(row, by, named=named_too), _("Votre oui est noté.")
    )


@bp.post("/exchanges/<exchange_id>/name")
@needs("exchange.say", loading.exchange, see="exchange.see", into="exchange")
def name(exchange: Exchange) -> Any:
    named_too = request.form.get("named") == "1"
    told = _("Votre nom peut être dit.") if named_too else _("Votre nom ne sera pas dit.")
    return act_on(exchange, lambda row, by: mediating.choose_name(row, by, named=named_too), told)


@bp.post("/exchanges/<exchange_id>/transitions/<name>")
@needs("exchange.note", loading.exchange, see="exchange.see", into="exchange")
def transition(exchange: Exchange) -> Any:
    """done, on a day; end, with a word."""
    act = (request.view_args or {})["name"]
    if act not in ("done", "end"):
        abort(404)
    try:
        on = day_of(clean(request.form.get("on", ""), lines=False) or "")
    except ValueError:
        on = None
    words = words_of_form()
    told = _("C’est noté. Il reste trois lignes à écrire, chacun les siennes.") if act == "done" else _("L’échange est arrêté. L’autre personne lit votre mot.")  # fmt: skip
    return act_on(exchange, lambda row, by: mediating.apply(row, act, by, words, on), told)


@bp.route("/exchanges/<exchange_id>/lines", methods=["GET", "POST"])
@needs("exchange.say", loading.exchange, see="exchange.see", into="exchange")
def evaluate(exchange: Exchange) -> Any:
    """The three lines of one of the two."""
    who, exchange_id = me(), exchange.id
    here = url_for("exchanges.show", exchange_id=exchange_id)
    if exchange.state != "done":
        flash(_("Les trois lignes s’écrivent quand l’échange est fait."), "wait")
        return redirect(here, 303)
    if request.method == "GET":
        return lines_page(lines_form(mediating.evaluation_of(exchange, who)), exchange)
    form = lines_form(None, request.form)
    kept = attempt(form, lambda values: mediating.evaluate(db.session.get_one(Exchange, exchange_id), values, myself()) and True)  # fmt: skip
    if not kept:
        return lines_page(form, exchange, 422)
    flash(_("Vos trois lignes sont gardées. Merci."), "ok")
    return redirect(here, 303)


def lines_page(form: LinesForm, exchange: Exchange, status: int = 200) -> Any:
    return render_template("exchanges/lines.html", form=form, exchange=exchange, **carried(form)), status
