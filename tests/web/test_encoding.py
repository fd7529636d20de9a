"""Bytes that are no text are refused by the door, whichever way they come; text of every script passes."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

import pytest
from flask import Flask, request

from doorward import Doorward, access
from doorward.testing import Browser, signed_in, test_settings


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    app = Flask("echo", static_folder=None)

    @app.route("/echo", methods=["GET", "POST"])
    @app.route("/echo/<word>", methods=["GET"])
    @access.public
    def echo(word: str = "") -> str:
        return word or request.values.get("text", "")

    Doorward(app, settings=test_settings(tmp_path_factory.mktemp("door")))
    return signed_in(app, "mara")


@pytest.mark.parametrize("text", ["plain", "Nguyễn Văn Ễ", "100 % & more + less", "日本語", "🐦"])
def test_text_of_every_script_passes(writer: Browser, text: str) -> None:
    assert writer.post("/echo", {"text": text}).get_data(as_text=True) == text
    assert writer.get("/echo", query_string={"text": text}).get_data(as_text=True) == text
    assert writer.get(f"/echo/{text.replace('%', '%25').replace('/', '')}").get_data(as_text=True) == text


@pytest.mark.parametrize("broken", ["%FF", "%C3%28", "%ED%A0%80", "ok%80"])
def test_broken_text_is_refused_with_400(writer: Browser, broken: str) -> None:
    kind = "application/x-www-form-urlencoded"
    body = f"csrf_token={writer.token}&text={broken}"
    assert writer.send("POST", "/echo", data=body.replace(broken, "fine"), content_type=kind).status_code == 200
    assert writer.send("POST", "/echo", data=body, content_type=kind).status_code == 400
    assert writer.send("GET", f"/echo?text={broken}").status_code == 400
    on_the_wire = unquote_to_bytes(f"/echo/{broken}").decode("latin-1")
    assert writer.send("GET", "/echo", environ_overrides={"PATH_INFO": on_the_wire}).status_code == 400
