"""Goes out, asks, and comes back with the answer: each step judged first, nothing carried from one to the next.

httpcore speaks HTTP here, on one connection for one request, with nothing from the environment: no proxy, no `.netrc`,
no cookie, no connection that was opened for an earlier judgement. What is asked is built of the parts that were
judged, so that no second reading of the address can lead elsewhere. (OWASP ASVS 1.3.6, 13.2.4, 15.3.2.)
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import httpcore

from doorward.core.fetched import Fetched
from doorward.core.outbound import REDIRECTS, Reach
from doorward.core.outbound_hosts import is_address
from doorward.core.outbound_urls import Url, read_url
from doorward.errors import OutboundFailed
from doorward.web.outbound.answers import MOST_HEAD, Head, read_answer
from doorward.web.outbound.budget import Budget
from doorward.web.outbound.network import Dial, JudgedNetwork, Resolve, dial, look_up, own_addresses

#: Fetches that one process makes at the same time; more wait, each within its own time.
_AT_ONCE = 16
_LOOK_UP_SECONDS = 5.0
_AGENT = "Doorward"


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for.

    Arguments:
        method: such as GET.
        headers: of the app, by name; they stay with the host that was asked first.
        body: None for a request without one.
        body_type: its media type.
    """

    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    body_type: str = ""

    def onward(self, method: str, *, same_origin: bool) -> Ask:
        """The same after a redirect: no header of the app goes to anybody else, and no body where none is sent."""
        kept = self if method == self.method else replace(self, body=None, body_type="")
        return replace(kept, method=method, headers=self.headers if same_origin else {})


class Messenger:
    """Fetches. Safe to share between threads.

    Arguments:
        resolve, dial, own: the name service, the network and the addresses of this machine; tests and proofs put in
            their own.
        trust: the authorities for TLS; those of this machine, where none are given.
    """

    def __init__(
        self,
        resolve: Resolve = look_up,
        dial: Dial = dial,
        own: Callable[[], Collection[str]] = own_addresses,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._resolve = resolve
        self._dial = dial
        self._own = own
        self._given_trust = trust
        self._places = threading.BoundedSemaphore(_AT_ONCE)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return self._given_trust or ssl.create_default_context()

    def fetch(self, reach: Reach, address: str, ask: Ask) -> Fetched:
        """Ask for this address, and follow where it leads as far as the outbound allows.

        Errors:
            OutboundRefused: it, or where it leads, may not be asked.
            OutboundFailed: no answer came, or not one that the outbound takes.
        """
        budget = Budget(reach.outbound.seconds)
        url = read_url(address)
        reach.must_cover(url)
        with self._place(budget):
            for _ in range(reach.outbound.redirects + 1):
                found = self._step(reach, url, ask, budget)
                if isinstance(found, Fetched):
                    return found
                onward, method = reach.next_step(url, ask.method, *found)
                ask = ask.onward(method, same_origin=onward.origin == url.origin)
                url = onward
        raise OutboundFailed("too many redirects")

    @contextmanager
    def _place(self, budget: Budget) -> Any:
        if not self._places.acquire(timeout=budget.left()):
            raise OutboundFailed("too many fetches at once")
        try:
            yield
        finally:
            self._places.release()

    def _step(self, reach: Reach, url: Url, ask: Ask, budget: Budget) -> Fetched | tuple[int, str]:
        """One request: its answer, or status and place of a redirect."""
        addresses = reach.judged(url, self._addresses(reach, url, budget), self._own())
        # Packing of chunks and of TLS costs a little more than the body; far less than it again.
        budget.allow(2 * (reach.outbound.most_bytes + MOST_HEAD) + (64 << 10))
        network = JudgedNetwork(addresses, budget, self._dial)
        trust = self._trust if url.scheme == "https" else None
        connection = httpcore.HTTPConnection(_origin(url), ssl_context=trust, network_backend=network)
        try:
            with (
                connection,
                connection.stream(ask.method, _url(url), headers=_fields(url, ask), content=ask.body) as got,
            ):
                head = Head(got.status, got.headers)
                if got.status in REDIRECTS and (location := head.one("location")):
                    if not reach.outbound.redirects:
                        raise OutboundFailed(f"answered {got.status}, and redirects are not followed")
                    return got.status, location
                if not 200 <= got.status < 300 and got.status < 400:
                    raise OutboundFailed(f"answered {got.status}")
                return read_answer(reach.outbound, url, ask.method, head, got.iter_stream())
        except httpcore.TimeoutException:
            raise OutboundFailed("too slow") from None
        except (httpcore.NetworkError, httpcore.ProtocolError) as problem:
            raise OutboundFailed(_words(problem)) from None

    def _addresses(self, reach: Reach, url: Url, budget: Budget) -> list[str]:
        """Everything that the host resolves to. This is the only place that looks a name up."""
        if is_address(url.host):
            return [url.host]
        # The dot keeps this machine from adding a domain of its own; what the operator grants may need one.
        name = url.host if reach.grants_to(url) else f"{url.host}."
        return list(self._resolve(name, budget.left(_LOOK_UP_SECONDS)))


def _origin(url: Url) -> httpcore.Origin:
    return httpcore.Origin(url.scheme.encode(), url.host.encode(), url.port)


def _url(url: Url) -> httpcore.URL:
    """The parts as they were judged; nothing is read a second time."""
    return httpcore.URL(
        scheme=url.scheme.encode(), host=url.host.encode(), port=url.port, target=url.target.encode("ascii")
    )


def _fields(url: Url, ask: Ask) -> list[tuple[str, str]]:
    given = {name.lower(): value for name, value in ask.headers.items()}
    own = {"host": url.authority, "accept-encoding": "gzip", "connection": "close"}
    own |= {"content-type": ask.body_type} if ask.body_type else {}
    return list({"user-agent": _AGENT, **given, **own}.items())


def _words(problem: Exception) -> str:
    cause = problem.__cause__ or problem.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"certificate: {cause.verify_message}"[:200]
    if isinstance(cause, ssl.SSLError):
        return "no TLS that is taken"
    return "broke off" if isinstance(problem, httpcore.NetworkError) else "answer is not HTTP"
