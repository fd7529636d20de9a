"""What only the app itself can get right: the sound app does, and these take it away."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from flask import request

from doorward.core.access import MEMBER, PUBLIC
from doorward.web.marks import marks_of
from tests.prove.sound import app as sound
from tests.prove.switches import Switch, replaced
from tests.prove.switches.answers import page

_MARKS = "__doorward_marks__"
_own_note, _current_caller, _render, _notes_of = (
    sound.own_note,
    sound.current_caller,
    sound.render_template,
    sound.notes_of,
)


def _for_every_member(patch: pytest.MonkeyPatch, *views: Any) -> None:
    for view in views:
        patch.setattr(view, _MARKS, replace(marks_of(view), rule=MEMBER))


def _shown_to_editors(patch: pytest.MonkeyPatch) -> None:
    """Only the template asks for the role."""

    def rendered(name: str, **context: Any) -> str:
        hidden = name == "notes/desk.html" and "editor" not in _current_caller().roles
        return _render(name, **{**context, "notes": []} if hidden else context)

    _for_every_member(patch, sound.desk, sound.take_off_the_board)
    patch.setattr(sound, "render_template", rendered)


def _reading_counts(db: Any, actor: Any) -> list[Any]:
    with sound.transaction(actor) as tx:
        tx.db.execute(sound.text("UPDATE notes SET text = text || '.'"))
    return _notes_of(db, actor)


def _query_of_texts(db: Any, actor: Any, words: str) -> list[Any]:
    return list(db.execute(sound.text(f"SELECT * FROM notes WHERE shared = 1 AND title = '{words}'")))


def _owner_by_form() -> Any:
    caller = _current_caller()
    return replace(caller, account_id=request.form.get("owner_id", caller.account_id))


def _number_by_form(patch: pytest.MonkeyPatch) -> None:
    def own_note(db: Any, actor: Any, note_id: int) -> Any:
        found = _own_note(db, actor, note_id)
        return SimpleNamespace(**{**found._mapping, "id": int(request.form.get("note_id", found.id))})

    def with_number(html: str) -> str:
        number = (request.view_args or {}).get("note_id", 0)
        return html.replace("<button>Keep", f'<input type="hidden" name="note_id" value="{number}"><button>Keep')

    patch.setattr(sound, "own_note", own_note)
    page(with_number)(patch)


SWITCHES = (
    Switch(
        "members among themselves",
        lambda patch: patch.setattr(sound.board, _MARKS, replace(marks_of(sound.board), rule=PUBLIC)),
        "What people write behind the door is shown there only, unless a page says that it publishes it.",
        from_start=True,
    ),
    Switch("reading does not write", replaced(sound, "notes_of", _reading_counts), "A GET changes no record."),
    Switch(
        "forms as strict as pages",
        lambda patch: _for_every_member(patch, sound.take_off_the_board),
        "A form leads to a way that demands what its page demands.",
        from_start=True,
    ),
    Switch(
        "role where it is shown",
        _shown_to_editors,
        "A role is asked for by the rule, and not only in a template.",
        from_start=True,
    ),
    Switch(
        "fields of the form", replaced(sound, "current_caller", _owner_by_form), "A form sets the fields that it has."
    ),
    Switch("number from the address", _number_by_form, "Which object is meant stands in the address, and is checked."),
    Switch("input that is looked at", replaced(sound, "notes_with", _query_of_texts), "Odd input is refused or kept."),
)
