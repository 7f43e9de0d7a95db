# SPDX-License-Identifier: Apache-2.0
"""Words that few files of the world have, beside HAProxy's where it shows the same."""
import contextlib
import socket
import threading
import time

import pytest

from lab.local import free_port
from lab.sinks import SyslogSink
from lab.wait import until
from test_daemon import RELEVO
from test_words import both, listening, proxy, receive


@contextlib.contextmanager
def one_stream(binary, directory, mode, front="", back=""):
    """(client, server, log) of a connection through a frontend with `front` and a backend with `back`."""
    port = free_port()
    with listening() as server, contextlib.closing(SyslogSink(None, ("127.0.0.1", free_port()))) as log:
        with proxy(binary, directory, f"""defaults
    mode {mode}
    log 127.0.0.1:{log.address[1]} local0
    option {mode}log
    timeout client 2s
    timeout server 2s
    timeout connect 5s
frontend f
    bind 127.0.0.1:{port}
    {front}
    default_backend b
backend b
    {back}
    server s 127.0.0.1:{server.getsockname()[1]}
""", port), socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            if mode == "http":
                client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
            peer, _ = server.accept()
            with peer:
                yield client, peer, log


def talk(speaker, hearer, seconds, over):
    """A byte now and then, which the other end reads, until it is over or the time is."""
    def hear():
        with contextlib.suppress(OSError):
            while hearer.recv(65536):
                pass
    hearer.settimeout(30)
    reader = threading.Thread(target=hear, daemon=True)
    reader.start()
    end = time.monotonic() + seconds
    with contextlib.suppress(OSError):
        while time.monotonic() < end and not over():
            speaker.sendall(b"y")
            time.sleep(0.1)
    for peer in speaker, hearer:
        with contextlib.suppress(OSError):
            peer.shutdown(socket.SHUT_RDWR)
    reader.join(10)


def ended(log, state):
    return [line for line in log.since(0) if "b/s" in line and f" {state} " in line]


@pytest.mark.parametrize("front, back, speaker, state", [
    ("option independent-streams", "", "server", "cD"),
    ("option independent-streams", "", "client", "--"),
    ("", "option independent-streams", "client", "sD"),
    ("", "option independent-streams", "server", "--"),
    ("option independant-streams", "", "server", "cD"),
], ids=["front", "front-heard", "back", "back-heard", "old"])
def test_who_takes_and_never_speaks_times_out(tmp_path, front, back, speaker, state):
    with one_stream(RELEVO, tmp_path, "tcp", front, back) as (client, server, log):
        ends = (server, client) if speaker == "server" else (client, server)
        talk(*ends, 3 if state == "--" else 20, lambda: ended(log, state))
        until(lambda: ended(log, state), 20, f"it ends with {state}", lambda: str(log.lines))


@both()
def test_a_server_must_answer_while_a_request_still_comes(binary, tmp_path):
    with one_stream(binary, tmp_path, "http", back="option independent-streams") as (client, server, log):
        talk(client, server, 20, lambda: ended(log, "sH--"))
        until(lambda: ended(log, "sH--"), 20, "the log says 504", lambda: str(log.lines))
        assert " 504 " in ended(log, "sH--")[0]
