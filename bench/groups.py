"""How fast the pages of groups and of the network are, with many of everything, against bare pages in the same run.

    .venv/bin/python bench/groups.py [--groups 50] [--people 500] [--tasks 5000] [--requests 60] [--rounds 5]

Two yardsticks on the same server: a page of Tablée with its frame and one title (who asks, what they may, the menu, their
language: what every page pays), and the bare Flask page of bench/web.py. Two readers: a member as there are 500, and who
coordinates and leads every group, the dearest there is. The figure is CPU of the server process for one request: the first
view after something was written anywhere (the bench writes before each request), when nothing is kept of any page; the
first view of each other member of the group after that; and the views after it, until something is written again. Prints
a table for each reader, and the pages whose throughput is under a third of that of the bare page.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

LEADER = "samira@plateforme.example"
LEAST = 1 / 3
WHEN = ("after a change", "by others after it", "again")
OTHER = "other"
FRAME = "{% extends 'base.html' %}{% block title %}Un titre{% endblock %}{% block main %}<h1>Un titre</h1>{% endblock %}"
PAGES = {
    "bare Flask page": "/bare/", "frame of Tablée": "/frame", "first page": "/", "news": "/news/", "groups": "/groups/",
    "home of a group": "/groups/{code}", "its notes and files": "/groups/{code}/notes", "its productions": "/groups/{code}/productions",
    "its tasks": "/committee/{code}/tasks", "all my tasks": "/tasks/", "board of exchanges": "/exchanges/",
    "board of a group": "/exchanges/groups/{code}", "common actions": "/actions/", "directory": "/directory/",
    "directory, people": "/directory/people", "glossary": "/library/glossary",
}  # fmt: skip


def serve(folder: Path) -> None:
    """The server process: prints its port, then answers until it is ended."""
    import waitress
    from flask import render_template
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    from adapters.web import settle
    from app import create_app
    from bench.web import bare
    from blueprints.gate import needs

    app = create_app({"INSTANCE": str(folder)})
    frame = app.jinja_env.from_string(FRAME)
    app.add_url_rule("/frame", "frame", needs("home.see")(lambda: render_template(frame)))
    both = DispatcherMiddleware(app, {"/bare": bare(folder / "tablee.db")})
    settle()
    server = waitress.create_server(both, host="127.0.0.1", port=0, threads=4)
    print(server.effective_port, flush=True)
    server.run()


def make(folder: Path, options: argparse.Namespace) -> tuple[dict[str, str], str]:
    """An instance with the demonstration and the crowd: (session cookie by reader, code of a group that both may see)."""
    from flask.sessions import SecureCookieSessionInterface
    from sqlalchemy import select

    from app import create_app
    from bench.crowd import crowd
    from models.access import add_device
    from models.circles import circle_by_code
    from models.people import Person, by_email
    from models.store import db, writing

    app = create_app({"INSTANCE": str(folder)})
    app.test_cli_runner().invoke(args=["prepare"], catch_exceptions=False)
    with app.app_context():
        codes = crowd(options.groups, options.people, options.tasks, LEADER)
        members = db.session.scalars(
            select(Person).where(Person.id.in_(circle_by_code(codes[1]).member_ids), Person.email != LEADER)
        ).all()
        others = {f"{OTHER} {n}": one.email for n, one in enumerate(members[1:])}
        addresses = {"member": members[0].email, "leader": LEADER, **others}
        with writing():
            tokens = {
                name: add_device(by_email(email), shared=False, label="bench")
                for name, email in addresses.items()
            }
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        cookies = {
            name: f"tablee={signer.dumps({'device': token, '_permanent': True})}"
            for name, token in tokens.items()
        }
        return cookies, codes[1]


def rounds(
    port: int,
    pid: int,
    cookie: str,
    others: list[str],
    paths: dict[str, str],
    database: Path,
    options: argparse.Namespace,
) -> dict[str, tuple[float, ...]]:
    """Milliseconds of CPU for one request, by page, in the order of WHEN: the median of rounds that alternate."""
    from bench.web import measure
    from models.store import (
        driver,  # the library of the pool: two of them in one process take each other's locks away
    )

    writer = driver.connect(database, isolation_level=None)
    writer.execute("CREATE TABLE IF NOT EXISTS bench_change (n)")

    def write() -> None:
        writer.execute("INSERT INTO bench_change VALUES (1)")

    def by_others(path: str) -> float:
        write()
        measure(port, pid, path, [cookie], 1)
        return measure(port, pid, path, others, len(others))

    for path in paths.values():
        measure(port, pid, path, [cookie, *others], 5 + len(others))
    seen: dict[str, tuple[list[float], ...]] = {name: ([], [], []) for name in paths}
    for _ in range(options.rounds):
        for name, path in paths.items():
            after, theirs, again = seen[name]
            after.append(measure(port, pid, path, [cookie], options.requests, before=write))
            theirs += [by_others(path) for _turn in range(max(1, options.requests // len(others)))]
            again.append(measure(port, pid, path, [cookie], options.requests))
    writer.close()
    return {name: tuple(statistics.median(values) for values in every) for name, every in seen.items()}


def table(found: dict[str, tuple[float, ...]]) -> None:
    """Prints it, with the shares of the throughput of the bare page, and the pages that are too slow."""
    bare = found["bare Flask page"]
    print("| page |" + "".join(f" {when} | of the bare page |" for when in WHEN))
    print("|---|" + "---|---|" * len(WHEN))
    for name, values in found.items():
        cells = [f"{value:.1f} ms | {least / value:.2f}" for value, least in zip(values, bare, strict=True)]
        print(f"| {name} | {' | '.join(cells)} |")
    for n, when in enumerate(WHEN):
        slow = [name for name, values in found.items() if bare[n] / values[n] < LEAST]
        print(f"Under a third of the bare page, {when}: {', '.join(slow) or 'none'}")


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, value in (("groups", 50), ("people", 500), ("tasks", 5000), ("requests", 60), ("rounds", 5)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--serve", type=Path)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        cookies, code = make(Path(folder), options)
        print(f"made in {time.monotonic() - began:.0f} s")
        process = subprocess.Popen(
            [sys.executable, __file__, "--serve", folder], stdout=subprocess.PIPE, text=True
        )
        try:
            port = int(process.stdout.readline())
            paths = {name: path.format(code=code) for name, path in PAGES.items()}
            others = [cookie for name, cookie in cookies.items() if name.startswith(OTHER)]
            for name in ("member", "leader"):
                print(f"\n{name}; {len(others)} others")
                at = (port, process.pid, cookies[name], others, paths, Path(folder) / "tablee.db")
                table(rounds(*at, options))
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
