"""★ Who may do what. One page: predicates, the table, the routes of libraries.

`can(person, right, object)` serves routes, templates and transitions alike. To load is to authorise: what a person may
not see is 404, what they see but may not change is 403. `person` is None for somebody who is not signed in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l

if TYPE_CHECKING:
    from models.people import Person

Predicate = Callable[["Person", Any], bool]

OFFICE = frozenset({"coordination"})
COMMITTEE = frozenset({"committee", "chair", "coordination"})
READERS = COMMITTEE | {"reader"}
WRITERS = frozenset({"contributor", "companion", "group_member"}) | READERS

UNDER_WAY = frozenset({"SOU", "REL", "CPL", "RET", "PLT"})
CATALOGUE = frozenset({"PUB", "ARC"})
AUTHOR_EDITS = frozenset({"BRO", "SOU", "CPL", "RET", "PLT"})
OFFICE_EDITS = UNDER_WAY | {"PUB"}


def in_office(person: Person) -> bool:
    """Whether somebody coordinates: what a circle keeps for itself is theirs to see too."""
    return bool(OFFICE & person.role_names)


def has(*roles: str) -> Predicate:
    """Whoever has one of these roles."""
    wanted = frozenset(roles)
    return lambda person, _object: bool(wanted & person.role_names)


def member(person: Person, _object: Any) -> bool:
    """Any active person."""
    return person.active


def author(person: Person, fiche: Any) -> bool:
    return person.id in fiche.author_ids


def orphan(fiche: Any) -> bool:
    """A draft that an import made and that nobody has taken in hand."""
    return fiche.state in ("BRO", "ANN") and not fiche.author_ids


def see_fiche(person: Person, fiche: Any) -> bool:
    """Its authors always; the catalogue for members; what is under way for readers and committee."""
    if author(person, fiche) or fiche.state in CATALOGUE:
        return True
    if fiche.state in UNDER_WAY:
        return bool(READERS & person.role_names)
    return in_office(person) and (orphan(fiche) or fiche.received_at is not None)


def edit_fiche(person: Person, fiche: Any) -> bool:
    if author(person, fiche):
        return fiche.state in AUTHOR_EDITS
    return in_office(person) and (fiche.state in OFFICE_EDITS or (orphan(fiche) and fiche.state == "BRO"))


def own_or_office(person: Person, fiche: Any) -> bool:
    return author(person, fiche) or (in_office(person) and see_fiche(person, fiche))


def give_role(person: Person, role: str) -> bool:
    """Nobody lifts anybody, or a second address of their own, above themselves."""
    return bool({"coordination", "administration"} & person.role_names) and (
        role != "administration" or role in person.role_names
    )


def change_person(person: Person, other: Person) -> bool:
    """Roles and access of somebody else, by whoever could have given them all; nobody changes their own."""
    return person.id != other.id and all(
        give_role(person, role) for role in {*other.role_names, "contributor"}
    )


def edit_organisation(person: Person, organisation: Any) -> bool:
    """The coordination, and those who belong to it and were confirmed."""
    return in_office(person) or person.id in organisation.editor_ids


def sits(person: Person, circle: Any) -> bool:
    return person.id in circle.member_ids


def leads(person: Person, circle: Any) -> bool:
    """Who chairs a circle, keeps its secretariat, or coordinates."""
    return person.id in circle.lead_ids or in_office(person)


def see_circle(person: Person, circle: Any) -> bool:
    """Any member sees an open one; a closed one is there for who sits in it and the coordination alone."""
    return not circle.closed or sits(person, circle) or leads(person, circle)


def attends(person: Person, meeting: Any) -> bool:
    """Who sits in its circle, or was invited for this once."""
    return sits(person, meeting.circle) or (person.id in meeting.guest_ids and bool(meeting.convened_at))


def see_meeting(person: Person, meeting: Any) -> bool:
    """Its circle always; once convened its guests, and any member where the circle is open."""
    if attends(person, meeting) or leads(person, meeting.circle):
        return True
    return not meeting.circle.closed and bool(meeting.convened_at)


def leads_open(person: Person, meeting: Any) -> bool:
    """What is over or cancelled is not prepared any more."""
    return meeting.state in ("prepared", "convened") and leads(person, meeting.circle)


def see_circle_tasks(person: Person, circle: Any) -> bool:
    """What a circle has to do is for who sits in it, and for the coordination."""
    return sits(person, circle) or leads(person, circle)


def see_task(person: Person, task: Any) -> bool:
    """Its circle; and its own who, who may have left an open circle since."""
    return see_circle_tasks(person, task.circle) or (task.person_id == person.id and not task.circle.closed)


def end_task(person: Person, task: Any) -> bool:
    """Whoever does it says that it is done; who leads the circle may say so too."""
    return leads(person, task.circle) or (task.person_id == person.id and see_task(person, task))


def edit_task(person: Person, task: Any) -> bool:
    """Who leads the circle. What a group that has ended leaves to do is moved by the coordination alone."""
    return leads_working(person, task.circle) or bool(OFFICE & person.role_names)


def drop_task(person: Person, task: Any) -> bool:
    """Who may change it; once its group has ended, its own who too: nobody leads them there any more."""
    return edit_task(person, task) or (task.circle.ended_at is not None and end_task(person, task))


def writes_minutes(person: Person, meeting: Any) -> bool:
    """Who leads its circle, from its day until its minutes are approved."""
    if meeting.state == "convened":
        return meeting.near and leads(person, meeting.circle)
    return meeting.state in ("held", "minutes_proposed") and leads(person, meeting.circle)


def see_minutes(person: Person, meeting: Any) -> bool:
    """Its circle and its guests once they are proposed; any member once they are approved, where the circle is open."""
    if leads(person, meeting.circle):
        return True
    if meeting.state in ("minutes_proposed", "minutes_approved") and attends(person, meeting):
        return True
    return meeting.state == "minutes_approved" and not meeting.circle.closed


def read_minutes(person: Person, meeting: Any) -> bool:
    """What was approved stays open to its readers while a correction of it is proposed."""
    corrected = meeting.state == "minutes_proposed" and not meeting.circle.closed and meeting.approved_before
    return see_minutes(person, meeting) or corrected


def see_decision(person: Person, decision: Any) -> bool:
    """At once for its circle; for any member with the approved minutes."""
    return sits(person, decision.meeting.circle) or see_minutes(person, decision.meeting)


def see_recommendation(person: Person, row: Any) -> bool:
    """What a decision adopted is for any member, where the circle is open; what was not, for its circle alone."""
    known = row.decision_id is not None and not row.circle.closed
    return known or see_circle_tasks(person, row.circle)


def edit_case(person: Person, case: Any) -> bool:
    """Who leads the circle, and who proposed and still sits there."""
    return leads(person, case.circle) or (case.proposed_by == person.id and sits(person, case.circle))


def has_voice(person: Person, circle: Any) -> bool:
    """Who sits in a circle with a voice."""
    return person.id in circle.voice_ids


def may_ask_in(person: Person, circle: Any) -> bool:
    """An open working group or network, by whoever does not sit there; a committee is widened instead."""
    return not (circle.closed or circle.is_committee or circle.ended_at or sits(person, circle))


def leads_working(person: Person, circle: Any) -> bool:
    """What ended is not written any more."""
    return circle.ended_at is None and leads(person, circle)


def works_in(person: Person, circle: Any) -> bool:
    """Who writes its notes and adds its files: whoever sits there or leads it, until it ends."""
    return circle.ended_at is None and see_circle_tasks(person, circle)


def see_work(person: Person, circle: Any) -> bool:
    """Notes, files and productions: those of an open group for any member; of a committee for who sits there."""
    return see_circle_tasks(person, circle) or not (circle.closed or circle.is_committee)


def see_report(person: Person, report: Any) -> bool:
    """Its circle; once sent, those who read the papers of the meeting that it is attached to, until it opens again."""
    if see_circle_tasks(person, report.circle):
        return True
    meeting = report.item.meeting if report.item else None
    return (
        not report_open(report)
        and meeting is not None
        and (attends(person, meeting) or leads(person, meeting.circle))
    )


def report_open(report: Any) -> bool:
    """Written still: a draft, or one whose item was taken away, declined, or stood on a meeting that was cancelled."""
    item = report.item
    return (
        report.state == "draft"
        or item is None
        or item.state == "declined"
        or item.meeting.state == "cancelled"
    )


def see_notice(person: Person, notice: Any) -> bool:
    """An offer or a request: for any member, where it is not on the board of a closed group."""
    return notice.circle is None or see_circle(person, notice.circle) or person.id == notice.person_id


def edit_notice(person: Person, notice: Any) -> bool:
    return person.id in (notice.person_id, notice.made_by) or in_office(person)


def mediates(person: Person, thing: Any) -> bool:
    """Puts two people in touch: the committee, and who leads the group on whose board it stands. On the board of a
    closed group, those alone who see it."""
    if thing.circle is None:
        return bool(COMMITTEE & person.role_names)
    return leads(person, thing.circle) or (
        bool(COMMITTEE & person.role_names) and see_circle(person, thing.circle)
    )


def see_exchange(person: Person, exchange: Any) -> bool:
    """The two, who mediates, and the coordination; nobody else reads what two people arrange. An answer to a notice
    waits for whoever may mediate."""
    those = (exchange.giver_id, exchange.receiver_id, exchange.mediator_id)
    waits = exchange.mediator_id is None and exchange.state == "proposed"
    return person.id in those or in_office(person) or (waits and mediates(person, exchange))


def edit_own(person: Person, thing: Any) -> bool:
    """Whoever made it, and the coordination."""
    return person.id == thing.made_by or in_office(person)


def see_reference(person: Person, reference: Any) -> bool:
    return reference.circle is None or see_work(person, reference.circle)


def keeps_needs(person: Person, meeting: Any) -> bool:
    """What people need to come is for the secretariat alone: not even for who chairs."""
    return person.id in meeting.circle.secretary_ids or in_office(person)


def see_dossier(person: Person, dossier: Any) -> bool:
    """Who made it; one of the biennale its readers, one of a meeting those who read its papers. One of a group: who
    sees the group; with its tasks (usage "circle"), who sits there."""
    if meeting := getattr(dossier, "meeting", None):
        return attends(person, meeting) or leads(person, meeting.circle)
    if circle := getattr(dossier, "circle", None):
        return (see_circle_tasks if dossier.usage == "circle" else see_work)(person, circle)
    return dossier.made_by == person.id or bool(READERS & person.role_names and dossier.kind != "D1")


RIGHTS: dict[str, tuple[Predicate, Any]] = {
    "home.see": (member, _l("voir sa page d’accueil")),
    "account.own": (member, _l("gérer son compte et ses appareils")),
    "fiche.list": (member, _l("voir la liste des fiches (celles que l’on peut lire)")),
    "fiche.create": (has(*WRITERS), _l("commencer une fiche")),
    "file.send": (member, _l("envoyer d’avance une image depuis un appareil")),
    "fiche.import": (has(*WRITERS), _l("reprendre une fiche depuis un document")),
    "fiche.see": (see_fiche, _l("lire une fiche")),
    "fiche.edit": (edit_fiche, _l("écrire dans une fiche")),
    "fiche.share": (own_or_office, _l("choisir qui écrit une fiche")),
    "fiche.submit": (own_or_office, _l("envoyer une fiche au comité")),
    "fiche.withdraw": (author, _l("retirer sa fiche")),
    "fiche.reopen": (author, _l("reprendre une fiche retirée")),
    "fiche.retain": (has(*COMMITTEE), _l("retenir une fiche")),
    "fiche.publish": (has(*OFFICE), _l("publier une fiche au catalogue")),
    "figures.see": (has(*READERS), _l("voir les chiffres")),
    "edition.see": (member, _l("voir l’édition et l’appel")),
    "edition.manage": (has(*OFFICE), _l("préparer l’édition, la lettre et l’appel")),
    "dossier.list": (has(*READERS), _l("voir les dossiers")),
    "dossier.make": (has(*READERS), _l("faire et télécharger un dossier")),
    "dossier.see": (see_dossier, _l("ouvrir un dossier")),
    "person.invite": (has("coordination", "administration"), _l("inviter une personne")),
    "person.change": (change_person, _l("changer les rôles d’une personne, fermer son accès")),
    "person.merge": (change_person, _l("réunir deux comptes d’une même personne")),
    "factor.reset": (change_person, _l("retirer la deuxième preuve d’une personne qui l’a perdue")),
    "role.give": (give_role, _l("donner un rôle à une personne invitée")),
    "companion.set": (has(*OFFICE), _l("dire qui écrit pour une personne")),
    "join.answer": (has(*OFFICE), _l("répondre à qui demande une place")),
    "directory.see": (member, _l("voir l’annuaire : organisations et membres")),
    "organisation.make": (member, _l("ajouter une organisation")),
    "organisation.edit": (edit_organisation, _l("changer les textes d’une organisation")),
    "directory.keep": (has(*OFFICE), _l("tenir l’annuaire : membres, doubles")),
    "circle.list": (member, _l("voir les comités et les groupes (ceux que l’on peut voir)")),
    "circle.make": (has(*OFFICE), _l("créer un comité ou un groupe")),
    "circle.see": (see_circle, _l("voir un comité ou un groupe")),
    "circle.edit": (leads, _l("tenir un comité ou un groupe\u00a0: mandat, conditions, membres")),
    "meeting.list": (member, _l("voir l’agenda des réunions (celles que l’on peut voir)")),
    "meeting.make": (leads_working, _l("préparer une réunion de ce groupe")),
    "meeting.see": (see_meeting, _l("voir une réunion et son ordre du jour")),
    "meeting.papers": (lambda p, m: attends(p, m) or leads(p, m.circle), _l("lire les documents d’une réunion, voir qui vient")),
    "meeting.edit": (leads_open, _l("changer une réunion et son ordre du jour")),
    "meeting.lead": (lambda p, m: leads(p, m.circle), _l("convoquer, annuler une réunion, voir la veille qui vient")),
    "meeting.propose": (lambda p, m: m.state in ("prepared", "convened") and sits(p, m.circle), _l("proposer un point de l’ordre du jour, choisir une date")),
    "meeting.answer": (lambda p, m: m.state == "convened" and attends(p, m), _l("répondre à une convocation")),
    "meeting.note": (lambda p, m: m.state == "convened" and leads(p, m.circle), _l("noter la réponse d’une personne")),
    "meeting.needs": (keeps_needs, _l("voir ce dont les personnes ont besoin pour venir")),
    "minutes.write": (writes_minutes, _l("noter une réunion\u00a0: présences, paroles, décisions")),
    "minutes.see": (read_minutes, _l("lire un procès-verbal")),
    "minutes.comment": (lambda p, m: m.state == "minutes_proposed" and attends(p, m), _l("commenter un procès-verbal proposé")),
    "minutes.lead": (lambda p, m: leads(p, m.circle), _l("proposer, approuver, corriger un procès-verbal")),
    "meeting.follow": (lambda p, m: attends(p, m) or leads(p, m.circle), _l("suivre une réunion pendant qu’elle se tient, y voter")),
    "decision.list": (member, _l("voir le registre des décisions et des recommandations (ce que l’on peut voir)")),
    "decision.see": (see_decision, _l("voir une décision")),
    "recommendation.see": (see_recommendation, _l("voir une recommandation")),
    "recommendation.make": (leads_working, _l("écrire une recommandation de ce groupe")),
    "recommendation.edit": (lambda p, r: leads(p, r.circle), _l("changer une recommandation, dire ce qu’elle devient")),
    "widening.list": (member, _l("voir les élargissements (ceux des groupes où l’on siège)")),
    "widening.see": (lambda p, c: see_circle_tasks(p, c.circle), _l("voir une candidature")),
    "widening.propose": (see_circle_tasks, _l("proposer une personne ou une organisation pour ce groupe")),
    "widening.say": (lambda p, c: has_voice(p, c.circle), _l("donner son avis sur une candidature")),
    "widening.edit": (edit_case, _l("changer une candidature, noter ce que la personne répond, la retirer")),
    "widening.lead": (lambda p, c: leads(p, c.circle), _l("mener une candidature, d’étape en étape")),
    "task.list": (member, _l("voir ses propres tâches")),
    "circle.tasks": (see_circle_tasks, _l("voir les tâches d’un comité ou d’un groupe")),
    "task.make": (leads_working, _l("confier une tâche dans ce groupe")),
    "task.see": (see_task, _l("voir une tâche")),
    "task.edit": (edit_task, _l("changer une tâche")),
    "task.drop": (drop_task, _l("abandonner une tâche")),
    "task.end": (end_task, _l("dire qu’une tâche est faite")),
    "circle.ask": (may_ask_in, _l("demander à rejoindre un groupe ouvert")),
    "circle.invite": (leads_working, _l("inviter dans un groupe, répondre à qui demande à entrer")),
    "circle.leave": (sits, _l("quitter un groupe")),
    "seat.answer": (lambda p, r: r.person_id == p.id, _l("répondre à une invitation, retirer sa demande")),
    "work.see": (see_work, _l("lire les notes, les fichiers et les productions d’un groupe")),
    "work.write": (works_in, _l("écrire les notes d’un groupe, y déposer des fichiers")),
    "note.see": (lambda p, n: see_work(p, n.circle), _l("lire une note et son historique")),
    "note.write": (lambda p, n: works_in(p, n.circle), _l("écrire dans une note")),
    "file.see": (lambda p, f: see_work(p, f.circle), _l("télécharger un fichier d’un groupe")),
    "file.keep": (lambda p, f: works_in(p, f.circle), _l("déposer une nouvelle version d’un fichier")),
    "production.see": (lambda p, r: see_work(p, r.circle), _l("voir une production d’un groupe")),
    "production.edit": (lambda p, r: leads_working(p, r.circle) or (r.person_id == p.id and works_in(p, r.circle)), _l("changer une production d’un groupe")),
    "report.see": (see_report, _l("lire le rapport d’un groupe au comité")),
    "report.write": (leads_working, _l("écrire le rapport d’un groupe au comité")),
    "report.edit": (lambda p, r: leads_working(p, r.circle) and report_open(r), _l("changer un rapport, l’envoyer")),
    "exchange.list": (member, _l("voir le tableau des échanges de savoirs")),
    "notice.make": (member, _l("offrir ou chercher un savoir")),
    "notice.see": (see_notice, _l("lire une offre ou une demande de savoir")),
    "notice.edit": (edit_notice, _l("changer une offre ou une demande, la retirer du tableau")),
    "exchange.mediate": (mediates, _l("mettre en contact deux personnes pour un échange")),
    "exchange.see": (see_exchange, _l("voir un échange")),
    "exchange.say": (lambda p, e: p.id in (e.giver_id, e.receiver_id), _l("dire oui à un échange, en dire trois lignes")),
    "exchange.note": (lambda p, e: p.id in (e.giver_id, e.receiver_id, e.mediator_id) or bool(OFFICE & p.role_names), _l("noter qu’un échange est fait, l’arrêter")),
    "action.list": (member, _l("voir les actions communes")),
    "action.see": (member, _l("lire une action commune")),
    "action.make": (member, _l("proposer une action commune")),
    "action.join": (member, _l("dire «\u00a0comptez-moi\u00a0» pour une action commune")),
    "action.edit": (edit_own, _l("changer une action commune, dire ce qu’elle devient")),
    "glossary.see": (member, _l("lire le glossaire")),
    "glossary.edit": (has(*WRITERS), _l("écrire dans le glossaire")),
    "reference.list": (member, _l("voir la bibliothèque")),
    "reference.see": (see_reference, _l("voir une référence de la bibliothèque")),
    "reference.make": (has(*WRITERS), _l("ajouter une référence à la bibliothèque")),
    "reference.edit": (edit_own, _l("changer une référence, la retirer")),
    "directory.print": (has(*READERS), _l("faire le PDF de l’annuaire")),
    "news.choose": (member, _l("choisir ses nouvelles par courriel")),
    "rights.see": (has("coordination", "administration"), _l("voir la table des droits")),
    "mail.see": (has("administration"), _l("voir les courriels en attente")),
    "audit.see": (has("coordination", "administration"), _l("lire le journal")),
    "access.list": (has("coordination", "administration"), _l("voir qui a accès aux fiches en cours")),
    "consent.all": (has(*OFFICE), _l("voir les accords de toutes les fiches, et ce qui a été retiré")),
    "data.take": (lambda p, export: export.person_id == p.id, _l("télécharger le fichier de ses données")),
}  # fmt: skip

# Routes that a library brings, with the right they need ("" is public). None does: static files pass before
# the application, and Flask-Security's own views are switched off (blueprints/security.py).
LIBRARY_ROUTES: dict[str, str] = {}


def can(person: Person | None, right: str, thing: Any = None) -> bool:
    """Whether this person has this right, on this object. Raises KeyError for a right that does not exist."""
    predicate, _ = RIGHTS[right]
    return person is not None and person.active and predicate(person, thing)
