"""Calls in the app's source that should not be there, or not with these arguments."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from doorward.prove.checks.python_walk import Detected, Source, assignments, is_constant, is_fixed, keyword
from doorward.prove.findings import Severity

_ANY_LOADING = frozenset(
    {"pickle.load", "pickle.loads", "pickle.Unpickler", "marshal.load", "marshal.loads", "dill.load", "dill.loads",
     "shelve.open", "jsonpickle.decode", "joblib.load", "yaml.unsafe_load", "yaml.full_load", "yaml.unsafe_load_all"}
)  # fmt: skip
_SAFE_LOADERS = ("SafeLoader", "CSafeLoader", "BaseLoader")
_SHELLS = frozenset({"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"})
_RUNS = ("subprocess.run", "subprocess.Popen", "subprocess.call", "subprocess.check_call", "subprocess.check_output")
_OF_PATHS = ("read_text", "read_bytes", "write_text", "write_bytes", "unlink", "open")
_EXECUTES = ("execute", "executemany", "executescript", "exec_driver_sql")
_TEXTS = ("sqlalchemy.text", "sqlalchemy.sql.text", "sqlalchemy.sql.expression.text")
_FETCHES = re.compile(
    r"(requests|httpx)\.(get|post|put|patch|delete|head|options|request|stream|Client|AsyncClient|[Ss]ession)"
    r"|urllib\.request\.(urlopen|urlretrieve|Request|build_opener|OpenerDirector|URLopener|FancyURLopener)"
    r"|urllib3\.(PoolManager|ProxyManager|HTTPS?ConnectionPool|connection_from_url|request)"
    r"|aiohttp\.(ClientSession|request)|httpcore\.(ConnectionPool|HTTPConnection|request|stream)|httplib2\.Http"
    r"|http\.client\.HTTPS?Connection|pycurl\.Curl|xmlrpc\.client\.ServerProxy|ftplib\.FTP(_TLS)?"
    r"|socket\.create_connection|websockets?\.(connect|create_connection)"
)
_FORWARDED = frozenset(
    [
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-real-ip",
        "forwarded",
        "true-client-ip",
        "cf-connecting-ip",
        "x-client-ip",
        "x-original-url",
        "x-rewrite-url",
    ]
)
_UNVERIFIED = frozenset({"ssl._create_unverified_context", "ssl._create_stdlib_context"})
_GENERATORS = re.compile(r"random\.(random|randint|randrange|choice|choices|sample|getrandbits|shuffle|Random)")
_SECRET_NAME = re.compile(
    r"(^|_)(secret|token|password|passwd|pin|otp|nonce|salt|session_id|key|code|csrf|invite|reset)(s|_|$)", re.I
)
_HASHES = frozenset({"hashlib.md5", "hashlib.sha1"})
_FAST_HASHES = frozenset({*_HASHES, "hashlib.sha256", "hashlib.sha512", "hashlib.blake2b", "hashlib.new"})
_PASSWORD = re.compile(r"(^|_)(password|passwd|passphrase)$", re.I)
_LOGGED_NAME = re.compile(r"(^|_)(password|passwd|secret|token|api_?key|csrf_token|session_id)$", re.I)
_LOGS = re.compile(r"(^|\.)(log|logger|logging|_log)\.(debug|info|warning|error|exception|critical|log)$")


def of_calls(source: Source) -> Iterator[Detected]:
    """Everything that a call in the file tells."""
    for node in source.nodes():
        if isinstance(node, ast.Call):
            name = source.name(node.func)
            for detect in _DETECTORS:
                yield from detect(source, node, name)


def _markup(_source: Source, call: ast.Call, name: str) -> Iterator[Detected]:
    if name.rpartition(".")[2] == "Markup" and call.args and not is_fixed(call.args[0]):
        yield Detected("markup", call.lineno, "Markup() is made of a value.")
    if name.endswith("render_template_string") and call.args and not is_fixed(call.args[0]):
        yield Detected("template", call.lineno, "render_template_string() gets a text that is made while running.")
    if name.endswith((".from_string", "jinja2.Template")) and call.args and not is_fixed(call.args[0]):
        yield Detected("template", call.lineno, "A template is made of a text while running.")
    if name == "jinja2.Environment" and not _escapes(keyword(call, "autoescape")):
        yield Detected("autoescape", call.lineno, "An Environment without autoescape.")


def _escapes(node: ast.expr | None) -> bool:
    return node is not None and not is_constant(node, False)


def _debug(_source: Source, call: ast.Call, name: str) -> Iterator[Detected]:
    if name.endswith(".run") and is_constant(keyword(call, "debug"), True):
        yield Detected("debug", call.lineno, "The app is started with debug=True.")


def _code(_source: Source, call: ast.Call, name: str) -> Iterator[Detected]:
    if name in ("eval", "exec", "builtins.eval", "builtins.exec") and call.args and not is_fixed(call.args[0]):
        yield Detected("eval", call.lineno, f"{name}() runs a text.")


def _loading(source: Source, call: ast.Call, name: str) -> Iterator[Detected]:
    if name in _ANY_LOADING:
        yield Detected("pickle", call.lineno, f"{name}() can run what it loads.")
    if name in ("yaml.load", "yaml.load_all"):
        loader = keyword(call, "Loader") or (call.args[1] if len(call.args) > 1 else None)
        if loader is None or source.name(loader).rpartition(".")[2] not in _SAFE_LOADERS:
            yield Detected("pickle", call.lineno, f"{name}() without a safe loader.")


def _shell(_source: Source, call: ast.Call, name: str) -> Iterator[Detected]:
    first = call.args[0] if call.args else None
    through = name in _SHELLS or (name in _RUNS and is_constant(keyword(call, "shell"), True))
    if through:
        severity = Severity.LOW if first is not None and is_fixed(first) else None
        yield Detected("shell", call.lineno, f"{name}() goes through the shell.", severity)


def _sql(source: Source, call: ast.Call, name: str) -> Iterator[Detected]:
    executes = isinstance(call.func, ast.Attribute) and call.func.attr in _EXECUTES
    if (name in _TEXTS or executes) and call.args and source.is_built(call.args[0]):
        yield Detected("sql", call.lineno, "A query is put together of texts.")


def _files(source: Source, call: ast.Call, name: str) -> Iterator[Detected]:
    last = name.rpartition(".")[2]
    if last in ("send_file", "open") and name in ("open", "io.open", "send_file", "flask.send_file") and call.args:
        chosen = source.is_chosen(call.args[0])
        if chosen:
            yield Detected("path", call.lineno, f"{last}() takes a name that a request chooses.")
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if method in _OF_PATHS and isinstance(call.func, ast.Attribute):
        path = call.func.value
        if source.is_chosen(path) and _is_path(source, path):
            yield Detected("path", call.lineno, f"{method}() on a path that a request chooses.")
    if method == "save" and any(_names_upload(source, part) for part in call.args):
        yield Detected("upload-name", call.lineno, "A file is saved under the name that a browser sent.")
    if method == "extractall" and not _filtered(call):
        yield Detected("extract", call.lineno, "extractall() unpacks whatever is inside.")
    if name == "tempfile.mktemp":
        yield Detected("temporary", call.lineno, "tempfile.mktemp() only names a file.")


def _is_path(source: Source, node: ast.AST) -> bool:
    """A path by pathlib: made by Path(…), or by a slash between a folder and a name."""
    if isinstance(node, ast.Name):
        scope = source.around.get(node, source.tree)
        made = (value for name, value in assignments(scope) if name == node.id)
        return any(not isinstance(value, ast.Name) and _is_path(source, value) for value in made)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Div)
    return isinstance(node, ast.Call) and source.name(node.func) == "pathlib.Path"


def _names_upload(source: Source, node: ast.expr) -> bool:
    if isinstance(node, ast.Call) and source.name(node.func).endswith("secure_filename"):
        return False
    if isinstance(node, ast.Attribute) and node.attr == "filename":
        return True
    return any(_names_upload(source, part) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr))


def _filtered(call: ast.Call) -> bool:
    return keyword(call, "filter") is not None or keyword(call, "members") is not None


def _redirect(source: Source, call: ast.Call, name: str) -> Iterator[Detected]:
    if name in ("redirect", "flask.redirect", "werkzeug.utils.redirect") and call.args:
        target = call.args[0]
        if source.is_chosen(target) and not _begins_fixed(target):
            yield Detected("redirect", call.lineno, "redirect() goes where a request says.")


def _begins_fixed(node: ast.expr) -> bool:
    """A text that begins with a path of our own: f"/polls/{code}"."""
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0]
    if isinstance(node, ast.BinOp):
        return _begins_fixed(node.left)
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(re.match(r"/[^/\\]", node.value))


def _fetching(source: Source, call: ast.Call, name: str) -> Iterator[Detected]:
    if _FETCHES.fullmatch(name):
        words = (part for part in call.args if not isinstance(part, ast.Constant) or "//" in str(part.value))
        first = next(words, None)
        chosen = any(source.is_chosen(part) for part in [*call.args, *(word.value for word in call.keywords)])
        severity = Severity.HIGH if chosen else Severity.LOW if first is not None and is_fixed(first) else None
        yield Detected("outbound", call.lineno, f"{name}() goes past the door.", severity)
    for word in call.keywords:
        if word.arg == "verify" and is_constant(word.value, False):
            yield Detected("verify", call.lineno, "verify=False takes any certificate.")
        if word.arg == "check_hostname" and is_constant(word.value, False):
            yield Detected("verify", call.lineno, "check_hostname=False takes a certificate of anybody.")
    if name in _UNVERIFIED:
        yield Detected("verify", call.lineno, f"{name}() takes any certificate.")


def _chance(source: Source, call: ast.Call, name: str) -> Iterator[Detected]:
    if _GENERATORS.fullmatch(name) and _is_for_secret(source, call):
        yield Detected("random", call.lineno, f"A secret comes from {name}().")


def _is_for_secret(source: Source, call: ast.Call) -> bool:
    scope = source.around.get(call)
    if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef) and _SECRET_NAME.search(scope.name):
        return True
    for target, value in assignments(scope or source.tree):
        if _SECRET_NAME.search(target) and any(part is call for part in ast.walk(value)):
            return True
    return False


def _hashes(source: Source, call: ast.Call, name: str) -> Iterator[Detected]:
    if name in _FAST_HASHES and any(_PASSWORD.search(word) for part in call.args for word in _words(part)):
        yield Detected("password-hash", call.lineno, f"A password is hashed by {name}().")
    elif name in _HASHES and not is_constant(keyword(call, "usedforsecurity"), False):
        yield Detected("weak-hash", call.lineno, f"{name}() is used.")


def _words(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr


def _logging(source: Source, call: ast.Call, name: str) -> Iterator[Detected]:
    if _LOGS.search(name) or name == "print":
        for part in call.args:
            parts = part.values if isinstance(part, ast.JoinedStr) else [part]
            for value in parts:
                inner = value.value if isinstance(value, ast.FormattedValue) else value
                word = source.name(inner).rpartition(".")[2]
                if _LOGGED_NAME.search(word):
                    yield Detected("logged", call.lineno, f"{word} is written to the log.")


def _cookies(source: Source, call: ast.Call, name: str) -> Iterator[Detected]:
    if not (isinstance(call.func, ast.Attribute) and call.func.attr == "set_cookie"):
        return
    if any(word.arg is None for word in call.keywords):
        return  # **options: said elsewhere
    missing = [word for word in ("httponly", "secure", "samesite") if _is_off(keyword(call, word))]
    if missing:
        yield Detected("cookie", call.lineno, f"set_cookie() without {', '.join(missing)}.")


def _is_off(node: ast.expr | None) -> bool:
    if node is None or is_constant(node, False) or is_constant(node, None):
        return True
    return isinstance(node, ast.Constant) and str(node.value).lower() == "none"


def _headers(source: Source, call: ast.Call, name: str) -> Iterator[Detected]:
    texts = [part.value for part in call.args if isinstance(part, ast.Constant)]
    if any(str(text).lower() == "access-control-allow-origin" for text in texts) and "*" in texts:
        yield Detected("cors", call.lineno, "Access-Control-Allow-Origin is *.")
    if name.endswith(".get") and texts and isinstance(texts[0], str) and is_forwarded(texts[0]):
        yield Detected("forwarded", call.lineno, f"{texts[0]} is read.")
    if name.endswith("ProxyFix"):
        yield Detected("forwarded", call.lineno, "ProxyFix believes forwarded headers, whoever sends them.")
    if name == "flask_cors.CORS" and keyword(call, "origins") is None and keyword(call, "resources") is None:
        yield Detected("cors", call.lineno, "CORS() without origins lets every site read.")


def is_forwarded(text: str) -> bool:
    """A header, or its name in the environ, that says who somebody else says the client is."""
    name = text.lower().replace("_", "-").removeprefix("http-")
    return name in _FORWARDED


_DETECTORS = (
    *(_markup, _debug, _code, _loading, _shell, _sql, _files, _redirect, _fetching),
    *(_chance, _hashes, _logging, _cookies, _headers),
)
