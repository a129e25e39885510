"""`flask dossier`: make a PDF here and now, without the worker."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import click
from flask_babel import force_locale
from flask_babel import gettext as _

from blueprints.commands import Group, refuse, why
from blueprints.dossiers import bp
from blueprints.dossiers.building import NotMade, Order, Report, build
from blueprints.dossiers.circles import CircleOrder
from blueprints.dossiers.forms import WITHOUT_EDITION
from blueprints.dossiers.kinds import of_edition
from blueprints.dossiers.meetings import MeetingOrder
from blueprints.dossiers.orders import EditionOrder
from blueprints.dossiers.pages import site_name
from models.circles import Circle, circle_by_code, circles
from models.dossiers import KINDS, OF_CIRCLES, OF_MEETINGS
from models.editions import Edition, edition_by_code, editions
from models.fiche.fiche import Fiche, find
from models.meetings import Meeting, meeting_by_code

dossier_group = Group("dossier", help="PDFs.")
bp.cli.add_command(dossier_group)
LANGUAGES = ("fr", "nl", "de", "en")


@dossier_group.command("kinds")
def kinds() -> None:
    """The kinds of PDF that can be made, one a line: code, tab, name."""
    with force_locale("fr"):
        for code, name in KINDS.items():
            click.echo(f"{code}\t{name}")


@dossier_group.command("build")
@click.argument("kind", required=False)
@click.option("--edition", help="Code of the edition, for D3, D8 and D10: BIE-2017.")
@click.option("--fiche", help="Number or UUID of the fiche, for D1: F-2016-002.")
@click.option("--meeting", help="Code of the meeting, for D4 to D7: R-2016-01.")
@click.option("--group", help="Code of the group, for D12: GT-PLA.")
@click.option("--lang", help="Language of labels: fr, nl, de, en; by default that of each fiche.")
@click.option("--out", help="The file to write.")
def build_command(
    kind: str | None, edition: str | None, fiche: str | None, meeting: str | None, group: str | None, lang: str | None, out: str | None
) -> None:  # fmt: skip
    """Make a PDF in this process and write it to --out."""
    with force_locale("fr"):
        order = read_order(kind, edition, fiche, lang, meeting, group)
        target = read_target(out)
        try:
            with progress_bar() as report:
                built = build(order, report)
        except NotMade as why:
            refuse(str(why))
        write(target, built.data)


def read_order(
    kind: str | None,
    edition: str | None,
    fiche: str | None,
    lang: str | None,
    meeting: str | None = None,
    group: str | None = None,
) -> Order | EditionOrder | MeetingOrder | CircleOrder:
    """What the options ask for; refuses with a sentence."""
    known = ", ".join(KINDS)
    if not kind:
        refuse(_("Dites quel document faire : %(known)s.", known=known))
    kind = kind.upper()
    if kind not in KINDS:
        refuse(
            _(
                "« %(kind)s » n’est pas un document connu : choisissez parmi %(known)s.",
                kind=kind,
                known=known,
            )
        )
    if lang and lang not in LANGUAGES:
        refuse(
            _(
                "« %(lang)s » n’est pas une langue connue : choisissez parmi %(known)s.",
                lang=lang,
                known=", ".join(LANGUAGES),
            )
        )
    if kind == "D1":
        return Order(kind, site_name(), lang or "", fiche=read_fiche(fiche))
    if kind in OF_MEETINGS:
        return MeetingOrder(kind, site_name(), read_meeting(meeting), lang or "")
    if kind in OF_CIRCLES:
        return CircleOrder(kind, site_name(), read_circle(group), True, lang or "")
    return of_edition(
        kind, site_name(), lang or "", None if kind in WITHOUT_EDITION else read_edition(edition)
    )


def read_meeting(code: str | None) -> Meeting:
    if not code:
        refuse(_("Dites de quelle réunion : --meeting R-2016-01."))
    found = meeting_by_code(code.upper())
    if found is None:
        refuse(_("La réunion « %(code)s » n’existe pas ici : vérifiez son code.", code=code))
    return found


def read_circle(code: str | None) -> Circle:
    if not code:
        refuse(_("Dites de quel groupe\u00a0: --group GT-PLA."))
    found = circle_by_code(code.upper())
    if found is None:
        known = ", ".join(c.code for c in circles())
        refuse(_("Le groupe «\u00a0%(code)s\u00a0» n’existe pas ici. Ceux qui existent\u00a0: %(known)s.", code=code, known=known or _("aucun")))  # fmt: skip
    return found


def read_fiche(ref: str | None) -> Fiche:
    if not ref:
        refuse(_("Dites quelle fiche imprimer : --fiche F-2016-002."))
    found = find(ref)
    if found is None:
        refuse(_("La fiche « %(ref)s » n’existe pas ici : vérifiez son numéro.", ref=ref))
    return found


def read_edition(code: str | None) -> Edition:
    known = ", ".join(e.code for e in editions())
    if not code:
        refuse(_("Dites quelle édition imprimer : --edition %(code)s.", code=known or "BIE-2017"))
    found = edition_by_code(code.upper())
    if found is None:
        refuse(
            _(
                "L’édition « %(code)s » n’existe pas ici. Celles qui existent : %(known)s.",
                code=code,
                known=known or _("aucune"),
            )
        )
    return found


def read_target(out: str | None) -> Path:
    """The file to write, in a folder where that is possible; refuses with a sentence."""
    if not out:
        refuse(_("Dites où écrire le PDF : --out dossier.pdf."))
    target = Path(out)
    if target.is_dir():
        refuse(
            _(
                "« %(out)s » est un dossier : nommez un fichier, par exemple %(out)s/dossier.pdf.",
                out=out.rstrip("/"),
            )
        )
    if not target.parent.is_dir():
        refuse(_("Le dossier « %(folder)s » n’existe pas : créez-le d’abord.", folder=target.parent))
    if not os.access(target.parent, os.W_OK | os.X_OK):
        refuse(
            _(
                "On ne peut pas écrire dans « %(folder)s » : choisissez un autre dossier.",
                folder=target.parent,
            )
        )
    return target


def write(target: Path, data: bytes) -> None:
    """The whole file at once, or a sentence that says why not."""
    try:
        handle, name = tempfile.mkstemp(prefix=".dossier-", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        refuse(
            _(
                "Le PDF n’a pas pu être écrit dans « %(folder)s » : %(why)s.",
                folder=target.parent,
                why=why(error),
            )
        )


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


class progress_bar:
    """A bar on standard error while it is a terminal; nothing elsewhere."""

    def __enter__(self) -> Report:
        self.bar = (
            click.progressbar(length=1, label=_("Mise en page"), file=sys.stderr)
            if sys.stderr.isatty()
            else None
        )
        if self.bar:
            self.bar.__enter__()
        return self.report

    def report(self, done: int, total: int, _stage: str) -> None:
        if self.bar:
            self.bar.length = max(total, 1)
            self.bar.pos = min(done, total)
            self.bar.render_progress()

    def __exit__(self, *failure: object) -> None:
        if self.bar:
            if failure[0] is None:
                self.bar.pos = self.bar.length
                self.bar.render_progress()
            self.bar.__exit__(None, None, None)
