"""Mistakes with files that people send, each a small change of the sound app, with what must catch it."""

# ruff: noqa: E501  (a mistake is easier to read in one line)

from __future__ import annotations

from tests.prove.mistake import in_app

_GIVES = "    return file_answer(mine.file_id)\n"
_BOARD = '@notes.get("/board")\n'
_BYTES = "open_file(mine.file_id).read()"
_OPENS = "    from doorward import open_file\n\n"


def _new(route: str, *lines: str) -> str:
    """A further route, before the board's."""
    return "\n".join([route, *lines, "", "", _BOARD])


FILES = (
    in_app("a file is saved past the intake", _BOARD,
           _new('@notes.post("/papers/quick")', "@access.member", '@limit("60/minute")', "def quick_paper() -> Response:",
                '    request.files["file"].save(HERE / "kept")', '    return redirect("/papers", 303)'),
           "check source.past-the-intakes"),
    in_app("a file is kept under the name that a browser sent", _BOARD,
           _new('@notes.post("/papers/quick")', "@access.member", '@limit("60/minute")', "def quick_paper() -> Response:",
                '    file = request.files["file"]', '    file.save(f"{HERE}/kept/{file.filename}")', '    return redirect("/papers", 303)'),
           "check source.upload-name", "check source.past-the-intakes"),
    in_app("the name that a browser sent is a path", _BOARD,
           _new('@notes.post("/papers/quick")', "@access.member", '@limit("60/minute")', "def quick_paper() -> Response:",
                '    file = request.files["file"]', "    (HERE / str(file.filename)).write_bytes(file.read())", '    return redirect("/papers", 303)'),
           "check source.path"),
    in_app("a file is given back by the name in the address", _BOARD,
           _new('@notes.get("/papers/by-name/<path:name>")', "@access.member", "def paper_by_name(name: str) -> Response:",
                '    return send_from_directory(HERE / "help", name)'),
           "check source.guessed-type"),
    in_app("a file is given back by whatever path the query names", _BOARD,
           _new('@notes.get("/papers/by-path")', "@access.member", "def paper_by_path() -> Response:", "    from flask import send_file", "",
                '    return send_file(request.args["path"])'),
           "check source.path", "check source.guessed-type"),
    in_app("the folder is chosen by the query", _BOARD,
           _new('@notes.get("/papers/by-folder")', "@access.member", "def paper_by_folder() -> Response:",
                '    return send_from_directory(request.args["folder"], "notes.txt", mimetype="text/plain")'),
           "check source.path"),
    in_app("the route of files has no rule", '@notes.get("/papers/<int:paper_id>")\n@access.member\n',
           '@notes.get("/papers/<int:paper_id>")\n', "start"),
    in_app("files are for everybody who knows the number", "        mine = own_paper(db, current_caller(), paper_id)\n",
           '        mine = db.execute(text("SELECT * FROM papers WHERE id = :id"), {"id": paper_id}).one()\n',
           "prove access.owner"),
    in_app("files are for the whole world", '@access.member\ndef paper(paper_id: int) -> Response:\n    with reading() as db:\n        mine = own_paper(db, current_caller(), paper_id)\n',
           '@access.public\ndef paper(paper_id: int) -> Response:\n    with reading() as db:\n'
           '        mine = db.execute(text("SELECT * FROM papers WHERE id = :id"), {"id": paper_id}).one()\n',
           "prove uploads.given"),
    in_app("a file has the type that the query names", _GIVES,
           f'{_OPENS}    return Response({_BYTES}, mimetype=request.args.get("type", "text/html"))\n',
           "check source.chosen-type", "prove uploads.served"),
    in_app("a file is shown as a page", _GIVES, f'{_OPENS}    return Response({_BYTES}, mimetype="text/html")\n', "prove uploads.served"),
    in_app("a file is shown in the place of the page", _GIVES,
           '    answer = file_answer(mine.file_id)\n    answer.headers["Content-Disposition"] = "inline"\n    return answer\n',
           "prove uploads.served"),
    in_app("a file is given back as it lies there", _GIVES,
           f"{_OPENS}    from flask import send_file\n\n    return send_file(open_file(mine.file_id), download_name=mine.name)\n",
           "prove uploads.served"),
    in_app("the name of a file stands in the header as it is", _GIVES,
           '    answer = file_answer(mine.file_id)\n    answer.headers["Content-Disposition"] = f"attachment; filename={mine.name.encode(\'ascii\', \'ignore\').decode()}"\n    return answer\n',
           "prove uploads.names"),
    in_app("anybody sends files to anybody", '    if about != f"papers:{caller.id}":\n        raise NotFound\n', "    del about, caller\n",
           "prove uploads.strangers"),
    in_app("pages are among the types of files", 'types=(".txt", ".csv"', 'types=(".html", ".csv"', "start"),
    in_app("an intake that nobody listed", "        intakes=[PAPERS],\n", "", "start"),
    in_app("archives are unpacked as they are", _GIVES,
           f"{_OPENS}    import zipfile\n\n    zipfile.ZipFile(open_file(mine.file_id)).extractall(HERE)\n{_GIVES}", "check source.extract-all"),
)  # fmt: skip
