"""What every command of ours keeps to: it ends with 0, or with 1 and one French sentence on standard error.

A command is made with cls=Command, a group of commands is a Group; `--help` stays what the library writes.
Source of the rule: README.md. What has no language of a person (the terminal) is told in French, the source language.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import click
from click.exceptions import NoArgsIsHelpError
from flask.cli import AppGroup

from adapters.storage import NoRoom
from models.store import Busy

LATER = "Rien n’a été fait. Recommencez dans un instant."
WHY = {
    errno.ENOENT: "il n’existe pas",
    errno.ENOTDIR: "son dossier n’en est pas un",
    errno.EISDIR: "c’est un dossier",
    errno.EACCES: "son accès n’est pas permis",
    errno.EPERM: "son accès n’est pas permis",
    errno.EROFS: "on ne peut rien y écrire",
    errno.ENOSPC: "le disque est plein",
    errno.EDQUOT: "la place accordée est pleine",
    errno.ENAMETOOLONG: "son nom est trop long",
}


def refuse(sentence: Any) -> NoReturn:
    """One line on standard error, and exit 1. No-break spaces stay as they are."""
    click.echo(" ".join(part for part in str(sentence).replace("\n", " ").split(" ") if part), err=True)
    sys.exit(1)


def why(error: OSError) -> str:
    """What the system has against a file, in French; the system's own number where nobody has met it yet."""
    return WHY.get(error.errno or 0) or f"erreur {error.errno} du système"


def sentence_of(error: click.ClickException) -> str:
    """What somebody typed that the command does not know, then the remedy."""
    ctx = getattr(error, "ctx", None)
    asked = f"«\u00a0{ctx.command_path} --help\u00a0»" if ctx else "«\u00a0--help\u00a0»"
    if isinstance(error, NoArgsIsHelpError) and isinstance(error.ctx.command, click.Group):
        return f"Dites laquelle de ces commandes\u00a0: {_known(error.ctx.command)}."
    if isinstance(error, click.NoSuchOption):
        return f"L’option {error.option_name} n’existe pas\u00a0: {asked} dit celles qui existent."
    if isinstance(error, click.BadOptionUsage):
        param = _option(ctx, error.option_name)
        if param is not None and getattr(param, "is_flag", False):
            return f"L’option {error.option_name} se donne sans valeur\u00a0: {asked} dit comment l’écrire."
        return f"L’option {error.option_name} attend une valeur\u00a0: {asked} dit comment l’écrire."
    if isinstance(error, click.MissingParameter):
        return f"Il manque {_name(error.param)}\u00a0: {asked} dit comment l’écrire."
    if isinstance(error, click.BadParameter):
        return f"La valeur de {_name(error.param)} ne convient pas\u00a0: {_wanted(error.param, asked)}."
    return f"La commande ne se lit pas ainsi, un mot y est de trop\u00a0: {asked} dit comment l’écrire."


def _known(group: click.Group) -> str:
    return ", ".join(sorted(group.commands))


def _option(ctx: click.Context | None, name: str) -> click.Parameter | None:
    return next((p for p in ctx.command.params if name in p.opts), None) if ctx else None


def _name(param: click.Parameter | None) -> str:
    """--role, or EMAIL."""
    if param is None:
        return "un mot"
    return param.opts[0] if isinstance(param, click.Option) else (param.name or "").upper()


def _wanted(param: click.Parameter | None, asked: str) -> str:
    kind = param.type if param else None
    if isinstance(kind, click.Choice):
        return f"choisissez parmi {', '.join(map(str, kind.choices))}"
    if isinstance(kind, click.IntRange):
        return f"écrivez un nombre de {kind.min} à {kind.max}"
    return f"{asked} dit comment l’écrire"


def _told(act: Callable[[], Any], command: click.Command, name: Any = None, parent: Any = None) -> Any:
    """Do it; what is refused on the way is one sentence. The parser does not say of which command it speaks."""
    try:
        return act()
    except click.ClickException as error:
        if isinstance(error, click.UsageError) and error.ctx is None:
            error.ctx = click.Context(command, info_name=name, parent=parent)
        refuse(sentence_of(error))
    except Busy:
        refuse(f"La base est occupée en ce moment. {LATER}")
    except NoRoom:
        refuse("Il n’y a plus de place sur le disque. Faites-en, puis recommencez.")


class Command(click.Command):
    """A command of ours."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        made: click.Context = _told(
            lambda: super(Command, self).make_context(info_name, args, parent, **extra),
            self,
            info_name,
            parent,
        )
        return made

    def invoke(self, ctx: click.Context) -> Any:
        return _told(lambda: super(Command, self).invoke(ctx), self)


class Group(AppGroup):
    """A group of commands of ours, and the application's own. What a library adds to it says what it says."""

    command_class = Command

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        made: click.Context = _told(
            lambda: super(Group, self).make_context(info_name, args, parent, **extra), self, info_name, parent
        )
        return made

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name; a sentence where there is none, also where `flask` asks the application for it."""
        found = super().get_command(ctx, cmd_name)
        if found is None and not ctx.resilient_parsing:
            refuse(
                f"La commande «\u00a0{cmd_name}\u00a0» n’existe pas. Celles qui existent\u00a0: {_known(self)}."
            )
        return found
