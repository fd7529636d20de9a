"""What a view says of itself, kept on the function until the census reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from doorward.core.access import Demand, RouteLimit, Rule
from doorward.core.described import Described
from doorward.core.uploads import Intake

_ATTRIBUTE = "__doorward_marks__"


@dataclass(frozen=True, slots=True)
class Marks:
    """The declarations on a view. Without a `rule` it is not guarded, whatever else it declares."""

    rule: Rule | None = None
    limits: tuple[RouteLimit, ...] = ()
    max_body: int | str | None = None
    loosened: tuple[tuple[str, tuple[str, ...]], ...] = ()
    passive: bool = False
    csrf_exempt: str = ""
    slow: bool = False
    even_when_due: bool = False
    counts: tuple[str, ...] = ()
    api: Described | None = None
    takes: Intake | None = None
    spooled: bool = False
    publishes: str = ""
    uses: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    shows_maps: bool = False

    def demand(self, rule: Rule) -> Demand:
        """The complete demand, with the rule that applies."""
        return Demand(
            rule=rule,
            limits=self.limits,
            max_body=self.max_body,
            loosened=self.loosened,
            passive=self.passive,
            csrf_exempt=self.csrf_exempt,
            slow=self.slow,
            even_when_due=self.even_when_due,
            counts=self.counts,
            api=self.api,
            takes=self.takes,
            spooled=self.spooled,
            publishes=self.publishes,
            uses=self.uses,
            needs=self.needs,
            shows_maps=self.shows_maps,
        )


def both(outer: Marks, inner: Marks) -> Marks:
    """What a class and its method, or a view and what wraps it, declare together. Neither undoes the other.

    Rules and limits add up; of two sizes or descriptions the inner one counts, as it is the more exact.
    """
    return Marks(
        rule=_both_rules(outer.rule, inner.rule),
        limits=outer.limits + inner.limits,
        max_body=inner.max_body if inner.max_body is not None else outer.max_body,
        loosened=outer.loosened + inner.loosened,
        passive=outer.passive or inner.passive,
        csrf_exempt=inner.csrf_exempt or outer.csrf_exempt,
        slow=outer.slow or inner.slow,
        even_when_due=outer.even_when_due or inner.even_when_due,
        counts=outer.counts + inner.counts,
        api=inner.api or outer.api,
        takes=inner.takes or outer.takes,
        spooled=outer.spooled or inner.spooled,
        publishes=inner.publishes or outer.publishes,
        uses=outer.uses + inner.uses,
        needs=outer.needs + inner.needs,
        shows_maps=outer.shows_maps or inner.shows_maps,
    )


def _both_rules(outer: Rule | None, inner: Rule | None) -> Rule | None:
    if outer is None or inner is None:
        return inner or outer
    return outer.and_(inner)


def marks_of(view: Any) -> Marks:
    """The marks on a view; decorators that use `functools.wraps` carry them along."""
    found: Marks = getattr(view, _ATTRIBUTE, Marks())
    return found


def put_marks(view: Any, marks: Marks) -> None:
    setattr(view, _ATTRIBUTE, marks)
