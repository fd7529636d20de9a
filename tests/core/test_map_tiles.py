"""Templates of map tiles: which are taken, and the origin that a page lets pictures come from."""

from __future__ import annotations

import pytest

from doorward.core.map_tiles import TileLayer, read_template


@pytest.mark.parametrize(
    ("template", "origin"),
    [
        ("https://tiles.example.org/{z}/{x}/{y}.png", "https://tiles.example.org"),
        ("https://tiles.example.org:8443/t/{z}/{y}/{x}@2x.png?key=a1", "https://tiles.example.org:8443"),
        ("https://tiles.example.org/t?z={z}&x={x}&y={y}", "https://tiles.example.org"),
        ("http://127.0.0.1:8080/{z}/{x}/{y}.png", "http://127.0.0.1:8080"),
        ("http://192.168.1.5/{z}/{x}/{y}.png", "http://192.168.1.5"),
        ("http://localhost:8080/{z}/{x}/{y}", "http://localhost:8080"),
    ],
)
def test_a_template_names_one_origin(template: str, origin: str) -> None:
    assert TileLayer(read_template(f" {template} "), "A map", 0, 19).origin == origin


@pytest.mark.parametrize(
    "template",
    [
        "https://tiles.example.org/{z}/{x}.png",
        "https://tiles.example.org/{z}/{x}/{y}/{y}.png",
        "https://tiles.example.org/{z}/{x}/{y}/{key}.png",
        "https://{z}.example.org/{x}/{y}.png",
        "https://*.example.org/{z}/{x}/{y}.png",
        "https://user:word@tiles.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}/{y}.png#top",
        "https://tiles.example.org/{z}/{x}/{y}.png; script-src *",
        "https://tiles.example.org;script-src/{z}/{x}/{y}.png",
        "https://TILES.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org:99999/{z}/{x}/{y}.png",
        "https:///{z}/{x}/{y}.png",
        "http://tiles.example.org/{z}/{x}/{y}.png",
        "http://8.8.8.8/{z}/{x}/{y}.png",
        "javascript:alert({z}{x}{y})",
        "data:image/png,{z}{x}{y}",
        "/tiles/{z}/{x}/{y}.png",
        "",
    ],
)
def test_whatever_could_say_more_than_one_origin_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="must be an https address"):
        read_template(template)
