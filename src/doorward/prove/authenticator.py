"""A passkey in software: makes and uses key pairs as a device does, and also as no honest device would."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One passkey.

    Arguments:
        origin: which page the browser says it is on.
        verifies: whether it verifies the person.
        counts: whether its counter goes on.
        flags: further flags, such as that it may be backed up.
    """

    origin: str = "http://localhost"
    verifies: bool = True
    counts: bool = True
    flags: int = 0
    counter: int = 0
    rp_id: str | None = None
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    owner: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any], **lies: Any) -> str:
        """The answer to `navigator.credentials.create`, as JSON. `lies` replace what an honest browser says."""
        self.owner = unb64(options["user"]["id"])
        data = self._data(lies.get("rp_id") or self.rp_id or options["rp"]["id"], ATTESTED) + self._attested()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client(lies.get("type", "webauthn.create"), lies.get("challenge", options["challenge"]), lies)
        return self._answer(
            {"clientDataJSON": b64(client), "attestationObject": b64(attestation), "transports": ["usb"]}
        )

    def get(self, options: dict[str, Any], **lies: Any) -> str:
        """The answer to `navigator.credentials.get`, as JSON. `lies` replace what an honest browser says."""
        data = self._data(lies.get("rp_id") or self.rp_id or options["rpId"], 0)
        client = self._client(lies.get("type", "webauthn.get"), lies.get("challenge", options["challenge"]), lies)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        answer = {"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature)}
        owner = lies.get("owner", self.owner)
        return self._answer({**answer, "userHandle": b64(owner)} if owner else answer)

    def _answer(self, response: dict[str, Any]) -> str:
        name = b64(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})

    def _client(self, kind: str, challenge: str, lies: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": lies.get("origin", self.origin), "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, rp_id: str, flags: int) -> bytes:
        self.counter += 1 if self.counts else 0
        flags |= PRESENT | (VERIFIED if self.verifies else 0) | self.flags
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.counter)

    def _attested(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        return bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + cbor2.dumps(public)
