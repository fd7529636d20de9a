"""Everything that changes a poll: the change, its entry in the journal, its events, in one transaction.

Changes go through `grouped`: votes come in crowds and share commits, and what else is published to a poll's streams
takes the same way, so that events leave in the order of their commits.
"""

from .checking import let_check
from .drafting import ask_about, ask_for_new, forget_suggestions
from .moving import load, load_sent
from .playing import moderate, reveal, set_listed_words, set_nickname
from .polls import (
    LONGEST_NAME,
    archive_poll,
    close_polls_of,
    copy_poll,
    create_poll,
    delete_poll,
    erase_poll,
    erase_polls_of,
    keep_as_template,
    rename_poll,
    restore_poll,
)
from .presenting import set_stage, start_timer
from .proposing import LONGEST, MOST_EACH, decide, let_propose, merge, propose, support, take_up
from .questions import (
    MOST_QUESTIONS,
    add_question,
    clear_answers,
    close_question,
    copy_question,
    delete_question,
    edit_question,
    open_question,
    place_question,
)
from .roster import Slip, add_people, leave_seats, replace_code, revoke_seat, set_voters, take_seat
from .voting import MOST_GIVEN, vote

__all__ = [
    "LONGEST",
    "LONGEST_NAME",
    "MOST_EACH",
    "MOST_GIVEN",
    "MOST_QUESTIONS",
    "Slip",
    "add_people",
    "add_question",
    "archive_poll",
    "ask_about",
    "ask_for_new",
    "clear_answers",
    "close_polls_of",
    "close_question",
    "copy_poll",
    "copy_question",
    "create_poll",
    "decide",
    "delete_poll",
    "delete_question",
    "edit_question",
    "erase_poll",
    "erase_polls_of",
    "forget_suggestions",
    "keep_as_template",
    "leave_seats",
    "let_check",
    "let_propose",
    "load",
    "load_sent",
    "merge",
    "moderate",
    "open_question",
    "place_question",
    "propose",
    "rename_poll",
    "replace_code",
    "restore_poll",
    "reveal",
    "revoke_seat",
    "set_listed_words",
    "set_nickname",
    "set_stage",
    "set_voters",
    "start_timer",
    "support",
    "take_seat",
    "take_up",
    "vote",
]
