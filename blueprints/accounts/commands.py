"""Commands: invite somebody, print the table of rights."""

from __future__ import annotations

import click

from blueprints import addresses, jobs
from blueprints.accounts import bp
from blueprints.commands import Command, refuse
from models import access, factors, people, rights_table
from models.deliveries import mail
from models.people import ROLES, BadPerson, Person, by_email, tidy_email
from models.store import db, writing


@bp.cli.command("invite", cls=Command)
@click.argument("email")
@click.option(
    "--role", "roles", multiple=True, required=True, help="What this person will do; may be repeated."
)
@click.option("--name", default="", help="How this person is called; else the part before the @.")
def invite(email: str, roles: tuple[str, ...], name: str) -> None:
    """Invite somebody: print the link, and queue the mail that carries one."""
    wrong = [role for role in roles if role not in ROLES]
    if wrong:
        refuse(f"Le rôle «\u00a0{wrong[0]}\u00a0» n’existe pas. Choisissez parmi\u00a0: {', '.join(ROLES)}.")
    try:
        email = tidy_email(email)
    except BadPerson:
        refuse("Ceci n’est pas une adresse. Écrivez-la en entier, par exemple nadia@passerelle.example")
    known = by_email(email)
    if known and known.active:
        refuse(f"{known.name} est déjà là et se connecte avec cette adresse. Rien n’est à faire.")
    name = name or (known.name if known else email.partition("@")[0].replace(".", " "))
    try:
        with writing():
            token = access.invite(people.invited(name, email, roles), None)
    except BadPerson:
        refuse("Un nom a de 1 à 120 signes. Donnez-en un autre avec --name.")
    jobs.wake()
    click.echo(addresses.external("accounts.link", token=token))


@bp.cli.command("reset-factors", cls=Command)
@click.argument("email")
def reset_factors(email: str) -> None:
    """Take the second factor away from somebody who lost it, and print a link to come in with."""
    person = by_email(email)
    if person is None or not person.active:
        refuse("Personne ne se connecte avec cette adresse. Vérifiez-la.")
    if not factors.has_factor(person):
        refuse(f"{person.name} n’a pas de second facteur. Un lien ordinaire suffit.")
    person_id, name = person.id, person.name
    with writing():
        person = db.session.get_one(Person, person_id)
        factors.reset(person, None)
        mail(person, "factor", act="reset")
        token = access.make_link(person, "sign-in")
    jobs.wake()
    click.echo(f"{name} n’a plus de second facteur, et en choisira un autre après être entré.", err=True)
    click.echo(addresses.external("accounts.link", token=token))


@bp.cli.command("rights", cls=Command)
def rights() -> None:
    """Print who may do what: one line for each right, one column for each role."""
    rows = rights_table.table()
    lines = [["", *ROLES]]
    lines += [[row.right, *(str(rights_table.WORDS[row.answers[role]]) for role in ROLES)] for row in rows]
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
