"""The archive of a backup: read by ordinary tools, and by us only if it is exactly what we write."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from doorward.core.backups import ABOUT, MAC, SUMS, About, file_name, is_safe, made_at, read_about
from doorward.errors import BackupRefused
from doorward.store.backup_archive import ArchiveReader, ArchiveWriter
from doorward.store.backup_streams import PlainSink
from doorward.testing import Clock

CONTENT = {"backup.json": b"{}", "files/ab/cdef": b"x" * 1300, "files/empty": b"", "journal.seals": b"s" * 512}
ABOUT_IT = About(Clock().now, "0.1.0", "sqlite", ("kit_0001",), 7, "0" * 64)


def archive(content: dict[str, bytes], scratch: Path, sign: bool = True) -> bytes:
    file = io.BytesIO()
    writer = ArchiveWriter(PlainSink(file), 1_700_000_000, scratch)
    for name, value in content.items():
        writer.add_bytes(name, value)
    writer.finish((lambda digest: b"signed " + digest) if sign else None)
    return file.getvalue()


def read(content: bytes) -> dict[str, bytes]:
    return {one.name: b"".join(one.blocks()) for one in ArchiveReader(io.BytesIO(content)).members()}


def refused(content: bytes) -> bool:
    try:
        read(content)
    except BackupRefused:
        return True
    return False


@pytest.mark.parametrize("sign", [True, False])
def test_what_was_written_is_read_again(tmp_path: Path, sign: bool) -> None:
    made = archive(CONTENT, tmp_path, sign)
    assert read(made) == CONTENT
    reader = ArchiveReader(io.BytesIO(made))
    assert [member.name for member in reader.members()] == list(CONTENT)  # also where nobody reads the members
    assert reader.code == (b"signed " + reader.digest if sign else b"")


def test_ordinary_tools_read_and_check_it(tmp_path: Path) -> None:
    (tmp_path / "made.tar").write_bytes(archive(CONTENT, tmp_path))
    out = tmp_path / "out"
    out.mkdir()
    subprocess.run(["tar", "-xf", "../made.tar"], cwd=out, check=True)
    assert (out / "files/ab/cdef").read_bytes() == CONTENT["files/ab/cdef"]
    assert shutil.which("sha256sum")
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", SUMS], cwd=out, check=True)
    assert {path.name for path in out.iterdir()} == {"backup.json", "files", "journal.seals", SUMS, MAC}


def test_every_single_byte_counts(tmp_path: Path) -> None:
    made = archive({"backup.json": b"{}", "files/a": b"abc"}, tmp_path)
    for place in range(len(made)):
        changed = made[:place] + bytes([made[place] ^ 1]) + made[place + 1 :]
        if refused(changed):
            continue
        reader = ArchiveReader(io.BytesIO(changed))
        assert list(reader.members())
        assert reader.code != b"signed " + reader.digest, place  # the code itself was changed, and no longer fits


def test_cut_short_anywhere_or_longer_it_is_refused(tmp_path: Path) -> None:
    made = archive(CONTENT, tmp_path)
    for length in [*range(0, len(made), 97), len(made) - 1]:
        assert refused(made[:length]), length
    assert refused(made + b"\0")
    assert refused(made + made)


def with_header(change: Callable[[tarfile.TarInfo], None], content: bytes = b"") -> bytes:
    """An archive as an attacker makes it: a sound beginning, one strange member, and lists that fit to it."""
    member = tarfile.TarInfo("files/x")
    member.size = len(content)
    change(member)
    made = io.BytesIO()
    kind = tarfile.PAX_FORMAT if member.pax_headers else tarfile.GNU_FORMAT
    with tarfile.open(fileobj=made, mode="w", format=kind) as out:
        sums = b""
        for name, value in (("backup.json", b"{}"),):
            sound = tarfile.TarInfo(name)
            sound.size, sound.mode, sound.mtime = len(value), 0o600, 1
            out.addfile(sound, io.BytesIO(value))
            sums += f"{hashlib.sha256(value).hexdigest()}  {name}\n".encode()
        out.addfile(member, io.BytesIO(content))
        sums += f"{hashlib.sha256(content).hexdigest()}  {member.name}\n".encode()
        last = tarfile.TarInfo(SUMS)
        last.size, last.mode, last.mtime = len(sums), 0o600, 1
        out.addfile(last, io.BytesIO(sums))
    end = made.getvalue().rstrip(b"\0")
    return end + bytes(-len(end) % 512) + bytes(1024)


def sound(member: tarfile.TarInfo) -> None:
    member.mode, member.mtime = 0o600, 1


def test_the_attackers_archive_is_read_where_nothing_in_it_is_strange() -> None:
    assert read(with_header(sound, b"abc")) == {"backup.json": b"{}", "files/x": b"abc"}


def _set(**values: object) -> Callable[[tarfile.TarInfo], None]:
    def change(member: tarfile.TarInfo) -> None:
        sound(member)
        for name, value in values.items():
            setattr(member, name, value)

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set(name="../../etc/cron.d/x"),
        _set(name="/etc/passwd"),
        _set(name="files/../../secrets.toml"),
        _set(name="files/./x"),
        _set(name="files//x"),
        _set(name="files/.hidden"),
        _set(name="files\\..\\x"),
        _set(name="files/nul\0x"),
        _set(name="files/line\nend"),
        _set(name="files/ümlaut"),
        _set(name="files/" + "a" * 200),
        _set(name="a/" * 20 + "x"),
        _set(name="-rf"),
        _set(type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        _set(type=tarfile.LNKTYPE, linkname="backup.json"),
        _set(type=tarfile.DIRTYPE),
        _set(type=tarfile.CHRTYPE),
        _set(type=tarfile.BLKTYPE),
        _set(type=tarfile.FIFOTYPE),
        _set(type=tarfile.GNUTYPE_SPARSE),
        _set(type=tarfile.CONTTYPE),
        _set(mode=0o4755),
        _set(uid=1000),
        _set(uname="root"),
        _set(linkname="x"),
        _set(pax_headers={"path": "files/y"}),
        _set(pax_headers={"size": "99999999999"}),
        _set(pax_headers={"comment": "x" * 100_000}),
        _set(pax_headers={"mtime": "1.5"}),
    ],
)
def test_hostile_members_are_refused(change: Callable[[tarfile.TarInfo], None]) -> None:
    assert refused(with_header(change))


@pytest.mark.parametrize("size", [2**40, 2**63, -1])
def test_a_member_cannot_be_larger_than_the_archive(tmp_path: Path, size: int) -> None:
    """No bomb: nothing is packed, and what is announced and not there is noticed after the first missing byte."""
    member = tarfile.TarInfo("files/x")
    member.size, member.mode = size, 0o600
    head = member.tobuf(tarfile.GNU_FORMAT)
    made = archive({"backup.json": b"{}"}, tmp_path)
    assert refused(made[:1024] + head + b"few bytes" + bytes(503) + made[1024:])


def test_a_file_that_grows_or_shrinks_while_it_is_copied_is_noticed(tmp_path: Path) -> None:
    for size in (2, 4):
        writer = ArchiveWriter(PlainSink(io.BytesIO()), 0, tmp_path)
        with pytest.raises(BackupRefused, match="changed while"):
            writer.add_file("files/x", io.BytesIO(b"abc"), size)


def test_no_member_is_written_under_a_name_that_would_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused):
        ArchiveWriter(PlainSink(io.BytesIO()), 0, tmp_path).add_bytes("../x", b"")
    assert not is_safe("files/..")
    assert is_safe("files/00/0123abc.full")


def test_what_a_backup_says_of_itself_is_read_strictly() -> None:
    assert read_about(ABOUT_IT.as_json()) == ABOUT_IT
    sound = json.loads(ABOUT_IT.as_json())
    for change in (
        {"format": 2},
        {"format": None},
        {"database": "mysql"},
        {"made_at": "2026-01-01"},
        {"made_at": "2026-01-01T00:00:00"},
        {"revisions": [1]},
        {"entries": -1},
        {"entries": "many"},
        {"seal": "x"},
        {"keys": ["x"]},
        {"places": ["../x"]},
        {"places": ["host"]},
        {"places": ["files", "files"]},
        {"tables": {"a; DROP TABLE accounts": []}},
        {"tables": []},
        {"sequences": {"a.b": 1}},
    ):
        with pytest.raises(BackupRefused):
            read_about(json.dumps({**sound, **change}).encode())
    for wrong in (b"", b"[]", b"{}", b"\xff", b"[" * 100_000):
        with pytest.raises(BackupRefused):
            read_about(wrong)
    assert ABOUT == "backup.json"


def test_files_are_called_by_their_time_and_found_by_it() -> None:
    now = Clock().now
    for encrypted, name in ((True, "doorward-20260101-120000.backup"), (False, "doorward-20260101-120000.tar")):
        assert file_name(now, encrypted=encrypted) == name
        assert made_at(name) == now
    for other in ("doorward-20269901-120000.tar", "notes.tar", "doorward-20260101-120000.tar.part", "secrets.toml"):
        assert made_at(other) is None
