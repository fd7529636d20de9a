"""What came of a run, and the list of attacks, as lines for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

import click

from doorward.prove.attack import Attack
from doorward.prove.attacks.bare import ATTACKS as BARE
from doorward.prove.run import Proof, Result

_WIDTH = 100
_MOST_PLACES = 3


def shown(proof: Proof, unseen: Sequence[str] = ()) -> Iterator[str]:
    """A line for each attack, what won below it, then what was and was not covered.

    Arguments:
        proof: of the run.
        unseen: what a run of this form cannot see, as sentences.
    """
    for result in proof.results:
        yield _line(result)
        for what, places in _grouped(result).items():
            yield from _wrapped(f"{what}{_places(places)}", "      • ", "        ")
        if result.more:
            yield f"      … and {result.more} more"
    yield from _ways(proof)
    for sentence in unseen:
        yield from _wrapped(f"Not seen: {sentence}", "", "      ")


def _ways(proof: Proof) -> Iterator[str]:
    closed = f"{len(proof.closed)} closed by the settings of this run, " if proof.closed else ""
    yield f"{len(proof.covered)} ways covered, {closed}{len(proof.uncovered)} not covered."
    for opens in dict.fromkeys(proof.closed.values()):
        yield f"      Opened by {opens}:"
        yield from (f"        {way}" for way, by in proof.closed.items() if by == opens)
    if proof.uncovered:
        yield "Nothing is shown of these: no rightful request succeeded, so that no refusal counts."
        yield from (f"      {way}: {why}" for way, why in proof.uncovered.items())
        yield "How to cover a way: docs/handbook/prove.md"


def listing(attacks: Sequence[Attack]) -> Iterator[str]:
    """A line for each attack: its id, its severity, where it is tried, its title."""
    width = max(len(one.id) for one in attacks)
    for one in attacks:
        yield f"{one.id:<{width}}  {one.severity.value:<6}  {_forms(one):<11}  {one.title}"
    yield f"{len(attacks)} attacks. url: also with --url; bare: also on an app without a door."


def _forms(attack: Attack) -> str:
    if attack in BARE:
        return "only bare"
    return ", ".join([*(() if attack.changes else ("url",)), *(("bare",) if attack.bare else ())])


def _line(result: Result) -> str:
    mark = "WON " if result.won else "held" if result.tried else "–   "
    count = f"{result.held} tries" if result.tried else "not tried"
    line = f"{mark}  {result.attack.id:<24} {count:>10}  {result.attack.title}"
    return click.style(line, fg="red") if result.won else line


def _grouped(result: Result) -> dict[str, list[str]]:
    """What was found, with where it was."""
    found: dict[str, list[str]] = {}
    for one in result.findings:
        found.setdefault(one.what, []).extend([one.where] if one.where else [])
    return found


def _places(places: Sequence[str]) -> str:
    if not places:
        return ""
    rest = f" and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
    return f"  ({', '.join(places[:_MOST_PLACES])}{rest})"


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
