"""★ The life of an exchange: a notice on a board, an answer or a proposal, two who say yes, in touch, done, three lines.

A change of state is a row of TRANSITIONS, carried out as those of a fiche are (models/workflow.py). Nobody learns the address
of the other before both have said yes. Mails are queued in the same transaction. All acts stand inside writing().
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select

from models.audit import record
from models.circles import Circle
from models.deliveries import mail
from models.exchanges import (
    DONE,
    ENDED,
    IN_TOUCH,
    KINDS,
    OFFER,
    PROPOSED,
    Evaluation,
    Exchange,
    Notice,
    those_told,
)
from models.exchanging import Line, behind, line_by_ref
from models.lengths import shorten, too_long
from models.organisations import Membership, Organisation
from models.people import Person, people_with
from models.recalling import recall_boards
from models.rights import can
from models.seating import Stale, today
from models.store import db, new_id, now
from models.vocabularies import terms
from models.workflow import Refused, Transition, step

FIELDS = ("kind", "title", "words", "languages", "place", "region", "country", "organisation_id", "until")
PRINTED = ("title", "words", "place", "region", "organisation_id")  # what papers of groups say of a notice
LENGTHS = {"title": 200, "words": 2000, "place": 120}
MOST_WORDS = 1000
LINES = ("learned", "worked", "following")
LONGEST_LINE = 300
YEARS = 2  # how far ahead a notice may stand
GROUP_ENDED = _l("Le groupe de cette ligne a pris fin. Écrivez-en une autre au tableau du réseau.")


class BadNotice(ValueError):
    """What was given cannot stand. problems: name of the field → sentence that names the remedy."""

    def __init__(self, problems: dict[str, Any]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in problems.items()))
        self.problems = problems


# ---- notices


def _group_ended(notice: Notice | None) -> bool:
    return bool(notice and notice.circle and notice.circle.ended_at)


def organisations_of(person: Person) -> list[tuple[str, str]]:
    """(id, name) of the organisations that this person belongs to now, as was confirmed: they may speak for them here."""
    mine = (Membership.person_id == person.id, Membership.until.is_(None), Membership.confirmed.is_(True))
    query = select(Organisation).join(Membership).where(*mine, Organisation.merged_into.is_(None))
    rows = {row.id: row for row in db.session.scalars(query).unique()}
    return sorted(((row.id, row.name_for("fr")) for row in rows.values()), key=lambda pair: pair[1])


def problems(values: Mapping[str, Any], by: Person, notice: Notice | None = None) -> dict[str, Any]:
    """Why these values cannot stand, by field. notice: what is changed; its organisation and its day may stay."""
    out = too_long(values, LENGTHS)
    if values.get("kind") not in KINDS:
        out["kind"] = _l("Dites si vous offrez ou si vous cherchez.")
    if _group_ended(notice):
        out["title"] = GROUP_ENDED
    elif not values.get("title"):
        out["title"] = _l(
            "Dites en quelques mots ce que c’est, par exemple «\u00a0Animer une réunion\u00a0»."
        )
    spoken = (values.get("languages") or "").split()
    if not spoken or any(code not in terms("langue") for code in spoken):
        out["languages"] = _l("Cochez au moins une langue.")
    for name, vocabulary in (("region", "provenance_territoire_be"), ("country", "pays")):
        if values.get(name) and values[name] not in terms(vocabulary):
            out[name] = _l("Choisissez dans la liste.")
    house = values.get("organisation_id")
    kept = notice is not None and house == notice.organisation_id
    if house and not kept and house not in dict(organisations_of(by)):
        out["organisation_id"] = _l("Choisissez une organisation dont vous êtes, ou parlez pour vous.")
    until = values.get("until")
    if isinstance(until, date) and not (notice and notice.until == until):
        if until < today():
            out["until"] = _l("Ce jour est passé. Choisissez-en un à venir, ou laissez vide.")
        elif until.year > today().year + YEARS:
            out["until"] = _l("Choisissez un jour dans les %(n)s ans qui viennent, ou laissez vide.", n=YEARS)
    return out


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """As the row keeps them: a region says its country."""
    out = {name: values.get(name) or None for name in FIELDS}
    if out["region"]:
        out["country"] = "BE"
    return out


def post(values: Mapping[str, Any], by: Person, circle: Circle | None = None) -> Notice:
    """An offer or a request on the board of a group, or on the network's. Raises BadNotice."""
    if found := problems(values, by):
        raise BadNotice(found)
    notice = Notice(
        id=new_id(), person_id=by.id, made_by=by.id, circle_id=circle.id if circle else None, **_kept(values)
    )
    db.session.add(notice)
    db.session.flush()
    record(by, "notice.made", "notice", notice.id, made=notice.kind, circle=notice.circle_id)
    return notice


def change(notice: Notice, values: Mapping[str, Any], rev: int, by: Person) -> list[str]:
    """The names of what changed. Raises Stale, BadNotice."""
    if notice.rev != rev:
        raise Stale
    if found := problems(values, by, notice):
        raise BadNotice(found)
    new = _kept(values)
    changed = [name for name in FIELDS if getattr(notice, name) != new[name]]
    lost = any(_loses(getattr(notice, name), new[name]) for name in PRINTED)
    for name in changed:
        setattr(notice, name, new[name])
    if lost:
        recall_boards(notice.circle_id)
    if changed:
        notice.rev, notice.changed_at = notice.rev + 1, now()
        record(by, "notice.changed", "notice", notice.id, rev=notice.rev, fields=changed)
    db.session.flush()
    return changed


def _loses(before: str | None, after: str | None) -> bool:
    """Whether something that stood there does not stand there any more."""
    return bool(before) and str(before) not in (after or "")


def close(notice: Notice, by: Person) -> None:
    """Off the board; what was closed already stays as it was."""
    if notice.closed_at is None:
        notice.closed_at = now()
        notice.rev += 1
        recall_boards(notice.circle_id)
        record(by, "notice.closed", "notice", notice.id)


def reopen(notice: Notice, by: Person) -> None:
    """On the board again; a day that has passed is taken away. Raises Refused where the group has ended."""
    if _group_ended(notice):
        raise Refused(GROUP_ENDED)
    if notice.closed_at is None and not (notice.until and notice.until < today()):
        return
    notice.closed_at = None
    notice.until = None if notice.until and notice.until < today() else notice.until
    notice.rev, notice.changed_at = notice.rev + 1, now()
    record(by, "notice.reopened", "notice", notice.id)


# ---- two in touch


def _notices(*lines: Line | None) -> dict[str, Any]:
    """offer_id, request_id, circle_id of an exchange that comes of these lines, which stand on the board of one group, or
    of one and of the network's (see _sides): the group's keeps it."""
    rows = [line.notice for line in lines if line and line.notice]
    circle = next((row.circle_id for row in rows if row.circle_id), None)
    found: dict[str, Any] = {"offer_id": None, "request_id": None, "circle_id": circle}
    for row in rows:
        found["offer_id" if row.kind == OFFER else "request_id"] = row.id
    return found


def _same(giver: Person, receiver: Person, found: Mapping[str, Any], subject: str) -> bool:
    """Whether these two are at it already."""
    pair = (Exchange.giver_id == giver.id, Exchange.receiver_id == receiver.id)
    about = [
        getattr(Exchange, key) == found[key] for key in ("offer_id", "request_id") if found[key] is not None
    ]
    about.append(Exchange.subject == subject[:200])
    query = select(Exchange.id).where(*pair, Exchange.state.in_((PROPOSED, IN_TOUCH)), or_(*about))
    return db.session.scalar(query.limit(1)) is not None


def _begin(line: Line, giver: Person, receiver: Person, words: str, subject: str, **more: Any) -> Exchange:
    if giver.id == receiver.id:
        raise Refused(_l("C’est la même personne des deux côtés. Choisissez-en une autre."))
    found = _notices(line, more.pop("other", None))
    if _same(giver, receiver, found, subject):
        raise Refused(
            _l("Cet échange est déjà proposé à ces deux personnes. Il se suit dans leurs échanges.")
        )
    if len(words) > MOST_WORDS:
        raise Refused(shorten(words, MOST_WORDS))
    row = Exchange(
        id=new_id(), subject=subject[:200], giver_id=giver.id, receiver_id=receiver.id, words=words or None, **found, **more
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def mediators(exchange: Exchange) -> list[Person]:
    """Who is asked to put two in touch: who leads the group on whose board it stands, else the coordination."""
    if exchange.circle and exchange.circle.lead_ids:
        query = select(Person).where(Person.id.in_(exchange.circle.lead_ids), Person.active.is_(True))
        found = [
            p for p in db.session.scalars(query) if p.id not in (exchange.giver_id, exchange.receiver_id)
        ]
        if found:
            return found
    return [p for p in people_with("coordination") if can(p, "exchange.mediate", exchange)]


def answer(line: Line, by: Person, words: str = "") -> Exchange:
    """“Cela m’intéresse”: somebody answers a line; a mediator is asked to put the two in touch. Raises Refused."""
    if not line.stands:
        raise Refused(_l("Cette ligne n’est plus au tableau. Cherchez-en une autre, ou écrivez la vôtre."))
    other = behind(line)
    if other is None:
        raise Refused(
            _l("Personne d’ici ne répond pour cette ligne. Écrivez à la coordination, qui cherchera.")
        )
    giver, receiver = (other, by) if line.kind == OFFER else (by, other)
    mine = {"receiver_agreed_at": now()} if line.kind == OFFER else {"giver_agreed_at": now()}
    row = _begin(line, giver, receiver, words, line.title, **mine)
    record(by, "exchange.asked", "exchange", row.id, notice=line.notice.id if line.notice else None)
    for person in mediators(row):
        mail(person, "exchange_asked", exchange=row.id)
    return row


def _sides(line: Line, other: Line, by: Person) -> tuple[Line, Person, Person]:
    """The offer, who is behind it and who is behind the request, where this mediator may propose it to them. Raises Refused.

    Each is told the line of the other: what one of them may not read is not proposed to them. What stands on the board of
    a group stays with that group, and is mediated by who may mediate there.
    """
    if line.kind == other.kind or not (line.stands and other.stands):
        raise Refused(
            _l("Il faut une offre et une demande qui sont au tableau. Choisissez-en une dans la liste.")
        )
    here = [one.circle for one in (line, other) if one.circle]
    if len({circle.id for circle in here}) > 1:
        raise Refused(_l("Ces deux lignes sont aux tableaux de deux groupes. Choisissez-en deux du même tableau, ou une de celui du réseau."))  # fmt: skip
    if not all(can(by, "exchange.mediate", one) for one in (line, other) if one.circle):
        raise Refused(
            _l("Vous ne mettez pas en contact au tableau de ce groupe. Qui mène le groupe peut le faire.")
        )
    offer, request = (line, other) if line.kind == OFFER else (other, line)
    giver, receiver = behind(offer), behind(request)
    if giver is None or receiver is None:
        raise Refused(_l("Personne d’ici ne répond pour une de ces lignes. Écrivez à l’organisation, puis recommencez."))  # fmt: skip
    if line_by_ref(giver, request.ref) is None or line_by_ref(receiver, offer.ref) is None:
        raise Refused(
            _l("L’autre personne ne peut pas lire cette ligne. Parlez-en d’abord à qui l’a écrite.")
        )
    return offer, giver, receiver


def may_propose(line: Line, other: Line, by: Person) -> bool:
    """Whether this mediator may propose these two lines to the people behind them."""
    try:
        _sides(line, other, by)
    except Refused:
        return False
    return True


def propose(line: Line, other: Line, by: Person, words: str = "") -> Exchange:
    """A mediator proposes an exchange to the two behind an offer and a request; both are written to. Raises Refused."""
    offer, giver, receiver = _sides(line, other, by)
    row = _begin(line, giver, receiver, words, offer.title, other=other, mediator_id=by.id)
    for person in (giver, receiver):
        if person.id == by.id:
            _agree(row, by, named=False)
    record(by, "exchange.proposed", "exchange", row.id, offer=row.offer_id, request=row.request_id)
    _tell(row, "exchange_proposed", by)
    return row


def take(exchange: Exchange, by: Person, words: str = "") -> None:
    """A mediator takes an answer in hand: the one who has not said yes is written to. Raises Refused."""
    if exchange.state != PROPOSED or exchange.mediator_id:
        raise Refused(_l("Une autre personne s’en occupe déjà, ou l’échange a pris fin."))
    if by.id in (exchange.giver_id, exchange.receiver_id):
        raise Refused(_l("Vous êtes l’une des deux personnes. Une autre vous mettra en contact."))
    if len(words) > MOST_WORDS:
        raise Refused(shorten(words, MOST_WORDS))
    exchange.mediator_id, exchange.rev = by.id, exchange.rev + 1
    if words:
        exchange.words = f"{exchange.words}\n\n{words}" if exchange.words else words
    record(by, "exchange.taken", "exchange", exchange.id)
    db.session.flush()
    _tell(exchange, "exchange_proposed", by)


def _two(exchange: Exchange) -> list[Person]:
    query = select(Person).where(Person.id.in_((exchange.giver_id, exchange.receiver_id)))
    return [p for p in db.session.scalars(query.order_by(Person.name, Person.id)) if p.active]


def _tell(exchange: Exchange, template: str, by: Person, *more: Person | None) -> None:
    """A mail to the two, where they have heard of it, and to these, but not to who did it."""
    two = [p for p in _two(exchange) if p.id in those_told(exchange)]
    those = {p.id: p for p in (*two, *(p for p in more if p)) if p.id != by.id}
    for person in those.values():
        mail(person, template, exchange=exchange.id)


def agreed(exchange: Exchange, person_id: str) -> bool:
    """Whether one of the two has said yes."""
    at = exchange.giver_agreed_at if person_id == exchange.giver_id else exchange.receiver_agreed_at
    return at is not None


def _agree(exchange: Exchange, by: Person, *, named: bool) -> None:
    if by.id == exchange.giver_id:
        exchange.giver_agreed_at, exchange.giver_named = exchange.giver_agreed_at or now(), named
    else:
        exchange.receiver_agreed_at, exchange.receiver_named = exchange.receiver_agreed_at or now(), named


def say_yes(exchange: Exchange, by: Person, *, named: bool) -> bool:
    """One of the two agrees; True once both have, and are in touch. named: may be said where reciprocity is shown.

    Raises Refused where nothing waits for a yes.
    """
    if exchange.state != PROPOSED or not exchange.mediator_id:
        raise Refused(_l("Cet échange n’attend plus votre oui. Relisez où il en est."))
    if not agreed(exchange, by.id):
        record(by, "exchange.agreed", "exchange", exchange.id)
    _agree(exchange, by, named=named)
    exchange.rev += 1
    db.session.flush()
    if not (exchange.giver_agreed_at and exchange.receiver_agreed_at):
        return False
    apply(exchange, "touch", by)
    return True


def choose_name(exchange: Exchange, by: Person, *, named: bool) -> None:
    """One of the two changes whether they are named; it holds from now on, and papers that name them go."""
    if (
        exchange.circle_id
        and exchange.state == DONE
        and exchange.giver_named
        and exchange.receiver_named
        and not named
    ):
        recall_boards(exchange.circle_id)
    if by.id == exchange.giver_id:
        exchange.giver_named = named
    else:
        exchange.receiver_named = named
    record(by, "exchange.naming", "exchange", exchange.id, named=named)


def _in_touch(exchange: Exchange) -> None:
    exchange.in_touch_at = now()


def _ended(exchange: Exchange) -> None:
    exchange.ended_at = now()


TRANSITIONS: dict[str, Transition] = {
    t.name: t
    for t in (
        Transition("touch", _l("Mettre en contact"), (PROPOSED,), IN_TOUCH, "exchange.say", effect=_in_touch),
        Transition("done", _l("C’est fait"), (IN_TOUCH,), DONE, "exchange.note", main=True),
        Transition("end", _l("Arrêter"), (PROPOSED, IN_TOUCH), ENDED, "exchange.note", effect=_ended),
    )
}  # fmt: skip
MAILS = {"touch": "exchange_in_touch", "done": "exchange_done", "end": "exchange_ended"}


def possible(person: Person, exchange: Exchange) -> list[Transition]:
    """What this person may do with it now; `touch` comes of the second yes alone."""
    return [
        t for t in TRANSITIONS.values()
        if t.name != "touch" and exchange.state in t.sources and can(person, t.right, exchange)
    ]  # fmt: skip


def apply(exchange: Exchange, name: str, by: Person, words: str = "", on: date | None = None) -> None:
    """Change the state: done on a day, or ended with a word. Raises Refused."""
    turn = TRANSITIONS.get(name)
    if turn is None or not can(by, turn.right, exchange):
        raise Refused(_l("Vous ne pouvez pas faire cela avec cet échange. La personne qui vous met en contact peut vous aider."))  # fmt: skip
    if name == "end" and not words:
        raise Refused(_l("Dites un mot à l’autre personne, par exemple «\u00a0Je n’ai plus le temps\u00a0»."))
    if len(words) > MOST_WORDS:
        raise Refused(shorten(words, MOST_WORDS))
    if name == "done" and (on is None or on > today() or on.year < 2000):
        raise Refused(_l("Écrivez le jour où cela s’est fait, aujourd’hui ou avant."))
    step(exchange, turn, None, _l("L’échange a changé entre-temps. Relisez-le, puis recommencez."))
    if turn.effect:
        turn.effect(exchange)
    if name == "done":
        exchange.done_on = on
    if name == "end":
        exchange.end_words = words
    exchange.rev += 1
    db.session.flush()
    record(by, f"exchange.{turn.name}", "exchange", exchange.id)
    mediator = db.session.get(Person, exchange.mediator_id) if exchange.mediator_id else None
    if name == "touch":
        for person in _two(exchange):
            mail(person, MAILS[name], exchange=exchange.id)
    else:
        _tell(exchange, MAILS[name], by, mediator if name == "end" else None)


def evaluation_of(exchange: Exchange, person: Person) -> Evaluation | None:
    mine = (Evaluation.exchange_id == exchange.id, Evaluation.person_id == person.id)
    return db.session.scalar(select(Evaluation).where(*mine))


def evaluate(exchange: Exchange, values: Mapping[str, Any], by: Person) -> Evaluation:
    """Three lines of one of the two, once it is done; they may write them anew. Raises BadNotice, Refused."""
    if exchange.state != DONE:
        raise Refused(_l("Les trois lignes s’écrivent quand l’échange est fait. Notez d’abord qu’il l’est."))
    if found := too_long(values, dict.fromkeys(LINES, LONGEST_LINE)):
        raise BadNotice(found)
    if not any(values.get(name) for name in LINES):
        raise BadNotice({"learned": _l("Écrivez une ligne au moins, même courte.")})
    row = evaluation_of(exchange, by)
    if row is None:
        row = Evaluation(id=new_id(), exchange_id=exchange.id, person_id=by.id)
        db.session.add(row)
        record(by, "exchange.evaluated", "exchange", exchange.id)
    for name in LINES:
        setattr(row, name, values.get(name) or None)
    row.at = now()
    db.session.flush()
    return row


def home_of(person: Person) -> dict[str, str | None]:
    """Where a new notice of somebody is at home, as their organisation says: place, region, country."""
    query = select(Organisation).join(Membership).where(
        Membership.person_id == person.id, Membership.until.is_(None)
    ).order_by(Membership.made_at, Membership.id).limit(1)  # fmt: skip
    row = db.session.scalars(query).first()
    if row is None:
        return {"place": None, "region": None, "country": "BE"}
    return {"place": row.commune, "region": row.region, "country": row.country or "BE"}
