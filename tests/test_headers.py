"""S8: the same headers on every answer, whatever the route and however it ends; no forged host, no way off the site."""

import re
import shutil
import socket
from urllib.parse import urlsplit

import pytest
from flask import Response
from waitress.utilities import RequestEntityTooLarge

from blueprints import addresses, gate
from blueprints.shell import CSP, DOWNLOAD_CSP, PERMISSIONS
from models.store import Busy
from tests.support import cast
from tests.support.doors import NADIA, make_link
from tests.support.often import often
from tests.support.pagecheck import problems
from tests.support.site import Site
from tests.test_accounts import FOREIGN
from tests.test_gate import routes, samples

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
    "X-Frame-Options": "DENY",
}
HSTS = "max-age=63072000; includeSubDomains"
DOWNLOADS = {
    "accounts.audit_file",
    "accounts.take_data",
    "dossiers.download",
    "fiches.export",
    "fiches.picture",
    "meetings.paper",
    "meetings.one",
    "meetings.feed",
}
EVIL = "evil.example"


def wrong_headers(answer, *, https: bool = False, download: bool = False, shell: bool = False) -> list[str]:
    """What is not as it should be, in words."""
    heads, out = answer.headers, []
    wanted = {**ALWAYS, "Content-Security-Policy": DOWNLOAD_CSP if download else CSP}
    for name, value in wanted.items():
        if heads.get_all(name) != [value]:
            out.append(f"{name}: {heads.get_all(name)}")
    if heads.get("Strict-Transport-Security") != (HSTS if https else None):
        out.append(f"HSTS: {heads.get('Strict-Transport-Security')}")
    if heads.get("Cache-Control") != ("no-cache" if shell else "private, no-store"):
        out.append(f"Cache-Control: {heads.get('Cache-Control')}")
    if "Cookie" not in heads.get("Vary", ""):
        out.append(f"Vary: {heads.get('Vary')}")
    out += [f"{name} tells too much" for name in ("Server", "X-Powered-By", "Via") if name in heads]
    out += [f"cookie: {c}" for c in heads.getlist("Set-Cookie") if not sound_cookie(c, https)]
    return out


# What is the same for everybody, and is asked for anew: a browser may keep it (tests/browser/ prove what is in it).
SHELL = {
    "offline.outbox",
    "offline.blank_fiche",
    "offline.blank_meeting",
    "offline.blank_note",
    "offline.worker",
    "offline.manifest",
}


def sound_cookie(text: str, https: bool) -> bool:
    flags = {bit.strip().lower() for bit in text.split(";")[1:]}
    sound = {"httponly", "samesite=lax", "path=/"} <= flags and not any(f.startswith("domain") for f in flags)
    return sound and ("secure" in flags and text.startswith("__Host-")) if https else sound


@pytest.mark.parametrize("identity", often(["coordination", "anonymous", "contributor", "administration"], 2))
def test_every_answer_has_them(demo_app, identity):
    client, wrong, seen = demo_app.test_client(), [], set()
    if identity != "anonymous":
        cast.sign_in(client, identity)
    client.checks_pages = False
    known = demo_app.url_map.bind("localhost")
    for path, method, access in list(routes(demo_app)):
        if method not in ("GET", "POST") and identity not in ("anonymous", "administration"):
            continue  # the same for everybody: no route declares another method
        answer = client.open(path, method=method)
        seen.add(answer.status_code)
        endpoint = known.match(path, method=method)[0] if access else ""
        shell = endpoint in SHELL and answer.status_code == 200 and method != "OPTIONS"
        download = endpoint in DOWNLOADS and answer.status_code == 200 and method != "OPTIONS"
        wrong += [
            f"{method} {path} ({answer.status_code}): {w}"
            for w in wrong_headers(answer, download=download, shell=shell)
        ]
    assert wrong == []
    assert {404, 405} <= seen


@pytest.fixture
def broken(make_app):
    """An application in which every way to fail can be called for."""
    app = make_app({"TESTING": False, "PROPAGATE_EXCEPTIONS": False}, demo=True)

    def fail(how):
        if how == "crash":
            raise RuntimeError
        if how == "busy":
            raise Busy
        from flask import abort

        abort(int(how))

    app.add_url_rule("/fail/<how>", "fail", gate.public(fail), methods=["GET", "POST"])
    return app


FAILURES = [
    "400",
    "401",
    "403",
    "404",
    "405",
    "409",
    "410",
    "413",
    "415",
    "422",
    "429",
    "500",
    "501",
    "503",
    "crash",
    "busy",
]


@pytest.mark.parametrize("how", FAILURES)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_every_failure_has_them(broken, how, accept):
    client = broken.test_client()
    client.checks_pages = False
    answer = client.get(f"/fail/{how}", headers={"Accept": accept})
    assert answer.status_code == {"crash": 500, "busy": 503}.get(how, int(how) if how.isdecimal() else 0) or (
        how,
        accept,
    ) == ("401", "text/html")
    assert wrong_headers(answer) == []


def test_what_is_too_large_has_them(demo_app, client_of):
    client = client_of("contributor")
    client.checks_pages = False
    for path, size in (("/account", 1_100_000), ("/enter", 1_100_000), ("/fiches/import", 15_100_000)):
        answer = client.post(path, data=b"a=" + b"x" * size, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 413, path
        assert wrong_headers(answer) == []


REFUSED = {
    413: b"POST /enter HTTP/1.1\r\nHost: localhost\r\nContent-Length: 17000000\r\n\r\n",
    400: b"POST /enter HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n",
}


def asked_raw(port: int, request: bytes):
    """What the server answers to these bytes, as the application's answers are read."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as stream:
            status, _, rest = stream.read().partition(b"\r\n")
    heads, _, body = rest.partition(b"\r\n\r\n")
    fields = [line.split(": ", 1) for line in heads.decode("latin-1").split("\r\n")]
    return Response(body, int(status.split()[1]), fields)


def test_what_the_server_refuses_by_itself_has_them_and_the_page(empty_template, tmp_path):
    shutil.copytree(empty_template, tmp_path / "instance")
    site = Site(tmp_path / "instance").start()
    try:
        for code, request in REFUSED.items():
            answer = asked_raw(site.port, request)
            assert answer.status_code == code
            assert wrong_headers(answer) == []
            assert problems(answer.get_data(as_text=True)) == []
            assert "Set-Cookie" not in answer.headers
        assert "trop" in asked_raw(site.port, REFUSED[413]).get_data(as_text=True)
    finally:
        site.stop()


def test_the_control_the_server_s_own_refusal_has_none_of_them():
    _status, headers, body = RequestEntityTooLarge("too large").to_response()
    assert wrong_headers(Response(body, 413, headers))


def test_over_https_they_are_stricter(make_app):
    app = make_app({"PUBLIC_URL": "https://tablee.example"}, demo=True)
    client = app.test_client()
    for path in ("/enter", "/privacy", "/nowhere", "/", "/healthz"):
        answer = client.get(path, base_url="https://tablee.example")
        assert wrong_headers(answer, https=True) == [], path
    assert app.config["SESSION_COOKIE_NAME"] == "__Host-tablee"


def test_static_files_have_them_and_may_be_kept(demo_app, demo_client):
    page = demo_client.get("/enter").text
    paths = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    assert len(paths) > 4
    for path in paths:
        heads = demo_client.get(path).headers
        for name, value in {**ALWAYS, "Content-Security-Policy": CSP}.items():
            assert heads.get_all(name) == [value], (path, name)
        assert "Set-Cookie" not in heads
        assert "immutable" in heads["Cache-Control"]


def test_the_control_an_answer_without_them_is_noticed(make_app):
    app = make_app(demo=True)
    app.after_request_funcs[None] = []
    found = wrong_headers(app.test_client().get("/enter"))
    assert len(found) >= len(ALWAYS) + 2
    lax = "tablee=x; Path=/; HttpOnly; SameSite=Lax"
    assert sound_cookie(lax, False)
    for cookie in (lax.replace("HttpOnly", "x"), lax.replace("Lax", "None"), f"{lax}; Domain=example.org"):
        assert not sound_cookie(cookie, False)
    assert not sound_cookie(lax, True)
    assert sound_cookie(f"__Host-{lax}; Secure", True)


# ---- a forged host

HOSTS = [EVIL, f"{EVIL}:80", f"localhost.{EVIL}", f"localhost@{EVIL}", f"{EVIL}#localhost", "localhost:99999x", "127.0.0.1.nip.io",
         "[::2]", "0.0.0.0", f"tablee.example.{EVIL}", "xn--tabl-epa.example"]  # fmt: skip
FORGED = {
    "X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "javascript", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Port": "6666",
    "X-Forwarded-Prefix": f"//{EVIL}", "X-Forwarded-Server": EVIL, "Forwarded": f"host={EVIL};proto=https",
    "X-Original-URL": f"//{EVIL}/", "X-Rewrite-URL": f"//{EVIL}/", "X-Host": EVIL, "X-HTTP-Host-Override": EVIL,
    "X-Script-Name": f"//{EVIL}", "X-HTTP-Method-Override": "DELETE", "Origin": f"https://{EVIL}", "Referer": f"https://{EVIL}/",
}  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_a_forged_host_gets_nothing(demo_app, host):
    client = demo_app.test_client()
    client.checks_pages = False
    for path in ("/enter", "/", "/privacy", "/nowhere"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 400, path
        assert host not in answer.text
        assert wrong_headers(answer) == []
    assert client.get("/enter").status_code == 200  # the control


def leads(answer) -> set[str]:
    """Every address that an answer leads to: headers, links, forms, refreshes."""
    found = {
        v
        for name in ("Location", "Refresh", "Link", "Content-Location")
        for v in answer.headers.getlist(name)
    }
    if answer.mimetype == "text/html":
        found |= set(re.findall(r'(?:href|src|action|content|formaction)="([^"]*)"', answer.text))
    return found


def test_forged_headers_change_no_address(demo_app, client_of):
    plain, forged = client_of("coordination"), client_of("coordination")
    for client in (plain, forged):
        client.checks_pages = False
    forged.set_cookie("tablee", plain.get_cookie("tablee").value)
    given = samples(demo_app)
    paths = [
        "/",
        "/account",
        "/people",
        "/fiches/",
        "/audit",
        "/privacy",
        "/enter",
        "/nowhere",
        f"/people/{given['person_id']}",
    ]
    for path in paths:
        answer = forged.get(path, headers=FORGED)
        assert EVIL not in str(answer.headers), path
        assert leads(answer) == leads(plain.get(path)), path
    for path in ("/", "/account", "/fiches/F-2016-002"):  # to the door
        answer = demo_app.test_client().get(path, headers=FORGED)
        assert answer.location == f"/enter?next={path}"


# ---- next=

MORE = [
    "////evil.example", "/\u2028/evil.example", "https:evil.example", "https:/evil.example", "https:\\\\evil.example", "///\\evil.example",
    "http://[::1]@evil.example", "http://localhost@evil.example/", "http://localhost:8017.evil.example", "ftp://evil.example",
    "blob:https://evil.example/x", "view-source:https://evil.example", "feed:https://evil.example", "x:1", "\u0000//evil.example",
    "/\u0000/evil.example", "/account?next=\r\nLocation:%20https://evil.example", "/%0d%0aLocation:https://evil.example", "/;//evil.example",
    "/?//evil.example\\", "/#\\evil.example\t", "/account\\@evil.example", "/account\t", "\u3000//evil.example", "/\u3000/evil.example",
    "/\u202e/evil.example", "/\ud800/x".encode("utf-8", "replace").decode(), "／evil.example", "/／evil.example", "/。/evil.example",
    "/enter/second", "/enter/confirm", "/stay/x", "/../../evil", "/static/../evil", "\x0b//evil.example", "/\x0b/evil.example",
]  # fmt: skip
CORPUS = [*FOREIGN, *MORE]


def off_site(location: str) -> bool:
    """Whether a browser on our page would leave it: it reads a backslash as a slash and drops tabs and line ends."""
    read = re.sub(r"[\t\r\n]", "", location.strip("\x00\x0b \u3000\ufeff")).replace("\\", "/")
    split = urlsplit(read)
    return bool(split.scheme or split.netloc or read.startswith("//"))


def test_the_corpus_is_large_and_the_detector_works():
    assert len(set(CORPUS)) >= 60
    assert sum(off_site(target) for target in CORPUS) >= 30  # a naive redirect would leave for these
    assert not off_site("/account?next=//x")


def test_no_next_leads_off_the_site_by_any_door(demo_app, client_of):
    """Asked of who is in; of the link; of the password's page; of a fresh proof. The landing page is looked at."""
    demo_app.config["RATELIMIT_ENABLED"] = False
    inside, outside = client_of("contributor"), demo_app.test_client()
    link = make_link(demo_app, NADIA)
    for client in (inside, outside):
        client.checks_pages = False
    for target in CORPUS:
        with demo_app.app_context():
            assert not off_site(addresses.local(target)), target
            assert not off_site(addresses.local(target, "/", "POST")), target
        for path in ("/enter", "/enter/password", "/enter/second", "/enter/confirm"):
            answer = inside.get(path, query_string={"next": target})
            assert not off_site(answer.location or ""), (path, target)
        for path in ("/enter", "/enter/password", link):
            page = outside.get(path, query_string={"next": target})
            carried = re.findall(r'name="(?:next|confirm_to)" value="([^"]*)"', page.text)
            assert not any(map(off_site, carried)), (path, target)
            assert not [a for a in leads(page) if EVIL in a], (path, target)


def test_a_naive_redirect_is_noticed(make_app):
    """The control: a route that follows whatever it is told."""
    from flask import redirect, request

    app = make_app(demo=True)
    app.add_url_rule("/naive", "naive", gate.public(lambda: redirect(request.args["next"])))
    client, gone = app.test_client(), 0
    for target in CORPUS:
        try:
            gone += off_site(client.get("/naive", query_string={"next": target}).location or "")
        except ValueError:
            continue  # the library refuses a line end in a header
    assert gone >= 20
