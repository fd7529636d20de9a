"""Results come as files: rows that are right are brought in, wrong ones are told, the same again changes nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from doorward import Conflict, Forbidden, Invalid, transaction
from doorward.store.store import Store
from doorward_suite.honors.actions import import_undoing, importing, writing
from doorward_suite.honors.importing.columns import guessed
from doorward_suite.honors.importing.tables import Unreadable, open_table
from doorward_suite.honors.models import Award, Edition, Import, Medal, Person, Team
from doorward_suite.honors.queries import people, roll

from .conftest import EDITOR, MEMBER, PUBLISHER, Made, entries

Rows = Sequence[Mapping[str, str]]
ADA = {"name": "Ada Lovelace", "school": "Nord", "grade": "5", "subject": "Mathematics", "medal": "Gold", "rank": "1"}
BEN = {"name": "Ben Okri", "school": "Süd", "grade": "6", "subject": "Mathematics", "medal": "Silver", "rank": "2"}


def as_csv(rows: Rows) -> bytes:
    written = io.StringIO()
    table = csv.DictWriter(written, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    return written.getvalue().encode()


def as_json(rows: Any) -> bytes:
    return json.dumps(rows).encode()


def as_xlsx(rows: Rows) -> bytes:
    book, written = Workbook(), io.BytesIO()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    book.save(written)
    return written.getvalue()


def bring(made: Made, content: bytes, *, dry: bool = False, **how: Any) -> tuple[int, dict[str, Any]]:
    """Send a file and import it into the edition; gives the import's number and what came of it."""
    file = io.BytesIO(content)
    number = importing.begin_with(EDITOR, file, "results")
    chosen = guessed(open_table(file).columns)
    edition = how.pop("edition", made.edition)
    importing.choose(PUBLISHER, number, chosen, edition=edition, **how)
    return number, importing.run(PUBLISHER, number, file, dry=dry, progress=lambda done, total: None)


def undo(number: int) -> None:
    with transaction(EDITOR) as tx:
        import_undoing.begin(tx, EDITOR, number)
    import_undoing.run(EDITOR, number, lambda done, total: None)


def named(store: Store, name: str) -> list[Person]:
    with store.reading() as db:
        return list(db.scalars(select(Person).where(Person.full_name == name).order_by(Person.id)))


def on_the_roll(store: Store, made: Made) -> list[tuple[str, str]]:
    with store.reading() as db:
        lines = roll.roll(db, roll.Filter(competition=made.competition)).lines
        return sorted((line.person.shown if line.person else "", line.medal.name) for line in lines)


@pytest.mark.parametrize("written", [as_csv, as_json, as_xlsx])
def test_each_kind_of_file_becomes_awards_and_the_same_again_adds_nothing(
    store: Store, made: Made, written: Any
) -> None:
    _, first = bring(made, written([ADA, BEN]), consent="full")
    assert (first["added"], first["people"], first["wrong"]) == (2, 2, 0)
    assert on_the_roll(store, made) == [("Ada Lovelace", "Gold"), ("Ben Okri", "Silver")]
    with store.reading() as db:
        assert len(people.find(db, "lovel").people) > 0
    _, again = bring(made, written([ADA, BEN]), consent="full", replaces=True)
    assert (again["added"], again["kept"], again["removed"], again["people"]) == (0, 2, 0, 0)


def test_a_row_that_is_wrong_is_told_with_its_reason_and_the_others_come_in(made: Made) -> None:
    rows = [
        ADA,
        {**ADA, "name": ""},
        {**BEN, "medal": "Platinum"},
        {**BEN, "medal": ""},
        {**BEN, "name": "B" * 121},
        ADA,
    ]
    _, report = bring(made, as_csv(rows))
    assert report["added"] == 1
    told = dict(report["told"])
    assert told[3] == "There is no name."
    assert told[4] == "There is no medal called 'Platinum'."
    assert told[5] == "There is no medal."
    assert "120" in told[6]
    assert told[7] == "The same award stands in row 2."


def test_a_trial_says_the_same_and_changes_nothing(store: Store, made: Made) -> None:
    _, tried = bring(made, as_csv([ADA, BEN]), dry=True, consent="full")
    assert (tried["added"], tried["people"]) == (2, 2)
    assert on_the_roll(store, made) == []
    _, done = bring(made, as_csv([ADA, BEN]), consent="full")
    counted = ("rows", "wrong", "kept", "added", "removed", "people", "schools", "subjects")
    assert {name: done[name] for name in counted} == {name: tried[name] for name in counted}


def test_what_a_new_file_has_not_goes_and_comes_back_when_it_is_undone(store: Store, made: Made) -> None:
    by_hand = made.person("By Hand")
    bring(made, as_csv([ADA, BEN]), consent="full")
    silver = {**ADA, "medal": "Silver"}
    second, report = bring(made, as_csv([silver]), consent="full", replaces=True)
    assert (report["added"], report["removed"]) == (1, 2)
    assert on_the_roll(store, made) == [("Ada Lovelace", "Silver"), ("By Hand", "Gold")]
    undo(second)
    assert on_the_roll(store, made) == [("Ada Lovelace", "Gold"), ("Ben Okri", "Silver"), ("By Hand", "Gold")]
    assert by_hand


def test_undoing_leaves_nothing_that_it_made_and_all_that_others_need(store: Store, made: Made) -> None:
    rows = [{**ADA, "name": "Undone Ada"}, {**BEN, "name": "Undone Ben"}]
    number, _ = bring(made, as_csv(rows), consent="full")
    [ada] = named(store, "Undone Ada")
    made.award(ada.id, medal=made.silver)
    undo(number)
    assert on_the_roll(store, made) == [("Undone Ada", "Silver")]
    assert named(store, "Undone Ben") == []
    with store.reading() as db:
        assert people.find(db, "undone ben").people == []
        assert db.scalar(select(Award.id).where(Award.import_id == number)) is None
    told = [entry.event for entry in entries(store, f"honors/imports:{number}")]
    assert (told[0], told[-1]) == ("honors.import.sent", "honors.import.undone")
    assert "honors.import.done" in told
    with pytest.raises(Conflict):
        undo(number)


def test_only_the_newest_import_of_an_edition_is_undone(made: Made) -> None:
    first, _ = bring(made, as_csv([ADA]))
    second, _ = bring(made, as_csv([BEN]))
    with pytest.raises(Conflict):
        undo(first)
    undo(second)
    undo(first)


def test_nobody_is_shown_by_an_import_unless_a_publisher_says_so(store: Store, made: Made) -> None:
    row = {**ADA, "name": "Quiet Import"}
    bring(made, as_csv([row]))
    assert on_the_roll(store, made) == []
    file = io.BytesIO(as_csv([row]))
    number = importing.begin_with(EDITOR, file, "x")
    with pytest.raises(Forbidden):
        importing.choose(EDITOR, number, guessed(list(ADA)), edition=made.edition, consent="full")
    with pytest.raises(Forbidden):
        importing.begin_with(MEMBER, file, "x")


def test_who_was_hidden_or_deleted_here_stays_so_when_the_file_comes_again(store: Store, made: Made) -> None:
    rows = [{**ADA, "name": "Hidden Again"}, {**BEN, "name": "Deleted Again"}]
    bring(made, as_csv(rows), consent="full")
    [hidden], [deleted] = named(store, "Hidden Again"), named(store, "Deleted Again")
    assert hidden.listed
    assert deleted.listed
    writing.set_consent(PUBLISHER, hidden.id, "hidden")
    writing.delete(EDITOR, "people", deleted.id)
    bring(made, as_csv([*rows, {**rows[0], "subject": "Latin"}]), consent="full", replaces=True)
    assert on_the_roll(store, made) == []
    assert len(named(store, "Hidden Again")) == 1


def test_what_was_corrected_by_hand_stays_corrected(store: Store, made: Made) -> None:
    bring(made, as_csv([ADA]), consent="full")
    with store.reading() as db:
        award = db.scalars(select(Award).where(Award.edition_id == made.edition)).one()
    form = {"edition": str(made.edition), "medal": str(made.silver), "subject": "", "school": "", "result": "2"}
    writing.correct(EDITOR, "awards", award.id, form)
    _, again = bring(made, as_csv([ADA]), consent="full", replaces=True)
    assert (again["added"], again["removed"]) == (0, 0)
    assert on_the_roll(store, made) == [("Ada Lovelace", "Silver")]


def test_namesakes_are_one_person_only_where_a_number_or_school_and_class_say_so(store: Store, made: Made) -> None:
    def rows(name: str, **more: str) -> list[dict[str, str]]:
        return [{"name": name, "medal": "Gold", "subject": subject, **more} for subject in ("Mathematics", "Latin")]

    bring(made, as_csv(rows("Name Alone")))
    assert len(named(store, "Name Alone")) == 2
    bring(made, as_csv(rows("Name And School", school="Nord")))
    assert len(named(store, "Name And School")) == 2
    bring(made, as_csv(rows("School And Class", school="Nord", grade="5")))
    assert len(named(store, "School And Class")) == 1
    bring(made, as_csv(rows("By Number", candidate_no="17")))
    assert len(named(store, "By Number")) == 1
    other = made.new_edition("2024")
    bring(made, as_csv(rows("By Number", candidate_no="17")), edition=other)
    assert len(named(store, "By Number")) == 2, "a candidate's number is of one edition"
    bring(made, as_csv(rows("For Ever", person="p9")))
    bring(made, as_csv(rows("For Ever", person="p9")), edition=other)
    assert len(named(store, "For Ever")) == 1
    _, report = bring(made, as_csv([*rows("Two Names", candidate_no="3"), *rows("Other Name", candidate_no="3")]))
    assert report["wrong"] == 2


def test_rows_may_say_their_edition_themselves(store: Store, made: Made) -> None:
    earlier = made.new_edition("2023")
    with store.transaction(EDITOR) as tx:
        tx.db.execute(Edition.__table__.update().where(Edition.id == earlier).values(published=True))
    writing.correct(EDITOR, "competitions", made.competition, {"name": f"Cup {made.competition}"})
    year = {"2023": [ADA], "2022": [BEN]}
    file = io.BytesIO(
        as_json(
            {key: [{**row, "competition": f"CUP {made.competition}"} for row in rows] for key, rows in year.items()}
        )
    )
    number = importing.begin_with(EDITOR, file, "x")
    importing.choose(PUBLISHER, number, guessed([*ADA, "competition", "year"]), consent="full")
    report = importing.run(PUBLISHER, number, file, dry=False, progress=lambda done, total: None)
    assert (report["added"], report["wrong"]) == (1, 1)
    assert "2022" in report["told"][0][1]
    assert on_the_roll(store, made) == [("Ada Lovelace", "Gold")]


CONFIG = {
    "project": {"name": "Our roll", "slug": "ours"},
    "competitions": [
        {
            "id": "vmo",
            "name": "Maths cup",
            "name_vi": "Cúp toán",
            "medals": ["GOLD_CUP"],
            "subjects": [{"code": "ALG", "name": "Algebra"}],
        }
    ],
    "editions": [
        {"competition_id": "vmo", "year": 2021, "label": "Maths cup 2021"},
        {"competition_id": "vmo", "year": 2030, "label": "Maths cup 2030", "upcoming": True},
    ],
    "medals": {
        "GOLD_CUP": {"rank": 1, "label_en": "Golden cup", "label_vi": "Cúp vàng", "color": "#FFD700", "icon": "🥇"}
    },
    "team_awards": {"CHAMPION_CUP": {"rank": 1, "label_en": "Champions", "label_vi": "Vô địch", "color": "#fff"}},
    "data_mapping": {"name_col": "who", "medal_col": "what", "candidate_no_col": "candidate_no"},
}
TEAMS = [
    {
        "name": "The Angles",
        "award": "champion cup",
        "subject": "ALG",
        "category": "Juniors",
        "members": [
            {"name": "Ann Angle", "grade": "5", "school": "Nord"},
            {"name": "Bob Angle", "grade": "5", "school": "Nord"},
        ],
    }
]


def test_the_honor_rolls_own_files_are_read_as_they_are(store: Store, made: Made) -> None:
    file = io.BytesIO(as_json(CONFIG))
    for expected in (1, 2):
        number = importing.begin_with(EDITOR, file, "honor.config.json")
        report = importing.apply_config(EDITOR, number, file)
        assert report["config"] == {"competitions": 1, "subjects": 1, "editions": 2, "medals": 2}, expected
    with store.reading() as db:
        edition = db.scalars(select(Edition).where(Edition.name == "Maths cup 2021")).one()
        gold = db.scalars(select(Medal).where(Medal.code == "GOLD_CUP")).one()
        assert (gold.label("vi"), gold.colour, edition.published) == ("Cúp vàng", "#FFD700", False)
    writing.publish(PUBLISHER, edition.id, published=True)
    results = as_json([{"who": "Ann Angle", "what": "golden cup", "school": "Nord", "grade": "5", "subject": "ALG"}])
    file = io.BytesIO(results)
    number = importing.begin_with(EDITOR, file, "demo-2021.json")
    with store.reading() as db:
        mapping = json.loads(db.get_one(Import, number).mapping)["map"]
    assert mapping["name"] == "who", "the columns are called as the configuration said"
    importing.choose(PUBLISHER, number, mapping, edition=edition.id, consent="full")
    importing.run(PUBLISHER, number, file, dry=False, progress=lambda done, total: None)
    _, report = bring(made, as_json(TEAMS), edition=edition.id, consent="full")
    assert (report["added"], report["people"]) == (1, 1), "Ann is there already, by name, school and class"
    [ann] = named(store, "Ann Angle")
    _, report = bring(made, as_json(TEAMS), edition=edition.id, replaces=True)
    assert report["removed"] == 0, "a file of teams takes nothing from people"
    again = io.BytesIO(results)
    number = importing.begin_with(EDITOR, again, "demo-2021.json")
    importing.choose(PUBLISHER, number, mapping, edition=edition.id, replaces=True)
    report = importing.run(PUBLISHER, number, again, dry=False, progress=lambda done, total: None)
    assert (report["kept"], report["removed"]) == (1, 0), "nor a file of people anything from teams"
    with store.reading() as db:
        team = db.scalars(select(Team).where(Team.name == "The Angles")).one()
        assert len(people.awards_of(db, ann)) == 2
        [line] = roll.team_lines(db, [team])
        assert [one.shown for one in line.people] == ["Ann Angle", "Bob Angle"]


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"{", b"[1, 2]", b"[" * 100_000, b"PK\x03\x04not", b"name,name\nx,y", b"\xff\xfe\x00", b'{"a": 1}'],
)
def test_a_file_that_is_none_is_refused_with_a_sentence(store: Store, content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        importing.begin_with(EDITOR, io.BytesIO(content), "x")
    assert refused.value.fields["file"]
    with pytest.raises(Unreadable):
        list(open_table(io.BytesIO(content)).rows)


@pytest.mark.parametrize(
    "broken", [{"editions": 5}, {"editions": [{"competition_id": "no", "year": 1}]}, {"medals": {"A": {"rank": "x"}}}]
)
def test_a_configuration_that_is_wrong_changes_nothing(store: Store, broken: dict[str, Any]) -> None:
    file = io.BytesIO(as_json({**CONFIG, "competitions": [{"id": "new", "name": "New one"}], "editions": [], **broken}))
    number = importing.begin_with(EDITOR, file, "honor.config.json")
    with pytest.raises(Invalid):
        importing.apply_config(EDITOR, number, file)
    with store.reading() as db:
        from doorward_suite.honors.models import Competition

        assert db.scalar(select(Competition.id).where(Competition.code == "new")) is None


def test_columns_that_are_needed_must_be_chosen(made: Made) -> None:
    file = io.BytesIO(as_csv([ADA]))
    number = importing.begin_with(EDITOR, file, "x")
    with pytest.raises(Invalid) as refused:
        importing.choose(EDITOR, number, {"name": "nobody"}, edition=0)
    assert set(refused.value.fields) == {"name", "medal", "edition"}
