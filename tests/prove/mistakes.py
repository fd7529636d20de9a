"""Mistakes that developers make, each a small change of the sound app, with what must catch it."""

# ruff: noqa: E501  (a mistake is easier to read in one line)

from __future__ import annotations

from tests.prove.mistake import APP, Change, Mistake
from tests.prove.mistake import in_app as _app
from tests.prove.mistakes_with_files import FILES


def _page(name: str) -> str:
    return f"templates/notes/{name}.html"


def _in(page: str, name: str, old: str, new: str, *caught: str) -> Mistake:
    return Mistake(name, (Change(_page(page), old, new),), caught)


_HOME = 'return render_template("notes/home.html", theme=recall("theme"), themes=THEMES)'
_MAIN = "    app.register_blueprint(notes)\n"
_OWN = "own_note(db, current_caller(), note_id)"
_ANY = 'db.execute(text("SELECT * FROM notes WHERE id = :id"), {"id": note_id}).one()'
_ANY_TX = _ANY.replace("db.", "tx.db.", 1)
_OWN_TX = "own_note(tx.db, tx.actor, note_id)"


def _view(view: str, rest: str) -> str:
    return f"def {view}({rest}"


def _of_view(name: str, head: str, old: str, new: str, *caught: str) -> Mistake:
    """A change inside one view: `head` is what it begins with."""
    return _app(name, f"{head}{old}", f"{head}{new}", *caught)


_AFTER = """    @app.after_request
    def more(answer: Response) -> Response:
        {line}
        return answer

"""


def _after(name: str, line: str, *caught: str) -> Mistake:
    return _app(name, _MAIN, _MAIN + _AFTER.format(line=line), *caught)


WHO_MAY_ENTER = (
    _app("a rule is missing", '@notes.get("/notes")\n@access.member\n', '@notes.get("/notes")\n', "start"),
    _app("files of the app have no rule", "static_folder=None", 'static_folder="help"', "start"),
    _app("a role is misspelt", 'access.role("editor")', 'access.role("editr")', "start"),
    _app("public stands beside another rule", "@access.member\ndef board", "@access.public\n@access.member\ndef board",
         "start"),
    _app("an API is not described", "@api.gives(LINES)\n", "", "start"),
    _app("inline code is allowed in the policy", "@access.member\ndef board",
         "@access.member\n@access.csp(script_src=[\"'unsafe-inline'\"])\ndef board", "start"),
    _app("pictures from everywhere", "@access.member\ndef board", '@access.member\n@access.csp(img_src=["*"])\ndef board',
         "start"),
    _app("ProxyFix is put around the app", _MAIN,
         _MAIN + "    from werkzeug.middleware.proxy_fix import ProxyFix\n\n    app.wsgi_app = ProxyFix(app.wsgi_app)\n",
         "start"),
    _app("sessions of Flask's own", "    return app\n",
         "    from flask.sessions import SecureCookieSessionInterface\n\n"
         "    app.session_interface = SecureCookieSessionInterface()\n    return app\n", "start"),
    _app("something answers before the door", _MAIN,
         _MAIN + "    from flask import request_started\n\n    request_started.connect(print, app, weak=False)\n", "start"),
    _app("a meaning for a scope that no route names", '"notes:read": "Read', '"notes:raed": "Read', "start"),
    _app("forms of other sites are taken, with a reason that is none", "@access.member\n@limit(\"60/minute\")",
         "@access.member\n@access.csrf_exempt(\"called by our other site\")\n@limit(\"60/minute\")", "check rules.csrf-exempt"),
    _app("a page among members is for everybody", "@access.member\ndef board", "@access.public\ndef board",
         "prove access.published"),
    _app("a page for editors is for everybody", '@access.role("editor")\ndef desk', "@access.public\ndef desk",
         "prove access.published"),
    _app("a note is for everybody who knows its number", "@access.member\ndef note(note_id: int) -> str:\n    with reading() as db:\n"
         f'        return render_template("notes/note.html", note={_OWN})',
         "@access.public\ndef note(note_id: int) -> str:\n    with reading() as db:\n"
         f'        return render_template("notes/note.html", note={_ANY})', "prove access.published"),
    _app("everybody may write", '@notes.post("/notes")\n@access.member\n@limit("60/minute")',
         '@notes.post("/notes")\n@access.public', "check rules.public-write"),
    _app("the owner is never asked for", "WHERE id = :id AND owner_id = :owner", "WHERE id = :id", "prove access.owner"),
    _app("the owner is not asked for when reading", f'"notes/note.html", note={_OWN}', f'"notes/note.html", note={_ANY}',
         "prove access.owner"),
    _app("the owner is not asked for when the form is shown", f'"notes/edit.html", note={_OWN}',
         f'"notes/edit.html", note={_ANY}', "prove access.owner"),
    _app("the owner is not asked for when changing", f"mine = {_OWN_TX}\n        query", f"mine = {_ANY_TX}\n        query",
         "prove access.owner"),
    _app("the owner is not asked for when deleting", f"mine = {_OWN_TX}\n        tx.db.execute(text(\"DELETE",
         f"mine = {_ANY_TX}\n        tx.db.execute(text(\"DELETE", "prove access.owner"),
    _app("the owner is not asked for by the API", f"found = {_OWN}", f"found = {_ANY}", "prove access.owner"),
)  # fmt: skip

PAGES = (
    _in("board", "|safe on what people write", "{{ note.text }}", "{{ note.text|safe }}", "check templates.unescaped"),
    _in("board", "escaping is switched off for a part", "{{ note.text }}",
        "{% autoescape false %}{{ note.text }}{% endautoescape %}", "check templates.unescaped"),
    _in("board", "an attribute without quotes", 'title="{{ note.title }}"', "title={{ note.title }}",
        "check templates.unquoted"),
    _in("search", "a value inside a script", "{% block main %}",
        "{% block main %}<script nonce=\"{{ csp_nonce() }}\">const words = \"{{ words }}\"</script>",
        "check templates.value-in-script"),
    _in("board", "an inline handler", "<h1>Board", '<h1 onclick="reload()">Board', "check templates.inline-handler",
        "prove headers.inline-code"),
    _in("board", "an inline script", "<h1>Board", "<script>reload()</script><h1>Board", "check templates.inline-script",
        "prove headers.inline-code"),
    _in("board", "an inline style", "<h1>Board", '<h1 style="color: red">Board', "check templates.inline-style",
        "prove headers.inline-code"),
    _in("board", "a script from somebody else", "<h1>Board",
        '<script src="https://cdn.example/x.js" nonce="{{ csp_nonce() }}"></script><h1>Board',
        "check templates.third-party", "prove headers.inline-code"),
    _in("board", "a link that runs code", "<h1>Board", '<a href="javascript:history.back()">Back</a><h1>Board',
        "check templates.script-link", "prove headers.inline-code"),
    _in("notes", "a form without a token", '<form method="post" action="/notes">{{ csrf() }}',
        '<form method="post" action="/notes">', "check templates.form-without-token"),
    _in("notes", "a link that carries a secret", "<h1>My notes",
        '<a href="/notes?session={{ request.cookies.get(\'doorward\') }}">Here</a><h1>My notes', "prove secrets.addresses"),
    _in("notes", "a page that shows the session", "<h1>My notes", "<h1>{{ request.cookies.get('doorward') }} My notes",
        "prove secrets.pages"),
    _app("Markup() of a value", '    return render_template("notes/search.html", words=words',
         '    from markupsafe import Markup\n\n    return render_template("notes/search.html", words=Markup(words)',
         "check source.markup"),
    _app("Markup() of a text with a value in it", "title, body, link = (",
         'from markupsafe import Markup\n\n    Markup(f"<b>{request.form}</b>")\n    title, body, link = (',
         "check source.markup"),
    _app("escaping is switched off for the app", _MAIN, _MAIN + "    app.jinja_env.autoescape = False\n",
         "check source.autoescape"),
    _app("a template made of what was typed", "    with reading() as db:\n        found = notes_with",
         "    from flask import render_template_string\n\n    heading = render_template_string(f\"<h2>{words}</h2>\")\n"
         "    with reading() as db:\n        found = notes_with", "check source.template-from-text"),
)  # fmt: skip

_EDITORS = '@access.role("editor")\ndef'

FORMS = (
    _app("what is behind a page for editors is for everybody", '@access.role("editor")\ndef take_off', "@access.member\ndef take_off",
         "prove app.weaker-form", "prove app.role-in-template"),
    Mistake("only the template asks for the role", (
        Change(APP, _EDITORS, "@access.member\ndef"),
        Change(_page("desk"), "{% for note in notes %}", "{% for note in notes if 'editor' in current_account.roles %}"),
    ), ("prove app.role-in-template",)),
    _app("the form of a page for editors goes to members who signed in just now", '@access.role("editor")\ndef take_off',
         "@access.fresh\ndef take_off", "prove app.weaker-form"),
    _app("what deletes everything does not ask to sign in again", "@access.fresh\ndef delete_all", "@access.member\ndef delete_all",
         "prove app.weaker-form"),
    _app("the owner is a field of the form", '{**fields, "owner": caller.id}',
         '{**fields, "owner": request.form.get("owner_id", caller.id)}', "prove injection.fields"),
    _app("every field of the form is stored", 'query = "UPDATE notes SET title = :title, text = :text, link = :link, shared = :shared WHERE id = :id"',
         'query = "UPDATE notes SET title = :title, text = :text, owner_id = :owner WHERE id = :id"\n'
         '        fields |= {"owner": mine.owner_id, **request.form}', "prove injection.fields"),
    Mistake("a hidden field says which note is meant", (
        Change(APP, '{**fields, "id": mine.id}', '{**fields, "id": request.form.get("note_id", mine.id)}'),
        Change(_page("edit"), '/edit">{{ csrf() }}', '/edit">{{ csrf() }}<input type="hidden" name="note_id" value="{{ note.id }}">'),
    ), ("prove app.hidden-field",)),
    _app("reading counts", '    with reading() as db:\n        return render_template("notes/board.html"',
         '    with transaction(current_caller()) as tx:\n        tx.db.execute(text("UPDATE notes SET text = text || \'.\'"))\n'
         '    with reading() as db:\n        return render_template("notes/board.html"', "check source.get-writes", "prove app.get-writes"),
    _app("a header made of what was typed", '    theme = request.form.get("theme", "")\n    answer = make_response(redirect(own_path(request.form.get("next", "/")), 303))\n',
         '    theme = request.form.get("theme", "")\n    answer = make_response(redirect(own_path(request.form.get("next", "/")), 303))\n'
         '    answer.headers["X-Theme"] = theme\n', "prove app.odd-input"),
    _app("a choice that is not looked at", "theme if theme in THEMES else THEMES[0]", "THEMES[THEMES.index(theme)]", "prove app.odd-input"),
)  # fmt: skip

INPUT = (
    _app("a query made of texts", "AND instr(title, :words) > 0 LIMIT :most\"",
         "AND instr(title, '\" + words + \"') > 0 LIMIT :most\"", "check source.sql"),
    _app("a query made of texts, by f-string", 'text("DELETE FROM notes WHERE id = :id"), {"id": mine.id}',
         'text(f"DELETE FROM notes WHERE id = {note_id}")', "check source.sql"),
    _app("a file whose name a request chooses",
         'return send_from_directory(HERE / "help", f"{name}.txt", mimetype="text/plain")',
         'return Response((HERE / "help" / f"{name}.txt").read_text(), mimetype="text/plain")', "check source.path"),
    _app("a redirect to wherever the form says", 'own_path(request.form.get("next", "/"))', 'request.form.get("next", "/")',
         "check source.redirect"),
    _app("a redirect to wherever the browser came from", 'own_path(request.form.get("next", "/"))',
         'request.referrer or "/"', "check source.redirect"),
    _app("the address is taken from a header", '    why = request.form.get("why", "")[:LONGEST_TITLE]',
         '    why = request.headers.get("X-Forwarded-For", "")', "check source.forwarded-header"),
    _app("code from a text", 'shared": int("shared" in request.form)', 'shared": eval(request.form.get("shared", "0"))',
         "check source.eval"),
    _app("objects from bytes that can run code", f"    {_HOME}",
         f'    import pickle\n\n    pickle.loads(bytes.fromhex(recall("theme") or "4e2e"))\n    {_HOME}',
         "check source.unsafe-loading"),
    _app("a command through the shell", '    journal("note.exported"',
         '    import os\n\n    os.system(f"logger {caller.name}")\n    journal("note.exported"', "check source.shell"),
    _app("a request of the server to where a form says", '    why = request.form.get("why", "")[:LONGEST_TITLE]',
         '    import httpx\n\n    why = httpx.get(request.form["why"]).text', "check source.outbound"),
    _app("a page is fetched past the door", "TITLE.search(fetch(PAGES, address).text)",
         'TITLE.search(__import__("httpx").get(address).text)', "prove outbound.fields"),
    _app("a page is fetched by the library that everybody knows", "        found = TITLE.search(fetch(PAGES, address).text)",
         "        from urllib.request import urlopen\n\n        found = TITLE.search(urlopen(address).read().decode())",
         "check source.outbound", "prove outbound.fields"),
    _app("redirects without end are followed", 'types=["text/html"], redirects=2', 'types=["text/html"], redirects=50', "start"),
    _app("every type is taken", 'types=["text/html"], redirects=2', 'types=["*/*"], redirects=2', "start"),
    _app("every host is a star", 'hosts=["any public"]', 'hosts=["*"]', "start"),
    _app("GET deletes", '@notes.post("/notes/<int:note_id>/deletion")', '@notes.get("/notes/<int:note_id>/deletion")',
         "check source.get-writes", "check rules.get-writes"),
    _app("POST and GET delete", '@notes.post("/notes/<int:note_id>/deletion")',
         '@notes.route("/notes/<int:note_id>/deletion", methods=["GET", "POST"])',
         "prove app.get-writes"),
)  # fmt: skip

_BOARD = '@notes.get("/board")\n'

COSTS = (
    _app("a pattern that a short text keeps busy", 'LINK = re.compile(r"https?://[^\\s<>\\"\']{1,200}")',
         'LINK = re.compile(r"https?://(\\w+[.-]?)+(/\\S*)?")', "check source.slow-pattern"),
    _app("a pattern in the search that a short text keeps busy", "found = notes_with(db, current_caller(), words) if words else []",
         'found = notes_with(db, current_caller(), words) if re.fullmatch(r"(\\S+\\s*)+", words) else []',
         "check source.slow-pattern"),
    _app("a page lists all rows there are", "WHERE shared = 1 ORDER BY id DESC LIMIT :most", "WHERE shared = 1 ORDER BY id DESC",
         "check source.endless-query"),
    _app("a table holds all rows there are", "writer.writerows([safe_cell(one.title), safe_cell(one.text)] for one in notes_of(db, caller))",
         'every = text("SELECT title, text FROM notes WHERE owner_id = :owner")\n'
         "        mine = db.execute(every, {'owner': caller.id}).all()\n"
         "        writer.writerows([safe_cell(one.title), safe_cell(one.text)] for one in mine)",
         "check source.endless-query"),
    _app("a password of a note can be guessed without a limit", _BOARD,
         '@notes.post("/notes/<int:note_id>/opening")\n@access.member\ndef open_note(note_id: int) -> str:\n'
         "    from werkzeug.security import check_password_hash\n\n    with reading() as db:\n"
         "        mine = own_note(db, current_caller(), note_id)\n"
         '    return str(check_password_hash(mine.text, request.form.get("word", "")))\n\n\n' + _BOARD,
         "check source.unlimited-cost"),
    _app("a mail is sent as often as somebody asks", _BOARD,
         '@notes.post("/notes/mail")\n@access.member\ndef mail_notes() -> Response:\n    import smtplib\n\n'
         '    with smtplib.SMTP("127.0.0.1") as server:\n        server.sendmail("a@example.org", ["b@example.org"], "notes")\n'
         '    return redirect("/notes", 303)\n\n\n' + _BOARD,
         "check source.unlimited-cost"),
    _app("formulas in a table", "[safe_cell(one.title), safe_cell(one.text)]", "[one.title, one.text]", "prove injection.table"),
    _app("formulas in one column of a table", "safe_cell(one.text)]", "one.text]", "prove injection.table"),
    _app("a download of whatever path the address names",
         'return send_from_directory(HERE / "help", f"{name}.txt", mimetype="text/plain")',
         'from flask import send_file\n\n    return send_file(f"{HERE}/help/{name}.txt", mimetype="text/plain")',
         "check source.path", "prove injection.path"),
    _app("a download of whatever path the query names", '    journal("note.exported"',
         '    if request.args.get("file"):\n        return Response((HERE / request.args["file"]).read_bytes(), mimetype="text/plain")\n'
         '    journal("note.exported"', "check source.path"),
    _app("a download under the name that the address gives", "'attachment; filename=\"notes.csv\"'",
         "f'attachment; filename=\"{request.args.get(\"name\")}\"'", "prove injection.header"),
)  # fmt: skip

SECRETS_AND_ANSWERS = (
    _app("a secret in the source", "LONGEST_TITLE = 80", 'LONGEST_TITLE = 80\nAPI_KEY = "sk_live_51Hq7QyLkdIwHu7ixZ"',
         "check source.secret"),
    _app("a password in the source", "LONGEST_TITLE = 80", 'LONGEST_TITLE = 80\nDATABASE_PASSWORD = "uQ7-rT2-mmX4"',
         "check source.secret"),
    _app("debug in the source", "def create_app", 'def main() -> None:\n    app = create_app()\n    app.run(debug=True)\n\n\ndef create_app',
         "check source.debug"),
    _app("a token from a generator that can be predicted", '    journal("note.exported"',
         '    import random\n\n    token = random.randint(0, 10**9)\n    journal("note.exported", number=token)\n'
         '    journal("note.exported"', "check source.random"),
    _app("a password hashed fast", '    journal("note.exported"',
         '    import hashlib\n\n    password = request.args.get("p", "")\n'
         '    hashlib.sha256(password.encode()).hexdigest()\n    journal("note.exported"', "check source.password-hash"),
    _app("TLS without checking who it is", '    journal("note.exported"',
         '    import httpx\n\n    httpx.Client(verify=False)\n    journal("note.exported"', "check source.tls-not-verified"),
    _app("a secret in the log", '    journal("note.exported"',
         '    import logging\n\n    token = request.args.get("t", "")\n    logging.warning(token)\n'
         '    journal("note.exported"', "check source.secret-logged"),
    _app("the cookie in the journal", 'why = request.form.get("why", "")[:LONGEST_TITLE]',
         'why = request.headers.get("Cookie", "")', "prove secrets.journal"),
    _after("every site may read, with cookies", 'answer.headers["Access-Control-Allow-Origin"] = '
           'request.headers.get("Origin", "*")\n        answer.headers["Access-Control-Allow-Credentials"] = "true"',
           "prove headers.foreign-readers"),
    _after("every site may read", 'answer.headers["Access-Control-Allow-Origin"] = "*"', "check source.cors",
           "prove headers.foreign-readers"),
    _after("the version is told", 'answer.headers["X-Powered-By-Notebook"] = "1"; answer.headers["Via"] = "notebook 2.4"',
           "prove headers.talkative"),
    _after("a cookie of its own without flags", 'answer.set_cookie("seen", "1")', "check source.cookie",
           "prove cookies.scripts", "prove cookies.sites", "prove cookies.transport"),
    _app("a page that says it is text", f"{_HOME}", f'return Response({_HOME[7:]}, mimetype="text/plain")',
         "prove headers.content-type"),
    _app("a table without its charset", 'mimetype="text/csv")', 'content_type="text/csv")', "prove headers.content-type"),
    _in("board", "a page without the way to sign out", '{% extends "doorward/base.html" %}',
        "<!doctype html><title>Board</title>", "prove sessions.way-out"),
)  # fmt: skip

MISTAKES: tuple[Mistake, ...] = (*WHO_MAY_ENTER, *PAGES, *FORMS, *INPUT, *COSTS, *SECRETS_AND_ANSWERS, *FILES)
