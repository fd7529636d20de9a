"""An import: a file is sent, its columns are chosen, it is tried or read in the background, and it can be undone.

Rows that are right are brought in, rows that are wrong are told with their reasons. What comes again is found again, so
a job that is tried twice, or a file that is sent twice, adds nothing twice. People are hidden unless a publisher said
else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO

from sqlalchemy import func, select, text, update

from doorward import Caller, Conflict, Invalid, Job, NotFound, Refused, Transaction, open_file, reading, transaction

from .. import access
from ..concerned import ranges
from ..files import RESULTS
from ..importing import columns as meanings
from ..importing.judging import Judge, Judged, Wrong
from ..importing.tables import Row, Table, Unreadable, open_table
from ..models import AWARDS, CONSENTS, HIDDEN, PEOPLE, Award, Edition, Import, Person, TeamMember
from ..queries import imports
from . import settling
from .import_config import read_config
from .import_writing import Writer

KIND = "honors.import"
SENT, CONFIG, RUNNING, DONE, UNDOING, UNDONE = "sent", "config", "running", "done", "undoing", "undone"
#: Rows in one transaction, and wrong rows that are told one by one.
CHUNK, MOST_TOLD = 1_000, 200
#: A file of so many rows is read while its sender waits; a larger one in the background.
SMALL = 500
Progress = Callable[[int, int | None], None]


def begin(actor: Caller, file_ids: list[str]) -> int:
    """A file was sent: look at its columns, and guess what they say. Gives the number of the import.

    Errors:
        Invalid: no file, or one that cannot be read.
    """
    access.may_edit(actor)
    if len(file_ids) != 1:
        raise Invalid({"file": "Choose one file."})
    with transaction(actor) as tx:
        sent = tx.take_files(RESULTS, file_ids)[0]
    try:
        with open_file(sent.id) as file:
            return begin_with(actor, file, sent.name, sent.id)
    except Invalid:
        with transaction(actor) as tx:
            tx.drop_file(sent.id)
        raise


def begin_with(actor: Caller, file: BinaryIO, name: str, file_id: str = "") -> int:
    """The same with an open file, which the host may have anywhere."""
    access.may_edit(actor)
    try:
        table = open_table(file)
        small = sum(1 for _ in islice(table.rows, SMALL + 1)) <= SMALL
    except Unreadable as problem:
        raise Invalid({"file": str(problem)}) from problem
    with transaction(actor) as tx:
        known = imports.mapping_of_the_roll(tx.db)
        mapping = {
            "columns": list(table.columns),
            "teams": table.is_teams,
            "small": small,
            "map": meanings.guessed(table.columns, known),
        }
        if table.config is not None:
            mapping = {"columns": [], "teams": False, "map": {}, "roll": _mapping_said(table.config)}
        row = Import(
            name=name[:200],
            file_id=file_id,
            state=SENT if table.config is None else CONFIG,
            edition_id=None,
            mapping=json.dumps(mapping, ensure_ascii=False),
            replaces=False,
            consent=HIDDEN,
            report="{}",
            job_id="",
            at=tx.now,
        )
        tx.db.add(row)
        tx.db.flush()
        tx.journal("honors.import.sent", on=f"honors/imports:{row.id}", name=row.name)
        return row.id


def _mapping_said(config: Mapping[str, Any]) -> dict[str, str]:
    said = config.get("data_mapping")
    return meanings.of_the_roll(said) if isinstance(said, dict) else {}


def choose(
    actor: Caller,
    number: int,
    chosen: Mapping[str, str],
    *,
    edition: int = 0,
    replaces: bool = False,
    consent: str = HIDDEN,
) -> None:
    """Say what the columns mean, and what shall become of what is there.

    Arguments:
        chosen: the column of each meaning; empty for none.
        edition: the edition that the file is of; 0 where its rows say it.
        replaces: whether awards that came by imports of the same editions and are not in this file go.
        consent: what the people that it adds agreed to. Only publishers say other than hidden.

    Errors:
        Invalid: with a sentence for each field. Conflict: it was imported already. Forbidden.
    """
    access.may_edit(actor)
    if consent != HIDDEN:
        access.may_publish(actor)
    with transaction(actor) as tx:
        row = _waiting(tx, number)
        told = json.loads(row.mapping)
        mapping = {key: chosen.get(key, "") for key in meanings.KEYS if chosen.get(key)}
        problems = meanings.problems_with(mapping, told["columns"])
        if consent not in CONSENTS:
            problems["consent"] = "Choose what these people have agreed to."
        found = tx.db.get(Edition, edition) if 0 < edition <= access.LARGEST else None
        if edition and (found is None or found.deleted_at is not None):
            problems["edition"] = "This edition is not there any more. Choose another."
        if not edition and not (mapping.get("competition") and mapping.get("year")):
            problems["edition"] = "Choose the edition, or the columns that say competition and year."
        if problems:
            raise Invalid(problems)
        row.mapping = json.dumps({**told, "map": mapping}, ensure_ascii=False)
        row.edition_id, row.replaces, row.consent = edition or None, replaces, consent


def start(actor: Caller, number: int, *, dry: bool) -> None:
    """Let it be tried (dry), or done: in the background, unless it is small."""
    access.may_edit(actor)
    with transaction(actor) as tx:
        row = _waiting(tx, number)
        if row.consent != HIDDEN:
            access.may_publish(actor)
        row.state, row.report, row.job_id = RUNNING, "{}", ""
        is_small = bool(json.loads(row.mapping)["small"])
        if not is_small:
            title = f"{'Trial' if dry else 'Import'} of {row.name}"
            row.job_id = tx.job(KIND, {"import": number, "dry": dry}, title=title, owner=actor.id)
    if is_small:
        _read_kept(actor, number, dry=dry, progress=lambda done, total: None)


def _waiting(tx: Transaction, number: int) -> Import:
    row = held(tx, number)
    if row.state != SENT:
        raise Conflict("This was imported already, or is at work.")
    return row


def held(tx: Transaction, number: int) -> Import:
    """An import, held until the transaction ends. Errors: NotFound."""
    if not 0 < number <= access.LARGEST:
        raise NotFound(access.NOT_THERE)
    query = select(Import).where(Import.id == number).with_for_update().execution_options(populate_existing=True)
    row = tx.db.scalar(query)
    if row is None:
        raise NotFound(access.NOT_THERE)
    return row


def work(job: Job) -> None:
    """The job. Whoever asked must still be allowed to."""
    _read_kept(job.actor, int(job.arguments["import"]), dry=bool(job.arguments["dry"]), progress=job.progress)


def _read_kept(actor: Caller, number: int, *, dry: bool, progress: Progress) -> None:
    """Read the file that was sent; one that cannot be read to its end changes no more, and says why."""
    with reading() as db:
        row = db.get(Import, number)
    if row is None or row.state != RUNNING:
        return
    try:
        with open_file(row.file_id) as file:
            run(actor, number, file, dry=dry, progress=progress)
    except (Unreadable, Refused) as wrong:
        with transaction(actor) as tx:
            row = held(tx, number)
            row.state, row.report = SENT, json.dumps({"failed": str(wrong)}, ensure_ascii=False)


def run(actor: Caller, number: int, file: BinaryIO, *, dry: bool, progress: Progress) -> dict[str, Any]:
    """Judge every row and bring in those that are right. Gives what came of it, as it is kept.

    Errors:
        Unreadable: the file ends in something else. Forbidden: the actor may not any more.
    """
    access.may_edit(actor)
    total = sum(1 for _ in open_table(file).rows)
    progress(0, total)
    with reading() as db:
        row = db.get_one(Import, number)
        if row.consent != HIDDEN:
            access.may_publish(actor)
        judge = _judge_for(db, row)
    writer, wrong, done = Writer(number, row.consent, dry), [], 0
    for rows in _chunks(open_table(file).rows):
        judged = [judge.judge(one) for one in rows]
        wrong += [one for one in judged if isinstance(one, Wrong)]
        with transaction(actor) as tx:
            writer.write(tx, [one for one in judged if isinstance(one, Judged)])
        done += len(rows)
        if not dry and (done // CHUNK).bit_count() == 1:
            _look_again(actor)
        progress(done, total)
    removed = _remove_others(actor, writer, judge.is_teams) if row.replaces else 0
    return _finish(actor, number, writer, wrong, total, removed)


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while some := list(islice(rows, CHUNK)):
        yield some


def _look_again(actor: Caller) -> None:
    """Let PostgreSQL see how large its tables have become, each time that they doubled: what was planned for empty
    tables reads all of them for each row. SQLite plans without such numbers.
    """
    with transaction(actor) as tx:
        if tx.db.connection().dialect.name == "postgresql":
            tx.db.execute(text("ANALYZE honors_awards, honors_people, honors_teams, honors_team_members"))


def _judge_for(db: Any, row: Import) -> Judge:
    told = json.loads(row.mapping)
    medals = imports.medals_by_name(db)
    editions = imports.editions_by_name(db)
    return Judge(
        told["map"],
        row.edition_id or 0,
        lambda text: medals.get(imports.plain(text), 0),
        lambda competition, year: editions.get((imports.plain(competition), year), 0),
        told["teams"],
    )


def _remove_others(actor: Caller, writer: Writer, is_teams: bool) -> int:
    """Awards of the same editions that an import brought, and that this file does not have, go out of sight.

    A file of teams says nothing of what people were given themselves, nor the other way round.
    """
    removed = 0
    of_its_kind = AWARDS.c.team_id.is_not(None) if is_teams else AWARDS.c.team_id.is_(None)
    for edition in sorted(writer.editions):
        with reading() as db:
            imported = (AWARDS.c.import_id.is_not(None), AWARDS.c.deleted_at.is_(None))
            mine = (AWARDS.c.edition_id == edition, *imported, of_its_kind)
            there = db.execute(select(AWARDS.c.id, AWARDS.c.source).where(*mine)).all()
        gone = [number for number, source in there if source not in writer.seen]
        removed += len(gone)
        for first in range(0, 0 if writer.dry else len(gone), CHUNK):
            with transaction(actor) as tx:
                some = AWARDS.c.id.in_(gone[first : first + CHUNK])
                values = {"deleted_at": tx.now, "removed_by": writer.number, "listed": False}
                tx.db.execute(update(AWARDS).where(some).values(**values))
                note_holders(tx, writer.number, "awards_removed", settle_holders(tx, gone[first : first + CHUNK]))
                settling.turn(tx)
    return removed


def holders_of(tx: Transaction, awards: list[int]) -> tuple[set[int], set[int]]:
    """The people who have these awards themselves, and the teams."""
    rows = tx.db.execute(select(AWARDS.c.person_id, AWARDS.c.team_id).where(AWARDS.c.id.in_(awards))).all()
    return {one.person_id for one in rows if one.person_id}, {one.team_id for one in rows if one.team_id}


def settle_holders(tx: Transaction, awards: list[int]) -> set[int]:
    """Whoever has these awards may stand elsewhere now. Gives all whom that concerns, members of teams too."""
    return settle_people_and_teams(tx, *holders_of(tx, awards))


def settle_people_and_teams(tx: Transaction, people: set[int], teams: set[int]) -> set[int]:
    """The same where it is known who they are."""
    settling.settle_people(tx, PEOPLE.c.id.in_(people))
    for team in teams:
        settling.settle_team(tx, team)
    return people | set(tx.db.scalars(select(TeamMember.person_id).where(TeamMember.team_id.in_(teams))))


def note_holders(tx: Transaction, number: int, event: str, people: set[int]) -> None:
    """An entry about an import for each thousand awards or so, with the people whom it concerns."""
    tx.journal(f"honors.import.{event}", on=f"honors/imports:{number}", people=ranges(people))


def _finish(actor: Caller, number: int, writer: Writer, wrong: list[Wrong], total: int, removed: int) -> dict[str, Any]:
    with transaction(actor) as tx:
        row = held(tx, number)
        report: dict[str, Any] = {
            "dry": writer.dry,
            "rows": total,
            "wrong": len(wrong),
            "told": [[one.row, one.reason] for one in wrong[:MOST_TOLD]],
            "kept": writer.kept,
            "added": writer.added,
            "removed": removed,
            "people": len(writer.new_people),
            "schools": len(writer.new_schools),
            "subjects": len(writer.new_subjects),
        }
        if not writer.dry:
            # Counted where they are: an attempt before this one may have brought in some of them.
            report["added"] = tx.db.scalar(select(func.count()).where(Award.import_id == number)) or 0
            report["removed"] = tx.db.scalar(select(func.count()).where(Award.removed_by == number)) or 0
            report["people"] = tx.db.scalar(select(func.count()).where(Person.import_id == number)) or 0
            report["kept"] = total - len(wrong) - report["added"]
            if row.file_id:
                tx.drop_file(row.file_id)
            row.file_id = ""
            counts = {name: report[name] for name in ("rows", "wrong", "kept", "added", "removed")}
            counts["new_people"] = report["people"]
            tx.journal("honors.import.done", on=f"honors/imports:{number}", **counts)
        row.state = SENT if writer.dry else DONE
        row.report = json.dumps(report, ensure_ascii=False)
        return report


def apply_config(actor: Caller, number: int, file: BinaryIO | None = None) -> dict[str, Any]:
    """Bring in what a configuration of the honor roll says: competitions, editions, medals, subjects.

    Errors:
        Invalid: it says something that cannot be. Conflict: it was read already.
    """
    access.may_edit(actor)
    with reading() as db:
        row = db.get(Import, number) if 0 < number <= access.LARGEST else None
    if row is None:
        raise NotFound(access.NOT_THERE)
    if row.state != CONFIG:
        raise Conflict("This was read already.")
    if file is not None:
        config = _config_in(open_table(file))
    else:
        with open_file(row.file_id) as kept:
            config = _config_in(open_table(kept))
    with transaction(actor) as tx:
        row = held(tx, number)
        report: dict[str, Any] = {"config": read_config(tx, config)}
        if row.file_id:
            tx.drop_file(row.file_id)
        row.state, row.file_id, row.report = DONE, "", json.dumps(report)
        settling.turn(tx)
        tx.journal("honors.import.config", on=f"honors/imports:{number}", **report["config"])
        return report


def _config_in(table: Table) -> Mapping[str, Any]:
    if table.config is None:
        raise Invalid({"file": "This is no configuration of the honor roll."})
    return table.config


def throw_away(actor: Caller, number: int) -> None:
    """Forget a file that was sent and not imported."""
    access.may_edit(actor)
    with transaction(actor) as tx:
        row = held(tx, number)
        if row.state not in (SENT, CONFIG):
            raise Conflict("What was imported is undone, not thrown away.")
        if row.file_id:
            tx.drop_file(row.file_id)
        tx.db.delete(row)
        tx.journal("honors.import.dropped", on=f"honors/imports:{number}")
