"""What a team wrote on its POA&M and of its SSP is found by who reads the assessment, and by nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from doorward import now
from doorward_suite.evidence import access
from doorward_suite.evidence.actions import poam, ssp
from doorward_suite.evidence.planning import TypedEntry
from doorward_suite.evidence.queries import plans
from doorward_suite.evidence.queries.plans import PlanHit, found_in_plans
from doorward_suite.evidence.ssp_mapping import Said

from .conftest import CLEO, LEA, VERA, Team
from .rooms import Room


def an_entry(made: Team, requirement: str = "3.1.3", weakness: str = "There is no cobalt list.") -> int:
    due = (now().date() + timedelta(days=60)).isoformat()
    typed = TypedEntry(weakness=weakness, risk="Zürich is blind.", remediation="A list is made.", due=due)
    return poam.open_entry(CLEO, made.number, requirement, typed)


def found(made: Team, typed: str) -> list[PlanHit]:
    with made.store.reading() as db:
        return found_in_plans(db, access.seat_in(db, VERA, made.number), typed)


def named(made: Team, typed: str) -> list[tuple[str, bool]]:
    return [(hit.requirement.id, hit.entry is not None) for hit in found(made, typed)]


def test_of_another_assessment_nothing_is_found(made: Team) -> None:
    an_entry(made)
    ssp.write_mapping(CLEO, made.number, "3.1.1", Said(statement="The cobalt umbrella."))
    other = Team(made.store)
    assert len(named(made, "cobalt")) == 2, "there is something to be found"
    assert named(other, "cobalt") == []


def test_every_text_counts_without_case_and_marks_and_all_words_must_be_there(made: Team) -> None:
    entry = an_entry(made)
    due = (now().date() + timedelta(days=30)).isoformat()
    poam.add_milestone(CLEO, made.number, entry, "The vermilion step", due)
    ssp.write_mapping(
        CLEO, made.number, "3.1.1", Said(statement="Zurich umbrella.", document="The plan", section="4.2")
    )
    assert named(made, "ZURICH") == [("3.1.3", True), ("3.1.1", False)]
    assert named(made, "zürich umbrella") == [("3.1.1", False)]
    assert named(made, "vermilion cobalt") == [("3.1.3", True)]
    assert named(made, "4.2 plan") == [("3.1.1", False)]
    assert named(made, "3.1.3") == [("3.1.3", True)]
    assert named(made, "cobalt vanished") == []
    for nothing in ("", "  ", "%", "_"):
        assert named(made, nothing) == [], "no sign stands for all"
    assert found(made, "vermilion")[0].said == "The vermilion step"


def test_what_was_closed_is_found_behind_what_is_open_and_bounded(made: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "MOST_CLOSED", 2)
    ended = [an_entry(made) for _ in range(1)]
    poam.withdraw_entry(LEA, made.number, ended[0], "A slip, cobalt too.")
    for _ in range(2):
        ended.append(an_entry(made))
        poam.withdraw_entry(LEA, made.number, ended[-1], "A slip.")
    still_open = an_entry(made)
    hits = [hit.entry.id for hit in found(made, "cobalt") if hit.entry]
    assert hits == [still_open, ended[2], ended[1]]


def test_a_long_text_is_shown_by_its_beginning(made: Team) -> None:
    an_entry(made, weakness="cobalt " * 300)
    assert len(found(made, "cobalt")[0].said) <= 210


def test_the_page_shows_what_it_is_and_runs_nothing(room: Room) -> None:
    text = "<script>cobalt</script> list"
    due = (now().date() + timedelta(days=60)).isoformat()
    typed = {"requirement": "3.1.3", "weakness": text, "remediation": "A list is made.", "due": due}
    assert room.cleo.post(f"{room.path}/poam", typed).status_code == 303
    assert room.cleo.post(f"{room.path}/ssp/3.1.1", {"statement": text}).status_code == 303
    for reader in (room.vera, room.guest()[0]):
        page = reader.get(f"{room.path}/search?q=cobalt").get_data(as_text=True)
        assert "2 in POA&amp;M and SSP" in page
        assert page.count("&lt;script&gt;cobalt") == 2
        assert "<script>cobalt" not in page
        assert f'href="{room.path}/ssp/3.1.1"' in page
    assert room.sven.get(f"{room.path}/search?q=cobalt").status_code == 404


def test_without_anything_found_the_page_says_so(app: Flask, room: Room) -> None:
    assert "Nothing found" in room.vera.get(f"{room.path}/search?q=vermilion").get_data(as_text=True)
