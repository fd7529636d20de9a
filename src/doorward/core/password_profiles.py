"""The profiles that a password can be judged by, as values.

Sources: `default` NIST SP 800-63B-4 section 3.1.1.2; `classroom` ClassPulse's security document; `stig` the
composition and age rules of the DISA Application Security and Development STIG; `cmmc` the CMMC Artifact
Tracker's security document.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from doorward.core.passwords import LONGEST

UPPER, LOWER, DIGIT, SPECIAL = "upper", "lower", "digit", "special"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordProfile:
    """What a new password must be.

    Arguments:
        name: of the profile, as in the setting `password_profile`.
        shortest: characters (code points) at least.
        shortest_with_factor: the same, where a second factor is asked for at sign-in.
        longest: characters at most.
        classes: kinds of characters of which each must be there.
        history: how many earlier passwords may not come again; 0 for none.
        youngest: how old a password must be before it may be changed again.
        oldest: after which age it must be changed; None for never.
    """

    name: str
    shortest: int
    shortest_with_factor: int
    longest: int = LONGEST
    classes: tuple[str, ...] = ()
    history: int = 0
    youngest: timedelta = timedelta(0)
    oldest: timedelta | None = None


_ALL_CLASSES = (UPPER, LOWER, DIGIT, SPECIAL)

PROFILES = {
    profile.name: profile
    for profile in (
        PasswordProfile(name="default", shortest=15, shortest_with_factor=8),
        PasswordProfile(name="classroom", shortest=10, shortest_with_factor=10),
        PasswordProfile(
            name="stig",
            shortest=15,
            shortest_with_factor=15,
            classes=_ALL_CLASSES,
            history=5,
            youngest=timedelta(days=1),
            oldest=timedelta(days=60),
        ),
        PasswordProfile(name="cmmc", shortest=16, shortest_with_factor=16, classes=_ALL_CLASSES),
    )
}
