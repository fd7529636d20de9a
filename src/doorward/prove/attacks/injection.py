"""Attacks that make an interpreter take words for orders: queries, templates, headers, tables."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator

from doorward.prove.asking import Query, asked, failed, failing, queries
from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.hostile import COMPUTED, MARK
from doorward.prove.person import Person
from doorward.prove.sample import described
from doorward.prove.scene import Scene
from doorward.prove.sowing import USUAL, sown
from doorward.prove.wire import Answer, NoAnswer, Request
from doorward.prove.wire import form as form_request

_NOTHING = "zqnothing"
_PAUSE = 1.5
_SLEEP = "'||(SELECT CAST(pg_sleep({seconds}) AS TEXT))||'"
_FORMS = 40
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def sql(scene: Scene) -> Iterator[Try]:
    """Quotes at which the app fails and without which it does not; conditions that change what is found; pauses."""
    for person, request, answer, again in failing(scene):
        if not again:
            where = f"{request.method} {request.path.partition('?')[0][:100]}"
            what = f"{where} fails at quotes, and not at letters: the words seem to become part of a query."
            yield won(what, where, described(person, request), answer)
    for one in sown(scene).heard:
        if one.sent and not failed(one.answer):
            yield held(f"{one.request.method} {one.request.path.partition('?')[0]}")
    for query in queries(scene):
        for name in query.names:
            try:
                yield from _condition(query, name)
                yield from _pause(query, name)
            except NoAnswer:
                continue


def _condition(query: Query, name: str) -> Iterator[Try]:
    """Always true finds more than never true, which finds as much as a word that is nowhere."""
    shapes = []
    for tail in ("", "' OR '1'='2' OR '1'='", "' OR '1'='1' OR '1'='", "%' OR '1'='1' OR '1'='"):
        request = query.ask(**{name: _NOTHING + tail})
        answer, _ = asked(query.person, request)
        shapes.append((_shape(answer), request, answer))
    nothing, never, always, like = shapes
    for one in (always, like):
        if one[0] != never[0] and never[0] == nothing[0] and not failed(one[2]):
            what = f"A condition written into {name} of {query.way} changes what is found."
            yield won(what, str(query.way), described(query.person, one[1]), one[2])
            return
    yield held(str(query.way))


def _shape(answer: Answer) -> tuple[int, int]:
    """What does not depend on the words themselves: the status, and how many tags there are."""
    return answer.status, answer.text.count("<") if answer.is_html else answer.text.count("{")


def _pause(query: Query, name: str) -> Iterator[Try]:
    """A query that waits as long as it is told is one that was written by the visitor; told three times, to be sure."""
    request = query.ask(**{name: _NOTHING + _SLEEP.format(seconds=_PAUSE)})
    answer, seconds = asked(query.person, request)
    if seconds < _PAUSE:
        return
    without = query.ask(**{name: _NOTHING + _SLEEP.format(seconds=0)})
    for _ in range(3):
        if asked(query.person, request)[1] < _PAUSE or asked(query.person, without)[1] >= _PAUSE:
            return
    yield won(f"A pause written into {name} of {query.way} is made.", str(query.way), request, answer)


def templates(scene: Scene) -> Iterator[Try]:
    """Sums in the syntax of template engines, which nobody should work out."""
    found = sown(scene)
    for one in found.heard:
        if computed := COMPUTED.search(one.answer.text):
            where = f"{one.request.method} {one.request.path.partition('?')[0][:100]}"
            what = f"What was sent in {found.where(int(computed[1]))} was worked out at {where}, as a template is."
            yield won(what, where, described(one.person, one.request), one.answer)
        elif MARK.search(one.answer.text):
            yield held(one.request.path.partition("?")[0])


def headers(scene: Scene) -> Iterator[Try]:
    """Line ends in every parameter and field: they must not begin a header of the visitor's own."""
    broken = "/zq\r\nzq-injected: 1\r\nSet-Cookie: zqinjected=1\r\n\r\nzq"
    made = sown(scene)
    for sample in [one for one in scene.samples_of("GET") if one.renew is None and not one.way.parameters]:
        person = next((p for p in made.people.values() if bool(p.account) == bool(sample.person.account)), None)
        if person is None or sample.way.path in ("/live", "/logout"):
            continue
        query = Query(sample.way, person, sample.path.partition("?")[0], dict.fromkeys(USUAL, broken))
        yield from _split(query.person, query.ask(), query.ask(**dict.fromkeys(USUAL, "/zq")), str(sample.way))
    for person, way, form, plain in made.forms[:_FORMS]:
        fields = {"csrf_token": person.csrf_token, **plain}
        texts = {one.name: broken for one in form.fields if one.name != "csrf_token" and one.type != "password"}
        request = form_request(way.method, form.action, {**fields, **texts})
        yield from _split(person, request, form_request(way.method, form.action, fields), str(way))


def _split(person: Person, request: Request, plain: Request, where: str) -> Iterator[Try]:
    try:
        answer = person.browse(request)
        failed_at_lines = failed(answer) and not failed(person.browse(plain))
    except NoAnswer:
        return
    begun = any(value.startswith("zqinjected") for value in answer.all("set-cookie"))
    if begun or answer.header("zq-injected"):
        yield won(f"A line end in a request of {where} began a header of its own.", where, request, answer)
    elif failed_at_lines:
        yield won(f"{where} fails at line ends: they seem to get into a header.", where, request, answer)
    else:
        yield held(where)


def tables(scene: Scene) -> Iterator[Try]:
    """Words that begin as formulas do, in every table that can be downloaded."""
    found = sown(scene)
    seen = False
    for one in found.heard:
        for cell in _cells(one.answer):
            if not MARK.search(cell):
                continue
            seen = True
            where = one.request.path.partition("?")[0]
            if cell.lstrip(" ").startswith(_FORMULA):
                number = int(MARK.findall(cell)[0])
                what = f"What was sent in {found.where(number)} begins a formula in the table of {where}."
                yield won(what, where, described(one.person, one.request), one.answer)
            else:
                yield held(where)
    if not seen:
        yield untried("no table that can be downloaded shows what was typed")


def _cells(answer: Answer) -> Iterator[str]:
    if answer.kind in ("text/csv", "text/tab-separated-values"):
        mark = "\t" if answer.kind.endswith("tab-separated-values") else ","
        try:
            for row in csv.reader(io.StringIO(answer.text.lstrip("\ufeff"), newline=""), delimiter=mark):
                yield from row
        except csv.Error:
            return
    elif answer.body[:4] == b"PK\x03\x04" and "spreadsheet" in answer.kind:
        yield from _formulas(answer.body)


def _formulas(body: bytes) -> Iterator[str]:
    """The formulas of a workbook, as they would be typed; its texts are no formulas, however they begin."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            for name in [one for one in book.namelist() if one.startswith("xl/worksheets/")][:10]:
                for formula in re.findall(rb"<f[^>]*>([^<]*)</f>", book.read(name)[:4_000_000]):
                    yield "=" + formula.decode("utf-8", "replace")
    except (zipfile.BadZipFile, OSError):
        return


_WHY_QUERY = "Who can write into a query can read and change whatever the app can, past every rule."
_QUERY = "Hand values to the database beside the query (:name), and choose columns from a list of your own."

ATTACKS = (
    Attack("injection.sql", "What people type becomes part of a query",
           "Quotes, comments, conditions, pauses, and values of a wrong kind in every field, query and path.",
           _WHY_QUERY, _QUERY, ("1.2.4",),
           ("bound parameters", "number from the address", "input that is looked at"), on_scene=sql),
    Attack("injection.template", "What people type is worked out as a template",
           "Sums in the syntax of the usual engines in every field, query and path.",
           "Templates can reach the whole program, and so run commands on the server.",
           "Keep templates in files, and hand them what people typed as values.",
           ("1.3.7",), ("templates from files",), on_scene=templates),
    Attack("injection.header", "What people type begins a header of its own",
           "Line ends in every query and field, looked for in the headers of the answer.",
           "A header of one's own can set a cookie in somebody else's browser, or show them another page.",
           "Set headers through the framework, which refuses line ends, and take names of files from a list.",
           ("1.2.1", "5.4.2"), ("one-line headers",), on_scene=headers),
    Attack("injection.table", "What people type becomes a formula in a table",
           "Words that begin with = + - and @ in every field, looked for in every table that can be downloaded.",
           "A spreadsheet works formulas out when it opens: they can send what stands beside them anywhere.",
           "Put an apostrophe before whatever begins like a formula.",
           ("1.2.10",), ("table cells",), on_scene=tables),
)  # fmt: skip
