"""What runs when a real browser shows the pages: nothing of what people typed, as long as the defences are on."""

from __future__ import annotations

import pytest

from doorward.prove.attacks.markup import ATTACKS
from doorward.prove.run import Proof, attack_all
from doorward.serve.prove_app import KIT_PAGES, scene_in_process
from tests.prove.stage import on_stage
from tests.prove.switches import thrown
from tests.support.browser import executable

RUNNING = [attack for attack in ATTACKS if attack.id == "markup.running"]

pytestmark = pytest.mark.skipif(executable() is None, reason="no Chromium on the path")


def shown(*off: str) -> Proof:
    """What a browser made of the pages of the sound app without these defences."""
    with thrown(*off), on_stage() as app:
        scene = scene_in_process(app, left_out=KIT_PAGES)
        for sample in scene.samples:
            sample.proved = sample.way.method == "GET"
        scene.browser = executable() or ""
        return attack_all(scene, RUNNING)


def test_nothing_runs_with_all_defences_on() -> None:
    proof = shown()
    assert proof.won == []
    assert proof.results[0].held > 5, proof.results[0].untried


def test_a_word_in_a_script_runs() -> None:
    assert shown("no text in scripts").won == ["markup.running"]


def test_unescaped_words_are_stopped_by_the_policy_alone() -> None:
    assert shown("escaping").won == []


def test_unescaped_words_run_where_there_is_no_policy_either() -> None:
    proof = shown("escaping", "csp")
    assert proof.won == ["markup.running"]
    assert "POST /notes" in " ".join(one.what for one in proof.findings)
