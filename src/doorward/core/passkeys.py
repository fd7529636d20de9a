"""Passkeys (W3C WebAuthn level 2 and 3) as values: what the browser is asked, and whether its answer proves anything.

The answers are parsed and their signatures checked by the package `webauthn`; what they must be bound to is decided
here: the challenge, the origin, the host, the owner, the counter, whether the person was verified. The package is
loaded when the first passkey is used, since it takes a quarter of a second.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

#: How many one account may have, and how long the name of one may be.
MOST, LONGEST_NAME = 10, 60
CHALLENGE_BYTES = 32
_TIMEOUT_MS = 300_000
#: A credential id has at most 1023 bytes (WebAuthn section 5.8.3); an answer with attestation is a few kilobytes.
_LONGEST_ANSWER = 16 * 1024
LONGEST_ID = 1400
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_TRANSPORTS = frozenset({"usb", "nfc", "ble", "internal", "hybrid", "smart-card"})


class Unproved(Exception):
    """The answer proves nothing. `str()` says why, for the journal; nothing of the answer itself stands in it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passkey is used. A passkey works at one host only, and its answer names the origin that asked.

    Arguments:
        rp_id: the host's name.
        origin: scheme, host and port of the page.
    """

    rp_id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Known:
    """A registered passkey, as far as a check needs it.

    Arguments:
        credential_id, public_key: in base64url.
        owner: the account's id.
        sign_count: what its counter said last; 0 for passkeys that do not count.
        backup_eligible: whether it may be copied to other devices; that never changes.
    """

    credential_id: str
    public_key: str
    owner: str
    sign_count: int
    backup_eligible: bool


@dataclass(frozen=True, slots=True)
class Registered:
    """A new passkey that proved itself."""

    credential_id: str
    public_key: str
    sign_count: int
    backup_eligible: bool
    backed_up: bool
    transports: str


@dataclass(frozen=True, slots=True)
class Proved:
    """What the use of a passkey proved.

    Arguments:
        sign_count: its counter now.
        backed_up: whether it is copied to other devices now.
        verified: whether the device verified the person, by a PIN or a finger.
    """

    sign_count: int
    backed_up: bool
    verified: bool


def place_of(host: str, origin: str) -> Place | None:
    """Where passkeys of this host work; None where they cannot: browsers allow none for addresses.

    Arguments:
        host: the bare name of the host, from `core.transport.host_name`.
        origin: of the page that asks.
    """
    if not host:
        return None
    try:
        ip_address(host)
    except ValueError:
        return Place(host, origin)
    return None


def creation_options(
    place: Place, challenge: bytes, *, owner: str, name: str, site: str, have: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """What `navigator.credentials.create` is asked, as JSON values.

    Arguments:
        owner: the account's id: random characters, which say nothing about the person.
        name: the account's name, for the browser's own list.
        have: the passkeys that the account has already, as (credential id, transports): none is made twice.
    """
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_registration_options(
        rp_id=place.rp_id,
        rp_name=site,
        user_id=owner.encode(),
        user_name=name,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        exclude_credentials=_descriptors(have),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED,
            user_verification=structs.UserVerificationRequirement.PREFERRED,
        ),
    )
    return _as_json(options)


def request_options(
    place: Place, challenge: bytes, *, allow: Sequence[tuple[str, str]], verified: bool
) -> dict[str, Any]:
    """What `navigator.credentials.get` is asked, as JSON values.

    Arguments:
        allow: the passkeys that may answer, as (credential id, transports); none for any that the person chooses.
        verified: whether the device must verify the person.
    """
    import webauthn
    from webauthn.helpers.structs import UserVerificationRequirement as Wanted

    options = webauthn.generate_authentication_options(
        rp_id=place.rp_id,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        allow_credentials=_descriptors(allow),
        user_verification=Wanted.REQUIRED if verified else Wanted.PREFERRED,
    )
    return _as_json(options)


def credential_id(answer: str) -> str | None:
    """Which passkey an answer says it is of, in base64url; None if that cannot be read. Nothing is proved by it."""
    found = _read(answer).get("id")
    return found if isinstance(found, str) and len(found) <= LONGEST_ID and _BASE64URL.fullmatch(found) else None


def check_creation(answer: str, place: Place, challenge: bytes) -> Registered:
    """The new passkey.

    Arguments:
        answer: JSON, from the browser.
        place: where it was asked for.
        challenge: what was asked.

    Errors:
        Unproved: it is not an answer to this challenge from this place.
    """
    import webauthn
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.structs import CredentialDeviceType

    found = _read(answer)
    try:
        made = webauthn.verify_registration_response(
            credential=found, expected_challenge=challenge, expected_rp_id=place.rp_id, expected_origin=place.origin
        )
    except Exception as problem:  # the parser meets bytes that anybody may have written
        raise Unproved(_reason(problem)) from problem
    return Registered(
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        backup_eligible=made.credential_device_type == CredentialDeviceType.MULTI_DEVICE,
        backed_up=made.credential_backed_up,
        transports=_transports(found),
    )


def check_use(answer: str, place: Place, challenge: bytes, known: Known, *, verified: bool) -> Proved:
    """What the use of a known passkey proved.

    Arguments:
        answer: JSON, from the browser.
        place: where it was asked for.
        challenge: what was asked.
        known: the passkey that the answer names.
        verified: whether the device must have verified the person.

    Errors:
        Unproved: it is not an answer to this challenge from this place by this passkey; or its counter did not go
            on, so that there are two of it (WebAuthn section 7.2, step 22).
    """
    import webauthn
    from webauthn.helpers.structs import CredentialDeviceType

    found = _read(answer)
    try:
        used = webauthn.verify_authentication_response(
            credential=found,
            expected_challenge=challenge,
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            credential_public_key=_bytes(known.public_key),
            credential_current_sign_count=0,  # compared below, to say it in the journal
            require_user_verification=verified,
        )
    except Exception as problem:  # the parser meets bytes that anybody may have written
        raise Unproved(_reason(problem)) from problem
    if not _is_owner(found, known.owner):
        raise Unproved("passkey of somebody else")
    if (used.new_sign_count or known.sign_count) and used.new_sign_count <= known.sign_count:
        raise Unproved("counter went back: there may be a copy of this passkey")
    if (used.credential_device_type == CredentialDeviceType.MULTI_DEVICE) != known.backup_eligible:
        raise Unproved("another kind of passkey than was registered")
    return Proved(used.new_sign_count, used.credential_backed_up, used.user_verified)


def _is_owner(answer: dict[str, Any], owner: str) -> bool:
    """A passkey that the person chose from a list names its owner; one that the server named may leave it out."""
    handle = answer.get("response", {}).get("userHandle")
    if not handle:
        return True
    try:
        return _bytes(handle) == owner.encode()
    except (TypeError, ValueError):
        return False


def _reason(problem: Exception) -> str:
    return f"passkey not accepted: {type(problem).__name__}"


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > _LONGEST_ANSWER:
        return {}
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("response"), dict) else {}


def _transports(answer: dict[str, Any]) -> str:
    """How the browser may reach the passkey again; only words that we know."""
    said = answer["response"].get("transports")
    return (
        " ".join(sorted(_TRANSPORTS & {one for one in said if isinstance(one, str)})) if isinstance(said, list) else ""
    )


def _descriptors(passkeys: Sequence[tuple[str, str]]) -> list[Any]:
    from webauthn.helpers import structs

    return [
        structs.PublicKeyCredentialDescriptor(
            id=_bytes(credential),
            transports=[structs.AuthenticatorTransport(one) for one in transports.split()] or None,
        )
        for credential, transports in passkeys
    ]


def _as_json(options: Any) -> dict[str, Any]:
    import webauthn

    made: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return made


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
