"""The network as a fetch sees it: a name is looked up once, and a connection leads to an address that was judged.

httpcore opens its connections through `JudgedNetwork`, which knows the judged addresses and looks nothing up. So what
a name service says a moment later changes nothing (DNS rebinding). TLS is spoken, and the certificate checked, for
the name.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore
import ifaddr

from doorward.errors import OutboundFailed
from doorward.web.outbound.budget import Budget

#: host and seconds to the addresses of a name; none where nobody has that name.
Resolve = Callable[[str, float], Sequence[str]]
#: address, port and seconds to a connection.
Dial = Callable[[str, int, float], httpcore.NetworkStream]

_CONNECT_SECONDS = 4.0
#: More look-ups than this at once wait: a name service that hangs must not collect threads.
_LOOKING_UP = threading.BoundedSemaphore(32)
_UNKNOWN = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


def look_up(host: str, seconds: float) -> list[str]:
    """Every address of a name; none where nobody has it.

    The system's own look-up knows no deadline, so it runs aside, and is left alone when it takes too long.

    Arguments:
        host: a name; with a dot at its end it is taken as it is, without the domains that this machine would add.
        seconds: how long it may take.

    Errors:
        OutboundFailed: the name service does not answer.
    """
    if not _LOOKING_UP.acquire(timeout=seconds):
        raise OutboundFailed("name service is busy")
    found: list[list[str] | OSError] = []

    def ask() -> None:
        try:
            infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
            found.append([str(info[4][0]) for info in infos])
        except (OSError, UnicodeError) as problem:
            found.append(problem if isinstance(problem, OSError) else socket.gaierror(socket.EAI_NONAME, "no name"))
        finally:
            _LOOKING_UP.release()

    thread = threading.Thread(target=ask, name="outbound look-up", daemon=True)
    thread.start()
    thread.join(seconds)
    if not found:
        raise OutboundFailed("name service is too slow")
    answer = found[0]
    if isinstance(answer, list):
        return answer
    if answer.errno in _UNKNOWN:
        return []
    raise OutboundFailed("name service does not answer")


def dial(address: str, port: int, seconds: float) -> httpcore.NetworkStream:
    """Connect to an address, which is no name: nothing is looked up."""
    return httpcore.SyncBackend().connect_tcp(address, port, timeout=seconds)


def own_addresses() -> frozenset[str]:
    """The addresses of this machine; none when the system does not tell."""
    try:
        found = [ip.ip if isinstance(ip.ip, str) else ip.ip[0] for one in ifaddr.get_adapters() for ip in one.ips]
    except OSError:
        return frozenset()
    return frozenset(text.partition("%")[0] for text in found)


class JudgedNetwork(httpcore.NetworkBackend):
    """What httpcore takes for the network: it leads to the judged addresses, whatever host is asked for.

    Arguments:
        addresses: that were judged, in the order in which they are tried.
        budget: of the fetch.
        dial: opens a connection to one of them.
    """

    def __init__(self, addresses: Sequence[str], budget: Budget, dial: Dial) -> None:
        self._addresses = addresses
        self._budget = budget
        self._dial = dial

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of them that answers."""
        for address in self._addresses:
            try:
                return _Bounded(self._dial(address, port, self._budget.left(_CONNECT_SECONDS)), self._budget)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        self._budget.left()
        raise OutboundFailed("cannot be connected to")

    def connect_unix_socket(self, path: str, timeout: float | None = None, socket_options: Any = None) -> Any:
        """Never."""
        raise OutboundFailed("cannot be connected to")


class _Bounded(httpcore.NetworkStream):
    """A connection that costs no more than the budget."""

    def __init__(self, inner: httpcore.NetworkStream, budget: Budget) -> None:
        self._inner = inner
        self._budget = budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, self._budget.left())
        self._budget.took(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._budget.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Bounded(self._inner.start_tls(ssl_context, server_hostname, self._budget.left()), self._budget)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
