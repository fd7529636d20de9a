"""Agreement: the share of those who could support something and do, by kind; few are not told apart."""

from __future__ import annotations

from doorward_suite.planning.actions import contributions, moderating
from doorward_suite.planning.actions.contributions import Draft
from doorward_suite.planning.models import Consultation
from doorward_suite.planning.queries import agreement

from .conftest import OLGA, Made


def table(made: Made) -> agreement.Table:
    with made.store.reading() as db:
        return agreement.agreement_of(db, db.get_one(Consultation, made.number))


def test_the_share_of_each_kind_that_supports_a_category(made: Made) -> None:
    assert table(made).rows == []
    residents = [made.somebody(0) for _ in range(4)]
    shops = [made.somebody(1) for _ in range(3)]
    made.somebody(2)  # who only reads counts nowhere
    trees = contributions.contribute(residents[0], made.number, Draft("More trees on the square.", "Idea"))
    cars = contributions.contribute(shops[0], made.number, Draft("Cars may stop at the shops.", "Problem"))
    for who in (*residents[1:], shops[0]):
        contributions.support(who, made.number, trees, on=True)
    for who in (*shops[1:], residents[0]):
        contributions.support(who, made.number, cars, on=True)
    found = table(made)
    assert found.kinds == ["Resident", "Business", "Authority"]
    assert found.active == [4, 3, 0]
    rows = {row.category: row for row in found.rows}
    assert rows["Idea"].shares == [1.0, 1 / 3, None], "all residents who could, one shop of three"
    assert rows["Problem"].shares == [1 / 4, 1.0, None]
    assert rows["Idea"].of_all == 4 / 6
    moderating.hide(OLGA, made.number, cars, "No.")
    assert [row.category for row in table(made).rows] == ["Idea"]


def test_of_two_people_no_share_is_told(made: Made) -> None:
    ann, ben = made.somebody(0), made.somebody(0)
    number = contributions.contribute(ann, made.number, Draft("More trees on the square.", "Idea"))
    contributions.support(ben, made.number, number, on=True)
    [row] = table(made).rows
    assert (row.shares, row.of_all) == ([None, None, None], None)
