"""An instance in which every page has something to show: each state of everything, and texts as people write them
when nobody is looking. For tests that go over all pages."""

from datetime import timedelta
from typing import Any

from adapters import storage
from blueprints.accounts.data import signer
from blueprints.fiches.uploads import files_folder
from models import (
    access,
    agenda,
    circles,
    companions,
    convening,
    dossiers,
    factors,
    following,
    joining,
    leaving,
    meetings,
    notices,
    organisations,
    people,
    planning,
    profiles,
    recommendations,
    scheduling,
    seating,
)
from models.attachments import Attachment, attach
from models.audit import ACTS, record
from models.contributions import Attendance, Contribution
from models.decisions import Decision, Vote
from models.deliveries import Mail
from models.editions import Call, Edition
from models.fiche.content import blank, load, normal
from models.fiche.fiche import Fiche, FicheAuthor, find
from models.fiche.posting import Posted
from models.fiche.saving import Op, adopt, save
from models.joining import JoinRequest
from models.mydata import DataExport
from models.people import by_email
from models.store import db, new_id, now, writing
from models.vocabularies import terms
from tests.support import cast, exchanges, groups, library, minutes, news, notes, register
from tests.support.tasks import task
from tests.support.widening import everything as candidatures

NADIA, SAMIRA = "nadia@passerelle.example", "samira@plateforme.example"
WORD = "Anticonstitutionnellement" * 4
MARKUP = "<script>alert(1)</script> & \"'><b>gras</b>"
ARABIC = "نمشي معًا كل خميس، ونكتب ما يضايقنا في الشارع (الإنارة، الأرصفة)، ثم نحمله إلى البلدية."
LONG = ("Un paragraphe qui n’en finit pas, avec des mots de toutes les tailles. " * 285)[:19_990]
STATES = ("BRO", "SOU", "REL", "CPL", "RET", "PLT", "PUB", "ARC", "ANN")


def nasty() -> dict[str, Any]:
    """Answers at the limits: one word without end, 20,000 signs, markup, Arabic, emoji, sixty lines."""
    content, errors = load(
        {
            "titre": f"{WORD} {MARKUP}", "langue": "fr", "resume": f"{ARABIC}\n\n👩‍👩‍👧 {WORD} {MARKUP}",
            "structure_porteuse": {"nom": WORD, "service": ARABIC, "type": "ASB", "pays": "BE", "commune": WORD,
                                   "site": f"https://passerelle.example/{WORD.lower()}"},
            "contact": {"nom": WORD, "courriel": f"{'a' * 60}@{'b' * 100}.example", "telephone": "02 555 01 00",
                        "publier": True},
            "partenaires": [{"nom": WORD, "role": ARABIC}, {"nom": "P", "role": LONG[:900]}],
            "gouvernance": {"texte": f"{ARABIC}\n\n{LONG[:19_000]}", "schema": {
                "mode": "genere", "noeuds": [{"id": str(n), "nom": WORD[: 12 * n], "citoyen": n % 2 == 0}
                                             for n in range(1, 9)],
                "liens": [{"de": str(n), "a": str(n % 8 + 1), "nature": "propose"} for n in range(1, 9)]}},
            "objectifs": [f"{n} {WORD}" for n in range(1, 61)],
            "descriptif": f"{LONG[:9000]}\n\n{ARABIC}\n\n{MARKUP}\n\n🌱🌱🌱",
            "composantes": [{"nom": WORD, "nombre": 999_999_999, "frequence": ARABIC, "description": MARKUP}],
            "bilan": {
                "citoyens": {"nombre": 0, "precision": "environ", "texte": WORD}, "impact": ARABIC * 9,
                "temoignages": [{"texte": f"{ARABIC} {LONG[:3000]}", "prenom": "Aya", "nom_affiche": WORD,
                                 "consentement": {"statut": "oui", "usages": ["intranet"]}},
                                {"texte": "Sans accord.", "prenom": "Bo"}],
                "cout": {"montant": 0, "devise": "EUR", "periode": "an"},
                "degre_vise": "P6", "degre_reel_min": "P0", "degre_reel_max": "P6",
            },
            "perspectives": [ARABIC, MARKUP], "documents": [{"titre": WORD, "lien": "https://a.example/" + "x" * 900}],
            "donnees_manquantes": {"equite": LONG[:1500], "publics": ARABIC},
        }
    )  # fmt: skip
    assert not errors, errors
    return content


def _fiches(out: dict[str, str]) -> None:
    whole = normal(find("F-2016-002").content)
    nadia, monique = cast.person("contributor"), cast.person("companion")
    call = find("F-2016-002").call_id
    for state in STATES:
        content = {**whole, "titre": f"Une action, état {state}", "photos": []}
        row = {"state": state, "call_id": call, "received_at": None if state == "BRO" else now()}
        out[state] = adopt(
            content,
            owner=nadia,
            number=None if state == "BRO" else f"F-2015-{900 + STATES.index(state)}",
            **row,
        ).id
    out["nasty"] = adopt(nasty(), owner=nadia, state="SOU", call_id=call, received_at=now()).id
    out["empty"] = adopt({**blank(), "titre": "À peine commencée", "langue": "nl"}, owner=nadia).id
    shared = adopt({**whole, "titre": "À deux mains", "photos": []}, owner=nadia)
    shared.authors.append(FicheAuthor(person_id=monique.id, helps=True))
    out["shared"] = shared.id
    origin = {"file": "Fiche du quai.docx", "confirm": [["annees", "« Depuis 2003 ? » : est-ce bien cela ?"], ["?", MARKUP]],
              "unknown": [["NOTE DE SERVICE", ARABIC], ["", WORD]], "notes": ["Une image n’a pas pu être lue."]}  # fmt: skip
    out["imported"] = adopt(nasty(), owner=None, origin=origin).id
    out["picture"] = next(p["fichier"] for f in db.session.query(Fiche) for p in normal(f.content)["photos"] if p["fichier"])  # fmt: skip
    out["quote"] = whole["bilan"]["temoignages"][0]["id"]


def _clash(out: dict[str, str]) -> None:
    """Two people wrote the same answers of the shared fiche: text, number, list item, reason."""
    nadia, monique = cast.person("contributor"), cast.person("companion")
    quote = normal(find(out["shared"]).content)["bilan"]["temoignages"][0]
    for who, word in ((monique, "voisines"), (nadia, "voisins")):
        posted = Posted(
            {
                "resume": f"Des {word} marchent. {ARABIC}", "bilan.cout.montant": float(len(word)), "titre": f"{word} {WORD}",
                "bilan.temoignages": [{**quote, "texte": f"Avant, je ne connaissais pas mes {word}."}],
                "descriptif": f"{LONG[:3000]} {word}",
            },
            {"contexte": f"Les {word} ne savent plus."},
        )  # fmt: skip
        held = save(out["shared"], who, Op(new_id(), "rev:1", posted))
    out["held"] = held.held


def _people(out: dict[str, str]) -> None:
    samira = by_email(SAMIRA)
    rows = {name: people.invited(name, f"{name}@quai.example", ["contributor"]) for name in ("invited", "lapsed", "closed", "fresh")}  # fmt: skip
    rows["closed"].active = True
    rows["invited"].name, rows["invited"].organisation = f"{WORD} {MARKUP}"[:120], ARABIC
    db.session.flush()
    out["invitation"] = access.invite(rows["invited"], samira)
    out["lapsed_link"] = access.invite(rows["lapsed"], samira)
    access.find_link(out["lapsed_link"]).expires_at = now() - timedelta(days=1)
    access.close_account(rows["closed"], samira)
    out |= {name: row.id for name, row in rows.items()}
    out["nadia"] = by_email(NADIA).id
    out["link"] = access.make_link(by_email(NADIA), "sign-in")
    out["used_link"] = access.make_link(by_email(NADIA), "sign-in")
    access.spend(out["used_link"])


def _factors(app: Any, out: dict[str, str]) -> None:
    """An app that waits for its first code, and a key of somebody who does not sign in by themselves here."""
    secret = factors.Vault(app.secret_key).seal(factors.new_secret())
    factors.start_app(by_email(NADIA), secret)
    key = factors.Passkey(person_id=out["closed"], credential_id="AAAA", public_key=b"x", name=MARKUP[:60])
    db.session.add(key)
    db.session.flush()
    out["key"] = key.id


def _mails(out: dict[str, str]) -> None:
    nadia = by_email(NADIA)
    for name, more in (
        ("waiting_mail", {}),
        ("dead_mail", {"dead_at": now(), "attempts": 7, "error": f"550 {WORD} {MARKUP}"}),
        ("moot_mail", {"dead_at": now(), "error": "Ce compte est fermé."}),
        ("sent_mail", {"sent_at": now()}),
    ):
        row = Mail(
            id=new_id(), to=nadia.email, template="fiche_retained", context={"fiche": out["RET"]}, **more
        )
        row.person_id = nadia.id
        db.session.add(row)
        out[name] = row.id


def _dossiers(out: dict[str, str], folder: Any) -> None:
    edition, samira = db.session.query(Edition).one(), by_email(SAMIRA)
    fiche = db.session.get_one(Fiche, out["RET"])
    file = {
        "sha256": storage.keep(folder, b"%PDF-1.7 a file"),
        "pages": 34,
        "size": 2_480_000,
        "ready_at": now(),
    }
    shapes: dict[str, tuple[str, dict[str, Any]]] = {
        "under_way": ("D3", {}),
        "failed": ("D3", {"notes": ["La fiche F-2016-008 a 40 pages : raccourcissez-la.", MARKUP]}),
        "ready": ("D3", {**file, "notes": [f"« {WORD} » n’a pas l’accord de sa structure."]}),
        "revoked": ("D3", {**file, "fiches": [out["ANN"]]}),
        "gone": ("D3", {**file, "sha256": "0" * 64}),
        "sheet": ("D1", {**file, "made_by": by_email(NADIA).id}),
    }
    for name, (kind, more) in shapes.items():
        on = {"fiche": fiche} if kind == "D1" else {"edition": edition}
        row = dossiers.order(kind, samira, new_id(), new_id(), **on)
        for key, value in more.items():
            setattr(row, key, value)
        if name != "under_way":
            row.job.state = "failed" if name == "failed" else "done"
        else:
            row.job.state, row.job.done, row.job.total, row.job.label = "running", 12, 34, f"Page 12 : {WORD}"
        db.session.flush()
        out[f"dossier_{name}"] = row.id
    dossiers.took(db.session.get_one(dossiers.Dossier, out["dossier_ready"]), cast.person("chair"))


def _calls(out: dict[str, str]) -> None:
    edition = db.session.query(Edition).one()
    out["edition"], out["call"] = edition.code, edition.calls[0].code
    for name, shift in (("closed_call", -400), ("coming_call", 200)):
        at = now() + timedelta(days=shift)
        row = Call(edition=edition, code=f"AP-{name[:3].upper()}-1", title=f"{WORD} {MARKUP}", wanted=ARABIC, opens_at=at,
                   closes_at=at + timedelta(days=30))  # fmt: skip
        db.session.add(row)
        out[name] = row.code
    bare = Edition(
        code="BIE-2031", title=f"{WORD} {MARKUP}", year=2031, letter=f"# {WORD}\n\n{MARKUP}\n\n- {ARABIC}"
    )
    db.session.add(bare)
    out["bare_edition"] = bare.code


def _network(out: dict[str, str]) -> None:
    """Texts at the limits in every place of the directory; requests in each state; a list of many lines."""
    nadia, samira = by_email(NADIA), by_email(SAMIRA)
    texts = {"name_fr": f"{WORD} {MARKUP}"[:200], "name_nl": f"{WORD}{WORD}"[:200], "name_de": WORD, "abbreviation": WORD[:40],
             "meaning": WORD, "commune": WORD, "site": f"https://a.example/{'x' * 270}", "about": f"{ARABIC}\n\n{LONG[:1000]}",
             "kind": "ASB", "level": "COM", "country": "FR", "region": "04000"}  # fmt: skip
    row = organisations.add_organisation({**texts, "sectors": list(terms("secteur"))}, samira)
    out["organisation"] = row.id
    out["bare_organisation"] = organisations.add_organisation({"name_de": "Tisch"}, samira).id
    out["own_organisation"] = organisations.named("Maison de quartier La Passerelle").id
    for n, person in enumerate((nadia, samira, cast.person("outsider"))):
        one = organisations.belong(person, row, person, function=WORD * 2, since="2014-09")
        one.until = "2016" if n == 1 else None
        out["membership"] = one.id
    talker = people.add_person(
        f"{WORD} {ARABIC}"[:120], f"{'a' * 60}@{'b' * 60}.example", ["contributor"], active=True
    )
    talker.organisation = WORD
    said = {
        d.name: f"{WORD} {MARKUP}\n\n{ARABIC}\n{LONG[:1000]}"
        for d in profiles.DETAILS.values()
        if d.kind == "text"
    }
    said |= {"languages": " ".join(terms("langue")), "phone": "+32 (0)2 555 01 00"}
    profiles.keep(talker, said, dict.fromkeys(profiles.DETAILS, profiles.MEMBERS), talker)
    companions.accompany(nadia, talker, samira)
    out["talker"] = talker.id
    for state in joining.STATES:
        request = JoinRequest(email=f"{state}@{'c' * 60}.example", name=f"{WORD} {MARKUP}"[:120], state=state, organisation=WORD,
                              words=f"{ARABIC}\n{LONG[:900]}")  # fmt: skip
        if state != joining.WAITING:
            request.answered_at, request.answered_by, request.answer = now(), samira.id, f"{WORD} {MARKUP}"
        db.session.add(request)
        db.session.flush()
        out[f"request_{state}"] = request.id


def _data(out: dict[str, str]) -> None:
    """A file of somebody's data that is ready, a request to be forgotten, words that were withdrawn, acts of all kinds."""
    nadia, leon = by_email(NADIA), cast.person("committee")
    export = DataExport(id=new_id(), person_id=nadia.id, sha256="0" * 64, size=120_345, ready_at=now())
    db.session.add(export)
    farewell = leaving.ask(leon, leon)
    out["export"], out["stay"] = export.id, signer().dumps(farewell.id)
    record(nadia, "fiche.item-erased", "fiche", find("F-2016-002").id, item="x")
    for act in ACTS:
        record(
            None if act.startswith("retention") else nadia, act, "fiche", new_id(), roles=["reader"], rows=3
        )


# Ids of what stands in the closed circle, so that a test can name them without looking.
CLOSED_ITEM, CLOSED_LINK, CLOSED_SEAT, CLOSED_LINE, CLOSED_DECISION = (
    f"00000000-0000-4000-8000-00000000c00{n}" for n in range(1, 6)
)


def _meetings(out: dict[str, str], folder: Any) -> None:
    """A closed circle of which few know, a nasty one, meetings in each state, an item with everything on it."""
    bart, monique, samira = cast.person("reader"), cast.person("companion"), by_email(SAMIRA)
    base = {"languages": "fr nl", "quorum": 3, "proxies": 1, "closed": False, "kind": "GDT"}
    closed = seating.add_circle({**base, "title": "Groupe fermé", "code": "CLOS", "closed": True}, samira)
    nasty = seating.add_circle(
        {**base, "title": f"{WORD} {MARKUP}"[:200], "code": "TEXTES", "mandate": f"{ARABIC}\n\n{MARKUP}", "rhythm": WORD,
         "place": WORD, "expenses": ARABIC, "deciding": "vote", "deciding_words": MARKUP, "axis": "PLA", "kind": "ELG"}, samira,
    )  # fmt: skip
    out["circle_closed"], out["circle_nasty"] = closed.code, nasty.code
    out["seat"] = seating.take_seat(closed, bart, samira, role="chair").id
    db.session.add(circles.Seat(id=CLOSED_SEAT, circle_id=closed.id, person_id=monique.id))
    for one in (samira, by_email(NADIA)):
        seating.take_seat(nasty, one, samira)
    seating.end_seat(circles.seat_here(nasty, samira.id), samira)
    starts = now() + timedelta(days=40)
    said = {"title": "Réunion fermée", "languages": "fr", "remind_days": 2, "place": "Ici"}
    dated = {**said, "starts_at": starts, "ends_at": starts + timedelta(minutes=60)}
    meeting = scheduling.add_meeting(closed, dated, samira)
    out["meeting_closed"] = meeting.code
    out["task_closed"] = task(closed, bart, samira, "Tâche fermée", days=-2, meeting=meeting).id
    db.session.add(
        agenda.AgendaItem(id=CLOSED_ITEM, meeting_id=meeting.id, place=1, title="Point fermé", minutes=90)
    )
    data = b"%PDF-1.7 a file %%EOF"
    attach("meeting", meeting.id, storage.keep(folder, data), samira.id, media_type="application/pdf", size=len(data), width=0, height=0)  # fmt: skip
    file = db.session.query(Attachment).filter_by(document_id=meeting.id).one()
    db.session.add(
        agenda.AgendaLink(id=CLOSED_LINK, item_id=CLOSED_ITEM, kind="document", title="Annexe fermée", attachment_id=file.id)
    )  # fmt: skip
    wide = {**dated, "title": f"{WORD} {MARKUP}"[:200], "words": f"{ARABIC}\n\n{MARKUP}", "place": WORD, "contact_name": WORD,
            "link": f"https://a.example/{'x' * 300}", "contact_email": NADIA, "contact_phone": "02 555 01 00"}  # fmt: skip
    for state in ("prepared", "convened", "held", "cancelled"):
        row = scheduling.add_meeting(nasty, wide, samira)
        item = {"title": f"{WORD} {MARKUP}"[:200], "nature": "DEC", "minutes": 70, "presenter": WORD, "aim": ARABIC,
                "decision": True, "decision_words": f"{MARKUP} {WORD}"}  # fmt: skip
        first = planning.add_item(row, item, samira)
        for kind, what in (("fiche", {"fiche_id": out["nasty"]}), ("fiche", {"fiche_id": out["BRO"]}),
                           ("candidate", {"title": WORD}), ("candidate", {"organisation_id": out["organisation"]})):  # fmt: skip
            planning.attach_link(first, kind, samira, **what)
        planning.add_item(row, item, by_email(NADIA), proposed=True)
        if state != "prepared":
            convening.apply(row, "convene", samira)
        if state == "held":
            row.state = state
        if state == "cancelled":
            convening.apply(row, "cancel", samira, reason=f"{WORD} {MARKUP}")
        out[f"meeting_{state}"], out[f"item_{state}"] = row.code, first.id
        for n, (acts, days) in (
            enumerate((((), -40), (("done",), 2), (("drop",), 9), ((), 1))) if state == "held" else ()
        ):
            given = task(
                nasty,
                by_email(NADIA),
                samira,
                f"{WORD} {MARKUP} {ARABIC}",
                days=days,
                meeting=row,
                item=first,
            )
            for act in acts:
                following.apply(given, act, samira, words=f"{WORD} {MARKUP}")
            out[f"task_{n}"] = given.id
    undated = scheduling.add_meeting(nasty, {**said, "title": "Date à choisir"}, samira)
    spans = [(starts + timedelta(days=n), starts + timedelta(days=n, hours=2)) for n in range(3)]
    poll = scheduling.open_poll(undated, spans, None, f"{ARABIC} {MARKUP}", samira)
    meetings.vote(
        poll, by_email(NADIA), {o.id: a for o, a in zip(poll.options, meetings.ANSWERS, strict=True)}
    )
    out["meeting_undated"] = undated.code
    nadia, here = by_email(NADIA), {row.code: row.id for row in db.session.query(meetings.Meeting)}
    for name, purpose, code in (
        ("reply", notices.REPLY, out["meeting_convened"]),
        ("poll", notices.DATES, undated.code),
    ):
        out[f"{name}_link"] = access.make_link(nadia, purpose, until=starts, meeting_id=here[code])


def _register(out: dict[str, str]) -> None:
    """Decisions and recommendations in each state and with texts at the limits; those of the closed circle."""
    nasty, closed = (circles.circle_by_code(out[name]) for name in ("circle_nasty", "circle_closed"))
    at, hidden = (meetings.meeting_by_code(out[name]) for name in ("meeting_held", "meeting_closed"))
    long = {"text": f"{WORD} {MARKUP}\n\n{ARABIC}\n{LONG[:3000]}", "objections": f"{MARKUP} {ARABIC}", "mode": "vote", "how": "named",
            "votes_for": 0, "votes_against": 999, "votes_abstain": 1, "voices": 1000, "item_id": out["item_held"]}  # fmt: skip
    first = register.decision(at, **long)
    rows = {
        "nasty": first, "replacing": register.decision(at, "La suite.", replaces_id=first.id),
        "removed": register.decision(at, MARKUP, removed_at=now()), "voting": register.decision(at, WORD, opened_at=now()),
        "rejected": register.decision(at, WORD, outcome="rejected"), "closed": register.decision(hidden, "Décision fermée"),
    }  # fmt: skip
    out |= {f"decision_{name}": row.number for name, row in rows.items()}
    said = {"cause": f"{ARABIC}\n\n{MARKUP}", "addressee": WORD * 2, "level": "other", "determinants": list(terms("determinant"))[:6], "words": LONG[:2000]}  # fmt: skip
    for state in recommendations.STATES:
        by = None if state == "proposed" else rows["replacing"].id
        row = register.recommendation(
            nasty, f"{WORD} {MARKUP} {LONG[:1500]}", state=state, decision_id=by, **said
        )
        row.fiches = [find("F-2016-003"), db.session.get_one(Fiche, out["BRO"])]
        out[f"recommendation_{state}"] = row.number
    out["recommendation_hidden"] = register.recommendation(closed, "Recommandation fermée").number


def _sitting(out: dict[str, str]) -> None:
    """A meeting that was held, with texts at the limits, two versions that wait, a vote by name; words of the closed one."""
    hidden, row = (meetings.meeting_by_code(out[name]) for name in ("meeting_closed", "meeting_held"))
    samira, nadia = by_email(SAMIRA), by_email(NADIA)
    db.session.add(
        Contribution(id=CLOSED_LINE, meeting_id=hidden.id, item_id=CLOSED_ITEM, text="Ligne fermée")
    )
    closed = {"meeting_id": hidden.id, "circle_id": hidden.circle_id, "text": "Décision fermée en séance"}
    db.session.add(Decision(id=CLOSED_DECISION, number="D-2015-99", **closed))
    db.session.add(Attendance(meeting_id=row.id, person_id=nadia.id, arrived_at=now(), left_at=now()))
    db.session.add(Attendance(meeting_id=row.id, name=f"{WORD} {MARKUP}"[:200]))
    item = db.session.get(agenda.AgendaItem, out["item_held"])
    item.begun_at = now() - timedelta(minutes=95)
    line = Contribution(id=new_id(), meeting_id=row.id, item_id=item.id, text=f"{WORD}\n\n{MARKUP} {ARABIC}", kind="reaction", person_id=nadia.id)  # fmt: skip
    late = Contribution(meeting_id=row.id, item_id=item.id, text=f"{LONG[:900]} {WORD}", kind="comment", speaker=WORD, beside_id=line.id, made_by=samira.id)  # fmt: skip
    db.session.add_all([line, late, Contribution(meeting_id=row.id, text=WORD, removed_at=now())])
    ballot = {
        "circle_id": row.circle_id,
        "meeting_id": row.id,
        "item_id": item.id,
        "mode": "vote",
        "how": "named",
    }
    vote = Decision(
        id=new_id(), number="D-2015-98", text=f"{WORD} {MARKUP}", objections=ARABIC, opened_at=now(), **ballot
    )
    db.session.add(vote)
    db.session.flush()
    db.session.add(Vote(decision_id=vote.id, voice_id=nadia.id, choice="for", cast_by=samira.id))
    out["line"], out["decision_named"] = line.id, vote.id


def fill(app) -> dict[str, str]:
    """Add everything to an instance of the demonstration; names for use in addresses → values."""
    out: dict[str, str] = {}
    with app.app_context():
        folder = files_folder()
        with writing():
            _fiches(out)
        with writing():
            _clash(out)
        with writing():
            _people(out)
            _factors(app, out)
            _mails(out)
            _dossiers(out, folder)
            _calls(out)
            _network(out)
            _data(out)
            news.everything(out)
        with writing():
            _meetings(out, folder)
            candidatures(out, (WORD, MARKUP, ARABIC))
        with writing():
            _register(out)
            _sitting(out)
        with writing():
            notes.everything(out, (WORD, MARKUP, ARABIC), folder)
        with writing():
            groups.everything(out, (WORD, MARKUP, ARABIC))
            minutes.everything(out, (WORD, MARKUP, ARABIC))
            library.everything(out, (WORD, MARKUP, ARABIC))
            exchanges.everything(out, (WORD, MARKUP, ARABIC))
    return out
