"""Documents become drafts: the page with an upload, its report, and the same for commands."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from adapters import pictures, storage
from adapters.documents import UnreadableDocument, read_document
from blueprints import gate
from blueprints.fiches import bp, uploads
from blueprints.fiches.forms import label_of
from blueprints.gate import needs
from models.audit import record
from models.editions import open_call
from models.fiche import exchange, questions
from models.fiche.content import REASONS, Content, get, has_answer, item_id, load, put
from models.fiche.fiche import Fiche, find
from models.fiche.kinds import clean
from models.fiche.reading import picture_places
from models.fiche.saving import adopt
from models.fiche.sheets import understand
from models.people import Person
from models.rights import OFFICE
from models.store import db, new_id, writing

MOST_FILES = 20
NUMBER = re.compile(r"F-[0-9]{4}-[0-9]{3,6}")
MOST_HERE = 100  # fiches of one file on the page; the command takes more
MOST_PICTURES = 60  # of one file on the page: each is decoded anew


@dataclass
class Draft:
    """One fiche that a file gives: normal content, its number, what to confirm, and pictures by digest."""

    content: Content
    number: str | None = None
    origin: dict[str, Any] = field(default_factory=dict)
    images: dict[str, pictures.Picture] = field(default_factory=dict)


class Unreadable(Exception):
    """No fiche could be made of a file; str() is a sentence with the remedy."""


def drafts_of(data: bytes, name: str, *, most: int = exchange.MOST_FICHES) -> list[Draft]:
    """Every fiche in a file, at most `most`. Raises Unreadable. Writes nothing into the database."""
    name = clean(name, lines=False) or "?"
    if exchange.looks_like_export(data, name):
        return _export(data, name, most)
    try:
        document = read_document(data, name)
    except UnreadableDocument as bad:
        raise Unreadable(str(bad)) from bad
    found = understand(document.blocks, filename=name)
    content, errors = load(found.content)
    confirm = [[key, str(text)] for key, text in found.to_confirm] + _named(errors)
    notes = [str(n) for n in (*document.notes, *found.notes)]
    draft = Draft(
        content,
        None,
        {"file": name, "confirm": confirm, "unknown": [list(u) for u in found.unrecognised], "notes": notes},
    )
    for key, raw in found.pictures:
        _place(draft, key, raw)
    return [draft]


def _named(errors: dict[str, Any]) -> list[list[str]]:
    return [[key, str(text)] for key, text in errors.items()]


def _place(draft: Draft, key: str, raw: bytes) -> None:
    """Put a picture of a document into its answer; one that cannot be read is named, not kept."""
    try:
        picture = pictures.tidy(raw)
    except pictures.BadPicture as bad:
        draft.origin["confirm"].append([key, str(bad)])
        return
    draft.images[picture.sha256] = picture
    if key == "gouvernance.schema.image":
        put(draft.content, key, picture.sha256)
        put(draft.content, "gouvernance.schema.mode", "image")
        (draft.content[REASONS]).pop("gouvernance.schema", None)
    else:
        q = questions.leaves()["photos"]
        item: dict[str, Any] = {"id": item_id(), **{f.key: None for f in q.fields}, "fichier": picture.sha256}
        put(draft.content, "photos", [*(get(draft.content, "photos") or []), item])


def _export(data: bytes, name: str, most: int) -> list[Draft]:
    try:
        fiches, images = exchange.parse(data, most)
    except exchange.BadExport as bad:
        raise Unreadable(str(bad)) from bad
    out = []
    album = Album(images, MOST_PICTURES if most <= MOST_HERE else len(images))
    for raw in fiches:
        body = {k: v for k, v in raw.items() if k not in ("code", "statut", "id", "rev")}
        content, errors = load(body)
        if not content[REASONS] and not any(has_answer(content, q) for q in questions.leaves().values()):
            continue
        number = str(raw.get("code") or "").upper()
        draft = Draft(
            content,
            number if NUMBER.fullmatch(number) else None,
            {"file": name, "confirm": _named(errors), "unknown": [], "notes": []},
        )
        _images(draft, album)
        out.append(draft)
    if not out:
        raise Unreadable(
            _("Ce fichier ne contient aucune réponse. Choisissez un export de fiches, en YAML ou en JSON.")
        )
    return out


@dataclass
class Album:
    """The pictures that an export carries, as base64 by digest. Each is checked like any upload, once; `left` more are."""

    images: dict[str, str]
    left: int
    seen: dict[str, pictures.Picture | None] = field(default_factory=dict)

    def get(self, digest: str) -> pictures.Picture | None:
        """The picture, made ours; None where it is missing or none."""
        if digest not in self.seen and digest in self.images and self.left > 0:
            self.left -= 1
            self.seen[digest] = self._read(self.images[digest])
        return self.seen.get(digest)

    @staticmethod
    def _read(text: str) -> pictures.Picture | None:
        try:
            return pictures.tidy(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError, pictures.BadPicture):
            return None


def _images(draft: Draft, album: Album) -> None:
    """The answers name the pictures anew: they are encoded again, and so have another digest."""
    for q, place, name in list(picture_places(draft.content)):
        digest = place[name]
        picture = album.get(digest)
        place[name] = picture.sha256 if picture else None
        if picture:
            draft.images[picture.sha256] = picture
        else:
            draft.origin["confirm"].append(
                [q.key, _("Une image manque dans le fichier. Joignez-la de nouveau.")]
            )


def keep(draft: Draft, owner: Person | None, fiche_id: str, *, numbered: bool = True) -> Fiche:
    """Make the draft a fiche; one that this import made before is found again. Inside writing().

    numbered: it takes the number that the file says. Numbers are given by the committee's office: what anybody else
    brings is kept as the previous one.
    """
    known = db.session.get(Fiche, fiche_id)
    if known:
        return known
    call = open_call()
    fiche = adopt(
        draft.content,
        owner=owner,
        number=draft.number if numbered else None,
        previous_number=None if numbered else draft.number,
        op_id=fiche_id,
        origin=draft.origin,
        call_id=call.id if call else None,
    )
    uploads.attach_all(fiche.id, draft.images, owner.id if owner else None)
    record(owner, "fiche.imported", "fiche", fiche.id)
    return fiche


def store_images(drafts: list[Draft]) -> None:
    """Keep the bytes before the rows that name them."""
    for draft in drafts:
        for picture in draft.images.values():
            storage.keep(uploads.files_folder(), picture.data)


@bp.get("/import")
@needs("fiche.import")
def import_page() -> str:
    return render_template("fiches/import.html", op_id=new_id(), errors=[], made=[])


@bp.post("/import")
@needs("fiche.import", uploads=True)
def import_files() -> Any:
    """Each file gives its drafts or a sentence; one bad file holds up no other."""
    who = gate.person()
    files = [f for f in request.files.getlist("files") if f.filename][:MOST_FILES]
    errors: list[tuple[str, str]] = [] if files else [("", _("Choisissez au moins un fichier."))]
    made: list[str] = []
    stem = _stem(request.form.get("op_id"))
    for n, upload in enumerate(files):
        name = upload.filename or ""
        try:
            drafts = drafts_of(upload.read(), name, most=MOST_HERE)
        except Unreadable as bad:
            errors.append((name, str(bad)))
            continue
        store_images(drafts)
        with writing():
            owner = db.session.get_one(Person, who.id) if who else None
            office = bool(owner and owner.role_names & OFFICE)
            ids = [str(uuid5(stem, f"{n}.{k}")) for k in range(len(drafts))]
            made += [keep(d, owner, i, numbered=office).id for d, i in zip(drafts, ids, strict=True)]
    if errors:
        return render_template(
            "fiches/import.html", op_id=new_id(), errors=errors, made=[f for f in map(find, made) if f]
        ), 422
    return redirect(url_for("fiches.imported", ref=made[:50]), 303)


def _stem(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        return UUID(new_id())


@bp.get("/imported")
@needs("fiche.import")
def imported() -> str:
    """What was understood, question by question, of each draft."""
    fiches = [
        f for f in map(find, request.args.getlist("ref")[:50]) if f and f.origin and gate.can("fiche.see", f)
    ]
    return render_template("fiches/imported.html", reports=[report(f) for f in fiches])


def report(fiche: Fiche) -> dict[str, Any]:
    """For one draft: answered questions with their words, what to confirm, what found no place."""
    from blueprints.fiches.choices import words

    content = fiche.content
    found = [
        (q, words(q, get(content, q.key))) for q in questions.leaves().values() if has_answer(content, q)
    ]
    return {
        "fiche": fiche,
        "found": found,
        "left": len(questions.leaves()) - len(found),
        **(fiche.origin or {}),
        "confirm": [(label_of(key), text) for key, text in (fiche.origin or {}).get("confirm", [])],
    }
