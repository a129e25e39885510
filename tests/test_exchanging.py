"""The board and the life of an exchange in the domain: who reads what, who may put whom in touch, what is told to whom and
when; who gave and who received, without a figure."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from blueprints.accounts import letters
from models import comparing, exchanging, mediating, profiles
from models.circles import CHAIR, circle_by_code
from models.deliveries import Mail
from models.exchanges import DONE, ENDED, IN_TOUCH, OFFER, REQUEST, Exchange, Notice
from models.exchanging import Wanted
from models.fiche.fiche import Fiche, FicheAuthor, find
from models.mediating import BadNotice
from models.people import Person
from models.rights import can, in_office
from models.seating import Stale, today
from models.store import db, now, writing
from models.workflow import Refused
from tests.support import cast as demo_cast
from tests.support import exchanges as made
from tests.support import meetings
from tests.support.queries import counted_queries


@pytest.fixture
def cast(app):
    """Name → id; Ana chairs A, which is closed, and Bo sits there; Cy and Di are members; Med is of the committee."""
    with app.app_context():
        with writing():
            people = {n: meetings.somebody(n) for n in ("Ana", "Bo", "Cy", "Di")}
            people["Med"] = meetings.somebody("Med", "committee")
            people["Office"] = meetings.somebody("Office", "coordination")
            meetings.circle("A", (people["Ana"], CHAIR), (people["Bo"], "member"), closed=True)
            ids = {name: p.id for name, p in people.items()}
        yield ids


def who(ids, name) -> Person:
    return db.session.get_one(Person, ids[name])


def titles(reader, circle=None, **wanted) -> list[str]:
    return [line.title for line in exchanging.board(reader, circle, Wanted(**wanted)).lines]


def mails(ids) -> list[tuple[str, str]]:
    """(to whom, which), of those that wait, in no order."""
    names = {id: name for name, id in ids.items()}
    return sorted(
        (names[str(m.person_id)], m.template) for m in db.session.scalars(select(Mail)) if m.sent_at is None
    )


def text_of(ids, name, template) -> str:
    row = db.session.scalar(select(Mail).where(Mail.person_id == ids[name], Mail.template == template))
    return letters.compose(row.id).text.replace("\u00a0", " ")


# ---- notices


def test_what_one_writes_is_checked_and_a_stale_change_changes_nothing(cast):
    with pytest.raises(BadNotice) as bad, writing():
        made.notice(who(cast, "Cy"), kind="gift", title="", languages="xx", until=today() - timedelta(days=1), region="zz", organisation_id="none")  # fmt: skip
    assert set(bad.value.problems) == {"kind", "title", "languages", "until", "region", "organisation_id"}
    assert db.session.scalar(select(Notice)) is None
    with writing():
        row = made.notice(who(cast, "Cy"), region="90000", country="FR")
        assert row.country == "BE", "a region of Belgium says its country"
        mediating.change(row, made.values(title="Greffer"), 1, who(cast, "Cy"))
    with pytest.raises(Stale), writing():
        mediating.change(
            db.session.scalar(select(Notice)), made.values(title="Trop tard"), 1, who(cast, "Cy")
        )
    assert db.session.scalar(select(Notice)).title == "Greffer"


def test_a_notice_leaves_the_board_by_hand_or_by_its_day_and_comes_back(cast):
    with writing():
        row = made.notice(who(cast, "Cy"))
        made.notice(who(cast, "Cy"), title="Bientôt", until=today())
    assert titles(who(cast, "Di")) == ["Bientôt", "Tenir un jardin partagé"]
    with writing():
        mediating.close(row, who(cast, "Cy"))
        db.session.scalar(select(Notice).where(Notice.title == "Bientôt")).until = today() - timedelta(days=1)
    assert titles(who(cast, "Di")) == []
    with writing():
        for one in db.session.scalars(select(Notice)):
            mediating.reopen(one, who(cast, "Cy"))
    assert len(titles(who(cast, "Di"))) == 2


def test_who_has_gone_offers_nothing(cast):
    """Neither on the board nor where two organisations are compared; the control is before they went."""
    with writing():
        house = made.house("Un", people=(who(cast, "Cy"),)).id
        made.notice(who(cast, "Cy"), organisation_id=house)
    for here in (True, False):
        with writing():
            who(cast, "Cy").active = here
        di = who(cast, "Di")
        assert bool(titles(di)) is here
        assert bool(comparing._notices(di, {house: {}})) is here
        assert bool([x for x in exchanging.lines_on(di) if x.organisation_id == house]) is here


def test_the_board_of_a_group_that_has_ended_takes_nothing_more(cast):
    with writing():
        group = meetings.circle("B", (who(cast, "Bo"), "member"))
        notice = made.notice(who(cast, "Bo"), group)
        wanted = made.line(made.notice(who(cast, "Di"), kind=REQUEST, title="Un jardin"))
        shut = made.notice(who(cast, "Bo"), group, title="Tresser")
        mediating.close(shut, who(cast, "Bo"))
    assert made.line(notice).stands
    with writing():
        group.ended_at = now()
    assert [made.line(row).over for row in (notice, shut)] == ["ended", "closed"]
    with pytest.raises(Refused, match="plus au tableau"), writing():
        mediating.answer(made.line(notice), who(cast, "Di"))
    with pytest.raises(Refused, match="sont au tableau"), writing():
        mediating.propose(wanted, made.line(notice), who(cast, "Office"))
    with pytest.raises(BadNotice, match="pris fin"), writing():
        mediating.change(notice, made.values(title="Autre"), notice.rev, who(cast, "Bo"))
    with pytest.raises(Refused, match="pris fin"), writing():
        mediating.reopen(shut, who(cast, "Bo"))
    with writing():
        mediating.close(notice, who(cast, "Bo"))
    assert made.line(notice).over == "closed", "what one wrote can be taken away still"


def test_a_line_says_why_it_is_on_no_board(cast):
    with writing():
        row = made.notice(who(cast, "Cy"), until=today())
    assert made.line(row).over == ""
    with writing():
        row.until = today() - timedelta(days=1)
    assert made.line(row).over == "past"
    with writing():
        mediating.close(row, who(cast, "Cy"))
    assert made.line(row).over == "closed"


def test_the_board_of_a_closed_group_is_for_who_sits_there(cast):
    """In SQL as in the rights, for everybody; the control is the network's notice, which all see."""
    with writing():
        hidden = made.notice(who(cast, "Bo"), circle_by_code("A"), title="Caché")
        shown = made.notice(who(cast, "Bo"), title="Montré")
    for name in cast:
        person = who(cast, name)
        found = exchanging.may_see(person.id, in_office(person))
        seen = set(db.session.scalars(select(Notice.id).where(found)))
        assert seen == {row.id for row in (hidden, shown) if can(person, "notice.see", row)}
        assert (hidden.id in seen) == (name in ("Ana", "Bo", "Office"))
        assert (exchanging.line_by_ref(person, f"n-{hidden.id}") is not None) == (hidden.id in seen)
        assert titles(person) == ["Montré"], "nothing of a group stands on the network's board"
    assert not can(who(cast, "Med"), "exchange.mediate", hidden), (
        "the committee does not mediate in a closed group"
    )
    assert can(who(cast, "Med"), "exchange.mediate", shown)
    assert can(who(cast, "Ana"), "exchange.mediate", hidden)


def test_the_board_is_narrowed_by_words_kind_language_and_region(cast):
    with writing():
        made.notice(who(cast, "Cy"), title="Greffer un pommier", region="90000")
        made.notice(
            who(cast, "Cy"), kind=REQUEST, title="Écrire une pétition", languages="nl", region="30000"
        )
    reader = who(cast, "Di")
    assert titles(reader, words="PÉTITION ecrire") == ["Écrire une pétition"]
    assert titles(reader, kind=OFFER) == ["Greffer un pommier"]
    assert titles(reader, language="nl") == ["Écrire une pétition"]
    assert titles(reader, region="03000") == ["Greffer un pommier"], "a region holds its provinces"
    assert titles(reader, words="zzz") == []


def test_what_a_profile_teaches_stands_for_whom_it_is_shown_to(cast):
    texts, seen = dict.fromkeys(profiles.DETAILS, ""), {n: d.seen_by for n, d in profiles.DETAILS.items()}
    with writing():
        person = who(cast, "Cy")
        profiles.keep(person, {**texts, "knowledge": "Nouer\n\nTresser", "languages": "nl"}, {**seen, "knowledge": "committee", "languages": "me"}, person)  # fmt: skip
    assert titles(who(cast, "Di")) == []
    lines = exchanging.board(who(cast, "Med")).offers
    assert [(line.title, line.languages, line.who) for line in lines] == [
        ("Nouer", (), "Cy"),
        ("Tresser", (), "Cy"),
    ]


# ---- fiches on the board, with the demonstration


def test_lines_of_fiches_are_those_of_fiches_that_one_may_read_and_the_queries_do_not_grow(demo_app):
    """For each of the cast, in SQL as in the right; a board three times as long takes no more queries."""
    with demo_app.app_context():
        with writing():
            for n, state in enumerate(("BRO", "SOU", "PUB", "ANN", "ARC")):
                row = find(f"F-2016-00{n + 2}")
                row.state = state
                row.authors[:] = []
                db.session.flush()
                row.authors.append(FicheAuthor(person_id=demo_cast.person("contributor").id))
        for role in demo_cast.ROLES:
            person = demo_cast.person(role)
            shown = {line.ref[2:38] for line in exchanging._fiche_lines(person)}
            sent = [f for f in db.session.scalars(select(Fiche)).unique() if f.state not in ("BRO", "ANN")]
            told = {
                f.id for f in sent if (f.content["echanges"]["offres"] or f.content["echanges"]["demandes"])
            }
            assert shown == {f.id for f in sent if f.id in told and can(person, "fiche.see", f)}, role
        printed = {line.ref[2:38] for line in exchanging._fiche_lines(None)}
        assert printed <= {f.id for f in sent if f.state in ("PUB", "ARC") and f.content["consentements"]["publication"] == "publique"}  # fmt: skip
        assert printed
        nadia = demo_cast.person("contributor")
        few = counted_queries(lambda: exchanging.board(nadia))
        with writing():
            for n in range(30):
                made.notice(nadia, title=f"Savoir {n}")
        db.session.expire_all()
        nadia = demo_cast.person("contributor")
        assert len(exchanging.board(nadia).lines) > 30
        db.session.expire_all()
        nadia = demo_cast.person("contributor")
        assert counted_queries(lambda: exchanging.board(nadia)) <= few


# ---- two in touch


def test_from_an_answer_to_three_lines_and_an_address_is_told_after_both_yes_alone(cast):
    with writing():
        row = made.notice(who(cast, "Cy"))
        made.exchange(who(cast, "Cy"), who(cast, "Bo"), subject="Autre chose")
        exchange = mediating.answer(made.line(row), who(cast, "Di"), "Un samedi ?")
    assert (exchange.giver_id, exchange.receiver_id, exchange.mediator_id) == (cast["Cy"], cast["Di"], None)
    assert mails(cast) == [("Office", "exchange_asked")]
    assert "Un samedi ?" in text_of(cast, "Office", "exchange_asked")
    assert [w.act for w in exchanging.waiting_for(who(cast, "Med"))] == ["mediate", "mediate"]
    with pytest.raises(Refused, match="déjà proposé"), writing():
        mediating.answer(made.line(row), who(cast, "Di"))
    with pytest.raises(Refused), writing():
        mediating.say_yes(exchange, who(cast, "Cy"), named=True)  # nobody mediates yet
    with pytest.raises(Refused, match="une des deux"), writing():
        mediating.take(exchange, who(cast, "Cy"))
    with writing():
        mediating.take(exchange, who(cast, "Med"), "Le 12 ?")
    with pytest.raises(Refused, match="s’en occupe déjà"), writing():
        mediating.take(exchange, who(cast, "Office"))
    proposed = text_of(cast, "Cy", "exchange_proposed")
    assert "Le 12 ?" in proposed
    assert "di@test.example" not in proposed
    assert [w.act for w in exchanging.waiting_for(who(cast, "Cy"))] == ["say"]
    with writing():
        assert mediating.say_yes(exchange, who(cast, "Cy"), named=True)
    assert exchange.state == IN_TOUCH
    assert "di@test.example" in text_of(cast, "Cy", "exchange_in_touch")
    assert "cy@test.example" in text_of(cast, "Di", "exchange_in_touch")
    with pytest.raises(Refused, match="jour"), writing():
        mediating.apply(exchange, "done", who(cast, "Di"), on=today() + timedelta(days=1))
    with pytest.raises(Refused, match="ne pouvez pas"), writing():
        mediating.apply(exchange, "done", who(cast, "Bo"), on=today())
    with writing():
        mediating.apply(exchange, "done", who(cast, "Di"), on=today())
    assert (exchange.state, exchange.done_on) == (DONE, today())
    assert [w.act for w in exchanging.waiting_for(who(cast, "Di"))] == ["lines"]
    with pytest.raises(BadNotice), writing():
        mediating.evaluate(exchange, {}, who(cast, "Di"))
    with writing():
        mediating.evaluate(exchange, {"learned": "À ne pas se presser"}, who(cast, "Di"))
        mediating.evaluate(
            exchange, {"learned": "À ne pas se presser", "following": "Se revoir"}, who(cast, "Di")
        )
    for name in ("Cy", "Di", "Med"):
        [said] = exchanging.evaluations(exchange, who(cast, name))
        assert (said.person_id, said.following) == (cast["Di"], "Se revoir")
    assert can(who(cast, "Office"), "exchange.see", exchange)
    assert exchanging.evaluations(exchange, who(cast, "Office")) == [], "the form says for whom they are"
    assert exchanging.waiting_for(who(cast, "Di")) == []


def test_a_mediator_proposes_and_what_ends_ends_with_a_word(cast):
    with writing():
        offer = made.notice(who(cast, "Cy"))
        request = made.notice(who(cast, "Di"), kind=REQUEST, title="Commencer un jardin")
    [fit] = exchanging.counterparts(who(cast, "Med"), made.line(request))
    assert fit.subject.thing.ref == f"n-{offer.id}"
    with pytest.raises(Refused, match="une offre et une demande"), writing():
        mediating.propose(made.line(offer), made.line(offer), who(cast, "Med"))
    with writing():
        exchange = mediating.propose(made.line(request), made.line(offer), who(cast, "Med"), "Essayez")
    assert (exchange.giver_id, exchange.receiver_id, exchange.subject) == (
        cast["Cy"],
        cast["Di"],
        offer.title,
    )
    assert mails(cast) == [("Cy", "exchange_proposed"), ("Di", "exchange_proposed")]
    with pytest.raises(Refused, match="un mot"), writing():
        mediating.apply(exchange, "end", who(cast, "Di"))
    with writing():
        mediating.apply(exchange, "end", who(cast, "Di"), "Plus le temps")
    assert (exchange.state, exchange.end_words) == (ENDED, "Plus le temps")
    assert ("Med", "exchange_ended") in mails(cast)
    assert ("Di", "exchange_ended") not in mails(cast)
    with pytest.raises(Refused), writing():
        mediating.say_yes(exchange, who(cast, "Cy"), named=True)
    with pytest.raises(letters.Moot):
        text_of(cast, "Cy", "exchange_proposed")


def teaches(ids, name, seen_by) -> None:
    """Cy’s profile says one thing that they can teach, for these readers."""
    texts, seen = dict.fromkeys(profiles.DETAILS, ""), {n: d.seen_by for n, d in profiles.DETAILS.items()}
    with writing():
        person = who(ids, name)
        profiles.keep(person, {**texts, "knowledge": "Zythologie"}, {**seen, "knowledge": seen_by}, person)


def test_a_mediator_does_not_tell_somebody_a_line_that_they_may_not_read(cast):
    """What a profile keeps for the committee, what a closed group says; the control is the same line shown to all."""
    teaches(cast, "Cy", "committee")
    with writing():
        wanted = made.line(made.notice(who(cast, "Di"), kind=REQUEST, title="Zythologie pour débuter"))
        closed = made.line(made.notice(who(cast, "Bo"), circle_by_code("A"), title="Zythologie entre nous"))
    kept = exchanging.line_by_ref(who(cast, "Med"), f"p-{cast['Cy']}-0")
    assert kept.title == "Zythologie"
    for by, line in (("Med", kept), ("Ana", closed)):
        assert not mediating.may_propose(wanted, line, who(cast, by))
        for one, two in ((wanted, line), (line, wanted)):
            with pytest.raises(Refused, match="ne peut pas lire cette ligne"), writing():
                mediating.propose(one, two, who(cast, by))
    assert (db.session.scalar(select(Exchange)), mails(cast)) == (None, [])
    teaches(cast, "Cy", "members")
    assert mediating.may_propose(wanted, kept, who(cast, "Med"))
    with writing():
        assert mediating.propose(wanted, kept, who(cast, "Med")).subject == "Zythologie"


def test_what_stands_on_the_board_of_a_group_stays_there_and_is_mediated_there(cast):
    """Of two groups nothing is proposed; what a mediator may not mediate, neither as one line nor as the other."""
    with writing():
        meetings.circle("B", (who(cast, "Bo"), "member"))
        in_a = made.line(made.notice(who(cast, "Ana"), circle_by_code("A"), title="Secret jardin"))
        in_b = made.line(made.notice(who(cast, "Bo"), circle_by_code("B"), kind=REQUEST, title="Un jardin ?"))
        wide = made.line(made.notice(who(cast, "Bo"), kind=REQUEST, title="Jardin partagé"))
    for one, two in ((in_b, in_a), (in_a, in_b)):
        with pytest.raises(Refused, match="deux groupes"), writing():
            mediating.propose(one, two, who(cast, "Office"))
    for one, two in ((wide, in_a), (in_a, wide)):
        with pytest.raises(Refused, match="au tableau de ce groupe"), writing():
            mediating.propose(one, two, who(cast, "Med"))
    assert (db.session.scalar(select(Exchange)), mails(cast)) == (None, [])
    with writing():
        kept = mediating.propose(wide, in_a, who(cast, "Office"))
    assert kept.circle_id == circle_by_code("A").id


def test_the_same_two_lines_are_proposed_once_from_either_side(cast):
    """Two lines of profiles and fiches have no notice: what was stored tells that it is proposed already."""
    teaches(cast, "Cy", "members")
    with writing():
        wanted = made.line(made.notice(who(cast, "Di"), kind=REQUEST, title="Commencer"))
    wanted = replace(wanted, notice=None)
    taught = exchanging.line_by_ref(who(cast, "Med"), f"p-{cast['Cy']}-0")
    with writing():
        mediating.propose(wanted, taught, who(cast, "Med"))
    for one, two in ((wanted, taught), (taught, wanted)):
        with pytest.raises(Refused, match="déjà proposé"), writing():
            mediating.propose(one, two, who(cast, "Med"))


def test_who_never_heard_of_an_exchange_is_not_told_that_it_ended(cast):
    """And who wrote nothing on the board is not told that it stays there; who wrote it is."""
    with writing():
        row = made.notice(who(cast, "Cy"))
        waits = mediating.answer(made.line(row), who(cast, "Di"))
        mediating.apply(waits, "end", who(cast, "Di"), "Trouvé ailleurs")
    assert mails(cast) == [("Office", "exchange_asked")]
    with writing():
        taken = mediating.answer(made.line(row), who(cast, "Di"))
        mediating.take(taken, who(cast, "Med"))
        mediating.apply(taken, "end", who(cast, "Office"), "Plus le temps")
    told = {name: text_of(cast, name, "exchange_ended") for name in ("Cy", "Di", "Med")}
    assert {name for name, text in told.items() if "au tableau y reste" in text} == {"Cy"}
    with writing():
        mediating.close(row, who(cast, "Cy"))
    assert "au tableau y reste" not in text_of(cast, "Cy", "exchange_ended")


def test_who_sees_an_exchange(cast):
    """The two, who mediates and the coordination; what waits, whoever may mediate there; in a closed group only its own."""
    with writing():
        rows = {
            "waits": made.exchange(who(cast, "Cy"), who(cast, "Di")),
            "closed": made.exchange(who(cast, "Bo"), who(cast, "Ana"), circle_id=circle_by_code("A").id),
            "led": made.exchange(who(cast, "Cy"), who(cast, "Di"), who(cast, "Bo"), IN_TOUCH),
        }
    seen = {name: {n for n in cast if can(who(cast, n), "exchange.see", row)} for name, row in rows.items()}
    assert seen == {"waits": {"Cy", "Di", "Med", "Office"}, "closed": {"Ana", "Bo", "Office"}, "led": {"Cy", "Di", "Bo", "Office"}}  # fmt: skip
    assert [row.id for row in exchanging.to_mediate(who(cast, "Med"))] == [rows["waits"].id]
    assert {row.id for row in exchanging.to_mediate(who(cast, "Office"))} == {
        rows["waits"].id,
        rows["closed"].id,
    }


def test_who_gave_and_who_received_is_said_where_both_agree_or_of_ones_own(cast):
    with writing():
        made.exchange(who(cast, "Cy"), who(cast, "Di"), state=DONE, subject="Nommé", giver_named=True, receiver_named=True)  # fmt: skip
        made.exchange(who(cast, "Cy"), who(cast, "Bo"), state=DONE, subject="À moitié", giver_named=True)
        made.exchange(who(cast, "Di"), who(cast, "Cy"), state=IN_TOUCH, subject="Pas fait", giver_named=True, receiver_named=True)  # fmt: skip
        made.exchange(who(cast, "Bo"), who(cast, "Cy"), state=DONE, subject="Fermé", giver_named=True, receiver_named=True, circle_id=circle_by_code("A").id)  # fmt: skip
    both = exchanging.reciprocity_in(None, None)
    assert (both.gave, both.received) == ([("Cy", "Nommé")], [("Di", "Nommé")])
    assert [what for _who, what in exchanging.reciprocity_in(None, who(cast, "Bo")).gave] == [
        "À moitié",
        "Nommé",
    ]
    as_read = exchanging.reciprocity_of(who(cast, "Cy"), who(cast, "Med"))
    assert (as_read.gave, as_read.received) == ([("Di", "Nommé")], [])
    own = exchanging.reciprocity_of(who(cast, "Cy"), who(cast, "Cy"))
    assert {what for _who, what in own.gave} == {"Nommé", "À moitié"}
    assert own.received == [("Bo", "Fermé")]
    with writing():
        row = db.session.scalar(select(Exchange).where(Exchange.subject == "Nommé"))
        mediating.choose_name(row, who(cast, "Di"), named=False)
    assert not exchanging.reciprocity_in(None, who(cast, "Med"))


def test_a_line_nobody_answers_for_and_oneself(cast):
    with writing():
        row = made.notice(who(cast, "Cy"))
    with pytest.raises(Refused, match="la même personne"), writing():
        mediating.answer(made.line(row), who(cast, "Cy"))
    with writing():
        mediating.close(row, who(cast, "Cy"))
    with pytest.raises(Refused, match="plus au tableau"), writing():
        mediating.answer(made.line(row), who(cast, "Di"))
    assert db.session.scalar(select(Exchange)) is None
