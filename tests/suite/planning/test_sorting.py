"""Rules propose and people decide; programs read by scope; the records are measured."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from doorward import Conflict, Forbidden, Invalid
from doorward.core.access import HOST
from doorward.store.store import Store
from doorward.testing import Clock, Program, add_token, run_jobs, signed_in
from doorward_suite.planning import access
from doorward_suite.planning.actions import contributions, sorting
from doorward_suite.planning.actions.contributions import Draft
from doorward_suite.planning.models import Contribution, Size
from doorward_suite.planning.queries import lists, sizes

from .conftest import OLGA, Made, begin


def category(made: Made, number: int) -> str:
    with made.store.reading() as db:
        return db.get_one(Contribution, number).category


def proposed(made: Made) -> list[tuple[int, str]]:
    with made.store.reading() as db:
        return [(line.contribution.id, line.contribution.proposed) for line in lists.proposed(db, made.number)]


def test_a_rule_proposes_for_what_is_there_and_what_comes_and_moves_nothing(made: Made) -> None:
    made.settle()
    ann = made.somebody()
    first = contributions.contribute(ann, made.number, Draft("Mehr Bäume!", "Idea"))
    contributions.contribute(ann, made.number, Draft("The baumeister came.", "Idea"))
    assert sorting.add_rule(OLGA, made.number, "baume, Schatten", "Vision") == 1
    second = contributions.contribute(ann, made.number, Draft("SCHATTEN am Markt", "Problem"))
    contributions.contribute(ann, made.number, Draft("Schatten, schon gut", "Vision"))
    assert proposed(made) == [(first, "Vision"), (second, "Vision")]
    assert (category(made, first), category(made, second)) == ("Idea", "Problem"), "a proposal alone moves nothing"
    with pytest.raises(Forbidden):
        sorting.decide(ann, made.number, first, accept=True)
    sorting.decide(OLGA, made.number, first, accept=True)
    sorting.decide(OLGA, made.number, second, accept=False)
    assert (category(made, first), category(made, second)) == ("Vision", "Problem")
    assert proposed(made) == []
    with pytest.raises(Conflict):
        sorting.decide(OLGA, made.number, first, accept=True)


def test_a_rule_that_is_wrong_is_refused(made: Made) -> None:
    for words, name, wrong in ((" , ", "Idea", "words"), ("tree", "Nonsense", "rule_category"), ("", "Idea", "words")):
        with pytest.raises(Invalid) as refused:
            sorting.add_rule(OLGA, made.number, words, name)
        assert wrong in refused.value.fields


def test_the_records_are_measured_once_a_day(store: Store, clock: Clock) -> None:
    with store.reading() as db:
        assert sizes.size_now(db) > 10_000
    with store.transaction(HOST) as tx:
        tx.db.merge(Size(day=clock.now.date() - timedelta(days=200), size=1))

    class _Job:
        actor = HOST

    sizes.measure(_Job())  # type: ignore[arg-type]
    sizes.measure(_Job())  # type: ignore[arg-type]
    with store.reading() as db:
        assert [one.day for one in sizes.sizes(db)] == [clock.now.date()]


def test_administrators_and_nobody_else_see_how_large_the_records_are(app: Flask) -> None:
    admin, organiser = signed_in(app, "ada", "admin"), signed_in(app, "orin", access.ORGANISER)
    clock: Clock = app.extensions["doorward"].clock
    before = clock.now
    clock.now = before + timedelta(hours=25)
    run_jobs(app)
    clock.now = before
    page = admin.get("/planning/monitoring").get_data(as_text=True)
    assert "There is no backup of this server." in page
    assert "2026-01-02" in page
    assert organiser.get("/planning/monitoring").status_code == 403


def test_a_program_reads_what_its_organiser_may_by_the_scope_and_nothing_by_another(app: Flask) -> None:
    town = begin(app, "olwen", count=1)
    ann = town.enter(town.secrets[0])
    ann.post(f"{town.path}/contributions", {"text": "A bench.", "category": "Idea"})
    reads = Program(app, add_token(app, "olwen", access.READ))
    path = f"/api{town.path}"
    assert [one["id"] for one in reads.get("/api/planning/").json["consultations"]] == [town.number]  # type: ignore[index]
    assert [one["name"] for one in reads.get(path).json["kinds"]] == ["Resident", "Business", "Authority"]  # type: ignore[index]
    answer = reads.get(f"{path}/contributions")
    assert [one["text"] for one in answer.json["contributions"]] == ["A bench."]  # type: ignore[index]
    assert "token" not in answer.get_data(as_text=True)
    assert reads.get(f"{path}/whole").json["title"] == "The market square"  # type: ignore[index]
    others = begin(app, "oswin", count=1)
    assert reads.get(f"/api{others.path}").status_code == 404
    takes_part = Program(app, add_token(app, "olwen", access.TAKE_PART))
    assert takes_part.get(path).status_code == 403
    assert takes_part.get(town.path).status_code == 404, "a token to take part brings nothing of its owner along"
    assert ann.get(path).status_code in (401, 403)
