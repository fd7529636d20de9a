"""What the stream of a consultation says: how the dots stand, and that something changed; and who may listen."""

from __future__ import annotations

from doorward import Caller, NotFound, Transaction, reading, topic

from . import access
from .models import Contribution


def dots_of(number: int) -> str:
    """The topic of the dots of a consultation."""
    return f"planning.dots:{number}"


@topic("planning.dots", scopes=[access.TAKE_PART])
def may_listen(caller: Caller, key: str) -> bool:
    """Whoever has a place in the consultation."""
    try:
        with reading() as db:
            access.seat_in(db, caller, int(key))
    except (NotFound, ValueError):
        return False
    return True


def results_of(number: int) -> str:
    """The topic of the results of a consultation."""
    return f"planning.results:{number}"


@topic("planning.results")
def may_listen_to_results(caller: Caller, key: str) -> bool:
    """Everybody, where they are published; else organisers."""
    try:
        with reading() as db:
            access.published(db, caller, int(key))
    except (NotFound, ValueError):
        return False
    return True


def tell_dots(tx: Transaction, about: Contribution) -> None:
    """How many dots a contribution has now: the newest alone is enough."""
    data = {"id": about.id, "dots": about.dots}
    for name in (dots_of(about.consultation_id), results_of(about.consultation_id)):
        tx.publish(name, "dots", data, newest=f"dots:{about.id}")


def tell_changed(tx: Transaction, number: int) -> None:
    """What the consultation asks, or its days, have changed."""
    for name in (dots_of(number), results_of(number)):
        tx.publish(name, "changed", {"id": number}, newest="changed")


def tell_gone(tx: Transaction, about: Contribution) -> None:
    """It is not shown any more."""
    for name in (dots_of(about.consultation_id), results_of(about.consultation_id)):
        tx.publish(name, "gone", {"id": about.id})


def end_results(tx: Transaction, number: int) -> None:
    """The results are not for everybody any more; organisers open their stream again."""
    tx.after_commit(lambda publisher: publisher.cut_topic(results_of(number)))


def end_streams(tx: Transaction, number: int) -> None:
    """Somebody has lost the right to listen, or everybody has; who has it still opens the stream again."""
    end_results(tx, number)
    tx.after_commit(lambda publisher: publisher.cut_topic(dots_of(number)))
