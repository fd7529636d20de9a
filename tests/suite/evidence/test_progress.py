"""Objectives go their way on the server: refused without evidence, reviewed by somebody else, every step kept."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from doorward import Conflict, Forbidden, Invalid, NotFound, reading
from doorward_suite.evidence import access
from doorward_suite.evidence.actions import progress
from doorward_suite.evidence.catalogue import built_in
from doorward_suite.evidence.models import Mention
from doorward_suite.evidence.queries import history, objectives, standing
from doorward_suite.evidence.sprs import Status
from doorward_suite.evidence.stages import COLLECTED, COLLECTING, IN_REVIEW, MET, NOT_MET, REVIEWED

from .conftest import CLEO, LEA, ROLF, ROSA, Team, person

ONE = "3.1.1[a]"


def step(made: Team, who, name: str, reason: str = "", objective: str = ONE, **more) -> None:
    progress.take_step(who, made.number, objective, name, reason, **more)


def test_an_objective_goes_from_not_started_to_met_and_its_history_says_how(made: Team) -> None:
    step(made, CLEO, "start")
    made.put(evidence=1)
    step(made, CLEO, "hand_in")
    step(made, ROSA, "take_up")
    step(made, ROSA, "met")
    now = made.progress()
    assert (now.stage, now.finding, now.collected_by, now.reviewed_by) == (REVIEWED, MET, CLEO.id, ROSA.id)
    with reading() as db:
        lines = history.of_objectives(db, [now.id])[now.id]
    assert [(line.who, line.did) for line in lines] == [
        ("rosa", "found it met"),
        ("rosa", "began the review"),
        ("cleo", "handed it in for review"),
        ("cleo", "started collecting"),
    ]
    journal = [event for event, _who in made.entries() if event.startswith("objective.")]
    assert journal == ["objective.start", "objective.hand_in", "objective.take_up", "objective.met"]


def test_without_evidence_nothing_is_handed_in_or_met_whoever_asks(made: Team) -> None:
    for who in (CLEO, LEA):
        with pytest.raises(Conflict, match="no evidence"):
            step(made, who, "hand_in")
    made.put(stage=COLLECTED, evidence=0)
    for who in (ROSA, LEA):
        with pytest.raises(Conflict, match="no evidence"):
            step(made, who, "met")
    made.put(evidence=1)
    step(made, ROSA, "met")


def test_a_lead_who_handed_in_does_not_review_it(made: Team) -> None:
    made.put(evidence=1)
    step(made, LEA, "hand_in")
    for name in ("take_up", "met", "not_met", "not_applicable"):
        with pytest.raises(Conflict, match="Somebody else"):
            step(made, LEA, name, "because")
    step(made, ROSA, "met")


def test_what_is_sent_back_keeps_who_collected_and_loses_its_finding(made: Team) -> None:
    made.put(evidence=1)
    step(made, LEA, "hand_in")
    step(made, ROSA, "not_met", "The list is of last year.")
    assert made.progress().reason == "The list is of last year."
    step(made, ROLF, "reopen", "There is a newer one.")
    now = made.progress()
    assert (now.stage, now.finding, now.reason, now.reviewed_by) == (COLLECTING, "", "", "")
    with pytest.raises(Conflict, match="Somebody else"):  # reopening does not make a lead somebody else
        step(made, LEA, "not_applicable", "because")


def test_a_reason_of_blanks_is_none(made: Team) -> None:
    with pytest.raises(Invalid) as wrong:
        step(made, ROSA, "not_applicable", " \n ")
    assert wrong.value.fields.keys() == {"reason"}
    with pytest.raises(Invalid, match="too long"):
        step(made, ROSA, "not_applicable", "x" * 2001)
    step(made, ROSA, "not_applicable", "x" * 2000)


def test_what_no_step_is_called_is_refused(made: Team) -> None:
    for name in ("", "reviewed", "__class__", "start "):
        with pytest.raises(Invalid):
            step(made, CLEO, name)


def test_objectives_that_the_standard_does_not_know_are_not_there(made: Team) -> None:
    for objective in ("", "3.99.1[a]", "3.1.1[z]", "%", "3.1.1[a]'--"):
        with pytest.raises(NotFound):
            step(made, CLEO, "start", objective=objective)
    step(made, CLEO, "start", objective="AC.L2-3.1.1[a]")


def test_in_part_is_only_where_the_standard_knows_it(made: Team) -> None:
    with pytest.raises(Invalid, match="knows no part"):
        step(made, ROSA, "not_met", "Half of it.", partly=True)
    letters = [one.id for one in built_in().requirement_by_id["3.5.3"].objectives]
    for letter in letters[:-1]:
        made.put(letter, stage=REVIEWED, finding=MET)
    step(made, ROSA, "not_met", "Not on the network.", objective=letters[-1], partly=True)
    with reading() as db:
        whole = standing.overview(db, built_in(), made.number, made.store.clock().date())
    assert whole.statuses["3.5.3"] == Status.PARTIAL
    assert whole.score.lost["3.5.3"] == 3


def test_a_requirement_is_met_when_all_its_objectives_are(made: Team) -> None:
    today = made.store.clock().date()

    def status() -> Status | None:
        with reading() as db:
            return standing.tallies(db, made.number, today, "AC")["3.1.2"].status

    made.put("3.1.2[a]", stage=REVIEWED, finding=MET)
    assert status() is None
    made.put("3.1.2[b]", stage=REVIEWED, finding="not_applicable")
    assert status() == Status.MET
    made.put("3.1.2[a]", finding="not_applicable")
    assert status() == Status.NOT_APPLICABLE
    made.put("3.1.2[b]", finding=NOT_MET)
    assert status() == Status.NOT_MET


def test_the_score_begins_at_the_bottom_and_rises_by_the_weight(made: Team) -> None:
    today, catalogue = made.store.clock().date(), built_in()
    with reading() as db:
        before = standing.overview(db, catalogue, made.number, today).score
    assert (before.points, before.lowest, before.highest) == (-203, -203, 110)
    for one in catalogue.requirement_by_id["3.1.1"].objectives:
        made.put(one.id, stage=REVIEWED, finding=MET)
    with reading() as db:
        whole = standing.overview(db, catalogue, made.number, today)
    assert whole.score.points == -198
    assert whole.met == 1


def test_pages_offer_what_would_succeed_and_nothing_else(made: Team) -> None:
    made.put(stage=IN_REVIEW, evidence=1, collected_by=LEA.id)

    def offered(who) -> set[str]:
        with reading() as db:
            seat = access.seat_in(db, who, made.number)
            return {one.name for one in objectives.offered(seat, standing.standing_of(db, made.progress()))}

    assert offered(ROSA) == {"met", "not_met", "not_applicable", "send_back"}
    assert offered(LEA) == {"send_back"}
    assert offered(CLEO) == set()
    assert offered(person("vera")) == set()


def test_a_comment_is_kept_as_it_was_written_and_tells_whom_it_names(made: Team) -> None:
    text = "Is this enough, @Rosa?\n\n@sven @nobody rolf@example.org <b>@CLEO</b>."
    number = progress.comment(CLEO, made.number, ONE, text)
    with reading() as db:
        named = set(db.scalars(select(Mention.account_id).where(Mention.note_id == number)))
        lines = history.mentions_of(db, made.number, ROSA.id)
        assert history.mentions_of(db, made.number, "id-sven") == []
    assert named == {ROSA.id, CLEO.id}  # sven has no place here, and a mail address names nobody
    assert [(line.who, line.note.text, line.objective) for line in lines] == [("cleo", text, ONE)]


@pytest.mark.parametrize("text", ["", " \n ", "x" * 4001, "a\x00b", "\u202eabc"])
def test_a_comment_that_cannot_be_shown_is_refused(made: Team, text: str) -> None:
    with pytest.raises(Invalid):
        progress.comment(CLEO, made.number, ONE, text)
    assert all(event != "objective.commented" for event, _who in made.entries())


def test_what_somebody_wrote_is_not_in_the_journal(made: Team) -> None:
    secret = "cobalt umbrella"
    progress.comment(CLEO, made.number, ONE, secret)
    step(made, ROSA, "not_met", secret)
    from doorward.store.models import JournalEntry

    with reading() as db:
        assert all(secret not in row.details for row in db.scalars(select(JournalEntry)))


def test_who_is_sent_away_does_nothing_more(made: Team) -> None:
    from doorward_suite.evidence.actions import team

    step(made, CLEO, "start")
    team.add_member(LEA, made.number, "cleo", access.VIEWER)
    with pytest.raises(Forbidden):
        step(made, CLEO, "start", objective="3.1.1[b]")
    team.remove_member(LEA, made.number, CLEO.id)
    with pytest.raises(NotFound):
        step(made, CLEO, "start", objective="3.1.1[b]")
