"""Another page of a PDF document that its sender wants to be shown, in the place of the first."""

from __future__ import annotations

from doorward.core.examining import Task
from doorward.core.file_kinds import kind_of
from doorward.core.uploads import ARRIVED, Intake
from doorward.errors import Conflict, Invalid, NotFound
from doorward.store import file_records
from doorward.store.examiner import EXAMINER
from doorward.store.file_bytes import FULL, THUMB
from doorward.store.file_records import Whole
from doorward.web.here import here
from doorward.web.intakes import files_of, own_file

_GONE = "This file is not there any more. Choose it again."


def show_page(intake: Intake, file_id: str, number: int) -> None:
    """Show another page of a PDF document that the caller has sent, as long as no app has taken it.

    Arguments:
        intake: by which it came; one that shows pages (`pdf_pages`).
        file_id: as `sent_files` gave it. Of a picture nothing is changed.
        number: of the page, from 1.

    Errors:
        Invalid: under `page`: there is none, or none that can be drawn. NotFound, Conflict: the file is gone.
    """
    at = here()
    record, came_by, _ = own_file(at, file_id)
    kind = kind_of(record.name)
    if came_by is not intake or record.state != ARRIVED or kind is None:
        raise NotFound(_GONE)
    if not intake.shows_page(kind):
        return
    files = files_of(at)
    with files.finishing(record.key), files.redrawn(record.key) as copies:
        if copies is None:
            raise NotFound(_GONE)
        verdict = EXAMINER.examine(Task(kind.extension, True, True, intake.picture_side, number), *copies)
        if verdict.refused:
            raise Invalid({"page": verdict.refused})
        full, thumb = (files.arrivals.size(f"{record.key}{variant}") or 0 for variant in (FULL, THUMB))
        whole = Whole(
            record.name, record.size, record.sha256, record.media_type, (), verdict.picture_type,
            verdict.width, verdict.height, full, thumb,
        )  # fmt: skip
        with at.door.store.transaction(at.caller) as tx:
            if not file_records.redraw(tx, record, whole):
                raise Conflict(_GONE)
            files.keep_redrawn(record.key)  # nobody takes the file before this is committed, so none sees half of it
