"""Written documents (Word, OpenDocument, plain text) read into blocks of labels, texts and pictures.

Nothing is written to disk and nothing is fetched from the network. What a file is, is decided by its content.
"""

from __future__ import annotations

from adapters.documents.neutral import Block, Cell, Document, Picture, UnreadableDocument
from adapters.documents.recognise import format_of, name_note

__all__ = ["Block", "Cell", "Document", "Picture", "UnreadableDocument", "read_document"]


def read_document(data: bytes, name: str = "") -> Document:
    """The document in `data` (a .docx, .odt or text file, at most 15 MB), in neutral form.

    `name` only serves to say that a name misleads. Raises UnreadableDocument, whose str() is a sentence with
    the remedy, for any other, damaged, protected or hostile file.
    """
    format = format_of(data, name)
    if format == "docx":
        from adapters.documents.word import read_word as read
    elif format == "odt":
        from adapters.documents.opendocument import read_opendocument as read
    else:
        from adapters.documents.plain import read_plain as read
    document = read(data)
    note = name_note(format, name)
    return Document(format, document.blocks, (note, *document.notes) if note else document.notes)
