"""An AI provider on loopback that speaks both protocols, and behaves as a test says.

with PretendedAi() as provider:
    provider.says(lambda data: {"questions": []})
    settings = test_settings(path, **provider.settings("openai"))
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-zq-the-key-of-this-server-0123456789"
MODEL = "small-model-1"
PATHS = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages"}


@dataclass
class Asked:
    """One request that came: where, with which headers (names in lower case), and what it says in either protocol."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def system(self) -> str:
        if "system" in self.body:
            return str(self.body["system"])
        return str(self.body["messages"][0]["content"])

    @property
    def data(self) -> Any:
        return json.loads(self.body["messages"][-1]["content"])


@dataclass
class PretendedAi:
    """The provider. `asked` is every request that came."""

    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> PretendedAi:
        self._value: Callable[[Any], Any] = lambda _data: {}
        self._raw: tuple[int, dict[str, str], bytes] | None = None
        self._silent: threading.Event | None = None
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                provider._answer(
                    self, Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                )

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.forget()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def settings(self, protocol: str = "openai", **more: Any) -> dict[str, Any]:
        """The settings of a server that asks this provider."""
        own = {"ai_provider": protocol, "ai_base_url": f"http://127.0.0.1:{self.port}/v1"}
        return {**own, "ai_key": KEY, "ai_model": MODEL, **more}

    def says(self, value: Callable[[Any], Any]) -> None:
        """Answer with this, of the data that came."""
        self.forget()
        self._value = value

    def answers(self, status: int = 200, body: bytes = b"", **headers: str) -> None:
        """Answer with these bytes, whatever came."""
        self.forget()
        self._raw = (status, {name.replace("_", "-"): value for name, value in headers.items()}, body)

    def is_silent(self) -> None:
        """Answer nothing until something else is said."""
        self.forget()
        self._silent = threading.Event()

    def forget(self) -> None:
        """As if nobody had been here, and nothing had been said."""
        self.asked.clear()
        self._raw = None
        if self._silent is not None:
            self._silent.set()
            self._silent = None

    def _answer(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        self.asked.append(asked)
        if self._silent is not None:
            self._silent.wait(280)
            return
        if self._raw is not None:
            _send(handler, *self._raw)
            return
        text = json.dumps(self._value(asked.data), ensure_ascii=False)
        _send(handler, 200, {}, in_words_of("anthropic" if asked.path.endswith("/messages") else "openai", text))


def in_words_of(protocol: str, text: str, **changes: Any) -> bytes:
    """A whole answer that says this text."""
    if protocol == "anthropic":
        said = {"type": "message", "role": "assistant", "content": [{"type": "text", "text": text}]}
        return json.dumps({**said, "stop_reason": "end_turn", **changes}, ensure_ascii=False).encode()
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}, **changes}
    return json.dumps({"object": "chat.completion", "choices": [choice]}, ensure_ascii=False).encode()


def _send(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes) -> None:
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    with suppress(OSError):  # whoever asked may have heard enough
        handler.wfile.write(body)
