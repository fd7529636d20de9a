"""Forms that bring files along, read as they arrive: first the fields, then each file straight to the disk.

A form without JavaScript sends its files in one request. Its CSRF token and every other field that matters before
stand before the first file; until caller, token and rule are checked, no file of it is read. Nothing is handed to
`request.files`, so that no app can keep a file that was not looked into (OWASP ASVS 5.2.1, 5.2.2).
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from doorward.core.uploads import ARRIVING, MOST_IN_A_FORM, Intake, judge_offer, must_fit
from doorward.errors import BadRequest, TooLarge
from doorward.store import file_records
from doorward.web.here import Here
from doorward.web.intakes import files_of, sender_by
from doorward.web.receiving import body_parts

_FORM = "multipart/form-data"
_MOST_FIELDS = 500
#: What the parser may hold beside one field: a part of a file, and the next that came meanwhile.
_BUFFER = 1024 * 1024

#: RFC 2046 section 5.1.1 says 70, and some programs make a few more.
_LONGEST_BOUNDARY = 100


class UploadForm:
    """The form of one request.

    Arguments:
        at: the request; its body must have a length.
        largest: how many bytes all its fields together may have.
    """

    def __init__(self, at: Here, largest: int) -> None:
        boundary = request.mimetype_params.get("boundary", "").encode("latin-1", "replace")
        if not boundary or len(boundary) > _LONGEST_BOUNDARY:
            raise BadRequest("This form does not say where its parts end.")
        self._decoder = MultipartDecoder(boundary, largest + _BUFFER, max_parts=_MOST_FIELDS)
        self._parts = body_parts(at.environ)
        self._events = self._read()
        self._left = largest
        self._fields: list[tuple[str, str]] = []
        self._waiting: File | None = None
        self._not_read = int(at.environ["CONTENT_LENGTH"])

    @property
    def rest(self) -> int:
        """How much of the form is still to come, in bytes; no file of it can be larger."""
        return self._not_read + len(self._decoder.buffer)

    @property
    def has_files(self) -> bool:
        """Whether a file is still to come."""
        return self._waiting is not None

    def read_fields(self) -> None:
        """Read on to the first file, or to the end."""
        for event in self._events:
            if isinstance(event, File):
                self._waiting = event
                break
            if isinstance(event, Field):
                self._fields.append((event.name, self._field()))
        self._show()

    def files(self) -> Iterator[tuple[File, Iterator[bytes]]]:
        """Each file that is still to come, with its bytes, which must be read before the next."""
        while self._waiting is not None:
            event, self._waiting = self._waiting, None
            yield event, self._data()
            self.read_fields()

    def _read(self) -> Iterator[Event]:
        try:
            for part in self._parts:
                self._not_read -= len(part)
                self._decoder.receive_data(part)
                yield from self._decoded()
            self._decoder.receive_data(None)
            yield from self._decoded()
        except RequestEntityTooLarge:
            raise TooLarge("This form has too many fields, or too much in them.") from None
        except ValueError:
            raise BadRequest("This form is not complete, or no form at all.") from None

    def _decoded(self) -> Iterator[Event]:
        while not isinstance(event := self._decoder.next_event(), NeedData | Epilogue):
            yield event

    def _field(self) -> str:
        data = bytearray()
        for piece in self._data():
            data += piece
            self._left -= len(piece)
            if self._left < 0:
                raise TooLarge("There is too much in the fields of this form.")
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            raise BadRequest("The form contains bytes that are not UTF-8 text.") from None

    def _data(self) -> Iterator[bytes]:
        for event in self._events:
            if not isinstance(event, Data):
                raise BadRequest("This form is not complete, or no form at all.")
            yield event.data
            if not event.more_data:
                return
        raise BadRequest("This form is not complete, or no form at all.")

    def _show(self) -> None:
        """Let the rest of the door, and the view, see the fields so far as this request's form."""
        fields: ImmutableMultiDict[str, str] = ImmutableMultiDict(self._fields)
        request.__dict__.update(form=fields, files=ImmutableMultiDict())


def begin(at: Here) -> None:
    """Read the fields of a form that may bring files, before anything asks for them. Other requests stay as they are.

    Errors: BadRequest: it does not say how long it is, or is no form.
    """
    intake = at.demand.takes if at.demand is not None else None
    if intake is None or request.mimetype != _FORM or request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if not at.environ.get("CONTENT_LENGTH"):
        raise BadRequest("A form with files must say how long it is.")
    at.upload_form = UploadForm(at, at.door.settings.max_body)
    at.upload_form.read_fields()


def take_in(at: Here) -> None:
    """Bring the form's files to disk, once it is clear that this caller may use this way at all."""
    form, intake = at.upload_form, at.demand.takes if at.demand is not None else None
    if form is None or intake is None or not form.has_files:
        return
    try:
        with at.door.forms_arriving.one_of(at.caller.holder or at.client.address):
            _take_all_in(at, intake, form)
    except BaseException:
        let_go(at)
        raise


def _take_all_in(at: Here, intake: Intake, form: UploadForm) -> None:
    for number, (file, data) in enumerate(form.files()):
        if not file.filename:  # a control in which nothing was chosen
            _must_be_empty(data)
        elif number >= MOST_IN_A_FORM:
            raise TooLarge(f"Send at most {MOST_IN_A_FORM} files in one form.")
        else:
            _take_one_in(at, intake, form, file, data)


def _must_be_empty(data: Iterator[bytes]) -> None:
    if any(data):
        raise BadRequest("A file came without a name.")


def _take_one_in(at: Here, intake: Intake, form: UploadForm, file: File, data: Iterator[bytes]) -> None:
    sender = sender_by(at, intake)
    name, kind = judge_offer(intake, file.filename, None)
    files, most = files_of(at), min(intake.max_bytes, max(1, form.rest))
    files.must_have_room(most)
    with at.door.store.transaction(sender) as tx:
        record = file_records.offer(tx, intake, sender.holder, "", name, kind.media_type, most)
    at.brought_files.setdefault(file.name, []).append(record.id)
    with files.arrivals.appending(record.key, 0) as arriving:
        for piece in data:
            must_fit(intake, name, arriving.position + len(piece))
            arriving.write(piece)
    judge_offer(intake, name, arriving.position)
    at.digests[record.key] = arriving.digest.hexdigest()
    with at.door.store.transaction(sender) as tx:
        file_records.shrink(tx, record, arriving.position)


def let_go(at: Here) -> None:
    """What came with a form and nobody took up is gone at the end of the request."""
    brought = [file_id for ids in at.brought_files.values() for file_id in ids]
    at.brought_files.clear()
    if not brought:
        return
    with at.door.store.transaction(at.caller) as tx:
        for file_id in brought:
            record = file_records.locked(tx, file_id)
            if record is not None and record.state == ARRIVING:
                file_records.drop(tx, record)
