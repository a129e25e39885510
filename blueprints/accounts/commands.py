"""Commands: invite somebody, print the table of rights."""

from __future__ import annotations

import sys

import click

from blueprints import addresses, jobs
from blueprints.accounts import bp
from models import access, factors, people, rights_table
from models.deliveries import mail
from models.people import ROLES, BadPerson, Person, by_email, tidy_email
from models.store import Busy, db, writing


def refuse(sentence: str) -> None:
    """One sentence on standard error, and exit 1."""
    click.echo(sentence, err=True)
    sys.exit(1)


@bp.cli.command("invite")
@click.argument("email")
@click.option(
    "--role", "roles", multiple=True, required=True, help="What this person will do; may be repeated."
)
@click.option("--name", default="", help="How this person is called; else the part before the @.")
def invite(email: str, roles: tuple[str, ...], name: str) -> None:
    """Invite somebody: print the link, and queue the mail that carries one."""
    wrong = [role for role in roles if role not in ROLES]
    if wrong:
        refuse(f"There is no role “{wrong[0]}”. Choose among: {', '.join(ROLES)}.")
    try:
        email = tidy_email(email)
    except BadPerson:
        refuse("This is no address: write it in full, for instance nadia@passerelle.example.")
    known = by_email(email)
    if known and known.active:
        refuse(f"{known.name} is a member already and signs in with this address.")
    name = name or (known.name if known else email.partition("@")[0].replace(".", " "))
    try:
        with writing():
            token = access.invite(people.invited(name, email, roles), None)
    except BadPerson:
        refuse("A name has 1 to 120 signs: give another one with --name.")
    except Busy:
        refuse("The database could not be written just now. Nothing was done: try again.")
    jobs.wake()
    click.echo(addresses.external("accounts.link", token=token))


@bp.cli.command("reset-factors")
@click.argument("email")
def reset_factors(email: str) -> None:
    """Take the second factor away from somebody who lost it, and print a link to come in with."""
    person = by_email(email)
    if person is None or not person.active:
        refuse("Nobody signs in with this address.")
    if not factors.has_factor(person):
        refuse(f"{person.name} has no second factor: an ordinary link opens.")
    person_id, name = person.id, person.name
    try:
        with writing():
            person = db.session.get_one(Person, person_id)
            factors.reset(person, None)
            mail(person, "factor", act="reset")
            token = access.make_link(person, "sign-in")
    except Busy:
        refuse("The database could not be written just now. Nothing was done: try again.")
    jobs.wake()
    click.echo(f"{name} has no second factor any more, and sets up another one after coming in.", err=True)
    click.echo(addresses.external("accounts.link", token=token))


@bp.cli.command("rights")
def rights() -> None:
    """Print who may do what: one line for each right, one column for each role."""
    rows = rights_table.table()
    lines = [["", *ROLES]]
    lines += [[row.right, *(str(rights_table.WORDS[row.answers[role]]) for role in ROLES)] for row in rows]
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
