"""Each mistake in settings, files and records is found, and its sound twin is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from doorward.prove import checks
from doorward.prove.findings import Severity
from tests.prove.checks.planted_settings import PLANTED, Planted, facts, setting

#: Only root can give a file away, and so plant one of somebody else's.
PLANTABLE = [one for one in PLANTED if one.id != "files.of-another" or os.geteuid() == 0]


@pytest.mark.parametrize("planted", PLANTABLE, ids=lambda planted: planted.id)
def test_a_planted_mistake_is_found_and_its_sound_twin_is_not(planted: Planted, tmp_path: Path) -> None:
    found = {one.id for one in checks.run(planted.wrong(tmp_path / "wrong"))}
    assert planted.id in found
    assert planted.id not in {one.id for one in checks.run(planted.sound(tmp_path / "sound"))}


def test_a_sound_server_has_nothing_to_mend(tmp_path: Path) -> None:
    found = checks.run(facts(tmp_path / "data", env="production"))
    assert found == []


def test_the_wider_the_worse(tmp_path: Path) -> None:
    wide = {"10.0.0.0/8": Severity.MEDIUM, "8.0.0.0/8": Severity.HIGH, "173.245.48.0/20": Severity.MEDIUM}
    for place, (network, severity) in enumerate(wide.items()):
        found = checks.run(setting(behind_proxy=network)(tmp_path / str(place)))
        assert [one.severity for one in found if one.id == "proxy.wide"] == [severity]


def test_no_finding_tells_a_secret(tmp_path: Path) -> None:
    key, password = "0123456789abcdef0123456789abcdef", "hunter2000"
    given = facts(
        tmp_path / "data",
        secret_keys=[key],
        smtp_url=f"smtps://post:{password}@mail.example.org",
        bootstrap_token="Zk3v" * 10,
    )
    said = str(checks.run(given))
    assert "keys.weak" in said
    assert not any(secret in said for secret in (key, password, "Zk3vZk3v"))


def test_the_mark_of_a_backup_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    from tests.prove.checks.planted_settings import ADA

    given = facts(tmp_path / "data", {"people": [ADA]})
    for text in ("", "{", "[]", '{"at": 5}', '{"at": "yesterday"}'):
        (tmp_path / "data" / "last-backup.json").write_text(text)
        assert "backups.none" in {one.id for one in checks.run(given)}
