# SPDX-License-Identifier: Apache-2.0
"""What the tests here share: a relevo in the foreground, and a server behind it."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab.local import LocalRelevo, free_port
from lab.sinks import EchoServer


@pytest.fixture
def echo_server():
    """An echo server on loopback; its port is `.address[1]`."""
    server = EchoServer(None, ("127.0.0.1", free_port()))
    yield server
    server.close()


@pytest.fixture
def start_relevo(tmp_path):
    """start_relevo(haproxy_cfg, *options) starts one; all are stopped, and must end well, at the end."""
    started = []

    def start(haproxy_cfg, *options):
        directory = tmp_path / f"relevo{len(started)}"
        directory.mkdir()
        started.append(LocalRelevo(directory, haproxy_cfg, *options))
        return started[-1]
    yield start
    for relevo in started:
        ended_before = relevo.process.poll() is not None
        status = relevo.stop()
        assert ended_before or status == 0, relevo.said()
        assert "Sanitizer" not in relevo.said(), relevo.said()
