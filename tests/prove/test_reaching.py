"""`doorward check --url`: what stands between people and the server is found out, and compared with the settings."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from doorward import Doorward
from doorward.errors import StartRefused
from doorward.prove.checks.reach import judge
from doorward.prove.findings import Severity
from doorward.prove.reaching import may_reach, place_of, reach
from doorward.serve.authority import ensure_certificate, tls_context
from doorward.serve.checking import host_of
from doorward.testing import Browser, test_settings
from tests.support.doors import bare_app
from tests.support.proxies import Forward, Headers, Proxy, sound

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an authority, and its certificate for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("authority") / "tls"
    ensure_certificate(folder, ["localhost"], ["127.0.0.1"], NOW)
    return folder


@contextmanager
def served(data: Path, authority: Path | None, **settings: Any) -> Iterator[tuple[Doorward, int]]:
    """A door behind a real socket, and its port."""
    app = bare_app(root_path=str(data))
    door = Doorward(app, settings=test_settings(data, **settings))
    door.start()
    if authority is not None:
        (data / "tls").symlink_to(authority)
    server = make_server(settings.get("host", "127.0.0.1"), 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield door, server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
        door.close()


def found(tmp_path: Path, certificate: Path, forward: Forward = sound, **settings: Any) -> dict[str, Severity]:
    """What is found out about a server with these settings behind a proxy that forwards so."""
    data = tmp_path / "data"
    data.mkdir()
    with served(data, certificate, **settings) as (door, port):
        with Proxy(port, forward, tls_context(certificate / "server.pem")) as proxy:
            return {one.id: one.severity for one in judge(reach(proxy.url, host_of(door)))}


OWN = {"reach.own-authority": Severity.NOTE}


def test_a_sound_proxy_with_the_right_settings_brings_nothing(tmp_path: Path, certificate: Path) -> None:
    assert found(tmp_path, certificate, behind_proxy="127.0.0.1") == OWN


def test_a_proxy_that_the_settings_do_not_name(tmp_path: Path, certificate: Path) -> None:
    told = found(tmp_path, certificate)
    assert told["reach.proxy-not-named"] is Severity.HIGH


def test_addresses_of_clients_among_the_named_proxies(tmp_path: Path, certificate: Path) -> None:
    told = found(tmp_path, certificate, behind_proxy="127.0.0.0/8")
    assert told["reach.forged-address"] is Severity.HIGH


def _passes_address(headers: Headers, client: str, scheme: str) -> Headers:
    return {**sound(headers, client, scheme), "X-Forwarded-For": headers.get("X-Forwarded-For", client)}


def _passes_scheme(headers: Headers, client: str, scheme: str) -> Headers:
    return {"X-Forwarded-Proto": scheme, **headers, "X-Forwarded-For": client, "X-Forwarded-Host": headers["Host"]}


def _passes_host(headers: Headers, client: str, scheme: str) -> Headers:
    return {"X-Forwarded-Host": headers["Host"], **headers, "X-Forwarded-For": client, "X-Forwarded-Proto": scheme}


def _no_scheme(headers: Headers, client: str, scheme: str) -> Headers:
    return {key: value for key, value in sound(headers, client, scheme).items() if key != "X-Forwarded-Proto"}


def _no_address(headers: Headers, client: str, scheme: str) -> Headers:
    return {key: value for key, value in sound(headers, client, scheme).items() if key != "X-Forwarded-For"}


def _own_host(headers: Headers, client: str, scheme: str) -> Headers:
    return {**sound(headers, client, scheme), "X-Forwarded-Host": "localhost:9"}


def _one_more(headers: Headers, client: str, scheme: str) -> Headers:
    return {**sound(headers, client, scheme), "X-Forwarded-For": f"{client}, 127.0.0.44"}


@pytest.mark.parametrize(
    ("forward", "expected"),
    [
        (_passes_address, "reach.forged-address"),
        (_passes_scheme, "reach.forged-scheme"),
        (_passes_host, "reach.forged-host"),
        (_no_scheme, "reach.scheme-lost"),
        (_no_address, "reach.proxy-silent"),
        (_own_host, "reach.host-lost"),
        (_one_more, "reach.hops"),
    ],
)
def test_each_mistake_of_a_proxy_is_found_by_its_name(
    forward: Forward, expected: str, tmp_path: Path, certificate: Path
) -> None:
    told = found(tmp_path, certificate, forward, behind_proxy="127.0.0.1")
    assert expected in told
    assert told[expected] in (Severity.HIGH, Severity.MEDIUM)


def test_a_port_that_is_open_past_the_proxy(tmp_path: Path, certificate: Path) -> None:
    told = found(tmp_path, certificate, behind_proxy="127.0.0.1", host="0.0.0.0")
    assert told == {**OWN, "reach.port-open": Severity.HIGH}


def test_no_proxy_at_all_is_fine_where_none_is_named(tmp_path: Path) -> None:
    with served(tmp_path, None) as (door, port):
        assert list(judge(reach(f"http://127.0.0.1:{port}", host_of(door)))) == []


def test_a_proxy_that_is_named_and_is_not_there(tmp_path: Path) -> None:
    with served(tmp_path, None, behind_proxy="127.0.0.1") as (door, port):
        ids = {one.id for one in judge(reach(f"http://127.0.0.1:{port}", host_of(door)))}
    assert ids == {"reach.no-proxy"}


def test_clients_that_are_named_as_proxies_forge_without_any_proxy(tmp_path: Path) -> None:
    with served(tmp_path, None, behind_proxy="127.0.0.0/8") as (door, port):
        ids = {one.id for one in judge(reach(f"http://127.0.0.1:{port}", host_of(door)))}
    assert ids >= {"reach.no-proxy", "reach.forged-address", "reach.forged-scheme", "reach.forged-host"}


def test_a_certificate_that_nobody_trusts_is_found_and_the_rest_is_looked_at_all_the_same(
    tmp_path: Path, certificate: Path
) -> None:
    other = tmp_path / "other"
    ensure_certificate(other, ["localhost"], ["127.0.0.1"], NOW)
    data = tmp_path / "data"
    data.mkdir()
    with served(data, certificate) as (door, port):
        with Proxy(port, context=tls_context(other / "server.pem")) as proxy:
            ids = {one.id for one in judge(reach(proxy.url, host_of(door)))}
    assert ids == {"reach.certificate", "reach.proxy-not-named", "reach.no-hsts"}


def test_old_tls_is_found(tmp_path: Path, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "server.pem")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    data = tmp_path / "data"
    data.mkdir()
    with served(data, certificate, behind_proxy="127.0.0.1") as (door, port):
        with Proxy(port, context=context) as proxy:
            ids = {one.id for one in judge(reach(proxy.url, host_of(door)))}
    assert ids == {"reach.own-authority", "reach.old-tls"}


def test_another_server_is_not_taken_for_this_one(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with served(tmp_path / "a", None) as (door, _), served(tmp_path / "b", None) as (_, port):
        (one,) = judge(reach(f"http://127.0.0.1:{port}", host_of(door)))
    assert one.id == "reach.not-this-server"


def test_a_name_that_the_server_does_not_answer_for(tmp_path: Path) -> None:
    with served(tmp_path, None) as (door, port):
        (one,) = judge(_named_otherwise(door, port))
    assert one.id == "reach.host-refused"


def _named_otherwise(door: Doorward, port: int) -> Any:
    def renamed(headers: Headers, client: str, scheme: str) -> Headers:
        return {**headers, "Host": "polls.example.org"}

    with Proxy(port, renamed) as proxy:
        return reach(proxy.url, host_of(door))


def test_only_this_machine_or_what_somebody_owns_is_asked() -> None:
    place = place_of("https://192.0.2.10")
    with pytest.raises(StartRefused, match=r"--i-own 192\.0\.2\.10"):
        may_reach(place, [])
    assert may_reach(place, ["192.0.2.10"]) == ["192.0.2.10"]
    for wrong in ("ftp://127.0.0.1", "127.0.0.1", "https://127.0.0.1/polls", "https://127.0.0.1:x", ""):
        with pytest.raises(StartRefused):
            place_of(wrong)


def test_where_nothing_answers_there_is_a_sentence(tmp_path: Path) -> None:
    with served(tmp_path, None) as (door, port):
        pass
    with pytest.raises(StartRefused, match="does not answer"):
        reach(f"http://127.0.0.1:{port}", host_of(door))


# --- the page that tells --------------------------------------------------------------------------------


def test_nobody_without_the_keys_is_told_what_the_server_sees(tmp_path: Path) -> None:
    with served(tmp_path, None) as (door, _):
        browser = Browser(door.app)
        nonce, proof = host_of(door).prove()
        good = browser.get("/doorward/seen", headers={"X-Doorward-Proof": proof})
        assert good.status_code == 200  # it is there
        assert good.headers["Cache-Control"] == "no-store"
        wrong = (
            None,
            "",
            nonce,
            f"{proof}x",
            door.keys.sign("another-purpose", nonce, door.clock()),
            door.keys.sign("seen-proof", nonce, datetime(2020, 1, 1, tzinfo=UTC)),
            "x" * 10_000,
        )
        for header in wrong:
            headers = {"X-Doorward-Proof": header} if header is not None else {}
            refused = browser.get("/doorward/seen", headers=headers)
            assert refused.status_code == 404
            assert "127.0.0.1" not in refused.get_data(as_text=True)


def test_an_answer_that_was_made_up_on_the_way_is_not_believed(tmp_path: Path) -> None:
    with served(tmp_path, None) as (door, _):
        host = host_of(door)
        nonce, proof = host.prove()
        told = Browser(door.app).get("/doorward/seen", headers={"X-Doorward-Proof": proof}).json
        assert told is not None
        assert host.holds(nonce, told["seen"], told["code"])
        assert not host.holds(nonce, told["seen"].replace("127.0.0.1", "10.0.0.1"), told["code"])
        assert not host.holds("another", told["seen"], told["code"])
        assert not host.holds(nonce, told["seen"], "zz")
