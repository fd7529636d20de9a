"""Hostile files are refused, or people are told; their honest twins are taken. All in a process that can be lost."""

from __future__ import annotations

import io
import os
import random
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from doorward.core.examining import Task, Verdict
from doorward.core.file_kinds import KINDS, kind_of
from doorward.store import examiner
from doorward.store.examiner import Examiner
from tests.support.hostile_files import HOSTILE, Hostile, animation
from tests.support.sound_files import SOUND, picture


@pytest.fixture(scope="module")
def looker() -> Iterator[Examiner]:
    made = Examiner()
    yield made
    made.close()


def look(looker: Examiner, name: str, data: bytes, *, shows: bool = False, keeps: bool = True) -> Verdict:
    return look_at(looker, name, data, shows=shows, keeps=keeps)[0]


def look_at(
    looker: Examiner, name: str, data: bytes, *, shows: bool = True, keeps: bool = False, side: int = 2560
) -> tuple[Verdict, bytes, bytes]:
    """The verdict, the picture and its thumbnail."""
    kind = kind_of(name)
    assert kind is not None
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as full, tempfile.TemporaryFile() as thumb:
        source.write(data)
        source.flush()
        verdict = looker.examine(Task(kind.extension, shows, keeps, side), source, full, thumb)
        return verdict, os.pread(full.fileno(), 1 << 26, 0), os.pread(thumb.fileno(), 1 << 26, 0)


@pytest.mark.parametrize("name", SOUND)
def test_an_honest_file_of_every_kind_is_taken_without_a_note(looker: Examiner, name: str) -> None:
    verdict = look(looker, name, SOUND[name])
    assert (verdict.refused, verdict.notes) == ("", ())
    kind = kind_of(name)
    assert kind is not None
    assert verdict.media_type.startswith(kind.media_type)


def test_there_is_an_honest_file_of_every_kind() -> None:
    assert {kind.extension for name in SOUND if (kind := kind_of(name))} == set(KINDS)


@pytest.mark.parametrize("one", HOSTILE, ids=lambda one: one.what)
def test_what_is_hostile_is_refused_or_told_and_its_twin_is_taken(looker: Examiner, one: Hostile) -> None:
    twin = look(looker, one.name, one.honest)
    assert (twin.refused, twin.notes) == ("", ()), "the honest twin"
    verdict = look(looker, one.name, one.make())
    if one.why:
        assert (verdict.why, bool(verdict.refused)) == (one.why, True), verdict
    else:
        assert verdict.refused == ""
        assert any(one.note in note for note in verdict.notes), verdict.notes


def test_every_reason_for_refusing_has_a_case() -> None:
    assert {one.why for one in HOSTILE} >= {"type", "polyglot", "bomb", "pixels", "broken", "names", "formula"}


def test_a_camera_may_write_behind_a_picture_of_which_only_the_picture_is_kept(looker: Examiner) -> None:
    photo = picture("JPEG") + b"\0\0\0\x18ftypmp42" + b"moving" * 1000
    assert look(looker, "p.jpg", photo, shows=True, keeps=False).refused == ""
    assert look(looker, "p.jpg", photo, shows=True, keeps=True).why == "polyglot"
    archive = picture("JPEG") + SOUND["files.zip"]
    assert look(looker, "p.jpg", archive, shows=True, keeps=False).why == "polyglot"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_of_a_re_encoded_picture_nothing_is_left_but_the_picture(looker: Examiner, kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    options = {"comment": b"Secret Camera"} if kind in ("GIF", "JPEG") else {}
    given = picture(kind, (300, 200), exif=exif, icc_profile=b"Secret Camera" * 20, **options)
    verdict, full, thumb = look_at(looker, f"p.{kind.lower()}", given)
    assert verdict.refused == ""
    for made in (full, thumb):
        assert b"Secret" not in made
        shown = Image.open(io.BytesIO(made))
        assert not shown.getexif()
        assert not {"icc_profile", "comment", "exif", "xmp"} & set(shown.info)
    assert Image.open(io.BytesIO(full)).size == (300, 200)


def test_large_pictures_are_shown_smaller_and_animations_move(looker: Examiner) -> None:
    verdict, full, thumb = look_at(looker, "p.jpg", picture("JPEG", (3000, 1500)), side=1000)
    assert (verdict.width, verdict.height) == (1000, 500)
    assert Image.open(io.BytesIO(full)).size == (1000, 500)
    assert max(Image.open(io.BytesIO(thumb)).size) == 480
    verdict, full, _ = look_at(looker, "m.gif", animation(frames=4))
    assert (verdict.picture_type, verdict.notes) == ("image/webp", ())
    assert getattr(Image.open(io.BytesIO(full)), "n_frames", 1) == 4
    verdict, full, _ = look_at(looker, "m.gif", animation(frames=250))
    assert "only the first" in verdict.notes[0]
    assert getattr(Image.open(io.BytesIO(full)), "n_frames", 1) == 1


def test_pictures_with_holes_stay_so(looker: Examiner) -> None:
    file = io.BytesIO()
    Image.new("RGBA", (40, 40), (200, 0, 0, 0)).save(file, "PNG")
    _, full, thumb = look_at(looker, "p.png", file.getvalue())
    for made in (full, thumb):
        assert Image.open(io.BytesIO(made)).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


def test_whatever_is_sent_gets_a_verdict_and_the_next_file_too(looker: Examiner) -> None:
    """Files that are broken at random, by a seed that makes it the same each time."""
    chance = random.Random(5)
    for name, data in SOUND.items():
        for _ in range(12):
            broken = bytearray(data)
            for _ in range(chance.choice((1, 3, 20))):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            verdict = look(looker, name, bytes(broken[: chance.randrange(1, len(broken) + 1)]))
            assert verdict.why != "work", (name, verdict)
    assert look(looker, "notes.txt", SOUND["notes.txt"]).refused == ""


def test_a_look_that_takes_too_long_is_ended_and_the_file_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("import sys, time\ntime.sleep(600)\n")
    with monkeypatch.context() as patch:
        patch.setattr(examiner, "_MAIN", slow)
        impatient = Examiner(seconds=0.2)
        verdict = look(impatient, "notes.txt", SOUND["notes.txt"])
    assert verdict.why == "work"
    patient = Examiner()
    assert look(patient, "notes.txt", SOUND["notes.txt"]).refused == ""
    patient.close()
    impatient.close()


def test_a_process_that_dies_costs_no_more_than_its_file() -> None:
    looker = Examiner()
    assert look(looker, "notes.txt", SOUND["notes.txt"]).refused == ""
    os.kill(looker._idle[0]._process.pid, signal.SIGKILL)
    looker._idle[0]._process.wait()
    assert look(looker, "notes.txt", SOUND["notes.txt"]).refused == ""
    looker.close()


def test_the_process_has_neither_the_environment_nor_the_files_of_the_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOORWARD_SECRET_KEYS", "a-key-that-nobody-else-may-have")
    with (tmp_path / "records").open("wb") as records:
        os.set_inheritable(records.fileno(), True)
        looker = Examiner()
        look(looker, "notes.txt", SOUND["notes.txt"])
        process = Path(f"/proc/{looker._idle[0]._process.pid}")
        assert b"a-key" not in (process / "environ").read_bytes()
        held = {os.readlink(entry) for entry in (process / "fd").iterdir()}
        assert not any(str(tmp_path) in name for name in held)
        looker.close()
