"""Each rule that is weaker than it looks is found in the census of a real app, and its sound twin is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from doorward import access, limit
from doorward.prove import checks
from doorward.prove.findings import Finding, Severity
from doorward.serve.checking import facts_of
from tests.support.doors import bare_app, behind

App = Callable[[Flask], object]


def at(path: str, *marks: Callable[..., object], name: str = "page", methods: str = "GET") -> App:
    """Adds a view with these rules."""

    def add(app: Flask) -> None:
        def own() -> str:
            return ""

        marked: object = own if "<" not in path else (lambda **_: "")
        for mark in marks:
            marked = mark(marked)
        app.add_url_rule(path, name, marked, methods=methods.split())  # type: ignore[arg-type]

    return add


PLANTED: tuple[tuple[str, App, App], ...] = (
    (
        "rules.public-write",
        at("/votes", access.public, methods="POST"),
        at("/votes", access.public, limit("60/minute"), methods="POST"),
    ),
    ("rules.public-write", at("/votes", access.public, methods="PUT"), at("/votes", access.member, methods="PUT")),
    (
        "rules.csrf-exempt",
        at("/hook", access.member, access.csrf_exempt("another site calls it"), methods="POST"),
        at("/hook", access.member, methods="POST"),
    ),
    (
        "rules.csp-script",
        at("/map", access.member, access.csp(frame_src=["https://a.example"])),
        at("/map", access.member),
    ),
    ("rules.csp", at("/map", access.member, access.csp(img_src=["https://a.example"])), at("/map", access.member)),
    (
        "rules.csp-script",
        at("/app", access.member, access.csp(worker_src=["https://a.example"])),
        at("/app", access.member, access.starts_worker),
    ),
    ("rules.get-writes", at("/polls/delete", access.member), at("/polls/deleted", access.member)),
    ("rules.get-writes", at("/x", access.member, name="remove_poll"), at("/x", access.member, methods="GET POST")),
    ("rules.admin-path", at("/admin/reports", access.member), at("/admin/reports", access.role("admin"))),
    ("rules.secret-in-path", at("/show/<token>", access.public), at("/show/<code>", access.public)),
    (
        "rules.large-body",
        at("/up", access.public, limit("9/hour"), access.max_body(50 << 20), methods="POST"),
        at("/up", access.member, access.max_body(50 << 20), methods="POST"),
    ),
)


def found(data: Path, add: App) -> list[Finding]:
    app = bare_app(root_path=str(data))
    add(app)
    door = behind(app, data, env="production", hash_profile="rfc9106")
    data.chmod(0o700)
    try:
        return [one for one in checks.run(facts_of(app, door)) if one.severity is not Severity.NOTE]
    finally:
        door.close()


@pytest.mark.parametrize(("finding", "wrong", "sound"), PLANTED)
def test_a_planted_mistake_is_found_and_its_sound_twin_is_not(
    finding: str, wrong: App, sound: App, tmp_path: Path
) -> None:
    assert finding in {one.id for one in found(tmp_path / "wrong", wrong)}
    assert finding not in {one.id for one in found(tmp_path / "sound", sound)}


def test_the_doors_own_pages_bring_no_findings(tmp_path: Path) -> None:
    assert found(tmp_path / "data", lambda app: None) == []


def test_a_finding_of_a_rule_names_the_views_file_and_line(tmp_path: Path) -> None:
    (one,) = found(tmp_path / "data", at("/admin/reports", access.member))
    assert Path(one.where.rpartition(":")[0]).name == "test_rules.py"
