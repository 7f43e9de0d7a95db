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
