"""Notes and files of the tests."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

from adapters import storage
from adapters.papers import OFFICE, OPEN
from models import filing, note_writing
from models.circles import Circle, circle_by_code
from models.files import CircleFile
from models.filing import Sent
from models.note_writing import Written
from models.notes import Note
from models.people import Person, by_email
from models.store import db, new_id, now

# Ids of what stands in the closed circle, so that a test can name them without looking.
CLOSED_NOTE, CLOSED_FILE = "00000000-0000-4000-8000-00000000c021", "00000000-0000-4000-8000-00000000c022"
PDF = b"%PDF-1.7 a file %%EOF"


def note(circle: Circle, by: Person, title: str = "Note", body: str = "Texte.", note_id: str = "") -> Note:
    """A new note. Inside writing()."""
    made = note_writing.begin(circle.id, by, Written(title, body, note_id or new_id()))
    return db.session.get_one(Note, made.receipt["id"])


def say(row: Note, by: Person, body: str, base: int = 0, **more: Any) -> dict[str, Any]:
    """Another version, from the last one or from `base`; its receipt. Inside writing()."""
    words = Written(
        more.pop("title", row.title),
        body,
        more.pop("op_id", new_id()),
        more.pop("start", f"rev:{base or row.rev}"),
        **more,
    )
    return note_writing.write(row.id, by, words).receipt


def file(
    circle: Circle,
    by: Person,
    folder: Any,
    title: str = "Fichier",
    data: bytes = PDF,
    file_id: str = "",
    **more: Any,
) -> CircleFile:
    """A file with its first version. Inside writing()."""
    said = {"title": title, "about": "", "words": "", **more}
    return filing.add(circle, by, sent(folder, data), said, file_id)


def sent(folder: Any, data: bytes, name: str = "fichier.pdf", kind: str = "application/pdf") -> Sent:
    return Sent(storage.keep(folder, data), name, kind, len(data))


def office(ending: str, **more: bytes) -> bytes:
    """A container as an office writes it, with hardly anything in it. more: further entries, `__` for a slash."""
    out = io.BytesIO()
    kind, entry = OFFICE[ending]
    with zipfile.ZipFile(out, "w") as archive:
        if kind.startswith(OPEN):
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr(entry, "<x/>")
        else:
            archive.writestr("mimetype", kind)
            archive.writestr("content.xml", "<x/>")
        for name, data in more.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


def everything(out: dict[str, str], texts: tuple[str, str, str], folder: Any) -> None:
    """Notes and files with texts at the limits, merged, taken away; those of the closed circle. Inside writing()."""
    word, markup, arabic = texts
    bart, nadia, samira = (
        by_email(f"{who}.example") for who in ("bart@ziekenfonds", "nadia@passerelle", "samira@plateforme")
    )
    hidden, wide = circle_by_code(out["circle_closed"]), circle_by_code(out["circle_nasty"])
    note(hidden, bart, "Note fermée", "Texte fermé", CLOSED_NOTE)
    file(hidden, bart, folder, "Fichier fermé", PDF + b"%closed", file_id=CLOSED_FILE, words="Mots fermés")
    long = f"# {word}\n\n{arabic}\n\n{markup}\n\n- {word}\n- 👩‍👩‍👧\n\n```\n{word}\n```\n\n> {arabic}\n\n[{word}](https://a.example/{'x' * 200})\n"
    nasty = note(wide, nadia, f"{word} {markup}"[:200], long * 3)
    say(nasty, samira, f"{long * 3}\n\nfin {word}", words=f"{markup} {word}"[:200])
    say(nasty, nadia, f"{long * 3}\n\nune autre {arabic}", base=1, begun_at=now() - timedelta(days=2))
    gone = note(wide, nadia, f"Retirée {word}"[:200], "")
    note_writing.remove(gone, samira)
    out |= {"note": nasty.id, "note_gone": gone.id, "note_closed": CLOSED_NOTE, "file_closed": CLOSED_FILE}
    row = file(wide, nadia, folder, f"{word} {markup}"[:200], about=f"{arabic}\n\n{markup}", words=word)
    filing.add_version(
        row, samira, sent(folder, office("odt"), f"{word}.odt", OFFICE["odt"][0]), f"{markup} {word}"[:300]
    )
    lost = file(wide, nadia, folder, f"Retiré {word}"[:200])
    filing.remove(lost, samira)
    out |= {"file": row.id, "file_gone": lost.id}
