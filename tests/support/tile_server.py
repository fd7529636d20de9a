"""A server of map tiles on this machine: each tile a picture that says which one it is, by its colour."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image, ImageDraw


@dataclass
class TileServer:
    """Where it is, and what was asked of it: the paths, and each request's headers."""

    port: int = 0
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def template(self) -> str:
        return f"http://127.0.0.1:{self.port}/{{z}}/{{x}}/{{y}}.png"


def colour_of(x: int, y: int) -> tuple[int, int, int]:
    """Neighbours differ."""
    return (200, 220, 180) if (x + y) % 2 else (230, 215, 190)


def _tile(path: str) -> bytes:
    z, x, y = (int(one) for one in path.strip("/").removesuffix(".png").split("/"))
    image = Image.new("RGB", (256, 256), colour_of(x, y))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 255, 255), outline=(120, 120, 120))
    pen.text((10, 10), f"{z}/{x}/{y}", fill=(60, 60, 60))
    made = io.BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


@contextmanager
def tile_server() -> Iterator[TileServer]:
    """A running one."""
    seen = TileServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.paths.append(self.path)
            seen.headers.append({name.lower(): value for name, value in self.headers.items()})
            body = _tile(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing: tests read what was asked."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
