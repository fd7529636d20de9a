"""The report: one HTML file that needs nothing else, to be read by an owner, a customer, an assessor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from doorward.prove.run import Proof
from doorward.prove.standing import State, crosswalk, standings


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and of what the report is.

    Arguments:
        subject: the app, as it was named.
        at: when the run began, aware.
        seconds: how long it took.
        version: of Doorward.
        how: how the app was reached, a sentence.
        unseen: what a run of this form cannot see, a sentence each; nothing of the whole form.
        bare: whether the app has no door, so that this is what it is like before.
    """

    subject: str
    at: datetime
    seconds: float
    version: str
    how: str
    unseen: tuple[str, ...] = ()
    bare: bool = False


def as_html(proof: Proof, occasion: Occasion) -> str:
    """The report of a run, as one page.

    Everything that came from the app is escaped, and the page's own policy lets nothing run or load in it.
    """
    rooms = Environment(
        loader=PackageLoader("doorward.prove", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found = standings(proof)
    counts = {state: sum(one.state is state for one in found) for state in State}
    return rooms.get_template("report.html").render(
        occasion=occasion,
        proof=proof,
        held=sum(result.held for result in proof.results),
        tried=[result for result in proof.results if result.tried],
        not_tried=[result for result in proof.results if not result.tried],
        standings=found,
        counts=counts,
        State=State,
        crosswalk=crosswalk(found),
        defences={result.attack.id: result.attack.defences for result in proof.results},
    )
