"""Forgetting a person: what goes, and what stays with “Ancien membre” in the place of the name.

TIES names every column that points to a person. A test walks the schema and fails on one that is not named here, so
that a new table cannot keep what should go. The same list says what stands in the file of “my data”.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Text, cast, delete, or_, select, text, update
from sqlalchemy.sql.schema import Table

from models import leaving, note_writing, work_search
from models.attachments import Attachment, ReceivedFile
from models.audit import AuditEvent, record
from models.deliveries import job
from models.dossiers import Dossier
from models.editions import LOCAL
from models.exchanges import ENDED, IN_TOUCH, PROPOSED, tell_end
from models.fiche import facets, search
from models.fiche.content import Content, blank, changed, get, normal, put
from models.fiche.fiche import Fiche, FicheAuthor, Revision, State, touch
from models.fiche.journal import Erasure, HeldEdit, Operation
from models.leaving import Farewell
from models.people import Person
from models.store import Base, db, now

NAMELESS = "Ancien membre"


@dataclass(frozen=True)
class Tie:
    """A column that points to a person. goes: its rows are deleted with the person, else they stay and point to
    somebody without a name. told: under which title its rows stand in "my data", None for not at all; hide: columns
    that do not stand there (secrets, or the words of others)."""

    table: str
    column: str
    goes: bool
    told: Any = None
    hide: tuple[str, ...] = ()


TIES = (
    Tie("person", "merged_into", False),
    Tie("person_role", "person_id", True, _l("Rôles"), ("role_id",)),
    Tie("device", "person_id", True, _l("Appareils"), ("token_hash",)),
    Tie("profile_detail", "person_id", True, _l("Profil")),
    Tie("membership", "person_id", True, _l("Organisations")),
    Tie("companion", "person_id", True, _l("Qui écrit avec vous"), ("made_by",)),
    Tie("companion", "companion_id", True, _l("Avec qui vous écrivez"), ("made_by",)),
    Tie("companion", "made_by", False),
    Tie("join_request", "person_id", True, _l("Demandes pour participer"), ("answered_by",)),
    Tie("join_request", "answered_by", False),
    Tie("access_link", "person_id", True, _l("Liens et invitations"), ("token_hash", "made_by")),
    Tie("access_link", "made_by", False),
    Tie("passkey", "person_id", True, _l("Clés d’accès"), ("credential_id", "public_key")),
    Tie("totp", "person_id", True, _l("Application de codes"), ("secret", "last_step")),
    Tie("recovery_code", "person_id", True, _l("Codes de secours"), ("fingerprint",)),
    Tie("mail", "person_id", True, _l("Courriels reçus"), ("context",)),
    Tie("job", "made_by", False),
    Tie("held_edit", "person_id", True, _l("Textes qui attendent votre choix"), ("base", "digest")),
    Tie("fiche_author", "person_id", False, _l("Fiches que vous écrivez")),
    Tie("fiche", "made_by", False),
    Tie("fiche_revision", "person_id", False, _l("Versions que vous avez écrites"), ("content",)),
    Tie("operation", "person_id", False, _l("Envois de vos appareils"), ("content", "receipt", "digest")),
    Tie("attachment", "made_by", False, _l("Images que vous avez déposées"), ("source_sha256",)),
    Tie("received_file", "person_id", True, _l("Images que vos appareils ont envoyées"), ("posted_sha256",)),
    Tie("dossier", "made_by", False, _l("PDF que vous avez demandés"), ("key", "content", "notes", "fiches")),
    Tie("dossier_download", "person_id", False, _l("PDF que vous avez téléchargés")),
    Tie("audit_event", "person_id", False),
    Tie("circle", "made_by", False),
    Tie("seat", "person_id", False, _l("Vos places dans les comités et les groupes"), ("made_by", "ended_by")),
    Tie("seat", "made_by", False),
    Tie("seat", "ended_by", False),
    Tie("meeting", "made_by", False),
    Tie("poll", "made_by", False),
    Tie("poll_answer", "person_id", True, _l("Dates que vous avez choisies"), ("entered_by",)),
    Tie("poll_answer", "entered_by", False),
    Tie("agenda_item", "proposed_by", False, _l("Points que vous avez proposés"), ("answered_by",)),
    Tie("agenda_item", "answered_by", False),
    Tie("agenda_link", "added_by", False),
    Tie("reply", "person_id", True, _l("Réponses aux convocations"), ("proxy_id", "lost_proxy_id", "entered_by")),
    Tie("reply", "proxy_id", False),
    Tie("reply", "lost_proxy_id", False),
    Tie("reply", "entered_by", False),
    Tie("access_need", "person_id", True, _l("Ce dont vous avez besoin pour venir à une réunion")),
    Tie("calendar_token", "person_id", True, _l("Abonnements à votre agenda"), ("token_hash",)),
    Tie("task", "person_id", False, _l("Tâches que vous avez prises"), ("made_by", "ended_by")),
    Tie("task", "made_by", False),
    Tie("task", "ended_by", False),
    Tie("attendance", "person_id", False, _l("Réunions où vous étiez"), ("noted_by",)),
    Tie("attendance", "noted_by", False),
    Tie("contribution", "person_id", False, _l("Ce que vous avez dit en réunion"), ("made_by",)),
    Tie("contribution", "made_by", False),
    Tie("decision", "made_by", False),
    Tie("vote", "voice_id", False, _l("Vos votes par appel nominal"), ("cast_by",)),
    Tie("vote", "cast_by", False),
    Tie("minutes", "proposed_by", False),
    Tie("minutes", "approved_by", False),
    Tie("minutes_comment", "person_id", False, _l("Vos remarques sur des procès-verbaux"), ("answered_by",)),
    Tie("minutes_comment", "answered_by", False),
    Tie("recommendation", "made_by", False),
    Tie("widening", "proposed_by", False, _l("Candidatures que vous avez proposées"),
        ("token_hash", "name", "email", "language", "question", "question_at", "agreed_by", "person_id", "refused")),
    Tie("widening", "agreed_by", False),
    Tie("widening", "sponsor_id", False),
    Tie("widening", "person_id", False, _l("Votre entrée dans un comité"), ("token_hash", "proposed_by", "agreed_by")),
    Tie("widening_opinion", "person_id", False, _l("Vos avis sur des candidatures")),
    Tie("seat_request", "person_id", True, _l("Places que vous avez demandées, invitations reçues"), ("made_by", "answered_by", "answer")),
    Tie("seat_request", "made_by", False),
    Tie("seat_request", "answered_by", False),
    Tie("production", "person_id", False, _l("Productions que vous suivez"), ("made_by", "changed_by")),
    Tie("production", "made_by", False),
    Tie("production", "changed_by", False),
    Tie("circle_report", "made_by", False),
    Tie("circle_report", "sent_by", False),
    Tie("note", "made_by", False),
    Tie("note", "changed_by", False),
    Tie("note", "removed_by", False),
    Tie("note_revision", "person_id", False, _l("Versions de notes que vous avez écrites"), ("body", "posted")),
    Tie("circle_file", "made_by", False),
    Tie("circle_file", "removed_by", False),
    Tie("circle_file_version", "person_id", False, _l("Fichiers que vous avez déposés dans un groupe"), ("sha256",)),
    Tie("exchange_notice", "person_id", True, _l("Savoirs que vous offrez ou cherchez"), ("made_by",)),
    Tie("exchange_notice", "made_by", False),
    Tie("exchange", "giver_id", False, _l("Échanges où vous donnez"), ("receiver_id", "mediator_id")),
    Tie("exchange", "receiver_id", False, _l("Échanges où vous recevez"), ("giver_id", "mediator_id")),
    Tie("exchange", "mediator_id", False, _l("Échanges que vous avez aidé à nouer"), ("giver_id", "receiver_id")),
    Tie("exchange_evaluation", "person_id", True, _l("Ce que vous dites d’un échange")),
    Tie("joint_action", "made_by", False, _l("Actions communes que vous avez proposées")),
    Tie("joint_action_partaking", "person_id", True, _l("Actions communes où vous comptez")),
    Tie("glossary_entry", "made_by", False),
    Tie("reference", "made_by", False),
    Tie("news_choice", "person_id", True, _l("Nouvelles par courriel")),
    Tie("data_export", "person_id", True, _l("Fichiers de vos données"), ("sha256",)),
    Tie("farewell", "person_id", False, _l("Demandes de suppression"), ("asked_by",)),
    Tie("farewell", "asked_by", False),
)  # fmt: skip


def table(name: str) -> Table:
    """A table of the schema by its name. Raises KeyError."""
    return Base.metadata.tables[name]


def carry_out(farewell_id: str) -> None:
    """Do what a request asks, at its time. Inside writing()."""
    row = db.session.get_one(Farewell, farewell_id)
    if not row.open or leaving.last_administrator(row.person):
        return
    forget(row.person, db.session.get(Person, row.asked_by) if row.asked_by else None)
    row.done_at = now()


def forget(person: Person, by: Person | None) -> None:
    """Take away what can be taken away of a person, at once. Inside writing().

    Drafts and withdrawn fiches that nobody else writes go whole. Other fiches stay with their structure, without the
    names, addresses and telephones of this person as contact: a double that was merged into them is the person too. Stored PDFs that may name them lose their file. Files are
    deleted by the worker, from a row of this transaction.
    """
    files: list[str] = []
    rows = [person, *db.session.scalars(select(Person).where(Person.merged_into == person.id))]
    contacts = [(row.name, row.email or "") for row in rows]
    for fiche in _fiches(person, [email for _name, email in contacts if email]):
        if _alone(fiche, person) and fiche.state in (State.DRAFT, State.WITHDRAWN):
            files += _take_away(fiche, by, person)
        else:
            files += _unname(fiche, contacts, by, person)
    for row in rows:
        files += _drop_pdfs(_named_in_pdfs(row))
        files += db.session.scalars(select(ReceivedFile.sha256).where(ReceivedFile.person_id == row.id))
    for called in {row.name for row in rows}:
        note_writing.unname(called, NAMELESS)
    for row in rows:
        _strip(row)
    search.forget()
    work_search.forget()
    touch()
    db.session.flush()
    record(by, "person.forgotten", "person", person.id)
    job("erase-files", None, files=unnamed(files))
    job("sweep-exports", None)


def _strip(person: Person) -> None:
    """The row and what hangs on it."""
    if person.email:
        for rows, column in ((table("mail"), "to"), (table("join_request"), "email")):
            db.session.execute(delete(rows).where(rows.c[column] == person.email))
        cases, gone = table("widening"), {"name": None, "email": None, "question": None, "token_hash": None}
        db.session.execute(update(cases).where(cases.c.email == person.email).values(gone))
    _unpin_exchanges(person)
    _end_exchanges(person)
    for tie in TIES:
        if tie.goes:
            rows = table(tie.table)
            db.session.execute(delete(rows).where(rows.c[tie.column] == person.id))
    _leave_meetings(person)
    db.session.expire(person)
    person.name, person.email, person.organisation, person.password = NAMELESS, None, None, None
    person.active, person.language, person.fs_uniquifier = False, "fr", secrets.token_hex(32)
    person.forgotten_at = now()


def _unpin_exchanges(person: Person) -> None:
    """An exchange stays with its other half when the offer or the request it came from goes."""
    notices, exchanges = table("exchange_notice"), table("exchange")
    mine = select(notices.c.id).where(notices.c.person_id == person.id)
    for column in ("offer_id", "request_id"):
        gone = exchanges.c[column].in_(mine)
        db.session.execute(update(exchanges).where(gone).values({column: None}))


def _end_exchanges(person: Person) -> None:
    """What this person gave, received or mediated stays with its subject. What they gave or received runs on no
    more, which the other half and who mediates are told; the words that were written about it go, since they may name
    them."""
    rows = table("exchange")
    one = or_(rows.c.giver_id == person.id, rows.c.receiver_id == person.id)
    runs = rows.c.state.in_((PROPOSED, IN_TOUCH))
    for row in db.session.execute(select(rows).where(one, runs)):
        tell_end(row, person.id)
    ended = {"state": ENDED, "ended_at": now(), "rev": rows.c.rev + 1}
    db.session.execute(update(rows).where(one, runs).values(ended))
    said = {"words": None, "end_words": None}
    db.session.execute(update(rows).where(or_(one, rows.c.mediator_id == person.id)).values(said))


def _leave_meetings(person: Person) -> None:
    """Seats end, so that history says "from … to …"; nobody is told to answer to this person any more."""
    seat, meeting = table("seat"), table("meeting")
    mine = (seat.c.person_id == person.id, seat.c.until.is_(None))
    db.session.execute(update(seat).where(*mine).values(until=now().astimezone(LOCAL).date(), ended_by=None))
    if person.email:
        gone = {"contact_name": None, "contact_email": None, "contact_phone": None}
        db.session.execute(update(meeting).where(meeting.c.contact_email == person.email).values(gone))


def _fiches(person: Person, emails: list[str]) -> list[Fiche]:
    """The fiches this person writes, and those in which an address of theirs stands, in any version."""
    ids = set(db.session.scalars(select(FicheAuthor.fiche_id).where(FicheAuthor.person_id == person.id)))
    for email in emails:
        for owner, content in (
            (Fiche.id, Fiche.content), (Revision.fiche_id, Revision.content),
            (Operation.document_id, Operation.content), (HeldEdit.fiche_id, HeldEdit.content),
        ):  # fmt: skip
            ids |= set(
                db.session.scalars(select(owner).where(cast(content, Text).icontains(email, autoescape=True)))
            )
    return list(db.session.scalars(select(Fiche).where(Fiche.id.in_(ids)).order_by(Fiche.id)))


def _alone(fiche: Fiche, person: Person) -> bool:
    return fiche.author_ids == {person.id}


# ---------------------------------------------------------------------------------------- fiches that go

# The columns that point to a fiche and go with it. Those of STAYING stay without it: `dossier` as the list of who took
# which PDF along, and what a group or the network made of it.
PARTS = (
    ("held_edit", "fiche_id"), ("fiche_facet", "fiche_id"), ("fiche_author", "fiche_id"),
    ("fiche_revision", "fiche_id"), ("erasure", "document_id"),
    ("agenda_link", "fiche_id"), ("recommendation_fiche", "fiche_id"),
)  # fmt: skip
STAYING = (
    ("dossier", "fiche_id"),
    ("production", "fiche_id"),
    ("exchange_notice", "fiche_id"),
    ("joint_action", "fiche_id"),
)


def _take_away(fiche: Fiche, by: Person | None, person: Person) -> list[str]:
    """A fiche that nobody else writes: the row goes, or stays empty where its number was given; digests of its files."""
    files = _drop_pdfs(_holding(fiche)) + _drop_pictures(fiche)
    for name, column in PARTS:
        db.session.execute(delete(table(name)).where(table(name).c[column] == fiche.id))
    # The operations stay, empty: a copy that arrives late is known, and brings nothing back.
    done = update(Operation).where(Operation.document_id == fiche.id).values(content={}, receipt={})
    db.session.execute(done)
    db.session.execute(text("DELETE FROM fiche_text WHERE fiche_id = :id"), {"id": fiche.id})
    record(by or person, "fiche.forgotten", "fiche", fiche.id)
    db.session.expire(fiche)
    if fiche.number is None:
        for name, column in STAYING:
            rows = table(name)
            db.session.execute(update(rows).where(rows.c[column] == fiche.id).values({column: None}))
        db.session.execute(delete(Fiche).where(Fiche.id == fiche.id))
        db.session.expunge(fiche)
        return files
    fiche.content, fiche.title, fiche.origin = blank(), "", None
    fiche.summary = fiche.carrier = fiche.axes = ""
    fiche.state, fiche.rev, fiche.changed_at = State.WITHDRAWN, fiche.rev + 1, now()
    db.session.add(Revision(fiche_id=fiche.id, rev=fiche.rev, content=fiche.content, person_id=None))
    return files


def _drop_pictures(fiche: Fiche) -> list[str]:
    rows = list(db.session.scalars(select(Attachment).where(Attachment.document_id == fiche.id)))
    for row in rows:
        db.session.delete(row)
    db.session.flush()
    return [row.sha256 for row in rows]


# -------------------------------------------------------------------------------------- fiches that stay


def without_person(content: Content, name: str, email: str) -> Content:
    """The answers without this person as contact, and without their name on the agreement."""
    out = normal(content)
    same = _folded(get(out, "contact.courriel")) == _folded(email) and email
    if same or _folded(get(out, "contact.nom")) == _folded(name):
        for key in ("contact.nom", "contact.fonction", "contact.courriel", "contact.telephone"):
            put(out, key, None)
        put(out, "contact.publier", False)
    if _folded(get(out, "consentements.par")) == _folded(name):
        put(out, "consentements.par", NAMELESS)
    return out


def _without(content: Content, contacts: list[tuple[str, str]]) -> Content:
    out = normal(content)
    for name, email in contacts:
        out = without_person(out, name, email)
    return out


def _folded(said: Any) -> str:
    return " ".join(str(said or "").split()).casefold()


def _unname(fiche: Fiche, contacts: list[tuple[str, str]], by: Person | None, person: Person) -> list[str]:
    """Take these contacts (name, address) out of every version; a draft that others write is theirs alone from now on.

    What is taken out leaves an erasure, so that what a device wrote before brings nothing back.
    """
    gone: set[str] = set()
    rows: list[Any] = [
        *db.session.scalars(select(Revision).where(Revision.fiche_id == fiche.id)),
        *db.session.scalars(select(Operation).where(Operation.document_id == fiche.id)),
        *db.session.scalars(select(HeldEdit).where(HeldEdit.fiche_id == fiche.id)),
    ]
    for row in rows:
        for column in ("content", "base", "posted"):
            before = getattr(row, column, None)
            if before and (after := _without(before, contacts)) != normal(before):
                setattr(row, column, after)
                gone |= {*changed(normal(before), after)}
    after = _without(fiche.content, contacts)
    gone |= {*changed(normal(fiche.content), after)}
    if gone:
        fiche.content, fiche.changed_at = after, now()
        fiche.rev += 1
        # A revision of its own in any case: what starts from it is younger than the erasure.
        db.session.add(Revision(fiche_id=fiche.id, rev=fiche.rev, content=after, at=fiche.changed_at))
        for key in gone:
            db.session.merge(Erasure(document_id=fiche.id, item_id=key, at=fiche.changed_at))
        facets.index(fiche.id, after)
        search.index(fiche.id, fiche.number, fiche.title, after)
    if fiche.origin:
        fiche.origin = {"file": "", "confirm": [], "unknown": [], "notes": []}
    if fiche.state == State.DRAFT:
        mine = (FicheAuthor.fiche_id == fiche.id, FicheAuthor.person_id == person.id)
        db.session.execute(delete(FicheAuthor).where(*mine))
        db.session.expire(fiche, ["authors"])
    if not gone:
        return []
    record(by or person, "fiche.unnamed", "fiche", fiche.id)
    return _drop_pdfs(_holding(fiche))


# ------------------------------------------------------------------------------------------- stored PDFs


def _holding(fiche: Fiche) -> list[Dossier]:
    kept = db.session.scalars(select(Dossier).where(Dossier.sha256.is_not(None)))
    return [d for d in kept if d.fiche_id == fiche.id or fiche.id in (d.fiches or [])]


def _named_in_pdfs(person: Person) -> list[Dossier]:
    """Stored PDFs that may name this person: at the foot of those they asked for, among the committees and groups in a
    dossier, in every directory."""
    named = or_(
        Dossier.made_by == person.id,
        Dossier.meeting_id.in_(_meetings_of(person)),
        Dossier.kind.in_(("D9", "D12")),
    )
    seat = table("seat")
    if sat_in_committee(person) or db.session.scalar(select(seat.c.id).where(seat.c.person_id == person.id)):
        named = or_(named, Dossier.kind != "D1")
    return list(db.session.scalars(select(Dossier).where(Dossier.sha256.is_not(None), named)))


def _meetings_of(person: Person) -> Any:
    """The meetings whose papers may name this person: of circles in which they ever sat, and those they were asked to."""
    seat, reply, meeting = table("seat"), table("reply"), table("meeting")
    circles = select(seat.c.circle_id).where(seat.c.person_id == person.id)
    asked = select(reply.c.meeting_id).where(reply.c.person_id == person.id)
    return select(meeting.c.id).where(or_(meeting.c.circle_id.in_(circles), meeting.c.id.in_(asked)))


def sat_in_committee(person: Person) -> bool:
    """Whether this person sits in the committee, or did as far as the audit tells."""
    roles = {"committee", "chair"}
    told = select(AuditEvent).where(AuditEvent.object_kind == "person", AuditEvent.object_id == person.id)
    events = db.session.scalars(told.where(AuditEvent.act.in_(("person.invited", "person.roles"))))
    return bool(roles & person.role_names) or any(roles & set(e.detail.get("roles") or ()) for e in events)


def _drop_pdfs(dossiers: Iterable[Dossier]) -> list[str]:
    """The rows stay, with who took them along; the file goes. Its digest."""
    out = []
    for dossier in dossiers:
        out.append(str(dossier.sha256))
        dossier.sha256, dossier.key, dossier.notes = None, "", []
    db.session.flush()
    return out


def unnamed(digests: Iterable[str]) -> list[str]:
    """Those of these files that no row names any more: every column called sha256 is asked."""
    left = set(digests)
    for rows in Base.metadata.tables.values():
        if "sha256" in rows.c and left and rows.name != "data_export":
            left -= set(db.session.scalars(select(rows.c.sha256).where(rows.c.sha256.in_(left))))
    return sorted(left)
