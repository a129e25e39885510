"""Exports and their way back: the same content in YAML and JSON, and nothing left behind of a file that is not one."""

import base64
import hashlib
import io
import json
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.orm import undefer

from models.attachments import Attachment
from models.fiche import exchange
from models.fiche.content import REASONS, blank, get, load, normal, put
from models.fiche.exchange import BadExport, dump, parse
from models.fiche.fiche import Fiche, find
from models.fiche.posting import Posted
from models.fiche.reading import every_picture, picture_places
from models.fiche.saving import Op, adopt, save
from models.store import db, new_id, writing
from tests.support import cast
from tests.support.answers import documents

FORMS = ["yaml", "json"]


def run(app, *arguments: str):
    return app.test_cli_runner().invoke(args=["fiche", *arguments])


def without_pictures(content: dict) -> dict:
    """The content with each picture as a mere "there is one": it is encoded anew on its way."""
    out = json.loads(json.dumps(content))
    for _q, place, name in list(picture_places(out)):
        place[name] = "x"
    return out


def all_of(app) -> dict[str, dict]:
    with app.app_context():
        return {f.number: normal(f.content) for f in db.session.scalars(select(Fiche))}


def photo(colour=(200, 40, 40)) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "PNG")
    return out.getvalue()


# There and back.


@pytest.mark.parametrize("form", FORMS)
def test_all_the_samples_come_back_equal_into_an_empty_instance(demo_app, make_app, tmp_path, form):
    file = tmp_path / f"tout.{form}"
    assert run(demo_app, "export", "--format", form, "--out", str(file)).exit_code == 0
    empty = make_app()
    done = run(empty, "import", str(file))
    assert done.exit_code == 0, done.output
    before, after = all_of(demo_app), all_of(empty)
    assert set(before) == set(after)
    assert len(before) >= 11
    for number, content in before.items():
        assert without_pictures(after[number]) == without_pictures(content), number
    with empty.app_context():
        assert set(db.session.scalars(select(Fiche.state))) == {"BRO"}
        assert db.session.scalar(text("SELECT count(*) FROM fiche_text")) == len(before)
        assert db.session.scalar(select(func.count()).select_from(Attachment)) == len(
            {d for c in after.values() for d in every_picture(c)}
        )


def test_a_text_that_is_no_sheet_is_kept_and_said_to_be_none(app, tmp_path):
    """Nothing of it is dropped, and standard error says that nothing of the sheet was found. The control: a sheet."""
    warning = "Aucune rubrique connue n’a été trouvée"
    letter, sheet = tmp_path / "lettre.txt", tmp_path / "fiche.txt"
    letter.write_text("Bonjour Nadia,\n\nJe passe demain avec les clés.\n\nLéon", encoding="utf-8")
    sheet.write_text("Titre : Le verger\nObjectifs : Planter\nDescriptif : On plante.\n", encoding="utf-8")
    done, good = run(app, "import", str(letter)), run(app, "import", str(sheet))
    assert (done.exit_code, good.exit_code) == (0, 0)
    assert warning in done.stderr
    assert warning not in done.stdout
    assert warning not in good.stderr
    with app.app_context():
        kept = [f.content for f in db.session.scalars(select(Fiche).options(undefer(Fiche.content)))]
    assert sum("avec les clés" in json.dumps(c, ensure_ascii=False) for c in kept) == 1


@pytest.mark.parametrize("form", FORMS)
def test_pictures_come_with_their_fiche(demo_app, client_of, make_app, tmp_path, form):
    client = client_of("contributor")
    with demo_app.app_context():
        ref = find("F-2016-002").id
    page = client.get(f"/fiches/{ref}/edit/accords?add=photos")
    name = [n for n in re.findall(r'name="photos" value="([^"]+)"', page.text) if n != "__id__"][-1]
    sent = {
        f"photos.{name}.fichier.file": (io.BytesIO(photo()), "a.png"),
        f"photos.{name}.legende": "La fête",
    }
    assert client.submit(page, sent, button="Garder, continuer plus tard").status_code == 303
    file = tmp_path / f"une.{form}"
    assert run(demo_app, "export", "F-2016-002", "--format", form, "--out", str(file)).exit_code == 0
    empty = make_app()
    assert run(empty, "import", str(file)).exit_code == 0
    with empty.app_context():
        fiche = find("F-2016-002")
        item = next(p for p in get(fiche.content, "photos") if p["legende"] == "La fête")
        row = db.session.scalar(
            select(Attachment).where(Attachment.sha256 == item["fichier"], Attachment.document_id == fiche.id)
        )
        kept = Path(empty.config["INSTANCE"]) / "files" / item["fichier"][:2] / item["fichier"][2:]
        assert (row.width, row.height) == (64, 48)
        assert hashlib.sha256(kept.read_bytes()).hexdigest() == item["fichier"]
    again = make_app()  # and once more: a picture of ours stays as it is, or at least stays a picture
    second = tmp_path / f"deux.{form}"
    assert run(empty, "export", "--format", form, "--out", str(second)).exit_code == 0
    assert run(again, "import", str(second)).exit_code == 0
    assert without_pictures(all_of(again)["F-2016-002"]) == without_pictures(all_of(empty)["F-2016-002"])


@given(st.lists(documents(), min_size=1, max_size=3), st.sampled_from(FORMS))
def test_random_documents_come_back_equal(contents, form):
    fiches = [Fiche(number=f"F-2016-{n:03d}", state="BRO", content=c) for n, c in enumerate(contents, 1)]
    raws, _images = parse(dump(fiches, form).encode())
    for raw, content in zip(raws, contents, strict=True):
        assert load({k: v for k, v in raw.items() if k not in ("code", "statut")}) == (content, {})


TRAPS = ["oui", "no", "null", "~", "1998", "1e3", "0x10", "12:30", "2016-04-21", "- tiret", "clé: valeur", "#", "[a]", "{a}", "*alias", "&ancre", "!!tag", "'", '"', "|", ">", "%", "@", "`", "\u00a0x", "x\u2028y", "é" * 300, "🌿", "مرحبا", "a\n\nb\n", "true", ".nan", "=", "<<"]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_what_yaml_could_take_for_something_else_stays_a_text(form):
    content = blank()
    put(content, "objectifs", [t for t in TRAPS if "\n" not in t and t.strip("\u00a0")])
    put(content, "descriptif", "\n".join(TRAPS).strip())
    content = load(content)[0]
    (raw,), _images = parse(dump([Fiche(number=None, state="BRO", content=content)], form).encode())
    assert load({k: v for k, v in raw.items() if k not in ("code", "statut")}) == (content, {})
    assert len(get(content, "objectifs")) > 25


# Numbers.


def test_a_number_that_is_taken_becomes_the_previous_one(demo_app, tmp_path):
    file = tmp_path / "tout.yaml"
    run(demo_app, "export", "F-2016-003", "--out", str(file))
    for _turn in range(2):
        assert run(demo_app, "import", str(file)).exit_code == 0
    with demo_app.app_context():
        rows = db.session.scalars(select(Fiche).where(Fiche.previous_number == "F-2016-003")).all()
        assert [r.number for r in rows] == [None, None]
        assert find("F-2016-003").state == "PUB"


@pytest.mark.parametrize(
    "code",
    [
        None,
        "",
        "2016-003",
        "F-2016-3",
        "F-2016-0000001",
        "F-٢٠١٦-٠٠١",
        "F-2016-001; DROP",
        ["F-2016-001"],
        12,
        {"a": 1},
        "F-2016-001\n",
    ],
)
def test_what_is_no_number_is_none(app, tmp_path, code):
    file = tmp_path / "une.json"
    file.write_text(json.dumps({"fiches": [{"code": code, "titre": "Le chemin"}]}))
    assert run(app, "import", str(file)).exit_code == 0
    with app.app_context():
        (fiche,) = db.session.scalars(select(Fiche)).all()
        assert (fiche.number, fiche.previous_number) == (None, None)


@pytest.mark.parametrize(
    ("role", "number", "previous"),
    [("contributor", None, "F-2031-777"), ("coordination", "F-2031-777", None)],
)
def test_only_the_office_takes_a_number_over_the_page(demo_app, client_of, role, number, previous):
    """Else anybody could claim the next numbers, or make a gap of half a million."""
    client = client_of(role)
    page = client.get("/fiches/import")
    file = io.BytesIO(
        dump(
            [Fiche(number="F-2031-777", state="PUB", content={**blank(), "titre": "Le chemin"})], "yaml"
        ).encode()
    )
    assert client.submit(page, {"files": (file, "une.yaml")}).status_code == 303
    with demo_app.app_context():
        fiche = db.session.scalars(select(Fiche).where(Fiche.title == "Le chemin")).one()
        assert (fiche.number, fiche.previous_number, fiche.state) == (number, previous, "BRO")


def test_importing_the_same_page_twice_makes_the_drafts_once(demo_app, client_of):
    client = client_of("contributor")
    page = client.get("/fiches/import")
    data = dump(
        [Fiche(number=None, state="BRO", content={**blank(), "titre": f"Fiche {n}"}) for n in range(3)],
        "json",
    ).encode()
    for _turn in range(2):
        assert client.submit(page, {"files": (io.BytesIO(data), "trois.json")}).status_code == 303
    with demo_app.app_context():
        assert (
            db.session.scalar(select(func.count()).select_from(Fiche).where(Fiche.title.like("Fiche _"))) == 3
        )


# What is no export.


def nested(depth: int, form: str) -> str:
    return (
        '{"fiches": ' + "[" * depth + "]" * depth + "}"
        if form == "json"
        else "fiches: " + "[" * depth + "]" * depth
    )


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nfiches:\n- titre: *b\n"
BAD = {
    "nothing": b"", "blanks": b" \n ", "text": b"Bonjour,\nvoici la fiche.", "number": b"12", "list of numbers": b"[1, 2]", "empty list": b"fiches: []", "null": b"fiches: null",
    "list of texts": b"fiches: [a, b]", "cut json": b'{"fiches": [{"titre": "x"', "cut yaml": b"fiches:\n- {titre: x", "not utf-8": b"fiches:\n- titre: \xff\xfe",
    "utf-16": "fiches:\n- titre: x".encode("utf-16"), "NUL": b"fiches:\n- titre: a\x00b", "alias bomb": BOMB.encode(), "alias": b"fiches:\n- &a {titre: x}\n- *a\n",
    "merge key": b"fiches:\n- &a {titre: x}\n- {<<: *a}\n", "python object": b"fiches:\n- titre: !!python/object/apply:os.system ['true']", "unknown tag": b"fiches:\n- titre: !x y",
    "deep yaml": nested(100_000, "yaml").encode(), "deep json": nested(100_000, "json").encode(), "deep block": "\n".join(" " * n + "-" for n in range(3000)).encode(),
    "huge hexadecimal": b"fiches:\n- titre: 0x" + b"f" * 20_000, "huge decimal": b"fiches:\n- titre: 1" + b"0" * 20_000, "huge number as key": b"fiches:\n- ? 0x" + b"f" * 9000 + b"\n  : 1",
    "huge number in code": b"fiches:\n- code: 0x" + b"f" * 9000, "huge json number": b'{"fiches": [{"titre": 1' + b"0" * 9000 + b"}]}", "impossible date": b"fiches:\n- titre: 2016-13-45",
    "no answer": b'{"fiches": [{}, {}]}', "no answer either": b"fiches:\n- titre: '  '\n  objectifs: []", "too many": json.dumps({"fiches": [{"titre": "x"}] * 1001}).encode(),
    "two documents": b"fiches:\n- titre: x\n---\nfiches: []", "many blanks": b'{"fiches": [' + b"{}," * 100_000 + b"{}]}", "unhashable key": b"fiches:\n- ? [a]\n  : 1",
    "only images": b'{"images": {"a": "b"}}', "heavy": b"fiches:\n- titre: " + b"x" * 15_000_001,
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_export_is_refused_with_a_sentence_and_leaves_nothing(app, tmp_path, name):
    file = tmp_path / ("mauvais.json" if BAD[name].lstrip()[:1] in (b"{", b"[") else "mauvais.yaml")
    file.write_bytes(BAD[name])
    start = time.process_time()
    done = run(app, "import", str(file))
    assert time.process_time() - start < 2
    assert done.exit_code == 1
    assert done.exception is None or isinstance(done.exception, SystemExit)
    sentence = done.stderr.strip().splitlines()[-1]
    assert any(word in sentence for word in ("Exportez", "Choisissez", "Importez", "Enregistrez"))
    assert "Traceback" not in done.output
    with app.app_context():
        for table in ("fiche", "fiche_revision", "fiche_text", "attachment", "audit_event"):
            assert db.session.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    assert not (Path(app.config["INSTANCE"]) / "files").exists()


def test_the_detector_of_bad_exports_works(app, tmp_path):
    """Control: the same way takes a good file, and the plain reader explodes over the bomb."""
    file = tmp_path / "bon.yaml"
    file.write_text("fiches:\n- titre: Le chemin\n")
    assert run(app, "import", str(file)).exit_code == 0
    assert len(yaml.safe_load(BOMB)["fiches"][0]["titre"]) == 2  # two lists that share their members
    with pytest.raises(BadExport):
        parse(BOMB.encode())


def test_a_reader_without_our_limits_would_hang():
    """Control: nested a fortieth as deep as our hostile file, the plain parser needs over ten times our time for all of it."""
    start = time.process_time()
    with pytest.raises(BadExport):
        parse(nested(100_000, "yaml").encode())
    ours = time.process_time() - start
    code = "import yaml\ntry:\n    yaml.load('fiches: ' + '[' * 12000, Loader=yaml.CSafeLoader)\nexcept yaml.YAMLError:\n    pass"
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert time.perf_counter() - start > 2 * ours


def test_of_several_files_a_bad_one_holds_up_no_other(app, tmp_path):
    good, bad = tmp_path / "bon.yaml", tmp_path / "mauvais.yaml"
    good.write_text("fiches:\n- titre: Le chemin\n")
    bad.write_bytes(BAD["alias bomb"])
    done = run(app, "import", str(bad), str(good), str(tmp_path / "absent.yaml"))
    assert done.exit_code == 1
    assert "Le chemin" in done.stdout
    assert "mauvais.yaml" in done.stderr
    assert "absent.yaml" in done.stderr
    assert list(all_of(app)) == [None]


WRONG = {
    "titre": ["Le", "chemin"], "langue": "xx", "annees": {"debut": "1998 ?", "fin": 2016}, "secteurs": "SAN", "partenaires": {"nom": "x"}, "bilan": 12, "objectifs": ["Marcher", {"a": 1}],
    "contact": {"publier": "peut-être", "nom": "Nadia"}, REASONS: ["x"], "inconnu": {"a": 1},
}  # fmt: skip


def test_wrong_types_are_named_and_the_rest_is_kept(app, tmp_path):
    file = tmp_path / "types.json"
    file.write_text(json.dumps({"fiches": [WRONG]}))
    assert run(app, "import", str(file)).exit_code == 0
    with app.app_context():
        (fiche,) = db.session.scalars(select(Fiche)).all()
        assert (get(fiche.content, "annees.fin"), get(fiche.content, "contact.nom")) == (2016, "Nadia")
        named = {key for key, _sentence in fiche.origin["confirm"]}
        assert {
            "titre",
            "langue",
            "annees.debut",
            "secteurs",
            "partenaires",
            "bilan",
            "objectifs",
            "contact.publier",
            "inconnu",
        } <= named
        assert normal(fiche.content) == load(fiche.content)[0]


def test_keys_and_names_that_no_page_can_show_are_shown_all_the_same(demo_app, client_of):
    """Lone surrogates, NUL and markup in keys, in texts and in the name of the file."""
    client = client_of("contributor")
    raw = {
        "titre": "Le \ud800 chemin",
        "\udfff\x00<b>": 1,
        "partenaires": [{"nom": "École", "\ud83d": 1}],
        REASONS: {"contexte": "\ud800?"},
    }
    page = client.get("/fiches/import")
    answer = client.submit(
        page, {"files": (io.BytesIO(json.dumps({"fiches": [raw]}).encode()), "<i>\u202egpj.json")}
    )
    assert answer.status_code == 303
    shown = client.get(answer.location)
    assert shown.status_code == 200
    assert "Le  chemin" in shown.text
    assert "&lt;b&gt;" in shown.text
    assert "&lt;i&gt;gpj.json" in shown.text


# Pictures.


def image(data: bytes) -> tuple[str, str]:
    return hashlib.sha256(data).hexdigest(), base64.b64encode(data).decode()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "pas du base64",
        base64.b64encode(b"pas une image").decode(),
        base64.b64encode(b"<svg/>").decode(),
        None,
        12,
    ],
)
def test_a_picture_that_cannot_be_read_is_named_and_the_fiche_is_kept(app, tmp_path, body):
    digest = "a" * 64
    file = tmp_path / "une.json"
    file.write_text(
        json.dumps(
            {
                "fiches": [{"titre": "Le chemin", "photos": [{"fichier": digest, "legende": "La fête"}]}],
                "images": {digest: body},
            }
        )
    )
    assert run(app, "import", str(file)).exit_code == 0
    with app.app_context():
        (fiche,) = db.session.scalars(select(Fiche)).all()
        assert [(p["legende"], p["fichier"]) for p in get(fiche.content, "photos")] == [("La fête", None)]
        assert any("Joignez-la" in sentence for _key, sentence in fiche.origin["confirm"])
        assert db.session.scalars(select(Attachment)).all() == []


def test_a_picture_that_is_named_often_is_read_once(app, tmp_path, monkeypatch):
    from adapters import pictures

    read, digest_body = [], image(photo())
    tidy = pictures.tidy
    monkeypatch.setattr(pictures, "tidy", lambda data: read.append(1) or tidy(data))
    digest, body = digest_body
    fiches = [
        {"titre": f"F {n}", "photos": [{"fichier": digest, "legende": str(k)} for k in range(5)]}
        for n in range(4)
    ]
    file = tmp_path / "une.json"
    file.write_text(json.dumps({"fiches": fiches, "images": {digest: body}}))
    assert run(app, "import", str(file)).exit_code == 0
    assert len(read) == 1
    with app.app_context():
        assert len(db.session.scalars(select(Attachment)).all()) == 4


def test_a_digest_that_somebody_only_names_gives_no_picture_away(demo_app, client_of):
    """Nadia knows the digest of a picture of another fiche: her export holds nothing of it, and neither does her page."""
    other = client_of("group_member")
    with demo_app.app_context():
        ref, theirs = find("F-2016-002").id, find("F-2016-012").id
    leon = client_of("committee")
    page = leon.get(f"/fiches/{theirs}/edit/gouvernance")
    answer = leon.submit(
        page,
        {"gouvernance.schema.image.file": (io.BytesIO(photo((1, 2, 3))), "a.png")},
        button="Garder, continuer plus tard",
    )
    assert answer.status_code == 303
    with demo_app.app_context():
        (digest,) = every_picture(find("F-2016-012").content)
        save(
            ref,
            cast.person("contributor"),
            Op(
                new_id(),
                "rev:1",
                Posted({"gouvernance.schema.image": digest, "gouvernance.schema.mode": "image"}),
                late=True,
            ),
        )
    client = client_of("contributor")
    for form in FORMS:
        _fiches, images = parse(client.get(f"/fiches/{ref}/export.{form}").data)
        assert digest not in images
    assert client.get(f"/fiches/{ref}/pictures/{digest}").status_code == 404
    assert digest in parse(leon.get(f"/fiches/{theirs}/export.json").data)[1]  # control
    assert other.get(f"/fiches/{theirs}/pictures/{digest}").status_code == 404


# The commands.


def test_export_names_what_it_does_not_find_and_lists_what_there_is(demo_app, tmp_path):
    done = run(demo_app, "export", "F-2016-999", "--out", str(tmp_path / "x.yaml"))
    assert (done.exit_code, (tmp_path / "x.yaml").exists()) == (1, False)
    assert "F-2016-999" in done.stderr
    assert "fiche list" in done.stderr
    assert run(demo_app, "export", "--out", str(tmp_path / "absent" / "x.yaml")).exit_code == 1
    assert len(run(demo_app, "list").stdout.splitlines()) == len(all_of(demo_app))


def test_an_import_for_somebody_makes_them_its_writer(demo_app, tmp_path):
    file = tmp_path / "une.yaml"
    file.write_text("fiches:\n- titre: Le chemin\n")
    assert run(demo_app, "import", str(file), "--owner", "nadia@passerelle.example").exit_code == 0
    refused = run(demo_app, "import", str(file), "--owner", "personne@passerelle.example")
    assert refused.exit_code == 1
    assert "Invitez-la" in refused.stderr
    with demo_app.app_context():
        (fiche,) = db.session.scalars(select(Fiche).where(Fiche.title == "Le chemin")).all()
        assert fiche.author_ids == {cast.person("contributor").id}


def test_a_thousand_fiches_fit_into_one_file(app):
    """The fullest sample a thousand times is within the limits, so that what is exported can be read back."""
    from models.demo import sample_fiches

    fullest = max(
        (load({k: v for k, v in f.items() if k not in ("code", "statut")})[0] for f in sample_fiches()),
        key=lambda c: len(str(c)),
    )
    events = sum(
        1
        for _event in yaml.parse(
            dump([Fiche(number=None, state="BRO", content=fullest)], "yaml"), Loader=yaml.CSafeLoader
        )
    )
    assert events < exchange.MOST_EVENTS
    with app.app_context(), writing():
        adopt(fullest, owner=None)


@settings(max_examples=100)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=200).map(lambda t: t.encode("utf-8", "surrogatepass")),
        st.text("[]{}:,-&*!|>'\"#%@ \n\tab1", max_size=200).map(str.encode),
    )
)
def test_no_bytes_at_all_raise_anything_but_a_sentence(data):
    with suppress(BadExport):
        fiches, images = parse(data)
        assert fiches
        assert isinstance(images, dict)
        for raw in fiches:
            content = load(raw)[0]
            assert normal(content) == content
