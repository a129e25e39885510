"""What a form makes is made once: the same sheet sent again finds what it made, and makes nothing more.

The journal (models/fiche/journal.py) keeps where what was made is read, and no word of it. Its key is derived from the
`op_id` of the sheet, who sent it and what it said: nobody else's opens anything, and another text on the same sheet,
after a step back in the browser, makes another thing, once too.
"""

from __future__ import annotations

from uuid import UUID, uuid5

from models.fiche.journal import Operation
from models.people import Person
from models.store import db

KIND = "made"


def key(op_id: str, by: Person, digest: str) -> str:
    """The row of the journal. op_id: a UUID; digest: SHA-256 of what the sheet says."""
    return str(uuid5(UUID(op_id), f"{by.id} {digest}"))


def made(op_id: str, by: Person, digest: str) -> str | None:
    """The path of what this person made of this sheet before; None where nothing was. Inside writing()."""
    known = db.session.get(Operation, key(op_id, by, digest))
    return str(known.receipt["url"]) if known else None


def keep(op_id: str, by: Person, digest: str, path: str, made_id: str) -> None:
    """Note what was made, in the transaction that makes it. made_id: of the row, "" where there are several."""
    db.session.add(
        Operation(
            op_id=key(op_id, by, digest), person_id=by.id, digest=digest, document_kind=KIND, document_id=made_id[:36], rev=1,
            receipt={"url": path}, content={},
        )
    )  # fmt: skip
    db.session.flush()
