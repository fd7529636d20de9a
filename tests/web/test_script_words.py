"""What the kit's scripts say can be said in another language: every sentence of theirs is in the list for it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from doorward.web import jobs, script_words

STATIC = Path(script_words.__file__).parent / "static"


def skeleton(text: str) -> str:
    """A text with what stands in it taken out."""
    return re.sub(r"%\(\w+\)s|\$\{[^}]*\}", "\0", text)


def test_every_sentence_of_the_upload_scripts_is_in_the_list() -> None:
    there = {skeleton(text) for text in script_words.UPLOADS}
    source = "".join((STATIC / name).read_text("utf-8") for name in ("uploads.js", "upload-sending.js"))
    source = re.sub(r"^\s*(?://|\*|/\*).*$", "", source, flags=re.MULTILINE)
    said = re.findall(r'said\("([^"]+)"\)|say\("([^"]+)"\)|Refused\(["`]([^"`]+)["`]\)|ing: ["`]([^"`]+)["`]', source)
    found = {skeleton(next(filter(None, one))) for one in said} - {"\0 %"}
    assert len(found) > 10
    assert found - there == set()


def test_every_word_and_sentence_about_a_job_is_in_the_list() -> None:
    there = {skeleton(text) for text in script_words.JOBS}
    assert set(jobs._WORDS.values()) <= there
    for state, done, total, file_name in (
        ("waiting", 0, None, ""),
        ("running", 3, 9, ""),
        ("running", 3, None, ""),
        ("running", 0, None, ""),
        ("done", 0, None, ""),
        ("done", 0, None, "a.csv"),
        ("cancelled", 0, None, ""),
    ):
        job = jobs.ShownJob("1", "A job", state, done, total, "", file_name, "/account/jobs/1", "")
        assert re.sub(r"\d+", "\0", job.text) in there, job.text


@pytest.mark.parametrize("script", ["uploads", "jobs"])
def test_only_what_is_said_otherwise_is_in_a_page(script: str) -> None:
    assert script_words.script_words(lambda text: text, script) == {}
    said = script_words.script_words(lambda text: text.upper() if text.startswith("Waiting for") else text, script)
    assert said == {"Waiting for its turn.": "WAITING FOR ITS TURN."}
