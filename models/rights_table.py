"""The table role × right, asked of the predicates themselves: each is tried on samples of its objects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from flask_babel import lazy_gettext as _l

from models.people import ROLES
from models.rights import RIGHTS

YES, NO, OWN, SOME = "yes", "no", "own", "some"
WORDS = {YES: _l("oui"), NO: _l("non"), OWN: _l("les siennes"), SOME: _l("selon le cas")}
STATES = ("BRO", "SOU", "REL", "CPL", "RET", "PLT", "PUB", "ARC", "ANN")
ME = "me"


@dataclass(frozen=True)
class Row:
    """One right: its name, what it lets do, and one of YES, NO, OWN, SOME for each role."""

    right: str
    words: Any
    answers: dict[str, str]

    def said(self, role: str) -> Any:
        """The answer in a word."""
        return WORDS[self.answers[role]]


def _fiches() -> Iterable[tuple[bool, Any]]:
    for state in STATES:
        received = None if state == "BRO" else object()
        for authors in ({ME}, {"other"}, set()):
            yield (
                ME in authors,
                SimpleNamespace(state=state, author_ids=frozenset(authors), received_at=received),
            )


def _dossiers() -> Iterable[tuple[bool, Any]]:
    return [
        (who == ME, SimpleNamespace(made_by=who, kind=kind)) for who in (ME, "other") for kind in ("D1", "D3")
    ]


def _data() -> Iterable[tuple[bool, Any]]:
    return [(who == ME, SimpleNamespace(person_id=who)) for who in (ME, "other")]


def _roles() -> Iterable[tuple[bool, Any]]:
    return [(False, role) for role in ROLES]


def _people() -> Iterable[tuple[bool, Any]]:
    return [(False, SimpleNamespace(id="other", role_names=frozenset({role}), active=True)) for role in ROLES]


def _organisations() -> Iterable[tuple[bool, Any]]:
    return [(who == ME, SimpleNamespace(editor_ids=frozenset({who}))) for who in (ME, "other")]


def _circles() -> Iterable[tuple[bool, Any]]:
    """(closed, where I sit) of each sort; mine are those in which I sit."""
    for closed in (True, False):
        for role in ("chair", "secretary", "member", ""):
            who = frozenset({ME if role else "other"})
            leads = who if role in ("chair", "secretary") else frozenset()
            keeps = who if role == "secretary" else frozenset()
            yield (
                bool(role),
                SimpleNamespace(
                    closed=closed, member_ids=who, lead_ids=leads, secretary_ids=keeps, voice_ids=who,
                    is_committee=False, ended_at=None,
                ),
            )  # fmt: skip


def _meetings() -> Iterable[tuple[bool, Any]]:
    for mine, circle in _circles():
        for state in ("prepared", "convened", "held", "minutes_proposed", "minutes_approved"):
            told = None if state == "prepared" else object()
            yield (
                mine,
                SimpleNamespace(
                    circle=circle,
                    state=state,
                    convened_at=told,
                    guest_ids=frozenset(),
                    near=state == "convened",
                    approved_before=False,
                ),
            )


def _tasks() -> Iterable[tuple[bool, Any]]:
    """Mine are those of circles in which I sit, and those that I do."""
    for mine, circle in _circles():
        for who in (ME, "other"):
            yield mine or who == ME, SimpleNamespace(circle=circle, person_id=who)


def _decisions() -> Iterable[tuple[bool, Any]]:
    return [(mine, SimpleNamespace(meeting=meeting)) for mine, meeting in _meetings()]


def _recommendations() -> Iterable[tuple[bool, Any]]:
    for mine, circle in _circles():
        for decision_id in (None, "a decision"):
            yield mine, SimpleNamespace(circle=circle, decision_id=decision_id)


def _cases() -> Iterable[tuple[bool, Any]]:
    return [(mine, SimpleNamespace(circle=circle, proposed_by=None)) for mine, circle in _circles()]


def _works() -> Iterable[tuple[bool, Any]]:
    """What hangs on a circle: mine where I sit."""
    for mine, circle in _circles():
        yield (
            mine,
            SimpleNamespace(circle=circle, person_id="other", made_by="other", state="draft", item=None),
        )


def _notices() -> Iterable[tuple[bool, Any]]:
    return [(who == ME, SimpleNamespace(circle=None, person_id=who, made_by=who)) for who in (ME, "other")]


def _exchanges() -> Iterable[tuple[bool, Any]]:
    return [
        (
            who == ME,
            SimpleNamespace(
                circle=None, giver_id=who, receiver_id="third", mediator_id=None, state="proposed"
            ),
        )
        for who in (ME, "other")
    ]


def _seat_requests() -> Iterable[tuple[bool, Any]]:
    return [(who == ME, SimpleNamespace(person_id=who)) for who in (ME, "other")]


# What a right looks at, by the first word of its name, where it looks at something: pairs (mine, object).
SAMPLES = {"fiche": _fiches, "dossier": _dossiers, "role": _roles, "data": _data, "person.change": _people, "person.merge": _people,
           "factor.reset": _people,
           "organisation.edit": _organisations, "circle": _circles, "meeting": _meetings, "meeting.make": _circles,
           "task": _tasks, "task.make": _circles, "minutes": _meetings, "decision": _decisions,
           "recommendation": _recommendations, "recommendation.make": _circles, "widening": _cases, "widening.propose": _circles,
           "work": _circles, "note": _works, "file.see": _works, "file.keep": _works, "production": _works, "report": _works,
           "report.write": _circles, "seat": _seat_requests, "notice": _notices, "exchange.mediate": _notices,
           "exchange": _exchanges, "action.edit": _notices, "reference.see": _notices, "reference.edit": _notices}  # fmt: skip
LISTS = frozenset(
    {
        "fiche.list",
        "fiche.create",
        "fiche.import",
        "dossier.list",
        "dossier.make",
        "circle.list",
        "circle.make",
        "meeting.list",
        "task.list",
        "decision.list",
        "widening.list",
        "exchange.list",
        "notice.make",
        "reference.list",
    }
)


def answer(role: str, right: str) -> str:
    """What somebody who has this role alone may do."""
    person: Any = SimpleNamespace(id=ME, active=True, role_names=frozenset({role}))
    samples = SAMPLES.get(right) or SAMPLES.get(right.partition(".")[0])
    predicate = RIGHTS[right][0]
    if samples is None or right in LISTS:
        return YES if predicate(person, None) else NO
    found = [(mine, bool(predicate(person, thing))) for mine, thing in samples()]
    if not any(may for _, may in found):
        return NO
    if all(may for _, may in found):
        return YES
    return OWN if all(mine for mine, may in found if may) else SOME


def table() -> list[Row]:
    """Every right, with what each role may do."""
    return [
        Row(right, words, {role: answer(role, right) for role in ROLES})
        for right, (_, words) in RIGHTS.items()
    ]
