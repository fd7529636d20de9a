"""Agreement: how large a share of those who took part supports what is shown, for each kind of participant.

The agreement of a kind with a contribution is plainly this: of the participants of that kind who support anything or
contributed anything, other than the one who wrote it, the share that supports it. Of a category it is the mean over
its contributions. Who only read counts nowhere: whoever holds a card in a drawer does not disagree.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from ..models import SHOWN, Consultation, Contribution, Kind, Participant, Support

#: Fewer are not told apart by kind: a share of two would say what each of them did.
LEAST = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One category.

    Arguments:
        category: its name.
        count: how many contributions it has.
        shares: of each kind, in the order of `Table.kinds`, from 0 to 1; None where too few took part.
        of_all: of everybody.
    """

    category: str
    count: int
    shares: list[float | None]
    of_all: float | None


@dataclass(frozen=True, slots=True)
class Table:
    """The agreement of every kind with every category; `active` is how many of each kind are counted."""

    kinds: list[str]
    active: list[int]
    rows: list[Row]


def agreement_of(db: Session, consultation: Consultation) -> Table:
    """The agreement in a consultation, of what is shown; no rows where nobody supports anything."""
    number = consultation.id
    shown = (Contribution.consultation_id == number, Contribution.state == SHOWN)
    kinds = dict(db.execute(select(Kind.id, Kind.name).where(Kind.consultation_id == number).order_by(Kind.id)).all())
    active = _active(db, number)
    written = {
        (row[0], row[1]): int(row[2])
        for row in db.execute(
            select(Contribution.category, Contribution.kind_id, func.count())
            .where(*shown)
            .group_by(Contribution.category, Contribution.kind_id)
        )
    }
    given = {
        (row[0], row[1]): int(row[2])
        for row in db.execute(
            select(Contribution.category, Participant.kind_id, func.count())
            .select_from(Contribution)
            .join(Support, Support.contribution_id == Contribution.id)
            .join(Participant, (Participant.holder == Support.holder) & (Participant.consultation_id == number))
            .where(*shown)
            .group_by(Contribution.category, Participant.kind_id)
        )
    }
    if not given:
        return Table([], [], [])
    counts: defaultdict[str, int] = defaultdict(int)
    for (category, _), count in written.items():
        counts[category] += count
    names = [one for one in consultation.category_names if one in counts]
    names += sorted(set(counts) - set(names) - {""})
    rows = [_row(one, counts[one], list(kinds), active, written, given) for one in names]
    return Table(list(kinds.values()), [active.get(kind, 0) for kind in kinds], rows)


def _active(db: Session, number: int) -> dict[int, int]:
    """How many of each kind support or contributed anything."""
    supported = (
        select(Support.holder)
        .join(Contribution, Contribution.id == Support.contribution_id)
        .where(Contribution.consultation_id == number, Contribution.state == SHOWN)
    )
    wrote = select(Contribution.holder).where(Contribution.consultation_id == number, Contribution.state == SHOWN)
    who = union(supported, wrote).subquery()
    query = select(Participant.kind_id, func.count()).join(who, who.c.holder == Participant.holder)
    query = query.where(Participant.consultation_id == number).group_by(Participant.kind_id)
    return {int(row[0]): int(row[1]) for row in db.execute(query)}


def _row(
    category: str,
    count: int,
    kinds: list[int],
    active: dict[int, int],
    written: dict[tuple[str, int], int],
    given: dict[tuple[str, int], int],
) -> Row:
    def share(those: list[int]) -> float | None:
        people = sum(active.get(kind, 0) for kind in those)
        could = people * count - sum(written.get((category, kind), 0) for kind in those)  # nobody supports their own
        if people < LEAST or could < 1:
            return None
        return min(1.0, sum(given.get((category, kind), 0) for kind in those) / could)

    return Row(category, count, [share([kind]) for kind in kinds], share(kinds))
