"""What each mail says: a row of the queue becomes a letter, at the moment when it leaves.

Ids wait in the queue, words are read at the end: a fiche that was renamed has its new name, and one that the
person may not see any more is not spoken of. The link of a sign-in or invitation is made here too, just
before the mail leaves. Its token is therefore stored nowhere: not in the queue, not in a backup, not on the
page that shows administrators what waits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, has_request_context, render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from adapters.mail import Attached, Letter, plain
from blueprints import addresses, languages
from models import access, joining
from models.access import AccessLink
from models.companions import Companion
from models.deliveries import Mail
from models.fiche.fiche import Fiche
from models.joining import JoinRequest
from models.leaving import Farewell
from models.people import Person
from models.rights import can
from models.store import db, now, writing

# A sign-in link that was asked for longer ago is not wanted any more, and should not surprise anybody.
STALE = timedelta(hours=2)
# What stands in the place of a link on the page that shows a mail.
NO_LINK = "…"
Values = dict[str, Any]


class Moot(Exception):
    """There is nothing to say any more; str() says why."""


class Sealed(Exception):
    """Its reader alone may read it."""


@dataclass(frozen=True)
class Words:
    """A mail as it reads."""

    subject: str
    text: str
    html: str


def _recipient(row: Mail) -> Person:
    if row.person is None:
        raise Moot(_("Cette personne n’est plus connue."))
    return row.person


def _sign_in(row: Mail) -> Values:
    if not _recipient(row).active:
        raise Moot(_("Ce compte est fermé."))
    if row.made_at + STALE < now():
        raise Moot(_("La demande est trop ancienne."))
    return {"minutes": int(access.LIFE["sign-in"].total_seconds() // 60)}


def _invitation(row: Mail) -> Values:
    link = db.session.scalar(select(AccessLink).where(AccessLink.token_hash == str(row.context.get("link"))))
    if link is None or link.state != "live":
        raise Moot(_("Cette invitation n’est plus ouverte."))
    by = db.session.get(Person, link.made_by) if link.made_by else None
    return {"by": by, "until": link.expires_at, "roles": _recipient(row).roles, "circle": link.circle}


def _invitation_asked(row: Mail) -> Values:
    person = db.session.get(Person, str(row.context.get("person")))
    if person is None or person.active or not can(_recipient(row), "person.invite"):
        raise Moot(_("Cette invitation n’est plus attendue."))
    return {"person": person, "href": addresses.external("accounts.person", person_id=person.id)}


def _fiche(row: Mail) -> Values:
    fiche = db.session.get(Fiche, str(row.context.get("fiche")))
    if fiche is None or not can(_recipient(row), "fiche.see", fiche):
        raise Moot(_("Cette personne ne peut plus lire la fiche."))
    by = db.session.get(Person, str(row.context.get("by")))
    return {"fiche": fiche, "by": by, "href": addresses.external("fiches.show", ref=fiche.ref)}


def _password(row: Mail) -> Values:
    return {"act": row.context.get("act"), "href": addresses.external("accounts.account")}


def _factor(row: Mail) -> Values:
    return {"act": row.context.get("act"), "href": addresses.external("accounts.account")}


def _companion(row: Mail) -> Values:
    """To one of the two: from now on they write together."""
    pair = [db.session.get(Person, str(row.context.get(key))) for key in ("person", "companion")]
    person, companion = pair
    if person is None or companion is None or db.session.get(Companion, (person.id, companion.id)) is None:
        raise Moot(_("Ces deux personnes n’écrivent plus ensemble."))
    by = db.session.get(Person, str(row.context.get("by")))
    mine = row.person_id == companion.id
    page = "home.index" if mine else "accounts.companions_page"
    return {
        "helped": person,
        "companion": companion,
        "by": by,
        "mine": mine,
        "href": addresses.external(page),
    }


def _join_waiting(row: Mail) -> Values:
    count = joining.waiting_count()
    if not count or not can(_recipient(row), "join.answer"):
        raise Moot(_("Plus aucune demande n’attend."))
    return {"count": count, "href": addresses.external("accounts.requests")}


def _join_declined(row: Mail) -> Values:
    request = db.session.get(JoinRequest, str(row.context.get("request")))
    if request is None or request.state != "declined":
        raise Moot(_("Cette demande n’est plus déclinée."))
    return {"request": request}


def _leaving(row: Mail) -> Values:
    farewell = db.session.get(Farewell, str(row.context.get("farewell")))
    if farewell is None or not farewell.open:
        raise Moot(_("La demande a été annulée, ou elle est faite."))
    own = farewell.asked_by == farewell.person_id
    by = None if own else db.session.get(Person, farewell.asked_by) if farewell.asked_by else None
    return {"until": farewell.due_at, "by": by}


def _library(row: Mail) -> Values:
    return {"subject": row.context.get("subject", ""), "body": row.context.get("body", "")}


# Name of the template → what it is called, and what it needs to be written.
KINDS: dict[str, tuple[Any, Callable[[Mail], Values]]] = {
    "sign_in": (_l("Lien pour entrer"), _sign_in),
    "invitation": (_l("Invitation"), _invitation),
    "invitation_asked": (_l("Nouvelle invitation demandée"), _invitation_asked),
    "fiche_received": (_l("Fiche bien arrivée"), _fiche),
    "fiche_new": (_l("Nouvelle fiche à lire"), _fiche),
    "fiche_retained": (_l("Fiche retenue"), _fiche),
    "fiche_published": (_l("Fiche publiée"), _fiche),
    "fiche_withdrawn": (_l("Fiche retirée"), _fiche),
    "password": (_l("Mot de passe changé"), _password),
    "factor": (_l("Deuxième preuve changée"), _factor),
    "companion": (_l("Écrire à deux"), _companion),
    "join_waiting": (_l("Demandes en attente"), _join_waiting),
    "join_declined": (_l("Demande déclinée"), _join_declined),
    "leaving": (_l("Suppression du compte"), _leaving),
    "library": (_l("À propos du compte"), _library),
}
# Those whose words the administration may read, to see why one does not leave: they speak of accounts and of fiches.
# What others register (meetings, tasks, groups, exchanges, news) speaks of closed groups, of a committee that the
# administration does not sit in, or of what two people arrange: it is for its reader alone.
SHOWN = frozenset(KINDS)


# Name of the template → its link, made when the mail leaves, so that the token waits nowhere.
LINKS: dict[str, Callable[[Mail, Values], str]] = {}
# Name of the template → the files that go along.
FILES: dict[str, Callable[[Mail, Values], tuple[Attached, ...]]] = {}
# Name of the template → the headers that it carries, as pairs.
HEADERS: dict[str, Callable[[Mail], tuple[tuple[str, str], ...]]] = {}


def name_of(template: str) -> Any:
    """What a kind of mail is called."""
    return KINDS[template][0] if template in KINDS else template


def compose(mail_id: str) -> Letter:
    """The letter of a row, with a fresh link where it carries one. Outside writing(). Raises Moot."""
    row = db.session.get_one(Mail, mail_id)
    values = _values(row)
    if row.template in LINKS:
        values["href"] = LINKS[row.template](row, values)
    words = written(row, values)
    sender_name, sender = parseaddr(str(current_app.config["MAIL_SENDER"]))
    sender = sender or f"tablee@{_host()}"
    return Letter(
        sender=sender,
        sender_name=sender_name or str(current_app.config["SITE_NAME"]),
        to=row.to,
        to_name=row.person.name if row.person else "",
        subject=words.subject,
        text=words.text,
        html=words.html,
        # The same at every attempt: whoever was sent it twice reads it once.
        message_id=f"<{row.id}@{sender.rpartition('@')[2]}>",
        language=languages.spoken(row.language),
        attached=_files(row, values),
        headers=HEADERS[row.template](row) if row.template in HEADERS else (),
    )


def _files(row: Mail, values: Values) -> tuple[Attached, ...]:
    with force_locale(languages.spoken(row.language)):
        return FILES[row.template](row, values) if row.template in FILES else ()


def preview(row: Mail) -> Words:
    """How a mail that waits would read, without its link. Raises Moot; Sealed for one that its reader alone reads."""
    if row.template not in SHOWN:
        raise Sealed
    return written(row, {"href": NO_LINK, **_values(row)})


def _values(row: Mail) -> Values:
    with force_locale(languages.spoken(row.language)):
        return {"who": row.person, **KINDS[row.template][1](row)}


def _fresh_link(row: Mail, values: Values) -> str:
    person_id, more = row.person_id, {"next": row.context["next"]} if row.context.get("next") else {}
    purpose = "sign-in" if row.template == "sign_in" else "invitation"
    by, until, circle = values.get("by"), values.get("until"), values.get("circle", "")
    by_id = by.id if by else None
    with writing():
        person = db.session.get_one(Person, person_id)
        maker = db.session.get(Person, by_id) if by_id else None
        token = access.make_link(person, purpose, by=maker, until=until, circle=circle)
    return addresses.external("accounts.link", token=token, **more)


def _stay_link(row: Mail, _values: Values) -> str:
    from blueprints.accounts.data import stay_link

    return stay_link(str(row.context["farewell"]))


LINKS.update(sign_in=_fresh_link, invitation=_fresh_link, leaving=_stay_link)


def written(row: Mail, values: Values) -> Words:
    """The HTML from templates/mail/<name>.html, and the plain text made from it: one source."""
    with ExitStack() as stack:
        if not has_request_context():
            # A template of the site knows the frame of a page, and that looks at a request.
            stack.enter_context(current_app.test_request_context(base_url=addresses.base() + "/"))
        stack.enter_context(force_locale(languages.spoken(row.language)))
        html = render_template(f"mail/{row.template}.html", **values)
        text = render_template(
            "mail/plain.txt", body=plain(_between(html, "body")), why=plain(_between(html, "why"))
        )
    found = re.search(r"<title>(.*?)</title>", html, re.DOTALL)
    return Words(
        " ".join(unescape(found[1]).split()) if found else "",
        re.sub(r"\n{3,}", "\n\n", text.strip()) + "\n",
        html,
    )


def _between(html: str, name: str) -> str:
    """What stands between the two marks that mail/layout.html puts around a block."""
    found = re.search(rf"<!--{name}-->(.*?)<!--/{name}-->", html, re.DOTALL)
    return found[1] if found else ""


def _host() -> str:
    """The name of this machine in addresses of mail: that of the public address."""
    return urlsplit(addresses.base()).hostname or "localhost"
