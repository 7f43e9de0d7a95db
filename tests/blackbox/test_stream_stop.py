# SPDX-License-Identifier: Apache-2.0
"""How the proxy ends: at once, or when the last stream has."""
import signal
import time

import pytest

from lab.software import wait_for
from streams import (Log, Server, ask, configuration, connect, echo, free_port, read_all, settle,
                     wait_bound)


@pytest.fixture
def running(start_relevo):
    log, server = Log(), Server(echo)
    port = free_port()
    relevo = wait_bound(start_relevo(configuration(log.port, f"""
listen l
    bind 127.0.0.1:{port}
    server s1 127.0.0.1:{server.port}
""", threads=2)), port)
    assert ask(port) == b"x"
    yield relevo, port, log
    server.close()
    log.close()


def refuses(port):
    try:
        connect(port, seconds=1).close()
    except OSError:
        return True
    return False


def test_soft_stop_lets_streams_finish(running):
    relevo, port, _ = running
    with connect(port) as sock:
        sock.sendall(b"a")
        assert sock.recv(1) == b"a"
        relevo.process.send_signal(signal.SIGUSR1)
        wait_for("nobody new to be let in", 5, lambda: refuses(port))
        assert relevo.process.poll() is None
        sock.sendall(b"b")
        assert sock.recv(1) == b"b"
    begun = time.monotonic()
    assert relevo.process.wait(5) == 0
    assert time.monotonic() - begun < 2


def test_soft_stop_without_streams_ends_at_once(running):
    relevo, _, _ = running
    settle()
    relevo.process.send_signal(signal.SIGUSR1)
    assert relevo.process.wait(3) == 0


def test_stop_closes_streams_and_logs_them(running):
    relevo, port, log = running
    with connect(port) as sock:
        sock.sendall(b"a")
        assert sock.recv(1) == b"a"
        relevo.process.send_signal(signal.SIGTERM)
        assert read_all(sock) == b""
    assert relevo.process.wait(5) == 0
    assert log.wait(2)[1]["state"] == "KD"


@pytest.mark.parametrize("path", ["/return", "/redirect", "/deny", "/no-server", "/stats"])
def test_own_answers_end_the_connection(start_relevo, path):
    """A request that is being sent when relevo stops is answered; the answer is the last, also one of relevo's own."""
    port = free_port()
    relevo = start_relevo(f"""
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend f
    bind 127.0.0.1:{port}
    stats uri /stats
    http-request return status 200 content-type text/plain string ok if {{ path /return }}
    http-request redirect location /x if {{ path /redirect }}
    http-request deny if {{ path /deny }}
    default_backend b
backend b
""")
    wait_bound(relevo, port)
    with connect(port) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nhost: a\r\n\r\n".encode())
        assert b"connection: close" not in sock.recv(65536).partition(b"\r\n\r\n")[0].lower() or path == "/stats"
    with connect(port) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nhost: a\r\n".encode())
        time.sleep(0.2)
        relevo.process.send_signal(signal.SIGUSR1)
        wait_for("nobody listens", 5, lambda: refuses(port))
        sock.sendall(b"\r\n")
        assert b"\r\nconnection: close\r\n" in read_all(sock).partition(b"\r\n\r\n")[0].lower() + b"\r\n"
    assert relevo.process.wait(5) == 0
