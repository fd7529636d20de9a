"""Clients that keep their connections and ask again as soon as they are answered. Driven by lines on standard input.

Usage: load.py PORT CONNECTIONS     Command: a number of requests; answers with one line: the seconds it took.
"""

from __future__ import annotations

import select
import socket
import sys
import time

REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nUser-Agent: bench\r\n\r\n"
BODY = b"Hello, world!"


def ask(clients: dict[int, socket.socket], poll: select.epoll, count: int) -> float:
    began = time.perf_counter()
    left, answered = count - len(clients), 0
    for client in clients.values():
        client.sendall(REQUEST)
    while answered < count:
        for number, _ in poll.poll():
            data = clients[number].recv(65536)
            while data and not data.endswith(BODY):
                data += clients[number].recv(65536)
            assert data.startswith(b"HTTP/1.1 200"), data
            answered += 1
            if left > 0:
                left -= 1
                clients[number].sendall(REQUEST)
    return time.perf_counter() - began


def main() -> None:
    opened = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(int(sys.argv[2]))]
    clients = {client.fileno(): client for client in opened}
    poll = select.epoll()
    for client in opened:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(client.fileno(), select.EPOLLIN)
    for line in sys.stdin:
        print(ask(clients, poll, int(line)), flush=True)


if __name__ == "__main__":
    main()
