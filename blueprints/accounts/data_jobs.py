"""The worker's part of my data: the file, requests to be forgotten that are due, the rules of retention."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from adapters import storage
from blueprints import addresses, fragments, jobs, languages
from blueprints.accounts.data import folder
from models import audit, leaving, mydata, retention
from models.deliveries import Job
from models.fiche import questions
from models.fiche.content import texts
from models.forgetting import TIES, carry_out
from models.mydata import DataExport
from models.people import ROLES, Person
from models.store import db, now, writing

SUFFIX = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/avif": "avif"}


@jobs.does("data-export")
def make(job: Job) -> None:
    """Gather, write, keep, note."""
    job_id, export_id = job.id, str(job.payload["export"])
    export = db.session.get(DataExport, export_id)
    if export is None:
        return
    person = db.session.get_one(Person, export.person_id)
    with force_locale(languages.spoken(person.language)):
        jobs.progress(job_id, 1, 3, _("Vos textes"))
        data = mydata.collect(db.session.get_one(Person, export.person_id))
        jobs.progress(job_id, 2, 3, _("Vos images"))
        packed = pack(data, db.session.get_one(Person, export.person_id))
        jobs.progress(job_id, 3, 3, _("Le fichier"))
    sha256 = storage.keep(folder(), packed)
    with writing():
        row = db.session.get(DataExport, export_id)
        if row is not None:
            row.sha256, row.size, row.ready_at = sha256, len(packed), now()
    if row is None:
        storage.remove(folder(), sha256)


def pack(data: dict[str, Any], person: Person) -> bytes:
    """The ZIP: lisez-moi.html to read, data.json for a program, and the pictures of the fiches."""
    out, files = io.BytesIO(), Path(current_app.config["INSTANCE"]) / "files"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1))
        archive.writestr("lisez-moi.html", readable(data, person))
        for row in mydata.attachments(mydata.fiches_of(person)):
            if storage.exists(files, row.sha256):
                name = f"images/{row.sha256[:16]}.{SUFFIX.get(row.media_type, 'bin')}"
                archive.write(storage.path(files, row.sha256), name, zipfile.ZIP_STORED)
    return out.getvalue()


def readable(data: dict[str, Any], person: Person) -> str:
    """The same as a page that opens in any browser, alone."""
    titles: dict[str, list[str]] = {}
    for tie in TIES:
        if tie.told is not None:
            titles.setdefault(tie.table, []).append(str(tie.told))
    named = {name: ", ".join(dict.fromkeys(said)) for name, said in titles.items()}
    columns = {
        name: list(dict.fromkeys(c for row in rows for c in row)) for name, rows in data["tables"].items()
    }
    labels = {key: str(q.label) for key, q in questions.leaves().items()}
    fiches = [(f, [(labels.get(k, k), said) for k, said in texts(f["content"])]) for f in data["fiches"]]
    with current_app.test_request_context(base_url=addresses.base() + "/"):
        return render_template(
            "accounts/data_file.html", data=data, person=person, named=named, columns=columns, fiches=fiches,
            roles=[str(ROLES[r]) for r in data["roles"]], made=now(), kinds=audit.KINDS,
        )  # fmt: skip


@jobs.does("sweep-exports")
def sweep_exports(_job: Job) -> None:
    """Delete every file that no row names."""
    named = set(db.session.scalars(select(DataExport.sha256)))
    for path in folder().glob("*/*"):
        digest = path.parent.name + path.name
        if digest not in named and storage.DIGEST.fullmatch(digest):
            storage.remove(folder(), digest)


@jobs.swept
def forget_who_left() -> None:
    """Requests whose seven days are over, one transaction each."""
    for farewell_id in leaving.due(now()):
        with writing():
            carry_out(farewell_id)
        fragments.forget()


@jobs.swept
def keep_to_the_rules() -> None:
    """The rules of retention, once a day."""
    if retention.due(now()):
        with writing():
            retention.apply()
