"""Which intakes there are, who sends by them, and the ids that a form has brought along."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from doorward.core.access import Caller, judge, seen_behind
from doorward.core.uploads import ARRIVED, ARRIVING, Intake, checked_about, in_words, judge_offer
from doorward.errors import Invalid, NotFound, NotSignedIn
from doorward.store import file_records
from doorward.store.file_models import FileRecord
from doorward.store.file_records import StoredFile
from doorward.store.files import Files
from doorward.web.checks.token import whole_caller
from doorward.web.here import Here, here
from doorward.web.receiving import finish

_GONE = "A file is not there any more, or is not yours. Choose it again."
_MOST = 100
_LONGEST_ID = 40


def files_of(at: Here) -> Files:
    """Where the bytes of this door's files are."""
    files = at.door.store.files
    assert files is not None, "a door that has started has them"  # nosec B101
    return files


def intake_called(at: Here, name: str) -> Intake:
    """The intake of this name. Errors: NotFound: the app has none."""
    found = at.door.intakes.get(name)
    if found is None:
        raise NotFound("There is no such way for files to come in.")
    return found


def sender_by(at: Here, intake: Intake) -> Caller:
    """Who sends by this intake: a person with an account, or a token that carries its scopes.

    Errors:
        NotSignedIn, ScopeMissing: nobody else does.
    """
    whole = at.caller if at.token is None else whole_caller(at, at.token, at.caller.session_id)
    sender = seen_behind(intake.rule, whole)
    refusal = judge(intake.rule, sender, at.now, at.door.settings.fresh_for)
    if refusal is not None:
        raise refusal
    if not sender.holder:
        raise NotSignedIn
    at.is_private = True
    return sender


def must_be_allowed(at: Here, intake: Intake, sender: Caller, about: str) -> None:
    """Let the app say whether this person may send something about this."""
    with at.door.store.reading() as db:
        intake.may_send(db, sender, about)


def own_file(at: Here, file_id: str) -> tuple[FileRecord, Intake, Caller]:
    """A file that the caller has sent, or is sending. Of anybody else's it is as if there were none."""
    with at.door.store.reading() as db:
        record = file_records.find(db, file_id)
    if record is None:
        raise NotFound
    intake = intake_called(at, record.intake)
    sender = sender_by(at, intake)
    if not _is_of(sender, record):
        raise NotFound
    return record, intake, sender


def _is_of(sender: Caller, record: FileRecord) -> bool:
    return record.holder == sender.holder


def _is_whole(record: FileRecord) -> bool:
    """Has all of it arrived, and was it looked into?"""
    return record.state == ARRIVED


def sent_files(intake: Intake, field: str, about: str = "", ids: Sequence[str] | None = None) -> list[str]:
    """The files that a form brings: those that its page has sent before, and those that are in the form itself.

    Arguments:
        intake: by which they must have come; without JavaScript, the one that the route names by `access.takes`.
        field: the name of the form's field.
        about: what they must be about, as the page's control said.
        ids: for a program's request, the ids that it names, in the place of the form's.

    Results:
        Ids for `tx.take_files`, in the order of the form.

    Errors:
        Invalid: one is not there, not whole, of another intake, about something else, or not the caller's.
        FileRefused: one that came with the form is not taken. What `may_send` raises.
    """
    at = here()
    named = [one for one in (request.form.getlist(field) if ids is None else ids) if one]
    brought = at.brought_files.pop(field, []) if ids is None else []
    if not named and not brought:
        return []
    sender = sender_by(at, intake)
    must_be_allowed(at, intake, sender, checked_about(about))
    if len(named) + len(brought) > _MOST:
        raise Invalid({field: f"Send at most {_MOST} files at once."})
    with at.door.store.reading() as db:
        for one in named:
            record = file_records.find(db, one[:_LONGEST_ID])
            if record is None or not (_is_of(sender, record) and record.about == about):
                raise Invalid({field: _GONE})
            if record.intake != intake.name or not _is_whole(record):
                raise Invalid({field: _GONE})
    arrived = [_finished(at, intake, one, about, field) for one in brought]
    at.files_so_far.setdefault(field, []).extend([*named, *arrived])
    return [*named, *arrived]


def _finished(at: Here, intake: Intake, file_id: str, about: str, field: str) -> str:
    """A file that came with the form is looked into now that it is known what it is about."""
    with at.door.store.reading() as db:
        record = file_records.find(db, file_id)
    if record is None or record.intake != intake.name or record.state != ARRIVING:
        raise Invalid({field: _GONE})
    return finish(at, intake, record, about).id


def file_within(intake: Intake, name: str, content: bytes, about: str = "") -> str:
    """Bring in a file that lay within something else that was sent, as if it had been sent by itself.

    Everything holds that holds for files that are sent: size, type, the look into it, and how much its sender may have.

    Arguments:
        intake: by which it comes in.
        name: what it is called, with the extension of what it is said to be.
        content: its bytes.
        about: what it is about, as the intake's `may_send` reads it.

    Results:
        Its id, for `tx.take_files`. Not taken within a day, it is deleted.

    Errors:
        FileRefused, TooLarge, QuotaFull: it may not come in. What `may_send` raises.
    """
    at = here()
    sender = sender_by(at, intake)
    must_be_allowed(at, intake, sender, checked_about(about))
    called, kind = judge_offer(intake, name, len(content))
    files = files_of(at)
    files.must_have_room(len(content))
    with at.door.store.transaction(sender) as tx:
        record = file_records.offer(tx, intake, sender.holder, about, called, kind.media_type, len(content))
    with files.arrivals.appending(record.key, 0) as arriving:
        arriving.write(content)
    at.digests[record.key] = arriving.digest.hexdigest()
    return finish(at, intake, record, about).id


def upload_hint(intake: Intake) -> str:
    """What may be chosen, for the control's hint."""
    types = ", ".join(extension.removeprefix(".") for extension in intake.types)
    return f"{types}; at most {in_words(intake.max_bytes)} each."


def uploads_so_far(intake: Intake, field: str, about: str) -> list[StoredFile]:
    """Files that the form of this very request has brought, where its page is shown again: they are not lost."""
    at = here()
    ids = at.files_so_far.get(field, [])
    if not ids:
        return []
    with at.door.store.reading() as db:
        rows = [file_records.find(db, file_id) for file_id in ids]
    arrived = (row for row in rows if row is not None and row.state == ARRIVED)
    return [file_records.stored_file(row) for row in arrived if row.intake == intake.name and row.about == about]
