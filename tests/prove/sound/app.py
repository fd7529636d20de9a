"""A notebook for a team. Members keep notes and may put them on the board; editors look after the board."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    send_from_directory,
)
from sqlalchemy import text
from sqlalchemy.orm import Session

from doorward import (
    Caller,
    Doorward,
    Example,
    Intake,
    Invalid,
    Migrations,
    NotFound,
    Outbound,
    OutboundFailed,
    OutboundRefused,
    People,
    access,
    api,
    current_caller,
    fetch,
    file_answer,
    journal,
    limit,
    reading,
    recall,
    remember,
    sent_files,
    topic,
    transaction,
)

HERE = Path(__file__).parent
LONGEST_TITLE = 80
LONGEST_TEXT = 2000
MOST_SHOWN = 100
Json = dict[str, Any]
THEMES = ("light", "dark")
PAGES = Outbound("notes.pages", hosts=["any public"], schemes=["http", "https"], types=["text/html"], redirects=2)
TITLE = re.compile(r"<title>([^<]{0,200})")
LINK = re.compile(r"https?://[^\s<>\"']{1,200}")
ADDING = text(
    "INSERT INTO notes (owner_id, title, text, link, shared) "
    "VALUES (:owner, :title, :text, :link, :shared) RETURNING id"
)


def may_keep_papers(_db: Session, caller: Caller, about: str) -> None:
    """Everybody keeps their own."""
    if about != f"papers:{caller.id}":
        raise NotFound


PAPERS = Intake(
    "notes.paper",
    may_send=may_keep_papers,
    types=(".txt", ".csv", ".png", ".gif", ".pdf", ".zip", ".docx"),
    max_bytes="1MiB",
    per_account="8MiB",
    in_all="64MiB",
)

notes = Blueprint("notes", __name__, template_folder="templates")


# -- whose notes they are ------------------------------------------------------------------------------------


def own_note(db: Session, actor: Caller, note_id: int) -> Any:
    """The note, for whose it is. For anybody else it does not exist."""
    wanted = {"id": min(note_id, 2**62), "owner": actor.id}
    found = db.execute(text("SELECT * FROM notes WHERE id = :id AND owner_id = :owner"), wanted).one_or_none()
    if found is None:
        raise NotFound("There is no such note, or it is not yours.")
    return found


def own_paper(db: Session, actor: Caller, paper_id: int) -> Any:
    """The paper, for whose it is. For anybody else it does not exist."""
    wanted = {"id": min(paper_id, 2**62), "owner": actor.id}
    found = db.execute(text("SELECT * FROM papers WHERE id = :id AND owner_id = :owner"), wanted).one_or_none()
    if found is None:
        raise NotFound("There is no such paper, or it is not yours.")
    return found


def papers_of(db: Session, actor: Caller) -> list[Any]:
    query = "SELECT * FROM papers WHERE owner_id = :owner ORDER BY id DESC LIMIT :most"
    return list(db.execute(text(query), {"owner": actor.id, "most": MOST_SHOWN}))


def notes_of(db: Session, actor: Caller) -> list[Any]:
    query = "SELECT * FROM notes WHERE owner_id = :owner ORDER BY id DESC LIMIT :most"
    return list(db.execute(text(query), {"owner": actor.id, "most": MOST_SHOWN}))


def notes_on_the_board(db: Session) -> list[Any]:
    query = "SELECT * FROM notes WHERE shared = 1 ORDER BY id DESC LIMIT :most"
    return list(db.execute(text(query), {"most": MOST_SHOWN}))


def notes_with(db: Session, actor: Caller, words: str) -> list[Any]:
    query = "SELECT * FROM notes WHERE (owner_id = :owner OR shared = 1) AND instr(title, :words) > 0 LIMIT :most"
    return list(db.execute(text(query), {"owner": actor.id, "words": words, "most": MOST_SHOWN}))


# -- who may listen ------------------------------------------------------------------------------------------


@topic("notes.news")
def may_hear_news(caller: Caller, key: str) -> bool:
    return key == "all"


@topic("notes.board", scopes=["notes:read"])
def may_hear_the_board(caller: Caller, key: str) -> bool:
    return caller.is_signed_in and key == "all"


@topic("notes.desk")
def may_hear_the_desk(caller: Caller, key: str) -> bool:
    return "editor" in caller.roles and key == "all"


@topic("notes.own")
def may_hear_own_notes(caller: Caller, key: str) -> bool:
    return caller.is_signed_in and key == caller.id


# -- what a form may say -------------------------------------------------------------------------------------


def checked_note() -> dict[str, Any]:
    """The fields of the form of a note."""
    title, body, link = (request.form.get(name, "").strip() for name in ("title", "text", "link"))
    problems = {}
    if not 0 < len(title) <= LONGEST_TITLE or not title.isprintable():
        problems["title"] = f"Give it a title of one line, of at most {LONGEST_TITLE} characters."
    if len(body) > LONGEST_TEXT:
        problems["text"] = f"Write at most {LONGEST_TEXT} characters."
    if link and not LINK.fullmatch(link):
        problems["link"] = "A link begins with https:// or http://."
    if problems:
        raise Invalid(problems)
    return {"title": title, "text": body, "link": link, "shared": int("shared" in request.form)}


def safe_cell(value: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{value}" if value.lstrip()[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def own_path(wanted: str) -> str:
    """`wanted` if it is a path of this site; otherwise the start page."""
    return wanted if re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", wanted) else "/"


# -- pages ---------------------------------------------------------------------------------------------------


@notes.get("/")
@access.public
def home() -> str:
    return render_template("notes/home.html", theme=recall("theme"), themes=THEMES)


@notes.post("/theme")
@access.public
@limit("60/minute")
def choose_theme() -> Response:
    theme = request.form.get("theme", "")
    answer = make_response(redirect(own_path(request.form.get("next", "/")), 303))
    remember(answer, "theme", theme if theme in THEMES else THEMES[0])
    return answer


@notes.get("/help/<path:name>")
@access.public
def help_text(name: str) -> Response:
    return send_from_directory(HERE / "help", f"{name}.txt", mimetype="text/plain")


@notes.get("/notes")
@access.member
def own_notes() -> str:
    with reading() as db:
        return render_template("notes/notes.html", notes=notes_of(db, current_caller()))


@notes.post("/notes")
@access.member
@limit("60/minute")
def add_note() -> Response:
    fields = checked_note()
    caller = current_caller()
    return redirect(f"/notes/{keep_note(caller, fields)}", 303)


def keep_note(caller: Caller, fields: dict[str, Any]) -> int:
    """Write a new note down. Its number."""
    with transaction(caller) as tx:
        made = int(tx.db.execute(ADDING, {**fields, "owner": caller.id}).scalar_one())
        tx.journal("note.added", on=f"note:{made}", shared=bool(fields["shared"]))
        streams = ["notes.news:all", "notes.board:all", "notes.desk:all"] if fields["shared"] else []
        for name in (f"notes.own:{caller.id}", *streams):
            tx.publish(name, "added", {"id": made})
        return made


@notes.get("/notes/<int:note_id>")
@access.member
def note(note_id: int) -> str:
    with reading() as db:
        return render_template("notes/note.html", note=own_note(db, current_caller(), note_id))


@notes.get("/notes/<int:note_id>/edit")
@access.member
def edit_note(note_id: int) -> str:
    with reading() as db:
        return render_template("notes/edit.html", note=own_note(db, current_caller(), note_id))


@notes.post("/notes/<int:note_id>/edit")
@access.member
def change_note(note_id: int) -> Response:
    fields = checked_note()
    with transaction(current_caller()) as tx:
        mine = own_note(tx.db, tx.actor, note_id)
        query = "UPDATE notes SET title = :title, text = :text, link = :link, shared = :shared WHERE id = :id"
        tx.db.execute(text(query), {**fields, "id": mine.id})
        tx.journal("note.changed", on=f"note:{mine.id}", shared=bool(fields["shared"]))
    return redirect(f"/notes/{mine.id}", 303)


@notes.post("/notes/<int:note_id>/deletion")
@access.member
def delete_note(note_id: int) -> Response:
    with transaction(current_caller()) as tx:
        mine = own_note(tx.db, tx.actor, note_id)
        tx.db.execute(text("DELETE FROM notes WHERE id = :id"), {"id": mine.id})
        tx.journal("note.deleted", on=f"note:{mine.id}")
    return redirect("/notes", 303)


@notes.get("/notes/deletion")
@access.fresh
def ask_to_delete_all() -> str:
    return render_template("notes/deletion.html")


@notes.post("/notes/deletion")
@access.fresh
def delete_all() -> Response:
    with transaction(current_caller()) as tx:
        tx.db.execute(text("DELETE FROM notes WHERE owner_id = :owner"), {"owner": tx.actor.id})
        tx.journal("note.all_deleted", on=f"account:{tx.actor.id}")
    return redirect("/notes", 303)


@notes.get("/notes/export")
@access.member
@limit("20/minute")
def export() -> Response:
    caller = current_caller()
    file = io.StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(["Title", "Text"])
    with reading() as db:
        writer.writerows([safe_cell(one.title), safe_cell(one.text)] for one in notes_of(db, caller))
    journal("note.exported", on=f"account:{caller.id}")
    answer = Response(file.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="notes.csv"'
    return answer


@notes.get("/papers")
@access.member
def papers() -> str:
    caller = current_caller()
    with reading() as db:
        mine = papers_of(db, caller)
    return render_template("notes/papers.html", papers=mine, intake=PAPERS, about=f"papers:{caller.id}")


@notes.post("/papers")
@access.member
@access.takes(PAPERS)
@limit("1200/hour")
def add_papers() -> Response:
    caller = current_caller()
    sent = sent_files(PAPERS, "file", f"papers:{caller.id}")
    if not sent:
        raise Invalid({"file": "Choose a file."})
    with transaction(caller) as tx:
        for file in tx.take_files(PAPERS, sent):
            row = {"owner": caller.id, "file": file.id, "name": file.name}
            tx.db.execute(text("INSERT INTO papers (owner_id, file_id, name) VALUES (:owner, :file, :name)"), row)
            tx.journal("paper.added", on=f"file:{file.id}")
    return redirect("/papers", 303)


@notes.get("/papers/<int:paper_id>")
@access.member
def paper(paper_id: int) -> Response:
    with reading() as db:
        mine = own_paper(db, current_caller(), paper_id)
    return file_answer(mine.file_id)


@notes.post("/papers/<int:paper_id>/deletion")
@access.member
def delete_paper(paper_id: int) -> Response:
    with transaction(current_caller()) as tx:
        mine = own_paper(tx.db, tx.actor, paper_id)
        tx.drop_file(mine.file_id)
        tx.db.execute(text("DELETE FROM papers WHERE id = :id"), {"id": mine.id})
        tx.journal("paper.deleted", on=f"file:{mine.file_id}")
    return redirect("/papers", 303)


@notes.get("/board")
@access.member
def board() -> str:
    with reading() as db:
        return render_template("notes/board.html", notes=notes_on_the_board(db))


@notes.get("/search")
@access.member
def search() -> str:
    words = request.args.get("q", "")[:LONGEST_TITLE]
    with reading() as db:
        found = notes_with(db, current_caller(), words) if words else []
    return render_template("notes/search.html", words=words, notes=found)


@notes.get("/look")
@access.member
def look() -> str:
    return render_template("notes/look.html", address="", seen="")


@notes.post("/look")
@access.member
@access.slow
@limit("60/minute")
def look_at() -> str:
    address = request.form.get("address", "").strip()[:500]
    return render_template("notes/look.html", address=address, seen=title_of(address))


def title_of(address: str) -> str:
    """What the page there is called, or why that cannot be said."""
    try:
        found = TITLE.search(fetch(PAGES, address).text)
    except (OutboundRefused, OutboundFailed) as problem:
        return problem.message
    return found[1] if found else "A page without a title."


@notes.get("/desk")
@access.role("editor")
def desk() -> str:
    with reading() as db:
        return render_template("notes/desk.html", notes=notes_on_the_board(db))


@notes.post("/desk/<int:note_id>/hiding")
@access.role("editor")
def take_off_the_board(note_id: int) -> Response:
    why = request.form.get("why", "")[:LONGEST_TITLE]
    with transaction(current_caller()) as tx:
        tx.db.execute(text("UPDATE notes SET shared = 0 WHERE id = :id"), {"id": min(note_id, 2**62)})
        tx.journal("note.taken_off", on=f"note:{note_id}", why=why)
    return redirect("/desk", 303)


@notes.get("/overview")
@access.role("admin")
def overview() -> str:
    with reading() as db:
        count = db.execute(text("SELECT count(*), sum(shared) FROM notes")).one()
    return render_template("notes/overview.html", all=count[0], shared=count[1] or 0)


# -- for programs --------------------------------------------------------------------------------------------


LINE = api.Fields("NoteLine", {"id": api.Whole(1), "title": api.Line(LONGEST_TITLE)})
LINES = api.Fields("Notes", {"notes": api.Listed(LINE, MOST_SHOWN)})
NOTE = api.Fields("Note", {**LINE.fields, "text": api.Text(LONGEST_TEXT), "shared": api.Flag()})


@notes.get("/api/notes")
@access.scope("notes:read")
@api.gives(LINES)
def api_notes() -> Json:
    """Your notes, the newest first."""
    with reading() as db:
        return {"notes": [{"id": one.id, "title": one.title} for one in notes_of(db, current_caller())]}


@notes.get("/api/notes/<int:note_id>")
@access.scope("notes:read")
@api.asks(note_id=api.Whole(1))
@api.gives(NOTE)
def api_note(note_id: int) -> Json:
    """A note of yours."""
    with reading() as db:
        found = own_note(db, current_caller(), note_id)
    return {"id": found.id, "title": found.title, "text": found.text, "shared": bool(found.shared)}


NEW_NOTE = api.Fields("NewNote", {"title": api.Line(LONGEST_TITLE), "text": api.Text(LONGEST_TEXT)})


@notes.post("/api/notes")
@access.scope("notes:write")
@limit("120/minute")
@api.takes(NEW_NOTE)
@api.gives(NOTE, status=201, at="/api/notes/{id}")
def api_add_note(body: Json) -> Json:
    """Keep a note, which only you see."""
    fields = {"title": body["title"], "text": body["text"], "link": "", "shared": 0}
    return {"id": keep_note(current_caller(), fields), "title": body["title"], "text": body["text"], "shared": False}


def a_paper_goes(people: People) -> Example:
    """Somebody deletes a paper of theirs. That it is theirs, the door does not know."""
    people.member.send("POST", "/papers", form={}, files={"file": ("a paper.txt", b"It can go.\n")})
    newest = max(int(number) for number in re.findall(r'"/papers/(\d+)"', people.member.get("/papers").text))
    return Example(people.member, f"/papers/{newest}/deletion", form={}, never=[people.administrator])


def create_app() -> Flask:
    """The app behind its door; not started."""
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(notes)
    Doorward(
        app,
        migrations=[Migrations(HERE / "migrations", head="notes_0001")],
        nav=[("Notes", "/notes"), ("Board", "/board"), ("Search", "/search"), ("Look", "/look"), ("Papers", "/papers")],
        roles={"editor": "Looks after the board."},
        outbounds=[PAGES],
        intakes=[PAPERS],
        examples={"POST /papers/<int:paper_id>/deletion": a_paper_goes},
        scopes={"notes:read": "Read your notes.", "notes:write": "Keep new notes."},
    )
    return app
