"""TLS, and what follows the transport that is really there."""

from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

from doorward.cli import serve as cli_serve
from doorward.core import transport
from doorward.serve import authority, local_tls
from doorward.web import middleware
from tests.prove.switches import Switch, replaced

_tls_context = authority.tls_context
_issue = authority.issue
_client_of = transport.client_of


def _with(context: ssl.SSLContext, **changes: Any) -> ssl.SSLContext:
    for name, value in changes.items():
        setattr(context, name, value)
    return context


def _old_versions(certificate: Path) -> ssl.SSLContext:
    context = _tls_context(certificate)
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")
    return _with(context, minimum_version=ssl.TLSVersion.TLSv1)


def _weak_suites(certificate: Path) -> ssl.SSLContext:
    context = _tls_context(certificate)
    context.set_ciphers("ECDHE+AESGCM:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")
    return context


def _believed(peer: str, scheme: str, host: str, headers: Any, trusted: Any) -> transport.Client:
    """Whoever claims to be a client of a proxy is believed."""
    return _client_of(peer, scheme, host, headers, transport.proxy_networks([f"{peer}/32"]))


def _scheme_believed(peer: str, scheme: str, host: str, headers: Any, trusted: Any) -> transport.Client:
    client = _client_of(peer, scheme, host, headers, trusted)
    return replace(client, scheme=headers.get("x-forwarded-proto", client.scheme))


def _of_another(made_by: Any, names: Any, addresses: Any, now: Any) -> Any:
    return _issue(made_by, ["elsewhere.localhost"], [], now)


SWITCHES = (
    Switch("TLS versions", replaced(local_tls, "tls_context", _old_versions), "TLS 1.2 and 1.3 only.", on_server=True),
    Switch("TLS suites", replaced(local_tls, "tls_context", _weak_suites),
           "Suites with forward secrecy and authenticated encryption only.", on_server=True),
    Switch("certificate names", replaced(authority, "issue", _of_another),
           "The certificate is for the names of this machine.", on_server=True),
    Switch("TLS", replaced(cli_serve, "wants_tls", lambda _settings: False), "Where TLS is asked for, all is TLS.",
           on_server=True),
    Switch("scheme of the connection", replaced(middleware, "client_of", _scheme_believed),
           "Cookies and HSTS follow the transport that is really there.", on_server=True),
    Switch("named proxies", replaced(middleware, "client_of", _believed),
           "Nobody is believed to be a proxy who was not named.", on_server=True),
)  # fmt: skip
