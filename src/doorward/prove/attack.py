"""An attack: what is tried, why it matters, which requirements and which defences it speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from doorward.prove.findings import Finding, Severity
from doorward.prove.sample import Sample
from doorward.prove.scene import Scene


class Outcome(Enum):
    """How one try ended. Only what the app refused, and would have granted to the rightful caller, has held."""

    HELD = "held"
    WON = "won"
    UNTRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Try:
    """One try of an attack.

    Arguments:
        outcome: how it ended.
        what: for a try that won, what the attacker got, as a sentence; for one that was not made, why.
        where: the way, page or setting that it was about.
        request, answer: as shown in the report, without credentials.
    """

    outcome: Outcome
    what: str = ""
    where: str = ""
    request: str = ""
    answer: str = ""


def held(where: str = "") -> Try:
    """The app refused it."""
    return Try(Outcome.HELD, where=where)


def won(what: str, where: str = "", request: object = "", answer: object = "") -> Try:
    """The attacker got something."""
    return Try(Outcome.WON, what, where, str(request), str(answer))


def untried(why: str, where: str = "") -> Try:
    """It could not be tried here."""
    return Try(Outcome.UNTRIED, why, where)


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack.

    Arguments:
        id: stable, `area.what`.
        title: what would be wrong if it won, as a headline.
        tries: what is tried, a sentence for the report.
        why: why it matters.
        mend: what to do when it wins.
        asvs: the requirements of OWASP ASVS 5.0 that it shows to hold.
        defences: the names of the defences without which it wins, as in `docs/proof.md`.
        severity: of what it finds.
        changes: whether it may change something; those that do are left out against `--url`.
        bare: whether it can be tried on an app without a door.
        provider: whether it needs a provider to sign in by, which is there only in runs with such an attack.
        on_sample: tried for each sample, right before its rightful caller sends it.
        on_scene: tried once, when all samples are known.
    """

    id: str
    title: str
    tries: str
    why: str
    mend: str
    asvs: tuple[str, ...] = ()
    defences: tuple[str, ...] = ()
    severity: Severity = Severity.HIGH
    changes: bool = True
    bare: bool = False
    provider: bool = False
    on_sample: Callable[[Scene, Sample], Iterator[Try]] | None = None
    on_scene: Callable[[Scene], Iterator[Try]] | None = None

    @property
    def area(self) -> str:
        return self.id.partition(".")[0]

    @property
    def anchor(self) -> str:
        """Its heading in the handbook."""
        return self.id.replace(".", "-")

    def finding(self, one: Try) -> Finding:
        """What a try that won reports."""
        return Finding(
            id=self.id,
            severity=self.severity,
            what=one.what,
            why=self.why,
            mend=self.mend,
            where=one.where,
            asvs=self.asvs,
            request=one.request,
            answer=one.answer,
        )
