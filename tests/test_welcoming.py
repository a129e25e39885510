"""Widening in the domain: every step and every end, who may, what expires, who is told, two at once, what is erased."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models import (
    access,
    agenda,
    arriving,
    candidates,
    circles,
    convening,
    decisions,
    forgetting,
    opinions,
    organisations,
    planning,
    retention,
    seating,
    welcoming,
    widening,
)
from models.access import AccessLink
from models.audit import AuditEvent
from models.candidates import BadCase, Spent
from models.circles import CHAIR, OBSERVER, SECRETARY, Seat
from models.deliveries import Mail
from models.fiche.journal import Operation
from models.fiche.saving import Reused
from models.meetings import Meeting, MeetingState
from models.opinions import BadOpinion, NoVoice, Said, closed
from models.people import Person, by_email
from models.rights import can
from models.seating import Stale, today
from models.store import db, new_id, now, writing
from models.widening import AGREES, OBJECTS, Case, CaseState
from models.workflow import Refused
from tests.support import meetings as made
from tests.support.queries import counted_queries
from tests.support.widening import NEW, at_decision, case, member_says, step, values

S = CaseState


@pytest.fixture
def cast(app):
    """Name → id; Ana chairs A, which is closed; Sue keeps its secretariat, Bo sits there, Ob observes; Cy chairs B."""
    with app.app_context():
        with writing():
            people = {n: made.somebody(n) for n in ("Ana", "Sue", "Bo", "Ob", "Cy", "Out")}
            people["Office"] = made.somebody("Office", "coordination")
            made.circle(
                "A", (people["Ana"], CHAIR), (people["Sue"], SECRETARY), (people["Bo"], "member"), (people["Ob"], OBSERVER), closed=True
            )  # fmt: skip
            made.circle("B", (people["Cy"], CHAIR))
            ids = {name: p.id for name, p in people.items()}
        yield ids


def who(ids, name) -> Person:
    return db.session.get_one(Person, ids[name])


def here(code="A"):
    return circles.circle_by_code(code)


def told() -> list[tuple[str, str]]:
    """(template, to) of the mails that wait."""
    rows = db.session.scalars(select(Mail).order_by(Mail.made_at, Mail.id))
    return sorted((m.template, m.to.partition("@")[0]) for m in rows)


def proposed(ids, by="Bo", code="A", **more) -> Case:
    with writing():
        return case(here(code), who(ids, by), **more)


def meeting(ids, code="A", **more) -> Meeting:
    with writing():
        return made.meeting(here(code), who(ids, "Ana"), **more)


# ---- proposing


WRONG = (
    ({"kind": "x"}, "kind"), ({"name": None}, "name"), ({"email": "no"}, "email"), ({"email": "bo@test.example"}, "email"),
    ({"kind": "organisation", "organisation": None}, "organisation"), ({"sector": "XXX"}, "sector"), ({"territory": "Liège"}, "territory"),
    ({"publics": ["XXX"]}, "publics"), ({"reason": None}, "reason"), ({"reason": "x" * 1001}, "reason"), ({"language": "xx"}, "language"),
)  # fmt: skip


def test_what_cannot_stand_is_said_beside_its_field(cast):
    assert candidates.problems(values(), here()) == {}
    for change, field in WRONG:
        assert set(candidates.problems({**values(), **change}, here())) == {field}, change
        with pytest.raises(BadCase), writing():
            candidates.propose(here(), {**values(), **change}, who(cast, "Bo"))


def test_a_case_has_a_number_is_asked_once_and_nobody_is_proposed_twice(cast):
    one = proposed(cast)
    year = today().year
    assert (one.code, one.state, one.rev) == (f"E-{year}-01", S.PROPOSED, 1)
    assert told() == [("widening_ask", "zoe")]
    with writing():
        assert candidates.ask(one, who(cast, "Ana")) is False  # the first one waits to leave still
    with pytest.raises(BadCase) as bad:
        proposed(cast)
    assert one.code in str(bad.value.problems["email"])
    assert proposed(cast, name="Ada", email=None).code == f"E-{year}-02"
    assert told() == [("widening_ask", "zoe")]
    with pytest.raises(Refused), writing():
        candidates.ask(widening.case_by_code(f"E-{year}-02"), who(cast, "Ana"))


def test_another_address_ends_the_link_and_an_old_page_changes_nothing(cast):
    one = proposed(cast)
    with writing():
        token = candidates.fresh_token(one)
    with pytest.raises(Stale), writing():
        candidates.change(one, values(email="z2@test.example"), 7, who(cast, "Bo"))
    with writing():
        changed = candidates.change(one, values(email="z2@test.example"), 1, who(cast, "Bo"))
    assert (changed, one.rev, candidates.case_of(token)) == (["email"], 2, None)
    assert told() == [("widening_ask", "z2"), ("widening_ask", "zoe")]


def test_an_organisation_of_the_directory_is_that_one(cast):
    with writing():
        known = organisations.add_organisation(
            {"name_fr": "Union des locataires", "abbreviation": "UL"}, None
        )
    one = proposed(cast, kind="organisation", organisation="union des LOCATAIRES")
    assert (one.organisation_id, one.title) == (known.id, "Union des locataires")
    with pytest.raises(BadCase) as bad:
        proposed(cast, kind="organisation", organisation="UL", email=None)
    assert set(bad.value.problems) == {"organisation"}


# ---- the person answers


def linked(ids, **more) -> tuple[Case, str]:
    one = proposed(ids, **more)
    with writing():
        return one, candidates.fresh_token(one)


def test_a_yes_by_the_link_spends_it_and_tells_who_follows(cast):
    one, token = linked(cast)
    assert candidates.link_state(one) == candidates.LIVE
    assert one.token_hash != token
    with writing():
        welcoming.answer_by_link(token, True, None)
    assert (one.state, one.agreed_by, one.agreed_at is not None) == (S.AGREED, None, True)
    assert [m for m in told() if m[0] == "widening_news"] == [
        ("widening_news", n) for n in ("ana", "bo", "sue")
    ]
    for yes in (True, False):
        with pytest.raises(Spent) as spent, writing():
            welcoming.answer_by_link(token, yes, None)
        assert spent.value.state == candidates.USED
    assert one.state == S.AGREED


def test_a_no_ends_it_and_is_said_to_be_theirs(cast):
    one, token = linked(cast)
    with writing():
        welcoming.answer_by_link(token, False, "Je n’ai pas le temps")
    assert (one.state, one.refused, one.end_words) == (S.WITHDRAWN, True, "Je n’ai pas le temps")
    assert one.ended_at is not None


def test_a_link_ends_after_thirty_days_and_a_forged_one_opens_nothing(cast):
    one, token = linked(cast)
    assert timedelta(days=29, hours=23) < one.link_until - now() <= timedelta(days=30)
    with writing():
        one.link_until = now() - timedelta(seconds=1)
    for wrong, state in ((token, candidates.EXPIRED), ("x" * 43, candidates.CLOSED), ("", candidates.CLOSED)):
        with pytest.raises(Spent) as spent, writing():
            welcoming.answer_by_link(wrong, True, None)
        assert spent.value.state == state
    with writing():
        fresh = candidates.fresh_token(one)
    assert candidates.case_of(token) is None
    with writing():
        welcoming.answer_by_link(fresh, True, None)
    assert one.state == S.AGREED


def test_a_question_leaves_the_link_open(cast):
    one, token = linked(cast)
    with pytest.raises(BadCase), writing():
        candidates.question(token, "")
    with writing():
        candidates.question(token, "À quelle heure ?")
    assert (one.state, one.question, candidates.link_state(one)) == (
        S.PROPOSED,
        "À quelle heure ?",
        candidates.LIVE,
    )
    with writing():
        welcoming.answer_by_link(token, True, None)
    assert one.state == S.AGREED


def test_who_proposed_and_who_leads_note_an_answer(cast):
    """The control: an observer, and who leads another circle, may not."""
    one = proposed(cast)
    for by in ("Ob", "Cy", "Out"):
        with pytest.raises(Refused):
            step(one, "agree", who(cast, by))
    assert one.state == S.PROPOSED
    for n, by in enumerate(("Bo", "Ana", "Office")):
        other = proposed(cast, email=f"z{n}@test.example")
        step(other, "agree", who(cast, by))
        assert (other.state, other.agreed_by) == (S.AGREED, cast[by])


# ---- opinions


def at_opinion(ids, **more) -> Case:
    one = proposed(ids, **more)
    for name in ("agree", "open"):
        step(one, name, who(ids, "Ana"))
    return one


def test_voices_are_asked_for_ten_days(cast):
    one = proposed(cast)
    step(one, "agree", who(cast, "Ana"))
    with pytest.raises(Refused):
        step(one, "open", who(cast, "Bo"))
    step(one, "open", who(cast, "Ana"))
    assert timedelta(days=10) - timedelta(minutes=1) < one.opinion_until - now() < timedelta(days=11)
    assert [m for m in told() if m[0] == "widening_opinion"] == [
        ("widening_opinion", n) for n in ("bo", "sue")
    ]
    assert [c.code for c in widening.to_say(who(cast, "Bo"))] == [one.code]
    assert widening.to_say(who(cast, "Ob")) == []


def test_an_objection_has_a_reason_and_one_may_change_one_s_mind_until_the_end(cast):
    one = at_opinion(cast)
    with pytest.raises(BadOpinion):
        member_says(one, who(cast, "Bo"), OBJECTS, "  ")
    member_says(one, who(cast, "Bo"), OBJECTS, "Nous sommes déjà douze")
    assert widening.objections([one.id]) == {one.id: 1}
    member_says(one, who(cast, "Bo"), AGREES)
    [row] = widening.opinions(one)
    assert (row.opinion, row.reason) == (AGREES, None)
    assert widening.to_say(who(cast, "Bo")) == []
    for name in ("Ob", "Cy", "Out", "Office"):
        with pytest.raises(NoVoice):
            member_says(one, who(cast, name), AGREES)
    with writing():
        one.opinion_until = now() - timedelta(seconds=1)
    with pytest.raises(opinions.Closed) as over:
        member_says(one, who(cast, "Sue"), OBJECTS, "Trop tard")
    assert over.value.reason == "over"
    assert len(widening.opinions(one)) == 1


def test_one_name_has_one_effect_and_the_last_says_what_it_replaced(cast):
    one, bo, op = at_opinion(cast), who(cast, "Bo"), new_id()
    first = opinions.say(one.id, bo, Said(OBJECTS, op, "Non", base=0, late=True))
    again = opinions.say(one.id, bo, Said(OBJECTS, op, "Non", base=0, late=True))
    assert (again.replayed, again.receipt) == (True, first.receipt)
    with pytest.raises(Reused):
        opinions.say(one.id, bo, Said(AGREES, op, late=True))
    with writing():
        widening.opinions(one)[0].at = now() - timedelta(minutes=1)
    other = opinions.say(one.id, bo, Said(AGREES, new_id(), base=0, late=True))
    assert other.replaced["answer"] == OBJECTS
    assert db.session.scalar(select(func.count()).where(Operation.document_kind == "opinion")) == 2
    assert "Non" not in str([(r.content, r.receipt) for r in db.session.scalars(select(Operation))])


# ---- the worker, and the agenda


def passed(one) -> None:
    with writing():
        one.opinion_until = now() - timedelta(seconds=1)


def swept() -> None:
    from blueprints.widening import jobs

    jobs.move_on()


def test_at_its_end_it_stands_on_the_next_agenda_by_itself(cast):
    later, next_one = meeting(cast, title="Suivante"), None
    with writing():
        later.starts_at = later.starts_at + timedelta(days=30)
        later.ends_at = later.ends_at + timedelta(days=30)
    next_one = meeting(cast)
    one = at_opinion(cast)
    swept()
    assert one.state == S.OPINION  # the control: its time has not come
    member_says(one, who(cast, "Bo"), OBJECTS, "Nous sommes déjà douze")
    passed(one)
    swept()
    assert (one.state, one.meeting_id) == (S.DECISION, next_one.id)
    [item] = [i for i in agenda.items(next_one) if i.id == one.item_id]
    assert (item.nature, item.decision, [link.kind for link in item.links]) == ("ELA", True, ["candidate"])
    assert (item.title, item.decision_words) == ("Une candidature", "Accueillir cette candidature\u00a0?")
    assert item.links[0].title.startswith(f"{one.code}, ")
    assert "avec objection" in item.links[0].title
    assert "Zoé" not in item.links[0].title
    assert ("widening_decision", "ana") in told()
    swept()
    assert len([i for i in agenda.items(next_one) if i.nature == "ELA"]) == 1


def test_without_a_meeting_it_waits_and_a_removed_or_cancelled_item_goes_to_the_next(cast):
    one = at_opinion(cast)
    passed(one)
    swept()
    assert (one.state, one.item_id) == (S.DECISION, None)
    assert "attend" in welcoming.lacking(one, "accept")
    first = meeting(cast)
    swept()
    assert one.meeting_id == first.id
    with writing():
        planning.remove_item(welcoming.item_of(one), who(cast, "Ana"))
    swept()
    assert one.item_id is None  # not back on the agenda from which somebody took it
    second = meeting(cast)
    swept()
    assert one.meeting_id == second.id
    with writing():
        convening.apply(second, "cancel", who(cast, "Ana"))
    swept()
    assert one.meeting_id == first.id


def test_all_voices_heard_may_close_before_the_end(cast):
    one = at_opinion(cast)
    with pytest.raises(Refused):
        step(one, "close", who(cast, "Ana"))
    for name in ("Ana", "Sue", "Bo"):
        member_says(one, who(cast, name), AGREES)
    step(one, "close", who(cast, "Ana"))
    assert one.state == S.DECISION


# ---- the decision


def decision(one, outcome="adopted", **more) -> None:
    with writing():
        db.session.add(
            decisions.Decision(number=f"D-2016-{new_id()[:2]}", circle_id=one.circle_id, meeting_id=one.meeting_id, item_id=one.item_id,
                               text="Oui", outcome=outcome, **more)
        )  # fmt: skip


def test_only_a_meeting_that_met_says_yes_and_its_decision_is_linked(cast):
    one = at_decision(cast, here, who)
    with pytest.raises(Refused, match="pas encore eu lieu"):
        step(one, "accept", who(cast, "Ana"))
    with writing():
        one.meeting.starts_at = now() - timedelta(hours=1)
    decision(one, "postponed")
    with pytest.raises(Refused, match="ne dit pas oui"):
        step(one, "accept", who(cast, "Ana"))
    with writing():
        db.session.query(decisions.Decision).one().outcome = "adopted"
    step(one, "accept", who(cast, "Ana"))
    assert (one.state, one.decision.outcome) == (S.WELCOME, "adopted")


def test_a_meeting_that_did_not_decide_hands_it_on(cast):
    one = at_decision(cast, here, who)
    with writing():
        one.meeting.starts_at = now() - timedelta(hours=1)
        one.meeting.state = MeetingState.HELD
    first = one.meeting_id
    step(one, "postpone", who(cast, "Ana"))
    assert (one.state, one.item_id) == (S.DECISION, None)
    other = meeting(cast)
    swept()
    assert (one.meeting_id, first != other.id) == (other.id, True)


# ---- ends


ENDS = (("later", S.LATER), ("withdraw", S.WITHDRAWN), ("refuse", S.WITHDRAWN))


def test_it_ends_from_each_step_with_a_word(cast):
    steps = ("proposed", "agreed", "opinion", "decision")
    for n, (at, (name, to)) in enumerate((at, end) for at in steps for end in ENDS):
        one = proposed(cast, email=f"z{n}@test.example")
        for done in ("agree", "open")[: steps.index(at)]:
            step(one, done, who(cast, "Ana"))
        if at == "decision":
            passed(one)
            swept()
        assert one.state == at
        if name != "refuse":
            with pytest.raises(Refused, match="pourquoi"):
                step(one, name, who(cast, "Ana"))
        with pytest.raises(Refused):
            step(one, name, who(cast, "Cy"), words="x")
        step(one, name, who(cast, "Ana"), words="À l’automne")
        assert (one.state, one.end_words, one.refused) == (to, "À l’automne", name == "refuse")
        assert welcoming.possible(who(cast, "Ana"), one) == []
        with pytest.raises(Refused):
            step(one, "agree", who(cast, "Ana"))


def test_who_proposed_withdraws_but_does_not_put_off(cast):
    one = proposed(cast)
    with pytest.raises(Refused):
        step(one, "later", who(cast, "Bo"), words="x")
    step(one, "withdraw", who(cast, "Bo"), words="Elle déménage")
    assert one.state == S.WITHDRAWN


def test_two_at_once_the_second_finds_another_revision(cast):
    one = proposed(cast)
    seen = one.rev
    step(one, "agree", who(cast, "Ana"), rev=seen)
    for name in ("open", "withdraw"):
        with pytest.raises(Refused, match="entre-temps"):
            step(one, name, who(cast, "Sue"), rev=seen, words="x")
    assert one.state == S.AGREED


# ---- welcome


def ready(ids, **more) -> Case:
    one = at_decision(ids, here, who, **more)
    with writing():
        one.meeting.starts_at = now() - timedelta(hours=1)
    step(one, "accept", who(ids, "Ana"))
    return one


def welcome(ids, one, **more) -> bool:
    with writing():
        said = {"sponsor_id": ids["Bo"], "name": one.named, "email": one.email, **more}
        return arriving.welcome(one, said, one.rev, who(ids, "Ana"))


def test_a_new_person_is_invited_and_sits_there_from_the_first_visit(cast):
    one = ready(cast, code="A")
    with pytest.raises(BadCase) as bad:
        welcome(cast, one, sponsor_id=cast["Cy"], email="x")
    assert set(bad.value.problems) == {"sponsor_id", "email"}
    assert welcome(cast, one) is False
    person = by_email(NEW)
    assert (one.state, one.person_id, one.name, one.email) == (S.WELCOME, person.id, None, None)
    assert (person.active, person.role_names, one.title) == (False, {"contributor"}, "Zoé Lambrecht")
    assert person.id not in here().member_ids
    assert {("invitation", "zoe"), ("widening_sponsor", "bo")} <= set(told())
    with writing():
        token = access.make_link(person, "invitation", by=who(cast, "Ana"))
    with writing():
        access.spend(token)
    assert (one.state, one.ended_at is not None) == (S.ACCEPTED, True)
    assert person.id in here().voice_ids
    assert ("widening_welcome", "zoe") in told()


def test_who_has_an_account_sits_there_at_once_and_keeps_the_seat_they_have(cast):
    one = ready(cast, email="out@test.example", name="Out")
    assert welcome(cast, one) is True
    assert one.state == S.ACCEPTED
    assert cast["Out"] in here().voice_ids
    assert ("invitation", "out") not in told()
    other = ready(cast, email="cy@test.example", name="Cy")
    with writing():
        seating.take_seat(here(), who(cast, "Cy"), None, role=SECRETARY)
    welcome(cast, other)
    assert circles.seat_here(here(), cast["Cy"]).role == SECRETARY


def test_no_closed_or_higher_account_opens_by_a_welcome(cast):
    for name, role, shut in (("Zed", "contributor", now()), ("Zoa", "administration", None)):
        with writing():
            person = made.somebody(name, role)
            person.active, person.closed_at = False, shut
        one = ready(cast, email=f"{name.lower()}@test.example")
        with pytest.raises(BadCase) as bad:
            welcome(cast, one)
        assert set(bad.value.problems) == {"email"}
        assert db.session.scalar(select(AccessLink).where(AccessLink.person_id == person.id)) is None


def test_the_organisation_of_the_directory_gets_a_member_who_is_not_confirmed_where_others_are(cast):
    with writing():
        known = organisations.add_organisation({"name_fr": "Union"}, None)
        organisations.belong(who(cast, "Cy"), known, who(cast, "Cy"))
    one = ready(cast, email="out@test.example", name="Out", organisation="Union")
    welcome(cast, one)
    assert organisations.current(cast["Out"], known.id).confirmed is False


def test_an_invitation_ends_with_the_case(cast):
    one = ready(cast)
    welcome(cast, one)
    person_id = one.person_id
    with writing():
        token = access.make_link(by_email(NEW), "invitation")
    step(one, "withdraw", who(cast, "Ana"), words="Elle ne répond plus")
    with writing():
        assert access.spend(token) is None
    assert db.session.scalar(select(Seat).where(Seat.person_id == person_id)) is None


# ---- who sees, what is counted, what is erased


def test_lists_and_rights_say_the_same_for_everybody(cast):
    one = proposed(cast)
    other = proposed(cast, by="Cy", code="B", email="b@test.example")
    seen = {}
    for name in cast:
        person = who(cast, name)
        mine = {c.code for c in widening.visible(person)}
        assert mine == {c.code for c in (one, other) if can(person, "widening.see", c)}
        seen[name] = mine
    assert (seen["Out"], seen["Cy"], seen["Ob"]) == (set(), {other.code}, {one.code})
    assert seen["Office"] == {one.code, other.code}


def test_no_name_in_the_journal_of_acts(cast):
    one, token = linked(cast)
    with writing():
        candidates.question(token, "Une question de Zoé ?")
    step(one, "agree", who(cast, "Ana"))
    step(one, "open", who(cast, "Ana"))
    member_says(one, who(cast, "Bo"), OBJECTS, "Zoé est trop jeune")
    step(one, "later", who(cast, "Ana"), words="Zoé plus tard")
    rows = db.session.scalars(select(AuditEvent).where(AuditEvent.object_kind == "widening")).all()
    assert len(rows) >= 6
    assert not any(word in str(row.detail) for row in rows for word in ("Zoé", "zoe", "jeune"))


def test_queries_do_not_grow_with_the_cases(cast):
    proposed(cast)
    ana = who(cast, "Ana")

    def look():
        db.session.expire_all()
        return counted_queries(lambda: [c.title for c in widening.visible(ana)])

    few = look()
    for n in range(9):
        proposed(cast, email=f"z{n}@test.example")
    assert look() == few


def test_a_name_is_erased_ninety_days_after_an_end_without_a_welcome(cast):
    one, token = linked(cast)
    with writing():
        candidates.question(token, "Où ?")
    step(one, "agree", who(cast, "Ana"))
    step(one, "open", who(cast, "Ana"))
    member_says(one, who(cast, "Bo"), OBJECTS, "Non")
    step(one, "later", who(cast, "Ana"), words="Après l’été")
    for days, gone in ((89, False), (90, True)):
        with writing():
            done = retention.apply(one.ended_at + timedelta(days=days))
        db.session.expire_all()
        assert done["candidates"] == int(gone)
        kept = (one.name, one.email, one.question, widening.opinions(one)[0].reason)
        assert kept == (None,) * 4 if gone else all(kept)
        assert one.title == (one.code if gone else "Zoé Lambrecht")
    assert one.reason == values()["reason"]
    assert closed(one) == "ended"
    assert db.session.scalar(select(func.count()).where(Operation.document_kind == "opinion")) == 0


def test_who_was_invited_and_never_came_is_forgotten_and_who_came_is_not(cast):
    lost, there = ready(cast), ready(cast, email="out@test.example", name="Out")
    welcome(cast, lost)
    welcome(cast, there)
    person_id = lost.person_id
    step(lost, "withdraw", who(cast, "Ana"), words="Pas de réponse")
    with writing():
        retention.apply(lost.ended_at + timedelta(days=90))
    db.session.expire_all()
    assert db.session.get_one(Person, person_id).name == forgetting.NAMELESS
    assert (lost.person_id, there.person.name) == (None, "Out")


def test_who_asks_to_be_forgotten_is_no_candidate_by_name_any_more(cast):
    one = proposed(cast, email="out@test.example", name="Out")
    with writing():
        forgetting.forget(who(cast, "Out"), None)
    db.session.expire_all()
    assert (one.name, one.email) == (None, None)
