"""The SSP mapping: what may be written, and a table that goes out and comes back in, with every wrong row named."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask

from doorward import Invalid, now
from doorward_suite.evidence import access
from doorward_suite.evidence.actions import ssp
from doorward_suite.evidence.catalogue import built_in
from doorward_suite.evidence.queries import reporting
from doorward_suite.evidence.queries import ssp as reads
from doorward_suite.evidence.ssp_mapping import COLUMNS, Loaded, Said, read_mapping
from doorward_suite.evidence.workbooks import Unreadable

from .conftest import CLEO, LEA, VERA, Team
from .rooms import Room, sent

SAID = Said(
    state="implemented",
    origin="inherited",
    provider="Cloud Co.",
    responsible="IT operations",
    document="System security plan",
    section="4.2",
    page="17",
    statement="=Accounts are made by two people.",
)


def mapping(made: Team) -> dict[str, Said]:
    with made.store.reading() as db:
        return reads.mapping_of(db, access.seat_in(db, VERA, made.number))


def test_it_is_written_changed_and_taken_out(made: Team) -> None:
    ssp.write_mapping(CLEO, made.number, "3.1.1", SAID)
    ssp.write_mapping(LEA, made.number, "3.1.2", Said(document="Plan"))
    assert mapping(made) == {"3.1.1": SAID, "3.1.2": Said(document="Plan")}
    before = made.entries()
    ssp.write_mapping(LEA, made.number, "3.1.1", SAID)
    assert made.entries() == before  # nothing was changed, so nothing is written down
    ssp.write_mapping(LEA, made.number, "3.1.1", Said())
    assert mapping(made) == {"3.1.2": Said(document="Plan")}


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        (Said(state="perhaps"), {"state"}),
        (Said(origin="stolen"), {"origin"}),
        (Said(origin="inherited"), {"provider"}),
        (Said(page="x" * 41), {"page"}),
        (Said(statement="x" * 8001), {"statement"}),
        (Said(section="\x07"), {"section"}),
    ],
)
def test_what_was_typed_wrong_is_said_at_its_field(made: Team, typed: Said, fields: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        ssp.write_mapping(CLEO, made.number, "3.1.1", typed)
    assert set(refused.value.fields) == fields
    assert mapping(made) == {}


def test_the_report_says_where_the_plan_describes_it(made: Team) -> None:
    ssp.write_mapping(CLEO, made.number, "3.1.1", SAID)
    with made.store.reading() as db:
        part = reporting.report_of(db, access.seat_in(db, VERA, made.number), now(), "vera").parts[0]
    assert part.planned == (
        "Implemented · Inherited from Cloud Co. · IT operations · System security plan, section 4.2, page 17"
    )
    assert part.how_met == "=Accounts are made by two people."


def read(text: str, before: dict[str, Said] | None = None) -> Loaded:
    return read_mapping(io.BytesIO(text.encode()), built_in(), before or {})


def test_a_column_that_is_left_out_stays_as_it_was() -> None:
    found = read("Requirement,Page\n3.1.1,18\n", {"3.1.1": SAID})
    assert found.said["3.1.1"].page == "18"
    assert found.said["3.1.1"].document == "System security plan"
    cleared = read("Requirement;Page\r\nAC.L2-3.1.1;\r\n", {"3.1.1": SAID})
    assert cleared.said["3.1.1"].page == ""


def test_every_wrong_row_is_named() -> None:
    found = read(
        "Requirement,State,Origin\n3.1.1,implemented,\n9.9.9,,\n3.1.2,done,\n3.1.1,,\n3.1.3,,shared\n3.1.4,Planned,own\n"
    )
    assert found.problems == [
        "Row 3: there is no such requirement in this standard.",
        "Row 4: The state is one of implemented, partly, planned, not_applicable, or empty.",
        "Row 5: 3.1.1 stood in row 2 already.",
        "Row 6: Name the provider.",
    ]
    assert found.said["3.1.4"].state == "planned"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Requirement\n",
        "State\nimplemented\n",
        "Requirement,Colour\n3.1.1,red\n",
        "Requirement,Page,Page\n3.1.1,1,2\n",
        'Requirement,Page\n3.1.1,"1\n',
        "Requirement\n" + "3.1.1\n" * 3000,
        "\ud800".encode("utf-16", "surrogatepass").decode("latin-1"),
        "PK\x03\x04 no workbook",
    ],
)
def test_what_is_no_mapping_is_not_read(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)


@pytest.fixture(scope="module")
def house(app: Flask) -> Room:
    return Room(app)


def table(house: Room) -> str:
    return house.vera.get(f"{house.path}/ssp/files/csv").text


def load(house: Room, who: object, text: str) -> object:
    form = sent(text.encode(), "mapping.csv")
    return who.post(f"{house.path}/ssp", form)  # type: ignore[attr-defined]


def test_the_table_goes_out_and_comes_back_the_same(house: Room) -> None:
    form = {name: getattr(SAID, name) for name in ("state", "origin", "provider", "responsible", "statement")}
    assert house.cleo.post(f"{house.path}/ssp/3.1.1", form).status_code == 303
    out = table(house)
    rows = list(csv.DictReader(io.StringIO(out.removeprefix("\ufeff"))))
    assert len(rows) == 110
    assert list(rows[0]) == list(COLUMNS)
    assert rows[0]["Statement"] == "'=Accounts are made by two people."
    assert house.cleo.post(f"{house.path}/ssp/3.1.1", {"state": "planned"}).status_code == 303
    assert load(house, house.cleo, out).status_code == 303  # type: ignore[attr-defined]
    assert table(house) == out
    shown = house.vera.get(f"{house.path}/ssp/3.1.1").get_data(as_text=True)
    assert "=Accounts are made by two people." in shown
    assert "Inherited from Cloud Co." in house.vera.get(f"{house.path}/ssp").get_data(as_text=True)
    assert house.vera.get(f"{house.path}/ssp/files/xlsx").status_code == 200
    assert house.vera.get(f"{house.path}/ssp/files/pdf").status_code == 404


def test_where_one_row_is_wrong_nothing_is_changed_and_the_page_says_which(house: Room) -> None:
    before = table(house)
    answer = load(house, house.cleo, "Requirement,State\n3.1.5,implemented\n3.1.6,<b>done</b>\n")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    text = answer.get_data(as_text=True)  # type: ignore[attr-defined]
    assert "Row 3: The state is one of" in text
    assert table(house) == before


def test_who_may_not_write_it_is_refused_and_strangers_find_nothing(house: Room) -> None:
    guest, _secret = house.guest()
    good = "Requirement,State\n3.1.7,implemented\n"
    for who in (house.vera, house.rosa):
        assert who.post(f"{house.path}/ssp/3.1.8", {"state": "planned"}).status_code == 403
        assert load(house, who, good).status_code == 403  # type: ignore[attr-defined]
    assert guest.post(f"{house.path}/ssp/3.1.8", {"state": "planned"}).status_code in (401, 403)
    for who in (house.sven, house.ada):
        assert who.post(f"{house.path}/ssp/3.1.8", {"state": "planned"}).status_code == 404
        assert load(house, who, good).status_code == 404  # type: ignore[attr-defined]
    for way in ("", "/3.1.8", "/files/csv"):
        for who in (house.vera, house.rosa, guest):
            assert who.get(f"{house.path}/ssp{way}").status_code == 200
        assert house.sven.get(f"{house.path}/ssp{way}").status_code == 404
    assert load(house, house.lea, good).status_code == 303  # type: ignore[attr-defined]
    assert house.lea.post(f"{house.path}/ssp/3.1.8", {"state": "planned"}).status_code == 303
    assert house.lea.post(f"{house.path}/ssp/9.9.9", {"state": "planned"}).status_code == 404
