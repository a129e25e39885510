"""Pictures that come with a form: checked and kept before the write, then named by digest in the form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import current_app, request
from werkzeug.datastructures import MultiDict

from adapters import pictures, storage
from models.attachments import attach
from models.fiche.fiche import Fiche
from models.fiche.posting import Posted, on_page
from models.fiche.reading import every_picture


def files_folder() -> Path:
    return Path(current_app.config["INSTANCE"]) / "files"


def take(form: MultiDict[str, str]) -> tuple[dict[str, pictures.Picture], dict[str, Any]]:
    """Read the posted pictures: (pictures kept, by digest; errors by input name). Fills in their digests in the form."""
    kept: dict[str, pictures.Picture] = {}
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
            picture = pictures.tidy(upload.read())
        except pictures.BadPicture as bad:
            errors[name] = str(bad)
            continue
        storage.keep(files_folder(), picture.data)
        kept[picture.sha256] = picture
        form[name] = picture.sha256
    return kept, errors


def missing(posted: Posted, fiche: Fiche | None) -> list[str]:
    """Digests of the pictures that these answers name anew and that are not here (424)."""
    named = every_picture(posted.apply({})) - every_picture(fiche.content if fiche else {})
    return sorted(digest for digest in named if not storage.exists(files_folder(), digest))


def note(fiche_id: str, kept: dict[str, pictures.Picture], person_id: str | None) -> None:
    """Say that a fiche has these pictures. Inside writing()."""
    for sha256, p in kept.items():
        attach(
            "fiche", fiche_id, sha256, person_id,
            media_type=p.media_type, size=len(p.data), width=p.width, height=p.height,
        )  # fmt: skip
