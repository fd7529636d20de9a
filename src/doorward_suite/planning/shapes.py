"""What the API of planning gives, as schemas."""

from __future__ import annotations

from doorward import api

from .actions.consultations import (
    LONGEST_ABOUT,
    LONGEST_NAME,
    LONGEST_QUESTION,
    LONGEST_TITLE,
    MOST_CATEGORIES,
    MOST_DOTS,
    MOST_KINDS,
    MOST_QUESTIONS,
)
from .actions.contributions import LONGEST_COMMENT, LONGEST_REASON, LONGEST_TEXT
from .actions.sheets import LONGEST_DAYS, MOST_TOKENS
from .mercator import MOST_LAT, MOST_LON
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
BEGUN = api.Fields("Consultation to begin", {"title": api.Line(LONGEST_TITLE)})
SETTLED = api.Fields(
    "Consultation as it shall be",
    {
        "title": api.Line(LONGEST_TITLE),
        "about": api.Text(LONGEST_ABOUT),
        "summary": api.Text(LONGEST_ABOUT),
        "begins": api.Fields("Days that phases shall begin", dict.fromkeys(PHASES, _DAY), PHASES[1:]),
        "categories": api.Listed(api.Line(LONGEST_NAME), MOST_CATEGORIES),
        "dots": api.Whole(1, MOST_DOTS),
        "moderated": api.Flag(),
        "open_link": api.Flag(),
        "published": api.Flag(),
    },
)
KIND = api.Fields("New kind of participant", {"name": api.Line(LONGEST_NAME)})
QUESTION = api.Fields("New question of a consultation", {"text": api.Line(LONGEST_QUESTION)})
MADE = api.Fields("What was made in a consultation", {"id": api.Whole()})
SHEET = api.Fields(
    "Sheet of tokens",
    {
        "id": api.Whole(),
        "kind": api.Whole(meaning="The number of the kind of participant."),
        "count": api.Whole(),
        "by_link": api.Flag(meaning="Whether its tokens are of those who registered by the link."),
        "made_at": api.Time(),
        "ends_at": api.Time(),
        "revoked": api.Flag(),
        "old": api.Flag(meaning="Older than 90 days and working still: it should be replaced."),
    },
)
SHEETS = api.Fields("Sheets of tokens", {"sheets": api.Listed(SHEET, 200)})
WANTED_SHEET = api.Fields(
    "Sheet of tokens to make",
    {"kind": api.Whole(1), "count": api.Whole(1, MOST_TOKENS), "days": api.Whole(1, LONGEST_DAYS)},
)
ASKED = api.Fields(
    "Sheet of tokens that is being made",
    {"job": api.Line(40, meaning="Its progress, and the sheet to print, are at /account/jobs/<job>, for the account.")},
)
ENDED = api.Fields("Tokens that ended", {"count": api.Whole()})
_PLACE = api.Fields("Place on a plan", {"across": api.Whole(0, PLACES), "down": api.Whole(0, PLACES)})
_PARTS = "In ten-millionths of a degree (WGS84)."
_COORDINATES = api.Fields(
    "Coordinates",
    {"lon": api.Whole(-MOST_LON, MOST_LON, meaning=_PARTS), "lat": api.Whole(-MOST_LAT, MOST_LAT, meaning=_PARTS)},
)
DRAFT = api.Fields(
    "New contribution",
    {
        "text": api.Text(LONGEST_TEXT),
        "category": api.Line(LONGEST_NAME),
        "question": api.Maybe(api.Whole(1)),
        "place": api.Maybe(_PLACE),
        "coordinates": api.Maybe(_COORDINATES),
    },
    ("question", "place", "coordinates"),
)
COMMENT = api.Fields("New comment", {"text": api.Text(LONGEST_COMMENT)})
SUPPORT = api.Fields("Support of a contribution", {"supported": api.Flag()})
DOTS = api.Fields("Dots on a contribution", {"count": api.Whole(0, MOST_DOTS)})
LEFT = api.Fields("Dots that are left", {"left": api.Whole()})
REPORT = api.Fields("Report of a contribution", {"words": api.Text(LONGEST_REASON)})
STATE = api.Fields(
    "State of a contribution", {"state": api.Choice((SHOWN, HIDDEN)), "reason": api.Line(LONGEST_REASON)}, ("reason",)
)
CATEGORY = api.Fields("Category of a contribution", {"category": api.Line(LONGEST_NAME)})
TOGETHER = api.Fields("Whether two contributions say the same", {"together": api.Flag()})
CONTRIBUTION = api.Fields(
    "Contribution",
    {
        "id": api.Whole(),
        "kind": api.Whole(meaning="The number of the kind of participant."),
        "question": api.Maybe(api.Whole(meaning="The number of the question that it answers.")),
        "category": api.Line(LONGEST_NAME),
        "text": api.Text(LONGEST_TEXT),
        "place": api.Maybe(_PLACE),
        "coordinates": api.Maybe(_COORDINATES),
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
