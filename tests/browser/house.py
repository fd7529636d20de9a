"""A small app for tests in browsers: a page for everybody, one for members, one for a token, and a live stream."""

from __future__ import annotations

from flask import Flask, render_template_string

from doorward import Caller, Doorward, access, live_cursor, topic

PAGE = """{% extends "doorward/base.html" %}{% block title %}House{% endblock %}
{% block main %}<h1>{{ room }}</h1><p id="state">none</p>{% endblock %}
{% block scripts %}{% if topic %}<script type="module" nonce="{{ csp_nonce() }}">
import { listen } from "{{ door_static('live.js') }}";
const state = document.getElementById("state");
listen("{{ topic }}", "{{ cursor }}", () => {}, { onState: (now) => { state.textContent = now; } });
</script>{% endif %}{% endblock %}"""


@topic("house.members")
def _members(caller: Caller, _key: str) -> bool:
    return caller.account_id is not None


@topic("house.readers", scopes=["house:read"])
def _readers(caller: Caller, _key: str) -> bool:
    return "house:read" in (caller.scopes or ())


def page(room: str, topic: str = "") -> str:
    return render_template_string(PAGE, room=room, topic=topic, cursor=live_cursor() if topic else "")


def make() -> Flask:
    """For `doorward serve --app tests.browser.house:make`."""
    app = Flask("house", static_folder=None)
    app.add_url_rule("/", "home", access.public(lambda: page("Hall")))
    app.add_url_rule("/room", "room", access.member(lambda: page("Room", "house.members:1")))
    app.add_url_rule("/reading", "reading", access.scope("house:read")(lambda: page("Reading room", "house.readers:1")))
    Doorward(app, scopes={"house:read": "Read in the reading room."})
    return app
