"""Sets pages of HTML as accessible PDF (PDF/UA-1), in a child process with limits and no network.

    pdf = render(html)             # one document, one process
    with session() as child:       # several: the process, fonts and style sheets stay warm
        pdf = child.render(html, pictures={"plan": png}, progress=lambda page, stage: …)

`html` is a whole page whose text was escaped; it may name `picture:NAME`, `print:///svg/….svg` and drawings
made by `adapters.pdf.drawings.drawing`, and nothing else. Equal input gives equal bytes.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from adapters.pdf import drawings, wire
from adapters.pdf.job import (
    SENTENCES,
    Foreign,
    Heading,
    Limits,
    Passes,
    Pdf,
    Pictures,
    Progress,
    RenderFailed,
)
from adapters.pdf.process import Child

__all__ = [
    "SENTENCES",
    "Foreign",
    "Heading",
    "Limits",
    "Passes",
    "Pdf",
    "Pictures",
    "RenderFailed",
    "Session",
    "render",
    "session",
]


class Session:
    """A renderer that stays warm, for one thread at a time. After a kill the next job has a new process."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._child: Child | None = None

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._child is not None:
            child, self._child = self._child, None
            child.kill()

    def render(
        self,
        html: str,
        *,
        pictures: Pictures | None = None,
        folio: bool = True,
        limits: Limits | None = None,
        progress: Progress | None = None,
        passes: Passes | None = None,
        documents: Sequence[bytes] = (),
    ) -> Pdf:
        """One PDF. `folio` adds running heads and page numbers; `progress(page, stage)` is called as pages
        are laid out, stage one of parse, style, boxes, layout, write. `documents` are PDFs of others, whose page m
        is drawn where the page has an element with the id `doc-N-m` (N: place in `documents`, from 0; m from 1).
        RenderFailed says why there is no PDF.
        """
        limits = limits or self.limits
        head, parts = self._ask(
            _job(html, pictures or {}, folio, limits, passes, documents), limits, progress
        )
        return Pdf(
            parts[0],
            head["pages"],
            head["anchors"],
            tuple(Heading(*h) for h in head["headings"]),
            head["tight"],
            tuple(head["missing"]),
            head["cpu"],
            head["peak"],
        )

    def look(self, document: bytes) -> Foreign:
        """What a PDF of somebody else has. RenderFailed: it is "locked", "broken" or too "long"."""
        limits = Limits(cpu=20, wall=40, memory=self.limits.memory)
        job = {"look": True, "cpu": limits.cpu, "memory": limits.memory, "pages": limits.pages}
        head, _parts = self._ask(wire.pack(job, [document]), limits, None)
        return Foreign(head["pages"], tuple(Heading(*mark) for mark in head["marks"]))

    def _ask(self, job: bytes, limits: Limits, progress: Progress | None) -> wire.Frame:
        """The answer of the child, started anew where the last one is gone. RenderFailed."""
        if self._child is None or self._child.process.poll() is not None:
            self.close()
            self._child = Child()
        try:
            head, parts = self._child.talk(job, limits, progress)
        except wire.TooLarge as error:
            self.close()
            raise RenderFailed("size", str(error)) from None
        except BaseException:
            self.close()
            raise
        if "error" in head:
            if head.get("gone"):
                self.close()
            raise RenderFailed(head["error"], head["detail"])
        return head, parts


def _job(
    html: str,
    pictures: Pictures,
    folio: bool,
    limits: Limits,
    passes: Passes | None,
    documents: Sequence[bytes] = (),
) -> bytes:
    head: dict[str, Any] = {
        "pictures": list(pictures),
        "folio": folio,
        "key": drawings.KEY.hex(),
        "cpu": limits.cpu,
        "memory": limits.memory,
        "pages": limits.pages,
        "passes": vars(passes) if passes else None,
    }
    images = (value if isinstance(value, bytes) else value.read_bytes() for value in pictures.values())
    return wire.pack(head, [html.encode(errors="replace"), *images, *documents])


@contextlib.contextmanager
def session(limits: Limits | None = None) -> Iterator[Session]:
    """A warm renderer for several documents; `limits` hold for each of them."""
    with Session(limits) as child:
        yield child


def render(
    html: str,
    *,
    pictures: Pictures | None = None,
    folio: bool = True,
    limits: Limits | None = None,
    progress: Progress | None = None,
    passes: Passes | None = None,
) -> Pdf:
    """One PDF in a process of its own; the arguments are those of `Session.render`."""
    with session(limits) as child:
        return child.render(html, pictures=pictures, folio=folio, progress=progress, passes=passes)
