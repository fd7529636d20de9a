"""The same notice board behind the door. Look at it:

doorward prove --app examples.before_after.after:app
doorward serve --app examples.before_after.after:app
"""

from flask import Flask, redirect, render_template_string, request

from doorward import Caller, Doorward, Invalid, NotFound, access, current_caller, journal, limit

app = Flask(__name__, static_folder=None)
#: Whose a notice is stands beside it; the notice's number is never used again.
notices: dict[int, tuple[str, str, str]] = {}

PAGE = """{% extends "doorward/base.html" %}{% block main %}
<h1>Notice board</h1>
<ul>{% for number, (owner, name, text) in notices.items() %}<li><b>{{ name }}</b>: {{ text }}
  {% if current_account and owner == current_account.id %}
  <form method="post" action="/notices/{{ number }}/remove">
  <input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
  <button class="button small">Take down</button></form>
  {% endif %}</li>{% else %}<li>Nothing yet.</li>{% endfor %}</ul>
{% if current_account %}<form class="form" method="post" action="/notices">
<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<div class="field"><label for="text">Notice</label><input class="input" id="text" name="text" maxlength="200" required>
</div><button class="button">Put it up</button></form>{% endif %}{% endblock %}"""


def own(caller: Caller, number: int) -> None:
    """Somebody else's notice cannot be taken down: for whoever asks, it is not there."""
    if number not in notices or notices[number][0] != caller.id:
        raise NotFound("There is no such notice, or it is not yours.")


@app.get("/")
@access.public
def board():
    return render_template_string(PAGE, notices=notices)


@app.post("/notices")
@access.member
@limit("60/minute")
def put_up():
    caller, text = current_caller(), request.form.get("text", "").strip()
    if not 0 < len(text) <= 200:
        raise Invalid({"text": "Write something, in 200 characters at most."})
    number = max(notices, default=0) + 1
    notices[number] = (caller.id, caller.name, text)
    journal("notice.put_up", on=f"notice:{number}")
    return redirect("/", 303)


@app.post("/notices/<int:number>/remove")
@access.member
def take_down(number: int):
    own(current_caller(), number)
    del notices[number]
    journal("notice.taken_down", on=f"notice:{number}")
    return redirect("/", 303)


@app.get("/notices.json")
@access.public
def as_json():
    return [{"name": name, "text": text} for _, name, text in notices.values()]


Doorward(app)
