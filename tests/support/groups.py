"""Requests, productions and reports of the tests."""

from __future__ import annotations

from datetime import date, timedelta

from blueprints.groups.inviting import seat_token
from models.circles import Circle, circle_by_code
from models.groups import ASK, INVITE, PRODUCTION_STATES, Production, Report, SeatRequest
from models.people import Person, by_email
from models.seating import today
from models.store import db, new_id, now

CLOSED_ASK, CLOSED_PRODUCTION, CLOSED_REPORT = (
    f"00000000-0000-4000-8000-00000000c10{n}" for n in range(1, 4)
)


def asks(circle: Circle, person: Person, *, kind: str = ASK, by: Person | None = None, **more) -> SeatRequest:
    """A request that waits. Inside writing()."""
    row = SeatRequest(
        id=new_id(), circle_id=circle.id, person_id=person.id, kind=kind, made_by=(by or person).id, **more
    )
    db.session.add(row)
    db.session.flush()
    return row


def production(circle: Circle, title: str, **more) -> Production:
    """Something to make. Inside writing()."""
    row = Production(id=more.pop("id", new_id()), circle_id=circle.id, title=title, **more)
    db.session.add(row)
    db.session.flush()
    return row


def report(circle: Circle, title: str, body: str = "Ce que nous avons fait.", **more) -> Report:
    """A draft about the spring of 2016. Inside writing()."""
    days = {"first_on": date(2016, 4, 1), "last_on": date(2016, 6, 30)}
    row = Report(id=more.pop("id", new_id()), circle_id=circle.id, title=title, body=body, **days, **more)
    db.session.add(row)
    db.session.flush()
    return row


def everything(out: dict[str, str], texts: tuple[str, str, str]) -> None:
    """What a group has besides its meetings, with texts at the limits (a word without end, markup, Arabic): requests in
    each state, productions, reports; those of the closed circle; a network. Inside writing()."""
    word, markup, arabic = texts
    samira, nadia = by_email("samira@plateforme.example"), by_email("nadia@passerelle.example")
    leon, els = by_email("leon@amis-du-chemin.example"), by_email("els@wijkadem.example")
    hidden, open_group = circle_by_code(out["circle_closed"]), circle_by_code("GT-PLA")
    wild = Circle(
        id=new_id(), code="RV-TEXTES", kind="RES", title=f"{word} {markup}"[:200], mandate=f"{arabic}\n\n{markup} {word}", territory=word * 2,
        rhythm=word, place=arabic, languages="fr nl", expenses=markup, axis="SOU", decided_by="D-1999-99", made_by=samira.id,
    )  # fmt: skip
    ended = Circle(
        id=new_id(), code="GT-FINI", kind="GDT", title="Groupe terminé", languages="fr", ended_at=now()
    )
    db.session.add_all([wild, ended])
    db.session.flush()
    from models import seating

    seating.take_seat(wild, nadia, samira, role="chair")
    seating.take_seat(ended, nadia, samira, role="chair")
    out |= {"circle_wild": wild.code, "circle_ended": ended.code}
    invited = SeatRequest(id=CLOSED_ASK, circle_id=hidden.id, person_id=els.id, kind=INVITE, words="Invitation fermée", made_by=samira.id)  # fmt: skip
    db.session.add(invited)
    db.session.flush()
    out["ask_closed"], out["ask_waiting"] = CLOSED_ASK, asks(wild, leon, words=f"{markup} {arabic} {word}").id
    out["ask_invited"] = asks(wild, els, kind=INVITE, by=nadia, words=f"{markup} {word}").id
    for state in ("yes", "no", "withdrawn"):
        one = asks(open_group, els, state=state, words=word, answer=f"{markup} {arabic}", answered_at=now(), answered_by=nadia.id)  # fmt: skip
        out[f"ask_{state}"] = one.id
    out["seat_link"] = seat_token(db.session.get_one(SeatRequest, out["ask_invited"]))
    out["seat_link_used"] = seat_token(db.session.get_one(SeatRequest, out["ask_yes"]))
    production(hidden, "Production fermée", id=CLOSED_PRODUCTION)
    out["production_closed"] = CLOSED_PRODUCTION
    for n, state in enumerate(PRODUCTION_STATES):
        said = {
            "about": f"{arabic}\n\n{markup}",
            "due_on": today() - timedelta(days=n),
            "person_id": nadia.id,
        }
        over = {"ended_at": now(), "words": f"{word} {markup}"} if n > 1 else {}
        out[f"production_{state}"] = production(
            wild, f"{word} {markup}"[:200], state=state, **said, **over
        ).id
    report(hidden, "Rapport fermé", id=CLOSED_REPORT)
    out["report_closed"] = CLOSED_REPORT
    text = f"# {word}\n\n{markup}\n\n- {arabic}\n- [lien](javascript:alert(1))\n\n```\n{word}\n```"
    out["report_draft"] = report(wild, f"{word} {markup}"[:200], text, made_by=nadia.id).id
    sent = report(wild, f"Rapport {word}"[:200], text, state="sent", sent_at=now(), sent_by=nadia.id, item_id=out["item_held"])  # fmt: skip
    out["report_sent"] = sent.id
