"""A comment turns a finding into a note, if it says why and stands where it counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from doorward.prove.findings import Severity
from tests.prove.checks.test_source import found
from tests.prove.checks.test_templates import found as found_in_template

REASON = "doorward: allow source.eval because the text is a constant of ours"


@pytest.mark.parametrize(
    "source",
    [
        f"eval(x)  # {REASON}",
        f"# {REASON}\neval(x)",
        f"# A word before.\n# {REASON}\n# and a word behind\neval(x)",
    ],
)
def test_a_comment_with_a_reason_makes_a_note_of_it(source: str, tmp_path: Path) -> None:
    (one,) = found(tmp_path, source)
    assert one.severity is Severity.NOTE
    assert one.id == "source.eval"
    assert "the text is a constant of ours" in one.what


@pytest.mark.parametrize(
    "source",
    [
        f"# {REASON}\n\neval(x)",
        f"x = '# {REASON}'\neval(x)",
        f"a = 1  # {REASON}\neval(x)",
        f"eval(x)\n# {REASON}",
        f"eval(x)  # {REASON.replace('eval', 'shell')}",
    ],
)
def test_a_comment_elsewhere_or_about_something_else_does_not_count(source: str, tmp_path: Path) -> None:
    assert Severity.HIGH in [one.severity for one in found(tmp_path, source)]


@pytest.mark.parametrize("comment", ["doorward: allow source.eval", "doorward: allow source.eval because ok"])
def test_a_comment_without_a_reason_does_not_count_and_is_found(comment: str, tmp_path: Path) -> None:
    assert {one.id for one in found(tmp_path, f"eval(x)  # {comment}")} == {"source.eval", "allowances.no-reason"}


def test_a_comment_that_allows_nothing_any_more_is_found(tmp_path: Path) -> None:
    assert [one.id for one in found(tmp_path, f"# {REASON}\nx = 1")] == ["allowances.stale"]


def test_comments_of_templates_count_too(tmp_path: Path) -> None:
    allow = "{# doorward: allow templates.unescaped because nh3 has cleaned it #}"
    for source in (
        f"{allow}\n<p>{{{{ x|safe }}}}",
        f"<p>{{{{ x|safe }}}}{allow}",
        allow.replace("#}", "\n#}") + "{{ x|safe }}",
    ):
        (one,) = found_in_template(tmp_path / "data", source)
        assert (one.id, one.severity) == ("templates.unescaped", Severity.NOTE)
    late = found_in_template(tmp_path / "data", f"{allow}\n\n<p>{{{{ x|safe }}}}")
    assert {one.id for one in late} == {"templates.unescaped", "allowances.stale"}
