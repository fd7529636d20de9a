"""A notice board as one writes it in an afternoon, without a door. Look at it:

doorward prove --app examples.before_after.before:app --may-write
"""

from flask import Flask, make_response, redirect, render_template_string, request

app = Flask(__name__, static_folder=None)
notices: list[dict[str, str]] = []

PAGE = """<!doctype html>
<html lang="en"><head><title>Notice board</title><style>li { margin: 1em }</style></head>
<body onload="document.forms[0].text.focus()">
<h1>Notice board</h1>
<ul>{% for notice in notices %}<li><b>{{ notice.name }}</b>: {{ notice.text|safe }}
  <a href="/take-down?number={{ loop.index0 }}">take down</a></li>{% endfor %}</ul>
<form method="post" action="/notices">
  <label>Name <input name="name" value="{{ name }}"></label> <label>Notice <input name="text"></label>
  <button>Put it up</button>
</form></body></html>"""


@app.get("/")
def board():
    return render_template_string(PAGE, notices=notices, name=request.cookies.get("name", ""))


@app.post("/notices")
def put_up():
    notices.append({"name": request.form["name"], "text": request.form["text"]})
    answer = make_response(redirect("/", 303))
    answer.set_cookie("name", request.form["name"])
    return answer


@app.get("/take-down")
def take_down():
    del notices[int(request.args["number"])]
    return redirect("/", 303)


@app.get("/notices.json")
def as_json():
    answer = make_response(notices)
    answer.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "*")
    return answer
