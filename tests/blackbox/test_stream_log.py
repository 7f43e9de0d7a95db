# SPDX-License-Identifier: Apache-2.0
"""What the log says of streams: the fields of `option tcplog`, termination states, timeouts."""
import datetime
import re
import socket
import time

import pytest

from lab.wait import Stopwatch
from streams import (LINE, Log, Server, ask, configuration, connect, echo, free_port, named,
                     read_all, reset, settle, silent, wait_bound)


@pytest.fixture
def log():
    sink = Log()
    yield sink
    sink.close()


@pytest.fixture
def proxy(start_relevo, log):
    """proxy(behave, defaults, lines) -> port; `lines` are the listen section's."""
    servers = []

    def start(behave, defaults=(), lines=()):
        servers.append(Server(behave))
        port = free_port()
        text = "\n".join(f"    {line}" for line in lines)
        wait_bound(start_relevo(configuration(log.port, f"""
listen l
    bind 127.0.0.1:{port}
{text}
    server s1 127.0.0.1:{servers[-1].port}
""", defaults="\n".join(f"    {line}" for line in defaults))), port)
        return port
    yield start
    for server in servers:
        server.close()


def test_every_field(proxy, log):
    port = proxy(echo)

    def times_are_right(number):
        """Of one connection, of which all else must be right."""
        before = datetime.datetime.now()
        with connect(port) as sock:
            own = sock.getsockname()[1]
            sock.sendall(b"12345")
            assert sock.recv(10) == b"12345"
            time.sleep(0.3)
        line = log.wait(number)[-1]
        text = [t for t in log.texts() if LINE.search(t)][-1]
        assert re.match(r"<134>\w{3} [ \d]\d \d\d:\d\d:\d\d \S+\[\d+\]: 127\.0\.0\.1:", text), text
        assert (line["client"], line["port"]) == ("127.0.0.1", str(own))
        assert (line["frontend"], line["backend"], line["server"]) == ("l", "l", "s1")
        assert (line["bytes"], line["state"]) == ("5", "--")
        assert [line[k] for k in ("ac", "fc", "bc", "sc", "retries", "sq", "bq")] == [
            "1", "1", "0", "0", "0", "0", "0"]
        date = datetime.datetime.strptime(line["date"], "%d/%b/%Y:%H:%M:%S.%f")
        assert int(line["tt"]) >= 300
        return (abs((date - before).total_seconds()) < 0.1 and int(line["tt"]) < 500
                and (line["tw"], line["tc"]) in {("0", "0"), ("1", "0"), ("0", "1")})
    # Milliseconds need a machine that has nothing else to do just then.
    assert any(times_are_right(number) for number in range(1, 8)), log.texts()


def test_the_default_format(start_relevo, log):
    server = Server(echo)
    port = free_port()
    wait_bound(start_relevo(f"""
global
    log 127.0.0.1:{log.port} local0
defaults
    mode tcp
    log global
    timeout connect 2s
    timeout client 20s
    timeout server 20s
listen plain
    bind 127.0.0.1:{port}
    server s1 127.0.0.1:{server.port}
"""), port)
    with connect(port) as sock:
        own = sock.getsockname()[1]
        match = log.wait(pattern=re.compile(r"Connect from (\S+) to (\S+) \((\S+)\)$"))[0]
    assert match.groups() == (f"127.0.0.1:{own}", f"127.0.0.1:{port}", "plain/TCP")
    server.close()


# behaviour of the server, timeouts, what the client does, the state
CLOSED_BY_CLIENT_TIMEOUT = ["timeout client 300ms"]
CLOSED_BY_SERVER_TIMEOUT = ["timeout server 300ms"]


def idle(sock):
    sock.sendall(b"x")
    assert read_all(sock) == b""


def idle_half_closed(sock):
    sock.sendall(b"x")
    sock.shutdown(socket.SHUT_WR)
    assert read_all(sock) == b""


def greet_and_shut(connection):
    connection.sendall(b"bye")
    connection.shutdown(socket.SHUT_WR)
    time.sleep(3)


def never_close(sock):
    assert read_all(sock) == b"bye"
    time.sleep(1)


@pytest.mark.parametrize("behave, defaults, client, state", [
    (silent, ["timeout client 300ms"], idle, "cD"),
    (silent, ["timeout server 300ms"], idle, "sD"),
    (silent, ["timeout tunnel 300ms"], idle, "cD"),
    (lambda c: time.sleep(2), ["timeout server 300ms"], idle_half_closed, "sD"),
    (lambda c: time.sleep(2), ["timeout server-fin 300ms"], idle_half_closed, "sD"),
    (greet_and_shut, ["timeout client-fin 300ms"], never_close, "cL"),
])
def test_timeouts(proxy, log, behave, defaults, client, state):
    port = proxy(behave, defaults)
    with connect(port) as sock:
        client(sock)
        line = log.wait()[0]
    assert line["state"] == state
    assert 290 <= int(line["tt"]) < 700


def test_timeout_tunnel_takes_the_place_of_the_others(proxy, log):
    port = proxy(echo, ["timeout client 200ms", "timeout server 200ms", "timeout tunnel 5s"])
    with connect(port) as sock:
        sock.sendall(b"a")
        assert sock.recv(1) == b"a"
        time.sleep(0.6)
        sock.sendall(b"b")
        assert sock.recv(1) == b"b"
    assert log.wait()[0]["state"] == "--"


def test_activity_defers_the_timeout(proxy, log):
    port = proxy(echo, ["timeout client 400ms", "timeout server 400ms"])
    with connect(port) as sock:
        for _ in range(6):
            sock.sendall(b"a")
            assert sock.recv(1) == b"a"
            time.sleep(0.2)
    line = log.wait()[0]
    assert line["state"] == "--"
    assert int(line["tt"]) >= 1200


def test_a_client_that_takes_nothing_times_out(proxy, log):
    def flood(connection):
        connection.settimeout(5)
        while True:
            connection.sendall(bytes(1 << 20))
    port = proxy(flood, ["timeout client 500ms", "timeout server 300ms"])
    with connect(port) as sock:
        sock.sendall(b"x")
        line = log.wait()[0]
    assert line["state"] == "cD", "the server is not waited for while it is not read from"


def test_timeout_connect(proxy, log, start_relevo):
    # A listener whose queue is full drops the SYN: the attempt hangs.
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    target = listener.getsockname()
    fillers = []
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(target)
        fillers.append(filler)
    settle(0.1)
    port = free_port()
    wait_bound(start_relevo(configuration(log.port, f"""
listen slow
    bind 127.0.0.1:{port}
    timeout connect 300ms
    retries 1
    server s1 127.0.0.1:{target[1]}
""")), port)
    watch = Stopwatch()
    assert ask(port) == b""
    assert watch.within(0.8, 1.5), "two attempts and the delay between them"
    line = log.wait()[0]
    assert (line["state"], line["tc"], line["retries"]) == ("sC", "-1", "1")
    for sock in (*fillers, listener):
        sock.close()


def test_client_gone_while_connecting(proxy, log, start_relevo):
    port = free_port()
    wait_bound(start_relevo(configuration(log.port, f"""
listen slow
    bind 127.0.0.1:{port}
    server s1 127.0.0.1:{free_port()}
""")), port)
    sock = connect(port)
    sock.sendall(b"x")
    settle(0.2)
    reset(sock)
    line = log.wait(seconds=1)[0]
    assert line["state"] == "CC"


def test_dontlognull(proxy, log):
    port = proxy(echo, ["option dontlognull"])
    connect(port).close()
    assert ask(port, b"x") == b"x"
    log.wait()
    settle()
    assert len(log.wait()) == 1


def test_dontlognull_keeps_failures_of_those_who_asked(log, start_relevo):
    port = free_port()
    wait_bound(start_relevo(configuration(log.port, f"""
listen l
    bind 127.0.0.1:{port}
    option dontlognull
    retries 1
    server s1 127.0.0.1:{free_port()}
""")), port)
    # The delay of the retry sees to it that the question is there when the stream ends.
    assert ask(port, b"GET") == b""
    assert log.wait()[0]["state"] == "SC"


def test_dontlog_normal_and_separate_errors(proxy, log):
    calls = []

    def first_well_then_reset(connection):
        calls.append(1)
        connection.recv(10)
        if len(calls) > 1:
            reset(connection)
    port = proxy(first_well_then_reset, ["option dontlog-normal", "option log-separate-errors"])
    ask(port)
    settle()
    ask(port)
    line = log.wait()[0]
    assert line["state"] == "SD"
    text = next(t for t in log.texts() if LINE.search(t))
    assert text.startswith("<131>"), "local0.err"
    settle()
    assert len(log.wait()) == 1


def test_logasap(proxy, log):
    port = proxy(echo, ["option logasap"])
    with connect(port) as sock:
        sock.sendall(b"x")
        assert sock.recv(1) == b"x"
        line = log.wait()[0]
        assert line["tt"].startswith("+") and line["bytes"] == "+0"
        assert line["sc"] == "1"
    settle()
    assert len(log.wait()) == 1


def test_the_same_fields_as_haproxy(proxy, log, tmp_path):
    """The line is the same as the installed HAProxy's, but for times and ports."""
    import shutil
    import subprocess
    haproxy = shutil.which("haproxy")
    assert haproxy, "haproxy is not installed, so nothing was compared"
    server = Server(named(b"hello"))
    port = free_port()
    cfg = tmp_path / "haproxy.cfg"
    cfg.write_text(configuration(log.port, f"""
listen l
    bind 127.0.0.1:{port}
    server s1 127.0.0.1:{server.port}
"""))
    with subprocess.Popen([haproxy, "-db", "-q", "-f", str(cfg)]) as process:
        deadline = time.monotonic() + 10
        while True:
            try:
                assert ask(port) == b"hello"
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
                settle(0.05)
        theirs = log.wait()[0]
        process.terminate()
    log.lines.clear()
    assert ask(proxy(named(b"hello"))) == b"hello"
    ours = log.wait()[0]
    for field in ("client", "frontend", "backend", "server", "bytes", "state", "ac", "fc", "bc",
                  "sc", "retries", "sq", "bq"):
        assert ours[field] == theirs[field], field
    server.close()
