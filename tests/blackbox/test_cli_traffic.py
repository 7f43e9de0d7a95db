# SPDX-License-Identifier: Apache-2.0
"""The runtime API while requests pass: nothing fails, nothing is lost, counters stay exact."""
import http.client
import http.server
import socket
import threading
import time

import pytest

from cli_client import answer, ask, connect, wait_socket
from lab.local import free_port
from lab.sinks import EchoServer
from lab.software import wait_for


class Named(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.served += 1
        gate = self.server.gate
        if self.path == "/slow":
            gate.wait(10)
        body = self.server.name.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Origin(http.server.ThreadingHTTPServer):
    """A server that answers with its name; /slow waits until `gate` is set."""
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, name):
        super().__init__(("127.0.0.1", 0), Named)
        self.name, self.served, self.gate = name, 0, threading.Event()
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Clients:
    """Threads that ask again and again, on kept and on new connections; what failed is in `failures`."""

    def __init__(self, port, count=6):
        self.port, self.stopped, self.failures, self.names, self.requests = port, False, [], [], 0
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        connection = None
        while not self.stopped:
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                connection.request("GET", "/")
                response = connection.getresponse()
                name = response.read().decode()
                if response.status != 200:
                    self.failures.append((response.status, name))
                self.names.append(name)
                self.requests += 1
                if number % 2:
                    connection.close()
                    connection = None
            except OSError as error:
                self.failures.append(repr(error))
                connection = None
            time.sleep(0.001)

    def stop(self):
        self.stopped = True
        for thread in self.threads:
            thread.join()
        assert self.failures == []


@pytest.fixture
def site(start_relevo, tmp_path):
    class Site:
        pass
    site = Site()
    site.origins = {name: Origin(name) for name in ("a", "b", "c")}
    site.web, site.tcp, site.admin = free_port(), free_port(), tmp_path / "admin.sock"
    site.echo = EchoServer(None, ("127.0.0.1", free_port()))
    servers = "\n".join(f"    server {name} 127.0.0.1:{origin.port} cookie {name}"
                        for name, origin in site.origins.items() if name != "c")
    site.relevo = start_relevo(f"""
global
    stats socket {site.admin} level admin
    nbthread 2
defaults
    mode http
    timeout client 10s
    timeout server 10s
    timeout connect 2s
    timeout queue 10s
frontend web
    bind 127.0.0.1:{site.web}
    default_backend app
backend app
    balance roundrobin
    cookie SRV insert indirect nocache
{servers}
listen raw
    mode tcp
    bind 127.0.0.1:{site.tcp}
    server echo 127.0.0.1:{site.echo.address[1]}
""")
    site.relevo.wait_listens(site.web)
    wait_socket(site.admin)
    yield site
    for origin in site.origins.values():
        origin.shutdown()
        origin.server_close()
    site.echo.close()


def column(site, row, name):
    lines = answer(site.admin, "show stat").splitlines()
    titles = lines[0].removeprefix("# ").split(",")
    for line in lines[1:]:
        values = dict(zip(titles, line.split(",")))
        if f"{values['pxname']}/{values['svname']}" == row:
            return values[name]
    raise AssertionError(row)


def get(site, path="/", headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", site.web, timeout=10)
    connection.request("GET", path, headers=headers or {})
    response = connection.getresponse()
    return response.status, response.read().decode(), response.headers


def test_states_weights_and_limits_change_under_traffic(site):
    clients = Clients(site.web)
    for _ in range(6):
        for command in ("set server app/a state drain", "set server app/a state ready", "set server app/b state maint",
                        "set server app/b state ready", "set weight app/a 7", "set weight app/a 0", "set weight app/a 1",
                        "set maxconn server app/b 1", "set maxconn server app/a 2", "set maxconn server app/b 0",
                        "set maxconn server app/a 0", "set maxconn frontend web 3", "set maxconn frontend web 0",
                        "disable server app/a", "enable server app/a"):
            assert answer(site.admin, command) == "", command
            time.sleep(0.01)
    clients.stop()
    assert clients.requests > 100
    for row in ("app/a", "app/b", "app/BACKEND"):
        assert column(site, row, "scur") == "0" and column(site, row, "qcur") == "0"
    served = sum(origin.served for origin in site.origins.values())
    assert served == clients.requests
    assert int(column(site, "app/BACKEND", "stot")) == served
    assert int(column(site, "app/a", "stot")) + int(column(site, "app/b", "stot")) == served


def test_maintenance_and_drain_keep_new_load_away(site):
    assert answer(site.admin, "set server app/a state maint") == ""
    assert {get(site)[1] for _ in range(6)} == {"b"}
    # In maintenance a cookie does not help, in drain it does.
    assert get(site, headers={"Cookie": "SRV=a"})[1] == "b"
    assert answer(site.admin, "set server app/a state drain") == ""
    assert {get(site)[1] for _ in range(6)} == {"b"}
    assert get(site, headers={"Cookie": "SRV=a"})[1] == "a"
    assert answer(site.admin, "set server app/a state ready") == ""
    assert {get(site)[1] for _ in range(6)} == {"a", "b"}


def test_who_is_there_stays_and_who_waits_for_a_server_that_goes_finds_another(site):
    slow = []
    threads = [threading.Thread(target=lambda: slow.append(get(site, "/slow", {"Cookie": "SRV=a"})[:2]))
               for _ in range(3)]
    assert answer(site.admin, "set maxconn server app/a 1") == ""
    threads[0].start()
    wait_for("the first request", 5, lambda: site.origins["a"].served == 1)
    for thread in threads[1:]:
        thread.start()
    wait_for("the queue", 5, lambda: column(site, "app/a", "qcur") == "2")
    site.origins["b"].gate.set()
    assert answer(site.admin, "set server app/a state maint") == ""
    wait_for("those who waited", 5, lambda: len(slow) == 2)
    assert slow == [(200, "b"), (200, "b")]
    assert column(site, "app/a", "scur") == "1" and column(site, "app/a", "qcur") == "0"
    site.origins["a"].gate.set()
    for thread in threads:
        thread.join()
    assert slow[2] == (200, "a")
    assert column(site, "app/a", "scur") == "0"


def test_a_higher_limit_serves_who_waits_at_once(site):
    slow = []
    assert answer(site.admin, "set maxconn server app/a 1;set server app/b state maint").strip() == ""
    threads = [threading.Thread(target=lambda: slow.append(get(site, "/slow")[:2])) for _ in range(4)]
    for thread in threads:
        thread.start()
    wait_for("the queue", 5, lambda: column(site, "app/BACKEND", "qcur") == "3")
    assert answer(site.admin, "set maxconn server app/a 3") == ""
    wait_for("two more", 5, lambda: site.origins["a"].served == 3)
    assert column(site, "app/a", "scur") == "3"
    assert answer(site.admin, "set maxconn server app/a 0") == ""
    wait_for("the last", 5, lambda: site.origins["a"].served == 4)
    site.origins["a"].gate.set()
    for thread in threads:
        thread.join()
    assert slow == [(200, "a")] * 4


def test_addresses_change_under_traffic(site):
    clients = Clients(site.web)
    a, b, c = (site.origins[name].port for name in "abc")
    for port in (c, a, b) * 6:
        assert "port changed from" in answer(site.admin, f"set server app/a addr 127.0.0.1 port {port}")
        time.sleep(0.02)
    clients.stop()
    assert site.origins["c"].served > 0
    # Nobody is given a kept connection to an old address.
    answer(site.admin, f"set server app/b state maint;set server app/a addr 127.0.0.1 port {a}")
    assert get(site)[1] == "a"
    assert {get(site)[1] for _ in range(8)} == {"a"}
    answer(site.admin, f"set server app/a addr 127.0.0.1 port {c}")
    assert {get(site)[1] for _ in range(8)} == {"c"}
    assert column(site, "app/a", "addr") == f"127.0.0.1:{c}"


def test_a_paused_frontend_refuses_and_comes_back(site):
    with socket.create_connection(("127.0.0.1", site.tcp), 5) as kept:
        kept.sendall(b"one")
        assert kept.recv(3) == b"one"
        for _ in range(5):
            assert answer(site.admin, "disable frontend raw") == ""
            wait_for("refusal", 5, lambda: refuses(site.tcp))
            kept.sendall(b"two")
            assert kept.recv(3) == b"two"
            assert answer(site.admin, "enable frontend raw") == ""
            wait_for("service", 5, lambda: not refuses(site.tcp))
        assert answer(site.admin, "shutdown frontend raw") == ""
        wait_for("refusal", 5, lambda: refuses(site.tcp))
        kept.sendall(b"end")
        assert kept.recv(3) == b"end"


def refuses(port):
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        return False  # it came just before the listener closed
    return False


# ---- streams ----

def sessions(site, frontend):
    return [line for line in answer(site.admin, "show sess").splitlines() if f" fe={frontend} " in line]


def test_streams_are_shown_and_ended(site):
    with socket.create_connection(("127.0.0.1", site.tcp), 5) as first, \
            socket.create_connection(("127.0.0.1", site.tcp), 5) as second:
        for sock in (first, second):
            sock.sendall(b"x")
            assert sock.recv(1) == b"x"
        lines = sessions(site, "raw")
        assert len(lines) == 2
        port = first.getsockname()[1]
        mine = next(line for line in lines if f" src=127.0.0.1:{port} " in line)
        assert " be=raw srv=echo " in mine and " proto=tcpv4 " in mine
        pointer = mine.split(":")[0]
        whole = answer(site.admin, f"show sess {pointer}")
        assert whole.startswith(pointer) and "state=" in whole and f"server=echo (id=1) addr=127.0.0.1:{site.echo.address[1]}\n" in whole
        assert answer(site.admin, "show sess 0x1") == "Session not found.\n"
        assert answer(site.admin, "show sess all").count("frontend=raw") == 2
        assert answer(site.admin, "shutdown session") == "Session pointer expected (use 'show sess').\n"
        assert answer(site.admin, "shutdown session 0x1") == "No such session (use 'show sess').\n"
        assert answer(site.admin, f"shutdown session {pointer}") == ""
        assert first.recv(10) == b""
        assert answer(site.admin, f"shutdown session {pointer}") == "No such session (use 'show sess').\n"
        second.sendall(b"y")
        assert second.recv(1) == b"y"
        assert answer(site.admin, "shutdown sessions server raw/echo") == ""
        assert second.recv(10) == b""
        assert column(site, "raw/echo", "scur") == "0"


def test_a_thousand_streams_are_shown_in_pieces(site):
    socks = [socket.create_connection(("127.0.0.1", site.tcp), 5) for _ in range(1000)]
    try:
        wait_for("all of them", 20, lambda: len(sessions(site, "raw")) == 1000)
        ports = {line.split(" src=127.0.0.1:")[1].split()[0] for line in sessions(site, "raw")}
        assert ports == {str(sock.getsockname()[1]) for sock in socks}
        # A client that leaves in the middle harms nobody.
        with connect(site.admin) as hasty:
            hasty.sendall(b"show sess all\n")
            hasty.recv(10)
        assert answer(site.admin, "shutdown sessions server raw/echo") == ""
        for sock in socks:
            assert sock.recv(1) == b""
    finally:
        for sock in socks:
            sock.close()
    assert column(site, "raw/echo", "scur") == "0"


def test_counters_are_cleared_under_traffic(site):
    clients = Clients(site.web, 4)
    time.sleep(0.3)
    clients.stop()
    assert int(column(site, "app/BACKEND", "stot")) == clients.requests
    assert int(column(site, "web/FRONTEND", "smax")) > 0
    assert answer(site.admin, "clear counters") == ""
    wait_for("the clients' ends", 5, lambda: column(site, "web/FRONTEND", "scur") == "0")
    answer(site.admin, "clear counters")
    assert column(site, "web/FRONTEND", "smax") == "0"
    assert int(column(site, "app/BACKEND", "stot")) == clients.requests
    assert answer(site.admin, "clear counters all") == ""
    for row in ("web/FRONTEND", "app/BACKEND", "app/a", "app/b"):
        assert (column(site, row, "stot"), column(site, row, "bin"), column(site, row, "bout")) == ("0", "0", "0")
    assert get(site)[0] == 200
    assert column(site, "app/BACKEND", "stot") == "1"
