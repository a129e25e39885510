"""Pictures of a form: sent with it, or ahead of it by a device; checked and kept before the write, then named by
digest in the form.

What somebody sent is theirs to name: by the digest of the bytes as they were posted, or of what is stored. A digest
that a person has not sent, and that the fiche does not have, names nothing.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from flask import current_app, request
from werkzeug.datastructures import MultiDict

from adapters import pictures, storage
from models.attachments import attach, attach_received, attached_anywhere, receive, received
from models.fiche import questions
from models.fiche.fiche import Fiche
from models.fiche.posting import Posted, on_page
from models.fiche.reading import every_picture
from models.store import db, writing


def files_folder() -> Path:
    return Path(current_app.config["INSTANCE"]) / "files"


def keep(data: bytes, person_id: str) -> pictures.Picture:
    """Make a picture ours, keep it, and note who sent it. Raises pictures.BadPicture, storage.NoRoom."""
    picture = pictures.tidy(data)
    storage.keep(files_folder(), picture.data)
    with writing():
        receive(person_id, hashlib.sha256(data).hexdigest(), picture)
    return picture


def take(form: MultiDict[str, str], person_id: str) -> dict[str, Any]:
    """Read the posted pictures: errors by input name. Fills in the digests of what is stored in the form."""
    errors: dict[str, Any] = {}
    for name in list(form):
        if name.endswith(".remove") and form.get(name) and name[: -len(".remove")] in form:
            form[name[: -len(".remove")]] = ""
    asked = tuple(q.key for q in on_page(form))
    for field, upload in request.files.items():
        name = field.removesuffix(".file")
        if name == field or not upload.filename or not name.startswith(asked):
            continue
        try:
            form[name] = keep(upload.read(), person_id).sha256
        except pictures.BadPicture as bad:
            errors[name] = str(bad)
    _known_here(form, person_id)
    return errors


def _known_here(form: MultiDict[str, str], person_id: str) -> None:
    """The digests of what this person's devices posted become those of what is stored."""
    named = {text for _name, text in form.items(multi=True) if storage.DIGEST.fullmatch(text)}
    known = {digest: row.sha256 for digest, row in received(person_id, named).items()} if named else {}
    for name, text in list(form.items(multi=True)) if known else ():
        if text in known and _is_picture(name):
            form[name] = known[text]


def _is_picture(name: str) -> bool:
    """Whether an input holds the digest of a picture: a question, or a field of an item."""
    for leaf in questions.leaves().values():
        if leaf.kind == "picture" and leaf.key == name:
            return True
        if leaf.kind == "items" and name.startswith(leaf.key + "."):
            field = name[len(leaf.key) + 1 :].partition(".")[2]
            return any(f.kind == "picture" and f.key == field for f in leaf.fields)
    return False


def missing(posted: Posted, fiche: Fiche | None, person_id: str) -> list[str]:
    """Digests of the pictures that these answers name anew and that are not here for this person (424): neither sent by
    them nor of any document."""
    named = every_picture(posted.apply({})) - every_picture(fiche.content if fiche else {})
    known = received(person_id, named).keys() | attached_anywhere(named) if named else set()
    return sorted(d for d in named if d not in known or not storage.exists(files_folder(), d))


def attach_all(fiche_id: str, kept: dict[str, pictures.Picture], person_id: str | None) -> None:
    """A fiche has these pictures, by digest, of an import. Inside writing()."""
    for sha256, p in kept.items():
        attach(
            "fiche", fiche_id, sha256, person_id,
            media_type=p.media_type, size=len(p.data), width=p.width, height=p.height,
        )  # fmt: skip


def note(fiche_id: str, person_id: str) -> None:
    """The pictures that a fiche names and that this person sent are its own from now on. Inside writing()."""
    fiche = db.session.get_one(Fiche, fiche_id)
    attach_received("fiche", fiche_id, person_id, every_picture(fiche.content))


__all__ = ["attach_all", "files_folder", "keep", "missing", "note", "take"]
