"""One honest file of each kind, made here: what must be taken, and what hostile ones are made of."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image

TYPES_XML = "[Content_Types].xml"
MAIN = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml", ".pptx": "ppt/presentation.xml"}
NO_SECTOR, END_OF_CHAIN, FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    """A picture in colours, as a camera or a program would make it."""
    file = io.BytesIO()
    _colours(size).save(file, kind, **options)
    return file.getvalue()


def _colours(size: tuple[int, int]) -> Image.Image:
    return Image.radial_gradient("L").resize(size).convert("RGB")


def animation(kind: str = "GIF", frames: int = 3, size: tuple[int, int] = (32, 32)) -> bytes:
    file = io.BytesIO()
    first, *rest = (Image.new("RGB", size, (40 * (number % 6), 90, 120)) for number in range(frames))
    first.save(file, kind, save_all=True, append_images=rest, duration=100)
    return file.getvalue()


def archive(files: dict[str, bytes], comment: bytes = b"", packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive of these files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as made:
        made.comment = comment
        for name, data in files.items():
            made.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), data, packing)
    return file.getvalue()


def office(extension: str, more: dict[str, bytes] | None = None, types: bytes = b"", main: bytes = b"") -> bytes:
    """A Word document, Excel workbook or presentation, as small as can be, with further parts."""
    parts = {
        TYPES_XML: b'<?xml version="1.0"?><Types xmlns="x">' + types + b"</Types>",
        "_rels/.rels": b'<Relationships><Relationship Id="r" Type="o/officeDocument" Target="m.xml"/></Relationships>',
        MAIN[extension]: b'<?xml version="1.0"?><document>' + main + b"</document>",
    }
    return archive({**parts, **(more or {})})


def pdf(more: bytes = b"", catalog: bytes = b"", packed: bytes = b"") -> bytes:
    """A document of one empty page.

    Arguments:
        more: further objects.
        catalog: further entries of the catalogue.
        packed: objects in an object stream.
    """
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
    ]
    if packed:
        stream = zlib.compress(packed)
        head = f"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length {len(stream)} >>\nstream\n".encode()
        objects.append(head + stream + b"\nendstream")
    body = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n".encode() + one + b"\nendobj\n"
    body += more
    table = b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    start = len(body)
    body += f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode() + table
    return body + f"trailer\n<< /Size {len(places) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file (MS-CFB) with these streams and storages; a name that ends with / is a storage."""
    sectors: list[bytes] = []
    fat: list[int] = []
    entries = [("Root Entry", 5, END_OF_CHAIN, 0)]
    for name, data in streams.items():
        if name.endswith("/"):
            entries.append((name[:-1], 1, 0, 0))
            continue
        whole = data.ljust(4096, b"\0")
        entries.append((name, 2, _put(whole, sectors, fat), len(whole)))
    directory = b"".join(_entry(*entry) for entry in entries)
    start = _put(directory.ljust(-(-len(directory) // 512) * 512, b"\0"), sectors, fat)
    place = len(sectors)
    fat.append(FAT_SECTOR)
    table = struct.pack(f"<{len(fat)}L", *fat).ljust(512, b"\xff")
    assert len(table) == 512, "more than this small writer can do"
    sectors.append(table)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<LLLLLLLLL", 0, 1, start, 0, 4096, END_OF_CHAIN, 0, END_OF_CHAIN, 0)
    head += struct.pack("<109L", place, *[NO_SECTOR] * 108)
    return head + b"".join(sectors)


def _put(data: bytes, sectors: list[bytes], fat: list[int]) -> int:
    first, count = len(sectors), len(data) // 512
    sectors += [data[at : at + 512] for at in range(0, len(data), 512)]
    fat += [*range(first + 1, first + count), END_OF_CHAIN]
    return first


def _entry(name: str, kind: int, start: int, size: int) -> bytes:
    written = name.encode("utf-16-le")
    links = struct.pack("<LLL", NO_SECTOR, NO_SECTOR, NO_SECTOR)
    return (
        written.ljust(64, b"\0")
        + struct.pack("<HBB", len(written) + 2, kind, 1)
        + links
        + bytes(36)
        + struct.pack("<LQ", start, size)
    )


def word97(flags: int = 0) -> bytes:
    """The main stream of an old Word document."""
    return struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0x409, 0, flags)


def record(number: int, data: bytes) -> bytes:
    """One record of an old Excel workbook."""
    return struct.pack("<HH", number, len(data)) + data


def excel97(*records: bytes) -> bytes:
    """The main stream of an old Excel workbook."""
    return record(0x0809, bytes(16)) + b"".join(records) + record(0x000A, b"")


#: One of each type that can be taken at all.
SOUND: dict[str, bytes] = {
    "photo.png": picture("PNG"),
    "photo.jpg": picture("JPEG"),
    "photo.jpeg": picture("JPEG", progressive=True),
    "drawing.gif": picture("GIF"),
    "moving.gif": animation(),
    "photo.webp": picture("WEBP"),
    "report.pdf": pdf(),
    "old.doc": compound({"WordDocument": word97(), "1Table": b""}),
    "old.xls": compound({"Workbook": excel97()}),
    "letter.docx": office(".docx"),
    "table.xlsx": office(".xlsx"),
    "slides.pptx": office(".pptx"),
    "notes.txt": "Über die Brücke, für 5 €.\n".encode(),
    "notes-utf16.txt": "Über die Brücke\r\n".encode("utf-16"),
    "table.csv": b"name,change\nada,-5\nbob,+49 30 1234\n",
    "results.json": b'{"results": [{"name": "Ada", "rank": 1}]}\n',
    "readme.md": b"# Title\n\n<b>bold</b> and *more*\n",
    "files.zip": archive({"a.txt": b"one", "folder/": b"", "folder/b.txt": b"two" * 1000}),
}
