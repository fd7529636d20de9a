"""What the API of planning gives, as schemas."""

from __future__ import annotations

from doorward import api

from .actions.consultations import (
    LONGEST_ABOUT,
    LONGEST_NAME,
    LONGEST_QUESTION,
    LONGEST_TITLE,
    MOST_CATEGORIES,
    MOST_KINDS,
    MOST_QUESTIONS,
)
from .actions.contributions import LONGEST_TEXT
from .models import HIDDEN, PLACES, SHOWN, WAITING
from .phases import PHASES, SOON

#: How many contributions one page has at most.
LARGEST_PAGE = 100

_PHASE = api.Choice((SOON, *PHASES))
_DAY = api.Maybe(api.Text(10, 10, meaning="The day on which it begins, UTC; null where it is left out."))

LINE = api.Fields(
    "Consultation line",
    {
        "id": api.Whole(),
        "title": api.Line(LONGEST_TITLE),
        "phase": _PHASE,
        "published": api.Flag(),
        "created_at": api.Time(),
    },
)
LINES = api.Fields("Consultations", {"consultations": api.Listed(LINE, 200)})
CONSULTATION = api.Fields(
    "Consultation",
    {
        **LINE.fields,
        "about": api.Text(LONGEST_ABOUT),
        "summary": api.Text(LONGEST_ABOUT),
        "begins": api.Fields("Days of phases", dict.fromkeys(PHASES, _DAY)),
        "categories": api.Listed(api.Line(LONGEST_NAME), MOST_CATEGORIES),
        "dots": api.Whole(meaning="How many each participant has."),
        "kinds": api.Listed(
            api.Fields("Kind of participant", {"id": api.Whole(), "name": api.Line(LONGEST_NAME)}), MOST_KINDS
        ),
        "questions": api.Listed(
            api.Fields("Question of a consultation", {"id": api.Whole(), "text": api.Line(LONGEST_QUESTION)}),
            MOST_QUESTIONS,
        ),
    },
)
_PLACE = api.Fields("Place on a plan", {"across": api.Whole(0, PLACES), "down": api.Whole(0, PLACES)})
CONTRIBUTION = api.Fields(
    "Contribution",
    {
        "id": api.Whole(),
        "kind": api.Whole(meaning="The number of the kind of participant."),
        "question": api.Maybe(api.Whole(meaning="The number of the question that it answers.")),
        "category": api.Line(LONGEST_NAME),
        "text": api.Text(LONGEST_TEXT),
        "place": api.Maybe(_PLACE),
        "phase": _PHASE,
        "state": api.Choice((SHOWN, WAITING, HIDDEN)),
        "supports": api.Whole(),
        "comments": api.Whole(),
        "dots": api.Whole(),
        "same_as": api.Maybe(api.Whole(meaning="The number of the one that it was put together with.")),
        "created_at": api.Time(),
    },
)
PAGE = api.Fields(
    "Contributions",
    {
        "contributions": api.Listed(CONTRIBUTION, LARGEST_PAGE),
        "next": api.Maybe(api.Whole(meaning="Ask with `before` this for the next page; null on the last.")),
    },
)
