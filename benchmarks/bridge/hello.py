"""The trivial Flask view, for both servers: `gunicorn hello:app`, or `hello.py PORT` for ours."""

from __future__ import annotations

import sys

import uvicorn
from flask import Flask

from doorward.live.hub import Hub
from doorward.serve.bridge import Bridge

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    return "Hello, world!"


if __name__ == "__main__":
    uvicorn.run(
        Bridge(app, Hub(), threads=8),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_level="error",
        timeout_keep_alive=600,
    )
