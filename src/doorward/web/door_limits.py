"""The limits of the door itself, made from the settings, and those that routes declare."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from functools import lru_cache

from doorward.core.access import RouteLimit
from doorward.core.limits import (
    KNOWN_BROWSER,
    REGISTRATION,
    SETUP,
    SIGN_IN,
    STRANGERS,
    Counted,
    Limit,
    limit_of,
    second_step_count,
    sign_in_counts,
)
from doorward.core.transport import address_group
from doorward.core.units import Rate
from doorward.errors import Limited
from doorward.settings import Settings
from doorward.store.limits import Limiter


class DoorLimits:
    """Every limit of one server, by name.

    Arguments:
        settings: where the numbers come from.
    """

    def __init__(self, settings: Settings) -> None:
        self.flood = Limit(
            "flood",
            settings.requests_per_address.count,
            settings.requests_per_address.seconds,
            on_store_failure="open",  # availability: the tight limits behind it fail closed
            exact=False,
        )
        self.setup = _as_set(SETUP, settings.setup)
        self.registration = _as_set(REGISTRATION, settings.registration)
        # Apart from wrong invitations: a class that registered must not keep an invited person out.
        self.accounts_made = replace(self.registration, name="accounts-made")
        # Each form tells whether a name is taken, however it is answered. Five tries for each account that may be made.
        tries = 5 * settings.registration.count
        self.names_tried = replace(self.registration, name="names-tried", amount=tries, exact=False)
        self.reports = _as_set(limit_of("reports", "60/minute", exact=False), settings.reports_per_address)
        self.refused_tokens = limit_of("tokens-refused", "60/minute", exact=False)
        sign_in = limit_of("token-sign-in", "10/minute", counts="failures")
        self.token_sign_in = _as_set(sign_in, settings.sign_in_per_address)
        generation = limit_of("token-generation", "5/hour", per="account")
        self.token_generation = _as_set(generation, settings.token_generation)
        self.tokens_issued = limit_of("tokens-issued", "60/hour", per="account")
        self.ai_requests = _as_set(limit_of("ai-requests", "60/hour", per="account"), settings.ai_requests)
        self.mail_codes = _as_set(limit_of("mail-codes", "20/hour"), settings.mail_codes)
        self.journaled_refusals = limit_of("journaled-refusals", "30/minute", on_store_failure="open", exact=False)
        self.journaled_fetches = replace(self.journaled_refusals, name="journaled-fetches")
        self._sign_in = {
            SIGN_IN.name: _as_set(SIGN_IN, settings.sign_in_per_address),
            STRANGERS.name: _as_set(STRANGERS, settings.sign_in_failures),
            KNOWN_BROWSER.name: _as_set(KNOWN_BROWSER, settings.sign_in_failures),
        }

    def of_sign_in(
        self, name: str, address_group: str, known_browser: str | None, *, second: bool = False
    ) -> list[Counted]:
        """Where an attempt to sign in counts; see `doorward.core.limits.sign_in_counts`.

        Arguments:
            second: whether it is an attempt at a second factor.
        """
        counted = sign_in_counts(name, address_group, known_browser)
        wanted = [Counted(self._sign_in[limit.name], key) for limit, key in counted]
        return [*wanted, second_step_count(name, known_browser)] if second else wanted

    def may_journal(self, limiter: Limiter, address: str) -> bool:
        """Count one refusal for the journal; False when this address has filled enough of it for now."""
        try:
            limiter.take(self.journaled_refusals, address_group(address))
        except Limited:
            return False
        return True

    @staticmethod
    @lru_cache(maxsize=1024)
    def of_route(endpoint: str, declared: RouteLimit) -> Limit:
        """A limit that a view declares. Each endpoint counts for itself."""
        readable = re.sub(r"[^a-z0-9]+", "-", endpoint.lower()).strip("-")[:40] or "route"
        distinct = hashlib.sha256(f"{endpoint} {declared.rate} {declared.per}".encode()).hexdigest()[:8]
        return limit_of(f"{readable}-{distinct}", declared.rate, per=declared.per)


def _as_set(limit: Limit, rate: Rate) -> Limit:
    return replace(limit, amount=rate.count, window=rate.seconds)
