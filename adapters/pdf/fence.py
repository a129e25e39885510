"""The fence around the renderer, put up inside the child process before it sees a page.

Three rings: the kernel (limits, no network), the interpreter (an audit hook refuses sockets, programs, and
files that are not the renderer's own), and the fetcher (serves our print files, this job's pictures and our
sealed drawings, and ends the job on anything else). WeasyPrint's own fetcher reads files and the network,
for attachments too.
"""

import ctypes
import math
import os
import re
import resource
import sys
import sysconfig
from pathlib import Path
from typing import Any

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from adapters.pdf import drawings

PRINT = Path(__file__).resolve().parents[2] / "static" / "print"
OWN = re.compile(r"print:///((?:css|fonts|svg)/[A-Za-z0-9_-]+\.(css|ttf|svg))")
TYPES = {"css": "text/css", "ttf": "font/ttf", "svg": "image/svg+xml"}
FILE_LIMIT = 8 << 20  # bytes in one file of the temporary folder; the largest is a font of 0.9 MB
NEWUSER, NEWNET, DEATH_SIGNAL, SIGKILL = 0x10000000, 0x40000000, 1, 9
REFUSED = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "pty.",
    "urllib.",
    "http.",
    "ftplib.",
    "smtplib.",
    "webbrowser.",
    "ctypes.dlopen",
    "os.kill",
)


class Refused(FatalURLFetchingError):
    """The page asks for something outside the fence. Never caught by WeasyPrint: it ends the job."""


def restrain() -> None:
    """What the kernel is asked once: low priority, no core file, small files, end with the parent, no
    network.
    """
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, FILE_LIMIT))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(DEATH_SIGNAL, SIGKILL)
    libc.unshare(NEWUSER | NEWNET)  # where containers forbid it, the audit hook stands alone


def limit(cpu: float, memory: int) -> None:
    """`cpu` more seconds for this job, and at most `memory` bytes of address space. No RLIMIT_NPROC: Pango
    needs threads.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime + cpu), hard))
    resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))


def readable() -> tuple[str, ...]:
    """Folders whose files the renderer may read: the libraries, our code for PDF, our print files. Not the
    project.
    """
    paths = sysconfig.get_paths()
    libraries = {paths[k] for k in ("stdlib", "platstdlib", "purelib", "platlib")}
    libraries |= {p for p in sys.path if p.endswith(("site-packages", "dist-packages", "lib-dynload"))}
    own = {str(PRINT), str(Path(__file__).parent)}
    return tuple(sorted(os.path.realpath(p) + os.sep for p in libraries | own))


def close(folder: str) -> None:
    """Put up the audit hook, which can't be taken down. `folder` is the only place to write."""
    read, write = readable(), os.path.realpath(folder) + os.sep
    writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            if isinstance(args[0], int):
                return
            path = os.path.realpath(os.fsdecode(args[0]))
            if path.startswith(write) or (path.startswith(read) and not (args[2] or 0) & writes):
                return
            raise PermissionError("outside the fence: a file")
        if event.startswith(REFUSED):
            raise PermissionError(f"outside the fence: {event}")

    sys.addaudithook(hook)


class Fence(URLFetcher):
    """Serves `print:///css/…`, `picture:NAME` and sealed `drawing:` addresses. Everything else ends the
    job.
    """

    def __init__(self) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self.key = b""
        self.pictures: dict[str, bytes] = {}
        self.refused = ""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        scheme, _, rest = url.partition(":")
        if scheme == "print" and (own := OWN.fullmatch(url)):
            return self._answer(url, (PRINT / own[1]).read_bytes(), TYPES[own[2]])
        if scheme == "picture":
            if rest not in self.pictures:
                raise ValueError("no such picture")  # its alternative text is printed in its place
            return self._answer(url, self.pictures[rest], "application/octet-stream")
        if scheme == "drawing" and (svg := drawings.opened(url, self.key)) is not None:
            return self._answer(url, svg, "image/svg+xml")
        self.refused = url[:120]  # inside an SVG, WeasyPrint catches whatever is raised
        raise Refused(self.refused)

    @staticmethod
    def _answer(url: str, body: bytes, kind: str) -> URLFetcherResponse:
        return URLFetcherResponse(url, body, {"Content-Type": kind})
