"""The same with a real `doorward serve` behind a real nginx, and `doorward check --url` as an operator types it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doorward.serve.authority import ensure_certificate
from tests.support.server import Server, free_port

SOUND = """
proxy_set_header Host $http_host;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme;
proxy_set_header X-Forwarded-Host $http_host;
"""
#: What many people copy: the host and the scheme are passed through as the client wrote them.
COPIED = """
proxy_set_header Host $http_host;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
"""
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


@contextmanager
def nginx(folder: Path, backend: int, headers: str) -> Iterator[str]:
    """An nginx with TLS before the port `backend`; its address."""
    folder.mkdir()
    port = free_port()
    tls = folder.parent / "data" / "tls"
    (folder / "nginx.conf").write_text(
        f"""
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
{"user root;" if os.geteuid() == 0 else ""}
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {tls}/server.pem; ssl_certificate_key {tls}/server.pem; ssl_protocols TLSv1.2 TLSv1.3;
    location / {{ proxy_pass http://127.0.0.1:{backend}; {headers} }}
  }}
}}
"""
    )
    assert NGINX is not None
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.PIPE)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _check(data: Path, url: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "doorward.cli.main", "--data", str(data), "check", "--url", url]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DOORWARD_")}
    done = subprocess.run(command, env=inherited, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def test_nginx_with_the_right_settings_is_found_sound_and_with_the_usual_omissions_not(
    tmp_path: Path, serve: Callable[..., Server]
) -> None:
    data = tmp_path / "data"
    ensure_certificate(data / "tls", ["localhost"], ["127.0.0.1"], datetime.now(UTC))
    data.chmod(0o700)
    server = serve(data, args=["--behind-proxy", "127.0.0.1"])
    with nginx(tmp_path / "sound", server.port, SOUND) as url:
        code, said = _check(data, url)
    assert (code, "reach." in said) == (0, False), said
    with nginx(tmp_path / "copied", server.port, COPIED) as url:
        code, said = _check(data, url)
    assert code == 1
    for expected in ("reach.scheme-lost", "reach.forged-scheme", "reach.forged-host"):
        assert expected in said
    assert "reach.forged-address" not in said


def test_an_address_that_is_not_owned_could_not_run(tmp_path: Path) -> None:
    code, said = _check(tmp_path / "data", "https://192.0.2.10")
    assert code == 2
    assert "--i-own" in said
