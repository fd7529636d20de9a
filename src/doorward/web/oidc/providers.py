"""The providers that are set up: what they say of themselves and their keys, fetched when needed and kept for an hour.

A token that names an unknown key makes us look again, since providers change their keys; but once a minute, so that
nobody can make us ask without end (OIDC Core 10.1.1).
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from joserfc.jwk import Key

from doorward.clock import Clock
from doorward.core.id_tokens import Claims, UnknownKey, open_token, public_keys
from doorward.core.oidc_metadata import Metadata, Untrusted, discovery_address, read_metadata
from doorward.core.providers import Provider
from doorward.errors import NotFound, StartRefused
from doorward.web.oidc.fetching import Fetcher
from doorward.web.oidc.problems import ProviderDown

KEPT = timedelta(hours=1)
LOOK_AGAIN = timedelta(minutes=1)
#: After a failure the next ones are told so at once: a crowd must not wait for a dead provider one by one.
_REST = timedelta(seconds=5)


@dataclass(slots=True)
class _Known:
    """What was fetched of one provider, and when."""

    metadata: Metadata | None = None
    fetched: datetime | None = None
    keys: tuple[Key, ...] = ()
    keys_fetched: datetime | None = None
    failed: datetime | None = None
    asking: threading.Lock = field(default_factory=threading.Lock)


class Providers:
    """All providers of one server.

    Arguments:
        listed: as the settings name them.
        clock: the source of time.
        fetcher: who asks them.
    """

    def __init__(self, listed: Sequence[Provider], clock: Clock, fetcher: Fetcher) -> None:
        self.listed = tuple(listed)
        self.fetcher = fetcher
        self._clock = clock
        self._known = {provider.key: _Known() for provider in listed}

    def __bool__(self) -> bool:
        return bool(self.listed)

    @property
    def issuers(self) -> frozenset[str]:
        return frozenset(provider.issuer for provider in self.listed)

    def named(self, key: str) -> Provider:
        """The provider of this key. Raises NotFound if there is none."""
        found = next((provider for provider in self.listed if provider.key == key), None)
        if found is None:
            raise NotFound
        return found

    def of_issuer(self, issuer: str) -> Provider | None:
        return next((provider for provider in self.listed if provider.issuer == issuer), None)

    def metadata(self, provider: Provider) -> Metadata:
        """What the provider says of itself.

        Errors:
            ProviderDown: it does not answer, or cannot be relied on.
        """
        known = self._known[provider.key]
        with known.asking:
            return self._metadata(provider, known)

    def metadata_at_hand(self, provider: Provider) -> Metadata | None:
        """The same, without asking anybody; None if it was never fetched."""
        return self._known[provider.key].metadata

    def open_token(self, provider: Provider, token: str) -> tuple[Claims, str]:
        """The claims of a token that the provider has signed, and the algorithm.

        Errors:
            Untrusted: it was not signed by this provider. ProviderDown: its keys cannot be had.
        """
        known = self._known[provider.key]
        with known.asking:
            metadata = self._metadata(provider, known)
            keys = self._keys(metadata, known)
        try:
            return open_token(token, keys, metadata.algorithms)
        except UnknownKey:
            with known.asking:
                keys = self._keys_again(metadata, known)
            return open_token(token, keys, metadata.algorithms)

    def _metadata(self, provider: Provider, known: _Known) -> Metadata:
        if known.metadata is not None and self._is_young(known.fetched, KEPT):
            return known.metadata
        found = self._fetched(known, discovery_address(provider.issuer))
        try:
            known.metadata = read_metadata(found, provider.issuer)
        except Untrusted as problem:
            known.metadata = None
            raise ProviderDown(str(problem)) from problem
        known.fetched = self._clock()
        return known.metadata

    def _keys(self, metadata: Metadata, known: _Known) -> tuple[Key, ...]:
        if not self._is_young(known.keys_fetched, KEPT):
            self._fetch_keys(metadata, known)
        return known.keys

    def _keys_again(self, metadata: Metadata, known: _Known) -> tuple[Key, ...]:
        if not self._is_young(known.keys_fetched, LOOK_AGAIN):
            self._fetch_keys(metadata, known)
        return known.keys

    def _fetch_keys(self, metadata: Metadata, known: _Known) -> None:
        found = self._fetched(known, metadata.keys)
        try:
            known.keys = public_keys(found)
        except Untrusted as problem:
            raise ProviderDown(str(problem)) from problem
        known.keys_fetched = self._clock()

    def _fetched(self, known: _Known, address: str) -> object:
        if self._is_young(known.failed, _REST):
            raise ProviderDown("did not answer a moment ago")
        try:
            return self.fetcher.get(address)
        except ProviderDown:
            known.failed = self._clock()
            raise

    def _is_young(self, fetched: datetime | None, life: timedelta) -> bool:
        return fetched is not None and timedelta(0) <= self._clock() - fetched < life

    def must_give_known_roles(self, listed: Collection[str]) -> None:
        """Stop the start if a provider would give a role that does not exist.

        Arguments:
            listed: the roles that exist.

        Errors:
            StartRefused: with the provider and the role.
        """
        for provider in self.listed:
            for _, role in provider.roles:
                if role not in listed:
                    raise StartRefused(
                        f"oidc.{provider.key}.roles gives the role {role}, which does not exist here. "
                        f"There are: {', '.join(sorted(listed))}."
                    )
