# SPDX-License-Identifier: Apache-2.0
"""mode http at its limits: what has once crashed it, stalled it, made it spin or mixed something up."""
import contextlib
import os
import resource
import socket
import threading
import time

import pytest

from cli_client import answer
from lab.local import free_port
from streams import Server, connect, read_all, wait_bound

CFG = """
global
    nbthread 1
    {settings}
defaults
    mode http
    timeout connect 500ms
    timeout client 1s
    timeout server 1s
listen web
    bind 127.0.0.1:{port}
    {words}
    server s 127.0.0.1:{origin}
"""

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def answers(reply):
    """Answers each head."""
    def behave(connection):
        data = b""
        while piece := connection.recv(65536):
            data += piece
            while b"\r\n\r\n" in data:
                data = data.split(b"\r\n\r\n", 1)[1]
                connection.sendall(reply)
    return behave


@pytest.fixture
def start(start_relevo):
    """start(words, settings, behave) -> (relevo, port, server)."""
    opened = []

    def run(words="", settings="", behave=answers(OK)):
        server, port = Server(behave), free_port()
        opened.append(server)
        relevo = start_relevo(CFG.format(words=words, settings=settings, port=port, origin=server.port))
        return wait_bound(relevo, port), port, server
    yield run
    for thing in opened:
        thing.close()


def ask(port, data=LAST):
    with connect(port) as sock:
        sock.sendall(data)
        return read_all(sock)


def cpu_seconds(pid):
    ticks = 0
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        pids = [pid, *f.read().split()]
    for each in pids:
        with open(f"/proc/{each}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def test_more_pipelined_requests_than_a_buffer_holds(start):
    _, port, _ = start("http-reuse always")
    count = 3000
    with connect(port) as sock:
        requests = (b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n" % (b"x" * 70)) * count
        threading.Thread(target=sock.sendall, args=(requests,), daemon=True).start()
        got = b""
        while got.count(OK[-6:]) < count and (piece := sock.recv(65536)):
            got += piece
    assert got.count(OK[-6:]) == count, got[-300:]


def test_a_body_that_does_not_come_is_waited_for_without_work(start):
    relevo, port, _ = start("option http-buffer-request")
    with connect(port) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        began, used = time.monotonic(), cpu_seconds(relevo.process.pid)
        got = read_all(sock)
    assert got.startswith(b"HTTP/1.1 408 ")
    assert 0.9 < time.monotonic() - began < 3
    assert cpu_seconds(relevo.process.pid) - used < 0.5


def test_inspection_ends_with_the_clients_time(start):
    relevo, port, _ = start("mode tcp\n tcp-request inspect-delay 20s\n"
                            " tcp-request content accept if { req.len gt 100 }")
    used = cpu_seconds(relevo.process.pid)
    with connect(port) as sock:
        sock.sendall(b"x")
        began = time.monotonic()
        assert read_all(sock) == b""
    assert 0.9 < time.monotonic() - began < 3
    assert cpu_seconds(relevo.process.pid) - used < 0.5


@pytest.mark.parametrize("words", ["", "http-request return status 200"])
def test_rules_that_fail_upon_every_answer_end_it(start, words):
    rules = "\n".join(f"http-after-response add-header X{i} y" for i in range(30))
    relevo, port, _ = start(f"{words}\n{rules}", "tune.http.maxhdr 8")
    for _ in range(3):
        assert ask(port).startswith(b"HTTP/1.1 50"), relevo.said()
    assert "died" not in relevo.said()


def test_the_largest_table_of_headers(start):
    _, port, _ = start("", "tune.http.maxhdr 32767")
    heads = b"".join(b"X%d: y\r\n" % i for i in range(1500))
    for _ in range(3):
        assert ask(port, LAST[:-2] + heads + b"\r\n").startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_large_buffer_takes_a_large_head_and_body(start):
    _, port, _ = start("option http-buffer-request", "tune.bufsize 1048576")
    assert ask(port, LAST[:-2] + b"X: " + b"y" * 600000 + b"\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")
    assert ask(port, b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
               b"80000\r\n" + b"y" * 0x80000 + b"\r\n0\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("policy", ["always", "never"])
def test_what_a_server_says_beyond_its_answer_is_nobodys(start, policy):
    """Also when the answer ends just where a read does."""
    def whole(size):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
        return head % (size - len(head % size)) + b"x" * (size - len(head % size))
    surplus = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsurplus"
    _, port, _ = start(f"http-reuse {policy}", "tune.rcvbuf.server 1000000",
                       answers(whole(65536) + surplus))
    with connect(port) as sock:
        for _ in range(50):
            sock.sendall(GET)
            got = b""
            while len(got) < 65536 and (piece := sock.recv(65536)):
                got += piece
            assert b"surplus" not in got and len(got) >= 65536, got[-100:]


def test_a_server_that_switches_and_half_closes_is_still_heard_out_and_told(start):
    told = []

    def behave(connection):
        while b"\r\n\r\n" not in connection.recv(65536):
            pass
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1) # with the end in the same segment
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: e\r\n\r\nlast")
        connection.shutdown(socket.SHUT_WR)
        while data := connection.recv(65536):
            told.append(data)
    _, port, server = start("", "", behave)
    with connect(port) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: e\r\n\r\n")
        got = read_all(sock)
        assert got.endswith(b"\r\n\r\nlast"), got
        sock.sendall(b"still here")
        sock.shutdown(socket.SHUT_WR)
        deadline = time.monotonic() + 5
        while b"".join(told) != b"still here" and time.monotonic() < deadline:
            time.sleep(0.01)
    assert b"".join(told) == b"still here"


def test_without_descriptors_requests_get_503_and_nothing_breaks(start):
    def slow(connection):
        while connection.recv(65536):
            time.sleep(0.3)
            connection.sendall(OK)
    relevo, port, _ = start("http-reuse always\n retries 0", "", slow)
    assert ask(port).startswith(b"HTTP/1.1 200 OK\r\n")
    pid = relevo.process.pid
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        workers = [int(word) for word in f.read().split()]
    for worker in workers:
        most = max(int(name) for name in os.listdir(f"/proc/{worker}/fd")) + 1
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (most + 20, most + 1000))
    # The first have two descriptors each, the last none: they wait in the kernel's queue.
    socks = [connect(port) for _ in range(60)]
    for sock in socks:
        sock.sendall(LAST)
    answers_of = [read_all(sock)[:12] for sock in socks]
    for sock in socks:
        sock.close()
    assert set(answers_of) <= {b"HTTP/1.1 200", b"HTTP/1.1 503", b"HTTP/1.1 408"}, set(answers_of)
    assert b"HTTP/1.1 503" in answers_of and b"HTTP/1.1 200" in answers_of
    assert ask(port).startswith(b"HTTP/1.1 200 OK\r\n")
    assert "died" not in relevo.said()


def test_an_answer_of_ours_comes_behind_what_the_client_has_not_taken(start):
    """Interim responses wait for a client that reads late; then the response is no response."""
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: <" + b"x" * 4000 + b">\r\n\r\n"
    said = threading.Event()

    def behave(connection):
        connection.recv(65536)
        for _ in range(8):
            connection.sendall(hint)
            time.sleep(0.01)
        connection.sendall(b"nonsense\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            connection.recv(1)
        said.set()
    _, port, _ = start("", "tune.sndbuf.client 4096", behave)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port))
        client.sendall(LAST)
        assert said.wait(10)
        client.settimeout(10)
        got = b""
        while piece := client.recv(65536):
            got += piece
    heads = got.split(b"\r\n\r\n")
    hints = [head for head in heads if b" 103 " in head]
    assert len(hints) == 8 and set(hints) == {hint[:-4]}
    assert heads[8].startswith(b"HTTP/1.1 502 ")


def idle_connections(admin):
    """Of all servers, as the program counts them."""
    lines = [line.split() for line in answer(admin, "show servers conn").splitlines() if line.startswith("web/")]
    return sum(int(line[10]) for line in lines)


@pytest.mark.parametrize("words, threads, most", [
    ("", 1, 40),
    ("", 4, 44),	# each thread may have met the limit at the same time
    ("tune.pool-low-fd-ratio 50", 1, 20),
    ("tune.pool-low-fd-ratio 0", 1, 0),
    ("tune.pool-high-fd-ratio 0", 1, 15),
])
def test_idle_connections_to_servers_give_way(start, tmp_path, words, threads, most):
    """Twice maxconn is what there are descriptors for: idle ones must not keep a request from its own."""
    admin = tmp_path / "admin.sock"
    _, port, _ = start("", f"maxconn 20\nnbthread {threads}\nstats socket {admin} level admin\n{words}")
    for _ in range(5):
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(connect(port)) for _ in range(15)]
            for client in clients:
                client.sendall(LAST)
            assert [read_all(client)[-2:] for client in clients] == [b"ok"] * 15
        assert idle_connections(admin) <= most
    if most > 1:
        assert idle_connections(admin) > most / 2, "those there is room for are kept"


def test_connections_are_reused_while_maxconn_is_reached(start):
    _, port, server = start("timeout http-keep-alive 10s", "maxconn 20")
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connect(port)) for _ in range(20)]
        for _ in range(10):
            for client in clients:
                client.sendall(GET)
            for client in clients:
                data = b""
                while not data.endswith(b"ok"):
                    data += client.recv(1000)
    assert server.peers <= 20
