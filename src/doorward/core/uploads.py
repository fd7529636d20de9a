"""Intakes: what may come in by which way, how large, from whom, and how it is kept. Decisions only.

(OWASP ASVS 5.2.1, 5.2.2, 5.2.4.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from doorward.core.access import Caller, Rule
from doorward.core.file_kinds import ALL_TYPES, KINDS, PDF, PICTURE, FileKind, kind_of
from doorward.core.file_names import clean_name
from doorward.core.units import parse_size
from doorward.errors import FileRefused, Invalid, StartRefused, TooLarge

#: Called with the database, the caller, and what the file is about; raises `NotFound` or `Forbidden`.
MaySend = Callable[[Any, Caller, str], None]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}\.[a-z][a-z0-9_]{0,28}")
LONGEST_ABOUT = 200
#: In a form without JavaScript all files come in one request.
MOST_IN_A_FORM = 10

# The life of a file that comes in.
ARRIVING, ARRIVED, TAKEN, REFUSED, DROPPED = "arriving", "arrived", "taken", "refused", "dropped"


class Intake:
    """A way by which files come in.

    Arguments:
        name: `app.word`, such as "evidence.file".
        may_send: decides whether a caller may send a file about something: called with the database, the caller and
            the text `about` of the form; raises `NotFound` or `Forbidden` where not.
        types: the extensions that are taken, each on the kit's list.
        max_bytes: the largest file, such as "100MiB".
        pictures: whether pictures are shown: they are re-encoded, without what cameras write into them, and get a
            thumbnail.
        keep_original: whether the bytes that were sent are kept, as evidence. By default they are, except of pictures
            that are shown: of those only the re-encoded picture is kept.
        per_account: how much one account or token may have here.
        in_all: how much all of them together may have here.
        scopes: what a token must carry to send here. Without any, tokens cannot.
        picture_side: the longest side of a re-encoded picture, in pixels.
        pdf_pages: whether a page of a PDF document is shown as a picture, the first unless `show_page` says another;
            the document is kept beside it.
    """

    def __init__(
        self,
        name: str,
        *,
        may_send: MaySend,
        types: Sequence[str] = ALL_TYPES,
        max_bytes: int | str = "100MiB",
        pictures: bool = False,
        keep_original: bool | None = None,
        per_account: int | str = "5GiB",
        in_all: int | str = "50GiB",
        scopes: Sequence[str] = (),
        picture_side: int = 2560,
        pdf_pages: bool = False,
    ) -> None:
        if not _NAME.fullmatch(name):
            raise StartRefused(f"an intake is called {name!r}: call it by the app and a word, such as evidence.file")
        unknown = [extension for extension in types if extension not in KINDS]
        if unknown or not types or isinstance(types, str):
            raise StartRefused(f"the intake {name} may take only {', '.join(ALL_TYPES)}; not {unknown or types}")
        self.name = name
        self.may_send = may_send
        self.types = tuple(types)
        self.max_bytes = _size(name, "max_bytes", max_bytes)
        self.pictures = pictures
        self.keep_original = not pictures if keep_original is None else keep_original
        self.per_account = _size(name, "per_account", per_account)
        self.in_all = _size(name, "in_all", in_all)
        self.rule = Rule(scopes=frozenset(scopes))
        self.picture_side = picture_side
        self.pdf_pages = pdf_pages

    def __repr__(self) -> str:
        return f"<Intake {self.name}>"

    @property
    def largest_form(self) -> int:
        """The largest request of a form that brings files along."""
        return self.max_bytes * MOST_IN_A_FORM

    def re_encodes(self, kind: FileKind) -> bool:
        return self.pictures and kind.family == PICTURE

    def shows_page(self, kind: FileKind) -> bool:
        return self.pdf_pages and kind.family == PDF

    def keeps_original(self, kind: FileKind) -> bool:
        """Are the sent bytes of such a file kept? Of what is not re-encoded there is nothing else."""
        return self.keep_original or not self.re_encodes(kind)


def _size(name: str, what: str, given: int | str) -> int:
    try:
        size = given if isinstance(given, int) else parse_size(given)
    except ValueError as problem:
        raise StartRefused(f"the intake {name}: {what} {problem}") from None
    if size < 1:
        raise StartRefused(f"the intake {name}: {what} must be at least one byte")
    return size


def judge_offer(intake: Intake, given_name: str, size: int | None) -> tuple[str, FileKind]:
    """May a file that is called so, and is so large, come in here? Its name as it is kept, and its kind.

    Arguments:
        size: in bytes; None where nobody knows it yet.

    Errors:
        FileRefused: of a type that is not taken here, or empty. TooLarge. Both say what to do.
    """
    name = clean_name(given_name)
    kind = kind_of(name)
    if kind is None or kind.extension not in intake.types:
        raise FileRefused(f"{name} cannot be taken here. Possible are: {', '.join(intake.types)}.", why="type")
    if size is not None and size < 1:
        raise FileRefused(f"{name} is empty.", why="empty")
    if size is not None:
        must_fit(intake, name, size)
    return name, kind


def must_fit(intake: Intake, name: str, size: int) -> None:
    """Raise TooLarge where a file has more bytes than are taken here."""
    if size > intake.max_bytes:
        raise TooLarge(f"{name} is larger than the {in_words(intake.max_bytes)} that are taken here.")


def checked_about(about: str) -> str:
    """What a file is about, as the app names it.

    Errors:
        Invalid: too long, or not one line.
    """
    if len(about) > LONGEST_ABOUT or not about.isprintable():
        raise Invalid({"about": f"Name what the file is about in one line of at most {LONGEST_ABOUT} characters."})
    return about


def in_words(size: int) -> str:
    """A number of bytes for people: `4.2 MB` would be read differently by two, so it is `4 MiB`."""
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} bytes"
