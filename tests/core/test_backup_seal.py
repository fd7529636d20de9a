"""The encryption of backups: only the key opens it, and only whole, unchanged and in order."""

from __future__ import annotations

import base64
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.core.backup_seal import HEAD, MAGIC, PIECE, TAG, BackupKey, Opener, new_key, read_key
from doorward.errors import BackupRefused
from doorward.store.backup_streams import SealedSink, SealedSource, is_encrypted, source_of

KEY = read_key(new_key())
WHOLE = PIECE + TAG


def sealed(content: bytes, key: BackupKey = KEY, step: int = 100_000) -> bytes:
    file = io.BytesIO()
    sink = SealedSink(file, key)
    for start in range(0, len(content), step):
        sink.write(content[start : start + step])
    sink.finish()
    return file.getvalue()


def opened(content: bytes, key: BackupKey = KEY, step: int = 70_000) -> bytes:
    source, found = SealedSource(io.BytesIO(content), key), b""
    while part := source.read(step):
        found += part
    return found


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 77])
def test_what_was_sealed_opens_again_whatever_its_length(size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    assert opened(sealed(content)) == content


@given(st.lists(st.binary(max_size=90_000), max_size=5), st.integers(1, 200_000))
def test_it_does_not_matter_in_which_steps_it_is_written_and_read(parts: list[bytes], step: int) -> None:
    file = io.BytesIO()
    sink = SealedSink(file, KEY)
    for part in parts:
        sink.write(part)
    sink.finish()
    assert opened(file.getvalue(), step=step) == b"".join(parts)


def test_nothing_of_the_content_can_be_read_and_no_two_look_alike() -> None:
    secret = b"a secret sentence" * 10_000
    first, second = sealed(secret), sealed(secret)
    assert b"secret sentence" not in first
    assert first[len(MAGIC) :] != second[len(MAGIC) :]


def test_another_key_is_told_from_a_damaged_file() -> None:
    content = sealed(b"x" * 200_000)
    with pytest.raises(BackupRefused, match="not the key of this backup"):
        opened(content, read_key(new_key()))
    with pytest.raises(BackupRefused, match="changed, cut short or damaged"):
        opened(content[:-1] + bytes([content[-1] ^ 1]))


def test_each_byte_counts() -> None:
    content = sealed(b"abc" * 30)
    for place in range(len(content)):
        changed = content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :]
        with pytest.raises(BackupRefused):
            opened(changed)


def pieces(content: bytes) -> list[bytes]:
    body = content[HEAD:]
    return [body[start : start + WHOLE] for start in range(0, len(body), WHOLE)]


@pytest.mark.parametrize(
    "damage",
    [
        lambda parts: parts[:-1],  # cut short between two pieces
        lambda parts: parts[:1],
        lambda parts: [],
        lambda parts: [parts[1], parts[0], *parts[2:]],
        lambda parts: [parts[0], parts[0], *parts[1:]],
        lambda parts: [parts[0], *parts[2:]],
        lambda parts: [*parts, parts[-1]],
        lambda parts: [*parts, b"more"],
        lambda parts: [*parts[:-1], parts[-1][:-1]],
        lambda parts: [parts[-1]],
    ],
)
def test_cut_short_reordered_repeated_or_longer_it_does_not_open(damage: object) -> None:
    content = sealed(bytes(4 * PIECE + 10))
    parts = pieces(content)
    assert opened(content[:HEAD] + b"".join(parts)) == bytes(4 * PIECE + 10)
    assert callable(damage)
    with pytest.raises(BackupRefused):
        opened(content[:HEAD] + b"".join(damage(parts)))


def test_pieces_of_another_backup_under_the_same_key_do_not_fit_in() -> None:
    first, second = sealed(bytes(3 * PIECE)), sealed(bytes(3 * PIECE))
    with pytest.raises(BackupRefused):
        opened(first[:HEAD] + pieces(first)[0] + pieces(second)[1] + pieces(first)[2])
    with pytest.raises(BackupRefused):
        opened(first[:HEAD] + b"".join(pieces(second)))


@pytest.mark.parametrize("text", ["", "a passphrase that is long enough", "dwbackup_short", f"dwbackup_{'a' * 44}"])
def test_a_key_is_never_something_that_people_make_up(text: str) -> None:
    with pytest.raises(ValueError, match="backup --new-key"):
        read_key(text)


def test_keys_are_random_and_their_256_bits_are_used_and_shown_nowhere() -> None:
    first, second = new_key(), new_key()
    assert first != second
    assert read_key(f" {first}\n").raw == base64.urlsafe_b64decode(f"{first.removeprefix('dwbackup_')}=")
    assert len(read_key(first).raw) == 32
    assert repr(read_key(first)) == "BackupKey()"


def test_an_encrypted_backup_without_a_key_says_what_is_missing() -> None:
    file = io.BytesIO(sealed(b"x"))
    assert is_encrypted(file)
    with pytest.raises(BackupRefused, match="--key-file"):
        source_of(file, None)


def test_a_head_of_another_version_is_refused() -> None:
    content = sealed(b"x")
    with pytest.raises(BackupRefused, match="version"):
        Opener(KEY, content[:HEAD].replace(b", 1\n", b", 2\n"))
    with pytest.raises(BackupRefused):
        Opener(KEY, content[: HEAD - 1])
