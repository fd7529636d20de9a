"""Backups: what can be read in one, what a restore believes, what it brings back, and what administrators get."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.attacks.secrets import search
from doorward.prove.scene import ADMIN, Host, Scene
from doorward.prove.wire import Request

#: What in a file of settings is secret: every key of secrets.toml, and in doorward.toml what is called so.
_SECRETS = {
    "secrets.toml": re.compile(r'"([^"\n]{16,})"'),
    "doorward.toml": re.compile(r'^\w*(?:key|secret|password|token)\w* = "([^"\n]{16,})"', re.M),
}
_SUMS, _CODE = "SHA256SUMS", "SHA256SUMS.mac"
_ESCAPED = "doorward-escaped"
_PIECE = 64 * 1024
_HEAD, _BLOCK = 256, 16
_PAGE = "/admin/backups"
_NO_HOST = "this run has no records of its own"


def in_plain(scene: Scene) -> Iterator[Try]:
    """Everything in an unencrypted backup, searched for what was used in the run and for the server's own keys."""
    if scene.host is None:
        yield untried(_NO_HOST)
        return
    content = scene.host.backed_up(encrypted=False)[0]
    yield from search(scene, [("a backup", content)], "an unencrypted backup")
    for name, pattern in _SECRETS.items():
        path = Path(scene.host.folder()) / name
        for secret in pattern.findall(path.read_text("utf-8")) if path.is_file() else ():
            yield (
                won(f"An unencrypted backup holds a secret of {name}.", name)
                if secret.encode() in content
                else held(name)
            )


def read_without_key(scene: Scene) -> Iterator[Try]:
    """An encrypted backup, searched for what every backup holds, and opened with another key or with none."""
    if scene.host is None:
        yield untried(_NO_HOST)
        return
    content, key = scene.host.backed_up(encrypted=True)
    known = [b"SQLite format 3", b"journal.seals", b"account", *(name.encode() for name in scene.ids if len(name) > 5)]
    found = [text.decode() for text in known if text in content]
    yield won(f"An encrypted backup shows {found[0]!r}.", "a backup") if found else held("a backup")
    other_content, _ = scene.host.backed_up(encrypted=True)
    blocks = [*_blocks(content), *_blocks(other_content)]
    same = len(set(blocks)) < len(blocks)  # by chance that never happens
    yield won("Encrypted backups show what in them is the same.", "a backup") if same else held("a backup")
    for what, other in (("without a key", ""), ("with another key", scene.host.another_backup_key())):
        yield from _refused(scene.host, f"An encrypted backup opens {what}.", content, other, opened=False)
    yield from _taken(scene.host, content, key)


def _blocks(content: bytes) -> list[bytes]:
    """The blocks of a cipher (of AES, 16 bytes), behind the head."""
    return [content[at : at + _BLOCK] for at in range(_HEAD, len(content) - _BLOCK, _BLOCK)]


def forged(scene: Scene) -> Iterator[Try]:
    """Backups that were changed, shortened, lengthened, put in another order, or made anew by somebody else."""
    if scene.host is None:
        yield untried(_NO_HOST)
        return
    for encrypted in (True, False):
        content, key = scene.host.backed_up(encrypted=encrypted)
        middle = len(content) // 2
        piece, after = content[1000 : 1000 + _PIECE], content[1000 + _PIECE : 1000 + 2 * _PIECE]
        forgeries = {
            "with a bit changed": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
            "without its end": content[:-700],
            "without its second half": content[:middle],
            "with something behind it": content + b"more",
            "in another order": content[:1000] + after + piece + content[1000 + 2 * _PIECE :],
        }
        if not encrypted:
            forgeries["that somebody else made"] = _rewritten(content, _of_another_version)
        for what, forgery in forgeries.items():
            yield from _refused(scene.host, f"A backup {what} would be restored.", forgery, key)
        yield from _taken(scene.host, content, key)


def hostile(scene: Scene) -> Iterator[Try]:
    """Archives that would write elsewhere, for which the operator has vouched."""
    if scene.host is None:
        yield untried(_NO_HOST)
        return
    content, _ = scene.host.backed_up(encrypted=False)
    folder = Path(scene.host.folder())
    for what, change in _HOSTILE.items():
        reason = scene.host.why_not_restored(_rewritten(content, change), vouched=True)
        written = [path for place in (folder, folder.parent) for path in place.glob(f"{_ESCAPED}*")]
        for path in written:
            path.unlink()
        if written or not reason:
            yield won(f"A backup with {what} {'wrote elsewhere' if written else 'would be restored'}.", what)
        else:
            yield held(what)


def revived(scene: Scene) -> Iterator[Try]:
    """A backup is restored elsewhere: what would let somebody in again?"""
    if scene.host is None:
        yield untried(_NO_HOST)
        return
    content, _ = scene.host.backed_up(encrypted=False)
    for what, (here, there) in scene.host.comes_back(content).items():
        if there:
            yield won(f"{there} {what} work again after a restore.", what)
        elif here:
            yield held(what)


def given_out(scene: Scene) -> Iterator[Try]:
    """An administrator asks for backups that lie in the folder: an encrypted one, and one that is not."""
    admin = scene.person(ADMIN)
    if scene.host is None or admin is None or scene.ways.find("GET", f"{_PAGE}/x/file") is None:
        yield untried("this run has no backups to be asked for")
        return
    folder = Path(scene.host.folder()) / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    kept = {"doorward-20010101-000000.backup": True, "doorward-20010102-000000.tar": False}
    kept["doorward-20010103-000000.backup"] = False
    for name, encrypted in kept.items():
        (folder / name).write_bytes(scene.host.backed_up(encrypted=encrypted)[0])
    admin.prove_again()
    answers = {name: admin.browse(Request("GET", f"{_PAGE}/{name}/file")) for name in kept}
    for name in kept:
        (folder / name).unlink()
    if any(answers[name].status != 200 for name, encrypted in kept.items() if encrypted):
        yield untried("administrators do not get an encrypted backup here either")
        return
    for name, encrypted in kept.items():
        if not encrypted:
            got = answers[name].status == 200
            what = "An administrator takes away a backup that is not encrypted."
            yield won(what, f"GET {_PAGE}/<name>/file", "", answers[name]) if got else held(name)


def _refused(host: Host, what: str, content: bytes, key: str, *, opened: bool = True) -> Iterator[Try]:
    reason = host.why_not_restored(content, key, vouched=not opened)
    yield held("a backup") if reason else won(what, "doorward restore")


def _taken(host: Host, content: bytes, key: str) -> Iterator[Try]:
    """What was refused exists: as it is, and with its key, the backup would be restored."""
    reason = host.why_not_restored(content, key)
    if reason:
        yield untried(f"a sound backup would not be restored here: {reason}")


Changed = Callable[[str, bytes], Iterator[tuple[tarfile.TarInfo, bytes]]]


def _rewritten(content: bytes, change: Changed) -> bytes:
    """The archive with what `change` makes of its members, all its hashes made anew, and the code that it had."""
    made, sums, code = io.BytesIO(), b"", b""
    with (
        tarfile.open(fileobj=io.BytesIO(content)) as source,
        tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT) as target,
    ):
        for member in source:
            file = source.extractfile(member)
            read = file.read() if file is not None else b""
            if member.name == _CODE:
                code = read
            if member.name in (_SUMS, _CODE):
                continue
            for info, text in change(member.name, read):
                target.addfile(info, io.BytesIO(text))
                sums += f"{hashlib.sha256(text).hexdigest()}  {info.name}\n".encode()
        for name, text in ((_SUMS, sums), (_CODE, code)):
            target.addfile(_plain(name, len(text)), io.BytesIO(text))
    end = made.getvalue().rstrip(b"\0")
    return end + bytes(-len(end) % 512) + bytes(1024)


def _plain(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, 1
    return info


def _of_another_version(name: str, content: bytes) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    text = content.replace(b'"version": "', b'"version": "9') if name == "backup.json" else content
    yield _plain(name, len(text)), text


def _with(name: str, **fields: object) -> Changed:
    """A further member before the seals, which everybody reads."""

    def change(member: str, content: bytes) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
        if member == "journal.seals":
            info = _plain(name, 0)
            for field, value in fields.items():
                setattr(info, field, value)
            yield info, b""
        yield _plain(member, len(content)), content

    return change


_HOSTILE: dict[str, Changed] = {
    "a name that leads out": _with(f"files/../../{_ESCAPED}"),
    "a name that leads far out": _with(f"files/../../../{_ESCAPED}"),
    "an absolute name": _with(f"/{_ESCAPED}"),
    "a link": _with("files/aa", type=tarfile.SYMTYPE, linkname="../../secrets.toml"),
    "a hard link": _with("files/aa", type=tarfile.LNKTYPE, linkname="backup.json"),
    "a device": _with("files/aa", type=tarfile.CHRTYPE),
    "something that has no place": _with("strange"),
}

_WHY = (
    "Backups are copied to many places, and read by whoever looks after those. A restore believes what stands in one."
)
_MEND = "Leave the making and the reading of backups to doorward backup and doorward restore, and report this."

ATTACKS = (
    Attack(
        "backups.secrets", "Secrets stand in an unencrypted backup",
        "Every secret that was used in the run, and the server's own keys, searched for in an unencrypted backup.",
        _WHY, _MEND, ("13.3.1", "13.3.2", "14.2.4"),
        ("keys out of plain backups", "hashed sessions", "hashed tokens", "hashed codes", "journal without secrets"),
        on_scene=in_plain),
    Attack(
        "backups.readable", "An encrypted backup can be read without its key",
        "What every backup holds, searched for in an encrypted one; what looks the same in it, or in another; "
        "opening it without its key.",
        _WHY, _MEND, ("11.3.2", "14.2.4"), ("encrypted backups",), on_scene=read_without_key),
    Attack(
        "backups.forged", "A forged backup would be restored",
        "Encrypted and unencrypted backups changed, cut short, lengthened, put in another order, and made by others.",
        _WHY, _MEND, ("11.3.3",), ("signed backups",), on_scene=forged),
    Attack(
        "backups.hostile", "A hostile backup writes elsewhere",
        "Archives with names that lead out, links and devices, for which the operator has vouched.",
        _WHY, _MEND, ("5.3.2",), ("strict archives",), on_scene=hostile),
    Attack(
        "backups.revived", "A restore lets people in again",
        "A backup is restored elsewhere, and sessions, codes and links are counted there.",
        "Who was signed out, or has used a code, would be in again, with whatever they had copied.",
        _MEND, ("7.4.1",), ("restores end sessions",), on_scene=revived),
    Attack(
        "backups.given-out", "Administrators take away unencrypted backups",
        "An encrypted and an unencrypted backup in the folder, both asked for by an administrator.",
        "Administrators are trusted with people, and not with the server's keys and whatever others have written.",
        _MEND, ("13.3.2", "14.2.4"), ("encrypted downloads",), on_scene=given_out),
)  # fmt: skip
