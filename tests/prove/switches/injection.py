"""What keeps words words: in pages, queries, templates, tables, headers and links."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from flask import Response, current_app, request
from sqlalchemy.orm import Session

from doorward import Caller
from doorward.core.mail_addresses import Address
from doorward.web import emails, new_passwords
from doorward.web.checks import described
from doorward.web.here import Here, here
from tests.prove.sound import app as sound
from tests.prove.switches import Switch, replaced
from tests.prove.switches.answers import Header, finished, page


def _written_into_the_query(db: Session, actor: Caller, words: str) -> list[Any]:
    query = f"SELECT * FROM notes WHERE (owner_id = :owner OR shared = 1) AND instr(title, '{words}') > 0 LIMIT :most"
    return list(db.execute(sound.text(query), {"owner": actor.id, "most": sound.MOST_SHOWN}))


def _worked_out(rendered: str) -> str:
    return current_app.jinja_env.from_string(rendered).render()


def _search_in_a_script(rendered: str) -> str:
    words = request.args.get("q", "").replace("<", "\\u003c")
    return rendered.replace("</main>", f'<script nonce="{here().nonce}">const words = "{words}"</script></main>')


def _names_the_search(at: Here, headers: list[Header]) -> list[Header]:
    """A header of what was asked for, by a server that looks at no line end."""
    words = parse_qs(at.environ.get("QUERY_STRING", "")).get("q", [""])[0]
    lines = [line.partition(":") for line in f"X-Search: {words}".split("\r\n") if ":" in line]
    return [*headers, *((name, value.strip().encode().decode("latin-1")) for name, _, value in lines)]


def _any_file(folder: Path, name: str, **_: Any) -> Response:
    try:
        return Response((folder / name).read_text(), mimetype="text/plain")
    except (OSError, ValueError):
        raise sound.NotFound from None


def _any_json(raw: bytes, *_: Any) -> Any:
    if b"\\ud8" in raw:  # half of a character: nothing could keep it
        raise ValueError("This is not text.")
    try:
        return json.loads(raw.decode("utf-8-sig", "replace"))
    except RecursionError:
        raise ValueError("This is not JSON.") from None


SWITCHES = (
    Switch("escaping", page(html.unescape), "What people typed is shown as text, in pages and in attributes."),
    Switch("no text in scripts", page(_search_in_a_script), "Scripts hold nothing that people typed."),
    Switch("link schemes", replaced(sound, "LINK", re.compile(r".*")), "Links that people give lead to pages only."),
    Switch(
        "bound parameters",
        replaced(sound, "notes_with", _written_into_the_query),
        "Values are handed to the database beside the query.",
    ),
    Switch("templates from files", page(_worked_out), "Templates are files; what people type is only a value in them."),
    Switch("one-line headers", finished(_names_the_search), "What people type cannot begin a header."),
    Switch("strict json", replaced(described, "read_json", _any_json), "JSON that can be read in two ways is refused."),
    Switch("own folder", replaced(sound, "send_from_directory", _any_file), "No parameter leads out of its folder."),
    Switch(
        "look-alike names",
        replaced(new_passwords, "judge_name", lambda *_: []),
        "Names that look like others, or hold what cannot be seen, are refused.",
    ),
    Switch(
        "one mail address",
        replaced(emails, "read_address", lambda typed: Address(typed.strip(), typed.strip().lower())),
        "An address for mails is exactly one.",
    ),
    Switch("table cells", replaced(sound, "safe_cell", str), "Cells of tables are no formulas."),
)
