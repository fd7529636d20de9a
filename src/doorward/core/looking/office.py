"""Newer office documents (ECMA-376): archives with a fixed inside, of which macros and the like are told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from doorward.core.file_kinds import OLE_START, FileKind
from doorward.core.looking import archives, ole
from doorward.core.looking.findings import Findings
from doorward.errors import FileRefused

_MAIN = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml", ".pptx": "ppt/presentation.xml"}
_TYPES = "[Content_Types].xml"
_LARGEST_SMALL = 4 * 1024 * 1024
_EXTERNAL = re.compile(rb"<Relationship\b[^>]*>")
_MACROS = "This document contains macros: programs that run when it is opened. Do not allow them unless you know them."
_OLD_MACROS = "This workbook contains a macro sheet: a small program that runs when it is opened."
_CONTROLS = "This document contains active controls (ActiveX). Do not allow them unless you know them."
_EMBEDDED = "Other files or objects are embedded in this document. Do not open them unless you know who made them."
_ELSEWHERE = "This document loads something from another place when it is opened."
_COMMANDS = "A field of this document asks another program for data (DDE). Do not allow it."


def look(source: BinaryIO, kind: FileKind, found: Findings) -> None:
    """Errors: FileRefused: broken, a bomb, or another kind of document."""
    begins_with = source.read(len(OLE_START))
    source.seek(0)
    if begins_with == OLE_START:
        if not ole.is_encrypted_package(source):
            raise FileRefused(f"This is called {kind.extension}, but it is an old office document.", why="type")
        ole.note_encrypted(found)
        return
    names = archives.look_inside(source, found, 1, _Parts(found).look)
    lower = {name.lower() for name in names}
    if _TYPES.lower() not in lower or _MAIN[kind.extension] not in lower:
        raise FileRefused(f"This is called {kind.extension}, but it is not {kind.words}.", why="type")


class _Parts:
    """Looks at each part of a document as it is unpacked."""

    def __init__(self, found: Findings) -> None:
        self._found = found

    def look(self, name: str, head: bytes, rest: Iterator[bytes]) -> None:
        lower, note = name.lower().replace("\\", "/"), self._found.note
        if lower.endswith("vbaproject.bin"):
            note(_MACROS)
        if "/macrosheets/" in lower:
            note(_OLD_MACROS)
        if "/activex/" in lower:
            note(_CONTROLS)
        if "/embeddings/" in lower:
            note(_EMBEDDED)
        if lower.endswith((".xml", ".rels")):
            self._look_at_xml(lower, head, rest)

    def _look_at_xml(self, name: str, head: bytes, rest: Iterator[bytes]) -> None:
        plain = head[:4096].replace(b"\0", b"").lower()  # in whatever coding
        if b"<!doctype" in plain or b"<!entity" in plain:
            raise FileRefused("A part of this document defines words of its own, as bombs of XML do.", why="bomb")
        if name.endswith(".rels"):
            self._look_at_relations(_whole(head, rest))
        elif name == _TYPES.lower():
            if b"macroenabled" in _whole(head, rest).lower():
                self._found.note(_MACROS)
        elif name == "word/document.xml" and _has_command(head, rest):
            self._found.note(_COMMANDS)

    def _look_at_relations(self, xml: bytes) -> None:
        for match in _EXTERNAL.finditer(xml):
            relation = match[0].lower()
            if b'targetmode="external"' in relation and b"/hyperlink" not in relation:
                self._found.note(_ELSEWHERE)


def _whole(head: bytes, rest: Iterator[bytes]) -> bytes:
    parts = bytearray(head)
    for piece in rest:
        parts += piece
        if len(parts) > _LARGEST_SMALL:
            raise FileRefused("A part of this document is far larger than it should be.", why="bomb")
    return bytes(parts)


def _has_command(head: bytes, rest: Iterator[bytes]) -> bool:
    kept = head
    if re.search(rb"\bDDE(AUTO)?\b", kept):
        return True
    for piece in rest:
        if re.search(rb"\bDDE(AUTO)?\b", kept[-16:] + piece):
            return True
        kept = piece
    return False
