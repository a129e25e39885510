"""The worker's part: mail goes out."""

from __future__ import annotations

import logging

from flask import current_app

from adapters import mail
from blueprints import jobs
from blueprints.accounts import letters
from models.deliveries import due_mails, mail_failed, mail_moot, mail_sent
from models.store import db, writing

log = logging.getLogger(__name__)


def server() -> mail.Server | None:
    """Where mail goes out; None where no server is set: mails wait then."""
    config = current_app.config
    if not config["MAIL_SERVER"]:
        return None
    return mail.Server(
        host=str(config["MAIL_SERVER"]),
        port=int(config["MAIL_PORT"]),
        username=str(config["MAIL_USERNAME"]),
        password=str(config["MAIL_PASSWORD"]),
        tls=bool(config["MAIL_USE_TLS"]),
        ssl=bool(config["MAIL_USE_SSL"]),
        timeout=float(config.get("MAIL_TIMEOUT", 20)),
    )


@jobs.swept
def send_mails() -> None:
    """Send what is due, one by one. A server that does not answer ends the sweep; the rest stays due."""
    out = server()
    if out is None:
        return
    while waiting := [row.id for row in due_mails()]:
        for mail_id in waiting:
            if not send_one(out, mail_id):
                return


def send_one(out: mail.Server, mail_id: str) -> bool:
    """Send one mail and note what became of it; False where the server could not be talked to.

    No transaction is open while the server is spoken to. A worker that dies between its answer and our note
    sends the mail again, with the same Message-ID: twice is better than never.
    """
    failure: Exception | None = None
    try:
        letter = letters.compose(mail_id)
        db.session.rollback()
        mail.send(out, letter)
    except (letters.Moot, mail.Refused, mail.NotNow) as error:
        failure = error
    except Exception as error:
        log.exception("mail %s could not be made", mail_id)
        failure = error
    with writing():
        if failure is None:
            mail_sent(mail_id)
        elif isinstance(failure, letters.Moot):
            mail_moot(mail_id, str(failure))
        else:
            said = str(failure) or type(failure).__name__
            mail_failed(mail_id, said, final=isinstance(failure, mail.Refused))
    return not isinstance(failure, mail.Unreachable)
