"""Templates: sets of questions that are kept, which nobody joins, and sessions that begin with them."""

from __future__ import annotations

import re

from flask import Flask

from doorward.testing import Browser

from .rooms import Room
from .rooms import app as app
from .rooms import clock as clock
from .rooms import olga as olga
from .rooms import room as room
from .rooms import sven as sven


def test_a_template_is_kept_beside_the_poll_and_begins_sessions(app: Flask, room: Room, sven: Browser) -> None:
    kept = room.olga.post(f"{room.path}/copies/template")
    template = kept.headers["Location"]
    assert kept.status_code == 303
    page = room.olga.get(template).text
    assert "A template: nobody can join it." in page
    assert "/qr.svg" not in page
    assert f"{template}/present" not in page
    listed = room.olga.get("/polls/templates").text
    assert f'href="{template}"' in listed
    assert f'href="{template}"' not in room.olga.get("/polls/").text
    question = re.findall(rf"{template}/questions/(\d+)/place", page)[0]
    assert room.olga.post(f"{template}/questions/{question}/status", {"status": "open"}).status_code == 409
    assert room.olga.post(f"{template}/questions/{question}/timer", {"seconds": "60"}).status_code == 409
    assert room.olga.get(f"{template}/present").status_code == 409
    assert sven.get(template).status_code == 404
    assert template not in sven.get("/polls/templates").text
    session = room.olga.post(f"{template}/copies").headers["Location"]
    assert "<h1>Rivers</h1>" in room.olga.get(session).text
    begun = room.olga.get(f"{session}/present.json").json
    assert [one["status"] for one in begun["questions"]] == ["draft", "draft"]
    assert Browser(app).get(f"/polls/join/{begun['poll']['code']}").status_code == 200
    # A question is copied into a template, too, and the template goes as polls do.
    copied = room.olga.post(f"{room.path}/questions/{room.choice}/copies", {"to": template.rpartition("/")[2]})
    assert copied.headers["Location"] == template
    assert room.olga.get(template).text.count("data-place=") == 3
    assert room.olga.post(f"{template}/deletion").status_code == 303
    assert template not in room.olga.get("/polls/templates").text
    assert room.olga.get(session).status_code == 200
