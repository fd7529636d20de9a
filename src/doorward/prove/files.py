"""Files to send: an honest one of each type, and hostile ones that differ from it in nothing but what makes them so.

All are made here, and none does harm: what would run in an attacker's file says only that it would.
"""

from __future__ import annotations

import base64
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

_NUMBERS = count(1)
_PAGE = b"<!doctype html><script>alert('it would run')</script>"
_DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
_GIF = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
_PNG_HEAD = 33
#: Unpacked, of the bombs here: far more than the caps of any intake's look, and nothing for the machine.
_MUCH = 11_000_000
_MANY = 10_001
_DEEP = 6


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def _png(text: bytes = b"") -> bytes:
    """One grey pixel, with a remark."""
    plain = base64.b64decode(_PIXEL)
    return plain[:_PNG_HEAD] + _chunk(b"tEXt", b"Comment\0" + (text or _remark())) + plain[_PNG_HEAD:]


def _huge_png() -> bytes:
    head = struct.pack(">LLBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(b"\0")) + _chunk(b"IEND", b"")


def _remark() -> bytes:
    """Words that no file of this run has had yet, so that it is known again."""
    return b"honest file %d of a proof" % next(_NUMBERS)


def _zip(parts: dict[str, bytes] | None = None, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", packing) as archive:
        for name, data in (parts if parts is not None else {"note.txt": _remark()}).items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), data, packing)
    return made.getvalue()


def _named(name: str) -> bytes:
    """An archive whose entry has exactly this name, which the library would not write."""
    plain = "0".ljust(len(name.encode()), "_")
    return _zip({plain: _remark()}, zipfile.ZIP_STORED).replace(plain.encode(), name.encode())


def _many() -> bytes:
    """An archive of very many empty files, written by hand, since the library takes its time."""
    body, directory = bytearray(), bytearray()
    for number in range(_MANY):
        name = b"%06d" % number
        same = struct.pack("<HHHHHLLLHH", 10, 0, 0, 0, 33, 0, 0, 0, len(name), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 10) + same + struct.pack("<HHHLL", 0, 0, 0, 0, len(body)) + name
        body += b"PK\x03\x04" + same + name
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, _MANY, _MANY, len(directory), len(body), 0)
    return bytes(body + directory + end)


def _link() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        info = zipfile.ZipInfo("pointer")
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "../../etc/passwd")
    return made.getvalue()


def _nested(depth: int) -> bytes:
    made = _zip()
    for number in range(depth):
        made = _zip({f"{number}.zip": made})
    return made


def _office(main: str, more: dict[str, bytes] | None = None) -> bytes:
    parts = {
        "[Content_Types].xml": b'<?xml version="1.0"?><Types xmlns="x"></Types>',
        "_rels/.rels": b'<Relationships><Relationship Id="r" Type="o/officeDocument" Target="m.xml"/></Relationships>',
        main: b'<?xml version="1.0"?><document>' + _remark() + b"</document>",
    }
    return _zip({**parts, **(more or {})})


def _pdf(packed: bytes = b"") -> bytes:
    """A document of one empty page; with objects in an object stream where there are `packed` ones."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
    ]
    if packed:
        stream = zlib.compress(packed)
        head = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % len(stream)
        objects.append(head + stream + b"\nendstream")
    body, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n% " + _remark() + b"\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size, start = len(places) + 1, len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, table)
    return body + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)


_WORD, _SHEET, _SHOW = "word/document.xml", "xl/workbook.xml", "ppt/presentation.xml"

#: Makes an honest file of each type that can be made here, another one each time.
HONEST: dict[str, Callable[[], bytes]] = {
    ".txt": lambda: _remark() + b"\n",
    ".md": lambda: b"# " + _remark() + b"\n",
    ".csv": lambda: b"name,count\n" + _remark() + b",1\n",
    ".json": lambda: b'{"note": "' + _remark() + b'"}\n',
    ".png": _png,
    ".gif": lambda: _GIF,
    ".pdf": _pdf,
    ".zip": _zip,
    ".docx": lambda: _office(_WORD),
    ".xlsx": lambda: _office(_SHEET),
    ".pptx": lambda: _office(_SHOW),
}


@dataclass(frozen=True, slots=True)
class HostileFile:
    """One hostile file.

    Arguments:
        what: what makes it hostile, in words.
        extension: of its name; the honest twin has the same.
        make: makes its bytes.
    """

    what: str
    extension: str
    make: Callable[[], bytes]


#: What is not what it is called, or two things at once.
DISGUISED: tuple[HostileFile, ...] = (
    HostileFile("a page called text", ".txt", lambda: b"\xef\xbb\xbf \n" + _PAGE),
    HostileFile("a script called text", ".txt", lambda: b"#!/bin/sh\necho it would run\n"),
    HostileFile("a program called text", ".txt", lambda: b"\x7fELF" + bytes(200)),
    HostileFile("a drawing called text", ".md", lambda: _DRAWING),
    HostileFile("a drawing called a table", ".csv", lambda: b"<?xml version='1.0'?>" + _DRAWING),
    HostileFile("a page called a picture", ".png", lambda: _PAGE),
    HostileFile("a drawing called a picture", ".png", lambda: _DRAWING),
    HostileFile("a picture with a page in it", ".png", lambda: _png(_PAGE)),
    HostileFile("a picture with an archive behind it", ".png", lambda: _png() + _zip()),
    HostileFile("a picture that is a document too", ".png", lambda: _png(b"%PDF-1.7")),
    HostileFile("a picture of another kind", ".png", lambda: _GIF),
    HostileFile("a picture with a page behind it", ".gif", lambda: _GIF + _PAGE),
    HostileFile("a program called a document", ".pdf", lambda: b"MZ" + bytes(200)),
    HostileFile("a document that begins as a page", ".pdf", lambda: _pdf().replace(b"7\n", b"7\n" + _PAGE, 1)),
    HostileFile("a document with an archive behind it", ".pdf", lambda: _pdf() + _zip()),
    HostileFile("an archive with a page behind it", ".zip", lambda: _zip() + _PAGE),
    HostileFile("an archive behind a program", ".zip", lambda: b"PK\x03\x04" + bytes(500) + _zip()),
    HostileFile("an archive called a document", ".docx", _zip),
    HostileFile("a document called a workbook", ".xlsx", lambda: _office(_WORD)),
    HostileFile("a page called a presentation", ".pptx", lambda: _PAGE),
)

#: Small to send, and large to read.
BOMBS: tuple[HostileFile, ...] = (
    HostileFile("an archive that unpacks to very much", ".zip", lambda: _zip({"zeros": bytes(_MUCH)})),
    HostileFile("archives in one another", ".zip", lambda: _nested(_DEEP)),
    HostileFile("an archive of very many files", ".zip", _many),
    HostileFile("a picture of huge dimensions", ".png", _huge_png),
    HostileFile("a document that unpacks to very much", ".pdf", lambda: _pdf(b" " * _MUCH)),
    HostileFile("a letter that unpacks to very much", ".docx", lambda: _office(_WORD, {"word/x.bin": bytes(_MUCH)})),
    HostileFile("a workbook that unpacks to very much", ".xlsx", lambda: _office(_SHEET, {"xl/x.bin": bytes(_MUCH)})),
)

#: Archives that would write elsewhere when they are unpacked.
ESCAPING: tuple[HostileFile, ...] = (
    HostileFile("a name that leads out", ".zip", lambda: _named("../../zq-out.txt")),
    HostileFile("a name that begins at the root", ".zip", lambda: _named("/etc/zq-out")),
    HostileFile("a name that leads out on Windows", ".zip", lambda: _named("..\\..\\zq-out.txt")),
    HostileFile("a drive", ".zip", lambda: _named("C:/zq-out.txt")),
    HostileFile("a link", ".zip", _link),
    HostileFile("a letter whose part leads out", ".docx", lambda: _office(_WORD, {"../../zq-out.xml": _remark()})),
)
