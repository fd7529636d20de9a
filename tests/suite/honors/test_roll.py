"""The roll: its order, its filters and pages, the hall of fame; and what administration does to it."""

from __future__ import annotations

import pytest

from doorward import Caller, Conflict, Forbidden, Invalid, NotFound
from doorward.store.store import Store
from doorward_suite.honors import access
from doorward_suite.honors.actions import writing
from doorward_suite.honors.models import Award, Person
from doorward_suite.honors.queries import keeping, people, roll

from .conftest import EDITOR, MEMBER, PROGRAM, PUBLISHER, Made, entries


def names(store: Store, **filters: object) -> list[str]:
    with store.reading() as db:
        page = roll.roll(db, roll.Filter(**filters))  # type: ignore[arg-type]
        return [line.person.shown for line in page.lines if line.person]


def test_the_newest_year_and_the_highest_medal_stand_first(store: Store, made: Made) -> None:
    older = made.new_edition("2019")
    for name, edition, medal in (
        ("C", older, made.gold),
        ("B", made.edition, made.silver),
        ("A", made.edition, made.gold),
    ):
        made.award(made.person(name, awarded=False), edition=edition, medal=medal)
    assert names(store, competition=made.competition) == ["A", "B", "C"]
    assert names(store, competition=made.competition, year=2019) == ["C"]
    assert names(store, competition=made.competition, medal=made.silver) == ["B"]
    assert names(store, competition=made.competition, subject=made.subject, school="LYCEE nord") == ["A", "B", "C"]
    assert names(store, competition=made.competition, school="Nowhere") == []
    assert names(store, competition=made.competition, year=10**30) == []


def test_all_pages_of_the_roll_together_give_each_award_once(store: Store, made: Made) -> None:
    person = made.person("Ada", awarded=False)
    given = {made.award(person) for _ in range(13)}
    seen: list[int] = []
    after = ""
    with store.reading() as db:
        while True:
            page = roll.roll(db, roll.Filter(competition=made.competition), after, count=4)
            seen += [line.award.id for line in page.lines]
            after = page.after
            if not after:
                break
    assert len(seen) == len(set(seen))
    assert set(seen) == given


@pytest.mark.parametrize("after", ["x", "1", ".", "1.", "9" * 40 + ".1", "-1.5.7", "٣.٤"])
def test_a_page_that_is_none_is_the_first(store: Store, made: Made, after: str) -> None:
    made.person("Ada")
    with store.reading() as db:
        assert roll.roll(db, roll.Filter(competition=made.competition), after).lines or after == "٣.٤"


def test_one_gold_stands_before_many_silvers_and_a_team_counts_for_its_members(store: Store, made: Made) -> None:
    gold, many = made.person("Gold"), made.person("Many", awarded=False)
    for _ in range(3):
        made.award(many, medal=made.silver)
    member = made.person("Member", awarded=False)
    team = made.team("Pair", member)
    made.award(team, kind="teams")
    made.award(member, medal=made.silver)
    with store.reading() as db:
        lines, _ = people.fame(db, count=10_000)
        order = [line.person.id for line in lines if line.person.id in (gold, many, member)]
        assert order == [member, gold, many]
        mine = next(line for line in lines if line.person.id == member)
        assert (mine.person.awards, mine.medals) == (2, {made.gold: 1, made.silver: 1})
    writing.leave_team(EDITOR, member, team)
    with store.reading() as db:
        assert db.get_one(Person, member).awards == 1


def test_namesakes_stay_two_people_with_awards_of_their_own(store: Store, made: Made) -> None:
    first, second = made.person("Nguyễn Văn Án"), made.person("NGUYEN VAN AN")
    made.award(second)
    with store.reading() as db:
        assert [one.id for one in keeping.namesakes(db, db.get_one(Person, first))] == [second]
        counts = [len(people.awards_of(db, access.listed_person(db, one))) for one in (first, second)]
    assert counts == [1, 2]


ACTS = {
    "add": lambda actor, made, person: writing.add(actor, "people", {"full_name": "Eve"}),
    "correct": lambda actor, made, person: writing.correct(actor, "people", person, {"full_name": "Eve"}),
    "delete": lambda actor, made, person: writing.delete(actor, "people", person),
    "restore": lambda actor, made, person: writing.restore(actor, "people", person),
    "award": lambda actor, made, person: made_award(actor, made, person),
    "join": lambda actor, made, person: writing.join_team(actor, person, made.team("T")),
    "consent": lambda actor, made, person: writing.set_consent(actor, person, "full"),
    "publish": lambda actor, made, person: writing.publish(actor, made.edition, published=False),
}


def made_award(actor: Caller, made: Made, person: int) -> int:
    form = {"edition": str(made.edition), "medal": str(made.gold)}
    return writing.add_award(actor, "people", person, form)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("actor", [Caller(), MEMBER, PROGRAM], ids=["visitor", "member", "program"])
def test_who_has_no_role_here_changes_nothing(store: Store, made: Made, act: str, actor: Caller) -> None:
    person = made.person("Ada", "hidden")
    with pytest.raises(Forbidden):
        ACTS[act](actor, made, person)
    ACTS[act](PUBLISHER, made, person)  # what was refused is possible


@pytest.mark.parametrize("act", ["consent", "publish"])
def test_what_is_public_an_editor_does_not_decide(store: Store, made: Made, act: str) -> None:
    person = made.person("Ada", "hidden")
    with pytest.raises(Forbidden):
        ACTS[act](EDITOR, made, person)
    ACTS[act](PUBLISHER, made, person)


def test_every_write_is_in_the_journal_with_the_person_it_concerns(store: Store, made: Made) -> None:
    person = made.person("Ada Geheim")
    award = made.award(person)
    writing.correct(EDITOR, "people", person, {"full_name": "Ada Correct"})
    writing.delete(EDITOR, "awards", award)
    writing.restore(EDITOR, "awards", award)
    of_person = entries(store, f"honors/people:{person}")
    assert [one.event for one in of_person] == ["honors.person.added", "honors.person.shown", "honors.person.corrected"]
    of_award = entries(store, f"honors/awards:{award}")
    assert [one.event for one in of_award] == ["honors.award.added", "honors.award.deleted", "honors.award.restored"]
    assert all(f'"person":{person}' in one.details.replace(" ", "") for one in [*of_person, *of_award])
    assert not any("Geheim" in one.details for one in of_person), "names do not belong into the journal"


def test_what_others_need_cannot_be_deleted_and_comes_back_in_order(store: Store, made: Made) -> None:
    award = made.award(made.person("Ada", awarded=False))
    for key, number in (
        ("medals", made.gold),
        ("subjects", made.subject),
        ("editions", made.edition),
        ("competitions", made.competition),
    ):
        with pytest.raises(Conflict):
            writing.delete(EDITOR, key, number)
    writing.delete(EDITOR, "awards", award)
    writing.delete(EDITOR, "medals", made.gold)
    with pytest.raises(Conflict):
        writing.restore(EDITOR, "awards", award)
    writing.restore(EDITOR, "medals", made.gold)
    writing.restore(EDITOR, "awards", award)
    assert names(store, competition=made.competition) == ["Ada"]


def test_a_deleted_person_is_restored_as_they_were(store: Store, made: Made) -> None:
    person = made.person("Ada")
    writing.delete(EDITOR, "people", person)
    writing.delete(EDITOR, "people", person)
    assert names(store, competition=made.competition) == []
    writing.restore(EDITOR, "people", person)
    assert names(store, competition=made.competition) == ["Ada"]


def test_a_medal_that_is_corrected_moves_its_awards(store: Store, made: Made) -> None:
    first, second = made.person("First"), made.person("Second", awarded=False)
    made.award(second, medal=made.silver)
    writing.correct(EDITOR, "medals", made.gold, {"rank": "4", "name": "Merit"})
    assert names(store, competition=made.competition) == ["Second", "First"]
    writing.correct(
        EDITOR, "editions", made.edition, {"competition": str(made.competition), "year": "2001", "name": "X"}
    )
    with store.reading() as db:
        assert {one.year for one in keeping_awards(db, first, second)} == {2001}


def keeping_awards(db, *numbers: int) -> list[Award]:
    return [line.award for number in numbers for line in keeping.awards_of(db, "people", number)]


@pytest.mark.parametrize(
    ("key", "form", "field"),
    [
        ("people", {}, "full_name"),
        ("people", {"full_name": "x" * 121}, "full_name"),
        ("medals", {"rank": "0", "name": "x"}, "rank"),
        ("medals", {"rank": "1", "name": "x", "colour": "red"}, "colour"),
        ("editions", {"year": "2025", "name": "x"}, "competition"),
        ("editions", {"competition": "999999", "year": "2025", "name": "x"}, "competition"),
        ("editions", {"competition": "1", "year": "1", "name": "x"}, "year"),
        ("editions", {"competition": "1", "year": "2025", "name": "x", "held_on": "soon"}, "held_on"),
        ("teams", {"name": "x", "edition": "0"}, "edition"),
    ],
)
def test_what_is_wrong_is_said_by_field(store: Store, made: Made, key: str, form: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        writing.add(EDITOR, key, form)
    assert field in refused.value.fields


def test_what_is_not_there_is_not_found(store: Store, made: Made) -> None:
    for number in (0, 10**9, 2**70):
        with pytest.raises(NotFound):
            writing.delete(EDITOR, "people", number)
    with pytest.raises(NotFound):
        writing.add(EDITOR, "secrets", {})
    with pytest.raises(NotFound):
        writing.add(EDITOR, "awards", {})
