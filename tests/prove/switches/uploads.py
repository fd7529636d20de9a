"""Files on their way in and out: what is looked at, how much may come, whose it is, and how it is given back."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO

import pytest
from werkzeug.exceptions import NotFound

from doorward.core import uploads
from doorward.core.examining import Task, Verdict, examine
from doorward.core.file_kinds import KINDS, TEXT, FileKind
from doorward.core.looking import archives, findings, pdf, pictures
from doorward.store import file_arrivals, file_bytes, file_records, file_usage
from doorward.store.examiner import Examiner
from doorward.store.file_bytes import Folder
from doorward.web import file_answer, intakes, middleware, upload_form
from doorward.web.here import here
from doorward.web.pages import files, statics
from tests.prove.switches import Switch, replaced, wrapped

_NO_BOUND = 1 << 40


def _any_type(patch: pytest.MonkeyPatch) -> None:
    """What is on no list is taken for text."""

    def judge_offer(intake: uploads.Intake, name: str, size: int | None) -> tuple[str, FileKind]:
        try:
            return uploads.judge_offer(intake, name, size)
        except uploads.FileRefused:
            return uploads.clean_name(name), FileKind(".txt", "text/html", TEXT, "a file")

    for module in (files, upload_form):
        patch.setattr(module, "judge_offer", judge_offer)


def _not_looked_into(_self: Examiner, task: Task, *_files: BinaryIO) -> Verdict:
    return Verdict(media_type=KINDS[task.extension].media_type)


def _looked_into_here(patch: pytest.MonkeyPatch) -> None:
    """In this process, where a part of the look can be taken away."""

    def look(_self: Examiner, task: Task, source: BinaryIO, full: BinaryIO, thumb: BinaryIO) -> Verdict:
        source.seek(0)
        return examine(task, source, full, thumb, tempfile.TemporaryFile)

    patch.setattr(Examiner, "examine", look)


def _without_bounds(patch: pytest.MonkeyPatch) -> None:
    _looked_into_here(patch)
    for module, names in (
        (archives, ("FREELY", "MOST_RATIO", "MOST_UNPACKED", "MOST_ENTRIES", "DEEPEST")),
        (findings, ("MOST_UNPACKED", "MOST_ENTRIES")),
        (pdf, ("FREELY", "MOST_RATIO")),
    ):
        for name in names:
            patch.setattr(module, name, _NO_BOUND)
    patch.setattr(pictures, "_must_be_of_sane_size", lambda _image: None)


def _any_path(patch: pytest.MonkeyPatch) -> None:
    _looked_into_here(patch)
    patch.setattr(archives, "_must_be_own_path", lambda _info: None)


def _more_than_announced(receive: Any) -> Any:
    return lambda at, kept, record, position: receive(
        at, kept, SimpleNamespace(key=record.key, size=_NO_BOUND), position
    )


def _anybody_may_send(patch: pytest.MonkeyPatch) -> None:
    for module in (files, intakes):
        patch.setattr(module, "must_be_allowed", lambda *_: None)


def _whatever_is_there(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(intakes, "_is_whole", lambda _record: True)
    patch.setattr(file_records, "_whole", lambda: file_records.FileRecord.state != file_records.TAKEN)


def _unquoted(kind: str, name: str) -> str:
    return f"{kind}; filename={name.encode('ascii', 'ignore').decode()}"


def _like_any_page(browser_headers: Any) -> Any:
    return lambda *args, **more: browser_headers(*args, **{**more, "file_caching": None})


def _as_drawings(what: Any) -> Any:
    return lambda *args: (what(*args)[0], "image/svg+xml", what(*args)[2])


def _data_too(send: Any) -> Any:
    """The data folder is a folder of the style sheets, too."""

    def sent(folder: Any, name: str, **more: Any) -> Any:
        try:
            return send(folder, name, **more)
        except NotFound:
            return send(Path(here().door.settings.data).resolve(), name, **more)

    return sent


def _under_their_names(patch: pytest.MonkeyPatch) -> None:
    """The key of the bytes is what somebody called them."""
    offer = file_records.offer

    def offered(tx: Any, intake: Any, holder: str, about: str, name: str, *rest: Any) -> Any:
        record = offer(tx, intake, holder, about, name, *rest)
        record.key = f"{record.key[:4]}-{name}"
        return record

    patch.setattr(file_records, "offer", offered)
    for module in (file_arrivals, file_bytes):
        patch.setattr(module, "_KEY", re.compile(r"[^/]+"))


def _for_everybody(keep: Any) -> Any:
    def kept(self: Folder, key: str, finished: Path) -> None:
        keep(self, key, finished)
        self._path(key).chmod(0o755)

    return kept


SWITCHES = (
    Switch("listed types", _any_type, "Only files of the types that an intake names are taken."),
    Switch("files looked into", replaced(Examiner, "examine", _not_looked_into),
           "Each file is looked into before anybody can use it."),
    Switch("bounded looks", _without_bounds, "What unpacks to more than can be meant is refused."),
    Switch("own paths in archives", _any_path, "Archives hold no links, and no names that lead elsewhere."),
    Switch("largest file", replaced(uploads, "must_fit", lambda *_: None), "An intake has a largest file."),
    Switch("announced size", wrapped(files, "receive", _more_than_announced), "No more comes than was announced."),
    Switch("quotas", replaced(file_usage, "_grown", lambda *_: True), "What one account may have is bounded."),
    Switch("own uploads", replaced(intakes, "_is_of", lambda *_: True), "What somebody sends is theirs alone."),
    Switch("may send", _anybody_may_send, "The app says who may send something to what."),
    Switch("whole files", _whatever_is_there, "Only a file that is whole and was looked into can be used."),
    Switch("cleaned names", replaced(uploads, "clean_name", lambda given: given), "Names are one line, and no path."),
    Switch("names in headers", replaced(file_answer, "content_disposition", _unquoted),
           "A name cannot break the header that it stands in."),
    Switch("names that are no paths", _under_their_names, "Files lie under random names."),
    Switch("inert files", wrapped(middleware, "browser_headers", _like_any_page),
           "What runs in a file is in a sandbox."),
    Switch("downloads",
           wrapped(file_answer, "content_disposition", lambda make: lambda _kind, name: make("inline", name)),
           "What is no re-encoded picture is offered, and not shown."),
    Switch("types of files", wrapped(file_answer, "_what", _as_drawings), "The server says what a file is, on a list."),
    Switch("files out of reach", wrapped(statics, "send_from_directory", _data_too),
           "No address leads to files but the app's."),
    Switch("private files", wrapped(Folder, "keep", _for_everybody), "Files on the disk are the server's alone."),
)  # fmt: skip
