# SPDX-License-Identifier: Apache-2.0
"""From the client to a server: retries, redispatch, queues, backups, the PROXY protocol."""
import socket
import struct
import threading
import time

import pytest

from lab.software import wait_for
from lab.wait import Stopwatch
from streams import (Log, Server, ask, configuration, connect, echo, free_port, named, read_all,
                     settle, silent, wait_bound)


@pytest.fixture
def log():
    sink = Log()
    yield sink
    sink.close()


@pytest.fixture
def serve():
    """serve(behave) -> a server on a port of its own."""
    servers = []

    def start(behave, port=None):
        servers.append(Server(behave, port))
        return servers[-1]
    yield start
    for server in servers:
        server.close()


@pytest.fixture
def proxy(start_relevo, log):
    """proxy(lines, threads) -> port of a listen section with these lines."""
    def start(lines, threads=1):
        port = free_port()
        body = "\n".join("    " + line for line in lines)
        wait_bound(start_relevo(configuration(
            log.port, f"listen l\n    bind 127.0.0.1:{port}\n{body}\n", threads)), port)
        return port
    return start


def test_a_refusing_server_is_retried_after_a_second_each(proxy, log):
    port = proxy(["retries 2", f"server s1 127.0.0.1:{free_port()}"])
    begun = time.monotonic()
    assert ask(port) == b""
    assert 1.9 < time.monotonic() - begun < 3
    line = log.wait()[0]
    assert (line["state"], line["retries"], line["tc"], line["server"]) == ("SC", "2", "-1", "s1")


def test_a_server_that_comes_back_between_retries_is_reached(proxy, log, serve):
    target = free_port()
    port = proxy(["retries 3", f"server s1 127.0.0.1:{target}"])
    answers = []
    client = threading.Thread(target=lambda: answers.append(ask(port)))
    client.start()
    settle(0.3)
    serve(named(b"back"), target)
    client.join(5)
    assert answers == [b"back"]
    assert log.wait()[0]["retries"] == "1"


@pytest.mark.parametrize("balance", ["source", "roundrobin", "leastconn", "first", "static-rr",
                                     "random"])
def test_no_request_fails_when_one_of_two_servers_dies(proxy, log, serve, balance):
    one, two = serve(named(b"one")), serve(named(b"two"))
    port = proxy([f"balance {balance}", "option redispatch", "retries 3",
                  f"server s1 127.0.0.1:{one.port}", f"server s2 127.0.0.1:{two.port}"])
    # Different sources, so that each server has clients under `balance source`, too.
    sources = [f"127.0.0.{i}" for i in range(2, 22)]
    before = [ask(port, source=source) for source in sources]
    assert set(before) <= {b"one", b"two"}
    dead, alive = (one, b"two") if before[0] == b"one" else (two, b"one")
    dead.close()
    begun = time.monotonic()
    assert [ask(port, source=source) for source in sources] == [alive] * len(sources)
    assert time.monotonic() - begun < 2, "a redispatch has nothing to wait for"
    redispatched = [m for m in log.wait(40) if m["retries"].startswith("+")]
    # Only the first finds out; within the second the others do not even try.
    assert 1 <= len(redispatched) <= 3


def test_a_dead_server_is_used_again_when_it_is_back(proxy, serve):
    target = free_port()
    two = serve(named(b"two"))
    port = proxy(["balance roundrobin", "option redispatch",
                  f"server s1 127.0.0.1:{target}", f"server s2 127.0.0.1:{two.port}"])
    assert {ask(port) for _ in range(6)} == {b"two"}
    serve(named(b"one"), target)
    deadline = time.monotonic() + 5
    while ask(port) != b"one":
        assert time.monotonic() < deadline
        settle(0.1)
    assert {ask(port) for _ in range(6)} == {b"one", b"two"}


def test_without_redispatch_the_same_server_is_tried_to_the_end(proxy, log, serve):
    two = serve(named(b"two"))
    dead = free_port()
    port = proxy(["balance first", "retries 1", f"server s1 127.0.0.1:{dead}",
                  f"server s2 127.0.0.1:{two.port}"])
    assert ask(port) == b""
    assert log.wait()[0]["state"] == "SC"
    assert ask(port) == b"two", "a server that has just refused is not tried first"


def test_backup_only_when_it_is_needed(proxy, log, serve):
    backup = serve(named(b"backup"))
    active = serve(named(b"active"))
    port = proxy([f"server s1 127.0.0.1:{active.port} check inter 100 fall 1 rise 1",
                  f"server b1 127.0.0.1:{backup.port} backup"])
    assert {ask(port) for _ in range(4)} == {b"active"}
    target = active.port
    active.close()
    log.wait_text("Server l/s1 is DOWN")
    assert {ask(port) for _ in range(4)} == {b"backup"}
    serve(named(b"active"), target)
    log.wait_text("Server l/s1 is UP")
    assert {ask(port) for _ in range(4)} == {b"active"}


def test_checks_are_logged_and_a_down_server_is_not_tried(proxy, log, serve):
    one, two = serve(named(b"one")), serve(named(b"two"))
    port = proxy([f"server s1 127.0.0.1:{one.port} check inter 100 fall 2",
                  f"server s2 127.0.0.1:{two.port} check inter 100 fall 2 rise 1"])
    target = two.port
    two.close()
    down = log.wait_text("Server l/s2 is DOWN")
    assert "Connection refused" in down and "1 active and 0 backup servers left" in down
    assert down.startswith("<129>"), "an alert"
    assert {ask(port) for _ in range(4)} == {b"one"}
    serve(named(b"two"), target)
    log.wait_text("Server l/s2 is UP")
    one.close()
    log.wait_text("Server l/s1 is DOWN")
    assert {ask(port) for _ in range(2)} == {b"two"}


def test_no_server_left(proxy, log):
    port = proxy([f"server s1 127.0.0.1:{free_port()} check inter 100 fall 1"])
    log.wait_text("has no server available")
    watch = Stopwatch()
    assert ask(port) == b""
    assert watch.seconds() < 0.5
    line = log.wait()[0]
    assert (line["server"], line["state"], line["tw"], line["tc"]) == ("<NOSRV>", "SC", "-1", "-1")


def test_sessions_are_shut_down_when_a_server_is_marked_down(proxy, log, serve):
    server = serve(silent)
    port = proxy([f"server s1 127.0.0.1:{server.port} check inter 100 fall 1 "
                  "on-marked-down shutdown-sessions"])
    sock = connect(port)
    sock.sendall(b"x")
    wait_for("the server has it", 5, lambda: server.peers == 1)
    # The established connection lives on in its thread; nobody new is accepted.
    server.close()
    assert read_all(sock) == b""
    assert log.wait()[0]["state"] == "DD"


# ---- maxconn and queues ----


class Gauge:
    """A server that holds each connection for a while and knows how many there are."""

    def __init__(self, seconds):
        self._lock = threading.Lock()
        self._seconds = seconds
        self.now = self.most = self.total = 0

    def __call__(self, connection):
        with self._lock:
            self.now += 1
            self.total += 1
            self.most = max(self.most, self.now)
        connection.recv(10)
        time.sleep(self._seconds)
        with self._lock:
            self.now -= 1
        connection.sendall(b"done")


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("balance", ["roundrobin", "source", "leastconn"])
def test_maxconn_is_exact_and_nobody_is_lost(proxy, log, serve, threads, balance):
    gauge = Gauge(0.02)
    server = serve(gauge)
    port = proxy([f"balance {balance}", "timeout queue 20s",
                  f"server s1 127.0.0.1:{server.port} maxconn 3"], threads)
    answers = []

    def client():
        for _ in range(5):
            answers.append(ask(port))
    clients = [threading.Thread(target=client) for _ in range(30)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join(60)
    assert answers == [b"done"] * 150
    assert gauge.most <= 3
    assert gauge.most == 3
    lines = log.wait(150)
    assert {m["state"] for m in lines} == {"--"}
    queue = "sq" if balance == "source" else "bq"
    assert max(int(m[queue]) for m in lines) > 5
    assert max(int(m["sc"]) for m in lines) <= 3


def test_timeout_queue(proxy, log, serve):
    server = serve(silent)
    port = proxy(["timeout queue 300ms", f"server s1 127.0.0.1:{server.port} maxconn 1"])
    holder = connect(port)
    holder.sendall(b"x")
    wait_for("the only place is taken", 5, lambda: server.peers == 1)
    watch = Stopwatch()
    assert ask(port) == b""
    assert watch.within(0.25, 1)
    line = log.wait()[0]
    assert (line["state"], line["tc"]) == ("sQ", "-1")
    assert 290 <= int(line["tw"]) < 900
    holder.close()


def test_maxqueue_sends_elsewhere(proxy, serve):
    one, two = serve(silent), serve(silent)
    port = proxy(["balance source", "option redispatch", "timeout queue 5s",
                  f"server s1 127.0.0.1:{one.port} maxconn 1 maxqueue 1",
                  f"server s2 127.0.0.1:{two.port} maxconn 1 maxqueue 1"])
    socks = []
    for _ in range(3):
        socks.append(connect(port))
        socks[-1].sendall(b"x")
    wait_for("one at each: the third does not fit into the queue", 10, lambda: one.peers == two.peers == 1)
    for sock in socks:
        sock.close()


def test_a_client_that_leaves_the_queue(proxy, log, serve):
    gauge = Gauge(0.5)
    server = serve(gauge)
    port = proxy(["option abortonclose", "timeout queue 5s",
                  f"server s1 127.0.0.1:{server.port} maxconn 1"])
    with connect(port) as holder:
        holder.sendall(b"x")
        settle()
        wait_for("the only place is taken", 5, lambda: server.peers == 1)
        with connect(port) as sock:
            sock.sendall(b"x")
            settle(0.1)
        assert log.wait()[0]["state"] == "CQ"
        assert read_all(holder) == b"done"
    settle()
    assert gauge.total == 1


def test_minconn_grows_with_the_load(proxy, serve):
    gauge = Gauge(0.3)
    server = serve(gauge)
    port = proxy(["fullconn 20", "timeout queue 20s",
                  f"server s1 127.0.0.1:{server.port} minconn 2 maxconn 20"])
    clients = [threading.Thread(target=ask, args=(port,)) for _ in range(10)]
    for thread in clients:
        thread.start()
        time.sleep(0.01)
    for thread in clients:
        thread.join(20)
    assert gauge.total == 10
    assert 2 <= gauge.most <= 10


def test_frontend_maxconn_leaves_the_rest_in_the_backlog(proxy, log, serve):
    gauge = Gauge(0.05)
    server = serve(gauge)
    port = proxy(["maxconn 2", f"server s1 127.0.0.1:{server.port}"], threads=2)
    answers = []
    clients = [threading.Thread(target=lambda: answers.append(ask(port))) for _ in range(20)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join(20)
    assert answers == [b"done"] * 20
    assert gauge.most <= 2
    assert max(int(m["fc"]) for m in log.wait(20)) <= 2


# ---- the PROXY protocol ----

def test_send_proxy_1(proxy, serve):
    server = serve(echo)
    port = proxy([f"server s1 127.0.0.1:{server.port} send-proxy"])
    with connect(port) as sock:
        own = sock.getsockname()[1]
        sock.sendall(b"hi")
        sock.shutdown(socket.SHUT_WR)
        assert read_all(sock) == b"PROXY TCP4 127.0.0.1 127.0.0.1 %d %d\r\nhi" % (own, port)


def test_send_proxy_2(proxy, serve):
    server = serve(echo)
    port = proxy([f"server s1 127.0.0.1:{server.port} send-proxy-v2"])
    with connect(port) as sock:
        own = sock.getsockname()[1]
        sock.shutdown(socket.SHUT_WR)
        assert read_all(sock) == (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + socket.inet_aton("127.0.0.1") * 2
                                  + struct.pack("!HH", own, port))


def test_accept_proxy(start_relevo, log, serve):
    server = serve(echo)
    port = free_port()
    wait_bound(start_relevo(configuration(log.port, f"""
listen l
    bind 127.0.0.1:{port} accept-proxy
    server s1 127.0.0.1:{server.port} send-proxy
""")), port)
    header = b"PROXY TCP4 192.0.2.7 192.0.2.8 1234 80\r\n"
    with connect(port) as sock:
        for byte in header + b"data":
            sock.sendall(bytes([byte]))
            time.sleep(0.001)
        sock.shutdown(socket.SHUT_WR)
        assert read_all(sock) == header + b"data"
    line = log.wait()[0]
    assert (line["client"], line["port"]) == ("192.0.2.7", "1234")
    assert ask(port, b"GET / HTTP/1.0\r\n\r\n") == b""
    assert server.peers == 1


# ---- addresses ----

def test_the_server_follows_the_clients_port(start_relevo, log, serve):
    server = serve(named(b"mapped"))
    port = free_port()
    wait_bound(start_relevo(configuration(log.port, f"""
listen l
    bind 127.0.0.1:{port}
    server s1 127.0.0.1:{server.port - port:+d}
""")), port)
    assert ask(port) == b"mapped"


def test_the_server_follows_the_clients_address(start_relevo, log, serve):
    server = serve(named(b"there"))
    port = free_port()
    wait_bound(start_relevo(configuration(log.port, f"""
listen l
    bind 127.0.0.1:{port}
    server s1 0.0.0.0:{server.port}
""")), port)
    assert ask(port) == b"there"


def test_source_address(proxy, serve):
    seen = []

    def look(connection):
        seen.append(connection.getpeername()[0])
    server = serve(look)
    port = proxy([f"server s1 127.0.0.1:{server.port} source 127.0.0.9"])
    ask(port)
    wait_for("the server has looked", 5, lambda: seen)
    assert seen == ["127.0.0.9"]


def test_rules_reject_and_choose(start_relevo, log, serve):
    one, two = serve(named(b"one")), serve(named(b"two"))
    port = free_port()
    wait_bound(start_relevo(configuration(log.port, f"""
frontend f
    bind 127.0.0.1:{port}
    tcp-request connection reject if {{ src 127.0.0.2 }}
    tcp-request content reject if {{ src 127.0.0.3 }}
    use_backend b2 if {{ src 127.0.0.4 }}
    default_backend b1
backend b1
    server s1 127.0.0.1:{one.port}
backend b2
    server s2 127.0.0.1:{two.port}
""")), port)
    assert ask(port) == b"one"
    assert ask(port, source="127.0.0.4") == b"two"
    assert ask(port, source="127.0.0.3") == b""
    lines = log.wait(3)
    assert [(m["backend"], m["server"], m["state"]) for m in lines] == [
        ("b1", "s1", "--"), ("b2", "s2", "--"), ("f", "<NOSRV>", "PR")]
    assert ask(port, source="127.0.0.2") == b""
    settle()
    assert len(log.wait(3)) == 3, "a rejected connection is not logged"


# ---- what traffic and time say about a server ----

def test_observe_marks_a_server_down_that_passes_its_checks(proxy, log, serve):
    checked, two = serve(silent), serve(named(b"two"))
    port = proxy(["option redispatch", "balance first",
                  f"server s1 127.0.0.1:{free_port()} check port {checked.port} inter 5s "
                  "observe layer4 error-limit 1 on-error mark-down",
                  f"server s2 127.0.0.1:{two.port}"])
    settle(0.3)
    assert ask(port) == b"two"
    settle(0.3)
    log.wait_text("Server l/s1 is DOWN")


def test_slowstart_gives_a_server_its_share_little_by_little(proxy, log, serve):
    target = free_port()
    two = serve(named(b"two"))
    port = proxy([f"server s1 127.0.0.1:{target} check inter 100 fall 1 rise 1 slowstart 4s",
                  f"server s2 127.0.0.1:{two.port}"])
    log.wait_text("s1 is DOWN")
    serve(named(b"one"), target)
    log.wait_text("s1 is UP")
    early = [ask(port) for _ in range(30)].count(b"one")
    settle(4.5)
    late = [ask(port) for _ in range(30)].count(b"one")
    assert early <= 10, "a fresh server gets little"
    assert 13 <= late <= 17


def test_on_marked_up_ends_the_streams_of_backups(proxy, log, serve):
    target = free_port()
    backup = serve(silent)
    port = proxy([f"server s1 127.0.0.1:{target} check inter 100 fall 1 rise 1 "
                  "on-marked-up shutdown-backup-sessions",
                  f"server b1 127.0.0.1:{backup.port} backup"])
    log.wait_text("s1 is DOWN")
    with connect(port) as sock:
        sock.sendall(b"x")
        wait_for("the backup has it", 5, lambda: backup.peers == 1)
        serve(named(b"one"), target)
        assert read_all(sock) == b""
    assert log.wait()[0]["state"] == "UD"


def test_keepalive_nolinger_and_the_splice_words_do_no_harm(proxy, serve):
    server = serve(echo)
    port = proxy(["option clitcpka", "option srvtcpka", "option nolinger", "option splice-auto",
                  "option tcp-smart-connect", f"server s1 127.0.0.1:{server.port} tcp-ut 5s"])
    with connect(port) as sock:
        sock.sendall(b"hello")
        assert sock.recv(10) == b"hello"
