"""Finding evidence by words, with work that does not grow with how many pieces have them.

What few pieces have is looked up in the index. What many have is met soon by going through the newest pieces, one look
into the index for each; and a page goes through so many and no more.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, literal, select
from sqlalchemy.orm import Session

from ..access import Seat
from ..models import Item, Word

#: Entries of the index up to which a word is rare.
FEW = 1000
#: How many pieces one page goes through for words of which none is rare.
GONE_THROUGH = 4000
_BEHIND_ALL = "\U0010ffff"


def with_words(db: Session, seat: Seat, words: Sequence[str], which: Select[int]) -> tuple[Select[int], int | None]:
    """Those of the pieces that have all these words, each at least as the beginning of one.

    Arguments:
        words: of `search.index_words`; at least one.
        which: the numbers of the pieces that are asked for, the newest first.

    Returns: their numbers, and the number of the oldest piece that was looked at; None where all were.
    """
    rare = next((word for word in words if _is_rare(db, seat, word)), None)
    if rare is not None:
        rest = [_is_in(seat, word) for word in words if word != rare]
        return which.where(Item.id.in_(_having(seat, rare)), *rest), None
    last = db.scalar(which.offset(GONE_THROUGH - 1).limit(1))
    found = which.where(*(_is_in(seat, word) for word in words))
    return (found if last is None else found.where(Item.id >= last)), last


def _having(seat: Seat, word: str) -> Select[int]:
    """The pieces with a word that begins so."""
    query = select(Word.item_id).where(Word.assessment_id == seat.assessment.id)
    return query.where(Word.word >= word, Word.word < word + _BEHIND_ALL)


def _is_rare(db: Session, seat: Seat, word: str) -> bool:
    """Whether the index has few entries; it is read in its order, and no further than it takes to see that."""
    in_order = _having(seat, word).order_by(Word.word, Word.item_id)
    return db.scalar(in_order.offset(FEW).limit(1)) is None


def _is_in(seat: Seat, word: str) -> ColumnElement[bool]:
    """Whether a piece has the word; a value and no EXISTS, of which a database might make a join with all who have."""
    one = select(literal(1)).where(Word.item_id == Item.id, Word.assessment_id == seat.assessment.id)
    one = one.where(Word.word >= word, Word.word < word + _BEHIND_ALL).limit(1).correlate(Item)
    return one.scalar_subquery().is_not(None)
