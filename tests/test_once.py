"""A creating form that is sent twice makes one thing, and mails once; which routes make something is read off the map."""

import io
import re
from uuid import uuid4

from sqlalchemy import func, select

from models.agenda import AgendaItem
from models.circles import Circle
from models.deliveries import Mail
from models.editions import Call, Edition
from models.exchanges import Notice
from models.fiche.journal import Operation
from models.files import CircleFile
from models.groups import Production, Report
from models.joint_actions import JointAction
from models.library import GlossaryEntry, Reference
from models.meetings import Meeting
from models.organisations import Organisation
from models.recommendations import Recommendation
from models.store import db
from models.tasks import Task
from models.widening import Case
from tests.support import cast
from tests.support.cast import sign_in
from tests.support.tasks import due
from tests.test_race import at_once

MAKING = re.compile(r"(new|add|make|propose|plan|create|import)(_|$)")
PDF = b"%PDF-1.4\n1 0 obj <</Type/Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"
WHEN = {"day": "2031-03-04", "begins": "14:00", "ends": "15:00"}
TASK = {"what": "Imprimer les badges", "due_on": due(9).isoformat(), "person_id": "?"}
LINE = {"kind": "offer", "title": "Tricoter", "languages": ["fr"]}
BIENNALE = {"title": "Une biennale", "code": "BIE-2031", "year": "2031"}
CALL = {"title": "Un appel", "code": "AP-2031-1", "opens_day": "2031-01-01", "closes_day": "2031-02-01"}

# endpoint → (who, page, what is typed, the row, whether a second one of the same words may stand)
ONCE = {
    "actions.new": ("contributor", "/actions/new", {"title": "Une marche"}, JointAction, True),
    "admin.new_call": ("coordination", "/admin/editions/BIE-2017/calls/new", CALL, Call, False),
    "admin.new_edition": ("coordination", "/admin/editions/new", BIENNALE, Edition, False),
    "committee.new": ("coordination", "/committee/new", {"title": "Logement", "code": "GT-LOG"}, Circle, False),
    "decisions.new_recommendation": ("coordination", "/recommendations/new/COPIL", {"text": "Traduire les affiches."}, Recommendation, True),
    "exchanges.new": ("contributor", "/exchanges/new", LINE, Notice, True),
    "exchanges.new_in_circle": ("contributor", "/exchanges/groups/GT-PLA/new", LINE, Notice, True),
    "files.new": ("contributor", "/groups/GT-PLA/files/new", {"title": "Plan", "file": "?"}, CircleFile, True),
    "groups.new_production": ("contributor", "/groups/GT-PLA/productions/new", {"title": "Une affiche"}, Production, True),
    "groups.new_report": ("chair", "/groups/GT-PLA/reports/new", {}, Report, True),
    "groups.plan": ("coordination", "/groups/GT-PLA/dates", {}, Meeting, True),
    "library.new": ("contributor", "/library/references/new", {"title": "Un livre"}, Reference, True),
    "library.new_entry": ("contributor", "/library/glossary/new", {"abbreviation": "ZZT", "meaning": "Zone"}, GlossaryEntry, False),
    "meetings.new": ("coordination", "/meetings/new/COPIL", {"title": "Rencontre", **WHEN}, Meeting, True),
    "meetings.new_item": ("coordination", "/meetings/R-2016-01/agenda/new", {"title": "Les badges"}, AgendaItem, True),
    "meetings.propose": ("committee", "/meetings/R-2016-01/agenda/propose", {"title": "Les badges"}, AgendaItem, True),
    "network.new": ("coordination", "/directory/organisations/new", {"name_fr": "Maison des Tilleuls"}, Organisation, False),
    "tasks.new": ("coordination", "/committee/COPIL/tasks/new", TASK, Task, True),
    "tasks.new_at_meeting": ("coordination", "/meetings/R-2016-01/tasks/new", TASK, Task, True),
    "widening.new": ("coordination", "/committee/COPIL/widening/new", {"name": "Zoé Exemple", "reason": "Elle connaît le quartier."}, Case, True),
}  # fmt: skip
# Those that make something and have another guard; why. Each is sent twice in tests/test_twice.py.
GUARDED = {
    "accounts.add_key": "a challenge is answered once",
    "accounts.new_codes": "the last ten hold",
    "accounts.new_key_options": "the last challenge holds",
    "committee.add": "a seat is taken once",
    "dossiers.make": "the PDF of the same content is there",
    "dossiers.make_fiche": "the PDF of the same content is there",
    "exchanges.propose": "blueprints/once.py; two lines are brought together once",
    "files.add_version": "the same file makes no version",
    "fiches.create": "its op_id is the id of the fiche",
    "fiches.import_files": "each file has an op_id of its own",
    "meetings.add_guest": "who is there already is not invited again",
    "meetings.add_paper": "a paper hangs on an item once",
    "meetings.make_dossier": "the PDF of the same content is there",
    "meetings.propose_dates": "a meeting has one poll",
    "minutes.add_decision": "models/sitting.py",
    "minutes.add_line": "models/sitting.py",
    "minutes.add_task": "models/sitting.py",
    "minutes.do_propose": "blueprints/once.py; a state that is reached is not reached again",
    "network.add_member": "one belongs once",
    "notes.new": "its op_id is the id of the note",
}


def test_every_route_that_makes_something_is_known(app):
    """A new one is walked below, or says why it needs no op_id."""
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in rule.methods]
    making = {rule.endpoint for rule in rules if MAKING.search(rule.endpoint.partition(".")[2])}
    assert making == {*ONCE, *GUARDED}


def count(app, model) -> tuple[int, int]:
    """(rows, mails)"""
    with app.app_context():
        return tuple(db.session.scalar(select(func.count()).select_from(one)) for one in (model, Mail))


def form_of(app, client, endpoint: str):
    """A fresh page of the form: calling it posts the same sheet, each time."""
    _who, path, typed, _model, _more = ONCE[endpoint]
    page = client.get(path)
    assert page.status_code == 200, endpoint
    with app.app_context():
        who = cast.person("committee").id

    def post():
        values = {name: who if value == "?" else value for name, value in typed.items()}
        if "file" in values:
            values["file"] = (io.BytesIO(PDF), "plan.pdf")
        return client.submit(page, values, form="" if "file" in values else path)

    return post


def test_the_same_form_twice_makes_one_and_mails_once(demo_app, client_of):
    """Both answers lead to it. Another page makes another one, where the same words may stand twice."""
    clients = {who: client_of(who) for who in {row[0] for row in ONCE.values()}}
    for endpoint, (who, _path, _typed, model, twice) in ONCE.items():
        post, before = form_of(demo_app, clients[who], endpoint), count(demo_app, model)
        first, one = post(), count(demo_app, model)
        again = post()
        assert (first.status_code, again.status_code) == (303, 303), (endpoint, again.text)
        assert first.headers["Location"] == again.headers["Location"], endpoint
        assert one[0] > before[0], endpoint
        assert count(demo_app, model) == one, endpoint
        other = form_of(demo_app, clients[who], endpoint)()
        assert other.status_code in ((303,) if twice else (409, 422)), endpoint
        wanted = (2 * one[0] - before[0], 2 * one[1] - before[1]) if twice else one
        assert count(demo_app, model) == wanted, endpoint


def test_at_the_same_moment(make_app):
    """Four presses at once: one task, one mail, one page to go to."""
    app = make_app({"WTF_CSRF_ENABLED": False}, demo=True)
    clients = [sign_in(app.test_client(), "coordination") for _ in range(4)]
    with app.app_context():
        said = {**TASK, "person_id": cast.person("committee").id, "op_id": str(uuid4())}
    before = count(app, Task)
    answers = at_once(4, lambda n: clients[n].post("/committee/COPIL/tasks/new", data=said))
    assert {a.status_code for a in answers} == {303}
    assert count(app, Task) == (before[0] + 1, before[1] + 1)


def test_an_op_id_opens_nothing_of_others_and_hides_no_other_text(make_app):
    """Somebody else with the same op_id makes their own; so does another text of the same page; an old page too."""
    app = make_app({"WTF_CSRF_ENABLED": False}, demo=True)
    nadia, samira = (sign_in(app.test_client(), role) for role in ("contributor", "coordination"))
    said = {"kind": "book", "language": "fr", "title": "Un livre", "op_id": str(uuid4())}

    def made(client, **more) -> str:
        answer = client.post("/library/references/new", data={**said, **more})
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    mine = made(nadia)
    others = {
        made(samira),
        made(nadia, title="Un autre livre"),
        made(nadia, op_id=""),
        made(nadia, op_id="x"),
    }
    assert len(others) == 4
    assert mine not in others
    assert made(nadia, title="Un autre livre") in others  # once too
    assert made(nadia) == mine
    with app.app_context():
        kept = db.session.scalars(select(Operation).where(Operation.document_kind == "made")).all()
    assert len(kept) == 3
    assert "livre" not in str([(row.receipt, row.content) for row in kept])
