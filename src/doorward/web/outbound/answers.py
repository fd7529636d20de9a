"""An answer from elsewhere, read as far as it is bounded: its head, its type, and its body as it is unpacked."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable

from doorward.core.fetched import Fetched
from doorward.core.outbound import Outbound
from doorward.core.outbound_urls import Url
from doorward.errors import OutboundFailed

MOST_HEAD = 32 << 10
_MOST_FIELDS = 100
_GZIP = 31  # zlib's word for it
_TOKEN = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([a-z0-9_-]{1,40})", re.IGNORECASE | re.ASCII)

Fields = Iterable[tuple[bytes, bytes]]


class Head:
    """The head of an answer.

    Errors:
        OutboundFailed: it is too large.
    """

    def __init__(self, status: int, fields: Fields) -> None:
        pairs = list(fields)
        if len(pairs) > _MOST_FIELDS or sum(len(name) + len(value) + 4 for name, value in pairs) > MOST_HEAD:
            raise OutboundFailed("head is too large")
        self.status = status
        self._fields = [(name.decode("latin-1").lower(), value) for name, value in pairs]

    def one(self, wanted: str) -> str:
        """The one value of this field; empty if there is none.

        Errors:
            OutboundFailed: it stands there twice, with two meanings.
        """
        values = {value for name, value in self._fields if name == wanted}
        if len(values) > 1:
            raise OutboundFailed(f"two fields {wanted}")
        return next(iter(values), b"").decode("utf-8", "replace").strip()


def read_answer(outbound: Outbound, url: Url, method: str, head: Head, chunks: Iterable[bytes]) -> Fetched:
    """The answer, if it is of a type and size that the outbound takes.

    Arguments:
        outbound: which says so.
        url, method: what was asked in the end.
        head: of the answer.
        chunks: of its body, as they come from the wire.

    Errors:
        OutboundFailed: it is too large, too slow, cut off, packed in an unknown way, or of another type.
    """
    said = head.one("content-type")
    kind = said.partition(";")[0].strip().lower()
    kind = (
        kind if _TOKEN.fullmatch(kind) else ""
    )  # it stands in the log: nothing that a terminal would take for an order
    charset = found[1].lower() if (found := _CHARSET.search(said)) else ""
    if not outbound.takes(kind):
        return _of_another_type(url, method, head, kind)
    body = b"" if method == "HEAD" else _body(head, chunks, outbound.most_bytes)
    return Fetched(head.status, kind, body, str(url), charset, _retry_after(head))


def _retry_after(head: Head) -> int:
    said = head.one("retry-after")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 8 else 0


def _of_another_type(url: Url, method: str, head: Head, kind: str) -> Fetched:
    """Errors keep their status, also where their page is of another type; nothing of that page is handed on."""
    empty = method == "HEAD" or head.status in (204, 205) or head.one("content-length") == "0"
    if head.status >= 400 or empty:
        return Fetched(head.status, "", b"", str(url), retry_after=_retry_after(head))
    raise OutboundFailed(f"type {kind[:60]}" if kind else "no type that can be read")


def _body(head: Head, chunks: Iterable[bytes], most: int) -> bytes:
    length = head.one("content-length")
    if length.isascii() and length.isdecimal() and int(length[:19]) > most:
        raise OutboundFailed("body is too large")
    packing = head.one("content-encoding").lower()
    if packing in ("", "identity"):
        return _plain(chunks, most)
    if packing in ("gzip", "x-gzip"):
        return _unpacked(chunks, most)
    raise OutboundFailed("body is packed in a way that was not asked for")


def _plain(chunks: Iterable[bytes], most: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > most:
            raise OutboundFailed("body is too large")
    return bytes(body)


def _unpacked(chunks: Iterable[bytes], most: int) -> bytes:
    """Unpack in steps that never make more than one byte too many: a bomb stays as small as it came."""
    inflate, body, came = zlib.decompressobj(_GZIP), bytearray(), 0
    try:
        for chunk in chunks:
            came += len(chunk)
            waiting = chunk
            while waiting and not inflate.eof:
                body += inflate.decompress(waiting, most + 1 - len(body))
                if len(body) > most or came > most:
                    raise OutboundFailed("body is too large")
                waiting = inflate.unconsumed_tail
    except zlib.error:
        raise OutboundFailed("body is packed wrongly") from None
    if not inflate.eof and came:
        raise OutboundFailed("body was cut off")
    return bytes(body)
