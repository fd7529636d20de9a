"""The files that attacks send: the honest ones come in, and the hostile ones are refused for what makes them so."""

from __future__ import annotations

import tempfile

import pytest

from doorward.core.examining import Task, Verdict, examine
from doorward.prove.files import BOMBS, DISGUISED, ESCAPING, HONEST, HostileFile

_REASONS = {DISGUISED: {"type", "polyglot"}, BOMBS: {"bomb", "pixels"}, ESCAPING: {"names"}}


def looked_into(extension: str, data: bytes) -> Verdict:
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as full, tempfile.TemporaryFile() as thumb:
        source.write(data)
        source.seek(0)
        task = Task(extension, shows=False, keeps_original=True, side=100)
        return examine(task, source, full, thumb, tempfile.TemporaryFile)


@pytest.mark.parametrize("extension", HONEST)
def test_an_honest_file_comes_in_without_a_note(extension: str) -> None:
    verdict = looked_into(extension, HONEST[extension]())
    assert (verdict.refused, verdict.notes) == ("", ())


@pytest.mark.parametrize("group", _REASONS, ids=["disguised", "bombs", "escaping"])
def test_a_hostile_file_is_refused_for_what_makes_it_so(group: tuple[HostileFile, ...]) -> None:
    for one in group:
        assert looked_into(one.extension, one.make()).why in _REASONS[group], one.what
        assert one.extension in HONEST, "no honest file of the same type is shown to come in"
