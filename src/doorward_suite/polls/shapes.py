"""What the API of polls takes and gives, as schemas. What a page shows and what the API says is the same snapshot."""

from __future__ import annotations

from doorward import api

from .actions import LONGEST_NAME, MOST_QUESTIONS
from .kinds import (
    CHOICE,
    LONGEST_ANSWER,
    LONGEST_LABEL,
    LONGEST_TITLE,
    MOST_OPTIONS,
    NAMES,
    RATING,
    SCALES,
    SELECT,
    SHORT,
)
from .live import LATEST
from .models import CLOSED, DRAFT, OPEN

#: How many polls, or answers, one page of a list has at most.
LARGEST_PAGE = 100

_CODE = api.Line(12, "What people type to join.")
_TITLE = api.Line(LONGEST_TITLE, "What is asked.")
_OPTIONS = api.Listed(api.Line(LONGEST_LABEL), MOST_OPTIONS, least=2, distinct=True)

NAME = api.Fields("PollName", {"name": api.Line(LONGEST_NAME)})
POLL = api.Fields("Poll", {"id": api.Whole(), "name": api.Line(LONGEST_NAME), "code": _CODE})
LINE = api.Fields(
    "PollLine",
    {
        **POLL.fields,
        "created_at": api.Time(),
        "questions": api.Whole(),
        "open": api.Whole(meaning="How many are open."),
    },
)
LINES = api.Fields(
    "Polls",
    {
        "polls": api.Listed(LINE, LARGEST_PAGE),
        "next": api.Maybe(api.Whole(meaning="Ask with `before` this for the next page; null on the last.")),
    },
)

STATUS = api.Fields("QuestionStatus", {"status": api.Choice((OPEN, CLOSED))})
_OPTION = api.Fields("Option", {"key": api.Line(16), "label": api.Line(LONGEST_LABEL)})
QUESTION = api.Fields(
    "Question",
    {
        "id": api.Whole(),
        "position": api.Whole(),
        "kind": api.Choice(tuple(NAMES)),
        "title": _TITLE,
        "options": api.Listed(_OPTION, MOST_OPTIONS),
        "most": api.Whole(meaning="The most options that one answer may have."),
        "low": api.Text(LONGEST_LABEL, meaning="What the lowest rating means; may be empty."),
        "high": api.Text(LONGEST_LABEL, meaning="What the highest rating means; may be empty."),
        "status": api.Choice((DRAFT, OPEN, CLOSED)),
        "version": api.Whole(meaning="Grows with every change that people see."),
        "opening": api.Whole(meaning="The question that was opened last has the highest; 0 is never."),
    },
)
_SAID = api.Fields("ShortAnswer", {"turn": api.Whole(), "text": api.Line(LONGEST_ANSWER)})
_TALLY = api.Fields(
    "Tally",
    {
        "question": api.Whole(),
        "turn": api.Whole(meaning="The newer of two tallies has the higher one."),
        "respondents": api.Whole(),
        "counts": api.Keyed(api.Whole()),
        "latest": api.Listed(_SAID, LATEST),
    },
)
RESULTS = api.Fields(
    "Results",
    {
        "poll": POLL,
        "questions": api.Listed(QUESTION, MOST_QUESTIONS),
        "tallies": api.Listed(_TALLY, MOST_QUESTIONS),
    },
)
SAID_PAGE = api.Fields(
    "ShortAnswers",
    {
        "answers": api.Listed(_SAID, LARGEST_PAGE),
        "next": api.Maybe(api.Whole(meaning="Ask with `before` this for the next page; null on the last.")),
    },
)


def _draft(kind: str, name: str, optional: tuple[str, ...] = (), **fields: api.Schema) -> api.Fields:
    return api.Fields(name, {"kind": api.Choice((kind,)), "title": _TITLE, **fields}, optional)


_MEANING = api.Line(LONGEST_LABEL)
NEW_QUESTION = api.ByKind(
    "NewQuestion",
    "kind",
    {
        CHOICE: _draft(CHOICE, "NewChoice", options=_OPTIONS),
        SELECT: _draft(
            SELECT,
            "NewSelect",
            ("most",),
            options=_OPTIONS,
            most=api.Whole(1, MOST_OPTIONS, "Not more than there are options."),
        ),
        RATING: _draft(
            RATING,
            "NewRating",
            ("scale", "low", "high"),
            scale=api.Whole(SCALES[0], SCALES[-1]),
            low=_MEANING,
            high=_MEANING,
        ),
        SHORT: _draft(SHORT, "NewShort"),
    },
)

BALLOT = api.Fields(
    "Ballot",
    {
        "poll": POLL,
        "questions": api.Listed(QUESTION, MOST_QUESTIONS),
        "answers": api.Keyed(api.Maybe(api.Fields("OwnAnswer", {"answer": api.Listed(api.Line(LONGEST_ANSWER), 50)}))),
    },
)
VOTE = api.Fields(
    "Vote",
    {
        "question": api.Whole(1),
        "answer": api.Listed(api.Line(LONGEST_ANSWER, "Keys of options, or one text."), MOST_OPTIONS, least=1),
    },
)
SAVED = api.Fields("Saved", {"saved": api.Flag()})
