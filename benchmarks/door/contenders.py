"""One small app, four times: bare, behind the usual stack (tuned, and as installed), and behind Doorward."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, render_template, request

HERE = Path(__file__).parent
BASE = "https://localhost"
MANY = 100_000_000  # no limit is reached; all of them count
LINES = ["first", "second", "third", "fourth", "fifth"]
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')

Environ = dict[str, Any]


@dataclass
class Contender:
    """An app with a person signed in, and the requests that their browser sends.

    Arguments:
        name: for the table.
        app: the WSGI app.
        cookie: the Cookie header of the signed-in browser; empty for the bare app.
        token: the CSRF token of the last page.
    """

    name: str
    app: Flask
    cookie: str = ""
    token: str = "none"

    def get(self) -> Environ:
        """A page is opened."""
        return self._environ("GET", b"")

    def post(self) -> Environ:
        """The form is sent."""
        return self._environ("POST", f"text=hello&csrf_token={self.token}".encode())

    def _environ(self, method: str, body: bytes) -> Environ:
        return {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": "/book",
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": self.cookie,
            "HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8",
            "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "HTTP_REFERER": f"{BASE}/book",
            "HTTP_ORIGIN": BASE,
            "HTTP_SEC_FETCH_SITE": "same-origin",
            "CONTENT_TYPE": "application/x-www-form-urlencoded" if body else "",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }


def new_app(name: str) -> Flask:
    return Flask(name, template_folder=str(HERE / "templates"), static_folder=None)


def view(name: Callable[[], str], token: Callable[[], str], nonce: Callable[[], str]) -> Callable[[], str]:
    """The view that all of them have: reads the form, if one was sent, and fills a small template."""

    def book() -> str:
        lines = [*LINES, request.form["text"]] if request.method == "POST" else LINES
        return render_template("page.html", name=name(), token=token(), nonce=nonce(), lines=lines)

    return book


def bare() -> Contender:
    app = new_app("bare")
    app.add_url_rule("/book", "book", view(lambda: "ada", lambda: "t" * 80, lambda: "n" * 22), methods=["GET", "POST"])
    return Contender("bare Flask", app)


def doorward(folder: Path) -> Contender:
    """Behind `Doorward(app)`, with its defaults; only the number of requests that an address may send is raised."""
    from doorward import Doorward, access, current_account, limit
    from doorward.testing import signed_in, test_settings
    from doorward.web.checks.csrf import csrf_token
    from doorward.web.jinja import csp_nonce

    app = new_app("doorward_app")
    book = view(lambda: str(current_account.name), csrf_token, csp_nonce)
    app.get("/book", endpoint="read")(access.member(book))
    sign = view(lambda: str(current_account.name), csrf_token, csp_nonce)
    app.post("/book", endpoint="sign")(access.member(limit(f"{MANY}/minute")(sign)))
    door = Doorward(app)
    door.start(test_settings(folder / "doorward", requests_per_address=f"{MANY}/minute"))
    browser = signed_in(app, "ada", secure=True)
    return _as_seen_by(Contender("Doorward", app), browser.client)


def usual(folder: Path, *, tuned: bool) -> Contender:
    """Flask-Login, Flask-WTF, Flask-Limiter, Flask-Talisman and Flask-Session, as their documentation sets them up.

    Arguments:
        tuned: True for what a careful developer changes to make it fast; False for the defaults.
    """
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address
    from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
    from flask_session import Session
    from flask_sqlalchemy import SQLAlchemy
    from flask_talisman import Talisman
    from flask_wtf import CSRFProtect
    from flask_wtf.csrf import generate_csrf
    from sqlalchemy import event

    name = "usual_tuned" if tuned else "usual_default"
    app = new_app(name)
    (folder / name).mkdir()
    db = SQLAlchemy()
    app.config.update(
        SECRET_KEY="a key for this benchmark only, of a good length",
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / name / 'app.sqlite3'}",
        SESSION_TYPE="sqlalchemy",
        SESSION_SQLALCHEMY=db,
        SESSION_REFRESH_EACH_REQUEST=not tuned,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    db.init_app(app)

    class User(UserMixin, db.Model):  # type: ignore[name-defined, misc]
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(80), unique=True)

    with app.app_context():
        if tuned:
            event.listen(db.engine, "connect", _wal)
        db.create_all()
        db.session.add(User(name="ada"))
        db.session.commit()

    Session(app)
    login_manager = LoginManager(app)
    login_manager.user_loader(lambda user_id: db.session.get(User, int(user_id)))
    CSRFProtect(app)
    limiter = Limiter(get_remote_address, app=app, default_limits=[f"{MANY} per minute"], storage_uri="memory://")
    Talisman(
        app,
        content_security_policy={"default-src": "'self'", "object-src": "'none'", "base-uri": "'none'"},
        content_security_policy_nonce_in=["script-src"],
    )

    def csp_nonce() -> str:
        return str(request.csp_nonce)  # type: ignore[attr-defined]

    @app.route("/sign-in", methods=["GET", "POST"])
    def sign_in() -> str:
        if request.method == "POST":
            login_user(db.session.scalars(db.select(User).filter_by(name="ada")).one())
        return render_template("page.html", name="", token=generate_csrf(), nonce=csp_nonce(), lines=[])

    book = view(lambda: str(current_user.name), generate_csrf, csp_nonce)
    app.get("/book", endpoint="read")(login_required(book))
    sign = view(lambda: str(current_user.name), generate_csrf, csp_nonce)
    app.post("/book", endpoint="sign")(limiter.limit(f"{MANY}/minute")(login_required(sign)))

    client = app.test_client()
    token = _token(client.get("/sign-in", base_url=BASE).text)
    client.post("/sign-in", base_url=BASE, data={"csrf_token": token}, headers={"Referer": f"{BASE}/sign-in"})
    return _as_seen_by(Contender(f"usual stack, {'tuned' if tuned else 'defaults'}", app), client)


def _wal(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def _as_seen_by(contender: Contender, client: Any) -> Contender:
    """Take over the cookies and the token of a browser that has signed in."""
    page = client.get("/book", base_url=BASE)
    assert page.status_code == 200, (contender.name, page.status_code)
    contender.token = _token(page.text)
    contender.cookie = page.request.headers["Cookie"]
    return contender


def _token(page: str) -> str:
    found = _TOKEN.search(page)
    assert found, page
    return found[1]
