"""The documents point only to what is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
ELSEWHERE = re.compile(r"[a-z]+:", re.IGNORECASE)
TARGET = re.compile(r"^([a-z][a-z-]*):.*##|^\.PHONY: (.*)", re.MULTILINE)


def documents(root: Path) -> list[Path]:
    """Every Markdown file of the project, and none of what is installed beside it."""
    skipped = {"node_modules", ".venv", ".venv-bench", ".build", ".git"}
    return [path for path in sorted(root.rglob("*.md")) if not skipped.intersection(path.relative_to(root).parts)]


def dead_links(root: Path) -> Iterator[str]:
    for document in documents(root):
        for link in LINK.findall(CODE.sub("", document.read_text())):
            if not ELSEWHERE.match(link) and not _is_there(document, link):
                yield f"{document.relative_to(root)}: {link}"


def _is_there(document: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = document.parent / name if name else document
    return target.exists() and (not anchor or target.suffix != ".md" or anchor in _anchors(target))


def _anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_no_document_has_a_dead_relative_link() -> None:
    assert documents(ROOT)
    assert list(dead_links(ROOT)) == []


def test_a_planted_dead_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("# Some Heading, here\n")
    (tmp_path / "a.md").write_text("[x](b.md) [x](b.md#some-heading-here) [x](b.md#gone) [x](c.md) `[x](d.md)`\n")
    assert list(dead_links(tmp_path)) == ["a.md: b.md#gone", "a.md: c.md"]


def test_every_dependency_has_its_reason_written_down() -> None:
    """A name in requirements/*.in that docs/decisions.md does not mention is there for no reason."""
    decisions = (ROOT / "docs" / "decisions.md").read_text().lower()
    wanted = "\n".join(path.read_text() for path in sorted((ROOT / "requirements").glob("*.in")))
    names = re.findall(r"^([a-z][a-z0-9-]*)", wanted, re.MULTILINE)
    assert "flask" in names
    assert [name for name in names if f"**{name}**" not in decisions] == []


def test_the_documents_name_only_make_targets_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())  # type: ignore[index]
    text = "\n".join(document.read_text() for document in documents(ROOT))
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets


def test_nothing_committed_names_a_package_index() -> None:
    """Pins are hashes and versions; where a machine fetches them from is that machine's own business."""
    pins = [*(ROOT / "requirements").glob("*.txt"), ROOT / "tests" / "browser" / "package-lock.json"]
    assert [
        path.name for path in pins if re.search(r"https?://|--index|--find-links|\"resolved\"", path.read_text())
    ] == []


def test_the_tests_and_the_comparisons_use_the_versions_of_the_product() -> None:
    run, test, bench = (pins(name) for name in ("run", "test", "bench"))
    assert run.items() <= test.items()
    assert run.items() <= bench.items()


def pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==(\S+)", text, re.MULTILINE))
