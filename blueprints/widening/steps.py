"""The five steps of a candidature as one reads them: what was done, by whom, when; what comes next, and who acts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from blueprints.formats import day, moment
from models.audit import AuditEvent
from models.people import Person
from models.store import db
from models.widening import STEPS, Case, CaseState, Opinion

S = CaseState
DONE, NOW, TODO, NEVER = "done", "now", "todo", "never"


@dataclass(frozen=True)
class Step:
    """One step. state: DONE, NOW, TODO or NEVER (it ended before); said: what happened or happens, in a sentence; next_: who acts."""

    code: str
    title: str
    state: str
    said: str = ""
    who: str = ""
    at: datetime | None = None
    next_: str = ""


def titles() -> dict[str, str]:
    return {
        S.PROPOSED: _("Proposition"), S.AGREED: _("Accord de la personne"), S.OPINION: _("Avis des membres"),
        S.DECISION: _("Décision en réunion"), S.WELCOME: _("Accueil"),
    }  # fmt: skip


def steps(case: Case, events: list[AuditEvent], opinions: list[Opinion]) -> list[Step]:
    """The five, in their order. events: what happened, of which the acts say who. One query."""
    acts = {event.act.partition(".")[2]: event for event in reversed(events)}
    ids = {event.person_id for event in acts.values() if event.person_id}
    names = {p.id: p.name for p in db.session.scalars(select(Person).where(Person.id.in_(ids)))}
    done = {name: (names.get(event.person_id or "", ""), event.at) for name, event in acts.items()}
    reached = _reached(case, done)
    out = []
    for n, code in enumerate(STEPS):
        state = DONE if n < reached else (NOW if n == reached and case.open else TODO if case.open else NEVER)
        said, who, at = SAID[code](case, state, done, opinions)
        out.append(Step(code, titles()[code], state, said, who, at, _next(case) if state == NOW else ""))
    return out


def _reached(case: Case, done: dict[str, Any]) -> int:
    """How many steps are behind: the step one is in, and what lies behind it."""
    order = {S.PROPOSED: 1, S.AGREED: 2, S.OPINION: 2, S.DECISION: 3, S.WELCOME: 4, S.ACCEPTED: 5}
    if case.state in order:
        return order[case.state]
    for name, count in (("accept", 4), ("close", 3), ("agree", 2)):
        if name in done:
            return count
    return 1


def _proposed(case: Case, _state: str, _done: dict[str, Any], _opinions: Iterable[Opinion]) -> tuple[str, str, datetime | None]:  # fmt: skip
    return "", case.proposer.name if case.proposer else "", case.proposed_at


def _agreed(case: Case, state: str, _done: dict[str, Any], _opinions: Iterable[Opinion]) -> tuple[str, str, datetime | None]:  # fmt: skip
    if case.refused and not case.agreed_at:
        return _("Elle a dit non."), "", case.ended_at
    if state == DONE and case.agreed_at:
        noted = _("oui, noté par %(name)s", name=case.agreer.name) if case.agreer else _("oui, par son lien")
        return noted, "", case.agreed_at
    if case.asked_at and state == NOW:
        return _("Un courriel lui demande son accord."), "", case.asked_at
    return "", "", None


def _opinion(case: Case, state: str, done: dict[str, Any], opinions: Iterable[Opinion]) -> tuple[str, str, datetime | None]:  # fmt: skip
    who, at = done.get("open", ("", None))
    if not at:
        return "", "", None
    against = sum(one.opinion == "object" for one in opinions)
    heard = ngettext("une objection", "%(num)s objections", against) if against else _("aucune objection")
    if state == NOW and case.opinion_until:
        heard = _("%(heard)s pour l’instant, jusqu’au %(when)s", heard=heard, when=moment(case.opinion_until))
    return heard, who, at


def _decision(case: Case, state: str, done: dict[str, Any], _opinions: Iterable[Opinion]) -> tuple[str, str, datetime | None]:  # fmt: skip
    if "accept" in done:
        said = _("oui, décision %(number)s", number=case.decision.number) if case.decision else _("oui")
        return said, *done["accept"]
    if state == NOW and case.item_id and case.meeting:
        when = day(case.meeting.starts_at) if case.meeting.starts_at else _("date à choisir")
        return (
            _("À l’ordre du jour de « %(title)s », %(when)s.", title=case.meeting.title, when=when),
            "",
            None,
        )
    return "", "", None


def _welcome(case: Case, state: str, done: dict[str, Any], _opinions: Iterable[Opinion]) -> tuple[str, str, datetime | None]:  # fmt: skip
    sponsor = _("%(name)s accueille", name=case.sponsor.name) if case.sponsor else ""
    if case.state == S.ACCEPTED:
        return sponsor, "", case.ended_at
    if "welcome" in done:
        return _("%(sponsor)s. L’invitation est partie.", sponsor=sponsor) if sponsor else "", *done[
            "welcome"
        ]
    return "", "", None


SAID = {
    S.PROPOSED: _proposed,
    S.AGREED: _agreed,
    S.OPINION: _opinion,
    S.DECISION: _decision,
    S.WELCOME: _welcome,
}


def _next(case: Case) -> str:
    """What comes next, and who acts."""
    if case.state == S.PROPOSED:
        if case.email:
            return _(
                "La personne répond par son lien, ou de vive voix : qui la propose ou anime le groupe le note."
            )
        return _("Qui la propose, ou anime le groupe, lui parle et note sa réponse.")
    if case.state == S.AGREED:
        return _("Qui anime le groupe demande l’avis des membres.")
    if case.state == S.OPINION:
        return _("Les membres parlent, ou se taisent : le silence vaut accord. La suite vient d’elle-même.")
    if case.state == S.DECISION:
        if case.item_id:
            return _("La réunion décide. Qui anime le groupe le note ensuite ici.")
        return _("Aucune réunion n’est encore prévue. La candidature attend : elle viendra d’elle-même à l’ordre du jour de la prochaine.")  # fmt: skip
    if case.person_id:
        return _("La place sera prise à la première visite de cette personne sur le site.")
    return _("Qui anime le groupe choisit qui accueille, et envoie l’invitation.")
