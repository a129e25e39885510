"""Who did what, when. Rows are only ever added: triggers refuse UPDATE and DELETE. Ids and codes, no content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, ForeignKey, Select, String, bindparam, func, select
from sqlalchemy.orm import Mapped, mapped_column

from models.store import Base, Moment, db, now

if TYPE_CHECKING:
    from models.people import Person


class AuditEvent(Base):
    """One act. act: "fiche.submit"; object: kind and id; detail: codes and ids only."""

    __tablename__ = "audit_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    act: Mapped[str] = mapped_column(String(60))
    object_kind: Mapped[str] = mapped_column(String(30))
    object_id: Mapped[str] = mapped_column(String(64), index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def record(person: Person | None, act: str, kind: str, object_id: str, **detail: Any) -> None:
    """Add an event, in the transaction of what it tells. Inside writing()."""
    db.session.add(
        AuditEvent(
            person_id=person.id if person else None,
            act=act,
            object_kind=kind,
            object_id=object_id,
            detail=detail,
        )
    )


_EVENTS_OF = (
    select(AuditEvent)
    .where(AuditEvent.object_kind == bindparam("kind"), AuditEvent.object_id == bindparam("thing"))
    .order_by(AuditEvent.id.desc())
)


def events_of(kind: str, object_id: str) -> list[AuditEvent]:
    """What happened to one thing, latest first."""
    return list(db.session.scalars(_EVENTS_OF, {"kind": kind, "thing": object_id}))


def count_since(act: str, object_id: str, since: datetime) -> int:
    """How often this was done to a thing at that moment or later."""
    query = select(func.count()).select_from(AuditEvent)
    query = query.where(AuditEvent.object_id == object_id, AuditEvent.act == act, AuditEvent.at >= since)
    return db.session.scalar(query) or 0


def done_since(act: str, object_id: str, since: datetime) -> bool:
    """Whether this was done to a thing at that moment or later."""
    query = select(AuditEvent.id).where(
        AuditEvent.object_id == object_id, AuditEvent.act == act, AuditEvent.at >= since
    )
    return db.session.scalar(query.limit(1)) is not None


# ------------------------------------------------------------------------------------- how it reads

# Every act that record() can write, in words: "Nadia Bensaïd – a envoyé une fiche". A test reads the code for others.
ACTS: dict[str, Any] = {
    "fiche.created": _l("a commencé une fiche"),
    "fiche.imported": _l("a repris une fiche depuis un document"),
    "fiche.submit": _l("a envoyé une fiche au comité"),
    "fiche.retain": _l("a retenu une fiche"),
    "fiche.publish": _l("a publié une fiche"),
    "fiche.withdraw": _l("a retiré une fiche"),
    "fiche.reopen": _l("a repris une fiche retirée"),
    "fiche.writer-added": _l("a ajouté une personne qui écrit"),
    "fiche.writer-removed": _l("a enlevé une personne qui écrivait"),
    "fiche.item-erased": _l("a effacé une parole ou une image"),
    "fiche.forgotten": _l("a effacé une fiche avec le compte de son auteur"),
    "fiche.unnamed": _l("a effacé les coordonnées d’une personne dans une fiche"),
    "dossier.make": _l("a demandé un PDF"),
    "dossier.download": _l("a téléchargé un PDF"),
    "edition.made": _l("a créé une édition"),
    "edition.changed": _l("a changé une édition"),
    "edition.deleted": _l("a effacé une édition"),
    "call.made": _l("a créé un appel"),
    "call.changed": _l("a changé un appel"),
    "call.closed": _l("a fermé un appel"),
    "call.deleted": _l("a effacé un appel"),
    "person.invited": _l("a invité une personne"),
    "person.invitation-withdrawn": _l("a retiré une invitation"),
    "invitation.asked": _l("une nouvelle invitation a été demandée"),
    "person.changed": _l("a changé son nom ou son organisation"),
    "person.roles": _l("a changé les rôles d’une personne"),
    "person.closed": _l("a fermé l’accès d’une personne"),
    "person.reopened": _l("a rouvert l’accès d’une personne"),
    "person.merged": _l("a réuni un double avec une autre personne"),
    "person.took": _l("a réuni une personne avec son double"),
    "profile.changed": _l("a changé un profil"),
    "companion.made": _l("a noté qui écrit avec une personne"),
    "companion.ended": _l("a noté que deux personnes n’écrivent plus ensemble"),
    "organisation.made": _l("a ajouté une organisation"),
    "organisation.changed": _l("a changé une organisation"),
    "organisation.merged": _l("a réuni une organisation double avec une autre"),
    "organisation.took": _l("a réuni une organisation avec son double"),
    "membership.made": _l("a noté qu’une personne est d’une organisation"),
    "membership.confirmed": _l("a confirmé qu’une personne est d’une organisation"),
    "membership.ended": _l("a noté qu’une personne a quitté une organisation"),
    "membership.removed": _l("a enlevé une personne d’une organisation"),
    "join.asked": _l("une personne a demandé à participer"),
    "join.accepted": _l("a accepté une demande de participer"),
    "join.declined": _l("a décliné une demande de participer"),
    "person.leaving": _l("a demandé la suppression d’un compte"),
    "person.staying": _l("a annulé la suppression d’un compte"),
    "person.forgotten": _l("un compte a été supprimé"),
    "data.asked": _l("a demandé le fichier de ses données"),
    "data.taken": _l("a téléchargé le fichier de ses données"),
    "password.added": _l("a ajouté un mot de passe"),
    "password.changed": _l("a changé son mot de passe"),
    "password.removed": _l("a enlevé son mot de passe"),
    "link.invitation.used": _l("a ouvert le site par une invitation"),
    "link.sign-in.used": _l("a ouvert le site par un lien"),
    "link.setup.used": _l("a ouvert le site, en première personne"),
    "device.signed-in": _l("a ouvert le site sur un appareil"),
    "device.signed-out": _l("a quitté le site sur un appareil"),
    "device.dropped": _l("a fait sortir un appareil"),
    "devices.dropped": _l("a fait sortir tous ses appareils"),
    "device.second-shown": _l("a montré sa deuxième preuve"),
    "device.proved": _l("a confirmé que c’est bien cette personne"),
    "factor.passkey-added": _l("a ajouté une clé d’accès"),
    "factor.passkey-removed": _l("a enlevé une clé d’accès"),
    "factor.app-added": _l("a ajouté une application de codes"),
    "factor.app-removed": _l("a enlevé son application de codes"),
    "factor.codes-made": _l("a fait de nouveaux codes de secours"),
    "factor.code-used": _l("a utilisé un code de secours"),
    "factor.code-wrong": _l("a montré un code qui n’ouvre pas"),
    "factor.reset": _l("a remis à zéro la deuxième preuve d’une personne"),
    "circle.made": _l("a créé un comité ou un groupe"),
    "circle.changed": _l("a changé un comité ou un groupe"),
    "seat.taken": _l("a donné une place dans un comité ou un groupe"),
    "seat.changed": _l("a changé le rôle d’une personne dans un comité ou un groupe"),
    "seat.ended": _l("a noté la fin d’une place dans un comité ou un groupe"),
    "seat.asked": _l("a demandé à rejoindre un groupe"),
    "seat.invited": _l("a invité une personne dans un groupe"),
    "seat.withdrawn": _l("a retiré une demande ou une invitation à rejoindre un groupe"),
    "seat.accepted": _l("a dit oui à une demande ou une invitation à rejoindre un groupe"),
    "seat.declined": _l("a dit non à une demande ou une invitation à rejoindre un groupe"),
    "circle.ended": _l("a noté qu’un groupe a terminé son travail"),
    "circle.reopened": _l("a rouvert un groupe"),
    "production.made": _l("a prévu une production dans un groupe"),
    "production.changed": _l("a changé une production"),
    "production.planned": _l("a remis une production parmi celles qui sont prévues"),
    "production.making": _l("a noté qu’une production est en cours"),
    "production.done": _l("a noté qu’une production est terminée"),
    "production.dropped": _l("a abandonné une production"),
    "report.made": _l("a commencé un rapport au comité"),
    "report.changed": _l("a changé un rapport au comité"),
    "report.sent": _l("a envoyé un rapport au comité"),
    "report.removed": _l("a jeté le brouillon d’un rapport"),
    "meeting.made": _l("a préparé une réunion"),
    "meeting.changed": _l("a changé une réunion"),
    "meeting.told": _l("a prévenu les membres d’un changement"),
    "meeting.convene": _l("a convoqué une réunion"),
    "meeting.hold": _l("a noté qu’une réunion a eu lieu"),
    "meeting.cancel": _l("a annulé une réunion"),
    "meeting.guest": _l("a invité une personne à une réunion"),
    "meeting.reminded": _l("a rappelé une réunion à qui n’a pas répondu"),
    "agenda.changed": _l("a changé un ordre du jour"),
    "agenda.proposed": _l("a proposé un point à l’ordre du jour"),
    "agenda.declined": _l("a décliné un point proposé"),
    "task.made": _l("a confié une tâche"),
    "task.changed": _l("a changé une tâche"),
    "task.done": _l("a noté qu’une tâche est faite"),
    "task.reopen": _l("a rouvert une tâche"),
    "task.drop": _l("a abandonné une tâche"),
    "task.resume": _l("a repris une tâche abandonnée"),
    "notice.made": _l("a offert ou cherché un savoir"),
    "notice.changed": _l("a changé une offre ou une demande de savoir"),
    "notice.closed": _l("a retiré du tableau une offre ou une demande de savoir"),
    "notice.reopened": _l("a remis au tableau une offre ou une demande de savoir"),
    "exchange.asked": _l("a répondu à une offre ou à une demande de savoir"),
    "exchange.proposed": _l("a proposé un échange de savoirs à deux personnes"),
    "exchange.taken": _l("met deux personnes en contact pour un échange"),
    "exchange.agreed": _l("a dit oui à un échange de savoirs"),
    "exchange.naming": _l("a choisi d’être nommé ou non pour un échange"),
    "exchange.touch": _l("deux personnes sont en contact pour un échange"),
    "exchange.done": _l("a noté qu’un échange est fait"),
    "exchange.end": _l("a arrêté un échange"),
    "exchange.evaluated": _l("a écrit trois lignes sur un échange"),
    "action.made": _l("a proposé une action commune"),
    "action.changed": _l("a changé une action commune"),
    "action.joined": _l("a dit « comptez-moi » pour une action commune"),
    "action.left": _l("n’est plus d’une action commune"),
    "action.start": _l("a mis en route une action commune"),
    "action.done": _l("a noté qu’une action commune est faite"),
    "action.drop": _l("a abandonné une action commune"),
    "action.reopen": _l("a repris une action commune"),
    "action.group": _l("a fait un groupe d’une action commune"),
    "action.group-asked": _l("a demandé un groupe pour une action commune"),
    "action.fiche": _l("a commencé une fiche depuis une action commune"),
    "widening.proposed": _l("a proposé une place dans un comité ou un groupe"),
    "widening.changed": _l("a changé une candidature"),
    "widening.asked": _l("a demandé l’accord de la personne par courriel"),
    "widening.question": _l("la personne proposée a posé une question"),
    "widening.agree": _l("l’accord de la personne est noté"),
    "widening.refuse": _l("le refus de la personne est noté"),
    "widening.open": _l("a demandé l’avis des membres"),
    "widening.said": _l("a dit son avis sur une candidature"),
    "widening.close": _l("les avis sur une candidature sont clos"),
    "widening.booked": _l("une candidature est venue à l’ordre du jour"),
    "widening.postpone": _l("a remis une candidature à la réunion suivante"),
    "widening.accept": _l("a noté le oui de la réunion à une candidature"),
    "widening.later": _l("a remis une candidature à plus tard"),
    "widening.withdraw": _l("a retiré une candidature"),
    "widening.welcome": _l("a préparé l’accueil d’une personne"),
    "widening.arrive": _l("une personne a pris la place proposée"),
    "recommendation.made": _l("a écrit une recommandation"),
    "recommendation.changed": _l("a changé une recommandation"),
    "recommendation.adopt": _l("a noté qu’une recommandation est adoptée"),
    "recommendation.drop": _l("n’a pas retenu une recommandation"),
    "recommendation.send": _l("a noté qu’une recommandation est portée"),
    "recommendation.answer": _l("a noté la réponse à une recommandation"),
    "recommendation.close": _l("a classé une recommandation"),
    "recommendation.reopen": _l("a repris une recommandation classée"),
    "recommendation.resume": _l("a proposé de nouveau une recommandation"),
    "sitting.attendance": _l("a noté une présence à une réunion"),
    "sitting.clock": _l("a commencé ou fini un point d’une réunion"),
    "line.made": _l("a noté une parole en réunion"),
    "line.changed": _l("a changé une ligne d’une réunion"),
    "line.removed": _l("a retiré une ligne d’une réunion"),
    "line.back": _l("a remis une ligne d’une réunion"),
    "line.chosen": _l("a choisi entre deux versions d’une ligne"),
    "decision.made": _l("a noté une décision"),
    "decision.changed": _l("a changé une décision"),
    "decision.removed": _l("a retiré une décision"),
    "decision.back": _l("a remis une décision"),
    "decision.chosen": _l("a choisi entre deux versions d’une décision"),
    "vote.cast": _l("a voté, ou noté un vote"),
    "vote.closed": _l("a fini un vote par appel nominal"),
    "meeting.propose": _l("a proposé le procès-verbal d’une réunion"),
    "meeting.approve": _l("a noté l’approbation d’un procès-verbal"),
    "meeting.correct": _l("a proposé la correction d’un procès-verbal"),
    "minutes.amended": _l("a actualisé un procès-verbal proposé"),
    "minutes.remarked": _l("a fait une remarque sur un procès-verbal"),
    "minutes.answered": _l("a répondu à une remarque sur un procès-verbal"),
    "poll.opened": _l("a proposé des dates"),
    "poll.answered": _l("a répondu à un choix de dates"),
    "poll.closed": _l("a choisi la date d’une réunion"),
    "reply.given": _l("a répondu à une convocation"),
    "reply.noted": _l("a noté la réponse d’une personne à une convocation"),
    "reply.dropped": _l("a retiré une personne d’une convocation"),
    "reply.voice-lost": _l("une voix donnée n’est plus portée"),
    "calendar.subscribed": _l("a fait une adresse pour suivre son agenda"),
    "calendar.revoked": _l("a fermé l’adresse de son agenda"),
    "glossary.made": _l("a écrit une abréviation au glossaire"),
    "glossary.changed": _l("a changé une abréviation du glossaire"),
    "glossary.removed": _l("a retiré une abréviation du glossaire"),
    "reference.made": _l("a ajouté une référence à la bibliothèque"),
    "reference.changed": _l("a changé une référence de la bibliothèque"),
    "reference.removed": _l("a retiré une référence de la bibliothèque"),
    "news.chosen": _l("a choisi ses nouvelles par courriel"),
    "note.made": _l("a commencé une note"),
    "note.written": _l("a écrit dans une note"),
    "note.restored": _l("a repris une ancienne version d’une note"),
    "note.removed": _l("a retiré une note"),
    "note.returned": _l("a remis une note"),
    "file.added": _l("a déposé un fichier"),
    "file.versioned": _l("a déposé une nouvelle version d’un fichier"),
    "file.removed": _l("a retiré un fichier"),
    "file.returned": _l("a remis un fichier"),
    "retention.applied": _l("les règles de durée ont été appliquées"),
}  # fmt: skip
KINDS: dict[str, Any] = {
    "fiche": _l("Fiche"),
    "dossier": _l("Dossier"),
    "edition": _l("Édition"),
    "call": _l("Appel"),
    "person": _l("Personne"),
    "organisation": _l("Organisation"),
    "join": _l("Demande"),
    "retention": _l("Règle de durée"),
    "circle": _l("Comité ou groupe"),
    "meeting": _l("Réunion"),
    "task": _l("Tâche"),
    "decision": _l("Décision"),
    "recommendation": _l("Recommandation"),
    "note": _l("Note"),
    "circle_file": _l("Fichier"),
    "glossary": _l("Glossaire"),
    "reference": _l("Référence"),
}


def words(act: str) -> str:
    """An act in words; its code where nobody has found words yet."""
    return str(ACTS.get(act, act))


@dataclass(frozen=True)
class Wanted:
    """Which events: of a person (id, "-" for those of nobody), an act, a kind of object; since and before are instants."""

    person: str = ""
    act: str = ""
    kind: str = ""
    since: datetime | None = None
    before: datetime | None = None

    def select(self) -> Select[Any]:
        """The events, latest first."""
        query = select(AuditEvent).order_by(AuditEvent.id.desc())
        if self.person:
            whose = None if self.person == "-" else self.person
            query = query.where(
                AuditEvent.person_id.is_(None) if whose is None else AuditEvent.person_id == whose
            )
        for column, value in ((AuditEvent.act, self.act), (AuditEvent.object_kind, self.kind)):
            query = query.where(column == value) if value else query
        query = query.where(AuditEvent.at >= self.since) if self.since else query
        return query.where(AuditEvent.at < self.before) if self.before else query


def count(wanted: Wanted) -> int:
    """How many events there are."""
    inner = wanted.select().order_by(None).with_only_columns(AuditEvent.id).subquery()
    return db.session.scalar(select(func.count()).select_from(inner)) or 0


def acts_done() -> dict[str, list[str]]:
    """What there is to choose from: the acts and kinds of object that stand in the audit."""
    pairs = db.session.execute(select(AuditEvent.act, AuditEvent.object_kind).distinct()).all()
    return {"act": sorted({act for act, _ in pairs}), "kind": sorted({kind for _, kind in pairs})}


def people_ids() -> list[str]:
    """Ids of those who did something."""
    return [p for p in db.session.scalars(select(AuditEvent.person_id).distinct()) if p]


def about(person_id: str) -> list[AuditEvent]:
    """What a person did, and what was done to them, latest first."""
    mine = (AuditEvent.person_id == person_id) | (
        (AuditEvent.object_kind == "person") & (AuditEvent.object_id == person_id)
    )
    return list(db.session.scalars(select(AuditEvent).where(mine).order_by(AuditEvent.id.desc())))


def roles_since(readers: frozenset[str]) -> Mapping[str, datetime]:
    """By id of a person: since when they have without a break one of these roles, as far as the audit tells."""
    acts = ("person.invited", "person.roles")
    query = select(AuditEvent).where(AuditEvent.object_kind == "person", AuditEvent.act.in_(acts))
    out: dict[str, datetime] = {}
    for event in db.session.scalars(query.order_by(AuditEvent.id)):
        if readers & set(event.detail.get("roles") or ()):
            out.setdefault(event.object_id, event.at)
        elif event.act == "person.roles":
            out.pop(event.object_id, None)
    return out
