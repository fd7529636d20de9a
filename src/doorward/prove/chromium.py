"""A real browser for what a page does when it is shown: Chromium without a window, by its DevTools protocol.

Every request that it makes is handed back to the run, which answers it in the name of a person; so no cookie and no
address of the run ever gets into the browser, and nothing that a page asks for leaves this machine.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import queue
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from doorward.prove.leftovers import own_folder
from doorward.prove.wire import Answer, NoAnswer, Request

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = (
    *("--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--no-first-run", "--mute-audio"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"),
    *("--disable-dev-shm-usage", "--no-default-browser-check", "--disable-quic"),
)
_START_SECONDS, _PAGE_SECONDS, _QUIET_SECONDS = 20.0, 4.0, 0.25
_SHORT = 30
_END_SECONDS = 3.0
#: Headers that say how the body came over the wire; the browser gets it as it is.
_OF_THE_WIRE = ("content-encoding", "content-length", "transfer-encoding", "set-cookie", "connection")

Asks = Callable[[Request], Answer]


def browser_of_this_machine() -> str:
    """The program of a Chromium; empty if there is none on the path."""
    return next(filter(None, map(shutil.which, NAMES)), "")


class NoBrowser(Exception):
    """It did not start, or died."""


class Chromium:
    """One tab of a running browser.

    Arguments:
        url: the address under which the app is shown; requests to all others fail.
        read, write: the ends of its pipe.
    """

    def __init__(self, url: str, read: int, write: int) -> None:
        self.url = url.rstrip("/")
        self.asked: list[str] = []
        self.stopped = 0
        self.dialogs = 0
        self._write = write
        self._inbox: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._number = 0
        self._session = ""
        self._asks: Asks = lambda request: Answer(404)
        self._loaded = False
        threading.Thread(target=self._listen, args=(read,), daemon=True).start()

    def begin(self) -> None:
        """Open the tab.

        Errors:
            NoBrowser: the browser does not answer.
        """
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")
        self._call("Fetch.enable", patterns=[{"urlPattern": "*"}])

    def show(self, path: str, asks: Asks) -> None:
        """Show a page, until it is quiet. What it asked for is in `asked`, what the policy stopped in `stopped`.

        Arguments:
            path: with query and fragment.
            asks: answers the requests of the page.
        """
        self.asked, self.stopped, self.dialogs, self._loaded, self._asks = [], 0, 0, False, asks
        self._send("Page.navigate", url=self.url + path)
        end = time.monotonic() + _PAGE_SECONDS
        while time.monotonic() < end:
            heard = self._hear(_QUIET_SECONDS if self._loaded else end - time.monotonic())
            if heard is None and self._loaded:
                return

    def _call(self, method: str, **given: Any) -> dict[str, Any]:
        number = self._send(method, **given)
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            heard = self._hear(end - time.monotonic())
            if heard is not None and heard.get("id") == number:
                if "error" in heard:
                    raise NoBrowser(str(heard["error"].get("message")))
                result: dict[str, Any] = heard.get("result", {})
                return result
        raise NoBrowser(f"the browser did not answer to {method}")

    def _send(self, method: str, **given: Any) -> int:
        self._number += 1
        message = {"id": self._number, "method": method, "params": given}
        if self._session:
            message["sessionId"] = self._session
        try:
            os.write(self._write, json.dumps(message).encode() + b"\0")
        except OSError as problem:
            raise NoBrowser("the browser is gone") from problem
        return self._number

    def _hear(self, seconds: float) -> dict[str, Any] | None:
        try:
            message = self._inbox.get(timeout=max(seconds, 0.01))
        except queue.Empty:
            return None
        if message is None:
            raise NoBrowser("the browser is gone")
        self._react(message.get("method", ""), message.get("params", {}))
        return message

    def _react(self, method: str, given: dict[str, Any]) -> None:
        if method == "Fetch.requestPaused":
            self._answer(given["requestId"], given["request"])
        elif method == "Page.javascriptDialogOpening":
            self.dialogs += 1
            self._send("Page.handleJavaScriptDialog", accept=False)
        elif method == "Log.entryAdded" and "Content Security Policy" in given["entry"].get("text", ""):
            self.stopped += 1
        elif method == "Page.loadEventFired":
            self._loaded = True

    def _answer(self, request_id: str, asked: dict[str, Any]) -> None:
        parts = urlsplit(asked["url"])
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        if f"{parts.scheme}://{parts.netloc}" != self.url:
            self._send("Fetch.failRequest", requestId=request_id, errorReason="BlockedByClient")
            return
        self.asked.append(path)
        answer = Answer(204)
        if asked["method"] == "GET" and not path.startswith(("/zqran/", "/live", "/csp-report")):
            with suppress(NoAnswer):
                answer = self._asks(Request("GET", path, {"Accept": asked["headers"].get("Accept", "*/*")}))
        headers = [{"name": name, "value": value} for name, value in answer.headers if name not in _OF_THE_WIRE]
        body = base64.b64encode(answer.body).decode()
        self._send(
            "Fetch.fulfillRequest", requestId=request_id, responseCode=answer.status, responseHeaders=headers, body=body
        )

    def _listen(self, read: int) -> None:
        kept = b""
        with suppress(OSError):
            while part := os.read(read, 1 << 16):
                *whole, kept = (kept + part).split(b"\0")
                for one in whole:
                    self._inbox.put(json.loads(one))
        self._inbox.put(None)


@contextmanager
def chromium(program: str, url: str) -> Iterator[Chromium]:
    """A running browser, which is gone afterwards with everything it kept.

    Arguments:
        program: of a Chromium.
        url: the address under which the app is shown.

    Errors:
        NoBrowser: it does not start.
    """
    with own_folder(_short_place()) as folder:
        yield from _running(program, url, str(folder))


def _running(program: str, url: str, folder: str) -> Iterator[Chromium]:
    to_read, write = os.pipe()
    read, to_write = os.pipe()
    arguments = [*_ARGUMENTS, f"--user-data-dir={folder}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    # What it keeps elsewhere for itself goes with the folder, too.
    process = _spawn(program, arguments, {**os.environ, "TMPDIR": folder}, to_read, to_write)
    try:
        tab = Chromium(url, read, write)
        tab.begin()
        yield tab
    finally:
        _end(process)
        os.close(write)


def _short_place() -> str | None:
    """Where its folder may be: it makes a socket there, whose path may have about a hundred bytes (`sun_path`)."""
    return None if len(tempfile.gettempdir()) <= _SHORT else "/tmp"  # nosec B108  # (a folder of its own, mode 0700)


def _spawn(program: str, arguments: list[str], environment: dict[str, str], to_read: int, to_write: int) -> int:
    """Start it in a group of its own. It speaks on its descriptors 3 and 4, and is silent everywhere else."""
    ends = [(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 16), number) for end, number in ((to_read, 3), (to_write, 4))]
    actions = [
        *((os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)),
        *((os.POSIX_SPAWN_DUP2, end, number) for end, number in ends),
    ]
    try:
        return os.posix_spawn(program, [program, *arguments], environment, file_actions=actions, setpgroup=0)
    finally:
        for end in (to_read, to_write, *(end for end, _ in ends)):
            os.close(end)


def _end(process: int) -> None:
    """End it with all that it started."""
    for signal in (15, 9):
        with suppress(ProcessLookupError):
            os.killpg(process, signal)
        end = time.monotonic() + _END_SECONDS
        while time.monotonic() < end:
            if os.waitpid(process, os.WNOHANG)[0]:
                return
            time.sleep(0.02)
