"""Bytes of files on their way in: from the connection to the disk, hashed on the way, and looked into at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from doorward.core.examining import Task, Verdict
from doorward.core.file_kinds import FileKind, kind_of, named_as
from doorward.core.spooling import ENVIRON_KEY, Spool
from doorward.core.uploads import ARRIVED, TAKEN, Intake
from doorward.errors import BadRequest, Conflict, FileRefused, TooLarge
from doorward.store import file_records
from doorward.store.examiner import EXAMINER
from doorward.store.file_bytes import FULL, ORIGINAL, THUMB, VARIANTS
from doorward.store.file_models import FileRecord
from doorward.store.file_records import StoredFile, Whole
from doorward.store.files import Files
from doorward.web.here import Here
from doorward.web.scanning import scanned

_BLOCK = 256 * 1024
_BROKEN = "The connection broke off. What arrived is kept; go on from there."


def body_parts(environ: dict[str, Any]) -> Iterator[bytes]:
    """The body of the request as it arrives, in parts that nobody waits for to be full.

    Errors: BadRequest: it ended before it was complete.
    """
    stream, announced = environ["wsgi.input"], environ.get("CONTENT_LENGTH")
    left = int(announced) if announced else None
    read = getattr(stream, "read1", stream.read)
    while left is None or left > 0:
        try:
            part = read(_BLOCK if left is None else min(_BLOCK, left))
        except (ConnectionError, TimeoutError):
            raise BadRequest(_BROKEN) from None
        if not part:
            if left:
                raise BadRequest(_BROKEN)
            return
        if left is not None:
            left -= len(part)
        yield part


def receive(at: Here, files: Files, record: FileRecord, position: int) -> int | None:
    """Append the body of this request to a file. How much of it is there now; None where it is still to come.

    Arguments:
        position: where the sender goes on.

    Errors:
        TooLarge: there is more than was announced. BadRequest: broken off.
        Conflict: the file is not as far as that, or somebody else sends it.
    """
    spool: Spool | None = at.environ.get(ENVIRON_KEY)
    if spool is not None and isinstance(spool.sink, _FileSink):
        return spool.sink.finished(at, spool)
    announced = at.environ.get("CONTENT_LENGTH")
    if announced and int(announced) > record.size - position:
        raise _more_than_announced()
    sink = _FileSink(files, record, position)
    if spool is not None:
        spool.sink = sink
        return None
    try:
        for part in body_parts(at.environ):
            sink.write(part)
    finally:
        sink.close()
    return sink.finished(at, None)


class _FileSink:
    """Where the body of one request goes: to the end of one file, and not beyond what was announced of it."""

    def __init__(self, files: Files, record: FileRecord, position: int) -> None:
        self._key, self._most = record.key, record.size
        self._stack = ExitStack()
        self._file = self._stack.enter_context(files.arrivals.appending(record.key, position))

    def write(self, *parts: bytes) -> None:
        if self._file.position + sum(map(len, parts)) > self._most:
            raise _more_than_announced()
        self._file.write(*parts)

    def close(self) -> None:
        self._stack.close()

    def finished(self, at: Here, spool: Spool | None) -> int:
        """How much is there; or what went wrong."""
        if spool is not None and spool.problem is not None:
            raise spool.problem
        at.digests[self._key] = self._file.digest.hexdigest()
        return self._file.position


def _more_than_announced() -> TooLarge:
    return TooLarge("This is more than was announced of the file.")


def finish(at: Here, intake: Intake, record: FileRecord, about: str) -> StoredFile:
    """Look into a file of which all bytes are there, and keep it.

    Arguments:
        about: what it is about, now that it is known.

    Errors:
        FileRefused: it may not come in; it is gone. Conflict: it is looked into already. Unavailable: not now.
    """
    files = at.door.store.files
    assert files is not None  # nosec B101
    with files.arrivals.locked(record.key):
        verdict = _look(files, intake, record)
        if not verdict.refused:
            verdict = scanned(at, files, record, verdict)
        if verdict.refused:
            raise _refused(at, record, verdict)
        with files.finishing(record.key):
            _must_still_arrive(at, files, record)
            return _arrived(at, record, about, _keep(at, files, intake, record, verdict))


def _must_still_arrive(at: Here, files: Files, record: FileRecord) -> None:
    """Of two who send one file at once, the second finds it kept already, and must not put anything in its place."""
    with at.door.store.reading() as db:
        now = file_records.find(db, record.id)
    if now is not None and now.state in (ARRIVED, TAKEN):
        for variant in VARIANTS:
            files.arrivals.delete(f"{record.key}{variant}")
        raise Conflict("This file is complete.")


def _refused(at: Here, record: FileRecord, verdict: Verdict) -> FileRefused:
    refusal = FileRefused(verdict.refused, verdict.why)
    with at.door.store.transaction(at.caller) as tx:
        file_records.refuse(tx, record, refusal)
    return refusal


def _arrived(at: Here, record: FileRecord, about: str, whole: Whole) -> StoredFile:
    with at.door.store.transaction(at.caller) as tx:
        if file_records.arrive(tx, record, about, whole):
            arrived = file_records.find(tx.db, record.id)
            assert arrived is not None  # nosec B101
            return file_records.stored_file(arrived)
        tx.drop_bytes(record.key)
    raise Conflict("This file was given up in the meantime.")


def _look(files: Files, intake: Intake, record: FileRecord) -> Verdict:
    kind = _kind(record)
    shows, keeps, page = intake.re_encodes(kind), intake.keeps_original(kind), int(intake.shows_page(kind))
    task = Task(kind.extension, shows, keeps, intake.picture_side, page)
    with files.working_copies(record.key) as (source, full, thumb):
        return EXAMINER.examine(task, source, full, thumb)


def _keep(at: Here, files: Files, intake: Intake, record: FileRecord, verdict: Verdict) -> Whole:
    """Put on disk for good what is kept, and say what that is."""
    original = intake.keeps_original(_kind(record))
    shown = bool(verdict.picture_type)
    sizes = {variant: files.arrivals.size(f"{record.key}{variant}") or 0 for variant in (FULL, THUMB)} if shown else {}
    kept = ORIGINAL if original else FULL
    digest = at.digests.get(record.key) if original else None
    whole = Whole(
        name=record.name if original else named_as(record.name, verdict.media_type),
        size=record.size if original else sizes[FULL],
        sha256=digest or files.arrivals.hash_of(f"{record.key}{kept}"),
        media_type=verdict.media_type,
        notes=verdict.notes,
        picture_type=verdict.picture_type,
        width=verdict.width,
        height=verdict.height,
        full_size=sizes.get(FULL, 0) if original else 0,
        thumb_size=sizes.get(THUMB, 0),
    )
    files.keep(record.key, original=original, shown=shown)
    return whole


def _kind(record: FileRecord) -> FileKind:
    kind = kind_of(record.name)
    assert kind is not None, "what is of no kind was never offered"  # nosec B101
    return kind
