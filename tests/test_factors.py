"""The second factor: passkeys, the app, codes on paper; the second step, the grace of the office, fresh proofs."""

import re
from datetime import timedelta

import pytest
from passlib.totp import TOTP
from sqlalchemy import select

from blueprints import gate
from models import access, demo, factors, people
from models.access import Device
from models.audit import AuditEvent
from models.factors import Passkey, RecoveryCode, Totp, Vault
from models.people import Person, by_email
from models.store import db, now, writing
from tests.support import cast
from tests.support.authenticator import PRESENT, Authenticator
from tests.support.client import _fields, _find_form
from tests.support.doors import NADIA, SAMIRA, held, mailed, make_link, open_door, path_in

KARIM = "karim@plateforme.example"
JSON = {"Accept": "application/json"}
PASSWORD = "quatre velos sous la pluie"
PAPER = r"(?<![\w-])[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}(?![\w-])"  # and not the middle of a UUID


def heading(answer) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer.text, re.DOTALL)
    return " ".join(found[1].split())


def token_of(page) -> dict[str, str]:
    return {"csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]}


def acts(app) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEvent.act).order_by(AuditEvent.id)))


def give_app(app, email: str) -> str:
    """An app that counts already; its secret."""
    secret = factors.new_secret()
    with app.app_context(), writing():
        sealed = Vault(app.secret_key).seal(secret)
        db.session.add(Totp(person_id=by_email(email).id, secret=sealed, confirmed_at=now()))
    return secret


def give_paper(app, email: str) -> list[str]:
    with app.app_context(), writing():
        return factors.new_codes(by_email(email), Vault(app.secret_key))


def code(secret: str, steps: int = 0, at=None) -> str:
    return TOTP(key=secret).generate(time=(at or now()) + timedelta(seconds=30 * steps)).token


def half_in(app, email: str, **more):
    """A client of somebody who has opened a link, and shows nothing more yet."""
    client = app.test_client()
    assert open_door(client, make_link(app, email), **more).status_code == 303
    return client


def show(client, typed: str, **more):
    page = client.get("/enter/second", query_string=more)
    return client.post("/enter/second", data={**token_of(page), "code": typed})


def stale(app, email: str) -> None:
    """Every proof of somebody is sixteen minutes old."""
    with app.app_context(), writing():
        for device in db.session.scalars(select(Device).where(Device.person_id == by_email(email).id)):
            device.proved_at = now() - timedelta(minutes=16)


@pytest.fixture
def later(monkeypatch):
    """later(delta): for what is asked of the office the clock stands elsewhere."""
    return lambda by: monkeypatch.setattr(factors, "now", lambda: now() + by)


# ---- codes as rules


@pytest.mark.parametrize("drift", [-3, -2, -1, 0, 1, 2, 3])
def test_a_clock_may_be_one_step_off(drift):
    secret = factors.new_secret()
    found = factors.matches(secret, code(secret, drift))
    assert (found is not None) is (abs(drift) <= 1)


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\x00" * 6, "1" * 5000, "-1", " "]
)
def test_what_is_no_code_is_refused(typed):
    assert factors.matches(factors.new_secret(), typed) is None


def test_a_code_may_be_typed_with_spaces():
    secret = factors.new_secret()
    right = code(secret)
    assert factors.matches(secret, f" {right[:3]} {right[3:]} ") is not None


def test_a_code_opens_once_and_none_before_it_opens_after(demo_app):
    secret = give_app(demo_app, NADIA)
    vault = Vault(demo_app.secret_key)
    with demo_app.app_context():
        for steps, opens in ((0, "app"), (0, ""), (-1, ""), (1, "app"), (1, "")):
            with writing():
                assert factors.use_code(by_email(NADIA), code(secret, steps), vault) == opens, steps


def test_a_code_on_paper_opens_once_and_for_its_person_alone(demo_app):
    codes, vault = give_paper(demo_app, NADIA), Vault(demo_app.secret_key)
    assert len(set(codes)) == factors.CODES == 10
    assert all(re.fullmatch(r"([a-z2-9]{4}-){2}[a-z2-9]{4}", one) for one in codes)
    with demo_app.app_context(), writing():
        nadia, samira = by_email(NADIA), by_email(SAMIRA)
        assert factors.use_code(samira, codes[0], vault) == ""
        assert factors.use_code(nadia, codes[0].upper().replace("-", " "), vault) == "paper"
        assert factors.use_code(nadia, codes[0], vault) == ""
        assert factors.use_code(nadia, codes[1], vault) == "paper"
        assert factors.codes_left(nadia) == 8
        factors.new_codes(nadia, vault)
        assert factors.use_code(nadia, codes[2], vault) == ""


def test_the_files_of_the_database_hold_no_secret(app, instance):
    with app.app_context(), writing():
        people.add_person("Ada", "ada@example.org", active=True)
    secret, codes = give_app(app, "ada@example.org"), give_paper(app, "ada@example.org")
    kept = b"".join(path.read_bytes() for path in instance.glob("tablee.db*"))
    assert b"ada@example.org" in kept  # the control
    assert [
        one for one in (secret, *codes, *(c.replace("-", "") for c in codes)) if one.encode() in kept
    ] == []


def test_a_vault_of_another_key_opens_nothing():
    sealed = Vault("a").seal("s")
    assert Vault("a").open(sealed) == "s"
    assert Vault("b").open(sealed) is None
    assert Vault("a").open("junk") is None
    assert (
        Vault("a").fingerprint("p", "x-y")
        == Vault("a").fingerprint("p", "XY")
        != Vault("b").fingerprint("p", "xy")
    )


# ---- the second step


def test_who_has_none_is_asked_for_none(demo_app):
    assert half_in(demo_app, NADIA).get("/account").status_code == 200


def test_a_link_alone_opens_nothing_for_who_has_a_second_factor(demo_app):
    secret = give_app(demo_app, NADIA)
    client = half_in(demo_app, NADIA)
    answer = client.get("/fiches/?etat=SOU")
    assert (answer.status_code, answer.location) == (302, "/enter/second?next=/fiches/?etat%3DSOU")
    assert client.get("/enter").location == "/enter/second"
    page = client.get(answer.location)
    assert heading(page) == "Encore un geste, Nadia Bensaïd"
    assert NADIA not in page.text
    wrong = client.submit(page, {"code": "000000"}, form="/enter/second")
    assert wrong.status_code == 422
    assert "Ce code n’ouvre pas" in wrong.text
    assert client.get("/account").status_code == 302
    answer = client.submit(wrong, {"code": code(secret)}, form="/enter/second")
    assert (answer.status_code, answer.location) == (303, "/fiches/?etat=SOU")
    assert client.get("/account").status_code == 200
    assert client.get("/enter/second").location == "/"


def test_a_password_alone_opens_nothing_either(demo_app, client_of):
    client = client_of("contributor")
    client.submit(client.get("/account"), {"password": PASSWORD}, form="/account/password")
    give_app(demo_app, NADIA)
    other = demo_app.test_client()
    other.submit(other.get("/enter/password"), {"email": NADIA, "password": PASSWORD})
    assert other.get("/account").location == "/enter/second?next=/account"


def addresses_of(app) -> list[tuple[str, str]]:
    """(method, path) of every route that asks for a right."""
    out = []
    with app.app_context():
        for rule in app.url_map.iter_rules():
            wanted = gate.access_of(rule.endpoint)
            path = re.sub(r"<[^>]+>", "nothing", re.sub(r"<int:[^>]+>", "1", rule.rule))
            out += [(m, path) for m in ("GET", "POST") if m in rule.methods and wanted and wanted.right]
    return out


def test_half_a_visit_is_refused_everywhere(demo_app):
    """As a page, as a form and as JSON; and nothing is loaded, whatever the address names."""
    secret = give_app(demo_app, NADIA)
    client = half_in(demo_app, NADIA)
    token = token_of(client.get("/enter/second"))
    client.checks_pages = False
    wrong = []
    for method, path in addresses_of(demo_app):
        answer = client.open(path, method=method, data=token if method == "POST" else None)
        said = client.open(path, method=method, data=token if method == "POST" else None, headers=JSON)
        if answer.status_code != (302 if method == "GET" else 401) or "Nadia" in answer.text:
            wrong.append(f"{method} {path}: {answer.status_code}")
        if method == "GET" and not (answer.location or "").startswith("/enter/second?next="):
            wrong.append(f"{path}: {answer.location}")
        if (said.status_code, said.json) != (401, {"error": "second_step"}):
            wrong.append(f"JSON {method} {path}: {said.status_code}")
    assert wrong == []
    assert len(addresses_of(demo_app)) > 60
    # The control: the same addresses, once the code was shown.
    client.post("/enter/second", data={**token, "code": code(secret)})
    codes = {client.get(path).status_code for method, path in addresses_of(demo_app) if method == "GET"}
    assert {200, 404} <= codes


def test_a_post_that_waits_for_the_second_step_keeps_its_text(demo_app):
    client = cast.sign_in(demo_app.test_client(), "contributor")
    page = client.get("/account")
    give_app(demo_app, NADIA)
    with demo_app.app_context(), writing():
        access.ask_second(by_email(NADIA), but=None)
    answer = client.submit(page, {"organisation": "La Passerelle, et sa rue"}, form="/account")
    assert answer.status_code == 401
    assert "La Passerelle, et sa rue" in answer.text
    assert 'href="/enter/second"' in answer.text
    with demo_app.app_context():
        assert by_email(NADIA).organisation != "La Passerelle, et sa rue"


def copied(app, client):
    thief = app.test_client()
    thief.set_cookie("tablee", client.get_cookie("tablee").value)
    return thief


def test_a_cookie_copied_before_the_second_step_is_worth_nothing(demo_app):
    secret = give_app(demo_app, NADIA)
    client = half_in(demo_app, NADIA)
    client.get("/enter/second")
    thief = copied(demo_app, client)
    # The control: until then it is as good as the cookie, and no better.
    assert thief.get("/enter/second").status_code == 200
    assert thief.get("/account").status_code == 302
    assert show(client, code(secret)).status_code == 303
    for _ in range(2):
        assert client.get("/account").status_code in (200, 302)
        assert thief.get("/account").location == "/enter?next=/account"
        assert thief.get("/enter/second").location == "/enter"
        page = client.get("/enter") if client.get("/account").status_code == 302 else client.get("/account")
        client.post("/sign-out", data=token_of(page))
    after = copied(demo_app, client)
    assert after.get("/account").status_code == 302


def test_a_first_factor_asks_the_other_browsers_for_it(demo_app):
    here, there = half_in(demo_app, NADIA), half_in(demo_app, NADIA)
    add_app(demo_app, here)
    assert here.get("/account").status_code == 200
    assert there.get("/account").location == "/enter/second?next=/account"
    assert "n’a pas encore montré la deuxième preuve" in here.get("/account").text


def test_a_code_on_paper_opens_and_is_told_by_mail(demo_app):
    give_app(demo_app, NADIA)
    codes = give_paper(demo_app, NADIA)
    client = half_in(demo_app, NADIA)
    page = client.get("/enter/second")
    assert "Il en reste 10" in page.text
    answer = client.post("/enter/second", data={**token_of(page), "code": codes[3]})
    assert answer.status_code == 303
    assert "Il en reste 9" in client.get("/").text
    assert "Un code de secours vient d’ouvrir votre compte" in mailed(demo_app, NADIA)[0]
    again = half_in(demo_app, NADIA)
    answer = again.post("/enter/second", data={**token_of(again.get("/enter/second")), "code": codes[3]})
    assert answer.status_code == 422


def test_wrong_codes_are_limited_by_account_and_nobody_is_locked_out(demo_app):
    secret = give_app(demo_app, NADIA)
    client = half_in(demo_app, NADIA)
    token = token_of(client.get("/enter/second"))
    typed = {**token, "code": "000000"}
    assert [client.post("/enter/second", data=typed).status_code for _ in range(8)] == [422] * 8
    refused = client.post("/enter/second", data={**token, "code": code(secret)})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 601
    # From another browser of the same account it is the same; another account is not held up.
    other = half_in(demo_app, NADIA)
    assert show(other, code(secret)).status_code == 429
    theirs = give_app(demo_app, KARIM)
    assert show(half_in(demo_app, KARIM), code(theirs)).status_code == 303
    # Ten minutes later it opens.
    with demo_app.app_context():
        from blueprints.security import limiter

        limiter.reset()
    assert show(other, code(secret)).status_code == 303


# ---- passkeys


def options(client, page, path: str = "/enter/passkey/options", **more):
    answer = client.post(path, data=token_of(page), headers=JSON, **more)
    assert answer.status_code == 200, answer.text
    return answer.json


def add_key(client, key: Authenticator, **more):
    page = client.get("/account/second")
    asked = options(client, page, "/account/second/keys/options")
    return client.submit(
        page, {"passkey": key.make(asked), "name": "Mon téléphone"}, form="/account/second/keys", **more
    )


def add_app(app, client) -> str:
    """Through the pages, as a person does it; the secret."""
    page = client.get(client.submit(client.get("/account/second"), form="/account/second/app").location)
    secret = re.search(r'id="cle"[^>]*>\s*([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")
    answer = client.submit(page, {"code": code(secret)}, form="/account/second/app/confirm")
    assert answer.status_code in (200, 303)
    return secret


@pytest.fixture
def nadia(demo_app, client_of):
    return client_of("contributor")


@pytest.fixture
def key(nadia):
    """Nadia has a passkey."""
    made = Authenticator()
    assert heading(add_key(nadia, made)) == "Vos codes de secours"
    return made


def by_key(client, key, path: str = "/enter/second", **more):
    page = client.get(path)
    said = key.sign(options(client, page))
    action = "/enter/passkey" if path == "/enter" else path
    return client.post(action, data={**token_of(page), "passkey": said, **more})


def test_a_passkey_is_made_for_this_person_and_this_place(demo_app, nadia, key):
    asked = options(nadia, nadia.get("/account/second"), "/account/second/keys/options")
    assert asked["rp"]["id"] == "localhost"
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert len(asked["excludeCredentials"]) == 1
    with demo_app.app_context():
        [row] = db.session.scalars(select(Passkey))
        assert (row.name, row.person_id, row.transports) == (
            "Mon téléphone",
            by_email(NADIA).id,
            ["internal"],
        )
        assert key.user.decode() == row.person_id
        assert NADIA.encode() not in key.user
    assert "Une clé d’accès a été ajoutée" in mailed(demo_app, NADIA)[0]
    assert "Mon téléphone" in nadia.get("/account").text


def test_a_passkey_is_the_second_step(demo_app, key):
    client = half_in(demo_app, NADIA)
    page = client.get("/enter/second")
    asked = options(client, page)
    assert len(asked["allowCredentials"]) == 1
    assert by_key(client, key).status_code == 303
    assert client.get("/account").status_code == 200


def test_a_passkey_alone_opens_the_door(demo_app, key):
    client = demo_app.test_client()
    page = client.get("/enter?next=/edition")
    asked = options(client, page)
    assert asked["allowCredentials"] == []
    answer = client.submit(page, {"passkey": key.sign(asked), "shared": True}, form="/enter/passkey")
    assert (answer.status_code, answer.location) == (303, "/edition")
    assert "Expires=" not in answer.headers["Set-Cookie"]
    assert "Nadia" in client.get("/account").text


def test_a_challenge_is_answered_once(demo_app, key):
    """Not even with a copy of the cookie that held it."""
    client = demo_app.test_client()
    page = client.get("/enter")
    said = key.sign(options(client, page))
    thief = copied(demo_app, client)
    data = {**token_of(page), "passkey": said}
    assert client.post("/enter/passkey", data=data).location == "/"
    assert "device" in held(client)
    with demo_app.app_context(), writing():
        db.session.scalar(select(Passkey)).sign_count = 0  # so that the count does not tell
    answer = thief.post("/enter/passkey", data=data)
    assert answer.location == "/enter"
    assert "device" not in held(thief)
    assert "n’ouvre pas ici" in thief.get("/enter").text


def test_a_challenge_ends_after_five_minutes(demo_app, key):
    client = demo_app.test_client()
    for minutes, opens in ((6, False), (4, True)):
        page = client.get("/enter")
        said = key.sign(options(client, page))
        with demo_app.app_context(), writing():
            row = db.session.scalar(select(factors.Challenge))
            row.expires_at -= timedelta(minutes=minutes)
        client.post("/enter/passkey", data={**token_of(page), "passkey": said})
        assert ("device" in held(client)) is opens, minutes


def test_a_challenge_of_another_browser_or_for_another_purpose_opens_nothing(demo_app, nadia, key):
    first, second = half_in(demo_app, NADIA), half_in(demo_app, NADIA)
    said = key.sign(options(first, first.get("/enter/second")))
    page = second.get("/enter/second")
    with second.session_transaction() as session:
        session["challenge"] = held(first)["challenge"]
    assert second.post("/enter/second", data={**token_of(page), "passkey": said}).status_code == 422
    # What was to be signed to make a key is not signed to use one; the control is the right purpose.
    for purpose, opens in (("use", False), ("make", True)):
        options(nadia, nadia.get("/account/second"), "/account/second/keys/options")
        with demo_app.app_context(), writing():
            row = db.session.get(factors.Challenge, held(nadia)["challenge"])
            device = db.session.get(Device, row.bound_to)
            assert (factors.take_challenge(row.id, purpose, device) is not None) is opens


def cheat(**changes):
    def change(key):
        for name, value in changes.items():
            setattr(key, name, value)

    return change


@pytest.mark.parametrize(
    ("how", "opens"),
    [
        (cheat(), True),
        (cheat(count=41), True),
        (cheat(origin="https://evil.example"), False),
        (cheat(host="evil.example"), False),
        (cheat(flags=PRESENT), False),
        (cheat(flags=0), False),
        (cheat(key=Authenticator().key), False),
        (cheat(id=b"x" * 16), False),
        (cheat(user=b"somebody else"), False),
    ],
)
def test_what_a_key_must_say(demo_app, key, how, opens):
    how(key)
    client = demo_app.test_client()
    by_key(client, key, "/enter")
    assert ("device" in held(client)) is opens


def test_a_count_that_goes_back_is_refused(demo_app, key):
    for count, opens in ((8, True), (8, False), (4, False), (0, False), (9, True)):
        key.count = count - 1  # signing counts one more
        client = half_in(demo_app, NADIA)
        assert by_key(client, key).status_code == (303 if opens else 422), count
        assert client.get("/account").status_code == (200 if opens else 302), count


def test_a_key_that_never_counts_opens_each_time(demo_app, key):
    """Keys that several devices share say 0 for ever."""
    for _ in range(3):
        key.count = -1
        assert by_key(half_in(demo_app, NADIA), key).status_code == 303


def test_the_key_of_somebody_else_is_no_second_step(demo_app, key, client_of):
    theirs = Authenticator()
    add_key(client_of("committee"), theirs)
    client = half_in(demo_app, NADIA)
    answer = by_key(client, theirs)
    assert answer.status_code == 422
    assert "n’a pas ouvert" in answer.text
    assert client.get("/account").status_code == 302
    assert by_key(client, key).status_code == 303


def test_a_key_of_a_closed_account_opens_nothing(demo_app, key):
    with demo_app.app_context(), writing():
        access.close_account(by_email(NADIA), by_email(SAMIRA))
    client = demo_app.test_client()
    by_key(client, key, "/enter")
    assert "device" not in held(client)


@pytest.mark.parametrize("said", ["", "x", "[]", "{}", '{"id": 1}', "{" * 5000, '{"id":"a","response":{"userHandle":"%"}}',
                                  '{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"clientDataJSON":"AAAA"}}',
                                  "\x00", "x" * 30_000])  # fmt: skip
def test_junk_for_a_key_is_a_sentence(demo_app, nadia, key, said):
    client = half_in(demo_app, NADIA)
    page = client.get("/enter/second")
    options(client, page)
    assert client.post("/enter/second", data={**token_of(page), "passkey": said}).status_code == 422
    page = nadia.get("/account/second")
    options(nadia, page, "/account/second/keys/options")
    answer = nadia.post("/account/second/keys", data={**token_of(page), "passkey": said})
    assert answer.status_code == 422
    assert "n’a pas pu être ajoutée" in answer.text


def test_a_key_is_added_once(demo_app, nadia, key):
    answer = add_key(nadia, key)
    assert answer.status_code == 422
    with demo_app.app_context():
        assert len(list(db.session.scalars(select(Passkey)))) == 1


def test_at_an_address_in_figures_a_sentence_shows_the_way(demo_app):
    client = demo_app.test_client()
    page = client.get("/enter", base_url="http://127.0.0.1:8017")
    assert "data-passkey" not in page.text
    assert 'href="http://localhost:8017/enter"' in page.text
    # The control.
    assert "data-passkey" in client.get("/enter", base_url="http://localhost:8017").text


# ---- the app and the codes, through the pages


def test_an_app_from_page_to_sign_in(demo_app, nadia):
    page = nadia.get(nadia.submit(nadia.get("/account/second"), form="/account/second/app").location)
    assert "<svg" in page.text
    assert "otpauth://totp/" in page.text
    wrong = nadia.submit(page, {"code": "000000"}, form="/account/second/app/confirm")
    assert wrong.status_code == 422
    with demo_app.app_context():
        assert not factors.has_factor(by_email(NADIA))
    secret = re.search(r'id="cle"[^>]*>\s*([A-Z2-7 ]+)<', wrong.text)[1].replace(" ", "")
    shown = nadia.submit(wrong, {"code": code(secret)}, form="/account/second/app/confirm")
    codes = re.findall(PAPER, shown.text)
    assert len(codes) == 10
    assert "Une application de codes a été liée" in mailed(demo_app, NADIA)[0]
    # Neither the secret nor the codes are shown again.
    assert nadia.get("/account/second/app").location == "/account/second"
    for path in ("/account/second", "/account"):
        text = nadia.get(path).text
        assert secret not in text
        assert codes[0] not in text
        assert "10" in text
    # The code that linked it does not open as well.
    client = half_in(demo_app, NADIA)
    assert show(client, code(secret)).status_code == 422
    assert show(client, code(secret, 1)).status_code == 303


def test_new_codes_end_the_old_ones(demo_app, nadia, key):
    old = give_paper(demo_app, NADIA)
    answer = nadia.submit(nadia.get("/account/second"), form="/account/second/codes")
    new = re.findall(PAPER, answer.text)
    assert len(new) == 10
    vault = Vault(demo_app.secret_key)
    with demo_app.app_context(), writing():
        assert [factors.use_code(by_email(NADIA), one, vault) for one in (old[0], new[0])] == ["", "paper"]


def test_who_has_no_factor_gets_no_codes(demo_app, nadia):
    answer = nadia.post("/account/second/codes", data=token_of(nadia.get("/account")))
    assert answer.location == "/account/second"
    with demo_app.app_context():
        assert list(db.session.scalars(select(RecoveryCode))) == []


def test_renaming_and_removing(demo_app, nadia, key):
    with demo_app.app_context():
        key_id = db.session.scalar(select(Passkey.id))
    there = demo_app.test_client()
    by_key(there, key, "/enter")
    page = nadia.get("/account")
    nadia.submit(page, {"name": " Clé\n bleue <b> "}, form=f"/account/second/keys/{key_id}")
    assert "Clé bleue &lt;b&gt;" in nadia.get("/account").text
    assert f'href="/account/second/keys/{key_id}/remove"' in nadia.get("/account/second").text
    asked = nadia.get(f"/account/second/keys/{key_id}/remove")
    assert "Clé bleue" in heading(asked)
    assert "C’est votre dernière deuxième preuve" in asked.text
    answer = nadia.submit(asked, form="/remove")
    assert answer.location == "/account/second"
    assert "La clé d’accès est retirée" in nadia.get("/account/second").text
    assert "a été retirée" in mailed(demo_app, NADIA)[0]
    assert there.get("/account").status_code == 302
    with demo_app.app_context():
        assert not factors.has_factor(by_email(NADIA))
        assert factors.codes_left(by_email(NADIA)) == 0
    assert half_in(demo_app, NADIA).get("/account").status_code == 200


def test_several_wrong_codes_are_told_once(demo_app):
    """Whoever gets that far has the link already; the sixth wrong code within the hour brings no second mail."""
    give_paper(demo_app, NADIA)
    give_app(demo_app, NADIA)
    client = half_in(demo_app, NADIA)
    told = []
    for _ in range(6):
        assert show(client, "000000").status_code == 422
        told.append(sum("Plusieurs codes faux" in text for text in mailed(demo_app, NADIA)))
    assert told == [0, 0, 0, 0, 1, 1]
    text = next(t for t in mailed(demo_app, NADIA) if "Plusieurs codes" in t)
    assert "Personne n’est entré" in " ".join(text.split())


def test_nobody_touches_the_key_of_another(demo_app, nadia, key, client_of):
    with demo_app.app_context():
        key_id = db.session.scalar(select(Passkey.id))
    other = client_of("administration")
    token = token_of(other.get("/account"))
    for path in (f"/account/second/keys/{key_id}", f"/account/second/keys/{key_id}/remove"):
        assert other.post(path, data=token).status_code == 404
    assert other.get(f"/account/second/keys/{key_id}/remove").status_code == 404
    with demo_app.app_context():
        assert db.session.scalar(select(Passkey.name)) == "Mon téléphone"


# ---- the office


@pytest.mark.parametrize(("days", "left"), [(0, 7), (0.5, 7), (1, 6), (5.9, 2), (6, 1), (6.99, 1)])
def test_the_grace_counts_down_on_screen(demo_app, client_of, later, days, left):
    client = client_of("coordination")
    with demo_app.app_context(), writing():
        by_email(SAMIRA).office_since = now()
    later(timedelta(days=days, seconds=60))
    client = cast.sign_in(demo_app.test_client(), "coordination")
    words = "Il vous reste un jour pour" if left == 1 else f"Il vous reste {left} jours pour"
    for path in ("/", "/account"):
        assert words in client.get(path).text
    assert "Il vous reste" not in cast.sign_in(demo_app.test_client(), "committee").get("/").text


@pytest.fixture
def owing(demo_app):
    """Samira's week is over, and she has nothing."""
    with demo_app.app_context(), writing():
        by_email(SAMIRA).office_since = now() - timedelta(days=7, seconds=1)
    return cast.sign_in(demo_app.test_client(), "coordination")


def test_after_the_grace_every_page_leads_to_setting_one_up(demo_app, owing):
    owing.checks_pages = False
    open_to_her, led, odd = set(), set(), []
    for rule in demo_app.url_map.iter_rules():
        with demo_app.app_context():
            wanted = gate.access_of(rule.endpoint)
        if "GET" not in rule.methods or not wanted.right or rule.endpoint == "accounts.app":
            continue
        path = re.sub(r"<[^>]+>", "nothing", rule.rule)
        answer = owing.get(path)
        if (answer.status_code, answer.location) == (303, "/account/second"):
            led.add(rule.endpoint)
        else:
            open_to_her.add(rule.endpoint)
        said = owing.get(path, headers=JSON)
        if rule.endpoint in led and (said.status_code, said.json) != (403, {"error": "factor_owed"}):
            odd.append(path)
    assert odd == []
    assert {"home.index", "accounts.people", "fiches.index", "fiches.show"} <= led
    assert {"accounts.account", "accounts.factors", "accounts.confirm"} <= open_to_her
    page = owing.get("/account/second")
    assert "Choisissez-en une pour continuer" in page.text
    assert owing.get("/styleguide").status_code == 200
    # The control: somebody else of the office, whose week runs, passes.
    assert cast.sign_in(demo_app.test_client(), "administration").get("/people").status_code == 200


def test_a_post_after_the_grace_keeps_its_text(demo_app, client_of):
    client = client_of("coordination")
    page = client.get("/people")
    with demo_app.app_context(), writing():
        by_email(SAMIRA).office_since = now() - timedelta(days=8)
    answer = client.submit(page, {"name": "Zoé Lambrecht", "email": "zoe@x.example"}, form="/people")
    assert answer.status_code == 403
    assert "Zoé Lambrecht" in answer.text
    assert "deuxième preuve" in answer.text
    assert 'href="/account/second" target="_blank"' in answer.text
    with demo_app.app_context():
        assert by_email("zoe@x.example") is None


def test_setting_one_up_after_the_grace_opens_everything(demo_app, owing):
    assert owing.get("/").status_code == 303
    add_app(demo_app, owing)
    assert owing.get("/").status_code == 200
    assert "Il vous reste" not in owing.get("/").text


def test_going_out_is_always_possible(demo_app, owing):
    owing.submit(owing.get("/account/second"), form="/sign-out")
    assert "device" not in held(owing)


def test_the_last_factor_of_the_office_stays_after_the_grace(demo_app, owing):
    add_app(demo_app, owing)
    token = token_of(owing.get("/account/second"))
    owing.post("/account/second/app/remove", data=token)
    assert "C’est votre dernière deuxième preuve" in owing.get("/account/second").text
    with demo_app.app_context():
        assert factors.has_factor(by_email(SAMIRA))
    # With another one it may go.
    add_key(owing, Authenticator())
    owing.post("/account/second/app/remove", data=token)
    with demo_app.app_context():
        assert factors.app_of(by_email(SAMIRA)) is None
        assert factors.has_factor(by_email(SAMIRA))


@pytest.mark.parametrize("role", ["coordination", "contributor"])
def test_before_that_and_for_the_others_it_may_go(demo_app, client_of, role):
    client = client_of(role)
    add_app(demo_app, client)
    client.post("/account/second/app/remove", data=token_of(client.get("/account/second")))
    with demo_app.app_context():
        assert not factors.has_factor(cast.person(role))


def test_when_the_week_begins(demo_app):
    """With the first visit in such a role; for who is a member already, with the role."""
    zoe = "zoe@habitants.example"
    with demo_app.app_context():
        with writing():
            people.invited("Zoé", zoe, ["coordination"])
        assert by_email(zoe).office_since is None
        with writing():
            token = access.invite(by_email(zoe), None)
        demo_app.test_client().get(f"/enter/{token}")
        assert by_email(zoe).office_since is None
    open_door(demo_app.test_client(), f"/enter/{token}")
    with demo_app.app_context():
        since = by_email(zoe).office_since
        assert now() - since < timedelta(minutes=1)
        with writing():
            by_email(zoe).office_since = since - timedelta(days=3)
    open_door(demo_app.test_client(), make_link(demo_app, zoe))
    with demo_app.app_context():
        assert by_email(zoe).office_since == since - timedelta(days=3)
        with writing():
            people.set_roles(by_email(NADIA), ["contributor", "coordination"], by_email(SAMIRA))
        assert by_email(NADIA).office_since is not None
        with writing():
            people.set_roles(by_email(NADIA), ["contributor"], by_email(SAMIRA))
            access.add_device(by_email(NADIA), shared=False, label="")
        assert by_email(NADIA).office_since is None


def test_the_first_person_has_a_week_as_well(app):
    with app.app_context(), writing():
        since = people.first_person("Ada", "ada@example.org").office_since
    assert now() - since < timedelta(minutes=1)


def test_challenges_that_ended_are_forgotten(app):
    with app.app_context():
        for age in (timedelta(minutes=6), timedelta(minutes=4)):
            with writing():
                factors.challenge("use", None).expires_at -= age
        with writing():
            factors.challenge("use", None)
        assert len(list(db.session.scalars(select(factors.Challenge)))) == 2


def test_a_visit_that_goes_on_begins_the_week_as_well(demo_app, client_of):
    client = client_of("coordination")
    with demo_app.app_context(), writing():
        by_email(SAMIRA).office_since = None
        db.session.scalar(select(Device)).seen_at = now() - timedelta(hours=2)
    assert client.get("/people").status_code == 200
    with demo_app.app_context():
        assert by_email(SAMIRA).office_since is not None


def test_an_old_demonstration_still_opens_by_its_printed_links(demo_app):
    with demo_app.app_context(), writing():
        by_email(SAMIRA).office_since = now() - timedelta(days=90)
    with demo_app.app_context(), writing():
        token = demo.link(by_email(SAMIRA))
    client = demo_app.test_client()
    open_door(client, f"/enter/{token}")
    assert client.get("/people").status_code == 200


@pytest.mark.parametrize(("role", "words"), [("committee", "nous vous conseillons"), ("chair", "nous vous conseillons"),
                                             ("contributor", "Vous pouvez ajouter"), ("coordination", "Votre rôle en demande une")])  # fmt: skip
def test_the_account_offers_one(client_of, role, words):
    page = client_of(role).get("/account").text
    assert words.lower() in page.lower()
    assert 'href="/account/second"' in page


# ---- a fresh proof


FRESH = {
    "accounts.set_password", "accounts.remove_password", "accounts.change_person", "accounts.close", "accounts.reset",
    "accounts.new_key_options", "accounts.add_key", "accounts.remove_key", "accounts.start_app", "accounts.app",
    "accounts.confirm_app", "accounts.remove_app", "accounts.new_codes", "admin.delete_edition",
}  # fmt: skip


def test_which_acts_ask_for_a_fresh_proof(demo_app):
    with demo_app.app_context():
        known = {rule.endpoint for rule in demo_app.url_map.iter_rules()}
        asks = {name for name in known if (wanted := gate.access_of(name)) and wanted.fresh}
    assert asks >= FRESH
    assert not asks & {"accounts.drop_all", "accounts.sign_out", "accounts.confirm", "home.index"}


def test_a_fresh_visit_is_not_asked(demo_app, client_of):
    office = client_of("coordination")
    path = f"/people/{person_id(demo_app, NADIA)}"
    answer = office.submit(office.get(path), {"roles": ["reader", "companion"]}, form=path)
    assert (answer.status_code, answer.location) == (303, path)


def person_id(app, email: str) -> str:
    with app.app_context():
        return by_email(email).id


def with_password(app, email: str) -> None:
    from blueprints import security

    with app.app_context():
        hashed, _weak = security.new_password(by_email(email), PASSWORD)
        with writing():
            by_email(email).password = hashed


def test_what_was_typed_waits_for_the_proof_and_then_goes_on(demo_app, client_of):
    with_password(demo_app, SAMIRA)
    office = client_of("coordination")
    path = f"/people/{person_id(demo_app, NADIA)}"
    page = office.get(path)
    stale(demo_app, SAMIRA)
    asked = office.submit(page, {"roles": ["reader", "companion"]}, form=path)
    assert (asked.status_code, heading(asked)) == (401, "Confirmez que c’est vous")
    wrong = office.submit(asked, {"confirm_password": "faux"}, form="/enter/confirm")
    assert wrong.status_code == 422
    assert "Ce n’est pas le mot de passe" in wrong.text
    with demo_app.app_context():
        assert by_email(NADIA).role_names == {"contributor"}
    answer = office.submit(wrong, {"confirm_password": PASSWORD}, form="/enter/confirm")
    assert (answer.status_code, answer.location) == (307, path)
    # A browser posts the same fields again.
    posted = _fields(_find_form(wrong.text, "/enter/confirm"))
    posted["confirm_password"] = PASSWORD
    page = office.post(answer.location, data=posted)
    assert (page.status_code, page.location) == (303, path)
    with demo_app.app_context():
        assert by_email(NADIA).role_names == {"reader", "companion"}
    assert "device.proved" in acts(demo_app)


def test_as_json_it_is_said(demo_app, client_of):
    office = client_of("coordination")
    token = token_of(office.get("/account"))
    stale(demo_app, SAMIRA)
    answer = office.post(f"/people/{person_id(demo_app, NADIA)}/close", data=token, headers=JSON)
    assert (answer.status_code, answer.json) == (401, {"error": "not_fresh"})
    with demo_app.app_context():
        assert by_email(NADIA).active


def test_a_page_that_asks_for_a_fresh_proof_comes_after_it(demo_app, client_of):
    with_password(demo_app, SAMIRA)
    office = client_of("coordination")
    stale(demo_app, SAMIRA)
    asked = office.get("/admin/editions/BIE-2017/delete")
    assert (asked.status_code, asked.location) == (302, "/enter/confirm?next=/admin/editions/BIE-2017/delete")
    answer = office.submit(office.get(asked.location), {"confirm_password": PASSWORD}, form="/enter/confirm")
    assert (answer.status_code, answer.location) == (303, "/admin/editions/BIE-2017/delete")
    assert office.get(answer.location).status_code == 200


def test_a_secret_is_kept_in_no_page(demo_app, client_of):
    with_password(demo_app, NADIA)
    client = client_of("contributor")
    page = client.get("/account")
    stale(demo_app, NADIA)
    asked = client.submit(
        page, {"current": PASSWORD, "password": "trois oies dans le canal"}, form="/account/password"
    )
    assert asked.status_code == 401
    assert PASSWORD not in asked.text
    assert "trois oies" not in asked.text
    assert "vous l’écrirez à nouveau" in asked.text
    answer = client.submit(asked, {"confirm_password": PASSWORD}, form="/enter/confirm")
    assert (answer.status_code, answer.location) == (303, "/account")


def test_who_has_a_second_factor_confirms_with_it(demo_app, client_of):
    with_password(demo_app, SAMIRA)
    secret = give_app(demo_app, SAMIRA)
    office = cast.sign_in(demo_app.test_client(), "coordination")
    show(office, code(secret))
    path = f"/people/{person_id(demo_app, NADIA)}/close"
    page = office.get(f"/people/{person_id(demo_app, NADIA)}")
    stale(demo_app, SAMIRA)
    asked = office.post(path, data=token_of(page), headers={"Referer": page.request.url})
    assert 'name="confirm_password"' not in asked.text
    data = {**token_of(asked), "confirm_to": path, "confirm_way": "post"}
    assert office.post("/enter/confirm", data={**data, "confirm_password": PASSWORD}).status_code == 422
    assert (
        office.post("/enter/confirm", data={**data, "confirm_code": code(secret)}).status_code == 422
    )  # served already
    assert office.post("/enter/confirm", data={**data, "confirm_code": code(secret, 1)}).status_code == 307


def test_a_passkey_confirms(demo_app, nadia, key):
    client = half_in(demo_app, NADIA)
    by_key(client, key)
    stale(demo_app, NADIA)
    asked = client.get("/enter/confirm?next=/account/second")
    said = key.sign(options(client, asked))
    data = {**token_of(asked), "confirm_to": "/account/second", "confirm_passkey": said}
    answer = client.post("/enter/confirm", data=data)
    assert (answer.status_code, answer.location) == (303, "/account/second")
    assert "Confirmer d’abord" not in client.get("/account/second").text


def test_a_link_confirms_as_well(demo_app, client_of):
    office = client_of("coordination")
    path = f"/people/{person_id(demo_app, NADIA)}"
    page = office.get(path)
    stale(demo_app, SAMIRA)
    asked = office.submit(page, {"roles": ["reader"]}, form=path)
    assert office.submit(asked, form="/enter").status_code == 303
    answer = open_door(office, path_in(mailed(demo_app, SAMIRA)[0]))
    assert answer.location == path
    # Back in the tab that waited: the token is another one now, and the text is still there.
    again = office.submit(asked, form=path)
    assert (again.status_code, heading(again)) == (403, "Un geste encore")
    assert office.submit(again, form=path).status_code == 303
    with demo_app.app_context():
        assert by_email(NADIA).role_names == {"reader"}


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/nowhere", "javascript:alert(1)", "", "/account"]
)
def test_a_confirmation_leads_nowhere_else(demo_app, client_of, target):
    with_password(demo_app, NADIA)
    client = client_of("contributor")
    data = {**token_of(client.get("/account")), "confirm_password": PASSWORD, "confirm_to": target}
    answer = client.post("/enter/confirm", data={**data, "confirm_way": "post"})
    assert answer.location == ("/account" if target == "/account" else "/")
    assert answer.status_code == (307 if target == "/account" else 303)
    answer = client.post("/enter/confirm", data=data)
    assert (answer.status_code, answer.location) == (303, "/account" if target == "/account" else "/")


# ---- for who lost them


def test_the_office_takes_a_lost_factor_away(demo_app, client_of, nadia, key):
    office = client_of("coordination")
    path = f"/people/{person_id(demo_app, NADIA)}"
    assert f'href="{path}/second/reset"' in office.get(path).text
    asked = office.get(f"{path}/second/reset")
    assert "de vive voix" in asked.text
    answer = office.submit(asked, form=f"{path}/second/reset")
    assert answer.location == path
    assert "reset" in acts(demo_app)[-1]
    assert "La deuxième preuve de votre compte a été retirée" in mailed(demo_app, NADIA)[0]
    assert nadia.get("/account").location == "/enter?next=/account"
    assert half_in(demo_app, NADIA).get("/account").status_code == 200
    assert "second/reset" not in office.get(path).text
    assert office.get(f"{path}/second/reset").location == path
    stranger = demo_app.test_client()
    by_key(stranger, key, "/enter")
    assert "device" not in held(stranger)


@pytest.mark.parametrize(
    ("by", "whose", "status"),
    [("coordination", "coordination", 403), ("administration", "administration", 403),
     ("coordination", "administration", 403), ("administration", "coordination", 303), ("committee", "contributor", 404)],
)  # fmt: skip
def test_nobody_resets_their_own_nor_that_of_somebody_above(demo_app, client_of, by, whose, status):
    client = client_of(by)
    with demo_app.app_context():
        email, whose_id = cast.person(whose).email, cast.person(whose).id
    give_app(demo_app, email)
    answer = client.post(f"/people/{whose_id}/second/reset", data=token_of(client.get("/account")))
    assert answer.status_code == status
    with demo_app.app_context():
        assert factors.has_factor(by_email(email)) is (status != 303)


def test_the_last_administrator_is_helped_by_a_command(demo_app):
    give_app(demo_app, KARIM)
    run = demo_app.test_cli_runner().invoke
    assert run(args=["reset-factors", "nobody@x.be"]).exit_code == 1
    assert run(args=["reset-factors", NADIA]).exit_code == 1
    done = run(args=["reset-factors", KARIM.upper()])
    assert done.exit_code == 0, done.output
    client = demo_app.test_client()
    open_door(client, path_in(done.stdout))
    assert client.get("/mails").status_code == 200
    assert "a été retirée" in mailed(demo_app, KARIM)[0]


def test_who_was_reset_after_the_grace_sets_another_one_up_first(demo_app, owing):
    add_app(demo_app, owing)
    with demo_app.app_context(), writing():
        factors.reset(by_email(SAMIRA), by_email(KARIM))
    client = half_in(demo_app, SAMIRA)
    assert client.get("/people").location == "/account/second"
    add_app(demo_app, client)
    assert client.get("/people").status_code == 200


def test_each_act_is_in_the_audit_without_a_secret(demo_app, nadia, key):
    secret = add_app(demo_app, nadia)
    with demo_app.app_context():
        kept = str([vars(event) for event in db.session.scalars(select(AuditEvent))])
    assert {"factor.passkey-added", "factor.codes-made", "factor.app-added"} <= set(acts(demo_app))
    assert secret not in kept
    assert NADIA not in kept


def test_a_person_has_no_more_of_another(demo_app, key):
    with demo_app.app_context():
        assert factors.has_factor(by_email(NADIA))
        assert not [
            p for p in db.session.scalars(select(Person)) if p.email != NADIA and factors.has_factor(p)
        ]
