"""What was acknowledged is on disk: kill -9 in the middle of a crowd of votes (law 10)."""

from __future__ import annotations

from pathlib import Path

from tests.support.kill import Trial


def test_every_acknowledged_vote_and_entry_survives_kill_9(tmp_path: Path) -> None:
    trial = Trial(tmp_path / "data", clients=8, seed=20)
    for _ in range(3):
        assert trial.round(votes=160) > 0
    assert trial.switches > 0
    assert trial.broken_words() == []
