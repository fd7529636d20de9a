"""What a STUN server answers (RFC 8489): the address that a browser is seen at, and nothing else.

Only Binding is answered (section 14 and 6.3.1 of RFC 8489): no authentication, no TURN, no state. Whatever is not a
well-formed Binding request gets no answer at all, so that a packet with a forged source brings a stranger little:
an answer is at most 72 bytes, and callers count how many go to one address.
"""

from __future__ import annotations

import struct
import zlib
from ipaddress import IPv4Address, IPv6Address

Address = IPv4Address | IPv6Address

#: RFC 8489 section 5.
MAGIC = 0x2112A442
_HEADER = struct.Struct("!HHI12s")
#: A request of a browser is a tenth of this.
MOST_BYTES = 548

_REQUEST, _SUCCESS, _ERROR = 0x0001, 0x0101, 0x0111
_ERROR_CODE, _UNKNOWN_ATTRIBUTES, _XOR_MAPPED_ADDRESS, _FINGERPRINT = 0x0009, 0x000A, 0x0020, 0x8028
#: RFC 8489 section 14.7.
_FINGERPRINT_MASK = 0x5354554E
#: Attributes below this must be understood by whoever answers (section 14).
_OPTIONAL_FROM = 0x8000
#: Sent by browsers in checks between each other, and harmless here: USERNAME, PRIORITY, USE-CANDIDATE.
_KNOWN = frozenset({0x0006, 0x0024, 0x0025})
_MOST_UNKNOWN = 8


def answer(packet: bytes, address: Address, port: int) -> bytes | None:
    """The answer to a packet; None for what deserves none.

    Arguments:
        packet: as it came.
        address: whom it came from.
        port: from which port.

    Source: RFC 8489, sections 6.3 and 6.3.1.
    """
    request = _request(packet)
    if request is None:
        return None
    transaction, attributes, has_fingerprint = request
    unknown = [kind for kind in attributes if kind < _OPTIONAL_FROM and kind not in _KNOWN]
    if unknown:
        body = _attribute(_ERROR_CODE, struct.pack("!HBB", 0, 4, 20) + b"Unknown Attribute")
        listed = unknown[:_MOST_UNKNOWN]
        body += _attribute(_UNKNOWN_ATTRIBUTES, struct.pack(f"!{len(listed)}H", *listed))
        return _message(_ERROR, transaction, body, fingerprint=has_fingerprint)
    body = _attribute(_XOR_MAPPED_ADDRESS, _xored(address, port, transaction))
    return _message(_SUCCESS, transaction, body, fingerprint=has_fingerprint)


def _request(packet: bytes) -> tuple[bytes, list[int], bool] | None:
    """Of a well-formed Binding request: its transaction, the kinds of its attributes, whether it has a fingerprint."""
    if not _HEADER.size <= len(packet) <= MOST_BYTES:
        return None
    kind, length, magic, transaction = _HEADER.unpack_from(packet)
    if kind != _REQUEST or magic != MAGIC or length % 4 or length != len(packet) - _HEADER.size:
        return None
    attributes: list[int] = []
    at = _HEADER.size
    while at < len(packet):
        kind, size = struct.unpack_from("!HH", packet, at)
        end = at + 4 + size
        if end > len(packet):
            return None
        attributes.append(kind)
        if kind == _FINGERPRINT:
            # It is the last one (section 14.7), and tells STUN from other traffic: a wrong one is other traffic.
            right = size == 4 and end == len(packet)
            if not right or packet[at + 4 : end] != struct.pack("!I", _fingerprint(packet[:at])):
                return None
        at = end + -size % 4
    return transaction, attributes, _FINGERPRINT in attributes


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)


def _xored(address: Address, port: int, transaction: bytes) -> bytes:
    """Section 14.2: masked, so that nothing between rewrites an address that it recognises."""
    mask = struct.pack("!I", MAGIC) + transaction
    masked = bytes(one ^ other for one, other in zip(address.packed, mask, strict=False))
    return struct.pack("!BBH", 0, 1 if address.version == 4 else 2, port ^ (MAGIC >> 16)) + masked


def _message(kind: int, transaction: bytes, body: bytes, *, fingerprint: bool) -> bytes:
    length = len(body) + (8 if fingerprint else 0)
    message = _HEADER.pack(kind, length, MAGIC, transaction) + body
    if fingerprint:
        message += _attribute(_FINGERPRINT, struct.pack("!I", _fingerprint(message)))
    return message


def _fingerprint(before: bytes) -> int:
    return zlib.crc32(before) ^ _FINGERPRINT_MASK


class Asked:
    """How often each address asked in this moment: a few times it is answered, and then no more.

    What it remembers is bounded: it forgets all with each moment, and counts no more addresses than answers.

    Arguments:
        each: answers to one address in a moment; IPv6 addresses count by their /64.
        total: answers in all in a moment.
        seconds: how long a moment is.
    """

    def __init__(self, each: int = 30, total: int = 5_000, seconds: float = 10.0) -> None:
        self._each, self._total, self._seconds = each, total, seconds
        self._counts: dict[bytes, int] = {}
        self._answered = 0
        self._until = 0.0

    def may(self, address: Address, now: float) -> bool:
        """Whether to answer this address at `now` (seconds of any steady clock); counts it."""
        if now >= self._until:
            self._counts.clear()
            self._answered = 0
            self._until = now + self._seconds
        key = address.packed[:8] if address.version == 6 else address.packed
        count = self._counts.get(key, 0)
        if count >= self._each or self._answered >= self._total:
            return False
        self._counts[key] = count + 1
        self._answered += 1
        return True
