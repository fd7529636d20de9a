"""A sealed package is asked for and made: everything of an assessment in one ZIP that a stranger can check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from doorward import Caller, Conflict, Job, NotFound, Transaction, journal_excerpt, now, open_file, reading, transaction

from .. import access
from ..access import PACK, Seat
from ..hash_logs import ARTIFACTS_LOG, LOG_HASH_LOG, HashedFile, hash_logs
from ..models import Package
from ..pdf.report import report_pdf
from ..queries.handing_over import PackedFile, journal_names, packed_files
from ..queries.reporting import report_of
from ..report import Report
from ..report_tables import poam_csv, poam_xlsx, report_xlsx, ssp_csv, ssp_xlsx
from ..sealed_zip import JOURNAL, README, SealedZip, blocks_of, readme
from . import checking

KIND = "evidence.package"
_MEGABYTE = 1 << 20
#: How often the state is read anew where evidence came in between.
_TRIES = 5


def ask_for(actor: Caller, number: int) -> str:
    """Ask for a package; gives the id of the job that makes it, whose owner gets the file.

    Errors:
        NotFound, Forbidden: as of `access.seat_in`.
    """
    with transaction(actor) as tx:
        seat = access.seat_in(tx.db, actor, number, PACK)
        tx.journal("package.asked", on=_name(number))
        title = f"Package of {seat.assessment.name}"
        return tx.job(KIND, {"assessment": number}, title=title, owner=actor.id)


def _name(number: int) -> str:
    return f"assessment:{number}/packages"


@dataclass(frozen=True, slots=True)
class _State:
    """What goes into a package, all of one moment."""

    report: Report
    files: list[PackedFile]
    catalogue: str


def make(job: Job) -> None:
    """The job. Who asked must still be a lead now; a file that is not as it arrived is told, and nothing is given out.

    Of evidence, one block at a time is held in memory.
    """
    number = int(job.arguments["assessment"])
    state = _read(job.actor, number)
    total = sum(one.size for one in state.files) // _MEGABYTE + 1
    name = f"CMMC-package_{number}_{state.report.made_at:%Y-%m-%d}.zip"
    with SealedZip(job.file(name), lambda done: job.progress(min(done // _MEGABYTE, total), total)) as package:
        artifacts = [_add(job.actor, number, package, one) for one in state.files]
        _add_written(package, state)
        logs = hash_logs(artifacts)
        package.add(ARTIFACTS_LOG, [logs.artifacts])
        package.add(LOG_HASH_LOG, [logs.log_hash])
        with reading() as db:
            seat = access.seat_in(db, job.actor, number, PACK)
            lines = journal_excerpt(db, f"assessment:{number}", list(journal_names(db, seat)))
            package.add(JOURNAL, (f"{line}\n".encode() for line in lines))
        package.add(README, [_readme(state)])
    with transaction(job.actor) as tx:
        access.seat_in(tx.db, job.actor, number, PACK)
        _note(tx, number, package, len(state.files))


def _read(actor: Caller, number: int) -> _State:
    """The state, read until report and files are of one moment: evidence may come in between."""
    for _ in range(_TRIES):
        with reading() as db:
            seat: Seat = access.seat_in(db, actor, number, PACK)
            report = report_of(db, seat, now(), actor.name)
            files = packed_files(db, seat)
        if {one.name for one in files} == report.evidence.keys():
            return _State(report, files, seat.catalogue.name)
    raise Conflict("Evidence is being changed at this moment. Ask for the package again in a while.")


def _add(actor: Caller, number: int, package: SealedZip, one: PackedFile) -> HashedFile:
    try:
        with open_file(one.file_id) as file:
            digest = package.add(f"artifacts/{one.name}", blocks_of(file), one.added_at, packed=False)
    except NotFound:
        digest = ""
    if digest != one.sha256:
        checking.check_item(actor, number, one.item_id)  # raises the alarm
        raise Conflict(
            f"The file of E{one.item_id}, version {one.version}, is not on disk as it arrived. No package is made of "
            "it: bring the file back from a backup, or delete the evidence."
        )
    return HashedFile(f"artifacts/{one.name}", digest)


def _add_written(package: SealedZip, state: _State) -> None:
    report = state.report
    written: Iterable[tuple[str, str | bytes]] = (
        ("report/Assessment-report.pdf", report_pdf(report)),
        ("report/Assessment-report.xlsx", report_xlsx(report)),
        ("poam/POAM.csv", poam_csv(report)),
        ("poam/POAM.xlsx", poam_xlsx(report)),
        ("ssp/SSP-mapping.csv", ssp_csv(report)),
        ("ssp/SSP-mapping.xlsx", ssp_xlsx(report)),
    )
    for name, content in written:
        package.add(name, [content.encode() if isinstance(content, str) else content])


def _readme(state: _State) -> bytes:
    report = state.report
    return readme(report.title, report.organisation, state.catalogue, report.made_at, len(state.files)).encode()


def _note(tx: Transaction, number: int, package: SealedZip, files: int) -> None:
    made = Package(
        assessment_id=number,
        made_by=tx.actor.id,
        made_at=tx.now,
        files=files,
        size=package.size,
        manifest=package.manifest,
    )
    tx.db.add(made)
    tx.db.flush()
    tx.journal("package.made", on=_name(number), package=made.id, files=files, sha256sums=package.manifest)
