"""The child process of one renderer, seen from outside: started in an empty folder, fed, watched, ended."""

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, cast

from adapters.pdf import wire
from adapters.pdf.job import MIB, Limits, Progress, RenderFailed

ROOT = Path(__file__).resolve().parents[2]
STARVED = (
    "failed to allocate",
    "MemoryError",
    "Cannot allocate",
    "bad_alloc",
    "ut of memory",
    "failed to map segment",
)
FONTCONFIG = (
    '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig></fontconfig>'
)


class Child:
    """One process and its temporary folder."""

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="pdf-")
        config = Path(self.folder, "fonts.conf")
        config.write_text(FONTCONFIG, encoding="utf-8")
        env = {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "PYTHONHASHSEED": "0",
            "HOME": self.folder,
            "TMPDIR": self.folder,
            "XDG_CACHE_HOME": self.folder,
            "FONTCONFIG_FILE": str(config),
        }
        self.log = Path(self.folder, "log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-s", "-m", "adapters.pdf.child"],
                cwd=ROOT,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                close_fds=True,
                start_new_session=True,
            )
        self.jobs = cast(IO[bytes], self.process.stdin)
        self.answers = cast(IO[bytes], self.process.stdout)

    def kill(self) -> int:
        """End it and all that it started; its exit code, negative for a signal."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for pipe in (self.jobs, self.answers):
            with contextlib.suppress(OSError):
                pipe.close()
        code = self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        return code

    def why(self) -> RenderFailed:
        """What the end of a process that gave no answer means."""
        try:
            code = self.process.wait(5)
        except subprocess.TimeoutExpired:
            return RenderFailed("crash", "no answer")
        said = self.log.read_bytes()[-4000:].decode(errors="replace")
        if code == -signal.SIGXCPU:
            return RenderFailed("time", "cpu")
        if code == -signal.SIGKILL or any(word in said for word in STARVED):
            return RenderFailed("memory", f"exit {code}")  # SIGKILL not from us: the kernel was out of memory
        return RenderFailed("crash", f"exit {code}: {said.strip()[-200:]}")

    def talk(self, job: bytes, limits: Limits, progress: Progress | None) -> wire.Frame:
        """Send a job, pass its progress on, and return the answer. RenderFailed when time is up or the
        process ends.
        """
        end, rest = time.monotonic() + limits.wall, memoryview(job)
        reader, writer = self.answers.fileno(), self.jobs.fileno()
        frames = wire.Frames(limits.output)
        os.set_blocking(writer, False)
        with selectors.DefaultSelector() as watch:
            watch.register(reader, selectors.EVENT_READ)
            watch.register(writer, selectors.EVENT_WRITE)
            while (left := end - time.monotonic()) > 0:
                for key, _ in watch.select(left):
                    if key.fd == writer:
                        with contextlib.suppress(BrokenPipeError):  # its end is read on the other pipe
                            rest = rest[os.write(writer, rest[:MIB]) :]
                            if rest:
                                continue
                        watch.unregister(writer)
                        continue
                    data = os.read(reader, MIB)
                    if not data:
                        raise self.why()
                    for head, parts in frames.feed(data):
                        if "stage" not in head:
                            return head, parts
                        if progress:
                            progress(head["page"], head["stage"])
        raise RenderFailed("time", "clock")
