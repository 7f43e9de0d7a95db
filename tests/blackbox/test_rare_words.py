# SPDX-License-Identifier: Apache-2.0
"""Words that few files of the world have, beside HAProxy's where it shows the same."""
import contextlib
import os
import signal
import socket
import subprocess
import threading
import time

import pytest

from lab.local import free_port
from lab.sinks import SyslogSink
from lab.wait import until
from test_daemon import RELEVO
from test_words import TIMES, both, listening, proxy


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


# ---- default-path ----

MAPPED = """global
    {words}
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 5s
frontend f
    bind 127.0.0.1:{port}
    http-request return status 200 hdr x %[path,map_str(files/a.map,none)] hdr y %[path,map_beg(files/a.map,none)] lf-file files/a.txt content-type a/b if {{ path -f files/a.lst }}
    errorfile 404 files/a.http
    http-request return status 404 default-errorfiles
"""


def ask(port, path):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"GET %s HTTP/1.0\r\n\r\n" % path)
        data = b""
        while more := client.recv(65536):
            data += more
    return data


@both()
@pytest.mark.parametrize("words, where", [
    ("default-path config", "conf/files"),
    ("default-path parent", "files"),
    ("default-path origin {directory}/there", "there/files"),
    ("default-path config\n    default-path origin {directory}/there", "there/files"),
], ids=["config", "parent", "origin", "last"])
def test_default_path(binary, tmp_path, words, where):
    port = free_port()
    files = tmp_path / where
    files.mkdir(parents=True)
    (tmp_path / "conf").mkdir(exist_ok=True)
    (files / "a.map").write_text("/a mapped\n")
    (files / "a.lst").write_text("/a\n")
    (files / "a.txt").write_text("text")
    (files / "a.http").write_text("HTTP/1.0 404 Lost\r\nContent-Length: 3\r\n\r\nown")
    with proxy(binary, tmp_path / "conf", MAPPED.format(words=words.format(directory=tmp_path), port=port), port):
        found = ask(port, b"/a").lower()
        assert b"\r\nx: mapped\r\n" in found and b"\r\ny: mapped\r\n" in found and found.endswith(b"\r\n\r\ntext")
        assert ask(port, b"/b").endswith(b"own")


@both()
def test_without_default_path_files_are_sought_where_it_was_started(binary, tmp_path):
    with proxy(binary, tmp_path, MAPPED.format(words="default-path config\n    default-path current", port=free_port())) as process:
        process.wait(timeout=20)
    assert process.returncode == 1
    assert "files/a.map" in (tmp_path / "said").read_text()


# ---- programs of checks ----

@pytest.mark.parametrize("words, privileges", [("", "NoNewPrivs:\t1"), ("insecure-setuid-wanted", "NoNewPrivs:\t0")],
                         ids=["locked", "wanted"])
def test_programs_of_checks_gain_privileges_only_when_wanted(tmp_path, words, privileges):
    check = tmp_path / "check"
    check.write_text(f"#!/bin/sh\ngrep -E '^(NoNewPrivs|CapBnd)' /proc/self/status > {tmp_path}/part && "
                     f"mv {tmp_path}/part {tmp_path}/status\n")
    check.chmod(0o755)
    with proxy(RELEVO, tmp_path, f"""global
    external-check
    {words}
{TIMES}listen b
    bind 127.0.0.1:{free_port()}
    option external-check
    external-check command {check}
    external-check path /usr/bin:/bin
    server s 127.0.0.1:9 check inter 200ms
"""):
        until((tmp_path / "status").exists, 20, "a check has run", (tmp_path / "said").read_text)
    status = (tmp_path / "status").read_text()
    assert privileges in status
    if os.geteuid() == 0:
        assert ("CapBnd:\t0000000000000000" in status) == (words == ""), status


def test_first_checks_begin_within_max_spread_checks(tmp_path):
    """Of 16 servers the last would be looked at after nine minutes."""
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(16)]
    try:
        lines = "\n".join(f"    server s{i} 127.0.0.1:{s.getsockname()[1]} check inter 10m" for i, s in enumerate(servers))
        with proxy(RELEVO, tmp_path, f"global\n    max-spread-checks 1s\n{TIMES}listen b\n    bind 127.0.0.1:{free_port()}\n    option tcp-check\n    tcp-check send hello\n{lines}\n"):
            for server in servers:
                server.settimeout(20)
                server.accept()[0].close()
    finally:
        for server in servers:
            server.close()


# ---- soft stop ----

@pytest.mark.parametrize("words, closes", [("close-spread-time infinite", False), ("close-spread-time 1d", False),
                                           ("close-spread-time 1ms", True), ("", True)],
                         ids=["infinite", "long", "short", "none"])
def test_who_is_told_to_close_in_a_soft_stop(tmp_path, words, closes):
    port = free_port()
    with proxy(RELEVO, tmp_path, f"""global
    {words}
{TIMES}    mode http
    timeout client 1m
frontend f
    bind 127.0.0.1:{port}
    http-request return status 200
""", port) as process, socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        client.sendall(request)
        assert b"connection: close" not in client.recv(65536).lower()
        process.send_signal(signal.SIGUSR1)
        until(lambda: f"127.0.0.1:{port} " not in listeners(), 20, "nobody listens", (tmp_path / "said").read_text)
        if closes:
            # Asked before or after its idle time ends.
            with contextlib.suppress(ConnectionError):
                client.sendall(request)
                data = client.recv(65536)
                assert data == b"" or b"connection: close" in data.lower()
            return
        time.sleep(1.5) # longer than an idle connection has in a stop without it
        client.sendall(request)
        answer = client.recv(65536).lower()
        assert b"200 ok" in answer and b"connection: close" not in answer


def test_idle_connections_end_over_the_time_of_a_spread(tmp_path):
    """Sixteen of them end at as many moments, none before a second, all within the four that are said."""
    port = free_port()
    with contextlib.ExitStack() as stack:
        process = stack.enter_context(proxy(RELEVO, tmp_path, f"""global
    close-spread-time 4s
{TIMES}    mode http
    timeout client 10m
frontend f
    bind 127.0.0.1:{port}
    http-request return status 200
""", port))
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20)) for _ in range(16)]
        for client in clients:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            client.recv(65536)
        process.send_signal(signal.SIGUSR1)
        ends = []
        for client in clients:
            thread = threading.Thread(target=lambda c=client: (c.recv(1), ends.append(time.monotonic())))
            thread.start()
        process.wait(timeout=60)
        until(lambda: len(ends) == 16, 20, "all connections have ended", lambda: str(ends))
        assert max(ends) - min(ends) > 0.5, ends


def listeners():
    return subprocess.run(["ss", "-Hltn"], capture_output=True, text=True, check=True).stdout
