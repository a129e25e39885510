"""The page of a meeting while it is held: the item at hand with its clock, what was said, a form for what comes next, who is
there. One page for who writes and, without the forms, for who follows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import render_template, request

from blueprints.accounts.own import me
from blueprints.gate import can, needs
from blueprints.meetings import loading
from blueprints.minutes import bp
from blueprints.minutes.live_forms import DecisionForm, LineForm, NoteForm, form_of, seen
from blueprints.tasks.forms import TaskForm
from models import agenda, noting, sitting, tasks, voting
from models.agenda import AgendaItem
from models.circles import DECIDING
from models.contributions import Contribution
from models.decisions import Decision
from models.meetings import Meeting
from models.noting import Row
from models.people import Person
from models.sitting import Place, Quorum, Voice
from models.store import new_id, now
from models.tasks import Task


@dataclass(frozen=True)
class Choice:
    """Two versions of one thing: the fields in which they differ, as one reads them. pairs: (label, first, late)."""

    first: Row
    late: Row
    pairs: list[tuple[str, str, str]]
    who: str


@dataclass
class Live:
    """All that the page shows. typed: key of a form → the form as it came back; writes: whether this person does."""

    meeting: Meeting
    who: Person
    typed: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def why(self) -> str:
        """Why nothing is written now, or ""."""
        return sitting.shut(self.meeting)

    @cached_property
    def writes(self) -> bool:
        return can("minutes.write", self.meeting)

    @cached_property
    def items(self) -> list[AgendaItem]:
        return agenda.items(self.meeting)

    @cached_property
    def offered(self) -> list[tuple[str, str]]:
        return [(item.id, f"{item.place}. {item.title}") for item in self.items]

    @cached_property
    def places(self) -> list[Place]:
        return sitting.roll(self.meeting)

    @cached_property
    def voices(self) -> list[Voice]:
        return sitting.voices(self.meeting, self.places)

    @cached_property
    def quorum(self) -> Quorum:
        return sitting.quorum(self.meeting, self.voices)

    @cached_property
    def current(self) -> AgendaItem | None:
        return sitting.current(self.items)

    @cached_property
    def shown(self) -> AgendaItem | None:
        """The item that lies open: the one asked for, that of a form that came back, the one at hand, the first to come."""
        asked = request.args.get("item") or request.form.get("item_id") or ""
        by_id = {item.id: item for item in self.items}
        coming = next((item for item in self.items if not item.begun_at), None)
        return by_id.get(asked) or self.current or coming or next(iter(self.items), None)

    @cached_property
    def after(self) -> AgendaItem | None:
        """The one that comes next."""
        here = self.current or self.shown
        later = [item for item in self.items if here and item.place > here.place and not item.begun_at]
        return next(iter(later), None)

    @cached_property
    def _all(self) -> tuple[list[Contribution], list[Decision]]:
        return noting.everything_of(self.meeting)

    @cached_property
    def decisions(self) -> list[Decision]:
        return [row for row in self._all[1] if not row.removed_at and not row.beside_id]

    @cached_property
    def taken(self) -> list[Task]:
        return tasks.of_meeting(self.meeting) if can("circle.tasks", self.meeting.circle) else []

    @cached_property
    def under(self) -> dict[str, list[tuple[str, Any]]]:
        """Id of an item, "" for none → (kind, row) of what was said, decided and taken on under it, in order."""
        lines = [line for line in self._all[0] if not line.removed_at and not line.beside_id]
        rows: list[tuple[Any, str, str, Any]] = [(line.said_at, line.id, "line", line) for line in lines]
        rows += [(row.decided_at, row.id, "decision", row) for row in self.decisions]
        rows += [(task.made_at, task.id, "task", task) for task in self.taken]
        known, out = {item.id for item in self.items}, defaultdict(list)
        for _at, _id, kind, row in sorted(rows, key=lambda one: one[:2]):
            out[row.item_id if row.item_id in known else ""].append((kind, row))
        return out

    @cached_property
    def removed(self) -> list[Row]:
        """What was taken away and can be put back."""
        return [row for rows in self._all for row in rows if row.removed_at]

    @cached_property
    def choices(self) -> dict[str, list[Choice]]:
        """Id of what stands → the other versions that wait beside it."""
        by_id = {row.id: row for rows in self._all for row in rows}
        out: dict[str, list[Choice]] = defaultdict(list)
        names = {place.person.id: place.name for place in self.places if place.person}
        for row in by_id.values():
            first = by_id.get(row.beside_id or "")
            if first is not None and not row.removed_at:
                pairs = differing(form_of(first, self.offered), form_of(row, self.offered))
                out[first.id].append(Choice(first, row, pairs, names.get(row.made_by or "", "")))
        return out

    @cached_property
    def votes(self) -> dict[str, dict[str, Any]]:
        return voting.votes_in(self.decisions)

    @cached_property
    def castable(self) -> frozenset[str]:
        """Ids of the voices for which this person may vote."""
        return frozenset(v.person.id for v in voting.castable(self.who, self.voices, self.meeting))

    @property
    def now(self) -> Any:
        return now()

    def fresh(self) -> str:
        """The name of an act that nobody has done yet."""
        return new_id()

    def elapsed(self, item: AgendaItem) -> int | None:
        """Minutes since it began, or that it took."""
        if item.begun_at is None:
            return None
        return max(0, round(((item.ended_at or now()) - item.begun_at).total_seconds() / 60))

    def late(self, item: AgendaItem) -> bool:
        return (self.elapsed(item) or 0) > item.minutes > 0

    def form(self, row: Row) -> NoteForm:
        made = form_of(row, self.offered)
        return self.typed.get(made.key, made)

    def seen(self, row: Row) -> str:
        return seen(row)

    @cached_property
    def line_form(self) -> NoteForm:
        here = self.shown.id if self.shown else None
        return self.typed.get("line") or LineForm(item_id=here).at("line", self.offered)

    @cached_property
    def decision_form(self) -> NoteForm:
        here, way = self.shown.id if self.shown else None, self.meeting.circle.deciding
        mode = way if way in DECIDING else "consent"
        return self.typed.get("decision") or DecisionForm(item_id=here, mode=mode).at("decision", self.offered)  # fmt: skip

    @cached_property
    def task_form(self) -> TaskForm:
        here = self.shown.id if self.shown else None
        return self.typed.get("task") or TaskForm(item_id=here).offer(self.meeting.circle, self.meeting)


def differing(first: NoteForm, late: NoteForm) -> list[tuple[str, str, str]]:
    """The fields in which two versions differ: (label, the first one, the late one), as one reads them."""
    out = []
    for one in first:
        other = late[one.name]
        if (one.data or "") != (other.data or ""):
            texts = [f.said() if hasattr(f, "said") else f.data or "" for f in (one, other)]
            out.append((str(one.label.text), str(texts[0]), str(texts[1])))
    return out


@bp.get("/live")
@needs("meeting.follow", loading.meeting, see="meeting.see", into="meeting")
def live(meeting: Meeting) -> Any:
    return page(meeting)


def page(meeting: Meeting, status: int = 200, *, error: str = "", **typed: Any) -> Any:
    """typed: key of a form → the form that came back."""
    return render_template("minutes/live.html", v=Live(meeting, me(), typed), meeting=meeting, error=error), status  # fmt: skip
