"""The logs for eMASS have the form of the official tool, are the same each time, and never hash themselves."""

from __future__ import annotations

import subprocess
from hashlib import sha256
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward_suite.evidence.hash_logs import ARTIFACTS_LOG, LOG_HASH_LOG, HashedFile, check_sums, hash_logs


def hashed(path: str, content: bytes = b"") -> HashedFile:
    return HashedFile(path, sha256(content).hexdigest())


EMPTY = sha256(b"").hexdigest().upper()
FILES = [hashed("artifacts/b.pdf"), hashed("artifacts/a.pdf"), hashed("artifacts/B.pdf2")]


def test_the_first_log_is_the_table_of_get_file_hash() -> None:
    assert hash_logs([hashed("artifacts/a.pdf")]).artifacts.decode() == (
        "\r\n"
        "Algorithm       Hash                                                                   Path\r\n"
        "---------       ----                                                                   ----\r\n"
        f"SHA256          {EMPTY}       artifacts/a.pdf\r\n"
        "\r\n"
    )


def test_the_second_log_has_the_hash_of_the_first() -> None:
    logs = hash_logs(FILES)
    assert logs.value == sha256(logs.artifacts).hexdigest().upper()
    lines = logs.log_hash.decode().split("\r\n")
    assert lines[3] == f"SHA256          {logs.value}       {ARTIFACTS_LOG}"
    assert lines[:3] == logs.artifacts.decode().split("\r\n")[:3]


def test_the_same_files_give_the_same_bytes_in_any_order() -> None:
    assert len({hash_logs(each) for each in map(list, permutations(FILES))}) == 1  # type: ignore[arg-type]
    order = [line[87:] for line in hash_logs(FILES).artifacts.decode().split("\r\n")[3:6]]
    assert order == sorted(order) == ["artifacts/B.pdf2", "artifacts/a.pdf", "artifacts/b.pdf"]


def test_run_again_over_its_own_logs_it_says_the_same() -> None:
    first = hash_logs(FILES)
    own = [hashed(ARTIFACTS_LOG, first.artifacts), hashed(f"logs/{LOG_HASH_LOG.lower()}", first.log_hash)]
    assert hash_logs([*FILES, *own]) == first


def test_no_files_is_a_log_too() -> None:
    assert hash_logs([]).artifacts.count(b"\r\n") == 4


@pytest.mark.parametrize(
    "file",
    [
        HashedFile("a.pdf", "abc"),
        HashedFile("a.pdf", "g" * 64),
        hashed("ä.pdf"),
        hashed("a\r\nSHA256 b.pdf"),
        hashed(" "),
        hashed("a\\b.pdf"),
        hashed("x" * 1000),
    ],
)
def test_what_would_spoil_a_log_is_refused(file: HashedFile) -> None:
    for writer in (hash_logs, check_sums):
        with pytest.raises(ValueError, match=r"SHA-256|path"):
            writer([file])


def test_two_files_of_one_path_are_refused_also_where_only_capitals_differ() -> None:
    with pytest.raises(ValueError, match="one path"):
        hash_logs([hashed("a.pdf"), hashed("A.PDF")])


def test_sha256sum_checks_the_list(tmp_path: Path) -> None:
    files = {"artifacts/AC.L2-3.1.1_a_Policy_E1v1.pdf": b"policy", "two words.txt": b"words"}
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    (tmp_path / "SHA256SUMS").write_bytes(check_sums(hashed(path, content) for path, content in files.items()))
    command = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "two words.txt").write_bytes(b"other words")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 1


@given(st.dictionaries(st.from_regex(r"[a-z0-9 ._/-]{0,40}[a-z]", fullmatch=True), st.binary(max_size=4), max_size=6))
def test_every_line_can_be_read_back(contents: dict[str, bytes]) -> None:
    files = [hashed(path, content) for path, content in contents.items()]
    lines = hash_logs(files).artifacts.decode().removesuffix("\r\n\r\n").split("\r\n")[3:]
    read = {line[87:]: line[16:80].lower() for line in lines if line}
    assert read == {each.path: each.sha256 for each in files}
