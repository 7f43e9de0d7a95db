# SPDX-License-Identifier: Apache-2.0
"""A server that dies, or answers badly, under traffic: how soon it is out, and what that costs."""
import http.client
import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time

import pytest

from check_lab import RECV, CLOSE, ScriptedServer, read_csv
from lab.local import free_port
from lab.software import wait_for
from lab.wait import until

SERVER = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"ok")
    do_OPTIONS = do_GET
    def log_message(self, *args): pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
Server(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""

CFG = """
global
    stats socket {socket} level admin
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 1s
{defaults}
listen web
    bind 127.0.0.1:{port}
    balance roundrobin
{servers}
listen statspage
    bind 127.0.0.1:{stats}
    stats enable
    stats uri /
"""
SLOW = 6 if os.environ.get("RELEVO_SANITIZED") else 1


@pytest.fixture
def real_servers():
    """Processes that can be killed; (process, port)."""
    started = []

    def start():
        port = free_port()
        started.append(subprocess.Popen([sys.executable, "-c", SERVER, str(port)], stderr=subprocess.DEVNULL))

        def answers():
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
                connection.request("GET", "/")
                return connection.getresponse().status == 200
            except OSError:
                return False
        wait_for("the server", 10, answers)
        return started[-1], port
    yield start
    for process in started:
        process.kill()
        process.wait()


class Traffic:
    """Requests one after the other on a few threads; `failed` are those without a 200."""

    def __init__(self, port, threads=2):
        self.port, self.done, self.failed, self.over = port, 0, 0, False
        self.threads = [threading.Thread(target=self._run) for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def _run(self):
        while not self.over:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/")
                good = connection.getresponse().status == 200
                connection.close()
            except (OSError, http.client.HTTPException):
                good = False
            self.done += 1
            self.failed += not good

    def stop(self):
        self.over = True
        for thread in self.threads:
            thread.join()


def status_of(stats, server):
    return next(line["status"] for line in read_csv(stats) if line["svname"] == server)


def configure(tmp_path, servers, defaults=""):
    ports = {"port": free_port(), "stats": free_port(), "socket": tmp_path / "stats.sock"}
    return CFG.format(servers="\n".join("    server " + s for s in servers), defaults=defaults, **ports), ports


@pytest.mark.figures
def test_killed_server_is_out_within_20_ms(start_relevo, real_servers, tmp_path):
    """`inter 100ms fall 2 observe layer4`: at most 3 requests fail, and the log says when it was out (issue 5)."""
    took = [seconds_until_out(start_relevo, real_servers, tmp_path / str(n)) for n in range(3)]
    assert statistics.median(took) <= 0.020 * SLOW, took  # one may be the machine's


def seconds_until_out(start_relevo, real_servers, directory):
    directory.mkdir()
    victim, port = real_servers()
    others = [real_servers()[1] for _ in range(2)]
    servers = [f"s{n} 127.0.0.1:{p} check inter 100ms fall 2 observe layer4" for n, p in enumerate([port, *others])]
    cfg, ports = configure(directory, servers)
    relevo = start_relevo(cfg)
    relevo.wait_listens(ports["port"])
    state = status_from_socket(ports["socket"])
    wait_for("the first checks", 10, lambda: state("s0") == "UP")
    traffic = Traffic(ports["port"])
    wait_for("traffic", 10, lambda: traffic.done > 50)
    assert traffic.failed == 0
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    took = until(lambda: state("s0") != "UP", 2, "it is out", poll=0.0005)
    time.sleep(0.2)
    traffic.stop()
    assert traffic.failed <= 3, f"{traffic.failed} of {traffic.done} failed"
    assert state("s0") == "DOWN"
    return took


def status_from_socket(path):
    """The quickest way to a server's status: the runtime API."""
    import socket

    def ask(server):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(str(path))
        sock.sendall(b"show stat web 4 -1\n")
        said = b""
        while data := sock.recv(65536):
            said += data
        sock.close()
        line = next(line for line in said.decode().splitlines() if line.startswith(f"web,{server},"))
        return re.sub(r" .*", "", line.split(",")[17])
    return ask


@pytest.mark.parametrize("options, errors", [
    ("error-limit 3 on-error mark-down", 3),
    ("error-limit 2 fall 2 on-error sudden-death", 4),
    ("error-limit 2 fall 1", 2),
])
def test_layer7_errors_take_it_out(start_relevo, tmp_path, options, errors):
    """A server whose checks pass and whose answers are errors."""
    bad = ScriptedServer((RECV, b"HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", CLOSE))
    cfg, ports = configure(tmp_path, [f"bad 127.0.0.1:{bad.port} check inter 60s observe layer7 {options}"])
    relevo = start_relevo(cfg)
    relevo.wait_listens(ports["port"])
    wait_for("the first check", 5, lambda: status_of(ports["stats"], "bad") == "UP")
    for number in range(errors):
        assert status_of(ports["stats"], "bad").startswith("UP"), number
        connection = http.client.HTTPConnection("127.0.0.1", ports["port"], timeout=5)
        connection.request("GET", "/")
        assert connection.getresponse().status == 503
        connection.close()
    wait_for("the server to be down", 2, lambda: status_of(ports["stats"], "bad") == "DOWN")
    line = next(line for line in read_csv(ports["stats"]) if line["svname"] == "bad")
    assert line["check_status"] == "HANA"
    assert line["last_chk"].endswith("consecutive errors, last one was: Wrong http response"), line["last_chk"]
    bad.close()


def test_layer7_good_answers_end_the_row(start_relevo, tmp_path):
    answers = [b"503 No", b"200 OK"]
    server = ScriptedServer(lambda number: (RECV, b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" %
                                            answers[number % 2], CLOSE))
    checked = ScriptedServer(())
    cfg, ports = configure(tmp_path, [f"s 127.0.0.1:{server.port} check port {checked.port} inter 60s "
                                      "observe layer7 error-limit 2 on-error mark-down"])
    relevo = start_relevo(cfg)
    relevo.wait_listens(ports["port"])
    for _ in range(10):
        connection = http.client.HTTPConnection("127.0.0.1", ports["port"], timeout=5)
        connection.request("GET", "/")
        connection.getresponse()
        connection.close()
    assert status_of(ports["stats"], "s").startswith("UP")
    server.close()
    checked.close()


def test_error_makes_the_check_come_within_fastinter(start_relevo, tmp_path):
    """`on-error fastinter`: an error counts for nothing itself; a check follows soon, and what it finds counts."""
    bad = ScriptedServer((RECV, b"HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", CLOSE))
    checked = ScriptedServer((RECV, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", CLOSE))
    cfg, ports = configure(tmp_path, [f"s 127.0.0.1:{bad.port} check port {checked.port} inter 60s fastinter 100ms "
                                      "fall 2 observe layer7 error-limit 2 on-error fastinter"], "    option httpchk")
    relevo = start_relevo(cfg)
    relevo.wait_listens(ports["port"])
    wait_for("the first check", 10, lambda: status_of(ports["stats"], "s") == "UP")
    assert checked.count == 1

    def ask(times):
        for _ in range(times):
            connection = http.client.HTTPConnection("127.0.0.1", ports["port"], timeout=5)
            connection.request("GET", "/")
            assert connection.getresponse().status == 503
            connection.close()
    ask(2)
    wait_for("a check that the errors made", 10, lambda: checked.count == 2)  # inter is a minute
    line = next(line for line in read_csv(ports["stats"]) if line["svname"] == "s")
    assert (line["status"], line["chkfail"]) == ("UP", "0"), "its check is good"
    checked.close()
    ask(2)
    wait_for("the server to be down", 10, lambda: status_of(ports["stats"], "s") == "DOWN")
    line = next(line for line in read_csv(ports["stats"]) if line["svname"] == "s")
    assert line["check_status"] == "L4CON", "the checks took it down, each 100 ms"
    bad.close()
