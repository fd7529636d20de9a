"""Questions with pictures, as their maker sends them: what tests of them share."""

from __future__ import annotations

import io
from collections.abc import Mapping

from PIL import Image

from doorward.testing import Browser

from .rooms import Room

SHOWS = ("A red door", "A green door", "A blue door")
COLOURS = ("#a03020", "#208040", "#2040a0")


def jpeg(colour: str = "#886633", side: int = 900) -> bytes:
    """A picture with what a camera writes into it."""
    written, exif = io.BytesIO(), Image.Exif()
    exif[0x010F] = "Secret Camera"
    Image.new("RGB", (side, side // 2), colour).save(written, "JPEG", exif=exif)
    return written.getvalue()


def send(by: Browser, path: str, fields: Mapping[str, str], files: Mapping[str, tuple[str, bytes]]):
    """A form with files, as a browser without a script sends it: the token before the first file."""
    form = {"csrf_token": by.token, **fields}
    with_files = {name: (io.BytesIO(content), called) for name, (called, content) in files.items()}
    return by.send("POST", path, data={**form, **with_files}, content_type="multipart/form-data")


def ask(room: Room, *, right: int = 0) -> dict:
    """Add a question with three pictures; it as the presenter has it."""
    room.olga.get(f"{room.path}/questions/new?kind=image")
    fields = {
        "kind": "image",
        "title": "Which door is yours?",
        **{f"text{at}": text for at, text in enumerate(SHOWS, start=1)},
    }
    if right:
        fields[f"right{right}"] = "1"
    files = {f"file{at}": (f"{at}.jpg", jpeg(colour)) for at, colour in enumerate(COLOURS, start=1)}
    sent = send(room.olga, f"{room.path}/questions/pictured", fields, files)
    assert sent.status_code == 303, sent.text
    return asked(room)


def asked(room: Room) -> dict:
    """The newest question with pictures."""
    screen = room.olga.get(f"{room.path}/present.json").json
    assert screen is not None
    return [one for one in screen["questions"] if one["kind"] == "image"][-1]


def fields_of(question: Mapping) -> dict[str, str]:
    """The form of a question as it is, for a maker who changes something of it."""
    fields = {"kind": "image", "title": str(question["title"])}
    for at, one in enumerate(question["options"], start=1):
        fields |= {f"text{at}": one["label"], f"picture{at}": one["picture"], f"place{at}": str(at)}
    return fields


def address(name: str) -> str:
    return f"/polls/pictures/{name}"
