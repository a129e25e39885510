"""★ The life of a fiche. A change of state is a row of TRANSITIONS; step() is the only code that changes a state.

Meetings have a table of their own (models/convening.py), of the same rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from models.audit import record
from models.deliveries import mail
from models.editions import LOCAL, Call, open_call
from models.fiche import checks, search
from models.fiche.content import get, normal
from models.fiche.fiche import Fiche, State, next_number, touch
from models.people import Person, people_with
from models.rights import can
from models.store import db, now

S = State


class Refused(Exception):
    """A transition that is not possible now. str(): why, and the remedy; problems: what is to settle first."""

    def __init__(self, sentence: Any, problems: list[checks.Problem] | None = None) -> None:
        super().__init__(str(sentence))
        self.problems = problems or []


@dataclass(frozen=True)
class Transition:
    """name, label: the button; from → to; right: who may; guard: raises Refused; tell: who gets which mail.

    asks: a sentence to confirm first. main: the one next act of a page.
    """

    name: str
    label: Any
    sources: tuple[str, ...]
    to: str
    right: str
    guard: Callable[[Any], None] | None = None
    effect: Callable[[Any], None] | None = None
    tell: tuple[tuple[str, Callable[[Any], list[Person]]], ...] = field(default=())
    asks: Any = ""
    main: bool = False


def _authors(fiche: Fiche) -> list[Person]:
    return [a.person for a in fiche.authors if a.person.active]


def _office(_fiche: Fiche) -> list[Person]:
    return people_with("coordination")


def _complete(fiche: Fiche) -> None:
    found = checks.problems(normal(fiche.content))
    if found:
        raise Refused(_l("Il reste des réponses à donner avant d’envoyer la fiche."), found)
    if (
        fiche.received_at is None
        and answered_call(fiche) is None
        and db.session.scalar(select(Call.id).limit(1))
    ):
        raise Refused(
            _l(
                "Aucun appel n’est ouvert. Votre fiche reste ici, en brouillon\u00a0: envoyez-la à l’appel suivant."
            )
        )


def call_for(begun: datetime) -> Call | None:
    """The call that a fiche begun at this moment may answer now: the open one, else one whose grace still runs."""
    late = select(Call).where(Call.opens_at <= begun, Call.closes_at >= begun, Call.closes_at < now())
    late = late.order_by(Call.closes_at.desc())
    return open_call() or next(
        (call for call in db.session.scalars(late) if now() <= _grace_ends(call)), None
    )


def _grace_ends(call: Call) -> datetime:
    return call.closes_at + timedelta(days=call.grace_days)


def answered_call(fiche: Fiche) -> Call | None:
    """The call that a first submission answers now: its own while that takes it, else another that would."""
    begun = fiche.begun_at or fiche.made_at
    own = fiche.call
    in_time = own and begun <= own.closes_at and now() <= _grace_ends(own)
    return own if own and (own.state == "open" or in_time) else call_for(begun)


def _receive(fiche: Fiche) -> None:
    """At the first submission: the moment, the call that is answered, the number."""
    if fiche.received_at is None:
        fiche.call = answered_call(fiche)
        fiche.received_at = now()
    if fiche.number is None:
        fiche.number = next_number(now().astimezone(LOCAL).year)
        search.index(fiche.id, fiche.number, fiche.title, fiche.content)


def _cleared(fiche: Fiche) -> None:
    if not get(fiche.content, "consentements.accord_structure"):
        raise Refused(
            _l("La structure n’a pas donné son accord. Demandez-le, notez-le dans la fiche, puis publiez.")
        )
    if get(fiche.content, "consentements.publication") != "publique":
        raise Refused(
            _l("La structure veut que la fiche reste dans l’intranet. Demandez-lui avant de publier.")
        )


TRANSITIONS: dict[str, Transition] = {
    t.name: t
    for t in (
        Transition("submit", _l("Envoyer au comité"), (S.DRAFT, S.CHANGES), S.SUBMITTED, "fiche.submit", _complete, _receive,
                   (("fiche_received", _authors), ("fiche_new", _office)), main=True),
        Transition("retain", _l("Retenir"), (S.SUBMITTED, S.IN_REVIEW, S.LATER), S.RETAINED, "fiche.retain",
                   tell=(("fiche_retained", _authors),), main=True),
        Transition("publish", _l("Publier au catalogue"), (S.RETAINED,), S.PUBLISHED, "fiche.publish", _cleared,
                   tell=(("fiche_published", _authors),), main=True),
        Transition("withdraw", _l("Retirer la fiche"), (S.DRAFT, S.SUBMITTED, S.IN_REVIEW, S.CHANGES, S.RETAINED, S.LATER, S.PUBLISHED), S.WITHDRAWN, "fiche.withdraw",
                   tell=(("fiche_withdrawn", _office),), asks=_l("La fiche quitte les listes et les prochains dossiers. Votre texte reste ici, et vous pourrez la reprendre.")),
        Transition("reopen", _l("Reprendre la fiche"), (S.WITHDRAWN,), S.DRAFT, "fiche.reopen", main=True),
    )
}  # fmt: skip


def possible(person: Person | None, fiche: Fiche) -> list[Transition]:
    """What this person may do with this fiche now, in the order of the table; guards are asked at the act."""
    return [t for t in TRANSITIONS.values() if fiche.state in t.sources and can(person, t.right, fiche)]


def apply(fiche: Fiche, name: str, person: Person, expected_rev: int | None = None) -> None:
    """Change the state: check, update with the expected state and revision, audit, mail. Inside writing().

    Raises Refused. Two that race: the second finds another state and is refused.
    """
    t = TRANSITIONS.get(name)
    if t is None or not can(person, t.right, fiche):
        raise Refused(_l("Vous ne pouvez pas faire cela avec cette fiche. Le secrétariat peut vous aider."))
    source = step(fiche, t, expected_rev, _l("La fiche a changé entre-temps. Relisez-la, puis recommencez."))
    if t.effect:
        t.effect(fiche)
    fiche.changed_at = now()
    touch()
    record(person, f"fiche.{t.name}", "fiche", fiche.id, source=source, to=t.to, rev=fiche.rev)
    for template, whom in t.tell:
        for to in whom(fiche):
            if to.id != person.id or template == "fiche_received":
                mail(to, template, fiche=fiche.id, by=person.id)
    db.session.flush()


def step(thing: Any, t: Transition, expected_rev: int | None, stale: Any) -> str:
    """Change the state of a fiche or a meeting by a row of its table; the state before. Inside writing().

    Raises Refused with `stale` where it is in another state, or of another revision than expected, by now.
    """
    if thing.state not in t.sources or (expected_rev is not None and expected_rev != thing.rev):
        raise Refused(stale)
    if t.guard:
        t.guard(thing)
    source, model = str(thing.state), type(thing)
    db.session.flush()
    done = db.session.execute(
        update(model)
        .where(model.id == thing.id, model.state == source, model.rev == thing.rev)
        .values(state=t.to)
    )
    if getattr(done, "rowcount", 0) != 1:
        raise Refused(stale)
    db.session.refresh(thing)
    return source
