"""Organisers look at what was contributed: show it, hide it with a reason, sort it, put near-duplicates together."""

from __future__ import annotations

from doorward import Caller, Conflict, Invalid, one_line, problem_with, transaction

from .. import access, live
from ..models import HIDDEN, SHOWN
from .consultations import name_of
from .contributions import LONGEST_REASON


def show(actor: Caller, number: int, contribution_id: int) -> None:
    """Let a contribution be seen; what was reported of it counts as looked at."""
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number)
        about = access.contribution_in(tx.db, seat, contribution_id, lock=True)
        about.state, about.reason, about.reports = SHOWN, "", 0
        tx.journal("planning.shown", on=name_of(number), contribution=about.id)
        live.tell_dots(tx, about)


def hide(actor: Caller, number: int, contribution_id: int, reason: str) -> None:
    """Hide a contribution. Whoever wrote it still sees it, with the reason."""
    line = _reason(reason)
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number)
        about = access.contribution_in(tx.db, seat, contribution_id, lock=True)
        about.state, about.reason, about.reports = HIDDEN, line, 0
        tx.journal("planning.hidden", on=name_of(number), contribution=about.id)
        live.tell_gone(tx, about)


def set_comment(actor: Caller, number: int, comment_id: int, *, shown: bool, reason: str = "") -> None:
    """Let a comment be seen, or hide it with a reason."""
    line = "" if shown else _reason(reason)
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number)
        about = access.comment_in(tx.db, seat, comment_id)
        about.state, about.reason = (SHOWN if shown else HIDDEN), line
        tx.journal(
            "planning.comment_shown" if shown else "planning.comment_hidden", on=name_of(number), comment=about.id
        )


def sort(actor: Caller, number: int, contribution_id: int, category: str) -> None:
    """Put a contribution into another category."""
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number)
        about = access.contribution_in(tx.db, seat, contribution_id, lock=True)
        if category not in seat.consultation.category_names:
            raise Invalid({"category": "Choose a category."})
        if about.category != category:
            about.category = category
            tx.journal("planning.sorted", on=name_of(number), contribution=about.id)


def group(actor: Caller, number: int, contribution_id: int, *, together: bool) -> None:
    """Accept that a contribution says the same as the one that was proposed, or turn the proposal down.

    Errors:
        Conflict: nothing was proposed for it.
    """
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number)
        about = access.contribution_in(tx.db, seat, contribution_id, lock=True)
        if about.like_id is None:
            raise Conflict("Nothing was found that says the same.")
        about.is_grouped = together
        if not together:
            about.like_id = None
        tx.journal("planning.grouped" if together else "planning.ungrouped", on=name_of(number), contribution=about.id)


def _reason(reason: str) -> str:
    line = one_line(reason)
    if problem := problem_with(line, LONGEST_REASON, what="The reason"):
        raise Invalid({"reason": problem})
    return line
