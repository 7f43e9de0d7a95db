# SPDX-License-Identifier: Apache-2.0
"""A fixed replay: the same bytes through a proxy in the same order, however slow it is.

Clients and servers are this one thread. What is sent at once is sent while the proxy is stopped, so that
it finds as many connections ready in each of its turns on every machine. Every answer is checked.
"""
import contextlib
import os
import select
import signal
import socket
import time

CLIENTS = 8
SECONDS = 20
BIG = 16384

GET = (b"GET /index.html?page=7 HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: replay/1.0\r\n"
       b"Accept: */*\r\nX-Number: 01234567\r\n%s\r\n")
RICH_HEADERS = b"".join(line + b"\r\n" for line in (
    b"Accept-Language: en-US,en;q=0.9", b"Accept-Encoding: gzip, deflate, br", b"Cache-Control: max-age=0",
    b"Cookie: session=0123456789abcdef0123456789abcdef; theme=dark", b"Connection: keep-alive",
    b"Referer: http://www.example.com/start", b"DNT: 1", b"Upgrade-Insecure-Requests: 1",
    b"Sec-Fetch-Dest: document", b"Sec-Fetch-Mode: navigate", b"Sec-Fetch-Site: same-origin",
    b"Sec-Fetch-User: ?1", b"If-None-Match: \"abcdef0123456789\"", b"Pragma: no-cache",
    b"X-Requested-With: XMLHttpRequest", b"X-Trace: 4bf92f3577b34da6a3ce929d0e0e4736"))
ANSWER = (b"HTTP/1.1 200 OK\r\nServer: replay\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\n"
          + b"x" * 100)
CHUNKED = (b"HTTP/1.1 200 OK\r\nServer: replay\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
           + (b"400\r\n" + b"y" * 1024 + b"\r\n") * 4 + b"0\r\n\r\n")


class ReplayError(Exception):
    """The proxy did not do what it had to."""


def listen(port):
    server = socket.create_server(("127.0.0.1", port), backlog=64)
    server.settimeout(SECONDS)
    return server


def receive(connection, size, what):
    """Exactly that many bytes."""
    parts = b""
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            raise ReplayError(f"{what}: closed after {len(parts)} of {size} bytes")
        parts += part
    return parts


def expect(connection, text, what):
    got = receive(connection, len(text), what)
    if got != text:
        raise ReplayError(f"{what}: not what was sent: {got[:200]!r}")


def receive_head(connection, what):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        part = connection.recv(4096)
        if not part:
            raise ReplayError(f"{what}: closed within a head: {head!r}")
        head += part
    return head


def state_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        return f.read().rsplit(")", 1)[1].split()[0]


class Replay:
    def __init__(self, pid):
        self._pid = pid
        self._http = listen(7101)
        self._tcp = listen(7102)
        self._log = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._log.bind(("127.0.0.1", 7201))
        self._log.settimeout(SECONDS)
        self._servers = {}

    def close(self):
        for one in (self._http, self._tcp, self._log, *self._servers.values()):
            one.close()

    @contextlib.contextmanager
    def stopped(self):
        """What is sent meanwhile is there when the proxy looks next. It is stopped in its sleep, always."""
        self.settle()
        os.kill(self._pid, signal.SIGSTOP)
        while state_of(self._pid) != "T":
            time.sleep(0.0002)
        try:
            yield
        finally:
            os.kill(self._pid, signal.SIGCONT)

    def settle(self):
        """Until the proxy sleeps: what follows a turn's last byte is counted, too."""
        asleep = 0
        while asleep < 3:
            asleep = asleep + 1 if state_of(self._pid) == "S" else 0
            time.sleep(0.0005)

    def connect(self, port):
        client = socket.create_connection(("127.0.0.1", port), SECONDS)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client

    def _accept(self, listener):
        server = listener.accept()[0]
        server.settimeout(SECONDS)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return server

    # ---- mode http ----

    def _requests(self, count):
        """The connections of so many requests that have come, pooled ones or new ones."""
        came = []
        deadline = time.monotonic() + SECONDS
        while len(came) < count:
            ready, _, _ = select.select([self._http, *self._servers.values()], [], [],
                                        max(0, deadline - time.monotonic()))
            if not ready:
                raise ReplayError(f"{len(came)} of {count} requests came to the server")
            for one in ready:
                if one is self._http:
                    server = self._accept(self._http)
                    self._servers[server.fileno()] = server
                elif one.recv(1, socket.MSG_PEEK) == b"":
                    del self._servers[one.fileno()]
                    one.close()
                else:
                    head = receive_head(one, "request")
                    if b"\r\nX-Forwarded-For: 127.0.0.1\r\n" not in head:
                        raise ReplayError(f"no X-Forwarded-For: {head!r}")
                    came.append(one)
        return came

    def _answers(self, clients, answer):
        first_line, body = answer[:17], answer.split(b"\r\n\r\n", 1)[1]
        for client in clients:
            head, _, rest = receive_head_and_more(client)
            if not head.startswith(first_line):
                raise ReplayError(f"answer: {head!r}")
            if rest + receive(client, len(body) - len(rest), "body") != body:
                raise ReplayError("body: not what the server sent")

    def _log_lines(self, count):
        for _ in range(count):
            line = self._log_line()
            if b" 200 " not in line or not line.rstrip().endswith(b'HTTP/1.1"'):
                raise ReplayError(f"log line: {line!r}")

    def _log_line(self):
        """The next that is about traffic, and not about the proxy's own life."""
        line = b"started"
        while b"started" in line:
            line = self._log.recv(4096)
        return line

    def http(self, port, rounds, headers=b"", answer=ANSWER, logged=False):
        """Each round one request on each of the clients."""
        clients = [self.connect(port) for _ in range(CLIENTS)]
        for _ in range(rounds):
            with self.stopped():
                for client in clients:
                    client.sendall(GET % headers)
            servers = self._requests(CLIENTS)
            with self.stopped():
                for server in servers:
                    server.sendall(answer)
            self._answers(clients, answer)
            if logged:
                self._log_lines(CLIENTS)
        for client in clients:
            client.close()
        return rounds * CLIENTS

    def http_short(self, port, count):
        for _ in range(count):
            with self.stopped():
                client = self.connect(port)
                client.sendall(GET % b"Connection: close\r\n")
            server = self._requests(1)[0]
            with self.stopped():
                server.sendall(ANSWER)
            self._answers([client], ANSWER)
            if client.recv(1) != b"":
                raise ReplayError("the connection did not end with its answer")
            client.close()
            self._log_lines(1)
        return count

    # ---- mode tcp ----

    def short(self, port, count):
        request, answer = b"q" * 100, b"a" * 100
        for _ in range(count):
            with self.stopped():
                client = self.connect(port)
                client.sendall(request)
            server = self._accept(self._tcp)
            expect(server, request, "request")
            with self.stopped():
                server.sendall(answer)
                server.close()
            expect(client, answer, "answer")
            if client.recv(1) != b"":
                raise ReplayError("the connection did not end with the server's")
            self.settle()
            client.close()
            self._log_line()
        return count

    def ping_pong(self, port, rounds):
        return self._both_ways(port, rounds, b"m" * 64, b"n" * 64)

    def big(self, port, rounds):
        return self._both_ways(port, rounds, b"m" * 64, b"n" * BIG)

    def _both_ways(self, port, rounds, there, back):
        clients, servers = [], []
        for _ in range(CLIENTS):
            clients.append(self.connect(port))
            servers.append(self._accept(self._tcp))
        for _ in range(rounds):
            self._each(clients, servers, there)
            self._each(servers, clients, back)
        for one in clients + servers:
            one.close()
        return rounds * CLIENTS

    def _each(self, senders, receivers, text):
        with self.stopped():
            for one in senders:
                one.sendall(text)
        for one in receivers:
            expect(one, text, "message")


def receive_head_and_more(connection):
    bytes_ = b""
    while b"\r\n\r\n" not in bytes_:
        part = connection.recv(65536)
        if not part:
            raise ReplayError(f"closed within an answer: {bytes_!r}")
        bytes_ += part
    return bytes_.partition(b"\r\n\r\n")


# name, what one of it is, function of Replay, port, further arguments, how many times
WORKLOADS = (
    ("http", "request", Replay.http, 7001, {}, 40),
    ("http logged", "request", Replay.http, 7002, {"logged": True}, 40),
    ("http rich", "request", Replay.http, 7003, {"logged": True, "headers": RICH_HEADERS}, 30),
    ("http chunked", "request", Replay.http, 7001, {"answer": CHUNKED}, 30),
    ("http short", "connection", Replay.http_short, 7002, {}, 150),
    ("tcp short", "connection", Replay.short, 7005, {}, 150),
    ("tcp ping-pong", "round trip", Replay.ping_pong, 7004, {}, 60),
    ("tcp 16 kB", "round trip", Replay.big, 7004, {}, 30),
)
