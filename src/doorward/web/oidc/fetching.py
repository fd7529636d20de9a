"""The one seam by which this server asks a provider something: the kit's own outbound (`web/outbound`).

No proxy, no redirect, no cookie; a few seconds; a bounded answer; only by TLS, or on this machine (RFC 9700). Which
addresses those are is judged for each: the issuers that the settings name, and otherwise only public ones.
"""

from __future__ import annotations

from collections.abc import Mapping

from doorward.core.fetched import Fetched
from doorward.core.oidc_metadata import is_safe_address
from doorward.errors import OutboundFailed, OutboundRefused
from doorward.web.oidc.problems import ProviderDown
from doorward.web.outbound.asking import ask_for
from doorward.web.outbound.messenger import Ask
from doorward.web.outbound.outbounds import OIDC, Outbounds

_ACCEPT = {"Accept": "application/json"}


class Fetcher:
    """Asks providers. Safe to share between threads.

    Arguments:
        outbounds: of the server.
    """

    def __init__(self, outbounds: Outbounds) -> None:
        self._outbounds = outbounds

    def get(self, address: str) -> object:
        """What is at this address, parsed.

        Errors:
            ProviderDown: it does not answer, or not with JSON.
        """
        status, found = self._ask(address, ask_for(OIDC, "GET", headers=_ACCEPT))
        if status != 200:
            raise ProviderDown(f"answered {status}")
        return found

    def post(self, address: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, object]:
        """The answer to a form: its status, below 500, and what it holds, parsed; None where that is not JSON."""
        return self._ask(address, ask_for(OIDC, "POST", form=form, headers={**_ACCEPT, **headers}))

    def _ask(self, address: str, ask: Ask) -> tuple[int, object]:
        if not is_safe_address(address):
            raise ProviderDown("address without TLS")
        try:
            answer = self._outbounds.fetch(OIDC, address, ask)
        except OutboundRefused as refusal:
            raise ProviderDown(f"{refusal.host or 'address'} is not asked: {refusal.reason}") from None
        except OutboundFailed as problem:
            raise ProviderDown(problem.reason) from None
        if answer.status >= 500:
            raise ProviderDown(f"answered {answer.status}")
        return answer.status, _parsed(answer)


def _parsed(answer: Fetched) -> object:
    try:
        return answer.json()
    except ValueError:
        if answer.status == 200:
            raise ProviderDown("answer is not JSON") from None
        return None
