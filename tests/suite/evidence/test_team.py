"""Places and work: who has which, that a lead is always left, and what becomes of those who leave."""

from __future__ import annotations

import threading

import pytest

from doorward import Conflict, Forbidden, Invalid, NotFound, reading, transaction
from doorward.core.access import HOST
from doorward.store import accounts
from doorward.store.store import Store, using
from doorward_suite.evidence import access
from doorward_suite.evidence.actions import assessments, leaving, progress, team, work
from doorward_suite.evidence.queries import history, objectives, personal
from doorward_suite.evidence.queries import team as reads
from doorward_suite.evidence.queries.objectives import Wanted
from doorward_suite.evidence.stages import REVIEWED

from .conftest import ADA, CARL, CLEO, LEA, ROSA, SVEN, Team, person


def roles(made: Team) -> dict[str, str]:
    with reading() as db:
        return {one.name: one.role for one in reads.people_in(db, made.number)}


def test_only_an_administrator_begins_an_assessment(store: Store) -> None:
    for who in (LEA, person("lea", "auditor"), SVEN):
        with pytest.raises(Forbidden):
            assessments.create(who, "Mine")
    number = assessments.create(ADA, "  CMMC \n 2026 ")
    with reading() as db:
        line = reads.assessments_of(db, ADA)[0]
    assert (line.assessment.id, line.assessment.name, line.role) == (number, "CMMC 2026", access.LEAD)


def test_who_is_named_lead_leads_and_the_administrator_has_no_place(made: Team) -> None:
    assert roles(made)["lea"] == access.LEAD
    assert "ada" not in roles(made)
    with pytest.raises(Invalid) as wrong:
        assessments.create(ADA, "Another", "nobody such")
    assert wrong.value.fields.keys() == {"lead"}


def test_an_assessment_has_every_objective_of_its_standard_once(made: Team) -> None:
    with reading() as db:
        seat = access.seat_in(db, LEA, made.number)
        lines = objectives.listed(db, seat, Wanted(), made.store.clock().date())
    assert [line.objective for line in lines] == list(seat.catalogue.objectives)
    assert len(lines) == 320


def test_an_administrator_names_a_lead_where_none_is_left(made: Team) -> None:
    assessments.name_lead(ADA, made.number, "sven")
    assert roles(made)["sven"] == access.LEAD
    for who in (LEA, SVEN, ROSA):
        with pytest.raises(NotFound):
            assessments.name_lead(who, made.number, "rolf")


def test_the_only_lead_stays_one(made: Team) -> None:
    for attempt in (
        lambda: team.add_member(LEA, made.number, "lea", access.VIEWER),
        lambda: team.remove_member(LEA, made.number, LEA.id),
    ):
        with pytest.raises(Conflict, match="only lead"):
            attempt()
    team.add_member(LEA, made.number, "rosa", access.LEAD)
    team.remove_member(LEA, made.number, LEA.id)
    assert roles(made)["rosa"] == access.LEAD
    with pytest.raises(NotFound):
        team.add_member(LEA, made.number, "sven", access.VIEWER)


def test_of_two_leads_who_send_each_other_away_at_once_one_stays(made: Team) -> None:
    team.add_member(LEA, made.number, "rosa", access.LEAD)
    problems: list[Exception | None] = []

    def send_away(who, whom: str) -> None:
        try:
            with using(made.store):
                team.remove_member(who, made.number, whom)
            problems.append(None)
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=send_away, args=pair) for pair in ((LEA, ROSA.id), (ROSA, LEA.id))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [problem for problem in problems if problem is None] == [None]
    assert list(roles(made).values()).count(access.LEAD) == 1


@pytest.mark.parametrize("role", ["", "assessor", "admin", "Lead"])
def test_a_role_that_cannot_be_given_is_refused(made: Team, role: str) -> None:
    with pytest.raises(Invalid):
        team.add_member(LEA, made.number, "sven", role)


def test_work_is_assigned_to_many_at_once_or_not_at_all(made: Team) -> None:
    wanted = ["3.1.1[a]", "3.1.1[b]", "3.14.7[b]"]
    assert work.assign(LEA, made.number, [*wanted, "3.1.1[a]"], CLEO.id, "2026-02-01") == 3
    with reading() as db:
        seat = access.seat_in(db, CLEO, made.number)
        mine = objectives.assigned_to(db, seat, CLEO.id)
        assert [(line.objective.id, str(line.progress.due_on)) for line in mine] == [
            (one, "2026-02-01") for one in wanted
        ]
        progress_id = made.progress("3.1.1[a]").id
        assert history.of_objectives(db, [progress_id])[progress_id][0].did == "assigned it to cleo"
    assert work.assign(LEA, made.number, wanted, CLEO.id, "2026-02-01") == 0
    with pytest.raises(NotFound):
        work.assign(LEA, made.number, ["3.1.1[a]", "3.77.1[a]"], CARL.id)
    assert made.progress("3.1.1[a]").assignee == CLEO.id
    assert work.assign(LEA, made.number, wanted, "", "2026-05-01") == 3
    assert (made.progress("3.1.1[a]").assignee, made.progress("3.1.1[a]").due_on) == ("", None)


def test_work_goes_only_to_those_who_can_do_it_by_a_day_that_there_is(made: Team) -> None:
    for nobody in (SVEN.id, "id-vera", "token:7", "unknown", "%"):
        with pytest.raises(Invalid) as wrong:
            work.assign(LEA, made.number, ["3.1.1[a]"], nobody)
        assert wrong.value.fields.keys() == {"assignee"}
    for day in ("2026-02-30", "tomorrow", "1999-12-31", "99999-01-01", "2026-W01-1x"):
        with pytest.raises(Invalid) as wrong:
            work.assign(LEA, made.number, ["3.1.1[a]"], CLEO.id, day)
        assert wrong.value.fields.keys() == {"due"}
    with pytest.raises(Invalid):
        work.assign(LEA, made.number, [], CLEO.id)


def test_lists_show_what_is_asked_for(made: Team) -> None:
    made.put("3.1.1[a]", assignee=CLEO.id, due_on=made.store.clock().date().replace(year=2025))
    made.put("3.1.1[b]", assignee=CLEO.id, due_on=made.store.clock().date().replace(year=2025), stage=REVIEWED)
    made.put("3.1.1[c]", evidence=2)

    def found(**wanted) -> list[str]:
        with reading() as db:
            seat = access.seat_in(db, LEA, made.number)
            lines = objectives.listed(db, seat, Wanted(**wanted), made.store.clock().date())
        return [line.objective.id for line in lines]

    assert found(late=True) == ["3.1.1[a]"]
    assert found(assignee=CLEO.id) == ["3.1.1[a]", "3.1.1[b]"]
    assert found(stage=REVIEWED) == ["3.1.1[b]"]
    assert len(found(assignee="nobody")) == 318
    assert len(found(bare=True)) == 319
    assert len(found(family="AC")) == 70
    assert found(family="AC", bare=True, stage=REVIEWED, assignee=CLEO.id) == ["3.1.1[b]"]
    assert found(family="%") == []


def test_who_is_removed_leaves_their_work_to_nobody(made: Team) -> None:
    work.assign(LEA, made.number, ["3.1.1[a]"], CLEO.id, "2026-02-01")
    progress.comment(CLEO, made.number, "3.1.1[a]", "I was here.")
    team.remove_member(LEA, made.number, CLEO.id)
    assert made.progress("3.1.1[a]").assignee == ""
    with reading() as db:
        said = history.of_objectives(db, [made.progress("3.1.1[a]").id])[made.progress("3.1.1[a]").id]
    assert [line.note.text for line in said if line.note.kind == "comment"] == ["I was here."]


@pytest.mark.parametrize("how", ["soft", "hard"])
def test_what_an_account_that_goes_did_stays_and_says_no_name(made: Team, how: str) -> None:
    name = f"gone-{how}-{made.number}"
    with transaction(HOST) as tx:
        accounts.add(tx, accounts.NewAccount(name, name, name, "hash"), account_id=f"id-{name}"[:32])
    leaver = person(name)
    team.add_member(LEA, made.number, name, access.COLLECTOR)
    work.assign(LEA, made.number, ["3.1.1[b]"], leaver.id, "2026-02-01")
    progress.comment(leaver, made.number, "3.1.1[a]", "My words.")
    progress.comment(LEA, made.number, "3.1.1[a]", f"Thanks, @{name}")
    progress.take_step(leaver, made.number, "3.1.1[a]", "start")
    with reading() as db:
        pieces = dict(personal.everything_of(db, leaver.id))
    assert pieces[f"assessment-{made.number}"]["assigned"] == [{"objective": "3.1.1[b]", "until": "2026-02-01"}]
    assert [line["text"] for line in pieces["history-1"]["lines"]] == ["My words.", ""]
    for _ in range(2):  # it may be called twice
        with transaction(HOST) as tx:
            (leaving.erase if how == "hard" else leaving.let_go)(tx, leaver.id)
    with transaction(HOST) as tx:
        accounts.held(tx, leaver.id).status = accounts.DELETED  # type: ignore[union-attr]
    progress_id = made.progress("3.1.1[a]").id
    with reading() as db:
        lines = history.of_objectives(db, [progress_id])[progress_id]
    theirs = [(line.who, line.note.kind, line.note.text) for line in lines if line.note.author_id == leaver.id]
    said = "" if how == "hard" else "My words."
    assert theirs == [("Deleted account", "start", ""), ("Deleted account", "comment", said)]
    assert name not in roles(made)
    assert made.progress("3.1.1[b]").assignee == ""
