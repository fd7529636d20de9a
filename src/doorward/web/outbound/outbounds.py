"""The outbounds of one server: those that its apps declare and the kit's own, each with what it may reach here."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from doorward.core.access import Caller
from doorward.core.ai import AiProvider, provider_of
from doorward.core.fetched import Fetched
from doorward.core.journal import REFUSED
from doorward.core.outbound import Outbound, Reach, reach_of
from doorward.core.outbound_hosts import Grant
from doorward.core.outbound_urls import read_url
from doorward.errors import Limited, OutboundFailed, OutboundRefused, StartRefused
from doorward.settings import Settings
from doorward.web.outbound.messenger import Ask, Messenger

if TYPE_CHECKING:
    from doorward.web.parts import Parts

_log = logging.getLogger("doorward.outbound")

KIT = "kit."
#: What providers of sign-in are asked with. Where they answer, they say themselves, in a document of their own; so
#: any public host may be asked, and in one's own network only the issuers that the settings name.
OIDC = Outbound(
    "kit.oidc",
    hosts=("any public",),
    types=("application/json", "application/jwk-set+json"),
    methods=("GET", "POST"),
    max_bytes="256KiB",
    seconds=10,
)
AI = "kit.ai"


def ai_provider(settings: Settings) -> AiProvider | None:
    """The AI provider that the operator names; None where there is none."""
    return provider_of(settings.ai_provider, settings.ai_base_url, settings.ai_model, settings.ai_key)


def ai_outbound(settings: Settings) -> Outbound | None:
    """What the AI provider is asked by: that one host, no redirect, so that the key goes to nobody else."""
    provider = ai_provider(settings)
    if provider is None:
        return None
    return Outbound(
        AI,
        hosts=(provider.base_url,),
        types=("application/json",),
        methods=("POST",),
        max_bytes="1MiB",
        seconds=settings.ai_timeout.total_seconds(),
    )


class Outbounds:
    """Every outbound of one server.

    Arguments:
        declared: by the apps.
        settings: complete.
        messenger: who goes out.

    Errors:
        StartRefused: two are called the same, or one is not what it may be.
    """

    def __init__(self, declared: Sequence[Outbound], settings: Settings, messenger: Messenger | None = None) -> None:
        self.declared = tuple(declared)
        self.settings = settings
        self.messenger = messenger or Messenger()
        _must_be_told_apart(self.declared)
        grants = tuple(grants_of(settings))
        own = filter(None, (OIDC, ai_outbound(settings)))
        self._reaches = {one.name: reach_of(one, settings, grants) for one in (*self.declared, *own)}

    def __iter__(self) -> Iterator[Reach]:
        return iter(self._reaches.values())

    def reach(self, outbound: Outbound) -> Reach:
        """What it may reach here.

        Errors:
            LookupError: the app has not declared it.
        """
        found = self._reaches.get(outbound.name)
        if found is None or found.outbound != outbound:
            raise LookupError(f"no outbound {outbound.name!r} is declared: name it in Doorward(app, outbounds=[…])")
        return found

    def fetch(self, outbound: Outbound, address: str, ask: Ask) -> Fetched:
        """Fetch, without a word in the journal: that is for who knows on whose behalf.

        Errors:
            OutboundRefused, OutboundFailed: as of the messenger, the host of the former filled in.
        """
        try:
            return self.messenger.fetch(self.reach(outbound), address, ask)
        except OutboundFailed as problem:
            _log.info("%s: %s: %s", outbound.name, _host_of(address), problem.reason)
            raise


def grants_of(settings: Settings) -> Iterator[Grant]:
    """What the operator lets be asked in their own network.

    Who writes an address of a service into the setting for this service has named it. So each issuer is granted to
    the kit's own outbound, and `ai_base_url` to outbounds whose own list names it.
    """
    yield from settings.outbound_lan
    for provider in settings.oidc:
        yield from _grant_of(provider.issuer, OIDC.name)
    if settings.ai_base_url:
        yield from _grant_of(settings.ai_base_url, AI)
        yield from _grant_of(settings.ai_base_url, "")


def _grant_of(address: str, outbound: str) -> Iterator[Grant]:
    try:
        url = read_url(address)
    except OutboundRefused:
        return
    yield Grant(url.host, url.port, outbound)


def _must_be_told_apart(declared: Iterable[Outbound]) -> None:
    seen: dict[str, Outbound] = {}
    for one in declared:
        if one.name.startswith(KIT):
            raise StartRefused(f"outbound {one.name!r}: names that begin with {KIT} are the kit's own.")
        if seen.setdefault(one.name, one) is not one:
            raise StartRefused(f"outbound {one.name!r} is there twice: give each a name of its own.")


def _host_of(address: str) -> str:
    """The host of an address for the log, and nothing else of it."""
    try:
        return read_url(address).host
    except OutboundRefused:
        return "(no address)"


def write_refusal(parts: Parts, actor: Caller, outbound: str, refusal: OutboundRefused) -> None:
    """Write down that a fetch was refused: host and reason only, and of each outbound and caller a bounded number."""
    who = actor.holder or actor.address or "nobody"
    try:
        parts.limiter.take(parts.limits.journaled_fetches, f"{outbound} {who}")
    except Limited:
        _log.info("refused %s (not journaled: too many)", outbound)
        return
    try:
        with parts.store.transaction(actor) as tx:
            tx.journal(
                "outbound.refused",
                on=f"outbound:{outbound}",
                outcome=REFUSED,
                host=refusal.host or "(none)",
                reason=refusal.reason,
            )
    except Exception as problem:  # the refusal stands, journaled or not
        _log.error("a refused fetch could not be journaled", exc_info=problem)
