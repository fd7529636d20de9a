"""A run that cannot try everything: what is left out says why, so that nothing looks as if it had held."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from doorward.prove.attack import Attack
from doorward.prove.run import Progress, Proof, Result, attack_all
from doorward.prove.scene import Scene

_NOTHING_HERE = "nothing was found here that it is about"


def attack_some(scene: Scene, attacks: Sequence[Attack], why_not: Callable[[Attack], str], progress: Progress) -> Proof:
    """Try those attacks that may be tried.

    Arguments:
        scene: with its samples.
        attacks: all that were asked for.
        why_not: why an attack is left out, as a sentence without a full stop; empty if it is tried.
        progress: as in a run.
    """
    left_out = {attack.id: reason for attack in attacks if (reason := why_not(attack))}
    proof = attack_all(scene, [one for one in attacks if one.id not in left_out], progress)
    tried = {result.attack.id: result for result in proof.results}
    for result in proof.results:
        if not result.tried and not result.untried:
            result.untried.append(_NOTHING_HERE)
    proof.results = [tried.get(one.id) or Result(one, untried=[left_out[one.id]]) for one in attacks]
    return proof
