"""What attacks at the socket read: where each answer ends, and when a server hangs up."""

from __future__ import annotations

import socket
import threading

from doorward.prove.raw import Place, Raw, split_answers


def test_answers_one_behind_the_other_are_told_apart() -> None:
    data = (
        b"HTTP/1.1 100 Continue\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none"
        b"HTTP/1.1 304 Not Modified\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ntw\r\n1\r\no\r\n0\r\n\r\n"
        b"HTTP/1.1 400 Bad Request\r\nX-A: b\r\n\r\nto the end"
    )
    found = split_answers(data)
    assert [(one.status, one.body) for one in found] == [(200, b"one"), (304, b""), (200, b"two"), (400, b"to the end")]
    assert found[3].header("x-a") == "b"
    assert split_answers(b"GARBAGE") == []
    assert split_answers(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")[0].status == 101


def test_a_place_is_read_from_a_url() -> None:
    assert Place.at("http://127.0.0.1:8000") == Place("127.0.0.1", 8000)
    assert Place.at("https://[::1]:8443/a").header == "[::1]:8443"


def test_a_cut_connection_is_seen_and_an_open_one_is_not_taken_for_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = Place("127.0.0.1", server.getsockname()[1])
        kept = []

        def serve() -> None:
            for cut in (True, False):
                one, _ = server.accept()
                if cut:
                    one.close()
                else:
                    kept.append(one)

        threading.Thread(target=serve, daemon=True).start()
        with Raw(place) as first, Raw(place) as second:
            assert first.is_cut(2.0)
            assert not second.is_cut(0.1)
    for one in kept:
        one.close()
