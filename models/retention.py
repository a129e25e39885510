"""★ How long things are kept. One table: the worker applies it once a day, the privacy page prints it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Text, and_, cast, delete, func, or_, select, update
from sqlalchemy.orm import undefer

from models import filing, note_writing, work_search
from models.access import IDLE, AccessLink, Device, never_came
from models.answering import erase_needs
from models.attachments import Attachment, ReceivedFile
from models.audit import record
from models.deliveries import Job, Mail, job
from models.dossiers import Dossier
from models.editions import Call, Edition
from models.exchanges import DONE as EXCHANGED
from models.exchanges import ENDED, IN_TOUCH, PROPOSED, Exchange, Notice
from models.fiche.content import get, put
from models.fiche.fiche import Fiche, Revision
from models.fiche.journal import HeldEdit, Operation
from models.forgetting import forget, unnamed
from models.groups import WAITING as STILL_ASKED
from models.groups import SeatRequest
from models.joining import WAITING, JoinRequest
from models.mydata import KEPT, DataExport
from models.numbers import Counter
from models.opinions import KIND as OPINION
from models.store import Base, db, now
from models.tasks import Task, TaskState
from models.widening import Case, CaseState, Opinion

NEEDS = ("biennale", "besoins_acces")
Apply = Callable[[datetime], int]


@dataclass(frozen=True)
class Rule:
    """what is kept, how long after what, why, and where the rule comes from. apply(before) removes what was over
    before that instant and says how many rows; inside writing()."""

    key: str
    what: Any
    after: timedelta
    since: Any
    why: Any
    source: Any
    apply: Apply

    @property
    def days(self) -> int:
        return self.after.days


def _done(statement: Any) -> int:
    return int(getattr(db.session.execute(statement), "rowcount", 0))


def _devices(before: datetime) -> int:
    return _done(delete(Device).where(Device.seen_at <= before))


def _links(before: datetime) -> int:
    """Invitations stay: who was invited, and when, is history."""
    over = (AccessLink.expires_at <= before, AccessLink.purpose != "invitation")
    return _done(delete(AccessLink).where(*over))


def _mails(before: datetime) -> int:
    return _done(delete(Mail).where(or_(Mail.sent_at <= before, Mail.dead_at <= before)))


def _jobs(before: datetime) -> int:
    """Whatever points to a job loses the pointer first."""
    over = select(Job.id).where(Job.ended_at <= before)
    for rows in Base.metadata.tables.values():
        for column in rows.c:
            if any(key.column is Job.__table__.c.id for key in column.foreign_keys):
                db.session.execute(update(rows).where(column.in_(over)).values({column: None}))
    return _done(delete(Job).where(Job.ended_at <= before))


def _dossiers(which: Any) -> Apply:
    """The file goes, the row stays with who took it along; it can be made again."""

    def apply(before: datetime) -> int:
        rows = list(db.session.scalars(select(Dossier).where(Dossier.sha256.is_not(None), Dossier.ready_at <= before, which)))  # fmt: skip
        files = [str(row.sha256) for row in rows]
        for row in rows:
            row.sha256, row.key = None, ""
        db.session.flush()
        if files:
            job("erase-files", None, files=unnamed(files))
        return len(rows)

    return apply


def _exports(before: datetime) -> int:
    gone = _done(
        delete(DataExport).where(or_(DataExport.ready_at <= before, DataExport.made_at <= before - KEPT))
    )
    if gone:
        job("sweep-exports", None)
    return gone


def _needs(before: datetime) -> int:
    """What people need to come, from every version of the fiches of an edition that is over, its call with it."""
    over = (
        select(Call.id)
        .join(Edition, Call.edition_id == Edition.id)
        .where(Edition.ends <= before.date(), Call.closes_at <= before)
    )
    fiches = select(Fiche.id).where(Fiche.call_id.in_(over))
    gone: set[str] = set()
    for model, owner in (
        (Fiche, Fiche.id), (Revision, Revision.fiche_id), (Operation, Operation.document_id), (HeldEdit, HeldEdit.fiche_id)
    ):  # fmt: skip
        rows: Any = select(model).where(
            owner.in_(fiches), cast(model.content, Text).contains(f'"{NEEDS[1]}": "')
        )
        for row in db.session.scalars(
            rows.options(undefer(Fiche.content)) if model is Fiche else rows
        ).unique():
            for column in ("content", "base", "posted"):
                if getattr(row, column, None):
                    setattr(row, column, _without_needs(getattr(row, column)))
            gone.add(row.id if model is Fiche else getattr(row, owner.key))
    return len(gone)


def _without_needs(content: Any) -> Any:
    out = deepcopy(content)
    if get(out, ".".join(NEEDS)):
        put(out, ".".join(NEEDS), None)
    return out


def _received(before: datetime) -> int:
    """Pictures that came ahead of a text that never came: no document has them, and no edit that waits names them."""
    old = select(ReceivedFile).where(
        ReceivedFile.at <= before, ReceivedFile.sha256.not_in(select(Attachment.sha256))
    )
    rows = [row for row in db.session.scalars(old) if not _waits(row.sha256)]
    for row in rows:
        db.session.delete(row)
    db.session.flush()
    if rows:
        job("erase-files", None, files=unnamed(row.sha256 for row in rows))
    return len(rows)


def _waits(digest: str) -> bool:
    """Whether an edit that waits for its writer's choice names this picture."""
    named = [cast(column, Text).contains(digest) for column in (HeldEdit.content, HeldEdit.posted)]
    return db.session.scalar(select(HeldEdit.op_id).where(or_(*named)).limit(1)) is not None


def _requests(before: datetime) -> int:
    return _done(delete(JoinRequest).where(JoinRequest.answered_at <= before, JoinRequest.state != WAITING))


def _seat_requests(before: datetime) -> int:
    over = (SeatRequest.answered_at <= before, SeatRequest.state != STILL_ASKED)
    return _done(delete(SeatRequest).where(*over))


def _tasks(before: datetime) -> int:
    return _done(delete(Task).where(Task.state != TaskState.OPEN, Task.ended_at <= before))


def _work(before: datetime) -> int:
    """Notes and files that were taken away, with every version and their bytes."""
    gone = note_writing.sweep(before)
    files, digests = filing.sweep(before)
    if digests:
        job("erase-files", None, files=unnamed(digests))
    if gone or files:
        work_search.forget()
    return gone + files


def _notices(before: datetime) -> int:
    """Off the board since then, taken away or because its day had passed; what came of it stays."""
    passed = and_(Notice.closed_at.is_(None), Notice.until < before.date())
    over = select(Notice.id).where(or_(Notice.closed_at <= before, passed))
    for column in (Exchange.offer_id, Exchange.request_id):
        db.session.execute(update(Exchange).where(column.in_(over)).values({column: None}))
    return _done(delete(Notice).where(Notice.id.in_(over)))


last_step = func.coalesce(Exchange.in_touch_at, Exchange.made_at)


def _exchange_words(before: datetime) -> int:
    """What two people and their mediator wrote of an exchange that took place, or did not; the row stays without a word."""
    ended = and_(Exchange.state == ENDED, Exchange.ended_at <= before)
    done = and_(Exchange.state == EXCHANGED, Exchange.done_on < before.date(), last_step <= before)
    return _without_words(or_(ended, done))


def _waiting_words(before: datetime) -> int:
    """The same of one that nobody took further."""
    return _without_words(and_(Exchange.state.in_((PROPOSED, IN_TOUCH)), last_step <= before))


def _without_words(which: ColumnElement[bool]) -> int:
    said = or_(Exchange.words.is_not(None), Exchange.end_words.is_not(None))
    return _done(update(Exchange).where(which, said).values(words=None, end_words=None))


def _candidates(before: datetime) -> int:
    """Name, address and words of who was proposed for a circle and was not welcomed; what members held against it."""
    ended = (Case.state.in_((CaseState.LATER, CaseState.WITHDRAWN)), Case.ended_at <= before)
    kept = or_(Case.name.is_not(None), Case.email.is_not(None), Case.question.is_not(None), Case.token_hash.is_not(None), Case.person_id.is_not(None))  # fmt: skip
    rows = list(db.session.scalars(select(Case).where(*ended, kept)))
    ids = [row.id for row in rows]
    for row in rows:
        person, row.person_id = row.person, None
        row.name = row.email = row.question = row.token_hash = None
        db.session.flush()
        if person and never_came(person):
            forget(person, None)
    db.session.execute(update(Opinion).where(Opinion.case_id.in_(ids)).values(reason=None))
    db.session.execute(
        delete(Operation).where(Operation.document_kind == OPINION, Operation.document_id.in_(ids))
    )
    return len(rows)


LAW = _l("RGPD, article 5\u00a0: pas plus longtemps qu’il ne faut")
RULES: tuple[Rule, ...] = (
    Rule("devices", _l("Les appareils où vous êtes entré"), 2 * IDLE, _l("après votre dernière visite"),
         _l("pour que vous les reconnaissiez et puissiez les faire sortir"), LAW, _devices),
    Rule("links", _l("Les liens pour entrer"), 2 * IDLE, _l("après leur fin"),
         _l("pour dire à qui touche un vieux lien pourquoi il ne s’ouvre plus"), LAW, _links),
    Rule("mails", _l("La liste des courriels partis ou abandonnés"), timedelta(days=90), _l("après l’envoi"),
         _l("pour retrouver un courriel qui n’arrive pas\u00a0; ce qu’il disait est effacé dès qu’il part"), LAW, _mails),
    Rule("requests", _l("Les demandes pour participer"), timedelta(days=90), _l("après la réponse"),
         _l("pour ne pas vous reposer les mêmes questions"), LAW, _requests),
    Rule("jobs", _l("Les travaux faits en arrière-plan"), timedelta(days=90), _l("après leur fin"),
         _l("pour comprendre une panne"), LAW, _jobs),
    Rule("sheets", _l("Le PDF d’une fiche seule, et les papiers d’une réunion ou d’un groupe"), timedelta(days=30), _l("après leur fabrication"),
         _l("ils se refont en une minute"), LAW, _dossiers(Dossier.edition_id.is_(None) & (Dossier.kind != "D3"))),
    Rule("dossiers", _l("Les autres PDF"), timedelta(days=730), _l("après leur fabrication"),
         _l("le temps d’une biennale\u00a0; on garde ensuite la liste des personnes qui les avaient pris"), LAW,
         _dossiers(Dossier.kind == "D3")),
    Rule("needs", _l("Ce dont vous avez besoin pour venir, écrit dans une fiche"), timedelta(days=30), _l("après la biennale"),
         _l("le secrétariat s’en sert pour vous accueillir, et pour rien d’autre"), LAW, _needs),
    Rule("pictures", _l("Les images envoyées sans leur texte"), timedelta(days=30), _l("après leur arrivée"),
         _l("le temps que le texte arrive d’un appareil sans réseau"), LAW, _received),
    Rule("meeting_needs", _l("Ce dont vous avez besoin pour venir à une réunion"), timedelta(days=30), _l("après la réunion"),
         _l("le secrétariat s’en sert pour vous accueillir, et pour rien d’autre"), LAW, erase_needs),
    Rule("candidates", _l("Le nom et l’adresse d’une personne proposée pour un comité, quand elle n’y entre pas"), timedelta(days=90),
         _l("après la fin de la candidature"), _l("le temps de revenir vers elle\u00a0; reste ce qui manquait autour de la table, sans son nom"), LAW, _candidates),
    Rule("tasks", _l("Les tâches faites ou abandonnées"), timedelta(days=730), _l("après leur fin"),
         _l("le temps d’une biennale\u00a0; ce qui en reste se lit dans les comptes rendus"), LAW, _tasks),
    Rule("seat_requests", _l("Les demandes de rejoindre un groupe, et les invitations"), timedelta(days=365), _l("après la réponse"),
         _l("pour ne pas vous reposer la même question\u00a0; votre place, elle, reste dans l’histoire du groupe"), LAW, _seat_requests),
    Rule("work", _l("Les notes et les fichiers que l’on a retirés d’un groupe"), timedelta(days=30), _l("après leur retrait"),
         _l("le temps de les remettre si c’était une erreur"), LAW, _work),
    Rule("notices", _l("Les offres et les demandes de savoirs retirées du tableau"), timedelta(days=730), _l("après leur retrait"),
         _l("le temps d’une biennale\u00a0; ce qui s’est échangé reste"), LAW, _notices),
    Rule("exchange_words", _l("Ce qui a été écrit d’un échange fait ou arrêté"), timedelta(days=90), _l("après ce jour-là"),
         _l("le temps de se comprendre\u00a0; il n’en reste que le sujet"), LAW, _exchange_words),
    Rule("waiting_words", _l("Ce qui a été écrit d’un échange resté sans suite"), timedelta(days=365), _l("après la proposition, ou la mise en contact"),
         _l("le temps que chacun réponde\u00a0; il n’en reste que le sujet"), LAW, _waiting_words),
    Rule("exports", _l("Le fichier de vos données"), KEPT, _l("après sa préparation"),
         _l("le temps que vous le preniez"), LAW, _exports),
)  # fmt: skip

# What has no end, and why.
WITHOUT_END: tuple[tuple[Any, Any], ...] = (
    (_l("Les fiches, avec leurs versions"), _l("elles appartiennent à leur structure, tant qu’elle ne les retire pas")),
    (_l("Les noms dans les comptes rendus approuvés et les décisions"), _l("ils disent qui était là et qui a décidé")),
    (_l("Le journal\u00a0: qui a fait quoi, et quand"), _l("il prouve que chacun n’a vu que ce qu’il pouvait voir\u00a0; il ne contient aucun texte")),
)  # fmt: skip

APPLIED = "retention"


def today(at: datetime) -> int:
    return at.date().toordinal()


def due(at: datetime) -> bool:
    """Whether the rules were not applied yet on this day."""
    return db.session.scalar(select(Counter.value).where(Counter.name == APPLIED)) != today(at)


def apply(at: datetime | None = None) -> dict[str, int]:
    """Apply every rule as of an instant; how many rows each removed. Inside writing()."""
    at = at or now()
    out = {}
    for rule in RULES:
        out[rule.key] = rule.apply(at - rule.after)
        if out[rule.key]:
            record(None, "retention.applied", "retention", rule.key, rows=out[rule.key])
    counter = db.session.get(Counter, APPLIED) or Counter(name=APPLIED)
    counter.value = today(at)
    db.session.add(counter)
    return out
