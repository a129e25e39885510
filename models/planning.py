"""What changes in the agenda of a meeting: items, their order, what hangs on them. All acts stand inside writing()."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, update

from models.agenda import (
    ACCEPTED,
    DECLINED,
    MINUTES_BEFORE,
    OPEN_TASKS,
    PROPOSED,
    AgendaItem,
    AgendaLink,
    carried,
    items,
    previous_of,
)
from models.audit import record
from models.deliveries import job
from models.lengths import too_long
from models.meetings import Meeting
from models.people import Person
from models.seating import Stale
from models.store import db, new_id, now
from models.vocabularies import terms
from models.widening import Case

FIELDS = ("title", "nature", "minutes", "presenter", "aim", "decision", "decision_words")
LENGTHS = {"title": 200, "presenter": 200, "aim": 1000, "decision_words": 1000}
MOST_MINUTES = 600
MOST_WORDS = 1000  # signs of what is said with an answer, or with dates
MOST_ITEMS = 60
MOST_LINKS = 20


class BadItem(ValueError):
    """What was given cannot stand. problems: name of the field → sentence that names the remedy."""

    def __init__(self, problems: dict[str, Any]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in problems.items()))
        self.problems = problems


def problems(values: Mapping[str, Any]) -> dict[str, Any]:
    """Why these values cannot stand, by field."""
    out = too_long(values, LENGTHS)
    if not values.get("title"):
        out["title"] = _l("Donnez un titre à ce point, par exemple «\u00a0Tour de table\u00a0».")
    if values.get("nature") not in terms("point_odj"):
        out["nature"] = _l("Choisissez dans la liste.")
    minutes = values.get("minutes")
    if not isinstance(minutes, int) or not 0 <= minutes <= MOST_MINUTES:
        out["minutes"] = _l("Écrivez un nombre de minutes, de 0 à %(most)s.", most=MOST_MINUTES)
    return out


def touch(meeting: Meeting, by: Person | None, item: AgendaItem | None = None) -> None:
    """The agenda is another one from here."""
    meeting.rev += 1
    meeting.changed_at = now()
    record(by, "agenda.changed", "meeting", meeting.id, rev=meeting.rev, item=item.id if item else None)


def add_item(
    meeting: Meeting, values: Mapping[str, Any], by: Person | None, *, proposed: bool = False
) -> AgendaItem:
    """A new item at the end; proposed: by a member, it waits for who leads. Raises BadItem."""
    found = problems(values)
    count = db.session.scalar(select(func.count()).where(AgendaItem.meeting_id == meeting.id)) or 0
    if count >= MOST_ITEMS:
        found["title"] = _l(
            "Cet ordre du jour a déjà %(most)s points. Retirez-en un d’abord.", most=MOST_ITEMS
        )
    if found:
        raise BadItem(found)
    item = AgendaItem(id=new_id(), meeting_id=meeting.id, **{name: values.get(name) for name in FIELDS})
    item.decision = bool(item.decision)
    item.place = 0 if proposed else len(items(meeting)) + 1
    if proposed and by:
        item.state, item.proposed_by = PROPOSED, by.id
    db.session.add(item)
    db.session.flush()
    if proposed:
        record(by, "agenda.proposed", "meeting", meeting.id, item=item.id)
    else:
        touch(meeting, by, item)
    return item


def change_item(item: AgendaItem, values: Mapping[str, Any], rev: int, by: Person) -> list[str]:
    """The names of what changed. Raises Stale, BadItem."""
    if item.rev != rev:
        raise Stale
    if found := problems(values):
        raise BadItem(found)
    changed = [name for name in FIELDS if getattr(item, name) != values.get(name)]
    for name in changed:
        setattr(item, name, values.get(name))
    if changed:
        item.rev += 1
        touch(item.meeting, by, item)
    return changed


def written_under(item: AgendaItem) -> bool:
    """Whether something was noted, decided or remarked under it, what was taken away again included."""
    from models.contributions import Contribution  # they read these tables
    from models.decisions import Decision
    from models.minutes import MinutesComment

    places = (Contribution.item_id, Decision.item_id, MinutesComment.item_id)
    return any(db.session.scalar(select(func.count()).where(place == item.id)) for place in places)


def remove_item(item: AgendaItem, by: Person) -> None:
    """It is not on the agenda any more. Raises BadItem where something was written under it."""
    meeting = item.meeting
    if written_under(item):
        sentence = _l("On a déjà écrit sous ce point, pendant la réunion. Gardez-le, et changez son titre s’il le faut.")  # fmt: skip
        raise BadItem({"title": sentence})
    for link in list(item.links):
        drop_link(link, by)
    touch(meeting, by, item)
    db.session.execute(update(Case).where(Case.item_id == item.id).values(item_id=None))
    db.session.delete(item)
    db.session.flush()
    number(meeting)


def number(meeting: Meeting, order: Sequence[AgendaItem] | None = None) -> None:
    """Give the items their numbers from 1, in this order or in the one they have."""
    for place, item in enumerate(order if order is not None else items(meeting), start=1):
        item.place = place
    db.session.flush()


def move(item: AgendaItem, step: int, by: Person) -> None:
    """One up (-1) or down (1); nothing at the ends."""
    order = items(item.meeting)
    here = next((n for n, one in enumerate(order) if one.id == item.id), None)
    if here is None or not 0 <= here + step < len(order):
        return
    order.insert(here + step, order.pop(here))
    number(item.meeting, order)
    touch(item.meeting, by, item)


def arrange(
    meeting: Meeting, wanted: Mapping[str, tuple[int, int]], seen: Mapping[str, tuple[int, int]], by: Person
) -> list[AgendaItem]:
    """Numbers and minutes typed for many items at once: id → (place, minutes), as typed and as they were seen.

    Only what its writer touched is kept, so that two people who touch different items both have their way. Returns
    the items that somebody else gave other minutes in the meantime: nothing was changed then.
    """
    rows = items(meeting)
    asked = {i.id: (wanted[i.id], seen.get(i.id, wanted[i.id])) for i in rows if i.id in wanted}
    clash = [
        i for i in rows if i.id in asked
        and asked[i.id][0][1] != asked[i.id][1][1] and i.minutes not in (asked[i.id][0][1], asked[i.id][1][1])
    ]  # fmt: skip
    if clash:
        return clash
    places = {i.id: float(i.place) for i in rows}
    changed = False
    for item in rows:
        if item.id not in asked:
            continue
        (place, minutes), (old_place, old_minutes) = asked[item.id]
        if minutes != old_minutes and minutes != item.minutes:
            item.minutes, item.rev, changed = minutes, item.rev + 1, True
        if place != old_place:
            # Before the one that has this number now, after it when the item comes from above.
            places[item.id] = place + (0.5 if place > item.place else -0.5)
    order = sorted(rows, key=lambda i: (places[i.id], i.place))
    if [i.id for i in order] != [i.id for i in rows]:
        changed = True
        number(meeting, order)
    if changed:
        touch(meeting, by)
    return []


def answer_proposal(item: AgendaItem, accept: bool, words: str | None, by: Person) -> bool:
    """Who leads says yes, and it stands at the end of the agenda; or no, with a word. False where it was answered."""
    if item.state != PROPOSED:
        return False
    item.state, item.answer, item.answered_by = ACCEPTED if accept else DECLINED, words, by.id
    item.place, item.rev = 0, item.rev + 1
    db.session.flush()
    if accept:
        item.place = len(items(item.meeting)) + 1
        db.session.flush()
        number(item.meeting)
        touch(item.meeting, by, item)
    else:
        record(by, "agenda.declined", "meeting", item.meeting_id, item=item.id)
    return True


def bring(
    meeting: Meeting, by: Person | None, only: Sequence[str] = (MINUTES_BEFORE, OPEN_TASKS)
) -> list[AgendaItem]:
    """Put at the top what comes by itself and is not there yet: the minutes to approve, the open tasks; or one of them."""
    known = items(meeting)
    there = {item.carried for item in known}
    new = [_carried_item(meeting, what) for what in carried(meeting) if what in only and what not in there]
    if new:
        before = previous_of(meeting)
        meeting.previous_id = before.id if before else None
        db.session.add_all(new)
        db.session.flush()
        number(meeting, [*new, *known])
        touch(meeting, by)
    return new


def _carried_item(meeting: Meeting, what: str) -> AgendaItem:
    if what == MINUTES_BEFORE:
        return AgendaItem(
            id=new_id(), meeting_id=meeting.id, carried=what, title=_("Approbation du procès-verbal précédent"),
            nature="DEC", minutes=5, decision=True,
        )  # fmt: skip
    return AgendaItem(
        id=new_id(), meeting_id=meeting.id, carried=what, title=_("Tâches en cours"), nature="INF", minutes=10
    )


def attach_link(item: AgendaItem, kind: str, by: Person, **what: Any) -> AgendaLink | None:
    """Hang a fiche, a candidate or a document on an item; the one there is where it hangs already. None: too many."""
    for link in item.links:
        if link.kind == kind and all(getattr(link, name) == value for name, value in what.items()):
            return link
    if len(item.links) >= MOST_LINKS:
        return None
    link = AgendaLink(
        id=new_id(), item_id=item.id, kind=kind, place=len(item.links) + 1, added_by=by.id, **what
    )
    db.session.add(link)
    db.session.flush()
    db.session.expire(item, ["links"])
    touch(item.meeting, by, item)
    return link


def drop_link(link: AgendaLink, by: Person) -> None:
    """It hangs here no more; a document that hangs nowhere else goes, its file by the worker."""
    item, file = link.item, link.attachment
    db.session.delete(link)
    db.session.flush()
    db.session.expire(item, ["links"])
    touch(item.meeting, by, item)
    if file and not db.session.scalar(
        select(AgendaLink.id).where(AgendaLink.attachment_id == file.id).limit(1)
    ):
        from models.forgetting import unnamed

        digest = file.sha256
        db.session.delete(file)
        db.session.flush()
        job("erase-files", None, files=unnamed([digest]))
