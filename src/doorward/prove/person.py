"""Somebody in front of the app: a browser with its cookies, or a program with its token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http.cookies import CookieError, SimpleCookie

from doorward.prove.pages import Page
from doorward.prove.wire import Answer, Line, Request, form

_NAVIGATES = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) doorward-prove",
    "Accept": "text/html,application/json;q=0.9,*/*;q=0.8",
    "Sec-Fetch-Site": "same-origin",
}

#: For members only, whatever they owe, and the lightest page of them all.
_OWN_PAGE = "/account/confirm"


class Person:
    """A person at a browser.

    Arguments:
        name: what the report calls them, such as "another member".
        line: what carries their requests.
        account: the name of their account; empty for a visitor.
        password: of that account.
        roles: of that account.
        token: for a program: sent as a bearer token instead of cookies.
        scopes: of that token; None for a browser.
        address: the client address that they come from, where the line can choose.
        secure: whether they come over HTTPS, where the line can choose.
        hosts: names of the site, for reading its pages.
    """

    def __init__(
        self,
        name: str,
        line: Line,
        *,
        account: str = "",
        password: str = "",
        roles: frozenset[str] = frozenset(),
        token: str = "",
        scopes: frozenset[str] | None = None,
        address: str = "",
        secure: bool = False,
        hosts: frozenset[str] = frozenset(),
    ) -> None:
        self.name = name
        self.line = line
        self.account = account
        self.password = password
        self.roles = roles
        self.token = token
        self.scopes = scopes
        self.address = address
        self.secure = secure
        self.hosts = hosts
        self.cookies: dict[str, str] = {}
        self.csrf_token = ""  # nosec B105  # (none yet)

    @property
    def is_program(self) -> bool:
        return bool(self.token)

    def twin(self, name: str) -> Person:
        """Another browser with the same cookies, as somebody who copied them would have."""
        other = self.afresh(name)
        other.cookies = dict(self.cookies)
        other.csrf_token = self.csrf_token
        return other

    def afresh(self, name: str) -> Person:
        """Another browser of the same person, without any cookie."""
        return Person(
            name,
            self.line,
            account=self.account,
            password=self.password,
            roles=self.roles,
            token=self.token,
            scopes=self.scopes,
            address=self.address,
            secure=self.secure,
            hosts=self.hosts,
        )

    def send(self, request: Request) -> Answer:
        """Send exactly this, with this person's cookies or token and nothing else."""
        answer = self.line.send(self.dressed(request))
        self._keep_cookies(answer)
        return answer

    def dressed(self, request: Request) -> Request:
        """The request with this person's credentials, for what sends it in its own way."""
        headers = dict(request.headers)
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        elif self.cookies:
            headers.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        return replace(
            request,
            headers=headers,
            address=request.address or self.address,
            secure=request.secure or self.secure,
        )

    def browse(self, request: Request) -> Answer:
        """Send this as this person's browser would: with its headers, and the CSRF token of the last page read.

        What stands after a `#` is for the browser alone, and never sent (RFC 3986, 3.5).
        """
        headers = {**(_NAVIGATES if not self.token else {"Accept": "application/json"}), **request.headers}
        if request.method not in ("GET", "HEAD", "OPTIONS") and self.csrf_token and not self.token:
            headers.setdefault("X-CSRF-Token", self.csrf_token)
        return self.send(replace(request, path=request.path.partition("#")[0], headers=headers))

    def open(self, path: str) -> tuple[Answer, Page]:
        """Open a page and read it. The page is empty where the answer is none."""
        answer = self.browse(Request("GET", path))
        page = Page(path.partition("?")[0], answer.text if answer.is_html else "", self.hosts)
        self.csrf_token = page.csrf_token or self.csrf_token
        return answer, page

    def submit(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Send a form with the CSRF token of the last page."""
        return self.browse(form("POST", path, {"csrf_token": self.csrf_token, **fields}))

    def sign_in(self) -> bool:
        """Sign in through the form, as people do. False if the answer was no."""
        self.cookies.clear()
        self.open("/login")
        answer = self.submit("/login", {"username": self.account, "password": self.password})
        if answer.status == 303 and not answer.header("location").startswith("/login"):
            self.read_token()
            return True
        return False

    def is_in(self) -> bool:
        """Whether the door still knows who this is; reads the CSRF token by the way."""
        return self.open(_OWN_PAGE)[0].status == 200

    def read_token(self) -> None:
        """Read the CSRF token of the session as it is now."""
        self.open(_OWN_PAGE)

    def prove_again(self) -> bool:
        """Say the password once more, so that the rule `fresh` lets in."""
        self.open(_OWN_PAGE)
        answer = self.submit(_OWN_PAGE, {"password": self.password})
        self.read_token()
        return answer.status == 303

    def _keep_cookies(self, answer: Answer) -> None:
        for line in answer.all("set-cookie"):
            try:
                read: SimpleCookie = SimpleCookie(line)
            except CookieError:
                continue
            for name, morsel in read.items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
