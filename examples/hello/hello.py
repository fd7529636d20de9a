"""A guest book behind the door. Run it:  doorward serve --app examples.hello.hello:app"""

from flask import Flask, redirect, render_template_string, request

from doorward import Doorward, access, current_account, journal, limit

app = Flask(__name__, static_folder=None)
greetings: list[tuple[str, str]] = []

PAGE = """{% extends "doorward/base.html" %}{% block main %}
<h1>Guest book</h1>
<ul>{% for name, text in greetings %}<li>{{ name }}: {{ text }}</li>{% else %}<li>Nobody yet.</li>{% endfor %}</ul>
{% if current_account %}<form class="form" method="post" action="/greet">
<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<div class="field"><label for="text">Your greeting</label><input class="input" id="text" name="text"></div>
<button class="button">Sign the book</button></form>{% endif %}{% endblock %}"""


@app.get("/")
@access.public
def book() -> str:
    return render_template_string(PAGE, greetings=greetings)


@app.post("/greet")
@access.member
@limit("10/minute")
def greet():
    greetings.append((current_account.name, request.form.get("text", "")[:200]))
    journal("greeting.written", on=f"greeting:{len(greetings)}")
    return redirect("/", 303)


Doorward(app)
