"""The demonstration's candidature: the tenants' union, proposed to the core committee, in the step of opinions.

The content is invented, in models/data/demo/widening.yaml. Days count from today, so that opinions are asked for still.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from models.audit import AuditEvent
from models.circles import circle_by_code
from models.organisations import named
from models.people import Person
from models.store import db, new_id, now
from models.vocabularies import DATA, load_yaml
from models.welcoming import last_moment
from models.widening import Case, CaseState, Opinion


def load(people: Mapping[str, Person]) -> None:
    """Every candidature. people: by address. Inside writing()."""
    document = load_yaml(DATA / "demo" / "widening.yaml")
    assert isinstance(document, dict)
    for raw in document["candidatures"]:
        circle, known = circle_by_code(raw["cercle"]), named(raw["organisation"])
        assert circle is not None
        proposed, agreed, opened = (
            now() - timedelta(days=raw[key]) for key in ("proposee", "accord", "avis")
        )
        case = Case(
            id=new_id(), code=raw["code"], circle_id=circle.id, kind=raw["genre"], name=raw["personne"], email=raw["courriel"],
            organisation=raw["organisation"], organisation_id=known.id if known else None, type=raw["type"], sector=raw["secteur"],
            territory=raw["territoire"], publics=raw["publics"], reason=raw["motif"], proposed_by=people[raw["par"]].id, proposed_at=proposed,
            asked_at=proposed, agreed_at=agreed, opinion_from=opened, opinion_until=last_moment(opened), state=CaseState.OPINION, rev=3,
        )  # fmt: skip
        db.session.add(case)
        db.session.flush()
        for act, email, at in (
            ("proposed", raw["par"], proposed),
            ("agree", "", agreed),
            ("open", raw["ouvert"], opened),
        ):
            by = people[email].id if email else None
            db.session.add(
                AuditEvent(
                    person_id=by, act=f"widening.{act}", object_kind="widening", object_id=case.id, at=at
                )
            )
            db.session.flush()
        for email in raw["d_accord"]:
            db.session.add(Opinion(case_id=case.id, person_id=people[email].id, opinion="agree", at=now() - timedelta(days=1)))  # fmt: skip
    db.session.flush()
