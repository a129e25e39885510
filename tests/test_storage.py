"""Kept files: whole or not there, under a name that nobody chooses."""

import errno
import hashlib
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from adapters import storage

PHOTO = b"les octets d'une photo"
DIGEST = hashlib.sha256(PHOTO).hexdigest()
ABSENT = "0" * 64
HOSTILE = [
    "",
    ".",
    "..",
    "../../etc/passwd",
    "/etc/passwd",
    "a" * 63,
    "a" * 65,
    "A" * 64,
    "a" * 62 + "/.",
    "../" + "a" * 61,
    "a" * 63 + "\0",
    "a" * 64 + "\n",
    "٣" * 64,
    "g" * 64,
    " " + "a" * 63,
]


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "files"


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_what_is_kept_is_found_by_its_digest(folder):
    assert storage.keep(folder, PHOTO) == DIGEST
    assert storage.read(folder, DIGEST) == PHOTO
    assert storage.exists(folder, DIGEST)
    assert storage.path(folder, DIGEST) == folder / DIGEST[:2] / DIGEST[2:]
    assert files(folder) == [f"{DIGEST[:2]}/{DIGEST[2:]}"]


def test_only_the_owner_may_read(folder):
    storage.keep(folder, PHOTO)
    kept = storage.path(folder, DIGEST)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_keeping_twice_changes_nothing(folder):
    storage.keep(folder, PHOTO)
    before = storage.path(folder, DIGEST).stat()
    assert storage.keep(folder, PHOTO) == DIGEST
    after = storage.path(folder, DIGEST).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_file_that_the_disk_has_spoiled_is_written_again(folder):
    storage.keep(folder, PHOTO)
    storage.path(folder, DIGEST).write_bytes(PHOTO[:-1] + b"?")
    storage.keep(folder, PHOTO)
    assert storage.read(folder, DIGEST) == PHOTO


def test_an_empty_file_is_a_file(folder):
    assert storage.read(folder, storage.keep(folder, b"")) == b""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_is_no_digest_is_refused(folder, name):
    storage.keep(folder, PHOTO)
    for act in (storage.path, storage.read, storage.remove):
        with pytest.raises(storage.NotKept):
            act(folder, name)
    assert not storage.exists(folder, name)
    assert storage.exists(folder, DIGEST)


def test_what_is_not_there(folder):
    assert not storage.exists(folder, ABSENT)
    with pytest.raises(storage.NotKept):
        storage.read(folder, ABSENT)
    storage.remove(folder, ABSENT)
    assert not folder.exists()


def test_what_is_removed_is_gone(folder):
    storage.keep(folder, PHOTO)
    storage.remove(folder, DIGEST)
    assert files(folder) == []
    storage.remove(folder, DIGEST)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("act", ["fsync", "replace", "mkdir"])
def test_a_disk_that_is_full_says_so_and_leaves_nothing(folder, monkeypatch, code, act):
    def fails(*_args, **_options):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as broken:
        broken.setattr(*((Path, "mkdir") if act == "mkdir" else (os, act)), fails)
        with pytest.raises(storage.NoRoom) as caught:
            storage.keep(folder, PHOTO)
    assert caught.value.errno == code
    assert not folder.exists() or files(folder) == []
    assert storage.keep(folder, PHOTO) == DIGEST, "it works again once there is room"


def test_another_fault_is_not_called_a_full_disk(folder, monkeypatch):
    def fails(*_args):
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(PermissionError):
        storage.keep(folder, PHOTO)
    assert files(folder) == []


def test_a_really_full_disk(folder):
    """A process that may write 100 bytes stands for the disk: the kernel refuses the 101st."""
    code = (
        "import resource, signal, sys, pathlib\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "from adapters import storage\n"
        "storage.FULL.add(27)\n"  # EFBIG is what this limit says
        "try: storage.keep(pathlib.Path(sys.argv[1]), b'x' * 101)\n"
        "except storage.NoRoom: print('no room')\n"
        "print(storage.keep(pathlib.Path(sys.argv[1]), b'x' * 100))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    assert done.stdout.split("\n")[0] == "no room", done.stderr
    assert len(files(folder)) == 1


def test_the_order_is_write_sync_rename_sync(folder, monkeypatch):
    """Renamed before it is synced, a file may be empty after a power cut."""
    seen = []
    names = {}
    real = {"fsync": os.fsync, "replace": os.replace, "open": os.open}

    def opened(path, *args, **options):
        descriptor = real["open"](path, *args, **options)
        names[descriptor] = Path(path)
        return descriptor

    def synced(descriptor):
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        seen.append((f"sync {kind}", names.get(descriptor)))
        real["fsync"](descriptor)

    def renamed(source, target):
        assert Path(source).read_bytes() == PHOTO
        seen.append(("rename", Path(target)))
        real["replace"](source, target)

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", renamed)
    storage.keep(folder, PHOTO)
    acts = [act for act, _ in seen]
    assert acts[-3:] == ["sync file", "rename", "sync folder"]
    assert seen[-1][1] == storage.path(folder, DIGEST).parent
    new_folders = {where for act, where in seen[:-3]}
    assert new_folders == {folder.parent, folder}, "the names of new folders are synced too"


def test_eight_who_keep_the_same_at_once(folder):
    start = threading.Barrier(8)
    digests = []

    def one():
        start.wait()
        digests.append(storage.keep(folder, PHOTO * 10_000))

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(digests)) == 1
    assert len(digests) == 8
    assert len(files(folder)) == 1


def test_what_a_crash_left_is_swept_and_nothing_else(folder):
    storage.keep(folder, PHOTO)
    old = folder / DIGEST[:2] / f"{storage.HALF_WRITTEN}abc"
    young = old.with_name(f"{storage.HALF_WRITTEN}def")
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert storage.sweep(folder) == 1
    assert files(folder) == [f"{DIGEST[:2]}/{young.name}", f"{DIGEST[:2]}/{DIGEST[2:]}"]


def test_a_power_cut_while_writing_leaves_no_file_under_the_name(folder):
    code = (
        "import os, pathlib, sys\n"
        "from adapters import storage\n"
        "os.replace = lambda *a: os._exit(9)\n"
        "storage.keep(pathlib.Path(sys.argv[1]), b'les octets')\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], cwd=Path(__file__).parents[1])
    assert done.returncode == 9
    assert not storage.exists(folder, hashlib.sha256(b"les octets").hexdigest())
    assert storage.sweep(folder, seconds=-1) == 1
