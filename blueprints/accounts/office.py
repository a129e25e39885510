"""For the office: mails that wait, and the table of rights."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from blueprints import jobs
from blueprints.accounts import bp, letters
from blueprints.accounts import jobs as mail_jobs
from blueprints.gate import needs
from models import deliveries, rights_table
from models.deliveries import Mail
from models.people import ROLES
from models.store import db, writing

SHOWN = 50


@bp.get("/mails")
@needs("mail.see")
def mails() -> str:
    lists = [
        (state, deliveries.mail_count(state), deliveries.mails(state, SHOWN)) for state in deliveries.STATES
    ]
    return render_template(
        "accounts/mails.html",
        lists=lists,
        mute=mail_jobs.server() is None,
        shown=SHOWN,
        name_of=letters.name_of,
    )


def known_mail(mail_id: str) -> Mail | None:
    return db.session.get(Mail, mail_id)


@bp.get("/mails/<mail_id>")
@needs("mail.see", known_mail, into="row")
def mail(row: Mail) -> str:
    """How it reads; without its link, which is made when it leaves."""
    words, moot, sealed = None, row.error if row.state == "moot" else "", False
    if row.state in ("waiting", "dead"):
        try:
            words = letters.preview(row)
        except letters.Moot as reason:
            moot = str(reason)
        except letters.Sealed:
            sealed = True
    return render_template(
        "accounts/mail.html", row=row, words=words, moot=moot, sealed=sealed, name_of=letters.name_of
    )


@bp.post("/mails/<mail_id>/again")
@needs("mail.see", known_mail, into="row")
def mail_again(row: Mail) -> Any:
    mail_id = row.id
    with writing():
        row = db.session.get_one(Mail, mail_id)
        if row.state == "dead":
            deliveries.try_again(row)
    jobs.wake()
    flash(_("Ce courriel est de nouveau en attente."), "ok")
    return redirect(url_for("accounts.mails"), 303)


@bp.get("/rights")
@needs("rights.see")
def rights() -> str:
    return render_template("accounts/rights.html", rows=rights_table.table(), roles=ROLES)
