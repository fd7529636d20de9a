"""`doorward prove` on the whole suite, as an operator runs it: every attack is held, and every way is covered."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from doorward.prove.closed import CLOSINGS

#: Attacks that find nothing to try here, and why. Whoever adds an attack sees that it is tried, or says here why not.
_NOT_TRIED = {
    "guessing.times": "hashing is too cheap here for a difference to be measured",
    "markup.addresses": "nobody can give the suite a link yet",
    "outbound.redirects": "previews of links, which follow some, are off; what asks providers of sign-in follows none",
    "outbound.keys": "where no redirect is followed no key can go along with one",
}
#: On a busy machine; on a quiet one it is a third of it.
_FAR_TOO_LONG = 1_800


def environment(place: Path, **settings: str) -> dict[str, str]:
    """Of a machine with no settings but these, which keeps what is temporary in `place`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DOORWARD_")}
    place.mkdir(exist_ok=True)
    cheap = {"DOORWARD_ENV": "development", "DOORWARD_HASH_PROFILE": "cheap"}
    return {**inherited, "TMPDIR": str(place), **cheap, **settings}


def command(place: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "doorward.cli.main", "prove", "--strict", "--data", str(place / "data"), *options]


def proved(place: Path, *options: str, **settings: str) -> dict[str, Any]:
    """What came of a run that must end well, and leave nothing behind."""
    temporary, result = place / "tmp", place / "result.json"
    run = subprocess.run(
        command(place, "--json", str(result), *options),
        env=environment(temporary, **settings),
        cwd=place,
        capture_output=True,
        text=True,
        timeout=_FAR_TOO_LONG,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert list(temporary.iterdir()) == [], "the run left something behind"
    found: dict[str, Any] = json.loads(result.read_text("utf-8"))
    return found


def closed_by(*names: str) -> set[str]:
    """The ways that these settings close."""
    return {way for closing in CLOSINGS if closing.setting in names for way in closing.ways}


def test_the_suite_holds_and_every_way_into_it_is_covered(tmp_path: Path) -> None:
    result = proved(tmp_path)
    assert result["uncovered"] == {}
    assert set(result["closed"]) == closed_by("registration_open", "registration_email", "host")
    assert closed_by("oidc") <= set(result["covered"])
    assert all(attack["findings"] == [] for attack in result["attacks"])
    never = {attack["id"] for attack in result["attacks"] if not attack["held"]}
    assert never <= set(_NOT_TRIED), "these attacks were not tried at all"
    streams = next(attack for attack in result["attacks"] if attack["id"] == "streams.unseen")
    assert streams["not_tried"] == [], "of these streams nothing is shown: see docs/handbook/prove.md"
    assert {"GET /live", "POST /setup/<code>", "POST /login/passkey", "POST /recover/code"} <= set(result["covered"])


#: An installation that serves one app: what the door does is the same with fewer apps behind it, and shown sooner.
ONE_APP = {"DOORWARD_APPS": "polls"}


def test_with_registration_open_its_ways_are_covered_too_and_no_app_is_attacked_that_is_not_served(
    tmp_path: Path,
) -> None:
    opened = {"DOORWARD_REGISTRATION_OPEN": "open", "DOORWARD_REGISTRATION_EMAIL": "required"}
    result = proved(tmp_path, "--only", "access.visitor,csrf.token", **opened, **ONE_APP)
    assert result["uncovered"] == {}
    apps = {way.split(" ")[1].split("/")[1] for way in result["covered"]} & {"polls", "chat", "evidence"}
    assert apps == {"polls"}
    assert set(result["closed"]) == closed_by("oidc", "host"), "a provider is there only for attacks that need one"
    assert closed_by("registration_open", "registration_email") <= set(result["covered"])


@pytest.mark.parametrize("ended", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_ended_leaves_nothing_behind(tmp_path: Path, ended: signal.Signals) -> None:
    temporary = tmp_path / "tmp"
    run = subprocess.Popen(
        command(tmp_path, "--only", "access,oidc.state"),  # with a provider of the run's own
        env=environment(temporary, **ONE_APP),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
    )
    try:
        children = until(lambda: children_of(run.pid) if any(temporary.glob("*/data/doorward.sqlite3")) else [])
        assert children, "the server that is attacked did not start"
        time.sleep(1)  # in the middle of things
        run.send_signal(ended)
        assert run.wait(30) == 130
    finally:
        run.kill()
    assert list(temporary.iterdir()) == [], "the run left its folder behind"
    assert until(lambda: [not any(Path(f"/proc/{one}").exists() for one in children)]), "its server still runs"


def test_what_a_killed_run_left_is_gone_after_the_next_and_its_server_with_it(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    run = subprocess.Popen(
        command(tmp_path, "--only", "access"),
        env=environment(temporary, **ONE_APP),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
    )
    children = until(lambda: children_of(run.pid) if any(temporary.glob("*/data/doorward.sqlite3")) else [])
    run.kill()
    run.wait(30)
    assert children, "the server that is attacked did not start"
    assert until(lambda: [not any(is_running(one) for one in children)]), "its server still runs"
    assert list(temporary.iterdir()), "a run that is killed cannot clean up"
    assert proved(tmp_path, "--only", "headers.talkative", **ONE_APP)["attacks"]


def is_running(pid: int) -> bool:
    """Whether there is such a process, and it is not only waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def until(find: Any, seconds: float = 30) -> list[Any]:
    """What `find` gives as soon as it gives something that is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = [one for one in find() if one]
        if found:
            return found
        time.sleep(0.05)
    return []
