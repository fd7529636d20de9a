"""What the API of polls takes and gives, as schemas. What a page shows and what the API says is the same snapshot."""

from __future__ import annotations

from dataclasses import fields

from doorward import api

from .actions import LONGEST_NAME, MOST_QUESTIONS
from .kinds import (
    CHOICE,
    CLOUD,
    IMAGE,
    LIST,
    LONGEST_ANSWER,
    LONGEST_LABEL,
    LONGEST_TITLE,
    LONGEST_UNIT,
    LONGEST_WORD,
    MOST_DECIMALS,
    MOST_OPTIONS,
    MOST_PICTURES,
    NAMES,
    NUMBER,
    RANKING,
    RATING,
    SCALES,
    SELECT,
    SHORT,
    WORD_CLOUD,
    WORDS,
    Draft,
)
from .live import LATEST, LEADERS, MOST_SHOWN
from .models import CLOSED, DRAFT, OPEN, WAYS_TO_VOTE
from .moving import FORMAT, MOST_ANSWERS, VERSION
from .queries.audience import PEOPLE as PEOPLE_OF_A_PAGE
from .quiz import LONGEST_NICKNAME
from .seats import CODE_LENGTH, MOST_AT_ONCE
from .seats import LONGEST_NAME as LONGEST_SEAT_NAME
from .stage import TIMES

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

TEMPLATE = api.Fields("PollTemplate", {"id": api.Whole(), "name": api.Line(LONGEST_NAME), "questions": api.Whole()})
TEMPLATES = api.Fields("PollTemplates", {"templates": api.Listed(TEMPLATE, 10_000)})

STATUS = api.Fields("QuestionStatus", {"status": api.Choice((OPEN, CLOSED))})
_NUMBER_TEXT = api.Text(20, 1, r"^-?[0-9]{1,10}(\.[0-9]{1,3})?$", meaning="An end of a question for a number; else 0.")
_DECIMALS = api.Whole(0, MOST_DECIMALS, "How many decimals a number may have.")
_PICTURE_NAME = api.Line(32, "Of an image choice: its picture is at /polls/pictures/ and this name.")
_OPTION = api.Fields(
    "Option", {"key": api.Line(16), "label": api.Line(LONGEST_LABEL), "picture": _PICTURE_NAME}, ("picture",)
)
QUESTION = api.Fields(
    "Question",
    {
        "id": api.Whole(),
        "position": api.Whole(),
        "kind": api.Choice(tuple(NAMES)),
        "title": _TITLE,
        "options": api.Listed(_OPTION, MOST_OPTIONS + 1),
        "most": api.Whole(meaning="The most options, or words of a cloud, that one answer may have."),
        "low": api.Text(LONGEST_LABEL, meaning="What the lowest rating means; may be empty."),
        "high": api.Text(LONGEST_LABEL, meaning="What the highest rating means; may be empty."),
        "least": _NUMBER_TEXT,
        "greatest": _NUMBER_TEXT,
        "decimals": _DECIMALS,
        "unit": api.Text(LONGEST_UNIT, meaning="What a number counts; may be empty."),
        "show": api.Choice((LIST, WORD_CLOUD), "How short answers are shown."),
        "status": api.Choice((DRAFT, OPEN, CLOSED)),
        "version": api.Whole(meaning="Grows with every change that people see."),
        "opening": api.Whole(meaning="The question that was opened last has the highest; 0 is never."),
        "closes_at": api.Maybe(api.Time()),
        "quiz": api.Flag("Whether it has right answers."),
        "revealed": api.Flag("Whether everybody was shown the right answers."),
        "right": api.Listed(api.Line(LONGEST_LABEL, "A key, or a number: once it is revealed."), MOST_OPTIONS),
    },
)
_HEARD = api.Fields("Word", {"text": api.Line(LONGEST_WORD), "count": api.Whole()})
_SAID = api.Fields("ShortAnswer", {"turn": api.Whole(), "text": api.Line(LONGEST_ANSWER)})
_TALLY = api.Fields(
    "Tally",
    {
        "question": api.Whole(),
        "turn": api.Whole(meaning="The newer of two tallies has the higher one."),
        "respondents": api.Whole(),
        "counts": api.Keyed(
            api.Whole(
                meaning="How many chose an option; in a ranking its points; `sum` is how far all numbers together lie "
                "above the least, in steps of the last decimal."
            )
        ),
        "latest": api.Listed(_SAID, LATEST),
        "words": api.Listed(_HEARD, MOST_SHOWN),
    },
)
_LEADER = api.Fields("Leader", {"name": api.Line(LONGEST_NICKNAME), "points": api.Whole()})
RESULTS = api.Fields(
    "Results",
    {
        "poll": POLL,
        "questions": api.Listed(QUESTION, MOST_QUESTIONS),
        "tallies": api.Listed(_TALLY, MOST_QUESTIONS),
        "leaders": api.Listed(_LEADER, LEADERS),
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
_RIGHT = api.Listed(api.Line(LONGEST_LABEL, "For a quiz: a right option, or the right number."), MOST_OPTIONS)
_OTHER = api.Flag("Whether people may write an answer of their own.")
NEW_QUESTION = api.ByKind(
    "NewQuestion",
    "kind",
    {
        CHOICE: _draft(CHOICE, "NewChoice", ("other", "right"), options=_OPTIONS, other=_OTHER, right=_RIGHT),
        IMAGE: _draft(
            IMAGE,
            "NewImageChoice",
            ("right",),
            options=api.Listed(
                api.Line(LONGEST_LABEL, "What each picture shows, for who does not see it."),
                MOST_PICTURES,
                least=2,
                distinct=True,
            ),
            pictures=api.Listed(
                api.Line(
                    40, "Beside each option the id of a file that was sent to /files by the intake polls.picture."
                ),
                MOST_PICTURES,
                least=2,
                distinct=True,
            ),
            right=_RIGHT,
        ),
        RANKING: _draft(RANKING, "NewRanking", options=_OPTIONS),
        NUMBER: _draft(
            NUMBER,
            "NewNumber",
            ("least", "greatest", "decimals", "unit", "right"),
            right=_RIGHT,
            least=_NUMBER_TEXT,
            greatest=_NUMBER_TEXT,
            decimals=_DECIMALS,
            unit=api.Line(LONGEST_UNIT, "What the number counts, such as km."),
        ),
        CLOUD: _draft(
            CLOUD, "NewCloud", ("most",), most=api.Whole(WORDS[0], WORDS[-1], "The most words of one person.")
        ),
        SELECT: _draft(
            SELECT,
            "NewSelect",
            ("most", "other", "right"),
            right=_RIGHT,
            options=_OPTIONS,
            other=_OTHER,
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
        SHORT: _draft(SHORT, "NewShort", ("show",), show=api.Choice((LIST, WORD_CLOUD), "How the answers are shown.")),
    },
)

_TEXT = api.Text(40, meaning="A number as it is typed in the form.")
_ANSWERS = api.Listed(api.Listed(api.Text(LONGEST_ANSWER), 50), MOST_ANSWERS)
_WHOLE_QUESTION = api.Fields(
    "WholeQuestion",
    {
        "kind": api.Choice(tuple(NAMES)),
        "title": _TITLE,
        "options": api.Listed(api.Line(LONGEST_LABEL), MOST_OPTIONS),
        "pictures": api.Listed(
            api.Text(14_000_000, meaning="Of an image choice, beside each option: PNG, JPEG or WebP in base64."),
            MOST_PICTURES,
        ),
        "right": api.Listed(api.Line(LONGEST_LABEL), MOST_OPTIONS),
        **dict.fromkeys(("most", "scale", "least", "greatest", "decimals", "unit", "show", "other"), _TEXT),
        "low": api.Text(LONGEST_LABEL),
        "high": api.Text(LONGEST_LABEL),
        "status": api.Choice((DRAFT, OPEN, CLOSED)),
        "answers": _ANSWERS,
    },
    (*(one.name for one in fields(Draft) if one.name not in ("kind", "title")), "status", "answers"),
)
WHOLE = api.Fields(
    "WholePoll",
    {
        "format": api.Choice((FORMAT,)),
        "version": api.Whole(VERSION, VERSION),
        "name": api.Line(LONGEST_NAME),
        "questions": api.Listed(_WHOLE_QUESTION, MOST_QUESTIONS),
    },
)

_PLAYER = api.Fields(
    "Player",
    {
        "nickname": api.Text(LONGEST_NICKNAME, meaning="Empty before one is chosen."),
        "hidden": api.Flag("Whether the presenter took the nickname down."),
        "total": api.Whole(),
        "points": api.Keyed(api.Whole(meaning="What one's answer to a revealed question is worth.")),
    },
)
BALLOT = api.Fields(
    "Ballot",
    {
        "poll": POLL,
        "questions": api.Listed(QUESTION, MOST_QUESTIONS),
        "answers": api.Keyed(api.Maybe(api.Fields("OwnAnswer", {"answer": api.Listed(api.Line(LONGEST_ANSWER), 50)}))),
        "player": api.Maybe(_PLAYER),
    },
)
VOTE = api.Fields(
    "Vote",
    {
        "question": api.Whole(1),
        "answer": api.Listed(
            api.Line(
                LONGEST_ANSWER,
                "Keys of options, in a ranking the first place first; or one text, one number, or words. "
                "What follows the key `other` is an answer of one's own.",
            ),
            MOST_OPTIONS + 2,
            least=1,
        ),
    },
)
SAVED = api.Fields("Saved", {"saved": api.Flag()})

ARCHIVED = api.Fields("Archived", {"archived": api.Flag()})
PLACE = api.Fields("Place", {"place": api.Whole(1, meaning="1 for the first.")})
COPY_TO = api.Fields("CopyTo", {"poll": api.Whole(1, meaning="A poll of yours, or this one.")})
COPIED = api.Fields("CopiedQuestion", {**QUESTION.fields, "poll": api.Whole()})
TIMER = api.Fields("Timer", {"seconds": api.Whole(0, TIMES[-1])})
VOTERS = api.Fields(
    "Voters",
    {
        "voters": api.Choice(WAYS_TO_VOTE),
        "named": api.Flag("Whether answers are kept with the names. Everybody is told on their phone."),
    },
)
_STATES = ("in", "not in yet", "revoked")
_PERSON = api.Fields(
    "Person",
    {
        "number": api.Whole(),
        "name": api.Text(LONGEST_SEAT_NAME, meaning="Empty where an account was closed."),
        "state": api.Choice(_STATES),
        "voted": api.Whole(meaning="On how many questions."),
    },
)
PEOPLE = api.Fields(
    "People",
    {
        "people": api.Listed(_PERSON, PEOPLE_OF_A_PAGE),
        "next": api.Maybe(api.Whole(meaning="Ask with `after` this for the next page; null on the last.")),
    },
)
NAMES_OF_PEOPLE = api.Fields("NamesOfPeople", {"names": api.Listed(api.Line(LONGEST_SEAT_NAME), MOST_AT_ONCE, least=1)})
SLIP = api.Fields(
    "Slip",
    {
        "number": api.Whole(),
        "name": api.Line(LONGEST_SEAT_NAME),
        "code": api.Line(CODE_LENGTH, "Works once. Nobody can ask for it again."),
    },
)
SLIPS = api.Fields("Slips", {"slips": api.Listed(SLIP, MOST_AT_ONCE)})
