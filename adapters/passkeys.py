"""Passkeys, as browsers speak of them (WebAuthn 3), over the library `webauthn`.

Options go out as the JSON that a browser's script turns into bytes; answers come in as the JSON of a credential.
Every key must know who holds it (user verification) and name itself (a discoverable credential), and no maker's
statement is asked for. What does not verify, for whatever reason, raises Refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

LONGEST = 20_000  # signs of an answer; real ones have 1,000 to 3,000


class Refused(Exception):
    """The answer is none of ours, is of another challenge or place, or is not signed by the key. str() is for a log."""


@dataclass(frozen=True)
class NewKey:
    """A key that a browser just made. credential_id: base64url; public_key: COSE bytes."""

    credential_id: str
    public_key: bytes
    sign_count: int
    transports: list[str]


def _descriptors(known: Iterable[tuple[str, Sequence[str]]]) -> list[Any]:
    """known: (credential id, transports) of keys."""
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import AuthenticatorTransport, PublicKeyCredentialDescriptor

    ways = {way.value: way for way in AuthenticatorTransport}
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(key), transports=[ways[one] for one in transports if one in ways] or None
        )
        for key, transports in known
    ]


def options_to_make(
    *,
    host: str,
    site: str,
    user_id: str,
    user_name: str,
    shown_name: str,
    challenge: bytes,
    known: Iterable[tuple[str, Sequence[str]]] = (),
) -> dict[str, Any]:
    """What navigator.credentials.create() is to be given. host: the name that the key will belong to.

    user_id: what the key gives back when it opens the door; never an address or a name.
    """
    from webauthn import generate_registration_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=host,
        rp_name=site,
        user_id=user_id.encode(),
        user_name=user_name,
        user_display_name=shown_name,
        challenge=challenge,
        exclude_credentials=_descriptors(known),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    return dict(options_to_json_dict(options))


def options_to_use(
    *, host: str, challenge: bytes, known: Iterable[tuple[str, Sequence[str]]] = ()
) -> dict[str, Any]:
    """What navigator.credentials.get() is to be given. Without `known` any key of this host will do."""
    from webauthn import generate_authentication_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers.structs import UserVerificationRequirement

    options = generate_authentication_options(
        rp_id=host,
        challenge=challenge,
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(options_to_json_dict(options))


def _read(text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise Refused("too long")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused("no JSON") from error
    if not isinstance(said, dict):
        raise Refused("no credential")
    return said


def named(text: str) -> tuple[str, str]:
    """(credential id, user id that the key gave back or "") of an answer, before it is verified. Raises Refused."""
    from webauthn.helpers import base64url_to_bytes

    said = _read(text)
    response = said.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    try:
        user = base64url_to_bytes(handle).decode() if handle else ""
    except (ValueError, TypeError, AttributeError) as error:
        raise Refused("no user") from error
    return str(said.get("id", "")), user


def read_made(text: str, *, challenge: bytes, host: str, origins: list[str]) -> NewKey:
    """The key of a browser's answer to options_to_make(). Raises Refused."""
    from webauthn import verify_registration_response
    from webauthn.helpers import bytes_to_base64url

    said = _read(text)
    try:
        made = verify_registration_response(
            credential=said,
            expected_challenge=challenge,
            expected_rp_id=host,
            expected_origin=origins,
            require_user_verification=True,
        )
        ways = said["response"].get("transports") or []
        transports = [str(way)[:20] for way in ways][:8]
    except Exception as error:  # what strangers send trips many parsers
        raise Refused(f"{type(error).__name__}: {error}") from error
    return NewKey(
        bytes_to_base64url(made.credential_id), made.credential_public_key, made.sign_count, transports
    )


def read_used(
    text: str, *, challenge: bytes, host: str, origins: list[str], public_key: bytes, sign_count: int
) -> int:
    """The new count of a key that signed the challenge of options_to_use(). Raises Refused.

    A count that does not grow is refused: the key was copied, or the answer was. Keys that never count say 0.
    """
    from webauthn import verify_authentication_response

    said = _read(text)
    try:
        used = verify_authentication_response(
            credential=said,
            expected_challenge=challenge,
            expected_rp_id=host,
            expected_origin=origins,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except Exception as error:  # as above
        raise Refused(f"{type(error).__name__}: {error}") from error
    return int(used.new_sign_count)
