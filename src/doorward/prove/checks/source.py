"""Python sources of the app: code from texts, queries from texts, what a request may choose, secrets in the source."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.prove.checks.facts import Facts
from doorward.prove.checks.kinds import Kind
from doorward.prove.checks.python_walk import Detected, Source
from doorward.prove.checks.reading import tree_of
from doorward.prove.checks.source_calls import of_calls
from doorward.prove.checks.source_costs import of_costs
from doorward.prove.checks.source_files import of_files
from doorward.prove.checks.source_places import of_places
from doorward.prove.findings import Finding, Severity

MARKUP = Kind(
    "source.markup",
    "Markup made of a value",
    Severity.HIGH,
    "Markup says that a text is safe HTML. Made of a value, whoever chooses the value writes the page.",
    'Markup("<b>{}</b>").format(value) escapes the value; or leave it to the template.',
    ("1.2.1", "1.3.1"),
)
TEMPLATE = Kind(
    "source.template-from-text",
    "A template made while running",
    Severity.HIGH,
    "Whoever chooses a part of a template's text runs code on the server, not only in the page.",
    "Put the template into a file, and hand values to it by name.",
    ("1.3.7", "1.3.5"),
)
AUTOESCAPE = Kind(
    "source.autoescape",
    "Escaping is switched off",
    Severity.HIGH,
    "Every value of every template then stands in the page as it is.",
    "Leave autoescape on, or say autoescape=True where you make an Environment.",
    ("1.2.1",),
)
DEBUG = Kind(
    "source.debug",
    "Debug mode in the source",
    Severity.MEDIUM,
    "Whoever starts the app in this way shows internals, and a console, to everybody.",
    "Remove it. For developing, set DOORWARD_ENV=development.",
    ("13.4.2",),
)
EVAL = Kind(
    "source.eval",
    "Code from a text",
    Severity.HIGH,
    "Whoever chooses a part of the text runs code on the server.",
    "Use ast.literal_eval for values, or a dictionary of functions.",
    ("1.3.2",),
)
PICKLE = Kind(
    "source.unsafe-loading",
    "Objects from bytes that can run code",
    Severity.HIGH,
    "Whoever can change what is loaded runs code on the server.",
    "Use JSON; for YAML yaml.safe_load.",
    ("1.5.2",),
)
SHELL = Kind(
    "source.shell",
    "A command through the shell",
    Severity.HIGH,
    "A space, a quote or a semicolon in a value becomes a command of its own.",
    "subprocess.run([program, argument, …]) without shell=True.",
    ("1.2.5",),
)
SQL = Kind(
    "source.sql",
    "A query made of texts",
    Severity.HIGH,
    "Whoever chooses a part of the query reads and changes the whole database.",
    'Write a parameter, and hand the value beside it: text("… WHERE id = :id"), {"id": id}.',
    ("1.2.4",),
)
PATH = Kind(
    "source.path",
    "A file whose name a request chooses",
    Severity.HIGH,
    "With ../ in the name, every file that the server may read or write is within reach.",
    "Look the name up among those that may be had, or use send_from_directory.",
    ("5.3.2",),
)
UPLOAD_NAME = Kind(
    "source.upload-name",
    "A file stored under the name that a browser sent",
    Severity.HIGH,
    "The name can leave the folder, replace another file, or end in what a server runs.",
    "Choose the name yourself, such as secrets.token_hex(16), and keep theirs as a text.",
    ("5.3.2", "5.4.1"),
)
PAST_INTAKES = Kind(
    "source.past-the-intakes",
    "A file taken past the intakes",
    Severity.MEDIUM,
    "Nobody has looked whether it is what it is called, how large it is, and who may send it; it fills the disk.",
    "Declare an Intake, put @access.takes on the route, and take what sent_files gives.",
    ("5.2.1", "5.2.2"),
)
GUESSED_TYPE = Kind(
    "source.guessed-type",
    "A file whose type is guessed by a name that a request chooses",
    Severity.MEDIUM,
    "A file that ends in .html or .svg is shown as a page of this site, and runs there in its reader's name.",
    "Give files that people sent back with file_answer. For files of your own, say mimetype= or as_attachment=True.",
    ("3.2.1", "5.3.1"),
)
CHOSEN_TYPE = Kind(
    "source.chosen-type",
    "An answer with the type that a request names",
    Severity.MEDIUM,
    "Whoever names the type makes a page of a text, and a program of a page.",
    "Look the type up on a list of your own; files that people sent are given back with file_answer.",
    ("3.2.1", "4.1.1"),
)
EXTRACT = Kind(
    "source.extract-all",
    "An archive unpacked as a whole",
    Severity.MEDIUM,
    "An archive of a few bytes can fill the disk; a name in it can leave the folder.",
    'Look at each member\'s name and size first; tarfile with filter="data".',
    ("5.2.3", "5.3.3"),
)
REDIRECT = Kind(
    "source.redirect",
    "A redirect to where a request says",
    Severity.MEDIUM,
    "A link to your own site then leads people to a copy of it elsewhere.",
    "Redirect to url_for(…), or take only paths that begin with one slash.",
    ("3.7.2",),
)
FORWARDED = Kind(
    "source.forwarded-header",
    "A forwarded header is believed",
    Severity.MEDIUM,
    "Everybody can write this header. The door settles who the client is, from named proxies only.",
    "request.remote_addr is already right; for proxies set behind_proxy. Remove ProxyFix.",
    ("4.1.3", "15.3.4"),
)
OUTBOUND = Kind(
    "source.outbound",
    "A request of the server past the door",
    Severity.MEDIUM,
    "If somebody chooses the address, they reach what only the server can reach: this machine, the network "
    "behind it, the cloud's own address.",
    "Declare an Outbound with the hosts that the app asks, and fetch by it: fetch(OUTBOUND, address). It judges every "
    "address that the name has, connects to nothing else, and bounds the answer. It follows redirects only if told to.",
    ("1.3.6", "13.2.4", "15.3.2"),
)
VERIFY = Kind(
    "source.tls-not-verified",
    "TLS without checking who it is",
    Severity.HIGH,
    "Anybody on the way can answer in the other's name, and read and change everything.",
    'Remove it; for an authority of your own, name its certificate (verify="ca.pem").',
    ("12.3.2", "12.3.4"),
)
SECRET = Kind(
    "source.secret",
    "A secret in the source",
    Severity.HIGH,
    "Everybody who ever sees the source, a copy or its history has it.",
    "Read it from the settings or the environment, and change it: this one is known.",
    ("13.3.1",),
)
RANDOM = Kind(
    "source.random",
    "A secret from a generator that can be predicted",
    Severity.HIGH,
    "Whoever sees a few of its numbers computes those that come.",
    "Use the module secrets: secrets.token_urlsafe().",
    ("11.5.1",),
)
WEAK_HASH = Kind(
    "source.weak-hash",
    "A weak hash",
    Severity.LOW,
    "MD5 and SHA-1 do not hold against somebody who looks for two texts with one hash.",
    "Use hashlib.sha256; where it is not for security, say usedforsecurity=False.",
    ("11.4.1", "11.4.3"),
)
PASSWORD_HASH = Kind(
    "source.password-hash",
    "A password hashed fast",
    Severity.HIGH,
    "Billions of guesses a second are possible against a fast hash.",
    "The door keeps passwords (argon2id). For others use argon2.",
    ("11.4.2",),
)
LOGGED = Kind(
    "source.secret-logged",
    "A secret in the log",
    Severity.MEDIUM,
    "Logs are read by more people, and copied to more places, than the secret is meant for.",
    "Log that something happened, and to whom; not the secret.",
    ("16.2.5",),
)
CORS = Kind(
    "source.cors",
    "Every site may read the answers",
    Severity.MEDIUM,
    "Any page that somebody visits can read what this route answers.",
    "Remove Access-Control-Allow-Origin, or name the one origin that needs it.",
    ("3.4.2",),
)
COOKIE = Kind(
    "source.cookie",
    "A cookie without its protection",
    Severity.LOW,
    "Scripts can read it, other sites can have it sent, or it travels without encryption.",
    'set_cookie(…, httponly=True, secure=request.is_secure, samesite="Lax"), or keep the value in session.',
    ("3.3.1", "3.3.2", "3.3.4"),
)
TEMPORARY = Kind(
    "source.temporary-file",
    "A temporary file under a name that others can guess",
    Severity.LOW,
    "Somebody else on the machine can put a file or a link there first.",
    "Use tempfile.NamedTemporaryFile or TemporaryDirectory.",
    ("5.3.2",),
)
GET_WRITES = Kind(
    "source.get-writes",
    "A route that answers GET and changes something",
    Severity.MEDIUM,
    "A link, an image or a prefetching browser then does it in a person's name; no token is asked for on GET.",
    "Make it a POST with a form.",
    ("3.5.3",),
)
SLOW_PATTERN = Kind(
    "source.slow-pattern",
    "A pattern that a short text can keep busy for hours",
    Severity.MEDIUM,
    "A repeat in a repeat can be read in more ways than can ever be tried; whoever sends forty letters stops a thread.",
    "Let something stand between two turns that the repeat inside cannot be, as in (\\w+,)*; or repeat once.",
    ("1.3.12", "15.2.2"),
)
ENDLESS_QUERY = Kind(
    "source.endless-query",
    "A query that reads however many rows there are",
    Severity.LOW,
    "Who adds rows makes the page slower for everybody, until it fills the memory of the server.",
    "Add a LIMIT, and a page for what comes after.",
    ("15.2.2", "2.4.1"),
)
UNLIMITED_COST = Kind(
    "source.unlimited-cost",
    "Costly work that can be asked for without a limit",
    Severity.MEDIUM,
    "Hashing a password, sending a mail or starting a program a thousand times a minute stops the server, guesses a "
    "password, or fills somebody's mailbox.",
    'Give the route a limit: @limit("10/minute").',
    ("2.4.1", "6.3.1"),
)
UNREADABLE = Kind(
    "source.unreadable",
    "A source file that cannot be parsed",
    Severity.LOW,
    "It was not checked.",
    "Mend the syntax, or move the file out of the app's folder.",
    (),
)

_BY_NAME = {name.lower().replace("_", "-"): kind for name, kind in list(globals().items()) if isinstance(kind, Kind)}


def check(facts: Facts) -> Iterator[Finding]:
    """Every Python file of the app."""
    for path in facts.sources:
        tree = tree_of(path)
        file = facts.shown(path)
        if tree is None:
            yield UNREADABLE.found("This file is no Python that can be read.", f"{file}:1")
            continue
        source = Source(tree)
        for found in _in(source):
            kind = _BY_NAME[found.kind]
            yield kind.found(found.text, f"{file}:{found.line}", severity=found.severity)


def _in(source: Source) -> Iterator[Detected]:
    yield from of_calls(source)
    yield from of_places(source)
    yield from of_costs(source)
    yield from of_files(source)
