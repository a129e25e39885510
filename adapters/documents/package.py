"""A zip of XML parts, opened under limits, and XML parsed without entities, DTD or network."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

from adapters.documents import neutral
from adapters.documents.neutral import DAMAGED, TOO_LONG, UnreadableDocument
from adapters.documents.recognise import ARCHIVE, BROKEN_ZIP, LOCKED, refuse

if TYPE_CHECKING:
    from lxml.etree import _Element

# And what unpacking one of its parts raises.
BROKEN = (*BROKEN_ZIP, zlib.error, struct.error, KeyError, OverflowError, MemoryError)
PLAIN_ENCODINGS = {b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252"}
NESTED = (".zip", ".7z", ".rar", ".jar", ".gz", ".docx", ".odt")


class Package:
    """The parts of a .docx or .odt, by name. Every byte unpacked is counted, whatever the headers say.

    A part whose name leaves the package (`..`, absolute) is never asked for, because parts are looked up by
    the names that the format gives them; nothing is written to disk.
    """

    def __init__(self, data: bytes) -> None:
        self.unpacked = 0
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(data))
            infos = self.archive.infolist()
        except BROKEN as error:
            raise refuse(DAMAGED) from error
        if len(infos) > neutral.MAX_ENTRIES:
            raise refuse(ARCHIVE)
        self.parts = {info.filename: info for info in infos}
        if len(self.parts) < len(infos):
            raise refuse(DAMAGED)
        self._refuse_bombs(infos, len(data))
        self._refuse_nested(infos)

    def _refuse_bombs(self, infos: list[zipfile.ZipInfo], packed: int) -> None:
        declared = sum(info.file_size for info in infos)
        bomb = declared > neutral.FREE_OF_RATIO and declared > packed * neutral.MAX_RATIO
        if declared > neutral.MAX_UNPACKED or bomb:
            raise refuse(TOO_LONG)
        if any(info.flag_bits & 1 for info in infos):
            raise refuse(LOCKED)
        if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
            raise refuse(DAMAGED)

    def _refuse_nested(self, infos: list[zipfile.ZipInfo]) -> None:
        """Archives within the archive. A workbook behind a chart (embeddings) is usual and never opened."""
        for info in infos:
            name = info.filename.lower()
            if "embeddings/" in name or info.is_dir():
                continue
            if name.endswith(NESTED) or self._begins(info) in (b"PK\x03\x04", b"7z\xbc\xaf", b"Rar!"):
                raise refuse(ARCHIVE)

    def _begins(self, info: zipfile.ZipInfo) -> bytes:
        try:
            with self.archive.open(info) as stream:
                return stream.read(4)
        except BROKEN:
            return b""

    def has(self, name: str) -> bool:
        return name in self.parts

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of one part, at most `limit`. Raises UnreadableDocument when it is longer or broken."""
        try:
            info = self.parts[name]
            with self.archive.open(info) as stream:
                return self._counted(stream, info, limit)
        except BROKEN as error:
            raise refuse(DAMAGED) from error

    def _counted(self, stream: Any, info: zipfile.ZipInfo, limit: int) -> bytes:
        out = bytearray()
        while chunk := stream.read(65_536):
            out += chunk
            self.unpacked += len(chunk)
            bomb = len(out) > neutral.FREE_OF_RATIO and len(out) > info.compress_size * neutral.MAX_RATIO
            if len(out) > limit or self.unpacked > neutral.MAX_UNPACKED or bomb:
                raise UnreadableDocument(TOO_LONG)
        return bytes(out)

    def xml(self, name: str) -> _Element | None:
        """The root of one XML part, or None when there is no such part."""
        return parse_xml(self.read(name, neutral.MAX_XML)) if name in self.parts else None


def parse_xml(data: bytes) -> _Element:
    """The root element. No entity is resolved, no DTD accepted, nothing fetched; depth is libxml2's 256.

    Raises UnreadableDocument for XML that is broken, too large for what a document needs, or has a DTD.
    """
    from lxml import etree

    head = data[:400]
    declared = re.search(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']+)", head)
    odd = declared is not None and declared[1].lower() not in PLAIN_ENCODINGS
    if odd or b"\x00" in head or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise refuse(DAMAGED)
    if data.count(b"<") > neutral.MAX_TAGS or data.count(b"=") > 2 * neutral.MAX_TAGS:
        raise UnreadableDocument(TOO_LONG)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        raise refuse(DAMAGED) from error
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise refuse(DAMAGED)
    return root
