"""The handbook's pages about findings, made of what checks and attacks themselves say: so the two never differ."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from doorward.prove import checks
from doorward.prove.attack import Attack
from doorward.prove.attacks import EVERY
from doorward.prove.checks.kinds import Kind

FOLDER = "docs/handbook/findings"


def pages() -> dict[str, str]:
    """The text of each page, by its file's name: one for each area of checks or attacks."""
    found: dict[str, tuple[list[Kind], list[Attack]]] = {}
    for kind in checks.kinds():
        found.setdefault(kind.area, ([], []))[0].append(kind)
    for attack in EVERY:
        found.setdefault(attack.area, ([], []))[1].append(attack)
    return {f"{area}.md": "\n".join(_page(area, *both)) + "\n" for area, both in found.items()}


def _page(area: str, kinds: list[Kind], attacks: list[Attack]) -> Iterator[str]:
    yield f"# Findings about {area}"
    for introduction in _introductions(area, kinds, attacks):
        yield from ("", _plain(introduction))
    told = " and ".join([*(["checks"] if kinds else []), *(["attacks"] if attacks else [])])
    yield from ("", f"This page is made of the texts of the {told}; after changing one: `python -m tools.handbook`")
    for kind in kinds:
        yield from ("", f"## {kind.anchor}", "")
        yield f"**{kind.title}** · {kind.severity.value} · found by `doorward check`"
        yield from ("", _plain(kind.why), "", f"**Mend:** {_plain(kind.mend)}")
        yield from _requirements(kind.asvs)
    for attack in attacks:
        yield from ("", f"## {attack.anchor}", "")
        yield f"**{attack.title}** · {attack.severity.value} · found by `doorward prove`"
        yield from ("", f"**Tried:** {_plain(attack.tries)}", "", _plain(attack.why), "")
        yield f"**Mend:** {_plain(attack.mend)}"
        yield from _requirements(attack.asvs)


def _introductions(area: str, kinds: list[Kind], attacks: list[Attack]) -> list[str]:
    """The sentences with which the modules begin that these come from, each once."""
    modules = [checks.module_of(area)] if kinds else []
    tried = [one.on_sample or one.on_scene for one in attacks]
    modules += [sys.modules[one.__module__] for one in tried if one is not None]
    return list(dict.fromkeys((module.__doc__ or "").split("\n\n")[0] for module in modules))


def _requirements(asvs: tuple[str, ...]) -> Iterator[str]:
    if asvs:
        yield from ("", f"OWASP ASVS 5.0: {', '.join(asvs)}")


def _plain(text: str) -> str:
    """Text that Markdown leaves as it is."""
    return " ".join(text.split()).replace("<", "\\<").replace("*", "\\*")
