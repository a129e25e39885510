"""A file that was posted with a form, checked and kept; and one that somebody takes along, never opened inside the site."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from flask import abort, request, send_file

from adapters import papers, storage
from adapters.papers import BadPaper, Paper
from blueprints.fiches.uploads import files_folder
from blueprints.shell import DOWNLOAD_CSP
from models.fiche.kinds import clean


def posted(field: str = "file", *, office: bool = False) -> tuple[Paper, str]:
    """(the file of this request, its name); its bytes are kept. Raises BadPaper, storage.NoRoom. Outside writing()."""
    upload = request.files.get(field)
    if upload is None or not upload.filename:
        raise BadPaper("none")
    name = clean(PurePath(upload.filename.replace("\\", "/")).name, lines=False) or ""
    paper = papers.tidy(upload.read(papers.MOST + 1), name, office=office)
    storage.keep(files_folder(), paper.data)
    return paper, name[-200:]


def download(sha256: str, media_type: str, name: str, version: str = "") -> Any:
    """The file, to keep. name: without an ending, cut where it is long; version: stands after it, whole. 404 where its bytes are not there."""
    if not storage.exists(files_folder(), sha256):
        abort(404)
    answer = send_file(
        storage.path(files_folder(), sha256), mimetype=media_type, as_attachment=True, max_age=0, conditional=False,
        download_name=f"{name.strip()[:120].rstrip()}{version}.{papers.ending_of(media_type)}",
    )  # fmt: skip
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Security-Policy"] = DOWNLOAD_CSP
    return answer


__all__ = ["BadPaper", "Paper", "download", "posted"]
