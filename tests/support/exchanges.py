"""Offers, requests, exchanges and common actions of the tests."""

from __future__ import annotations

from typing import Any

from models import acting, mediating
from models.circles import Circle, circle_by_code
from models.exchanges import DONE, ENDED, IN_TOUCH, PROPOSED, Evaluation, Exchange, Notice
from models.exchanging import Line, line_of
from models.joint_actions import STATES, JointAction, Partaking
from models.organisations import Organisation, OrganisationSector, add_organisation, belong
from models.people import Person, by_email
from models.seating import today
from models.store import db, new_id, now

CLOSED_NOTICE, CLOSED_EXCHANGE = (
    "00000000-0000-4000-8000-0000000000e1",
    "00000000-0000-4000-8000-0000000000e2",
)


def values(**more: Any) -> dict[str, Any]:
    """What a good form says."""
    return {"kind": "offer", "title": "Tenir un jardin partagé", "languages": "fr", "country": "BE", **more}


def notice(by: Person, circle: Circle | None = None, **more: Any) -> Notice:
    """On a board. Inside writing()."""
    return mediating.post(values(**more), by, circle)


def line(row: Notice) -> Line:
    return line_of(row)


def exchange(giver: Person, receiver: Person, mediator: Person | None = None, state: str = PROPOSED, **more: Any) -> Exchange:  # fmt: skip
    """Of two people, in a state. Inside writing()."""
    both = state in (IN_TOUCH, DONE)
    row = Exchange(
        id=new_id(), giver_id=giver.id, receiver_id=receiver.id, mediator_id=mediator.id if mediator else None, state=state,
        giver_agreed_at=now() if both else None, receiver_agreed_at=now() if both else None, in_touch_at=now() if both else None,
        done_on=today() if state == DONE else None, ended_at=now() if state == ENDED else None, **{"subject": "Réparer un vélo", **more},
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def house(name: str, *sectors: str, people: tuple[Person, ...] = ()) -> Organisation:
    """An organisation of these sectors, with these members. Inside writing()."""
    row = add_organisation({"name_fr": name, "sectors": []}, None)
    row.sector_rows = [OrganisationSector(code=code) for code in sectors]
    db.session.flush()
    for person in people:
        belong(person, row, person)
    return row


def action(by: Person, **more: Any) -> JointAction:
    """An idea. Inside writing()."""
    return acting.make({"title": "Marcher ensemble", **more}, by)


def everything(out: dict[str, str], texts: tuple[str, str, str]) -> None:
    """Texts at the limits (a word without end, markup, Arabic) in each state; what a closed group keeps. Inside writing()."""
    word, markup, arabic = texts
    nadia, samira, bart, monique = (
        by_email(one)
        for one in ("nadia@passerelle.example", "samira@plateforme.example", "bart@ziekenfonds.example", "monique@cafe-papote.example")
    )  # fmt: skip
    closed, wide = circle_by_code(out["circle_closed"]), circle_by_code(out["circle_nasty"])
    db.session.add(
        Notice(id=CLOSED_NOTICE, kind="offer", title="Savoir fermé", languages="fr", person_id=bart.id, made_by=bart.id, circle_id=closed.id)
    )  # fmt: skip
    hidden = exchange(bart, monique, subject="Échange fermé", circle_id=closed.id, words="Mot fermé")
    hidden.id = CLOSED_EXCHANGE
    out["line_closed"], out["exchange_closed"], out["notice_closed"] = f"n-{CLOSED_NOTICE}", CLOSED_EXCHANGE, CLOSED_NOTICE  # fmt: skip
    wild = {"title": f"{word} {markup}"[:200], "words": f"{arabic}\n\n{markup} {word}", "place": f"{word}"[:120], "languages": "fr nl de en ar"}  # fmt: skip
    for name, board in (("notice", None), ("notice_circle", wide)):
        row = notice(nadia, board, **wild)
        out[name], out[f"line_{name}"] = row.id, f"n-{row.id}"
    row = notice(samira, **{**wild, "kind": "request"})
    mediating.close(row, samira)
    out["line_over"] = f"n-{row.id}"
    said = {
        "subject": f"{word} {markup}"[:200],
        "words": f"{markup} {arabic}",
        "end_words": f"{word} {markup}",
    }
    for state in (PROPOSED, IN_TOUCH, DONE, ENDED):
        row = exchange(nadia, monique, samira, state, **said)
        out[f"exchange_{state}"] = row.id
        if state == DONE:
            lines = {"learned": f"{word} {markup}"[:300], "worked": arabic[:300], "following": word}
            db.session.add(Evaluation(exchange_id=row.id, person_id=monique.id, **lines))
    out["exchange_asked"] = exchange(monique, nadia, **said).id
    for state in STATES:
        row = action(
            nadia, title=f"{word} {markup}"[:200], about=f"{arabic}\n\n{markup}", place=word, axis="RAS"
        )
        row.state, row.words = state, f"{word} {markup}"
        db.session.add(Partaking(action_id=row.id, person_id=samira.id, words=f"{markup} {word}"[:300]))
        out[f"action_{state}"] = row.number
    db.session.flush()
