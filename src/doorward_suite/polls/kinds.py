"""The kinds of questions, and what each is made of.

A choice, a select-all, a ranking and a rating have options, each with a key that stays the same while the question
lives; their answers are keys, and each key has a tally. The options of an image choice are pictures, each with what it
shows in words. The options of a number are the columns of its histogram. A short answer and a word cloud have texts
and no options.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

CHOICE = "choice"
SELECT = "select"
RANKING = "ranking"
NUMBER = "number"
RATING = "rating"
SHORT = "short"
CLOUD = "cloud"
IMAGE = "image"

#: Every kind with the name that people read. A kind that is not here does not exist.
NAMES: Mapping[str, str] = {
    CHOICE: "Multiple choice",
    SELECT: "Select all that apply",
    RANKING: "Ranking",
    NUMBER: "Number",
    RATING: "Rating",
    SHORT: "Short answer",
    CLOUD: "Word cloud",
    IMAGE: "Image choice",
}

LONGEST_POLL_NAME = 120
LONGEST_TITLE = 300
LONGEST_LABEL = 120
LONGEST_ANSWER = 280
LONGEST_WORD = 40
LONGEST_UNIT = 20
MOST_OPTIONS = 20
#: As many as one form can bring without a script, and as a phone shows without much scrolling.
MOST_PICTURES = 10
SCALES = range(3, 8)
USUAL_SCALE = 5
#: How many words one answer to a word cloud may have.
WORDS = range(1, 6)
USUAL_WORDS = 3
#: Numbers lie between minus and plus this, with at most so many decimals: sums of millions of them fit a database.
LARGEST_NUMBER = 10**9
MOST_DECIMALS = 3
#: A histogram has this many columns; up to a few more where each number can have one of its own.
COLUMNS = 10
ONE_COLUMN_EACH = 15

#: The option with which somebody writes an answer of their own.
OTHER = "other"
OTHER_LABEL = "Other"
#: The tally that adds numbers up, each as far as it lies above the least.
SUM = "sum"
#: The kinds that can have right answers.
CAN_BE_RIGHT = (CHOICE, IMAGE, SELECT, NUMBER)
#: How short answers are shown.
LIST, WORD_CLOUD = "list", "cloud"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose. The key is what is stored and counted, the label is what people read.

    Arguments:
        picture: of an image choice, the name of its picture; the label says what it shows, to who does not see it.
    """

    key: str
    label: str
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a question asks.

    Arguments:
        kind: one of `NAMES`.
        title: the question as people read it.
        options: what can be chosen, in order; the columns of a number's histogram; empty where people write.
        most: how many options, or words of a cloud, one answer may have.
        low, high: for a rating, what its ends mean; may be empty.
        least, greatest: for a number, its ends, in steps: of 1 without decimals, of 0.1 with one.
        decimals: for a number, how many it may have.
        unit: for a number, what it counts; may be empty.
        show: for short answers, `LIST` or `WORD_CLOUD`.
        right: in a quiz the right answers: keys of options, all of which are to be chosen; of a number, itself as text.
            Empty where nothing is right or wrong. Phones never get it before it is revealed.
    """

    kind: str
    title: str
    options: tuple[Option, ...] = ()
    most: int = 1
    low: str = ""
    high: str = ""
    least: int = 0
    greatest: int = 0
    decimals: int = 0
    unit: str = ""
    show: str = LIST
    right: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The options' keys, in order."""
        return tuple(option.key for option in self.options)

    @property
    def counters(self) -> tuple[str, ...]:
        """The keys of all tallies of the question."""
        return (*self.keys, SUM) if self.kind == NUMBER else self.keys

    @property
    def pictures(self) -> tuple[str, ...]:
        """The names of its pictures, in order."""
        return tuple(option.picture for option in self.options if option.picture)

    def with_pictures(self, names: Mapping[str, str]) -> Definition:
        """The same with other names of pictures.

        Arguments:
            names: the new name of each; what is not in it stays.
        """
        options = (Option(one.key, one.label, names.get(one.picture, one.picture)) for one in self.options)
        return replace(self, options=tuple(options))

    @property
    def other(self) -> bool:
        """Whether people may write an answer of their own beside the options."""
        return self.kind in (CHOICE, SELECT) and OTHER in self.keys

    @property
    def has_texts(self) -> bool:
        """Whether answers have texts that are shown newest first."""
        return self.kind == SHORT or self.other

    @property
    def has_words(self) -> bool:
        """Whether the words of answers are counted."""
        return self.kind == CLOUD or (self.kind == SHORT and self.show == WORD_CLOUD)

    @property
    def column_width(self) -> int:
        """For a number, how many steps one column of its histogram is wide: one each where they are few."""
        steps = self.greatest - self.least + 1
        return 1 if steps <= ONE_COLUMN_EACH else -(-steps // COLUMNS)

    def as_text(self, steps: int) -> str:
        """A number of this question, written as people do."""
        return number_text(steps, self.decimals)


@dataclass(frozen=True, slots=True)
class Draft:
    """A question as somebody typed it, before it is checked.

    Arguments:
        kind: one of `NAMES`.
        title: the question.
        options: for choice, select-all and ranking, one option a line; for an image choice, what each picture shows.
        pictures: for an image choice, beside each line of the options the picture: the name of one that the question
            has already, or the id of a file that was sent.
        other: for choice and select-all, anything if people may write an answer of their own.
        most: for select-all, the most options of one answer; empty for no bound. For a cloud, the most words.
        scale: for a rating, its highest number.
        low, high: for a rating, what its ends mean.
        least, greatest, decimals, unit: for a number, as people write them.
        show: for short answers, `LIST` or `WORD_CLOUD`.
        right: for a quiz: of choice and select-all the right options, one a line; of a number, the right one.
    """

    kind: str = ""
    title: str = ""
    options: str = ""
    most: str = ""
    scale: str = ""
    low: str = ""
    high: str = ""
    least: str = ""
    greatest: str = ""
    decimals: str = ""
    unit: str = ""
    show: str = ""
    other: str = ""
    right: str = ""
    pictures: str = ""


def number_text(steps: int, decimals: int) -> str:
    """A number as people write it: `number_text(125, 1)` is 12.5."""
    return f"{Decimal(steps).scaleb(-decimals):f}"


def draft_of(definition: Definition) -> Draft:
    """A question as it would be typed, for the form that changes it."""
    labels = [option.label for option in definition.options if option.key != OTHER]
    unbounded = definition.kind != CLOUD and definition.most >= len(definition.options)
    number = definition.kind == NUMBER
    return Draft(
        kind=definition.kind,
        title=definition.title,
        options="" if number else "\n".join(labels),
        most="" if unbounded else str(definition.most),
        scale=str(len(labels)),
        low=definition.low,
        high=definition.high,
        least=definition.as_text(definition.least) if number else "",
        greatest=definition.as_text(definition.greatest) if number else "",
        decimals=str(definition.decimals),
        unit=definition.unit,
        show=definition.show,
        other="1" if definition.other else "",
        right="\n".join(right_labels(definition)),
        pictures="\n".join(option.picture for option in definition.options) if definition.kind == IMAGE else "",
    )


def right_labels(definition: Definition) -> list[str]:
    """The right answers as people read them."""
    labels = {option.key: option.label for option in definition.options}
    return [labels.get(one, one) for one in definition.right]
