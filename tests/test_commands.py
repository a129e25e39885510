"""The contract of every command: it ends with 0, or with 1 and one French sentence on standard error."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from blueprints import commands
from models.store import Busy
from tests.support.often import often

ROOT = Path(__file__).parent.parent
ENGLISH = (
    "Usage:",
    "Error",
    "Missing",
    "No such",
    "directory",
    "Try ",
    "invalid",
    "must ",
    " is ",
    "unexpected",
)
BAD = [
    ("invite", "Il manque EMAIL"),
    ("invite zoe@haies.example", "Il manque --role"),
    ("invite zoe --role reader", "Ceci n’est pas une adresse"),
    ("invite zoe@haies.example --role emperor", "Le rôle « emperor » n’existe pas"),
    ("invite zoe@haies.example --role", "L’option --role attend une valeur"),
    ("reset-factors nobody@haies.example", "Personne ne se connecte avec cette adresse"),
    ("demo load", "Cette instance a déjà des personnes"),
    ("prepare --empty=3", "L’option --empty se donne sans valeur"),
    ("fiche", "Dites laquelle de ces commandes : export, import, list."),
    ("fiche bogus", "La commande « bogus » n’existe pas. Celles qui existent : export, import, list."),
    ("fiche --bogus", "L’option --bogus n’existe pas"),
    ("fiche import", "Il manque FILES"),
    ("fiche import {folder}/absent.odt", "(il n’existe pas)"),
    ("fiche import {folder}", "(c’est un dossier)"),
    ("fiche export", "Il manque --out"),
    ("fiche export --out {folder}/x --format xml", "La valeur de --format ne convient pas : choisissez parmi json, yaml."),
    ("fiche export --out {folder}", "(c’est un dossier)"),
    ("dossier bogus", "Celles qui existent : build, kinds."),
    ("dossier build D3 --out", "L’option --out attend une valeur"),
    ("dossier build D3 D4", "un mot y est de trop"),
    ("rights --bogus", "L’option --bogus n’existe pas"),
    ("serve --port abc", "La valeur de --port ne convient pas : écrivez un nombre de 0 à 65535."),
    ("serve --port 99999", "écrivez un nombre de 0 à 65535"),
    ("serve --host 0.0.0.0", "Une démonstration ne se montre que sur cette machine"),
    ("bogus", "La commande « bogus » n’existe pas."),
]  # fmt: skip


@pytest.fixture
def run(demo_app):
    return lambda *words: demo_app.test_cli_runner().invoke(args=list(words))


@pytest.mark.parametrize(("typed", "said"), BAD)
def test_what_is_mistyped_gets_one_sentence_and_one(run, tmp_path, typed, said):
    done = run(*typed.format(folder=tmp_path).split())
    text = done.stderr.replace("\u00a0", " ")
    assert (done.exit_code, done.stdout, text.count("\n")) == (1, "", 1), done.output
    assert said in text
    assert not [word for word in ENGLISH if word in text.replace("--help", "")]


@pytest.mark.slow
@pytest.mark.parametrize("wrong", often(["bogus", "fiche bogus", "invite"]))
def test_the_same_typed_at_a_terminal(tmp_path, wrong):
    """Through `flask` itself, where the library has the first word; and ours as a control that stays the library's."""

    def typed(*words: str):
        command = [sys.executable, "-m", "flask", "--app", "app", *words]
        env = {**os.environ, "TABLEE_INSTANCE": str(tmp_path)}
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)

    done = typed(*wrong.split())
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done
    assert typed("db", "bogus").returncode == 2


def test_help_is_still_there(run):
    for words in (("--help",), ("fiche", "--help"), ("dossier", "build", "--help")):
        done = run(*words)
        assert (done.exit_code, done.stderr) == (0, "")
        assert "Usage:" in done.stdout


def test_a_database_that_is_taken_is_said(run, demo_app):
    @demo_app.cli.command("taken")
    def taken() -> None:
        raise Busy

    done = run("taken")
    assert done.exit_code == 1
    assert done.stderr.startswith("La base est occupée")


def every(commands_of: dict[str, click.Command]):
    for command in commands_of.values():
        yield command
        if isinstance(command, click.Group):
            yield from every(command.commands)


def test_every_command_of_ours_keeps_the_contract(demo_app):
    known = demo_app.cli.commands
    ours = list(every({name: known[name] for name in known if name not in ("db", "roles", "users")}))
    assert len(ours) >= 14
    assert [c.name for c in ours if not isinstance(c, (commands.Command, commands.Group))] == []


def test_what_the_system_says_is_told_in_french():
    assert commands.why(FileNotFoundError(2, "No such file or directory")) == "il n’existe pas"
    assert commands.why(OSError(71, "Protocol error")) == "erreur 71 du système"
