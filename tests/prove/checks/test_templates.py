"""Each mistake in a template is found where it stands, and its sound twin is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from doorward.core.access import MEMBER, Demand
from doorward.prove import checks
from doorward.prove.checks.facts import GuardedRoute, Template
from doorward.prove.findings import Finding, Severity
from doorward.web.census import Route
from tests.prove.checks.planted_settings import facts
from tests.prove.checks.planted_templates import PLANTED

ROUTES = (
    GuardedRoute(Route("POST", "/polls/<int:number>/delete", "polls.delete", Demand(MEMBER))),
    GuardedRoute(Route("GET", "/polls/search", "polls.search", Demand(MEMBER))),
)


def found(data: Path, source: str, name: str = "a.html", *, escaped: bool = True) -> list[Finding]:
    template = Template(name, f"templates/{name}", source, escaped)
    return checks.run(facts(data, {"templates": [template], "routes": ROUTES}, env="production"))


@pytest.mark.parametrize(("finding", "wrong", "sound"), PLANTED)
def test_a_planted_mistake_is_found_and_its_sound_twin_is_not(
    finding: str, wrong: str, sound: str, tmp_path: Path
) -> None:
    assert finding in {one.id for one in found(tmp_path / "data", wrong)}
    assert finding not in {one.id for one in found(tmp_path / "data", sound)}


def test_a_finding_names_the_line(tmp_path: Path) -> None:
    source = "<p>\n{# one #}\n{% if a %}\n  {{- x|safe }}\n{%- endif %}\n\n<b\n  onclick='y'>\n<i style='z'></i>"
    places = {one.id: one.where for one in found(tmp_path / "data", source)}
    assert places == {
        "templates.unescaped": "templates/a.html:4",
        "templates.inline-handler": "templates/a.html:7",
        "templates.inline-style": "templates/a.html:9",
    }


def test_a_page_whose_name_is_not_escaped(tmp_path: Path) -> None:
    wrong = found(tmp_path / "data", "<p>{{ name }}</p>", "page.jinja", escaped=False)
    assert [one.id for one in wrong] == ["templates.name-not-escaped"]
    assert found(tmp_path / "data", "Dear {{ name }}", "mail.txt", escaped=False) == []


def test_an_address_out_of_the_request_is_worse(tmp_path: Path) -> None:
    chosen = found(tmp_path / "data", '<a href="{{ request.args.next }}">')
    assert [(one.id, one.severity) for one in chosen] == [("templates.address", Severity.MEDIUM)]


def test_branches_are_read_one_after_the_other(tmp_path: Path) -> None:
    source = '<a {% if a %}class="x"{% elif b %}class="y"{% else %}class=z{% endif %} title="{{ t }}">{{ u }}</a>'
    assert found(tmp_path / "data", source) == []


def test_a_macro_begins_as_text(tmp_path: Path) -> None:
    source = '<a href="{% macro m(x) %}<b>{{ x }}</b>{% endmacro %}/x">{{ m(1) }}</a>'
    assert found(tmp_path / "data", source) == []
