"""A page of a PDF as the plan: drawn in a process of its own that draws one and is gone, within bounds."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from doorward.core.examining import Task, Verdict
from doorward.store.examiner import EXAMINER, Examiner
from doorward.testing import signed_in
from doorward_suite.planning import access
from tests.support import sound_files

from .conftest import Town, begin

RED, GREEN, BLUE = (200, 30, 30), (30, 160, 30), (30, 30, 200)


def document(*colours: tuple[int, int, int], size: tuple[float, float] = (600, 400), password: str = "") -> bytes:
    """A page of each colour."""
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=size, encrypt=password or None)
    for colour in colours:
        canvas.setFillColor(Color(*(one / 255 for one in colour)))
        canvas.rect(0, 0, *size, stroke=0, fill=1)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


@pytest.fixture(scope="module")
def square(app: Flask) -> Town:
    return begin(app, "pam", count=1)


def send(town: Town, content: bytes, name: str = "plan.pdf", **more: str):
    form = {"plan_title": "The square", **more, "plan": (io.BytesIO(content), name)}
    return town.olga.post(f"{town.path}/plan", form, content_type="multipart/form-data")


def shown(town: Town) -> Image.Image:
    answer = town.olga.get(f"{town.path}/plan")
    assert answer.status_code == 200
    assert answer.mimetype in ("image/png", "image/jpeg"), "never the document itself"
    return Image.open(io.BytesIO(answer.data)).convert("RGB")


def test_the_page_that_was_asked_for_becomes_the_plan(square: Town) -> None:
    content = document(RED, GREEN, BLUE)
    assert send(square, content).status_code == 303
    picture = shown(square)
    assert picture.getpixel((300, 200)) == pytest.approx(RED, abs=3), "without a number it is the first"
    assert max(picture.size) <= 4000
    assert picture.width / picture.height == pytest.approx(1.5, abs=0.01)
    assert send(square, content, plan_page="3").status_code == 303
    assert shown(square).getpixel((300, 200)) == pytest.approx(BLUE, abs=3)
    page = square.olga.get(square.path).get_data(as_text=True)
    assert f'data-width="{picture.width}" data-height="{picture.height}"' in page


def test_a_page_that_is_not_there_is_refused_and_the_plan_before_stays(square: Town) -> None:
    assert send(square, document(GREEN)).status_code == 303
    for number, said in (("2", "has 1 pages: there is no page 2"), ("0", "as a number"), ("x", "as a number")):
        refused = send(square, document(RED), plan_page=number)
        assert refused.status_code == 422
        assert said in refused.get_data(as_text=True)
    assert shown(square).getpixel((300, 200)) == pytest.approx(GREEN, abs=3)


@pytest.mark.parametrize(
    "content",
    [
        document(RED, password="let me in"),
        document(RED, size=(200_000, 200)),
        document(RED)[:-300] + b"\nstartxref\n0\n%%EOF\n",
        b"%PDF-1.7\n" + b"nothing at all " * 50 + b"\nstartxref\n0\n%%EOF\n",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    ],
    ids=["encrypted", "enormous", "cut", "nonsense", "svg"],
)
def test_what_cannot_be_drawn_is_refused_with_a_reason(square: Town, content: bytes) -> None:
    assert send(square, document(GREEN)).status_code == 303
    refused = send(square, content)
    assert refused.status_code == 422, refused.get_data(as_text=True)
    assert shown(square).getpixel((300, 200)) == pytest.approx(GREEN, abs=3)


def test_nobody_else_turns_the_pages(square: Town) -> None:
    assert send(square, document(GREEN)).status_code == 303
    ann = square.enter(square.secrets[0])
    form = {"plan_title": "Mine", "plan_page": "1", "plan": (io.BytesIO(document(RED)), "plan.pdf")}
    assert ann.post(f"{square.path}/plan", form, content_type="multipart/form-data").status_code in (403, 404)
    form["plan"] = (io.BytesIO(document(RED)), "plan.pdf")
    other = signed_in(square.app, "elsewhere", access.ORGANISER)
    assert other.post(f"{square.path}/plan", form, content_type="multipart/form-data").status_code == 404
    assert shown(square).getpixel((300, 200)) == pytest.approx(GREEN, abs=3)


def drawn(examiner: Examiner, content: bytes, page: int = 1) -> Verdict:
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as full, tempfile.TemporaryFile() as thumb:
        source.write(content)
        source.flush()
        return examiner.examine(Task(".pdf", True, True, 800, page), source, full, thumb)


def test_the_process_that_drew_a_page_looks_into_nothing_else() -> None:
    examiner = Examiner()
    try:
        assert drawn(examiner, sound_files.pdf(), page=0).refused == ""
        assert len(examiner._idle) == 1, "without a page there is nothing to fear, and it goes on"
        verdict = drawn(examiner, document(RED))
        assert (verdict.refused, verdict.width, verdict.picture_type) == ("", 800, "image/png")
        assert examiner._idle == []
    finally:
        examiner.close()


def test_a_document_that_is_too_much_work_is_refused_and_others_go_on() -> None:
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=(600, 400), pageCompression=1)
    canvas.setFillAlpha(0.01)
    for _ in range(60_000):
        canvas.rect(0, 0, 600, 400, stroke=0, fill=1)
    canvas.save()
    examiner = Examiner(seconds=0.5)
    try:
        assert drawn(examiner, made.getvalue()).why == "work"
        assert examiner._idle == []
    finally:
        examiner.close()
    assert drawn(EXAMINER, document(BLUE)).refused == ""


def test_time_and_memory_of_the_drawing_process_are_bounded_by_the_system() -> None:
    script = """
import json, resource
from doorward.store import examining
examining._bound()
examining._bound_drawing()
kinds = (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_DATA)
print(json.dumps([resource.getrlimit(one)[1] for one in kinds]))
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    seconds, addresses, data = json.loads(ran.stdout)
    assert 0 < seconds <= 60
    assert 0 < data < addresses <= 4 * 2**30
    source = Path("src/doorward/core/looking/pdf_pages.py").read_text()
    assert source.count("import pypdfium2") == 1
    everywhere = [path for path in Path("src").rglob("*.py") if "import pypdfium2" in path.read_text()]
    assert len(everywhere) == 1, "no process that holds anything loads the parser"
