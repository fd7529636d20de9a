"""Contributions: nobody is named, everybody counts once, what is hidden is gone for others, dots are counted."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from sqlalchemy import select

from doorward import Conflict, Forbidden, Invalid, NotFound
from doorward.core.access import HOST
from doorward.store.store import Store, using
from doorward_suite.planning import access, alike
from doorward_suite.planning.actions import consultations, contributions, leaving, moderating
from doorward_suite.planning.actions.contributions import Draft
from doorward_suite.planning.models import HIDDEN, PLAN, SHOWN, Consultation, Contribution, Dots, Participant
from doorward_suite.planning.queries import counting, lists

from .conftest import MONA, OLGA, OTTO, Made, entries, participant

IDEA = Draft("More trees on the market square, and a bench below each of them.", "Idea")


def read(made: Made, number: int) -> Contribution:
    with made.store.reading() as db:
        return db.get_one(Contribution, number)


def seen(made: Made, who) -> list[int]:
    with made.store.reading() as db:
        seat = access.seat_in(db, who, made.number)
        return [line.contribution.id for line in lists.contributions(db, made.number, seat.holder).lines]


def test_others_see_the_kind_and_nothing_of_who_it_was(made: Made, store: Store) -> None:
    ann, ben = made.somebody(1), made.somebody(0)
    number = contributions.contribute(ann, made.number, IDEA)
    with store.reading() as db:
        seat = access.seat_in(db, ben, made.number)
        line = lists.lines_of(db, [access.contribution_in(db, seat, number)], seat.holder)[0]
    assert (line.kind, line.mine) == ("Business", False)
    told = entries(store, f"consultation:{made.number}")[-1]
    assert told.event == "planning.contributed"
    assert "trees" not in told.details, "what was written is not in the journal"


def test_a_contribution_is_refused_with_a_reason_for_each_field(made: Made) -> None:
    ann = made.somebody()
    for draft, wrong in (
        (Draft(" ", "Idea"), "text"),
        (Draft("x" * 4001, "Idea"), "text"),
        (Draft("Trees", "Nonsense"), "category"),
        (Draft("Trees", "Idea", question=12345), "question"),
        (Draft("Trees", "Idea", place=(10, 10)), "place"),
    ):
        with pytest.raises(Invalid) as refused:
            contributions.contribute(ann, made.number, draft)
        assert refused.value.fields.keys() == {wrong}


def test_who_has_no_place_learns_nothing_and_who_only_organises_does_not_contribute(made: Made) -> None:
    number = contributions.contribute(made.somebody(), made.number, IDEA)
    for stranger in (OTTO, MONA, participant(88_888)):
        for act in (
            lambda who=stranger: contributions.contribute(who, made.number, IDEA),
            lambda who=stranger: contributions.comment(who, made.number, number, "Yes"),
            lambda who=stranger: contributions.support(who, made.number, number, on=True),
            lambda who=stranger: moderating.hide(who, made.number, number, "No"),
        ):
            with pytest.raises(NotFound):
                act()
    with pytest.raises(Forbidden):
        contributions.contribute(OLGA, made.number, IDEA)


def test_a_participant_of_one_consultation_does_nothing_in_another(made: Made, store: Store) -> None:
    other = Made(store, made.clock)
    number = contributions.contribute(other.somebody(), other.number, IDEA)
    ann = made.somebody()
    with pytest.raises(NotFound):
        contributions.support(ann, other.number, number, on=True)
    with pytest.raises(NotFound):
        contributions.support(ann, made.number, number, on=True)


def test_support_counts_once_and_not_for_ones_own(made: Made) -> None:
    ann, ben, cem = made.somebody(), made.somebody(), made.somebody()
    number = contributions.contribute(ann, made.number, IDEA)
    for who in (ben, ben, cem):
        contributions.support(who, made.number, number, on=True)
    assert read(made, number).supports == 2
    contributions.support(cem, made.number, number, on=False)
    contributions.support(cem, made.number, number, on=False)
    assert read(made, number).supports == 1
    with pytest.raises(Forbidden):
        contributions.support(ann, made.number, number, on=True)


def test_reports_reach_the_organisers_once_each_and_are_answered(made: Made, store: Store) -> None:
    ann, ben = made.somebody(), made.somebody()
    number = contributions.contribute(ann, made.number, IDEA)
    contributions.report(ben, made.number, number, "It is rude.")
    contributions.report(ben, made.number, number, "It is very rude.")
    with store.reading() as db:
        [(line, words)] = lists.queue(db, made.number).reported
    assert (line.contribution.reports, words) == (1, ["It is rude."])
    moderating.show(OLGA, made.number, number)
    with store.reading() as db:
        assert lists.queue(db, made.number).reported == []


def test_what_is_hidden_is_gone_for_others_and_its_writer_reads_why(made: Made, store: Store) -> None:
    ann, ben = made.somebody(), made.somebody()
    number = contributions.contribute(ann, made.number, IDEA)
    with pytest.raises(Invalid):
        moderating.hide(OLGA, made.number, number, " ")
    for nobody in (ann, ben):
        with pytest.raises(Forbidden):
            moderating.hide(nobody, made.number, number, "I do not like it")
    moderating.hide(OLGA, made.number, number, "It names a person.")
    assert number not in seen(made, ben)
    with store.reading() as db:
        with pytest.raises(NotFound):
            access.contribution_in(db, access.seat_in(db, ben, made.number), number)
        theirs = access.contribution_in(db, access.seat_in(db, ann, made.number), number)
        assert (theirs.state, theirs.reason) == (HIDDEN, "It names a person.")
    for act in (
        lambda: contributions.support(ben, made.number, number, on=True),
        lambda: contributions.comment(ben, made.number, number, "Still there?"),
    ):
        with pytest.raises(NotFound):
            act()
    moderating.show(OLGA, made.number, number)
    assert number in seen(made, ben)


def test_where_an_organiser_moderates_nothing_is_seen_before(made: Made) -> None:
    made.settle(moderated="1")
    ann, ben = made.somebody(), made.somebody()
    number = contributions.contribute(ann, made.number, IDEA)
    assert seen(made, ben) == []
    moderating.show(OLGA, made.number, number)
    assert seen(made, ben) == [number]
    contributions.comment(ben, made.number, number, "Yes.")
    contributions.comment(OLGA, made.number, number, "We will look at it.")
    with made.store.reading() as db:
        read_by_ann = lists.comments_on(db, number, ann.holder, all_of_them=False)
        [waiting] = lists.queue(db, made.number).comments
    assert [one.by for one in read_by_ann] == ["Organiser"]
    moderating.set_comment(OLGA, made.number, waiting.comment.id, shown=True)
    with made.store.reading() as db:
        assert [one.by for one in lists.comments_on(db, number, ann.holder, all_of_them=False)] == [
            "Resident",
            "Organiser",
        ]


def test_near_duplicates_are_proposed_and_an_organiser_decides(made: Made, store: Store) -> None:
    first = contributions.contribute(made.somebody(), made.number, IDEA)
    again = contributions.contribute(
        made.somebody(), made.number, Draft("MORE trees on the Market square and a bench below each of them!", "Idea")
    )
    other = contributions.contribute(made.somebody(), made.number, Draft("The bus should stop at the church.", "Idea"))
    with store.reading() as db:
        [(line, proposed)] = lists.queue(db, made.number).alike
    assert (line.contribution.id, proposed.id) == (again, first)
    assert set(seen(made, made.somebody())) == {first, again, other}, "a proposal alone changes nothing"
    moderating.group(OLGA, made.number, again, together=True)
    assert set(seen(made, made.somebody())) == {first, other}
    with store.reading() as db:
        [same] = [one.same for one in lists.lines_of(db, [db.get_one(Contribution, first)], "")]
    assert same == 1
    with pytest.raises(Conflict):
        moderating.group(OLGA, made.number, other, together=True)


def test_likeness_does_not_depend_on_case_marks_or_signs() -> None:
    assert alike.likeness("Mehr Bäume!", "mehr baume") == 1
    assert alike.likeness("Mehr Bäume", "Ein Brunnen") < 0.2
    assert alike.bands("short") == []


def test_nobody_has_more_dots_than_they_were_given_however_they_put_them(made: Made, store: Store) -> None:
    ann, ben = made.somebody(), made.somebody()
    one = contributions.contribute(ann, made.number, IDEA)
    two = contributions.contribute(ann, made.number, Draft("The bus should stop at the church.", "Idea"))
    made.go_to("prioritise")
    contributions.put_dots(ben, made.number, one, 3)
    contributions.put_dots(ben, made.number, one, 3)
    with pytest.raises(Conflict):
        contributions.put_dots(ben, made.number, two, 3)
    for wrong in (-1, 6):
        with pytest.raises(Invalid):
            contributions.put_dots(ben, made.number, two, wrong)
    contributions.put_dots(ben, made.number, two, 2)
    assert (read(made, one).dots, read(made, two).dots) == (3, 2)
    contributions.put_dots(ben, made.number, one, 0)
    assert read(made, one).dots == 0

    def put(number: int) -> None:
        with using(store):
            with suppress(Conflict):
                contributions.put_dots(ann, made.number, number, 4)

    threads = [threading.Thread(target=put, args=(number,)) for number in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as db:
        put_by_ann = list(db.scalars(select(Dots).where(Dots.holder == ann.holder)))
        recount = sum(row.count for row in db.scalars(select(Dots).where(Dots.consultation_id == made.number)))
    assert sum(row.count for row in put_by_ann) == 4, "of two at once one is refused"
    assert read(made, one).dots + read(made, two).dots == recount


def test_who_deletes_their_account_with_all_of_it_leaves_no_count_behind(made: Made, store: Store) -> None:
    with store.transaction(HOST) as tx:
        tx.db.add(Participant(holder=MONA.holder, consultation_id=made.number, kind_id=made.kinds[0]))
    ann = made.somebody()
    theirs = contributions.contribute(MONA, made.number, IDEA)
    anns = contributions.contribute(ann, made.number, Draft("The bus should stop at the church.", "Idea"))
    contributions.support(MONA, made.number, anns, on=True)
    made.go_to("prioritise")
    contributions.put_dots(MONA, made.number, anns, 2)
    with store.reading() as db:
        exported = dict(leaving.everything_of(db, MONA.id))
    assert exported[f"consultation-{made.number}"]["contributions"][0]["category"] == "Idea"
    with store.transaction(HOST) as tx:
        leaving.erase(tx, MONA.id)
        leaving.erase(tx, MONA.id)
    with store.reading() as db:
        assert db.get(Contribution, theirs) is None
        left = db.get_one(Contribution, anns)
    assert (left.supports, left.dots, left.state) == (0, 0, SHOWN)
    with store.transaction(HOST) as tx:
        leaving.let_go(tx, OLGA.id)
    with pytest.raises(NotFound):
        consultations.settle(OLGA, made.number, {})


def test_everything_that_is_shown_is_counted_and_nothing_that_is_hidden(made: Made, store: Store) -> None:
    ann, ben = made.somebody(0), made.somebody(1)
    with store.transaction(HOST) as tx:
        ground = tx.db.get_one(Consultation, made.number)
        ground.plan_file, ground.shows = "there", PLAN
    said = [
        (ann, Draft("Bäume am Brunnen", "Idea", place=(0, 0))),
        (ann, Draft("Mehr Bäume bitte", "Idea", place=(10_000, 10_000))),
        (ben, Draft("Weniger Autos hier", "Problem", place=(5_000, 5_000))),
        (ben, Draft("Das ist sehr unhöflich", "Problem", place=(5_000, 5_000))),
    ]
    numbers = [contributions.contribute(who, made.number, draft) for who, draft in said]
    moderating.hide(OLGA, made.number, numbers[-1], "It is rude.")
    with store.reading() as db:
        found = counting.analysis_of(db, db.get_one(Consultation, made.number))
    bars = {chart.id: {bar.label: bar.count for bar in chart.bars if bar.count} for chart in found.charts}
    assert (found.total, found.participants) == (3, 2)
    assert bars["category"] == {"Idea": 2, "Problem": 1}
    assert bars["kind"] == {"Resident": 2, "Business": 1}
    assert bars["phase"] == {"Collecting": 3}
    assert bars["place"] == {"top left": 1, "middle": 1, "bottom right": 1}
    assert bars["words"] == {"baume": 2}
