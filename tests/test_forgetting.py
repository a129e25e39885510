"""S14: a member is forgotten. Afterwards a word that only they had stands nowhere: no table, no version, no journalled
payload, no index, no byte of the database and its log, no stored file."""

import io
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text

from adapters import storage
from blueprints import jobs
from models import forgetting, leaving
from models.attachments import attach
from models.circles import CHAIR
from models.deliveries import Mail, mail
from models.dossiers import Dossier
from models.exchanges import Exchange
from models.factors import Passkey
from models.fiche.content import normal
from models.fiche.erasing import erase
from models.fiche.fiche import Fiche, FicheAuthor, find
from models.fiche.journal import HeldEdit, Operation
from models.fiche.posting import Posted
from models.fiche.saving import Op, adopt, save
from models.forgetting import NAMELESS, PARTS, STAYING, TIES, forget
from models.joining import JoinRequest
from models.mydata import DataExport
from models.organisations import Membership, Organisation
from models.people import Person, add_person, by_email
from models.profiles import ProfileDetail
from models.schema import import_all
from models.store import Base, checkpoint, db, new_id, now, writing
from tests.support import exchanges
from tests.support import meetings as gathered
from tests.support.doors import NADIA, SAMIRA

CANARY = "zorglubine"
EMAIL = f"{CANARY}@quai.example"
FICHE = "F-2016-002"


# ---- the list is whole


def pointing_to(name: str) -> set[tuple[str, str]]:
    """Every column of the schema that points to a table's id."""
    import_all()
    return {
        (rows.name, column.name)
        for rows in Base.metadata.tables.values()
        for column in rows.c
        for key in column.foreign_keys
        if key.target_fullname == f"{name}.id"
    }


def named_person_columns() -> set[tuple[str, str]]:
    """Columns that are called as if they held a person, with or without a foreign key."""
    return {
        (rows.name, column.name)
        for rows in Base.metadata.tables.values()
        for column in rows.c
        if column.name == "person_id" or column.name.endswith("_person_id")
    }


def test_every_column_that_points_to_a_person_is_named():
    named = {(tie.table, tie.column) for tie in TIES}
    assert pointing_to("person") | named_person_columns() <= named
    assert named <= pointing_to("person")


def test_the_control_a_column_without_a_rule_is_found():
    from sqlalchemy import Column, ForeignKey, Table

    import_all()
    rows = Table("forgotten_by_all", Base.metadata, Column("who", ForeignKey("person.id")), Column("id"))
    try:
        assert pointing_to("person") - {(tie.table, tie.column) for tie in TIES} == {
            ("forgotten_by_all", "who")
        }
    finally:
        Base.metadata.remove(rows)


def test_every_column_that_points_to_a_fiche_is_named():
    assert pointing_to("fiche") == {*PARTS, *STAYING} - {("erasure", "document_id")}


# ---- the search for the word


def forms_of(word: str) -> list[bytes]:
    return [word.encode(), word.upper().encode(), word.capitalize().encode()]


def in_bytes(data: bytes) -> bool:
    """Whether the word stands in these bytes, also inside a ZIP."""
    if any(form in data for form in forms_of(CANARY)):
        return True
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return False
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return any(in_bytes(archive.read(name)) for name in archive.namelist())


def places(app) -> set[str]:
    """Every place where the word stands: `table name.column`, `index`, `file path` (the kind of it)."""
    out, folder = set(), Path(app.config["INSTANCE"])
    with app.app_context():
        names = db.session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        for name in names:
            for row in db.session.execute(text(f'SELECT * FROM "{name}"')).mappings():
                for column, value in row.items():
                    raw = value if isinstance(value, bytes) else str(value).encode()
                    if in_bytes(raw.lower()):
                        out.add(f"table {name}.{column}")
        found = text("SELECT count(*) FROM fiche_text WHERE fiche_text MATCH :w")
        if db.session.scalar(found, {"w": CANARY}):
            out.add("index")
        db.session.rollback()
    for path in folder.rglob("*"):
        if path.is_file() and in_bytes(path.read_bytes()):
            relative = path.relative_to(folder).parts
            out.add(f"file {relative[0]}")
    return out


def keep_file(app, words: str) -> str:
    return storage.keep(Path(app.config["INSTANCE"]) / "files", f"{words} {CANARY}".encode())


@pytest.fixture
def everywhere(demo_app):
    """A member whose word stands in every place that the application has; yields (app, id of the person)."""
    with demo_app.app_context():
        files = {name: keep_file(demo_app, name) for name in ("picture", "sheet", "dossier")}
        whole = normal(find(FICHE).content)
        with writing():
            who = add_person(f"Ada {CANARY.capitalize()}", EMAIL, ["contributor", "committee"], active=True,
                             organisation=f"Maison {CANARY}")  # fmt: skip
            draft = {**whole, "titre": f"Le projet {CANARY}", "resume": f"Un texte {CANARY}", "photos": []}
            own = adopt(draft, owner=who)
            attach(
                "fiche", own.id, files["picture"], who.id, media_type="image/png", size=9, width=1, height=1
            )
            gone = adopt(
                {**draft, "titre": f"Retirée {CANARY}"},
                owner=who,
                state="ANN",
                number="F-2016-090",
                received_at=now(),
            )
            contact = {
                **whole["contact"],
                "nom": f"Ada {CANARY.capitalize()}",
                "courriel": EMAIL,
                "telephone": "02 555 01 09",
            }
            agreed = {**whole["consentements"], "par": f"ada {CANARY}"}
            named = {
                **whole,
                "contact": contact,
                "consentements": agreed,
                "photos": [],
                "titre": "Celle qui reste",
            }
            kept = adopt(named, owner=who, state="PUB", number="F-2016-091", received_at=now())
            shared = adopt({**named, "titre": "À deux"}, owner=who)
            shared.authors.append(FicheAuthor(person_id=by_email(NADIA).id))
            for name, made in (
                ("sheet", {"kind": "D1", "fiche_id": kept.id}),
                ("dossier", {"kind": "D3", "fiches": []}),
            ):
                db.session.add(Dossier(key=new_id(), sha256=files[name], made_by=who.id if name == "sheet" else None,
                                       ready_at=now(), notes=[f"Sans {CANARY}"] if name == "sheet" else [], **made))  # fmt: skip
            db.session.add(
                HeldEdit(op_id=new_id(), fiche_id=kept.id, person_id=who.id, base=named, content=named)
            )
            held = {**named, "conseils": "Un autre texte"}
            db.session.add(
                HeldEdit(
                    op_id=new_id(), fiche_id=kept.id, person_id=by_email(NADIA).id, base=named, content=held
                )
            )
            db.session.add(
                ProfileDetail(person_id=who.id, name="work", text=f"Je fais {CANARY}", seen_by="members")
            )
            db.session.add(JoinRequest(email=EMAIL, name=CANARY, words=f"Je suis {CANARY}"))
            house = db.session.scalar(select(Organisation))
            db.session.add(Membership(person_id=who.id, organisation_id=house.id, function=f"Chef {CANARY}"))
            db.session.add(
                Passkey(person_id=who.id, credential_id="x", public_key=b"x", name=f"Clé de {CANARY}")
            )
            db.session.add(Person(name=f"Ada bis {CANARY}", email=f"b-{EMAIL}", merged_into=who.id))
            mail(who, "password", act=CANARY)
            db.session.scalar(select(Mail)).error = f"550 {EMAIL}"
            from models import access

            access.add_device(who, shared=False, label=f"Ordinateur de {CANARY}")
            access.make_link(who, "sign-in")
            export = storage.keep(Path(demo_app.config["INSTANCE"]) / "exports", zipped(CANARY))
            db.session.add(DataExport(person_id=who.id, sha256=export, size=1, ready_at=now()))
            ids = {"who": who.id, "own": own.id, "gone": gone.id, "kept": kept.id, "shared": shared.id}
        for ref in (ids["own"], ids["kept"]):
            with writing():
                office = by_email(SAMIRA) if ref == ids["kept"] else db.session.get_one(Person, ids["who"])
                save(ref, office, Op(new_id(), "rev:1", Posted({"reussites": "Une réussite de plus."}, {})))
    return demo_app, ids


def zipped(word: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", f'{{"name": "{word}"}}' * 50)
    return out.getvalue()


# What the search must find before, or it proves nothing afterwards.
BEFORE = {
    "table person.name", "table person.email", "table person.organisation", "table device.label", "table mail.to",
    "table mail.context", "table mail.error", "table fiche.title", "table fiche.content", "table fiche.summary",
    "table fiche_revision.content", "table operation.content", "table held_edit.content", "table held_edit.base",
    "table profile_detail.text", "table join_request.email", "table join_request.words", "table membership.function",
    "table passkey.name", "table dossier.notes", "table fiche_text.title", "table fiche_text.body", "table fiche_text_content.c2",
    "table fiche_text_content.c3", "table fiche_text_data.block", "index", "file files", "file exports", "file tablee.db",
}  # fmt: skip


def forget_now(app, person_id: str) -> None:
    with app.app_context():
        with writing():
            forget(db.session.get_one(Person, person_id), by_email(SAMIRA))
        jobs.sweep()


def test_the_control_the_word_is_found_in_each_place_before(everywhere):
    app, _ids = everywhere
    with app.app_context():
        assert "file tablee.db-wal" in places(app) or "file tablee.db" in places(app)
        assert checkpoint()
    assert BEFORE - places(app) == set()


def test_the_log_of_the_database_is_searched_too(everywhere):
    app, ids = everywhere
    with app.app_context(), writing():
        db.session.get_one(Person, ids["who"]).organisation = f"Une autre maison {CANARY}"
    assert "file tablee.db-wal" in places(app)
    forget_now(app, ids["who"])
    assert places(app) == set()


def test_nothing_of_a_forgotten_member_is_left_anywhere(everywhere):
    app, ids = everywhere
    forget_now(app, ids["who"])
    assert places(app) == set()


def test_what_stays_is_whole(everywhere):
    app, ids = everywhere
    with app.app_context():
        before = normal(find("F-2016-091").content)
    forget_now(app, ids["who"])
    with app.app_context():
        who = db.session.get_one(Person, ids["who"])
        assert (who.name, who.email, who.organisation, who.active, who.roles) == (
            NAMELESS,
            None,
            None,
            False,
            [],
        )
        assert db.session.get(Fiche, ids["own"]) is None
        empty = db.session.get_one(Fiche, ids["gone"])
        assert (empty.number, empty.state, empty.title, empty.authors) == ("F-2016-090", "ANN", "", [])
        kept = find("F-2016-091")
        after = normal(kept.content)
        assert after["contact"]["courriel"] is None
        assert after["contact"]["telephone"] is None
        assert after["consentements"]["par"] == NAMELESS
        same = set(after) - {"contact", "consentements"}
        assert {k: after[k] for k in same} == {k: before[k] for k in same}
        assert kept.author_ids == {ids["who"]}
        assert db.session.get_one(Fiche, ids["shared"]).author_ids == {by_email(NADIA).id}
        assert [d.sha256 for d in db.session.scalars(select(Dossier))] == [None, None]
        assert [h.person_id for h in db.session.scalars(select(HeldEdit))] == [by_email(NADIA).id]
        mine = select(Operation).where(Operation.document_id == ids["own"])
        assert [o.content for o in db.session.scalars(mine)] == [{}]


def test_what_ran_with_a_forgotten_member_ends_and_says_no_word_of_them(demo_app):
    """Subject and the other half stay; what others exchange among themselves is untouched."""
    with demo_app.app_context():
        with writing():
            ada, nadia, samira = (
                add_person("Ada", EMAIL, ["contributor"], active=True),
                by_email(NADIA),
                by_email(SAMIRA),
            )
            more = {"subject": "Zzbraille", "words": f"Appelez {CANARY}", "end_words": f"Merci {CANARY}"}
            ids = {
                (state, side): exchanges.exchange(*two, samira, state, **more).id
                for state in ("proposed", "in_touch", "done", "ended")
                for side, two in (("gives", (ada, nadia)), ("receives", (nadia, ada)))
            }
            own = exchanges.exchange(nadia, samira, ada, "in_touch", **more).id
            other = exchanges.exchange(nadia, samira, None, "proposed", **more).id
            who = ada.id
            answered, unheard = (
                exchanges.exchange(*two, None, "proposed", **more) for two in ((nadia, ada), (ada, nadia))
            )
            answered.giver_agreed_at = unheard.giver_agreed_at = now()  # each by who gives
            waits, unheard = answered.id, unheard.id
            db.session.execute(delete(Mail))
        with writing():
            forget(db.session.get_one(Person, who), by_email(SAMIRA))
        told = {(row.person.email, row.context["exchange"]) for row in db.session.scalars(select(Mail).where(Mail.template == "exchange_ended"))}  # fmt: skip
        ran = {ids[key] for key in ids if key[0] in ("proposed", "in_touch")}
        assert told == {(email, id) for email in (NADIA, SAMIRA) for id in ran} | {(NADIA, waits)}
        assert db.session.get_one(Exchange, unheard).state == "ended"  # nobody but Ada knew of it
        rows = {key: db.session.get_one(Exchange, id) for key, id in ids.items()}
        assert {state: rows[state, "gives"].state for state, _side in rows} == {
            "proposed": "ended", "in_touch": "ended", "done": "done", "ended": "ended",
        }  # fmt: skip
        assert {rows[state, "receives"].state for state in ("proposed", "in_touch")} == {"ended"}
        assert all(row.ended_at for row in rows.values() if row.state == "ended")
        mediated, untouched = db.session.get_one(Exchange, own), db.session.get_one(Exchange, other)
        assert {(row.subject, row.words, row.end_words) for row in (*rows.values(), mediated)} == {
            ("Zzbraille", None, None)
        }
        assert mediated.state == "in_touch"
        assert (untouched.state, untouched.words) == ("proposed", f"Appelez {CANARY}")


def test_the_files_of_others_stay(everywhere):
    app, ids = everywhere
    folder = Path(app.config["INSTANCE"]) / "files"
    with app.app_context():
        shared = keep_file(app, "picture")
        with writing():
            attach("fiche", find(FICHE).id, shared, None, media_type="image/png", size=9, width=1, height=1)
    forget_now(app, ids["who"])
    assert storage.exists(folder, shared)
    assert not storage.exists(folder, storage.hashlib.sha256(f"sheet {CANARY}".encode()).hexdigest())


def test_the_contact_of_a_double_that_was_merged_goes_too(everywhere):
    """Its address in a fiche of others, its name in one that the person writes; and the PDF that it asked for."""
    app, ids = everywhere
    with app.app_context():
        with writing():
            double = db.session.scalar(select(Person).where(Person.merged_into == ids["who"]))
            double.name, double.email = "Zzbis Quai", "zzbis@quai.example"
            for ref, contact in (
                (FICHE, {"nom": "Au secrétariat", "courriel": double.email}),
                (ids["shared"], {"nom": double.name, "courriel": "autre@quai.example"}),
            ):
                fiche = db.session.get_one(Fiche, ref) if ref != FICHE else find(ref)
                whole = normal(fiche.content)
                fiche.content = {**whole, "contact": {**whole["contact"], **contact}}
            made = Dossier(kind="D5", key="k", sha256="d" * 64, made_by=double.id)
            db.session.add(made)
        dossier_id = made.id
    forget_now(app, ids["who"])
    with app.app_context():
        for fiche in (find(FICHE), db.session.get_one(Fiche, ids["shared"])):
            assert not any(normal(fiche.content)["contact"].values())
        assert db.session.get_one(Dossier, dossier_id).sha256 is None


def test_a_namesake_keeps_their_contact(everywhere):
    app, ids = everywhere
    with app.app_context(), writing():
        whole = normal(find(FICHE).content)
        contact = {**whole["contact"], "nom": "Ada Zorglubine", "courriel": "autre@quai.example"}
        other = adopt({**whole, "contact": contact, "photos": []}, owner=by_email(NADIA)).id
    forget_now(app, ids["who"])
    with app.app_context():
        assert db.session.get_one(Fiche, other).content["contact"]["courriel"] == "autre@quai.example"


def test_a_committee_member_s_name_leaves_the_dossiers_and_another_s_does_not_touch_them(demo_app):
    with demo_app.app_context():
        sha = keep_file(demo_app, "dossier")
        with writing():
            db.session.add(Dossier(kind="D3", key="k", sha256=sha, ready_at=now(), fiches=[]))
        with writing():
            forget(by_email("christelle@locataires.example"), None)
        assert db.session.scalar(select(Dossier.sha256)) == sha
        with writing():
            forget(by_email("leon@amis-du-chemin.example"), None)
        assert db.session.scalar(select(Dossier.sha256)) is None


def test_who_leads_a_group_leaves_the_dossiers_without_any_account_of_a_committee(demo_app):
    with demo_app.app_context():
        sha = keep_file(demo_app, "dossier")
        with writing():
            lead = by_email("christelle@locataires.example")
            gathered.circle("ZZGROUPE", (lead, CHAIR), title="Groupe de l’eau")
            db.session.add(Dossier(kind="D3", key="k", sha256=sha, ready_at=now(), fiches=[]))
        with writing():
            forget(by_email("christelle@locataires.example"), None)
        assert db.session.scalar(select(Dossier.sha256)) is None


def test_forgetting_twice_changes_nothing_more(everywhere):
    app, ids = everywhere
    with app.app_context():
        with writing():
            row = leaving.ask(db.session.get_one(Person, ids["who"]), by_email(SAMIRA))
            farewell = row.id
        with writing():
            forgetting.carry_out(farewell)
        with writing():
            db.session.execute(text("UPDATE person SET name = 'Autre' WHERE id = :id"), {"id": ids["who"]})
            forgetting.carry_out(farewell)
        assert db.session.get_one(Person, ids["who"]).name == "Autre"


def test_an_error_on_the_way_leaves_everything(everywhere, monkeypatch):
    app, ids = everywhere
    before = places(app)
    with app.app_context():
        monkeypatch.setattr(forgetting, "job", lambda *_a, **_k: 1 / 0)
        with pytest.raises(ZeroDivisionError), writing():
            forget(db.session.get_one(Person, ids["who"]), None)
    assert places(app) >= before


# ---- an agreement is withdrawn: a quote and a picture of somebody who is no member

WITHDRAWN_FROM = {
    "table fiche.content", "table fiche_revision.content", "table operation.content", "table held_edit.content",
    "table held_edit.base", "table fiche.origin", "table fiche_text.body", "table fiche_text_content.c3",
    "table fiche_text_data.block", "index", "file files", "file tablee.db",
}  # fmt: skip


@pytest.fixture
def spoken(demo_app):
    """A quote and a picture that hold the word, saved, journalled, held back, indexed, printed; (app, fiche, ids)."""
    with demo_app.app_context():
        files = {name: keep_file(demo_app, name) for name in ("photo", "printed", "alone")}
        whole = normal(find(FICHE).content)
        agreed = {"statut": "oui", "usages": ["intranet", "catalogue"]}
        quote = {
            **whole["bilan"]["temoignages"][0],
            "id": "parole",
            "texte": f"Je suis {CANARY}",
            "consentement": agreed,
        }
        photo = {
            **whole["photos"][0],
            "id": "image",
            "fichier": files["photo"],
            "alternative": f"Une {CANARY}",
            "consentement": "oui",
        }
        content = normal({**whole, "bilan": {**whole["bilan"], "temoignages": [quote]}, "photos": [photo]})
        with writing():
            origin = {"file": "x.docx", "confirm": [], "unknown": [["Note", CANARY]], "notes": []}
            fiche = adopt(
                content,
                owner=by_email(NADIA),
                state="PUB",
                number="F-2016-095",
                received_at=now(),
                origin=origin,
            )
            attach("fiche", fiche.id, files["photo"], None, media_type="image/png", size=9, width=1, height=1)
            db.session.add(
                HeldEdit(
                    op_id=new_id(),
                    fiche_id=fiche.id,
                    person_id=by_email(SAMIRA).id,
                    base=content,
                    content=content,
                )
            )
            db.session.add(
                Dossier(kind="D3", key="a", sha256=files["printed"], fiches=[fiche.id], ready_at=now())
            )
            db.session.add(
                Dossier(kind="D1", key="b", sha256=files["alone"], fiche_id=fiche.id, ready_at=now())
            )
            ref = fiche.id
        with writing():
            save(ref, by_email(SAMIRA), Op(new_id(), "rev:1", Posted({"reussites": "Une de plus."}, {})))
        assert checkpoint()
    return demo_app, ref


def test_the_control_what_somebody_said_is_found_in_each_place_before(spoken):
    assert WITHDRAWN_FROM - places(spoken[0]) == set()


@pytest.mark.parametrize("items", [["parole", "image"], ["image", "parole"]])
def test_nothing_of_a_withdrawn_quote_and_picture_is_left_anywhere(spoken, items):
    app, ref = spoken
    for item in items:
        with app.app_context():
            with writing():
                erase(db.session.get_one(Fiche, ref), item, by_email(NADIA))
            jobs.sweep()
    assert places(app) == set()


def test_one_of_two_that_was_withdrawn_leaves_the_other(spoken):
    app, ref = spoken
    with app.app_context():
        with writing():
            erase(db.session.get_one(Fiche, ref), "parole", by_email(NADIA))
        jobs.sweep()
    left = places(app)
    assert "table fiche.content" in left  # the picture's description stays
    assert "file files" in left
    with app.app_context():
        assert not normal(db.session.get_one(Fiche, ref).content)["bilan"]["temoignages"]


# ---- what a device wrote before


def post_late(fiche_id: str, base: str, **answers):
    """What Nadia's device sends: answers by key, with two underscores for a dot, on a version it has seen."""
    posted = Posted({key.replace("__", "."): value for key, value in answers.items()})
    return save(fiche_id, by_email(NADIA), Op(new_id(), base, posted, late=True))


@pytest.fixture
def together(everywhere):
    """(app, the person, a draft that she writes with Nadia, its revision before she was forgotten)."""
    app, ids = everywhere
    with app.app_context():
        fiche = db.session.scalar(select(Fiche).where(Fiche.title == "À deux"))
        return app, ids["who"], fiche.id, fiche.rev


@pytest.mark.parametrize("base", ["rev", "nothing known"])
def test_a_late_post_of_a_co_writer_brings_no_contact_back(together, base):
    app, who, fiche_id, seen = together
    forget_now(app, who)
    with app.app_context():
        post_late(
            fiche_id, f"rev:{seen}" if base == "rev" else f"op:{new_id()}", contact__nom=f"Ada {CANARY.capitalize()}",
            contact__courriel=EMAIL, consentements__par=f"Ada {CANARY}", conseils="Commencer petit.",
        )  # fmt: skip
        content = normal(db.session.get_one(Fiche, fiche_id).content)
        assert (content["contact"]["nom"], content["contact"]["courriel"]) == (None, None)
        assert content["consentements"]["par"] == NAMELESS
        if base == "rev":
            assert content["conseils"] == "Commencer petit."  # the rest of what was written late arrives
    assert places(app) == set()


def test_the_control_without_its_erasures_the_contact_comes_back(together):
    app, who, fiche_id, seen = together
    forget_now(app, who)
    with app.app_context():
        with writing():
            db.session.execute(text("DELETE FROM erasure"))
        post_late(fiche_id, f"rev:{seen}", contact__courriel=EMAIL)
        assert db.session.get_one(Fiche, fiche_id).content["contact"]["courriel"] == EMAIL


def test_who_writes_on_what_is_there_now_names_another_contact(together):
    app, who, fiche_id, _seen = together
    forget_now(app, who)
    with app.app_context():
        rev = db.session.get_one(Fiche, fiche_id).rev
        post_late(fiche_id, f"rev:{rev}", contact__nom="Nadia", contact__courriel=NADIA)
        assert db.session.get_one(Fiche, fiche_id).content["contact"]["courriel"] == NADIA
