# SPDX-License-Identifier: Apache-2.0
"""check-reuse-pool: checks of HTTP over the connections that traffic has. HAProxy 2.6 does not know it."""
import http.client
import subprocess
import threading

import pytest

from cli_client import answer, started
from lab.local import free_port
from lab.software import wait_for
from streams import Server
from test_check_real_services import program

CFG = """
global
    stats socket {socket} level admin
    nbthread {threads}
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
    timeout check 10s
    http-reuse always
listen web
    bind 127.0.0.1:{port}
{check}
    default-server check inter 20ms check-reuse-pool
    server s1 127.0.0.1:{server} {words}
"""
CHECK_11 = "    option httpchk\n    http-check send meth GET uri /page ver HTTP/1.1 hdr Host relevo.example"


class Checking:
    """A relevo that checks the server at `server`."""

    def __init__(self, start, directory, server, words="", check=CHECK_11, threads=1):
        self.socket, self.port = directory / "admin.sock", free_port()
        started(start, CFG.format(socket=self.socket, port=self.port, server=server, words=words, check=check,
                                  threads=threads), self.socket)

    def field(self, name):
        names, *lines = answer(self.socket, "show stat").replace("# ", "").splitlines()
        rows = [dict(zip(names.split(","), line.split(","))) for line in lines]
        return next(row[name] for row in rows if row.get("svname") == "s1")

    def is_well(self):
        return (self.field("status"), self.field("chkfail"), self.field("chkdown")) == ("UP", "0", "0")


class Nginx:
    def __init__(self, directory):
        directory.mkdir()
        directory.chmod(0o755)
        self.port, status = free_port(), free_port()
        (directory / "page").write_text("x" * 10000)
        (directory / "nginx.conf").write_text(f"""
daemon off; master_process off; error_log stderr; pid {directory}/nginx.pid; events {{}}
http {{
    access_log off; sendfile on; keepalive_requests 1000000;
    server {{ listen 127.0.0.1:{self.port}; root {directory}; }}
    server {{ listen 127.0.0.1:{status}; location / {{ stub_status; }} }}
}}
""")
        self.process = subprocess.Popen([program("nginx"), "-p", directory, "-c", directory / "nginx.conf"],
                                        stderr=subprocess.DEVNULL)
        self.asking = http.client.HTTPConnection("127.0.0.1", status, timeout=10)
        wait_for("nginx", 20, self.answers)

    def answers(self):
        try:
            return self.counts() is not None
        except OSError:
            self.asking.close()
            return False

    def counts(self):
        """(connections accepted, requests); the question is one of the latter."""
        self.asking.request("GET", "/")
        numbers = self.asking.getresponse().read().decode().splitlines()[2].split()
        return int(numbers[0]), int(numbers[2])

    def accepted_during(self, requests):
        accepted, done = self.counts()
        asked = 0

        def so_many():
            nonlocal asked
            asked += 1
            return self.counts()[1] - done - asked >= requests
        wait_for(f"{requests} requests", 60, so_many)
        return self.counts()[0] - accepted

    def stop(self):
        self.asking.close()
        self.process.terminate()
        self.process.wait(15)


@pytest.fixture
def nginx(tmp_path):
    nginx = Nginx(tmp_path / "nginx")
    yield nginx
    nginx.stop()


@pytest.mark.parametrize("check", [CHECK_11, "    option httpchk GET /page"], ids=["1.1", "1.0"])
def test_nginx_sees_no_new_connections(start_relevo, tmp_path, nginx, check):
    checking = Checking(start_relevo, tmp_path, nginx.port, check=check)
    wait_for("a good check", 20, lambda: checking.field("check_status") == "L7OK")
    assert nginx.accepted_during(30) == 0
    assert checking.is_well()


def test_without_it_each_check_has_its_own(start_relevo, tmp_path, nginx):
    Checking(start_relevo, tmp_path, nginx.port, words="no-check-reuse-pool")
    assert nginx.accepted_during(30) >= 29


def test_traffic_and_checks_have_the_same(start_relevo, tmp_path, nginx):
    """Each thread has a pool of its own: two connections at most at one time, and then no more."""
    checking = Checking(start_relevo, tmp_path, nginx.port, threads=2)

    def ask(times):
        for _ in range(times):
            client = http.client.HTTPConnection("127.0.0.1", checking.port, timeout=20)
            client.request("GET", "/page")
            assert len(client.getresponse().read()) == 10000
            client.close()
    ask(50)
    client = threading.Thread(target=ask, args=(200,))
    client.start()
    accepted = nginx.accepted_during(220)
    client.join()
    assert accepted <= 3, "not one for each"
    assert checking.is_well()


class Scripted(Server):
    """Answers as its `answer` says: (request number of the connection) -> bytes, or None to close without."""

    def __init__(self, answer):
        self.answer, self.requests = answer, []
        super().__init__(self.talk)

    def talk(self, connection):
        number = 0
        while True:
            got = b""
            while not got.endswith(b"\r\n\r\n"):
                more = connection.recv(4096)
                if not more:
                    return
                got += more
            self.requests.append(got)
            number += 1
            pieces = self.answer(number)
            if pieces is None:
                return
            for piece in pieces:
                connection.sendall(piece)


@pytest.fixture
def scripted():
    servers = []

    def start(answer):
        servers.append(Scripted(answer))
        return servers[-1]
    yield start
    for server in servers:
        server.close()


GOOD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def test_dead_idle_connection_says_nothing(start_relevo, tmp_path, scripted):
    """The server closes each connection when it is asked a second time: another is made, and it stays up."""
    server = scripted(lambda number: [GOOD] if number == 1 else None)
    checking = Checking(start_relevo, tmp_path, server.port, words="fall 1")
    wait_for("20 connections", 30, lambda: server.peers >= 20)
    assert len(server.requests) >= 30, "half of them over connections that had been idle"
    assert checking.is_well()


@pytest.mark.parametrize("pieces, reused", [
    ([GOOD], True),
    ([GOOD[:-2], b"ok"], True),
    ([b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n", b"0\r\n\r\n"], True),
    ([b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"], False),
    ([b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok"], False),
    ([GOOD + b"HTTP/1.1 200 OK\r\n"], False),
], ids=["whole", "late body", "chunked", "close", "1.0", "too much"])
def test_kept_when_its_answer_lets_it(start_relevo, tmp_path, scripted, pieces, reused):
    server = scripted(lambda number: pieces)
    checking = Checking(start_relevo, tmp_path, server.port)
    wait_for("10 checks", 30, lambda: len(server.requests) >= 10)
    assert server.peers == 1 if reused else server.peers >= 10
    assert all(b"connection:" not in request for request in server.requests), "HTTP/1.1 keeps without a word"
    assert checking.is_well()


@pytest.mark.parametrize("words, check", [
    ("send-proxy", CHECK_11),
    ("addr 127.0.0.1", CHECK_11),
    ("max-reuse 0", CHECK_11),
    ("pool-max-conn 0", CHECK_11),
    ("", "    http-reuse never\n" + CHECK_11),
    ("", "    option tcp-check\n    tcp-check send \"GET / HTTP/1.1\\r\\n\\r\\n\"\n    tcp-check expect string ok"),
], ids=["send-proxy", "addr", "max-reuse", "pool-max-conn", "never", "tcp-check"])
def test_own_connections_where_none_may_be_shared(start_relevo, tmp_path, scripted, words, check):
    server = scripted(lambda number: [GOOD])
    checking = Checking(start_relevo, tmp_path, server.port, words=words, check=check)
    wait_for("10 checks", 30, lambda: len(server.requests) >= 10)
    assert server.peers >= 10
    assert checking.is_well()
