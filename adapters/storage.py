"""Files by their content: `<folder>/ab/cdef…`, named by the SHA-256 of what is in them, never changed.

A file is whole or not there: it is written under another name, synced, renamed, and its folder is synced. Keep the
file before the row that names it is committed, so that a backup that copies the database first finds every file.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
import time
from pathlib import Path

DIGEST = re.compile(r"[0-9a-f]{64}")
HALF_WRITTEN = ".new-"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


class NotKept(LookupError):
    """No such file, or a name that is not the SHA-256 of anything."""


class NoRoom(OSError):
    """The disk is full, read-only or failing: nothing was kept. What is there stays readable."""


def path(folder: Path, sha256: str) -> Path:
    """Where a file of this name stands or would stand. Raises NotKept for a name that is no digest."""
    if not isinstance(sha256, str) or not DIGEST.fullmatch(sha256):
        raise NotKept("not a SHA-256")
    return folder / sha256[:2] / sha256[2:]


def keep(folder: Path, data: bytes) -> str:
    """Keep these bytes and return their SHA-256 in hexadecimal; a second time does nothing. Raises NoRoom."""
    sha256 = hashlib.sha256(data).hexdigest()
    target = path(folder, sha256)
    try:
        if not _whole(target, data):
            _make_folder(target.parent)
            _write(target, data)
    except OSError as error:
        if error.errno in FULL:
            raise NoRoom(error.errno, error.strerror) from error
        raise
    return sha256


def _whole(target: Path, data: bytes) -> bool:
    """Whether the file is there already, as it should be: one that the disk has spoiled is written again."""
    try:
        return target.stat().st_size == len(data) and target.read_bytes() == data
    except FileNotFoundError:
        return False


def _make_folder(folder: Path) -> None:
    """With every folder above it, each synced, so that no name is lost with the power."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync(folder.parent)


def _write(target: Path, data: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=HALF_WRITTEN, dir=target.parent)  # readable by us alone
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync(target.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(folder: Path, sha256: str) -> bytes:
    """The bytes. Raises NotKept."""
    try:
        return path(folder, sha256).read_bytes()
    except FileNotFoundError:
        raise NotKept(sha256) from None


def exists(folder: Path, sha256: str) -> bool:
    """Whether the file is there; False for a name that is no digest."""
    try:
        return path(folder, sha256).is_file()
    except NotKept:
        return False


def remove(folder: Path, sha256: str) -> None:
    """Take the file away for good; nothing happens where there is none. Raises NotKept for a name that is no digest."""
    target = path(folder, sha256)
    try:
        target.unlink()
    except FileNotFoundError:
        return
    _sync(target.parent)


def sweep(folder: Path, seconds: float = 3600) -> int:
    """Remove what a crash left half written, once it is `seconds` old. Returns how many."""
    left = [p for p in folder.glob(f"*/{HALF_WRITTEN}*") if p.stat().st_mtime < time.time() - seconds]
    for leftover in left:
        leftover.unlink(missing_ok=True)
    return len(left)
