"""How fast the pages of groups and of the network are, with many of everything, against bare pages in the same run.

    .venv/bin/python bench/groups.py [--groups 50] [--people 500] [--tasks 5000] [--requests 40] [--rounds 5]

Two yardsticks on the same server: a page of Tablée with its frame and one title (who asks, what they may, the menu, their
language: what every page pays), and the bare Flask page of bench/web.py. Two readers: a member as there are 500, and who
coordinates and leads every group, the dearest there is. The figure is CPU of the server process for one request. Prints a
table for each, and the pages under a third of the frame.
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
        member = db.session.scalars(
            select(Person).where(Person.id.in_(circle_by_code(codes[1]).member_ids), Person.email != LEADER)
        ).first()
        addresses = {"member": member.email, "leader": LEADER}
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


def rounds(port: int, pid: int, cookie: str, code: str, options: argparse.Namespace) -> dict[str, float]:
    """Milliseconds of CPU for one request, by page: the median of rounds that alternate between the pages."""
    from bench.web import measure

    paths = {name: path.format(code=code) for name, path in PAGES.items()}
    for path in paths.values():
        measure(port, pid, path, cookie, 5)
    seen: dict[str, list[float]] = {name: [] for name in paths}
    for _ in range(options.rounds):
        for name, path in paths.items():
            seen[name].append(measure(port, pid, path, cookie, options.requests))
    return {name: statistics.median(values) for name, values in seen.items()}


def table(found: dict[str, float]) -> list[str]:
    """Prints it; the pages that are too slow."""
    frame, bare = found["frame of Tablée"], found["bare Flask page"]
    print("| page | CPU | share of the frame | share of the bare Flask page |\n|---|---|---|---|")
    for name, value in found.items():
        print(f"| {name} | {value:.1f} ms | {frame / value:.2f} | {bare / value:.2f} |")
    return [name for name, value in found.items() if frame / value < LEAST]


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, value in (("groups", 50), ("people", 500), ("tasks", 5000), ("requests", 40), ("rounds", 5)):
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
            for name, cookie in cookies.items():
                print(f"\n{name}")
                slow = table(rounds(port, process.pid, cookie, code, options))
                print("Under a third of the frame: " + (", ".join(slow) or "none"))
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
