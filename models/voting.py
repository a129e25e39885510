"""★ A vote by name: opened with its decision, each voice votes until who leads closes it; the totals are then written.

One row a voice, whatever races (models/decisions.py). Whoever carries a voice votes for it too; who leads may note what
somebody says at the table. A vote by hands or on paper has totals alone (models/noting.py): who voted what is stored for
no secret vote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from models import sitting
from models.audit import record
from models.decisions import ABSTAIN, AGAINST, CHOICES, FOR, Decision, Vote
from models.meetings import Meeting
from models.people import Person
from models.rights import can
from models.sitting import Act, BadNote, Effect, NotYours, Voice
from models.store import db, now
from models.taking import Taken


def may_cast(by: Person, voice: Voice, meeting: Meeting) -> bool:
    """For oneself, for a voice that one carries; who leads notes anybody's."""
    return by.id in (voice.person.id, voice.carrier.id if voice.carrier else "") or can(by, "minutes.lead", meeting)  # fmt: skip


def castable(by: Person, there: Iterable[Voice], meeting: Meeting) -> list[Voice]:
    """The voices for which this person may vote."""
    return [voice for voice in there if may_cast(by, voice, meeting)]


def cast(decision: Decision, voice_id: str, choice: str, act: Act) -> Taken:
    """A voice says what it wants; it may say another thing until the vote is closed. Raises as sitting.once.

    BadNote where the vote is not open, or the voice is not there: with what to do then.
    """
    decision_id = decision.id

    def effect(meeting: Meeting, by: Person, at: datetime) -> Effect:
        row = db.session.get_one(Decision, decision_id)
        if not row.voting or row.how != "named" or row.removed_at:
            raise BadNote({"choice": _l("Ce vote n’est pas ouvert, ou il est fini. Rechargez la page pour voir ce qu’il a donné.")})  # fmt: skip
        if choice not in CHOICES:
            raise BadNote({"choice": _l("Choisissez\u00a0: pour, contre, ou abstention.")})
        voice = sitting.voice_of(meeting, voice_id)
        if voice is None:
            raise BadNote({"choice": _l("Cette voix n’est pas notée comme présente. Qui tient la réunion la note d’abord, puis elle vote.")})  # fmt: skip
        if not may_cast(by, voice, meeting):
            raise NotYours(voice_id)
        vote = db.session.get(Vote, (decision_id, voice_id)) or Vote(
            decision_id=decision_id, voice_id=voice_id
        )
        vote.choice, vote.cast_by, vote.at = choice, by.id, at
        db.session.add(vote)
        db.session.flush()
        record(by, "vote.cast", "decision", decision_id, voice=voice_id)
        return Effect(decision_id, row.rev, {"voice": voice_id})

    said = {"id": decision_id, "voice": voice_id, "choice": choice}
    return sitting.once(decision.meeting_id, act, "vote", said, effect, right="meeting.follow")


def count(decision: Decision) -> dict[str, int]:
    """How many votes each choice has. One query."""
    rows = db.session.scalars(select(Vote.choice).where(Vote.decision_id == decision.id))
    found = Counter(rows)
    return {choice: found[choice] for choice in CHOICES}


def close(decision: Decision, act: Act) -> Taken:
    """Who leads ends the vote: the totals stand on the decision, which is adopted with more voices for than against.
    Raises as sitting.once, and BadNote where nobody voted or it is closed already."""
    decision_id = decision.id

    def effect(meeting: Meeting, by: Person, _at: datetime) -> Effect:
        row = db.session.get_one(Decision, decision_id)
        if not row.voting or row.removed_at:
            raise NotYours(decision_id)
        totals = count(row)
        if not sum(totals.values()):
            raise BadNote({"choice": _l("Personne n’a encore voté. Notez les voix, ou retirez cette décision.")})  # fmt: skip
        row.votes_for, row.votes_against, row.votes_abstain = (
            totals[FOR],
            totals[AGAINST],
            totals[ABSTAIN],
        )
        row.voices = max(len(sitting.voices(meeting)), sum(totals.values()))
        row.outcome = "adopted" if totals[FOR] > totals[AGAINST] else "rejected"
        row.closed_at, row.rev, row.changed_at = now(), row.rev + 1, now()
        db.session.flush()
        record(by, "vote.closed", "decision", decision_id, rev=row.rev, voices=row.voices)
        return Effect(decision_id, row.rev, {"outcome": row.outcome, "number": row.number})

    return sitting.once(decision.meeting_id, act, "vote", {"id": decision_id, "what": "close"}, effect)


def votes_in(decisions: Iterable[Decision]) -> dict[str, dict[str, Vote]]:
    """Id of a decision → id of a voice → its vote, of those that are by name. One query."""
    wanted = [row.id for row in decisions if row.how == "named"]
    out: dict[str, dict[str, Vote]] = {one: {} for one in wanted}
    for vote in db.session.scalars(select(Vote).where(Vote.decision_id.in_(wanted))) if wanted else ():
        out[vote.decision_id][vote.voice_id] = vote
    return out
