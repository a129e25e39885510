"""The demonstration: one cast of people (also that of the tests), an edition, a call, the sample fiches.

The content is invented, in models/data/demo. Rows are made with their state; no transition is replayed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from models import (
    access,
    demo_committee,
    demo_exchanges,
    demo_groups,
    demo_library,
    demo_minutes,
    demo_network,
    demo_notes,
    demo_recommendations,
)
from models.attachments import attach
from models.demo_widening import load as load_candidates
from models.editions import Call, Edition
from models.fiche.content import load as load_content
from models.fiche.fiche import FicheAuthor
from models.fiche.saving import adopt
from models.people import Person, add_person
from models.store import db, now, writing
from models.vocabularies import DATA, load_yaml

LINK_LIFE = timedelta(hours=12)

CAST: tuple[tuple[str, str, str, str], ...] = (
    ("contributor", "Nadia Bensaïd", "nadia@passerelle.example", "Maison de quartier La Passerelle"),
    ("companion", "Monique Lambert", "monique@cafe-papote.example", "Le café papote"),
    ("reader", "Bart Claes", "bart@ziekenfonds.example", "Ziekenfonds"),
    ("group_member", "Els Peeters", "els@wijkadem.example", "Wijkadem"),
    ("committee", "Léon Marchal", "leon@amis-du-chemin.example", "Les Amis du chemin"),
    ("chair", "Anne-Marie Lhoest", "am.lhoest@habitants.example", "Fédération des habitants"),
    ("coordination", "Samira Haddad", "samira@plateforme.example", "Secrétariat de la Plate-forme"),
    ("administration", "Karim Diallo", "karim@plateforme.example", "Secrétariat de la Plate-forme"),
    ("contributor", "Christelle Renard", "christelle@locataires.example", "Union des locataires"),
)
WRITES = {
    "F-2016-001": ("samira@plateforme.example",),
    "F-2016-002": ("nadia@passerelle.example",),
    "F-2016-004": ("els@wijkadem.example",),
    "F-2016-006": ("monique@cafe-papote.example",),
    "F-2016-012": ("leon@amis-du-chemin.example", "monique@cafe-papote.example"),
}
LETTER = """\
Madame, Monsieur, chers collègues,

Vous agissez, chacun à votre manière, pour que la vie soit plus saine et plus juste autour de vous. Vous le faites souvent sans bruit, et presque toujours à plusieurs.

Nous préparons une **biennale nationale**, pour que ces manières de faire se rencontrent. Racontez-nous la vôtre : ce qui marche, ce qui résiste, ce que vous aimeriez apprendre. Une page suffit pour commencer.

Autour de la table, une place est gardée pour celles et ceux qu’on n’entend pas assez.
"""
THANKS = (
    "Merci à toutes les personnes qui ont pris le temps de raconter, de relire et de compléter ces fiches."
)


def sample_fiches() -> list[dict[str, Any]]:
    """The sample fiches as they stand in the data: content with `code` and `statut`."""
    document = load_yaml(DATA / "demo" / "fiches.yaml")
    assert isinstance(document, dict)
    fiches: list[dict[str, Any]] = document["fiches"]
    return fiches


# The pictures of the demonstration: fiche → file in models/data/demo, for its first photo.
PICTURES = {"F-2016-002": "canal.png", "F-2016-005": "photos-retournees.png", "F-2016-009": "sol-peint.png"}


def load(
    pictures: Mapping[str, Mapping[str, Any]] | None = None, annex: Mapping[str, Any] | None = None,
    documents: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:  # fmt: skip
    """Fill an empty instance with the cast, the edition 2017, a call that is open for 27 days, the fiches, the committee.

    pictures: number of a fiche → sha256, media_type, size, width, height of a picture that is kept already; annex: the
    same of the document that hangs on the agenda of the first meeting; documents: by name, of the files of groups.
    """
    with writing():
        people = {
            email: add_person(name, email, [role], organisation=organisation, active=True)
            for role, name, email, organisation in CAST
        }
        call = _edition()
        for raw in sample_fiches():
            _fiche(raw, people, call, (pictures or {}).get(raw["code"]))
        demo_network.load(people, call)
        demo_committee.load(people, call.edition, annex)
        load_candidates(people)
        demo_minutes.load(people, call.edition)
        demo_recommendations.load(call.edition)
        demo_library.load(people)
        demo_notes.load(people, documents or {})
        demo_exchanges.load(people)
        demo_groups.load(people)


def _edition() -> Call:
    edition = Edition(
        code="BIE-2017", title="Ensemble pour la santé – Samen voor gezondheid", year=2017,
        theme="Cinq actions, une table", place="Namur", starts=date(2017, 11, 16), ends=date(2017, 11, 17),
        letter=LETTER, signature="Le secrétariat de la Plate-forme", thanks=THANKS,
    )  # fmt: skip
    db.session.add(edition)
    closes = (now() + timedelta(days=27)).replace(hour=22, minute=59, second=0, microsecond=0)
    call = Call(
        edition=edition, code="AP-2016-1", title="Premier appel à fiches", closes_at=closes,
        opens_at=datetime(2016, 3, 14, 23, tzinfo=UTC),
        wanted="Toutes les actions, grandes ou petites, de tous les secteurs. Une action qui cherche encore a sa place.",
    )  # fmt: skip
    db.session.add(call)
    db.session.flush()
    return call


def _fiche(
    raw: dict[str, Any], people: dict[str, Person], call: Call, picture: Mapping[str, Any] | None = None
) -> None:
    row = dict(raw)
    number, state = row.pop("code"), row.pop("statut")
    content, errors = load_content(row)
    assert not errors, f"{number}: {errors}"
    if picture and content["photos"]:
        content["photos"][0]["fichier"] = picture["sha256"]
    received = None if state == "BRO" else datetime(2016, 9, 2, 15, 42, tzinfo=UTC)
    fiche = adopt(content, owner=None, number=number, state=state, call_id=call.id, received_at=received)
    if picture:
        attach("fiche", fiche.id, made_by=None, **picture)
    for email in WRITES.get(number, ()):
        fiche.authors.append(
            FicheAuthor(
                person_id=people[email].id, helps=email.startswith("monique") and number.endswith("012")
            )
        )
    db.session.flush()


def cast() -> list[tuple[str, Person]]:
    """(role, person) of the cast, in its order; the last one is the outsider, who has no fiche."""
    rows = db.session.scalars(select(Person).where(Person.email.in_([c[2] for c in CAST])))
    by_email = {p.email: p for p in rows}
    return [(role, by_email[email]) for role, _, email, _ in CAST if email in by_email]


def link(person: Person) -> str:
    """A sign-in token for one of the cast, for twelve hours. Inside writing().

    What the office owes counts from the day on which it is used: a demonstration that is old asks nothing of anybody.
    """
    person.office_since = None
    return access.make_link(person, "sign-in", life=LINK_LIFE)
