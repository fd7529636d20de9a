"""An export as it is written: names in the archive, JSON, and pages that need no script and no network. Plain values.

Every text is escaped, or comes from `marks`, which sanitises; and the policy in each page's head lets nothing run and
nothing be fetched, whoever opens it wherever.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import quote

#: How many messages stand on one page, and in one file of JSON.
PART = 500

_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 50rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
nav { display: flex; gap: 1rem; margin: 1rem 0; }
article { padding: .5rem 0; border-top: 1px solid #8884; }
article.reply { margin-left: 1.5rem; }
header { font-size: .92rem; opacity: .85; }
article > header b { font-size: 1rem; }
pre { overflow-x: auto; padding: .5rem; background: #8882; }
blockquote { margin: .5rem 0; padding-left: .75rem; border-left: 3px solid #8886; }
img { max-width: 100%; max-height: 24rem; height: auto; }
table { border-collapse: collapse; } td, th { border: 1px solid #8886; padding: .2rem .5rem; }
""".strip()
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src 'self' file:; base-uri 'none'; form-action 'none'"
)
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_-]+")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file of a message; `path` is where it stands in the archive, empty where it is not among what was exported."""

    name: str
    size: int
    path: str = ""
    is_picture: bool = False


@dataclass(frozen=True, slots=True)
class ExportedMessage:
    """A message.

    Arguments:
        data: what the JSON has of it.
        name, at: of its head.
        html: what it says, sanitised.
    """

    data: dict[str, Any]
    name: str
    at: str
    html: str
    files: Sequence[ExportedFile] = ()


@dataclass(frozen=True, slots=True)
class ExportedRoom:
    """A room of an export, for its cover.

    Arguments:
        parts: how many pages it has.
    """

    number: int
    kind: str
    title: str
    about: str
    messages: int = 0
    files: int = 0
    parts: int = 0

    @property
    def folder(self) -> str:
        return f"room-{self.number}"


def part_name(number: int, ending: str) -> str:
    """What the file of a part is called, from 1."""
    return f"messages-{number:05}.{ending}"


def file_path(folder: str, message_id: int, number: int, name: str) -> str:
    """Where a file stands in the archive: a name of plain letters, that leads nowhere and that no other has."""
    stem, dot, ending = name.rpartition(".")
    ending = f".{ending}" if dot and _ENDING.fullmatch(f".{ending}") else ""
    plain = _NOT_PLAIN.sub("-", stem if ending else name).strip("-")[:60] or "file"
    return f"{folder}/files/{message_id}-{number}-{plain}{ending}"


def json_part(messages: Iterable[ExportedMessage]) -> bytes:
    """One file of messages as JSON."""
    return (json.dumps([one.data for one in messages], ensure_ascii=False, indent=1) + "\n").encode()


def room_json(room: ExportedRoom) -> bytes:
    """What a room is, as JSON."""
    about = {
        "room": room.number,
        "kind": room.kind,
        "name": room.title,
        "about": room.about,
        "messages": room.messages,
        "files": room.files,
        "parts": [part_name(one, "json") for one in range(1, room.parts + 1)],
    }
    return (json.dumps(about, ensure_ascii=False, indent=1) + "\n").encode()


def page_part(room: ExportedRoom, number: int, messages: Iterable[ExportedMessage], *, last: bool) -> bytes:
    """One page of messages.

    Arguments:
        number: of the part, from 1.
        last: whether no page comes after it.
    """
    links = [f'<a href="{part_name(number - 1, "html")}">Earlier</a>'] if number > 1 else []
    links += [] if last else [f'<a href="{part_name(number + 1, "html")}">Later</a>']
    nav = f'<nav><a href="../index.html">All rooms</a> {" ".join(links)}</nav>'
    said = "\n".join(map(_article, messages))
    return _page(room.title, f"<h1>{escape(room.title)}</h1>\n{nav}\n{said}\n{nav}")


def cover(name: str, at: str, rooms: Sequence[ExportedRoom], *, with_files: bool) -> bytes:
    """The page from which one goes on.

    Arguments:
        name: whose export it is.
        at: when it was made.
    """
    lines = "\n".join(map(_room_line, rooms))
    left_out = "" if with_files else " Files are named, and were left out."
    return _page(
        "Chat: export",
        f"<h1>Chat: export</h1>\n<p>What {escape(name)} could read at {escape(at)}.{left_out} Beside each page stands "
        f"the same as JSON.</p>\n<ul>{lines}</ul>",
    )


def _room_line(room: ExportedRoom) -> str:
    many = f"messages: {room.messages}, files: {room.files}"
    title = escape(room.title)
    link = f'<a href="{room.folder}/{part_name(1, "html")}">{title}</a>' if room.parts else title
    about = f"<br>{escape(room.about)}" if room.about else ""
    return f"<li>{link} ({escape(room.kind)}): {many}{about}</li>"


def _article(one: ExportedMessage) -> str:
    data = one.data
    notes = [note for note in ("edited", "deleted", "pinned") if data[note]]
    if data["thread"]:
        notes.append(f'in the thread of <a href="#m{data["thread"]}">{data["thread"]}</a>')
    if data["reply_to"]:
        notes.append(f'answers <a href="#m{data["reply_to"]}">{data["reply_to"]}</a>')
    marks = " ".join(f"{escape(mark['emoji'])} {len(mark['by'])}" for mark in data["reactions"])
    body = "<p><i>This message was deleted.</i></p>" if data["deleted"] else one.html
    files = "".join(map(_file, one.files))
    return (
        f'<article id="m{data["id"]}"{" class=reply" if data["thread"] else ""}><header><b>{escape(one.name)}</b> '
        f'<time>{escape(one.at)}</time> <a href="#m{data["id"]}">{data["id"]}</a> {" · ".join(notes)}</header>'
        f"{body}{files}{f'<p>{marks}</p>' if marks else ''}</article>"
    )


def _file(one: ExportedFile) -> str:
    name = escape(one.name)
    if not one.path:
        return f"<p>{name} ({one.size} bytes, not in this export)</p>"
    address = escape(quote(one.path.partition("/")[2]))
    shown = f'<img src="{address}" alt="{name}" loading="lazy">' if one.is_picture else f"{name} ({one.size} bytes)"
    return f'<p><a href="{address}">{shown}</a></p>'


def _page(title: str, body: str) -> bytes:
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    ).encode()
