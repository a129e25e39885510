"""Preparing an edition: what may be kept, by whom it was changed, what keeps it from being deleted.

Every function that changes something is called inside writing(), with the row as it is now; the rev that the person
had before their eyes decides whether they may.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, update

from models.audit import record
from models.editions import LOCAL, Call, Edition, call_by_code, edition_by_code, fiches_by_call
from models.lengths import too_long
from models.people import Person
from models.store import db, now

Values = Mapping[str, Any]
EDITION_FIELDS = ("title", "year", "theme", "place", "starts", "ends", "letter", "signature", "thanks")
CALL_FIELDS = ("title", "wanted", "opens_at", "closes_at", "grace_days")
YEARS = range(2000, 2101)
MOST_GRACE = 30  # days
LENGTHS = {
    "title": 200,
    "theme": 300,
    "place": 300,
    "signature": 300,
    "letter": 20_000,
    "thanks": 5000,
    "wanted": 5000,
}


class BadEdition(ValueError):
    """What was given cannot stand. problems: name of the field → sentence that names the remedy."""

    def __init__(self, problems: dict[str, Any]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in problems.items()))
        self.problems = problems


class Stale(Exception):
    """Somebody else changed it in the meantime; nothing was changed."""


@dataclass(frozen=True)
class Hanging:
    """What hangs on an edition or a call, in numbers; true while there is anything."""

    fiches: int = 0
    dossiers: int = 0

    def __bool__(self) -> bool:
        return bool(self.fiches or self.dossiers)


class StillUsed(Exception):
    """It cannot be deleted: something hangs on it."""

    def __init__(self, hanging: Hanging) -> None:
        super().__init__("still used")
        self.hanging = hanging


# ---- what is suggested -----------------------------------------------------------------------------------------


def next_year(known: list[Edition]) -> int:
    """The year of the next biennale: two after the latest, else the next odd year."""
    if known:
        return min(known[0].year + 2, YEARS[-1])
    this = now().astimezone(LOCAL).year
    return this + 1 - this % 2


def edition_code(year: int) -> str:
    return f"BIE-{year}"


def call_code(year: int) -> str:
    """The next free code of a year, AP-2027-2."""
    taken = set(db.session.scalars(select(Call.code).where(Call.code.startswith(f"AP-{year}-"))))
    return next(code for n in range(1, len(taken) + 2) if (code := f"AP-{year}-{n}") not in taken)


# ---- what may stand --------------------------------------------------------------------------------------------


def _in_range(day: date | datetime | None) -> bool:
    return day is None or day.year in YEARS


def edition_problems(values: Values, edition: Edition | None = None) -> dict[str, Any]:
    """Why these values cannot stand, by field. edition: the one that is changed; None for a new one."""
    out = too_long(values, LENGTHS)
    if not values.get("title"):
        out["title"] = _l("Donnez un titre à cette édition. Vous pourrez le changer.")
    if values.get("year") not in YEARS:
        out["year"] = _l("Écrivez une année de 2000 à 2100.")
    starts, ends = values.get("starts"), values.get("ends")
    for name, day in (("starts", starts), ("ends", ends)):
        if not _in_range(day):
            out[name] = _l("Écrivez une date de 2000 à 2100.")
    if ends and not starts:
        out["starts"] = _l("Donnez aussi le premier jour, ou effacez le dernier.")
    elif starts and ends and ends < starts:
        out["ends"] = _l("Le dernier jour vient avant le premier. Changez l’un des deux.")
    if edition is None and "year" not in out:
        code = values.get("code") or edition_code(values["year"])
        if not re.fullmatch(r"BIE-[0-9]{4}(-[0-9]{1,2})?", code):
            out["code"] = _l(
                "Écrivez un code comme %(code)s, ou laissez vide.", code=edition_code(values["year"])
            )
        elif edition_by_code(code):
            out["code"] = _l("Le code %(code)s est pris par une autre édition. Écrivez par exemple %(other)s.", code=code, other=f"{code[:8]}-2")  # fmt: skip
    return out


def call_problems(values: Values, call: Call | None = None) -> dict[str, Any]:
    """The same for a call. opens_at, closes_at: aware moments."""
    out = too_long(values, LENGTHS)
    if not values.get("title"):
        out["title"] = _l("Donnez un titre à cet appel, par exemple « Appel à fiches ».")
    opens, closes = values.get("opens_at"), values.get("closes_at")
    for name, at in (("opens_at", opens), ("closes_at", closes)):
        if at is None:
            out[name] = _l("Donnez une date.")
        elif not _in_range(at):
            out[name] = _l("Écrivez une date de 2000 à 2100.")
    if opens and closes and closes <= opens:
        out["closes_at"] = _l("L’appel ferme avant d’ouvrir. Choisissez une date limite plus tardive.")
    grace = values.get("grace_days")
    if not isinstance(grace, int) or not 0 <= grace <= MOST_GRACE:
        out["grace_days"] = _l("Écrivez un nombre de jours, de 0 à %(most)s.", most=MOST_GRACE)
    if call is None and (code := values.get("code")):
        if not re.fullmatch(r"AP-[0-9]{4}-[0-9]{1,2}", code):
            out["code"] = _l("Écrivez un code comme AP-2027-1, ou laissez vide.")
        elif call_by_code(code):
            out["code"] = _l(
                "Le code %(code)s est pris par un autre appel. Laissez vide pour le suivant.", code=code
            )
    return out


# ---- acts ------------------------------------------------------------------------------------------------------


def add_edition(values: Values, by: Person) -> Edition:
    """A new edition; without a code it is BIE and its year. Raises BadEdition."""
    if problems := edition_problems(values):
        raise BadEdition(problems)
    row = {name: values.get(name) for name in EDITION_FIELDS}
    edition = Edition(code=values.get("code") or edition_code(values["year"]), **row)
    db.session.add(edition)
    db.session.flush()
    record(by, "edition.made", "edition", edition.id, code=edition.code)
    return edition


def change_edition(edition: Edition, values: Values, rev: int, by: Person) -> None:
    """Raises Stale, BadEdition. Values that are the same change nothing, not even the rev."""
    if edition.rev != rev:
        raise Stale
    if problems := edition_problems(values, edition):
        raise BadEdition(problems)
    _change(edition, {name: values.get(name) for name in EDITION_FIELDS}, "edition", by)


def add_call(edition: Edition, values: Values, by: Person) -> Call:
    """A new call; without a code it gets the next one of the year in which it opens. Raises BadEdition."""
    if problems := call_problems(values):
        raise BadEdition(problems)
    year = values["opens_at"].astimezone(LOCAL).year
    row = {name: values.get(name) for name in CALL_FIELDS}
    call = Call(edition=edition, code=values.get("code") or call_code(year), **row)
    db.session.add(call)
    db.session.flush()
    record(by, "call.made", "call", call.id, code=call.code, edition=edition.id)
    return call


def change_call(call: Call, values: Values, rev: int, by: Person) -> None:
    """Raises Stale, BadEdition."""
    if call.rev != rev:
        raise Stale
    if problems := call_problems(values, call):
        raise BadEdition(problems)
    _change(call, {name: values.get(name) for name in CALL_FIELDS}, "call", by)


def _change(row: Edition | Call, values: Values, kind: str, by: Person) -> None:
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.rev += 1
        record(by, f"{kind}.changed", kind, row.id, rev=row.rev, fields=changed)


def close_call(call: Call, by: Person) -> bool:
    """The deadline is now; the grace goes on from here. False where the call is not open."""
    if call.state != "open":
        return False
    call.closes_at = now().replace(second=0, microsecond=0)
    call.rev += 1
    record(by, "call.closed", "call", call.id, rev=call.rev)
    return True


def hanging(row: Edition | Call) -> Hanging:
    """What would lose its ground if this were deleted."""
    from models.dossiers import Dossier

    if isinstance(row, Call):
        return Hanging(fiches_by_call([row]).get(row.id, 0))
    dossiers = db.session.scalar(select(func.count()).where(Dossier.edition_id == row.id)) or 0
    return Hanging(sum(fiches_by_call(row.calls).values()), dossiers)


def delete(row: Edition | Call, by: Person) -> None:
    """For good; an edition with its calls. Raises StillUsed while a fiche or a dossier hangs on it."""
    if found := hanging(row):
        raise StillUsed(found)
    for call in row.calls if isinstance(row, Edition) else []:
        record(by, "call.deleted", "call", call.id, code=call.code)
        db.session.delete(call)
    if isinstance(row, Edition):  # what was met for it stays in its circle
        from models.decisions import Decision
        from models.meetings import Meeting
        from models.recommendations import Recommendation

        for model in (Meeting, Decision, Recommendation):
            db.session.execute(update(model).where(model.edition_id == row.id).values(edition_id=None))
    kind = "edition" if isinstance(row, Edition) else "call"
    record(by, f"{kind}.deleted", kind, row.id, code=row.code)
    db.session.flush()
    db.session.delete(row)
    db.session.flush()
