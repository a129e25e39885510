"""Thousands of steps in random order at the door: invite, expire, enter, ask again, change roles, suspend, sign out,
write, erase. After each step what the site does is what a small model of it says."""

import random
import re
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from blueprints import fragments
from blueprints.accounts import letters
from models.access import AccessLink, Device
from models.deliveries import Mail
from models.people import by_email
from models.store import db, now, writing
from tests.support import cast, doors
from tests.support.often import often

EMAILS = [f"personne{n}@quai.example" for n in range(7)]
GIVEN = ("contributor", "companion", "reader", "group_member", "committee")


@dataclass
class Known:
    """What the model knows of one address. status: unknown, invited, active or suspended."""

    status: str = "unknown"
    roles: set = field(default_factory=set)


@dataclass
class Link:
    path: str
    email: str
    invitation: bool
    dead: bool = False


@dataclass
class Visit:
    """A browser that came in. token: of its forms."""

    client: object
    email: str
    token: str
    live: bool = True


@dataclass
class Draft:
    ref: str
    email: str
    word: str
    quote: str
    erased: bool = False


class Walk:
    def __init__(self, app, seed: int) -> None:
        self.app, self.chance = app, random.Random(seed)
        self.people = {email: Known() for email in EMAILS}
        self.links: list[Link] = []
        self.visits: list[Visit] = []
        self.drafts: list[Draft] = []
        self.office = cast.sign_in(self._client(), "coordination")
        self.token = self._token(self.office)
        self.done: dict[str, int] = {}

    def _client(self):
        client = self.app.test_client()
        client.checks_pages = False
        return client

    def _token(self, client, page: str = "/account") -> str:
        return re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)[1]

    def _post(self, path: str, **fields):
        return self.office.post(path, data={**fields, "csrf_token": self.token})

    def _id(self, email: str) -> str | None:
        with self.app.app_context():
            person = by_email(email)
            return person.id if person else None

    def _end_visits(self, email: str) -> None:
        for visit in self.visits:
            if visit.email == email:
                visit.live = False

    def _end_links(self, email: str, *, invitations_only: bool) -> None:
        for link in self.links:
            if link.email == email and (link.invitation or not invitations_only):
                link.dead = True

    # ---- steps

    def invite(self) -> None:
        email = self.chance.choice(EMAILS)
        known, roles = self.people[email], self.chance.sample(GIVEN, self.chance.randint(1, 2))
        answer = self._post("/people", name="Une personne", email=email, roles=roles)
        if known.status == "active":
            assert answer.status_code == 422
            return
        assert answer.status_code == 303
        found = re.search(r"https?://[^/\s\"]+(/enter/[\w-]+)", self.office.get("/people/invited").text)
        self._end_links(email, invitations_only=True)
        self.links.append(Link(found[1], email, invitation=True))
        known.roles |= set(roles)
        known.status = "invited" if known.status == "unknown" else known.status

    def ask(self) -> None:
        """Recovery: somebody asks for a link. Only who may come in is sent one."""
        email = self.chance.choice(EMAILS)
        stranger = self._client()
        answer = stranger.post("/enter", data={"email": email, "csrf_token": self._token(stranger, "/enter")})
        assert answer.status_code == 303
        with self.app.app_context():
            row = db.session.scalar(
                select(Mail).where(Mail.to == email, Mail.template == "sign_in", Mail.sent_at.is_(None))
            )
            assert (row is not None) == (self.people[email].status == "active"), (email, self.people[email])
            if row is not None:
                path, mail_id = doors.path_in(letters.compose(row.id).text), row.id
                with writing():
                    db.session.get_one(Mail, mail_id).sent_at = now()
                self.links.append(Link(path, email, invitation=False))

    def expire(self) -> None:
        if self.links:
            link = self.chance.choice(self.links)
            doors.age(self.app, link.path, timedelta(days=8))
            link.dead = True

    def open(self) -> None:
        if not self.links:
            return
        link = self.chance.choice(self.links[-12:])
        known, client = self.people[link.email], self._client()
        for method in ("GET", "HEAD", "GET"):
            client.open(link.path, method=method)
        opens = not link.dead and (link.invitation or known.status == "active")
        token = self._token(client, "/enter")
        answer = client.post(link.path, data={"csrf_token": token})
        inside = client.get("/account").status_code == 200
        assert inside is opens, (link, known, answer.status_code)
        assert (answer.status_code == 303) is opens
        link.dead = True if opens else link.dead
        if opens:
            known.status = "active"
            if link.invitation:
                self._end_links(link.email, invitations_only=True)
            self.visits.append(Visit(client, link.email, self._token(client)))

    def roles(self) -> None:
        email = self.chance.choice(EMAILS)
        if self.people[email].status == "unknown":
            return
        wanted = self.chance.sample(GIVEN, self.chance.randint(1, 3))
        asked = [*wanted, "administration"] if self.chance.random() < 0.2 else wanted
        answer = self._post(f"/people/{self._id(email)}", roles=asked)
        if asked == wanted:
            assert answer.status_code == 303
            self.people[email].roles = set(wanted)
        else:
            assert answer.status_code == 403

    def suspend(self) -> None:
        email = self.chance.choice(EMAILS)
        known = self.people[email]
        if known.status == "unknown":
            return
        assert self._post(f"/people/{self._id(email)}/close").status_code == 303
        known.status = "suspended" if known.status in ("active", "suspended") else known.status
        self._end_links(email, invitations_only=True)
        self._end_visits(email)

    def reopen(self) -> None:
        email = self.chance.choice(EMAILS)
        known = self.people[email]
        if known.status == "unknown":
            return
        self._post(f"/people/{self._id(email)}/reopen")
        known.status = "active" if known.status == "suspended" else known.status

    def withdraw(self) -> None:
        email = self.chance.choice(EMAILS)
        if self.people[email].status != "unknown":
            self._post(f"/people/{self._id(email)}/withdraw")
            self._end_links(email, invitations_only=True)

    def sign_out(self) -> None:
        """The cookie is copied first: what counts is that the copy is dead."""
        if live := [v for v in self.visits if v.live]:
            visit = self.chance.choice(live)
            copy, before = self._client(), doors.held(visit.client)
            with copy.session_transaction() as session:
                session.update(before)
            visit.client.post("/sign-out", data={"csrf_token": visit.token})
            visit.client, visit.live = copy, False

    def write(self) -> None:
        live = [v for v in self.visits if v.live]
        if not live or len(self.drafts) > 200:
            return
        visit = self.chance.choice(live)
        word, quote = f"zz{uuid4().hex[:10]}", uuid4().hex[:12]
        fields = {
            "op_id": str(uuid4()), "csrf_token": visit.token, "field": "bilan.temoignages",
            "bilan.temoignages": quote, f"bilan.temoignages.{quote}.texte": f"Elle dit {word}.",
            f"bilan.temoignages.{quote}.consentement.statut": "oui",
            f"bilan.temoignages.{quote}.consentement.usages": "intranet",
        }  # fmt: skip
        first = {
            "op_id": str(uuid4()),
            "csrf_token": visit.token,
            "field": "titre",
            "titre": f"Titre {word}t",
        }
        late = {"Accept": "application/json"}
        made = visit.client.post("/fiches/", data=first, headers=late)
        assert made.status_code == 201, made.text
        ref = made.json["id"]
        saved = visit.client.post(f"/fiches/{ref}", data={**fields, "base": "rev:1"}, headers=late)
        assert saved.status_code == 201, saved.text
        self.drafts.append(Draft(ref, visit.email, word, quote))

    def erase(self) -> None:
        ways = [
            (v, d) for v in self.visits if v.live for d in self.drafts if d.email == v.email and not d.erased
        ]
        if ways:
            visit, draft = self.chance.choice(ways)
            answer = visit.client.post(
                f"/fiches/{draft.ref}/erase/{draft.quote}", data={"csrf_token": visit.token}
            )
            assert answer.status_code in (302, 303), answer.status_code
            draft.erased = True

    # ---- what must hold

    def check(self) -> None:
        """One browser, one dead link, one draft for one reader, each picked at random."""
        if self.visits:
            visit = self.chance.choice(self.visits)
            inside = visit.client.get("/account").status_code == 200
            assert inside is (visit.live and self.people[visit.email].status == "active"), visit
        if dead := [link for link in self.links if link.dead]:
            link, client = self.chance.choice(dead), self._client()
            client.post(link.path, data={"csrf_token": self._token(client, "/enter")})
            assert client.get("/account").status_code != 200, link
        live = [v for v in self.visits if v.live]
        if live and self.drafts:
            visit, draft = self.chance.choice(live), self.chance.choice(self.drafts)
            page = visit.client.get(f"/fiches/{draft.ref}")
            mine = draft.email == visit.email
            assert page.status_code == (200 if mine else 404)
            assert (draft.word + "." in page.text) is (mine and not draft.erased)

    def check_all(self) -> None:
        """The rows are what the model says, for everybody."""
        with self.app.app_context():
            for email, known in self.people.items():
                person = by_email(email)
                assert (person is not None) == (known.status != "unknown")
                if person:
                    assert person.active is (known.status == "active"), (email, known)
                    assert person.role_names == known.roles, email
            alive = {d.person.email for d in db.session.scalars(select(Device)) if d.live()}
            assert alive & set(EMAILS) == {v.email for v in self.visits if v.live}

    def go(self, steps: int) -> None:
        often = [self.invite, self.ask, self.open, self.open, self.open, self.write, self.sign_out]
        seldom = [self.expire, self.roles, self.suspend, self.reopen, self.withdraw, self.erase]
        for n in range(steps):
            step = self.chance.choice(often * 2 + seldom)
            step()
            self.done[step.__name__] = self.done.get(step.__name__, 0) + 1
            self.check()
            if n % 50 == 49:
                self.check_all()
                self.links, self.visits = self.links[-60:], self.visits[-60:]


@pytest.fixture
def walked(make_app):
    app = make_app({"RATELIMIT_ENABLED": False}, demo=True)
    yield lambda seed: Walk(app, seed)
    fragments.forget()


@pytest.mark.parametrize("steps", [250, pytest.param(5_000, marks=pytest.mark.long)])
def test_the_door_does_what_the_model_says(walked, steps):
    walk = walked(steps)
    walk.go(steps)
    assert all(
        walk.done[name] > steps / 60 for name in ("invite", "open", "roles", "suspend", "erase", "sign_out")
    )
    assert walk.drafts
    assert any(d.erased for d in walk.drafts)


def careless_links(monkeypatch):
    """A link that was used opens again."""
    right = AccessLink.state.fget
    monkeypatch.setattr(AccessLink, "state", property(lambda link: "live" if link.used_at else right(link)))


def careless_expiry(monkeypatch):
    right = AccessLink.state.fget
    monkeypatch.setattr(
        AccessLink, "state", property(lambda link: "live" if right(link) == "expired" else right(link))
    )


def careless_reading(monkeypatch):
    """Whoever has the address reads a draft."""
    from models import rights

    monkeypatch.setitem(rights.RIGHTS, "fiche.see", (lambda _person, _fiche: True, "lire"))


@pytest.mark.parametrize("mistake", often([careless_links, careless_expiry, careless_reading]))
def test_the_control_is_noticed(walked, monkeypatch, mistake):
    mistake(monkeypatch)
    with pytest.raises(AssertionError):
        walked(1).go(400)
