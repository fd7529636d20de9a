"""Rules propose a category for what is contributed. A proposal changes nothing until an organiser accepts it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from doorward import Caller, Conflict, Invalid, Transaction, one_line, problem_with, transaction

from .. import access
from ..alike import plain
from ..models import HIDDEN, Contribution, Rule
from .consultations import name_of

MOST_RULES, LONGEST_WORDS = 50, 300
#: A new rule looks at so many of the newest contributions; it proposes for all that come from now on.
_LOOKED_AT = 1_000


def add_rule(actor: Caller, number: int, words: str, category: str) -> int:
    """Propose a category for whatever has one of these words.

    Arguments:
        words: with commas between; case and marks do not matter.
        category: of the consultation's.

    Results:
        For how many contributions it is proposed now.

    Errors:
        Invalid: the words, the category, or there are enough rules. NotFound, Forbidden: as of `access.organiser_in`.
    """
    line = one_line(words)
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number, lock=True)
        problems = {
            "words": problem_with(line, LONGEST_WORDS, what="The list of words")
            or (None if _wanted(line) else "Name at least one word."),
            "rule_category": None if category in seat.consultation.category_names else "Choose a category.",
        }
        if wrong := {name: problem for name, problem in problems.items() if problem}:
            raise Invalid(wrong)
        if (tx.db.scalar(select(func.count()).where(Rule.consultation_id == number)) or 0) >= MOST_RULES:
            raise Invalid({"words": f"There are {MOST_RULES} rules already."})
        rule = Rule(consultation_id=number, words=line, category=category)
        tx.db.add(rule)
        newest = select(Contribution).where(Contribution.consultation_id == number, Contribution.state != HIDDEN)
        found = tx.db.scalars(newest.order_by(Contribution.id.desc()).limit(_LOOKED_AT)).all()
        for one in found:
            _propose(one, [rule])
        tx.journal("planning.rule_added", on=name_of(number), category=category)
        return sum(one.proposed == category for one in found)


def remove_rule(actor: Caller, number: int, rule_id: int) -> None:
    """Take a rule away. What it has proposed stays until somebody decides."""
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number)
        tx.db.delete(access.rule_in(tx.db, seat, rule_id))
        tx.journal("planning.rule_removed", on=name_of(number), rule=rule_id)


def propose(tx: Transaction, made: Contribution) -> None:
    """Let the rules propose something for what has just come in."""
    rules = tx.db.scalars(select(Rule).where(Rule.consultation_id == made.consultation_id).order_by(Rule.id)).all()
    _propose(made, rules)


def _wanted(words: str) -> set[str]:
    return {plain(one) for one in words.split(",")} - {""}


def _propose(one: Contribution, rules: Sequence[Rule]) -> None:
    said = f" {plain(one.text)} "
    for rule in rules:
        if rule.category != one.category and any(f" {word} " in said for word in _wanted(rule.words)):
            one.proposed, one.proposed_by_ai = rule.category, False
            return


def decide(actor: Caller, number: int, contribution_id: int, *, accept: bool) -> None:
    """Accept what the rules propose for a contribution, or leave it where it is.

    Errors:
        Conflict: nothing is proposed for it. NotFound, Forbidden: as of `access.organiser_in`.
    """
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number)
        about = access.contribution_in(tx.db, seat, contribution_id, lock=True)
        if not about.proposed or (accept and about.proposed not in seat.consultation.category_names):
            raise Conflict("Nothing is proposed for this contribution, or the category is not there any more.")
        if accept:
            about.category = about.proposed
        about.proposed = ""
        tx.journal("planning.proposal_accepted" if accept else "planning.proposal_declined", on=name_of(number),
                   contribution=about.id)  # fmt: skip
