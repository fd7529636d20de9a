"""An export is asked for and made: a room, or all that somebody may read, as pages and JSON in one ZIP.

Who may read is asked anew before each part, so that nothing is given out that was not theirs at that moment.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence

from sqlalchemy.orm import Session

from doorward import Caller, Conflict, Job, NotFound, now, open_file, reading, transaction

from .. import access, exported
from ..access import Seat, name_of
from ..exported import PART, ExportedFile, ExportedMessage, ExportedRoom
from ..models import Attached, Earlier
from ..queries import exporting
from ..queries.messages import Line, file_data
from ..queries.rooms import title_of

KIND = "chat.export"
_BLOCK = 1 << 20
_CHANGED = "What you may read was changed while the export was made. Ask for it again."


def ask_for(actor: Caller, room_id: int = 0, *, with_files: bool = True) -> str:
    """Ask for an export; gives the id of the job that makes it, whose owner gets the file.

    Arguments:
        room_id: which room; 0 for all that the actor may read.

    Errors:
        NotFound: no such room.
    """
    with transaction(actor) as tx:
        on = f"account:{actor.id}"
        if room_id:
            on = name_of(access.seat_in(tx.db, actor, room_id).room)
        tx.journal("chat.export_asked", on=on)
        title = "Export of a room" if room_id else "Export of all your rooms"
        return tx.job(KIND, {"room": room_id, "files": with_files}, title=title, owner=actor.id)


def make(job: Job) -> None:
    """The job. A room that is closed to its owner meanwhile ends it, and nothing is given out."""
    room_id = int(job.arguments["room"])
    with reading() as db:
        wanted = [room_id] if room_id else exporting.rooms_to_export(db, job.actor)
        total = sum(exporting.how_many_for(db, _seat(db, job, one)) for one in wanted)
    name = f"chat-{f'room-{room_id}-' if room_id else ''}{now():%Y-%m-%d}.zip"
    with zipfile.ZipFile(job.file(name), "w", zipfile.ZIP_DEFLATED) as archive:
        export = _Export(job, archive, max(total, 1), with_files=bool(job.arguments["files"]))
        rooms = [export.add_room(one) for one in wanted]
        at = f"{now():%Y-%m-%d %H:%M} UTC"
        archive.writestr("index.html", exported.cover(job.actor.name, at, rooms, with_files=export.with_files))
    with transaction(job.actor) as tx:
        for one in wanted:
            _seat(tx.db, job, one)
        on = f"room:{room_id}" if room_id else f"account:{job.actor.id}"
        tx.journal("chat.export_made", on=on, rooms=len(rooms), messages=export.done)


class _Export:
    """An export that is being written, a part at a time.

    Attributes:
        done: how many messages are in it.
    """

    def __init__(self, job: Job, archive: zipfile.ZipFile, total: int, *, with_files: bool) -> None:
        self.job = job
        self.archive = archive
        self.total = total
        self.with_files = with_files
        self.done = 0

    def add_room(self, room_id: int) -> ExportedRoom:
        after, number, files = 0, 0, 0
        begun = self.done
        while True:
            room, lines, earlier = self._part(room_id, after)
            part, more = lines[:PART], len(lines) > PART
            if not part:
                break
            number += 1
            messages = [self._message(room, line, earlier.get(line.message.id, ())) for line in part]
            files += sum(len(one.files) for one in messages)
            self.archive.writestr(f"{room.folder}/{exported.part_name(number, 'json')}", exported.json_part(messages))
            page = exported.page_part(room, number, messages, last=not more)
            self.archive.writestr(f"{room.folder}/{exported.part_name(number, 'html')}", page)
            after, self.done = part[-1].message.id, self.done + len(part)
            self.job.progress(self.done, max(self.total, self.done))
            if not more:
                break
        room = ExportedRoom(room_id, room.kind, room.title, room.about, self.done - begun, files, number)
        self.archive.writestr(f"{room.folder}/room.json", exported.room_json(room))
        return room

    def _part(self, room_id: int, after: int) -> tuple[ExportedRoom, list[Line], dict[int, list[Earlier]]]:
        """The next messages of a room, and one more; as the owner of the job may read them at this moment."""
        with reading() as db:
            seat = _seat(db, self.job, room_id)
            lines = exporting.part_of(db, seat, after, PART + 1)
            earlier = exporting.earlier_among(db, [one.message.id for one in lines if one.message.edited_at])
            room = ExportedRoom(room_id, seat.room.kind, title_of(db, seat), seat.room.about)
        return room, lines, earlier

    def _message(self, room: ExportedRoom, line: Line, earlier: Sequence[Earlier]) -> ExportedMessage:
        one = line.message
        files = [] if one.deleted_at else [self._file(room, one.id, file) for file in line.files]
        data = {
            "id": one.id,
            "thread": one.thread_id,
            "reply_to": one.reply_to,
            "author": one.author_id,
            "name": line.name,
            "at": one.at.isoformat(),
            "text": one.text,
            "edited": one.edited_at is not None,
            "deleted": one.deleted_at is not None,
            "pinned": one.pinned_at is not None,
            "earlier": [{"until": was.until.isoformat(), "text": was.text} for was in earlier],
            "reactions": [{"emoji": kind.emoji, "by": list(kind.by)} for kind in line.reactions],
            "files": [
                {**file_data(row), "path": file.path} for row, file in zip(line.files, files, strict=False) if files
            ],
        }
        html = "" if one.deleted_at else line.html()
        return ExportedMessage(data, line.name, f"{one.at:%Y-%m-%d %H:%M} UTC", html, files)

    def _file(self, room: ExportedRoom, message_id: int, row: Attached) -> ExportedFile:
        if not self.with_files:
            return ExportedFile(row.name, row.size)
        path = exported.file_path(room.folder, message_id, row.number, row.name)
        try:
            with open_file(row.file_id) as file, self.archive.open(zipfile.ZipInfo(path, _now()), "w") as out:
                while block := file.read(_BLOCK):
                    out.write(block)
                    self.job.progress(self.done, max(self.total, self.done))
        except NotFound:  # the message was deleted since it was read
            return ExportedFile(row.name, row.size)
        return ExportedFile(row.name, row.size, path, row.is_picture)


def _seat(db: Session, job: Job, room_id: int) -> Seat:
    """The owner's seat at this moment. Of a room that they asked for, it is said that there is none."""
    try:
        return access.seat_in(db, job.actor, room_id)
    except NotFound:
        if job.arguments["room"]:
            raise
        raise Conflict(_CHANGED) from None


def _now() -> tuple[int, int, int, int, int, int]:
    at = now()
    return at.year, at.month, at.day, at.hour, at.minute, at.second
