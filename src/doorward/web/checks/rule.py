"""Sixth: does the caller satisfy what the route demands? Without a demand nobody enters (law 1)."""

from __future__ import annotations

from doorward.core.access import judge
from doorward.errors import Forbidden
from doorward.web.dues import what_is_due
from doorward.web.here import Here


def check(at: Here) -> None:
    """Refuse whom the rule does not let in, and who must do something else first."""
    demand = at.demand
    if demand is None:
        raise Forbidden
    if demand.rule.public:
        return
    refusal = judge(demand.rule, at.caller, at.now, at.door.settings.fresh_for)
    if refusal is not None:
        raise refusal
    if demand.even_when_due or at.session is None:
        return
    due = what_is_due(at, at.session)
    if due is not None:
        raise due
