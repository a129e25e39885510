"""Commands: fiche import, fiche export, fiche list."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import undefer

from adapters import storage
from blueprints.commands import Group, refuse, why
from blueprints.fiches import bp, importing, uploads
from models.attachments import attached
from models.fiche import exchange
from models.fiche.content import get
from models.fiche.fiche import Fiche, find
from models.people import by_email
from models.store import db, new_id, writing

fiche_group = Group("fiche", help="Fiches: import, export, list.")
bp.cli.add_command(fiche_group)
MOST = 20_000_000


@fiche_group.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--owner", default="", help="Address of the person who will go on writing.")
def import_command(files: tuple[Path, ...], owner: str) -> None:
    """Make drafts of documents: .docx, .odt, .txt sheets, .yaml or .json of our own export."""
    person = by_email(owner) if owner else None
    if owner and person is None:
        refuse(
            f"Personne n’a l’adresse {owner}. Invitez-la d’abord\u00a0: flask invite {owner} --role contributor"
        )
    failed = 0
    for path in files:
        try:
            drafts = importing.drafts_of(_read(path), path.name)
        except importing.Unreadable as bad:
            click.echo(f"{path}\u00a0: {bad}", err=True)
            failed += 1
            continue
        importing.store_images(drafts)
        with writing():
            made = [importing.keep(d, person, new_id()) for d in drafts]
            lines = [(f.ref, " ".join((f.title or "–").split()), str(path)) for f in made]
        for line in lines:
            click.echo("\t".join(line))
        for draft in drafts:
            _tell(draft)
    sys.exit(1 if failed else 0)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST:
            raise importing.Unreadable(
                "Ce fichier dépasse 15 Mo. Enregistrez-le sans ses grandes images, puis recommencez."
            )
        return path.read_bytes()
    except OSError as error:
        raise importing.Unreadable(f"Ce fichier ne s’ouvre pas ({why(error)}). Vérifiez son nom.") from error


def _tell(draft: importing.Draft) -> None:
    """What was understood, and what was not, on standard error."""
    from blueprints.fiches.choices import words
    from models.fiche import questions

    for key, q in questions.leaves().items():
        value = get(draft.content, key)
        if value not in (None, [], False):
            text = " ".join(words(q, value).split())
            click.echo(f"  {q.label}\u00a0: {text[:90]}{'…' if len(text) > 90 else ''}", err=True)
    for key, reason in draft.content["donnees_manquantes"].items():
        click.echo(f"  {key}\u00a0: non renseigné, {reason}", err=True)
    for sentence in draft.origin.get("notes", []):
        click.echo(f"  À vérifier\u00a0: {sentence}", err=True)
    for key, sentence in draft.origin.get("confirm", []):
        click.echo(f"  À confirmer, {key}\u00a0: {sentence}", err=True)
    for label, _text in draft.origin.get("unknown", []):
        click.echo(f"  Rubrique gardée dans les observations\u00a0: {label}", err=True)


@fiche_group.command("export")
@click.argument("refs", nargs=-1)
@click.option("--format", "form", type=click.Choice(["json", "yaml"]), default="yaml")
@click.option("--out", required=True, type=click.Path(path_type=Path))
def export_command(refs: tuple[str, ...], form: str, out: Path) -> None:
    """Write fiches (all of them, or those named by number or UUID) into one file."""
    fiches = (
        [find(ref) for ref in refs]
        if refs
        else list(
            db.session.scalars(select(Fiche).options(undefer(Fiche.content)).order_by(Fiche.number, Fiche.id))
        )
    )
    for ref, fiche in zip(refs, fiches, strict=False):
        if fiche is None:
            refuse(f"Il n’y a pas de fiche {ref}. La liste\u00a0: flask fiche list")
    known = [f for f in fiches if f]
    try:
        out.write_text(exchange.dump(known, form, images_of(known)), encoding="utf-8")
    except OSError as error:
        refuse(f"{out} ne peut pas être écrit ({why(error)}). Choisissez un autre dossier.")


def images_of(fiches: list[Fiche]) -> dict[str, str]:
    """The pictures of these fiches, as base64 by digest; a digest that an answer only names gives nothing away."""
    from models.fiche.reading import every_picture

    digests = {d for f in fiches for d in every_picture(f.content) if attached("fiche", f.id, d)}
    folder = uploads.files_folder()
    return {
        d: base64.b64encode(storage.read(folder, d)).decode()
        for d in sorted(digests)
        if storage.exists(folder, d)
    }


@fiche_group.command("list")
def list_command() -> None:
    """One line a fiche: reference, state, title."""
    for f in db.session.scalars(select(Fiche).order_by(Fiche.number, Fiche.id)):
        click.echo(f"{f.ref}\t{f.state}\t{f.title}")
