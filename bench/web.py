"""How fast the pages are, as a ratio to a bare Flask + Jinja page that reads one row, on the same server in one run.

    .venv/bin/python bench/web.py [--fiches 10000] [--requests 400] [--rounds 5]

One server process answers both: Tablée, and beside it a bare application under /bare. Requests go one after another
over one kept connection, in rounds that alternate between the pages, so that a machine that slows down slows all. The
figure is the server's CPU time a request (user + system), which another process cannot disturb. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def bare(database: Path):
    """The application to compare with: one query for one row, one small template."""
    from flask import Flask, g, render_template
    from jinja2 import DictLoader

    from models.store import driver  # one library a process: two take each other's locks of a file away

    app = Flask("bare")
    page_ = (
        "<!doctype html><html lang=fr><title>{{ row[1] }}</title><h1>{{ row[0] }} {{ row[1] }}</h1></html>"
    )
    app.jinja_loader = DictLoader({"page.html": page_})

    @app.get("/")
    def page():
        if "db" not in g:
            g.db = driver.connect(database)
        row = g.db.execute("SELECT number, title FROM fiche LIMIT 1").fetchone()
        return render_template("page.html", row=row)

    @app.teardown_appcontext
    def close(_error):
        if "db" in g:
            g.db.close()

    return app


def serve(folder: Path) -> None:
    """The server process: prints its port, then answers until it is ended."""
    import waitress
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    from adapters.web import settle
    from app import create_app

    app = create_app({"INSTANCE": str(folder)})
    both = DispatcherMiddleware(app, {"/bare": bare(folder / "tablee.db")})
    settle()
    server = waitress.create_server(both, host="127.0.0.1", port=0, threads=4)
    print(server.effective_port, flush=True)
    server.run()


def make(folder: Path, count: int) -> tuple[str, str]:
    """An instance with the demonstration and `count` fiches more: (session cookie of a committee member, a number)."""
    from flask.sessions import SecureCookieSessionInterface

    from app import create_app
    from bench.fill import fill
    from models.access import add_device
    from models.people import by_email
    from models.store import writing

    app = create_app({"INSTANCE": str(folder)})
    app.test_cli_runner().invoke(args=["prepare"], catch_exceptions=False)
    with app.app_context():
        fill(count)
        with writing():
            token = add_device(by_email("samira@plateforme.example"), shared=False, label="bench")
        cookie = (
            SecureCookieSessionInterface()
            .get_signing_serializer(app)
            .dumps({"device": token, "_permanent": True})
        )
    return f"tablee={cookie}", "F-2016-002"


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used: its clock, as clock_getcpuclockid(3) names it on Linux."""
    return time.clock_gettime((~pid << 3) | 2)


def measure(
    port: int,
    pid: int,
    path: str,
    cookies: list[str],
    requests: int,
    before: Callable[[], None] | None = None,
) -> float:
    """Milliseconds of the server's CPU for one request of this page, by each of these readers in turn. before: done ahead
    of each request, by this process."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    start = cpu(pid)
    for n in range(requests):
        if before:
            before()
        connection.request("GET", path, headers={"Cookie": cookies[n % len(cookies)]})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200 or not body:
            raise SystemExit(f"{path}: {answer.status}")
    connection.close()
    return (cpu(pid) - start) / requests * 1000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fiches", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", type=Path)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        cookie, number = make(Path(folder), options.fiches)
        made = time.monotonic() - began
        process = subprocess.Popen(
            [sys.executable, __file__, "--serve", folder], stdout=subprocess.PIPE, text=True
        )
        try:
            port = int(process.stdout.readline())
            pages = {
                "bare": "/bare/", "list": "/fiches/", "list_filtered": "/fiches/?secteur=SOC&q=marche",
                "read": f"/fiches/{number}", "edit": f"/fiches/{number}/edit/bilan", "home": "/",
            }  # fmt: skip
            for path in pages.values():
                measure(port, process.pid, path, [cookie], 10)
            rounds = {name: [] for name in pages}
            for _ in range(options.rounds):
                for name, path in pages.items():
                    rounds[name].append(measure(port, process.pid, path, [cookie], options.requests))
            rss = int(
                next(
                    x
                    for x in Path(f"/proc/{process.pid}/status").read_text().splitlines()
                    if x.startswith("VmRSS")
                ).split()[1]
            )
        finally:
            process.terminate()
            process.wait()
    median = {name: statistics.median(values) for name, values in rounds.items()}
    print(json.dumps({
        "fiches": options.fiches, "made_seconds": round(made, 1), "rss_mb": round(rss / 1024),
        "ms_cpu": {k: round(v, 2) for k, v in median.items()},
        "of_bare": {k: round(median["bare"] / v, 2) for k, v in median.items()},
    }))  # fmt: skip


if __name__ == "__main__":
    main()
