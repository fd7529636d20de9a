"""Every requirement that a run is to speak of has an attack, or says why it cannot be claimed."""

from __future__ import annotations

from doorward.prove.asvs import NOT_CLAIMED, REQUIREMENTS
from doorward.prove.attacks import ALL

#: OWASP ASVS 5.0: what a run shows on every app, as far as the app has the mechanism at all.
WANTED = """
1.3.4 1.3.6 1.3.11 2.3.1 2.4.1 3.2.1 3.3.1-4 3.4.1-6 3.5.1-3 3.7.2 4.1.1-3 4.4.2 5.2.1-3 5.3.1-2 5.4.1-2 6.2.1-12
6.3.1-4 6.4.1-4 6.5.1 6.5.2 6.5.4 6.5.5 6.6.2 6.6.3 6.8.2 7.2.1-4 7.3.1-2 7.4.1-5 7.5.1-2 8.2.1-3 8.3.1 9.1.1-3
9.2.1-3 10.1.2 10.2.1-2 10.5.1-4 11.3.2 11.3.3 11.4.2 12.1.1-2 12.2.1 12.2.2 12.3.2 13.2.4 13.3.1-2 13.4.1-5 14.2.1
14.2.4 14.3.1-2 15.3.2-4 16.2.1 16.2.2 16.2.5 16.3.1-3 16.4.1 16.4.2 16.5.1 16.5.3
"""


def wanted() -> list[str]:
    """Their ids, one by one."""
    found = []
    for word in WANTED.split():
        first, _, last = word.partition("-")
        head, _, number = first.rpartition(".")
        found += [f"{head}.{one}" for one in range(int(number), int(last or number) + 1)]
    return found


def test_each_is_listed_and_shown_by_an_attack_or_says_why_not() -> None:
    shown = {number for attack in ALL for number in attack.asvs}
    assert len(wanted()) > 120
    for number in wanted():
        assert number in REQUIREMENTS, f"{number} is not in the list of the report"
        assert number in shown or NOT_CLAIMED.get(number), f"{number} is shown by no attack, and does not say why"


def test_what_is_listed_is_shown_and_what_is_not_claimed_gives_a_reason() -> None:
    shown = {number for attack in ALL for number in attack.asvs}
    assert set(REQUIREMENTS) - shown == set(NOT_CLAIMED)
    assert all(len(why) > 40 for why in NOT_CLAIMED.values())
