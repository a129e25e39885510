"""The server: waitress, with limits that hold under a thousand half-open connections."""

from __future__ import annotations

import gc
import logging
import resource
import signal
from collections.abc import Callable
from typing import Any

THREADS = 6


class Taken(Exception):
    """The port is in use."""


def raise_file_limit(wanted: int = 8192) -> None:
    """As many open files as the system lets us have, up to `wanted`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    top = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < top:
        resource.setrlimit(resource.RLIMIT_NOFILE, (top, hard))


def settle() -> None:
    """What was loaded so far stays: the collector need not read it again at every page, nor look after each 700 objects.

    A tenth of the time of a page went into it (docs/figures.md); what a page leaves behind is freed without it, but for
    what refers to itself, some megabytes at the most.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


Refusal = Callable[[int], tuple[list[tuple[str, str]], bytes]]


def refuse_by(refusal: Refusal) -> None:
    """Answer what the server refuses before the application sees it (a body above its limit, a request that is none)
    with what `refusal(code)` gives: headers and body."""
    from waitress.channel import HTTPChannel
    from waitress.task import ErrorTask

    class Refused(ErrorTask):
        def execute(self) -> None:
            error = self.request.error
            headers, body = refusal(error.code)
            self.status = f"{error.code} {error.reason}"
            self.response_headers.extend(headers)
            self.set_close_on_finish()
            self.content_length = len(body)
            self.write(body)

    HTTPChannel.error_task_class = Refused


def serve_forever(
    app: Any, host: str, port: int, ready: Callable[[int], None], *,
    trusted_proxy: str | None = None, refusal: Refusal | None = None,
) -> None:  # fmt: skip
    """Listen, call `ready(port)`, answer until SIGTERM or SIGINT. Port 0 takes a free one. Raises Taken."""
    import waitress

    raise_file_limit()
    if refusal:
        refuse_by(refusal)
    logging.getLogger("waitress").setLevel(logging.ERROR)
    options: dict[str, Any] = {
        "threads": THREADS, "connection_limit": 4000, "asyncore_use_poll": True, "channel_timeout": 30,
        "ident": None, "max_request_body_size": 16_000_000, "clear_untrusted_proxy_headers": True,
    }  # fmt: skip
    if trusted_proxy:
        options |= {
            "trusted_proxy": trusted_proxy,
            "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto",
        }
    try:
        server: Any = waitress.create_server(app, host=host, port=port, **options)
    except OSError as error:
        raise Taken(str(error)) from error

    def stop(_signal: int, _frame: Any) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    settle()
    ready(getattr(server, "effective_port", port))
    try:
        server.run()
    finally:
        server.close()
