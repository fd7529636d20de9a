"""The types of files that may come in at all: by extension, what each is served as and how its content begins.

A closed list: what is not in it is not taken (OWASP ASVS 5.2.2). HTML, SVG and scripts are not in it, since browsers
run them.
"""

from __future__ import annotations

from dataclasses import dataclass

PICTURE, PDF, ZIP, OFFICE, OLE, TEXT = "picture", "pdf", "zip", "office", "ole", "text"


@dataclass(frozen=True, slots=True)
class FileKind:
    """One extension.

    Arguments:
        extension: in small letters, with its dot.
        media_type: what it is served as, whatever the browser that sent it called it.
        family: how it is looked into: one of the constants of this module.
        words: what people call it.
        starts: what its first bytes may be; empty for text.
    """

    extension: str
    media_type: str
    family: str
    words: str
    starts: tuple[bytes, ...] = ()


_OOXML = "application/vnd.openxmlformats-officedocument."
_ZIP_STARTS = (b"PK\x03\x04",)
#: A compound file (MS-CFB section 2.2): old office documents, and new ones that were encrypted with a password.
OLE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OFFICE_STARTS = (*_ZIP_STARTS, OLE_START)

KINDS: dict[str, FileKind] = {
    kind.extension: kind
    for kind in (
        FileKind(".png", "image/png", PICTURE, "a PNG picture", (b"\x89PNG\r\n\x1a\n",)),
        FileKind(".jpg", "image/jpeg", PICTURE, "a JPEG picture", (b"\xff\xd8\xff",)),
        FileKind(".jpeg", "image/jpeg", PICTURE, "a JPEG picture", (b"\xff\xd8\xff",)),
        FileKind(".gif", "image/gif", PICTURE, "a GIF picture", (b"GIF87a", b"GIF89a")),
        FileKind(".webp", "image/webp", PICTURE, "a WebP picture", (b"RIFF",)),
        FileKind(".pdf", "application/pdf", PDF, "a PDF document", (b"%PDF-1.", b"%PDF-2.")),
        FileKind(".doc", "application/msword", OLE, "an old Word document", (OLE_START,)),
        FileKind(".xls", "application/vnd.ms-excel", OLE, "an old Excel workbook", (OLE_START,)),
        FileKind(".docx", f"{_OOXML}wordprocessingml.document", OFFICE, "a Word document", _OFFICE_STARTS),
        FileKind(".xlsx", f"{_OOXML}spreadsheetml.sheet", OFFICE, "an Excel workbook", _OFFICE_STARTS),
        FileKind(".pptx", f"{_OOXML}presentationml.presentation", OFFICE, "a presentation", _OFFICE_STARTS),
        FileKind(".txt", "text/plain", TEXT, "plain text"),
        FileKind(".csv", "text/csv", TEXT, "a CSV table"),
        FileKind(".json", "application/json", TEXT, "JSON"),
        FileKind(".md", "text/markdown", TEXT, "Markdown text"),
        FileKind(".zip", "application/zip", ZIP, "a ZIP archive", (*_ZIP_STARTS, b"PK\x05\x06")),
    )
}
ALL_TYPES: tuple[str, ...] = tuple(KINDS)
PICTURE_TYPES: tuple[str, ...] = tuple(kind.extension for kind in KINDS.values() if kind.family == PICTURE)

#: How further kinds of content begin, so that people can be told what they sent. Order counts: the first that fits.
_ELSEWHERE: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "a program for Windows"),
    (b"\x7fELF", "a program for Linux"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program for macOS"),
    (b"#!", "a script"),
    (b"{\\rtf", "an RTF document"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BM", "a BMP picture"),
)
_PAGES = (b"<!doctype", b"<html", b"<svg", b"<script", b"<?xml", b"<?php", b"<head", b"<body", b"<iframe")


def kind_of(name: str) -> FileKind | None:
    """The kind that the last extension of a file name says; None if it is on no list."""
    stem, dot, extension = name.rpartition(".")
    return KINDS.get(f".{extension.lower()}") if dot and stem.strip(". ") else None


def named_as(name: str, media_type: str) -> str:
    """The name with an extension of this media type, where it has another."""
    kind = kind_of(name)
    if kind is not None and kind.media_type == media_type:
        return name
    fitting = [one.extension for one in KINDS.values() if one.media_type == media_type]
    return f"{name.rpartition('.')[0] or name}{fitting[0]}" if fitting else name


def begins_as(head: bytes) -> str:
    """What content that begins so is, in words for people; empty if nobody can tell.

    Arguments:
        head: the first bytes, some hundreds at least.
    """
    for kind in KINDS.values():
        if kind.starts and head.startswith(kind.starts) and is_kind(kind, head):
            return kind.words
    for start, words in _ELSEWHERE:
        if head.startswith(start):
            return words
    return "a web page or SVG drawing" if begins_as_page(head) else ""


def is_kind(kind: FileKind, head: bytes) -> bool:
    """Do the first bytes fit the kind? For text that says nothing yet: it is decoded as a whole."""
    if kind.extension == ".webp":
        return head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    return not kind.starts or head.startswith(kind.starts)


def begins_as_page(head: bytes) -> bool:
    """Would a browser that guesses take this for a page, a drawing or a script (WHATWG MIME Sniffing section 7.1)?"""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\t\n\x0c\r ").lower()
    return start.startswith(_PAGES)
