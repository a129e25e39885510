"""Understanding a sheet: the blocks of a document become the answers of a fiche.

Nothing is invented and nothing is dropped: what has no place is kept with its label in the observations, and
what was turned into codes, dates and numbers is listed. Takes blocks in neutral form (pieces.Block), so
it knows nothing of files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain
from pathlib import PurePosixPath

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from models.fiche.questions import leaves
from models.fiche.sheets.labels import FORM_NAME, SECTION
from models.fiche.sheets.pieces import Block, Cutter, Piece
from models.fiche.sheets.result import Understood
from models.fiche.sheets.text import clean, running
from models.fiche.sheets.values import ALTERNATIVE, LEFT_EMPTY, NO_DIAGRAM, reader_for
from models.fiche.sheets.words import sheet_words

__all__ = ["Understood", "understand"]

NO_TITLE = _l(
    "Le document n’a pas de titre : le nom de la structure en tient lieu. Changez-le si vous voulez."
)
TITLE_GUESSED = _l("Ce titre est la première ligne du document. Vérifiez-le.")
TITLE_OF_FILE = _l(
    "Le document n’a pas de titre : le nom du fichier en tient lieu. Changez-le si vous voulez."
)
LABEL_GUESSED = _l("La rubrique « %(label)s » a été rangée ici d’après son premier mot. Vérifiez-la.")
EMPTY_ANSWER = _l("Cette case est vide dans le document.")
NO_LABEL = _l("Aucune rubrique connue n’a été trouvée. Vérifiez que ce document est bien une fiche.")
TOO_LONG = _l(
    "Ce document est plus long qu’une fiche : la fin n’a pas pu être reprise. "
    "Joignez le document d’origine à la fiche."
)
PICTURE_APART = _l("Une image du document a été mise avec les photos. Vérifiez sa place.")


def understand(blocks: Iterable[Block], *, filename: str = "") -> Understood:
    """The answers found in a document. `filename` serves as title when nothing else does.

    Reads at most what the document's reader let through; raises nothing for any text.
    """
    out = Understood()
    cutter = Cutter()
    pieces = _title(out, _together(cutter.cut(list(blocks))))
    out.recognised += cutter.recognised
    for piece in pieces:
        _read(out, piece)
    _finish(out, pieces, filename)
    return out


def _together(pieces: list[Piece]) -> list[Piece]:
    """Pieces under the same question as one, where the first stands."""
    out: dict[str, Piece] = {}
    rest: list[Piece] = []
    for piece in pieces:
        if piece.key is None or piece.key not in out:
            rest.append(piece)
            if piece.key:
                out[piece.key] = piece
            continue
        first = out[piece.key]
        first.lines += piece.lines
        first.pictures += piece.pictures
        first.sure = first.sure and piece.sure
    return rest


def _title(out: Understood, pieces: list[Piece]) -> list[Piece]:
    """A heading, or one line alone, before the first label is the title when no label says so."""
    if any(piece.key == "titre" and piece.lines for piece in pieces):
        return pieces
    for piece in pieces:
        if piece.key not in (None, FORM_NAME):
            break
        if piece.origin == "margin":
            continue
        heading = piece.origin == "heading" and piece.key is None
        alone = piece.key is None and not piece.label and len(piece.lines) == 1
        text = piece.label if heading else piece.lines[0] if alone else ""
        if text and len(text) <= 120 and not text.endswith((".", ",", ";", ":")) and len(pieces) > 1:
            out.put("titre", clean(text).replace("\n", " "))
            out.confirm("titre", TITLE_GUESSED)
            piece.label = "" if heading else piece.label
            piece.lines = piece.lines if heading else []
            break
    return pieces


def _read(out: Understood, piece: Piece) -> None:
    """Read one piece into the answers."""
    if piece.key in (None, SECTION, FORM_NAME):
        _pictures(out, piece)
        if piece.lines or (piece.label and piece.key is None):
            out.keep(piece.label, running(piece.lines))
        return
    out.labels.add(piece.key)
    reader = reader_for(piece.key)
    if reader is None:
        out.keep(piece.label, running(piece.lines))
    elif piece.lines:
        reader(out, piece.label, piece.lines)
        if not piece.sure:
            label = " ".join(piece.label.split())
            out.confirm(piece.key, str(LABEL_GUESSED) % {"label": label})
    _pictures(out, piece)
    if not piece.lines and not piece.pictures:
        _empty(out, piece.key)


def _empty(out: Understood, key: str) -> None:
    """A recognised label without an answer: said, never filled."""
    if key == "gouvernance":
        out.missing("gouvernance.schema", NO_DIAGRAM)
    elif key == "bilan.observations":
        out.missing(key, LEFT_EMPTY)
    else:
        out.confirm(key, EMPTY_ANSWER)


def _pictures(out: Understood, piece: Piece) -> None:
    for picture in piece.pictures:
        if piece.key == "gouvernance" and not any(key.startswith("gouv") for key, _ in out.pictures):
            out.pictures.append(("gouvernance.schema.image", picture.data))
            out.put("gouvernance.schema.mode", "image")
            out.put("gouvernance.schema.alternative", clean(picture.alt))
            out.confirm("gouvernance.schema.alternative", ALTERNATIVE)
        else:
            out.pictures.append(("photos", picture.data))
            out.confirm("photos", PICTURE_APART)


def _finish(out: Understood, pieces: list[Piece], filename: str) -> None:
    """Title, language, what was not recognised, and the sentences on the whole."""
    if not out.get("titre"):
        name, stem = out.get("structure_porteuse.nom"), PurePosixPath(filename.replace("\\", "/")).stem
        out.put("titre", name or clean(stem).replace("\n", " "))
        if name or stem:
            out.confirm("titre", NO_TITLE if name else TITLE_OF_FILE)
    if not out.get("langue"):
        out.put("langue", language_of(" ".join(chain.from_iterable(piece.lines for piece in pieces))))
    out.fit(*leaves())
    _observations(out)
    if not out.is_sheet:
        out.notes.insert(0, NO_LABEL)
    out.report()


def _observations(out: Understood) -> None:
    """What was not recognised, at the end of the observations, as far as they can hold it."""
    if not out.unrecognised:
        return
    kept = [(" ".join(label.rstrip(" \u00a0:").split()), text) for label, text in out.unrecognised]
    passages = [f"{label}\u00a0: {text}" if label and text else label or text for label, text in kept]
    out.add_text("bilan.observations", "\n\n".join(passages))
    out.found("bilan.observations")
    out.notes.append(
        ngettext(
            "Un passage n’a pas de rubrique connue : il est gardé tel quel dans les observations.",
            "%(num)d passages n’ont pas de rubrique connue : "
            "ils sont gardés tels quels dans les observations.",
            len(kept),
        )
    )
    out.confirm("bilan.observations", out.notes[-1])
    before = len(out.unrecognised)
    out.fit("bilan.observations")
    if len(out.unrecognised) > before:
        out.notes.append(TOO_LONG)


def language_of(text: str) -> str | None:
    """fr, nl, de or en when the words leave no doubt, else None."""
    found = re.findall(r"[^\W\d_]+", text[:50_000].lower())
    counts = {code: sum(word in known for word in found) for code, known in _language_words().items()}
    first, second = sorted(counts.values(), reverse=True)[:2]
    return max(counts, key=lambda code: counts[code]) if first >= 5 and first >= 2 * second else None


def _language_words() -> dict[str, frozenset[str]]:
    return {code: frozenset(known.split()) for code, known in sheet_words("languages").items()}
