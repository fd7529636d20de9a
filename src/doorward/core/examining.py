"""One look into a file that has arrived: taken or refused, with notes for people, and the picture to be shown.

Called in a process of its own, with open files and nothing else (`doorward.store.examiner`).
(OWASP ASVS 1.3.4, 5.2.2, 5.2.3, 5.3.1.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from doorward.core.file_kinds import KINDS, OFFICE, OLE, PDF, PICTURE, TEXT, ZIP, FileKind, begins_as, is_kind
from doorward.core.looking import archives, office, ole, pdf, pdf_pages, picture_parts, pictures, text
from doorward.core.looking.findings import Findings, Scratch, two_in_one
from doorward.errors import FileRefused

_HEAD = 1024


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked about a file.

    Arguments:
        extension: what its name says it is; of the kit's list.
        shows: whether a picture is re-encoded to be shown.
        keeps_original: whether the bytes that were sent are kept.
        side: the longest side of the re-encoded picture, in pixels.
        page: of a document, the page that is shown as a picture; 0 for none.
    """

    extension: str
    shows: bool
    keeps_original: bool
    side: int
    page: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it.

    Arguments:
        refused: why the file is not taken, a sentence; empty where it is. `why` is one word for the journal.
        media_type: what it is served as.
        notes: for people.
        picture_type, width, height: of the picture to be shown; empty and 0 where there is none.
    """

    refused: str = ""
    why: str = ""
    media_type: str = ""
    notes: tuple[str, ...] = ()
    picture_type: str = ""
    width: int = 0
    height: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, given: dict[str, Any]) -> Verdict:
        return cls(**{**given, "notes": tuple(given["notes"])})


_LOOKS: dict[str, Callable[[BinaryIO, FileKind, Findings], None]] = {
    TEXT: text.look,
    PDF: pdf.look,
    ZIP: archives.look,
    OFFICE: office.look,
    OLE: ole.look,
}


def examine(task: Task, source: BinaryIO, full: BinaryIO, thumb: BinaryIO, scratch: Scratch) -> Verdict:
    """Look into a file.

    Arguments:
        source: the file, from its first byte.
        full, thumb: empty files, for the re-encoded picture and its thumbnail.
        scratch: makes a file that is gone when it is closed.
    """
    kind, found = KINDS[task.extension], Findings(scratch)
    try:
        _must_begin_as(kind, source.read(_HEAD))
        if kind.family not in (ZIP, OFFICE) and archives.ends_as_archive(source):
            raise two_in_one("an archive")
        source.seek(0)
        if kind.family == PICTURE:
            return _picture(task, kind, source, full, thumb, found)
        _LOOKS[kind.family](source, kind, found)
        if kind.family == PDF and task.page:
            return _page(task, kind, source, full, thumb, found)
    except FileRefused as refusal:
        return Verdict(refused=refusal.message, why=refusal.why)
    return Verdict(media_type=found.media_type or kind.media_type, notes=tuple(found.notes))


def _must_begin_as(kind: FileKind, head: bytes) -> None:
    if is_kind(kind, head):
        return
    other = begins_as(head)
    is_what = f"it is {other}" if other else "its content is something else"
    raise FileRefused(f"This is called {kind.extension}, but {is_what}, and not {kind.words}.", why="type")


def _page(task: Task, kind: FileKind, source: BinaryIO, full: BinaryIO, thumb: BinaryIO, found: Findings) -> Verdict:
    source.seek(0)
    made = pictures.re_encode(pdf_pages.draw(source, task.page, task.side), full, thumb, task.side, found.scratch)
    return Verdict("", "", kind.media_type, tuple(found.notes), made.media_type, made.width, made.height)


def _picture(task: Task, kind: FileKind, source: BinaryIO, full: BinaryIO, thumb: BinaryIO, found: Findings) -> Verdict:
    picture_parts.look(source, kind, found, strict=task.keeps_original)
    source.seek(0)
    shown = pictures.decode(source, kind, found)
    if not task.shows:
        return Verdict(media_type=kind.media_type, notes=tuple(found.notes), width=shown.width, height=shown.height)
    made = pictures.re_encode(shown, full, thumb, task.side, found.scratch)
    media_type = kind.media_type if task.keeps_original else made.media_type
    return Verdict("", "", media_type, tuple(found.notes), made.media_type, made.width, made.height)
