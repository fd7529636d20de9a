"""Ways that prove does not reach fail the run, and apps can say how they are used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from flask import Flask, render_template_string, request

from doorward import Conflict, Doorward, Example, People, StartRefused, access
from doorward.cli import prove as command
from doorward.cli.main import cli
from doorward.prove.attack import Try, held
from doorward.prove.attacks import ALL
from doorward.prove.closed import CLOSINGS, is_really_closed
from doorward.prove.describing import value_for
from doorward.prove.examples import _People
from doorward.prove.filling import Filling
from doorward.prove.person import Person
from doorward.prove.run import Proof, prepare
from doorward.prove.sample import Sample
from doorward.prove.scene import MEMBER, Facts, Scene
from doorward.prove.ways import Way, ways_of
from doorward.prove.wire import HttpLine
from doorward.serve.prove_app import KIT_PAGES, prove_in_process, scene_in_process
from doorward.settings import describe
from doorward.testing import door_of
from tests.prove import hidden
from tests.prove.stage import on_stage, provider
from tests.prove.switches import thrown

_TRIED = [attack for attack in ALL if attack.id in ("access.visitor", "csrf.token")]


def proof_of(examples: dict[str, Any] | None = None) -> Proof:
    with on_stage(lambda: hidden.create_app(examples)) as app:
        return prove_in_process(app, _TRIED, left_out=KIT_PAGES)


def exit_of(proof: Proof, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *options: str) -> tuple[int, str]:
    """The exit code and the words of the command, when this comes of its run."""
    monkeypatch.setattr(command, "prove_app", lambda *args, **more: proof)
    result = CliRunner().invoke(cli, ["--data", str(tmp_path), "prove", *options])
    return result.exit_code, result.output


def test_a_way_that_prove_cannot_reach_fails_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    proof = proof_of()
    assert list(proof.uncovered) == [hidden.ROOM]
    assert proof.findings == []
    code, said = exit_of(proof, monkeypatch, tmp_path, "--strict")
    assert code == 1
    assert "Nothing is shown of these" in said
    assert hidden.ROOM in said
    assert "docs/handbook/prove.md" in said
    assert exit_of(proof, monkeypatch, tmp_path)[0] == 0


def test_an_example_covers_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    proof = proof_of({hidden.ROOM: hidden.switched_on})
    assert proof.uncovered == {}
    assert hidden.ROOM in map(str, proof.covered)
    assert [result.held for result in proof.results if result.attack.id == "access.visitor"] == [2]
    assert exit_of(proof, monkeypatch, tmp_path, "--strict")[0] == 0


def lamp() -> Flask:
    """An app whose page asks for another step, with other fields, once one was taken; no way leads back."""
    app = Flask("lamp", static_folder=None)
    stage = ["off"]
    steps = {"off": '<button name="step" value="on">', "on": '<input name="why"><button name="step" value="dim">'}

    @app.get("/")
    @access.member
    def home() -> str:
        token = '<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">'
        return render_template_string(f'<form method="post" action="/steps">{token}{steps[stage[0]]}Go</button></form>')

    @app.post("/steps")
    @access.member
    def step() -> str:
        if request.form["step"] != ("on" if stage[0] == "off" else "dim"):
            raise Conflict("Not from here.")
        stage[0] = "on"
        return "done"

    Doorward(app)
    return app


def test_a_form_that_leads_to_another_step_is_followed_to_the_next() -> None:
    with on_stage(lamp) as app:
        proof = prove_in_process(app, _TRIED, left_out=KIT_PAGES)
    assert proof.uncovered == {}
    assert {result.attack.id: result.untried for result in proof.results} == {"access.visitor": [], "csrf.token": []}
    with thrown("rule"), on_stage(lamp) as app:
        assert "access.visitor" in prove_in_process(app, _TRIED, left_out=KIT_PAGES).won


def test_what_an_example_covers_is_attacked() -> None:
    with thrown("rule"), on_stage(lambda: hidden.create_app({hidden.ROOM: hidden.switched_on})) as app:
        proof = prove_in_process(app, _TRIED, left_out=KIT_PAGES)
    assert "access.visitor" in proof.won


def test_an_example_that_the_app_refuses_covers_nothing() -> None:
    def with_the_wrong_key(people: People) -> Example:
        return Example(people.member, "/rooms/none/light", form={})

    assert "404" in proof_of({hidden.ROOM: with_the_wrong_key}).uncovered[hidden.ROOM]


def test_an_example_that_fails_says_why() -> None:
    def broken(people: People) -> Example:
        raise KeyError("the key is gone")

    assert "the key is gone" in proof_of({hidden.ROOM: broken}).uncovered[hidden.ROOM]


def test_what_was_shown_once_stays_so_though_its_example_fails_later() -> None:
    gone: list[str] = []

    def while_it_lasts(people: People) -> Example:
        if gone:
            raise KeyError("the key is gone")
        return hidden.switched_on(people)

    def end_it(scene: Scene) -> Iterator[Try]:
        gone.append("everything")
        for sample in scene.samples:
            prepare(scene, sample)
        yield held("the end")

    ending = replace(_TRIED[0], id="test.ending", on_sample=None, on_scene=end_it)
    with on_stage(lambda: hidden.create_app({hidden.ROOM: while_it_lasts})) as app:
        proof = prove_in_process(app, [*_TRIED, ending], left_out=KIT_PAGES)
    assert gone
    assert proof.uncovered == {}


def test_where_a_token_was_ended_an_example_gets_a_program_with_another() -> None:
    with on_stage() as app:
        scene = scene_in_process(app, KIT_PAGES, provider())
        first, anew = _People(scene).program, _People(scene, new_member=True)
        names = [one.get("/api/account").json()["account"]["name"] for one in (first, anew.program)]
        assert names == [scene.people[MEMBER].account, anew.member.person.account]
        assert names[0] != names[1]


def test_an_example_of_no_way_stops_the_start() -> None:
    with (
        pytest.raises(StartRefused, match="POST /rooms/<id>/light"),
        on_stage(lambda: hidden.create_app({"POST /rooms/<id>/light": hidden.switched_on})),
    ):
        pass


def test_a_way_counts_as_closed_only_if_it_answers_nobody() -> None:
    def is_closed(method: str, path: str, **settings: Any) -> bool:
        with on_stage(**settings) as app:
            line = HttpLine("http://localhost", transport=httpx.WSGITransport(app=app), as_proxy=True)
            scene = Scene(line, ways_of(door_of(app).census.routes()), Facts("http://localhost"))
            way = scene.ways.find(method, path)
            assert way is not None
            return is_really_closed(scene, way)

    assert is_closed("GET", "/register")
    assert not is_closed("GET", "/register", registration_open="open")


def test_every_closed_way_is_a_way_of_the_door() -> None:
    with on_stage() as app:
        ways = {f"{route.method} {route.path}" for route in door_of(app).census.routes()}
        names = {row.name for row in describe()}
    for closing in CLOSINGS:
        assert closing.ways <= ways
        assert closing.setting in names


def test_values_are_as_a_description_says() -> None:
    document = {"components": {"schemas": {"Room": {"type": "object", "properties": {
        "name": {"type": "string", "minLength": 30, "maxLength": 40, "pattern": "^[^x]"},
        "kind": {"type": "string", "enum": ["hall", "attic"]},
        "size": {"type": "integer", "minimum": 3, "maximum": 9},
        "doors": {"type": "array", "items": {"type": "string", "maxLength": 20}, "minItems": 2, "uniqueItems": True},
        "lit": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
        "built": {"type": "string", "format": "date-time"},
        "note": {"type": "string"},
    }, "required": ["name", "kind", "size", "doors", "lit", "built"]}}}}  # fmt: skip
    made = value_for({"oneOf": [{"$ref": "#/components/schemas/Room"}]}, document, Filling())
    assert set(made) == {"name", "kind", "size", "doors", "lit", "built"}
    assert 30 <= len(made["name"]) <= 40
    assert (made["kind"], made["size"], made["lit"]) == ("hall", 3, False)
    assert len(set(made["doors"])) == 2


@pytest.mark.parametrize("path", ["/polls/1/archiving", "/polls/1/archive", "/polls/1/deletion", "/people/1/blocking"])
def test_the_walk_leaves_alone_what_ends_what_it_is_about(path: str) -> None:
    """Or the rest of the walk would find nothing there any more."""
    somebody = Person("somebody", HttpLine("http://localhost"))
    assert Sample(Way("POST", path), path, somebody).ends_something
    assert not Sample(Way("GET", path), path, somebody).ends_something


@pytest.mark.parametrize("path", ["/polls/1/copies", "/rooms/1/copy", "/plans/1/duplicate"])
def test_the_walk_makes_no_copies_of_what_it_is_about(path: str) -> None:
    """Or each walk would look at the newest copies, and never again at the first, on which something happened."""
    somebody = Person("somebody", HttpLine("http://localhost"))
    assert Sample(Way("POST", path), path, somebody).copies_something
    assert not Sample(Way("GET", path), path, somebody).copies_something
    assert not Sample(Way("POST", "/polls/1/questions"), "/polls/1/questions", somebody).copies_something


def test_where_a_redirect_leads_into_a_page_the_page_is_asked_for() -> None:
    """As browsers do: what stands after a `#` is never sent. Or an attack that follows such a redirect ends there."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path.decode())
        return httpx.Response(200, html="<title>Plans</title>")

    somebody = Person("somebody", HttpLine("http://localhost", transport=httpx.MockTransport(answer)))
    somebody.open("/plans/1?all=1#pins")
    assert asked == ["/plans/1?all=1"]
