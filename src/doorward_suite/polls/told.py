"""What participants are told of their votes, in plain words."""

from __future__ import annotations

from .models import EVERYBODY, ROSTER, Poll

#: What holds in every way, and what no setting changes.
_KEPT_APART = (
    "whoever presents sees that you voted, and not what: nothing is kept that joins the two. Only who runs this server "
    "and watches it while you vote could find out."
)
_NAMED = "your answers are kept with your name, and whoever presents sees them."


def told(poll: Poll) -> str:
    """One or two sentences for the page of a phone."""
    if poll.voters == EVERYBODY:
        return (
            "Your answers are anonymous: neither your name nor your address is kept with them. What is counted here is "
            "a picture of the room, not a tally for grades."
        )
    person = "Each code" if poll.voters == ROSTER else "Each account"
    return f"{person} has one vote on each question, and {_NAMED if poll.named else _KEPT_APART}"


def told_of_results(poll: Poll) -> str:
    """One sentence for who reads the results."""
    if poll.voters == EVERYBODY:
        return (
            "Answers are anonymous, and a browser without its cookie may answer again: good for a picture of the room, "
            "not for grades."
        )
    person = "person on the roster" if poll.voters == ROSTER else "account"
    return f"One vote for each {person}. " + (
        "Answers are kept with names, as everybody was told." if poll.named else "You see who voted, and not what."
    )
