"""The second proof that somebody is who they say: passkeys, an app that counts codes, codes on paper.

Who holds a link of theirs in hand, or knows a password, shows one of these besides. A passkey is both proofs at
once (something one has, opened by something one is or knows), so it also opens the door by itself.

Nobody of the office works without one for longer than GRACE after first coming in with such a role; the others
are offered one. Source: safety.md of the design, NIST SP 800-63B-4, WebAuthn 3 (7.2: the count of a key never goes
back), RFC 6238 (5.2: a code is taken once; 6: one step of drift either way).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import secrets
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import JSON, ForeignKey, LargeBinary, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from models.access import OFFICE, Device, ask_second, drop_devices
from models.audit import count_since, record
from models.people import Person
from models.store import Base, Moment, db, new_id, now

GRACE = timedelta(days=7)
CODES = 10
MANY_WRONG = 5  # wrong codes within an hour after which somebody is told
STEP = 30  # seconds that a code of the app lasts
CHALLENGE_LIFE = timedelta(minutes=5)
NAMED = 60  # signs of a passkey's name
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
ADVISED = {"committee", "chair"}


class Passkey(Base):
    """A key that a person's phone, computer or security key keeps. We hold its public half only.

    credential_id: base64url. sign_count: 0 for ever where the key does not count.
    """

    __tablename__ = "passkey"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(NAMED), default="")
    transports: Mapped[list[str]] = mapped_column(JSON, default=list)
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class Totp(Base):
    """The app of a person. secret: sealed, see Vault. It counts from `confirmed_at` on; last_step is spent."""

    __tablename__ = "totp"
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(255))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    last_step: Mapped[int] = mapped_column(default=0)


class RecoveryCode(Base):
    """One of the codes on paper; only its fingerprint is kept."""

    __tablename__ = "recovery_code"
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class Challenge(Base):
    """What a passkey is asked to sign, for one answer within five minutes.

    It stays with us: one that only a cookie held could be answered again with a copy of the cookie.
    bound_to: the device it is for; "" at the door.
    """

    __tablename__ = "passkey_challenge"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    value: Mapped[bytes] = mapped_column(LargeBinary)
    purpose: Mapped[str] = mapped_column(String(10))
    bound_to: Mapped[str] = mapped_column(String(36), default="")
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)


class Vault:
    """Seals what the database must not tell by itself, with keys drawn from the secret key of the instance.

    A code of the app can only be checked by whoever knows its secret, so that secret cannot be a hash as a password
    is: it is sealed (Fernet: AES-128-CBC and HMAC-SHA256), and a stolen database file alone counts no codes. The
    codes on paper are kept as HMACs under another key. Who loses the key of the instance loses apps and paper codes;
    passkeys and links still open.
    """

    def __init__(self, secret_key: str) -> None:
        self._main = secret_key.encode()

    def _key(self, use: str) -> bytes:
        return hmac.new(self._main, f"tablee {use}".encode(), hashlib.sha256).digest()

    def seal(self, text: str) -> str:
        return Fernet(base64.urlsafe_b64encode(self._key("totp"))).encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str | None:
        """None where it was sealed under another key."""
        try:
            return Fernet(base64.urlsafe_b64encode(self._key("totp"))).decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None

    def fingerprint(self, person_id: str, code: str) -> str:
        plain = "".join(c for c in code.lower() if c.isalnum())
        return hmac.new(self._key("recovery"), f"{person_id} {plain}".encode(), hashlib.sha256).hexdigest()


# ---- what somebody has


def passkeys(person: Person) -> list[Passkey]:
    """The oldest first."""
    query = select(Passkey).where(Passkey.person_id == person.id).order_by(Passkey.made_at, Passkey.id)
    return list(db.session.scalars(query))


def app_of(person: Person, *, confirmed: bool = True) -> Totp | None:
    """The app that counts, or the one that waits for its first code."""
    row = db.session.get(Totp, person.id)
    return row if row and (row.confirmed_at is not None) is confirmed else None


def codes_left(person: Person) -> int:
    query = select(func.count()).select_from(RecoveryCode)
    return (
        db.session.scalar(query.where(RecoveryCode.person_id == person.id, RecoveryCode.used_at.is_(None)))
        or 0
    )


def has_factor(person: Person) -> bool:
    """Whether somebody has a passkey or an app. Codes on paper alone are none: they stand in for one."""
    keys = select(Passkey.id).where(Passkey.person_id == person.id).exists()
    app = select(Totp.person_id).where(Totp.person_id == person.id, Totp.confirmed_at.is_not(None)).exists()
    return bool(db.session.scalar(select(keys | app)))


# ---- who must have one


def due(person: Person) -> datetime | None:
    """Until when somebody of the office works without; None for the others, and before they first come in."""
    if not person.role_names & OFFICE or person.office_since is None:
        return None
    return person.office_since + GRACE


def days_left(person: Person) -> int | None:
    """Whole days that are left, 0 when the time has passed; None for who has one or needs none."""
    until = due(person)
    if until is None or has_factor(person):
        return None
    return max(0, math.ceil((until - now()) / timedelta(days=1)))


def overdue(person: Person) -> bool:
    """Whether somebody must set one up before anything else."""
    until = due(person)
    return until is not None and until <= now() and not has_factor(person)


def may_drop(person: Person) -> bool:
    """Whether one may be taken away: any but the last one of somebody of the office whose time has passed."""
    until = due(person)
    many = len(passkeys(person)) + (app_of(person) is not None)
    return many != 1 or until is None or until > now()


# ---- passkeys


def add_passkey(
    person: Person,
    here: Device | None,
    *,
    credential_id: str,
    public_key: bytes,
    sign_count: int,
    transports: list[str],
    name: str = "",
) -> Passkey | None:
    """Keep a key that was just made; None where it is known. Inside writing().

    The other browsers of this person are asked for it.
    """
    if by_credential(credential_id):
        return None
    row = Passkey(person_id=person.id, credential_id=credential_id, public_key=public_key)
    row.sign_count, row.transports, row.name = sign_count, transports, name.strip()[:NAMED]
    db.session.add(row)
    _began(person, here, "factor.passkey-added")
    return row


def by_credential(credential_id: str) -> Passkey | None:
    return db.session.scalar(select(Passkey).where(Passkey.credential_id == credential_id))


def used(row: Passkey, sign_count: int) -> None:
    """A key has opened something. Inside writing()."""
    row.sign_count, row.used_at = sign_count, now()


def rename(row: Passkey, name: str) -> None:
    """Inside writing()."""
    row.name = name.strip()[:NAMED]


def drop_passkey(person: Person, row: Passkey, here: Device | None) -> None:
    """Inside writing(), after may_drop(). The other browsers are signed out, as after a change of password."""
    db.session.delete(row)
    _ended(person, here, "factor.passkey-removed")


# ---- the app


def start_app(person: Person, sealed: str) -> None:
    """A new secret, which counts once its first code came. Inside writing()."""
    if app_of(person):
        return
    db.session.merge(Totp(person_id=person.id, secret=sealed, made_at=now(), last_step=0))


def matches(secret: str, typed: str, after: int = 0) -> int | None:
    """The step whose code was typed, now or one step either way, and later than `after`; else None."""
    from passlib.exc import TokenError
    from passlib.totp import TOTP

    try:
        found = TOTP(key=secret).match(typed, time=now(), window=STEP, last_counter=after or None)
    except (TokenError, ValueError):
        return None
    return int(found.counter)


def new_secret() -> str:
    """160 bits, in base32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def app_address(secret: str, account: str, site: str) -> str:
    """The otpauth: address for the QR code."""
    from passlib.totp import TOTP

    return str(TOTP(key=secret).to_uri(label=account.replace(":", " "), issuer=site.replace(":", " ")))


def confirm_app(person: Person, typed: str, vault: Vault, here: Device | None) -> bool:
    """The first code: from now on the app counts. Inside writing()."""
    row = app_of(person, confirmed=False)
    secret = vault.open(row.secret) if row else None
    step = matches(secret, typed) if secret else None
    if row is None or step is None:
        return False
    row.confirmed_at, row.last_step = now(), step
    _began(person, here, "factor.app-added")
    return True


def drop_app(person: Person, here: Device | None) -> None:
    """Inside writing(), after may_drop()."""
    db.session.execute(delete(Totp).where(Totp.person_id == person.id))
    _ended(person, here, "factor.app-removed")


# ---- codes on paper


def new_codes(person: Person, vault: Vault) -> list[str]:
    """Ten new ones; those before open nothing any more. Inside writing(). They are told here and never again."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    codes = [
        "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3)) for _ in range(CODES)
    ]
    db.session.add_all(
        RecoveryCode(fingerprint=vault.fingerprint(person.id, code), person_id=person.id) for code in codes
    )
    record(person, "factor.codes-made", "person", person.id)
    return codes


def use_code(person: Person, typed: str, vault: Vault) -> str:
    """ "app" or "paper": which code this was; "" for a wrong or spent one. Inside writing()."""
    row = app_of(person)
    secret = vault.open(row.secret) if row else None
    if row and secret and (step := matches(secret, typed, row.last_step)):
        row.last_step = step
        return "app"
    paper = db.session.get(RecoveryCode, vault.fingerprint(person.id, typed))
    if paper is None or paper.used_at or paper.person_id != person.id:
        return ""
    paper.used_at = now()
    record(person, "factor.code-used", "person", person.id)
    return "paper"


def wrong_codes(person: Person) -> int:
    """Notes a wrong code; how many there were within an hour, this one counted. Inside writing()."""
    record(person, "factor.code-wrong", "person", person.id)
    db.session.flush()
    return count_since("factor.code-wrong", person.id, now() - timedelta(hours=1))


# ---- challenges


def challenge(purpose: str, device: Device | None) -> Challenge:
    """A new one; those that ended are forgotten. Inside writing()."""
    db.session.execute(delete(Challenge).where(Challenge.expires_at <= now()))
    row = Challenge(id=new_id(), value=secrets.token_bytes(32), purpose=purpose)
    row.bound_to, row.expires_at = device.id if device else "", now() + CHALLENGE_LIFE
    db.session.add(row)
    return row


def take_challenge(challenge_id: str, purpose: str, device: Device | None) -> bytes | None:
    """What was to be signed; nobody gets it a second time, whatever the answer was. Inside writing()."""
    row = db.session.get(Challenge, challenge_id)
    if row is None:
        return None
    db.session.delete(row)
    fits = row.purpose == purpose and row.bound_to == (device.id if device else "")
    return row.value if fits and row.expires_at > now() else None


# ---- what follows


def reset(person: Person, by: Person | None) -> None:
    """Take every factor away from who lost them; every browser is signed out. Inside writing(). by: None for a command."""
    _forget(person)
    drop_devices(person)
    record(by, "factor.reset", "person", person.id)


def _forget(person: Person) -> None:
    for table in (Passkey, Totp, RecoveryCode):
        db.session.execute(delete(table).where(table.person_id == person.id))


def _began(person: Person, here: Device | None, act: str) -> None:
    """This browser has just shown it; the others are asked for it."""
    ask_second(person, but=here)
    record(person, act, "person", person.id)


def _ended(person: Person, here: Device | None, act: str) -> None:
    db.session.flush()
    drop_devices(person, but=here)
    if not has_factor(person):
        _forget(person)
    record(person, act, "person", person.id)
