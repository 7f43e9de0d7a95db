# SPDX-License-Identifier: Apache-2.0
"""show errors: the last malformed message of each, beside HAProxy's."""
import contextlib
import re
import socket
import threading

import pytest

from cli_client import answer, started
from lab.local import free_port
from lab.software import wait_for
from programs import programs


def config(directory, port, origin):
    return f"""
global
    stats socket {directory}/admin.sock level admin
    stats socket {directory}/user.sock level user
    nbthread 2
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 1s
frontend fe
    id 40
    bind 127.0.0.1:{port}
    default_backend be
backend be
    id 41
    server s1 127.0.0.1:{origin}
frontend idle
    bind 127.0.0.1:{free_port()}
    default_backend be
"""


class Origin:
    """Answers each connection's first bytes with `reply`, and closes; None: says nothing."""
    def __init__(self):
        self.reply, self.heard = b"", b""
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                sock, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(sock,), daemon=True).start()

    def answer(self, sock):
        with sock, contextlib.suppress(OSError):
            self.heard = sock.recv(65536)
            if self.reply is not None:
                sock.sendall(self.reply)
                sock.shutdown(socket.SHUT_WR)
            while sock.recv(65536):
                pass


class Running:
    def __init__(self, start, directory, origin):
        directory.mkdir()
        self.port = free_port()
        self.admin, self.user = directory / "admin.sock", directory / "user.sock"
        self.program = started(start, config(directory, self.port, origin.port), self.admin)

    def total(self):
        return int(answer(self.admin, "show errors").splitlines()[0].rsplit(" ", 1)[1])

    def send(self, request):
        with socket.create_connection(("127.0.0.1", self.port), 10) as sock:
            sock.sendall(request)
            with contextlib.suppress(OSError):
                while sock.recv(65536):
                    pass


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    directory, origin = tmp_path_factory.mktemp("errors"), Origin()
    running = {name: Running(start, directory / f"run-{name}", origin) for name, start in programs(directory)}
    yield running, origin
    for one in running.values():
        one.program.stop()
    origin.listening.close()


def plain(text):
    """Without moments, ports, sizes of buffers, and what only one of them says of its parser."""
    text = re.sub(r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d\.\d{3}\]", "[DATE]", text)
    text = re.sub(r"src 127\.0\.0\.1:\d+", "src 127.0.0.1:PORT", text)
    text = re.sub(r"\d+ free,", "N free,", re.sub(r"wraps at \d+", "wraps at N", text))
    text = re.sub(r"(?m)^  H1 (connection|msg) .*\n", "", text)
    return re.sub(r"(?m)^  (H1 chunk .*|[a-zA-Z].*) :\n", "  WHY :\n", text)


def noted(running, count, what):
    wait_for("the event", 10, lambda: running.total() == count + 1)
    return plain(re.sub("#%d, src" % count, "#N, src", answer(running.admin, f"show errors {what}")
                        .replace(f": {count + 1}\n", ": N\n", 1)))


REQUESTS = [
    b"GET /a b c HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHo st: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3x\r\n\r\nabc",
    b"G@T / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/3.x\r\nHost: a\r\n\r\n",
    b"GET /" + b"y" * 200 + b"\\\"\x80 HTTP/1.1\r\nHost: \x00a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    b"GET /%80\x80 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET http://x/ HTTP/1.1\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\n a: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n(: \x1b\x7f\xff " + b"w" * 67 + b"\x01\r\n\r\n",
]


@pytest.mark.parametrize("request_bytes", REQUESTS, ids=lambda line: repr(line[:40]) + str(len(line)))
def test_a_malformed_request_is_shown_as_haproxy_shows_it(both, request_bytes):
    said = {}
    for name, running in both[0].items():
        count = running.total()
        running.send(request_bytes)
        said[name] = noted(running, count, "fe request")
    assert "frontend fe (#40): invalid request\n" in said["relevo"]
    assert said["relevo"] == said["haproxy"]


GOOD = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

RESPONSES = [
    b"HTTP/1.1 2x0 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nFo o: bar\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nContent-Length: 3x\r\n\r\n",
    b"HTTP/1.1 200\x01OK\r\n\r\n",
]


@pytest.mark.parametrize("reply", RESPONSES, ids=lambda line: repr(line[:40]))
def test_a_malformed_response_is_shown_as_haproxy_shows_it(both, reply):
    said = {}
    both[1].reply = reply
    for name, running in both[0].items():
        count = running.total()
        running.send(GOOD)
        said[name] = noted(running, count, "41 response")
    assert "backend be (#41): invalid response\n" in said["relevo"] and "server s1 (#1)" in said["relevo"]
    assert said["relevo"] == said["haproxy"]


def test_who_is_asked_for_decides_what_is_shown(both):
    """The frontend's and the backend's are both there from the tests before; each alone, too."""
    both[1].reply = b"HTTP/1.1 2x0\r\n\r\n"
    shown = {}
    for name, running in both[0].items():
        running.send(b"G@T / HTTP/1.1\r\n\r\n")
        running.send(GOOD)
        wait_for("the response", 10, lambda one=running: "invalid response" in answer(one.admin, "show errors"))
        shown[name] = {what: re.findall(r"(\w+ \w+ \(#\d+\)): invalid",
                                        answer(running.admin, f"show errors {what}"))
                       for what in ("", "fe", "be", "idle", "40", "41", "-1", "40x", "99", "be request", "fe response",
                                    "-1 response", "-1 request", "fe nonsense")}
        shown[name]["unknown"] = answer(running.admin, "show errors nobody")
        shown[name]["nought"] = answer(running.admin, "show errors 0")
        shown[name]["user"] = answer(running.user, "show errors")
    assert shown["relevo"][""] == ["frontend fe (#40)", "backend be (#41)"]
    assert shown["relevo"] == shown["haproxy"]


def test_malformed_chunks_are_noted(both):
    """Before a server hears of the request, as HAProxy does; and behind others that were passed on."""
    both[1].reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"
    shown = {}
    for name, running in both[0].items():
        count = running.total()
        running.send(head + b"xyz\r\n")
        shown[name] = noted(running, count, "fe request").replace("backend be (#41)", "backend <NONE> (#-1)")
    assert "error at position 66\n" in shown["relevo"]
    assert shown["relevo"] == shown["haproxy"]
    relevo = both[0]["relevo"]
    count = relevo.total()
    with socket.create_connection(("127.0.0.1", relevo.port), 10) as sock:
        both[1].reply, both[1].heard = None, b""
        sock.sendall(head)
        wait_for("the first chunk at the server", 10, lambda: b"abcde\r\n" in both[1].heard)
        sock.sendall(b"3\r\nabcXY")
        wait_for("the event", 10, lambda: relevo.total() == count + 1)
    said = answer(relevo.admin, "show errors fe request")
    assert "malformed chunk" in said and "server s1 (#1)" in said
    assert "error at position 6\n" in said and "  00003  abcXY\n" in said


def test_good_messages_and_silence_are_not_noted(both):
    relevo = both[0]["relevo"]
    both[1].reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    count = relevo.total()
    relevo.send(GOOD)
    both[1].reply = b""
    relevo.send(GOOD)
    socket.create_connection(("127.0.0.1", relevo.port), 5).close()
    assert relevo.total() == count


def test_the_newest_is_kept_and_a_whole_buffer_is_shown(both):
    relevo = both[0]["relevo"]
    for _ in range(50):
        relevo.send(b"G@T / HTTP/1.1\r\n\r\n")
    count = relevo.total()
    relevo.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 17000)
    wait_for("the event", 10, lambda: relevo.total() == count + 1)
    said = answer(relevo.admin, "show errors fe request")
    assert said.count("invalid request") == 1 and "the head is too large" in said
    length = int(re.search(r"  len (\d+),", said).group(1))
    bytes_shown = "".join(re.findall(r"(?m)^  \d{5}[ +] (.*)$", said)).replace("\\r\\n", "\r\n")
    assert len(bytes_shown) == length and 15000 < length <= 16384
