"""Commands of the instance: prepare, serve, worker, demo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from flask import current_app

from adapters import pictures, storage
from blueprints import addresses, jobs, shell
from blueprints.admin import bp
from blueprints.commands import Command, Group, refuse
from models import access, demo, demo_committee, demo_notes
from models.people import Person
from models.store import db, journal_mode, sound, writing
from models.vocabularies import DATA

demo_group = Group("demo", help="The demonstration.")
bp.cli.add_command(demo_group)
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def folder() -> Path:
    return Path(current_app.config["INSTANCE"])


@bp.cli.command("prepare", cls=Command)
@click.option("--empty", is_flag=True, help="A first start without demonstration data.")
def prepare(empty: bool) -> None:
    """Bring the schema up to date; at first start load the demonstration."""
    from flask_migrate import Migrate, upgrade

    first = not (folder() / "tablee.db").exists()
    if "migrate" not in current_app.extensions:
        Migrate(current_app._get_current_object(), db)  # type: ignore[attr-defined]
    upgrade(directory=str(Path(current_app.root_path) / "migrations"))
    if first and not empty:
        load_demo()


@demo_group.command("load")
def demo_load() -> None:
    """Load the cast, the edition and the sample fiches into an instance that has none."""
    if db.session.query(Person).first():
        refuse(
            "Cette instance a déjà des personnes. La démonstration ne se charge que dans une instance vide."
        )
    load_demo()
    click.echo("La démonstration est chargée.", err=True)


def load_demo() -> None:
    """Fill the instance, and mark it so that it is only ever shown on this machine."""
    kept = {number: _picture(name) for number, name in demo.PICTURES.items()}
    demo.load(kept, _document(demo_committee.ANNEX), {name: _document(name) for name in demo_notes.DOCUMENTS})
    (folder() / "demo").touch()


def _picture(name: str) -> dict[str, Any]:
    """A picture of the demonstration, kept as an upload would be."""
    picture = pictures.tidy((DATA / "demo" / name).read_bytes())
    storage.keep(folder() / "files", picture.data)
    return {
        "sha256": picture.sha256,
        "media_type": picture.media_type,
        "size": len(picture.data),
        "width": picture.width,
        "height": picture.height,
    }


def _document(name: str) -> dict[str, Any]:
    """A PDF of the demonstration, kept as an upload would be."""
    data = (DATA / "demo" / name).read_bytes()
    sha256 = storage.keep(folder() / "files", data)
    return {"sha256": sha256, "media_type": "application/pdf", "size": len(data), "width": 0, "height": 0}


def is_demo() -> bool:
    return bool(current_app.config["DEMO"]) or (folder() / "demo").exists()


@bp.cli.command("serve", cls=Command)
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=8017, type=click.IntRange(0, 65535))
def serve(host: str, port: int) -> None:
    """Answer requests until Ctrl-C."""
    from adapters import locks
    from adapters.web import Taken, serve_forever

    public = current_app.config["PUBLIC_URL"]
    if host not in LOOPBACK and is_demo():
        refuse(
            "Une démonstration ne se montre que sur cette machine. Démarrez-la avec --host 127.0.0.1, ou prenez une instance vide."
        )
    if host not in LOOPBACK and urlsplit(public).scheme != "https":
        refuse(
            "À cette adresse on se connecterait sans chiffrement. Donnez TABLEE_PUBLIC_URL=https://… et placez un proxy TLS devant."
        )
    try:
        lock = locks.hold(folder() / "server.lock")
    except locks.AlreadyRunning:
        refuse(
            f"Tablée tourne déjà sur cette instance ({folder()}). Arrêtez-la d’abord, ou choisissez un autre TABLEE_INSTANCE."
        )
    storage.sweep(folder() / "files")
    if not sound():
        click.echo(
            f"Ce SQLite a le défaut «\u00a0WAL-reset\u00a0»\u00a0: la base tourne avec journal_mode={journal_mode()}.",
            err=True,
        )

    def ready(real_port: int) -> None:
        name = "localhost" if host in LOOPBACK else host
        addresses.remember(folder(), f"http://{name}:{real_port}")
        click.echo(f"Ready: http://{name}:{real_port}")
        for line in sign_in_lines():
            click.echo(line)
        sys.stdout.flush()

    try:
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        proxy = current_app.config["TRUSTED_PROXY"] or None
        serve_forever(app, host, port, ready, trusted_proxy=proxy, refusal=shell.refusal(app))
    except Taken:
        refuse(
            f"Le port {port} de {host} ne peut pas être pris. Choisissez-en un autre\u00a0: ./run --port {port + 1 if port < 65535 else 8017}"
        )
    finally:
        lock.close()


def sign_in_lines() -> list[str]:
    """For the demonstration a line for each of the cast; for an instance without anybody the link of the first person."""
    with current_app.app_context():
        if is_demo():
            return [f"{role}\t{name}\t{url}" for role, name, url in demo_links()]
        if db.session.query(Person).filter(Person.active).first() is None:
            with writing():
                token = access.make_link(None, "setup")
            return [f"setup\tPremière personne\t{addresses.external('accounts.welcome', token=token)}"]
    return []


def demo_links() -> list[tuple[str, str, str]]:
    """(role, name, sign-in link) of the cast; the links live twelve hours and are spent once."""
    with writing():
        made = [(role, person.name, demo.link(person)) for role, person in demo.cast()]
    return [(role, name, addresses.external("accounts.link", token=token)) for role, name, token in made]


@demo_group.command("links")
def demo_links_command() -> None:
    """Fresh sign-in links for the cast."""
    if not is_demo():
        refuse(
            "Cette instance n’est pas une démonstration. Ses personnes s’invitent\u00a0: flask invite EMAIL --role ROLE"
        )
    for line in demo_links():
        click.echo("\t".join(line))


@bp.cli.command("worker", cls=Command)
def worker() -> None:
    """Send mails and make dossiers until Ctrl-C."""
    from adapters import locks, queue

    try:
        lock = locks.hold(folder() / "worker.lock")
    except locks.AlreadyRunning:
        refuse(f"Un worker tourne déjà sur cette instance ({folder()}). Arrêtez-le d’abord.")
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    jobs.start()

    def sweep() -> None:
        with app.app_context():
            jobs.sweep()

    try:
        queue.consume(jobs.wake_file(), sweep)
    finally:
        lock.close()
