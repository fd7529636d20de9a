"""What arrives is appended and hashed part by part, whatever the system takes of it at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from doorward.errors import Conflict
from doorward.store.file_arrivals import Arrivals

KEY = "ab" * 16


@pytest.mark.parametrize("most", [1, 3, 7, 1000])
def test_what_the_system_takes_in_pieces_arrives_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    real = os.writev

    def little(descriptor: int, parts: Sequence[memoryview]) -> int:
        return real(descriptor, [parts[0][:most]])

    monkeypatch.setattr(os, "writev", little)
    arrivals, parts = Arrivals(tmp_path), (b"one", b"", b"two and", b" three ", b"!")
    with arrivals.appending(KEY, 0) as file:
        file.write(*parts)
        file.write()
        file.write(b"and more")
        whole = b"".join(parts) + b"and more"
        assert (file.position, file.digest.hexdigest()) == (len(whole), sha256(whole).hexdigest())
    assert (tmp_path / KEY).read_bytes() == whole


def test_a_thousand_parts_at_once_arrive_in_their_order(tmp_path: Path) -> None:
    parts = [f"{number} ".encode() for number in range(5000)]
    with Arrivals(tmp_path).appending(KEY, 0) as file:
        file.write(*parts)
        assert file.digest.hexdigest() == sha256(b"".join(parts)).hexdigest()
    assert (tmp_path / KEY).read_bytes() == b"".join(parts)


def test_much_is_the_same_though_the_disk_is_asked_to_begin(tmp_path: Path) -> None:
    block = os.urandom(1 << 20)
    arrivals = Arrivals(tmp_path)
    for round_ in range(2):
        with arrivals.appending(KEY, round_ * 5 * len(block)) as file:
            for _ in range(5):
                file.write(block)
    assert arrivals.hash_of(KEY) == file.digest.hexdigest() == sha256(block * 10).hexdigest()


def test_who_comes_second_changes_nothing(tmp_path: Path) -> None:
    arrivals = Arrivals(tmp_path)
    with arrivals.appending(KEY, 0) as first, arrivals.appending(KEY, 0) as second:
        first.write(b"one", b"two")
        with pytest.raises(Conflict):
            second.write(b"three", b"four")
    assert (tmp_path / KEY).read_bytes() == b"onetwo"
