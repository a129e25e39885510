"""The worker's part: makes what was asked for, with the rights that its maker has by then."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select

from adapters import storage
from blueprints import jobs
from blueprints.dossiers.building import Built, NotMade, Order, build, files_folder
from blueprints.dossiers.circles import CircleOrder
from blueprints.dossiers.kinds import of_edition
from blueprints.dossiers.meetings import MeetingOrder
from blueprints.dossiers.orders import EditionOrder
from models.consents import Said, said_in, taken_back
from models.deliveries import Job
from models.deliveries import job as queued
from models.dossiers import INSIDE, Dossier
from models.forgetting import unnamed
from models.people import Person
from models.recalling import NAMING
from models.rights import can
from models.store import db, now, writing


def order_of(dossier: Dossier) -> Order | EditionOrder | MeetingOrder | CircleOrder:
    """What a dossier was asked to be."""
    maker = dossier.maker
    by = maker.name if maker else ""
    if dossier.meeting:
        return MeetingOrder(dossier.kind, by, dossier.meeting, dossier.language)
    if dossier.circle:
        return CircleOrder(dossier.kind, by, dossier.circle, dossier.usage == INSIDE, dossier.language)
    if dossier.kind == "D1":
        return Order("D1", by, dossier.language, fiche=dossier.fiche, who=dossier.made_by or "")
    return of_edition(dossier.kind, by, dossier.language, dossier.edition)


def allowed(dossier: Dossier) -> bool:
    """Whether its maker still has the right to it."""
    if dossier.kind == "D1":
        return can(dossier.maker, "fiche.see", dossier.fiche)
    if dossier.meeting:
        return can(dossier.maker, "meeting.papers", dossier.meeting)
    if dossier.circle:
        return can(dossier.maker, "dossier.see", dossier)
    return can(dossier.maker, "directory.print" if dossier.kind == "D9" else "dossier.make")


@jobs.does("dossier")
def make(job: Job) -> None:
    """Make the PDF of a dossier, keep it, and say what is in it."""
    job_id, dossier_id = job.id, str(job.payload["dossier"])
    dossier = db.session.get_one(Dossier, dossier_id)
    with force_locale(dossier.maker.language if dossier.maker else "fr"):
        try:
            # What was taken back while it was set is in it: it is set once more, then without it.
            if not (_made(job_id, dossier_id) or _made(job_id, dossier_id)):
                raise NotMade(
                    _(
                        "Ce que ce PDF dit a changé pendant qu’il se faisait. Attendez que les changements soient finis, puis recommencez."
                    )
                )
        except NotMade as why:
            with writing():
                db.session.get_one(Dossier, dossier_id).notes = [str(why)]
            raise


def _made(job_id: str, dossier_id: str) -> bool:
    """Set it and keep it, unless somebody took back meanwhile what it says of them. Raises NotMade."""
    dossier = db.session.get_one(Dossier, dossier_id)
    if not allowed(dossier):
        raise NotMade(_("Vous n’avez plus le droit de faire ce document. Le secrétariat peut vous aider."))
    before = Before(forgotten(), said_in(dossier))
    built = build(order_of(dossier), lambda done, total, stage: tell(job_id, done, total, stage))
    return finish(dossier_id, built, _keep(built.data), before)


@dataclass(frozen=True)
class Before:
    """What stood before a paper was set: how many people were forgotten, and what each of its fiches said of people."""

    forgotten: int
    said: dict[str, Said]


def forgotten() -> int:
    """How many people were forgotten up to now."""
    return db.session.scalar(select(func.count(Person.forgotten_at))) or 0


def tell(job_id: str, done: int, total: int, stage: str) -> None:
    """Say how far it is."""
    words = {
        "write": _("Écriture du fichier"),
        "search": _("Une fiche bloque la mise en page : recherche en cours"),
    }
    jobs.progress(job_id, done, total, words.get(stage, _("Mise en page")))


def _keep(data: bytes) -> str:
    try:
        return storage.keep(files_folder(), data)
    except storage.NoRoom as full:
        raise NotMade(
            _(
                "Il n’y a plus de place pour garder le PDF. Prévenez les personnes qui administrent ce site, puis recommencez."
            )
        ) from full


def finish(dossier_id: str, built: Built, sha256: str, before: Before) -> bool:
    """Note what was made: under the key of what was printed, which may be later than what was asked.

    False where it may say what is not to be said any more: somebody was forgotten since `before`, took back a quote, a
    picture or a contact of a fiche in it, or what names people reads otherwise today. Its file goes then, as in
    models/recalling.py.
    """
    with writing():
        row = db.session.get_one(Dossier, dossier_id)
        names = row.kind in NAMING and order_of(row).content != built.content
        if names or forgotten() != before.forgotten or taken_back(row, before.said):
            queued("erase-files", None, files=unnamed([sha256]))
            return False
        row.sha256, row.pages, row.size = sha256, built.pages, len(built.data)
        row.fiches, row.notes, row.key, row.content = built.fiches, built.notes, built.key, built.content
        row.ready_at = now()
    return True
